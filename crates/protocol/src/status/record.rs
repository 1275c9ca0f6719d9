//! How figures over time are made of snapshots.

use super::{
    device::DeviceRow,
    history::{Counter, DeviceHistory, History, MOST_DEVICES, PATIENCE},
    snapshot::{RECENT, Snapshot},
    task::TaskRow,
};
use crate::{
    Cai,
    task::{Millis, Stage},
};

/// Millionths of a CAI, rounded down.
fn micro(amount: Cai) -> u64 {
    let millionth = alloy::primitives::U256::from(10u64.pow(crate::amount::DECIMALS as u32 - 6));
    u64::try_from(amount.base_units() / millionth).unwrap_or(u64::MAX)
}

/// What is counted over time, as of a snapshot.
fn figures(snapshot: &Snapshot) -> [u64; 4] {
    let (tasks, money) = (&snapshot.tasks, &snapshot.money);
    let total = money.as_ref().map_or(0, |money| micro(money.total));
    [tasks.completion_tokens, tasks.done, tasks.failed, total]
}

impl History {
    /// Takes in the change from `before` to `after`. The first snapshot of a node, or of its new process, only says how much there is;
    /// where nothing is remembered it fills the past from its tasks.
    pub fn record(&mut self, before: Option<&Snapshot>, after: &Snapshot) {
        let same = before.filter(|before| {
            before.node.address == after.node.address
                && before.node.started_at == after.node.started_at
                && before.taken_at <= after.taken_at
        });
        if after.taken_at < self.until {
            // The node's clock was put back.
            *self = Self::default();
        }
        let (known_until, now, started_at) = (self.until, after.taken_at, after.node.started_at);
        self.extend(now);
        self.until = now;
        match (same, before) {
            (Some(before), _) => self.count((before.taken_at, now), figures(before), figures(after)),
            (None, _) if known_until == 0 => self.fill(after),
            // A new process counts its tasks from 0, and what it owes from where the one before it stopped.
            (None, before) if known_until <= started_at => {
                let before = before.filter(|before| before.node.address == after.node.address);
                let [.., owed] = figures(before.unwrap_or(after));
                self.count((started_at, now), [0, 0, 0, owed], figures(after));
            }
            (None, _) => {}
        }
        self.measure(same, after);
    }

    fn counters(&mut self) -> [&mut Counter; 4] {
        [&mut self.tokens, &mut self.done, &mut self.failed, &mut self.earned]
    }

    fn extend(&mut self, now: Millis) -> bool {
        let mut grown = false;
        for counter in self.counters() {
            grown |= counter.extend(now);
        }
        grown
    }

    fn count(&mut self, (from, to): (Millis, Millis), before: [u64; 4], after: [u64; 4]) {
        for (counter, (before, after)) in self.counters().into_iter().zip(before.into_iter().zip(after)) {
            counter.add(from, to, after.saturating_sub(before));
        }
    }

    /// The past as the tasks show it: each task's tokens are spread evenly from its first token to its end.
    fn fill(&mut self, snapshot: &Snapshot) {
        let now = snapshot.taken_at;
        let oldest = snapshot.recent.iter().map(|task| task.accepted_at).min().unwrap_or(now).min(now);
        let ended = snapshot.recent.iter().filter(|task| task.ended_at.is_some()).count();
        // A full list says nothing about the time before its oldest task; one that is not says that there was nothing.
        let start = if ended >= RECENT { oldest } else { 0 }.max(snapshot.node.started_at.min(now));
        for series in &mut self.tokens.0 {
            let length = (series.end - start / series.step).min(series.capacity() as u64);
            series.values = std::iter::repeat_n(0, length as usize).collect();
        }
        for task in &snapshot.recent {
            if let Some(at) = task.ended_at {
                match task.state {
                    Stage::Done => self.done.add(at, at, 1),
                    Stage::Failed | Stage::Expired => self.failed.add(at, at, 1),
                    _ => {}
                }
            }
            if let Some(from) = task.first_token_at {
                self.tokens.add(from, task.ended_at.unwrap_or(now).min(now), u64::from(task.completion_tokens));
            }
        }
    }

    fn measure(&mut self, before: Option<&Snapshot>, after: &Snapshot) {
        let now = after.taken_at;
        let old = before.map(|before| before.tasks).unwrap_or_default();
        self.queued.set(now, after.tasks.queued, old.queued);
        self.running.set(now, after.tasks.running, old.running);
        let watts = |snapshot: &Snapshot| {
            let devices = snapshot.nodes.iter().flat_map(|node| &node.devices);
            devices.map(|device| u64::from(device.power_milliwatts.unwrap_or(0))).sum::<u64>() / 1_000
        };
        self.watts.set(now, watts(after), before.map_or(0, watts));
        let since = before.map_or(now, |before| before.taken_at);
        let fresh = |task: &TaskRow| task.first_token_at.filter(|at| *at > since)?.checked_sub(task.accepted_at);
        self.first_token.set(now, after.recent.iter().filter_map(fresh).max().unwrap_or(0), 0);
        let own = |snapshot: &Snapshot| {
            let node = snapshot.nodes.iter().find(|node| node.address == snapshot.node.address);
            let devices = node.map(|node| node.devices.as_slice()).unwrap_or_default();
            let levels = |device: &DeviceRow| {
                let level = |value: Option<u32>| u64::from(value.unwrap_or(0));
                [level(device.utilisation_percent), level(device.temperature_celsius)]
            };
            devices.iter().take(MOST_DEVICES).map(levels).collect::<Vec<_>>()
        };
        let (old, new) = (before.map(own).unwrap_or_default(), own(after));
        self.devices.resize_with(new.len(), DeviceHistory::default);
        for (place, (device, [load, celsius])) in self.devices.iter_mut().zip(new).enumerate() {
            let [old_load, old_celsius] = old.get(place).copied().unwrap_or_default();
            device.load.set(now, load, old_load);
            device.celsius.set(now, celsius, old_celsius);
        }
    }

    /// Lets time pass without a new snapshot until the node's clock shows `now`. Returns true when a step has ended.
    pub fn advance(&mut self, now: Millis) -> bool {
        self.until != 0 && self.extend(now.saturating_sub(PATIENCE))
    }
}

#[cfg(test)]
mod tests;
