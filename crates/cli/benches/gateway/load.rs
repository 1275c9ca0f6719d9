//! Applications: keep-alive connections that ask again and again, at a rate, or for streams.

use std::{net::Ipv4Addr, time::Duration};

use futures::{StreamExt, future::join_all, stream::FuturesUnordered};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, StatusCode,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde_json::json;
use tokio::{
    net::TcpStream,
    time::{Instant, interval, sleep, timeout},
};

use crate::{
    client::Client,
    engine::{MODEL, clock},
};

/// What one token of a stream has, from whomever it comes.
const CONTENT: &[u8] = b"hello ";
/// Tokens of an answer that comes whole.
const WHOLE: u32 = 8;
/// Digits that say when a token was sent.
const DIGITS: usize = 12;
/// Tokens of a stream whose tokens say when they were sent.
const RELAYED: u32 = 100;
/// Time from a failure to the next request on that connection.
const PAUSE: Duration = Duration::from_millis(10);
/// No answer takes longer than this.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Load {
    port: u16,
}

/// What a load saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) done: u64,
    /// Those that were done before the end, which some outlast.
    pub(crate) in_time: u64,
    pub(crate) failed: u64,
    pub(crate) tokens: u64,
    latencies: Vec<Duration>,
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.done += other.done;
        self.in_time += other.in_time;
        self.failed += other.failed;
        self.tokens += other.tokens;
        self.latencies.extend(other.latencies);
    }

    fn took(&mut self, answer: Option<u64>, started: Instant) {
        match answer {
            Some(tokens) => {
                self.done += 1;
                self.tokens += tokens;
                self.latencies.push(started.elapsed());
            }
            None => self.failed += 1,
        }
    }

    /// The median of the latencies and their 99th percentile, in milliseconds.
    pub(crate) fn percentiles(mut self) -> (f64, f64) {
        self.latencies.sort_unstable();
        let last = self.latencies.len().saturating_sub(1);
        let at = |share: f64| self.latencies.get((last as f64 * share).round() as usize);
        let of = |share: f64| at(share).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3);
        (of(0.5), of(0.99))
    }
}

/// How long after they were sent tokens have come.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Lateness {
    pub(crate) tokens: usize,
    pub(crate) failed: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

/// One keep-alive connection.
struct Connection {
    port: u16,
    sender: Option<SendRequest<Full<Bytes>>>,
    /// Of tokens that say when they were sent.
    late: Vec<Duration>,
}

impl Connection {
    fn new(port: u16) -> Self {
        Self { port, sender: None, late: vec![] }
    }

    /// The tokens of a whole answer, or none if it failed in whatever way.
    async fn ask(&mut self, body: Bytes) -> Option<u64> {
        let answer = timeout(PATIENCE, self.exchange(body)).await.ok().flatten();
        if answer.is_none() {
            self.sender = None;
        }
        answer
    }

    async fn exchange(&mut self, body: Bytes) -> Option<u64> {
        let sender = match &mut self.sender {
            Some(sender) => sender,
            empty => {
                let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.ok()?;
                stream.set_nodelay(true).ok()?;
                let (sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
                tokio::task::spawn_local(connection);
                empty.insert(sender)
            }
        };
        let request = Request::post("/v1/chat/completions")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .body(Full::new(body))
            .ok()?;
        sender.ready().await.ok()?;
        let mut response = sender.send_request(request).await.ok()?;
        let is_good = response.status() == StatusCode::OK;
        let (mut tokens, mut last) = (0, Bytes::new());
        while let Some(frame) = response.frame().await {
            if let Ok(data) = frame.ok()?.into_data() {
                tokens += count(&data);
                self.late.extend(stamps(&data).map(|sent| Duration::from_micros(clock().saturating_sub(sent))));
                last = data;
            }
        }
        // Every contender ends a stream with [DONE], and a whole answer with a brace.
        let ended = last.trim_ascii_end();
        (is_good && (ended.ends_with(b"[DONE]") || ended.ends_with(b"}"))).then_some(tokens)
    }
}

/// When the tokens of a piece of an answer were sent, those that say so: `@000000000042 hello `. One that is cut says nothing.
fn stamps(data: &[u8]) -> impl Iterator<Item = u64> {
    let ends = data.windows(CONTENT.len()).enumerate().filter(|(_, window)| *window == CONTENT);
    ends.filter_map(|(end, _)| {
        let text = data[..end].strip_suffix(b" ")?;
        let (before, digits) = text.split_at(text.len().checked_sub(DIGITS)?);
        before.ends_with(b"@").then_some(())?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    })
}

/// Tokens in a piece of an answer.
fn count(data: &[u8]) -> u64 {
    data.windows(CONTENT.len()).filter(|window| *window == CONTENT).count() as u64
}

fn body(tokens: u32, stream: bool) -> Bytes {
    let messages = json!([{"role": "user", "content": "Say hello"}]);
    json!({"model": MODEL, "messages": messages, "max_tokens": tokens, "stream": stream}).to_string().into()
}

impl Load {
    pub(crate) fn new(port: u16) -> Self {
        Self { port }
    }

