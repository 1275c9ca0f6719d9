//! Answers that are examined after their receipts are signed: a miner that does not run what it says is found, its tickets owe nothing,
//! and it gets nothing more; an honest one is paid soon.

use std::time::{Duration, Instant};

use cuckoo_protocol::evidence::Bundle;
use futures::{StreamExt, stream};
use reqwest::Client;
use serde_json::{Value, json};

use crate::harness::network::{Devnet, get, kill};

/// A ticket is held for at most this long.
const HOLD: Duration = Duration::from_secs(30);

pub(super) async fn audits(devnet: &Devnet, http: &Client) -> Value {
    get(http, &format!("{}/audits", devnet.admin())).await
}

/// What audits say of a miner.
pub(super) async fn record(devnet: &Devnet, http: &Client, miner: &str) -> Option<Value> {
    let audits = audits(devnet, http).await;
    let rows = audits["miners"].as_array().expect("rows").clone();
    rows.into_iter().find(|row| row["miner"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(miner)))
}

/// What a miner is owed.
pub(super) async fn account(devnet: &Devnet, http: &Client, miner: &str) -> Option<Value> {
    let rows = get(http, &format!("{}/accounts", devnet.admin())).await;
    let rows = rows.as_array().expect("rows").clone();
    rows.into_iter().find(|row| row["miner"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(miner)))
}

/// The row of a node in the network's document.
fn node(devnet: &Devnet, name: &str) -> Value {
    let rows = devnet.document()["children"].as_array().expect("nodes").clone();
    rows.into_iter().find(|row| row["name"] == name).expect("a node")
}

pub(super) fn address(devnet: &Devnet, name: &str) -> String {
    node(devnet, name)["address"].as_str().expect("an address").to_owned()
}

/// Asks for a task that nobody waits for, and returns its id.
pub(super) async fn ask(devnet: &Devnet, http: &Client, content: &str) -> String {
    let answer = devnet.post(http, "/v1/tasks", &devnet.chat(content)).await;
    assert_eq!(answer.status(), 202);
    let task: Value = answer.json().await.expect("JSON");
    task["id"].as_str().expect("an id").to_owned()
}

