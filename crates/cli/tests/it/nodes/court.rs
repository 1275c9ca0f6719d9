//! Disputes in a network of real processes, where nobody but the challenger types anything: miners offer themselves for juries, fetch
//! the evidence, examine it with their own engines, vote, count and pay, and a cheat loses a part of its stake.

use std::time::{Duration, Instant};

use cuckoo::node::failpoint;
use cuckoo_protocol::{
    Address, B256, U256,
    chain::{Client as Chain, Network},
    contract::{DisputeCourt, JurorRegistry},
    evidence::Bundle,
};
use reqwest::Client;
use serde_json::{Value, json};

use super::audits::{address, ask};
use crate::harness::{
    books::{amount, units},
    chain::{Chain as Local, account},
    network::Devnet,
    service::{Manager, listen, node, register},
};

/// Seconds of an epoch here.
const EPOCH: u64 = 8;
/// Seconds of an epoch where jurors are killed and start again.
const LONG_EPOCH: u64 = 14;
/// A case is decided within six epochs; machines are busy.
pub(super) const PATIENCE: Duration = Duration::from_secs(180);

/// A network of miners with the same stakes, the last ones of which may cheat.
pub(super) struct Court {
    pub(super) devnet: Devnet,
    pub(super) http: Client,
    pub(super) chain: Chain,
    pub(super) miners: Vec<Address>,
}

impl Court {
    /// Starts it, and waits until all miners have offered themselves for juries so long ago that it counts.
    pub(super) async fn start(epoch: u64, miners: usize, arguments: &[&str]) -> Self {
        let court = Self::network(epoch, miners, arguments).await;
        court.declared().await;
        court
    }

    /// Starts it.
    pub(super) async fn network(epoch: u64, miners: usize, arguments: &[&str]) -> Self {
        let (epoch, stakes) = (epoch.to_string(), vec!["30"; miners].join(":"));
        Self::of(Devnet::start(&[&["--epoch", &epoch, "--stakes", &stakes], arguments].concat()), miners).await
    }

    /// Of a network that runs.
    pub(super) async fn of(devnet: Devnet, miners: usize) -> Self {
        let description = std::fs::read_to_string(devnet.data().join("network.json")).expect("written");
        let network: Network = serde_json::from_str(&description).expect("a network");
        let chain = Chain::connect(&network).await.expect("connects");
        let number = |number| address(&devnet, &format!("miner-{number}")).parse().expect("an address");
        Self { miners: (1..=miners).map(number).collect(), http: Client::new(), chain, devnet }
    }

