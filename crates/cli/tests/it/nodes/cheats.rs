//! Cheats in a network of real processes, by their numbers in the list of cheats: what each gets, and what a coordinator that is killed in
//! the middle of an audit still knows.

use std::{
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use cuckoo::node::failpoint;
use reqwest::Client;
use serde_json::{Value, json};

use super::audits::{account, address, ask, audits, found, record};
use crate::harness::network::{Devnet, get};

/// A network of one miner, which cheats in this way, and a coordinator with an auditor of its own.
fn network(way: &str) -> Devnet {
    let options =
        ["--miners", "1", "--audits", "--auditor", "--cheats", "1", "--cheat", way, "--scripted-tokens", "30"];
    Devnet::start(&options)
}

/// The only miner is found by one answer, and gets nothing for it.
async fn is_found(way: &str) {
    let mut devnet = network(way);
    let http = Client::new();
    let cheat = address(&devnet, "miner-1");
    ask(&devnet, &http, "hello").await;
    let row = found(&devnet, &http, &cheat, "confirmed", Duration::from_secs(60)).await;
    assert!(row["gross"].as_u64() >= Some(1), "{way}: {row}");
    let owed = account(&devnet, &http, &cheat).await.expect("an account");
    assert_eq!((&owed["owed"], &owed["held"]), (&json!("0"), &json!("0")), "{way}: {owed}");
    let _ = devnet.child.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn i1_i9_the_only_miner_pads_its_answers_and_is_found_by_the_first() {
    is_found("padded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_a_cheap_model_with_the_right_models_numbers_is_found() {
    is_found("laundered").await;
}

/// An application that has the model itself trusts nobody's audits.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_model_can_judge_an_answer_by_its_evidence() {
    let judge = async |mut devnet: Devnet, code: i32, says: &str| {
        let http = Client::new();
        let task = ask(&devnet, &http, "hello").await;
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
        let file = devnet.home().join("bundle");
        let file = file.display().to_string();
        let api = devnet.api();
        let write = || devnet.run(&["task", "evidence", &task, "--out", &file, "--coordinator-url", &api]);
        write().expect(0);
        assert_eq!(std::fs::read(&file).expect("is there"), bundle);
        assert_eq!(std::fs::metadata(&file).expect("is there").permissions().mode() & 0o777, 0o600);
        write().expect(3).says("exists already");
        devnet.run(&["audit", "receipt", &file]).expect(0).says("the receipt is valid: miner-1 signed this answer of ");
        devnet.run(&["audit", "receipt", &file, "--model", "scripted"]).expect(code).says(says);
        let _ = devnet.child.kill();
    };
    let honest = Devnet::start(&["--miners", "1", "--scripted-tokens", "30"]);
    judge(honest, 0, "the model can have written it: an e-value of").await;
    judge(network("padded"), 8, "the answer is false: ").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i25_a_miner_that_leaves_out_what_an_application_asks_of_sampling_is_found() {
    let mut devnet = network("no_rules");
    let http = Client::new();
    let cheat = address(&devnet, "miner-1");
    let mut body = devnet.chat("hello");
    body["logit_bias"] = json!({"2": 100});
    assert_eq!(devnet.post(&http, "/v1/tasks", &body).await.status(), 202);
    let row = found(&devnet, &http, &cheat, "confirmed", Duration::from_secs(60)).await;
    assert!(row["gross"].as_u64() >= Some(1), "{row}");
    let _ = devnet.child.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn i5_an_answer_without_token_ids_is_refused() {
    let mut devnet = network("no_ids");
    let http = Client::new();
    let cheat = address(&devnet, "miner-1");
    let mut body = devnet.chat("hello");
    body["timeout_seconds"] = 5.into();
    let answer = devnet.post(&http, "/v1/chat/completions", &body).await;
    assert!(!answer.status().is_success(), "{}", answer.status());
    // It was given the task, and is owed nothing for it.
    let owed = account(&devnet, &http, &cheat).await.expect("it had a ticket");
    assert_eq!((&owed["owed"], &owed["held"]), (&json!("0"), &json!("0")), "{owed}");
    let _ = devnet.child.kill();
}

/// In every step of an audit the coordinator is killed, one after the other.
#[tokio::test(flavor = "multi_thread")]
async fn i12_a_coordinator_killed_in_every_step_of_an_audit_loses_nothing() {
    let mut devnet = Devnet::start(&["--miners", "1", "--audits", "--auditor", "--scripted-tokens", "8"]);
    let http = Client::new();
    let miner = address(&devnet, "miner-1");
    let armed = devnet.home().join("crash");
    std::fs::create_dir(&armed).expect("a directory");
    let mut asked = 0;
    let own = failpoint::AUDIT_POINTS.iter().copied();
    for point in own.chain([failpoint::JOURNAL_BEFORE, failpoint::JOURNAL_AFTER]) {
        std::fs::write(armed.join(point), "").expect("written");
        let begin = Instant::now();
        let mut here = 0;
        while armed.join(point).exists() || here == 0 {
            assert!(begin.elapsed() < Duration::from_secs(120), "{point}: it is not come to");
            let post = http.post(format!("{}/v1/chat/completions", devnet.api()));
            let post = post.header("Idempotency-Key", format!("order {asked}")).json(&devnet.chat("hello"));
            match post.send().await {
                Ok(answer) if answer.status() == 200 => {
                    asked += 1;
                    here += 1;
                }
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
    // All of it was examined in the end, and paid once.
    let begin = Instant::now();
    loop {
        let row = record(&devnet, &http, &miner).await.unwrap_or_default();
        let owed = account(&devnet, &http, &miner).await.unwrap_or_default();
        if row["examined"] == asked && row["pending"] == 0 && owed["held"] == "0" && owed["owed"] == owed["vouchered"] {
            assert_eq!((&row["state"], &row["gross"]), (&json!("good"), &json!(0)), "{row}");
            break;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(120),
            "{asked} answers: {row} {owed}: {}",
            audits(&devnet, &http).await
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let list = get(&http, &format!("{}/v1/tasks?limit=1000", devnet.api())).await;
    let listed = list["data"].as_array().expect("tasks");
    let done: Vec<&Value> = listed.iter().filter(|task| task["state"] == "done").collect();
    assert_eq!((listed.len(), done.len()), (asked, asked), "no order became two tasks");
    let _ = devnet.child.kill();
}
