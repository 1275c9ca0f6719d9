//! What all long-running commands have in common: signals, the parent process, the service manager.

use std::{
    io::{self, Read},
    net::SocketAddr,
    thread,
};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::watchdog::{self, Watchdog};

/// Runs a service until it ends. The first SIGTERM or SIGINT lets it finish its work, the second one does not.
pub async fn run<F, E>(exit_with_parent: bool, service: impl FnOnce(CancellationToken, Watchdog) -> F) -> Result<(), E>
where
    F: Future<Output = Result<(), E>>,
    E: From<io::Error>,
{
    let cancel = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    if exit_with_parent {
        let cancel = cancel.clone();
        thread::Builder::new().name("parent".into()).spawn(move || {
            // The parent holds the other end; it closes when the parent is gone, however it went.
            let _ = std::io::stdin().read_to_end(&mut vec![]);
            tracing::info!("the parent process is gone; shutting down");
            cancel.cancel();
        })?;
    }
    let watchdog = Watchdog::default();
    let running = service(cancel.clone(), watchdog.clone());
    tokio::pin!(running);
    let watched = watchdog::watch(watchdog);
    tokio::pin!(watched);
    let mut watching = true;
    let mut stopping = false;
    loop {
        tokio::select! {
            ended = running.as_mut() => return ended,
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = watched.as_mut(), if watching => {
                watching = false;
                continue;
            }
        }
        if stopping {
            tracing::warn!("a second signal has come: ending at once");
            return Ok(());
        }
        stopping = true;
        tracing::info!("shutting down; a second signal ends at once");
        watchdog::notify(&[sd_notify::NotifyState::Stopping]);
        cancel.cancel();
    }
}

/// Tells the service manager, if there is one, that the service is ready.
pub fn ready() {
    watchdog::notify(&[sd_notify::NotifyState::Ready]);
}

/// Tells the service manager that this process takes over at once if the one that serves ends.
pub fn standby() {
    watchdog::notify(&[sd_notify::NotifyState::Ready, sd_notify::NotifyState::Status("standby")]);
}

/// A listener that would serve plain text to other machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option} {address} would serve plain text to other machines")]
pub struct PlainText {
    /// The option that names the address.
    pub option: &'static str,
    /// The address.
    pub address: SocketAddr,
}

/// Refuses a plain-text listener that other machines can reach, unless something in front of it speaks TLS.
pub fn check_listen(option: &'static str, address: SocketAddr, behind_proxy: bool) -> Result<(), PlainText> {
    match address.ip().is_loopback() || behind_proxy {
        true => Ok(()),
        false => Err(PlainText { option, address }),
    }
}
