//! What a model's text is made of: its thoughts, its words, and the calls of tools that it writes in its family's own form.
//!
//! What is generated, committed to and paid for is the text as it is. To show it to an application, it is taken apart with a
//! [`Listener`], which gives the same for a text however it is cut into pieces: it holds back what may yet turn out to belong to
//! something else, and nothing more.

use std::sync::Arc;

mod formats;
mod harmony;
mod json;
mod literals;
mod part;
mod schema;
mod tagged;
#[cfg(test)]
mod tests;

use self::{
    formats::{CallForm, THOUGHTS},
    part::overlap,
};
use super::tools::Call;

/// Texts by which a model marks its thoughts and calls. In the tokenisers of some models they are special tokens, which belong to
/// the text all the same.
pub use self::formats::MARKS;
/// Those of them that begin and end messages, as harmony has them: within a text of a history they would be turns.
pub use self::formats::TURNS;
pub use self::part::{Function, Part};

/// A text that is taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Speech {
    /// What the model thought, without what marks it.
    pub thought: String,
    /// What it answered.
    pub words: String,
    /// What it called, in order.
    pub calls: Vec<Call>,
}

impl Speech {
    /// Takes a whole text apart, in which calls of these functions are looked for.
    pub fn of(text: &str, functions: &Arc<[Function]>) -> Self {
        let mut listener = Listener::new(Arc::clone(functions));
        let mut speech = Self::default();
        speech.add(listener.push(text));
        let (parts, calls) = listener.finish();
        speech.add(parts);
        speech.calls = calls;
        speech
    }

    fn add(&mut self, parts: Vec<Part>) {
        for part in parts {
            match part {
                Part::Thought(text) => self.thought.push_str(&text),
                Part::Words(text) => self.words.push_str(&text),
            }
        }
    }
}

/// What begins a thought, where a prompt ends with it: the answer goes on in the thought.
pub fn opened_thought(prompt: &str) -> Option<&'static str> {
    THOUGHTS.iter().map(|(open, _)| *open).find(|open| prompt.trim_end().ends_with(open))
}

/// Bytes at the beginning of a text that are thoughts, and what marks them; all of a text that is nothing else.
pub fn thought_length(text: &str) -> usize {
    let thinks = |place: &Place| matches!(place, Place::Thought(_) | Place::Channels(harmony::State::Thought));
    let mut listener = Listener { text: text.to_owned(), ..Listener::default() };
    let mut length = 0;
    let mut more = true;
    while more && !matches!(listener.place, Place::Words(_)) {
        let (done, thought) = (listener.done, thinks(&listener.place));
        more = listener.step(true);
        if thought || thinks(&listener.place) {
            length = listener.done.max(done);
        }
    }
    let silent = listener.rest().trim().is_empty() && !listener.parts.iter().any(|part| matches!(part, Part::Words(_)));
    if length > 0 && silent { text.len() } else { length }
}

