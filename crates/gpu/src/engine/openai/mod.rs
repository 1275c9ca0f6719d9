//! An engine behind a URL: any server that speaks OpenAI's API, for text with streaming.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use cuckoo_protocol::{
    Untrusted,
    audit::Examined,
    manifest::ModelManifest,
    task::{Examine, Kind, TokenAnswer, TokenQuestion},
};
use reqwest::Response;
use tokio::{sync::Semaphore, task::JoinSet};

mod config;
mod events;
mod reader;
mod refusal;
mod request;
mod seeded;
mod server;
mod tokens;
mod trouble;
mod whole;

pub use config::{ApiKey, OpenAiConfig};

use self::{
    reader::AnswerReader,
    refusal::Refusal,
    request::{call, estimate},
    seeded::Seeded,
    server::{Failure, ModelEntry, Server},
    trouble::{Trouble, probe, watch},
};
use super::api::{Engine, EngineError, GenerateRequest, ServedModel, TokenStream, guarded};

const DEFAULT_CONTEXT: u32 = 8_192;
/// How long a server may read a prompt before it says anything. Whether it lives is found out otherwise.
const HEAD_PATIENCE: Duration = Duration::from_secs(300);

/// An engine behind a URL, see the module.
#[derive(Debug)]
pub struct OpenAi {
    server: Server,
    models: Vec<ServedModel>,
    /// Those whose tokens are chosen by our rules, by their names.
    seeded: BTreeMap<String, Seeded>,
    slots: Arc<Semaphore>,
    /// The place for examinations.
    examining: Semaphore,
    trouble: Trouble,
    /// The server reads no calls: its model's own words for them are passed on.
    reads_no_calls: AtomicBool,
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
        let (mut models, mut seeded) = (vec![], BTreeMap::new());
        let is_text = |(_, kind): &&(String, Kind)| *kind == Kind::Text;
        let texts: Vec<_> = config.models.iter().filter(is_text).map(|(name, _)| name.clone()).collect();
        let is_only = config.models.is_empty() && listed.len() == 1;
        for entry in listed {
            let Some(kind) = kind(&entry) else { continue };
            if config.models.is_empty() && entry.id.starts_with('/') {
                let id = Untrusted::from(entry.id.as_str());
                return Err(EngineError::Start(format!(
                    "the server calls its model by a path, which everybody would see: {id}; hint: give it a name, \
                     with llama.cpp by --alias NAME"
                )));
            }
            let place = texts.iter().position(|name| *name == entry.id);
            let given = place.or(is_only.then_some(0)).and_then(|place| config.directories.get(place)).cloned();
            let told = entry.directory();
            let mut model = served(kind, entry, &config);
            if kind == Kind::Text {
                let name = model.manifest.name.clone();
                model.tokenises = tokens::is_told(&server, &name).await;
                if let Some(found) = find_seeded(&server, &mut model, given, told).await? {
                    seeded.insert(name, found);
                }
            }
            models.push(model);
        }
        if models.is_empty() {
            return Err(EngineError::Start("the server lists no models".into()));
        }
        let trouble = Trouble::default();
        let mut probe = JoinSet::new();
        probe.spawn(watch(server.clone(), trouble.clone(), seeded.keys().cloned().collect()));
        let slots = Arc::new(Semaphore::new(config.slots as usize));
        let (examining, reads_no_calls) = (Semaphore::new(1), AtomicBool::new(false));
        Ok(Self { server, models, seeded, slots, examining, trouble, reads_no_calls, _probe: probe })
    }
}

/// Finds out whether the server chooses a model's tokens by our rules. Its files are those that the operator has `given`, or that the
/// server has `told`.
async fn find_seeded(
    server: &Server,
    model: &mut ServedModel,
    given: Option<PathBuf>,
    told: Option<PathBuf>,
) -> Result<Option<Seeded>, EngineError> {
    let name = model.manifest.name.clone();
    let hello = if model.tokenises { seeded::ask(server, &name).await? } else { None };
    let is_given = given.is_some();
    match (hello, given.or(told)) {
        (Some(hello), Some(directory)) => {
            let found = Seeded::read(directory, hello, model).await?;
            tracing::info!(
                model = name,
                class = model.class,
                "the model server samples by cuckoo's rules: its answers can be checked"
            );
            Ok(Some(found))
        }
        (Some(_), None) => {
            tracing::warn!(
                model = name,
                "the model server samples by cuckoo's rules, but its model's files are not known here; hint: --model DIRECTORY"
            );
            Ok(None)
        }
        (None, _) if is_given => Err(EngineError::Start(format!(
            "the server does not choose the tokens of `{name}` by cuckoo's rules; hint: start vLLM with cuckoo's plugin, or leave out --model"
        ))),
        (None, _) => Ok(None),
    }
}

