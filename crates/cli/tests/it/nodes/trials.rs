//! What may come between the opening of a case and its end: a chain that takes votes back, endpoints that are away, and nodes that
//! sleep. Who is back in time loses nothing, and the case is decided rightly.

use std::time::{Duration, Instant};

use alloy::{
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
};
use cuckoo_protocol::{
    B256, U256,
    contract::DisputeCourt::{self, JurorSummoned, VoteCommitted, VoteRevealed},
};
use serde_json::{Value, json};

use super::court::{Court, PATIENCE};
use crate::harness::{
    books::{amount, units},
    network::kill,
    proxy::{Act, Proxy},
};

/// Seconds of an epoch here: votes that were lost have to be sent again within it.
const EPOCH: u64 = 14;

/// A network of four miners, the last one of which cheats, with a case over one of its answers.
struct Trial {
    court: Court,
    id: String,
    file: String,
}

impl Trial {
    async fn open(court: Court) -> Self {
        let (_, file) = court.answer_of(court.miners[3]).await;
        let id = court.open(&file);
        Self { court, id, file }
    }

    /// Events of a kind about the case, as the chain has them now.
    async fn events<E: SolEvent>(&self) -> Vec<Log> {
        let chain = &self.court.chain;
        let id: B256 = self.id.parse().expect("an id");
        let court = chain.network().court.expect("a court");
        let filter = Filter::new().address(court).event_signature(E::SIGNATURE_HASH).topic1(id).from_block(0);
        chain.logs(&filter).await.expect("events")
    }

