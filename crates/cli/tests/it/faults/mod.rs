//! Running nodes under faults: processes that are killed, chains that hang, memory and lines and disks that fail.

mod kills;
mod links;
mod power;
#[cfg(feature = "mistralrs")]
mod soak;
