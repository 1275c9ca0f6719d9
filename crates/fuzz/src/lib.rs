//! Targets for libFuzzer, see `make fuzz`.

pub mod targets;
