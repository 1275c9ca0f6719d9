//! Finding the first block at or after a time, in a few requests.

use super::{ChainError, Client, Header};

/// A block's number and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) number: u64,
    pub(super) timestamp: u64,
}

/// What is known of the first block at or after a time: it is not after `first`, and after `before`.
struct Search {
    time: u64,
    before: Option<Place>,
    first: Place,
    /// Blocks to go back while nothing earlier is known.
    step: u64,
    asked: u32,
}

impl Search {
    /// The lowest block that it can be.
    fn lowest(&self) -> u64 {
        self.before.map_or(0, |before| before.number + 1)
    }

    /// The block to ask for next; `None` once the first one is known.
    fn next(&mut self) -> Option<u64> {
        let lowest = self.lowest();
        let highest = self.first.number.checked_sub(1).filter(|highest| *highest >= lowest)?;
        self.asked += 1;
        let guess = match self.before {
            None => {
                let step = self.step;
                self.step = step.saturating_mul(2);
                self.first.number.saturating_sub(step)
            }
            // Where blocks come evenly this is the one; where they do not, halves find it.
            Some(before) if !self.asked.is_multiple_of(3) => {
                let blocks = u128::from(self.first.number - before.number);
                let seconds = u128::from(self.first.timestamp.saturating_sub(before.timestamp)).max(1);
                let ahead = (u128::from(self.time.saturating_sub(before.timestamp)) * blocks).div_ceil(seconds);
                before.number.saturating_add(u64::try_from(ahead).unwrap_or(u64::MAX))
            }
            Some(_) => lowest + (highest - lowest) / 2,
        };
        Some(guess.clamp(lowest, highest))
    }

    fn see(&mut self, place: Place) {
        match place.timestamp >= self.time {
            true => self.first = place,
            false => self.before = Some(place),
        }
    }
}

impl Client {
    /// The first block whose time is `time` or later, in seconds since the Unix epoch, of those up to `last`, which is such a
    /// block itself. A block that the endpoint does not have is a reorganisation.
    pub async fn first_block_since(&self, time: u64, last: &Header) -> Result<Header, ChainError> {
        self.first_block_between(None, time, last).await
    }

    /// The same where a block before that time is known.
    pub(super) async fn first_block_between(
        &self,
        before: Option<Place>,
        time: u64,
        last: &Header,
    ) -> Result<Header, ChainError> {
        let before = before.filter(|before| before.timestamp < time && before.number < last.number);
        // As many blocks back as are expected in that time, and one more.
        let milliseconds = last.timestamp.saturating_sub(time).saturating_mul(1_000);
        let step = milliseconds / self.network().block_time_ms.max(1) + 1;
        let first = Place { number: last.number, timestamp: last.timestamp };
        let mut search = Search { time, before, first, step, asked: 0 };
        let mut found = *last;
        while let Some(number) = search.next() {
            let header = self.block(number).await?.ok_or(ChainError::Reorganised)?;
            search.see(Place { number, timestamp: header.timestamp });
            if search.first.number == number {
                found = header;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The number of the first block at or after `time`, and how often a block was asked for.
    fn search(times: &[u64], known: Option<usize>, time: u64, step: u64) -> (u64, u32) {
        let place = |number: usize| Place { number: number as u64, timestamp: times[number] };
        let before = known.map(place);
        let mut search = Search { time, before, first: place(times.len() - 1), step, asked: 0 };
        while let Some(number) = search.next() {
            search.see(place(number as usize));
        }
        (search.first.number, search.asked)
    }

    #[test]
    fn on_a_chain_with_even_blocks_four_requests_are_enough() {
        let times: Vec<u64> = (0..1_000_000).map(|number| 1_700_000_000 + 2 * number).collect();
        for back in [1, 2, 3, 899, 900, 901, 500_000] {
            let first = times.len() as u64 - 1 - back;
            for early in [0, 1] {
                let (found, asked) = search(&times, None, times[first as usize] - early, back + 1);
                assert_eq!(found, first);
                assert!(asked <= 4, "{back}: {asked}");
            }
        }
        // The newest block itself, with and without the one before.
        let last = times.len() - 1;
        assert_eq!(search(&times, Some(last - 1), times[last], 1), (last as u64, 0));
        assert_eq!(search(&times, None, times[last], 1), (last as u64, 1));
    }

    #[test]
    fn a_time_before_the_chain_began_gives_its_first_block() {
        assert_eq!(search(&[50, 60, 70], None, 40, 1).0, 0);
        assert_eq!(search(&[50], None, 50, 1), (0, 0));
    }

    proptest! {
        #[test]
        fn on_any_chain_it_is_the_block_that_a_walk_finds(
            gaps in proptest::collection::vec(prop_oneof![Just(0u64), 1u64..4, 1u64..100_000], 1..400),
            at in 0usize..400, off in 0u64..3, step in 1u64..1_000, known in proptest::option::of(0usize..400),
        ) {
            let times: Vec<u64> = gaps.iter().scan(1_000_000, |time, gap| { *time += gap; Some(*time) }).collect();
            let time = (times[at % times.len()] + off).min(times[times.len() - 1]);
            let walked = times.iter().position(|found| *found >= time).expect("the last one") as u64;
            let known = known.map(|known| known % times.len()).filter(|known| times[*known] < time);
            let (found, asked) = search(&times, known, time, step);
            prop_assert_eq!(found, walked);
            // Every third request halves what is left, after those that go back.
            prop_assert!(asked <= 3 * 9 + 9, "{}", asked);
        }
    }
}
