//! What mistral.rs is given: messages as its chat templates take them, and images, read and measured before it sees them.

use std::{io::Cursor, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cuckoo_protocol::task::{ChatMessage, chat::Conversation};
use either::Either;
use image::{DynamicImage, ImageReader, Limits};
use indexmap::IndexMap;
use mistralrs::{
    ModelCategory, RequestMessage, Tool,
    core::{MessageContent, MultimodalPromptPrefixer},
};
use serde_json::{Map, Value};
use tokenizers::Tokenizer;

use crate::engine::api::{EngineError, Prompt};

/// Pixels of an image's sides. Models with a patch of 28 pixels refuse less, and scale down what is more.
const SIDES: std::ops::RangeInclusive<u32> = 28..=8_192;
/// How many times longer than the other one a side may be; Qwen2-VL takes no more than 200.
const MAX_RATIO: u32 = 100;
/// Bytes that decoding an image may take.
const MAX_DECODED: u64 = 512 << 20;

/// What stands for an image in the prompts of Qwen2-VL and its successors, and of no other model.
const QWEN_PLACE: &str = "<|image_pad|>";

/// A part of a message, a call of a tool, or whatever else is an object in one.
type Part = IndexMap<String, Value>;

/// The messages of a chat, or a text to continue.
type Messages = Either<Vec<IndexMap<String, MessageContent>>, String>;

/// What is asked of the model.
#[derive(Clone)]
pub(super) enum Input {
    /// A text to continue.
    Alone(String),
    /// The same as the ids of its tokens.
    Ids(Vec<u32>),
    /// A place between two texts that is to be filled.
    Between(String, String),
    /// A chat.
    Chat {
        /// The messages; each content is a text or a list of parts.
        messages: Vec<IndexMap<String, MessageContent>>,
        /// The tools that the model may call.
        tools: Vec<Tool>,
    },
}

impl Input {
    pub(super) fn of(messages: &[ChatMessage], knows_tools: bool) -> Result<Self, EngineError> {
        match Prompt::of(messages)? {
            Prompt::Alone(text) => Ok(Self::Alone(text.to_owned())),
            Prompt::Ids(ids) => Ok(Self::Ids(ids)),
            Prompt::Between(before, behind) => Ok(Self::Between(before.to_owned(), behind.to_owned())),
            Prompt::Chat(Conversation { tools, messages, .. }) => {
                if !knows_tools && !tools.is_empty() {
                    return Err(EngineError::Invalid("this model's chat template has no place for tools".into()));
                }
                let wrong = |error| EngineError::Invalid(format!("a tool is malformed: {error}"));
                let tools = tools.into_iter().map(serde_json::from_value).collect::<Result<_, _>>().map_err(wrong)?;
                Ok(Self::Chat { messages: messages.into_iter().map(templated).collect(), tools })
            }
        }
    }

    /// The input in the form that a tokenising request takes.
    pub(super) fn into_parts(self) -> (Messages, Option<Vec<Tool>>) {
        match self {
            Self::Alone(text) => (Either::Right(text), None),
            Self::Ids(_) | Self::Between(..) => (Either::Left(vec![]), None),
            Self::Chat { messages, tools } => (Either::Left(messages), Some(tools)),
        }
    }

    /// The data URLs of its images, in order; `None` where there are none.
    pub(super) fn images(&self) -> Option<Vec<String>> {
        let url = |part: &Part| part.get("image_url")?.get("url")?.as_str().map(str::to_owned);
        let urls: Vec<_> = self.parts().filter_map(url).collect();
        (!urls.is_empty()).then_some(urls)
    }

    fn parts(&self) -> impl Iterator<Item = &Part> {
        let messages = match self {
            Self::Alone(_) | Self::Ids(_) | Self::Between(..) => &[],
            Self::Chat { messages, .. } => messages.as_slice(),
        };
        messages.iter().filter_map(|message| message.get("content")?.as_ref().right()).flatten()
    }

    /// Every text that somebody wrote.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let messages = match self {
            Self::Alone(_) | Self::Ids(_) | Self::Between(..) => &[],
            Self::Chat { messages, .. } => messages.as_slice(),
        };
        let whole = messages.iter().filter_map(|message| message.get("content")?.as_ref().left()).map(String::as_str);
        whole.chain(self.parts().filter_map(|part| part.get("text")?.as_str()))
    }

    /// Lets something else stand in the place of each image, or nothing.
    fn replace_images(mut self, mut other: impl FnMut() -> Option<Part>) -> Self {
        if let Self::Chat { messages, .. } = &mut self {
            for message in messages {
                if let Some(Either::Right(parts)) = message.get_mut("content") {
                    let shown = |part: Part| if part.contains_key("image_url") { other() } else { Some(part) };
                    *parts = std::mem::take(parts).into_iter().filter_map(shown).collect();
                }
            }
        }
        self
    }

    /// The parts of each message as one text.
    fn joined(mut self) -> Self {
        if let Self::Chat { messages, .. } = &mut self {
            for content in messages.iter_mut().filter_map(|message| message.get_mut("content")) {
                if let Either::Right(parts) = content {
                    let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
                    *content = Either::Left(texts.collect());
                }
            }
        }
        self
    }

    /// The input as a request that mistral.rs renders itself.
    pub(super) fn into_request(self, images: Vec<DynamicImage>) -> RequestMessage {
        let messages = self.into_parts().0.left_or_default();
        let (audios, videos, enable_thinking, reasoning_effort) = (vec![], vec![], None, None);
        RequestMessage::MultimodalChat { images, audios, videos, messages, enable_thinking, reasoning_effort }
    }
}

