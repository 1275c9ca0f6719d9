//! The line at the bottom: the keys that matter.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{table::put, text::width};
use crate::{
    model::Model,
    theme::Theme,
    view::layout::{LIST, Layout, Shape},
};

/// Which rows of the compact list are visible, unless all are.
fn place(model: &Model, layout: &Layout) -> Option<String> {
    let (all, page) = (layout.rows(model.shown(), LIST), usize::from(layout.page(LIST)));
    let first = model.offsets[LIST].min(all.saturating_sub(page));
    (page > 0 && all > page).then(|| format!("{}-{} of {all}", first + 1, first + page))
}

/// Draws the keys; those that do not fit are left out.
pub(crate) fn draw(model: &Model, theme: &Theme, layout: &Layout, buffer: &mut Buffer) {
    let area = layout.footer;
    if area.is_empty() {
        return;
    }
    let freeze = if model.frozen() { "go on" } else { "freeze" };
    let panes = layout.shape != Shape::Compact;
    let keys = [
        (true, "q", "quit"),
        (true, "?", "help"),
        (true, "p", freeze),
        (panes, "Tab 1-3", "pane"),
        (true, "j/k", "scroll"),
        (true, "g/G", "top/end"),
    ];
    let mut rest = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
    if let Some(place) = place(model, layout) {
        // The compact list has no frame that could tell.
        let left = rest.width.saturating_sub(width(&place));
        put(Rect { x: rest.x + left, width: rest.width - left, ..rest }, buffer, &place, theme.dim);
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
