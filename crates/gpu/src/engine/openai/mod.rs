//! An engine behind a URL: any server that speaks OpenAI's API, for text with streaming.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use cuckoo_protocol::{Untrusted, manifest::ModelManifest, task::Kind};
use reqwest::Response;
use tokio::{sync::Semaphore, task::JoinSet};

mod config;
mod reader;
mod request;
mod server;
mod trouble;
mod whole;

pub use config::{ApiKey, OpenAiConfig};

use self::{
    reader::AnswerReader,
    request::call,
    server::{ModelEntry, Server},
    trouble::{Trouble, watch},
};
use super::api::{Engine, EngineError, GenerateRequest, ServedModel, TokenStream, guarded};

const DEFAULT_CONTEXT: u32 = 8_192;

/// An engine behind a URL, see the module.
#[derive(Debug)]
pub struct OpenAi {
    server: Server,
    models: Vec<ServedModel>,
    slots: Arc<Semaphore>,
    trouble: Trouble,
    /// The task that watches whether the server answers; it ends with the engine.
    _probe: JoinSet<()>,
}

impl OpenAi {
    /// Asks the server for its models.
    pub async fn connect(config: OpenAiConfig) -> Result<Self, EngineError> {
        let server = Server::new(&config)?;
        let listed = server.models().await?;
        if let Some((missing, _)) = config.models.iter().find(|(name, _)| listed.iter().all(|entry| entry.id != *name))
        {
            let names: Vec<String> =
                listed.iter().map(|entry| Untrusted::from(entry.id.as_str()).to_string()).collect();
            let names = names.join(", ");
            return Err(EngineError::Start(format!("the server has no model `{missing}`; it lists: {names}")));
        }
        let kind = |entry: &ModelEntry| match config.models.iter().find(|(name, _)| *name == entry.id) {
            Some((_, kind)) => Some(*kind),
            None => config.models.is_empty().then_some(Kind::Text),
        };
        let models: Vec<ServedModel> =
            listed.into_iter().filter_map(|entry| Some(served(kind(&entry)?, entry, &config))).collect();
        if models.is_empty() {
            return Err(EngineError::Start("the server lists no models".into()));
        }
        let trouble = Trouble::default();
        let mut probe = JoinSet::new();
        probe.spawn(watch(server.clone(), trouble.clone()));
        Ok(Self { server, models, slots: Arc::new(Semaphore::new(config.slots as usize)), trouble, _probe: probe })
    }
}

fn served(kind: Kind, entry: ModelEntry, config: &OpenAiConfig) -> ServedModel {
    ServedModel {
        manifest: ModelManifest {
            weights: format!("external:{}", entry.id),
            name: entry.id,
            quantisation: "unknown".into(),
            engine: "openai-compatible".into(),
            ..ModelManifest::default()
        },
        kind,
        slots: config.slots,
        context_length: entry.max_model_len.or(config.context_length).unwrap_or(DEFAULT_CONTEXT),
        token_ids: false,
        log_probabilities: false,
        class: String::new(),
        examines: false,
    }
}

impl OpenAi {
    async fn post(&self, path: &str, body: &serde_json::Value, patience: Duration) -> Result<Response, EngineError> {
        let http = self.server.request(reqwest::Method::POST, path)?.json(body);
        self.server.send(http, patience).await.inspect_err(|error| {
            if matches!(error, EngineError::Unavailable(_)) {
                self.trouble.set(Some(error.to_string()));
            }
        })
    }
}

#[async_trait]
impl Engine for OpenAi {
    fn models(&self) -> Vec<ServedModel> {
        self.models.clone()
    }

    async fn generate(&self, request: GenerateRequest) -> Result<TokenStream, EngineError> {
        let Some(served) = self.models.iter().find(|model| model.manifest.name == request.model) else {
            return Err(EngineError::UnknownModel(request.model));
        };
        request.check(served.kind)?;
        let slot = Arc::clone(&self.slots).try_acquire_owned().map_err(|_| EngineError::Busy)?;
        match served.kind {
            Kind::Text => {}
            Kind::Embedding => return self.embed(&request).await,
            Kind::Image => return self.draw(&request).await,
        }
        let (path, body) = call(&request)?;
        let response = self.post(path, &body, self.server.idle).await?;
        let body = Box::pin(response.bytes_stream());
        let reader = AnswerReader::new(body, self.server.idle, &request, slot);
        Ok(guarded(reader.stream()))
    }

    fn is_ready(&self) -> bool {
        self.trouble.get().is_none()
    }

    fn trouble(&self, _model: &str) -> Option<String> {
        self.trouble.get()
    }
}
