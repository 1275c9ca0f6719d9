//! `cuckoo task`: work that is given away, followed, listed and taken back.

use std::{
    fs::File,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::harness::{
    chain::{Ran, command, write_secret},
    network::Devnet,
};

fn submit(devnet: &Devnet, prompt: &str) -> String {
    devnet.run(&["task", "submit", prompt, "--seed", "3"]).expect(0).says("cuckoo task watch").stdout.trim().to_owned()
}

fn state(devnet: &Devnet, id: &str) -> Value {
    devnet.run(&["task", "show", id, "--json"]).expect(0).data()["state"].clone()
}

#[test]
fn work_is_followed_to_its_verified_answer_and_listed() {
    let devnet = Devnet::start(&["--miners", "1", "--scripted-tokens", "20", "--scripted-rate", "40"]);
    let run = devnet.run(&["task", "run", "Tell me about nests", "--seed", "3"]).expect(0);
    let id = submit(&devnet, "Tell me about nests");
    assert_eq!((id.len(), &id[..2]), (66, "0x"));
    let watched = devnet.run(&["task", "watch", &id]).expect(0);
    assert_eq!(watched.stdout, run.stdout, "the same model and seed");
    let watched = watched.says("attempt 1").says("by miner-1").says("is valid: both signatures, 20 tokens");
    assert!(!watched.stderr.contains("the prompt"), "it was not told what was asked: {watched:?}");
    // Once more, when it is over.
    let json = devnet.run(&["task", "watch", &id, "--json"]).expect(0).data();
    assert_eq!((&json["task"], json["text"].as_str()), (&json!(id), Some(run.stdout.trim_end())));

    let shown = devnet.run(&["task", "show", &id]).expect(0).stdout;
    for row in ["state\tdone\n", "attempt\t1\n", "completion tokens\t20\n", "share of the draw\t100.0 %\n"] {
        assert!(shown.contains(row), "{row:?}: {shown}");
    }
    let listed = devnet.run(&["task", "list"]).expect(0).stdout;
    let rows: Vec<Vec<_>> = listed.lines().map(|row| row.split('\t').collect()).collect();
    assert_eq!(rows.len(), 2, "{listed}");
    assert_eq!((rows[0][0], rows[0][1], rows[0][5]), (&*id, "done", "20"), "the newest first: {listed}");
    let one = devnet.run(&["task", "list", "--limit", "1", "--json"]).expect(0).data();
    assert_eq!(one.as_array().map(Vec::len), Some(1), "{one}");
    devnet.run(&["task", "list", "--limit", "0"]).expect(2);
    devnet.run(&["task", "watch", &"0".repeat(64)]).expect(3).says("there is no such task");
    devnet.run(&["task", "watch", "12"]).expect(2).says("64 hexadecimal digits");
}

#[test]
fn questions_come_from_stdin_and_files_and_models_are_listed_with_their_prices() {
    let devnet = Devnet::start(&["--miners", "1"]);
    let file = |name: &str, text: &str| {
        let path = devnet.home().join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let (question, nests) = (file("question", "Tell me about\n"), file("nests", "nests\n"));
    let piped = |arguments: &[&str]| {
        let mut command = command(devnet.home(), &[&["task", "run", "--seed", "3"], arguments].concat());
        command.env("CUCKOO_COORDINATOR_URL", devnet.api()).stdin(File::open(&question).expect("opens"));
        Ran::new(command.output().expect("runs")).expect(0).stdout
    };
    let typed = |prompt: &str| devnet.run(&["task", "run", prompt, "--seed", "3"]).expect(0).stdout;
    let (alone, whole) = (typed("Tell me about"), typed("Tell me about\n\nnests"));
    assert_ne!(alone, whole, "an answer depends on its question");
    assert_eq!(piped(&["-"]), alone);
    assert_eq!(piped(&["--file", &question]), alone);
    assert_eq!(piped(&["-", "--file", &nests]), whole);
    assert_eq!(piped(&["--file", &question, "--file", &nests]), whole);
    devnet.run(&["task", "run"]).expect(2);
    devnet.run(&["task", "run", "-"]).expect(2).says("the question is empty");
    devnet.run(&["task", "run", "--file", "/nowhere"]).expect(3).says("/nowhere");

    let listed = devnet.run(&["task", "models"]).expect(0).stdout;
    let row: Vec<_> = listed.lines().next().expect("a model").split('\t').collect();
    assert_eq!((listed.lines().count(), &row[..2], row[5]), (1, &["scripted", "text"][..], "seeded"), "{listed}");
    let described = devnet.run(&["task", "models", "--json"]).expect(0).data();
    let price = described[0]["pricing"]["completion"].as_str().expect("base units");
    assert!(price.parse::<u128>().is_ok_and(|price| price > 0), "{described}");

    // Evidence by the beginning of an id, once it is written.
    let id = devnet.run(&["task", "list", "--limit", "1", "--json"]).expect(0).data()[0]["id"].clone();
    let id = id.as_str().expect("an id");
    let begin = Instant::now();
    while devnet.run(&["task", "evidence", &id[..10]]).code != 0 {
        assert!(begin.elapsed() < Duration::from_secs(30), "the evidence is not written");
    }
    let evidence = devnet.run(&["task", "evidence", &id[..10], "--json"]).expect(0).data();
    assert_eq!(evidence["receipt"]["ticket"]["task"].as_str(), Some(id), "{evidence}");
}

#[test]
fn a_task_that_is_taken_back_ends_for_everybody() {
    let devnet = Devnet::start(&["--miners", "1", "--scripted-tokens", "400", "--scripted-rate", "10"]);
    let id = submit(&devnet, "a long story");
    let begin = Instant::now();
    while state(&devnet, &id) != json!("running") {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not start");
    }
    let cancelled = std::thread::scope(|scope| {
        let watching = scope.spawn(|| devnet.run(&["task", "watch", &id]));
        let cancelled = devnet.run(&["task", "cancel", &id]).expect(0).says("ok: the task is cancelled");
        watching.join().expect("ends").expect(1).says("the task ended without a result, cancelled");
        cancelled
    });
    assert_eq!((cancelled.stdout.trim(), state(&devnet, &id)), ("cancelled", json!("cancelled")));
    devnet.run(&["task", "cancel", &id]).expect(0);
}

#[test]
fn a_key_is_read_from_a_file() {
    let devnet = Devnet::start(&["--miners", "1"]);
    let data = devnet.data().join("coordinator-1").display().to_string();
    let key = devnet.run(&["coordinator", "keys", "new", "shop", "--json", "--data", &data]).expect(0).data();
    let file = devnet.home().join("api-key");
    write_secret(&file, key["key"].as_str().expect("text"));
    let begin = Instant::now();
    while devnet.run(&["task", "list"]).code != 4 {
        assert!(begin.elapsed() < Duration::from_secs(60), "the API stays open");
    }
    devnet.run(&["task", "run", "hello"]).expect(4).says("--api-key-file PATH");
    devnet.run(&["task", "run", "hello", "--api-key-file", &file.display().to_string()]).expect(0);
    devnet.run(&["task", "run", "hello", "--api-key-file", "/nowhere"]).expect(4).says("/nowhere");
}
