//! A deterministic engine without a model, for tests and load: its output is a function of chat, seed and token limit.

use std::{sync::Arc, time::Duration};

use alloy::primitives::keccak256;
use async_trait::async_trait;
use cuckoo_protocol::{
    manifest::{ModelManifest, Proof},
    task::{
        ChatMessage, ChatRole, Finish, FinishReason, Kind,
        chat::Conversation,
        kind,
        sampler::{RULES, mix},
        tools::{Call, ToolResult, write_call},
    },
};
use futures::Stream;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{
    api::{Engine, EngineError, GenerateRequest, Generated, ServedModel, TokenChunk, TokenStream, guarded, whole},
    stop::StopFilter,
};

/// Ids below this are kept for tokens that end an answer.
const FIRST_WORD_ID: u32 = 16;

/// Numbers of a vector.
const DIMENSIONS: usize = 16;

/// The token that ends an answer.
const END_ID: u32 = 2;

const WORDS: [&str; 32] = [
    "the", "a", "cuckoo", "nest", "egg", "bird", "song", "spring", "forest", "branch", "leaf", "wind", "river",
    "stone", "light", "morning", "sings", "waits", "flies", "finds", "leaves", "returns", "quiet", "small", "green",
    "old", "bright", "and", "then", "over", "under", "again",
];

/// How the scripted engine behaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScriptedConfig {
    /// Name of its model.
    pub name: String,
    /// What it makes.
    pub kind: Kind,
    /// Requests that run at once.
    pub slots: u32,
    /// Tokens of prompt and output together.
    pub context_length: u32,
    /// Tokens per second and request; 0 is as fast as possible.
    pub tokens_per_second: u32,
    /// Length of an answer in tokens, where the request allows it.
    pub tokens: u32,
    /// What it does wrong.
    pub misbehave: Misbehave,
}

impl Default for ScriptedConfig {
    fn default() -> Self {
        Self {
            name: "scripted".into(),
            kind: Kind::Text,
            slots: 4,
            context_length: 8_192,
            tokens_per_second: 0,
            tokens: 24,
            misbehave: Misbehave::None,
        }
    }
}

/// A fault to inject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misbehave {
    /// It does nothing wrong.
    #[default]
    None,
    /// It claims one token more than it gave.
    WrongTokenCount,
    /// Its last token's text is not the one that honest nodes compute.
    WrongText,
    /// It says something else than honest nodes, as another model would.
    OtherWords,
    /// It hangs after this many tokens.
    HangAfter(u32),
    /// It fails after this many tokens.
    FailAfter(u32),
    /// Its stream ends after this many tokens, without an error.
    EndAfter(u32),
}

/// The scripted engine, see the module.
#[derive(Debug)]
pub struct Scripted {
    config: ScriptedConfig,
    slots: Arc<Semaphore>,
}

impl Scripted {
    /// An engine that is ready at once.
    pub fn new(config: ScriptedConfig) -> Self {
        let slots = Arc::new(Semaphore::new(config.slots as usize));
        Self { config, slots }
    }
}

/// A token of a script: its text, id and log-probability.
type Token = (String, u32, f32);

struct ScriptedRun {
    config: ScriptedConfig,
    tokens: std::vec::IntoIter<Token>,
    filter: StopFilter,
    given: u32,
    prompt_tokens: u32,
    /// The reason that the script ends with, unless a stop text comes first.
    reason: FinishReason,
    started: Instant,
    ended: bool,
    _slot: OwnedSemaphorePermit,
}

#[async_trait]
impl Engine for Scripted {
    fn models(&self) -> Vec<ServedModel> {
        let manifest = ModelManifest {
            name: self.config.name.clone(),
            weights: "external:scripted".into(),
            quantisation: "none".into(),
            engine: concat!("scripted ", env!("CARGO_PKG_VERSION")).into(),
            rules: RULES,
            proof: if self.config.kind == Kind::Text { Proof::Seeded } else { Proof::None },
            deterministic: true,
            ..ModelManifest::default()
        };
        vec![ServedModel {
            manifest,
            kind: self.config.kind,
            slots: self.config.slots,
            context_length: self.config.context_length,
            token_ids: self.config.kind == Kind::Text,
            log_probabilities: self.config.kind == Kind::Text,
            class: "scripted".into(),
            examines: false,
        }]
    }

