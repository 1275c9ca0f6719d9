//! What a node's figures were: each second of the last ten minutes, and each minute of the last day, on the node's own clock.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::task::Millis;

/// Milliseconds of the short steps and of the long ones.
const STEPS: [Millis; 2] = [1_000, 60_000];

/// How many steps of each kind are kept: ten minutes, and a day.
pub(super) const KEPT: [usize; 2] = [600, 1_440];

/// How long a node may be silent before that counts as nothing. Until then its newest figures may just be late.
pub(super) const PATIENCE: Millis = 3_000;

/// The largest value of a step, so that the sum of what a broken node claims does not overflow.
const CEILING: u64 = 1_000_000_000_000_000;

/// One value for each step of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Milliseconds of a step.
    pub(super) step: Millis,
    /// The number of the step that has not ended yet, counted from the Unix epoch; 0 before anything is known.
    pub(super) end: u64,
    /// The steps that have ended, the newest last.
    pub(super) values: VecDeque<u64>,
    /// The value of the step that has not ended yet.
    pub(super) open: u64,
}

impl Series {
    const fn new(step: Millis) -> Self {
        Self { step, end: 0, values: VecDeque::new(), open: 0 }
    }

    pub(super) const fn capacity(&self) -> usize {
        if self.step == STEPS[0] { KEPT[0] } else { KEPT[1] }
    }

    /// Lets time pass until `now`. Steps without news get `fill`. Returns true where a step has ended.
    pub(super) fn extend(&mut self, now: Millis, fill: u64) -> bool {
        let end = now / self.step;
        if self.end == 0 {
            self.end = end;
            return false;
        }
        if end <= self.end {
            return false;
        }
        self.values.push_back(self.open);
        let missing = (end - self.end - 1).min(self.capacity() as u64);
        self.values.extend(std::iter::repeat_n(fill, missing as usize));
        self.open = fill;
        self.end = end;
        let excess = self.values.len().saturating_sub(self.capacity());
        self.values.drain(..excess);
        true
    }

    /// The first step that is kept.
    fn first(&self) -> u64 {
        self.end.saturating_sub(self.values.len() as u64)
    }

    fn slot(&mut self, step: u64) -> Option<&mut u64> {
        if step == self.end {
            return Some(&mut self.open);
        }
        let place = usize::try_from(step.checked_sub(self.first())?).ok()?;
        self.values.get_mut(place)
    }

    /// Spreads `amount` thousandths evenly over `from..to`. What falls outside the kept steps is dropped.
    fn spread(&mut self, from: Millis, to: Millis, amount: u64) {
        let to = to.max(from.saturating_add(1));
        let length = u128::from(to - from);
        let first = (from / self.step).max(self.first());
        let last = to.div_ceil(self.step).min(self.end.saturating_add(1));
        for step in first..last {
            let begin = step.saturating_mul(self.step);
            let overlap = to.min(begin.saturating_add(self.step)).saturating_sub(from.max(begin));
            let share = u128::from(amount) * u128::from(overlap) / length;
            if let Some(value) = self.slot(step) {
                *value = value.saturating_add(u64::try_from(share).unwrap_or(CEILING)).min(CEILING);
            }
        }
    }

    /// The mean or the greatest value of each of the last `columns` groups of `group` steps, the oldest first. Groups begin at
    /// multiples of `group`, so that a bar keeps its height while it moves. Groups before the first step are left out.
    fn groups(&self, columns: usize, group: usize, greatest: bool) -> Vec<u64> {
        let group = group.max(1) as u64;
        let (first, last) = (self.first(), self.end.div_ceil(group));
        (last.saturating_sub(columns as u64).max(first / group)..last)
            .map(|column| {
                let (from, to) = ((column * group).max(first), ((column + 1) * group).min(self.end));
                let steps = (from..to).filter_map(|step| self.values.get((step - first) as usize));
                match greatest {
                    true => steps.copied().max().unwrap_or(0),
                    false => steps.sum::<u64>() / to.saturating_sub(from).max(1),
                }
            })
            .collect()
    }
}

/// The series that shows `seconds`, and how many of its steps make one of `columns` columns.
fn scale(columns: usize, seconds: usize) -> (usize, usize) {
    let place = usize::from(seconds > KEPT[0]);
    let steps = seconds.saturating_mul(1_000) / STEPS[place] as usize;
    (place, steps.div_ceil(columns.max(1)).max(1))
}

