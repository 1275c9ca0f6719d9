//! `/v1/chat/completions`: a task from an OpenAI request, its answer whole or as a stream.

use std::{convert::Infallible, sync::Arc, time::Duration};

use alloy::primitives::{B256, keccak256};
use axum::{
    Extension, Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use cuckoo_protocol::{
    Cai,
    price::Rate,
    task::{Fault, Idempotency, Outcome, State as TaskState, TaskId, TaskSpec},
};
use futures::{Stream, stream};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{error::ApiError, request, tasks};
use crate::{
    args::typed,
    clock,
    coordinator::{
        Shared,
        core::{Limits, Submitted, Update},
        keys::Caller,
    },
};

/// An SSE comment after this much silence keeps proxies from closing the stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Bytes of an `Idempotency-Key`.
const MAX_KEY: usize = 255;

/// The task's id and the receipt's hash in a response's head.
pub(super) const TASK_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-task");
pub(super) const RECEIPT_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-receipt");
/// 32 bytes of the application's choice that go into the draw of its task.
const SALT_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-salt");
/// The most that a task may cost, in CAI.
const MAX_PRICE_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-max-price");
/// What an answer did cost, such as `0.0069cai`.
const COST_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-cost");
const REQUEST_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// A request's body, or OpenAI's error shape for what went wrong with it.
pub(super) fn body(bytes: Result<Bytes, BytesRejection>) -> Result<Bytes, ApiError> {
    bytes.map_err(|rejection| {
        ApiError::new(rejection.status(), "invalid_request_error", "unreadable_body", rejection.body_text())
    })
}

/// Makes a task of a request and hands it to the core.
pub(super) fn submit(
    shared: &Shared,
    caller: &Caller,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(Submitted, request::ChatRequest), ApiError> {
    let request = request::parse(body, rand::random())?;
    let idempotency = match headers.get("idempotency-key") {
        None => None,
        Some(key) if key.is_empty() || key.len() > MAX_KEY => {
            let message = format!("an Idempotency-Key has 1 to {MAX_KEY} bytes");
            return Err(ApiError::invalid("invalid_value", message, "Idempotency-Key"));
        }
        Some(key) => {
            // Two callers may choose the same key.
            let whose = caller.key.as_deref().unwrap_or_default().as_bytes();
            let key = keccak256([keccak256(whose).as_slice(), key.as_bytes()].concat());
            Some(Idempotency { key, body: keccak256(body) })
        }
    };
    let now = clock::now();
    let timeout = request.timeout_seconds.map_or(shared.task_timeout, Duration::from_secs);
    let spec = TaskSpec {
        id: TaskId(B256::from(rand::random::<[u8; 32]>())),
        model: request.model.clone(),
        messages: request.messages.clone(),
        sampling: request.sampling.clone(),
        salt: B256::from(rand::random::<[u8; 32]>()),
        pick_salt: pick_salt(headers)?,
        accepted_at: now,
        deadline: now + timeout.as_millis() as u64,
        caller: caller.key.clone(),
        idempotency,
        // The coordinator's own, when it accepts.
        rate: Rate::default(),
    };
    let limits = Limits { max_price: max_price(headers)?, budget: caller.budget };
    let submitted = shared.core().submit(spec, limits, now)?;
    Ok((submitted, request))
}

/// The most that the application lets this task cost.
fn max_price(headers: &HeaderMap) -> Result<Option<u128>, ApiError> {
    let Some(value) = headers.get(MAX_PRICE_HEADER) else { return Ok(None) };
    let amount = value.to_str().ok().and_then(|text| text.parse::<Cai>().ok());
    let amount = amount.ok_or_else(|| {
        ApiError::invalid("invalid_value", "a price is an amount of CAI, such as 0.5", MAX_PRICE_HEADER.as_str())
    })?;
    Ok(Some(amount.base_units().saturating_to()))
}

/// The application's own part in the draw of its task, so that not even the coordinator can foresee it.
fn pick_salt(headers: &HeaderMap) -> Result<B256, ApiError> {
    let Some(value) = headers.get(SALT_HEADER) else { return Ok(B256::ZERO) };
    value
        .to_str()
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| ApiError::invalid("invalid_value", "a salt is 64 hex digits", SALT_HEADER.as_str()))
}

/// Leaving cancels the task, unless it has ended or somebody else waits too.
#[derive(Debug)]
struct Waiter {
    shared: Arc<Shared>,
    id: TaskId,
}

impl Waiter {
    fn new(shared: Arc<Shared>, id: TaskId) -> Self {
        shared.core().wait(&id);
        Self { shared, id }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.shared.core().leave(&self.id, clock::now());
    }
}

pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Response {
    let request_id = B256::from(rand::random::<[u8; 32]>());
    let mut response = match answer(shared, &caller, headers, bytes).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    };
    if let Ok(value) = HeaderValue::from_str(&format!("req_{:x}", request_id)[..28]) {
        response.headers_mut().insert(REQUEST_HEADER, value);
    }
    response
}

