//! What the coordinator has before the court: the cases that it wants, the evidence that it serves, and what its key holds for them.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use alloy::primitives::{Address, B256, U256};
use arc_swap::ArcSwap;
use cuckoo_protocol::{
    Cai, Untrusted,
    chain::{ChainError, Client},
    contract::DisputeCourt,
    coordinator::{
        Accusation,
        prosecution::{Filed, Mode},
    },
    court::{Case, State, View},
    message::Domain,
    task::Millis,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::{Semaphore, watch};

use super::{board::Board, readers::Readers};
use crate::node::evidence::StoreError;

/// Gas of a case over 32 receipts: the approval of its bond, the opening, and the withdrawal.
const CASE_GAS: u64 = 2_200_000;
/// Bundles that are handed in at once; others are told to try again.
const HANDED_IN_AT_ONCE: usize = 8;

/// A case that a coordinator wants before the court, as operators see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseRow {
    /// The court's id of the case.
    pub case: B256,
    /// The miner that is accused.
    pub miner: Address,
    /// The manifest that it does not run.
    pub manifest: B256,
    /// The number of answers.
    pub answers: usize,
    /// What was found, in words.
    pub why: Untrusted,
    /// When it was confirmed, in milliseconds since the Unix epoch.
    pub at: Millis,
    /// Where it stands, in words.
    pub status: String,
    /// `none`, `open`, `guilty`, `innocent` or `void`, as the court has it; `None` before the chain was asked.
    pub state: Option<State>,
    /// How often it was opened.
    pub attempts: u32,
    /// Up to this attempt an operator has ordered that it be opened.
    pub ordered: u32,
    /// What the coordinator has posted in the present attempt.
    pub posted: Cai,
    /// What it costs to open it now.
    pub bond: Cai,
}

/// The cases that a coordinator wants, and what it does about them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cases {
    /// Whether it opens them.
    pub mode: Mode,
    /// The most that is in bonds at once; `None` for all that the node key holds.
    pub budget: Option<Cai>,
    /// The cases.
    pub cases: Vec<CaseRow>,
}

/// What is known of a case beside what the journal says.
#[derive(Clone, Debug)]
pub(in crate::node::coordinator) struct Standing {
    pub(in crate::node::coordinator) case: B256,
    pub(in crate::node::coordinator) filed: Filed,
    pub(in crate::node::coordinator) status: String,
}

impl CaseRow {
    pub(super) fn new(accusation: &Accusation, standing: Option<&Standing>) -> Self {
        let filed = standing.map(|standing| standing.filed);
        Self {
            case: accusation.id,
            miner: accusation.miner,
            manifest: accusation.manifest,
            answers: accusation.exhibits.len(),
            why: accusation.why.as_str().into(),
            at: accusation.at,
            status: standing.map_or_else(|| "the chain was not asked yet".into(), |standing| standing.status.clone()),
            state: filed.map(|filed| filed.state),
            attempts: filed.map_or(0, |filed| filed.attempts),
            ordered: accusation.ordered,
            posted: filed.filter(|filed| filed.is_ours).map_or(Cai::ZERO, |filed| filed.posted),
            bond: filed.map_or(Cai::ZERO, |filed| filed.price),
        }
    }
}

/// What the coordinator's parts share of the court.
#[derive(Debug)]
pub(in crate::node::coordinator) struct Courtroom {
    /// The court as it was last read, once somebody reads it.
    views: OnceLock<watch::Receiver<Option<Arc<View>>>>,
    pub(in crate::node::coordinator) board: Board,
    pub(in crate::node::coordinator) readers: Readers,
    /// Who hands in a bundle holds one of these.
    pub(in crate::node::coordinator) handing_in: Semaphore,
    /// Where the cases stand that are wanted.
    pub(in crate::node::coordinator) standings: ArcSwap<Vec<Standing>>,
}

impl Courtroom {
    /// Opens the board in a data directory. What is handed in takes half as much as the coordinator's own evidence at most.
    pub(in crate::node::coordinator) fn open(
        data: &Path,
        domain: Domain,
        evidence_bytes: u64,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            views: OnceLock::new(),
            board: Board::open(data, domain, evidence_bytes / 2)?,
            readers: Readers::default(),
            handing_in: Semaphore::new(HANDED_IN_AT_ONCE),
            standings: ArcSwap::default(),
        })
    }

    /// From now on the court is read, and seen here.
    pub(in crate::node::coordinator) fn follow(&self, views: watch::Receiver<Option<Arc<View>>>) {
        // There is one that reads it.
        let _ = self.views.set(views);
    }

    pub(super) fn views(&self) -> Option<watch::Receiver<Option<Arc<View>>>> {
        self.views.get().cloned()
    }

    /// The court as it was last read.
    pub(in crate::node::coordinator) fn view(&self) -> Option<Arc<View>> {
        self.views.get()?.borrow().clone()
    }

    /// A case that is open as of the newest block that was read.
    pub(in crate::node::coordinator) fn open_case(&self, id: &B256) -> Option<Case> {
        self.view()?.case(*id).filter(|case| case.state == State::Open).cloned()
    }
}

/// What a node key has for cases before the court, and what one takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funds {
    /// CAI that it holds.
    pub balance: Cai,
    /// The least that a bond is.
    pub bond: Cai,
    /// Coin that it holds for fees, in wei.
    pub coin: U256,
    /// Coin that the transactions of a case take at the present price of gas, in wei.
    pub fees: U256,
}

impl Funds {
    /// Reads them; `None` on a network without a court.
    pub async fn read(client: &Client, node: Address) -> Result<Option<Self>, ChainError> {
        let Some(court) = client.network().court else { return Ok(None) };
        let parameters = client.read(court, &DisputeCourt::parametersCall {}).await?;
        let price: U256 = client.request("eth_gasPrice", json!([])).await?;
        Ok(Some(Self {
            balance: client.cai_balance(node).await?,
            bond: Cai::from_base_units(U256::from(parameters.bond)),
            coin: client.native_balance(node).await?,
            fees: price * U256::from(CASE_GAS),
        }))
    }

    /// What is missing, in words; `None` where a case could be opened.
    pub fn missing(&self) -> Option<String> {
        let Self { balance, bond, coin, fees } = self;
        if balance < bond {
            return Some(format!("the node key holds {balance}, and a bond is {bond} at least"));
        }
        (coin < fees)
            .then(|| format!("the node key holds {coin} wei of coin, and a case takes about {fees} wei of fees"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_for_a_case_is_said() {
        let enough = Funds {
            balance: Cai::from_whole(1_000),
            bond: Cai::from_whole(1_000),
            coin: U256::from(5),
            fees: U256::from(5),
        };
        assert_eq!(enough.missing(), None);
        let poor = Funds { balance: Cai::from_whole(999), ..enough };
        assert!(poor.missing().is_some_and(|text| text.contains("999 CAI") && text.contains("1,000 CAI")));
        let dry = Funds { coin: U256::from(4), ..enough };
        assert!(dry.missing().is_some_and(|text| text.contains("fees")));
    }
}
