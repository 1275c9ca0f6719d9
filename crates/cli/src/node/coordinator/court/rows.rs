//! The cases that are wanted, as operators see them.

use alloy::primitives::B256;

use super::courtroom::CaseRow;
use crate::node::coordinator::shared::Shared;

/// The cases that are wanted, with where they stand.
pub(in crate::node::coordinator) async fn rows(shared: &Shared) -> Vec<CaseRow> {
    let accusations = shared.handle.read_durable(|machine| machine.audits().accusations().cloned().collect::<Vec<_>>());
    let accusations = accusations.await;
    let standings = shared.court.as_ref().map(|court| court.standings.load_full()).unwrap_or_default();
    let of = |id: &B256| standings.iter().find(|standing| standing.case == *id);
    accusations.iter().map(|accusation| CaseRow::new(accusation, of(&accusation.id))).collect()
}
