//! What `cuckoo vote` does to stake: puts it behind a node, and starts taking it back.

use cuckoo_protocol::{
    Address, Cai,
    chain::{Call, DEVELOPMENT_CHAIN_ID},
    contract::{Role, Staking},
};

use crate::{
    account::{
        commission::Commission,
        node_reference::read_registry,
        session::{Session, Summary},
    },
    args::{Amount, Percent},
    command::shared::moved::Moved,
    host::clock::moment,
    terminal::{Error, Result},
};

/// The contract's number for an active node.
pub(super) const ACTIVE: u8 = 1;
/// A node's own stake and the votes for it together count up to this many times the own stake, as in the contract.
const LEVERAGE: u128 = 10;

/// Puts free stake behind a node that takes at most this commission.
pub(super) async fn cast(session: &Session, node: Address, amount: Amount, most: Option<Percent>) -> Result<Moved> {
    let client = session.client();
    let staking = client.network().staking;
    let staker = session.address()?;
    let free = Cai::from_base_units(client.read(staking, &Staking::freeStakeOfCall { staker }).await?);
    let amount = amount.of(free);
    if amount.is_zero() || free < amount {
        return Err(Error::precondition(format_args!("this needs {amount} of free stake; there is {free}"))
            .hint(format_args!("deposit and vote in one transaction: cuckoo stake deposit AMOUNT --vote {node}")));
    }
    let commission = Commission::read(client, node).await?;
    let most = commission.accepted(node, most)?;
    let summary =
        Summary::new(format!("Vote for {node} with {amount}")).line("from", staker).line("commission", &commission);
    let call = Staking::voteCall { node, amount: amount.base_units(), maxCommissionBps: most.0 };
    let call = Call::new(staking, &call);
    warn_of_idle_votes(session, node, amount).await?;
    let progress = session.printer.progress(format!("Voting for {node} with {amount}"));
    let transaction = session.submit(&summary, &call).await?;
    drop(progress);
    Ok(Moved::new(amount, Some(node), transaction))
}

/// Says before a vote what it will not earn: own stake and votes together count up to ten times the own stake, and votes for an
/// idle node for nothing.
pub(in crate::command) async fn warn_of_idle_votes(session: &Session, node: Address, amount: Cai) -> Result<()> {
    let client = session.client();
    let view = client.read(client.network().staking, &Staking::nodeViewCall { node }).await?;
    if view.owner == session.address()? {
        return Ok(());
    }
    let beyond = client.read(client.network().staking, &Staking::votesBeyondCall { node }).await?;
    let own = Cai::from(view.selfStake);
    let counted = Cai::from(view.weight).checked_add(amount).unwrap_or(amount);
    let most = Cai::from(view.selfStake.saturating_mul(LEVERAGE));
    if view.status == ACTIVE && (!beyond.is_zero() || counted > most) {
        session.printer.warn(format_args!(
            "the node's own stake of {own} and the votes for it together count up to {LEVERAGE} times that stake, and votes beyond \
             that earn nothing more"
        ));
    }
    if view.idle {
        session
            .printer
            .warn("the node is idle: nobody has paid it lately, and votes for it earn nothing until somebody does");
    }
    Ok(())
}

/// Starts taking stake back from a node. Away from the local chain, an owner confirms by name that its node goes out of service.
pub(super) async fn retract(session: &Session, node: Address, amount: Amount, confirm: Option<&str>) -> Result<Moved> {
    let client = session.client();
    let staking = client.network().staking;
    let staker = session.address()?;
    let stake = Cai::from_base_units(client.read(staking, &Staking::stakeOfCall { node, staker }).await?);
    let amount = amount.of(stake);
    if amount.is_zero() || stake < amount {
        return Err(Error::precondition(format_args!(
            "cannot take {amount} back: your stake behind {node} is {stake}"
        ))
        .hint("list your votes: cuckoo vote list"));
    }
    let view = client.read(staking, &Staking::nodeViewCall { node }).await?;
    if let Some(role) = Role::from_u8(view.role).filter(|_| view.owner == staker) {
        let left = stake.checked_sub(amount).unwrap_or_default();
        if left <= Cai::from_whole(role.minimum()) {
            let minimum = Cai::from_whole(role.minimum());
            let role = role.as_str();
            session.printer.warn(format_args!(
                "your {role} stops counting: its own stake would be {left}, which is not more than {minimum}"
            ));
            if view.status == ACTIVE && client.network().chain_id != DEVELOPMENT_CHAIN_ID {
                let registry = read_registry(client).await?;
                let name = registry.node(&node).map(|node| node.name.clone()).unwrap_or_default();
                session.confirm_by_name(&format!("takes your {role} out of service"), name.raw(), node, confirm)?;
            }
        }
    }
    let summary = Summary::new(format!("Take {amount} back from {node}")).line("to", staker);
    let call = Call::new(staking, &Staking::retractCall { node, amount: amount.base_units() });
    let transaction = session.submit(&summary, &call).await?;
    let mut moved = Moved::new(amount, Some(node), transaction);
    if moved.transaction.block().is_some() {
        let requests = client.read(staking, &Staking::unbondingsCall { node, staker }).await;
        let requests = requests.map_err(|error| moved.transaction.followed_by(error))?;
        moved.available_at = requests.last().map(|request| moment(request.availableAt));
    }
    Ok(moved)
}
