//! Frames of a session: how it begins, what a miner offers in it, how it ends.

use prost::Message;

use super::field::{FrameError, b256};
use crate::{manifest::ModelManifest, task::Kind};

/// The miner's first frame.
#[derive(Clone, PartialEq, Message)]
pub struct Hello {
    /// The newest version it speaks.
    #[prost(uint32, tag = "1")]
    pub version: u32,
    /// Its node address, 20 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub node: Vec<u8>,
    /// Its program and version, for the operator's eyes.
    #[prost(string, tag = "3")]
    pub agent: String,
}

/// The coordinator's answer: sign this.
#[derive(Clone, PartialEq, Message)]
pub struct Challenge {
    /// The version that both will speak.
    #[prost(uint32, tag = "1")]
    pub version: u32,
    /// 32 random bytes, used once.
    #[prost(bytes = "vec", tag = "2")]
    pub challenge: Vec<u8>,
    /// The coordinator's node address, 20 bytes.
    #[prost(bytes = "vec", tag = "3")]
    pub coordinator: Vec<u8>,
    /// The coordinator's clock, seconds since the Unix epoch.
    #[prost(uint64, tag = "4")]
    pub now: u64,
}

/// The signed login; its other fields follow from the challenge.
#[derive(Clone, PartialEq, Message)]
pub struct Login {
    /// Key of this session, 20 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub session_key: Vec<u8>,
    /// Seconds since the Unix epoch.
    #[prost(uint64, tag = "2")]
    pub issued: u64,
    /// Seconds since the Unix epoch.
    #[prost(uint64, tag = "3")]
    pub expires: u64,
    /// 65 bytes.
    #[prost(bytes = "vec", tag = "4")]
    pub signature: Vec<u8>,
}

/// The session is open.
#[derive(Clone, PartialEq, Message)]
pub struct Welcome {
    /// Number of this session of this node at this coordinator; strictly increasing.
    #[prost(uint64, tag = "1")]
    pub session: u64,
    /// The other side is lost after this many milliseconds of silence.
    #[prost(uint32, tag = "2")]
    pub silence_ms: u32,
    /// What the coordinator pays by model.
    #[prost(message, repeated, tag = "3")]
    pub prices: Vec<Price>,
}

/// What a coordinator pays for one model, or under the empty name for every model that is not named.
#[derive(Clone, PartialEq, Message)]
pub struct Price {
    /// The model's name.
    #[prost(string, tag = "1")]
    pub model: String,
    /// Base units of CAI per 1,000 prompt tokens, as 16 bytes, big endian.
    #[prost(bytes = "vec", tag = "2")]
    pub prompt: Vec<u8>,
    /// Base units of CAI per 1,000 generated tokens, as 16 bytes, big endian.
    #[prost(bytes = "vec", tag = "3")]
    pub completion: Vec<u8>,
}

/// What the miner offers at the moment. Replaces what it offered before.
#[derive(Clone, PartialEq, Message)]
pub struct Slots {
    /// The slots of each model.
    #[prost(message, repeated, tag = "1")]
    pub models: Vec<ModelSlots>,
    /// Its devices.
    #[prost(message, repeated, tag = "2")]
    pub devices: Vec<Device>,
    /// Strictly increasing within a session.
    #[prost(uint64, tag = "3")]
    pub sequence: u64,
}

/// The slots of one model.
#[derive(Clone, PartialEq, Message)]
pub struct ModelSlots {
    /// Name that applications ask for.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The manifest's hash, 32 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub manifest: Vec<u8>,
    /// Leases that this coordinator may have with it at once, including those it has now.
    #[prost(uint32, tag = "3")]
    pub granted: u32,
    /// Tasks that it can run at once in all.
    #[prost(uint32, tag = "4")]
    pub capacity: u32,
    /// The number of the kind of output that the model makes, see [`Kind`].
    #[prost(uint32, tag = "5")]
    pub kind: u32,
    /// What the manifest's hash is the hash of.
    #[prost(message, optional, tag = "6")]
    pub preimage: Option<Manifest>,
    /// The device and its arithmetic, such as `cuda-sm90-bf16`; empty where the engine does not say.
    #[prost(string, tag = "7")]
    pub class: String,
    /// Tokens of prompt and answer together that it takes.
    #[prost(uint32, tag = "8")]
    pub context: u32,
    /// It can examine outputs of this model.
    #[prost(bool, tag = "9")]
    pub examines: bool,
    /// It answers questions about the model's tokens, see [`super::AskTokens`].
    #[prost(bool, tag = "10")]
    pub tokenises: bool,
}

