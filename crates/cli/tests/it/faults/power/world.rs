//! Nodes on disks that lose their power, what is asked of them, and what they have promised.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    process::Stdio,
    time::{Duration, Instant},
};

use cuckoo::node::miner::signed_record;
use cuckoo_protocol::U256;
use rand::{Rng, SeedableRng, rngs::StdRng};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{
    books::amount,
    chain::{Chain, free_port},
    disk::Disk,
    network::get,
    service::{Manager, Service, listen, listeners, node, register},
};

/// A node has this long to start, and its tasks to end.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// Power is cut after this long where the write that it is to be cut at does not come.
pub(super) const LOAD: Duration = Duration::from_secs(3);

/// How many cuts are wanted. `make power` says so.
pub(super) fn cuts(few: u32) -> u32 {
    std::env::var("CUCKOO_TEST_CUTS").map_or(few, |text| text.parse().expect("a number of cuts"))
}

pub(super) fn seed() -> u64 {
    std::env::var("CUCKOO_TEST_SEED").map_or_else(|_| rand::random(), |text| text.parse().expect("a seed"))
}

pub(super) fn say(text: &str) {
    std::io::stderr().write_all(format!("{text}\n").as_bytes()).expect("said");
}

/// Whether disks can be mounted here. `make power` has to have them.
pub(super) fn has_disks() -> bool {
    let Err(reason) = Disk::is_possible() else { return true };
    assert!(std::env::var_os("CUCKOO_TEST_CUTS").is_none(), "no disk can be mounted: {reason}");
    say(&format!("left out, since no disk can be mounted here (FUSE in a namespace): {reason}"));
    false
}

/// A node on a disk of its own.
pub(super) struct Machine {
    pub(super) role: &'static str,
    pub(super) disk: Disk,
    pub(super) options: Vec<String>,
    pub(super) starts: u32,
    pub(super) service: Option<Service>,
}

/// What became of a start.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Start {
    Ready,
    /// Its power was cut, or a sync failed, before it was.
    Ended,
}

impl Machine {
    pub(super) fn new(chain: &Chain, role: &'static str, options: Vec<String>, seed: u64) -> Self {
        let machine = Self {
            role,
            disk: Disk::new(&chain.path(&format!("disk-{role}")), seed),
            options,
            starts: 0,
            service: None,
        };
        machine.format(chain);
        machine
    }

    /// Puts on the disk what its owner puts there.
    pub(super) fn format(&self, chain: &Chain) {
        for file in ["networks/local.json", &format!("keystores/{}.json", self.role)] {
            self.disk.put(file, &fs::read(chain.path(file)).expect("read"));
        }
    }

    pub(super) fn log(&self, chain: &Chain) -> String {
        fs::read_to_string(chain.path(&format!("{}-{}/notify.log", self.role, self.starts))).unwrap_or_default()
    }

    /// Starts the node, and waits until it is ready or has ended.
    pub(super) fn start(&mut self, chain: &Chain) -> Start {
        self.starts += 1;
        let mut manager = Manager::of(chain, &format!("{}-{}", self.role, self.starts));
        let mut command = node(chain, self.role, &self.options);
        command.env("CUCKOO_DATA_DIR", self.disk.point()).env("HOME", self.disk.point());
        let mut service = manager.start(self.disk.command(&command), PATIENCE);
        self.disk.power(service.0.id());
        let begin = Instant::now();
        while manager.count("READY=1") == 0 {
            manager.listen();
            if let Some(status) = service.0.try_wait().expect("asked") {
                let is_expected = !self.disk.has_power() || self.disk.failed_syncs() > 0;
                assert!(is_expected, "the {} ended with {status}: {}", self.role, self.log(chain));
                return Start::Ended;
            }
            // A miner waits for its coordinator as long as it takes, which is as good.
            if manager.heard.iter().any(|line| line == "STATUS=no coordinator can be reached") {
                break;
            }
            assert!(begin.elapsed() < PATIENCE, "the {} is not ready: {}", self.role, self.log(chain));
        }
        self.service = Some(service);
        Start::Ready
    }

