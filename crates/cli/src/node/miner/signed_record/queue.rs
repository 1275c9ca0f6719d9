//! What waits to be signed and written.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use cuckoo_protocol::{
    Address,
    message::{SignedAcknowledgement, SignedVoucher},
    miner::{Completed, LeaseId},
};

use super::store::{Heard, RecordError};

/// At most this many refused vouchers wait: one is enough for a proof.
const MOST_REFUSED: usize = 64;

/// A voucher waits this long for a receipt with which it can be written: a coordinator sends a lost one again.
const LEISURE: Duration = Duration::from_millis(50);

/// What waits, and whether anything can be written.
#[derive(Debug, Default)]
pub(in super::super) struct Queue {
    waiting: Mutex<Waiting>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    leases: Vec<LeaseId>,
    receipts: Vec<Completed>,
    /// The newest of each coordinator.
    vouchers: BTreeMap<Address, SignedVoucher>,
    acknowledgements: Vec<SignedAcknowledgement>,
    /// Vouchers that take back a part of earlier ones.
    refused: Vec<SignedVoucher>,
    /// When the first of the vouchers and acknowledgements came.
    since: Option<Instant>,
    problem: Option<RecordError>,
    closed: bool,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a receipt signed. The first one that waits wakes the thread, the others do not.
    pub(in super::super) fn sign(&self, lease: LeaseId, completed: Completed) {
        let mut waiting = self.waiting();
        waiting.leases.push(lease);
        waiting.receipts.push(completed);
        if waiting.leases.len() == 1 {
            self.filled.notify_one();
        }
    }

    /// Has a voucher kept in place of an older one, and the tickets that it covers forgotten. It is on disk soon.
    pub(in super::super) fn keep(&self, voucher: SignedVoucher) {
        let mut waiting = self.waiting();
        waiting.vouchers.insert(voucher.voucher.coordinator, voucher);
        if waiting.since.is_none() {
            waiting.since = Some(Instant::now());
            self.filled.notify_one();
        }
    }

    /// Has an acknowledgement kept until a voucher covers its ticket. It is on disk soon.
    pub(in super::super) fn note(&self, acknowledgement: SignedAcknowledgement) {
        let mut waiting = self.waiting();
        waiting.acknowledgements.push(acknowledgement);
        if waiting.since.is_none() {
            waiting.since = Some(Instant::now());
            self.filled.notify_one();
        }
    }

    /// Has a voucher kept that takes back a part of an earlier one, if it contradicts that one. It is on disk soon.
    pub(in super::super) fn suspect(&self, voucher: SignedVoucher) {
        let mut waiting = self.waiting();
        if waiting.refused.len() < MOST_REFUSED {
            waiting.refused.push(voucher);
        }
        if waiting.since.is_none() {
            waiting.since = Some(Instant::now());
            self.filled.notify_one();
        }
    }

    /// Why nothing can be signed at the moment, such as a full disk. It ends when the record can be written again.
    pub(in super::super) fn problem(&self) -> Option<RecordError> {
        self.waiting().problem.clone()
    }

    pub(super) fn set_problem(&self, problem: Option<RecordError>) {
        self.waiting().problem = problem;
    }

    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.filled.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.waiting().closed
    }

    /// Waits until there is something to write. False once there is nothing and the queue is closed.
    pub(super) fn wait(&self) -> bool {
        let mut waiting = self.waiting();
        loop {
            if !waiting.leases.is_empty() {
                return true;
            }
            if waiting.closed {
                return waiting.since.is_some();
            }
            waiting = match waiting.since {
                None => self.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(since) => match LEISURE.checked_sub(since.elapsed()) {
                    None => return true,
                    Some(left) => self.filled.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0,
                },
            };
        }
    }

    /// Takes back what coordinators have signed and could not be written. A newer voucher of the same coordinator stays.
    pub(super) fn put_back(&self, heard: Heard) {
        let mut waiting = self.waiting();
        waiting.acknowledgements.splice(0..0, heard.acknowledgements);
        waiting.refused.splice(0..0, heard.refused);
        waiting.refused.truncate(MOST_REFUSED);
        for signed in heard.vouchers {
            waiting.vouchers.entry(signed.voucher.coordinator).or_insert(signed);
        }
        if !waiting.vouchers.is_empty() || !waiting.acknowledgements.is_empty() || !waiting.refused.is_empty() {
            waiting.since.get_or_insert_with(Instant::now);
        }
    }

    /// Takes the receipts, which nobody will sign, and returns their leases. Vouchers go on waiting.
    pub(super) fn take_receipts(&self) -> Vec<LeaseId> {
        let mut waiting = self.waiting();
        waiting.receipts.clear();
        mem::take(&mut waiting.leases)
    }

    /// Takes everything.
    pub(super) fn take(&self) -> (Vec<LeaseId>, Vec<Completed>, Heard) {
        let mut waiting = self.waiting();
        waiting.since = None;
        let vouchers = mem::take(&mut waiting.vouchers).into_values().collect();
        let (acknowledgements, refused) = (mem::take(&mut waiting.acknowledgements), mem::take(&mut waiting.refused));
        let heard = Heard { vouchers, acknowledgements, refused };
        (mem::take(&mut waiting.leases), mem::take(&mut waiting.receipts), heard)
    }
}
