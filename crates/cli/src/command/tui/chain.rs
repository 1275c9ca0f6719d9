//! What the dashboard shows of an owner of stake, by the chain alone: everything is read as of one block, at each new one.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, B256, Cai, Untrusted,
    chain::{Client, Header, Registry, decode_event},
    contract::{
        CAIToken, Role,
        Staking::{Released, Voted},
    },
    status::{
        ChainInfo, EventRow, HoldingRow, HoldingState, Level, MOST_EVENTS, NodeInfo, NodeRow, Publisher,
        SCHEMA_VERSION, Snapshot, Stake, TaskCounts, Topic, events_between,
    },
    task::Millis,
};
use cuckoo_tui::News;
use futures::{future::try_join_all, try_join};
use tokio::sync::watch;

use crate::{
    account::{
        earlier_keys::with_earlier_keys,
        escrow::{Payments, read_payments},
        losses::{Share, read_record, read_shares},
        node_reference::at_newest_block,
        stake::{Holdings, read_holdings},
        standing::read_standings,
    },
    command::dispute::read_cases,
    context::Context,
    host::clock,
    terminal::Result,
};

/// The least and the greatest time between two looks at the chain.
const PACE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(12));
/// The time after which the chain is asked again where it did not answer.
const PAUSE: Duration = Duration::from_secs(3);
/// At most this many movements of the past are shown.
const MOVEMENTS: usize = 100;

/// Follows what an address has, and says what it finds, for as long as this is polled.
pub(super) async fn follow(context: &Context, owner: Address, news: &watch::Sender<News>) {
    let started_at = clock::now();
    let mut follower = None;
    loop {
        let found = match &follower {
            None => Follower::connect(context, owner, started_at).await.map(|new| follower = Some(new)),
            Some(_) => Ok(()),
        };
        let found = match (found, &mut follower) {
            (Ok(()), Some(follower)) => follower.look().await,
            (Err(error), _) => Err(error),
            (Ok(()), None) => continue,
        };
        let pause = match (&found, &follower) {
            (Ok(_), Some(follower)) => follower.pace(),
            _ => PAUSE,
        };
        news.send_replace(Some(found.map_err(|error| error.to_string())));
        tokio::time::sleep(pause).await;
    }
}

/// What was read last.
struct Follower {
    client: Client,
    owner: Address,
    started_at: Millis,
    seen: Option<(B256, Arc<Snapshot>)>,
    /// What happened while this was looking.
    happened: Vec<EventRow>,
    /// The times of blocks, which endpoints need not say with an event.
    times: BTreeMap<u64, u64>,
    generation: u64,
}

impl Follower {
    async fn connect(context: &Context, owner: Address, started_at: Millis) -> Result<Self> {
        let client = context.connect_quietly(&context.network()?).await?;
        let (seen, happened, times) = (None, vec![], BTreeMap::new());
        Ok(Self { client, owner, started_at, seen, happened, times, generation: 0 })
    }

    fn pace(&self) -> Duration {
        Duration::from_millis(self.client.network().block_time_ms).clamp(PACE.0, PACE.1)
    }

    /// Reads everything where there is a new block.
    async fn look(&mut self) -> Result<Arc<Snapshot>> {
        let Header { hash, .. } = self.client.head().await?;
        if let Some((_, same)) = self.seen.as_ref().filter(|(seen, _)| *seen == hash) {
            return Ok(same.clone());
        }
        let owner = self.owner;
        let found = at_newest_block(&self.client, async |client, registry| {
            let found = read(client, owner, registry).await?;
            Ok((registry.block_hash, found))
        });
        let (hash, Found { mut snapshot, moves }) = found.await?;
        let past = self.movements(moves).await?;
        if let Some((_, before)) = &self.seen {
            let happened = events_between(before, &snapshot);
            self.happened.extend(happened);
        }
        let mut events: Vec<_> = past.into_iter().chain(self.happened.iter().cloned()).collect();
        events.sort_by_key(|event| event.at);
        events.drain(..events.len().saturating_sub(MOST_EVENTS));
        self.generation += 1;
        snapshot.generation = self.generation;
        snapshot.node.started_at = self.started_at;
        snapshot.events = events;
        let snapshot = Arc::new(snapshot);
        self.seen = Some((hash, snapshot.clone()));
        Ok(snapshot)
    }

