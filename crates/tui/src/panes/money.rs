//! The pane Money: what is earned or spent over time, what is owed, and the accounts with other nodes.

use std::borrow::Cow;

use cuckoo_protocol::{
    B256, Cai,
    contract::Role,
    status::{AccountRow, Publisher, Topic},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    pane::{Pane, Scene, draw_lines, labelled},
    tasks::node_name,
};
use crate::{
    model::{Action, Feed, Field, Home, Key, Rank},
    theme::Theme,
    widgets::{
        chart,
        table::Column,
        text::{Age, cai, coins, grouped, micro, share},
    },
};

static COLUMNS: [Column; 8] = [
    Column::words("NODE", 10, 24, 0),
    Column::figures("IN ALL", 12, 1),
    Column::figures("VOUCHERED", 12, 3),
    Column::figures("AT RISK", 11, 2),
    Column::figures("SETTLED", 12, 4),
    Column::figures("UNPAID", 6, 5),
    Column::figures("ESCROW", 12, 6),
    Column::words("NOTE", 8, 40, 7),
];

const NAMES: [&str; 3] = ["node", "note", "unpaid"];

/// The pane.
pub(super) struct MoneyPane;

/// Seconds of a day and of an hour.
pub(super) const DAY: usize = 86_400;
pub(super) const HOUR: usize = 3_600;

fn account(feed: &Feed, row: usize) -> Option<&AccountRow> {
    feed.snapshot.as_deref()?.money.as_ref()?.accounts.get(row)
}

fn note(feed: &Feed, account: &AccountRow) -> String {
    let since = account.unpaid_since.map(|at| Age::of(feed.age(at)).to_string());
    match (account.is_late, since) {
        (true, Some(since)) => format!("▲ voucher late, oldest answer {since} old"),
        (true, None) => "▲ voucher late".to_owned(),
        (false, Some(since)) => format!("oldest answer without a voucher: {since}"),
        (false, None) => String::new(),
    }
}

/// What an hour and a day brought or cost, and how long the escrow lasts at that pace, in lines.
pub(super) fn figures(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let Scene { feed, snapshot, theme, .. } = *scene;
    let Some(money) = &snapshot.money else {
        return vec![Line::styled("This node is older than this dashboard and does not say; update it.", theme.dim)];
    };
    let earned = &feed.history.earned;
    let (hour, day) = (earned.sum(HOUR), earned.sum(DAY));
    let is_miner = snapshot.node.role == Role::Miner;
    let verb = if is_miner { "earned" } else { "spent" };
    let trend = chart::line(&earned.columns(24, DAY));
    let mut lines = vec![Line::from(vec![
        Span::styled(format!("{verb:<10}"), theme.dim),
        Span::styled(format!("{} in 24 h", micro(day)), theme.accent),
        Span::styled(format!("  {} in 1 h  ", micro(hour)), theme.text),
        Span::styled(trend, theme.accent),
    ])];
    if is_miner {
        lines.push(labelled(theme, "per GPU", per_device(feed, snapshot, hour), theme.text));
    }
    if let Some(escrow) = money.escrow {
        lines.push(labelled(
            theme,
            "escrow",
            format!("{}{}", coins(escrow), lasts(escrow, money.reserved, hour)),
            theme.text,
        ));
    }
    let risk = money.at_risk();
    let style = if money.accounts.iter().any(|account| account.is_late) { theme.bad } else { theme.text };
    lines.push(labelled(
        theme,
        "owed",
        format!("{} in all, {} in vouchers", coins(money.total), coins(money.vouchered())),
        theme.text,
    ));
    lines.push(labelled(theme, "at risk", format!("{} owed and in no voucher yet", coins(risk)), style));
    lines.push(labelled(
        theme,
        "reserved",
        format!("{} for tasks that have not ended", coins(money.reserved)),
        theme.text,
    ));
    lines
}

