//! Frames on the link between a miner and a coordinator, for a test that is one of them.

use std::time::Duration;

use cuckoo_protocol::wire::{Body, Frame};
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

pub(crate) async fn send<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<S>, body: impl Into<Body>) {
    // The other side may have closed already; what it said is what counts.
    let _ = socket.send(Message::Binary(Frame::encode(body).into())).await;
}

/// How long the other side may say nothing at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// The next frame; `None` when the connection ends without one.
pub(crate) async fn next<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<S>) -> Option<Body> {
    loop {
        let message = tokio::time::timeout(PATIENCE, socket.next()).await.expect("in time")?.ok()?;
        match message {
            Message::Binary(bytes) => return Frame::parse(&bytes).expect("a frame"),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}
