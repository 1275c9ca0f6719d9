//! The pane Nodes: coordinators and miners with how they do, those that need somebody first.

use std::borrow::Cow;

use cuckoo_protocol::{
    B256,
    contract::Role,
    status::{ConditionKind, NodeRow, Publisher, Snapshot, Topic},
};
use ratatui::{style::Style, text::Line};

use super::pane::{Pane, Scene, labelled};
use crate::{
    model::{Action, Feed, Field, Home, Key, Rank, name},
    theme::Theme,
    widgets::{
        table::Column,
        text::{Age, cai, coins, grouped, latency, sentence, share, short_count, stranger, wrapped},
    },
};

static COLUMNS: [Column; 14] = [
    Column::words("NODE", 10, 20, 0),
    Column::words("ROLE", 5, 11, 12),
    Column::words("STATE", 11, 12, 1),
    Column::figures("SHARE", 6, 2),
    Column::figures("WEIGHT", 9, 5),
    Column::figures("OWN STAKE", 9, 11),
    Column::figures("RUN", 4, 10),
    Column::figures("DONE", 6, 3),
    Column::figures("LOST", 5, 4),
    Column::figures("SUCCESS", 7, 9),
    Column::figures("FIRST", 5, 7),
    Column::figures("TOK/S", 5, 6),
    Column::figures("OWED", 9, 8),
    Column::words("WHY", 12, 80, 13),
];

const NAMES: [&str; 10] = ["name", "role", "state", "model", "address", "why", "share", "lost", "done", "speed"];

/// The pane.
pub(super) struct Nodes;

/// A node's state in a sign and a word. Nodes in the publishing node's own role never have a session with it, so the lack of
/// one says nothing about them.
pub(super) fn state(snapshot: &Snapshot, theme: &Theme, node: &NodeRow) -> (&'static str, Style) {
    let on_trial = || snapshot.cases.iter().any(|case| case.accused == node.address && !case.stage.is_closed());
    if !node.active {
        return ("✕ out", theme.bad);
    }
    match node.condition.as_ref().map(|condition| condition.kind) {
        Some(ConditionKind::Suspended) => return ("✕ suspended", theme.bad),
        Some(ConditionKind::Refused) => return ("✕ refused", theme.bad),
        Some(ConditionKind::Paused) => return ("▲ paused", theme.warn),
        Some(ConditionKind::Suspected) => return ("▲ suspected", theme.warn),
        Some(ConditionKind::Mismatch) => return ("▲ mismatch", theme.warn),
        Some(ConditionKind::Draining) => return ("◐ draining", theme.dim),
        Some(ConditionKind::Unknown) => return ("▲ unknown", theme.warn),
        None => {}
    }
    if on_trial() {
        ("! trial", theme.warn)
    } else if node.address == snapshot.node.address {
        ("◆ this", theme.accent)
    } else if node.live {
        ("● live", theme.ok)
    } else if node.role == snapshot.node.role {
        ("· active", theme.dim)
    } else {
        ("○ away", theme.warn)
    }
}

/// True where somebody should look at a node.
pub(super) fn needs_an_eye(snapshot: &Snapshot, node: &NodeRow) -> bool {
    let is_other = node.role != snapshot.node.role;
    let is_away = is_other && node.active && !node.live;
    let is_slow = node.quality.is_some_and(|quality| quality.success_ppm < 900_000);
    node.condition.is_some() || is_away || (is_slow && node.live)
}

fn node(feed: &Feed, row: usize) -> Option<&NodeRow> {
    feed.snapshot.as_deref()?.nodes.get(row)
}

