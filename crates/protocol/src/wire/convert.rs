//! Frames' chats and sampling parameters to the protocol's own, and back.

use alloy::primitives::{B256, keccak256};
use prost::Message as _;

use super::{field::FrameError, lease, sampling};
use crate::task::{ChatMessage, ChatRole, ImageSize, Micros, Sampling};

impl From<&Sampling> for sampling::Sampling {
    fn from(sampling: &Sampling) -> Self {
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

impl Sampling {
    /// The commitment to the parameters that a ticket carries: Keccak-256 of their wire form.
    pub fn hash(&self) -> B256 {
        keccak256(sampling::Sampling::from(self).encode_to_vec())
    }
}

impl From<sampling::Sampling> for Sampling {
    fn from(sampling: sampling::Sampling) -> Self {
        Self {
            max_tokens: sampling.max_tokens,
            temperature: Micros(sampling.temperature),
            top_p: Micros(sampling.top_p),
            seed: sampling.seed,
            stop: sampling.stop,
            size: ImageSize { width: sampling.width, height: sampling.height },
            schema: sampling.schema,
        }
    }
}

impl From<&ChatMessage> for lease::ChatMessage {
    fn from(message: &ChatMessage) -> Self {
        Self { role: message.role.as_str().into(), content: message.content.clone() }
    }
}

impl TryFrom<lease::ChatMessage> for ChatMessage {
    type Error = FrameError;

    fn try_from(message: lease::ChatMessage) -> Result<Self, FrameError> {
        let role = ChatRole::ALL.into_iter().find(|role| role.as_str() == message.role);
        Ok(Self { role: role.ok_or(FrameError::Field("role"))?, content: message.content })
    }
}
