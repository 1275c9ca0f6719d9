//! Calls as Python writes them, such as `[weather(city="Paris", days=3)]`, and as Gemma 4 does: `call:weather{city:<|"|>Paris<|"|>}`.

use serde_json::{Map, Value};

use super::{json, part::Function};
use crate::task::tools::Call;

/// Values within values; a model that has lost its way opens brackets without end.
const MAX_DEPTH: usize = 64;
/// What Gemma 4 and FunctionGemma write around a text.
const QUOTES: [&str; 2] = ["<|\"|>", "<escape>"];

/// True while a list may be one of calls.
pub(super) fn may_be_list(said: &str, functions: &[Function]) -> bool {
    let Some(inside) = said.strip_prefix('[').map(str::trim_start) else { return false };
    if inside.is_empty() || inside.starts_with('{') {
        return json::may_be(inside, functions);
    }
    let end = inside.find(|c| !is_of_name(c)).unwrap_or(inside.len());
    let (name, after) = inside.split_at(end);
    match after.trim_start().chars().next() {
        Some(next) => next == '(' && functions.iter().any(|function| function.name == name),
        None => functions.iter().any(|function| function.name.starts_with(name)),
    }
}

/// Reads a list of calls, in JSON or in Python.
pub(super) fn read_list(text: &str, functions: &[Function]) -> Option<Vec<Call>> {
    json::read(text, functions).or_else(|| {
        let (calls, rest) = read_calls(text, functions)?;
        rest.trim().is_empty().then_some(calls)
    })
}

/// Reads what stands between Llama 4's marks.
pub(super) fn read_marked(text: &str, functions: &[Function]) -> Option<Vec<Call>> {
    let (calls, rest) = read_calls(text.split_once('>')?.1, functions)?;
    matches!(rest.trim(), "" | "<|python_end|>").then_some(calls)
}

/// Reads what stands in a fence; the result may be printed.
pub(super) fn read_fenced(text: &str, functions: &[Function]) -> Option<Vec<Call>> {
    let inside = text.split_once('\n')?.1.trim();
    let inside = inside.strip_suffix("```").unwrap_or(inside).trim();
    let printed = inside.strip_prefix("print(").and_then(|inside| inside.strip_suffix(')'));
    let (calls, rest) = read_calls(printed.unwrap_or(inside), functions)?;
    rest.trim().is_empty().then_some(calls)
}

/// Reads Gemma's calls, each between marks.
pub(super) fn read_gemma(text: &str, functions: &[Function]) -> Option<Vec<Call>> {
    let mut calls = vec![];
    let mut rest = text.trim();
    while !rest.is_empty() {
        let inside = ["<|tool_call>", "<start_function_call>"].iter().find_map(|mark| rest.strip_prefix(mark))?;
        let inside = inside.trim_start().strip_prefix("call:")?;
        let brace = inside.find('{')?;
        let mut reader = Reader { rest: &inside[brace..], depth: 0 };
        calls.push(json::build(inside[..brace].trim(), &reader.value()?, functions)?);
        let after = reader.rest.trim_start();
        let ends = ["<tool_call|>", "<end_function_call>"];
        rest = ends.iter().find_map(|mark| after.strip_prefix(mark)).unwrap_or(after).trim_start();
        // What follows is the place of the result, which the model does not write.
        if rest.starts_with("<|tool_response>") || rest.starts_with("<start_function_response>") {
            break;
        }
    }
    Some(calls)
}

