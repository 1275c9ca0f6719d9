//! What a miner decides: for whom it works, which leases it takes, what it signs, and what it says of itself.
//!
//! [`Miner::step`] takes in one thing that has happened and says what is to be done; it reads no clock, and its randomness is given
//! to it. What waits, sends, signs or stores is around it: links to coordinators, runs of the engine, the record of signatures. The
//! same inputs with the same times and randomness have the same effects.
//!
//! ```text
//! Offered -> Send(Accept), Start -> Generated -> Record -> Recorded -> Send(Result)
//!         -> Send(Refuse)        -> Failed -> Send(Refuse)         -> Send(Refuse)
//! ```

mod board;
mod credit;
mod effect;
mod input;
mod leases;
mod links;
pub mod order;
mod slots;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, B256};

pub use self::{
    credit::{BEHIND, Cover, Credits, Objection, Terms, VoucherError},
    effect::{Effect, Effects, Notice},
    input::{Input, LeaseId, Link},
    order::{Claim, Completed, Order, Request},
    slots::{ModelSlots, Slots},
};
use self::{board::Board, leases::Leases, links::Links};
use crate::{
    entropy::Entropy,
    message::SignedVoucher,
    status::{TaskCounts, TaskRow},
    task::{Kind, Millis},
    wire::{self, RefuseCode},
};

/// A model that a miner serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// What it makes.
    pub kind: Kind,
    /// The hash of its manifest.
    pub manifest: B256,
    /// Tasks that it can run at once.
    pub slots: u32,
}

/// Who a miner is, and on which terms it works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The node address.
    pub address: Address,
    /// The models, in order of their names.
    pub models: Vec<Model>,
    /// The terms on which it works for a coordinator.
    pub terms: Terms,
}

/// A miner's state.
#[derive(Clone, Debug, PartialEq)]
pub struct Miner {
    identity: Identity,
    links: Links,
    slots: Slots,
    credits: Credits,
    leases: Leases,
    board: Board,
    devices: Vec<wire::Device>,
    /// Models whose engine works, while results can be signed.
    capable: BTreeSet<String>,
    draining: bool,
    generation: u64,
}

impl Miner {
    /// A miner that starts, with the vouchers of earlier processes and the answered tickets that none of them covers. No model can
    /// run before [`Input::Capable`] says so.
    pub fn new(mut identity: Identity, vouchers: &[SignedVoucher], claims: &[Claim]) -> Self {
        identity.models.sort_by(|one, other| one.name.cmp(&other.name));
        let totals = identity.models.iter().map(|model| (model.name.clone(), model.slots));
        Self {
            links: Links::default(),
            slots: Slots::new(totals),
            credits: Credits::new(vouchers, claims, identity.terms, identity.address),
            leases: Leases::default(),
            board: Board::default(),
            devices: vec![],
            capable: BTreeSet::new(),
            draining: false,
            generation: 0,
            identity,
        }
    }

    /// Takes in what has happened, and appends what is to be done.
    pub fn step(&mut self, input: Input, now: Millis, entropy: &mut impl Entropy, effects: &mut Effects) {
        self.generation += 1;
        match input {
            Input::Welcome { link, prices } => self.welcome(link, prices, now, entropy, effects),
            Input::LinkDown { link } => self.link_down(link, now, effects),
            Input::Leave { coordinator } => self.leave(coordinator, effects),
            Input::Complaint { coordinator, complaint } => return self.links.complain(coordinator, complaint),
            Input::Coordinators(weights) => return self.links.set_weights(weights),
            Input::Offered { link, order, request } => self.offered(link, *order, request, now, effects),
            Input::Cancel { link, task, attempt } => self.cancel(link, task, attempt, now, effects),
            Input::Progress { lease, tokens } => return self.board.progress(lease, tokens, now),
            Input::Generated { lease, completed } => return self.generated(lease, completed, now, effects),
            Input::Failed { lease, code, reason } => self.failed(lease, code, reason, now, effects),
            Input::Recorded { lease, signature } => self.recorded(lease, signature, now, effects),
            Input::Acknowledged { coordinator, task, attempt } => {
                return self.credits.acknowledged(coordinator, task, attempt);
            }
            Input::Voucher(voucher) => self.voucher(voucher, effects),
            Input::Cover { coordinator, cover } => self.credits.set_cover(coordinator, cover),
            Input::Capable(models) => self.capable = models,
            Input::Devices(devices) => return self.devices = devices,
            Input::Tick => self.tick(now, entropy, effects),
            Input::Drain => self.drain(effects),
        }
        self.report(effects);
    }

    fn welcome(
        &mut self,
        link: Link,
        prices: BTreeMap<String, crate::price::Rate>,
        now: Millis,
        entropy: &mut impl Entropy,
        effects: &mut Effects,
    ) {
        // Whatever the session before had has ended with it.
        self.give_up(link.coordinator, now, effects);
        self.links.open(link);
        self.credits.set_prices(link.coordinator, prices);
        self.slots.draw(&self.links.weights(), entropy);
        if self.draining {
            self.leave(link.coordinator, effects);
        }
    }

