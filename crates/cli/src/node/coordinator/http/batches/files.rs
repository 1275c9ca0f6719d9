//! `/v1/files`: what batches read and write.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Extension, Json,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use multer::{Multipart, parse_boundary};
use serde_json::{Value, json};
use tokio_util::io::ReaderStream;

use super::{
    super::{
        error::ApiError,
        translate::{unsupported, wrong},
    },
    page::{self, Page, broken, exhausted, missing},
};
use crate::{
    host::clock,
    node::coordinator::{Shared, api_keys::Caller, batches::StoredFile},
};

/// A file's name has at most this many characters.
const MAX_NAME: usize = 255;

pub(in super::super) async fn upload(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let (name, content) = read_form(&headers, body).await?;
    let (purpose, now) = ("batch".to_owned(), clock::now_seconds());
    shared.batches.sweep(now).map_err(|error| broken(&error))?;
    let added = shared.batches.add_file(caller.key, (name, purpose), &content, now);
    let file = added.map_err(|error| broken(&error))?.map_err(exhausted)?;
    Ok(Json(file.object()))
}

/// Reads the form in which a file comes: its name and its content.
async fn read_form(headers: &HeaderMap, body: Bytes) -> Result<(String, Bytes), ApiError> {
    let unreadable = |error: &dyn std::error::Error| {
        let error = ApiError::invalid("invalid_form", format!("the body is not a readable form: {error}"), "");
        ApiError { param: None, ..error }
    };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = parse_boundary(kind).map_err(|error| unreadable(&error))?;
    let mut form = Multipart::new(stream::iter([Ok::<_, Infallible>(body)]), boundary);
    let (mut file, mut purpose) = (None, None);
    while let Some(field) = form.next_field().await.map_err(|error| unreadable(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let content = field.bytes().await.map_err(|error| unreadable(&error))?;
        match name.as_str() {
            "file" => file = Some((file_name.unwrap_or_else(|| "file.jsonl".into()), content)),
            "purpose" => purpose = Some(content),
            // Files are kept for a time that the document says, whatever an application asks for.
            name if name.starts_with("expires_after") => {}
            _ => return Err(unsupported(cuckoo_protocol::Untrusted::new(name).to_string(), "is not supported")),
        }
    }
    match purpose.as_deref() {
        Some(b"batch") => {}
        Some(_) => return Err(wrong("purpose", "must be batch: files are for batches")),
        None => return Err(ApiError::invalid("missing_parameter", "`purpose` is missing", "purpose")),
    }
    let (name, content) = file.ok_or_else(|| ApiError::invalid("missing_parameter", "`file` is missing", "file"))?;
    Ok((name.chars().take(MAX_NAME).collect(), content))
}

fn find(shared: &Shared, caller: &Caller, id: &str) -> Result<StoredFile, ApiError> {
    shared.batches.file(caller.key.as_deref(), id).ok_or_else(|| missing("file", id, "id"))
}

pub(in super::super) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(find(&shared, &caller, &id)?.object()))
}

pub(in super::super) async fn list(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    asked: page::Asked,
) -> Result<Json<Value>, ApiError> {
    let page = Page::read(asked, true)?;
    let files = shared.batches.files(caller.key.as_deref()).into_iter();
    let files = files.filter(|file| page.purpose.as_ref().is_none_or(|purpose| *purpose == file.purpose));
    Ok(Json(page.of(files.map(|file| (file.id.clone(), file.object())).collect())))
}

pub(in super::super) async fn content(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let file = find(&shared, &caller, &id)?;
    let content = tokio::fs::File::open(shared.batches.content(&file.id)).await.map_err(|error| broken(&error))?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/jsonl"))];
    Ok((kind, Body::from_stream(ReaderStream::new(content))).into_response())
}

pub(in super::super) async fn delete(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let file = find(&shared, &caller, &id)?;
    if !shared.batches.delete_file(&file.id).map_err(|error| broken(&error))? {
        let message = "a batch that has not ended reads the file; hint: cancel the batch, or wait until it has ended";
        return Err(ApiError::new(StatusCode::CONFLICT, "invalid_request_error", "file_in_use", message));
    }
    Ok(Json(json!({"id": file.id, "object": "file", "deleted": true})))
}
