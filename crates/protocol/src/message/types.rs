//! The messages themselves: their fields, their struct hashes, and what a ticket's answer costs.

use std::sync::LazyLock;

use alloy::{
    primitives::{B256, Bytes, Keccak256, U256, keccak256},
    sol,
    sol_types::{SolStruct, SolValue},
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

    /// The miner's statement after the work; `ticket` is the EIP-712 digest of the ticket it answers, and the commitments are those of
    /// [`crate::task::output_commitment`] and [`crate::task::audit_commitment`].
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

    /// The coordinator has accepted the answer to the ticket with this number, whose receipt has this digest, and owes this for it,
    /// in base units of CAI. The contracts do not read it: it shows whom a coordinator leaves unpaid.
    #[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    struct Acknowledgement {
        address coordinator;
        address miner;
        uint64 number;
        bytes32 receipt;
        #[serde(with = "decimal")]
        uint128 owed;
    }

    /// An auditor's finding about a receipt.
    #[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    struct Verdict {
        bytes32 receipt;
        address auditor;
        uint8 outcome;
        bytes32 evidence;
    }

    /// A node's request to read the evidence of a dispute that it judges or is a party of, at the coordinator `audience`; `time` is in
    /// seconds since the Unix epoch. The contracts do not read it.
    #[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    struct EvidenceRequest {
        bytes32 dispute;
        address node;
        address audience;
        uint64 time;
    }

    /// Many messages of one signer, signed at once: the root of their Merkle tree.
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

/// One of the messages above.
pub trait Message: SolStruct {
    /// Keccak-256 of the type's description, worked out once.
    fn type_hash() -> B256;

    /// EIP-712's `hashStruct` of the message: its digest but for the domain.
    fn struct_hash(&self) -> B256 {
        let mut hasher = Keccak256::new();
        hasher.update(Self::type_hash());
        hasher.update(self.eip712_encode_data());
        hasher.finalize()
    }
}

macro_rules! messages {
    ($($message:ident)*) => {
        $(impl Message for $message {
            fn type_hash() -> B256 {
                static HASH: LazyLock<B256> = LazyLock::new(|| keccak256($message::eip712_encode_type().as_bytes()));
                *HASH
            }
        })*
    };
}

messages! { Register Login Ticket Receipt Voucher Acknowledgement Verdict EvidenceRequest Batch }

/// The commitment to a node's public description that `Register` carries.
pub fn metadata_hash(name: &str, introduction: &str, endpoint: &str) -> B256 {
    keccak256((name, introduction, endpoint).abi_encode_params())
}

/// The audience of a login: Keccak-256 of the coordinator's endpoint as the miner dialled it.
pub fn audience_hash(endpoint: &str) -> B256 {
    keccak256(endpoint)
}

/// An acknowledgement with its coordinator's signature: what a miner keeps until a voucher pays the ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedAcknowledgement {
    /// The coordinator's statement.
    pub acknowledgement: Acknowledgement,
    /// The signature by the coordinator's key.
    pub signature: Bytes,
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
