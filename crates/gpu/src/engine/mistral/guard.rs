//! Control tokens in chats that mistral.rs renders: in what people write they are text.

use indexmap::IndexMap;
use mistralrs::core::MessageContent;

use super::input::Input;
use crate::engine::language::{Controls, for_each_string};

/// The input with every control token that somebody wrote broken up. Returns what breaks them, for [`Controls::finish`].
pub(super) fn guard(controls: &Controls, mut input: Input) -> (Input, Option<char>) {
    let Input::Chat { messages, .. } = &mut input else { return (input, None) };
    let mark = controls.guard(|each| for_each_text(messages, each));
    (input, mark)
}

/// Every text of the messages, with its message's role.
fn for_each_text(messages: &mut [IndexMap<String, MessageContent>], each: &mut dyn FnMut(&str, &mut String)) {
    for message in messages {
        let role = message.get("role").and_then(|role| role.as_ref().left().cloned()).unwrap_or_default();
        for (field, content) in message.iter_mut().filter(|(field, _)| *field != "role") {
            match content {
                either::Either::Left(text) => each(&role, text),
                either::Either::Right(parts) if field == "content" || field == "tool_calls" => {
                    for value in parts.iter_mut().flat_map(|part| part.values_mut()) {
                        for_each_string(value, &mut |text| each(&role, text));
                    }
                }
                either::Either::Right(_) => {}
            }
        }
    }
}