/// Reads a list of calls, or calls alone, one after the other.
fn read_calls<'a>(text: &'a str, functions: &[Function]) -> Option<(Vec<Call>, &'a str)> {
    let text = text.trim_start();
    let mut reader = Reader { rest: text.strip_prefix('[').unwrap_or(text), depth: 0 };
    let mut calls = vec![];
    loop {
        calls.push(reader.call(functions)?);
        let separated = reader.take(",") || reader.take(";");
        let next = reader.rest.trim_start().chars().next();
        if !next.is_some_and(is_of_name) || (!separated && text.starts_with('[')) {
            break;
        }
    }
    if text.starts_with('[') && !reader.take("]") {
        return None;
    }
    Some((calls, reader.rest))
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Reads calls and values from the beginning of a text.
struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, mark: &str) -> bool {
        let after = self.rest.trim_start().strip_prefix(mark);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn name(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start();
        let (name, after) = rest.split_at(rest.find(|c| !is_of_name(c)).unwrap_or(rest.len()));
        self.rest = after;
        (!name.is_empty()).then_some(name)
    }

    /// `name(key=value, ...)`; without keys nobody knows which arguments are meant.
    fn call(&mut self, functions: &[Function]) -> Option<Call> {
        let name = self.name()?;
        if !self.take("(") {
            return None;
        }
        let mut arguments = Map::new();
        while !self.take(")") {
            let key = self.name()?;
            if !self.take("=") {
                return None;
            }
            arguments.insert(key.to_owned(), self.value()?);
            if !self.take(",") && !self.rest.trim_start().starts_with(')') {
                return None;
            }
        }
        json::build(name, &Value::Object(arguments), functions)
    }

    fn value(&mut self) -> Option<Value> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let value = match self.rest.trim_start().chars().next()? {
            '"' | '\'' => self.text().map(Value::String),
            '[' => self.list('[', "]"),
            '(' => self.list('(', ")"),
            '{' => self.object(),
            '<' => self.quoted().map(Value::String),
            _ => self.word(),
        };
        self.depth -= 1;
        value
    }

    fn list(&mut self, open: char, close: &str) -> Option<Value> {
        self.rest = self.rest.trim_start().strip_prefix(open)?;
        let mut values = vec![];
        while !self.take(close) {
            values.push(self.value()?);
            if !self.take(",") && !self.rest.trim_start().starts_with(close) {
                return None;
            }
        }
        Some(values.into())
    }

    fn object(&mut self) -> Option<Value> {
        self.rest = self.rest.trim_start().strip_prefix('{')?;
        let mut fields = Map::new();
        while !self.take("}") {
            let key = match self.rest.trim_start().chars().next()? {
                '"' | '\'' => self.text()?,
                '<' => self.quoted()?,
                _ => self.name()?.to_owned(),
            };
            if !self.take(":") {
                return None;
            }
            fields.insert(key, self.value()?);
            if !self.take(",") && !self.rest.trim_start().starts_with('}') {
                return None;
            }
        }
        Some(fields.into())
    }

    /// A text between Gemma's marks, as it is.
    fn quoted(&mut self) -> Option<String> {
        let rest = self.rest.trim_start();
        let quote = QUOTES.into_iter().find(|quote| rest.starts_with(quote))?;
        let (text, after) = rest[quote.len()..].split_once(quote)?;
        self.rest = after;
        Some(text.to_owned())
    }

    /// A text between quotes, of one or of three, with what is escaped.
    fn text(&mut self) -> Option<String> {
        let rest = self.rest.trim_start();
        let quote = rest.get(..1)?;
        let quote = if rest.starts_with(&quote.repeat(3)) { quote.repeat(3) } else { quote.to_owned() };
        let mut text = String::new();
        let mut rest = &rest[quote.len()..];
        loop {
            if let Some(after) = rest.strip_prefix(&quote) {
                self.rest = after;
                return Some(text);
            }
            let mut chars = rest.chars();
            let next = match chars.next()? {
                '\\' => match chars.next()? {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'u' => {
                        let digits = chars.as_str().get(..4)?;
                        chars = chars.as_str()[4..].chars();
                        char::from_u32(u32::from_str_radix(digits, 16).ok()?)?
                    }
                    other => other,
                },
                other => other,
            };
            text.push(next);
            rest = chars.as_str();
        }
    }

    /// A number or a word that stands for a value; Gemma writes texts without quotes now and then.
    fn word(&mut self) -> Option<Value> {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| c.is_whitespace() || ",)]}:".contains(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        self.rest = after;
        match word {
            "True" => Some(true.into()),
            "False" => Some(false.into()),
            "None" => Some(Value::Null),
            word => serde_json::from_str(word).ok(),
        }
    }
}
