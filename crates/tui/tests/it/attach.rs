//! A node over HTTP: one that sends events, one that only answers, and one that fails and comes back.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cuckoo_tui::{Attach, Demo, Source, SourceError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use url::Url;

/// Answers each request with what `answer` gives for its path, then closes the connection.
pub(super) async fn serve(listener: TcpListener, answer: impl Fn(&str) -> String) {
    let mut connections = JoinSet::new();
    while let Ok((mut stream, _)) = listener.accept().await {
        let path = request_path(&mut stream).await;
        let answer = answer(&path);
        connections.spawn(async move { stream.write_all(answer.as_bytes()).await });
    }
}

async fn request_path(stream: &mut TcpStream) -> String {
    let mut request = vec![];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut chunk = [0; 1024];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(count) => request.extend_from_slice(&chunk[..count]),
        }
    }
    String::from_utf8_lossy(&request).split(' ').nth(1).unwrap_or_default().to_owned()
}

pub(super) fn response(status: &str, kind: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

pub(super) async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("an address");
    (listener, Url::parse(&format!("http://user:secret@{address}/admin")).expect("a URL"))
}

fn json(seconds: usize) -> String {
    let mut demo = Demo::new(1);
    for _ in 0..seconds {
        demo.step();
    }
    serde_json::to_string(&demo.snapshot()).expect("serialises")
}

#[tokio::test]
async fn a_node_that_sends_events_is_followed() {
    let (listener, url) = listen().await;
    let events = format!(": welcome\n\ndata: {}\n\ndata: {}\n\n", json(1), json(2));
    let node = serve(listener, |path| match path {
        "/admin/status" => response("200 OK", "application/json", &json(0)),
        "/admin/status/events?deltas=1&logs=1" => response("200 OK", "text/event-stream", &events),
        _ => response("404 Not Found", "text/plain", ""),
    });
    let reader = async {
        let mut attach = Attach::new(&url).expect("a source");
        let mut generations = vec![];
        for _ in 0..4 {
            generations.push(attach.next().await.expect("a snapshot").generation);
        }
        let first = generations[0];
        assert_eq!(generations, [first, first, first + 1, first + 2]);
        let ended = attach.next().await.expect_err("the stream ended").to_string();
        assert!(ended.contains("closed the connection") && !ended.contains("secret"), "{ended}");
        // And it begins again.
        assert_eq!(attach.next().await.expect("again").generation, first);
    };
    tokio::select! { () = node => unreachable!(), () = reader => {} }
}

#[tokio::test]
async fn an_event_without_an_end_is_refused() {
    let endless = "x".repeat(17 << 20);
    for events in [format!("data: {endless}"), endless.clone(), format!("data: {}\n", &endless[..9 << 20]).repeat(2)] {
        let (listener, url) = listen().await;
        let node = serve(listener, |path| match path {
            "/admin/status" => response("200 OK", "application/json", &json(0)),
            _ => response("200 OK", "text/event-stream", &events),
        });
        let reader = async {
            let mut attach = Attach::new(&url).expect("a source");
            attach.next().await.expect("a snapshot");
            assert!(matches!(attach.next().await, Err(SourceError::TooLarge { .. })));
        };
        tokio::select! { () = node => unreachable!(), () = reader => {} }
    }
}

