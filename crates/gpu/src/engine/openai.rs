//! An engine behind a URL: any server that speaks OpenAI's API, for text with streaming.

use std::{
    collections::VecDeque,
    fmt, mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use alloy::primitives::B256;
use async_trait::async_trait;
use cuckoo_protocol::{
    Untrusted, described,
    manifest::ModelManifest,
    task::{
        ChatMessage, ChatRole, FinishReason, Kind, Sampling,
        chat::{Conversation, TYPICAL_IMAGE_TOKENS},
        kind,
        tools::{Call, MAX_TOOLS, write_call},
    },
};
use futures::{Stream, StreamExt};
use reqwest::{Client, Response, StatusCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::timeout,
};
use url::Url;

use super::{
    Engine, EngineError, Finish, GenerateRequest, Generated, Prompt, ServedModel, TokenChunk, TokenStream, guarded,
    sse::SseParser, stop::StopFilter, whole,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a server may work on vectors or an image before it says anything.
const WHOLE_PATIENCE: Duration = Duration::from_secs(300);
const PROBE_INTERVAL: Duration = Duration::from_secs(10);
const DEFAULT_CONTEXT: u32 = 8_192;
/// Bytes that are read of an error's or a model list's body.
const MAX_BODY: usize = 1 << 20;
/// And of vectors or an image.
const MAX_ANSWER: usize = 64 << 20;
/// And of the calls of tools in an answer.
const MAX_CALLS: usize = 1 << 20;
/// OpenAI's own API takes no more; the others are cut here.
const MAX_STOPS: usize = 4;

/// A server, and what of it to offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAiConfig {
    /// Its address, with or without `/v1`.
    pub url: Url,
    /// Sent as the bearer token.
    #[serde(default)]
    pub api_key: Option<ApiKey>,
    /// The models to offer, by what they make. When none are named, all that it lists, for text: a list does not say what for.
    #[serde(default)]
    pub models: Vec<(String, Kind)>,
    /// Requests that run at once, all models together.
    #[serde(default = "default_slots")]
    pub slots: u32,
    /// Tokens of prompt and output together, where the server does not say.
    #[serde(default)]
    pub context_length: Option<u32>,
    /// Seconds without any bytes after which an answer is given up.
    #[serde(default = "default_idle")]
    pub idle_timeout_s: u64,
}

impl OpenAiConfig {
    /// All models of the server at `url`.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            api_key: None,
            models: Vec::new(),
            slots: default_slots(),
            context_length: None,
            idle_timeout_s: default_idle(),
        }
    }
}

const fn default_slots() -> u32 {
    8
}

const fn default_idle() -> u64 {
    60
}

/// A secret that `Debug` does not show.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiKey(String);

impl ApiKey {
    /// Wraps the secret.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

/// Why the server cannot be used, while it cannot.
#[derive(Clone, Debug, Default)]
struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns true where that is news.
    fn set(&self, trouble: Option<String>) -> bool {
        let before = mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), trouble.clone());
        before.is_some() != trouble.is_some()
    }
}

/// See the module.
#[derive(Debug)]
pub struct OpenAi {
    server: Server,
    models: Vec<ServedModel>,
    slots: Arc<Semaphore>,
    trouble: Trouble,
    /// The task that watches whether the server answers; it ends with the engine.
    _probe: JoinSet<()>,
}

#[derive(Clone, Debug)]
struct Server {
    client: Client,
    base: Url,
    api_key: Option<ApiKey>,
    idle: Duration,
}

#[derive(Deserialize)]
struct ModelList {
    data: Vec<ModelEntry>,
}

#[derive(Deserialize)]
struct ModelEntry {
    id: String,
    /// What vLLM and SGLang call the context length.
    max_model_len: Option<u32>,
}

impl OpenAi {
    /// Asks the server for its models.
    pub async fn connect(config: OpenAiConfig) -> Result<Self, EngineError> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| EngineError::Start(error.to_string()))?;
        let idle = Duration::from_secs(config.idle_timeout_s.max(1));
        let server = Server { client, base: base(&config.url)?, api_key: config.api_key.clone(), idle };
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
            chat_template: B256::ZERO,
        },
        kind,
        slots: config.slots,
        context_length: entry.max_model_len.or(config.context_length).unwrap_or(DEFAULT_CONTEXT),
        token_ids: false,
        log_probabilities: false,
    }
}

