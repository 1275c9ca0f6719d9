//! What happened, as the difference of two snapshots.

use std::collections::{BTreeSet, HashMap};

use alloy::primitives::Address;

use super::{
    event::{EventRow, Level, Topic},
    node::NodeRow,
    snapshot::Snapshot,
    stake::{HoldingRow, HoldingState, Pay},
};
use crate::{
    Untrusted,
    contract::Role,
    task::{Millis, Stage},
};

struct Events<'a> {
    at: Millis,
    rows: Vec<EventRow>,
    names: HashMap<Address, &'a NodeRow>,
}

impl Events<'_> {
    fn push(&mut self, level: Level, topic: Topic, subject: impl ToString, words: String) {
        let id = format!("{}-{}", self.at, self.rows.len());
        let row =
            EventRow { id, at: self.at, level, topic, subject: subject.to_string(), words: Untrusted::new(words) };
        self.rows.push(row);
    }

    fn name(&self, node: &Address) -> String {
        match self.names.get(node) {
            Some(row) if !row.name.raw().trim().is_empty() => row.name.to_string(),
            _ => format!("{node:#x}").chars().take(10).collect(),
        }
    }
}

/// What happened between two snapshots of one node, oldest first. A new process of it is one event.
pub fn events_between(before: &Snapshot, after: &Snapshot) -> Vec<EventRow> {
    let names = after.nodes.iter().map(|node| (node.address, node)).collect();
    let mut events = Events { at: after.taken_at, rows: vec![], names };
    if before.node.address != after.node.address {
        return vec![];
    }
    if before.node.started_at != after.node.started_at {
        events.push(Level::Warn, Topic::Own, "", "this node has started again".to_owned());
        return events.rows;
    }
    own(&mut events, before, after);
    nodes(&mut events, before, after);
    tasks(&mut events, before, after);
    cases(&mut events, before, after);
    money(&mut events, before, after);
    stake(&mut events, before, after);
    group(&mut events, before, after);
    events.rows
}

fn own(events: &mut Events<'_>, before: &Snapshot, after: &Snapshot) {
    for (topic, what, old, new) in [
        (Topic::Own, "", &before.node.problem, &after.node.problem),
        (Topic::Chain, "chain: ", &before.chain.problem, &after.chain.problem),
    ] {
        match (old, new) {
            (old, Some(new)) if old.as_ref() != Some(new) => {
                events.push(Level::Bad, topic, "", format!("{what}{}", crate::sentence(new)));
            }
            (Some(old), None) => events.push(Level::Info, topic, "", format!("{what}over: {}", crate::sentence(old))),
            _ => {}
        }
    }
    if before.node.draining != after.node.draining {
        let words = if after.node.draining { "draining: no new tasks" } else { "takes new tasks again" };
        events.push(Level::Warn, Topic::Own, "", words.to_owned());
    }
    let followers = |snapshot: &Snapshot| {
        let rows = snapshot.journal.as_ref().and_then(|journal| journal.replicas.clone()).unwrap_or_default();
        rows.into_iter().map(|row| row.address.raw().to_owned()).collect::<BTreeSet<_>>()
    };
    let (old, new) = (followers(before), followers(after));
    for replica in new.difference(&old) {
        let words = format!("a replica follows, from {}", crate::sentence(replica));
        events.push(Level::Info, Topic::Own, "", words);
    }
    for replica in old.difference(&new) {
        let words = format!("a replica that followed is gone: {}", crate::sentence(replica));
        events.push(Level::Warn, Topic::Own, "", words);
    }
    if after.chain.epoch != before.chain.epoch {
        events.push(Level::Info, Topic::Chain, "", format!("epoch {} began", after.chain.epoch));
    }
}

