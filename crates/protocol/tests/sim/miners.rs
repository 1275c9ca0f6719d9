//! What must hold of a miner's machine, counted a second time from what it takes in and does.

use std::collections::{BTreeMap, BTreeSet};

use cuckoo_protocol::{
    Address,
    message::SignedAcknowledgement,
    miner::{Effect, Input, LeaseId, Link, Miner},
    task::TaskId,
    wire::{self, Body},
};

use super::{record::Record, world::Checked};

/// A lease that runs, or whose receipt is being signed.
struct Running {
    number: u64,
    key: (TaskId, u32),
    is_paid: bool,
    /// What its answer owes, once there is one.
    owed: Option<u128>,
}

/// An answer without a voucher.
#[derive(Clone, Copy)]
struct Unpaid {
    owed: u128,
    is_acknowledged: bool,
}

/// One process of a miner, which has one coordinator.
#[derive(Default)]
pub(crate) struct Ledger {
    link: Option<Link>,
    /// Answers that may be unpaid.
    most: usize,
    unpaid: BTreeMap<u64, Unpaid>,
    through: u64,
    cumulative: u128,
    running: BTreeMap<LeaseId, Running>,
    begun: BTreeSet<(TaskId, u32)>,
    has_changed: bool,
}

fn key(lease: Option<&wire::Lease>) -> Option<(TaskId, u32)> {
    lease.cloned()?.parse().ok()
}

impl Ledger {
    /// A process that starts with a record.
    pub(crate) fn new(record: &Record, most: usize) -> Self {
        let (through, cumulative) =
            record.voucher.as_ref().map_or((0, 0), |signed| (signed.voucher.through, signed.voucher.cumulative));
        let unpaid = record.claims.iter().filter(|(number, _)| **number > through).map(|(number, claim)| {
            let is_acknowledged = record.acknowledged.contains_key(number);
            (*number, Unpaid { owed: claim.owed.base_units().saturating_to(), is_acknowledged })
        });
        Self { most, unpaid: unpaid.collect(), through, cumulative, has_changed: true, ..Self::default() }
    }

    /// Whether an attempt was begun by this process.
    pub(crate) fn has_begun(&self, attempt: &(TaskId, u32)) -> bool {
        self.begun.contains(attempt)
    }

    /// Looks at what the machine is told. True where no lease may run after it.
    pub(crate) fn told(&mut self, input: &Input) -> bool {
        match input {
            Input::Welcome { link, .. } => {
                self.link = Some(*link);
                self.has_changed = true;
                self.running.clear();
                true
            }
            Input::LinkDown { link } if self.link == Some(*link) => {
                self.link = None;
                self.running.clear();
                true
            }
            Input::Cancel { task, attempt, .. } => {
                self.end((*task, *attempt));
                false
            }
            _ => false,
        }
    }

    fn end(&mut self, key: (TaskId, u32)) -> Option<Running> {
        let lease = *self.running.iter().find(|(_, running)| running.key == key)?.0;
        self.running.remove(&lease)
    }

    /// Looks at what the machine does.
    pub(crate) fn does(&mut self, effect: &Effect) -> Checked {
        match effect {
            Effect::Start { lease, order, .. } => {
                let key = (order.task(), order.ticket.attempt);
                if !self.begun.insert(key) {
                    return Err(format!("attempt {} of {} is worked for twice", key.1, key.0));
                }
                // What comes after a ticket that runs cannot be paid yet.
                let oldest = self.running.values().map(|running| running.number).min().unwrap_or(u64::MAX);
                let waiting = self.unpaid.range(..oldest).filter(|(_, unpaid)| !unpaid.is_acknowledged).count();
                let (number, is_paid) = (order.ticket.number, order.ticket.price > 0);
                if is_paid && waiting >= self.most {
                    return Err(format!("a miner works on with {waiting} answers unpaid, and allows {}", self.most));
                }
                self.running.insert(*lease, Running { number, key, is_paid, owed: None });
            }
            Effect::Stop { lease } => drop(self.running.remove(lease)),
            Effect::Record { lease, completed } => {
                let Some(running) = self.running.get_mut(lease) else {
                    return Err(format!("a receipt for {lease:?} is to be signed, which does not run"));
                };
                if running.owed.is_some() {
                    return Err(format!("two receipts are to be signed for {lease:?}"));
                }
                running.owed = Some(completed.owed.base_units().saturating_to());
            }
            Effect::Send { body: Body::Result(result), .. } => {
                let ended = key(result.lease.as_ref()).and_then(|key| self.end(key));
                let Some(Running { number, is_paid, owed: Some(owed), .. }) = ended else {
                    return Err(format!("a result is sent that was not signed: {:?}", result.lease));
                };
                // Who is paid nothing waits for nothing, and a voucher may have come before.
                if is_paid && number > self.through {
                    self.unpaid.insert(number, Unpaid { owed, is_acknowledged: false });
                    self.has_changed = true;
                }
            }
            Effect::Send { body: Body::Refuse(refuse), .. } => {
                key(refuse.lease.as_ref()).and_then(|key| self.end(key));
            }
            Effect::KeepAcknowledgement(signed) => {
                let number = signed.acknowledgement.number;
                let Some(unpaid) = self.unpaid.get_mut(&number) else {
                    return Err(format!("an acknowledgement of ticket {number} is kept, which owes nothing"));
                };
                unpaid.is_acknowledged = true;
                self.has_changed = true;
            }
            Effect::Keep(signed) => {
                (self.through, self.cumulative) = (signed.voucher.through, signed.voucher.cumulative);
                self.unpaid = self.unpaid.split_off(&(self.through + 1));
                self.has_changed = true;
            }
            _ => {}
        }
        Ok(())
    }

    /// After a step: the machine counts what it is owed as this does, and nothing runs for a session that is over.
    pub(crate) fn check(&mut self, miner: &Miner, coordinator: Address, is_idle: bool) -> Checked {
        if is_idle && miner.running() > 0 {
            return Err(format!("{} leases run for a session that is over", miner.running()));
        }
        if !std::mem::take(&mut self.has_changed) {
            return Ok(());
        }
        let shown = miner.credits().shown();
        let Some(row) = shown.accounts.iter().find(|row| row.node == coordinator) else { return Ok(()) };
        let owed = self.unpaid.values().map(|unpaid| unpaid.owed).sum::<u128>();
        let (total, vouchered) = (self.cumulative + owed, self.cumulative);
        let found: (u128, u128) = (row.total.base_units().saturating_to(), row.vouchered.base_units().saturating_to());
        if (row.unpaid, found) == (self.unpaid.len() as u64, (total, vouchered)) {
            Ok(())
        } else {
            let answers = self.unpaid.len();
            Err(format!(
                "a miner has {answers} answers unpaid and {total} to get of which {vouchered} vouchered, and counts {row:?}"
            ))
        }
    }
}

/// What a record has of acknowledgements, as a process that starts reads it.
pub(crate) fn acknowledgements(record: &Record) -> Vec<SignedAcknowledgement> {
    record.acknowledged.values().cloned().collect()
}