    async fn until<E: SolEvent>(&self) -> Vec<Log> {
        let begin = Instant::now();
        loop {
            let events = self.events::<E>().await;
            if !events.is_empty() {
                return events;
            }
            assert!(begin.elapsed() < PATIENCE, "no {}: {}", E::SIGNATURE, self.court.shown(&self.id));
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// The chain takes back the first votes of a kind with all blocks since, and the votes are cast again.
    async fn takes_back<E: SolEvent>(&self) {
        let (chain, devnet) = (&self.court.chain, &self.court.devnet);
        let first = self.until::<E>().await[0].clone();
        let (number, hash) = (first.block_number.expect("a block"), first.block_hash.expect("a block"));
        let depth = chain.head().await.expect("a block").number + 1 - number;
        devnet.control(&self.court.http, "anvil_reorg", json!([depth, []])).await;
        assert_ne!(chain.block(number).await.expect("reads").expect("a block").hash, hash, "it is another block");
        let again = self.until::<E>().await;
        assert!(again.iter().all(|vote| vote.block_hash != Some(hash)), "{again:?}");
    }

    /// When an epoch begins, counted from the one in which the case was opened.
    async fn start_of(&self, epoch: u64) -> u64 {
        let id = self.id.parse().expect("an id");
        let chain = &self.court.chain;
        let court = chain.network().court.expect("a court");
        let opened = chain.read(court, &DisputeCourt::caseOfCall { id }).await.expect("reads").epoch.to::<u64>();
        (opened + epoch) * EPOCH
    }

    async fn until_time(&self, time: u64) {
        while self.court.chain.head().await.expect("a block").timestamp < time {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The cheat is found guilty, and nobody else has lost anything.
    async fn is_just(&self) -> Value {
        let dispute = self.court.decided(&self.id).await;
        assert_eq!(dispute["state"], json!("guilty"), "{dispute}");
        assert_eq!(self.court.stake(self.court.miners[3]), units(48_000), "a fifth of 60,000 CAI is gone: {dispute}");
        let others = self.court.miners[..3].iter().map(|miner| self.court.stake(*miner));
        assert_eq!(others.collect::<Vec<_>>(), [units(60_000); 3], "nobody is docked: {dispute}");
        dispute
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i21_votes_that_the_chain_takes_back_are_cast_again_and_nobody_is_docked() {
    let trial = Trial::open(Court::start(EPOCH, 4, &["--cheats", "1"]).await).await;
    trial.takes_back::<VoteCommitted>().await;
    trial.takes_back::<VoteRevealed>().await;
    let dispute = trial.is_just().await;
    assert_eq!(dispute["draw"], json!(1), "{dispute}");
    trial.court.is_counted(&dispute).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i22_jurors_whose_endpoint_is_away_or_hangs_as_the_time_to_vote_begins_and_is_back_before_it_ends_are_not_docked()
 {
    let court = Court::network(EPOCH, 4, &["--cheats", "1"]).await;
    // From here on the miners have an endpoint of their own.
    let rpc = court.devnet.document()["rpc"].as_str().expect("an address").to_owned();
    let proxy = Proxy::before(rpc, |_, _| Act::Pass).await;
    let mut network = court.chain.network().clone();
    network.rpc_urls = vec![proxy.url.parse().expect("a URL")];
    std::fs::write(court.devnet.data().join("network.json"), network.to_json().expect("serialises")).expect("written");
    for number in 1..=4 {
        kill(court.devnet.process("name", &format!("miner-{number}")), "KILL");
    }
    court.declared().await;
    let trial = Trial::open(court).await;
    for (begin, until, act) in [
        (trial.start_of(1).await - 1, trial.start_of(1).await + EPOCH / 3, Act::Close),
        (trial.start_of(2).await - 1, trial.start_of(2).await + EPOCH / 3, Act::Hang),
    ] {
        trial.until_time(begin).await;
        assert!(proxy.count("eth_call") > 0, "the miners ask there");
        let votes = [trial.events::<VoteCommitted>().await.len(), trial.events::<VoteRevealed>().await.len()];
        proxy.now(move |_, _| act.clone());
        trial.until_time(until).await;
        let after = [trial.events::<VoteCommitted>().await.len(), trial.events::<VoteRevealed>().await.len()];
        assert_eq!(after, votes, "nobody could vote");
        proxy.now(|_, _| Act::Pass);
    }
    let dispute = trial.is_just().await;
    assert_eq!(dispute["draw"], json!(1), "{dispute}");
}

/// One endpoint is away for the whole time to commit, and the other one for the whole time to reveal.
#[tokio::test(flavor = "multi_thread")]
async fn i31_jurors_whose_endpoint_is_away_through_a_whole_deadline_go_on_at_another_one_and_are_not_docked() {
    let court = Court::network(EPOCH, 4, &["--cheats", "1"]).await;
    let rpc = court.devnet.document()["rpc"].as_str().expect("an address").to_owned();
    let (first, second) =
        (Proxy::before(rpc.clone(), |_, _| Act::Pass).await, Proxy::before(rpc, |_, _| Act::Pass).await);
    let mut network = court.chain.network().clone();
    network.rpc_urls = [&first, &second].map(|proxy| proxy.url.parse().expect("a URL")).to_vec();
    std::fs::write(court.devnet.data().join("network.json"), network.to_json().expect("serialises")).expect("written");
    for number in 1..=4 {
        kill(court.devnet.process("name", &format!("miner-{number}")), "KILL");
    }
    court.declared().await;
    let trial = Trial::open(court).await;
    let unavailable = Act::Status("503 Service Unavailable");
    for (epoch, away, other, act) in [(1, &first, &second, Act::Close), (2, &second, &first, unavailable)] {
        trial.until_time(trial.start_of(epoch).await - 1).await;
        assert!(away.count("eth_call") > 0, "the miners ask there");
        let asked = other.count("eth_call");
        away.now(move |_, _| act.clone());
        trial.until_time(trial.start_of(epoch + 1).await).await;
        assert!(other.count("eth_call") > asked, "they go on at the other one");
        away.now(|_, _| Act::Pass);
        let [drawn, committed, revealed] = [
            trial.events::<JurorSummoned>().await.len(),
            trial.events::<VoteCommitted>().await.len(),
            trial.events::<VoteRevealed>().await.len(),
        ];
        assert!(committed >= drawn.max(1), "all of them vote in the meantime: {committed} of {drawn}");
        assert_eq!(revealed, if epoch == 1 { 0 } else { committed }, "and reveal it");
    }
    let dispute = trial.is_just().await;
    assert_eq!(dispute["draw"], json!(1), "{dispute}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i23_a_case_that_ends_without_a_verdict_because_nobody_votes_is_opened_again_and_decided() {
    let trial = Trial::open(Court::start(EPOCH, 4, &["--cheats", "1"]).await).await;
    let devnet = &trial.court.devnet;
    let bond = amount(&trial.court.shown(&trial.id)["bond"]);
    let names = ["coordinator-1", "miner-1", "miner-2", "miner-3", "miner-4"];
    let nodes = names.map(|name| devnet.process("name", name));
    nodes.iter().for_each(|node| kill(*node, "STOP"));
    // Both draws go by while everybody sleeps; nobody was summoned.
    devnet.control(&trial.court.http, "evm_increaseTime", json!([6 * EPOCH])).await;
    devnet.control(&trial.court.http, "anvil_mine", json!(["0x1"])).await;
    nodes.iter().for_each(|node| kill(*node, "CONT"));
    let begin = Instant::now();
    while trial.court.shown(&trial.id)["state"] != json!("void") {
        assert!(begin.elapsed() < PATIENCE, "{}", trial.court.shown(&trial.id));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(trial.court.stake(trial.court.miners[3]), units(60_000), "nothing is proven");
    let opened = devnet.run(&["dispute", "open", &trial.file, "-a", "anvil:2", "--json"]).expect(0).data();
    assert_eq!(opened["id"], json!(trial.id), "it is the same case");
    let dispute = trial.is_just().await;
    assert_eq!((&dispute["round"], amount(&dispute["bond"])), (&json!(3), bond * U256::from(2)), "{dispute}");
}
