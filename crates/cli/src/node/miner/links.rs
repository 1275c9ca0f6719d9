//! The miner's links: one outbound WebSocket to each coordinator, kept open for as long as the coordinator is registered.

use std::{collections::HashMap, sync::Arc, time::Duration};

use alloy::{primitives::Address, signers::SignerSync};
use cuckoo_protocol::{
    TaskId, Untrusted,
    message::{Login, audience_hash, signature_bytes},
    wire::{self, Body, CloseCode, Frame, FrameError},
};
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    net::TcpStream,
    sync::{mpsc, watch},
    task::{AbortHandle, JoinSet},
    time,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};
use tokio_util::sync::CancellationToken;

use super::{lease, shared::Shared};
use crate::{
    host::clock,
    node::{endpoint, failpoint},
};

/// The time for connecting and logging in.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// First pause before connecting again; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Length of a session, in seconds; the coordinator's limit.
const SESSION_SECONDS: u64 = 3600;
/// How often devices and slots are reported even if nothing changes.
const REPORT: Duration = Duration::from_secs(3);
/// Frames waiting to be sent before generation has to wait.
const BACKLOG: usize = 256;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error("cannot connect: {0}")]
    Connect(Box<tokio_tungstenite::tungstenite::Error>),
    #[error("the connection ended")]
    Gone,
    #[error("nothing was heard for too long")]
    Silent,
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("the coordinator closed the session ({word}): {message}")]
    Closed { code: Option<CloseCode>, word: Untrusted, message: Untrusted },
    #[error("{0}")]
    Protocol(&'static str),
}

