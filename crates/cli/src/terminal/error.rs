//! What a command fails with: a class for scripts, a sentence for people, and what to do next.

use std::{fmt, io};

use cuckoo_protocol::{
    B256,
    chain::{Cause, ChainError, DEVELOPMENT_CHAIN_ID, DisplaySafeUrl, Revert, SendError},
    http::is_loopback,
};

use crate::terminal::Class;

/// A command's failure.
#[derive(Debug)]
pub struct Error {
    class: Class,
    message: String,
    hints: Vec<String>,
    transaction: Option<B256>,
    data: Option<Box<serde_json::Value>>,
}

/// What commands return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Makes a failure of a class.
    pub fn new(class: Class, message: impl fmt::Display) -> Self {
        Self { class, message: message.to_string(), hints: vec![], transaction: None, data: None }
    }

    /// Makes a failure whose cause has no class of its own.
    pub fn failure(message: impl fmt::Display) -> Self {
        Self::new(Class::Failure, message)
    }

    /// Makes a failure for wrong usage.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(Class::Usage, message)
    }

    /// Makes a failure for what the chain does not allow.
    pub fn precondition(message: impl fmt::Display) -> Self {
        Self::new(Class::Precondition, message)
    }

    /// Makes a failure for a missing key, a wrong password or a person who declined.
    pub fn auth(message: impl fmt::Display) -> Self {
        Self::new(Class::Auth, message)
    }

    /// Makes a failure for something that does not answer.
    pub fn unavailable(message: impl fmt::Display) -> Self {
        Self::new(Class::Unavailable, message)
    }

    /// Makes a failure for a bad configuration.
    pub fn config(message: impl fmt::Display) -> Self {
        Self::new(Class::Config, message)
    }

    /// Adds what to do next, best with the exact command.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }

    /// Changes each hint.
    #[must_use]
    pub fn map_hints(mut self, change: impl FnMut(String) -> String) -> Self {
        self.hints = self.hints.into_iter().map(change).collect();
        self
    }

    /// Names the transaction that the failure is about; its hash goes to stdout.
    #[must_use]
    pub fn transaction(mut self, hash: B256) -> Self {
        self.transaction = Some(hash);
        self
    }

    /// Adds what was found before the failure, for the JSON document.
    #[must_use]
    pub fn data(mut self, data: serde_json::Value) -> Self {
        self.data = Some(Box::new(data));
        self
    }

    /// Puts what was attempted before the cause.
    #[must_use]
    pub fn context(mut self, attempted: impl fmt::Display) -> Self {
        self.message = format!("{attempted}: {}", self.message);
        self
    }

    /// The same for somebody who has named the endpoint: a local network is not what they want.
    #[must_use]
    pub fn with_named_endpoint(mut self) -> Self {
        for hint in self.hints.iter_mut().filter(|hint| *hint == START_NETWORK) {
            *hint = "nothing listens there; check the host and the port of the endpoint: --rpc-url URL".into();
        }
        self
    }

    /// The class of the failure.
    pub fn class(&self) -> Class {
        self.class
    }

    /// The hints that say what to do next.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// What was found before the failure.
    pub fn found(&self) -> Option<&serde_json::Value> {
        self.data.as_deref()
    }

    /// The transaction that the failure is about.
    pub fn transaction_hash(&self) -> Option<B256> {
        self.transaction
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        // A reader that has seen enough, such as `head`, ends the output without a failure.
        let class = if error.kind() == io::ErrorKind::BrokenPipe { Class::Ok } else { Class::Failure };
        Self::new(class, error)
    }
}

impl From<eyre::Report> for Error {
    fn from(report: eyre::Report) -> Self {
        Self::failure(format!("{report:#}"))
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::failure(error)
    }
}

impl From<ChainError> for Error {
    fn from(error: ChainError) -> Self {
        let class = match &error {
            ChainError::Unreachable { .. }
            | ChainError::Reorganised
            | ChainError::Inconsistent { .. }
            | ChainError::KeyBusy { .. } => Class::Unavailable,
            ChainError::WrongChain { .. }
            | ChainError::NoContract { .. }
            | ChainError::Mismatch { .. }
            | ChainError::Outbox { .. }
            | ChainError::NoEndpoint => Class::Config,
            ChainError::Reverts(_) | ChainError::NoGas { .. } => Class::Precondition,
            ChainError::NoSigner | ChainError::Ledger(_) => Class::Auth,
            ChainError::Refused { .. }
            | ChainError::Malformed { .. }
            | ChainError::BrokenEvent { .. }
            | ChainError::Signing(_) => Class::Failure,
        };
        let failure = Self::new(class, &error);
        match &error {
            ChainError::Unreachable { url, cause, .. } => failure.hint(hint_for_endpoint(url, *cause)),
            ChainError::BrokenEvent { .. } => failure.hint("ask another endpoint: --rpc-url URL"),
            ChainError::WrongChain { .. } => failure.hint("nothing was signed; check --network and --rpc-url"),
            ChainError::NoContract { chain_id: DEVELOPMENT_CHAIN_ID, .. } => {
                failure.hint("the local chain may have been restarted; start a network again: cuckoo devnet")
            }
            ChainError::NoContract { .. } | ChainError::Mismatch { .. } => {
                failure.hint("check the network's description: cuckoo network show")
            }
            ChainError::NoGas { account, .. } => failure.hint(format_args!(
                "on a test network the faucet service gives some: cuckoo faucet request --to {account} --faucet-url URL"
            )),
            ChainError::KeyBusy { .. } => failure.hint("list the transactions that are in no block yet: cuckoo tx list"),
            ChainError::Outbox { path, .. } if !path.exists() => failure.hint(format_args!(
                "nothing was signed; make {} writable, or name another directory: CUCKOO_DATA_DIR=DIR in the environment",
                path.parent().unwrap_or(path).display()
            )),
            ChainError::Outbox { path, .. } => failure.hint(format_args!(
                "nothing was signed; if no transaction of this key is waiting for a block, move the file away: mv {0} {0}.old",
                path.display()
            )),
            ChainError::NoEndpoint => failure.hint("name one: --rpc-url URL"),
            ChainError::Ledger(_) => failure.hint("connect it, unlock it and open its Ethereum app; then try again"),
            ChainError::NoSigner => failure.hint("name a wallet: --account NAME"),
            ChainError::Refused { message, .. } => match least_tip(message.raw()) {
                Some(least) => failure.hint(format_args!("the chain asks for a higher tip: --priority-fee {least}")),
                None => failure,
            },
            ChainError::Reverts(revert) => match hint_for(revert) {
                Some(hint) => failure.hint(hint),
                None => failure,
            },
            _ => failure,
        }
    }
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        let failure = match error {
            SendError::Chain(error) => return error.into(),
            SendError::Unconfirmed { hash, .. } => {
                Self::new(Class::Unconfirmed, &error).hint(format_args!("wait for it: cuckoo tx wait {hash}"))
            }
            SendError::Replaced { .. } => Self::failure(&error).hint("run the command again if it is still needed"),
            SendError::Refused { .. } => Self::failure(&error),
            SendError::Reverted { .. } => Self::new(Class::Reverted, &error),
        };
        match error.hash() {
            Some(hash) => failure.transaction(hash),
            None => failure,
        }
    }
}

