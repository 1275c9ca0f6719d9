//! The events that commands and nodes read, kept on this machine: what a read costs depends on the blocks that are new.
//!
//! Blocks that are [`DEPTH`] deep are settled: their events are stored once, and the hash of the newest settled block, the anchor,
//! is compared with the chain's whenever the index is used. A chain that has another block there makes the index empty. Newer blocks
//! may be taken back by the chain: their events are read each time, and never stored.
//!
//! One look at the chain is two batches of requests. The first one asks for the newest block, for the anchor and for the events after
//! it, when the newest block is not known yet; the second one confirms that these are the events up to that block, together with
//! whatever the caller reads meanwhile.

mod events;
pub(super) mod kept;
mod store;

use std::{sync::Arc, time::Duration};

use alloy::rpc::types::{Filter, Log};
use futures::{join, try_join};
use serde_json::json;
use tokio::time::Instant;

use self::{
    kept::{Again, Glance, KINDS, Seen},
    store::{Block, Forgotten, Known},
};
use super::{
    ChainError, Change, Client, Header, Notice, Registry,
    width::{Width, sort},
};

/// Blocks that lie this deep are settled: no chain in use has taken back as many.
const DEPTH: u64 = 128;
/// Settled blocks are stored once there are this many.
const STEP: u64 = 64;
/// What was asked for when connecting is as good as new for this long.
const FRESH: Duration = Duration::from_millis(500);
/// Looks until one finds a chain that stands still for as long as it takes.
const LOOKS: usize = 4;

/// What the chain says of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Holds,
    /// It has other blocks or events by now.
    Moved,
    /// The nodes are not those that the contract counts.
    Differs,
}

/// The newest block, with the nodes and the events up to it. They count once [`Look::confirm`] says so.
#[derive(Clone, Debug)]
pub struct Look {
    client: Client,
    seen: Arc<Seen>,
    registry: Arc<Registry>,
}

impl Look {
    /// The nodes as of the newest block.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Asks the chain whether it still has the block and these events up to it, and keeps what is settled by now. False where it has
    /// others: then another look is needed.
    pub async fn confirm(&self) -> Result<bool, ChainError> {
        Ok(Box::pin(self.verdict()).await? == Verdict::Holds)
    }

    async fn verdict(&self) -> Result<Verdict, ChainError> {
        let (client, seen) = (&self.client, &*self.seen);
        let Seen { head, from, .. } = *seen;
        let settled = (head.number + 1).saturating_sub(from + DEPTH) >= STEP;
        let settled = settled.then(|| head.number - DEPTH);
        let again = async {
            match seen.guessed {
                true => client.tip(&seen.known, from, Some(head.number)).await.map(|logs| logs == seen.tip),
                false => Ok(true),
            }
        };
        let anchor = async {
            match settled {
                Some(number) => client.block(number).await,
                None => Ok(None),
            }
        };
        let agrees = async {
            match settled.is_some() || !seen.known.agrees {
                true => client.agrees(&self.registry).await,
                false => Ok(true),
            }
        };
        let (now, same, anchor, agrees) = try_join!(client.block(head.number), again, anchor, agrees)?;
        if !same || now.is_none_or(|now| now.hash != head.hash) {
            tracing::debug!(block = head.number, "the chain has other events by now");
            return Ok(Verdict::Moved);
        }
        if !agrees {
            tracing::warn!(block = head.number, "the events differ from the contract, reading them again");
            client.index().forget();
            return Ok(Verdict::Differs);
        }
        // What cannot be kept is read again the next time.
        let _ = self.keep(anchor);
        Ok(Verdict::Holds)
    }

    fn keep(&self, anchor: Option<Header>) -> Result<(), Forgotten> {
        let (store, seen) = (&self.client.index().store, &self.seen);
        let generation = seen.known.generation;
        if let Some(Header { number, hash, .. }) = anchor {
            let end = seen.tip.partition_point(|log| log.block_number.is_some_and(|block| block <= number));
            store.insert(generation, seen.from, number, &seen.tip[..end])?;
            store.set_anchor(generation, Block { number, hash })?;
            return store.set_agrees(generation);
        }
        match seen.known.anchor.is_some() && !seen.known.agrees {
            true => store.set_agrees(generation),
            false => Ok(()),
        }
    }
}