fn nodes(events: &mut Events<'_>, before: &Snapshot, after: &Snapshot) {
    let known: HashMap<_, _> = before.nodes.iter().map(|node| (node.address, node)).collect();
    for node in &after.nodes {
        let Some(old) = known.get(&node.address) else { continue };
        let name = events.name(&node.address);
        let is_own = node.address == after.node.address;
        if node.live != old.live && !is_own {
            let (level, words) = match node.live {
                true => (Level::Info, format!("{name} connected")),
                false => (Level::Warn, format!("{name} is away")),
            };
            events.push(level, Topic::Node, node.address, words);
        }
        if node.active != old.active {
            let words = if node.active { "is active" } else { "is out: below its minimum stake, or removed" };
            let level = if node.active { Level::Info } else { Level::Bad };
            events.push(level, Topic::Node, node.address, format!("{name} {words}"));
        }
        let kind = |node: &NodeRow| node.condition.as_ref().map(|condition| condition.kind);
        match &node.condition {
            Some(condition) if kind(old) != kind(node) => {
                let level = if condition.kind.is_grave() { Level::Bad } else { Level::Warn };
                let why = crate::sentence(condition.why.raw());
                events.push(level, Topic::Node, node.address, format!("{name} {}: {why}", condition.kind.word()));
            }
            None if old.condition.is_some() => {
                events.push(Level::Info, Topic::Node, node.address, format!("{name} takes part again"));
            }
            _ => {}
        }
        for (place, device) in node.devices.iter().enumerate() {
            let known = old.devices.get(place).map(|device| device.problems.as_slice()).unwrap_or_default();
            for problem in device.problems.iter().filter(|problem| !known.contains(problem)) {
                let words = crate::sentence(problem.raw());
                events.push(Level::Bad, Topic::Device, node.address, format!("{name} GPU {place}: {words}"));
            }
        }
    }
}

fn tasks(events: &mut Events<'_>, before: &Snapshot, after: &Snapshot) {
    let known: HashMap<_, _> = before.recent.iter().map(|task| (task.id, task)).collect();
    let failed = |stage: Stage| matches!(stage, Stage::Failed | Stage::Expired);
    let newest = after.recent.iter().filter(|task| task.ended_at.is_some_and(|at| at > before.taken_at));
    for task in newest.filter(|task| failed(task.state) && known.get(&task.id).is_none_or(|old| !failed(old.state))) {
        let id = task.id.to_string();
        let reason = task.reason.as_ref().map(|reason| format!(": {}", crate::sentence(reason.raw())));
        let by: Vec<_> = task.lost_by.iter().map(|miner| events.name(miner)).collect();
        let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(", ")) };
        let words =
            format!("task {} {}{}{by}", id.get(2..10).unwrap_or(&id), task.state.as_str(), reason.unwrap_or_default());
        events.push(Level::Bad, Topic::Task, task.id, words);
    }
}

fn cases(events: &mut Events<'_>, before: &Snapshot, after: &Snapshot) {
    for case in &after.cases {
        let old = before.cases.iter().find(|old| old.id == case.id);
        if old.is_none_or(|old| old.stage != case.stage) {
            let level = if case.part.is_any() { Level::Bad } else { Level::Info };
            let accused = events.name(&case.accused);
            events.push(level, Topic::Chain, case.id, format!("dispute of {accused}: {}", case.stage.words()));
        }
    }
}

fn money(events: &mut Events<'_>, before: &Snapshot, after: &Snapshot) {
    let (Some(old), Some(new)) = (&before.money, &after.money) else { return };
    for account in &new.accounts {
        let Some(old) = old.accounts.iter().find(|old| old.node == account.node) else { continue };
        let name = events.name(&account.node);
        if account.is_late && !old.is_late {
            let words = format!("{name}: voucher late, {} at risk", account.at_risk());
            events.push(Level::Warn, Topic::Money, account.node, words);
        }
        if let (Some(then), Some(now)) = (old.settled, account.settled)
            && now > then
        {
            let words = format!("settled {} with {name}", now.checked_sub(then).unwrap_or_default());
            events.push(Level::Info, Topic::Money, account.node, words);
        }
    }
    if let (Some(then), Some(now)) = (old.escrow, new.escrow)
        && now.is_zero()
        && !then.is_zero()
        && after.node.role == Role::Coordinator
    {
        events.push(Level::Bad, Topic::Money, "", "the escrow is empty".to_owned());
    }
}

