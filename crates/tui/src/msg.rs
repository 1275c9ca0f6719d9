//! What can happen to the dashboard, and what it then asks of the shell.

use std::sync::Arc;

use cuckoo_protocol::{status::Snapshot, task::Millis};
use serde::{Deserialize, Serialize};

/// What a person asks for with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Leave the dashboard.
    Quit,
    /// Show or hide the help.
    Help,
    /// Close what is on top.
    Back,
    /// Hold the picture, or let it go on.
    Freeze,
    /// Go to a pane, by its place in the table of panes.
    Focus(usize),
    /// Go to the next pane.
    NextPane,
    /// Go to the previous pane.
    PreviousPane,
    /// Scroll by so many rows; negative is up.
    Scroll(i32),
    /// Scroll by so many pages; negative is up.
    Page(i32),
    /// Go to the first row.
    Top,
    /// Go to the last row.
    Bottom,
}

/// What happened. `now` is the dashboard's own monotonic clock; it says nothing about the node's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Msg {
    /// A key was pressed.
    Key(Command),
    /// The source spoke; an unchanged snapshot only says that it is still there.
    Snapshot {
        /// What it said.
        snapshot: Arc<Snapshot>,
        /// When.
        now: Millis,
    },
    /// The source failed; it goes on trying.
    SourceDown {
        /// Why.
        reason: String,
        /// When.
        now: Millis,
    },
    /// Time passed.
    Tick {
        /// When.
        now: Millis,
    },
    /// The terminal has this size.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
}

/// What the shell has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Something that is shown has changed.
    Redraw,
    /// Leave.
    Quit,
}
