//! What an address has in the settlement contract and in the dispute court, as of one block.

use std::collections::BTreeSet;

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    Address, B256, Cai, U256, Untrusted,
    chain::{Client, Node, Registry, decode_event},
    contract::{
        DisputeCourt::{self, DisputeJoined, DisputeOpened},
        Role, Settlement,
    },
};
use futures::try_join;
use serde::Serialize;

use crate::{host::clock::moment, terminal::Result};

/// The court's number for an open dispute.
const OPEN: u8 = 1;
/// The part of every payment to a miner's owner that is burned, in hundredths of a percent, as in the settlement contract.
const BURN_BPS: u32 = 200;

/// Everything an address has in escrow, at settlements and in disputes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Payments {
    /// The escrow of each coordinator that it owns.
    pub escrow: Vec<Escrow>,
    /// What was settled for the miners that it owns and is not collected.
    pub credit: Vec<Credit>,
    /// The bonds that it posted for open disputes, and what closed ones have left of them.
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
    /// What the coordinator has settled with miners and they have not collected; it belongs to them.
    pub promised: Cai,
    /// When the thawing part can be withdrawn (RFC 3339), if there is one.
    pub available_at: Option<String>,
    /// The same in seconds since the Unix epoch.
    #[serde(skip)]
    pub at: Option<u64>,
    /// True once it can be withdrawn, by the newest block's time.
    pub available: bool,
}

/// What belongs to the owner of a miner and nobody has paid out.
#[derive(Clone, Debug, Serialize)]
pub struct Credit {
    /// The coordinator that settled it; none for what vouchers and claims have brought, which can be paid out at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coordinator: Option<Address>,
    /// The coordinator's name.
    pub coordinator_name: Untrusted,
    /// The miner that worked.
    pub miner: Address,
    /// The miner's name.
    pub miner_name: Untrusted,
    /// What the owner gets in the end.
    pub amount: Cai,
    /// What is burned when it is paid out.
    pub burned: Cai,
    /// The part whose payment was begun; more may have been settled since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collecting: Option<Cai>,
    /// From when that part can be paid out (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_at: Option<String>,
    /// The same in seconds since the Unix epoch.
    #[serde(skip)]
    pub at: Option<u64>,
    /// True where it, or the part whose payment was begun, can be paid out now by the newest block's time.
    pub available: bool,
}

impl Credit {
    /// What can be paid out at once; `None` where there is nothing.
    fn new(miner: &Node, payment: U256) -> Option<Self> {
        let (amount, burned) = after_burn(payment);
        (!payment.is_zero()).then(|| Self {
            coordinator: None,
            coordinator_name: Untrusted::default(),
            miner: miner.address,
            miner_name: miner.name.clone(),
            amount,
            burned,
            collecting: None,
            available_at: None,
            at: None,
            available: true,
        })
    }

    /// True while it has to wait: collecting it was begun, and it has not matured.
    pub fn waits(&self) -> bool {
        self.available_at.is_some() && !self.available
    }
}

/// What is left of a payment after the burn, and what is burned of it.
pub fn after_burn(payment: U256) -> (Cai, Cai) {
    let burned = payment * U256::from(BURN_BPS) / U256::from(10_000);
    (Cai::from_base_units(payment - burned), Cai::from_base_units(burned))
}

