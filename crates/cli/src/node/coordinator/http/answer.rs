//! The requests that OpenAI's API answers at once: waits for their tasks, and sends the answers whole or as a stream.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response, sse::Event},
};
use cuckoo_protocol::{
    Cai,
    coordinator::Words,
    message::Domain,
    task::{ChatMessage, ChatRole, Fault, Kind, Outcome, State as TaskState, Task, TaskId, kind},
};
use futures::{Stream, StreamExt, stream};
use tokio::time;

use super::{
    calls::Held,
    error::ApiError,
    models::read_models,
    request::{self, Request},
    response::{Head, Proofs, data},
    shape::Shape,
    sse,
    submit::{Submission, read_submission},
    usage,
};
use crate::{
    host::clock,
    node::coordinator::{
        api_keys::Caller,
        front::Front,
        handle::Waiter,
        stream::{Reading, Update},
    },
};

/// A stream begins once there is something in it, or after this time: what is refused before is an error with its own status. It is
/// well below the minute after which proxies give up on an answer's head.
pub(super) const BEGIN: Duration = Duration::from_secs(20);
/// Headers name the tasks and receipts of at most this many answers: proxies take heads of 4 kB. All are in the body.
const MAX_NAMED: usize = 16;

/// The ids of a request's tasks.
pub(super) const TASK_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-task");
/// The hashes of the receipts, one for each task.
pub(super) const RECEIPT_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-receipt");
/// What an answer cost, such as `0.0069cai`.
pub(super) const COST_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-cost");
/// With the value `comments`, a stream ends with comments that name the receipts, as that of earlier versions did.
const RECEIPTS_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-receipts");

pub(super) async fn chat(
    State(front): State<Front>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    answer(front, &caller, headers, body, request::chat::read).await
}

pub(super) async fn text(
    State(front): State<Front>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    answer(front, &caller, headers, body, request::text::read).await
}

/// What stands between two texts, in the form of a chat's answer.
pub(super) async fn fim(
    State(front): State<Front>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    answer(front, &caller, headers, body, request::text::read_fim).await
}

pub(super) async fn embeddings(
    State(front): State<Front>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    answer(front, &caller, headers, body, request::embeddings::read).await
}

pub(super) async fn images(
    State(front): State<Front>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    answer(front, &caller, headers, body, request::images::read).await
}

async fn answer(
    front: Front,
    caller: &Caller,
    headers: HeaderMap,
    body: Bytes,
    parse: fn(&[u8], u64) -> Result<Request, ApiError>,
) -> Result<Response, ApiError> {
    let request = parse(&body, rand::random())?;
    check_known_dimensions(&front, &request).await?;
    let Submission { specs, limits } = read_submission(&front, caller, &headers, &body, &request)?;
    // Its room is for others while the answer is made.
    drop(body);
    let Request { stream, include_usage, .. } = request;
    if !stream {
        let tasks = front.handle.answers(specs, limits).await?;
        return Ok(answer_whole(&front, &tasks, request));
    }
    let comments = headers.get(RECEIPTS_HEADER).is_some_and(|value| value == "comments");
    let (waiter, readings) = front.handle.streams(specs, limits).await?;
    let ids: Vec<_> = readings.iter().map(|(id, _)| *id).collect();
    let head = Head::new(request, &ids, clock::now_seconds());
    let mut state = begin_stream(waiter, readings, head);
    (state.include_usage, state.comments) = (include_usage, comments);
    state.begin().await?;
    let events = stream::unfold(state, async |mut state| Some((Ok::<_, Infallible>(state.next().await?), state)));
    let mut response = sse::respond(events);
    insert_list(&mut response, TASK_HEADER, &ids);
    Ok(response)
}

