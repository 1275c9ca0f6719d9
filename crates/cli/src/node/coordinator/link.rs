//! The miners' side of the coordinator: one WebSocket per miner, opened by the miner, one session per node key.

use std::{sync::Arc, time::Duration};

use alloy::primitives::{Address, B256};
use axum::extract::ws::{Message, WebSocket};
use cuckoo_protocol::{
    message::{Login, audience_hash},
    wire::{self, Body, CloseCode, Frame, FrameError, RefuseCode},
};
use futures::{
    SinkExt, Stream, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::{sync::mpsc, time};

use super::shared::Shared;
use crate::host::clock;

/// A miner or coordinator that is silent for this long counts as lost.
const SILENCE: Duration = Duration::from_secs(10);
/// The whole handshake has to fit into this.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A login may be this old or this far ahead, in seconds; clocks differ.
const MAX_SKEW: u64 = 60;
/// Sessions end after this many seconds and are opened again.
const SESSION_SECONDS: u64 = 3600;

/// Why a session ends.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error("the connection ended")]
    Gone,
    #[error("nothing was heard for {} s", SILENCE.as_secs())]
    Silent,
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("{message}")]
    Rejected { code: CloseCode, message: String },
}

fn rejected(code: CloseCode, message: impl Into<String>) -> LinkError {
    LinkError::Rejected { code, message: message.into() }
}

/// Serves one connection until it ends.
pub(super) async fn serve(shared: Arc<Shared>, mut socket: WebSocket) {
    let node = match time::timeout(HANDSHAKE, handshake(&shared, &mut socket)).await {
        Ok(Ok(node)) => node,
        Ok(Err(error)) => return close(socket, &error).await,
        Err(_) => return close(socket, &LinkError::Silent).await,
    };
    let (sender, receiver) = mpsc::unbounded_channel();
    let session = shared.core().connect(node, sender.clone(), clock::now());
    tracing::info!(%node, session, "a miner is connected");
    let welcome =
        wire::Welcome { session, silence_ms: SILENCE.as_millis() as u32, prices: shared.core().prices().frames() };
    let (mut sink, mut source) = socket.split();
    let ended = match sink.send(Message::Binary(Frame::encode(welcome).into())).await {
        // Reading never waits for writing, or two full buffers could hold each other up.
        Ok(()) => tokio::select! {
            ended = listen(&shared, &mut source, node, &sender) => ended,
            ended = speak(&shared, &mut sink, receiver) => ended,
        },
        Err(_) => LinkError::Gone,
    };
    tracing::info!(%node, session, reason = %ended, "a miner is disconnected");
    shared.core().disconnect(node, Some(session), &format!("its connection ended: {ended}"), clock::now());
    if let Ok(socket) = sink.reunite(source) {
        close(socket, &ended).await;
    }
}

async fn close(mut socket: WebSocket, error: &LinkError) {
    let code = match error {
        LinkError::Rejected { code, .. } => *code,
        LinkError::Gone => return,
        LinkError::Silent => CloseCode::Silent,
        LinkError::Frame(_) => CloseCode::Protocol,
    };
    let farewell = send(&mut socket, wire::Close::new(code, error.to_string()));
    // The other side may have closed the connection, or may have stopped reading.
    let _ = time::timeout(Duration::from_secs(1), farewell).await;
}

async fn send(socket: &mut WebSocket, body: impl Into<Body>) -> Result<(), LinkError> {
    socket.send(Message::Binary(Frame::encode(body).into())).await.map_err(|_| LinkError::Gone)
}

/// The next frame; frames of newer versions are skipped.
async fn next(source: &mut (impl Stream<Item = Result<Message, axum::Error>> + Unpin)) -> Result<Body, LinkError> {
    loop {
        match source.next().await {
            Some(Ok(Message::Binary(bytes))) => {
                if let Some(body) = Frame::parse(&bytes)? {
                    return Ok(body);
                }
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Text(_))) => return Err(rejected(CloseCode::Protocol, "text frames are not supported")),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(LinkError::Gone),
        }
    }
}

async fn handshake(shared: &Shared, socket: &mut WebSocket) -> Result<Address, LinkError> {
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
        .domain()
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
    if let Some(reason) = shared.core().suspended(&node, clock::now()) {
        return Err(rejected(CloseCode::Suspended, reason));
    }
    Ok(node)
}

