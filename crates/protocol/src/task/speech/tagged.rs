//! Calls between marks of their own, some of which have a mark for each argument.

use serde_json::{Map, Value};

use super::{json, part::Function};
use crate::task::tools::Call;

/// Reads calls between `<tool_call>` and `</tool_call>`: in JSON, or with a tag for each argument, or with keys and values.
pub(super) fn read_blocks(text: &str, functions: &[Function]) -> Option<Vec<Call>> {
    const BEGIN: &str = "<tool_call>";
    const END: &str = "</tool_call>";
    let mut calls = vec![];
    let mut rest = text.trim();
    while !rest.is_empty() {
        let inside = rest.strip_prefix(BEGIN)?.trim_start();
        rest = if inside.starts_with(['{', '[']) {
            // What ends it may also stand in an argument.
            let (found, after) = json::read_some(inside, functions)?;
            calls.extend(found);
            after.strip_prefix(END).unwrap_or(after).trim_start()
        } else {
            // The last one may have been cut off where its end is a token that ends the answer.
            let (inside, after) = inside.split_once(END).unwrap_or((inside, ""));
            if inside.starts_with(FUNCTION) {
                calls.extend(read_functions(inside, functions)?);
            } else {
                calls.push(read_pairs(inside, functions)?);
            }
            after.trim_start()
        };
    }
    Some(calls)
}

const FUNCTION: &str = "<function=";
const END_FUNCTION: &str = "</function>";

/// Reads `<function=NAME>` with a `<parameter=KEY>` for each argument, or with all arguments in JSON, up to `</function>`.
pub(super) fn read_functions(text: &str, functions: &[Function]) -> Option<Vec<Call>> {
    let mut calls = vec![];
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, inside) = rest.strip_prefix(FUNCTION)?.split_once('>')?;
        let name = name.trim().trim_matches('"');
        let (inside, after) = inside.split_once(END_FUNCTION).unwrap_or((inside, ""));
        let inside = inside.trim();
        calls.push(match inside.starts_with('{') {
            true => json::build(name, &serde_json::from_str(inside).ok()?, functions)?,
            false => {
                let read = |pair: &str| pair.split_once('>').map(|(key, value)| (key.to_owned(), value.to_owned()));
                let pairs = inside.split("<parameter=").skip(1).map(|pair| {
                    let (key, value) = read(pair)?;
                    let value = value.trim_end();
                    Some((key, strip_line_ends(value.strip_suffix("</parameter>").unwrap_or(value)).to_owned()))
                });
                build(name, pairs, functions)?
            }
        });
        rest = after.trim_start().trim_start_matches("</tool_call>").trim_start();
    }
    Some(calls)
}

/// Reads GLM's form: a name, and then keys and values.
fn read_pairs(text: &str, functions: &[Function]) -> Option<Call> {
    let mut parts = text.split("<arg_key>");
    let name = parts.next()?.trim();
    let pairs = parts.map(|pair| {
        let (key, value) = pair.split_once("</arg_key>")?;
        let value = value.trim_start().strip_prefix("<arg_value>")?.trim_end();
        Some((key.trim().to_owned(), value.strip_suffix("</arg_value>").unwrap_or(value).to_owned()))
    });
    build(name, pairs, functions)
}

/// Reads calls between `[TOOL_CALLS]` and the end: a list in JSON, or each as a name and its arguments.
pub(super) fn read_mistral(text: &str, functions: &[Function]) -> Option<Vec<Call>> {
    let mut calls = vec![];
    for call in text.split("[TOOL_CALLS]").skip(1) {
        let call = call.trim();
        if call.starts_with(['[', '{']) {
            calls.extend(json::read(call, functions)?);
            continue;
        }
        let (head, arguments) = call.split_at(call.find('{')?);
        let name = head.split("[CALL_ID]").next()?.trim_end_matches("[ARGS]").trim();
        calls.push(json::build(name, &serde_json::from_str(arguments).ok()?, functions)?);
    }
    Some(calls)
}