/// Something that is counted, in thousandths for each step, so that a slow model's fraction of a token is not lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter(pub(super) [Series; 2]);

impl Default for Counter {
    fn default() -> Self {
        Self(STEPS.map(Series::new))
    }
}

impl Counter {
    /// `count` more things, evenly over `from..to`.
    pub(super) fn add(&mut self, from: Millis, to: Millis, count: u64) {
        for series in &mut self.0 {
            series.spread(from, to, count.saturating_mul(1_000));
        }
    }

    pub(super) fn extend(&mut self, now: Millis) -> bool {
        let [fine, coarse] = &mut self.0;
        coarse.extend(now, 0);
        fine.extend(now, 0)
    }

    /// True when nothing was counted in the last minutes.
    pub fn is_quiet(&self) -> bool {
        self.0[0].open == 0 && self.0[0].values.iter().all(|value| *value == 0)
    }

    /// The mean count per second over the last `seconds` that have ended, rounded to the nearest.
    pub fn rate(&self, seconds: usize) -> u64 {
        let values = &self.0[0].values;
        let count = seconds.min(values.len()).max(1);
        (values.iter().rev().take(count).sum::<u64>() / count as u64 + 500) / 1_000
    }

    /// The whole count of the last `seconds`.
    pub fn sum(&self, seconds: usize) -> u64 {
        let (place, _) = scale(1, seconds);
        let steps = seconds.saturating_mul(1_000) / STEPS[place] as usize;
        let series = &self.0[place];
        (series.open + series.values.iter().rev().take(steps).sum::<u64>() + 500) / 1_000
    }

    /// How many seconds are remembered, by the steps that have ended.
    pub fn known(&self) -> u64 {
        self.0.iter().map(|series| series.values.len() as u64 * series.step / 1_000).max().unwrap_or(0)
    }

    /// Thousandths per second in each of the last `columns` columns, which together show `seconds`.
    pub fn columns(&self, columns: usize, seconds: usize) -> Vec<u64> {
        let (place, group) = scale(columns, seconds);
        let each = STEPS[place] / 1_000;
        self.0[place].groups(columns, group, false).into_iter().map(|value| value / each).collect()
    }
}

/// A level that goes up and down. Each step has the greatest value that was seen in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gauge([Series; 2]);

impl Default for Gauge {
    fn default() -> Self {
        Self(STEPS.map(Series::new))
    }
}

impl Gauge {
    /// The level is `value`; where it `stays`, it has been what it was before until now.
    pub(super) fn set(&mut self, now: Millis, value: u64, before: u64) {
        let value = value.min(CEILING);
        for series in &mut self.0 {
            series.extend(now, before.min(CEILING));
            series.open = series.open.max(value);
        }
    }

    /// The greatest value of the last `seconds`.
    pub fn peak(&self, seconds: usize) -> u64 {
        let (place, _) = scale(1, seconds);
        let steps = seconds.saturating_mul(1_000) / STEPS[place] as usize;
        self.0[place].values.iter().rev().take(steps).copied().chain([self.0[place].open]).max().unwrap_or(0)
    }

    /// The greatest value in each of the last `columns` columns, which together show `seconds`.
    pub fn columns(&self, columns: usize, seconds: usize) -> Vec<u64> {
        let (place, group) = scale(columns, seconds);
        self.0[place].groups(columns, group, true)
    }
}

/// What one device did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceHistory {
    /// How busy it was, in percent.
    pub load: Gauge,
    /// How hot it was, in degrees Celsius.
    pub celsius: Gauge,
}

/// At most this many of the node's own devices are remembered one by one.
pub(super) const MOST_DEVICES: usize = 16;

/// A node's figures over time. It is made of snapshots alone, in the node or in a dashboard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// Tokens that were generated.
    pub tokens: Counter,
    /// Tasks that were delivered.
    pub done: Counter,
    /// Tasks that failed or expired.
    pub failed: Counter,
    /// What was earned, or owed to miners, in millionths of a CAI.
    pub earned: Counter,
    /// Tasks that waited.
    pub queued: Gauge,
    /// Tasks that miners held.
    pub running: Gauge,
    /// The longest time to a first token, in milliseconds.
    pub first_token: Gauge,
    /// The power that all devices drew, in watts.
    pub watts: Gauge,
    /// The publishing node's own devices, in their order.
    pub devices: Vec<DeviceHistory>,
    /// When the newest snapshot in it was taken.
    pub until: Millis,
}
