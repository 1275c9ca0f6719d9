//! API keys on a running coordinator: who is let in, how often, and what the others get to see.

use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::harness::network::Devnet;

struct Api {
    devnet: Devnet,
    http: Client,
}

impl Api {
    fn at(&self, method: reqwest::Method, path: &str, key: Option<&str>) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.devnet.api()));
        match key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    async fn get(&self, path: &str, key: Option<&str>) -> StatusCode {
        self.at(reqwest::Method::GET, path, key).send().await.expect("answers").status()
    }

    async fn task(&self, key: &str) -> reqwest::Response {
        self.at(reqwest::Method::POST, "/v1/tasks", Some(key))
            .json(&self.devnet.chat("hello"))
            .send()
            .await
            .expect("answers")
    }

    async fn until(&self, key: Option<&str>, status: StatusCode) {
        let begin = Instant::now();
        while self.get("/v1/models", key).await != status {
            assert!(begin.elapsed() < Duration::from_secs(60), "never {status}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn keys(&self, arguments: &[&str]) -> Value {
        let data = self.devnet.data().join("coordinator-1").display().to_string();
        self.devnet.run(&[&["coordinator", "keys"], arguments, &["--json", "--data", &data]].concat()).expect(0).data()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn fa1_fa3_fa12_a_key_opens_the_api_to_its_holder_alone() {
    let api = Api { devnet: Devnet::start(&["--miners", "1"]), http: Client::new() };
    assert_eq!(api.get("/v1/models", None).await, 200);
    let (first, second) = (api.keys(&["new", "shop"]), api.keys(&["new", "bot", "--requests-per-minute", "3"]));
    let (shop, bot) = (text(&first["key"]), text(&second["key"]));
    api.until(None, StatusCode::UNAUTHORIZED).await;
    api.until(Some(bot), StatusCode::OK).await;
    assert_eq!(api.get("/v1/models", Some("ck_nonsense")).await, 401);

    // Another key's task does not exist.
    let task: Value = api.task(shop).await.json().await.expect("JSON");
    let path = format!("/v1/tasks/{}", text(&task["id"]));
    assert_eq!(
        (api.get(&path, Some(shop)).await, api.get(&path, Some(bot)).await),
        (StatusCode::OK, StatusCode::NOT_FOUND)
    );
    let cancelled = api.at(reqwest::Method::DELETE, &path, Some(bot)).send().await.expect("answers");
    assert_eq!(cancelled.status(), 404);
    assert_eq!(api.get(&format!("{path}/receipt"), Some(bot)).await, 404);

    // Three tasks a minute, and not one more however fast they come.
    let answers = futures::future::join_all((0..12).map(|_| api.task(bot))).await;
    let accepted = answers.iter().filter(|answer| answer.status() == StatusCode::ACCEPTED).count();
    assert_eq!(accepted, 3);
    let refused = answers.into_iter().find(|answer| answer.status() != StatusCode::ACCEPTED).expect("nine of them");
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=21).contains(&wait), "{wait}");
    let error: Value = refused.json().await.expect("JSON");
    assert_eq!(error["error"]["code"], "rate_limit_exceeded");

    // Each of these may come to 201 tokens.
    let third = api.keys(&["new", "batch", "--tokens-per-minute", "450"]);
    let batch = text(&third["key"]);
    api.until(Some(batch), StatusCode::OK).await;
    let mut long = api.devnet.chat("hello");
    long["max_tokens"] = 450.into();
    let long = api.at(reqwest::Method::POST, "/v1/chat/completions", Some(batch)).json(&long);
    let refused = long.send().await.expect("answers");
    assert_eq!((refused.status().as_u16(), refused.headers().get("retry-after")), (429, None));
    let error: Value = refused.json().await.expect("JSON");
    assert_eq!(error["error"]["code"], "request_too_large");
    let mut answers = vec![];
    for _ in 0..3 {
        answers.push(api.task(batch).await);
    }
    assert_eq!(answers.iter().map(|answer| answer.status().as_u16()).collect::<Vec<_>>(), [202, 202, 429]);
    let wait: u64 = answers[2].headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=21).contains(&wait), "{wait}");

    api.keys(&["revoke", text(&first["id"])]);
    api.until(Some(shop), StatusCode::UNAUTHORIZED).await;
    let listed = api.keys(&["list"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(3));

    // None of the keys is anywhere on the disk.
    let found = std::process::Command::new("grep")
        .args(["-r", "-l", "-e", shop, "-e", bot, "-e", batch])
        .arg(api.devnet.data())
        .output()
        .expect("runs");
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
}
