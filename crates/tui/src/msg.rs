//! The messages that change the dashboard, and the effects that it then asks the loop for.

use std::sync::Arc;

use cuckoo_protocol::{status::Snapshot, task::Millis};
use serde::{Deserialize, Serialize};

/// What a person asks for by pressing a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Leave the dashboard.
    Quit,
    /// Show or hide the help.
    Help,
    /// Close the help.
    Back,
    /// Freeze the screen, or resume.
    Freeze,
    /// Go to a pane, by its place in the table of panes.
    Focus(usize),
    /// Go to the next pane.
    NextPane,
    /// Go to the previous pane.
    PreviousPane,
    /// Scroll by this many rows; a negative number scrolls up.
    Scroll(i32),
    /// Scroll by this many pages; a negative number scrolls up.
    Page(i32),
    /// Go to the first row.
    Top,
    /// Go to the last row.
    Bottom,
}

/// Something that happened. `now` is the dashboard's own monotonic clock, which is unrelated to the node's clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Msg {
    /// A key was pressed.
    Key(Command),
    /// The source gave a snapshot; an unchanged one only shows that the source is still there.
    Snapshot {
        /// The snapshot.
        snapshot: Arc<Snapshot>,
        /// When it happened.
        now: Millis,
    },
    /// The source failed. It keeps trying.
    SourceDown {
        /// The reason, in words.
        reason: String,
        /// When it happened.
        now: Millis,
    },
    /// Time passed.
    Tick {
        /// When it happened.
        now: Millis,
    },
    /// The terminal has this size.
    Resize {
        /// The number of columns.
        width: u16,
        /// The number of rows.
        height: u16,
    },
}

/// What the loop has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Draw a frame: something that is shown has changed.
    Redraw,
    /// Leave the dashboard.
    Quit,
}
