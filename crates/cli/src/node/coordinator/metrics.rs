//! The metrics for Prometheus: counts and times as they happen, levels when it asks. Base units, and no rates.

use std::collections::BTreeSet;

use cuckoo_protocol::{
    contract::Role,
    coordinator::{self, Coordinator, Counts, Metric},
    status::Snapshot,
    task::{Millis, State, Task},
};
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusHandle};

use super::pulse::Pulse;
use crate::node::{self, court::figures, metrics::rounded};

const TASKS: &str = "cuckoo_tasks_total";
const LEASES: &str = "cuckoo_leases_total";
const RETRIES: &str = "cuckoo_retries_total";
const TOKENS: &str = "cuckoo_tokens_total";
const FIRST_TOKEN: &str = "cuckoo_time_to_first_token_seconds";
const DURATION: &str = "cuckoo_task_duration_seconds";
const QUEUED: &str = "cuckoo_queued_tasks";
const RUNNING: &str = "cuckoo_running_tasks";
const MINERS: &str = "cuckoo_miners";
const LOG: &str = "cuckoo_assignment_log_entries";
const JOURNAL: &str = "cuckoo_journal_events";
const ESCROW: &str = "cuckoo_escrow_cai";
const OWED: &str = "cuckoo_owed_cai";
const AUDITS: &str = "cuckoo_audits_total";
const SUSPENSIONS: &str = "cuckoo_suspensions_total";
const PENDING_AUDITS: &str = "cuckoo_pending_audits";
const HELD: &str = "cuckoo_held_cai";
const SUSPECTS: &str = "cuckoo_suspected_miners";
const EXAMINATIONS: &str = "cuckoo_examinations_total";
const UNCALIBRATED: &str = "cuckoo_uncalibrated_examinations_total";
const REFUSED: &str = "cuckoo_uncalibrated_miners";
const RESERVED: &str = "cuckoo_reserved_cai";
const BUSY: &str = "cuckoo_decisions_seconds_total";
const TURNS: &str = "cuckoo_turns_total";
const COMMITS: &str = "cuckoo_journal_commits_total";
const INPUTS: &str = "cuckoo_inputs_total";

/// Starts counting, once per process.
pub(super) fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = node::metrics::install()?;
    figures::describe();
    describe_counter!(TASKS, "Tasks that ended, by state");
    describe_counter!(LEASES, "Attempts given to miners");
    describe_counter!(RETRIES, "Attempts that miners lost");
    describe_counter!(TOKENS, "Tokens of delivered answers, by kind");
    describe_histogram!(FIRST_TOKEN, Unit::Seconds, "From acceptance to the first token");
    describe_histogram!(DURATION, Unit::Seconds, "From acceptance to the end of a delivered task");
    describe_counter!(AUDITS, "Audits that came to an end, by result");
    describe_counter!(SUSPENSIONS, "Miners suspended because audits have confirmed that they do not run what they say");
    describe_counter!(EXAMINATIONS, "Examinations with a result since the journal began");
    describe_counter!(
        UNCALIBRATED,
        "Examinations since the journal began that found nothing and could have found gross differences alone, because the pair of devices is not calibrated"
    );
    describe_gauge!(
        REFUSED,
        "Connected miners that get no tasks of a model because no calibration is for their devices (--uncalibrated refuse)"
    );
    describe_gauge!(PENDING_AUDITS, "Audits that have not ended, by whether their ticket is held");
    describe_gauge!(HELD, "What the tickets that wait for an audit will owe, rounded");
    describe_gauge!(SUSPECTS, "Miners that are suspected, and all of whose answers are examined");
    describe_gauge!(QUEUED, "Tasks that wait for a miner");
    describe_gauge!(RUNNING, "Tasks that a miner holds");
    describe_gauge!(MINERS, "Registered miners, by state");
    describe_gauge!(LOG, "Entries of the assignment log on disk");
    describe_gauge!(JOURNAL, "Events of the journal since its checkpoint");
    describe_gauge!(ESCROW, "Escrow as it was read last, rounded");
    describe_gauge!(OWED, "What all miners together were ever owed, rounded");
    describe_gauge!(BUSY, "Seconds that the thread which decides was busy, since the start");
    describe_counter!(TURNS, "Turns of the thread that decides");
    describe_counter!(COMMITS, "Syncs of the journal, each of all turns that had queued up");
    describe_counter!(INPUTS, "What these turns took in: requests, results, and other things that happened");
    describe_gauge!(RESERVED, "What the tasks that have not ended may cost, rounded");
    Ok(handle)
}

