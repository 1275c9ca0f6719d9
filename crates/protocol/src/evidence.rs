//! Bundles of evidence: everything that a stranger needs to judge an answer, with every commitment of ticket and receipt opened.

use alloy::primitives::{B256, keccak256};
use serde::{Deserialize, Serialize};

use crate::{
    manifest::ModelManifest,
    message,
    task::{ChatMessage, ReceiptError, ReceiptRecord, Sampling, audit_commitment, prompt_commitment},
    wire::MAX_JSON,
};

/// A bundle has at most this many bytes, encoded: it holds the largest task, and JSON makes some of its characters longer.
pub const MOST_BYTES: usize = MAX_JSON;

/// An answer with all that it was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// Ticket, receipt, their signatures, the salt and the token ids.
    #[serde(rename = "receipt")]
    pub record: ReceiptRecord,
    /// The answer.
    pub text: String,
    /// The model that was ordered.
    pub manifest: ModelManifest,
    /// What was asked.
    pub messages: Vec<ChatMessage>,
    /// How the answer was to be sampled.
    pub sampling: Sampling,
    /// The natural log-probability of each token, as the miner sent it.
    #[serde(with = "crate::packed")]
    pub log_probabilities: Vec<f32>,
    /// The class of the miner's device, as the miner has signed it, such as `cpu-f32`: what is honest noise depends on it. Empty where the
    /// engine says none, and in bundles of earlier releases.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub class: String,
}

/// Why a bundle is no evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// It is not a bundle, or is written in another way than [`Bundle::encode`] does.
    #[error("this is not a bundle of evidence: {0}")]
    Malformed(String),
    /// Its receipt proves nothing.
    #[error("its receipt is not valid: {0}")]
    Receipt(#[from] ReceiptError),
    /// It is about another model.
    #[error("another model was ordered: manifest {ordered} and not {shown}")]
    OtherModel {
        /// The manifest that the ticket names.
        ordered: B256,
        /// That of the bundle.
        shown: B256,
    },
    /// The prompt is not the one that the ticket commits to.
    #[error("another prompt was given")]
    OtherPrompt,
    /// The parameters are not those that the ticket commits to.
    #[error("other parameters were given")]
    OtherParameters,
    /// No application can ask for these parameters, so that the coordinator has ordered what nobody could examine.
    #[error("the parameters are outside of their bounds")]
    OutOfBounds,
    /// The log-probabilities or the class of the device are not those that the receipt commits to, or not one for each token.
    #[error("other log-probabilities were handed in, or another class of device")]
    OtherProbabilities,
}

impl Bundle {
    /// The one form of it in bytes: JSON without spaces, the fields in the order of declaration, log-probabilities as base64 of
    /// their single-precision bits, little endian. It is also a document for `cuckoo audit receipt`.
    pub fn encode(&self) -> Vec<u8> {
        // Maps with texts as keys, numbers and texts: nothing that JSON cannot say.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads what [`Self::encode`] wrote, and nothing else, so that an id names one content.
    pub fn decode(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let bundle: Self =
            serde_json::from_slice(bytes).map_err(|error| EvidenceError::Malformed(error.to_string()))?;
        match bundle.encode() == bytes {
            true => Ok(bundle),
            false => Err(EvidenceError::Malformed("it is written in another form".into())),
        }
    }

    /// Keccak-256 of its bytes, by which it is known.
    pub fn id(&self) -> B256 {
        keccak256(self.encode())
    }

    /// Checks every commitment that ticket and receipt make, and both signatures. Whether the signers were registered nodes, the
    /// chain says.
    pub fn verify(&self) -> Result<(), EvidenceError> {
        let ReceiptRecord { ticket, receipt, salt, token_ids, .. } = &self.record;
        self.record.verify(&self.text)?;
        let shown = self.manifest.id();
        if ticket.model != shown {
            return Err(EvidenceError::OtherModel { ordered: ticket.model, shown });
        }
        if ticket.promptCommitment != prompt_commitment(salt, &self.messages) {
            return Err(EvidenceError::OtherPrompt);
        }
        if ticket.parameters != self.sampling.hash() {
            return Err(EvidenceError::OtherParameters);
        }
        if !self.sampling.is_within_bounds() {
            return Err(EvidenceError::OutOfBounds);
        }
        let counted = self.log_probabilities.is_empty() || self.log_probabilities.len() == token_ids.len();
        if !counted || receipt.auditCommitment != audit_commitment(&self.class, &self.log_probabilities) {
            return Err(EvidenceError::OtherProbabilities);
        }
        Ok(())
    }
}

/// The word by which a case names its bundles: of one its id, of more the root of the Merkle tree of their ids in ascending order;
/// `None` of none, and of more than 4,096.
pub fn root(ids: &[B256]) -> Option<B256> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    match &ids[..] {
        [] => None,
        [alone] => Some(*alone),
        _ => message::merkle_root(&ids),
    }
}

