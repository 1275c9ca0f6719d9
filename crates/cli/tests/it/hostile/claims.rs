//! Miners that would be paid on chain for what they never did.

use cuckoo_protocol::{
    U256,
    chain::{Call, ChainError},
    contract::Settlement,
    message::Receipt,
    wire::{self, Body},
};
use serde_json::json;

use super::miners::{Target, lease};
use crate::harness::{chain::CLAIM_DELAY, link::send, network::until};

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
    until("it can pay", || {
        chain.run(&["escrow", "status", "coordinator", "--json"]).expect(0).data()[0]["balance"] != json!("0")
    });
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;

    let mut socket = target.offering(1).await;
    let (id, offer) = target.task(&mut socket).await;
    send(&mut socket, Body::Accept(lease(&offer))).await;
    let code = wire::RefuseCode::Failed.into();
    send(&mut socket, wire::Refuse { lease: Some(lease(&offer)), code, reason: "not today".into() }).await;
    let client = chain.client().await.with_signer(target.miner.clone());
    let settlement = client.network().settlement;
    let account = Settlement::accountOfCall { coordinator, miner };
    let mut through = 0;
    for _ in 0..200 {
        through = client.read(settlement, &account).await.expect("reads").through;
        if through >= offer.number {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
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
