//! Connections that end and processes that stop for a while: nothing that was accepted is lost, and nobody is blamed.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use reqwest::Client;
use serde_json::{Value, json};

use crate::harness::network::{Devnet, get, kill};

/// How a task ended.
async fn ended(devnet: &Devnet, http: &Client, id: &str) -> Value {
    let begin = Instant::now();
    loop {
        let shown = get(http, &format!("{}/v1/tasks/{id}", devnet.api())).await;
        if !["queued", "leased", "running"].contains(&shown["state"].as_str().expect("a state")) {
            return shown;
        }
        assert!(begin.elapsed() < Duration::from_secs(120), "{shown}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A coordinator that is stopped for longer than its miners wait finds all its sessions over when it goes on. `make faults` does it
/// more often.
#[tokio::test(flavor = "multi_thread")]
async fn v1_a_coordinator_that_was_stopped_loses_no_task_and_blames_no_miner() {
    let rounds = std::env::var("CUCKOO_TEST_STOPS").map_or(1, |text| text.parse().expect("a number of stops"));
    let devnet = Devnet::start(&["--scripted-tokens", "60", "--scripted-rate", "15", "--slots", "16"]);
    let http = Client::new();
    let mut tasks = 0;
    for round in 0..rounds {
        let begin = Instant::now();
        while get(&http, &format!("{}/v1/models", devnet.api())).await["data"] == json!([]) {
            assert!(begin.elapsed() < Duration::from_secs(30), "no miner comes back");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mut ids = vec![];
        for number in 0..24 {
            let mut body = devnet.chat(&format!("round {round}, {number}"));
            body["timeout_seconds"] = 120.into();
            let answer = devnet.post(&http, "/v1/tasks", &body).await;
            assert_eq!(answer.status(), 202);
            let task: Value = answer.json().await.expect("JSON");
            ids.push(task["id"].as_str().expect("an id").to_owned());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let coordinator = devnet.process("role", "coordinator");
        kill(coordinator, "STOP");
        tokio::time::sleep(Duration::from_secs(9 + 3 * (round as u64 % 4) + u64::from(round == 0) * 3)).await;
        kill(coordinator, "CONT");
        for id in &ids {
            let shown = ended(&devnet, &http, id).await;
            assert_eq!(shown["state"], "done", "{shown}");
        }
        tasks += ids.len();
        let status = devnet.status(&http).await;
        for row in status["nodes"].as_array().expect("nodes") {
            assert_eq!(row["lost"], 0, "{row}");
        }
    }
    let said = format!("{rounds} stops, {tasks} tasks acknowledged, none lost\n");
    std::io::stderr().write_all(said.as_bytes()).expect("said");
}

/// Whoever lost its connection asks again with its key, and gets what it had asked for.
#[tokio::test(flavor = "multi_thread")]
async fn v14_a_request_that_was_cut_is_answered_when_it_comes_again_with_its_key() {
    let devnet = Devnet::start(&["--scripted-tokens", "40", "--scripted-rate", "8", "--slots", "8"]);
    let http = Client::new();
    let url = format!("{}/v1/chat/completions", devnet.api());
    for (number, (key, streams)) in [("whole", false), ("stream", true)].into_iter().enumerate() {
        let mut body = devnet.chat("an egg");
        body["stream"] = streams.into();
        let post = || http.post(&url).header("Idempotency-Key", key).json(&body);
        let asked = async { post().send().await?.bytes().await };
        let begin = Instant::now();
        // A request that was not read yet is no task that could be found again.
        let accepted = async {
            while get(&http, &format!("{}/v1/tasks", devnet.api())).await["data"].as_array().map(Vec::len)
                <= Some(number)
            {
                assert!(begin.elapsed() < Duration::from_secs(30), "it is not accepted");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            answered = asked => panic!("it was answered already: {answered:?}"),
            () = accepted => {}
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let answer = post().send().await.expect("answers");
        assert_eq!(answer.status(), 200, "{key}");
        let text = answer.text().await.expect("text");
        assert!(!text.contains("\"error\""), "{text}");
        let again = post().send().await.expect("answers");
        assert_eq!(again.status(), 200);
    }
    let list = get(&http, &format!("{}/v1/tasks", devnet.api())).await;
    let states: Vec<_> = list["data"].as_array().expect("tasks").iter().map(|task| task["state"].clone()).collect();
    assert_eq!(states, ["done", "done"], "each ran once");
}
