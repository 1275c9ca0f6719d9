//! What is going to happen, in the order of its time.

use std::collections::BTreeMap;

/// Microseconds of virtual time since the beginning of a run.
pub(crate) type Micros = u64;

/// One millisecond.
pub(crate) const MS: Micros = 1_000;
/// One second.
pub(crate) const SECOND: Micros = 1_000_000;

/// Events in order of time; those of the same time in the order in which they were put in.
pub(crate) struct Queue<T> {
    events: BTreeMap<(Micros, u64), T>,
    sequence: u64,
    now: Micros,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { events: BTreeMap::new(), sequence: 0, now: 0 }
    }
}

impl<T> Queue<T> {
    /// The time of the event that was taken out last.
    pub(crate) const fn now(&self) -> Micros {
        self.now
    }

    /// Puts an event in, `after` the present.
    pub(crate) fn after(&mut self, after: Micros, event: T) {
        self.at(self.now + after, event);
    }

    /// Puts an event in for a time, or for the present if that is over.
    pub(crate) fn at(&mut self, time: Micros, event: T) {
        self.sequence += 1;
        self.events.insert((time.max(self.now), self.sequence), event);
    }

    /// The next event; the time becomes its time.
    pub(crate) fn next(&mut self) -> Option<T> {
        let ((time, _), event) = self.events.pop_first()?;
        self.now = time;
        Some(event)
    }
}
