//! Questions about tokens, which the engine answers beside its tasks: a few at a time, each within moments, and for nothing.

use std::{sync::Arc, time::Duration};

use cuckoo_gpu::{Engine, EngineError};
use cuckoo_protocol::{
    task::{MAX_TOKENISED, TokenAnswer, TokenQuestion, TokenRefusal},
    wire::{self, FrameError},
};
use tokio::{sync::Semaphore, task::JoinSet, time::timeout};

use super::outbox::Outbox;

/// Questions of one coordinator that are answered at once; more are refused.
const AT_ONCE: usize = 4;
/// An answer takes at most this long.
const PATIENCE: Duration = Duration::from_secs(8);

/// The answers to the questions of one session.
pub(super) struct Answers {
    engine: Arc<dyn Engine>,
    outbox: Arc<Outbox>,
    room: Arc<Semaphore>,
    running: JoinSet<()>,
}

impl Answers {
    pub(super) fn new(engine: Arc<dyn Engine>, outbox: Arc<Outbox>) -> Self {
        Self { engine, outbox, room: Arc::new(Semaphore::new(AT_ONCE)), running: JoinSet::new() }
    }

    /// Answers a question once the engine has.
    pub(super) fn answer(&mut self, asked: wire::AskTokens) -> Result<(), FrameError> {
        while self.running.try_join_next().is_some() {}
        let (number, model) = (asked.number, asked.model.clone());
        let question = asked.question()?;
        let Ok(permit) = self.room.clone().try_acquire_owned() else {
            let busy = TokenRefusal::Busy("the miner answers other questions at the moment".into());
            self.outbox.push(wire::TellTokens::new(number, Err(busy)).into());
            return Ok(());
        };
        let (engine, outbox) = (self.engine.clone(), self.outbox.clone());
        self.running.spawn(async move {
            let answer = tell(&*engine, &model, &question).await;
            outbox.push(wire::TellTokens::new(number, answer).into());
            drop(permit);
        });
        Ok(())
    }
}

async fn tell(engine: &dyn Engine, model: &str, question: &TokenQuestion) -> Result<TokenAnswer, TokenRefusal> {
    if question.size() > MAX_TOKENISED {
        return Err(TokenRefusal::Invalid(format!("it has more than {MAX_TOKENISED} bytes or tokens")));
    }
    match timeout(PATIENCE, engine.tell_tokens(model, question)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) if error.is_request_fault() => Err(TokenRefusal::Invalid(match error {
            EngineError::Invalid(reason) => reason,
            other => other.to_string(),
        })),
        Ok(Err(error)) => Err(TokenRefusal::Busy(error.to_string())),
        Err(_) => Err(TokenRefusal::Busy("the engine does not answer".into())),
    }
}
