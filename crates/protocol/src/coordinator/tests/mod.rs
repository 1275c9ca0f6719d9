//! Tests of the coordinator's machine: what it decides, in which order it says so, and that it does so again.

mod applications;
mod audits;
mod cheats;
mod miners;
mod random;
mod restarts;
mod telling;
pub(super) mod world;