/// The figures of graphs that only the decisions know.
pub(super) struct Levels {
    money: coordinator::Levels,
    counts: Counts,
    /// Audits whose ticket is held, and those whose ticket is not.
    pending: [usize; 2],
    /// In base units.
    held: u128,
    suspected: usize,
    /// Miners that are refused because their devices are not calibrated.
    refused: usize,
    /// Cases that are wanted before the court.
    cases: usize,
}

impl Levels {
    pub(super) fn of(machine: &Coordinator) -> Self {
        let book = machine.audits();
        let holding = book.pending().filter(|audit| audit.holds).count();
        Self {
            money: machine.levels(),
            counts: book.counts(),
            pending: [holding, book.pending().count() - holding],
            held: machine.accounts().held().map(|(_, _, owed)| owed).fold(0, u128::saturating_add),
            suspected: book.miners().filter(|(_, record)| record.is_suspected()).count(),
            refused: machine.unmeasured().into_iter().map(|(miner, ..)| miner).collect::<BTreeSet<_>>().len(),
            cases: book.accusations().count(),
        }
    }
}

/// Counts what was decided at this time.
pub(super) fn count(metric: &Metric, now: Millis) {
    match metric {
        Metric::Leased => counter!(LEASES).increment(1),
        Metric::Lost => counter!(RETRIES).increment(1),
        Metric::Audited(result) => counter!(AUDITS, "result" => *result).increment(1),
        Metric::Suspended => counter!(SUSPENSIONS).increment(1),
        Metric::Ended { task, first_token_at } => ended(task, *first_token_at, now),
    }
}

/// A task has ended.
fn ended(task: &Task, first_token_at: Option<Millis>, now: Millis) {
    let since = |later: Millis| later.saturating_sub(task.spec.accepted_at) as f64 / 1_000.0;
    counter!(TASKS, "state" => task.state.name()).increment(1);
    if let State::Done { outcome, .. } = &task.state {
        counter!(TOKENS, "kind" => "prompt").increment(outcome.prompt_tokens.into());
        counter!(TOKENS, "kind" => "completion").increment(outcome.completion_tokens.into());
        histogram!(DURATION).record(since(now));
        if let Some(at) = first_token_at {
            histogram!(FIRST_TOKEN).record(since(at));
        }
    }
}

/// Everything, with the levels as they are now. The assignment log has this many entries on disk.
pub(super) fn render(
    handle: &PrometheusHandle,
    status: &Snapshot,
    levels: &Levels,
    pulse: &Pulse,
    log_entries: u64,
) -> String {
    gauge!(QUEUED).set(status.tasks.queued as f64);
    gauge!(RUNNING).set(status.tasks.running as f64);
    let miners = || status.nodes.iter().filter(|node| node.role == Role::Miner);
    let count = |live: bool| miners().filter(|node| node.active && node.live == live).count() as f64;
    gauge!(MINERS, "state" => "connected").set(count(true));
    gauge!(MINERS, "state" => "away").set(count(false));
    gauge!(MINERS, "state" => "inactive").set(miners().filter(|node| !node.active).count() as f64);
    node::metrics::set_chain(status);
    gauge!(LOG).set(log_entries as f64);
    gauge!(JOURNAL).set(pulse.journal_events() as f64);
    let (turns, inputs, busy) = pulse.turns();
    gauge!(BUSY).set(busy.as_secs_f64());
    counter!(COMMITS).absolute(pulse.journal_commits());
    counter!(TURNS).absolute(turns);
    counter!(INPUTS).absolute(inputs);
    gauge!(ESCROW).set(rounded(levels.money.escrow));
    gauge!(OWED).set(rounded(levels.money.owed));
    gauge!(RESERVED).set(rounded(levels.money.reserved));
    gauge!(PENDING_AUDITS, "ticket" => "held").set(levels.pending[0] as f64);
    gauge!(PENDING_AUDITS, "ticket" => "open").set(levels.pending[1] as f64);
    gauge!(HELD).set(rounded(levels.held));
    gauge!(SUSPECTS).set(levels.suspected as f64);
    gauge!(REFUSED).set(levels.refused as f64);
    figures::set_wanted(levels.cases);
    counter!(EXAMINATIONS).absolute(levels.counts.examined);
    counter!(UNCALIBRATED).absolute(levels.counts.uncalibrated);
    handle.run_upkeep();
    handle.render()
}
