//! `/v1/models` and the native task API: work that outlives its connection.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use cuckoo_protocol::task::{State as TaskState, Task, TaskId};
use serde_json::{Value, json};

use super::{chat, error::ApiError};
use crate::{
    clock,
    coordinator::{Shared, keys::Caller},
};

fn model_object(shared: &Shared, name: &str) -> Value {
    json!({"id": name, "object": "model", "created": shared.started_at / 1000, "owned_by": "cuckoo"})
}

pub(super) async fn models(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let names = shared.core().models();
    let models: Vec<_> = names.iter().map(|name| model_object(&shared, name)).collect();
    Json(json!({"object": "list", "data": models}))
}

pub(super) async fn model(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    if shared.core().models().contains(&name) {
        return Ok(Json(model_object(&shared, &name)));
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
        "model": task.spec.model,
        "sequence": task.sequence,
        "attempt": task.attempt,
        "miner": task.state.miner(),
        "pick": task.pick,
        "accepted_at": task.spec.accepted_at,
        "deadline": task.spec.deadline,
    });
    match &task.state {
        TaskState::Done { outcome, .. } => {
            object["text"] = json!(outcome.text);
            object["finish_reason"] = json!(outcome.finish.as_str());
            object["usage"] = chat::usage(outcome);
            object["receipt_hash"] = json!(outcome.receipt.hash());
        }
        TaskState::Failed { reason, .. } => object["reason"] = json!(reason),
        _ => {}
    }
    object
}

/// Another caller's task does not exist.
fn with_task<T>(shared: &Shared, caller: &Caller, id: &str, read: impl FnOnce(&Task) -> T) -> Result<T, ApiError> {
    let id: TaskId = id.parse().map_err(|_| no_such_task())?;
    shared.core().task(&id).filter(|task| task.spec.caller == caller.key).map(read).ok_or_else(no_such_task)
}

pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let (submitted, request) = chat::submit(&shared, &caller, &headers, &chat::body(bytes)?)?;
    submitted.mark.synced().await;
    if request.stream {
        tracing::debug!("`stream` means nothing for a task; its result is fetched");
    }
    let object = with_task(&shared, &caller, &submitted.id.to_string(), task_object)?;
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
