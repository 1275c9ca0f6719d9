//! The frames between a coordinator and a miner: protobuf, one frame per WebSocket message, versioned.
//!
//! ```text
//! miner -> coordinator                coordinator -> miner
//! Hello(version, node)                Challenge(32 bytes, single use)
//! Login(EIP-712)                      Welcome(session) | Close(reason)
//! Slots(model -> granted, devices)    Offer(ticket, prompt)
//! Accept | Refuse(reason)             Cancel(task, attempt)
//! Chunk(tokens)  Result(receipt)      Settled(task, attempt) | Voucher
//! Ping/Pong in both directions        Drain
//! ```

use alloy::primitives::{Address, B256};
use prost::{Message, Oneof};

use crate::{price::Rate, task};

/// The newest version spoken. Version 2 has the role `prompt`, which a miner of version 1 would take for a mistake.
pub const VERSION: u32 = 2;

/// The oldest version understood.
pub const OLDEST_VERSION: u32 = 2;

/// A frame larger than this is refused before it is decoded, in bytes.
pub const MAX_FRAME: usize = 4 * 1024 * 1024;

/// One frame.
#[derive(Clone, PartialEq, Message)]
pub struct Frame {
    /// Its content; `None` is a frame of a newer version that this one does not know.
    #[prost(oneof = "Body", tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18")]
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
    Settled(Lease),
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
}

/// The miner's first frame.
#[derive(Clone, PartialEq, Message)]
pub struct Hello {
    /// The newest version it speaks.
    #[prost(uint32, tag = "1")]
    pub version: u32,
    /// Its node address, 20 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub node: Vec<u8>,
    /// Its program and version, for the operator's eyes.
    #[prost(string, tag = "3")]
    pub agent: String,
}

/// The coordinator's answer: sign this.
#[derive(Clone, PartialEq, Message)]
pub struct Challenge {
    /// The version that both will speak.
    #[prost(uint32, tag = "1")]
    pub version: u32,
    /// 32 random bytes, used once.
    #[prost(bytes = "vec", tag = "2")]
    pub challenge: Vec<u8>,
    /// The coordinator's node address, 20 bytes.
    #[prost(bytes = "vec", tag = "3")]
    pub coordinator: Vec<u8>,
    /// The coordinator's clock, seconds since the Unix epoch.
    #[prost(uint64, tag = "4")]
    pub now: u64,
}

/// The signed login; its other fields follow from the challenge.
#[derive(Clone, PartialEq, Message)]
pub struct Login {
    /// Key of this session, 20 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub session_key: Vec<u8>,
    /// Seconds since the Unix epoch.
    #[prost(uint64, tag = "2")]
    pub issued: u64,
    /// Seconds since the Unix epoch.
    #[prost(uint64, tag = "3")]
    pub expires: u64,
    /// 65 bytes.
    #[prost(bytes = "vec", tag = "4")]
    pub signature: Vec<u8>,
}

/// The session is open.
#[derive(Clone, PartialEq, Message)]
pub struct Welcome {
    /// Number of this session of this node at this coordinator; strictly increasing.
    #[prost(uint64, tag = "1")]
    pub session: u64,
    /// The other side is lost after this many milliseconds of silence.
    #[prost(uint32, tag = "2")]
    pub silence_ms: u32,
    /// What the coordinator pays by model.
    #[prost(message, repeated, tag = "3")]
    pub prices: Vec<Price>,
}

/// What a coordinator pays for one model, or under the empty name for every model that is not named.
#[derive(Clone, PartialEq, Message)]
pub struct Price {
    /// The model's name.
    #[prost(string, tag = "1")]
    pub model: String,
    /// Base units of CAI per 1,000 prompt tokens, as 16 bytes, big endian.
    #[prost(bytes = "vec", tag = "2")]
    pub prompt: Vec<u8>,
    /// Base units of CAI per 1,000 generated tokens, as 16 bytes, big endian.
    #[prost(bytes = "vec", tag = "3")]
    pub completion: Vec<u8>,
}

/// The last frame of a session.
#[derive(Clone, PartialEq, Message)]
pub struct Close {
    /// A stable word: `bad_login`, `not_registered`, `replaced`, `version`, `protocol`, `shutdown`.
    #[prost(string, tag = "1")]
    pub code: String,
    /// For a person.
    #[prost(string, tag = "2")]
    pub message: String,
}

/// What the miner offers at the moment. Replaces what it offered before.
#[derive(Clone, PartialEq, Message)]
pub struct Slots {
    /// Per model.
    #[prost(message, repeated, tag = "1")]
    pub models: Vec<ModelSlots>,
    /// Its devices.
    #[prost(message, repeated, tag = "2")]
    pub devices: Vec<Device>,
    /// Strictly increasing within a session.
    #[prost(uint64, tag = "3")]
    pub sequence: u64,
}

