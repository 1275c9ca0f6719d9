//! Where everything stands on the screen: it depends on the terminal's size, the pane that is shown and what there is to show.

use ratatui::layout::{Constraint, Layout as Split, Rect};

use crate::{
    model::Model,
    widgets::{
        frame::{BORDERS, Frame},
        header,
        table::Table,
    },
};

/// From this height of the body on, the row at the cursor is shown in full without being asked for.
const TALL: u16 = 34;

/// How a size is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One line of status.
    Line,
    /// One pane at a time.
    Pane,
    /// The overview, and lists below it: for a single frame, in which no key can switch panes.
    Stacked,
}

impl Shape {
    /// The shape for a size.
    pub const fn of(width: u16, height: u16, interactive: bool) -> Self {
        match (width, height) {
            (..40, _) | (_, ..10) => Self::Line,
            _ if interactive => Self::Pane,
            _ => Self::Stacked,
        }
    }
}

/// What stands at a place of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// The name of a pane.
    Pane(usize),
    /// The line of alerts.
    Alerts,
    /// A row of the list, by its place in the list's order.
    Row(usize),
    /// The title of a column.
    Title(usize),
}

/// The places of everything on the screen. An empty area is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How the size is used.
    pub shape: Shape,
    /// True where frames have borders.
    pub has_borders: bool,
    /// The line on top.
    pub header: Rect,
    /// The line of the panes' names.
    pub tabs: Rect,
    /// The line that says what is wrong.
    pub alerts: Rect,
    /// What is between that line and the footer.
    pub body: Rect,
    /// What stands above the list.
    pub head: Rect,
    /// The list with its frame.
    pub list: Rect,
    /// The detail of the row at the cursor with its frame.
    pub detail: Rect,
    /// The line of keys at the bottom.
    pub footer: Rect,
}

impl Layout {
    /// The layout of a terminal of this size.
    pub fn of(model: &Model, (width, height): (u16, u16)) -> Self {
        let area = Rect { x: 0, y: 0, width, height };
        let (shape, none) = (Shape::of(width, height, model.interactive), Rect::ZERO);
        let has_borders = width >= BORDERS;
        if shape == Shape::Line {
            let header = Rect { height: height.min(1), ..area };
            let (tabs, alerts, body, head, list, detail, footer) = (none, none, none, none, none, none, none);
            return Self { shape, has_borders, header, tabs, alerts, body, head, list, detail, footer };
        }
        let is_pane = shape == Shape::Pane;
        let alerts = header::alert_rows(model, if is_pane { 1 } else { height / 4 });
        let rows = Split::vertical([
            Constraint::Length(1),
            Constraint::Length(u16::from(is_pane)),
            Constraint::Length(alerts),
            Constraint::Fill(1),
            Constraint::Length(u16::from(is_pane)),
        ]);
        let [header, tabs, alerts, body, footer] = rows.areas(area);
        let (head, list, detail) = if is_pane { divide(model, body) } else { (none, none, none) };
        Self { shape, has_borders, header, tabs, alerts, body, head, list, detail, footer }
    }

    /// The number of the list's rows that are visible at once.
    pub fn page(&self) -> u16 {
        Frame::inside(self.has_borders, self.list).height.saturating_sub(1)
    }

    /// What stands at this place.
    pub fn hit(&self, model: &Model, column: u16, row: u16) -> Option<Hit> {
        let at = ratatui::layout::Position { x: column, y: row };
        if self.tabs.contains(at) {
            let tabs = header::tabs(model, self.tabs.width);
            return tabs
                .iter()
                .find(|tab| (tab.x..tab.x + tab.width()).contains(&column))
                .map(|tab| Hit::Pane(tab.pane));
        }
        if self.alerts.contains(at) {
            return Some(Hit::Alerts);
        }
        let inside = Frame::inside(self.has_borders, self.list);
        let list = model.lists.get(model.focus)?;
        if !inside.contains(at) {
            return None;
        }
        match usize::from(row - inside.y) {
            0 => Table::new(model.pane()?.columns(), inside.width).at(column - inside.x).map(Hit::Title),
            row => Some(Hit::Row(list.offset + row - 1)).filter(|_| list.offset + row <= list.order.len()),
        }
    }
}

/// Divides the body of a pane with a list into its head, the list and the detail.
fn divide(model: &Model, body: Rect) -> (Rect, Rect, Rect) {
    let none = Rect::ZERO;
    let (Some(pane), Some(list)) = (model.pane(), model.lists.get(model.focus)) else {
        return (none, none, none);
    };
    if pane.columns().is_empty() {
        return (body, none, none);
    }
    let is_tall = body.height >= TALL;
    let shows_detail = !list.order.is_empty() && (list.detail || is_tall);
    if model.zoom {
        return if list.detail { (none, none, body) } else { (none, body, none) };
    }
    let head = pane.head_height(model.shown(), body.height).min(body.height / 2);
    let rest = body.height - head;
    let detail = match (shows_detail, list.detail) {
        (false, _) => 0,
        (true, true) => rest / 2,
        (true, false) => rest / 3,
    };
    // Whatever the list does not need, the detail may have.
    let rows = u16::try_from(list.order.len()).unwrap_or(u16::MAX).saturating_add(3);
    let detail = if shows_detail { detail.max(rest.saturating_sub(rows)).min(18.max(detail)) } else { 0 };
    let areas = [Constraint::Length(head), Constraint::Fill(1), Constraint::Length(detail)];
    let [head, list, detail] = Split::vertical(areas).areas(body);
    (head, list, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Palette, begin};

    #[test]
    fn every_size_is_divided_without_gaps() {
        for size in [(200, 60), (120, 40), (80, 24), (60, 20), (40, 10)] {
            for focus in 0..crate::panes::MOST {
                let mut model = begin(Palette::Plain, true);
                model.focus = focus;
                model.lists[focus].order = (0..9).collect();
                model.lists[focus].detail = true;
                let layout = Layout::of(&model, size);
                let parts = [layout.head, layout.list, layout.detail];
                assert_eq!(parts.iter().map(|part| part.area()).sum::<u32>(), layout.body.area(), "{size:?} {focus}");
                assert!(
                    parts.iter().all(|part| layout.body.intersection(*part) == *part || part.is_empty()),
                    "{layout:?}"
                );
            }
        }
    }
}
