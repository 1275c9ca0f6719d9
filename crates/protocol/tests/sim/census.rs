//! What was counted in a run, so that it can be seen that everything did happen.

use std::collections::BTreeMap;

use cuckoo_protocol::coordinator::Effect;

use super::kinds;

/// So many tasks show what is common, and so many what is rare.
const MANY: u64 = 10_000;
const VERY_MANY: u64 = 1_000_000;

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
    /// Clocks that were set by an hour, forward or back.
    pub(crate) hours: u64,
    /// Requests at other replicas that waited again, and those that could not go on from what they had.
    pub(crate) returns: u64,
    pub(crate) differences: u64,
    /// Offers that came twice.
    pub(crate) stutters: u64,
    /// What the coordinator's machine took in and wanted done, by its kind.
    pub(crate) inputs: BTreeMap<&'static str, u64>,
    pub(crate) effects: BTreeMap<&'static str, u64>,
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

    /// What runs of so many tasks are for and has not happened: enough kills and lost ends of the journal, and where there are very many,
    /// every input and effect.
    pub(crate) fn missing(&self) -> Vec<String> {
        let tasks = self.tasks();
        let figures = [
            ("kills", self.kills, tasks / 100),
            ("lost ends of the journal", self.torn, tasks / 2_000),
            ("clocks set by an hour", self.hours, tasks / 4_000),
            ("requests that waited again", self.returns, tasks / 1_000),
            ("offers that came twice", self.stutters, tasks / 1_000),
        ];
        let few = figures.into_iter().filter(|(_, found, least)| tasks >= MANY && found < least);
        let few = few.map(|(what, found, least)| format!("{found} of {least} {what}"));
        let inputs = kinds::INPUTS.iter().filter(|kind| !self.inputs.contains_key(**kind));
        let effects = kinds::EFFECTS.iter().filter(|kind| !self.effects.contains_key(**kind));
        let none = inputs.chain(effects).filter(|_| tasks >= VERY_MANY).map(|kind| format!("no {kind}"));
        few.chain(none).collect()
    }

    /// Counts what a step wants done.
    pub(crate) fn count(&mut self, effects: &[Effect]) {
        for effect in effects {
            *self.effects.entry(kinds::effect(effect)).or_default() += 1;
        }
    }

    /// Adds the counts of another run.
    pub(crate) fn add(&mut self, other: &Self) {
        for (mine, more) in self.numbers().into_iter().zip(other.clone().numbers()) {
            *mine += *more;
        }
        for (key, count) in &other.ends {
            *self.ends.entry(key.clone()).or_default() += count;
        }
        for (mine, more) in [(&mut self.inputs, &other.inputs), (&mut self.effects, &other.effects)] {
            more.iter().for_each(|(kind, count)| *mine.entry(kind).or_default() += count);
        }
        for (key, count) in &other.refused {
            *self.refused.entry(key.clone()).or_default() += count;
        }
    }

    fn numbers(&mut self) -> [&mut u64; 35] {
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
            hours,
            returns,
            differences,
            stutters,
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
            hours,
            returns,
            differences,
            stutters,
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
