//! The miners' side of the coordinator: one WebSocket per miner, opened by the miner, one session per node key.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use alloy::primitives::{Address, B256};
use axum::extract::ws::Message as WsMessage;
use cuckoo_protocol::{
    coordinator::{Input, Session},
    message::{Login, audience_hash},
    wire::{self, Body, CloseCode, Frame, FrameError},
};
use futures::{
    FutureExt, Sink, SinkExt, Stream, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time,
};

use super::{
    doorway,
    leases::Leases,
    message::{Command, Commands, Message},
    shared::Shared,
    tokens::Questions,
};
use crate::{
    host::clock,
    node::{allowance::Allowance, failpoint},
};

/// A miner or coordinator that is silent for this long counts as lost.
const SILENCE: Duration = Duration::from_secs(10);
/// The whole handshake has to fit into this.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A login may be this old or this far ahead, in seconds; clocks differ.
const MAX_SKEW: u64 = 60;
/// Sessions end after this many seconds and are opened again.
const SESSION_SECONDS: u64 = 3600;
/// A miner that was told that its session is over has this long to read it.
const FAREWELL: Duration = Duration::from_secs(1);
/// Frames of a miner that are taken in before the decisions hear of them, where these have arrived together.
const TOGETHER: usize = 64;
/// Signs of life that a miner may ask for at once, and the time for each further one.
const PINGS: u32 = 20;
const PING: Duration = Duration::from_millis(500);

/// What a miner is connected by: a WebSocket, or one that a replica has and passes on.
pub(super) trait Socket:
    Stream<Item = Result<WsMessage, axum::Error>> + Sink<WsMessage, Error = axum::Error> + Send + Unpin
{
}

impl<S> Socket for S where
    S: Stream<Item = Result<WsMessage, axum::Error>> + Sink<WsMessage, Error = axum::Error> + Send + Unpin
{
}

/// Why a session ends.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error("the connection ended")]
    Gone,
    #[error("nothing was heard for {} s", SILENCE.as_secs())]
    Silent,
    #[error("it has read nothing for {} s", SILENCE.as_secs())]
    Deaf,
    #[error("{0}")]
    Told(String),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("{message}")]
    Rejected { code: CloseCode, message: String },
}

fn rejected(code: CloseCode, message: impl Into<String>) -> LinkError {
    LinkError::Rejected { code, message: message.into() }
}

/// Serves one connection until it ends.
pub(super) async fn serve(shared: Arc<Shared>, mut socket: impl Socket, stranger: OwnedSemaphorePermit) {
    let node = match time::timeout(HANDSHAKE, handshake(&shared, &mut socket)).await {
        Ok(Ok(node)) => node,
        Ok(Err(error)) => return close(socket, &error).await,
        Err(_) => return close(socket, &LinkError::Silent).await,
    };
    drop(stranger);
    let (commands, told) = mpsc::unbounded_channel();
    let session = shared.handle.connect(node, commands.clone()).await;
    tracing::info!(%node, session, "a miner is connected");
    let welcome = wire::Welcome { session, silence_ms: SILENCE.as_millis() as u32, prices: shared.prices.frames() };
    let (mut sink, mut source) = socket.split();
    let leases = Mutex::new(Leases::new(node, session, shared.domain, shared.ears.clone()));
    let link = Link {
        shared: &shared,
        node,
        session,
        commands,
        leases,
        asked: AtomicU64::new(0),
        questions: Questions::default(),
    };
    let ended = match sink.send(WsMessage::Binary(Frame::encode(welcome).into())).await {
        // Reading never waits for writing, or two full buffers could hold each other up.
        Ok(()) => tokio::select! {
            ended = link.listen(&mut source) => ended,
            ended = link.speak(&mut sink, told) => ended,
        },
        Err(_) => LinkError::Gone,
    };
    link.leases().abandon();
    tracing::info!(%node, session, reason = %ended, "a miner is disconnected");
    let reason = format!("its connection ended: {ended}");
    shared.handle.act(Input::Disconnect { node, session, reason });
    if let Ok(socket) = sink.reunite(source) {
        close(socket, &ended).await;
    }
}

