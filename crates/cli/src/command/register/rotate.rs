//! Replaces a node's key by a new one: stake, votes and registration stay.

use std::path::PathBuf;

use cuckoo_protocol::{
    Address, U256, Untrusted,
    chain::Call,
    contract::{Role, Staking},
};
use serde::Serialize;

use super::{change::owned, consent};
use crate::{
    account::{
        node_reference::{NodeReference, find_node, read_registry},
        session::{Sent, Summary},
        signer,
    },
    args::TransactionOptions,
    context::Context,
    host::clock::{moment, time_between},
    terminal::{Error, Result},
};

/// The new key of a node.
#[derive(Clone, Debug, clap::Args)]
pub struct RotateArgs {
    /// Node whose key to replace: an address or a name
    node: NodeReference,
    /// Wallet that holds the new key, which stays on the node's machine
    #[arg(long, value_name = "NAME")]
    node_account: String,
    /// File with the password of the new key's wallet [default: the file of --password-file]
    #[arg(long, value_name = "PATH")]
    node_password_file: Option<PathBuf>,
    /// How the transaction is sent.
    #[command(flatten)]
    transaction: TransactionOptions,
}

#[derive(Debug, Serialize)]
struct Rotated {
    /// The key that was replaced.
    old: Address,
    /// The key in its place.
    new: Address,
    name: Untrusted,
    /// Until when what the old key has signed counts (RFC 3339); known once the change is in a block.
    #[serde(skip_serializing_if = "Option::is_none")]
    signs_until: Option<String>,
    transaction: Sent,
}

/// `register rotate`.
pub(super) async fn rotate(args: RotateArgs, context: &Context) -> Result<()> {
    let session = context.session(&args.transaction).await?;
    let client = session.client();
    let staking = client.network().staking;
    let old = find_node(client, &args.node).await?;
    let registry = read_registry(client).await?;
    let node = owned(&registry, old, &session)?;
    let password = args.node_password_file.as_deref().or(context.globals.wallet.password_file.as_deref());
    let keystores = signer::keystores(&context.globals.wallet);
    let no_input = context.globals.no_input;
    let key = signer::unlock_account(&keystores, &args.node_account, password, client.network(), no_input)?;
    let new = key.address();
    if registry.node(&new).is_some() || new == node.owner {
        return Err(Error::precondition(format_args!("{new} is a node or an owner already; a new key is needed"))
            .hint("make one: cuckoo wallet new NAME, then --node-account NAME"));
    }
    let (name, introduction, endpoint) = (node.name.raw(), node.introduction.raw(), node.endpoint.raw());
    let (deadline, signature) =
        consent::sign(client, &key, node.owner, node.role, [name, introduction, endpoint]).await?;
    let call = Staking::rotateCall {
        node: old,
        newKey: new,
        name: name.to_owned(),
        introduction: introduction.to_owned(),
        endpoint: endpoint.to_owned(),
        deadline,
        signature,
    };
    let summary = Summary::new(format!("Replace the key of the {} `{}`", node.role.as_str(), node.name))
        .line("old key", old)
        .line("new key", new);
    let transaction = session.submit(&summary, &Call::new(staking, &call)).await?;
    let mut rotated = Rotated { old, new, name: node.name.clone(), signs_until: None, transaction };
    if let Some(block) = rotated.transaction.block() {
        let head = client.head().await?.timestamp;
        let successor = client.read(staking, &Staking::successorOfCall { node: old }).await?;
        let period = client.read(staking, &Staking::unbondingPeriodCall {}).await?;
        let until = successor.rotatedAt.saturating_add(period);
        rotated.signs_until = Some(moment(until));
        let wait = time_between(head, U256::from(until));
        session.printer.ok(format_args!("`{}` has the key {new} since block {block}; stake and votes stay", node.name));
        session.printer.say(format_args!("What the old key has signed counts for another {wait}"));
        let (role, account) = (node.role.as_str(), &args.node_account);
        session.printer.hint(match node.role {
            Role::Coordinator => format!(
                "start it with the new key and on a new directory, since the journal is that of the old key (copy keys.json): \
                 cuckoo {role} run --account {account} --data DIR"
            ),
            Role::Miner => format!(
                "redeem what it is owed before that, and start it with the new key: cuckoo {role} run --account {account}"
            ),
        });
    }
    context.printer.result(&rotated, || rotated.transaction.text())
}
