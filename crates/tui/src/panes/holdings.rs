//! The pane Stake: every CAI of a staker by its state, with when the state ends and the command that ends it.

use std::borrow::Cow;

use cuckoo_protocol::{
    B256, Cai,
    status::{HoldingRow, HoldingState, Stake, Topic},
};
use ratatui::{buffer::Buffer, layout::Rect, style::Style, text::Line};

use super::pane::{Pane, Scene, draw_lines, labelled};
use crate::{
    model::{Action, Feed, Field, Home, Key, Rank},
    theme::Theme,
    widgets::{
        table::Column,
        text::{address, cai, coins, moment, stranger, time_left},
    },
};

static COLUMNS: [Column; 5] = [
    Column::words("STATE", 10, 18, 0),
    Column::figures("CAI", 14, 1),
    Column::words("WHERE", 12, 30, 2),
    Column::figures("ENDS IN", 8, 3),
    Column::words("NEXT", 16, 60, 4),
];

const NAMES: [&str; 3] = ["state", "where", "cai"];

/// The pane.
pub(super) struct Holdings;

/// What a staker has.
pub(super) fn stake(feed: &Feed) -> Option<&Stake> {
    feed.snapshot.as_deref()?.stake.as_deref()
}

fn holding(feed: &Feed, row: usize) -> Option<&HoldingRow> {
    stake(feed)?.rows.get(row)
}

/// The node that an amount is behind, or what it is about.
pub(super) fn place(row: &HoldingRow) -> String {
    match &row.node {
        _ if !row.name.raw().trim().is_empty() => stranger(&row.name),
        Some(node) => address(node),
        None => String::new(),
    }
}

/// Milliseconds of the chain's time until a state ends; none of what is over.
pub(super) fn left(feed: &Feed, row: &HoldingRow) -> Option<u64> {
    let left = row.until?.saturating_sub(feed.snapshot.as_deref()?.chain.block_at);
    Some(left).filter(|_| !row.state.is_ready() && row.state != HoldingState::Lost)
}

/// The command that brings an amount into its next state.
pub(super) fn command(row: &HoldingRow) -> Option<String> {
    let node = || row.node.map(|node| node.to_string());
    Some(match row.state {
        HoldingState::Releasable => format!("cuckoo vote release {}", node()?),
        HoldingState::Unbonding | HoldingState::Vote | HoldingState::Own => {
            format!("cuckoo vote retract {} --all", node()?)
        }
        HoldingState::Rewards => format!("cuckoo stake claim {}", node()?),
        HoldingState::Free => "cuckoo stake withdraw --all".to_owned(),
        HoldingState::Liquid => "cuckoo stake deposit max".to_owned(),
        HoldingState::Thawed => format!("cuckoo escrow withdraw {}", node()?),
        HoldingState::Credit => "cuckoo escrow collect".to_owned(),
        HoldingState::Bond | HoldingState::BondFree => "cuckoo dispute bond".to_owned(),
        _ => "cuckoo balance".to_owned(),
    })
    .filter(|_| row.state != HoldingState::Unbonding)
}

/// What can be done with an amount, in words.
fn next(row: &HoldingRow) -> &'static str {
    match row.state {
        HoldingState::Releasable => "release it",
        HoldingState::Unbonding => "counts for nothing until then",
        HoldingState::Rewards => "claim it",
        HoldingState::Free => "vote with it, or withdraw it",
        HoldingState::Own | HoldingState::Vote => "earns while it is there",
        HoldingState::Liquid => "deposit it to vote",
        HoldingState::Thawed => "withdraw it",
        HoldingState::Credit => "collect it",
        HoldingState::BondFree => "take it back",
        HoldingState::Thawing | HoldingState::Escrow => "pays miners",
        HoldingState::Settled => "collect it, then it matures",
        HoldingState::Bond => "waits for the verdict",
        HoldingState::Lost | HoldingState::Unknown => "",
    }
}

