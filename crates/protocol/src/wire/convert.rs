//! Frames' chats, sampling parameters and manifests to the protocol's own, and back.

use alloy::primitives::{B256, keccak256};
use prost::Message as _;

use super::{
    field::{FrameError, b256},
    lease, sampling, session,
};
use crate::{
    manifest::{ModelManifest, Proof},
    task::{
        Alternative, Bias, ChatMessage, ChatRole, Examine, ImageSize, Micros, PromptScores, Sampling, Score,
        SignedMicros, TokenDetail,
    },
};

impl From<&Sampling> for sampling::Sampling {
    fn from(sampling: &Sampling) -> Self {
        Self {
            max_tokens: sampling.max_tokens,
            temperature: sampling.temperature.0,
            top_p: sampling.top_p.0,
            seed: sampling.seed,
            stop: sampling.stop.clone(),
            width: sampling.size.width,
            height: sampling.size.height,
            schema: sampling.schema.clone(),
            top_k: sampling.top_k,
            min_p: sampling.min_p.0,
            frequency_penalty: sampling.frequency_penalty.0,
            presence_penalty: sampling.presence_penalty.0,
            repetition_penalty: if sampling.repetition_penalty == Micros::ONE {
                0
            } else {
                sampling.repetition_penalty.0
            },
            logit_bias: sampling
                .logit_bias
                .iter()
                .map(|bias| sampling::Bias { id: bias.id, logits: bias.logits.0 })
                .collect(),
            top_logprobs: sampling.top_logprobs.map_or(0, |count| u32::from(count) + 1),
            echo: sampling.echo,
            steps: sampling.steps,
            guidance: sampling.guidance.map_or(0, |guidance| guidance.0.saturating_add(1)),
        }
    }
}

impl Sampling {
    /// The commitment to the parameters that a ticket carries: Keccak-256 of their wire form.
    pub fn hash(&self) -> B256 {
        keccak256(sampling::Sampling::from(self).encode_to_vec())
    }
}

impl From<sampling::Sampling> for Sampling {
    fn from(sampling: sampling::Sampling) -> Self {
        Self {
            max_tokens: sampling.max_tokens,
            temperature: Micros(sampling.temperature),
            top_p: Micros(sampling.top_p),
            seed: sampling.seed,
            stop: sampling.stop,
            size: ImageSize { width: sampling.width, height: sampling.height },
            schema: sampling.schema,
            top_k: sampling.top_k,
            min_p: Micros(sampling.min_p),
            frequency_penalty: SignedMicros(sampling.frequency_penalty),
            presence_penalty: SignedMicros(sampling.presence_penalty),
            repetition_penalty: if sampling.repetition_penalty == 0 {
                Micros::ONE
            } else {
                Micros(sampling.repetition_penalty)
            },
            logit_bias: sampling
                .logit_bias
                .into_iter()
                .map(|bias| Bias { id: bias.id, logits: SignedMicros(bias.logits) })
                .collect(),
            // No application can ask for more.
            top_logprobs: sampling.top_logprobs.checked_sub(1).map(|count| u8::try_from(count).unwrap_or(u8::MAX)),
            echo: sampling.echo,
            steps: sampling.steps,
            guidance: sampling.guidance.checked_sub(1).map(Micros),
        }
    }
}

impl From<&Examine> for lease::Examine {
    fn from(Examine { ids, output, seed }: &Examine) -> Self {
        Self { token_ids: ids.clone(), seed: *seed, output: output.clone() }
    }
}

impl From<lease::Examine> for Examine {
    fn from(lease::Examine { token_ids, seed, output }: lease::Examine) -> Self {
        Self { ids: token_ids, output, seed }
    }
}

impl Examine {
    /// What the ticket of an examination has in place of [`Sampling::hash`]: Keccak-256 over `examine`, that hash, and the wire form of
    /// what is examined. No ticket for an answer has it, so that nobody can take the receipt of an examination for that of an answer.
    pub fn parameters(&self, sampling: &Sampling) -> B256 {
        let mut bytes = b"examine".to_vec();
        bytes.extend_from_slice(sampling.hash().as_slice());
        bytes.extend_from_slice(&lease::Examine::from(self).encode_to_vec());
        keccak256(bytes)
    }
}

