//! How late tokens come while the coordinator follows a chain with many nodes.

use std::{thread::sleep, time::Duration};

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    contenders::{Contender, Cost},
    crowd::{self, Crowd},
    engine::{Engine, Pace},
    load::{Lateness, Load},
    network::{Devnet, kill},
    report::Table,
};

/// Streams through the coordinator, and as many to the engine without it.
const STREAMS: usize = 10;
const PACE: Duration = Duration::from_millis(20);
/// At least this long, so that an epoch of the network begins twice: it has ten seconds.
const EPOCHS: Duration = Duration::from_secs(21);
/// The coordinator's figure of miners that are registered and not connected.
const AWAY: &str = "cuckoo_miners{state=\"away\"}";
/// Time in which a coordinator reads all nodes.
const START: Duration = Duration::from_secs(300);

/// Tokens with few nodes on the chain, and with many.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Snapshots {
    /// Nodes that were added.
    nodes: u64,
    seconds: f64,
    few: Relayed,
    many: Relayed,
}

#[derive(Clone, Debug, Serialize)]
struct Relayed {
    through_the_gateway: Lateness,
    /// At the same time without it: what the machine and the load add.
    direct: Lateness,
    cost: Cost,
}

pub(crate) async fn measure(contender: &Contender, engine: &Engine, during: Duration) -> Option<Snapshots> {
    let devnet = contender.network()?;
    Load::new(contender.port).until_ready().await;
    engine.set(Pace { token: PACE, is_stamped: true });
    let during = during.max(EPOCHS);
    let few = relay(contender, engine, during).await;
    follow_a_crowd(devnet);
    // The first answer that is good has been through the new process.
    Load::new(contender.port).until_ready_within(START).await;
    let known = contender.metrics().await.get(AWAY).copied().unwrap_or_default();
    assert!(known >= crowd::NODES as f64, "the coordinator knows {known} miners that are not connected");
    let many = relay(contender, engine, during).await;
    engine.set(Pace::default());
    Some(Snapshots { nodes: crowd::NODES, seconds: during.as_secs_f64(), few, many })
}

async fn relay(contender: &Contender, engine: &Engine, during: Duration) -> Relayed {
    let (gateway, direct) = (Load::new(contender.port), Load::new(engine.port));
    let both = async { tokio::join!(gateway.relay(STREAMS, during), direct.relay(STREAMS, during)) };
    let ((through_the_gateway, direct), cost) = contender.cost_of(both).await;
    Relayed { through_the_gateway, direct, cost }
}

/// Starts the coordinator again, on a chain that has many nodes more. Its miners stay where they are.
fn follow_a_crowd(devnet: &Devnet) {
    let path = devnet.data().join("network.json");
    let text = std::fs::read_to_string(&path).expect("a description");
    let mut network: Value = serde_json::from_str(&text).expect("JSON");
    network["rpc_urls"] = json!([Crowd::serve(&network)]);
    std::fs::write(&path, network.to_string()).expect("written");
    let before = devnet.process("role", "coordinator");
    kill(before, "KILL");
    while devnet.process("role", "coordinator") == before {
        sleep(Duration::from_millis(50));
    }
}

impl Snapshots {
    pub(crate) fn rows(&self, name: &str, table: &mut Table) {
        for (nodes, relayed) in [("few nodes".to_owned(), &self.few), (format!("{} more", self.nodes), &self.many)] {
            let (through, direct) = (&relayed.through_the_gateway, &relayed.direct);
            let turns = relayed.cost.counters.get("cuckoo_decisions_seconds_total");
            table.row(
                &format!("{name}, {nodes}"),
                &[
                    (through.tokens as f64, 0),
                    (through.failed as f64, 0),
                    (through.p50_ms, 2),
                    (through.p99_ms, 2),
                    (through.max_ms, 1),
                    (direct.p50_ms, 2),
                    (direct.p99_ms, 2),
                    (direct.max_ms, 1),
                    (relayed.cost.gateway.cpu_us / 1e4 / self.seconds, 1),
                    (turns.map_or(f64::NAN, |seconds| seconds * 1e2 / self.seconds), 2),
                ],
            );
        }
    }
}