/// The least tip in wei that a refusal names, as in `gas tip cap 1000000, minimum needed 25000000000`.
fn least_tip(refusal: &str) -> Option<u128> {
    let text = refusal.to_ascii_lowercase();
    let (_, after) = text.split_once("minimum needed").filter(|(before, _)| before.contains("tip"))?;
    after.trim_start_matches([':', ' ']).split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// What a person does who has a local network and has not named an endpoint.
const START_NETWORK: &str = "start a local network: cuckoo devnet";

fn hint_for_endpoint(url: &DisplaySafeUrl, cause: Cause) -> &'static str {
    let is_local = is_loopback(url.expose().host_str());
    match cause {
        Cause::NobodyListens if is_local => START_NETWORK,
        Cause::NoTls => "give the endpoint with http:// in place of https://: --rpc-url URL",
        Cause::Busy => "wait a moment, or use an endpoint with a higher limit: --rpc-url URL",
        Cause::Status(401 | 403) => "it may want a key: give the endpoint with the key in its URL: --rpc-url URL",
        Cause::Status(404) | Cause::NotJsonRpc => "check the host and the path of the endpoint: --rpc-url URL",
        _ => "try another endpoint: --rpc-url URL",
    }
}

fn hint_for(revert: &Revert) -> Option<&'static str> {
    Some(match revert.name {
        "BelowMinimum" => "stake more: cuckoo stake deposit AMOUNT, then --stake AMOUNT",
        "InsufficientFreeStake" => "put CAI into your free stake first: cuckoo stake deposit AMOUNT",
        "ERC20InsufficientBalance" => "on a test network the faucet gives CAI: cuckoo faucet request",
        "NotACoordinator" => "list the coordinators: cuckoo vote leaderboard --role coordinator",
        "EscrowShort" => "show the escrow: cuckoo escrow status",
        "UnknownNode" | "NotActive" => "list the nodes and their state: cuckoo vote leaderboard",
        "CommissionAbove" => "compare the commissions: cuckoo vote leaderboard; or accept it: --max-commission PERCENT",
        "NodeRotatedTo" => "name the new key, or the node's name",
        "NotIdleYet" | "AlreadyIdle" => "list the nodes and their state: cuckoo vote leaderboard",
        "EntriesPaused" | "ExitsPaused" => "wait until the pause is over, at the latest 72 hours after it began",
        "KeyReplaced" => "see which key has taken its place: cuckoo register status NODE",
        "CollectNotDue" => "run it again then: cuckoo escrow collect",
        "NotNodeOwner" | "NotOwner" | "NotCoordinator" => "sign as its owner: --account NAME",
        "NothingOwed" => "show all CAI of the address: cuckoo balance",
        "ClaimOrder" | "TicketExpired" | "TicketNotDue" | "TicketSettled" => "see what is owed: cuckoo miner vouchers",
        "BadWork" => "the day may have changed meanwhile; run it again",
        "NoJury" => "miners declare what they can judge, an epoch before: cuckoo dispute declare MANIFEST",
        "SeedUnknown" => "record it: cuckoo dispute seed ID",
        "NotAnActiveMiner" => "sign with the key of a miner: --account NAME",
        "JoinClosed" | "NotSummonPhase" | "NotCommitPhase" | "NotRevealPhase" | "NotOver" | "NotOpen" | "NotJuror" => {
            "show its state: cuckoo dispute show ID"
        }
        "AlreadyDisputed" => "list the disputes: cuckoo dispute list --all",
        "NodeTaken" | "NodeIsOwner" => "make a key for the node: cuckoo wallet new NAME",
        "InsufficientStake" | "NothingToRelease" | "StillUnbonding" => "show where your stake is: cuckoo stake status",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_names_a_least_tip_is_answered_with_the_option() {
        let refusal = "transaction gas price below minimum: gas tip cap 1000000, minimum needed 25000000000";
        assert_eq!(least_tip(refusal), Some(25_000_000_000));
        for other in ["nonce too low", "minimum needed 5", "transaction underpriced: tip needed 1", ""] {
            assert_eq!(least_tip(other), None, "{other}");
        }
    }
}
