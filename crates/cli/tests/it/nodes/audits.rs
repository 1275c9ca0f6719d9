//! Tasks that are done a second time: a miner that answers falsely is found among honest ones, and gets nothing more.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use reqwest::Client;
use serde_json::Value;

use crate::harness::network::{Devnet, get, kill};

async fn audits(devnet: &Devnet, http: &Client) -> Value {
    get(http, &format!("{}/audits", devnet.admin())).await
}

/// The row of the miner that answers falsely.
fn cheat(devnet: &Devnet) -> Value {
    let rows = devnet.document()["children"].as_array().expect("nodes").clone();
    rows.into_iter().find(|row| row["name"] == "miner-4").expect("a miner")
}

/// Waits until the miner's own operator can read what was found.
async fn the_cheat_is_told(devnet: &Devnet) {
    let begin = Instant::now();
    loop {
        let admin = cheat(devnet)["admin"].as_str().expect("an address").to_owned();
        let said = devnet.run(&["miner", "status", "--connect", &admin]).expect(0).stdout;
        if said.contains("stood alone") {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "{said}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until the coordinator offers a model again.
async fn served_again(devnet: &Devnet, http: &Client) {
    let begin = Instant::now();
    while get_or_none(http, &format!("{}/v1/models", devnet.api()))
        .await
        .is_none_or(|models| models["data"] == serde_json::json!([]))
    {
        assert!(begin.elapsed() < Duration::from_secs(30), "it does not come back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_a_miner_that_answers_falsely_is_found_and_gets_nothing_more() {
    let mut devnet = Devnet::start(&["--miners", "4", "--stakes", "30:30:30:30", "--audits", "--cheats", "1"]);
    let http = Client::new();
    let cheat = cheat(&devnet)["address"].as_str().expect("an address").to_lowercase();
    let record = |audits: &Value| {
        let records = audits.as_object().expect("records").clone();
        records.into_iter().find(|(miner, _)| miner.to_lowercase() == cheat).map(|(_, record)| record)
    };
    let begin = Instant::now();
    let mut asked = 0;
    let found = loop {
        let answers = stream::iter(0..8).map(|number| {
            let body = devnet.chat(&format!("{asked} {number}"));
            let (devnet, http) = (&devnet, &http);
            async move { devnet.post(http, "/v1/chat/completions", &body).await.status().as_u16() }
        });
        let statuses: Vec<_> = answers.buffer_unordered(8).collect().await;
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
        asked += 8;
        if let Some(record) = record(&audits(&devnet, &http).await).filter(|record| record["suspended_at"].is_u64()) {
            break record;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "not found after {asked} tasks: {}",
            audits(&devnet, &http).await
        );
    };
    assert!(found["alone"].as_u64() >= Some(1) && found["points"].as_u64() >= Some(3), "{found}");
    // Nobody else is suspected, and honest answers agree.
    let all = audits(&devnet, &http).await;
    for (miner, record) in all.as_object().expect("records") {
        assert!(miner.to_lowercase() == cheat || record["alone"] == 0, "{miner}: {record}");
    }
    // An application sees none of the coordinator's own tasks.
    let listed = get(&http, &format!("{}/v1/tasks?limit=1000", devnet.api())).await;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(asked));
    // What it said is proven by its own signature.
    let task = found["task"].as_str().expect("a task").trim_start_matches("0x").to_owned();
    let evidence = devnet.data().join("coordinator-1/evidence").join(format!("{task}-alone.json"));
    let begin = Instant::now();
    while !evidence.exists() {
        assert!(begin.elapsed() < Duration::from_secs(10), "no evidence");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    devnet.run(&["audit", "receipt", evidence.to_str().expect("text")]).expect(0).says("miner-4 signed this answer");
    let admin = devnet.admin();
    let shown = devnet.run(&["coordinator", "audits", "--connect", &admin]).expect(0);
    assert!(shown.stdout.to_lowercase().contains(&cheat), "{shown:?}");
    the_cheat_is_told(&devnet).await;
    // It stays away, also over a restart of the coordinator.
    let is_away = async |devnet: &Devnet| {
        let status = devnet.status(&http).await;
        let row = status["nodes"].as_array().expect("nodes").iter().find(|node| node["name"] == "miner-4").cloned();
        row.expect("a node")["live"] == false
    };
    assert!(is_away(&devnet).await);
    let coordinator = devnet.process("role", "coordinator");
    kill(coordinator, "KILL");
    served_again(&devnet, &http).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(is_away(&devnet).await);
    assert!(record(&audits(&devnet, &http).await).is_some_and(|record| record["suspended_at"].is_u64()));
    // Every draw was fair all the same.
    let log = devnet.data().join("coordinator-1/assignments.log").display().to_string();
    devnet.run(&["audit", "assignments", &log, "--chain"]).expect(0);
    let _ = devnet.child.kill();
}

async fn get_or_none(http: &Client, url: &str) -> Option<Value> {
    http.get(url).send().await.ok()?.json().await.ok()
}
