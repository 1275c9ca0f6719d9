//! The books of a test chain: what commands say that addresses have, against what the contracts hold, to the wei.

use cuckoo::deployment;
use cuckoo_protocol::{
    Address, B256, U256,
    chain::{Client, Outcome},
    contract::{CAIToken, EmissionController, Role, Settlement, Staking},
    message::{Message, sign_batch, signature_bytes},
};
use serde_json::Value;

use super::chain::{Chain, account};

pub(crate) const WAIT: std::time::Duration = std::time::Duration::from_secs(20);

/// Steps of the accumulators that a test takes at most.
const STEPS: u64 = 64;

pub(crate) fn units(cai: u64) -> U256 {
    U256::from(cai) * U256::from(10u64.pow(18))
}

/// An amount in an answer.
#[track_caller]
pub(crate) fn amount(value: &Value) -> U256 {
    value.as_str().unwrap_or_else(|| panic!("{value} is no amount")).parse().expect("a number")
}

/// One column of a list in an answer, added up.
fn sum(list: &Value, field: &str) -> U256 {
    list.as_array().expect("a list").iter().fold(U256::ZERO, |sum, row| sum + amount(&row[field]))
}

/// What `cuckoo balance` says of an address, having checked that its total is the sum of its states.
#[track_caller]
pub(crate) fn balance(chain: &Chain, of: &str) -> Value {
    let data = chain.run(&["balance", of, "--json"]).expect(0).data();
    let parts = [
        amount(&data["liquid"]),
        amount(&data["free"]),
        sum(&data["staked"], "amount"),
        sum(&data["unbonding"], "amount"),
        sum(&data["rewards"], "amount"),
        sum(&data["escrow"], "balance"),
        sum(&data["credit"], "amount"),
        sum(&data["bonds"], "amount"),
    ];
    assert_eq!(parts.into_iter().sum::<U256>(), amount(&data["total"]), "{data}");
    data
}

/// Checks that these addresses have all CAI but what the contracts keep for nobody, to the wei; returns their balances.
/// `dust` is what divisions may leave in the staking contract after a slash.
pub(crate) async fn balanced(chain: &Chain, addresses: &[String], dust: u64) -> Vec<Value> {
    let client = chain.client().await;
    let network = client.network().clone();
    let balances: Vec<_> = addresses.iter().map(|address| balance(chain, address)).collect();
    let block = client.head().await.expect("a block");
    assert!(balances.iter().all(|balance| balance["block"] == block.number), "a block came in between");
    let of_all = |states: &[(&str, &str)]| {
        let states = states.iter().flat_map(|&(state, field)| balances.iter().map(move |one| sum(&one[state], field)));
        states.sum::<U256>()
    };
    let held = async |address: Address| {
        let call = CAIToken::balanceOfCall { account: address };
        client.read_at_block(network.cai, &call, block.hash).await.expect("a balance")
    };
    let stream = async |role: Role| {
        let call = Staking::streamOfCall { role: role as u8 };
        client.read_at_block(network.staking, &call, block.hash).await.expect("a stream")
    };
    let (miners, coordinators) = (stream(Role::Miner).await, stream(Role::Coordinator).await);

    // Stake.
    let free = balances.iter().map(|one| amount(&one["free"])).sum::<U256>();
    let staked = free + of_all(&[("staked", "amount"), ("unbonding", "amount")]);
    let in_staking = held(network.staking).await - miners.unpaid - coordinators.unpaid;
    assert!(staked <= in_staking && in_staking - staked <= U256::from(dust), "{staked} of {in_staking}");
    // Rewards: what was streamed is somebody's, but for what the divisions leave.
    let rewards = of_all(&[("rewards", "amount")]);
    let streamed = miners.unpaid + coordinators.unpaid - miners.remaining - coordinators.remaining;
    let mut weight = U256::ZERO;
    for role in [Role::Miner, Role::Coordinator] {
        let call = Staking::totalWeightCall { role: role as u8 };
        weight += client.read_at_block(network.staking, &call, block.hash).await.expect("a weight");
    }
    // Each of the few steps so far leaves less than a wei per CAI of weight.
    let left = U256::from(STEPS) * (weight / units(1) + U256::from(100_000));
    assert!(rewards <= streamed && streamed - rewards < left, "{rewards} of {streamed}");
    // Payments and disputes.
    let settlement = network.settlement;
    assert_eq!(of_all(&[("escrow", "balance"), ("credit", "amount"), ("credit", "burned")]), held(settlement).await);
    let court = network.court.expect("a court");
    assert_eq!(of_all(&[("bonds", "amount")]), held(court).await);
    // All of it.
    let emission = network.emission.expect("an emission controller");
    let mut reserves = U256::ZERO;
    for role in [Role::Miner, Role::Coordinator] {
        let call = EmissionController::reserveOfCall { role: role as u8 };
        reserves += client.read_at_block(emission, &call, block.hash).await.expect("a reserve");
    }
    assert_eq!(held(emission).await, reserves);
    let liquid = balances.iter().map(|one| amount(&one["liquid"])).sum::<U256>();
    let mut all = liquid + reserves;
    let burned: Address = "0x000000000000000000000000000000000000dEaD".parse().expect("an address");
    for address in [network.staking, settlement, court, network.faucet.expect("a faucet"), burned] {
        all += held(address).await;
    }
    let supply = client.read_at_block(network.cai, &CAIToken::totalSupplyCall {}, block.hash).await.expect("a supply");
    assert_eq!(all, supply);
    balances
}

