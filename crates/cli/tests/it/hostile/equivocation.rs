//! Miners that sign two receipts for one ticket, noticed and proven by the coordinator's own node.

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use cuckoo_protocol::{
    U256,
    contract::{
        DisputeCourt::{self, EquivocationProven, EvidenceAnnounced},
        Staking,
    },
    wire::Body,
};
use serde_json::json;

use super::miners::{Target, chunk, lease};
use crate::harness::{books::units, link::send, network::until};

impl Target {
    /// Gives the coordinator's key coin for fees.
    async fn funded() -> Self {
        let target = Self::start_with(&[]).await;
        target.chain.control("anvil_setBalance", json!([target.address, units(1)])).await;
        target
    }

    /// What can be slashed behind the miner.
    async fn stake(&self) -> U256 {
        let client = self.chain.client().await;
        let call = Staking::slashableOfCall { node: self.miner.address() };
        client.read(client.network().staking, &call).await.expect("reads")
    }

    /// How many announcements and proofs the court has.
    async fn sent(&self) -> usize {
        let client = self.chain.client().await;
        let court = client.network().court.expect("a court");
        let events = vec![EvidenceAnnounced::SIGNATURE_HASH, EquivocationProven::SIGNATURE_HASH];
        let filter = Filter::new().address(court).event_signature(events);
        client.logs(&filter.from_block(0)).await.expect("reads").len()
    }

    /// Waits until the coordinator has kept a receipt for a lease that was lost.
    fn until_kept(&self) {
        let file = self.chain.path("coordinator/receipts.db");
        let count = "SELECT count(*) FROM promises WHERE json_extract(CAST(body AS TEXT), '$.first') IS NOT NULL";
        until("the receipt is kept", || {
            let opened = rusqlite::Connection::open_with_flags(&file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY);
            let kept = opened.and_then(|receipts| receipts.query_row(count, [], |row| row.get::<_, u32>(0)));
            kept.is_ok_and(|kept| kept > 0)
        });
    }

    async fn until_sent(&self, count: usize) {
        for _ in 0..300 {
            if self.sent().await >= count {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("the court did not hear {count} times");
    }

    /// The miner loses the part of its stake that two receipts cost, once, and the coordinator is paid the reward.
    async fn until_slashed(&self, before: U256) {
        self.chain.pass(61).await;
        self.until_sent(2).await;
        let client = self.chain.client().await;
        let court = client.network().court.expect("a court");
        let bps = client.read(court, &DisputeCourt::parametersCall {}).await.expect("reads").equivocationBps;
        assert_eq!(self.stake().await, before - before * U256::from(bps) / U256::from(10_000));
        let reward = client.cai_balance(self.address).await.expect("reads");
        assert!(!reward.is_zero(), "the finder is paid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c7_a_miner_that_signs_two_receipts_is_slashed_by_its_coordinators_node() {
    let mut target = Target::funded().await;
    let before = target.stake().await;
    let mut socket = target.offering(2).await;
    let (id, offer) = target.task(&mut socket).await;
    send(&mut socket, Body::Accept(lease(&offer))).await;
    send(&mut socket, chunk(&offer, "one", &[1])).await;
    let first = target.result(&offer, "one", &[1]);
    send(&mut socket, first.clone()).await;
    target.until_state(&id, "done").await;
    // The same one again is not punished; another one is, once it was announced.
    send(&mut socket, first).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(target.sent().await, 0);
    send(&mut socket, target.result(&offer, "two", &[2])).await;
    send(&mut socket, target.result(&offer, "three", &[3])).await;
    target.until_sent(1).await;
    assert_eq!(target.stake().await, before, "it is announced only");
    target.restart().await;
    target.until_slashed(before).await;
    target.chain.pass(61).await;
    target.restart().await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(target.sent().await, 2, "it is punished once");
}

#[tokio::test(flavor = "multi_thread")]
async fn c7_two_receipts_for_a_lost_lease_are_noticed_in_a_later_session() {
    let mut target = Target::funded().await;
    let before = target.stake().await;
    let mut socket = target.offering(1).await;
    let (id, offer) = target.task(&mut socket).await;
    send(&mut socket, Body::Accept(lease(&offer))).await;
    // The lease is lost with the link, before there is any receipt.
    drop(socket);
    target.until_state(&id, "queued").await;
    let mut later = target.offering(1).await;
    send(&mut later, target.result(&offer, "one", &[1])).await;
    target.until_kept();
    target.restart().await;
    let mut later = target.offering(1).await;
    send(&mut later, target.result(&offer, "two", &[2])).await;
    target.until_sent(1).await;
    target.until_slashed(before).await;
}
