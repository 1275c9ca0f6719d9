//! What an endpoint's answer is: a result, a failure that time may cure, or one that it does not; in words without secrets.

use std::{borrow::Cow, time::Duration};

use alloy::primitives::{Bytes, hex};
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{
    Untrusted,
    chain::{Cause, ChainError, DisplaySafeUrl, Revert},
};

/// Codes of JSON-RPC errors that mean a rate limit: the common one and HTTP's, and those of QuickNode, Base, thirdweb, reown and others.
const RATE_LIMITS: [i64; 7] = [-32005, 429, -32007, -32016, -32012, -32029, -32090];
/// Characters of an answer that are shown where it is not what was asked for.
const SHOWN: usize = 80;
/// Shorter parts of a URL are not taken for secrets.
const LEAST_SECRET: usize = 4;

/// What is wrong with an endpoint for now or for good.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) reason: String,
    pub(super) cause: Cause,
    /// The wait that the endpoint asked for.
    pub(super) asked: Option<Duration>,
}

/// What one attempt came to where it gave no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// Worth another attempt.
    Temporary(Trouble),
    /// The endpoint is of no use.
    Useless(Trouble),
    /// It has answered, and another attempt would end in the same way.
    Final(ChainError),
}

/// The answer to one HTTP request.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) asked: Option<Duration>,
    pub(super) bytes: Vec<u8>,
}

#[derive(Deserialize)]
struct RpcAnswer<'a> {
    #[serde(default)]
    id: Value,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<Value>,
}

struct ErrorObject {
    code: i64,
    message: String,
    data: Option<Value>,
}

impl Trouble {
    pub(super) fn new(cause: Cause, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), cause, asked: None }
    }

    /// An answer to several requests lacks one.
    pub(super) fn lacking() -> Self {
        Self::new(Cause::NotJsonRpc, "it has answered a part of the requests only")
    }

    pub(super) fn unreachable(self, url: &DisplaySafeUrl) -> ChainError {
        ChainError::Unreachable { url: url.clone(), reason: self.reason, cause: self.cause }
    }
}

impl Failure {
    /// The same for another request of the same batch.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Temporary(trouble) => Self::Temporary(trouble.clone()),
            Self::Useless(trouble) => Self::Useless(trouble.clone()),
            Self::Final(error) => Self::Useless(Trouble::new(Cause::NotJsonRpc, error.to_string())),
        }
    }
}

