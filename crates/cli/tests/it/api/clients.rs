//! The clients that people use, each with its defaults, against a network of this machine: `make clients` runs all of them, `make test` those that
//! are quick to install.

use std::{io::Write, path::Path, process::Command};

use crate::harness::network::Devnet;

/// What `tests/clients/matrix/run` is told where not all clients are wanted: files whose packages `make test` installs anyway.
const QUICK: [&str; 3] = ["anthropic_sdk", "openai_node", "openai_sdk"];

/// A miner with a model for everything that the API does, whose answers take long enough to arrive in pieces.
const NETWORK: &[&str] = &[
    "--miners",
    "1",
    "--scripted-rate",
    "100",
    "--model-name",
    "scripted",
    "--embedding-model",
    "embedder",
    "--image-model",
    "painter",
];

#[test]
fn needs_python_clients_work_with_their_defaults() {
    let devnet = Devnet::start(NETWORK);
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/matrix/run");
    let mut command = Command::new(run);
    command.env("CUCKOO_API", devnet.api());
    if std::env::var_os("CUCKOO_TEST_CLIENTS").is_none() {
        let python = std::env::var_os("CUCKOO_TEST_PYTHON").expect("make test sets CUCKOO_TEST_PYTHON");
        command.env("CUCKOO_TEST_PYTHON", python).args(QUICK);
    }
    let output = command.output().expect("runs");
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    write!(std::io::stdout(), "{told}").expect("written");
    let well = told.lines().filter(|line| line.starts_with("ok\t")).count();
    let failed: Vec<_> = told.lines().filter(|line| !line.starts_with("ok\t")).collect();
    assert!(output.status.success() && failed.is_empty(), "{failed:#?}\n{errors}");
    assert!(well >= 40, "only {well} cases ran");
}