fn style(row: &HoldingRow, theme: &Theme) -> Style {
    match row.state {
        HoldingState::Lost => theme.bad,
        state if state.is_ready() => theme.accent,
        HoldingState::Unbonding | HoldingState::Thawing => theme.warn,
        _ => theme.text,
    }
}

/// The sums by state, one line each, the total first.
pub(super) fn sums(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let Scene { feed, theme, .. } = *scene;
    let Some(stake) = stake(feed) else { return vec![] };
    let mut lines = vec![labelled(theme, "total", format!("{} CAI", coins(stake.total)), theme.accent)];
    let mut states: Vec<HoldingState> = stake.rows.iter().map(|row| row.state).collect();
    states.sort_by_key(|state| std::cmp::Reverse(*state));
    states.dedup();
    let order = |state: &HoldingState| match state {
        HoldingState::Liquid => 0,
        HoldingState::Free => 1,
        HoldingState::Own => 2,
        HoldingState::Vote => 3,
        HoldingState::Unbonding => 4,
        HoldingState::Rewards => 5,
        _ => 6,
    };
    states.sort_by_key(order);
    for state in states {
        let rows = || stake.rows.iter().filter(|row| row.state == state);
        let sum: Cai = rows().map(|row| row.amount).sum();
        let places: Vec<_> = rows()
            .map(|row| match left(feed, row) {
                Some(left) => format!("{} in {}", place(row), time_left(left)),
                None => place(row),
            })
            .filter(|place| !place.is_empty())
            .collect();
        let sample = rows().next().map_or(theme.text, |row| style(row, theme));
        lines.push(labelled(theme, state.words(), format!("{:>14}  {}", coins(sum), places.join(" · ")), sample));
    }
    lines
}

