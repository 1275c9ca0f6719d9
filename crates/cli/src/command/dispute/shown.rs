//! The open disputes as dashboards show them to an owner of stake: its nodes' parts in each, and how long the stage lasts.

use std::collections::BTreeSet;

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, B256,
    chain::{Client, Registry, decode_event},
    contract::DisputeCourt::{DisputeOpened, DisputeResolved},
    status::{CasePart, CaseRow},
};
use futures::future::try_join_all;

use super::case::{Dispute, read_disputes, read_jurors};
use crate::terminal::{Error, Result};

/// Reads the open disputes, newest first, as of the registry's block; none on a network without a court.
pub(in crate::command) async fn read_cases(
    client: &Client,
    owner: Address,
    registry: &Registry,
) -> Result<Vec<CaseRow>> {
    let Some(court) = client.network().court else { return Ok(vec![]) };
    let kinds = vec![DisputeOpened::SIGNATURE_HASH, DisputeResolved::SIGNATURE_HASH];
    let mut open: Vec<B256> = vec![];
    for log in client.history_until(Filter::new().address(court).event_signature(kinds), registry.block).await? {
        if log.topic0() == Some(&DisputeOpened::SIGNATURE_HASH) {
            open.push(decode_event::<DisputeOpened>(&log)?.id);
        } else {
            let closed = decode_event::<DisputeResolved>(&log)?.id;
            open.retain(|id| *id != closed);
        }
    }
    let read = |id: B256| async move {
        let Some(mut dispute) = read_disputes(client, Some(id), registry).await?.pop() else {
            return Ok::<_, Error>(None);
        };
        read_jurors(client, &mut dispute, registry).await?;
        Ok(Some(row(&dispute, owner, registry)))
    };
    let found: Vec<_> = try_join_all(open.into_iter().rev().map(read)).await?;
    Ok(found.into_iter().flatten().collect())
}

fn row(dispute: &Dispute, owner: Address, registry: &Registry) -> CaseRow {
    let owns = |node: &Address| *node == owner || registry.node(node).is_some_and(|node| node.owner == owner);
    let jurors: BTreeSet<_> =
        dispute.jurors.iter().filter(|juror| juror.round == dispute.round).map(|juror| juror.node).collect();
    let part = if owns(&dispute.accused) {
        CasePart::Accused
    } else if dispute.challengers.iter().any(owns) {
        CasePart::Challenger
    } else if jurors.iter().any(owns) {
        CasePart::Juror
    } else {
        CasePart::Observer
    };
    let until = dispute.seconds_left.map(|left| registry.block_timestamp.saturating_add(left).saturating_mul(1_000));
    let Dispute { id, accused, taken, phase, .. } = *dispute;
    CaseRow { id, accused, part, stage: phase.into(), until, taken }
}