/// Reads DeepSeek's calls: a name and arguments, or since R1 a type, and the name before a fence with the arguments.
pub(super) fn read_deepseek(text: &str, functions: &[Function]) -> Option<Vec<Call>> {
    let text = text.trim().trim_start_matches("<｜tool▁calls▁begin｜>").trim_end_matches("<｜tool▁calls▁end｜>");
    let call = |call: &str| {
        let call = call.trim().trim_end_matches("<｜tool▁call▁end｜>");
        let (before, after) = call.split_once("<｜tool▁sep｜>")?;
        let (name, arguments) = match after.trim_start().starts_with('{') {
            true => (before, after.trim()),
            false => {
                let (name, fenced) = after.split_once('\n')?;
                (name, fenced.trim().trim_start_matches("```json").trim_end_matches("```").trim())
            }
        };
        json::build(name.trim(), &serde_json::from_str(arguments).ok()?, functions)
    };
    text.split("<｜tool▁call▁begin｜>").skip(1).map(call).collect()
}

/// Reads Kimi's calls, whose names have a number.
pub(super) fn read_kimi(text: &str, functions: &[Function]) -> Option<Vec<Call>> {
    let call = |call: &str| {
        let (name, after) = call.split_once("<|tool_call_argument_begin|>")?;
        let name = name.trim().trim_start_matches("functions.");
        let name = name.rsplit_once(':').map_or(name, |(name, _)| name);
        let arguments = after.split("<|tool_call_end|>").next()?;
        json::build(name, &serde_json::from_str(arguments.trim()).ok()?, functions)
    };
    text.split("<|tool_call_begin|>").skip(1).map(call).collect()
}

/// Reads `<invoke name="NAME">` with a `<parameter name="KEY">` for each argument; DeepSeek writes a mark of its own in each tag.
pub(super) fn read_invocations(text: &str, functions: &[Function]) -> Option<Vec<Call>> {
    let text = text.replace("｜DSML｜", "");
    let call = |call: &str| {
        let (name, inside) = call.split_once('>')?;
        let inside = inside.split("</invoke>").next()?;
        let pairs = inside.split("<parameter name=").skip(1).map(|pair| {
            let (head, value) = pair.split_once('>')?;
            let key = head.trim_start().trim_start_matches('"').split('"').next()?;
            let value = value.trim_end();
            let value = value.strip_suffix("</parameter>").unwrap_or(value);
            Some((key.to_owned(), strip_line_ends(value).to_owned()))
        });
        build(name.trim().trim_matches('"'), pairs, functions)
    };
    text.split("<invoke name=").skip(1).map(call).collect()
}

/// A call whose arguments are written as texts: what the schema says is a text is one, all else is JSON where it can be.
fn build(name: &str, pairs: impl Iterator<Item = Option<(String, String)>>, functions: &[Function]) -> Option<Call> {
    let function = functions.iter().find(|function| function.name == name)?;
    let value = |key: &str, text: String| match is_text(&function.parameters["properties"][key]) {
        true => Value::String(text),
        false => serde_json::from_str(text.trim()).unwrap_or(Value::String(text)),
    };
    let arguments = pairs.map(|pair| pair.map(|(key, text)| (key.clone(), value(&key, text))));
    let arguments: Map<String, Value> = arguments.collect::<Option<_>>()?;
    json::build(name, &Value::Object(arguments), functions)
}

/// True for a schema of texts, or of texts and nothing.
fn is_text(schema: &Value) -> bool {
    if let Some(choices) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
        let mut known = choices.iter().filter(|choice| choice["type"] != "null").peekable();
        return known.peek().is_some() && known.all(is_text);
    }
    match &schema["type"] {
        Value::String(kind) => kind == "string",
        Value::Array(kinds) => {
            kinds.contains(&"string".into()) && kinds.iter().all(|kind| kind == "string" || kind == "null")
        }
        Value::Null => schema["enum"].as_array().is_some_and(|values| values.iter().all(Value::is_string)),
        _ => false,
    }
}

/// Without the end of a line before and behind.
fn strip_line_ends(text: &str) -> &str {
    let text = text.strip_prefix('\n').unwrap_or(text);
    text.strip_suffix('\n').unwrap_or(text)
}
