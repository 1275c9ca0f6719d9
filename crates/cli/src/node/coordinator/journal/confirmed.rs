//! When a journal on a server was last seen to be this coordinator's. One that has not seen it for long, because it was frozen or its server
//! is away, may have been replaced: it takes nothing new until it knows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use super::error::{Failure, Lost};

/// How long a server may be away before the coordinator ends.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
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
    /// Another one has it.
    is_lost: Arc<AtomicBool>,
}

impl Confirmed {
    /// It was seen just now.
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), at: Arc::default(), is_lost: Arc::default() }
    }

    /// It is seen now.
    pub(super) fn note(&self) {
        let passed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.at.store(passed, Relaxed);
    }

    /// Another one has it, for good.
    pub(super) fn lose(&self) {
        self.is_lost.store(true, Relaxed);
    }

    fn age(&self) -> Duration {
        self.began.elapsed().saturating_sub(Duration::from_millis(self.at.load(Relaxed)))
    }

    /// It may be somebody else's by now.
    pub(super) fn is_doubtful(&self) -> bool {
        self.is_lost.load(Relaxed) || self.age() >= DOUBTFUL
    }

    /// An error where there is nothing left to wait for.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match (self.is_lost.load(Relaxed), self.age() > PATIENCE) {
            (true, _) => Err(Lost.into()),
            (false, true) => Err(format!("its server has not answered for {} s", PATIENCE.as_secs()).into()),
            (false, false) => Ok(()),
        }
    }
}
