//! The output of a running attempt: what has arrived of it, and what readers have been given.

use crate::{
    task::{Score, TaskSpec},
    wire,
};

/// Pieces of one chunk.
const MAX_PIECES: u32 = 1024;

/// Text for readers, and the tokens that it came with where the task is scored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(pub String, pub Vec<Score>);

/// What has arrived of an attempt, and what readers have been given of this one and of earlier ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    attempt: u32,
    pub(super) text: String,
    pub(super) token_ids: Vec<u32>,
    pub(super) log_probabilities: Vec<f32>,
    /// Scores of the tokens, if the task is scored.
    pub(super) scores: Vec<Score>,
    /// Pieces of the engine's output, for engines that give no ids.
    pieces: u32,
    /// Text that readers have been given, by any attempt.
    delivered: String,
    /// Scores that readers have been given, by any attempt.
    scores_sent: usize,
}

impl Output {
    /// Begins an attempt: forgets the output of the one before, but not what readers were given.
    pub fn restart(&mut self, attempt: u32) {
        self.attempt = attempt;
        self.text.clear();
        self.token_ids.clear();
        self.log_probabilities.clear();
        self.scores.clear();
        self.pieces = 0;
    }

    /// The attempt that it is of; 0 before the first one.
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Takes in more of it. Fails where it is more than was asked for: the miner has broken the rules.
    pub fn push(&mut self, spec: &TaskSpec, chunk: wire::Chunk) -> Result<(), &'static str> {
        self.pieces = self.pieces.saturating_add(chunk.pieces.clamp(1, MAX_PIECES));
        self.text.push_str(&chunk.text);
        if spec.scored {
            self.scores.extend(read_scores(&chunk));
        }
        self.token_ids.extend(chunk.token_ids);
        self.log_probabilities.extend(chunk.log_probabilities);
        if self.token_ids.len() > spec.sampling.max_tokens as usize {
            return Err("it sent more tokens than were asked for");
        }
        if self.text.len() > spec.most_bytes() {
            return Err("it sent more than what was asked for can have");
        }
        Ok(())
    }

    /// What readers have not been given yet; they are to be given it. Fails where the text is not a continuation of what they were
    /// given: an attempt must repeat what an earlier one said before it goes on.
    pub fn fresh(&mut self) -> Result<Option<Words>, &'static str> {
        let common = self.delivered.len().min(self.text.len());
        if self.text.as_bytes()[..common] != self.delivered.as_bytes()[..common] {
            return Err("the task moved to another miner, which continued differently");
        }
        if self.text.len() < self.delivered.len()
            || (self.text.len() == self.delivered.len() && self.scores.len() <= self.scores_sent)
        {
            return Ok(None);
        }
        let fresh = self.text[self.delivered.len()..].to_owned();
        self.delivered.push_str(&fresh);
        // Tokens of a later attempt may end elsewhere than the text that was given.
        let before: usize = self.scores.iter().take(self.scores_sent).map(|score| score.length as usize).sum();
        let is_aligned = before + fresh.len() == self.delivered.len();
        let scores = self.scores.get(self.scores_sent..).filter(|_| is_aligned).unwrap_or_default().to_vec();
        self.scores_sent = self.scores_sent.max(self.scores.len());
        Ok(Some(Words(fresh, scores)))
    }

    /// Everything so far, for a reader that joins; it counts as given. `None` where that is nothing.
    pub fn catch_up(&mut self) -> Option<Words> {
        if self.delivered.len() < self.text.len() && self.text.starts_with(&self.delivered) {
            self.delivered.clone_from(&self.text);
            self.scores_sent = self.scores.len();
        }
        let sent = || self.scores.get(..self.scores_sent).unwrap_or_default().to_vec();
        (!self.delivered.is_empty()).then(|| Words(self.delivered.clone(), sent()))
    }

    /// Tokens of the attempt so far, or pieces where the engine gives no ids. Readers that see the text pay for these if the task is
    /// taken back: what an earlier attempt delivered is repeated by this one before it goes on.
    pub fn tokens(&self) -> u32 {
        (self.token_ids.len() as u32).max(self.pieces)
    }

    /// The text that readers have been given.
    pub fn delivered(&self) -> &str {
        &self.delivered
    }
}

