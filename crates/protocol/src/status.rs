//! The snapshot that a node publishes on its loopback listener and that the dashboard shows.

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use crate::{
    Cai, Untrusted,
    contract::Role,
    task::{Kind, Millis, Stage, TaskId},
};

/// Version of this document; it grows when a reader could misunderstand it.
pub const SCHEMA_VERSION: u32 = 2;

/// At most this many tasks are in a snapshot, the newest ones.
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
    /// Live and recent tasks, newest first, at most 200.
    pub recent: Vec<TaskRow>,
    /// Disputes that are open, and those that were closed lately, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseRow>,
}

/// A dispute before the court.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseRow {
    /// Its id.
    pub id: B256,
    /// The miner that is accused.
    pub accused: Address,
    /// The publishing node's part in it.
    pub part: CasePart,
    /// What it waits for, or how it ended.
    pub stage: CaseStage,
    /// When the stage ends; none where it waits for somebody, and of one that is closed.
    pub until: Option<Millis>,
    /// What a verdict took from everybody with stake behind the accused.
    #[serde(default)]
    pub taken: Cai,
}

/// A node's part in a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CasePart {
    /// It is the accused.
    Accused,
    /// It is a challenger.
    Challenger,
    /// It has seats in the present draw, or has voted.
    Juror,
    /// None, or one that this version does not know.
    #[serde(other)]
    Observer,
}

impl CasePart {
    /// The part in words; none of a node that has no part.
    pub const fn words(self) -> Option<&'static str> {
        match self {
            Self::Accused => Some("this node is accused"),
            Self::Challenger => Some("this node is a challenger"),
            Self::Juror => Some("this node is a juror"),
            Self::Observer => None,
        }
    }
}

/// What a dispute waits for, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStage {
    /// The epoch of the draw has not come.
    Drawing,
    /// Jurors commit to votes.
    Committing,
    /// Jurors reveal their votes.
    Revealing,
    /// The votes can be counted.
    Counting,
    /// The jury found the accused guilty.
    Guilty,
    /// The jury found the accused innocent.
    Innocent,
    /// There was no verdict.
    Void,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

impl CaseStage {
    /// True once the case is closed.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Guilty | Self::Innocent | Self::Void)
    }

    /// The stage in words that follow the name of the accused.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Drawing => "its jury is not drawn yet",
            Self::Committing => "its jurors commit to votes",
            Self::Revealing => "its jurors reveal their votes",
            Self::Counting => "its votes can be counted",
            Self::Guilty => "guilty",
            Self::Innocent => "innocent",
            Self::Void => "no verdict",
            Self::Unknown => "of a stage that this version does not know",
        }
    }
}

/// The publishing node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeInfo {
    /// What it is.
    pub role: Role,
    /// Its node address.
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

/// A registered node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeRow {
    /// Its node address.
    pub address: Address,
    /// Its owner.
    pub owner: Address,
    /// Its name on chain.
    pub name: Untrusted,
    /// What it is.
    pub role: Role,
    /// False below its minimum or removed.
    pub active: bool,
    /// Its owner's own stake behind it.
    pub self_stake: Cai,
    /// Own stake + votes, as of the newest block.
    pub weight: Cai,
    /// Its share of its role's weight in the epoch in force, in millionths.
    pub share_ppm: u32,
    /// True while it has a session with the publishing node.
    pub live: bool,
    /// Tasks it holds for the publishing node.
    pub running: u32,
    /// Tasks it has done for the publishing node since this started.
    pub done: u64,
    /// Tasks it has lost since then.
    pub lost: u64,
    /// Models that it offers.
    pub models: Vec<ModelRow>,
    /// Its devices, as it reports them.
    pub devices: Vec<DeviceRow>,
    /// What a coordinator's audits say of it, where it audits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audits: Option<NodeAudits>,
}

/// What a coordinator's audits say of a miner.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeAudits {
    /// `good`, `suspected` or `confirmed`.
    pub state: String,
    /// Examinations of its answers.
    pub examined: u64,
    /// Audits of its answers that have not ended.
    pub pending: u64,
    /// What its tickets that wait for an audit will owe.
    pub held: Cai,
}

/// What the publishing node knows of a node apart from the chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activity {
    /// It has a session with the publishing node, or is that node.
    pub live: bool,
    /// Tasks that it holds.
    pub running: u32,
    /// Tasks that it has done.
    pub done: u64,
    /// Tasks that it has lost.
    pub lost: u64,
    /// Models that it offers.
    pub models: Vec<ModelRow>,
    /// Its devices.
    pub devices: Vec<DeviceRow>,
    /// What audits say of it.
    pub audits: Option<NodeAudits>,
}

/// A model offered by a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelRow {
    /// Its name.
    pub name: Untrusted,
    /// What it makes.
    #[serde(default)]
    pub kind: Kind,
    /// Tasks that it would accept now.
    pub free: u32,
    /// Tasks that it can run at once.
    pub capacity: u32,
}

