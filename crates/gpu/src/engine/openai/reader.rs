//! A streamed answer as it comes, event by event.

use std::time::Duration;

use cuckoo_protocol::{
    Untrusted,
    task::{
        Finish, FinishReason,
        tools::{Call, MAX_TOOLS, write_call},
    },
};
use futures::Stream;
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::OwnedSemaphorePermit;

use super::{events::Events, refusal::Refusal, request::estimate};
use crate::engine::{
    api::{EngineError, GenerateRequest, Generated, TokenChunk},
    stop::StopFilter,
};

/// Bytes of the calls of tools in an answer.
const MAX_CALLS: usize = 1 << 20;

pub(super) struct AnswerReader<B> {
    events: Events<B>,
    filter: StopFilter,
    /// The stop texts, and the number of the one that the server says has ended the answer.
    stops: Vec<String>,
    stopped_by: Option<u32>,
    chunks: u32,
    prompt_estimate: usize,
    reason: Option<FinishReason>,
    usage: Option<Usage>,
    /// The calls of tools, as far as they have arrived, by the server's numbers.
    calls: Vec<(usize, Call)>,
    /// The model thinks, and the server tells so: what it thinks is marked in the text.
    thinks: bool,
    /// Tokens that the answer may have.
    most: u32,
    /// The server says that the answer is whole.
    done: bool,
    over: bool,
    _slot: OwnedSemaphorePermit,
}

/// What is around a thought in the text, as most models write it themselves.
const THOUGHT: (&str, &str) = ("<think>\n", "\n</think>\n\n");

#[derive(Clone, Copy, Deserialize)]
struct Usage {
    prompt_tokens: Option<u32>,
    completion_tokens: Option<u32>,
}

#[derive(Deserialize)]
struct ChatChunk {
    choices: Option<Vec<ChunkChoice>>,
    usage: Option<Usage>,
}

/// Reads an event's data, or says why there is nothing to go on with.
pub(super) fn parse<T: DeserializeOwned>(event: &str) -> Result<T, EngineError> {
    let nonsense = |error: serde_json::Error| EngineError::Interrupted(format!("the server sent no chunk: {error}"));
    // It may be an error that says why, whatever else it has.
    if event.contains("\"error\"") {
        let value: serde_json::Value = serde_json::from_str(event).map_err(nonsense)?;
        if let Some(refusal) = Refusal::of_event(&value) {
            return Err(refusal.into_error());
        }
    }
    serde_json::from_str(event).map_err(nonsense)
}

#[derive(Deserialize)]
struct ChunkChoice {
    /// What comes next in a chat.
    delta: Option<Delta>,
    /// What comes next in a text that is continued.
    text: Option<String>,
    finish_reason: Option<String>,
    /// The stop text that ended the answer where servers tell: a string, or a token's id.
    stop_reason: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<String>,
    /// What the model thinks, where the server takes that apart; this and the next are two names for it.
    reasoning_content: Option<String>,
    reasoning: Option<String>,
    tool_calls: Option<Vec<CallDelta>>,
}

