//! What waits to be sent over one link.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use cuckoo_protocol::wire::Body;
use tokio::sync::Notify;

/// Frames waiting to be sent before generation has to wait.
const BACKLOG: usize = 256;

/// Frames for one session. The link takes all of them at once and sends them in one write.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Mutex<Waiting>,
    filled: Notify,
    taken: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    frames: Vec<Body>,
    /// Nothing follows: the link may be closed.
    ended: bool,
}

impl Outbox {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a frame sent, with all that waits.
    pub(super) fn push(&self, frame: Body) {
        self.waiting().frames.push(frame);
        self.filled.notify_one();
    }

    /// Has a frame sent with the next one.
    pub(super) fn push_later(&self, frame: Body) {
        self.waiting().frames.push(frame);
    }

    /// Has the link closed once everything is sent.
    pub(super) fn end(&self) {
        self.waiting().ended = true;
        self.filled.notify_one();
    }

    /// Waits until not many frames wait.
    pub(super) async fn room(&self) {
        loop {
            let taken = self.taken.notified();
            if self.waiting().frames.len() < BACKLOG {
                return;
            }
            taken.await;
        }
    }

    /// Waits for frames and puts all of them into `frames`, which is empty. False if nothing is left to send, or ever will be.
    pub(super) async fn take(&self, frames: &mut Vec<Body>) -> bool {
        loop {
            {
                let mut waiting = self.waiting();
                mem::swap(&mut waiting.frames, frames);
                if frames.is_empty() && waiting.ended {
                    return false;
                }
            }
            if !frames.is_empty() {
                self.taken.notify_waiters();
                return true;
            }
            self.filled.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::wire::{Drain, Ping};
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn all_that_waits_is_taken_at_once_and_in_order() {
        let outbox = Outbox::default();
        let mut frames = vec![];
        outbox.push_later(Drain {}.into());
        outbox.push(Ping::default().into());
        outbox.end();
        assert!(outbox.take(&mut frames).await);
        assert_eq!(frames, [Body::Drain(Drain {}), Body::Ping(Ping::default())]);
        frames.clear();
        assert!(!outbox.take(&mut frames).await, "and then it ends");
    }

    #[tokio::test]
    async fn who_generates_waits_for_a_link_that_does_not_keep_up() {
        let outbox = Outbox::default();
        for _ in 0..BACKLOG {
            assert_eq!(outbox.room().now_or_never(), Some(()));
            outbox.push(Drain {}.into());
        }
        let mut room = Box::pin(outbox.room());
        assert_eq!(futures::poll!(&mut room), std::task::Poll::Pending);
        let mut frames = vec![];
        assert!(outbox.take(&mut frames).await);
        room.await;
        assert_eq!(frames.len(), BACKLOG);
    }
}
