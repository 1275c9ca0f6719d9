//! How long answers take to begin, by pool: what a miner may take before its silence tells against it.
//!
//! Applications choose how much time a task has. Somebody who gives long prompts or large images too little of it must not make honest
//! miners pause, so a wait is fair up to three times what is usual in the pool, in proportion where the prompt is longer than is usual.

use std::collections::BTreeMap;

use super::draws::PoolId;
use crate::task::{Millis, TaskSpec};

/// How many times what is usual is fair.
const TIMES: f64 = 3.0;
/// Part of the distance by which an average moves.
const STEP: f64 = 0.1;
/// Answers before something is usual.
const SAMPLES: u32 = 10;
/// What is fair before that.
const UNKNOWN: Millis = 60_000;

/// What is usual in one pool.
#[derive(Clone, Debug, Default)]
struct Usual {
    /// The pool's model: its number may become another one's.
    model: String,
    /// Milliseconds from the lease to the first token, or to the answer where it comes at once.
    wait: f64,
    /// Bytes of the prompt.
    size: f64,
    samples: u32,
}

/// What is usual in each pool, since this process began.
#[derive(Clone, Debug, Default)]
pub(super) struct Waits(BTreeMap<PoolId, Usual>);

impl Waits {
    /// An answer to a task has begun this long after its lease.
    pub(super) fn note(&mut self, pool: PoolId, spec: &TaskSpec, wait: Millis) {
        let usual = self.0.entry(pool).or_default();
        if usual.model != spec.model {
            *usual = Usual { model: spec.model.clone(), ..Usual::default() };
        }
        let Usual { wait: usual, size, samples, .. } = usual;
        let step = if *samples == 0 { 1.0 } else { STEP };
        *usual += (wait as f64 - *usual) * step;
        *size += (size_of(spec) - *size) * step;
        *samples = samples.saturating_add(1);
    }

    /// How long a miner of the pool may take until its answer begins.
    pub(super) fn fair(&self, pool: PoolId, spec: &TaskSpec) -> Millis {
        match self.0.get(&pool) {
            Some(usual) if usual.samples >= SAMPLES && usual.model == spec.model => {
                let longer = (size_of(spec) / usual.size.max(1.0)).max(1.0);
                (TIMES * usual.wait * longer) as Millis
            }
            _ => UNKNOWN,
        }
    }
}

/// What a task's wait is in proportion to: the bytes of its prompt, and the pixels of an image in each of its steps.
fn size_of(spec: &TaskSpec) -> f64 {
    let bytes: usize = spec.messages.iter().map(|message| message.content.len()).sum();
    let (size, steps) = (spec.sampling.size, spec.sampling.steps.max(1));
    bytes as f64 + f64::from(size.width) * f64::from(size.height) * f64::from(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coordinator::tests::world::spec;

    #[test]
    fn what_is_fair_follows_what_is_usual_and_the_length_of_the_prompt() {
        let (mut waits, pool, usual) = (Waits::default(), PoolId::default(), spec(1));
        assert_eq!(waits.fair(pool, &usual), UNKNOWN);
        for _ in 0..SAMPLES {
            waits.note(pool, &usual, 2_000);
        }
        assert_eq!(waits.fair(pool, &usual), 6_000);
        let mut long = usual.clone();
        long.messages[0].content = usual.messages[0].content.repeat(10);
        assert_eq!(waits.fair(pool, &long), 60_000);
        let mut short = usual.clone();
        short.messages[0].content.clear();
        assert_eq!(waits.fair(pool, &short), 6_000, "what comes before the prompt takes its time too");
        assert_eq!(waits.fair(pool, &TaskSpec { model: "other".into(), ..spec(1) }), UNKNOWN);
        for _ in 0..100 {
            waits.note(pool, &usual, 100);
        }
        assert!((300..330).contains(&waits.fair(pool, &usual)), "{}", waits.fair(pool, &usual));
    }
}
