//! What needs no chain: usage, wallets, and the errors of a machine on which nothing runs.

use std::{io::Write, process::Stdio};

use serde_json::json;

use crate::harness::chain::{Ran, command, write_secret};

fn run(data: &std::path::Path, arguments: &[&str]) -> Ran {
    Ran::new(command(data, arguments).output().expect("runs"))
}

#[test]
fn a_private_key_as_an_argument_is_refused_and_not_repeated() {
    let data = tempfile::tempdir().expect("a directory");
    for arguments in [["wallet", "list", "--private-key", "s3cr3t"], ["--private-key", "s3cr3t", "wallet", "list"]] {
        let ran = run(data.path(), &arguments).expect(2).says("cuckoo wallet import NAME");
        assert!(!ran.stderr.contains("s3cr3t") && ran.stdout.is_empty(), "{ran:?}");
    }
}

#[test]
fn wrong_usage_is_two() {
    let data = tempfile::tempdir().expect("a directory");
    for arguments in
        [&["nonsense"][..], &["stake", "deposit", "1e9"], &["balance", "0x12"], &["devnet", "--stakes", "50:10"]]
    {
        run(data.path(), arguments).expect(2);
    }
    let ran = run(data.path(), &["devnet", "--stakes", "50:10"]).expect(2);
    assert!(ran.stderr.contains("must be more than"), "{ran:?}");
    run(data.path(), &["devnet", "--engine", "scripted", "--epoch", "3"]).expect(2);
    run(data.path(), &["devnet", "--engine", "scripted", "--epoch", "5", "--block-time", "3"])
        .expect(2)
        .says("at least two blocks");
    // Stake would have to be held back for longer than the contract can.
    run(data.path(), &["devnet", "--engine", "scripted", "--epoch", "1000000"]).expect(2).says("shorter epochs");
    run(data.path(), &["devnet", "--engine", "scripted", "--miners", "2", "--stakes", "50:30:20"])
        .expect(2)
        .says("2 miners, but 3 stakes");
}

#[test]
fn a_machine_without_a_network_says_how_to_start_one() {
    let data = tempfile::tempdir().expect("a directory");
    run(data.path(), &["balance"]).expect(78).says("knows no network `local`").says("cuckoo devnet");
    run(data.path(), &["balance", "-n", "/nowhere/network.json"]).expect(78).says("/nowhere/network.json");
    std::fs::create_dir(data.path().join("networks")).expect("a directory");
    std::fs::write(data.path().join("networks/broken.json"), "{\"name\":1}").expect("written");
    run(data.path(), &["balance", "-n", "broken"]).expect(78).says("not a description of a network");
    let rows = run(data.path(), &["network", "list", "--json"]).expect(0).data();
    assert_eq!(rows[0]["name"], json!("broken"));
    std::fs::write(data.path().join("networks/old.json"), "{\"name\":\"old\",\"epoch_blocks\":10}").expect("written");
    run(data.path(), &["balance", "-n", "old"]).expect(78).says("epochs in blocks").says("cuckoo network add");
}

#[test]
fn an_endpoint_that_nobody_serves_is_unavailable_and_its_secrets_are_not_shown() {
    let data = tempfile::tempdir().expect("a directory");
    let port = crate::harness::chain::free_port();
    let zero = "0x0000000000000000000000000000000000000000";
    let description = json!({
        "name": "gone", "chain_id": 1, "rpc_urls": [format!("http://u:s3cr3t@127.0.0.1:{port}/s3cr3t")],
        "staking": zero, "cai": zero, "settlement": zero, "deployed_at": 0, "epoch_seconds": 10, "block_time_ms": 1000,
    });
    let path = data.path().join("gone.json");
    std::fs::write(&path, description.to_string()).expect("written");
    let path = path.display().to_string();
    let ran = run(data.path(), &["vote", "leaderboard", "--json", "-n", &path]).expect(5).says("Connection refused");
    let envelope = ran.envelope();
    assert_eq!((&envelope["success"], &envelope["errors"][0]["class"]), (&json!(false), &json!("unavailable")));
    assert_eq!(envelope["errors"][0]["exit_code"], json!(5));
    let shown = run(data.path(), &["network", "show", "--json", "-n", &path]).expect(0);
    let verbose = run(data.path(), &["vote", "leaderboard", "-vvv", "-n", &path]).expect(5);
    for text in [ran.stderr, ran.stdout, shown.stdout, verbose.stderr] {
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}

#[test]
fn wallets_are_made_imported_listed_and_kept_private() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().expect("a directory");
    let password = data.path().join("password");
    write_secret(&password, "correct horse\n");
    let password = password.display().to_string();
    let address = run(data.path(), &["wallet", "new", "alice", "--password-file", &password]).expect(0).stdout;
    assert!(address.starts_with("0x") && address.trim().len() == 42, "{address}");
    run(data.path(), &["wallet", "new", "alice", "--password-file", &password]).expect(3).says("already");
    run(data.path(), &["wallet", "new", "../alice", "--password-file", &password]).expect(2);
    run(data.path(), &["wallet", "new", "bob"]).expect(2).says("--password-file");
    run(data.path(), &["wallet", "show", "nobody"]).expect(4).says("cuckoo wallet new nobody");

    // The second development account, whose key everybody knows.
    let mut import =
        command(data.path(), &["wallet", "import", "dev", "--private-key-file", "-", "--password-file", &password])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("runs");
    let key = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
    writeln!(import.stdin.take().expect("piped"), "0x{key}").expect("written");
    let ran = Ran::new(import.wait_with_output().expect("ends")).expect(0);
    assert_eq!(ran.stdout.trim(), "0x70997970C51812dc3A010C7d01b50e0d17dc79C8");

    let rows = run(data.path(), &["wallet", "list"]).expect(0).stdout;
    let names: Vec<_> = rows.lines().map(|row| row.split('\t').next().unwrap_or_default()).collect();
    assert_eq!(names, ["alice", "dev"]);
    let shown = run(data.path(), &["wallet", "show", "dev", "--json"]).expect(0).data();
    assert_eq!(shown["address"], json!("0x70997970c51812dc3a010c7d01b50e0d17dc79c8"));
    let keystore = data.path().join("keystores/dev.json");
    let content = std::fs::read_to_string(&keystore).expect("exists");
    assert!(!content.contains(key) && content.contains("scrypt"), "{content}");
    assert_eq!(std::fs::metadata(&keystore).expect("exists").permissions().mode() & 0o777, 0o600);
}

#[test]
fn no_anvil_is_said_with_how_to_get_it() {
    let data = tempfile::tempdir().expect("a directory");
    let nowhere = data.path().join("anvil").display().to_string();
    let arguments = ["devnet", "--engine", "scripted"];
    let ran = Ran::new(command(data.path(), &arguments).env("CUCKOO_ANVIL", &nowhere).output().expect("runs"));
    ran.expect(5).says("CUCKOO_ANVIL names").says("unset CUCKOO_ANVIL");
    // The pinned one is found from the executable and the working directory, so both are elsewhere.
    let copy = data.path().join("cuckoo");
    std::fs::copy(env!("CARGO_BIN_EXE_cuckoo"), &copy).expect("copied");
    let output = std::process::Command::new(copy)
        .args(arguments)
        .env_clear()
        .env("CUCKOO_DATA_DIR", data.path())
        .env("PATH", data.path())
        .current_dir(data.path())
        .output()
        .expect("runs");
    Ran::new(output).expect(5).says("npm ci --prefix contracts");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let data = tempfile::tempdir().expect("a directory");
    let mut child = command(data.path(), &["wallet", "list", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("runs");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("ends").code(), Some(0));
}
