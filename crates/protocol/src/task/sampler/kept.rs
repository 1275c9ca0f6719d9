//! The tokens that top-k and top-p keep, and how far logits have to move for a token to be kept or left out; and the limit of min-p.

use std::cmp::Ordering;

use super::super::sampling::{Micros, Sampling};

/// The tokens that top-k keeps, and of these sets that top-p keeps, at least one token each; likeliest first and lower ids first among
/// equals.
pub(super) struct Kept<'a> {
    scaled: &'a [f64],
    /// What top-k keeps. Only as many as were asked for are in order.
    order: Vec<usize>,
    /// The probability of the first ones of `order` up to each, for those that are in order; all of them together have 1. Empty where
    /// top-p keeps all.
    reached: Vec<f64>,
    /// How many of them top-p keeps.
    count: usize,
    /// The probability that top-p keeps; `None` where it keeps all.
    top_p: Option<f64>,
    /// The logarithm by which probabilities are normalised.
    total: f64,
    /// The value of the least likely token that top-k keeps; minus infinity where it keeps all.
    pub(super) last: f64,
    /// The value of the likeliest token that top-k leaves out; minus infinity where it leaves none out.
    pub(super) outsider: f64,
}

/// The tokens that are put in order first. Mostly they are enough, and the rest of a large vocabulary is never sorted.
const FIRST: usize = 128;
/// What a token lacks at least that is not kept.
const HAIR: f64 = 1e-12;

/// The least value that min-p keeps, where `best` is the largest; minus infinity where it keeps all.
pub(super) fn find_least(best: f64, min_p: Micros) -> f64 {
    if min_p == Micros(0) { f64::NEG_INFINITY } else { best + min_p.to_f64().min(1.0).ln() }
}

/// The logarithm of the sum of the values' exponentials.
pub(super) fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let max = values.clone().fold(f64::NEG_INFINITY, f64::max);
    max + values.map(|value| (value - max).exp()).sum::<f64>().ln()
}

/// How far the log-odds of a set's probability are above those of `top_p`: from 0 on the set is enough.
pub(super) fn find_excess(mass: f64, top_p: f64) -> f64 {
    let log_odds = |mass: f64| (mass / (1.0 - mass).max(0.0)).ln();
    if top_p <= 0.0 {
        f64::INFINITY
    } else if mass <= 0.0 {
        f64::NEG_INFINITY
    } else {
        log_odds(mass) - log_odds(top_p)
    }
}

fn compare(scaled: &[f64], a: usize, b: usize) -> Ordering {
    scaled[b].total_cmp(&scaled[a]).then(a.cmp(&b))
}

impl<'a> Kept<'a> {
    /// The tokens that are kept of these logits, divided by the temperature; `None` where the request leaves nothing out.
    pub(super) fn of(scaled: &'a [f64], sampling: &Sampling) -> Option<Self> {
        let top_k = sampling.top_k as usize;
        let (by_count, by_mass) = ((1..scaled.len()).contains(&top_k), sampling.top_p < Micros::ONE);
        if !by_count && !by_mass {
            return None;
        }
        let mut order: Vec<usize> = (0..scaled.len()).collect();
        let (mut last, mut outsider) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        if by_count {
            let (_, next, _) = order.select_nth_unstable_by(top_k, |a, b| compare(scaled, *a, *b));
            outsider = scaled[*next];
            order.truncate(top_k);
            // Sums of probabilities must not depend on how the rest was put aside.
            order.sort_unstable_by(|a, b| compare(scaled, *a, *b));
            last = order.last().map_or(last, |index| scaled[*index]);
        }
        let top_p = by_mass.then(|| sampling.top_p.to_f64());
        let total = if by_mass { log_sum_exp(order.iter().map(|index| scaled[*index])) } else { 0.0 };
        let mut kept = Self { scaled, count: order.len(), order, reached: vec![], top_p, total, last, outsider };
        if let Some(top_p) = top_p {
            kept.count = kept.find_count(top_p);
        }
        Some(kept)
    }

    /// The tokens that are kept.
    pub(super) fn tokens(&self) -> &[usize] {
        &self.order[..self.count]
    }

    /// How many tokens are the smallest set whose probability reaches this one.
    fn find_count(&mut self, top_p: f64) -> usize {
        let short = (0..self.order.len()).find(|place| self.reach(*place) >= top_p);
        short.map_or(self.order.len(), |place| place + 1)
    }

    /// The probability of the tokens up to this place.
    fn reach(&mut self, place: usize) -> f64 {
        while self.reached.len() <= place {
            self.sort_more();
        }
        self.reached[place]
    }

    /// Puts some more of the tokens in order.
    fn sort_more(&mut self) {
        let (scaled, sorted) = (self.scaled, self.reached.len());
        let by_likelihood = |a: &usize, b: &usize| compare(scaled, *a, *b);
        let end = sorted.saturating_add((4 * sorted).max(FIRST)).min(self.order.len());
        if end < self.order.len() {
            self.order[sorted..].select_nth_unstable_by(end - sorted - 1, by_likelihood);
        }
        self.order[sorted..end].sort_unstable_by(by_likelihood);
        let mut reached = self.reached.last().copied().unwrap_or(0.0);
        for index in &self.order[sorted..end] {
            reached += (scaled[*index] - self.total).exp();
            self.reached.push(reached);
        }
    }

    /// What a token lacks for top-p to keep it, in place of the last one of top-k where that leaves it out: the least `d` such that it is
    /// kept once the tokens that are more than `d` above it have lost `d` against all others, and it has come before those that are not.
    ///
    /// Where no logit is off by more than `d / 2`, no token is kept that lacks more than `d`.
    pub(super) fn find_lack(&mut self, index: usize) -> f64 {
        let Some(top_p) = self.top_p.filter(|_| !self.tokens().contains(&index)) else { return 0.0 };
        let mut least = f64::INFINITY;
        for place in 0..self.order.len() {
            // The tokens before this place stay before it. The likeliest one is kept whatever its probability.
            let excess = if place == 0 { f64::NEG_INFINITY } else { find_excess(self.reach(place - 1), top_p) };
            if excess >= least {
                break;
            }
            self.reach(place);
            least = least.min((self.scaled[self.order[place]] - self.scaled[index]).max(excess).max(HAIR));
        }
        least
    }

    /// What the kept token at this place can lose before top-p leaves it out, in the sense of [`Self::find_lack`]; at most `most`.
    pub(super) fn find_margin(&mut self, place: usize, most: f64) -> f64 {
        let Some(top_p) = self.top_p else { return most };
        let value = self.scaled[self.order[place]];
        let own = (value - self.total).exp();
        let mut least = most;
        // The tokens up to `end` come before it.
        for end in place.max(1)..self.order.len() {
            let reached = self.reach(end);
            let lead = value - self.scaled[self.order[end]];
            if lead >= least {
                break;
            }
            least = least.min(lead.max(-find_excess(reached - own, top_p)).max(0.0));
        }
        least
    }
}
