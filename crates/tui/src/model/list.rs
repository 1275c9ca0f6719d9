//! A list's cursor, filter and order. The cursor holds on to a row, and not to a place: what is read stays where it is read.

use cuckoo_protocol::B256;
use serde::{Deserialize, Serialize};

use super::filter::Filter;

/// What a row is known by from one snapshot to the next.
pub type Key = B256;

/// What rows are ordered by in one column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// A figure. One that is not known comes last.
    Number(i128),
    /// A word.
    Word(String),
    /// Nothing is known.
    Unknown,
}

/// A list's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The column that rows are ordered by; `None` for the pane's own order.
    pub sort: Option<usize>,
    /// True for the greatest first.
    pub descending: bool,
    /// What rows have to match.
    pub filter: Filter,
    /// The row that the cursor holds on to; `None` while the cursor has not been moved.
    pub selected: Option<Key>,
    /// The cursor's place in the order.
    pub cursor: usize,
    /// The first place that is shown.
    pub offset: usize,
    /// True while the row at the cursor is shown with all that is known of it.
    pub detail: bool,
    /// The rows that match, in the order in which they are shown, by their places in the snapshot.
    pub order: Vec<usize>,
}

impl List {
    /// The row at the cursor, by its place in the snapshot.
    pub fn current(&self) -> Option<usize> {
        self.order.get(self.cursor).copied()
    }

    /// Keeps the cursor within the rows, and the rows on the screen around the cursor.
    pub fn clamp(&mut self, page: usize) {
        let rows = self.order.len();
        self.cursor = self.cursor.min(rows.saturating_sub(1));
        let page = page.max(1);
        self.offset = self.offset.min(rows.saturating_sub(page)).min(self.cursor);
        if self.cursor >= self.offset + page {
            self.offset = self.cursor + 1 - page;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_on_the_screen() {
        let mut list = List { order: (0..100).collect(), cursor: 50, ..List::default() };
        list.clamp(10);
        assert_eq!((list.offset, list.current()), (41, Some(50)));
        list.cursor = 3;
        list.clamp(10);
        assert_eq!(list.offset, 3);
        list.order.truncate(2);
        list.clamp(10);
        assert_eq!((list.offset, list.cursor), (0, 1));
        list.order.clear();
        list.clamp(0);
        assert_eq!((list.cursor, list.current()), (0, None));
    }
}
