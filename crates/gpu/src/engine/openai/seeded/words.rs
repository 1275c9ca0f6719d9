//! What is between texts and a model's tokens: read from the same files that the server has.

use std::{path::Path, sync::Arc};

use cuckoo_protocol::{
    manifest::{ModelManifest, Proof},
    task::{ChatMessage, Kind, chat::Conversation, sampler::RULES},
};
use serde_json::{Map, Value};
use tokenizers::Tokenizer;

use super::{
    super::{server::Server, tokens},
    hello::Hello,
};
use crate::engine::{
    api::{EngineError, Prompt},
    language::{Controls, Described, Detokeniser, Ends, describe_directory, for_each_string, hidden, json},
};

/// Models of vLLM are others than those of our own engine: it renders chats by another implementation of templates.
const ENGINE: &str = "vllm";
/// What chat templates call the tools that a model may call.
const TOOLS: &str = "tools";

/// A model's tokeniser, and what is known of its tokens.
pub(in crate::engine::openai) struct Words {
    tokenizer: Arc<Tokenizer>,
    /// Tokens that are not part of an answer's text.
    hidden: Arc<[u32]>,
    pub(super) ends: Ends,
    controls: Controls,
    pub(super) vocabulary: usize,
    /// The chat template has a place for tools.
    knows_tools: bool,
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Words").field("vocabulary", &self.vocabulary).finish_non_exhaustive()
    }
}

impl Words {
    /// Reads a model's files, which takes as long as to hash its weights. Returns also what determines the model's output.
    pub(super) fn read(name: &str, directory: &Path, hello: &Hello) -> Result<(Self, ModelManifest), EngineError> {
        let described = describe_directory(directory, None, Kind::Text)?;
        let config = json(&directory.join("config.json"))?;
        let Described { weights, quantisation, files, chat_template, template, tokenizer, ends, vocabulary } =
            described;
        let quantisation = match &hello.quantised {
            // Weights that are quantised in the files are as they were published.
            Some(quantised) if config.get("quantization_config").is_none() => format!("in place {quantised}"),
            _ => quantisation,
        };
        let manifest = ModelManifest {
            name: name.to_owned(),
            weights,
            quantisation,
            engine: ENGINE.into(),
            files,
            chat_template,
            rules: RULES,
            proof: Proof::Seeded,
            deterministic: false,
        };
        let tokenizer = tokenizer.ok_or_else(|| EngineError::Start("the model has no tokeniser".into()))?;
        let ends = Ends::new(ends, Some(&tokenizer));
        let hidden = hidden(&tokenizer, &ends).into();
        let tokenizer = Arc::new(tokenizer);
        let controls = Controls::new(&tokenizer, &template);
        let knows_tools = template.contains(TOOLS);
        Ok((Self { tokenizer, hidden, ends, controls, vocabulary, knows_tools }, manifest))
    }

    /// Text from tokens, after what the prompt has begun of it.
    pub(super) fn detokeniser(&self, opening: &'static str) -> Detokeniser {
        Detokeniser::new(Arc::clone(&self.tokenizer), Arc::clone(&self.hidden), opening)
    }

    /// Refuses tokens that the model does not have.
    pub(super) fn check_tokens(&self, what: &str, mut ids: impl Iterator<Item = u32>) -> Result<(), EngineError> {
        match ids.find(|id| *id as usize >= self.vocabulary) {
            None => Ok(()),
            Some(id) => {
                let last = self.vocabulary.saturating_sub(1);
                Err(EngineError::Invalid(format!("{what} has the token {id}, and the model's last one is {last}")))
            }
        }
    }