/// Sends what is queued, and signs of life; returns why that ended.
async fn speak(
    shared: &Shared,
    sink: &mut SplitSink<WebSocket, Message>,
    mut frames: mpsc::UnboundedReceiver<Vec<u8>>,
) -> LinkError {
    let mut ping = time::interval(SILENCE / 3);
    loop {
        let frame = tokio::select! {
            frame = frames.recv() => match frame {
                Some(frame) => frame,
                None => return LinkError::Gone,
            },
            _ = ping.tick() => {
                let head = shared.core().log_head();
                Frame::encode(wire::Ping { number: clock::now(), log_entries: head.entries, log_head: head.hash.to_vec() })
            }
        };
        let mut sent = sink.feed(Message::Binary(frame.into())).await;
        // What else is ready goes out in the same write.
        while let (Ok(()), Ok(frame)) = (&sent, frames.try_recv()) {
            sent = sink.feed(Message::Binary(frame.into())).await;
        }
        if sent.is_err() || sink.flush().await.is_err() {
            return LinkError::Gone;
        }
    }
}

/// Takes in what the miner says; returns why that ended.
async fn listen(
    shared: &Shared,
    source: &mut SplitStream<WebSocket>,
    node: Address,
    answers: &mpsc::UnboundedSender<Vec<u8>>,
) -> LinkError {
    let expires = time::Instant::now() + Duration::from_secs(SESSION_SECONDS);
    let mut slots_seen = 0;
    loop {
        let body = match time::timeout(SILENCE, next(source)).await {
            Ok(Ok(body)) => body,
            Ok(Err(error)) => return error,
            Err(_) => return LinkError::Silent,
        };
        if let Err(error) = receive(shared, node, body, answers, &mut slots_seen) {
            return error;
        }
        if time::Instant::now() > expires && !shared.core().is_busy(&node) {
            return rejected(CloseCode::Expired, "the session has expired; log in again");
        }
    }
}

fn receive(
    shared: &Shared,
    node: Address,
    body: Body,
    answers: &mpsc::UnboundedSender<Vec<u8>>,
    slots_seen: &mut u64,
) -> Result<(), LinkError> {
    let lease = |lease: Option<wire::Lease>| lease.ok_or(FrameError::Field("lease")).and_then(|lease| lease.parse());
    let now = clock::now();
    match body {
        Body::Slots(slots) => {
            if slots.sequence <= *slots_seen {
                return Err(rejected(CloseCode::Protocol, "the sequence number of the slots does not grow"));
            }
            *slots_seen = slots.sequence;
            shared.core().slots(node, slots, now)?;
        }
        Body::Accept(accepted) => {
            let (task, attempt) = accepted.parse()?;
            shared.core().accepted(node, task, attempt, now);
        }
        Body::Refuse(refuse) => {
            let code = RefuseCode::try_from(refuse.code).unwrap_or(RefuseCode::Failed);
            let (task, attempt) = lease(refuse.lease)?;
            let reason = cuckoo_protocol::Untrusted::new(refuse.reason).to_string();
            shared.core().refused(node, task, attempt, code, reason, now);
        }
        Body::Chunk(mut chunk) => {
            let (task, attempt) = lease(chunk.lease.take())?;
            shared.core().chunk(node, task, attempt, chunk, now);
        }
        Body::Result(mut result) => {
            let (task, attempt) = lease(result.lease.take())?;
            shared.core().result(node, task, attempt, result, now);
        }
        Body::Drain(_) => shared.core().drain_miner(node, now),
        Body::Ping(ping) => answers.send(Frame::encode(Body::Pong(ping))).map_err(|_| LinkError::Gone)?,
        Body::Pong(_) => {}
        Body::Close(close) => {
            return Err(rejected(CloseCode::Closed, cuckoo_protocol::Untrusted::new(close.message).to_string()));
        }
        Body::Hello(_)
        | Body::Login(_)
        | Body::Challenge(_)
        | Body::Welcome(_)
        | Body::Offer(_)
        | Body::Settled(_)
        | Body::Voucher(_)
        | Body::Pause(_)
        | Body::Cancel(_) => return Err(rejected(CloseCode::Protocol, "a miner does not send this frame")),
    }
    Ok(())
}
