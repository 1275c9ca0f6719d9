//! The coordinator's three listeners and their routes.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, State, WebSocketUpgrade},
    response::Response,
    routing::{get, post},
};
use cuckoo_protocol::wire::MAX_FRAME;

use super::{Shared, link};

mod admin;
mod chat;
mod error;
mod request;
mod tasks;

/// Bytes of a request's body.
const MAX_BODY: usize = 2 * 1024 * 1024;

/// For applications.
pub(super) fn api(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat::create))
        .route("/v1/models", get(tasks::models))
        .route("/v1/models/{model}", get(tasks::model))
        .route("/v1/tasks", post(tasks::create))
        .route("/v1/tasks/{id}", get(tasks::show).delete(tasks::cancel))
        .route("/v1/tasks/{id}/receipt", get(tasks::receipt))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(shared)
}

/// For miners.
pub(super) fn link(shared: Arc<Shared>) -> Router {
    Router::new().route("/link", get(upgrade)).with_state(shared)
}

/// For operators and dashboards.
pub(super) fn admin(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/liveness", get(admin::liveness))
        .route("/readiness", get(admin::readiness))
        .route("/status", get(admin::status))
        .route("/status/events", get(admin::events))
        .with_state(shared)
}

async fn upgrade(State(shared): State<Arc<Shared>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.max_message_size(MAX_FRAME).max_frame_size(MAX_FRAME).on_upgrade(move |socket| link::serve(shared, socket))
}
