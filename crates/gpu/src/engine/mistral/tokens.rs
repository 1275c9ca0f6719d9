//! Texts and chats as tokens, and tokens as text, by the model's own tokeniser and chat template.

use cuckoo_protocol::task::{TokenAnswer, TokenQuestion};
use mistralrs::{Request, core::TokenizationRequest};
use tokio::sync::{mpsc, oneshot};

use super::{Mistral, guard::guard, input::Input};
use crate::engine::EngineError;

impl Mistral {
    /// Answers a question about tokens.
    pub(super) async fn answer(&self, question: &TokenQuestion) -> Result<TokenAnswer, EngineError> {
        match question {
            TokenQuestion::Text(ids) => self.text_of(ids),
            TokenQuestion::Of { messages, add_special_tokens, add_generation_prompt, with_texts } => {
                let ids = match Input::of(messages, self.knows_tools)? {
                    Input::Ids(ids) => ids,
                    Input::Between(before, behind) => self.controls.fill(&before, &behind)?,
                    input if input.images().is_some() => {
                        let none = "the tokens of images are not told; hint: leave the images out";
                        return Err(EngineError::Invalid(none.into()));
                    }
                    input => self.tokenise_as(input, *add_special_tokens, *add_generation_prompt).await?,
                };
                let text = |id: &u32| String::from_utf8_lossy(&self.teller.bytes(*id)).into_owned();
                let texts = if *with_texts { ids.iter().map(text).collect() } else { vec![] };
                Ok(TokenAnswer { ids, texts, text: String::new() })
            }
        }
    }

    /// The prompt's tokens as the model's chat template renders it, or of a text as it is. An image is still one token.
    pub(super) async fn tokenise(&self, input: Input) -> Result<Vec<u32>, EngineError> {
        // A template may write the beginning itself.
        let add_special_tokens = !matches!(input, Input::Chat { .. });
        self.tokenise_as(input, add_special_tokens, true).await
    }

    async fn tokenise_as(
        &self,
        input: Input,
        add_special_tokens: bool,
        add_generation_prompt: bool,
    ) -> Result<Vec<u32>, EngineError> {
        let is_chat = matches!(input, Input::Chat { .. });
        let (input, broken) = guard(&self.controls, input);
        let (text, tools) = input.into_parts();
        let (response, mut tokens) = mpsc::channel(1);
        let request = TokenizationRequest {
            text,
            tools,
            add_generation_prompt,
            add_special_tokens: add_special_tokens && !is_chat,
            enable_thinking: None,
            reasoning_effort: None,
            response,
        };
        let (sender, receiver) = oneshot::channel();
        let requests = self.requests.clone();
        self.unbroken.spawn(async move {
            let sent = requests.send(Request::Tokenize(request)).await;
            let answer = if sent.is_ok() { tokens.recv().await } else { None };
            // The caller may have left.
            let _ = sender.send(answer);
        });
        match receiver.await {
            Ok(Some(Ok(tokens))) if is_chat => Ok(self.controls.finish(tokens, broken)),
            Ok(Some(Ok(tokens))) => Ok(tokens),
            Ok(Some(Err(error))) => {
                Err(EngineError::Invalid(format!("the chat template refuses the messages: {error}")))
            }
            Ok(None) | Err(_) => Err(EngineError::Unavailable("the tokeniser broke off".into())),
        }
    }

    /// The text of tokens, control tokens by their names.
    fn text_of(&self, ids: &[u32]) -> Result<TokenAnswer, EngineError> {
        self.check_tokens("`tokens`", ids.iter().copied())?;
        let text = self.tokenizer.decode(ids, false);
        let text = text.map_err(|error| EngineError::Invalid(format!("the tokens have no text: {error}")))?;
        Ok(TokenAnswer { text, ..TokenAnswer::default() })
    }
}
