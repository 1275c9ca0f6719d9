//! The made-up network as one of its miners sees it: its own tasks, its own devices, and coordinators that owe it money.

use cuckoo_protocol::{
    Address, Cai,
    contract::Role,
    status::{AccountRow, Condition, ConditionKind, Money, Publisher, Snapshot, TaskCounts, TaskRow},
    task::Stage,
};

/// What the miner at `own` shows while its coordinators see `snapshot`.
pub(super) fn seen(snapshot: &Snapshot, own: Address) -> Snapshot {
    let mut seen = snapshot.clone();
    seen.journal = None;
    let publisher = snapshot.node.address;
    let is_own = |task: &&TaskRow| task.miner == Some(own);
    seen.recent = snapshot.recent.iter().filter(is_own).cloned().collect();
    for task in &mut seen.recent {
        (task.coordinator, task.client) = (Some(publisher), None);
        task.accepted_at = task.leased_at.unwrap_or(task.accepted_at);
    }
    let count = |wanted: fn(&TaskRow) -> bool| seen.recent.iter().filter(|task| wanted(task)).count() as u64;
    seen.tasks = TaskCounts {
        running: count(|task| task.ended_at.is_none()),
        done: count(|task| task.state == Stage::Done),
        completion_tokens: seen.recent.iter().map(|task| u64::from(task.completion_tokens)).sum(),
        ..TaskCounts::default()
    };
    let account = snapshot.money.iter().flat_map(|money| &money.accounts).find(|account| account.node == own);
    let total = account.map(|account| account.total).unwrap_or_default();
    let late = Cai::from_whole(41);
    let mut accounts = vec![];
    let coordinators: Vec<_> =
        seen.nodes.iter().filter(|node| node.role == Role::Coordinator).map(|node| node.address).collect();
    for (place, node) in coordinators.into_iter().enumerate() {
        let is_late = place > 0;
        accounts.push(AccountRow {
            node,
            total: if is_late { late } else { total },
            vouchered: account.filter(|_| !is_late).map(|account| account.vouchered).unwrap_or_default(),
            settled: Some(Cai::ZERO),
            escrow: Some(Cai::from_whole(9_951)),
            unpaid: if is_late { 12 } else { 1 },
            unpaid_since: is_late.then(|| snapshot.taken_at - 3 * 3_600_000),
            is_late,
        });
    }
    for node in &mut seen.nodes {
        let is_publisher = node.address == publisher;
        match node.role {
            Role::Coordinator => {
                node.live = true;
                node.condition = (!is_publisher).then(|| Condition {
                    kind: ConditionKind::Refused,
                    why: "12 answered tickets have no voucher".into(),
                    until: None,
                });
            }
            Role::Miner if node.address == own => {}
            Role::Miner => {
                (node.live, node.running, node.done, node.lost) = (false, 0, 0, 0);
                (node.models, node.devices) = (vec![], vec![]);
                (node.condition, node.quality) = (None, None);
            }
        }
    }
    if let Some(row) = seen.nodes.iter_mut().find(|node| node.address == own) {
        seen.node.name = row.name.clone();
        row.quality = None;
        for model in &mut row.models {
            model.free = model.capacity.saturating_sub(seen.tasks.running as u32);
        }
        if let Some(device) = row.devices.last_mut() {
            device.problems = vec!["heat slows it down".into()];
            device.temperature_celsius = Some(91);
        }
    }
    seen.node.role = Publisher::Miner;
    seen.node.address = own;
    seen.money =
        Some(Money { total: accounts.iter().map(|row| row.total).sum(), escrow: None, reserved: Cai::ZERO, accounts });
    seen
}