/// More of a call.
#[derive(Deserialize)]
struct CallDelta {
    index: Option<usize>,
    id: Option<String>,
    function: Option<FunctionDelta>,
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
            events: Events::new(body, idle),
            filter: StopFilter::new(&request.sampling.stop),
            stops: request.sampling.stop.clone(),
            stopped_by: None,
            chunks: 0,
            prompt_estimate: estimate(&request.messages),
            reason: None,
            usage: None,
            calls: vec![],
            thinks: false,
            most: request.sampling.max_tokens,
            done: false,
            over: false,
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
            if self.done || self.over || self.filter.is_stopped() {
                return self.end();
            }
            let Some(event) = self.events.next().await? else {
                self.over = true;
                continue;
            };
            if let Some(chunk) = self.event(&event)? {
                return Ok(Generated::Tokens(chunk));
            }
        }
    }

    fn event(&mut self, event: &str) -> Result<Option<TokenChunk>, EngineError> {
        if event.trim() == "[DONE]" {
            self.done = true;
            return Ok(None);
        }
        let chunk: ChatChunk = parse(event)?;
        self.usage = chunk.usage.or(self.usage);
        let Some(choice) = chunk.choices.into_iter().flatten().next() else { return Ok(None) };
        match choice.finish_reason.as_deref() {
            None | Some("") => {}
            Some("stop" | "eos" | "eos_token" | "stop_sequence" | "end_turn") => self.reason = Some(FinishReason::Stop),
            Some("length" | "max_tokens") => self.reason = Some(FinishReason::Length),
            Some("content_filter") => {
                return Err(EngineError::Invalid("the server's content filter stopped it".into()));
            }
            Some("tool_calls" | "function_call") if self.calls_with(&choice) => self.reason = Some(FinishReason::Stop),
            Some("tool_calls" | "function_call") => {
                return Err(EngineError::Interrupted("the server tells of calls and sends none".into()));
            }
            // Whatever else ends an answer, such as `abort` or `error`, has cut it off.
            Some(other) => {
                let other = Untrusted::from(other);
                return Err(EngineError::Interrupted(format!("the server ended the answer with `{other}`")));
            }
        }
        if let Some(text) = choice.stop_reason.as_ref().and_then(serde_json::Value::as_str) {
            self.stopped_by = (0..).zip(&self.stops).find(|(_, stop)| *stop == text).map(|(number, _)| number);
        }
        let Delta { content, reasoning_content, reasoning, tool_calls } = choice.delta.unwrap_or_default();
        for delta in tool_calls.into_iter().flatten() {
            self.add_call(delta)?;
        }
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let thought = some(reasoning_content).or_else(|| some(reasoning));
        let content = some(content).or_else(|| some(choice.text));
        if thought.is_none() && content.is_none() {
            return Ok(None);
        }
        self.chunks = self.chunks.saturating_add(1);
        let mut text = String::new();
        if let Some(thought) = thought {
            if !std::mem::replace(&mut self.thinks, true) {
                text.push_str(THOUGHT.0);
            }
            // Texts that stop an answer do not stop a thought.
            text.push_str(&thought);
        }
        if let Some(content) = content {
            if std::mem::take(&mut self.thinks) {
                text.push_str(THOUGHT.1);
            }
            text.push_str(&self.filter.push(&content));
        }
        Ok(Some(TokenChunk { text, ..TokenChunk::default() }))
    }

    /// True where the answer has calls, with what this choice adds.
    fn calls_with(&self, choice: &ChunkChoice) -> bool {
        let more = choice.delta.as_ref().and_then(|delta| delta.tool_calls.as_ref());
        !self.calls.is_empty() || more.is_some_and(|calls| !calls.is_empty())
    }

    /// The server has read the model's calls; they travel as text. A piece without a number begins a call if it has a name, and
    /// goes on with the last one if not.
    fn add_call(&mut self, delta: CallDelta) -> Result<(), EngineError> {
        let CallDelta { index, id, function } = delta;
        let FunctionDelta { name, arguments } = function.unwrap_or_default();
        let begins = id.is_some() || name.is_some();
        let last = self.calls.last().map(|(index, _)| *index);
        let index = index.unwrap_or_else(|| last.map_or(0, |last| if begins { last + 1 } else { last }));
        let position = self.calls.iter().position(|(number, _)| *number == index);
        let position = match position {
            Some(position) => position,
            None if self.calls.len() < MAX_TOOLS => {
                self.calls.push((index, Call { name: String::new(), arguments: String::new() }));
                self.calls.len() - 1
            }
            None => return Err(EngineError::Interrupted("the server's tool calls have no end".into())),
        };
        let (_, call) = &mut self.calls[position];
        call.name.push_str(&name.unwrap_or_default());
        call.arguments.push_str(&arguments.unwrap_or_default());
        self.chunks = self.chunks.saturating_add(1);
        match self.calls.iter().map(|(_, call)| call.arguments.len() + call.name.len()).sum::<usize>() {
            0..=MAX_CALLS => Ok(()),
            _ => Err(EngineError::Interrupted("the server's tool calls have no end".into())),
        }
    }

    /// The calls as text. One without arguments has none to give.
    fn write_calls(&mut self) -> String {
        let calls = std::mem::take(&mut self.calls).into_iter().map(|(_, mut call)| {
            if call.arguments.trim().is_empty() {
                call.arguments = "{}".into();
            }
            write_call(&call)
        });
        calls.collect::<Vec<_>>().join("\n")
    }

    /// Why the answer ended. One that is whole, and does not say why, has ended as answers do.
    fn finish_reason(&self) -> Result<FinishReason, EngineError> {
        if self.filter.is_stopped() {
            return Ok(FinishReason::Stop);
        }
        let tokens = self.usage.and_then(|usage| usage.completion_tokens).unwrap_or(self.chunks);
        let usual = if tokens >= self.most { FinishReason::Length } else { FinishReason::Stop };
        let said = self.reason.or_else(|| (self.done && self.chunks > 0).then_some(usual));
        said.ok_or_else(|| EngineError::Interrupted("the server ended the answer without a reason".into()))
    }

    fn end(&mut self) -> Result<Generated, EngineError> {
        let reason = self.finish_reason()?;
        let mut text = String::new();
        // A thought that was cut off has no end.
        if self.thinks && (reason == FinishReason::Stop || !self.calls.is_empty()) {
            text.push_str(THOUGHT.1);
        }
        self.thinks = false;
        text.push_str(&self.filter.finish());
        if !self.filter.is_stopped() {
            text.push_str(&self.write_calls());
        }
        if !text.is_empty() {
            return Ok(Generated::Tokens(TokenChunk { text, ..TokenChunk::default() }));
        }
        let estimate = u32::try_from(self.prompt_estimate).unwrap_or(u32::MAX);
        let prompt_tokens = self.usage.and_then(|usage| usage.prompt_tokens).unwrap_or(estimate);
        let completion_tokens = self.usage.and_then(|usage| usage.completion_tokens).unwrap_or(self.chunks);
        let stop = self.filter.stopped_by().or(self.stopped_by).filter(|_| reason == FinishReason::Stop);
        Ok(Generated::Finished(Finish { reason, prompt_tokens, completion_tokens, stop }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_s_error_is_its_own_words_whatever_else_the_event_has() {
        let parse = |event: &str| parse::<ChatChunk>(event).map(|chunk| chunk.choices.unwrap_or_default().len());
        assert_eq!(parse(r#"{"choices":[{"delta":{"content":"a"}}],"error":null}"#), Ok(1));
        assert_eq!(parse(r#"{"usage":null}"#), Ok(0));
        assert_eq!(parse(r#"{"choices":null,"usage":{"prompt_tokens":5,"completion_tokens":null}}"#), Ok(0));
        assert_eq!(parse(r#"{"choices":[{"delta":{"content":"an \"error\""}}]}"#), Ok(1));
        let said = Err(EngineError::Interrupted("no".into()));
        assert_eq!(parse(r#"{"error":{"message":"no"}}"#), said);
        assert_eq!(parse(r#"{"error":"no","choices":null}"#), said);
        let nonsense = |event: &str| parse(event).is_err_and(|error| error.to_string().contains("sent no chunk"));
        assert!(nonsense(r#"{"choices":7}"#) && nonsense("{") && nonsense("[DONE"));
    }
}
