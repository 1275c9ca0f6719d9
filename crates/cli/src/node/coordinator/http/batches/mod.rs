//! `/v1/files` and `/v1/batches`: many requests as a file, which run when nobody else waits.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Map, Value};

use self::page::{Page, broken, exhausted, missing};
use super::{
    error::ApiError,
    request,
    translate::{only, wrong},
};
use crate::{
    host::clock,
    node::coordinator::{
        Shared,
        api_keys::Caller,
        batches::{Batch, Counts, Status, new_id},
    },
};

mod files;
mod line;
mod page;
mod run;

pub(super) use self::files::{content, delete as delete_file, list as list_files, show as show_file, upload};
pub use self::run::run;

/// A batch has to end within this many seconds: 24 hours.
const WINDOW: u64 = 24 * 60 * 60;
/// The parameters of a batch.
const PARAMETERS: [&str; 4] = ["input_file_id", "endpoint", "completion_window", "metadata"];

/// The names of all parameters of a batch.
#[cfg(test)]
pub(super) fn parameters() -> impl Iterator<Item = &'static str> {
    PARAMETERS.into_iter()
}

pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let Order { input, endpoint, metadata } = read_order(&body)?;
    let file = shared.batches.file(caller.key.as_deref(), &input);
    let file = file.ok_or_else(|| missing("file", &input, "input_file_id"))?;
    if file.purpose != "batch" {
        return Err(wrong("input_file_id", "is a file whose purpose is not batch"));
    }
    let now = clock::now_seconds();
    let batch = Batch {
        id: new_id("batch_", now),
        owner: caller.key.clone(),
        endpoint,
        input,
        output: new_id("file-", now),
        errors_file: new_id("file-", now),
        status: Status::Validating,
        errors: vec![],
        counts: Counts::default(),
        metadata,
        created_at: now,
        expires_at: now + WINDOW,
        times: Default::default(),
    };
    shared.batches.add_batch(batch.clone()).map_err(|error| broken(&error))?.map_err(exhausted)?;
    Ok(Json(batch.object()))
}

/// A batch as it is ordered.
pub(super) struct Order {
    input: String,
    endpoint: String,
    metadata: Value,
}

/// Reads the body of a request for a batch.
pub(super) fn read_order(body: &[u8]) -> Result<Order, ApiError> {
    let fields = request::parse(body)?;
    only("", &fields, &[&PARAMETERS])?;
    let text = |name: &str| match fields.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(wrong(name, "is not a string")),
        None => Err(ApiError::invalid("missing_parameter", format!("`{name}` is missing"), name)),
    };
    let (input, endpoint) = (text("input_file_id")?, text("endpoint")?);
    if !line::ENDPOINTS.contains(&endpoint.as_str()) {
        return Err(wrong("endpoint", &format!("must be one of: {}", line::ENDPOINTS.join(", "))));
    }
    if text("completion_window")? != "24h" {
        return Err(wrong("completion_window", "must be 24h"));
    }
    let metadata = match fields.get("metadata") {
        None => Value::Null,
        Some(Value::Object(metadata)) => checked_metadata(metadata)?,
        Some(_) => return Err(wrong("metadata", "is not an object")),
    };
    Ok(Order { input, endpoint, metadata })
}

/// Reads the lines of a batch's file, for each path that they may be for.
pub(super) fn read_lines(file: &[u8]) -> Result<(), ApiError> {
    let text = String::from_utf8_lossy(file);
    for endpoint in line::ENDPOINTS {
        for error in line::read_all(&text, endpoint, usize::MAX).err().into_iter().flatten() {
            assert!(error.line.is_none_or(|line| line > 0) && !error.message.is_empty(), "{error:?}");
        }
    }
    Ok(())
}

fn checked_metadata(metadata: &Map<String, Value>) -> Result<Value, ApiError> {
    let fits = |(name, text): (&String, &Value)| {
        name.chars().count() <= 64 && text.as_str().is_some_and(|text| text.chars().count() <= 512)
    };
    match metadata.len() <= 16 && metadata.iter().all(fits) {
        true => Ok(Value::Object(metadata.clone())),
        false => Err(wrong("metadata", "has at most 16 entries, names of 64 and strings of 512 characters")),
    }
}

pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let batch = shared.batches.batch(caller.key.as_deref(), &id).ok_or_else(|| missing("batch", &id, "id"))?;
    Ok(Json(batch.object()))
}

pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    asked: page::Asked,
) -> Result<Json<Value>, ApiError> {
    let page = Page::read(asked, false)?;
    let batches = shared.batches.batches(caller.key.as_deref()).into_iter();
    Ok(Json(page.of(batches.map(|batch| (batch.id.clone(), batch.object())).collect())))
}

/// Takes a batch back: requests that run already are waited for, and no other one begins.
pub(super) async fn cancel(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let batch = shared.batches.batch(caller.key.as_deref(), &id).ok_or_else(|| missing("batch", &id, "id"))?;
    if batch.status.is_final() {
        let message = "the batch has ended already";
        return Err(ApiError::new(StatusCode::CONFLICT, "invalid_request_error", "batch_ended", message));
    }
    let cancel = |batch: &mut Batch| {
        if matches!(batch.status, Status::Validating | Status::InProgress) {
            batch.enter(Status::Cancelling, clock::now_seconds());
        }
    };
    let batch = shared.batches.change(&id, cancel).map_err(|error| broken(&error))?;
    Ok(Json(batch.ok_or_else(|| missing("batch", &id, "id"))?.object()))
}
