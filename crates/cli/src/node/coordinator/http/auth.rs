//! Who calls: checks the API key of a request before the body is read.

use std::num::NonZeroU32;

use axum::{
    extract::Request,
    http::{Method, StatusCode, header},
};
use cuckoo_protocol::{
    coordinator::LEAST_TOKENS,
    task::{ChatMessage, ChatRole, chat::TYPICAL_IMAGE_TOKENS},
};

use super::{error::ApiError, request};
use crate::node::coordinator::{
    api_keys::{Caller, Refusal},
    front::Front,
};

/// Who makes a request.
pub(super) fn caller(front: &Front, request: &Request) -> Result<Caller, ApiError> {
    let credentials = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let secret = credentials.and_then(read_bearer);
    // As Anthropic's clients send it.
    let secret = secret.or_else(|| request.headers().get("x-api-key").and_then(|value| value.to_str().ok()));
    let counts = request.method() == Method::POST;
    front.keys.admit(secret, counts).map_err(|refusal| refused(refusal, "requests"))
}

/// The key in an `Authorization`. The name of the scheme has no case, and spaces around the key mean nothing (RFC 9110, 11).
fn read_bearer(credentials: &str) -> Option<&str> {
    let (scheme, key) = credentials.trim().split_once([' ', '\t'])?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Counts the tokens that a request may use against the limit of its key.
pub(super) fn spend(caller: &Caller, request: &request::Request) -> Result<(), ApiError> {
    // For most languages, tokenizers make a token of about four bytes.
    let tokens = |message: &ChatMessage| match message.role {
        ChatRole::Image => TYPICAL_IMAGE_TOKENS,
        _ => message.content.len() as u64 / 4,
    };
    let prompts = request.prompts.iter().flatten().map(tokens).sum::<u64>();
    let answers = request.prompts.len() as u64 * u64::from(request.n);
    // Who does not say how long an answer may be asks for an ordinary one, and not for all that there may be room for.
    let each = if request.open { LEAST_TOKENS } else { request.sampling.max_tokens };
    let tokens = prompts + answers * u64::from(each);
    let tokens = NonZeroU32::new(u32::try_from(tokens).unwrap_or(u32::MAX)).unwrap_or(NonZeroU32::MIN);
    caller.spend(tokens).map_err(|refusal| refused(refusal, "tokens"))
}

fn refused(refusal: Refusal, what: &str) -> ApiError {
    let error = |code, message| ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", code, message);
    match refusal {
        Refusal::Unknown => {
            let message = "a valid API key is needed; hint: send the header `Authorization: Bearer KEY`";
            ApiError::new(StatusCode::UNAUTHORIZED, "invalid_request_error", "invalid_api_key", message)
        }
        Refusal::TooOften { retry_after } => ApiError {
            retry_after: Some(retry_after.as_secs() as u32 + 1),
            ..error("rate_limit_exceeded", format!("this API key has used up its {what} per minute"))
        },
        Refusal::TooMany { limit } => {
            let message = format!("the request may use more than the {limit} tokens per minute of this API key");
            error("request_too_large", message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_however_their_header_is_written() {
        for credentials in ["Bearer ck_1", "bearer ck_1", "BEARER   ck_1 ", " Bearer\tck_1"] {
            assert_eq!(read_bearer(credentials), Some("ck_1"), "{credentials}");
        }
        for credentials in ["ck_1", "Basic ck_1", "Bearer", ""] {
            assert_eq!(read_bearer(credentials), None, "{credentials}");
        }
    }
}
