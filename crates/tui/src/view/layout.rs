//! Where everything stands, as a function of the terminal's size and of what there is to say.

use ratatui::layout::{Constraint, Direction, Layout as Split, Rect};

use super::compact;
use crate::{
    model::{Feed, Model, Pane},
    panes::{devices, stake, tasks},
    widgets::header,
};

/// Slot of the compact list in [`Model::offsets`], after those of the panes.
pub(crate) const LIST: usize = Pane::ALL.len();

/// How a size is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One line of status.
    Line,
    /// One list of everything.
    Compact,
    /// One pane at a time.
    Tabs,
    /// All panes below each other, as high as their content: for a frame that nobody can switch panes in.
    Stacked,
    /// Two columns.
    Two,
    /// Three columns.
    Three,
}

impl Shape {
    /// The shape for a size.
    pub const fn of(width: u16, height: u16, interactive: bool) -> Self {
        match (width, height) {
            (..40, _) | (_, ..10) => Self::Line,
            (..80, _) | (_, ..24) => Self::Compact,
            (..100, _) if interactive => Self::Tabs,
            (..100, _) => Self::Stacked,
            (..140, _) => Self::Two,
            _ => Self::Three,
        }
    }
}

/// See the module. An empty area is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How the size is used.
    pub shape: Shape,
    /// The line on top.
    pub header: Rect,
    /// A line about trouble.
    pub notice: Rect,
    /// The panes' names.
    pub tabs: Rect,
    /// The panes, in the order of [`Pane::ALL`].
    pub panes: [Rect; 3],
    /// The compact list.
    pub list: Rect,
    /// The line of keys.
    pub footer: Rect,
}

impl Layout {
    /// The layout of a terminal of this size.
    pub fn of(model: &Model, (width, height): (u16, u16)) -> Self {
        let area = Rect { x: 0, y: 0, width, height };
        let shape = Shape::of(width, height, model.interactive);
        let none = Rect::ZERO;
        let mut layout =
            Self { shape, header: none, notice: none, tabs: none, panes: [none; 3], list: none, footer: none };
        if shape == Shape::Line {
            layout.header = Rect { height: height.min(1), ..area };
            return layout;
        }
        let rows = Split::new(
            Direction::Vertical,
            [
                Constraint::Length(1),
                Constraint::Length(u16::from(header::notice(model).is_some())),
                Constraint::Length(u16::from(shape == Shape::Tabs)),
                Constraint::Fill(1),
                Constraint::Length(u16::from(model.interactive)),
            ],
        );
        let [header, notice, tabs, body, footer] = rows.areas(area);
        layout = Self { header, notice, tabs, footer, ..layout };
        match shape {
            Shape::Line => {}
            Shape::Compact => layout.list = body,
            Shape::Tabs => layout.panes[model.focus.index()] = body,
            Shape::Stacked => layout.panes = stacked(model.shown(), body),
            Shape::Two => {
                let columns = Split::horizontal([Constraint::Fill(44), Constraint::Fill(56)]);
                let [left, tasks] = columns.areas(body);
                let [stake, devices] = Split::vertical([Constraint::Fill(1); 2]).areas(left);
                layout.panes = [stake, tasks, devices];
            }
            Shape::Three => {
                let columns = [Constraint::Fill(33), Constraint::Fill(38), Constraint::Fill(29)];
                layout.panes = Split::horizontal(columns).areas(body);
            }
        }
        layout
    }

    /// The slot in [`Model::offsets`] that scrolling moves.
    pub(crate) fn scrolled(&self, focus: Pane) -> usize {
        if matches!(self.shape, Shape::Compact | Shape::Line) { LIST } else { focus.index() }
    }

    /// Rows of a slot that are visible at once.
    pub(crate) fn page(&self, slot: usize) -> u16 {
        match Pane::ALL.get(slot) {
            Some(pane) => body(*pane, self.panes[slot]).height,
            None => self.list.height,
        }
    }

    /// Rows of a slot in all.
    pub(crate) fn rows(&self, feed: &Feed, slot: usize) -> usize {
        Pane::ALL.get(slot).map_or_else(|| compact::rows(feed), |pane| rows(*pane, feed))
    }
}

/// Where the rows of a pane stand.
pub(crate) fn body(pane: Pane, area: Rect) -> Rect {
    match pane {
        Pane::Stake => stake::body(area),
        Pane::Tasks => tasks::body(area),
        Pane::Devices => devices::body(area),
    }
}

/// Rows of a pane in all.
pub(crate) fn rows(pane: Pane, feed: &Feed) -> usize {
    match pane {
        Pane::Stake => feed.board.stake.len(),
        Pane::Tasks => feed.snapshot.as_ref().map_or(0, |snapshot| snapshot.recent.len()),
        Pane::Devices => feed.board.devices.len(),
    }
}

/// Panes as high as their content; what is left over or missing is the tasks'.
fn stacked(feed: &Feed, area: Rect) -> [Rect; 3] {
    let third = area.height / 3;
    let wanted = |pane| u16::try_from(rows(pane, feed).max(1)).unwrap_or(u16::MAX).saturating_add(3).min(third);
    let heights =
        [Constraint::Length(wanted(Pane::Stake)), Constraint::Fill(1), Constraint::Length(wanted(Pane::Devices))];
    Split::vertical(heights).areas(area)
}
