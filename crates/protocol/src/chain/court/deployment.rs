//! What never changes in a deployed court.

use alloy::primitives::Address;

use super::super::{ChainError, Client, RandomnessKind};
use crate::{
    contract::{DisputeCourt, DrandRandomness, JurorRegistry},
    court::Rules,
};

/// What never changes in a deployed court.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deployment {
    pub(super) court: Address,
    pub(super) registry: Address,
    pub(super) randomness: Address,
    pub(super) rules: Rules,
    /// When round 1 of the source of randomness has a value, and how many seconds later each next one has.
    pub(super) rounds: (u64, u64),
}

impl Deployment {
    pub(super) async fn read(client: &Client, court: Address) -> Result<Self, ChainError> {
        let registry = client.read(court, &DisputeCourt::jurorsCall {}).await?;
        let randomness = client.read(court, &DisputeCourt::randomnessCall {}).await?;
        let rules = Rules {
            epoch_seconds: client.network().epoch_seconds,
            seats: client.read(court, &DisputeCourt::seatsCall {}).await?.saturating_to(),
            validity: client.read(registry, &JurorRegistry::validityCall {}).await?.saturating_to(),
            window: client.read(court, &DisputeCourt::windowCall {}).await?,
        };
        let rounds = match client.network().randomness_kind {
            Some(RandomnessKind::Drand) => {
                let genesis = client.read(randomness, &DrandRandomness::genesisCall {}).await?;
                (genesis, client.read(randomness, &DrandRandomness::periodCall {}).await?)
            }
            // Its rounds are seconds.
            Some(RandomnessKind::Block) | None => (1, 1),
        };
        Ok(Self { court, registry, randomness, rules, rounds })
    }
}
