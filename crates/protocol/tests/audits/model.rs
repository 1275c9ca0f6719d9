//! A made-up model whose logits are a function of prompt and tokens, and what honest and false miners do with it.

use cuckoo_protocol::{
    audit::{Calibrations, Claim, Examined, Findings, Sample, Subject, assess, calibrate},
    task::{
        Finish, FinishReason, Micros, Sampling,
        sampler::{History, choose, examine, mix},
    },
};

pub(crate) const CONTEXT: u32 = 4_096;
/// Logits by which devices of one class differ at most.
pub(crate) const NOISE: f32 = 2e-5;
const WORDS: u64 = 40;
/// The token that ends an answer; of the made-up words none is long enough to need one.
pub(crate) const END: u32 = 39;

/// A miner's way to compute: how far its logits are from the model's, and in which direction.
#[derive(Clone, Copy)]
pub(crate) struct Arithmetic {
    pub(crate) noise: f32,
    pub(crate) salt: u64,
}

pub(crate) const HONEST: Arithmetic = Arithmetic { noise: NOISE, salt: 1 };
/// Weights with four bits: log-probabilities are 0.15 off on average, and one token in ten is another one.
pub(crate) const FOUR_BITS: Arithmetic = Arithmetic { noise: 0.6, salt: 2 };
pub(crate) const OTHER_MODEL: Arithmetic = Arithmetic { noise: 9.0, salt: 3 };
/// A model that has nothing in common with the right one.
pub(crate) const STRANGER: Arithmetic = Arithmetic { noise: 40.0, salt: 5 };
const AUDITOR: Arithmetic = Arithmetic { noise: NOISE, salt: 4 };

fn logits(prompt: u64, before: &[u32], arithmetic: Arithmetic) -> Vec<f32> {
    // The last few tokens are what a made-up model remembers.
    let recent = &before[before.len().saturating_sub(8)..];
    let mut state = recent.iter().fold(mix(prompt ^ before.len() as u64), |state, id| mix(state ^ u64::from(*id)));
    let mut jitter = arithmetic.salt;
    let unit = |bits: u64| (bits >> 40) as f32 / (1u64 << 24) as f32 - 0.5;
    let mut next = || {
        state = mix(state);
        jitter = mix(jitter ^ state);
        unit(state) * 8.0 + unit(jitter) * arithmetic.noise
    };
    let mut logits: Vec<f32> = (0..WORDS).map(|_| next()).collect();
    logits[END as usize] = -30.0;
    logits
}

pub(crate) fn sampling(seed: u64, max_tokens: u32) -> Sampling {
    Sampling { max_tokens, temperature: Micros(800_000), top_p: Micros::ONE, seed, ..Sampling::default() }
}

pub(crate) fn execute(prompt: u64, sampling: &Sampling, arithmetic: Arithmetic) -> Claim {
    let mut claim = said(vec![], vec![]);
    while claim.ids.len() < sampling.max_tokens as usize {
        let choice = choose(&logits(prompt, &claim.ids, arithmetic), sampling, &History::of(sampling, &[], &claim.ids))
            .expect("a token");
        claim.ids.push(choice.id);
        claim.log_probabilities.push(choice.log_probability);
    }
    said(claim.ids, claim.log_probabilities)
}

/// The token that the model would have chosen first if its own choice did not exist.
pub(crate) fn second_choice(prompt: u64, sampling: &Sampling) -> u32 {
    let mut logits = logits(prompt, &[], HONEST);
    let first = choose(&logits, sampling, &History::default()).expect("a token").id;
    logits[first as usize] = f32::NEG_INFINITY;
    choose(&logits, sampling, &History::default()).expect("another token").id
}

/// An answer that begins with these tokens and goes on as the model, or another one, does after them.
pub(crate) fn go_on(prompt: u64, sampling: &Sampling, begin: &[u32], arithmetic: Arithmetic) -> Vec<u32> {
    let mut ids = begin.to_vec();
    while ids.len() < sampling.max_tokens as usize {
        ids.push(
            choose(&logits(prompt, &ids, arithmetic), sampling, &History::of(sampling, &[], &ids)).expect("a token").id,
        );
    }
    ids
}

/// A claim of these tokens, with the text and the count that fit them.
pub(crate) fn said(ids: Vec<u32>, log_probabilities: Vec<f32>) -> Claim {
    let text = text(&ids);
    let finish =
        Finish { reason: FinishReason::Length, prompt_tokens: 5, completion_tokens: ids.len() as u32, stop: None };
    Claim { ids, log_probabilities, text, finish }
}

fn text(ids: &[u32]) -> String {
    ids.iter().map(|id| format!("{id} ")).collect()
}

pub(crate) fn examined(prompt: u64, sampling: &Sampling, ids: &[u32]) -> Examined {
    let position = |at: usize| {
        examine(&logits(prompt, &ids[..at], AUDITOR), sampling, &History::of(sampling, &[], &ids[..at]), ids[at])
            .expect("a known token")
    };
    let positions = (0..ids.len()).map(position).collect();
    let end = ids.iter().position(|id| *id == END).map(|at| at as u32 + 1);
    Examined { prompt_tokens: 5, positions, text: text(ids), end, ..Examined::default() }
}

/// The claim with the right model's log-probabilities for its tokens.
pub(crate) fn laundered(prompt: u64, sampling: &Sampling, claim: Claim) -> Claim {
    let positions = examined(prompt, sampling, &claim.ids).positions;
    Claim { log_probabilities: positions.iter().map(|place| place.log_probability).collect(), ..claim }
}

/// The calibration of the made-up model's devices.
pub(crate) fn calibrations() -> Calibrations {
    let answers: Vec<Vec<Sample>> = (0..4_000)
        .map(|number| {
            let (prompt, asked) = (1_000_000 + number, sampling(number, 64));
            let claim = execute(prompt, &asked, HONEST);
            let examined = examined(prompt, &asked, &claim.ids);
            examined
                .positions
                .iter()
                .zip(&claim.log_probabilities)
                .map(|(place, said)| Sample::token(place, *said))
                .collect()
        })
        .collect();
    let of = |text: &str| text.to_owned();
    let subject = Subject { family: of("made up"), miner: of("one"), auditor: of("one"), ..Subject::default() };
    let mut calibrations = Calibrations::default();
    calibrations.add(&calibrate(subject, false, &answers).to_toml().expect("writes")).expect("reads");
    calibrations
}

pub(crate) fn judged(calibrations: &Calibrations, prompt: u64, sampling: &Sampling, claim: &Claim) -> Findings {
    let examined = examined(prompt, sampling, &claim.ids);
    assess(calibrations, "made up", "one", "one", sampling, claim, &examined, CONTEXT)
}
