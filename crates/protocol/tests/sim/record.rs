//! A miner's record of what it signed: written before a signature leaves, and synced later, so that a crash can take its end.

use std::collections::BTreeMap;

use alloy::{
    primitives::{B256, Bytes},
    sol_types::SolStruct,
};
use cuckoo_protocol::{
    message::{SignedAcknowledgement, SignedVoucher},
    miner::{Claim, Completed, Input, LeaseId},
    task::TaskId,
};

use super::{
    peers::Peer,
    queue::MS,
    world::{Checked, Happening, World},
};

/// What is written into the record, and what waits for it.
pub(crate) enum Write {
    Answer(LeaseId, Box<Completed>),
    Voucher(Box<SignedVoucher>),
    Acknowledgement(Box<SignedAcknowledgement>),
}

/// What survives a miner's process.
#[derive(Default)]
pub(crate) struct Record {
    /// The digest that was signed for each attempt.
    pub(crate) signed: BTreeMap<(TaskId, u32), B256>,
    /// Answered tickets that no voucher covers.
    pub(crate) claims: BTreeMap<u64, Claim>,
    pub(crate) voucher: Option<SignedVoucher>,
    /// What the coordinator has acknowledged of these.
    pub(crate) acknowledged: BTreeMap<u64, SignedAcknowledgement>,
    pub(crate) pending: Vec<Write>,
    pub(crate) syncing: usize,
    /// Nothing more fits.
    pub(crate) full: bool,
}

impl World {
    pub(crate) fn write(&mut self, at: usize, write: Write) {
        let Peer { record, generation, .. } = &mut self.peers[at];
        record.pending.push(write);
        if record.syncing == 0 {
            record.syncing = record.pending.len();
            let generation = *generation;
            let wait = self.random.below(8 * MS);
            self.queue.after(wait, Happening::Recorded { peer: at, generation });
        }
    }

    /// A sync of a miner's record is over: what it covered may leave, with one signature for all of it.
    pub(crate) fn recorded(&mut self, at: usize, generation: u32) -> Checked {
        let peer = &mut self.peers[at];
        if peer.generation != generation || peer.machine.is_none() {
            return Ok(());
        }
        let count = std::mem::take(&mut peer.record.syncing);
        let batch: Vec<_> = peer.record.pending.drain(..count).collect();
        let domain = self.gateway.identity.domain;
        let (mut fresh, mut answers) = (vec![], vec![]);
        for write in batch {
            match write {
                Write::Answer(lease, completed) => {
                    let digest = domain.digest(&completed.receipt);
                    let key = (TaskId(completed.ticket.task), completed.ticket.attempt);
                    let known = peer.record.signed.get(&key);
                    let conflict = peer.temper.is_honest() && known.is_some_and(|known| *known != digest);
                    if peer.record.full {
                        answers.push((lease, digest, Err("the record of signatures cannot be written".to_owned())));
                    } else if conflict && !self.plan.flaw.signs_twice() {
                        answers.push((lease, digest, Err("another result was signed for this attempt".to_owned())));
                    } else {
                        answers.push((lease, digest, Ok(fresh.len())));
                        fresh.push(completed);
                    }
                }
                other => peer.record.keep(other, |_| Default::default()),
            }
        }
        let hashes: Vec<_> = fresh.iter().map(|completed| completed.receipt.eip712_hash_struct()).collect();
        let signatures = self.sign(&self.peers[at].signer, &hashes)?;
        for (completed, signature) in fresh.into_iter().zip(&signatures) {
            let write = Write::Answer(LeaseId::default(), completed);
            self.peers[at].record.keep(write, |completed| (domain.digest(&completed.receipt), signature.clone()));
        }
        if !self.peers[at].record.pending.is_empty() {
            self.peers[at].record.syncing = self.peers[at].record.pending.len();
            let wait = self.random.below(8 * MS);
            self.queue.after(wait, Happening::Recorded { peer: at, generation });
        }
        for (lease, digest, signature) in answers {
            let signature = signature.map(|index| signatures[index].clone());
            self.peers[at].leaving = signature.is_ok().then_some(digest);
            self.miner_step(at, Input::Recorded { lease, signature })?;
        }
        Ok(())
    }
}

impl Record {
    pub(crate) fn keep(&mut self, write: Write, sign: impl FnOnce(&Completed) -> (B256, Bytes)) {
        match write {
            Write::Answer(_, completed) => {
                let key = (TaskId(completed.ticket.task), completed.ticket.attempt);
                let (digest, signature) = sign(&completed);
                if self.signed.contains_key(&key) {
                    return;
                }
                self.signed.insert(key, digest);
                if completed.ticket.price > 0 {
                    self.claims.insert(completed.ticket.number, completed.signed(signature));
                }
            }
            Write::Voucher(voucher) => {
                self.claims = self.claims.split_off(&(voucher.voucher.through + 1));
                self.acknowledged = self.acknowledged.split_off(&(voucher.voucher.through + 1));
                self.voucher = Some(*voucher);
            }
            Write::Acknowledgement(signed) => {
                if self.claims.contains_key(&signed.acknowledgement.number) {
                    self.acknowledged.insert(signed.acknowledgement.number, *signed);
                }
            }
        }
    }
}
