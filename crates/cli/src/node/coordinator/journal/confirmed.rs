//! When a journal on a server was last seen to be this coordinator's. One that has not seen it for long, because it was frozen or its server
//! is away, may have been replaced: it takes nothing new until it knows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// How often it is looked at.
pub(super) const LOOK: Duration = Duration::from_secs(1);
/// After this long without a look that found it, it is in doubt.
const DOUBTFUL: Duration = Duration::from_secs(3);

/// The last time at which it was seen. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Confirmed {
    began: Instant,
    /// Milliseconds since then.
    at: Arc<AtomicU64>,
}

impl Confirmed {
    /// It was seen just now.
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), at: Arc::default() }
    }

    /// It is seen now.
    pub(super) fn note(&self) {
        let passed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.at.store(passed, Relaxed);
    }

    fn age(&self) -> Duration {
        self.began.elapsed().saturating_sub(Duration::from_millis(self.at.load(Relaxed)))
    }

    /// It is time to look at it again.
    pub(super) fn is_due(&self) -> bool {
        self.age() >= LOOK
    }

    /// It may be somebody else's by now.
    pub(super) fn is_doubtful(&self) -> bool {
        self.age() >= DOUBTFUL
    }
}
