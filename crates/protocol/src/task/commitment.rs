//! What tickets and receipts commit to, so that an audit can check what it is shown.

use alloy::primitives::{B256, keccak256};

use super::chat::ChatMessage;

/// Salted commitment to a prompt: Keccak-256 over the salt and each message's role and content with their lengths, each as 8
/// bytes, big endian.
pub fn prompt_commitment(salt: &B256, messages: &[ChatMessage]) -> B256 {
    let mut bytes = salt.to_vec();
    for message in messages {
        for part in [message.role.as_str(), &message.content] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
    }
    keccak256(bytes)
}

/// Salted commitment to an output: Keccak-256 over the salt, the token ids (each as 4 bytes, big endian, after their count)
/// and the text. An engine that gives no token ids commits to the text with a count of zero.
pub fn output_commitment(salt: &B256, token_ids: &[u32], text: &str) -> B256 {
    let mut bytes = Vec::with_capacity(40 + token_ids.len() * 4 + text.len());
    bytes.extend_from_slice(salt.as_slice());
    bytes.extend_from_slice(&(token_ids.len() as u64).to_be_bytes());
    for id in token_ids {
        bytes.extend_from_slice(&id.to_be_bytes());
    }
    bytes.extend_from_slice(text.as_bytes());
    keccak256(bytes)
}

/// Commitment to the log-probabilities of the generated tokens: Keccak-256 over their IEEE 754 single-precision bits, each as
/// 4 bytes, big endian. Zero when the engine gives none.
pub fn audit_commitment(log_probabilities: &[f32]) -> B256 {
    if log_probabilities.is_empty() {
        return B256::ZERO;
    }
    let bytes: Vec<u8> = log_probabilities.iter().flat_map(|value| value.to_bits().to_be_bytes()).collect();
    keccak256(bytes)
}