#[tokio::test]
async fn a_node_without_events_is_asked_every_second() {
    let (listener, url) = listen().await;
    let asked = Arc::new(Mutex::new(0));
    let node = serve(listener, |path| match path {
        "/admin/status" => {
            let mut asked = asked.lock().expect("counts");
            *asked += 1;
            response("200 OK", "application/json", &json(*asked))
        }
        _ => response("404 Not Found", "text/plain", ""),
    });
    let reader = async {
        let mut attach = Attach::new(&url).expect("a source");
        let first = attach.next().await.expect("first").generation;
        let started = std::time::Instant::now();
        assert_eq!(attach.next().await.expect("second").generation, first + 1);
        assert!(started.elapsed() >= Duration::from_millis(990));
    };
    tokio::select! { () = node => unreachable!(), () = reader => {} }
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let (listener, url) = listen().await;
    let answers = Mutex::new(vec![
        response("200 OK", "application/json", &json(0)),
        response("200 OK", "application/json", &json(0).replacen("\"schema_version\":2", "\"schema_version\":9", 1)),
        response("200 OK", "application/json", "{\"schema_version\":2}"),
        response("503 Service Unavailable", "text/plain", "no"),
    ]);
    let node = serve(listener, |_| answers.lock().expect("answers").pop().unwrap_or_default());
    let reader = async {
        let mut attach = Attach::new(&url).expect("a source");
        let started = std::time::Instant::now();
        assert!(matches!(attach.next().await, Err(SourceError::Refused { status: 503, .. })));
        assert!(started.elapsed() < Duration::from_millis(900), "the first try does not wait");
        assert!(matches!(attach.next().await, Err(SourceError::Malformed { .. })));
        assert!(matches!(attach.next().await, Err(SourceError::Newer { version: 9, .. })));
        assert!(started.elapsed() >= Duration::from_millis(1_490), "later tries do");
        attach.next().await.expect("recovers");
    };
    tokio::select! { () = node => unreachable!(), () = reader => {} }
    // Nobody listens there any more.
    let refused = Attach::new(&url).expect("a source").next().await.expect_err("refused").to_string();
    assert!(refused.contains("onnection refused"), "{refused}");
    assert!(Attach::new(&Url::parse("unix:/run/cuckoo").expect("a URL")).is_err());
}

#[tokio::test]
async fn the_first_of_several_nodes_that_answers_is_followed() {
    let ((gone, nowhere), (listener, url)) = (listen().await, listen().await);
    drop(gone);
    let silent = Attach::any(&[nowhere.clone(), nowhere.clone()]).expect("a source").next().await;
    let silent = silent.expect_err("nobody answers").to_string();
    assert!(silent.contains("no node answers at 127.0.0.1:") && silent.contains("--connect URL"), "{silent}");
    let node = serve(listener, |_| response("200 OK", "application/json", &json(0)));
    let reader = async {
        let mut attach = Attach::any(&[nowhere, url]).expect("a source");
        attach.next().await.expect("the second one answers");
    };
    tokio::select! { () = node => unreachable!(), () = reader => {} }
}

#[tokio::test]
async fn a_node_that_sends_what_has_changed_is_followed() {
    let (listener, url) = listen().await;
    let document = |seconds| serde_json::from_str::<serde_json::Value>(&json(seconds)).expect("parses");
    let mut events = format!("data: {}\n\n", json(0));
    let mut bytes = 0;
    for seconds in 1..20 {
        let patch = cuckoo_protocol::status::delta::difference(&document(seconds - 1), &document(seconds));
        let event = format!("data: {}\n\n", serde_json::json!({ "patch": patch }));
        bytes += event.len();
        events.push_str(&event);
    }
    assert!(bytes / 19 < json(0).len() / 8, "{} of {} bytes", bytes / 19, json(0).len());
    let node = serve(listener, |path| match path {
        "/admin/status" => response("200 OK", "application/json", &json(0)),
        "/admin/status/events?deltas=1&logs=1" => response("200 OK", "text/event-stream", &events),
        _ => response("404 Not Found", "text/plain", ""),
    });
    let reader = async {
        let mut attach = Attach::new(&url).expect("a source");
        attach.next().await.expect("the first one");
        for seconds in 0..20 {
            let read = attach.next().await.expect("a snapshot");
            let expected: cuckoo_protocol::status::Snapshot = serde_json::from_str(&json(seconds)).expect("parses");
            assert_eq!(*read, expected, "after {seconds} s");
        }
    };
    tokio::select! { () = node => unreachable!(), () = reader => {} }
}