/// The address with its path ending in `/v1/`.
fn base(url: &Url) -> Result<Url, EngineError> {
    let mut base = url.clone();
    base.set_query(None);
    base.set_fragment(None);
    let path = url.path().trim_end_matches('/');
    base.set_path(&if path.ends_with("/v1") { format!("{path}/") } else { format!("{path}/v1/") });
    if base.cannot_be_a_base() || !matches!(base.scheme(), "http" | "https") {
        return Err(EngineError::Start(format!("{} is no http address", base.scheme())));
    }
    Ok(base)
}

async fn watch(server: Server, trouble: Trouble) {
    loop {
        tokio::time::sleep(PROBE_INTERVAL).await;
        let found = server.models().await.err().map(|error| error.to_string());
        if trouble.set(found.clone()) {
            match found {
                Some(found) => tracing::warn!(trouble = found, "the model server cannot be used"),
                None => tracing::info!("the model server answers again"),
            }
        }
    }
}

impl Server {
    fn request(&self, method: reqwest::Method, path: &str) -> Result<reqwest::RequestBuilder, EngineError> {
        let url = self.base.join(path).map_err(|error| EngineError::Start(error.to_string()))?;
        let request = self.client.request(method, url);
        Ok(match &self.api_key {
            Some(key) => request.bearer_auth(&key.0),
            None => request,
        })
    }

    /// `patience` is for the head of the answer, which comes last where everything comes at once.
    async fn send(&self, request: reqwest::RequestBuilder, patience: Duration) -> Result<Response, EngineError> {
        match timeout(patience, request.send()).await {
            Ok(Ok(response)) if response.status().is_success() => Ok(response),
            Ok(Ok(response)) => Err(self.refusal(response).await),
            // Without the address: it may hold a name or a secret that does not belong in an answer.
            Ok(Err(error)) => Err(EngineError::Unavailable(described(&error.without_url()))),
            Err(_) => Err(EngineError::Unavailable("the server does not answer".into())),
        }
    }

    async fn models(&self) -> Result<Vec<ModelEntry>, EngineError> {
        let response = self.send(self.request(reqwest::Method::GET, "models")?, self.idle).await?;
        let body = self.body(response, MAX_BODY).await;
        let list: ModelList = serde_json::from_slice(&body)
            .map_err(|error| EngineError::Unavailable(format!("the server's model list does not decode: {error}")))?;
        Ok(list.data)
    }

    /// The beginning of a body, as far as it comes.
    async fn body(&self, response: Response, most: usize) -> Vec<u8> {
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Ok(Some(Ok(bytes))) = timeout(self.idle, stream.next()).await {
            body.extend_from_slice(&bytes);
            if body.len() > most {
                break;
            }
        }
        body
    }

    async fn refusal(&self, response: Response) -> EngineError {
        let status = response.status();
        let body = self.body(response, MAX_BODY).await;
        let reason = serde_json::from_slice::<serde_json::Value>(&body).ok().and_then(|body| error_text(&body));
        let reason = reason.unwrap_or_else(|| format!("the server answered {status}"));
        match status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => EngineError::Busy,
            StatusCode::NOT_FOUND => EngineError::UnknownModel(reason),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                EngineError::Unavailable(format!("the server refuses the API key: {reason}"))
            }
            status if status.is_client_error() => EngineError::Invalid(reason),
            _ => EngineError::Unavailable(reason),
        }
    }
}

/// The message of an error object, harmless to show.
fn error_text(body: &serde_json::Value) -> Option<String> {
    let error = body.get("error").filter(|error| !error.is_null())?;
    let text = error.get("message").unwrap_or(error);
    let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
    Some(Untrusted::from(text).to_string())
}

