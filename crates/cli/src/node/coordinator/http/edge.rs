//! What every answer to an application has: an id, an error that clients can read, and the headers for web pages
//! of other origins. It also routes a request to the path that its client means.

use std::sync::Arc;

use alloy::primitives::B256;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};

use super::{
    error::ApiError,
    paths::{Paths, with_path},
};
use crate::node::coordinator::Edge;

/// A random id that names the request in a report.
const REQUEST_HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// At most this many bytes are in a request's head. The listener itself takes twice as many, so that there is somebody to say why
/// a request is refused.
const MAX_HEAD: usize = 16 * 1024;
/// The most of another layer's refusal that is passed on, in bytes.
const MAX_REASON: usize = 4_096;
/// How long a browser remembers what another origin may do, in seconds: the longest that Chromium keeps.
const PREFLIGHT_SECONDS: &str = "7200";
/// Headers of answers that web pages may read.
const EXPOSED: &str = "x-request-id, x-cuckoo-task, x-cuckoo-receipt, x-cuckoo-cost, retry-after, openai-processing-ms";

/// Puts these layers around the routes for applications.
pub(super) fn around(routes: Router, paths: Arc<Paths>, edge: Arc<Edge>) -> Router {
    Router::new()
        .fallback_service(routes)
        .layer(middleware::map_request_with_state(paths, find_path))
        .layer(middleware::from_fn_with_state(edge, finish))
}

/// Gives every response an id, and every error a body in OpenAI's form.
async fn finish(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    let origin = allowed_origin(&edge.origins, request.headers());
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        && origin.is_some();
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let mut response = if size_of_head(&request) > MAX_HEAD {
        let message = format!("the request's head has more than {MAX_HEAD} bytes");
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        ApiError::new(status, "invalid_request_error", "head_too_large", message).into_response()
    } else if is_preflight {
        StatusCode::OK.into_response()
    } else {
        readable(next.run(request).await).await
    };
    let headers = response.headers_mut();
    if !headers.contains_key(REQUEST_HEADER) {
        let id = format!("req_{:x}", B256::from(rand::random::<[u8; 32]>()));
        headers.extend(HeaderValue::from_str(&id[..28]).ok().map(|id| (REQUEST_HEADER, id)));
    }
    if !edge.origins.is_empty() {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        if is_preflight {
            let methods = HeaderValue::from_static("GET, POST, PUT, DELETE");
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_SECONDS));
            headers.extend(asked.map(|asked| (header::ACCESS_CONTROL_ALLOW_HEADERS, asked)));
        }
    }
    response
}

/// The origin that a page of another site may have, if the operator lets it call. Keys travel in a header and never in a cookie, so
/// that no page can use what a browser holds.
fn allowed_origin(origins: &[String], headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let text = origin.to_str().ok()?;
    origins.iter().any(|allowed| allowed == "*" || allowed == text).then(|| origin.clone())
}

fn size_of_head(request: &Request) -> usize {
    let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    fields.sum::<usize>() + request.uri().path_and_query().map_or(0, |path| path.as_str().len())
}

/// The response with a body in OpenAI's form, if it is an error that a library has written in another one.
async fn readable(response: Response) -> Response {
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_json {
        return response;
    }
    let (head, body) = response.into_parts();
    let reason = to_bytes(body, MAX_REASON).await.unwrap_or_default();
    let reason = match String::from_utf8_lossy(&reason).trim() {
        "" => status.canonical_reason().unwrap_or("the request failed").to_owned(),
        reason => reason.to_owned(),
    };
    let kind = if status.is_server_error() { "api_error" } else { "invalid_request_error" };
    let mut response = ApiError::new(status, kind, "refused", reason).into_response();
    let kept = head.headers.into_iter().filter_map(|(name, value)| Some((name?, value)));
    let kept = kept.filter(|(name, _)| *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH);
    response.headers_mut().extend(kept);
    response
}

/// Routes a request to the path that its client means.
async fn find_path(State(paths): State<Arc<Paths>>, mut request: Request<Body>) -> Request<Body> {
    if let Some(path) = paths.meant(request.uri().path())
        && let Some(uri) = with_path(request.uri(), &path)
    {
        *request.uri_mut() = uri;
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_origins_that_the_operator_names_may_call() {
        let headers = HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static("https://ui.example"))]);
        let allowed = |origins: &[&str]| {
            let origins: Vec<_> = origins.iter().map(|origin| (*origin).to_owned()).collect();
            allowed_origin(&origins, &headers).is_some()
        };
        assert!(allowed(&["*"]) && allowed(&["https://a.example", "https://ui.example"]));
        assert!(!allowed(&[]) && !allowed(&["https://ui.example.org"]) && !allowed(&["http://ui.example"]));
    }
}
