//! Model manifests: what exactly a miner serves, and the hash that names it on the network.

use alloy::primitives::{B256, keccak256};
use serde::{Deserialize, Serialize};

/// What determines a model's output. Two miners serve the same model when their manifests are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelManifest {
    /// The name that applications ask for, such as `smollm2-135m-instruct`.
    pub name: String,
    /// The weights: `sha256:<hex>` over the weight files in name order; an external engine has `external:<its model name>`.
    pub weights: String,
    /// How the weights are held while running: `f32`, `bf16`, `q4_k`, ...
    pub quantisation: String,
    /// The engine and its version, such as `mistralrs 0.8.1`.
    pub engine: String,
    /// Keccak-256 of the chat template's text; zero where the engine does not say.
    pub chat_template: B256,
}

impl ModelManifest {
    /// The model's identity on the network: Keccak-256 over the fields in declaration order, each with its length before it.
    pub fn id(&self) -> B256 {
        let mut bytes = Vec::with_capacity(256);
        for field in [&self.name, &self.weights, &self.quantisation, &self.engine] {
            bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
            bytes.extend_from_slice(field.as_bytes());
        }
        bytes.extend_from_slice(self.chat_template.as_slice());
        keccak256(bytes)
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
            quantisation: "f32".into(),
            engine: "e 1".into(),
            chat_template: B256::ZERO,
        };
        let variants = [
            ModelManifest { name: "n".into(), ..base.clone() },
            ModelManifest { weights: "sha256:01".into(), ..base.clone() },
            ModelManifest { quantisation: "q4_0".into(), ..base.clone() },
            ModelManifest { engine: "e 2".into(), ..base.clone() },
            ModelManifest { chat_template: B256::repeat_byte(1), ..base.clone() },
            ModelManifest { name: "msha256:".into(), weights: "00".into(), ..base.clone() },
        ];
        for variant in variants {
            assert_ne!(variant.id(), base.id(), "{variant:?}");
        }
    }
}
