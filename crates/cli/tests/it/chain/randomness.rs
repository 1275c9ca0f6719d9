//! How rounds of randomness come to the chain: from relays of drand that fail, lie and tell the truth, and from headers.

use alloy::sol_types::SolConstructor;
use axum::{Json, Router, extract::Path, http::StatusCode, routing::get};
use cuckoo_protocol::{
    Address, U256,
    chain::{Call, Client, Network, Outcome, RandomnessKind, RoundError},
    contract::{BlockRandomness, DrandRandomness},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{
    books::WAIT,
    chain::{Chain, account},
};

/// A round of drand's network evmnet, and its signature.
const ROUND: u64 = 10_000_000;
const SIGNATURE: &str = "2c7b65b5acfe55256910ca71cf0a0fa71ac34c2a1167f86a22930a03e70ebec0\
                         0f7a530796e7ee38600b06da0390634a9b154e3eebc3b323dde2111e1c8ebdf3";
/// The key of evmnet, as it publishes it.
const KEY: &str = "07e1d1d335df83fa98462005690372c643340060d205306a9aa8106b6bd0b3820557ec32c2ad488e4d4f6008f89a346f1849\
                   2092ccc0d594610de2732c8b808f0095685ae3a85ba243747b1b2f426049010f6b73a0cf1d389351d5aaaa1047f6297d3a4f\
                   9749b33eb2d904c9d9ebf17224150ddd7abd7567a9bec6c74480ee0b";

/// A relay at its own address that answers every round with this, for as long as `servers` lives.
async fn relay(servers: &mut JoinSet<()>, answer: Result<Value, StatusCode>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let handler = move |Path((chain, round)): Path<(String, u64)>| {
        let answer = answer.clone();
        async move {
            assert_eq!((chain.as_str(), round), ("chain", ROUND));
            answer.map(Json)
        }
    };
    let router = Router::new().route("/{chain}/public/{round}", get(handler));
    servers.spawn(async move { axum::serve(listener, router).await.expect("serves") });
    format!("http://{address}/chain")
}

async fn deploy(client: &Client, code: Vec<u8>) -> Address {
    match client.send(&Call::create(code.into()), WAIT).await.expect("sent") {
        Outcome::Confirmed(confirmed) => confirmed.created.expect("a contract"),
        other => panic!("{other:?}"),
    }
}

/// The chain's network with drand's rounds from these relays.
async fn with_relays(chain: &Chain, drand: Address, relays: &[&str]) -> Client {
    let network = Network {
        randomness: Some(drand),
        randomness_kind: Some(RandomnessKind::Drand),
        randomness_relays: relays.iter().map(|relay| relay.parse().expect("a URL")).collect(),
        // Its court has another source.
        court: None,
        ..chain.network.clone()
    };
    Client::connect(&network).await.expect("connects").with_signer(account(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_relay_that_tells_the_truth_is_believed() {
    let chain = Chain::start().await;
    let key = alloy::hex::decode(KEY).expect("hexadecimal");
    let word = |index: usize| U256::from_be_slice(&key[32 * index..][..32]);
    // The contract wants the real part of each coordinate first.
    let constructor =
        DrandRandomness::constructorCall { publicKey_: [word(1), word(0), word(3), word(2)], genesis_: 1, period_: 3 };
    let code = [&DrandRandomness::BYTECODE[..], &constructor.abi_encode()].concat();
    let drand = deploy(&chain.client().await.with_signer(account(0)), code).await;

    let answer = |round: u64, signature: &str| Ok(json!({"round": round, "signature": signature, "randomness": ""}));
    let dead = "http://127.0.0.1:1/chain".to_owned();
    let mut servers = JoinSet::new();
    let broken = relay(&mut servers, Err(StatusCode::BAD_GATEWAY)).await;
    let other = relay(&mut servers, answer(ROUND + 1, SIGNATURE)).await;
    let mut forged = SIGNATURE.to_owned();
    forged.replace_range(0..1, "1");
    let liar = relay(&mut servers, answer(ROUND, &forged)).await;
    let honest = relay(&mut servers, answer(ROUND, SIGNATURE)).await;

    let nobody = with_relays(&chain, drand, &[]).await;
    assert!(matches!(nobody.record_round(ROUND).await, Err(RoundError::NoRelay)));
    let future = nobody.record_round(1 << 40).await;
    assert!(matches!(future, Err(RoundError::NotYet { at, .. }) if at == 1 + 3 * ((1 << 40) - 1)), "{future:?}");
    let bad = with_relays(&chain, drand, &[&dead, &broken, &other, &liar]).await;
    let Err(RoundError::Relays { problems, .. }) = bad.record_round(ROUND).await else {
        panic!("somebody was believed")
    };
    for (problem, words) in problems.iter().zip(["", "502", "is round", "is not the network's"]) {
        assert!(problem.contains(words), "{problem}");
    }
    assert!(!problems.iter().any(|problem| problem.contains("/chain")), "a relay's path may be a secret: {problems:?}");

    let client = with_relays(&chain, drand, &[&dead, &liar, &honest]).await;
    assert_eq!(client.seed_of(ROUND).await.expect("reads"), None);
    let call = client.record_round(ROUND).await.expect("the honest one");
    assert!(matches!(client.send(&call, WAIT).await, Ok(Outcome::Confirmed(_))));
    assert!(client.seed_of(ROUND).await.expect("reads").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_is_the_hash_of_its_first_block_whoever_proves_it() {
    let chain = Chain::start().await;
    let client = chain.client().await.with_signer(account(3));
    for _ in 0..3 {
        chain.pass(50).await;
    }
    let head = client.head().await.expect("a block");
    // Between two blocks, at one, and right after one.
    let first = client.block(head.number - 1).await.expect("answers").expect("exists");
    let before = client.block(head.number - 2).await.expect("answers").expect("exists");
    for time in [before.timestamp + 1, first.timestamp - 7, first.timestamp] {
        let call = client.record_round(time).await.expect("proves");
        assert!(matches!(client.send(&call, WAIT).await, Ok(Outcome::Confirmed(_))));
        assert_eq!(client.seed_of(time).await.expect("reads"), Some(first.hash));
        let again = client.send(&call, WAIT).await.expect_err("recorded").to_string();
        assert!(again.contains("is recorded already"), "{again}");
    }
    let later = client.head().await.expect("a block").timestamp + 1_000;
    assert!(matches!(client.record_round(later).await, Err(RoundError::NotYet { .. })));
    // Headers of other blocks prove nothing.
    let call = client.record_round(before.timestamp).await.expect("proves");
    let proof = <BlockRandomness::recordCall as alloy::sol_types::SolCall>::abi_decode(&call.data).expect("decodes");
    let source = client.network().randomness.expect("a source");
    let wrong = BlockRandomness::recordCall { round: first.timestamp - 1, ..proof };
    let error = client.send(&Call::new(source, &wrong), WAIT).await.expect_err("refused").to_string();
    assert!(error.contains("is not the first one"), "{error}");
}
