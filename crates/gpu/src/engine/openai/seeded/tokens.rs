//! The tokens of a streamed response, by their ids.

use std::{collections::BTreeMap, time::Duration};

use cuckoo_protocol::{Untrusted, task::sampler::Choice};
use futures::Stream;
use serde::Deserialize;

use super::super::{events::Events, reader::parse};
use crate::engine::api::EngineError;

/// What vLLM calls a token by its id.
const BY_ID: &str = "token_id:";

/// Some tokens, each with its natural log-probability under the plain softmax, and what else was likely in its place.
#[derive(Default)]
pub(super) struct More {
    pub(super) ids: Vec<u32>,
    pub(super) log_probabilities: Vec<f32>,
    /// The likeliest ones in each place, likeliest first; empty where they were not asked for.
    pub(super) top: Vec<Vec<Choice>>,
}

#[derive(Deserialize)]
struct Chunk {
    choices: Option<Vec<ChunkChoice>>,
}

#[derive(Deserialize)]
struct ChunkChoice {
    token_ids: Option<Vec<u32>>,
    logprobs: Option<Logprobs>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Logprobs {
    token_logprobs: Vec<Option<f64>>,
    top_logprobs: Option<Vec<Option<BTreeMap<String, f64>>>>,
}

/// What is still to come of a response.
pub(super) struct Tokens<B> {
    events: Events<B>,
    over: bool,
}

impl<B, D> Tokens<B>
where
    B: Stream<Item = reqwest::Result<D>> + Send + Unpin + 'static,
    D: AsRef<[u8]> + Send + 'static,
{
    pub(super) const fn new(body: B, idle: Duration) -> Self {
        Self { events: Events::new(body, idle), over: false }
    }

    /// The next tokens, at least one; `None` after the last one.
    pub(super) async fn next(&mut self) -> Result<Option<More>, EngineError> {
        while !self.over {
            let Some(event) = self.events.next().await? else { return Ok(None) };
            if event.trim() == "[DONE]" {
                return Ok(None);
            }
            let Some(choice) = parse::<Chunk>(&event)?.choices.into_iter().flatten().next() else { continue };
            match choice.finish_reason.as_deref() {
                None => {}
                Some("stop" | "length") => self.over = true,
                Some(other) => {
                    let other = Untrusted::from(other);
                    return Err(EngineError::Interrupted(format!("the server ended the answer with `{other}`")));
                }
            }
            let more = understand(choice.token_ids.unwrap_or_default(), choice.logprobs)?;
            if !more.ids.is_empty() {
                return Ok(Some(more));
            }
        }
        Ok(None)
    }
}

fn understand(ids: Vec<u32>, logprobs: Option<Logprobs>) -> Result<More, EngineError> {
    let Some(logprobs) = logprobs.filter(|_| !ids.is_empty()) else { return Ok(More { ids, ..More::default() }) };
    let bound = |value: f64| (value as f32).min(0.0);
    let log_probabilities: Vec<_> = logprobs.token_logprobs.into_iter().flatten().map(bound).collect();
    if log_probabilities.len() != ids.len() || log_probabilities.iter().any(|value| value.is_nan()) {
        return Err(EngineError::Interrupted("the server gives no log-probabilities with its tokens".into()));
    }
    let choices = |likely: Option<BTreeMap<String, f64>>| {
        let choice = |(name, value): (String, f64)| {
            Some(Choice { id: name.strip_prefix(BY_ID)?.parse().ok()?, log_probability: bound(value) })
        };
        let mut choices: Vec<Choice> = likely.into_iter().flatten().filter_map(choice).collect();
        choices.sort_by(|a, b| b.log_probability.total_cmp(&a.log_probability).then(a.id.cmp(&b.id)));
        choices
    };
    let top = logprobs.top_logprobs.into_iter().flatten().map(choices).collect();
    Ok(More { ids, log_probabilities, top })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_with_what_was_likely() {
        let event = r#"{"choices":[{"text":"a","token_ids":[5],"logprobs":{"token_logprobs":[-0.5],
            "top_logprobs":[{"token_id:7":-1.5,"token_id:5":-0.5,"token_id:6":-1.5}]},"finish_reason":null}]}"#;
        let Chunk { choices } = parse(event).expect("a chunk");
        let choice = choices.expect("choices").remove(0);
        let more = understand(choice.token_ids.expect("ids"), choice.logprobs).expect("understood");
        assert_eq!((more.ids, more.log_probabilities), (vec![5], vec![-0.5]));
        assert_eq!(more.top[0].iter().map(|choice| choice.id).collect::<Vec<_>>(), [5, 6, 7]);
        let few = Logprobs { token_logprobs: vec![None], top_logprobs: None };
        assert!(understand(vec![5], Some(few)).is_err());
    }
}