fn served(kind: Kind, entry: ModelEntry, config: &OpenAiConfig) -> ServedModel {
    let context_length = entry.context_length().or(config.context_length).unwrap_or(DEFAULT_CONTEXT);
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
        context_length,
        token_ids: false,
        log_probabilities: false,
        class: String::new(),
        examines: false,
        tokenises: false,
    }
}

impl OpenAi {
    fn seeded_names(&self) -> Vec<String> {
        self.seeded.keys().cloned().collect()
    }

    /// Sends a request. Where the server breaks, it is found out whether it does so of this request alone.
    async fn post(&self, path: &str, body: &serde_json::Value, patience: Duration) -> Result<Response, Failure> {
        let request = || {
            let request = self.server.request(reqwest::Method::POST, path);
            request.map_err(|error| Failure::Unreached(error.to_string()))
        };
        let failure = tokio::select! {
            sent = self.server.send(request()?.json(body), patience) => match sent {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            },
            reason = self.trouble.wait() => return Err(Failure::Unreached(reason)),
        };
        let breaks = match &failure {
            Failure::Unreached(_) => true,
            Failure::Refused(refusal) => matches!(refusal.status, Some(401 | 403 | 500..)),
        };
        if breaks && let Err(error) = probe(&self.server, &self.trouble, &self.seeded_names()).await {
            return Err(Failure::Unreached(match error {
                EngineError::Unavailable(reason) => reason,
                other => other.to_string(),
            }));
        }
        Err(match failure {
            // The server is there, and has dropped this request alone.
            Failure::Unreached(reason) => Failure::Refused(Refusal { status: None, reason }),
            refused => refused,
        })
    }

    /// Sends a request for text in the way in which this server takes it.
    async fn ask(&self, request: &GenerateRequest, limit: u32) -> Result<Response, EngineError> {
        let (path, mut body) = call(request)?;
        let patience = self.server.idle.max(HEAD_PATIENCE);
        let quiet = |body: &mut serde_json::Value| body["tool_choice"] = "none".into();
        let has_tools = body.get("tools").is_some();
        if has_tools && self.reads_no_calls.load(Ordering::Relaxed) {
            quiet(&mut body);
        }
        let mut fitted = false;
        loop {
            let refusal = match self.post(path, &body, patience).await {
                Err(Failure::Refused(refusal)) => refusal,
                other => return Ok(other?),
            };
            if has_tools && refusal.wants_no_calls() && body.get("tool_choice").is_none() {
                tracing::warn!(
                    reason = refusal.reason,
                    "the model server reads no calls of tools; they are read from what the model writes"
                );
                self.reads_no_calls.store(true, Ordering::Relaxed);
                quiet(&mut body);
                continue;
            }
            if !refusal.is_overflow() {
                return Err(refusal.into_error());
            }
            // The most tokens of an answer are a ceiling, and never a reason to refuse: what fits is asked for.
            let prompt = refusal.prompt_tokens(request.sampling.max_tokens, limit);
            let room = prompt.map(|prompt| limit.saturating_sub(prompt));
            if fitted || room == Some(0) {
                let guess = || u32::try_from(estimate(&request.messages)).unwrap_or(u32::MAX).max(limit);
                return Err(EngineError::PromptTooLong { tokens: prompt.unwrap_or_else(guess), limit });
            }
            fitted = true;
            match (room, body.as_object_mut()) {
                (Some(room), _) => body["max_tokens"] = room.into(),
                // Without it the server takes what there is room for.
                (None, fields) => drop(fields.and_then(|fields| fields.remove("max_tokens"))),
            }
        }
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
        if let Some(seeded) = self.seeded.get(&request.model) {
            return self.generate_seeded(seeded, served, request, slot).await;
        }
        let response = self.ask(&request, served.context_length).await?;
        let body = Box::pin(response.bytes_stream());
        let reader = AnswerReader::new(body, self.server.idle, &request, slot);
        Ok(guarded(reader.stream()))
    }

    async fn examine(&self, request: &GenerateRequest, examine: &Examine) -> Result<Examined, EngineError> {
        let served = self.models.iter().find(|model| model.manifest.name == request.model);
        let served = served.ok_or_else(|| EngineError::UnknownModel(request.model.clone()))?;
        let Some(seeded) = self.seeded.get(&request.model) else {
            let hint = "this server cannot examine outputs; hint: vLLM with cuckoo's plugin can";
            return Err(EngineError::Invalid(hint.into()));
        };
        self.examine_seeded(seeded, served, request, examine).await
    }

    async fn tell_tokens(&self, model: &str, question: &TokenQuestion) -> Result<TokenAnswer, EngineError> {
        tokens::tell(&self.server, model, question).await
    }

    fn is_ready(&self) -> bool {
        self.trouble.get().is_none()
    }

    fn trouble(&self, _model: &str) -> Option<String> {
        self.trouble.get()
    }
}
