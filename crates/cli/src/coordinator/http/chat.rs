//! `/v1/chat/completions`: a task from an OpenAI request, its answer whole or as a stream.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

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
    task::{Fault, Idempotency, Outcome, Sampling, Score, State as TaskState, TaskId, TaskSpec},
};
use futures::{Stream, StreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    error::ApiError,
    request::{self, ChatRequest},
    tasks,
};
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

/// Makes a task of every answer that a request asks for, and hands them to the core.
pub(super) fn submit(
    shared: &Shared,
    caller: &Caller,
    headers: &HeaderMap,
    body: &Bytes,
    request: &ChatRequest,
) -> Result<Submitted, ApiError> {
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
    let pick_salt = pick_salt(headers)?;
    let spec = |number: u32| TaskSpec {
        id: TaskId(B256::from(rand::random::<[u8; 32]>())),
        model: request.model.clone(),
        messages: request.messages.clone(),
        sampling: Sampling { seed: request.sampling.seed.wrapping_add(number.into()), ..request.sampling.clone() },
        salt: B256::from(rand::random::<[u8; 32]>()),
        pick_salt,
        accepted_at: now,
        deadline: now + timeout.as_millis() as u64,
        caller: caller.key.clone(),
        idempotency: idempotency.map(|Idempotency { key, body }| Idempotency { key: nth(key, number), body }),
        // The coordinator's own, when it accepts.
        rate: Rate::default(),
        scored: request.logprobs,
    };
    let limits = Limits { max_price: max_price(headers)?, budget: caller.budget };
    Ok(shared.core().submit((0..request.n).map(spec).collect(), limits, now)?)
}

/// The idempotency key of one of the tasks of a request.
fn nth(key: B256, number: u32) -> B256 {
    if number == 0 { key } else { keccak256([key.as_slice(), &number.to_be_bytes()].concat()) }
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
    let body = body(bytes)?;
    let request = request::parse(&body, rand::random())?;
    let submitted = submit(&shared, caller, &headers, &body, &request)?;
    let mut answers = vec![];
    for id in &submitted.ids {
        let updates = {
            let mut core = shared.core();
            let updates = core.follow(id);
            if request.stream {
                core.show(id);
            }
            updates
        };
        let waiter = Waiter::new(shared.clone(), *id);
        let Some(updates) = updates else { return Err(ApiError::task_failed("it is not known any more")) };
        answers.push(Answer { waiter, updates });
    }
    // Dispatched already; the first byte waits for the disk.
    submitted.mark.synced().await;
    let mut response = if request.stream {
        let stream = events(answers, request);
        Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
    } else {
        whole(&shared, answers, &request).await?
    };
    insert(&mut response, TASK_HEADER, &list(&submitted.ids));
    Ok(response)
}

/// One of the tasks of a request, and what comes of it.
struct Answer {
    waiter: Waiter,
    updates: mpsc::Receiver<Update>,
}

fn insert(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// As a header has several values.
fn list(values: &[impl ToString]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

async fn whole(shared: &Shared, answers: Vec<Answer>, request: &ChatRequest) -> Result<Response, ApiError> {
    let ids: Vec<_> = answers.iter().map(|answer| answer.waiter.id).collect();
    let mut outcomes = vec![];
    for mut answer in answers {
        while !matches!(answer.updates.recv().await, Some(Update::Ended) | None) {}
        outcomes.push(outcome(shared, &answer.waiter.id)?);
    }
    let mark = shared.core().mark();
    mark.synced().await;
    let mut response = Json(completion(&ids, request, &outcomes)).into_response();
    let costs: Vec<_> = {
        let core = shared.core();
        let cost = |(id, outcome)| core.task(id).map(|task| tasks::cost(task, outcome));
        ids.iter().zip(&outcomes).filter_map(cost).collect()
    };
    insert(&mut response, COST_HEADER, &typed(costs.into_iter().sum::<Cai>()));
    let receipts: Vec<_> = outcomes.iter().map(|outcome| outcome.receipt.hash()).collect();
    insert(&mut response, RECEIPT_HEADER, &list(&receipts));
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

/// Named by the first of its tasks.
fn name(ids: &[TaskId]) -> String {
    format!("chatcmpl-{}", ids.first().map(TaskId::to_string).unwrap_or_default())
}

fn completion(ids: &[TaskId], request: &ChatRequest, outcomes: &[Outcome]) -> Value {
    let choice = |(index, outcome): (usize, &Outcome)| {
        json!({
            "index": index,
            "message": {"role": "assistant", "content": outcome.text, "refusal": null},
            "logprobs": request.logprobs.then(|| Logprobs::new(&outcome.text, &outcome.scores)).flatten(),
            "finish_reason": outcome.finish.as_str(),
        })
    };
    json!({
        "id": name(ids),
        "object": "chat.completion",
        "created": clock::now_seconds(),
        "model": request.model,
        "choices": outcomes.iter().enumerate().map(choice).collect::<Vec<_>>(),
        "usage": usage(outcomes),
    })
}

/// Tokens of the prompt, once, and of all its answers.
pub(super) fn usage(outcomes: &[Outcome]) -> Value {
    let prompt = outcomes.iter().map(|outcome| u64::from(outcome.prompt_tokens)).max().unwrap_or(0);
    let completion = outcomes.iter().map(|outcome| u64::from(outcome.completion_tokens)).sum::<u64>();
    json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion})
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
    index: usize,
    delta: Delta<'a>,
    logprobs: Option<Logprobs<'a>>,
    finish_reason: Option<&'a str>,
}

/// Tokens with their probabilities, in OpenAI's shape.
#[derive(Serialize)]
struct Logprobs<'a> {
    content: Vec<Logprob<'a>>,
    refusal: (),
}

