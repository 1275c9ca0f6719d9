//! JSON-RPC over HTTP: one endpoint, bounded answers, retries of what is safe to repeat, no secret in any error.

use std::{
    error::Error,
    hash::{BuildHasher, Hasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use alloy::primitives::{Bytes, hex};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};
use tokio::time::Instant;

use super::{ChainError, DisplaySafeUrl, Revert};
use crate::{Untrusted, http};

/// An answer larger than this is an attack or a mistake; the largest honest one is a page of logs.
const MAX_ANSWER: usize = 32 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Pages of logs take long; everything else is answered at once or not at all.
const LOGS_TIMEOUT: Duration = Duration::from_secs(30);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Waits of 0.2, 0.4, 0.8 and 1.6 s, each with up to half as much again at random.
const RETRIES: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// No retry begins after this long: an endpoint that takes every request and answers none is as good as gone.
const PATIENCE: Duration = Duration::from_secs(15);
/// `Retry-After` is honoured up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A JSON-RPC endpoint.
#[derive(Debug)]
pub(super) struct Rpc {
    http: reqwest::Client,
    url: DisplaySafeUrl,
    next_id: AtomicU64,
}

/// What one attempt came to.
enum Failure {
    /// Worth another attempt, perhaps after the wait that the endpoint asked for.
    Temporary(String, Option<Duration>),
    Final(ChainError),
}

#[derive(Deserialize)]
struct RpcAnswer<'a> {
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<ErrorObject>,
}

#[derive(Deserialize)]
struct ErrorObject {
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    data: Option<Value>,
}

impl Rpc {
    pub(super) fn new(url: DisplaySafeUrl) -> Result<Self, ChainError> {
        let http = http::client(url.expose())
            .connect_timeout(CONNECT_TIMEOUT)
            // A redirect could carry a signed transaction or a key in the path to somebody else.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| ChainError::Unreachable { url: url.clone(), reason: innermost(&error) })?;
        Ok(Self { http, url, next_id: AtomicU64::new(1) })
    }

    pub(super) fn url(&self) -> &DisplaySafeUrl {
        &self.url
    }

    /// Asks, and asks again after a failure that time may cure.
    pub(super) async fn request<R: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<R, ChainError> {
        self.request_noting(method, params).await.0
    }

    /// The same; true if an answer was lost on the way, so that the endpoint may have acted on the request more than once.
    pub(super) async fn request_noting<R: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> (Result<R, ChainError>, bool) {
        let begin = Instant::now();
        let mut wait = FIRST_WAIT;
        for attempt in 0.. {
            match self.attempt(method, &params).await {
                Ok(result) => return (self.decode(method, &result), attempt > 0),
                Err(Failure::Final(error)) => return (Err(error), attempt > 0),
                Err(Failure::Temporary(reason, _)) if attempt == RETRIES || begin.elapsed() > PATIENCE => {
                    return (Err(ChainError::Unreachable { url: self.url.clone(), reason }), true);
                }
                Err(Failure::Temporary(reason, asked)) => {
                    tracing::debug!(method, attempt, %reason, url = %self.url, "retrying");
                    tokio::time::sleep(asked.unwrap_or_default().clamp(jittered(wait), LONGEST_WAIT)).await;
                    wait *= 2;
                }
            }
        }
        unreachable!("the loop ends by returning")
    }

    /// Asks once; `None` where a second attempt might do better.
    pub(super) async fn once<R: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Option<Result<R, ChainError>> {
        match self.attempt(method, &params).await {
            Ok(result) => Some(self.decode(method, &result)),
            Err(Failure::Final(error)) => Some(Err(error)),
            Err(Failure::Temporary(..)) => None,
        }
    }

    fn decode<R: DeserializeOwned>(&self, method: &'static str, result: &RawValue) -> Result<R, ChainError> {
        serde_json::from_str(result.get()).map_err(|error| self.malformed(method, error.to_string()))
    }

    pub(super) fn malformed(&self, method: &'static str, reason: impl Into<String>) -> ChainError {
        ChainError::Malformed { url: self.url.clone(), method, reason: reason.into() }
    }

