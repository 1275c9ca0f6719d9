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
/// Miners whose logins are remembered before those are forgotten that did not log in lately.
const REMEMBERED: usize = 1_024;

/// Models and devices of one report of slots, and bytes of their texts, at most; and bytes of a model's name.
/// The manifests have limits of their own.
const MOST_BYTES: usize = 64 << 10;
const MOST_MODELS: usize = 256;
const MOST_DEVICES: usize = 64;
const LONGEST_NAME: usize = 256;

/// The door for miners.
#[derive(Debug)]
pub struct Doorway {
    strangers: Arc<Semaphore>,
    logins: Mutex<HashMap<Address, Allowance>>,
}

impl Default for Doorway {
    fn default() -> Self {
        Self { strangers: Arc::new(Semaphore::new(MOST_STRANGERS)), logins: Mutex::default() }
    }
}

impl Doorway {
    /// The place of a connection until it has logged in; `None` where too many have not.
    pub(super) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        self.strangers.clone().try_acquire_owned().ok()
    }

    /// Counts a login of a registered miner, or says how long it has to wait.
    pub(super) fn log_in(&self, node: Address) -> Result<(), Duration> {
        let now = Instant::now();
        let mut logins = self.logins.lock().unwrap_or_else(PoisonError::into_inner);
        if logins.len() > REMEMBERED {
            logins.retain(|_, allowance| !allowance.is_full(now));
        }
        logins.entry(node).or_insert_with(|| Allowance::new(LOGINS, LOGIN)).take(now)
    }
}

/// Bytes of what a device says of itself.
fn size(device: &wire::Device) -> usize {
    device.name.len() + device.kind.len() + device.problems.iter().map(|problem| problem.len() + 1).sum::<usize>()
}

/// Whether a report of slots has a size that a coordinator keeps, logs and shows.
pub(super) fn is_small(slots: &wire::Slots) -> bool {
    slots.models.len() <= MOST_MODELS
        && slots.devices.len() <= MOST_DEVICES
        && slots.models.iter().all(|model| model.name.len() <= LONGEST_NAME)
        && slots.devices.iter().map(size).sum::<usize>() <= MOST_BYTES
}

#[cfg(test)]
mod tests {
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
        assert!(is_small(&report(vec![model("m"); MOST_MODELS])));
        assert!(!is_small(&report(vec![model("m"); MOST_MODELS + 1])));
        assert!(!is_small(&report(vec![model(&"m".repeat(LONGEST_NAME + 1))])));
        let device = wire::Device { problems: vec!["p".repeat(MOST_BYTES + 1)], ..wire::Device::default() };
        assert!(!is_small(&wire::Slots { devices: vec![device], ..wire::Slots::default() }));
        assert!(!is_small(&wire::Slots { devices: vec![wire::Device::default(); 65], ..wire::Slots::default() }));
    }
}
