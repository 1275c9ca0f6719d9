//! What parent and child say to each other: JSON in length-delimited frames, over one socket.

use std::io;

use cuckoo_protocol::{
    task::{Examine, TokenAnswer, TokenQuestion},
    wire::MAX_JSON,
};
use futures::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::{
    bytes::Bytes,
    codec::{FramedRead, FramedWrite, LengthDelimitedCodec},
};

use crate::engine::{EngineError, EngineSpec, GenerateRequest, Generated, ServedModel};

/// Bytes that a frame may have. A prompt is by far the largest thing in one, and the largest fits.
const MAX_FRAME: usize = MAX_JSON;

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
    TellTokens {
        id: u64,
        model: String,
        question: TokenQuestion,
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
    /// A question about tokens is answered.
    Told {
        id: u64,
        told: Result<TokenAnswer, EngineError>,
    },
}

impl ToChild {
    /// The request that such a frame is about.
    pub(super) const fn request(&self) -> Option<u64> {
        match self {
            Self::Start(_) => None,
            Self::Generate { id, .. }
            | Self::Examine { id, .. }
            | Self::TellTokens { id, .. }
            | Self::Cancel { id } => Some(*id),
        }
    }
}

impl FromChild {
    /// The end of a request whose frame is too large for the parent.
    pub(super) fn too_large(&self) -> Option<Self> {
        let error = || EngineError::Interrupted("what the engine made is too large to be passed on".into());
        match self {
            Self::Event { id, .. } => Some(Self::Event { id: *id, event: Err(error()) }),
            Self::Examined { id, .. } => Some(Self::Examined { id: *id, found: Err(error()) }),
            Self::Told { id, .. } => Some(Self::Told { id: *id, told: Err(error()) }),
            Self::Ready { .. } | Self::Fatal { .. } | Self::State { .. } | Self::Started { .. } => None,
        }
    }
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

    /// Queues a frame; [`Self::flush`] sends it. False where it is too large, and nothing is queued.
    pub(super) async fn feed<T: Serialize + Sync>(&mut self, frame: &T) -> io::Result<bool> {
        let bytes = serde_json::to_vec(frame)?;
        if bytes.len() > MAX_FRAME {
            return Ok(false);
        }
        self.0.feed(Bytes::from(bytes)).await.map(|()| true)
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

    #[tokio::test]
    async fn the_largest_task_fits_and_a_larger_one_fails_alone() {
        use cuckoo_protocol::{
            task::{ChatMessage, ChatRole, Sampling},
            wire::MAX_TASK,
        };
        let generate = |content: String| ToChild::Generate {
            id: 7,
            request: GenerateRequest {
                model: "m".into(),
                messages: vec![ChatMessage { role: ChatRole::User, content }],
                sampling: Sampling::default(),
            },
        };
        let mut writer = Writer::new(tokio::io::sink());
        // JSON doubles every one of these.
        assert!(writer.feed(&generate("\"".repeat(MAX_TASK))).await.expect("fed"));
        let larger = generate("\"".repeat(MAX_FRAME / 2));
        assert!(!writer.feed(&larger).await.expect("left out"));
        assert_eq!(larger.request(), Some(7));
        assert!(writer.feed(&ToChild::Cancel { id: 7 }).await.expect("the next one goes on"));
        writer.flush().await.expect("sent");
    }

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
