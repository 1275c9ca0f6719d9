//! A mock engine with OpenAI's chat API: tokens that cost nothing, at a settable pace.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, TcpListener},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use futures::stream;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Frame, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};
use tokio_util::task::TaskTracker;

/// The model's name everywhere.
pub(crate) const MODEL: &str = "mock";

type Answer = UnsyncBoxBody<Bytes, Infallible>;

/// How fast it answers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    /// From one token of a stream to the next.
    pub(crate) token: Duration,
    /// Each token says when it was sent.
    pub(crate) is_stamped: bool,
}

#[derive(Debug, Default)]
struct Counters {
    token_micros: AtomicU64,
    is_stamped: AtomicBool,
    open: AtomicU64,
}

pub(crate) struct Engine {
    pub(crate) port: u16,
    counters: Arc<Counters>,
}

#[derive(Deserialize)]
struct Asked {
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
        let shared = counters.clone();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(serve(listener, shared));
        });
        Self { port, counters }
    }

    pub(crate) fn set(&self, pace: Pace) {
        self.counters.token_micros.store(pace.token.as_micros() as u64, Relaxed);
        self.counters.is_stamped.store(pace.is_stamped, Relaxed);
    }

    /// Streams that are open now.
    pub(crate) fn open(&self) -> u64 {
        self.counters.open.load(Relaxed)
    }
}

/// Microseconds since some moment, the same one for engine and load.
pub(crate) fn clock() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_micros() as u64
}

async fn serve(listener: TcpListener, counters: Arc<Counters>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    let connections = TaskTracker::new();
    loop {
        let (stream, _) = listener.accept().await.expect("accepts");
        // Or every token waits for the acknowledgement of the one before it.
        stream.set_nodelay(true).expect("set");
        let counters = counters.clone();
        connections.spawn(async move {
            let answer = service_fn(move |request| respond(request, counters.clone()));
            // Who asks may leave in the middle of an answer.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

async fn respond(request: Request<Incoming>, counters: Arc<Counters>) -> Result<Response<Answer>, hyper::Error> {
    let whole = |value: Value| ("application/json", Full::from(value.to_string()).boxed_unsync());
    let (kind, body) = match (request.method(), request.uri().path()) {
        (&Method::POST, "/v1/chat/completions") => {
            let asked = request.into_body().collect().await?.to_bytes();
            let asked: Asked = serde_json::from_slice(&asked).expect("a chat");
            let tokens = asked.max_tokens.or(asked.max_completion_tokens).unwrap_or(32);
            if asked.stream { ("text/event-stream", events(tokens, counters)) } else { whole(answer(tokens)) }
        }
        (_, "/v1/models") => whole(
            json!({"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "mock"}]}),
        ),
        (_, "/get_model_info") => whole(json!({"model_path": MODEL, "is_generation": true})),
        (_, "/get_server_info") => whole(json!({"model_path": MODEL, "served_model_name": MODEL})),
        (_, "/health") => ("text/plain", Full::from("OK").boxed_unsync()),
        _ => {
            let mut response = Response::new(Answer::default());
            *response.status_mut() = StatusCode::NOT_FOUND;
            return Ok(response);
        }
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}

fn answer(tokens: u64) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": MODEL,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": "hello ".repeat(tokens as usize)},
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 12, "completion_tokens": tokens, "total_tokens": 12 + tokens},
    })
}

struct Open(Arc<Counters>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Relaxed);
    }
}

fn events(tokens: u64, counters: Arc<Counters>) -> Answer {
    let pace = Duration::from_micros(counters.token_micros.load(Relaxed));
    let is_stamped = counters.is_stamped.load(Relaxed);
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
            let stamp = if is_stamped { format!("@{:012} ", clock()) } else { String::new() };
            format!("{head}\"delta\":{{\"content\":\"{stamp}hello \"}},\"finish_reason\":null}}]}}\n\n")
        } else {
            format!("{head}\"delta\":{{}},\"finish_reason\":\"stop\"}}]}}\n\ndata: [DONE]\n\n")
        };
        Some((Ok(Frame::data(Bytes::from(event))), (number + 1, open)))
    });
    StreamBody::new(events).boxed_unsync()
}
