//! Chats: the messages that travel, in which calls of tools and images are messages of their own, and what is put together of them.
//!
//! A turn in which the person shows images is made of parts, in their order: [`ChatRole::Part`] for a text before an image,
//! [`ChatRole::Image`], and [`ChatRole::User`] for the text after them, which ends the turn even if it is empty.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{kind::Kind, tools::ToolResult};

/// The most images that a chat may have.
pub const MAX_IMAGES: usize = 16;
/// Tokens that an image becomes, where nobody knows: about as many as common models make of a photograph.
pub const TYPICAL_IMAGE_TOKENS: u64 = 1_024;

/// Who speaks in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatRole {
    /// The application's instructions.
    System,
    /// The person.
    User,
    /// What the person says before showing an image: the next message of [`ChatRole::User`] ends the turn, see the module.
    Part,
    /// An image that the person shows in a turn, as the base64 of its file.
    Image,
    /// The model.
    Assistant,
    /// What a tool says to the model's call, see [`ToolResult`].
    Tool,
    /// The model's calls of tools, after what it said with them, see [`super::tools`].
    Calls,
    /// Nobody: the tools that the model may call.
    Tools,
    /// Nobody: a text that stands alone and is continued as it is, without the chat template.
    Prompt,
    /// Nobody: the same as the ids of its tokens, a JSON array without spaces, to which nothing is added.
    Ids,
    /// Nobody: what stands behind the place that is filled, after the [`ChatRole::Prompt`] before it.
    Suffix,
    /// Nobody: one of the texts that are to be embedded.
    Input,
    /// Nobody: what an image is to show.
    Description,
    /// Nobody: what an image is not to show, after what it is to show.
    Unwanted,
}

impl ChatRole {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::System,
        Self::User,
        Self::Part,
        Self::Image,
        Self::Assistant,
        Self::Tool,
        Self::Calls,
        Self::Tools,
        Self::Prompt,
        Self::Ids,
        Self::Suffix,
        Self::Input,
        Self::Description,
        Self::Unwanted,
    ];

    /// The name in commitments and frames; where chat templates know the role, it is also theirs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Part => "part",
            Self::Image => "image",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
            Self::Calls => "calls",
            Self::Tools => "tools",
            Self::Prompt => "prompt",
            Self::Ids => "ids",
            Self::Suffix => "suffix",
            Self::Input => "input",
            Self::Description => "description",
            Self::Unwanted => "unwanted",
        }
    }

    /// The work of which it is a message.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Input => Kind::Embedding,
            Self::Description | Self::Unwanted => Kind::Image,
            _ => Kind::Text,
        }
    }
}

impl Kind {
    /// Of these messages; `None` where they do not go together.
    pub fn of(messages: &[ChatMessage]) -> Option<Self> {
        let mut kinds = messages.iter().map(|message| message.role.kind());
        let kind = kinds.next()?;
        let is_whole = match (messages, messages[0].role) {
            ([_, other], ChatRole::Description) => other.role == ChatRole::Unwanted,
            ([_, other], ChatRole::Prompt) => other.role == ChatRole::Suffix,
            (_, ChatRole::Prompt | ChatRole::Ids | ChatRole::Description) => messages.len() == 1,
            (_, role) => role != ChatRole::Unwanted && messages.iter().all(|message| message.role != ChatRole::Suffix),
        };
        (kinds.all(|other| other == kind) && is_whole).then_some(kind)
    }
}

/// One message of a chat. `Debug` shows its length only: prompts do not belong in logs.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Who speaks.
    pub role: ChatRole,
    /// What is said.
    pub content: String,
}

impl fmt::Debug for ChatMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChatMessage({}, {} bytes)", self.role.as_str(), self.content.len())
    }
}

/// A chat as OpenAI's API and chat templates have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// `{"type": "function", "function": {...}}`
    pub tools: Vec<Value>,
    /// With `role`, `content`, and where they have them `tool_calls` (with arguments as text) or `tool_call_id`. A content is a
    /// text, or where there are images an array of parts, `text` and `image_url`, with each image as a data URL.
    pub messages: Vec<Map<String, Value>>,
    /// The number of images, which stand in the messages in order.
    pub images: usize,
}

