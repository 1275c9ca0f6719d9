//! Miners that would be paid on chain for what they never did, and coordinators that do not pay.

use std::time::{Duration, Instant};

use cuckoo::node::miner::signed_record::{Heard, RecordError, Store};
use cuckoo_protocol::{
    U256,
    chain::{Call, ChainError},
    contract::Settlement,
    message::{Receipt, SignedVoucher, Voucher},
    wire::{self, Body},
};
use serde_json::json;

use super::miners::{Target, lease};
use crate::harness::{
    books::{after_burn, amount, sign, two_nodes, units},
    chain::{CLAIM_DELAY, Chain, account},
    link::send,
};

#[tokio::test(flavor = "multi_thread")]
async fn c10_a_ticket_that_was_refused_is_void_on_chain_before_it_can_be_claimed() {
    let prices = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(prices.path(), "[default]\nprompt = \"1cai\"\ncompletion = \"1cai\"\n").expect("written");
    let target = Target::start_with(&["--prices", &prices.path().display().to_string(), "--settle-every", "1s"]).await;
    let (chain, coordinator) = (&target.chain, target.address);
    let miner = target.miner.address();
    let coin = json!([coordinator, U256::from(10).pow(U256::from(18))]);
    chain.control("anvil_setBalance", coin).await;
    chain.run(&["escrow", "deposit", "coordinator", "1000", "-a", "anvil:0"]).expect(0);
    // The coordinator has to see its escrow before it takes a task.
    let (metrics, begin) = (format!("http://127.0.0.1:{}/metrics", target.admin), Instant::now());
    let can_pay = async || {
        let told = reqwest::get(&metrics).await.expect("answers").text().await.expect("text");
        told.lines().any(|line| line == "cuckoo_escrow_cai 1000")
    };
    while !can_pay().await {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not see its escrow");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    let mut socket = target.offering(1).await;
    let (id, offer) = target.task(&mut socket).await;
    send(&mut socket, Body::Accept(lease(&offer))).await;
    let code = wire::RefuseCode::Failed.into();
    send(&mut socket, wire::Refuse { lease: Some(lease(&offer)), code, reason: "not today".into() }).await;
    let client = chain.client().await.with_signer(target.miner.clone());
    let settlement = client.network().settlement;
    let account = Settlement::accountOfCall { coordinator, miner };
    let mut through = 0;
    for _ in 0..600 {
        through = client.read(settlement, &account).await.expect("reads").through;
        if through >= offer.number {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(through >= offer.number, "the ticket is void on chain, although it owes nothing: {through}");

    // Afterwards the miner signs a receipt, and claims the price of a long answer.
    let ticket = target.ticket(&offer);
    let receipt = Receipt {
        ticket: target.domain().digest(&ticket),
        promptTokens: 4_000,
        completionTokens: 4_000,
        finishReason: 1,
        ..Receipt::default()
    };
    assert!(ticket.cost(&receipt) > 0, "it would be worth it");
    let call = Settlement::claimTicketCall {
        ticket: (&ticket).into(),
        ticketSignature: offer.signature.clone().into(),
        receipt: (&receipt).into(),
        receiptSignature: target.sign(&receipt).into(),
    };
    chain.pass(300 + CLAIM_DELAY + 10).await;
    let refused = client.send(&Call::new(settlement, &call), crate::harness::books::WAIT).await;
    let Err(ChainError::Reverts(revert)) = refused else { panic!("{refused:?}") };
    assert_eq!(revert.name, "TicketSettled", "{revert}");
    drop((id, socket));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_that_the_chain_refuses_holds_up_no_other_and_is_named() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    let client = chain.client().await;
    chain.run(&["escrow", "deposit", "hub", "100", "-a", "anvil:0"]).expect(0);
    std::fs::create_dir_all(chain.path("miner")).expect("a directory");
    // The first one in order is of a key that never was a coordinator's, and the chain refuses it.
    assert!(account(4).address() < account(5).address());
    let keep = |signer: usize, cumulative: u64| {
        let mut record = Store::open(&chain.path("miner")).expect("opens");
        let (coordinator, miner) = (account(signer).address(), account(6).address());
        let voucher = Voucher { coordinator, miner, cumulative: units(cumulative).to(), through: cumulative };
        let signature = sign(&client, signer, &voucher);
        let kept = Heard { vouchers: vec![SignedVoucher { voucher, signature }], ..Heard::default() };
        record.commit(vec![], &kept, &client.domain(), |_| Ok::<_, RecordError>(vec![])).expect("kept");
    };
    let run = |command: &str| chain.run(&["miner", command, "-a", "anvil:1", "--json"]);
    let refusal = format!("redeeming the voucher of {}: ", account(4).address());
    keep(4, 5);
    keep(5, 6);
    for (command, cumulative, owed) in [("claim", 6, 6), ("redeem", 10, 4)] {
        keep(5, cumulative);
        // No ticket can be claimed, and what the voucher brought is paid out all the same.
        let ran = run(command).expect(0).says(&format!("warning: {refusal}"));
        let envelope = ran.envelope();
        assert_eq!(envelope["warnings"].as_array().map(Vec::len), Some(1), "{envelope}");
        let data = ran.data();
        assert_eq!(
            (data["redeemed"].as_array().map(Vec::len), data["paid"].as_array().map(Vec::len)),
            (Some(1), Some(1))
        );
        assert_eq!(amount(&data["redeemed"][0]["amount"]), units(owed));
        assert_eq!(amount(&data["paid"][0]["amount"]), after_burn(units(owed)));
        // Where everything was refused, the command fails as the first refusal does.
        let failed = run(command).expect(3).says(&format!("error: {refusal}")).envelope();
        assert_eq!((&failed["success"], &failed["data"]), (&json!(false), &json!(null)));
    }
}
