//! The quality gate: a miner that keeps losing tasks, or is slower than its coordinator allows, takes no part in draws for a while.
//!
//! Three averages say how a miner does, each moved by a tenth of the distance with every task:
//!
//! ```text
//! average <- average + (value - average) / 10
//! success:           1 for a task done, 0 for one lost; begins at 1
//! time to first token: from the lease, in seconds
//! tokens per second:   of what followed the first token
//! ```
//!
//! Below a success of one half it pauses; so it does above `--max-first-token` or below `--min-tokens-per-second`, after ten tasks.
//! The first pause takes a minute, each further one twice as long as the one before, up to an hour. After a pause, success begins
//! at three quarters and the other two averages begin again, and the miner has one slot for each model until it has done a task: who
//! only takes tasks wastes few of them to show it. The gate decides whether a miner takes part, and never how likely it
//! is drawn. A miner that offers slots and refuses whatever it is given pauses too. The gate works as if the miner offered no slot, so that the assignment log shows it and every draw can be repeated.

use std::time::Duration;

use crate::{status, task::Millis, wire};

/// Part of the distance by which an average moves.
const STEP: f64 = 0.1;
/// Success below which a miner pauses, and with which it begins again.
const LEAST_SUCCESS: f64 = 0.5;
const PROBATION: f64 = 0.75;
/// Success above which earlier pauses are forgotten.
const GOOD_SUCCESS: f64 = 0.95;
/// Tasks before times are judged.
const SAMPLES: u32 = 10;
const FIRST_PAUSE: Millis = 60_000;
const LONGEST_PAUSE: Millis = 60 * 60_000;
/// Refusals without a task done in between after which a miner pauses.
const MOST_REFUSALS: u32 = 8;
/// What is lost or refused within this is one loss or refusal: a miner that dies loses all that it holds.
const BURST: Millis = 1_000;

/// What a coordinator asks of miners.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gate {
    /// The longest time to the first token on average.
    pub max_first_token: Option<Duration>,
    /// The fewest tokens per second on average.
    pub min_tokens_per_second: Option<f64>,
}

/// How one miner does.
#[derive(Clone, Debug)]
pub(super) struct Quality {
    success: f64,
    first_token: Average,
    pace: Average,
    lost_at: Option<Millis>,
    /// Refusals since the last task that was done, and when the last one of them came.
    refusals: (u32, Option<Millis>),
    pauses: u32,
    /// It has paused, and has done no task since.
    on_trial: bool,
    /// When the pause ends, and the reason for it.
    paused: Option<(Millis, String)>,
}

