//! The faucet's service: newcomers without coin, and those who would farm it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use alloy::sol_types::SolCall;
use cuckoo::node::faucet::{Challenge, Work, solve};
use cuckoo_protocol::{
    Address, U256,
    chain::Call,
    contract::{CAIToken, Faucet},
};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::harness::{
    books::{WAIT, units},
    chain::{Chain, account, write_secret},
    network::kill,
};

struct Service {
    process: Child,
    url: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A chain where development accounts are worth nothing, and a service with coin of its own.
async fn start(arguments: &[&str]) -> (Chain, Service) {
    let chain = Chain::start_with(1_337, &[]).await;
    let key = chain.path("key");
    write_secret(&key, &account(0).to_bytes().to_string());
    let service = serve(&chain, arguments);
    (chain, service)
}

fn serve(chain: &Chain, arguments: &[&str]) -> Service {
    let key = chain.path("key").display().to_string();
    let mut process = chain
        .command(&["faucet", "serve", "--listen", "127.0.0.1:0", "--private-key-file", &key])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("runs");
    let mut line = String::new();
    BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("it listens");
    Service { process, url: line.trim().to_owned() }
}

impl Service {
    async fn challenge(&self, http: &Client) -> Challenge {
        http.get(format!("{}/challenge", self.url)).send().await.expect("answers").json().await.expect("a challenge")
    }

    /// A solved request.
    async fn solved(&self, http: &Client, to: Address) -> Value {
        let challenge = self.challenge(http).await;
        let nonce = solve(&challenge, to, |_| true).expect("a nonce");
        json!({"address": to, "challenge": challenge.challenge, "nonce": nonce.to_string()})
    }

