//! Compares what links hear with what is kept of each attempt, and keeps what is found.

#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alloy::primitives::{Address, Bytes};
use cuckoo_protocol::{
    coordinator::{Coordinator, read_receipt},
    evidence::Bundle,
    message::{
        Domain, Ticket,
        proof::{Equivocation, SignedReceipt},
    },
    task::{ReceiptRecord, State, TaskId},
    wire,
};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::store::{Promise, ReceiptsError, Store};
use crate::node::{coordinator::handle::Handle, evidence};

/// Most bytes of a result that is compared.
const LONGEST: usize = 4_096;
/// At most this much waits to be looked at.
const MOST_WAITING: usize = 4_096;
/// What is looked at together.
const TOGETHER: usize = 256;

/// What a link has heard that may be a part of a proof.
#[derive(Debug)]
enum Heard {
    /// A lease has ended without an accepted answer to an application.
    Over {
        ticket: Box<Ticket>,
        signature: Bytes,
        /// The result that ended it, if one did.
        result: Option<wire::TaskResult>,
    },
    /// A result has come for an attempt that the session has no lease of.
    Late { node: Address, task: TaskId, attempt: u32, result: wire::TaskResult },
}

/// Where links tell what they hear. Nothing waits for what becomes of it.
#[derive(Clone, Debug)]
pub(in super::super) struct Ears(mpsc::Sender<Heard>);

impl Ears {
    /// Those of nobody.
    #[cfg(test)]
    pub(in super::super) fn deaf() -> Self {
        Self(mpsc::channel(1).0)
    }

    /// A lease has ended, but not with an answer that an application got: by this result, or by none.
    pub(in super::super) fn over(&self, ticket: Ticket, signature: Bytes, result: Option<wire::TaskResult>) {
        self.tell(Heard::Over { ticket: Box::new(ticket), signature, result: result.filter(is_short) });
    }

    /// A result has come for an attempt that the session has no lease of.
    pub(in super::super) fn late(&self, node: Address, task: TaskId, attempt: u32, result: wire::TaskResult) {
        if is_short(&result) {
            self.tell(Heard::Late { node, task, attempt, result });
        }
    }

    fn tell(&self, heard: Heard) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.0.try_send(heard) {
            tracing::debug!("results of old leases come faster than they can be compared");
        }
    }
}

/// Whether a result is as long as one that proves something can be: it has two hashes, and a signature with its path.
fn is_short(result: &wire::TaskResult) -> bool {
    result.output_commitment.len() + result.audit_commitment.len() + result.signature.len() <= LONGEST
}

/// What was found, shared by the part that looks and the part that proves.
#[derive(Clone)]
pub(super) struct Findings {
    store: Arc<Mutex<Store>>,
    /// Something new is there to be proven.
    pub(super) news: Arc<Notify>,
}

impl Findings {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works with the file, on a thread that may wait for the disk.
    pub(super) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, ReceiptsError> + Send + 'static,
    ) -> Result<T, ReceiptsError> {
        let findings = self.clone();
        match tokio::task::spawn_blocking(move || work(&mut findings.store())).await {
            Ok(done) => done,
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }
}

/// Compares what links hear with what is kept.
pub(in super::super) struct Watch {
    heard: mpsc::Receiver<Heard>,
    pub(super) findings: Findings,
    domain: Domain,
    data: PathBuf,
}

impl Watch {
    /// Opens what a data directory has.
    pub(in super::super) fn open(data: &Path, domain: Domain) -> Result<(Ears, Self), ReceiptsError> {
        let (sender, heard) = mpsc::channel(MOST_WAITING);
        let findings = Findings { store: Arc::new(Mutex::new(Store::open(data)?)), news: Arc::default() };
        Ok((Ears(sender), Self { heard, findings, domain, data: data.to_owned() }))
    }

