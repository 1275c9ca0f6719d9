//! Batches: requests as files, on a network that is also asked by others, and killed.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use cuckoo_protocol::U256;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::harness::{
    books::amount,
    network::{Devnet, get, kill},
};

const CHAT: &str = "/v1/chat/completions";

/// Lines of a batch of chats that say their own numbers.
fn lines(count: usize) -> String {
    let line = |number: usize| {
        let messages = json!([{"role": "user", "content": format!("echo: answer {number}")}]);
        let body = json!({"model": "scripted", "messages": messages, "max_tokens": 20});
        format!("{}\n", json!({"custom_id": format!("line-{number}"), "method": "POST", "url": CHAT, "body": body}))
    };
    (0..count).map(line).collect()
}

async fn upload(devnet: &Devnet, http: &Client, content: &str) -> Value {
    let part = |head: &str, body: &str| format!("--edge\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n");
    let (purpose, file) = (part("name=\"purpose\"", "batch"), part("name=\"file\"; filename=\"birds.jsonl\"", content));
    let form = format!("{purpose}{file}--edge--\r\n");
    let request =
        http.post(format!("{}/v1/files", devnet.api())).header("content-type", "multipart/form-data; boundary=edge");
    let answer = request.body(form).send().await.expect("answers");
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.expect("JSON")
}

async fn begin(devnet: &Devnet, http: &Client, content: &str) -> String {
    let file = upload(devnet, http, content).await;
    let body = json!({"input_file_id": file["id"], "endpoint": CHAT, "completion_window": "24h"});
    let batch: Value = devnet.post(http, "/v1/batches", &body).await.json().await.expect("JSON");
    assert_eq!((&batch["object"], &batch["status"]), (&json!("batch"), &json!("validating")), "{batch}");
    batch["id"].as_str().expect("an id").to_owned()
}

