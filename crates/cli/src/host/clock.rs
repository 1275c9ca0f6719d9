//! The time, read in one place, and times as people read them.
//!
//! A process takes the wall clock's time when it starts, and goes on by [`Steady`]; a node that is in contact with nobody takes the wall
//! clock's time at once.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use cuckoo_protocol::{U256, steady::Steady, task::Millis};

/// The clock, and the moment from which it counts.
static CLOCK: Mutex<Option<(Instant, Steady)>> = Mutex::new(None);

fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The time in milliseconds since the Unix epoch.
pub fn now() -> Millis {
    let (wall, now) = (wall(), Instant::now());
    let mut clock = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let (began, steady) = clock.get_or_insert((now, Steady::new(wall, Duration::ZERO)));
    steady.advance(wall, now.saturating_duration_since(*began)).as_millis() as Millis
}

/// Takes the wall clock's time at once. For a process that is in contact with nobody: it may have started with a wrong time, or slept.
pub fn settle() {
    *CLOCK.lock().unwrap_or_else(PoisonError::into_inner) = None;
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
