//! The snapshot itself: everything that a dashboard shows of one node, at one moment.

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use super::{
    court::CaseRow,
    event::EventRow,
    group::GroupRow,
    history::History,
    journal::JournalInfo,
    log::LogRow,
    money::Money,
    node::NodeRow,
    publisher::Publisher,
    stake::Stake,
    task::{TaskCounts, TaskRow},
};
use crate::{Untrusted, task::Millis};

/// Version of this document; it grows when a reader could misunderstand it.
pub const SCHEMA_VERSION: u32 = 2;

/// At most this many tasks that have ended are in a snapshot, the newest ones. Of the tasks that wait there are at most as many, those
/// that have waited longest. All that a miner holds are there.
pub const RECENT: usize = 200;

/// Everything a dashboard shows of one node, at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The document's version, see [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Grows with every change, so that a reader redraws only then.
    pub generation: u64,
    /// When it was taken.
    pub taken_at: Millis,
    /// The node that publishes it.
    pub node: NodeInfo,
    /// The chain as this node sees it.
    pub chain: ChainInfo,
    /// The network's nodes, heaviest first.
    pub nodes: Vec<NodeRow>,
    /// Tasks in figures.
    pub tasks: TaskCounts,
    /// Tasks that miners hold, tasks that wait, and tasks that have ended, newest first; see [`RECENT`].
    pub recent: Vec<TaskRow>,
    /// Disputes that are open, and those that were closed lately, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseRow>,
    /// A coordinator's journal, and the replicas that follow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<Box<JournalInfo>>,
    /// What is earned or spent, and what is owed; none of a node that is older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
    /// All CAI of a staker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stake: Option<Box<Stake>>,
    /// Several nodes, where a dashboard watches them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<GroupRow>,
    /// What happened lately, oldest first, at most [`super::MOST_EVENTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventRow>,
    /// The newest lines of the node's log, oldest first. Only a reader that asks for them gets them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogRow>,
    /// The figures of the last day. Only a reader that asks for it gets it, and only in the first document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<Box<History>>,
}

/// The publishing node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeInfo {
    /// What it is.
    pub role: Publisher,
    /// Its node address; a staker's own.
    pub address: Address,
    /// Its name on chain.
    pub name: Untrusted,
    /// Its program's version.
    pub version: String,
    /// When it started.
    pub started_at: Millis,
    /// True while it takes no new work.
    pub draining: bool,
    /// What keeps it from new work until somebody helps: a disk that is full, an engine that does not start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// A miner's reasons for not working for some coordinator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub complaints: Vec<Untrusted>,
}

/// The chain. Its time is [`ChainInfo::block_at`]: between two blocks it stands still, and on a network of one machine it need not
/// be the time of day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainInfo {
    /// Name of the network.
    pub network: String,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Newest block seen.
    pub block: u64,
    /// Timestamp of that block.
    pub block_at: Millis,
    /// Epoch of the stakes in force.
    pub epoch: u64,
    /// Length of an epoch in seconds; one ends when the chain's time is a multiple of it.
    pub epoch_seconds: u64,
    /// What is wrong with the connection, if anything.
    pub problem: Option<String>,
}

impl ChainInfo {
    /// Seconds of the epoch in force that had passed at the newest block; less than its length.
    pub fn into_epoch(&self) -> u64 {
        (self.block_at / 1_000).checked_rem(self.epoch_seconds).unwrap_or(0)
    }

    /// Seconds from the newest block's time to the next epoch.
    pub fn to_next_epoch(&self) -> u64 {
        self.epoch_seconds - self.into_epoch()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{Cai, contract::Role};

    /// A coordinator and the miner `wagtail`, without tasks.
    pub(in crate::status) fn snapshot() -> Snapshot {
        let node = NodeInfo {
            role: Publisher::Coordinator,
            address: Address::repeat_byte(1),
            name: "warbler".into(),
            version: "0.1.0".into(),
            started_at: 1_000,
            draining: false,
            problem: None,
            complaints: vec![],
        };
        let chain = ChainInfo {
            network: "test".into(),
            chain_id: 1,
            block: 1,
            block_at: 1_000,
            epoch: 1,
            epoch_seconds: 10,
            problem: None,
        };
        let miner = NodeRow {
            address: Address::repeat_byte(2),
            owner: Address::repeat_byte(3),
            name: "wagtail".into(),
            role: Role::Miner,
            active: true,
            self_stake: Cai::ZERO,
            weight: Cai::ZERO,
            share_ppm: 0,
            live: true,
            running: 0,
            done: 0,
            lost: 0,
            models: vec![],
            devices: vec![],
            audits: None,
            condition: None,
            quality: None,
            since: None,
            pay: None,
        };
        Snapshot {
            schema_version: SCHEMA_VERSION,
            generation: 1,
            taken_at: 2_000,
            node,
            chain,
            nodes: vec![miner],
            tasks: TaskCounts::default(),
            recent: vec![],
            cases: vec![],
            journal: None,
            money: None,
            stake: None,
            group: vec![],
            events: vec![],
            logs: vec![],
            history: None,
        }
    }

    #[test]
    fn a_snapshot_of_an_older_node_is_read() {
        let mut written = serde_json::to_value(snapshot()).expect("encodes");
        for gone in ["journal", "money", "stake", "group", "logs", "events", "history"] {
            assert!(written.get(gone).is_none(), "{gone} is there although it is empty");
        }
        let row = serde_json::json!({"id": format!("{:#x}", alloy::primitives::B256::ZERO), "model": "m", "state": "done", "attempt": 1,
            "miner": null, "accepted_at": 1, "first_token_at": null, "ended_at": 2, "completion_tokens": 3});
        written["recent"] = serde_json::json!([row]);
        let read: Snapshot = serde_json::from_value(written).expect("decodes");
        assert_eq!((read.recent[0].max_tokens, &read.recent[0].reason), (0, &None));
    }

    #[test]
    fn the_next_epoch_is_at_most_one_length_away() {
        let chain = |seconds: u64, epoch_seconds| ChainInfo {
            network: String::new(),
            chain_id: 1,
            block: 1,
            block_at: seconds * 1_000,
            epoch: 0,
            epoch_seconds,
            problem: None,
        };
        for (seconds, length, into, left) in
            [(600, 600, 0, 600), (601, 600, 1, 599), (1_199, 600, 599, 1), (5, 0, 0, 0)]
        {
            let chain = chain(seconds, length);
            assert_eq!((chain.into_epoch(), chain.to_next_epoch()), (into, left), "{seconds} of {length}");
        }
    }
}
