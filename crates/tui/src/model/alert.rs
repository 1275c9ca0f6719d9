//! What is wrong by a snapshot, the gravest first: what the line of alerts says, the badges of panes, and the exit code of `--once`.

use cuckoo_protocol::{
    contract::Role,
    sentence,
    status::{ConditionKind, Level, NodeRow, Snapshot, Topic},
};
use serde::{Deserialize, Serialize};

use super::board::Board;
use crate::widgets::text::{Age, address, stranger};

/// From this temperature on, a device throttles or is about to.
pub(crate) const HOT_CELSIUS: u32 = 85;

/// Tasks that wait for longer than this wait too long, in milliseconds.
const LONG_WAIT: u64 = 5_000;

/// At most this many alerts of one kind are told one by one.
const MOST: usize = 20;

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

/// What is wrong by `snapshot`.
pub fn alerts(snapshot: &Snapshot, board: &Board) -> Vec<Alert> {
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
    of_money(snapshot, board, &mut say);
    if node.role == Role::Coordinator {
        of_miners(snapshot, &mut say);
        let wait = snapshot.tasks.oldest_wait_ms;
        if wait > LONG_WAIT {
            let count = snapshot.tasks.queued;
            say(Level::Warn, Topic::Task, format!("{count} tasks wait, the oldest for {}", Age::of(wait)));
        }
    }
    of_devices(snapshot, board, &mut say);
    for case in &snapshot.cases {
        let Some(part) = case.part.words() else { continue };
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

fn of_devices(snapshot: &Snapshot, board: &Board, say: &mut impl FnMut(Level, Topic, String)) {
    let own = snapshot.node.address;
    let mut told = 0;
    for (node, index, device) in (0..board.devices.len()).filter_map(|row| board.device(snapshot, row)) {
        let owner = if node.address == own { String::new() } else { format!("{} ", name(node)) };
        let hot = device.temperature_celsius.filter(|celsius| *celsius >= HOT_CELSIUS && device.problems.is_empty());
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
