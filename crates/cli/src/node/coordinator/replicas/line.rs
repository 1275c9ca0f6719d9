//! One connection between two replicas: frames in both directions, with signs of life, and bounded.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use futures::StreamExt;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{self, AsyncRead, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf},
    sync::mpsc,
    time,
};
use tokio_io_timeout::TimeoutReader;
use tokio_util::{
    codec::{FramedRead, LengthDelimitedCodec},
    sync::CancellationToken,
};

/// A peer that is silent for this long counts as gone.
pub(super) const SILENCE: Duration = Duration::from_secs(4);
/// How often a sign of life is sent.
const ALIVE: Duration = Duration::from_secs(1);
/// Bytes of one frame at most: evidence has 88 MiB, and the prompts of one request 64 MiB.
const MAX_FRAME: usize = 128 << 20;
/// Bytes that may wait to be sent; a peer that lets more come together is cut off.
const MOST_UNSENT: usize = 256 << 20;
/// Who can wait does while more than this waits to be sent.
const ROOMY: usize = 8 << 20;
/// How often it is looked at whether less waits.
const LOOK: Duration = Duration::from_millis(5);
/// Frames that leave in one write at most.
const TOGETHER: usize = 512;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    #[error("it was closed")]
    Closed,
    #[error("it leaves too much unread")]
    Slow,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("what it says cannot be read: {0}")]
    Unreadable(#[from] rmp_serde::decode::Error),
}

/// Where frames are said. Cheap to clone; what is said after the end of the connection is dropped.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    queue: mpsc::UnboundedSender<Vec<u8>>,
    unsent: Arc<AtomicUsize>,
    cut: CancellationToken,
}

impl Outgoing {
    /// Sends a frame.
    pub(super) fn say(&self, frame: &impl Serialize) {
        let frame = match rmp_serde::to_vec_named(frame) {
            Ok(frame) => frame,
            Err(error) => {
                tracing::error!(%error, "a frame for a replica cannot be written");
                return self.cut.cancel();
            }
        };
        let unsent = self.unsent.fetch_add(frame.len(), Relaxed) + frame.len();
        if unsent > MOST_UNSENT {
            self.cut.cancel();
        }
        // The connection has ended.
        let _ = self.queue.send(frame);
    }

    /// Waits until not too much waits to be sent, or the connection has ended.
    pub(super) async fn room(&self) {
        while self.unsent.load(Relaxed) > ROOMY && !self.is_closed() {
            time::sleep(LOOK).await;
        }
    }

    /// Whether the connection has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }
}

/// The end of a connection that hears.
pub(super) struct Incoming<S> {
    frames: FramedRead<std::pin::Pin<Box<TimeoutReader<ReadHalf<S>>>>, LengthDelimitedCodec>,
}

impl<S: AsyncRead> Incoming<S> {
    /// The next frame.
    pub(super) async fn next<T: DeserializeOwned>(&mut self) -> Result<T, LineError> {
        loop {
            let frame = self.frames.next().await.ok_or(LineError::Closed)??;
            // An empty one is a sign of life.
            if !frame.is_empty() {
                return Ok(rmp_serde::from_slice(&frame)?);
            }
        }
    }
}

/// Takes a connection apart: what hears, what says, and what has to run for that.
pub(super) fn open<S>(stream: S) -> (Incoming<S>, Outgoing, impl Future<Output = LineError>)
where
    S: AsyncRead + AsyncWrite,
{
    let (read, write) = io::split(stream);
    let mut read = TimeoutReader::new(read);
    read.set_timeout(Some(SILENCE));
    let codec = LengthDelimitedCodec::builder().max_frame_length(MAX_FRAME).new_codec();
    let frames = FramedRead::new(Box::pin(read), codec);
    let (queue, queued) = mpsc::unbounded_channel();
    let outgoing = Outgoing { queue, unsent: Arc::default(), cut: CancellationToken::new() };
    let writing = write_all(write, queued, outgoing.unsent.clone(), outgoing.cut.clone());
    (Incoming { frames }, outgoing, writing)
}

/// Writes what is said, and signs of life, until the connection ends.
async fn write_all<S: AsyncWrite>(
    mut write: WriteHalf<S>,
    mut queued: mpsc::UnboundedReceiver<Vec<u8>>,
    unsent: Arc<AtomicUsize>,
    cut: CancellationToken,
) -> LineError {
    let mut alive = time::interval(ALIVE);
    let (mut frames, mut bytes) = (vec![], vec![]);
    loop {
        tokio::select! {
            count = queued.recv_many(&mut frames, TOGETHER) => if count == 0 {
                return LineError::Closed;
            },
            _ = alive.tick() => {}
            () = cut.cancelled() => return LineError::Slow,
        }
        bytes.clear();
        if frames.is_empty() {
            bytes.extend(0u32.to_be_bytes());
        }
        let mut sent = 0;
        for frame in frames.drain(..) {
            sent += frame.len();
            bytes.extend((frame.len() as u32).to_be_bytes());
            bytes.extend(frame);
        }
        let write = async {
            write.write_all(&bytes).await?;
            write.flush().await
        };
        tokio::select! {
            written = write => if let Err(error) = written {
                return error.into();
            },
            () = cut.cancelled() => return LineError::Slow,
        }
        unsent.fetch_sub(sent, Relaxed);
        bytes.shrink_to(1 << 20);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_ends_a_connection_and_signs_of_life_keep_it() {
        let (near, far) = io::duplex(1 << 16);
        let (mut hears, _says, writing) = open(near);
        let (_, theirs, their_writing) = open(far);
        let listening = async {
            let heard = hears.next::<String>().await.expect("it is there");
            (heard, time::timeout(SILENCE * 10, hears.next::<String>()).await.is_err())
        };
        theirs.say(&"hello");
        let heard = tokio::select! {
            heard = listening => heard,
            ended = writing => panic!("{ended}"),
            ended = their_writing => panic!("{ended}"),
        };
        assert_eq!(heard, ("hello".to_owned(), true));
        // Nobody writes any more.
        assert!(time::timeout(SILENCE * 2, hears.next::<String>()).await.expect("it ends").is_err());
    }

    #[tokio::test]
    async fn v21_what_a_replica_does_not_read_is_bounded() {
        let (near, _far) = io::duplex(1 << 16);
        let (_, says, writing) = open(near);
        let part = alloy::primitives::Bytes::from(vec![0u8; 1 << 24]);
        for _ in 0..=MOST_UNSENT / part.len() {
            says.say(&part);
        }
        assert!(matches!(time::timeout(SILENCE, writing).await, Ok(LineError::Slow)));
    }
}
