//! The queue of the thread that writes a journal: which turns it takes together, and how long it waits for them.

use std::{
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::turn::{Release, Turn};

/// A turn for which nobody waits is written after this long if none has come for which somebody does.
const LAZY: Duration = Duration::from_millis(5);
/// Under load, turns have this long to come together in one transaction. A sync of the disk serves all of them.
const GATHER: Duration = Duration::from_micros(400);

/// A turn, and what runs when it is durable.
pub(super) struct Queued {
    pub(super) turn: Turn,
    pub(super) releases: Vec<Release>,
}

#[derive(Default)]
struct State {
    waiting: Vec<Queued>,
    /// When the first of them came.
    since: Option<Instant>,
    /// Somebody waits for one of them.
    is_urgent: bool,
    /// The thread sleeps.
    is_asleep: bool,
    /// Nothing is added any more.
    is_closed: bool,
}

/// Turns that are not written yet.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

impl Queue {
    /// Adds a turn. False once the queue is closed.
    pub(super) fn push(&self, queued: Queued, is_urgent: bool) -> bool {
        let mut state = self.lock();
        if state.is_closed {
            return false;
        }
        let is_first = state.waiting.is_empty();
        if is_first {
            state.since = Some(Instant::now());
        }
        state.waiting.push(queued);
        state.is_urgent |= is_urgent;
        // The first one starts the clock of the lazy ones. The others change nothing for a thread that sleeps.
        self.wake(state, is_first || is_urgent);
        true
    }

    /// Nothing is added from now on, and what waits is taken at once.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        self.wake(state, true);
    }

    /// All turns that wait, in order, once one of them is urgent or has waited long enough; none after `idle` without one; `None` once the
    /// queue is closed and empty. Under load others are let come first.
    pub(super) fn take(&self, is_loaded: bool, idle: Option<Duration>) -> Option<Vec<Queued>> {
        let mut state = self.lock();
        let began = Instant::now();
        loop {
            let left = state.since.map(|since| LAZY.saturating_sub(since.elapsed()));
            if state.is_closed || state.is_urgent || left.is_some_and(|left| left.is_zero()) {
                break;
            }
            state.is_asleep = true;
            let idle = idle.map(|idle| idle.saturating_sub(began.elapsed()));
            if left.is_none() && idle.is_some_and(|idle| idle.is_zero()) {
                state.is_asleep = false;
                return Some(vec![]);
            }
            state = match left.or(idle) {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) => self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
            state.is_asleep = false;
        }
        if is_loaded && !state.is_closed {
            drop(state);
            thread::sleep(GATHER);
            state = self.lock();
        }
        (state.since, state.is_urgent) = (None, false);
        let taken = std::mem::take(&mut state.waiting);
        (!taken.is_empty() || !state.is_closed).then_some(taken)
    }

    /// Wakes the thread if it sleeps, after the lock is free for it.
    fn wake(&self, state: MutexGuard<'_, State>, wanted: bool) {
        let wanted = wanted && state.is_asleep;
        drop(state);
        if wanted {
            self.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Queue({} turns)", self.lock().waiting.len())
    }
}
