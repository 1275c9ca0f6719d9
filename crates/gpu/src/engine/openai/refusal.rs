//! What a server's errors mean: a status and a document, or an event within an answer.

use cuckoo_protocol::sentence;
use reqwest::StatusCode;
use serde_json::Value;

use crate::engine::api::EngineError;

/// What servers say of a prompt or an answer that does not fit into the model's context.
const OVERFLOWS: [&str; 8] = [
    "context length",
    "context size",
    "context window",
    "maximum model length",
    "max_model_len",
    "too large to process",
    "exceeds the limit",
    "exceed_context",
];

/// What a server says is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The status of the response, or of an event that has one.
    pub(super) status: Option<u16>,
    /// The server's words, harmless to show.
    pub(super) reason: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, body: &[u8]) -> Self {
        let reason = serde_json::from_slice(body).ok().and_then(|body| error_text(&body));
        Self {
            status: Some(status.as_u16()),
            reason: reason.unwrap_or_else(|| format!("the server answered {status}")),
        }
    }

    /// Of an event that is an error; `None` of others.
    pub(super) fn of_event(event: &Value) -> Option<Self> {
        let reason = error_text(event)?;
        let error = event.get("error").unwrap_or(event);
        let code = error.get("code").or_else(|| event.get("code"));
        let code = code.and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
        let code = code.and_then(|code| u16::try_from(code).ok());
        let kind = error.get("type").or_else(|| event.get("type")).and_then(Value::as_str).unwrap_or_default();
        let of_request = matches!(kind, "BadRequestError" | "invalid_request_error");
        Some(Self { status: code.or_else(|| of_request.then_some(400)), reason })
    }

    /// True where the prompt, or the prompt and the longest answer that is asked for, do not fit into the model's context.
    pub(super) fn is_overflow(&self) -> bool {
        let reason = self.reason.to_lowercase();
        !matches!(self.status, Some(401..=404)) && OVERFLOWS.iter().any(|words| reason.contains(words))
    }

    /// True where the server reads no calls itself, and takes no tools before somebody says that it need not.
    pub(super) fn wants_no_calls(&self) -> bool {
        self.reason.contains("--enable-auto-tool-choice") || self.reason.contains("--tool-call-parser")
    }

    /// Tokens of the prompt, where the words tell: of the numbers in them, the one that is neither what was asked for nor the limit,
    /// nor a sum of others.
    pub(super) fn prompt_tokens(&self, asked: u32, limit: u32) -> Option<u32> {
        let words = self.reason.split(|c: char| !c.is_ascii_digit());
        let numbers: Vec<u32> = words.filter_map(|word| word.parse().ok()).filter(|number| *number > 0).collect();
        let sum = |number: u32| number > asked && numbers.contains(&(number - asked));
        let mut others = numbers.iter().copied().filter(|number| *number != asked && *number != limit && !sum(*number));
        let first = others.next()?;
        others.all(|other| other == first).then_some(first)
    }

    /// The same as an engine's error. A server that breaks may break of this request alone.
    pub(super) fn into_error(self) -> EngineError {
        let Self { status, reason } = self;
        match status {
            Some(429 | 503) => EngineError::Busy,
            Some(404) => EngineError::UnknownModel(reason),
            Some(401 | 403) => EngineError::Unavailable(format!("the server refuses the API key: {reason}")),
            Some(400..=499) => EngineError::Invalid(reason),
            _ => EngineError::Interrupted(reason),
        }
    }
}

/// The message of an error object, harmless to show: OpenAI's form, or the older one of vLLM and others.
fn error_text(body: &Value) -> Option<String> {
    let error = body.get("error").filter(|error| !error.is_null());
    let older = || (body.get("object")? == "error").then_some(body);
    let error = error.or_else(older).or_else(|| body.get("detail").map(|_| body))?;
    let text = error.get("message").or_else(|| error.get("detail")).unwrap_or(error);
    let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
    Some(sentence(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Refusal {
        Refusal::new(StatusCode::from_u16(status).expect("a status"), body.as_bytes())
    }

    #[test]
    fn what_servers_call_an_error() {
        let text = |json: &str| error_text(&serde_json::from_str(json).expect("json"));
        assert_eq!(text(r#"{"error":{"message":"no\u001b[2J"}}"#).as_deref(), Some("no\\u{1b}[2J"));
        assert_eq!(text(r#"{"error":"plain"}"#).as_deref(), Some("plain"));
        assert_eq!(text(r#"{"object":"error","message":"older","code":400}"#).as_deref(), Some("older"));
        assert_eq!(text(r#"{"detail":"not found"}"#).as_deref(), Some("not found"));
        assert_eq!(text(r#"{"error":null,"choices":[]}"#), None);
        assert_eq!(of(500, "<html>").reason, "the server answered 500 Internal Server Error");
    }

    #[test]
    fn an_event_says_whether_the_request_is_to_blame() {
        let error = |json: &str| Refusal::of_event(&serde_json::from_str(json).expect("json")).map(Refusal::into_error);
        let invalid = Some(EngineError::Invalid("bad pattern".into()));
        assert_eq!(error(r#"{"error":{"message":"bad pattern","type":"BadRequestError","code":400}}"#), invalid);
        assert_eq!(error(r#"{"object":"error","message":"bad pattern","code":"400"}"#), invalid);
        assert_eq!(error(r#"{"error":{"message":"bad pattern","type":"invalid_request_error"}}"#), invalid);
        let broken = Some(EngineError::Interrupted("out of memory".into()));
        assert_eq!(error(r#"{"error":{"message":"out of memory","code":500}}"#), broken);
        assert_eq!(error(r#"{"error":"out of memory"}"#), broken);
        assert_eq!(error(r#"{"choices":[]}"#), None);
    }

    /// As vLLM, llama.cpp and OpenAI put it.
    #[test]
    fn what_does_not_fit_is_known_and_how_long_the_prompt_is() {
        for (status, message, tokens) in [
            (
                400,
                "This model's maximum context length is 2048 tokens. However, you requested 32031 tokens (31 in the messages, 32000 in the completion).",
                Some(31),
            ),
            (
                400,
                "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 2048 tokens and your request has 31 input tokens (32000 > 2048 - 31).",
                Some(31),
            ),
            (
                400,
                "request (3031 tokens) exceeds the available context size (2048 tokens), try increasing it",
                Some(3031),
            ),
            (
                500,
                "input (3001 tokens) is too large to process. increase the physical batch size (current batch size: 512)",
                None,
            ),
            (
                400,
                "This model's maximum context length is 2048 tokens. However, you requested 32000 tokens for the completion.",
                None,
            ),
        ] {
            let refusal = Refusal { status: Some(status), reason: message.into() };
            assert!(refusal.is_overflow(), "{message}");
            assert_eq!(refusal.prompt_tokens(32_000, 2_048), tokens, "{message}");
        }
        assert!(!of(400, r#"{"error":{"message":"no such field"}}"#).is_overflow());
    }
}
