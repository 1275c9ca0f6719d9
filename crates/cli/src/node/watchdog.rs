//! Signs of life of a service's parts, and the reports of them to the service manager.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{self, SyncSender},
    },
    thread,
    time::Duration,
};

use sd_notify::NotifyState;
use tokio::time::{self, Instant};

/// How often a part that waits shows that it is alive.
const BEAT: Duration = Duration::from_secs(1);
/// The least time between two status lines.
const LINES: Duration = Duration::from_millis(900);
/// At most this many messages wait for a service manager that does not listen.
const UNHEARD: usize = 64;

/// Every part of a service shows the watchdog that it is alive; a part that hangs is found by its silence. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Watchdog {
    beats: Arc<Mutex<BTreeMap<&'static str, Instant>>>,
    said: Arc<Mutex<Option<(String, Instant)>>>,
}

impl Watchdog {
    /// Notes that a part of the service has advanced.
    pub fn beat(&self, part: &'static str) {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner).insert(part, Instant::now());
    }

    /// Waits for something that may take long without being stuck, such as an answer over the network that has a time limit.
    pub async fn during<T>(&self, part: &'static str, waited_for: impl Future<Output = T>) -> T {
        tokio::pin!(waited_for);
        loop {
            self.beat(part);
            tokio::select! {
                value = waited_for.as_mut() => return value,
                () = time::sleep(BEAT) => {}
            }
        }
    }

    /// Has the service manager show the service's state in one line. A line that equals the last one, or comes within a second
    /// of it, is dropped, so callers repeat it.
    pub fn say(&self, line: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.as_ref().is_none_or(|(last, at)| last != line && at.elapsed() > LINES) {
            notify(&[NotifyState::Status(line)]);
            *said = Some((line.to_owned(), Instant::now()));
        }
    }

    /// Finds a part that has not advanced for this long.
    pub fn stopped(&self, limit: Duration) -> Option<&'static str> {
        let now = Instant::now();
        let beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        beats.iter().find(|(_, last)| now.duration_since(**last) > limit).map(|(part, _)| *part)
    }
}

/// Tells the service manager that the service is alive, for as long as all its parts are. Returns at once where no service
/// manager asks.
pub(super) async fn watch(watchdog: Watchdog) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    let mut interval = time::interval(limit / 3);
    loop {
        interval.tick().await;
        match watchdog.stopped(limit) {
            None => notify(&[NotifyState::Watchdog]),
            Some(part) => {
                tracing::error!(part, "a part of the service hangs; the service manager gets no more signs of life")
            }
        }
    }
}

/// Asks the service manager for a minute more to start.
pub fn still_starting() {
    notify(&[NotifyState::ExtendTimeoutUsec(60_000_000)]);
}

/// Waits for models to load, and asks the service manager for more time in the meantime.
pub async fn loading<T>(watchdog: &Watchdog, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    watchdog.say("loading its models");
    loop {
        tokio::select! {
            value = work.as_mut() => return value,
            () = time::sleep(Duration::from_secs(10)) => still_starting(),
        }
    }
}

/// Sends the service manager a message. A service manager that does not listen holds up one thread only, and misses messages.
pub(super) fn notify(state: &[NotifyState<'_>]) {
    static SENDER: OnceLock<SyncSender<String>> = OnceLock::new();
    let sender = SENDER.get_or_init(|| {
        let (sender, messages) = mpsc::sync_channel::<String>(UNHEARD);
        let send = move || {
            for message in messages {
                if let Err(error) = sd_notify::notify(&[NotifyState::Custom(&message)]) {
                    tracing::warn!(%error, "the service manager cannot be reached");
                }
            }
        };
        if let Err(error) = thread::Builder::new().name("notify".into()).spawn(send) {
            tracing::warn!(%error, "the service manager cannot be reached");
        }
        sender
    });
    let lines: Vec<_> = state.iter().map(ToString::to_string).collect();
    // The queue is full only while nobody listens.
    let _ = sender.try_send(lines.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_is_found_and_waiting_is_not_silence() {
        let watchdog = Watchdog::default();
        assert_eq!(watchdog.stopped(Duration::ZERO), None);
        watchdog.beat("chain");
        watchdog.during("loop", time::sleep(Duration::from_secs(100))).await;
        assert_eq!(watchdog.stopped(Duration::from_secs(60)), Some("chain"));
        watchdog.beat("chain");
        assert_eq!(watchdog.stopped(Duration::from_secs(60)), None);
    }
}
