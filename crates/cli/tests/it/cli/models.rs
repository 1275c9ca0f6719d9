//! `cuckoo miner models` with a hub that breaks off, lies about hashes, or names files that lie elsewhere.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path as Part, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::{StreamExt, future::ready, stream};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, task::JoinSet};

use crate::harness::chain::{Ran, command};

const REPOSITORY: &str = "nest/Tiny-1B";
/// Bytes of a response before the hub breaks off, where it does.
const CUT: usize = 100_000;

#[derive(Default)]
struct Files {
    content: BTreeMap<String, Vec<u8>>,
    /// What it says of a file's hash instead of the truth.
    lie: Option<String>,
    /// Whether it breaks every response off.
    cuts: bool,
    /// `Authorization` of the last request, and where each file was asked for from.
    asked: Vec<(String, Option<String>, Option<String>)>,
}

type Shared = Arc<Mutex<Files>>;

struct Hub {
    _server: JoinSet<std::io::Result<()>>,
    files: Shared,
    home: tempfile::TempDir,
    url: String,
}

impl Hub {
    async fn start() -> Self {
        let files = Shared::default();
        let weights: Vec<u8> = (0..350_000u32).flat_map(u32::to_le_bytes).collect();
        let content = [
            ("config.json", b"{}".to_vec()),
            ("tokenizer.json", b"{}".to_vec()),
            ("README.md", b"not needed".to_vec()),
            ("model.safetensors", weights),
        ];
        files.lock().expect("whole").content.extend(content.map(|(name, bytes)| (name.to_owned(), bytes)));
        let router = Router::new()
            .route("/api/models/{organisation}/{name}/revision/main", get(listing))
            .route("/{organisation}/{name}/resolve/{revision}/{*file}", get(content_of))
            .with_state(files.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await });
        Self { _server: server, files, home: tempfile::tempdir().expect("a directory"), url }
    }

    fn with(&self, change: impl FnOnce(&mut Files)) {
        change(&mut self.files.lock().expect("whole"));
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        let arguments = [&["miner", "models"], arguments].concat();
        let mut command = command(self.home.path(), &arguments);
        command.env("HF_ENDPOINT", &self.url);
        tokio::task::spawn_blocking(move || Ran::new(command.output().expect("runs"))).await.expect("ends")
    }

    fn kept(&self) -> PathBuf {
        self.home.path().join(".cache/cuckoo/models")
    }
}

async fn listing(State(files): State<Shared>) -> Response {
    let files = files.lock().expect("whole");
    let siblings: Vec<Value> = files
        .content
        .iter()
        .map(|(name, bytes)| {
            let sha256 = files.lie.clone().unwrap_or_else(|| alloy::hex::encode(Sha256::digest(bytes)));
            match name.ends_with(".safetensors") {
                true => json!({"rfilename": name, "lfs": {"sha256": sha256, "size": bytes.len()}}),
                false => json!({"rfilename": name, "size": bytes.len()}),
            }
        })
        .collect();
    axum::Json(json!({"sha": "abc123", "siblings": siblings})).into_response()
}

async fn content_of(
    State(files): State<Shared>,
    Part((_, _, revision, file)): Part<(String, String, String, String)>,
    headers: HeaderMap,
) -> Response {
    assert_eq!(revision, "abc123", "files are of the listed commit");
    let mut files = files.lock().expect("whole");
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let range = text(header::RANGE);
    files.asked.push((file.clone(), range.clone(), text(header::AUTHORIZATION)));
    let Some(bytes) = files.content.get(&file).cloned() else { return StatusCode::NOT_FOUND.into_response() };
    let rest = bytes[offset(range.as_deref()) as usize..].to_vec();
    let status = if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    if files.cuts && rest.len() > CUT {
        // The end comes after what was sent has left.
        let sent = stream::once(ready(Ok(Bytes::from(rest[..CUT].to_vec()))));
        let cut = stream::once(async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Err(std::io::Error::other("cut"))
        });
        return (status, Body::from_stream(sent.chain(cut))).into_response();
    }
    (status, rest).into_response()
}

/// Where a range begins.
fn offset(range: Option<&str>) -> u64 {
    range.map_or(0, |range| {
        range.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-')?.parse().ok()).expect("a range")
    })
}

