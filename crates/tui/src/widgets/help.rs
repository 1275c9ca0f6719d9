//! The help: every key and every sign with its meaning, and what filters of the pane that is shown can name.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{overlay, table::put};
use crate::{model::Model, theme::Theme};

/// A key or a sign and its meaning. A line without a key is a heading.
const LINES: [(&str, &str); 36] = [
    ("", "Keys"),
    ("q  Ctrl-C", "quit"),
    ("1-9  Tab  ← →", "go to another pane"),
    ("j k  ↑ ↓  g G", "move the cursor"),
    ("Space  PgUp PgDn", "move by a page"),
    ("Enter  Esc", "show a row in full, close it"),
    ("/", "filter: words, name:value, name>5m, !not"),
    ("s  S", "order by the next column, turn round"),
    ("F", "let the cursor stay at the first row"),
    ("z", "give the list the whole screen"),
    ("y", "copy the row's id"),
    ("x  o", "what can be done, the row's command to run"),
    ("[ ]", "span of the charts: 5 m to 24 h"),
    ("p  f", "freeze the screen, or resume"),
    ("a", "all alerts"),
    (":", "commands; Tab completes"),
    ("e", "write frame and snapshot to files"),
    ("t", "next theme"),
    ("Ctrl-L  Ctrl-Z", "draw again, stop the program"),
    ("Space , . < > { }", "recording: pause, step, speed, a minute"),
    ("mouse", "click tabs, rows, titles; scroll"),
    ("", "Signs"),
    ("● live", "has a session with this node"),
    ("○ away", "registered, but has no session"),
    ("· active", "registered, in this node's own role"),
    ("✕", "needs somebody: suspended, refused, failed, out"),
    ("▲", "to be watched: paused, suspected, late, hot"),
    ("◐ STALE", "no news from the node or its chain"),
    ("✕ DOWN", "the node does not answer"),
    ("", "Figures"),
    ("SHARE", "share of its role's weight this epoch"),
    ("FIRST", "time to the first token"),
    ("RAN  WAIT", "time with a miner, and before that"),
    ("TOK/S", "tokens per second after the first one"),
    ("OWED", "owed so far and not settled, or all of it"),
    ("AT RISK", "owed, and in no voucher yet"),
];

/// The width of the column of keys.
const KEYS: u16 = 18;

/// The width of one column of lines.
const COLUMN: u16 = 62;

/// Draws the help over the body, in two columns where there is room.
pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let names = model.pane().map(|pane| pane.names()).unwrap_or_default();
    let filters = if names.is_empty() { String::new() } else { format!("filter names here: {}", names.join(" ")) };
    let own = (!model.bound.is_empty()).then_some(("", "Your own keys"));
    let own = own.into_iter().chain(model.bound.iter().map(|(key, command)| (key.as_str(), command.as_str())));
    let lines: Vec<_> = LINES.iter().copied().chain([("", filters.as_str())]).chain(own).collect();
    let all = lines.len() as u16;
    let is_wide = area.width >= 2 * COLUMN + 6 && all + 2 > area.height.min(40);
    let rows = if is_wide { all.div_ceil(2) } else { all };
    let width = if is_wide { 2 * COLUMN + 4 } else { COLUMN + 4 };
    let inside = overlay::boxed(
        "Help",
        "? or Esc closes",
        (width.min(area.width), (rows + 2).min(area.height)),
        theme,
        area,
        buffer,
    );
    for (place, (key, meaning)) in lines.into_iter().enumerate() {
        let (column, row) = (place as u16 / inside.height.max(1), place as u16 % inside.height.max(1));
        let x = inside.x.saturating_add(column * (COLUMN + 1));
        if x >= inside.right() {
            break;
        }
        let line = Rect { x, y: inside.y + row, width: COLUMN.min(inside.right() - x), height: 1 };
        if key.is_empty() {
            put(line, buffer, meaning, theme.heading);
            continue;
        }
        put(Rect { width: KEYS.min(line.width), ..line }, buffer, key, theme.key);
        let rest = line.width.saturating_sub(KEYS);
        put(Rect { x: line.x.saturating_add(KEYS), width: rest, ..line }, buffer, meaning, theme.text);
    }
}
