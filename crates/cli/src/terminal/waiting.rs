//! What a person is shown who waits for the chain: nothing at first, then for what.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use cuckoo_protocol::chain::{Notice, Watcher};

use super::{Printer, progress::Progress};

/// Nobody notices a wait as short as this.
const UNNOTICED: Duration = Duration::from_millis(300);

impl Watcher for Printer {
    fn notice(&self, notice: &Notice<'_>) {
        match notice {
            Notice::Waiting { url } => self.wait_for(|| format!("Waiting for {url}")),
            Notice::Retrying { url, reason } => self.wait_for(|| format!("Waiting for {url}: {reason}")),
            Notice::Reading { done, total } => self.reading(*done, *total),
        }
    }
}

impl Printer {
    fn reading(&self, done: u64, total: u64) {
        let mut waiting = self.waiting();
        let since = *waiting.since.get_or_insert_with(Instant::now);
        let (elapsed, is_first) = (since.elapsed(), !waiting.said);
        if elapsed < UNNOTICED || done == total {
            return;
        }
        waiting.said = true;
        drop(waiting);
        match self.shows_progress() {
            true => self.wait_for(|| reading(done, total, elapsed)),
            // Once: this may take minutes, and a reader of the output wonders why.
            false if is_first => self.say(reading(done, total, elapsed)),
            false => {}
        }
    }

    /// Shows a wait, unless a step is shown already.
    fn wait_for(&self, text: impl FnOnce() -> String) {
        if !self.shows_progress() {
            return;
        }
        let mut waiting = self.waiting();
        match &waiting.shown {
            Some(shown) => shown.set(text()),
            None if self.steps().load(Ordering::Relaxed) == 0 => {
                waiting.shown = Some(Progress::start(text(), true, self.steps()));
            }
            None => {}
        }
    }
}

/// How far the events are read, and how long the rest takes at this pace.
fn reading(done: u64, total: u64, elapsed: Duration) -> String {
    let percent = u128::from(done) * 100 / u128::from(total.max(1));
    let mut text = format!("Reading the network's events, which are kept for later commands: {percent} %");
    if done > 0 {
        let left = elapsed.as_secs_f64() / done as f64 * (total - done) as f64;
        let left = Duration::from_secs(left.ceil() as u64);
        text.push_str(&format!(" of {total} blocks, about {} left", humantime::format_duration(left)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_how_far_it_is_and_how_long_it_takes() {
        let second = Duration::from_secs(1);
        let all = "Reading the network's events, which are kept for later commands";
        assert_eq!(reading(0, 0, second), format!("{all}: 0 %"));
        assert_eq!(
            reading(1_000_000, 4_000_000, 30 * second),
            format!("{all}: 25 % of 4000000 blocks, about 1m 30s left")
        );
    }
}
