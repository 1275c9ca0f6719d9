//! What an engine is: the trait, what goes in, and what comes out.

use std::pin::Pin;

use async_trait::async_trait;
use cuckoo_protocol::{
    audit::Examined,
    manifest::ModelManifest,
    task::{
        ChatMessage, ChatRole, Examine, Finish, Kind, PromptScores, Sampling, Score, TokenAnswer, TokenDetail,
        TokenQuestion, chat::Conversation, kind,
    },
};
use futures::{Stream, StreamExt};
use serde::{Deserialize, Serialize};

/// Something that makes what models make: text, vectors or images.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// What it serves.
    fn models(&self) -> Vec<ServedModel>;

    /// Starts generating; refuses with [`EngineError::Busy`] when no slot is free. Dropping the stream, or the future before
    /// it is ready, cancels the request and frees its slot at once.
    async fn generate(&self, request: GenerateRequest) -> Result<TokenStream, EngineError>;

    /// Examines an output that somebody claims to have made of this request with this model. One examination at a time; further
    /// ones wait. Dropping the future ends the examination, and leaves nothing behind that disturbs others.
    async fn examine(&self, request: &GenerateRequest, examine: &Examine) -> Result<Examined, EngineError> {
        let _ = (request, examine);
        Err(EngineError::Invalid("this engine cannot examine outputs; hint: mistral.rs can".into()))
    }

    /// Answers a question about the tokens of one of its models, without generating anything and without a slot.
    async fn tell_tokens(&self, model: &str, question: &TokenQuestion) -> Result<TokenAnswer, EngineError> {
        let _ = (model, question);
        Err(EngineError::Invalid("this engine does not tell tokens; hint: mistral.rs and vLLM do".into()))
    }

    /// True while it can take work: its process lives, its server answers.
    fn is_ready(&self) -> bool;

    /// The same of one of its models.
    fn is_ready_for(&self, model: &str) -> bool {
        let _ = model;
        self.is_ready()
    }

    /// Why it can take no work for one of its models, in words for its operator; `None` while it can.
    fn trouble(&self, model: &str) -> Option<String> {
        (!self.is_ready_for(model)).then(|| "the engine is not ready".into())
    }
}

/// A model as an engine serves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedModel {
    /// What determines its output.
    pub manifest: ModelManifest,
    /// What it makes.
    pub kind: Kind,
    /// Requests that run at once.
    pub slots: u32,
    /// Tokens of prompt and output together.
    pub context_length: u32,
    /// True when the output comes with token ids.
    pub token_ids: bool,
    /// True when the output comes with natural log-probabilities.
    pub log_probabilities: bool,
    /// The device and its arithmetic, such as `cpu-f32` or `cuda-sm90-bf16`: outputs of the same class differ least. Empty where it
    /// is not known.
    pub class: String,
    /// True when it can examine outputs of this model, see [`Engine::examine`].
    pub examines: bool,
    /// True when it tells the tokens of this model, see [`Engine::tell_tokens`].
    pub tokenises: bool,
}

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerateRequest {
    /// Name of the model.
    pub model: String,
    /// The chat so far.
    pub messages: Vec<ChatMessage>,
    /// How to sample.
    pub sampling: Sampling,
}

/// What a model that writes is given.
pub(crate) enum Prompt<'a> {
    /// A text to continue as it is.
    Alone(&'a str),
    /// The same as the ids of its tokens.
    Ids(Vec<u32>),
    /// A place between two texts that is to be filled.
    Between(&'a str, &'a str),
    /// A chat, with tools where it has some.
    Chat(Conversation),
}

impl<'a> Prompt<'a> {
    pub(crate) fn of(messages: &'a [ChatMessage]) -> Result<Self, EngineError> {
        match messages {
            [ChatMessage { role: ChatRole::Prompt, content }] => Ok(Self::Alone(content)),
            [ChatMessage { role: ChatRole::Ids, content }] => match serde_json::from_str::<Vec<u32>>(content) {
                Ok(ids) if !ids.is_empty() => Ok(Self::Ids(ids)),
                _ => Err(EngineError::Invalid("a prompt's token ids are malformed".into())),
            },
            [
                ChatMessage { role: ChatRole::Prompt, content: before },
                ChatMessage { role: ChatRole::Suffix, content: behind },
            ] => Ok(Self::Between(before, behind)),
            _ if messages
                .iter()
                .any(|message| matches!(message.role, ChatRole::Prompt | ChatRole::Ids | ChatRole::Suffix)) =>
            {
                Err(EngineError::Invalid("a text to continue stands alone".into()))
            }
            _ => Conversation::new(messages).map(Self::Chat).map_err(|error| EngineError::Invalid(error.to_string())),
        }
    }
}

