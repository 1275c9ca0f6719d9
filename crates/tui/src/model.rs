//! What the dashboard knows: plain data that only `update` changes and only `view` draws.

mod alert;
mod board;
mod filter;
mod list;
mod set;
mod thresholds;

use std::sync::Arc;

use cuckoo_protocol::{
    status::{EventRow, History, Snapshot},
    task::Millis,
};
use serde::{Deserialize, Serialize};

pub use alert::{Alert, alerts};
pub(crate) use alert::{member, name};
pub use board::{Board, RoleSum};
pub use filter::{Field, Filter};
pub use list::{Key, List, Rank};
pub use set::PaneSet;
pub use thresholds::Thresholds;

use crate::theme::Palette;

/// How long the source may be silent before its figures are called stale.
pub const STALE_AFTER: Millis = 10_000;

/// The spans of time that charts can show: their names and their seconds.
pub const RANGES: [(&str, usize); 5] =
    [("5 m", 300), ("1 h", 3_600), ("6 h", 21_600), ("12 h", 43_200), ("24 h", 86_400)];

/// The state of the connection to the source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    /// Nothing has been received yet.
    #[default]
    Waiting,
    /// The source answers.
    Up,
    /// The source does not answer.
    Down {
        /// When it first failed.
        since: Millis,
        /// The newest reason, in words.
        reason: String,
    },
}

/// How far the figures can be trusted. The header shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Nothing has been received yet.
    Waiting,
    /// The figures are current.
    Live,
    /// The source has been silent for this long.
    Silent(Millis),
    /// The source answers, but it has trouble with the chain.
    ChainTrouble,
    /// The source has not answered for this long.
    Down(Millis),
}

/// What came from the source, with everything derived from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    /// The newest snapshot.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Places of the snapshot's rows, and sums of them.
    pub board: Board,
    /// The node's figures over time.
    pub history: History,
    /// What happened, oldest first.
    pub events: Vec<EventRow>,
    /// What is wrong by the newest snapshot, the gravest first.
    pub alerts: Vec<Alert>,
    /// From where on something is wrong.
    pub thresholds: Thresholds,
    /// The state of the connection to the source.
    pub link: Link,
    /// When the source last answered.
    pub heard_at: Millis,
    /// When [`Self::snapshot`] arrived.
    pub arrived_at: Millis,
    /// The dashboard's clock.
    pub now: Millis,
}

impl Feed {
    /// The time on the node's clock: the newest snapshot's, plus what has passed since it arrived. Ages are right even where
    /// the two clocks differ.
    pub fn node_now(&self) -> Millis {
        let taken_at = self.snapshot.as_ref().map_or(0, |snapshot| snapshot.taken_at);
        taken_at.saturating_add(self.now.saturating_sub(self.arrived_at))
    }

    /// How long ago the node's clock showed `at`.
    pub fn age(&self, at: Millis) -> Millis {
        self.node_now().saturating_sub(at)
    }

    /// How far the figures can be trusted.
    pub fn health(&self) -> Health {
        let silence = self.now.saturating_sub(self.heard_at);
        match &self.link {
            Link::Waiting => Health::Waiting,
            Link::Down { since, .. } => Health::Down(self.now.saturating_sub(*since)),
            Link::Up if silence > STALE_AFTER => Health::Silent(silence),
            Link::Up if self.snapshot.as_ref().is_some_and(|snapshot| snapshot.chain.problem.is_some()) => {
                Health::ChainTrouble
            }
            Link::Up => Health::Live,
        }
    }
}

/// What is shown while the screen is frozen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The feed as it was then.
    pub feed: Feed,
    /// When the screen was frozen, on the dashboard's clock.
    pub since: Millis,
}

/// Where a recording that is played is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scrub {
    /// The moment, in milliseconds since the beginning.
    pub at: Millis,
    /// The moment of the end.
    pub length: Millis,
    /// How many times faster than life it runs.
    pub speed: u32,
    /// True while it stands still.
    pub is_paused: bool,
    /// True where the end of the recording was cut off.
    pub is_cut: bool,
}

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What it does, in words.
    pub words: String,
    /// The command that does it; what has to be typed yet is in capital letters at its end.
    pub command: String,
}

impl Action {
    pub(crate) fn new(words: &str, command: String) -> Self {
        Self { words: words.to_owned(), command }
    }
}

/// How the node that is watched is reached, for commands that ask it for something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// The URL of its operators' listener, as options name it; none where commands find it without.
    pub connect: Option<String>,
    /// True of a node on another machine, or of none at all: what needs the node's own files is not offered.
    pub is_remote: bool,
}

impl Home {
    /// A command that asks the node for something, as it has to be typed.
    pub(crate) fn command(&self, command: &str) -> String {
        match &self.connect {
            Some(url) => format!("{command} --connect {url}"),
            None => command.to_owned(),
        }
    }
}

/// What lies over the panes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// The keys and signs.
    Help,
    /// All alerts.
    Alerts,
    /// A line in which a filter is typed, and what the filter was before.
    Filter(String),
    /// A line in which a command is typed, with what was typed so far.
    Command(String),
    /// What can be done.
    Menu(Vec<Action>),
    /// A line with a command of the program, which can be changed and run.
    Run(String),
}

/// What is watched: one node, or several of which one may be open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Watched {
    /// One node, or one owner's stake.
    #[default]
    One,
    /// Several nodes, all of them in one list.
    All,
    /// Several nodes, of which this one is open.
    Opened(usize),
}

/// Everything that a frame depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// What the source sends, even while the screen is frozen.
    pub live: Feed,
    /// What is shown instead while the screen is frozen.
    pub held: Option<Box<Held>>,
    /// What is watched.
    pub watched: Watched,
    /// How the node is reached.
    pub home: Home,
    /// Keys that a person has bound, and to what.
    pub bound: Vec<(String, String)>,
    /// Which panes there are.
    pub set: PaneSet,
    /// The pane that is shown, by its place among them.
    pub focus: usize,
    /// Each pane's list: its cursor, filter and order.
    pub lists: Vec<List>,
    /// What lies over the panes.
    pub overlay: Overlay,
    /// Where the recording that is played is; none of a source that lives.
    pub scrub: Option<Scrub>,
    /// True where the pane's list or its detail has the whole body.
    pub zoom: bool,
    /// The place of the charts' span in [`RANGES`].
    pub range: usize,
    /// What the last key did, until the next one.
    pub said: String,
    /// The terminal's number of columns and rows.
    pub size: (u16, u16),
    /// The colors that the terminal has.
    pub palette: Palette,
    /// False for a single frame that no key can change.
    pub interactive: bool,
}

impl Model {
    /// The feed that is shown.
    pub fn shown(&self) -> &Feed {
        self.held.as_deref().map_or(&self.live, |held| &held.feed)
    }

    /// True while the screen is frozen.
    pub fn frozen(&self) -> bool {
        self.held.is_some()
    }

    /// How long the screen has been frozen.
    pub fn frozen_for(&self) -> Option<Millis> {
        self.held.as_ref().map(|held| self.live.now.saturating_sub(held.since))
    }

    /// The seconds that charts show.
    pub fn seconds(&self) -> usize {
        RANGES.get(self.range).map_or(300, |(_, seconds)| *seconds)
    }
}
