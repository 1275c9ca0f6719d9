//! Proves that a miner signed two receipts for one ticket: announced first, so that nobody who copies the proof can send it.

use std::{path::PathBuf, time::Duration};

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, B256, Cai, U256,
    amount::DECIMALS,
    chain::{decode_event, equivocation_call},
    contract::DisputeCourt::EquivocationProven,
    message::proof::{Equivocation, SignedReceipt},
    task::ReceiptRecord,
};
use serde::Serialize;

use super::court::{check, court_address};
use crate::{
    account::session::{Sent, Session, Summary},
    args::TransactionOptions,
    command::audit::{Document, read},
    context::Context,
    host::{clock::moment, env},
    node::announcements::Announcements,
    terminal::{Error, Result},
};

/// Two receipts for one ticket.
#[derive(Debug, clap::Args)]
pub struct ProveArgs {
    /// File with one of the two receipts, as `cuckoo task receipt ID` prints it
    one: PathBuf,
    /// File with the other receipt, as `cuckoo task receipt ID` prints it
    other: PathBuf,
    /// How the two transactions are sent: an announcement that reveals nothing, and the proof a minute later. With --no-wait the
    /// announcement alone is sent; run the command again then.
    #[command(flatten)]
    transaction: TransactionOptions,
}

#[derive(Debug, Serialize)]
struct Proven {
    miner: Address,
    /// `announced`, or `proven`.
    step: &'static str,
    /// From when the proof is accepted (RFC 3339), while it is announced only.
    #[serde(skip_serializing_if = "Option::is_none")]
    provable_from: Option<String>,
    /// The amount that was slashed, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<Cai>,
    /// What the finder got, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    reward: Option<Cai>,
    decimals: usize,
    transactions: Vec<Sent>,
}

/// `dispute prove`.
pub(super) async fn prove(args: ProveArgs, context: &Context) -> Result<()> {
    let (Document { receipt: a, .. }, _) = read(&args.one)?;
    let (Document { receipt: b, .. }, _) = read(&args.other)?;
    let no_wait = args.transaction.no_wait;
    let session = context.session(&args.transaction).await?;
    let client = session.client();
    let court = court_address(client)?;
    check(client, &a)?;
    check(client, &b)?;
    let signed = |record: &ReceiptRecord| SignedReceipt {
        receipt: record.receipt.clone(),
        signature: record.receipt_signature.clone(),
    };
    let miner = a.ticket.miner;
    let (one, other) = (signed(&a), signed(&b));
    let proof = Equivocation { ticket: a.ticket, ticket_signature: a.ticket_signature, a: one, b: other };
    proof.verify(&client.domain()).map_err(Error::precondition)?;
    let (announcements, finder) = (Announcements::in_directory(env::state_directory()), session.address()?);
    let evidence = proof.id(&client.domain());
    let mut announcement = announcements.read(client, court, finder, evidence).await?;
    let mut provable_from = announcement.provable_from(client.head().await?.timestamp);
    let mut proven = Proven {
        miner,
        step: "announced",
        provable_from: None,
        taken: None,
        reward: None,
        decimals: DECIMALS,
        transactions: vec![],
    };
    if provable_from.is_none() {
        let summary = Summary::new("Announce a proof, without saying which");
        let sent = session.submit(&summary, &announcement.call(court)).await?;
        let is_mined = sent.block().is_some();
        proven.transactions.push(sent);
        if is_mined {
            announcement = announcements.read(client, court, finder, evidence).await?;
            provable_from = announcement.provable_from(client.head().await?.timestamp);
        }
    }
    let ready = match provable_from {
        Some(from) if client.head().await?.timestamp >= from => true,
        Some(from) => {
            proven.provable_from = Some(moment(from));
            session.printer.ok(format_args!("announced; the proof is accepted from {}", moment(from)));
            if no_wait {
                session.printer.hint("run the same command again then; it goes on from here");
            }
            !no_wait && wait_until(&session, from).await?
        }
        // Simulated, or sent and in no block yet.
        None => false,
    };
    if ready {
        Box::pin(send_proof(&session, court, &proof, announcement.salt, &mut proven)).await?;
    }
    context.printer.result(&proven, || Sent::texts(&proven.transactions))
}

/// Waits until the chain's time is that. A proof that is mined a second before is refused.
async fn wait_until(session: &Session, from: u64) -> Result<bool> {
    let progress = session.printer.progress("Waiting until the proof is accepted");
    loop {
        let now = session.client().head().await?.timestamp;
        if now >= from {
            return Ok(true);
        }
        progress.set(format!("Waiting until the proof is accepted, for another {} s", from - now));
        tokio::time::sleep(session.client().poll_interval().max(Duration::from_secs(1))).await;
    }
}

async fn send_proof(
    session: &Session,
    court: Address,
    proof: &Equivocation,
    salt: B256,
    proven: &mut Proven,
) -> Result<()> {
    let client = session.client();
    let miner = proven.miner;
    let call = equivocation_call(court, proof, salt);
    let summary = Summary::new(format!("Prove that {miner} signed two receipts for one ticket")).line("miner", miner);
    let progress = session.printer.progress("Sending the proof");
    let transaction = session.submit(&summary, &call).await?;
    drop(progress);
    proven.step = "proven";
    proven.provable_from = None;
    if let Some(block) = transaction.block() {
        let filter = Filter::new().event_signature(EquivocationProven::SIGNATURE_HASH).topic1(miner.into_word());
        let logs = client.logs(&filter.address(court).from_block(block).to_block(block)).await;
        let logs = logs.map_err(|error| transaction.followed_by(error))?;
        let event = logs.last().map(decode_event::<EquivocationProven>).transpose()?;
        let of = |amount: fn(&EquivocationProven) -> U256| event.as_ref().map(amount).map(Cai::from_base_units);
        proven.taken = of(|event| event.taken);
        proven.reward = of(|event| event.paid);
        let (taken, reward) = (proven.taken.unwrap_or_default(), proven.reward.unwrap_or_default());
        session.printer.ok(format_args!("{taken} behind {miner} slashed in block {block}; your reward is {reward}"));
    }
    proven.transactions.push(transaction);
    Ok(())
}
