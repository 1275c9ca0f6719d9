//! What an operator orders of a running coordinator beside draining it.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use cuckoo_protocol::{Address, coordinator::Input};
use serde::{Deserialize, Serialize};

use crate::node::{coordinator::Shared, operator::Operator};

/// An order about a miner.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The miner.
    pub miner: Address,
}

/// What an operator's request needs beside the coordinator: its secret.
#[derive(Clone)]
pub(super) struct Operators {
    pub(super) shared: Arc<Shared>,
    pub(super) operator: Operator,
}

/// Why an order is not carried out.
pub(super) type Refused = (StatusCode, String);

impl Operators {
    /// Refuses a request without the secret.
    pub(super) fn admit(&self, headers: &HeaderMap) -> Result<(), Refused> {
        if self.operator.is_operator(headers) {
            return Ok(());
        }
        Err((StatusCode::UNAUTHORIZED, "this needs the secret of the node's data directory\n".to_owned()))
    }
}

/// `POST /miners/lift`: ends a miner's pause before its time.
pub(super) async fn lift(
    State(operators): State<Operators>,
    headers: HeaderMap,
    Json(order): Json<Order>,
) -> Result<Json<Order>, Refused> {
    operators.admit(&headers)?;
    let (shared, miner) = (operators.shared, order.miner);
    if !shared.handle.read(move |machine| machine.is_paused(&miner)).await {
        return Err((StatusCode::NOT_FOUND, format!("{miner} has no pause\n")));
    }
    shared.handle.act(Input::Lift { miner });
    Ok(Json(order))
}