/// Asks until the batch is as wanted. The coordinator may be starting again.
async fn until(devnet: &Devnet, http: &Client, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let begin = Instant::now();
    loop {
        let answer = http.get(format!("{}/v1/batches/{id}", devnet.api())).send().await;
        if let Ok(answer) = answer
            && let Ok(batch) = answer.json::<Value>().await
            && wanted(&batch)
        {
            return batch;
        }
        assert!(begin.elapsed() < Duration::from_secs(120), "the batch does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn ended(devnet: &Devnet, http: &Client, id: &str, status: &str) -> Value {
    until(devnet, http, id, |batch| batch["status"] == status).await
}

/// The lines of a file by their ids. None has two.
async fn content(devnet: &Devnet, http: &Client, file: &Value) -> BTreeMap<String, Value> {
    let url = format!("{}/v1/files/{}/content", devnet.api(), file.as_str().expect("an id"));
    let text = http.get(url).send().await.expect("answers").text().await.expect("text");
    let mut lines = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let again = lines.insert(line["custom_id"].as_str().expect("an id").to_owned(), line);
        assert_eq!(again, None, "a line was answered twice");
    }
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_answers_each_line_and_says_which_it_could_not() {
    let devnet = Devnet::start(&["--miners", "1"]);
    let http = Client::new();
    let wrong =
        json!({"custom_id": "wrong", "method": "POST", "url": CHAT, "body": {"model": "scripted", "messages": 3}});
    let id = begin(&devnet, &http, &format!("{}{wrong}\n", lines(20))).await;
    let batch = ended(&devnet, &http, &id, "completed").await;
    assert_eq!(batch["request_counts"], json!({"total": 21, "completed": 20, "failed": 1}), "{batch}");
    let answers = content(&devnet, &http, &batch["output_file_id"]).await;
    assert_eq!(answers.len(), 20);
    for (id, line) in &answers {
        let said = &line["response"]["body"]["choices"][0]["message"]["content"];
        assert_eq!(said, &json!(id.replace("line-", "answer ")), "{line}");
    }
    let errors = content(&devnet, &http, &batch["error_file_id"]).await;
    assert_eq!(errors["wrong"]["response"]["body"]["error"]["param"], "messages");
    // The files of a coordinator are its own.
    for entry in std::fs::read_dir(devnet.data().join("coordinator-1/batches")).expect("a directory").flatten() {
        let mode = std::os::unix::fs::PermissionsExt::mode(&entry.metadata().expect("metadata").permissions());
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.path());
    }
    let listed = get(&http, &format!("{}/v1/files?limit=2", devnet.api())).await;
    assert_eq!((listed["data"].as_array().map(Vec::len), &listed["has_more"]), (Some(2), &json!(true)));

    let id = begin(&devnet, &http, &format!("{}nonsense\n", lines(1))).await;
    let batch = ended(&devnet, &http, &id, "failed").await;
    assert_eq!((&batch["errors"]["data"][0]["line"], &batch["output_file_id"]), (&json!(2), &Value::Null), "{batch}");
}

/// The same question costs half of it in a batch, and the miner that hears of that price works at both.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_a_price_of_its_own() {
    let folder = tempfile::tempdir().expect("a directory");
    let prices = folder.path().join("prices.toml");
    std::fs::write(&prices, "[default]\nprompt = \"1\"\ncompletion = \"4\"\nbatch = \"50%\"\n").expect("written");
    let devnet = Devnet::start(&["--miners", "1", "--prices", &prices.display().to_string()]);
    let http = Client::new();
    let models = get(&http, &format!("{}/v1/models", devnet.api())).await;
    let pricing = &models["data"][0]["pricing"];
    let of = |pricing: &Value| (pricing["prompt"].clone(), pricing["completion"].clone());
    let units = |whole: u64| json!(format!("{whole}{}", "0".repeat(17)));
    assert_eq!(of(pricing), (units(10), units(40)), "{models}");
    assert_eq!(of(&pricing["batch"]), (units(5), units(20)), "{models}");
    let alone =
        json!({"model": "scripted", "messages": [{"role": "user", "content": "echo: answer 0"}], "max_tokens": 20});
    assert_eq!(devnet.post(&http, CHAT, &alone).await.status(), StatusCode::OK);
    let id = begin(&devnet, &http, &lines(1)).await;
    ended(&devnet, &http, &id, "completed").await;
    let tasks = get(&http, &format!("{}/v1/tasks", devnet.api())).await;
    let costs: Vec<_> = tasks["data"].as_array().expect("tasks").iter().map(|task| amount(&task["cost"])).collect();
    assert_eq!(costs.len(), 2, "{tasks}");
    assert!(!costs[0].is_zero() && costs[0] * U256::from(2) == costs[1], "the newest comes first: {tasks}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_goes_last_and_is_taken_back() {
    let devnet = Devnet::start(&["--miners", "1", "--scripted-rate", "20"]);
    let http = Client::new();
    let id = begin(&devnet, &http, &lines(200)).await;
    until(&devnet, &http, &id, |batch| batch["request_counts"]["completed"].as_u64().is_some_and(|count| count > 0))
        .await;
    let asked = Instant::now();
    let body = json!({"model": "scripted", "messages": [{"role": "user", "content": "echo: now"}]});
    assert_eq!(devnet.post(&http, CHAT, &body).await.status(), StatusCode::OK);
    // Far less than the batch takes, which is not over below.
    assert!(asked.elapsed() < Duration::from_secs(20), "it waited for the batch: {:?}", asked.elapsed());
    // A batch that is not over reads its file.
    let running = get(&http, &format!("{}/v1/batches/{id}", devnet.api())).await;
    let file = format!("{}/v1/files/{}", devnet.api(), running["input_file_id"].as_str().expect("an id"));
    assert_eq!(http.delete(&file).send().await.expect("answers").status(), StatusCode::CONFLICT);
    let cancelled = devnet.post(&http, &format!("/v1/batches/{id}/cancel"), &json!({})).await;
    assert_eq!(cancelled.status(), StatusCode::OK);
    let begun = async || {
        let tasks = get(&http, &format!("{}/v1/tasks?limit=1000", devnet.api())).await;
        tasks["data"].as_array().expect("tasks").len()
    };
    let at_cancel = begun().await;
    let batch = ended(&devnet, &http, &id, "cancelled").await;
    let after = begun().await;
    assert!(after <= at_cancel + 2, "{at_cancel} lines had begun, and {after} did");
    assert_eq!(http.delete(&file).send().await.expect("answers").status(), StatusCode::OK);
    let count = batch["request_counts"]["completed"].as_u64().expect("a number") as usize;
    assert!((1..200).contains(&count), "{batch}");
    assert_eq!(content(&devnet, &http, &batch["output_file_id"]).await.len(), count);
    let again = devnet.post(&http, &format!("/v1/batches/{id}/cancel"), &json!({})).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_of_a_batch_that_was_taken_back_does_not_go_on_after_a_kill() {
    // Each line takes a minute, and the miner has fewer slots than there are lines.
    let devnet = Devnet::start(&["--miners", "1", "--scripted-rate", "1"]);
    let http = Client::new();
    let long = lines(40)
        .replace("echo: answer", "echo: one two three four five six seven eight nine ten eleven twelve answer");
    let id = begin(&devnet, &http, &long).await;
    let tasks = async || {
        let tasks = http.get(format!("{}/v1/tasks?limit=1000", devnet.api())).send().await.ok()?;
        tasks.json::<Value>().await.ok()?["data"].as_array().cloned()
    };
    let begin = Instant::now();
    while tasks().await.is_none_or(|tasks| tasks.is_empty()) {
        assert!(begin.elapsed() < Duration::from_secs(60), "no line begins");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let cancelled = devnet.post(&http, &format!("/v1/batches/{id}/cancel"), &json!({})).await;
    assert_eq!(cancelled.status(), StatusCode::OK);
    kill(devnet.process("role", "coordinator"), "KILL");
    let batch = ended(&devnet, &http, &id, "cancelled").await;
    assert_eq!(batch["request_counts"]["completed"], 0, "{batch}");
    let tasks = tasks().await.expect("answers");
    assert!(!tasks.is_empty() && tasks.iter().all(|task| task["state"] == "cancelled"), "{tasks:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_file_cannot_be_read_for_a_while_is_run_later() {
    let devnet = Devnet::start(&["--miners", "1"]);
    let http = Client::new();
    let file = upload(&devnet, &http, &lines(3)).await;
    let name = format!("{}.jsonl", file["id"].as_str().expect("an id"));
    let path = devnet.data().join("coordinator-1/batches").join(name);
    let aside = path.with_extension("aside");
    std::fs::rename(&path, &aside).expect("the content of the file");
    std::fs::create_dir(&path).expect("created");
    let body = json!({"input_file_id": file["id"], "endpoint": CHAT, "completion_window": "24h"});
    let batch: Value = devnet.post(&http, "/v1/batches", &body).await.json().await.expect("JSON");
    let id = batch["id"].as_str().expect("an id").to_owned();
    let log = devnet.data().join("logs");
    let told = || {
        let logs = std::fs::read_dir(&log).expect("logs").flatten();
        logs.map(|entry| std::fs::read_to_string(entry.path()).unwrap_or_default())
            .any(|text| text.contains("a batch cannot go on"))
    };
    crate::harness::network::until("it is tried", told);
    let waits = get(&http, &format!("{}/v1/batches/{id}", devnet.api())).await;
    assert_eq!(waits["status"], "validating", "{waits}");
    std::fs::remove_dir(&path).expect("removed");
    std::fs::rename(&aside, &path).expect("put back");
    let batch = ended(&devnet, &http, &id, "completed").await;
    assert_eq!(batch["request_counts"], json!({"total": 3, "completed": 3, "failed": 0}), "{batch}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_survives_kills_and_runs_no_line_twice() {
    const LINES: usize = 60;
    let devnet = Devnet::start(&["--miners", "1", "--scripted-rate", "20"]);
    let http = Client::new();
    let id = begin(&devnet, &http, &lines(LINES)).await;
    for least in [5, 20] {
        let enough = |batch: &Value| batch["request_counts"]["completed"].as_u64().is_some_and(|count| count >= least);
        until(&devnet, &http, &id, enough).await;
        kill(devnet.process("role", "coordinator"), "KILL");
    }
    let batch = ended(&devnet, &http, &id, "completed").await;
    assert_eq!(batch["request_counts"], json!({"total": LINES, "completed": LINES, "failed": 0}), "{batch}");
    assert_eq!(content(&devnet, &http, &batch["output_file_id"]).await.len(), LINES);
    // Each line is one task, whatever happened in between.
    let tasks = get(&http, &format!("{}/v1/tasks?limit=1000", devnet.api())).await;
    let tasks = tasks["data"].as_array().expect("tasks");
    assert_eq!(tasks.len(), LINES);
    assert!(tasks.iter().all(|task| task["state"] == "done"));
}
