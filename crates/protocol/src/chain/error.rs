//! What can go wrong between this program and the chain.

use std::path::PathBuf;

use alloy::primitives::{Address, B256, U256};

use super::{DisplaySafeUrl, Revert};
use crate::Untrusted;

/// Why an endpoint is of no use, for what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The connection fails or breaks.
    Silent,
    /// Nothing listens there.
    NobodyListens,
    /// No answer in time.
    Slow,
    /// A rate limit.
    Busy,
    /// It does not have a block yet that it has named.
    Behind,
    /// An HTTP status.
    Status(u16),
    /// Something that is not JSON-RPC.
    NotJsonRpc,
    /// `https` was asked of a server that speaks plain `http`.
    NoTls,
}

/// What went wrong between this program and the chain. Endpoints are shown redacted.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The network's description names no endpoint.
    #[error("the network's description names no RPC endpoint")]
    NoEndpoint,
    /// No answer after all retries.
    #[error("cannot reach the RPC endpoint {url}: {reason}")]
    Unreachable {
        /// The endpoint, without its secrets.
        url: DisplaySafeUrl,
        /// The reason, in words.
        reason: String,
        /// The kind of the reason.
        cause: Cause,
    },
    /// The endpoint is one of another chain. Nothing was signed.
    #[error("the RPC endpoint {url} is on chain {found}, not on chain {expected}")]
    WrongChain {
        /// The endpoint, without its secrets.
        url: DisplaySafeUrl,
        /// The value in the network's description.
        expected: u64,
        /// The value that the endpoint answered.
        found: u64,
    },
    /// There is no code at a contract's address.
    #[error("there is no {contract} contract at {address} on chain {chain_id} ({url})")]
    NoContract {
        /// The contract's name.
        contract: &'static str,
        /// The address where it should be.
        address: Address,
        /// The chain's id.
        chain_id: u64,
        /// The endpoint that was asked, without its secrets.
        url: DisplaySafeUrl,
    },
    /// The contract there is not the configured one.
    #[error("the {contract} contract has {what} {found}, the network's description says {expected}")]
    Mismatch {
        /// The contract's name.
        contract: &'static str,
        /// The property that differs.
        what: &'static str,
        /// The value in the network's description.
        expected: String,
        /// The value that the endpoint answered.
        found: String,
    },
    /// The node refused a request.
    #[error("the RPC endpoint {url} refused {method}: {message} (code {code})")]
    Refused {
        /// The endpoint, without its secrets.
        url: DisplaySafeUrl,
        /// The RPC method that was called.
        method: &'static str,
        /// JSON-RPC error code.
        code: i64,
        /// The endpoint's message.
        message: Untrusted,
    },
    /// The answer makes no sense.
    #[error("the RPC endpoint {url} answered {method} with something unexpected: {reason}")]
    Malformed {
        /// The endpoint, without its secrets.
        url: DisplaySafeUrl,
        /// The RPC method that was called.
        method: &'static str,
        /// The reason, in words.
        reason: String,
    },
    /// An event of a known kind cannot be read: the endpoint altered it, or the contract is another one.
    #[error(
        "the RPC endpoint gave an event `{event}` of the contract {contract} that cannot be read ({place}): {reason}"
    )]
    BrokenEvent {
        /// The event's signature.
        event: &'static str,
        /// The contract that is said to have emitted it.
        contract: Address,
        /// The block and the transaction that it is said to be in.
        place: String,
        /// What the decoder says.
        reason: String,
    },
    /// The contract would refuse the transaction. Nothing was sent.
    #[error("{0}")]
    Reverts(Revert),
    /// The sender cannot pay the fee. Nothing was sent.
    #[error("{account} has {have} wei of the chain's coin for fees and needs {need} wei")]
    NoGas {
        /// The account that would pay.
        account: Address,
        /// Its balance.
        have: U256,
        /// The most that the transaction can cost.
        need: U256,
    },
    /// A key is needed.
    #[error("this needs a key to sign with, and the client has none")]
    NoSigner,
    /// A Ledger is missing or locked, or its holder said no. Nothing was signed.
    #[error("the Ledger did not sign: {0}")]
    Ledger(String),
    /// Signing failed.
    #[error("signing failed: {0}")]
    Signing(String),
    /// Another process holds the key's outbox.
    #[error("another process is sending with the key of {account}")]
    KeyBusy {
        /// The key's address.
        account: Address,
    },
    /// The file of a key's transactions cannot be used. Nothing was signed.
    #[error("the record of sent transactions {path} cannot be used: {reason}")]
    Outbox {
        /// The file.
        path: PathBuf,
        /// The reason, in words.
        reason: String,
    },
    /// The mirrored nodes differ from what the contract says.
    #[error("the events up to block {block} ({hash}) do not add up to the contract's state")]
    Inconsistent {
        /// The block's number.
        block: u64,
        /// The block's hash.
        hash: B256,
    },
    /// The chain changed its mind while it was read; a later attempt may succeed.
    #[error("the chain was reorganised while it was read; try again")]
    Reorganised,
}

impl ChainError {
    /// True when another endpoint of the same network may do better.
    pub fn is_of_endpoint(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::WrongChain { .. })
    }

    /// True when the same request may succeed later without any change on this side.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Reorganised)
    }
}
