//! A model through the whole network beside the same model by itself, in one run.
//!
//! One network of `cuckoo devnet` with one miner, and one engine in this process, answer the same prompt greedily in turns; while
//! one works the other waits. What the network adds is the difference: the coordinator with its synced journal, ticket, receipt
//! and voucher, the link, the miner with its record, and the pipe to the engine's process.
//!
//! `CUCKOO_BENCH_MODEL` names the model's directory. Compare ratios of one run: absolute figures change with the machine.

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr)]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use cuckoo_gpu::{Engine, EngineSpec, GenerateRequest, Generated, engine::MistralConfig, model::ModelSource, start};
use cuckoo_protocol::task::{ChatMessage, ChatRole, Sampling};
use futures::StreamExt;
use serde_json::{Value, json};

#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/chain.rs"]
mod chain;
#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/network.rs"]
mod network;

const PROMPT: &str = "Tell me a long story about a cuckoo that looks for a nest in spring.";
const TOKENS: u32 = 96;
const ROUNDS: usize = 10;

/// One answer.
#[derive(Clone, Copy, Debug)]
struct Answer {
    first_token: Duration,
    total: Duration,
    tokens: u32,
}

fn main() {
    let Some(model) = std::env::var_os("CUCKOO_BENCH_MODEL") else {
        eprintln!("CUCKOO_BENCH_MODEL names no model; `make bench-engine` does");
        return;
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(run(Path::new(&model)));
}

async fn run(model: &Path) {
    let home = tempfile::tempdir().expect("a directory");
    let shown = model.to_str().expect("text");
    let arguments = ["--miners", "1", "--model", shown, "--model-name", "bench"];
    let devnet = network::Devnet::launch(home.path(), &home.path().join("network"), &arguments);
    let engine = start(EngineSpec::Mistral(MistralConfig {
        source: ModelSource::Directory(model.into()),
        name: Some("bench".into()),
        slots: None,
        expect_weights: None,
        quantise: None,
        force_cpu: false,
    }));
    let engine = engine.await.expect("loads");
    let http = reqwest::Client::new();
    // Warm both.
    let texts = (bare(&*engine).await.1, through(&http, &devnet.api()).await.1);
    assert_eq!(texts.0, texts.1, "they say different things");
    let (mut alone, mut whole) = (vec![], vec![]);
    for round in 1..=ROUNDS {
        // Whoever comes second may find the machine warmer.
        let (one, other) = if round.is_multiple_of(2) {
            let other = through(&http, &devnet.api()).await.0;
            (bare(&*engine).await.0, other)
        } else {
            (bare(&*engine).await.0, through(&http, &devnet.api()).await.0)
        };
        eprintln!("round {round}: alone {one:.1?}, network {other:.1?}");
        alone.push(one);
        whole.push(other);
    }
    // Of all rounds together: single ones differ by a tenth on a busy machine.
    let pace = |answers: &[Answer]| {
        let seconds: f64 = answers.iter().map(|answer| answer.total.as_secs_f64()).sum();
        answers.iter().map(|answer| f64::from(answer.tokens)).sum::<f64>() / seconds
    };
    let first = |answers: &[Answer]| {
        answers.iter().map(|answer| answer.first_token.as_secs_f64() * 1e3).sum::<f64>() / answers.len() as f64
    };
    println!("| | tokens/s | first token, ms |\n|---|---|---|");
    println!("| the engine alone | {:.2} | {:.1} |", pace(&alone), first(&alone));
    println!("| through the network | {:.2} | {:.1} |", pace(&whole), first(&whole));
    println!("| ratio, difference | {:.3} | {:+.1} |", pace(&whole) / pace(&alone), first(&whole) - first(&alone));
}

async fn bare(engine: &dyn Engine) -> (Answer, String) {
    let request = GenerateRequest {
        model: "bench".into(),
        messages: vec![ChatMessage { role: ChatRole::User, content: PROMPT.into() }],
        sampling: Sampling { max_tokens: TOKENS, ..Sampling::default() },
    };
    let began = Instant::now();
    let mut stream = loop {
        match engine.generate(request.clone()).await {
            Ok(stream) => break stream,
            Err(error) if error.is_busy() => tokio::time::sleep(Duration::from_millis(1)).await,
            Err(error) => panic!("{error}"),
        }
    };
    let (mut first_token, mut text) = (None, String::new());
    loop {
        match stream.next().await.expect("an end").expect("no error") {
            Generated::Tokens(chunk) => {
                text.push_str(&chunk.text);
                if !text.is_empty() {
                    first_token.get_or_insert_with(|| began.elapsed());
                }
            }
            Generated::Finished(finish) => {
                let total = began.elapsed();
                let first_token = first_token.unwrap_or(total);
                return (Answer { first_token, total, tokens: finish.completion_tokens }, text);
            }
        }
    }
}

async fn through(http: &reqwest::Client, api: &str) -> (Answer, String) {
    let body = json!({
        "model": "bench", "messages": [{"role": "user", "content": PROMPT}], "max_tokens": TOKENS, "temperature": 0,
        "stream": true, "stream_options": {"include_usage": true},
    });
    let began = Instant::now();
    let answer = http.post(format!("{api}/v1/chat/completions")).json(&body).send().await.expect("answers");
    assert!(answer.status().is_success(), "{}", answer.status());
    let mut bytes = answer.bytes_stream();
    let (mut first_token, mut text, mut pending) = (None, String::new(), vec![]);
    loop {
        let more = bytes.next().await.expect("more until [DONE]").expect("no error");
        pending.extend_from_slice(&more);
        while let Some(end) = pending.windows(2).position(|window| window == b"\n\n") {
            let event: Vec<u8> = pending.drain(..end + 2).collect();
            let Some(data) = event.strip_prefix(b"data: ").filter(|data| !data.starts_with(b"[DONE]")) else {
                continue;
            };
            let chunk: Value = serde_json::from_slice(data).expect("JSON");
            if let Some(tokens) = chunk["usage"]["completion_tokens"].as_u64() {
                let total = began.elapsed();
                let first_token = first_token.unwrap_or(total);
                return (Answer { first_token, total, tokens: tokens as u32 }, text);
            }
            text.push_str(chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
            if !text.is_empty() {
                first_token.get_or_insert_with(|| began.elapsed());
            }
        }
    }
}
