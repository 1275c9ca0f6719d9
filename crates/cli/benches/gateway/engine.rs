//! A mock engine with OpenAI's chat API: tokens that cost nothing, at a settable pace.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use futures::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

/// The model's name everywhere.
pub(crate) const MODEL: &str = "mock";

/// How fast it answers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    /// From one token of a stream to the next.
    pub(crate) token: Duration,
}

#[derive(Debug, Default)]
struct Counters {
    token_micros: AtomicU64,
    open: AtomicU64,
}

pub(crate) struct Engine {
    pub(crate) port: u16,
    counters: Arc<Counters>,
}

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    stream: bool,
    max_tokens: Option<u64>,
    max_completion_tokens: Option<u64>,
}

impl Engine {
    /// On a thread of its own, until the process ends.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.set_nonblocking(true).expect("set");
        let port = listener.local_addr().expect("bound").port();
        let counters = Arc::<Counters>::default();
        let router = Router::new()
            .route("/v1/chat/completions", post(chat))
            .route("/v1/models", get(models))
            .route("/get_model_info", get(async || Json(json!({"model_path": MODEL, "is_generation": true}))))
            .route("/get_server_info", get(async || Json(json!({"model_path": MODEL, "served_model_name": MODEL}))))
            .route("/health", get(async || "OK"))
            .with_state(counters.clone());
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                // Or every token waits for the acknowledgement of the one before it.
                let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("set"));
                axum::serve(listener, router).await.expect("serves");
            });
        });
        Self { port, counters }
    }

    pub(crate) fn set(&self, pace: Pace) {
        self.counters.token_micros.store(pace.token.as_micros() as u64, Relaxed);
    }

    /// Streams that are open now.
    pub(crate) fn open(&self) -> u64 {
        self.counters.open.load(Relaxed)
    }
}

async fn models() -> Json<Value> {
    Json(json!({"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "mock"}]}))
}

struct Open(Arc<Counters>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Relaxed);
    }
}

async fn chat(State(counters): State<Arc<Counters>>, Json(request): Json<Request>) -> Response {
    let tokens = request.max_tokens.or(request.max_completion_tokens).unwrap_or(32);
    if !request.stream {
        let answer = json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": MODEL,
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": "hello ".repeat(tokens as usize)},
                "finish_reason": "stop",
            }],
            "usage": {"prompt_tokens": 12, "completion_tokens": tokens, "total_tokens": 12 + tokens},
        });
        return Json(answer).into_response();
    }
    let pace = Duration::from_micros(counters.token_micros.load(Relaxed));
    counters.open.fetch_add(1, Relaxed);
    let (open, started) = (Open(counters), Instant::now());
    let events = stream::unfold((0, open), move |(number, open)| async move {
        if number > tokens {
            return None;
        }
        if number > 0 && !pace.is_zero() {
            sleep_until(started + pace * u32::try_from(number).unwrap_or(u32::MAX)).await;
        } else if number > 0 {
            tokio::task::yield_now().await;
        }
        let head = r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":0,"model":"mock","choices":[{"index":0,"#;
        let event = if number < tokens {
            format!("{head}\"delta\":{{\"content\":\"hello \"}},\"finish_reason\":null}}]}}\n\n")
        } else {
            format!("{head}\"delta\":{{}},\"finish_reason\":\"stop\"}}]}}\n\ndata: [DONE]\n\n")
        };
        Some((Ok::<_, Infallible>(Bytes::from(event)), (number + 1, open)))
    });
    ([("content-type", "text/event-stream")], Body::from_stream(events)).into_response()
}
