//! Replicas of one coordinator that serve at once: one leads, the others follow it, and streams outlive the one that leads.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use async_nats::jetstream::stream::Config;
use futures::{TryStreamExt, future::join_all};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::harness::{
    network::{get, kill},
    replicas::{PATIENCE, ROUND_TOKENS, Replica, Replicas, TAKEN_OVER, chat, stream, take_over, whole},
    servers::{Nats, Postgres},
};

/// V21: any replica takes applications and miners, and no stranger is let in between them.
async fn any_replica_serves(url: &str) {
    let mut replicas = Replicas::start(url, &["one", "two"]).await;
    // The balancer gives them to one replica after the other.
    replicas.start_miner(&["--slots", "8"]).await;
    let (http, one, two) = (replicas.http.clone(), &replicas.all[0], &replicas.all[1]);
    let chats = "/v1/chat/completions";
    let said = whole(&http, one.url(chats), 1, 12).await;
    assert_eq!(whole(&http, two.url(chats), 1, 12).await, said);
    assert_eq!(stream(&http, two.url(chats), 1, 12).await.text, said);
    let body = json!({"model": "scripted", "max_tokens": 5, "messages": [{"role": "user", "content": "hello"}]});
    let message: Value =
        http.post(two.url("/v1/messages")).json(&body).send().await.expect("answers").json().await.expect("JSON");
    assert_eq!((&message["type"], &message["usage"]["output_tokens"]), (&json!("message"), &json!(5)), "{message}");
    // What only the leader knows comes from it.
    let post = async |replica: &Replica| {
        let post = http.post(replica.url("/v1/tasks")).header("Idempotency-Key", "order").json(&chat(2, false, 5));
        post.send().await.expect("answers").json::<Value>().await.expect("JSON")["id"].clone()
    };
    let id = post(two).await;
    assert_eq!(post(one).await, id);
    let task = format!("/v1/tasks/{}", id.as_str().expect("an id"));
    let begin = Instant::now();
    while get(&http, &two.url(&task)).await["state"] != "done" {
        assert!(begin.elapsed() < PATIENCE);
        sleep(Duration::from_millis(50)).await;
    }
    let status = |admin: u16| format!("http://127.0.0.1:{admin}/status");
    let (own, passed) = (get(&http, &status(one.admin)).await, get(&http, &status(two.admin)).await);
    assert_eq!(own["node"], passed["node"]);
    assert_eq!(get(&http, &two.url("/v1/models")).await, get(&http, &one.url("/v1/models")).await);
    // Errors are those of the leader.
    let mut unknown = chat(1, false, 5);
    unknown["model"] = json!("nothing");
    for replica in [one, two] {
        let refused = http.post(replica.url(chats)).json(&unknown).send().await.expect("answers");
        assert_eq!(refused.status(), 404);
        assert_eq!(refused.json::<Value>().await.expect("JSON")["error"]["code"], "model_not_found");
        assert_eq!(http.get(replica.url("/v1/nothing")).send().await.expect("answers").status(), 404);
    }
    // Who has not the key is not let in, whatever it says.
    for said in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\x16\x03\x01\x00\x05hello", b""] {
        let mut stranger = TcpStream::connect((Ipv4Addr::LOCALHOST, one.replica)).await.expect("connects");
        stranger.write_all(said).await.expect("written");
        let mut heard = vec![];
        let _ = timeout(PATIENCE, stranger.read_to_end(&mut heard)).await.expect("it is closed");
        assert!(heard.len() < 16, "{heard:?}");
    }
    assert!(one.log(&replicas.chain).contains("turned away"));
    assert_eq!(whole(&http, two.url(chats), 1, 12).await, said);
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_v21_any_replica_takes_applications_and_miners() {
    let server = Postgres::start();
    any_replica_serves(&server.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_nats_v21_any_replica_takes_applications_and_miners() {
    let server = Nats::start();
    any_replica_serves(&server.url()).await;
}

/// An application that leaves a replica takes its task back, and one that is slow holds up nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_v21_who_leaves_a_replica_takes_its_task_back() {
    let server = Postgres::start();
    let mut replicas = Replicas::start(&server.url(), &["one", "two"]).await;
    replicas.start_miner(&["--slots", "8", "--scripted-tokens", "2000", "--scripted-rate", "50"]).await;
    let (http, two) = (replicas.http.clone(), &replicas.all[1]);
    let mut left =
        http.post(two.url("/v1/chat/completions")).json(&chat(1, true, 2_000)).send().await.expect("answers");
    let id = left.headers()["x-cuckoo-task"].to_str().expect("text").to_owned();
    left.chunk().await.expect("it begins").expect("a token");
    drop(left);
    let (begin, task) = (Instant::now(), replicas.all[0].url(&format!("/v1/tasks/{id}")));
    while get(&http, &task).await["state"] != "cancelled" {
        assert!(begin.elapsed() < PATIENCE, "{}", get(&http, &task).await);
        sleep(Duration::from_millis(50)).await;
    }
}

/// V22: rounds of kills and of stops, as many as `CUCKOO_TEST_TAKEOVERS` says.
#[expect(clippy::print_stdout, reason = "the figures are worth reading")]
async fn outlives_leaders(url: &str) {
    let rounds = std::env::var("CUCKOO_TEST_TAKEOVERS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1);
    let mut replicas = Replicas::start(url, &["one", "two", "three"]).await;
    replicas.start_miner(&["--slots", "16", "--scripted-tokens", "60", "--scripted-rate", "30"]).await;
    let http = replicas.http.clone();
    let asked = (0..6).map(|seed| whole(&http, replicas.all[2].url("/v1/chat/completions"), seed, ROUND_TOKENS));
    let expected = join_all(asked).await;
    let mut all = vec![];
    for _ in 0..rounds {
        for signal in ["KILL", "STOP"] {
            let round = take_over(&mut replicas, signal, &expected).await;
            println!("{signal}: {round:?}");
            all.push(round);
        }
    }
    let mut times: Vec<_> = all.iter().map(|round| round.taken_over).collect();
    times.sort_unstable();
    let last = times.last().expect("a round");
    println!("{} takeovers: median {:?}, longest {last:?}", times.len(), times[times.len() / 2]);
    // Of a hundred and fewer the longest is the 99th percentile.
    assert!(*last <= TAKEN_OVER, "{times:?}");
    let slowest = all.iter().map(|round| round.pause.max(round.answered)).max().expect("a round");
    assert!(slowest <= TAKEN_OVER + Duration::from_secs(20), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_v22_streams_of_replicas_outlive_the_one_that_leads() {
    let server = Postgres::start();
    outlives_leaders(&server.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_nats_v22_streams_of_replicas_outlive_the_one_that_leads() {
    let server = Nats::start();
    outlives_leaders(&server.url()).await;
}

/// A leader that ends in good order hands over: what is asked meanwhile is answered by the next one.
#[tokio::test(flavor = "multi_thread")]
async fn needs_postgres_v22_a_leader_that_ends_in_good_order_costs_nobody_an_answer() {
    let server = Postgres::start();
    let mut replicas = Replicas::start(&server.url(), &["one", "two"]).await;
    replicas.start_miner(&["--slots", "8", "--scripted-rate", "40"]).await;
    let (http, url) = (replicas.http.clone(), replicas.all[1].url("/v1/chat/completions"));
    let expected = whole(&http, url.clone(), 1, 20).await;
    kill(replicas.all[0].service.0.id(), "TERM");
    for _ in 0..30 {
        assert_eq!(whole(&http, url.clone(), 1, 20).await, expected);
    }
    assert_eq!(replicas.all[0].service.0.wait().expect("ends").code(), Some(0));
    assert_eq!(stream(&http, url, 1, 20).await.text, expected);
    replicas.all[1].manager.until("READY=1", 2);
}

/// A bucket that an earlier version made keeps the key of a dead coordinator for longer: it is changed by the next start.
#[tokio::test(flavor = "multi_thread")]
async fn needs_nats_the_key_of_an_earlier_version_expires_as_soon_as_one_of_this() {
    const EARLIER: Duration = Duration::from_secs(10);
    let server = Nats::start();
    let mut replicas = Replicas::start(&server.url(), &["one"]).await;
    let jetstream = server.client().await;
    let names: Vec<String> = jetstream.stream_names().try_collect().await.expect("names");
    let name = names.into_iter().find(|name| name.starts_with("KV_")).expect("a bucket");
    let config = async || jetstream.get_stream(&name).await.expect("the bucket").cached_info().config.clone();
    let now = config().await;
    assert!(now.max_age < EARLIER, "{now:?}");
    kill(replicas.all[0].service.0.id(), "TERM");
    assert_eq!(replicas.all[0].service.0.wait().expect("ends").code(), Some(0));
    let earlier = Config { max_age: EARLIER, duplicate_window: EARLIER, ..now.clone() };
    jetstream.update_stream(&earlier).await.expect("updated");
    assert_eq!(config().await.max_age, EARLIER);
    replicas.restart(0).await;
    assert_eq!(config().await, now);
}
