//! A node in another process or on another machine, read through the status documents of its operators' listener.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use async_trait::async_trait;
use cuckoo_protocol::{
    http,
    sse::{self, Event},
    status::{SCHEMA_VERSION, Snapshot, delta},
};
use futures::{StreamExt, stream::BoxStream};
use reqwest::{Client, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{sleep, timeout};
use url::Url;

use super::{
    error::SourceError,
    snapshots::{REPEAT, Source},
};

/// The pause between two requests to a node that has no events.
const POLL: Duration = Duration::from_secs(1);

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The first and the longest pause before a node that failed is asked again.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

/// The number of bytes that a snapshot may have, enough for about ten thousand nodes.
const LIMIT: usize = 16 * 1024 * 1024;

/// Asks for `{base}/status` first, then follows `{base}/status/events`. A node without events is asked every second.
///
/// When the stream of events is silent for five seconds, `/status` is asked for again, so that a connection that died
/// unnoticed is found whether or not the node sends keep-alive comments.
pub struct Attach {
    node: Node,
    /// Nodes that are asked as well until one has answered.
    others: Vec<Node>,
    mode: Mode,
    latest: Option<Arc<Snapshot>>,
    backoff: Option<Duration>,
}

/// The node, and how to ask it.
struct Node {
    client: Client,
    status: Url,
    events: Url,
    /// The node's address as people see it, without user name and password.
    name: String,
}

enum Mode {
    /// Nothing has been asked yet.
    Begin,
    /// The first snapshot has arrived; the node may have events.
    Opening,
    /// The node sends events.
    Stream(Box<Stream>),
    /// The node has no events and is asked again and again.
    Poll,
}

struct Stream {
    /// The document as it was sent last, which patches apply to; none while whole ones are sent.
    document: Option<Value>,
    bytes: BoxStream<'static, reqwest::Result<Vec<u8>>>,
    reader: sse::Reader,
    /// What has been read and not yet been given.
    events: VecDeque<Event>,
}

impl Attach {
    /// A source that asks the operators' listener at `base`, such as `http://127.0.0.1:9100`. Nothing is sent yet.
    pub fn new(base: &Url) -> Result<Self, SourceError> {
        let mut base = base.clone();
        let shown = || base.host_str().unwrap_or_default().to_owned();
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(SourceError::Address(shown()));
        }
        // A URL may have a user name and a password, which must not be shown.
        let name = base.port().map_or_else(shown, |port| format!("{}:{port}", shown()));
        let unreachable =
            |error: reqwest::Error| SourceError::Unreachable { node: name.clone(), reason: innermost(&error) };
        let client = http::client(&base).connect_timeout(PATIENCE).build().map_err(unreachable)?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let address = |path| base.join(path).map_err(|_| SourceError::Address(name.clone()));
        let (status, events) = (address("status")?, address("status/events?deltas=1&logs=1")?);
        let node = Node { client, status, events, name };
        Ok(Self { node, others: vec![], mode: Mode::Begin, latest: None, backoff: None })
    }

    /// The node's address as people see it, without user name and password.
    pub(super) fn name(&self) -> &str {
        &self.node.name
    }

    /// A source that asks the operators' listeners at `bases` in turn, and stays with the first one that answers.
    pub fn any(bases: &[Url]) -> Result<Self, SourceError> {
        let mut sources = bases.iter().map(Self::new);
        let mut first = sources.next().unwrap_or_else(|| Err(SourceError::Address(String::new())))?;
        for source in sources {
            first.others.push(source?.node);
        }
        Ok(first)
    }

    /// Asks for the first snapshot: the node, or all of them in turn while none has answered.
    async fn begin(&mut self) -> Result<Snapshot, SourceError> {
        let mut errors = vec![];
        for place in 0..=self.others.len() {
            let node = place.checked_sub(1).map_or(&self.node, |place| &self.others[place]);
            match node.ask().await {
                Ok(snapshot) => {
                    if let Some(place) = place.checked_sub(1) {
                        self.node = self.others.swap_remove(place);
                    }
                    self.others.clear();
                    return Ok(snapshot);
                }
                Err(error) => errors.push(error),
            }
        }
        let silent = |error: &SourceError| matches!(error, SourceError::Unreachable { .. });
        if errors.len() > 1 && errors.iter().all(silent) {
            let tried = std::iter::once(&self.node).chain(&self.others).map(|node| node.name.clone());
            return Err(SourceError::Nowhere { tried: tried.collect::<Vec<_>>().join(" and ") });
        }
        // One that answers something else says more than one that does not answer.
        let telling = errors.iter().position(|error| !silent(error)).unwrap_or(0);
        Err(errors.swap_remove(telling))
    }

    fn keep(&mut self, snapshot: Snapshot) -> Arc<Snapshot> {
        let snapshot = Arc::new(snapshot);
        self.latest = Some(Arc::clone(&snapshot));
        snapshot
    }

    async fn attempt(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        loop {
            match &mut self.mode {
                Mode::Begin => {
                    let snapshot = self.begin().await?;
                    self.mode = Mode::Opening;
                    return Ok(self.keep(snapshot));
                }
                Mode::Opening => self.mode = self.node.open().await?,
                Mode::Poll => {
                    sleep(POLL).await;
                    let snapshot = self.node.ask().await?;
                    return Ok(self.keep(snapshot));
                }
                Mode::Stream(stream) => {
                    match stream.events.pop_front() {
                        Some(Event::Data(sent)) => {
                            let snapshot = stream.read(&self.node, &sent)?;
                            return Ok(self.keep(snapshot));
                        }
                        Some(Event::Comment) => match &self.latest {
                            Some(latest) => return Ok(Arc::clone(latest)),
                            None => continue,
                        },
                        None => {}
                    }
                    match timeout(REPEAT, stream.bytes.next()).await {
                        Ok(Some(Ok(bytes))) => {
                            let events = stream.reader.push(&bytes).map_err(|_| self.node.too_large())?;
                            stream.events.extend(events);
                        }
                        Ok(Some(Err(error))) => return Err(self.node.unreachable(innermost(&error))),
                        Ok(None) => return Err(self.node.unreachable("it closed the connection")),
                        Err(_) => {
                            let snapshot = self.node.ask().await?;
                            return Ok(self.keep(snapshot));
                        }
                    }
                }
            }
        }
    }
}

