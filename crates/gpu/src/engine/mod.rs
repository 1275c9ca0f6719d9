//! The engines, and what all of them have in common.

mod api;
#[cfg(feature = "mistralrs")]
mod diffusion;
mod language;
#[cfg(feature = "mistralrs")]
pub mod mistral;
mod mistral_config;
pub mod multi_engine;
pub mod openai;
pub mod scripted;
mod spec;
pub mod stop;

pub(crate) use api::guarded;
pub use api::{Engine, EngineError, GenerateRequest, Generated, ServedModel, TokenChunk, TokenStream};
pub use mistral_config::{MistralConfig, Quantise};
pub use multi_engine::MultiEngine;
pub use openai::{ApiKey, OpenAiConfig};
pub use scripted::{Misbehave, ScriptedConfig};
pub use spec::{EngineSpec, start};
