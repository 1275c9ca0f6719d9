//! One step: what happens to links, slots and vouchers, and what coordinators are told of slots.

use std::collections::BTreeMap;

use alloy::primitives::Address;

use super::{
    credit::{Objection, VoucherError},
    effect::{Effect, Effects, Notice},
    identity::Model,
    input::{Input, Link},
    links::model_slots,
    state::Miner,
};
use crate::{
    entropy::Entropy,
    message::{SignedAcknowledgement, SignedVoucher},
    price::Rate,
    task::Millis,
    wire::{self, RefuseCode},
};

impl Miner {
    /// Takes in what has happened, and appends what is to be done.
    pub fn step(&mut self, input: Input, now: Millis, entropy: &mut impl Entropy, effects: &mut Effects) {
        self.generation += 1;
        match input {
            Input::Welcome { link, prices } => self.welcome(link, prices, now, entropy, effects),
            Input::LinkDown { link } => self.link_down(link, now, effects),
            Input::Leave { coordinator } => self.leave(coordinator, effects),
            Input::Complaint { coordinator, complaint } => return self.links.complain(coordinator, complaint),
            Input::Mismatches { link, reasons } => return self.links.mismatch(link, reasons),
            Input::Coordinators(weights) => return self.links.set_weights(weights),
            Input::Offered { link, order, request } => self.offered(link, *order, request, now, effects),
            Input::Cancel { link, task, attempt } => self.cancel(link, task, attempt, now, effects),
            Input::Progress { lease, tokens } => return self.board.progress(lease, tokens, now),
            Input::Generated { lease, completed } => return self.generated(lease, completed, now, effects),
            Input::Failed { lease, code, reason } => self.failed(lease, code, reason, now, effects),
            Input::Recorded { lease, signature } => self.recorded(lease, signature, now, effects),
            Input::Acknowledged(signed) => self.acknowledged(signed, effects),
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
        prices: BTreeMap<String, Rate>,
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
    pub(super) fn part(&mut self, coordinator: Address, effects: &mut Effects) {
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
        self.credits.tick(now);
        self.slots.draw(&self.links.weights(), entropy);
        self.links.tick();
    }

    fn acknowledged(&mut self, signed: Box<SignedAcknowledgement>, effects: &mut Effects) {
        let coordinator = signed.acknowledgement.coordinator;
        match self.credits.acknowledged(&signed.acknowledgement) {
            Ok(true) => effects.push(Effect::KeepAcknowledgement(signed)),
            Ok(false) => {}
            Err(error) => effects.push(Effect::Notice(Notice::Acknowledgement { coordinator, error })),
        }
    }

    fn voucher(&mut self, signed: Box<SignedVoucher>, effects: &mut Effects) {
        let coordinator = signed.voucher.coordinator;
        match self.credits.voucher(&signed.voucher) {
            Ok(true) => effects.push(Effect::Keep(signed)),
            Ok(false) => {}
            Err(error) => {
                if error == VoucherError::Less {
                    effects.push(Effect::KeepRefused(signed));
                }
                effects.push(Effect::Notice(Notice::Voucher { coordinator, error }));
            }
        }
    }

    /// The leases of a model that a coordinator may have at once. There are none while the engine cannot work or nothing can be
    /// signed, and none for a coordinator that does not pay.
    fn granted(&self, model: &Model, coordinator: &Address, objection: Option<&Objection>) -> u32 {
        if objection.is_some() || !self.capable.contains(model.name()) {
            return 0;
        }
        self.slots.of(model.name(), coordinator)
    }

    /// Tells each coordinator which slots it has, where that is news to it.
    fn report(&mut self, effects: &mut Effects) {
        for coordinator in self.links.coordinators() {
            let (mut slots, mut reason) = (Vec::with_capacity(self.identity.models.len()), None);
            for model in &self.identity.models {
                let objection = self.credits.objection(&coordinator, model.name(), 0);
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
            let models = rows.map(|(model, granted)| model_slots(model, granted)).collect();
            let body = wire::Slots { models, devices: self.devices.clone(), sequence }.into();
            effects.push(Effect::Send { coordinator, body });
        }
    }
}
