//! `cuckoo escrow`: what a coordinator has prepaid, and what miners are paid from it.

use std::{io::Read, path::PathBuf};

use clap::Subcommand;
use cuckoo_protocol::{
    Address, Cai, U256, Untrusted,
    chain::Call,
    contract::{Role, Settlement},
};
use serde::Serialize;

use super::shared::moved::Moved;
use crate::{
    account::{
        escrow::{Credit, read_credits, read_escrows, settlement_address},
        node_reference::{NodeReference, find_node, read_registry},
        permit::{Permit, affordable, sign_permit},
        session::{Sent, Session, Summary},
    },
    args::{Amount, AmountArgs, TransactionOptions},
    context::Context,
    host::clock::{moment, time_between},
    terminal::{Cell, Error, Result, Table, Text},
};
use cuckoo_protocol::message::SignedVoucher;

/// What a coordinator has prepaid, and what miners are paid from it.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prepay for a coordinator; anybody may pay for any
    Deposit {
        /// The coordinator: an address or a name
        coordinator: NodeReference,
        /// How much, or max
        amount: Amount,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Start to take escrow back, as the coordinator's owner; until it is withdrawn it still pays miners
    Thaw {
        /// The coordinator: an address or a name
        coordinator: NodeReference,
        /// How much.
        #[command(flatten)]
        amount: AmountArgs,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Pay out escrow that has thawed, to the coordinator's owner
    Withdraw {
        /// The coordinator: an address or a name
        coordinator: NodeReference,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// The escrow of a coordinator, or of every one
    Status {
        /// An address or a name
        coordinator: Option<NodeReference>,
    },
    /// Pay out what coordinators have settled, to the miners' owner
    Collect {
        /// For this miner only, whoever owns it; without it, for every miner of the wallet
        miner: Option<NodeReference>,
        /// How the transactions are sent: one for each pair of coordinator and miner.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Have a coordinator's voucher paid to the miner's owner
    Redeem {
        /// The voucher with its signature, in JSON, or - for stdin
        file: PathBuf,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
}

/// What was collected of one coordinator's settlements with one miner.
#[derive(Clone, Debug, Serialize)]
struct Collected {
    #[serde(flatten)]
    credit: Credit,
    transaction: Sent,
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    let printer = &context.printer;
    match command {
        Command::Deposit { coordinator, amount, transaction } => {
            let session = context.session(&transaction).await?;
            let coordinator = find_node(session.client(), &coordinator).await?;
            let moved = deposit(&session, coordinator, amount).await?;
            if let Some(block) = moved.transaction.block() {
                printer.ok(format_args!("{} in the escrow of {coordinator} in block {block}", moved.amount));
            }
            printer.result(&moved, || moved.transaction.text())
        }
        Command::Thaw { coordinator, amount, transaction } => {
            let session = context.session(&transaction).await?;
            let coordinator = find_node(session.client(), &coordinator).await?;
            let moved = thaw(&session, coordinator, amount.into()).await?;
            if let Some(block) = moved.transaction.block() {
                let until = moved.available_at.as_deref().unwrap_or("the thaw is over");
                printer.ok(format_args!("{} is thawing since block {block}, until {until}", moved.amount));
                printer.hint(format_args!("then pay it out: cuckoo escrow withdraw {coordinator}"));
            }
            printer.result(&moved, || moved.transaction.text())
        }
        Command::Withdraw { coordinator, transaction } => {
            let session = context.session(&transaction).await?;
            let coordinator = find_node(session.client(), &coordinator).await?;
            let moved = withdraw(&session, coordinator).await?;
            if let Some(block) = moved.transaction.block() {
                printer.ok(format_args!("{} paid out in block {block}", moved.amount));
            }
            printer.result(&moved, || moved.transaction.text())
        }
        Command::Status { coordinator } => status(coordinator, context).await,
        Command::Collect { miner, transaction } => collect(miner, &transaction, context).await,
        Command::Redeem { file, transaction } => redeem(&file, &transaction, context).await,
    }
}

/// Prepays for a coordinator: one transaction, with a permit in place of an approval.
pub async fn deposit(session: &Session, coordinator: Address, amount: Amount) -> Result<Moved> {
    let client = session.client();
    let settlement = settlement_address(client)?;
    let from = session.address()?;
    let balance = client.cai_balance(from).await?;
    let amount = amount.of(balance);
    affordable(client, amount, balance)?;
    let Permit { deadline, v, r, s } = sign_permit(client, settlement, amount).await?;
    let units = amount.base_units();
    let call = Settlement::depositWithPermitCall { coordinator, amount: units, deadline, v, r, s };
    let left = balance.checked_sub(amount).unwrap_or_default();
    let summary = Summary::new(format!("Prepay {amount} for the coordinator {coordinator}"))
        .line("from", from)
        .line("balance after", left);
    let progress = session.printer.progress(format!("Depositing {amount}"));
    let transaction = session.submit(&summary, &Call::new(settlement, &call)).await?;
    drop(progress);
    Ok(Moved::new(amount, Some(coordinator), transaction))
}

async fn thaw(session: &Session, coordinator: Address, amount: Amount) -> Result<Moved> {
    let client = session.client();
    let settlement = settlement_address(client)?;
    let held = client.read(settlement, &Settlement::escrowOfCall { coordinator }).await?;
    let staying = Cai::from_base_units(U256::from(held.balance) - U256::from(held.thawing));
    let amount = amount.of(staying);
    if amount.is_zero() || staying < amount {
        return Err(Error::precondition(format_args!(
            "this thaws {amount}; the escrow of {coordinator} has {staying} that is not thawing"
        ))
        .hint(format_args!("what there is: cuckoo escrow status {coordinator}")));
    }
    if !held.thawing.is_zero() {
        let thawing = Cai::from_base_units(U256::from(held.thawing));
        session.printer.warn(format_args!("the {thawing} that is thawing already waits again, with the rest"));
    }
    let summary = Summary::new(format!("Thaw {amount} of the escrow of {coordinator}"));
    let call = Settlement::startThawCall { coordinator, amount: amount.base_units() };
    let transaction = session.submit(&summary, &Call::new(settlement, &call)).await?;
    let mut moved = Moved::new(amount, Some(coordinator), transaction);
    if moved.transaction.block().is_some() {
        let held = client.read(settlement, &Settlement::escrowOfCall { coordinator }).await?;
        moved.available_at = Some(moment(held.availableAt));
    }
    Ok(moved)
}

async fn withdraw(session: &Session, coordinator: Address) -> Result<Moved> {
    let client = session.client();
    let settlement = settlement_address(client)?;
    let held = client.read(settlement, &Settlement::escrowOfCall { coordinator }).await?;
    let amount = Cai::from_base_units(U256::from(held.thawing));
    if amount.is_zero() {
        let staying = Cai::from_base_units(U256::from(held.balance));
        return Err(Error::precondition(format_args!("no escrow of {coordinator} is thawing"))
            .hint(format_args!("start it: cuckoo escrow thaw {coordinator} {}", staying.plain())));
    }
    let now = client.head().await?.timestamp;
    if now < held.availableAt {
        let wait = time_between(now, U256::from(held.availableAt));
        return Err(Error::precondition(format_args!("the {amount} are thawing for another {wait}")));
    }
    let summary =
        Summary::new(format!("Withdraw {amount} of the escrow of {coordinator}")).line("to", session.address()?);
    let call = Call::new(settlement, &Settlement::withdrawCall { coordinator });
    let transaction = session.submit(&summary, &call).await?;
    Ok(Moved::new(amount, Some(coordinator), transaction))
}

async fn status(reference: Option<NodeReference>, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let registry = read_registry(&client).await?;
    let only = match &reference {
        Some(reference) => Some(find_node(&client, reference).await?),
        None => None,
    };
    let coordinators =
        registry.by_weight(Role::Coordinator).into_iter().filter(|node| only.is_none_or(|only| node.address == only));
    let rows = read_escrows(&client, coordinators, &registry).await?;
    if let (Some(only), true) = (only, rows.is_empty()) {
        return Err(Error::precondition(format_args!("{only} was never registered as a coordinator"))
            .hint("the coordinators: cuckoo vote leaderboard --role coordinator"));
    }
    context.printer.result(&rows, || {
        let mut table = Table::new(["coordinator", "name", "balance", "thawing", "can be withdrawn"]);
        for row in &rows {
            let when = match (&row.available_at, row.available) {
                (None, _) => "",
                (Some(_), true) => "now",
                (Some(at), false) => at,
            };
            table.row([
                Cell::text(row.coordinator),
                Cell::text(&row.name),
                Cell::amount(row.balance),
                Cell::amount(row.thawing),
                Cell::text(when),
            ]);
        }
        Text::Table(table)
    })
}

async fn collect(reference: Option<NodeReference>, transaction: &TransactionOptions, context: &Context) -> Result<()> {
    let session = context.session(transaction).await?;
    let client = session.client();
    let registry = read_registry(client).await?;
    let owner = session.address()?;
    let only = match &reference {
        Some(reference) => Some(find_node(client, reference).await?),
        None => None,
    };
    let miners = registry.nodes.values().filter(|node| match only {
        Some(only) => node.address == only,
        None => node.owner == owner && node.role == Role::Miner,
    });
    let credit = read_credits(client, miners, &registry).await?;
    if credit.is_empty() {
        return Err(Error::precondition("no coordinator has settled anything that is not collected")
            .hint("what is where: cuckoo balance"));
    }
    let settlement = settlement_address(client)?;
    let mut collected = vec![];
    for credit in credit {
        let Credit { coordinator, miner, amount, .. } = credit;
        let summary = Summary::new(format!("Collect {amount} that {coordinator} settled with {miner}"));
        let call = Call::new(settlement, &Settlement::collectCall { coordinator, miner });
        let transaction = session.submit(&summary, &call).await?;
        if let Some(block) = transaction.block() {
            session.printer.ok(format_args!("{amount} for the miner {miner} paid out in block {block}"));
        }
        collected.push(Collected { credit, transaction });
    }
    context.printer.result(&collected, || Sent::texts(collected.iter().map(|collected| &collected.transaction)))
}

async fn redeem(file: &std::path::Path, transaction: &TransactionOptions, context: &Context) -> Result<()> {
    let signed = read_voucher(file)?;
    let session = context.session(transaction).await?;
    let moved = redeem_voucher(&session, signed).await?.ok_or_else(|| {
        Error::precondition("all that the voucher says was paid before")
            .hint("what was settled is paid out by: cuckoo escrow collect")
    })?;
    context.printer.result(&moved, || moved.transaction.text())
}

/// Has a voucher paid, as far as it is not settled. `None` where all of it is.
pub async fn redeem_voucher(session: &Session, signed: SignedVoucher) -> Result<Option<Moved>> {
    let SignedVoucher { voucher, signature } = signed;
    let client = session.client();
    let settlement = settlement_address(client)?;
    client.domain().verify(&voucher, &signature, voucher.coordinator).map_err(|error| {
        Error::precondition(format_args!("the voucher is not the coordinator's on this network: {error}"))
            .hint("the network in use: cuckoo network show")
    })?;
    let (coordinator, miner) = (voucher.coordinator, voucher.miner);
    let account = client.read(settlement, &Settlement::accountOfCall { coordinator, miner }).await?;
    let owed = U256::from(voucher.cumulative).saturating_sub(U256::from(account.settled));
    if owed.is_zero() {
        return Ok(None);
    }
    let amount = Cai::from_base_units(owed);
    let summary = Summary::new(format!("Redeem a voucher of {coordinator} for {amount}"))
        .line("miner", miner)
        .line("tickets up to", voucher.through);
    let call = Settlement::redeemCall { voucher: (&voucher).into(), signature };
    let transaction = session.submit(&summary, &Call::new(settlement, &call)).await?;
    let mut moved = Moved::new(amount, Some(miner), transaction);
    if let Some(block) = moved.transaction.block() {
        let after = client.read(settlement, &Settlement::accountOfCall { coordinator, miner }).await?;
        moved.amount = Cai::from_base_units(U256::from(after.settled).saturating_sub(U256::from(account.settled)));
        session.printer.ok(format_args!("{} paid to the owner of {miner} in block {block}", moved.amount));
        if moved.amount < amount {
            session.printer.warn(format_args!(
                "escrow and stake of the coordinator did not reach: {} of {amount} was paid, the rest stays owed",
                moved.amount
            ));
        }
    }
    Ok(Some(moved))
}

fn read_voucher(file: &std::path::Path) -> Result<SignedVoucher> {
    let mut json = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut json)?;
    } else {
        json = std::fs::read_to_string(file)
            .map_err(|error| Error::failure(format_args!("{}: {error}", file.display())))?;
    }
    serde_json::from_str(&json).map_err(|error| {
        Error::failure(format_args!("{} holds no signed voucher: {error}", Untrusted::new(file.display().to_string())))
    })
}
