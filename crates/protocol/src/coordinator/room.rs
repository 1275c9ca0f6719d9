//! How long an answer may get whose application has not said it: as long as there is context, money and time for it.

use super::{
    draws::{PoolId, Reach},
    input::{Limits, Submission},
    state::Coordinator,
};
use crate::{price::Quote, task::Millis};

/// Tokens that such an answer may have in any case: who cannot pay for these cannot pay for an answer.
pub const LEAST_TOKENS: u32 = 512;
/// Tokens of an answer while nobody knows how fast the model's miners are.
const UNTRIED: u32 = 4_096;
/// The part of what its key may still spend, and of the free escrow, that the answers to one request may reserve: others are asked
/// for while it runs.
const SHARE: u128 = 4;
/// The part of the time until the deadline in which such an answer is to be generated: the rest is for the queue and the prompt.
const PACED: f64 = 0.5;
/// What the miners of a pool can do is looked at again after this many milliseconds: there may be a thousand of them.
const FRESH: Millis = 1_000;

impl Coordinator {
    /// Shortens the answers of one request to what there is room for, where its application has not said how long they may be.
    pub(super) fn fit(&mut self, tasks: &mut [Submission], limits: Limits, now: Millis) {
        let Some(first) = tasks.first().filter(|_| limits.open) else { return };
        let Some(pool) = self.draws.find(first.spec.kind(), &first.spec.model) else { return };
        let Reach { context, pace, .. } = self.reach(pool, now);
        let seconds = first.spec.deadline.saturating_sub(now) as f64 / 1e3;
        let timely = pace.map_or(UNTRIED, |pace| (pace * seconds * PACED) as u32);
        // Prompt and answer share the context, and only the miner can count the prompt.
        let most = timely.min(context.unwrap_or(u32::MAX)).min(self.payable(tasks, limits)).max(LEAST_TOKENS);
        tasks.iter_mut().for_each(|task| task.shorten(most));
    }

    /// What the miners can do that take tasks of a pool.
    fn reach(&mut self, pool: PoolId, now: Millis) -> Reach {
        // A clock that was put back does not keep what was seen.
        if let Some(seen) = self.draws.reach(pool).filter(|seen| now >= seen.at && now - seen.at < FRESH) {
            return seen;
        }
        let all = || self.sessions.iter().filter_map(|(_, miner)| Some((miner.offer_of(pool)?, &miner.quality)));
        // Before a name stands for something, nobody's slots are used.
        let is_used = all().any(|(slots, _)| slots.usable > 0);
        let miners = || all().filter(|(slots, _)| slots.usable > 0 || !is_used);
        let contexts = || miners().map(|(slots, _)| slots.promise.context);
        let context = contexts().max().filter(|_| contexts().all(|context| context > 0));
        let pace = miners().filter_map(|(_, quality)| quality.pace()).min_by(f64::total_cmp);
        *self.draws.reach(pool).insert(Reach { at: now, context, pace })
    }

    /// Tokens that each answer can have for what may be spent on them.
    fn payable(&self, tasks: &[Submission], limits: Limits) -> u32 {
        let Some(Submission { spec, .. }) = tasks.first().filter(|task| !task.spec.rate.is_free()) else {
            return u32::MAX;
        };
        let prompt = |task: &Submission| Quote::new(task.spec.rate, task.spec.quote().prompt_tokens(), 0).bound();
        let prompts = tasks.iter().map(prompt).fold(0, u128::saturating_add);
        let capped = limits.max_price.map_or(u128::MAX, |cap| cap.saturating_sub(prompts));
        let free = self.money.spendable(spec.caller.as_ref(), limits.budget).saturating_sub(prompts);
        spec.rate.completion_tokens(capped.min(free / SHARE) / tasks.len() as u128)
    }
}