    /// What is asked, as tokens, and what the prompt has begun of the answer. Chats are rendered by the server.
    pub(super) async fn prompt(
        &self,
        server: &Server,
        model: &str,
        messages: &[ChatMessage],
    ) -> Result<(Vec<u32>, &'static str), EngineError> {
        match Prompt::of(messages)? {
            Prompt::Alone(text) => {
                let encoded = self.tokenizer.encode_fast(text, true);
                let encoded = encoded.map_err(|error| EngineError::Invalid(error.to_string()))?;
                Ok((encoded.get_ids().to_vec(), ""))
            }
            Prompt::Ids(ids) => {
                self.check_tokens("the prompt", ids.iter().copied())?;
                Ok((ids, ""))
            }
            Prompt::Between(before, behind) => Ok((self.controls.fill(before, behind)?, "")),
            Prompt::Chat(Conversation { mut tools, mut messages, .. }) => {
                if !self.knows_tools && !tools.is_empty() {
                    return Err(EngineError::Invalid("this model's chat template has no place for tools".into()));
                }
                if messages.iter().any(has_images) {
                    let hint = "images are not taken with answers that can be checked; hint: a miner without --model takes them";
                    return Err(EngineError::Invalid(hint.into()));
                }
                let mark = self.controls.guard(|each| {
                    for_each_text(&mut messages, each);
                    tools.iter_mut().for_each(|tool| for_each_string(tool, &mut |text| each(TOOLS, text)));
                });
                let ids = tokens::render(server, model, &messages, &tools).await?;
                let ids = self.controls.finish(ids, mark);
                let opening = self.controls.opening(&ids);
                Ok((ids, opening))
            }
        }
    }

    /// The bytes of a token by itself.
    pub(super) fn bytes(&self, id: u32) -> Vec<u8> {
        let text = self.tokenizer.decode(&[id], false).unwrap_or_default();
        if !text.contains(char::REPLACEMENT_CHARACTER) {
            return text.into_bytes();
        }
        // A part of a character, in the alphabet of tokenisers that work on bytes.
        let name = self.tokenizer.id_to_token(id).unwrap_or_default();
        let byte = |character: char| (0..=u8::MAX).find(|byte| byte_level(*byte) == character);
        name.chars().map(byte).collect::<Option<Vec<_>>>().unwrap_or_else(|| text.into_bytes())
    }
}

/// The character that stands for a byte in the vocabularies of GPT-2 and its successors.
fn byte_level(byte: u8) -> char {
    let is_shown = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    if is_shown(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|byte| !is_shown(*byte)).count() as u32;
    char::from_u32(0x100 + before).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn has_images(message: &Map<String, Value>) -> bool {
    let parts = message.get("content").and_then(Value::as_array);
    parts.into_iter().flatten().any(|part| part.get("image_url").is_some())
}

/// Every text of the messages, with its message's role.
fn for_each_text(messages: &mut [Map<String, Value>], each: &mut dyn FnMut(&str, &mut String)) {
    for message in messages {
        let role = message.get("role").and_then(Value::as_str).unwrap_or_default().to_owned();
        for (field, content) in message.iter_mut().filter(|(field, _)| *field != "role") {
            match content {
                Value::String(text) => each(&role, text),
                _ if field == "content" || field == "tool_calls" => {
                    for_each_string(content, &mut |text| each(&role, text));
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_characters_of_their_own() {
        assert_eq!([0, b' ', b'a', 0xad, 0xff].map(byte_level), ['\u{100}', '\u{120}', 'a', '\u{143}', '\u{ff}']);
        let all: std::collections::BTreeSet<_> = (0..=u8::MAX).map(byte_level).collect();
        assert_eq!(all.len(), 256);
    }

    #[test]
    fn every_text_that_somebody_wrote_is_seen() {
        let messages = serde_json::json!([
            {"role": "user", "content": [{"type": "text", "text": "a"}]},
            {"role": "assistant", "content": "b", "tool_calls": [{"function": {"arguments": "c"}}], "other": ["d"]},
        ]);
        let mut messages: Vec<Map<String, Value>> = serde_json::from_value(messages).expect("messages");
        let mut seen = vec![];
        for_each_text(&mut messages, &mut |role, text| seen.push(format!("{role}:{text}")));
        seen.sort_unstable();
        assert_eq!(
            seen,
            [
                "assistant:arguments",
                "assistant:b",
                "assistant:c",
                "assistant:function",
                "user:a",
                "user:text",
                "user:text",
                "user:type",
            ]
        );
    }
}