    /// Looks at what comes, until `stop`.
    pub(in super::super) async fn run(mut self, handle: Handle, stop: CancellationToken) {
        let mut batch = vec![];
        loop {
            match stop.run_until_cancelled(self.heard.recv_many(&mut batch, TOGETHER)).await {
                None | Some(0) => break,
                Some(_) => {}
            }
            if let Err(error) = self.look(&handle, std::mem::take(&mut batch)).await {
                tracing::warn!(%error, "a second receipt for a ticket cannot be looked for");
            }
        }
        // What has come until the end is kept, and nobody asks for the tasks any more.
        self.heard.close();
        let mut promises = vec![];
        while let Some(heard) = self.heard.recv().await {
            if let Heard::Over { ticket, signature, result } = heard {
                promises.push(self.promise(*ticket, signature, result));
            }
        }
        if let Err(error) = self.findings.with(|store| store.add(promises)).await {
            tracing::warn!(%error, "the receipts of old leases cannot be kept");
        }
    }

    async fn look(&self, handle: &Handle, batch: Vec<Heard>) -> Result<(), ReceiptsError> {
        let (mut promises, mut late) = (vec![], vec![]);
        for heard in batch {
            match heard {
                Heard::Over { ticket, signature, result } => promises.push(self.promise(*ticket, signature, result)),
                Heard::Late { node, task, attempt, result } => late.push((node, task, attempt, result)),
            }
        }
        if !promises.is_empty() {
            self.findings.with(|store| store.add(promises)).await?;
        }
        for (node, task, attempt, result) in late {
            self.compare(handle, node, task, attempt, &result).await?;
        }
        Ok(())
    }

    /// What is kept of a lease that is over.
    fn promise(&self, ticket: Ticket, ticket_signature: Bytes, result: Option<wire::TaskResult>) -> Promise {
        let first = result.and_then(|result| self.receipt(&ticket, &result));
        Promise { ticket, ticket_signature, first }
    }

    /// The receipt of a result, if the ticket's miner has signed it.
    fn receipt(&self, ticket: &Ticket, result: &wire::TaskResult) -> Option<SignedReceipt> {
        let receipt = read_receipt(self.domain.digest(ticket), result).ok()?;
        self.domain.verify(&receipt, &result.signature, ticket.miner).ok()?;
        Some(SignedReceipt { receipt, signature: Bytes::copy_from_slice(&result.signature) })
    }

    /// Compares a late result with the first one of its attempt.
    async fn compare(
        &self,
        handle: &Handle,
        node: Address,
        task: TaskId,
        attempt: u32,
        result: &wire::TaskResult,
    ) -> Result<(), ReceiptsError> {
        let Some(promise) = self.find(handle, node, task, attempt).await? else { return Ok(()) };
        let Some(signed) = self.receipt(&promise.ticket, result) else { return Ok(()) };
        let Promise { ticket, ticket_signature, first } = promise;
        let Some(first) = first else {
            let promise = Promise { ticket, ticket_signature, first: Some(signed) };
            return self.findings.with(move |store| store.set_first(&promise)).await;
        };
        if first.receipt == signed.receipt {
            return Ok(());
        }
        let found = Equivocation { ticket, ticket_signature, a: first, b: signed };
        if self.findings.with(move |store| store.insert_equivocation(&found)).await? {
            tracing::warn!(miner = %node, %task, attempt, "a miner has signed two receipts for one ticket");
            self.findings.news.notify_one();
        }
        Ok(())
    }

    /// The ticket of an attempt, with the first receipt for it.
    async fn find(
        &self,
        handle: &Handle,
        node: Address,
        task: TaskId,
        attempt: u32,
    ) -> Result<Option<Promise>, ReceiptsError> {
        let is_it = move |record: &ReceiptRecord| record.ticket.attempt == attempt && record.ticket.miner == node;
        let read = move |machine: &Coordinator| match &machine.task(&task)?.state {
            State::Done { outcome, .. } => Some(outcome.receipt.clone()),
            _ => None,
        };
        if let Some(record) = handle.read(read).await.filter(is_it) {
            return Ok(Some(record.into()));
        }
        if let Some(promise) = self.findings.with(move |store| store.find(&task, attempt)).await? {
            return Ok((promise.ticket.miner == node).then_some(promise));
        }
        let data = self.data.clone();
        let read = tokio::task::spawn_blocking(move || evidence::read(&data, &task)).await;
        let Ok(Ok(Some(bytes))) = read else { return Ok(None) };
        Ok(Bundle::decode(&bytes).ok().map(|bundle| bundle.record).filter(is_it).map(Promise::from))
    }
}
