//! The miner's links: one outbound WebSocket to each coordinator, kept open for as long as the coordinator is registered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy::{primitives::Address, signers::SignerSync};
use cuckoo_protocol::{
    Untrusted,
    message::{Login, Verifier, audience_hash, signature_bytes},
    miner::{
        Input, Link,
        order::{check, check_acknowledgement, check_voucher, rates, refusal},
    },
    sentence,
    wire::{self, Body, CloseCode, Frame, FrameError, RefuseCode},
};
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::{net::TcpStream, time};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};
use tokio_util::sync::CancellationToken;

use super::{outbox::Outbox, shared::Shared, tokens::Answers};
use crate::{
    host::clock,
    node::{allowance::Allowance, endpoint, failpoint},
};

/// The time for connecting and logging in.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// First pause before connecting again; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// Length of a session, in seconds; the coordinator's limit.
const SESSION_SECONDS: u64 = 3600;

/// Signs of life that a coordinator may ask for at once, and the time for each further one.
const PINGS: u32 = 100;
const PING: Duration = Duration::from_millis(100);

/// At most this many models are named in what a coordinator gives no tasks for.
const MISMATCHES: usize = 64;

/// The pause before the next attempt to connect.
#[derive(Debug)]
struct Pause(Duration);

impl Pause {
    /// How long to wait now. One that lets this miner in is well, however soon its session ends: it bounds how often a miner may log in.
    fn next(&mut self, was_welcome: bool) -> Duration {
        let pause = if was_welcome { FIRST_PAUSE } else { self.0 };
        self.0 = (pause * 2).min(LONGEST_PAUSE);
        pause
    }
}

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
    #[error("the coordinator closed the session ({word}): {}", sentence(message.raw()))]
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
        return shared.complain(coordinator, Some(format!("its endpoint cannot be used: {error}")));
    }
    shared.complain(coordinator, None);
    let mut pause = Pause(FIRST_PAUSE);
    let mut is_welcome = false;
    // What it said when it refused the last login.
    let mut refused = false;
    loop {
        let error = match Box::pin(session(&shared, coordinator, &endpoint, &stop, &mut refused, &mut is_welcome)).await
        {
            Ok(()) => return,
            Err(error) => error,
        };
        if stop.is_cancelled() {
            return;
        }
        if let LinkError::Closed { code: Some(CloseCode::Replaced), message, .. } = &error {
            // The newer session wins; going on would make the two push each other out forever.
            return shared.fail(format!("another miner has logged in with this key: {message}"));
        }
        if let LinkError::Closed { code: Some(CloseCode::Suspended), message, .. } = &error {
            shared.complain(coordinator, Some(format!("it assigns no tasks to this miner: {}", message.raw())));
        }
        if let LinkError::Closed { code: Some(code), message, .. } = &error
            && matches!(code, CloseCode::NotRegistered | CloseCode::BadLogin | CloseCode::Clock | CloseCode::Version)
        {
            shared.complain(coordinator, Some(format!("it refuses this miner: {}", sentence(message.raw()))));
            refused = true;
        }
        let shown = Untrusted::new(endpoint.as_str());
        tracing::warn!(%coordinator, endpoint = %shown, %error, "no link to the coordinator; trying to connect again");
        let jitter = rand::random_range(0.5..1.5);
        let pause = pause.next(std::mem::take(&mut is_welcome)).mul_f64(jitter);
        if stop.run_until_cancelled(time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

/// One session, from the connection to its end. Returns `Ok` when everything is finished after `stop`. Tasks that still run when
/// this returns are given up: the coordinator leases them to another miner.
async fn session(
    shared: &Arc<Shared>,
    coordinator: Address,
    endpoint: &str,
    stop: &CancellationToken,
    refused: &mut bool,
    is_welcome: &mut bool,
) -> Result<(), LinkError> {
    /// Numbers for sessions. Those that coordinators give need not differ.
    static SESSIONS: AtomicU64 = AtomicU64::new(1);
    let opening = time::timeout(HANDSHAKE, Box::pin(open(shared, coordinator, endpoint)));
    let Some(opened) = stop.run_until_cancelled(opening).await else { return Ok(()) };
    let (socket, welcome) = opened.map_err(|_| LinkError::Silent)??;
    let silence = Duration::from_millis(u64::from(welcome.silence_ms).clamp(1_000, 60_000));
    let prices = rates(&welcome.prices)?;
    if std::mem::take(refused) {
        shared.complain(coordinator, None);
    }
    *is_welcome = true;
    tracing::info!(%coordinator, name = %shared.chain.load().name(&coordinator), "logged in");
    let (mut sink, mut source) = socket.split();
    let outbox = Arc::new(Outbox::default());
    let link = Link { coordinator, session: SESSIONS.fetch_add(1, Ordering::Relaxed) };
    shared.open(link, outbox.clone(), Input::Welcome { link, prices });
    let mut listener = Listener {
        shared,
        link,
        outbox: &outbox,
        pings: Allowance::new(PINGS, PING),
        verifier: Verifier::default(),
        acknowledgements: Verifier::default(),
        answers: Answers::new(shared.engine.clone(), outbox.clone()),
    };
    let ended = tokio::select! {
        ended = listener.listen(&mut source, silence, stop) => ended,
        ended = speak(&mut sink, &outbox, silence) => ended,
    };
    shared.act([Input::LinkDown { link }]);
    if ended.is_ok() {
        // A courtesy; the coordinator notices anyway.
        let farewell = wire::Close::new(CloseCode::Drained, "the miner is shutting down");
        let _ = sink.send(Message::Binary(Frame::encode(farewell).into())).await;
        let _ = sink.close().await;
    }
    ended
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

/// Connects and logs in.
async fn open(shared: &Shared, coordinator: Address, endpoint: &str) -> Result<(Socket, wire::Welcome), LinkError> {
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
    Ok((socket, welcome))
}

/// Sends what waits, all of it in one write. Returns `Ok` when nothing follows.
async fn speak(sink: &mut SplitSink<Socket, Message>, outbox: &Outbox, silence: Duration) -> Result<(), LinkError> {
    let mut frames = vec![];
    while outbox.take(&mut frames).await {
        let results = frames.iter().any(|body| matches!(body, Body::Result(_)));
        let write = async {
            for body in frames.drain(..) {
                sink.feed(Message::Binary(Frame::encode(body).into())).await?;
            }
            sink.flush().await
        };
        // What a coordinator does not read would take memory without end.
        time::timeout(silence, write).await.map_err(|_| LinkError::Silent)?.map_err(|_| LinkError::Gone)?;
        if results {
            failpoint::point(failpoint::SENT);
        }
    }
    Ok(())
}

/// Takes in what a coordinator says.
struct Listener<'a> {
    shared: &'a Arc<Shared>,
    link: Link,
    outbox: &'a Outbox,
    pings: Allowance,
    /// Remembers the last batch of tickets.
    verifier: Verifier,
    /// Remembers the last batch of acknowledgements.
    acknowledgements: Verifier,
    answers: Answers,
}

impl Listener<'_> {
    /// Handles the coordinator's frames until the link ends. After `stop`, no new leases are taken.
    async fn listen(
        &mut self,
        source: &mut SplitStream<Socket>,
        silence: Duration,
        stop: &CancellationToken,
    ) -> Result<(), LinkError> {
        let mut leaving = false;
        let mut heard = time::Instant::now();
        let mut silent = std::pin::pin!(time::sleep(silence));
        loop {
            tokio::select! {
                () = stop.cancelled(), if !leaving => {
                    leaving = true;
                    self.shared.act([Input::Leave { coordinator: self.link.coordinator }]);
                }
                body = next(source) => {
                    heard = time::Instant::now();
                    self.receive(body?)?;
                }
                // The timer is not set again for every frame.
                () = silent.as_mut() => {
                    if heard.elapsed() >= silence {
                        return Err(LinkError::Silent);
                    }
                    silent.as_mut().reset(heard + silence);
                }
            }
        }
    }

    fn receive(&mut self, body: Body) -> Result<(), LinkError> {
        let (shared, link) = (self.shared, self.link);
        let coordinator = link.coordinator;
        match body {
            Body::Offer(offer) => self.offered(*offer)?,
            Body::Cancel(lease) => {
                let (task, attempt) = lease.parse()?;
                shared.act([Input::Cancel { link, task, attempt }]);
            }
            Body::Ping(ping) => {
                shared.note_log_head(coordinator, &ping)?;
                if self.pings.take(std::time::Instant::now()).is_err() {
                    return Err(LinkError::Protocol("the coordinator asks for signs of life too often"));
                }
                self.outbox.push(Body::Pong(wire::Ping { number: ping.number, ..wire::Ping::default() }));
            }
            Body::Acknowledged(frame) => {
                let (domain, miner) = (&shared.domain, shared.signer.address());
                match check_acknowledgement(domain, miner, coordinator, frame, &mut self.acknowledgements) {
                    Ok(signed) => shared.act([Input::Acknowledged(Box::new(signed))]),
                    Err(error) => tracing::error!(%coordinator, %error, "an acknowledgement is not accepted"),
                }
            }
            Body::Voucher(voucher) => {
                match check_voucher(&shared.domain, shared.signer.address(), coordinator, voucher) {
                    Ok(voucher) => shared.act([Input::Voucher(Box::new(voucher))]),
                    Err(error) => tracing::error!(%coordinator, %error, "a voucher is not accepted"),
                }
            }
            Body::Pause(wire::Pause { seconds: 0, .. }) => shared.complain(coordinator, None),
            Body::Pause(wire::Pause { seconds, reason }) => {
                let reason = sentence(&reason);
                tracing::warn!(%coordinator, %reason, seconds, "this miner takes no part in draws for a while");
                let complaint = format!("it assigns no tasks to this miner for {seconds} s: {reason}");
                shared.complain(coordinator, Some(complaint));
            }
            Body::Mismatches(frame) => {
                let reasons = frame.models.into_iter().take(MISMATCHES).map(|mismatch| {
                    format!("it assigns no tasks for `{}` to this miner: {}", mismatch.model, mismatch.reason)
                });
                let reasons: Vec<_> = reasons.collect();
                for reason in &reasons {
                    tracing::warn!(%coordinator, reason = %sentence(reason), "a model gets no tasks");
                }
                shared.act([Input::Mismatches { link, reasons }]);
            }
            Body::AskTokens(asked) => self.answers.answer(asked)?,
            Body::Pong(_) | Body::Drain(_) => {}
            _ => return Err(LinkError::Protocol("a frame that a coordinator does not send")),
        }
        Ok(())
    }

    /// Checks an offer's ticket; what is not an order is refused.
    fn offered(&mut self, offer: wire::Offer) -> Result<(), LinkError> {
        let lease = wire::Lease { task: offer.task.clone(), attempt: offer.attempt };
        // A refusal has to name the task.
        lease.parse()?;
        let (shared, link) = (self.shared, self.link);
        let miner = shared.signer.address();
        match check(&shared.domain, miner, link.coordinator, offer, &mut self.verifier) {
            Ok((order, request)) => {
                let (order, request) = (Box::new(order), Box::new(request));
                shared.act([Input::Offered { link, order, request }]);
            }
            Err(error) => {
                tracing::warn!(coordinator = %link.coordinator, %error, "an offer is refused");
                self.outbox.push(refusal(lease, RefuseCode::Failed, error.to_string()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v20_a_coordinator_that_crashes_again_and_again_is_back_within_seconds_each_time() {
        let mut pause = Pause(FIRST_PAUSE);
        for _ in 0..70 {
            // Away for two seconds each time, after a session however short.
            let mut away = pause.next(true);
            let mut tries = 1;
            while away < Duration::from_secs(2) {
                away += pause.next(false);
                tries += 1;
            }
            assert!(away < Duration::from_secs(4) && tries <= 5, "{away:?}");
        }
        assert_eq!((0..20).map(|_| pause.next(false)).max(), Some(LONGEST_PAUSE));
    }
}
