//! What an audit costs: the time of an examination over the time of the answer, by the answer's length.

use std::time::{Duration, Instant};

use cuckoo_gpu::{GenerateRequest, Generated};
use cuckoo_protocol::{
    audit::Claim,
    task::{ChatMessage, ChatRole, Finish, FinishReason, Micros, Sampling},
};
use futures::StreamExt;
use serde::Serialize;

use crate::{
    command::audit::examiner::{Examiner, failed},
    terminal::{Error, Progress, Result},
};

/// Lengths of answers in tokens.
const LENGTHS: [u32; 7] = [32, 64, 128, 256, 512, 1024, 2048];
/// Answers that are tried for a long one: a model may end each.
const TRIES: u64 = 8;
/// Examinations of which the fastest counts, as the answer's time has no pauses of other programs either.
const ROUNDS: u32 = 2;
/// A text that goes on.
const TEXT: &str =
    "Chapter 1\n\nIt was the first day of the long journey, and there was a lot to tell about it. In the morning";

/// The times of one length.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Cost {
    /// Tokens of the answer.
    pub(super) tokens: u32,
    /// Seconds until the answer had this many tokens, the prompt included.
    pub(super) generation: f64,
    /// Seconds of the examination of these.
    pub(super) examination: f64,
}

impl Cost {
    pub(super) fn ratio(&self) -> f64 {
        self.examination / self.generation.max(f64::EPSILON)
    }
}

/// Measures an answer of each length, up to the longest that the model gives.
pub(super) async fn measure(examiner: &Examiner, longest: u32, progress: &Progress) -> Result<Vec<Cost>> {
    let room = examiner.served.context_length.saturating_sub(64).min(longest);
    let lengths: Vec<u32> = LENGTHS.into_iter().filter(|length| *length <= room).collect();
    let Some(most) = lengths.last() else { return Ok(vec![]) };
    let mut best: Option<(GenerateRequest, Claim, Vec<Duration>)> = None;
    for seed in 0..TRIES {
        progress.set(format!("Measuring the cost: answer {} of at most {TRIES}", seed + 1));
        let request = GenerateRequest {
            model: examiner.served.manifest.name.clone(),
            messages: vec![ChatMessage { role: ChatRole::Prompt, content: TEXT.into() }],
            sampling: Sampling { max_tokens: *most, temperature: Micros(1_300_000), seed, ..Sampling::default() },
        };
        let (claim, times) = answer(examiner, request.clone()).await?;
        let longer = best.as_ref().is_none_or(|(_, known, _)| claim.ids.len() > known.ids.len());
        if longer {
            best = Some((request, claim, times));
        }
        if best.as_ref().is_some_and(|(_, claim, _)| claim.ids.len() >= *most as usize) {
            break;
        }
    }
    let Some((request, claim, times)) = best else { return Ok(vec![]) };
    let mut costs = vec![];
    for tokens in lengths.into_iter().filter(|length| *length as usize <= claim.ids.len()) {
        progress.set(format!("Measuring the cost: examining {tokens} tokens"));
        let part = Claim { ids: claim.ids[..tokens as usize].to_vec(), ..claim.clone() };
        let mut fastest = f64::INFINITY;
        for _ in 0..ROUNDS {
            let began = Instant::now();
            examiner.examine(&request, &part).await?.map_err(|refused| {
                Error::failure(format_args!("an answer of {tokens} tokens cannot be examined: {refused}"))
            })?;
            fastest = fastest.min(began.elapsed().as_secs_f64());
        }
        costs.push(Cost { tokens, generation: times[tokens as usize - 1].as_secs_f64(), examination: fastest });
    }
    Ok(costs)
}

/// Generates an answer, with the time of each token.
async fn answer(examiner: &Examiner, request: GenerateRequest) -> Result<(Claim, Vec<Duration>)> {
    let began = Instant::now();
    let mut stream = examiner.engine.generate(request).await.map_err(failed)?;
    let mut times = vec![];
    let finish = Finish { reason: FinishReason::Length, prompt_tokens: 0, completion_tokens: 0, stop: None };
    let mut claim = Claim { ids: vec![], log_probabilities: vec![], text: String::new(), finish };
    while let Some(item) = stream.next().await {
        match item.map_err(failed)? {
            Generated::Tokens(chunk) => {
                claim.ids.extend(chunk.ids);
                claim.log_probabilities.extend(chunk.log_probabilities);
                times.resize(claim.ids.len(), began.elapsed());
            }
            Generated::Finished(finish) => claim.finish = finish,
        }
    }
    Ok((claim, times))
}
