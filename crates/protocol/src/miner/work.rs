//! The life of a lease, from its offer to its result.

use std::sync::Arc;

use alloy::primitives::{Address, Bytes};

use super::{
    board::End,
    effect::{Effect, Effects, Notice},
    input::{LeaseId, Link},
    leases::Lease,
    order::{Completed, Order, Request, refusal},
    state::Miner,
};
use crate::{
    price::Rate,
    task::{Millis, TaskId},
    wire::{self, Body, RefuseCode},
};

/// A ticket's deadline is at most this many seconds ahead: applications may set a day, and clocks differ by a little.
const LONGEST: u64 = 25 * 60 * 60;

/// Refuses a ticket by which the contracts would pay less than the coordinator has announced, or nothing: at lower rates, up to
/// another price than they come to, or with a deadline that is over, so that the time for a claim ends before the work does, or so far
/// away that a claim, which has to wait for it, is worth nothing.
fn check_terms(order: &Order, announced: Rate, now: Millis) -> Result<(), &'static str> {
    if !order.rate.covers(announced) {
        return Err("the ticket is not valid: its rates are below those that the coordinator announced");
    }
    if order.ticket.price != order.quote.bound() {
        return Err("the ticket is not valid: its price is not what its rates and the task come to");
    }
    if order.ticket.deadline <= now / 1_000 {
        return Err("the deadline has passed");
    }
    if order.ticket.deadline > now / 1_000 + LONGEST {
        return Err(
            "the ticket is not valid: its deadline is more than a day away, and nothing can be claimed before it",
        );
    }
    Ok(())
}

impl Miner {
    pub(super) fn offered(
        &mut self,
        link: Link,
        mut order: Order,
        request: Box<Request>,
        now: Millis,
        effects: &mut Effects,
    ) {
        // A frame that was in flight when its session ended, or that is sent twice, changes nothing.
        if !self.links.is_current(link)
            || self.leases.find(link.coordinator, order.task(), order.ticket.attempt).is_some()
        {
            return;
        }
        let coordinator = link.coordinator;
        match self.accept(&order, &request, now) {
            Ok(class) => order.class = class,
            Err((code, reason)) => {
                let ticket = &order.ticket;
                let notice = Notice::NoResult { task: order.task(), attempt: ticket.attempt, reason: reason.clone() };
                effects.push(Effect::Send { coordinator, body: refusal(order.lease(), code, reason) });
                effects.push(Effect::Notice(notice));
                return;
            }
        }
        self.credits.begin(coordinator, order.ticket.number, order.ticket.price);
        if !order.quiet {
            effects.push(Effect::Send { coordinator, body: Body::Accept(order.lease()) });
        }
        let order = Arc::new(order);
        let (model, is_examination) = (request.model.clone(), request.examine.is_some());
        let lease = Lease { order: order.clone(), model, is_examination, completed: None };
        let lease = self.leases.add(lease);
        self.board.start(lease, &order, &request.model, self.identity.address, now);
        effects.push(Effect::Start { lease, order, request });
    }

    /// Takes a slot for an order, and returns the class of the device that does it; or says why not. An examination takes none: there is one
    /// place more for it.
    fn accept(&mut self, order: &Order, request: &Request, now: Millis) -> Result<String, (RefuseCode, String)> {
        let model = &request.model;
        let failed = |reason: &str| (RefuseCode::Failed, reason.to_owned());
        let coordinator = order.ticket.coordinator;
        if self.links.is_leaving(&coordinator) {
            return Err((RefuseCode::Busy, "the miner is shutting down".into()));
        }
        let served = self.identity.models.iter().find(|served| served.name() == model);
        let Some(served) = served.filter(|served| served.id == order.ticket.model) else {
            return Err(failed("the ticket is not valid: it is for a model that this miner does not offer"));
        };
        if request.examine.is_some() && !served.examines {
            return Err(failed("this miner's engine cannot examine outputs"));
        }
        let class = served.class.clone();
        check_terms(order, self.credits.rate(&coordinator, model), now).map_err(failed)?;
        if !self.credits.is_fresh(&coordinator, order.ticket.number) {
            return Err(failed(
                "the ticket is not valid: its number is not larger than those of the tickets before it",
            ));
        }
        if let Some(objection) = self.credits.objection(&coordinator, model, order.ticket.price) {
            return Err((RefuseCode::Busy, format!("the miner does not work for this coordinator: {objection}")));
        }
        if request.examine.is_some() {
            let is_free = self.capable.contains(model) && !self.leases.examines(model);
            return is_free.then_some(class).ok_or((RefuseCode::Busy, "the place for examinations is taken".into()));
        }
        if !self.slots.take(model, coordinator) {
            return Err((RefuseCode::Busy, "all slots are taken".into()));
        }
        Ok(class)
    }

    pub(super) fn generated(&mut self, lease: LeaseId, completed: Box<Completed>, now: Millis, effects: &mut Effects) {
        let Some(running) = self.leases.get_mut(lease).filter(|lease| lease.completed.is_none()) else { return };
        running.completed = Some(completed.clone());
        self.board.progress(lease, completed.receipt.completionTokens, now);
        effects.push(Effect::Record { lease, completed });
    }

