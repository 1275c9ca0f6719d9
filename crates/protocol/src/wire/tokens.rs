//! Frames about tokens: a question of the coordinator, and the miner's answer. Nothing is owed for it.

use prost::Message;

use super::{field::FrameError, lease::ChatMessage};
use crate::task::{self, TokenAnswer, TokenQuestion, TokenRefusal};

/// What is asked about a model's tokens. Miners that can answer say so in [`super::ModelSlots::tokenises`].
#[derive(Clone, PartialEq, Message)]
pub struct AskTokens {
    /// Names the question in its answer.
    #[prost(uint64, tag = "1")]
    pub number: u64,
    /// The model's name.
    #[prost(string, tag = "2")]
    pub model: String,
    /// A text to continue, or a chat; none where the text of tokens is asked for.
    #[prost(message, repeated, tag = "3")]
    pub messages: Vec<ChatMessage>,
    /// A text has what the tokeniser puts before texts.
    #[prost(bool, tag = "4")]
    pub add_special_tokens: bool,
    /// A chat ends with the beginning of the model's answer.
    #[prost(bool, tag = "5")]
    pub add_generation_prompt: bool,
    /// The tokens come with their texts.
    #[prost(bool, tag = "6")]
    pub with_texts: bool,
    /// The tokens whose text is asked for.
    #[prost(uint32, repeated, tag = "7")]
    pub ids: Vec<u32>,
}

/// What a miner says of a model's tokens.
#[derive(Clone, PartialEq, Message)]
pub struct TellTokens {
    /// The question's number.
    #[prost(uint64, tag = "1")]
    pub number: u64,
    /// The tokens of a text or a chat.
    #[prost(uint32, repeated, tag = "2")]
    pub ids: Vec<u32>,
    /// The text of each of them, where that was asked for.
    #[prost(string, repeated, tag = "3")]
    pub texts: Vec<String>,
    /// The text of tokens.
    #[prost(string, tag = "4")]
    pub text: String,
    /// Why there is no answer; empty where there is one.
    #[prost(string, tag = "5")]
    pub refusal: String,
    /// The question is to blame: no other miner would answer it either.
    #[prost(bool, tag = "6")]
    pub invalid: bool,
}

impl AskTokens {
    /// The frame of a question.
    pub fn new(number: u64, model: &str, question: &TokenQuestion) -> Self {
        let asked = Self { number, model: model.to_owned(), ..Self::default() };
        match question {
            TokenQuestion::Of { messages, add_special_tokens, add_generation_prompt, with_texts } => Self {
                messages: messages.iter().map(ChatMessage::from).collect(),
                add_special_tokens: *add_special_tokens,
                add_generation_prompt: *add_generation_prompt,
                with_texts: *with_texts,
                ..asked
            },
            TokenQuestion::Text(ids) => Self { ids: ids.clone(), ..asked },
        }
    }

    /// The question.
    pub fn question(self) -> Result<TokenQuestion, FrameError> {
        let Self { messages, add_special_tokens, add_generation_prompt, with_texts, ids, .. } = self;
        if messages.is_empty() {
            return Ok(TokenQuestion::Text(ids));
        }
        let messages = messages.into_iter().map(task::ChatMessage::try_from).collect::<Result<_, _>>()?;
        Ok(TokenQuestion::Of { messages, add_special_tokens, add_generation_prompt, with_texts })
    }
}

impl TellTokens {
    /// The frame of an answer.
    pub fn new(number: u64, answer: Result<TokenAnswer, TokenRefusal>) -> Self {
        match answer {
            Ok(TokenAnswer { ids, texts, text }) => Self { number, ids, texts, text, ..Self::default() },
            Err(refusal) => {
                let invalid = matches!(refusal, TokenRefusal::Invalid(_));
                Self { number, refusal: refusal.to_string(), invalid, ..Self::default() }
            }
        }
    }

    /// The answer, or why there is none. What a miner says is bounded by its frame alone.
    pub fn answer(self) -> Result<TokenAnswer, TokenRefusal> {
        let Self { ids, texts, text, refusal, invalid, .. } = self;
        match refusal.is_empty() {
            true => Ok(TokenAnswer { ids, texts, text }),
            false if invalid => Err(TokenRefusal::Invalid(refusal)),
            false => Err(TokenRefusal::Busy(refusal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        task::ChatRole,
        wire::{Body, Frame},
    };

    #[test]
    fn questions_and_answers_round_trip() {
        let said = |content: &str| task::ChatMessage { role: ChatRole::User, content: content.to_owned() };
        for question in [
            TokenQuestion::Of {
                messages: vec![said("a"), said("b")],
                add_special_tokens: true,
                add_generation_prompt: false,
                with_texts: true,
            },
            TokenQuestion::Text(vec![1, 70_000]),
            TokenQuestion::Text(vec![]),
        ] {
            let bytes = Frame::encode(AskTokens::new(7, "m", &question));
            let Ok(Some(Body::AskTokens(asked))) = Frame::parse(&bytes) else { panic!("another frame") };
            assert_eq!((asked.number, asked.model.as_str()), (7, "m"));
            assert_eq!(asked.question().expect("is whole"), question);
        }
        for answer in [
            Ok(TokenAnswer { ids: vec![1, 2], texts: vec!["a".into(), String::new()], text: String::new() }),
            Ok(TokenAnswer::default()),
            Err(TokenRefusal::Invalid("no".into())),
            Err(TokenRefusal::Busy("later".into())),
        ] {
            let bytes = Frame::encode(TellTokens::new(9, answer.clone()));
            let Ok(Some(Body::TellTokens(told))) = Frame::parse(&bytes) else { panic!("another frame") };
            assert_eq!((told.number, told.answer()), (9, answer));
        }
    }
}
