//! Requests that wait for others, so that they travel together.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, value::RawValue};
use tokio::sync::oneshot;

use super::answer::Failure;

/// A method and its parameters.
pub(super) type Request = (&'static str, Value);

/// A request that waits for company.
pub(super) struct Waiting {
    pub(super) request: Request,
    pub(super) answer: oneshot::Sender<Result<Box<RawValue>, Failure>>,
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
    pub(super) fn lock(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take(&self) -> Vec<Waiting> {
        std::mem::take(&mut *self.lock())
    }
}

/// The first one takes everybody along, or, where it is dropped before, lets them go on their own.
pub(super) struct Lead<'a>(pub(super) &'a Queue);

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        self.0.take();
    }
}