/// Places for one model.
#[derive(Clone, PartialEq, Message)]
pub struct ModelSlots {
    /// Name that applications ask for.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The manifest's hash, 32 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub manifest: Vec<u8>,
    /// Leases that this coordinator may have with it at once, including those it has now.
    #[prost(uint32, tag = "3")]
    pub granted: u32,
    /// Tasks that it can run at once in all.
    #[prost(uint32, tag = "4")]
    pub capacity: u32,
    /// What it makes, see [`task::Kind`].
    #[prost(uint32, tag = "5")]
    pub kind: u32,
}

impl ModelSlots {
    /// What it makes.
    pub fn kind(&self) -> Result<task::Kind, FrameError> {
        u8::try_from(self.kind).ok().and_then(task::Kind::from_u8).ok_or(FrameError::Field("kind"))
    }
}

/// One device.
#[derive(Clone, PartialEq, Message)]
pub struct Device {
    /// Such as `NVIDIA H100 80GB HBM3`.
    #[prost(string, tag = "1")]
    pub name: String,
    /// `cuda`, `rocm`, `metal` or `cpu`.
    #[prost(string, tag = "2")]
    pub kind: String,
    /// 0 to 100.
    #[prost(uint32, optional, tag = "3")]
    pub utilisation_percent: Option<u32>,
    /// Bytes.
    #[prost(uint64, optional, tag = "4")]
    pub memory_used: Option<u64>,
    /// Bytes.
    #[prost(uint64, optional, tag = "5")]
    pub memory_total: Option<u64>,
    /// Degrees Celsius.
    #[prost(uint32, optional, tag = "6")]
    pub temperature_celsius: Option<u32>,
    /// Milliwatts.
    #[prost(uint32, optional, tag = "7")]
    pub power_milliwatts: Option<u32>,
    /// What its operator should know, in words.
    #[prost(string, repeated, tag = "8")]
    pub problems: Vec<String>,
}

/// A lease: the ticket, and what to do.
#[derive(Clone, PartialEq, Message)]
pub struct Offer {
    /// 32 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub task: Vec<u8>,
    /// 1 for the first.
    #[prost(uint32, tag = "2")]
    pub attempt: u32,
    /// Name of the model.
    #[prost(string, tag = "3")]
    pub model: String,
    /// The manifest's hash, 32 bytes.
    #[prost(bytes = "vec", tag = "4")]
    pub manifest: Vec<u8>,
    /// The chat.
    #[prost(message, repeated, tag = "5")]
    pub messages: Vec<ChatMessage>,
    /// How to sample.
    #[prost(message, optional, tag = "6")]
    pub sampling: Option<Sampling>,
    /// Salt of the commitments, 32 bytes.
    #[prost(bytes = "vec", tag = "7")]
    pub salt: Vec<u8>,
    /// Base units of CAI as 16 bytes, big endian.
    #[prost(bytes = "vec", tag = "8")]
    pub price: Vec<u8>,
    /// Seconds since the Unix epoch.
    #[prost(uint64, tag = "9")]
    pub deadline: u64,
    /// The coordinator's signature of the ticket, 65 bytes.
    #[prost(bytes = "vec", tag = "10")]
    pub signature: Vec<u8>,
    /// The ticket's number: greater than that of any earlier ticket for this miner.
    #[prost(uint64, tag = "11")]
    pub number: u64,
    /// Of the price: base units of CAI per 1,000 prompt tokens, as 16 bytes, big endian. Missing: free.
    #[prost(bytes = "vec", tag = "12")]
    pub rate_prompt: Vec<u8>,
    /// Of the price: base units of CAI per 1,000 generated tokens, as 16 bytes, big endian. Missing: free.
    #[prost(bytes = "vec", tag = "13")]
    pub rate_completion: Vec<u8>,
    /// Nobody reads the answer as it comes: of the chunks only the first one is wanted at once, and the others now and then.
    #[prost(bool, tag = "14")]
    pub quiet: bool,
}

/// One message of a chat.
#[derive(Clone, PartialEq, Message)]
pub struct ChatMessage {
    /// See [`task::ChatRole`].
    #[prost(string, tag = "1")]
    pub role: String,
    /// What is said.
    #[prost(string, tag = "2")]
    pub content: String,
}

