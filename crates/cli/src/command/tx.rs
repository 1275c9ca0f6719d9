//! `cuckoo tx`: shows transactions and waits for them.

use alloy::{
    consensus::Transaction as _,
    network::TransactionResponse,
    rpc::types::{Transaction, TransactionReceipt},
};
use clap::Subcommand;
use cuckoo_protocol::{
    Address, B256,
    chain::{Client, Intent, State},
};
use serde::Serialize;
use serde_json::json;

use crate::{
    account::{
        session::{Sent, Session, outbox, settle},
        signer,
    },
    args::{IdPrefix, TransactionOptions},
    context::Context,
    host::clock::{self, moment},
    terminal::{Cell, Error, Result, Table, Text},
};

/// Show transactions and wait for them
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what the chain and this machine know about a transaction
    Show {
        /// Hash of the transaction, or of one that was sent from here at least the first 6 digits
        hash: IdPrefix,
    },
    /// Wait for a transaction; send it again if it was sent from here and the endpoint lost it
    Wait {
        /// Hash of the transaction, or of another one that was signed for the same purpose; of one that was sent from here at least
        /// the first 6 digits
        hash: IdPrefix,
        /// Number of blocks to wait for, counting the one that holds the transaction
        #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
        confirmations: u64,
    },
    /// List the transactions that were sent from this machine and are in no block yet
    List {
        /// List also those that are over: confirmed, reverted, replaced or refused
        #[arg(long)]
        all: bool,
    },
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    match command {
        Command::Show { hash } => show(find(&hash)?, context).await,
        Command::Wait { hash, confirmations } => wait(find(&hash)?, confirmations, context).await,
        Command::List { all } => list(all, context),
    }
}

/// The hash that is meant: whole, or of a transaction that this machine knows.
fn find(hash: &IdPrefix) -> Result<B256> {
    match hash.whole() {
        Some(hash) => Ok(hash),
        None => {
            let attempts = outbox().intents()?.into_iter().flat_map(|intent| intent.attempts);
            hash.find("transaction", attempts.map(|attempt| attempt.hash))
        }
    }
}

async fn wait(hash: B256, confirmations: u64, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let timeout = context.globals.timeout;
    let progress = context.printer.progress("Waiting for the transaction");
    context.printer.set_pending(Some(hash));
    let intent = outbox().find(client.network().chain_id, hash)?;
    let client = match &intent {
        Some(intent) => with_key(client, intent, context).await,
        None => client,
    };
    let options = TransactionOptions { confirmations, ..TransactionOptions::default() };
    let session = Session::new(context, client, &options);
    let sent = match &intent {
        Some(intent) => session.finish(session.client(), intent).await,
        None => session.client().wait(hash, timeout).await.map_err(Error::from).and_then(|sent| settle(sent, timeout)),
    };
    let sent = match sent {
        Ok(sent) => session.follow(session.client(), &sent).await.map(|()| sent),
        Err(error) => Err(session.with_confirmations(error)),
    };
    context.printer.set_pending(None);
    drop(progress);
    let sent = sent?;
    if let Sent::Confirmed { block, .. } = sent {
        context.printer.ok(format_args!("the transaction is in block {block}"));
    }
    context.printer.result(&sent, || sent.text())
}

/// Adds the key of the transaction, which can raise its fee, if no question is needed for it.
async fn with_key(client: Client, intent: &Intent, context: &Context) -> Client {
    let options = &context.globals.wallet;
    let network = client.network();
    if signer::resolve_address(options, network, true).await.is_ok_and(|address| address == intent.from)
        && let Ok(signer) = signer::choose_signer(options, network, true).await
        && signer.address() == intent.from
    {
        return client.with_signer(signer);
    }
    client
}

/// One transaction that was signed for a purpose.
#[derive(Clone, Debug, Serialize)]
struct Attempt {
    hash: B256,
    /// The highest price of a unit of gas, in wei.
    max_fee_per_gas: String,
    max_priority_fee_per_gas: String,
    signed_at: String,
}

/// What this machine has recorded about a transaction.
#[derive(Clone, Debug, Serialize)]
struct Local {
    title: String,
    state: &'static str,
    /// The block that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<u64>,
    chain_id: u64,
    from: Address,
    to: Option<Address>,
    nonce: u64,
    /// The attempts, the newest last. At most one of them can ever be in a block.
    attempts: Vec<Attempt>,
    created_at: String,
    changed_at: String,
}

impl From<&Intent> for Local {
    fn from(intent: &Intent) -> Self {
        let attempts = intent.attempts.iter().map(|attempt| Attempt {
            hash: attempt.hash,
            max_fee_per_gas: attempt.fees.max_fee_per_gas.to_string(),
            max_priority_fee_per_gas: attempt.fees.max_priority_fee_per_gas.to_string(),
            signed_at: moment(attempt.signed_at),
        });
        Self {
            title: intent.title.clone(),
            state: intent.state.as_str(),
            block: match intent.state {
                State::Confirmed { block, .. } | State::Reverted { block, .. } => Some(block),
                _ => None,
            },
            chain_id: intent.chain_id,
            from: intent.from,
            to: intent.to,
            nonce: intent.nonce,
            attempts: attempts.collect(),
            created_at: moment(intent.created_at),
            changed_at: moment(intent.changed_at),
        }
    }
}

