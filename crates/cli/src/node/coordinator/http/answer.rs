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
    task::{Fault, Outcome, Score, State as TaskState, TaskId},
};
use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use super::{
    calls::Held,
    error::ApiError,
    request::{self, Request},
    response::{Head, data},
    submit::submit,
    usage,
};
use crate::{
    host::clock,
    node::coordinator::{Shared, api_keys::Caller, core::Update},
};

/// An SSE comment after this much silence keeps proxies from closing the stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The reason that is given for a task that was removed before its answer was sent.
const FORGOTTEN: &str = "the coordinator does not know it any more";

/// The ids of a request's tasks.
const TASK_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-task");
/// The hashes of the receipts, one for each task.
const RECEIPT_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-receipt");
/// What an answer cost, such as `0.0069cai`.
const COST_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-cost");
/// A random id that names the request in a report.
const REQUEST_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Somebody who waits for a task. Dropping the last waiter cancels the task unless it has ended.
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
        let Some(updates) = updates else { return Err(ApiError::task_failed(FORGOTTEN)) };
        answers.push(Answer { waiter, updates });
    }
    // The tasks were dispatched already; the first byte waits until they are on disk.
    submitted.mark.synced().await;
    let Request { stream, include_usage, .. } = request;
    let head = Head::new(request, &submitted.ids);
    let mut response = if stream {
        Sse::new(stream_answers(answers, head, include_usage))
            .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
            .into_response()
    } else {
        answer_whole(&shared, answers, &head).await?
    };
    insert(&mut response, TASK_HEADER, &join(&submitted.ids));
    Ok(response)
}

/// A task of a request, and the channel of its updates.
struct Answer {
    waiter: Waiter,
    updates: mpsc::Receiver<Update>,
}

fn insert(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Several values in one header.
fn join(values: &[impl ToString]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Waits for all answers, and sends them as one document.
async fn answer_whole(shared: &Shared, answers: Vec<Answer>, head: &Head) -> Result<Response, ApiError> {
    let ids: Vec<_> = answers.iter().map(|answer| answer.waiter.id).collect();
    let mut outcomes = vec![];
    for mut answer in answers {
        answer.updates.recv().await;
        outcomes.push(read_outcome(shared, &answer.waiter.id)?);
    }
    let mark = shared.core().mark();
    mark.synced().await;
    let body = head.whole(&outcomes).map_err(|error| ApiError::task_failed(&error.to_string()))?;
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response();
    let costs: Vec<_> = {
        let core = shared.core();
        let cost = |(id, outcome)| core.task(id).map(|task| usage::cost(task, outcome));
        ids.iter().zip(&outcomes).filter_map(cost).collect()
    };
    insert(&mut response, COST_HEADER, &costs.into_iter().sum::<Cai>().plain());
    let receipts: Vec<_> = outcomes.iter().map(|outcome| outcome.receipt.hash()).collect();
    insert(&mut response, RECEIPT_HEADER, &join(&receipts));
    Ok(response)
}

/// The result of a task that has ended, or the error that its end means to an application.
fn read_outcome(shared: &Shared, id: &TaskId) -> Result<Outcome, ApiError> {
    let core = shared.core();
    let Some(task) = core.task(id) else { return Err(ApiError::task_failed(FORGOTTEN)) };
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
        // The channel of updates was closed because this reader was too slow.
        _ => {
            Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "api_error", "too_slow", "the answer was not read in time"))
        }
    }
}

/// A piece of a task's answer: first come texts, then its end.
enum Piece {
    Text(String, Vec<Score>),
    Ended(Box<Result<Outcome, ApiError>>),
}

fn read_pieces(index: usize, answer: Answer) -> impl Stream<Item = (usize, Piece)> {
    stream::unfold(Some(answer), move |answer| async move {
        // The answer, and with it the waiter, is dropped once the task has ended.
        let mut answer = answer?;
        if let Some(Update::Text(words)) = answer.updates.recv().await {
            let (text, scores) = *words;
            return Some(((index, Piece::Text(text, scores)), Some(answer)));
        }
        let ended = read_outcome(&answer.waiter.shared, &answer.waiter.id);
        let mark = answer.waiter.shared.core().mark();
        mark.synced().await;
        Some(((index, Piece::Ended(Box::new(ended))), None))
    })
}

/// The stream of a request's answers. It ends with `[DONE]`, or with an error object and no `[DONE]`.
fn stream_answers(
    answers: Vec<Answer>,
    head: Head,
    include_usage: bool,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let count = answers.len();
    let ready: VecDeque<_> = (0..count).filter_map(|index| head.begin(index)).collect();
    let pieces = answers.into_iter().enumerate().map(|(index, answer)| Box::pin(read_pieces(index, answer)));
    let held = head.offered.iter().flat_map(|_| (0..count).map(|_| Held::default())).collect();
    let state = StreamState {
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
    pieces: S,
    head: Head,
    /// Events that can be sent at once.
    ready: VecDeque<Event>,
    /// The text of every answer that is held back; empty where answers cannot be calls.
    held: Vec<Held>,
    /// The characters of every answer so far; counted only where tokens are shown with their offsets.
    offsets: Vec<usize>,
    outcomes: BTreeMap<usize, Outcome>,
    include_usage: bool,
}

impl<S: Stream<Item = (usize, Piece)> + Default + Unpin> StreamState<S> {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            match self.pieces.next().await? {
                (index, Piece::Text(text, scores)) => {
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
                (index, Piece::Ended(ended)) => match *ended {
                    Ok(outcome) => {
                        let held = self.held.get_mut(index);
                        self.ready.extend(self.head.end(index, &outcome, held, self.offsets[index]));
                        self.outcomes.insert(index, outcome);
                        self.finish();
                    }
                    Err(error) => {
                        self.ready.push_back(data(&error.body()));
                        // Dropping the other answers cancels their tasks.
                        self.pieces = S::default();
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
