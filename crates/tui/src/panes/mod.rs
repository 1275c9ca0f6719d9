//! The table of the dashboard's panes. A new pane is a file in this folder and a row in `PANES`: keys, cycling, layout,
//! footer and help follow the table.

mod chain;
mod devices;
mod log;
mod money;
mod nodes;
mod overview;
pub(crate) mod pane;
mod tasks;

use self::pane::Pane;

/// The panes in their order on the screen. The first nine have a digit as their key.
pub(crate) const PANES: &[&dyn Pane] = &[
    &overview::Overview,
    &tasks::Tasks,
    &nodes::Nodes,
    &money::MoneyPane,
    &devices::Devices,
    &chain::Chain,
    &log::Log,
];

/// The names of the panes in their order on the screen.
pub fn titles() -> impl Iterator<Item = &'static str> {
    PANES.iter().map(|pane| pane.title())
}
