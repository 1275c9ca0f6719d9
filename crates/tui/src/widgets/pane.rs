//! What a pane says about itself, and the frame, titles and scrolled rows that all panes share.

use cuckoo_protocol::{status::Snapshot, task::Millis};
use ratatui::{
    buffer::Buffer,
    layout::{Alignment, Rect},
    text::{Line, Span},
    widgets::{Block, BorderType, Widget},
};

use super::{
    table::{put, split_top},
    text,
};
use crate::{
    model::{Feed, Link},
    theme::Theme,
};

/// What a pane draws from, once there is a snapshot.
pub(crate) struct Scene<'a> {
    pub(crate) feed: &'a Feed,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) theme: &'a Theme,
}

/// One of the dashboard's panes: a list of rows under a line of titles. `panes` has the table of them.
pub(crate) trait Pane: Sync {
    /// The name in the frame and among the tabs.
    fn title(&self) -> &'static str;

    /// The share of the width where panes stand side by side, relative to the other panes' weights. The heaviest pane is the
    /// main one: it has the focus at first, a side of its own, and the height that the others leave.
    fn weight(&self) -> u16;

    /// The number of rows, all of them together.
    fn rows(&self, feed: &Feed) -> usize;

    /// The sentence that stands where there are no rows.
    fn empty(&self) -> &'static str;

    /// Draws the titles of the columns.
    fn draw_titles(&self, theme: &Theme, area: Rect, buffer: &mut Buffer);

    /// Draws row number `row` into an area that is one cell high.
    fn draw_row(&self, scene: &Scene<'_>, row: usize, area: Rect, buffer: &mut Buffer);

    /// A few words for the right end of the frame. They are left out where they do not fit.
    fn summary(&self, _scene: &Scene<'_>) -> String {
        String::new()
    }

    /// The height of what stands above the titles in a pane that is `inside` cells high within its frame. The compact list
    /// asks with 0 and has room for one line.
    fn head_height(&self, _inside: u16) -> u16 {
        0
    }

    /// Draws what stands above the titles.
    fn draw_head(&self, _scene: &Scene<'_>, _area: Rect, _buffer: &mut Buffer) {}

    /// The number of rows that the compact list shows at most.
    fn compact_rows(&self) -> usize {
        usize::MAX
    }

    /// The moments that are shown as ages, so that the heartbeat redraws when one of them shows differently.
    fn shown_ages(&self, _snapshot: &Snapshot) -> Vec<Millis> {
        vec![]
    }
}

/// How a pane stands on the screen.
pub(crate) struct Stand {
    /// The key that goes to it, where keys can be pressed.
    pub(crate) number: Option<usize>,
    /// True for the pane that keys go to.
    pub(crate) focused: bool,
    /// The first row that is shown.
    pub(crate) offset: usize,
}

/// The part of a pane's area where its rows stand.
pub(crate) fn body(pane: &dyn Pane, area: Rect) -> Rect {
    let inside = inside(area);
    split_top(inside, pane.head_height(inside.height).saturating_add(1)).1
}

/// Draws a pane with its frame.
pub(crate) fn draw(pane: &dyn Pane, stand: &Stand, feed: &Feed, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let scene = feed.snapshot.as_deref().map(|snapshot| Scene { feed, snapshot, theme });
    let (all, page) = (pane.rows(feed), usize::from(body(pane, area).height));
    let first = stand.offset.min(all.saturating_sub(page));
    let last = all.min(first.saturating_add(page));
    let summary = scene.as_ref().map(|scene| pane.summary(scene)).unwrap_or_default();
    let place = (all > page).then(|| format!(" {}-{last} of {all} ", first + 1));
    draw_frame(pane.title(), stand, &summary, place, theme, area, buffer);
    let inside = inside(area);
    let Some(scene) = scene else {
        draw_empty(feed, theme, "", inside, buffer);
        return;
    };
    let (head, rest) = split_top(inside, pane.head_height(inside.height));
    pane.draw_head(&scene, head, buffer);
    if all == 0 {
        draw_empty(feed, theme, pane.empty(), rest, buffer);
        return;
    }
    let (titles, body) = split_top(rest, 1);
    pane.draw_titles(theme, titles, buffer);
    for (row, area) in (first..last).zip(body.rows()) {
        pane.draw_row(&scene, row, area, buffer);
    }
}

/// Draws the frame: number and name, a summary, and which rows are visible unless all are.
fn draw_frame(
    title: &str,
    stand: &Stand,
    summary: &str,
    place: Option<String>,
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    let title = match (stand.number, stand.focused) {
        (Some(number), true) => format!("▸{number} {title} "),
        (Some(number), false) => format!(" {number} {title} "),
        (None, _) => format!(" {title} "),
    };
    let title_width = text::width(&title) + 2;
    let mut block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(if stand.focused { theme.accent } else { theme.border })
        .title(Span::styled(title, if stand.focused { theme.key } else { theme.heading }));
    if !summary.is_empty() && text::width(summary) + title_width + 4 <= area.width {
        block = block.title(Line::styled(format!(" {summary} "), theme.dim).alignment(Alignment::Right));
    }
    if let Some(place) = place {
        block = block.title_bottom(Line::styled(place, theme.dim).alignment(Alignment::Right));
    }
    block.render(area, buffer);
}

/// The area inside a frame, with a blank cell on either side.
pub(crate) fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
    .intersection(area)
}

/// Writes why there are no rows: `reason`, or that nothing has been heard yet.
pub(crate) fn draw_empty(feed: &Feed, theme: &Theme, reason: &str, area: Rect, buffer: &mut Buffer) {
    let message = match (&feed.snapshot, &feed.link) {
        (Some(_), _) => reason,
        (None, Link::Down { .. }) => "Nothing has been received from the node yet.",
        (None, _) => "Waiting for the node's first snapshot.",
    };
    put(Rect { height: area.height.min(1), ..area }, buffer, message, theme.dim);
}
