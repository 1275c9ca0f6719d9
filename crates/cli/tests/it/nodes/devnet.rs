//! `cuckoo devnet`: a whole network of real processes, of which nothing is left at its end.

use std::path::Path;

use serde_json::Value;

use crate::harness::{
    chain::{Ran, anvil_program, command},
    network::{Devnet, kill, processes, until},
};

fn leaderboard(home: &Path) -> String {
    Ran::new(command(home, &["vote", "leaderboard"]).output().expect("runs")).expect(0).stdout
}

#[test]
fn a_network_starts_heals_ends_and_goes_on_where_it_was() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("network");
    let mut devnet = Devnet::start_in(home.path(), &data, &["--miners", "2"]);
    let document = devnet.document();
    let envelope: Value =
        serde_json::from_str(&std::fs::read_to_string(home.path().join("stdout")).expect("read")).expect("JSON");
    assert_eq!(envelope["data"]["api"], document["api"]);
    assert_eq!(document["children"].as_array().map(Vec::len), Some(3));
    // Another terminal finds it by name.
    let board = leaderboard(home.path());
    assert!(board.starts_with("1\tminer-1\t") && board.lines().count() == 3, "{board}");

    // The coordinator has prepaid, stake earns, and every contract is there.
    let run = |arguments: &[&str]| Ran::new(command(home.path(), arguments).output().expect("runs")).expect(0);
    let escrow = run(&["escrow", "status", "coordinator-1"]).stdout;
    assert!(escrow.contains("\tcoordinator-1\t10000000000000000000000\t0\t"), "{escrow}");
    let rewards = run(&["vote", "leaderboard", "--json"]).data();
    for row in rewards.as_array().expect("rows") {
        assert!(row["reward_per_day"].as_str().is_some_and(|amount| amount.len() > 20), "{row}");
    }
    let network = run(&["network", "show"]).stdout;
    assert!(!network.contains("none"), "{network}");
    let now = run(&["network", "status", "--json"]).data();
    let (of, seconds) = (
        |name: &str| now[name].as_u64().expect(name),
        run(&["network", "show", "--json"]).data()["epoch_seconds"].as_u64().expect("seconds"),
    );
    assert_eq!((of("epoch"), of("next_epoch_at")), (of("block_at") / seconds, (of("epoch") + 1) * seconds), "{now}");
    assert_eq!((&now["miners"]["active"], &now["coordinators"]["registered"]), (&2.into(), &1.into()), "{now}");
    assert_eq!(now["miners"]["heaviest"].as_str().map(str::len), Some(42), "{now}");

    // A node that dies is started again.
    let before = document["children"][1]["pid"].as_u64().expect("a process");
    kill(before as u32, "KILL");
    until("its restart", || {
        let pid = devnet.document()["children"][1]["pid"].as_u64();
        pid.is_some_and(|pid| pid != 0 && pid != before)
    });

    // The port of the chain is in the document, which goes with the network.
    let port = devnet.chain_port();
    assert!(devnet.processes().len() >= 4, "{:?}", devnet.processes());
    devnet.signal("TERM");
    assert_eq!(devnet.child.wait().expect("ends").code(), Some(0));
    assert_eq!(processes(&data, &port), Vec::<String>::new());
    assert!(!home.path().join("networks/local.json").exists());

    let mut again = Devnet::start_in(home.path(), &data, &["--miners", "2"]);
    assert_eq!(leaderboard(home.path()), board);
    let second = command(home.path(), &["devnet", "--engine", "scripted", "--data"])
        .arg(&data)
        .env("CUCKOO_ANVIL", anvil_program())
        .output()
        .expect("runs");
    Ran::new(second).expect(5).says("already");
    again.signal("INT");
    assert_eq!(again.child.wait().expect("ends").code(), Some(0));
}

#[test]
fn a_killed_network_leaves_nothing_running() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("network");
    let mut devnet = Devnet::start_in(home.path(), &data, &["--miners", "2"]);
    let port = devnet.chain_port();
    devnet.signal("KILL");
    devnet.child.wait().expect("ends");
    until("ending", || processes(&data, &port).is_empty());
}
