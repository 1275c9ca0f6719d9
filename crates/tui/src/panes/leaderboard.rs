//! The pane Nodes of a staker: what each node pays to those who have stake behind it, and what speaks against it.

use std::borrow::Cow;

use cuckoo_protocol::{
    B256, Cai,
    status::{NodeRow, Pay, Snapshot, Topic},
};
use ratatui::{style::Style, text::Line};

use super::pane::{Pane, Scene, labelled};
use crate::{
    model::{Action, Feed, Field, Home, Key, Rank, name},
    theme::Theme,
    widgets::{
        table::Column,
        text::{cai, coins, moment, percent, share, stranger, time_left},
    },
};

static COLUMNS: [Column; 11] = [
    Column::words("NODE", 10, 20, 0),
    Column::words("ROLE", 5, 11, 9),
    Column::words("STATE", 8, 9, 1),
    Column::figures("SHARE", 6, 5),
    Column::figures("WEIGHT", 9, 6),
    Column::words("COMMISSION", 12, 16, 3),
    Column::figures("YIELD/Y", 7, 2),
    Column::figures("YOURS", 9, 4),
    Column::figures("A DAY", 8, 7),
    Column::figures("SLASHED", 8, 10),
    Column::words("NOTE", 14, 70, 8),
];

const NAMES: [&str; 6] = ["name", "role", "state", "address", "note", "share"];

/// The pane.
pub(super) struct Leaderboard;

fn node(feed: &Feed, row: usize) -> Option<&NodeRow> {
    feed.snapshot.as_deref()?.nodes.get(row)
}

fn mine(node: &NodeRow) -> Cai {
    node.pay.as_ref().map(|pay| pay.mine).unwrap_or_default()
}

fn on_trial(snapshot: &Snapshot, node: &NodeRow) -> bool {
    snapshot.cases.iter().any(|case| case.accused == node.address && !case.stage.is_closed())
}

/// A node's state in a sign and a word.
fn state(snapshot: &Snapshot, theme: &Theme, node: &NodeRow) -> (&'static str, Style) {
    if !node.active {
        ("✕ out", theme.bad)
    } else if node.pay.as_ref().is_some_and(|pay| pay.idle) {
        ("▲ idle", theme.warn)
    } else if on_trial(snapshot, node) {
        ("! trial", theme.warn)
    } else {
        ("● active", theme.ok)
    }
}

/// The commission, and the one that follows.
pub(super) fn commission(pay: &Pay) -> String {
    match pay.next_commission {
        Some(next) => format!("{} → {}", percent(pay.commission_bps).trim_end_matches(" %"), percent(next.bps)),
        None => percent(pay.commission_bps),
    }
}

/// What a staker should know of a node, in words.
pub(super) fn note(snapshot: &Snapshot, node: &NodeRow) -> String {
    let mut notes = vec![];
    if !node.active {
        notes.push("below its minimum stake, or removed: earns nothing".to_owned());
    }
    if let Some(pay) = &node.pay {
        if let Some(next) = pay.next_commission {
            let verb = if next.bps > pay.commission_bps { "rises" } else { "falls" };
            let left = next.at.saturating_sub(snapshot.chain.block_at);
            notes.push(format!("commission {verb} in {}", time_left(left)));
        }
        if pay.idle && node.active {
            notes.push("nobody paid it lately: earns nothing".to_owned());
        }
        if !pay.beyond.is_zero() {
            notes.push(format!("{} CAI of votes count for nothing", cai(pay.beyond)));
        }
        if !pay.disputes.raw().is_empty() {
            notes.push(format!("disputes: {}", stranger(&pay.disputes)));
        }
    }
    notes.join("; ")
}

/// What stake there brings in a year, in millionths.
fn yields(node: &NodeRow) -> Option<u64> {
    node.pay.as_ref().filter(|_| node.active)?.yield_ppm(node.weight)
}

fn yield_words(node: &NodeRow) -> String {
    yields(node).map_or_else(|| "-".to_owned(), |ppm| share(u32::try_from(ppm).unwrap_or(u32::MAX)))
}