fn flip_a_byte(path: &Path) {
    let mut bytes = std::fs::read(path).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_fetched_over_a_bad_line_kept_and_checked() {
    let hub = Hub::start().await;
    hub.with(|files| files.cuts = true);
    let added = hub.run(&["add", REPOSITORY, "--json"]).await.expect(0).data();
    hub.with(|files| {
        let weights = alloy::hex::encode(Sha256::digest(&files.content["model.safetensors"]));
        assert_eq!(added["weights"], json!(format!("sha256:{weights}")));
        let weights = files.asked.iter().filter(|(file, ..)| file == "model.safetensors");
        let offsets: Vec<u64> = weights.map(|(_, range, _)| offset(range.as_deref())).collect();
        assert!(offsets.len() >= 1_400_000usize.div_ceil(CUT) && offsets.is_sorted_by(|a, b| a < b), "{offsets:?}");
        assert!(files.asked.iter().all(|(file, _, token)| file != "README.md" && token.is_none()));
    });
    assert_eq!(
        (&added["name"], &added["revision"], &added["source"]),
        (&json!("tiny-1b"), &json!("abc123"), &json!(REPOSITORY))
    );
    hub.run(&["add", REPOSITORY]).await.expect(3).says("already");
    let listed = hub.run(&["list", "--json"]).await.expect(0).data();
    assert_eq!(listed[0], added);
    hub.run(&["verify"]).await.expect(0);

    // A miner that is told its name uses these files, and only as they were.
    let check = |model: &'static str| {
        let mut command = command(hub.home.path(), &["miner", "check", "--model", model]);
        Ran::new(command.output().expect("runs"))
    };
    if cfg!(feature = "mistralrs") {
        assert!(check("tiny-1b").stdout.contains(&hub.kept().join("tiny-1b").display().to_string()));
    }
    for file in ["config.json", "tokenizer.json"] {
        let path = hub.kept().join("tiny-1b").join(file);
        let before = std::fs::read(&path).expect("is read");
        std::fs::write(&path, "[]").expect("is written");
        let changed = check("tiny-1b");
        assert!(changed.code != 0 && format!("{changed:?}").contains("is not as it was added"), "{changed:?}");
        std::fs::write(&path, before).expect("is written");
    }
    assert!(!format!("{:?}", check("tiny-1b")).contains("is not as it was added"));
    flip_a_byte(&hub.kept().join("tiny-1b/model.safetensors"));
    let damaged = hub.run(&["verify", "tiny-1b"]).await.expect(8).says("1 of 1 model damaged");
    assert!(damaged.stdout.contains("model.safetensors"), "{damaged:?}");

    hub.run(&["remove", "tiny-1b"]).await.expect(2).says("--yes");
    hub.run(&["remove", "tiny-1b", "--yes"]).await.expect(0);
    hub.run(&["remove", "tiny-1b", "--yes"]).await.expect(3).says("no model `tiny-1b`");
    assert_eq!(std::fs::read_dir(hub.kept()).expect("a directory").count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_that_is_not_what_the_hub_promised() {
    let hub = Hub::start().await;
    hub.with(|files| files.lie = Some("00".repeat(32)));
    hub.run(&["add", REPOSITORY]).await.expect(8).says("SHA-256").says("model.safetensors");
    assert_eq!(hub.run(&["list", "--json"]).await.expect(0).data(), json!([]));
    hub.with(|files| files.lie = None);

    // It goes on with the file that was right.
    hub.with(|files| files.asked.clear());
    let secret = hub.home.path().join("token");
    crate::harness::chain::write_secret(&secret, "hub-secret");
    let token = secret.display().to_string();
    hub.run(&["add", REPOSITORY, "--name", "second", "--hub-token-file", &token]).await.expect(0);
    hub.run(&["add", REPOSITORY]).await.expect(0);
    hub.with(|files| {
        let asked = |with: Option<&str>| -> Vec<_> {
            let files = files.asked.iter().filter(|(_, _, token)| token.as_deref() == with);
            files.map(|(file, ..)| file.as_str()).collect()
        };
        assert_eq!(asked(Some("Bearer hub-secret")), ["config.json", "model.safetensors", "tokenizer.json"]);
        assert_eq!(asked(None), ["model.safetensors", "tokenizer.json"], "what was right stays");
    });

    let elsewhere = "../../model.safetensors";
    hub.with(|files| drop(files.content.insert("x/../model.safetensors".into(), vec![1])));
    hub.run(&["add", REPOSITORY, "--name", "x"]).await.expect(0);
    hub.with(|files| drop(files.content.insert(elsewhere.into(), vec![1])));
    hub.run(&["add", REPOSITORY, "--name", "y"]).await.expect(0);
    assert!(!hub.kept().join(elsewhere).exists());

    hub.run(&["add", "nest/absent", "--hub", "http://127.0.0.1:1"])
        .await
        .expect(5)
        .says("http://127.0.0.1:1 cannot be reached");
    hub.run(&["add", REPOSITORY, "--hub", "http://hub.example"]).await.expect(2).says("https");
    hub.run(&["add", REPOSITORY, "--name", "../x"]).await.expect(2).says("cannot be the name of a model");
    hub.run(&["add", "nonsense"]).await.expect(2).says("models suggest");
    let suggested = hub.run(&["suggest", "--json"]).await.expect(0).data();
    assert!(suggested.as_array().is_some_and(|rows| rows.len() == 6), "{suggested}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_model_is_copied() {
    let hub = Hub::start().await;
    let from = hub.home.path().join("Mine.gguf");
    std::fs::write(&from, b"GGUF and more").expect("written");
    let path = from.display().to_string();
    let added = hub.run(&["add", &path, "--json"]).await.expect(0).data();
    assert_eq!(added["weights"], json!(format!("sha256:{}", alloy::hex::encode(Sha256::digest(b"GGUF and more")))));
    assert!(hub.kept().join("mine/model.gguf").is_file());
    let empty = hub.home.path().join("empty");
    std::fs::create_dir(&empty).expect("made");
    hub.run(&["add", &empty.display().to_string()]).await.expect(1).says("no .safetensors");
}
