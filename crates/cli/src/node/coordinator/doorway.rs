//! Who may open a link, and how often: what strangers and miners can make this coordinator hold before and after they log in is bounded.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use alloy::primitives::Address;
use cuckoo_protocol::wire;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::node::allowance::Allowance;

/// Connections that have not logged in yet, at most. Each has ten seconds for it.
const MOST_STRANGERS: usize = 1_000;
/// Logins of one miner at once, and the time for each further one: each is written to the assignment log.
const LOGINS: u32 = 20;
const LOGIN: Duration = Duration::from_secs(1);
/// Reports of slots of one miner that count at once, and the time for each further one: each may be written to the assignment log.
/// They are a miner's and not a session's, since who logs in again would have all of them again.
const REPORTS: u32 = 16;
const REPORT: Duration = Duration::from_secs(1);
/// Miners whose logins are remembered before those are forgotten that did not log in lately.
const REMEMBERED: usize = 1_024;

/// Devices of one report of slots, and bytes of their texts, at most. The names of models and their manifests have limits of their own.
const MOST_BYTES: usize = 64 << 10;
const MOST_DEVICES: usize = 64;

/// How often each miner may do something.
#[derive(Debug)]
struct Paces {
    most: u32,
    each: Duration,
    miners: Mutex<HashMap<Address, Allowance>>,
}

impl Paces {
    fn new(most: u32, each: Duration) -> Self {
        Self { most, each, miners: Mutex::default() }
    }

    fn take(&self, node: Address) -> Result<(), Duration> {
        let now = Instant::now();
        let mut miners = self.miners.lock().unwrap_or_else(PoisonError::into_inner);
        if miners.len() > REMEMBERED {
            miners.retain(|_, allowance| !allowance.is_full(now));
        }
        miners.entry(node).or_insert_with(|| Allowance::new(self.most, self.each)).take(now)
    }
}

/// The door for miners.
#[derive(Debug)]
pub struct Doorway {
    strangers: Arc<Semaphore>,
    logins: Paces,
    reports: Paces,
}

impl Default for Doorway {
    fn default() -> Self {
        let (logins, reports) = (Paces::new(LOGINS, LOGIN), Paces::new(REPORTS, REPORT));
        Self { strangers: Arc::new(Semaphore::new(MOST_STRANGERS)), logins, reports }
    }
}

impl Doorway {
    /// The place of a connection until it has logged in; `None` where too many have not.
    pub(super) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        self.strangers.clone().try_acquire_owned().ok()
    }

    /// Counts a login of a registered miner, or says how long it has to wait.
    pub(super) fn log_in(&self, node: Address) -> Result<(), Duration> {
        self.logins.take(node)
    }

    /// Counts a report of a miner's slots, or says how long that has to wait.
    pub(super) fn report(&self, node: Address) -> Result<(), Duration> {
        self.reports.take(node)
    }
}

/// Bytes of what a device says of itself.
fn size(device: &wire::Device) -> usize {
    device.name.len() + device.kind.len() + device.problems.iter().map(|problem| problem.len() + 1).sum::<usize>()
}

/// Why a coordinator does not keep, log and show a report of slots; `None` where it does.
pub(super) fn objection(slots: &wire::Slots) -> Option<String> {
    let names = slots.models.iter().map(|model| model.name.as_str());
    let what = if let Some(what) = wire::objection_to_names(names) {
        what
    } else if slots.devices.len() > MOST_DEVICES {
        format!("more than {MOST_DEVICES} devices")
    } else if slots.devices.iter().map(size).sum::<usize>() > MOST_BYTES {
        format!("more than {MOST_BYTES} bytes about devices")
    } else {
        return None;
    };
    Some(format!("a report of slots has {what}"))
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::wire::{LONGEST_NAME, MOST_MODELS};

    use super::*;

    #[test]
    fn v16_strangers_take_bounded_room_and_miners_log_in_at_a_bounded_pace() {
        let doorway = Doorway::default();
        let inside: Vec<_> = (0..MOST_STRANGERS + 5).filter_map(|_| doorway.enter()).collect();
        assert_eq!(inside.len(), MOST_STRANGERS);
        drop(inside);
        assert!(doorway.enter().is_some());
        let node = Address::repeat_byte(1);
        assert!((0..LOGINS).all(|_| doorway.log_in(node).is_ok()));
        assert!(doorway.log_in(node).is_err_and(|wait| wait <= LOGIN));
        assert!(doorway.log_in(Address::repeat_byte(2)).is_ok(), "another one is not held up");
    }

    #[test]
    fn v4_reports_of_slots_are_small() {
        let model = |name: &str| wire::ModelSlots { name: name.to_owned(), ..wire::ModelSlots::default() };
        let report = |models: Vec<wire::ModelSlots>| wire::Slots { models, ..wire::Slots::default() };
        let names = |length: usize, count: usize| objection(&report(vec![model(&"m".repeat(length)); count]));
        assert_eq!([names(16, MOST_MODELS), names(LONGEST_NAME, 16)], [None, None]);
        let refused = |found: Option<String>, why: &str| {
            assert!(found.as_ref().is_some_and(|text| text.contains(why)), "{found:?}")
        };
        refused(names(1, MOST_MODELS + 1), "more than 256 models");
        refused(names(LONGEST_NAME + 1, 1), "name of more than 256 bytes");
        refused(names(17, MOST_MODELS), "more than 4096 bytes together");
        refused(objection(&report(vec![model("m\u{1}")])), "control characters");
        let device = wire::Device { problems: vec!["p".repeat(MOST_BYTES + 1)], ..wire::Device::default() };
        let told = |devices: Vec<wire::Device>| objection(&wire::Slots { devices, ..wire::Slots::default() });
        refused(told(vec![device]), "about devices");
        refused(told(vec![wire::Device::default(); 65]), "64 devices");
    }

    #[test]
    fn v4_reports_are_counted_for_a_miner_and_not_for_its_session() {
        let doorway = Doorway::default();
        let (node, other) = (Address::repeat_byte(1), Address::repeat_byte(2));
        assert!((0..REPORTS).all(|_| doorway.report(node).is_ok()));
        assert!(doorway.log_in(node).is_ok() && doorway.report(node).is_err_and(|wait| wait <= REPORT));
        assert!(doorway.report(other).is_ok());
    }
}