#[cfg(test)]
mod tests {
    use alloy::{
        primitives::Address,
        signers::{SignerSync, local::PrivateKeySigner},
    };

    use super::*;
    use crate::{
        message::{Domain, Receipt, Ticket, signature_bytes},
        task::{ChatRole, Micros, output_commitment},
    };

    const CLASS: &str = "cuda-sm90-bf16";

    fn bundle() -> Bundle {
        let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).expect("a key");
        let domain = Domain::new(31_337, Address::repeat_byte(0xcc));
        let salt = B256::repeat_byte(20);
        let manifest = ModelManifest { name: "m".into(), engine: "e 1".into(), ..ModelManifest::default() };
        let messages = vec![ChatMessage { role: ChatRole::User, content: "hé\"llo\n".into() }];
        let sampling = Sampling { max_tokens: 9, temperature: Micros::ONE, seed: u64::MAX, ..Sampling::default() };
        let log_probabilities = vec![-0.1, -1e-30];
        let ticket = Ticket {
            coordinator: key.address(),
            miner: key.address(),
            model: manifest.id(),
            promptCommitment: prompt_commitment(&salt, &messages),
            parameters: sampling.hash(),
            price: u128::MAX,
            ..Ticket::default()
        };
        let receipt = Receipt {
            ticket: domain.digest(&ticket),
            outputCommitment: output_commitment(&salt, &[1, 2], "yes"),
            auditCommitment: audit_commitment(CLASS, &log_probabilities),
            completionTokens: 2,
            finishReason: 1,
            ..Receipt::default()
        };
        let sign = |digest: B256| signature_bytes(&key.sign_hash_sync(&digest).expect("signs"));
        let record = ReceiptRecord {
            chain_id: 31_337,
            settlement: domain.contract(),
            ticket_signature: sign(domain.digest(&ticket)),
            receipt_signature: sign(domain.digest(&receipt)),
            ticket,
            receipt,
            salt,
            token_ids: vec![1, 2],
        };
        let class = CLASS.to_owned();
        Bundle { record, text: "yes".into(), manifest, messages, sampling, log_probabilities, class }
    }

    #[test]
    fn the_largest_task_fits_into_a_bundle() {
        // JSON doubles every one of these.
        let messages = vec![ChatMessage { role: ChatRole::User, content: "\"".repeat(crate::wire::MAX_TASK) }];
        let text = "\"".repeat(3 << 20);
        let largest = Bundle { messages, text, ..bundle() }.encode().len();
        assert!(largest <= MOST_BYTES, "{largest}");
    }

    #[test]
    fn every_part_is_held_by_a_commitment() {
        let good = bundle();
        assert_eq!(good.verify(), Ok(()));
        let changes: [fn(&mut Bundle); 14] = [
            |bundle| bundle.text.push('!'),
            |bundle| bundle.manifest.name.push('!'),
            |bundle| bundle.messages[0].content.push('!'),
            |bundle| bundle.messages[0].role = ChatRole::System,
            |bundle| bundle.messages.clear(),
            |bundle| bundle.sampling.seed = 1,
            |bundle| bundle.sampling.schema = "{}".into(),
            |bundle| bundle.log_probabilities[1] = -0.5,
            |bundle| bundle.log_probabilities.clear(),
            |bundle| bundle.class = "cpu-f32".into(),
            |bundle| bundle.class.clear(),
            |bundle| bundle.record.token_ids[0] = 3,
            |bundle| bundle.record.salt = B256::ZERO,
            |bundle| bundle.record.receipt.completionTokens = 3,
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut changed = good.clone();
            change(&mut changed);
            assert!(changed.verify().is_err(), "change {number}");
            assert_ne!(changed.id(), good.id(), "change {number}");
        }
    }

    #[test]
    fn parameters_that_nobody_can_ask_for_are_no_evidence() {
        let mut bundle = bundle();
        bundle.sampling.repetition_penalty = Micros(1);
        let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).expect("a key");
        let sign = |digest: B256| signature_bytes(&key.sign_hash_sync(&digest).expect("signs"));
        let domain = bundle.record.domain();
        let record = &mut bundle.record;
        record.ticket.parameters = bundle.sampling.hash();
        record.ticket_signature = sign(domain.digest(&record.ticket));
        record.receipt.ticket = domain.digest(&record.ticket);
        record.receipt_signature = sign(domain.digest(&record.receipt));
        assert_eq!(bundle.verify(), Err(EvidenceError::OutOfBounds));
    }

    #[test]
    fn one_content_has_one_form() {
        let bundle = bundle();
        let bytes = bundle.encode();
        assert_eq!(Bundle::decode(&bytes), Ok(bundle.clone()));
        assert_eq!(bundle.id(), keccak256(&bytes));
        let text = String::from_utf8(bytes).expect("JSON");
        for (part, other) in
            [(":", ": "), ("}", "} "), ("\"text\":\"yes\"", "\"text\":\"\\u0079es\""), ("{", "{\"more\":1,")]
        {
            let spoiled = text.replacen(part, other, 1);
            assert!(spoiled != text && Bundle::decode(spoiled.as_bytes()).is_err(), "{spoiled}");
        }
        // A penalty that changes nothing has one hash however it is written, and is written in one way.
        let spoiled = text.replacen("\"seed\":", "\"repetition_penalty\":0,\"seed\":", 1);
        assert!(spoiled != text && Bundle::decode(spoiled.as_bytes()).is_err(), "{spoiled}");
    }

    #[test]
    fn i28_a_bundle_of_an_earlier_release_is_read_and_says_no_class() {
        let bytes = include_bytes!("../../fuzz/corpus/receipts/evidence").trim_ascii_end();
        let old = Bundle::decode(bytes).expect("a bundle");
        assert_eq!((old.verify(), old.class.as_str()), (Ok(()), ""));
        // Nobody says one in its place.
        let claimed = Bundle { class: "scripted".into(), ..old };
        assert_eq!(claimed.verify(), Err(EvidenceError::OtherProbabilities));
        let text = String::from_utf8(bytes.to_vec()).expect("JSON");
        let spoiled = text.replacen("\"log_probabilities\":", "\"class\":\"\",\"log_probabilities\":", 1);
        assert!(spoiled != text && Bundle::decode(spoiled.as_bytes()).is_err());
    }

    #[test]
    fn a_case_names_its_bundles_in_any_order() {
        let of = B256::repeat_byte;
        assert_eq!(root(&[]), None);
        assert_eq!(root(&[of(1)]), Some(of(1)));
        let two = root(&[of(1), of(2)]).expect("a root");
        assert_eq!(root(&[of(2), of(1), of(2)]), Some(two));
        assert_ne!(root(&[of(1), of(3)]), Some(two));
        assert_eq!(root(&vec![of(1); 5_000]), Some(of(1)));
        let many: Vec<_> = (0..5_000u32).map(|number| keccak256(number.to_be_bytes())).collect();
        assert_eq!(root(&many), None);
    }
}
