//! What an address has in the settlement contract and in the dispute court, as of one block.

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, B256, Cai, U256, Untrusted,
    chain::{Client, Node, Registry, decode_event},
    contract::{DisputeCourt, Role, Settlement},
};
use serde::Serialize;

use crate::{host::clock::moment, terminal::Result};

/// The court's number for an open dispute.
const OPEN: u8 = 1;

/// Everything an address has in escrow, at settlements and in disputes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Payments {
    /// The escrow of each coordinator that it owns.
    pub escrow: Vec<Escrow>,
    /// What was settled for the miners that it owns and is not collected.
    pub credit: Vec<Credit>,
    /// The bonds that it posted for open disputes.
    pub bonds: Vec<Bond>,
}

/// What a coordinator has prepaid.
#[derive(Clone, Debug, Serialize)]
pub struct Escrow {
    /// The coordinator.
    pub coordinator: Address,
    /// Its name.
    pub name: Untrusted,
    /// The whole escrow.
    pub balance: Cai,
    /// The part that is thawing; it still pays miners.
    pub thawing: Cai,
    /// When the thawing part can be withdrawn (RFC 3339), if there is one.
    pub available_at: Option<String>,
    /// True once it can be withdrawn, by the newest block's time.
    pub available: bool,
}

/// What one coordinator has settled with one miner and nobody has collected.
#[derive(Clone, Debug, Serialize)]
pub struct Credit {
    /// The coordinator that settled.
    pub coordinator: Address,
    /// The coordinator's name.
    pub coordinator_name: Untrusted,
    /// The miner that worked.
    pub miner: Address,
    /// The miner's name.
    pub miner_name: Untrusted,
    /// The amount.
    pub amount: Cai,
}

/// What was posted for one dispute.
#[derive(Clone, Debug, Serialize)]
pub struct Bond {
    /// The dispute: the receipt's digest.
    pub dispute: B256,
    /// The miner that signed the receipt.
    pub accused: Address,
    /// The amount.
    pub amount: Cai,
}

impl Payments {
    /// The sum of everything here.
    pub fn total(&self) -> Cai {
        let escrow = self.escrow.iter().map(|escrow| escrow.balance);
        let credit = self.credit.iter().map(|credit| credit.amount);
        escrow.chain(credit).chain(self.bonds.iter().map(|bond| bond.amount)).sum()
    }
}

impl Escrow {
    /// The part that is not thawing.
    pub fn staying(&self) -> Cai {
        self.balance.checked_sub(self.thawing).unwrap_or_default()
    }
}

/// Reads what an address has, as of the registry's block. On a network without these contracts it has nothing there.
pub async fn read_payments(client: &Client, owner: Address, registry: &Registry) -> Result<Payments> {
    let mut found = Payments::default();
    let owned = |role: Role| registry.nodes.values().filter(move |node| node.owner == owner && node.role == role);
    let mut escrow = read_escrows(client, owned(Role::Coordinator), registry).await?;
    escrow.retain(|escrow| !escrow.balance.is_zero());
    found.escrow = escrow;
    found.credit = read_credits(client, owned(Role::Miner), registry).await?;
    if let Some(court) = client.network().court {
        found.bonds = read_bonds(client, court, owner, registry).await?;
    }
    Ok(found)
}

/// Reads the escrow of each of these coordinators.
pub async fn read_escrows(
    client: &Client,
    coordinators: impl Iterator<Item = &Node>,
    registry: &Registry,
) -> Result<Vec<Escrow>> {
    let coordinators: Vec<_> = coordinators.collect();
    let calls = coordinators.iter().map(|node| Settlement::escrowOfCall { coordinator: node.address });
    let held = client.read_all_at_block(client.network().settlement, calls, registry.block_hash).await?;
    let row = |(node, held): (&Node, Settlement::Escrow)| {
        let thawing = Cai::from_base_units(U256::from(held.thawing));
        Escrow {
            coordinator: node.address,
            name: node.name.clone(),
            balance: Cai::from_base_units(U256::from(held.balance)),
            thawing,
            available_at: (!thawing.is_zero()).then(|| moment(held.availableAt)),
            available: !thawing.is_zero() && held.availableAt <= registry.block_timestamp,
        }
    };
    Ok(coordinators.into_iter().zip(held).map(row).collect())
}

/// Reads what each of these miners can collect, by coordinator. Only coordinators have escrow to settle from.
pub async fn read_credits(
    client: &Client,
    miners: impl Iterator<Item = &Node>,
    registry: &Registry,
) -> Result<Vec<Credit>> {
    let coordinators = || registry.nodes.values().filter(|node| node.role == Role::Coordinator);
    let pairs: Vec<_> = miners.flat_map(|miner| coordinators().map(move |coordinator| (coordinator, miner))).collect();
    let calls = pairs.iter().map(|(coordinator, miner)| Settlement::accountOfCall {
        coordinator: coordinator.address,
        miner: miner.address,
    });
    let accounts = client.read_all_at_block(client.network().settlement, calls, registry.block_hash).await?;
    let row = |((coordinator, miner), account): ((&Node, &Node), Settlement::Account)| {
        let amount = Cai::from_base_units(U256::from(account.settled - account.withdrawn));
        (!amount.is_zero()).then(|| Credit {
            coordinator: coordinator.address,
            coordinator_name: coordinator.name.clone(),
            miner: miner.address,
            miner_name: miner.name.clone(),
            amount,
        })
    };
    Ok(pairs.into_iter().zip(accounts).filter_map(row).collect())
}

async fn read_bonds(client: &Client, court: Address, challenger: Address, registry: &Registry) -> Result<Vec<Bond>> {
    let filter = Filter::new().address(court).event_signature(DisputeCourt::DisputeOpened::SIGNATURE_HASH);
    let logs = client.history_until(filter.topic3(challenger.into_word()), registry.block).await?;
    let opened = logs.iter().map(|log| Ok(decode_event::<DisputeCourt::DisputeOpened>(log)?.id));
    let opened: Vec<_> = opened.collect::<Result<_>>()?;
    let calls = opened.iter().map(|id| DisputeCourt::caseOfCall { id: *id });
    let cases = client.read_all_at_block(court, calls, registry.block_hash).await?;
    let open = opened.into_iter().zip(cases).filter(|(_, case)| case.state == OPEN);
    Ok(open
        .map(|(dispute, case)| Bond {
            dispute,
            accused: case.accused,
            amount: Cai::from_base_units(U256::from(case.bond)),
        })
        .collect())
}
