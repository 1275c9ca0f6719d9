//! `cuckoo devnet`: a whole network of real processes, of which nothing is left at its end.

use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::chain::{Ran, anvil_program, command};

const PATIENCE: Duration = Duration::from_secs(120);

struct Devnet {
    child: Child,
    data: std::path::PathBuf,
}

impl Drop for Devnet {
    fn drop(&mut self) {
        // Killed at once if it has not ended: its children have to notice by themselves.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Devnet {
    fn start(home: &Path, data: &Path) -> Self {
        let arguments = ["devnet", "--engine", "scripted", "--port", "0", "--miners", "2", "--json", "--data"];
        let log = File::create(home.join("stderr")).expect("a file");
        let child = command(home, &arguments)
            .arg(data)
            .env("CUCKOO_ANVIL", anvil_program())
            .stdout(File::create(home.join("stdout")).expect("a file"))
            .stderr(log)
            .spawn()
            .expect("runs");
        let mut devnet = Self { child, data: data.to_owned() };
        until("the network is up", || {
            if let Some(status) = devnet.child.try_wait().expect("asked") {
                let said = std::fs::read_to_string(home.join("stderr")).unwrap_or_default();
                panic!("it ended with {status}: {said}");
            }
            std::fs::read_to_string(home.join("stdout")).is_ok_and(|text| text.ends_with('\n'))
        });
        devnet
    }

    fn document(&self) -> Value {
        let text = std::fs::read_to_string(self.data.join("devnet.json")).expect("written");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Processes that have this network's directory among their arguments, or serve its chain.
    fn processes(&self) -> Vec<String> {
        let port = self.document()["rpc"]
            .as_str()
            .and_then(|rpc| rpc.trim_end_matches('/').rsplit(':').next().map(str::to_owned));
        processes(&self.data, &port.expect("a port"))
    }

    fn signal(&self, signal: &str) {
        kill(self.child.id(), signal);
    }
}

fn kill(process: u32, signal: &str) {
    let status = Command::new("sh").args(["-c", &format!("kill -{signal} {process}")]).status().expect("runs");
    assert!(status.success());
}

fn processes(data: &Path, port: &str) -> Vec<String> {
    let data = data.display().to_string();
    let mut found = vec![];
    for entry in std::fs::read_dir("/proc").expect("Linux").flatten() {
        let arguments = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let arguments = String::from_utf8_lossy(&arguments).replace('\0', " ");
        let is_ours = arguments.contains(" run --exit-with-parent") && arguments.contains(&data);
        let is_chain = arguments.contains(&format!("--port {port} "));
        if is_ours || is_chain {
            found.push(arguments);
        }
    }
    found
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < PATIENCE, "{what} took too long");
        sleep(Duration::from_millis(50));
    }
}

fn leaderboard(home: &Path) -> String {
    Ran::new(command(home, &["vote", "leaderboard"]).output().expect("runs")).expect(0).stdout
}

#[test]
fn a_network_starts_heals_ends_and_goes_on_where_it_was() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("network");
    let mut devnet = Devnet::start(home.path(), &data);
    let document = devnet.document();
    let envelope: Value =
        serde_json::from_str(&std::fs::read_to_string(home.path().join("stdout")).expect("read")).expect("JSON");
    assert_eq!(envelope["data"]["api"], document["api"]);
    assert_eq!(document["children"].as_array().map(Vec::len), Some(3));
    // Another terminal finds it by name.
    let board = leaderboard(home.path());
    assert!(board.starts_with("1\tminer-1\t") && board.lines().count() == 3, "{board}");

    // A node that dies is started again.
    let before = document["children"][1]["pid"].as_u64().expect("a process");
    kill(before as u32, "KILL");
    until("starting it again", || {
        let pid = devnet.document()["children"][1]["pid"].as_u64();
        pid.is_some_and(|pid| pid != 0 && pid != before)
    });

    // The port of the chain is in the document, which goes with the network.
    let port = document["rpc"].as_str().and_then(|rpc| rpc.trim_end_matches('/').rsplit(':').next().map(str::to_owned));
    let port = port.expect("a port");
    assert!(devnet.processes().len() >= 4, "{:?}", devnet.processes());
    devnet.signal("TERM");
    assert_eq!(devnet.child.wait().expect("ends").code(), Some(0));
    assert_eq!(processes(&data, &port), Vec::<String>::new());
    assert!(!home.path().join("networks/local.json").exists());

    let mut again = Devnet::start(home.path(), &data);
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
    let mut devnet = Devnet::start(home.path(), &data);
    let document = devnet.document();
    let port = document["rpc"].as_str().and_then(|rpc| rpc.trim_end_matches('/').rsplit(':').next().map(str::to_owned));
    let port = port.expect("a port");
    devnet.signal("KILL");
    devnet.child.wait().expect("ends");
    until("ending", || processes(&data, &port).is_empty());
}