/// Waits until audits say something of a miner.
pub(super) async fn found(devnet: &Devnet, http: &Client, miner: &str, state: &str, patience: Duration) -> Value {
    let begin = Instant::now();
    loop {
        let row = record(devnet, http, miner).await;
        if let Some(row) = row.clone().filter(|row| row["state"] == state) {
            return row;
        }
        assert!(begin.elapsed() < patience, "not {state}: {row:?}: {}", audits(devnet, http).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The miner's own operator can read what was found.
async fn the_cheat_is_told(devnet: &Devnet, name: &str) {
    let begin = Instant::now();
    loop {
        let admin = node(devnet, name)["admin"].as_str().expect("an address").to_owned();
        let said = devnet.run(&["miner", "why", "--connect", &admin]).expect(0).stdout;
        // The reason, and what is false about the answer.
        if said.contains("suspended") && said.contains("are false, the first one because") {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{said}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_a_miner_that_answers_falsely_is_found_and_gets_nothing_more() {
    let mut devnet = Devnet::start(&["--miners", "1", "--audits", "--auditor", "--cheats", "1"]);
    let http = Client::new();
    let cheat = address(&devnet, "miner-1");
    let task = ask(&devnet, &http, "hello").await;
    let row = found(&devnet, &http, &cheat, "confirmed", Duration::from_secs(60)).await;
    assert!(row["suspended_until"].is_u64() && row["gross"].as_u64() >= Some(1), "{row}");
    // In words, what is false about it, and not only that it is.
    let why = row["why"].as_str().expect("a reason").to_owned();
    let reason = why.split_once("because ").map(|(_, reason)| reason).expect("what is false");
    let flaws = ["are not those that the model chooses", "are not the model's", "were not allowed", "another text"];
    assert!(flaws.iter().any(|flaw| reason.contains(flaw)), "{why}");
    // Its ticket owes nothing, and nothing waits any more.
    let owed = account(&devnet, &http, &cheat).await.expect("an account");
    assert_eq!((&owed["owed"], &owed["held"]), (&json!("0"), &json!("0")), "{owed}");
    // What it said is proven by its own signature.
    let url = format!("{}/v1/tasks/{task}/evidence", devnet.api());
    let begin = Instant::now();
    let bundle = loop {
        let answer = http.get(&url).send().await.expect("answers");
        if answer.status() == 200 {
            break answer.bytes().await.expect("bytes");
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{}", answer.status());
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let bundle = Bundle::decode(&bundle).expect("a bundle");
    assert_eq!(bundle.verify(), Ok(()));
    assert!(format!("{:?}", bundle.record.ticket.miner).eq_ignore_ascii_case(&cheat));
    let admin = devnet.admin();
    let shown = devnet.run(&["coordinator", "audits", "--connect", &admin]).expect(0);
    assert!(shown.stdout.contains("confirmed") && shown.stderr.contains(&why), "{shown:?}");
    the_cheat_is_told(&devnet, "miner-1").await;
    // It stays away, also over a restart of the coordinator, and nobody pays it later.
    kill(devnet.process("role", "coordinator"), "KILL");
    let begin = Instant::now();
    while http.get(format!("{}/readiness", devnet.admin())).send().await.is_err() {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not come back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    found(&devnet, &http, &cheat, "confirmed", Duration::from_secs(60)).await;
    let status = devnet.status(&http).await;
    let row = status["nodes"].as_array().expect("nodes").iter().find(|row| row["name"] == "miner-1").cloned();
    assert_eq!(row.expect("a node")["live"], false);
    let owed = account(&devnet, &http, &cheat).await.expect("its ticket is in the books");
    assert_eq!((&owed["owed"], &owed["held"]), (&json!("0"), &json!("0")), "{owed}");
    let _ = devnet.child.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_miner_is_paid_as_soon_as_its_answers_are_examined() {
    let mut devnet = Devnet::start(&["--miners", "1", "--audits", "--auditor"]);
    let http = Client::new();
    let miner = address(&devnet, "miner-1");
    for number in 0..5 {
        let answer = devnet.post(&http, "/v1/chat/completions", &devnet.chat(&number.to_string())).await;
        assert_eq!(answer.status(), 200);
    }
    let begin = Instant::now();
    loop {
        let owed = account(&devnet, &http, &miner).await.expect("an account");
        if owed["owed"] != "0" && owed["held"] == "0" && owed["owed"] == owed["vouchered"] {
            break;
        }
        assert!(begin.elapsed() < HOLD, "{owed}: {}", audits(&devnet, &http).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let row = found(&devnet, &http, &miner, "good", Duration::from_secs(30)).await;
    assert_eq!((&row["examined"], &row["gross"]), (&json!(5), &json!(0)), "{row}");
    // It has the voucher too, and knew before that what it had answered was accepted.
    let vouchers = || {
        let data = devnet.data().join("miner-1").display().to_string();
        devnet.run(&["miner", "vouchers", "--data", &data, "--json"]).expect(0).data()
    };
    let begin = Instant::now();
    while vouchers()[0]["unpaid_tickets"] != 0 {
        assert!(begin.elapsed() < HOLD, "{}", vouchers());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let models = get(&http, &format!("{}/v1/models", devnet.api())).await;
    assert_eq!(models["data"][0]["proof"], "seeded", "{models}");
    let admin = devnet.admin();
    let bound = devnet.run(&["coordinator", "models", "--connect", &admin, "--json"]).expect(0).data();
    assert_eq!(bound[0]["manifest"], models["data"][0]["manifest"], "{bound}");
    let _ = devnet.child.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn miners_find_a_cheat_among_them_and_spare_each_other() {
    let mut devnet = Devnet::start(&["--miners", "4", "--stakes", "30:30:30:30", "--audits", "--cheats", "1"]);
    let http = Client::new();
    let cheat = address(&devnet, "miner-4");
    let begin = Instant::now();
    let mut asked = 0;
    loop {
        let answers = stream::iter(0..8).map(|number| {
            let body = devnet.chat(&format!("{asked} {number}"));
            let (devnet, http) = (&devnet, &http);
            async move { devnet.post(http, "/v1/chat/completions", &body).await.status().as_u16() }
        });
        let statuses: Vec<_> = answers.buffer_unordered(8).collect().await;
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
        asked += 8;
        if record(&devnet, &http, &cheat).await.is_some_and(|row| row["state"] == "confirmed") {
            break;
        }
        let patience = Duration::from_secs(90);
        assert!(begin.elapsed() < patience, "not found after {asked}: {}", audits(&devnet, &http).await);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // Whom the cheat accused meanwhile is acquitted.
    for name in ["miner-1", "miner-2", "miner-3"] {
        found(&devnet, &http, &address(&devnet, name), "good", Duration::from_secs(30)).await;
    }
    let all = audits(&devnet, &http).await;
    assert!(all["miners"].as_array().is_some_and(|rows| rows.iter().any(|row| row["made"].as_u64() > Some(0))));
    // An application sees none of the examinations.
    let listed = get(&http, &format!("{}/v1/tasks?limit=1000", devnet.api())).await;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(asked.min(1_000)));
    the_cheat_is_told(&devnet, "miner-4").await;
    // Every draw was fair all the same.
    let log = devnet.data().join("coordinator-1/assignments.log").display().to_string();
    devnet.run(&["audit", "assignments", &log, "--chain"]).expect(0);
    let _ = devnet.child.kill();
}

/// One of two miners says that its device is of a class that no calibration is for.
#[tokio::test(flavor = "multi_thread")]
async fn i29_a_miner_whose_device_no_calibration_is_for_gets_tasks_or_none_as_the_operator_says() {
    let usual =
        ["--miners", "2", "--stakes", "30:30", "--audits", "--auditor", "--cheats", "1", "--cheat", "other_class"];
    let asked = async |devnet: &Devnet, http: &Client, wanted: &dyn Fn(Option<Value>) -> bool| {
        let stranger = address(devnet, "miner-2");
        for number in 0..40 {
            let answer = devnet.post(http, "/v1/chat/completions", &devnet.chat(&format!("question {number}"))).await;
            assert_eq!(answer.status(), 200);
            if number >= 12 && wanted(record(devnet, http, &stranger).await) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{}", audits(devnet, http).await);
    };
    let http = Client::new();
    let counted = |row: Option<Value>| {
        row.is_some_and(|row| row["uncalibrated"].as_u64() >= Some(1) && row["uncalibrated"] == row["examined"])
    };
    let mut devnet = Devnet::start(&usual);
    asked(&devnet, &http, &counted).await;
    assert_eq!(audits(&devnet, &http).await["refused"], json!([]));
    let _ = devnet.child.kill();
    drop(devnet);

    let mut devnet = Devnet::start(&[&usual[..], &["--uncalibrated-miners", "refuse"]].concat());
    asked(&devnet, &http, &|row| row.is_none()).await;
    let stranger = address(&devnet, "miner-2");
    let refused = audits(&devnet, &http).await["refused"].clone();
    let expected = json!({"miner": stranger.to_lowercase(), "model": "scripted", "class": "unmeasured"});
    assert_eq!(refused, json!([expected]));
    let admin = devnet.admin();
    let shown = devnet.run(&["coordinator", "audits", "--connect", &admin]).expect(0);
    assert!(shown.stderr.contains("no calibration is for devices of the class `unmeasured`"), "{shown:?}");
    let status = devnet.status(&http).await;
    let row = status["nodes"].as_array().expect("nodes").iter().find(|row| row["name"] == "miner-2").cloned();
    let why = row.expect("a node")["condition"]["why"].clone();
    assert!(why.as_str().is_some_and(|why| why.contains("no calibration for devices")), "{why}");
    // Its own operator reads the same, in the log too.
    let own = node(&devnet, "miner-2")["admin"].as_str().expect("an address").to_owned();
    let said = devnet.run(&["miner", "why", "--connect", &own]).expect(0).stdout;
    assert!(said.contains("no calibration for devices of the class `unmeasured`"), "{said}");
    let log = std::fs::read_to_string(devnet.data().join("logs/miner-2.log")).expect("a log");
    assert!(log.contains("a model gets no tasks") && log.contains("no calibration for devices"), "{log}");
    let metrics = http.get(format!("{admin}/metrics")).send().await.expect("answers").text().await.expect("text");
    assert!(metrics.lines().any(|line| line == "cuckoo_uncalibrated_miners 1"), "{metrics}");
    let _ = devnet.child.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_are_examined_as_well_and_those_of_another_model_are_found() {
    let ask = async |cheats: &[&str], state: &str| {
        let usual = ["--miners", "1", "--audits", "--auditor", "--embedding-model", "vectors"];
        let mut devnet = Devnet::start(&[&usual[..], cheats].concat());
        let http = Client::new();
        let body = json!({"model": "vectors", "input": ["a nest of twigs", "an egg"]});
        assert_eq!(devnet.post(&http, "/v1/embeddings", &body).await.status(), 200);
        let miner = address(&devnet, "miner-1");
        let begin = Instant::now();
        while record(&devnet, &http, &miner).await.is_none_or(|row| row["examined"] == 0) {
            assert!(begin.elapsed() < Duration::from_secs(60), "{}", audits(&devnet, &http).await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        found(&devnet, &http, &miner, state, Duration::from_secs(60)).await;
        let _ = devnet.child.kill();
    };
    ask(&[], "good").await;
    ask(&["--cheats", "1"], "confirmed").await;
}
