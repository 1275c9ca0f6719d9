//! The tokens that top-k and top-p keep, and the limit of min-p.

use std::cmp::Ordering;

use super::super::sampling::{Micros, Sampling};

/// The tokens that top-k keeps, and of these sets that top-p keeps, at least one token each; likeliest first and lower ids first among
/// equals.
pub(super) struct Kept {
    /// The smallest set whose probability reaches the larger of two limits of top-p.
    pub(super) order: Vec<usize>,
    /// How many of them reach the smaller limit.
    pub(super) inner: usize,
    /// The value of the least likely token that top-k keeps; minus infinity where it keeps all.
    pub(super) last: f64,
    /// The value of the likeliest token that top-k leaves out; minus infinity where it leaves none out.
    pub(super) outsider: f64,
    /// The least likely token that top-k keeps, if it leaves any out.
    last_index: Option<usize>,
    /// Top-p keeps all that top-k keeps.
    is_whole: bool,
}

/// The tokens that are put in order first. Mostly they are enough, and the rest of a large vocabulary is never sorted.
const FIRST: usize = 128;

/// The least value that min-p keeps, where `best` is the largest; minus infinity where it keeps all.
pub(super) fn find_least(best: f64, min_p: Micros) -> f64 {
    if min_p == Micros(0) { f64::NEG_INFINITY } else { best + min_p.to_f64().min(1.0).ln() }
}

/// The logarithm of the sum of the values' exponentials.
pub(super) fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let max = values.clone().fold(f64::NEG_INFINITY, f64::max);
    max + values.map(|value| (value - max).exp()).sum::<f64>().ln()
}

fn compare(scaled: &[f64], a: usize, b: usize) -> Ordering {
    scaled[b].total_cmp(&scaled[a]).then(a.cmp(&b))
}

impl Kept {
    /// The sets for two limits of top-p, `less` not above `more`, among at least one token; `None` where the request leaves nothing out.
    pub(super) fn of(scaled: &[f64], sampling: &Sampling, less: f64, more: f64) -> Option<Self> {
        let top_k = sampling.top_k as usize;
        let (by_count, by_mass) = ((1..scaled.len()).contains(&top_k), sampling.top_p < Micros::ONE);
        if !by_count && !by_mass {
            return None;
        }
        let mut order: Vec<usize> = (0..scaled.len()).collect();
        let mut outsider = f64::NEG_INFINITY;
        if by_count {
            let (_, next, _) = order.select_nth_unstable_by(top_k, |a, b| compare(scaled, *a, *b));
            outsider = scaled[*next];
            order.truncate(top_k);
            // Sums of probabilities must not depend on how the rest was put aside.
            order.sort_unstable_by(|a, b| compare(scaled, *a, *b));
        }
        let last_index = order.last().copied().filter(|_| by_count);
        let count = order.len();
        let (order, inner) = if by_mass { nuclei(scaled, order, less, more) } else { (order, count) };
        let last = last_index.map_or(f64::NEG_INFINITY, |index| scaled[index]);
        Some(Self { is_whole: order.len() == count, order, inner, last, outsider, last_index })
    }

    /// Whether top-p keeps a token by the larger limit. One that top-k leaves out may stand in the place of the last one that it keeps.
    pub(super) fn may_have(&self, scaled: &[f64], index: usize) -> bool {
        match self.last_index {
            Some(last) if compare(scaled, index, last).is_gt() => self.is_whole,
            _ => self.order.contains(&index),
        }
    }
}

/// The smallest sets among `order` whose probabilities reach two limits, where all of `order` have the probability 1: the larger set,
/// and how many of it are the smaller one.
fn nuclei(scaled: &[f64], mut order: Vec<usize>, less: f64, more: f64) -> (Vec<usize>, usize) {
    let total = log_sum_exp(order.iter().map(|index| scaled[*index]));
    let by_likelihood = |a: &usize, b: &usize| compare(scaled, *a, *b);
    let mut reached = 0.0;
    let mut inner = None;
    let (mut sorted, mut more_to_sort) = (0, FIRST);
    while sorted < order.len() {
        let end = sorted.saturating_add(more_to_sort).min(order.len());
        if end < order.len() {
            order[sorted..].select_nth_unstable_by(end - sorted - 1, by_likelihood);
        }
        order[sorted..end].sort_unstable_by(by_likelihood);
        for place in sorted..end {
            reached += (scaled[order[place]] - total).exp();
            if reached >= less {
                inner.get_or_insert(place + 1);
            }
            if reached >= more {
                order.truncate(place + 1);
                let inner = inner.unwrap_or(order.len());
                return (order, inner);
            }
        }
        sorted = end;
        more_to_sort *= 4;
    }
    let inner = inner.unwrap_or(order.len());
    (order, inner)
}
