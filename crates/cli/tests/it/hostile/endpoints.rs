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

    assert_eq!((proxy.count(SEND), nonce(&chain).await), (0, before));
    assert_eq!(run(&chain, &["tx", "list"]).await.expect(0).stdout, "");

    // The other endpoint is the right one.
    proxy.now(on("eth_chainId", Act::Answer(json!("0x4b0"))));
    let both = description(&chain, "both", &[&proxy.url, chain.network.rpc_urls[0].expose().as_str()]);
    deposit(&chain, &both).await.expect(0).says("1200").says("trying the next endpoint");
    assert_eq!((proxy.count(SEND), nonce(&chain).await), (0, before + 1));
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
    for (name, act, reason) in [
        ("busy", Act::Status("429 Too Many Requests\r\nretry-after: 600"), "429"),
        ("gateway", Act::Status("502 Bad Gateway"), "502"),
        ("truncated", Act::Truncate, "is not JSON-RPC"),
        ("reset", Act::Close, "connection"),
        ("hanging", Act::Hang, "no answer within 5 s"),
    ] {
        let proxy = Proxy::start(&chain, move |_, _| act.clone()).await;
        let network = description(&chain, name, &[&proxy.url, &good]);
        let begin = Instant::now();
        deposit(&chain, &network).await.expect(0).says("an endpoint cannot be used now").says(reason);
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

#[tokio::test(flavor = "multi_thread")]
async fn what_an_endpoint_answers_is_shown_and_asked_again_and_the_next_one_serves() {
    let chain = Chain::start().await;
    let good = chain.network.rpc_urls[0].expose().to_string();
    let error = |code: i64, message: &str| Act::Error(json!({"code": code, "message": message}));
    // What is answered, the exit code, what is said, and whether time may cure it.
    let cases = [
        ("rate-7", error(-32007, "15/second request limit reached"), 5, "request limit reached", true),
        ("rate-16", error(-32016, "over rate limit"), 5, "over rate limit", true),
        ("rate-12", error(-32012, "credits limited to 6000/sec"), 5, "credits limited", true),
        ("rate-90", error(-32090, "Too many requests"), 5, "Too many requests", true),
        ("rate-5", error(-32005, "limit exceeded"), 5, "limit exceeded", true),
        ("behind", error(-32000, "header not found"), 5, "header not found", true),
        ("odd", error(-32090000, "not today"), 1, "not today", false),
        ("string", Act::Body(r#"{"error":"no such project"}"#.into()), 5, "no such project", true),
        ("html", Act::Body("<html>a login page</html>".into()), 5, "<html>a login page</html>", true),
        ("empty", Act::Body(String::new()), 5, "the answer is empty", true),
        ("null", Act::Body("null".into()), 5, "`null`", true),
        ("key", Act::Status("401 Unauthorized"), 5, "it may want a key", false),
        ("path", Act::Status("404 Not Found"), 5, "check the host and the path", false),
    ];
    let mut runs = vec![];
    for (name, act, code, words, again) in cases {
        let of_all = act.clone();
        let proxy = Proxy::start(&chain, move |_, _| of_all.clone()).await;
        let alone = description(&chain, name, &[&proxy.url]);
        let both = description(&chain, &format!("{name}-both"), &[&proxy.url, &good]);
        runs.push((proxy, alone, both, code, words, again));
    }
    let asked = async |network: &String| run(&chain, &["balance", "-a", "anvil:0", "-n", network]).await;
    let ran = futures::future::join_all(runs.iter().map(|(_, alone, ..)| asked(alone))).await;
    for (ran, (proxy, _, _, code, words, again)) in ran.into_iter().zip(&runs) {
        let ran = ran.expect(*code).says(words);
        assert!(!ran.stderr.contains("cuckoo devnet"), "{ran:?}");
        assert_eq!(proxy.take_requests() > 1, *again, "{words}");
    }
    let ran = futures::future::join_all(runs.iter().map(|(_, _, both, ..)| asked(both))).await;
    for (ran, (_, _, both, ..)) in ran.into_iter().zip(&runs) {
        assert_eq!(ran.code, 0, "{both}: {ran:?}");
    }
}

/// A machine that has no state of a block answers calls with nothing: another one is asked.
#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_answered_with_nothing_are_asked_of_the_next_endpoint() {
    let chain = Chain::start().await;
    let good = chain.network.rpc_urls[0].expose().to_string();
    let proxy = Proxy::start(&chain, |method, parameters| {
        let is_code = parameters[0]["input"].as_str().is_none_or(|input| input.len() < 10);
        if method == "eth_call" && !is_code { Act::Answer(json!("0x")) } else { Act::Pass }
    })
    .await;
    let alone = description(&chain, "nothing", &[&proxy.url]);
    let said = run(&chain, &["balance", "-a", "anvil:0", "-n", &alone]).await.expect(5);
    said.says("with nothing");
    let both = description(&chain, "nothing-both", &[&proxy.url, &good]);
    run(&chain, &["balance", "-a", "anvil:0", "-n", &both]).await.expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn hints_fit_what_was_typed() {
    let chain = Chain::start().await;
    let port = chain.network.rpc_urls[0].expose().port().expect("a port");
    let typed = async |url: &str| run(&chain, &["balance", "-a", "anvil:0", "--rpc-url", url]).await;
    typed(&format!("127.0.0.1:{port}")).await.expect(2).says("no scheme; write http://");
    typed(&format!("ws://127.0.0.1:{port}")).await.expect(2).says("give the endpoint's http:// URL");
    let tls = typed(&format!("https://127.0.0.1:{port}")).await.expect(5).says("does not speak TLS");
    assert!(tls.stderr.contains("http:// in place of https://"), "{tls:?}");
    let nobody = typed("http://127.0.0.1:1").await.expect(5).says("nothing listens there");
    assert!(!nobody.stderr.contains("cuckoo devnet"), "{nobody:?}");
    let local = description(&chain, "local", &["http://127.0.0.1:1"]);
    run(&chain, &["balance", "-a", "anvil:0", "-n", &local])
        .await
        .expect(5)
        .says("start a local network: cuckoo devnet");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_without_base_fees_gets_transactions_with_one_price() {
    let chain = Chain::start().await;
    let kind = async |ran: Ran| {
        let hash = ran.expect(0).stdout.trim().to_owned();
        chain.control("eth_getTransactionByHash", json!([hash])).await["type"].clone()
    };
    let modern = kind(run(&chain, &["stake", "deposit", "1", "-a", "anvil:0"]).await).await;
    let asked = kind(run(&chain, &["stake", "deposit", "1", "-a", "anvil:0", "--legacy"]).await).await;
    assert_eq!((modern, asked), (json!("0x2"), json!("0x0")));
    // The newest block as such a chain writes it.
    let mut head = chain.control("eth_getBlockByNumber", json!(["latest", false])).await;
    head.as_object_mut().expect("an object").remove("baseFeePerGas").expect("there");
    let proxy = Proxy::start(&chain, move |method, parameters| match (method, parameters[0].as_str()) {
        ("eth_feeHistory", _) => Act::Error(json!({"code": -32601, "message": "method not found"})),
        ("eth_getBlockByNumber", Some("latest")) => Act::Answer(head.clone()),
        _ => Act::Pass,
    })
    .await;
    let network = description(&chain, "berlin", &[&proxy.url]);
    assert_eq!(kind(deposit(&chain, &network).await).await, json!("0x0"));
}
