//! The court, followed block by block: what [`crate::court::plan`] needs, read as of exactly one block, and the transactions that its
//! steps are.

use std::sync::Arc;

use alloy::primitives::{Address, U256};

use super::{Call, ChainError, Client, Header, RoundError};
use crate::{
    contract::{DisputeCourt, JurorRegistry},
    court::{Book, Me, Rules, Standing, Step, View},
};

/// What never changes in a deployed court.
#[derive(Clone, Copy, Debug)]
struct Deployment {
    rules: Rules,
    registry: Address,
}

/// The court of one network, as one node follows it.
#[derive(Debug)]
pub struct Court {
    client: Client,
    court: Address,
    deployment: Option<Deployment>,
    view: Option<Arc<View>>,
}

impl Court {
    /// Knows nothing until the first [`Court::poll`]; `None` on a network without a court.
    pub fn new(client: Client) -> Option<Self> {
        let court = client.network().court?;
        Some(Self { client, court, deployment: None, view: None })
    }

    /// What it reads from.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The court as of the newest block: the same as before where that has not changed. It asks another endpoint if the one in use has
    /// fallen silent. After an error it is as it was, and the next look goes on from there.
    pub async fn poll(&mut self, me: &Me) -> Result<Arc<View>, ChainError> {
        match self.look(me).await {
            Err(error @ ChainError::Unreachable { .. }) => match Box::pin(self.client.another()).await {
                Some(other) => {
                    self.client = other;
                    self.look(me).await
                }
                None => Err(error),
            },
            looked => looked,
        }
    }

    async fn look(&mut self, _me: &Me) -> Result<Arc<View>, ChainError> {
        let head = self.client.head().await?;
        if let Some(view) = &self.view
            && view.block_hash == head.hash
        {
            return Ok(view.clone());
        }
        let Deployment { rules, .. } = self.deployment().await?;
        let Header { number: block, hash: block_hash, timestamp: now, .. } = head;
        let view = View { block, block_hash, now, rules, standing: Standing::default(), cases: vec![] };
        let view = Arc::new(view);
        self.view = Some(view.clone());
        Ok(view)
    }

    async fn deployment(&mut self) -> Result<Deployment, ChainError> {
        if let Some(deployment) = self.deployment {
            return Ok(deployment);
        }
        let (client, court) = (&self.client, self.court);
        let registry = client.read(court, &DisputeCourt::jurorsCall {}).await?;
        let rules = Rules {
            epoch_seconds: client.network().epoch_seconds,
            seats: client.read(court, &DisputeCourt::seatsCall {}).await?.saturating_to(),
            validity: client.read(registry, &JurorRegistry::validityCall {}).await?.saturating_to(),
            window: client.read(court, &DisputeCourt::windowCall {}).await?,
        };
        let deployment = Deployment { rules, registry };
        self.deployment = Some(deployment);
        Ok(deployment)
    }

    /// The transaction that a step is; `None` of one that is none, and of one whose ballot is not in the book.
    pub async fn transaction(&mut self, step: &Step, me: &Me, book: &Book) -> Result<Option<Call>, RoundError> {
        let registry = self.deployment().await?.registry;
        let court = self.court;
        let call = match step.clone() {
            Step::Reveal { case: id, round } => {
                let Some(ballot) = book.ballot(id, round) else { return Ok(None) };
                Call::new(court, &DisputeCourt::revealCall { id, vote: ballot.vote.number(), salt: ballot.salt })
            }
            Step::Commit { case: id, round } => {
                let Some(ballot) = book.ballot(id, round) else { return Ok(None) };
                let commitment = ballot.commitment(id, round, me.node);
                Call::new(court, &DisputeCourt::commitCall { id, commitment })
            }
            Step::Abstain { .. } | Step::Gather { .. } | Step::Publish { .. } => return Ok(None),
            Step::RecordSeed { source_round, .. } => self.client.record_round(source_round).await?,
            Step::Summon { case: id, nodes } => Call::new(court, &DisputeCourt::summonCall { id, nodes }),
            Step::Resolve { case: id } => Call::new(court, &DisputeCourt::resolveCall { id }),
            Step::SettleJuror { case: id, round, juror } => {
                Call::new(court, &DisputeCourt::settleJurorCall { id, round: U256::from(round), juror })
            }
            Step::Withdraw { case: id } => {
                Call::new(court, &DisputeCourt::withdrawBondCall { id, challenger: me.node })
            }
            Step::Declare { manifests } => Call::new(registry, &JurorRegistry::declareCall { manifests }),
            Step::Refresh { manifests } => {
                Call::new(registry, &JurorRegistry::refreshCall { node: me.node, manifests })
            }
            Step::Undeclare { manifests } => Call::new(registry, &JurorRegistry::undeclareCall { manifests }),
        };
        Ok(Some(call))
    }
}