/// What a GPU earns in an hour, and what a kilowatt-hour does.
fn per_device(feed: &Feed, snapshot: &cuckoo_protocol::status::Snapshot, hour: u64) -> String {
    let own = feed.board.node(snapshot, &snapshot.node.address);
    let count = own.map_or(0, |node| node.devices.len()) as u64;
    let watts = feed.history.watts.columns(60, HOUR);
    let mean = watts.iter().sum::<u64>() / watts.len().max(1) as u64;
    let per_gpu = hour.checked_div(count).map_or_else(|| "-".to_owned(), micro);
    let per_kwh = hour.saturating_mul(1_000).checked_div(mean).map_or_else(|| "-".to_owned(), micro);
    format!("{per_gpu} an hour, {per_kwh} per kWh at {} W", grouped(mean))
}

/// How long the escrow lasts at the last hour's pace.
fn lasts(escrow: Cai, reserved: Cai, hour: u64) -> String {
    let free = escrow.checked_sub(reserved).unwrap_or_default();
    let micro_free = u128::try_from(free.base_units()).unwrap_or(u128::MAX) / 1_000_000_000_000;
    match micro_free.saturating_mul(3_600_000).checked_div(u128::from(hour)) {
        Some(left) => format!(", −{}/h, empty in {}", micro(hour), Age::of(u64::try_from(left).unwrap_or(u64::MAX))),
        None => ", nothing was spent in the last hour".to_owned(),
    }
}

