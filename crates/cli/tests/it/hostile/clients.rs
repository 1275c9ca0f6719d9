//! Applications that mean harm, or are broken: the attacks F-A1 to F-A16 on the API, and slow ones (F9).

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use reqwest::Client;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::network::{Devnet, get};

/// What takes milliseconds, on a machine that runs many tests at once: far less than whatever would hold it up.
const AT_ONCE: Duration = Duration::from_secs(15);

/// Where the API listens, as an address.
fn address(devnet: &Devnet) -> String {
    devnet.api().trim_start_matches("http://").trim_end_matches('/').to_owned()
}

/// What the API answers to these bytes, up to the end of the connection or to ten seconds of silence.
fn raw(devnet: &Devnet, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address(devnet)).expect("connects");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
    // It may have seen enough before all of it is sent.
    let _ = stream.write_all(bytes);
    let mut answer = vec![];
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..count]);
        if answer.windows(4).any(|window| window == b"\r\n\r\n") {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn fa2_to_fa8_and_fa13_requests_that_ask_for_more_than_there_is() {
    let devnet = Devnet::start(&["--miners", "1"]);
    let http = Client::new();
    // Nobody is asked for an address that a request names.
    let trap = TcpListener::bind("127.0.0.1:0").expect("a port");
    trap.set_nonblocking(true).expect("set");
    let url = format!("http://{}/x.png", trap.local_addr().expect("bound"));
    let image = json!([{"type": "image_url", "image_url": {"url": url}}]);
    let deep = format!("{{\"model\": \"scripted\", \"messages\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let with = |field: &str, value: Value| {
        let mut body = devnet.chat("hello");
        body[field] = value;
        body.to_string()
    };
    let huge = 1u64 << 31;
    for body in [
        with("miner", json!("0x0000000000000000000000000000000000000001")),
        with("price", json!("0")),
        with("paid", json!(true)),
        with("api_base", json!(url)),
        with("messages", json!([{"role": "user", "content": image}])),
        deep,
        with("max_tokens", json!(1)).replace("\"max_tokens\":1", "\"max_tokens\":NaN"),
        with("max_tokens", json!(1)).replace("\"max_tokens\":1", "\"max_tokens\":1e999"),
        with("max_tokens", json!(1)).replace("\"max_tokens\":1", "\"max_tokens\":1,\"max_tokens\":2"),
        with("n", json!(huge)),
        with("n", json!(-1)),
        with("max_tokens", json!(huge)),
        with("max_tokens", json!(-1)),
        with("top_logprobs", json!(huge)),
        with("logprobs", json!(huge)),
        with("stop", json!(vec!["x"; 100_000])),
        with("timeout_seconds", json!(huge)),
    ] {
        let begins = body[..body.len().min(160)].to_owned();
        let begin = Instant::now();
        let request = http.post(format!("{}/v1/chat/completions", devnet.api()));
        let answer = request.header("content-type", "application/json").body(body).send().await.expect("answers");
        assert_eq!(answer.status(), 400, "{begins}");
        assert!(begin.elapsed() < AT_ONCE, "{begins}: {:?}", begin.elapsed());
        let error: Value = answer.json().await.expect("JSON");
        assert_eq!(error["error"]["type"], "invalid_request_error", "{begins}");
    }
    assert!(trap.accept().is_err(), "somebody fetched what a request named");

    // F-A6: heads and bodies without end.
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let long = format!("{head}x-filler: {}\r\n\r\n", "a".repeat(64 * 1024));
    assert!(raw(&devnet, long.as_bytes()).starts_with("HTTP/1.1 431 "), "a head of 64 KiB");
    let mut endless = format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..33 {
        endless.extend_from_slice(b"100000\r\n");
        endless.extend_from_slice(&[b' '; 0x10_0000]);
        endless.extend_from_slice(b"\r\n");
    }
    assert!(raw(&devnet, &endless).starts_with("HTTP/1.1 413 "), "33 MiB in pieces");
    // What says that it is packed, and is not.
    let bomb = format!("{head}content-encoding: gzip\r\ncontent-length: 20\r\n\r\n{}", "\u{1f}".repeat(20));
    assert!(raw(&devnet, bomb.as_bytes()).starts_with("HTTP/1.1 400 "));
    // F-A13: where one request ends and the next begins is never in doubt.
    for doubtful in [
        format!("{head}content-length: 5\r\ncontent-length: 6\r\n\r\nhello"),
        format!("{head}content-length: 5\r\ntransfer-encoding: chunked, identity\r\n\r\nhello"),
        format!("{head}content-length: +5\r\n\r\nhello"),
    ] {
        assert!(raw(&devnet, doubtful.as_bytes()).starts_with("HTTP/1.1 400 "), "{doubtful}");
    }
    let tasks = get(&http, &format!("{}/v1/tasks", devnet.api())).await;
    assert_eq!(tasks["data"], json!([]), "one of them became a task");
}

#[tokio::test(flavor = "multi_thread")]
async fn fa11_and_fa16_other_sites_and_strangers_see_nothing_of_the_operators() {
    let devnet = Devnet::start(&["--miners", "1"]);
    let http = Client::new();
    for path in ["/metrics", "/status", "/readiness", "/accounts", "/admin", "/debug", "/link", "/assignments"] {
        assert_eq!(http.get(format!("{}{path}", devnet.api())).send().await.expect("answers").status(), 404, "{path}");
    }
    let chat = format!("{}/v1/chat/completions", devnet.api());
    for method in [reqwest::Method::OPTIONS, reqwest::Method::POST] {
        let request = http.request(method, &chat).header("origin", "https://evil.example");
        let answer = request.header("access-control-request-method", "POST").send().await.expect("answers");
        assert!(!answer.status().is_success());
        let allowed = answer.headers().keys().find(|name| name.as_str().starts_with("access-control"));
        assert_eq!(allowed, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fa15_what_is_asked_and_answered_is_in_no_log() {
    let devnet = Devnet::start(&["--miners", "1"]);
    let http = Client::new();
    let (asked, answered) = ("canary-of-the-prompt", "canary-of-the-answer");
    let body = devnet.chat(&format!("{asked} echo: {answered} and on"));
    let answer: Value = devnet.post(&http, "/v1/chat/completions", &body).await.json().await.expect("JSON");
    assert!(answer.to_string().contains(answered), "{answer}");
    // A request that fails is where a log would say most.
    let mut wrong = body.clone();
    wrong["temperature"] = json!(asked);
    assert_eq!(devnet.post(&http, "/v1/chat/completions", &wrong).await.status(), 400);
    for address in [format!("{}/metrics", devnet.admin()), format!("{}/status", devnet.admin())] {
        let text = http.get(address).send().await.expect("answers").text().await.expect("text");
        assert!(!text.contains("canary"), "{text}");
    }
    let logs = devnet.data().join("logs");
    let mut read = 0;
    for entry in std::fs::read_dir(logs).expect("a directory") {
        let path = entry.expect("a file").path();
        let text = std::fs::read(&path).expect("read");
        read += text.len();
        assert!(!String::from_utf8_lossy(&text).contains("canary"), "{}", path.display());
    }
    assert!(read > 0, "no log was read");
}

#[tokio::test(flavor = "multi_thread")]
async fn f9_who_dribbles_is_cut_and_nobody_else_waits() {
    let devnet = Devnet::start(&["--miners", "1"]);
    let http = Client::new();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let slow = |begin: String| {
        let mut stream = TcpStream::connect(address(&devnet)).expect("connects");
        stream.write_all(begin.as_bytes()).expect("sent");
        stream
    };
    // Half of them never end their head, half never their body.
    let mut streams: Vec<_> = (0..200)
        .map(|number| {
            slow(if number % 2 == 0 { head.to_owned() } else { format!("{head}content-length: 90\r\n\r\n{{") })
        })
        .collect();
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(4) {
        for stream in &mut streams {
            let _ = stream.write_all(b" ");
        }
        let answer = devnet.post(&http, "/v1/chat/completions", &devnet.chat("hello")).await;
        assert_eq!(answer.status(), 200);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let mut statuses = std::collections::BTreeMap::<String, u32>::new();
    for stream in &mut streams {
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
        let mut answer = vec![];
        let ended = stream.read_to_end(&mut answer);
        assert!(ended.is_ok() || !answer.is_empty(), "a connection is held for longer than 30 s: {ended:?}");
        let status = String::from_utf8_lossy(&answer).chars().skip(9).take(3).collect();
        *statuses.entry(status).or_default() += 1;
    }
    // A body is answered before it is cut; half a head is not worth an answer, or gets the same one.
    assert!(statuses.get("408").is_some_and(|count| *count >= 100), "{statuses:?}");
}

/// F-A14: eight endless answers to a client that reads none of them.
#[tokio::test(flavor = "multi_thread")]
async fn fa14_who_stops_reading_is_cut_and_the_miner_stops() {
    let devnet =
        Devnet::start(&["--miners", "1", "--slots", "8", "--scripted-tokens", "8000", "--scripted-rate", "2000"]);
    let http = Client::new();
    let body = json!({
        "model": "scripted", "messages": [{"role": "user", "content": "on and on"}],
        "max_tokens": 8_000, "n": 8, "stream": true, "logprobs": true,
    });
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("set");
    let mut socket = socket.connect(address(&devnet).parse().expect("an address")).await.expect("connects");
    let body = body.to_string();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await.expect("sent");
    let begin = Instant::now();
    let tasks = loop {
        let tasks = get(&http, &format!("{}/v1/tasks", devnet.api())).await["data"].clone();
        let tasks = tasks.as_array().expect("tasks").clone();
        let ended = |task: &Value| !["queued", "leased", "running"].contains(&task["state"].as_str().expect("a state"));
        if tasks.len() == 8 && tasks.iter().all(ended) {
            break tasks;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "the tasks do not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let cancelled = tasks.iter().filter(|task| task["state"] == "cancelled").count();
    assert!(cancelled > 0, "all was kept for somebody who reads nothing");
    let idle = async {
        while devnet.status(&http).await["tasks"]["running"] != 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(AT_ONCE, idle).await.expect("the miner goes on");
    // The next one is served.
    let answer = devnet.post(&http, "/v1/chat/completions", &devnet.chat("hello")).await;
    assert_eq!(answer.status(), 200);
    drop(socket);
}

/// F-A10: HTTP/2 streams that are opened and reset as fast as they can be, and pings without end (CVE-2023-44487).
#[tokio::test(flavor = "multi_thread")]
async fn fa10_a_flood_of_frames_is_cut_and_nobody_else_waits() {
    /// A frame: length, type, flags, stream.
    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u32).to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    }
    let devnet = Devnet::start(&["--miners", "1"]);
    // `:method GET`, `:scheme http`, `:path /`, by HPACK's static table, and an authority.
    let get_root = [&[0x82, 0x86, 0x84, 0x41, 1][..], b"x"].concat();
    let reset = |number: u32| {
        let stream = 2 * number + 1;
        [frame(1, 0x5, stream, &get_root), frame(3, 0, stream, &8u32.to_be_bytes())].concat()
    };
    let floods: [(&str, Vec<u8>); 2] =
        [("resets", (0..100_000).flat_map(reset).collect()), ("pings", frame(6, 0, 0, &[7; 8]).repeat(2_000_000))];
    for (name, flood) in floods {
        let mut socket = tokio::net::TcpStream::connect(address(&devnet)).await.expect("connects");
        let hello = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &[])].concat();
        socket.write_all(&hello).await.expect("sent");
        // Whatever is answered is not read, so that a server which queues answers without end would show.
        let sent = tokio::time::timeout(Duration::from_secs(10), socket.write_all(&flood)).await;
        let begin = Instant::now();
        let http = Client::new();
        let answer = devnet.post(&http, "/v1/chat/completions", &devnet.chat("hello")).await;
        assert_eq!(answer.status(), 200, "{name}");
        assert!(begin.elapsed() < AT_ONCE, "{name}: {:?}", begin.elapsed());
        let memory = std::fs::read_to_string(format!("/proc/{}/status", devnet.process("role", "coordinator")));
        let memory = memory.expect("runs");
        let resident = memory.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a figure");
        let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().expect("a number");
        assert!(kilobytes < 300_000, "{name}: {kilobytes} kB");
        // Resets are answered by closing the connection; pings by taking no more of them than answers are read.
        if name == "resets" {
            let mut rest = vec![];
            let closed = tokio::time::timeout(Duration::from_secs(30), socket.read_to_end(&mut rest)).await;
            assert!(closed.is_ok() || !matches!(sent, Ok(Ok(()))), "the flood goes on");
        }
    }
}
