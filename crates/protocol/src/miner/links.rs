//! The sessions with coordinators, and what each of them was last told of the miner's slots.

use std::collections::BTreeMap;

use alloy::primitives::Address;

use super::{identity::Model, input::Link};
use crate::wire;

/// Seconds after which devices and slots are reported even if nothing has changed.
const REPORT: u32 = 3;

/// All coordinators that the miner knows of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Links {
    /// Weights in draws of those that are active.
    weights: BTreeMap<Address, u128>,
    sessions: BTreeMap<Address, Session>,
    /// Why a coordinator assigns no tasks to this miner.
    complaints: BTreeMap<Address, String>,
}

#[derive(Clone, Debug, PartialEq)]
struct Session {
    number: u64,
    /// It takes no new leases, and ends with the last one.
    leaving: bool,
    /// The shell was told that the link may be closed.
    parted: bool,
    /// Why it assigns no tasks for some of the models.
    mismatches: Vec<String>,
    /// The slots of each model that it was told of last.
    reported: Option<Vec<u32>>,
    /// Ticks since then.
    age: u32,
    /// Number of the last report.
    sequence: u64,
}

impl Links {
    pub(super) fn open(&mut self, link: Link) {
        let session = Session {
            number: link.session,
            leaving: false,
            parted: false,
            mismatches: vec![],
            reported: None,
            age: 0,
            sequence: 0,
        };
        self.sessions.insert(link.coordinator, session);
        self.complaints.remove(&link.coordinator);
    }

    /// True if that was the coordinator's session.
    pub(super) fn close(&mut self, link: Link) -> bool {
        let is_current = self.is_current(link);
        if is_current {
            self.sessions.remove(&link.coordinator);
        }
        is_current
    }

    pub(super) fn is_current(&self, link: Link) -> bool {
        self.sessions.get(&link.coordinator).is_some_and(|session| session.number == link.session)
    }

    /// The coordinators that have a session.
    pub(super) fn coordinators(&self) -> Vec<Address> {
        self.sessions.keys().copied().collect()
    }

    pub(super) fn set_weights(&mut self, weights: impl IntoIterator<Item = (Address, u128)>) {
        self.weights = weights.into_iter().collect();
    }

    /// The active coordinators at which the miner is logged in, with their weights.
    pub(super) fn weights(&self) -> Vec<(Address, u128)> {
        let weight = |coordinator: &Address| Some((*coordinator, *self.weights.get(coordinator)?));
        self.sessions.keys().filter_map(weight).collect()
    }

    pub(super) fn complain(&mut self, coordinator: Address, complaint: Option<String>) {
        match complaint {
            Some(complaint) => drop(self.complaints.insert(coordinator, complaint)),
            None => drop(self.complaints.remove(&coordinator)),
        }
    }

    pub(super) fn mismatch(&mut self, link: Link, reasons: Vec<String>) {
        let session = self.sessions.get_mut(&link.coordinator).filter(|session| session.number == link.session);
        if let Some(session) = session {
            session.mismatches = reasons;
        }
    }

    pub(super) fn complaints(&self) -> impl Iterator<Item = (Address, &str)> {
        let said = self.complaints.iter().map(|(coordinator, complaint)| (*coordinator, complaint.as_str()));
        let of_models = self
            .sessions
            .iter()
            .flat_map(|(coordinator, session)| session.mismatches.iter().map(|reason| (*coordinator, reason.as_str())));
        said.chain(of_models)
    }

    /// No new leases of this coordinator. True if it did not know yet.
    pub(super) fn leave(&mut self, coordinator: &Address) -> bool {
        let session = self.sessions.get_mut(coordinator);
        session.is_some_and(|session| !std::mem::replace(&mut session.leaving, true))
    }

    pub(super) fn is_leaving(&self, coordinator: &Address) -> bool {
        self.sessions.get(coordinator).is_some_and(|session| session.leaving)
    }

    /// Nothing is left to do for a coordinator. True if its session is to be closed and the shell does not know yet.
    pub(super) fn part(&mut self, coordinator: &Address) -> bool {
        let session = self.sessions.get_mut(coordinator).filter(|session| session.leaving);
        session.is_some_and(|session| !std::mem::replace(&mut session.parted, true))
    }

    pub(super) fn tick(&mut self) {
        for session in self.sessions.values_mut() {
            session.age = session.age.saturating_add(1);
        }
    }

    /// The number of the next report to a coordinator, if one is due: it has other slots than it was told, or was told long ago.
    pub(super) fn report(&mut self, coordinator: &Address, slots: &[u32]) -> Option<u64> {
        let session = self.sessions.get_mut(coordinator)?;
        if session.age < REPORT && session.reported.as_deref() == Some(slots) {
            return None;
        }
        session.reported = Some(slots.to_vec());
        session.age = 0;
        session.sequence += 1;
        Some(session.sequence)
    }
}

/// What a report says of a model.
pub(super) fn model_slots(model: &Model, granted: u32) -> wire::ModelSlots {
    wire::ModelSlots {
        name: model.name().to_owned(),
        manifest: model.id.to_vec(),
        granted,
        capacity: model.slots,
        kind: model.kind as u32,
        preimage: Some((&model.manifest).into()),
        class: model.class.clone(),
        context: model.context,
        examines: model.examines,
        tokenises: model.tokenises,
    }
}