/// Keeps a link to one coordinator until `stop`, with growing pauses while it cannot be reached.
pub(super) async fn keep(shared: Arc<Shared>, coordinator: Address, endpoint: String, stop: CancellationToken) {
    // The endpoint of this link is fixed: another endpoint gets another link.
    if let Err(error) = endpoint::parse(&endpoint) {
        let shown = Untrusted::new(endpoint.as_str());
        tracing::warn!(%coordinator, endpoint = %shown, %error, "this coordinator's endpoint cannot be used");
        return shared.set_suspended(coordinator, Some(format!("its endpoint cannot be used: {error}")));
    }
    shared.set_suspended(coordinator, None);
    let mut pause = FIRST_PAUSE;
    loop {
        let started = time::Instant::now();
        let error = match Box::pin(session(&shared, coordinator, &endpoint, &stop)).await {
            Ok(()) => return,
            Err(error) => error,
        };
        shared.set_connected(coordinator, false);
        if stop.is_cancelled() {
            return;
        }
        if let LinkError::Closed { code: Some(CloseCode::Replaced), message, .. } = &error {
            // The newer session wins; going on would make the two push each other out forever.
            return shared.fail(format!("another miner has logged in with this key: {message}"));
        }
        if let LinkError::Closed { code: Some(CloseCode::Suspended), message, .. } = &error {
            shared.set_suspended(coordinator, Some(format!("it assigns no tasks to this miner: {}", message.raw())));
        }
        if started.elapsed() > LONGEST_PAUSE * 2 {
            pause = FIRST_PAUSE;
        }
        let shown = Untrusted::new(endpoint.as_str());
        tracing::warn!(%coordinator, endpoint = %shown, %error, "no link to the coordinator; trying to connect again");
        let jitter = rand::random_range(0.5..1.5);
        if stop.run_until_cancelled(time::sleep(pause.mul_f64(jitter))).await.is_none() {
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn session(
    shared: &Arc<Shared>,
    coordinator: Address,
    endpoint: &str,
    stop: &CancellationToken,
) -> Result<(), LinkError> {
    let opening = time::timeout(HANDSHAKE, Box::pin(open(shared, coordinator, endpoint)));
    let Some(opened) = stop.run_until_cancelled(opening).await else { return Ok(()) };
    let (socket, silence) = opened.map_err(|_| LinkError::Silent)??;
    tracing::info!(%coordinator, "logged in");
    shared.set_connected(coordinator, true);
    shared.set_suspended(coordinator, None);
    shared.draw();
    let (mut sink, mut source) = socket.split();
    let (frames, queue) = mpsc::channel(BACKLOG);
    let (answers, answer_queue) = mpsc::unbounded_channel();
    let drained = tokio::select! {
        ended = listen(shared, &mut source, coordinator, silence, (frames, answers), stop) => ended,
        ended = speak(shared, &mut sink, coordinator, queue, answer_queue) => ended,
    };
    if drained.is_ok() {
        // A courtesy; the coordinator notices anyway.
        let farewell = wire::Close::new(CloseCode::Drained, "the miner is shutting down");
        let _ = sink.send(Message::Binary(Frame::encode(farewell).into())).await;
        let _ = sink.close().await;
    }
    drained
}

async fn next(
    source: &mut (impl StreamExt<Item = Result<Message, tokio_tungstenite::tungstenite::Error>> + Unpin),
) -> Result<Body, LinkError> {
    loop {
        match source.next().await {
            Some(Ok(Message::Binary(bytes))) => match Frame::parse(&bytes)? {
                Some(Body::Close(close)) => {
                    return Err(LinkError::Closed {
                        code: CloseCode::parse(&close.code),
                        word: close.code.into(),
                        message: close.message.into(),
                    });
                }
                Some(body) => return Ok(body),
                None => {}
            },
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Text(_))) => return Err(LinkError::Protocol("the coordinator sends text")),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(LinkError::Gone),
        }
    }
}

/// Connects and logs in; returns the socket and how long silence means loss.
async fn open(shared: &Shared, coordinator: Address, endpoint: &str) -> Result<(Socket, Duration), LinkError> {
    let mut limits = WebSocketConfig::default();
    limits.max_message_size = Some(wire::MAX_FRAME);
    limits.max_frame_size = Some(wire::MAX_FRAME);
    let connecting = connect_async_with_config(endpoint, Some(limits), true).await;
    let (mut socket, _) = connecting.map_err(|error| LinkError::Connect(Box::new(error)))?;
    let send = async |socket: &mut Socket, body: Body| {
        socket.send(Message::Binary(Frame::encode(body).into())).await.map_err(|_| LinkError::Gone)
    };
    let node = shared.signer.address();
    let hello = wire::Hello {
        version: wire::VERSION,
        node: node.to_vec(),
        agent: concat!("cuckoo/", env!("CARGO_PKG_VERSION")).into(),
    };
    send(&mut socket, hello.into()).await?;
    let Body::Challenge(challenge) = next(&mut socket).await? else {
        return Err(LinkError::Protocol("the coordinator's first frame is not Challenge"));
    };
    if !(wire::OLDEST_VERSION..=wire::VERSION).contains(&challenge.version) {
        return Err(LinkError::Protocol("the coordinator and this miner have no protocol version in common"));
    }
    if wire::address(&challenge.coordinator, "coordinator")? != coordinator {
        return Err(LinkError::Protocol("another coordinator answers at the registered endpoint"));
    }
    let issued = clock::now_seconds();
    let login = Login {
        node,
        coordinator,
        audience: audience_hash(endpoint),
        challenge: wire::b256(&challenge.challenge, "challenge")?,
        // The session is the connection: it needs no key of its own.
        sessionKey: Address::ZERO,
        issued,
        expires: issued + SESSION_SECONDS,
    };
    let signature = shared
        .signer
        .sign_hash_sync(&shared.domain.digest(&login))
        .map_err(|_| LinkError::Protocol("the login cannot be signed"))?;
    let login = wire::Login {
        session_key: login.sessionKey.to_vec(),
        issued: login.issued,
        expires: login.expires,
        signature: signature_bytes(&signature).to_vec(),
    };
    send(&mut socket, login.into()).await?;
    let Body::Welcome(welcome) = next(&mut socket).await? else {
        return Err(LinkError::Protocol("the coordinator's answer to the login is not Welcome"));
    };
    shared.credits().set_prices(coordinator, &welcome.prices)?;
    Ok((socket, Duration::from_millis(u64::from(welcome.silence_ms).clamp(1_000, 60_000))))
}

/// Sends queued frames and the slots on offer; returns why that ended.
async fn speak(
    shared: &Shared,
    sink: &mut SplitSink<Socket, Message>,
    coordinator: Address,
    mut frames: mpsc::Receiver<Vec<u8>>,
    mut answers: mpsc::UnboundedReceiver<Vec<u8>>,
) -> Result<(), LinkError> {
    let mut report = time::interval(REPORT);
    let mut offers: watch::Receiver<u64> = shared.offers();
    let mut sequence = 0;
    let mut reported = None;
    loop {
        let frame = tokio::select! {
            biased;
            Some(answer) = answers.recv() => answer,
            frame = frames.recv() => match frame {
                Some(frame) => frame,
                None => return Err(LinkError::Gone),
            },
            changed = offers.changed() => {
                if changed.is_err() {
                    return Err(LinkError::Gone);
                }
                let slots = shared.slots_of(&coordinator);
                if reported.as_ref() == Some(&slots) {
                    continue;
                }
                sequence += 1;
                reported = Some(slots.clone());
                Frame::encode(shared.slots_frame(slots, sequence))
            }
            _ = report.tick() => {
                let slots = shared.slots_of(&coordinator);
                sequence += 1;
                reported = Some(slots.clone());
                Frame::encode(shared.slots_frame(slots, sequence))
            }
        };
        let mut sent = sink.feed(Message::Binary(frame.into())).await;
        // Other frames that are ready are part of the same write.
        while let (Ok(()), Ok(frame)) = (&sent, frames.try_recv()) {
            sent = sink.feed(Message::Binary(frame.into())).await;
        }
        if sent.is_err() || sink.flush().await.is_err() {
            return Err(LinkError::Gone);
        }
    }
}

/// Handles the coordinator's frames and runs its tasks. Returns `Ok` when everything is finished after `stop`. Tasks that still
/// run when this returns are given up: the coordinator leases them to another miner.
async fn listen(
    shared: &Arc<Shared>,
    source: &mut SplitStream<Socket>,
    coordinator: Address,
    silence: Duration,
    (frames, answers): (mpsc::Sender<Vec<u8>>, mpsc::UnboundedSender<Vec<u8>>),
    stop: &CancellationToken,
) -> Result<(), LinkError> {
    let mut work = JoinSet::new();
    let mut running: HashMap<(TaskId, u32), AbortHandle> = HashMap::new();
    let mut draining = false;
    let mut heard = time::Instant::now();
    loop {
        tokio::select! {
            () = stop.cancelled(), if !draining => {
                draining = true;
                let _ = answers.send(Frame::encode(wire::Drain {}));
                if running.is_empty() {
                    return Ok(());
                }
            }
            Some(ended) = work.join_next_with_id() => {
                let id = match ended {
                    Ok((id, ())) => id,
                    Err(error) => error.id(),
                };
                running.retain(|_, handle| handle.id() != id);
                if draining && running.is_empty() {
                    // Let the last result out before the connection closes.
                    time::sleep(Duration::from_millis(100)).await;
                    return Ok(());
                }
            }
            () = time::sleep_until(heard + silence) => return Err(LinkError::Silent),
            body = next(source) => {
                heard = time::Instant::now();
                match body? {
                    Body::Offer(offer) => {
                        let lease = wire::Lease { task: offer.task.clone(), attempt: offer.attempt };
                        let (task, attempt) = lease.parse()?;
                        if draining {
                            let refusal = lease::refusal(lease, wire::RefuseCode::Busy, "the miner is shutting down");
                            answers.send(refusal).map_err(|_| LinkError::Gone)?;
                        } else {
                            let run = lease::run(shared.clone(), coordinator, *offer, frames.clone());
                            running.insert((task, attempt), work.spawn(run));
                        }
                    }
                    Body::Cancel(lease) => {
                        if let Some(handle) = running.remove(&lease.parse()?) {
                            handle.abort();
                        }
                    }
                    Body::Ping(ping) => {
                        shared.note_log_head(coordinator, &ping)?;
                        answers.send(Frame::encode(Body::Pong(ping))).map_err(|_| LinkError::Gone)?;
                    }
                    Body::Settled(lease) => {
                        let (task, attempt) = lease.parse()?;
                        shared.credits().acknowledged(coordinator, task, attempt);
                    }
                    Body::Voucher(voucher) => keep_voucher(shared, coordinator, &voucher),
                    Body::Pause(wire::Pause { seconds: 0, .. }) => shared.set_suspended(coordinator, None),
                    Body::Pause(wire::Pause { seconds, reason }) => {
                        let reason = Untrusted::new(reason);
                        tracing::warn!(%coordinator, %reason, seconds, "this miner takes no part in draws for a while");
                        let complaint = format!("it assigns no tasks to this miner for {seconds} s: {}", reason.raw());
                        shared.set_suspended(coordinator, Some(complaint));
                    }
                    Body::Pong(_) | Body::Drain(_) => {}
                    _ => return Err(LinkError::Protocol("a frame that a coordinator does not send")),
                }
            }
        }
    }
}

/// Checks a voucher and writes it down.
fn keep_voucher(shared: &Shared, coordinator: Address, voucher: &wire::Voucher) {
    let checked = shared.credits().voucher(coordinator, voucher);
    match checked {
        Ok(None) => {}
        Ok(Some(signed)) => {
            failpoint::point(failpoint::KEEP);
            if let Err(error) = shared.record.voucher(signed) {
                tracing::error!(%coordinator, %error, "a voucher cannot be written down");
            }
            shared.reconsider(&coordinator);
        }
        Err(error) => tracing::error!(%coordinator, %error, "a voucher is not accepted"),
    }
}
