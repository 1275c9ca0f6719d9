//! The dashboard's panes, one file each.

pub(crate) mod devices;
pub(crate) mod stake;
pub(crate) mod tasks;
