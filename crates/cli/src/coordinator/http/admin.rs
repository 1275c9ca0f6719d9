//! The operators' listener: is it alive, is it ready, what does it do.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use cuckoo_protocol::status::Snapshot;
use futures::{Stream, stream};
use tokio::time;

use crate::coordinator::{Shared, metrics};

/// How often a dashboard is told of changes at most.
const PACE: Duration = Duration::from_millis(200);

pub(super) async fn liveness() -> StatusCode {
    StatusCode::OK
}

pub(super) async fn readiness(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    if shared.is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "going away, or the chain cannot be read\n")
    }
}

pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let text = metrics::render(&shared.metrics, &shared.status(), shared.core().log_head().entries);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

pub(super) async fn status(State(shared): State<Arc<Shared>>) -> Json<Snapshot> {
    Json(shared.status())
}

/// A snapshot now, and one after every change.
pub(super) async fn events(State(shared): State<Arc<Shared>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let snapshots = stream::unfold((shared, None), |(shared, seen)| async move {
        let mut current = shared.generation();
        while seen == Some(current) {
            time::sleep(PACE).await;
            current = shared.generation();
        }
        let event = Event::default().json_data(shared.status()).unwrap_or_else(|error| {
            tracing::error!(%error, "the status cannot be written");
            Event::default().comment("the status cannot be written")
        });
        time::sleep(PACE).await;
        Some((Ok(event), (shared, Some(current))))
    });
    Sse::new(snapshots).keep_alive(KeepAlive::default())
}
