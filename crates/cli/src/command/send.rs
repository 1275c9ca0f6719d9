//! `cuckoo send`: sends CAI from the wallet in use to another address.

use cuckoo_protocol::{
    Address, Cai,
    amount::DECIMALS,
    chain::{Call, Client},
    contract::CAIToken,
};
use serde::Serialize;

use crate::{
    account::{
        address_reference::AddressReference,
        permit::affordable,
        session::{Sent, Session, Summary},
    },
    args::{Amount, TransactionOptions},
    context::Context,
    terminal::{Error, Result},
};

/// Send CAI to another address
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address that receives the CAI, or the name of a wallet of this machine
    #[arg(value_name = "ADDRESS|WALLET")]
    to: AddressReference,
    /// Amount in CAI, or max for all that the wallet has
    amount: Amount,
    /// How the transaction is sent.
    #[command(flatten)]
    transaction: TransactionOptions,
}

#[derive(Debug, Serialize)]
struct Transferred {
    from: Address,
    to: Address,
    amount: Cai,
    decimals: usize,
    transaction: Sent,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let session = context.session(&args.transaction).await?;
    let to = args.to.resolve(&context.globals.wallet, session.client().network())?;
    let transferred = transfer(&session, to, args.amount).await?;
    if let Some(block) = transferred.transaction.block() {
        context.printer.ok(format_args!("{} was sent to {to} in block {block}", transferred.amount));
    }
    context.printer.result(&transferred, || transferred.transaction.text())
}

async fn transfer(session: &Session, to: Address, amount: Amount) -> Result<Transferred> {
    let client = session.client();
    let from = session.address()?;
    if to == from {
        return Err(Error::usage(format_args!("{to} is the address that would send it")));
    }
    refuse_lost(client, to)?;
    let balance = client.cai_balance(from).await?;
    let amount = amount.of(balance);
    affordable(client, amount, balance)?;
    let summary = Summary::new(format!("Send {amount} to {to}"))
        .line("from", from)
        .line("balance after", balance.checked_sub(amount).unwrap_or_default());
    let call = Call::new(client.network().cai, &CAIToken::transferCall { to, value: amount.base_units() });
    let progress = session.printer.progress(format!("Sending {amount}"));
    let transaction = session.submit(&summary, &call).await?;
    drop(progress);
    Ok(Transferred { from, to, amount, decimals: DECIMALS, transaction })
}

/// Refuses receivers that can never send it on.
fn refuse_lost(client: &Client, to: Address) -> Result<()> {
    let network = client.network();
    let contracts = [
        (Some(network.cai), "the token's contract"),
        (Some(network.staking), "the staking contract; to stake: cuckoo stake deposit AMOUNT"),
        (Some(network.settlement), "the settlement contract; to prepay: cuckoo escrow deposit COORDINATOR AMOUNT"),
        (network.court, "the court's contract"),
        (network.emission, "the contract of rewards"),
        (Some(Address::ZERO), "nobody's address"),
    ];
    match contracts.iter().find(|(contract, _)| *contract == Some(to)) {
        Some((_, what)) => Err(Error::precondition(format_args!("CAI that is sent to {to} is lost: that is {what}"))),
        None => Ok(()),
    }
}
