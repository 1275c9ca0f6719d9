//! The messages that change the dashboard, and the effects that it then asks the loop for.

use std::sync::Arc;

use cuckoo_protocol::{status::Snapshot, task::Millis};
use serde::{Deserialize, Serialize};

use crate::model::{Feed, Scrub};

/// What a person asks for by pressing a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Leave the dashboard.
    Quit,
    /// Show or hide the help.
    Help,
    /// Show or hide all alerts.
    Alerts,
    /// Close what lies over the panes, then the detail, then the filter.
    Back,
    /// Freeze the screen, or resume.
    Freeze,
    /// Go to a pane, by its place in the table of panes.
    Focus(usize),
    /// Go to the next pane.
    NextPane,
    /// Go to the previous pane.
    PreviousPane,
    /// Move the cursor by this many rows; a negative number moves it up.
    Scroll(i32),
    /// Move the cursor by this many pages; a negative number moves it up.
    Page(i32),
    /// Go to the first row.
    Top,
    /// Go to the last row.
    Bottom,
    /// Show or hide all that is known of the row at the cursor.
    Detail,
    /// Let the cursor stay at its place, and not with its row, or the reverse.
    Follow,
    /// Begin to type a filter.
    Filter,
    /// Begin to type a command.
    Palette,
    /// Order the rows by the next column.
    Sort,
    /// Turn the order of the rows round.
    Reverse,
    /// Give the list or the detail the whole body, or take that back.
    Zoom,
    /// Show a longer span of time in charts, or with -1 a shorter one.
    Range(i32),
    /// Take the next theme.
    Theme,
    /// Copy the whole id of the row at the cursor.
    Copy,
    /// Show the command of the row at the cursor, so that it can be changed and run.
    Open,
    /// Show what can be done about the row at the cursor.
    Menu,
    /// Write the frame and the snapshot to files.
    Export,
    /// Draw the whole screen again.
    Redraw,
    /// Stop the program until the shell goes on with it.
    Suspend,
    /// A character is typed.
    Type(char),
    /// The last character that was typed is taken back.
    Erase,
    /// What is typed is completed.
    Complete,
    /// What is typed counts.
    Enter,
    /// A mouse button was pressed at this column and row.
    Click(u16, u16),
    /// The recording that is played is to be played differently.
    Play(Play),
}

/// How a recording is to be played from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Play {
    /// Stand still, or go on; at the end, begin again.
    Pause,
    /// This many steps faster; a negative number slows it down.
    Speed(i32),
    /// This many snapshots on, or with a negative number back, and stand still there.
    Step(i32),
    /// This many milliseconds on, or with a negative number back.
    Jump(i64),
    /// To this many milliseconds from the beginning.
    Seek(Millis),
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
    /// The source is there and has nothing new.
    Heard {
        /// When it happened.
        now: Millis,
    },
    /// The recording that is played is at another moment: this is shown there.
    Jump(Box<Feed>),
    /// Where the recording that is played is.
    Scrub(Scrub),
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
    /// What was asked for was done, in words.
    Done(String),
}

/// What the loop has to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Draw a frame: something that is shown has changed.
    Redraw,
    /// Draw every cell, also those that should be on the screen already.
    Clear,
    /// Give the terminal this text for its clipboard.
    Copy(String),
    /// Write the frame and the snapshot to files.
    Export,
    /// Stop the program until the shell goes on with it.
    Suspend,
    /// Play the recording differently.
    Play(Play),
    /// Run this command at the terminal.
    Run(String),
    /// Give one of several nodes from now on, by its place, or all of them.
    Open(Option<usize>),
    /// Leave the dashboard.
    Quit,
}
