//! What a case costs in gas on a real chain, beside the figures that the court's page is made of.

use std::collections::BTreeMap;

use cuckoo_protocol::B256;
use serde_json::Value;

use super::disputes::{Answer, answers, chain_with_juror};
use crate::harness::chain::{Chain, Ran, account};

/// Whole transactions as the contracts' tests measure them, each against cold storage.
const SNAPSHOTS: &str = include_str!("../../../../../contracts/snapshots/court.json");

/// The gas of the last transaction of a command.
async fn gas(chain: &Chain, ran: Ran) -> u64 {
    let data = ran.expect(0).data();
    let sent = data["transactions"].as_array().and_then(|all| all.last()).unwrap_or(&data["transaction"]);
    let hash: B256 = serde_json::from_value(sent["hash"].clone()).expect("a transaction");
    chain.client().await.receipt(hash).await.expect("answers").expect("a receipt").gas_used
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_costs_on_a_chain_what_the_page_says() {
    let chain = chain_with_juror().await;
    for challenger in [2, 3] {
        chain.run(&["faucet", "request", "--to", &account(challenger).address().to_string()]).expect(0);
    }
    let act = |arguments: &[&str], from: &str| chain.run(&[&["dispute"], arguments, &["--json", "-a", from]].concat());
    let answers = answers(&chain, 1, &[1]).await;
    let [Answer { file, .. }] = &answers[..] else { panic!("one answer") };
    let mut measured: Vec<(&str, u64)> = vec![];
    let opened = act(&["open", file], "anvil:2").expect(0);
    let id = opened.data()["id"].as_str().expect("an id").to_owned();
    measured.push(("open, one receipt", gas(&chain, opened).await));
    measured.push(("join", gas(&chain, act(&["join", &id], "anvil:3")).await));
    chain.next_epoch().await;
    act(&["seed", &id], "anvil:3").expect(0);
    act(&["summon", &id], "anvil:3").expect(0);
    measured.push(("commit, summoned", gas(&chain, act(&["commit", &id, "--vote", "guilty"], "anvil:8")).await));
    chain.next_epoch().await;
    // The first reveal of a draw writes into a slot that was empty.
    measured.push(("reveal", gas(&chain, act(&["reveal", &id], "anvil:8")).await - 17_100));
    chain.next_epoch().await;
    measured.push(("resolve, guilty", gas(&chain, act(&["advance", &id], "anvil:3")).await));
    measured.push(("settle, a reward", gas(&chain, act(&["settle", &id], "anvil:3")).await));
    measured.push(("withdraw a bond", gas(&chain, act(&["bond", &id], "anvil:2")).await));

    let snapshots: BTreeMap<String, Value> = serde_json::from_str(SNAPSHOTS).expect("snapshots");
    for (step, gas) in measured {
        let page: u64 = snapshots[step].as_str().expect("a number").parse().expect("a number");
        // Balances that begin or end at 0, and one juror instead of six, make the difference.
        assert!(gas.abs_diff(page) * 100 <= page * 35, "{step}: {gas} gas and not {page}");
    }
}
