//! Coordinators with one key that share a journal on a real server: one serves, the other takes over.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use alloy::{rpc::types::Filter, sol_types::SolEvent};
use async_nats::{
    ConnectOptions,
    jetstream::{self, stream},
};
use cuckoo::node::failpoint;
use cuckoo_protocol::{Address, U256, contract::DisputeCourt::DisputeOpened};
use futures::StreamExt;
use reqwest::Client;
use serde_json::{Value, json};
use url::Url;

use crate::harness::{
    books::{juror, units},
    chain::{Chain, Ran, free_port, write_secret},
    network::{get, kill},
    replicas::{PATIENCE, TAKEN_OVER},
    servers::{Nats, PASSWORD, Postgres},
    service::{Manager, Service, node, register},
};

/// Two coordinators with one key, a miner, and what an application sees of them.
struct Pair {
    chain: Chain,
    ports: (u16, u16, u16),
    journal: Vec<String>,
    /// The authorities that it trusts, in place of the machine's.
    trusted: Option<PathBuf>,
    /// Where points are named at which it is killed.
    crashes: Option<PathBuf>,
    http: Client,
    _miner: Option<(Manager, Service)>,
}

impl Pair {
    async fn new(url: &str) -> Self {
        let chain = Chain::start().await;
        let ports = register(&chain);
        chain.next_epoch().await;
        let password = chain.path("journal-password");
        write_secret(&password, PASSWORD);
        let password = password.display().to_string();
        let journal = ["--journal", url, "--journal-password-file", &password].map(str::to_owned).to_vec();
        Self { chain, ports, journal, trusted: None, crashes: None, http: Client::new(), _miner: None }
    }

    fn data(&self, name: &str) -> PathBuf {
        self.chain.path(name).join("data")
    }

    fn start(&self, name: &str) -> (Manager, Service) {
        self.start_at(name, self.ports)
    }

    /// With these ports for applications, miners and operators.
    fn start_at(&self, name: &str, (api, link, admin): (u16, u16, u16)) -> (Manager, Service) {
        let folder = self.chain.path(name);
        std::fs::create_dir_all(&folder).expect("a directory");
        let _ = std::fs::remove_file(folder.join("notify"));
        let manager = Manager::new(&folder);
        let listen = |option: &str, port: u16| [option.to_owned(), format!("127.0.0.1:{port}")];
        let data = ["--data".to_owned(), self.data(name).display().to_string()];
        let options = [listen("--listen", api), listen("--link-listen", link), listen("--admin-listen", admin), data];
        let options = [options.concat(), self.journal.clone()].concat();
        let mut coordinator = node(&self.chain, "coordinator", &options);
        coordinator.envs(self.trusted.iter().map(|authorities| ("SSL_CERT_FILE", authorities)));
        coordinator.envs(self.crashes.iter().map(|points| (failpoint::DIRECTORY, points)));
        let service = manager.start(coordinator, Duration::from_secs(30));
        (manager, service)
    }

    fn start_miner(&mut self) {
        self.start_miner_with(&[]);
    }

