//! The output of a running attempt, and the readers that it is passed on to.

use alloy::primitives::Bytes;
use cuckoo_protocol::{
    message::Ticket,
    task::{Millis, Score},
};
use tokio::sync::mpsc;

/// Text waiting for one slow reader, in messages, before it is cut off.
pub(super) const READER_BACKLOG: usize = 1024;

/// What an application that follows a task receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// More text, and the tokens that it came with where the task is scored.
    Text(Box<(String, Vec<Score>)>),
    /// The task is terminal.
    Ended,
}

/// The output of a running attempt, and the readers that wait for it.
#[derive(Debug, Default)]
pub(super) struct Live {
    pub(super) attempt: u32,
    pub(super) ticket: Option<(Ticket, Bytes)>,
    pub(super) text: String,
    pub(super) token_ids: Vec<u32>,
    pub(super) log_probabilities: Vec<f32>,
    /// Scores of the tokens, if the task is scored.
    pub(super) scores: Vec<Score>,
    /// Scores that readers have been given, by any attempt.
    pub(super) scores_sent: usize,
    pub(super) pieces: u32,
    /// Bytes of text that readers have been given, by any attempt.
    pub(super) delivered: String,
    pub(super) readers: Vec<mpsc::Sender<Update>>,
    /// Readers that receive only the end: they have seen nothing that a later attempt would have to repeat.
    pub(super) awaiting: Vec<mpsc::Sender<Update>>,
    pub(super) waiters: u32,
    /// An application sees the text as it comes.
    pub(super) seen: bool,
    pub(super) leased_at: Millis,
    pub(super) first_token_at: Option<Millis>,
}

impl Live {
    /// Forgets the output of an attempt that is over, but not what readers were given.
    pub(super) fn restart(&mut self) {
        self.text.clear();
        self.token_ids.clear();
        self.log_probabilities.clear();
        self.scores.clear();
        self.pieces = 0;
        self.first_token_at = None;
        self.ticket = None;
    }

    /// Gives the readers what is new. A later attempt must repeat what they were given before it goes on.
    pub(super) fn pass_on(&mut self) -> Result<(), &'static str> {
        let common = self.delivered.len().min(self.text.len());
        if self.text.as_bytes()[..common] != self.delivered.as_bytes()[..common] {
            return Err("the task moved to another miner, which continued differently");
        }
        if self.text.len() < self.delivered.len()
            || (self.text.len() == self.delivered.len() && self.scores.len() <= self.scores_sent)
        {
            return Ok(());
        }
        let fresh = self.text[self.delivered.len()..].to_owned();
        self.delivered.push_str(&fresh);
        // Tokens of a later attempt may end elsewhere than the text that was given.
        let before: usize = self.scores.iter().take(self.scores_sent).map(|score| score.length as usize).sum();
        let is_aligned = before + fresh.len() == self.delivered.len();
        let scores = self.scores.get(self.scores_sent..).filter(|_| is_aligned).unwrap_or_default().to_vec();
        self.scores_sent = self.scores_sent.max(self.scores.len());
        // A reader that is gone or too slow is dropped; its channel ends without `Update::Ended`.
        let words = Box::new((fresh, scores));
        self.readers.retain(|reader| reader.try_send(Update::Text(words.clone())).is_ok());
        Ok(())
    }

    /// True once every reader that waits on a connection was too slow and has been dropped.
    pub(super) fn is_deserted(&self) -> bool {
        self.waiters > 0 && self.readers.is_empty() && self.awaiting.is_empty()
    }
}
