//! `cuckoo audit assignments --chain`: the epochs of a coordinator's log are those of the chain.

use cuckoo_protocol::{
    Address, B256, Cai,
    assign::log::{Entry, Record, Rule, line},
    chain::Header,
};
use serde_json::json;

use crate::harness::{
    books::two_nodes,
    chain::{Chain, EPOCH, Ran, account},
};

/// Writes a log that begins with a start by `rule` and has one epoch, and audits it.
fn audit(chain: &Chain, rule: Option<Rule>, epoch: u64, beacon: B256, miners: &[(Address, Cai)]) -> Ran {
    let miners = miners.iter().map(|(miner, weight)| (*miner, weight.base_units().to::<u128>()));
    let (coordinator, staking) = (account(5).address(), chain.network.staking);
    let entries = [
        Entry::Started { coordinator, chain_id: chain.network.chain_id, staking, rule, lost: vec![] },
        Entry::Epoch { epoch, beacon, miners: miners.collect::<Vec<_>>().into() },
    ];
    let mut head = B256::ZERO;
    let lines = (0..).zip(entries).map(|(number, entry)| {
        let (text, next) = line(&head, &Record { number, at: 0, entry }).expect("serialises");
        head = next;
        format!("{text}\n")
    });
    let path = chain.path("assignments.log");
    std::fs::write(&path, lines.collect::<String>()).expect("written");
    chain.run(&["audit", "assignments", &path.display().to_string(), "--chain"])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_in_a_log_begins_with_the_first_block_of_its_time() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    chain.next_epoch().await;
    chain.mine(3).await;
    let client = chain.client().await;
    let head = client.head().await.expect("a block");
    let block =
        async |back: u64| -> Header { client.block(head.number - back).await.expect("answers").expect("exists") };
    let (before, first, second) = (block(4).await, block(3).await, block(2).await);
    let epoch = first.timestamp / EPOCH;
    assert_eq!((before.timestamp / EPOCH, second.timestamp / EPOCH), (epoch - 1, epoch));
    let time = |seconds: u64| Some(Rule::Time { seconds });
    let weights = [(account(6).address(), Cai::from_whole(40_000))];

    audit(&chain, time(EPOCH), epoch, first.hash, &weights).expect(0);
    // The beacon of another block of the epoch, or of the block before: a coordinator that may choose among them may choose miners.
    let also = format!("block {} is in that epoch as well", first.number);
    audit(&chain, time(EPOCH), epoch, second.hash, &weights).expect(8).says(&also);
    let of_another = format!("which is in epoch {}", epoch - 1);
    audit(&chain, time(EPOCH), epoch, before.hash, &weights).expect(8).says(&of_another);
    audit(&chain, time(EPOCH), epoch, B256::repeat_byte(1), &weights).expect(8).says("is not the hash of a block");
    // Other weights than the contract had before the epoch.
    let more = [(weights[0].0, Cai::from_whole(40_001))];
    audit(&chain, time(EPOCH), epoch, first.hash, &more).expect(8).says("the contract had");
    // Epochs of another length, by another rule, or by none that is said.
    audit(&chain, time(EPOCH + 1), epoch, first.hash, &weights).expect(8).says("epochs of 61 seconds");
    audit(&chain, Some(Rule::Unknown), epoch, first.hash, &weights).expect(8).says("does not know");
    audit(&chain, None, epoch, first.hash, &weights).expect(8).says("does not say how its epochs are numbered");

    // A block that a reorganisation has taken out of the chain is no beacon.
    chain.control("anvil_reorg", json!([5, []])).await;
    let gone = audit(&chain, time(EPOCH), epoch, first.hash, &weights).expect(8);
    assert!(gone.stderr.contains("of the chain") || gone.stderr.contains("is not the hash of a block"), "{gone:?}");
}
