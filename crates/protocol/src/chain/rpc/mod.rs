//! JSON-RPC over HTTP: one endpoint, bounded answers, retries of what is safe to repeat, no secret in any error.

mod answer;
mod queue;
mod together;

use std::{
    error::Error,
    hash::{BuildHasher, Hasher, RandomState},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::{BoxFuture, join_all};
use serde::de::DeserializeOwned;
use serde_json::{Value, json, value::RawValue};
use tokio::time::{Instant, timeout_at};

use self::{
    answer::{Answer, Failure, Trouble},
    queue::{Queue, Request},
};
use super::{Cause, ChainError, DisplaySafeUrl, Notice, Watcher};
use crate::http;

/// An answer larger than this is an attack or a mistake; the largest honest one is a page of logs.
const MAX_ANSWER: usize = 32 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Pages of logs and large batches take long; everything else is answered at once or not at all.
const LOGS_TIMEOUT: Duration = Duration::from_secs(30);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Logs of at most this many blocks do not take long: a node that follows the newest ones must not wait for them as for a long past.
const FEW_BLOCKS: u64 = 64;
/// Waits of 0.2, 0.4, 0.8 and 1.6 s, each with up to half as much again at random.
const RETRIES: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// No retry begins after this long: an endpoint that takes every request and answers none is as good as gone.
const PATIENCE: Duration = Duration::from_secs(15);
/// `Retry-After` is honoured up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Requests in one batch at first; geth takes 1,000. An endpoint that refuses a batch is asked for half as many at once.
const MOST_TOGETHER: usize = 500;
/// A batch of more requests than this may take long.
const LARGE_BATCH: usize = 50;
/// Parts of a batch that was refused which are asked for at the same time.
const PARTS_AT_ONCE: usize = 16;
/// A person waits this long before being told what for.
const UNNOTICED: Duration = Duration::from_millis(300);

/// A JSON-RPC endpoint.
#[derive(Debug)]
pub(super) struct Rpc {
    http: reqwest::Client,
    url: DisplaySafeUrl,
    next_id: AtomicU64,
    queue: Queue,
    /// Requests that the endpoint takes in one batch, as far as is known.
    most_together: AtomicUsize,
    watcher: Option<Arc<dyn Watcher>>,
    begun: Instant,
    /// What waits are longer by, in thousandths: another part for each client, and one for all requests of a batch, so that they travel
    /// together again.
    jitter: u32,
}

/// What is asked for.
enum Ask<'a> {
    /// With whatever else is asked for at this moment.
    Together(&'a Request),
    Alone(&'a Request),
    Batch(&'a [Request]),
}

impl std::fmt::Debug for Ask<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Together((method, _)) | Self::Alone((method, _)) => f.write_str(method),
            Self::Batch(requests) => f.debug_list().entries(requests.iter().map(|(method, _)| method)).finish(),
        }
    }
}

/// The result of a single request.
fn first(results: &[Box<RawValue>]) -> &RawValue {
    results.first().map_or(RawValue::NULL, |result| result)
}

impl Rpc {
    pub(super) fn new(url: DisplaySafeUrl, watcher: Option<Arc<dyn Watcher>>) -> Result<Self, ChainError> {
        let http = http::client(url.expose())
            .connect_timeout(CONNECT_TIMEOUT)
            // A redirect could carry a signed transaction or a key in the path to somebody else.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Trouble::new(Cause::Silent, innermost(&error)).unreachable(&url))?;
        let (queue, most_together, begun) = (Queue::default(), AtomicUsize::new(MOST_TOGETHER), Instant::now());
        Ok(Self { http, url, next_id: AtomicU64::new(1), queue, most_together, watcher, begun, jitter: jitter() })
    }

    pub(super) fn url(&self) -> &DisplaySafeUrl {
        &self.url
    }

    pub(super) fn watcher(&self) -> Option<&Arc<dyn Watcher>> {
        self.watcher.as_ref()
    }

    /// Asks, and asks again after a failure that time may cure. Requests that begin at the same time are sent as one batch.
    pub(super) async fn request<R: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<R, ChainError> {
        let (result, _) = Box::pin(self.retry(&Ask::Together(&(method, params)))).await;
        self.decode(method, first(&result?))
    }

    /// The same alone; true if an answer was lost on the way, so that the endpoint may have acted on the request more than once.
    pub(super) async fn request_noting<R: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> (Result<R, ChainError>, bool) {
        let (result, lost) = Box::pin(self.retry(&Ask::Alone(&(method, params)))).await;
        (result.and_then(|result| self.decode(method, first(&result))), lost)
    }