/// A chunk's tokens one by one; none if what it says of them does not fit its text, or is no logarithm of a probability.
fn read_scores(chunk: &wire::Chunk) -> Vec<Score> {
    let mut end = 0;
    let fits = chunk.lengths.len() == chunk.log_probabilities.len()
        && chunk.log_probabilities.iter().all(|value| value.is_finite())
        && chunk.lengths.iter().all(|length| {
            end += *length as usize;
            chunk.text.is_char_boundary(end)
        });
    if !fits {
        return vec![];
    }
    let score = |(length, value): (&u32, &f32)| Score { length: *length, bits: value.to_bits() };
    chunk.lengths.iter().zip(&chunk.log_probabilities).map(score).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coordinator::tests::world::spec;

    #[test]
    fn tokens_that_do_not_fit_their_text_are_not_shown() {
        let chunk = |lengths: &[u32]| wire::Chunk {
            text: "né!".into(),
            log_probabilities: vec![-0.5, -1.0],
            lengths: lengths.to_vec(),
            ..Default::default()
        };
        let shown = |lengths: &[u32]| read_scores(&chunk(lengths)).iter().map(|score| score.length).collect::<Vec<_>>();
        // Text behind the last token was held back until the end.
        assert_eq!(shown(&[1, 2]), [1, 2]);
        assert_eq!(shown(&[0, 4]), [0, 4]);
        for wrong in [&[][..], &[1], &[1, 1], &[1, 4], &[u32::MAX, u32::MAX], &[1, 2, 1]] {
            assert!(shown(wrong).is_empty(), "{wrong:?}");
        }
        // JSON cannot express an infinite number.
        let endless = wire::Chunk { log_probabilities: vec![-0.5, f32::NEG_INFINITY], ..chunk(&[1, 2]) };
        assert_eq!(read_scores(&endless), []);
    }

    fn chunk(text: &str, ids: &[u32]) -> wire::Chunk {
        let log_probabilities = vec![-0.5; ids.len()];
        wire::Chunk { text: text.into(), token_ids: ids.to_vec(), log_probabilities, ..Default::default() }
    }

    #[test]
    fn a_later_attempt_repeats_what_readers_have_before_it_goes_on() {
        let spec = spec(1);
        let mut output = Output::default();
        output.restart(1);
        output.push(&spec, chunk("one ", &[1])).expect("is little");
        output.push(&spec, chunk("two ", &[2])).expect("is little");
        assert_eq!(output.fresh(), Ok(Some(Words("one two ".into(), vec![]))));
        assert_eq!((output.fresh(), output.tokens()), (Ok(None), 2));
        let mut other = output.clone();
        for (output, text) in [(&mut output, "one two three"), (&mut other, "one too")] {
            output.restart(2);
            assert_eq!((output.attempt(), output.tokens(), output.delivered()), (2, 0, "one two "));
            output.push(&spec, chunk("one ", &[1])).expect("is little");
            assert_eq!(output.fresh(), Ok(None));
            output.push(&spec, chunk(&text[4..], &[2, 3])).expect("is little");
        }
        assert_eq!(output.fresh(), Ok(Some(Words("three".into(), vec![]))));
        assert!(other.fresh().is_err_and(|reason| reason.contains("continued differently")));
    }

    #[test]
    fn who_joins_late_is_given_everything_and_it_counts_as_given() {
        let spec = crate::task::TaskSpec { scored: true, ..spec(1) };
        let mut output = Output::default();
        assert_eq!(output.catch_up(), None);
        output.push(&spec, wire::Chunk { lengths: vec![3], ..chunk("one", &[1]) }).expect("is little");
        let score = Score { length: 3, bits: (-0.5f32).to_bits() };
        assert_eq!(output.catch_up(), Some(Words("one".into(), vec![score])));
        assert_eq!((output.fresh(), output.delivered()), (Ok(None), "one"));
        output.push(&spec, wire::Chunk { lengths: vec![0], ..chunk("", &[2]) }).expect("is little");
        // A token without text is shown as well.
        assert_eq!(output.fresh(), Ok(Some(Words(String::new(), vec![Score { length: 0, ..score }]))));
    }

    #[test]
    fn more_than_was_asked_for_is_refused() {
        let (spec, mut output) = (spec(1), Output::default());
        output.push(&spec, chunk("a", &[1, 2, 3, 4, 5, 6])).expect("six tokens were asked for");
        assert!(output.push(&spec, chunk("b", &[7])).is_err_and(|reason| reason.contains("more tokens")));
        let mut long = Output::default();
        let text = "a".repeat(spec.most_bytes());
        long.push(&spec, chunk(&text, &[])).expect("fits");
        assert!(long.push(&spec, chunk("b", &[])).is_err_and(|reason| reason.contains("can have")));
        // Pieces count where an engine gives no ids, and a chunk has at most this many.
        let mut pieces = Output::default();
        pieces.push(&spec, wire::Chunk { pieces: u32::MAX, ..chunk("a", &[]) }).expect("fits");
        pieces.push(&spec, chunk("a", &[])).expect("fits");
        assert_eq!(pieces.tokens(), MAX_PIECES + 1);
    }
}
