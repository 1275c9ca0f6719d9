//! A model through the whole network beside the same model by itself, in one run.
//!
//! One network of `cuckoo devnet` with one miner, and one engine in this process, answer the same prompt greedily in turns; while
//! one works the other waits. What the network adds is the difference: the coordinator with its synced journal, ticket, receipt
//! and voucher, the link, the miner with its record, and the pipe to the engine's process. Pace is what comes after the first
//! token, in many turns of some seconds: the machine's own pace drifts by a tenth within minutes. The time to the first token is
//! measured on short prompts: on longer ones it differs from one to the next by more than the network adds.
//!
//! `CUCKOO_BENCH_MODEL` names the model's directory. Compare ratios of one run: absolute figures change with the machine.

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr)]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use cuckoo_gpu::{Engine, EngineSpec, GenerateRequest, Generated, engine::MistralConfig, model::ModelSource, start};
use cuckoo_protocol::{
    sse,
    task::{ChatMessage, ChatRole, Sampling},
};
use futures::StreamExt;
use serde_json::{Value, json};

#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/chain.rs"]
mod chain;
#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/network.rs"]
mod network;

const LONG: Asked =
    Asked { prompt: "Tell me a long story about a cuckoo that looks for a nest in spring.", tokens: 32 };
const SHORT: Asked = Asked { prompt: "Hi", tokens: 2 };
/// Of long answers.
const ROUNDS: usize = 40;
/// Of short ones.
const SHORT_ROUNDS: usize = 100;

/// What is asked.
#[derive(Clone, Copy, Debug)]
struct Asked {
    prompt: &'static str,
    tokens: u32,
}

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
        quantise_secretly: None,
        force_cpu: false,
        examine_memory: None,
    }));
    let engine = engine.await.expect("loads");
    let http = reqwest::Client::new();
    // Warm both.
    let texts = (bare(&*engine, LONG).await.1, through(&http, &devnet.api(), LONG).await.1);
    assert_eq!(texts.0, texts.1, "they say different things");
    let in_turns = async |rounds: usize, asked: Asked| {
        let (mut alone, mut whole) = (vec![], vec![]);
        for round in 1..=rounds {
            // Whoever comes second may find the machine warmer.
            let (one, other) = if round.is_multiple_of(2) {
                let other = through(&http, &devnet.api(), asked).await.0;
                (bare(&*engine, asked).await.0, other)
            } else {
                (bare(&*engine, asked).await.0, through(&http, &devnet.api(), asked).await.0)
            };
            eprintln!("round {round}: alone {one:.1?}, network {other:.1?}");
            alone.push(one);
            whole.push(other);
        }
        (alone, whole)
    };
    let (alone, whole) = in_turns(ROUNDS, LONG).await;
    let (alone_short, whole_short) = in_turns(SHORT_ROUNDS, SHORT).await;
    // Of all rounds together: single ones differ by a tenth on a busy machine.
    let pace = |answers: &[Answer]| {
        let seconds: f64 = answers.iter().map(|answer| (answer.total - answer.first_token).as_secs_f64()).sum();
        answers.iter().map(|answer| f64::from(answer.tokens - 1)).sum::<f64>() / seconds
    };
    let milliseconds = |answer: &Answer| answer.first_token.as_secs_f64() * 1e3;
    let first = |answers: &[Answer]| median(answers.iter().map(milliseconds));
    let added =
        median(alone_short.iter().zip(&whole_short).map(|(one, other)| milliseconds(other) - milliseconds(one)));
    println!("| | tokens/s after the first | first token, ms (median) |\n|---|---|---|");
    println!("| the engine alone | {:.2} | {:.1} |", pace(&alone), first(&alone_short));
    println!("| through the network | {:.2} | {:.1} |", pace(&whole), first(&whole_short));
    println!("| ratio, median of the differences | {:.3} | {added:+.1} |", pace(&whole) / pace(&alone));
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn bare(engine: &dyn Engine, asked: Asked) -> (Answer, String) {
    let request = GenerateRequest {
        model: "bench".into(),
        messages: vec![ChatMessage { role: ChatRole::User, content: asked.prompt.into() }],
        sampling: Sampling { max_tokens: asked.tokens, ..Sampling::default() },
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

async fn through(http: &reqwest::Client, api: &str, asked: Asked) -> (Answer, String) {
    let body = json!({
        "model": "bench", "messages": [{"role": "user", "content": asked.prompt}], "max_tokens": asked.tokens, "temperature": 0,
        "stream": true, "stream_options": {"include_usage": true},
    });
    let began = Instant::now();
    let answer = http.post(format!("{api}/v1/chat/completions")).json(&body).send().await.expect("answers");
    assert!(answer.status().is_success(), "{}", answer.status());
    let mut bytes = answer.bytes_stream();
    let (mut first_token, mut text, mut reader) = (None, String::new(), sse::Reader::new(1 << 20));
    loop {
        let more = bytes.next().await.expect("more until [DONE]").expect("no error");
        let events = reader.push(&more).expect("short events").into_iter().filter_map(sse::Event::data);
        for data in events.filter(|data| data != b"[DONE]") {
            let chunk: Value = serde_json::from_slice(&data).expect("JSON");
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