impl Pane for Holdings {
    fn title(&self) -> &'static str {
        "Stake"
    }

    fn topics(&self) -> &'static [Topic] {
        &[Topic::Money]
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn names(&self) -> &'static [&'static str] {
        &NAMES
    }

    fn rows(&self, feed: &Feed) -> usize {
        stake(feed).map_or(0, |stake| stake.rows.len())
    }

    fn key(&self, feed: &Feed, row: usize) -> Option<Key> {
        let row = holding(feed, row)?;
        let mut key = B256::ZERO;
        key[0] = row.state as u8;
        key[1..21].copy_from_slice(row.node.unwrap_or_default().as_slice());
        key[21..29].copy_from_slice(&row.until.unwrap_or_default().to_be_bytes());
        Some(key)
    }

    fn urgency(&self, feed: &Feed, row: usize) -> u8 {
        holding(feed, row).map_or(u8::MAX, |row| row.state as u8)
    }

    fn rank(&self, feed: &Feed, row: usize, column: usize) -> Rank {
        let Some(row) = holding(feed, row) else { return Rank::Unknown };
        match column {
            0 => Rank::Number((row.state as u8).into()),
            1 => Rank::Number(
                i128::try_from(u128::try_from(row.amount.base_units()).unwrap_or(u128::MAX) >> 1).unwrap_or(i128::MAX),
            ),
            2 => Rank::Word(place(row)),
            3 => left(feed, row).map_or(Rank::Unknown, |left| Rank::Number(left.into())),
            _ => Rank::Word(next(row).to_owned()),
        }
    }

    fn field(&self, feed: &Feed, row: usize, name: &str) -> Field {
        let Some(row) = holding(feed, row) else { return Field::Unknown };
        match name {
            "state" => Field::Words(row.state.words().to_owned()),
            "where" => Field::Words(place(row)),
            "cai" => Field::Number(
                u64::try_from(row.amount.base_units() / Cai::from_whole(1).base_units()).unwrap_or(u64::MAX),
            ),
            _ => Field::Unknown,
        }
    }

    fn cell(&self, scene: &Scene<'_>, row: usize, column: usize) -> (Cow<'static, str>, Style) {
        let Scene { feed, theme, .. } = *scene;
        let Some(row) = holding(feed, row) else { return ("".into(), theme.text) };
        let text = match column {
            0 => row.state.words().into(),
            1 => coins(row.amount).into(),
            2 => place(row).into(),
            3 => match left(feed, row) {
                Some(left) => time_left(left).into(),
                None if row.state.is_ready() => "now".into(),
                None => "".into(),
            },
            _ => next(row).into(),
        };
        (text, style(row, theme))
    }

    fn name(&self, scene: &Scene<'_>, row: usize) -> String {
        holding(scene.feed, row).map_or_else(String::new, |row| format!("{} {}", row.state.words(), place(row)))
    }

    fn detail(&self, scene: &Scene<'_>, row: usize, _width: u16) -> Vec<Line<'static>> {
        let Scene { feed, theme, .. } = *scene;
        let Some(row) = holding(feed, row) else { return vec![] };
        let mut lines = vec![
            labelled(theme, "state", format!("{}: {}", row.state.words(), next(row)), style(row, theme)),
            labelled(theme, "amount", row.amount.to_string(), theme.text),
            labelled(theme, "where", place(row), theme.text),
        ];
        if let Some(node) = &row.node {
            lines.push(labelled(theme, "address", node.to_string(), theme.text));
        }
        if let Some(until) = row.until {
            let left = left(feed, row).map_or_else(String::new, |left| format!(", in {}", time_left(left)));
            lines.push(labelled(theme, "when", format!("{}{left}", moment(until)), theme.text));
        }
        if let Some(command) = command(row) {
            lines.push(labelled(theme, "command", command, theme.dim));
        }
        lines
    }

    fn id(&self, feed: &Feed, row: usize) -> Option<String> {
        holding(feed, row)?.node.map(|node| node.to_string())
    }

    fn command(&self, feed: &Feed, row: usize) -> Option<String> {
        command(holding(feed, row)?)
    }

    fn actions(&self, feed: &Feed, row: Option<usize>, _home: &Home) -> Vec<Action> {
        let mut actions = vec![];
        if let Some(row) = row.and_then(|row| holding(feed, row))
            && let Some(command) = command(row)
        {
            actions.push(Action::new(next(row), command));
        }
        actions.push(Action::new("claim all rewards", "cuckoo stake claim --all".to_owned()));
        actions.push(Action::new("deposit", "cuckoo stake deposit AMOUNT".to_owned()));
        actions.push(Action::new("withdraw free stake", "cuckoo stake withdraw AMOUNT".to_owned()));
        actions
    }

    fn head_height(&self, _feed: &Feed, _body: u16) -> u16 {
        3
    }

    fn draw_head(&self, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
        let inside = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
        let Scene { feed, snapshot, theme, .. } = *scene;
        let Some(stake) = stake(feed) else { return };
        let behind =
            |node: &&cuckoo_protocol::status::NodeRow| node.pay.as_ref().is_some_and(|pay| !pay.mine.is_zero());
        let nodes: Vec<_> = snapshot.nodes.iter().filter(behind).collect();
        let per_day: Cai = nodes
            .iter()
            .filter_map(|node| Some((node, node.pay.as_ref()?)))
            .map(|(node, pay)| pay.in_a_day(node.weight, pay.mine))
            .sum();
        let mine: Cai = nodes.iter().filter_map(|node| Some(node.pay.as_ref()?.mine)).sum();
        let owner = labelled(theme, "owner", snapshot.node.address.to_string(), theme.text);
        let total = labelled(theme, "total", format!("{}; fees: {} coin", stake.total, coin(stake)), theme.accent);
        let words = format!("about {} CAI a day after commission, with {} CAI behind nodes", coins(per_day), cai(mine));
        draw_lines(inside, buffer, &[owner, total, labelled(theme, "earns", words, theme.text)]);
    }

    fn empty(&self) -> &'static str {
        "This address has no CAI in any state."
    }
}

/// The chain's own coin, which has as many decimals as CAI.
fn coin(stake: &Stake) -> String {
    coins(Cai::from_base_units(stake.coin))
}