impl Answer {
    /// The answer to a single request.
    pub(super) fn single(&self, url: &DisplaySafeUrl, method: &'static str) -> Result<Box<RawValue>, Failure> {
        match serde_json::from_slice::<RpcAnswer<'_>>(&self.bytes) {
            Ok(answer) => self.read(&answer, &self.bytes, url, method),
            Err(_) => Err(self.odd(url, &self.bytes)),
        }
    }

    /// The answers to several requests, in their order; `None` where the endpoint did not take them for several.
    pub(super) fn several(
        &self,
        url: &DisplaySafeUrl,
        methods: &[&'static str],
        first_id: u64,
    ) -> Option<Vec<Result<Box<RawValue>, Failure>>> {
        let parts: Vec<&RawValue> = serde_json::from_slice(&self.bytes).ok()?;
        let mut answers: Vec<_> = methods.iter().map(|_| Err(Failure::Temporary(Trouble::lacking()))).collect();
        for part in parts {
            let Ok(answer) = serde_json::from_str::<RpcAnswer<'_>>(part.get()) else { continue };
            let place = answer.id.as_u64().and_then(|id| usize::try_from(id.checked_sub(first_id)?).ok());
            if let Some(place) = place.filter(|place| *place < methods.len()) {
                answers[place] = self.read(&answer, part.get().as_bytes(), url, methods[place]);
            }
        }
        Some(answers)
    }

    fn read(
        &self,
        answer: &RpcAnswer<'_>,
        bytes: &[u8],
        url: &DisplaySafeUrl,
        method: &'static str,
    ) -> Result<Box<RawValue>, Failure> {
        match (&answer.error, answer.result) {
            (Some(Value::Null) | None, Some(result)) if self.status.is_success() => Ok(result.to_owned()),
            // `"result": null` reads as an absent field; it is an answer of its own, such as for an unknown receipt.
            (Some(Value::Null) | None, None) if self.status.is_success() && has_result(bytes) => {
                Ok(RawValue::NULL.to_owned())
            }
            // Some endpoints send their JSON-RPC errors with an HTTP error status.
            (Some(error), _) if !error.is_null() => match ErrorObject::read(error) {
                Some(error) => Err(self.error(error, url, method)),
                None => Err(self.odd(url, bytes)),
            },
            _ => Err(self.odd(url, bytes)),
        }
    }

    fn trouble(&self, cause: Cause, reason: impl Into<String>) -> Trouble {
        Trouble { asked: self.asked, ..Trouble::new(cause, reason) }
    }

    /// Something that is not JSON-RPC, or an HTTP error.
    fn odd(&self, url: &DisplaySafeUrl, bytes: &[u8]) -> Failure {
        let shown = excerpt(bytes, url.expose());
        let status = self.status;
        if status.is_success() {
            let reason = match shown {
                Some(shown) => format!("the answer is not JSON-RPC: {shown}"),
                None => "the answer is empty".into(),
            };
            return Failure::Temporary(self.trouble(Cause::NotJsonRpc, reason));
        }
        let reason = match shown {
            Some(shown) => format!("HTTP status {status}: {shown}"),
            None => format!("HTTP status {status}"),
        };
        match status.as_u16() {
            429 => Failure::Temporary(self.trouble(Cause::Busy, reason)),
            408 | 425 | 500.. => Failure::Temporary(self.trouble(Cause::Status(status.as_u16()), reason)),
            code => Failure::Useless(self.trouble(Cause::Status(code), reason)),
        }
    }

    fn error(&self, error: ErrorObject, url: &DisplaySafeUrl, method: &'static str) -> Failure {
        let ErrorObject { code, message, data } = error;
        if let Some(data) = revert_data(data.as_ref()) {
            return Failure::Final(ChainError::Reverts(Revert::decode(&data)));
        }
        let words = message.to_ascii_lowercase();
        let shown = Untrusted::new(without_secrets(&message, url.expose()).into_owned());
        let is_rate = RATE_LIMITS.contains(&code) && !is_about_logs(&words);
        if is_rate || is_rate_limit(&words) || self.status.as_u16() == 429 {
            return Failure::Temporary(self.trouble(Cause::Busy, format!("rate limit: {shown} (code {code})")));
        }
        // Another machine behind the same URL has the block already.
        if is_missing_block(&words) {
            return Failure::Temporary(self.trouble(Cause::Behind, format!("{shown} (code {code})")));
        }
        let status = self.status;
        let of_http =
            || self.trouble(Cause::Status(status.as_u16()), format!("HTTP status {status}: {shown} (code {code})"));
        if status.is_server_error() && !is_about_logs(&words) {
            return Failure::Temporary(of_http());
        }
        if matches!(status.as_u16(), 401 | 403) {
            return Failure::Useless(of_http());
        }
        if code == 3 || words.contains("execution reverted") {
            return Failure::Final(ChainError::Reverts(Revert::decode(&Bytes::new())));
        }
        let message = without_secrets(&message, url.expose()).into_owned().into();
        Failure::Final(ChainError::Refused { url: url.clone(), method, code, message })
    }
}

impl ErrorObject {
    /// Reads an error as JSON-RPC has it, or with a number as text. Anything else is not one.
    fn read(value: &Value) -> Option<Self> {
        let code = value.get("code")?;
        let code = code.as_i64().or_else(|| code.as_str()?.trim().parse().ok())?;
        let message = value.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(Self { code, message, data: value.get("data").cloned() })
    }
}

fn has_result(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_ok_and(|answer| answer.get("result").is_some())
}

