//! Tests of the coordinator's machine: what it decides, in which order it says so, and that it does so again.

mod accusations;
mod applications;
mod audit_world;
mod audits;
mod cheats;
mod doubts;
mod expiry;
mod miners;
mod names;
mod panels;
mod random;
mod restarts;
mod room;
mod telling;
pub(in crate::coordinator) mod world;
