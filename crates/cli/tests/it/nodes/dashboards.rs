//! What nodes publish for dashboards: tasks by filter and by page, the log, and a feed that stays small.

use std::time::{Duration, Instant};

use futures::StreamExt;
use serde_json::{Value, json};

use crate::harness::network::{Devnet, until};

/// The address of a node's listener for operators.
fn admin(devnet: &Devnet, name: &str) -> String {
    let document = devnet.document();
    let nodes = document["children"].as_array().expect("children").iter();
    let node = nodes.into_iter().find(|node| node["name"] == json!(name)).expect("it is there");
    node["admin"].as_str().expect("an address").to_owned()
}

fn connected(devnet: &Devnet, coordinator: &str, miners: usize) {
    let wanted = format!("miners connected\t{miners} of {miners}\n");
    until("all miners are there", || {
        devnet.run(&["coordinator", "status", "--connect", coordinator]).stdout.contains(&wanted)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn ended_tasks_are_found_by_filter_and_by_page_and_the_log_has_no_prompts() {
    let devnet = Devnet::start(&["--miners", "1"]);
    let (coordinator, miner) = (admin(&devnet, "coordinator-1"), admin(&devnet, "miner-1"));
    connected(&devnet, &coordinator, 1);
    let mut ids = vec![];
    for _ in 0..3 {
        let submitted = devnet.run(&["task", "submit", "xylophone-secret", "--json"]).expect(0).data();
        let id = submitted["id"].as_str().expect("an id").to_owned();
        until("it is done", || devnet.run(&["task", "show", &id, "--json"]).data()["state"] == json!("done"));
        ids.push(id);
    }
    let get = async |base: &str, path: &str| reqwest::get(format!("{base}{path}")).await.expect("answers");
    let page: Value = get(&coordinator, "/tasks?state=done,failed&limit=2").await.json().await.expect("a page");
    let listed = |page: &Value| -> Vec<String> {
        let rows = page["tasks"].as_array().expect("rows");
        rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(listed(&page), [ids[2].clone(), ids[1].clone()], "newest first: {page}");
    let rest = format!("/tasks?state=done,failed&limit=2&before={}", page["next"]);
    let page: Value = get(&coordinator, &rest).await.json().await.expect("a page");
    assert_eq!((listed(&page), &page["next"]), (vec![ids[0].clone()], &Value::Null));
    let none: Value = get(&coordinator, "/tasks?state=failed").await.json().await.expect("a page");
    assert_eq!(listed(&none), [""; 0]);
    let wrong = get(&coordinator, "/tasks?state=lost").await;
    assert_eq!(wrong.status(), 400);
    assert!(wrong.text().await.expect("text").contains("there is no state `lost`"));
    assert_eq!(get(&coordinator, "/tasks?colour=red").await.status(), 400);
    for base in [&coordinator, &miner] {
        let task: Value = get(base, &format!("/tasks/{}", &ids[1][..10])).await.json().await.expect("a task");
        assert_eq!((&task["id"], &task["state"]), (&json!(ids[1]), &json!("done")), "at {base}");
        assert_eq!(get(base, "/tasks/0x00").await.status(), 404);
        let log = get(base, "/logs?limit=2000").await.text().await.expect("lines");
        let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("a line")).collect();
        assert!(
            lines.iter().any(|line| line["words"]
                .as_str()
                .is_some_and(|words| words.contains("is ready") || words.contains("has started"))),
            "{log}"
        );
        assert!(!log.contains("xylophone"), "a prompt is in a log: {log}");
        let last = lines.last().expect("one")["id"].as_str().expect("a number").to_owned();
        assert_eq!(get(base, &format!("/logs?after={last}&level=error")).await.text().await.expect("lines"), "");
    }
}

#[expect(clippy::print_stdout, reason = "the figure is worth reading")]
#[tokio::test(flavor = "multi_thread")]
async fn a_feed_of_five_miners_stays_small() {
    const SECONDS: u64 = 20;
    let devnet = Devnet::start(&["--miners", "5", "--scripted-tokens", "100", "--scripted-rate", "50"]);
    let coordinator = admin(&devnet, "coordinator-1");
    connected(&devnet, &coordinator, 5);
    let feed = reqwest::get(format!("{coordinator}/status/events?deltas=1&logs=1")).await.expect("answers");
    let mut bytes = feed.bytes_stream();
    let first = bytes.next().await.expect("a piece").expect("reads").len();
    let api = devnet.document()["api"].as_str().expect("an address").to_owned();
    let client = reqwest::Client::new();
    let tasks = async {
        let begin = Instant::now();
        let mut count = 0u64;
        while begin.elapsed() < Duration::from_secs(SECONDS) {
            let body = json!({"model": "scripted", "messages": [{"role": "user", "content": "a story"}]});
            let sent = client.post(format!("{api}/v1/tasks")).json(&body).send().await.expect("answers");
            assert!(sent.status().is_success(), "{}", sent.status());
            count += 1;
            tokio::time::sleep_until(tokio::time::Instant::from_std(begin) + Duration::from_millis(667 * count)).await;
        }
        count
    };
    let reading = async {
        let mut total = 0;
        while let Some(Ok(piece)) = bytes.next().await {
            total += piece.len() as u64;
            READ.store(total, std::sync::atomic::Ordering::Relaxed);
        }
    };
    static READ: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let count = tokio::select! {
        count = tasks => count,
        () = reading => panic!("the feed ended"),
    };
    // Thirty, unless the machine has other things to do; a few say something of the feed, too.
    assert!(count >= 10, "{count} tasks in {SECONDS} s");
    let a_second = READ.load(std::sync::atomic::Ordering::Relaxed) / SECONDS;
    println!("{a_second} B/s after a first document of at least {first} bytes, at {count} tasks in {SECONDS} s");
    assert!((1..=20_000).contains(&a_second), "{a_second} B/s");
}