    async fn generate(&self, request: GenerateRequest) -> Result<TokenStream, EngineError> {
        if request.model != self.config.name {
            return Err(EngineError::UnknownModel(request.model));
        }
        request.check(self.config.kind)?;
        let prompt_tokens = count_prompt_tokens(&request.messages);
        let limit = self.config.context_length;
        let room = limit.saturating_sub(prompt_tokens).min(request.sampling.max_tokens);
        if prompt_tokens >= limit {
            return Err(EngineError::PromptTooLong { tokens: prompt_tokens, limit });
        }
        let slot = Arc::clone(&self.slots).try_acquire_owned().map_err(|_| EngineError::Busy)?;
        match self.config.kind {
            Kind::Text => {}
            Kind::Embedding => {
                let vectors: Vec<_> = request.messages.iter().map(|message| vector(&message.content)).collect();
                let output = kind::write_vectors(vectors.iter().map(<[f32; DIMENSIONS]>::as_slice));
                return Ok(whole(&output, Finish { reason: FinishReason::Stop, prompt_tokens, completion_tokens: 0 }));
            }
            Kind::Image => {
                let output = kind::write_image(&picture(&request)?);
                return Ok(whole(&output, Finish { reason: FinishReason::Stop, prompt_tokens, completion_tokens: 1 }));
            }
        }
        let mut executed = request.clone();
        if self.config.misbehave == Misbehave::OtherWords {
            executed.sampling.seed = !executed.sampling.seed;
        }
        let mut tokens = script(&executed, self.config.tokens);
        let reason = if tokens.len() > room as usize { FinishReason::Length } else { FinishReason::Stop };
        tokens.truncate(room as usize);
        if self.config.misbehave == Misbehave::WrongText
            && let Some((text, ..)) = tokens.iter_mut().rfind(|(text, ..)| !text.is_empty())
        {
            text.push('!');
        }
        let run = ScriptedRun {
            config: self.config.clone(),
            tokens: tokens.into_iter(),
            filter: StopFilter::new(&request.sampling.stop),
            given: 0,
            prompt_tokens,
            reason,
            started: Instant::now(),
            ended: false,
            _slot: slot,
        };
        Ok(guarded(run.stream()))
    }

    fn is_ready(&self) -> bool {
        true
    }
}

impl ScriptedRun {
    fn stream(self) -> impl Stream<Item = Result<Generated, EngineError>> {
        futures::stream::unfold(self, async |mut run| run.next().await.map(|item| (item, run)))
    }

    async fn next(&mut self) -> Option<Result<Generated, EngineError>> {
        match self.config.misbehave {
            Misbehave::HangAfter(count) if self.given == count => std::future::pending().await,
            Misbehave::FailAfter(count) if self.given == count => {
                return Some(Err(EngineError::Interrupted("injected failure".into())));
            }
            Misbehave::EndAfter(count) if self.given == count => return None,
            _ => {}
        }
        let token = if self.filter.is_stopped() { None } else { self.tokens.next() };
        let Some((text, id, log_probability)) = token else {
            return Some(Ok(self.end()));
        };
        self.given += 1;
        if self.config.tokens_per_second > 0 {
            // Due times and not pauses, so that the pace does not drift.
            let due = Duration::from_secs(1) * self.given / self.config.tokens_per_second;
            tokio::time::sleep_until(self.started + due).await;
        }
        let text = self.filter.push(&text);
        let lengths = vec![text.len() as u32];
        Some(Ok(Generated::Tokens(TokenChunk {
            text,
            ids: vec![id],
            log_probabilities: vec![log_probability],
            lengths,
        })))
    }

