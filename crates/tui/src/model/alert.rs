//! What is wrong by a snapshot, the gravest first: what the line of alerts says, the badges of panes, and the exit code of `--once`.

use cuckoo_protocol::{
    contract::Role,
    sentence,
    status::{ConditionKind, GroupRow, Level, NodeRow, Publisher, Snapshot, Topic},
};
use serde::{Deserialize, Serialize};

use super::{board::Board, thresholds::Thresholds};
use crate::widgets::text::{Age, address, external, percent, stranger, time_left};

/// At most this many alerts of one kind are told one by one.
const MOST: usize = 20;

/// A node that started less than this many milliseconds ago may still wait for its first connection.
const SETTLED: u64 = 30_000;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// How much it matters.
    pub level: Level,
    /// What it is about.
    pub topic: Topic,
    /// What is wrong, in words.
    pub words: String,
}

/// A node's name, or the begin and end of its address where it has no visible name.
pub(crate) fn name(node: &NodeRow) -> String {
    if node.name.raw().trim().is_empty() { address(&node.address) } else { stranger(&node.name) }
}

/// The name of one of several nodes, or where it is asked before it has said its name.
pub(crate) fn member(row: &GroupRow) -> String {
    if row.name.raw().trim().is_empty() { external(&row.id) } else { stranger(&row.name) }
}

/// What is wrong by `snapshot`.
pub fn alerts(snapshot: &Snapshot, board: &Board, thresholds: Thresholds) -> Vec<Alert> {
    let mut alerts = vec![];
    let mut say = |level, topic, words: String| alerts.push(Alert { level, topic, words });
    let node = &snapshot.node;
    if let Some(problem) = &snapshot.chain.problem {
        say(Level::Bad, Topic::Chain, format!("chain: {}", sentence(problem)));
    }
    if let Some(problem) = &node.problem {
        say(Level::Bad, Topic::Own, sentence(problem));
    }
    if board.node(snapshot, &node.address).is_some_and(|own| !own.active) {
        say(Level::Bad, Topic::Node, "this node is out: its stake is below the minimum, or it was removed".to_owned());
    }
    if node.draining {
        say(Level::Warn, Topic::Own, "draining: this node finishes its tasks and accepts no new ones".to_owned());
    }
    for complaint in node.complaints.iter().take(MOST) {
        say(Level::Bad, Topic::Node, sentence(complaint.raw()));
    }
    of_connections(snapshot, &mut say);
    of_money(snapshot, board, &mut say);
    of_stake(snapshot, &mut say);
    of_group(snapshot, &mut say);
    if node.role == Role::Coordinator {
        of_miners(snapshot, &mut say);
        let wait = snapshot.tasks.oldest_wait_ms;
        if wait > thresholds.longest_wait {
            let count = snapshot.tasks.queued;
            say(Level::Warn, Topic::Task, format!("{count} tasks wait, the oldest for {}", Age::of(wait)));
        }
    }
    of_devices(snapshot, board, thresholds.hot_celsius, &mut say);
    for case in &snapshot.cases {
        let Some(part) = case.part.words(node.role) else { continue };
        let accused = board.node(snapshot, &case.accused).map_or_else(|| address(&case.accused), name);
        let id = case.id.to_string();
        let mut words = format!("dispute {} of {accused}: {part}; {}", id.get(..10).unwrap_or(&id), case.stage.words());
        if let Some(until) = case.until {
            // The chain's time is the time of its newest block.
            words.push_str(&format!(", {} left", Age::of(until.saturating_sub(snapshot.chain.block_at))));
        }
        if !case.taken.is_zero() {
            words.push_str(&format!(", {} taken", case.taken));
        }
        let level = if case.stage.is_closed() { Level::Warn } else { Level::Bad };
        say(level, Topic::Chain, words);
    }
    alerts.sort_by_key(|alert| alert.level);
    alerts
}

/// A miner without a coordinator earns nothing, and a coordinator without a miner answers nobody.
fn of_connections(snapshot: &Snapshot, say: &mut impl FnMut(Level, Topic, String)) {
    let (wanted, missing) = match snapshot.node.role {
        Publisher::Miner => (Role::Coordinator, "no coordinator is connected, so that no tasks come"),
        Publisher::Coordinator => (Role::Miner, "no miner is connected, so that nothing is answered"),
        Publisher::Staker | Publisher::Group => return,
    };
    let is_new = snapshot.taken_at < snapshot.node.started_at.saturating_add(SETTLED);
    if !is_new && !snapshot.nodes.iter().any(|node| node.role == wanted && node.live) {
        say(Level::Bad, Topic::Node, missing.to_owned());
    }
}

