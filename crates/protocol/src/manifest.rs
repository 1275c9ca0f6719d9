//! Model manifests: what exactly a miner serves, and the hash that names it on the network.

use alloy::primitives::{B256, keccak256};
use serde::{Deserialize, Serialize};

/// How much of an output its receipt lets an auditor check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Proof {
    /// Nothing: the engine gives no token ids.
    #[default]
    None = 0,
    /// Token ids with their log-probabilities, and an answer at temperature 0 is the model's likeliest one.
    Greedy = 1,
    /// Token ids with their log-probabilities, each token chosen by [`crate::task::sampler`]; of an image the latents by which its steps
    /// are repeated, by the rules of [`crate::task::drawing`]; of an embedding its vectors, in which nothing is chosen.
    Seeded = 2,
}

impl Proof {
    /// One word for tables and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Greedy => "greedy",
            Self::Seeded => "seeded",
        }
    }

    /// The proof that has this number in frames.
    pub const fn from_u8(value: u8) -> Option<Self> {
        match value {
            0 => Some(Self::None),
            1 => Some(Self::Greedy),
            2 => Some(Self::Seeded),
            _ => None,
        }
    }
}

/// What determines a model's output. Two miners serve the same model when their manifests are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelManifest {
    /// The name that applications ask for, such as `smollm2-135m-instruct`.
    pub name: String,
    /// The weights: `sha256:<hex>` over the weight files in name order; an external engine has `external:<its model name>`.
    pub weights: String,
    /// How the weights are stored, which no device changes: `none`, `gguf q4_0`, `in place q8_0`; `unknown` of an external engine.
    pub quantisation: String,
    /// The engine and its version, such as `mistralrs 0.8.1`.
    pub engine: String,
    /// Keccak-256 over the files beside the weights that decide what the model says: its configuration, its tokeniser, the tokens
    /// that end answers. Zero where they are not known, or are part of the weights' file.
    pub files: B256,
    /// Keccak-256 of the chat template's text; zero where the engine does not say.
    pub chat_template: B256,
    /// The version of the rules by which tokens are chosen, [`crate::task::sampler::RULES`], or by which images are made,
    /// [`crate::task::drawing::RULES`]; 0 where the engine has rules of its own.
    pub rules: u32,
    /// How much of an output can be checked.
    pub proof: Proof,
    /// The engine gives the same bits whatever else runs beside a request.
    pub deterministic: bool,
}

impl ModelManifest {
    /// The model's identity on the network: Keccak-256 over the fields in declaration order, each text with its length before it,
    /// numbers as 8 bytes, big endian, and the last two as a byte each.
    pub fn id(&self) -> B256 {
        let mut bytes = Vec::with_capacity(320);
        for field in [&self.name, &self.weights, &self.quantisation, &self.engine] {
            bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
            bytes.extend_from_slice(field.as_bytes());
        }
        bytes.extend_from_slice(self.files.as_slice());
        bytes.extend_from_slice(self.chat_template.as_slice());
        bytes.extend_from_slice(&u64::from(self.rules).to_be_bytes());
        bytes.extend([self.proof as u8, u8::from(self.deterministic)]);
        keccak256(bytes)
    }

    /// The models whose honest executions differ alike: `<engine>, <quantisation>`. Calibrations of audits are kept by it.
    pub fn family(&self) -> String {
        format!("{}, {}", self.engine, self.quantisation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_changes_the_identity() {
        let base = ModelManifest {
            name: "m".into(),
            weights: "sha256:00".into(),
            quantisation: "none".into(),
            engine: "e 1".into(),
            files: B256::ZERO,
            chat_template: B256::ZERO,
            rules: 1,
            proof: Proof::Seeded,
            deterministic: false,
        };
        let variants = [
            ModelManifest { name: "n".into(), ..base.clone() },
            ModelManifest { weights: "sha256:01".into(), ..base.clone() },
            ModelManifest { quantisation: "gguf q4_0".into(), ..base.clone() },
            ModelManifest { engine: "e 2".into(), ..base.clone() },
            ModelManifest { files: B256::repeat_byte(1), ..base.clone() },
            ModelManifest { chat_template: B256::repeat_byte(1), ..base.clone() },
            ModelManifest { rules: 2, ..base.clone() },
            ModelManifest { proof: Proof::Greedy, ..base.clone() },
            ModelManifest { deterministic: true, ..base.clone() },
            ModelManifest { name: "msha256:".into(), weights: "00".into(), ..base.clone() },
        ];
        let mut ids: Vec<_> = variants.iter().chain([&base]).map(ModelManifest::id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), variants.len() + 1, "{variants:?}");
        assert_eq!(base.family(), "e 1, none");
    }

    #[test]
    fn proofs_keep_their_numbers() {
        for proof in [Proof::None, Proof::Greedy, Proof::Seeded] {
            assert_eq!(Proof::from_u8(proof as u8), Some(proof));
            assert_eq!(serde_json::to_value(proof).expect("encodes"), proof.as_str());
        }
        assert_eq!(Proof::from_u8(3), None);
    }
}
