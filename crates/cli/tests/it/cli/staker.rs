//! A staker's stake over time: moved from node to node, listed, and the wallet at last put aside.

use serde_json::json;

use crate::harness::{
    chain::{Chain, UNBONDING, write_secret},
    proxy::{self, Act, Proxy},
};

fn units(cai: u64) -> String {
    format!("{cai}000000000000000000")
}

/// Two miners of the development account 0.
fn two_miners(chain: &Chain) {
    chain.run(&["stake", "deposit", "60000", "-a", "anvil:0"]).expect(0);
    for (wallet, name, stake) in [("one", "gpu-box", "30000"), ("two", "cellar", "25000")] {
        chain.wallet(wallet);
        let register =
            ["register", "miner", "-a", "anvil:0", "--node-account", wallet, "--name", name, "--stake", stake];
        chain.run(&[&register[..], &["--password-file", &chain.password()]].concat()).expect(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_is_moved_by_one_command_that_is_run_again_after_the_unbonding_period() {
    let chain = Chain::start().await;
    two_miners(&chain);
    chain.run(&["faucet", "request", "--to", "anvil:3"]).expect(0);
    let by = |line: &str| chain.run(&[&line.split(' ').collect::<Vec<_>>()[..], &["-a", "anvil:3"]].concat());
    by("stake deposit 100 --vote gpu-box").expect(0);
    by("stake deposit 40").expect(0);
    // What could not be done in the end does not begin.
    by("vote move gpu-box gpu-box 5").expect(2);
    by("vote move gpu-box nobody 5").expect(3);
    by("vote move gpu-box cellar 101").expect(3).says("your stake behind");
    by("vote move gpu-box cellar 60 --dry-run").expect(0);
    let begun = by("vote move gpu-box cellar 60").expect(0).says("60 CAI is unbonding from gpu-box");
    begun.says("hint: go on then, by the same command: cuckoo vote move gpu-box cellar 60cai --account anvil:3\n");
    // Twice is once.
    by("vote move gpu-box cellar 60")
        .expect(3)
        .says("60 CAI is unbonding from gpu-box until 20")
        .says("run this again then");
    chain.pass(UNBONDING + 1).await;
    let done = by("vote move gpu-box cellar 60 --json").expect(0).data();
    assert_eq!((&done["step"], &done["amount"]), (&json!("voted"), &json!(units(60))));
    assert_eq!(done["released"]["state"], json!("confirmed"));
    let status = chain.run(&["stake", "status", "anvil:3", "--json"]).expect(0).data();
    let behind = |name: &str| {
        let staked = status["staked"].as_array().expect("rows");
        staked.iter().find(|row| row["name"] == json!(name)).expect(name)["amount"].clone()
    };
    assert_eq!((behind("gpu-box"), behind("cellar")), (json!(units(40)), json!(units(60))));
    assert_eq!((&status["free"], &status["unbonding"]), (&json!(units(40)), &json!([])), "what was free stays so");
    // The rest, released by hand in between.
    by("vote move gpu-box cellar --all").expect(0);
    chain.pass(UNBONDING + 1).await;
    by("vote release gpu-box").expect(0);
    by("vote move gpu-box cellar --all").expect(0).says("40 CAI was put behind cellar");
    by("vote move gpu-box cellar --all").expect(3).says("your stake behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_whose_steps_are_not_waited_for_takes_none_of_them_twice() {
    let chain = Chain::start().await;
    two_miners(&chain);
    chain.run(&["faucet", "request", "--to", "anvil:3"]).expect(0);
    let by = |line: &str| chain.run(&[&line.split(' ').collect::<Vec<_>>()[..], &["-a", "anvil:3"]].concat());
    by("stake deposit 100 --vote gpu-box").expect(0);
    // No step comes into a block before the chain is told so.
    chain.control("evm_setAutomine", json!([false])).await;
    let step = || by("vote move gpu-box cellar 60 --no-wait");
    let open = || step().expect(3).says("is in no block yet").says("cuckoo tx wait 0x");
    step().expect(0);
    open();
    chain.mine(1).await;
    step().expect(3).says("60 CAI is unbonding from gpu-box until 20");
    chain.pass(UNBONDING + 1).await;
    step().expect(0).says("once the stake is free, go on by the same command");
    open();
    chain.mine(1).await;
    step().expect(0);
    open();
    chain.mine(1).await;
    step().expect(0).says("the move of 60 CAI to cellar was done by an earlier call");
    let status = chain.run(&["stake", "status", "anvil:3", "--json"]).expect(0).data();
    let staked: Vec<_> = status["staked"].as_array().expect("rows").iter().map(|row| row["amount"].clone()).collect();
    assert!(staked.contains(&json!(units(40))) && staked.contains(&json!(units(60))), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_whose_file_does_not_name_its_address_is_checked_by_its_key() {
    let chain = Chain::start().await;
    let address = chain.wallet("me");
    let file = chain.path("keystores/me.json");
    let mut keystore: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).expect("read")).expect("JSON");
    keystore.as_object_mut().expect("fields").remove("address");
    write_secret(&file, &keystore.to_string());
    chain.run(&["faucet", "request", "--to", &address]).expect(0);
    let remove = |extra: &[&str]| chain.run(&[&["wallet", "remove", "me", "--confirm", "me"], extra].concat());
    remove(&[]).expect(3).says("does not hold its address").says("--password-file PATH");
    remove(&["--password-file", &chain.password()]).expect(3).says("it has 100,000 CAI");
    assert!(file.exists());
    // What it has sent is waited for.
    chain.control("evm_setAutomine", json!([false])).await;
    let password = chain.password();
    chain.run(&["send", "anvil:0", "max", "-a", "me", "--password-file", &password, "--no-wait"]).expect(0);
    remove(&["--password-file", &password]).expect(3).says("is in no block yet");
    chain.control("evm_setAutomine", json!([true])).await;
    chain.mine(1).await;
    remove(&["--password-file", &password]).expect(0).says("keystores/removed/me.json");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leaderboard_is_cut_after_the_heaviest() {
    let chain = Chain::start().await;
    two_miners(&chain);
    let names = |extra: &[&str]| -> Vec<_> {
        let rows = chain.run(&[&["vote", "leaderboard", "--json"], extra].concat()).expect(0).data();
        rows.as_array().expect("rows").iter().map(|row| row["name"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(names(&[]), ["gpu-box", "cellar"]);
    assert_eq!(names(&["--limit", "1"]), ["gpu-box"]);
    chain.run(&["vote", "leaderboard", "--limit", "0"]).expect(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_goes_only_once_nothing_needs_it_and_its_file_is_kept() {
    let chain = Chain::start().await;
    let me = chain.wallet("me");
    chain.run(&["config", "set", "account", "me"]).expect(0);
    let remove = |extra: &[&str]| chain.run(&[&["wallet", "remove", "me"], extra].concat());
    remove(&["--confirm", "me"]).expect(3).says("names it as the account").says("cuckoo config unset account");
    chain.run(&["config", "unset", "account"]).expect(0);
    chain.run(&["faucet", "request", "--to", "me"]).expect(0);
    remove(&["--confirm", "me"]).expect(3).says("it has 100,000 CAI").says(&format!("cuckoo balance {me} --network"));
    let password = chain.password();
    let all = ["send", "anvil:0", "max", "-a", "me", "--password-file", &password];
    chain.run(&all).expect(0);
    // The key of a node is needed as long as the node is registered.
    chain.run(&["stake", "deposit", "25000", "-a", "anvil:0"]).expect(0);
    let register = ["register", "miner", "-a", "anvil:0", "--node-account", "me", "--name", "box", "--stake", "25000"];
    chain.run(&[&register[..], &["--password-file", &password]].concat()).expect(0);
    remove(&["--confirm", "me"]).expect(3).says("it is the key of the node box").says("cuckoo register remove");
    chain.run(&["register", "remove", "box", "-a", "anvil:0", "--confirm", "box"]).expect(0);
    chain.run(&["wallet", "remove", "me", "--confirm", "me"]).expect(0).says("keystores/removed/me.json");
    chain.wallet("me");
    let other = chain.wallet("other");
    chain.run(&["wallet", "remove", "other"]).expect(2).says("--confirm other");
    chain.run(&["wallet", "remove", "other", "--confirm", "me"]).expect(2);
    let removed = chain.run(&["wallet", "remove", "other", "--confirm", "other", "--json"]).expect(0).data();
    assert_eq!(removed["address"], json!(other.to_lowercase()));
    let file = std::path::PathBuf::from(removed["file"].as_str().expect("a path"));
    assert_eq!(file, chain.path("keystores/removed/other.json"));
    assert!(file.exists() && !chain.path("keystores/other.json").exists());
    let names = chain.run(&["wallet", "list"]).expect(0).stdout;
    assert!(names.starts_with("me\t") && names.lines().count() == 1, "{names}");
    chain.run(&["wallet", "remove", "other", "--confirm", "other"]).expect(4).says("no wallet");
    // Another one of the same name takes no place of the first.
    chain.wallet("other");
    let removed = chain.run(&["wallet", "remove", "other", "--confirm", "other"]).expect(0).says("other-2.json");
    assert!(removed.stderr.contains("to take it back: mv "), "{removed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_when_it_was_new_is_never_offered_again_and_listed_as_refused() {
    let chain = Chain::start().await;
    let proxy = Proxy::start(&chain, |_, _| Act::Pass).await;
    let deposit = async |amount: &str, extra: &[&str]| {
        let arguments = ["stake", "deposit", amount, "-a", "anvil:0", "--rpc-url", &proxy.url];
        proxy::run(&chain, &[&arguments[..], extra].concat()).await
    };
    // A nonce that was used when the contracts were deployed.
    deposit("1", &["--nonce", "0"]).await.expect(1);
    let listed = |extra: &[&str]| chain.run(&[&["tx", "list", "--json"], extra].concat()).expect(0).data();
    assert_eq!(listed(&[]), json!([]), "nothing waits for a block");
    let first = listed(&["--all"])[0].clone();
    assert_eq!(first["state"], json!("refused"));
    let hash = first["attempts"][0]["hash"].as_str().expect("a hash").to_owned();
    chain.run(&["tx", "wait", &hash, "--timeout", "30s"]).expect(1).says("refused when it was new");
    let before = proxy.count("eth_sendRawTransaction");
    deposit("2", &[]).await.expect(0);
    assert_eq!(proxy.count("eth_sendRawTransaction") - before, 1, "the second alone");
    chain.run(&["tx", "wait", &hash, "--timeout", "30s"]).expect(1).says("refused when it was new");
    let states: Vec<_> = listed(&["--all"]).as_array().expect("rows").iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states.iter().filter(|state| **state == json!("refused")).count(), 1, "{states:?}");
    assert_eq!(states.iter().filter(|state| **state == json!("confirmed")).count(), 1, "{states:?}");
    let status = chain.run(&["stake", "status", "anvil:0", "--json"]).expect(0).data();
    assert_eq!(status["free"], json!(units(2)), "the second alone");
}
