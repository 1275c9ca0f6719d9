//! The transaction outbox: whatever a key sends is on disk before anybody sees it, and is followed until it is over.
//!
//! There is one file per chain and key, and one process at a time gives out the key's nonces. A process may end at any moment:
//! the next one with the same key, or one that waits for one of the hashes, offers the stored bytes again and goes on. Several
//! transactions may be signed for one intent, all with its nonce, so at most one of them can ever be in a block.

mod book;
mod intent;
mod overtaken;

use std::{fs::File, path::PathBuf, time::Duration};

use alloy::{
    primitives::{Address, B256},
    rpc::types::TransactionReceipt,
};
use futures::{future::try_join_all, try_join};
use serde_json::json;
use tokio::time::{Instant, timeout_at};

pub use intent::{Attempt, Intent, State};

use self::{
    book::Book,
    intent::{Mined, Sighting, Step, Watch},
    overtaken::overtaker,
};
use super::{
    Call, ChainError, Client, DEVELOPMENT_CHAIN_ID, Fees, Header, Outcome, Simulation, fees::Market,
    transaction::Offered,
};

/// Times that an intent gets another nonce because somebody else has used its own before it was sent.
const RENUMBERINGS: usize = 5;
/// A look has this long, however little time is left.
const LEAST_LOOK: Duration = Duration::from_secs(5);

/// What a sender decides beyond the call.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// What it is, in words.
    pub title: String,
    /// The nonce, instead of the next.
    pub nonce: Option<u64>,
    /// The most that a unit of gas may ever cost, in wei.
    pub max_fee: Option<u128>,
    /// How long to wait while another process sends with the same key.
    pub patience: Duration,
}

/// One process at a time has a key's turn, until this is dropped: what it signs beside transactions, such as a permit with a number
/// that the next one follows, belongs to the transaction that it sends in it.
#[derive(Debug)]
pub struct Turn {
    _lock: File,
}

/// The transactions of this machine's keys, in a directory.
#[derive(Clone, Debug)]
pub struct Outbox {
    directory: PathBuf,
}

impl Outbox {
    /// An outbox in a directory, which is created when it is needed.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Signs a simulated call under the next nonce, stores it, and offers it to the endpoint. Once this has returned, the intent
    /// will be done or overtaken, but not forgotten; [`Outbox::finish`] follows it. `stored` is called with its hash just before
    /// anybody sees it.
    pub async fn submit(
        &self,
        client: &Client,
        call: &Call,
        simulation: &Simulation,
        terms: &Terms,
        stored: impl Fn(B256),
    ) -> Result<Intent, ChainError> {
        let mut book = self.lock(client, terms.patience).await?;
        resume(&mut book, client).await?;
        for _ in 0..RENUMBERINGS {
            let nonce = match terms.nonce {
                Some(nonce) => nonce,
                // From the chain, always: a count of our own that was never used would block all that follow.
                None => intent::next_nonce(client.nonce("pending").await?, &book.content().intents),
            };
            let intent = book.insert(sign(client, call, simulation, nonce, terms).await?)?;
            let hash = intent.hash();
            tracing::debug!(%hash, nonce, "sending");
            stored(hash);
            match offer(client, &intent).await {
                Offered::Taken => return Ok(book.settle(intent.id, State::Sent)?.unwrap_or(intent)),
                Offered::Unclear(error) => {
                    tracing::warn!(%error, %hash, "whether the endpoint has the transaction is not known");
                    return Ok(intent);
                }
                // This endpoint does not have it, and no other was asked to take it.
                Offered::Refused(error) => {
                    book.settle(intent.id, State::Refused)?;
                    if terms.nonce.is_some() || client.nonce("latest").await? <= nonce {
                        return Err(error);
                    }
                }
            }
            tracing::warn!(nonce, %hash, "another transaction of this key has used the nonce, taking the next");
        }
        Err(ChainError::KeyBusy { account: client.address().ok_or(ChainError::NoSigner)? })
    }

