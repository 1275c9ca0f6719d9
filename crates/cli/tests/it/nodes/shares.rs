//! Tasks go to miners in proportion to their stake, and follow it from the next epoch on.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use reqwest::Client;
use serde_json::Value;

use crate::harness::network::Devnet;

/// 0.999 quantile of the chi-square distribution with 2 degrees of freedom: -2 ln 0.001.
const CRITICAL: f64 = 13.816;
const TASKS: usize = 3_000;

/// Tasks done so far, by miner.
async fn done(devnet: &Devnet, http: &Client) -> BTreeMap<String, u64> {
    let status = devnet.status(http).await;
    let miners = status["nodes"].as_array().expect("nodes").iter().filter(|node| node["role"] == "miner");
    miners
        .map(|node| (node["name"].as_str().expect("a name").to_owned(), node["done"].as_u64().expect("a count")))
        .collect()
}

async fn run_tasks(devnet: &Arc<Devnet>, http: &Client, count: usize) -> Vec<u64> {
    let before = done(devnet, http).await;
    let mut request = devnet.chat("share");
    request["max_tokens"] = 1.into();
    let tasks = stream::iter(0..count).map(|_| {
        let (devnet, http, request) = (devnet.clone(), http.clone(), request.clone());
        async move {
            let answer = devnet.post(&http, "/v1/chat/completions", &request).await;
            assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap_or_default());
        }
    });
    tasks.buffer_unordered(32).collect::<Vec<_>>().await;
    let after = done(devnet, http).await;
    let counts: Vec<_> = after.iter().map(|(name, count)| count - before.get(name).copied().unwrap_or(0)).collect();
    assert_eq!(counts.iter().sum::<u64>(), count as u64, "{after:?}");
    counts
}

/// Pearson's statistic of counts against expected shares.
fn chi_square(counts: &[u64], shares: &[f64]) -> f64 {
    let total = counts.iter().sum::<u64>() as f64;
    let term = |(count, share): (&u64, &f64)| {
        let expected = total * share / shares.iter().sum::<f64>();
        (*count as f64 - expected).powi(2) / expected
    };
    counts.iter().zip(shares).map(term).sum()
}

/// One honest run in a thousand fails at `CRITICAL`; four times as many tasks then settle whether it was one of those.
async fn assert_shares(devnet: &Arc<Devnet>, http: &Client, shares: &[f64]) {
    let first = run_tasks(devnet, http, TASKS).await;
    let statistic = chi_square(&first, shares);
    if statistic < CRITICAL {
        return;
    }
    let second = run_tasks(devnet, http, 4 * TASKS).await;
    let confirmed = chi_square(&second, shares);
    assert!(confirmed < CRITICAL, "{shares:?}: {first:?} ({statistic:.1}), then {second:?} ({confirmed:.1})");
}

async fn epoch(devnet: &Devnet, http: &Client) -> u64 {
    let status: Value = devnet.status(http).await;
    status["chain"]["epoch"].as_u64().expect("an epoch")
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_follow_stake_and_votes_from_the_next_epoch_on() {
    // An epoch of an hour, which this test ends when it wants.
    let devnet = Arc::new(Devnet::start(&["--slots", "64", "--epoch", "3600"]));
    let http = Client::new();
    assert_shares(&devnet, &http, &[50.0, 30.0, 20.0]).await;

    // 100,000 CAI of own stake, and twice that of votes.
    devnet.run(&["stake", "deposit", "200000", "--vote", "miner-3", "-a", "anvil:0"]).expect(0);
    assert_shares(&devnet, &http, &[50.0, 30.0, 20.0]).await;
    let before = epoch(&devnet, &http).await;
    next_epoch(&devnet, &http).await;
    let begin = Instant::now();
    while epoch(&devnet, &http).await == before {
        assert!(begin.elapsed() < Duration::from_secs(60), "the epoch does not end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_shares(&devnet, &http, &[50.0, 30.0, 120.0]).await;

    // Every one of these draws can be made again, by anyone, once the epoch is over; and what miners were told agrees.
    let drawn: u64 = done(&devnet, &http).await.values().sum();
    next_epoch(&devnet, &http).await;
    let begin = Instant::now();
    let log = devnet.data().join("coordinator-1/assignments.log");
    let heads =
        std::fs::read_dir(devnet.data().join("miner-1")).expect("a directory").flatten().map(|file| file.path());
    let heads = heads
        .into_iter()
        .find(|path| path.display().to_string().contains("heads-"))
        .expect("heads")
        .display()
        .to_string();
    // Miners of earlier versions did not sync their heads, and a power cut left zeros in them.
    let mut holes = std::fs::OpenOptions::new().append(true).open(&heads).expect("opens");
    std::io::Write::write_all(&mut holes, b"\0\0\0\0\n").expect("written");
    let report = loop {
        let path = log.display().to_string();
        let report =
            devnet.run(&["audit", "assignments", &path, "--heads", &heads, "--chain", "--json"]).expect(0).data();
        if report["pending"] == 0 {
            break report;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{report}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!((report["verified"].as_u64(), report["picks"].as_u64()), (Some(drawn), Some(drawn)), "{report}");
    let row = devnet.document()["children"][3].clone();
    assert_eq!(row["name"], "miner-3");
    let why = devnet
        .run(&["miner", "why", "--json", "--connect", row["admin"].as_str().expect("an address")])
        .expect(0)
        .data();
    let told = &why["draws"][0];
    assert_eq!(
        (told["picks"].as_u64(), &told["won"]),
        (Some(drawn), &report["by_miner"][row["address"].as_str().expect("one").to_lowercase()]),
        "{why}"
    );
    assert_eq!(told["eligible"].as_u64(), Some(drawn), "{why}");
    assert!(why["facts"].as_array().expect("facts").iter().all(|fact| fact["level"] == "ok"), "{why}");

    let text = std::fs::read_to_string(&log).expect("read");
    let forged = devnet.data().join("forged.log");
    std::fs::write(&forged, text.replacen("\"attempt\":1", "\"attempt\":2", 1)).expect("written");
    devnet.run(&["audit", "assignments", &forged.display().to_string()]).expect(8).says("the hash chain is broken");
}

async fn next_epoch(devnet: &Devnet, http: &Client) {
    devnet.control(http, "evm_increaseTime", serde_json::json!([3_600])).await;
    devnet.control(http, "anvil_mine", serde_json::json!(["0x1"])).await;
}

#[test]
fn the_statistic_tells_a_small_difference() {
    assert!(chi_square(&[1_500, 900, 600], &[50.0, 30.0, 20.0]) < 1e-9);
    assert!(chi_square(&[1_650, 800, 550], &[50.0, 30.0, 20.0]) > CRITICAL);
}
