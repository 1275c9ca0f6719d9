//! A coordinator that brings a cheat before the court: by itself or by order, within its budget, and once, wherever it is killed.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use alloy::{rpc::types::Filter, signers::local::PrivateKeySigner, sol_types::SolEvent};
use cuckoo::node::{
    court::board::{Board, BoardError, Reader},
    failpoint,
};
use cuckoo_protocol::{
    Address, B256, U256,
    chain::{Client as Chain, Mirror, Network, Signer, decode_event},
    contract::{
        CAIToken,
        DisputeCourt::{self, DisputeOpened},
        JurorRegistry,
    },
    evidence::Bundle,
};
use reqwest::Client;
use serde_json::Value;

use super::audits::{address, ask, found};
use crate::harness::{
    books::{amount, units},
    network::Devnet,
};

/// Seconds of an epoch here.
const EPOCH: &str = "8";
/// A case is decided within six epochs; machines are busy.
pub(super) const PATIENCE: Duration = Duration::from_secs(180);
/// CAI that the coordinator's node key begins with, and that a bond takes.
pub(super) const FUNDS: u64 = 20_000;
pub(super) const BOND: u64 = 1_000;

/// A network in which the last of four miners cheats, and the coordinator has an auditor of its own.
pub(super) struct Scene {
    pub(super) devnet: Devnet,
    pub(super) http: Client,
    pub(super) chain: Chain,
    pub(super) court: Address,
    pub(super) coordinator: Address,
    pub(super) cheat: Address,
}

impl Scene {
    pub(super) async fn start(options: &[&str]) -> Self {
        Self::with_epoch(EPOCH, options).await
    }

    pub(super) async fn with_epoch(epoch: &str, options: &[&str]) -> Self {
        let usual = ["--epoch", epoch, "--stakes", "30:30:30:30", "--cheats", "1", "--audits", "--auditor"];
        let devnet = Devnet::start(&[&usual[..], &["--scripted-tokens", "30"], options].concat());
        let description = std::fs::read_to_string(devnet.data().join("network.json")).expect("written");
        let network: Network = serde_json::from_str(&description).expect("a network");
        let chain = Chain::connect(&network).await.expect("connects");
        let parsed = |name| address(&devnet, name).parse().expect("an address");
        let (coordinator, cheat) = (parsed("coordinator-1"), parsed("miner-4"));
        let court = network.court.expect("a court");
        Self { http: Client::new(), chain, court, coordinator, cheat, devnet }
    }

