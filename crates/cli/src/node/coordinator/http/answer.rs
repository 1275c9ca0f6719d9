//! What OpenAI's API answers at once: tasks from a request, their answers whole or as a stream.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};

use alloy::primitives::{B256, keccak256};
use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use cuckoo_protocol::{
    Cai,
    price::Rate,
    task::{ChatMessage, Fault, Idempotency, Outcome, Sampling, Score, State as TaskState, TaskId, TaskSpec},
};
use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use super::{
    auth,
    error::ApiError,
    request::{self, Request},
    shape::{Head, data},
    tasks,
    tools::Held,
};
use crate::{
    host::clock,
    node::coordinator::{
        Shared,
        api_keys::Caller,
        core::{Limits, Submitted, Update},
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

/// Makes a task of every answer that a request asks for, and hands them to the core.
pub(super) fn submit(
    shared: &Shared,
    caller: &Caller,
    headers: &HeaderMap,
    body: &Bytes,
    request: &Request,
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
    let answers = request.prompts.iter().flat_map(|prompt| (0..request.n).map(move |answer| (prompt, answer)));
    let spec = |(number, (prompt, answer)): (u32, (&Vec<ChatMessage>, u32))| TaskSpec {
        id: TaskId(B256::from(rand::random::<[u8; 32]>())),
        model: request.model.clone(),
        messages: prompt.clone(),
        sampling: Sampling { seed: request.sampling.seed.wrapping_add(answer.into()), ..request.sampling.clone() },
        salt: B256::from(rand::random::<[u8; 32]>()),
        pick_salt,
        accepted_at: now,
        deadline: now + timeout.as_millis() as u64,
        caller: caller.key.clone(),
        idempotency: idempotency.map(|Idempotency { key, body }| Idempotency { key: nth(key, number), body }),
        // The coordinator's own, when it accepts.
        rate: Rate::default(),
        scored: request.logprobs,
        streamed: request.stream,
        audit: false,
    };
    let limits = Limits { max_price: max_price(headers)?, budget: caller.budget };
    auth::spend(caller, request)?;
    Ok(shared.core().submit((0..).zip(answers).map(spec).collect(), limits, now)?)
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

pub(super) async fn chat(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    named(answer(shared, &caller, headers, body, request::chat).await)
}

pub(super) async fn text(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    named(answer(shared, &caller, headers, body, request::text).await)
}

pub(super) async fn embeddings(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    named(answer(shared, &caller, headers, body, request::embeddings).await)
}

pub(super) async fn images(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    named(answer(shared, &caller, headers, body, request::images).await)
}

fn named(response: Result<Response, ApiError>) -> Response {
    let mut response = response.unwrap_or_else(IntoResponse::into_response);
    let id = B256::from(rand::random::<[u8; 32]>());
    insert(&mut response, REQUEST_HEADER, &format!("req_{id:x}")[..28]);
    response
}

async fn answer(
    shared: Arc<Shared>,
    caller: &Caller,
    headers: HeaderMap,
    body: Bytes,
    parse: fn(&[u8], u64) -> Result<Request, ApiError>,
) -> Result<Response, ApiError> {
    let request = parse(&body, rand::random())?;
    let submitted = submit(&shared, caller, &headers, &body, &request)?;
    let mut answers = vec![];
    for id in &submitted.ids {
        let updates = {
            let mut core = shared.core();
            if request.stream {
                let updates = core.follow(id);
                core.show(id);
                updates
            } else {
                core.end_of(id)
            }
        };
        let waiter = Waiter::new(shared.clone(), *id);
        let Some(updates) = updates else { return Err(ApiError::task_failed("it is not known any more")) };
        answers.push(Answer { waiter, updates });
    }
    // Dispatched already; the first byte waits for the disk.
    submitted.mark.synced().await;
    let Request { stream, include_usage, .. } = request;
    let head = Head::new(request, &submitted.ids);
    let mut response = if stream {
        Sse::new(events(answers, head, include_usage)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
    } else {
        whole(&shared, answers, &head).await?
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

async fn whole(shared: &Shared, answers: Vec<Answer>, head: &Head) -> Result<Response, ApiError> {
    let ids: Vec<_> = answers.iter().map(|answer| answer.waiter.id).collect();
    let mut outcomes = vec![];
    for mut answer in answers {
        answer.updates.recv().await;
        outcomes.push(outcome(shared, &answer.waiter.id)?);
    }
    let mark = shared.core().mark();
    mark.synced().await;
    let body = head.whole(&outcomes).map_err(|error| ApiError::task_failed(&error.to_string()))?;
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response();
    let costs: Vec<_> = {
        let core = shared.core();
        let cost = |(id, outcome)| core.task(id).map(|task| tasks::cost(task, outcome));
        ids.iter().zip(&outcomes).filter_map(cost).collect()
    };
    insert(&mut response, COST_HEADER, &costs.into_iter().sum::<Cai>().plain());
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

/// What comes of a task, in order: texts, and then its end.
enum Piece {
    Text(String, Vec<Score>),
    Ended(Box<Result<Outcome, ApiError>>),
}

fn pieces(index: usize, answer: Answer) -> impl Stream<Item = (usize, Piece)> {
    stream::unfold(Some(answer), move |answer| async move {
        // Nobody waits for the task any more once it has ended.
        let mut answer = answer?;
        if let Some(Update::Text(words)) = answer.updates.recv().await {
            let (text, scores) = *words;
            return Some(((index, Piece::Text(text, scores)), Some(answer)));
        }
        let ended = outcome(&answer.waiter.shared, &answer.waiter.id);
        let mark = answer.waiter.shared.core().mark();
        mark.synced().await;
        Some(((index, Piece::Ended(Box::new(ended))), None))
    })
}

/// The stream of a request's answers. It ends with `[DONE]`, or with an error object and no `[DONE]`.
fn events(answers: Vec<Answer>, head: Head, include_usage: bool) -> impl Stream<Item = Result<Event, Infallible>> {
    let count = answers.len();
    let ready: VecDeque<_> = (0..count).filter_map(|index| head.begin(index)).collect();
    let pieces = answers.into_iter().enumerate().map(|(index, answer)| Box::pin(pieces(index, answer)));
    let held = head.offered.iter().flat_map(|_| (0..count).map(|_| Held::default())).collect();
    let told = Told {
        pieces: stream::select_all(pieces),
        held,
        head,
        ready,
        offsets: vec![0; count],
        outcomes: BTreeMap::new(),
        include_usage,
    };
    stream::unfold(told, async |mut told| Some((Ok(told.next().await?), told)))
}

/// A stream as far as it was told.
struct Told<S> {
    pieces: S,
    head: Head,
    ready: VecDeque<Event>,
    /// Of every answer, where answers may be calls.
    held: Vec<Held>,
    /// Characters of every answer so far; counted only where tokens are shown with their places.
    offsets: Vec<usize>,
    outcomes: BTreeMap<usize, Outcome>,
    include_usage: bool,
}

impl<S: Stream<Item = (usize, Piece)> + Default + Unpin> Told<S> {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            match self.pieces.next().await? {
                (index, Piece::Text(text, scores)) => {
                    let told = match self.held.get_mut(index) {
                        Some(held) => held.push(text, scores),
                        None => Some((text, scores)),
                    };
                    let Some((text, scores)) = told else { continue };
                    let event = self.head.text(index, &text, &scores, self.offsets[index]);
                    if self.head.logprobs {
                        self.offsets[index] += text.chars().count();
                    }
                    return Some(event);
                }
                (index, Piece::Ended(ended)) => match *ended {
                    Ok(outcome) => {
                        let held = self.held.get_mut(index);
                        self.ready.extend(self.head.end(index, &outcome, held, self.offsets[index]));
                        self.outcomes.insert(index, outcome);
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
        if self.outcomes.len() < self.offsets.len() {
            return;
        }
        let outcomes: Vec<_> = std::mem::take(&mut self.outcomes).into_values().collect();
        if self.include_usage {
            self.ready.push_back(self.head.usage(&outcomes));
        }
        for outcome in outcomes {
            self.ready.push_back(Event::default().comment(format!("receipt {}", outcome.receipt.hash())));
        }
        self.ready.push_back(Event::default().data("[DONE]"));
    }
}
