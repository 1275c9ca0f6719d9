//! Models of a vLLM server whose tokens are chosen by cuckoo's rules, see `crates/gpu/plugins/vllm`.
//!
//! The server is a machine for tokens: prompts go there as ids, but for the rendering of chats, and come back as ids. What these say,
//! where an answer ends and what a token lacks that somebody claims is settled here and in the plugin, as in the built-in engine. So
//! such a miner's answers are examined like any, by other miners with such a server or by a coordinator with one.

use std::{ops::Range, sync::Arc};

use cuckoo_protocol::{
    audit::{Examined, coin},
    task::{ChatMessage, Examine, Finish, FinishReason, Kind, sampler::Position},
};
use futures::{StreamExt, TryStreamExt};
use tokio::sync::OwnedSemaphorePermit;

use super::{HEAD_PATIENCE, OpenAi, trouble::probe};
use crate::engine::{
    api::{EngineError, GenerateRequest, Generated, ServedModel, TokenStream, guarded},
    language::read_answer,
    stop::StopFilter,
};

mod generation;
mod hello;
mod model;
mod tokens;
mod words;

use generation::Generation;
use hello::{END, PATH, body, parameters};
pub(super) use hello::{ask, check};
use model::RECORD;
pub(super) use model::Seeded;
use tokens::Tokens;
use words::Words;

/// Pieces of an answer that are examined at once.
const AT_ONCE: usize = 4;
/// What a token is that the model does not have.
const IMPOSSIBLE: Position = Position { log_probability: f32::NEG_INFINITY, shortfall: f32::INFINITY };

/// What a piece of a claimed answer comes to.
struct Piece {
    start: u32,
    positions: Vec<Position>,
}

impl OpenAi {
    /// What is asked, as tokens. A server that cannot be reached for it is looked at, as after any request.
    async fn prompt(
        &self,
        words: &Words,
        model: &str,
        messages: &[ChatMessage],
    ) -> Result<(Vec<u32>, &'static str), EngineError> {
        let found = words.prompt(&self.server, model, messages).await;
        if let Err(EngineError::Unavailable(_)) = found {
            // Its answer is the trouble that is kept.
            let _ = probe(&self.server, &self.trouble, &self.seeded_names()).await;
        }
        found
    }

    /// Generates by our rules.
    pub(super) async fn generate_seeded(
        &self,
        seeded: &Seeded,
        served: &ServedModel,
        request: GenerateRequest,
        slot: OwnedSemaphorePermit,
    ) -> Result<TokenStream, EngineError> {
        let GenerateRequest { model, messages, sampling } = &request;
        if sampling.echo {
            let hint =
                "this model's server does not tell the tokens of a prompt; hint: a model served by mistral.rs does";
            return Err(EngineError::Invalid(hint.into()));
        }
        let words = Arc::clone(&seeded.words);
        let (prompt, opening) = self.prompt(&words, model, messages).await?;
        let (prompt_tokens, limit) = (u32::try_from(prompt.len()).unwrap_or(u32::MAX), served.context_length);
        if prompt_tokens >= limit {
            return Err(EngineError::PromptTooLong { tokens: prompt_tokens, limit });
        }
        words.check_tokens("`logit_bias`", sampling.logit_bias.iter().map(|bias| bias.id))?;
        let max_tokens = sampling.max_tokens.min(limit - prompt_tokens);
        if max_tokens == 0 {
            let finish = Finish { reason: FinishReason::Length, prompt_tokens, completion_tokens: 0, stop: None };
            return Ok(guarded(futures::stream::iter([Ok(Generated::Finished(finish))])));
        }
        let ends = words.ends.named();
        let mut body = body(model, &prompt, max_tokens, parameters(sampling, ends));
        body["stop_token_ids"] = ends.into();
        body["logprobs"] = sampling.top_logprobs.unwrap_or(0).into();
        let response = self.post(PATH, &body, self.server.idle.max(HEAD_PATIENCE)).await?;
        let generation = Generation {
            tokens: Tokens::new(Box::pin(response.bytes_stream()), self.server.idle),
            detokeniser: words.detokeniser(opening),
            words,
            filter: StopFilter::new(&sampling.stop),
            prompt_tokens,
            max_tokens,
            top: sampling.top_logprobs,
            given: 0,
            ended: false,
            finish: None,
            _slot: slot,
        };
        Ok(guarded(futures::stream::unfold(generation, async |mut generation| {
            let item = generation.next().await;
            Some((item, generation))
        })))
    }