    /// Waits until the process has ended, and gives the disk its power again. Returns the kind of file at which it lost it.
    pub(super) fn lose_power(&mut self) -> Option<String> {
        let kind = self.disk.cut();
        drop(self.service.take());
        self.disk.restore();
        kind
    }

    pub(super) fn has_ended(&mut self) -> bool {
        self.service.as_mut().is_none_or(|service| service.0.try_wait().expect("asked").is_some())
    }
}

/// A coordinator and a miner that are asked all the time.
pub(super) struct World {
    pub(super) chain: Chain,
    pub(super) http: Client,
    pub(super) api: String,
    pub(super) admin: String,
    pub(super) coordinator: Machine,
    pub(super) miner: Machine,
    pub(super) random: StdRng,
    /// How many were asked.
    pub(super) asked: u64,
    /// What each task cost.
    pub(super) costs: BTreeMap<String, U256>,
    /// What was acknowledged, by prompt: the ids of tasks.
    pub(super) acknowledged: BTreeMap<String, String>,
    /// What was shown of tasks that are done.
    pub(super) shown: BTreeMap<String, Value>,
    /// Ids of responses that were answered, and of batches that were begun, with the files that they read.
    pub(super) responses: Vec<String>,
    pub(super) batches: Vec<String>,
    /// The kinds of files at which power was cut, with how often; `later` where that was not at a write.
    pub(super) cuts: BTreeMap<String, u32>,
    /// Another miner, which gets the tasks that the first one has given back, and its address.
    pub(super) helper: String,
    pub(super) _helper: Service,
    pub(super) _prices: tempfile::NamedTempFile,
}

/// What an application has got for its request.
#[derive(Debug, Default)]
pub(super) struct Got {
    pub(super) prompt: String,
    pub(super) task: Option<String>,
    pub(super) response: Option<String>,
    /// The whole answer.
    pub(super) text: Option<String>,
}

pub(super) async fn ask(http: Client, api: String, number: u64) -> Got {
    let prompt = format!("question {number}");
    let mut got = Got { prompt: prompt.clone(), ..Got::default() };
    let messages = json!([{"role": "user", "content": prompt}]);
    let mut body = json!({"model": "scripted", "max_tokens": 40, "seed": 1, "timeout_seconds": 600});
    let path = match number % 4 {
        0 | 1 => "tasks",
        2 => "chat/completions",
        _ => "responses",
    };
    if path == "responses" {
        body = json!({"model": "scripted", "input": prompt, "max_output_tokens": 40});
    } else {
        body["messages"] = messages;
    }
    let request = http.post(format!("{api}/{path}")).header("Idempotency-Key", &prompt).json(&body);
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => {
            assert!(!error.is_timeout(), "{path}: {prompt} is never answered");
            return got;
        }
    };
    let is_accepted = answer.status().is_success();
    let named = answer.headers().get("x-cuckoo-task").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let Ok(said) = answer.json::<Value>().await else { return got };
    if !is_accepted {
        return got;
    }
    match path {
        "tasks" => got.task = said["id"].as_str().map(str::to_owned),
        "responses" => (got.task, got.response) = (named, said["id"].as_str().map(str::to_owned)),
        _ => {
            got.task = named;
            got.text = said["choices"][0]["message"]["content"].as_str().map(str::to_owned);
        }
    }
    assert!(got.task.is_some(), "{said}");
    got
}

