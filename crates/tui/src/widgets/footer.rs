//! The line at the bottom: the keys that are used most.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{table::put, text::width};
use crate::theme::Theme;

/// Draws the keys, as many of them as fit, and `position` on the right. `panes` is the number of panes that a key can go to.
pub(crate) fn draw(
    frozen: bool,
    panes: usize,
    position: Option<String>,
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    if area.is_empty() {
        return;
    }
    let pane_keys = format!("Tab 1-{panes}");
    let keys = [
        (true, "q", "quit"),
        (true, "?", "help"),
        (true, "p", if frozen { "resume" } else { "freeze" }),
        (panes > 0, pane_keys.as_str(), "pane"),
        (true, "j/k", "scroll"),
        (true, "g/G", "top/bottom"),
    ];
    let mut rest = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
    if let Some(position) = position {
        let left = rest.width.saturating_sub(width(&position));
        put(Rect { x: rest.x + left, width: rest.width - left, ..rest }, buffer, &position, theme.dim);
        rest.width = left.saturating_sub(2);
    }
    for (_, key, meaning) in keys.into_iter().filter(|(applies, ..)| *applies) {
        let cells = width(key) + 1 + width(meaning);
        if cells > rest.width {
            break;
        }
        let used = put(rest, buffer, key, theme.key) + 1;
        put(Rect { x: rest.x + used, width: rest.width - used, ..rest }, buffer, meaning, theme.dim);
        let used = (cells + 3).min(rest.width);
        rest = Rect { x: rest.x + used, width: rest.width - used, ..rest };
    }
}
