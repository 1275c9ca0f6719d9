//! The dashboard of cuckoo: a [`Source`] of snapshots feeds a [`Model`] through [`update()`], and [`view`] draws it.

pub mod app;
pub mod keys;
pub mod model;
pub mod msg;
pub mod panes;
pub mod source;
mod terminal;
pub mod theme;
pub mod update;
pub mod view;
mod widgets;

use std::{
    io::{self, IsTerminal},
    sync::Arc,
};

use cuckoo_protocol::status::Snapshot;

pub use app::{Options, run};
pub use model::Model;
pub use msg::{Effect, Msg};
pub use source::{Attach, Demo, Embedded, Source, SourceError};
pub use theme::Palette;
pub use update::{begin, update};

/// Why there is no dashboard.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// A stream that the dashboard needs is a pipe, a file or closed.
    #[error("the dashboard needs a terminal, and {stream} is none")]
    NotATerminal {
        /// Which: `standard input` or `standard output`.
        stream: &'static str,
    },
    /// The terminal refused to be read, written or set up.
    #[error("the terminal failed: {0}")]
    Terminal(#[from] io::Error),
    /// Another task of this process panicked, which gave the terminal back so that its message can be read.
    #[error("the dashboard closed because a task of this program panicked")]
    Panicked,
}

impl TuiError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotATerminal { .. } => {
                "use `cuckoo tui --once` for one frame as plain text, or `cuckoo tui --json` for the snapshots"
            }
            Self::Terminal(_) => "try another terminal, or `cuckoo tui --once`",
            Self::Panicked => "the message of the panic is above; please report it",
        }
    }
}

/// Largest width and height that [`render_once`] draws.
const MAX_FRAME: u16 = 500;

/// One frame as plain text, without keys, focus or colors, each line ended by a newline and free of trailing blanks.
pub fn render_once(snapshot: &Snapshot, width: u16, height: u16) -> String {
    let (width, height) = (width.clamp(1, MAX_FRAME), height.clamp(1, MAX_FRAME));
    let mut model = begin(Palette::Plain, false);
    update(&mut model, Msg::Resize { width, height });
    update(&mut model, Msg::Snapshot { snapshot: Arc::new(snapshot.clone()), now: 0 });
    view::to_text(&model, width, height)
}

/// The size for [`render_once`]: the terminal's, less a row for the prompt that follows; 120 x 48 where the output is none.
pub fn frame_size() -> (u16, u16) {
    const ELSEWHERE: (u16, u16) = (120, 48);
    if !io::stdout().is_terminal() {
        return ELSEWHERE;
    }
    crossterm::terminal::size().map_or(ELSEWHERE, |(width, height)| (width, height.saturating_sub(1)))
}
