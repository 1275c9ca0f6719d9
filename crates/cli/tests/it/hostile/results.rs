//! Results that lie, come late or twice, or are for tasks of others.

use std::time::Duration;

use alloy::primitives::B256;
use cuckoo_protocol::{
    message::Receipt,
    task::{Kind, TaskId, kind},
    wire::{self, Body},
};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::miners::{Socket, Target, chunk, lease, offered, report, sign};
use crate::harness::{chain::account, link::send};

/// Accepts a task and offers no slot any more: whatever becomes of the task, it is not given to the only miner again.
async fn accept_as_the_last(socket: &mut Socket, kind: Kind, offer: &wire::Offer) {
    send(socket, Body::Accept(lease(offer))).await;
    send(socket, report(kind, 0, 2)).await;
}

/// The miner has lost the task, which waits for another one. It is taken back, so that the next miner does not get it.
async fn is_lost(target: &Target, offer: &wire::Offer, lie: &str) {
    let id = TaskId(B256::from_slice(&offer.task)).to_string();
    let shown = target.until_state(&id, "queued").await;
    assert_eq!((&shown["attempt"], &shown["miner"]), (&json!(1), &Value::Null), "{lie}: {shown}");
    let task = format!("http://127.0.0.1:{}/v1/tasks/{id}", target.api);
    assert!(Client::new().delete(task).send().await.expect("answers").status().is_success(), "{lie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_to_c6_results_that_are_not_what_was_delivered() {
    let target = Target::start().await;
    // Each of these costs the miner the task: it is lost, and there is no other miner.
    type Lie = fn(&Target, &wire::Offer) -> (wire::Chunk, wire::TaskResult);
    let lies: [(&str, Lie); 6] = [
        ("C3 counts more than it sent", |target, offer| {
            let mut result = target.result(offer, "one", &[1]);
            result.completion_tokens = 4;
            (chunk(offer, "one", &[1]), result)
        }),
        ("C3 commits to more than it sent", |target, offer| {
            (chunk(offer, "one", &[1]), target.result(offer, "one two three", &[1, 2, 3]))
        }),
        ("C4 sends more than was asked for", |target, offer| {
            (chunk(offer, "a b c d e", &[1, 2, 3, 4, 5]), target.result(offer, "a b c d e", &[1, 2, 3, 4, 5]))
        }),
        ("C4 sends no ids and no end", |target, offer| {
            let endless = "x".repeat(10_000);
            (chunk(offer, &endless, &[]), target.result(offer, &endless, &[]))
        }),
        ("C9 signs with another key", |target, offer| {
            let mut result = target.result(offer, "one", &[1]);
            result.signature = sign(&account(6), &target.domain(), &Receipt::default());
            (chunk(offer, "one", &[1]), result)
        }),
        ("a finish that does not exist", |target, offer| {
            let mut result = target.result(offer, "one", &[1]);
            result.finish_reason = 9;
            (chunk(offer, "one", &[1]), result)
        }),
    ];
    for (name, lie) in lies {
        let mut socket = target.offering(1).await;
        let (_, offer) = target.task(&mut socket).await;
        accept_as_the_last(&mut socket, Kind::Text, &offer).await;
        let (chunk, result) = lie(&target, &offer);
        send(&mut socket, chunk).await;
        send(&mut socket, result).await;
        is_lost(&target, &offer, name).await;
        let _ = socket.close(None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_vectors_and_images_that_are_not_what_was_asked_for() {
    let target = Target::start().await;
    let vectors = |vectors: &[&[f32]]| kind::write_vectors(vectors.iter().copied());
    let embed = ("/v1/embeddings", json!({"model": "m", "input": ["a", "b"], "timeout_seconds": 60}));
    let draw = ("/v1/images/generations", json!({"model": "m", "prompt": "a", "size": "64x64", "timeout_seconds": 60}));
    // The head of a PNG of 64x128 pixels.
    let other_size = kind::write_image(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\0\x80");
    for (kind, (path, body), lie) in [
        (Kind::Embedding, &embed, vectors(&[&[1.0, 0.0]])),
        (Kind::Embedding, &embed, vectors(&[&[1.0, 0.0], &[1.0]])),
        (Kind::Embedding, &embed, vectors(&[&[1.0], &[f32::INFINITY]])),
        (Kind::Embedding, &embed, "not\nbase64".into()),
        (Kind::Image, &draw, "aGVsbG8=".into()),
        (Kind::Image, &draw, other_size),
    ] {
        let mut socket = target.offering_for(kind, 1).await;
        let request = Client::new().post(format!("http://127.0.0.1:{}{path}", target.api)).json(body);
        let mut waiting = JoinSet::new();
        waiting.spawn(request.send());
        let offer = offered(&mut socket).await;
        accept_as_the_last(&mut socket, kind, &offer).await;
        send(&mut socket, chunk(&offer, &lie, &[])).await;
        send(&mut socket, target.counted(&offer, &lie, &[], u32::from(kind == Kind::Image))).await;
        is_lost(&target, &offer, &lie).await;
        let _ = socket.close(None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f8_a7_results_late_doubled_or_for_tasks_of_others() {
    let target = Target::start().await;
    let mut socket = target.offering(2).await;
    let (id, offer) = target.task(&mut socket).await;
    send(&mut socket, Body::Accept(lease(&offer))).await;
    send(&mut socket, chunk(&offer, "one", &[1])).await;
    // For a task that does not exist, and for an attempt that was not given.
    let good = target.result(&offer, "one", &[1]);
    let unknown = wire::Lease { task: vec![9; 32], attempt: 1 };
    let other = wire::Lease { attempt: 2, ..lease(&offer) };
    for wrong in [unknown, other] {
        send(&mut socket, wire::TaskResult { lease: Some(wrong), ..good.clone() }).await;
    }
    // Ten times at once: one is accepted, the others change nothing.
    for _ in 0..10 {
        send(&mut socket, good.clone()).await;
    }
    let shown = target.until_state(&id, "done").await;
    assert_eq!((&shown["text"], &shown["attempt"]), (&json!("one"), &json!(1)));
    // A different result for the same attempt, later: too late.
    send(&mut socket, target.result(&offer, "two", &[2])).await;
    let (second, offer) = target.task(&mut socket).await;
    assert_eq!(target.shown(&id).await, shown);
    // A session that comes back after its lease was given up has nothing to say about it.
    // There is no other miner, so that it may get the task again, as another attempt.
    let mut newer = target.offering(2).await;
    assert_eq!(offered(&mut newer).await.attempt, 2);
    send(&mut newer, chunk(&offer, "one", &[1])).await;
    send(&mut newer, target.result(&offer, "one", &[1])).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(target.shown(&second).await["state"], "leased");
    let metrics = format!("http://127.0.0.1:{}/metrics", target.admin);
    let metrics = Client::new().get(metrics).send().await.expect("answers").text().await.expect("text");
    assert!(metrics.contains("cuckoo_tasks_total{state=\"done\"} 1\n"), "{metrics}");
}