/// The data of a revert: `error.data`, or one level deeper, as some nodes wrap it.
fn revert_data(data: Option<&Value>) -> Option<Bytes> {
    let data = data?;
    let text = data.as_str().or_else(|| data.get("data")?.as_str())?;
    let text = text.strip_prefix("Reverted ").unwrap_or(text);
    (text.len() >= 10).then(|| hex::decode(text).ok().map(Bytes::from)).flatten()
}

/// A limit of `eth_getLogs`, which fewer blocks cure and time does not. Its codes are those of rate limits at many endpoints.
fn is_about_logs(words: &str) -> bool {
    ["range", "results", "logs", "response size", "too large", "too many blocks", "block limit"]
        .iter()
        .any(|word| words.contains(word))
}

fn is_rate_limit(words: &str) -> bool {
    ["rate limit", "too many requests", "request limit", "requests per second", "credits limited", "throttle"]
        .iter()
        .any(|word| words.contains(word))
}

fn is_missing_block(words: &str) -> bool {
    ["header not found", "block not found", "unknown block", "header for hash not found", "could not find block"]
        .iter()
        .any(|word| words.contains(word))
}

/// The beginning of an answer as it may be shown; `None` for an empty one.
fn excerpt(bytes: &[u8], url: &Url) -> Option<String> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * SHOWN)]);
    let text = without_secrets(text.trim(), url);
    let mut words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        return None;
    }
    if let Some((end, _)) = words.char_indices().nth(SHOWN) {
        words.truncate(end);
        words.push('…');
    }
    Some(format!("`{}`", crate::harmless(&words)))
}

