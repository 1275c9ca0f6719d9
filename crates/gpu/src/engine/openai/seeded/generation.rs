//! An answer that grows, token by token.

use std::sync::Arc;

use cuckoo_protocol::task::{Alternative, Finish, FinishReason, TokenDetail, sampler::Choice};
use futures::Stream;
use tokio::sync::OwnedSemaphorePermit;

use super::{
    tokens::{More, Tokens},
    words::Words,
};
use crate::engine::{
    api::{EngineError, Generated, TokenChunk},
    language::Detokeniser,
    stop::StopFilter,
};

pub(super) struct Generation<B> {
    pub(super) tokens: Tokens<B>,
    pub(super) words: Arc<Words>,
    pub(super) detokeniser: Detokeniser,
    pub(super) filter: StopFilter,
    pub(super) prompt_tokens: u32,
    pub(super) max_tokens: u32,
    /// The number of alternatives to each token, where the request asks for them.
    pub(super) top: Option<u8>,
    pub(super) given: u32,
    /// The answer has had a token that ends it.
    pub(super) ended: bool,
    pub(super) finish: Option<Finish>,
    pub(super) _slot: OwnedSemaphorePermit,
}

impl<B, D> Generation<B>
where
    B: Stream<Item = reqwest::Result<D>> + Send + Unpin + 'static,
    D: AsRef<[u8]> + Send + 'static,
{
    pub(super) async fn next(&mut self) -> Result<Generated, EngineError> {
        loop {
            if let Some(finish) = self.finish {
                return Ok(Generated::Finished(finish));
            }
            let mut chunk = TokenChunk::default();
            match self.tokens.next().await? {
                Some(more) => self.take(more, &mut chunk)?,
                None if self.is_over() => {}
                None => {
                    return Err(EngineError::Interrupted("the server ended the answer before its end".into()));
                }
            }
            if self.is_over() {
                self.end(&mut chunk)?;
            }
            if !chunk.ids.is_empty() || !chunk.text.is_empty() {
                return Ok(Generated::Tokens(chunk));
            }
        }
    }

    fn is_over(&self) -> bool {
        self.ended || self.given >= self.max_tokens || self.filter.is_stopped()
    }

    /// Adds tokens as far as the answer goes: what comes later than its end must not depend on how they arrive.
    fn take(&mut self, more: More, chunk: &mut TokenChunk) -> Result<(), EngineError> {
        if more.log_probabilities.len() != more.ids.len() {
            return Err(EngineError::Interrupted("the server gives no log-probabilities with its tokens".into()));
        }
        let mut top = more.top.into_iter();
        for (id, log_probability) in more.ids.into_iter().zip(more.log_probabilities) {
            let top = top.next().unwrap_or_default();
            if self.is_over() {
                break;
            }
            let text = self.detokeniser.push(id).map_err(EngineError::Interrupted)?;
            self.given += 1;
            self.ended = self.words.ends.must(id);
            chunk.ids.push(id);
            chunk.log_probabilities.push(log_probability);
            chunk.details.extend(self.top.map(|count| self.detail(id, &top, count)));
            let text = self.filter.push(&text);
            chunk.lengths.push(text.len() as u32);
            chunk.text.push_str(&text);
        }
        Ok(())
    }

    fn detail(&self, id: u32, top: &[Choice], count: u8) -> TokenDetail {
        // JSON cannot express an infinite number.
        let likely = top.iter().filter(|choice| choice.log_probability.is_finite()).take(count.into());
        let alternative = |choice: &Choice| Alternative {
            bytes: self.words.bytes(choice.id),
            bits: choice.log_probability.to_bits(),
        };
        TokenDetail { bytes: self.words.bytes(id), top: likely.map(alternative).collect() }
    }

    /// Settles how it ended, and gives out the text held back.
    fn end(&mut self, chunk: &mut TokenChunk) -> Result<(), EngineError> {
        if !self.filter.is_stopped() {
            let rest = self.detokeniser.finish().map_err(EngineError::Interrupted)?;
            chunk.text.push_str(&self.filter.push(&rest));
        }
        let stops = self.filter.is_stopped() || self.ended;
        chunk.text.push_str(&self.filter.finish());
        self.finish = Some(Finish {
            reason: if stops { FinishReason::Stop } else { FinishReason::Length },
            prompt_tokens: self.prompt_tokens,
            completion_tokens: self.given,
            stop: self.filter.stopped_by(),
        });
        Ok(())
    }
}
