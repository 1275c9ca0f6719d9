//! The mirror of the nodes against a real chain: what it says is what the contract says, through every reorganisation.

use std::time::{Duration, Instant};

use alloy::{
    primitives::{B256, Bytes, U64, keccak256},
    signers::{SignerSync, local::PrivateKeySigner},
    sol_types::SolCall as _,
};
use cuckoo_protocol::{
    Address, Cai, U256,
    assign::Snapshot,
    chain::{Call, Cause, ChainError, Client, Header, Mirror, Outcome},
    contract::{CAIToken, Role, Staking},
    message::{Register, metadata_hash, signature_bytes},
};
use serde_json::json;

use crate::harness::{
    chain::{Chain, EPOCH, account},
    proxy::{Act, Proxy},
};

const WAIT: Duration = Duration::from_secs(20);

async fn send(client: &Client, call: &Call) -> u64 {
    match client.send(call, WAIT).await.expect("sent") {
        Outcome::Confirmed(confirmed) => confirmed.block,
        other => panic!("{other:?}"),
    }
}

/// A client for the treasury that may stake without limit.
async fn treasury(chain: &Chain) -> Client {
    let client = chain.client().await.with_signer(account(0));
    let network = client.network().clone();
    let approve = CAIToken::approveCall { spender: network.staking, value: U256::MAX };
    send(&client, &Call::new(network.cai, &approve)).await;
    let deposit = Staking::depositCall { amount: Cai::from_whole(100_000_000).base_units() };
    send(&client, &Call::new(network.staking, &deposit)).await;
    client
}

async fn register(client: &Client, role: Role, stake: u64) -> Address {
    let key = PrivateKeySigner::random();
    let deadline = U256::from(u64::MAX);
    let endpoint = if role == Role::Coordinator { "ws://127.0.0.1:1/link" } else { "" };
    let message = Register {
        node: key.address(),
        owner: client.address().expect("a key"),
        role: role as u8,
        metadata: metadata_hash("node", "words", endpoint),
        nonce: U256::ZERO,
        deadline,
    };
    let signature = key.sign_hash_sync(&client.network().registration_domain().digest(&message)).expect("signs");
    let call = Staking::registerCall {
        node: key.address(),
        role: role as u8,
        selfStake: Cai::from_whole(stake).base_units(),
        name: "node".into(),
        introduction: "words".into(),
        endpoint: endpoint.into(),
        deadline,
        signature: signature_bytes(&signature),
    };
    send(client, &Call::new(client.network().staking, &call)).await;
    key.address()
}

async fn vote(client: &Client, node: Address, amount: u64) {
    let call = Staking::voteCall { node, amount: Cai::from_whole(amount).base_units(), maxCommissionBps: 0 };
    send(client, &Call::new(client.network().staking, &call)).await;
}

async fn retract(client: &Client, node: Address, amount: u64) {
    let call = Staking::retractCall { node, amount: Cai::from_whole(amount).base_units() };
    send(client, &Call::new(client.network().staking, &call)).await;
}

/// The contract's own words, in one call at one block.
async fn weights(client: &Client, role: Role, block: u64) -> Vec<(Address, u128)> {
    if block == 0 {
        // There is no contract before the first transaction.
        return vec![];
    }
    let header = client.block(block).await.expect("answers").expect("exists");
    let call = Staking::weightsCall { role: role as u8, offset: U256::ZERO, limit: U256::from(1_000) };
    let page = match client.read_at_block(client.network().staking, &call, header.hash).await {
        // Nor before the one that makes it, and the epoch may have begun earlier.
        Err(ChainError::Unreachable { cause: Cause::Behind, .. }) => return vec![],
        page => page.expect("answers"),
    };
    let mut weights: Vec<_> = page.iter().filter(|node| node.weight > 0).map(|node| (node.node, node.weight)).collect();
    weights.sort();
    weights
}

/// The first block of the epoch of `last`, by walking back.
async fn first_of_epoch(client: &Client, last: Header) -> Header {
    let mut first = last;
    while first.number > 0 {
        let before = client.block(first.number - 1).await.expect("answers").expect("exists");
        if before.timestamp / EPOCH < last.timestamp / EPOCH {
            break;
        }
        first = before;
    }
    first
}