/// The text without what the URL keeps secret: an endpoint may repeat a key in its complaint.
fn without_secrets<'a>(text: &'a str, url: &Url) -> Cow<'a, str> {
    let mut secrets: Vec<String> = url.path_segments().into_iter().flatten().map(str::to_owned).collect();
    secrets.push(url.username().to_owned());
    secrets.extend(url.password().map(str::to_owned));
    secrets.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
    secrets.extend(url.fragment().map(str::to_owned));
    secrets.retain(|secret| secret.len() >= LEAST_SECRET && text.contains(secret.as_str()));
    let mut text = Cow::Borrowed(text);
    for secret in secrets {
        text = Cow::Owned(text.replace(&secret, "[redacted]"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<Box<RawValue>, Failure> {
        let url = "https://user:s3cr3t@rpc.example/v3/s3cr3t?key=s3cr3t".parse().expect("a URL");
        let status = StatusCode::from_u16(status).expect("a status");
        Answer { status, asked: None, bytes: body.into() }.single(&url, "eth_test")
    }

    /// How it ends, and what is said.
    fn class(status: u16, body: &str) -> (&'static str, Option<Cause>, String) {
        match read(status, body) {
            Ok(result) => ("result", None, result.get().to_owned()),
            Err(Failure::Temporary(trouble)) => ("again", Some(trouble.cause), trouble.reason),
            Err(Failure::Useless(trouble)) => ("useless", Some(trouble.cause), trouble.reason),
            Err(Failure::Final(error)) => ("final", None, error.to_string()),
        }
    }

    fn error(code: &str, message: &str) -> String {
        format!(r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":{code},"message":"{message}"}}}}"#)
    }

    #[test]
    fn every_failure_of_an_endpoint_has_its_class_and_its_words() {
        use Cause::{Behind, Busy, NotJsonRpc, Status};
        let limits = [
            (200, "-32005", "too many requests"),
            (200, "-32007", "15/second request limit reached - reduce calls per second"),
            (429, "-32007", "15/second request limit reached"),
            (200, "-32016", "over rate limit"),
            (200, "-32012", "credits limited to 6000/sec"),
            (200, "-32029", "Too Many Requests"),
            (200, "-32090", "Too many requests, retry in 10s"),
            (200, "429", "slow down"),
            (200, "-32000", "project has exceeded its rate limit"),
            (200, "\"-32005\"", "as text"),
            (200, "-32005", "too many requests for eth_getLogs"),
        ];
        for (status, code, message) in limits {
            let (class, cause, words) = class(status, &error(code, message));
            assert_eq!((class, cause), ("again", Some(Busy)), "{status} {code} {message}");
            assert!(words.contains("rate limit") && words.contains(message), "{words}");
        }
        let rows: [(u16, String, &str, Option<Cause>, &str); 22] = [
            (200, error("-32000", "header not found"), "again", Some(Behind), "header not found"),
            (200, error("-32001", "block not found: 0x7"), "again", Some(Behind), "block not found"),
            (503, error("-32603", "internal error"), "again", Some(Status(503)), "internal error"),
            (200, error("-32603", "internal error"), "final", None, "internal error"),
            (200, error("-32601", "method not found"), "final", None, "refused eth_test: method not found"),
            (200, error("-32005", "query returned more than 10000 results"), "final", None, "10000 results"),
            (200, error("-32005", "block range is too wide"), "final", None, "too wide"),
            (401, error("-32001", "unauthorized s3cr3t"), "useless", Some(Status(401)), "unauthorized [redacted]"),
            (200, r#"{"error":"rate of the string"}"#.into(), "again", Some(NotJsonRpc), "rate of the string"),
            (200, r#"{"error":{"message":"no code"}}"#.into(), "again", Some(NotJsonRpc), "no code"),
            (200, "<html>a login page</html>".into(), "again", Some(NotJsonRpc), "`<html>a login page</html>`"),
            (200, String::new(), "again", Some(NotJsonRpc), "the answer is empty"),
            (200, "null".into(), "again", Some(NotJsonRpc), "`null`"),
            (200, r#"{"jsonrpc":"2.0","id":1}"#.into(), "again", Some(NotJsonRpc), "not JSON-RPC"),
            (200, r#"{"id":1,"error":null,"result":7}"#.into(), "result", None, "7"),
            (200, r#"{"id":1,"result":null}"#.into(), "result", None, "null"),
            (401, r#"{"message":"Unauthorized"}"#.into(), "useless", Some(Status(401)), "Unauthorized"),
            (403, "s3cr3t is blocked".into(), "useless", Some(Status(403)), "[redacted] is blocked"),
            (404, String::new(), "useless", Some(Status(404)), "HTTP status 404"),
            (429, "slow down".into(), "again", Some(Busy), "slow down"),
            (500, String::new(), "again", Some(Status(500)), "HTTP status 500"),
            (502, "<html>".into(), "again", Some(Status(502)), "`<html>`"),
        ];
        for (status, body, expected, cause, words) in rows {
            let found = class(status, &body);
            assert_eq!((found.0, found.1), (expected, cause), "{status} {body}: {}", found.2);
            assert!(found.2.contains(words) && !found.2.contains("s3cr3t"), "{status} {body}: {}", found.2);
        }
        assert!(class(200, &"x".repeat(1_000)).2.ends_with("x…`"));
    }

    #[test]
    fn several_answers_are_told_apart_by_their_ids() {
        let url = "http://127.0.0.1:1".parse().expect("a URL");
        let answer = |body: &str| Answer { status: StatusCode::OK, asked: None, bytes: body.into() };
        let body = r#"[{"id":8,"result":"b"},{"id":7,"result":"a"},{"id":99,"result":"x"},
                       {"id":10,"error":{"code":-32601,"message":"no"}}]"#;
        let found = answer(body).several(&url, &["a", "b", "c", "d"], 7).expect("several");
        let texts: Vec<_> = found
            .iter()
            .map(|found| match found {
                Ok(result) => result.get().to_owned(),
                Err(Failure::Temporary(_)) => "again".into(),
                Err(other) => format!("{other:?}"),
            })
            .collect();
        assert_eq!(texts[..3], ["\"a\"", "\"b\"", "again"]);
        assert!(texts[3].contains("-32601"), "{texts:?}");
        assert!(answer(&error("-32600", "no batches")).several(&url, &["a", "b"], 1).is_none());
    }
}