/// Sampling parameters; their encoding is what a ticket commits to.
#[derive(Clone, PartialEq, Message)]
pub struct Sampling {
    /// Upper bound of generated tokens.
    #[prost(uint32, tag = "1")]
    pub max_tokens: u32,
    /// Millionths.
    #[prost(uint32, tag = "2")]
    pub temperature: u32,
    /// Millionths.
    #[prost(uint32, tag = "3")]
    pub top_p: u32,
    /// Seed of the noise.
    #[prost(uint64, tag = "4")]
    pub seed: u64,
    /// Texts before which generation ends.
    #[prost(string, repeated, tag = "5")]
    pub stop: Vec<String>,
    /// Of an image, in pixels.
    #[prost(uint32, tag = "6")]
    pub width: u32,
    /// Of an image, in pixels.
    #[prost(uint32, tag = "7")]
    pub height: u32,
    /// JSON Schema that the text obeys; empty: none.
    #[prost(string, tag = "8")]
    pub schema: String,
}

/// A task's attempt.
#[derive(Clone, PartialEq, Message)]
pub struct Lease {
    /// 32 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub task: Vec<u8>,
    /// 1 for the first.
    #[prost(uint32, tag = "2")]
    pub attempt: u32,
}

/// The miner does not or cannot do it.
#[derive(Clone, PartialEq, Message)]
pub struct Refuse {
    /// Which.
    #[prost(message, optional, tag = "1")]
    pub lease: Option<Lease>,
    /// Whose fault it is, see [`RefuseCode`].
    #[prost(enumeration = "RefuseCode", tag = "2")]
    pub code: i32,
    /// For a person.
    #[prost(string, tag = "3")]
    pub reason: String,
}

/// Whose fault a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum RefuseCode {
    /// The miner's, or unknown.
    Failed = 0,
    /// Nobody's: no room, draining.
    Busy = 1,
    /// The application's: no miner can do this, such as a prompt longer than the model's context.
    Invalid = 2,
}

/// Generated tokens, in order.
#[derive(Clone, PartialEq, Message)]
pub struct Chunk {
    /// Which.
    #[prost(message, optional, tag = "1")]
    pub lease: Option<Lease>,
    /// Their text.
    #[prost(string, tag = "2")]
    pub text: String,
    /// Their ids; empty when the engine gives none.
    #[prost(uint32, repeated, tag = "3")]
    pub token_ids: Vec<u32>,
    /// Their natural log-probabilities; empty when the engine gives none.
    #[prost(float, repeated, tag = "4")]
    pub log_probabilities: Vec<f32>,
    /// Pieces of the engine's output that it has, for engines that give no ids; 0 counts as one.
    #[prost(uint32, tag = "5")]
    pub pieces: u32,
    /// Bytes of the text that each token made certain, in order; text after them was held back until the end.
    #[prost(uint32, repeated, tag = "6")]
    pub lengths: Vec<u32>,
}

/// The end of an attempt, with its receipt.
#[derive(Clone, PartialEq, Message)]
pub struct TaskResult {
    /// Which.
    #[prost(message, optional, tag = "1")]
    pub lease: Option<Lease>,
    /// 32 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub output_commitment: Vec<u8>,
    /// 32 bytes.
    #[prost(bytes = "vec", tag = "3")]
    pub audit_commitment: Vec<u8>,
    /// Tokens of the rendered prompt.
    #[prost(uint32, tag = "4")]
    pub prompt_tokens: u32,
    /// Tokens generated.
    #[prost(uint32, tag = "5")]
    pub completion_tokens: u32,
    /// See [`task::FinishReason`].
    #[prost(uint32, tag = "6")]
    pub finish_reason: u32,
    /// The miner's signature of the receipt, 65 bytes.
    #[prost(bytes = "vec", tag = "7")]
    pub signature: Vec<u8>,
}

/// What the coordinator owes in all.
#[derive(Clone, PartialEq, Message)]
pub struct Voucher {
    /// Base units of CAI as 16 bytes, big endian.
    #[prost(bytes = "vec", tag = "1")]
    pub cumulative: Vec<u8>,
    /// 65 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
    /// Tickets up to this number are accounted for.
    #[prost(uint64, tag = "3")]
    pub through: u64,
}

/// From a coordinator: the miner takes no part in its draws for a while, or does again.
#[derive(Clone, PartialEq, Message)]
pub struct Pause {
    /// Seconds that are left of it; 0: it is over.
    #[prost(uint64, tag = "1")]
    pub seconds: u64,
    /// For the miner's operator.
    #[prost(string, tag = "2")]
    pub reason: String,
}

/// No new work: the sender is going away.
#[derive(Clone, PartialEq, Message)]
pub struct Drain {}

