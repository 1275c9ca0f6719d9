//! Errors as this API has them: `{"type": "error", "error": {"type", "message"}}`.

use axum::{
    Json,
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{super::error::ApiError, model::is_spoken};

/// What the paths of this API begin with.
const PATH: &str = "/v1/messages";
/// What the paths begin with that OpenAI's API has too.
const SHARED_PATH: &str = "/v1/models";

/// The word for an error.
const fn kind(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "authentication_error",
        StatusCode::PAYMENT_REQUIRED => "billing_error",
        StatusCode::FORBIDDEN => "permission_error",
        StatusCode::NOT_FOUND => "not_found_error",
        StatusCode::PAYLOAD_TOO_LARGE => "request_too_large",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        StatusCode::SERVICE_UNAVAILABLE => "overloaded_error",
        StatusCode::GATEWAY_TIMEOUT | StatusCode::REQUEST_TIMEOUT => "timeout_error",
        status if status.as_u16() >= 500 => "api_error",
        _ => "invalid_request_error",
    }
}

/// An error in this form. The code is one that only this network's clients know.
pub(super) fn body(error: &ApiError) -> Value {
    let details = json!({"error_code": error.code, "param": error.param});
    json!({"type": "error", "error": {"type": kind(error.status), "message": error.message, "details": details}})
}

/// Writes the errors of this API's paths in its form, also those of layers around them.
pub(in super::super) async fn translate(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_own = path.starts_with(PATH) || (path.starts_with(SHARED_PATH) && is_spoken(request.headers()));
    let response = next.run(request).await;
    let Some(error) = response.extensions().get::<ApiError>().filter(|_| is_own).cloned() else { return response };
    let mut translated = (response.status(), Json(body(&error))).into_response();
    for (name, value) in response.headers() {
        if !translated.headers().contains_key(name) && name != axum::http::header::CONTENT_LENGTH {
            translated.headers_mut().insert(name, value.clone());
        }
    }
    translated
}