/// Fails where an event cannot be read: another endpoint may give the right one, so such a one is never kept.
fn check_all(logs: &[Log]) -> Result<(), ChainError> {
    for log in logs {
        if let Some((_, check)) = KINDS.iter().find(|(kind, _)| log.topics().first() == Some(kind)) {
            check(log)?;
        }
    }
    Ok(())
}

impl Client {
    /// The newest block with the nodes, for a caller that confirms it while it reads on.
    pub async fn look(&self) -> Result<Look, ChainError> {
        for _ in 0..LOOKS {
            match Box::pin(self.look_once()).await {
                Ok(look) => return Ok(look),
                Err(Again::Forgotten) => self.index().set_seen(None),
                Err(Again::Chain(error)) => return Err(error),
            }
        }
        Err(ChainError::Reorganised)
    }

    /// The nodes as of the newest block.
    pub async fn registry(&self) -> Result<Arc<Registry>, ChainError> {
        let mut differs = false;
        for _ in 0..LOOKS {
            let look = self.look().await?;
            match Box::pin(look.verdict()).await? {
                Verdict::Holds => return Ok(look.registry),
                Verdict::Moved => {}
                // What was read again differs as well.
                Verdict::Differs if differs => {
                    let Registry { block, block_hash: hash, .. } = *look.registry;
                    return Err(ChainError::Inconsistent { block, hash });
                }
                Verdict::Differs => differs = true,
            }
        }
        Err(ChainError::Reorganised)
    }

    /// Asks for everything that can be asked for at once.
    pub(super) async fn glance(&self) -> Glance {
        let known = self.index().store.known();
        let block = async |block: Option<Block>| match block {
            Some(block) => self.block(block.number).await,
            None => Ok(None),
        };
        let logs = async {
            let anchor = known.anchor?;
            let complete =
                self.index().store.gaps(self.network().deployed_at, anchor.number).is_ok_and(|gaps| gaps.is_empty());
            // An endpoint that answers fewer blocks than are read each time is asked in the end, in as many requests as it takes.
            match complete && known.width >= DEPTH + STEP {
                true => Some(self.tip(&known, anchor.number + 1, None).await),
                false => None,
            }
        };
        let (head, checked, anchor, logs) = join!(self.head(), block(known.checked), block(known.anchor), logs);
        Glance { at: Instant::now(), known, head, checked, anchor, logs }
    }

    /// Events of the blocks from `from` on, in one request.
    async fn tip(&self, known: &Known, from: u64, last: Option<u64>) -> Result<Vec<Log>, ChainError> {
        if last.is_some_and(|last| last < from) {
            return Ok(vec![]);
        }
        let filter = self.kept(known).from_block(from);
        let filter = match last {
            Some(last) => filter.to_block(last),
            None => filter,
        };
        let mut logs: Vec<Log> = self.request("eth_getLogs", json!([filter])).await?;
        self.check_range(&logs, from, last.unwrap_or(u64::MAX))?;
        sort(&mut logs);
        Ok(logs)
    }

    /// The events that are kept.
    fn kept(&self, known: &Known) -> Filter {
        let network = self.network();
        let contracts = [Some(network.staking), Some(network.settlement), network.court, known.jurors];
        Filter::new()
            .address(contracts.into_iter().flatten().collect::<Vec<_>>())
            .event_signature(KINDS.map(|(kind, _)| kind).to_vec())
    }

