//! The dashboard of cuckoo: a [`Source`] of snapshots feeds a [`Model`] through [`update()`], and [`view`] draws it.

pub mod app;
mod error;
pub mod keys;
mod links;
pub mod model;
pub mod msg;
pub mod panes;
mod recording;
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

use cuckoo_protocol::status::{Level, Snapshot};

pub use app::{Completer, Options, replay, run};
pub use error::TuiError;
pub use keys::{BindingError, Bindings};
pub use links::Explorer;
pub use model::{Home, Model, PaneSet, Thresholds};
pub use msg::{Effect, Msg};
pub use recording::{Entry, Recorded, Recorder, Recording, RecordingError, Tally};
pub use source::{Attach, Demo, Embedded, Group, News, Source, SourceError};
pub use theme::Palette;
pub use update::{begin, update};

/// The largest width and height that [`render_once`] draws.
const MAX_FRAME: u16 = 500;

/// Draws one frame as plain text without keys, focus or colors, with what is wrong by `thresholds`. Each line ends with a newline and has
/// no trailing blanks.
pub fn render_once(snapshot: &Snapshot, thresholds: Thresholds, width: u16, height: u16) -> String {
    let (width, height) = (width.clamp(1, MAX_FRAME), height.clamp(1, MAX_FRAME));
    let mut model = begin(Palette::Plain, false);
    model.live.thresholds = thresholds;
    update(&mut model, Msg::Resize { width, height });
    update(&mut model, Msg::Snapshot { snapshot: Arc::new(snapshot.clone()), now: 0 });
    view::to_text(&model, width, height)
}

/// What needs somebody by `snapshot`, the gravest first, in words; empty where all is well enough.
pub fn trouble(snapshot: &Snapshot, thresholds: Thresholds) -> Vec<String> {
    let alerts = model::alerts(snapshot, &model::Board::of(snapshot), thresholds);
    alerts.into_iter().filter(|alert| alert.level == Level::Bad).map(|alert| alert.words).collect()
}

/// Every command that the dashboard offers for what is in `snapshot`. What has to be typed yet is in capital letters at the end.
pub fn commands(snapshot: &Snapshot) -> Vec<String> {
    let mut model = begin(Palette::Plain, true);
    update(&mut model, Msg::Snapshot { snapshot: Arc::new(snapshot.clone()), now: 0 });
    let (feed, home) = (model.shown(), Home::default());
    let mut commands = vec![];
    for pane in model.panes() {
        for row in (0..pane.rows(feed)).map(Some).chain([None]) {
            commands.extend(row.and_then(|row| pane.command(feed, row)));
            commands.extend(pane.actions(feed, row, &home).into_iter().map(|action| action.command));
        }
    }
    commands
}

/// The size for [`render_once`]: the terminal's, less a row for the prompt that follows, or 120 x 48 where standard output
/// is not a terminal.
pub fn frame_size() -> (u16, u16) {
    const ELSEWHERE: (u16, u16) = (120, 48);
    if !io::stdout().is_terminal() {
        return ELSEWHERE;
    }
    crossterm::terminal::size().map_or(ELSEWHERE, |(width, height)| (width, height.saturating_sub(1)))
}
