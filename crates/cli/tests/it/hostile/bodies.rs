//! Bodies that nobody would write, over HTTP: none is a server's error, and none keeps others waiting.

use std::time::{Duration, Instant};

use futures::StreamExt;
use reqwest::Client;
use serde_json::Value;

use super::mutate::{changed, p99, samples};
use crate::harness::network::Devnet;

/// Bodies for each path; `CUCKOO_TEST_BODIES` names more.
const BODIES: u64 = 300;
/// Requests at once.
const AT_ONCE: usize = 4;

/// Sends a changed body and reads the answer; returns its status, how it begins, and the time that it took.
async fn send(http: &Client, url: &str, sample: &Value, seed: u64) -> (u16, String, Duration) {
    let body = changed(sample, seed);
    let request = http.post(url);
    let request = match url.ends_with("/v1/files") {
        false => request.header("content-type", "application/json").body(body),
        true => {
            let head = "--b\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b\r\n\
                        content-disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n";
            let form = [head.as_bytes(), &body, b"\r\n--b--\r\n"].concat();
            request.header("content-type", "multipart/form-data; boundary=b").body(form)
        }
    };
    let begin = Instant::now();
    let answer = request.send().await.expect("answers");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("is whole");
    (status, text.chars().take(500).collect(), begin.elapsed())
}

/// F-A18: thousands of them, on connections that stay open.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "the figures are worth reading")]
async fn changed_bodies_are_answered_or_refused_and_soon() {
    let bodies = std::env::var("CUCKOO_TEST_BODIES").map_or(BODIES, |count| count.parse().expect("a number"));
    let devnet = Devnet::start(&[
        "--miners",
        "1",
        "--model-name",
        "scripted",
        "--embedding-model",
        "vectors",
        "--image-model",
        "pictures",
    ]);
    let http = Client::new();
    for (path, sample) in samples() {
        let url = format!("{}{path}", devnet.api());
        // Files that are kept fill a key's share of the disk.
        let bodies = if path == "/v1/files" { bodies.min(450) } else { bodies };
        let all: Vec<_> = futures::stream::iter(0..bodies)
            .map(|seed| send(&http, &url, &sample, seed))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (status, text, _) in &all {
            // 501 says that nobody tells tokens, 503 that there is no room at the moment.
            assert!(*status < 500 || matches!(status, 501 | 503), "{path}: {status} {text}");
        }
        let read = all.iter().filter(|(status, ..)| *status == 200).count();
        let longest = p99(all.iter().map(|(.., time)| *time).collect());
        println!("{path}: {read} of {bodies} answered, p99 {longest:?}");
        assert!(longest < Duration::from_secs(2), "{path}: p99 {longest:?}");
    }
}