/// Where in a text a listener is.
#[derive(Clone, Copy, Default)]
enum Place {
    /// Before anything is said.
    #[default]
    Beginning,
    /// In a thought that ends with this text.
    Thought(&'static str),
    /// Behind a thought, before anything else.
    AfterThought,
    /// In an answer. True while only blanks have come.
    Words(bool),
    /// Behind the beginning of something that may be calls, which only the end can tell.
    Calls(&'static CallForm),
    /// In messages with channels.
    Channels(harmony::State),
}

/// Takes a text apart as it comes.
#[derive(Default)]
pub struct Listener {
    functions: Arc<[Function]>,
    text: String,
    /// This many bytes of the text are done with.
    done: usize,
    place: Place,
    /// Some of the present thought is out.
    thinking: bool,
    /// Calls in messages of their own.
    calls: Vec<Call>,
    parts: Vec<Part>,
}

impl Listener {
    /// Of a model that may call these functions; without any, calls are words like others.
    pub const fn new(functions: Arc<[Function]>) -> Self {
        Self {
            functions,
            text: String::new(),
            done: 0,
            place: Place::Beginning,
            thinking: false,
            calls: vec![],
            parts: vec![],
        }
    }

    /// Adds more of the text, and returns what is certain by now.
    pub fn push(&mut self, text: &str) -> Vec<Part> {
        self.text.push_str(text);
        while self.step(false) {}
        self.text.drain(..self.done);
        self.done = 0;
        std::mem::take(&mut self.parts)
    }

    /// The rest of an answer that has ended, and what it called.
    pub fn finish(mut self) -> (Vec<Part>, Vec<Call>) {
        while self.step(true) {}
        (self.parts, self.calls)
    }

    fn rest(&self) -> &str {
        self.text.get(self.done..).unwrap_or_default()
    }

    /// Goes on as far as the place reaches; returns true where there may be more to do. `ended`: nothing follows.
    fn step(&mut self, ended: bool) -> bool {
        match self.place {
            Place::Beginning | Place::AfterThought => self.begin(ended),
            Place::Thought(close) => self.think(close, ended),
            Place::Words(blank) => self.talk(blank, ended),
            Place::Calls(form) => ended && self.read_calls(form),
            Place::Channels(state) => self.follow_channels(state, ended),
        }
    }

    fn begin(&mut self, ended: bool) -> bool {
        let rest = self.rest();
        let said = rest.trim_start();
        let blanks = rest.len() - said.len();
        let may_yet = |mark: &str| !ended && mark.starts_with(said);
        if let Some((open, close)) = THOUGHTS.iter().find(|(open, _)| said.starts_with(open)) {
            self.done += blanks + open.len();
            (self.place, self.thinking) = (Place::Thought(close), false);
            return true;
        }
        if harmony::BEGINNINGS.iter().any(|begin| said.starts_with(begin)) {
            self.done += blanks;
            self.place = Place::Channels(harmony::State::Header);
            return true;
        }
        let marks = THOUGHTS.iter().map(|(open, _)| *open).chain(harmony::BEGINNINGS);
        if marks.into_iter().any(may_yet) || (said.is_empty() && !ended) {
            return false;
        }
        // What stands between a thought and an answer belongs to neither.
        self.done += if matches!(self.place, Place::AfterThought) { blanks } else { 0 };
        self.place = Place::Words(true);
        true
    }

    fn think(&mut self, close: &'static str, ended: bool) -> bool {
        let rest = self.rest();
        let (end, closed) = match rest.find(close) {
            Some(end) => (end, true),
            None if ended => (rest.len(), false),
            None => (rest.len() - overlap(rest, [close]), false),
        };
        // The blanks around a thought belong to what marks it, and none of them is out before it is clear that it goes on.
        let thought = rest[..end].trim_end();
        let thought = if self.thinking { thought } else { thought.trim_start() };
        let out = thought.to_owned();
        let begin = if out.is_empty() { 0 } else { rest[..end].trim_end().len() };
        if !out.is_empty() {
            self.thinking = true;
            self.parts.push(Part::Thought(out));
        }
        self.done += if closed { end + close.len() } else { begin };
        if closed {
            self.place = Place::AfterThought;
        }
        closed
    }

    fn talk(&mut self, blank: bool, ended: bool) -> bool {
        let rest = self.rest();
        if self.functions.is_empty() {
            let words = rest.to_owned();
            self.say(words);
            return false;
        }
        if blank {
            let said = rest.trim_start();
            if said.is_empty() && !ended {
                return false;
            }
            if let Some(form) = formats::at_beginning(said, &self.functions) {
                if ended {
                    self.place = Place::Calls(form);
                }
                return ended;
            }
        }
        if let Some((at, form)) = formats::find(rest) {
            let words = rest[..at].trim_end().to_owned();
            self.say(words);
            self.place = Place::Calls(form);
            return true;
        }
        let held = if ended { 0 } else { overlap(rest, formats::begins()) };
        let mut words = &rest[..rest.len() - held];
        if !ended {
            words = words.trim_end();
        }
        let words = words.to_owned();
        if !words.is_empty() {
            self.place = Place::Words(false);
        }
        self.say(words);
        false
    }

    /// At the end, what began like calls is calls, or else words.
    fn read_calls(&mut self, form: &CallForm) -> bool {
        let rest = self.rest();
        match (form.read)(rest.trim_start(), &self.functions) {
            Some(calls) if !calls.is_empty() => {
                self.calls.extend(calls);
                self.done = self.text.len();
            }
            _ => {
                let words = rest.to_owned();
                self.say(words);
            }
        }
        false
    }

    fn follow_channels(&mut self, state: harmony::State, ended: bool) -> bool {
        let harmony::Step { used, part, call, next } = harmony::step(self.rest(), state, ended, &self.functions);
        self.done += used;
        self.parts.extend(part);
        self.calls.extend(call);
        self.place = Place::Channels(next);
        used > 0
    }

    fn say(&mut self, words: String) {
        self.done += words.len();
        if !words.is_empty() {
            self.parts.push(Part::Words(words));
        }
    }
}
