//! The pieces that a screen is made of. None of them knows which panes there are.

pub(crate) mod ascii;
pub(crate) mod chart;
pub(crate) mod footer;
pub(crate) mod frame;
pub(crate) mod header;
pub(crate) mod help;
pub(crate) mod overlay;
pub(crate) mod table;
pub(crate) mod text;
