//! The metrics for Prometheus that every node has: how it starts to count, the chain, and how amounts are drawn.

use cuckoo_protocol::status::Snapshot;
use metrics::{Unit, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use super::evidence::GONE_EARLY;

const BLOCK: &str = "cuckoo_chain_block";
const BLOCK_AGE: &str = "cuckoo_chain_block_age_seconds";
const CHAIN_OK: &str = "cuckoo_chain_readable";

/// The type of an answer with metrics.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Upper bounds of the times, in seconds: from a cached answer to a long text on a busy machine.
const BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0];

/// Starts counting, once per process.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)?
        .install_recorder()?;
    describe_gauge!(BLOCK, "Newest block seen");
    describe_gauge!(BLOCK_AGE, Unit::Seconds, "Age of the newest block seen");
    describe_gauge!(CHAIN_OK, "1 while the chain can be read");
    describe_counter!(
        GONE_EARLY,
        "Bundles of evidence that went to make room although their receipts could still be disputed: --evidence-size is too small"
    );
    Ok(handle)
}

/// The chain, as a node's status has it.
pub fn set_chain(status: &Snapshot) {
    gauge!(BLOCK).set(status.chain.block as f64);
    gauge!(BLOCK_AGE).set(status.taken_at.saturating_sub(status.chain.block_at) as f64 / 1_000.0);
    gauge!(CHAIN_OK).set(f64::from(u8::from(status.chain.problem.is_none())));
}

/// Base units as a graph draws them, in CAI: no amount is ever computed from it.
pub fn rounded(units: u128) -> f64 {
    units as f64 / 1e18
}