impl World {
    pub(super) async fn new(seed: u64) -> Self {
        let prices = tempfile::NamedTempFile::new().expect("a file");
        fs::write(prices.path(), "[default]\nprompt = \"7000001wei\"\ncompletion = \"13000003wei\"\n")
            .expect("written");
        let chain = Chain::start().await;
        let (api, link, admin) = register(&chain);
        let helper = chain.wallet("helper");
        let name = ["--node-account", "helper", "--name", "helper", "--stake", "20001"];
        let password = ["--password-file".to_owned(), chain.password()];
        let password = password.each_ref().map(String::as_str);
        chain.run(&[&["register", "miner", "--account", "anvil:0"][..], &name, &password].concat()).expect(0);
        chain.run(&["escrow", "deposit", "coordinator", "1000", "-a", "anvil:0"]).expect(0);
        chain.next_epoch().await;
        let path = prices.path().display().to_string();
        // What is held until it has been examined is not owed yet.
        let more = ["--audit-first", "0", "--audit-percent", "0", "--prices", &path].map(str::to_owned);
        let options = [listeners(api, link, admin), more.to_vec()].concat();
        let coordinator = Machine::new(&chain, "coordinator", options, seed);
        let scripted = ["--engine", "scripted", "--scripted-tokens", "12", "--scripted-rate", "80", "--slots", "4"];
        let options = [scripted.map(str::to_owned).to_vec(), listen("--admin-listen", free_port()).to_vec()].concat();
        let miner = Machine::new(&chain, "miner", options, seed.wrapping_add(1));
        let data = ["--data".to_owned(), chain.path("helper-data").display().to_string()];
        let options = [scripted.map(str::to_owned).to_vec(), listen("--admin-listen", free_port()).to_vec()].concat();
        let mut command = chain.command(&["miner", "run", "--no-input", "--account", "helper"]);
        command.args(password).args(options).args(data);
        let log = fs::File::create(chain.path("helper.log")).expect("a file");
        let child = command.stdout(Stdio::null()).stderr(log).spawn().expect("runs");
        Self {
            chain,
            http: Client::builder().timeout(PATIENCE).build().expect("a client"),
            api: format!("http://127.0.0.1:{api}/v1"),
            admin: format!("http://127.0.0.1:{admin}"),
            coordinator,
            miner,
            random: StdRng::seed_from_u64(seed.wrapping_add(2)),
            asked: 0,
            costs: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            shown: BTreeMap::new(),
            responses: vec![],
            batches: vec![],
            cuts: BTreeMap::new(),
            helper,
            _helper: Service(child),
            _prices: prices,
        }
    }

    pub(super) fn machine(&mut self, role: &str) -> &mut Machine {
        if role == "miner" { &mut self.miner } else { &mut self.coordinator }
    }

    /// Starts a node until it is ready; it may lose its power on the way.
    pub(super) fn start(&mut self, role: &str) {
        let (chain, machine) = match role {
            "miner" => (&self.chain, &mut self.miner),
            _ => (&self.chain, &mut self.coordinator),
        };
        while machine.start(chain) == Start::Ended {
            if !machine.disk.has_power() {
                let kind = machine.lose_power().expect("at a write");
                *self.cuts.entry(format!("{role}, starting: {kind}")).or_default() += 1;
            }
        }
    }

    /// Cuts power, and counts where.
    pub(super) fn cut(&mut self, role: &str) {
        let kind = self.machine(role).lose_power();
        *self.cuts.entry(format!("{role}: {}", kind.unwrap_or_else(|| "later".into()))).or_default() += 1;
    }

    pub(super) fn count(&self) -> u32 {
        self.cuts.values().sum()
    }

    /// Where power is to be cut next: the kind of file of a node at which it was cut least.
    pub(super) fn draw_cut(&mut self, role: &str) -> (String, u32) {
        let passed = self.machine(role).disk.passed();
        let cuts = &self.cuts;
        let cut = |kind: &String| cuts.get(&format!("{role}: {kind}")).copied().unwrap_or_default();
        let least = passed.keys().map(cut).min().unwrap_or_default();
        let kinds: Vec<_> = passed.iter().filter(|(kind, _)| cut(kind) <= least + 1).collect();
        let (kind, often) = kinds[self.random.random_range(0..kinds.len())];
        (kind.clone(), self.random.random_range(1..=(*often).clamp(1, 30) as u32))
    }