    /// Status, `Retry-After` and body of the answer to a request.
    async fn post(&self, http: &Client, body: impl Into<reqwest::Body>) -> (StatusCode, Option<u64>, Value) {
        let answer = http.post(format!("{}/request", self.url)).body(body).send().await.expect("answers");
        let status = answer.status();
        let wait =
            answer.headers().get("retry-after").map(|value| value.to_str().expect("text").parse().expect("a number"));
        (status, wait, answer.json().await.expect("JSON"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_without_coin_gets_both_and_goes_on_alone() {
    let (chain, mut service) = start(&["--difficulty", "12"]).await;
    let alice = chain.wallet("alice");
    let password = chain.password();
    let run = |arguments: &[&str]| {
        chain.run(&[arguments, &["--account", "alice", "--password-file", &password, "--yes"]].concat())
    };
    run(&["faucet", "request"]).expect(3).says("for fees").says("--faucet-url URL");
    let status = run(&["faucet", "status", "--json"]).expect(0).data();
    assert_eq!((&status["serves"], &status["reason"]), (&json!(true), &json!(null)));
    assert_eq!((&status["drip"], &status["cooldown_seconds"]), (&json!(units(100_000).to_string()), &json!(3_600)));
    run(&["faucet", "request", "--faucet-url", &service.url, "--dry-run"]).expect(0).says("Not sent");

    let given =
        run(&["faucet", "request", "--faucet-url", &service.url]).expect(0).says("100,000 CAI for").says(&service.url);
    assert_eq!(given.stdout.trim().len(), 66, "the hash alone: {given:?}");
    run(&["tx", "wait", given.stdout.trim()]).expect(0);
    let balance = run(&["balance", "--json"]).expect(0).data();
    assert_eq!(
        (&balance["liquid"], &balance["gas"]),
        (&json!(units(100_000).to_string()), &json!("1000000000000000000"))
    );
    // With coin of its own the wallet asks by itself.
    let again = run(&["faucet", "request", "--faucet-url", &service.url]).expect(3).says("it can request again in");
    assert!(!again.stderr.contains("service"), "{again:?}");
    let status = run(&["faucet", "status", &alice, "--json"]).expect(0).data();
    assert_eq!((&status["serves"], status["next_request_at"].is_string()), (&json!(false), true));
    run(&["stake", "deposit", "1000"]).expect(0);
    // For somebody else, by somebody without a wallet.
    let bob = account(7).address().to_string();
    chain.run(&["faucet", "request", "--to", &bob, "--faucet-url", &service.url, "-a", "nobody"]).expect(0);
    chain.run(&["faucet", "request", "--to", &bob, "--faucet-url", &service.url, "-a", "nobody"]).expect(3);

    kill(service.process.id(), "TERM");
    assert_eq!(service.process.wait().expect("ends").code(), Some(0));
    let carol = account(8).address().to_string();
    let ran = chain.run(&["faucet", "request", "--to", &carol, "--faucet-url", &service.url, "-a", "nobody", "--json"]);
    assert_eq!(ran.expect(5).says("cuckoo faucet serve").envelope()["errors"][0]["class"], json!("unavailable"));
}

fn code(body: &Value) -> String {
    body["error"]["code"].as_str().expect("a code").to_owned()
}

/// Status, code and seconds to wait of a request that is refused.
async fn refused(service: &Service, http: &Client, body: String) -> (u16, String, Option<u64>) {
    let (status, wait, body) = service.post(http, body).await;
    (status.as_u16(), code(&body), wait)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_farmer_has_to_work_for_every_drip_and_the_chain_has_the_last_word() {
    let (chain, service) = start(&["--difficulty", "10"]).await;
    let http = Client::new();
    let refused = async |body: String| refused(&service, &http, body).await;
    let (alice, bob) = (Address::repeat_byte(0xa1), Address::repeat_byte(0xb2));

    for malformed in ["", "{", "[]", "{\"address\":7}", "{\"address\":\"0x12\"}", "{\"address\":\"0x12\",\"more\":1}"] {
        assert_eq!(refused(malformed.into()).await, (400, "invalid_request".into(), None), "{malformed}");
    }
    assert_eq!(refused(json!({"address": alice}).to_string()).await.1, "invalid_request");
    assert_eq!(refused("x".repeat(10_000)).await.1, "invalid_request");
    let missing = http.get(format!("{}/elsewhere", service.url)).send().await.expect("answers");
    assert_eq!((missing.status().as_u16(), code(&missing.json().await.expect("JSON"))), (404, "not_found".into()));

    // Work for one address is worth nothing for another, and nothing twice.
    let good = service.solved(&http, alice).await;
    let mut stolen = good.clone();
    stolen["address"] = json!(bob);
    let nonce: u64 = good["nonce"].as_str().expect("text").parse().expect("a number");
    let mut lazy = good.clone();
    // The solver takes the first nonce that fits.
    if nonce > 0 {
        lazy["nonce"] = json!((nonce - 1).to_string());
        assert_eq!(refused(lazy.to_string()).await, (403, "puzzle_unsolved".into(), None));
    }
    let mut forged = good.clone();
    let challenge = good["challenge"].as_str().expect("text");
    let flipped = if challenge.ends_with('0') { "1" } else { "0" };
    forged["challenge"] = json!(format!("{}{flipped}", &challenge[..challenge.len() - 1]));
    assert_eq!(refused(forged.to_string()).await, (400, "challenge_unknown".into(), None));
    let (status, _, answer) = service.post(&http, good.to_string()).await;
    assert_eq!((status, &answer["amount"]), (StatusCode::OK, &json!(units(100_000).to_string())), "{answer}");
    assert_eq!(refused(good.to_string()).await, (410, "challenge_used".into(), None));
    let again = refused(service.solved(&http, alice).await.to_string()).await;
    assert!(
        again.0 == 429 && again.1 == "cooldown" && again.2.is_some_and(|wait| (3_000..=3_600).contains(&wait)),
        "{again:?}"
    );

    // However many ask for one address at once, it is served once; others meanwhile all are.
    let mut bodies = vec![];
    for address in [bob, bob, bob, Address::repeat_byte(1), Address::repeat_byte(2), Address::repeat_byte(3)] {
        bodies.push(service.solved(&http, address).await.to_string());
    }
    let answers = futures::future::join_all(bodies.into_iter().map(|body| service.post(&http, body))).await;
    let served: Vec<_> =
        answers.iter().filter(|answer| answer.0 == StatusCode::OK).map(|answer| answer.2["to"].clone()).collect();
    assert_eq!((served.len(), served.iter().filter(|to| **to == json!(bob)).count()), (4, 1), "{answers:?}");
    let client = chain.client().await;
    for address in [alice, bob, Address::repeat_byte(1)] {
        assert_eq!(client.cai_balance(address).await.expect("a balance").base_units(), units(100_000));
    }
}

/// The limit of a day, and a faucet that has nothing left.
#[tokio::test(flavor = "multi_thread")]
async fn a_faucet_that_has_given_all_says_when_to_come_back() {
    let (chain, service) = start(&["--difficulty", "10"]).await;
    let http = Client::new();
    let refused = async |body: String| refused(&service, &http, body).await;
    let client = chain.client().await;
    // What the contract gives in a day is given; the service says when it goes on.
    let faucet = chain.network.faucet.expect("a faucet");
    let payer = client.with_signer(account(1));
    for number in 100..300u64 {
        let to = Address::left_padding_from(&number.to_be_bytes());
        let nonce = Work::read(&client, faucet, to).await.expect("reads").solve().await.expect("a number");
        if payer.send(&Call::new(faucet, &Faucet::requestCall { to, nonce }), WAIT).await.is_err() {
            break;
        }
    }
    let spent = refused(service.solved(&http, Address::repeat_byte(8)).await.to_string()).await;
    assert!(spent.0 == 503 && spent.1 == "daily_cap" && spent.2.is_some_and(|wait| wait <= 86_400), "{spent:?}");
    chain.pass(86_400).await;

    // An empty faucet says so, and spends nothing.
    chain.control("anvil_impersonateAccount", json!([faucet])).await;
    let all = client.cai_balance(faucet).await.expect("a balance").base_units();
    let drain = CAIToken::transferCall { to: account(0).address(), value: all }.abi_encode();
    let transaction =
        json!([{"from": faucet, "to": chain.network.cai, "input": alloy::primitives::Bytes::from(drain)}]);
    chain.control("eth_sendTransaction", transaction).await;
    let nonce = || async {
        let count: U256 =
            client.request("eth_getTransactionCount", json!([account(0).address(), "latest"])).await.expect("a count");
        count
    };
    // Without coin of its own it leaves nobody with CAI and no fee to move it, and says so at once.
    let poor = |arguments: &[&str]| chain.run(&[&["faucet"], arguments].concat());
    let bare = Address::repeat_byte(10).to_string();
    let had = chain.control("eth_getBalance", json!([faucet, "latest"])).await;
    chain.control("anvil_setBalance", json!([faucet, "0x0"])).await;
    poor(&["request", "--to", &bare, "--faucet-url", &service.url, "-a", "nobody"])
        .expect(3)
        .says("nothing was requested")
        .says(&faucet.to_string());
    poor(&["status"]).expect(0).says("newcomers without coin are refused");
    chain.control("anvil_setBalance", json!([faucet, had])).await;

    let before = nonce().await;
    let empty = refused(service.solved(&http, Address::repeat_byte(9)).await.to_string()).await;
    assert_eq!(empty, (503, "empty".into(), Some(3_600)));
    assert_eq!(nonce().await, before);
    let ran = chain.run(&[
        "faucet",
        "request",
        "--to",
        &Address::repeat_byte(9).to_string(),
        "--faucet-url",
        &service.url,
        "-a",
        "nobody",
    ]);
    ran.expect(3).says("the faucet is empty").says("try again in 1h");
    let status = chain.run(&["faucet", "status", "--json"]).expect(0).data();
    assert!(
        status["serves"] == json!(false)
            && status["reason"].as_str().is_some_and(|reason| reason.contains("would need")),
        "{status}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_a_private_file_replaces_the_puzzle() {
    use std::os::unix::fs::PermissionsExt;
    let chain = Chain::start_with(1_337, &[]).await;
    write_secret(&chain.path("key"), &account(0).to_bytes().to_string());
    let file = chain.path("token");
    let path = file.display().to_string();
    let service = serve(&chain, &["--token-file", &path]);
    assert_eq!(std::fs::metadata(&file).expect("made").permissions().mode() & 0o777, 0o600);
    let bob = account(7).address().to_string();
    let request = |more: &[&str]| {
        chain.run(&[&["faucet", "request", "--to", &bob, "--faucet-url", &service.url, "-a", "nobody"], more].concat())
    };
    request(&[]).expect(4).says("--faucet-token-file");
    let wrong = chain.path("wrong");
    write_secret(&wrong, "0123456789abcdef0123456789abcdef");
    request(&["--faucet-token-file", &wrong.display().to_string()]).expect(4);
    request(&["--faucet-token-file", &path]).expect(0).says("100,000 CAI");

    let key = chain.path("key").display().to_string();
    let again = |arguments: &[&str]| chain.run(&[&["faucet", "serve", "--private-key-file", &key], arguments].concat());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("set");
    again(&["--token-file", &path]).expect(78).says("chmod 600");
    again(&["--listen", "0.0.0.0:0"]).expect(78).says("--behind-proxy");
    let poor = chain.path("poor");
    write_secret(&poor, &"07".repeat(32));
    chain
        .run(&["faucet", "serve", "--private-key-file", &poor.display().to_string()])
        .expect(3)
        .says("would pay every fee");
}
