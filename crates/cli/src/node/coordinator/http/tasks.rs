//! `/v1/models`, and the native task API for work that outlives its connection.

use std::{collections::HashMap, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use cuckoo_protocol::{
    Cai,
    coordinator::{Coordinator, Words},
    manifest::ModelManifest,
    task::{ChatRole, FirstDigits, Kind, Stage, State as TaskState, Task, TaskId, pool},
};
use futures::{Stream, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{self, Instant};

use super::{
    error::ApiError,
    request,
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

/// A model as applications see it, with what its name stands for once that is decided.
fn model_object(shared: &Shared, name: &str, kind: Kind, manifest: Option<&ModelManifest>) -> Value {
    let rate = shared.prices.rate(name);
    let prompt = Cai::from(rate.prompt());
    let pricing = match kind {
        Kind::Text => json!({"prompt": prompt, "completion": Cai::from(rate.completion()), "per_tokens": 1_000}),
        Kind::Embedding => json!({"prompt": prompt, "per_tokens": 1_000}),
        Kind::Image => json!({"prompt": prompt, "per_tokens": 1_000, "image": Cai::from(rate.image())}),
    };
    json!({
        "id": name,
        "object": "model",
        "created": shared.started_at / 1000,
        "owned_by": "cuckoo",
        "kind": kind.as_str(),
        "pricing": pricing,
        "manifest": manifest.map(ModelManifest::id),
        "proof": manifest.map(|manifest| manifest.proof.as_str()),
    })
}

pub(super) async fn models(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let models = read_models(&shared).await;
    let models = models.iter().map(|(name, kind, manifest)| model_object(&shared, name, *kind, manifest.as_deref()));
    Json(json!({"object": "list", "data": models.collect::<Vec<_>>()}))
}

/// The models that miners offer, with what their names stand for.
async fn read_models(shared: &Shared) -> Vec<(String, Kind, Option<Arc<ModelManifest>>)> {
    let read = |machine: &Coordinator| {
        let bound: HashMap<_, _> = machine.bindings().iter().map(|(pool, bound)| (pool, &bound.manifest)).collect();
        let models = machine.models().into_iter();
        let model = |(name, kind): (String, Kind)| {
            let manifest = bound.get(pool(kind, &name).as_str()).map(|manifest| (*manifest).clone());
            (name, kind, manifest)
        };
        models.map(model).collect::<Vec<_>>()
    };
    shared.handle.read(read).await
}

pub(super) async fn model(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let models = read_models(&shared).await;
    if let Some((_, kind, manifest)) = models.into_iter().find(|(model, ..)| *model == name) {
        return Ok(Json(model_object(&shared, &name, kind, manifest.as_deref())));
    }
    let shown = cuckoo_protocol::Untrusted::new(name);
    let message = format!("the model `{shown}` does not exist or no miner offers it");
    Err(ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", "model_not_found", message))
}

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
        "miner": task.state.miner(),
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
    let mut found = shared.handle.read_durable(newest).await;
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
    let task = shared.handle.read_durable(move |machine| machine.task(&id).cloned()).await;
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
    let Submission { specs, limits } = read_submission(&shared, &caller, &headers, &body, &request)?;
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
    Ok(Json(task_object(&*find_task(&shared, &caller, &id).await?)))
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
    let tasks = shared.handle.read_durable(newest).await;
    let data: Vec<_> = tasks.iter().map(|task| task_object(task)).collect();
    Ok(Json(json!({"object": "list", "data": data})))
}

/// The events of a task: `state` with the task whenever it has another state or attempt, `text` with the new part of its
/// answer, and last `ended` with the task.
pub(super) async fn events(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let task = find_task(&shared, &caller, &id).await?;
    let reading = shared.handle.follow(task.spec.id).await.ok_or_else(no_such_task)?;
    let follower = Follower { shared, id: task.spec.id, reading, next_look: Instant::now(), sent: None, ready: None };
    let events = stream::unfold(Some(follower), async |follower| {
        let mut follower = follower?;
        let (event, is_last) = follower.next().await?;
        Some((Ok(event), (!is_last).then_some(follower)))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
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
                Ok(Update::Ended(task)) => return Some((event("ended", &task_object(&task)), true)),
                Ok(Update::Cut) => return None,
                Ok(Update::Text(..)) | Err(_) => {}
            }
        }
    }

    /// The task's state, if that has changed. Its end comes after the last text.
    async fn look(&mut self) -> Option<Event> {
        self.next_look = Instant::now() + PACE;
        let id = self.id;
        let task = self.shared.handle.read_durable(move |machine| machine.task(&id).cloned()).await?;
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