    /// Waits until all miners have offered themselves for juries so long ago that it counts.
    pub(super) async fn declared(&self) {
        let chain = &self.chain;
        let jurors = registry(chain).await;
        for node in &self.miners {
            let call = JurorRegistry::isDeclaredCall { node: *node, manifest: B256::ZERO };
            let begin = Instant::now();
            while !chain.read(jurors, &call).await.expect("reads") {
                assert!(begin.elapsed() < PATIENCE, "{node} does not offer itself");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        let epoch = async || chain.network().epoch_of(chain.head().await.expect("a block").timestamp);
        let counts = epoch().await + 3;
        while epoch().await < counts {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// An answer of a miner with all that proves it, and the file with it.
    pub(super) async fn answer_of(&self, miner: Address) -> (Bundle, String) {
        let begin = Instant::now();
        let mut number = 0;
        loop {
            number += 1;
            let task = ask(&self.devnet, &self.http, &format!("question {number}")).await;
            let url = format!("{}/v1/tasks/{task}/evidence", self.devnet.api());
            let bytes = loop {
                let answer = self.http.get(&url).send().await.expect("answers");
                if answer.status() == 200 {
                    break answer.bytes().await.expect("bytes");
                }
                assert!(begin.elapsed() < PATIENCE, "no evidence: {}", answer.status());
                tokio::time::sleep(Duration::from_millis(50)).await;
            };
            let bundle = Bundle::decode(&bytes).expect("a bundle");
            if bundle.record.ticket.miner == miner {
                let path = self.devnet.home().join(format!("{task}.json"));
                std::fs::write(&path, &bytes).expect("written");
                return (bundle, path.display().to_string());
            }
        }
    }

    /// Opens a dispute over an answer by hand, as an application would, and returns its id.
    pub(super) fn open(&self, file: &str) -> String {
        let challenger = account(2).address().to_string();
        self.devnet.run(&["faucet", "request", "--to", &challenger]).expect(0);
        let opened = self.devnet.run(&["dispute", "open", file, "-a", "anvil:2", "--json"]).expect(0).data();
        opened["id"].as_str().expect("an id").to_owned()
    }

    pub(super) fn shown(&self, id: &str) -> Value {
        self.devnet.run(&["dispute", "show", id, "--json"]).expect(0).data()
    }

    /// Waits until a dispute is decided and every juror has what it is due.
    pub(super) async fn decided(&self, id: &str) -> Value {
        let begin = Instant::now();
        loop {
            let dispute = self.shown(id);
            let jurors = dispute["jurors"].as_array().expect("jurors");
            let settled = jurors.iter().filter(|juror| juror["settled"] == true).count();
            if dispute["phase"] == "closed" && settled == jurors.len() {
                return dispute;
            }
            assert!(begin.elapsed() < PATIENCE, "{dispute}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    fn status(&self, node: Address) -> Value {
        self.devnet.run(&["register", "status", &node.to_string(), "--json"]).expect(0).data()[0].clone()
    }

    pub(super) fn stake(&self, node: Address) -> U256 {
        amount(&self.status(node)["self_stake"])
    }

    /// A metric of a node, as Prometheus reads it.
    async fn metric(&self, name: &str, metric: &str) -> u64 {
        let rows = self.devnet.document()["children"].as_array().expect("nodes").clone();
        let row = rows.iter().find(|row| row["name"] == name).expect("a node");
        let url = format!("{}/metrics", row["admin"].as_str().expect("an address"));
        let text = self.http.get(url).send().await.expect("answers").text().await.expect("text");
        let line = text.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' '));
        line.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {metric} of {name}: {text}"))
    }

    /// Each vote on a decided dispute, and its end, is in the nodes' metrics once. The nodes have run all the time.
    pub(super) async fn is_counted(&self, dispute: &Value) {
        for (number, miner) in (1..).zip(&self.miners) {
            let jurors = dispute["jurors"].as_array().expect("jurors");
            let votes = u64::from(jurors.iter().any(|juror| juror["node"] == json!(miner)));
            for (fate, expected) in [("committed", votes), ("revealed", votes), ("lost", 0), ("missed", 0)] {
                let metric = format!("cuckoo_court_votes_total{{fate=\"{fate}\"}}");
                let found = self.metric(&format!("miner-{number}"), &metric).await;
                assert_eq!(found, expected, "{metric} of miner-{number}: {dispute}");
            }
        }
        let of = async |metric| self.metric("coordinator-1", metric).await;
        assert_eq!(of("cuckoo_court_cases_closed_total{verdict=\"guilty\"}").await, 1);
        assert_eq!((of("cuckoo_court_cases{state=\"open\"}").await, of("cuckoo_court_bonds_cai").await), (0, 0));
        let jurors = dispute["jurors"].as_array().expect("jurors").len() as u64;
        let served = of("cuckoo_court_bundles_total{way=\"served\"}").await;
        assert!(served >= jurors, "each juror reads the bundle at the board: {served} of {jurors}");
    }

    async fn liquid(&self, owner: &Value) -> U256 {
        let owner = owner.as_str().expect("an address").parse().expect("an address");
        self.chain.cai_balance(owner).await.expect("a balance").base_units()
    }
}

async fn registry(chain: &Chain) -> Address {
    let court = chain.network().court.expect("a court");
    chain.read(court, &DisputeCourt::jurorsCall {}).await.expect("a registry")
}

#[tokio::test(flavor = "multi_thread")]
async fn i18_a_false_answer_is_judged_by_miners_that_nobody_tells_and_the_cheat_is_slashed() {
    let court = Court::start(EPOCH, 4, &["--cheats", "1"]).await;
    let [first, .., cheat] = court.miners[..] else { panic!("four miners") };
    let (bundle, file) = court.answer_of(cheat).await;
    assert_eq!(bundle.verify(), Ok(()), "what it has signed is in order");
    let paid_before = court.liquid(&court.status(first)["owner"]).await;
    let id = court.open(&file);
    // The evidence is on the coordinator's board, where a party can read it as jurors do.
    let folder = court.devnet.home().join("seen").display().to_string();
    let see = ["dispute", "show", &id, "--evidence", &folder, "-a", "anvil:2", "--json"];
    let seen = court.devnet.run(&see).expect(0).data()["answers"][0].clone();
    assert_eq!((&seen["bundle"], &seen["text"]), (&json!(bundle.id()), &json!(bundle.text)), "{seen}");
    assert!(seen["place"].as_str().is_some_and(|place| place.starts_with("the board of ")), "{seen}");
    let dispute = court.decided(&id).await;
    assert_eq!((&dispute["state"], &dispute["draw"]), (&json!("guilty"), &json!(1)), "{dispute}");
    assert_eq!((amount(&dispute["closing"]["taken"]), &dispute["prospects"]), (units(12_000), &Value::Null));
    let shown = court.devnet.status(&court.http).await["cases"][0].clone();
    let expected = (json!("guilty"), json!(cheat), units(12_000));
    assert_eq!((shown["stage"].clone(), shown["accused"].clone(), amount(&shown["taken"])), expected, "{shown}");
    let jurors = dispute["jurors"].as_array().expect("jurors").clone();
    assert!(jurors.iter().all(|juror| juror["node"] != json!(cheat)), "the accused does not judge itself: {dispute}");
    assert_eq!(court.stake(cheat), units(48_000), "a fifth of 60,000 CAI is gone");
    // The others were paid for it, and nobody was docked.
    assert!(court.miners[..3].iter().all(|miner| court.stake(*miner) == units(60_000)));
    if jurors.iter().any(|juror| juror["node"] == json!(first)) {
        assert!(court.liquid(&court.status(first)["owner"]).await > paid_before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_an_honest_miner_that_is_accused_keeps_its_stake_and_gets_half_of_the_bond() {
    let court = Court::start(EPOCH, 4, &[]).await;
    let accused = court.miners[3];
    let (_, file) = court.answer_of(accused).await;
    let owner = court.status(accused)["owner"].clone();
    let before = court.liquid(&owner).await;
    let id = court.open(&file);
    let bond = amount(&court.shown(&id)["bond"]);
    let dispute = court.decided(&id).await;
    assert_eq!(dispute["state"], json!("innocent"), "{dispute}");
    assert!(court.miners.iter().all(|miner| court.stake(*miner) == units(60_000)), "nobody loses stake");
    assert_eq!(court.liquid(&owner).await - before, bond / U256::from(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn i20_jurors_that_are_killed_at_any_point_reveal_what_they_have_committed_to() {
    let court = Court::start(LONG_EPOCH, 4, &["--cheats", "1"]).await;
    let cheat = court.miners[3];
    let (_, file) = court.answer_of(cheat).await;
    let armed = court.devnet.home().join("crash");
    std::fs::create_dir(&armed).expect("a directory");
    for point in failpoint::JUROR_POINTS {
        std::fs::write(armed.join(point), "").expect("written");
    }
    let id = court.open(&file);
    let dispute = court.decided(&id).await;
    let left: Vec<_> = failpoint::JUROR_POINTS.iter().filter(|point| armed.join(point).exists()).collect();
    assert!(left.is_empty(), "nobody was killed at {left:?}: {dispute}");
    assert_eq!((&dispute["state"], &dispute["draw"]), (&json!("guilty"), &json!(1)), "{dispute}");
    // Who does not reveal is docked.
    assert!(court.miners[..3].iter().all(|miner| court.stake(*miner) == units(60_000)), "{dispute}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miner_offers_itself_for_juries_and_takes_it_back_where_its_operator_does_not_want_that() {
    let local = Local::start().await;
    let (.., admin) = register(&local);
    let client = local.client().await;
    let status = local.run(&["register", "status", "miner", "--json"]).expect(0).data();
    let miner: Address = status[0]["node"].as_str().and_then(|text| text.parse().ok()).expect("an address");
    local.control("anvil_setBalance", json!([miner, U256::from(10).pow(U256::from(18))])).await;
    let (jurors, call) = (registry(&client).await, JurorRegistry::isDeclaredCall { node: miner, manifest: B256::ZERO });
    let check = |more: &[&str]| {
        let password = local.password();
        let always = ["miner", "check", "--account", "miner", "--password-file", &password, "--engine", "scripted"];
        local.run(&[&always[..], more].concat()).stdout
    };
    assert!(check(&[]).contains("jury duty") && !check(&["--no-jury"]).contains("jury duty"));
    for (name, offers, more) in [("willing", true, None), ("unwilling", false, Some("--no-jury".to_owned()))] {
        let arguments = [listen("--admin-listen", admin).to_vec(), vec!["--engine".into(), "scripted".into()]].concat();
        let arguments: Vec<_> = arguments.into_iter().chain(more).collect();
        let manager = Manager::of(&local, name);
        let _service = manager.start(node(&local, "miner", &arguments), Duration::from_secs(60));
        let begin = Instant::now();
        while client.read(jurors, &call).await.expect("reads") != offers {
            assert!(begin.elapsed() < Duration::from_secs(60), "the {name} one has not made it {offers}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
