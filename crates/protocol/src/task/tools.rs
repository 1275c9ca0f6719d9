//! Tools in a chat: what the model may call, what it called, and what came of it.
//!
//! They travel as messages of their own, so that the commitment to the prompt covers them, an auditor has them, and they are paid
//! for as what they are: part of the prompt. Their contents are JSON as OpenAI has it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Tools of one chat, as OpenAI has it.
pub const MAX_TOOLS: usize = 128;
/// What the models of Hermes' and Qwen's families write around a call.
const BEGIN: &str = "<tool_call>";
const END: &str = "</tool_call>";

/// A call that a model made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The tool's name.
    pub name: String,
    /// A JSON object.
    pub arguments: String,
}

/// What came of a call: the content of a message with [`ChatRole::Tool`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The identity of the call.
    pub tool_call_id: String,
    /// What the tool says to the model.
    pub content: String,
}

/// A call as [`read_calls`] finds it. Arguments that are cut off stay so, and then there is none to be found.
pub fn write_call(call: &Call) -> String {
    format!("{BEGIN}\n{{\"name\":{},\"arguments\":{}}}\n{END}", Value::from(call.name.as_str()), call.arguments)
}

/// What a model said and which of the tools `named` it called then; `None` where it called none. Two forms are known: objects with
/// `name` and `arguments` between `<tool_call>` and `</tool_call>`, and one such object, or an array of them, as the whole text;
/// there `parameters` is another word for arguments. A call of a tool that was not offered does not count as one.
pub fn read_calls<'a>(text: &'a str, named: &[String]) -> Option<(&'a str, Vec<Call>)> {
    match text.find(BEGIN) {
        Some(begin) => {
            let (said, mut rest) = text.split_at(begin);
            let mut calls = vec![];
            while let Some((before, after)) = rest.split_once(BEGIN) {
                // The last one may have been cut off where its end is a token that ends the answer.
                let (call, after) = after.split_once(END).unwrap_or((after, ""));
                let blank = before.trim().is_empty();
                calls.push(call_of(&serde_json::from_str(call).ok()?, named).filter(|_| blank)?);
                rest = after;
            }
            rest.trim().is_empty().then_some((said.trim_end(), calls))
        }
        None if text.trim_start().starts_with(['{', '[']) => {
            let calls = match serde_json::from_str(text).ok()? {
                Value::Array(calls) => calls,
                call => vec![call],
            };
            let calls: Vec<_> = calls.iter().map(|call| call_of(call, named)).collect::<Option<_>>()?;
            (!calls.is_empty()).then_some(("", calls))
        }
        None => None,
    }
}

fn call_of(value: &Value, named: &[String]) -> Option<Call> {
    let call = value.as_object()?;
    let name = call.get("name")?.as_str().filter(|name| named.iter().any(|named| named == name))?;
    let arguments = call.get("arguments").or_else(|| call.get("parameters"))?;
    arguments.is_object().then(|| Call { name: name.to_owned(), arguments: arguments.to_string() })
}

/// Bytes of the text so far of which it is clear that no call begins in them. `clear` is what this was for less of the text.
pub fn clear_of_calls(text: &str, clear: usize) -> usize {
    let said = text.trim_start();
    if said.is_empty() || said.starts_with(['{', '[']) {
        return 0;
    }
    let rest = &text[clear..];
    let begins = rest.match_indices('<').find(|(at, _)| {
        let tail = &rest[*at..];
        tail.starts_with(BEGIN) || BEGIN.starts_with(tail)
    });
    begins.map_or(text.len(), |(at, _)| clear + at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn named() -> Vec<String> {
        vec!["weather".into(), "time".into()]
    }

    fn call(name: &str, arguments: &str) -> Call {
        Call { name: name.into(), arguments: arguments.into() }
    }

    #[test]
    fn calls_are_found_in_what_models_write() {
        let weather = call("weather", r#"{"city":"Paris"}"#);
        let time = call("time", "{}");
        let one = r#"{"name": "weather", "arguments": {"city": "Paris"}}"#;
        for (text, said, calls) in [
            (format!("<tool_call>\n{one}\n</tool_call>"), "", vec![weather.clone()]),
            (format!("I look.\n<tool_call>{one}"), "I look.", vec![weather.clone()]),
            (write_call(&weather) + "\n" + &write_call(&time), "", vec![weather.clone(), time.clone()]),
            (one.into(), "", vec![weather.clone()]),
            (format!("\n[{one}, {{\"name\":\"time\",\"parameters\":{{}}}}]\n"), "", vec![weather, time]),
        ] {
            assert_eq!(read_calls(&text, &named()), Some((said, calls)), "{text}");
        }
    }

    #[test]
    fn what_is_no_call_stays_text() {
        for text in [
            "",
            "Paris is sunny.",
            "[]",
            "{}",
            r#"{"name": "rm", "arguments": {}}"#,
            r#"{"name": "weather", "arguments": "Paris"}"#,
            r#"{"name": "weather", "argum"#,
            r#"<tool_call>{"name": "rm", "arguments": {}}</tool_call>"#,
            r#"<tool_call>{"name": "time", "arguments": {}}</tool_call> and so on"#,
            "<tool_call>",
            "</tool_call>",
        ] {
            assert_eq!(read_calls(text, &named()), None, "{text}");
        }
    }

    proptest! {
        /// However a text is cut, no part of a call is shown, and all of the other text is.
        #[test]
        fn nothing_of_a_call_is_shown(said in "[a-z< \n]{0,12}", tail in "[a-z<>_]{0,12}", is_call: bool, cuts in prop::collection::vec(1usize..9, 0..40)) {
            let text = if is_call { said.clone() + &write_call(&call("time", "{}")) } else { said.clone() + &tail };
            let (mut end, mut clear) = (0, 0);
            for cut in cuts {
                end = (end + cut).min(text.len());
                let now = clear_of_calls(&text[..end], clear);
                prop_assert!(now >= clear && now <= end);
                clear = now;
            }
            match read_calls(&text, &named()) {
                Some(_) => prop_assert!(clear <= text.find(BEGIN).expect("has one")),
                None => prop_assert!(end - clear < BEGIN.len() || text[..end].trim().is_empty() || text.contains(BEGIN)),
            }
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = (read_calls(&text, &named()), clear_of_calls(&text, 0));
        }
    }
}
