//! What each node pays to those who have stake behind it, as of one block, and what speaks against it.

use cuckoo_protocol::{
    Cai, U256,
    chain::{Client, Node, Registry},
    contract::{Role, Staking},
    status::{NextCommission, Pay},
};
use futures::try_join;

use super::{
    commission::Commission,
    losses::{Record, Verdicts},
};
use crate::terminal::Result;

/// The seconds of a day.
const DAY: u64 = 24 * 3_600;

/// One node among those of its role.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The node.
    pub node: Node,
    /// Its share of its role's weight, in millionths.
    pub share_ppm: u32,
    /// The part of its earnings that its owner gets.
    pub commission: Commission,
    /// What it earns in a day before commission, at the present weights and rate.
    pub per_day: Cai,
    /// Nobody has paid it lately, so that it and its voters earn nothing until somebody does.
    pub idle: bool,
    /// Votes that exceed, together with its own stake, ten times that stake: they count for nothing.
    pub beyond: Cai,
    /// What slashes have ever taken from everybody with stake behind it, its owner included.
    pub slashed: Cai,
    /// What charges have ever taken from its owner alone.
    pub charged: Cai,
    /// When the last slash or charge was (RFC 3339).
    pub slashed_at: Option<String>,
    /// Disputes against it, by how they ended.
    pub disputes: Verdicts,
}

impl Standing {
    /// The same for a dashboard, with the reader's own stake behind the node.
    pub fn pay(&self, mine: Cai) -> Pay {
        let next = self.commission.next.map(|(next, at)| NextCommission { bps: next.0, at: at.saturating_mul(1_000) });
        let disputes = if self.disputes == Verdicts::default() { String::new() } else { self.disputes.words() };
        Pay {
            commission_bps: self.commission.now.0,
            next_commission: next,
            per_day: self.per_day,
            idle: self.idle,
            beyond: self.beyond,
            mine,
            slashed: self.slashed,
            disputes: disputes.into(),
        }
    }
}

/// Reads the nodes of a role by weight, as of the registry's block.
pub async fn read_standings(
    client: &Client,
    registry: &Registry,
    record: &Record,
    role: Role,
) -> Result<Vec<Standing>> {
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
    let found = nodes.into_iter().zip(commissions).zip(views).zip(beyond);
    let standing = |(((node, commission), view), beyond): (((&Node, _), Staking::NodeView), U256)| {
        let earns = if view.idle { 0 } else { node.weight };
        let losses = || record.of(node.address);
        Standing {
            node: node.clone(),
            share_ppm: part(U256::from(1_000_000), node.weight, total).saturating_to(),
            commission: Commission::from(commission),
            per_day: Cai::from_base_units(part(per_day, earns, earning)),
            idle: view.idle,
            beyond: Cai::from_base_units(beyond),
            slashed: losses().filter(|loss| loss.is_slash()).map(|loss| loss.taken).sum(),
            charged: losses().filter(|loss| !loss.is_slash()).map(|loss| loss.taken).sum(),
            slashed_at: losses().last().map(|loss| loss.at.clone()),
            disputes: record.cases(node.address),
        }
    };
    Ok(found.map(standing).collect())
}
