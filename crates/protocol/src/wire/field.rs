//! Fields of frames whose form protobuf does not check: hashes, addresses and amounts are bytes of a fixed length.

use alloy::primitives::{Address, B256};

use crate::price::Rate;

/// A frame larger than this is refused before it is decoded, in bytes. It holds the largest task.
pub const MAX_FRAME: usize = MAX_TASK + 1024 * 1024;
/// The most bytes of messages and schema that a task may have: somewhat more than the largest body of a request, since calls of tools
/// are written as JSON in a text.
pub const MAX_TASK: usize = 40 * 1024 * 1024;
/// The most bytes that all tasks of one request may have together: each answer to a prompt is a task with a copy of it.
pub const MAX_REQUEST: usize = 64 * 1024 * 1024;
/// The most bytes of one message of a miner. Only offers, which a coordinator sends, hold prompts; a miner's largest message has a
/// piece of a vector or an image, or what an engine has found of a very long answer.
pub const MAX_ANSWER: usize = 8 * 1024 * 1024;
/// The most bytes of a task that is written as JSON, with its answer: JSON within a text doubles, and the answer comes on top.
pub const MAX_JSON: usize = 2 * MAX_TASK + 8 * 1024 * 1024;

/// Why bytes are not a frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The frame is too long.
    #[error("the frame has {0} bytes; at most {MAX_FRAME} are accepted")]
    TooLarge(usize),
    /// The frame is not protobuf.
    #[error("the frame does not decode")]
    Malformed(#[from] prost::DecodeError),
    /// A field has the wrong length or value.
    #[error("the frame's field `{0}` is missing or has the wrong form")]
    Field(&'static str),
}

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
