//! `/v1/models`, and the native task API for work that outlives its connection.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use cuckoo_protocol::{
    Cai,
    task::{Kind, State as TaskState, Task, TaskId},
};
use futures::{Stream, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{sync::mpsc, time};

use super::{
    error::ApiError,
    request,
    submit::submit,
    usage::{Usage, cost},
};
use crate::{
    host::clock,
    node::{
        coordinator::{Shared, api_keys::Caller, core::Update},
        failpoint,
    },
};

/// A list has this many tasks when the application does not set `limit`.
const LIST: usize = 20;
/// A list has at most this many tasks.
const MAX_LIST: usize = 1_000;
/// A follower gets new states at intervals of at least this.
const PACE: Duration = Duration::from_millis(200);

fn model_object(shared: &Shared, name: &str, kind: Kind) -> Value {
    let rate = shared.core().prices().rate(name);
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
    })
}

pub(super) async fn models(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let models = shared.core().models();
    let models: Vec<_> = models.iter().map(|(name, kind)| model_object(&shared, name, *kind)).collect();
    Json(json!({"object": "list", "data": models}))
}

pub(super) async fn model(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let models = shared.core().models();
    if let Some((_, kind)) = models.into_iter().find(|(model, _)| *model == name) {
        return Ok(Json(model_object(&shared, &name, kind)));
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
            object["usage"] = json!(Usage::new(std::slice::from_ref(&**outcome), 1));
            object["receipt_hash"] = json!(outcome.receipt.hash());
            object["cost"] = json!(cost(task, outcome));
        }
        TaskState::Failed { reason, .. } => object["reason"] = json!(reason),
        _ => {}
    }
    object
}

/// Whether a task belongs to the caller. The coordinator's own tasks belong to nobody.
fn belongs_to(task: &Task, caller: &Caller) -> bool {
    task.spec.caller == caller.key && !task.spec.audit
}

/// Reads a task of the caller. Another caller's task is answered as one that does not exist.
fn with_task<T>(shared: &Shared, caller: &Caller, id: &str, read: impl FnOnce(&Task) -> T) -> Result<T, ApiError> {
    let id: TaskId = id.parse().map_err(|_| no_such_task())?;
    shared.core().task(&id).filter(|task| belongs_to(task, caller)).map(read).ok_or_else(no_such_task)
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
    let submitted = submit(&shared, &caller, &headers, &body, &request)?;
    submitted.mark.synced().await;
    failpoint::point(failpoint::ACKNOWLEDGE);
    if request.stream {
        tracing::debug!("`stream` has no effect on a task, whose result is fetched later");
    }
    let id = submitted.ids.first().ok_or_else(no_such_task)?;
    let object = with_task(&shared, &caller, &id.to_string(), task_object)?;
    Ok((StatusCode::ACCEPTED, Json(object)).into_response())
}

pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let object = with_task(&shared, &caller, &id, task_object)?;
    let mark = shared.core().mark();
    mark.synced().await;
    Ok(Json(object))
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
    let (data, mark) = {
        let core = shared.core();
        let data: Vec<_> = core.newest(|task| belongs_to(task, &caller), limit).map(task_object).collect();
        (data, core.mark())
    };
    mark.synced().await;
    Ok(Json(json!({"object": "list", "data": data})))
}

/// The events of a task: `state` with the task whenever it has another state or attempt, `text` with the new part of its
/// answer, and last `ended` with the task.
pub(super) async fn events(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let id = with_task(&shared, &caller, &id, |task| task.spec.id)?;
    let updates = {
        let mut core = shared.core();
        let updates = core.follow(&id).ok_or_else(no_such_task)?;
        core.show(&id);
        updates
    };
    let mark = shared.core().mark();
    mark.synced().await;
    let follower = Follower { shared, caller, id, updates, sent: None, ended: false };
    let events = stream::unfold(follower, async |mut follower| Some((Ok(follower.next().await?), follower)));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

struct Follower {
    shared: Arc<Shared>,
    caller: Caller,
    id: TaskId,
    updates: mpsc::Receiver<Update>,
    /// The state and the attempt that were sent last.
    sent: Option<(&'static str, u32)>,
    ended: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        if self.ended {
            return None;
        }
        loop {
            let id = self.id.to_string();
            let found = with_task(&self.shared, &self.caller, &id, |task| {
                let now = (task.state.name(), task.attempt);
                // The end comes after the last text.
                (now, (self.sent != Some(now) && !task.state.is_terminal()).then(|| task_object(task)))
            });
            if let Ok((now, Some(task))) = found {
                self.sent = Some(now);
                return Some(event("state", &task));
            }
            match time::timeout(PACE, self.updates.recv()).await {
                Ok(Some(Update::Text(words))) if !words.0.is_empty() => {
                    return Some(event("text", &json!({ "text": words.0 })));
                }
                // The stream of a reader that is too slow ends.
                Ok(None) => return None,
                Ok(Some(Update::Ended)) => {
                    self.ended = true;
                    let mark = self.shared.core().mark();
                    mark.synced().await;
                    let task = with_task(&self.shared, &self.caller, &id, task_object).ok()?;
                    return Some(event("ended", &task));
                }
                Ok(Some(Update::Text(..))) | Err(_) => {}
            }
        }
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
    let record = with_task(&shared, &caller, &id, |task| match &task.state {
        TaskState::Done { outcome, .. } => Some(json!({"receipt": outcome.receipt, "text": outcome.text})),
        _ => None,
    })?;
    record.map(Json).ok_or_else(|| {
        ApiError::new(
            StatusCode::CONFLICT,
            "invalid_request_error",
            "not_done",
            "the task is not done, so it has no receipt",
        )
    })
}

pub(super) async fn cancel(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let parsed = with_task(&shared, &caller, &id, |task| task.spec.id)?;
    shared.core().cancel(&parsed, clock::now());
    show(State(shared), Extension(caller), Path(id)).await
}
