//! The way of a newcomer: wallet, faucet, stake, vote, register, balance; and what is refused on it.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::Stdio,
};

use serde_json::json;

use crate::harness::{
    chain::{Chain, UNBONDING, write_secret},
    network::Devnet,
};

fn units(cai: u64) -> String {
    format!("{cai}000000000000000000")
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_new_wallet_to_a_miner_with_votes() {
    let chain = Chain::start().await;
    let owner = chain.wallet("owner");
    let node = chain.wallet("node");
    let voter = chain.wallet("voter");
    let password = chain.password();
    let with = |account: &str, arguments: &[&str]| {
        let globals = ["--account", account, "--password-file", &password];
        chain.run(&[arguments, &globals].concat())
    };

    // A new wallet has no coin for fees, and gets both.
    let given = with("owner", &["faucet", "request"]).expect(0).says("anvil:0").says("100,000 CAI");
    assert_eq!(given.stdout.trim().len(), 66, "the hash alone: {given:?}");
    with("owner", &["faucet", "request"]).expect(3).says("it can request again in");
    chain.run(&["faucet", "request", "--to", &voter]).expect(0);

    let deposit = with("owner", &["stake", "deposit", "60000", "--json"]).expect(0).data();
    assert_eq!(deposit["amount"], json!(units(60_000)));
    assert_eq!(deposit["transaction"]["state"], json!("confirmed"));
    with("owner", &["stake", "deposit", "50000"]).expect(3).says("40,000 CAI").says("cuckoo faucet request");

    let register = |stake: &str, extra: &[&str]| {
        let arguments = ["register", "miner", "--node-account", "node", "--name", "gpu-box", "--stake", stake];
        with("owner", &[&arguments, extra].concat())
    };
    // The minimum is exclusive.
    register("20000", &[]).expect(3).says("must be more than 20,000 CAI; this is 20,000 CAI").says("hint: ");
    register("60001", &[]).expect(3).says("cuckoo stake deposit 1cai");
    let own = ["register", "miner", "--node-account", "owner", "--name", "x", "--stake", "30000"];
    with("owner", &own).expect(3).says("a key of its own");
    register("20000.000000000000000001", &["--dry-run"]).expect(0).says("not sent");
    let introduction = "\u{1b}[31mred\u{1b}]0;owned\u{7}\u{202e}\tend";
    register("40000", &["--introduction", introduction]).expect(0).says("is registered since block");
    register("40000", &[]).expect(3).says("20,000 CAI");

    let arguments = ["stake", "deposit", "1000", "--vote", "gpu-box"];
    let voted = with("voter", &[&arguments[..], &["--json"]].concat()).expect(0).data();
    assert_eq!(voted["node"].as_str().map(str::to_lowercase), Some(node.to_lowercase()));
    with("voter", &["stake", "deposit", "500"]).expect(0);
    with("voter", &["vote", "cast", &node, "max"]).expect(0).says("500 CAI");
    with("voter", &["vote", "cast", "gpu-box", "1"]).expect(3).says("--vote");
    with("voter", &["vote", "cast", "no-such-node", "1"]).expect(3).says("leaderboard");

    // What strangers write is shown as escapes, on every kind of output but JSON, where it is a JSON string.
    let board = chain.run(&["vote", "leaderboard"]).expect(0).stdout;
    let fields: Vec<_> = board.trim_end().split('\t').collect();
    assert_eq!(fields[..4], ["1", "gpu-box", &node, &units(41_500)], "{board}");
    assert!(fields[10].starts_with("\\u{1b}[31mred") && !board.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{board:?}");
    let board = chain.run(&["vote", "leaderboard", "--color", "always", "--json"]).expect(0);
    assert!(!board.stdout.contains(['\u{1b}', '\u{7}']), "{board:?}");
    assert_eq!(board.data()[0]["introduction"], json!(introduction));

    let votes = with("voter", &["vote", "list", "--json"]).expect(0).data();
    assert_eq!((&votes[0]["amount"], &votes[0]["own"]), (&json!(units(1_500)), &json!(false)));
    let status = with("owner", &["register", "status", "--json"]).expect(0).data();
    assert_eq!((&status[0]["status"], &status[0]["weight"]), (&json!("active"), &json!(units(41_500))));

    with("owner", &["vote", "retract", &node, "20000"]).expect(0).says("stops counting").says("cuckoo vote release");
    let status = chain.run(&["register", "status", "gpu-box", "--json"]).expect(0).data();
    assert_eq!((&status[0]["status"], &status[0]["weight"]), (&json!("inactive"), &json!("0")));
    with("voter", &["vote", "cast", &node, "max"]).expect(3);
    with("owner", &["vote", "release", &node]).expect(3).says("still unbonding");
    chain.pass(UNBONDING + 1).await;
    with("owner", &["vote", "release", &node]).expect(0);
    with("owner", &["stake", "withdraw", "max"]).expect(0).says("40,000 CAI");
    with("owner", &["stake", "withdraw", "1"]).expect(3);

    let balance = chain.run(&["balance", &owner, "--json"]).expect(0).data();
    assert_eq!(balance["liquid"], json!(units(80_000)));
    assert_eq!(balance["free"], json!("0"));
    assert_eq!(balance["staked"][0]["amount"], json!(units(20_000)));
    assert_eq!(balance["staked"][0]["own"], json!(true));
    let rows = chain.run(&["balance", &owner]).expect(0).stdout;
    assert!(rows.starts_with(&format!("liquid\t{}\t", units(80_000))), "{rows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_four_and_nothing_is_sent() {
    let chain = Chain::start().await;
    let address = chain.wallet("alice");
    chain.run(&["faucet", "request", "--to", &address]).expect(0);
    let wrong = chain.path("wrong");
    write_secret(&wrong, "battery staple");
    let wrong = wrong.display().to_string();
    let before = chain.client().await.head().await.expect("a block").number;
    let ran = chain.run(&["stake", "deposit", "1", "--account", "alice", "--password-file", &wrong]);
    ran.expect(4).says("wrong password").says("--password-file");
    chain.run(&["stake", "deposit", "1", "--account", "nobody"]).expect(4).says("cuckoo wallet list");
    chain.run(&["stake", "deposit", "1", "--account", "alice", "--no-input"]).expect(2).says("--password-file");
    assert_eq!(chain.client().await.head().await.expect("a block").number, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_needs_more_than_two_million_and_an_endpoint() {
    let chain = Chain::start().await;
    chain.wallet("node");
    let password = chain.password();
    let register = |stake: &str, endpoint: &str| {
        chain.run(&[
            "register",
            "coordinator",
            "--account",
            "anvil:0",
            "--node-account",
            "node",
            "--password-file",
            &password,
            "--name",
            "hub",
            "--stake",
            stake,
            "--endpoint",
            endpoint,
        ])
    };
    chain.run(&["stake", "deposit", "3000000", "--account", "anvil:0"]).expect(0);
    register("2000000", "ws://127.0.0.1:1/link").expect(3).says("must be more than 2,000,000 CAI");
    register("2000001", "").expect(2).says("--endpoint");
    register("2000001", "ws://127.0.0.1:1/link").expect(0);
    let board = chain.run(&["vote", "leaderboard", "--role", "coordinator", "--json"]).expect(0).data();
    assert_eq!(board[0]["endpoint"], json!("ws://127.0.0.1:1/link"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_script_takes_the_whole_way_and_everything_comes_back() {
    let devnet = Devnet::start(&["--miners", "1"]);
    let password = devnet.home().join("newcomer-password");
    write_secret(&password, "correct horse");
    let binaries = Path::new(env!("CARGO_BIN_EXE_cuckoo")).parent().expect("a directory");
    let mut script =
        std::process::Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/cli/tests/newcomer.sh"))
            .arg(password)
            .env_clear()
            .env("CUCKOO_DATA_DIR", devnet.home())
            .env("HOME", devnet.home())
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", binaries.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("runs");
    let mut said = String::new();
    let mut moved = false;
    for line in BufReader::new(script.stderr.take().expect("piped")).lines() {
        let line = line.expect("text");
        if line.starts_with("Waiting for the stake") && !std::mem::replace(&mut moved, true) {
            devnet.control(&reqwest::Client::new(), "evm_increaseTime", json!([3_600])).await;
        }
        said.push_str(&line);
        said.push('\n');
    }
    let mut result = String::new();
    script.stdout.take().expect("piped").read_to_string(&mut result).expect("text");
    assert!(script.wait().expect("ends").success(), "{said}");
    assert_eq!((result.trim(), moved), (units(100_000).as_str(), true), "{said}");
}
