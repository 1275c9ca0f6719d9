//! Nodes under a service manager: what they tell it, and the units that it is given.

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use cuckoo_protocol::{
    chain::{Call, Mirror, Outcome},
    contract::{Role, Staking},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{
    chain::{Chain, Ran, account, command, free_port},
    network::{get, kill},
    service::{Manager, Service, listen, listeners, node, register},
};

#[tokio::test(flavor = "multi_thread")]
async fn nodes_say_when_they_are_ready_alive_and_going() {
    let chain = Chain::start().await;
    let (api, link, admin) = register(&chain);
    let mut for_miner = Manager::of(&chain, "m");
    let options = [vec!["--engine".into(), "scripted".into()], listen("--admin-listen", free_port()).to_vec()].concat();
    let mut miner = for_miner.start(node(&chain, "miner", &options), Duration::from_secs(3));
    // A miner waits for its first coordinator as long as it takes.
    for_miner.until("STATUS=no coordinator can be reached", 1);
    for_miner.until("EXTEND_TIMEOUT_USEC=60000000", 2);
    assert_eq!(for_miner.count("READY=1"), 0);

    let options = listeners(api, link, admin);
    let mut for_coordinator = Manager::of(&chain, "c");
    let mut coordinator = for_coordinator.start(node(&chain, "coordinator", &options), Duration::from_secs(3));
    for_coordinator.until("READY=1", 1);
    for_miner.until("READY=1", 1);
    for_miner.until("WATCHDOG=1", 4);
    for_coordinator.until("WATCHDOG=1", 4);
    for_miner.until("STATUS=tasks: 0; coordinators: 1", 1);
    for_coordinator.until("STATUS=tasks: 0 running, 0 waiting; miners: 1", 1);

    // A process that stands still says nothing.
    kill(miner.0.id(), "STOP");
    for_miner.listen();
    let before = for_miner.count("WATCHDOG=1");
    std::thread::sleep(Duration::from_secs(2));
    for_miner.listen();
    assert_eq!(for_miner.count("WATCHDOG=1"), before);
    kill(miner.0.id(), "CONT");
    for_miner.until("WATCHDOG=1", before + 1);

    for (manager, service) in [(&mut for_miner, &mut miner), (&mut for_coordinator, &mut coordinator)] {
        kill(service.0.id(), "TERM");
        manager.until("STOPPING=1", 1);
        // What has not changed is not said again.
        assert!(manager.heard.iter().filter(|line| line.starts_with("STATUS=")).count() < 10, "{:?}", manager.heard);
        assert_eq!(service.0.wait().expect("ends").code(), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_manager_that_does_not_listen_holds_nothing_up() {
    let chain = Chain::start().await;
    register(&chain);
    let deaf = Manager::of(&chain, "m");
    let admin = free_port();
    let options = [vec!["--engine".into(), "scripted".into()], listen("--admin-listen", admin).to_vec()].concat();
    let mut miner = deaf.start(node(&chain, "miner", &options), Duration::from_millis(300));
    let ask = async || {
        let asked = reqwest::Client::new().get(format!("http://127.0.0.1:{admin}/liveness")).send();
        tokio::time::timeout(Duration::from_secs(5), asked).await.is_ok_and(|answer| answer.is_ok())
    };
    let begin = Instant::now();
    while !ask().await {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not start");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut answered = 0;
    // The kernel keeps some dozens of messages at most, and this is more: ten a second.
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        answered += u32::from(ask().await);
    }
    assert!(answered > 40, "{answered}");
    kill(miner.0.id(), "TERM");
    let begin = Instant::now();
    while miner.0.try_wait().expect("is there").is_none() {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// F20: nobody is slashed for it, since neither signs for a lease of the other.
#[tokio::test(flavor = "multi_thread")]
async fn f20_of_two_miners_with_one_key_the_newer_goes_on() {
    let chain = Chain::start().await;
    let (api, link, admin) = register(&chain);
    chain.next_epoch().await;
    let watchdog = Duration::from_secs(60);
    let options = listeners(api, link, admin);
    let mut for_coordinator = Manager::of(&chain, "c");
    let _coordinator = for_coordinator.start(node(&chain, "coordinator", &options), watchdog);
    for_coordinator.until("READY=1", 1);
    let miner = |name: &str| {
        let data = chain.path(name).join("data").display().to_string();
        let options = ["--engine", "scripted", "--scripted-tokens", "80", "--scripted-rate", "10", "--data", &data];
        let options = [options.map(str::to_owned).to_vec(), listen("--admin-listen", free_port()).to_vec()].concat();
        node(&chain, "miner", &options)
    };
    let mut for_older = Manager::of(&chain, "older");
    let mut older = for_older.start(miner("older"), watchdog);
    for_older.until("READY=1", 1);

    // The older one is in the middle of an answer when the newer one logs in.
    let url = format!("http://127.0.0.1:{api}/v1/chat/completions");
    let mut body = json!({"model": "scripted", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 80});
    body["timeout_seconds"] = json!(90);
    let mut asked = JoinSet::new();
    asked.spawn(reqwest::Client::new().post(url).json(&body).send());
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut for_newer = Manager::of(&chain, "newer");
    let _newer = for_newer.start(miner("newer"), watchdog);
    for_newer.until("READY=1", 1);
    let code = older.0.wait().expect("ends").code();
    let log = std::fs::read_to_string(chain.path("older").join("notify.log")).expect("a log");
    assert_eq!(code, Some(4), "{log}");
    assert!(log.contains("another miner has logged in with this key"), "{log}");
    // There is no other miner: the newer process gets the task again, and the next one.
    let answer = asked.join_next().await.expect("asked").expect("ran").expect("answers");
    assert_eq!(answer.status(), 200);
    let url = format!("http://127.0.0.1:{api}/v1/chat/completions");
    let answer = reqwest::Client::new().post(url).json(&body).send().await.expect("answers");
    assert_eq!(answer.status(), 200);
}

/// Lets a command write no file beyond so many blocks of 512 bytes, as a full disk would not.
fn on_a_small_disk(blocks: u32, command: &Command) -> Command {
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$@\""), "sh"]);
    limited.arg(command.get_program()).args(command.get_args()).env_clear();
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited
}

/// The API of a coordinator.
struct Api {
    url: String,
    http: reqwest::Client,
}

impl Api {
    fn new(port: u16) -> Self {
        Self { url: format!("http://127.0.0.1:{port}/v1"), http: reqwest::Client::new() }
    }

    async fn send(&self, seconds: u32) -> reqwest::Response {
        let messages = json!([{"role": "user", "content": "hello"}]);
        let body = json!({"model": "scripted", "messages": messages, "timeout_seconds": seconds});
        self.http.post(format!("{}/tasks", self.url)).json(&body).send().await.expect("answers")
    }

    /// Gives a task to the network, and returns its id.
    async fn post(&self, seconds: u32) -> String {
        accepted(self.send(seconds).await).await
    }

    async fn state(&self, id: &str) -> String {
        let task = get(&self.http, &format!("{}/tasks/{id}", self.url)).await;
        task["state"].as_str().expect("a state").to_owned()
    }

    /// The state in which a task ends.
    async fn ended(&self, id: &str) -> String {
        loop {
            match self.state(id).await.as_str() {
                "queued" | "leased" | "running" => tokio::time::sleep(Duration::from_millis(20)).await,
                other => return other.to_owned(),
            }
        }
    }

    async fn until_served(&self) {
        let begin = Instant::now();
        while get(&self.http, &format!("{}/models", self.url)).await["data"] == json!([]) {
            assert!(begin.elapsed() < Duration::from_secs(30), "no miner comes");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The id of a task that was accepted.
async fn accepted(answer: reqwest::Response) -> String {
    assert_eq!(answer.status(), 202, "{answer:?}");
    answer.json::<Value>().await.expect("JSON")["id"].as_str().expect("an id").to_owned()
}

/// Takes the limit away that a process's files have.
fn free_the_disk(process: u32) {
    let raised = Command::new("prlimit").args(["--fsize=unlimited", "--pid", &process.to_string()]).status();
    assert!(raised.expect("runs").success());
}

/// F5: what was acknowledged is there, nothing is signed without a record, and with space again both nodes go on by themselves.
#[tokio::test(flavor = "multi_thread")]
async fn f5_a_full_disk_loses_nothing_and_signs_nothing() {
    let chain = Chain::start().await;
    let (api, link, admin) = register(&chain);
    chain.next_epoch().await;
    let watchdog = Duration::from_secs(60);
    let coordinator = node(&chain, "coordinator", &listeners(api, link, admin));
    let mut for_coordinator = Manager::of(&chain, "c");
    let mut full = for_coordinator.start(on_a_small_disk(1_600, &coordinator), watchdog);
    for_coordinator.until("READY=1", 1);
    let for_miner = free_port();
    let options = [vec!["--engine".into(), "scripted".into()], listen("--admin-listen", for_miner).to_vec()].concat();
    let mut manager = Manager::of(&chain, "m");
    let miner = manager.start(on_a_small_disk(160, &node(&chain, "miner", &options)), watchdog);
    manager.until("READY=1", 1);
    let api = Arc::new(Api::new(api));
    api.until_served().await;

    let waited = the_miners_disk_is_full(&api, &miner, for_miner).await;
    let mut ids = the_coordinators_disk_is_full(&api, &full, admin).await;
    ids.push(waited);
    for id in &ids {
        assert_eq!(api.ended(id).await, "done");
    }
    // All of it is in the journal.
    full.0.kill().expect("is there");
    full.0.wait().expect("ends");
    std::fs::remove_file(chain.path("c").join("notify")).expect("removed");
    let mut for_coordinator = Manager::new(&chain.path("c"));
    let _coordinator = for_coordinator.start(coordinator, watchdog);
    for_coordinator.until("READY=1", 1);
    for id in &ids {
        assert_eq!(api.state(id).await, "done");
    }
}

/// The miner's disk is full after some answers, and has space again; returns the task that waited meanwhile.
async fn the_miners_disk_is_full(api: &Api, miner: &Service, admin: u16) -> String {
    let status = async || {
        let mut status = get(&api.http, &format!("http://127.0.0.1:{admin}/status")).await;
        // What has happened stays there.
        status.as_object_mut().expect("an object").remove("events").expect("events");
        status.to_string()
    };
    let (mut asked, mut answered) = (0, 0);
    loop {
        asked += 1;
        // One that a busy machine does not answer in two seconds says nothing of the disk.
        match api.ended(&api.post(2).await).await.as_str() {
            "done" => answered += 1,
            _ if status().await.contains("nothing can be signed") => break,
            _ => {}
        }
        assert!(asked < 1_000, "the disk is never full: {}", status().await);
    }
    assert!(answered > 0);
    let waits = api.post(60).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(api.state(&waits).await, "queued", "there are no slots");
    free_the_disk(miner.0.id());
    assert_eq!(api.ended(&waits).await, "done");
    assert!(!status().await.contains("nothing can be signed"));
    waits
}

/// The coordinator's disk is full: what it has not acknowledged waits, and what comes then is refused. Returns the
/// tasks that it acknowledged.
async fn the_coordinators_disk_is_full(api: &Arc<Api>, coordinator: &Service, admin: u16) -> Vec<String> {
    let mut ids = vec![];
    let (mut waiting, patience) = (JoinSet::new(), Duration::from_secs(2));
    loop {
        let mut sent = Box::pin({
            let api = api.clone();
            async move { api.send(600).await }
        });
        match tokio::time::timeout(patience, &mut sent).await {
            Ok(answer) if answer.status() == 503 => {
                assert!(answer.headers().contains_key("retry-after"), "{answer:?}");
                break;
            }
            Ok(answer) => ids.push(accepted(answer).await),
            Err(_) => drop(waiting.spawn(sent)),
        }
        assert!(ids.len() < 10_000, "the disk is never full");
    }
    let operators = format!("http://127.0.0.1:{admin}");
    let ready = async || api.http.get(format!("{operators}/readiness")).send().await.expect("answers").status();
    assert_eq!(ready().await, 503);
    let problem = async || get(&api.http, &format!("{operators}/status")).await["node"]["problem"].clone();
    assert!(problem().await.as_str().is_some_and(|text| text.contains("disk is full")), "{}", problem().await);
    v15_what_is_durable_is_read(api, &ids, &operators).await;
    free_the_disk(coordinator.0.id());
    while let Some(answer) = waiting.join_next().await {
        ids.push(accepted(answer.expect("ran")).await);
    }
    // What is written beside the journal finds its space without help, too.
    let begin = Instant::now();
    while ready().await != 200 {
        assert!(begin.elapsed() < Duration::from_secs(60), "it is never ready");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(problem().await, Value::Null);
    ids
}

/// V5, V15: while nothing can be written, results that are durable are shown at once, and nothing else.
async fn v15_what_is_durable_is_read(api: &Api, ids: &[String], operators: &str) {
    let url = |id: &str, what: &str| format!("{}/tasks/{id}{what}", api.url);
    let begin = Instant::now();
    let mut shown = 0;
    for id in ids {
        if begin.elapsed() > Duration::from_secs(15) {
            break;
        }
        let read = api.http.get(url(id, "")).timeout(Duration::from_secs(3)).send().await;
        // The newest ones may have ended since, which is not durable.
        let Ok(task) = read else { continue };
        let task: Value = task.json().await.expect("JSON");
        if task["state"] != "done" {
            continue;
        }
        let receipt = api.http.get(url(id, "/receipt")).timeout(Duration::from_secs(10)).send().await;
        assert_eq!(receipt.expect("answers").status(), 200);
        shown += 1;
    }
    assert!(shown * 2 > ids.len().min(20), "{shown} of {} are shown", ids.len());
    let sums = api.http.get(format!("{operators}/accounts")).timeout(Duration::from_secs(10)).send().await;
    assert_eq!(sums.expect("answers").status(), 503);
}

/// A coordinator that asks for more than a miner can do says so to the miner's operator.
#[tokio::test(flavor = "multi_thread")]
async fn a_miner_that_is_too_slow_knows_why_it_gets_nothing() {
    let chain = Chain::start().await;
    let (api, link, admin) = register(&chain);
    chain.next_epoch().await;
    let options = listeners(api, link, admin);
    let options = [options, ["--min-tokens-per-second", "1000"].map(str::to_owned).to_vec()].concat();
    let mut for_coordinator = Manager::of(&chain, "c");
    let _coordinator = for_coordinator.start(node(&chain, "coordinator", &options), Duration::from_secs(60));
    for_coordinator.until("READY=1", 1);
    let operators = free_port();
    let options = ["--engine", "scripted", "--scripted-tokens", "6", "--scripted-rate", "40", "--slots", "8"];
    let options = [options.map(str::to_owned).to_vec(), listen("--admin-listen", operators).to_vec()].concat();
    let mut for_miner = Manager::of(&chain, "m");
    let _miner = for_miner.start(node(&chain, "miner", &options), Duration::from_secs(60));
    for_miner.until("READY=1", 1);
    let http = reqwest::Client::new();
    let complaints = async || {
        let status = get(&http, &format!("http://127.0.0.1:{operators}/status")).await;
        status["node"]["complaints"].as_array().cloned().unwrap_or_default()
    };
    assert!(complaints().await.is_empty());
    let body = json!({"model": "scripted", "messages": [{"role": "user", "content": "hello"}], "timeout_seconds": 5});
    let begin = Instant::now();
    loop {
        let url = format!("http://127.0.0.1:{api}/v1/chat/completions");
        let asked = futures::future::join_all((0..4).map(|_| http.post(&url).json(&body).send())).await;
        assert!(asked.iter().all(Result::is_ok));
        if let Some(complaint) = complaints().await.first() {
            let complaint = complaint.as_str().expect("text");
            assert!(
                complaint.contains("no tasks to this miner for 60 s") && complaint.contains("1000.0 are wanted"),
                "{complaint}"
            );
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "it is not told");
    }
}

/// What a coordinator wrote to the chain without our command is not taken for good.
#[tokio::test(flavor = "multi_thread")]
async fn a12_a_miner_says_nothing_to_an_endpoint_of_plain_text() {
    let chain = Chain::start().await;
    let _ports = register(&chain);
    let client = chain.client().await.with_signer(account(0));
    let mut mirror = Mirror::new(client.clone());
    let coordinator = mirror.poll().await.expect("polls").registry.by_weight(Role::Coordinator)[0].address;
    let trap = std::net::TcpListener::bind("0.0.0.0:0").expect("a port");
    trap.set_nonblocking(true).expect("set");
    let endpoint = format!("ws://0.0.0.0:{}/link", trap.local_addr().expect("bound").port());
    let call = Staking::updateCall { node: coordinator, name: "c".into(), introduction: String::new(), endpoint };
    let call = Call::new(client.network().staking, &call);
    assert!(matches!(client.send(&call, Duration::from_secs(20)).await, Ok(Outcome::Confirmed(_))));
    chain.next_epoch().await;
    let operators = free_port();
    let options = [vec!["--engine".into(), "scripted".into()], listen("--admin-listen", operators).to_vec()].concat();
    let manager = Manager::of(&chain, "m");
    let _miner = manager.start(node(&chain, "miner", &options), Duration::from_secs(60));
    let begin = Instant::now();
    // It is not ready: there is nobody to work for.
    let status = async || {
        let answer = reqwest::get(format!("http://127.0.0.1:{operators}/status")).await.ok()?;
        Some(answer.json::<Value>().await.ok()?["node"]["complaints"].to_string())
    };
    while !status().await.is_some_and(|complaints| complaints.contains("plain text")) {
        assert!(begin.elapsed() < Duration::from_secs(60), "it is not told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let check = ["miner", "check", "--account", "miner", "--password-file", &chain.password(), "--engine", "scripted"];
    let checked = chain.run(&check).expect(8);
    assert!(checked.stdout.contains("plain text"), "{checked:?}");
    assert!(trap.accept().is_err(), "somebody came");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_cannot_run_is_not_restarted_unless_that_may_pass() {
    let chain = Chain::start().await;
    chain.wallet("miner");
    let units = ["cuckoo-miner.service", "cuckoo-coordinator.service"].map(|unit| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("units").join(unit);
        std::fs::read_to_string(path).expect("read")
    });
    let prevented = |code: i32| {
        let listed = units.each_ref().map(|text| {
            let codes = text.lines().find_map(|line| line.strip_prefix("RestartPreventExitStatus=")).expect("codes");
            codes.split(' ').any(|listed| listed == code.to_string())
        });
        assert_eq!(listed[0], listed[1], "the units differ about {code}");
        listed[0]
    };
    let scripted = ["--engine".to_owned(), "scripted".to_owned()];
    let unregistered =
        Ran::new(node(&chain, "miner", &scripted).output().expect("runs")).expect(3).says("not registered");
    let wrong = chain.path("wrong");
    crate::harness::chain::write_secret(&wrong, "not it");
    let mut command = chain.command(&["miner", "run", "--no-input", "--account", "miner", "--engine", "scripted"]);
    let locked =
        Ran::new(command.arg("--password-file").arg(&wrong).output().expect("runs")).expect(4).says("wrong password");
    assert!(prevented(unregistered.code) && prevented(locked.code) && prevented(2) && prevented(78));

    // What may pass is tried again, however often it takes.
    let mut gone = chain.network.clone();
    gone.rpc_urls = vec![format!("http://127.0.0.1:{}", free_port()).parse().expect("a URL")];
    let path = chain.path("gone.json");
    std::fs::write(&path, gone.to_json().expect("serialises")).expect("written");
    let options = [&scripted[..], &["-n".to_owned(), path.display().to_string()]].concat();
    let away = Ran::new(node(&chain, "miner", &options).output().expect("runs")).expect(5).says("cannot reach");
    assert!(!prevented(away.code));
    assert!(units.iter().all(|text| text.contains("\nStartLimitIntervalSec=0\n")));
}

/// More names than the assignment log of a coordinator takes are said at once, and not by sessions that end.
#[tokio::test(flavor = "multi_thread")]
async fn v4_a_miner_whose_names_no_coordinator_takes_says_so_at_its_start() {
    let chain = Chain::start().await;
    register(&chain);
    let names = |count: usize| (0..count).flat_map(|number| ["--model-name".to_owned(), format!("{number:0256}")]);
    let run = |names: Vec<String>| {
        let options = [vec!["--engine".into(), "scripted".into()], names].concat();
        node(&chain, "miner", &options)
    };
    let many = Ran::new(run(names(17).collect()).output().expect("runs")).expect(2);
    many.says("no coordinator takes").says("4096 bytes together").says("shorter names: --model-name");
    // As many as there is room for are offered.
    let mut manager = Manager::of(&chain, "m");
    let few = names(16).chain(listen("--admin-listen", free_port())).collect();
    let _miner = manager.start(run(few), Duration::from_secs(60));
    manager.until("STATUS=no coordinator can be reached", 1);
}

/// The unit's user has neither this user's networks nor wallets: it gets the one, and is told how to get the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_unit_knows_the_network_and_the_wallet_that_were_named() {
    let chain = Chain::start().await;
    chain.wallet("worker");
    let description = chain.path("description.json");
    std::fs::write(&description, chain.network.to_json().expect("serialises")).expect("written");
    chain.run(&["network", "add", &description.display().to_string(), "--name", "testnet"]).expect(0);
    let units = chain.path("units");
    std::fs::create_dir(&units).expect("a directory");
    let units = units.display().to_string();
    let ran = chain.run(&["miner", "service", "install", "--unit-directory", &units, "-n", "testnet", "-a", "worker"]);
    let ran = ran.expect(0).says("for the unit to know the network");
    let text = std::fs::read_to_string(ran.stdout.trim()).expect("written");
    assert!(text.contains(" --network testnet\n") && !text.contains("--account"), "{text}");
    let wallet = chain.run(&["wallet", "show", "worker", "--json"]).expect(0).data();
    ran.says(wallet["path"].as_str().expect("a path"));
    // Somebody with other data finds it.
    let mut other = chain.command(&["network", "show", "-n", "testnet", "--json"]);
    let other = Ran::new(other.env("CUCKOO_DATA_DIR", chain.path("elsewhere")).output().expect("runs")).expect(0);
    assert_eq!(other.data()["staking"], json!(chain.network.staking));
    // Nothing is said twice.
    let again = chain.run(&["miner", "service", "install", "--unit-directory", &units, "-n", "testnet"]).expect(0);
    assert!(!again.stderr.contains("for the unit to know"), "{again:?}");
}

#[test]
fn units_are_installed_verified_and_removed() {
    let home = tempfile::tempdir().expect("a directory");
    let units = home.path().display().to_string();
    for role in ["miner", "coordinator"] {
        let arguments = [role, "service", "install", "--unit-directory", &units, "--", "--network", "local"];
        let ran =
            Ran::new(command(home.path(), &arguments).output().expect("runs")).expect(0).says("systemd-creds encrypt");
        let path = ran.stdout.trim().to_owned();
        let text = std::fs::read_to_string(&path).expect("written");
        assert!(text.contains(&format!("cuckoo {role} run --no-input --network local\n")), "{text}");
        // Everybody can read a unit, the replaced one as well as the new one.
        let mode = || std::fs::metadata(&path).expect("written").permissions().mode() & 0o777;
        assert_eq!(mode(), 0o644);
        Ran::new(command(home.path(), &arguments).output().expect("runs")).expect(0);
        assert_eq!(mode(), 0o644);
        // Where systemd is at hand, its own tool has to agree.
        if let Ok(output) = Command::new("systemd-analyze").args(["verify", "--man=no", &path]).output() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let ours: Vec<_> = said.lines().filter(|line| line.contains(&format!("cuckoo-{role}"))).collect();
            assert!(output.status.success() && ours.is_empty(), "{said}");
            // In tenths: at most 2.5, where 10 is a service that may do everything.
            let mut exposure = Command::new("systemd-analyze");
            let output = exposure.args(["security", "--offline=true", "--threshold=25", &path]).output().expect("runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
        // An older systemd would ignore encrypted credentials, and the node would start without its key.
        let tools = home.path().join("tools");
        std::fs::create_dir_all(&tools).expect("a directory");
        let systemctl = tools.join("systemctl");
        std::fs::write(&systemctl, "#!/bin/sh\necho 'systemd 249 (249.11-0ubuntu3)'\n").expect("written");
        std::fs::set_permissions(&systemctl, PermissionsExt::from_mode(0o755)).expect("set");
        let mut older = command(home.path(), &arguments);
        older.env("PATH", format!("{}:/usr/bin:/bin", tools.display()));
        let ran = Ran::new(older.output().expect("runs")).expect(0).says("systemd 249 encrypts no credentials");
        ran.says("install -D -m 600 KEYSTORE.json /etc/credstore/cuckoo");
        let text = std::fs::read_to_string(&path).expect("written");
        assert!(
            text.contains("\nLoadCredential=keystore:/etc/credstore/cuckoo") && !text.contains("ncrypted"),
            "{text}"
        );
        let remove = [role, "service", "remove", "--unit-directory", &units];
        Ran::new(command(home.path(), &remove).output().expect("runs")).expect(0);
        assert!(!Path::new(&path).exists());
        Ran::new(command(home.path(), &remove).output().expect("runs")).expect(3).says("there is no");
    }
}
