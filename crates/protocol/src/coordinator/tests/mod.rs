//! Tests of the coordinator's machine: what it decides, in which order it says so, and that it does so again.

mod applications;
mod audits;
mod miners;
mod random;
mod restarts;
pub(super) mod world;
