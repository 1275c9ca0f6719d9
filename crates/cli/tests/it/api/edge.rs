//! The gateway's edge: what clients of all kinds send and get, and what proxies and browsers make of it.

use std::{
    io::{Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use futures::StreamExt;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::harness::{
    chain::free_port,
    network::{Devnet, get, until},
};

const KINDS: &[&str] = &[
    "--miners",
    "1",
    "--model-name",
    "org/scripted",
    "--embedding-model",
    "vectors",
    "--cors-origin",
    "https://ui.example",
];

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The chat that all of these send.
fn chat(more: Value) -> Value {
    let mut body =
        json!({"model": "org/scripted", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4, "seed": 1});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_miner_refuses_is_told_with_the_field_and_what_is_known_costs_no_work() {
    let devnet = Devnet::start(KINDS);
    let http = Client::new();
    let post = async |path: &str, body: &Value| {
        let answer = devnet.post(&http, path, body).await;
        (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
    };
    let long = "a ".repeat(9_000);
    for (path, body, param) in [
        ("/v1/chat/completions", chat(json!({"messages": [{"role": "user", "content": long}]})), "messages"),
        ("/v1/completions", json!({"model": "org/scripted", "prompt": long}), "prompt"),
        ("/v1/embeddings", json!({"model": "vectors", "input": long}), "input"),
    ] {
        let (status, body) = post(path, &body).await;
        assert_eq!((status, body["error"]["param"].as_str()), (400, Some(param)), "{path}: {body}");
        assert_eq!(body["error"]["code"], "context_length_exceeded", "{path}");
    }
    let tasks =
        async || get(&http, &format!("{}/v1/tasks", devnet.api())).await["data"].as_array().expect("tasks").len();
    let embed = |dimensions: u32| json!({"model": "vectors", "input": "a", "dimensions": dimensions});
    // How long the vectors are is known once one was made.
    assert_eq!(post("/v1/embeddings", &embed(16)).await.0, 200);
    let before = tasks().await;
    let (status, body) = post("/v1/embeddings", &embed(7)).await;
    assert_eq!((status, body["error"]["param"].as_str()), (400, Some("dimensions")), "{body}");
    assert_eq!(tasks().await, before, "it was refused before the work");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_an_id_and_says_what_there_is() {
    let devnet = Devnet::start(KINDS);
    let http = Client::new();
    let send = async |method: Method, path: &str| {
        let request = http.request(method, format!("{}{path}", devnet.api()));
        request.header("content-type", "application/json").body("{}").send().await.expect("answers")
    };
    for (method, path, status, says) in [
        (Method::POST, "/v1/nothing", 404, "POST /v1/chat/completions"),
        (Method::GET, "/v1/chat/completions", 405, "it has: POST"),
        (Method::GET, "/v1/models/other", 404, "available models: org/scripted"),
        (Method::GET, "/v1/tasks/1", 404, "no such task"),
        (Method::POST, "/v1/chat/completions", 400, "`model` is missing"),
        (Method::GET, "/v1/models/%ff", 400, "UTF-8"),
    ] {
        let answer = send(method, path).await;
        assert_eq!(answer.status(), status, "{path}");
        assert!(header(&answer, "x-request-id").is_some_and(|id| id.starts_with("req_")), "{path}");
        let error: Value = answer.json().await.expect("JSON");
        assert!(error["error"]["message"].as_str().expect("text").contains(says), "{path}: {error}");
    }
    for path in
        ["/v1/models", "/v1/models/org/scripted", "/v1/models/org%2Fscripted", "/models", "/v1/models/", "/health", "/"]
    {
        let answer = send(Method::GET, path).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert!(header(&answer, "x-request-id").is_some(), "{path}");
    }
    // A head that is too long for the API, and not for the listener.
    let long = http.get(format!("{}/v1/models", devnet.api())).header("x-filler", "a".repeat(20_000));
    let answer = long.send().await.expect("answers");
    assert_eq!(answer.status(), 431);
    assert_eq!(answer.json::<Value>().await.expect("JSON")["error"]["code"], "head_too_large");

    // What this is, for people and for programs.
    let page = http.get(devnet.api()).header("accept", "text/html,*/*;q=0.8").send().await.expect("answers");
    assert!(header(&page, "content-type").is_some_and(|kind| kind.starts_with("text/html")));
    assert!(page.text().await.expect("text").contains("org/scripted"));
    let described = get(&http, &devnet.api()).await;
    assert_eq!((&described["models"][0]["object"], &described["needs_key"]), (&json!("model"), &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_understood_however_clients_write_them() {
    let devnet = Devnet::start(KINDS);
    let http = Client::new();
    let text = chat(json!({})).to_string();
    let mut gzip = GzEncoder::new(vec![], Compression::fast());
    gzip.write_all(text.as_bytes()).expect("packed");
    let gzip = gzip.finish().expect("packed");
    let half =
        chat(json!({"messages": [{"role": "user", "content": "HALF"}]})).to_string().replace("HALF", "cut \\ud83d");
    let forms: [(&str, Option<&str>, Vec<u8>); 7] = [
        ("/v1/chat/completions", None, text.clone().into()),
        ("//v1/chat/completions", None, text.clone().into()),
        ("/v1/v1/chat/completions/", None, text.clone().into()),
        ("/chat/completions", None, text.clone().into()),
        ("/v1/chat/completions", Some("gzip"), gzip),
        ("/v1/chat/completions", None, [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("/v1/chat/completions", None, half.into()),
    ];
    for (path, encoding, body) in forms {
        let request = http.post(format!("{}{path}", devnet.api())).header("content-type", "application/json");
        let request = encoding.into_iter().fold(request, |request, name| request.header("content-encoding", name));
        let answer = request.body(body).send().await.expect("answers");
        let status = answer.status();
        assert_eq!(status, 200, "{path}: {}", answer.text().await.expect("text"));
    }
    // Large bodies are one task, or many; receipts of many do not swell the head.
    let photo = [&b"\xff\xd8\xff\xe0"[..], &[7; 4_000_000]].concat();
    let photo = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, photo);
    let part =
        json!({"type": "image_url", "image_url": {"url": format!("Data:image/png;base64,{photo}"), "detail": "low"}});
    let shown = chat(json!({"messages": [{"role": "user", "content": [part]}]}));
    let answer = devnet.post(&http, "/v1/chat/completions", &shown).await;
    assert_eq!(answer.status(), 200, "{}", answer.text().await.expect("text"));
    let texts = json!({"model": "vectors", "input": vec!["word ".repeat(300); 2_048], "dimensions": 16});
    let answer = devnet.post(&http, "/v1/embeddings", &texts).await;
    assert_eq!(answer.status(), 200);
    let head: usize = answer.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    assert!(head < 4_096, "{head} bytes");
    let embedded: Value = answer.json().await.expect("JSON");
    assert_eq!(embedded["cuckoo"]["receipts"].as_array().map(Vec::len), Some(32));
    let other = json!({"model": "vectors", "input": "x", "dimensions": 15});
    let error: Value = devnet.post(&http, "/v1/embeddings", &other).await.json().await.expect("JSON");
    assert_eq!(error["error"]["param"], "dimensions", "{error}");
    let texts = json!({"model": "vectors", "input": vec!["x".repeat(20_000); 2_048]});
    let error: Value = devnet.post(&http, "/v1/embeddings", &texts).await.json().await.expect("JSON");
    assert!(error["error"]["message"].as_str().expect("text").contains("--max-body"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_origins_that_the_operator_names_may_call() {
    let devnet = Devnet::start(KINDS);
    let http = Client::new();
    let url = format!("{}/v1/chat/completions", devnet.api());
    let ask = async |method: Method, origin: &str| {
        let request = http.request(method, &url).header("origin", origin).header("content-type", "application/json");
        let request = request.header("access-control-request-method", "POST");
        let request = request.header("access-control-request-headers", "authorization, content-type");
        request.body(chat(json!({})).to_string()).send().await.expect("answers")
    };
    let preflight = ask(Method::OPTIONS, "https://ui.example").await;
    assert_eq!(preflight.status(), 200);
    assert_eq!(header(&preflight, "access-control-allow-origin"), Some("https://ui.example"));
    assert_eq!(header(&preflight, "access-control-allow-headers"), Some("authorization, content-type"));
    let answer = ask(Method::POST, "https://ui.example").await;
    assert_eq!(
        (answer.status().as_u16(), header(&answer, "access-control-allow-origin")),
        (200, Some("https://ui.example"))
    );
    assert_eq!(header(&ask(Method::OPTIONS, "https://other.example").await, "access-control-allow-origin"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_cannot_begin_is_an_error_with_its_own_status() {
    let devnet = Devnet::start(KINDS);
    let http = Client::new();
    for stream in [false, true] {
        let long = json!({"messages": [{"role": "user", "content": "word ".repeat(9_000)}], "stream": stream});
        let answer = devnet.post(&http, "/v1/chat/completions", &chat(long)).await;
        assert_eq!(answer.status(), 400, "stream: {stream}");
        let error: Value = answer.json().await.expect("JSON");
        assert_eq!(error["error"]["code"], "context_length_exceeded", "{error}");
        let message = error["error"]["message"].as_str().expect("text");
        assert!(message.contains("maximum context length") && !message.contains('…'), "{message}");
    }
}

/// Twenty answers are left at different tokens: what the tasks say that they cost is what the account was charged.
#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_left_say_what_they_cost() {
    let directory = tempfile::tempdir().expect("a directory");
    let prices = directory.path().join("prices.toml");
    std::fs::write(&prices, "[default]\nprompt = \"1\"\ncompletion = \"2\"\n").expect("written");
    let prices = ["--prices", prices.to_str().expect("text")];
    let devnet = Devnet::start(&[&KINDS[..4], &["--scripted-rate", "50"], &prices[..]].concat());
    let http = Client::new();
    let data = devnet.data().join("coordinator-1").display().to_string();
    let key = devnet.run(&["coordinator", "keys", "new", "shop", "--json", "--data", &data]).expect(0).data();
    let key = key["key"].as_str().expect("a key").to_owned();
    let authorised = |method: Method, path: &str| {
        http.request(method, format!("{}{path}", devnet.api())).header("authorization", format!("bearer  {key}"))
    };
    until("the key is needed", || !devnet.run(&["task", "list"]).stderr.is_empty());
    for left_at in 0..20 {
        let body = chat(json!({"stream": true, "max_tokens": 60, "seed": left_at}));
        let answer = authorised(Method::POST, "/v1/chat/completions").json(&body).send().await.expect("answers");
        assert_eq!(answer.status(), 200);
        let mut events = answer.bytes_stream();
        for _ in 0..left_at {
            events.next().await;
        }
    }
    let begin = Instant::now();
    let tasks = loop {
        let listed = authorised(Method::GET, "/v1/tasks?limit=100").send().await.expect("answers");
        let listed: Value = listed.json().await.expect("JSON");
        let tasks = listed["data"].as_array().expect("tasks").clone();
        if tasks.iter().all(|task: &Value| task.get("cost").is_some()) {
            break tasks;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "they do not end: {tasks:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(tasks.len(), 20);
    let amount = |value: &Value| value.as_str().expect("an amount").parse::<u128>().expect("a number");
    for task in tasks.iter().filter(|task| task["state"] == "cancelled") {
        let tokens = task["usage"]["completion_tokens"].as_u64().expect("tokens");
        assert_eq!(amount(&task["cost"]), u128::from(tokens) * 2_000_000_000_000_000, "{task}");
        assert!(tokens == 0 || task["miner"].is_string(), "{task}");
    }
    assert!(tasks.iter().any(|task| task["state"] == "cancelled" && amount(&task["cost"]) > 0), "{tasks:?}");
    let spending = get(&http, &format!("{}/spending", devnet.admin())).await;
    let charged: u128 = tasks.iter().map(|task| amount(&task["cost"])).sum();
    assert!(spending.to_string().contains(&format!("\"{charged}\"")), "{charged}: {spending}");
}

/// nginx in front of the API, with the options that it has by default.
struct Nginx(Child, u16);

impl Nginx {
    fn start(program: &Path, directory: &Path, api: &str) -> Self {
        let port = free_port();
        let folder = directory.display();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary: String = temporary.iter().map(|name| format!("{name}_temp_path {folder}/{name};\n")).collect();
        let configuration = format!(
            "pid {folder}/pid; error_log {folder}/error;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}\
             client_max_body_size 32m;\n\
             server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass {}; }} }}\n}}\n",
            api.trim_end_matches('/')
        );
        let path = directory.join("nginx.conf");
        std::fs::write(&path, configuration).expect("written");
        let mut command = Command::new(program);
        command.arg("-c").arg(&path).arg("-p").arg(directory).args(["-g", "daemon off; master_process off;"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("runs");
        until("nginx listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self(child, port)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_nginx_streams_and_many_answers_come_through_a_proxy() {
    let Some(nginx) = ["/usr/sbin/nginx", "/usr/bin/nginx"].map(Path::new).into_iter().find(|path| path.exists())
    else {
        writeln!(std::io::stderr(), "nginx is not installed: nothing was tested").expect("written");
        return;
    };
    let directory = tempfile::tempdir().expect("a directory");
    let slow = ["--scripted-rate", "20", "--scripted-tokens", "30"];
    let models = ["--miners", "1", "--model-name", "scripted", "--embedding-model", "vectors"];
    let devnet = Devnet::start(&[&models[..], &slow].concat());
    let nginx = Nginx::start(nginx, directory.path(), &devnet.api());
    let http = Client::new();
    let url = |path: &str| format!("http://127.0.0.1:{}{path}", nginx.1);
    let body =
        json!({"model": "scripted", "messages": [{"role": "user", "content": "x"}], "stream": true, "max_tokens": 30});
    let begin = Instant::now();
    let answer = http.post(url("/v1/chat/completions")).json(&body).send().await.expect("answers");
    assert_eq!(answer.status(), 200);
    let (mut pieces, mut events) = (0, answer.bytes_stream());
    let mut first = None;
    while let Some(piece) = events.next().await {
        piece.expect("comes through");
        pieces += 1;
        first.get_or_insert(begin.elapsed());
    }
    assert!(pieces > 10, "the stream came in {pieces} pieces");
    assert!(first.is_some_and(|first| first * 3 < begin.elapsed()), "{first:?} of {:?}", begin.elapsed());
    let many = [
        ("/v1/completions", json!({"model": "scripted", "prompt": ["a", "b", "c", "d"], "n": 16, "max_tokens": 1})),
        ("/v1/embeddings", json!({"model": "vectors", "input": vec!["x"; 2_048]})),
        (
            "/v1/chat/completions",
            json!({"model": "scripted", "messages": [{"role": "user", "content": "x".repeat(1_100_000)}]}),
        ),
    ];
    for (path, body) in many {
        let answer = http.post(url(path)).json(&body).send().await.expect("answers");
        let (status, head) = (answer.status(), answer.headers().len());
        let text = answer.text().await.expect("text");
        // A prompt that is longer than the model takes is refused by the network, and not by the proxy.
        assert!(
            status == 200 || text.contains("context_length_exceeded"),
            "{path}: {status}, {head} headers, {text:.200}"
        );
    }
}

/// A client that keeps its connection for a while loses nothing, and one that never ends its head is cut.
#[test]
fn idle_connections_are_kept_longer_than_proxies_keep_theirs() {
    let devnet = Devnet::start(&["--miners", "1"]);
    let address = devnet.api().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let mut stream = std::net::TcpStream::connect(address).expect("connects");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
    let mut answers = 0;
    for pause in [0, 12] {
        std::thread::sleep(Duration::from_secs(pause));
        stream.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").expect("sent");
        let mut buffer = [0; 4_096];
        let count = stream.read(&mut buffer).expect("answers");
        answers += usize::from(buffer[..count].starts_with(b"HTTP/1.1 200"));
    }
    assert_eq!(answers, 2);
    stream.write_all(b"GET /health HTTP/1.1\r\nhost").expect("sent");
    let begin = Instant::now();
    let mut rest = vec![];
    let _ = stream.read_to_end(&mut rest);
    // It has ten seconds; a connection between two requests has 75.
    assert!(begin.elapsed() < Duration::from_secs(40), "half a head was waited for");
}