    /// Movements of the past as events.
    async fn movements(&mut self, moves: Vec<Move>) -> Result<Vec<EventRow>> {
        let newest = moves.len().saturating_sub(MOVEMENTS);
        let mut events = vec![];
        for (place, moved) in moves.into_iter().enumerate().skip(newest) {
            let time = match (moved.time, self.times.get(&moved.block)) {
                (Some(time), _) => Some(time),
                (None, Some(time)) => Some(*time),
                (None, None) => {
                    let time = self.client.block(moved.block).await?.map(|block| block.timestamp);
                    self.times.extend(time.map(|time| (moved.block, time)));
                    time
                }
            };
            // The chain has taken the block back, and the movement with it.
            let Some(time) = time else { continue };
            events.push(EventRow {
                id: format!("{}-{place}", moved.block),
                at: time.saturating_mul(1_000),
                level: Level::Info,
                topic: Topic::Money,
                subject: moved.node.to_string(),
                words: Untrusted::new(moved.words),
            });
        }
        Ok(events)
    }
}

/// What one look at the chain finds.
struct Found {
    snapshot: Snapshot,
    moves: Vec<Move>,
}

/// Stake that was put behind a node, or that came back from it.
struct Move {
    block: u64,
    /// Seconds since the Unix epoch, where the endpoint says.
    time: Option<u64>,
    node: Address,
    words: String,
}

/// Reads everything as of the registry's block.
async fn read(client: &Client, owner: Address, registry: &Registry) -> Result<Found> {
    let (network, block) = (client.network(), registry.block_hash);
    let of_all_keys = with_earlier_keys(client, registry.clone()).await?;
    let record = &read_record(client, registry).await?;
    let coin = async { Ok(client.native_balance_at_block(owner, block).await?) };
    let call = CAIToken::balanceOfCall { account: owner };
    let liquid = async { Ok(client.read_at_block(network.cai, &call, block).await?) };
    let roles = [Role::Miner, Role::Coordinator];
    let standings = try_join_all(roles.map(|role| read_standings(client, registry, record, role)));
    let (coin, liquid, holdings, payments, lost, standings, cases, moves) = try_join!(
        coin,
        liquid,
        read_holdings(client, owner, &of_all_keys),
        read_payments(client, owner, &of_all_keys),
        read_shares(client, owner, registry, record),
        standings,
        read_cases(client, owner, registry),
        read_moves(client, owner, registry),
    )?;
    let liquid = Cai::from_base_units(liquid);
    let total = [liquid, holdings.total(), payments.total()].into_iter().sum();
    let mine: BTreeMap<_, _> = holdings.staked.iter().map(|position| (position.node, position.amount)).collect();
    let mut nodes: Vec<_> = standings
        .iter()
        .flatten()
        .map(|standing| {
            let mine = mine.get(&standing.node.address).copied().unwrap_or_default();
            NodeRow { share_ppm: standing.share_ppm, pay: Some(standing.pay(mine)), ..node_row(&standing.node) }
        })
        .collect();
    nodes.sort_by_key(|node| std::cmp::Reverse(node.weight));
    let now = registry.block_timestamp;
    let snapshot = Snapshot {
        schema_version: SCHEMA_VERSION,
        generation: 0,
        taken_at: clock::now(),
        node: NodeInfo {
            role: Publisher::Staker,
            address: owner,
            name: Untrusted::default(),
            version: env!("CARGO_PKG_VERSION").into(),
            started_at: 0,
            draining: false,
            problem: None,
            complaints: vec![],
        },
        chain: ChainInfo {
            network: network.name.clone(),
            chain_id: network.chain_id,
            block: registry.block,
            block_at: now.saturating_mul(1_000),
            epoch: network.epoch_of(now),
            epoch_seconds: network.epoch_seconds,
            problem: None,
        },
        nodes,
        tasks: TaskCounts::default(),
        recent: vec![],
        cases,
        money: None,
        stake: Some(Box::new(Stake { total, coin, rows: rows(liquid, &holdings, &payments, &lost) })),
        group: vec![],
        events: vec![],
        logs: vec![],
        journal: None,
        history: None,
    };
    Ok(Found { snapshot, moves })
}

