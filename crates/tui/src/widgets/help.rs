//! The help: every key and every sign with its meaning.

use ratatui::{
    buffer::Buffer,
    layout::{Alignment, Constraint, Rect},
    text::Line,
    widgets::{Block, BorderType, Clear, Widget},
};

use super::{pane::inside, table::put};
use crate::theme::Theme;

/// The keys that go to a pane, but for the digits.
const PANE_KEYS: &str = "Tab  h l";

/// A key or a sign and its meaning. A line without a key is a heading.
const LINES: [(&str, &str); 18] = [
    ("", "Keys"),
    ("q  Ctrl-C", "quit"),
    ("?  Esc", "show or close this help"),
    ("p  f", "freeze the screen, or resume"),
    (PANE_KEYS, "go to another pane"),
    ("j k  arrows", "scroll by a row"),
    ("Space  PgUp PgDn", "scroll by a page"),
    ("g  G", "go to the first or last row"),
    ("", "Nodes"),
    ("● live", "has a session with this node"),
    ("○ away", "registered, but has no session"),
    ("· active", "registered, in this node's own role"),
    ("✕ out", "below its minimum stake, or removed"),
    ("", "Figures"),
    ("STALE", "no news from the node or its chain"),
    ("DOWN", "the node does not answer"),
    ("SHARE", "share of its role's weight this epoch"),
    ("TTFT", "time to the first token"),
];

/// The width of the column of keys.
const KEYS: u16 = 18;

/// Draws the help over everything. `panes` is the number of panes that a digit can go to.
pub(crate) fn draw(panes: usize, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let boxed = area.centered(Constraint::Length(64), Constraint::Length(LINES.len() as u16 + 2));
    let margin = Rect { x: boxed.x.saturating_sub(1), width: boxed.width.saturating_add(2), ..boxed };
    Clear.render(margin.intersection(area), buffer);
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.accent)
        .title(Line::styled(" Help ", theme.key))
        .title_bottom(Line::styled(" ? or Esc closes ", theme.dim).alignment(Alignment::Right))
        .render(boxed, buffer);
    for ((key, meaning), row) in LINES.iter().zip(inside(boxed).rows()) {
        if key.is_empty() {
            put(row, buffer, meaning, theme.heading);
            continue;
        }
        let digits = if *key == PANE_KEYS { format!("  1-{panes}") } else { String::new() };
        put(Rect { width: KEYS.min(row.width), ..row }, buffer, &format!("{key}{digits}"), theme.key);
        let rest = row.width.saturating_sub(KEYS);
        put(Rect { x: row.x.saturating_add(KEYS), width: rest, ..row }, buffer, meaning, theme.text);
    }
}