    /// Asks for two things in one batch, which one machine answers even where several are behind the URL. An endpoint that takes no
    /// batches is asked one by one: then another machine may answer the second time.
    pub(super) async fn pair<A: DeserializeOwned, B: DeserializeOwned>(
        &self,
        first: (&'static str, Value),
        second: (&'static str, Value),
    ) -> Result<(A, B), ChainError> {
        let requests = [first, second];
        let results = Box::pin(self.retry(&Ask::Batch(&requests))).await.0?;
        let [first, second] = results.as_slice() else {
            return Err(self.malformed(requests[0].0, "a part is missing"));
        };
        Ok((self.decode(requests[0].0, first)?, self.decode(requests[1].0, second)?))
    }

    /// Asks once; the outer error is the reason where a second attempt might do better.
    pub(super) async fn once<R: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<Result<R, ChainError>, String> {
        match self.alone(&(method, params)).await {
            Ok(result) => Ok(self.decode(method, &result)),
            Err(Failure::Final(error)) => Ok(Err(error)),
            Err(Failure::Useless(trouble)) => Ok(Err(trouble.unreachable(&self.url))),
            Err(Failure::Temporary(trouble)) => Err(trouble.reason),
        }
    }

    async fn retry(&self, ask: &Ask<'_>) -> (Result<Vec<Box<RawValue>>, ChainError>, bool) {
        let begin = Instant::now();
        let mut wait = FIRST_WAIT;
        for number in 0.. {
            let failed = match self.watched(Box::pin(self.attempt(ask))).await {
                Ok(result) => return (Ok(result), number > 0),
                Err(Failure::Final(error)) => return (Err(error), number > 0),
                Err(Failure::Useless(trouble)) => return (Err(trouble.unreachable(&self.url)), number > 0),
                Err(Failure::Temporary(trouble)) => trouble,
            };
            if number == RETRIES || begin.elapsed() > PATIENCE {
                return (Err(failed.unreachable(&self.url)), true);
            }
            tracing::debug!(?ask, number, reason = %failed.reason, url = %self.url, "retrying");
            if let Some(watcher) = &self.watcher {
                watcher.notice(&Notice::Retrying { url: &self.url, reason: &failed.reason });
            }
            tokio::time::sleep(failed.asked.unwrap_or_default().clamp(wait + wait * self.jitter / 1_000, LONGEST_WAIT))
                .await;
            wait *= 2;
        }
        unreachable!("the loop ends by returning")
    }

    async fn attempt(&self, ask: &Ask<'_>) -> Result<Vec<Box<RawValue>>, Failure> {
        match ask {
            Ask::Together(request) => Ok(vec![self.together(request).await?]),
            Ask::Alone(request) => Ok(vec![self.alone(request).await?]),
            Ask::Batch(requests) => self.send(requests).await.into_iter().collect(),
        }
    }

    /// Lets the watcher know of a wait that a person notices.
    async fn watched<T>(&self, attempt: impl Future<Output = T>) -> T {
        let Some(watcher) = &self.watcher else { return attempt.await };
        let mut attempt = pin!(attempt);
        if let Ok(done) = timeout_at(self.begun + UNNOTICED, attempt.as_mut()).await {
            return done;
        }
        watcher.notice(&Notice::Waiting { url: &self.url });
        attempt.await
    }

    fn decode<R: DeserializeOwned>(&self, method: &'static str, result: &RawValue) -> Result<R, ChainError> {
        serde_json::from_str(result.get()).map_err(|error| self.malformed(method, error.to_string()))
    }

    pub(super) fn malformed(&self, method: &'static str, reason: impl Into<String>) -> ChainError {
        ChainError::Malformed { url: self.url.clone(), method, reason: reason.into() }
    }

    async fn alone(&self, (method, params): &Request) -> Result<Box<RawValue>, Failure> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let timeout = if is_slow(method, params) { LOGS_TIMEOUT } else { REQUEST_TIMEOUT };
        self.post(&call(id, method, params), timeout, method).await?.single(&self.url, method)
    }

    /// Sends requests in as few batches as the endpoint takes; the answers are in their order.
    fn send<'a>(&'a self, requests: &'a [Request]) -> BoxFuture<'a, Vec<Result<Box<RawValue>, Failure>>> {
        let most = self.most_together.load(Ordering::Relaxed).max(1);
        let parts: Vec<_> = requests.chunks(most).collect();
        Box::pin(async move {
            let mut answers = Vec::with_capacity(requests.len());
            for some in parts.chunks(PARTS_AT_ONCE) {
                let mut asked = Vec::with_capacity(some.len());
                for part in some {
                    asked.push(self.batch(part));
                }
                answers.extend(join_all(asked).await.into_iter().flatten());
            }
            answers
        })
    }

    async fn batch(&self, requests: &[Request]) -> Vec<Result<Box<RawValue>, Failure>> {
        let first = match requests {
            [] => return vec![],
            [request] => return vec![self.alone(request).await],
            [(method, _), ..] => *method,
        };
        let first_id = self.next_id.fetch_add(requests.len() as u64, Ordering::Relaxed);
        let calls: Vec<_> =
            requests.iter().zip(first_id..).map(|((method, params), id)| call(id, method, params)).collect();
        let slow = requests.len() > LARGE_BATCH || requests.iter().any(|(method, params)| is_slow(method, params));
        let timeout = if slow { LOGS_TIMEOUT } else { REQUEST_TIMEOUT };
        let all = |failure: &Failure| requests.iter().map(|_| Err(failure.again())).collect();
        let answer = match self.post(&Value::Array(calls), timeout, first).await {
            Ok(answer) => answer,
            Err(Failure::Final(error)) => {
                tracing::debug!(%error, requests = requests.len(), "the answer to a batch is too large");
                return self.halves(requests).await;
            }
            Err(failure) => return all(&failure),
        };
        let methods: Vec<_> = requests.iter().map(|(method, _)| *method).collect();
        if answer.status.is_success()
            && let Some(answers) = answer.several(&self.url, &methods, first_id)
        {
            return answers;
        }
        // Somebody who speaks JSON may have been asked for too much at once; nobody else has.
        let speaks_json = answer.bytes.trim_ascii_start().first() == Some(&b'{');
        match answer.single(&self.url, first) {
            Err(Failure::Temporary(Trouble { cause: Cause::NotJsonRpc, .. })) if speaks_json => {
                self.halves(requests).await
            }
            Err(
                failure @ (Failure::Temporary(_)
                | Failure::Useless(Trouble { cause: Cause::Status(401 | 403 | 404), .. })),
            ) => all(&failure),
            _ => self.halves(requests).await,
        }
    }

    /// Asks for less at once, now and from now on.
    async fn halves(&self, requests: &[Request]) -> Vec<Result<Box<RawValue>, Failure>> {
        let most = (requests.len() / 2).max(1);
        self.most_together.fetch_min(most, Ordering::Relaxed);
        tracing::debug!(url = %self.url, most, "the endpoint refuses a batch, asking for less at once");
        self.send(requests).await
    }

    /// Sends a body, and reads the answer to its end.
    async fn post(&self, body: &Value, timeout: Duration, method: &'static str) -> Result<Answer, Failure> {
        let temporary = |error: reqwest::Error| {
            let (cause, reason) = describe(&error, timeout);
            let reason = http::with_proxy(reason, self.url.expose());
            match cause {
                Cause::NoTls => Failure::Useless(Trouble::new(cause, reason)),
                _ => Failure::Temporary(Trouble::new(cause, reason)),
            }
        };
        let request = self.http.post(self.url.expose().clone()).timeout(timeout).json(body);
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
        Ok(Answer { status, asked, bytes })
    }
}

fn call(id: u64, method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

/// Up to a half, at random, in thousandths.
fn jitter() -> u32 {
    (RandomState::new().build_hasher().finish() % 500) as u32
}

/// reqwest's own words repeat the URL with its secrets, so these are ours.
fn describe(error: &reqwest::Error, timeout: Duration) -> (Cause, String) {
    if error.is_timeout() {
        return (Cause::Slow, format!("no answer within {} s", timeout.as_secs()));
    }
    let reason = innermost(error);
    if reason.contains("InvalidContentType") || reason.contains("corrupt message") {
        return (Cause::NoTls, "it does not speak TLS, which https is made of".into());
    }
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        let error_of_io = error.downcast_ref::<std::io::Error>();
        if error_of_io.is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused) {
            return (Cause::NobodyListens, reason);
        }
        next = error.source();
    }
    (Cause::Silent, reason)
}

