//! A machine as somebody sets it up: network, configuration, credentials, completion, doctor and preflight, on a chain.

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::chain::{Chain, Ran, command, write_secret};

fn level<'a>(findings: &'a Value, topic: &str) -> &'a str {
    let rows = findings.as_array().expect("findings");
    let found = rows.iter().find(|row| row["topic"] == json!(topic));
    found.and_then(|row| row["level"].as_str()).unwrap_or_else(|| panic!("nothing about {topic}: {findings}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_finds_a_ready_machine_and_a_broken_one() {
    let chain = Chain::start().await;
    chain.wallet("owner");
    let ran = chain.run(&["doctor", "--json"]).expect(0);
    let findings = ran.data();
    for topic in ["network", "rpc", "contracts", "clock", "keystore", "account"] {
        assert_eq!(level(&findings, topic), "ok", "{topic}: {findings}");
    }
    let rows = chain.run(&["doctor"]).expect(0).stdout;
    assert!(rows.starts_with("ok\tnetwork\ttest, chain 31337\n"), "{rows}");

    // A port that is taken is doubtful, a chain without the contracts is broken.
    let description = chain.path("networks/local.json");
    let good = std::fs::read_to_string(&description).expect("written");
    let other = format!("{:#x}", cuckoo_protocol::Address::repeat_byte(7));
    let staking = format!("{:#x}", chain.network.staking);
    std::fs::write(&description, good.to_lowercase().replace(&staking, &other)).expect("written");
    let ran = chain.run(&["doctor", "--json"]).expect(8).says("checks failed");
    let envelope = ran.envelope();
    assert_eq!(envelope["errors"][0]["class"], json!("check-failed"));
    assert_eq!(level(&envelope["data"], "contracts"), "fail");
    let ran = chain.run(&["doctor"]).expect(8);
    assert!(ran.stdout.contains("fail\tcontracts\t"), "{ran:?}");
    std::fs::write(&description, good).expect("written");

    // The chain's clock moved by an hour: this machine's looks late, which on a local chain is only worth a word.
    chain.control("evm_increaseTime", json!([3_600])).await;
    chain.mine(1).await;
    std::fs::set_permissions(chain.path("keystores/owner.json"), std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .expect("changed");
    let findings = chain.run(&["doctor", "--json"]).expect(0).says("chmod 600").data();
    assert_eq!((level(&findings, "clock"), level(&findings, "keystore")), ("warn", "warn"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miner_s_preflight_says_what_is_missing() {
    let chain = Chain::start().await;
    let owner = chain.wallet("owner");
    chain.wallet("node");
    let password = chain.password();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = crate::harness::chain::free_port();
    let admin = format!("127.0.0.1:{port}");
    let check = |extra: &[&str]| {
        let arguments = ["miner", "check", "--account", "node", "--password-file", &password, "--admin-listen", &admin];
        chain.run(&[&arguments[..], &["--json"], extra].concat())
    };
    let scripted = ["--engine", "scripted"];
    let found = check(&scripted).expect(8).says("cuckoo register miner").envelope()["data"].clone();
    assert_eq!((level(&found, "key"), level(&found, "registration")), ("ok", "fail"), "{found}");
    assert_eq!(level(&found, "coordinators"), "warn");

    chain.run(&["faucet", "request", "--to", &owner]).expect(0);
    let with = |arguments: &[&str]| {
        chain.run(&[arguments, &["--account", "owner", "--password-file", &password]].concat()).expect(0)
    };
    with(&["stake", "deposit", "25000"]);
    with(&["register", "miner", "--node-account", "node", "--name", "gpu-box", "--stake", "25000"]);
    let found = check(&scripted).expect(0).data();
    for topic in ["key", "registration", "engine", "data", "ports"] {
        assert_eq!(level(&found, topic), "ok", "{topic}: {found}");
    }

    // One coordinator that listens, then none.
    chain.wallet("hub");
    chain.run(&["stake", "deposit", "3000000", "--account", "anvil:0"]).expect(0);
    let endpoint = format!("ws://{}/link", listener.local_addr().expect("bound"));
    let register = ["register", "coordinator", "--account", "anvil:0", "--node-account", "hub", "--name", "hub"];
    let more = ["--stake", "2500000", "--endpoint", &endpoint, "--password-file", &password];
    chain.run(&[&register[..], &more].concat()).expect(0);
    let found = check(&scripted).expect(0).data();
    assert_eq!(level(&found, "coordinators"), "ok", "{found}");
    drop(listener);
    let found = check(&scripted).expect(8).says("firewall").envelope()["data"].clone();
    assert_eq!(level(&found, "coordinators"), "fail", "{found}");

    // What would run the models.
    let nothing = chain.path("nothing");
    std::fs::create_dir(&nothing).expect("a directory");
    check(&["--engine", "openai"]).expect(8).says("--engine-url");
    check(&["--engine", "openai", "--engine-url", &format!("http://127.0.0.1:{port}")])
        .expect(8)
        .says("start the server");
    check(&["--model", "no-such-model"]).expect(8);
    // A coordinator's key is no miner's.
    let ran = chain.run(&[
        "miner",
        "check",
        "--account",
        "hub",
        "--password-file",
        &password,
        "--engine",
        "scripted",
        "--json",
    ]);
    assert_eq!(level(&ran.expect(8).envelope()["data"], "registration"), "fail");

    // The registry was asked for, so the shell knows the names of the nodes now.
    let complete = |words: &[&str]| {
        let words = [&["--", "cuckoo"], words].concat();
        let mut command = command(chain.directory.path(), &words);
        let index = (words.len() - 2).to_string();
        let completed = command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", index).env("_CLAP_IFS", "\n");
        Ran::new(completed.output().expect("runs")).expect(0).stdout
    };
    assert_eq!(complete(&["vote", "cast", "gpu"]).trim(), "gpu-box");
    assert_eq!(complete(&["stake", "deposit", "5", "--vote", "h"]).trim(), "hub");
    assert_eq!(complete(&["stake", "deposit", "5", "--account", "ow"]).trim(), "owner");
    assert_eq!(complete(&["balance", "--network", "lo"]).trim(), "local");
    assert_eq!(complete(&["wallet", "show", "no"]).trim(), "node");
    assert_eq!(complete(&["vote", "cast", "-n", "elsewhere", "gpu"]).trim(), "", "of another network");
    assert!(complete(&["doc"]).contains("doctor"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_is_taken_over_and_used() {
    let chain = Chain::start().await;
    let description = chain.path("networks/local.json").display().to_string();
    let home = tempfile::tempdir().expect("a directory");
    let run = |arguments: &[&str]| Ran::new(command(home.path(), arguments).output().expect("runs"));
    run(&["network", "add", &description, "--name", "a/b"]).expect(2).says("--name NAME");
    let added = run(&["network", "add", &description, "--name", "mine"]).expect(0).says("cuckoo network use mine");
    assert_eq!(added.stdout.trim(), "mine");
    run(&["network", "add", &description, "--name", "mine"]).expect(0);
    let mut other = chain.network.clone();
    other.block_time_ms += 1;
    let path = home.path().join("other.json").display().to_string();
    std::fs::write(&path, other.to_json().expect("serialises")).expect("written");
    run(&["network", "add", &path, "--name", "mine"]).expect(3).says("--replace");
    run(&["vote", "leaderboard"]).expect(78);
    run(&["network", "use", "mine"]).expect(0);
    run(&["vote", "leaderboard"]).expect(0);
    let rows = run(&["network", "list", "--json"]).expect(0).data();
    let used: Vec<_> = rows.as_array().expect("rows").iter().map(|row| (&row["name"], &row["in_use"])).collect();
    assert_eq!(used, [(&json!("local"), &json!(false)), (&json!("mine"), &json!(true))]);

    // The endpoint of the file is for its network, and an option wins over it.
    run(&["config", "set", "rpc-url", "http://127.0.0.1:1"]).expect(0).says("for the network `mine`");
    run(&["vote", "leaderboard"]).expect(5).says("127.0.0.1:1");
    let rpc = chain.network.rpc_urls[0].to_string();
    run(&["vote", "leaderboard", "--rpc-url", &rpc]).expect(0);
    run(&["config", "unset", "rpc-url"]).expect(0);
    // Foundry's variable is not for a local chain.
    let mut stand_in = command(home.path(), &["vote", "leaderboard"]);
    Ran::new(stand_in.env("ETH_RPC_URL", "http://127.0.0.1:1").output().expect("runs")).expect(0);
    run(&["network", "add", &path, "--name", "mine", "--replace"]).expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_s_credentials_sign_unless_an_option_names_another_key() {
    let chain = Chain::start().await;
    let (alice, bob) = (chain.wallet("alice"), chain.wallet("bob"));
    let credentials = chain.path("credentials");
    std::fs::create_dir(&credentials).expect("a directory");
    std::fs::copy(chain.path("keystores/alice.json"), credentials.join("keystore")).expect("copied");
    write_secret(&credentials.join("keystore-password"), "correct horse");
    let deposit = |environment: &[(&str, &Path)], extra: &[&str]| {
        let arguments = [&["stake", "deposit", "1", "--dry-run", "--no-input", "-v"], extra].concat();
        Ran::new(chain.command(&arguments).envs(environment.iter().copied()).output().expect("runs"))
    };
    for address in [&alice, &bob] {
        chain.run(&["faucet", "request", "--to", address]).expect(0);
    }
    // Two wallets, so nothing goes without a choice.
    deposit(&[], &[]).expect(4).says("nothing says which one signs");
    let unit = [("CREDENTIALS_DIRECTORY", credentials.as_path())];
    deposit(&unit, &[]).expect(0).says(&alice);
    chain.run(&["config", "set", "account", "bob"]).expect(0);
    deposit(&unit, &[]).expect(0).says(&alice);
    deposit(&unit, &["--account", "bob"]).expect(0).says(&bob);
    let password = chain.path("password");
    deposit(&[("ETH_PASSWORD", password.as_path())], &[]).expect(0).says(&bob);
    // A variable that only signing needs is no obstacle to anything else.
    let mut read = chain.command(&["vote", "leaderboard"]);
    Ran::new(read.env("ETH_PASSWORD", "/nowhere").output().expect("runs")).expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_a_transaction_is_sent_can_be_chosen() {
    let chain = Chain::start().await;
    let send = |extra: &[&str]| chain.run(&[&["stake", "deposit", "1", "--account", "anvil:0"], extra].concat());
    let data = send(&["--calldata"]).expect(0).says("not sent").says(&chain.network.staking.to_string()).stdout;
    // Another wallet approves first, since the permit of a key that it does not have would be of no use.
    let calls: Vec<Vec<_>> = data.lines().map(|line| line.split('\t').collect()).collect();
    let contracts = [chain.network.cai, chain.network.staking].map(|contract| contract.to_string());
    assert_eq!(calls.iter().map(|call| call[0]).collect::<Vec<_>>(), contracts, "{data}");
    assert!(calls.iter().all(|call| call.len() == 2 && call[1].starts_with("0x") && call[1].len() > 10), "{data}");
    let hash = send(&["--gas-limit", "400000", "--max-fee", "30gwei"]).expect(0).stdout;
    let sent = chain.control("eth_getTransactionByHash", json!([hash.trim()])).await;
    assert_eq!((&sent["gas"], &sent["maxFeePerGas"]), (&json!("0x61a80"), &json!("0x6fc23ac00")));
    // A nonce that was used is refused by the chain.
    send(&["--nonce", "0"]).expect(1);
    // Nobody makes blocks here, so a second confirmation never comes.
    let ran = send(&["--confirmations", "2", "--timeout", "1s"])
        .expect(7)
        .says("1 of 2 confirmations")
        .says("cuckoo tx wait");
    assert_eq!(ran.stdout.trim().len(), 66);
}