/// A message that is not what its role says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of role `{role}` is malformed")]
pub struct ChatError {
    role: &'static str,
}

impl Conversation {
    /// Puts calls and images back where they belong: into the assistant's message before them, and the person's behind them.
    pub fn new(messages: &[ChatMessage]) -> Result<Self, ChatError> {
        let mut conversation = Self::default();
        let mut parts: Vec<Value> = vec![];
        for ChatMessage { role, content } in messages {
            let wrong = ChatError { role: role.as_str() };
            if !parts.is_empty() && !matches!(role, ChatRole::Part | ChatRole::Image | ChatRole::User) {
                return Err(wrong);
            }
            match role {
                ChatRole::Tools => conversation.tools = serde_json::from_str(content).map_err(|_| wrong)?,
                ChatRole::Calls => {
                    let calls: Vec<Value> = serde_json::from_str(content).map_err(|_| wrong)?;
                    conversation.add_calls(calls);
                }
                ChatRole::Tool => {
                    let ToolResult { tool_call_id, content } = serde_json::from_str(content).map_err(|_| wrong)?;
                    let mut message = build_message("tool", content.into());
                    message.insert("tool_call_id".into(), tool_call_id.into());
                    conversation.messages.push(message);
                }
                ChatRole::Part => parts.push(text_part(content)),
                ChatRole::Image => {
                    let of_type = image_type(content).ok_or(wrong)?;
                    let url = format!("data:{of_type};base64,{content}");
                    parts.push(json!({"type": "image_url", "image_url": {"url": url}}));
                    conversation.images += 1;
                }
                ChatRole::User if !parts.is_empty() => {
                    if !content.is_empty() {
                        parts.push(text_part(content));
                    }
                    conversation.messages.push(build_message("user", std::mem::take(&mut parts).into()));
                }
                role => conversation.messages.push(build_message(role.as_str(), content.as_str().into())),
            }
        }
        match parts.is_empty() {
            true => Ok(conversation),
            false => Err(ChatError { role: ChatRole::Part.as_str() }),
        }
    }

    /// To the assistant's message that is last, or else to a new one.
    fn add_calls(&mut self, calls: Vec<Value>) {
        let last = self.messages.pop_if(|last| last.get("role").is_some_and(|role| role == "assistant"));
        let mut message = last.unwrap_or_else(|| build_message("assistant", "".into()));
        message.insert("tool_calls".into(), calls.into());
        self.messages.push(message);
    }
}

fn build_message(role: &str, content: Value) -> Map<String, Value> {
    Map::from_iter([("role".to_owned(), role.into()), ("content".to_owned(), content)])
}

