//! What parent and child say to each other: JSON in length-delimited frames, over one socket.

use std::io;

use cuckoo_protocol::task::Examine;
use futures::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::{
    bytes::Bytes,
    codec::{FramedRead, FramedWrite, LengthDelimitedCodec},
};

use crate::engine::{EngineError, EngineSpec, GenerateRequest, Generated, ServedModel};

/// Bytes that a frame may have. A prompt is by far the largest thing in one.
const MAX_FRAME: usize = 64 << 20;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ToChild {
    /// The first frame: start this engine. Here and not among the arguments, which every user of the machine can read.
    Start(EngineSpec),
    Generate {
        id: u64,
        request: GenerateRequest,
    },
    Examine {
        id: u64,
        request: GenerateRequest,
        examine: Examine,
    },
    /// Of an answer or an examination.
    Cancel {
        id: u64,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FromChild {
    /// The engine has started.
    Ready {
        models: Vec<ServedModel>,
    },
    /// It has not, and the child ends.
    Fatal {
        error: EngineError,
    },
    /// [`crate::Engine::is_ready`] has changed.
    State {
        ready: bool,
    },
    /// The request has its slot.
    Started {
        id: u64,
    },
    Event {
        id: u64,
        event: Result<Generated, EngineError>,
    },
    /// An examination has ended. What it found is in the form of [`cuckoo_protocol::audit::Examined::encode`]: JSON has no infinity.
    Examined {
        id: u64,
        found: Result<String, EngineError>,
    },
}

fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(MAX_FRAME).new_codec()
}

/// Reads frames. `None` at the orderly end.
pub(super) struct Reader<R>(FramedRead<R, LengthDelimitedCodec>);

impl<R: AsyncRead + Unpin> Reader<R> {
    pub(super) fn new(stream: R) -> Self {
        Self(FramedRead::new(stream, codec()))
    }

    pub(super) async fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let Some(frame) = self.0.next().await.transpose()? else { return Ok(None) };
        Ok(Some(serde_json::from_slice(&frame)?))
    }
}

/// Writes frames.
pub(super) struct Writer<W>(FramedWrite<W, LengthDelimitedCodec>);

impl<W: AsyncWrite + Unpin> Writer<W> {
    pub(super) fn new(stream: W) -> Self {
        Self(FramedWrite::new(stream, codec()))
    }

    /// Queues a frame; [`Self::flush`] sends it.
    pub(super) async fn feed<T: Serialize + Sync>(&mut self, frame: &T) -> io::Result<()> {
        self.0.feed(Bytes::from(serde_json::to_vec(frame)?)).await
    }

    pub(super) async fn flush(&mut self) -> io::Result<()> {
        SinkExt::<Bytes>::flush(&mut self.0).await
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::TokenChunk;

    proptest! {
        // Receipts commit to the exact bits of log-probabilities, so a frame must not change one of them.
        #[test]
        fn log_probabilities_keep_their_bits(bits: u32) {
            let value = f32::from_bits(bits);
            prop_assume!(value.is_finite());
            let chunk = TokenChunk { log_probabilities: vec![value], ..TokenChunk::default() };
            let frame = FromChild::Event { id: 1, event: Ok(Generated::Tokens(chunk)) };
            let text = serde_json::to_vec(&frame).expect("encodes");
            let decoded: FromChild = serde_json::from_slice(&text).expect("decodes");
            let FromChild::Event { event: Ok(Generated::Tokens(chunk)), .. } = decoded else {
                return Err(TestCaseError::fail("another frame"));
            };
            prop_assert_eq!(chunk.log_probabilities[0].to_bits(), bits);
        }
    }
}