/// What a staker has, and what the nodes take that it is behind.
fn stake(events: &mut Events<'_>, before: &Snapshot, after: &Snapshot) {
    let known: HashMap<_, _> = before.nodes.iter().map(|node| (node.address, node)).collect();
    for node in &after.nodes {
        let next = |pay: &Option<Pay>| pay.as_ref().and_then(|pay| pay.next_commission);
        let Some(old) = known.get(&node.address).filter(|old| next(&old.pay) != next(&node.pay)) else { continue };
        if let (Some(next), Some(pay)) = (next(&node.pay), &node.pay) {
            let level = if pay.mine.is_zero() || next.bps <= pay.commission_bps { Level::Info } else { Level::Warn };
            let words = format!(
                "{} changes its commission from {} to {}",
                events.name(&old.address),
                percent(pay.commission_bps),
                percent(next.bps)
            );
            events.push(level, Topic::Node, node.address, words);
        }
    }
    let (Some(old), Some(new)) = (&before.stake, &after.stake) else { return };
    let known: HashMap<_, _> = old.rows.iter().map(|row| (row.id.as_str(), row)).collect();
    // What comes in, and what is over. Rewards grow with every block.
    let tells =
        |row: &&HoldingRow| row.state.is_ready() || matches!(row.state, HoldingState::Unbonding | HoldingState::Lost);
    for row in new.rows.iter().filter(tells).filter(|row| !known.contains_key(row.id.as_str())) {
        let level = if row.state == HoldingState::Lost { Level::Bad } else { Level::Info };
        let words = format!("{} {}: {}", row.amount, row.state.words(), crate::sentence(row.name.raw()));
        let subject = row.node.map_or_else(String::new, |node| node.to_string());
        events.push(level, Topic::Money, subject, words);
    }
}

/// The nodes that a dashboard watches.
fn group(events: &mut Events<'_>, before: &Snapshot, after: &Snapshot) {
    for row in &after.group {
        let Some(old) = before.group.iter().find(|old| old.id == row.id) else { continue };
        let name = if row.name.raw().trim().is_empty() { row.id.clone() } else { row.name.to_string() };
        match (&old.down, &row.down) {
            (None, Some(down)) => {
                let words = format!("{name} is down: {}", crate::sentence(&down.reason));
                events.push(Level::Bad, Topic::Node, &row.id, words);
            }
            (Some(_), None) => events.push(Level::Info, Topic::Node, &row.id, format!("{name} answers")),
            _ => {}
        }
        if let Some(worst) = row.worst.as_ref().filter(|worst| old.worst.as_ref() != Some(worst)) {
            let level = if row.bad > 0 { Level::Bad } else { Level::Warn };
            events.push(level, Topic::Node, &row.id, format!("{name}: {}", crate::sentence(worst.raw())));
        }
    }
}