impl Pane for Leaderboard {
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
        let is_well = node.active && !node.pay.as_ref().is_some_and(|pay| pay.idle || pay.next_commission.is_some());
        match (mine(node).is_zero(), is_well && !on_trial(snapshot, node)) {
            (false, false) => 0,
            (false, true) => 1,
            (true, _) if node.active => 2,
            _ => 3,
        }
    }

    fn rank(&self, feed: &Feed, row: usize, column: usize) -> Rank {
        let (Some(node), Some(snapshot)) = (node(feed, row), feed.snapshot.as_deref()) else { return Rank::Unknown };
        let amount = |amount: Cai| {
            Rank::Number(
                i128::try_from(u128::try_from(amount.base_units()).unwrap_or(u128::MAX) >> 1).unwrap_or(i128::MAX),
            )
        };
        let pay = |of: fn(&Pay) -> Cai| node.pay.as_ref().map_or(Rank::Unknown, |pay| amount(of(pay)));
        match column {
            0 => Rank::Word(name(node)),
            1 => Rank::Word(node.role.as_str().to_owned()),
            2 => Rank::Word(state(snapshot, &Theme::of(crate::Palette::Plain), node).0.to_owned()),
            3 => Rank::Number(node.share_ppm.into()),
            4 => amount(node.weight),
            5 => node.pay.as_ref().map_or(Rank::Unknown, |pay| Rank::Number(pay.commission_bps.into())),
            6 => yields(node).map_or(Rank::Unknown, |ppm| Rank::Number(ppm.into())),
            7 => pay(|pay| pay.mine),
            8 => node.pay.as_ref().map_or(Rank::Unknown, |pay| amount(pay.in_a_day(node.weight, pay.mine))),
            9 => pay(|pay| pay.slashed),
            _ => Rank::Word(note(snapshot, node)),
        }
    }

    fn field(&self, feed: &Feed, row: usize, field: &str) -> Field {
        let (Some(node), Some(snapshot)) = (node(feed, row), feed.snapshot.as_deref()) else { return Field::Unknown };
        match field {
            "name" => Field::Words(name(node)),
            "role" => Field::Words(node.role.as_str().to_owned()),
            "state" => Field::Words(state(snapshot, &Theme::of(crate::Palette::Plain), node).0.to_owned()),
            "address" => Field::Words(format!("{:#x} {:#x}", node.address, node.owner)),
            "note" => Field::Words(note(snapshot, node)),
            "share" => Field::Number(u64::from(node.share_ppm) / 10_000),
            _ => Field::Unknown,
        }
    }

    fn cell(&self, scene: &Scene<'_>, row: usize, column: usize) -> (Cow<'static, str>, Style) {
        let Scene { feed, snapshot, theme, .. } = *scene;
        let Some(node) = node(feed, row) else { return ("".into(), theme.text) };
        let text = if node.active { theme.text } else { theme.dim };
        let mine = mine(node);
        let of_mine = |words: String| if mine.is_zero() { "-".to_owned() } else { words };
        let cell = match column {
            0 => name(node),
            1 => node.role.as_str().to_owned(),
            2 => {
                let (words, style) = state(snapshot, theme, node);
                return (words.into(), style);
            }
            3 => share(node.share_ppm),
            4 => cai(node.weight),
            5 => {
                let rises = |pay: &Pay| pay.next_commission.is_some_and(|next| next.bps > pay.commission_bps);
                let style = if node.pay.as_ref().is_some_and(rises) { theme.warn } else { text };
                return (node.pay.as_ref().map_or_else(|| "-".to_owned(), commission).into(), style);
            }
            6 => yield_words(node),
            7 => of_mine(cai(mine)),
            8 => of_mine(node.pay.as_ref().map(|pay| coins(pay.in_a_day(node.weight, mine))).unwrap_or_default()),
            9 => {
                let slashed = node.pay.as_ref().map(|pay| pay.slashed).unwrap_or_default();
                let style = if slashed.is_zero() { theme.dim } else { theme.bad };
                return (if slashed.is_zero() { "-".to_owned() } else { cai(slashed) }.into(), style);
            }
            _ => note(snapshot, node),
        };
        (cell.into(), text)
    }

    fn name(&self, scene: &Scene<'_>, row: usize) -> String {
        node(scene.feed, row).map_or_else(String::new, name)
    }

    fn detail(&self, scene: &Scene<'_>, row: usize, _width: u16) -> Vec<Line<'static>> {
        let Scene { feed, snapshot, theme, .. } = *scene;
        let Some(node) = node(feed, row) else { return vec![] };
        let (words, style) = state(snapshot, theme, node);
        let mut lines = vec![
            labelled(theme, "state", words, style),
            labelled(theme, "address", node.address.to_string(), theme.text),
            labelled(theme, "owner", node.owner.to_string(), theme.text),
        ];
        let place = feed.board.place(snapshot, node);
        let (own, all) = (cai(node.self_stake), cai(node.weight));
        let stake = format!("{own} own of {all} CAI in all, {} of its role, #{place}", share(node.share_ppm));
        lines.push(labelled(theme, "stake", stake, theme.text));
        if let Some(pay) = &node.pay {
            let next = pay.next_commission.map_or_else(String::new, |next| format!(" from {}", moment(next.at)));
            lines.push(labelled(theme, "takes", format!("{}{next} of what it earns", commission(pay)), theme.text));
            let pays =
                format!("{} CAI a day to those behind it: {} in a year", coins(pay.to_stakers()), yield_words(node));
            lines.push(labelled(theme, "pays", pays, theme.text));
            if !pay.mine.is_zero() {
                let words =
                    format!("{}, which brings {} CAI a day", pay.mine, coins(pay.in_a_day(node.weight, pay.mine)));
                lines.push(labelled(theme, "yours", words, theme.accent));
            }
            if !pay.slashed.is_zero() {
                lines.push(labelled(theme, "slashed", pay.slashed.to_string(), theme.bad));
            }
        }
        let note = note(snapshot, node);
        if !note.is_empty() {
            lines.push(labelled(theme, "note", note, theme.warn));
        }
        lines.push(labelled(theme, "command", self.command(feed, row).unwrap_or_default(), theme.dim));
        lines
    }

    fn id(&self, feed: &Feed, row: usize) -> Option<String> {
        node(feed, row).map(|node| node.address.to_string())
    }

    fn command(&self, feed: &Feed, row: usize) -> Option<String> {
        node(feed, row).map(|node| format!("cuckoo stake status {}", node.owner))
    }

    fn actions(&self, feed: &Feed, row: Option<usize>, _home: &Home) -> Vec<Action> {
        let Some(node) = row.and_then(|row| node(feed, row)) else { return vec![] };
        let address = node.address;
        let mut actions = vec![Action::new("vote for it", format!("cuckoo vote cast {address} AMOUNT"))];
        if !mine(node).is_zero() {
            actions.push(Action::new("take stake back", format!("cuckoo vote retract {address} AMOUNT")));
            actions.push(Action::new("claim its rewards", format!("cuckoo stake claim {address}")));
        }
        actions
    }

    fn summary(&self, scene: &Scene<'_>) -> String {
        let board = &scene.feed.board;
        format!("{} miners, {} coordinators", board.miners.nodes, board.coordinators.nodes)
    }

    fn empty(&self) -> &'static str {
        "No nodes are registered yet."
    }
}
