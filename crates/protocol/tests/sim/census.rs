//! What was counted in a run, so that it can be seen that everything did happen.

use std::collections::BTreeMap;

/// Counts of one run or of many.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census {
    pub(crate) runs: u64,
    pub(crate) happenings: u64,
    pub(crate) steps: u64,
    pub(crate) virtual_time: u64,
    pub(crate) requests: u64,
    pub(crate) accepted: u64,
    pub(crate) answers: u64,
    pub(crate) words: u64,
    pub(crate) looks: u64,
    pub(crate) cancelled: u64,
    pub(crate) events: u64,
    pub(crate) leases: u64,
    /// Tasks by how they ended.
    pub(crate) ends: BTreeMap<String, u64>,
    /// Requests that were refused, by reason.
    pub(crate) refused: BTreeMap<String, u64>,
    pub(crate) kills: u64,
    pub(crate) miner_kills: u64,
    /// Kills that took an end of the journal.
    pub(crate) torn: u64,
    pub(crate) lost_events: u64,
    pub(crate) unheard: u64,
    pub(crate) cuts: u64,
    pub(crate) jumps: u64,
    pub(crate) full_disks: u64,
    pub(crate) reorganisations: u64,
    pub(crate) expelled: u64,
    pub(crate) tampered: u64,
    pub(crate) echoes: u64,
    pub(crate) evidence: u64,
    pub(crate) audits: u64,
    /// Answers that the coordinator's own auditor examined, and examinations with a result by anybody.
    pub(crate) examined: u64,
    pub(crate) miners_examined: u64,
    pub(crate) confirmed: u64,
    pub(crate) acquitted: u64,
    pub(crate) overdue: u64,
}

impl Census {
    /// Tasks that were accepted and came to an end.
    pub(crate) fn tasks(&self) -> u64 {
        self.ends.values().sum()
    }

    /// Adds the counts of another run.
    pub(crate) fn add(&mut self, other: &Self) {
        for (mine, more) in self.numbers().into_iter().zip(other.clone().numbers()) {
            *mine += *more;
        }
        for (key, count) in &other.ends {
            *self.ends.entry(key.clone()).or_default() += count;
        }
        for (key, count) in &other.refused {
            *self.refused.entry(key.clone()).or_default() += count;
        }
    }

    fn numbers(&mut self) -> [&mut u64; 31] {
        let Self {
            runs,
            happenings,
            steps,
            virtual_time,
            requests,
            accepted,
            answers,
            words,
            looks,
            cancelled,
            events,
            leases,
            kills,
            miner_kills,
            torn,
            lost_events,
            unheard,
            cuts,
            jumps,
            full_disks,
            reorganisations,
            expelled,
            tampered,
            echoes,
            evidence,
            audits,
            examined,
            miners_examined,
            confirmed,
            acquitted,
            overdue,
            ..
        } = self;
        [
            runs,
            happenings,
            steps,
            virtual_time,
            requests,
            accepted,
            answers,
            words,
            looks,
            cancelled,
            events,
            leases,
            kills,
            miner_kills,
            torn,
            lost_events,
            unheard,
            cuts,
            jumps,
            full_disks,
            reorganisations,
            expelled,
            tampered,
            echoes,
            evidence,
            audits,
            examined,
            miners_examined,
            confirmed,
            acquitted,
            overdue,
        ]
    }
}
