//! A miner's link at the leader whose WebSocket a follower has.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use alloy::primitives::Bytes;
use axum::extract::ws::Message;
use futures::{Sink, Stream};
use tokio::sync::mpsc;

use super::{frame::Tell, line::Outgoing};

/// One link. Dropping it closes the miner's WebSocket.
#[derive(Debug)]
pub(super) struct Tunnel {
    number: u64,
    incoming: mpsc::Receiver<Bytes>,
    outgoing: Outgoing,
}

impl Tunnel {
    pub(super) fn new(number: u64, incoming: mpsc::Receiver<Bytes>, outgoing: Outgoing) -> Self {
        Self { number, incoming, outgoing }
    }
}

impl Stream for Tunnel {
    type Item = Result<Message, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.incoming.poll_recv(context).map(|frame| Some(Ok(Message::Binary(frame?.0))))
    }
}

impl Sink<Message> for Tunnel {
    type Error = axum::Error;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        match self.outgoing.is_closed() {
            true => Poll::Ready(Err(axum::Error::new(io::Error::from(io::ErrorKind::BrokenPipe)))),
            false => Poll::Ready(Ok(())),
        }
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), axum::Error> {
        if let Message::Binary(frame) = message {
            self.outgoing.say(&Tell::Frame(self.number, Bytes(frame)));
        }
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        self.poll_ready(context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        self.poll_ready(context)
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.outgoing.say(&Tell::Gone(self.number));
    }
}
