//! The network's EIP-712 messages: what is signed, by whom, and how a signature is checked.
//!
//! The domain binds every signature to one chain and one staking contract; the type hash binds it to one type. The vectors in
//! `contracts/test/vectors/messages.json` are checked from both sides.

use alloy::{
    primitives::{Address, B256, Bytes, Signature, keccak256},
    sol,
    sol_types::{Eip712Domain, SolStruct, SolValue, eip712_domain},
};
use serde::{Deserialize, Serialize};

use crate::amount::decimal;

sol! {
    /// A node key's consent to be registered by an owner.
    #[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    struct Register {
        address node;
        address owner;
        uint8 role;
        bytes32 metadata;
        uint256 nonce;
        uint256 deadline;
    }

    /// A miner's proof of its node key to one coordinator. `issued` and `expires` are seconds since the Unix epoch.
    #[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    struct Login {
        address node;
        address coordinator;
        bytes32 audience;
        bytes32 challenge;
        address sessionKey;
        uint64 issued;
        uint64 expires;
    }

    /// The coordinator's promise before the work. `number` grows with every ticket of this coordinator for this miner, `price` is
    /// in base units of CAI, `deadline` in seconds since the Unix epoch.
    #[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    struct Ticket {
        address coordinator;
        address miner;
        bytes32 task;
        uint32 attempt;
        uint64 number;
        bytes32 model;
        bytes32 promptCommitment;
        bytes32 parameters;
        #[serde(with = "decimal")]
        uint128 price;
        uint64 deadline;
    }

    /// The miner's statement after the work; `ticket` is the EIP-712 digest of the ticket it answers.
    #[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    struct Receipt {
        bytes32 ticket;
        bytes32 outputCommitment;
        bytes32 auditCommitment;
        uint32 promptTokens;
        uint32 completionTokens;
        uint8 finishReason;
    }

    /// What a coordinator owes a miner in all, in base units of CAI: every ticket with a number up to `through` is in it, or owes
    /// nothing.
    #[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    struct Voucher {
        address coordinator;
        address miner;
        #[serde(with = "decimal")]
        uint128 cumulative;
        uint64 through;
    }

    /// An auditor's finding about a receipt.
    #[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    struct Verdict {
        bytes32 receipt;
        address auditor;
        uint8 outcome;
        bytes32 evidence;
    }
}

/// Where signatures are valid: one chain and one staking contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The staking contract.
    pub staking: Address,
}

impl Domain {
    fn eip712(&self) -> Eip712Domain {
        eip712_domain! {
            name: "Cuckoo",
            version: "1",
            chain_id: self.chain_id,
            verifying_contract: self.staking,
        }
    }

    /// The digest that is signed.
    pub fn digest(&self, message: &impl SolStruct) -> B256 {
        message.eip712_signing_hash(&self.eip712())
    }

    /// The signer of `message`, if `signature` is in its only accepted form.
    pub fn signer(&self, message: &impl SolStruct, signature: &[u8]) -> Result<Address, SignatureError> {
        recover(&self.digest(message), signature)
    }

    /// Checks that `signer` signed `message`.
    pub fn verify(&self, message: &impl SolStruct, signature: &[u8], signer: Address) -> Result<(), SignatureError> {
        match self.signer(message, signature)? {
            found if found == signer => Ok(()),
            found => Err(SignatureError::WrongSigner { expected: signer, found }),
        }
    }
}

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The signature is not r, s, v of 65 bytes with v 27 or 28 and s in the lower half of the curve's order.
    #[error("the signature is not in canonical form (65 bytes, v 27 or 28, low s)")]
    NotCanonical,
    /// No public key fits.
    #[error("the signature fits no key")]
    Unrecoverable,
    /// Somebody else signed.
    #[error("signed by {found}, not by {expected}")]
    WrongSigner {
        /// The address that should have signed.
        expected: Address,
        /// The address that signed.
        found: Address,
    },
}

/// Recovers the signer of a digest from the one accepted form of a signature: 65 bytes r | s | v, v 27 or 28, low s (EIP-2).
pub fn recover(digest: &B256, signature: &[u8]) -> Result<Address, SignatureError> {
    if signature.len() != 65 || !matches!(signature[64], 27 | 28) {
        return Err(SignatureError::NotCanonical);
    }
    let parsed = Signature::from_raw(signature).map_err(|_| SignatureError::NotCanonical)?;
    if parsed.normalize_s().is_some() {
        return Err(SignatureError::NotCanonical);
    }
    parsed.recover_address_from_prehash(digest).map_err(|_| SignatureError::Unrecoverable)
}

/// The commitment to a node's public description that `Register` carries.
pub fn metadata_hash(name: &str, introduction: &str, endpoint: &str) -> B256 {
    keccak256((name, introduction, endpoint).abi_encode_params())
}

/// The audience of a login: Keccak-256 of the coordinator's endpoint as the miner dialled it.
pub fn audience_hash(endpoint: &str) -> B256 {
    keccak256(endpoint)
}

/// A signature's bytes in the accepted form.
pub fn signature_bytes(signature: &Signature) -> Bytes {
    Bytes::copy_from_slice(&signature.normalized_s().as_bytes())
}

