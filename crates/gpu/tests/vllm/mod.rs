//! A server that behaves as vLLM with our plugin does (`crates/gpu/plugins/vllm`), with logits that are made up of the tokens before.

use std::{
    collections::HashMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use cuckoo_protocol::task::{
    Bias, Micros, Sampling, SignedMicros,
    sampler::{self, History, Softmax, mix},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// Tokens of the model.
const VOCABULARY: u32 = 320;
/// The token that ends answers, whose text is `<|im_end|>`.
const END_OF_ANSWER: u32 = 2;
/// What ends a report.
const END: u32 = 255;
/// Tokens of prompt and answer together.
pub(crate) const CONTEXT: u32 = 2_048;

/// What the server is and does.
pub(crate) struct Model {
    /// The name that it is listed by.
    pub(crate) name: String,
    /// The directory that it is said to have been loaded from.
    pub(crate) root: Option<PathBuf>,
    /// Other weights, other logits.
    pub(crate) weights: AtomicU64,
    /// Added to the seeds of what it is asked to generate, and not to what it examines.
    pub(crate) seed: AtomicU64,
    /// The plugin is loaded.
    pub(crate) plugin: AtomicBool,
    /// Milliseconds for each token.
    pub(crate) pace: AtomicU64,
    /// Requests whose connections broke.
    pub(crate) left: AtomicU64,
    vocabulary: HashMap<String, u32>,
}

impl Model {
    /// With the tokeniser in a directory, see `tiny`.
    pub(crate) fn of(directory: &Path, name: &str) -> Self {
        let tokenizer = fs::read(directory.join("tokenizer.json")).expect("a tokeniser");
        let tokenizer: Value = serde_json::from_slice(&tokenizer).expect("JSON");
        let vocabulary = tokenizer["model"]["vocab"].as_object().expect("a vocabulary").iter();
        let id = |(text, id): (&String, &Value)| (text.clone(), id.as_u64().expect("a number") as u32);
        Self {
            name: name.into(),
            root: Some(directory.to_owned()),
            weights: AtomicU64::new(1),
            seed: AtomicU64::new(0),
            plugin: AtomicBool::new(true),
            pace: AtomicU64::new(0),
            left: AtomicU64::new(0),
            vocabulary: vocabulary.map(id).collect(),
        }
    }

    /// A text's tokens: special ones by their names, and one for each byte of the rest.
    fn tokenise(&self, mut text: &str) -> Vec<u32> {
        let shown = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
        let character = |byte: u8| match shown(byte) {
            true => char::from(byte),
            false => {
                char::from_u32(0x100 + (0..byte).filter(|byte| !shown(*byte)).count() as u32).expect("a character")
            }
        };
        let mut ids = vec![];
        while let Some(first) = text.chars().next() {
            let special =
                ["<|endoftext|>", "<|im_start|>", "<|im_end|>"].into_iter().find(|name| text.starts_with(name));
            let piece = special.unwrap_or(&text[..first.len_utf8()]);
            match special {
                Some(name) => ids.push(self.vocabulary[name]),
                None => ids.extend(piece.bytes().map(|byte| self.vocabulary[&character(byte).to_string()])),
            }
            text = &text[piece.len()..];
        }
        ids
    }

    fn logits(&self, context: &[u32]) -> Vec<f32> {
        let weights = self.weights.load(Ordering::Relaxed);
        let last = context.iter().rev().take(3).fold(weights, |hash, id| mix(hash ^ u64::from(*id)));
        let logit = |id: u32| (mix(last ^ u64::from(id)) % 1_601) as f32 / 200.0 - 4.0;
        // What begins turns is not said, and answers end at times.
        (0..VOCABULARY).map(|id| if (END_OF_ANSWER..=258).contains(&id) { logit(id) } else { -30.0 }).collect()
    }

    /// The ids that a request is answered with, each with its probability and what is likely in its place.
    fn answer(&self, body: &Value) -> Vec<(u32, f32, Value)> {
        let ids = |value: &Value| -> Vec<u32> { serde_json::from_value(value.clone()).unwrap_or_default() };
        let (mut context, stops) = (ids(&body["prompt"]), ids(&body["stop_token_ids"]));
        let own: Value =
            body["vllm_xargs"]["cuckoo"].as_str().map_or(Value::Null, |own| serde_json::from_str(own).expect("JSON"));
        let own = if self.plugin.load(Ordering::Relaxed) { own } else { Value::Null };
        let most = body["max_tokens"].as_u64().expect("a number") as usize;
        let mut sampling = parameters(&own);
        let (answered, claimed) = (own["answered"].as_u64().unwrap_or(0) as usize, ids(&own["claimed"]));
        if claimed.is_empty() {
            sampling.seed = sampling.seed.wrapping_add(self.seed.load(Ordering::Relaxed));
        }
        let (prompt, before) = context.split_at(context.len() - answered);
        let mut history = History::of(&sampling, prompt, before);
        let (mut given, mut report) = (vec![], vec![]);
        let hello = json!({"plugin": 1, "rules": sampler::RULES, "class": "cpu-f32", "quantised": null}).to_string();
        while given.len() < most {
            let logits = self.logits(&context);
            let softmax = Softmax::of(&logits);
            let place = given.len();
            let id = match claimed.get(place) {
                _ if own["hello"] == json!(true) => hello.as_bytes().get(place).map_or(END, |byte| u32::from(*byte)),
                Some(id) => {
                    let found = sampler::examine(&logits, &sampling, &history, *id).expect("a token");
                    if found.shortfall > 0.0 {
                        report.push(place as u32);
                        report.extend(found.shortfall.to_le_bytes().map(u32::from));
                    }
                    *id
                }
                None if claimed.is_empty() => softmax.choose(&sampling, &history).expect("a choice").id,
                None => report.get(place - claimed.len()).copied().unwrap_or(END),
            };
            history.push(id);
            context.push(id);
            let likely = softmax.likeliest(body["logprobs"].as_u64().unwrap_or(0) as usize);
            let likely = likely.iter().map(|choice| (format!("token_id:{}", choice.id), choice.log_probability.into()));
            given.push((id, softmax.log_probability(id as usize).expect("a token"), Value::Object(likely.collect())));
            if stops.contains(&id) {
                break;
            }
        }
        given
    }
}

fn parameters(own: &Value) -> Sampling {
    let number = |name: &str| own[name].as_u64().unwrap_or(0) as u32;
    let signed = |value: &Value| SignedMicros(value.as_i64().unwrap_or(0) as i32);
    let bias = |pair: &Value| Bias { id: pair[0].as_u64().expect("an id") as u32, logits: signed(&pair[1]) };
    Sampling {
        seed: own["seed"].as_u64().unwrap_or(0),
        temperature: Micros(number("temperature")),
        top_p: Micros(own["top_p"].as_u64().unwrap_or(1_000_000) as u32),
        top_k: number("top_k"),
        min_p: Micros(number("min_p")),
        frequency_penalty: signed(&own["frequency_penalty"]),
        presence_penalty: signed(&own["presence_penalty"]),
        repetition_penalty: Micros(own["repetition_penalty"].as_u64().unwrap_or(1_000_000) as u32),
        logit_bias: own["logit_bias"].as_array().into_iter().flatten().map(bias).collect(),
        ..Sampling::default()
    }
}

/// The server; it ends with this.
pub(crate) struct Vllm {
    pub(crate) address: SocketAddr,
    pub(crate) model: Arc<Model>,
    _task: JoinSet<()>,
}

impl Vllm {
    pub(crate) async fn start(model: Model) -> Self {
        Self::start_at("127.0.0.1:0".parse().expect("an address"), model).await
    }

    /// At an address at which an earlier one has ended.
    pub(crate) async fn start_at(address: SocketAddr, model: Model) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let (address, model) = (listener.local_addr().expect("an address"), Arc::new(model));
        let mut task = JoinSet::new();
        let served = Arc::clone(&model);
        task.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                connections.spawn(serve(socket, Arc::clone(&served)));
            }
        });
        Self { address, model, _task: task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn serve(mut socket: TcpStream, model: Arc<Model>) {
    let mut received = Vec::new();
    let (head, body) = loop {
        let mut buffer = [0; 65_536];
        let count = socket.read(&mut buffer).await.unwrap_or(0);
        if count == 0 {
            return;
        }
        received.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&received).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break (head.to_owned(), body.to_owned());
        }
    };
    let path = head.split(' ').nth(1).expect("a path").to_owned();
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let told = match path.as_str() {
        "/v1/models" => {
            json!({"object": "list", "data": [{"id": model.name, "root": model.root, "max_model_len": CONTEXT}]})
        }
        "/tokenize" => {
            let text = body["prompt"].as_str().map_or_else(|| rendered(&body["messages"]), str::to_owned);
            let tokens = model.tokenise(&text);
            json!({"count": tokens.len(), "max_model_len": CONTEXT, "tokens": tokens, "token_strs": null})
        }
        _ => return stream(socket, &model, &body).await,
    };
    let told = told.to_string();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", told.len());
    let _ = socket.write_all((head + &told).as_bytes()).await;
}

