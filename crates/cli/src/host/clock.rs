//! The wall clock, read in one place, and times as people read them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cuckoo_protocol::{U256, task::Millis};

/// The time in milliseconds since the Unix epoch; zero on a machine whose clock is before it.
pub fn now() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as Millis)
}

/// The time in seconds since the Unix epoch.
pub fn now_seconds() -> u64 {
    now() / 1000
}

/// Formats a time of the chain by RFC 3339.
pub fn moment(seconds: u64) -> String {
    // RFC 3339 ends with the year 9999; a later time is shown as its last second.
    let seconds = seconds.min(253_402_300_799);
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}

/// Formats the time that passes from one time of the chain to another.
pub fn time_between(now: u64, then: U256) -> String {
    let seconds = then.saturating_sub(U256::from(now)).saturating_to();
    humantime::format_duration(Duration::from_secs(seconds)).to_string()
}
