//! What signals ask the dashboard for.

use std::io;

use futures::{Stream, StreamExt};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// That the process ends.
    End,
    /// The same, from somebody at the terminal: a command that runs there is meant instead.
    Interrupt,
    /// That it stops until it is continued.
    Stop,
}

/// What signals ask for.
#[cfg(unix)]
pub(super) fn signals() -> io::Result<impl Stream<Item = Ask>> {
    use rustix::process::Signal;
    use tokio::signal::unix::{SignalKind, signal};

    let asks = [
        (SignalKind::interrupt(), Ask::Interrupt),
        (SignalKind::terminate(), Ask::End),
        (SignalKind::hangup(), Ask::End),
        (SignalKind::quit(), Ask::End),
        (SignalKind::from_raw(Signal::TSTP.as_raw()), Ask::Stop),
    ];
    let mut streams = vec![];
    for (kind, ask) in asks {
        let listening = signal(kind)?;
        streams.push(
            futures::stream::unfold(listening, move |mut listening| async move {
                listening.recv().await.map(|()| (ask, listening))
            })
            .boxed(),
        );
    }
    Ok(futures::stream::select_all(streams))
}

/// What signals ask for.
#[cfg(not(unix))]
pub(super) fn signals() -> io::Result<impl Stream<Item = Ask>> {
    Ok(futures::stream::unfold((), |()| async {
        // Without a handler there is still the key that quits.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Some((Ask::End, ()))
    }))
}
