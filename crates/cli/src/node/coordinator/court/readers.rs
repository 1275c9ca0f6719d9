//! Who may read the evidence of a case: who proves to be a party of it, or to hold seats in its draw.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use alloy::primitives::{Address, B256, Bytes};
use cuckoo_protocol::{
    chain::{ChainError, Client},
    contract::DisputeCourt,
    court::{Case, Phase, View},
    message::{Domain, EvidenceRequest},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::{host::clock, node::court::board::MAX_SKEW};

/// Requests of one reader in a minute: a case is a list and 32 bundles.
const REQUESTS: std::num::NonZeroU32 = std::num::NonZeroU32::new(240).expect("not zero");
/// Seats that are remembered; beyond it all are forgotten, and the chain is asked again.
const REMEMBERED: usize = 16_384;

/// Why somebody may not read.
#[derive(Debug, thiserror::Error)]
pub(in crate::node::coordinator) enum Refused {
    /// The proof is not one.
    #[error("the request is not signed as it should be: {0}")]
    Proof(String),
    /// It has no part in the case.
    #[error("{0} neither holds seats in this case nor is a party of it")]
    NoPart(Address),
    /// It asks too often.
    #[error("too many requests; try again in a minute")]
    TooOften,
    /// The chain does not answer.
    #[error("whether you hold seats cannot be read from the chain: {0}")]
    Chain(#[from] ChainError),
}

/// Who reads evidence, and how often.
#[derive(Debug)]
pub(in crate::node::coordinator) struct Readers {
    limiter: DefaultKeyedRateLimiter<Address>,
    /// Who holds seats, by case and draw.
    seated: Mutex<HashMap<(B256, u64, Address), bool>>,
}

impl Default for Readers {
    fn default() -> Self {
        Self { limiter: RateLimiter::keyed(Quota::per_minute(REQUESTS)), seated: Mutex::default() }
    }
}

/// Checks that a node has signed a request now.
fn check(request: &EvidenceRequest, signature: &Bytes, domain: &Domain, now: u64) -> Result<(), Refused> {
    if request.time.abs_diff(now) > MAX_SKEW {
        let skew = request.time.abs_diff(now);
        return Err(Refused::Proof(format!("its time differs by {skew} s from this coordinator's (max {MAX_SKEW} s)")));
    }
    domain.verify(request, signature, request.node).map_err(|error| Refused::Proof(error.to_string()))
}

/// Whether a node is a party of a case, or its part in the draw is written down.
fn is_known(case: &Case, node: Address, owner: Option<Address>) -> bool {
    let is_party = |address: Address| address == case.accused || case.is_party(address);
    is_party(node)
        || owner.is_some_and(is_party)
        || case.challengers.contains(&node)
        || case.jurors.iter().any(|juror| juror.node == node)
}

impl Readers {
    /// Lets a reader in, or says why not. `owner` is that of the node where it is registered.
    pub(in crate::node::coordinator) async fn admit(
        &self,
        (request, signature): (&EvidenceRequest, &Bytes),
        (case, view): (&Case, &View),
        owner: Option<Address>,
        client: &Client,
    ) -> Result<(), Refused> {
        let node = request.node;
        check(request, signature, &client.domain(), clock::now_seconds())?;
        if !is_known(case, node, owner) && !self.holds_seats(case, view, node, client).await? {
            return Err(Refused::NoPart(node));
        }
        self.limiter.check_key(&node).map_err(|_| Refused::TooOften)
    }

    /// Whether a node holds seats in the draw whose time it is. Only nodes that stand behind the manifest can, so that nobody else
    /// makes the chain be asked.
    async fn holds_seats(&self, case: &Case, view: &View, node: Address, client: &Client) -> Result<bool, ChainError> {
        let Some(court) = client.network().court else { return Ok(false) };
        if case.draw.phase != Phase::Committing || !case.panel.contains(&node) {
            return Ok(false);
        }
        let key = (case.id, case.draw.round, node);
        let known = self.seated.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        if let Some(known) = known {
            return Ok(known);
        }
        let call = DisputeCourt::seatsOfCall { id: case.id, node };
        let held = match client.read_at_block(court, &call, view.block_hash).await {
            Err(error @ ChainError::Unreachable { .. }) => match Box::pin(client.another()).await {
                Some(other) => other.read_at_block(court, &call, view.block_hash).await?,
                None => return Err(error),
            },
            held => held?,
        };
        let holds = !held.is_zero();
        let mut seated = self.seated.lock().unwrap_or_else(PoisonError::into_inner);
        if seated.len() >= REMEMBERED {
            seated.clear();
        }
        seated.insert(key, holds);
        Ok(holds)
    }
}

#[cfg(test)]
mod tests {
    use alloy::signers::{SignerSync, local::PrivateKeySigner};
    use cuckoo_protocol::message::signature_bytes;

    use super::*;

    #[test]
    fn a_proof_is_for_one_case_one_coordinator_one_node_and_one_minute() {
        let key = PrivateKeySigner::random();
        let domain = Domain::new(31_337, Address::repeat_byte(0xcc));
        let request = EvidenceRequest {
            dispute: B256::repeat_byte(1),
            node: key.address(),
            audience: Address::repeat_byte(2),
            time: 1_000,
        };
        let signature = signature_bytes(&key.sign_hash_sync(&domain.digest(&request)).expect("signs"));
        let checked = |request: &EvidenceRequest, now| check(request, &signature, &domain, now).is_ok();
        assert!(checked(&request, 1_000) && checked(&request, 940) && checked(&request, 1_060));
        assert!(!checked(&request, 939) && !checked(&request, 1_061));
        let changes: [fn(&mut EvidenceRequest); 4] = [
            |request| request.dispute = B256::ZERO,
            |request| request.node = Address::ZERO,
            |request| request.audience = Address::ZERO,
            |request| request.time += 1,
        ];
        for change in changes {
            let mut changed = request.clone();
            change(&mut changed);
            assert!(!checked(&changed, 1_000), "{changed:?}");
        }
        let elsewhere = Domain::new(1, domain.contract());
        assert!(check(&request, &signature, &elsewhere, 1_000).is_err());
    }
}
