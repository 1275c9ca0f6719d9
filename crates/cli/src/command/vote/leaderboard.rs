//! `cuckoo vote leaderboard`: every node by weight, with what it earns, and what its stakers have lost by it.

use cuckoo_protocol::{
    Address, Cai, U256, Untrusted,
    amount::DECIMALS,
    chain::{Client, Registry},
    contract::{Role, Staking},
};
use futures::{future::try_join_all, try_join};
use serde::Serialize;

use crate::{
    account::{
        commission::Commission,
        losses::{Record, Verdicts, read_record},
        node_reference::at_newest_block,
    },
    args::Percent,
    context::Context,
    host::clock::moment,
    terminal::{Cell, Result, Table, Text},
};

/// The seconds of a day.
const DAY: u64 = 24 * 3_600;

#[derive(Clone, Serialize)]
struct LeaderboardRow {
    rank: usize,
    name: Untrusted,
    node: Address,
    owner: Address,
    role: Role,
    active: bool,
    /// Nobody has paid the node lately, so that it and its voters earn nothing until somebody does.
    idle: bool,
    self_stake: Cai,
    weight: Cai,
    /// Votes that exceed, together with the node's own stake, ten times that stake: they count for nothing.
    votes_beyond: Cai,
    /// The node's share of its role's weight, in millionths.
    share_ppm: u32,
    /// The part of the node's earnings that its owner gets, in hundredths of a percent.
    commission_bps: u16,
    /// The commission that was announced to follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_commission_bps: Option<u16>,
    /// When the announced commission takes effect (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    next_commission_at: Option<String>,
    /// What the node earns in a day before commission, at the present weights and rate.
    reward_per_day: Cai,
    /// What slashes have ever taken from everybody with stake behind the node, its owner included.
    slashed: Cai,
    /// What charges have ever taken from its owner alone.
    charged: Cai,
    /// When the last slash or charge was (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    slashed_at: Option<String>,
    /// Disputes against the node, by how they ended.
    disputes: Verdicts,
    introduction: Untrusted,
    endpoint: Untrusted,
    decimals: usize,
}

/// `vote leaderboard`.
pub(super) async fn run(only: Option<Role>, limit: Option<u32>, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let roles = [Role::Miner, Role::Coordinator].into_iter().filter(|role| only.is_none_or(|only| only == *role));
    let roles: Vec<_> = roles.collect();
    let found = at_newest_block(&client, async |client, registry| {
        let record = &read_record(client, registry).await?;
        try_join_all(roles.iter().map(|role| rows(client, registry, record, *role))).await
    });
    let mut found = found.await?;
    if let Some(limit) = limit {
        found.iter_mut().for_each(|rows| rows.truncate(limit as usize));
    }
    let found = found.concat();
    if found.is_empty() {
        context.printer.say("No node is registered");
    }
    context.printer.result(&found, || Text::Table(table(&found)))
}

fn table(rows: &[LeaderboardRow]) -> Table {
    let mut table = Table::new([
        "rank",
        "name",
        "node",
        "weight",
        "share %",
        "own stake",
        "commission %",
        "reward/day",
        "role",
        "state",
        "slashed",
        "disputes",
        "introduction",
    ]);
    for row in rows {
        let now = Percent(row.commission_bps);
        let commission = match row.next_commission_bps {
            Some(next) => format!("{now} (soon {})", Percent(next)),
            None => now.to_string(),
        };
        let state = match (row.active, row.idle) {
            (false, _) => "inactive",
            (true, true) => "idle",
            (true, false) => "active",
        };
        table.row([
            Cell::number(row.rank),
            Cell::text(&row.name),
            Cell::text(row.node),
            Cell::amount(row.weight),
            Cell::number(format_args!("{}.{:02}", row.share_ppm / 10_000, row.share_ppm / 100 % 100)),
            Cell::amount(row.self_stake),
            Cell::both(commission, now),
            Cell::estimate(row.reward_per_day),
            Cell::text(row.role.as_str()),
            Cell::text(state),
            Cell::amount(row.slashed),
            Cell::text(row.disputes.words()),
            Cell::text(&row.introduction),
        ]);
    }
    table
}

/// Reads the nodes of a role by weight, as of the registry's block.
async fn rows(client: &Client, registry: &Registry, record: &Record, role: Role) -> Result<Vec<LeaderboardRow>> {
    let (staking, block) = (client.network().staking, registry.block_hash);
    let nodes = registry.by_weight(role);
    let stream = Staking::streamOfCall { role: role as u8 };
    let commissions = nodes.iter().map(|node| Staking::commissionOfCall { node: node.address });
    let views = nodes.iter().map(|node| Staking::nodeViewCall { node: node.address });
    let beyond = nodes.iter().map(|node| Staking::votesBeyondCall { node: node.address });
    let (stream, commissions, views, beyond) = try_join!(
        client.read_at_block(staking, &stream, block),
        client.read_all_at_block(staking, commissions, block),
        client.read_all_at_block(staking, views, block),
        client.read_all_at_block(staking, beyond, block)
    )?;
    let per_day = match stream.end > registry.block_timestamp {
        true => stream.rate.saturating_mul(U256::from(DAY)),
        false => U256::ZERO,
    };
    let total: u128 = nodes.iter().map(|node| node.weight).sum();
    let earning: u128 = nodes.iter().zip(&views).filter(|(_, view)| !view.idle).map(|(node, _)| node.weight).sum();
    let part = |amount: U256, weight: u128, total: u128| {
        amount.saturating_mul(U256::from(weight)).checked_div(U256::from(total)).unwrap_or_default()
    };
    let mut rows = vec![];
    for (((node, commission), view), beyond) in nodes.into_iter().zip(commissions).zip(views).zip(beyond) {
        let commission = Commission::from(commission);
        let earns = if view.idle { 0 } else { node.weight };
        rows.push(LeaderboardRow {
            rank: rows.len() + 1,
            name: node.name.clone(),
            node: node.address,
            owner: node.owner,
            role,
            active: node.active,
            idle: view.idle,
            self_stake: node.self_stake,
            weight: node.weight.into(),
            votes_beyond: Cai::from_base_units(beyond),
            share_ppm: part(U256::from(1_000_000), node.weight, total).saturating_to(),
            commission_bps: commission.now.0,
            next_commission_bps: commission.next.map(|(next, _)| next.0),
            next_commission_at: commission.next.map(|(_, at)| moment(at)),
            reward_per_day: Cai::from_base_units(part(per_day, earns, earning)),
            slashed: record.of(node.address).filter(|loss| loss.is_slash()).map(|loss| loss.taken).sum(),
            charged: record.of(node.address).filter(|loss| !loss.is_slash()).map(|loss| loss.taken).sum(),
            slashed_at: record.of(node.address).last().map(|loss| loss.at.clone()),
            disputes: record.cases(node.address),
            introduction: node.introduction.clone(),
            endpoint: node.endpoint.clone(),
            decimals: DECIMALS,
        });
    }
    Ok(rows)
}
