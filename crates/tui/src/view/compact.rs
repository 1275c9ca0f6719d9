//! One list of everything, for terminals without room for panes.

use cuckoo_protocol::status::Snapshot;
use ratatui::{buffer::Buffer, layout::Rect};

use super::{draw_empty, layout::LIST};
use crate::{
    model::{Feed, Model},
    panes::{devices, stake, tasks},
    theme::Theme,
    widgets::table::put,
};

/// Tasks shown; the rest has no place beside everything else.
const TASKS: usize = 5;

/// Where each part of the list begins.
struct Parts {
    tasks: usize,
    nodes: usize,
    devices: usize,
}

impl Parts {
    fn of(feed: &Feed) -> Self {
        let tasks = feed.snapshot.as_ref().map_or(0, |snapshot| snapshot.recent.len().min(TASKS));
        Self { tasks, nodes: feed.board.stake.len(), devices: feed.board.devices.len() }
    }

    /// Counts, tasks, and a blank line before each further part that is not empty.
    fn all(&self) -> usize {
        let part = |rows: usize| if rows > 0 { rows + 1 } else { 0 };
        1 + self.tasks + part(self.devices) + part(self.nodes)
    }
}

/// Rows of the list.
pub(super) fn rows(feed: &Feed) -> usize {
    Parts::of(feed).all()
}

/// Draws the list.
pub(super) fn draw(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let feed = model.shown();
    let area = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
    let Some(snapshot) = feed.snapshot.as_deref() else {
        draw_empty(feed, theme, "", area, buffer);
        return;
    };
    let parts = Parts::of(feed);
    let first = model.offsets[LIST].min(parts.all().saturating_sub(usize::from(area.height)));
    for (place, row) in (first..parts.all()).zip(area.rows()) {
        draw_row(feed, snapshot, theme, &parts, place, row, buffer);
    }
}

fn draw_row(
    feed: &Feed,
    snapshot: &Snapshot,
    theme: &Theme,
    parts: &Parts,
    place: usize,
    row: Rect,
    buffer: &mut Buffer,
) {
    let Some(mut place) = place.checked_sub(1) else {
        tasks::counts(snapshot, theme, row, buffer);
        return;
    };
    if place < parts.tasks {
        tasks::row(feed, snapshot, theme, place, &tasks::table(row.width), row, buffer);
        return;
    }
    place -= parts.tasks;
    if parts.nodes > 0 {
        if place <= parts.nodes {
            if let Some(place) = place.checked_sub(1) {
                stake::row(feed, snapshot, theme, place, &stake::table(row.width), row, buffer);
            }
            return;
        }
        place -= parts.nodes + 1;
    }
    match place.checked_sub(1) {
        Some(place) => devices::row(feed, snapshot, theme, place, &devices::table(row.width), row, buffer),
        None => {
            put(row, buffer, "", theme.dim);
        }
    }
}
