//! Where everything stands on the screen: it depends on the terminal's size, the table of panes and what there is to show.

use ratatui::layout::{Constraint, Direction, Layout as Split, Rect};

use super::compact;
use crate::{
    model::{Feed, Model},
    panes::{self, PANES},
    widgets::{
        header,
        pane::{self, Pane},
    },
};

/// The slot of the compact list in [`Model::offsets`], after those of the panes.
pub(crate) const LIST: usize = PANES.len();

/// How a size is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One line of status.
    Line,
    /// One list of everything.
    Compact,
    /// One pane at a time.
    Tabs,
    /// All panes below each other, as high as their content: for a single frame, in which no key can switch panes.
    Stacked,
    /// The main pane on the right, all others below each other on the left.
    Sides,
    /// Each pane in a column of its own.
    Columns,
}

impl Shape {
    /// The shape for a size.
    pub fn of(width: u16, height: u16, interactive: bool) -> Self {
        Self::for_panes(PANES, width, height, interactive)
    }

    fn for_panes(panes: &[&dyn Pane], width: u16, height: u16, interactive: bool) -> Self {
        match (width, height) {
            (..40, _) | (_, ..10) => Self::Line,
            (..80, _) | (_, ..24) => Self::Compact,
            (..100, _) if interactive => Self::Tabs,
            (..100, _) => Self::Stacked,
            _ if width < column_cells(panes) => Self::Sides,
            _ => Self::Columns,
        }
    }
}

/// The width from which on each pane can have a column of its own: 7 cells for 5 of its weight.
fn column_cells(panes: &[&dyn Pane]) -> u16 {
    panes.iter().map(|pane| pane.weight()).sum::<u16>().saturating_mul(7) / 5
}

/// The places of everything on the screen. An empty area is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How the size is used.
    pub shape: Shape,
    /// The line on top.
    pub header: Rect,
    /// The line that says what is wrong.
    pub notice: Rect,
    /// The line of the panes' names.
    pub tabs: Rect,
    /// The panes, in the order of [`panes::titles`].
    pub panes: Vec<Rect>,
    /// The compact list.
    pub list: Rect,
    /// The line of keys at the bottom.
    pub footer: Rect,
}

impl Layout {
    /// The layout of a terminal of this size.
    pub fn of(model: &Model, (width, height): (u16, u16)) -> Self {
        let area = Rect { x: 0, y: 0, width, height };
        let shape = Shape::of(width, height, model.interactive);
        if shape == Shape::Line {
            let header = Rect { height: height.min(1), ..area };
            let none = Rect::ZERO;
            let panes = vec![none; PANES.len()];
            return Self { shape, header, notice: none, tabs: none, panes, list: none, footer: none };
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
        let panes = arrange(shape, PANES, model.focus, model.shown(), body);
        let list = if shape == Shape::Compact { body } else { Rect::ZERO };
        Self { shape, header, notice, tabs, panes, list, footer }
    }

    /// The slot in [`Model::offsets`] that scrolling moves.
    pub(crate) fn scrolled(&self, focus: usize) -> usize {
        if matches!(self.shape, Shape::Compact | Shape::Line) { LIST } else { focus }
    }

    /// The number of a slot's rows that are visible at once.
    pub(crate) fn page(&self, slot: usize) -> u16 {
        match PANES.get(slot) {
            Some(pane) => pane::body(*pane, self.panes[slot]).height,
            None => self.list.height,
        }
    }

    /// The number of a slot's rows, all of them together.
    pub(crate) fn rows(&self, feed: &Feed, slot: usize) -> usize {
        PANES.get(slot).map_or_else(|| compact::lines(feed), |pane| pane.rows(feed))
    }
}

/// Divides `body` among `panes`.
fn arrange(shape: Shape, panes: &[&dyn Pane], focus: usize, feed: &Feed, body: Rect) -> Vec<Rect> {
    let main = panes::main(panes);
    match shape {
        Shape::Line | Shape::Compact => vec![Rect::ZERO; panes.len()],
        Shape::Tabs => (0..panes.len()).map(|place| if place == focus { body } else { Rect::ZERO }).collect(),
        Shape::Stacked => {
            // The other panes are as high as their content, within an equal part; the main pane has what is left.
            let most = body.height / u16::try_from(panes.len()).unwrap_or(u16::MAX).max(1);
            let wanted = |pane: &dyn Pane| {
                let rows = u16::try_from(pane.rows(feed).max(1)).unwrap_or(u16::MAX);
                Constraint::Length(rows.saturating_add(3).min(most))
            };
            let heights = panes.iter().enumerate();
            Split::vertical(
                heights.map(|(place, pane)| if place == main { Constraint::Fill(1) } else { wanted(*pane) }),
            )
            .split(body)
            .to_vec()
        }
        Shape::Sides => {
            let [left, right] = Split::horizontal([Constraint::Fill(44), Constraint::Fill(56)]).areas(body);
            let others = vec![Constraint::Fill(1); panes.len().saturating_sub(1)];
            let mut areas = Split::vertical(others).split(left).to_vec();
            areas.insert(main, right);
            areas
        }
        Shape::Columns => {
            Split::horizontal(panes.iter().map(|pane| Constraint::Fill(pane.weight()))).split(body).to_vec()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Palette, begin};

    /// A table of another length than the real one.
    fn more() -> Vec<&'static dyn Pane> {
        PANES.iter().chain(&PANES[..1]).chain(&PANES[2..]).copied().collect()
    }

    #[test]
    fn a_longer_table_is_laid_out_whole_in_every_shape() {
        let (panes, feed) = (more(), Feed::default());
        let body = Rect { x: 0, y: 1, width: 240, height: 50 };
        for shape in [Shape::Stacked, Shape::Sides, Shape::Columns] {
            let areas = arrange(shape, &panes, 0, &feed, body);
            assert_eq!(areas.len(), panes.len());
            assert!(areas.iter().all(|area| !area.is_empty() && body.intersection(*area) == *area), "{areas:?}");
            assert_eq!(areas.iter().map(|area| area.area()).sum::<u32>(), body.area(), "{shape:?} leaves a gap");
        }
        for focus in 0..panes.len() {
            let areas = arrange(Shape::Tabs, &panes, focus, &feed, body);
            assert_eq!(areas.iter().position(|area| *area == body), Some(focus));
            assert_eq!(areas.iter().filter(|area| !area.is_empty()).count(), 1);
        }
    }

    #[test]
    fn more_panes_need_more_width_for_columns() {
        let (few, many) = (column_cells(&PANES[..3]), column_cells(&more()));
        assert_eq!(few, 140);
        assert!(many > few, "{many}");
        for (panes, cells) in [(PANES[..3].to_vec(), few), (more(), many)] {
            assert_eq!(Shape::for_panes(&panes, cells - 1, 40, true), Shape::Sides);
            assert_eq!(Shape::for_panes(&panes, cells, 40, true), Shape::Columns);
        }
    }

    #[test]
    fn every_pane_of_the_table_has_a_place_and_an_offset() {
        let model = begin(Palette::Plain, true);
        assert_eq!(model.focus, panes::main(PANES));
        for size in [(200, 60), (120, 40), (80, 24), (60, 20), (39, 8)] {
            let layout = Layout::of(&model, size);
            assert_eq!(layout.panes.len(), PANES.len());
            assert!(layout.scrolled(model.focus) < model.offsets.len());
        }
    }
}
