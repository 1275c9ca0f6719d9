//! Which answers are calls of tools, and what a stream may send before that is known.

use cuckoo_protocol::task::{
    Score,
    tools::{Call, clear_of_calls, read_calls},
};

/// The functions that an application lets the model call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offered {
    names: Vec<String>,
    /// The answer has at most one call; further ones are left out.
    single: bool,
}

impl Offered {
    pub(super) fn new(names: Vec<String>, single: bool) -> Self {
        Self { names, single }
    }

    /// What the model said and then called; `None` where it did not call anything.
    pub(super) fn read<'a>(&self, text: &'a str) -> Option<(&'a str, Vec<Call>)> {
        let (said, mut calls) = read_calls(text, &self.names)?;
        if self.single {
            calls.truncate(1);
        }
        Some((said, calls))
    }
}

/// A streamed answer that may become a call: text that may belong to one is held back until the end.
#[derive(Debug, Default)]
pub(super) struct Held {
    text: String,
    /// This many bytes of the text belong to no call.
    clear: usize,
    /// This many bytes of the text were sent.
    sent: usize,
    pieces: Vec<(String, Vec<Score>)>,
}

impl Held {
    /// Adds a piece, and returns what can be sent by now.
    pub(super) fn push(&mut self, text: String, scores: Vec<Score>) -> Option<(String, Vec<Score>)> {
        self.text.push_str(&text);
        self.pieces.push((text, scores));
        self.clear = clear_of_calls(&self.text, self.clear);
        let mut end = self.sent;
        let whole = self.pieces.iter().take_while(|(piece, _)| {
            end += piece.len();
            end <= self.clear
        });
        let count = whole.count();
        self.take(count)
    }

    /// What is still to be sent of an answer that does not call anything.
    pub(super) fn rest(&mut self) -> Option<(String, Vec<Score>)> {
        self.take(self.pieces.len())
    }

    /// What is still to be sent of the text that the model `said` before a call.
    pub(super) fn rest_of<'a>(&self, said: &'a str) -> Option<&'a str> {
        said.get(self.sent..).filter(|rest| !rest.is_empty())
    }

    fn take(&mut self, count: usize) -> Option<(String, Vec<Score>)> {
        let (texts, scores): (Vec<_>, Vec<_>) = self.pieces.drain(..count).unzip();
        let (text, scores) = (texts.concat(), scores.concat());
        self.sent += text.len();
        (!text.is_empty() || !scores.is_empty()).then_some((text, scores))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_one_call_where_only_one_is_wanted() {
        let both = r#"[{"name": "time", "arguments": {}}, {"name": "weather", "arguments": {}}]"#;
        for (single, expected) in [(true, 1), (false, 2)] {
            let offered = Offered::new(vec!["weather".to_owned(), "time".to_owned()], single);
            assert_eq!(offered.read(both).map(|(_, calls)| calls.len()), Some(expected));
        }
    }

    #[test]
    fn a_stream_shows_nothing_of_a_call_and_everything_else() {
        let stream = |pieces: &[&str]| {
            let mut held = Held::default();
            let mut sent = vec![];
            for piece in pieces {
                sent.extend(held.push((*piece).to_owned(), vec![]).map(|(text, _)| text));
            }
            (sent, held)
        };
        let (sent, mut held) = stream(&["I ", "look <", "b>here</b>"]);
        assert_eq!((sent.concat(), held.rest()), ("I look <b>here</b>".to_owned(), None));
        let (sent, held) = stream(&["I ", "look.<tool", "_call>{", "}"]);
        assert_eq!((sent.concat().as_str(), held.rest_of("I look.")), ("I ", Some("look.")));
        let (sent, mut held) = stream(&["{\"a\"", ": 1}"]);
        assert_eq!((sent, held.rest().map(|(text, _)| text)), (vec![], Some("{\"a\": 1}".to_owned())));
    }
}
