//! A pane's list with its cursor, and the detail of the row at the cursor.

use ratatui::{buffer::Buffer, layout::Rect};

use super::layout::Layout;
use crate::{
    model::{List, Model},
    panes::pane::{Pane, Scene, draw_lines},
    widgets::{
        frame::Frame,
        table::{Table, put, split_top},
        text::grouped,
    },
};

/// Draws the list and the detail.
pub(super) fn draw(model: &Model, pane: &dyn Pane, scene: &Scene<'_>, layout: &Layout, buffer: &mut Buffer) {
    let Some(list) = model.lists.get(model.focus) else { return };
    if !layout.list.is_empty() {
        draw_rows(pane, scene, list, (model.interactive, layout.has_borders), layout.list, buffer);
    }
    let Some(row) = list.current().filter(|_| !layout.detail.is_empty()) else { return };
    let name = pane.name(scene, row);
    let right = if list.detail { "Esc closes  y copies the id" } else { "y copies the id" };
    let frame = Frame { title: &name, right, has_border: layout.has_borders, is_focused: false };
    let inside = frame.draw(scene.theme, layout.detail, buffer);
    draw_lines(inside, buffer, &pane.detail(scene, row, inside.width));
}

/// Draws the rows of a list that its offset shows, in a frame. Only a list that keys go to has a cursor.
pub(super) fn draw_rows(
    pane: &dyn Pane,
    scene: &Scene<'_>,
    list: &List,
    (has_cursor, has_border): (bool, bool),
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = scene.theme;
    let (all, total) = (list.order.len(), pane.rows(scene.feed));
    let page = usize::from(Frame::inside(has_border, area).height.saturating_sub(1));
    let last = all.min(list.offset.saturating_add(page));
    let mut right = vec![];
    if !list.filter.is_empty() {
        right.push(format!("/ {}", list.filter.text));
        right.push(format!("{} of {}", grouped(all), grouped(total)));
    }
    if all > page {
        right.push(format!("{}-{} of {}", grouped(list.offset + 1), grouped(last), grouped(all)));
    }
    right.push(pane.summary(scene));
    right.retain(|words| !words.is_empty());
    let right = right.join("  ");
    let frame = Frame { title: pane.title(), right: &right, has_border, is_focused: has_cursor };
    let inside = frame.draw(theme, area, buffer);
    if all == 0 {
        let words = if total == 0 { pane.empty() } else { "No row matches the filter; Esc removes it." };
        put(Rect { height: inside.height.min(1), ..inside }, buffer, words, theme.dim);
        return;
    }
    let table = Table::new(pane.columns(), inside.width);
    let (titles, body) = split_top(inside, 1);
    table.titles(titles, buffer, theme.heading, list.sort.map(|sort| (sort, list.descending)));
    for (place, area) in (list.offset..last).zip(body.rows()) {
        let row = list.order[place];
        for column in 0..pane.columns().len() {
            if table.slot(area, column).is_some() {
                let (content, style) = pane.cell(scene, row, column);
                table.cell(area, buffer, column, &content, style);
            }
        }
        if has_cursor && place == list.cursor {
            buffer.set_style(area, theme.cursor);
        }
    }
}
