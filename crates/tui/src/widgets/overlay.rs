//! Boxes over the panes, and the list of all alerts.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Rect},
    widgets::{Clear, Widget},
};

use super::{
    frame::Frame,
    header,
    table::put,
    text::{width, wrapped},
};
use crate::{
    model::{Action, Model},
    theme::Theme,
};

/// Clears a box in the middle of `area` and draws its frame. Returns the area inside.
pub(crate) fn boxed(
    title: &str,
    right: &str,
    size: (u16, u16),
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
) -> Rect {
    let (width, height) = size;
    let boxed = area.centered(Constraint::Length(width), Constraint::Length(height));
    let margin = Rect { x: boxed.x.saturating_sub(1), width: boxed.width.saturating_add(2), ..boxed };
    Clear.render(margin.intersection(area), buffer);
    Frame { title, right, has_border: true, is_focused: true }.draw(theme, boxed, buffer)
}

/// Draws what can be done, with the key and the command of each.
pub(crate) fn draw_menu(actions: &[Action], theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let height = u16::try_from(actions.len()).unwrap_or(u16::MAX).saturating_add(2).min(area.height);
    let size = (area.width.min(120), height);
    let inside = boxed("What can be done", "a digit shows the command, Esc closes", size, theme, area, buffer);
    let widest = actions.iter().map(|action| width(&action.words)).max().unwrap_or(0).min(32);
    for ((place, action), row) in actions.iter().enumerate().zip(inside.rows()) {
        put(row, buffer, &(place + 1).to_string(), theme.key);
        let rest = Rect { x: row.x + 2, width: row.width.saturating_sub(2), ..row };
        put(Rect { width: widest.min(rest.width), ..rest }, buffer, &action.words, theme.text);
        let used = (widest + 2).min(rest.width);
        put(Rect { x: rest.x + used, width: rest.width - used, ..rest }, buffer, &action.command, theme.dim);
    }
}

/// Draws all alerts, each in full.
pub(crate) fn draw_alerts(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let notices = header::notices(model, theme);
    let width = area.width.min(120);
    let mut lines = vec![];
    for (sign, style, words) in &notices {
        for (place, line) in wrapped(words, width.saturating_sub(6), 4).into_iter().enumerate() {
            lines.push((if place == 0 { *sign } else { " " }, *style, line));
        }
    }
    if lines.is_empty() {
        lines.push(("●", theme.ok, "All is well.".to_owned()));
    }
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2).min(area.height);
    let inside = boxed("All that is wrong", "a or Esc closes", (width, height), theme, area, buffer);
    for ((sign, style, line), row) in lines.iter().zip(inside.rows()) {
        put(row, buffer, &format!("{sign} {line}"), *style);
    }
}
