//! A miner that secretly runs a real model with weights of 4 bits, from its answers to the slash. Nobody types anything.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{audits::record, court::Court};
use crate::harness::{
    books::{amount, units},
    network::Devnet,
};

/// Seconds of an epoch. Jurors have to examine with a real model within one, on a busy machine.
const EPOCH: &str = "20";
const PATIENCE: Duration = Duration::from_secs(300);

/// Asks the network for an answer.
async fn ask(court: &Court, number: u64) {
    let prompts = ["Tell me a story about a cuckoo.", "Why is the sky blue?", "How do I bake bread?"];
    let messages = [json!({"role": "user", "content": prompts[number as usize % prompts.len()]})];
    let body = json!({"model": "smollm2", "messages": messages, "seed": number, "max_tokens": 48, "temperature": 0.8});
    let answer = court.devnet.post(&court.http, "/v1/chat/completions", &body).await;
    assert_eq!(answer.status(), 200, "{}", answer.text().await.expect("text"));
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_a_model_i16_weights_of_4_bits_are_found_disputed_judged_and_slashed() {
    let model = std::env::var("CUCKOO_TEST_MODEL").expect("CUCKOO_TEST_MODEL names SmolLM2's directory");
    let home = tempfile::tempdir().expect("a directory");
    let network = ["--epoch", EPOCH, "--stakes", "30:30:30", "--cheats", "1", "--audits", "--auditor"];
    let engine = ["--model", &model, "--model-name", "smollm2"];
    let devnet = Devnet::launch(home.path(), &home.path().join("network"), &[&network[..], &engine].concat());
    let court = Court::of(devnet, 3).await;
    court.declared().await;
    let cheat = court.miners[2];
    let (begin, mut number) = (Instant::now(), 0);
    // Who is drawn is chance, and so is which answers are examined.
    let row = loop {
        ask(&court, number).await;
        number += 1;
        let row = record(&court.devnet, &court.http, &cheat.to_string()).await.unwrap_or_default();
        if row["state"] == "confirmed" {
            break row;
        }
        assert!(begin.elapsed() < PATIENCE, "the cheat is not found after {number} answers: {row}");
    };
    let id = loop {
        assert!(begin.elapsed() < PATIENCE, "no case is opened: {row}");
        let listed = court.devnet.run(&["dispute", "list", "--all", "--json"]).expect(0).data();
        if let Some(id) = listed[0]["id"].as_str() {
            break id.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    let dispute = court.decided(&id).await;
    assert_eq!((&dispute["state"], &dispute["accused"]), (&json!("guilty"), &json!(cheat)), "{dispute}");
    assert_eq!(amount(&dispute["closing"]["taken"]), units(12_000), "{dispute}");
    assert_eq!(court.stake(cheat), units(48_000), "a fifth of 60,000 CAI is gone");
    assert!(court.miners[..2].iter().all(|miner| court.stake(*miner) == units(60_000)), "nobody else loses stake");
}
