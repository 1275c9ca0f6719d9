//! What the made-up network did on the day before the demonstration begins, as a node remembers it.

use cuckoo_protocol::{
    Cai,
    contract::Role,
    status::{History, Snapshot},
};

use super::network::{SECOND, price};

/// Minutes that a node remembers.
const DAY: u64 = 1_440;
/// Tokens of a task on average.
const TOKENS: u64 = 610;

/// Tasks that were done in a minute: few at night, most in the afternoon, with a wave of its own every half hour.
const fn tasks(minute: u64) -> u64 {
    let hour = minute / 60 % 24;
    let day =
        [9, 8, 7, 7, 8, 10, 14, 19, 26, 31, 34, 36, 35, 37, 40, 41, 39, 36, 33, 30, 27, 22, 16, 11][hour as usize];
    day + minute * 7 % 31 / 4
}

/// The day up to `snapshot`, in which a miner has a fifth of all tasks.
pub(super) fn of(snapshot: &Snapshot) -> History {
    let part = if snapshot.node.role == Role::Miner { 5 } else { 1 };
    let mut now = Snapshot { recent: vec![], ..snapshot.clone() };
    (now.tasks.done, now.tasks.failed, now.tasks.completion_tokens) = (0, 0, 0);
    if let Some(money) = &mut now.money {
        money.total = Cai::ZERO;
    }
    let devices: Vec<Vec<_>> = now.nodes.iter().map(|node| node.devices.clone()).collect();
    let (mut history, mut before) = (History::default(), None::<Snapshot>);
    for left in (0..=DAY).rev() {
        now.taken_at = snapshot.taken_at - left * 60 * SECOND;
        let minute = now.taken_at / SECOND / 60;
        let done = tasks(minute) / part;
        now.tasks.done += done;
        now.tasks.failed += u64::from(minute.is_multiple_of(23 * part));
        now.tasks.completion_tokens += done * TOKENS;
        (now.tasks.running, now.tasks.queued) = (done / 4, done / 20);
        if let Some(money) = &mut now.money {
            let earned = price(TOKENS as u32);
            money.total = std::iter::once(money.total).chain((0..done).map(|_| earned)).sum();
        }
        // Devices are as busy as there is work.
        for (node, devices) in now.nodes.iter_mut().zip(&devices) {
            for (device, full) in node.devices.iter_mut().zip(devices) {
                let scale = |figure: Option<u32>, least: u32| {
                    figure.map(|figure| least + figure.saturating_sub(least) * (done * part) as u32 / 48)
                };
                device.utilisation_percent = scale(full.utilisation_percent, 0);
                device.temperature_celsius = scale(full.temperature_celsius, 34);
                device.power_milliwatts = scale(full.power_milliwatts, 20_000);
            }
        }
        history.record(before.as_ref(), &now);
        before = Some(now.clone());
    }
    history
}