/// What was posted for one dispute.
#[derive(Clone, Debug, Serialize)]
pub struct Bond {
    /// The dispute's id.
    pub dispute: B256,
    /// The miner that signed the receipt.
    pub accused: Address,
    /// The amount.
    pub amount: Cai,
    /// True for what a closed dispute has left, which can be withdrawn.
    pub withdrawable: bool,
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

/// Reads what an address has, as of the registry's block.
pub async fn read_payments(client: &Client, owner: Address, registry: &Registry) -> Result<Payments> {
    let owned = |role: Role| registry.nodes.values().filter(move |node| node.owner == owner && node.role == role);
    let bonds = async {
        match client.network().court {
            Some(court) => read_bonds(client, court, owner, registry).await,
            None => Ok(vec![]),
        }
    };
    let (mut escrow, credit, bonds) = try_join!(
        read_escrows(client, owned(Role::Coordinator), registry),
        read_credits(client, owned(Role::Miner), registry),
        bonds
    )?;
    escrow.retain(|escrow| !escrow.balance.is_zero() || !escrow.promised.is_zero());
    Ok(Payments { escrow, credit, bonds })
}

/// Reads the escrow of each of these coordinators.
pub async fn read_escrows(
    client: &Client,
    coordinators: impl Iterator<Item = &Node>,
    registry: &Registry,
) -> Result<Vec<Escrow>> {
    let coordinators: Vec<_> = coordinators.collect();
    let (settlement, block) = (client.network().settlement, registry.block_hash);
    let held = coordinators.iter().map(|node| Settlement::escrowOfCall { coordinator: node.address });
    let promised = coordinators.iter().map(|node| Settlement::promisedOfCall { coordinator: node.address });
    let (held, promised) = try_join!(
        client.read_all_at_block(settlement, held, block),
        client.read_all_at_block(settlement, promised, block)
    )?;
    let row = |((node, held), promised): ((&Node, Settlement::Escrow), U256)| {
        let thawing = Cai::from_base_units(U256::from(held.thawing));
        Escrow {
            coordinator: node.address,
            name: node.name.clone(),
            balance: Cai::from_base_units(U256::from(held.balance)),
            thawing,
            promised: Cai::from_base_units(promised),
            available_at: (!thawing.is_zero()).then(|| moment(held.availableAt)),
            at: (!thawing.is_zero()).then_some(held.availableAt),
            available: !thawing.is_zero() && held.availableAt <= registry.block_timestamp,
        }
    };
    Ok(coordinators.into_iter().zip(held).zip(promised).map(row).collect())
}

/// Reads what each of these miners can collect, by coordinator, and what it can pay out at once. Only coordinators have escrow to
/// settle from.
pub async fn read_credits(
    client: &Client,
    miners: impl Iterator<Item = &Node>,
    registry: &Registry,
) -> Result<Vec<Credit>> {
    let (settlement, block) = (client.network().settlement, registry.block_hash);
    let miners: Vec<_> = miners.collect();
    let coordinators = || registry.nodes.values().filter(|node| node.role == Role::Coordinator);
    let pairs: Vec<_> =
        miners.iter().flat_map(|&miner| coordinators().map(move |coordinator| (coordinator, miner))).collect();
    let of = |(coordinator, miner): &(&Node, &Node)| (coordinator.address, miner.address);
    let accounts = pairs.iter().map(of).map(|(coordinator, miner)| Settlement::accountOfCall { coordinator, miner });
    let begun = pairs.iter().map(of).map(|(coordinator, miner)| Settlement::collectionOfCall { coordinator, miner });
    let credits = miners.iter().map(|miner| Settlement::creditOfCall { miner: miner.address });
    let (accounts, collections, credits) = try_join!(
        client.read_all_at_block(settlement, accounts, block),
        client.read_all_at_block(settlement, begun, block),
        client.read_all_at_block(settlement, credits, block)
    )?;
    let settled = |((pair, account), begun): ((&(&Node, &Node), Settlement::Account), Settlement::Collection)| {
        let payment = U256::from(account.settled - account.withdrawn);
        let mut credit = Credit::new(pair.1, payment)?;
        credit.coordinator = Some(pair.0.address);
        credit.coordinator_name = pair.0.name.clone();
        credit.available = false;
        if !begun.amount.is_zero() {
            credit.collecting = Some(after_burn(U256::from(begun.amount)).0);
            credit.available_at = Some(moment(begun.availableAt));
            credit.at = Some(begun.availableAt);
            credit.available = begun.availableAt <= registry.block_timestamp;
        }
        Some(credit)
    };
    let mut found: Vec<_> = pairs.iter().zip(accounts).zip(collections).filter_map(settled).collect();
    found.extend(miners.iter().zip(credits).filter_map(|(miner, payment)| Credit::new(miner, payment)));
    Ok(found)
}

/// Reads the bonds of an address: those that it has posted for open disputes, and what closed ones have left for it.
async fn read_bonds(client: &Client, court: Address, challenger: Address, registry: &Registry) -> Result<Vec<Bond>> {
    let block = registry.block_hash;
    let opened = Filter::new().address(court).event_signature(DisputeOpened::SIGNATURE_HASH);
    let joined = Filter::new().address(court).event_signature(DisputeJoined::SIGNATURE_HASH);
    let mut disputes = BTreeSet::new();
    for log in client.history_until(opened.topic3(challenger.into_word()), registry.block).await? {
        disputes.insert(decode_event::<DisputeOpened>(&log)?.id);
    }
    for log in client.history_until(joined.topic2(challenger.into_word()), registry.block).await? {
        disputes.insert(decode_event::<DisputeJoined>(&log)?.id);
    }
    let cases = disputes.iter().map(|id| DisputeCourt::caseOfCall { id: *id });
    let challengers = disputes.iter().map(|id| DisputeCourt::challengersOfCall { id: *id });
    let left = disputes.iter().map(|id| DisputeCourt::bondOfCall { id: *id, challenger });
    let (cases, challengers, left) = try_join!(
        client.read_all_at_block(court, cases, block),
        client.read_all_at_block(court, challengers, block),
        client.read_all_at_block(court, left, block)
    )?;
    let mut bonds = vec![];
    for (((dispute, case), challengers), left) in disputes.into_iter().zip(cases).zip(challengers).zip(left) {
        let posted = (case.state == OPEN && challengers.contains(&challenger)).then(|| U256::from(case.bond));
        for (amount, withdrawable) in [(posted.unwrap_or_default(), false), (left, true)] {
            if !amount.is_zero() {
                let amount = Cai::from_base_units(amount);
                bonds.push(Bond { dispute, accused: case.accused, amount, withdrawable });
            }
        }
    }
    Ok(bonds)
}
