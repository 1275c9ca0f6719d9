//! A miner whose model runs in a vLLM server with our plugin: its answers are proven and examined like the built-in engine's.

use std::{sync::atomic::Ordering, time::Duration};

use reqwest::Client;
use serde_json::{Value, json};

use super::audits::{account, address, audits, found, record};
use crate::harness::{
    network::Devnet,
    tiny,
    vllm::{Model, Vllm},
};

#[tokio::test(flavor = "multi_thread")]
async fn i27_a_miner_with_vllm_is_audited_and_one_with_other_seeds_is_found() {
    let directory = tempfile::tempdir().expect("a directory");
    let files = directory.path().join("model");
    tiny::write(&files, 7);
    let server = Vllm::start(Model::of(&files, "m")).await;
    let (url, path) = (server.url(), files.display().to_string());
    let engine = ["--engine", "openai", "--engine-url", &url, "--model", &path, "--model-name", "m"];
    let options = [&engine[..], &["--miners", "1", "--audits", "--auditor"]].concat();
    let data = directory.path().join("network");
    let devnet = Devnet::launch(directory.path(), &data, &options);
    let http = Client::new();
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 20, "seed": 5, "logprobs": true});
    let answer = devnet.post(&http, "/v1/chat/completions", &body).await;
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.expect("JSON");
    let logprobs = answer["choices"][0]["logprobs"]["content"].as_array().expect("log-probabilities");
    assert_eq!(Some(logprobs.len() as u64), answer["usage"]["completion_tokens"].as_u64(), "{answer}");
    // What it offers can be checked to the last token.
    let models: Value =
        http.get(format!("{}/v1/models", devnet.api())).send().await.expect("answers").json().await.expect("JSON");
    assert_eq!(models["data"][0]["proof"], "seeded", "{models}");
    let said = devnet.run(&["task", "run", "--model", "m", "--max-tokens", "20", "hello"]).expect(0);
    assert!(said.stderr.contains("receipt") || said.stdout.contains("receipt"), "{} {}", said.stdout, said.stderr);
    // The auditor, which has a server of the same sort, examines it and finds nothing.
    let miner = address(&devnet, "miner-1");
    let begin = std::time::Instant::now();
    let honest = loop {
        let row = record(&devnet, &http, &miner).await.unwrap_or_default();
        if row["tokens"].as_u64() > Some(0) {
            break row;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{row}: {}", audits(&devnet, &http).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(honest["gross"], 0, "{honest}");
    // A miner that follows another seed is found, and its ticket owes nothing.
    let before = account(&devnet, &http, &miner).await.expect("an account")["owed"].clone();
    server.model.seed.store(1, Ordering::Relaxed);
    let warm = json!({"model": "m", "messages": [{"role": "user", "content": "again"}], "max_tokens": 200, "temperature": 1, "seed": 5});
    assert_eq!(devnet.post(&http, "/v1/tasks", &warm).await.status(), 202);
    let row = found(&devnet, &http, &miner, "confirmed", Duration::from_secs(60)).await;
    assert!(row["why"].as_str().is_some_and(|why| why.contains("are not those that the model chooses")), "{row}");
    assert_eq!(account(&devnet, &http, &miner).await.expect("an account")["owed"], before);
}
