//! Work of a node before the court that takes its time, and what it has come to: judging a case, and handing in evidence.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use alloy::primitives::{Address, B256};
use cuckoo_protocol::court::{Step, View};
use tokio::task::{AbortHandle, JoinSet};

use super::gather::{Gathered, Known};

/// Which bundles have been handed in where, by receipt and coordinator.
pub type HandedIn = BTreeSet<(B256, Address)>;

/// Between two attempts at the same work there is this part of an epoch.
const PAUSES: u32 = 32;
/// But at least and at most this long.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Work that takes its time, and what it has come to so far.
#[derive(Default)]
pub struct Work {
    running: JoinSet<(Job, Outcome)>,
    jobs: BTreeMap<Job, AbortHandle>,
    /// When the same work may be tried again.
    not_before: BTreeMap<Job, Instant>,
    known: BTreeMap<B256, Known>,
    handed_in: BTreeMap<B256, HandedIn>,
}

/// A piece of work on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Job {
    /// Examine its answers for a draw.
    Judge {
        /// The case.
        case: B256,
        /// The number of the draw.
        round: u64,
    },
    /// Hand in what this node has of its evidence.
    Publish {
        /// The case.
        case: B256,
        /// How often the case was opened.
        attempt: u64,
    },
}

impl Job {
    const fn case(self) -> B256 {
        match self {
            Self::Judge { case, .. } | Self::Publish { case, .. } => case,
        }
    }
}

/// What a piece of work has come to.
#[derive(Debug)]
pub enum Outcome {
    /// A case was judged, or cannot be judged yet.
    Judged(Gathered),
    /// Bundles were handed in.
    Published {
        /// Those that some board has taken now.
        handed_in: HandedIn,
        /// Whether it is worth trying again.
        again: bool,
    },
}

impl Work {
    /// The next piece of work that has come to its end; pending while none runs.
    pub async fn done(&mut self) -> (Job, Outcome) {
        loop {
            match self.running.join_next().await {
                Some(Ok((job, outcome))) => {
                    self.jobs.remove(&job);
                    return (job, outcome);
                }
                // One that was stopped has nothing to say, and one that panicked is started again at a later block.
                Some(Err(_)) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// What is known of a case's answers so far.
    pub fn known(&mut self, case: B256) -> Known {
        self.known.entry(case).or_default().clone()
    }

    /// What was handed in for a case so far.
    pub fn handed_in(&mut self, case: B256) -> &mut HandedIn {
        self.handed_in.entry(case).or_default()
    }

    /// Whether a piece of work can start: it neither runs nor was tried just now.
    pub fn is_due(&self, job: Job) -> bool {
        let is_early = self.not_before.get(&job).is_some_and(|at| Instant::now() < *at);
        !is_early && self.jobs.get(&job).is_none_or(|running| running.is_finished())
    }

    /// Starts a piece of work, unless it runs or was tried just now. Returns whether it has started.
    pub fn start(&mut self, job: Job, view: &View, work: impl Future<Output = Outcome> + Send + 'static) -> bool {
        if !self.is_due(job) {
            return false;
        }
        let now = Instant::now();
        let pause = Duration::from_secs(view.rules.epoch_seconds) / PAUSES;
        self.not_before.insert(job, now + pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE));
        let running = self.running.spawn(async move { (job, work.await) });
        self.jobs.insert(job, running);
        true
    }

    /// Forgets what belongs to cases that are gone, and stops judging where nobody waits for it.
    pub fn keep(&mut self, view: &View, steps: &[Step]) {
        let has = |case: &B256| view.case(*case).is_some();
        let is_wanted = |job: &Job| match *job {
            Job::Judge { case, round } => steps
                .iter()
                .any(|step| matches!(step, Step::Gather { case: of, round: at, .. } if (*of, *at) == (case, round))),
            Job::Publish { case, .. } => has(&case),
        };
        self.jobs.retain(|job, running| {
            let keep = is_wanted(job);
            if !keep {
                running.abort();
            }
            keep && !running.is_finished()
        });
        self.not_before.retain(|job, _| has(&job.case()));
        self.known.retain(|case, _| has(case));
        self.handed_in.retain(|case, _| has(case));
    }
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::{
        audit::Judgement,
        court::{Rules, Standing},
    };

    use super::*;

    const JOB: Job = Job::Judge { case: B256::repeat_byte(7), round: 1 };

    /// A view of a court before which nothing is.
    fn view() -> View {
        let rules = Rules { epoch_seconds: 3_600, seats: 3, validity: 9, window: 60 };
        let standing = Standing::default();
        View { block: 1, block_hash: B256::ZERO, now: 1, rules, standing, records: vec![], cases: vec![] }
    }

    fn judged() -> Outcome {
        Outcome::Judged(Gathered { judgement: Judgement::Innocent, why: String::new() })
    }

    #[tokio::test]
    async fn the_same_work_does_not_run_twice_at_once_nor_again_and_again() {
        let (mut work, view) = (Work::default(), view());
        assert!(work.start(JOB, &view, std::future::pending()));
        assert!(!work.start(JOB, &view, async { judged() }), "it runs");
        work.keep(&view, &[]);
        assert!(work.jobs.is_empty() && work.not_before.is_empty(), "nobody waits for it");
        assert!(work.start(JOB, &view, async { judged() }));
        let (job, _) = work.done().await;
        assert_eq!(job, JOB);
        assert!(!work.start(JOB, &view, async { judged() }), "it was tried just now");
    }

    #[tokio::test]
    async fn work_that_panics_can_be_tried_again() {
        let (mut work, view) = (Work::default(), view());
        assert!(work.start(JOB, &view, async { panic!("on purpose") }));
        let other = Job::Publish { case: B256::ZERO, attempt: 1 };
        assert!(work.start(other, &view, async { judged() }));
        assert_eq!(work.done().await.0, other);
        while !work.jobs[&JOB].is_finished() {
            tokio::task::yield_now().await;
        }
        work.not_before.clear();
        assert!(work.start(JOB, &view, async { judged() }));
        assert_eq!(work.done().await.0, JOB);
    }
}
