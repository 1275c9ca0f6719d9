//! What reads cost: requests in proportion to the blocks that are new, from an index that mends itself.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use alloy::primitives::{B256, U64, keccak256};
use serde_json::{Value, json};

use crate::harness::{
    chain::{Chain, Ran, account},
    proxy::{Act, Proxy, description, on, run},
    screen::Window,
};

/// Reads that scan events, by their arguments.
const READS: [&[&str]; 7] = [
    &["balance"],
    &["stake", "status"],
    &["vote", "list"],
    &["vote", "leaderboard"],
    &["register", "status"],
    &["escrow", "status"],
    &["dispute", "list", "--all"],
];

/// A chain with a staker, a node and many blocks.
async fn chain_with_a_staker(blocks: u64) -> Chain {
    let chain = Chain::start().await;
    let staker = account(1).address().to_string();
    chain.run(&["faucet", "request", "--to", &staker]).expect(0);
    chain.run(&["stake", "deposit", "60000", "-a", "anvil:1"]).expect(0);
    let register = ["register", "miner", "--node-account", "anvil:6", "--name", "gpu-box", "--stake", "30000"];
    chain.run(&[&register[..], &["-a", "anvil:1"]].concat()).expect(0);
    chain.mine(blocks).await;
    chain.run(&["stake", "unbond", "gpu-box", "1000", "-a", "anvil:1"]).expect(0);
    chain
}

async fn read(chain: &Chain, network: &str, read: &[&str]) -> Ran {
    run(chain, &[read, &["-a", "anvil:1", "-n", network]].concat()).await.expect(0)
}