/// Why a node is as it is, in words.
pub(super) fn why(feed: &Feed, node: &NodeRow) -> String {
    if let Some(condition) = &node.condition {
        let left = condition.until.map(|until| until.saturating_sub(feed.node_now()));
        let left = left.map_or_else(String::new, |left| format!("{} left: ", Age::of(left)));
        return format!("{left}{}", sentence(condition.why.raw()));
    }
    if !node.active {
        return "below its minimum stake, or removed".to_owned();
    }
    match node.since.filter(|_| !node.live) {
        Some(since) => format!("away for {}", Age::of(feed.age(since))),
        None => String::new(),
    }
}

fn owed(feed: &Feed, node: &NodeRow) -> Option<cuckoo_protocol::Cai> {
    let money = feed.snapshot.as_deref()?.money.as_ref()?;
    money.accounts.iter().find(|account| account.node == node.address).map(|account| account.total)
}

impl Pane for Nodes {
    fn title(&self) -> &'static str {
        "Nodes"
    }

    fn topics(&self) -> &'static [Topic] {
        &[Topic::Node]
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn names(&self) -> &'static [&'static str] {
        &NAMES
    }

    fn rows(&self, feed: &Feed) -> usize {
        feed.snapshot.as_ref().map_or(0, |snapshot| snapshot.nodes.len())
    }

    fn key(&self, feed: &Feed, row: usize) -> Option<Key> {
        node(feed, row).map(|node| B256::left_padding_from(node.address.as_slice()))
    }

    fn urgency(&self, feed: &Feed, row: usize) -> u8 {
        let (Some(node), Some(snapshot)) = (node(feed, row), feed.snapshot.as_deref()) else { return u8::MAX };
        match &node.condition {
            Some(condition) if condition.kind.is_grave() => 0,
            Some(_) => 1,
            None if needs_an_eye(snapshot, node) => 2,
            None if node.address == snapshot.node.address => 3,
            // Those that the publishing node works with, then its own kind, then those that are out.
            None if node.active && node.role != snapshot.node.role => 4,
            None if node.active => 5,
            None => 6,
        }
    }

    fn rank(&self, feed: &Feed, row: usize, column: usize) -> Rank {
        let (Some(node), Some(snapshot)) = (node(feed, row), feed.snapshot.as_deref()) else { return Rank::Unknown };
        let amount = |amount: cuckoo_protocol::Cai| {
            Rank::Number(
                i128::try_from(u128::try_from(amount.base_units()).unwrap_or(u128::MAX) >> 1).unwrap_or(i128::MAX),
            )
        };
        let quality = |of: fn(&cuckoo_protocol::status::Quality) -> Option<u64>| {
            node.quality.as_ref().and_then(of).map_or(Rank::Unknown, |value| Rank::Number(value.into()))
        };
        match column {
            0 => Rank::Word(name(node)),
            1 => Rank::Word(node.role.as_str().to_owned()),
            2 => Rank::Word(state(snapshot, &Theme::of(crate::Palette::Plain), node).0.to_owned()),
            3 => Rank::Number(node.share_ppm.into()),
            4 => amount(node.weight),
            5 => amount(node.self_stake),
            6 => Rank::Number(node.running.into()),
            7 => Rank::Number(node.done.into()),
            8 => Rank::Number(node.lost.into()),
            9 => quality(|quality| Some(quality.success_ppm.into())),
            10 => quality(|quality| quality.first_token_ms),
            11 => quality(|quality| quality.millitokens_per_second),
            12 => owed(feed, node).map_or(Rank::Unknown, amount),
            _ => Rank::Word(why(feed, node)),
        }
    }

    fn field(&self, feed: &Feed, row: usize, field: &str) -> Field {
        let (Some(node), Some(snapshot)) = (node(feed, row), feed.snapshot.as_deref()) else { return Field::Unknown };
        match field {
            "name" => Field::Words(node.name.raw().to_owned()),
            "role" => Field::Words(node.role.as_str().to_owned()),
            "state" => Field::Words(state(snapshot, &Theme::of(crate::Palette::Plain), node).0.to_owned()),
            "model" => Field::Words(node.models.iter().map(|model| model.name.raw()).collect::<Vec<_>>().join(" ")),
            "address" => Field::Words(format!("{:#x} {:#x}", node.address, node.owner)),
            "why" => Field::Words(why(feed, node)),
            "share" => Field::Number(u64::from(node.share_ppm) / 10_000),
            "lost" => Field::Number(node.lost),
            "done" => Field::Number(node.done),
            "speed" => {
                let speed = node.quality.and_then(|quality| quality.millitokens_per_second);
                speed.map_or(Field::Unknown, |speed| Field::Number(speed / 1_000))
            }
            _ => Field::Unknown,
        }
    }

    fn cell(&self, scene: &Scene<'_>, row: usize, column: usize) -> (Cow<'static, str>, Style) {
        let Scene { feed, snapshot, theme, .. } = *scene;
        let Some(node) = node(feed, row) else { return ("".into(), theme.text) };
        let text = if node.active { theme.text } else { theme.dim };
        let or_dash = |words: Option<String>| words.unwrap_or_else(|| "-".to_owned());
        let works = node.role != snapshot.node.role || node.address == snapshot.node.address;
        let count = |count: u64| if works && count < u64::MAX { short_count(count) } else { "-".to_owned() };
        let cell = match column {
            0 => name(node),
            1 => node.role.as_str().to_owned(),
            2 => {
                let (words, style) = state(snapshot, theme, node);
                return (words.into(), style);
            }
            3 => share(node.share_ppm),
            4 => cai(node.weight),
            5 => cai(node.self_stake),
            6 => count(node.running.into()),
            7 => count(node.done),
            8 => {
                let style = if node.lost > 0 && works { theme.warn } else { text };
                return (count(node.lost).into(), style);
            }
            9 => or_dash(node.quality.map(|quality| share(quality.success_ppm))),
            10 => or_dash(node.quality.and_then(|quality| quality.first_token_ms).map(latency)),
            11 => or_dash(node.quality.and_then(|quality| quality.millitokens_per_second).map(|speed| {
                if speed < 1_000_000 {
                    format!("{}.{}", speed / 1_000, speed / 100 % 10)
                } else {
                    short_count(speed / 1_000)
                }
            })),
            12 => or_dash(owed(feed, node).map(coins)),
            _ => why(feed, node),
        };
        (cell.into(), text)
    }

    fn name(&self, scene: &Scene<'_>, row: usize) -> String {
        node(scene.feed, row).map_or_else(String::new, name)
    }

    fn detail(&self, scene: &Scene<'_>, row: usize, width: u16) -> Vec<Line<'static>> {
        let Scene { feed, snapshot, theme, .. } = *scene;
        let Some(node) = node(feed, row) else { return vec![] };
        let (words, style) = state(snapshot, theme, node);
        let mut lines = vec![labelled(theme, "state", words, style)];
        let reason = wrapped(&why(feed, node), width.saturating_sub(10), 3).into_iter().filter(|line| !line.is_empty());
        lines.extend(
            reason.enumerate().map(|(place, line)| labelled(theme, if place == 0 { "why" } else { "" }, line, style)),
        );
        lines.push(labelled(theme, "address", node.address.to_string(), theme.text));
        lines.push(labelled(theme, "owner", node.owner.to_string(), theme.text));
        let place = feed.board.place(snapshot, node);
        let stake = format!(
            "{} own of {} CAI in all, {} of its role, #{place} of {}",
            cai(node.self_stake),
            cai(node.weight),
            share(node.share_ppm),
            feed.board.role(node.role).active
        );
        lines.push(labelled(theme, "stake", stake, theme.text));
        if let Some(quality) = &node.quality {
            let mut words = format!("success {}", share(quality.success_ppm));
            if let Some(first) = quality.first_token_ms {
                words.push_str(&format!(", first token {}", latency(first)));
            }
            if let Some(speed) = quality.millitokens_per_second {
                words.push_str(&format!(", {}.{} tokens/s", speed / 1_000, speed / 100 % 10));
            }
            if quality.pauses > 0 {
                words.push_str(&format!(", {} pauses in a row", quality.pauses));
            }
            lines.push(labelled(theme, "quality", words, theme.text));
        }
        if node.done > 0 || node.lost > 0 {
            let words = format!("{} done, {} lost, {} running", grouped(node.done), grouped(node.lost), node.running);
            lines.push(labelled(theme, "tasks", words, theme.text));
        }
        if let Some(audits) = &node.audits {
            let state = crate::widgets::text::external(&audits.state);
            let words = format!(
                "{state}: {} examined, {} wait, {} held",
                grouped(audits.examined),
                grouped(audits.pending),
                audits.held
            );
            let style = if audits.state == "good" { theme.text } else { theme.bad };
            lines.push(labelled(theme, "audits", words, style));
        }
        let account =
            snapshot.money.iter().flat_map(|money| &money.accounts).find(|account| account.node == node.address);
        if let Some(account) = account {
            let words = format!(
                "{} owed in all, {} vouchered, {} at risk",
                account.total,
                account.vouchered,
                account.at_risk()
            );
            lines.push(labelled(theme, "money", words, theme.text));
        }
        for model in node.models.iter().take(4) {
            let words = format!("{}: {} of {} slots free", stranger(&model.name), model.free, model.capacity);
            lines.push(labelled(theme, "offers", words, theme.text));
        }
        lines.push(labelled(theme, "command", self.command(feed, row).unwrap_or_default(), theme.dim));
        lines
    }

    fn id(&self, feed: &Feed, row: usize) -> Option<String> {
        node(feed, row).map(|node| node.address.to_string())
    }

    fn command(&self, feed: &Feed, row: usize) -> Option<String> {
        let (node, snapshot) = (node(feed, row)?, feed.snapshot.as_deref()?);
        Some(match (snapshot.node.role, node.role) {
            (Publisher::Miner, Role::Coordinator) => "cuckoo miner why".to_owned(),
            _ => format!("cuckoo stake status {}", node.owner),
        })
    }

    fn actions(&self, feed: &Feed, row: Option<usize>, home: &Home) -> Vec<Action> {
        let (Some(node), Some(snapshot)) = (row.and_then(|row| node(feed, row)), feed.snapshot.as_deref()) else {
            return vec![];
        };
        let mut actions = vec![Action::new("vote for it", format!("cuckoo vote cast {} AMOUNT", node.address))];
        match (snapshot.node.role, node.role) {
            (Publisher::Coordinator, Role::Miner) if !home.is_remote => {
                if node.condition.as_ref().is_some_and(|condition| condition.kind == ConditionKind::Paused) {
                    let lift = format!("cuckoo coordinator lift {}", node.address);
                    actions.push(Action::new("lift its pause", home.command(&lift)));
                }
                actions.push(Action::new("what audits say", home.command("cuckoo coordinator audits")));
                actions.push(Action::new("cases against cheats", home.command("cuckoo coordinator court")));
            }
            (Publisher::Miner, Role::Coordinator) => {
                actions.push(Action::new("why it gives few tasks", home.command("cuckoo miner why")));
            }
            _ => {}
        }
        actions
    }

    fn summary(&self, scene: &Scene<'_>) -> String {
        let board = &scene.feed.board;
        let eyes = scene.snapshot.nodes.iter().filter(|node| needs_an_eye(scene.snapshot, node)).count();
        let live = board.miners.live + board.coordinators.live;
        let (miners, coordinators) = (board.miners.nodes, board.coordinators.nodes);
        let trouble = if eyes > 0 { format!(", {eyes} to look at") } else { String::new() };
        format!("{miners} miners, {coordinators} coordinators, {live} live{trouble}")
    }

    fn empty(&self) -> &'static str {
        "No nodes are registered yet."
    }
}
