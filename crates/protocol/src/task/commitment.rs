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

/// Commitment to what audits compare an answer by: the class of the miner's device and the log-probabilities of the generated tokens.
/// Keccak-256 over the Keccak-256 of the class, a zero byte, and the log-probabilities' IEEE 754 single-precision bits, each as 4 bytes,
/// big endian. The byte makes it another length than log-probabilities alone can have.
///
/// The class is empty where the engine says none, and in receipts of earlier releases: they commit to the log-probabilities' bits alone,
/// and are zero where there are none.
pub fn audit_commitment(class: &str, log_probabilities: &[f32]) -> B256 {
    let mut bytes = vec![];
    if !class.is_empty() {
        bytes.extend_from_slice(keccak256(class).as_slice());
        bytes.push(0);
    }
    bytes.extend(log_probabilities.iter().flat_map(|value| value.to_bits().to_be_bytes()));
    if bytes.is_empty() { B256::ZERO } else { keccak256(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_commitment_is_to_one_class_and_to_one_list_of_log_probabilities() {
        let (some, more) = (&[-0.5f32, -1.0][..], &[-0.5f32, -1.0, -1.5][..]);
        let classes = ["", "a", "b", "ab", "cpu-f32", "cuda-sm90-bf16"];
        let all = classes.iter().flat_map(|class| [&[][..], some, more].map(|values| audit_commitment(class, values)));
        let mut all: Vec<_> = all.collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 3 * classes.len());
        // As earlier releases have it.
        assert_eq!(audit_commitment("", &[]), B256::ZERO);
        assert_eq!(audit_commitment("", &[-0.5]), keccak256((-0.5f32).to_bits().to_be_bytes()));
    }
}
