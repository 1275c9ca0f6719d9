//! The coordinator's three listeners and their routes.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{DefaultBodyLimit, Request, State, WebSocketUpgrade},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, delete, get, post},
};
use cuckoo_protocol::wire::MAX_FRAME;
use futures::StreamExt;
use tokio::time;
use tokio_util::io::ReaderStream;

use super::{Shared, link};

mod admin;
mod answer;
mod auth;
mod error;
mod openapi;
mod request;
mod shape;
mod tasks;

pub use admin::Owed;

/// Bytes of a request's body.
const MAX_BODY: usize = 2 * 1024 * 1024;
/// Bytes that are read and thrown away of a body that is too large, so that its sender gets to read the refusal.
const MAX_DISCARD: u64 = 32 * 1024 * 1024;
const DISCARD: Duration = Duration::from_secs(10);

/// Where the description of the API is; it needs no key.
const DOCUMENT_PATH: &str = "/openapi.json";

/// What an application with a key can ask for.
fn routes() -> [(Method, &'static str, MethodRouter<Arc<Shared>>); 10] {
    [
        (Method::POST, "/v1/chat/completions", post(answer::chat)),
        (Method::POST, "/v1/completions", post(answer::text)),
        (Method::GET, "/v1/models", get(tasks::models)),
        (Method::GET, "/v1/models/{model}", get(tasks::model)),
        (Method::POST, "/v1/tasks", post(tasks::create)),
        (Method::GET, "/v1/tasks", get(tasks::list)),
        (Method::GET, "/v1/tasks/{id}", get(tasks::show)),
        (Method::DELETE, "/v1/tasks/{id}", delete(tasks::cancel)),
        (Method::GET, "/v1/tasks/{id}/events", get(tasks::events)),
        (Method::GET, "/v1/tasks/{id}/receipt", get(tasks::receipt)),
    ]
}

/// For applications.
pub(super) fn api(shared: Arc<Shared>) -> Router {
    let router = routes().into_iter().fold(Router::new(), |router, (_, path, handler)| router.route(path, handler));
    router
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(shared.clone(), auth::admit))
        .route(DOCUMENT_PATH, get(openapi::document))
        .layer(middleware::from_fn(refuse_large))
        .with_state(shared)
}

/// For miners.
pub(super) fn link(shared: Arc<Shared>) -> Router {
    Router::new().route("/link", get(upgrade)).route("/assignments", get(assignments)).with_state(shared)
}

/// For operators and dashboards.
pub(super) fn admin(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/liveness", get(admin::liveness))
        .route("/readiness", get(admin::readiness))
        .route("/metrics", get(admin::metrics))
        .route("/status", get(admin::status))
        .route("/accounts", get(admin::accounts))
        .route("/status/events", get(admin::events))
        .with_state(shared)
}

/// Refuses a body that says it is too large. Closing the connection on a sender in the middle of it would look like a crash.
async fn refuse_large(request: Request, next: Next) -> Response {
    let size = request.body().size_hint().lower();
    if size <= MAX_BODY as u64 {
        return next.run(request).await;
    }
    if size <= MAX_DISCARD {
        let mut body = request.into_body().into_data_stream();
        let discard = async { while let Some(Ok(_)) = body.next().await {} };
        // A sender that is slower than this does not get to read it.
        let _ = time::timeout(DISCARD, discard).await;
    }
    let message = format!("the body has {size} bytes; at most {MAX_BODY} are read");
    error::ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request_error", "body_too_large", message)
        .into_response()
}

/// The assignment log, as far as its head has been told to miners or soon will be.
async fn assignments(State(shared): State<Arc<Shared>>) -> Response {
    let path = shared.core().log_path();
    match tokio::fs::File::open(&path).await {
        Ok(file) => {
            let head = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))];
            (head, Body::from_stream(ReaderStream::new(file))).into_response()
        }
        Err(error) => {
            tracing::error!(%error, path = %path.display(), "the assignment log cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn upgrade(State(shared): State<Arc<Shared>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.max_message_size(MAX_FRAME).max_frame_size(MAX_FRAME).on_upgrade(move |socket| link::serve(shared, socket))
}
