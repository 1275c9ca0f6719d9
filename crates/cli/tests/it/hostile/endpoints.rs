//! Endpoints that are slow, broken, behind, of another chain or liars: the right exit code, and nothing signed for them.

use std::time::{Duration, Instant};

use alloy::{
    primitives::{B256, U64},
    sol_types::SolEvent,
};
use cuckoo_protocol::contract::Staking;
use serde_json::json;

use crate::harness::{
    chain::{Chain, Ran, account},
    proxy::{Act, Proxy, description, on, run},
};

const SEND: &str = "eth_sendRawTransaction";

async fn nonce(chain: &Chain) -> u64 {
    let address = account(0).address();
    let count = chain.control("eth_getTransactionCount", json!([address, "pending"])).await;
    serde_json::from_value::<U64>(count).expect("a number").to()
}

async fn deposit(chain: &Chain, network: &str) -> Ran {
    run(chain, &["stake", "deposit", "1", "-a", "anvil:0", "-n", network]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_cannot_be_used_gets_no_signature() {
    let chain = Chain::start().await;
    let before = nonce(&chain).await;
    let silent = "no answer within 10 s";
    let cases = [
        ("busy", Act::Status("429 Too Many Requests\r\nretry-after: 1"), 5, "429"),
        ("gateway", Act::Status("502 Bad Gateway"), 5, "502"),
        ("maintenance", Act::Status("503 Service Unavailable"), 5, "503"),
        ("late", Act::Status("504 Gateway Timeout"), 5, "504"),
        ("truncated", Act::Truncate, 5, "not JSON-RPC"),
        ("reset", Act::Close, 5, "cannot reach"),
        ("hanging", Act::Hang, 5, silent),
        ("forbidden", Act::Status("403 Forbidden"), 5, "403"),
        ("moved", Act::Status("302 Found\r\nlocation: http://127.0.0.1:1/"), 5, "302"),
    ];
    let mut runs = vec![];
    for (name, act, code, words) in cases {
        let proxy = Proxy::start(&chain, move |_, _| act.clone()).await;
        let network = description(&chain, name, &[&proxy.url]);
        runs.push((proxy, network, code, words));
    }
    // All at once: each waits for its own endpoint.
    let ran = futures::future::join_all(runs.iter().map(|(_, network, ..)| deposit(&chain, network))).await;
    for (ran, (proxy, _, code, words)) in ran.into_iter().zip(&runs) {
        ran.expect(*code).says(words);
        assert_eq!(proxy.count(SEND), 0);
    }
    assert_eq!(nonce(&chain).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn f15_an_endpoint_of_another_chain_or_without_the_contracts_gets_no_signature() {
    let chain = Chain::start().await;
    let before = nonce(&chain).await;
    let proxy = Proxy::start(&chain, on("eth_chainId", Act::Answer(json!("0x4b0")))).await;
    let network = description(&chain, "hostile", &[&proxy.url]);
    deposit(&chain, &network).await.expect(78).says("31337").says("1200").says("nothing was signed");

    let staking = chain.network.staking.to_string();
    proxy.now(move |method, parameters| {
        let asked = parameters[0].as_str().unwrap_or_default();
        let missing = method == "eth_getCode" && asked.eq_ignore_ascii_case(&staking);
        if missing { Act::Answer(json!("0x")) } else { Act::Pass }
    });
    deposit(&chain, &network).await.expect(78).says("no staking contract");

    // It was the right chain when the command began.
    let mut asked = 0;
    proxy.now(move |method, _| match method {
        "eth_chainId" => {
            asked += 1;
            if asked == 1 { Act::Pass } else { Act::Answer(json!("0x4b0")) }
        }
        _ => Act::Pass,
    });
    deposit(&chain, &network).await.expect(78).says("1200").says("nothing was signed");

    // The other endpoint is right, but this is a matter for a person.
    proxy.now(on("eth_chainId", Act::Answer(json!("0x4b0"))));
    let both = description(&chain, "both", &[&proxy.url, chain.network.rpc_urls[0].expose().as_str()]);
    deposit(&chain, &both).await.expect(78).says("1200");
    assert_eq!(proxy.count(SEND), 0);
    assert_eq!(nonce(&chain).await, before);
    assert_eq!(run(&chain, &["tx", "list"]).await.expect(0).stdout, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_read_is_an_error_and_not_a_smaller_balance() {
    let chain = Chain::start().await;
    let staking = chain.network.staking;
    let proxy = Proxy::start(&chain, move |method, parameters| {
        let filter = parameters[0].to_string();
        match method {
            "eth_getLogs" if filter.contains(&Staking::Voted::SIGNATURE_HASH.to_string()) => Act::Answer(json!([{
                "address": staking,
                "topics": [Staking::Voted::SIGNATURE_HASH],
                "data": "0x",
                "blockHash": B256::repeat_byte(0xaa),
                "blockNumber": "0x7",
                "transactionHash": B256::repeat_byte(0xbb),
                "transactionIndex": "0x0",
                "logIndex": "0x0",
                "removed": false,
            }])),
            _ => Act::Pass,
        }
    })
    .await;
    let network = description(&chain, "altered", &[&proxy.url]);
    let ran = run(&chain, &["balance", "-a", "anvil:0", "-n", &network]).await;
    ran.expect(1).says("Voted").says(&staking.to_string()).says("block 7").says("0xbbbb");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_endpoint_serves_where_the_first_does_not() {
    let chain = Chain::start().await;
    let good = chain.network.rpc_urls[0].expose().to_string();
    let mut expected = nonce(&chain).await;
    for (name, act) in [
        ("busy", Act::Status("429 Too Many Requests\r\nretry-after: 600")),
        ("gateway", Act::Status("502 Bad Gateway")),
        ("truncated", Act::Truncate),
        ("reset", Act::Close),
        ("hanging", Act::Hang),
    ] {
        let proxy = Proxy::start(&chain, move |_, _| act.clone()).await;
        let network = description(&chain, name, &[&proxy.url, &good]);
        let begin = Instant::now();
        deposit(&chain, &network).await.expect(0).says("an endpoint is silent");
        // Far less than the patience with a single one; the machine may be busy.
        assert!(begin.elapsed() < Duration::from_secs(30), "{name}: {:?}", begin.elapsed());
        expected += 1;
        assert_eq!((nonce(&chain).await, proxy.count(SEND)), (expected, 0), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f14_an_endpoint_far_behind_another_is_passed_over() {
    let chain = Chain::start().await;
    let old = chain.control("eth_getBlockByNumber", json!(["latest", false])).await;
    // Blocks of 0.2 s: more than half a minute of them.
    chain.mine(200).await;
    let lagging = Proxy::start(&chain, move |method, parameters| match (method, parameters[0].as_str()) {
        ("eth_getBlockByNumber", Some("latest")) => Act::Answer(old.clone()),
        _ => Act::Pass,
    })
    .await;
    let good = Proxy::start(&chain, |_, _| Act::Pass).await;
    let network = description(&chain, "lagging", &[&lagging.url, &good.url]);
    deposit(&chain, &network).await.expect(0).says("far behind").says("behind=200");
    assert_eq!((lagging.count(SEND), good.count(SEND)), (0, 1));
    // Within the tolerance the preference counts.
    let head = chain.control("eth_getBlockByNumber", json!(["latest", false])).await;
    chain.mine(100).await;
    lagging.now(move |method, parameters| match (method, parameters[0].as_str()) {
        ("eth_getBlockByNumber", Some("latest")) => Act::Answer(head.clone()),
        _ => Act::Pass,
    });
    deposit(&chain, &network).await.expect(0);
    assert_eq!((lagging.count(SEND), good.count(SEND)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_dies_in_the_middle_is_replaced_and_the_effect_is_one() {
    let chain = Chain::start().await;
    let good = Proxy::start(&chain, |_, _| Act::Pass).await;
    let before = nonce(&chain).await;
    // It takes everything but the transaction.
    let dying = Proxy::start(&chain, on(SEND, Act::Status("502 Bad Gateway"))).await;
    let network = description(&chain, "dying", &[&dying.url, &good.url]);
    deposit(&chain, &network).await.expect(0).says("is not known").says("going on at another endpoint");
    assert_eq!((nonce(&chain).await, good.count(SEND)), (before + 1, 1));
    // It takes the transaction, and nothing is heard of it ever after.
    let mut sent = false;
    dying.now(move |method, _| {
        if method == SEND && !sent {
            sent = true;
            return Act::PassAndStatus("502 Bad Gateway");
        }
        if sent { Act::Close } else { Act::Pass }
    });
    deposit(&chain, &network).await.expect(0).says("going on at another endpoint");
    assert_eq!((nonce(&chain).await, good.count(SEND)), (before + 2, 1));
    // It dies before anything is signed.
    dying.now(on("eth_estimateGas", Act::Close));
    deposit(&chain, &network).await.expect(0).says("going on at another endpoint");
    assert_eq!((nonce(&chain).await, good.count(SEND)), (before + 3, 2));
}
