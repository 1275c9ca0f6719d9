//! Questions about tokens that miners are asked, and who waits for their answers. Nothing of it is kept, and nothing is owed for it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use cuckoo_protocol::{
    coordinator::SubmitError,
    task::{TokenAnswer, TokenQuestion, TokenRefusal},
    wire,
};
use tokio::sync::oneshot;

/// An answer comes within this time, or not at all.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// A miner is asked at most this many questions at once.
const MOST_ASKED: usize = 16;

/// Why a question about tokens has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    /// Nobody offers the model.
    #[error(transparent)]
    NoModel(#[from] SubmitError),
    /// Nobody who offers the model can tell its tokens.
    #[error("no miner that offers the model `{0}` tells its tokens")]
    Unable(String),
    /// The miner says why.
    #[error(transparent)]
    Refused(#[from] TokenRefusal),
    /// It has not answered.
    #[error("the miner that was asked did not answer within {} s", PATIENCE.as_secs())]
    Silent,
}

/// What comes of a question: the answer, and the tokens that the model's context holds.
pub(super) type TokenReply = oneshot::Sender<Told>;
/// The answer, with the model's context length in tokens.
type Told = Result<(TokenAnswer, u32), TokenError>;

/// A question on its way to a miner.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) model: String,
    pub(super) asked: TokenQuestion,
    /// Tokens that the model's context holds at this miner.
    pub(super) context: u32,
    pub(super) reply: TokenReply,
}

/// The questions that the miner of one link has not answered.
#[derive(Debug, Default)]
pub(super) struct Questions(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    newest: u64,
    waiting: HashMap<u64, (u32, TokenReply)>,
}

impl Questions {
    /// Notes a question that is about to be asked. Returns its frame, unless the miner has too many already.
    pub(super) fn ask(&self, question: Question) -> Option<wire::AskTokens> {
        let Question { model, asked, context, reply } = question;
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody waits for some of them any more.
        open.waiting.retain(|_, (_, reply)| !reply.is_closed());
        if open.waiting.len() >= MOST_ASKED {
            let busy = "the miner that was asked has too many questions at the moment";
            let _ = reply.send(Err(TokenRefusal::Busy(busy.into()).into()));
            return None;
        }
        open.newest += 1;
        let number = open.newest;
        open.waiting.insert(number, (context, reply));
        Some(wire::AskTokens::new(number, &model, &asked))
    }

    /// Passes an answer on. One that nobody waits for changes nothing.
    pub(super) fn told(&self, told: wire::TellTokens) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((context, reply)) = open.waiting.remove(&told.number) {
            let answer = told.answer().map(|answer| (answer, context)).map_err(TokenError::from);
            let _ = reply.send(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(questions: &Questions) -> (Option<wire::AskTokens>, oneshot::Receiver<Told>) {
        let (reply, answer) = oneshot::channel();
        let question = Question { model: "m".into(), asked: TokenQuestion::Text(vec![1]), context: 9, reply };
        (questions.ask(question), answer)
    }

    #[test]
    fn answers_go_to_who_asked_and_a_miner_is_asked_a_bounded_number() {
        let questions = Questions::default();
        let (first, mut answer) = ask(&questions);
        let number = first.expect("is asked").number;
        questions.told(wire::TellTokens { number: number + 1, ..Default::default() });
        assert!(answer.try_recv().is_err(), "that is another one's");
        questions.told(wire::TellTokens { number, text: "a".into(), ..Default::default() });
        let (told, context) = answer.try_recv().expect("is told").expect("an answer");
        assert_eq!((told.text.as_str(), context), ("a", 9));

        let mut all: Vec<_> = (0..MOST_ASKED).map(|_| ask(&questions)).collect();
        assert!(all.iter().all(|(asked, _)| asked.is_some()));
        let (refused, mut answer) = ask(&questions);
        let busy = answer.try_recv().expect("is told");
        assert!(refused.is_none() && matches!(busy, Err(TokenError::Refused(TokenRefusal::Busy(_)))), "{busy:?}");
        // Who does not wait any more leaves room.
        all.pop();
        assert!(ask(&questions).0.is_some());
    }
}