impl GenerateRequest {
    /// Refuses what only an engine knows that makes images in steps of its own.
    pub(crate) fn check_plain_image(&self) -> Result<(), EngineError> {
        let wish = match &self.sampling {
            Sampling { steps: 1.., .. } => "`quality` and `num_inference_steps`",
            Sampling { guidance: Some(_), .. } => "`guidance_scale`",
            _ if self.messages.len() > 1 => "`negative_prompt`",
            _ => return Ok(()),
        };
        Err(EngineError::Invalid(format!("the model `{}` knows no {wish}", self.model)))
    }

    /// Refuses what a model of another kind is needed for.
    pub(crate) fn check(&self, served: Kind) -> Result<(), EngineError> {
        match Kind::of(&self.messages) {
            Some(kind) if kind == served => Ok(()),
            Some(kind) => Err(EngineError::Invalid(format!(
                "the model `{}` makes {} and not {}",
                self.model,
                served.as_str(),
                kind.as_str()
            ))),
            None => Err(EngineError::Invalid("its messages do not go together".into())),
        }
    }
}

/// An output that is there all at once, such as an image, in pieces that fit into frames.
pub(crate) fn whole(output: &str, finish: Finish) -> TokenStream {
    let pieces = output.as_bytes().chunks(WHOLE_PIECE).map(|piece| {
        // Base64 and the ends of lines: every byte is a character.
        let text = String::from_utf8_lossy(piece).into_owned();
        Ok(Generated::Tokens(TokenChunk { text, ..TokenChunk::default() }))
    });
    let items: Vec<_> = pieces.chain([Ok(Generated::Finished(finish))]).collect();
    guarded(futures::stream::iter(items))
}

/// The cosine distances, from 0 to 2, between claimed vectors and those that a model makes of the same texts. A claimed one of
/// another length, or without any, is as far as can be.
pub(crate) fn vector_distances<V: AsRef<[f32]>>(claimed: &str, made: &[V]) -> Result<Vec<f32>, EngineError> {
    let claimed = kind::read_vectors(claimed, made.len()).map_err(|error| EngineError::Invalid(error.to_string()))?;
    let product = |one: &[f32], other: &[f32]| -> f64 {
        one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum()
    };
    let distance = |(claimed, made): (&Vec<f32>, &V)| {
        let made = made.as_ref();
        let lengths = (product(claimed, claimed) * product(made, made)).sqrt();
        let fits = claimed.len() == made.len() && lengths > 0.0;
        let cosine = if fits { product(claimed, made) / lengths } else { -1.0 };
        (1.0 - cosine).clamp(0.0, 2.0) as f32
    };
    Ok(claimed.iter().zip(made).map(distance).collect())
}

/// A prompt's tokens in pieces that fit into frames, however many alternatives each has.
pub(crate) fn prompt_pieces(PromptScores { text, scores }: PromptScores) -> Vec<TokenChunk> {
    let mut start = 0;
    let piece = |scores: &[Score]| {
        let end = start + scores.iter().map(|score| score.length as usize).sum::<usize>();
        let text = text.get(start..end).unwrap_or_default().to_owned();
        start = end;
        TokenChunk { prompt: Some(PromptScores { text, scores: scores.to_vec() }), ..TokenChunk::default() }
    };
    scores.chunks(PROMPT_PIECE).map(piece).collect()
}

/// Tokens of a prompt in one piece.
const PROMPT_PIECE: usize = 16;

/// Bytes of a piece of a whole output: a miner puts 128 pieces and more into one frame.
const WHOLE_PIECE: usize = 16 * 1024;

/// One item of an engine's output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generated {
    /// More output.
    Tokens(TokenChunk),
    /// The end; nothing follows.
    Finished(Finish),
}

/// Tokens in order, with as much of their text as is certain: a character whose bytes are still incomplete, and a text that
/// may yet become a stop text, come with a later chunk. `Debug` shows lengths only: completions do not belong in logs.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TokenChunk {
    /// Text to append.
    pub text: String,
    /// Ids of the tokens, the one that ends the answer included; empty when the engine gives none.
    pub ids: Vec<u32>,
    /// Natural logarithm of each token's probability under the model's own distribution, before temperature and top-p;
    /// empty when the engine gives none.
    pub log_probabilities: Vec<f32>,
    /// Bytes of `text` that each token made certain; text that was held back until the end follows them. Empty when the engine
    /// gives no ids.
    pub lengths: Vec<u32>,
    /// More about each token, where the request asks for it and the engine can tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<TokenDetail>,
    /// Tokens of the prompt, where the request asks for an echo: in order, all of them, and before any token of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<PromptScores>,
}