    fn link_down(&mut self, link: Link, now: Millis, effects: &mut Effects) {
        if self.links.close(link) {
            self.give_up(link.coordinator, now, effects);
        }
    }

    fn leave(&mut self, coordinator: Address, effects: &mut Effects) {
        if self.links.leave(&coordinator) {
            effects.push(Effect::Send { coordinator, body: wire::Drain {}.into() });
        }
        self.part(coordinator, effects);
    }

    /// Lets a link that takes nothing new be closed when nothing is left to do.
    fn part(&mut self, coordinator: Address, effects: &mut Effects) {
        if !self.leases.is_busy(coordinator) && self.links.part(&coordinator) {
            effects.push(Effect::Part { coordinator });
        }
    }

    fn drain(&mut self, effects: &mut Effects) {
        self.draining = true;
        for coordinator in self.links.coordinators() {
            self.leave(coordinator, effects);
        }
    }

    fn tick(&mut self, now: Millis, entropy: &mut impl Entropy, effects: &mut Effects) {
        for lease in self.leases.late(now) {
            effects.push(Effect::Stop { lease });
            self.failed(lease, RefuseCode::Failed, "the deadline has passed".into(), now, effects);
        }
        self.slots.draw(&self.links.weights(), entropy);
        self.links.tick();
    }

    fn voucher(&mut self, signed: Box<SignedVoucher>, effects: &mut Effects) {
        let coordinator = signed.voucher.coordinator;
        match self.credits.voucher(&signed.voucher) {
            Ok(true) => effects.push(Effect::Keep(signed)),
            Ok(false) => {}
            Err(error) => effects.push(Effect::Notice(Notice::Voucher { coordinator, error })),
        }
    }

    /// The leases of a model that a coordinator may have at once. There are none while the engine cannot work or nothing can be
    /// signed, and none for a coordinator that does not pay.
    fn granted(&self, model: &Model, coordinator: &Address, objection: Option<&Objection>) -> u32 {
        if objection.is_some() || !self.capable.contains(&model.name) {
            return 0;
        }
        self.slots.of(&model.name, coordinator)
    }

    /// Tells each coordinator which slots it has, where that is news to it.
    fn report(&mut self, effects: &mut Effects) {
        for coordinator in self.links.coordinators() {
            let (mut slots, mut reason) = (Vec::with_capacity(self.identity.models.len()), None);
            for model in &self.identity.models {
                let objection = self.credits.objection(&coordinator, &model.name, 0);
                slots.push(self.granted(model, &coordinator, objection.as_ref()));
                reason = reason.or(objection);
            }
            if self.credits.note_objection(coordinator, reason.as_ref()) {
                effects.push(Effect::Notice(match reason {
                    Some(reason) => Notice::Objects { coordinator, reason },
                    None => Notice::Agrees { coordinator },
                }));
            }
            let Some(sequence) = self.links.report(&coordinator, &slots) else { continue };
            let rows = self.identity.models.iter().zip(slots);
            let models = rows.map(|(model, granted)| links::model_slots(model, granted)).collect();
            let body = wire::Slots { models, devices: self.devices.clone(), sequence }.into();
            effects.push(Effect::Send { coordinator, body });
        }
    }
}

/// What the shell and the dashboard read.
impl Miner {
    /// Grows with everything that happens.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// True once it takes nothing new.
    pub const fn is_draining(&self) -> bool {
        self.draining
    }

    /// The models that it serves, in order of their names.
    pub fn models(&self) -> &[Model] {
        &self.identity.models
    }

    /// Slots that are taken now.
    pub fn running(&self) -> u32 {
        self.slots.running()
    }

    /// The free slots of each model that could take work.
    pub fn free_slots(&self) -> Vec<ModelSlots> {
        let mut models: Vec<_> = self.slots.free().collect();
        for row in &mut models {
            if !self.capable.contains(&row.model) {
                row.slots = 0;
            }
        }
        models
    }

    /// The active coordinators at which it is logged in.
    pub fn linked(&self) -> usize {
        self.links.weights().len()
    }

    /// True while it is logged in at a coordinator.
    pub fn is_connected(&self, coordinator: &Address) -> bool {
        self.links.is_open(coordinator)
    }

    /// Why it does not work for a coordinator, or why a coordinator assigns nothing to it.
    pub fn complaints(&self) -> Vec<(Address, String)> {
        let objections = self.credits.objections().map(|(coordinator, objection)| (coordinator, objection.to_string()));
        let complaints = self.links.complaints().map(|(coordinator, complaint)| (coordinator, complaint.to_owned()));
        objections.chain(complaints).collect()
    }

    /// The accounts of coordinators.
    pub const fn credits(&self) -> &Credits {
        &self.credits
    }

    /// The devices as they were last sampled.
    pub fn devices(&self) -> &[wire::Device] {
        &self.devices
    }

    /// Tasks in figures.
    pub fn counts(&self) -> TaskCounts {
        self.board.counts()
    }

    /// The tasks that run, then those that ended, newest first.
    pub fn recent(&self) -> Vec<TaskRow> {
        self.board.recent()
    }
}
