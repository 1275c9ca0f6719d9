//! A newcomer's whole way as a shell script, on a chain whose clock runs.

use std::process::{Command, Stdio};

use crate::chain::{Chain, Ran, write_secret};

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_script_goes_the_newcomer_s_way() {
    let found = Command::new("jq").arg("--version").output();
    assert!(found.is_ok_and(|output| output.status.success()), "jq is needed: apt-get install -y jq");
    // Blocks come by themselves, as on any network, so that unbonding ends.
    let chain = Chain::start_unbonding(3, 31_337, &["--block-time", "1"]).await;
    write_secret(&chain.path("password"), "correct horse");
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_cuckoo")).parent().expect("a directory");
    let path = std::env::var("PATH").expect("a path");
    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/newcomer.sh"))
        .env_clear()
        .env("PATH", format!("{}:{path}", binary.display()))
        .env("HOME", chain.directory.path())
        .env("CUCKOO_DATA_DIR", chain.directory.path())
        .env("CUCKOO_PASSWORD_FILE", chain.password())
        .stdin(Stdio::null())
        .output()
        .expect("runs");
    let ran = Ran::new(output).expect(0).says("the voter had");
    let status = chain.run(&["register", "status", ran.stdout.trim(), "--json"]).expect(0).data();
    assert_eq!(status[0]["name"], serde_json::json!("gpu-box"));
}
