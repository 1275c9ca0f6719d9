//! Calls as objects of JSON.

use std::borrow::Cow;

use serde_json::{Deserializer, Value};

use super::{part::Function, schema::follows};
use crate::task::tools::Call;

/// The keys that the object of a call may begin with.
const KEYS: [&str; 6] = ["name", "arguments", "parameters", "function", "type", "id"];

/// True while an object may be a call.
pub(super) fn may_be(said: &str, _functions: &[Function]) -> bool {
    let Some(key) = said.strip_prefix('{').map(str::trim_start) else { return said.is_empty() };
    let Some(key) = key.strip_prefix('"') else { return key.is_empty() };
    match key.split_once('"') {
        Some((key, _)) => KEYS.contains(&key),
        None => KEYS.iter().any(|known| known.starts_with(key)),
    }
}

/// True while what a fence holds may be calls.
pub(super) fn may_be_fenced(said: &str, functions: &[Function]) -> bool {
    let inside = open_fence(said).trim_start();
    may_be(inside.strip_prefix('[').map_or(inside, str::trim_start), functions)
}

/// Reads one object or several of them, also in arrays, with blanks, commas or semicolons between.
pub(super) fn read(text: &str, functions: &[Function]) -> Option<Vec<Call>> {
    let (calls, rest) = read_some(text, functions)?;
    rest.is_empty().then_some(calls)
}

/// Reads as many calls as there are, and returns what stands behind them.
pub(super) fn read_some<'a>(text: &'a str, functions: &[Function]) -> Option<(Vec<Call>, &'a str)> {
    let mut calls = vec![];
    let mut rest = text.trim_start();
    while rest.starts_with(['{', '[']) {
        let (value, after) = read_value(rest)?;
        match value {
            Value::Array(values) => {
                calls.extend(values.iter().map(|value| call_of(value, functions)).collect::<Option<Vec<_>>>()?)
            }
            value => calls.push(call_of(&value, functions)?),
        }
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    }
    (!calls.is_empty()).then_some((calls, rest))
}

/// Reads a value, and returns what stands behind it.
pub(super) fn read_value(text: &str) -> Option<(Value, &str)> {
    let mut values = Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    Some((value, text.get(values.byte_offset()..)?))
}

/// Reads what stands behind a mark, and before another one where there is one.
pub(super) fn read_marked(text: &str, functions: &[Function]) -> Option<Vec<Call>> {
    let (calls, rest) = read_some(text.split_once('>')?.1, functions)?;
    matches!(rest, "" | "<|/tool_call|>" | "<|eom_id|>").then_some(calls)
}

/// Reads what stands in a fence.
pub(super) fn read_fenced(text: &str, functions: &[Function]) -> Option<Vec<Call>> {
    let (calls, rest) = read_some(open_fence(text), functions)?;
    matches!(rest.trim_end(), "" | "```").then_some(calls)
}

fn open_fence(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, inside)| inside)
}

/// The call that an object is: `name`, or `function` in its place, and `arguments` or `parameters`, or those within `function`.
fn call_of(value: &Value, functions: &[Function]) -> Option<Call> {
    let object = value.get("function").filter(|function| function.is_object()).unwrap_or(value);
    let name = object.get("name").or_else(|| object.get("function"))?.as_str()?;
    let arguments = object.get("arguments").or_else(|| object.get("parameters"))?;
    build(name, arguments, functions)
}

/// A call of one of these functions, with arguments that are an object, or a text that is one.
pub(super) fn build(name: &str, arguments: &Value, functions: &[Function]) -> Option<Call> {
    let function = functions.iter().find(|function| function.name == name)?;
    let arguments = match arguments {
        Value::Object(_) => Cow::Borrowed(arguments),
        Value::String(text) => Cow::Owned(serde_json::from_str(text).ok().filter(Value::is_object)?),
        _ => return None,
    };
    if function.strict && !follows(&function.parameters, &arguments) {
        return None;
    }
    Some(Call { name: name.to_owned(), arguments: arguments.to_string() })
}
