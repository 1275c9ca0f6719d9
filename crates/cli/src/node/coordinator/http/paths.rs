//! The paths that the API has: which one a client means, and what is said where there is none.

use axum::{
    http::{HeaderValue, Method, StatusCode, Uri, header, uri::PathAndQuery},
    response::{IntoResponse, Response},
};
use cuckoo_protocol::Untrusted;

use super::{absent, error::ApiError};

/// Methods and paths, where `{name}` stands for a part and `{*name}` for all that follows.
#[derive(Clone, Debug)]
pub(super) struct Paths(Vec<(Method, &'static str)>);

impl Paths {
    pub(super) fn new(paths: impl IntoIterator<Item = (Method, &'static str)>) -> Self {
        Self(paths.into_iter().collect())
    }

    /// The methods with which a path can be called: of the patterns that match, those that leave the least open are meant.
    fn methods(&self, path: &str) -> Vec<&str> {
        let open = |pattern: &str| pattern.matches('{').count();
        let meant = || self.0.iter().filter(|(_, pattern)| matches(pattern, path));
        let least = meant().map(|(_, pattern)| open(pattern)).min();
        meant().filter(|(_, pattern)| Some(open(pattern)) == least).map(|(method, _)| method.as_str()).collect()
    }

    /// The path that a client means whose base address has a slash too many, `/v1` twice, or no `/v1`, or has it where it does not
    /// belong; `None` where it is right, or means nothing.
    pub(super) fn meant(&self, path: &str) -> Option<String> {
        let is_known = |path: &str| self.0.iter().any(|(_, pattern)| matches(pattern, path));
        let is_clean = !path.contains("//") && (path == "/" || !path.ends_with('/'));
        if is_clean && is_known(path) {
            return None;
        }
        let mut parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        while let ["v1", "v1", ..] = parts.as_slice() {
            parts.remove(0);
        }
        let clean = format!("/{}", parts.join("/"));
        let bare = clean.strip_prefix("/v1").map(str::to_owned);
        let meant = [Some(clean.clone()), Some(format!("/v1{clean}")), bare];
        let meant = meant.into_iter().flatten().find(|meant| is_known(meant))?;
        (meant != path).then_some(meant)
    }

    /// The error of a path that is not there. It says what there is.
    pub(super) fn not_found(&self, path: &str) -> ApiError {
        let whole = self.0.iter().filter(|(_, path)| path.starts_with("/v1/") && !path.contains('{'));
        let offered: Vec<_> = whole.map(|(method, path)| format!("{method} {path}")).collect();
        let (reason, path, offered) = (absent::reason(path), Untrusted::new(path), offered.join(", "));
        let message = match reason {
            Some(reason) => format!("there is no {path}: {reason}"),
            None => format!("there is no {path}; this coordinator has: {offered}; hint: /openapi.json describes them"),
        };
        ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", "not_found", message)
    }

    /// The error of a method that a path does not have. It says which it has.
    pub(super) fn not_allowed(&self, method: &Method, path: &str) -> Response {
        let allowed = self.methods(path).join(", ");
        let shown = Untrusted::new(method.as_str());
        let message =
            format!("this path does not support the method {shown}; it has: {allowed}; hint: see /openapi.json");
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let mut response =
            ApiError::new(status, "invalid_request_error", "method_not_allowed", message).into_response();
        response.headers_mut().extend(HeaderValue::from_str(&allowed).ok().map(|allowed| (header::ALLOW, allowed)));
        response
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(part), Some(first)) if part.starts_with("{*") => return !first.is_empty(),
            (Some(part), Some(own)) if part == own || (part.starts_with('{') && !own.is_empty()) => {}
            _ => return false,
        }
    }
}

/// The URI with another path.
pub(super) fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let path = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths() -> Paths {
        let paths = ["/", "/openapi.json", "/v1/models", "/v1/models/{*model}", "/v1/tasks/{id}/events"];
        let posts = [(Method::POST, "/v1/chat/completions"), (Method::DELETE, "/v1/tasks/{id}")];
        Paths::new(paths.map(|path| (Method::GET, path)).into_iter().chain(posts))
    }

    #[test]
    fn paths_are_those_that_clients_mean() {
        for (path, meant) in [
            ("//v1/chat/completions", "/v1/chat/completions"),
            ("/v1/chat/completions/", "/v1/chat/completions"),
            ("/v1/v1/chat/completions", "/v1/chat/completions"),
            ("/chat/completions", "/v1/chat/completions"),
            ("/models", "/v1/models"),
            ("/v1/models/", "/v1/models"),
            ("/v1//models/org/name", "/v1/models/org/name"),
            ("/tasks/1/events/", "/v1/tasks/1/events"),
            ("//", "/"),
        ] {
            assert_eq!(paths().meant(path).as_deref(), Some(meant), "{path}");
        }
        for path in ["/", "/v1/models", "/v1/models/org/name", "/openapi.json", "/metrics", "/v1/nothing", "/v2/models"]
        {
            assert_eq!(paths().meant(path), None, "{path}");
        }
        let uri = "http://host/models?limit=1".parse().expect("a URI");
        assert_eq!(with_path(&uri, "/v1/models").expect("one").to_string(), "http://host/v1/models?limit=1");
    }

    #[test]
    fn what_is_not_there_is_answered_by_what_is() {
        let error = paths().not_found("/v1/chat");
        assert!(error.message.contains("POST /v1/chat/completions") && !error.message.contains('{'), "{error:?}");
        let refused = paths().not_allowed(&Method::PUT, "/v1/tasks/7");
        assert_eq!((refused.status().as_u16(), refused.headers()["allow"].to_str().ok()), (405, Some("DELETE")));
    }
}
