//! Which of a network's endpoints to use: the first that answers, is on the chain and is not far behind another.

use std::{sync::Arc, time::Duration};

use alloy::primitives::U64;
use futures::{StreamExt, stream::FuturesUnordered};
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::{ChainError, Client, DisplaySafeUrl, Header, Network, Setup, index::kept::Index};

/// How long an endpoint among several has for its first two answers.
const PROBE: Duration = Duration::from_secs(5);
/// How long the others have once one has answered: nobody should wait for the slowest.
const GRACE: Duration = Duration::from_millis(1_500);
/// Endpoints differ by a few blocks all the time. One that is behind another by more than this many seconds of blocks answers
/// questions about a state that is gone.
const LAG_SECONDS: u64 = 30;
const LEAST_LAG: u64 = 5;

/// What an endpoint said of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Probe {
    /// Nothing that can be used now, for this reason.
    Useless(String),
    /// Its newest block.
    Head(u64),
    /// Something that a whole check will put into words.
    Odd,
}

impl Client {
    /// Connects to the first good endpoint, and keeps to it. Checks the chain id, that the contracts exist and that they are the
    /// described ones, before anything else. An endpoint that is silent or far behind another is passed over.
    pub async fn connect(network: &Network) -> Result<Self, ChainError> {
        Self::connect_with(network, &Setup::default()).await
    }

    /// The same with a place to keep the network's events in, and somebody who waits.
    pub async fn connect_with(network: &Network, setup: &Setup) -> Result<Self, ChainError> {
        let index = Arc::new(Index::open(setup.events.as_deref(), network));
        first_good(candidates(network, &network.rpc_urls, setup, &index)?).await
    }

    /// The same network and key at another endpoint, after this one has fallen silent.
    pub async fn another(&self) -> Option<Self> {
        let network = self.network();
        let others: Vec<_> = network.rpc_urls.iter().filter(|url| *url != self.url()).cloned().collect();
        let checked = match network.staking.is_zero() {
            // Before deployment there is nothing to fail over to.
            true => return None,
            false => first_good(candidates(network, &others, self.setup(), self.index()).ok()?).await,
        };
        match checked {
            Ok(other) => {
                tracing::warn!(was = %self.url(), now = %other.url(), "going on at another endpoint");
                Some(match (self.signer(), self.address()) {
                    (Some(signer), _) => other.with_signer(signer.clone()),
                    (None, Some(address)) => other.with_address(address),
                    (None, None) => other,
                })
            }
            Err(_) => None,
        }
    }
}

fn candidates(
    network: &Network,
    urls: &[DisplaySafeUrl],
    setup: &Setup,
    index: &Arc<Index>,
) -> Result<Vec<Client>, ChainError> {
    urls.iter().map(|url| Client::unchecked(network, url, setup, index)).collect()
}

/// The first good one in order of preference, checked.
async fn first_good(candidates: Vec<Client>) -> Result<Client, ChainError> {
    let block_time_ms = candidates.first().map_or(0, |client| client.network().block_time_ms);
    let probes = match candidates.len() {
        0 | 1 => vec![Probe::Odd; candidates.len()],
        _ => probe(&candidates).await,
    };
    let mut failure = None;
    let mut waiting = candidates.len();
    for client in in_order(candidates, &probes, block_time_ms) {
        waiting -= 1;
        match Box::pin(client.check()).await {
            Ok(()) => return Ok(client),
            Err(error) => {
                if waiting > 0 {
                    tracing::warn!(%error, "trying the next endpoint");
                }
                failure.get_or_insert(error);
            }
        }
    }
    Err(failure.unwrap_or(ChainError::NoEndpoint))
}

/// Those that answer, then those that are behind, then those that cannot be used; each by preference.
fn in_order(candidates: Vec<Client>, probes: &[Probe], block_time_ms: u64) -> Vec<Client> {
    let best = probes.iter().filter_map(|probe| if let Probe::Head(head) = probe { Some(*head) } else { None }).max();
    let mut candidates: Vec<_> = candidates.into_iter().zip(probes).collect();
    candidates.sort_by_key(|(_, probe)| rank(probe, best, block_time_ms));
    for (client, probe) in &candidates {
        match (probe, rank(probe, best, block_time_ms)) {
            (Probe::Head(head), 1) => {
                let behind = best.unwrap_or(*head) - head;
                tracing::warn!(url = %client.url(), behind, "an endpoint is far behind another, passing it over");
            }
            (Probe::Useless(reason), _) => {
                tracing::warn!(url = %client.url(), %reason, "an endpoint cannot be used now, passing it over");
            }
            _ => {}
        }
    }
    candidates.into_iter().map(|(client, _)| client).collect()
}

fn rank(probe: &Probe, best: Option<u64>, block_time_ms: u64) -> u8 {
    let tolerated = (LAG_SECONDS * 1_000 / block_time_ms.max(1)).max(LEAST_LAG);
    match probe {
        Probe::Head(head) if best.is_some_and(|best| best - *head > tolerated) => 1,
        Probe::Head(_) | Probe::Odd => 0,
        Probe::Useless(_) => 2,
    }
}

/// Asks all of them at once.
async fn probe(candidates: &[Client]) -> Vec<Probe> {
    let mut probes = vec![Probe::Useless(format!("no answer within {} s", PROBE.as_secs())); candidates.len()];
    let mut asked: FuturesUnordered<_> =
        candidates.iter().enumerate().map(|(index, client)| async move { (index, ask(client).await) }).collect();
    let mut deadline = Instant::now() + PROBE;
    while let Ok(Some((index, found))) = timeout_at(deadline, asked.next()).await {
        if matches!(found, Probe::Head(_)) {
            deadline = deadline.min(Instant::now() + GRACE);
        }
        probes[index] = found;
    }
    probes
}

/// Only an endpoint of the right chain has a head that others can be measured by.
async fn ask(client: &Client) -> Probe {
    let id = match client.rpc().once::<U64>("eth_chainId", json!([])).await {
        Ok(id) => id,
        Err(reason) => return Probe::Useless(reason),
    };
    if !id.is_ok_and(|id| id.to::<u64>() == client.network().chain_id) {
        return Probe::Odd;
    }
    match client.rpc().once::<Option<Header>>("eth_getBlockByNumber", json!(["latest", false])).await {
        Err(reason) => Probe::Useless(reason),
        Ok(Ok(Some(header))) => Probe::Head(header.number),
        Ok(_) => Probe::Odd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_minute_of_blocks_is_too_far_behind() {
        let rank = |head, block_time_ms| rank(&Probe::Head(head), Some(1_000), block_time_ms);
        for (block_time_ms, tolerated) in [(200, 150), (1_000, 30), (12_000, 5), (0, 30_000)] {
            let edge = 1_000u64.saturating_sub(tolerated);
            assert_eq!(rank(edge, block_time_ms), 0, "{block_time_ms}");
            if edge > 0 {
                assert_eq!(rank(edge - 1, block_time_ms), 1, "{block_time_ms}");
            }
        }
        assert_eq!(super::rank(&Probe::Useless("gone".into()), None, 200), 2);
        assert_eq!(super::rank(&Probe::Odd, Some(1_000), 200), 0);
    }
}
