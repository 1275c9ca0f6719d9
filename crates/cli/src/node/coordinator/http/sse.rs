//! How streams of events are sent, so that proxies pass them on at once and simple readers are not broken.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt, stream};
use tokio::time;

/// A line after this much silence keeps proxies from closing the stream.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A comment without a blank line after it, so that it is part of the event that follows also for readers that take what is between
/// blank lines for an event.
const LINE: &[u8] = b":\n";
/// Tells nginx to pass on each event when it comes.
const BUFFERING_HEADER: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The answer that is a stream of events.
pub(super) fn respond(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    // Axum says `Cache-Control: no-cache` itself.
    let (mut head, body) = Sse::new(events).into_response().into_parts();
    head.headers.insert(BUFFERING_HEADER, HeaderValue::from_static("no"));
    Response::from_parts(head, Body::from_stream(with_lines(body.into_data_stream())))
}

/// The same with events of its own against silence, for clients that expect such.
pub(super) fn respond_with(
    events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static,
    alive: KeepAlive,
) -> Response {
    let mut response = Sse::new(events).keep_alive(alive).into_response();
    response.headers_mut().insert(BUFFERING_HEADER, HeaderValue::from_static("no"));
    response
}

/// Adds a line after each silence.
fn with_lines<E>(events: impl Stream<Item = Result<Bytes, E>> + Unpin) -> impl Stream<Item = Result<Bytes, E>> {
    stream::unfold(events, async |mut events| match time::timeout(KEEP_ALIVE, events.next()).await {
        Ok(event) => Some((event?, events)),
        Err(_) => Some((Ok(Bytes::from_static(LINE)), events)),
    })
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_is_filled_with_lines_that_are_no_events() {
        let events = stream::iter(["one", "two"]).then(async |said| {
            time::sleep(KEEP_ALIVE * 5 / 2).await;
            Ok(Event::default().data(said))
        });
        let response = respond(events);
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        let body = response.into_body().collect().await.expect("read").to_bytes();
        assert_eq!(body, ":\n:\ndata: one\n\n:\n:\ndata: two\n\n");
    }
}
