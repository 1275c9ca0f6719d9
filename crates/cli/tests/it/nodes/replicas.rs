//! Journals on real servers, and coordinators with one key that share them: one serves, the other takes over.

use std::{
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use cuckoo::node::coordinator::journal::{Checkpoint, History, Journal, Opened, Payer, Server};
use cuckoo_protocol::{
    B256, TaskId,
    assign::log::Entry,
    price::Rate,
    task::{ChatMessage, ChatRole, Event, Sampling, TaskSpec},
};
use futures::{StreamExt, TryStreamExt};
use reqwest::Client;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::harness::{
    chain::{Chain, Ran, free_port, write_secret},
    network::{get, kill},
    service::{Manager, Service, node, register},
};

const PASSWORD: &str = "an egg in another nest";

/// A database server of a test's own, from the programs on the PATH.
struct Postgres {
    child: Child,
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
    options: Vec<String>,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its own children end with it, unlike at a KILL.
        let _ = Command::new("kill").args(["-QUIT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

/// The user `nobody`. PostgreSQL refuses to run as root, and every system has this one.
const NOBODY: u32 = 65_534;

/// The folder of PostgreSQL's programs: the one on the PATH, or a copy of it where `nobody` may not enter that, as below root's home.
fn postgres_programs(folder: &Path) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).find(|programs| programs.join("initdb").exists());
    let programs = found.expect("PostgreSQL is on the PATH: `make test` installs it and puts it there");
    let programs = programs.canonicalize().expect("exists");
    let open = |folder: &Path| folder.metadata().is_ok_and(|found| found.permissions().mode() & 0o001 != 0);
    if !rustix::process::geteuid().is_root() || programs.ancestors().all(open) {
        return programs;
    }
    let copy = folder.join("postgres");
    let copied = Command::new("cp").arg("-R").arg(programs.join("..")).arg(&copy).status().expect("cp runs");
    assert!(copied.success(), "{} cannot be copied", programs.display());
    copy.join("bin")
}

/// A command that does not run as root.
fn unprivileged(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

impl Postgres {
    fn start() -> Self {
        Self::with(|_| vec![])
    }

    /// Also over TLS.
    fn start_secured() -> Self {
        Self::with(|folder| {
            let (certificate, key) = certify(folder);
            vec!["ssl=on".to_owned(), format!("ssl_cert_file={certificate}"), format!("ssl_key_file={key}")]
        })
    }

    /// With options that may name files in a folder.
    fn with(options: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        let options = options(folder.path());
        let password = folder.path().join("password");
        write_secret(&password, PASSWORD);
        let programs = postgres_programs(folder.path());
        if rustix::process::geteuid().is_root() {
            let owner = NOBODY.to_string();
            let owned = Command::new("chown").args(["-R", &owner]).arg(folder.path()).status().expect("chown runs");
            assert!(owned.success(), "the folder is not given to `nobody`");
        }
        let data = folder.path().join("data");
        let mut initdb = unprivileged(programs.join("initdb"));
        initdb.arg("--pgdata").arg(&data).args(["--username", "cuckoo", "--auth", "scram-sha-256"]);
        Ran::new(initdb.arg("--pwfile").arg(&password).output().expect("initdb runs")).expect(0);
        let port = free_port();
        let child = Self::run(&programs, &data, port, &options);
        Self { child, folder, programs, port, options }
    }

    fn run(programs: &Path, data: &Path, port: u16, options: &[String]) -> Child {
        let mut server = unprivileged(programs.join("postgres"));
        server.arg("-D").arg(data).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        server.args(options.iter().flat_map(|option| ["-c", option]));
        server.args(["-c", "unix_socket_directories="]).stdout(Stdio::null()).stderr(Stdio::null());
        let child = server.spawn().expect("postgres runs");
        // It listens before it serves.
        until(|| Self::execute(port, "SELECT 1").is_ok());
        child
    }

    /// As after a power cut.
    fn crash_and_return(&mut self, away: Duration) {
        kill(self.child.id(), "KILL");
        self.child.wait().expect("ends");
        std::thread::sleep(away);
        self.child = Self::run(&self.programs, &self.folder.path().join("data"), self.port, &self.options);
    }

    fn url(&self) -> String {
        format!("postgres://cuckoo@127.0.0.1:{}/postgres", self.port)
    }

    /// On a thread of its own: the client waits in ways that a runtime's threads must not.
    fn execute(port: u16, sql: &'static str) -> Result<u64, postgres::Error> {
        let mut config = postgres::Config::new();
        config.host("127.0.0.1").port(port).user("cuckoo").password(PASSWORD).dbname("postgres");
        let run = move || config.connect(postgres::NoTls).and_then(|mut client| client.execute(sql, &[]));
        std::thread::spawn(run).join().expect("runs")
    }
}

/// A NATS server of a test's own, from the program on the PATH.
struct Nats {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Nats {
    fn start() -> Self {
        Self::with(free_port(), |_| String::new())
    }

    /// Over TLS alone.
    fn start_secured() -> Self {
        Self::with(free_port(), |folder| {
            let (certificate, key) = certify(folder);
            format!("tls {{ cert_file: {certificate:?}, key_file: {key:?} }}\n")
        })
    }

    /// Servers that keep copies of each other's streams.
    fn cluster<const N: usize>() -> [Self; N] {
        let ports = [(); N].map(|()| (free_port(), free_port()));
        let routes: Vec<_> = ports.iter().map(|(_, routes)| format!("nats://127.0.0.1:{routes}")).collect();
        ports.map(|(port, own)| {
            let routes = routes.join(", ");
            Self::with(port, |_| {
                format!(
                    "server_name: nest-{port}\ncluster {{ name: nests, listen: 127.0.0.1:{own}, routes: [{routes}] }}\n"
                )
            })
        })
    }

    /// With settings that may name files in a folder.
    fn with(port: u16, settings: impl FnOnce(&Path) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        let store = folder.path().join("store");
        let text = format!(
            "listen: 127.0.0.1:{port}\njetstream {{ store_dir: {store:?} }}\nauthorization {{ user: cuckoo, password: {PASSWORD:?} }}\n{}",
            settings(folder.path())
        );
        std::fs::write(folder.path().join("nats.conf"), text).expect("written");
        let child = Self::run(folder.path(), port);
        Self { child, folder, port }
    }

    fn run(folder: &Path, port: u16) -> Child {
        let mut server = Command::new("nats-server");
        server.arg("--config").arg(folder.join("nats.conf")).stdout(Stdio::null()).stderr(Stdio::null());
        let child = server.spawn().expect("`nats-server` is on the PATH: `make test` installs it and puts it there");
        until(|| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        child
    }

    fn crash(&mut self) {
        self.child.kill().expect("is there");
        self.child.wait().expect("ends");
    }

    fn come_back(&mut self) {
        self.child = Self::run(self.folder.path(), self.port);
    }

    /// Returns once all that its cluster keeps can be had by it.
    async fn has_leaders(&self) {
        let (jetstream, begin) = (self.client().await, Instant::now());
        let found = async || -> Result<(), Box<dyn std::error::Error>> {
            let names: Vec<_> = jetstream.stream_names().try_collect().await?;
            for name in names {
                jetstream.get_stream(name).await?;
            }
            Ok(())
        };
        while let Err(error) = found().await {
            assert!(begin.elapsed() < Duration::from_secs(60), "no leader is elected: {error}");
        }
    }

    async fn client(&self) -> async_nats::jetstream::Context {
        let options = async_nats::ConnectOptions::with_user_and_password("cuckoo".into(), PASSWORD.into());
        let client = options.connect(format!("127.0.0.1:{}", self.port)).await.expect("connects");
        async_nats::jetstream::new(client)
    }

    fn url(&self) -> String {
        format!("nats://cuckoo@127.0.0.1:{}", self.port)
    }
}

/// A certificate for this machine, signed by itself, and its key, where only the server reads it.
fn certify(folder: &Path) -> (String, String) {
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| folder.join(name).display().to_string());
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    write_secret(Path::new(&key), &made.signing_key.serialize_pem());
    (certificate, key)
}

fn until(ready: impl Fn() -> bool) {
    let begin = Instant::now();
    while !ready() {
        assert!(begin.elapsed() < Duration::from_secs(30), "it does not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn accepted(number: u8, bytes: usize) -> Event {
    let spec = TaskSpec {
        id: TaskId([number; 32].into()),
        model: "m".into(),
        messages: vec![ChatMessage { role: ChatRole::User, content: "x\n".repeat(bytes / 2) }],
        sampling: Sampling::default(),
        salt: Default::default(),
        pick_salt: Default::default(),
        accepted_at: 1,
        deadline: 2,
        caller: None,
        idempotency: None,
        rate: Rate::default(),
        scored: false,
        streamed: false,
        audit: false,
    };
    Event::Accepted { sequence: number.into(), spec: spec.into() }
}

/// What a journal says it is, and what it is at the next opening; who comes second waits.
fn keeps_what_it_is_given(url: &str) {
    let folder = tempfile::tempdir().expect("a directory");
    let log = folder.path().join("assignments.log");
    let node = alloy::primitives::Address::repeat_byte(7);
    let password = Some(SecretString::from(PASSWORD));
    let server = Server::new(url.parse().expect("a URL"), password, node).expect("a server");
    assert!(!format!("{server:?}").contains(PASSWORD));
    let payer = Payer { chain_id: 31_337, settlement: node, coordinator: node };
    let join =
        |standby: &dyn Fn()| Journal::join(&server, &log, &payer, &CancellationToken::new(), standby).expect("joins");
    let alone = || panic!("nobody else is there");
    let Opened { mut journal, log: assignments, history } = join(&alone);
    assert_eq!(history, History::default());
    let mut whole = Checkpoint::default();
    // One is larger than any message of NATS.
    let events: Vec<_> = (0..40).map(|number| accepted(number, if number == 7 { 3 << 20 } else { 100 })).collect();
    for event in &events[..30] {
        whole.tasks.apply(event).expect("applies");
        whole.accounts.apply(event);
        journal.append(event.clone());
    }
    for epoch in 0..3 {
        assignments.append(epoch, Entry::Revealed { epoch, seed: B256::ZERO });
    }
    let before = History { checkpoint: Checkpoint::default(), events: events[..30].to_vec() };
    drop(journal);
    let lines = std::fs::read_to_string(&log).expect("written");
    assert_eq!(lines.lines().count(), 3);
    // What is not there, or what a power cut left of it, is fetched.
    for left in ["".to_owned(), format!("{}{}\n{}", &lines[..99], "\0".repeat(99), &lines[300..])] {
        std::fs::write(&log, left).expect("written");
        let Opened { journal, history, .. } = join(&alone);
        assert_eq!(history, before);
        assert_eq!(std::fs::read_to_string(&log).expect("fetched"), lines);
        drop(journal);
    }
    let Opened { mut journal, .. } = join(&alone);
    journal.checkpoint(whole.clone());
    for event in &events[30..] {
        journal.append(event.clone());
    }
    // Another one waits until this one is gone, and has what it wrote in its last moment.
    let waits = std::sync::atomic::AtomicBool::new(false);
    let waiting = || waits.load(std::sync::atomic::Ordering::Relaxed);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| join(&|| waits.store(true, std::sync::atomic::Ordering::Relaxed)));
        until(waiting);
        assert!(!second.is_finished());
        drop(journal);
        let Opened { journal, history, .. } = second.join().expect("joins");
        assert_eq!(history, History { checkpoint: whole, events: events[30..].to_vec() });
        assert_eq!(journal.since_checkpoint(), 10);
    });
    // A log that does not go on as the server's does is not touched.
    let another = tempfile::tempdir().expect("a directory");
    let opened = Journal::open(&another.path().join("journal.db"), &another.path().join("assignments.log"), &payer);
    let Opened { journal, log: assignments, .. } = opened.expect("opens");
    (7..10).for_each(|epoch| assignments.append(epoch, Entry::Revealed { epoch, seed: B256::ZERO }));
    drop(journal);
    std::fs::copy(another.path().join("assignments.log"), &log).expect("copied");
    let refused = Journal::join(&server, &log, &payer, &CancellationToken::new(), || {});
    assert!(refused.is_err_and(|error| error.to_string().contains("is not the one of the journal")));
    std::fs::remove_file(&log).expect("removed");
    let replaced = Payer { settlement: alloy::primitives::Address::repeat_byte(8), ..payer };
    let refused = Journal::join(&server, &log, &replaced, &CancellationToken::new(), || {});
    assert!(refused.is_err_and(|error| error.to_string().contains("is that of coordinator")));
    let stop = CancellationToken::new();
    let _serving = join(&alone);
    let stopped = Journal::join(&server, &log, &payer, &stop, || stop.cancel());
    assert!(stopped.is_err_and(|error| error.to_string().contains("another coordinator serves")));
}

#[test]
fn needs_postgres_a_journal_keeps_what_it_is_given() {
    keeps_what_it_is_given(&Postgres::start().url());
}

#[test]
fn needs_nats_a_journal_keeps_what_it_is_given() {
    keeps_what_it_is_given(&Nats::start().url());
}

/// Two coordinators with one key, a miner, and what an application sees of them.
struct Pair {
    chain: Chain,
    ports: (u16, u16, u16),
    journal: Vec<String>,
    /// The authorities that it trusts, in place of the machine's.
    trusted: Option<PathBuf>,
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
        Self { chain, ports, journal, trusted: None, http: Client::new(), _miner: None }
    }

    fn data(&self, name: &str) -> PathBuf {
        self.chain.path(name).join("data")
    }

    fn start(&self, name: &str) -> (Manager, Service) {
        let folder = self.chain.path(name);
        std::fs::create_dir_all(&folder).expect("a directory");
        let _ = std::fs::remove_file(folder.join("notify"));
        let manager = Manager::new(&folder);
        let (api, link, admin) = self.ports;
        let listen = |option: &str, port: u16| [option.to_owned(), format!("127.0.0.1:{port}")];
        let data = ["--data".to_owned(), self.data(name).display().to_string()];
        let options = [listen("--listen", api), listen("--link-listen", link), listen("--admin-listen", admin), data];
        let options = [options.concat(), self.journal.clone()].concat();
        let mut coordinator = node(&self.chain, "coordinator", &options);
        coordinator.envs(self.trusted.iter().map(|authorities| ("SSL_CERT_FILE", authorities)));
        let service = manager.start(coordinator, Duration::from_secs(30));
        (manager, service)
    }

    fn start_miner(&mut self) {
        std::fs::create_dir(self.chain.path("m")).expect("a directory");
        let mut manager = Manager::new(&self.chain.path("m"));
        let admin = format!("127.0.0.1:{}", free_port());
        let options =
            ["--engine", "scripted", "--scripted-tokens", "20", "--scripted-rate", "60", "--admin-listen", &admin];
        let options = options.map(str::to_owned);
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

    async fn with_miner(&self) {
        let begin = Instant::now();
        while get(&self.http, &self.url("/v1/models")).await["data"] == json!([]) {
            assert!(begin.elapsed() < Duration::from_secs(30), "no miner comes");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn ready(&self) -> Duration {
        let (begin, url) = (Instant::now(), format!("http://127.0.0.1:{}/readiness", self.ports.2));
        while !self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            assert!(begin.elapsed() < Duration::from_secs(60), "nobody serves");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        begin.elapsed()
    }

    async fn done(&self, id: &str) {
        let begin = Instant::now();
        loop {
            let shown = get(&self.http, &self.url(&format!("/v1/tasks/{id}"))).await;
            match shown["state"].as_str().expect("a state") {
                "done" => return,
                "queued" | "leased" | "running" => {}
                _ => panic!("{shown}"),
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "{shown}");
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
async fn is_taken_over(pair: &mut Pair, within: Duration) -> Service {
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
    assert!(away < within, "{away:?}");
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
    assert!(away < Duration::from_secs(8), "{away:?}");
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
    let _serving = is_taken_over(&mut pair, Duration::from_secs(15)).await;
    // A server that is away for a while is waited for.
    let crash = tokio::task::spawn_blocking(move || {
        server.crash_and_return(Duration::from_secs(3));
        server
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let posted = pair.post("while it is away").await;
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
    let _serving = is_taken_over(&mut pair, Duration::from_secs(25)).await;
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
    let (mut one, mut first) = pair.start("one");
    one.until("READY=1", 1);
    pair.ready().await;
    pair.start_miner();
    pair.with_miner().await;
    let before = pair.post("before").await;
    // The one that it was told of, and is connected to.
    servers[0].crash();
    let without = pair.post("without").await;
    servers[0].come_back();
    servers[0].has_leaders().await;
    first.0.kill().expect("is there");
    first.0.wait().expect("ends");
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
