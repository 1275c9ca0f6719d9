//! Proves to the court what was found: announced first, proven a minute later, with the coordinator's own key. The chain is asked each
//! time what is still to be done, so that restarts, reorganisations and lost transactions need nothing else.

use std::{collections::BTreeMap, path::Path, time::Duration};

use alloy::primitives::{Address, B256};
use cuckoo_protocol::{
    chain::{Call, ChainError, SendError, Sender, equivocation_call},
    contract::{Settlement, Staking},
    message::proof::Equivocation,
};
use tokio::time;
use tokio_util::sync::CancellationToken;

use super::{
    store::ReceiptsError,
    watch::{Findings, Watch},
};
use crate::node::announcements::{AnnouncementError, Announcements};

/// How often is looked while something is to be proven.
const SOON: Duration = Duration::from_secs(5);
/// How often is looked otherwise: a reorganisation may have taken a proof back.
const LATER: Duration = Duration::from_secs(600);

#[derive(Debug, thiserror::Error)]
enum ProverError {
    #[error(transparent)]
    Send(#[from] SendError),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Announcement(#[from] AnnouncementError),
    #[error(transparent)]
    Receipts(#[from] ReceiptsError),
}

/// Proves what the watch has found.
pub(in super::super) struct Prover {
    findings: Findings,
    sender: Sender,
    court: Address,
    announcements: Announcements,
    /// What the court said last of a proof that it refused.
    told: BTreeMap<B256, String>,
}

impl Prover {
    /// One that sends with the coordinator's key, and keeps the random words of its announcements in the data directory.
    pub(in super::super) fn new(watch: &Watch, sender: Sender, court: Address, data: &Path) -> Self {
        let announcements = Announcements::in_directory(data);
        Self { findings: watch.findings.clone(), sender, court, announcements, told: BTreeMap::new() }
    }

    /// Proves what is there and what comes, until `stop`.
    pub(in super::super) async fn run(mut self, stop: CancellationToken) {
        let mut told = String::new();
        loop {
            let pause = match stop.run_until_cancelled(Box::pin(self.turn())).await {
                None => return,
                Some(Ok(open)) => {
                    told.clear();
                    if open { SOON } else { LATER }
                }
                Some(Err(error)) => {
                    let text = error.to_string();
                    if text != told {
                        tracing::warn!(error = text, "a proof cannot be sent for now; it is tried again");
                        told = text;
                    }
                    SOON
                }
            };
            let news = self.findings.news.clone();
            tokio::select! {
                () = stop.cancelled() => return,
                () = news.notified() => {}
                () = time::sleep(pause) => {}
            }
        }
    }

    /// Takes the next step for each pair of receipts. True while one is left to be proven.
    async fn turn(&mut self) -> Result<bool, ProverError> {
        let client = self.sender.client().clone();
        let (staking, settlement) = (client.network().staking, client.network().settlement);
        let window = client.read(settlement, &Settlement::disputeWindowCall {}).await?;
        let now = client.head().await?.timestamp;
        let found = self
            .findings
            .with(move |store| {
                store.forget(now.saturating_sub(window))?;
                store.equivocations()
            })
            .await?;
        if found.is_empty() {
            return Ok(false);
        }
        self.sender.resume().await?;
        let mut open = false;
        for proof in found {
            let evidence = proof.id(&client.domain());
            if !client.read(staking, &Staking::isSpentCall { evidence }).await? {
                open |= self.step(&proof, evidence).await?;
            }
        }
        Ok(open)
    }

    /// Announces a proof, or sends it once that is a minute ago. False where the court refuses it.
    async fn step(&mut self, proof: &Equivocation, evidence: B256) -> Result<bool, ProverError> {
        let (client, court) = (self.sender.client().clone(), self.court);
        let finder = self.sender.address()?;
        let announcement = self.announcements.read(&client, court, finder, evidence).await?;
        let now = client.head().await?.timestamp;
        match announcement.provable_from(now) {
            None => self.send("Announce a proof, without saying which", &announcement.call(court), evidence).await,
            Some(from) if from <= now => {
                let title = format!("Prove that {} signed two receipts for one ticket", proof.ticket.miner);
                self.send(&title, &equivocation_call(court, proof, announcement.salt), evidence).await
            }
            Some(_) => Ok(true),
        }
    }

    async fn send(&mut self, title: &str, call: &Call, evidence: B256) -> Result<bool, ProverError> {
        match Box::pin(self.sender.send(title, call)).await {
            Ok(confirmed) => {
                self.told.remove(&evidence);
                tracing::info!(block = confirmed.block, transaction = %confirmed.hash, "{title}: done");
                Ok(true)
            }
            Err(error @ (SendError::Chain(ChainError::Reverts(_)) | SendError::Reverted { .. })) => {
                let text = error.to_string();
                if self.told.get(&evidence) != Some(&text) {
                    tracing::warn!(error = text, "{title}: refused");
                    self.told.insert(evidence, text);
                }
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}
