//! Errors in OpenAI's shape: `{"error": {"message", "type", "param", "code"}}`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use cuckoo_protocol::coordinator::SubmitError;
use serde_json::{Value, json};

/// An error that an application sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) kind: &'static str,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) param: Option<String>,
    pub(super) retry_after: Option<u32>,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, kind: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, code, message: message.into(), param: None, retry_after: None }
    }

    /// 400: the request is at fault.
    pub(super) fn invalid(code: &'static str, message: impl Into<String>, param: impl Into<String>) -> Self {
        let error = Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", code, message);
        Self { param: Some(param.into()), ..error }
    }

    /// The error of a task that ended without a result.
    pub(super) fn task_failed(reason: &str) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "api_error", "task_failed", format!("the task failed: {reason}"))
    }

    /// The error of an answer whose reader was cut off.
    pub(super) fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "api_error", "too_slow", "the answer was not read in time")
    }

    pub(super) fn body(&self) -> Value {
        json!({"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}})
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // Other APIs write it in their own forms.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        let message = error.to_string();
        match error {
            SubmitError::UnknownModel { known, .. } => {
                let message = format!("{message}; available models: {}", known.join(", "));
                let error = Self::new(StatusCode::NOT_FOUND, "invalid_request_error", "model_not_found", message);
                Self { param: Some("model".into()), ..error }
            }
            SubmitError::WrongKind { .. } => Self::invalid("wrong_kind_of_model", message, "model"),
            SubmitError::NoMiners => Self {
                retry_after: Some(2),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "api_error", "no_miners", message)
            },
            SubmitError::NoLeader => Self {
                retry_after: Some(2),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "api_error", "no_leader", message)
            },
            SubmitError::Overloaded { .. } => Self {
                retry_after: Some(1),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "overloaded", message)
            },
            SubmitError::Crowded { .. } => Self {
                retry_after: Some(5),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "overloaded", message)
            },
            SubmitError::IdempotencyConflict => {
                Self::new(StatusCode::CONFLICT, "invalid_request_error", "idempotency_key_reused", message)
            }
            SubmitError::ResultGone => Self::new(StatusCode::GONE, "invalid_request_error", "result_not_kept", message),
            SubmitError::Unfetched => Self {
                retry_after: Some(60),
                ..Self::new(StatusCode::INSUFFICIENT_STORAGE, "rate_limit_error", "results_not_fetched", message)
            },
            SubmitError::ManyKeys => Self {
                retry_after: Some(60),
                ..Self::new(StatusCode::INSUFFICIENT_STORAGE, "rate_limit_error", "too_many_keys", message)
            },
            SubmitError::PriceAboveCap { .. } => {
                Self::new(StatusCode::PAYMENT_REQUIRED, "invalid_request_error", "price_above_cap", message)
            }
            SubmitError::BudgetSpent { .. } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "insufficient_quota", "insufficient_quota", message)
            }
            SubmitError::EscrowExhausted { .. } => Self {
                retry_after: Some(30),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "api_error", "escrow_exhausted", message)
            },
            SubmitError::DiskFull => Self {
                retry_after: Some(5),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "api_error", "no_room", message)
            },
            SubmitError::RepeatedId => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error", "repeated_id", message)
            }
            SubmitError::Draining => Self {
                retry_after: Some(5),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "api_error", "draining", message)
            },
        }
    }
}
