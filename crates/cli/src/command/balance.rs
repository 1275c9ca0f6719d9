//! `cuckoo balance`: every CAI of an address, by state.

use cuckoo_protocol::{Address, Cai, U256};
use serde::Serialize;

use crate::{
    args::address,
    context::Context,
    error::Result,
    holdings::{Holdings, holdings},
    output::{Cell, Table, Text},
    session::coin,
    wallet,
};

/// Every CAI of an address, by state.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose; without it, the wallet's
    #[arg(value_parser = address)]
    address: Option<Address>,
}

#[derive(Serialize)]
struct Balance {
    /// CAI in the wallet.
    liquid: Cai,
    /// The chain's own coin, in wei.
    gas: String,
    #[serde(flatten)]
    holdings: Holdings,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let of = match args.address {
        Some(address) => address,
        None => wallet::resolve_address(&context.globals.wallet, client.network(), context.globals.no_input)?,
    };
    let gas = client.native_balance(of).await?;
    let balance =
        Balance { liquid: client.cai_balance(of).await?, gas: gas.to_string(), holdings: holdings(&client, of).await? };
    context.printer.result(&balance, || Text::Table(table(&balance, gas)))
}

fn table(balance: &Balance, gas: U256) -> Table {
    let mut table = Table::new(["state", "amount", "where"]).with([
        Cell::text("liquid"),
        Cell::amount(balance.liquid),
        Cell::text(balance.holdings.owner),
    ]);
    rows(&mut table, &balance.holdings);
    table.with([Cell::text("fees"), Cell::both(coin(gas), gas), Cell::text("")])
}

/// One row per state and place.
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
            true => "released by `cuckoo vote release`".to_owned(),
            false => format!("unbonding until {}", unbonding.available_at),
        };
        table.row([
            Cell::text(state),
            Cell::amount(unbonding.amount),
            Cell::text(format_args!("{} {}", unbonding.name, unbonding.node)),
        ]);
    }
}
