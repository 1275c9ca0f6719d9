//! The life of a stake: it earns, it is claimed, it comes back; nodes change and leave; and every CAI is somewhere.

use cuckoo::node::coordinator::journal::{Journal, Payer};
use cuckoo_protocol::{
    U256,
    chain::Network,
    contract::{Role, Staking},
};
use serde_json::json;

use crate::harness::{
    books::{amount, balance, balanced, settle, start_period, two_nodes, units},
    chain::{CLAIM_DELAY, Chain, UNBONDING, account},
};

/// What the leaderboard says follows from the chain's own figures.
async fn the_leaderboard_computes_from_the_chain(chain: &Chain) {
    let client = chain.client().await;
    let staking = client.network().staking;
    let board = chain.run(&["vote", "leaderboard", "--json"]).expect(0).data();
    let stream = client.read(staking, &Staking::streamOfCall { role: Role::Miner as u8 }).await.expect("a stream");
    assert_eq!(amount(&board[0]["reward_per_day"]), stream.rate * U256::from(86_400));
    assert_eq!((&board[0]["commission_bps"], &board[0]["share_ppm"]), (&json!(1_000), &json!(1_000_000)));
    let rows = chain.run(&["vote", "leaderboard"]).expect(0).stdout;
    let fields: Vec<_> = rows.trim_end().split('\t').collect();
    assert_eq!(fields[3..7], [units(50_000).to_string().as_str(), "100.00", &units(40_000).to_string(), "10.00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stake_earns_is_claimed_and_comes_back_to_the_wei() {
    let chain = Chain::start().await;
    let (owner, voter) = (chain.wallet("owner"), chain.wallet("voter"));
    let node = chain.wallet("node");
    let everybody = [owner.clone(), voter.clone(), account(0).address().to_string()];
    let password = chain.password();
    let with = |account: &str, arguments: &[&str]| {
        let globals = ["--account", account, "--password-file", &password];
        chain.run(&[arguments, &globals].concat())
    };
    for wallet in ["owner", "voter"] {
        with(wallet, &["faucet", "request"]).expect(0);
    }
    with("owner", &["stake", "deposit", "60000"]).expect(0);
    let register = ["register", "miner", "--node-account", "node", "--name", "gpu-box", "--stake", "40000"];
    with("owner", &register).expect(0);
    start_period(&chain.client().await, Role::Miner).await;
    // While nobody else has a stake in it, the first commission is in force at once.
    with("owner", &["register", "update", "gpu-box", "--commission", "10"])
        .expect(0)
        .says("10.00 % took effect at once");
    with("voter", &["stake", "claim"]).expect(3).says("earned nothing");
    with("voter", &["stake", "deposit", "10000", "--vote", "gpu-box"]).expect(0);
    with("voter", &["stake", "deposit", "500"]).expect(0);
    balanced(&chain, &everybody, 0).await;
    chain.pass(10).await;
    // From this claim on the owner has four fifths of the stake; nine tenths of the earnings go by stake.
    let first = with("owner", &["stake", "claim", "gpu-box", "--json"]).expect(0).data();
    chain.pass(1_000).await;
    balanced(&chain, &everybody, 0).await;
    let status = with("owner", &["stake", "status", "--json"]).expect(0).data();
    assert_eq!(status["rewards"][0]["own"], json!(true));
    let before = balance(&chain, &owner);
    assert_eq!(before["rewards"], status["rewards"]);
    let claimed = with("owner", &["stake", "claim", "--json"]).expect(0).data();
    let (paid, commission) = (amount(&claimed["total"]), amount(&claimed["claims"][0]["commission"]));
    let reward = paid - commission;
    let (left, right) = (reward * U256::from(10), commission * U256::from(72));
    assert!(left.abs_diff(right) < U256::from(1_000_000), "{left} {right}");
    assert!(paid >= amount(&before["rewards"][0]["amount"]), "a claim pays all that was shown");
    let after = balance(&chain, &owner);
    assert_eq!((amount(&after["liquid"]), &after["rewards"]), (amount(&before["liquid"]) + paid, &json!([])));
    assert_eq!(amount(&after["liquid"]), units(40_000) + amount(&first["total"]) + paid);

    the_leaderboard_computes_from_the_chain(&chain).await;

    // Out again: in two ways that are one, and no sooner than promised.
    with("voter", &["stake", "unbond", "gpu-box"]).expect(2);
    with("voter", &["stake", "unbond", "gpu-box", "10000.1"]).expect(3).says("your stake behind").says("is 10,000 CAI");
    let unbonding = with("voter", &["stake", "unbond", "gpu-box", "4000", "--json"]).expect(0).data();
    assert_eq!(amount(&unbonding["amount"]), units(4_000));
    with("voter", &["vote", "retract", &node, "--all"]).expect(0).says("6,000 CAI is unbonding").says("vote release");
    with("voter", &["vote", "release", "gpu-box"]).expect(3).says("still unbonding");
    let state = balance(&chain, &voter);
    assert_eq!(state["unbonding"][0]["available_at"], unbonding["available_at"]);
    assert_eq!((&state["unbonding"][1]["available"], &state["staked"]), (&json!(false), &json!([])));
    balanced(&chain, &everybody, 0).await;
    chain.pass(UNBONDING).await;
    chain.run(&["balance", &voter]).expect(0).says(&format!("cuckoo vote release {node}"));
    with("voter", &["vote", "release", "gpu-box"]).expect(0);
    with("voter", &["stake", "withdraw"]).expect(2);
    with("voter", &["stake", "withdraw", "--all"]).expect(0).says("10,500 CAI");

    // Stake that has left earns nothing more, and what it had earned is still there.
    let left = balance(&chain, &voter);
    assert_eq!((amount(&left["liquid"]), amount(&left["free"])), (units(100_000), U256::ZERO));
    chain.pass(1_000).await;
    assert_eq!(balance(&chain, &voter)["total"], left["total"]);
    with("voter", &["stake", "claim", "gpu-box", "--all"]).expect(2);
    with("voter", &["stake", "claim", "gpu-box", "--dry-run"]).expect(0).says("not sent");
    let claimed = with("voter", &["stake", "claim", "gpu-box", "--json"]).expect(0).data();
    assert_eq!(claimed["claims"][0]["commission"], json!("0"));
    let end = balance(&chain, &voter);
    assert_eq!((&end["liquid"], &end["total"]), (&left["total"], &left["total"]));
    assert_eq!(amount(&end["liquid"]), units(100_000) + amount(&claimed["total"]));
    assert!(amount(&claimed["total"]) > U256::ZERO);
    with("voter", &["stake", "claim"]).expect(3).says("earned nothing");
    balanced(&chain, &everybody, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_changed_and_removed_by_its_owner_only() {
    let chain = Chain::start().await;
    crate::harness::books::two_nodes(&chain, 40_000);
    let voter = account(2).address().to_string();
    chain.run(&["faucet", "request", "--to", &voter]).expect(0);
    chain.run(&["stake", "deposit", "1000", "--vote", "gpu-box", "-a", "anvil:2"]).expect(0);
    let update = |account: &str, change: &[&str]| {
        chain.run(&[&["register", "update", "gpu-box", "-a", account], change].concat())
    };
    let status = || chain.run(&["register", "status", &account(6).address().to_string(), "--json"]).expect(0).data();

    update("anvil:1", &[]).expect(2).says("--commission");
    update("anvil:2", &["--introduction", "mine"]).expect(3).says("belongs to").says("--account NAME");
    update("anvil:1", &["--introduction", "one card"]).expect(0).says("is updated");
    update("anvil:1", &["--name", "x".repeat(65).as_str()]).expect(3).says("1 to 64 bytes; this one has 65");
    // Somebody has voted by now, so a commission is announced first.
    update("anvil:1", &["--commission", "50.01"]).expect(3).says("at most 50.00 %");
    update("anvil:1", &["--commission", "101"]).expect(2);
    let ran = update("anvil:1", &["--commission", "2.5%", "--endpoint", "https://gpu.example", "--json"]).expect(0);
    let updated = ran.says("takes effect at").says("cuckoo stake claim").data();
    assert_eq!(updated["transactions"].as_array().map(Vec::len), Some(2));
    let before = status();
    assert_eq!(
        (&before[0]["introduction"], &before[0]["endpoint"]),
        (&json!("one card"), &json!("https://gpu.example"))
    );
    assert_eq!((&before[0]["commission_bps"], &before[0]["next_commission_bps"]), (&json!(0), &json!(250)));
    assert_eq!(before[0]["next_commission_at"], updated["commission"]["effective_at"]);
    let board = chain.run(&["vote", "leaderboard", "--role", "miner", "--json"]).expect(0).data();
    assert_eq!(board[0]["next_commission_at"], updated["commission"]["effective_at"]);
    chain.pass(UNBONDING).await;
    let after = status();
    assert_eq!((&after[0]["commission_bps"], after[0].get("next_commission_bps")), (&json!(250), None));
    chain
        .run(&["register", "update", "hub", "--endpoint", "", "-a", "anvil:0"])
        .expect(2)
        .says("a coordinator needs an endpoint");

    let remove =
        |account: &str, more: &[&str]| chain.run(&[&["register", "remove", "gpu-box", "-a", account], more].concat());
    remove("anvil:2", &["--confirm", "gpu-box"]).expect(3).says("belongs to");
    remove("anvil:1", &["--yes"]).expect(2).says("permanently").says("--confirm 'gpu-box'");
    remove("anvil:1", &["--confirm", "gpu"]).expect(2).says("is not the name");
    remove("anvil:1", &["--dry-run"]).expect(0).says("not sent");
    assert_eq!(status()[0]["status"], json!("active"));
    remove("anvil:1", &["--confirm", "gpu-box"]).expect(0).says("was removed").says("stake unbond");
    assert_eq!((&status()[0]["status"], &status()[0]["weight"]), (&json!("removed"), &json!("0")));
    update("anvil:1", &["--name", "again"]).expect(3).says("not active");
    chain.run(&["vote", "cast", "gpu-box", "1", "-a", "anvil:1"]).expect(3);
    for account in ["anvil:1", "anvil:2"] {
        chain.run(&["stake", "unbond", "gpu-box", "--all", "-a", account]).expect(0);
    }
    chain.pass(UNBONDING).await;
    for (account, stake) in [("anvil:1", "40,000 CAI"), ("anvil:2", "1,000 CAI")] {
        chain.run(&["vote", "release", "gpu-box", "-a", account]).expect(0);
        chain.run(&["stake", "withdraw", "--all", "-a", account]).expect(0).says(stake);
    }
    balanced(&chain, &[0, 1, 2].map(|index| account(index).address().to_string()), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_replaced_and_everything_else_stays() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    let (old, voter) = (account(6).address(), account(2).address().to_string());
    chain.run(&["faucet", "request", "--to", &voter]).expect(0);
    chain.run(&["stake", "deposit", "1000", "--vote", "gpu-box", "-a", "anvil:2"]).expect(0);
    let new = chain.wallet("spare");
    let password = chain.password();
    let rotate = |node: &str, account: &str, by: &str| {
        let key = ["--node-account", account, "--node-password-file", &password, "-a", by];
        chain.run(&[&["register", "rotate", node][..], &key].concat())
    };
    rotate("gpu-box", "spare", "anvil:2").expect(3).says("belongs to");
    rotate("gpu-box", "anvil:5", "anvil:1").expect(3).says("a new key is needed");
    rotate("gpu-box", "spare", "anvil:1").expect(0).says("stake and votes stay").says("counts for another 10m");
    let after = chain.run(&["register", "status", &new, "--json"]).expect(0).data()[0].clone();
    assert_eq!((&after["status"], amount(&after["weight"])), (&json!("active"), units(41_000)));
    assert_eq!((&after["name"], &after["owner"]), (&json!("gpu-box"), &json!(account(1).address())));
    chain.run(&["register", "status", &old.to_string()]).expect(3).says("was replaced by").says(&new);
    assert_eq!(amount(&balance(&chain, &voter)["staked"][0]["amount"]), units(1_000));
    // What a coordinator had settled with the old key is still collected for its owner.
    let client = chain.client().await;
    chain.run(&["escrow", "deposit", "hub", "100", "-a", "anvil:0"]).expect(0);
    settle(&client, 0, 5, 6, units(10), 1).await;
    chain.run(&["escrow", "collect", "-a", "anvil:1"]).expect(0).says("it pays from");
    chain.pass(CLAIM_DELAY).await;
    chain.run(&["escrow", "collect", "-a", "anvil:1"]).expect(0).says("9.8 CAI was paid to the owner");
    // Stake is retracted from the key in use, and the other one names it.
    chain.run(&["stake", "unbond", &old.to_string(), "1", "-a", "anvil:2"]).expect(3);
    chain.run(&["stake", "unbond", &new, "1000", "-a", "anvil:2"]).expect(0);
    rotate(&old.to_string(), "spare", "anvil:1").expect(3);
    // A journal that says what the old key owes is not the new key's.
    let Network { chain_id, settlement, .. } = chain.network;
    let payer = Payer { chain_id, settlement, coordinator: account(5).address() };
    let (data, directory) = (chain.path("hub"), chain.path("hub").display().to_string());
    std::fs::create_dir_all(&data).expect("a directory");
    drop(Journal::open(&data.join("journal.db"), &data.join("assignments.log"), &payer).expect("opens"));
    chain.wallet("successor");
    rotate("hub", "successor", "anvil:0").expect(0).says("--data DIR");
    let run = ["coordinator", "run", "--no-input", "--account", "successor", "--password-file", &password];
    let ran = chain.run(&[&run[..], &["--data", &directory]].concat()).expect(78);
    ran.says("is that of coordinator").says(&payer.coordinator.to_string()).says("name a new --data");
    balanced(&chain, &[0, 1, 2].map(|index| account(index).address().to_string()), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_that_earn_nothing_are_said_and_a_commission_is_agreed_to() {
    let chain = Chain::start().await;
    two_nodes(&chain, 20_001);
    let voter = account(2).address().to_string();
    chain.run(&["faucet", "grant", &voter, "300000", "-a", "anvil:0"]).expect(0);
    let deposit = |amount: &str, more: &[&str]| {
        chain.run(&[&["stake", "deposit", amount, "--vote", "gpu-box", "-a", "anvil:2"], more].concat())
    };
    assert!(!deposit("100000", &[]).expect(0).stderr.contains("earn nothing more"));
    let ran = deposit("100000", &[]).expect(0);
    assert!(ran.stderr.contains("together count up to 10 times that stake"), "{ran:?}");
    let row = chain.run(&["vote", "leaderboard", "--role", "miner", "--json"]).expect(0).data()[0].clone();
    assert_eq!((amount(&row["weight"]), amount(&row["votes_beyond"])), (units(200_010), units(19_991)));

    // What was announced counts as well.
    chain.run(&["register", "update", "gpu-box", "--commission", "10", "-a", "anvil:1"]).expect(0);
    deposit("1", &["--max-commission", "5"]).expect(3).says("10.00 %").says("5.00 %").says("vote leaderboard");
    deposit("1", &["--max-commission", "10"]).expect(0);
    deposit("1", &[]).expect(0);
    chain.run(&["stake", "deposit", "1", "-a", "anvil:2"]).expect(0);
    chain.run(&["vote", "cast", "gpu-box", "1", "--max-commission", "9.99", "-a", "anvil:2"]).expect(3);
    chain.run(&["vote", "cast", "gpu-box", "1", "-a", "anvil:2"]).expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_nobody_pays_is_idle_until_somebody_does() {
    let chain = Chain::start().await;
    let client = chain.client().await;
    two_nodes(&chain, 40_000);
    start_period(&client, Role::Miner).await;
    chain.run(&["escrow", "deposit", "hub", "100", "-a", "anvil:0"]).expect(0);
    let mark = |node: &str| chain.run(&["register", "idle", node, "-a", "anvil:3", "--json"]);
    mark("gpu-box").expect(3).says("it can be marked from");
    chain.pass(7 * 24 * 3_600 + 60).await;
    let marked = mark("gpu-box").expect(0).says("is idle since").data();
    assert_eq!(amount(&marked["tip"]), units(1));
    mark("gpu-box").expect(3).says("marked as idle already");
    let status = || {
        let ran = chain.run(&["register", "status", "gpu-box", "--json"]).expect(0);
        (ran.data()[0]["status"].clone(), ran)
    };
    let (state, ran) = status();
    assert_eq!(state, json!("idle"));
    assert!(ran.stderr.contains("it earns nothing") && ran.stderr.contains("cuckoo escrow collect"), "{ran:?}");
    let row = || chain.run(&["vote", "leaderboard", "--role", "miner", "--json"]).expect(0).data()[0].clone();
    assert_eq!((&row()["idle"], amount(&row()["reward_per_day"])), (&json!(true), U256::ZERO));
    let board = chain.run(&["vote", "leaderboard", "--role", "miner"]).expect(0).stdout;
    assert!(board.contains("\tminer\tidle\t"), "{board}");

    // A payment that matured ends it.
    settle(&client, 0, 5, 6, units(10), 1).await;
    chain.run(&["escrow", "collect", "-a", "anvil:1"]).expect(0).says("it pays from");
    chain.pass(CLAIM_DELAY).await;
    chain.run(&["escrow", "collect", "-a", "anvil:1"]).expect(0).says("was paid to the owner");
    assert_eq!((status().0, &row()["idle"]), (json!("active"), &json!(false)));
}