    async fn look_once(&self) -> Result<Look, Again> {
        let index = self.index();
        let fresh = self.take_glance().filter(|glance| glance.at.elapsed() < FRESH);
        let glance = match fresh.filter(|glance| glance.known == index.store.known()) {
            Some(glance) => glance,
            None => Box::pin(self.glance()).await,
        };
        let head = glance.head?;
        let mut known = glance.known;
        if let Some(anchor) = known.anchor {
            let checked = glance.checked?;
            let is_same = |block: Block, header: Option<Header>| header.is_some_and(|header| header.hash == block.hash);
            let is_behind = head.number < anchor.number && known.checked.is_some_and(|block| is_same(block, checked));
            if !is_same(anchor, glance.anchor?) && !is_behind {
                tracing::debug!(block = anchor.number, "the chain has another block there, reading its events again");
                index.forget();
                return Err(Again::Forgotten);
            }
        }
        let first = |known: &Known| known.anchor.map_or(self.network().deployed_at, |anchor| anchor.number + 1);
        let (tip, guessed) = match glance.logs {
            Some(Ok(mut logs)) => {
                logs.retain(|log| log.block_number <= Some(head.number));
                (logs, true)
            }
            _ => {
                known = self.settle(known, &head).await?;
                (self.logs_in_range(&self.kept(&known), first(&known), head.number).await?, false)
            }
        };
        check_all(&tip)?;
        let seen = Arc::new(Seen { known, head, from: first(&known), tip, guessed });
        let registry = Arc::new(self.registry_of(&seen)?);
        index.set_seen(Some(seen.clone()));
        Ok(Look { client: self.clone(), seen, registry })
    }

    /// Stores the events of settled blocks, where there are more than one range of them or some are missing. What is stored counts,
    /// however this ends.
    async fn settle(&self, known: Known, head: &Header) -> Result<Known, Again> {
        let (store, first) = (&self.index().store, self.network().deployed_at);
        let from = known.anchor.map_or(first, |anchor| anchor.number + 1);
        let missing = match known.anchor {
            Some(anchor) => store.gaps(first, anchor.number)?,
            None => vec![],
        };
        let is_far = (head.number + 1).saturating_sub(from) > known.width.max(DEPTH + STEP);
        let last = head.number.saturating_sub(DEPTH);
        if (missing.is_empty() && !is_far) || last < first {
            return Ok(known);
        }
        let anchor = match known.anchor {
            Some(anchor) if !is_far || anchor.number >= last => anchor,
            _ => {
                let Header { number, hash, .. } = self.block(last).await?.ok_or(ChainError::Reorganised)?;
                let anchor = Block { number, hash };
                store.set_anchor(known.generation, anchor)?;
                anchor
            }
        };
        let gaps = store.gaps(first, anchor.number)?;
        let total: u64 = gaps.iter().map(|(first, last)| last - first + 1).sum();
        let (mut done, mut width) = (0, Width::new(known.width));
        let mut forgotten = false;
        self.say_reading(0, total);
        let filter = self.kept(&known);
        let read = self.read_ranges(&filter, gaps, &mut width, |first, last, logs| {
            check_all(&logs)?;
            if store.insert(known.generation, first, last, &logs).is_err() {
                forgotten = true;
                return Err(ChainError::Reorganised);
            }
            done += last - first + 1;
            self.say_reading(done, total);
            Ok(())
        });
        let read = read.await;
        if !forgotten {
            store.set_width(known.generation, width.blocks())?;
        }
        match (forgotten, read) {
            (true, _) => Err(Again::Forgotten),
            (false, Err(error)) => Err(error.into()),
            (false, Ok(())) => Ok(Known { anchor: Some(anchor), agrees: false, width: width.blocks(), ..known }),
        }
    }

    fn say_reading(&self, done: u64, total: u64) {
        if let Some(watcher) = self.rpc().watcher() {
            watcher.notice(&Notice::Reading { done, total });
        }
    }

    fn registry_of(&self, seen: &Seen) -> Result<Registry, Again> {
        let Header { number, hash, timestamp, .. } = seen.head;
        let mut registry =
            Registry { block: number, block_hash: hash, block_timestamp: timestamp, ..Registry::default() };
        let first = self.network().deployed_at;
        if let Some(anchor) = seen.known.anchor {
            let newest = self.index().store.newest(&Change::TOPICS, first, anchor.number.min(number))?;
            registry.apply_all(&newest)?;
        }
        let staking = self.network().staking;
        registry.apply_all(seen.tip.iter().filter(|log| log.address() == staking))?;
        Ok(registry)
    }
}
