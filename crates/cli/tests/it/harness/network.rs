//! A whole network of real processes for a test, started by `cuckoo devnet`, and what an application sends it.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command},
    thread::sleep,
    time::{Duration, Instant},
};

use cuckoo::node::failpoint;
use reqwest::{Client, Response};
use serde_json::{Value, json};

use super::chain::{Ran, anvil_program, command, command_of};

const PATIENCE: Duration = Duration::from_secs(120);

/// Ends with this value, in whatever way the test ends.
pub(crate) struct Devnet {
    pub(crate) child: Child,
    data: PathBuf,
    home: PathBuf,
    /// Removed last.
    _directory: Option<tempfile::TempDir>,
}

impl Drop for Devnet {
    fn drop(&mut self) {
        // Killed at once if it has not ended: its children have to notice by themselves.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Devnet {
    /// A network on the scripted engine in a directory of its own.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut devnet = Self::start_in(directory.path(), &directory.path().join("network"), arguments);
        devnet._directory = Some(directory);
        devnet
    }

    /// A network on the scripted engine, with its state in `data` and everything else in `home`.
    pub(crate) fn start_in(home: &Path, data: &Path, arguments: &[&str]) -> Self {
        Self::launch(home, data, &[&["--engine", "scripted"], arguments].concat())
    }

    /// A network on the engine that the arguments say.
    pub(crate) fn launch(home: &Path, data: &Path, arguments: &[&str]) -> Self {
        Self::launch_program(Path::new(env!("CARGO_BIN_EXE_cuckoo")), home, data, arguments)
    }

    /// A network of another build of the binary.
    pub(crate) fn launch_program(program: &Path, home: &Path, data: &Path, arguments: &[&str]) -> Self {
        let child = command_of(program, home, &["devnet", "--port", "0", "--json", "--data"])
            .arg(data)
            .args(arguments)
            .env("CUCKOO_ANVIL", anvil_program())
            .env(failpoint::DIRECTORY, home.join("crash"))
            .stdout(File::create(home.join("stdout")).expect("a file"))
            .stderr(File::create(home.join("stderr")).expect("a file"))
            .spawn()
            .expect("runs");
        let mut devnet = Self { child, data: data.to_owned(), home: home.to_owned(), _directory: None };
        until("the network is up", || {
            if let Some(status) = devnet.child.try_wait().expect("asked") {
                let said = std::fs::read_to_string(home.join("stderr")).unwrap_or_default();
                panic!("it ended with {status}: {said}");
            }
            std::fs::read_to_string(home.join("stdout")).is_ok_and(|text| text.ends_with('\n'))
        });
        devnet
    }

    /// Where the network keeps everything.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// The data directory of whoever takes part.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Any of anvil's own requests.
    pub(crate) async fn control(&self, http: &Client, method: &str, parameters: Value) {
        let rpc = self.document()["rpc"].as_str().expect("an address").to_owned();
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters});
        let answer: Value = http.post(rpc).json(&request).send().await.expect("answers").json().await.expect("JSON");
        assert!(answer.get("error").is_none(), "{answer}");
    }

    /// `devnet.json` as it is now.
    pub(crate) fn document(&self) -> Value {
        let text = std::fs::read_to_string(self.data.join("devnet.json")).expect("written");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Base of the application API.
    pub(crate) fn api(&self) -> String {
        self.document()["api"].as_str().expect("an address").to_owned()
    }

    /// The coordinator's listener for operators.
    pub(crate) fn admin(&self) -> String {
        self.document()["admin"].as_str().expect("an address").to_owned()
    }

    /// Runs the binary on this network to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let api = self.api();
        let mut command = command(&self.home, arguments);
        Ran::new(command.env("CUCKOO_COORDINATOR_URL", api).output().expect("runs"))
    }

    /// Port of the chain.
    pub(crate) fn chain_port(&self) -> String {
        let document = self.document();
        let rpc = document["rpc"].as_str().expect("an address");
        rpc.trim_end_matches('/').rsplit(':').next().expect("a port").to_owned()
    }

    /// Processes that have this network's directory among their arguments, or serve its chain.
    pub(crate) fn processes(&self) -> Vec<String> {
        processes(&self.data, &self.chain_port())
    }

    /// The running process of a node, by a field of its row in `devnet.json`.
    pub(crate) fn process(&self, field: &str, value: &str) -> u32 {
        let mut found = 0;
        until("the node runs", || {
            let document = self.document();
            let rows = document["children"].as_array().expect("nodes");
            let row =
                rows.iter().find(|row| row[field].as_str().is_some_and(|found| found.eq_ignore_ascii_case(value)));
            found = row.and_then(|row| row["pid"].as_u64()).unwrap_or_else(|| panic!("no {field} {value}: {document}"));
            found != 0
        });
        found as u32
    }

    pub(crate) fn signal(&self, signal: &str) {
        kill(self.child.id(), signal);
    }

    /// The coordinator's status document.
    pub(crate) async fn status(&self, http: &Client) -> Value {
        get(http, &format!("{}/status", self.admin())).await
    }

    /// A chat request.
    pub(crate) fn chat(&self, content: &str) -> Value {
        json!({"model": "scripted", "messages": [{"role": "user", "content": content}], "max_tokens": 200, "seed": 1})
    }

    /// Sends a request to the API.
    pub(crate) async fn post(&self, http: &Client, path: &str, body: &Value) -> Response {
        http.post(format!("{}{path}", self.api())).json(body).send().await.expect("answers")
    }
}

/// The JSON at an address.
pub(crate) async fn get(http: &Client, url: &str) -> Value {
    http.get(url).send().await.expect("answers").json().await.expect("JSON")
}

pub(crate) fn kill(process: u32, signal: &str) {
    let status = Command::new("sh").args(["-c", &format!("kill -{signal} {process}")]).status().expect("runs");
    assert!(status.success());
}

pub(crate) fn processes(data: &Path, port: &str) -> Vec<String> {
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

pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < PATIENCE, "{what} took too long");
        sleep(Duration::from_millis(50));
    }
}

/// Kilobytes that a process has in memory.
pub(crate) fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it says");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
