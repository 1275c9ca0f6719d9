//! Escrow, the payment of miners, disputes and slashes, as the balances of those concerned show them.

use alloy::{primitives::keccak256, sol_types::SolValue};
use cuckoo_protocol::{
    B256, U256,
    chain::{Call, Client},
    contract::{CAIToken, DisputeCourt, Role, Settlement},
    message::{Receipt, Ticket, Voucher},
};
use serde_json::json;

use crate::harness::{
    books::{after_burn, amount, balance, balanced, juror, send, settle, sign, start_period, two_nodes, units},
    chain::{CLAIM_DELAY, Chain, Ran, THAW, account},
};

#[tokio::test(flavor = "multi_thread")]
async fn escrow_is_prepaid_and_thaws() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    let owner = account(0).address().to_string();
    let everybody = [0, 1, 2].map(|index| account(index).address().to_string());
    let as_owner = |arguments: &[&str]| chain.run(&[arguments, &["-a", "anvil:0"]].concat());

    let deposit = as_owner(&["escrow", "deposit", "hub", "1000", "--json"]).expect(0).data();
    assert_eq!(amount(&deposit["amount"]), units(1_000));
    as_owner(&["escrow", "deposit", "gpu-box", "1"]).expect(3).says("never registered as a coordinator");
    // Anybody may pay for any.
    chain.run(&["faucet", "request", "--to", &account(2).address().to_string()]).expect(0);
    chain
        .run(&["escrow", "deposit", "hub", "max", "-a", "anvil:2"])
        .expect(0)
        .says("100,000 CAI was added to the escrow");
    chain.run(&["escrow", "deposit", "hub", "1", "-a", "anvil:2"]).expect(3).says("has 0 CAI");
    let escrow = chain.run(&["escrow", "status", "--json"]).expect(0).data();
    assert_eq!((amount(&escrow[0]["balance"]), &escrow[0]["name"]), (units(101_000), &json!("hub")));
    chain.run(&["escrow", "status", "gpu-box"]).expect(3).says("never registered as a coordinator");

    as_owner(&["escrow", "withdraw", "hub"]).expect(3).says("thawing").says("escrow thaw");
    chain.run(&["escrow", "thaw", "hub", "1", "-a", "anvil:2"]).expect(3).says("is not owned by");
    as_owner(&["escrow", "thaw", "hub", "101001"]).expect(3).says("101,000 CAI");
    as_owner(&["escrow", "thaw", "hub", "400"]).expect(0).says("400 CAI is thawing").says("escrow withdraw");
    as_owner(&["escrow", "withdraw", "hub"]).expect(3).says("thawing for another");
    let state = balance(&chain, &owner);
    let row = &state["escrow"][0];
    assert_eq!((amount(&row["balance"]), amount(&row["thawing"])), (units(101_000), units(400)));
    assert_eq!(row["available"], json!(false));
    let rows = chain.run(&["balance", &owner]).expect(0).stdout;
    assert!(
        rows.contains(&format!("\nescrow\t{}\tCAI\thub\t", units(100_600))) && rows.contains("\nthawing\t"),
        "{rows}"
    );

    chain.pass(THAW).await;
    chain.run(&["balance", &owner]).expect(0).says("cuckoo escrow withdraw");
    let before = amount(&balance(&chain, &owner)["liquid"]);
    as_owner(&["escrow", "withdraw", "hub"]).expect(0).says("400 CAI was paid out");
    let after = balanced(&chain, &everybody, 0).await;
    assert_eq!(amount(&after[0]["liquid"]), before + units(400));
    assert_eq!(amount(&after[0]["escrow"][0]["balance"]), units(101_000 - 400));
    as_owner(&["escrow", "thaw", "hub", "--all"]).expect(0).says("100,600 CAI");
}

/// Collects for the miner, by somebody else.
fn collect(chain: &Chain, options: &[&str]) -> Ran {
    chain.run(&[&["escrow", "collect", "gpu-box", "-a", "anvil:2", "--json"], options].concat()).expect(0)
}

/// Starts the payment of 100 CAI that a batch has promised.
async fn a_batch_matures(chain: &Chain, client: &Client, everybody: &[String; 3]) {
    chain.run(&["escrow", "collect", "-a", "anvil:1"]).expect(3).says("nothing to collect");
    settle(client, 0, 5, 6, units(100), 1).await;
    let credit = &balanced(chain, everybody, 0).await[1]["credit"];
    assert_eq!((amount(&credit[0]["amount"]), amount(&credit[0]["burned"])), (units(98), units(2)));
    assert_eq!((&credit[0]["miner_name"], &credit[0]["available"]), (&json!("gpu-box"), &json!(false)));
    let escrow = chain.run(&["escrow", "status", "hub", "--json"]).expect(0).data();
    assert_eq!((amount(&escrow[0]["balance"]), amount(&escrow[0]["promised"])), (units(100_900), units(100)));
    let started = chain
        .run(&["escrow", "collect", "-a", "anvil:1", "--json"])
        .expect(0)
        .says("98 CAI")
        .says("it pays from")
        .data();
    assert_eq!(started[0]["step"], json!("started"));
    assert_eq!((amount(&started[0]["amount"]), amount(&started[0]["burned"])), (units(98), units(2)));
    chain
        .run(&["escrow", "collect", "-a", "anvil:1"])
        .expect(3)
        .says("matures first")
        .says(started[0]["available_at"].as_str().expect("a time"));
    balanced(chain, everybody, 0).await;
}

