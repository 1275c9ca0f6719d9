//! HTTP requests that followers pass on: the leader answers them by its own routes.

use std::sync::Arc;

use alloy::primitives::Bytes;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode},
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tokio::sync::Semaphore;

use super::{
    frame::{Door, Passed, Tell},
    line::Outgoing,
};

/// Parts of an answer that a follower is sent before it has passed on the first.
pub(super) const WINDOW: usize = 16;
/// Bytes of a part at most.
const PART: usize = 64 << 10;
/// Headers of one connection, which mean nothing on another one (RFC 9110, 7.6.1), and those that the follower sets itself.
const OWN: [&str; 7] = ["connection", "content-length", "host", "keep-alive", "origin", "transfer-encoding", "upgrade"];

/// The leader's routes.
#[derive(Clone, Debug)]
pub(super) struct Routes {
    pub(super) api: Router,
    pub(super) link: Router,
    pub(super) admin: Router,
}

/// Headers as they are passed on.
pub(super) fn pack(headers: &HeaderMap) -> Vec<(String, Bytes)> {
    let passed = headers.iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
    passed.map(|(name, value)| (name.as_str().to_owned(), Bytes::copy_from_slice(value.as_bytes()))).collect()
}

/// Headers as they were passed on.
pub(super) fn unpack(headers: Vec<(String, Bytes)>) -> HeaderMap {
    let read = |(name, value): (String, Bytes)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(&value).ok()?))
    };
    headers.into_iter().filter_map(read).collect()
}

/// Answers a request, part by part as the follower passes them on.
pub(super) async fn answer(routes: Routes, number: u64, passed: Passed, outgoing: Outgoing, window: Arc<Semaphore>) {
    let response = respond(routes, passed).await;
    let head = Tell::Head(number, response.status().as_u16(), pack(response.headers()));
    outgoing.say(&head);
    let mut body = response.into_body().into_data_stream();
    while let Some(bytes) = body.next().await {
        let Ok(mut bytes) = bytes else { return outgoing.say(&Tell::Done(number, false)) };
        while !bytes.is_empty() {
            let part = bytes.split_to(bytes.len().min(PART));
            match window.acquire().await {
                Ok(place) => place.forget(),
                // It is never closed.
                Err(_) => return,
            }
            outgoing.say(&Tell::Part(number, Bytes(part)));
        }
    }
    outgoing.say(&Tell::Done(number, true));
}

async fn respond(routes: Routes, Passed { door, method, uri, headers, body }: Passed) -> Response {
    let router = match door {
        Door::Api => routes.api,
        Door::Link => routes.link,
        Door::Admin => routes.admin,
    };
    let request = Request::builder().method(method.as_str()).uri(uri).body(Body::from(body.0));
    let Ok(mut request) = request else { return StatusCode::BAD_REQUEST.into_response() };
    *request.headers_mut() = unpack(headers);
    let answered: Result<Response, std::convert::Infallible> = TowerToHyperService::new(router).call(request).await;
    match answered {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
