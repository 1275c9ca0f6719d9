//! An endpoint between the binary and anvil that misbehaves as a test wants it to, on real sockets.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinSet,
};

use super::chain::{Chain, Ran};

/// What becomes of one request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// It goes through, and the answer comes back.
    Pass,
    /// Nothing, for ever.
    Hang,
    /// It goes through, but no answer comes.
    PassAndHang,
    /// It goes through once the test says so.
    Hold(Arc<Notify>),
    /// An HTTP status with these header lines, and nothing goes through.
    Status(&'static str),
    /// The same, after it has gone through.
    PassAndStatus(&'static str),
    /// Half an answer.
    Truncate,
    /// The connection ends without a word.
    Close,
    /// Another result.
    Answer(Value),
    /// It goes through after this long.
    Late(Duration),
    /// It goes through with other parameters.
    With(Value),
    /// A JSON-RPC error with these fields.
    Error(Value),
    /// This body with the status 200, whatever was asked.
    Body(String),
    /// A JSON-RPC error after it has gone through.
    PassAndFail,
}

type Policy = Box<dyn FnMut(&str, &Value) -> Act + Send>;

/// Ends with this value.
pub(crate) struct Proxy {
    pub(crate) url: String,
    policy: Arc<Mutex<Policy>>,
    seen: Arc<Mutex<Seen>>,
    _server: JoinSet<()>,
}

/// What was asked so far.
#[derive(Debug, Default)]
struct Seen {
    methods: Vec<String>,
    /// HTTP requests: a batch is one.
    requests: usize,
    /// When each of them came, and when its answer left.
    spans: Vec<(Instant, Instant)>,
    /// A batch is refused as a whole.
    refuses_batches: bool,
}

impl Proxy {
    /// In front of a chain.
    pub(crate) async fn start(chain: &Chain, policy: impl FnMut(&str, &Value) -> Act + Send + 'static) -> Self {
        Self::before(chain.network.rpc_urls[0].expose().to_string(), policy).await
    }

    /// In front of an endpoint.
    pub(crate) async fn before(upstream: String, policy: impl FnMut(&str, &Value) -> Act + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let policy: Arc<Mutex<Policy>> = Arc::new(Mutex::new(Box::new(policy)));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let mut server = JoinSet::new();
        let (shared, log) = (policy.clone(), seen.clone());
        server.spawn(async move {
            let http = reqwest::Client::new();
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let (policy, seen, http, upstream) = (shared.clone(), log.clone(), http.clone(), upstream.clone());
                connections.spawn(async move {
                    let _ = serve(socket, &policy, &seen, &http, &upstream).await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Self { url, policy, seen, _server: server }
    }

    /// From now on, another way.
    pub(crate) fn now(&self, policy: impl FnMut(&str, &Value) -> Act + Send + 'static) {
        *self.policy.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(policy);
    }

    /// How often a method was asked for.
    pub(crate) fn count(&self, method: &str) -> usize {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.methods.iter().filter(|seen| *seen == method).count()
    }

    /// From now on, one request at a time.
    pub(crate) fn refuse_batches(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).refuses_batches = true;
    }

    /// The HTTP requests since this was asked last.
    pub(crate) fn take_requests(&self) -> usize {
        std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner).requests)
    }

    /// How many requests since this was asked last had to wait for one another: the most of which no two were under way at once.
    pub(crate) fn take_rounds(&self) -> usize {
        let mut spans = std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner).spans);
        spans.sort_by_key(|(_, end)| *end);
        let (mut rounds, mut last) = (0, None);
        for (began, end) in spans {
            if last.is_none_or(|last| began >= last) {
                (rounds, last) = (rounds + 1, Some(end));
            }
        }
        rounds
    }

    /// Waits until a method was asked for this often.
    pub(crate) async fn until(&self, method: &str, times: usize) {
        for _ in 0..6_000 {
            if self.count(method) >= times {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nobody asks for {method}");
    }
}

/// A policy for one method; all others pass.
pub(crate) fn on(method: &'static str, act: Act) -> impl FnMut(&str, &Value) -> Act + Send + 'static {
    move |asked, _| if asked == method { act.clone() } else { Act::Pass }
}

async fn serve(
    mut socket: TcpStream,
    policy: &Mutex<Policy>,
    seen: &Mutex<Seen>,
    http: &reqwest::Client,
    upstream: &str,
) -> std::io::Result<()> {
    let body = read(&mut socket).await?;
    let began = Instant::now();
    let request: Value = serde_json::from_slice(&body)?;
    if request.is_array() && seen.lock().unwrap_or_else(PoisonError::into_inner).refuses_batches {
        let refusal = json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32600, "message": "one at a time"}});
        return reply(&mut socket, "200 OK", &refusal.to_string()).await;
    }
    let mut decide = |request: &Value| {
        let method = request["method"].as_str().unwrap_or_default().to_owned();
        let act = policy.lock().unwrap_or_else(PoisonError::into_inner)(&method, &request["params"]);
        seen.lock().unwrap_or_else(PoisonError::into_inner).methods.push(method);
        act
    };
    // A batch fares as the first of its requests that does not simply pass; answers of the test's own are put in their places.
    let acts: Vec<Act> = match &request {
        Value::Array(requests) => requests.iter().map(&mut decide).collect(),
        request => vec![decide(request)],
    };
    seen.lock().unwrap_or_else(PoisonError::into_inner).requests += 1;
    let act = acts.iter().find(|act| !matches!(act, Act::Pass | Act::With(_) | Act::Answer(_) | Act::Error(_)));
    let act = act.cloned().unwrap_or(Act::Pass);
    let sent = substitute(&request, &acts).to_string();
    let forward = async || {
        let answer = http.post(upstream).header("content-type", "application/json").body(sent.clone()).send().await;
        let text = answer.expect("anvil answers").text().await.expect("text");
        replace(&request, &acts, text)
    };
    let failing =
        |id: &Value| json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32000, "message": "internal error"}});
    let replied = match act {
        Act::Pass | Act::With(_) => reply(&mut socket, "200 OK", &forward().await).await,
        Act::Late(after) => {
            tokio::time::sleep(after).await;
            reply(&mut socket, "200 OK", &forward().await).await
        }
        Act::Hang => std::future::pending().await,
        Act::PassAndHang => {
            forward().await;
            std::future::pending().await
        }
        Act::Hold(go) => {
            go.notified().await;
            reply(&mut socket, "200 OK", &forward().await).await
        }
        Act::Status(status) => reply(&mut socket, status, "").await,
        Act::PassAndStatus(status) => {
            forward().await;
            reply(&mut socket, status, "").await
        }
        Act::Truncate => {
            let whole = forward().await;
            reply(&mut socket, "200 OK", &whole[..whole.len() / 2]).await
        }
        Act::Close => Ok(()),
        Act::Answer(_) | Act::Error(_) => reply(&mut socket, "200 OK", &forward().await).await,
        Act::PassAndFail => {
            forward().await;
            let answer = match &request {
                Value::Array(requests) => requests.iter().map(|request| failing(&request["id"])).collect(),
                request => failing(&request["id"]),
            };
            reply(&mut socket, "200 OK", &answer.to_string()).await
        }
        Act::Body(body) => reply(&mut socket, "200 OK", &body).await,
    };
    seen.lock().unwrap_or_else(PoisonError::into_inner).spans.push((began, Instant::now()));
    replied
}