async fn close(mut socket: impl Socket, error: &LinkError) {
    let code = match error {
        LinkError::Rejected { code, .. } => *code,
        LinkError::Gone | LinkError::Deaf | LinkError::Told(_) => return,
        LinkError::Silent => CloseCode::Silent,
        LinkError::Frame(_) => CloseCode::Protocol,
    };
    let farewell = send(&mut socket, wire::Close::new(code, error.to_string()));
    // The other side may have closed the connection, or may have stopped reading.
    let _ = time::timeout(Duration::from_secs(1), farewell).await;
}

async fn send(socket: &mut impl Socket, body: impl Into<Body>) -> Result<(), LinkError> {
    socket.send(WsMessage::Binary(Frame::encode(body).into())).await.map_err(|_| LinkError::Gone)
}

/// The next frame; frames of newer versions are skipped.
async fn next(source: &mut (impl Stream<Item = Result<WsMessage, axum::Error>> + Unpin)) -> Result<Body, LinkError> {
    loop {
        match source.next().await {
            Some(Ok(WsMessage::Binary(bytes))) => {
                if let Some(body) = Frame::parse(&bytes)? {
                    return Ok(body);
                }
            }
            Some(Ok(WsMessage::Ping(_) | WsMessage::Pong(_))) => {}
            Some(Ok(WsMessage::Text(_))) => return Err(rejected(CloseCode::Protocol, "text frames are not supported")),
            Some(Ok(WsMessage::Close(_)) | Err(_)) | None => return Err(LinkError::Gone),
        }
    }
}

async fn handshake(shared: &Shared, socket: &mut impl Socket) -> Result<Address, LinkError> {
    let Body::Hello(hello) = next(socket).await? else {
        return Err(rejected(CloseCode::Protocol, "the first frame is not Hello"));
    };
    if hello.version < wire::OLDEST_VERSION {
        let message = format!("version {} is too old; this coordinator speaks {}", hello.version, wire::VERSION);
        return Err(rejected(CloseCode::Version, message));
    }
    let node = wire::address(&hello.node, "node")?;
    let challenge = B256::from(rand::random::<[u8; 32]>());
    let coordinator = shared.address();
    let now = clock::now_seconds();
    let version = hello.version.min(wire::VERSION);
    let question = wire::Challenge { version, challenge: challenge.to_vec(), coordinator: coordinator.to_vec(), now };
    send(socket, question).await?;
    let Body::Login(login) = next(socket).await? else {
        return Err(rejected(CloseCode::Protocol, "the second frame is not Login"));
    };
    let signed = Login {
        node,
        coordinator,
        audience: audience_hash(&shared.endpoint()),
        challenge,
        sessionKey: wire::address(&login.session_key, "session_key")?,
        issued: login.issued,
        expires: login.expires,
    };
    shared
        .domain
        .verify(&signed, &login.signature, node)
        .map_err(|error| rejected(CloseCode::BadLogin, format!("the login is not valid: {error}")))?;
    let now = clock::now_seconds();
    if login.issued.abs_diff(now) > MAX_SKEW {
        let skew = login.issued.abs_diff(now);
        return Err(rejected(
            CloseCode::Clock,
            format!("the miner's clock differs by {skew} s from the coordinator's (max {MAX_SKEW} s)"),
        ));
    }
    if login.expires <= now || login.expires > login.issued + SESSION_SECONDS {
        return Err(rejected(CloseCode::BadLogin, format!("a session lasts at most {SESSION_SECONDS} s")));
    }
    if !shared.is_active_miner(&node) {
        return Err(rejected(CloseCode::NotRegistered, format!("{node} is not registered as an active miner")));
    }
    if let Err(wait) = shared.doorway.log_in(node) {
        let message = format!("this miner has logged in too often; try again in {} s", wait.as_secs() + 1);
        return Err(rejected(CloseCode::Closed, message));
    }
    let now = clock::now();
    if let Some(reason) = shared.handle.read(move |machine| machine.suspended(&node, now)).await {
        return Err(rejected(CloseCode::Suspended, reason));
    }
    Ok(node)
}

/// Frames that leave in one write.
#[derive(Default)]
struct Outgoing {
    frames: Vec<Vec<u8>>,
    /// One of them is an offer.
    has_offer: bool,
    /// The last one says that the session is over, for this reason.
    end: Option<String>,
}

impl Outgoing {
    fn add(&mut self, body: impl Into<Body>) {
        self.frames.push(Frame::encode(body));
    }
}

