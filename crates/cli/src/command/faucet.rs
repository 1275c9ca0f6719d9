//! `cuckoo faucet`: CAI for trying a test network.

use clap::Subcommand;
use cuckoo_protocol::{
    Address, Cai, U256,
    chain::{Call, Client, DEVELOPMENT_CHAIN_ID, development_signer},
    contract::Faucet,
};
use serde::Serialize;

use crate::{
    args::{TransactionOptions, address},
    context::Context,
    error::{Error, Result},
    session::{Sent, Session, Summary},
    wallet,
};

/// CAI for trying a test network.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask for CAI, and for some of the chain's coin for fees
    Request {
        /// Who gets it; without it, the wallet
        #[arg(long, value_name = "ADDRESS", value_parser = address)]
        to: Option<Address>,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Give a larger sum; for those on the faucet's list
    Grant {
        /// Who gets it
        #[arg(value_parser = address)]
        to: Address,
        /// How much
        amount: Cai,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
}

/// What the faucet gave.
#[derive(Clone, Debug, Serialize)]
pub struct Given {
    /// To whom.
    pub to: Address,
    /// How much.
    pub amount: Cai,
    /// Decimals of the amount.
    pub decimals: usize,
    /// The transaction.
    pub transaction: Sent,
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    let given = match command {
        Command::Request { to, transaction } => {
            let network = context.network()?;
            let no_input = context.globals.no_input;
            let to = match to {
                Some(to) => to,
                None => wallet::resolve_address(&context.globals.wallet, &network, no_input)?,
            };
            let client = Client::connect(&network).await?;
            let session = match development_signer(0, network.chain_id) {
                // A new wallet has nothing to pay the fee with, so on the local chain a development account asks for it.
                Some(signer) => {
                    context
                        .printer
                        .say("The development account anvil:0 asks the faucet on its behalf and pays the fee");
                    Session::new(context, client.with_signer(signer), &transaction)
                }
                None => {
                    let signer = wallet::resolve(&context.globals.wallet, &network, no_input)?;
                    Session::new(context, client.with_signer(signer), &transaction)
                }
            };
            request(&session, to).await?
        }
        Command::Grant { to, amount, transaction } => {
            let session = context.session(&transaction).await?;
            grant(&session, to, amount).await?
        }
    };
    if let Some(block) = given.transaction.block() {
        context.printer.ok(format_args!("{} for {} in block {block}", given.amount, given.to));
        context.printer.hint("next, stake it: cuckoo stake deposit AMOUNT");
    }
    context.printer.result(&given, || given.transaction.text())
}

fn contract(client: &Client) -> Result<Address> {
    let network = client.network();
    network.faucet.ok_or_else(|| {
        Error::precondition(format_args!("the network `{}` has no faucet", network.name))
            .hint("only test networks have one: --network NAME")
    })
}

/// Asks the faucet for one drip.
pub async fn request(session: &Session, to: Address) -> Result<Given> {
    let client = &session.client;
    let faucet = contract(client)?;
    let available_at = client.read(faucet, &Faucet::nextRequestAtCall { to }).await?;
    let now = client.head().await?.timestamp;
    if available_at > U256::from(now) {
        let wait = std::time::Duration::from_secs((available_at - U256::from(now)).saturating_to());
        return Err(Error::precondition(format_args!(
            "the faucet has served {to} already; the next time is in {}",
            humantime::format_duration(wait)
        )));
    }
    let amount = Cai::from_base_units(client.read(faucet, &Faucet::dripAmountCall {}).await?);
    let name = &client.network().name;
    let progress = session.printer.progress(format!("Requesting {amount} from the {name} faucet for {to}"));
    let summary = Summary::new(format!("Request {amount} from the faucet")).line("to", to);
    let transaction = session.submit(&summary, &Call::new(faucet, &Faucet::requestCall { to })).await?;
    drop(progress);
    Ok(Given { to, amount, decimals: cuckoo_protocol::amount::DECIMALS, transaction })
}

/// Gives a larger sum, by an account on the faucet's list.
pub async fn grant(session: &Session, to: Address, amount: Cai) -> Result<Given> {
    let client = &session.client;
    let faucet = contract(client)?;
    let granter = session.address()?;
    if !client.read(faucet, &Faucet::isGranterCall { granter }).await? {
        let refused = Error::precondition(format_args!("{granter} is not on the faucet's list of granters"));
        return Err(match client.network().chain_id {
            DEVELOPMENT_CHAIN_ID => refused.hint("on the local chain anvil:0 is: --account anvil:0"),
            _ => refused.hint("smaller sums are for everybody: cuckoo faucet request"),
        });
    }
    let summary = Summary::new(format!("Grant {amount} from the faucet")).line("to", to);
    let call = Call::new(faucet, &Faucet::grantCall { to, amount: amount.base_units() });
    let transaction = session.submit(&summary, &call).await?;
    Ok(Given { to, amount, decimals: cuckoo_protocol::amount::DECIMALS, transaction })
}
