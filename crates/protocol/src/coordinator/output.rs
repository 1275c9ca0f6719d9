//! The output of a running attempt: what has arrived of it, and what readers have been given.

use serde::{Deserialize, Serialize};

use crate::{
    task::{Alternative, PromptScores, Score, TaskSpec, TokenDetail},
    wire,
};

/// Bytes of text that a prompt's token may have.
const MAX_TOKEN_BYTES: usize = 1024;

/// Bytes that a token may have where its bytes are told.
const MAX_DETAIL_BYTES: usize = 256;

/// Bytes that the details of all tokens of a task may take together. A task that is asked within the bounds of the HTTP API stays below.
const MAX_DETAILS: usize = 64 << 20;

/// Pieces of one chunk.
const MAX_PIECES: u32 = 1024;

/// Text for readers, and the tokens that it came with where the task is scored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The prompt's tokens, if they were asked for.
    pub(super) prompt: PromptScores,
    /// Bytes that the details of all tokens take.
    details: usize,
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
        self.prompt = PromptScores::default();
        self.details = 0;
        self.pieces = 0;
    }

    /// Readers were given this text and this many scores by a process that led before: attempts have to repeat it before they go on.
    pub fn resume(&mut self, text: &str, scores: usize) {
        if text.len() > self.delivered.len() && text.starts_with(&self.delivered) {
            text.clone_into(&mut self.delivered);
            self.scores_sent = self.scores_sent.max(scores);
        }
    }

    /// The attempt that it is of; 0 before the first one.
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Takes in more of it. Fails where it is more than was asked for: the miner has broken the rules.
    pub fn push(&mut self, spec: &TaskSpec, mut chunk: wire::Chunk) -> Result<(), &'static str> {
        // A chunk that has tokens of the prompt may have nothing else.
        let least = u32::from(chunk.prompt.is_none());
        if let Some(prompt) = chunk.prompt.take() {
            self.push_prompt(spec, prompt)?;
        }
        self.pieces = self.pieces.saturating_add(chunk.pieces.clamp(least, MAX_PIECES));
        self.text.push_str(&chunk.text);
        if spec.scored {
            let details = self.bound(std::mem::take(&mut chunk.details));
            self.scores.extend(read_scores(&chunk.text, &chunk.log_probabilities, &chunk.lengths, details, spec));
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

    fn push_prompt(&mut self, spec: &TaskSpec, prompt: wire::PromptTokens) -> Result<(), &'static str> {
        let wire::PromptTokens { text, log_probabilities, lengths, details } = prompt;
        let details = self.bound(details);
        let scores = read_scores(&text, &log_probabilities, &lengths, details, spec);
        let known: usize = scores.iter().map(|score| score.length as usize).sum();
        if !spec.sampling.echo || scores.is_empty() || known != text.len() {
            return Err("it sent what is no part of a prompt that was asked for");
        }
        self.prompt.scores.extend(scores);
        self.prompt.text.push_str(&text);
        let most = spec.quote().prompt_tokens();
        let is_possible = self.prompt.scores.len() as u64 <= most
            && self.prompt.text.len() <= self.prompt.scores.len() * MAX_TOKEN_BYTES;
        if is_possible { Ok(()) } else { Err("it sent more than the prompt can have") }
    }

    /// The details while there is room for them. Without them a task still has its tokens.
    fn bound(&mut self, details: Vec<wire::TokenDetail>) -> Vec<wire::TokenDetail> {
        let alternatives = |detail: &wire::TokenDetail| {
            let bytes = |other: &wire::Alternative| other.bytes.len() + size_of::<Alternative>();
            detail.top.iter().map(bytes).sum::<usize>()
        };
        let bytes = details.iter().map(|detail| detail.bytes.len() + alternatives(detail)).sum::<usize>();
        let all = self.details.saturating_add(bytes);
        if all > MAX_DETAILS {
            return vec![];
        }
        self.details = all;
        details
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

/// A text's tokens one by one; none if what is said of them does not fit the text, or is no logarithm of a probability.
fn read_scores(
    text: &str,
    log_probabilities: &[f32],
    lengths: &[u32],
    details: Vec<wire::TokenDetail>,
    spec: &TaskSpec,
) -> Vec<Score> {
    let mut end = 0;
    let fits = lengths.len() == log_probabilities.len()
        && log_probabilities.iter().all(|value| value.is_finite())
        && lengths.iter().all(|length| {
            end += *length as usize;
            text.is_char_boundary(end)
        });
    if !fits {
        return vec![];
    }
    // JSON has no infinite numbers, and nothing is told that was not asked for.
    let most = spec.sampling.top_logprobs.map(usize::from);
    let good = |detail: &wire::TokenDetail| {
        most.is_some_and(|most| detail.top.len() <= most)
            && detail.bytes.len() <= MAX_DETAIL_BYTES
            && detail.top.iter().all(|other| other.log_probability <= 0.0 && other.log_probability.is_finite())
            && detail.top.iter().all(|other| other.bytes.len() <= MAX_DETAIL_BYTES)
    };
    let details: Vec<TokenDetail> = match details.len() == lengths.len() && details.iter().all(good) {
        true => details.into_iter().map(TokenDetail::from).collect(),
        false => vec![TokenDetail::default(); lengths.len()],
    };
    let tokens = lengths.iter().zip(log_probabilities).zip(details);
    tokens.map(|((length, value), detail)| Score { length: *length, bits: value.to_bits(), detail }).collect()
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
        let read =
            |chunk: &wire::Chunk| read_scores(&chunk.text, &chunk.log_probabilities, &chunk.lengths, vec![], &spec(1));
        let shown = |lengths: &[u32]| read(&chunk(lengths)).iter().map(|score| score.length).collect::<Vec<_>>();
        // Text behind the last token was held back until the end.
        assert_eq!(shown(&[1, 2]), [1, 2]);
        assert_eq!(shown(&[0, 4]), [0, 4]);
        for wrong in [&[][..], &[1], &[1, 1], &[1, 4], &[u32::MAX, u32::MAX], &[1, 2, 1]] {
            assert!(shown(wrong).is_empty(), "{wrong:?}");
        }
        // JSON cannot express an infinite number.
        let endless = wire::Chunk { log_probabilities: vec![-0.5, f32::NEG_INFINITY], ..chunk(&[1, 2]) };
        assert_eq!(read(&endless), []);
    }

    #[test]
    fn details_are_shown_as_far_as_they_were_asked_for() {
        let other = |log_probability| wire::Alternative { bytes: b"x".to_vec(), log_probability };
        let detail =
            |top: &[f32]| wire::TokenDetail { bytes: vec![0xc3], top: top.iter().copied().map(other).collect() };
        let shown = |top_logprobs, details: &[wire::TokenDetail]| {
            let mut asked = spec(1);
            asked.sampling.top_logprobs = top_logprobs;
            let scores = read_scores("a", &[-0.5], &[1], details.to_vec(), &asked);
            scores.iter().map(|score| (score.detail.bytes.len(), score.detail.top.len())).collect::<Vec<_>>()
        };
        assert_eq!(shown(Some(2), &[detail(&[-0.1, -3.0])]), [(1, 2)]);
        assert_eq!(shown(Some(0), &[detail(&[])]), [(1, 0)]);
        let nothing = [(0, 0)];
        assert_eq!(shown(None, &[detail(&[])]), nothing);
        for wrong in [&[-0.1, -0.2, -0.3][..], &[0.5], &[f32::NEG_INFINITY], &[f32::NAN]] {
            assert_eq!(shown(Some(2), &[detail(wrong)]), nothing, "{wrong:?}");
        }
        assert_eq!(shown(Some(2), &[]), nothing);
        assert_eq!(shown(Some(2), &[detail(&[]), detail(&[])]), nothing);
    }

    #[test]
    fn details_take_bounded_room_and_tokens_come_without_them_then() {
        let mut asked = TaskSpec { scored: true, ..spec(1) };
        asked.sampling.top_logprobs = Some(20);
        asked.sampling.max_tokens = 100_000;
        let other = wire::Alternative { bytes: vec![b'x'; MAX_DETAIL_BYTES], log_probability: -1.0 };
        let detail = wire::TokenDetail { bytes: vec![b'x'], top: vec![other; 20] };
        let piece = wire::Chunk {
            text: "a".repeat(1_000),
            log_probabilities: vec![-0.5; 1_000],
            lengths: vec![1; 1_000],
            details: vec![detail.clone(); 1_000],
            ..Default::default()
        };
        let mut output = Output::default();
        for _ in 0..20 {
            output.push(&asked, piece.clone()).expect("fits");
        }
        assert_eq!(output.scores.len(), 20_000, "the tokens go on");
        let told: usize = output.scores.iter().map(|score| score.detail.top.len() * MAX_DETAIL_BYTES).sum();
        assert!(told > MAX_DETAILS / 2 && told <= MAX_DETAILS, "{told}");
        // A token is no longer than this where it is told.
        let long = wire::TokenDetail { bytes: vec![b'x'; MAX_DETAIL_BYTES + 1], top: vec![] };
        assert_eq!(read_scores("a", &[-0.5], &[1], vec![long], &asked)[0].detail, TokenDetail::default());
        output.restart(2);
        output.push(&asked, piece).expect("fits");
        assert_eq!(output.scores[0].detail.top.len(), 20, "another attempt begins again");
    }

    #[test]
    fn a_prompt_comes_in_pieces_where_it_was_asked_for_and_is_bounded() {
        let piece = |text: &str, lengths: &[u32]| wire::Chunk {
            prompt: Some(wire::PromptTokens {
                text: text.into(),
                log_probabilities: vec![-0.5; lengths.len()],
                lengths: lengths.to_vec(),
                details: vec![],
            }),
            ..Default::default()
        };
        let mut asked = spec(1);
        let mut output = Output::default();
        assert!(output.push(&asked, piece("a", &[1])).is_err(), "nobody asked");
        asked.sampling.echo = true;
        output.push(&asked, piece("né", &[0, 3])).expect("fits");
        output.push(&asked, piece(" so", &[3])).expect("fits");
        assert_eq!((output.prompt.text.as_str(), output.prompt.scores.len()), ("né so", 3));
        for wrong in [piece("a", &[2]), piece("ab", &[1]), piece("", &[])] {
            assert!(output.push(&asked, wrong).is_err());
        }
        let many = asked.quote().prompt_tokens() as usize;
        assert!(output.push(&asked, piece("", &vec![0; many])).is_err_and(|reason| reason.contains("prompt can have")));
        output.restart(2);
        assert_eq!(output.prompt, PromptScores::default());
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
        let score = Score { length: 3, bits: (-0.5f32).to_bits(), ..Score::default() };
        assert_eq!(output.catch_up(), Some(Words("one".into(), vec![score.clone()])));
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
