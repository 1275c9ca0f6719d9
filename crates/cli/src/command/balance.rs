//! `cuckoo balance`: all CAI of an address, by state.

use cuckoo_protocol::{
    Address, Cai, U256,
    chain::{Client, Registry},
    contract::CAIToken,
};
use futures::try_join;
use serde::Serialize;

use crate::{
    account::{
        address_reference::{AddressReference, named_or_own},
        earlier_keys::with_earlier_keys,
        escrow::{Payments, read_payments},
        node_reference::at_newest_block,
        session::coin,
        stake::{Holdings, read_holdings},
    },
    context::Context,
    terminal::{Cell, Printer, Result, Table, Text},
};

/// Show all CAI of an address, by state
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address to show, or the name of a wallet [default: the wallet in use]
    #[arg(value_name = "ADDRESS|WALLET")]
    address: Option<AddressReference>,
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
    let of = named_or_own(args.address.as_ref(), &context.globals, client.network()).await?;
    let (gas, balance) = at_newest_block(&client, async |client, registry| read(client, of, registry).await).await?;
    context.printer.result(&balance, || Text::Table(table(&balance, gas)))?;
    hints(&balance, &context.printer);
    Ok(())
}

/// All CAI of an address, whatever its state.
pub async fn read_total(client: &Client, of: Address) -> Result<Cai> {
    Ok(at_newest_block(client, async |client, registry| read(client, of, registry).await).await?.1.total)
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

/// The columns of holdings: the amount is in wei for programs, of CAI or of the chain's coin.
pub(super) const COLUMNS: [&str; 6] = ["state", "amount", "unit", "name", "address", "until"];

/// One state of an amount.
struct Row<'a> {
    state: &'a str,
    amount: Cai,
    /// The node's name, or what it is about.
    name: String,
    address: Option<Address>,
    until: Option<&'a str>,
}

impl Row<'_> {
    fn add_to(self, table: &mut Table) {
        let address = self.address.map_or_else(String::new, |address| address.to_string());
        let until = self.until.unwrap_or_default();
        let cells = [Cell::text(self.state), Cell::amount(self.amount), Cell::both("", "CAI"), Cell::text(self.name)];
        table.row(cells.into_iter().chain([Cell::text(address), Cell::text(until)]));
    }
}

fn table(balance: &Balance, gas: U256) -> Table {
    let mut table = Table::new(COLUMNS);
    let owner = Some(balance.holdings.owner);
    Row { state: "liquid", amount: balance.liquid, name: String::new(), address: owner, until: None }
        .add_to(&mut table);
    rows(&mut table, &balance.holdings);
    let Payments { escrow, credit, bonds } = &balance.payments;
    for escrow in escrow {
        let row = |state, amount, until| {
            let address = Some(escrow.coordinator);
            Row { state, amount, name: escrow.name.to_string(), address, until }
        };
        if !escrow.staying().is_zero() {
            row("escrow", escrow.staying(), None).add_to(&mut table);
        }
        match escrow.available_at.as_deref() {
            Some(_) if escrow.available => row("thawed", escrow.thawing, None).add_to(&mut table),
            Some(at) => row("thawing", escrow.thawing, Some(at)).add_to(&mut table),
            None => {}
        }
    }
    for credit in credit {
        let at = credit.available_at.as_deref();
        let (state, until) = match (credit.coordinator, at) {
            (None, _) => ("credit", None),
            (Some(_), Some(at)) if !credit.available => ("collected", Some(at)),
            (Some(_), Some(_)) => ("credit", None),
            (Some(_), None) => ("settled", None),
        };
        let name = match credit.coordinator {
            Some(_) => format!("{} at {}", credit.miner_name, credit.coordinator_name),
            None => credit.miner_name.to_string(),
        };
        let address = credit.coordinator.or(Some(credit.miner));
        Row { state, amount: credit.amount, name, address, until }.add_to(&mut table);
    }
    for bond in bonds {
        let state = if bond.withdrawable { "bond to withdraw" } else { "dispute bond" };
        let name = format!("dispute {}", bond.dispute);
        Row { state, amount: bond.amount, name, address: Some(bond.accused), until: None }.add_to(&mut table);
    }
    let name = format!("block {}", balance.block);
    Row { state: "total", amount: balance.total, name, address: None, until: None }.add_to(&mut table);
    let empty = || Cell::text("");
    table.with([
        Cell::text("fees"),
        Cell::both(coin(gas), gas).at_right(),
        Cell::both("", "coin"),
        empty(),
        empty(),
        empty(),
    ])
}

/// Adds one row for each state and node.
pub(super) fn rows(table: &mut Table, holdings: &Holdings) {
    Row { state: "free", amount: holdings.free, name: "behind no node".into(), address: None, until: None }
        .add_to(table);
    for position in &holdings.staked {
        let state = if position.own { "own stake" } else { "vote" };
        let (name, address) = (position.name.to_string(), Some(position.node));
        Row { state, amount: position.amount, name, address, until: None }.add_to(table);
    }
    for unbonding in &holdings.unbonding {
        let (state, until) = match unbonding.available {
            true => ("releasable", None),
            false => ("unbonding", Some(unbonding.available_at.as_str())),
        };
        let (name, address) = (unbonding.name.to_string(), Some(unbonding.node));
        Row { state, amount: unbonding.amount, name, address, until }.add_to(table);
    }
    for reward in &holdings.rewards {
        let state = if reward.own { "rewards and commission" } else { "rewards" };
        let (name, address) = (reward.name.to_string(), Some(reward.node));
        Row { state, amount: reward.amount, name, address, until: None }.add_to(table);
    }
}
