//! The made-up network as an owner of stake sees it by the chain alone: what it has in which state, and what nodes pay.

use cuckoo_protocol::{
    Address, B256, Cai, U256,
    status::{
        CasePart, CaseRow, CaseStage, HoldingRow, HoldingState, NextCommission, Pay, Publisher, Snapshot, Stake,
        TaskCounts,
    },
};

use super::network::SECOND;

/// The owner of the stake.
const OWNER: Address = Address::repeat_byte(0x28);

/// Each node's name, its commission in hundredths of a percent, and the owner's stake behind it in whole CAI.
const BEHIND: [(&str, u16, u64); 5] =
    [("dunnock", 500, 25_000), ("robin", 500, 15_000), ("wagtail", 200, 0), ("sedge", 1_000, 0), ("warbler", 1_000, 0)];

/// The node whose commission rises, to how much, and in how many seconds.
const RISES: (&str, u16, u64) = ("robin", 1_200, 10 * 86_400);

/// What the chain alone says while coordinators see `snapshot`.
pub(super) fn seen(snapshot: &Snapshot) -> Snapshot {
    let mut seen = snapshot.clone();
    let now = seen.chain.block_at;
    seen.node.role = Publisher::Staker;
    seen.node.address = OWNER;
    seen.node.name = Default::default();
    (seen.tasks, seen.recent, seen.money) = (TaskCounts::default(), vec![], None);
    seen.journal = None;
    for node in &mut seen.nodes {
        (node.live, node.running, node.done, node.lost) = (false, 0, 0, 0);
        (node.models, node.devices) = (vec![], vec![]);
        (node.condition, node.quality, node.audits) = (None, None, None);
        let known = BEHIND.iter().find(|(name, ..)| *name == node.name.raw());
        let (commission_bps, mine) = known.map_or((700, 0), |(_, commission, mine)| (*commission, *mine));
        let idle = node.name.raw() == "whinchat";
        let weight = node.weight.base_units();
        let earns = if idle || !node.active { U256::ZERO } else { weight / U256::from(2_500) };
        let rises = node.name.raw() == RISES.0;
        node.pay = Some(Pay {
            commission_bps,
            next_commission: rises.then_some(NextCommission { bps: RISES.1, at: now + RISES.2 * SECOND }),
            per_day: Cai::from_base_units(earns),
            idle,
            mine: Cai::from_whole(mine),
            slashed: Cai::from_whole(if node.name.raw() == "sedge" { 7_000 } else { 0 }),
            ..Pay::default()
        });
    }
    let address = |name: &str| seen.nodes.iter().find(|node| node.name.raw() == name).map(|node| node.address);
    let row = |state, hundredths: u64, name: &str, until: Option<u64>| HoldingRow {
        id: format!("{state:?} {name}"),
        state,
        amount: Cai::from(u128::from(hundredths) * 10_000_000_000_000_000),
        node: address(name),
        name: name.into(),
        until,
    };
    let ends = 13 * 86_400 + 19 * 3_600;
    let rows = vec![
        row(HoldingState::Liquid, 120_400, "in the wallet", None),
        row(HoldingState::Free, 500_000, "behind no node", None),
        row(HoldingState::Vote, 2_500_000, "dunnock", None),
        row(HoldingState::Vote, 1_500_000, "robin", None),
        row(HoldingState::Unbonding, 1_000_000, "sedge", Some(now + ends * SECOND)),
        row(HoldingState::Releasable, 12_000, "brambling", Some(now - 60 * SECOND)),
        row(HoldingState::Rewards, 4_120, "dunnock", None),
        row(HoldingState::Rewards, 2_560, "robin", None),
        row(HoldingState::Lost, 1_200, "sedge", Some(now - 18 * 86_400 * SECOND)),
    ];
    let total = rows.iter().filter(|row| row.state != HoldingState::Lost).map(|row| row.amount).sum();
    let accused = address("wagtail").unwrap_or_default();
    seen.cases = vec![CaseRow {
        id: B256::repeat_byte(9),
        accused,
        part: CasePart::Juror,
        stage: CaseStage::Committing,
        until: Some(now + (2 * 86_400 + 4 * 3_600) * SECOND),
        taken: Cai::ZERO,
    }];
    seen.stake = Some(Box::new(Stake { total, coin: U256::from(410_000_000_000_000_000u64), rows }));
    seen
}
