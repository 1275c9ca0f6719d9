//! The network's EIP-712 messages: what is signed, by whom, and how a signature is checked.
//!
//! The domain binds every signature to one chain and one contract; the type hash binds it to one type. A [`Register`] is signed for
//! the staking contract, everything else for the settlement contract. A message is signed alone or together with others, see
//! [`Tree`]; every check here takes either form. The vectors in `contracts/test/vectors/messages.json` are checked from both sides.

mod tree;
#[cfg(test)]
mod vectors;

use alloy::{
    primitives::{Address, B256, Bytes, Signature, U256, keccak256},
    sol,
    sol_types::{Eip712Domain, SolStruct, SolValue, eip712_domain},
};
use serde::{Deserialize, Serialize};

pub use self::tree::{MAX_BATCH, Tree, TreeError};
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
    /// the most that the task can cost, in base units of CAI; the rates are base units per 1,000 tokens, an image counts as one token;
    /// `deadline` is in seconds since the Unix epoch.
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
        #[serde(with = "decimal")]
        uint128 promptRate;
        #[serde(with = "decimal")]
        uint128 completionRate;
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

    /// Many messages of one signer, signed at once: the root of a [`Tree`] of them.
    #[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    struct Batch {
        bytes32 root;
    }
}

/// Tokens that a ticket's rates are for.
const RATE_TOKENS: u64 = 1_000;

impl Ticket {
    /// What the contracts pay for an answer, in base units of CAI: its tokens at the ticket's rates, rounded up, and at most the
    /// ticket's price. For tokens that the task cannot have, the coordinator owes less, see [`crate::price::Quote::owed`].
    pub fn cost(&self, receipt: &Receipt) -> u128 {
        // Products of 32 and 128 bits.
        let part = |tokens: u32, rate: u128| U256::from(tokens) * U256::from(rate);
        let tokens = part(receipt.promptTokens, self.promptRate) + part(receipt.completionTokens, self.completionRate);
        tokens.div_ceil(U256::from(RATE_TOKENS)).saturating_to::<u128>().min(self.price)
    }
}

/// Where signatures are valid: one chain and one contract. A network has two of them, see [`crate::chain::Network`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The contract that the messages are signed for.
    pub contract: Address,
}

impl Domain {
    fn eip712(&self) -> Eip712Domain {
        eip712_domain! {
            name: "Cuckoo",
            version: "1",
            chain_id: self.chain_id,
            verifying_contract: self.contract,
        }
    }

    /// The message's digest: what is signed where it is signed alone, and what other messages name it by.
    pub fn digest(&self, message: &impl SolStruct) -> B256 {
        self.digest_of(&message.eip712_hash_struct())
    }

    /// The same from the message's struct hash.
    fn digest_of(&self, struct_hash: &B256) -> B256 {
        let mut bytes = [0; 66];
        bytes[..2].copy_from_slice(&[0x19, 0x01]);
        bytes[2..34].copy_from_slice(self.eip712().separator().as_slice());
        bytes[34..].copy_from_slice(struct_hash.as_slice());
        keccak256(bytes)
    }

    /// The signer of `message`, if `signature` is in an accepted form: 65 bytes r | s | v over its digest with v 27 or 28 and low s
    /// (EIP-2), or such a signature of a batch followed by the message's path in it, 1 to 12 words.
    pub fn signer(&self, message: &impl SolStruct, signature: &[u8]) -> Result<Address, SignatureError> {
        self.signer_of(&message.eip712_hash_struct(), signature)
    }

    fn signer_of(&self, hash: &B256, signature: &[u8]) -> Result<Address, SignatureError> {
        let (signature, path) = signature.split_at_checked(SIGNATURE).ok_or(SignatureError::NotCanonical)?;
        let signed = match path {
            [] => self.digest_of(hash),
            path => self.digest(&Batch { root: tree::root(hash, path).ok_or(SignatureError::NotCanonical)? }),
        };
        recover(&signed, signature)
    }

    /// Checks that `signer` signed `message`, alone or in a batch.
    pub fn verify(&self, message: &impl SolStruct, signature: &[u8], signer: Address) -> Result<(), SignatureError> {
        match self.signer(message, signature)? {
            found if found == signer => Ok(()),
            found => Err(SignatureError::WrongSigner { expected: signer, found }),
        }
    }
}

impl Tree {
    /// The digest to sign for `domain`. A batch of one is a message signed alone.
    pub fn digest(&self, domain: &Domain) -> B256 {
        self.root().map_or_else(|| domain.digest_of(self.first()), |root| domain.digest(&Batch { root }))
    }

    /// Each message's own signature, in the order of the messages, from the one of [`Tree::digest`].
    pub fn signatures(&self, signature: &Signature) -> Vec<Bytes> {
        let signature = signature_bytes(signature);
        self.paths().map(|path| [&signature[..], &path].concat().into()).collect()
    }
}

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The signature is not r, s, v of 65 bytes with v 27 or 28 and s in the lower half of the curve's order, or what follows them is
    /// not a path of 1 to 12 words.
    #[error("the signature is not in canonical form (65 bytes, v 27 or 28, low s; in a batch 1 to 12 words more)")]
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

/// Bytes of r, s and v.
const SIGNATURE: usize = 65;

/// Recovers the signer of a digest from the one accepted form of a bare signature.
fn recover(digest: &B256, signature: &[u8]) -> Result<Address, SignatureError> {
    if signature.len() != SIGNATURE || !matches!(signature[SIGNATURE - 1], 27 | 28) {
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

/// The bytes of a signature of one message, in the accepted form. Those of a batch: [`Tree::signatures`].
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
    use super::*;
    use alloy::signers::SignerSync;

    /// Anvil's well-known second development key: worth nothing anywhere.
    const KEY: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";

    fn signer() -> alloy::signers::local::PrivateKeySigner {
        KEY.parse().expect("a key")
    }

    fn domain() -> Domain {
        Domain { chain_id: 31337, contract: Address::repeat_byte(0xcc) }
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
            promptRate: 10u128.pow(15),
            completionRate: 5 * 10u128.pow(15),
            deadline: 1_800_000_000,
        }
    }

    #[test]
    fn a_signature_is_valid_on_its_own_chain_and_contract_only() {
        let signature = signature_bytes(&signer().sign_hash_sync(&domain().digest(&ticket())).expect("signs"));
        assert_eq!(domain().verify(&ticket(), &signature, signer().address()), Ok(()));
        for other in [Domain { chain_id: 1, ..domain() }, Domain { contract: Address::repeat_byte(0xdd), ..domain() }] {
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