/// The file of the index.
fn index(chain: &Chain) -> PathBuf {
    let directory = chain.path(".cache/cuckoo/events");
    let mut files = std::fs::read_dir(directory).expect("an index").map(|file| file.expect("a file").path());
    files.find(|path| path.extension().is_some_and(|end| end == "db")).expect("an index")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_on_a_synced_index_takes_two_requests() {
    let chain = chain_with_a_staker(600).await;
    let proxy = Proxy::start(&chain, |_, _| Act::Pass).await;
    let network = description(&chain, "counted", &[&proxy.url]);
    let cold = read(&chain, &network, &["balance"]).await;
    assert!(proxy.take_requests() <= 5, "the first read of a short chain");
    let codes = proxy.count("eth_getCode");
    for arguments in READS {
        let ran = read(&chain, &network, arguments).await;
        let requests = proxy.take_requests();
        // Disputes are read one thing after the other, of which there is none here.
        assert!(requests <= 3, "{arguments:?}: {requests}");
        assert!(!ran.stdout.is_empty() || arguments[0] == "dispute" || arguments[0] == "escrow", "{ran:?}");
    }
    assert_eq!(proxy.count("eth_getCode"), codes, "the contracts are checked once");
    // New blocks are seen, and what they changed.
    chain.run(&["stake", "deposit", "7", "-a", "anvil:1"]).expect(0);
    chain.mine(300).await;
    let after = read(&chain, &network, &["balance"]).await;
    assert!(proxy.take_requests() <= 3);
    assert_ne!(cold.stdout, after.stdout);
    // A new index says the same, whatever the old one holds.
    std::fs::remove_dir_all(chain.path(".cache/cuckoo/events")).expect("removed");
    assert_eq!(read(&chain, &network, &["balance"]).await.stdout, after.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_far_endpoint_is_asked_five_times_in_a_row_at_most_and_twice_on_an_index() {
    let chain = chain_with_a_staker(2_000).await;
    let far = Proxy::start(&chain, |_, _| Act::Late(Duration::from_millis(1_000))).await;
    let network = description(&chain, "far", &[&far.url]);
    for arguments in [&["balance"][..], &["stake", "status"], &["vote", "leaderboard"]] {
        let _ = std::fs::remove_dir_all(chain.path(".cache/cuckoo/events"));
        far.take_rounds();
        let cold = read(&chain, &network, arguments).await;
        let rounds = far.take_rounds();
        assert!((1..=5).contains(&rounds), "{arguments:?}, cold: {rounds}");
        assert_eq!(read(&chain, &network, arguments).await.stdout, cold.stdout);
        let rounds = far.take_rounds();
        assert!((1..=2).contains(&rounds), "{arguments:?}, warm: {rounds}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_wrong_is_made_again() {
    let chain = chain_with_a_staker(400).await;
    let right = read(&chain, "local", &["balance"]).await.stdout;
    let path = index(&chain);
    let change = |statement: &str| {
        let changed = rusqlite::Connection::open(&path).expect("opens").execute_batch(statement);
        changed.expect("changed");
    };
    let anchor = || -> Option<i64> {
        let connection = rusqlite::Connection::open(&path).expect("opens");
        connection.query_row("SELECT number FROM facts WHERE name = 'anchor'", [], |row| row.get(0)).ok()
    };
    assert!(anchor().is_some(), "what is settled is kept");
    // An anchor that is not of this chain, events that are not there, some that are lost, an older table.
    for statement in [
        "UPDATE facts SET bytes = zeroblob(32) WHERE name = 'anchor'",
        "DELETE FROM events; DELETE FROM facts WHERE name = 'agrees'",
        "DELETE FROM spans",
        "DROP TABLE events",
        "UPDATE events SET topic1 = x'00'",
        "PRAGMA user_version = 99",
        "UPDATE facts SET bytes = x'00' WHERE name = 'subject'",
    ] {
        change(statement);
        assert_eq!(read(&chain, "local", &["balance"]).await.stdout, right, "{statement}");
    }
    for content in [
        &b"not a database at all, but as long as the head of one: ................................................."[..],
        b"",
    ] {
        for file in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{file}", path.display()));
        }
        std::fs::write(&path, content).expect("written");
        assert_eq!(read(&chain, "local", &["balance"]).await.stdout, right);
    }
    // Several commands at once, on no index.
    std::fs::remove_dir_all(path.parent().expect("a directory")).expect("removed");
    let several = (0..4).map(|_| read(&chain, "local", &["balance"]));
    for ran in futures::future::join_all(several).await {
        assert_eq!(ran.stdout, right);
    }
    // A directory that cannot be written to costs requests and nothing else.
    std::fs::remove_dir_all(path.parent().expect("a directory")).expect("removed");
    std::fs::write(path.parent().expect("a directory"), "a file in its place").expect("written");
    assert_eq!(read(&chain, "local", &["balance"]).await.stdout, right);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_takes_back_blocks_is_read_as_it_is() {
    let chain = chain_with_a_staker(250).await;
    let before = read(&chain, "local", &["balance"]).await.stdout;
    let snapshot = chain.control("evm_snapshot", json!([])).await;
    chain.run(&["stake", "deposit", "5", "-a", "anvil:1"]).expect(0);
    chain.mine(150).await;
    let longer = read(&chain, "local", &["balance"]).await.stdout;
    assert_ne!(longer, before);
    // Deeper than what counts as settled: as a local chain that was started again from a state.
    assert_eq!(chain.control("evm_revert", json!([snapshot])).await, json!(true));
    chain.mine(260).await;
    let other = read(&chain, "local", &["vote", "list"]).await.stdout;
    std::fs::remove_dir_all(chain.path(".cache/cuckoo/events")).expect("removed");
    assert_eq!(read(&chain, "local", &["vote", "list"]).await.stdout, other);
    assert!(read(&chain, "local", &["balance"]).await.stdout.contains("29000"), "the stake behind the node");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_of_few_blocks_at_once_and_without_batches_is_read_as_well() {
    let chain = chain_with_a_staker(700).await;
    let right = read(&chain, "local", &["balance"]).await.stdout;
    std::fs::remove_dir_all(chain.path(".cache/cuckoo/events")).expect("removed");
    let narrow = Proxy::start(&chain, |method, parameters| match width(&parameters[0]) {
        Some(blocks) if method == "eth_getLogs" && blocks > 50 => {
            Act::Error(json!({"code": -32602, "message": "eth_getLogs is limited to a 50 block range"}))
        }
        _ => Act::Pass,
    })
    .await;
    let network = description(&chain, "narrow", &[&narrow.url]);
    assert_eq!(read(&chain, &network, &["balance"]).await.stdout, right);
    narrow.take_requests();
    assert_eq!(read(&chain, &network, &["balance"]).await.stdout, right);
    // The tip is wider than what it answers.
    assert!(narrow.take_requests() <= 10);
    let single = Proxy::start(&chain, |_, _| Act::Pass).await;
    single.refuse_batches();
    let network = description(&chain, "single", &[&single.url]);
    assert_eq!(read(&chain, &network, &["balance"]).await.stdout, right);
}

/// The blocks that a filter asks for, where it names both ends.
pub(super) fn width(filter: &Value) -> Option<u64> {
    let (from, to) = (number(&filter["fromBlock"])?, number(&filter["toBlock"])?);
    Some((to + 1).saturating_sub(from))
}

fn number(value: &Value) -> Option<u64> {
    serde_json::from_value::<U64>(value.clone()).ok().map(|number| number.to())
}

/// Empty blocks that are made up behind those of the chain.
const MADE_UP: u64 = 6_300_000;
/// Most blocks that the endpoint answers at once.
const LIMIT: u64 = 10_000;

/// Reads of what is new ask for no more than this.
const FEW: u64 = 1_000;

/// The chain with so many blocks more. Its endpoint refuses ranges that are too wide, and fails once in a hundred ranges of a scan.
fn long_chain(own: u64) -> impl FnMut(&str, &Value) -> Act + Send + 'static {
    let newest = own + MADE_UP;
    let hash = |number: u64| keccak256(number.to_be_bytes());
    let header = move |number: u64| {
        json!({
            "number": U64::from(number), "hash": hash(number), "parentHash": hash(number - 1),
            "timestamp": U64::from(1_800_000_000 + number),
        })
    };
    let asked = Arc::new(AtomicUsize::new(0));
    move |method, parameters| match method {
        "eth_getBlockByNumber" => match (parameters[0].as_str(), number(&parameters[0])) {
            (Some("latest"), _) => Act::Answer(header(newest)),
            (_, Some(number)) if number > newest => Act::Answer(Value::Null),
            (_, Some(number)) if number > own => Act::Answer(header(number)),
            _ => Act::Pass,
        },
        // The state is the same since the chain's own newest block.
        "eth_call" | "eth_getBalance" => Act::With(json!([parameters[0], "latest"])),
        "eth_getLogs" => {
            let filter = &parameters[0];
            let from = number(&filter["fromBlock"]).unwrap_or_default();
            let to = number(&filter["toBlock"]).unwrap_or(newest);
            let is_scan = to + 1 - from > FEW;
            if is_scan && asked.fetch_add(1, Ordering::Relaxed) % 100 == 99 {
                return Act::Error(json!({"code": -32000, "message": "internal error"}));
            }
            if to + 1 - from > LIMIT {
                return Act::Error(json!({"code": -32005, "message": "block range is limited to 10000"}));
            }
            if from > own {
                return Act::Answer(json!([]));
            }
            let mut filter = filter.clone();
            filter["toBlock"] = json!(U64::from(to.min(own)));
            Act::With(json!([filter]))
        }
        _ => Act::Pass,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_of_blocks_is_read_once_in_pieces_and_then_in_five_requests() {
    let chain = chain_with_a_staker(300).await;
    let own = number(&chain.control("eth_blockNumber", json!([])).await).expect("a number");
    let proxy = Proxy::start(&chain, long_chain(own)).await;
    let network = description(&chain, "long", &[&proxy.url]);
    // It is ended in the middle, as by a person who does not want to wait.
    let mut command = chain.command(&["balance", "-a", "anvil:1", "-n", &network]);
    let mut child =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().expect("runs");
    proxy.until("eth_getLogs", 300).await;
    child.kill().expect("killed");
    child.wait().expect("ends");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let before = proxy.count("eth_getLogs");
    let first = read(&chain, &network, &["balance"]).await;
    let rest = proxy.count("eth_getLogs") - before;
    let all = (MADE_UP / LIMIT) as usize;
    // What was read before is not read again, but for what was on its way; a failure costs some more.
    assert!(rest < all - 200 && before + rest < all + all / 4, "{before} and {rest} of {all}");
    if first.stderr.contains("Reading") {
        assert!(first.stderr.contains("Reading the network's events, which are kept for later commands"), "{first:?}");
    }
    proxy.take_requests();
    for arguments in READS {
        let ran = read(&chain, &network, arguments).await;
        let requests = proxy.take_requests();
        assert!(requests <= 5, "{arguments:?}: {requests}");
        if arguments == ["balance"] {
            assert_eq!(ran.stdout, first.stdout);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_an_endpoint_leaves_out_are_found_out() {
    let chain = chain_with_a_staker(300).await;
    std::fs::remove_dir_all(chain.path(".cache/cuckoo/events")).expect("removed");
    let proxy = Proxy::start(&chain, on("eth_getLogs", Act::Answer(json!([])))).await;
    let network = description(&chain, "silent", &[&proxy.url]);
    let ran = run(&chain, &["balance", "-a", "anvil:1", "-n", &network]).await;
    ran.expect(5).says("do not add up to the contract's state");
    // Nothing of it is kept.
    proxy.now(|_, _| Act::Pass);
    assert!(read(&chain, &network, &["balance"]).await.stdout.contains("29000"));
    let foreign = json!([{
        "address": chain.network.staking, "topics": [B256::repeat_byte(1)], "data": "0x", "blockHash": B256::ZERO,
        "blockNumber": "0xffffff", "transactionHash": B256::ZERO, "transactionIndex": "0x0", "logIndex": "0x0",
        "removed": false,
    }]);
    proxy.now(on("eth_getLogs", Act::Answer(foreign)));
    run(&chain, &["balance", "-a", "anvil:1", "-n", &network]).await.expect(1).says("asked for blocks");
}

/// Everything that the binary writes to a terminal, and the screen at its end.
async fn on_a_terminal(chain: &Chain, arguments: &[&str]) -> (String, String) {
    let mut window = Window::open(arguments, chain.directory.path(), &[], (160, 24));
    tokio::task::spawn_blocking(move || {
        window.ended();
        while window.read(Duration::from_secs(5)) {}
        (String::from_utf8_lossy(&window.raw).into_owned(), window.screen().contents())
    })
    .await
    .expect("ends")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_told_for_what_and_nothing_of_it_stays() {
    let chain = chain_with_a_staker(10).await;
    let proxy = Proxy::start(&chain, |_, _| Act::Late(Duration::from_millis(900))).await;
    let network = description(&chain, "late", &[&proxy.url]);
    let (written, screen) = on_a_terminal(&chain, &["balance", "-a", "anvil:1", "-n", &network]).await;
    assert!(written.contains(&format!("Waiting for {}", proxy.url)), "{written}");
    assert!(screen.contains("liquid") && !screen.contains("Waiting"), "{screen}");
    // A word on why it is asked again.
    let mut failures = 3;
    proxy.now(move |_, _| {
        failures -= 1;
        match failures >= 0 {
            true => Act::Error(json!({"code": -32016, "message": "over rate limit"})),
            false => Act::Pass,
        }
    });
    let (written, screen) = on_a_terminal(&chain, &["balance", "-a", "anvil:1", "-n", &network]).await;
    assert!(written.contains("over rate limit"), "{written}");
    assert!(screen.contains("liquid") && !screen.contains("over rate limit"), "{screen}");
}
