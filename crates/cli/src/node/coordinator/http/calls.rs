//! What an answer is made of: thoughts, words and calls of tools, whole or as they come.

use std::sync::Arc;

use cuckoo_protocol::task::{
    Score,
    speech::{Function, Listener, Part, Speech},
    tools::Call,
};
use serde_json::Value;

/// The functions that an application lets the model call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offered {
    functions: Arc<[Function]>,
    /// The answer has at most one call; further ones are left out.
    single: bool,
}

impl Offered {
    pub(super) fn new(functions: Vec<Function>, single: bool) -> Self {
        Self { functions: functions.into(), single }
    }

    /// The functions of `tools` as OpenAI has them; whatever else is in there is left out.
    pub(super) fn of_tools(tools: &[Value], single: bool) -> Self {
        let function = |tool: &Value| {
            let function = tool.get("function")?;
            let parameters = function.get("parameters").cloned().unwrap_or_default();
            let strict = function.get("strict").is_some_and(|strict| *strict == Value::Bool(true));
            Some(Function { name: function.get("name")?.as_str()?.to_owned(), parameters, strict })
        };
        Self::new(tools.iter().filter_map(function).collect(), single)
    }

    fn limit(&self, mut calls: Vec<Call>) -> Vec<Call> {
        if self.single {
            calls.truncate(1);
        }
        calls
    }
}

/// Takes a whole answer apart. Where nothing is offered, calls are words.
pub(super) fn read_speech(offered: Option<&Offered>, text: &str) -> Speech {
    let Some(offered) = offered else { return Speech::of(text, &Arc::default()) };
    let speech = Speech::of(text, &offered.functions);
    Speech { calls: offered.limit(speech.calls), ..speech }
}

/// A part of an answer that can be sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown {
    pub(super) part: Part,
    /// The tokens since the part before, those included that only mark something, and their text as the model wrote it. Empty
    /// where no tokens are shown.
    pub(super) scores: Vec<Score>,
    pub(super) raw: String,
}

impl Shown {
    /// Adds a part that follows to the last one of its kind.
    fn join(mut all: Vec<Self>, next: Self) -> Vec<Self> {
        let last = all.last_mut().map(|last| (&mut last.part, &mut last.scores, &mut last.raw));
        match (last, next.part) {
            (Some((Part::Thought(text), scores, raw)), Part::Thought(more))
            | (Some((Part::Words(text), scores, raw)), Part::Words(more)) => {
                text.push_str(&more);
                scores.extend(next.scores);
                raw.push_str(&next.raw);
            }
            (_, part) => all.push(Self { part, ..next }),
        }
        all
    }
}

/// The parts of a whole answer, as a stream of it would show them one after the other, and what it calls.
pub(super) fn read_parts(offered: Option<&Offered>, text: &str, scores: &[Score]) -> (Vec<Shown>, Vec<Call>) {
    let mut held = Held::new(offered);
    let begun = held.push_tokens(text, scores.to_vec());
    let (rest, calls) = held.finish();
    (begun.into_iter().chain(rest).fold(vec![], Shown::join), calls)
}

/// A streamed answer: what may turn out to be something else is held back.
pub(super) struct Held {
    listener: Listener,
    single: bool,
    scores: Vec<Score>,
    raw: String,
}

impl Held {
    pub(super) fn new(offered: Option<&Offered>) -> Self {
        let Offered { functions, single } = offered.cloned().unwrap_or_default();
        Self { listener: Listener::new(functions), single, scores: vec![], raw: String::new() }
    }

    /// Adds a piece, and returns what can be sent by now.
    pub(super) fn push(&mut self, text: &str, scores: Vec<Score>) -> Vec<Shown> {
        if !scores.is_empty() {
            self.raw.push_str(text);
            self.scores.extend(scores);
        }
        let parts = self.listener.push(text);
        self.show(parts)
    }

    /// Adds a piece token by token, so that each is shown with what it belongs to, however many have come together.
    pub(super) fn push_tokens(&mut self, text: &str, scores: Vec<Score>) -> Vec<Shown> {
        let (mut shown, mut rest) = (vec![], text);
        for score in scores {
            let Some((own, after)) = rest.split_at_checked(score.length as usize) else { break };
            shown.extend(self.push(own, vec![score]));
            rest = after;
        }
        // What no token made certain.
        shown.extend(if rest.is_empty() { vec![] } else { self.push(rest, vec![]) });
        shown
    }