    /// Asks until `is_over`, and keeps what was acknowledged and shown.
    pub(super) async fn load(&mut self, mut is_over: impl FnMut(&mut Self) -> bool) -> JoinSet<Got> {
        let mut asking = JoinSet::new();
        let begin = Instant::now();
        if self.random.random_bool(0.2) {
            self.begin_batch().await;
        }
        while !is_over(self) {
            if begin.elapsed() > LOAD / 3 {
                self.hurry();
            }
            if asking.len() < 24 && begin.elapsed() < LOAD {
                self.asked += 1;
                asking.spawn(ask(self.http.clone(), self.api.clone(), self.asked));
            }
            while let Some(got) = asking.try_join_next() {
                self.keep(got.expect("asked"));
            }
            self.look().await;
            tokio::time::sleep(Duration::from_millis(self.random.random_range(1..40))).await;
        }
        asking
    }

    /// Where the write does not come at which power is to be cut, it is cut at any.
    pub(super) fn hurry(&mut self) {
        for machine in [&self.coordinator, &self.miner] {
            machine.disk.hurry(self.random.random_range(1..20));
        }
    }

    /// Keeps what is shown of a task that is done.
    pub(super) async fn look(&mut self) {
        if self.acknowledged.is_empty() {
            return;
        }
        let place = self.random.random_range(0..self.acknowledged.len());
        let id = self.acknowledged.values().nth(place).expect("there").clone();
        if let Some(task) = self.show(&id).await
            && task["state"] == "done"
        {
            self.shown.insert(id, task);
        }
    }

    /// A task and its receipt, if the coordinator answers.
    pub(super) async fn show(&self, id: &str) -> Option<Value> {
        let read = async |path: String| {
            let answer =
                self.http.get(format!("{}/{path}", self.api)).timeout(Duration::from_secs(2)).send().await.ok()?;
            let status = answer.status();
            assert!(status != 404, "{path} is not there");
            if status.is_success() { answer.json::<Value>().await.ok() } else { None }
        };
        let mut task = read(format!("tasks/{id}")).await?;
        if task["state"] == "done" {
            task["the receipt"] = read(format!("tasks/{id}/receipt")).await?;
            if let Some(evidence) = self.evidence(id).await {
                task["the evidence"] = evidence.into();
            }
        }
        Some(task)
    }

    /// The evidence of an answer as text, where there is any: it comes a moment later.
    pub(super) async fn evidence(&self, id: &str) -> Option<String> {
        let url = format!("{}/tasks/{id}/evidence", self.api);
        let answer = self.http.get(url).timeout(Duration::from_secs(2)).send().await.ok()?;
        if answer.status().is_success() { answer.text().await.ok() } else { None }
    }

    pub(super) fn keep(&mut self, got: Got) {
        let Some(task) = got.task else { return };
        if let Some(before) = self.acknowledged.insert(got.prompt.clone(), task.clone()) {
            assert_eq!(before, task, "one key is two tasks: {}", got.prompt);
        }
        self.responses.extend(got.response);
        if let Some(text) = got.text {
            self.shown.entry(task).or_insert_with(|| json!({"text": text}));
        }
    }

    pub(super) async fn begin_batch(&mut self) {
        let first = self.asked;
        self.asked += 4;
        let line = |number: u64| {
            let messages = json!([{"role": "user", "content": format!("line {number}")}]);
            let body = json!({"model": "scripted", "messages": messages, "max_tokens": 40});
            let line =
                json!({"custom_id": number.to_string(), "method": "POST", "url": "/v1/chat/completions", "body": body});
            format!("{line}\n")
        };
        let content: String = (first..first + 4).map(line).collect();
        let part =
            |head: &str, body: &str| format!("--edge\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n");
        let (purpose, file) =
            (part("name=\"purpose\"", "batch"), part("name=\"file\"; filename=\"b.jsonl\"", &content));
        let upload = self.http.post(format!("{}/files", self.api)).body(format!("{purpose}{file}--edge--\r\n"));
        let upload = upload.header("content-type", "multipart/form-data; boundary=edge").send();
        let Ok(answer) = upload.await else { return };
        let Ok(file) = answer.json::<Value>().await else { return };
        let body = json!({"input_file_id": file["id"], "endpoint": "/v1/chat/completions", "completion_window": "24h"});
        let Ok(answer) = self.http.post(format!("{}/batches", self.api)).json(&body).send().await else { return };
        let is_taken = answer.status().is_success();
        if let Ok(batch) = answer.json::<Value>().await
            && is_taken
        {
            self.batches.push(batch["id"].as_str().expect("an id").to_owned());
        }
    }

