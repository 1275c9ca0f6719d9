//! Replicas of one coordinator that serve at once: one leads, the others follow it, and streams outlive the one that leads.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::harness::{
    chain::{Chain, free_port, write_secret},
    network::{get, kill},
    servers::{Nats, PASSWORD, Postgres},
    service::{Manager, Service, listen, node, register},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// One replica.
struct Replica {
    name: String,
    api: u16,
    link: u16,
    admin: u16,
    replica: u16,
    manager: Manager,
    service: Service,
}

impl Replica {
    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.api)
    }

    fn log(&self, chain: &Chain) -> String {
        std::fs::read_to_string(chain.path(&self.name).join("notify.log")).expect("a log")
    }

    /// How often it has begun to lead.
    fn led(&self, chain: &Chain) -> usize {
        self.log(chain).matches("the coordinator is ready").count()
    }
}

/// Replicas with one key, miners that come to any of them, and what applications see.
struct Replicas {
    chain: Chain,
    journal: Vec<String>,
    http: Client,
    all: Vec<Replica>,
    miners: Vec<(Manager, Service)>,
    _balancer: JoinSet<()>,
    ready: Arc<std::sync::Mutex<Vec<(u16, u16)>>>,
}

impl Replicas {
    async fn start(url: &str, names: &[&str]) -> Self {
        let chain = Chain::start().await;
        let (_, registered, _) = register(&chain);
        chain.next_epoch().await;
        let password = chain.path("journal-password");
        write_secret(&password, PASSWORD);
        let password = password.display().to_string();
        let journal = ["--journal", url, "--journal-password-file", &password].map(str::to_owned).to_vec();
        let (http, ready, mut balancer) = (Client::new(), Arc::default(), JoinSet::new());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, registered)).await.expect("is free");
        balancer.spawn(balance(listener, http.clone(), Arc::clone(&ready)));
        let mut replicas = Self { chain, journal, http, all: vec![], miners: vec![], _balancer: balancer, ready };
        for name in names {
            let replica = replicas.run(name, [free_port(), free_port(), free_port(), free_port()]);
            replicas.all.push(replica);
            replicas.is_ready(replicas.all.len() - 1).await;
        }
        replicas
    }

    fn run(&self, name: &str, [api, link, admin, replica]: [u16; 4]) -> Replica {
        let folder = self.chain.path(name);
        std::fs::create_dir_all(&folder).expect("a directory");
        let _ = std::fs::remove_file(folder.join("notify"));
        let manager = Manager::new(&folder);
        let data = ["--data".to_owned(), folder.join("data").display().to_string()];
        let listeners = [listen("--listen", api), listen("--link-listen", link), listen("--admin-listen", admin)];
        let options =
            [listeners.concat(), listen("--replica-listen", replica).to_vec(), data.to_vec(), self.journal.clone()];
        let service = manager.start(node(&self.chain, "coordinator", &options.concat()), Duration::from_secs(30));
        self.ready.lock().expect("no panic").push((link, admin));
        Replica { name: name.to_owned(), api, link, admin, replica, manager, service }
    }

    /// Starts a replica again that has ended.
    async fn restart(&mut self, index: usize) {
        let Replica { name, api, link, admin, replica, .. } = &self.all[index];
        let (name, ports) = (name.clone(), [*api, *link, *admin, *replica]);
        self.ready.lock().expect("no panic").retain(|(link, _)| *link != ports[1]);
        self.all[index] = self.run(&name, ports);
        self.is_ready(index).await;
    }

    async fn is_ready(&self, index: usize) {
        let (begin, replica) = (Instant::now(), &self.all[index]);
        while !answers(&self.http, replica.admin).await {
            assert!(begin.elapsed() < PATIENCE, "{} is not ready: {}", replica.name, replica.log(&self.chain));
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn start_miner(&mut self, more: &[&str]) {
        let name = format!("m{}", self.miners.len());
        let mut manager = Manager::of(&self.chain, &name);
        let admin = format!("127.0.0.1:{}", free_port());
        let data = self.chain.path(&name).join("data").display().to_string();
        let options = ["--engine", "scripted", "--admin-listen", &admin, "--data", &data];
        let options: Vec<_> = options.iter().chain(more).map(|option| (*option).to_owned()).collect();
        let miner = manager.start(node(&self.chain, "miner", &options), Duration::from_secs(30));
        manager.until("READY=1", 1);
        self.miners.push((manager, miner));
        let begin = Instant::now();
        while get(&self.http, &self.all[0].url("/v1/models")).await["data"] == json!([]) {
            assert!(begin.elapsed() < PATIENCE, "no miner comes");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// The one that leads.
    fn leader(&self) -> usize {
        let led = |index: &usize| self.all[*index].led(&self.chain) > 0;
        (0..self.all.len()).find(led).expect("one leads")
    }
}

async fn answers(http: &Client, admin: u16) -> bool {
    let asked = http.get(format!("http://127.0.0.1:{admin}/readiness")).timeout(Duration::from_millis(500)).send();
    asked.await.is_ok_and(|answer| answer.status().is_success())
}

/// What stands in front of replicas: each connection goes to the next one that says that it is ready.
async fn balance(listener: TcpListener, http: Client, replicas: Arc<std::sync::Mutex<Vec<(u16, u16)>>>) {
    let (mut open, turns) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
    loop {
        let (mut near, _) = listener.accept().await.expect("accepts");
        let (http, replicas, turns) = (http.clone(), replicas.clone(), turns.clone());
        open.spawn(async move {
            let all = replicas.lock().expect("no panic").clone();
            for _ in 0..all.len() {
                let (link, admin) = all[turns.fetch_add(1, Relaxed) % all.len()];
                if !answers(&http, admin).await {
                    continue;
                }
                if let Ok(mut far) = TcpStream::connect((Ipv4Addr::LOCALHOST, link)).await {
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                    return;
                }
            }
        });
    }
}

fn chat(seed: u64, stream: bool, tokens: u32) -> Value {
    let messages = [json!({"role": "user", "content": "hello"})];
    json!({"model": "scripted", "messages": messages, "seed": seed, "stream": stream, "max_tokens": tokens})
}

/// What a stream said, and the longest time without a word.
#[derive(Debug)]
struct Streamed {
    text: String,
    pause: Duration,
}

/// Reads a stream to its end, and fails unless it ends well.
async fn stream(http: &Client, url: String, seed: u64, tokens: u32) -> Streamed {
    let sent = http.post(url).json(&chat(seed, true, tokens)).send().await.expect("answers");
    assert_eq!(sent.status(), 200);
    let (mut response, mut bytes, mut last, mut pause) = (sent, vec![], Instant::now(), Duration::ZERO);
    while let Some(chunk) = response.chunk().await.expect("it goes on") {
        pause = pause.max(last.elapsed());
        last = Instant::now();
        bytes.extend(chunk);
    }
    let said = String::from_utf8(bytes).expect("text");
    assert!(said.trim_end().ends_with("data: [DONE]"), "{said}");
    let events = said.lines().filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok());
    let words = events.filter_map(|event| Some(event["choices"][0]["delta"]["content"].as_str()?.to_owned()));
    Streamed { text: words.collect(), pause }
}

async fn whole(http: &Client, url: String, seed: u64, tokens: u32) -> String {
    let sent = http.post(url).json(&chat(seed, false, tokens)).send().await.expect("answers");
    assert_eq!(sent.status(), 200, "{}", sent.text().await.expect("text"));
    let answer: Value = sent.json().await.expect("JSON");
    answer["choices"][0]["message"]["content"].as_str().expect("a text").to_owned()
}

/// V21: any replica takes applications and miners, and no stranger is let in between them.
async fn any_replica_serves(url: &str) {
    let mut replicas = Replicas::start(url, &["one", "two"]).await;
    // The balancer gives them to one replica after the other.
    replicas.start_miner(&["--slots", "8"]).await;
    let (http, one, two) = (replicas.http.clone(), &replicas.all[0], &replicas.all[1]);
    let chats = "/v1/chat/completions";
    let said = whole(&http, one.url(chats), 1, 12).await;
    assert_eq!(whole(&http, two.url(chats), 1, 12).await, said);
    assert_eq!(stream(&http, two.url(chats), 1, 12).await.text, said);
    let body = json!({"model": "scripted", "max_tokens": 5, "messages": [{"role": "user", "content": "hello"}]});
    let message: Value =
        http.post(two.url("/v1/messages")).json(&body).send().await.expect("answers").json().await.expect("JSON");
    assert_eq!((&message["type"], &message["usage"]["output_tokens"]), (&json!("message"), &json!(5)), "{message}");
    // What only the leader knows comes from it.
    let post = async |replica: &Replica| {
        let post = http.post(replica.url("/v1/tasks")).header("Idempotency-Key", "order").json(&chat(2, false, 5));
        post.send().await.expect("answers").json::<Value>().await.expect("JSON")["id"].clone()
    };
    let id = post(two).await;
    assert_eq!(post(one).await, id);
    let task = format!("/v1/tasks/{}", id.as_str().expect("an id"));
    let begin = Instant::now();
    while get(&http, &two.url(&task)).await["state"] != "done" {
        assert!(begin.elapsed() < PATIENCE);
        sleep(Duration::from_millis(50)).await;
    }
    let status = |admin: u16| format!("http://127.0.0.1:{admin}/status");
    let (own, passed) = (get(&http, &status(one.admin)).await, get(&http, &status(two.admin)).await);
    assert_eq!(own["node"], passed["node"]);
    assert_eq!(get(&http, &two.url("/v1/models")).await, get(&http, &one.url("/v1/models")).await);
    // Errors are those of the leader.
    let mut unknown = chat(1, false, 5);
    unknown["model"] = json!("nothing");
    for replica in [one, two] {
        let refused = http.post(replica.url(chats)).json(&unknown).send().await.expect("answers");
        assert_eq!(refused.status(), 404);
        assert_eq!(refused.json::<Value>().await.expect("JSON")["error"]["code"], "model_not_found");
        assert_eq!(http.get(replica.url("/v1/nothing")).send().await.expect("answers").status(), 404);
    }
    // Who has not the key is not let in, whatever it says.
    for said in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\x16\x03\x01\x00\x05hello", b""] {
        let mut stranger = TcpStream::connect((Ipv4Addr::LOCALHOST, one.replica)).await.expect("connects");
        stranger.write_all(said).await.expect("written");
        let mut heard = vec![];
        let _ = timeout(Duration::from_secs(10), stranger.read_to_end(&mut heard)).await.expect("it is closed");
        assert!(heard.len() < 16, "{heard:?}");
    }
    assert!(one.log(&replicas.chain).contains("turned away"));
    assert_eq!(whole(&http, two.url(chats), 1, 12).await, said);
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_v21_any_replica_takes_applications_and_miners() {
    let server = Postgres::start();
    any_replica_serves(&server.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_nats_v21_any_replica_takes_applications_and_miners() {
    let server = Nats::start();
    any_replica_serves(&server.url()).await;
}

/// An application that leaves a replica takes its task back, and one that is slow holds up nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_v21_who_leaves_a_replica_takes_its_task_back() {
    let server = Postgres::start();
    let mut replicas = Replicas::start(&server.url(), &["one", "two"]).await;
    replicas.start_miner(&["--slots", "8", "--scripted-tokens", "2000", "--scripted-rate", "50"]).await;
    let (http, two) = (replicas.http.clone(), &replicas.all[1]);
    let mut left =
        http.post(two.url("/v1/chat/completions")).json(&chat(1, true, 2_000)).send().await.expect("answers");
    let id = left.headers()["x-cuckoo-task"].to_str().expect("text").to_owned();
    left.chunk().await.expect("it begins").expect("a token");
    drop(left);
    let (begin, task) = (Instant::now(), replicas.all[0].url(&format!("/v1/tasks/{id}")));
    while get(&http, &task).await["state"] != "cancelled" {
        assert!(begin.elapsed() < Duration::from_secs(10), "{}", get(&http, &task).await);
        sleep(Duration::from_millis(50)).await;
    }
}

/// How a round of a takeover went.
#[derive(Debug)]
struct Round {
    taken_over: Duration,
    answered: Duration,
    pause: Duration,
}

/// The one that leads gets a signal while streams run through the others: another one leads in time, and every stream ends as it would
/// have.
async fn take_over(replicas: &mut Replicas, signal: &str, expected: &[String]) -> Round {
    const TOKENS: u32 = 60;
    let (http, leader) = (replicas.http.clone(), replicas.leader());
    let others: Vec<_> = (0..replicas.all.len()).filter(|index| *index != leader).collect();
    let mut streams = JoinSet::new();
    for seed in 0..expected.len() {
        let (http, url) = (http.clone(), replicas.all[others[seed % others.len()]].url("/v1/chat/completions"));
        streams.spawn(async move { (seed, stream(&http, url, seed as u64, TOKENS).await) });
    }
    sleep(Duration::from_millis(700)).await;
    let before: Vec<_> = others.iter().map(|index| replicas.all[*index].led(&replicas.chain)).collect();
    kill(replicas.all[leader].service.0.id(), signal);
    let hurt = Instant::now();
    let mut asked = JoinSet::new();
    {
        let (http, url) = (http.clone(), replicas.all[others[0]].url("/v1/chat/completions"));
        asked.spawn(async move {
            let text = whole(&http, url, 0, TOKENS).await;
            (hurt.elapsed(), text)
        });
    }
    let has_led = |replicas: &Replicas| {
        let led = others.iter().map(|index| replicas.all[*index].led(&replicas.chain));
        led.zip(&before).any(|(led, before)| led > *before)
    };
    while !has_led(replicas) {
        assert!(hurt.elapsed() < PATIENCE, "nobody takes over");
        sleep(Duration::from_millis(20)).await;
    }
    let taken_over = hurt.elapsed();
    let mut pause = Duration::ZERO;
    while let Some(streamed) = streams.join_next().await {
        let (seed, streamed) = streamed.expect("it ends well");
        assert_eq!(streamed.text, expected[seed], "stream {seed}");
        pause = pause.max(streamed.pause);
    }
    let (answered, text) = asked.join_next().await.expect("asked").expect("it ends well");
    assert_eq!(text, expected[0]);
    // One that was frozen finds out that it leads no more, and ends.
    kill(replicas.all[leader].service.0.id(), "CONT");
    let begin = Instant::now();
    while replicas.all[leader].service.0.try_wait().expect("asked").is_none() {
        assert!(begin.elapsed() < Duration::from_secs(10), "it still runs");
        sleep(Duration::from_millis(50)).await;
    }
    replicas.restart(leader).await;
    Round { taken_over, answered, pause }
}

/// V22: rounds of kills and of stops, as many as `CUCKOO_TEST_TAKEOVERS` says.
#[expect(clippy::print_stdout, reason = "the figures are worth reading")]
async fn outlives_leaders(url: &str, within: Duration) {
    const TOKENS: u32 = 60;
    let rounds = std::env::var("CUCKOO_TEST_TAKEOVERS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1);
    let mut replicas = Replicas::start(url, &["one", "two", "three"]).await;
    replicas.start_miner(&["--slots", "16", "--scripted-tokens", "60", "--scripted-rate", "30"]).await;
    let http = replicas.http.clone();
    let asked = (0..6).map(|seed| whole(&http, replicas.all[2].url("/v1/chat/completions"), seed, TOKENS));
    let expected = join_all(asked).await;
    let mut all = vec![];
    for _ in 0..rounds {
        for signal in ["KILL", "STOP"] {
            let round = take_over(&mut replicas, signal, &expected).await;
            println!("{signal}: {round:?}");
            all.push(round);
        }
    }
    let mut times: Vec<_> = all.iter().map(|round| round.taken_over).collect();
    times.sort_unstable();
    let last = times.last().expect("a round");
    println!("{} takeovers: median {:?}, longest {last:?}", times.len(), times[times.len() / 2]);
    // Of a hundred and fewer the longest is the 99th percentile.
    assert!(*last <= within, "{times:?}");
    let slowest = all.iter().map(|round| round.pause.max(round.answered)).max().expect("a round");
    assert!(slowest <= Duration::from_secs(25), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_v22_streams_of_replicas_outlive_the_one_that_leads() {
    let server = Postgres::start();
    outlives_leaders(&server.url(), Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_nats_v22_streams_of_replicas_outlive_the_one_that_leads() {
    let server = Nats::start();
    outlives_leaders(&server.url(), Duration::from_secs(12)).await;
}

/// A leader that ends in good order hands over: what is asked meanwhile is answered by the next one.
#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_v22_a_leader_that_ends_in_good_order_costs_nobody_an_answer() {
    let server = Postgres::start();
    let mut replicas = Replicas::start(&server.url(), &["one", "two"]).await;
    replicas.start_miner(&["--slots", "8", "--scripted-rate", "40"]).await;
    let (http, url) = (replicas.http.clone(), replicas.all[1].url("/v1/chat/completions"));
    let expected = whole(&http, url.clone(), 1, 20).await;
    kill(replicas.all[0].service.0.id(), "TERM");
    for _ in 0..30 {
        assert_eq!(whole(&http, url.clone(), 1, 20).await, expected);
    }
    assert_eq!(replicas.all[0].service.0.wait().expect("ends").code(), Some(0));
    assert_eq!(stream(&http, url, 1, 20).await.text, expected);
    replicas.all[1].manager.until("READY=1", 2);
}

/// Seconds of processor time that a process has used.
fn cpu(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    // The name in parentheses may have spaces: user and system time are the 12th and 13th field after it, in hundredths.
    let fields: Vec<_> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().expect("a number");
    (ticks(11) + ticks(12)) / 100.0
}

/// What some load came to.
#[derive(Debug)]
struct Figures {
    per_second: f64,
    /// Milliseconds of each replica's processor time for each request.
    cpu: Vec<f64>,
}

/// Keeps this many requests open, spread over the replicas, until `count` have ended.
async fn load(replicas: &Replicas, at_once: usize, count: usize, streams: bool, tokens: u32) -> Figures {
    let process = |replica: &Replica| cpu(replica.service.0.id());
    let before: Vec<_> = replicas.all.iter().map(process).collect();
    let (began, next) = (Instant::now(), AtomicUsize::new(0));
    let client = |number: usize| {
        let (http, next) = (replicas.http.clone(), &next);
        let url = replicas.all[number % replicas.all.len()].url("/v1/chat/completions");
        async move {
            while next.fetch_add(1, Relaxed) < count {
                match streams {
                    true => drop(stream(&http, url.clone(), 1, tokens).await),
                    false => drop(whole(&http, url.clone(), 1, tokens).await),
                }
            }
        }
    };
    join_all((0..at_once).map(client)).await;
    let per_second = count as f64 / began.elapsed().as_secs_f64();
    let used = replicas.all.iter().zip(before).map(|(replica, before)| process(replica) - before);
    Figures { per_second, cpu: used.map(|seconds| seconds * 1e3 / count as f64).collect() }
}

/// Replicas take work from the one that leads: of requests and streams that come to all of them it does less than alone.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "the figures are worth reading")]
async fn needs_postgres_v21_replicas_take_work_from_the_one_that_leads() {
    let server = Postgres::start();
    let mut replicas = Replicas::start(&server.url(), &["one"]).await;
    replicas.start_miner(&["--slots", "64", "--scripted-tokens", "200"]).await;
    let (mut whole, mut streamed) = (vec![], vec![]);
    for next in [Some("two"), Some("three"), None] {
        load(&replicas, 12, 60, false, 8).await;
        whole.push(load(&replicas, 24, 480, false, 8).await);
        streamed.push(load(&replicas, 24, 96, true, 200).await);
        println!("{} replicas: {:?} {:?}", replicas.all.len(), whole.last(), streamed.last());
        if let Some(name) = next {
            let replica = replicas.run(name, [free_port(), free_port(), free_port(), free_port()]);
            replicas.all.push(replica);
            replicas.is_ready(replicas.all.len() - 1).await;
        }
    }
    assert!(whole.iter().all(|figures| figures.per_second > 0.0));
    assert!(streamed[2].cpu[0] < 0.9 * streamed[0].cpu[0], "{streamed:?}");
}