/// A voucher with its coordinator's signature: what a miner keeps, and what the settlement contract pays on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedVoucher {
    /// The coordinator's statement.
    pub voucher: Voucher,
    /// The signature by the coordinator's key.
    pub signature: Bytes,
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use alloy::{primitives::U256, signers::SignerSync};
    use serde_json::{Value, json};

    use super::*;

    /// Anvil's well-known second development key: worth nothing anywhere.
    const KEY: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";

    fn signer() -> alloy::signers::local::PrivateKeySigner {
        KEY.parse().expect("a key")
    }

    fn domain() -> Domain {
        Domain { chain_id: 31337, staking: Address::repeat_byte(0xcc) }
    }

    fn ticket() -> Ticket {
        Ticket {
            coordinator: signer().address(),
            miner: Address::repeat_byte(2),
            task: B256::repeat_byte(3),
            attempt: 1,
            number: 17,
            model: B256::repeat_byte(4),
            promptCommitment: B256::repeat_byte(5),
            parameters: B256::repeat_byte(6),
            price: 10u128.pow(18),
            deadline: 1_800_000_000,
        }
    }

    fn vector<M: SolStruct + Serialize>(name: &str, message: &M) -> Value {
        let digest = domain().digest(message);
        let signature = signature_bytes(&signer().sign_hash_sync(&digest).expect("signs"));
        let mut fields = serde_json::to_value(message).expect("serialises");
        for field in fields.as_object_mut().expect("an object").values_mut() {
            // Integers as decimal strings, whatever their width.
            match field {
                Value::Number(number) => *field = json!(number.to_string()),
                Value::String(text) if text.starts_with("0x") && text.len() != 42 && text.len() != 66 => {
                    *field = json!(text.parse::<U256>().expect("an integer").to_string());
                }
                _ => {}
            }
        }
        json!({
            "type": name,
            "message": fields,
            "structHash": message.eip712_hash_struct(),
            "digest": digest,
            "signature": signature,
        })
    }

    fn vectors() -> Value {
        let register = Register {
            node: signer().address(),
            owner: Address::repeat_byte(1),
            role: 1,
            metadata: metadata_hash("gpu-box", "two cards in the cellar", ""),
            nonce: U256::ZERO,
            deadline: U256::from(1_800_000_000u64),
        };
        let login = Login {
            node: signer().address(),
            coordinator: Address::repeat_byte(7),
            audience: audience_hash("ws://127.0.0.1:1/link"),
            challenge: B256::repeat_byte(8),
            sessionKey: Address::repeat_byte(9),
            issued: 1_700_000_000,
            expires: 1_700_003_600,
        };
        let receipt = Receipt {
            ticket: domain().digest(&ticket()),
            outputCommitment: B256::repeat_byte(11),
            auditCommitment: B256::repeat_byte(12),
            promptTokens: 20,
            completionTokens: 30,
            finishReason: 1,
        };
        let voucher = Voucher {
            coordinator: signer().address(),
            miner: Address::repeat_byte(2),
            cumulative: 3 * 10u128.pow(18),
            through: 17,
        };
        let verdict = Verdict {
            receipt: domain().digest(&receipt),
            auditor: Address::repeat_byte(13),
            outcome: 2,
            evidence: B256::repeat_byte(14),
        };
        json!({
            "domain": {"name": "Cuckoo", "version": "1", "chainId": 31337, "verifyingContract": domain().staking},
            "signer": signer().address(),
            "vectors": [
                vector("Register", &register),
                vector("Login", &login),
                vector("Ticket", &ticket()),
                vector("Receipt", &receipt),
                vector("Voucher", &voucher),
                vector("Verdict", &verdict),
            ],
        })
    }

    /// `UPDATE_VECTORS=1 cargo test -p cuckoo-protocol` writes the file again.
    #[test]
    fn golden_vectors_are_the_ones_the_contracts_check() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts/test/vectors/messages.json");
        let fresh = vectors();
        if std::env::var_os("UPDATE_VECTORS").is_some() {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(&path, format!("{fresh:#}\n")).expect("written");
        }
        let committed = std::fs::read_to_string(&path).expect("the vectors are committed");
        // As values: the order of the fields depends on what other crates ask of the JSON library.
        let committed: Value = serde_json::from_str(&committed).expect("JSON");
        assert_eq!(committed, fresh, "run UPDATE_VECTORS=1 cargo test -p cuckoo-protocol");
    }

    #[test]
    fn a_signature_is_valid_on_its_own_chain_and_contract_only() {
        let signature = signature_bytes(&signer().sign_hash_sync(&domain().digest(&ticket())).expect("signs"));
        assert_eq!(domain().verify(&ticket(), &signature, signer().address()), Ok(()));
        for other in [Domain { chain_id: 1, ..domain() }, Domain { staking: Address::repeat_byte(0xdd), ..domain() }] {
            assert!(other.verify(&ticket(), &signature, signer().address()).is_err());
        }
    }

    #[test]
    fn one_form_of_a_signature_is_accepted() {
        let digest = domain().digest(&ticket());
        let good = signature_bytes(&signer().sign_hash_sync(&digest).expect("signs")).to_vec();
        assert_eq!(recover(&digest, &good), Ok(signer().address()));
        // The other s and the other parity recover to the same key where both forms are accepted.
        let order = U256::from_be_slice(&[
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae,
            0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
        ]);
        let mut high_s = good.clone();
        let s = order - U256::from_be_slice(&good[32..64]);
        high_s[32..64].copy_from_slice(&s.to_be_bytes::<32>());
        high_s[64] = if good[64] == 27 { 28 } else { 27 };
        assert_eq!(recover(&digest, &high_s), Err(SignatureError::NotCanonical));
        for v in [0u8, 1, 29, 35, 36, 37, 255] {
            let mut other = good.clone();
            other[64] = v;
            assert_eq!(recover(&digest, &other), Err(SignatureError::NotCanonical), "v {v}");
        }
        for length in [0, 64, 66] {
            let mut other = good.clone();
            other.resize(length, 0);
            assert_eq!(recover(&digest, &other), Err(SignatureError::NotCanonical), "{length} bytes");
        }
        assert!(recover(&digest, &[0; 65]).is_err());
    }
}