    /// What is still to be sent, and what the answer calls.
    pub(super) fn finish(&mut self) -> (Vec<Shown>, Vec<Call>) {
        let (mut parts, calls) = std::mem::take(&mut self.listener).finish();
        if parts.is_empty() && !self.scores.is_empty() {
            // The last tokens belong to calls, or end something.
            parts.push(Part::Words(String::new()));
        }
        let offered = Offered { functions: Arc::default(), single: self.single };
        (self.show(parts), offered.limit(calls))
    }

    /// The tokens go with the last part.
    fn show(&mut self, parts: Vec<Part>) -> Vec<Shown> {
        let mut shown: Vec<_> =
            parts.into_iter().map(|part| Shown { part, scores: vec![], raw: String::new() }).collect();
        if let Some(last) = shown.last_mut() {
            last.scores = std::mem::take(&mut self.scores);
            last.raw = std::mem::take(&mut self.raw);
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn offered(single: bool) -> Offered {
        let tool = |name: &str| json!({"type": "function", "function": {"name": name}});
        Offered::of_tools(&[tool("weather"), tool("time")], single)
    }

    #[test]
    fn an_answer_has_one_call_where_only_one_is_wanted() {
        let both = r#"[{"name": "time", "arguments": {}}, {"name": "weather", "arguments": {}}]"#;
        for (single, expected) in [(true, 1), (false, 2)] {
            assert_eq!(read_speech(Some(&offered(single)), both).calls.len(), expected);
            let mut held = Held::new(Some(&offered(single)));
            assert_eq!(held.push(both, vec![]), []);
            assert_eq!(held.finish().1.len(), expected);
        }
        assert_eq!(read_speech(None, both).words, both);
    }

    #[test]
    fn a_whole_answer_has_the_parts_that_its_stream_has() {
        let text = "<think>\nNoon.\n</think>\n\nI look.";
        let pieces = ["<think>", "\nNo", "on.\n", "</think>", "\n\nI", " look."];
        let scores: Vec<_> =
            pieces.iter().map(|piece| Score { length: piece.len() as u32, bits: 0, ..Score::default() }).collect();
        for scores in [&scores[..], &[]] {
            let (parts, calls) = read_parts(None, text, scores);
            let texts: Vec<_> = parts.iter().map(|shown| shown.part.clone()).collect();
            assert_eq!(texts, [Part::Thought("Noon.".to_owned()), Part::Words("I look.".to_owned())]);
            assert_eq!(parts.iter().map(|shown| shown.scores.len()).sum::<usize>(), scores.len());
            assert!(calls.is_empty() && (scores.is_empty() || parts[1].raw.ends_with("I look.")), "{parts:?}");
        }
        assert_eq!(read_parts(None, "", &[]), (vec![], vec![]));
    }

    #[test]
    fn every_token_is_shown_once_with_what_it_belongs_to() {
        let mut held = Held::new(Some(&offered(false)));
        let score = |length: usize| Score { length: length as u32, bits: 0, ..Score::default() };
        let mut shown = vec![];
        let pieces =
            ["<think>", "\nNoon", "</think>", "I look.", "<tool_call>", "{\"name\":\"time\",\"arguments\":{}}"];
        for piece in pieces {
            shown.extend(held.push(piece, vec![score(piece.len())]));
        }
        let (rest, calls) = held.finish();
        shown.extend(rest);
        let parts: Vec<_> = shown.iter().map(|shown| shown.part.clone()).collect();
        let words = |text: &str| Part::Words(text.to_owned());
        assert_eq!(parts, [Part::Thought("Noon".to_owned()), words("I look."), words("")]);
        assert_eq!(calls.len(), 1);
        let raw: String = shown.iter().map(|shown| shown.raw.as_str()).collect();
        assert_eq!(raw, pieces.concat());
        assert_eq!(shown.iter().map(|shown| shown.scores.len()).sum::<usize>(), pieces.len());
    }
}
