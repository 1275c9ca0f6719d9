//! Nodes that are killed in the middle of their work.

use std::time::{Duration, Instant};

use futures::StreamExt;
use reqwest::Client;
use serde_json::Value;

use crate::network::{Devnet, get, kill};

/// What a stream came to: its text, and its error if it ended with one.
#[derive(Debug, Default)]
struct Streamed {
    text: String,
    error: Option<Value>,
    done: bool,
}

/// Reads a stream to its end; `first` is called once, with the task's id, when the first words have come.
async fn read(devnet: &Devnet, http: &Client, body: &Value, mut first: impl AsyncFnMut(String)) -> Streamed {
    let answer = devnet.post(http, "/v1/chat/completions", body).await;
    assert_eq!(answer.status(), 200);
    let task = answer.headers()["x-cuckoo-task"].to_str().expect("text").to_owned();
    let mut streamed = Streamed::default();
    let mut bytes = answer.bytes_stream();
    let (mut buffer, mut told) = (String::new(), false);
    while let Some(piece) = bytes.next().await {
        buffer.push_str(std::str::from_utf8(&piece.expect("the stream goes on")).expect("ASCII words"));
        while let Some((line, rest)) = buffer.split_once('\n') {
            let line = line.to_owned();
            buffer = rest.to_owned();
            let Some(data) = line.strip_prefix("data: ") else { continue };
            if data == "[DONE]" {
                streamed.done = true;
                continue;
            }
            let chunk: Value = serde_json::from_str(data).expect("JSON");
            if chunk.get("error").is_some() {
                streamed.error = Some(chunk["error"].clone());
            }
            streamed.text.push_str(chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
        }
        if !told && !streamed.text.is_empty() {
            told = true;
            first(task.clone()).await;
        }
    }
    streamed
}

/// An accident must not look like a lie in the assignment log.
fn assert_log_is_honest(devnet: &Devnet, at_least: u64) {
    let log = devnet.data().join("coordinator-1/assignments.log").display().to_string();
    let report = devnet.run(&["audit", "assignments", &log, "--chain", "--json"]).expect(0).data();
    assert!(report["picks"].as_u64() >= Some(at_least), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miner_killed_in_mid_stream_loses_no_words() {
    let devnet = Devnet::start(&["--scripted-tokens", "60", "--scripted-rate", "30"]);
    let http = Client::new();
    let mut body = devnet.chat("kill the messenger");
    body["stream"] = true.into();
    let undisturbed = read(&devnet, &http, &body, async |_| {}).await;
    assert!(undisturbed.done && undisturbed.text.split(' ').count() >= 50, "{undisturbed:?}");

    let mut killed_at = None;
    let disturbed = read(&devnet, &http, &body, async |task| {
        let shown = get(&http, &format!("{}/v1/tasks/{task}", devnet.api())).await;
        let miner = shown["miner"].as_str().expect("it runs somewhere");
        kill(devnet.process("address", miner), "KILL");
        killed_at = Some((Instant::now(), task));
    })
    .await;
    let (killed_at, task) = killed_at.expect("killed");
    assert!(killed_at.elapsed() < Duration::from_secs(20), "{:?}", killed_at.elapsed());
    // The scripted engine is deterministic, as every engine has to be: another miner goes on with the same words.
    assert_eq!((disturbed.text, disturbed.done), (undisturbed.text, true), "{:?}", disturbed.error);
    let shown = get(&http, &format!("{}/v1/tasks/{task}", devnet.api())).await;
    assert_eq!((&shown["state"], &shown["attempt"]), (&"done".into(), &2.into()), "{shown}");
    assert_log_is_honest(&devnet, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_coordinator_forgets_nothing_that_it_acknowledged() {
    let devnet = Devnet::start(&["--scripted-tokens", "20", "--scripted-rate", "40", "--slots", "2"]);
    let http = Client::new();
    let body = devnet.chat("remember me");
    let mut acknowledged = vec![];
    // Three miners with two places each: some are done by the end of this, some run, most wait.
    for _ in 0..60 {
        let answer = devnet.post(&http, "/v1/tasks", &body).await;
        assert_eq!(answer.status(), 202);
        let task: Value = answer.json().await.expect("JSON");
        acknowledged.push(task["id"].as_str().expect("an id").to_owned());
    }
    kill(devnet.process("role", "coordinator"), "KILL");
    let begin = Instant::now();
    let ready = format!("{}/readiness", devnet.admin());
    while !http.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) {
        assert!(begin.elapsed() < Duration::from_secs(20), "the coordinator does not come back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for id in acknowledged {
        let shown = loop {
            let answer = http.get(format!("{}/v1/tasks/{id}", devnet.api())).send().await.expect("answers");
            assert_eq!(answer.status(), 200, "{id} is lost");
            let shown: Value = answer.json().await.expect("JSON");
            let state = shown["state"].as_str().expect("a state");
            if !["queued", "leased", "running"].contains(&state) {
                break shown;
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "{shown}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!(shown["state"], "done", "{shown}");
    }
    assert_log_is_honest(&devnet, 60);
}
