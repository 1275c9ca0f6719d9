//! The engines and their supervision from outside, with real sockets, processes and models.

#[cfg(feature = "mistralrs")]
mod control;
#[cfg(feature = "mistralrs")]
mod diffusion;
#[cfg(feature = "mistralrs")]
mod examine;
#[cfg(feature = "mistralrs")]
mod mistral;
mod openai;
#[cfg(feature = "mistralrs")]
mod sampling;
mod seeded;
mod supervise;
#[path = "../tiny/mod.rs"]
#[cfg_attr(not(feature = "mistralrs"), allow(dead_code, reason = "only some are for every engine"))]
mod tiny;
#[path = "../vllm/mod.rs"]
mod vllm;

use cuckoo_gpu::{Engine, EngineError, Finish, GenerateRequest, Generated, TokenStream};
use cuckoo_protocol::task::{ChatMessage, ChatRole, Micros, Sampling};
use futures::StreamExt;

/// A greedy request with one user message.
pub(crate) fn request(model: &str, content: &str, max_tokens: u32) -> GenerateRequest {
    GenerateRequest {
        model: model.into(),
        messages: vec![ChatMessage { role: ChatRole::User, content: content.into() }],
        sampling: Sampling {
            max_tokens,
            temperature: Micros::default(),
            top_p: Micros::ONE,
            seed: 7,
            ..Sampling::default()
        },
    }
}

/// A text that is continued as it is.
pub(crate) fn continuation(model: &str, content: &str, max_tokens: u32) -> GenerateRequest {
    let messages = vec![ChatMessage { role: ChatRole::Prompt, content: content.into() }];
    GenerateRequest { messages, ..request(model, content, max_tokens) }
}

/// All that an engine gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Output {
    pub(crate) text: String,
    pub(crate) ids: Vec<u32>,
    pub(crate) log_probabilities: Vec<f32>,
    pub(crate) finish: Option<Finish>,
    pub(crate) error: Option<EngineError>,
}

impl Output {
    pub(crate) fn finish(&self) -> Finish {
        self.finish.unwrap_or_else(|| panic!("no finish but {:?}", self.error))
    }
}

pub(crate) async fn read(mut stream: TokenStream) -> Output {
    let mut output = Output::default();
    while let Some(item) = stream.next().await {
        match item {
            Ok(Generated::Tokens(chunk)) => {
                output.text.push_str(&chunk.text);
                output.ids.extend(chunk.ids);
                output.log_probabilities.extend(chunk.log_probabilities);
            }
            Ok(Generated::Finished(finish)) => output.finish = Some(finish),
            Err(error) => output.error = Some(error),
        }
    }
    assert!(output.finish.is_some() != output.error.is_some(), "one end and no other");
    output
}

pub(crate) async fn run(engine: &dyn Engine, request: GenerateRequest) -> Output {
    read(engine.generate(request).await.expect("starts")).await
}