    fn end(&mut self) -> Generated {
        let held = self.filter.finish();
        if !held.is_empty() && !std::mem::replace(&mut self.ended, true) {
            return Generated::Tokens(TokenChunk { text: held, ..TokenChunk::default() });
        }
        let extra = u32::from(self.config.misbehave == Misbehave::WrongTokenCount);
        Generated::Finished(Finish {
            reason: if self.filter.is_stopped() { FinishReason::Stop } else { self.reason },
            prompt_tokens: self.prompt_tokens,
            completion_tokens: self.given + extra,
        })
    }
}

/// Words of the chat, and three tokens per message for its frame.
fn count_prompt_tokens(messages: &[ChatMessage]) -> u32 {
    let count: usize = messages.iter().map(|message| 3 + message.content.split_whitespace().count()).sum();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A vector of length one that is a function of the text's words and not of their order, so that similar texts are close.
fn vector(text: &str) -> [f32; DIMENSIONS] {
    let mut vector = [0.0; DIMENSIONS];
    for word in text.split_whitespace() {
        let hash = keccak256(word.as_bytes());
        for (place, byte) in vector.iter_mut().zip(hash.iter()) {
            *place += f32::from(*byte) - 127.5;
        }
    }
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 { vector.map(|value| value / length) } else { vector }
}

/// One colour all over, by the description and the seed.
fn picture(request: &GenerateRequest) -> Result<Vec<u8>, EngineError> {
    let size = request.sampling.size;
    let text = request.messages.first().map_or("", |message| message.content.as_str());
    let colour = keccak256([text.as_bytes(), &request.sampling.seed.to_be_bytes()].concat());
    let mut png = vec![];
    let mut encoder = png::Encoder::new(&mut png, size.width, size.height);
    encoder.set_color(png::ColorType::Rgb);
    let pixels = colour[..3].repeat(size.pixels() as usize);
    let mut writer = encoder.write_header().map_err(|error| EngineError::Invalid(error.to_string()))?;
    writer.write_image_data(&pixels).map_err(|error| EngineError::Invalid(error.to_string()))?;
    drop(writer);
    Ok(png)
}

/// A call of the first tool that it may call, with nothing in it.
fn first_tool(messages: &[ChatMessage]) -> Option<Call> {
    let Conversation { tools, .. } = Conversation::new(messages).ok()?;
    let name = tools.first()?.pointer("/function/name")?.as_str()?.to_owned();
    Some(Call { name, arguments: "{}".into() })
}

/// The whole answer: what a tool has said, or a call of the first tool, where there are tools; else what follows `echo: ` in the last user message, or words drawn from the chat and the seed; then the
/// token that ends it.
fn script(request: &GenerateRequest, length: u32) -> Vec<Token> {
    let mut state = request.sampling.seed;
    for message in &request.messages {
        for part in [message.role.as_str(), &message.content] {
            let hash = keccak256(part.as_bytes());
            for chunk in hash.as_chunks::<8>().0 {
                state = mix(state ^ u64::from_be_bytes(*chunk));
            }
        }
    }
    let last = request.messages.iter().rfind(|message| matches!(message.role, ChatRole::User | ChatRole::Prompt));
    let echo = last.and_then(|message| message.content.split_once("echo: ")).map(|(_, text)| text);
    let result = request.messages.last().filter(|message| message.role == ChatRole::Tool);
    let result = result.and_then(|message| serde_json::from_str::<ToolResult>(&message.content).ok());
    let words = |text: &str| text.split_inclusive(' ').map(str::to_owned).collect();
    let schema = !request.sampling.schema.is_empty();
    let texts: Vec<String> = match (result, echo, first_tool(&request.messages)) {
        (Some(result), ..) => words(&format!("It says: {}", result.content)),
        (None, Some(text), _) => words(text),
        (None, None, Some(call)) if schema => vec![serde_json::json!({"name": call.name, "arguments": {}}).to_string()],
        (None, None, Some(call)) => write_call(&call).split_inclusive('"').map(str::to_owned).collect(),
        // An object without anything in it: what a schema asks for beyond that, it does not know.
        (None, None, None) if schema => vec!["{".into(), "}".into()],
        (None, None, None) => (0..length.saturating_sub(1))
            .map(|position| {
                let word = WORDS[(mix(state ^ u64::from(position)) % WORDS.len() as u64) as usize];
                if position == 0 { word.to_owned() } else { format!(" {word}") }
            })
            .collect(),
    };
    let texts = texts.into_iter().map(|text| {
        let hash = keccak256(text.as_bytes());
        let id = FIRST_WORD_ID + u32::from_be_bytes([0, hash[0], hash[1], hash[2]]) % 32_000;
        (text, id)
    });
    texts
        .chain([(String::new(), END_ID)])
        .enumerate()
        .map(|(position, (text, id))| {
            let noise = mix(state ^ u64::from(id) ^ ((position as u64) << 32)) % 4_000;
            (text, id, -(noise as f32) / 1_000.0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::task::{ImageSize, Micros, Sampling};
    use futures::StreamExt;

    use super::*;

    fn request(content: &str, max_tokens: u32, seed: u64) -> GenerateRequest {
        GenerateRequest {
            model: "scripted".into(),
            messages: vec![ChatMessage { role: ChatRole::User, content: content.into() }],
            sampling: Sampling {
                max_tokens,
                temperature: Micros::ONE,
                top_p: Micros::ONE,
                seed,
                ..Sampling::default()
            },
        }
    }

    async fn collect(engine: &Scripted, request: GenerateRequest) -> (String, Vec<u32>, Result<Finish, EngineError>) {
        let mut stream = engine.generate(request).await.expect("starts");
        let (mut text, mut ids) = (String::new(), Vec::new());
        loop {
            match stream.next().await.expect("ends with a finish or an error") {
                Ok(Generated::Tokens(chunk)) => {
                    assert_eq!(chunk.ids.len(), chunk.log_probabilities.len());
                    assert!(chunk.log_probabilities.iter().all(|&value| value <= 0.0));
                    text.push_str(&chunk.text);
                    ids.extend(chunk.ids);
                }
                Ok(Generated::Finished(finish)) => return (text, ids, Ok(finish)),
                Err(error) => return (text, ids, Err(error)),
            }
        }
    }

    #[tokio::test]
    async fn the_output_is_a_function_of_the_request() {
        let engine = Scripted::new(ScriptedConfig::default());
        let first = collect(&engine, request("hello", 10, 1)).await;
        assert_eq!(first, collect(&engine, request("hello", 10, 1)).await);
        assert_ne!(first.0, collect(&engine, request("hello", 10, 2)).await.0);
        assert_ne!(first.0, collect(&engine, request("hallo", 10, 1)).await.0);
        let finish = first.2.expect("finishes");
        assert_eq!((finish.reason, finish.completion_tokens), (FinishReason::Length, 10));
        assert_eq!(first.1.len(), 10);
        // A longer answer begins with the shorter one.
        assert!(collect(&engine, request("hello", 20, 1)).await.0.starts_with(&first.0));
    }

    #[tokio::test]
    async fn it_echoes_and_honours_stop_texts() {
        let engine = Scripted::new(ScriptedConfig::default());
        let (text, ids, finish) = collect(&engine, request("please echo: one two three", 100, 0)).await;
        assert_eq!((text.as_str(), ids.len()), ("one two three", 4));
        assert_eq!(finish.expect("finishes").reason, FinishReason::Stop);
        let mut stopped = request("echo: one two three", 100, 0);
        stopped.sampling.stop = vec!["two th".into()];
        let (text, ids, finish) = collect(&engine, stopped).await;
        assert_eq!((text.as_str(), ids.len()), ("one ", 3));
        assert_eq!(finish.expect("finishes").reason, FinishReason::Stop);
        let mut held = request("echo: one two", 100, 0);
        held.sampling.stop = vec!["two three".into()];
        assert_eq!(collect(&engine, held).await.0, "one two");
    }

    #[tokio::test]
    async fn a_dropped_stream_frees_its_slot() {
        let engine = Scripted::new(ScriptedConfig { slots: 1, tokens_per_second: 1, ..ScriptedConfig::default() });
        let stream = engine.generate(request("x", 10, 0)).await.expect("starts");
        assert_eq!(engine.generate(request("x", 10, 0)).await.err(), Some(EngineError::Busy));
        drop(stream);
        assert!(engine.generate(request("x", 10, 0)).await.is_ok());
    }

    #[tokio::test]
    async fn it_misbehaves_as_told() {
        let with = |misbehave| Scripted::new(ScriptedConfig { misbehave, ..ScriptedConfig::default() });
        let honest = collect(&with(Misbehave::None), request("x", 9, 0)).await;
        let (.., finish) = collect(&with(Misbehave::WrongTokenCount), request("x", 9, 0)).await;
        assert_eq!(finish.expect("finishes").completion_tokens, 10);
        assert_ne!(collect(&with(Misbehave::WrongText), request("x", 9, 0)).await.0, honest.0);
        for misbehave in [Misbehave::FailAfter(3), Misbehave::EndAfter(3)] {
            let (_, ids, finish) = collect(&with(misbehave), request("x", 9, 0)).await;
            assert_eq!(ids.len(), 3);
            assert!(matches!(finish, Err(EngineError::Interrupted(_))));
        }
    }

    #[tokio::test]
    async fn it_embeds_and_draws() {
        let of = |role, content: &str| ChatMessage { role, content: content.into() };
        let engine = Scripted::new(ScriptedConfig { kind: Kind::Embedding, ..ScriptedConfig::default() });
        let messages = vec![of(ChatRole::Input, "a quiet bird"), of(ChatRole::Input, "bird a quiet")];
        let (text, ids, finish) = collect(&engine, GenerateRequest { messages, ..request("", 0, 0) }).await;
        let vectors = kind::read_vectors(&text, 2).expect("two vectors");
        assert!(ids.is_empty() && finish.is_ok_and(|finish| finish.completion_tokens == 0));
        let product: f32 = vectors[0].iter().zip(&vectors[1]).map(|(one, other)| one * other).sum();
        assert!((product - 1.0).abs() < 1e-5, "{product}");
        let refused = engine.generate(request("a chat", 9, 0)).await.err();
        assert!(matches!(refused, Some(EngineError::Invalid(reason)) if reason.contains("makes embedding")));

        let engine = Scripted::new(ScriptedConfig { kind: Kind::Image, ..ScriptedConfig::default() });
        let mut wanted = GenerateRequest { messages: vec![of(ChatRole::Description, "a nest")], ..request("", 1, 0) };
        wanted.sampling.size = ImageSize { width: 512, height: 300 };
        let (text, _, finish) = collect(&engine, wanted.clone()).await;
        assert_eq!(kind::image_size(&text), Ok(wanted.sampling.size));
        assert_eq!(finish.expect("finishes").completion_tokens, 1);
        wanted.sampling.size = ImageSize::NONE;
        assert!(engine.generate(wanted).await.err().is_some_and(|error| error.is_request_fault()));
    }

    #[tokio::test]
    async fn requests_it_cannot_do_are_refused() {
        let engine = Scripted::new(ScriptedConfig { context_length: 5, ..ScriptedConfig::default() });
        let error = engine.generate(request("a b c", 9, 0)).await.err();
        assert_eq!(error, Some(EngineError::PromptTooLong { tokens: 6, limit: 5 }));
        let other = GenerateRequest { model: "other".into(), ..request("a", 9, 0) };
        assert!(engine.generate(other).await.err().is_some_and(|error| error.is_request_fault()));
    }
}