impl Default for Quality {
    fn default() -> Self {
        let (first_token, pace) = (Average::default(), Average::default());
        let refusals = (0, None);
        Self { success: 1.0, first_token, pace, lost_at: None, refusals, pauses: 0, on_trial: false, paused: None }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Average {
    value: f64,
    samples: u32,
}

impl Average {
    fn add(&mut self, value: f64) {
        // The first value is the best guess there is.
        self.value += (value - self.value) * if self.samples == 0 { 1.0 } else { STEP };
        self.samples = self.samples.saturating_add(1);
    }

    fn known(self) -> Option<f64> {
        (self.samples >= SAMPLES).then_some(self.value)
    }
}

impl Quality {
    /// A task was done: leased and first heard of at these times, with this many tokens. Returns true where that was the trial after a
    /// pause.
    pub(super) fn done(&mut self, leased: Millis, first_token: Option<Millis>, tokens: u32, now: Millis) -> bool {
        let was_on_trial = std::mem::take(&mut self.on_trial);
        self.success += (1.0 - self.success) * STEP;
        self.refusals = (0, None);
        if self.success > GOOD_SUCCESS {
            self.pauses = 0;
        }
        let Some(first) = first_token else { return was_on_trial };
        self.first_token.add(first.saturating_sub(leased) as f64 / 1e3);
        let flowing = now.saturating_sub(first) as f64 / 1e3;
        if tokens > 1 && flowing > 0.0 {
            self.pace.add(f64::from(tokens - 1) / flowing);
        }
        was_on_trial
    }

    /// A task was lost.
    pub(super) fn lost(&mut self, now: Millis) {
        if self.lost_at.is_none_or(|at| now.saturating_sub(at) >= BURST) {
            self.lost_at = Some(now);
            self.success -= self.success * STEP;
        }
    }

    /// It was too busy for a task, although it had offered a slot.
    pub(super) fn refused(&mut self, now: Millis) {
        if self.refusals.1.is_none_or(|at| now.saturating_sub(at) >= BURST) {
            self.refusals = (self.refusals.0 + 1, Some(now));
        }
    }

    /// Begins a pause where one is due; true if it did.
    pub(super) fn judge(&mut self, gate: &Gate, now: Millis) -> bool {
        if self.paused.is_some() {
            return false;
        }
        let slow = gate.max_first_token.zip(self.first_token.known());
        let slow = slow.filter(|(most, found)| *found > most.as_secs_f64());
        let slow_pace = gate.min_tokens_per_second.zip(self.pace.known()).filter(|(least, found)| found < least);
        let why = if self.success < LEAST_SUCCESS {
            format!("it loses too many tasks: its success is {:.2}", self.success)
        } else if self.refusals.0 >= MOST_REFUSALS {
            "it offers slots and refuses what it is given".to_owned()
        } else if let Some((most, found)) = slow {
            format!("its first tokens take {found:.1} s, and {:.1} s are allowed", most.as_secs_f64())
        } else if let Some((least, found)) = slow_pace {
            format!("it makes {found:.1} tokens per second, and {least:.1} are wanted")
        } else {
            return false;
        };
        let pause = FIRST_PAUSE.saturating_mul(1 << self.pauses.min(16)).min(LONGEST_PAUSE);
        self.pauses += 1;
        self.on_trial = true;
        self.paused = Some((now + pause, why));
        self.success = PROBATION;
        self.refusals = (0, None);
        self.first_token = Average::default();
        self.pace = Average::default();
        true
    }

    /// When the pause ends, and the reason for it, while there is one.
    pub(super) fn paused(&self) -> Option<(Millis, &str)> {
        self.paused.as_ref().map(|(until, reason)| (*until, reason.as_str()))
    }

    /// The averages as dashboards show them.
    pub(super) fn shown(&self) -> status::Quality {
        let known = |average: Average, unit: f64| (average.samples > 0).then_some((average.value * unit) as u64);
        status::Quality {
            success_ppm: (self.success * 1e6).round() as u32,
            first_token_ms: known(self.first_token, 1e3),
            millitokens_per_second: known(self.pace, 1e3),
            pauses: self.pauses,
        }
    }

    /// Tokens per second of what follows the first token, where a task has shown it.
    pub(super) fn pace(&self) -> Option<f64> {
        (self.pace.samples > 0).then_some(self.pace.value)
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// It has not shown yet, after a pause, that it does tasks.
    pub(super) const fn is_on_trial(&self) -> bool {
        self.on_trial
    }

    /// What the coordinator tells the miner about its pause; one of no length if there is none.
    pub(super) fn pause(&self, now: Millis) -> wire::Pause {
        match &self.paused {
            Some((until, reason)) => {
                wire::Pause { seconds: until.saturating_sub(now).div_ceil(1_000).max(1), reason: reason.clone() }
            }
            None => wire::Pause::default(),
        }
    }

    /// Ends a pause that is over; true if it did.
    pub(super) fn resume(&mut self, now: Millis) -> bool {
        self.paused.take_if(|(until, _)| *until <= now).is_some()
    }

    /// Ends a pause before its time, without a trial; true if there was one. The next one is as long as it would have been.
    pub(super) fn lift(&mut self) -> bool {
        self.on_trial = false;
        self.paused.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Gate = Gate { max_first_token: None, min_tokens_per_second: None };

    /// Loses tasks, two seconds apart, until it pauses; how many, and when that is over.
    fn until_paused(quality: &mut Quality, now: &mut Millis) -> u32 {
        for count in 1..100 {
            *now += 2_000;
            quality.lost(*now);
            if quality.judge(&OPEN, *now) {
                return count;
            }
        }
        panic!("it never pauses");
    }

    #[test]
    fn who_keeps_losing_pauses_and_longer_each_time() {
        let (mut quality, mut now) = (Quality::default(), 0);
        assert_eq!(until_paused(&mut quality, &mut now), 7);
        assert!(!quality.resume(now + FIRST_PAUSE - 1) && quality.resume(now + FIRST_PAUSE));
        now += FIRST_PAUSE;
        assert_eq!(until_paused(&mut quality, &mut now), 4);
        assert!(!quality.resume(now + 2 * FIRST_PAUSE - 1));
        now += LONGEST_PAUSE;
        assert!(quality.resume(now));
        // Good work makes up for it.
        assert!(quality.is_on_trial() && quality.done(now, None, 0, now) && !quality.is_on_trial());
        assert!(!(0..30).any(|_| quality.done(now, None, 0, now)));
        until_paused(&mut quality, &mut now);
        assert!(quality.resume(now + FIRST_PAUSE));
    }

    #[test]
    fn what_is_lost_at_once_is_one_loss() {
        let mut quality = Quality::default();
        (0..100).for_each(|_| quality.lost(5));
        assert!(!quality.judge(&OPEN, 5));
    }

    #[test]
    fn the_slow_pause_only_where_the_coordinator_minds_and_not_for_one_bad_task() {
        let strict = Gate { max_first_token: Some(Duration::from_secs(2)), min_tokens_per_second: Some(5.0) };
        // Three seconds to the first token, then four tokens per second.
        let mut slow = Quality::default();
        for task in 1..=SAMPLES {
            assert!(!slow.judge(&strict, 0), "after {} tasks", task - 1);
            slow.done(0, Some(3_000), 9, 5_000);
        }
        assert!(!slow.clone().judge(&OPEN, 0));
        let told = |mut quality: Quality, gate: &Gate| quality.judge(gate, 0).then(|| quality.pause(500));
        let pause = told(slow.clone(), &strict).expect("it is too slow");
        assert!(pause.seconds == 60 && pause.reason.contains("3.0 s, and 2.0 s are allowed"), "{pause:?}");
        let slow_pace = Gate { max_first_token: None, ..strict };
        assert!(
            told(slow, &slow_pace)
                .is_some_and(|pause| pause.reason.contains("4.0 tokens per second, and 5.0 are wanted"))
        );
        let mut good = Quality::default();
        assert!(!(0..20).any(|_| good.done(0, Some(100), 101, 5_100)));
        good.done(0, Some(15_000), 3, 30_000);
        assert!(!good.judge(&strict, 0) && good.pause(0) == wire::Pause::default());
    }
}
