//! What a text is taken apart into, and what the forms of calls have in common.

use serde_json::Value;

/// A function that a model may call, as far as reading its calls needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The JSON Schema of its arguments: some forms write texts and numbers alike, and this tells which is which. `Null` where
    /// there is none.
    pub parameters: Value,
    /// What does not follow the schema is not taken for a call of it.
    pub strict: bool,
}

/// A part of what a model says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// What it thinks before it answers.
    Thought(String),
    /// What it answers.
    Words(String),
}

/// Bytes at the end of the text with which one of these marks may begin.
pub(super) fn overlap(text: &str, marks: impl IntoIterator<Item = &'static str>) -> usize {
    let longest = |mark: &str| {
        let most = (mark.len() - 1).min(text.len());
        (1..=most).rev().find(|&length| text.as_bytes().ends_with(&mark.as_bytes()[..length])).unwrap_or(0)
    };
    marks.into_iter().map(longest).max().unwrap_or(0)
}
