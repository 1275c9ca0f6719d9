//! Running nodes under faults: processes that are killed, chains that hang, memory and lines that fail.

mod kills;
mod links;
#[cfg(feature = "mistralrs")]
mod soak;
