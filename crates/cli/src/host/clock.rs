//! The wall clock, read in one place.

use std::time::{SystemTime, UNIX_EPOCH};

use cuckoo_protocol::task::Millis;

/// Milliseconds since the Unix epoch; zero on a machine whose clock is before it.
pub fn now() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as Millis)
}

/// Seconds since the Unix epoch.
pub fn now_seconds() -> u64 {
    now() / 1000
}
