//! A miner's metrics for Prometheus: its tasks, beside what every node has.

use cuckoo_protocol::status::Snapshot;
use metrics::{counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{BuildError, PrometheusHandle};

use crate::node::{self, court::figures};

const TASKS: &str = "cuckoo_tasks_total";
const RUNNING: &str = "cuckoo_running_tasks";

/// Starts counting, once per process.
pub(super) fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = node::metrics::install()?;
    figures::describe();
    describe_counter!(TASKS, "Tasks that ended here since the start, by state");
    describe_gauge!(RUNNING, "Tasks that run here");
    Ok(handle)
}

/// Everything, with the levels as they are now.
pub(super) fn render(handle: &PrometheusHandle, status: &Snapshot) -> String {
    node::metrics::set_chain(status);
    gauge!(RUNNING).set(status.tasks.running as f64);
    counter!(TASKS, "state" => "done").absolute(status.tasks.done);
    counter!(TASKS, "state" => "failed").absolute(status.tasks.failed);
    handle.run_upkeep();
    handle.render()
}
