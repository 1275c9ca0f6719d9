//! The pieces that a screen is made of.

pub(crate) mod footer;
pub(crate) mod header;
pub(crate) mod help;
pub(crate) mod table;
pub(crate) mod text;