/// A transaction, as the chain and this machine know it.
#[derive(Clone, Debug, Serialize)]
struct Shown {
    hash: B256,
    /// `confirmed`, `reverted`, `pending` or `unknown`, as the chain has it.
    status: &'static str,
    block: Option<u64>,
    from: Option<Address>,
    to: Option<Address>,
    nonce: Option<u64>,
    /// The value in wei of the chain's coin.
    value: Option<String>,
    /// The fee that was paid, in wei.
    fee: Option<String>,
    local: Option<Local>,
}

async fn show(hash: B256, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let local = outbox().find(client.network().chain_id, hash)?;
    let found: Option<Transaction> = client.request("eth_getTransactionByHash", json!([hash])).await?;
    let receipt = client.receipt(hash).await?.filter(|receipt| receipt.block_number.is_some());
    if found.is_none() && receipt.is_none() && local.is_none() {
        return Err(Error::precondition(format_args!(
            "neither the chain nor this machine knows the transaction {hash}"
        ))
        .hint("if it is of another network, name that: --network NAME"));
    }
    let shown = Shown {
        hash,
        status: match (&receipt, &found) {
            (Some(receipt), _) if receipt.status() => "confirmed",
            (Some(_), _) => "reverted",
            (None, Some(_)) => "pending",
            (None, None) => "unknown",
        },
        block: receipt.as_ref().and_then(|receipt| receipt.block_number),
        from: found.as_ref().map(TransactionResponse::from).or(local.as_ref().map(|local| local.from)),
        to: found.as_ref().map_or_else(|| local.as_ref().and_then(|local| local.to), |found| found.to()),
        nonce: found.as_ref().map(|found| found.nonce()).or(local.as_ref().map(|local| local.nonce)),
        value: found.as_ref().map(|found| found.value().to_string()),
        fee: receipt.as_ref().map(fee),
        local: local.as_ref().map(Local::from),
    };
    if local.is_some_and(|local| local.state.is_open()) {
        context.printer.hint(format_args!("wait for it: cuckoo tx wait {hash}"));
    }
    context.printer.result(&shown, || Text::Table(rows(&shown)))
}

fn fee(receipt: &TransactionReceipt) -> String {
    u128::from(receipt.gas_used).saturating_mul(receipt.effective_gas_price).to_string()
}

fn rows(shown: &Shown) -> Table {
    let mut table = Table::new(["", ""]);
    let mut row = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            table.row([Cell::text(name), Cell::text(value)]);
        }
    };
    row("hash", Some(shown.hash.to_string()));
    row("status", Some(shown.status.to_owned()));
    row("block", shown.block.map(|block| block.to_string()));
    row("from", shown.from.map(|from| from.to_string()));
    row("to", shown.to.map(|to| to.to_string()));
    row("nonce", shown.nonce.map(|nonce| nonce.to_string()));
    row("fee in wei", shown.fee.clone());
    if let Some(local) = &shown.local {
        row("purpose", Some(local.title.clone()));
        row("here", Some(local.state.to_owned()));
        for attempt in &local.attempts {
            row(
                "signed",
                Some(format!("{} at {} wei a unit, {}", attempt.hash, attempt.max_fee_per_gas, attempt.signed_at)),
            );
        }
    }
    table
}

fn list(all: bool, context: &Context) -> Result<()> {
    let mut intents = outbox().intents()?;
    intents.retain(|intent| all || intent.state.is_open());
    intents.sort_by_key(|intent| std::cmp::Reverse(intent.created_at));
    let locals: Vec<_> = intents.iter().map(Local::from).collect();
    if intents.is_empty() && all {
        context.printer.say("No transaction was sent from this machine");
    } else if intents.is_empty() {
        context.printer.say("No transaction of this machine is waiting for a block");
        context.printer.hint("list those that are over as well: cuckoo tx list --all");
    }
    context.printer.result(&locals, || {
        let now = clock::now_seconds();
        let mut table = Table::new(["hash", "state", "age", "purpose", "chain", "from", "nonce", "block"]);
        for (intent, local) in intents.iter().zip(&locals) {
            let age = now.saturating_sub(intent.created_at);
            table.row([
                Cell::text(intent.hash()),
                Cell::text(intent.state.as_str()),
                Cell::both(humantime::format_duration(std::time::Duration::from_secs(age)), age),
                Cell::text(&intent.title),
                Cell::text(intent.chain_id),
                Cell::text(intent.from),
                Cell::number(intent.nonce),
                Cell::text(local.block.map_or_else(String::new, |block| block.to_string())),
            ]);
        }
        Text::Table(table)
    })
}
