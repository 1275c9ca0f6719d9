//! What the dashboard knows: plain data that only `update` changes and only `view` draws.

mod board;
mod history;

use std::sync::Arc;

use cuckoo_protocol::{status::Snapshot, task::Millis};
use serde::{Deserialize, Serialize};

pub use board::{Board, DeviceLine, StakeLine};
pub use history::History;

use crate::theme::Palette;

/// How long the source may be silent before its figures are called stale.
pub const STALE_AFTER: Millis = 10_000;

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
    /// The snapshot's rows in the order in which the panes show them.
    pub board: Board,
    /// The node's tokens per second over the last minutes.
    pub history: History,
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

/// Everything that a frame depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// What the source sends, even while the screen is frozen.
    pub live: Feed,
    /// What is shown instead while the screen is frozen.
    pub held: Option<Box<Feed>>,
    /// The pane that keys go to, by its place in the table of panes.
    pub focus: usize,
    /// The first row shown of each pane, in the order of the table, then of the compact list.
    pub offsets: Vec<usize>,
    /// True while the help is shown.
    pub help: bool,
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
        self.held.as_deref().unwrap_or(&self.live)
    }

    /// The first row shown of a pane or of the compact list.
    pub fn offset(&self, slot: usize) -> usize {
        self.offsets.get(slot).copied().unwrap_or(0)
    }

    /// True while the screen is frozen.
    pub fn frozen(&self) -> bool {
        self.held.is_some()
    }
}