    /// Waits until the miners have offered themselves for juries so long ago that it counts.
    pub(super) async fn has_jury(&self) {
        let registry = self.chain.read(self.court, &DisputeCourt::jurorsCall {}).await.expect("a registry");
        for number in 1..=4 {
            let node = address(&self.devnet, &format!("miner-{number}")).parse().expect("an address");
            let call = JurorRegistry::isDeclaredCall { node, manifest: B256::ZERO };
            let begin = Instant::now();
            while !self.chain.read(registry, &call).await.expect("reads") {
                assert!(begin.elapsed() < PATIENCE, "{node} does not offer itself");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        let counts = self.epoch().await + 3;
        while self.epoch().await < counts {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn epoch(&self) -> u64 {
        self.chain.network().epoch_of(self.chain.head().await.expect("a block").timestamp)
    }

    /// Asks until the cheat has answered and is found. Returns the tasks.
    pub(super) async fn convict(&self) -> Vec<String> {
        let (mut tasks, mut has_answered) = (vec![], false);
        // Who is drawn is chance.
        while tasks.len() < 12 || !has_answered {
            assert!(tasks.len() < 200, "the cheat was never drawn");
            let task = ask(&self.devnet, &self.http, &format!("question {}", tasks.len())).await;
            let url = format!("{}/v1/tasks/{task}", self.devnet.api());
            let shown: Value = self.http.get(url).send().await.expect("answers").json().await.expect("JSON");
            has_answered |= shown["miner"].as_str().map(str::to_lowercase) == Some(format!("{:#x}", self.cheat));
            tasks.push(task);
        }
        found(&self.devnet, &self.http, &self.cheat.to_string(), "confirmed", Duration::from_secs(60)).await;
        tasks
    }

    /// The receipts of answers, with who gave each.
    async fn receipts(&self, tasks: &[String]) -> BTreeMap<B256, Address> {
        let mut receipts = BTreeMap::new();
        for task in tasks {
            let url = format!("{}/v1/tasks/{task}/evidence", self.devnet.api());
            let begin = Instant::now();
            // The coordinator may be killed in the meantime; evidence is written a moment after the answer.
            while begin.elapsed() < Duration::from_secs(60) {
                if let Ok(answer) = self.http.get(&url).send().await
                    && let Ok(bundle) = Bundle::decode(&answer.bytes().await.unwrap_or_default())
                {
                    receipts.insert(bundle.record.hash(), bundle.record.ticket.miner);
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        receipts
    }

    /// The openings of cases so far.
    async fn opened(&self) -> Vec<DisputeOpened> {
        let filter = Filter::new().address(self.court).event_signature(DisputeOpened::SIGNATURE_HASH).from_block(0);
        let logs = self.chain.logs(&filter).await.expect("events");
        logs.iter().map(|log| decode_event(log).expect("an event")).collect()
    }

    pub(super) async fn until_opened(&self, patience: Duration) -> DisputeOpened {
        let begin = Instant::now();
        loop {
            if let Some(opened) = self.opened().await.pop() {
                return opened;
            }
            assert!(begin.elapsed() < patience, "not opened: {}", self.cases());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// What the coordinator says of the cases that it wants.
    fn cases(&self) -> Value {
        self.devnet.run(&["coordinator", "court", "--json", "--connect", &self.devnet.admin()]).expect(0).data()
    }

    /// Waits until the coordinator says this of its only case.
    async fn until_status(&self, words: &str) -> Value {
        let begin = Instant::now();
        loop {
            let cases = self.cases();
            if cases["cases"][0]["status"].as_str().is_some_and(|status| status.contains(words)) {
                return cases["cases"][0].clone();
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "not `{words}`: {cases}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// The key of a node of this network.
    fn key(&self, name: &str) -> Signer {
        let password = std::fs::read_to_string(self.devnet.data().join("password")).expect("a password");
        let path = self.devnet.data().join("keystores").join(format!("{name}.json"));
        let key = eth_keystore::decrypt_key(path, password.trim_end()).expect("a key");
        PrivateKeySigner::from_slice(&key).expect("a key").into()
    }

    /// The evidence of a case at the coordinator's board is for its parties, before anybody is drawn.
    async fn is_read_by_parties_alone(&self, opened: &DisputeOpened) {
        let mut mirror = Mirror::new(self.chain.clone());
        mirror.poll().await.expect("reads");
        let link = mirror.registry().node(&self.coordinator).expect("a node").endpoint.raw().to_owned();
        let board = Board::new(self.coordinator, &link).expect("a board");
        let (case, domain) = (opened.id, self.chain.domain());
        for name in ["miner-4", "coordinator-1"] {
            let signer = self.key(name);
            let reader = Reader { signer: &signer, domain };
            // The coordinator may be a block behind.
            let begin = Instant::now();
            let listed = loop {
                match board.list(case, &reader).await {
                    Ok(listed) => break listed,
                    Err(error) => assert!(begin.elapsed() < Duration::from_secs(60), "{name}: {error}"),
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            };
            assert_eq!(listed.iter().map(|listed| listed.receipt).collect::<Vec<_>>(), opened.receipts);
            let bundle = board.fetch(case, opened.receipts[0], &reader).await.expect("a bundle");
            assert_eq!((bundle.id(), bundle.record.ticket.miner), (listed[0].bundle, self.cheat));
            board.hand_in(case, &bundle).await.expect("it is there already");
            assert!(matches!(board.hand_in(B256::ZERO, &bundle).await, Err(BoardError::Missing { .. })));
            assert!(matches!(board.fetch(case, B256::ZERO, &reader).await, Err(BoardError::Missing { .. })));
        }
        // Neither a stranger, nor a miner that could be drawn, nor a party's proof at another coordinator, nor none.
        for signer in [Signer::from(PrivateKeySigner::random()), self.key("miner-1")] {
            let refused = board.list(case, &Reader { signer: &signer, domain }).await;
            assert!(matches!(refused, Err(BoardError::Refused { status: 403, .. })), "{refused:?}");
        }
        let signer = self.key("miner-4");
        let other = Board::new(self.cheat, &link).expect("a board");
        let refused = other.list(case, &Reader { signer: &signer, domain }).await;
        assert!(matches!(refused, Err(BoardError::Refused { status: 401, .. })), "{refused:?}");
        let base = link.replace("ws://", "http://").replace("/link", "/court");
        let bare = self.http.get(format!("{base}/{case}")).send().await.expect("answers");
        assert_eq!(bare.status(), 401);
    }

    /// What the coordinator's operator reads.
    fn told(&self) -> String {
        self.devnet.run(&["coordinator", "status", "--connect", &self.devnet.admin()]).expect(0).stdout
    }

    pub(super) async fn balance(&self) -> U256 {
        self.chain.cai_balance(self.coordinator).await.expect("a balance").base_units()
    }

    /// The address of a miner.
    pub(super) fn miner(&self, number: usize) -> Address {
        address(&self.devnet, &format!("miner-{number}")).parse().expect("an address")
    }

    pub(super) fn stake(&self, node: Address) -> U256 {
        amount(&self.devnet.run(&["register", "status", &node.to_string(), "--json"]).expect(0).data()[0]["self_stake"])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cheat_that_the_auditor_confirms_is_brought_before_the_court_and_slashed_with_nobody_typing() {
    let scene = Scene::start(&[]).await;
    assert_eq!(scene.balance().await, units(FUNDS));
    // Two have put stake of theirs behind the cheat.
    let voters = [(2, 7_000), (3, 5_000)];
    voters.iter().for_each(|(voter, cai)| scene.vote(*voter, *cai));
    scene.has_jury().await;
    let tasks = scene.convict().await;
    let opened = scene.until_opened(PATIENCE).await;
    let receipts = scene.receipts(&tasks).await;
    assert_eq!((opened.accused, opened.challenger), (scene.cheat, scene.coordinator));
    assert!(!opened.receipts.is_empty() && opened.receipts.is_sorted());
    for receipt in &opened.receipts {
        assert_eq!(receipts.get(receipt), Some(&scene.cheat), "it is one of its answers: {receipts:?}");
    }
    assert_eq!(scene.balance().await, units(FUNDS - BOND));
    let row = scene.until_status("before the court").await;
    assert_eq!((row["case"].as_str(), row["attempts"].as_u64()), (Some(&*opened.id.to_string()), Some(1)), "{row}");
    let told = format!("dispute\t{} of miner-4: this node is a challenger; ", opened.id);
    let begin = Instant::now();
    while !scene.told().contains(&told) {
        assert!(begin.elapsed() < Duration::from_secs(60), "no `{told}` in {}", scene.told());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // Nobody does anything: the jury reads the evidence at the coordinator's board.
    scene.until_over(opened.id).await;
    let shown = scene.devnet.run(&["dispute", "show", &opened.id.to_string(), "--json"]).expect(0).data();
    assert_eq!(shown["state"], "guilty", "{shown}");
    assert_eq!(scene.stake(scene.cheat), units(48_000), "a fifth of 60,000 CAI is gone");
    let slashed = scene.is_paid_by_the_rules(opened.id).await;
    // Who has put stake behind it loses the same part, and no more.
    let before = slashed.taken + slashed.left;
    assert_eq!((before, slashed.ownerLoss), (units(72_000), units(12_000)));
    for (voter, cai) in voters {
        assert_eq!(scene.staked(voter), units(cai) * slashed.left / before, "of {cai} CAI");
    }
    assert_eq!(scene.opened().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_that_asks_opens_nothing_until_it_is_told() {
    let scene = Scene::start(&["--court", "ask"]).await;
    scene.convict().await;
    let row = scene.until_status("waits for an order").await;
    assert_eq!((row["ordered"].as_u64(), row["posted"].as_str()), (Some(0), Some("0")), "{row}");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(scene.opened().await.is_empty());
    let (admin, data) = (scene.devnet.admin(), scene.devnet.data().join("coordinator-1"));
    let order = |miner: Address, data: &str| {
        let miner = miner.to_string();
        scene.devnet.run(&["coordinator", "court", "open", &miner, "--connect", &admin, "--data", data])
    };
    let data = data.display().to_string();
    let unknown = order(scene.coordinator, &data);
    assert!(unknown.stderr.contains("no case against"), "{}", unknown.stderr);
    let elsewhere = order(scene.cheat, &scene.devnet.home().display().to_string());
    assert!(elsewhere.stderr.contains("secret"), "{}", elsewhere.stderr);
    assert_eq!(scene.cases()["cases"][0]["ordered"], 0);
    order(scene.cheat, &data).expect(0);
    let opened = scene.until_opened(PATIENCE).await;
    assert_eq!((opened.accused, opened.challenger), (scene.cheat, scene.coordinator));
    scene.is_read_by_parties_alone(&opened).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_is_too_small_for_a_bond_is_respected() {
    let scene = Scene::start(&["--court-budget", "999cai"]).await;
    scene.convict().await;
    let row = scene.until_status("left of the budget").await;
    assert_eq!(amount(&row["bond"]), units(BOND), "{row}");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(scene.opened().await.is_empty() && scene.balance().await == units(FUNDS));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bond_is_not_approved_before_there_is_a_jury() {
    // Jurors count from the second epoch after their offer on: in this test, never.
    let scene = Scene::with_epoch("3600", &[]).await;
    scene.convict().await;
    scene.until_status("cannot be opened yet: no miner has declared").await;
    let call = CAIToken::allowanceCall { owner: scene.coordinator, spender: scene.court };
    let allowance = scene.chain.read(scene.chain.network().cai, &call).await.expect("reads");
    assert!(allowance.is_zero() && scene.opened().await.is_empty() && scene.balance().await == units(FUNDS));
}

/// The coordinator is killed at these points while it opens a case.
async fn killed_at(points: [&str; 2]) {
    assert!(points.iter().all(|point| failpoint::COURT_POINTS.contains(point)));
    let scene = Scene::start(&[]).await;
    scene.has_jury().await;
    let armed = scene.devnet.home().join("crash");
    std::fs::create_dir(&armed).expect("a directory");
    for point in points {
        std::fs::write(armed.join(point), "").expect("written");
    }
    scene.convict().await;
    let opened = scene.until_opened(PATIENCE).await;
    let begin = Instant::now();
    while points.iter().any(|point| armed.join(point).exists()) {
        assert!(begin.elapsed() < Duration::from_secs(60), "it is not killed at all of {points:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // It is up again, knows of its case, and has posted one bond.
    let begin = Instant::now();
    while scene.devnet.run(&["coordinator", "court", "--connect", &scene.devnet.admin()]).stdout.is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not start again");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let row = scene.until_status("before the court").await;
    assert_eq!(row["case"].as_str(), Some(&*opened.id.to_string()), "{row}");
    tokio::time::sleep(Duration::from_secs(3)).await;
    // One bond, and perhaps a fee for summons: a tenth of a bond in all.
    let (opened, balance) = (scene.opened().await.len(), scene.balance().await);
    assert!(
        opened == 1 && balance >= units(FUNDS - BOND) && balance <= units(FUNDS - BOND + BOND / 10),
        "{opened}, {balance}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_killed_after_its_approval_and_before_its_opening_leaves_has_one_case() {
    killed_at([failpoint::COURT_APPROVED, failpoint::COURT_OPENING]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_killed_before_its_approval_leaves_and_after_its_opening_has_one_case() {
    killed_at([failpoint::COURT_APPROVING, failpoint::COURT_OPENED]).await;
}
