//! Dependencies point inwards, and the rules of the network need no runtime.

use std::{collections::BTreeSet, process::Command};

/// Names of the packages below one of ours.
fn tree(package: &str, arguments: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--package", package])
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().skip(1).filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn ours(package: &str) -> BTreeSet<String> {
    tree(package, &[]).into_iter().filter(|name| name == "cuckoo" || name.starts_with("cuckoo-")).collect()
}

#[test]
fn dependencies_point_inwards() {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(ours("cuckoo"), set(&["cuckoo-gpu", "cuckoo-protocol", "cuckoo-tui"]));
    assert_eq!(ours("cuckoo-gpu"), set(&["cuckoo-protocol"]));
    assert_eq!(ours("cuckoo-tui"), set(&["cuckoo-protocol"]));
    assert_eq!(ours("cuckoo-protocol"), set(&[]));
}

#[test]
fn the_protocol_without_its_client_needs_no_runtime() {
    let core = tree("cuckoo-protocol", &["--no-default-features"]);
    for name in ["tokio", "reqwest", "rusqlite", "ratatui"] {
        assert!(!core.contains(name), "{name} is below the protocol's core");
    }
    assert!(tree("cuckoo-protocol", &["--features", "client"]).contains("tokio"));
}
