//! The pane Stake: the network's nodes by role, the heaviest first.

use cuckoo_protocol::{
    contract::Role,
    status::{NodeRow, Snapshot},
};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    model::{Feed, StakeLine},
    theme::Theme,
    widgets::{
        pane::{Pane, Scene},
        table::{Column, Table, bar, put},
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

/// The pane. Each role has a line of its own above its nodes.
pub(super) struct Stake;

impl Pane for Stake {
    fn title(&self) -> &'static str {
        "Stake"
    }

    fn weight(&self) -> u16 {
        33
    }

    fn rows(&self, feed: &Feed) -> usize {
        feed.board.stake.len()
    }

    fn empty(&self) -> &'static str {
        "No nodes are registered yet."
    }

    fn summary(&self, scene: &Scene<'_>) -> String {
        let board = &scene.feed.board;
        let nodes = board.miners.nodes + board.coordinators.nodes;
        if nodes > 0 { format!("{nodes} nodes, {} live", board.live) } else { String::new() }
    }

    fn draw_titles(&self, theme: &Theme, area: Rect, buffer: &mut Buffer) {
        Table::new(&COLUMNS, area.width).titles(area, buffer, theme.heading);
    }

    fn draw_row(&self, scene: &Scene<'_>, row: usize, area: Rect, buffer: &mut Buffer) {
        match scene.feed.board.stake.get(row) {
            Some(StakeLine::Head(role)) => draw_role(scene.feed, scene.theme, *role, area, buffer),
            Some(StakeLine::Node(node)) => {
                if let Some(node) = scene.snapshot.nodes.get(*node) {
                    draw_node(scene, node, area, buffer);
                }
            }
            None => {}
        }
    }
}

fn draw_role(feed: &Feed, theme: &Theme, role: Role, area: Rect, buffer: &mut Buffer) {
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

/// A node's state as a sign and a word. Nodes in the publishing node's own role never have a session with it, so the lack of
/// one says nothing about them.
fn state(snapshot: &Snapshot, theme: &Theme, node: &NodeRow) -> (&'static str, Style) {
    if node.address == snapshot.node.address {
        ("◆ this", theme.accent)
    } else if !node.active {
        ("✕ out", theme.bad)
    } else if snapshot.cases.iter().any(|case| case.accused == node.address && !case.stage.is_closed()) {
        ("! trial", theme.warn)
    } else if node.live {
        ("● live", theme.ok)
    } else if node.role == snapshot.node.role {
        ("· active", theme.dim)
    } else {
        ("○ away", theme.warn)
    }
}

fn draw_node(scene: &Scene<'_>, node: &NodeRow, area: Rect, buffer: &mut Buffer) {
    let (table, theme) = (Table::new(&COLUMNS, area.width), scene.theme);
    let (state, style) = state(scene.snapshot, theme, node);
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
