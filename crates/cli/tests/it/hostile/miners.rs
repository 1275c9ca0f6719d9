//! Miners that lie: logins that are not theirs, tasks that they accept and drop. Names are those of the attack checklist.

use std::{
    fs::File,
    process::{Child, Stdio},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use alloy::{
    primitives::{Address, B256, U256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use cuckoo_protocol::{
    manifest::ModelManifest,
    message::{Domain, Login, Message, Receipt, Ticket, audience_hash, signature_bytes},
    task::{Kind, audit_commitment, output_commitment},
    wire::{self, Body},
};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinSet};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::CancellationToken;

use crate::harness::{
    chain::{Chain, account, free_port, write_secret},
    link::{next, send},
    network::{get, resident},
    service::register_wallets,
};

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A coordinator by itself, and the key of a registered miner in the hands of the test.
pub(super) struct Target {
    pub(super) coordinator: Child,
    pub(super) chain: Chain,
    pub(super) miner: PrivateKeySigner,
    pub(super) address: Address,
    pub(super) endpoint: String,
    pub(super) api: u16,
    pub(super) admin: u16,
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.coordinator.kill();
        let _ = self.coordinator.wait();
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

impl Target {
    pub(super) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With these options of the coordinator.
    pub(super) async fn start_with(options: &[&str]) -> Self {
        let chain = Chain::start().await;
        let address = chain.wallet("coordinator").parse().expect("an address");
        let miner = account(5);
        write_secret(&chain.path("key"), &miner.to_bytes().to_string());
        let (key, password) = (chain.path("key").display().to_string(), chain.password());
        chain.run(&["wallet", "import", "miner", "--private-key-file", &key, "--password-file", &password]).expect(0);
        let (api, link, admin) = register_wallets(&chain);
        let endpoint = format!("ws://127.0.0.1:{link}/link");
        // Into the next epoch, in which the stakes count.
        chain.next_epoch().await;
        let coordinator = Self::coordinator(&chain, api, link, admin, options);
        let target = Self { coordinator, chain, miner, address, endpoint, api, admin };
        target.until_ready().await;
        target
    }

    fn coordinator(chain: &Chain, api: u16, link: u16, admin: u16, options: &[&str]) -> Child {
        let password = chain.password();
        let mut command = chain.command(&[
            "coordinator",
            "run",
            "--no-input",
            "--account",
            "coordinator",
            "--password-file",
            &password,
        ]);
        for (option, port) in [("--listen", api), ("--link-listen", link), ("--admin-listen", admin)] {
            command.args([option, &format!("127.0.0.1:{port}")]);
        }
        command.args(options);
        let log = File::options().create(true).append(true).open(chain.path("coordinator.log")).expect("a file");
        command.stdout(Stdio::null()).stderr(log).spawn().expect("runs")
    }

    /// Kills the coordinator, and starts it again.
    pub(super) async fn restart(&mut self) {
        self.coordinator.kill().expect("killed");
        self.coordinator.wait().expect("ends");
        let link = self.endpoint.rsplit(':').next().and_then(|rest| rest.split('/').next()).expect("a port");
        let link = link.parse().expect("a port");
        self.coordinator = Self::coordinator(&self.chain, self.api, link, self.admin, &[]);
        self.until_ready().await;
    }

    async fn until_ready(&self) {
        let begin = Instant::now();
        let ready = format!("http://127.0.0.1:{}/readiness", self.admin);
        while !Client::new().get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) {
            assert!(begin.elapsed() < Duration::from_secs(60), "the coordinator does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(super) fn domain(&self) -> Domain {
        self.chain.network.domain()
    }

    /// Connects and asks for a challenge.
    async fn challenged(&self) -> (Socket, B256) {
        let (mut socket, _) = connect_async(&self.endpoint).await.expect("connects");
        let hello = wire::Hello { version: wire::VERSION, node: self.miner.address().to_vec(), agent: "test".into() };
        send(&mut socket, hello).await;
        let Some(Body::Challenge(challenge)) = next(&mut socket).await else { panic!("no challenge") };
        (socket, B256::from_slice(&challenge.challenge))
    }

    fn login(&self, challenge: B256) -> Login {
        Login {
            node: self.miner.address(),
            coordinator: self.address,
            audience: audience_hash(&self.endpoint),
            challenge,
            sessionKey: Address::ZERO,
            issued: now(),
            expires: now() + 3_600,
        }
    }

    pub(super) fn sign(&self, message: &impl Message) -> Vec<u8> {
        sign(&self.miner, &self.domain(), message)
    }

    /// What the coordinator says to a login that claims `login`'s times with this signature.
    async fn answer(&self, socket: &mut Socket, login: &Login, signature: Vec<u8>) -> Option<Body> {
        let frame = wire::Login {
            session_key: login.sessionKey.to_vec(),
            issued: login.issued,
            expires: login.expires,
            signature,
        };
        send(socket, frame).await;
        next(socket).await
    }

    /// Logs in as the miner that it is; what the coordinator says to that.
    pub(super) async fn knock(&self) -> (Socket, Option<Body>) {
        let (mut socket, challenge) = self.challenged().await;
        let login = self.login(challenge);
        let answer = self.answer(&mut socket, &login, self.sign(&login)).await;
        (socket, answer)
    }

    /// The same, where it is let in.
    async fn session(&self) -> Socket {
        let (socket, answer) = self.knock().await;
        assert!(matches!(answer, Some(Body::Welcome(_))), "{answer:?}");
        socket
    }

    /// Logs in and offers slots for a model.
    pub(super) async fn offering(&self, slots: u32) -> Socket {
        self.offering_for(Kind::Text, slots).await
    }

    pub(super) async fn offering_for(&self, kind: Kind, slots: u32) -> Socket {
        let mut socket = self.session().await;
        send(&mut socket, report(kind, slots, 1)).await;
        let begin = Instant::now();
        let models = format!("http://127.0.0.1:{}/v1/models", self.api);
        while get(&Client::new(), &models).await["data"].as_array().is_none_or(Vec::is_empty) {
            assert!(begin.elapsed() < Duration::from_secs(60), "the offer does not arrive");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        socket
    }

    /// Asks for something, and returns the task's id and the offer that the miner gets for it.
    pub(super) async fn task(&self, socket: &mut Socket) -> (String, wire::Offer) {
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4, "seed": 1});
        let url = format!("http://127.0.0.1:{}/v1/tasks", self.api);
        let task: Value =
            Client::new().post(url).json(&body).send().await.expect("answers").json().await.expect("JSON");
        (task["id"].as_str().expect("an id").to_owned(), offered(socket).await)
    }

    pub(super) async fn shown(&self, id: &str) -> Value {
        get(&Client::new(), &format!("http://127.0.0.1:{}/v1/tasks/{id}", self.api)).await
    }

    pub(super) async fn until_state(&self, id: &str, state: &str) -> Value {
        let begin = Instant::now();
        loop {
            let shown = self.shown(id).await;
            if shown["state"] == state {
                return shown;
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "not {state}: {shown}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What the coordinator says of its miner once that has lost this many tasks.
    async fn row_after_losses(&self, lost: u64) -> Value {
        let (begin, address) = (Instant::now(), self.miner.address().to_string());
        loop {
            let status = get(&Client::new(), &format!("http://127.0.0.1:{}/status", self.admin)).await;
            let is_its = |row: &&Value| row["address"].as_str().is_some_and(|row| row.eq_ignore_ascii_case(&address));
            let row = status["nodes"].as_array().and_then(|rows| rows.iter().find(is_its)).cloned().unwrap_or_default();
            if row["lost"].as_u64() >= Some(lost) {
                return row;
            }
            assert!(begin.elapsed() < Duration::from_secs(30), "{row}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The result of an offer that says `text`, one token a word.
    pub(super) fn result(&self, offer: &wire::Offer, text: &str, tokens: &[u32]) -> wire::TaskResult {
        self.counted(offer, text, tokens, tokens.len() as u32)
    }

    /// The ticket of an offer, as the coordinator has signed it.
    pub(super) fn ticket(&self, offer: &wire::Offer) -> Ticket {
        let sampling: cuckoo_protocol::task::Sampling = offer.sampling.clone().expect("sampling").into();
        let messages: Vec<_> =
            offer.messages.iter().map(|message| message.clone().try_into().expect("a message")).collect();
        let rate = wire::rate(&offer.rate_prompt, &offer.rate_completion).expect("a rate");
        Ticket {
            coordinator: self.address,
            miner: self.miner.address(),
            task: B256::from_slice(&offer.task),
            attempt: offer.attempt,
            number: offer.number,
            model: B256::from_slice(&offer.manifest),
            promptCommitment: cuckoo_protocol::task::prompt_commitment(&B256::from_slice(&offer.salt), &messages),
            parameters: sampling.hash(),
            price: wire::amount(&offer.price, "price").expect("an amount"),
            promptRate: rate.prompt(),
            completionRate: rate.completion(),
            deadline: offer.deadline,
        }
    }

    pub(super) fn counted(&self, offer: &wire::Offer, text: &str, tokens: &[u32], count: u32) -> wire::TaskResult {
        let salt = B256::from_slice(&offer.salt);
        let ticket = self.ticket(offer);
        let receipt = Receipt {
            ticket: self.domain().digest(&ticket),
            outputCommitment: output_commitment(&salt, tokens, text),
            auditCommitment: audit_commitment("", &[]),
            promptTokens: 1,
            completionTokens: count,
            finishReason: 1,
        };
        wire::TaskResult {
            lease: Some(lease(offer)),
            output_commitment: receipt.outputCommitment.to_vec(),
            audit_commitment: receipt.auditCommitment.to_vec(),
            prompt_tokens: 1,
            completion_tokens: receipt.completionTokens,
            finish_reason: 1,
            signature: self.sign(&receipt),
            stop: 0,
        }
    }
}

/// What a miner says of its slots for the model.
pub(super) fn report(kind: Kind, slots: u32, sequence: u64) -> wire::Slots {
    let manifest = ModelManifest { name: "m".into(), ..ModelManifest::default() };
    let model = wire::ModelSlots {
        name: "m".into(),
        manifest: manifest.id().to_vec(),
        granted: slots,
        capacity: slots,
        kind: kind as u32,
        preimage: Some((&manifest).into()),
        ..wire::ModelSlots::default()
    };
    wire::Slots { models: vec![model], devices: vec![], sequence }
}

pub(super) async fn offered(socket: &mut Socket) -> wire::Offer {
    loop {
        match next(socket).await {
            Some(Body::Offer(offer)) => return *offer,
            Some(_) => {}
            None => panic!("no offer"),
        }
    }
}

pub(super) fn sign(signer: &PrivateKeySigner, domain: &Domain, message: &impl Message) -> Vec<u8> {
    signature_bytes(&signer.sign_hash_sync(&domain.digest(message)).expect("signs")).to_vec()
}

pub(super) fn lease(offer: &wire::Offer) -> wire::Lease {
    wire::Lease { task: offer.task.clone(), attempt: offer.attempt }
}

pub(super) fn chunk(offer: &wire::Offer, text: &str, tokens: &[u32]) -> wire::Chunk {
    wire::Chunk { lease: Some(lease(offer)), text: text.into(), token_ids: tokens.to_vec(), ..Default::default() }
}

/// The farewell, whatever comes before it.
pub(super) async fn until_closed(socket: &mut Socket) -> Option<Body> {
    loop {
        match next(socket).await {
            Some(Body::Ping(_) | Body::Pong(_)) => {}
            other => return other,
        }
    }
}

pub(super) fn code(answer: Option<Body>) -> String {
    match answer {
        Some(Body::Close(close)) => close.code,
        other => panic!("not refused: {other:?}"),
    }
}

/// A signature that is not what the login asks for.
type Forge = Box<dyn Fn(&Target, &Login) -> Vec<u8>>;

/// Every way in which a login can be forged, with the number and name of its attack.
fn forgeries() -> Vec<(&'static str, Forge)> {
    let order: U256 = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141".parse().expect("a number");
    let own = |change: fn(&mut Login)| -> Forge {
        Box::new(move |target, login| {
            let mut login = login.clone();
            change(&mut login);
            target.sign(&login)
        })
    };
    let bytes = |change: fn(&mut Vec<u8>)| -> Forge {
        Box::new(move |target, login| {
            let mut signature = target.sign(login);
            change(&mut signature);
            signature
        })
    };
    let elsewhere = |change: fn(Domain) -> Domain| -> Forge {
        Box::new(move |target, login| sign(&target.miner, &change(target.domain()), login))
    };
    vec![
        ("A1 empty", bytes(Vec::clear)),
        ("A1 zero", bytes(|signature| signature.fill(0))),
        ("A2 another key", Box::new(|target, login| sign(&account(6), &target.domain(), login))),
        ("A4 for another coordinator", own(|login| login.coordinator = Address::repeat_byte(1))),
        ("A4 for another endpoint", own(|login| login.audience = B256::ZERO)),
        ("A5 on another chain", elsewhere(|domain| Domain::new(domain.chain_id() + 1, domain.contract()))),
        ("A5 for another contract", elsewhere(|domain| Domain::new(domain.chain_id(), Address::ZERO))),
        ("A6 64 bytes", bytes(|signature| signature.truncate(64))),
        ("A6 66 bytes", bytes(|signature| signature.push(0))),
        ("A6 v 0 or 1", bytes(|signature| signature[64] -= 27)),
        ("A6 v 35", bytes(|signature| signature[64] = 35)),
        (
            "A6 high s",
            Box::new(move |target, login| {
                let mut signature = target.sign(login);
                let s = order - U256::from_be_slice(&signature[32..64]);
                signature[32..64].copy_from_slice(&s.to_be_bytes::<32>());
                signature[64] = 55 - signature[64];
                signature
            }),
        ),
        ("A8 for another node", own(|login| login.node = Address::repeat_byte(1))),
        ("A8 to another challenge", own(|login| login.challenge = B256::ZERO)),
        ("A8 for another session key", own(|login| login.sessionKey = Address::repeat_byte(1))),
        ("A8 issued earlier", own(|login| login.issued -= 1)),
        ("A8 until later", own(|login| login.expires += 1)),
        ("A9 a receipt's", Box::new(|target, _| target.sign(&Receipt::default()))),
        ("A9 a ticket's", Box::new(|target, _| target.sign(&Ticket::default()))),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_to_a9_logins_that_are_not_the_nodes_own() {
    let target = Target::start().await;
    for (name, forge) in forgeries() {
        let (mut socket, challenge) = target.challenged().await;
        let login = target.login(challenge);
        let answer = target.answer(&mut socket, &login, forge(&target, &login)).await;
        assert_eq!(code(answer), "bad_login", "{name}");
    }
    // None of them has made it a session, and the honest login still does.
    let status = get(&Client::new(), &format!("http://127.0.0.1:{}/status", target.admin)).await;
    let live = status["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .filter(|node| node["role"] == "miner" && node["live"] == true);
    assert_eq!(live.count(), 0);
    // A7: what was said once in a session is not said again, and what it says is counted.
    let (mut socket, challenge) = target.challenged().await;
    let login = target.login(challenge);
    let signature = target.sign(&login);
    assert!(matches!(target.answer(&mut socket, &login, signature.clone()).await, Some(Body::Welcome(_))));
    let answer = match target.answer(&mut socket, &login, signature).await {
        Some(Body::Ping(_)) => until_closed(&mut socket).await,
        other => other,
    };
    assert_eq!(code(answer), "protocol");
    let mut socket = target.session().await;
    for sequence in [2, 1] {
        send(&mut socket, wire::Slots { models: vec![], devices: vec![], sequence }).await;
    }
    assert_eq!(code(until_closed(&mut socket).await), "protocol");
}

#[tokio::test(flavor = "multi_thread")]
async fn a11_a_flood_of_logins_holds_up_no_honest_one() {
    let target = Arc::new(Target::start().await);
    target.session().await;
    let before = resident(target.coordinator.id());
    let over = CancellationToken::new();
    let mut flood = JoinSet::new();
    for _ in 0..64 {
        let (target, over) = (target.clone(), over.clone());
        flood.spawn(async move {
            let mut refused = 0u64;
            while !over.is_cancelled() {
                let (mut socket, challenge) = target.challenged().await;
                let login = target.login(challenge);
                assert_eq!(code(target.answer(&mut socket, &login, vec![27; 65]).await), "bad_login");
                refused += 1;
            }
            refused
        });
    }
    // And as many who say nothing.
    let mut silent = vec![];
    for _ in 0..200 {
        silent.push(connect_async(&target.endpoint).await.expect("connects").0);
    }
    let mut took = vec![];
    for _ in 0..15 {
        let began = Instant::now();
        target.session().await;
        took.push(began.elapsed());
    }
    over.cancel();
    let refused: u64 = flood.join_all().await.iter().sum();
    took.sort();
    let median = took[took.len() / 2];
    assert!(refused > 100 && median < Duration::from_secs(10), "{refused} refused, logins took {took:?}");
    let grown = resident(target.coordinator.id()).saturating_sub(before);
    assert!(grown < 64 << 10, "{grown} kB more");
    for mut socket in silent {
        assert_eq!(code(next(&mut socket).await), "silent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a11_who_has_not_logged_in_fills_no_memory() {
    let target = Target::start().await;
    for (bytes, is_taken) in [(1_000, true), (wire::MAX_ANSWER + 1, false)] {
        let (mut socket, _) = connect_async(&target.endpoint).await.expect("connects");
        let node = target.miner.address().to_vec();
        let hello = wire::Hello { version: wire::VERSION, node, agent: "x".repeat(bytes) };
        send(&mut socket, hello).await;
        let answer = until_closed(&mut socket).await;
        assert_eq!(matches!(answer, Some(Body::Challenge(_))), is_taken, "{bytes}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a12_nothing_is_said_in_plain_text_to_other_machines() {
    let chain = Chain::start().await;
    let password = chain.password();
    chain.wallet("hub");
    for option in ["--listen", "--link-listen", "--admin-listen"] {
        let port = free_port();
        chain
            .run(&[
                "coordinator",
                "run",
                "--account",
                "hub",
                "--password-file",
                &password,
                option,
                &format!("0.0.0.0:{port}"),
            ])
            .expect(78)
            .says("plain text");
    }
    // Nor does a coordinator get an endpoint where miners would have to.
    chain.run(&["stake", "deposit", "2000001", "--account", "anvil:0"]).expect(0);
    let register = |endpoint: &str| {
        let node = ["--node-account", "hub", "--password-file", &password, "--name", "hub", "--introduction", "words"];
        let command = ["register", "coordinator", "--account", "anvil:0", "--stake", "2000001", "--endpoint", endpoint];
        chain.run(&[&command[..], &node].concat())
    };
    register("ws://192.0.2.1:8781/link").expect(2).says("plain text").says("wss://");
    register("https://hub.example/link").expect(2).says("wss://");
    register("wss://hub.example/link").expect(0);
    chain.run(&["register", "update", "hub", "--endpoint", "ws://hub.example/link", "-a", "anvil:0"]).expect(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a3_a_recorded_login_is_good_for_nothing_not_even_after_a_restart() {
    let mut target = Target::start().await;
    let (mut socket, challenge) = target.challenged().await;
    let login = target.login(challenge);
    let recorded = target.sign(&login);
    assert!(matches!(target.answer(&mut socket, &login, recorded.clone()).await, Some(Body::Welcome(_))));
    for restarted in [false, true] {
        if restarted {
            target.restart().await;
        }
        let (mut socket, _) = target.challenged().await;
        let answer = target.answer(&mut socket, &login, recorded.clone()).await;
        assert_eq!(code(answer), "bad_login", "restarted: {restarted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a10_a_miner_below_its_minimum_is_cut_and_a13_clocks_may_differ_by_a_minute() {
    let target = Target::start().await;
    // With some seconds for whatever a busy machine takes until it looks.
    for (skew, refused) in [(-45i64, None), (-75, Some("clock")), (75, Some("clock"))] {
        let (mut socket, challenge) = target.challenged().await;
        let issued = now().saturating_add_signed(skew);
        let login = Login { issued, expires: issued + 3_600, ..target.login(challenge) };
        let answer = target.answer(&mut socket, &login, target.sign(&login)).await;
        match refused {
            Some(expected) => assert_eq!(code(answer), expected, "{skew}"),
            None => assert!(matches!(answer, Some(Body::Welcome(_))), "{skew}: {answer:?}"),
        }
    }
    let mut socket = target.session().await;
    let node = target.miner.address().to_string();
    target.chain.run(&["vote", "retract", &node, "10000", "--account", "anvil:0"]).expect(0);
    loop {
        match next(&mut socket).await {
            Some(Body::Ping(_) | Body::Pong(_)) => {}
            Some(Body::Close(close)) => {
                assert_eq!(close.code, "closed", "{close:?}");
                break;
            }
            None => break,
            other => panic!("{other:?}"),
        }
    }
    let (mut socket, challenge) = target.challenged().await;
    let login = target.login(challenge);
    assert_eq!(code(target.answer(&mut socket, &login, target.sign(&login)).await), "not_registered");
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_a_miner_that_accepts_and_drops_takes_no_part_in_draws() {
    let target = Target::start().await;
    let mut socket = target.offering(1).await;
    let mut lost = 0;
    loop {
        let (_, offer) = target.task(&mut socket).await;
        send(&mut socket, Body::Accept(lease(&offer))).await;
        // What is lost within a second counts once.
        tokio::time::sleep(Duration::from_millis(1_050)).await;
        let code = wire::RefuseCode::Failed.into();
        send(&mut socket, wire::Refuse { lease: Some(lease(&offer)), code, reason: "not today".into() }).await;
        lost += 1;
        let row = target.row_after_losses(lost).await;
        if row["condition"]["kind"] == "paused" {
            break;
        }
        // Seven are enough, unless the coordinator was too busy to see a second between two of them.
        assert!(lost < 12, "{row}");
    }
    assert!(lost >= 7, "it pauses after {lost}");
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4});
    let url = format!("http://127.0.0.1:{}/v1/tasks", target.api);
    let task: Value = Client::new().post(url).json(&body).send().await.expect("answers").json().await.expect("JSON");
    let offered = tokio::time::timeout(Duration::from_secs(2), offered(&mut socket)).await;
    assert!(offered.is_err(), "it is given work all the same");
    let shown = target.shown(task["id"].as_str().expect("an id")).await;
    assert_eq!((&shown["state"], &shown["attempt"]), (&json!("queued"), &json!(0)), "{shown}");
    // The operator knows what it came from, and does not wait for the end of the pause.
    let (node, admin) = (target.miner.address().to_string(), format!("http://127.0.0.1:{}", target.admin));
    let lift = || target.chain.run(&["coordinator", "lift", &node, "--connect", &admin]);
    lift().expect(0);
    let given = tokio::time::timeout(Duration::from_secs(15), self::offered(&mut socket)).await;
    assert!(given.is_ok(), "it is given nothing");
    lift().expect(3).says("has no pause");
    let name = target.chain.run(&["register", "status", &node, "--json"]).expect(0).data()[0]["name"].clone();
    let by_name = |name: &str| target.chain.run(&["coordinator", "lift", name, "--connect", &admin]);
    by_name(name.as_str().expect("a name")).expect(3).says("has no pause");
    by_name("nobody").expect(3).says("no miner called `nobody`").says("cuckoo coordinator status");
    by_name(&node[..20]).expect(2).says("address");
    let elsewhere = target.chain.path("elsewhere").display().to_string();
    target.chain.run(&["coordinator", "lift", &node, "--connect", &admin, "--data", &elsewhere]).expect(4);
}
