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
use http_body_util::LengthLimitError;
use tokio::time;
use tokio_util::io::ReaderStream;

use self::body::{BODY_TIMEOUT, BodyError, collect};
use super::{Shared, link};
use crate::node::operator::Operator;

mod admin;
mod answer;
mod anthropic;
mod audits;
mod auth;
mod body;
mod calls;
mod court;
mod error;
mod openapi;
mod request;
mod response;
mod responses;
mod shape;
mod single;
mod submit;
mod tasks;
mod translate;
mod usage;

pub use self::{
    admin::Owed,
    audits::{Audits, BoundModel, EvidenceRow, HeldTicket, MinerAudits, PendingAudit},
    court::Order,
};

/// A request's body has at most this many bytes.
const MAX_BODY: usize = 2 * 1024 * 1024;
/// A body that is too large is read and discarded if it has at most this many bytes, so that its sender gets to read the
/// refusal.
const MAX_DISCARD: u64 = 32 * 1024 * 1024;
/// A body that is too large is read for at most this long.
const DISCARD: Duration = Duration::from_secs(10);

/// The path of the API's description, which needs no key.
const DOCUMENT_PATH: &str = "/openapi.json";

/// The requests that an application with a key can make.
fn routes() -> Vec<(Method, &'static str, MethodRouter<Arc<Shared>>)> {
    vec![
        (Method::POST, "/v1/chat/completions", post(answer::chat)),
        (Method::POST, "/v1/completions", post(answer::text)),
        (Method::POST, "/v1/embeddings", post(answer::embeddings)),
        (Method::POST, "/v1/images/generations", post(answer::images)),
        (Method::POST, "/v1/responses", post(responses::create)),
        (Method::GET, "/v1/responses/{id}", get(responses::show)),
        (Method::DELETE, "/v1/responses/{id}", delete(responses::delete)),
        (Method::POST, "/v1/messages", post(anthropic::create)),
        (Method::GET, "/v1/models", get(tasks::models)),
        (Method::GET, "/v1/models/{model}", get(tasks::model)),
        (Method::POST, "/v1/tasks", post(tasks::create)),
        (Method::GET, "/v1/tasks", get(tasks::list)),
        (Method::GET, "/v1/tasks/{id}", get(tasks::show)),
        (Method::DELETE, "/v1/tasks/{id}", delete(tasks::cancel)),
        (Method::GET, "/v1/tasks/{id}/events", get(tasks::events)),
        (Method::GET, "/v1/tasks/{id}/receipt", get(tasks::receipt)),
        (Method::GET, "/v1/tasks/{id}/evidence", get(tasks::evidence)),
    ]
}

/// The routes for applications.
pub(super) fn api(shared: Arc<Shared>) -> Router {
    let router = routes().into_iter().fold(Router::new(), |router, (_, path, handler)| router.route(path, handler));
    router
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        // `read_body` has the limit.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(shared.clone(), admit))
        .layer(middleware::from_fn(anthropic::translate))
        .route(DOCUMENT_PATH, get(openapi::document))
        .with_state(shared)
}

/// The routes for miners, and for those who judge or have judged what miners are accused of.
pub(super) fn link(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/link", get(upgrade))
        .route("/assignments", get(assignments))
        .route("/court/{case}", get(court::list))
        .route("/court/{case}/{receipt}", get(court::show).put(court::hand_in))
        // The handler has the limit.
        .layer(DefaultBodyLimit::disable())
        .with_state(shared)
}

/// The routes for operators and dashboards.
pub(super) fn admin(shared: Arc<Shared>, operator: Operator) -> Router {
    let orders = Router::new()
        .route("/court/order", post(court::order))
        .with_state(court::Operators { shared: shared.clone(), operator });
    Router::new()
        .route("/liveness", get(admin::liveness))
        .route("/readiness", get(admin::readiness))
        .route("/metrics", get(admin::metrics))
        .route("/status", get(admin::status))
        .route("/accounts", get(admin::accounts))
        .route("/spending", get(admin::spending))
        .route("/audits", get(audits::audits))
        .route("/models", get(audits::models))
        .route("/court", get(court::cases))
        .route("/status/events", get(admin::events))
        .with_state(shared)
        .merge(orders)
}

/// Lets a request through together with its caller and its whole body, or refuses it.
async fn admit(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    // The body of a caller without a valid key is never read.
    let caller = match auth::caller(&shared, &request) {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    match read_body(request).await {
        Ok(mut request) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal,
    }
}

/// Reads the body of a request within limits of size and time, so that a slow sender cannot hold a connection forever.
async fn read_body(request: Request) -> Result<Request, Response> {
    let size = request.body().size_hint().lower();
    if size > MAX_BODY as u64 {
        if size <= MAX_DISCARD {
            let mut body = request.into_body().into_data_stream();
            let discard = async { while let Some(Ok(_)) = body.next().await {} };
            // Closing the connection while the sender still writes would look like a crash. A sender that is slower than this
            // does not get to read the refusal.
            let _ = time::timeout(DISCARD, discard).await;
        }
        return Err(too_large(&format!("the body has {size} bytes; at most {MAX_BODY} are accepted")));
    }
    let (head, body) = request.into_parts();
    let refusal = match time::timeout(BODY_TIMEOUT, collect(body, MAX_BODY)).await.unwrap_or(Err(BodyError::Slow)) {
        Ok(body) => return Ok(Request::from_parts(head, Body::from(body))),
        Err(BodyError::Broken(error)) if error.is::<LengthLimitError>() => {
            too_large(&format!("the body is too large; at most {MAX_BODY} bytes are accepted"))
        }
        Err(BodyError::Broken(error)) => refused(StatusCode::BAD_REQUEST, "unreadable_body", &error.to_string()),
        Err(BodyError::Slow) => {
            let mut response = refused(StatusCode::REQUEST_TIMEOUT, "slow_body", "the body did not arrive in time");
            // The rest of the body is not read.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
    };
    Err(refusal)
}

fn too_large(message: &str) -> Response {
    refused(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
}

fn refused(status: StatusCode, code: &'static str, message: &str) -> Response {
    error::ApiError::new(status, "invalid_request_error", code, message).into_response()
}

/// The assignment log up to the head that miners have or soon will get.
async fn assignments(State(shared): State<Arc<Shared>>) -> Response {
    let path = shared.handle.log_path();
    match tokio::fs::File::open(path).await {
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
