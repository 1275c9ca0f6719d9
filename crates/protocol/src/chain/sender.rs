//! A key that sends transactions from this machine: simulates, stores, sends, and follows each one until it is over.

use std::time::Duration;

use alloy::primitives::{Address, B256};

use super::{Call, ChainError, Client, Confirmed, Intent, Outbox, Outcome, Revert, Simulation, Terms, Turn};

/// Why a transaction did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The chain, before the transaction was stored or while it was followed.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// It was sent and is in no block yet.
    #[error("not confirmed after {}", humantime::format_duration(*after))]
    Unconfirmed {
        /// The transaction's hash.
        hash: B256,
        /// How long was waited.
        after: Duration,
    },
    /// Another transaction of the same key has used its nonce.
    #[error("another transaction of the same key has used nonce {nonce}, so this one changed nothing and never will")]
    Replaced {
        /// The transaction's hash.
        hash: B256,
        /// The nonce.
        nonce: u64,
    },
    /// The endpoint refused it when it was new.
    #[error("the transaction was refused when it was new, and changed nothing")]
    Refused {
        /// The transaction's hash.
        hash: B256,
    },
    /// It is in a block and changed nothing.
    #[error("the transaction reverted: {reason}")]
    Reverted {
        /// The transaction's hash.
        hash: B256,
        /// Why, as far as can be told afterwards.
        reason: Revert,
    },
}

impl SendError {
    /// The transaction that the error is about, if there is one.
    pub fn hash(&self) -> Option<B256> {
        match self {
            Self::Chain(_) => None,
            Self::Unconfirmed { hash, .. }
            | Self::Replaced { hash, .. }
            | Self::Refused { hash }
            | Self::Reverted { hash, .. } => Some(*hash),
        }
    }
}

impl Outcome {
    /// The block that the transaction is in, or why it changed nothing; `after` is how long was waited.
    pub fn into_confirmed(self, after: Duration) -> Result<Confirmed, SendError> {
        match self {
            Self::Confirmed(confirmed) => Ok(confirmed),
            Self::Unconfirmed { hash } => Err(SendError::Unconfirmed { hash, after }),
            Self::Replaced { hash, nonce } => Err(SendError::Replaced { hash, nonce }),
            Self::Refused { hash } => Err(SendError::Refused { hash }),
            Self::Reverted { hash, reason } => Err(SendError::Reverted { hash, reason }),
        }
    }
}

/// One key on one network, with the outbox that forgets none of its transactions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sender {
    client: Client,
    outbox: Outbox,
    patience: Duration,
}

impl Sender {
    /// Sends with the client's key. `patience` is how long a transaction may take to be in a block, and how long to wait for
    /// another process that sends with the same key.
    pub fn new(client: Client, outbox: Outbox, patience: Duration) -> Self {
        Self { client, outbox, patience }
    }

    /// The same with another client: another key or another endpoint.
    #[must_use]
    pub fn with_client(&self, client: Client) -> Self {
        Self { client, ..self.clone() }
    }

    /// The chain, with the key.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// How long a transaction may take.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// The key's address.
    pub fn address(&self) -> Result<Address, ChainError> {
        self.client.address().ok_or(ChainError::NoSigner)
    }

    /// Waits for the key's turn, see [`Turn`].
    pub async fn turn(&self) -> Result<Turn, ChainError> {
        self.outbox.turn(&self.client, self.patience).await
    }

    /// Looks after what earlier processes have left open with this key, before anything is read that depends on it. Returns
    /// what is still open.
    pub async fn resume(&self) -> Result<Vec<Intent>, ChainError> {
        self.outbox.resume(&self.client, self.patience).await
    }

    /// What a call would do and cost, and the sender that asked. Nothing is signed yet, so that another endpoint may answer
    /// where this one has fallen silent.
    pub async fn simulate(&self, call: &Call) -> Result<(Self, Simulation), ChainError> {
        let from = self.address()?;
        match self.client.simulate(from, call).await {
            Ok(simulation) => Ok((self.clone(), simulation)),
            Err(error) if error.is_of_endpoint() => match Box::pin(self.client.another()).await {
                Some(other) => {
                    let simulation = other.simulate(from, call).await?;
                    Ok((self.with_client(other), simulation))
                }
                None => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// The same as if an approval of CAI for the called contract had come before, where the endpoint can do that.
    pub async fn simulate_as_approved(&self, call: &Call) -> Result<Option<Simulation>, ChainError> {
        match self.client.simulate_as_approved(self.address()?, call).await {
            Ok(simulation) => Ok(Some(simulation)),
            Err(ChainError::Refused { .. }) => Ok(None),
            // The endpoint has left the approval out.
            Err(ChainError::Reverts(revert)) if revert.name == "ERC20InsufficientAllowance" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Signs, stores and sends. `stored` hears the hash before the transaction leaves: from then on it may be mined, whatever
    /// happens to this process.
    pub async fn submit(
        &self,
        call: &Call,
        simulation: &Simulation,
        terms: &Terms,
        stored: impl Fn(B256),
    ) -> Result<Intent, ChainError> {
        Box::pin(self.outbox.submit(&self.client, call, simulation, terms, stored)).await
    }

    /// Follows a transaction until it is over, or for as long as patience lasts.
    pub async fn finish(&self, intent: &Intent) -> Result<Outcome, ChainError> {
        Box::pin(self.outbox.finish(&self.client, intent, self.patience)).await
    }

    /// Does all of it: for a service, which nobody has to be asked about. `title` is what the outbox calls the transaction.
    pub async fn send(&self, title: impl Into<String>, call: &Call) -> Result<Confirmed, SendError> {
        let (sender, simulation) = self.simulate(call).await?;
        let terms = Terms { title: title.into(), nonce: None, max_fee: None, patience: self.patience };
        let intent = sender.submit(call, &simulation, &terms, |_| {}).await?;
        sender.finish(&intent).await?.into_confirmed(self.patience)
    }
}
