//! `cuckoo vote leaderboard`: every node by weight, with what it earns, and what its stakers have lost by it.

use cuckoo_protocol::{
    Address, Cai, Untrusted,
    amount::DECIMALS,
    chain::{Client, Registry},
    contract::Role,
};
use futures::future::try_join_all;
use serde::Serialize;

use crate::{
    account::{
        losses::{Record, Verdicts, read_record},
        node_reference::at_newest_block,
        standing::{Standing, read_standings},
    },
    args::Percent,
    context::Context,
    host::clock::moment,
    terminal::{Cell, Result, Table, Text},
};

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
    let standings = read_standings(client, registry, record, role).await?;
    let row = |(place, standing): (usize, Standing)| {
        let Standing { node, commission, .. } = standing;
        LeaderboardRow {
            rank: place + 1,
            name: node.name,
            node: node.address,
            owner: node.owner,
            role,
            active: node.active,
            idle: standing.idle,
            self_stake: node.self_stake,
            weight: node.weight.into(),
            votes_beyond: standing.beyond,
            share_ppm: standing.share_ppm,
            commission_bps: commission.now.0,
            next_commission_bps: commission.next.map(|(next, _)| next.0),
            next_commission_at: commission.next.map(|(_, at)| moment(at)),
            reward_per_day: standing.per_day,
            slashed: standing.slashed,
            charged: standing.charged,
            slashed_at: standing.slashed_at,
            disputes: standing.disputes,
            introduction: node.introduction,
            endpoint: node.endpoint,
            decimals: DECIMALS,
        }
    };
    Ok(standings.into_iter().enumerate().map(row).collect())
}
