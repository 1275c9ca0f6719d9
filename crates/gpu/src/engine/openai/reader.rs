//! A streamed answer as it comes, event by event.

use std::{collections::VecDeque, time::Duration};

use cuckoo_protocol::{
    sse,
    task::{
        Finish, FinishReason,
        tools::{Call, MAX_TOOLS, write_call},
    },
};
use futures::{Stream, StreamExt};
use serde::Deserialize;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

use super::{request::estimate, server::error_text};
use crate::engine::{
    api::{EngineError, GenerateRequest, Generated, TokenChunk},
    stop::StopFilter,
};

/// Bytes of the calls of tools in an answer.
const MAX_CALLS: usize = 1 << 20;
/// Bytes that a line of a stream, or an event's data, may have.
const MAX_EVENT: usize = 1 << 20;

pub(super) struct AnswerReader<B> {
    body: B,
    idle: Duration,
    parser: Option<sse::Reader>,
    events: VecDeque<Vec<u8>>,
    filter: StopFilter,
    chunks: u32,
    prompt_estimate: usize,
    reason: Option<FinishReason>,
    usage: Option<Usage>,
    /// The calls of tools, as far as they have arrived.
    calls: Vec<Call>,
    done: bool,
    _slot: OwnedSemaphorePermit,
}

#[derive(Clone, Copy, Deserialize)]
struct Usage {
    prompt_tokens: u32,
    completion_tokens: u32,
}

#[derive(Deserialize)]
struct ChatChunk {
    #[serde(default)]
    choices: Vec<ChunkChoice>,
    usage: Option<Usage>,
    error: Option<serde_json::Value>,
}

impl ChatChunk {
    /// Reads an event's data, or says why there is nothing to go on with.
    fn parse(event: &str) -> Result<Self, EngineError> {
        let nonsense =
            |error: serde_json::Error| EngineError::Interrupted(format!("the server sent no chunk: {error}"));
        if let Ok(chunk @ Self { error: None, .. }) = serde_json::from_str(event) {
            return Ok(chunk);
        }
        // What is not as it should be may still be an error that says why.
        let value: serde_json::Value = serde_json::from_str(event).map_err(nonsense)?;
        match error_text(&value) {
            Some(reason) => Err(EngineError::Interrupted(reason)),
            None => serde_json::from_value(value).map_err(nonsense),
        }
    }
}

#[derive(Deserialize)]
struct ChunkChoice {
    /// What comes next in a chat.
    #[serde(default)]
    delta: Delta,
    /// What comes next in a text that is continued.
    text: Option<String>,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<CallDelta>>,
}

/// More of a call.
#[derive(Deserialize)]
struct CallDelta {
    index: usize,
    #[serde(default)]
    function: FunctionDelta,
}

#[derive(Default, Deserialize)]
struct FunctionDelta {
    name: Option<String>,
    arguments: Option<String>,
}