/// A session while it is open.
struct Link<'a> {
    shared: &'a Shared,
    node: Address,
    session: Session,
    /// Its own end of what it is told.
    commands: Commands,
    leases: Mutex<Leases>,
    /// The number of the ping whose answer the decisions wait for; 0 where they wait for none.
    asked: AtomicU64,
    questions: Questions,
}

/// What one session may still do, and what waits until it may.
struct Limits {
    slots_seen: u64,
    pings: Allowance,
    /// The newest report of slots, and when it counts: one that comes too soon waits.
    report: Option<(wire::Slots, time::Instant)>,
}

impl Limits {
    fn new() -> Self {
        Self { slots_seen: 0, pings: Allowance::new(PINGS, PING), report: None }
    }
}

impl Link<'_> {
    /// Sends what is to be said, and signs of life; returns why that ended.
    async fn speak(
        &self,
        sink: &mut SplitSink<impl Socket, WsMessage>,
        mut told: mpsc::UnboundedReceiver<Vec<Command>>,
    ) -> LinkError {
        let mut ping = time::interval(SILENCE / 3);
        loop {
            let mut outgoing = Outgoing::default();
            tokio::select! {
                commands = told.recv() => self.encode(commands.unwrap_or_default(), &mut outgoing),
                _ = ping.tick() => {
                    let head = self.shared.log.head();
                    let (log_entries, log_head) = (head.entries, head.hash.to_vec());
                    outgoing.add(wire::Ping { number: clock::now(), log_entries, log_head });
                }
            }
            // What else is ready goes out in the same write.
            while let (None, Ok(commands)) = (&outgoing.end, told.try_recv()) {
                self.encode(commands, &mut outgoing);
            }
            let write = async {
                for frame in outgoing.frames {
                    sink.feed(WsMessage::Binary(frame.into())).await?;
                }
                sink.flush().await
            };
            match time::timeout(SILENCE, write).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return LinkError::Gone,
                // What it does not read would take memory without end.
                Err(_) => return LinkError::Deaf,
            }
            if outgoing.has_offer {
                failpoint::point(failpoint::LEASE);
            }
            if let Some(reason) = outgoing.end {
                // The miner reads it and goes.
                time::sleep(FAREWELL).await;
                return LinkError::Told(reason);
            }
        }
    }

    /// Makes frames of what is to be said.
    fn encode(&self, commands: Vec<Command>, outgoing: &mut Outgoing) {
        for command in commands {
            match command {
                Command::Offer { offer, signature, stream } => {
                    outgoing.add(self.leases().add(offer, signature, stream));
                    outgoing.has_offer = true;
                }
                Command::Stop(lease) => {
                    self.leases().remove(&lease);
                    outgoing.add(Body::Cancel(wire::Lease::new(lease.task, lease.attempt)));
                }
                Command::Statement { acknowledged, voucher } => {
                    acknowledged.into_iter().for_each(|acknowledged| outgoing.add(Body::Acknowledged(acknowledged)));
                    if let Some(voucher) = voucher {
                        outgoing.add(voucher);
                    }
                }
                Command::Pause(pause) => outgoing.add(pause),
                Command::Mismatches(mismatches) => outgoing.add(mismatches),
                Command::AskTokens(question) => {
                    self.questions.ask(question).into_iter().for_each(|asked| outgoing.add(asked));
                }
                Command::Ask => {
                    let number = clock::now().max(1);
                    self.asked.store(number, Relaxed);
                    outgoing.add(wire::Ping { number, ..wire::Ping::default() });
                }
                // Whatever else the miner said comes from it, and is not sent back.
                Command::Pong(number) => outgoing.add(Body::Pong(wire::Ping { number, ..wire::Ping::default() })),
                Command::Close(code, reason) => {
                    outgoing.add(wire::Close::new(code, reason.as_str()));
                    outgoing.end = Some(reason);
                    return;
                }
            }
        }
    }

    /// Takes in what the miner says; returns why that ended.
    async fn listen(&self, source: &mut SplitStream<impl Socket>) -> LinkError {
        let expires = time::Instant::now() + Duration::from_secs(SESSION_SECONDS);
        let mut limits = Limits::new();
        let mut messages = vec![];
        let mut silent_at = time::Instant::now() + SILENCE;
        loop {
            let wake_at = limits.report.as_ref().map_or(silent_at, |(_, due)| silent_at.min(*due));
            let mut heard = match time::timeout_at(wake_at, next(source)).await {
                Ok(heard) => Some(heard),
                Err(_) if wake_at == silent_at => return LinkError::Silent,
                Err(_) => None,
            };
            if heard.is_some() {
                silent_at = time::Instant::now() + SILENCE;
            }
            let mut ended = None;
            // What has arrived together is told together.
            while let Some(body) = heard {
                if let Err(error) = body.and_then(|body| self.receive(body, &mut limits, &mut messages)) {
                    ended = Some(error);
                    break;
                }
                heard = if messages.len() < TOGETHER { next(source).now_or_never() } else { None };
            }
            if let Err(error) = self.report(&mut limits, &mut messages) {
                ended.get_or_insert(error);
            }
            self.shared.handle.act_all(&mut messages);
            if let Some(error) = ended {
                return error;
            }
            let node = self.node;
            if time::Instant::now() > expires
                && self.leases().is_empty()
                && !self.shared.handle.read(move |machine| machine.is_busy(&node)).await
            {
                return rejected(CloseCode::Expired, "the session has expired; log in again");
            }
        }
    }

    /// Lets the newest report of slots count, if there is one and it may.
    fn report(&self, limits: &mut Limits, messages: &mut Vec<Message>) -> Result<(), LinkError> {
        let Some((slots, due)) = limits.report.take() else { return Ok(()) };
        let now = time::Instant::now();
        if due > now {
            limits.report = Some((slots, due));
            return Ok(());
        }
        match self.shared.doorway.report(self.node) {
            Ok(()) => Ok(self.leases().slots(slots, messages)?),
            Err(wait) => {
                limits.report = Some((slots, now + wait));
                Ok(())
            }
        }
    }

    fn receive(&self, body: Body, limits: &mut Limits, messages: &mut Vec<Message>) -> Result<(), LinkError> {
        let (node, session) = (self.node, self.session);
        match body {
            Body::Slots(slots) => {
                if slots.sequence <= limits.slots_seen {
                    return Err(rejected(CloseCode::Protocol, "the sequence number of the slots does not grow"));
                }
                if let Some(objection) = doorway::objection(&slots) {
                    return Err(rejected(CloseCode::Protocol, objection));
                }
                limits.slots_seen = slots.sequence;
                let due = limits.report.take().map_or_else(time::Instant::now, |(_, due)| due);
                limits.report = Some((slots, due));
                self.report(limits, messages)?;
            }
            Body::Accept(accepted) => self.leases().accepted(&accepted, messages)?,
            Body::Refuse(refuse) => self.leases().refused(refuse, messages)?,
            Body::Chunk(chunk) => self.leases().chunk(chunk, messages)?,
            Body::Result(result) => self.leases().result(result, messages)?,
            Body::TellTokens(told) => self.questions.told(told),
            Body::Drain(_) => messages.push(Message::Input(Input::Drained { node, session })),
            Body::Ping(ping) => {
                if limits.pings.take(Instant::now()).is_err() {
                    return Err(rejected(CloseCode::Protocol, "a miner asks for signs of life too often"));
                }
                self.commands.send(vec![Command::Pong(ping.number)]).map_err(|_| LinkError::Gone)?;
            }
            Body::Pong(pong) => {
                if pong.number != 0 && pong.number == self.asked.load(Relaxed) {
                    self.asked.store(0, Relaxed);
                    messages.push(Message::Input(Input::Heard { node, session }));
                }
            }
            Body::Close(close) => {
                return Err(rejected(CloseCode::Closed, cuckoo_protocol::sentence(&close.message)));
            }
            Body::Hello(_)
            | Body::Login(_)
            | Body::Challenge(_)
            | Body::Welcome(_)
            | Body::Offer(_)
            | Body::Acknowledged(_)
            | Body::Mismatches(_)
            | Body::Voucher(_)
            | Body::Pause(_)
            | Body::AskTokens(_)
            | Body::Cancel(_) => return Err(rejected(CloseCode::Protocol, "a miner does not send this frame")),
        }
        Ok(())
    }

    fn leases(&self) -> MutexGuard<'_, Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
