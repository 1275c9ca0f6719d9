//! The coordinator's three listeners and their routes.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, FromRef, Request, State, WebSocketUpgrade},
    http::{HeaderValue, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, delete, get, post},
};
use cuckoo_protocol::wire::MAX_ANSWER;
use tokio_util::io::ReaderStream;

use self::paths::Paths;
use super::{Shared, front::Front, link};
use crate::node::{inspect, operator::Operator};

mod absent;
mod admin;
mod answer;
mod anthropic;
mod audits;
mod auth;
mod batches;
mod bodies;
mod body;
mod calls;
mod court;
mod edge;
mod error;
#[cfg(test)]
mod fuzz;
mod logprobs;
mod models;
mod neutral;
mod openapi;
mod orders;
mod page;
mod paths;
mod picture;
mod request;
mod response;
mod responses;
mod shape;
mod single;
mod sse;
mod submit;
mod tasks;
mod tokens;
mod translate;
mod usage;

pub use self::{
    admin::Owed,
    audits::{Audits, BoundModel, EvidenceRow, HeldTicket, MinerAudits, PendingAudit, RefusedMiner},
    batches::run as run_batches,
    bodies::check_body,
    orders::Order,
};

pub(super) use self::body::read as read_body;

/// Bytes of a link that are read at once. There may be a thousand strangers, and each has a buffer.
const BUFFER: usize = 16 << 10;

/// Paths that need no key.
const OPEN_PATHS: [&str; 3] = [openapi::PATH, "/health", "/"];

