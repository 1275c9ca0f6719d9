//! `cuckoo escrow`: prepays for a coordinator, and pays miners out of it.

mod payout;

use std::path::PathBuf;

use clap::Subcommand;
use cuckoo_protocol::{
    Address, Cai, U256,
    chain::Call,
    contract::{Role, Settlement},
};

pub use payout::{Collected, PaidOut, collect_one, pay_out, redeem_voucher};

use super::shared::moved::Moved;
use crate::{
    account::{
        earlier_keys::with_earlier_keys,
        escrow::read_escrows,
        node_reference::{NodeReference, at_newest_block, find_node},
        permit::{Permit, affordable, sign_permit},
        session::{Session, Summary},
    },
    args::{Amount, AmountArgs, TransactionOptions},
    context::Context,
    host::clock::{moment, time_between},
    terminal::{Cell, Error, Result, Table, Text},
};

/// Prepay for a coordinator, and pay miners out of it
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prepay for a coordinator; anybody may pay for any coordinator
    Deposit {
        /// Coordinator: an address or a name
        coordinator: NodeReference,
        /// Amount in CAI, or max for all that the wallet has
        amount: Amount,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Start taking escrow back, as the coordinator's owner; it still pays miners until it is withdrawn
    Thaw {
        /// Coordinator: an address or a name
        coordinator: NodeReference,
        /// The amount to thaw.
        #[command(flatten)]
        amount: AmountArgs,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Withdraw escrow that has thawed, to the coordinator's owner
    Withdraw {
        /// Coordinator: an address or a name
        coordinator: NodeReference,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Show the escrow of one coordinator or of all
    Status {
        /// Coordinator: an address or a name [default: every coordinator]
        coordinator: Option<NodeReference>,
    },
    /// Collect what coordinators have settled, for the miners' owner
    ///
    /// It takes two steps: the first one notes what was settled, and from the network's delay of claims on the second one pays it,
    /// together with what vouchers and claims have brought. 2% of every payment is burned. Collecting also keeps a miner and its
    /// coordinator from being idle, which they are after 7 days without a payment.
    ///
    /// A step that the chain refuses is a warning and stops none of the others. The command fails if all were refused, or if
    /// something else ends it, such as an endpoint that does not answer; what was done until then is shown.
    Collect {
        /// Miner to collect for, which may be of another owner: an address or a name [default: every miner of the wallet]
        miner: Option<NodeReference>,
        /// How the transactions are sent: one for each pair of coordinator and miner.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Redeem a coordinator's voucher, for the miner's owner
    Redeem {
        /// File with the signed voucher in JSON, or - for stdin
        file: PathBuf,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    let printer = &context.printer;
    match command {
        Command::Deposit { coordinator, amount, transaction } => {
            let session = context.session(&transaction).await?;
            let address = find_node(session.client(), &coordinator).await?;
            let moved = deposit(&session, address, amount).await?;
            if let Some(block) = moved.transaction.block() {
                printer.ok(format_args!("{} was added to the escrow of {coordinator} in block {block}", moved.amount));
                printer.hint(format_args!("show the escrow: cuckoo escrow status {coordinator}"));
            }
            printer.result(&moved, || moved.text())
        }
        Command::Thaw { coordinator, amount, transaction } => {
            let session = context.session(&transaction).await?;
            let address = find_node(session.client(), &coordinator).await?;
            let moved = thaw(&session, address, amount.into()).await?;
            if let Some(block) = moved.transaction.block() {
                let until = moved.available_at.as_deref().unwrap_or("the thaw is over");
                printer.ok(format_args!("{} is thawing since block {block}, until {until}", moved.amount));
                printer.hint(format_args!("withdraw it then: cuckoo escrow withdraw {coordinator}"));
            }
            printer.result(&moved, || moved.text())
        }
        Command::Withdraw { coordinator, transaction } => {
            let session = context.session(&transaction).await?;
            let coordinator = find_node(session.client(), &coordinator).await?;
            let moved = withdraw(&session, coordinator).await?;
            if let Some(block) = moved.transaction.block() {
                printer.ok(format_args!("{} was paid out in block {block}", moved.amount));
            }
            printer.result(&moved, || moved.text())
        }
        Command::Status { coordinator } => status(coordinator, context).await,
        Command::Collect { miner, transaction } => payout::collect(miner, &transaction, context).await,
        Command::Redeem { file, transaction } => payout::redeem(&file, &transaction, context).await,
    }
}

/// Prepays for a coordinator: one transaction, with a permit in place of an approval.
pub async fn deposit(session: &Session, coordinator: Address, amount: Amount) -> Result<Moved> {
    let client = session.client();
    let settlement = client.network().settlement;
    let from = session.address()?;
    let balance = client.cai_balance(from).await?;
    let amount = amount.of(balance);
    affordable(client, amount, balance)?;
    let units = amount.base_units();
    let left = balance.checked_sub(amount).unwrap_or_default();
    let summary = Summary::new(format!("Prepay {amount} for the coordinator {coordinator}"))
        .line("from", from)
        .line("balance after", left);
    let plain = Call::new(settlement, &Settlement::depositCall { coordinator, amount: units });
    if session.only_simulates() {
        let (approval, transaction) = session.simulate_with_approval(amount, &summary, &plain).await?;
        return Ok(Moved { approval, ..Moved::new(amount, Some(coordinator), transaction) });
    }
    let session = session.unlocked_for(&plain).await?;
    let turn = session.turn().await?;
    let Permit { deadline, v, r, s } = sign_permit(session.client(), &turn, settlement, amount).await?;
    let call = Settlement::depositWithPermitCall { coordinator, amount: units, deadline, v, r, s };
    let progress = session.printer.progress(format!("Depositing {amount}"));
    let transaction = session.submit_in(Some(turn), &summary, &Call::new(settlement, &call)).await?;
    drop(progress);
    Ok(Moved::new(amount, Some(coordinator), transaction))
}

async fn thaw(session: &Session, coordinator: Address, amount: Amount) -> Result<Moved> {
    let client = session.client();
    let settlement = client.network().settlement;
    let held = client.read(settlement, &Settlement::escrowOfCall { coordinator }).await?;
    let staying = Cai::from_base_units(U256::from(held.balance) - U256::from(held.thawing));
    let amount = amount.of(staying);
    if amount.is_zero() || staying < amount {
        return Err(Error::precondition(format_args!(
            "cannot thaw {amount}: the escrow of {coordinator} has {staying} that is not thawing yet"
        ))
        .hint(format_args!("show the escrow: cuckoo escrow status {coordinator}")));
    }
    if !held.thawing.is_zero() {
        let thawing = Cai::from_base_units(U256::from(held.thawing));
        session
            .printer
            .warn(format_args!("the {thawing} that is thawing already has to wait again, together with the rest"));
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
    let settlement = client.network().settlement;
    let held = client.read(settlement, &Settlement::escrowOfCall { coordinator }).await?;
    let amount = Cai::from_base_units(U256::from(held.thawing));
    if amount.is_zero() {
        let staying = Cai::from_base_units(U256::from(held.balance));
        return Err(Error::precondition(format_args!("no escrow of {coordinator} is thawing"))
            .hint(format_args!("start thawing: cuckoo escrow thaw {coordinator} {}", staying.plain())));
    }
    let now = client.head().await?.timestamp;
    if now < held.availableAt {
        let wait = time_between(now, U256::from(held.availableAt));
        let at = moment(held.availableAt);
        return Err(Error::precondition(format_args!("the {amount} are thawing for another {wait}, until {at}"))
            .hint(format_args!("withdraw it then: cuckoo escrow withdraw {coordinator}")));
    }
    let summary =
        Summary::new(format!("Withdraw {amount} of the escrow of {coordinator}")).line("to", session.address()?);
    let call = Call::new(settlement, &Settlement::withdrawCall { coordinator });
    let transaction = session.submit(&summary, &call).await?;
    Ok(Moved::new(amount, Some(coordinator), transaction))
}

async fn status(reference: Option<NodeReference>, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let only = match &reference {
        Some(reference) => Some(find_node(&client, reference).await?),
        None => None,
    };
    let rows = at_newest_block(&client, async |client, current| {
        let registry = with_earlier_keys(client, current.clone()).await?;
        let coordinators = registry.by_weight(Role::Coordinator).into_iter();
        let coordinators = coordinators.filter(|node| only.is_none_or(|only| node.address == only));
        let mut rows = read_escrows(client, coordinators, &registry).await?;
        // Of keys that were replaced, those that have something left, or the one that was asked for.
        rows.retain(|row| {
            let has_something = !row.balance.is_zero() || !row.promised.is_zero();
            only.is_some() || has_something || current.node(&row.coordinator).is_some()
        });
        Ok(rows)
    });
    let rows = rows.await?;
    if let (Some(only), true) = (only, rows.is_empty()) {
        return Err(Error::precondition(format_args!("{only} was never registered as a coordinator"))
            .hint("list the coordinators: cuckoo vote leaderboard --role coordinator"));
    }
    context.printer.result(&rows, || {
        let mut table = Table::new(["coordinator", "name", "balance", "promised", "thawing", "can be withdrawn"]);
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
                Cell::amount(row.promised),
                Cell::amount(row.thawing),
                Cell::text(when),
            ]);
        }
        Text::Table(table)
    })
}
