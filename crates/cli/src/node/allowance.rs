//! How often a peer may send what costs this node more than the peer: a number at once, and then one in each span of time.

use std::time::{Duration, Instant};

/// What a peer may still send. It fills up again with the time.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// The most that there is at once.
    most: u32,
    /// The time in which one more is allowed.
    each: Duration,
    /// From this time on it is full.
    full_at: Instant,
}

impl Allowance {
    /// Full: `most` at once, and then one in each time `each`.
    pub fn new(most: u32, each: Duration) -> Self {
        Self { most, each, full_at: Instant::now() }
    }

    /// Takes one, or says how long it takes until there is one again.
    pub fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let after = self.full_at.max(now) + self.each;
        let over = after.saturating_duration_since(now).saturating_sub(self.each * self.most);
        if over.is_zero() {
            self.full_at = after;
            return Ok(());
        }
        Err(over)
    }

    /// True where nothing was taken for long: it need not be remembered.
    pub fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_at_once_and_then_as_the_time_goes_on() {
        let mut allowance = Allowance::new(3, Duration::from_secs(2));
        let began = Instant::now();
        assert!((0..3).all(|_| allowance.take(began).is_ok()));
        let wait = allowance.take(began).expect_err("there is none left");
        assert!(wait <= Duration::from_secs(2) && wait > Duration::from_millis(1_900), "{wait:?}");
        let later = began + wait;
        assert!(allowance.take(later).is_ok() && allowance.take(later).is_err() && !allowance.is_full(later));
        let long_after = began + Duration::from_secs(60);
        assert!(allowance.is_full(long_after));
        assert_eq!((0..9).filter(|_| allowance.take(long_after).is_ok()).count(), 3);
    }
}
