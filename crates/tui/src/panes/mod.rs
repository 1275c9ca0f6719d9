//! The table of the dashboard's panes. A new pane is a file in this folder and a row in `PANES`: keys, cycling, layout,
//! footer and help follow the table.

mod devices;
mod stake;
mod tasks;

use crate::widgets::pane::Pane;

/// The panes in their order on the screen. The first nine have a digit as their key.
pub(crate) const PANES: &[&dyn Pane] = &[&stake::Stake, &tasks::Tasks, &devices::Devices];

/// The names of the panes in their order on the screen.
pub fn titles() -> impl Iterator<Item = &'static str> {
    PANES.iter().map(|pane| pane.title())
}

/// The place of the main pane among `panes`: the heaviest one.
pub(crate) fn main(panes: &[&dyn Pane]) -> usize {
    (0..panes.len()).max_by_key(|place| panes[*place].weight()).unwrap_or(0)
}
