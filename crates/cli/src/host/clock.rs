//! The time, read in one place, and times as people read them.
//!
//! A process takes the wall clock's time when it starts, and goes on by the monotonic one: a wall clock that is set forward ends no task
//! early, and one that is set back keeps none open. The difference is made up for slowly, a second in twenty-five, as daemons do that
//! keep the time; a node that is in contact with nobody takes the wall clock's time at once.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use cuckoo_protocol::{U256, task::Millis};

/// The part of the time that has passed by which the clock is moved towards the wall clock.
const SLEW: u32 = 25;

static CLOCK: Mutex<Option<Steady>> = Mutex::new(None);

/// A clock that never jumps.
#[derive(Clone, Copy, Debug)]
struct Steady {
    /// Its time, since the Unix epoch, at a moment.
    time: Duration,
    at: Instant,
}

impl Steady {
    /// Goes on to a moment at which the wall clock shows `wall`.
    fn advance(&mut self, wall: Duration, at: Instant) -> Duration {
        let passed = at.saturating_duration_since(self.at);
        let (steady, most) = (self.time + passed, passed / SLEW);
        self.time =
            if wall >= steady { steady + (wall - steady).min(most) } else { steady - (steady - wall).min(most) };
        self.at = self.at.max(at);
        self.time
    }
}

fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The time in milliseconds since the Unix epoch.
pub fn now() -> Millis {
    let (wall, at) = (wall(), Instant::now());
    let mut clock = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    clock.get_or_insert(Steady { time: wall, at }).advance(wall, at).as_millis() as Millis
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v12_a_wall_clock_that_is_set_moves_the_time_by_little_and_it_arrives_there() {
        const HOUR: Duration = Duration::from_secs(3_600);
        let (start, began) = (HOUR * 400_000, Instant::now());
        for jump in [0, 1, 2] {
            let wall = |passed: Duration| match jump {
                0 => start + passed,
                1 => start + passed + HOUR,
                _ => start + passed - HOUR,
            };
            let mut clock = Steady { time: start, at: began };
            let shown = |clock: &mut Steady, passed| clock.advance(wall(passed), began + passed);
            for second in 1..=300 {
                let passed = Duration::from_secs(second);
                let found = shown(&mut clock, passed);
                let off = found.abs_diff(start + passed);
                assert!(off <= passed / SLEW + Duration::from_millis(1), "{jump}: {off:?} after {passed:?}");
            }
            // It never goes back, not even where moments come out of order.
            let before = clock.time;
            assert_eq!(clock.advance(wall(Duration::ZERO), began), before);
            let day = HOUR * 26;
            (300..day.as_secs()).step_by(60).for_each(|second| {
                shown(&mut clock, Duration::from_secs(second));
            });
            assert!(clock.time.abs_diff(wall(clock.at - began)) < Duration::from_secs(1));
        }
    }
}