async fn answer(
    shared: Arc<Shared>,
    caller: &Caller,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let (submitted, request) = submit(&shared, caller, &headers, &body(bytes)?)?;
    let id = submitted.id;
    let updates = {
        let mut core = shared.core();
        let updates = core.follow(&id);
        if request.stream {
            core.show(&id);
        }
        updates
    };
    let waiter = Waiter::new(shared.clone(), id);
    let Some(mut updates) = updates else { return Err(ApiError::task_failed("it is not known any more")) };
    // Dispatched already; the first byte waits for the disk.
    submitted.mark.synced().await;
    let mut response = if request.stream {
        let stream = events(waiter, updates, request.model, request.include_usage);
        Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
    } else {
        while !matches!(updates.recv().await, Some(Update::Ended) | None) {}
        let outcome = outcome(&shared, &id)?;
        let mark = shared.core().mark();
        mark.synced().await;
        let mut response = Json(completion(&id, &request.model, &outcome)).into_response();
        let cost = shared.core().task(&id).map(|task| typed(tasks::cost(task, &outcome)));
        if let Some(cost) = cost.and_then(|cost| HeaderValue::from_str(&cost).ok()) {
            response.headers_mut().insert(COST_HEADER, cost);
        }
        if let Ok(hash) = HeaderValue::from_str(&outcome.receipt.hash().to_string()) {
            response.headers_mut().insert(RECEIPT_HEADER, hash);
        }
        response
    };
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(TASK_HEADER, value);
    }
    Ok(response)
}

/// The result of a task that has ended, or the error that its end means to an application.
pub(super) fn outcome(shared: &Shared, id: &TaskId) -> Result<Outcome, ApiError> {
    let core = shared.core();
    let Some(task) = core.task(id) else { return Err(ApiError::task_failed("it is not known any more")) };
    match &task.state {
        TaskState::Done { outcome, .. } => Ok((**outcome).clone()),
        TaskState::Failed { fault: Fault::Request, reason } => {
            Err(ApiError::invalid("invalid_request", reason.as_str(), "messages"))
        }
        TaskState::Failed { fault: Fault::Network, reason } => Err(ApiError::task_failed(reason)),
        TaskState::Expired => {
            let message = "the task did not end before its deadline";
            Err(ApiError::new(StatusCode::GATEWAY_TIMEOUT, "api_error", "deadline_exceeded", message))
        }
        TaskState::Cancelled => {
            Err(ApiError::new(StatusCode::CONFLICT, "api_error", "cancelled", "the task was cancelled"))
        }
        // The channel of updates was cut: this reader was too slow.
        _ => {
            Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "api_error", "too_slow", "the answer was not read in time"))
        }
    }
}

fn completion(id: &TaskId, model: &str, outcome: &Outcome) -> Value {
    json!({
        "id": format!("chatcmpl-{id}"),
        "object": "chat.completion",
        "created": clock::now_seconds(),
        "model": model,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": outcome.text, "refusal": null},
            "logprobs": null,
            "finish_reason": outcome.finish.as_str(),
        }],
        "usage": usage(outcome),
    })
}

pub(super) fn usage(outcome: &Outcome) -> Value {
    json!({
        "prompt_tokens": outcome.prompt_tokens,
        "completion_tokens": outcome.completion_tokens,
        "total_tokens": u64::from(outcome.prompt_tokens) + u64::from(outcome.completion_tokens),
    })
}

/// One event of a stream. It is written for every token, so it borrows and knows its shape.
#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: &'a [Choice<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Value>,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    delta: Delta<'a>,
    logprobs: (),
    finish_reason: Option<&'a str>,
}

#[derive(Default, Serialize)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
}

/// What all chunks of one stream have in common.
struct Head {
    id: String,
    created: u64,
    model: String,
}

impl Head {
    fn delta(&self, delta: Delta<'_>, finish_reason: Option<&str>) -> Event {
        self.event(&[Choice { index: 0, delta, logprobs: (), finish_reason }], None)
    }

    fn event(&self, choices: &[Choice<'_>], usage: Option<Value>) -> Event {
        let chunk = Chunk {
            id: &self.id,
            object: "chat.completion.chunk",
            created: self.created,
            model: &self.model,
            choices,
            usage,
        };
        data(&chunk)
    }
}

fn data(value: &impl Serialize) -> Event {
    // Only a map with keys that are not text, or a reader's own error, is not written; none of ours is that.
    Event::default().json_data(value).unwrap_or_default()
}

/// The stream of one answer. It ends with `[DONE]`, or with an error object and no `[DONE]`.
fn events(
    waiter: Waiter,
    updates: mpsc::Receiver<Update>,
    model: String,
    include_usage: bool,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let id = waiter.id;
    let head = Head { id: format!("chatcmpl-{id}"), created: clock::now_seconds(), model };
    let first = head.delta(Delta { role: Some("assistant"), content: Some("") }, None);
    let state = (Some(waiter), updates, head, vec![first]);
    stream::unfold(state, move |(waiter, mut updates, head, mut ready)| async move {
        if let Some(event) = ready.pop() {
            return Some((Ok(event), (waiter, updates, head, ready)));
        }
        // Gone once the last events are queued.
        let waiter = waiter?;
        let update = updates.recv().await;
        if let Some(Update::Text(text)) = update {
            let event = head.delta(Delta { content: Some(&text), ..Delta::default() }, None);
            return Some((Ok(event), (Some(waiter), updates, head, ready)));
        }
        // Last first: they are popped from the end.
        let ended = outcome(&waiter.shared, &id);
        match ended {
            Ok(outcome) => {
                let mark = waiter.shared.core().mark();
                mark.synced().await;
                ready.push(Event::default().data("[DONE]"));
                ready.push(Event::default().comment(format!("receipt {}", outcome.receipt.hash())));
                if include_usage {
                    ready.push(head.event(&[], Some(usage(&outcome))));
                }
                ready.push(head.delta(Delta::default(), Some(outcome.finish.as_str())));
            }
            Err(error) => ready.push(data(&error.body())),
        }
        let event = ready.pop()?;
        Some((Ok(event), (None, updates, head, ready)))
    })
}
