//! Requests that begin at the same time travel together: the first one waits until every other future that is ready has added its
//! own, and sends them all as one batch.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::{Request, Rpc, answer::Failure};

/// A request that waits for company.
struct Waiting {
    request: Request,
    answer: oneshot::Sender<Result<Box<RawValue>, Failure>>,
}

/// The requests that go out next.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Vec<Waiting>>,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("waiting", &self.lock().len()).finish()
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<Waiting> {
        std::mem::take(&mut *self.lock())
    }
}

/// Whoever goes first takes everybody along, or, where it is dropped before, lets them go on their own.
struct Lead<'a>(&'a Queue);

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        self.0.take();
    }
}

impl Rpc {
    /// Asks once, together with what else is asked at this moment.
    pub(super) async fn together(&self, request: &Request) -> Result<Box<RawValue>, Failure> {
        loop {
            let (sender, receiver) = oneshot::channel();
            let leads = {
                let mut waiting = self.queue.lock();
                waiting.push(Waiting { request: request.clone(), answer: sender });
                waiting.len() == 1
            };
            if leads {
                let lead = Lead(&self.queue);
                tokio::task::yield_now().await;
                let all = lead.0.take();
                // Others may lead now.
                std::mem::forget(lead);
                let (requests, answers): (Vec<_>, Vec<_>) =
                    all.into_iter().map(|one| (one.request, one.answer)).unzip();
                for (answer, found) in answers.into_iter().zip(self.send(&requests).await) {
                    // Whoever has asked may be gone.
                    let _ = answer.send(found);
                }
            }
            // Without an answer the one that led was dropped.
            if let Ok(found) = receiver.await {
                return found;
            }
        }
    }
}
