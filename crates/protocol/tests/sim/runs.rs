//! Runs of miners' engines: they take their time, stall, fail, or say what is not so.

use std::sync::Arc;

use cuckoo_protocol::{
    B256,
    miner::{Completed, Input, LeaseId, Order, Request, order},
    task::{Finish, FinishReason},
    wire::{self, Body, RefuseCode},
};

use super::{
    auditor::examine,
    engine::{Answer, PROMPT_TOKENS},
    peers::Peer,
    queue::MS,
    world::{Checked, Happening, World},
};

/// One run of the engine.
pub(crate) struct Run {
    order: Arc<Order>,
    answer: Answer,
    /// What is said of an output that is examined, and its tokens.
    examined: Option<(String, u32)>,
    /// Tokens that are generated, and tokens that were sent.
    made: usize,
    sent: usize,
    /// Tokens of one step.
    stride: usize,
    pause: u64,
    fate: Fate,
    /// An engine that does the same again is off by a little.
    noise: Option<B256>,
}

/// What becomes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Ends,
    Stalls,
    Fails(RefuseCode),
}

impl World {
    pub(crate) fn run_engine(&mut self, at: usize, lease: LeaseId, order: Arc<Order>, request: &Request) {
        let Peer { temper, generation, .. } = self.peers[at];
        let random = &mut self.random;
        let lie = if random.odds(temper.lies) { random.below(3) + 1 } else { 0 };
        let mut answer = Answer::new(&request.messages, &request.sampling, lie);
        answer.tokens.iter_mut().for_each(|token| token.log_probability -= temper.blurs);
        let examined = request.examine.as_deref().map(|what| {
            let mut examined = examine(&request.messages, &request.sampling, what);
            if lie > 0 {
                examined.positions.iter_mut().for_each(|position| position.shortfall = 20.0);
            }
            (examined.encode(), what.ids.len() as u32)
        });
        let fate = if random.odds(temper.stalls) {
            Fate::Stalls
        } else if random.odds(temper.fails) {
            Fate::Fails(random.one(&[RefuseCode::Failed, RefuseCode::Failed, RefuseCode::Busy, RefuseCode::Invalid]))
        } else {
            Fate::Ends
        };
        let is_again = !self.peers[at].begun.insert((order.task(), order.ticket.attempt));
        let noise = is_again.then(|| random.bytes());
        let stride = 1 + random.below(answer.tokens.len() as u64) as usize;
        let pause = random.between(1, temper.slowness * MS);
        let run = Run { order, answer, examined, made: 0, sent: 0, stride, pause, fate, noise };
        self.peers[at].runs.insert(lease, run);
        self.queue.after(pause, Happening::Engine { peer: at, generation, lease });
    }

    /// The engine of a miner goes on.
    pub(crate) fn engine(&mut self, at: usize, generation: u32, lease: LeaseId) -> Checked {
        let peer = &mut self.peers[at];
        if peer.generation != generation {
            return Ok(());
        }
        let Some(run) = peer.runs.get_mut(&lease) else { return Ok(()) };
        let is_first = run.made == 0;
        run.made = (run.made + run.stride).min(run.answer.tokens.len());
        let ends = run.made == run.answer.tokens.len();
        if ends || run.made * 2 > run.answer.tokens.len() {
            match run.fate {
                Fate::Ends => {}
                Fate::Stalls => return Ok(()),
                Fate::Fails(code) => {
                    peer.runs.remove(&lease);
                    return self.miner_step(at, Input::Failed { lease, code, reason: "the engine failed".into() });
                }
            }
        }
        let tokens = run.made as u32;
        // Nobody reads a quiet answer: all but the first tokens go with the result.
        let body = (is_first || ends || !run.order.quiet).then(|| run.chunk());
        let completed = ends.then(|| {
            let mut completed = run.complete();
            completed.receipt.auditCommitment = run.noise.unwrap_or(completed.receipt.auditCommitment);
            Box::new(completed)
        });
        let pause = run.pause;
        if let Some(body) = body {
            self.utter(at, body)?;
        }
        if is_first {
            self.miner_step(at, Input::Progress { lease, tokens })?;
        }
        match completed {
            Some(completed) => {
                self.peers[at].runs.remove(&lease);
                self.miner_step(at, Input::Generated { lease, completed: completed.clone() })?;
                if self.random.odds(0.02) {
                    // An engine that is asked by two threads says something else to the second.
                    let mut completed = completed;
                    completed.receipt.auditCommitment = self.random.bytes();
                    self.miner_step(at, Input::Generated { lease, completed })?;
                }
                Ok(())
            }
            None => {
                self.queue.after(pause, Happening::Engine { peer: at, generation, lease });
                Ok(())
            }
        }
    }
}

impl Run {
    /// The tokens that were not sent yet.
    fn chunk(&mut self) -> Body {
        if let Some((text, _)) = &self.examined {
            let is_last = std::mem::replace(&mut self.sent, self.made) < self.answer.tokens.len()
                && self.made == self.answer.tokens.len();
            let text = if is_last { text.clone() } else { String::new() };
            return wire::Chunk { lease: Some(self.order.lease()), text, ..wire::Chunk::default() }.into();
        }
        let tokens = &self.answer.tokens[self.sent..self.made];
        self.sent = self.made;
        wire::Chunk {
            lease: Some(self.order.lease()),
            text: tokens.iter().map(|token| token.text).collect(),
            token_ids: tokens.iter().map(|token| token.id).collect(),
            log_probabilities: tokens.iter().map(|token| token.log_probability).collect(),
            pieces: tokens.len() as u32,
            lengths: tokens.iter().map(|token| token.text.len() as u32).collect(),
            ..wire::Chunk::default()
        }
        .into()
    }

    fn complete(&self) -> Completed {
        if let Some((text, tokens)) = &self.examined {
            let prompt_tokens = PROMPT_TOKENS + tokens;
            let finish = Finish { reason: FinishReason::Stop, prompt_tokens, completion_tokens: 0, stop: None };
            return self.order.complete(order::Generation { text, ids: &[], log_probabilities: &[], finish });
        }
        let ids: Vec<_> = self.answer.tokens.iter().map(|token| token.id).collect();
        let log_probabilities: Vec<_> = self.answer.tokens.iter().map(|token| token.log_probability).collect();
        let finish = Finish {
            reason: self.answer.reason,
            prompt_tokens: PROMPT_TOKENS,
            completion_tokens: ids.len() as u32,
            stop: None,
        };
        let text = self.answer.text();
        self.order.complete(order::Generation { text: &text, ids: &ids, log_probabilities: &log_probabilities, finish })
    }
}
