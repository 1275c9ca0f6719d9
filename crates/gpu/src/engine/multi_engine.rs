//! Several engines as one: each serves models of its own, and one that breaks leaves the others at work.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use cuckoo_protocol::{
    audit::Examined,
    task::{Examine, TokenAnswer, TokenQuestion},
};

use super::api::{Engine, EngineError, GenerateRequest, ServedModel, TokenStream};

/// Several engines behind one interface, see the module.
pub struct MultiEngine {
    engines: Vec<Arc<dyn Engine>>,
    /// The index of the engine that serves a model, by the model's name.
    by_model: HashMap<String, usize>,
}

impl std::fmt::Debug for MultiEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MultiEngine").field("by_model", &self.by_model).finish_non_exhaustive()
    }
}

impl MultiEngine {
    /// Refuses two models of one name: nobody could say which was asked for.
    pub fn new(engines: Vec<Arc<dyn Engine>>) -> Result<Self, EngineError> {
        let mut by_model = HashMap::new();
        for (index, engine) in engines.iter().enumerate() {
            for ServedModel { manifest, .. } in engine.models() {
                if by_model.insert(manifest.name.clone(), index).is_some() {
                    return Err(EngineError::Start(format!("two models have the name `{}`", manifest.name)));
                }
            }
        }
        Ok(Self { engines, by_model })
    }

    fn engine(&self, model: &str) -> Result<&dyn Engine, EngineError> {
        let engine = self.by_model.get(model).and_then(|index| self.engines.get(*index));
        engine.map(|engine| &**engine).ok_or_else(|| EngineError::UnknownModel(model.to_owned()))
    }
}

#[async_trait]
impl Engine for MultiEngine {
    fn models(&self) -> Vec<ServedModel> {
        self.engines.iter().flat_map(|engine| engine.models()).collect()
    }

    async fn generate(&self, request: GenerateRequest) -> Result<TokenStream, EngineError> {
        self.engine(&request.model)?.generate(request).await
    }

    async fn examine(&self, request: &GenerateRequest, examine: &Examine) -> Result<Examined, EngineError> {
        self.engine(&request.model)?.examine(request, examine).await
    }

    async fn tell_tokens(&self, model: &str, question: &TokenQuestion) -> Result<TokenAnswer, EngineError> {
        self.engine(model)?.tell_tokens(model, question).await
    }

    fn is_ready(&self) -> bool {
        self.engines.iter().any(|engine| engine.is_ready())
    }

    fn is_ready_for(&self, model: &str) -> bool {
        self.engine(model).is_ok_and(|engine| engine.is_ready_for(model))
    }

    fn trouble(&self, model: &str) -> Option<String> {
        self.engine(model).map_or_else(|error| Some(error.to_string()), |engine| engine.trouble(model))
    }
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::task::{ChatMessage, ChatRole, Micros, Sampling};

    use super::*;
    use crate::engine::scripted::{Scripted, ScriptedConfig};

    fn named(name: &str) -> Arc<dyn Engine> {
        Arc::new(Scripted::new(ScriptedConfig { name: name.into(), ..ScriptedConfig::default() }))
    }

    #[tokio::test]
    async fn a_request_goes_to_the_engine_that_serves_its_model() {
        let engines = MultiEngine::new(vec![named("one"), named("two")]).expect("different names");
        assert_eq!(engines.models().len(), 2);
        assert!(engines.is_ready() && engines.is_ready_for("two") && !engines.is_ready_for("three"));
        let request = |model: &str| GenerateRequest {
            model: model.into(),
            messages: vec![ChatMessage { role: ChatRole::User, content: "hello".into() }],
            sampling: Sampling {
                max_tokens: 1,
                temperature: Micros::ONE,
                top_p: Micros::ONE,
                seed: 0,
                ..Sampling::default()
            },
        };
        assert!(engines.generate(request("two")).await.is_ok());
        assert_eq!(engines.generate(request("three")).await.err(), Some(EngineError::UnknownModel("three".into())));
        let examine = Examine { ids: vec![2], ..Examine::default() };
        assert_eq!(engines.examine(&request("two"), &examine).await.map(|examined| examined.end), Ok(Some(1)));
        assert!(engines.examine(&request("three"), &examine).await.is_err());
        let twice = MultiEngine::new(vec![named("one"), named("one")]).err();
        assert_eq!(engines.trouble("two"), None);
        assert!(engines.trouble("three").is_some_and(|trouble| trouble.contains("`three`")));
        assert!(matches!(twice, Some(EngineError::Start(message)) if message.contains("`one`")));
    }
}
