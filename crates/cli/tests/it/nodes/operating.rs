//! What an operator asks running nodes: `status` and `drain`.

use serde_json::{Value, json};

use crate::harness::network::{Devnet, until};

/// The address of a node's listener for operators.
fn admin(devnet: &Devnet, name: &str) -> String {
    let document = devnet.document();
    let nodes = document["children"].as_array().expect("children").iter();
    let node = nodes.into_iter().find(|node| node["name"] == json!(name)).expect("it is there");
    node["admin"].as_str().expect("an address").to_owned()
}

fn status(devnet: &Devnet, kind: &str, url: &str) -> Value {
    devnet.run(&[kind, "status", "--connect", url, "--json"]).expect(0).data()
}

#[test]
fn nodes_tell_what_they_do_and_end_when_they_are_drained() {
    // A story takes ten seconds: several commands have to find it in the middle, on a busy machine.
    let devnet = Devnet::start(&["--miners", "2", "--scripted-tokens", "40", "--scripted-rate", "4"]);
    let (coordinator, miner) = (admin(&devnet, "coordinator-1"), admin(&devnet, "miner-1"));
    until("both miners are there", || {
        let rows = devnet.run(&["coordinator", "status", "--connect", &coordinator]).expect(0).stdout;
        rows.contains("state\tready\n") && rows.contains("miners connected\t2 of 2\n")
    });
    let rows = devnet.run(&["miner", "status", "--connect", &miner]).expect(0).stdout;
    for row in ["state\tready\n", "name\tminer-1\n", "coordinators connected\t1 of 1\n", "model\tscripted, "] {
        assert!(rows.contains(row), "{row:?}: {rows}");
    }
    let nobody = format!("http://127.0.0.1:{}", crate::harness::chain::free_port());
    devnet.run(&["miner", "status", "--connect", &nobody]).expect(5).says("cuckoo miner run");

    // Only who can read the node's own secret drains it, and only what they meant.
    let data = |name: &str| devnet.data().join(name).display().to_string();
    let drain = |kind: &str, url: &str, data: &str| devnet.run(&[kind, "drain", "--connect", url, "--data", data]);
    drain("miner", &miner, "/nowhere").expect(4).says("as the node's user");
    drain("miner", &miner, &data("miner-2")).expect(4).says("another node");
    drain("miner", &coordinator, &data("coordinator-1")).expect(2).says("is a coordinator, not a miner");
    assert_eq!(status(&devnet, "miner", &miner)["node"]["draining"], json!(false));

    // The miner that has the task finishes it.
    let task = devnet.run(&["task", "submit", "a story"]).expect(0).stdout.trim().to_owned();
    let mut holder = Value::Null;
    until("it runs", || {
        let shown = devnet.run(&["task", "show", &task, "--json"]).expect(0).data();
        holder = shown["miner"].clone();
        shown["state"] == json!("running")
    });
    let document = devnet.document();
    let nodes = document["children"].as_array().expect("children");
    let holder = nodes.iter().find(|node| node["address"] == holder).expect("one of them");
    let name = holder["name"].as_str().expect("text");
    let wait = ["miner", "drain", "--wait", "--connect", &admin(&devnet, name), "--data", &data(name), "--json"];
    assert_eq!(devnet.run(&wait).expect(0).data(), json!({"ended": true}));
    let shown = devnet.run(&["task", "show", &task, "--json"]).expect(0).data();
    assert_eq!((&shown["state"], &shown["attempt"]), (&json!("done"), &json!(1)), "{shown}");

    // A coordinator that drains takes nothing new, and ends when everything is done.
    let task = devnet.run(&["task", "submit", "a story"]).expect(0).stdout.trim().to_owned();
    let started = status(&devnet, "coordinator", &coordinator)["node"]["started_at"].clone();
    drain("coordinator", &coordinator, &data("coordinator-1")).expect(0).says("cuckoo coordinator status");
    let now = status(&devnet, "coordinator", &coordinator);
    assert_eq!((&now["node"]["draining"], &now["ready"]), (&json!(true), &json!(false)), "{now}");
    devnet.run(&["task", "submit", "another"]).expect(5).says("shutting down");
    until("it was started again", || {
        let ran = devnet.run(&["coordinator", "status", "--connect", &coordinator, "--json"]);
        ran.code == 0 && ran.data()["node"]["started_at"] != started
    });
    let shown = devnet.run(&["task", "show", &task, "--json"]).expect(0).data();
    assert_eq!(shown["state"], json!("done"), "{shown}");
}

#[test]
fn a_bench_measures_the_engine_and_says_what_it_could_earn() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "[default]\ncompletion = \"1\"\n").expect("written");
    let path = file.path().display().to_string();
    let devnet = Devnet::start(&["--miners", "1", "--prices", &path]);
    let bench = |extra: &[&str]| {
        let scripted = ["miner", "bench", "--engine", "scripted", "--slots", "2", "--scripted-rate", "500"];
        devnet.run(&[&scripted[..], &["--tokens", "20", "--scripted-tokens", "20", "--rounds", "2"], extra].concat())
    };
    until("the miner offers its model", || bench(&["--json"]).code == 0);
    let figures = bench(&["--json"]).expect(0).data();
    let figure = |name: &str| figures[name].as_f64().expect("a number");
    assert_eq!((&figures["model"], &figures["places"]), (&json!("scripted"), &json!(2)));
    // The engine gives no token before its time.
    assert!((1.0..=550.0).contains(&figure("tokens_per_second")), "{figures}");
    assert!((1.0..=1_100.0).contains(&figure("tokens_per_second_of_all")), "{figures}");
    let hourly = figures["hourly"].as_str().and_then(|units| units.parse::<f64>().ok()).expect("an amount");
    let expected = figure("tokens_per_second_of_all") * 3_600.0 * 1e15;
    assert!((hourly / expected - 1.0).abs() < 1e-4, "1 CAI per 1,000 tokens: {figures}");

    bench(&[]).expect(0).says("drawn by stake");
    bench(&["--model-name", "another"]).expect(3).says("publishes no price");
    bench(&["--coordinator-url", "http://127.0.0.1:1"]).expect(5).says("cannot be reached");
    devnet.run(&["miner", "bench", "--engine", "openai"]).expect(2).says("--engine-url");
}