/// The stake behind the publishing node, in one line.
pub(super) fn stake(scene: &Scene<'_>) -> Option<Line<'static>> {
    let Scene { feed, snapshot, theme, .. } = *scene;
    let own = feed.board.node(snapshot, &snapshot.node.address)?;
    let votes = own.weight.checked_sub(own.self_stake).unwrap_or_default();
    let place = feed.board.place(snapshot, own);
    let words = format!(
        "{} own + {} votes = {} (#{place} of {})",
        cai(own.self_stake),
        cai(votes),
        share(own.share_ppm),
        feed.board.role(own.role).active
    );
    let style = if own.active { theme.text } else { theme.bad };
    Some(labelled(theme, "stake", words, style))
}

fn amount(amount: Option<Cai>) -> String {
    amount.map_or_else(|| "-".to_owned(), coins)
}

impl Pane for MoneyPane {
    fn title(&self) -> &'static str {
        "Money"
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
        let money = feed.snapshot.as_deref().and_then(|snapshot| snapshot.money.as_ref());
        money.map_or(0, |money| money.accounts.len())
    }

    fn key(&self, feed: &Feed, row: usize) -> Option<Key> {
        account(feed, row).map(|account| B256::left_padding_from(account.node.as_slice()))
    }

    fn urgency(&self, feed: &Feed, row: usize) -> u8 {
        account(feed, row).map_or(1, |account| u8::from(!account.is_late))
    }

    fn rank(&self, feed: &Feed, row: usize, column: usize) -> Rank {
        let (Some(account), Some(snapshot)) = (account(feed, row), feed.snapshot.as_deref()) else {
            return Rank::Unknown;
        };
        let of = |amount: Cai| {
            Rank::Number(
                i128::try_from(u128::try_from(amount.base_units()).unwrap_or(u128::MAX) >> 1).unwrap_or(i128::MAX),
            )
        };
        match column {
            0 => Rank::Word(node_name(feed, snapshot, &account.node)),
            1 => of(account.total),
            2 => of(account.vouchered),
            3 => of(account.at_risk()),
            4 => account.settled.map_or(Rank::Unknown, of),
            5 => Rank::Number(account.unpaid.into()),
            6 => account.escrow.map_or(Rank::Unknown, of),
            _ => Rank::Word(note(feed, account)),
        }
    }

    fn field(&self, feed: &Feed, row: usize, name: &str) -> Field {
        let (Some(account), Some(snapshot)) = (account(feed, row), feed.snapshot.as_deref()) else {
            return Field::Unknown;
        };
        match name {
            "node" => Field::Words(node_name(feed, snapshot, &account.node)),
            "note" => Field::Words(note(feed, account)),
            "unpaid" => Field::Number(account.unpaid),
            _ => Field::Unknown,
        }
    }

    fn cell(&self, scene: &Scene<'_>, row: usize, column: usize) -> (Cow<'static, str>, Style) {
        let Scene { feed, snapshot, theme, .. } = *scene;
        let Some(account) = account(feed, row) else { return ("".into(), theme.text) };
        let late = |theme: &Theme| if account.is_late { theme.bad } else { theme.text };
        match column {
            0 => (node_name(feed, snapshot, &account.node).into(), theme.text),
            1 => (coins(account.total).into(), theme.text),
            2 => (coins(account.vouchered).into(), theme.text),
            3 => (coins(account.at_risk()).into(), late(theme)),
            4 => (amount(account.settled).into(), theme.text),
            5 => (grouped(account.unpaid).into(), theme.text),
            6 => (amount(account.escrow).into(), theme.text),
            _ => (note(feed, account).into(), late(theme)),
        }
    }

    fn name(&self, scene: &Scene<'_>, row: usize) -> String {
        account(scene.feed, row)
            .map_or_else(String::new, |account| node_name(scene.feed, scene.snapshot, &account.node))
    }

    fn detail(&self, scene: &Scene<'_>, row: usize, _width: u16) -> Vec<Line<'static>> {
        let Scene { feed, snapshot, theme, .. } = *scene;
        let Some(account) = account(feed, row) else { return vec![] };
        let mut lines = vec![
            labelled(theme, "address", account.node.to_string(), theme.text),
            labelled(theme, "in all", account.total.to_string(), theme.text),
            labelled(theme, "vouchered", account.vouchered.to_string(), theme.text),
            labelled(
                theme,
                "at risk",
                account.at_risk().to_string(),
                if account.is_late { theme.bad } else { theme.text },
            ),
        ];
        if let Some(settled) = account.settled {
            let waits = account.vouchered.checked_sub(settled).unwrap_or_default();
            lines.push(labelled(theme, "settled", format!("{settled}; {waits} can be redeemed"), theme.text));
        }
        let note = note(feed, account);
        if !note.is_empty() {
            lines.push(labelled(theme, "note", note, if account.is_late { theme.warn } else { theme.text }));
        }
        if snapshot.node.role == Role::Miner {
            lines.push(labelled(theme, "command", self.command(feed, row).unwrap_or_default(), theme.dim));
        }
        lines
    }

    fn id(&self, feed: &Feed, row: usize) -> Option<String> {
        account(feed, row).map(|account| account.node.to_string())
    }

    fn command(&self, feed: &Feed, _row: usize) -> Option<String> {
        let is_miner = feed.snapshot.as_deref()?.node.role == Role::Miner;
        Some(if is_miner { "cuckoo miner payout" } else { "cuckoo coordinator settle" }.to_owned())
    }

    fn actions(&self, feed: &Feed, _row: Option<usize>, home: &Home) -> Vec<Action> {
        let Some(snapshot) = feed.snapshot.as_deref() else { return vec![] };
        match snapshot.node.role {
            Publisher::Miner if !home.is_remote => vec![
                Action::new("get all that can be had now", "cuckoo miner payout".to_owned()),
                Action::new("redeem vouchers", "cuckoo miner redeem".to_owned()),
                Action::new("claim tickets without a voucher", "cuckoo miner claim".to_owned()),
                Action::new("show vouchers", "cuckoo miner vouchers".to_owned()),
            ],
            Publisher::Coordinator => {
                let node = snapshot.node.address;
                let mut actions =
                    vec![Action::new("deposit into escrow", format!("cuckoo escrow deposit {node} AMOUNT"))];
                if !home.is_remote {
                    actions.push(Action::new("settle now", home.command("cuckoo coordinator settle")));
                    actions.push(Action::new("show what is owed", home.command("cuckoo coordinator owed")));
                }
                actions
            }
            _ => vec![],
        }
    }

    fn head_height(&self, feed: &Feed, _body: u16) -> u16 {
        let is_known = feed.snapshot.as_deref().is_some_and(|snapshot| snapshot.money.is_some());
        if is_known { 7 } else { 2 }
    }

    fn draw_head(&self, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
        let inside = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
        let mut lines = figures(scene);
        lines.extend(stake(scene));
        draw_lines(inside, buffer, &lines);
    }

    fn empty(&self) -> &'static str {
        "Nobody owes anything yet."
    }
}
