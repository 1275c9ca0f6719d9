//! `cuckoo stake`: CAI at stake.

use alloy::{
    signers::SignerSync,
    sol,
    sol_types::{Eip712Domain, SolStruct},
};
use clap::Subcommand;
use cuckoo_protocol::{
    Address, Cai, U256,
    amount::DECIMALS,
    chain::{Call, ChainError},
    contract::{CAIToken, Staking},
};
use serde::Serialize;

use crate::{
    args::{Amount, NodeReference, TransactionOptions, address},
    command::balance,
    context::Context,
    error::{Error, Result},
    holdings::{holdings, node},
    output::{Table, Text},
    session::{Sent, Session, Summary},
    wallet,
};

/// How long a permit is good: it is used in the transaction that it is signed for.
const PERMIT_SECONDS: u64 = 3_600;

/// CAI at stake.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Put CAI into your free stake, and with --vote behind a node at once
    Deposit {
        /// How much, or max
        amount: Amount,
        /// Node to vote for with it: an address or a name
        #[arg(long, value_name = "NODE")]
        vote: Option<NodeReference>,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// What an address has at stake, by state
    Status {
        /// Whose; without it, the wallet's
        #[arg(value_parser = address)]
        address: Option<Address>,
    },
    /// Pay free stake out
    Withdraw {
        /// How much, or max
        amount: Amount,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
}

/// What was moved.
#[derive(Clone, Debug, Serialize)]
pub struct Moved {
    /// How much.
    pub amount: Cai,
    /// Behind which node, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<Address>,
    /// Decimals of the amount.
    pub decimals: usize,
    /// The transaction.
    pub transaction: Sent,
}

impl Moved {
    /// An amount, its node, and the transaction that moved it.
    pub fn new(amount: Cai, node: Option<Address>, transaction: Sent) -> Self {
        Self { amount, node, decimals: DECIMALS, transaction }
    }
}

/// Runs it.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    let printer = &context.printer;
    match command {
        Command::Deposit { amount, vote, transaction } => {
            let session = context.session(&transaction).await?;
            let node = match &vote {
                Some(reference) => Some(node(&session.client, reference).await?),
                None => None,
            };
            let moved = deposit(&session, amount, node).await?;
            if let Some(block) = moved.transaction.block() {
                match node {
                    Some(node) => printer.ok(format_args!("{} behind {node} in block {block}", moved.amount)),
                    None => {
                        printer.ok(format_args!("{} in your free stake in block {block}", moved.amount));
                        printer.hint("next, vote for a node: cuckoo vote cast NODE AMOUNT");
                        printer.hint("or make a key a node: cuckoo register miner --node-account NAME --name NAME --stake AMOUNT");
                    }
                }
            }
            printer.result(&moved, || moved.transaction.text())
        }
        Command::Status { address } => {
            let client = context.client().await?;
            let of = match address {
                Some(address) => address,
                None => wallet::resolve_address(&context.globals.wallet, client.network(), context.globals.no_input)?,
            };
            let holdings = holdings(&client, of).await?;
            printer.result(&holdings, || {
                let mut table = Table::new(["state", "amount", "where"]);
                balance::rows(&mut table, &holdings);
                Text::Table(table)
            })
        }
        Command::Withdraw { amount, transaction } => {
            let session = context.session(&transaction).await?;
            let moved = withdraw(&session, amount).await?;
            if let Some(block) = moved.transaction.block() {
                printer.ok(format_args!("{} paid out in block {block}", moved.amount));
            }
            printer.result(&moved, || moved.transaction.text())
        }
    }
}