fn innermost(error: &reqwest::Error) -> String {
    let mut last: Option<&dyn Error> = error.source();
    while let Some(next) = last.and_then(Error::source) {
        last = Some(next);
    }
    last.map_or_else(|| "the connection failed".to_owned(), ToString::to_string)
}

/// Whether an endpoint may take long over a request.
fn is_slow(method: &str, params: &Value) -> bool {
    let filter = &params[0];
    let block = |name: &str| u64::from_str_radix(filter[name].as_str()?.strip_prefix("0x")?, 16).ok();
    let few = filter["blockHash"].is_string()
        || block("fromBlock")
            .zip(block("toBlock"))
            .is_some_and(|(first, last)| last.saturating_sub(first) < FEW_BLOCKS);
    method == "eth_getLogs" && !few
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
        (Rpc::new(url.parse().expect("a URL"), None).expect("a client"), server)
    }

    #[test]
    fn logs_of_many_blocks_alone_may_take_long() {
        use alloy::rpc::types::Filter;
        let slow = |filter: Filter| is_slow("eth_getLogs", &json!([filter]));
        assert!(
            slow(Filter::new()) && slow(Filter::new().from_block(5)) && slow(Filter::new().from_block(5).to_block(69))
        );
        assert!(!slow(Filter::new().from_block(5).to_block(68)) && !slow(Filter::new().at_block_hash([7; 32])));
        assert!(!is_slow("eth_call", &json!([{}, "latest"])));
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
        let rpc = Rpc::new(format!("http://127.0.0.1:{port}/s3cr3t").parse().expect("a URL"), None).expect("a client");
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
