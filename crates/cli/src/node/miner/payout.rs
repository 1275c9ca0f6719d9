//! What coordinators owe the miner is paid to its owner by the node itself, and their faults are proven: the node's key pays the
//! fees, and the contracts send the money to the owner.
//!
//! The chain and the record of signatures are read again before every transaction, see [`cuckoo_protocol::miner::payout`].

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use cuckoo_protocol::{
    Address, B256, Cai,
    chain::{Announcement, ChainError, Client, SendError, Sender},
    contract::Role,
    miner::payout::{Books, Kept, Pair, Plan, Reason, Step, Taken, faults, plan, voided},
};
use tokio::{task::JoinError, time};
use tokio_util::sync::CancellationToken;

use super::{
    shared::Shared,
    signed_record::{self, RecordError},
};
use crate::node::announcements::{AnnouncementError, Announcements};

/// This many turns fit into the delay of claims.
const TURNS: u32 = 4;
/// The time between two turns is at most this.
const LONGEST: Duration = Duration::from_secs(3_600);
/// And at least this.
const SHORTEST: Duration = Duration::from_secs(1);

/// Why a turn ends before its time. The next one goes on.
#[derive(Debug, thiserror::Error)]
enum TurnError {
    #[error(transparent)]
    Send(#[from] SendError),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Announcement(AnnouncementError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("the record of signatures was not read: {0}")]
    Panicked(#[from] JoinError),
}

impl From<AnnouncementError> for TurnError {
    fn from(error: AnnouncementError) -> Self {
        match error {
            AnnouncementError::Chain(error) => Self::Chain(error),
            error @ AnnouncementError::Salt { .. } => Self::Announcement(error),
        }
    }
}

impl TurnError {
    /// The text for the log. It is the same as long as the cause is the same, so that each is told once.
    fn text(&self) -> String {
        match self {
            Self::Send(SendError::Chain(ChainError::NoGas { account, .. }))
            | Self::Chain(ChainError::NoGas { account, .. }) => {
                format!("the node key {account} has too little of the chain's coin for fees")
            }
            error => error.to_string(),
        }
    }
}

/// The announcements of the faults that the plan is about, by the ids of their evidence.
pub type Announced = BTreeMap<B256, Announcement>;

/// Reads the books of these pairs as of the newest block, with what this finder has announced of the faults in them.
pub async fn read_books(
    client: &Client,
    kept: &Kept,
    pairs: &BTreeSet<Pair>,
    finder: Address,
    announcements: &Announcements,
) -> Result<(Books, Announced), AnnouncementError> {
    let mut books = client.books(kept, pairs).await?;
    let (domain, settlement) = (client.domain(), client.network().settlement);
    let mut announced = Announced::new();
    for fault in faults(kept, &books).into_values() {
        let announcement = announcements.read(client, settlement, finder, fault.id(&domain)).await?;
        books.announced.insert(announcement.evidence, announcement.at);
        announced.insert(announcement.evidence, announcement);
    }
    Ok((books, announced))
}

/// The transaction of a step, with the announcement that it makes or relies on.
pub fn call_of(step: &Step, settlement: Address, announced: &Announced) -> Option<cuckoo_protocol::chain::Call> {
    let announcement = match step {
        Step::Announce { evidence, .. } | Step::Prove { evidence, .. } => announced.get(evidence),
        _ => None,
    };
    step.call(settlement, announcement)
}

/// The miner's payouts.
pub(super) struct Payouts {
    shared: Arc<Shared>,
    sender: Sender,
    /// The data directory, with the record of signatures and the announcements.
    data: PathBuf,
    announcements: Announcements,
    /// At least this much is paid out at once; zero for never.
    least: Cai,
    /// What was told last of what does not work.
    told: BTreeMap<String, String>,
}

impl Payouts {
    pub(super) fn new(shared: Arc<Shared>, sender: Sender, data: PathBuf, least: Cai) -> Self {
        let announcements = Announcements::in_directory(&data);
        Self { shared, sender, data, announcements, least, told: BTreeMap::new() }
    }

    /// Does what can be done, at once and then at intervals that fit the network's delay of claims.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        loop {
            let pause = match stop.run_until_cancelled(Box::pin(self.turn())).await {
                None => return,
                Some(Ok(pause)) => {
                    self.told.remove("");
                    pause
                }
                Some(Err(error)) => {
                    if let TurnError::Chain(error) | TurnError::Send(SendError::Chain(error)) = &error
                        && error.is_of_endpoint()
                    {
                        match stop.run_until_cancelled(Box::pin(self.sender.client().another())).await {
                            None => return,
                            Some(Some(client)) => self.sender = self.sender.with_client(client),
                            Some(None) => {}
                        }
                    }
                    let text = error.text();
                    if self.is_news(String::new(), &text) {
                        tracing::warn!(
                            error = text,
                            "what coordinators owe cannot be collected for now; it stays owed, and the next turn goes on"
                        );
                    }
                    SHORTEST * 15
                }
            };
            if stop.run_until_cancelled(time::sleep(pause)).await.is_none() {
                return;
            }
        }
    }

