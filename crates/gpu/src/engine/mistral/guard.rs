//! Control tokens in chats that mistral.rs renders: in what people write they are text.

use indexmap::IndexMap;
use mistralrs::{Tool, core::MessageContent};
use serde_json::Value;

use super::{TOOLS, input::Input};
use crate::engine::language::{Controls, for_each_string};

/// The input with every control token that somebody wrote broken up. Returns what breaks them, for [`Controls::finish`].
pub(super) fn guard(controls: &Controls, mut input: Input) -> (Input, Option<char>) {
    let Input::Chat { messages, tools } = &mut input else { return (input, None) };
    let mark = controls.guard(|each| {
        for_each_text(messages, each);
        tools.iter_mut().for_each(|tool| for_each_text_of_tool(tool, &mut |text| each(TOOLS, text)));
    });
    (input, mark)
}

/// Every text of a tool: its name, what it does, and its arguments.
fn for_each_text_of_tool(tool: &mut Tool, each: &mut dyn FnMut(&mut String)) {
    let function = &mut tool.function;
    each(&mut function.name);
    function.description.iter_mut().for_each(&mut *each);
    if let Some(parameters) = &mut function.parameters {
        let mut schema = Value::Object(std::mem::take(parameters).into_iter().collect());
        for_each_string(&mut schema, each);
        if let Value::Object(fields) = schema {
            *parameters = fields.into_iter().collect();
        }
    }
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
