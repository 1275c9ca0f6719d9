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
            Some(Function { name: function.get("name")?.as_str()?.to_owned(), parameters })
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
