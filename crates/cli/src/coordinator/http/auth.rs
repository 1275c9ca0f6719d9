//! Who calls: the API key of a request, checked before anything of it is read.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::error::ApiError;
use crate::coordinator::{Shared, keys::Refusal};

/// Lets a request through with its [`Caller`](crate::coordinator::keys::Caller) beside it, or turns it away.
pub(super) async fn admit(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let secret = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let secret = secret.and_then(|value| value.strip_prefix("Bearer "));
    let counts = request.method() == Method::POST;
    match shared.keys.admit(secret, counts) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(Refusal::Unknown) => {
            let message = "a valid API key is needed: Authorization: Bearer KEY";
            let error = ApiError::new(StatusCode::UNAUTHORIZED, "invalid_request_error", "invalid_api_key", message);
            let mut response = error.into_response();
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
        Err(Refusal::TooOften { retry_after }) => {
            let message = "this API key has used up its tasks per minute";
            let error =
                ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "rate_limit_exceeded", message);
            ApiError { retry_after: Some(retry_after.as_secs() as u32 + 1), ..error }.into_response()
        }
    }
}