/// Where a request goes, and what is sent there.
fn call(request: &GenerateRequest) -> Result<(&'static str, serde_json::Value), EngineError> {
    let GenerateRequest {
        model,
        messages,
        sampling: Sampling { max_tokens, temperature, top_p, seed, stop, schema, .. },
    } = request;
    let mut body = serde_json::json!({
        "model": model,
        "stream": true,
        "stream_options": { "include_usage": true },
        "max_tokens": max_tokens,
        "temperature": temperature.to_f64(),
        "top_p": top_p.to_f64(),
        // Servers take a signed number.
        "seed": seed & (u64::MAX >> 1),
    });
    if !stop.is_empty() {
        body["stop"] = stop.iter().take(MAX_STOPS).cloned().collect();
    }
    if !schema.is_empty() {
        let schema: serde_json::Value = serde_json::from_str(schema)
            .map_err(|error| EngineError::Invalid(format!("the schema is no JSON: {error}")))?;
        let named = serde_json::json!({ "name": "answer", "strict": true, "schema": schema });
        body["response_format"] = serde_json::json!({ "type": "json_schema", "json_schema": named });
    }
    Ok(match Prompt::of(messages)? {
        Prompt::Alone(text) => {
            body["prompt"] = text.into();
            ("completions", body)
        }
        Prompt::Chat(Conversation { tools, messages, .. }) => {
            body["messages"] = serde_json::json!(messages);
            if !tools.is_empty() {
                body["tools"] = tools.into();
            }
            ("chat/completions", body)
        }
    })
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
        let reader = Reader {
            body: Box::pin(response.bytes_stream()),
            idle: self.server.idle,
            parser: Some(SseParser::default()),
            events: VecDeque::new(),
            filter: StopFilter::new(&request.sampling.stop),
            chunks: 0,
            prompt_estimate: estimate(&request.messages),
            reason: None,
            usage: None,
            calls: vec![],
            done: false,
            _slot: slot,
        };
        Ok(guarded(reader.stream()))
    }

    fn is_ready(&self) -> bool {
        self.trouble.get().is_none()
    }

    fn trouble(&self, _model: &str) -> Option<String> {
        self.trouble.get()
    }
}

/// Tokens of a prompt where the server does not say: four bytes per token is what tokenizers make of most languages.
fn estimate(messages: &[ChatMessage]) -> usize {
    let tokens = |message: &ChatMessage| match message.role {
        ChatRole::Image => TYPICAL_IMAGE_TOKENS as usize,
        _ => message.content.len() / 4,
    };
    messages.iter().map(|message| 4 + tokens(message)).sum()
}

#[derive(Deserialize)]
struct Embeddings {
    data: Vec<Embedded>,
    usage: Option<PromptUsage>,
}

