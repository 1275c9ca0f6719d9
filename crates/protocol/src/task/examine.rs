//! What an auditor is given beside a task's request: the output to examine. Its log-probabilities are not part of it, so that an
//! auditor that invents numbers shows.

use std::{fmt, ops::Range};

use serde::{Deserialize, Serialize};

use super::sampler::mix;

/// Tokens of one window.
pub const WINDOW: u32 = 64;
/// The most windows of one examination.
pub const MAX_WINDOWS: usize = 4;

/// A claimed output that is to be examined. `Debug` shows lengths only: completions do not belong in logs.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Examine {
    /// Ids of the tokens; none of an embedding.
    pub ids: Vec<u32>,
    /// The vectors of an embedding as the text that travels, see [`super::kind::write_vectors`]; empty for everything else.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vectors: String,
    /// Draws the windows where not every token can be examined.
    pub seed: u64,
}

impl fmt::Debug for Examine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Examine({} ids, {} bytes of vectors)", self.ids.len(), self.vectors.len())
    }
}

/// Bytes that the text of one token may have in what an auditor sends, with its numbers, generously.
const TOKEN_BYTES: usize = 1024;

impl Examine {
    /// Bytes that the encoding of what an engine finds may have at most.
    pub fn most_bytes(&self) -> usize {
        4096 + self.ids.len() * TOKEN_BYTES + self.vectors.len()
    }

    /// The places of the tokens to examine where not all can be: at most [`MAX_WINDOWS`] windows of [`WINDOW`] tokens, in order, drawn
    /// by the seed. A short output is one window after the other.
    pub fn windows(&self) -> Vec<Range<u32>> {
        let count = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        let blocks = count.div_ceil(WINDOW);
        let mut left: Vec<u32> = (0..blocks).collect();
        let mut state = self.seed;
        let mut drawn: Vec<u32> = (0..MAX_WINDOWS.min(left.len()))
            .map(|_| {
                state = mix(state);
                left.swap_remove((state % left.len() as u64) as usize)
            })
            .collect();
        drawn.sort_unstable();
        drawn.into_iter().map(|block| block * WINDOW..count.min((block + 1) * WINDOW)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn windows_are_apart_in_order_and_within(count in 0usize..2_000, seed: u64) {
            let examine = Examine { ids: vec![7; count], seed, ..Examine::default() };
            let windows = examine.windows();
            let all: Vec<u32> = windows.iter().cloned().flatten().collect();
            prop_assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(all.last().is_none_or(|last| (*last as usize) < count));
            prop_assert_eq!(all.len() == count, count <= MAX_WINDOWS * WINDOW as usize || all.len() == count);
            prop_assert!(windows.len() <= MAX_WINDOWS && windows.iter().all(|window| window.len() <= WINDOW as usize));
        }
    }

    #[test]
    fn every_token_is_drawn_by_some_seed_and_by_chance() {
        let mut hits = [0u32; 16];
        for seed in 0..4_000 {
            let examine = Examine { ids: vec![0; 1_000], seed, ..Examine::default() };
            examine.windows().iter().for_each(|window| hits[(window.start / WINDOW) as usize] += 1);
        }
        // A quarter of the seeds each.
        assert!(hits.iter().all(|hit| (850..1_150).contains(hit)), "{hits:?}");
    }
}
