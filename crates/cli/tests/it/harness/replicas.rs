//! Replicas of one coordinator that serve at once, miners that come to any of them, and what applications see.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use reqwest::Client;
use serde_json::{Value, json};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};

use super::{
    chain::{Chain, free_port, write_secret},
    network::{get, kill},
    servers::PASSWORD,
    service::{Manager, Service, listen, node, register},
};

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One replica.
pub(crate) struct Replica {
    pub(crate) name: String,
    pub(crate) api: u16,
    pub(crate) link: u16,
    pub(crate) admin: u16,
    pub(crate) replica: u16,
    pub(crate) manager: Manager,
    pub(crate) service: Service,
}

impl Replica {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.api)
    }

    pub(crate) fn log(&self, chain: &Chain) -> String {
        std::fs::read_to_string(chain.path(&self.name).join("notify.log")).expect("a log")
    }

    /// How often it has begun to lead.
    pub(crate) fn led(&self, chain: &Chain) -> usize {
        self.log(chain).matches("the coordinator is ready").count()
    }
}

/// Replicas with one key, miners that come to any of them, and what applications see.
pub(crate) struct Replicas {
    pub(crate) chain: Chain,
    journal: Vec<String>,
    pub(crate) http: Client,
    pub(crate) all: Vec<Replica>,
    miners: Vec<(Manager, Service)>,
    _balancer: JoinSet<()>,
    ready: Arc<std::sync::Mutex<Vec<(u16, u16)>>>,
}

impl Replicas {
    pub(crate) async fn start(url: &str, names: &[&str]) -> Self {
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

    pub(crate) fn run(&self, name: &str, [api, link, admin, replica]: [u16; 4]) -> Replica {
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
    pub(crate) async fn restart(&mut self, index: usize) {
        let Replica { name, api, link, admin, replica, .. } = &self.all[index];
        let (name, ports) = (name.clone(), [*api, *link, *admin, *replica]);
        self.ready.lock().expect("no panic").retain(|(link, _)| *link != ports[1]);
        self.all[index] = self.run(&name, ports);
        self.is_ready(index).await;
    }

    pub(crate) async fn is_ready(&self, index: usize) {
        let (begin, replica) = (Instant::now(), &self.all[index]);
        while !answers(&self.http, replica.admin).await {
            assert!(begin.elapsed() < PATIENCE, "{} is not ready: {}", replica.name, replica.log(&self.chain));
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn start_miner(&mut self, more: &[&str]) {
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
    pub(crate) fn leader(&self) -> usize {
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

pub(crate) fn chat(seed: u64, stream: bool, tokens: u32) -> Value {
    let messages = [json!({"role": "user", "content": "hello"})];
    json!({"model": "scripted", "messages": messages, "seed": seed, "stream": stream, "max_tokens": tokens})
}

/// What a stream said, and the longest time without a word.
#[derive(Debug)]
pub(crate) struct Streamed {
    pub(crate) text: String,
    pub(crate) pause: Duration,
}

/// Reads a stream to its end, and fails unless it ends well.
pub(crate) async fn stream(http: &Client, url: String, seed: u64, tokens: u32) -> Streamed {
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

pub(crate) async fn whole(http: &Client, url: String, seed: u64, tokens: u32) -> String {
    let sent = http.post(url).json(&chat(seed, false, tokens)).send().await.expect("answers");
    assert_eq!(sent.status(), 200, "{}", sent.text().await.expect("text"));
    let answer: Value = sent.json().await.expect("JSON");
    answer["choices"][0]["message"]["content"].as_str().expect("a text").to_owned()
}

/// Tokens of each answer in [`take_over`].
pub(crate) const ROUND_TOKENS: u32 = 60;
/// Within this another coordinator serves, on a machine that runs many tests at once. The ten seconds that are promised are measured
/// by the benchmark `replicas`.
pub(crate) const TAKEN_OVER: Duration = Duration::from_secs(20);

/// How a round of a takeover went.
#[derive(Debug)]
pub(crate) struct Round {
    /// Until another replica led.
    pub(crate) taken_over: Duration,
    /// Until a request was answered that came right after the leader was hurt.
    pub(crate) answered: Duration,
    /// The longest time in which a stream said nothing.
    pub(crate) pause: Duration,
}

/// The one that leads gets a signal while streams run through the others: another one leads in time, and every stream ends as it would
/// have.
pub(crate) async fn take_over(replicas: &mut Replicas, signal: &str, expected: &[String]) -> Round {
    let (http, leader) = (replicas.http.clone(), replicas.leader());
    let others: Vec<_> = (0..replicas.all.len()).filter(|index| *index != leader).collect();
    let mut streams = JoinSet::new();
    for seed in 0..expected.len() {
        let (http, url) = (http.clone(), replicas.all[others[seed % others.len()]].url("/v1/chat/completions"));
        streams.spawn(async move { (seed, stream(&http, url, seed as u64, ROUND_TOKENS).await) });
    }
    // They are in the middle of it: with thirty tokens a second they take two seconds.
    sleep(Duration::from_millis(700)).await;
    let before: Vec<_> = others.iter().map(|index| replicas.all[*index].led(&replicas.chain)).collect();
    kill(replicas.all[leader].service.0.id(), signal);
    let hurt = Instant::now();
    let mut asked = JoinSet::new();
    {
        let (http, url) = (http.clone(), replicas.all[others[0]].url("/v1/chat/completions"));
        asked.spawn(async move {
            let text = whole(&http, url, 0, ROUND_TOKENS).await;
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
        assert!(begin.elapsed() < PATIENCE, "it still runs");
        sleep(Duration::from_millis(50)).await;
    }
    replicas.restart(leader).await;
    Round { taken_over, answered, pause }
}