impl From<TokenDetail> for lease::TokenDetail {
    fn from(TokenDetail { bytes, top }: TokenDetail) -> Self {
        let alternative = |alternative: Alternative| lease::Alternative {
            log_probability: alternative.log_probability(),
            bytes: alternative.bytes,
        };
        Self { bytes, top: top.into_iter().map(alternative).collect() }
    }
}

impl From<lease::TokenDetail> for TokenDetail {
    fn from(lease::TokenDetail { bytes, top }: lease::TokenDetail) -> Self {
        let alternative =
            |lease::Alternative { bytes, log_probability }| Alternative { bytes, bits: log_probability.to_bits() };
        Self { bytes, top: top.into_iter().map(alternative).collect() }
    }
}

impl lease::PromptTokens {
    /// Adds the next tokens.
    pub fn extend(&mut self, PromptScores { text, scores }: PromptScores) {
        self.text.push_str(&text);
        for Score { length, bits, detail } in scores {
            self.log_probabilities.push(f32::from_bits(bits));
            self.lengths.push(length);
            self.details.push(detail.into());
        }
    }
}

impl From<&ChatMessage> for lease::ChatMessage {
    fn from(message: &ChatMessage) -> Self {
        Self { role: message.role.as_str().into(), content: message.content.clone() }
    }
}

impl TryFrom<lease::ChatMessage> for ChatMessage {
    type Error = FrameError;

    fn try_from(message: lease::ChatMessage) -> Result<Self, FrameError> {
        let role = ChatRole::ALL.into_iter().find(|role| role.as_str() == message.role);
        Ok(Self { role: role.ok_or(FrameError::Field("role"))?, content: message.content })
    }
}

impl From<&ModelManifest> for session::Manifest {
    fn from(manifest: &ModelManifest) -> Self {
        Self {
            name: manifest.name.clone(),
            weights: manifest.weights.clone(),
            quantisation: manifest.quantisation.clone(),
            engine: manifest.engine.clone(),
            files: manifest.files.to_vec(),
            chat_template: manifest.chat_template.to_vec(),
            rules: manifest.rules,
            proof: manifest.proof as u32,
            deterministic: manifest.deterministic,
        }
    }
}

impl TryFrom<session::Manifest> for ModelManifest {
    type Error = FrameError;