impl<B, D> AnswerReader<B>
where
    B: Stream<Item = reqwest::Result<D>> + Send + Unpin + 'static,
    D: AsRef<[u8]> + Send + 'static,
{
    pub(super) fn new(body: B, idle: Duration, request: &GenerateRequest, slot: OwnedSemaphorePermit) -> Self {
        Self {
            body,
            idle,
            parser: Some(sse::Reader::new(MAX_EVENT)),
            events: VecDeque::new(),
            filter: StopFilter::new(&request.sampling.stop),
            chunks: 0,
            prompt_estimate: estimate(&request.messages),
            reason: None,
            usage: None,
            calls: vec![],
            done: false,
            _slot: slot,
        }
    }

    pub(super) fn stream(self) -> impl Stream<Item = Result<Generated, EngineError>> + Send {
        futures::stream::unfold(self, async |mut reader| {
            let item = reader.next().await;
            Some((item, reader))
        })
    }

    async fn next(&mut self) -> Result<Generated, EngineError> {
        loop {
            if self.done || self.filter.is_stopped() {
                return self.end();
            }
            if let Some(event) = self.events.pop_front() {
                if let Some(chunk) = self.event(&String::from_utf8_lossy(&event))? {
                    return Ok(Generated::Tokens(chunk));
                }
                continue;
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> Result<(), EngineError> {
        let interrupted = |reason: String| EngineError::Interrupted(reason);
        let Some(parser) = &mut self.parser else {
            self.done = true;
            return Ok(());
        };
        match timeout(self.idle, self.body.next()).await {
            Ok(Some(Ok(bytes))) => {
                let events = parser.push(bytes.as_ref()).map_err(|error| interrupted(error.to_string()))?;
                self.events.extend(events.into_iter().filter_map(sse::Event::data));
            }
            Ok(Some(Err(error))) => return Err(interrupted(error.without_url().to_string())),
            Ok(None) => {
                let rest = self.parser.take().map(sse::Reader::finish).transpose();
                self.events.extend(rest.map_err(|error| interrupted(error.to_string()))?.flatten());
            }
            Err(_) => {
                return Err(interrupted(format!("the server was silent for {} s", self.idle.as_secs())));
            }
        }
        Ok(())
    }

    fn event(&mut self, event: &str) -> Result<Option<TokenChunk>, EngineError> {
        if event.trim() == "[DONE]" {
            self.done = true;
            return Ok(None);
        }
        let chunk = ChatChunk::parse(event)?;
        self.usage = chunk.usage.or(self.usage);
        let Some(choice) = chunk.choices.into_iter().next() else { return Ok(None) };
        match choice.finish_reason.as_deref() {
            None | Some("") => {}
            Some("length") => self.reason = Some(FinishReason::Length),
            Some("content_filter") => {
                return Err(EngineError::Invalid("the server's content filter stopped it".into()));
            }
            Some(_) => self.reason = Some(FinishReason::Stop),
        }
        for delta in choice.delta.tool_calls.into_iter().flatten() {
            self.add_call(delta)?;
        }
        let Some(content) = choice.delta.content.or(choice.text).filter(|content| !content.is_empty()) else {
            return Ok(None);
        };
        self.chunks = self.chunks.saturating_add(1);
        Ok(Some(TokenChunk { text: self.filter.push(&content), ..TokenChunk::default() }))
    }

    /// The server has read the model's calls; they travel as text.
    fn add_call(&mut self, delta: CallDelta) -> Result<(), EngineError> {
        let CallDelta { index, function: FunctionDelta { name, arguments } } = delta;
        if index > self.calls.len() || index >= MAX_TOOLS {
            return Err(EngineError::Interrupted("the server's tool calls are out of order".into()));
        }
        if index == self.calls.len() {
            self.calls.push(Call { name: String::new(), arguments: String::new() });
        }
        let call = &mut self.calls[index];
        call.name.push_str(&name.unwrap_or_default());
        call.arguments.push_str(&arguments.unwrap_or_default());
        self.chunks = self.chunks.saturating_add(1);
        match self.calls.iter().map(|call| call.arguments.len() + call.name.len()).sum::<usize>() {
            0..=MAX_CALLS => Ok(()),
            _ => Err(EngineError::Interrupted("the server's tool calls have no end".into())),
        }
    }

    fn end(&mut self) -> Result<Generated, EngineError> {
        if !self.calls.is_empty() && !self.filter.is_stopped() {
            let calls: Vec<_> = std::mem::take(&mut self.calls).iter().map(write_call).collect();
            let text = self.filter.finish() + &calls.join("\n");
            return Ok(Generated::Tokens(TokenChunk { text, ..TokenChunk::default() }));
        }
        let reason = if self.filter.is_stopped() { Some(FinishReason::Stop) } else { self.reason };
        let reason =
            reason.ok_or_else(|| EngineError::Interrupted("the server ended the answer without a reason".into()))?;
        let held = self.filter.finish();
        if !held.is_empty() {
            return Ok(Generated::Tokens(TokenChunk { text: held, ..TokenChunk::default() }));
        }
        let estimate = u32::try_from(self.prompt_estimate).unwrap_or(u32::MAX);
        let Usage { prompt_tokens, completion_tokens } =
            self.usage.unwrap_or(Usage { prompt_tokens: estimate, completion_tokens: self.chunks });
        Ok(Generated::Finished(Finish { reason, prompt_tokens, completion_tokens }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_s_error_is_its_own_words_whatever_else_the_event_has() {
        let parse = |event: &str| ChatChunk::parse(event).map(|chunk| chunk.choices.len());
        assert_eq!(parse(r#"{"choices":[{"delta":{"content":"a"}}],"error":null}"#), Ok(1));
        assert_eq!(parse(r#"{"usage":null}"#), Ok(0));
        let said = Err(EngineError::Interrupted("no".into()));
        assert_eq!(parse(r#"{"error":{"message":"no"}}"#), said);
        assert_eq!(parse(r#"{"error":"no","choices":null}"#), said);
        let nonsense = |event: &str| parse(event).is_err_and(|error| error.to_string().contains("sent no chunk"));
        assert!(nonsense(r#"{"choices":7}"#) && nonsense("{") && nonsense("[DONE"));
    }
}