impl std::fmt::Debug for TokenChunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenChunk({} bytes, {} ids)", self.text.len(), self.ids.len())
    }
}

/// An engine's output: it ends after [`Generated::Finished`] or an error, and never otherwise.
pub type TokenStream = Pin<Box<dyn Stream<Item = Result<Generated, EngineError>> + Send>>;

/// Why an engine gives no output, or no more of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineError {
    /// It serves no model of this name.
    #[error("the engine serves no model `{0}`")]
    UnknownModel(String),
    /// The prompt leaves no room for an answer.
    #[error(
        "this model's maximum context length is {limit} tokens, prompt and answer together; the prompt has {tokens}"
    )]
    PromptTooLong {
        /// Tokens of the rendered prompt.
        tokens: u32,
        /// The model's context length in tokens.
        limit: u32,
    },
    /// All slots are taken.
    #[error("the engine has no free slot")]
    Busy,
    /// The request makes no sense to it.
    #[error("the engine refuses the request: {0}")]
    Invalid(String),
    /// It broke off: its process died, hung or answered nonsense.
    #[error("the engine broke off: {0}")]
    Interrupted(String),
    /// It cannot work at all at the moment.
    #[error("the engine is not available: {0}")]
    Unavailable(String),
    /// The GPU that it is built for is not there or does not work, which may pass: a driver loads late, a machine is restarted.
    #[error("no GPU can be used: {0}")]
    NoGpu(String),
    /// A model's weights are not those that were recorded when it was added.
    #[error("the model is not as it was added: its weights are {found}, and not {expected}")]
    Altered {
        /// The hash of the weights that are there.
        found: String,
        /// The hash that the record names.
        expected: String,
    },
    /// It cannot be started as described; trying again does not help.
    #[error("the engine cannot be started: {0}")]
    Start(String),
}

impl EngineError {
    /// True when the same request may succeed here a moment later.
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Busy)
    }

    /// True when the request is to blame: no other engine that serves this model would do it either.
    pub const fn is_request_fault(&self) -> bool {
        matches!(self, Self::UnknownModel(_) | Self::PromptTooLong { .. } | Self::Invalid(_))
    }
}

/// Makes a stream keep its promise: it ends after `Finished` or an error, and ending without either becomes an error.
pub(crate) fn guarded(stream: impl Stream<Item = Result<Generated, EngineError>> + Send + 'static) -> TokenStream {
    Box::pin(futures::stream::unfold(Some(Box::pin(stream)), async |state| {
        let mut stream = state?;
        let item = stream
            .next()
            .await
            .unwrap_or_else(|| Err(EngineError::Interrupted("the output ended without a finish".into())));
        let more = matches!(item, Ok(Generated::Tokens(_)));
        Some((item, more.then_some(stream)))
    }))
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::task::FinishReason;

    use super::*;

    fn finished() -> Result<Generated, EngineError> {
        Ok(Generated::Finished(Finish {
            reason: FinishReason::Stop,
            prompt_tokens: 1,
            completion_tokens: 1,
            stop: None,
        }))
    }

    #[tokio::test]
    async fn a_stream_that_just_ends_becomes_an_error() {
        let chunk = Ok(Generated::Tokens(TokenChunk::default()));
        let items: Vec<_> = guarded(futures::stream::iter([chunk])).collect().await;
        assert_eq!(items.len(), 2);
        assert!(matches!(items[1], Err(EngineError::Interrupted(_))));
    }

    #[test]
    fn distances_are_of_directions_and_at_most_two() {
        let claimed = kind::write_vectors([&[2.0, 0.0][..], &[0.0, 1.0], &[-1.0, 0.0], &[0.0, 0.0]]);
        let made = [[1.0, 0.0]; 4];
        assert_eq!(vector_distances(&claimed, &made), Ok(vec![0.0, 1.0, 2.0, 2.0]));
        assert_eq!(vector_distances(&claimed, &[[1.0]; 4]), Ok(vec![2.0; 4]));
        assert!(vector_distances(&claimed, &[[1.0, 0.0]; 3]).is_err());
        // What overflows single precision has a direction too.
        let large = kind::write_vectors([&[1e30, 1e30][..]]);
        assert!(vector_distances(&large, &[[1e-30, 1e-30]]).is_ok_and(|distances| distances[0] < 1e-6));
    }

    #[tokio::test]
    async fn nothing_follows_the_finish() {
        let items: Vec<_> = guarded(futures::stream::iter([finished(), finished()])).collect().await;
        assert_eq!(items.len(), 1);
    }
}
