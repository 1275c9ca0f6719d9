//! The choice of a token, by rules in a fixed order:
//!
//! 1. [`logit_bias`](Sampling::logit_bias) is added to the logits of its tokens.
//! 2. [`repetition_penalty`](Sampling::repetition_penalty) divides the positive logits of tokens that the prompt or the answer has, and
//!    multiplies the others (Keskar and others, "CTRL", 2019; vLLM and Hugging Face's `generate` do the same).
//! 3. [`frequency_penalty`](Sampling::frequency_penalty) is taken from a logit for each time that the answer has its token, and
//!    [`presence_penalty`](Sampling::presence_penalty) once, as OpenAI's API defines them.
//! 4. What a schema does not allow is out of question.
//! 5. Logits are divided by the temperature. At 0 the largest one is taken, the lowest id of equals, and the rules end here.
//! 6. [`top_k`](Sampling::top_k) keeps that many.
//! 7. [`top_p`](Sampling::top_p) keeps the smallest set of these whose probability reaches it, where those of step 6 add up to 1.
//! 8. [`min_p`](Sampling::min_p) keeps those that are at least this many times as likely as the likeliest one.
//! 9. Gumbel noise keyed by (seed, position, token id) is added, and the largest sum is taken, the lowest id of equals.
//!
//! Steps 1 to 7 have vLLM's order; there min-p comes before top-k and top-p, and here after them, as in Hugging Face's `generate`. A
//! logit is rounded to single precision after step 1, and again after steps 2 and 3.
//!
//! The choice is a pure function of the logits, the request and the tokens before it, so another node with the same weights repeats it
//! exactly at any position, and requests that run together do not disturb each other's randomness.

use std::borrow::Cow;

pub use self::{
    history::History,
    noise::{gumbel, mix},
};
use self::{
    history::repetition_factor,
    kept::{Kept, find_least, log_sum_exp},
    noise::Noise,
};
use super::sampling::{Micros, Sampling};

#[cfg(test)]
mod fixture;
mod history;
mod kept;
mod noise;
#[cfg(test)]
mod tests;

/// The version of these rules. Manifests name it: another version may choose other tokens. A rule that changes nothing where a request
/// does not ask for it needs no new version: programs that do not know it speak an older [`crate::wire::VERSION`].
pub const RULES: u32 = 1;

/// A token, and how likely it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Its id.
    pub id: u32,
    /// Natural logarithm of its probability under the plain softmax of the logits, before all rules.
    pub log_probability: f32,
}

/// Logits with the total of their exponentials, which is one pass over the vocabulary.
#[derive(Clone, Copy, Debug)]
pub struct Softmax<'a> {
    logits: &'a [f32],
    /// The natural logarithm of the total.
    total: f64,
}

impl<'a> Softmax<'a> {
    /// Of these logits.
    pub fn of(logits: &'a [f32]) -> Self {
        Self { logits, total: log_sum_exp(logits.iter().map(|&logit| f64::from(logit))) }
    }

    /// Chooses the token after `history`; `None` when there are no logits, or one of them is not a number.
    pub fn choose(&self, sampling: &Sampling, history: &History) -> Option<Choice> {
        self.choice(choice(&history.adjust(self.logits.into(), sampling), sampling, history.position())?)
    }

    /// The same among some tokens: all others have the logit of minus infinity in `allowed`.
    pub fn choose_among(&self, allowed: Vec<f32>, sampling: &Sampling, history: &History) -> Option<Choice> {
        self.choice(choice(&history.adjust(allowed.into(), sampling), sampling, history.position())?)
    }

    /// A token with its probability; `None` where there is no such token.
    fn choice(&self, id: usize) -> Option<Choice> {
        Some(Choice { id: id as u32, log_probability: self.log_probability(id)? })
    }

    /// Natural logarithm of a token's probability; `None` where there is no such token.
    pub fn log_probability(&self, id: usize) -> Option<f32> {
        Some(log_probability(*self.logits.get(id)?, self.total))
    }

    /// The `count` likeliest tokens, likeliest first, and lower ids first among equals.
    pub fn likeliest(&self, count: usize) -> Vec<Choice> {
        let logits = self.logits;
        if count == 0 {
            return vec![];
        }
        let by_likelihood = |a: &usize, b: &usize| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b));
        let mut order: Vec<usize> = (0..logits.len()).collect();
        if count < order.len() {
            order.select_nth_unstable_by(count, by_likelihood);
            order.truncate(count);
        }
        order.sort_unstable_by(by_likelihood);
        order.into_iter().filter_map(|id| self.choice(id)).collect()
    }
}

/// Chooses the token after `history`; `None` when there are no logits, or one of them is not a number.
pub fn choose(logits: &[f32], sampling: &Sampling, history: &History) -> Option<Choice> {
    Softmax::of(logits).choose(sampling, history)
}

fn log_probability(logit: f32, total: f64) -> f32 {
    // Rounding must not make a certain token more than certain.
    ((f64::from(logit) - total) as f32).min(0.0)
}

fn choice(logits: &[f32], sampling: &Sampling, position: u64) -> Option<usize> {
    let best = greedy(logits)?;
    let temperature = sampling.temperature.to_f64();
    if temperature <= 0.0 {
        return Some(best);
    }
    let scaled: Vec<f64> = logits.iter().map(|&logit| f64::from(logit) / temperature).collect();
    let noise = Noise::new(sampling.seed, position);
    let least = find_least(scaled[best], sampling.min_p);
    Some(match Kept::of(&scaled, sampling) {
        Some(kept) => {
            let tokens = kept.tokens().iter().copied();
            noise.loudest(&scaled, kept.tokens()[0], tokens.filter(|index| scaled[*index] >= least))
        }
        None if sampling.min_p == Micros(0) => noise.loudest(&scaled, best, 0..scaled.len()),
        None => noise.loudest(&scaled, best, (0..scaled.len()).filter(|index| scaled[*index] >= least)),
    })
}

