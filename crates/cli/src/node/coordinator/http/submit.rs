//! Makes tasks of a checked request.

use std::{num::NonZeroU32, time::Duration};

use alloy::primitives::{B256, keccak256};
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, StatusCode},
};
use cuckoo_protocol::{
    Cai,
    coordinator::{LEAST_TOKENS, Limits},
    price::Rate,
    task::{ChatMessage, Idempotency, Sampling, TaskId, TaskSpec},
    wire::{MAX_REQUEST, MAX_TASK},
};

use super::{auth, error::ApiError, request::Request};
use crate::{
    host::clock,
    node::coordinator::{api_keys::Caller, front::Front},
};

/// A request has at most this many tasks.
const MAX_TASKS: u32 = 64;

/// An `Idempotency-Key` has at most this many bytes.
const MAX_KEY: usize = 255;

/// 32 bytes of the application's choice that go into the draw of its task.
const SALT_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-salt");
/// The most that a task may cost, in CAI.
const MAX_PRICE_HEADER: HeaderName = HeaderName::from_static("x-cuckoo-max-price");

/// The tasks of a request, and what their application is ready to pay.
pub(super) struct Submission {
    pub(super) specs: Vec<TaskSpec>,
    pub(super) limits: Limits,
}

/// Makes a task of every answer that a request asks for.
pub(super) fn read_submission(
    front: &Front,
    caller: &Caller,
    headers: &HeaderMap,
    body: &Bytes,
    request: &Request,
) -> Result<Submission, ApiError> {
    let idempotency = read_idempotency(headers, caller, body)?;
    let now = clock::now();
    let timeout = request.timeout_seconds.map_or(front.task_timeout, Duration::from_secs);
    let pick_salt = read_pick_salt(headers)?;
    auth::spend(caller, request)?;
    check_size(request)?;
    let max_tokens = match request.open {
        true => request.sampling.max_tokens.min(default_tokens(front.edge.default_tokens, caller)),
        false => request.sampling.max_tokens,
    };
    let answers = request.prompts.iter().flat_map(|prompt| (0..request.n).map(move |answer| (prompt, answer)));
    let spec = |(number, (prompt, answer)): (u32, (&Vec<ChatMessage>, u32))| TaskSpec {
        id: TaskId(B256::from(rand::random::<[u8; 32]>())),
        model: request.model.clone(),
        messages: prompt.clone(),
        sampling: Sampling {
            max_tokens,
            seed: request.sampling.seed.wrapping_add(answer.into()),
            ..request.sampling.clone()
        },
        salt: B256::from(rand::random::<[u8; 32]>()),
        pick_salt,
        accepted_at: now,
        deadline: now + timeout.as_millis() as u64,
        caller: caller.key.clone(),
        idempotency: idempotency.map(|Idempotency { key, body }| Idempotency { key: nth_key(key, number), body }),
        // The coordinator sets its own rate when it accepts the task.
        rate: Rate::default(),
        scored: request.logprobs,
        streamed: request.stream,
        examine: None,
    };
    let specs: Vec<_> = (0..).zip(answers).map(spec).collect();
    let limits =
        Limits { max_price: read_max_price(headers)?, budget: caller.budget, batch: false, open: request.open };
    Ok(Submission { specs, limits })
}

/// The most tokens of an answer whose application has not said how many: the operator's, and no more than its key may use in a minute.
fn default_tokens(default: u32, caller: &Caller) -> u32 {
    let rate = caller.tokens_per_minute().map_or(u32::MAX, NonZeroU32::get);
    default.min(rate.max(LEAST_TOKENS))
}

/// Refuses prompts that are too large, each or all together, before they are copied for each of their answers.
fn check_size(request: &Request) -> Result<(), ApiError> {
    let refused = |message: String| {
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request_error", "prompt_too_large", message)
    };
    let bytes = |prompt: &Vec<ChatMessage>| {
        prompt.iter().map(|message| message.content.len()).sum::<usize>() + request.sampling.schema.len()
    };
    let sizes: Vec<_> = request.prompts.iter().map(bytes).collect();
    if let Some(bytes) = sizes.iter().max().filter(|bytes| **bytes > MAX_TASK) {
        return Err(refused(format!("the prompt has {bytes} bytes; at most {MAX_TASK} are accepted")));
    }
    let all = sizes.iter().sum::<usize>().saturating_mul(request.n as usize);
    if all > MAX_REQUEST {
        return Err(refused(format!(
            "the prompts of all answers have {all} bytes together; at most {MAX_REQUEST} are accepted; hint: ask for fewer \
             answers at once, with a smaller `n` or in several requests"
        )));
    }
    Ok(())
}