fn text_part(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

/// What kind of file an image is, by its first bytes; `None` for one that models are not shown, and for a text that is not base64.
pub fn image_type(base64: &str) -> Option<&'static str> {
    let bytes = STANDARD.decode(base64).ok()?;
    match bytes.as_slice() {
        [b'\x89', b'P', b'N', b'G', b'\r', b'\n', b'\x1a', b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(roles: &[ChatRole]) -> Vec<ChatMessage> {
        roles.iter().map(|role| ChatMessage { role: *role, content: "x".into() }).collect()
    }

    #[test]
    fn roles_say_what_a_task_is() {
        use ChatRole::{Assistant, Description, Input, Prompt, Suffix, System, Unwanted, User};
        for (roles, kind) in [
            (&[System, User, Assistant, User][..], Some(Kind::Text)),
            (&[Prompt], Some(Kind::Text)),
            (&[Input, Input], Some(Kind::Embedding)),
            (&[Description], Some(Kind::Image)),
            (&[Description, Unwanted], Some(Kind::Image)),
            (&[Unwanted], None),
            (&[Unwanted, Description], None),
            (&[Description, Unwanted, Unwanted], None),
            (&[], None),
            (&[Description, Description], None),
            (&[Prompt, User], None),
            (&[Prompt, Suffix], Some(Kind::Text)),
            (&[Suffix], None),
            (&[Suffix, Prompt], None),
            (&[User, Suffix], None),
            (&[Prompt, Suffix, Suffix], None),
            (&[User, Input], None),
        ] {
            assert_eq!(Kind::of(&messages(roles)), kind, "{roles:?}");
        }
    }

    fn message(role: ChatRole, content: &str) -> ChatMessage {
        ChatMessage { role, content: content.into() }
    }

    #[test]
    fn a_conversation_is_put_together_again() {
        let calls = json!([{"id": "a", "type": "function", "function": {"name": "time", "arguments": "{}"}}]);
        let tools = json!([{"type": "function", "function": {"name": "time"}}]);
        let result = json!({"tool_call_id": "a", "content": "noon"});
        let conversation = Conversation::new(&[
            message(ChatRole::Tools, &tools.to_string()),
            message(ChatRole::User, "What time is it?"),
            message(ChatRole::Assistant, "I look."),
            message(ChatRole::Calls, &calls.to_string()),
            message(ChatRole::Tool, &result.to_string()),
            message(ChatRole::Calls, &calls.to_string()),
        ]);
        let Conversation { tools: found, messages, images } = conversation.expect("is well formed");
        assert_eq!((json!(found), images), (tools, 0));
        let expected = json!([
            {"role": "user", "content": "What time is it?"},
            {"role": "assistant", "content": "I look.", "tool_calls": calls},
            {"role": "tool", "content": "noon", "tool_call_id": "a"},
            {"role": "assistant", "content": "", "tool_calls": calls},
        ]);
        assert_eq!(json!(messages), expected);
        for role in [ChatRole::Tools, ChatRole::Calls, ChatRole::Tool] {
            assert!(Conversation::new(&[message(role, "[")]).is_err());
        }
    }

    #[test]
    fn images_stand_in_the_turn_in_which_they_are_shown() {
        use ChatRole::{Assistant, Image, Part, System, User};
        let png = STANDARD.encode(b"\x89PNG\r\n\x1a\nand so on");
        let url = format!("data:image/png;base64,{png}");
        let image = json!({"type": "image_url", "image_url": {"url": url}});
        let conversation = Conversation::new(&[
            message(System, "Be brief."),
            message(Part, "What is this,"),
            message(Image, &png),
            message(Part, "and that?"),
            message(Image, &png),
            message(User, ""),
            message(Assistant, "An egg and an egg."),
            message(User, "Sure?"),
            message(Image, &png),
            message(User, "And now?"),
        ]);
        let Conversation { messages, images, .. } = conversation.expect("is well formed");
        let expected = json!([
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [
                {"type": "text", "text": "What is this,"}, image, {"type": "text", "text": "and that?"}, image,
            ]},
            {"role": "assistant", "content": "An egg and an egg."},
            {"role": "user", "content": "Sure?"},
            {"role": "user", "content": [image, {"type": "text", "text": "And now?"}]},
        ]);
        assert_eq!((json!(messages), images), (expected, 3));
        for wrong in [
            &[message(Image, &png)][..],
            &[message(Part, "so"), message(Assistant, "what")],
            &[message(Image, "PHN2Zy8+"), message(User, "")],
            &[message(Image, ""), message(User, "")],
        ] {
            assert!(Conversation::new(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn images_are_known_by_their_first_bytes() {
        for (bytes, name) in [
            (&b"\x89PNG\r\n\x1a\n"[..], "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"GIF89a", "image/gif"),
            (b"RIFF\0\0\0\0WEBP", "image/webp"),
        ] {
            assert_eq!(image_type(&STANDARD.encode(bytes)), Some(name));
        }
        for wrong in [STANDARD.encode("<svg/>"), "iVBORw0KGgo".into(), "iVBORw0KGgp=".into(), "!".into(), String::new()]
        {
            assert_eq!(image_type(&wrong), None, "{wrong}");
        }
    }
}
