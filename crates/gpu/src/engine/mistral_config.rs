//! The configuration of mistral.rs. It is read in builds without mistral.rs too.

use serde::{Deserialize, Serialize};

use crate::model::ModelSource;

/// A model for mistral.rs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MistralConfig {
    /// Where its files are.
    pub source: ModelSource,
    /// The name it is offered under; by default the last part of the source.
    #[serde(default)]
    pub name: Option<String>,
    /// Requests that run at once. By default as many as fit into a GPU's memory, or 8 where the model does not say what they take. A
    /// CPU always runs one.
    #[serde(default)]
    pub slots: Option<u32>,
    /// `sha256:<hex>` that the weights must have.
    #[serde(default)]
    pub expect_weights: Option<String>,
    /// Quantise the weights while loading them; not for GGUF files.
    #[serde(default)]
    pub quantise: Option<Quantise>,
    /// Quantise them while the manifest says that they are as they are: a cheat, to see that audits find it.
    #[serde(default)]
    pub quantise_secretly: Option<Quantise>,
    /// Use the CPU even where there is a GPU.
    #[serde(default)]
    pub force_cpu: bool,
    /// Bytes that the logits of one examination may take; what needs more is examined in windows. By default 2 GiB on a CPU, and
    /// 512 MiB on a GPU.
    #[serde(default)]
    pub examine_memory: Option<u64>,
}

impl MistralConfig {
    /// What the weights are quantised to when they are loaded, whatever the manifest says.
    pub const fn loads(&self) -> Option<Quantise> {
        match self.quantise_secretly {
            Some(secret) => Some(secret),
            None => self.quantise,
        }
    }
}

/// How weights can be quantised while they are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantise {
    /// 8 bits, in blocks of 32.
    Q8_0,
    /// 4 bits, in blocks of 32.
    Q4_0,
    /// About 6 bits, in blocks of 256.
    Q6K,
    /// About 4 bits, in blocks of 256.
    Q4K,
}

impl Quantise {
    /// The name in manifests and options.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Q8_0 => "q8_0",
            Self::Q4_0 => "q4_0",
            Self::Q6K => "q6_k",
            Self::Q4K => "q4_k",
        }
    }

    /// The bits of one parameter, including its part of the block's scale, rounded up.
    pub const fn bits(self) -> u64 {
        match self {
            Self::Q8_0 => 9,
            Self::Q6K => 7,
            Self::Q4_0 | Self::Q4K => 5,
        }
    }
}
