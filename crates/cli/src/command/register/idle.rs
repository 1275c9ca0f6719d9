//! Idle nodes: those that nobody has paid lately, which earn nothing until somebody does.

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, Cai,
    amount::DECIMALS,
    chain::{Call, Client, decode_event},
    contract::{Role, Staking, Staking::NodeView},
};
use serde::Serialize;

use crate::{
    account::{
        node_reference::{NodeReference, find_node},
        session::{Sent, Summary},
    },
    args::TransactionOptions,
    context::Context,
    host::clock::moment,
    terminal::{Error, Result},
};

/// The node to mark.
#[derive(Clone, Debug, clap::Args)]
pub struct IdleArgs {
    /// Node that nobody has paid for 7 days: an address or a name
    node: NodeReference,
    /// How the transaction is sent.
    #[command(flatten)]
    transaction: TransactionOptions,
}

#[derive(Debug, Serialize)]
struct Marked {
    node: Address,
    /// What the caller got for it, out of what the node has earned meanwhile; known once it is in a block.
    #[serde(skip_serializing_if = "Option::is_none")]
    tip: Option<Cai>,
    decimals: usize,
    transaction: Sent,
}

/// How an idle node becomes busy again.
pub(super) const fn remedy(role: Role) -> &'static str {
    match role {
        Role::Miner => "its next payment ends that: cuckoo escrow collect",
        Role::Coordinator => "the next payment to one of its miners ends that: it settles, and the miner collects",
    }
}

/// From when a node can be marked, in seconds since the Unix epoch.
async fn markable_from(client: &Client, view: &NodeView) -> Result<u64> {
    let after = client.read(client.network().staking, &Staking::IDLE_AFTERCall {}).await?;
    Ok(view.registeredAt.max(view.paidAt).saturating_add(after).saturating_add(1))
}

/// `register idle`.
pub(super) async fn mark(args: IdleArgs, context: &Context) -> Result<()> {
    let session = context.session(&args.transaction).await?;
    let client = session.client();
    let staking = client.network().staking;
    let node = find_node(client, &args.node).await?;
    let view = client.read(staking, &Staking::nodeViewCall { node }).await?;
    if view.idle {
        return Err(Error::precondition(format_args!("{node} is marked as idle already")));
    }
    let from = markable_from(client, &view).await?;
    if client.head().await?.timestamp < from {
        return Err(Error::precondition(format_args!("{node} is not idle: it can be marked from {} on", moment(from)))
            .hint("list the nodes that are idle: cuckoo vote leaderboard"));
    }
    let call = Call::new(staking, &Staking::markIdleCall { node });
    let transaction = session.submit(&Summary::new(format!("Mark the node {node} as idle")), &call).await?;
    let mut marked = Marked { node, tip: None, decimals: DECIMALS, transaction };
    if let Some(block) = marked.transaction.block() {
        let filter = Filter::new().event_signature(Staking::NodeIdle::SIGNATURE_HASH).topic1(node.into_word());
        let logs = client.logs(&filter.address(staking).from_block(block).to_block(block)).await?;
        let event = logs.last().map(decode_event::<Staking::NodeIdle>).transpose()?;
        let tip = event.map(|event| Cai::from_base_units(event.tip)).unwrap_or_default();
        marked.tip = Some(tip);
        session.printer.ok(format_args!("{node} is idle since block {block}; the tip for marking it was {tip}"));
    }
    context.printer.result(&marked, || marked.transaction.text())
}
