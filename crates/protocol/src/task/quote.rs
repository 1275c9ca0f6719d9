//! What a chat may cost: the most tokens that its prompt is paid for.

use super::chat::{ChatMessage, ChatRole};
use crate::price::{Quote, Rate};

/// Prompt tokens beyond those of the text that are paid for in every chat: for the template's own instructions and for what
/// begins the answer. An allowance: what a longer template adds is the miner's to bear.
const TEMPLATE_TOKENS: u64 = 512;
/// The same for every message: its role and what separates it from the next one.
const MESSAGE_TOKENS: u64 = 32;
/// The most tokens that an image in a prompt is paid for: the largest number of them that Qwen2-VL makes of one by default.
const IMAGE_TOKENS: u64 = 16_384;

impl Rate {
    /// What a task may cost.
    pub fn quote(self, messages: &[ChatMessage], max_tokens: u32) -> Quote {
        Quote::new(self, prompt_bound(messages), max_tokens)
    }

    /// What the examination of an output with this many tokens may cost: they are read as the prompt is, and nothing is generated.
    pub fn quote_examination(self, messages: &[ChatMessage], tokens: usize) -> Quote {
        Quote::new(self, prompt_bound(messages).saturating_add(tokens as u64), 0)
    }
}

/// The most tokens that a chat is paid for. Every token of a byte-level vocabulary stands for at least one byte of the text,
/// apart from what the template adds.
fn prompt_bound(messages: &[ChatMessage]) -> u64 {
    let tokens = |message: &ChatMessage| match message.role {
        ChatRole::Image => IMAGE_TOKENS,
        _ => message.content.len() as u64,
    };
    messages.iter().map(|message| tokens(message) + MESSAGE_TOKENS).sum::<u64>() + TEMPLATE_TOKENS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_paid_for_by_its_bytes_and_an_image_by_a_number_of_its_own() {
        let message = |role, content: &str| ChatMessage { role, content: content.into() };
        let mut chat = vec![message(ChatRole::User, "hello")];
        assert_eq!(prompt_bound(&chat), 5 + MESSAGE_TOKENS + TEMPLATE_TOKENS);
        chat.insert(0, message(ChatRole::Image, "aGVsbG8="));
        assert_eq!(prompt_bound(&chat), 5 + IMAGE_TOKENS + 2 * MESSAGE_TOKENS + TEMPLATE_TOKENS);
    }
}
