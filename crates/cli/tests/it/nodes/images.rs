//! Images in a network of real processes: two miners make the same of a seed, honest ones are paid after an audit, and one whose weights
//! are not those that it promises is found.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cuckoo_protocol::{evidence::Bundle, task::drawing::LATENTS};
use futures::future::join_all;
use reqwest::Client;
use serde_json::{Value, json};

use super::audits::{account, address, found, record};
use crate::harness::{
    network::{Devnet, get},
    tiny,
};

const PATIENCE: Duration = Duration::from_secs(120);

/// A network with a tiny model that makes images.
fn network(options: &[&str]) -> (tempfile::TempDir, Devnet) {
    let home = tempfile::tempdir().expect("a directory");
    let model: PathBuf = home.path().join("nest");
    tiny::write_diffusion(&model, 3, false);
    let model = ["--model", model.to_str().expect("text"), "--audits", "--auditor"];
    let devnet = Devnet::launch(home.path(), &home.path().join("network"), &[options, &model].concat());
    (home, devnet)
}

async fn draw(devnet: &Devnet, http: &Client, seed: u64) -> Value {
    let body = json!({
        "model": "nest", "prompt": "a nest in spring", "negative_prompt": "people", "size": "64x96", "seed": seed,
        "num_inference_steps": 6,
    });
    let answer = devnet.post(http, "/v1/images/generations", &body).await;
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap_or_default());
    answer.json().await.expect("JSON")
}

async fn evidence(devnet: &Devnet, http: &Client, task: &Value) -> Bundle {
    let url = format!("{}/v1/tasks/{}/evidence", devnet.api(), task.as_str().expect("an id"));
    let begin = Instant::now();
    loop {
        let answer = http.get(&url).send().await.expect("answers");
        if answer.status() == 200 {
            return Bundle::decode(&answer.bytes().await.expect("bytes")).expect("a bundle");
        }
        assert!(begin.elapsed() < PATIENCE, "{}", answer.status());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_miners_make_the_same_image_and_are_paid_once_it_is_examined() {
    let (_home, devnet) = network(&["--miners", "2"]);
    let http = Client::new();
    let begin = Instant::now();
    let (mut miners, mut files) = (BTreeSet::new(), BTreeSet::new());
    while miners.len() < 2 {
        for drawn in join_all((0..2).map(|_| draw(&devnet, &http, 7))).await {
            let bundle = evidence(&devnet, &http, &drawn["cuckoo"]["tasks"][0]).await;
            assert_eq!(bundle.verify(), Ok(()));
            miners.insert(bundle.record.ticket.miner);
            files.insert(bundle.text);
            // What is shown has no latents, and says what proves it.
            let shown = STANDARD.decode(drawn["data"][0]["b64_json"].as_str().expect("an image")).expect("base64");
            assert!(!shown.windows(4).any(|name| name == LATENTS));
            let receipt = drawn["cuckoo"]["receipts"][0].as_str().expect("a hash");
            assert_eq!(receipt, bundle.record.hash().to_string());
            assert!(shown.windows(receipt.len()).any(|text| text == receipt.as_bytes()));
        }
        assert!(begin.elapsed() < PATIENCE, "one miner makes them all");
    }
    assert_eq!(files.len(), 1, "two miners make two images of one seed");
    let listed = get(&http, &format!("{}/v1/models", devnet.api())).await;
    assert_eq!((&listed["data"][0]["kind"], &listed["data"][0]["proof"]), (&json!("image"), &json!("seeded")));
    for name in ["miner-1", "miner-2"] {
        let miner = address(&devnet, name);
        let begin = Instant::now();
        loop {
            let (row, owed) = (record(&devnet, &http, &miner).await, account(&devnet, &http, &miner).await);
            let is_clean = row.as_ref().is_some_and(|row| row["clean"].as_u64() >= Some(1) && row["state"] == "good");
            if is_clean && owed.as_ref().is_some_and(|owed| owed["held"] == "0" && owed["owed"] != "0") {
                break;
            }
            assert!(begin.elapsed() < PATIENCE, "{name}: {row:?} {owed:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i26_a_miner_that_makes_images_with_coarser_weights_is_found_and_gets_nothing_more() {
    let (_home, devnet) = network(&["--miners", "1", "--cheats", "1"]);
    let http = Client::new();
    let cheat = address(&devnet, "miner-1");
    let images = async {
        for seed in 0.. {
            draw(&devnet, &http, seed).await;
        }
    };
    // Once it is found, the next request has no miner.
    let row = tokio::select! {
        () = images => None,
        row = found(&devnet, &http, &cheat, "confirmed", PATIENCE) => Some(row),
    };
    let row = row.expect("a verdict");
    assert!(row["why"].as_str().is_some_and(|why| why.contains("answers")), "{row}");
    let owed = account(&devnet, &http, &cheat).await.expect("an account");
    assert_eq!((&owed["owed"], &owed["held"]), (&json!("0"), &json!("0")), "{owed}: {row}");
}
