//! One list of all panes' rows, for terminals without room for panes: the main pane first, blank lines between them.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    model::Feed,
    panes::{self, PANES},
    theme::Theme,
    widgets::pane::{Pane, Scene, draw_empty},
};

/// A line of the list.
enum Line {
    Blank,
    Head(&'static dyn Pane),
    Row(&'static dyn Pane, usize),
}

/// The panes with the main one first.
fn ordered() -> impl Iterator<Item = &'static dyn Pane> {
    let main = panes::main(PANES);
    let others = (0..PANES.len()).filter(move |place| *place != main);
    std::iter::once(main).chain(others).map(|place| PANES[place])
}

/// The number of head lines and of rows that a pane has in the list.
fn part(pane: &dyn Pane, feed: &Feed) -> (usize, usize) {
    (usize::from(pane.head_height(0).min(1)), pane.rows(feed).min(pane.compact_rows()))
}

/// The number of lines in the list.
pub(super) fn lines(feed: &Feed) -> usize {
    let parts = ordered().map(|pane| part(pane, feed)).map(|(head, rows)| head + rows).filter(|lines| *lines > 0);
    let (count, lines) = parts.fold((0, 0), |(count, lines), part| (count + 1usize, lines + part));
    lines + count.saturating_sub(1)
}

/// The line at `place`, if the list is that long.
fn line(feed: &Feed, mut place: usize) -> Option<Line> {
    let mut begun = false;
    for pane in ordered() {
        let (head, rows) = part(pane, feed);
        if head + rows == 0 {
            continue;
        }
        if std::mem::replace(&mut begun, true) {
            let Some(below) = place.checked_sub(1) else { return Some(Line::Blank) };
            place = below;
        }
        if place < head {
            return Some(Line::Head(pane));
        }
        place -= head;
        if place < rows {
            return Some(Line::Row(pane, place));
        }
        place -= rows;
    }
    None
}

/// Which lines of the list are visible in `height` cells, unless all are.
pub(super) fn position(feed: &Feed, offset: usize, height: u16) -> Option<String> {
    let (all, page) = (lines(feed), usize::from(height));
    let first = offset.min(all.saturating_sub(page));
    (page > 0 && all > page).then(|| format!("{}-{} of {all}", first + 1, first + page))
}

/// Draws the list from line `offset` on.
pub(super) fn draw(feed: &Feed, offset: usize, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let area = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
    let Some(snapshot) = feed.snapshot.as_deref() else {
        draw_empty(feed, theme, "", area, buffer);
        return;
    };
    let scene = Scene { feed, snapshot, theme };
    let first = offset.min(lines(feed).saturating_sub(usize::from(area.height)));
    for (place, area) in (first..).zip(area.rows()) {
        match line(feed, place) {
            Some(Line::Head(pane)) => pane.draw_head(&scene, area, buffer),
            Some(Line::Row(pane, row)) => pane.draw_row(&scene, row, area, buffer),
            Some(Line::Blank) => {}
            None => break,
        }
    }
}