    fn try_from(manifest: session::Manifest) -> Result<Self, FrameError> {
        let proof = u8::try_from(manifest.proof).ok().and_then(Proof::from_u8);
        Ok(Self {
            files: b256(&manifest.files, "files")?,
            chat_template: b256(&manifest.chat_template, "chat_template")?,
            name: manifest.name,
            weights: manifest.weights,
            quantisation: manifest.quantisation,
            engine: manifest.engine,
            rules: manifest.rules,
            proof: proof.ok_or(FrameError::Field("proof"))?,
            deterministic: manifest.deterministic,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::ModelSlots;

    prop_compose! {
        fn manifests()(
            texts: [String; 4], hashes: [[u8; 32]; 2], rules: u32, proof in 0u8..3, deterministic: bool,
        ) -> ModelManifest {
            let [name, weights, quantisation, engine] = texts;
            let [files, chat_template] = hashes.map(B256::from);
            let proof = Proof::from_u8(proof).expect("a proof");
            ModelManifest { name, weights, quantisation, engine, files, chat_template, rules, proof, deterministic }
        }
    }

    fn offered(manifest: &ModelManifest) -> ModelSlots {
        ModelSlots {
            name: manifest.name.clone(),
            manifest: manifest.id().to_vec(),
            preimage: Some(manifest.into()),
            ..ModelSlots::default()
        }
    }

    proptest! {
        #[test]
        fn a_manifest_travels_and_its_hash_is_computed(manifest in manifests(), other in manifests()) {
            let slots = ModelSlots::decode(offered(&manifest).encode_to_vec().as_slice()).expect("decodes");
            prop_assert_eq!(slots.manifest().expect("a manifest"), manifest.clone());
            let preimage = Some(session::Manifest::from(&ModelManifest { name: manifest.name.clone(), ..other }));
            let other = ModelSlots { preimage, ..offered(&manifest) }.manifest();
            prop_assert!(other.is_err(), "{other:?}");
        }
    }

    #[test]
    fn a_manifest_that_is_missing_or_malformed_is_a_mistake() {
        let manifest = ModelManifest { name: "m".into(), ..ModelManifest::default() };
        let of = |spoil: fn(&mut ModelSlots)| {
            let mut slots = offered(&manifest);
            spoil(&mut slots);
            slots.manifest().map_err(|error| error.to_string())
        };
        assert_eq!(of(|_| ()), Ok(manifest.clone()));
        type Spoil = fn(&mut ModelSlots);
        let spoils: [(&str, Spoil); 5] = [
            ("preimage", |slots| slots.preimage = None),
            ("manifest", |slots| slots.manifest.clear()),
            ("name", |slots| slots.name = "n".into()),
            ("files", |slots| slots.preimage.as_mut().expect("some").files.truncate(31)),
            ("proof", |slots| slots.preimage.as_mut().expect("some").proof = 3),
        ];
        for (field, spoil) in spoils {
            assert!(of(spoil).is_err_and(|error| error.contains(field)), "{field}");
        }
    }

    /// The parameters as they were before there were others.
    #[derive(Clone, PartialEq, prost::Message)]
    struct Earlier {
        #[prost(uint32, tag = "1")]
        max_tokens: u32,
        #[prost(uint32, tag = "3")]
        top_p: u32,
        #[prost(uint64, tag = "4")]
        seed: u64,
        #[prost(string, repeated, tag = "5")]
        stop: Vec<String>,
    }

    #[test]
    fn parameters_travel_and_neutral_ones_change_no_commitment() {
        let (seed, stop) = (7, vec!["x".to_owned()]);
        let base = Sampling { max_tokens: 5, seed, stop: stop.clone(), ..Sampling::default() };
        let earlier = Earlier { max_tokens: 5, top_p: 1_000_000, seed, stop };
        assert_eq!(base.hash(), keccak256(earlier.encode_to_vec()));
        let json = r#"{"max_tokens":5,"temperature":0,"top_p":1000000,"seed":7,"stop":["x"]}"#;
        assert_eq!(serde_json::from_str::<Sampling>(json).expect("reads"), base);
        assert_eq!(serde_json::to_string(&base).expect("writes"), json);
        let bias = |id, logits| Bias { id, logits: SignedMicros(logits) };
        let others = [
            Sampling { top_k: 4, ..base.clone() },
            Sampling { min_p: Micros(1), ..base.clone() },
            Sampling { frequency_penalty: SignedMicros(-1), ..base.clone() },
            Sampling { presence_penalty: SignedMicros(-1), ..base.clone() },
            Sampling { repetition_penalty: Micros(999_999), ..base.clone() },
            Sampling { logit_bias: vec![bias(0, 0)], ..base.clone() },
            Sampling { logit_bias: vec![bias(1, -2), bias(0, 3)], ..base.clone() },
            Sampling { logit_bias: vec![bias(1, 2), bias(0, 3)], ..base.clone() },
            Sampling { top_logprobs: Some(0), ..base.clone() },
            Sampling { top_logprobs: Some(20), ..base.clone() },
            Sampling { echo: true, ..base.clone() },
            Sampling { steps: 9, ..base.clone() },
            Sampling { guidance: Some(Micros(0)), ..base.clone() },
            Sampling { guidance: Some(Micros::ONE), ..base.clone() },
        ];
        let mut hashes: Vec<_> = others.iter().chain([&base]).map(Sampling::hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), others.len() + 1);
        for sampling in others {
            let frame = sampling::Sampling::from(&sampling).encode_to_vec();
            let frame = sampling::Sampling::decode(frame.as_slice()).expect("decodes");
            assert_eq!(Sampling::from(frame), sampling);
            let json = serde_json::to_string(&sampling).expect("writes");
            assert_eq!(serde_json::from_str::<Sampling>(&json).expect("reads"), sampling);
        }
    }

    #[test]
    fn everything_that_is_examined_changes_the_ticket_s_parameters() {
        let base = Examine { ids: vec![1, 2], seed: 3, output: String::new() };
        let sampling = Sampling { max_tokens: 5, ..Sampling::default() };
        let others = [
            Examine { ids: vec![1], ..base.clone() },
            Examine { seed: 4, ..base.clone() },
            Examine { output: "x".into(), ..base.clone() },
        ];
        for other in &others {
            assert_ne!(other.parameters(&sampling), base.parameters(&sampling), "{other:?}");
            assert_eq!(Examine::from(lease::Examine::from(other)), *other);
        }
        assert_ne!(base.parameters(&Sampling::default()), base.parameters(&sampling));
        assert_ne!(base.parameters(&sampling), sampling.hash());
    }
}
