//! Which engine to start, and how.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    api::{Engine, EngineError},
    mistral_config::MistralConfig,
    openai::{OpenAi, OpenAiConfig},
    scripted::{Scripted, ScriptedConfig},
};
#[cfg(feature = "mistralrs")]
use super::{diffusion, mistral};

/// Which engine to start, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "engine", rename_all = "snake_case")]
pub enum EngineSpec {
    /// Deterministic text without a model, for tests and load.
    Scripted(ScriptedConfig),
    /// A server that speaks OpenAI's chat API.
    #[serde(rename = "openai")]
    OpenAi(OpenAiConfig),
    /// The engine of this program in this process: mistral.rs, or for models that make images by Stable Diffusion candle.
    Mistral(MistralConfig),
}

/// Starts an engine in this process and waits until it is ready.
pub async fn start(spec: EngineSpec) -> Result<Arc<dyn Engine>, EngineError> {
    match spec {
        EngineSpec::Scripted(config) => Ok(Arc::new(Scripted::new(config))),
        EngineSpec::OpenAi(config) => Ok(Arc::new(OpenAi::connect(config).await?)),
        #[cfg(feature = "mistralrs")]
        EngineSpec::Mistral(config) => match diffusion::directory(&config.source).map(Into::into) {
            Some(directory) => diffusion::start(directory, config).await,
            None => mistral::start(config).await,
        },
        #[cfg(not(feature = "mistralrs"))]
        EngineSpec::Mistral(_) => Err(EngineError::Start(
            "this build has no mistral.rs engine; hint: build with default features or use --engine openai".into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::Quantise, model::ModelSource};

    #[test]
    fn specs_and_errors_survive_json() {
        let spec = EngineSpec::Mistral(MistralConfig {
            source: ModelSource::Directory("/models/tiny".into()),
            name: Some("tiny".into()),
            slots: None,
            expect_weights: None,
            quantise: Some(Quantise::Q4K),
            quantise_secretly: None,
            force_cpu: true,
            examine_memory: Some(1),
        });
        let text = serde_json::to_string(&spec).expect("encodes");
        assert_eq!(serde_json::from_str::<EngineSpec>(&text).expect("decodes"), spec);
        let error = EngineError::PromptTooLong { tokens: 9, limit: 8 };
        let text = serde_json::to_string(&error).expect("encodes");
        assert_eq!(serde_json::from_str::<EngineError>(&text).expect("decodes"), error);
    }
}