    /// Returns after the first good answer.
    pub(crate) async fn until_ready(&self) {
        self.until_ready_within(PATIENCE).await;
    }

    /// The same where that can take longer than an answer.
    pub(crate) async fn until_ready_within(&self, patience: Duration) {
        let ready = async {
            while local(Connection::new(self.port).ask(body(2, false))).await.is_none() {
                sleep(Duration::from_millis(100)).await;
            }
        };
        timeout(patience, ready).await.expect("the contender answers");
    }

    /// As fast as this many connections get whole answers.
    pub(crate) async fn saturate(&self, connections: usize, during: Duration) -> Seen {
        let (end, body) = (Instant::now() + during, body(WHOLE, false));
        let one = async || {
            let (mut client, mut seen) = (None, Seen::default());
            while Instant::now() < end {
                let started = Instant::now();
                let answer = timeout(PATIENCE, self.whole(&mut client, &body)).await.ok().flatten();
                if answer.is_none() {
                    client = None;
                    sleep(PAUSE).await;
                }
                seen.took(answer, started);
                seen.in_time = if Instant::now() < end { seen.done } else { seen.in_time };
            }
            seen
        };
        local(join_all((0..connections).map(|_| one()))).await.into_iter().collect()
    }

    /// The tokens of a whole answer, if it has all of them.
    async fn whole(&self, client: &mut Option<Client>, body: &[u8]) -> Option<u64> {
        let client = match client {
            Some(client) => client,
            empty => empty.insert(Client::connect(self.port, body).await.ok()?),
        };
        Some(count(client.ask().await.ok()?)).filter(|tokens| *tokens == u64::from(WHOLE))
    }

    /// As fast as this many connections get streams of this many tokens.
    pub(crate) async fn stream(&self, connections: usize, tokens: u32, during: Duration) -> Seen {
        let (end, body) = (Instant::now() + during, body(tokens, true));
        let one = async || {
            let (mut connection, mut seen) = (Connection::new(self.port), Seen::default());
            while Instant::now() < end {
                let started = Instant::now();
                seen.took(connection.ask(body.clone()).await, started);
            }
            seen
        };
        local(join_all((0..connections).map(|_| one()))).await.into_iter().collect()
    }

    /// How late tokens come that say when they were sent.
    pub(crate) async fn relay(&self, connections: usize, during: Duration) -> Lateness {
        let (end, body) = (Instant::now() + during, body(RELAYED, true));
        let one = async || {
            let (mut connection, mut failed) = (Connection::new(self.port), 0);
            while Instant::now() < end {
                failed += u64::from(connection.ask(body.clone()).await.is_none());
            }
            (connection.late, failed)
        };
        let all = local(join_all((0..connections).map(|_| one()))).await;
        let failed = all.iter().map(|(_, failed)| failed).sum();
        let latencies: Vec<_> = all.into_iter().flat_map(|(late, _)| late).collect();
        let (tokens, max) = (latencies.len(), latencies.iter().max().copied().unwrap_or_default());
        let (p50_ms, p99_ms) = Seen { latencies, ..Seen::default() }.percentiles();
        Lateness { tokens, failed, p50_ms, p99_ms, max_ms: max.as_secs_f64() * 1e3 }
    }

    /// This many requests a second, whether or not the earlier ones are answered.
    pub(crate) async fn relaxed(&self, rate: u32, during: Duration) -> Seen {
        let mut tick = interval(Duration::from_secs(1) / rate);
        let end = Instant::now() + during;
        let mut idle: Vec<Connection> = vec![];
        let mut running = FuturesUnordered::new();
        let mut seen = Seen::default();
        local(async {
            while Instant::now() < end || !running.is_empty() {
                tokio::select! {
                    _ = tick.tick(), if Instant::now() < end => {
                        let mut connection = idle.pop().unwrap_or_else(|| Connection::new(self.port));
                        running.push(async move {
                            let started = Instant::now();
                            let answer = connection.ask(body(WHOLE, false)).await;
                            (connection, answer, started)
                        });
                    }
                    Some((connection, answer, started)) = running.next() => {
                        seen.took(answer, started);
                        idle.push(connection);
                    }
                }
            }
        })
        .await;
        seen.in_time = seen.done;
        seen
    }

    /// This many streams at once, opened one after another over `ramp`.
    pub(crate) async fn open(&self, streams: usize, tokens: u32, ramp: Duration) -> Seen {
        let one = async |number: usize| {
            sleep(ramp * number as u32 / streams as u32).await;
            let (started, mut seen) = (Instant::now(), Seen::default());
            seen.took(Connection::new(self.port).ask(body(tokens, true)).await, started);
            seen
        };
        local(join_all((0..streams).map(one))).await.into_iter().collect()
    }
}

/// Connections run as tasks of this thread.
async fn local<T>(work: impl Future<Output = T>) -> T {
    tokio::task::LocalSet::new().run_until(work).await
}

impl FromIterator<Seen> for Seen {
    fn from_iter<I: IntoIterator<Item = Self>>(all: I) -> Self {
        all.into_iter().fold(Self::default(), |mut sum, seen| {
            sum.add(seen);
            sum
        })
    }
}
