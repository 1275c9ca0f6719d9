//! What a pane says about itself, and what all panes share: the order of rows, badges, and lines of text.

use std::{borrow::Cow, cmp::Ordering};

use cuckoo_protocol::{
    status::{Level, Snapshot, Topic},
    task::Millis,
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    model::{Action, Feed, Field, Home, Key, List, Rank},
    theme::Theme,
    widgets::table::{Column, put},
};

/// What a pane draws from, once there is a snapshot.
pub(crate) struct Scene<'a> {
    pub(crate) feed: &'a Feed,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) theme: &'a Theme,
    /// The seconds that charts show, and the same in words.
    pub(crate) range: (&'static str, usize),
}

/// One of the dashboard's panes: a list of rows with a detail, below a head of its own.
pub(crate) trait Pane: Sync {
    /// The name in the frame and among the tabs.
    fn title(&self) -> &'static str;

    /// The name among the tabs where there is little room.
    fn short(&self) -> &'static str {
        self.title()
    }

    /// The kinds of alerts that this pane has more about.
    fn topics(&self) -> &'static [Topic] {
        &[]
    }

    /// The columns of the list; none for a pane without a list.
    fn columns(&self) -> &'static [Column] {
        &[]
    }

    /// The names that filters can use.
    fn names(&self) -> &'static [&'static str] {
        &[]
    }

    /// The number of rows, all of them together.
    fn rows(&self, _feed: &Feed) -> usize {
        0
    }

    /// What a row is known by.
    fn key(&self, _feed: &Feed, _row: usize) -> Option<Key> {
        None
    }

    /// What comes first while no column orders the rows: the lowest.
    fn urgency(&self, _feed: &Feed, _row: usize) -> u8 {
        0
    }

    /// Whether the pane's own order begins with the last row.
    fn descends(&self) -> bool {
        false
    }

    /// What orders the rows by a column.
    fn rank(&self, _feed: &Feed, _row: usize, _column: usize) -> Rank {
        Rank::Unknown
    }

    /// What a row says about one of the names that filters can use.
    fn field(&self, _feed: &Feed, _row: usize, _name: &str) -> Field {
        Field::Unknown
    }

    /// One cell.
    fn cell(&self, _scene: &Scene<'_>, _row: usize, _column: usize) -> (Cow<'static, str>, Style) {
        (Cow::Borrowed(""), Style::new())
    }

    /// All that is known of a row, in lines of at most this many cells.
    fn detail(&self, _scene: &Scene<'_>, _row: usize, _width: u16) -> Vec<Line<'static>> {
        vec![]
    }

    /// The name of a row for the frame of its detail.
    fn name(&self, _scene: &Scene<'_>, _row: usize) -> String {
        String::new()
    }

    /// The whole id of a row, as commands take it.
    fn id(&self, _feed: &Feed, _row: usize) -> Option<String> {
        None
    }

    /// The command that shows a row.
    fn command(&self, _feed: &Feed, _row: usize) -> Option<String> {
        None
    }

    /// What can be done about a row, and about what is watched. A node that is not on this machine is asked for nothing.
    fn actions(&self, _feed: &Feed, _row: Option<usize>, _home: &Home) -> Vec<Action> {
        vec![]
    }

    /// The height of what stands above the list in a body of this many rows.
    fn head_height(&self, _feed: &Feed, _body: u16) -> u16 {
        0
    }

    /// Draws what stands above the list.
    fn draw_head(&self, _scene: &Scene<'_>, _area: Rect, _buffer: &mut Buffer) {}

    /// Draws the whole body of a pane without a list.
    fn draw(&self, _scene: &Scene<'_>, _area: Rect, _buffer: &mut Buffer) {}

    /// A few words for the right end of the list's frame.
    fn summary(&self, _scene: &Scene<'_>) -> String {
        String::new()
    }

    /// The sentence that stands where there are no rows.
    fn empty(&self) -> &'static str {
        ""
    }

    /// The moments that are shown as ages, so that the heartbeat redraws when one of them shows differently.
    fn shown_ages(&self, _snapshot: &Snapshot) -> Vec<Millis> {
        vec![]
    }
}

/// The rows that a list shows, in its order.
pub(crate) fn ordered(pane: &dyn Pane, feed: &Feed, list: &List) -> Vec<usize> {
    let names = pane.names();
    let matches =
        |row: &usize| list.filter.is_empty() || list.filter.matches(names, |name| pane.field(feed, *row, name));
    let mut rows: Vec<usize> = (0..pane.rows(feed)).filter(matches).collect();
    let Some(column) = list.sort else {
        if list.descending {
            rows.reverse();
        }
        rows.sort_by_cached_key(|row| pane.urgency(feed, *row));
        return rows;
    };
    let mut ranked: Vec<(Rank, usize)> = rows.into_iter().map(|row| (pane.rank(feed, row, column), row)).collect();
    ranked.sort_by(|(one, _), (other, _)| match (one, other) {
        // What is not known comes last either way.
        (Rank::Unknown, Rank::Unknown) => Ordering::Equal,
        (Rank::Unknown, _) => Ordering::Greater,
        (_, Rank::Unknown) => Ordering::Less,
        _ if list.descending => other.cmp(one),
        _ => one.cmp(other),
    });
    ranked.into_iter().map(|(_, row)| row).collect()
}

/// The number of alerts that a pane has more about, and the gravest one's level.
pub(crate) fn badge(pane: &dyn Pane, feed: &Feed) -> Option<(usize, Level)> {
    let own = feed.alerts.iter().filter(|alert| pane.topics().contains(&alert.topic));
    let level = own.clone().map(|alert| alert.level).min()?;
    Some((own.count(), level))
}

/// The sign and the style of a level.
pub(crate) fn sign(level: Level, theme: &Theme) -> (&'static str, Style) {
    match level {
        Level::Bad => ("✕", theme.bad),
        Level::Warn => ("▲", theme.warn),
        Level::Info => ("·", theme.dim),
    }
}

/// Draws a line, cut with an ellipsis where it does not fit.
pub(crate) fn draw_line(area: Rect, buffer: &mut Buffer, line: &Line<'_>) {
    let mut rest = area;
    for span in &line.spans {
        let used = put(rest, buffer, &span.content, span.style);
        rest.x += used;
        rest.width -= used;
    }
}

/// Draws lines from the top.
pub(crate) fn draw_lines(area: Rect, buffer: &mut Buffer, lines: &[Line<'_>]) {
    for (line, row) in lines.iter().zip(area.rows()) {
        draw_line(row, buffer, line);
    }
}

/// A line of a label and what it says.
pub(crate) fn labelled(theme: &Theme, label: &str, words: impl Into<String>, style: Style) -> Line<'static> {
    Line::from(vec![Span::styled(format!("{label:<10}"), theme.dim), Span::styled(words.into(), style)])
}
