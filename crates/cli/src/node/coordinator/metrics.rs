//! The metrics for Prometheus: counts and times as they happen, levels when it asks. Base units, and no rates.

use cuckoo_protocol::{
    contract::Role,
    status::Snapshot,
    task::{Millis, State, Task},
};
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

const TASKS: &str = "cuckoo_tasks_total";
const LEASES: &str = "cuckoo_leases_total";
const RETRIES: &str = "cuckoo_retries_total";
const TOKENS: &str = "cuckoo_tokens_total";
const FIRST_TOKEN: &str = "cuckoo_time_to_first_token_seconds";
const DURATION: &str = "cuckoo_task_duration_seconds";
const QUEUED: &str = "cuckoo_queued_tasks";
const RUNNING: &str = "cuckoo_running_tasks";
const MINERS: &str = "cuckoo_miners";
const BLOCK: &str = "cuckoo_chain_block";
const BLOCK_AGE: &str = "cuckoo_chain_block_age_seconds";
const CHAIN_OK: &str = "cuckoo_chain_readable";
const LOG: &str = "cuckoo_assignment_log_entries";
const JOURNAL: &str = "cuckoo_journal_events";
const ESCROW: &str = "cuckoo_escrow_cai";
const OWED: &str = "cuckoo_owed_cai";
const AUDITS: &str = "cuckoo_audits_total";
const SUSPENSIONS: &str = "cuckoo_suspensions_total";
const RESERVED: &str = "cuckoo_reserved_cai";

/// Upper bounds of the times, in seconds: from a cached answer to a long text on a busy machine.
const BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0];

/// Starts counting, once per process.
pub(super) fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)?
        .install_recorder()?;
    describe_counter!(TASKS, "Tasks that ended, by state");
    describe_counter!(LEASES, "Attempts given to miners");
    describe_counter!(RETRIES, "Attempts that miners lost");
    describe_counter!(TOKENS, "Tokens of delivered answers, by kind");
    describe_histogram!(FIRST_TOKEN, Unit::Seconds, "From acceptance to the first token");
    describe_histogram!(DURATION, Unit::Seconds, "From acceptance to the end of a delivered task");
    describe_counter!(AUDITS, "Tasks that were done again and compared, by result");
    describe_counter!(SUSPENSIONS, "Miners suspended because their answers stood alone against two that agreed");
    describe_gauge!(QUEUED, "Tasks that wait for a miner");
    describe_gauge!(RUNNING, "Tasks that a miner holds");
    describe_gauge!(MINERS, "Registered miners, by state");
    describe_gauge!(BLOCK, "Newest block seen");
    describe_gauge!(BLOCK_AGE, Unit::Seconds, "Age of the newest block seen");
    describe_gauge!(CHAIN_OK, "1 while the chain can be read");
    describe_gauge!(LOG, "Entries of the assignment log on disk");
    describe_gauge!(JOURNAL, "Events of the journal since its checkpoint");
    describe_gauge!(ESCROW, "Escrow as it was read last, rounded");
    describe_gauge!(OWED, "What all miners together were ever owed, rounded");
    describe_gauge!(RESERVED, "What the tasks that have not ended may cost, rounded");
    Ok(handle)
}

/// A miner was given a task.
pub(super) fn leased() {
    counter!(LEASES).increment(1);
}

/// A miner lost a task.
pub(super) fn lost() {
    counter!(RETRIES).increment(1);
}

/// An audit came to an end.
pub(super) fn audited(result: &'static str) {
    counter!(AUDITS, "result" => result).increment(1);
}

/// A miner is suspended.
pub(super) fn suspended() {
    counter!(SUSPENSIONS).increment(1);
}

/// A task has ended.
pub(super) fn ended(task: &Task, first_token_at: Option<Millis>, now: Millis) {
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

/// What the core knows for graphs.
#[derive(Clone, Copy, Debug)]
pub struct Levels {
    /// Entries of the assignment log on disk.
    pub log_entries: u64,
    /// Events since the journal's checkpoint.
    pub journal_events: u64,
    /// The escrow as it was read last, in base units.
    pub escrow: u128,
    /// What all miners together were ever owed, in base units.
    pub owed: u128,
    /// What the tasks that have not ended may cost, in base units.
    pub reserved: u128,
}

/// A graph's own precision: no amount is ever computed from it.
fn rounded(units: u128) -> f64 {
    units as f64 / 1e18
}

/// Everything, with the levels as they are now.
pub(super) fn render(handle: &PrometheusHandle, status: &Snapshot, levels: Levels) -> String {
    gauge!(QUEUED).set(status.tasks.queued as f64);
    gauge!(RUNNING).set(status.tasks.running as f64);
    let miners = || status.nodes.iter().filter(|node| node.role == Role::Miner);
    let count = |live: bool| miners().filter(|node| node.active && node.live == live).count() as f64;
    gauge!(MINERS, "state" => "connected").set(count(true));
    gauge!(MINERS, "state" => "away").set(count(false));
    gauge!(MINERS, "state" => "inactive").set(miners().filter(|node| !node.active).count() as f64);
    gauge!(BLOCK).set(status.chain.block as f64);
    gauge!(BLOCK_AGE).set(status.taken_at.saturating_sub(status.chain.block_at) as f64 / 1_000.0);
    gauge!(CHAIN_OK).set(f64::from(u8::from(status.chain.problem.is_none())));
    gauge!(LOG).set(levels.log_entries as f64);
    gauge!(JOURNAL).set(levels.journal_events as f64);
    gauge!(ESCROW).set(rounded(levels.escrow));
    gauge!(OWED).set(rounded(levels.owed));
    gauge!(RESERVED).set(rounded(levels.reserved));
    handle.run_upkeep();
    handle.render()
}
