//! What was counted in a run, so that it can be seen that everything did happen.

use std::collections::BTreeMap;

/// Counts of one run or of many.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each counts what its name says")]
pub struct Census {
    pub runs: u64,
    pub happenings: u64,
    pub steps: u64,
    pub virtual_time: u64,
    pub requests: u64,
    pub accepted: u64,
    pub answers: u64,
    pub words: u64,
    pub looks: u64,
    pub cancelled: u64,
    pub events: u64,
    pub leases: u64,
    /// Tasks by how they ended.
    pub ends: BTreeMap<String, u64>,
    /// Requests that were refused, by reason.
    pub refused: BTreeMap<String, u64>,
    pub kills: u64,
    pub miner_kills: u64,
    /// Kills that took an end of the journal.
    pub torn: u64,
    pub lost_events: u64,
    pub unheard: u64,
    pub cuts: u64,
    pub jumps: u64,
    pub full_disks: u64,
    pub reorganisations: u64,
    pub expelled: u64,
    pub tampered: u64,
    pub echoes: u64,
    pub evidence: u64,
    pub audits: u64,
}

impl Census {
    /// Adds the counts of another run.
    pub fn add(&mut self, other: &Self) {
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

    fn numbers(&mut self) -> [&mut u64; 26] {
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
        ]
    }
}