#[derive(Serialize)]
struct Logprob<'a> {
    token: &'a str,
    bytes: &'a [u8],
    logprob: f64,
    top_logprobs: [(); 0],
}

impl<'a> Logprobs<'a> {
    /// None where the engine does not know them.
    fn new(text: &'a str, scores: &[Score]) -> Option<Self> {
        let mut start = 0;
        let logprob = |score: &Score| {
            let end = start + score.length as usize;
            let token = text.get(start..end)?;
            start = end;
            Some(Logprob { token, bytes: token.as_bytes(), logprob: score.log_probability().into(), top_logprobs: [] })
        };
        let content: Vec<_> = scores.iter().map(logprob).collect::<Option<_>>()?;
        (!content.is_empty() || text.is_empty()).then_some(Self { content, refusal: () })
    }
}

#[derive(Clone, Copy, Default, Serialize)]
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
    fn delta(&self, index: usize, delta: Delta<'_>, finish_reason: Option<&str>) -> Event {
        self.event(&[Choice { index, delta, logprobs: None, finish_reason }], None)
    }

    fn text(&self, index: usize, text: &str, scores: Option<&[Score]>) -> Event {
        let logprobs = scores.and_then(|scores| Logprobs::new(text, scores));
        let delta = Delta { content: Some(text), ..Delta::default() };
        self.event(&[Choice { index, delta, logprobs, finish_reason: None }], None)
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

/// What comes of a task, in order: texts, and then its end.
enum Piece {
    Text(String, Vec<Score>),
    Ended(Box<Result<Outcome, ApiError>>),
}

fn pieces(index: usize, answer: Answer) -> impl Stream<Item = (usize, Piece)> {
    stream::unfold(Some(answer), move |answer| async move {
        // Nobody waits for the task any more once it has ended.
        let mut answer = answer?;
        if let Some(Update::Text(text, scores)) = answer.updates.recv().await {
            return Some(((index, Piece::Text(text, scores)), Some(answer)));
        }
        let ended = outcome(&answer.waiter.shared, &answer.waiter.id);
        let mark = answer.waiter.shared.core().mark();
        mark.synced().await;
        Some(((index, Piece::Ended(Box::new(ended))), None))
    })
}

/// The stream of a request's answers. It ends with `[DONE]`, or with an error object and no `[DONE]`.
fn events(answers: Vec<Answer>, request: ChatRequest) -> impl Stream<Item = Result<Event, Infallible>> {
    let ChatRequest { model, include_usage, logprobs, .. } = request;
    let ids: Vec<_> = answers.iter().map(|answer| answer.waiter.id).collect();
    let head = Head { id: name(&ids), created: clock::now_seconds(), model };
    let first = Delta { role: Some("assistant"), content: Some("") };
    let ready: VecDeque<_> = (0..ids.len()).map(|index| head.delta(index, first, None)).collect();
    let pieces = answers.into_iter().enumerate().map(|(index, answer)| Box::pin(pieces(index, answer)));
    let told = Told {
        pieces: stream::select_all(pieces),
        head,
        ready,
        outcomes: vec![None; ids.len()],
        include_usage,
        logprobs,
    };
    stream::unfold(told, async |mut told| Some((Ok(told.next().await?), told)))
}

/// A stream as far as it was told.
struct Told<S> {
    pieces: S,
    head: Head,
    ready: VecDeque<Event>,
    outcomes: Vec<Option<Outcome>>,
    include_usage: bool,
    logprobs: bool,
}

impl<S: Stream<Item = (usize, Piece)> + Default + Unpin> Told<S> {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            match self.pieces.next().await? {
                (index, Piece::Text(text, scores)) => {
                    return Some(self.head.text(index, &text, self.logprobs.then_some(&scores)));
                }
                (index, Piece::Ended(ended)) => match *ended {
                    Ok(outcome) => {
                        let finish = Some(outcome.finish.as_str());
                        self.ready.push_back(self.head.delta(index, Delta::default(), finish));
                        self.outcomes[index] = Some(outcome);
                        self.finish();
                    }
                    Err(error) => {
                        self.ready.push_back(data(&error.body()));
                        // The other answers are taken back.
                        self.pieces = S::default();
                    }
                },
            }
        }
    }

    /// What comes after the last answer.
    fn finish(&mut self) {
        let Some(outcomes) = self.outcomes.iter().cloned().collect::<Option<Vec<_>>>() else { return };
        if self.include_usage {
            self.ready.push_back(self.head.event(&[], Some(usage(&outcomes))));
        }
        for outcome in outcomes {
            self.ready.push_back(Event::default().comment(format!("receipt {}", outcome.receipt.hash())));
        }
        self.ready.push_back(Event::default().data("[DONE]"));
    }
}
