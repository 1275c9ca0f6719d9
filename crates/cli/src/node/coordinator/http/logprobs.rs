//! Tokens and their probabilities in OpenAI's JSON, of chats and of continued texts.

use std::borrow::Cow;

use cuckoo_protocol::task::{PromptScores, Score};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The tokens of a chat's answer, or of a piece of it.
#[derive(Serialize)]
pub(super) struct ChatLogprobs<'a> {
    content: Vec<ChatLogprob<'a>>,
    refusal: (),
}

#[derive(Serialize)]
struct ChatLogprob<'a> {
    token: Cow<'a, str>,
    bytes: &'a [u8],
    logprob: f64,
    top_logprobs: Vec<Likely<'a>>,
}

#[derive(Serialize)]
struct Likely<'a> {
    token: Cow<'a, str>,
    bytes: &'a [u8],
    logprob: f64,
}

/// The tokens of a continued text, or of a piece of it.
#[derive(Serialize)]
pub(super) struct TextLogprobs<'a> {
    tokens: Vec<Cow<'a, str>>,
    /// Null for a prompt's first token.
    token_logprobs: Vec<Option<f64>>,
    /// Null where none were asked for.
    top_logprobs: Option<Vec<Option<Map<String, Value>>>>,
    text_offset: Vec<usize>,
}

/// A token as it is shown.
struct Token<'a> {
    /// Its part of the text, which is empty inside of a character.
    part: &'a str,
    /// Its own bytes, or those of its part where they are not known.
    bytes: &'a [u8],
    score: &'a Score,
}

impl<'a> Token<'a> {
    /// What cannot be read is shown as replacement characters.
    fn text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.bytes)
    }

    /// How OpenAI's completions call it.
    fn name(&self) -> Cow<'a, str> {
        name(self.bytes)
    }

    fn logprob(&self) -> f64 {
        self.score.log_probability().into()
    }
}

/// The tokens of a text; `None` where the engine does not know them.
fn split<'a>(text: &'a str, scores: &'a [Score]) -> Option<Vec<Token<'a>>> {
    let mut start = 0;
    let token = |score: &'a Score| {
        let end = start + score.length as usize;
        let part = text.get(start..end)?;
        start = end;
        let known = &score.detail.bytes;
        Some(Token { part, bytes: if known.is_empty() { part.as_bytes() } else { known }, score })
    };
    let tokens: Vec<_> = scores.iter().map(token).collect::<Option<_>>()?;
    (!tokens.is_empty() || text.is_empty()).then_some(tokens)
}

impl<'a> ChatLogprobs<'a> {
    /// Of a text with these tokens; `None` where the engine does not know them.
    pub(super) fn of(text: &'a str, scores: &'a [Score]) -> Option<Self> {
        let likely = |score: &'a Score| {
            let likely = score.detail.top.iter().map(|other| Likely {
                token: String::from_utf8_lossy(&other.bytes),
                bytes: &other.bytes,
                logprob: other.log_probability().into(),
            });
            likely.collect()
        };
        let token = |token: Token<'a>| ChatLogprob {
            token: token.text(),
            bytes: token.bytes,
            logprob: token.logprob(),
            top_logprobs: likely(token.score),
        };
        Some(Self { content: split(text, scores)?.into_iter().map(token).collect(), refusal: () })
    }
}

/// The tokens of a piece of an answer as the parts of a response have them; none where the engine does not know them.
pub(super) fn list_tokens(text: &str, scores: &[Score]) -> Vec<Value> {
    let known = ChatLogprobs::of(text, scores).filter(|_| !scores.is_empty());
    known.into_iter().flat_map(|known| known.content).map(|token| json!(token)).collect()
}

impl<'a> TextLogprobs<'a> {
    /// Of a text with these tokens, before which the answer has `offset` characters; `None` where the engine does not know them.
    pub(super) fn of(text: &'a str, scores: &'a [Score], offset: usize) -> Option<Self> {
        let all = split(text, scores)?;
        let offsets = all.iter().scan(offset, |next, token| {
            let offset = *next;
            *next += token.part.chars().count();
            Some(offset)
        });
        let has_top = all.iter().any(|token| !token.score.detail.top.is_empty());
        Some(Self {
            text_offset: offsets.collect(),
            tokens: all.iter().map(Token::name).collect(),
            token_logprobs: all.iter().map(|token| Some(token.logprob())).collect(),
            top_logprobs: has_top.then(|| all.iter().map(|token| Some(likely(token))).collect()),
        })
    }

    /// Of a prompt, whose first token has no probability.
    pub(super) fn of_prompt(prompt: &'a PromptScores) -> Option<Self> {
        let mut logprobs = Self::of(&prompt.text, &prompt.scores, 0)?;
        logprobs.token_logprobs.first_mut().into_iter().for_each(|first| *first = None);
        logprobs.top_logprobs.iter_mut().filter_map(|top| top.first_mut()).for_each(|first| *first = None);
        Some(logprobs)
    }

