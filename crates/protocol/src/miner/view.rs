//! What is shown of a miner at one moment.

use std::collections::BTreeSet;

use alloy::primitives::Address;

use super::{identity::Model, state::Miner};
use crate::{
    Cai,
    status::{ModelRow, Money, TaskCounts, TaskRow},
    wire,
};

/// A miner's work as dashboards show it.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Grows with everything that happens.
    pub generation: u64,
    /// Tasks in figures.
    pub counts: TaskCounts,
    /// The tasks that run, then those that ended, newest first.
    pub recent: Vec<TaskRow>,
    /// The models, with the slots that could take work.
    pub models: Vec<ModelRow>,
    /// The devices as they were last sampled.
    pub devices: Vec<wire::Device>,
    /// The coordinators at which it is logged in.
    pub connected: BTreeSet<Address>,
    /// Why it does not work for a coordinator, or why a coordinator assigns nothing to it.
    pub complaints: Vec<(Address, String)>,
    /// What coordinators owe it.
    pub money: Money,
}

impl Miner {
    /// Everything that is shown.
    pub fn view(&self) -> View {
        let model = |model: &Model| ModelRow {
            name: model.name().into(),
            kind: model.kind,
            free: if self.capable.contains(model.name()) { self.slots.free(model.name()) } else { 0 },
            capacity: model.slots,
        };
        let objections = self.credits.objections().map(|(coordinator, objection)| (coordinator, objection.to_string()));
        let slow = self.credits.slow().map(|(coordinator, count, owed)| {
            let owed = Cai::from(owed);
            (coordinator, format!("it has acknowledged {count} answers that have no voucher yet, for {owed} together"))
        });
        let complaints = self.links.complaints().map(|(coordinator, complaint)| (coordinator, complaint.to_owned()));
        View {
            generation: self.generation,
            counts: self.board.counts(),
            recent: self.board.recent(),
            models: self.identity.models.iter().map(model).collect(),
            devices: self.devices.clone(),
            connected: self.links.coordinators().into_iter().collect(),
            complaints: objections.chain(slow).chain(complaints).collect(),
            money: self.credits.shown(),
        }
    }
}
