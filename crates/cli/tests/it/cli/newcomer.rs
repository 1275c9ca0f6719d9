//! The way of a newcomer: wallet, faucet, stake, vote, register, balance; and what is refused on it.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::Stdio,
};

use serde_json::json;

use crate::harness::{
    chain::{Chain, Ran, UNBONDING, account, command, write_secret},
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
    register("40000", &[]).expect(3).says("is registered already").says("cuckoo register update");

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
    assert!(fields[12].starts_with("\\u{1b}[31mred") && !board.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{board:?}");
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

/// One command line of a newcomer, with words that are separated by blanks.
fn typed(chain: &Chain, line: &str) -> Ran {
    chain.run(&line.split(' ').collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_asks_for_a_password_before_it_can_be_done() {
    let chain = Chain::start().await;
    let me = chain.wallet("me");
    chain.run(&["faucet", "request", "--to", "me"]).expect(0).says("cuckoo stake deposit AMOUNT --account me");
    // No password is given, and nobody can be asked: what the chain refuses is refused all the same.
    for (line, why) in [
        ("stake unbond gpu-box --all --account me", "no node is called `gpu-box`"),
        ("vote release gpu-box --account me", "no node is called `gpu-box`"),
        ("stake withdraw --all --account me", "there is no free stake to withdraw"),
        ("stake deposit 200000 --account me", "has 100,000 CAI"),
        ("stake claim --account me", "has earned nothing"),
        ("send anvil:1 200000 --account me", "has 100,000 CAI"),
        ("escrow deposit nobody 1 --account me", "no node is called `nobody`"),
        ("register miner --account me --node-account me --name x --stake 25000", "a key of its own"),
    ] {
        let refused = typed(&chain, line).expect(3).says(why);
        assert!(!refused.stderr.contains("password"), "{refused:?}");
    }
    // A vote for what is not a node is refused by the contract before a permit is signed.
    let stranger = account(7).address().to_string();
    let vote = chain.run(&["stake", "deposit", "1", "--vote", &stranger, "--account", "me"]).expect(3);
    assert!(!vote.stderr.contains("password"), "{vote:?}");
    // Only what can be done needs it, and says whose it is.
    let asked = typed(&chain, "stake deposit 1 --account me").expect(2);
    asked.says("the password of wallet `me` is needed").says("--password-file");
    for json in [&["--json"][..], &["--no-input"]] {
        chain.run(&[&["stake", "deposit", "1", "--account", "me"], json].concat()).expect(2);
    }
    assert_eq!(chain.run(&["balance", "me", "--json"]).expect(0).data()["owner"], json!(me.to_lowercase()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_its_key_simulates_and_its_calls_work_from_another_wallet() {
    let chain = Chain::start().await;
    let (from, cai, staking) = (account(3).address(), chain.network.cai, chain.network.staking);
    chain.run(&["faucet", "request", "--to", "anvil:3"]).expect(0);
    let of = from.to_string();
    let deposit = ["stake", "deposit", "7", "--from", &of];
    chain.run(&deposit).expect(2).says("without its key");
    let dry = chain.run(&[&deposit[..], &["--dry-run", "--json"]].concat()).expect(0).data();
    assert_eq!(dry["approval"]["request"]["to"], json!(cai));
    let request = &dry["transaction"]["request"];
    assert_eq!((&request["to"], &request["value"]), (&json!(staking), &json!("0")));
    assert!(request["gas"].as_u64().is_some_and(|gas| gas > 21_000), "simulated as if approved: {dry}");
    // What is printed for another wallet does what it says.
    let calls = chain.run(&[&deposit[..], &["--calldata"]].concat()).expect(0).stdout;
    for call in calls.lines() {
        let (to, data) = call.split_once('\t').expect("a contract and data");
        let fees = ("0x174876e800", "0x174876e800", "0x7a120");
        let sent = json!([{"from": from, "to": to, "input": data, "maxFeePerGas": fees.0,
            "maxPriorityFeePerGas": fees.1, "gas": fees.2}]);
        chain.control("eth_sendTransaction", sent).await;
    }
    let status = chain.run(&["stake", "status", "anvil:3", "--json"]).expect(0).data();
    assert_eq!(status["free"], json!(units(7)), "{calls}");
    // Once the contract may take it, there is nothing to approve.
    chain
        .control(
            "eth_sendTransaction",
            json!([{"from": from, "to": cai, "gas": "0x7a120",
        "input": format!("0x095ea7b3{:0>64}{:f<64}", &staking.to_string()[2..], "")}]),
        )
        .await;
    assert_eq!(chain.run(&[&deposit[..], &["--calldata"]].concat()).expect(0).stdout.lines().count(), 1);
    // Documents have addresses as texts have them.
    let shown = chain.run(&["balance", &of, "--json"]).expect(0).stdout;
    assert!(shown.contains(&of), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hints_can_be_pasted_with_names_and_accounts_as_typed() {
    let chain = Chain::start_with(1_337, &[]).await;
    for wallet in ["owner", "node"] {
        let address = chain.wallet(wallet);
        chain.control("anvil_setBalance", json!([address, "0xde0b6b3a7640000"])).await;
    }
    let key = chain.path("key");
    write_secret(&key, &alloy::hex::encode(account(0).to_bytes()));
    let treasury = ["--private-key-file", &key.display().to_string(), "--yes"].map(str::to_owned);
    let by_treasury = |line: &str| {
        let words = line.split(' ').map(str::to_owned).chain(treasury.clone()).collect::<Vec<_>>();
        chain.run(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    by_treasury("send owner 30000").expect(0).says("30,000 CAI was sent to");
    let password = chain.password();
    let by_owner = |line: &str| {
        let words = format!("{line} --account owner --password-file {password}");
        typed(&chain, &words)
    };
    // A stake that is not there yet: the hint is what to type next.
    let missing = by_owner("register miner --node-account node --name box --stake 25000 --yes").expect(3);
    missing.says("hint: deposit the rest first: cuckoo stake deposit 25000cai --account owner\n");
    by_owner("stake deposit 25000cai --yes").expect(0).says("cuckoo vote cast NODE AMOUNT --account owner");
    by_owner("register miner --node-account node --name box --stake 25000 --yes").expect(0);
    let again = by_owner("register miner --node-account node --name box --stake 25000 --yes").expect(3);
    again.says("is registered already").says("cuckoo register update 0x");
    // An owner's node goes out of service by its name only, and --yes is not enough.
    by_owner("stake unbond box --all --yes").expect(2).says("takes your miner out of service").says("--confirm 'box'");
    let unbonding = by_owner("stake unbond box --all --yes --confirm box").expect(0);
    unbonding.says("hint: release it then: cuckoo stake release box --account owner\n");
    let early = by_owner("stake withdraw --all --yes").expect(3).says("25,000 CAI from box is unbonding until 20");
    early.says("cuckoo stake release 0x").says(" --account owner");
    chain.pass(UNBONDING + 1).await;
    by_owner("stake withdraw 1 --yes").expect(3).says("25,000 CAI from box can be released now");
    by_owner("stake release box --yes").expect(0).says("cuckoo stake withdraw --all --account owner");
    by_owner("stake withdraw all --yes").expect(0).says("25,000 CAI was paid out");
    // The network is part of the hint where it was typed.
    let board = typed(&chain, "vote cast nobody 1 --network local --from 0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    board.expect(3).says("hint: list the nodes: cuckoo vote leaderboard --network local\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn cai_is_sent_to_wallets_and_never_to_where_it_is_lost() {
    let chain = Chain::start().await;
    let friend = chain.wallet("friend");
    let sent = chain.run(&["send", "friend", "2.5", "-a", "anvil:0", "--json"]).expect(0).data();
    assert_eq!((&sent["to"], &sent["amount"]), (&json!(friend.to_lowercase()), &json!("2500000000000000000")));
    assert_eq!(chain.run(&["balance", "friend", "--json"]).expect(0).data()["liquid"], sent["amount"]);
    chain.run(&["transfer", &friend, ".5", "-a", "anvil:0"]).expect(0);
    for contract in [chain.network.cai, chain.network.staking, chain.network.settlement] {
        chain.run(&["send", &contract.to_string(), "1", "-a", "anvil:0"]).expect(3).says("is lost");
    }
    chain.run(&["send", "anvil:0", "1", "-a", "anvil:0"]).expect(2);
    chain.run(&["send", "nobody", "1", "-a", "anvil:0"]).expect(4).says("no wallet");
    chain.run(&["send", "0x70997970c51812dC3A010C7d01b50e0d17dc79C8", "1", "-a", "anvil:0"]).expect(2).says("checksum");
    // A coordinator's stake is more than a faucet gives, and the hint says how to get it here.
    let much = chain.run(&["stake", "deposit", "2500000", "--from", &friend, "--dry-run"]).expect(3);
    let hint = much.stderr.lines().find(|line| line.contains("faucet grant")).expect("a hint").to_owned();
    let grant = hint.split("cuckoo ").nth(1).expect("a command").to_owned();
    typed(&chain, &grant).expect(0);
    let rich = chain.run(&["balance", "friend", "--json"]).expect(0).data();
    assert_eq!(rich["liquid"], json!(units(2_500_000)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_stays_in_the_list_and_is_named_by_its_first_digits() {
    let chain = Chain::start().await;
    let send = |amount: &str| chain.run(&["stake", "deposit", amount, "-a", "anvil:0"]).expect(0).stdout;
    let (first, second) = (send("1").trim().to_owned(), send("2").trim().to_owned());
    assert_eq!(chain.run(&["tx", "list"]).expect(0).says("cuckoo tx list --all").stdout, "");
    let all = chain.run(&["tx", "list", "--all", "--json"]).expect(0).data();
    let titles: Vec<_> = all.as_array().expect("rows").iter().map(|row| row["title"].clone()).collect();
    assert_eq!(titles.len(), 2, "{all}");
    assert!(
        all.as_array().expect("rows").iter().all(|row| row["state"] == json!("confirmed") && row["block"].is_u64())
    );
    let shown = chain.run(&["tx", "show", &first[..10], "--json"]).expect(0).data();
    assert_eq!(shown["hash"], json!(first));
    assert_eq!(chain.run(&["tx", "wait", &second[2..12]]).expect(0).stdout.trim(), second);
    chain.run(&["tx", "show", &first[..7]]).expect(2).says("first 6");
    chain.run(&["tx", "show", "0xabcdef"]).expect(3).says("no transaction begins with 0xabcdef");
    // Nobody makes a second block here.
    let waits = chain.run(&["tx", "wait", &first, "--confirmations", "50", "--timeout", "1s"]).expect(7);
    waits.says("of 50 confirmations").says(&format!("cuckoo tx wait {first} --confirmations 50"));
    let unknown = format!("0x{}", "12".repeat(32));
    chain.run(&["tx", "show", &unknown]).expect(3);
}

#[test]
fn networks_are_removed_and_one_without_an_endpoint_says_so() {
    let data = tempfile::tempdir().expect("a directory");
    let run = |line: &str| Ran::new(command(data.path(), &line.split(' ').collect::<Vec<_>>()).output().expect("runs"));
    let zero = "0x0000000000000000000000000000000000000001";
    let description = json!({
        "name": "far", "chain_id": 4_242, "rpc_urls": [], "staking": zero, "cai": zero, "settlement": zero,
        "deployed_at": 0, "epoch_seconds": 10, "block_time_ms": 1000,
    });
    let path = data.path().join("far.network.json");
    std::fs::write(&path, description.to_string()).expect("written");
    let add = format!("network add {}", path.display());
    run(&add).expect(0).says("names no RPC endpoint").says("cuckoo config set rpc-url URL --network far");
    run("balance anvil:0 -n far").expect(78).says("cuckoo config set rpc-url URL --network far");
    run(&format!("{add} --replace --rpc-url http://127.0.0.1:9")).expect(0);
    run("balance anvil:0 -n far").expect(5).says("127.0.0.1:9");
    run("network remove far").expect(0).says("was removed");
    run("network remove far").expect(3).says("cuckoo network list");
    run("balance -n far").expect(78);
}

#[test]
fn numbers_below_zero_and_names_of_wallets_are_refused_in_words() {
    let data = tempfile::tempdir().expect("a directory");
    let run = |line: &str| Ran::new(command(data.path(), &line.split(' ').collect::<Vec<_>>()).output().expect("runs"));
    for line in ["stake deposit -1", "task run x --seed -1", "balance --timeout -1s", "stake deposit -.5"] {
        let refused = run(line).expect(2).says("is negative");
        assert!(!refused.stderr.contains("'-- -"), "{refused:?}");
    }
    assert_eq!(run("stake deposit -1 --json").expect(2).envelope()["errors"][0]["class"], json!("usage"));
    let password = data.path().join("password");
    write_secret(&password, "correct horse \n");
    let with = format!("--password-file {}", password.display());
    let address = "0x253635a200F797e746DE81C1BdE3c335c88BFF23";
    run(&format!("wallet new {address} {with}")).expect(2).says("looks like an address");
    run(&format!("wallet new a.json {with}")).expect(2).says("`.json`");
    run(&format!("wallet new me {with}")).expect(0);
    run("wallet export me - --unencrypted").expect(2);
    // Cast takes the password of a file without blanks around it, and so does cuckoo where only that opens the wallet.
    run(&format!("wallet passwd me {with} --new-password-file {}", password.display())).expect(0);
    // A directory that cannot be read or made is named.
    let home = data.path().join("file");
    std::fs::write(&home, "").expect("written");
    let nowhere = |line: &[&str]| {
        let mut command = command(data.path(), line);
        Ran::new(command.env("CUCKOO_DATA_DIR", &home).output().expect("runs"))
    };
    let shown = home.display().to_string();
    nowhere(&["wallet", "list"]).expect(1).says(&shown).says("CUCKOO_DATA_DIR");
    nowhere(&["network", "list"]).expect(78).says(&shown).says("CUCKOO_DATA_DIR");
    nowhere(&["wallet", "new", "x", "--password-file", &password.display().to_string()]).expect(1).says(&shown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_is_checked_before_it_runs() {
    let chain = Chain::start().await;
    chain.wallet("node");
    let password = chain.password();
    let check = |extra: &str| {
        let mut words = vec!["coordinator", "check", "--account", "node", "--password-file", &password, "--json"];
        words.extend(extra.split(' ').filter(|word| !word.is_empty()));
        chain.run(&words)
    };
    let level = |ran: &Ran, topic: &str| {
        let data = ran.envelope()["data"].clone();
        let found = data.as_array().into_iter().flatten().find(|finding| finding["topic"] == json!(topic)).cloned();
        found.unwrap_or_else(|| panic!("no {topic} in {data}"))["level"].clone()
    };
    let ran = check("").expect(8);
    assert_eq!((level(&ran, "key"), level(&ran, "registration")), (json!("ok"), json!("fail")));
    chain.run(&["stake", "deposit", "2500000", "-a", "anvil:0"]).expect(0);
    let register = |endpoint: &str| {
        let stake = ["register", "coordinator", "-a", "anvil:0", "--node-account", "node", "--stake", "2500000"];
        let rest = ["--name", "shop", "--endpoint", endpoint, "--password-file", &password];
        chain.run(&[&stake[..], &rest].concat())
    };
    register("wss://HOST/link").expect(2).says("HOST stands for");
    register("ftp://x").expect(2).says("wss://HOST");
    let odd = ["register", "miner", "-a", "anvil:0", "--node-account", "node", "--name", "x", "--stake", "25000"];
    chain.run(&[&odd[..], &["--endpoint", "ftp://x", "--dry-run"]].concat()).expect(2).says("leave --endpoint out");
    register("ws://127.0.0.1:8781/link").expect(0);
    let prices = chain.path("prices.toml");
    std::fs::write(&prices, "[default]\nprompt = \"0.1\"\n").expect("written");
    let prices = format!("--prices {}", prices.display());
    assert_eq!(level(&check(&prices).expect(8), "escrow"), json!("fail"), "nobody would work for it");
    chain.run(&["escrow", "deposit", "shop", "10", "-a", "anvil:0"]).expect(0).says("cuckoo escrow status shop");
    let ran = check(&prices).expect(0);
    assert_eq!((level(&ran, "registration"), level(&ran, "escrow")), (json!("ok"), json!("ok")));
    check("--admin-listen 0.0.0.0:9").expect(8).says("ssh -L");

    // The files and the server that options name, and the bonds of cases.
    let ran = check(&format!("--calibrations {}", chain.path("nowhere").display())).expect(8);
    assert_eq!(level(&ran, "calibrations"), json!("fail"));
    assert_eq!(level(&check("--journal mysql://me@127.0.0.1/x").expect(8), "journal"), json!("fail"));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let journal = format!("--journal postgres://me@{}/x", listener.local_addr().expect("bound"));
    let ran = check(&journal).expect(0);
    assert_eq!((level(&ran, "journal"), level(&ran, "bonds")), (json!("ok"), json!("warn")));
    drop(listener);
    check(&journal).expect(8).says("check that the server is up");
    chain.run(&["faucet", "request", "--to", "node"]).expect(0);
    assert_eq!(level(&check("").expect(0), "bonds"), json!("ok"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_sets_a_miner_up_and_goes_on_where_it_was_stopped() {
    let chain = Chain::start().await;
    write_secret(&chain.path("password"), "correct horse");
    let password = chain.password();
    let unit_directory = chain.path("units");
    let setup = |extra: &[&str]| {
        let usual = ["miner", "setup", "--name", "box", "--engine", "scripted", "--password-file", &password];
        chain.run(&[&usual[..], extra].concat())
    };
    setup(&["--stake", "20000"]).expect(3).says("must be more than 20,000 CAI");
    assert!(!chain.path("keystores").exists(), "nothing is made for what cannot be");
    // More than the faucet gives: the wallets and the CAI stay for the next time, and a hint says how to get the rest.
    setup(&["--stake", "150000"]).expect(3).says("lacks 50,000 CAI").says("run the setup again");
    let done = setup(&["--unit-directory", &unit_directory.display().to_string(), "--json"]).expect(0);
    let data = done.data();
    let steps: Vec<_> = data["steps"].as_array().expect("steps").iter().map(|step| &step["done_now"]).collect();
    assert_eq!(steps, [false, false, false, true, true, true, true], "{data}");
    let coin = chain.control("eth_getBalance", json!([data["node"], "latest"])).await;
    assert_ne!(coin, json!("0x0"), "the miner's own key can pay fees");
    assert_eq!(data["run"], json!("cuckoo miner run --account node --engine scripted"));
    done.says("$ cuckoo stake deposit 25000cai --account owner")
        .says("--node-account node --name box --stake 25000cai");
    let unit = std::fs::read_to_string(unit_directory.join("cuckoo-miner.service")).expect("written");
    assert!(!unit.contains("--account") && unit.contains("--engine scripted"), "its key is a credential: {unit}");
    let status = chain.run(&["register", "status", "box", "--json"]).expect(0).data();
    assert_eq!((&status[0]["status"], &status[0]["self_stake"]), (&json!("active"), &json!(units(25_000))));
    // With a service manager at hand, the unit gets its key and is started: nothing is left to be typed.
    let (tools, log) = (chain.path("tools"), chain.path("tools/log"));
    std::fs::create_dir(&tools).expect("a directory");
    for tool in ["systemctl", "systemd-creds", "install"] {
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = --version ] && echo 'systemd 252 (252.38)' && exit\n\
             echo {tool} \"$@\" >> {0}\n[ {tool} = systemd-creds ] && cat >> {0} && echo >> {0}\ntrue\n",
            log.display()
        );
        std::fs::write(tools.join(tool), script).expect("written");
        std::fs::set_permissions(tools.join(tool), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("set");
    }
    let units = unit_directory.display().to_string();
    let start = ["miner", "setup", "--name", "box", "--engine", "scripted", "--password-file", &password, "--start"];
    let mut command = chain.command(&[&start[..], &["--unit-directory", &units]].concat());
    command.env("PATH", format!("{}:/usr/bin:/bin", tools.display()));
    Ran::new(command.output().expect("runs")).expect(0).says("$ systemctl daemon-reload && systemctl enable");
    let key = chain.path("keystores/node.json").display().to_string();
    let expected = [
        "install -d -m 700 /etc/credstore.encrypted/".to_owned(),
        format!("systemd-creds encrypt --name=keystore {key} /etc/credstore.encrypted/cuckoo.keystore"),
        String::new(),
        "install -d -m 700 /etc/credstore.encrypted/".to_owned(),
        "systemd-creds encrypt --name=keystore-password - /etc/credstore.encrypted/cuckoo.keystore-password".to_owned(),
        "correct horse".to_owned(),
        "systemctl daemon-reload".to_owned(),
        "systemctl enable cuckoo-miner".to_owned(),
        "systemctl restart cuckoo-miner".to_owned(),
    ];
    let done = std::fs::read_to_string(&log).expect("written");
    assert_eq!(done.lines().map(str::to_owned).collect::<Vec<_>>(), expected);
    // Once more changes nothing.
    let again = setup(&[]).expect(0).says("register the miner: done before");
    assert_eq!(again.stdout.trim().to_lowercase(), data["node"].as_str().expect("an address"));
    // What the setup says starts the miner: all that it needs is there.
    let check = ["miner", "check", "--account", "node", "--engine", "scripted", "--password-file", &password, "--json"];
    let checked = chain.run(&check).envelope()["data"].clone();
    let finding =
        |topic: &str| checked.as_array().into_iter().flatten().find(|row| row["topic"] == json!(topic)).cloned();
    assert_eq!(finding("registration").expect("checked")["level"], json!("ok"), "{checked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_sets_a_coordinator_up_and_goes_on_where_it_was_stopped() {
    let chain = Chain::start().await;
    write_secret(&chain.path("password"), "correct horse");
    let (password, unit_directory, data) = (chain.password(), chain.path("units"), chain.path("shop data"));
    let prices = chain.path("prices.toml");
    let setup = |network: &[&str], extra: &[&str]| {
        let usual = ["coordinator", "setup", "--name", "shop", "--password-file", &password];
        chain.run(&[&usual[..], network, extra].concat())
    };
    setup(&[], &["--stake", "2000000"]).expect(3).says("must be more than 2,000,000 CAI");
    setup(&[], &["--endpoint", "wss://HOST/link"]).expect(2).says("HOST stands for");
    setup(&[], &["--", "--bogus"]).expect(2).says("coordinator run --help");
    assert!(!chain.path("keystores").exists(), "nothing is made for what cannot be");
    let (unit_directory, data, prices) =
        (unit_directory.display().to_string(), data.display().to_string(), prices.display().to_string());
    let rpc = chain.network.rpc_urls[0].expose().to_string();
    let network = ["--rpc-url", &rpc];
    let more = [
        "--prices",
        &prices,
        "--data",
        &data,
        "--api-key",
        "first",
        "--unit-directory",
        &unit_directory,
        "--json",
        "--",
        "--max-queue",
        "7",
    ];
    let done = setup(&network, &more).expect(0);
    let shown = done.data();
    assert!(shown["steps"].as_array().expect("steps").iter().all(|step| step["done_now"] == json!(true)), "{shown}");
    assert_eq!(shown["steps"].as_array().map(Vec::len), Some(11), "{shown}");
    // What is more than a faucet gives comes by a grant on the local chain, and every command has the network that was typed.
    done.says(&format!("$ cuckoo faucet grant owner 2410000cai --account anvil:0 --rpc-url {rpc}"))
        .says(&format!("--name shop --endpoint ws://127.0.0.1:8781/link --stake 2500000cai --rpc-url {rpc}"))
        .says(&format!("10000cai --account owner --rpc-url {rpc}"));
    let unit = std::fs::read_to_string(chain.path("units/cuckoo-coordinator.service")).expect("written");
    let runs = format!("coordinator run --no-input --prices {prices} --data \"{data}\" --max-queue 7\n");
    assert!(unit.contains(&runs), "{unit}");
    assert!(shown["api_key"].as_str().is_some_and(|key| key.starts_with("ck_")), "{shown}");
    let keys = chain.run(&["coordinator", "keys", "list", "--data", &data]).expect(0).stdout;
    assert!(keys.contains("\tfirst\tactive\t"), "{keys}");
    let escrow = chain.run(&["escrow", "status", "shop", "--json"]).expect(0).data();
    assert_eq!(escrow[0]["balance"], json!(units(10_000)));
    // All that it needs is there.
    let check = ["coordinator", "check", "--account", "node", "--password-file", &password, "--prices", &prices];
    let checked = chain.run(&[&check[..], &["--json"]].concat()).envelope()["data"].clone();
    for topic in ["key", "registration", "endpoint", "escrow", "fees", "bonds", "prices"] {
        let found = checked.as_array().into_iter().flatten().find(|row| row["topic"] == json!(topic));
        assert_eq!(found.expect(topic)["level"], json!("ok"), "{checked}");
    }
    // Once more changes nothing, and no key is shown again.
    let again = setup(&network, &more).expect(0).data();
    let now: Vec<_> =
        again["steps"].as_array().expect("steps").iter().filter(|step| step["done_now"] == json!(true)).collect();
    assert_eq!((now.len(), &again["api_key"]), (1, &serde_json::Value::Null), "the unit alone: {again}");
    assert_eq!(again["node"], shown["node"]);
    // A wallet that is a coordinator's key cannot become a miner's.
    let miner = ["miner", "setup", "--engine", "scripted", "--password-file", &password];
    chain.run(&miner).expect(3).says("another kind of node").says("--node WALLET");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_s_setup_waits_for_cai_that_no_faucet_gives() {
    let chain = Chain::start_with(1_337, &[]).await;
    write_secret(&chain.path("password"), "correct horse");
    let key = chain.path("key");
    write_secret(&key, &alloy::hex::encode(account(0).to_bytes()));
    let (password, key) = (chain.password(), key.display().to_string());
    let setup =
        ["coordinator", "setup", "--name", "shop", "--endpoint", "wss://shop.example/link", "--yes", "--password-file"];
    let setup = [&setup[..], &[&password]].concat();
    // Nobody pays for the faucet's request, so that the wallets wait for coin and CAI.
    chain.run(&setup).expect(3);
    let owner = chain.run(&["wallet", "show", "owner", "--json"]).expect(0).data()["address"].clone();
    chain.control("anvil_setBalance", json!([owner, "0xde0b6b3a7640000"])).await;
    let lacking = chain.run(&setup).expect(3).says("ask one of the faucet's granters").says("run the setup again");
    let hint =
        lacking.stderr.lines().find_map(|line| line.split("who runs: cuckoo ").nth(1)).expect("a command").to_owned();
    typed(&chain, &format!("{hint} --private-key-file {key} --yes")).expect(0);
    let done = chain.run(&[&setup[..], &["--json"]].concat()).expect(0).data();
    assert_eq!(done["steps"][0]["done_now"], json!(false), "{done}");
    let status = chain.run(&["register", "status", "shop", "--json"]).expect(0).data();
    assert_eq!((&status[0]["status"], &status[0]["endpoint"]), (&json!("active"), &json!("wss://shop.example/link")));
}
