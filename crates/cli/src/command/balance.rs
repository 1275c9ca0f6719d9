//! `cuckoo balance`: all CAI of an address, by state.

use cuckoo_protocol::{
    Address, Cai, U256,
    chain::{Client, Registry},
    contract::CAIToken,
    parse_address,
};
use futures::try_join;
use serde::Serialize;

use crate::{
    account::{
        earlier_keys::with_earlier_keys,
        escrow::{Payments, read_payments},
        node_reference::at_newest_block,
        session, signer,
        stake::{Holdings, read_holdings},
    },
    context::Context,
    terminal::{Cell, Printer, Result, Table, Text},
};

/// Show all CAI of an address, by state
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address to show [default: the address of the wallet in use]
    #[arg(value_parser = parse_address)]
    address: Option<Address>,
}

#[derive(Serialize)]
struct Balance {
    /// CAI in the wallet.
    liquid: Cai,
    /// The amount of the chain's own coin, in wei.
    gas: String,
    #[serde(flatten)]
    holdings: Holdings,
    #[serde(flatten)]
    payments: Payments,
    /// All CAI of the address, whatever its state.
    total: Cai,
    /// The number of the block that everything was read at.
    block: u64,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let of = match args.address {
        Some(address) => address,
        None => signer::resolve_address(&context.globals.wallet, client.network(), context.globals.no_input).await?,
    };
    let (gas, balance) = at_newest_block(&client, async |client, registry| read(client, of, registry).await).await?;
    context.printer.result(&balance, || Text::Table(table(&balance, gas)))?;
    hints(&balance, &context.printer);
    Ok(())
}

/// Reads everything in one batch of requests; the chain's own coin is in wei.
async fn read(client: &Client, of: Address, registry: &Registry) -> Result<(U256, Balance)> {
    let registry = with_earlier_keys(client, registry.clone()).await?;
    let block = registry.block_hash;
    let coin = async { Ok(client.native_balance_at_block(of, block).await?) };
    let call = CAIToken::balanceOfCall { account: of };
    let liquid = async { Ok(client.read_at_block(client.network().cai, &call, block).await?) };
    let (coin, liquid, holdings, payments) =
        try_join!(coin, liquid, read_holdings(client, of, &registry), read_payments(client, of, &registry))?;
    let liquid = Cai::from_base_units(liquid);
    let total = [liquid, holdings.total(), payments.total()].into_iter().sum();
    Ok((coin, Balance { liquid, gas: coin.to_string(), holdings, payments, total, block: registry.block }))
}

/// Prints what can be done with what there is.
fn hints(balance: &Balance, printer: &Printer) {
    if printer.is_json() {
        return;
    }
    if let Some(ready) = balance.holdings.unbonding.iter().find(|unbonding| unbonding.available) {
        printer.hint(format_args!("release stake whose unbonding period is over: cuckoo vote release {}", ready.node));
    }
    if let Some(ready) = balance.payments.escrow.iter().find(|escrow| escrow.available) {
        printer.hint(format_args!("withdraw escrow that has thawed: cuckoo escrow withdraw {}", ready.coordinator));
    }
    if let Some(bond) = balance.payments.bonds.iter().find(|bond| bond.withdrawable) {
        printer.hint(format_args!("get a bond back: cuckoo dispute bond {}", bond.dispute));
    }
    if balance.payments.credit.iter().any(|credit| !credit.waits()) {
        printer.hint("collect credit: cuckoo escrow collect");
    }
}

fn table(balance: &Balance, gas: U256) -> Table {
    let mut table = Table::new(["state", "amount", "where"]).with([
        Cell::text("liquid"),
        Cell::amount(balance.liquid),
        Cell::text(balance.holdings.owner),
    ]);
    rows(&mut table, &balance.holdings);
    let Payments { escrow, credit, bonds } = &balance.payments;
    for escrow in escrow {
        let place = || Cell::text(format_args!("{} {}", escrow.name, escrow.coordinator));
        if !escrow.staying().is_zero() {
            table.row([Cell::text("escrow"), Cell::amount(escrow.staying()), place()]);
        }
        if let Some(at) = &escrow.available_at {
            let state = if escrow.available { "thawed".to_owned() } else { format!("thawing until {at}") };
            table.row([Cell::text(state), Cell::amount(escrow.thawing), place()]);
        }
    }
    for credit in credit {
        let (state, place) = match credit.coordinator {
            None => ("credit".to_owned(), credit.miner_name.to_string()),
            Some(coordinator) => {
                let state = match &credit.available_at {
                    Some(at) if !credit.available => format!("collected from {at}"),
                    Some(_) => "credit".to_owned(),
                    None => "settled".to_owned(),
                };
                (state, format!("{} at {} {coordinator}", credit.miner_name, credit.coordinator_name))
            }
        };
        table.row([Cell::text(state), Cell::amount(credit.amount), Cell::text(place)]);
    }
    for bond in bonds {
        let place = format!("against {}, dispute {}", bond.accused, bond.dispute);
        let state = if bond.withdrawable { "bond to withdraw" } else { "dispute bond" };
        table.row([Cell::text(state), Cell::amount(bond.amount), Cell::text(place)]);
    }
    table
        .with([Cell::text("total"), Cell::amount(balance.total), Cell::text(format_args!("block {}", balance.block))])
        .with([Cell::text("fees"), Cell::both(session::coin(gas), gas), Cell::text("")])
}

/// Adds one row for each state and node.
pub(super) fn rows(table: &mut Table, holdings: &Holdings) {
    table.row([Cell::text("free"), Cell::amount(holdings.free), Cell::text("behind no node")]);
    for position in &holdings.staked {
        let state = if position.own { "own stake" } else { "vote" };
        table.row([
            Cell::text(state),
            Cell::amount(position.amount),
            Cell::text(format_args!("{} {}", position.name, position.node)),
        ]);
    }
    for unbonding in &holdings.unbonding {
        let state = match unbonding.available {
            true => "releasable".to_owned(),
            false => format!("unbonding until {}", unbonding.available_at),
        };
        table.row([
            Cell::text(state),
            Cell::amount(unbonding.amount),
            Cell::text(format_args!("{} {}", unbonding.name, unbonding.node)),
        ]);
    }
    for reward in &holdings.rewards {
        let state = if reward.own { "rewards and commission" } else { "rewards" };
        table.row([
            Cell::text(state),
            Cell::amount(reward.amount),
            Cell::text(format_args!("{} {}", reward.name, reward.node)),
        ]);
    }
}