/// A chat as the tiny models' template has it.
fn rendered(messages: &Value) -> String {
    let messages = messages.as_array().expect("messages").iter();
    let text = |text: &Value| text.as_str().unwrap_or_default().to_owned();
    let turn =
        |message: &Value| format!("<|im_start|>{}\n{}<|im_end|>\n", text(&message["role"]), text(&message["content"]));
    messages.map(turn).collect::<String>() + "<|im_start|>assistant\n"
}

async fn stream(mut socket: TcpStream, model: &Model, body: &Value) {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    let _ = socket.write_all(head.as_bytes()).await;
    let given = model.answer(body);
    let count = given.len();
    for (place, (id, log_probability, likely)) in given.into_iter().enumerate() {
        let finish = (place + 1 == count).then(|| if place + 1 == body["max_tokens"] { "length" } else { "stop" });
        let logprobs = json!({"token_logprobs": [log_probability], "top_logprobs": [likely]});
        let choice = json!({"index": 0, "text": "", "token_ids": [id], "logprobs": logprobs, "finish_reason": finish});
        let event = format!("data: {}\n\n", json!({"choices": [choice]}));
        tokio::time::sleep(Duration::from_millis(model.pace.load(Ordering::Relaxed))).await;
        if socket.write_all(event.as_bytes()).await.is_err() {
            model.left.fetch_add(1, Ordering::Relaxed);
            return;
        }
    }
    let _ = socket.write_all(b"data: [DONE]\n\n").await;
}