    async fn attempt(&self, method: &'static str, params: &Value) -> Result<Box<RawValue>, Failure> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        let timeout = if method == "eth_getLogs" { LOGS_TIMEOUT } else { REQUEST_TIMEOUT };
        let temporary = |error: reqwest::Error| {
            let reason = describe(&error, timeout);
            let through = http::proxy_variable(self.url.expose());
            Failure::Temporary(
                through.map_or(reason.clone(), |name| format!("{reason} (through the proxy of {name})")),
                None,
            )
        };
        let request = self.http.post(self.url.expose().clone()).timeout(timeout).json(&body);
        let mut response = request.send().await.map_err(temporary)?;
        let status = response.status();
        let asked = response
            .headers()
            .get(reqwest::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(temporary)? {
            if bytes.len() + chunk.len() > MAX_ANSWER {
                return Err(Failure::Final(self.malformed(method, format!("more than {} MiB", MAX_ANSWER >> 20))));
            }
            bytes.extend_from_slice(&chunk);
        }
        let answer = serde_json::from_slice::<RpcAnswer<'_>>(&bytes);
        // Some endpoints send their JSON-RPC errors with an HTTP error status.
        match answer {
            Ok(RpcAnswer { error: Some(error), .. }) => Err(self.error(method, error, asked)),
            Ok(RpcAnswer { result: Some(result), .. }) if status.is_success() => Ok(result.to_owned()),
            // `"result": null` reads as an absent field; it is an answer of its own, such as for an unknown receipt.
            Ok(_) if status.is_success() && is_null_result(&bytes) => Ok(RawValue::NULL.to_owned()),
            _ if status.is_success() => Err(Failure::Temporary("the answer is not JSON-RPC".into(), asked)),
            _ if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) => {
                Err(Failure::Temporary(format!("HTTP status {status}"), asked))
            }
            _ => Err(Failure::Final(ChainError::Unreachable {
                url: self.url.clone(),
                reason: format!("HTTP status {status}"),
            })),
        }
    }

    fn error(&self, method: &'static str, error: ErrorObject, asked: Option<Duration>) -> Failure {
        if let Some(data) = revert_data(&error) {
            return Failure::Final(ChainError::Reverts(Revert::decode(&data)));
        }
        // -32005 is the common code for a rate limit, 429 that of those who repeat HTTP's.
        if matches!(error.code, -32005 | 429) && !error.message.contains("range") && !error.message.contains("results")
        {
            return Failure::Temporary(format!("rate limit: {}", Untrusted::new(error.message)), asked);
        }
        if error.code == 3 || error.message.contains("execution reverted") {
            return Failure::Final(ChainError::Reverts(Revert::decode(&Bytes::new())));
        }
        Failure::Final(ChainError::Refused {
            url: self.url.clone(),
            method,
            code: error.code,
            message: error.message.into(),
        })
    }
}

fn is_null_result(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_ok_and(|answer| answer.get("result").is_some())
}

/// The data of a revert: `error.data`, or one level deeper, as some nodes wrap it.
fn revert_data(error: &ErrorObject) -> Option<Bytes> {
    let data = error.data.as_ref()?;
    let text = data.as_str().or_else(|| data.get("data")?.as_str())?;
    let text = text.strip_prefix("Reverted ").unwrap_or(text);
    (text.len() >= 10).then(|| hex::decode(text).ok().map(Bytes::from)).flatten()
}

fn jittered(wait: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    wait + wait.mul_f64((random % 1_000) as f64 / 2_000.0)
}

/// reqwest's own words repeat the URL with its secrets, so these are ours.
fn describe(error: &reqwest::Error, timeout: Duration) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", timeout.as_secs());
    }
    innermost(error)
}