/// A method, a path and what answers it.
type Route<S> = (Method, &'static str, MethodRouter<S>);

/// The requests that a replica answers itself, whether it leads or not: those that are one task, or several, and nothing else.
fn answered_anywhere<S: Clone + Send + Sync + 'static>() -> Vec<Route<S>>
where
    Front: FromRef<S>,
{
    vec![
        (Method::POST, "/v1/chat/completions", post(answer::chat)),
        (Method::POST, "/v1/completions", post(answer::text)),
        (Method::POST, "/v1/fim/completions", post(answer::fim)),
        (Method::POST, "/v1/embeddings", post(answer::embeddings)),
        (Method::POST, "/v1/images/generations", post(answer::images)),
        (Method::POST, "/v1/messages", post(anthropic::create)),
    ]
}

/// The requests that are answered where the decisions are, or what was handed in is kept.
fn answered_by_leader() -> Vec<Route<Arc<Shared>>> {
    vec![
        (Method::POST, "/v1/responses", post(responses::create)),
        (Method::GET, "/v1/responses/{id}", get(responses::show)),
        (Method::DELETE, "/v1/responses/{id}", delete(responses::delete)),
        (Method::POST, "/v1/responses/input_tokens", post(tokens::count_input)),
        (Method::POST, "/v1/messages/count_tokens", post(tokens::count_messages)),
        (Method::POST, "/tokenize", post(tokens::tokenize)),
        (Method::POST, "/detokenize", post(tokens::detokenize)),
        (Method::POST, "/v1/files", post(batches::upload)),
        (Method::GET, "/v1/files", get(batches::list_files)),
        (Method::GET, "/v1/files/{id}", get(batches::show_file)),
        (Method::DELETE, "/v1/files/{id}", delete(batches::delete_file)),
        (Method::GET, "/v1/files/{id}/content", get(batches::content)),
        (Method::POST, "/v1/batches", post(batches::create)),
        (Method::GET, "/v1/batches", get(batches::list)),
        (Method::GET, "/v1/batches/{id}", get(batches::show)),
        (Method::POST, "/v1/batches/{id}/cancel", post(batches::cancel)),
        (Method::GET, "/v1/models", get(models::models)),
        (Method::GET, "/v1/models/{*model}", get(models::model)),
        (Method::POST, "/v1/tasks", post(tasks::create)),
        (Method::GET, "/v1/tasks", get(tasks::list)),
        (Method::GET, "/v1/tasks/{id}", get(tasks::show)),
        (Method::DELETE, "/v1/tasks/{id}", delete(tasks::cancel)),
        (Method::GET, "/v1/tasks/{id}/events", get(tasks::events)),
        (Method::GET, "/v1/tasks/{id}/receipt", get(tasks::receipt)),
        (Method::GET, "/v1/tasks/{id}/evidence", get(tasks::evidence)),
    ]
}

/// The requests that an application with a key can make.
fn routes() -> Vec<Route<Arc<Shared>>> {
    answered_anywhere().into_iter().chain(answered_by_leader()).collect()
}

/// All paths of the API with their methods.
fn paths() -> Arc<Paths> {
    let open = OPEN_PATHS.map(|path| (Method::GET, path));
    Arc::new(Paths::new(routes().into_iter().map(|(method, path, _)| (method, path)).chain(open)))
}

/// The routes for applications.
pub(super) fn api(shared: Arc<Shared>) -> Router {
    let (paths, front) = (paths(), shared.front.clone());
    let router = routes().into_iter().fold(Router::new(), |router, (_, path, handler)| router.route(path, handler));
    let router = guarded(router, &front, &paths).route("/", get(page::show)).with_state(shared);
    edge::around(router, paths, front.edge.clone())
}

/// The routes for applications at a replica that follows. What it does not answer itself it has from `elsewhere`.
pub(super) fn api_of_follower(front: &Front, elsewhere: MethodRouter<Front>) -> Router {
    let paths = paths();
    let own = answered_anywhere().into_iter();
    let router = own.fold(Router::new(), |router, (_, path, handler)| router.route(path, handler));
    let others: BTreeSet<_> = answered_by_leader().into_iter().map(|(_, path, _)| path).collect();
    let router = others.into_iter().fold(router, |router, path| router.route(path, elsewhere.clone()));
    let router = guarded(router, front, &paths).route("/", elsewhere).with_state(front.clone());
    edge::around(router, paths, front.edge.clone())
}

/// Lets callers with a key alone to the routes, and says what there is where there is none.
fn guarded<S: Clone + Send + Sync + 'static>(router: Router<S>, front: &Front, paths: &Arc<Paths>) -> Router<S> {
    let (here, there) = (paths.clone(), paths.clone());
    router
        .fallback(move |uri: Uri| async move { here.not_found(uri.path()) })
        .method_not_allowed_fallback(
            move |method: Method, uri: Uri| async move { there.not_allowed(&method, uri.path()) },
        )
        // `body::read` has the limit.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(front.clone(), admit))
        .layer(middleware::from_fn(anthropic::translate))
        .route(openapi::PATH, get(openapi::document))
        .route("/health", get(admin::liveness))
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
        .route("/miners/lift", post(orders::lift))
        .with_state(orders::Operators { shared: shared.clone(), operator });
    Router::new()
        .route("/liveness", get(admin::liveness))
        .route("/readiness", get(admin::readiness))
        .route("/metrics", get(admin::metrics))
        .route("/status", get(admin::status))
        .route("/tasks", get(admin::tasks))
        .route("/tasks/{id}", get(admin::task))
        .route("/logs", get(inspect::logs))
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
async fn admit(State(front): State<Front>, request: Request, next: Next) -> Response {
    // The body of a caller without a valid key is never read.
    let caller = match auth::caller(&front, &request) {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    match body::read(request, front.edge.max_body, front.gateway.room()).await {
        Ok(mut request) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal,
    }
}

/// The assignment log up to the head that miners have or soon will get.
async fn assignments(State(shared): State<Arc<Shared>>) -> Response {
    let path = shared.log.path();
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
    // The listener counts requests, and what follows an upgrade is none.
    let Some(place) = shared.doorway.enter() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    bounded(upgrade).on_upgrade(move |socket| link::serve(shared, socket, place))
}

/// A miner's WebSocket takes no more memory than its frames may have.
pub(super) fn bounded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade.max_message_size(MAX_ANSWER).max_frame_size(MAX_ANSWER).read_buffer_size(BUFFER)
}
