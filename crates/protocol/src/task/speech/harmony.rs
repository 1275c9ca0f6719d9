//! Answers of gpt-oss: messages with a channel each, and calls that are messages to functions.

use super::{
    json,
    part::{Function, Part, overlap},
};
use crate::task::tools::Call;

/// What such an answer begins with: the first message's header is part of the prompt up to its channel.
pub(super) const BEGINNINGS: [&str; 2] = ["<|channel|>", "<|start|>"];
/// What ends a header.
const MESSAGE: &str = "<|message|>";
/// What ends a message. The first three belong to it, the others to the next one.
const ENDS: [&str; 5] = ["<|end|>", "<|call|>", "<|return|>", "<|start|>", "<|channel|>"];

/// Where in an answer a listener is.
#[derive(Clone, Copy)]
pub(super) enum State {
    /// In a message's header, from its beginning on.
    Header,
    /// In a thought.
    Thought,
    /// In what the application is told.
    Words,
}

/// What came of a step.
pub(super) struct Step {
    /// This many bytes are done with.
    pub(super) used: usize,
    pub(super) part: Option<Part>,
    pub(super) call: Option<Call>,
    pub(super) next: State,
}

/// Reads as far as the state reaches. `ended`: nothing follows.
pub(super) fn step(rest: &str, state: State, ended: bool, functions: &[Function]) -> Step {
    let part = |used, part, next| Step { used, part, call: None, next };
    let waits = |state| part(0, None, state);
    match state {
        State::Header => {
            let Some((header, body)) = rest.split_once(MESSAGE) else {
                // An answer that is cut off here has nothing to show.
                return if ended { part(rest.len(), None, State::Header) } else { waits(State::Header) };
            };
            let begin = rest.len() - body.len();
            let Some(recipient) = recipient(header) else {
                return part(begin, None, if is_thought(header) { State::Thought } else { State::Words });
            };
            let (end, used) = match end_of(body) {
                Some(ends) => ends,
                None if ended => (body.len(), body.len()),
                None => return waits(State::Header),
            };
            let name = recipient.strip_prefix("functions.").unwrap_or(recipient);
            let body = body[..end].trim();
            let arguments = if body.is_empty() { "{}" } else { body };
            let call = serde_json::from_str(arguments).ok().and_then(|value| json::build(name, &value, functions));
            let shown = || (!body.is_empty()).then(|| Part::Words(body.to_owned()));
            Step { used: begin + used, part: if call.is_some() { None } else { shown() }, call, next: State::Header }
        }
        State::Thought | State::Words => {
            let (end, used, next) = match end_of(rest) {
                Some((end, used)) => (end, used, State::Header),
                None => {
                    let end = rest.len() - if ended { 0 } else { overlap(rest, ENDS) };
                    (end, end, state)
                }
            };
            let text = rest[..end].to_owned();
            let made = if matches!(state, State::Thought) { Part::Thought(text) } else { Part::Words(text) };
            part(used, (end > 0).then_some(made), next)
        }
    }
}

/// Where a message ends, and how much of the text belongs to it.
fn end_of(text: &str) -> Option<(usize, usize)> {
    let ends = ENDS.iter().enumerate().filter_map(|(index, mark)| Some((text.find(mark)?, index)));
    let (end, index) = ends.min()?;
    Some((end, end + if index < 3 { ENDS[index].len() } else { 0 }))
}

/// Whom a message is for, where it is not for the person.
fn recipient(header: &str) -> Option<&str> {
    let (_, after) = header.split_once("to=")?;
    let end = after.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(after.len());
    Some(&after[..end])
}

fn is_thought(header: &str) -> bool {
    header.split_once("<|channel|>").is_some_and(|(_, channel)| channel.trim_start().starts_with("analysis"))
}
