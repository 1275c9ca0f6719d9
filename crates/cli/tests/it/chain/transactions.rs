//! Transactions that do not go the usual way, and endpoints that are not what they should be.

use serde_json::json;

use crate::harness::chain::{Chain, account, write_secret};

fn key_file(chain: &Chain, index: usize) -> String {
    let path = chain.path(&format!("key-{index}"));
    write_secret(&path, &account(index).to_bytes().to_string());
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_chain_or_a_missing_contract_is_refused_before_anything_is_signed() {
    let chain = Chain::start().await;
    let description = |change: serde_json::Value| {
        let mut description = serde_json::to_value(&chain.network).expect("serialises");
        for (field, value) in change.as_object().expect("an object") {
            description[field] = value.clone();
        }
        let path = chain.path("changed.json");
        std::fs::write(&path, description.to_string()).expect("written");
        path.display().to_string()
    };
    let deposit = |network: &str| chain.run(&["stake", "deposit", "1", "-a", "anvil:0", "-n", network]);
    let nonce = |chain: &Chain| {
        let address = account(0).address();
        let client = chain.network.clone();
        async move {
            let client = cuckoo_protocol::chain::Client::connect(&client).await.expect("connects");
            client
                .request::<serde_json::Value>("eth_getTransactionCount", json!([address, "latest"]))
                .await
                .expect("a count")
        }
    };
    let before = nonce(&chain).await;
    deposit(&description(json!({"chain_id": 1200}))).expect(78).says("31337").says("1200").says("nothing was signed");
    let nowhere = "0x00000000000000000000000000000000000000ff";
    deposit(&description(json!({"staking": nowhere}))).expect(78).says("no staking contract").says("cuckoo devnet");
    deposit(&description(json!({"faucet": nowhere}))).expect(78).says("no faucet contract");
    deposit(&description(json!({"cai": chain.network.faucet}))).expect(78).says("the token");
    deposit(&description(json!({"epoch_seconds": 61}))).expect(78).says("60").says("61");
    for contract in ["settlement", "court", "emission", "authority"] {
        let missing = deposit(&description(json!({contract: nowhere}))).expect(78);
        missing.says(&format!("no {contract} contract"));
        let other = deposit(&description(json!({contract: chain.network.faucet}))).expect(78);
        other.says(if contract == "authority" { "the authority" } else { "the stake of unknown" });
    }
    assert_eq!(nonce(&chain).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn away_from_the_local_chain_somebody_has_to_agree() {
    let chain = Chain::start_with(1_337, &[]).await;
    let key = key_file(&chain, 0);
    let deposit = |extra: &[&str]| chain.run(&[&["stake", "deposit", "1", "--private-key-file", &key], extra].concat());
    deposit(&[]).expect(2).says("--yes");
    let refused = deposit(&["--json"]).expect(2);
    assert_eq!(refused.envelope()["errors"][0]["class"], json!("usage"));
    deposit(&["--yes"]).expect(0);
    let dry = deposit(&["--dry-run", "--json"]).expect(0).data();
    assert_eq!(dry["transaction"]["request"]["chainId"], json!(1337));
    // Development keys are worth nothing there, and are refused so that nobody sends them anything.
    chain.run(&["stake", "deposit", "1", "-a", "anvil:0", "--yes"]).expect(4).says("31337");
    chain.run(&["faucet", "request", "--to", &account(5).address().to_string()]).expect(4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_in_no_block_is_seven_with_its_hash_and_can_be_waited_for() {
    let chain = Chain::start().await;
    chain.control("evm_setAutomine", json!([false])).await;
    let ran = chain.run(&["stake", "deposit", "7", "-a", "anvil:0", "--timeout", "1s"]).expect(7);
    let hash = ran.stdout.trim().to_owned();
    assert_eq!(hash.len(), 66, "{ran:?}");
    let ran = ran.says("not confirmed after 1s").says(&format!("cuckoo tx wait {hash}"));
    drop(ran);
    let json = chain.run(&["tx", "wait", &hash, "--timeout", "300ms", "--json"]).expect(7).envelope();
    assert_eq!(json["data"]["transaction"], json!(hash));
    chain.mine(1).await;
    assert_eq!(chain.run(&["tx", "wait", &hash]).expect(0).stdout.trim(), hash);
    let unwaited = chain.run(&["stake", "deposit", "7", "-a", "anvil:0", "--no-wait"]).expect(0);
    assert_eq!(unwaited.stdout.trim().len(), 66);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_overtaken_is_six_with_the_reason() {
    let chain = Chain::start().await;
    let (admin, granter) = (account(0).address(), account(1).address());
    let faucet = chain.network.faucet.expect("a faucet");
    let set = |allowed: bool| {
        use alloy::sol_types::SolCall;
        let data = cuckoo_protocol::contract::Faucet::setGranterCall { granter, allowed }.abi_encode();
        json!([{"from": admin, "to": faucet, "input": alloy::primitives::Bytes::from(data),
            "maxFeePerGas": "0x174876e800", "maxPriorityFeePerGas": "0x174876e800", "gas": "0x30d40"}])
    };
    chain.control("eth_sendTransaction", set(true)).await;
    chain.control("evm_setAutomine", json!([false])).await;
    let to = account(5).address().to_string();
    let sent = chain.run(&["faucet", "grant", &to, "1", "-a", "anvil:1", "--no-wait"]).expect(0);
    // With a higher fee it comes first in the same block.
    chain.control("eth_sendTransaction", set(false)).await;
    chain.mine(1).await;
    let ran = chain.run(&["tx", "wait", sent.stdout.trim()]).expect(6).says("reverted").says("may not do that");
    assert_eq!(ran.stdout, sent.stdout);
    chain.control("evm_setAutomine", json!([true])).await;
    chain.run(&["faucet", "grant", &to, "1", "-a", "anvil:1"]).expect(3).says("anvil:0");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_endpoint_is_used_when_the_first_is_silent() {
    let mut chain = Chain::start().await;
    let silent = format!("http://127.0.0.1:{}", crate::harness::chain::free_port());
    chain.network.rpc_urls.insert(0, silent.parse().expect("a URL"));
    let client = chain.client().await;
    assert_eq!(client.url(), &chain.network.rpc_urls[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_has_gas_for_the_rewards_that_begin_after_its_estimate() {
    let chain = Chain::start().await;
    chain.control("anvil_setBlockTimestampInterval", json!([0])).await;
    chain.wallet("node");
    let register =
        ["register", "miner", "--name", "gpu-box", "--stake", "30000", "-a", "anvil:0", "--node-account", "node"];
    chain.run(&["stake", "deposit", "40000", "-a", "anvil:0"]).expect(0);
    chain.run(&[&register[..], &["--password-file", &chain.password()]].concat()).expect(0);
    chain.control("evm_setAutomine", json!([false])).await;
    // Nobody has earned anything yet, so nothing of rewards is in the estimate.
    let vote = chain.run(&["vote", "cast", "gpu-box", "1000", "-a", "anvil:0", "--no-wait"]).expect(0);
    chain.control("anvil_setBlockTimestampInterval", json!([100])).await;
    chain.mine(1).await;
    let hash = vote.stdout.trim();
    chain.run(&["tx", "wait", hash]).expect(0);
    let client = chain.client().await;
    let receipt = client.receipt(hash.parse().expect("a hash")).await.expect("asked").expect("in a block");
    assert!(receipt.gas_used > 100_000, "rewards began with {}", receipt.gas_used);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_runs_out_of_gas_says_so() {
    let chain = Chain::start().await;
    let send = ["stake", "deposit", "7", "-a", "anvil:0", "--gas-limit", "50000"];
    chain.run(&send).expect(6).says("more than the 50000 gas").says("--gas-limit");
}
