//! Signs of life of a service's parts, and what the service manager is told of them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sd_notify::NotifyState;
use tokio::time::{self, Instant};

/// How often a part that waits shows that it is alive.
const BEAT: Duration = Duration::from_secs(1);

/// Every part of a service beats its heart; one that stops is found by its silence. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Heart {
    beats: Arc<Mutex<BTreeMap<&'static str, Instant>>>,
    said: Arc<Mutex<String>>,
}

impl Heart {
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

    /// Has the service manager show in a line how it goes; says nothing twice.
    pub fn say(&self, line: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if *said != line {
            notify(&[NotifyState::Status(line)]);
            line.clone_into(&mut said);
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
pub(super) async fn watch(heart: Heart) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    let mut interval = time::interval(limit / 3);
    loop {
        interval.tick().await;
        match heart.stopped(limit) {
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
pub async fn loading<T>(heart: &Heart, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    heart.say("loading its models");
    loop {
        tokio::select! {
            value = work.as_mut() => return value,
            () = time::sleep(Duration::from_secs(10)) => still_starting(),
        }
    }
}

pub(super) fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_is_found_and_waiting_is_not_silence() {
        let heart = Heart::default();
        assert_eq!(heart.stopped(Duration::ZERO), None);
        heart.beat("chain");
        heart.during("loop", time::sleep(Duration::from_secs(100))).await;
        assert_eq!(heart.stopped(Duration::from_secs(60)), Some("chain"));
        heart.beat("chain");
        assert_eq!(heart.stopped(Duration::from_secs(60)), None);
    }
}