impl Stream {
    /// Reads a whole document or what has changed since the last one.
    fn read(&mut self, node: &Node, sent: &[u8]) -> Result<Snapshot, SourceError> {
        #[derive(serde::Deserialize)]
        struct Patch {
            patch: Value,
        }
        let malformed = |error| SourceError::Malformed { node: node.name.clone(), error };
        let Some(document) = &mut self.document else {
            let snapshot = node.parse(sent)?;
            let mut document: Value = serde_json::from_slice(sent).map_err(malformed)?;
            // The history comes once.
            if let Some(members) = document.as_object_mut() {
                members.remove("history");
            }
            self.document = Some(document);
            return Ok(snapshot);
        };
        // A node that is older than patches sends whole documents again and again.
        let Ok(Patch { patch }) = serde_json::from_slice(sent) else {
            self.document = None;
            return self.read(node, sent);
        };
        delta::apply(document, patch);
        Snapshot::deserialize(&*document).map_err(malformed)
    }
}

impl Node {
    fn unreachable(&self, reason: impl Into<String>) -> SourceError {
        SourceError::Unreachable { node: self.name.clone(), reason: reason.into() }
    }

    /// Sends a request. An answer with an HTTP error counts as an error.
    async fn get(&self, url: &Url, accept: &'static str) -> Result<Response, SourceError> {
        let request = self.client.get(url.clone()).header(header::ACCEPT, accept).send();
        let response = timeout(PATIENCE, request).await.map_err(|_| self.unreachable("it took too long"))?;
        let response = response.map_err(|error| self.unreachable(innermost(&error)))?;
        match response.status() {
            StatusCode::OK => Ok(response),
            status => Err(SourceError::Refused { node: self.name.clone(), status: status.as_u16() }),
        }
    }

    /// Asks for one snapshot.
    async fn ask(&self) -> Result<Snapshot, SourceError> {
        let response = self.get(&self.status, "application/json").await?;
        let reading = async {
            let mut body = Vec::new();
            let mut chunks = response.bytes_stream();
            while let Some(chunk) = chunks.next().await {
                body.extend_from_slice(&chunk.map_err(|error| self.unreachable(innermost(&error)))?);
                self.check_size(body.len())?;
            }
            Ok(body)
        };
        let body = timeout(PATIENCE, reading).await.map_err(|_| self.unreachable("it took too long"))??;
        self.parse(&body)
    }

    fn check_size(&self, length: usize) -> Result<(), SourceError> {
        if length > LIMIT { Err(self.too_large()) } else { Ok(()) }
    }

    fn too_large(&self) -> SourceError {
        SourceError::TooLarge { node: self.name.clone(), limit: LIMIT }
    }

    fn parse(&self, document: &[u8]) -> Result<Snapshot, SourceError> {
        #[derive(serde::Deserialize)]
        struct Version {
            schema_version: u32,
        }
        let malformed = |error| SourceError::Malformed { node: self.name.clone(), error };
        // The version is read first: nothing else is known about a newer document.
        let Version { schema_version: version } = serde_json::from_slice(document).map_err(malformed)?;
        if version > SCHEMA_VERSION {
            return Err(SourceError::Newer { node: self.name.clone(), version });
        }
        serde_json::from_slice(document).map_err(malformed)
    }

    /// Opens the stream of events, or finds that the node has none.
    async fn open(&self) -> Result<Mode, SourceError> {
        const EVENTS: &str = "text/event-stream";
        let response = match self.get(&self.events, EVENTS).await {
            Ok(response) => response,
            // The node answers, but it has no events.
            Err(SourceError::Refused { status: 400..=499 | 501, .. }) => return Ok(Mode::Poll),
            Err(error) => return Err(error),
        };
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with(EVENTS)) {
            return Ok(Mode::Poll);
        }
        let bytes = response.bytes_stream().map(|chunk| chunk.map(|chunk| chunk.to_vec())).boxed();
        Ok(Mode::Stream(Box::new(Stream {
            document: None,
            bytes,
            reader: sse::Reader::new(LIMIT),
            events: VecDeque::new(),
        })))
    }
}

#[async_trait]
impl Source for Attach {
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        if let Some(pause) = self.backoff {
            sleep(pause).await;
        }
        let next = self.attempt().await;
        self.backoff = match (&next, self.backoff) {
            (Ok(_), _) => None,
            (Err(_), None) => Some(BACKOFF.0),
            (Err(_), Some(pause)) => Some((pause * 2).min(BACKOFF.1)),
        };
        if next.is_err() {
            self.mode = Mode::Begin;
        }
        next
    }
}

/// The innermost cause, which says most: `Connection refused` rather than `error sending request`.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let cause = cause.to_string();
    // The number adds nothing to the words.
    let reason = cause.split(" (os error").next().unwrap_or(&cause).to_owned();
    match error.url() {
        Some(url) => http::with_proxy(reason, url),
        None => reason,
    }
}
