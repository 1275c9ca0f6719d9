//! A network whose engines run a real model and are killed: under load whose clients leave (F22, small), and for good.

use std::{
    io::Write,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use futures::StreamExt;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::harness::{
    network::{Devnet, get, kill},
    tiny,
};

/// Requests at once.
const LOAD: usize = 6;
/// An answer that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// Kilobytes by which a node may grow after it is warm, whatever it does.
const GROWTH: u64 = 48 * 1024;

#[derive(Default)]
struct Counts {
    done: AtomicU64,
    left: AtomicU64,
    failed: AtomicU64,
}

impl Counts {
    fn get(&self) -> (u64, u64, u64) {
        (self.done.load(Ordering::Relaxed), self.left.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }
}

/// A process's own children.
fn children(process: u32) -> Vec<u32> {
    let listed = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    let of_threads = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let of_threads = of_threads.filter_map(|entry| std::fs::read_to_string(entry.path().join("children")).ok());
    let mut all: Vec<u32> = of_threads
        .chain([listed])
        .flat_map(|text| text.split(' ').filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Kilobytes in memory.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// One request; three in ten leave in the middle.
async fn ask(devnet: &Devnet, http: &Client, counts: &Counts) {
    let tokens = rand::random_range(4..120);
    let leaves = rand::random_bool(0.3);
    let body = json!({
        "model": "nest", "messages": [{"role": "user", "content": format!("{:x}", rand::random::<u64>())}],
        "max_tokens": tokens, "stream": true,
    });
    let answer = devnet.post(http, "/v1/chat/completions", &body).await;
    if answer.status() != StatusCode::OK {
        counts.failed.fetch_add(1, Ordering::Relaxed);
        // Both engines may be away at once.
        tokio::time::sleep(Duration::from_millis(200)).await;
        return;
    }
    let mut bytes = answer.bytes_stream();
    let (mut text, mut pieces) = (vec![], 0);
    while let Some(piece) = bytes.next().await {
        text.extend_from_slice(&piece.expect("the stream goes on"));
        pieces += 1;
        if leaves && pieces > 2 {
            counts.left.fetch_add(1, Ordering::Relaxed);
            return;
        }
    }
    // An end that is not told is a hang for whoever waits for it.
    let text = String::from_utf8_lossy(&text);
    let (done, failed) = (text.contains("data: [DONE]"), text.contains("\"error\""));
    assert!(done != failed, "no end: {text}");
    (if done { &counts.done } else { &counts.failed }).fetch_add(1, Ordering::Relaxed);
}

/// `make soak` lets it run for half an hour.
#[tokio::test(flavor = "multi_thread")]
async fn f22_leaving_clients_and_killed_engines_leave_nothing_behind() {
    let seconds = std::env::var("CUCKOO_TEST_SOAK").map_or(20, |text| text.parse().expect("a number of seconds"));
    let home = tempfile::tempdir().expect("a directory");
    let model = home.path().join("nest");
    tiny::write(&model, 5);
    let model = model.to_str().expect("text");
    let devnet = Devnet::launch(home.path(), &home.path().join("network"), &["--miners", "2", "--model", model]);
    let http = Client::new();
    let miners = ["miner-1", "miner-2"].map(|name| devnet.process("name", name));
    let nodes = [miners[0], miners[1], devnet.process("role", "coordinator")];
    let (counts, end) = (Counts::default(), Instant::now() + Duration::from_secs(seconds));
    let worker = async || {
        while Instant::now() < end {
            tokio::time::timeout(PATIENCE, ask(&devnet, &http, &counts)).await.expect("an answer hangs");
        }
    };
    let mut restarts = vec![];
    let mut sizes: Vec<[u64; 3]> = vec![];
    let disturb = async {
        let pause = Duration::from_secs(seconds) / 10;
        for round in 0..10_usize {
            tokio::time::sleep(pause).await;
            sizes.push(nodes.map(resident));
            // The last tenth is undisturbed, and a short run is not all restarts: an engine that dies often waits longer.
            if round == 9 || (seconds < 120 && !(round + 1).is_multiple_of(3)) {
                continue;
            }
            let miner = miners[round % 2];
            let engines = children(miner);
            assert_eq!(engines.len(), 1, "a miner has one engine: {engines:?}");
            kill(engines[0], "KILL");
            let begin = Instant::now();
            while children(miner).iter().all(|engine| *engine == engines[0]) {
                assert!(begin.elapsed() < Duration::from_secs(60), "the engine does not come back");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            restarts.push(begin.elapsed());
        }
    };
    let workers = futures::future::join_all((0..LOAD).map(|_| worker()));
    tokio::join!(workers, disturb);
    let (done, left, failed) = counts.get();
    restarts.sort_unstable();
    let said = format!(
        "{done} answered, {left} left, {failed} ended with an error; engines were back after {:?} at most; kB in memory: {:?} \
         at a third, {:?} at the end\n",
        restarts.last(),
        sizes[3],
        sizes[9],
    );
    std::io::stderr().write_all(said.as_bytes()).expect("said");
    assert!(done > seconds / 2 && left > seconds / 10, "{said}");
    // A killed engine takes at most what it was at, and one more if that is lost twice.
    assert!(failed <= 9 * LOAD as u64 + done / 50, "{said}");
    for (early, late) in sizes[3].iter().zip(&sizes[9]) {
        assert!(*late < early + GROWTH, "it grows: {said}");
    }
    // Nothing is held for anybody who left.
    let begin = Instant::now();
    loop {
        let status: Value = devnet.status(&http).await;
        if status["tasks"]["running"] == 0 && status["tasks"]["queued"] == 0 {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(nodes.map(|node| resident(node) > 0), [true; 3], "a node has died");
    let models = get(&http, &format!("{}/v1/models", devnet.api())).await;
    assert_eq!(models["data"][0]["id"], "nest");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_lost_in_mid_task_for_good_costs_no_task_and_the_operator_is_told() {
    let home = tempfile::tempdir().expect("a directory");
    let (model, away) = (home.path().join("nest"), home.path().join("away"));
    tiny::write(&model, 5);
    let path = model.to_str().expect("text");
    let devnet = Devnet::launch(home.path(), &home.path().join("network"), &["--miners", "2", "--model", path]);
    let http = Client::new();
    let body =
        json!({"model": "nest", "messages": [{"role": "user", "content": "twigs"}], "max_tokens": 40, "seed": 3});
    let shown = async |task: &str| get(&http, &format!("{}/v1/tasks/{task}", devnet.api())).await;
    let submit = async || {
        let task: Value = devnet.post(&http, "/v1/tasks", &body).await.json().await.expect("JSON");
        task["id"].as_str().expect("an id").to_owned()
    };
    let until = async |task: &str, states: &[&str]| {
        let begin = Instant::now();
        loop {
            let shown = shown(task).await;
            if states.iter().any(|state| shown["state"] == *state) {
                return shown;
            }
            assert!(begin.elapsed() < PATIENCE, "{shown}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let undisturbed = until(&submit().await, &["done"]).await;

    // What loads the model anew finds nothing, as a driver that has lost its GPU does.
    let miners = ["miner-1", "miner-2"].map(|name| (devnet.process("name", name), name));
    let engines = miners.map(|(miner, _)| children(miner)[0]);
    engines.iter().for_each(|engine| kill(*engine, "STOP"));
    let task = submit().await;
    let holder = until(&task, &["leased", "running"]).await["miner"].clone();
    let holder = devnet.process("address", holder.as_str().expect("an address"));
    let lost = miners.iter().position(|(miner, _)| *miner == holder).expect("one of them");
    std::fs::rename(&model, &away).expect("renamed");
    kill(engines[lost], "KILL");
    kill(engines[1 - lost], "CONT");
    let done = until(&task, &["done"]).await;
    assert_eq!((&done["attempt"], &done["result"]), (&2.into(), &undisturbed["result"]), "{done}");

    let document = devnet.document();
    let nodes = document["children"].as_array().expect("children");
    let node = nodes.iter().find(|node| node["name"] == miners[lost].1).expect("it is there");
    let admin = node["admin"].as_str().expect("an address");
    let ask = |what: &str| devnet.run(&["miner", what, "--connect", admin]).expect(0).stdout;
    crate::harness::network::until("why it does not start", || ask("status").contains("tried 2 times"));
    let (status, why) = (ask("status"), ask("why"));
    assert!(
        status.contains("problem\tnest: the engine cannot be started: ") && status.contains("not ready"),
        "{status}"
    );
    assert!(status.contains("nest, 0 of 1 slots free"), "{status}");
    assert!(why.contains("fail\twork\tnest: the engine cannot be started: "), "{why}");

    std::fs::rename(&away, &model).expect("renamed");
    crate::harness::network::until("it is back", || ask("why").contains("ok\tmodel\tnest: 1 of 1 slots free"));
    assert!(!ask("status").contains("problem"));
    until(&submit().await, &["done"]).await;
}
