//! Receipts with their answers: how they are read from files, and verified against the network.

use std::{io::Read, path::Path};

use alloy::primitives::keccak256;
use cuckoo_protocol::{
    Address, B256, Untrusted,
    chain::{Client, Network, Setup},
    contract::Role,
    task::{ChatMessage, ReceiptRecord, Sampling, prompt_commitment},
};
use serde::{Deserialize, Serialize};

use crate::{
    host::env,
    terminal::{Class, Error, Result},
};

/// A receipt with the answer that it belongs to, as the coordinator serves them.
#[derive(Debug, Deserialize)]
pub struct Document {
    /// Ticket, receipt and signatures.
    pub receipt: ReceiptRecord,
    /// The answer.
    pub text: String,
}

/// What a valid receipt proves.
#[derive(Debug, Serialize)]
pub struct Verified {
    /// EIP-712 digest of the receipt.
    pub receipt: B256,
    /// The coordinator that signed the ticket, registered on this network.
    pub coordinator: Address,
    /// The miner that signed the receipt, registered on this network.
    pub miner: Address,
    /// The miner's name on chain.
    pub miner_name: Untrusted,
    /// Hash of the model's manifest.
    pub model: B256,
    /// Tokens of the prompt, as the miner counted them.
    pub prompt_tokens: u32,
    /// Tokens that the miner generated.
    pub completion_tokens: u32,
}

/// What the application asked for; known only where this command asked it.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The chat.
    pub messages: &'a [ChatMessage],
    /// The parameters.
    pub sampling: &'a Sampling,
}

/// Reads a receipt with its answer from a file, or from stdin where the path is `-`; also returns the Keccak-256 of the input.
pub fn read(file: &Path) -> Result<(Document, B256)> {
    let bytes = read_bytes(file)?;
    Ok((parse(&bytes)?, keccak256(bytes)))
}

pub(super) fn read_bytes(file: &Path) -> Result<Vec<u8>> {
    let mut bytes = vec![];
    if file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(file).map_err(|error| Error::failure(format_args!("{}: {error}", file.display())))?;
    }
    Ok(bytes)
}

/// Reads a receipt with its answer; anything more, such as that of a bundle of evidence, is passed over.
pub fn parse(json: &[u8]) -> Result<Document> {
    serde_json::from_slice(json).map_err(|error| {
        Error::failure(format_args!("this is not a receipt: {error}"))
            .hint("to fetch one: cuckoo task receipt ID > FILE")
    })
}

/// Verifies a receipt against the answer, the network and, where `asked` is known, the request.
pub async fn verify(network: &Network, document: &Document, asked: Option<Asked<'_>>) -> Result<Verified> {
    let failed = |reason: String| Error::new(Class::CheckFailed, format_args!("the receipt is not valid: {reason}"));
    let record = &document.receipt;
    if record.domain() != network.domain() {
        return Err(failed(format!(
            "it is for chain {} and contract {}, not for {} (chain {}, contract {})",
            record.chain_id, record.settlement, network.name, network.chain_id, network.settlement
        )));
    }
    record.verify(&document.text).map_err(|error| failed(error.to_string()))?;
    if let Some(asked) = asked {
        if record.ticket.promptCommitment != prompt_commitment(&record.salt, asked.messages) {
            return Err(failed("the miner was given another prompt".into()));
        }
        if record.ticket.parameters != asked.sampling.hash() {
            return Err(failed("the miner was given other parameters".into()));
        }
    }
    let setup = Setup { events: env::events_directory(), ..Setup::default() };
    let registry = Client::connect_with(network, &setup).await?.registry().await?;
    let registered = |address: Address, role: Role| {
        let node = registry.node(&address).filter(|node| node.role == role);
        node.ok_or_else(|| failed(format!("{address} is not registered as a {}", role.as_str())))
    };
    registered(record.ticket.coordinator, Role::Coordinator)?;
    let miner = registered(record.ticket.miner, Role::Miner)?;
    Ok(Verified {
        receipt: record.hash(),
        coordinator: record.ticket.coordinator,
        miner: record.ticket.miner,
        miner_name: miner.name.clone(),
        model: record.ticket.model,
        prompt_tokens: record.receipt.promptTokens,
        completion_tokens: record.receipt.completionTokens,
    })
}
