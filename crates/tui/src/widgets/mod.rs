//! The pieces that a screen is made of. None of them knows which panes there are.

pub(crate) mod footer;
pub(crate) mod header;
pub(crate) mod help;
pub(crate) mod pane;
pub(crate) mod table;
pub(crate) mod text;
