//! Code that several commands share.

pub mod api;
pub mod calibrations;
pub mod check;
mod closed;
pub mod guide;
pub mod moved;
pub mod node;
pub mod origin;
pub mod reference;
pub mod steps;
pub mod unit;