/// A node without what only its own coordinator or miner knows.
fn node_row(node: &cuckoo_protocol::chain::Node) -> NodeRow {
    NodeRow {
        address: node.address,
        owner: node.owner,
        name: node.name.clone(),
        role: node.role,
        active: node.active,
        self_stake: node.self_stake,
        weight: node.weight.into(),
        share_ppm: 0,
        live: false,
        running: 0,
        done: 0,
        lost: 0,
        models: vec![],
        devices: vec![],
        audits: None,
        condition: None,
        quality: None,
        since: None,
        pay: None,
    }
}

/// One row for each state and node; what has nothing in it is left out.
fn rows(liquid: Cai, holdings: &Holdings, payments: &Payments, lost: &[Share]) -> Vec<HoldingRow> {
    let mut rows = vec![];
    let mut row = |state: HoldingState, amount: Cai, node: Option<Address>, name: Untrusted, until: Option<u64>| {
        if amount.is_zero() {
            return;
        }
        let key = node.map_or_else(String::new, |node| format!("{node:#x}"));
        let id = format!("{state:?} {key} {}", until.unwrap_or_default());
        let until = until.map(|until| until.saturating_mul(1_000));
        rows.push(HoldingRow { id, state, amount, node, name, until });
    };
    row(HoldingState::Liquid, liquid, None, "in the wallet".into(), None);
    row(HoldingState::Free, holdings.free, None, "behind no node".into(), None);
    for position in &holdings.staked {
        let state = if position.own { HoldingState::Own } else { HoldingState::Vote };
        row(state, position.amount, Some(position.node), position.name.clone(), None);
    }
    for part in &holdings.unbonding {
        let state = if part.available { HoldingState::Releasable } else { HoldingState::Unbonding };
        row(state, part.amount, Some(part.node), part.name.clone(), Some(part.at));
    }
    for reward in &holdings.rewards {
        row(HoldingState::Rewards, reward.amount, Some(reward.node), reward.name.clone(), None);
    }
    for escrow in &payments.escrow {
        let (node, name) = (Some(escrow.coordinator), || escrow.name.clone());
        row(HoldingState::Escrow, escrow.staying(), node, name(), None);
        let state = if escrow.available { HoldingState::Thawed } else { HoldingState::Thawing };
        row(state, escrow.thawing, node, name(), escrow.at);
    }
    for credit in &payments.credit {
        let is_ready = credit.coordinator.is_none() || credit.available;
        let state = if is_ready { HoldingState::Credit } else { HoldingState::Settled };
        let name = match credit.coordinator {
            Some(_) => Untrusted::new(format!("{} at {}", credit.miner_name.raw(), credit.coordinator_name.raw())),
            None => credit.miner_name.clone(),
        };
        row(state, credit.amount, credit.coordinator.or(Some(credit.miner)), name, credit.at);
    }
    for bond in &payments.bonds {
        let state = if bond.withdrawable { HoldingState::BondFree } else { HoldingState::Bond };
        row(state, bond.amount, Some(bond.accused), Untrusted::new(format!("dispute {}", bond.dispute)), None);
    }
    for share in lost {
        let name = format!("{}: {}", share.loss.name.raw(), share.loss.cause.words());
        row(HoldingState::Lost, share.amount, Some(share.loss.node), Untrusted::new(name), share.loss.time);
    }
    rows
}

/// What an address ever put behind nodes and got back from them, oldest first.
async fn read_moves(client: &Client, owner: Address, registry: &Registry) -> Result<Vec<Move>> {
    let kinds = vec![Voted::SIGNATURE_HASH, Released::SIGNATURE_HASH];
    let filter = Filter::new().address(client.network().staking).event_signature(kinds).topic1(owner.into_word());
    let mut moves = vec![];
    for log in client.history_until(filter, registry.block).await? {
        let (node, amount, words) = match log.topic0() {
            Some(&Voted::SIGNATURE_HASH) => {
                decode_event::<Voted>(&log).map(|event| (event.node, event.amount, "put behind"))?
            }
            _ => decode_event::<Released>(&log).map(|event| (event.node, event.amount, "came back from"))?,
        };
        let name = registry.node(&node).map(|node| node.name.raw().to_owned()).filter(|name| !name.trim().is_empty());
        let name = name.unwrap_or_else(|| node.to_string());
        let words = format!("{} {words} {name}", Cai::from_base_units(amount));
        // What is in no block yet has not moved anything.
        if let Some(block) = log.block_number {
            moves.push(Move { block, time: log.block_timestamp, node, words });
        }
    }
    Ok(moves)
}