/// The request with the parameters of the test's own in their places.
fn substitute(request: &Value, acts: &[Act]) -> Value {
    let mut request = request.clone();
    let requests: Vec<&mut Value> = match &mut request {
        Value::Array(requests) => requests.iter_mut().collect(),
        request => vec![request],
    };
    for (request, act) in requests.into_iter().zip(acts) {
        if let Act::With(parameters) = act {
            request["params"] = parameters.clone();
        }
    }
    request
}

/// The chain's answer with those of the test's own in their places.
fn replace(request: &Value, acts: &[Act], text: String) -> String {
    if !acts.iter().any(|act| matches!(act, Act::Answer(_) | Act::Error(_))) {
        return text;
    }
    let one = |request: &Value, act: &Act, answer: &Value| match act {
        Act::Answer(result) => json!({"jsonrpc": "2.0", "id": request["id"], "result": result}),
        Act::Error(error) => json!({"jsonrpc": "2.0", "id": request["id"], "error": error}),
        _ => answer.clone(),
    };
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    match (request, &answer) {
        (Value::Array(requests), Value::Array(answers)) => {
            let answers =
                requests.iter().zip(acts).zip(answers).map(|((request, act), answer)| one(request, act, answer));
            Value::Array(answers.collect()).to_string()
        }
        _ => one(request, &acts[0], &answer).to_string(),
    }
}

/// The body of one request.
async fn read(socket: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![];
    loop {
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
            if bytes.len() >= head + 4 + length {
                return Ok(bytes.split_off(head + 4));
            }
        }
        if socket.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn reply(socket: &mut TcpStream, status: &str, body: &str) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    socket.write_all(head.as_bytes()).await?;
    socket.write_all(body.as_bytes()).await?;
    socket.shutdown().await
}

/// Runs the binary without blocking the proxies of this test.
pub(crate) async fn run(chain: &Chain, arguments: &[&str]) -> Ran {
    let mut command = chain.command(arguments);
    Ran::new(tokio::task::spawn_blocking(move || command.output()).await.expect("ends").expect("runs"))
}

/// A description of the chain's network with these endpoints.
pub(crate) fn description(chain: &Chain, name: &str, urls: &[&str]) -> String {
    let mut network = chain.network.clone();
    network.rpc_urls = urls.iter().map(|url| url.parse().expect("a URL")).collect();
    let path = chain.path(&format!("{name}.json"));
    std::fs::write(&path, network.to_json().expect("serialises")).expect("written");
    path.display().to_string()
}