/// Puts CAI into the free stake, or behind a node at once: one transaction, with a permit in place of an approval.
pub async fn deposit(session: &Session, amount: Amount, node: Option<Address>) -> Result<Moved> {
    let client = &session.client;
    let owner = session.address()?;
    let balance = client.cai_balance(owner).await?;
    let amount = amount.of(balance);
    if amount.is_zero() {
        return Err(Error::precondition("the amount is 0").hint("what there is: cuckoo balance"));
    }
    if balance < amount {
        return Err(Error::precondition(format_args!("this needs {amount}; {owner} has {balance}"))
            .hint("on a test network the faucet gives some: cuckoo faucet request"));
    }
    let permit = permit(session, amount).await?;
    let units = amount.base_units();
    let Permit { deadline, v, r, s } = permit;
    let staking = client.network().staking;
    let (title, call) = match node {
        Some(node) => {
            let call = Staking::depositAndVoteWithPermitCall { node, amount: units, deadline, v, r, s };
            (format!("Deposit {amount} and vote with it for {node}"), Call::new(staking, &call))
        }
        None => {
            let call = Staking::depositWithPermitCall { amount: units, deadline, v, r, s };
            (format!("Deposit {amount} into your free stake"), Call::new(staking, &call))
        }
    };
    let left = balance.checked_sub(amount).unwrap_or_default();
    let summary = Summary::new(title).line("from", owner).line("balance after", left);
    let progress = session.printer.progress(format!("Depositing {amount}"));
    let transaction = session.submit(&summary, &call).await?;
    drop(progress);
    Ok(Moved::new(amount, node, transaction))
}

/// Pays free stake out.
pub async fn withdraw(session: &Session, amount: Amount) -> Result<Moved> {
    let client = &session.client;
    let staking = client.network().staking;
    let staker = session.address()?;
    let free = Cai::from_base_units(client.read(staking, &Staking::freeStakeOfCall { staker }).await?);
    let amount = amount.of(free);
    if amount.is_zero() || free < amount {
        return Err(Error::precondition(format_args!("this withdraws {amount}; the free stake is {free}")).hint(
            "stake behind a node comes back by: cuckoo vote retract NODE AMOUNT, and later: cuckoo vote release NODE",
        ));
    }
    let summary = Summary::new(format!("Withdraw {amount} of your free stake")).line("to", staker);
    let call = Call::new(staking, &Staking::withdrawCall { amount: amount.base_units() });
    let transaction = session.submit(&summary, &call).await?;
    Ok(Moved::new(amount, None, transaction))
}

struct Permit {
    deadline: U256,
    v: u8,
    r: cuckoo_protocol::B256,
    s: cuckoo_protocol::B256,
}

mod message {
    super::sol! {
        /// EIP-2612.
        struct Permit {
            address owner;
            address spender;
            uint256 value;
            uint256 nonce;
            uint256 deadline;
        }
    }
}

/// Signs that the staking contract may take exactly this amount.
async fn permit(session: &Session, amount: Cai) -> Result<Permit> {
    let client = &session.client;
    let network = client.network();
    let signer = client.signer().ok_or(ChainError::NoSigner)?;
    let described = client.read(network.cai, &CAIToken::eip712DomainCall {}).await?;
    // Name and version are the token's to say. Chain and contract are ours: an endpoint that lies about them gets a signature
    // that is good for nothing else.
    let domain = Eip712Domain {
        name: Some(described.name.into()),
        version: Some(described.version.into()),
        chain_id: Some(U256::from(network.chain_id)),
        verifying_contract: Some(network.cai),
        salt: None,
    };
    let nonce = client.read(network.cai, &CAIToken::noncesCall { owner: signer.address() }).await?;
    let deadline = U256::from(client.head().await?.timestamp + PERMIT_SECONDS);
    let message = message::Permit {
        owner: signer.address(),
        spender: network.staking,
        value: amount.base_units(),
        nonce,
        deadline,
    };
    let signature = signer
        .sign_hash_sync(&message.eip712_signing_hash(&domain))
        .map_err(|error| ChainError::Signing(error.to_string()))?;
    Ok(Permit { deadline, v: 27 + u8::from(signature.v()), r: signature.r().into(), s: signature.s().into() })
}