    /// Waits for the turn of the client's key, as long as that may take.
    pub async fn turn(&self, client: &Client, patience: Duration) -> Result<Turn, ChainError> {
        let key = client.address().ok_or(ChainError::NoSigner)?;
        let path = Book::path(&self.directory, client.network().chain_id, key).with_extension("turn");
        Ok(Turn { _lock: book::lock(&path, key, patience).await? })
    }

    /// Looks after what earlier processes of the client's key have left open; returns what is open still.
    pub async fn resume(&self, client: &Client, patience: Duration) -> Result<Vec<Intent>, ChainError> {
        let key = client.address().ok_or(ChainError::NoSigner)?;
        let path = Book::path(&self.directory, client.network().chain_id, key);
        // Most often there is nothing to do, which needs no question to the chain.
        if !book::read(&path)?.intents.iter().any(|intent| intent.state.is_open()) {
            return Ok(vec![]);
        }
        let mut book = self.lock(client, patience).await?;
        resume(&mut book, client).await?;
        Ok(book.content().intents.iter().filter(|intent| intent.state.is_open()).cloned().collect())
    }

    /// Follows an intent until it is over or the time is up: offers it again where it was forgotten, raises its fee where the
    /// client has its key, and asks another endpoint where one falls silent.
    pub async fn finish(&self, client: &Client, intent: &Intent, timeout: Duration) -> Result<Outcome, ChainError> {
        let deadline = Instant::now() + timeout;
        let mut client = client.clone();
        let mut follow = Follow {
            path: Book::path(&self.directory, intent.chain_id, intent.from),
            intent: intent.clone(),
            watch: Watch::default(),
            held: None,
            refused: None,
            bound: false,
        };
        loop {
            let limit = deadline.max(Instant::now() + LEAST_LOOK);
            match timeout_at(limit, follow.turn(&client)).await {
                Ok(Ok(Some(outcome))) => return Ok(outcome),
                // Its nonce is used, and this endpoint cannot say by what: another one may know the transaction.
                Ok(Ok(None)) if follow.watch.is_at_a_loss() => {
                    if let Ok(Some(other)) = timeout_at(limit, Box::pin(client.another())).await {
                        client = other;
                    }
                }
                Ok(Ok(None)) | Err(_) => {}
                // It cannot be on another chain.
                Ok(Err(error @ (ChainError::WrongChain { .. } | ChainError::Outbox { .. }))) => return Err(error),
                // It was sent: whatever the endpoint says now, the transaction may still be mined.
                Ok(Err(error)) => {
                    tracing::warn!(%error, hash = %follow.intent.hash(), "following the transaction failed");
                    if let Ok(Some(other)) = timeout_at(limit, Box::pin(client.another())).await {
                        client = other;
                    }
                }
            }
            let now = Instant::now();
            if now >= deadline {
                return Ok(Outcome::Unconfirmed { hash: follow.intent.hash() });
            }
            tokio::time::sleep(client.poll_interval().min(deadline - now)).await;
        }
    }

    /// The intent that a transaction was signed for.
    pub fn find(&self, chain_id: u64, hash: B256) -> Result<Option<Intent>, ChainError> {
        for path in book::files(&self.directory, Some(chain_id))? {
            if let Some(intent) = book::read(&path)?.intents.into_iter().find(|intent| intent.has(hash)) {
                return Ok(Some(intent));
            }
        }
        Ok(None)
    }

    /// Every intent of this machine that is kept, on any chain: those that are not over, and the newest of the others.
    pub fn intents(&self) -> Result<Vec<Intent>, ChainError> {
        let mut intents = vec![];
        for path in book::files(&self.directory, None)? {
            intents.extend(book::read(&path)?.intents);
        }
        Ok(intents)
    }

