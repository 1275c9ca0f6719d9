//! What the readers of a task were given by a replica that follows, so that after a change of leader they are given what comes next.

use cuckoo_protocol::{
    coordinator::Words,
    task::{State, Task},
};

/// What readers were given of one task.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Given {
    words: Words,
    /// Bytes of the text, and scores, that a new leader is still to repeat.
    repeated: (usize, usize),
}

/// A task that goes on differently from what readers were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the task was continued differently under another leader")]
pub(super) struct Differs;

impl Given {
    /// Everything so far.
    pub(super) fn words(&self) -> &Words {
        &self.words
    }

    /// Another leader repeats what was given.
    pub(super) fn repeat(&mut self) {
        self.repeated = (self.words.0.len(), self.words.1.len());
    }

    /// Takes in what the leader says, and returns what is new of it.
    pub(super) fn take(&mut self, Words(mut text, mut scores): Words) -> Result<Option<Words>, Differs> {
        let Words(given, given_scores) = &mut self.words;
        let (again, scores_again) = (self.repeated.0.min(text.len()), self.repeated.1.min(scores.len()));
        let from = given.len() - self.repeated.0;
        if given.as_bytes()[from..from + again] != text.as_bytes()[..again] {
            return Err(Differs);
        }
        self.repeated.0 -= again;
        // Tokens that were not told again before the text goes on are not told at all.
        self.repeated.1 = if self.repeated.0 == 0 { 0 } else { self.repeated.1 - scores_again };
        text.drain(..again);
        scores.drain(..scores_again);
        if text.is_empty() && scores.is_empty() {
            return Ok(None);
        }
        given.push_str(&text);
        given_scores.extend(scores.iter().cloned());
        Ok(Some(Words(text, scores)))
    }

    /// Whether a result goes on from what was given.
    pub(super) fn fits(&self, task: &Task) -> bool {
        match &task.state {
            State::Done { outcome, .. } => outcome.text.starts_with(self.words.0.as_str()),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::task::Score;

    use super::*;

    fn words(text: &str, scores: usize) -> Words {
        Words(text.into(), vec![Score::default(); scores])
    }

    #[test]
    fn what_was_given_is_not_given_again() {
        let mut given = Given::default();
        assert_eq!(given.take(words("one ", 1)), Ok(Some(words("one ", 1))));
        given.repeat();
        assert_eq!(given.take(words("on", 1)), Ok(None));
        assert_eq!(given.take(words("e two", 1)), Ok(Some(words("two", 1))));
        given.repeat();
        assert_eq!(given.take(words("one two three", 3)), Ok(Some(words(" three", 1))));
        assert_eq!(given.words(), &words("one two three", 3));
        given.repeat();
        assert_eq!(given.take(words("one too", 2)), Err(Differs));
    }

    #[test]
    fn a_leader_that_ends_while_it_repeats_is_followed_by_one_that_does() {
        let mut given = Given::default();
        given.take(words("one two", 2)).expect("fits");
        given.repeat();
        assert_eq!(given.take(words("one", 1)), Ok(None));
        given.repeat();
        assert_eq!(given.take(words("one two!", 3)), Ok(Some(words("!", 1))));
    }
}
