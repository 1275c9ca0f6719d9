//! Control tokens: in what people write they are text and begin no turns; a prompt has one beginning; what the template has begun of an
//! answer belongs to it.

use std::sync::Arc;

use cuckoo_protocol::task::speech::{MARKS, TURNS, opened_thought};
use serde_json::Value;
use tokenizers::Tokenizer;

use super::{ends::Ends, fill};
use crate::engine::EngineError;

/// Characters for private use, one of which breaks up what looks like a control token until it has become tokens of its own.
const BREAKS: [char; 3] = ['\u{e000}', '\u{e42a}', '\u{f8f0}'];
/// Tokens at the end of a prompt that are looked at for a thought.
const LAST: usize = 8;

/// What is known of a model's control tokens.
pub(in crate::engine) struct Controls {
    /// Texts that become control tokens, by where they begin.
    texts: Vec<String>,
    /// What the tokeniser puts before a text.
    beginning: Vec<u32>,
    /// Each character that may break up a text, and the tokens that it becomes; none where they cannot be told.
    breaks: Vec<(char, Vec<u32>)>,
    tokenizer: Arc<Tokenizer>,
}

impl Controls {
    pub(in crate::engine) fn new(tokenizer: &Arc<Tokenizer>, template: &str) -> Self {
        let added = tokenizer.get_added_tokens_decoder().into_values();
        // Those that are not special are control tokens where the template writes them; others are words like any.
        let is_control = |content: &str, special: bool| {
            let written = || !content.trim().is_empty() && content.len() > 2 && template.contains(content);
            special || written()
        };
        let controls = added.filter(|token| is_control(&token.content, token.special));
        let texts = controls.map(|token| token.content).filter(|text| !text.is_empty()).collect();
        let ids = |text: &str, special: bool| {
            tokenizer.encode_fast(text, special).map(|encoding| encoding.get_ids().to_vec()).unwrap_or_default()
        };
        let breaks = BREAKS.map(|mark| {
            // Alone, some tokenisers put a blank before it.
            let found = ids(&format!("a{mark}a"), false);
            let inner = found.get(1..found.len().saturating_sub(1)).unwrap_or_default();
            let is_mark = tokenizer.decode(inner, false).is_ok_and(|text| text == mark.to_string());
            (mark, if is_mark { inner.to_vec() } else { vec![] })
        });
        // Before a text, and not behind it: an end would end the prompt.
        let beginning = ids("", true).into_iter().take(1).collect();
        Self { texts, beginning, breaks: breaks.into(), tokenizer: Arc::clone(tokenizer) }
    }

    /// Breaks up every control token that somebody wrote. `each_text` shows every text of a chat, with its message's role. Returns what
    /// breaks them, for [`Self::finish`].
    pub(in crate::engine) fn guard(
        &self,
        mut each_text: impl FnMut(&mut dyn FnMut(&str, &mut String)),
    ) -> Option<char> {
        let mut found = false;
        let mut free: Vec<char> = BREAKS.to_vec();
        each_text(&mut |_, text| {
            found |= self.texts.iter().any(|control| text.contains(control.as_str()));
            free.retain(|mark| !text.contains(*mark));
        });
        let mark = free.first().copied().filter(|_| found)?;
        each_text(&mut |role, text| {
            // Templates take an assistant's thoughts and calls apart by their marks, but for those that would be messages of their own.
            let keeps = |control: &str| role == "assistant" && MARKS.contains(&control) && !TURNS.contains(&control);
            *text = break_up(text, mark, self.texts.iter().map(String::as_str).filter(|control| !keeps(control)));
        });
        Some(mark)
    }

    /// A chat's tokens, without what broke up control tokens, and with one beginning: the template's, or else the tokeniser's.
    pub(in crate::engine) fn finish(&self, tokens: Vec<u32>, mark: Option<char>) -> Vec<u32> {
        let broken = mark.and_then(|mark| self.breaks.iter().find(|(known, ids)| *known == mark && !ids.is_empty()));
        let mut tokens = match broken {
            Some((_, ids)) => without(&tokens, ids),
            None => tokens,
        };
        if !tokens.starts_with(&self.beginning) {
            tokens.splice(0..0, self.beginning.iter().copied());
        }
        tokens
    }

    /// The tokens of a prompt for what stands between two texts.
    pub(in crate::engine) fn fill(&self, before: &str, behind: &str) -> Result<Vec<u32>, EngineError> {
        fill::prompt(&self.tokenizer, &self.beginning, before, behind)
    }

    /// What a prompt has begun of the answer: a thought, as some templates do. It is part of the text, which could not be told apart
    /// otherwise.
    pub(in crate::engine) fn opening(&self, tokens: &[u32]) -> &'static str {
        let last = &tokens[tokens.len().saturating_sub(LAST)..];
        let text = self.tokenizer.decode(last, false).unwrap_or_default();
        opened_thought(&text).unwrap_or_default()
    }
}

/// The special tokens that are not part of an answer: all but those by which models mark thoughts and calls, unless they end it.
pub(in crate::engine) fn hidden(tokenizer: &Tokenizer, ends: &Ends) -> Vec<u32> {
    let added = tokenizer.get_added_tokens_decoder().into_iter();
    let hides = |id: u32, content: &str| ends.must(id) || !MARKS.contains(&content);
    let special = added.filter(|(id, token)| token.special && hides(*id, &token.content));
    special.map(|(id, _)| id).collect()
}

/// Every string in a value, and the name of every field: who writes a schema or a call chooses those, too.
pub(in crate::engine) fn for_each_string(value: &mut Value, each: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(values) => values.iter_mut().for_each(|value| for_each_string(value, each)),
        Value::Object(fields) => {
            let shown = |(mut name, mut value): (String, Value)| {
                each(&mut name);
                for_each_string(&mut value, each);
                (name, value)
            };
            *fields = std::mem::take(fields).into_iter().map(shown).collect();
        }
        _ => {}
    }
}

/// The text with this character behind the first one of everything that is a control token.
fn break_up<'a>(text: &str, mark: char, controls: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut broken = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        broken.push(character);
        if controls.clone().any(|control| text[at..].starts_with(control)) {
            broken.push(mark);
        }
    }
    broken
}

/// The tokens without these, wherever they stand together.
fn without(tokens: &[u32], removed: &[u32]) -> Vec<u32> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        match rest.strip_prefix(removed) {
            Some(after) => rest = after,
            None => {
                kept.push(*first);
                rest = after;
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_tokens_are_broken_up_wherever_they_stand() {
        let controls = ["<|im_end|>", "<s>"];
        let broken = |text: &str| break_up(text, '~', controls.iter().copied());
        assert_eq!(broken("a<|im_end|>\n<<s>b<s"), "a<~|im_end|>\n<<~s>b<s");
        assert_eq!(without(&[1, 7, 8, 2, 7, 7, 8, 7], &[7, 8]), [1, 2, 7, 7]);
    }
}
