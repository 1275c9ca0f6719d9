//! An entry of an assignment log, and its line.

use std::sync::Arc;

use alloy::primitives::{Address, B256, Keccak256, hex};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    amount::decimal,
    assign::Snapshot,
    task::{Millis, TaskId},
};

/// One line's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The entry's number, from 0 without gaps.
    pub number: u64,
    /// When it happened.
    pub at: Millis,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What a draw can depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// The coordinator has started: nobody is connected, and nothing is held.
    Started {
        /// The coordinator whose log this is.
        coordinator: Address,
        /// The chain that it draws on.
        chain_id: u64,
        /// The staking contract whose stakes count.
        staking: Address,
        /// How its epochs are numbered. Logs of earlier releases do not say it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<Rule>,
        /// Open tasks with the miners that have lost them already.
        lost: Vec<(TaskId, Vec<Address>)>,
    },
    /// The coordinator binds itself to the seeds of a span of epochs, see [`crate::assign::seed`].
    Committed {
        /// Number of the span.
        span: u64,
        /// Hash of its first seed.
        commitment: B256,
    },
    /// The stakes of an epoch are in force.
    Epoch {
        /// Its number, by the rule of the start before.
        epoch: u64,
        /// Hash of its first block.
        beacon: B256,
        /// Weights in base units, in order of address.
        miners: Weights,
    },
    /// The seed of an epoch that is over.
    Revealed {
        /// The epoch that is over.
        epoch: u64,
        /// The seed of that epoch.
        seed: B256,
    },
    /// A miner has logged in. It offers nothing yet.
    Joined {
        /// The miner that has logged in.
        miner: Address,
    },
    /// A miner's session has ended. It offers nothing any more.
    Left {
        /// The miner whose session has ended.
        miner: Address,
    },
    /// What a miner offers from now on: tasks that it may hold at once, by model.
    Offered {
        /// The miner that makes the offer.
        miner: Address,
        /// The models in order of name, each with its number of tasks.
        models: Vec<(String, u32)>,
    },
    /// A miner takes nothing new.
    Draining {
        /// The miner that takes nothing new.
        miner: Address,
    },
    /// A task was drawn.
    Picked {
        /// The task that was drawn for.
        task: TaskId,
        /// Its number at this coordinator.
        sequence: u64,
        /// 1 for the first.
        attempt: u32,
        /// The model that it asks for.
        model: String,
        /// The application's salt, or zero.
        salt: B256,
        /// The number drawn, below `total`, in base units.
        drawn: String,
        /// Sum of the eligible weights, in base units.
        total: String,
        /// The miner that was drawn.
        miner: Address,
    },
    /// A miner holds a task no longer.
    Released {
        /// The task that was released.
        task: TaskId,
        /// The miner that held it.
        miner: Address,
        /// Whether the miner lost or rejected it, and so does not get it again.
        lost: bool,
        /// The digest of its receipt, where the coordinator audits and the answer can be examined: the coin of the epoch in force falls
        /// on it, or not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<B256>,
        /// The number of its ticket, where there is a receipt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<u64>,
    },
    /// The coordinator binds itself to the audit seeds of a span of epochs: which answers are examined follows from them.
    AuditCommitted {
        /// Number of the span.
        span: u64,
        /// Hash of its first audit seed.
        commitment: B256,
    },
    /// What was audited of one miner in an epoch that is over.
    Audits {
        /// The epoch.
        epoch: u64,
        /// The miner that gave the answers.
        miner: Address,
        /// The share that the coin took, in millionths, each from the ticket with this number on.
        rates: Vec<(u64, u32)>,
        /// The receipts of the answers that were chosen, in order, each with the reason.
        audited: Vec<(B256, Reason)>,
    },
    /// The audit seed of an epoch that is over, after what was audited in it.
    AuditRevealed {
        /// The epoch that is over.
        epoch: u64,
        /// The audit seed of that epoch.
        seed: B256,
    },
}

/// Why an answer is examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The miner or the model is new: everything is examined.
    Probation,
    /// The coin fell on it.
    Coin,
    /// Its miner is suspected: everything is examined, some of what it answered before included.
    Suspected,
    /// The coordinator's own auditor had nothing else to do.
    Idle,
}

impl Reason {
    /// One word for tables and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Probation => "probation",
            Self::Coin => "coin",
            Self::Suspected => "suspected",
            Self::Idle => "idle",
        }
    }
}

/// The weights of an epoch. They are shared with the snapshot that they are of, and become text where they are written.
#[derive(Clone, Debug, Default)]
pub struct Weights(Arc<Snapshot>);

impl Weights {
    /// Miners with their weights.
    pub fn miners(&self) -> &[(Address, u128)] {
        &self.0.miners
    }
}

impl From<Arc<Snapshot>> for Weights {
    fn from(snapshot: Arc<Snapshot>) -> Self {
        Self(snapshot)
    }
}

impl From<Vec<(Address, u128)>> for Weights {
    fn from(miners: Vec<(Address, u128)>) -> Self {
        Self(Arc::new(Snapshot { miners, ..Snapshot::default() }))
    }
}

impl PartialEq for Weights {
    fn eq(&self, other: &Self) -> bool {
        self.miners() == other.miners()
    }
}

impl Eq for Weights {}

#[derive(Serialize, Deserialize)]
struct Weight(#[serde(with = "decimal")] u128);

impl Serialize for Weights {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.miners().iter().map(|(miner, weight)| (miner, Weight(*weight))))
    }
}

impl<'de> Deserialize<'de> for Weights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let miners: Vec<(Address, Weight)> = Vec::deserialize(deserializer)?;
        Ok(miners.into_iter().map(|(miner, Weight(weight))| (miner, weight)).collect::<Vec<_>>().into())
    }
}

/// How the epochs of a log are numbered, which says what block an epoch's beacon is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Rule {
    /// A block's epoch is its time over these seconds, rounded down.
    Time {
        /// Length of an epoch.
        seconds: u64,
    },
    /// One that this release does not know.
    #[serde(other)]
    Unknown,
}

/// Bytes of a line before its JSON: the digits of a head, and a space.
const HEAD: usize = 2 * size_of::<B256>() + 1;
/// Bytes that most lines fit into.
const ROOM: usize = 768;

/// The head after a line.
pub fn next_head(head: &B256, json: &[u8]) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(head);
    hasher.update(json);
    hasher.finalize()
}

/// An entry as a line without its end, and the head after it.
pub fn line(head: &B256, record: &Record) -> Result<(String, B256), serde_json::Error> {
    let mut line = Vec::with_capacity(ROOM);
    line.resize(HEAD, b' ');
    serde_json::to_writer(&mut line, record)?;
    let head = next_head(head, &line[HEAD..]);
    hex::encode_to_slice(head, &mut line[..HEAD - 1]).map_err(serde::ser::Error::custom)?;
    Ok((String::from_utf8(line).map_err(serde::ser::Error::custom)?, head))
}

/// Reads a line: the head that it claims, the JSON that it covers, and the entry.
pub fn parse(line: &str) -> Option<(B256, &str, Record)> {
    let (head, json) = line.split_once(' ')?;
    Some((head.parse().ok()?, json, serde_json::from_str(json).ok()?))
}