fn innermost(error: &reqwest::Error) -> String {
    let mut last: Option<&dyn Error> = error.source();
    while let Some(next) = last.and_then(Error::source) {
        last = Some(next);
    }
    last.map_or_else(|| "the connection failed".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        task::JoinSet,
    };

    use super::*;

    /// Serves these answers in turn, one connection each, and the last one forever; counts the requests.
    async fn endpoint(answers: Vec<String>) -> (Rpc, JoinSet<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://user:s3cr3t@{}/s3cr3t?key=s3cr3t", listener.local_addr().expect("bound"));
        let mut server = JoinSet::new();
        server.spawn(async move {
            for turn in 0.. {
                let (mut socket, _) = listener.accept().await.expect("a connection");
                let _ = socket.read(&mut [0; 4_096]).await;
                let answer = &answers[turn.min(answers.len() - 1)];
                let _ = socket.write_all(answer.as_bytes()).await;
            }
        });
        (Rpc::new(url.parse().expect("a URL")).expect("a client"), server)
    }

    fn http(status: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }

    fn result(result: &str) -> String {
        http("200 OK", &format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#))
    }

    fn error(code: i64, message: &str, data: &str) -> String {
        http(
            "200 OK",
            &format!(r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":{code},"message":"{message}","data":{data}}}}}"#),
        )
    }

    async fn ask(answers: Vec<String>) -> Result<Option<u64>, ChainError> {
        let (rpc, _server) = endpoint(answers).await;
        rpc.request("eth_test", json!([])).await
    }

    #[tokio::test]
    async fn what_time_cures_is_asked_again() {
        for hiccup in [
            http("503 Service Unavailable", ""),
            http("429 Too Many Requests", "slow down"),
            http("502 Bad Gateway", "<html>"),
            http("200 OK", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x"),
            http("200 OK", "<html>a login page</html>"),
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_owned(),
            error(-32005, "too many requests", "null"),
            String::new(),
        ] {
            assert_eq!(ask(vec![hiccup.clone(), result("7")]).await.expect(&hiccup), Some(7), "{hiccup}");
        }
    }

    #[tokio::test]
    async fn what_time_does_not_cure_is_said_at_once_and_without_secrets() {
        let refused = ask(vec![error(-32602, "no \\u001b[31mway", "null"), result("7")]).await.expect_err("refused");
        assert!(matches!(refused, ChainError::Refused { code: -32602, .. }), "{refused}");
        assert!(refused.to_string().contains("no \\u{1b}[31mway"), "{refused}");
        let forbidden = ask(vec![http("403 Forbidden", "s3cr3t"), result("7")]).await.expect_err("refused");
        let malformed = ask(vec![result("\"seven\""), result("7")]).await.expect_err("refused");
        assert!(matches!(malformed, ChainError::Malformed { .. }), "{malformed}");
        for failure in [refused, forbidden, malformed] {
            assert!(!format!("{failure} {failure:?}").contains("s3cr3t"), "{failure:?}");
        }
        assert_eq!(ask(vec![result("null")]).await.expect("an answer"), None);
    }

    #[tokio::test]
    async fn a_revert_is_read_wherever_a_node_puts_it() {
        let data = "0x08c379a0000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000\
                    000000000000000000000000000000026e6f000000000000000000000000000000000000000000000000000000000000";
        for answer in [
            error(3, "execution reverted: no", &format!("\"{data}\"")),
            error(-32000, "VM error", &format!("{{\"data\":\"{data}\"}}")),
            error(-32015, "VM execution error.", &format!("\"Reverted {data}\"")),
        ] {
            let failure = ask(vec![answer]).await.expect_err("reverts");
            assert!(matches!(&failure, ChainError::Reverts(revert) if revert.words.ends_with("no")), "{failure:?}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_said_after_the_retries() {
        let port = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound").port();
        let rpc = Rpc::new(format!("http://127.0.0.1:{port}/s3cr3t").parse().expect("a URL")).expect("a client");
        let failure = rpc.request::<u64>("eth_test", json!([])).await.expect_err("nobody there");
        assert!(matches!(failure, ChainError::Unreachable { .. }));
        let text = failure.to_string();
        assert!(text.contains("Connection refused") && !text.contains("s3cr3t"), "{text}");
    }

    #[tokio::test]
    async fn an_endless_answer_is_cut_off() {
        let endless = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "x".repeat(MAX_ANSWER + 1));
        let failure = ask(vec![endless]).await.expect_err("cut off");
        assert!(matches!(failure, ChainError::Malformed { .. }), "{failure}");
    }
}