fn of_money(snapshot: &Snapshot, board: &Board, say: &mut impl FnMut(Level, Topic, String)) {
    let Some(money) = &snapshot.money else { return };
    for account in money.accounts.iter().filter(|account| account.is_late).take(MOST) {
        let who = board.node(snapshot, &account.node).map_or_else(|| address(&account.node), name);
        let since = account.unpaid_since.map(|at| snapshot.taken_at.saturating_sub(at));
        let late = since.map_or_else(String::new, |since| format!(" {}", Age::of(since)));
        say(Level::Warn, Topic::Money, format!("{who}: voucher{late} late, {} at risk", account.at_risk()));
    }
    if money.escrow.is_some_and(|escrow| escrow <= money.reserved) && !money.total.is_zero() {
        say(
            Level::Bad,
            Topic::Money,
            "the escrow covers no more tasks: deposit with `cuckoo escrow deposit`".to_owned(),
        );
    }
}

/// What a staker has to do, and what becomes of the nodes that it is behind.
fn of_stake(snapshot: &Snapshot, say: &mut impl FnMut(Level, Topic, String)) {
    let Some(stake) = &snapshot.stake else { return };
    for row in stake.rows.iter().filter(|row| row.state.is_ready()).take(MOST) {
        say(Level::Warn, Topic::Money, format!("{} {}: {}", row.amount, row.state.words(), sentence(row.name.raw())));
    }
    let behind = snapshot.nodes.iter().filter_map(|node| Some((node, node.pay.as_ref()?)));
    for (node, pay) in behind.filter(|(_, pay)| !pay.mine.is_zero()).take(MOST) {
        let (name, mine) = (name(node), pay.mine);
        if !node.active {
            say(Level::Bad, Topic::Node, format!("{name} is out: your {mine} behind it earn nothing"));
        } else if pay.idle {
            say(
                Level::Warn,
                Topic::Node,
                format!("{name} is idle: your {mine} behind it earn nothing until somebody pays it"),
            );
        }
        if let Some(next) = pay.next_commission.filter(|next| next.bps > pay.commission_bps) {
            let left = time_left(next.at.saturating_sub(snapshot.chain.block_at));
            let (now, next) = (percent(pay.commission_bps), percent(next.bps));
            say(
                Level::Warn,
                Topic::Node,
                format!("{name} takes {next} in place of {now} in {left}; your {mine} is behind it"),
            );
        }
        if snapshot.cases.iter().any(|case| case.accused == node.address && !case.stage.is_closed()) {
            say(Level::Warn, Topic::Chain, format!("{name} is accused before the court; your {mine} is behind it"));
        }
    }
}

/// The nodes that a dashboard watches: the gravest of each.
fn of_group(snapshot: &Snapshot, say: &mut impl FnMut(Level, Topic, String)) {
    for row in &snapshot.group {
        let name = member(row);
        if let Some(down) = &row.down {
            let since = Age::of(snapshot.taken_at.saturating_sub(down.since));
            say(Level::Bad, Topic::Node, format!("{name} is down for {since}: {}", sentence(&down.reason)));
        } else if let Some(worst) = &row.worst {
            let level = if row.bad > 0 { Level::Bad } else { Level::Warn };
            say(level, Topic::Node, format!("{name}: {}", sentence(worst.raw())));
        }
    }
}

fn of_miners(snapshot: &Snapshot, say: &mut impl FnMut(Level, Topic, String)) {
    let miners = snapshot.nodes.iter().filter(|node| node.role == Role::Miner);
    let troubled = miners.filter_map(|node| Some((node, node.condition.as_ref()?)));
    for (node, condition) in troubled.filter(|(_, condition)| condition.kind != ConditionKind::Draining).take(MOST) {
        let level = if condition.kind.is_grave() { Level::Bad } else { Level::Warn };
        let until = condition.until.map(|until| until.saturating_sub(snapshot.taken_at));
        let left = until.map_or_else(String::new, |left| format!(" for {}", Age::of(left)));
        let why = sentence(condition.why.raw());
        say(level, Topic::Node, format!("{} {}{left}: {why}", name(node), condition.kind.word()));
    }
}

fn of_devices(snapshot: &Snapshot, board: &Board, hot_from: u32, say: &mut impl FnMut(Level, Topic, String)) {
    let own = snapshot.node.address;
    let mut told = 0;
    for (node, index, device) in (0..board.devices.len()).filter_map(|row| board.device(snapshot, row)) {
        let owner = if node.address == own { String::new() } else { format!("{} ", name(node)) };
        let hot = device.temperature_celsius.filter(|celsius| *celsius >= hot_from && device.problems.is_empty());
        let problems = device.problems.iter().map(|problem| (Level::Bad, sentence(problem.raw())));
        let heat = hot.map(|celsius| (Level::Warn, format!("it has {celsius}°")));
        for (level, words) in problems.chain(heat) {
            told += 1;
            if told > MOST {
                return;
            }
            // Of a coordinator's many miners, a device's trouble is their own operators' first.
            let level = if snapshot.node.role == Role::Coordinator { Level::Warn } else { level };
            say(level, Topic::Device, format!("{owner}GPU {index}: {words}"));
        }
    }
}