/// Hundredths of a percent as people read them.
fn percent(bps: u16) -> String {
    match bps % 100 {
        0 => format!("{} %", bps / 100),
        rest => format!("{}.{rest:02} %", bps / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        B256, Cai,
        status::{
            Condition, ConditionKind, JournalInfo, NextCommission, ReplicaRow, Stake, TaskRow,
            snapshot::tests::snapshot,
        },
        task::TaskId,
    };

    fn words(before: &Snapshot, after: &Snapshot) -> Vec<(Level, String)> {
        events_between(before, after).into_iter().map(|event| (event.level, event.words.raw().to_owned())).collect()
    }

    #[test]
    fn a_node_that_is_suspended_is_one_event_and_so_is_its_end() {
        let before = snapshot();
        let mut after = before.clone();
        assert_eq!(words(&before, &after), []);
        let (kind, why) = (ConditionKind::Suspended, "its answers stood alone".into());
        after.nodes[0].condition = Some(Condition { kind, why, until: None });
        let said = [(Level::Bad, "wagtail suspended: its answers stood alone".to_owned())];
        assert_eq!(words(&before, &after), said);
        assert_eq!(words(&after, &after), []);
        assert_eq!(words(&after, &before), [(Level::Info, "wagtail takes part again".to_owned())]);
    }

    #[test]
    fn replicas_that_come_and_go_are_events() {
        let with = |replicas: &[&str]| {
            let row = |address: &&str| ReplicaRow { address: (*address).into(), since: 5 };
            let journal = JournalInfo { replicas: Some(replicas.iter().map(row).collect()), ..JournalInfo::default() };
            Snapshot { journal: Some(Box::new(journal)), ..snapshot() }
        };
        let (none, both) = (snapshot(), with(&["10.0.0.2:5", "10.0.0.3:5"]));
        assert_eq!(words(&both, &both), []);
        let came = ["10.0.0.2:5", "10.0.0.3:5"].map(|from| (Level::Info, format!("a replica follows, from {from}")));
        assert_eq!(words(&none, &both), came);
        let gone = "a replica that followed is gone: 10.0.0.3:5".to_owned();
        assert_eq!(words(&both, &with(&["10.0.0.2:5"])), [(Level::Warn, gone)]);
    }

    #[test]
    fn a_failed_task_says_why_and_who() {
        let mut before = snapshot();
        let id = TaskId(B256::repeat_byte(0xab));
        before.recent = vec![TaskRow::new(id, "m", Stage::Running, 1)];
        let mut after = before.clone();
        after.taken_at = before.taken_at + 1_000;
        after.recent[0].state = Stage::Failed;
        after.recent[0].ended_at = Some(after.taken_at);
        after.recent[0].reason = Some("two miners lost it".into());
        after.recent[0].lost_by = vec![after.nodes[0].address];
        let said = "task abababab failed: two miners lost it by wagtail";
        assert_eq!(words(&before, &after), [(Level::Bad, said.to_owned())]);
        // Another snapshot with the same row says nothing new.
        let mut later = after.clone();
        later.taken_at += 1_000;
        assert_eq!(words(&after, &later), []);
    }

    #[test]
    fn stake_that_is_over_and_commissions_that_rise_are_events() {
        let mut before = snapshot();
        before.nodes[0].pay = Some(Pay { commission_bps: 550, mine: Cai::from_whole(3), ..Pay::default() });
        let row = |id: &str, state| HoldingRow {
            id: id.to_owned(),
            state,
            amount: Cai::from_whole(7),
            node: None,
            name: "sedge".into(),
            until: None,
        };
        before.stake = Some(Box::new(Stake { rows: vec![row("rewards", HoldingState::Rewards)], ..Stake::default() }));
        let mut after = before.clone();
        assert_eq!(words(&before, &after), []);
        after.nodes[0].pay.as_mut().expect("pays").next_commission = Some(NextCommission { bps: 1_200, at: 9 });
        after.stake.as_mut().expect("has").rows.push(row("sedge-1", HoldingState::Releasable));
        let rises = (Level::Warn, "wagtail changes its commission from 5.50 % to 12 %".to_owned());
        assert_eq!(words(&before, &after), [rises, (Level::Info, "7 CAI releasable: sedge".to_owned())]);
        assert_eq!(words(&after, &after), []);
    }

    #[test]
    fn a_new_process_is_one_event() {
        let before = snapshot();
        let mut after = before.clone();
        after.node.started_at += 5;
        after.chain.problem = Some("no block".into());
        assert_eq!(words(&before, &after).len(), 1);
    }
}
