//! The pane Stake: the network's nodes by role, heaviest first.

use cuckoo_protocol::{
    contract::Role,
    status::{NodeRow, Snapshot},
};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    model::{Feed, Model, Pane, StakeLine},
    theme::Theme,
    view::{draw_empty, frame, inside, visible},
    widgets::{
        table::{Column, Table, bar, put, split_top},
        text::{cai, share, stranger, width},
    },
};

static COLUMNS: [Column; 6] = [
    Column::words("NODE", 10, 28, 0),
    Column::words("STATE", 8, 8, 2),
    Column::figures("OWN STAKE", 9, 4),
    Column::figures("WEIGHT", 9, 1),
    Column::figures("SHARE", 6, 3),
    Column::words("", 6, 12, 5),
];

/// Where the rows stand.
pub(crate) fn body(area: Rect) -> Rect {
    split_top(inside(area), 1).1
}

/// The columns in `width` cells.
pub(crate) fn table(width: u16) -> Table<6> {
    Table::new(&COLUMNS, width)
}

/// Draws the pane.
pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let feed = model.shown();
    let nodes = feed.board.miners.nodes + feed.board.coordinators.nodes;
    let summary = if nodes > 0 { format!("{nodes} nodes, {} live", feed.board.live) } else { String::new() };
    frame(model, theme, Pane::Stake, &summary, area, buffer);
    let inside = inside(area);
    let Some(snapshot) = feed.snapshot.as_deref().filter(|_| nodes > 0) else {
        draw_empty(feed, theme, "No nodes are registered yet.", inside, buffer);
        return;
    };
    let table = table(inside.width);
    table.titles(split_top(inside, 1).0, buffer, theme.heading);
    for (place, area) in visible(model, Pane::Stake, body(area)) {
        row(feed, snapshot, theme, place, &table, area, buffer);
    }
}

/// Draws one row.
pub(crate) fn row(
    feed: &Feed,
    snapshot: &Snapshot,
    theme: &Theme,
    place: usize,
    table: &Table<6>,
    area: Rect,
    buffer: &mut Buffer,
) {
    match feed.board.stake.get(place) {
        Some(StakeLine::Head(role)) => head(feed, theme, *role, area, buffer),
        Some(StakeLine::Node(node)) => {
            if let Some(node) = snapshot.nodes.get(*node) {
                node_row(snapshot, theme, node, table, area, buffer);
            }
        }
        None => {}
    }
}

fn head(feed: &Feed, theme: &Theme, role: Role, area: Rect, buffer: &mut Buffer) {
    let sum = feed.board.role(role);
    let name = match (role, sum.nodes) {
        (Role::Miner, 1) => "miner",
        (Role::Miner, _) => "miners",
        (Role::Coordinator, 1) => "coordinator",
        (Role::Coordinator, _) => "coordinators",
    };
    let short = format!("{} {name}", sum.nodes);
    let middle = format!("{short}, {} CAI", cai(sum.weight));
    let long = format!("{short}, {} active, {} CAI", sum.active, cai(sum.weight));
    let line = [&long, &middle].into_iter().find(|line| width(line) <= area.width).unwrap_or(&short);
    put(area, buffer, line, theme.dim);
}

/// A node's state in a sign and a word. Nodes of the publisher's own role never have a session with it, which says nothing
/// about them.
fn state(snapshot: &Snapshot, theme: &Theme, node: &NodeRow) -> (&'static str, Style) {
    if node.address == snapshot.node.address {
        ("◆ this", theme.accent)
    } else if !node.active {
        ("✕ out", theme.bad)
    } else if node.live {
        ("● live", theme.ok)
    } else if node.role == snapshot.node.role {
        ("· active", theme.dim)
    } else {
        ("○ away", theme.warn)
    }
}

fn node_row(snapshot: &Snapshot, theme: &Theme, node: &NodeRow, table: &Table<6>, area: Rect, buffer: &mut Buffer) {
    let (state, style) = state(snapshot, theme, node);
    let text = if node.active { theme.text } else { theme.dim };
    table.cell(area, buffer, 0, &stranger(&node.name), text);
    table.cell(area, buffer, 1, state, style);
    table.cell(area, buffer, 2, &cai(node.self_stake), text);
    table.cell(area, buffer, 3, &cai(node.weight), text);
    table.cell(area, buffer, 4, &share(node.share_ppm), text);
    if let Some(slot) = table.slot(area, 5) {
        bar(slot, buffer, u64::from(node.share_ppm), 1_000_000, theme.accent, theme.track);
    }
}