/// Compares the mirror with the contract: at the newest block, and at the epoch's border.
async fn assert_agrees(client: &Client, mirror: &Mirror) {
    let head = client.head().await.expect("a block");
    let registry = mirror.registry();
    assert_eq!((registry.block, registry.block_hash), (head.number, head.hash));
    let epoch = head.timestamp / EPOCH;
    let Header { number: border, hash: beacon, .. } = first_of_epoch(client, head).await;
    for (role, snapshot) in [(Role::Miner, mirror.miners()), (Role::Coordinator, mirror.coordinators())] {
        let newest: Vec<_> =
            registry.by_weight(role).iter().filter(|node| node.weight > 0).map(|n| (n.address, n.weight)).collect();
        let mut newest = newest;
        newest.sort();
        assert_eq!(newest, weights(client, role, head.number).await, "{role:?} at {}", head.number);
        let miners = weights(client, role, border.saturating_sub(1)).await;
        assert_eq!(*snapshot, Snapshot { epoch, beacon, miners }, "{role:?} in epoch {epoch} at {}", head.number);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mirror_says_what_the_contract_says_and_counts_stakes_from_the_next_epoch_on() {
    let chain = Chain::start().await;
    let client = treasury(&chain).await;
    let mut mirror = Mirror::new(chain.client().await);
    mirror.poll().await.expect("polls");
    assert_agrees(&client, &mirror).await;

    // To the start of an epoch, so that the registration is in its middle.
    chain.next_epoch().await;
    let first = register(&client, Role::Miner, 50_000).await;
    register(&client, Role::Coordinator, 2_500_000).await;
    let update = mirror.poll().await.expect("polls");
    assert!(update.new_block && update.taken_back == 0);
    assert_agrees(&client, &mirror).await;
    assert_eq!(update.miners.miners, [], "it is not in force yet");
    assert_eq!(update.registry.node(&first).map(|node| node.name.raw()), Some("node"));

    // Epochs in which no block was made are left out.
    chain.pass(5 * EPOCH).await;
    let update = mirror.poll().await.expect("polls");
    assert!(update.new_epoch);
    assert_eq!(update.miners.miners, [(first, 50_000 * 10u128.pow(18))]);
    assert_eq!(update.coordinators.miners.len(), 1);
    assert_agrees(&client, &mirror).await;
    assert!(!mirror.poll().await.expect("polls").new_block);

    // Down to the minimum: out of the next epoch, not of this one.
    retract(&client, first, 30_000).await;
    mirror.poll().await.expect("polls");
    assert_eq!(mirror.miners().miners.len(), 1);
    assert_eq!(mirror.registry().node(&first).map(|node| (node.active, node.weight)), Some((false, 0)));
    chain.next_epoch().await;
    chain.mine(3).await;
    mirror.poll().await.expect("polls");
    assert_eq!(mirror.miners().miners, []);
    assert_agrees(&client, &mirror).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_sequence_of_polls_comes_to_the_same_state() {
    let chain = Chain::start().await;
    let client = treasury(&chain).await;
    let mut often = Mirror::new(chain.client().await);
    for step in 0..12u64 {
        let node = register(&client, Role::Miner, 20_001 + step).await;
        vote(&client, node, 7 * step + 1).await;
        chain.mine(step * 3 % 7).await;
        often.poll().await.expect("polls");
        assert_agrees(&client, &often).await;
    }
    // Past the size of one range of logs.
    chain.mine(4_500).await;
    vote(&client, often.registry().by_weight(Role::Miner)[0].address, 1).await;
    often.poll().await.expect("polls");
    let mut once = Mirror::new(chain.client().await);
    once.poll().await.expect("polls");
    assert_eq!(once.registry(), often.registry());
    assert_eq!(once.miners(), often.miners());
    assert_agrees(&client, &once).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f13_a_reorganisation_of_any_depth_comes_to_the_state_of_a_fresh_mirror() {
    let chain = Chain::start().await;
    let client = treasury(&chain).await;
    let mut mirror = Mirror::new(chain.client().await);
    for depth in [1u64, 3, 12, 64, 65] {
        chain.mine(depth + 70).await;
        mirror.poll().await.expect("polls");
        // A poll per block, so that there are kept states to step back to, with stakes that the reorganisation takes back.
        let node = register(&client, Role::Miner, 30_000).await;
        for _ in 1..depth {
            if depth <= 12 {
                vote(&client, node, 5).await;
            } else {
                chain.mine(1).await;
            }
            mirror.poll().await.expect("polls");
        }
        mirror.poll().await.expect("polls");
        assert!(mirror.registry().node(&node).is_some());
        chain.control("anvil_reorg", json!([depth, []])).await;
        let update = mirror.poll().await.expect("polls");
        assert!(update.taken_back >= depth, "{depth}: {}", update.taken_back);
        assert!(mirror.registry().node(&node).is_none(), "{depth}");
        assert_agrees(&client, &mirror).await;
        let mut fresh = Mirror::new(chain.client().await);
        fresh.poll().await.expect("polls");
        assert_eq!((fresh.registry(), fresh.miners()), (mirror.registry(), mirror.miners()), "{depth}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f13_a_chain_that_was_rolled_back_and_grew_again_is_followed() {
    let chain = Chain::start().await;
    let client = treasury(&chain).await;
    let mut mirror = Mirror::new(chain.client().await);
    let kept = register(&client, Role::Miner, 30_000).await;
    mirror.poll().await.expect("polls");
    let gone = register(&client, Role::Miner, 30_000).await;
    chain.mine(3).await;
    mirror.poll().await.expect("polls");
    chain.control("anvil_rollback", json!([4])).await;
    // Other times make other blocks.
    chain.control("evm_increaseTime", json!([100])).await;
    chain.mine(7).await;
    mirror.poll().await.expect("polls");
    assert!(mirror.registry().node(&kept).is_some() && mirror.registry().node(&gone).is_none());
    assert_agrees(&client, &mirror).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn v11_a_head_that_is_stuck_brings_no_epoch_back() {
    let chain = Chain::start().await;
    let client = treasury(&chain).await;
    register(&client, Role::Miner, 30_000).await;
    let first = first_of_epoch(&client, client.head().await.expect("a head")).await;
    let old = client.block(first.number).await.expect("read").expect("is there");
    let proxy = Proxy::start(&chain, |_, _| Act::Pass).await;
    let mut network = chain.network.clone();
    network.rpc_urls = vec![proxy.url.parse().expect("a URL")];
    let mut mirror = Mirror::new(Client::connect(&network).await.expect("connects"));
    mirror.poll().await.expect("polls");
    // Another miner counts from the next epoch on, and more blocks come than are kept.
    register(&client, Role::Miner, 60_000).await;
    chain.next_epoch().await;
    for _ in 0..70 {
        chain.mine(1).await;
        mirror.poll().await.expect("polls");
    }
    let (before, registry) = (mirror.miners(), mirror.registry());
    assert!(before.miners.len() == 2 && registry.block > old.number + 64);
    // Everything is answered as it is, and the head is the first block of an epoch that is over.
    let raw = chain.control("eth_getBlockByNumber", json!([format!("{:#x}", old.number), false])).await;
    proxy.now(move |method, parameters| match (method, parameters[0].as_str()) {
        ("eth_getBlockByNumber", Some("latest")) => Act::Answer(raw.clone()),
        ("eth_blockNumber", _) => Act::Answer(raw["number"].clone()),
        _ => Act::Pass,
    });
    let update = mirror.poll().await.expect("polls");
    assert!(!update.new_epoch && !update.new_block);
    assert_eq!((mirror.miners(), mirror.registry()), (before, registry));
    proxy.now(|_, _| Act::Pass);
    chain.mine(1).await;
    assert!(mirror.poll().await.expect("polls").new_block);
    assert_agrees(&client, &mirror).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f15_an_endpoint_that_moves_to_another_chain_feeds_nothing_and_gets_no_signature() {
    let chain = Chain::start().await;
    let client = treasury(&chain).await;
    let mut mirror = Mirror::new(client.clone());
    mirror.poll().await.expect("polls");
    let before = mirror.registry();
    let call = Call::transfer(account(1).address(), U256::from(1));
    let simulation = client.simulate(account(0).address(), &call).await.expect("simulates");
    chain.control("anvil_setChainId", json!([1_200])).await;
    let failure = mirror.poll().await.expect_err("refused");
    assert!(matches!(failure, ChainError::WrongChain { expected: 31_337, found: 1_200, .. }), "{failure}");
    assert_eq!(mirror.registry(), before);
    assert!(matches!(client.sign(&call, &simulation).await, Err(ChainError::WrongChain { .. })));
}

/// A transaction that registers a new miner of the client's own account.
fn registration(client: &Client, stake: U256, nonce: usize) -> serde_json::Value {
    let (key, owner) = (PrivateKeySigner::random(), account(0).address());
    let (metadata, deadline) = (metadata_hash("node", "words", ""), U256::MAX >> 1);
    let message =
        Register { node: key.address(), owner, role: Role::Miner as u8, metadata, nonce: U256::ZERO, deadline };
    let signature = key.sign_hash_sync(&client.network().registration_domain().digest(&message)).expect("signs");
    let call = Staking::registerCall {
        node: key.address(),
        role: Role::Miner as u8,
        selfStake: stake,
        name: "node".into(),
        introduction: "words".into(),
        endpoint: String::new(),
        deadline,
        signature: signature_bytes(&signature),
    };
    // The requests of a batch are done at the same time, and not in their order.
    let (staking, data, nonce) = (client.network().staking, Bytes::from(call.abi_encode()), U64::from(nonce));
    json!({"from": owner, "to": staking, "data": data, "gas": "0x100000", "nonce": nonce})
}

/// Numbers for `make mirror`, which has 100,000 nodes registered: how long the first look takes, and one at each later block.
#[tokio::test(flavor = "multi_thread")]
async fn as_many_registrations_as_there_are_become_the_mirror() {
    let nodes =
        std::env::var("CUCKOO_TEST_NODES").map_or(400, |text| text.parse::<usize>().expect("a number of nodes"));
    let chain = Chain::start_with(31_337, &["--gas-limit", "300000000000", "--prune-history"]).await;
    let client = chain.client().await.with_signer(account(0));
    let owner = account(0).address();
    let network = client.network().clone();
    // The whole supply is enough for 49,997 miners: more have made-up money, at the place of the owner's balance.
    let slot = keccak256([owner.into_word().as_slice(), &[0; 32]].concat());
    let balance = B256::from(Cai::from_whole(100_000_000_000).base_units());
    chain.control("anvil_setStorageAt", json!([network.cai, slot, balance])).await;
    let approve = CAIToken::approveCall { spender: network.staking, value: U256::MAX };
    send(&client, &Call::new(network.cai, &approve)).await;
    let stake = Cai::from_whole(20_001).base_units();
    let deposit = Staking::depositCall { amount: stake * U256::from(nodes) };
    send(&client, &Call::new(network.staking, &deposit)).await;
    chain.control("evm_setAutomine", json!([false])).await;
    let used = chain.control("eth_getTransactionCount", json!([owner, "latest"])).await;
    let used = serde_json::from_value::<U64>(used).expect("a number").to::<usize>();
    let (http, rpc) = (reqwest::Client::new(), network.rpc_urls[0].expose().clone());
    // It takes longer than what other requests are given.
    let mine = async |blocks: u64| {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": "anvil_mine", "params": [format!("{blocks:#x}")]});
        let answer = http.post(rpc.as_str()).json(&request).send().await.expect("answers");
        assert!(answer.text().await.expect("text").contains("result"));
    };
    for portion in (0..nodes).collect::<Vec<_>>().chunks(200) {
        let sent = |(id, transaction): (usize, serde_json::Value)| json!({"jsonrpc": "2.0", "id": id, "method": "eth_sendTransaction", "params": [transaction]});
        let batch: Vec<_> =
            portion.iter().map(|number| registration(&client, stake, used + number)).enumerate().map(sent).collect();
        let answer = http.post(rpc.as_str()).json(&batch).send().await.expect("answers");
        let answers: Vec<serde_json::Value> = answer.json().await.expect("JSON");
        let refused = answers.iter().find(|answer| answer.get("error").is_some());
        assert!(refused.is_none(), "{refused:?}");
        // A block costs anvil as much as all there is.
        if portion.last().is_some_and(|last| last % 10_000 == 9_999) {
            mine(1).await;
        }
    }
    mine(1).await;
    let pass = async || chain.control("evm_increaseTime", json!([EPOCH])).await;
    pass().await;
    mine(1).await;

    let mut mirror = Mirror::new(client.clone());
    let began = Instant::now();
    mirror.poll().await.expect("looks");
    let first = began.elapsed();
    assert_eq!((mirror.registry().nodes.len(), mirror.miners().miners.len()), (nodes, nodes));
    let mut later = vec![];
    for block in 0..12u64 {
        if block.is_multiple_of(4) {
            let node = mirror.miners().miners[block as usize].0;
            let vote = Staking::depositAndVoteCall { node, amount: stake, maxCommissionBps: 0 };
            let call = json!({"from": owner, "to": network.staking, "data": Bytes::from(vote.abi_encode()), "gas": "0x100000"});
            chain.control("eth_sendTransaction", json!([call])).await;
        }
        if block == 6 {
            pass().await;
        }
        mine(1).await;
        let began = Instant::now();
        let update = mirror.poll().await.expect("looks");
        later.push((update.new_epoch, began.elapsed()));
    }
    let worst =
        |epoch: bool| later.iter().filter(|(new, _)| *new == epoch).map(|(_, took)| *took).max().unwrap_or_default();
    let said = format!(
        "{nodes} nodes: first look {first:?}, a block at most {:?}, an epoch's first {:?}\n",
        worst(false),
        worst(true)
    );
    std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()).expect("said");
    // Each epoch's first look has compared every node with the contract.
    assert_eq!(mirror.registry().nodes.len(), nodes);
}