    pub(super) fn failed(
        &mut self,
        lease: LeaseId,
        code: RefuseCode,
        reason: String,
        now: Millis,
        effects: &mut Effects,
    ) {
        let Some(ended) = self.end(lease, End::Failed(&reason), now) else { return };
        let (coordinator, order) = (ended.coordinator(), &ended.order);
        let (task, attempt) = (order.task(), order.ticket.attempt);
        effects.push(Effect::Send { coordinator, body: refusal(order.lease(), code, reason.clone()) });
        effects.push(Effect::Notice(Notice::NoResult { task, attempt, reason }));
        self.part(coordinator, effects);
    }

    pub(super) fn recorded(
        &mut self,
        lease: LeaseId,
        signature: Result<Bytes, String>,
        now: Millis,
        effects: &mut Effects,
    ) {
        let signature = match signature {
            Ok(signature) => signature,
            Err(reason) => return self.failed(lease, RefuseCode::Failed, reason, now, effects),
        };
        if self.leases.get_mut(lease).is_none_or(|lease| lease.completed.is_none()) {
            return;
        }
        if let Some(completed) = self.leases.get_mut(lease).and_then(|lease| lease.completed.as_deref()) {
            self.board.earn(lease, completed.receipt.promptTokens, completed.owed);
        }
        let Some(Lease { order, completed: Some(completed), .. }) = self.end(lease, End::Done, now) else { return };
        self.credits.answered(&completed, now);
        let (coordinator, receipt) = (order.ticket.coordinator, &completed.receipt);
        let result = wire::TaskResult {
            lease: Some(order.lease()),
            output_commitment: receipt.outputCommitment.to_vec(),
            audit_commitment: receipt.auditCommitment.to_vec(),
            prompt_tokens: receipt.promptTokens,
            completion_tokens: receipt.completionTokens,
            finish_reason: u32::from(receipt.finishReason),
            signature: signature.to_vec(),
            stop: completed.stop.map_or(0, |stop| stop + 1),
        };
        effects.push(Effect::Send { coordinator, body: result.into() });
        self.part(coordinator, effects);
    }

    pub(super) fn cancel(&mut self, link: Link, task: TaskId, attempt: u32, now: Millis, effects: &mut Effects) {
        let lease = self.leases.find(link.coordinator, task, attempt);
        if let Some(lease) = lease.filter(|_| self.links.is_current(link)) {
            self.drop_lease(lease, "the coordinator took it back", now, effects);
            self.part(link.coordinator, effects);
        }
    }

    /// Gives up all leases of a coordinator: it has none with this miner any more.
    pub(super) fn give_up(&mut self, coordinator: Address, now: Millis, effects: &mut Effects) {
        for lease in self.leases.of(coordinator).collect::<Vec<_>>() {
            self.drop_lease(lease, "the session with its coordinator ended", now, effects);
        }
    }

    /// Ends a lease whose result nobody waits for. What is being signed for it stays in the record.
    fn drop_lease(&mut self, lease: LeaseId, reason: &str, now: Millis, effects: &mut Effects) {
        if self.end(lease, End::TakenBack(reason), now).is_some_and(|lease| lease.completed.is_none()) {
            effects.push(Effect::Stop { lease });
        }
    }

    /// Takes a lease out of the books and gives its slot back.
    fn end(&mut self, id: LeaseId, end: End<'_>, now: Millis) -> Option<Lease> {
        let lease = self.leases.remove(id)?;
        if !lease.is_examination {
            self.slots.give_back(&lease.model, lease.coordinator());
        }
        self.credits.end(lease.coordinator(), lease.order.ticket.number);
        self.board.end(id, end, now);
        Some(lease)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Ticket;

    #[test]
    fn a_ticket_at_other_terms_than_were_announced_is_refused() {
        let rate = |completion| Rate::new(500, completion).expect("a rate");
        let check = |rate: Rate, announced: Rate, price: u128, deadline: u64| {
            let quote = rate.quote(&[], 10);
            let ticket = Ticket { price: quote.bound() + price, deadline, ..Ticket::default() };
            let (signature, digest, salt) = Default::default();
            let order = Order { ticket, signature, digest, rate, quote, salt, quiet: false, class: String::new() };
            check_terms(&order, announced, 100_999)
        };
        let announced = rate(1_000);
        assert_eq!(check(rate(1_000), announced, 0, 101), Ok(()));
        // More than was announced is no harm.
        assert_eq!(check(rate(1_001), announced, 0, 101), Ok(()));
        assert!(check(rate(999), announced, 0, 101).is_err_and(|error| error.contains("below those")));
        assert!(check(rate(1_000), announced, 1, 101).is_err_and(|error| error.contains("its price is not")));
        assert_eq!(check(rate(1_000), announced, 0, 100 + LONGEST), Ok(()));
        for never in [101 + LONGEST, u64::MAX] {
            let late = check(rate(1_000), announced, 0, never);
            assert!(late.is_err_and(|error| error.contains("more than a day away")), "{never}");
        }
        for over in [0, 99, 100] {
            let late = check(rate(1_000), announced, 0, over);
            assert!(late.is_err_and(|error| error.contains("deadline has passed")), "{over}");
        }
    }
}
