//! The record of signatures: what a miner has signed, and what it is owed for it.
//!
//! What is about to be signed for an attempt of a task is on disk before the signature leaves: two different results signed for one
//! attempt are proof of a cheat. One thread takes all the receipts that wait, signs them with one signature and writes them in one
//! transaction, so that the miner waits for the disk, and pays for a signature, once a batch and not once a task.

mod queue;
mod store;
#[cfg(test)]
mod tests;

use std::{io, path::Path, process, sync::Arc, thread, time::Duration};

use alloy::{
    primitives::Bytes,
    signers::{SignerSync, local::Secp256k1Signer},
};
use cuckoo_protocol::{
    message::{Domain, sign_batch},
    miner::LeaseId,
};

pub(super) use self::queue::Queue;
pub use cuckoo_protocol::miner::payout::Kept;

pub use self::store::{Heard, RecordError, Store, kept};

/// Under load a batch waits this long for others to join it.
const GATHER: Duration = Duration::from_micros(500);
/// At least this many receipts in the batch before are load.
const MANY: usize = 4;
/// How often writing is tried again after it has failed.
const RETRY: Duration = Duration::from_secs(1);

/// What came of one receipt.
pub(super) type Recorded = (LeaseId, Result<Bytes, RecordError>);

/// The thread that writes and signs. Dropping it writes what has queued up and ends the thread.
#[derive(Debug)]
pub(super) struct SignedRecord {
    queue: Arc<Queue>,
    thread: Option<thread::JoinHandle<()>>,
}

impl SignedRecord {
    /// Starts the thread, which takes what is queued and says what has come of it.
    pub(super) fn start(
        store: Store,
        queue: Arc<Queue>,
        (signer, domain): (Secp256k1Signer, Domain),
        report: impl FnMut(Vec<Recorded>) + Send + 'static,
    ) -> io::Result<Self> {
        let writer = Writer { store, queue: queue.clone(), signer, domain, report };
        let thread = thread::Builder::new().name("signed-record".into()).spawn(move || writer.run())?;
        Ok(Self { queue, thread: Some(thread) })
    }
}

impl Drop for SignedRecord {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // A panic has ended the process.
            let _ = thread.join();
        }
    }
}

struct Writer<F> {
    store: Store,
    queue: Arc<Queue>,
    signer: Secp256k1Signer,
    domain: Domain,
    report: F,
}

/// Nobody takes what waits after a panic, and leases would hold their slots forever: the process ends instead.
impl<F> Drop for Writer<F> {
    fn drop(&mut self) {
        if thread::panicking() {
            tracing::error!("the thread of the record of signatures has panicked; the process ends at once");
            process::abort();
        }
    }
}

impl<F: FnMut(Vec<Recorded>)> Writer<F> {
    fn run(mut self) {
        let mut busy = false;
        while self.queue.wait() {
            if busy {
                thread::sleep(GATHER);
            }
            let (leases, receipts, heard) = self.queue.take();
            busy = receipts.len() >= MANY;
            let sign = |hashes: &[_]| sign_batch(|digest| self.signer.sign_hash_sync(digest), &self.domain, hashes);
            match self.store.commit(receipts, &heard, &self.domain, sign) {
                Ok(signatures) => (self.report)(leases.into_iter().zip(signatures).collect()),
                Err(error) => {
                    // At the end nobody tries again, and coordinators send it once more.
                    if !self.queue.is_closed() {
                        self.queue.put_back(heard);
                    }
                    self.wait_for_space(leases, &error);
                }
            }
        }
    }

    /// Nothing can be signed for now, such as while the disk is full: refuses what waits until it can.
    fn wait_for_space(&mut self, leases: Vec<LeaseId>, error: &RecordError) {
        tracing::error!(%error, "the record of signatures cannot be written");
        self.queue.set_problem(Some(error.clone()));
        self.refuse(leases, error);
        while !self.store.has_space() {
            thread::sleep(RETRY);
            let leases = self.queue.take_receipts();
            self.refuse(leases, error);
            if self.queue.is_closed() {
                return;
            }
        }
        tracing::info!("the record of signatures can be written again");
        self.queue.set_problem(None);
    }

    fn refuse(&mut self, leases: Vec<LeaseId>, error: &RecordError) {
        (self.report)(leases.into_iter().map(|lease| (lease, Err(error.clone()))).collect());
    }
}

/// Opens the record in a directory, with what earlier processes have kept.
pub(super) fn open(directory: &Path) -> Result<(Store, Kept), RecordError> {
    let store = Store::open(directory)?;
    let kept = store.kept()?;
    Ok((store, kept))
}