/// Sign of life; the answer repeats the number.
#[derive(Clone, PartialEq, Message)]
pub struct Ping {
    /// Any number.
    #[prost(uint64, tag = "1")]
    pub number: u64,
    /// From a coordinator: entries of its assignment log.
    #[prost(uint64, tag = "2")]
    pub log_entries: u64,
    /// From a coordinator: head of its assignment log after that many entries, 32 bytes.
    #[prost(bytes = "vec", tag = "3")]
    pub log_head: Vec<u8>,
}

/// Why bytes are not a frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Too long.
    #[error("the frame has {0} bytes; at most {MAX_FRAME} are accepted")]
    TooLarge(usize),
    /// Not protobuf.
    #[error("the frame does not decode")]
    Malformed(#[from] prost::DecodeError),
    /// A field has the wrong length or value.
    #[error("the frame's field `{0}` is missing or has the wrong form")]
    Field(&'static str),
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
    Voucher(Voucher),
    Drain(Drain),
    Ping(Ping),
    Pause(Pause),
);

/// A 32-byte field.
pub fn b256(bytes: &[u8], field: &'static str) -> Result<B256, FrameError> {
    B256::try_from(bytes).map_err(|_| FrameError::Field(field))
}

/// A 20-byte field.
pub fn address(bytes: &[u8], field: &'static str) -> Result<Address, FrameError> {
    Address::try_from(bytes).map_err(|_| FrameError::Field(field))
}

/// A rate of two 16-byte amounts; missing ones are nothing.
pub fn rate(prompt: &[u8], completion: &[u8]) -> Result<Rate, FrameError> {
    let part = |bytes: &[u8], field| if bytes.is_empty() { Ok(0) } else { amount(bytes, field) };
    Rate::new(part(prompt, "prompt")?, part(completion, "completion")?).map_err(|_| FrameError::Field("rate"))
}

/// A 16-byte amount in base units.
pub fn amount(bytes: &[u8], field: &'static str) -> Result<u128, FrameError> {
    bytes.try_into().map(u128::from_be_bytes).map_err(|_| FrameError::Field(field))
}

impl Lease {
    /// Names an attempt.
    pub fn new(task: task::TaskId, attempt: u32) -> Self {
        Self { task: task.0.to_vec(), attempt }
    }

    /// The attempt's task and number.
    pub fn parse(&self) -> Result<(task::TaskId, u32), FrameError> {
        Ok((task::TaskId(b256(&self.task, "task")?), self.attempt))
    }
}

impl From<&task::Sampling> for Sampling {
    fn from(sampling: &task::Sampling) -> Self {
        Self {
            max_tokens: sampling.max_tokens,
            temperature: sampling.temperature.0,
            top_p: sampling.top_p.0,
            seed: sampling.seed,
            stop: sampling.stop.clone(),
            width: sampling.size.width,
            height: sampling.size.height,
            schema: sampling.schema.clone(),
        }
    }
}

impl From<Sampling> for task::Sampling {
    fn from(sampling: Sampling) -> Self {
        Self {
            max_tokens: sampling.max_tokens,
            temperature: task::Micros(sampling.temperature),
            top_p: task::Micros(sampling.top_p),
            seed: sampling.seed,
            stop: sampling.stop,
            size: task::ImageSize { width: sampling.width, height: sampling.height },
            schema: sampling.schema,
        }
    }
}

impl From<&task::ChatMessage> for ChatMessage {
    fn from(message: &task::ChatMessage) -> Self {
        Self { role: message.role.as_str().into(), content: message.content.clone() }
    }
}

impl TryFrom<ChatMessage> for task::ChatMessage {
    type Error = FrameError;

    fn try_from(message: ChatMessage) -> Result<Self, FrameError> {
        let role = task::ChatRole::ALL.into_iter().find(|role| role.as_str() == message.role);
        Ok(Self { role: role.ok_or(FrameError::Field("role"))?, content: message.content })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn frames_round_trip() {
        let chunk = Chunk {
            lease: Some(Lease::new(task::TaskId(B256::repeat_byte(1)), 2)),
            text: "hé".into(),
            token_ids: vec![1, 70_000],
            log_probabilities: vec![-0.5, -3.25],
            pieces: 2,
            lengths: vec![1, 2],
        };
        let bytes = Frame::encode(chunk.clone());
        assert_eq!(Frame::parse(&bytes).expect("parses"), Some(Body::Chunk(chunk)));
        let lease = Lease::new(task::TaskId(B256::repeat_byte(7)), 9);
        for body in [Body::Accept(lease.clone()), Body::Cancel(lease.clone()), Body::Settled(lease)] {
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