/// A device of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// Its name, such as `NVIDIA H100 80GB HBM3`.
    pub name: Untrusted,
    /// What drives it.
    pub kind: DeviceKind,
    /// How busy it is, from 0 to 100.
    pub utilisation_percent: Option<u32>,
    /// Memory that is taken, in bytes.
    pub memory_used: Option<u64>,
    /// Memory that it has, in bytes.
    pub memory_total: Option<u64>,
    /// Its temperature in degrees Celsius.
    pub temperature_celsius: Option<u32>,
    /// The power that it draws, in milliwatts.
    pub power_milliwatts: Option<u32>,
    /// What its operator should know, in words: that heat slows it down, that its memory fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Untrusted>,
}

/// What drives a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// NVIDIA.
    Cuda,
    /// AMD.
    Rocm,
    /// Apple.
    Metal,
    /// No accelerator.
    Cpu,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

impl DeviceKind {
    /// The word in frames and snapshots.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cuda => "cuda",
            Self::Rocm => "rocm",
            Self::Metal => "metal",
            Self::Cpu => "cpu",
            Self::Unknown => "unknown",
        }
    }

    /// The kind that a frame's word stands for.
    pub fn parse(word: &str) -> Self {
        let known = [Self::Cuda, Self::Rocm, Self::Metal, Self::Cpu];
        known.into_iter().find(|kind| kind.as_str() == word).unwrap_or(Self::Unknown)
    }
}

/// Tasks in figures, since the node started unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCounts {
    /// Tasks that wait now.
    pub queued: u64,
    /// Tasks that are leased or running now.
    pub running: u64,
    /// Tasks that were delivered.
    pub done: u64,
    /// Tasks that failed or expired.
    pub failed: u64,
    /// Tasks that applications took back.
    pub cancelled: u64,
    /// Tokens that were generated.
    pub completion_tokens: u64,
}

/// One task. No prompts and no completions: they do not belong on a screen that others may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRow {
    /// The task's identity.
    pub id: TaskId,
    /// The model's name.
    pub model: Untrusted,
    /// Where the task stands.
    pub state: Stage,
    /// The number of the newest attempt.
    pub attempt: u32,
    /// The miner that holds or has done it.
    pub miner: Option<Address>,
    /// When it was accepted.
    pub accepted_at: Millis,
    /// When the first token arrived.
    pub first_token_at: Option<Millis>,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// Tokens generated so far.
    pub completion_tokens: u32,
}

/// Problems of one device that are shown at most; a stranger sends them.
const MAX_PROBLEMS: usize = 4;

impl From<crate::wire::Device> for DeviceRow {
    fn from(device: crate::wire::Device) -> Self {
        Self {
            name: Untrusted::from(device.name),
            kind: DeviceKind::parse(&device.kind),
            utilisation_percent: device.utilisation_percent,
            memory_used: device.memory_used,
            memory_total: device.memory_total,
            temperature_celsius: device.temperature_celsius,
            power_milliwatts: device.power_milliwatts,
            problems: device.problems.into_iter().take(MAX_PROBLEMS).map(Untrusted::from).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn cases_of_newer_nodes_can_be_read() {
        let case = CaseRow {
            id: B256::repeat_byte(1),
            accused: Address::repeat_byte(2),
            part: CasePart::Juror,
            stage: CaseStage::Revealing,
            until: Some(9_000),
            taken: Cai::ZERO,
        };
        let mut written = serde_json::to_value(&case).expect("encodes");
        assert_eq!((&written["part"], &written["stage"]), (&"juror".into(), &"revealing".into()));
        assert_eq!(serde_json::from_value::<CaseRow>(written.clone()).expect("decodes"), case);
        written["part"] = "witness".into();
        written["stage"] = "appealed".into();
        let read: CaseRow = serde_json::from_value(written).expect("decodes");
        assert_eq!((read.part, read.stage), (CasePart::Observer, CaseStage::Unknown));
        assert!(!read.stage.is_closed() && CaseStage::Void.is_closed());
    }

    #[test]
    fn a_device_kind_is_written_as_the_word_it_always_was() {
        let kinds = [
            (DeviceKind::Cuda, "cuda"),
            (DeviceKind::Rocm, "rocm"),
            (DeviceKind::Metal, "metal"),
            (DeviceKind::Cpu, "cpu"),
        ];
        for (kind, word) in kinds {
            assert_eq!((kind.as_str(), DeviceKind::parse(word)), (word, kind));
            assert_eq!(serde_json::to_value(kind).expect("encodes"), word);
            assert_eq!(serde_json::from_value::<DeviceKind>(word.into()).expect("decodes"), kind);
        }
        // A stranger's word, or a newer version's.
        assert_eq!(DeviceKind::parse("\u{1b}[2J"), DeviceKind::Unknown);
        assert_eq!(serde_json::from_value::<DeviceKind>("tpu".into()).expect("decodes"), DeviceKind::Unknown);
    }
}
