//! Whether a node is idle: nobody has paid it for a week, and it earns nothing until somebody does.

use cuckoo_protocol::{Address, chain::Client, contract::Staking};

use crate::{host::clock::moment, terminal::Result};

/// The contract's number for an active node.
const ACTIVE: u8 = 1;

/// What the chain knows of a node's payments.
#[derive(Clone, Debug)]
pub struct Idleness {
    /// Somebody has marked it as idle.
    pub idle: bool,
    /// When it was paid last, or has paid (RFC 3339).
    pub paid_at: Option<String>,
    /// From when anybody can mark it as idle (RFC 3339).
    pub idle_from: String,
    /// True once that time has come, by the newest block's time.
    pub is_due: bool,
}

impl Idleness {
    /// Reads it as of the newest block; `None` for a node that is not active.
    pub async fn read(client: &Client, node: Address) -> Result<Option<Self>> {
        let staking = client.network().staking;
        let view = client.read(staking, &Staking::nodeViewCall { node }).await?;
        if view.status != ACTIVE {
            return Ok(None);
        }
        let after = client.read(staking, &Staking::IDLE_AFTERCall {}).await?;
        let from = view.registeredAt.max(view.paidAt).saturating_add(after).saturating_add(1);
        Ok(Some(Self {
            idle: view.idle,
            paid_at: (view.paidAt != 0).then(|| moment(view.paidAt)),
            idle_from: moment(from),
            is_due: client.head().await?.timestamp >= from,
        }))
    }
}