    fn start_miner_with(&mut self, more: &[&str]) {
        std::fs::create_dir(self.chain.path("m")).expect("a directory");
        let mut manager = Manager::new(&self.chain.path("m"));
        let admin = format!("127.0.0.1:{}", free_port());
        let options =
            ["--engine", "scripted", "--scripted-tokens", "20", "--scripted-rate", "60", "--admin-listen", &admin];
        let options: Vec<_> = options.iter().chain(more).map(|option| (*option).to_owned()).collect();
        let miner = manager.start(node(&self.chain, "miner", &options), Duration::from_secs(30));
        manager.until("READY=1", 1);
        self._miner = Some((manager, miner));
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports.0)
    }

    async fn post(&self, key: &str) -> Value {
        let body = json!({"model": "scripted", "messages": [{"role": "user", "content": "hello"}], "seed": 5});
        let post = self.http.post(self.url("/v1/tasks")).header("Idempotency-Key", key).json(&body);
        let answer = post.send().await.expect("answers");
        assert_eq!(answer.status(), 202, "{}", answer.text().await.expect("text"));
        answer.json().await.expect("JSON")
    }

    /// The same, where nothing can be written or nobody answers for a while.
    async fn post_in_time(&self, key: &str) -> Value {
        let (begin, body) = (
            Instant::now(),
            json!({"model": "scripted", "messages": [{"role": "user", "content": "hello"}], "seed": 5}),
        );
        loop {
            let post = self.http.post(self.url("/v1/tasks")).header("Idempotency-Key", key).json(&body);
            let answer = post.timeout(PATIENCE).send().await;
            if let Ok(answer) = answer {
                if answer.status() == 202 {
                    return answer.json().await.expect("JSON");
                }
                assert_eq!(answer.status(), 503, "{}", answer.text().await.expect("text"));
            }
            assert!(begin.elapsed() < PATIENCE, "it is never taken");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Does something while a coordinator is started again whenever it has ended, as a service manager would: one whose key expires
    /// while its cluster elects a leader may not go on.
    async fn kept_up<T>(&self, name: &str, running: &mut (Manager, Service), done: impl Future<Output = T>) -> T {
        tokio::pin!(done);
        loop {
            tokio::select! {
                done = &mut done => return done,
                () = tokio::time::sleep(Duration::from_millis(500)) => {
                    if running.1.0.try_wait().expect("asked").is_some() {
                        *running = self.start(name);
                    }
                }
            }
        }
    }

    /// What the API shows, if it answers.
    async fn look(&self, path: &str) -> Option<Value> {
        let answer = self.http.get(self.url(path)).timeout(Duration::from_secs(10)).send().await.ok()?;
        answer.json().await.ok()
    }

    async fn is_ready(&self) -> bool {
        let url = format!("http://127.0.0.1:{}/readiness", self.ports.2);
        let asked = self.http.get(&url).timeout(Duration::from_secs(2)).send().await;
        asked.is_ok_and(|answer| answer.status().is_success())
    }

    async fn with_miner(&self) {
        let begin = Instant::now();
        while self.look("/v1/models").await.is_none_or(|models| models["data"].as_array().is_none_or(Vec::is_empty)) {
            assert!(begin.elapsed() < PATIENCE, "no miner comes");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn ready(&self) -> Duration {
        let (begin, url) = (Instant::now(), format!("http://127.0.0.1:{}/readiness", self.ports.2));
        while !self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            assert!(begin.elapsed() < PATIENCE, "nobody serves");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        begin.elapsed()
    }

    async fn done(&self, id: &str) {
        let begin = Instant::now();
        loop {
            let shown = self.look(&format!("/v1/tasks/{id}")).await;
            match shown.as_ref().and_then(|shown| shown["state"].as_str()) {
                Some("done") => return,
                Some("queued" | "leased" | "running") | None => {}
                _ => panic!("{shown:?}"),
            }
            assert!(begin.elapsed() < PATIENCE, "{shown:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.data(name).join("assignments.log")).expect("a log")
    }

    fn is_honest(&self, name: &str, at_least: u64) {
        let log = self.data(name).join("assignments.log").display().to_string();
        let report = self.chain.run(&["audit", "assignments", &log, "--chain", "--json"]).expect(0).data();
        assert!(report["picks"].as_u64() >= Some(at_least), "{report}");
    }
}

/// Kills the one that serves, and later ends the one that took over; returns the one that serves then, in `one`.
async fn is_taken_over(pair: &mut Pair) -> Service {
    let (mut one, mut first) = pair.start("one");
    one.until("READY=1", 1);
    pair.ready().await;
    pair.start_miner();
    let (mut other, mut second) = pair.start("other");
    other.until("STATUS=standby", 1);
    pair.with_miner().await;
    let mut ids = vec![];
    for number in 0..30 {
        ids.push(pair.post(&format!("order {number}")).await["id"].as_str().expect("an id").to_owned());
    }
    pair.done(&ids[2]).await;
    first.0.kill().expect("is there");
    first.0.wait().expect("ends");
    let away = pair.ready().await;
    assert!(away < TAKEN_OVER, "{away:?}");
    other.until("READY=1", 2);
    for (number, id) in ids.iter().enumerate() {
        assert_eq!(pair.post(&format!("order {number}")).await["id"], json!(id), "it is the same order");
        pair.done(id).await;
    }
    assert!(pair.log("other").starts_with(&pair.log("one")), "the log goes on where it ended");
    pair.is_honest("other", 30);

    // The first one comes back, waits, and takes over at once when the second one ends in good order.
    let (mut one, first) = pair.start("one");
    one.until("STATUS=standby", 1);
    kill(second.0.id(), "TERM");
    assert_eq!(second.0.wait().expect("ends").code(), Some(0));
    let away = pair.ready().await;
    assert!(away < TAKEN_OVER, "{away:?}");
    pair.done(&ids[0]).await;
    pair.with_miner().await;
    let after = pair.post("one more").await;
    pair.done(after["id"].as_str().expect("an id")).await;
    assert!(pair.log("one").starts_with(&pair.log("other")));
    pair.is_honest("one", 31);
    first
}

/// The one that serves finds out that another one has written, and ends without having told anybody anything.
async fn is_kept_out(pair: &Pair, name: &str) {
    let body = json!({"model": "scripted", "messages": [{"role": "user", "content": "hello"}]});
    let answer = pair.http.post(pair.url("/v1/tasks")).json(&body).send().await;
    assert!(answer.is_err(), "{answer:?}");
    let log = std::fs::read_to_string(pair.chain.path(name).join("notify.log")).expect("a log");
    assert!(log.contains("another coordinator with this key has taken over"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_a_coordinator_that_is_killed_is_taken_over() {
    let mut server = Postgres::start();
    let mut pair = Pair::new(&server.url()).await;
    let _serving = is_taken_over(&mut pair).await;
    // A server that is away for a while is waited for.
    let crash = tokio::task::spawn_blocking(move || {
        server.crash_and_return(Duration::from_secs(3));
        server
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let posted = pair.post_in_time("while it is away").await;
    let server = crash.await.expect("it is back");
    pair.done(posted["id"].as_str().expect("an id")).await;
    let forged = Postgres::execute(
        server.port,
        "DO $$ BEGIN EXECUTE (SELECT 'UPDATE ' || nspname || '.head SET number = number + 1' FROM pg_namespace WHERE nspname LIKE 'cuckoo_%'); END $$",
    );
    forged.expect("is valid SQL");
    is_kept_out(&pair, "one").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_nats_a_coordinator_that_is_killed_is_taken_over() {
    let server = Nats::start();
    let mut pair = Pair::new(&server.url()).await;
    let _serving = is_taken_over(&mut pair).await;
    let jetstream = server.client().await;
    let mut streams = jetstream.stream_names();
    let journal = loop {
        let name = streams.next().await.expect("has one").expect("a name");
        if name.ends_with("_journal") {
            break name;
        }
    };
    let subject = format!("cuckoo.{}.journal", journal.trim_start_matches("cuckoo_").trim_end_matches("_journal"));
    jetstream.publish(subject, "".into()).await.expect("sent").await.expect("kept");
    is_kept_out(&pair, "one").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_i12_a_replica_goes_on_with_an_audit() {
    let server = Postgres::start();
    let mut pair = Pair::new(&server.url()).await;
    let (mut one, mut first) = pair.start("one");
    one.until("READY=1", 1);
    pair.ready().await;
    pair.start_miner();
    // The one that takes over can examine; the first one cannot, so that the answer is held when it is killed.
    pair.journal.extend(["--auditor", "scripted:scripted:20"].map(str::to_owned));
    let (mut other, _second) = pair.start("other");
    other.until("STATUS=standby", 1);
    pair.with_miner().await;
    let posted = pair.post("an order").await;
    pair.done(posted["id"].as_str().expect("an id")).await;
    let admin = |path: &str| format!("http://127.0.0.1:{}{path}", pair.ports.2);
    let held = get(&pair.http, &admin("/accounts")).await;
    assert_eq!(
        (&held[0]["through"], held[0]["held_tickets"].as_array().map(Vec::len)),
        (&json!("0"), Some(1)),
        "{held}"
    );
    first.0.kill().expect("is there");
    first.0.wait().expect("ends");
    pair.ready().await;
    let begin = Instant::now();
    loop {
        let (owed, found) = (get(&pair.http, &admin("/accounts")).await, get(&pair.http, &admin("/audits")).await);
        let number = &held[0]["held_tickets"][0]["number"];
        if owed[0]["held_tickets"] == json!([]) && found["miners"][0]["examined"] == 1 {
            assert_eq!((&owed[0]["through"], &found["counts"]["cleared"]), (number, &json!(1)), "{owed} {found}");
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "{owed} {found}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The coordinator that brings a cheat before the court is killed at this point, and the other one goes on with the case.
async fn goes_on_with_a_case(url: &str, point: &str) {
    let mut pair = Pair::new(url).await;
    let (client, armed) = (pair.chain.client().await, pair.chain.path("crash"));
    // Without anybody who can judge, the court takes no case.
    juror(&pair.chain);
    for _ in 0..3 {
        pair.chain.next_epoch().await;
    }
    let key = pair.chain.run(&["register", "status", "coordinator", "--json"]).expect(0).data()[0]["node"].clone();
    let key: Address = key.as_str().and_then(|text| text.parse().ok()).expect("an address");
    pair.chain.run(&["faucet", "request", "--to", &key.to_string()]).expect(0);
    pair.chain.control("anvil_setBalance", json!([key, U256::from(10).pow(U256::from(18))])).await;
    let before = client.cai_balance(key).await.expect("a balance").base_units();
    let court = ["--court", "auto", "--auditor", "scripted:scripted:20", "--audit-first", "100000"];
    pair.journal.extend(court.map(str::to_owned));
    std::fs::create_dir(&armed).expect("a directory");
    std::fs::write(armed.join(point), "").expect("written");
    pair.crashes = Some(armed.clone());
    let (mut one, mut first) = pair.start("one");
    one.until("READY=1", 1);
    pair.ready().await;
    pair.start_miner_with(&["--scripted-cheat", "other_words"]);
    pair.crashes = None;
    let (mut other, _second) = pair.start("other");
    other.until("STATUS=standby", 1);
    pair.with_miner().await;
    // It is killed as soon as an answer has convicted the miner.
    let mut asked = 0;
    while armed.join(point).exists() {
        assert!(asked < 200, "it is not killed");
        asked += 1;
        let body = json!({"model": "scripted", "messages": [{"role": "user", "content": "hello"}], "seed": asked});
        let _ = pair.http.post(pair.url("/v1/tasks")).json(&body).send().await;
        // What a coordinator does before the court it does at new blocks.
        pair.chain.mine(1).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    first.0.wait().expect("ends");
    pair.ready().await;
    let opened = async || {
        let (court, event) = (client.network().court.expect("a court"), DisputeOpened::SIGNATURE_HASH);
        let filter = Filter::new().address(court).event_signature(event).from_block(0);
        client.logs(&filter).await.expect("events").len()
    };
    let admin = format!("http://127.0.0.1:{}", pair.ports.2);
    let begin = Instant::now();
    loop {
        let cases = pair.chain.run(&["coordinator", "court", "--json", "--connect", &admin]).expect(0).data();
        let row = &cases["cases"][0];
        if row["status"].as_str().is_some_and(|status| status.contains("before the court")) {
            assert_eq!((&row["attempts"], cases["cases"].as_array().map(Vec::len)), (&json!(1), Some(1)), "{cases}");
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "{cases}");
        pair.chain.mine(1).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    pair.chain.mine(3).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let paid = before - client.cai_balance(key).await.expect("a balance").base_units();
    assert_eq!((opened().await, paid), (1, units(1_000)), "one case, and one bond");
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_i24_a_replica_opens_the_case_that_the_first_one_was_about_to() {
    let server = Postgres::start();
    goes_on_with_a_case(&server.url(), failpoint::COURT_OPENING).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_nats_i24_a_replica_follows_the_case_that_the_first_one_has_opened() {
    let server = Nats::start();
    goes_on_with_a_case(&server.url(), failpoint::COURT_OPENED).await;
}

/// A server whose certificate nobody vouches for is not spoken to, and one that is trusted is.
async fn is_reached_over_tls(url: &str, folder: &Path) {
    let mut pair = Pair::new(url).await;
    let stranger = node(&pair.chain, "coordinator", &pair.journal).output().expect("runs");
    Ran::new(stranger).expect(5).says("UnknownIssuer").says("SSL_CERT_FILE");
    pair.trusted = Some(folder.join("certificate.pem"));
    let (mut one, _serving) = pair.start("one");
    one.until("READY=1", 1);
    pair.ready().await;
    pair.start_miner();
    pair.with_miner().await;
    pair.post("a secret").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_it_is_reached_over_tls() {
    let server = Postgres::start_secured();
    is_reached_over_tls(&format!("{}?sslmode=require", server.url()), server.folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_nats_it_is_reached_over_tls() {
    let server = Nats::start_secured();
    is_reached_over_tls(&server.url().replace("nats://", "tls://"), server.folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_nats_a_cluster_goes_on_without_one_of_its_servers() {
    let mut servers = Nats::cluster::<3>();
    servers[0].has_leaders().await;
    let mut pair = Pair::new(&format!("{}?replicas=3", servers[0].url())).await;
    let mut running = pair.start("one");
    running.0.until("READY=1", 1);
    pair.ready().await;
    pair.start_miner();
    pair.with_miner().await;
    let before = pair.post("before").await;
    // The one that it was told of, and is connected to.
    servers[0].crash();
    let without = pair.kept_up("one", &mut running, pair.post_in_time("without")).await;
    servers[0].come_back();
    servers[0].has_leaders().await;
    drop(running);
    let (mut one, _second) = pair.start("one");
    one.until("READY=1", 1);
    pair.ready().await;
    for (key, posted) in [("before", before), ("without", without)] {
        assert_eq!(pair.post(key).await["id"], posted["id"], "it is the same order");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_cannot_be_had_is_said_so() {
    let port = free_port();
    let pair = Pair::new(&format!("postgres://cuckoo@127.0.0.1:{port}/postgres")).await;
    let run = |url: &str| {
        let options = ["--journal".to_owned(), url.to_owned()];
        Ran::new(node(&pair.chain, "coordinator", &options).output().expect("runs"))
    };
    for url in [format!("postgres://cuckoo@127.0.0.1:{port}/postgres"), format!("nats://127.0.0.1:{port}")] {
        run(&url).expect(5).says("cannot be opened").says("check that the server is up");
    }
    run("postgres://cuckoo:secret@127.0.0.1/postgres").expect(2).says("--journal-password-file");
    run("postgres://cuckoo@127.0.0.1/postgres?password=secret").expect(2).says("--journal-password-file");
    run("nats://127.0.0.1?replicas=many").expect(2).says("from 1 to 5");
    run("mysql://127.0.0.1/cuckoo").expect(2).says("postgres://USER@HOST/DATABASE");
    assert!(Url::parse(&pair.journal[1]).is_ok());
}

/// V8: a frozen coordinator is replaced within ten seconds. V7: when it goes on, it takes nothing and ends.
#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_v7_v8_a_frozen_coordinator_is_replaced_and_takes_nothing_when_it_goes_on() {
    let server = Postgres::start();
    let mut pair = Pair::new(&server.url()).await;
    let (mut one, mut first) = pair.start("one");
    one.until("READY=1", 1);
    pair.start_miner();
    pair.with_miner().await;
    pair.post("before").await;
    let old = pair.ports;
    // The other one has listeners of its own: those of a frozen process stay its own.
    pair.ports = (free_port(), old.1, free_port());
    let (mut other, _second) = pair.start_at("other", (pair.ports.0, free_port(), pair.ports.2));
    other.until("STATUS=standby", 1);
    kill(first.0.id(), "STOP");
    let frozen = Instant::now();
    other.until("READY=1", 2);
    assert!(frozen.elapsed() < TAKEN_OVER, "{:?}", frozen.elapsed());
    pair.ready().await;
    let body = json!({"model": "scripted", "messages": [{"role": "user", "content": "hello"}]});
    let url = format!("http://127.0.0.1:{}", old.0);
    kill(first.0.id(), "CONT");
    let again = Instant::now();
    // Whatever is asked of it meanwhile, it neither takes a task nor says that it is ready.
    while first.0.try_wait().expect("asked").is_none() {
        assert!(again.elapsed() < Duration::from_secs(20), "it still runs");
        let ready = pair.http.get(format!("http://127.0.0.1:{}/readiness", old.2)).timeout(Duration::from_millis(500));
        assert!(!matches!(ready.send().await, Ok(answer) if answer.status() != 503));
        let task = pair.http.post(format!("{url}/v1/tasks")).json(&body).timeout(Duration::from_millis(500));
        assert!(!matches!(task.send().await, Ok(answer) if answer.status() != 503));
    }
}

/// A server has no space: the request that meets it waits, the next ones are refused at once, nobody gives up, and all goes on once
/// `give` has brought space.
async fn is_said_and_waited_for(pair: &Pair, first: &mut Service, give: impl Future<Output = ()>) {
    let body = json!({"model": "scripted", "messages": [{"role": "user", "content": "hello"}]});
    let mut waiting = tokio::task::JoinSet::new();
    waiting.spawn(pair.http.post(pair.url("/v1/tasks")).json(&body).send());
    let ask = || pair.http.post(pair.url("/v1/tasks")).json(&body).timeout(Duration::from_secs(10)).send();
    let begin = Instant::now();
    // One that comes before the first one has met it waits as well.
    while !ask().await.is_ok_and(|answer| answer.status() == 503) {
        assert!(begin.elapsed() < PATIENCE, "nothing is refused");
    }
    for _ in 0..5 {
        assert_eq!(ask().await.expect("answers at once").status(), 503);
        assert!(!pair.is_ready().await);
    }
    tokio::time::sleep(Duration::from_secs(33)).await;
    assert!(first.0.try_wait().expect("asked").is_none(), "it has ended");
    give.await;
    // Unless something that the coordinator writes by itself has met it first.
    let waited = waiting.join_next().await.expect("asked").expect("ran").expect("answers").status();
    assert!(waited == 202 || waited == 503, "{waited}");
    pair.ready().await;
    let after = pair.post("after").await;
    pair.done(after["id"].as_str().expect("an id")).await;
}

/// V9: while the server's disk is full, requests are refused at once, and taken again when it has space.
#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_v9_a_server_without_space_is_said_at_once_and_waited_for() {
    let server = Postgres::start();
    let mut pair = Pair::new(&server.url()).await;
    let (mut one, mut first) = pair.start("one");
    one.until("READY=1", 1);
    pair.start_miner();
    pair.with_miner().await;
    pair.post("before").await;
    // What PostgreSQL says when a file cannot be extended.
    Postgres::execute(
        server.port,
        "DO $$ DECLARE space TEXT; BEGIN SELECT nspname INTO space FROM pg_namespace WHERE nspname LIKE 'cuckoo_%'; \
         EXECUTE 'CREATE FUNCTION ' || space || '.is_full() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN RAISE EXCEPTION \
         ''could not extend file: No space left on device'' USING ERRCODE = ''53100''; END $body$'; \
         EXECUTE 'CREATE TRIGGER no_space BEFORE INSERT ON ' || space || '.turns EXECUTE FUNCTION ' || space || '.is_full()'; END $$",
    )
    .expect("is valid SQL");
    let give = async {
        Postgres::execute(
            server.port,
            "DO $$ DECLARE space TEXT; BEGIN SELECT nspname INTO space FROM pg_namespace WHERE nspname LIKE 'cuckoo_%'; \
             EXECUTE 'DROP TRIGGER no_space ON ' || space || '.turns'; END $$",
        )
        .expect("is valid SQL");
    };
    is_said_and_waited_for(&pair, &mut first, give).await;
}

/// V10: the server that the address names first hangs, and the others go on.
#[tokio::test(flavor = "multi_thread")]
async fn needs_nats_v10_a_cluster_is_reached_by_any_of_its_servers() {
    let servers = Nats::cluster::<3>();
    servers[0].has_leaders().await;
    let also = format!("{},{}", servers[1].place(), servers[2].place());
    let mut pair = Pair::new(&format!("{}?replicas=3&also={also}", servers[0].url())).await;
    let mut running = pair.start("one");
    running.0.until("READY=1", 1);
    pair.start_miner();
    pair.with_miner().await;
    pair.post("before").await;
    servers[0].stop();
    let after = pair.kept_up("one", &mut running, pair.post_in_time("after")).await;
    pair.kept_up("one", &mut running, pair.done(after["id"].as_str().expect("an id"))).await;
    // And so does one that starts now.
    drop(running);
    let mut running = pair.start("other");
    // One that waits for its turn is a good service already, and answers nobody.
    running.0.until("READY=1", 1);
    let again = async {
        pair.ready().await;
        pair.with_miner().await;
        pair.post_in_time("again").await;
    };
    pair.kept_up("other", &mut running, again).await;
    servers[0].go_on();
}

/// V9: a stream that takes no more bytes.
#[tokio::test(flavor = "multi_thread")]
async fn needs_nats_v9_a_stream_without_space_is_said_at_once_and_waited_for() {
    let server = Nats::start();
    let mut pair = Pair::new(&server.url()).await;
    let (mut one, mut first) = pair.start("one");
    one.until("READY=1", 1);
    pair.start_miner();
    pair.with_miner().await;
    pair.post("before").await;
    let options = ConnectOptions::new().user_and_password("cuckoo".into(), PASSWORD.into());
    let streams = jetstream::new(options.connect(server.place()).await.expect("connects"));
    let names: Vec<_> = streams.stream_names().collect().await;
    let name = names.into_iter().flatten().find(|name| name.ends_with("_journal")).expect("a journal");
    let mut stream = streams.get_stream(name).await.expect("is there");
    let info = stream.info().await.expect("is told");
    let (bytes, config) = (info.state.bytes as i64, info.config.clone());
    let full = stream::Config { max_bytes: bytes, discard: stream::DiscardPolicy::New, ..config.clone() };
    streams.update_stream(&full).await.expect("is full");
    let give = async { drop(streams.update_stream(&config).await.expect("has space again")) };
    is_said_and_waited_for(&pair, &mut first, give).await;
}