    /// Adds what comes after.
    pub(super) fn followed_by(mut self, next: Self) -> Self {
        let (before, after) = (self.tokens.len(), next.tokens.len());
        self.tokens.extend(next.tokens);
        self.token_logprobs.extend(next.token_logprobs);
        self.text_offset.extend(next.text_offset);
        self.top_logprobs = match (self.top_logprobs, next.top_logprobs) {
            (None, None) => None,
            (one, other) => {
                let or_none = |top: Option<Vec<_>>, count| top.unwrap_or_else(|| vec![None; count]);
                Some([or_none(one, before), or_none(other, after)].concat())
            }
        };
        self
    }
}

/// A token's text, or its bytes where it is a part of a character: two such tokens would look alike, and evaluations take the likeliest
/// one of a place by its name.
fn name(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().fold("bytes:".to_owned(), |name, byte| format!("{name}\\x{byte:02x}")).into(),
    }
}

/// The likeliest tokens in a token's place and the token itself, as OpenAI has it.
fn likely(token: &Token<'_>) -> Map<String, Value> {
    let mut likely = Map::from_iter([(token.name().into_owned(), token.logprob().into())]);
    for other in &token.score.detail.top {
        likely.entry(name(&other.bytes)).or_insert_with(|| f64::from(other.log_probability()).into());
    }
    likely
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::task::{Alternative, TokenDetail};

    use super::*;

    fn score(length: u32, bytes: &[u8], value: f32, top: &[(&str, f32)]) -> Score {
        let other =
            |(text, value): &(&str, f32)| Alternative { bytes: text.as_bytes().to_vec(), bits: value.to_bits() };
        let detail = TokenDetail { bytes: bytes.to_vec(), top: top.iter().map(other).collect() };
        Score { length, bits: value.to_bits(), detail }
    }

    #[test]
    fn a_token_inside_of_a_character_has_its_bytes() {
        let scores = [score(0, &[0xc3], -0.5, &[]), score(2, &[0xa9], -0.25, &[("é", -0.125)])];
        let shown = json!(ChatLogprobs::of("é", &scores));
        assert_eq!(shown["content"][0]["bytes"], json!([0xc3]));
        assert_eq!(
            shown["content"][1],
            json!({
                "token": "\u{fffd}", "bytes": [0xa9], "logprob": -0.25,
                "top_logprobs": [{"token": "é", "bytes": [0xc3, 0xa9], "logprob": -0.125}],
            })
        );
        // Where they are not known, what the token made certain is shown.
        let plain = [score(0, &[], -0.5, &[]), score(2, &[], -0.25, &[])];
        assert_eq!(json!(ChatLogprobs::of("é", &plain))["content"][1]["bytes"], json!([0xc3, 0xa9]));
        assert!(ChatLogprobs::of("ab", &plain[1..]).is_some() && ChatLogprobs::of("a", &plain).is_none());
        assert!(ChatLogprobs::of("a", &[]).is_none());
    }

    #[test]
    fn a_prompt_and_its_continuation_are_what_evaluations_read() {
        let prompt = PromptScores {
            text: "né so".into(),
            scores: vec![score(3, "né".as_bytes(), 0.0, &[]), score(3, b" so", -2.0, &[(" is", -0.5), (" so", -2.0)])],
        };
        let own = [score(1, b"!", -0.25, &[("!", -0.25)])];
        let begin = TextLogprobs::of_prompt(&prompt).expect("tokens");
        let whole = begin.followed_by(TextLogprobs::of("!", &own, 5).expect("a token"));
        assert_eq!(
            json!(whole),
            json!({
                "tokens": ["né", " so", "!"],
                "token_logprobs": [null, -2.0, -0.25],
                "top_logprobs": [null, {" is": -0.5, " so": -2.0}, {"!": -0.25}],
                "text_offset": [0, 2, 5],
            })
        );
        let unknown = [score(1, &[], -0.25, &[])];
        let plain = TextLogprobs::of("!", &unknown, 0).expect("a token");
        assert_eq!(json!(plain)["top_logprobs"], json!(null));
    }

    #[test]
    fn parts_of_characters_are_told_apart_by_their_bytes() {
        let other = |bytes: &[u8], value: f32| Alternative { bytes: bytes.to_vec(), bits: value.to_bits() };
        let mut token = score(0, &[0xe4, 0xb8], -2.0, &[]);
        token.detail.top = vec![other(&[0xe5, 0x9b], -0.25), other(&[0xe4, 0xb8], -2.0), other(b"a", -3.0)];
        let shown = json!(TextLogprobs::of("", &[token], 0));
        assert_eq!(shown["tokens"], json!([r"bytes:\xe4\xb8"]));
        let top = json!({r"bytes:\xe5\x9b": -0.25, r"bytes:\xe4\xb8": -2.0, "a": -3.0});
        assert_eq!(shown["top_logprobs"], json!([top]));
    }
}