/// Credit of vouchers, 30 CAI and 10 CAI, is paid by itself, or with the 20 CAI of a batch.
async fn credit_is_paid(chain: &Chain, client: &Client) {
    let redeem = async |cumulative: u64| {
        let voucher = Voucher {
            coordinator: account(5).address(),
            miner: account(6).address(),
            cumulative: units(cumulative).to(),
            through: 4,
        };
        let call = Settlement::redeemCall { voucher: (&voucher).into(), signature: sign(client, 5, &voucher) };
        send(client, 2, &Call::new(client.network().settlement, &call)).await;
    };
    redeem(200).await;
    let paid = collect(chain, &[]).data()[0].clone();
    assert_eq!((&paid["coordinator"], amount(&paid["amount"])), (&json!(null), after_burn(units(30))), "{paid}");
    redeem(210).await;
    chain.pass(CLAIM_DELAY).await;
    for options in [&["--dry-run"][..], &[]] {
        let rows = collect(chain, options).data();
        assert_eq!(rows.as_array().map(Vec::len), Some(1), "{rows}");
        assert_eq!(
            (amount(&rows[0]["amount"]), amount(&rows[0]["burned"])),
            (after_burn(units(30)), units(30) - after_burn(units(30)))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn miners_are_paid_by_batches_that_mature_and_by_vouchers_at_once() {
    let chain = Chain::start().await;
    let client = chain.client().await;
    two_nodes(&chain, 40_000);
    let miner_owner = account(1).address().to_string();
    let everybody = [0, 1, 2].map(|index| account(index).address().to_string());
    chain.run(&["escrow", "deposit", "hub", "101000", "-a", "anvil:0"]).expect(0);
    // A batch is promised to the miner, and matures; a voucher pays what is beyond it at once. Both go to the miner's owner, less 2%.
    a_batch_matures(&chain, &client, &everybody).await;

    let voucher = |signer: usize, cumulative: u64| {
        let voucher = Voucher {
            coordinator: account(5).address(),
            miner: account(6).address(),
            cumulative: units(cumulative).to(),
            through: 2,
        };
        let path = chain.path("voucher.json");
        let document = json!({"voucher": voucher, "signature": sign(&client, signer, &voucher)});
        std::fs::write(&path, document.to_string()).expect("written");
        path.display().to_string()
    };
    chain.run(&["escrow", "redeem", &voucher(6, 150), "-a", "anvil:2"]).expect(3).says("not signed by the coordinator");
    chain.run(&["escrow", "redeem", &voucher(5, 150), "-a", "anvil:2"]).expect(0).says("49 CAI was paid to the owner");
    chain.run(&["escrow", "redeem", &voucher(5, 150), "-a", "anvil:2"]).expect(3).says("settled before");
    std::fs::write(chain.path("voucher.json"), "{}").expect("written");
    let broken = chain.path("voucher.json").display().to_string();
    chain.run(&["escrow", "redeem", &broken, "-a", "anvil:2"]).expect(1).says("does not hold a signed voucher");
    // What is settled after the collection has begun is no part of its payment, and begins to be collected by it.
    settle(&client, 0, 5, 6, units(170), 3).await;
    chain.pass(CLAIM_DELAY).await;
    let shown = collect(&chain, &["--dry-run"]).data()[0].clone();
    assert_eq!((amount(&shown["amount"]), amount(&shown["burned"])), (units(98), units(2)), "{shown}");
    let paid = collect(&chain, &[])
        .says("98 CAI was paid to the owner")
        .says("2 CAI was burned")
        .says("collecting the rest, 19.6 CAI")
        .data()[0]
        .clone();
    assert_eq!((amount(&paid["amount"]), amount(&paid["burned"])), (units(98), units(2)), "{paid}");
    assert_eq!((amount(&paid["rest"]), &paid["step"]), (after_burn(units(20)), &json!("paid")));
    chain
        .run(&["escrow", "collect", "gpu-box", "-a", "anvil:2"])
        .expect(3)
        .says(paid["available_at"].as_str().expect("a time"));
    assert_eq!(amount(&balance(&chain, &miner_owner)["liquid"]), units(147));

    credit_is_paid(&chain, &client).await;
    chain.run(&["escrow", "collect", "gpu-box", "-a", "anvil:2"]).expect(3).says("nothing to collect");
    assert_eq!(amount(&balance(&chain, &miner_owner)["liquid"]), after_burn(units(210)));
    balanced(&chain, &everybody, 0).await;
}

/// Opens a dispute of anvil:0 over an answer.
async fn dispute(client: &Client, ticket: &Ticket, receipt: &Receipt) {
    let court = client.network().court.expect("a court");
    let bond = CAIToken::approveCall { spender: court, value: units(1_000) };
    send(client, 0, &Call::new(client.network().cai, &bond)).await;
    let item = DisputeCourt::Item {
        ticket: ticket.into(),
        ticketSignature: sign(client, 5, ticket),
        receipt: receipt.into(),
        receiptSignature: sign(client, 6, receipt),
    };
    send(client, 0, &Call::new(court, &DisputeCourt::openCall { items: vec![item], bundles: B256::ZERO })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slash_and_a_dispute_show_in_every_balance_concerned() {
    let chain = Chain::start().await;
    let client = chain.client().await;
    two_nodes(&chain, 40_000);
    start_period(&client, Role::Miner).await;
    juror(&chain);
    let court = client.network().court.expect("a court");
    let addresses = [0, 1, 2, 3, 7].map(|index| account(index).address().to_string());
    let [_, owner, voter, finder, _] = &addresses;
    chain.run(&["faucet", "request", "--to", voter]).expect(0);
    chain.run(&["stake", "deposit", "10000", "--vote", "gpu-box", "-a", "anvil:2"]).expect(0);
    // Who declared an epoch before can be drawn.
    chain.next_epoch().await;
    chain.next_epoch().await;
    chain.next_epoch().await;
    chain.run(&["stake", "unbond", "gpu-box", "3000", "-a", "anvil:2"]).expect(0);

    let ticket = Ticket {
        coordinator: account(5).address(),
        miner: account(6).address(),
        task: B256::repeat_byte(1),
        number: 1,
        deadline: client.head().await.expect("a block").timestamp + 3_600,
        ..Ticket::default()
    };
    let receipt = |byte: u8| Receipt {
        ticket: client.domain().digest(&ticket),
        outputCommitment: B256::repeat_byte(byte),
        ..Receipt::default()
    };
    let signed_ticket = sign(&client, 5, &ticket);

    // A dispute holds its challenger's bond.
    dispute(&client, &ticket, &receipt(1)).await;
    let challenger = balanced(&chain, &addresses, 0).await[0].clone();
    assert_eq!(amount(&challenger["bonds"][0]["amount"]), units(1_000));
    let id = keccak256(vec![client.domain().digest(&receipt(1))].abi_encode());
    assert_eq!(challenger["bonds"][0]["dispute"], json!(id));

    // Two receipts for one ticket cost half of all stake behind the miner, whoever's and in whatever state.
    let ticket_digest = client.domain().digest(&ticket);
    let evidence = keccak256((keccak256("equivocation"), ticket_digest, account(6).address()).abi_encode());
    let commitment = keccak256((account(3).address(), evidence, B256::ZERO).abi_encode());
    send(&client, 3, &Call::new(court, &DisputeCourt::announceCall { commitment })).await;
    chain.pass(60).await;
    let prove = DisputeCourt::proveEquivocationCall {
        ticket: (&ticket).into(),
        ticketSignature: signed_ticket,
        a: (&receipt(1)).into(),
        signatureA: sign(&client, 6, &receipt(1)),
        b: (&receipt(2)).into(),
        signatureB: sign(&client, 6, &receipt(2)),
        salt: B256::ZERO,
    };
    send(&client, 3, &Call::new(court, &prove)).await;
    let balances = balanced(&chain, &addresses, 2).await;
    let [_, owner_has, voter_has, finder_has, _] = &balances[..] else { panic!("five balances") };
    assert_eq!(amount(&owner_has["staked"][0]["amount"]), units(20_000), "{owner}");
    assert_eq!(amount(&voter_has["staked"][0]["amount"]), units(3_500), "{voter}");
    assert_eq!(amount(&voter_has["unbonding"][0]["amount"]), units(1_500));
    assert_eq!(amount(&voter_has["liquid"]), units(90_000), "what is not at stake is not touched");
    // A fifth of the owner's loss is the finder's, the rest is burned.
    assert_eq!(amount(&finder_has["liquid"]), units(4_000), "{finder}");
    // 20,000 CAI are not more than 20,000 CAI.
    let status = chain.run(&["register", "status", "gpu-box", "--json"]).expect(0).data();
    assert_eq!((&status[0]["status"], &status[0]["weight"]), (&json!("inactive"), &json!("0")));
    // What was earned before cannot be slashed.
    let claimed = chain.run(&["stake", "claim", "-a", "anvil:2", "--json"]).expect(0).data();
    assert_eq!(claimed["total"], voter_has["rewards"][0]["amount"]);
    assert!(amount(&claimed["total"]) > U256::ZERO);
    chain
        .run(&["stake", "unbond", "gpu-box", "3501", "-a", "anvil:2"])
        .expect(3)
        .says("your stake behind")
        .says("is 3,500 CAI");
}