    /// Waits for an answer of the API that is as wanted.
    pub(super) async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let begin = Instant::now();
        let mut last = Value::Null;
        loop {
            let answer = self.http.get(format!("{}/{path}", self.api)).timeout(Duration::from_secs(5)).send().await;
            if let Ok(answer) = answer {
                let status = answer.status();
                assert!(status != 404, "{path} is not there");
                if let Ok(found) = answer.json::<Value>().await {
                    if status.is_success() && wanted(&found) {
                        return found;
                    }
                    last = found;
                }
            }
            let logs = || format!("{}\n{}", self.coordinator.log(&self.chain), self.miner.log(&self.chain));
            assert!(begin.elapsed() < PATIENCE, "{path} stays {last}\n{}", logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// With both nodes up and nothing asked any more: every promise.
    pub(super) async fn check(&mut self, asking: JoinSet<Got>) {
        for got in asking.join_all().await {
            self.keep(got);
        }
        for batch in std::mem::take(&mut self.batches) {
            self.check_batch(&batch).await;
        }
        let is_over =
            |task: &Value| !["queued", "leased", "running"].contains(&task["state"].as_str().unwrap_or("queued"));
        // Also those whose acknowledgement did not arrive.
        let mut prompts = BTreeMap::new();
        let all =
            self.until("tasks?limit=1000", |list| list["data"].as_array().is_some_and(|all| all.iter().all(is_over)));
        let all = all.await;
        for task in all["data"].as_array().expect("a list") {
            assert_eq!(task["state"], "done", "{task}");
            self.costs.insert(task["id"].to_string(), amount(&task["cost"]));
            let before = prompts.insert(task["prompt"].as_str().expect("text").to_owned(), task.clone());
            assert_eq!(before, None, "two tasks for one request: {task}");
        }
        for (prompt, id) in &self.acknowledged {
            let task = prompts.get(prompt).unwrap_or_else(|| panic!("{prompt} ({id}) is lost"));
            let same = |id: &str| id.trim_start_matches("0x").to_owned();
            assert_eq!(same(task["id"].as_str().expect("an id")), same(id), "one key is two tasks");
        }
        for (id, before) in &self.shown {
            let now = self.show(id).await.expect("the coordinator answers");
            for (field, value) in before.as_object().expect("an object") {
                assert_eq!(&now[field], value, "{field} of {id} was shown differently");
            }
        }
        for id in &self.responses {
            self.until(&format!("responses/{id}"), |response| response["status"] == "completed").await;
        }
        self.check_money(self.costs.values().sum()).await;
        self.check_logs();
    }

    /// Begins a new round, in which a part of what came before is looked at again.
    pub(super) fn forget(&mut self) {
        self.acknowledged.clear();
        self.responses.truncate(20);
        let random = &mut self.random;
        self.shown.retain(|_, _| random.random_bool(0.7));
    }

    /// What is owed is what was answered, once; the miner has it in writing, and nothing that contradicts it.
    pub(super) async fn check_money(&self, costs: U256) {
        let begin = Instant::now();
        loop {
            let accounts = get(&self.http, &format!("{}/accounts", self.admin)).await;
            let accounts = accounts.as_array().expect("miners");
            assert_eq!(accounts.iter().map(|row| amount(&row["owed"])).sum::<U256>(), costs, "{accounts:?}");
            let is_helper =
                |row: &&Value| row["miner"].as_str().is_some_and(|at| at.eq_ignore_ascii_case(&self.helper));
            let owed = accounts.iter().find(|row| !is_helper(row)).map_or(U256::ZERO, |row| amount(&row["owed"]));
            let kept = self.kept();
            assert_eq!(kept.contradictions.len(), 0, "the coordinator took back what it had signed");
            let voucher = kept.vouchers.first().map_or(0, |signed| signed.voucher.cumulative);
            if U256::from(voucher) == owed {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "the miner has {voucher} in writing, and is owed {owed}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The miner's record as it is on its disk.
    pub(super) fn kept(&self) -> signed_record::Kept {
        let copy = tempfile::tempdir().expect("a directory");
        for end in ["", "-wal"] {
            if let Some(bytes) = self.miner.disk.read(&format!("miner/signed.db{end}")) {
                fs::write(copy.path().join(format!("signed.db{end}")), bytes).expect("written");
            }
        }
        // While it is written to, a copy may be torn; the miner is at rest.
        drop(signed_record::Store::open(copy.path()).expect("opens"));
        signed_record::kept(copy.path()).expect("reads")
    }

    /// No draw was taken back: the log has every head that the miner was told.
    pub(super) fn check_logs(&self) {
        let log = self.chain.path("assignments.log");
        fs::write(&log, self.coordinator.disk.read("coordinator/assignments.log").expect("a log")).expect("written");
        let log = log.display().to_string();
        self.chain.run(&["audit", "assignments", &log, "--chain", "--json"]).expect(0);
        let heads = self.miner.disk.names("miner").into_iter().filter(|name| name.starts_with("heads-"));
        for name in heads {
            let path = self.chain.path("heads.txt");
            fs::write(&path, self.miner.disk.read(&format!("miner/{name}")).expect("read")).expect("written");
            let path = path.display().to_string();
            self.chain.run(&["audit", "assignments", &log, "--heads", &path, "--json"]).expect(0);
        }
        let said = self.coordinator.log(&self.chain);
        assert!(!said.contains("has signed two receipts"), "{said}");
    }

    pub(super) async fn check_batch(&self, id: &str) {
        let batch = self.until(&format!("batches/{id}"), |batch| batch["status"] == "completed").await;
        let file = batch["output_file_id"].as_str().expect("a file");
        let answer = self.http.get(format!("{}/files/{file}/content", self.api)).send().await.expect("answers");
        let text = answer.text().await.expect("text");
        let line = |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let lines: Vec<_> = text.lines().map(line).collect();
        let ids: BTreeSet<_> = lines.iter().map(|line| line["custom_id"].to_string()).collect();
        assert_eq!((lines.len(), ids.len()), (4, 4), "{text}");
    }

    /// Waits until the network serves, and starts a node again that ends meanwhile, as a service manager does.
    pub(super) async fn until_up(&mut self, role: &str) {
        let begin = Instant::now();
        let mut served = 0;
        // Twice: what has failed a moment ago may not have ended yet.
        while served < 2 {
            if self.machine(role).has_ended() {
                self.start(role);
                served = 0;
            }
            let models = self.http.get(format!("{}/models", self.api)).timeout(Duration::from_secs(1)).send().await;
            let is_served = match models {
                Ok(models) => models.json::<Value>().await.is_ok_and(|models| models["data"][0].is_object()),
                Err(_) => false,
            };
            served = if is_served { served + 1 } else { 0 };
            let log = || format!("{}\n{}", self.coordinator.log(&self.chain), self.miner.log(&self.chain));
            assert!(begin.elapsed() < PATIENCE, "the network does not serve again: {}", log());
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    pub(super) async fn until_served(&self) {
        self.until("models", |models| models["data"].as_array().is_some_and(|models| !models.is_empty())).await;
    }
}
