//! The native task API for work that outlives its connection.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response, sse::Event},
};
use cuckoo_protocol::{
    Cai,
    coordinator::{Coordinator, Input, Words},
    task::{ChatRole, FirstDigits, Kind, Stage, State as TaskState, Task, TaskId},
};
use futures::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{self, Instant};

use super::{
    error::ApiError,
    request, sse,
    submit::{Submission, read_submission},
    usage::{Usage, cost},
};
use crate::node::{
    coordinator::{
        Shared,
        api_keys::Caller,
        stream::{Reading, Update},
    },
    evidence, failpoint,
};

/// A list has this many tasks when the application does not set `limit`.
const LIST: usize = 20;
/// A list has at most this many tasks.
const MAX_LIST: usize = 1_000;
/// A path names a task by at least this many of the first digits of its id.
const LEAST_DIGITS: usize = 6;
/// The most characters of a prompt that the task's object shows.
const SHOWN_PROMPT: usize = 200;
/// A follower gets new states at intervals of at least this.
const PACE: Duration = Duration::from_millis(200);

fn no_such_task() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", "task_not_found", "there is no such task")
}

fn task_object(task: &Task) -> Value {
    let mut object = json!({
        "id": task.spec.id,
        "object": "task",
        "state": task.state.name(),
        "kind": task.spec.kind().as_str(),
        "model": task.spec.model,
        "prompt": prompt(task),
        "sequence": task.sequence,
        "attempt": task.attempt,
        "miner": task.miner(),
        "pick": task.pick,
        "accepted_at": task.spec.accepted_at,
        "deadline": task.spec.deadline,
        "price": Cai::from(task.spec.quote().bound()),
    });
    match &task.state {
        TaskState::Done { outcome, .. } => {
            // Vectors and images would make a list too long; they come with the receipt.
            if task.spec.kind() == Kind::Text {
                object["text"] = json!(outcome.text);
            }
            object["finish_reason"] = json!(outcome.finish.as_str());
            object["usage"] = json!(Usage::new(std::slice::from_ref(outcome), 1));
            object["receipt_hash"] = json!(outcome.receipt.hash());
            object["cost"] = json!(cost(task, outcome));
        }
        TaskState::Failed { reason, .. } => object["reason"] = json!(reason),
        _ => {}
    }
    if task.state.is_terminal() && !matches!(task.state, TaskState::Done { .. }) {
        // The prompt of an answer that is taken back is not charged.
        let (prompt, completion) = task.usage();
        let total = u64::from(prompt) + u64::from(completion);
        object["usage"] = json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total});
        object["cost"] = json!(Cai::from(task.cost()));
    }
    object
}

/// The beginning of the last text that the application sent, so that a person recognises the task.
fn prompt(task: &Task) -> String {
    let mut texts = task.spec.messages.iter().filter(|message| message.role != ChatRole::Image);
    texts.next_back().map_or_else(String::new, |message| message.content.chars().take(SHOWN_PROMPT).collect())
}

/// Whether a task belongs to the caller with this key.
fn belongs_to(task: &Task, key: Option<&str>) -> bool {
    task.spec.caller.as_deref() == key
}

/// The task of the caller that a path names, by its id or by the first digits of it that no other task of the caller has.
async fn find_task(shared: &Shared, caller: &Caller, id: &str) -> Result<Arc<Task>, ApiError> {
    if let Ok(id) = id.parse() {
        return read_task(shared, caller, id).await;
    }
    let digits: FirstDigits = id.parse().map_err(|_| no_such_task())?;
    if digits.count() < LEAST_DIGITS {
        return Err(no_such_task());
    }
    let key = caller.key.clone();
    let begins = move |task: &Task| digits.begin(&task.spec.id) && belongs_to(task, key.as_deref());
    let newest = move |machine: &Coordinator| machine.newest(begins, 2).into_iter().cloned().collect::<Vec<_>>();
    let mut found = shared.handle.read_tasks(newest).await;
    match found.len() {
        0 | 1 => found.pop().ok_or_else(no_such_task),
        _ => {
            let message = "several of your tasks have ids that begin so; give more digits";
            Err(ApiError::new(StatusCode::CONFLICT, "invalid_request_error", "ambiguous_id", message))
        }
    }
}

/// A task of the caller as it is durable. Another caller's task is answered as one that does not exist.
pub(super) async fn read_task(shared: &Shared, caller: &Caller, id: TaskId) -> Result<Arc<Task>, ApiError> {
    let task = shared.handle.read_tasks(move |machine| machine.task(&id).cloned().into_iter().collect()).await.pop();
    task.filter(|task| belongs_to(task, caller.key.as_deref())).ok_or_else(no_such_task)
}

pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let request = request::chat::read(&body, rand::random())?;
    if request.n != 1 {
        return Err(ApiError::invalid("invalid_value", "`n` must be 1: a task has one answer", "n"));
    }
    let Submission { specs, limits } = read_submission(&shared.front, &caller, &headers, &body, &request)?;
    drop(body);
    let ids = shared.handle.accept(specs, limits).await?;
    failpoint::point(failpoint::ACKNOWLEDGE);
    if request.stream {
        tracing::debug!("`stream` has no effect on a task, whose result is fetched later");
    }
    let id = ids.first().ok_or_else(no_such_task)?;
    let task = read_task(&shared, &caller, *id).await?;
    Ok((StatusCode::ACCEPTED, Json(task_object(&task))).into_response())
}

pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let task = find_task(&shared, &caller, &id).await?;
    if task.state.is_terminal() {
        shared.handle.act(Input::Fetched { task: task.spec.id });
    }
    Ok(Json(task_object(&task)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    limit: Option<usize>,
}

/// The caller's own tasks, newest first.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Value>, ApiError> {
    let Query(page) = page.map_err(|rejection| ApiError::invalid("invalid_value", rejection.body_text(), "limit"))?;
    let limit = page.limit.unwrap_or(LIST);
    if !(1..=MAX_LIST).contains(&limit) {
        return Err(ApiError::invalid(
            "invalid_value",
            format!("`limit` is not an integer from 1 to {MAX_LIST}"),
            "limit",
        ));
    }
    let wanted = move |task: &Task| belongs_to(task, caller.key.as_deref());
    let newest = move |machine: &Coordinator| machine.newest(wanted, limit).into_iter().cloned().collect::<Vec<_>>();
    let tasks = shared.handle.read_tasks(newest).await;
    let data: Vec<_> = tasks.iter().map(|task| task_object(task)).collect();
    Ok(Json(json!({"object": "list", "data": data})))
}

/// The events of a task: `state` with the task whenever it has another state or attempt, `text` with the new part of its
/// answer, and last `ended` with the task.
pub(super) async fn events(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let task = find_task(&shared, &caller, &id).await?;
    let reading = shared.handle.follow(task.spec.id).await.ok_or_else(no_such_task)?;
    let follower = Follower { shared, id: task.spec.id, reading, next_look: Instant::now(), sent: None, ready: None };
    let events = stream::unfold(Some(follower), async |follower| {
        let mut follower = follower?;
        let (event, is_last) = follower.next().await?;
        Some((Ok(event), (!is_last).then_some(follower)))
    });
    Ok(sse::respond(events))
}

struct Follower {
    shared: Arc<Shared>,
    id: TaskId,
    reading: Reading,
    /// When the task's state is looked at again.
    next_look: Instant,
    /// The state and the attempt that were sent last.
    sent: Option<(&'static str, u32)>,
    /// A text that comes after the state.
    ready: Option<Event>,
}

impl Follower {
    /// The next event, and whether it is the last one. `None` for a reader that is too slow.
    async fn next(&mut self) -> Option<(Event, bool)> {
        if let Some(text) = self.ready.take() {
            return Some((text, false));
        }
        loop {
            if self.next_look <= Instant::now()
                && let Some(state) = self.look().await
            {
                return Some((state, false));
            }
            match time::timeout_at(self.next_look, self.reading.next()).await {
                Ok(Update::Text(Words(text, _))) if !text.is_empty() => {
                    let text = event("text", &json!({ "text": text }));
                    // It shows that the task is running.
                    if self.sent.is_none_or(|(state, _)| state != Stage::Running.as_str())
                        && let Some(state) = self.look().await
                    {
                        self.ready = Some(text);
                        return Some((state, false));
                    }
                    return Some((text, false));
                }
                Ok(Update::Ended(task)) => {
                    self.shared.handle.act(Input::Fetched { task: task.spec.id });
                    return Some((event("ended", &task_object(&task)), true));
                }
                Ok(Update::Cut) => return None,
                Ok(Update::Text(..)) | Err(_) => {}
            }
        }
    }

    /// The task's state, if that has changed. Its end comes after the last text.
    async fn look(&mut self) -> Option<Event> {
        self.next_look = Instant::now() + PACE;
        let id = self.id;
        let read = move |machine: &Coordinator| machine.task(&id).cloned().into_iter().collect();
        let task = self.shared.handle.read_tasks(read).await.pop()?;
        let now = (task.state.name(), task.attempt);
        if self.sent == Some(now) || task.state.is_terminal() {
            return None;
        }
        self.sent = Some(now);
        Some(event("state", &task_object(&task)))
    }
}

fn event(name: &str, data: &Value) -> Event {
    Event::default().event(name).data(data.to_string())
}

pub(super) async fn receipt(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    match &find_task(&shared, &caller, &id).await?.state {
        TaskState::Done { outcome, .. } => Ok(Json(json!({"receipt": outcome.receipt, "text": outcome.text}))),
        _ => Err(not_done("receipt")),
    }
}

/// The evidence of a task's answer: everything that a stranger needs to judge it.
pub(super) async fn evidence(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let task = find_task(&shared, &caller, &id).await?;
    if !matches!(task.state, TaskState::Done { .. }) {
        return Err(not_done("evidence"));
    }
    let (directory, id) = (shared.data.clone(), task.spec.id);
    let read = tokio::task::spawn_blocking(move || evidence::read(&directory, &id)).await;
    match read.map_err(|error| error.to_string()).and_then(|read| read.map_err(|error| error.to_string())) {
        Ok(Some(bundle)) => {
            Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], bundle).into_response())
        }
        // The task is there: only this is not.
        Ok(None) => Err(ApiError::new(
            StatusCode::CONFLICT,
            "invalid_request_error",
            "no_evidence",
            "the evidence is not kept yet, or not kept any more: it is written a moment after the answer, and the oldest goes first",
        )),
        Err(error) => {
            tracing::error!(%error, "evidence cannot be read");
            Err(ApiError::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "api_error",
                "internal_error",
                "the evidence cannot be read",
            ))
        }
    }
}

fn not_done(what: &str) -> ApiError {
    ApiError::new(
        StatusCode::CONFLICT,
        "invalid_request_error",
        "not_done",
        format!("the task is not done, so it has no {what}"),
    )
}

pub(super) async fn cancel(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let task = find_task(&shared, &caller, &id).await?;
    shared.handle.cancel(task.spec.id).await;
    show(State(shared), Extension(caller), Path(id)).await
}
