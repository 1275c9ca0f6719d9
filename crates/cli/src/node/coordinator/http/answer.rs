//! The requests that OpenAI's API answers at once: waits for their tasks, and sends the answers whole or as a stream.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};

use alloy::primitives::B256;
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
    coordinator::Words,
    message::Domain,
    task::{Fault, Outcome, State as TaskState, Task, TaskId},
};
use futures::{Stream, StreamExt, stream};

use super::{
    calls::Held,
    error::ApiError,
    request::{self, Request},
    response::{Head, data},
    submit::{Submission, read_submission},
    usage,
};
use crate::{
    host::clock,
    node::coordinator::{
        Shared,
        api_keys::Caller,
        handle::Waiter,
        stream::{Reading, Update},
    },
};

/// An SSE comment after this much silence keeps proxies from closing the stream.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The ids of a request's tasks.
pub(super) const TASK_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-task");
/// The hashes of the receipts, one for each task.
pub(super) const RECEIPT_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-receipt");
/// What an answer cost, such as `0.0069cai`.
pub(super) const COST_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-cost");
/// A random id that names the request in a report.
const REQUEST_HEADER: HeaderName = HeaderName::from_static("x-request-id");

pub(super) async fn chat(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    with_id(answer(shared, &caller, headers, body, request::chat::read).await)
}

pub(super) async fn text(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    with_id(answer(shared, &caller, headers, body, request::text::read).await)
}

pub(super) async fn embeddings(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    with_id(answer(shared, &caller, headers, body, request::embeddings::read).await)
}

pub(super) async fn images(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    with_id(answer(shared, &caller, headers, body, request::images::read).await)
}

/// Gives every response, also an error, an id of its own.
fn with_id(response: Result<Response, ApiError>) -> Response {
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
    let Submission { specs, limits } = read_submission(&shared, caller, &headers, &body, &request)?;
    let Request { stream, include_usage, .. } = request;
    if !stream {
        let tasks = shared.handle.answers(specs, limits).await?;
        return answer_whole(&shared.domain, &tasks, request);
    }
    let (waiter, readings) = shared.handle.streams(specs, limits).await?;
    let ids: Vec<_> = readings.iter().map(|(id, _)| *id).collect();
    let head = Head::new(request, &ids, clock::now_seconds());
    let events = stream_answers(waiter, readings, head, include_usage);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    insert(&mut response, TASK_HEADER, &join(&ids));
    Ok(response)
}

/// Sets a header of a response.
pub(super) fn insert(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Several values in one header.
fn join(values: &[impl ToString]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The answers of tasks that have ended as one document.
fn answer_whole(domain: &Domain, tasks: &[Arc<Task>], request: Request) -> Result<Response, ApiError> {
    let outcomes = tasks.iter().map(|task| read_outcome(task)).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<_> = tasks.iter().map(|task| task.spec.id).collect();
    let created = tasks.first().map_or(0, |task| task.spec.accepted_at / 1000);
    let head = Head::new(request, &ids, created);
    let body = head.whole(&outcomes).map_err(|error| ApiError::task_failed(&error.to_string()))?;
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response();
    let cost: Cai = tasks.iter().zip(&outcomes).map(|(task, outcome)| usage::cost(task, outcome)).sum();
    insert(&mut response, COST_HEADER, &cost.plain());
    let receipts: Vec<_> = outcomes.iter().map(|outcome| domain.digest(&outcome.receipt.receipt)).collect();
    insert(&mut response, RECEIPT_HEADER, &join(&receipts));
    insert(&mut response, TASK_HEADER, &join(&ids));
    Ok(response)
}

/// The result of a task that has ended, or the error that its end means to an application.
pub(super) fn read_outcome(task: &Task) -> Result<Arc<Outcome>, ApiError> {
    match &task.state {
        TaskState::Done { outcome, .. } => Ok(outcome.clone()),
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
        TaskState::Queued | TaskState::Leased { .. } | TaskState::Running { .. } => {
            Err(ApiError::task_failed("it has not ended"))
        }
    }
}

/// A piece of a task's answer: first come texts, then its end.
enum Piece {
    Text(Words),
    Ended(Result<Arc<Outcome>, ApiError>),
}

fn read_pieces(index: usize, reading: Reading) -> impl Stream<Item = (usize, Piece)> {
    stream::unfold(Some(reading), move |reading| async move {
        let mut reading = reading?;
        let ended = match reading.next().await {
            Update::Text(words) => return Some(((index, Piece::Text(words)), Some(reading))),
            Update::Ended(task) => read_outcome(&task),
            Update::Cut => Err(ApiError::too_slow()),
        };
        Some(((index, Piece::Ended(ended)), None))
    })
}

/// The stream of a request's answers. It ends with `[DONE]`, or with an error object and no `[DONE]`.
fn stream_answers(
    waiter: Waiter,
    readings: Vec<(TaskId, Reading)>,
    head: Head,
    include_usage: bool,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let count = readings.len();
    let ready: VecDeque<_> = (0..count).filter_map(|index| head.begin(index)).collect();
    let pieces = readings.into_iter().enumerate().map(|(index, (_, reading))| Box::pin(read_pieces(index, reading)));
    let held = head.offered.iter().flat_map(|_| (0..count).map(|_| Held::default())).collect();
    let state = StreamState {
        waiter: Some(waiter),
        pieces: stream::select_all(pieces),
        held,
        head,
        ready,
        offsets: vec![0; count],
        outcomes: BTreeMap::new(),
        include_usage,
    };
    stream::unfold(state, async |mut state| Some((Ok(state.next().await?), state)))
}

/// A stream of answers, and how much of it was sent.
struct StreamState<S> {
    /// Who waits for the tasks, until they have ended or one of them has failed.
    waiter: Option<Waiter>,
    pieces: S,
    head: Head,
    /// Events that can be sent at once.
    ready: VecDeque<Event>,
    /// The text of every answer that is held back; empty where answers cannot be calls.
    held: Vec<Held>,
    /// The characters of every answer so far; counted only where tokens are shown with their offsets.
    offsets: Vec<usize>,
    outcomes: BTreeMap<usize, Arc<Outcome>>,
    include_usage: bool,
}

impl<S: Stream<Item = (usize, Piece)> + Default + Unpin> StreamState<S> {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            match self.pieces.next().await? {
                (index, Piece::Text(Words(text, scores))) => {
                    let ready = match self.held.get_mut(index) {
                        Some(held) => held.push(text, scores),
                        None => Some((text, scores)),
                    };
                    let Some((text, scores)) = ready else { continue };
                    let event = self.head.text(index, &text, &scores, self.offsets[index]);
                    if self.head.logprobs {
                        self.offsets[index] += text.chars().count();
                    }
                    return Some(event);
                }
                (index, Piece::Ended(ended)) => match ended {
                    Ok(outcome) => {
                        let held = self.held.get_mut(index);
                        self.ready.extend(self.head.end(index, &outcome, held, self.offsets[index]));
                        self.outcomes.insert(index, outcome);
                        self.finish();
                    }
                    Err(error) => {
                        self.ready.push_back(data(&error.body()));
                        self.pieces = S::default();
                        // The tasks of the other answers are taken back.
                        self.waiter = None;
                    }
                },
            }
        }
    }

    /// Adds what comes after the last answer, once all have ended.
    fn finish(&mut self) {
        if self.outcomes.len() < self.offsets.len() {
            return;
        }
        if let Some(mut waiter) = self.waiter.take() {
            waiter.finish();
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