/// Index of the largest logit, the lowest of equals.
fn greedy(logits: &[f32]) -> Option<usize> {
    let mut best = None::<(usize, f32)>;
    for (index, &logit) in logits.iter().enumerate() {
        if logit.is_nan() {
            return None;
        }
        if best.is_none_or(|(_, value)| logit > value) {
            best = Some((index, logit));
        }
    }
    best.filter(|(_, value)| value.is_finite()).map(|(index, _)| index)
}

/// What a model says of a token that somebody claims to have chosen with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Natural logarithm of the token's probability under the plain softmax of the logits.
    pub log_probability: f32,
    /// Logits that the token lacks to be the one that [`choose`] takes: 0 where it is that one, infinite where a schema leaves it out. A
    /// token that top-k, top-p or min-p leaves out lacks what it takes to be kept. Where a repetition penalty makes more of the logits,
    /// as much less is counted. So a node whose logits are nowhere off by more than `d / 2` chooses no token that lacks more than `d`.
    pub shortfall: f32,
}

/// Examines the token that was claimed after `history`; `None` when the logits are unusable or have no such token.
pub fn examine(logits: &[f32], sampling: &Sampling, history: &History, claimed: u32) -> Option<Position> {
    examine_adjusted(&history.adjust(logits.into(), sampling), logits, sampling, history.position(), claimed as usize)
}

/// The same where some tokens only were allowed, as in [`Softmax::choose_among`].
pub fn examine_among(
    allowed: Vec<f32>,
    logits: &[f32],
    sampling: &Sampling,
    history: &History,
    claimed: u32,
) -> Option<Position> {
    let adjusted: Cow<'_, [f32]> = history.adjust(allowed.into(), sampling);
    examine_adjusted(&adjusted, logits, sampling, history.position(), claimed as usize)
}

fn examine_adjusted(
    adjusted: &[f32],
    logits: &[f32],
    sampling: &Sampling,
    position: u64,
    claimed: usize,
) -> Option<Position> {
    let log_probability = Softmax::of(logits).log_probability(claimed)?;
    let logit = f64::from(*adjusted.get(claimed)?);
    if logit == f64::NEG_INFINITY {
        return Some(Position { log_probability, shortfall: f32::INFINITY });
    }
    let best = greedy(adjusted)?;
    let temperature = sampling.temperature.to_f64();
    let shortfall = if temperature <= 0.0 {
        f64::from(adjusted[best]) - logit
    } else {
        let scaled: Vec<f64> = adjusted.iter().map(|&logit| f64::from(logit) / temperature).collect();
        find_shortfall(&scaled, best, sampling, &Noise::new(sampling.seed, position), claimed) * temperature
    };
    // A penalty makes as much more of what two devices differ by.
    Some(Position { log_probability, shortfall: (shortfall.max(0.0) / find_loudness(sampling)) as f32 })
}

/// How many times as large a difference of the logits can be once the penalties are taken.
fn find_loudness(sampling: &Sampling) -> f64 {
    repetition_factor(sampling).map_or(1.0, |factor| factor.max(factor.recip()))
}

/// How far the computation of these logits, divided by the temperature, has to be off for the claimed token to be the right one: a
/// token that should have been taken has to lose its lead, or fall until top-k, top-p or min-p leaves it out.
fn find_shortfall(scaled: &[f64], best: usize, sampling: &Sampling, noise: &Noise, claimed: usize) -> f64 {
    let claim = scaled[claimed] + noise.of(claimed);
    let least = find_least(scaled[best], sampling.min_p);
    let Some(mut kept) = Kept::of(scaled, sampling) else {
        if sampling.min_p == Micros(0) {
            let taken = noise.loudest(scaled, best, 0..scaled.len());
            return scaled[taken] + noise.of(taken) - claim;
        }
        let all = (0..scaled.len()).map(|index| (index, index));
        let lead = find_lead(scaled, noise, claim, least, all, |_, margin| margin);
        return lead.max(least - scaled[claimed]);
    };
    let lacks = (least - scaled[claimed]).max(kept.last - scaled[claimed]).max(kept.find_lack(claimed));
    let competitors: Vec<(usize, usize)> = kept.tokens().iter().copied().enumerate().collect();
    let outsider = kept.outsider;
    let margin =
        |(place, index): (usize, usize), margin: f64| kept.find_margin(place, margin.min(scaled[index] - outsider));
    find_lead(scaled, noise, claim, least, competitors.into_iter(), margin).max(lacks)
}

/// The largest lead of a competitor that min-p keeps, where a lead is worth no more than what the competitor can lose before it is left
/// out: by min-p, whose limit is `least`, or by what else `margin` knows of, which says how much it is of a larger margin.
fn find_lead(
    scaled: &[f64],
    noise: &Noise,
    claim: f64,
    least: f64,
    competitors: impl Iterator<Item = (usize, usize)>,
    mut margin: impl FnMut((usize, usize), f64) -> f64,
) -> f64 {
    let mut lead = 0f64;
    for (place, index) in competitors {
        let value = scaled[index];
        if value < least || value + noise.bound(index) < claim + lead {
            continue;
        }
        let own = (value + noise.of(index) - claim).min(value - least);
        if own > lead {
            lead = lead.max(margin((place, index), own));
        }
    }
    lead
}