/// Reads the `Idempotency-Key`, if there is one.
fn read_idempotency(headers: &HeaderMap, caller: &Caller, body: &Bytes) -> Result<Option<Idempotency>, ApiError> {
    match headers.get("idempotency-key") {
        None => Ok(None),
        Some(key) if key.is_empty() || key.len() > MAX_KEY => {
            let message = format!("an Idempotency-Key must have 1 to {MAX_KEY} bytes");
            Err(ApiError::invalid("invalid_value", message, "Idempotency-Key"))
        }
        Some(key) => {
            let key = owned_key(caller.key.as_deref(), key.as_bytes());
            Ok(Some(Idempotency { key, body: keccak256(body) }))
        }
    }
}

/// An idempotency key of the caller with this API key. Two callers may choose the same key.
fn owned_key(owner: Option<&str>, key: &[u8]) -> B256 {
    keccak256([keccak256(owner.unwrap_or_default()).as_slice(), key].concat())
}

/// The idempotency keys of the tasks of a request that came with this key, as many as a request may have.
pub(super) fn task_keys(owner: Option<&str>, key: &[u8]) -> impl Iterator<Item = B256> + use<> {
    let key = owned_key(owner, key);
    (0..MAX_TASKS).map(move |number| nth_key(key, number))
}

/// The idempotency key of the task with this number in its request.
fn nth_key(key: B256, number: u32) -> B256 {
    if number == 0 { key } else { keccak256([key.as_slice(), &number.to_be_bytes()].concat()) }
}

/// Reads the most that the application lets this task cost.
fn read_max_price(headers: &HeaderMap) -> Result<Option<u128>, ApiError> {
    let Some(value) = headers.get(MAX_PRICE_HEADER) else { return Ok(None) };
    let amount = value.to_str().ok().and_then(|text| text.parse::<Cai>().ok());
    let amount = amount.ok_or_else(|| {
        ApiError::invalid(
            "invalid_value",
            "the highest price must be an amount of CAI, such as 0.5",
            MAX_PRICE_HEADER.as_str(),
        )
    })?;
    Ok(Some(amount.base_units().saturating_to()))
}

/// Reads the application's own part in the draw of its task, so that not even the coordinator can foresee it.
fn read_pick_salt(headers: &HeaderMap) -> Result<B256, ApiError> {
    let Some(value) = headers.get(SALT_HEADER) else { return Ok(B256::ZERO) };
    value
        .to_str()
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| ApiError::invalid("invalid_value", "the salt must be 64 hex digits", SALT_HEADER.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::coordinator::api_keys::{Allowance, KeyFile, Keyring, generate};

    #[test]
    fn a_key_that_may_use_little_is_not_refused_for_what_its_application_has_not_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = KeyFile::in_directory(folder.path());
        let of = |rate: Option<u32>| {
            let allowance = Allowance { tokens_per_minute: rate.and_then(NonZeroU32::new), ..Allowance::default() };
            let (secret, key) = generate("app".into(), allowance, 1);
            file.write(vec![key]).expect("written");
            Keyring::open(file.clone()).expect("opens").admit(Some(&secret), true).expect("is let in")
        };
        assert_eq!(default_tokens(32_768, &of(None)), 32_768);
        assert_eq!(default_tokens(32_768, &of(Some(2_000))), 2_000);
        assert_eq!(default_tokens(32_768, &of(Some(100))), LEAST_TOKENS);
        let body = |more: &str| format!(r#"{{"model": "m", "messages": [{{"role": "user", "content": "hi"}}]{more}}}"#);
        let read = |more: &str| {
            crate::node::coordinator::http::request::chat::read(body(more).as_bytes(), 0).expect("is valid")
        };
        // An ordinary answer is counted, and not all that there is room for.
        let caller = of(Some(2_000));
        for _ in 0..3 {
            auth::spend(&caller, &read("")).expect("there is room for three");
        }
        assert_eq!(auth::spend(&caller, &read("")).expect_err("no more").code, "rate_limit_exceeded");
        let asked = read(r#", "max_tokens": 2001"#);
        assert_eq!(auth::spend(&of(Some(2_000)), &asked).expect_err("asks for more").code, "request_too_large");
    }

    #[test]
    fn a_prompt_counts_once_for_each_of_its_answers() {
        let request = |bytes: usize, n: u32| {
            let body =
                serde_json::json!({"model": "m", "messages": [{"role": "user", "content": "x".repeat(bytes)}], "n": n});
            crate::node::coordinator::http::request::chat::read(body.to_string().as_bytes(), 0).expect("is valid")
        };
        check_size(&request(MAX_REQUEST / 16 - 1, 16)).expect("is as much as is taken");
        check_size(&request(MAX_TASK - 1_000, 1)).expect("is as much as is taken");
        for (bytes, n) in [(MAX_REQUEST / 16 + 1, 16), (MAX_TASK + 1, 1), (MAX_TASK - 1_000, 2)] {
            let error = check_size(&request(bytes, n)).expect_err("too much");
            assert_eq!((error.status.as_u16(), error.code), (413, "prompt_too_large"));
        }
    }
}