    async fn lock(&self, client: &Client, patience: Duration) -> Result<Book, ChainError> {
        let key = client.address().ok_or(ChainError::NoSigner)?;
        let chain_id = client.network().chain_id;
        let mut book = Book::lock(Book::path(&self.directory, chain_id, key), key, patience).await?;
        client.check_chain_id().await?;
        let forgotten = book.bind(genesis(client).await?, chain_id == DEVELOPMENT_CHAIN_ID)?;
        if forgotten > 0 {
            tracing::warn!(
                forgotten,
                "the chain was started again: transactions that were on their way on the old one are forgotten"
            );
        }
        Ok(book)
    }
}

/// One intent while it is followed.
struct Follow {
    path: PathBuf,
    intent: Intent,
    watch: Watch,
    /// The price at which it was last said that it waits.
    held: Option<Fees>,
    /// What was said when it was refused last.
    refused: Option<String>,
    /// The endpoint's chain is the one that the intent is of.
    bound: bool,
}

impl Follow {
    /// Looks once and does what is to be done; the outcome, once there is one.
    async fn turn(&mut self, client: &Client) -> Result<Option<Outcome>, ChainError> {
        if !self.bound {
            let content = book::read(&self.path)?;
            if !content.matches(genesis(client).await?) {
                return Err(content.another_chain(&self.path));
            }
            self.bound = true;
        }
        let sighting = look(client, &self.intent, self.watch.wants_proof()).await?;
        match self.watch.step(&self.intent, &sighting) {
            Step::Settle(state) => {
                self.settle(state).await;
                return client.outcome_of(&self.intent).await.map(Some);
            }
            Step::Offer => match offer(client, &self.intent).await {
                Offered::Taken if self.intent.state == State::Sent => {}
                Offered::Taken => self.settle(State::Sent).await,
                // Another endpoint may take it.
                Offered::Unclear(error) => return Err(error),
                Offered::Refused(error) => {
                    let error = error.to_string();
                    if self.refused.as_ref() != Some(&error) {
                        tracing::warn!(%error, hash = %self.intent.hash(), "the transaction is refused now");
                        self.refused = Some(error);
                    }
                }
            },
            Step::Replace(fees) if client.signer().is_some_and(|signer| signer.address() == self.intent.from) => {
                let mut book = Book::lock(self.path.clone(), self.intent.from, LEAST_LOOK).await?;
                self.intent = raise(&mut book, client, &self.intent, fees).await?;
            }
            Step::Replace(_) | Step::Hold => {
                let fees = self.intent.attempts.last().map(|attempt| attempt.fees);
                if self.held != fees {
                    self.held = fees;
                    say_held(client, &self.intent, sighting.base_fee);
                }
            }
            Step::Wait => {}
        }
        Ok(None)
    }

    /// Writes down how far it is. What the chain says is true all the same, so a failure here does not stop anything.
    async fn settle(&mut self, state: State) {
        let written = match Book::lock(self.path.clone(), self.intent.from, LEAST_LOOK).await {
            Ok(mut book) => book.settle(self.intent.id, state),
            Err(error) => Err(error),
        };
        match written {
            Ok(Some(intent)) => self.intent = intent,
            Ok(None) => self.intent.state = state,
            Err(error) => {
                tracing::warn!(%error, "what became of a transaction was not written down");
                self.intent.state = state;
            }
        }
    }
}

