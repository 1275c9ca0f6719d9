//! Frames' chats and sampling parameters to the protocol's own, and back.

use alloy::primitives::{B256, keccak256};
use prost::Message as _;

use super::{field::FrameError, lease, sampling};
use crate::task::{ChatMessage, ChatRole, Examine, ImageSize, Micros, Sampling};

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

impl From<&Examine> for lease::Examine {
    fn from(Examine { ids, vectors, seed }: &Examine) -> Self {
        Self { token_ids: ids.clone(), seed: *seed, vectors: vectors.clone() }
    }
}

impl From<lease::Examine> for Examine {
    fn from(lease::Examine { token_ids, seed, vectors }: lease::Examine) -> Self {
        Self { ids: token_ids, vectors, seed }
    }
}

impl Examine {
    /// What the ticket of an examination has in place of [`Sampling::hash`]: Keccak-256 over `examine`, that hash, and the wire form of
    /// what is examined. No ticket for an answer has it, so that nobody can take the receipt of an examination for that of an answer.
    pub fn parameters(&self, sampling: &Sampling) -> B256 {
        let mut bytes = b"examine".to_vec();
        bytes.extend_from_slice(sampling.hash().as_slice());
        bytes.extend_from_slice(&lease::Examine::from(self).encode_to_vec());
        keccak256(bytes)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_examined_changes_the_ticket_s_parameters() {
        let base = Examine { ids: vec![1, 2], seed: 3, vectors: String::new() };
        let sampling = Sampling { max_tokens: 5, ..Sampling::default() };
        let others = [
            Examine { ids: vec![1], ..base.clone() },
            Examine { seed: 4, ..base.clone() },
            Examine { vectors: "x".into(), ..base.clone() },
        ];
        for other in &others {
            assert_ne!(other.parameters(&sampling), base.parameters(&sampling), "{other:?}");
            assert_eq!(Examine::from(lease::Examine::from(other)), *other);
        }
        assert_ne!(base.parameters(&Sampling::default()), base.parameters(&sampling));
        assert_ne!(base.parameters(&sampling), sampling.hash());
    }
}
