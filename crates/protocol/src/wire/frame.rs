//! A frame: one of all that both sides can say, and how it becomes bytes.
//!
//! ```text
//! miner -> coordinator                   coordinator -> miner
//! Hello(version, node)                   Challenge(version, 32 bytes, used once)
//! Login(session key, signature)          Welcome(session, prices)
//! Slots(models, devices)                 Offer(ticket, chat)
//! Accept(attempt) | Refuse(code)         Cancel(attempt)
//! Chunk(tokens), Result(receipt)         Acknowledged(receipt), Voucher
//! Drain                                  Pause(seconds, reason), Mismatches(models)
//! TellTokens(tokens or text)             AskTokens(text, chat or tokens)
//! Ping, Pong and Close(code, message) go in both directions.
//! ```

use prost::{Message, Oneof};

use super::{
    close::Close,
    field::{FrameError, MAX_FRAME},
    lease::{Acknowledged, Chunk, Lease, Offer, Refuse, TaskResult, Voucher},
    session::{Challenge, Drain, Hello, Login, Mismatches, Pause, Ping, Slots, Welcome},
    tokens::{AskTokens, TellTokens},
};

/// The newest version spoken. Version 6 has receipts that commit to the class of the miner's device, which a peer of an earlier one would
/// take for broken, and those of a peer of an earlier one say nothing by which a jury can tell honest noise.
pub const VERSION: u32 = 6;

/// The oldest version understood.
pub const OLDEST_VERSION: u32 = 6;

/// One frame.
#[derive(Clone, PartialEq, Message)]
pub struct Frame {
    /// Its content; `None` is a frame of a newer version that this one does not know.
    #[prost(oneof = "Body", tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21")]
    pub body: Option<Body>,
}

/// What a frame can hold.
#[allow(missing_docs)]
#[derive(Clone, PartialEq, Oneof)]
pub enum Body {
    #[prost(message, tag = "1")]
    Hello(Hello),
    #[prost(message, tag = "2")]
    Challenge(Challenge),
    #[prost(message, tag = "3")]
    Login(Login),
    #[prost(message, tag = "4")]
    Welcome(Welcome),
    #[prost(message, tag = "5")]
    Close(Close),
    #[prost(message, tag = "6")]
    Slots(Slots),
    #[prost(message, tag = "7")]
    Offer(Box<Offer>),
    #[prost(message, tag = "8")]
    Accept(Lease),
    #[prost(message, tag = "9")]
    Refuse(Refuse),
    #[prost(message, tag = "10")]
    Chunk(Chunk),
    #[prost(message, tag = "11")]
    Result(TaskResult),
    #[prost(message, tag = "12")]
    Acknowledged(Acknowledged),
    #[prost(message, tag = "13")]
    Voucher(Voucher),
    #[prost(message, tag = "14")]
    Cancel(Lease),
    #[prost(message, tag = "15")]
    Drain(Drain),
    #[prost(message, tag = "16")]
    Ping(Ping),
    #[prost(message, tag = "17")]
    Pong(Ping),
    #[prost(message, tag = "18")]
    Pause(Pause),
    #[prost(message, tag = "19")]
    Mismatches(Mismatches),
    #[prost(message, tag = "20")]
    AskTokens(AskTokens),
    #[prost(message, tag = "21")]
    TellTokens(TellTokens),
}

impl Frame {
    /// Encodes one frame.
    pub fn encode(body: impl Into<Body>) -> Vec<u8> {
        Self { body: Some(body.into()) }.encode_to_vec()
    }

    /// Decodes one frame. `Ok(None)`: of a newer version, to be ignored.
    pub fn parse(bytes: &[u8]) -> Result<Option<Body>, FrameError> {
        if bytes.len() > MAX_FRAME {
            return Err(FrameError::TooLarge(bytes.len()));
        }
        Ok(<Self as Message>::decode(bytes)?.body)
    }
}

macro_rules! into_body {
    ($($variant:ident($type:ty)),* $(,)?) => {$(
        impl From<$type> for Body {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

into_body!(
    Hello(Hello),
    Challenge(Challenge),
    Login(Login),
    Welcome(Welcome),
    Close(Close),
    Slots(Slots),
    Offer(Offer),
    Refuse(Refuse),
    Chunk(Chunk),
    Result(TaskResult),
    Acknowledged(Acknowledged),
    Voucher(Voucher),
    Drain(Drain),
    Ping(Ping),
    Pause(Pause),
    Mismatches(Mismatches),
    AskTokens(AskTokens),
    TellTokens(TellTokens),
);

#[cfg(test)]
mod tests {
    use alloy::primitives::B256;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        task::TaskId,
        wire::{Alternative, PromptTokens, TokenDetail},
    };

    #[test]
    fn frames_round_trip() {
        let chunk = Chunk {
            lease: Some(Lease::new(TaskId(B256::repeat_byte(1)), 2)),
            text: "hé".into(),
            token_ids: vec![1, 70_000],
            log_probabilities: vec![-0.5, -3.25],
            pieces: 2,
            lengths: vec![1, 2],
            details: vec![TokenDetail { bytes: vec![0xc3], top: vec![Alternative::default()] }, TokenDetail::default()],
            prompt: Some(PromptTokens { text: "so".into(), lengths: vec![2], ..PromptTokens::default() }),
        };
        let bytes = Frame::encode(chunk.clone());
        assert_eq!(Frame::parse(&bytes).expect("parses"), Some(Body::Chunk(chunk)));
        let lease = Lease::new(TaskId(B256::repeat_byte(7)), 9);
        for body in [Body::Accept(lease.clone()), Body::Cancel(lease)] {
            assert_eq!(Frame::parse(&Frame::encode(body.clone())).expect("parses"), Some(body));
        }
    }

    #[test]
    fn an_unknown_frame_of_a_newer_version_is_no_error() {
        // Field 99, length-delimited, empty.
        assert_eq!(Frame::parse(&[0x9a, 0x06, 0x00]).expect("parses"), None);
    }

    #[test]
    fn a_huge_frame_is_refused() {
        assert!(matches!(Frame::parse(&vec![0; MAX_FRAME + 1]), Err(FrameError::TooLarge(_))));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = Frame::parse(&bytes);
        }
    }
}
