//! Draws a [`Model`]: functions of the model and an area, without state of their own.

mod compact;
pub(crate) mod layout;

use ratatui::{
    buffer::Buffer,
    layout::{Alignment, Rect},
    text::{Line, Span},
    widgets::{Block, BorderType, Widget},
};

pub use layout::{Layout, Shape};

use crate::{
    model::{Feed, Link, Model, Pane},
    panes::{devices, stake, tasks},
    theme::Theme,
    widgets::{footer, header, help, table, text},
};

/// Draws all of `model` into `area`, which begins at the upper left corner.
pub fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = Theme::of(model.palette);
    let layout = Layout::of(model, (area.width, area.height));
    if layout.shape == Shape::Line {
        header::one_line(model, &theme, layout.header, buffer);
        return;
    }
    header::draw(model, &theme, layout.header, buffer);
    header::draw_notice(model, &theme, layout.notice, buffer);
    header::draw_tabs(model, &theme, layout.tabs, buffer);
    for pane in Pane::ALL {
        let area = layout.panes[pane.index()];
        if !area.is_empty() {
            match pane {
                Pane::Stake => stake::draw(model, &theme, area, buffer),
                Pane::Tasks => tasks::draw(model, &theme, area, buffer),
                Pane::Devices => devices::draw(model, &theme, area, buffer),
            }
        }
    }
    if !layout.list.is_empty() {
        compact::draw(model, &theme, layout.list, buffer);
    }
    footer::draw(model, &theme, &layout, buffer);
    if model.help {
        help::draw(&theme, area, buffer);
    }
}

/// A frame as lines of text without trailing blanks.
pub fn to_text(model: &Model, width: u16, height: u16) -> String {
    let area = Rect { x: 0, y: 0, width, height };
    let mut buffer = Buffer::empty(area);
    draw(model, area, &mut buffer);
    let mut frame = String::new();
    for y in 0..height {
        let mut line = String::new();
        let mut covered = 0;
        for x in 0..width {
            let symbol = buffer[(x, y)].symbol();
            // The cell after a wide character belongs to it.
            if covered == 0 {
                line.push_str(symbol);
                covered = text::width(symbol).max(1);
            }
            covered -= 1;
        }
        frame.push_str(line.trim_end());
        frame.push('\n');
    }
    frame.truncate(frame.trim_end().len());
    frame.push('\n');
    frame
}

/// The frame around a pane: its number and name, what is in it, and which rows are visible.
pub(crate) fn frame(model: &Model, theme: &Theme, pane: Pane, summary: &str, area: Rect, buffer: &mut Buffer) {
    let focused = model.interactive && model.focus == pane;
    let border = if focused { theme.accent } else { theme.border };
    let title = match (model.interactive, focused) {
        (true, true) => format!("▸{} {} ", pane.index() + 1, pane.title()),
        (true, false) => format!(" {} {} ", pane.index() + 1, pane.title()),
        (false, _) => format!(" {} ", pane.title()),
    };
    let title_width = text::width(&title) + 2;
    let mut block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(border)
        .title(Span::styled(title, if focused { theme.key } else { theme.heading }));
    if !summary.is_empty() && text::width(summary) + title_width + 4 <= area.width {
        block = block.title(Line::styled(format!(" {summary} "), theme.dim).alignment(Alignment::Right));
    }
    let (first, page, all) = window(model, pane, layout::body(pane, area));
    if all > page {
        let place = format!(" {}-{} of {all} ", first + 1, (first + page).min(all));
        block = block.title_bottom(Line::styled(place, theme.dim).alignment(Alignment::Right));
    }
    block.render(area, buffer);
}

/// First row, rows that fit and rows in all.
fn window(model: &Model, pane: Pane, body: Rect) -> (usize, usize, usize) {
    let (all, page) = (layout::rows(pane, model.shown()), usize::from(body.height));
    (model.offsets[pane.index()].min(all.saturating_sub(page)), page, all)
}

/// The areas of the visible rows of a pane with the places of what they show.
pub(crate) fn visible(model: &Model, pane: Pane, body: Rect) -> impl Iterator<Item = (usize, Rect)> + use<> {
    let (first, page, all) = window(model, pane, body);
    (first..all.min(first.saturating_add(page))).zip(body.rows())
}

/// Inside a frame, with a blank cell on either side.
pub(crate) fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
    .intersection(area)
}

/// What stands in a pane that has no rows.
pub(crate) fn draw_empty(feed: &Feed, theme: &Theme, reason: &str, area: Rect, buffer: &mut Buffer) {
    let message = match (&feed.snapshot, &feed.link) {
        (Some(_), _) => reason,
        (None, Link::Down { .. }) => "Nothing heard from the node yet.",
        (None, _) => "Waiting for the node's first snapshot.",
    };
    table::put(Rect { height: area.height.min(1), ..area }, buffer, message, theme.dim);
}
