//! A clock that never jumps: it takes the wall clock's time when it starts, and goes on by a monotonic one.
//!
//! A wall clock that is set forward ends no task early, and one that is set back keeps none open. The difference is made up for slowly, a
//! second in twenty-five, as daemons do that keep the time.

use std::time::Duration;

/// The part of the time that has passed by which the clock is moved towards the wall clock.
pub const SLEW: u32 = 25;

/// A clock that never jumps.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    /// Its time, since the Unix epoch, at a moment.
    time: Duration,
    at: Duration,
}

impl Steady {
    /// Starts with the time of the wall clock, since the Unix epoch, at a moment by the monotonic one.
    pub const fn new(wall: Duration, at: Duration) -> Self {
        Self { time: wall, at }
    }

    /// Goes on to a moment at which the wall clock shows `wall`. Its time, since the Unix epoch.
    pub fn advance(&mut self, wall: Duration, at: Duration) -> Duration {
        let passed = at.saturating_sub(self.at);
        let (steady, most) = (self.time + passed, passed / SLEW);
        self.time =
            if wall >= steady { steady + (wall - steady).min(most) } else { steady - (steady - wall).min(most) };
        self.at = self.at.max(at);
        self.time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v12_a_wall_clock_that_is_set_moves_the_time_by_little_and_it_arrives_there() {
        const HOUR: Duration = Duration::from_secs(3_600);
        let start = HOUR * 400_000;
        for jump in [0, 1, 2] {
            let wall = |passed: Duration| match jump {
                0 => start + passed,
                1 => start + passed + HOUR,
                _ => start + passed - HOUR,
            };
            let mut clock = Steady::new(start, Duration::ZERO);
            let shown = |clock: &mut Steady, passed| clock.advance(wall(passed), passed);
            for second in 1..=300 {
                let passed = Duration::from_secs(second);
                let found = shown(&mut clock, passed);
                let off = found.abs_diff(start + passed);
                assert!(off <= passed / SLEW + Duration::from_millis(1), "{jump}: {off:?} after {passed:?}");
            }
            // It never goes back, not even where moments come out of order.
            let before = clock.time;
            assert_eq!(clock.advance(wall(Duration::ZERO), Duration::ZERO), before);
            let day = HOUR * 26;
            (300..day.as_secs()).step_by(60).for_each(|second| {
                shown(&mut clock, Duration::from_secs(second));
            });
            assert!(clock.time.abs_diff(wall(clock.at)) < Duration::from_secs(1));
        }
    }
}