/// A model's manifest, see [`crate::manifest::ModelManifest`].
#[derive(Clone, PartialEq, Message)]
pub struct Manifest {
    /// Name that applications ask for.
    #[prost(string, tag = "1")]
    pub name: String,
    /// What names the weights.
    #[prost(string, tag = "2")]
    pub weights: String,
    /// How the weights are stored.
    #[prost(string, tag = "3")]
    pub quantisation: String,
    /// The engine and its version.
    #[prost(string, tag = "4")]
    pub engine: String,
    /// Hash of the files beside the weights, 32 bytes.
    #[prost(bytes = "vec", tag = "5")]
    pub files: Vec<u8>,
    /// Hash of the chat template, 32 bytes.
    #[prost(bytes = "vec", tag = "6")]
    pub chat_template: Vec<u8>,
    /// The version of the rules by which tokens are chosen; 0: the engine's own.
    #[prost(uint32, tag = "7")]
    pub rules: u32,
    /// The number of what an output proves, see [`crate::manifest::Proof`].
    #[prost(uint32, tag = "8")]
    pub proof: u32,
    /// The engine gives the same bits whatever else runs.
    #[prost(bool, tag = "9")]
    pub deterministic: bool,
}

impl ModelSlots {
    /// What it makes.
    pub fn kind(&self) -> Result<Kind, FrameError> {
        u8::try_from(self.kind).ok().and_then(Kind::from_u8).ok_or(FrameError::Field("kind"))
    }

    /// The manifest, whose name and hash are those that are offered.
    pub fn manifest(&self) -> Result<ModelManifest, FrameError> {
        let preimage = self.preimage.clone().ok_or(FrameError::Field("preimage"))?;
        let manifest = ModelManifest::try_from(preimage)?;
        if manifest.id() != b256(&self.manifest, "manifest")? {
            return Err(FrameError::Field("manifest"));
        }
        if manifest.name != self.name {
            return Err(FrameError::Field("name"));
        }
        Ok(manifest)
    }
}

/// One device.
#[derive(Clone, PartialEq, Message)]
pub struct Device {
    /// Its name, such as `NVIDIA H100 80GB HBM3`.
    #[prost(string, tag = "1")]
    pub name: String,
    /// `cuda`, `rocm`, `metal` or `cpu`.
    #[prost(string, tag = "2")]
    pub kind: String,
    /// How busy it is, from 0 to 100.
    #[prost(uint32, optional, tag = "3")]
    pub utilisation_percent: Option<u32>,
    /// Memory that is taken, in bytes.
    #[prost(uint64, optional, tag = "4")]
    pub memory_used: Option<u64>,
    /// Memory that it has, in bytes.
    #[prost(uint64, optional, tag = "5")]
    pub memory_total: Option<u64>,
    /// Its temperature in degrees Celsius.
    #[prost(uint32, optional, tag = "6")]
    pub temperature_celsius: Option<u32>,
    /// The power that it draws, in milliwatts.
    #[prost(uint32, optional, tag = "7")]
    pub power_milliwatts: Option<u32>,
    /// What its operator should know, in words.
    #[prost(string, repeated, tag = "8")]
    pub problems: Vec<String>,
}

/// From a coordinator: the miner takes no part in its draws for a while, or does again.
#[derive(Clone, PartialEq, Message)]
pub struct Pause {
    /// Seconds that are left of it; 0: it is over.
    #[prost(uint64, tag = "1")]
    pub seconds: u64,
    /// The reason, for the miner's operator.
    #[prost(string, tag = "2")]
    pub reason: String,
}

/// From a coordinator: the models of which this miner gets no tasks, because it offers something else under their names. Replaces what
/// was said before.
#[derive(Clone, PartialEq, Message)]
pub struct Mismatches {
    /// The models; none: it gets tasks for all that it offers.
    #[prost(message, repeated, tag = "1")]
    pub models: Vec<Mismatch>,
}

/// Why a miner gets no tasks for one of its models.
#[derive(Clone, PartialEq, Message)]
pub struct Mismatch {
    /// The model's name.
    #[prost(string, tag = "1")]
    pub model: String,
    /// The hash of the manifest that the name stands for at this coordinator, 32 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub bound: Vec<u8>,
    /// The reason, for the miner's operator.
    #[prost(string, tag = "3")]
    pub reason: String,
}

/// The sender takes no new work, because it is about to stop.
#[derive(Clone, PartialEq, Message)]
pub struct Drain {}

/// Sign of life; the answer repeats the number.
#[derive(Clone, PartialEq, Message)]
pub struct Ping {
    /// A number of the sender's choice.
    #[prost(uint64, tag = "1")]
    pub number: u64,
    /// From a coordinator: entries of its assignment log.
    #[prost(uint64, tag = "2")]
    pub log_entries: u64,
    /// From a coordinator: head of its assignment log after that many entries, 32 bytes.
    #[prost(bytes = "vec", tag = "3")]
    pub log_head: Vec<u8>,
}
