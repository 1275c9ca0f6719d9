//! `cuckoo audit`: check by yourself what the network claims.

mod assignments;
mod model;

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use alloy::primitives::keccak256;
use clap::Subcommand;
use cuckoo_protocol::{
    Address, B256, Untrusted,
    chain::{Client, Mirror, Network},
    contract::Role,
    task::{ChatMessage, ReceiptRecord, Sampling, prompt_commitment},
};
use serde::{Deserialize, Serialize};

use crate::{
    command::shared::check::count,
    context::Context,
    terminal::{Class, Error, Result, Text},
};

/// Check by yourself what the network claims
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verify a receipt: who asked, who answered, and that this is the answer
    Receipt {
        /// What `cuckoo task receipt ID` printed, or - for stdin
        file: PathBuf,
    },
    /// Draw every task of a coordinator's assignment log again
    Assignments(assignments::Args),
    /// Measure how surely false answers for a model are found, and honest ones are not suspected
    Model(Box<model::Args>),
}

/// A receipt with the text that it is about, as the coordinator serves it.
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
    /// Tokens of the prompt, as the miner counted.
    pub prompt_tokens: u32,
    /// Tokens generated.
    pub completion_tokens: u32,
}

/// What the application asked for; known to whoever asked.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The chat.
    pub messages: &'a [ChatMessage],
    /// The parameters.
    pub sampling: &'a Sampling,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let file = match args.command {
        Command::Receipt { file } => file,
        Command::Assignments(args) => return Box::pin(assignments::run(args, context)).await,
        Command::Model(args) => return Box::pin(model::run(*args, context)).await,
    };
    let (document, _) = read(&file)?;
    let verified = verify(&context.network()?, &document, None).await?;
    // Vectors have none.
    let tokens = match verified.completion_tokens {
        0 => String::new(),
        tokens => format!(" of {}", count(tokens as usize, "token")),
    };
    context.printer.ok(format_args!(
        "the receipt is valid: {} signed this answer{tokens} for {}",
        verified.miner_name, verified.coordinator
    ));
    context.printer.result(&verified, || Text::Value(verified.receipt.to_string()))
}

/// A receipt with its answer from a file, or from stdin where the path is `-`; and the Keccak-256 of what was read.
pub fn read(file: &Path) -> Result<(Document, B256)> {
    let mut json = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut json)?;
    } else {
        json = std::fs::read_to_string(file)
            .map_err(|error| Error::failure(format_args!("{}: {error}", file.display())))?;
    }
    let document = serde_json::from_str(&json).map_err(|error| {
        Error::failure(format_args!("this is not a receipt: {error}")).hint("fetch one: cuckoo task receipt ID > FILE")
    })?;
    Ok((document, keccak256(json)))
}

/// Verifies a receipt against the answer, the network and, where it is known, the request.
pub async fn verify(network: &Network, document: &Document, asked: Option<Asked<'_>>) -> Result<Verified> {
    let failed = |reason: String| Error::new(Class::CheckFailed, format_args!("the receipt is not valid: {reason}"));
    let record = &document.receipt;
    if record.domain() != network.domain() {
        return Err(failed(format!(
            "it is for chain {} and contract {}, not for {} (chain {}, contract {})",
            record.chain_id, record.staking, network.name, network.chain_id, network.staking
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
    let mut mirror = Mirror::new(Client::connect(network).await?);
    mirror.poll().await?;
    let registry = mirror.registry();
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