/// Sends a call of a development account, which has to succeed.
pub(crate) async fn send(client: &Client, index: usize, call: &cuckoo_protocol::chain::Call) {
    let outcome = client.with_signer(account(index)).send(call, WAIT).await.expect("sent");
    assert!(matches!(outcome, Outcome::Confirmed(_)), "{outcome:?}");
}

/// A development account's signature of a message.
pub(crate) fn sign(client: &Client, index: usize, message: &impl Message) -> alloy::primitives::Bytes {
    use alloy::signers::SignerSync;
    let signature = account(index).sign_hash_sync(&client.domain().digest(message)).expect("signs");
    signature_bytes(&signature)
}

/// The same in a batch: one signature over the root of a tree of seven messages, with this one's path to it.
pub(crate) fn sign_among_others(client: &Client, index: usize, message: &impl Message) -> alloy::primitives::Bytes {
    use alloy::signers::SignerSync;
    let mut hashes = [1, 2, 3, 4, 5, 6, 7].map(B256::repeat_byte);
    hashes[4] = message.struct_hash();
    let sign = |digest: &B256| account(index).sign_hash_sync(digest);
    let signature = sign_batch(sign, &client.domain(), &hashes).expect("signs").swap_remove(4);
    assert_eq!(signature.len(), 65 + 3 * 32);
    signature
}

/// A coordinator `hub` of anvil:0, whose key is anvil:5, and a miner `gpu-box` of anvil:1, whose key is anvil:6, with these
/// own stakes.
pub(crate) fn two_nodes(chain: &Chain, miner: u64) {
    let (anvil_1, with_stake) = (account(1).address().to_string(), miner.to_string());
    chain.run(&["faucet", "grant", &anvil_1, &with_stake, "-a", "anvil:0"]).expect(0);
    chain.run(&["stake", "deposit", "2500000", "-a", "anvil:0"]).expect(0);
    chain.run(&["stake", "deposit", "max", "-a", "anvil:1"]).expect(0);
    let hub = ["register", "coordinator", "--node-account", "anvil:5", "--name", "hub", "--stake", "2500000"];
    chain.run(&[&hub[..], &["--endpoint", "ws://127.0.0.1:1/link", "-a", "anvil:0"]].concat()).expect(0);
    let miner = ["register", "miner", "--node-account", "anvil:6", "--name", "gpu-box", "--stake", &with_stake];
    chain.run(&[&miner[..], &["-a", "anvil:1"]].concat()).expect(0);
}

/// What a coordinator settles with a miner, sent by the coordinator's owner.
pub(crate) async fn settle(
    client: &Client,
    owner: usize,
    coordinator: usize,
    miner: usize,
    cumulative: U256,
    through: u64,
) {
    let amount = cumulative.to_be_bytes::<32>();
    let line = [account(miner).address().as_slice(), &amount[20..], &through.to_be_bytes()].concat();
    let call = Settlement::settleCall { coordinator: account(coordinator).address(), lines: line.into() };
    let settlement = client.network().settlement;
    send(client, owner, &cuckoo_protocol::chain::Call::new(settlement, &call)).await;
}

/// Starts the first emission period of a role, of which a node has to be registered.
pub(crate) async fn start_period(client: &Client, role: Role) {
    deployment::start_period(&client.with_signer(account(0)), role).await.expect("starts");
}

/// What is left of a payment to a miner's owner after the burn.
pub(crate) fn after_burn(payment: U256) -> U256 {
    payment - payment / U256::from(50)
}

/// A miner `jury-box` of anvil:7, whose key is anvil:8, that can judge answers of the model whose hash is 1.
pub(crate) fn juror(chain: &Chain) {
    let anvil_7 = account(7).address().to_string();
    chain.run(&["faucet", "request", "--to", &anvil_7]).expect(0);
    chain.run(&["stake", "deposit", "max", "-a", "anvil:7"]).expect(0);
    let miner = ["register", "miner", "--node-account", "anvil:8", "--name", "jury-box", "--stake", "50000"];
    chain.run(&[&miner[..], &["-a", "anvil:7"]].concat()).expect(0);
    let model = B256::with_last_byte(1).to_string();
    chain.run(&["dispute", "declare", &model, "-a", "anvil:8"]).expect(0).says("can be drawn");
}