    /// See [`crate::Engine::examine`].
    pub(super) async fn examine_seeded(
        &self,
        seeded: &Seeded,
        served: &ServedModel,
        request: &GenerateRequest,
        examine: &Examine,
    ) -> Result<Examined, EngineError> {
        request.check(Kind::Text)?;
        let closed = |_| EngineError::Unavailable("the engine is closed".into());
        let _place = self.examining.acquire().await.map_err(closed)?;
        let words = &seeded.words;
        let (prompt, opening) = self.prompt(words, &request.model, &request.messages).await?;
        let (ids, limit) = (&examine.ids, served.context_length);
        let tokens = u32::try_from(prompt.len() + ids.len()).unwrap_or(u32::MAX);
        if tokens > limit {
            return Err(EngineError::PromptTooLong { tokens, limit });
        }
        let stop = &request.sampling.stop;
        let (text, end) = read_answer(words.detokeniser(opening), &words.ends, stop, ids)?;
        // What comes after a token that the model does not have cannot be computed.
        let known = ids.iter().take_while(|id| (**id as usize) < words.vocabulary).count() as u32;
        let mut pieces: Vec<Range<usize>> = vec![];
        for window in coin::windows(examine.seed, ids.len() as u32) {
            let end = window.end.min(known) as usize;
            let starts = (window.start as usize..end).step_by(seeded.claimed as usize);
            pieces.extend(starts.map(|start| start..(start + seeded.claimed as usize).min(end)));
        }
        let replays: Vec<_> =
            pieces.into_iter().map(|piece| self.replay(words, request, &prompt, ids, piece)).collect();
        let pieces: Vec<Piece> = futures::stream::iter(replays).buffered(AT_ONCE).try_collect().await?;
        let mut found: Vec<(u32, Position)> =
            pieces.into_iter().flat_map(|Piece { start, positions }| (start..).zip(positions)).collect();
        found.extend((known..ids.len() as u32).map(|place| (place, IMPOSSIBLE)));
        let all = found.len() == ids.len();
        let (places, positions): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        Ok(Examined {
            prompt_tokens: prompt.len() as u32,
            places: (!all).then_some(places),
            positions,
            text,
            end,
            distances: vec![],
        })
    }

    /// Has the server take a piece of an answer after the prompt and what is before the piece, and say of each token what it lacks.
    async fn replay(
        &self,
        words: &Words,
        request: &GenerateRequest,
        prompt: &[u32],
        ids: &[u32],
        piece: Range<usize>,
    ) -> Result<Piece, EngineError> {
        let (before, claimed) = (&ids[..piece.start], &ids[piece]);
        let mut own = parameters(&request.sampling, words.ends.named());
        own.insert("answered".to_owned(), before.len().into());
        own.insert("claimed".to_owned(), claimed.into());
        let count = claimed.len() as u32;
        let body = body(&request.model, &[prompt, before].concat(), count * (1 + RECORD) + 1, own);
        let response = self.post(PATH, &body, self.server.idle.max(HEAD_PATIENCE)).await?;
        let mut tokens = Tokens::new(Box::pin(response.bytes_stream()), self.server.idle);
        let (mut taken, mut report) = (vec![], Report::of(claimed.len()));
        while !report.is_whole {
            let cut = || EngineError::Interrupted("the server broke off a report on an answer".into());
            let more = tokens.next().await?.ok_or_else(cut)?;
            let mut values = more.log_probabilities.into_iter();
            for id in more.ids {
                let value = values.next();
                if taken.len() < claimed.len() {
                    taken.push(id);
                    report.positions.extend(value.map(|value| Position { log_probability: value, shortfall: 0.0 }));
                } else {
                    let nonsense = || "the server's report on an answer makes no sense".into();
                    report.push(id).ok_or_else(|| EngineError::Interrupted(nonsense()))?;
                }
            }
            if taken.len() == claimed.len() && (taken != claimed || report.positions.len() != claimed.len()) {
                return Err(EngineError::Interrupted("the server does not take the tokens that it is given".into()));
            }
        }
        Ok(Piece { start: before.len() as u32, positions: report.positions })
    }
}

/// What the plugin says of claimed tokens, byte by byte.
struct Report {
    positions: Vec<Position>,
    record: Vec<u8>,
    is_whole: bool,
}

impl Report {
    fn of(count: usize) -> Self {
        Self { positions: Vec::with_capacity(count), record: vec![], is_whole: false }
    }

    /// Takes the next byte, which is the id of a token; `None` where it cannot be.
    fn push(&mut self, id: u32) -> Option<()> {
        // What the model says behind the report.
        if self.is_whole {
            return Some(());
        }
        if self.record.is_empty() && id == END {
            self.is_whole = true;
            return Some(());
        }
        self.record.push(u8::try_from(id).ok()?);
        if let [place, lacks @ ..] = self.record.as_slice()
            && let Ok(lacks) = lacks.try_into()
        {
            let shortfall = f32::from_le_bytes(lacks);
            let position = self.positions.get_mut(usize::from(*place)).filter(|_| shortfall >= 0.0)?;
            position.shortfall = shortfall;
            self.record.clear();
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_each_token_lacks() {
        let position = Position { log_probability: -1.0, shortfall: 0.0 };
        let shortfalls = |bytes: &[u32]| {
            let mut report = Report { positions: vec![position; 3], ..Report::of(3) };
            bytes.iter().try_for_each(|byte| report.push(*byte))?;
            report.is_whole.then(|| report.positions.iter().map(|position| position.shortfall).collect::<Vec<_>>())
        };
        let [a, b, c, d] = 0.5f32.to_le_bytes().map(u32::from);
        assert_eq!(shortfalls(&[END]), Some(vec![0.0; 3]));
        assert_eq!(shortfalls(&[1, a, b, c, d, 2, a, b, c, d, END, 7, 300]), Some(vec![0.0, 0.5, 0.5]));
        // The bytes of a number may be any.
        assert_eq!(shortfalls(&[0, END, 0, 0, 0, END]), Some(vec![f32::from_bits(255), 0.0, 0.0]));
        for nonsense in
            [&[3, a, b, c, d, END][..], &[1, 300, b, c, d, END], &[1, 0, 0, 0xc0, 0x7f, END], &[254, 0, 0, 0, 0]]
        {
            assert_eq!(shortfalls(nonsense), None, "{nonsense:?}");
        }
    }
}
