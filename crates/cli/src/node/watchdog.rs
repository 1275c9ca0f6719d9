//! Signs of life of a service's parts, and what the service manager is told of them.

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
/// The least between two lines on how it goes.
const LINES: Duration = Duration::from_millis(900);
/// Messages that wait for a service manager that does not listen.
const UNHEARD: usize = 64;

/// Every part of a service shows the watchdog that it is alive; one that stops is found by its silence. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Watchdog {
    beats: Arc<Mutex<BTreeMap<&'static str, Instant>>>,
    said: Arc<Mutex<Option<(String, Instant)>>>,
}

impl Watchdog {
    /// A part of the service has advanced.
    pub fn beat(&self, part: &'static str) {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner).insert(part, Instant::now());
    }

    /// Waits for something that may take long without being stuck, such as an answer from elsewhere that has a time limit.
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

    /// Has the service manager show in a line how it goes; nothing twice, and hardly more often than once a second, so say it again.
    pub fn say(&self, line: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.as_ref().is_none_or(|(last, at)| last != line && at.elapsed() > LINES) {
            notify(&[NotifyState::Status(line)]);
            *said = Some((line.to_owned(), Instant::now()));
        }
    }

    /// A part that has not advanced for this long.
    pub fn stopped(&self, limit: Duration) -> Option<&'static str> {
        let now = Instant::now();
        let beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        beats.iter().find(|(_, last)| now.duration_since(**last) > limit).map(|(part, _)| *part)
    }
}

/// Tells the service manager that the service is alive, for as long as all its parts are. Returns at once where nobody asks.
pub(super) async fn watch(watchdog: Watchdog) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    let mut interval = time::interval(limit / 3);
    loop {
        interval.tick().await;
        match watchdog.stopped(limit) {
            None => notify(&[NotifyState::Watchdog]),
            Some(part) => {
                tracing::error!(part, "a part of the service has stopped; the service manager is not told otherwise")
            }
        }
    }
}

/// Asks the service manager for a minute more to start.
pub fn still_starting() {
    notify(&[NotifyState::ExtendTimeoutUsec(60_000_000)]);
}

/// Loads models, for which the service manager is asked for more time.
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

/// Tells the service manager. One that does not listen holds up a thread and nothing else, and misses what it would not hear.
pub(super) fn notify(state: &[NotifyState<'_>]) {
    static TELLER: OnceLock<SyncSender<String>> = OnceLock::new();
    let teller = TELLER.get_or_init(|| {
        let (sender, messages) = mpsc::sync_channel::<String>(UNHEARD);
        let tell = move || {
            for message in messages {
                if let Err(error) = sd_notify::notify(&[NotifyState::Custom(&message)]) {
                    tracing::warn!(%error, "the service manager cannot be told");
                }
            }
        };
        if let Err(error) = thread::Builder::new().name("notify".into()).spawn(tell) {
            tracing::warn!(%error, "the service manager cannot be told");
        }
        sender
    });
    let lines: Vec<_> = state.iter().map(ToString::to_string).collect();
    // It is full only while nobody listens.
    let _ = teller.try_send(lines.join("\n"));
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
