//! Draws a [`Model`]. What is drawn depends on the model and the area only.

mod compact;
pub(crate) mod layout;

use ratatui::{buffer::Buffer, layout::Rect};

pub use layout::{Layout, Shape};

use crate::{
    model::Model,
    panes::{self, PANES},
    theme::Theme,
    view::layout::LIST,
    widgets::{
        footer, header, help,
        pane::{self, Stand},
        text,
    },
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
    header::draw_tabs(panes::titles(), model, &theme, layout.tabs, buffer);
    for (place, (pane, area)) in PANES.iter().zip(&layout.panes).enumerate().filter(|(_, (_, area))| !area.is_empty()) {
        let stand = Stand {
            number: model.interactive.then_some(place + 1),
            focused: model.interactive && model.focus == place,
            offset: model.offset(place),
        };
        pane::draw(*pane, &stand, model.shown(), &theme, *area, buffer);
    }
    let mut position = None;
    if !layout.list.is_empty() {
        let offset = model.offset(LIST);
        compact::draw(model.shown(), offset, &theme, layout.list, buffer);
        position = compact::position(model.shown(), offset, layout.list.height);
    }
    let choices = if layout.shape == Shape::Compact { 0 } else { PANES.len() };
    footer::draw(model.frozen(), choices, position, &theme, layout.footer, buffer);
    if model.help {
        help::draw(PANES.len(), &theme, area, buffer);
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