    fn is_news(&mut self, about: String, text: &str) -> bool {
        self.told.insert(about, text.to_owned()).is_none_or(|before| before != text)
    }

    /// The pairs that are looked at: those that anything is kept of, and the miner with every coordinator.
    fn pairs(&self, kept: &Kept) -> BTreeSet<Pair> {
        let miner = self.shared.signer.address();
        let chain = self.shared.chain.load();
        let coordinators = chain.registry.nodes.values().filter(|node| node.role == Role::Coordinator);
        let mut pairs = kept.pairs();
        pairs.extend(coordinators.map(|node| (node.address, miner)));
        pairs
    }

    /// Takes every step that can be taken. Returns the time to the next turn.
    async fn turn(&mut self) -> Result<Duration, TurnError> {
        // What earlier processes have sent comes first.
        self.sender.resume().await?;
        let client = self.sender.client().clone();
        let finder = self.sender.address()?;
        let (mut taken, mut begun) = (Taken::default(), false);
        loop {
            let data = self.data.clone();
            let kept = tokio::task::spawn_blocking(move || signed_record::kept(&data)).await??;
            let pairs = self.pairs(&kept);
            let (books, announced) = read_books(&client, &kept, &pairs, finder, &self.announcements).await?;
            self.note_voided(&kept, &books);
            let mut plan = plan(&kept, &books, &client.domain(), &taken);
            begun |= !self.least.is_zero() && plan.is_due(self.least);
            plan.steps.retain(|step| begun || matches!(step, Step::Announce { .. } | Step::Prove { .. }));
            if plan.steps.is_empty() {
                return Ok(pause(&plan, &books));
            }
            for step in plan.batch() {
                if taken.allows(&step.id()) {
                    self.take(step, &announced, &mut taken).await?;
                }
            }
        }
    }

    /// Tells the operator of answers that coordinators have acknowledged and settled past for less: nothing else can be done about it.
    fn note_voided(&mut self, kept: &Kept, books: &Books) {
        let found: Vec<_> = voided(kept, books).into_iter().map(|voided| (voided.pair.0, voided.to_string())).collect();
        for (coordinator, text) in &found {
            if self.is_news(format!("settled past by {coordinator}"), text) {
                tracing::error!(%coordinator, "{text}; its acknowledgements stay in the record of signatures");
            }
        }
        self.shared.voided.store(Arc::new(found));
    }

    /// Takes one step. What the chain refuses is told once, and is tried again by the next turn.
    async fn take(&mut self, step: Step, announced: &Announced, taken: &mut Taken) -> Result<(), TurnError> {
        let (id, title) = (step.id(), step.to_string());
        let Some(call) = call_of(&step, self.sender.client().network().settlement, announced) else {
            taken.note_refused(id);
            return Ok(());
        };
        let about = format!("{id:?}");
        match Box::pin(self.sender.send(title.clone(), &call)).await {
            Ok(confirmed) => {
                taken.note_done(id);
                self.told.remove(&about);
                tracing::info!(block = confirmed.block, transaction = %confirmed.hash, "{title}: done");
                Ok(())
            }
            Err(error @ (SendError::Chain(ChainError::Reverts(_)) | SendError::Reverted { .. })) => {
                taken.note_refused(id);
                if self.is_news(about, &error.to_string()) {
                    tracing::warn!(%error, "{title}: refused");
                }
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The time to the next turn: earlier where a proof is accepted before.
fn pause(plan: &Plan, books: &Books) -> Duration {
    let usual = (Duration::from_secs(books.claim_delay) / TURNS).clamp(SHORTEST, LONGEST);
    let proofs = plan.waits.iter().filter(|wait| wait.reason == Reason::Proof);
    let first = proofs.map(|wait| Duration::from_secs(wait.from.saturating_sub(books.time))).min();
    first.map_or(usual, |first| first.clamp(SHORTEST, usual))
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::miner::payout::Wait;

    use super::*;

    #[test]
    fn turns_fit_the_delay_of_claims_and_the_first_proof_that_waits() {
        let books = |claim_delay| Books { time: 1_000, claim_delay, ..Books::default() };
        let seconds = Duration::from_secs;
        let mut waiting = Plan::default();
        for (delay, expected) in [(0, 1), (20, 5), (4_000, 1_000), (1_000_000, 3_600)] {
            assert_eq!(pause(&waiting, &books(delay)), seconds(expected), "{delay}");
        }
        let pair = (Address::ZERO, Address::ZERO);
        let wait = |reason, from| Wait { pair, reason, amount: Cai::ZERO, from };
        waiting.waits = vec![wait(Reason::Collection, 1_001), wait(Reason::Proof, 1_060), wait(Reason::Proof, 9_000)];
        assert_eq!(pause(&waiting, &books(4_000)), seconds(60));
        assert_eq!(pause(&waiting, &books(20)), seconds(5));
        waiting.waits[1].from = 999;
        assert_eq!(pause(&waiting, &books(4_000)), seconds(1));
    }
}