/// Sets a header of a response.
pub(super) fn insert(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Several values in one header, unless they are too many for one.
fn insert_list(response: &mut Response, name: HeaderName, values: &[impl ToString]) {
    if values.len() <= MAX_NAMED {
        insert(response, name, &values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    }
}

/// The answers of tasks that have ended as one document.
fn answer_whole(front: &Front, tasks: &[Arc<Task>], request: Request) -> Response {
    note_vector_length(front, tasks, request.shape);
    // What is refused may have cost something too.
    let ended: Vec<_> = tasks.iter().filter_map(|task| Some((task, read_outcome(task).ok()?))).collect();
    let cost: Cai = ended.iter().map(|(task, outcome)| usage::cost(task, outcome)).sum();
    let digest = |(_, outcome): &(_, Arc<Outcome>)| front.domain.digest(&outcome.receipt.receipt);
    let receipts: Vec<_> = ended.iter().map(digest).collect();
    let ids: Vec<_> = tasks.iter().map(|task| task.spec.id).collect();
    let mut response = match write_whole(&front.domain, tasks, request) {
        Ok((body, _)) => ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response(),
        Err(error) => error.into_response(),
    };
    if !receipts.is_empty() {
        insert(&mut response, COST_HEADER, &cost.plain());
        insert_list(&mut response, RECEIPT_HEADER, &receipts);
    }
    insert_list(&mut response, TASK_HEADER, &ids);
    response
}

/// Remembers how long the vectors of a model are.
fn note_vector_length(front: &Front, tasks: &[Arc<Task>], shape: Shape) {
    let outcome = tasks.first().filter(|_| matches!(shape, Shape::Embeddings { .. }));
    let Some(outcome) = outcome.and_then(|task| read_outcome(task).ok()) else { return };
    if let Ok(length) = vector_length(&outcome.text) {
        front.gateway.note_vector_length(outcome.receipt.ticket.model, length);
    }
}

/// How many numbers the first of some vectors has.
fn vector_length(text: &str) -> Result<usize, kind::OutputError> {
    kind::read_vectors(text.lines().next().unwrap_or_default(), 1).map(|vectors| vectors.concat().len())
}

/// Refuses vectors of another length than those of the model before they are made, once one was seen. A replica that follows finds
/// out when they are made.
async fn check_known_dimensions(front: &Front, request: &Request) -> Result<(), ApiError> {
    let Some(wanted) = request.dimensions else { return Ok(()) };
    if !front.handle.is_here() {
        return Ok(());
    }
    let models = front.gateway.models(read_models(&front.handle)).await;
    let model = models.iter().find(|(name, kind, _)| *name == request.model && *kind == Kind::Embedding);
    let manifest = model.and_then(|(_, _, manifest)| manifest.as_ref());
    match manifest.and_then(|manifest| front.gateway.vector_length(&manifest.id())) {
        Some(own) if own != wanted => Err(other_dimensions(own)),
        _ => Ok(()),
    }
}

fn other_dimensions(own: usize) -> ApiError {
    let message =
        format!("`dimensions` must be {own} or left out: the model's vectors have {own} numbers, and they are not cut");
    ApiError::invalid("invalid_value", message, "dimensions")
}

/// The body of the answer to a request whose tasks have ended, and what proves it.
pub(super) fn write_whole(
    domain: &Domain,
    tasks: &[Arc<Task>],
    request: Request,
) -> Result<(Vec<u8>, Proofs), ApiError> {
    let outcomes = tasks.iter().map(|task| read_outcome(task)).collect::<Result<Vec<_>, _>>()?;
    check_dimensions(&outcomes, request.dimensions)?;
    let ids: Vec<_> = tasks.iter().map(|task| task.spec.id).collect();
    let created = tasks.first().map_or(0, |task| task.spec.accepted_at / 1000);
    let head = Head::new(request, &ids, created);
    let cost: Cai = tasks.iter().zip(&outcomes).map(|(task, outcome)| usage::cost(task, outcome)).sum();
    let receipts = outcomes.iter().map(|outcome| domain.digest(&outcome.receipt.receipt)).collect();
    let proofs = Proofs { tasks: ids, receipts, cost: cost.plain() };
    let body = head.whole(&outcomes, &proofs).map_err(|error| ApiError::task_failed(&error.to_string()))?;
    Ok((body, proofs))
}

/// Refuses vectors of another length than the application says that they have. Only the model's answer shows how long they are.
fn check_dimensions(outcomes: &[Arc<Outcome>], wanted: Option<usize>) -> Result<(), ApiError> {
    let (Some(wanted), Some(first)) = (wanted, outcomes.first()) else { return Ok(()) };
    let own = vector_length(&first.text).map_err(|error| ApiError::task_failed(&error.to_string()))?;
    if own == wanted { Ok(()) } else { Err(other_dimensions(own)) }
}

/// The result of a task that has ended, or the error that its end means to an application.
pub(super) fn read_outcome(task: &Task) -> Result<Arc<Outcome>, ApiError> {
    match &task.state {
        TaskState::Done { outcome, .. } => Ok(outcome.clone()),
        TaskState::Failed { fault: Fault::Request, reason } => {
            // Agents shorten their history when they read this code, and the words stand in what engines and model servers say.
            let is_too_long = reason.contains("maximum context length");
            let code = if is_too_long { "context_length_exceeded" } else { "invalid_request" };
            let is_prompt = |message: &ChatMessage| matches!(message.role, ChatRole::Prompt | ChatRole::Ids);
            let param = match task.spec.kind() {
                Kind::Embedding => "input",
                Kind::Image => "prompt",
                Kind::Text if reason.contains("`suffix`") => "suffix",
                Kind::Text if task.spec.messages.iter().any(is_prompt) => "prompt",
                Kind::Text => "messages",
            };
            Err(ApiError::invalid(code, reason.as_str(), param))
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
    Ended(Result<(Arc<Outcome>, Proofs), ApiError>),
}

fn read_pieces(index: usize, reading: Reading) -> impl Stream<Item = (usize, Piece)> {
    stream::unfold(Some(reading), move |reading| async move {
        let mut reading = reading?;
        let ended = match reading.next().await {
            Update::Text(words) => return Some(((index, Piece::Text(words)), Some(reading))),
            Update::Ended(task) => read_outcome(&task).map(|outcome| {
                let proofs = Proofs::of(&task, &outcome);
                (outcome, proofs)
            }),
            Update::Cut => Err(ApiError::too_slow()),
        };
        Some(((index, Piece::Ended(ended)), None))
    })
}

/// The stream of a request's answers. It ends with `[DONE]`, or with an error object and no `[DONE]`.
fn begin_stream(
    waiter: Waiter,
    readings: Vec<(TaskId, Reading)>,
    head: Head,
) -> StreamState<impl Stream<Item = (usize, Piece)> + Default + Unpin> {
    let count = readings.len();
    let ready: VecDeque<_> = (0..count).filter_map(|index| head.begin(index)).collect();
    let pieces = readings.into_iter().enumerate().map(|(index, (_, reading))| Box::pin(read_pieces(index, reading)));
    let held = (0..count).filter_map(|_| head.hold()).collect();
    StreamState {
        waiter: Some(waiter),
        pieces: stream::select_all(pieces),
        first: None,
        held,
        head,
        ready,
        offsets: vec![0; count],
        outcomes: BTreeMap::new(),
        include_usage: false,
        comments: false,
    }
}

/// A stream of answers, and how much of it was sent.
struct StreamState<S> {
    /// Who waits for the tasks, until they have ended or one of them has failed.
    waiter: Option<Waiter>,
    pieces: S,
    /// The piece for which the answer's head has waited.
    first: Option<(usize, Piece)>,
    head: Head,
    /// Events that can be sent at once.
    ready: VecDeque<Event>,
    /// How every answer is taken apart; empty where answers are texts as they are.
    held: Vec<Held>,
    /// The characters of every answer so far; counted only where tokens are shown with their offsets.
    offsets: Vec<usize>,
    outcomes: BTreeMap<usize, Arc<Outcome>>,
    include_usage: bool,
    /// Comments at the end name the receipts.
    comments: bool,
}

impl<S: Stream<Item = (usize, Piece)> + Default + Unpin> StreamState<S> {
    /// Waits for the first piece. The error of a task that ends before it has said anything is that of the whole request.
    async fn begin(&mut self) -> Result<(), ApiError> {
        self.first = time::timeout(BEGIN, self.pieces.next()).await.unwrap_or_default();
        match self.first.take_if(|(_, piece)| matches!(piece, Piece::Ended(Err(_)))) {
            Some((_, Piece::Ended(Err(error)))) => Err(error),
            _ => Ok(()),
        }
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let piece = match self.first.take() {
                Some(first) => first,
                None => self.pieces.next().await?,
            };
            match piece {
                (index, Piece::Text(Words(text, scores))) => {
                    if let Some(held) = self.held.get_mut(index) {
                        let shown = held.push(&text, scores);
                        self.ready.extend(shown.iter().map(|shown| self.head.part(index, shown)));
                        continue;
                    }
                    let event = self.head.text(index, &text, &scores, self.offsets[index]);
                    if self.head.logprobs {
                        self.offsets[index] += text.chars().count();
                    }
                    return Some(event);
                }
                (index, Piece::Ended(ended)) => match ended {
                    Ok((outcome, proofs)) => {
                        let held = self.held.get_mut(index);
                        self.ready.extend(self.head.end(index, (&outcome, &proofs), held));
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
        for outcome in outcomes.iter().filter(|_| self.comments) {
            self.ready.push_back(Event::default().comment(format!("receipt {}", outcome.receipt.hash())));
        }
        self.ready.push_back(Event::default().data("[DONE]"));
    }
}