/// A message as templates want it: of calls they have the arguments as an object.
fn templated(message: Map<String, Value>) -> IndexMap<String, MessageContent> {
    let field = |value: Value| match value {
        Value::Array(parts) => Either::Right(parts.into_iter().map(part).collect()),
        Value::String(text) => Either::Left(text),
        other => Either::Left(other.to_string()),
    };
    message.into_iter().map(|(name, value)| (name, field(value))).collect()
}

fn part(mut part: Value) -> Part {
    if let Some(arguments) = part.pointer_mut("/function/arguments")
        && let Some(object) = arguments.as_str().and_then(|text| serde_json::from_str(text).ok())
    {
        *arguments = object;
    }
    match part {
        Value::Object(fields) => fields.into_iter().collect(),
        _ => Part::new(),
    }
}

/// How a model is shown images.
pub(super) struct Sight {
    /// What stands for an image in a text, where the chat template does not say.
    prefixer: Arc<dyn MultimodalPromptPrefixer>,
    /// Texts that are tokens of their own, some of which stand for images.
    special: Vec<String>,
}

/// Input with a place for each image.
pub(super) struct Shown {
    pub(super) input: Input,
    /// The same input without images.
    pub(super) blind: Input,
    pub(super) images: Vec<DynamicImage>,
}

impl Sight {
    /// Of a model that has some. Qwen's are shown none: at each token after an image, mistral.rs 0.8 makes a text of all tokens and
    /// tokens of that text, and breaks the answer off where they are fewer, as in the middle of a character of several tokens.
    pub(super) fn of(category: ModelCategory, tokenizer: &Tokenizer) -> Option<Self> {
        let ModelCategory::Multimodal { prefixer } = category else { return None };
        let added = tokenizer.get_added_tokens_decoder().into_values();
        let special: Vec<_> = added.filter(|token| token.special).map(|token| token.content).collect();
        if special.iter().any(|token| token == QWEN_PLACE) {
            tracing::warn!(
                "the model answers about text alone: hint: vLLM or SGLang show it images, with --engine openai"
            );
            return None;
        }
        Some(Self { prefixer, special })
    }

    /// Reads the images and makes places for them.
    pub(super) async fn show(&self, input: Input, urls: Vec<String>) -> Result<Shown, EngineError> {
        // mistral.rs finds the places by their text: one more in what somebody wrote, and an image would stand there.
        if let Some(token) = self.special.iter().find(|token| input.texts().any(|text| text.contains(*token))) {
            return Err(EngineError::Invalid(format!("beside images no text can hold `{token}`")));
        }
        let read = tokio::task::spawn_blocking(move || urls.iter().map(|url| read(url)).collect::<Result<_, _>>());
        let images = read.await.map_err(|error| EngineError::Interrupted(error.to_string()))??;
        let mut index = 0;
        let shown = input.clone().replace_images(|| {
            let mark = self.prefixer.prefix_image(vec![index], "");
            index += 1;
            Some(match mark.is_empty() {
                true => Part::from([("type".to_owned(), "image".into())]),
                false => Part::from([("type".to_owned(), "text".into()), ("text".to_owned(), mark.into())]),
            })
        });
        let blind = input.replace_images(|| None);
        // Of a message with several texts mistral.rs takes the first one where it makes the places of texts.
        Ok(match self.prefixer.prefix_image(vec![0], "").is_empty() {
            true => Shown { input: shown, blind, images },
            false => Shown { input: shown.joined(), blind: blind.joined(), images },
        })
    }
}

/// Decodes the image of a data URL.
fn read(url: &str) -> Result<DynamicImage, EngineError> {
    let wrong = |reason: &str| EngineError::Invalid(format!("an image cannot be read: {reason}"));
    let bytes = url.split_once(";base64,").and_then(|(_, data)| STANDARD.decode(data).ok());
    let bytes = bytes.ok_or_else(|| wrong("it is not base64"))?;
    let open_reader = || ImageReader::new(Cursor::new(bytes.as_slice())).with_guessed_format();
    let (width, height) = open_reader()
        .map_err(|error| wrong(&error.to_string()))?
        .into_dimensions()
        .map_err(|error| wrong(&error.to_string()))?;
    let (short, long) = (width.min(height), width.max(height));
    if !SIDES.contains(&short) || !SIDES.contains(&long) || long / short >= MAX_RATIO {
        let (least, most) = (SIDES.start(), SIDES.end());
        return Err(EngineError::Invalid(format!(
            "an image of {width}x{height} pixels cannot be shown: sides are from {least} to {most}, and none is {MAX_RATIO} times the other"
        )));
    }
    let mut reader = open_reader().map_err(|error| wrong(&error.to_string()))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED);
    reader.limits(limits);
    reader.decode().map_err(|error| wrong(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(width: u32, height: u32, cut: usize) -> String {
        let mut file = Cursor::new(vec![]);
        DynamicImage::new_rgb8(width, height).write_to(&mut file, image::ImageFormat::Png).expect("encodes");
        let bytes = file.into_inner();
        format!("data:image/png;base64,{}", STANDARD.encode(&bytes[..bytes.len() - cut]))
    }

    #[test]
    fn images_that_would_end_mistral_rs_are_refused() {
        assert_eq!(read(&url(28, 56, 0)).map(|image| (image.width(), image.height())), Ok((28, 56)));
        for wrong in [
            url(27, 56, 0),
            url(28, 2_800, 0),
            url(8_200, 100, 0),
            url(64, 64, 40),
            "data:image/png;base64,AAAA".into(),
            "data:image/png;base64,!".into(),
            "data:,".into(),
        ] {
            assert!(matches!(read(&wrong), Err(EngineError::Invalid(_))), "{}", &wrong[..20]);
        }
    }
}
