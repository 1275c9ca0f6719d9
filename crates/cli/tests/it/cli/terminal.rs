//! What a person at a terminal sees: tables that fit it, and password prompts that can be left.

use std::{
    io::{Read, Write},
    process::{Command, Stdio},
};

use serde_json::json;

use crate::harness::chain::Chain;

/// Runs a command line at a terminal of this many columns. Once it shows `prompt`, `keys` are typed. Returns what the terminal shows,
/// and the exit code.
fn at_terminal(chain: &Chain, columns: u16, line: &str, prompt: &str, keys: &[u8]) -> (String, i32) {
    talk(chain, columns, line, &[(prompt, keys)])
}

/// The same for several prompts, each after the one before.
fn talk(chain: &Chain, columns: u16, line: &str, dialogue: &[(&str, &[u8])]) -> (String, i32) {
    let program = env!("CARGO_BIN_EXE_cuckoo");
    let command = format!("stty cols {columns} rows 40; exec {program} {line}");
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &command, "/dev/null"]).env_clear();
    terminal.env("CUCKOO_DATA_DIR", chain.directory.path()).env("HOME", chain.directory.path());
    terminal.env("PATH", "/usr/bin:/bin").env("TERM", "dumb").env("SHELL", "/bin/sh").env("CI", "1");
    terminal.env("CONFIGURATION_DIRECTORY", chain.path("etc"));
    let mut child =
        terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("script runs");
    let (mut input, mut output) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
    let (mut shown, mut heard, mut dialogue) = (vec![], 0, dialogue.iter().peekable());
    let mut piece = [0; 4_096];
    loop {
        let length = output.read(&mut piece).expect("reads");
        if length == 0 {
            break;
        }
        shown.extend_from_slice(&piece[..length]);
        while let Some((prompt, keys)) = dialogue.peek()
            && let Some(at) = shown[heard..].windows(prompt.len()).position(|window| window == prompt.as_bytes())
        {
            heard += at + prompt.len();
            dialogue.next();
            // The terminal is set up a moment after the prompt.
            std::thread::sleep(std::time::Duration::from_millis(1_000));
            input.write_all(keys).expect("written");
            input.flush().expect("written");
        }
    }
    drop(input);
    let code = child.wait().expect("ends").code().unwrap_or(-1);
    (String::from_utf8_lossy(&shown).replace('\r', ""), code)
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_fit_the_terminal_and_pipes_get_all() {
    let chain = Chain::start().await;
    let password = {
        chain.wallet("one");
        chain.wallet("two");
        chain.password()
    };
    chain.run(&["stake", "deposit", "60000", "-a", "anvil:0"]).expect(0);
    let introduction = "two cards under the desk of a newcomer, who is at home at night";
    for (wallet, name) in [("one", "gpu-box"), ("two", "cellar")] {
        let register =
            ["register", "miner", "-a", "anvil:0", "--node-account", wallet, "--name", name, "--stake", "25000"];
        chain.run(&[&register[..], &["--introduction", introduction, "--password-file", &password]].concat()).expect(0);
        if name == "gpu-box" {
            // The only node is a list of its fields, with its address as it is typed.
            let (shown, code) = at_terminal(&chain, 80, "vote leaderboard", "\0", b"");
            assert_eq!(code, 0, "{shown}");
            let node = chain.run(&["wallet", "show", "one", "--json"]).expect(0).stdout;
            let address = node.split('"').find(|word| word.starts_with("0x")).expect("an address").to_owned();
            assert!(
                shown.lines().any(|line| line.trim_start().starts_with("node") && line.contains(&address)),
                "{shown}"
            );
        }
    }
    for columns in [80, 120] {
        let (shown, code) = at_terminal(&chain, columns, "vote leaderboard", "\0", b"");
        assert_eq!(code, 0, "{shown}");
        let rows: Vec<_> = shown.lines().filter(|line| line.contains("gpu-box") || line.contains("cellar")).collect();
        assert_eq!(rows.len(), 2, "a line for each node: {shown}");
        assert!(rows.iter().all(|row| row.chars().count() <= usize::from(columns) && row.contains('…')), "{shown}");
    }
    let piped = chain.run(&["vote", "leaderboard"]).expect(0).stdout;
    assert!(piped.contains(introduction) && !piped.contains('…'), "{piped}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_prompt_is_left_by_ctrl_c_and_json_never_asks() {
    let chain = Chain::start().await;
    chain.wallet("me");
    chain.run(&["faucet", "request", "--to", "me"]).expect(0);
    for keys in [b"\x03", b"\x04"] {
        let (shown, code) = at_terminal(&chain, 80, "stake deposit 1 --account me", "Password of wallet `me`", keys);
        assert_eq!(code, 130, "{shown}");
    }
    let (shown, code) = at_terminal(&chain, 80, "stake deposit 1 --account me --json", "\0", b"");
    assert!(code == 2 && !shown.contains("Password of"), "{shown}");
    // What cannot be is refused at a terminal, too, before it asks.
    let (shown, code) = at_terminal(&chain, 80, "stake unbond gpu-box --all --account me", "\0", b"");
    assert!(code == 3 && !shown.contains("Password of"), "{shown}");
    let status = chain.run(&["stake", "status", "me", "--json"]).expect(0).data();
    assert_eq!(status["free"], json!("0"), "nothing was sent");
    let (shown, code) =
        at_terminal(&chain, 80, "stake deposit 1 --account me", "Password of wallet `me`", b"correct horse\n");
    assert_eq!(code, 0, "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setup_asks_for_what_no_option_says_and_no_password_twice() {
    let chain = Chain::start().await;
    let mut dialogue: Vec<(&str, &[u8])> = vec![
        ("Wallet that owns the miner and stakes for it [owner]:", b"\n"),
        ("Wallet with the miner's own key [node]:", b"hot\n"),
        ("Name of the miner, which people see [", b"box\n"),
        ("Own stake in CAI, more than 20,000 [25000]:", b"20000\n"),
        // What cannot be is asked for again.
        ("Own stake in CAI, more than 20,000 [25000]:", b"26000\n"),
        ("Measure how fast this machine answers, before anything is staked? yes or no [yes]:", b"\n"),
        ("New password:", b"correct horse\n"),
        ("Repeat the password:", b"correct horse\n"),
        ("New password:", b"battery staple\n"),
        ("Repeat the password:", b"battery staple\n"),
    ];
    // This machine may be one that a unit can be installed on.
    let can_write = rustix::fs::access("/etc/systemd/system", rustix::fs::Access::WRITE_OK).is_ok();
    if can_write && std::path::Path::new("/run/systemd/system").is_dir() {
        dialogue.insert(6, ("Install the systemd unit that keeps it running, and start it? yes or no [yes]:", b"no\n"));
    }
    let (shown, code) = talk(&chain, 120, "miner setup --engine scripted", &dialogue);
    assert_eq!(code, 0, "{shown}");
    for text in [
        "must be more than 20,000 CAI; this is 20,000 CAI",
        "$ cuckoo miner bench --tokens 32 --rounds 1 --engine scripted",
        "tokens/s for one answer",
        "$ cuckoo register miner --account owner --node-account hot --name box --stake 26000cai",
        "start it: cuckoo miner run --account hot --engine scripted",
    ] {
        assert!(shown.contains(text), "`{text}` is not in {shown}");
    }
    assert_eq!(shown.matches("assword").count(), 4, "each password twice, and none again: {shown}");
    let status = chain.run(&["register", "status", "box", "--json"]).expect(0).data();
    assert_eq!(status[0]["self_stake"], json!("26000000000000000000000"));
    // Ctrl-C at a question is no answer.
    let (shown, code) = at_terminal(&chain, 80, "miner setup --engine scripted", "Wallet that owns", b"\x03");
    assert_eq!(code, 130, "{shown}");
    assert!(!shown.contains("Step 1"), "{shown}");
    let (shown, code) = at_terminal(&chain, 80, "coordinator setup", "Wallet that owns", b"\x04");
    assert_eq!(code, 130, "{shown}");
}