#[derive(Deserialize)]
struct Embedded {
    index: usize,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct PromptUsage {
    /// What OpenAI's API calls it for images.
    #[serde(alias = "input_tokens")]
    prompt_tokens: Option<u32>,
}

#[derive(Deserialize)]
struct Images {
    data: Vec<Image>,
    usage: Option<PromptUsage>,
}

#[derive(Deserialize)]
struct Image {
    b64_json: String,
}

/// How an output ends that is there all at once.
fn finish(usage: Option<PromptUsage>, messages: &[ChatMessage], completion_tokens: u32) -> Finish {
    let told = usage.and_then(|usage| usage.prompt_tokens);
    let prompt_tokens = told.unwrap_or_else(|| u32::try_from(estimate(messages)).unwrap_or(u32::MAX));
    Finish { reason: FinishReason::Stop, prompt_tokens, completion_tokens }
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

    /// The document that answers a request.
    async fn answer<T: DeserializeOwned>(&self, path: &str, body: &serde_json::Value) -> Result<T, EngineError> {
        let response = self.post(path, body, self.server.idle.max(WHOLE_PATIENCE)).await?;
        let body = self.server.body(response, MAX_ANSWER).await;
        serde_json::from_slice(&body)
            .map_err(|error| EngineError::Interrupted(format!("the server's answer does not decode: {error}")))
    }

    async fn embed(&self, request: &GenerateRequest) -> Result<TokenStream, EngineError> {
        let input: Vec<_> = request.messages.iter().map(|message| message.content.as_str()).collect();
        let body = serde_json::json!({ "model": request.model, "input": input, "encoding_format": "float" });
        let Embeddings { mut data, usage } = self.answer("embeddings", &body).await?;
        data.sort_unstable_by_key(|embedded| embedded.index);
        let output = kind::write_vectors(data.iter().map(|embedded| embedded.embedding.as_slice()));
        Ok(whole(&output, finish(usage, &request.messages, 0)))
    }

    async fn draw(&self, request: &GenerateRequest) -> Result<TokenStream, EngineError> {
        let prompt = request.messages.first().map(|message| message.content.as_str());
        let size = request.sampling.size.to_string();
        let body = serde_json::json!({
            "model": request.model,
            "prompt": prompt,
            "n": 1,
            "size": size,
            "response_format": "b64_json",
        });
        let Images { data, usage } = self.answer("images/generations", &body).await?;
        let image = data.first().ok_or_else(|| EngineError::Interrupted("the server sent no image".into()))?;
        Ok(whole(&image.b64_json, finish(usage, &request.messages, 1)))
    }
}

struct Reader<B> {
    body: B,
    idle: Duration,
    parser: Option<SseParser>,
    events: VecDeque<String>,
    filter: StopFilter,
    chunks: u32,
    prompt_estimate: usize,
    reason: Option<FinishReason>,
    usage: Option<Usage>,
    /// Of tools, as far as they have come.
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
}

#[derive(Deserialize)]
struct ChunkChoice {
    /// Of a chat.
    #[serde(default)]
    delta: Delta,
    /// Of a text that is continued.
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

impl<B, D> Reader<B>
where
    B: Stream<Item = reqwest::Result<D>> + Send + Unpin + 'static,
    D: AsRef<[u8]> + Send + 'static,
{
    fn stream(self) -> impl Stream<Item = Result<Generated, EngineError>> + Send {
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
                if let Some(chunk) = self.event(&event)? {
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
                self.events.extend(parser.push(bytes.as_ref()).map_err(|error| interrupted(error.to_string()))?);
            }
            Ok(Some(Err(error))) => return Err(interrupted(error.without_url().to_string())),
            Ok(None) => {
                let rest = self.parser.take().map(SseParser::finish).transpose();
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
        let nonsense =
            |error: serde_json::Error| EngineError::Interrupted(format!("the server sent no chunk: {error}"));
        let value: serde_json::Value = serde_json::from_str(event).map_err(nonsense)?;
        if let Some(reason) = error_text(&value) {
            return Err(EngineError::Interrupted(reason));
        }
        let chunk: ChatChunk = serde_json::from_value(value).map_err(nonsense)?;
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
    fn addresses_with_and_without_the_version() {
        for (given, expected) in [
            ("http://h:1", "http://h:1/v1/"),
            ("http://h:1/v1", "http://h:1/v1/"),
            ("http://h/api/v1/?x=1", "http://h/api/v1/"),
            ("https://h/api/", "https://h/api/v1/"),
        ] {
            let url = given.parse().expect("an address");
            assert_eq!(base(&url).expect("a base").as_str(), expected);
        }
        assert!(base(&"ftp://h".parse().expect("an address")).is_err());
    }

    #[test]
    fn the_key_is_not_shown() {
        let mut config = OpenAiConfig::new("http://h".parse().expect("an address"));
        config.api_key = Some(ApiKey::new("sk-secret"));
        assert!(!format!("{config:?}").contains("sk-secret"));
    }

    #[test]
    fn what_servers_call_an_error() {
        let text = |json: &str| error_text(&serde_json::from_str(json).expect("json"));
        assert_eq!(text(r#"{"error":{"message":"no\u001b[2J"}}"#).as_deref(), Some("no\\u{1b}[2J"));
        assert_eq!(text(r#"{"error":"plain"}"#).as_deref(), Some("plain"));
        assert_eq!(text(r#"{"error":null,"choices":[]}"#), None);
    }
}
