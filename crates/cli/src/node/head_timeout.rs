//! A connection on which a request's head has to arrive soon once it has begun, while nothing has to arrive between requests.
//!
//! hyper has one limit for both: clients and proxies keep connections idle for a minute, and a head that takes as long holds a place.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// Whether the next byte of a connection belongs to a request's head. Clones share it. It counts the changes, since two of them can
/// come between two reads, where a request is refused before its body is read: an even number is that of a head.
#[derive(Clone, Debug)]
pub(super) struct Expecting(Arc<AtomicU64>);

impl Expecting {
    /// At the start of a connection it does.
    pub(super) fn head() -> Self {
        Self(Arc::new(AtomicU64::new(0)))
    }

    /// A head has arrived, and what follows is something else.
    pub(super) fn other(&self) {
        self.0.fetch_or(1, Ordering::Relaxed);
    }

    /// The request is answered, so that the next one may begin.
    pub(super) fn next_head(&self) {
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| Some(count + (count & 1)));
    }
}

/// A connection whose heads have to arrive within a time from their first byte.
pub(super) struct HeadTimeout<S> {
    stream: S,
    limit: Duration,
    expecting: Expecting,
    /// The count of changes at the last read.
    seen: u64,
    /// When the head that has begun has to be there.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S> HeadTimeout<S> {
    pub(super) fn new(stream: S, limit: Duration, expecting: Expecting) -> Self {
        Self { stream, limit, expecting, seen: 0, deadline: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for HeadTimeout<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let now = this.expecting.0.load(Ordering::Relaxed);
        if now != this.seen {
            (this.seen, this.deadline) = (now, None);
        }
        let expects_head = now.is_multiple_of(2);
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        let got_some = buffer.filled().len() > before;
        if expects_head && got_some && this.deadline.is_none() {
            this.deadline = Some(Box::pin(sleep(this.limit)));
        }
        if let (Poll::Pending, Some(deadline)) = (&read, &mut this.deadline) {
            ready!(deadline.as_mut().poll(context));
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the head did not arrive in time")));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for HeadTimeout<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        time::advance,
    };

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_head_that_is_refused_between_two_reads_is_no_longer_waited_for() {
        let (mut client, server) = duplex(64);
        let expecting = Expecting::head();
        let mut server = HeadTimeout::new(server, LIMIT, expecting.clone());
        let mut buffer = [0; 64];
        client.write_all(b"POST").await.expect("written");
        assert_eq!(server.read(&mut buffer).await.expect("read"), 4);
        expecting.other();
        expecting.next_head();
        let idle = tokio::time::timeout(10 * LIMIT, server.read(&mut buffer)).await;
        assert!(idle.is_err(), "cut by the time limit of a head that was answered");
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_head_that_has_begun_has_to_end_soon() {
        let (mut client, server) = duplex(64);
        let expecting = Expecting::head();
        let mut server = HeadTimeout::new(server, LIMIT, expecting.clone());
        let mut buffer = [0; 64];
        // Nobody waits for a request that has not begun.
        let idle = tokio::time::timeout(10 * LIMIT, server.read(&mut buffer)).await;
        assert!(idle.is_err(), "cut while idle");
        client.write_all(b"GET").await.expect("written");
        assert_eq!(server.read(&mut buffer).await.expect("read"), 3);
        // A body may take its time, and so may what comes after an upgrade.
        expecting.other();
        let body = tokio::time::timeout(10 * LIMIT, server.read(&mut buffer)).await;
        assert!(body.is_err(), "cut within a body");
        expecting.next_head();
        client.write_all(b"P").await.expect("written");
        assert_eq!(server.read(&mut buffer).await.expect("read"), 1);
        // Bytes that dribble do not move the end.
        advance(LIMIT / 2).await;
        client.write_all(b"O").await.expect("written");
        assert_eq!(server.read(&mut buffer).await.expect("read"), 1);
        let cut = tokio::time::timeout(LIMIT * 6 / 10, server.read(&mut buffer)).await.expect("in time");
        assert_eq!(cut.expect_err("cut").kind(), io::ErrorKind::TimedOut);
    }
}
