//! Tokens without an answer: what texts and chats are for a model, and what its tokens are as text. Nothing is generated for it, nothing
//! is signed, and nothing is paid.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ChatMessage;

/// Bytes of messages, or ids, that one question may have.
pub const MAX_TOKENISED: usize = 1024 * 1024;

/// A question about tokens. `Debug` shows lengths only: prompts do not belong in logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenQuestion {
    /// The tokens of a text to continue, or of a chat as the model's template writes it.
    Of {
        /// The text or the chat.
        messages: Vec<ChatMessage>,
        /// A text begins with what the tokeniser puts before texts. The template writes that of a chat.
        add_special_tokens: bool,
        /// A chat ends with the beginning of the model's answer.
        add_generation_prompt: bool,
        /// The tokens come with their texts.
        with_texts: bool,
    },
    /// The text of these tokens.
    Text(Vec<u32>),
}

impl TokenQuestion {
    /// How large it is: bytes of its messages, or ids.
    pub fn size(&self) -> usize {
        match self {
            Self::Of { messages, .. } => messages.iter().map(|message| message.content.len()).sum(),
            Self::Text(ids) => ids.len(),
        }
    }
}

impl fmt::Debug for TokenQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of { messages, .. } => write!(f, "Of({} messages, {} bytes)", messages.len(), self.size()),
            Self::Text(ids) => write!(f, "Text({} ids)", ids.len()),
        }
    }
}

/// The answer to a question about tokens.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenAnswer {
    /// The tokens of a text or a chat.
    pub ids: Vec<u32>,
    /// The text of each, where that was asked for; a part of a character is shown as a replacement character.
    pub texts: Vec<String>,
    /// The text of tokens.
    pub text: String,
}

impl fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenAnswer({} ids, {} bytes)", self.ids.len(), self.text.len())
    }
}

/// Why a question about tokens has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// The model cannot take it: no other miner would answer it either.
    #[error("{0}")]
    Invalid(String),
    /// The miner has no time for it, or cannot answer at the moment.
    #[error("{0}")]
    Busy(String),
}