/// The chain's first block, where the endpoint still has it.
async fn genesis(client: &Client) -> Result<Option<B256>, ChainError> {
    match client.block(0).await {
        Ok(header) => Ok(header.map(|Header { hash, .. }| hash)),
        Err(ChainError::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Settles what is in a block by now, and offers what the endpoint does not know.
async fn resume(book: &mut Book, client: &Client) -> Result<(), ChainError> {
    let open: Vec<_> = book.content().intents.iter().filter(|intent| intent.state.is_open()).cloned().collect();
    if open.is_empty() {
        return Ok(());
    }
    // What its pool counts, the endpoint has.
    let pending = client.nonce("pending").await?;
    let count = client.nonce("latest").await?;
    for intent in open {
        if intent.nonce >= count && intent.nonce < pending {
            continue;
        }
        let mut watch = Watch::default();
        loop {
            let sighting = look(client, &intent, watch.wants_proof()).await?;
            match watch.step(&intent, &sighting) {
                Step::Settle(state) => {
                    book.settle(intent.id, state)?;
                }
                // What cannot be told now stays open: it holds up nothing, since its nonce is used.
                Step::Wait if sighting.count > intent.nonce && !watch.is_at_a_loss() => {
                    tokio::time::sleep(client.poll_interval()).await;
                    continue;
                }
                Step::Offer => {
                    tracing::warn!(hash = %intent.hash(), title = %intent.title, "offering an earlier transaction again");
                    match offer(client, &intent).await {
                        Offered::Taken => book.settle(intent.id, State::Sent).map(drop)?,
                        Offered::Refused(error) | Offered::Unclear(error) => {
                            tracing::warn!(%error, hash = %intent.hash(), "offering it failed");
                        }
                    }
                }
                Step::Replace(fees) if client.signer().is_some() => {
                    raise(book, client, &intent, fees).await.map(drop)?;
                }
                // Without the key nothing can be signed again.
                Step::Replace(_) | Step::Hold => say_held(client, &intent, sighting.base_fee),
                Step::Wait => {}
            }
            break;
        }
    }
    Ok(())
}

/// Signs an open intent again at a higher price, stores that, and offers it. Another process may have done so already.
async fn raise(book: &mut Book, client: &Client, intent: &Intent, fees: Fees) -> Result<Intent, ChainError> {
    let Some(stored) = book.find(intent.id).cloned() else { return Ok(intent.clone()) };
    if stored.attempts.len() != intent.attempts.len() || matches!(stored.state, State::Replaced | State::Refused) {
        return Ok(stored);
    }
    client.check_chain_id().await?;
    let attempt = sign_attempt(client, &stored, fees).await?;
    let hash = attempt.hash;
    let changed = book.change(stored.id, |intent| {
        intent.attempts.push(attempt);
        intent.state = State::Signed;
        intent.changed_at = book::now();
    })?;
    let changed = changed.unwrap_or(stored);
    tracing::warn!(was = %intent.hash(), %hash, fee = fees.max_fee_per_gas, "sent again with a higher fee");
    match offer(client, &changed).await {
        Offered::Taken => Ok(book.settle(changed.id, State::Sent)?.unwrap_or(changed)),
        Offered::Refused(error) | Offered::Unclear(error) => {
            tracing::warn!(%error, %hash, "offering the transaction at a higher fee failed");
            Ok(changed)
        }
    }
}

async fn sign(
    client: &Client,
    call: &Call,
    simulation: &Simulation,
    nonce: u64,
    terms: &Terms,
) -> Result<Intent, ChainError> {
    let Simulation { gas, max_fee_per_gas, max_priority_fee_per_gas, legacy } = *simulation;
    let now = book::now();
    let mut intent = Intent {
        id: 0,
        title: terms.title.clone(),
        chain_id: client.network().chain_id,
        from: client.address().ok_or(ChainError::NoSigner)?,
        to: call.to,
        data: call.data.clone(),
        value: call.value,
        nonce,
        gas,
        cap: terms.max_fee.unwrap_or_else(|| intent::cap(max_fee_per_gas)),
        attempts: vec![],
        state: State::Signed,
        created_at: now,
        changed_at: now,
    };
    client.check_chain_id().await?;
    intent
        .attempts
        .push(sign_attempt(client, &intent, Fees { max_fee_per_gas, max_priority_fee_per_gas, legacy }).await?);
    Ok(intent)
}

async fn sign_attempt(client: &Client, intent: &Intent, fees: Fees) -> Result<Attempt, ChainError> {
    let prepared = client.sign_as(&intent.call(), &intent.priced(fees), intent.nonce).await?;
    Ok(Attempt { hash: prepared.hash, fees, raw: prepared.raw, signed_at: book::now() })
}

/// Offers the newest transaction of an intent.
async fn offer(client: &Client, intent: &Intent) -> Offered {
    match intent.attempts.last() {
        Some(attempt) => client.offer(attempt.hash, &attempt.raw).await,
        None => Offered::Taken,
    }
}

/// Looks at the chain once, at one endpoint; with `prove` also for another transaction with the intent's nonce, if that is used.
async fn look(client: &Client, intent: &Intent, prove: bool) -> Result<Sighting, ChainError> {
    let count = async { client.nonce_of(intent.from, "latest").await };
    let ((), count, Market { head, base_fee, usual }) = try_join!(client.check_chain_id(), count, client.market())?;
    // While the nonce is not used there is no receipt to ask for, and afterwards nothing to know.
    let mined = match count > intent.nonce || !intent.state.is_open() {
        true => receipt(client, intent).await?,
        false => None,
    };
    let known = count <= intent.nonce && mined.is_none() && is_known(client, intent).await?;
    let is_unexplained = count > intent.nonce && mined.is_none() && intent.state.is_open();
    let overtaken = prove && is_unexplained && overtaker(client, intent, head).await.is_some();
    Ok(Sighting { head, count, mined, known, overtaken, base_fee, usual })
}

async fn receipt(client: &Client, intent: &Intent) -> Result<Option<Mined>, ChainError> {
    let receipts = try_join_all(intent.attempts.iter().map(|attempt| client.receipt(attempt.hash))).await?;
    let mined = |receipt: TransactionReceipt| {
        Some(Mined { hash: receipt.transaction_hash, block: receipt.block_number?, success: receipt.status() })
    };
    Ok(receipts.into_iter().flatten().find_map(mined))
}

async fn is_known(client: &Client, intent: &Intent) -> Result<bool, ChainError> {
    for attempt in intent.attempts.iter().rev() {
        if client.is_known(attempt.hash).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn say_held(client: &Client, intent: &Intent, base_fee: u128) {
    let fee = intent.attempts.last().map_or(0, |attempt| attempt.fees.max_fee_per_gas);
    let hash = intent.hash();
    match client.address() == Some(intent.from) {
        true => {
            tracing::warn!(%hash, fee, base_fee, "the fee is as high as it may be; waiting for blocks to be cheaper")
        }
        false => tracing::warn!(%hash, fee, base_fee, "the fee is too low for the blocks now; its wallet can raise it"),
    }
}

impl Client {
    /// The key's transactions up to the newest block, or with those in the endpoint's pool.
    async fn nonce(&self, tag: &'static str) -> Result<u64, ChainError> {
        self.nonce_of(self.address().ok_or(ChainError::NoSigner)?, tag).await
    }

    pub(super) async fn nonce_of(&self, address: Address, tag: &str) -> Result<u64, ChainError> {
        let count: alloy::primitives::U64 = self.request("eth_getTransactionCount", json!([address, tag])).await?;
        Ok(count.to())
    }

    async fn outcome_of(&self, intent: &Intent) -> Result<Outcome, ChainError> {
        match intent.state {
            State::Confirmed { hash, .. } | State::Reverted { hash, .. } => {
                Ok(self.outcome(hash).await?.unwrap_or(Outcome::Unconfirmed { hash }))
            }
            State::Replaced => Ok(Outcome::Replaced { hash: intent.hash(), nonce: intent.nonce }),
            State::Refused => Ok(Outcome::Refused { hash: intent.hash() }),
            State::Signed | State::Sent => Ok(Outcome::Unconfirmed { hash: intent.hash() }),
        }
    }
}
