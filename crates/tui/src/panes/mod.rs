//! The tables of the dashboard's panes: those of a node, and those of a staker. A new pane is a file in this folder and a row in one of
//! them: keys, cycling, layout, footer and help follow the table.

mod chain;
mod devices;
mod group;
mod holdings;
mod leaderboard;
mod log;
mod logs;
mod money;
mod nodes;
mod overview;
pub(crate) mod pane;
mod staker;
mod tasks;

use self::pane::Pane;
use crate::model::{Model, PaneSet};

/// The panes of a node in their order on the screen. The first nine have a digit as their key.
const NODE: &[&dyn Pane] = &[
    &overview::Overview,
    &tasks::Tasks,
    &nodes::Nodes,
    &money::MoneyPane,
    &devices::Devices,
    &chain::Chain,
    &log::Log,
    &logs::Logs,
];

/// Those of a staker.
const STAKER: &[&dyn Pane] =
    &[&staker::Overview, &holdings::Holdings, &leaderboard::Leaderboard, &chain::Chain, &log::Log];

/// Those of several nodes.
const GROUP: &[&dyn Pane] = &[&group::Group, &log::Log];

/// The most panes of any of them.
#[cfg(test)]
pub(crate) const MOST: usize = NODE.len();

impl PaneSet {
    /// The panes in their order on the screen.
    pub(crate) const fn panes(self) -> &'static [&'static dyn Pane] {
        match self {
            Self::Node => NODE,
            Self::Staker => STAKER,
            Self::Group => GROUP,
        }
    }

    /// The places of the panes whose lists stand below the first pane where one frame shows all.
    pub(crate) const fn below(self) -> &'static [usize] {
        match self {
            Self::Node => &[1, 2, 4],
            Self::Staker => &[1, 2],
            Self::Group => &[],
        }
    }

    /// The names of the panes.
    pub fn titles(self) -> impl Iterator<Item = &'static str> {
        self.panes().iter().map(|pane| pane.title())
    }
}

impl Model {
    /// The panes in their order on the screen.
    pub(crate) fn panes(&self) -> &'static [&'static dyn Pane] {
        self.set.panes()
    }

    /// The pane that is shown.
    pub(crate) fn pane(&self) -> Option<&'static dyn Pane> {
        self.panes().get(self.focus).copied()
    }
}
