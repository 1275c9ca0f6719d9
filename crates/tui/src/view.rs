//! Draws a [`Model`]. What is drawn depends on the model and the area only.

pub(crate) mod layout;
mod list;

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout as Split, Rect},
};

pub use layout::{Hit, Layout, Shape};

use crate::{
    model::{Link, Model, Overlay, RANGES},
    panes::pane::{Pane, Scene, ordered},
    theme::Theme,
    widgets::{footer, header, help, overlay, table::put, text},
};

/// Draws all of `model` into `area`, which begins at the upper left corner.
pub fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let mut theme = Theme::of(model.palette);
    let layout = Layout::of(model, (area.width, area.height));
    if layout.shape == Shape::Line {
        header::one_line(model, &theme, area, buffer);
        return;
    }
    header::draw(model, &theme, layout.header, buffer);
    header::draw_tabs(model, &theme, layout.tabs, buffer);
    header::draw_alerts(model, &theme, layout.alerts, buffer);
    if matches!(model.live.link, Link::Down { .. }) {
        // Figures that are old do not shine.
        theme = Theme { text: theme.dim, accent: theme.dim, ok: theme.dim, ..theme };
    }
    draw_body(model, &theme, &layout, buffer);
    let theme = Theme::of(model.palette);
    footer::draw(model, &theme, layout.footer, buffer);
    match &model.overlay {
        Overlay::Help => help::draw(model, &theme, layout.body, buffer),
        Overlay::Alerts => overlay::draw_alerts(model, &theme, layout.body, buffer),
        Overlay::Menu(actions) => overlay::draw_menu(actions, &theme, layout.body, buffer),
        Overlay::None | Overlay::Filter(_) | Overlay::Command(_) | Overlay::Run(_) => {}
    }
}

fn draw_body(model: &Model, theme: &Theme, layout: &Layout, buffer: &mut Buffer) {
    let feed = model.shown();
    let Some(snapshot) = feed.snapshot.as_deref() else {
        let message = match &feed.link {
            Link::Down { .. } => "Nothing has been received from the node yet.",
            _ => "Waiting for the node's first snapshot.",
        };
        let line = Rect { x: layout.body.x + 1, width: layout.body.width.saturating_sub(1), ..layout.body };
        put(Rect { height: 1.min(line.height), ..line }, buffer, message, theme.dim);
        return;
    };
    let scene = Scene { feed, snapshot, theme, range: RANGES.get(model.range).copied().unwrap_or(RANGES[0]) };
    if layout.shape == Shape::Stacked {
        return draw_stacked(model, &scene, layout, buffer);
    }
    let Some(pane) = model.pane() else { return };
    if pane.columns().is_empty() {
        return pane.draw(&scene, layout.head, buffer);
    }
    if !layout.head.is_empty() {
        pane.draw_head(&scene, layout.head, buffer);
    }
    list::draw(model, pane, &scene, layout, buffer);
}

/// The overview, and below it as many lists as there is room for.
fn draw_stacked(model: &Model, scene: &Scene<'_>, layout: &Layout, buffer: &mut Buffer) {
    let panes = model.panes();
    let lists: Vec<_> = model.set.below().iter().filter_map(|place| Some((*place, *panes.get(*place)?))).collect();
    let rows = |pane: &&dyn Pane| u16::try_from(pane.rows(scene.feed)).unwrap_or(u16::MAX).saturating_add(3);
    let below: u16 = layout.body.height.saturating_sub(24);
    let part = below / lists.len().max(1) as u16;
    let heights: Vec<_> = lists.iter().map(|(_, pane)| rows(pane).min(part)).collect();
    let heights = heights.into_iter().map(|height| if height < 5 { 0 } else { height });
    let constraints = [Constraint::Fill(1)].into_iter().chain(heights.map(Constraint::Length));
    let areas = Split::vertical(constraints).split(layout.body);
    match panes.first() {
        // A list alone has the whole body.
        Some(pane) if !pane.columns().is_empty() => {
            let list = model.lists.first().cloned().unwrap_or_default();
            list::draw_rows(*pane, scene, &list, (false, layout.has_borders), areas[0], buffer);
        }
        Some(overview) => overview.draw(scene, areas[0], buffer),
        None => {}
    }
    for ((place, pane), area) in lists.into_iter().zip(&areas[1..]).filter(|(_, area)| !area.is_empty()) {
        let list = crate::model::List { descending: pane.descends(), ..Default::default() };
        let order = ordered(pane, scene.feed, &list);
        let list = crate::model::List { order, ..model.lists.get(place).cloned().unwrap_or_default() };
        list::draw_rows(pane, scene, &list, (false, layout.has_borders), *area, buffer);
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
