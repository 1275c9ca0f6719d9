//! The dashboard at a terminal: it gives the terminal back however it ends, and stops and goes on like any program.

use std::time::{Duration, Instant};

use cuckoo_protocol::chain::Network;
use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;

use crate::harness::{
    chain::{Chain, UNBONDING, account, command},
    screen::{Window, is_given_back},
};

/// The size of most tests.
const SMALL: (u16, u16) = (80, 24);

/// The dashboard of the invented network.
fn demo(variables: &[(&str, &str)]) -> (Window, TempDir) {
    let home = tempfile::tempdir().expect("a directory");
    (Window::open(&["tui", "--demo"], home.path(), variables, SMALL), home)
}

fn shown(variables: &[(&str, &str)]) -> (Window, TempDir) {
    let (mut window, home) = demo(variables);
    window.shows(&["redstart"]);
    (window, home)
}

#[test]
fn every_signal_that_ends_it_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let (mut window, _home) = shown(&[]);
        assert!(window.screen().alternate_screen());
        window.signal(signal);
        assert_eq!(window.ended().code(), Some(0), "{signal:?}");
        window.until(is_given_back);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn it_stops_and_goes_on() {
    let (mut window, _home) = shown(&[]);
    window.press("2");
    for round in 0..2 {
        window.signal(Signal::TSTP);
        let begin = Instant::now();
        while !window.is_stopped() {
            assert!(begin.elapsed() < Duration::from_secs(60), "round {round}");
            std::thread::sleep(Duration::from_millis(20));
        }
        window.until(is_given_back);
        window.signal(Signal::CONT);
        window.until(|screen| screen.alternate_screen() && screen.contents().contains("TOKENS"));
    }
    window.signal(Signal::TERM);
    assert_eq!(window.ended().code(), Some(0));
}

#[test]
fn a_window_that_is_closed_is_a_good_end() {
    for _ in 0..3 {
        let (mut window, _home) = shown(&[]);
        window.close();
        let status = window.ended();
        assert_eq!(status.code(), Some(0), "{status:?}");
    }
}

/// A window that is resized again and again ends with a whole frame of its last size.
#[test]
fn a_storm_of_sizes_ends_in_a_whole_frame() {
    let (mut window, _home) = shown(&[]);
    for step in 0..200_u16 {
        window.resize((20 + step * 37 % 200, 5 + step * 13 % 60));
    }
    window.resize((100, 30));
    window.until(|screen| {
        let lines: Vec<_> = screen.contents().lines().map(str::to_owned).collect();
        lines.len() == 30 && lines[0].contains("cuckoo") && lines[29].contains("q quit")
    });
    window.press("q");
    assert_eq!(window.ended().code(), Some(0));
    window.until(is_given_back);
}

/// Somebody who froze the screen, or does not look, hears that the node is gone.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_rings_the_bell_also_where_the_screen_is_held() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let status = axum::routing::get(async || axum::Json(cuckoo_tui::Demo::new(7).snapshot()));
    let mut node = tokio::task::JoinSet::new();
    node.spawn(async move { axum::serve(listener, axum::Router::new().route("/status", status)).await });
    let home = tempfile::tempdir().expect("a directory");
    let mut window = Window::open(&["tui", "--connect", &url], home.path(), &[], SMALL);
    window.shows(&["redstart"]);
    window.press("p");
    window.shows(&["FROZEN"]);
    let rung = |window: &Window| window.raw.windows(13).filter(|bytes| bytes == b"\x1b]9;cuckoo: n").count();
    assert_eq!(rung(&window), 0);
    node.shutdown().await;
    let begin = Instant::now();
    while rung(&window) == 0 {
        assert!(begin.elapsed() < Duration::from_secs(60), "nothing is said");
        window.read(Duration::from_millis(100));
    }
    window.press("q");
    assert_eq!(window.ended().code(), Some(0));
}

#[test]
fn keys_are_bound_by_the_configuration_and_told_by_the_help() {
    let home = tempfile::tempdir().expect("a directory");
    let folder = home.path().join("etc");
    std::fs::create_dir(&folder).expect("a directory");
    std::fs::write(folder.join("config.toml"), "bind = \"n=pane-2 q=none w=quit\"\n").expect("written");
    let mut window = Window::open(&["tui", "--demo"], home.path(), &[], (120, 60));
    window.shows(&["redstart"]);
    window.press("n");
    window.shows(&["block 8,214,167"]);
    window.press("q?");
    window.shows(&["Your own keys"]);
    window.shows(&["w", "quit"]);
    window.press("w");
    assert_eq!(window.ended().code(), Some(0));
    let mut wrong = Window::open(&["tui", "--demo", "--bind", "n=fly"], home.path(), &[], SMALL);
    assert_eq!(wrong.ended().code(), Some(2));
    wrong.until(|screen| screen.contents().contains("`fly` is not a command of the dashboard"));
}

#[test]
fn terminals_that_can_do_less_get_less() {
    let (mut dumb, _home) = demo(&[("TERM", "dumb")]);
    assert_eq!(dumb.ended().code(), Some(2));
    dumb.until(|screen| screen.contents().contains("--once"));
    let (mut plain, _home) = shown(&[("LANG", "C"), ("NO_COLOR", "1")]);
    plain.signal(Signal::TERM);
    assert_eq!(plain.ended().code(), Some(0));
    plain.until(is_given_back);
    assert!(plain.raw.is_ascii(), "{}", plain.screen().contents());
}

#[test]
fn a_session_is_recorded_and_played() {
    let home = tempfile::tempdir().expect("a directory");
    let open = |arguments: &[&str]| Window::open(arguments, home.path(), &[], SMALL);
    let mut live = open(&["tui", "--demo", "--record", "night"]);
    live.shows(&["redstart"]);
    live.press("2");
    live.shows(&["block 8,214,167"]);
    live.press("q");
    assert_eq!(live.ended().code(), Some(0));
    live.until(|screen| screen.contents().contains("cuckoo tui --replay"));
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(home.path().join("night")).expect("is there").permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    let mut again = open(&["tui", "--demo", "--record", "night"]);
    assert_eq!(again.ended().code(), Some(2), "nothing is written over");
    let mut played = open(&["tui", "--replay", "night"]);
    played.shows(&["▶ 0:0", "×1"]);
    // To its end, a step back, and from the beginning.
    played.press(":seek 9:00\r");
    played.shows(&["block 8,214,167", "‖ 0:0"]);
    played.press(":seek 0\r ");
    played.shows(&["block 8,214,165", "‖ 0:00"]);
    played.press("q");
    assert_eq!(played.ended().code(), Some(0));
    played.until(is_given_back);
    std::fs::write(home.path().join("other"), "not a recording").expect("written");
    let mut other = open(&["tui", "--replay", "other"]);
    assert_eq!(other.ended().code(), Some(2));
    other.until(|screen| screen.contents().contains("is not a recording"));
}

#[test]
fn a_command_of_a_row_is_shown_and_run_at_the_terminal() {
    let (mut window, _home) = shown(&[]);
    window.press("3x");
    window.shows(&["1", "cuckoo stake status 0x"]);
    window.press("1");
    window.shows(&["$cuckoo stake status 0x", "Enter runs"]);
    window.press("\x1b");
    window.shows(&["q quit"]);
    window.press("x1\r");
    // There is no network: the command says so, as it does in any shell.
    window.until(|screen| !screen.alternate_screen() && screen.contents().contains("it ended with exit code 78"));
    assert!(window.screen().contents().contains("$ cuckoo stake status 0x"), "{}", window.screen().contents());
    window.press("\r");
    window.until(|screen| screen.alternate_screen() && screen.contents().contains("redstart"));
    window.press("q");
    assert_eq!(window.ended().code(), Some(0));
    window.until(is_given_back);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miner_shows_its_dashboard_where_it_runs() {
    let chain = Chain::start().await;
    staker(&chain);
    let admin = format!("127.0.0.1:{}", crate::harness::chain::free_port());
    let password = chain.password();
    let run = ["miner", "run", "--engine", "scripted", "-a", "one", "--password-file", &password];
    let mut window =
        Window::open(&[&run[..], &["--admin-listen", &admin]].concat(), chain.directory.path(), &[], (120, 40));
    window.shows(&["miner gpu-box", "block"]);
    window.press("8");
    window.shows(&["info", "the miner has started"]);
    window.press("q");
    window.until(|screen| is_given_back(screen) && screen.contents().contains("node's log follows"));
    window.signal(Signal::TERM);
    assert_eq!(window.ended().code(), Some(0));
    assert!(window.screen().contents().contains("shutting down") || !window.raw.is_empty());
    // Who does not want it has the log at once.
    let mut plain = Window::open(
        &[&run[..], &["--admin-listen", &admin, "--no-tui"]].concat(),
        chain.directory.path(),
        &[],
        (120, 40),
    );
    plain.shows(&["the miner has started"]);
    plain.signal(Signal::TERM);
    assert_eq!(plain.ended().code(), Some(0));
    assert!(!plain.raw.windows(8).any(|bytes| bytes == b"\x1b[?1049h"), "it took the screen");
    // A pipe gets the log, and no dashboard.
    let log = std::fs::File::create(chain.path("log")).expect("a file");
    let mut piped = chain.command(&[&run[..], &["--admin-listen", &admin]].concat());
    let mut piped = piped.stdout(std::process::Stdio::null()).stderr(log).spawn().expect("runs");
    let begin = Instant::now();
    while !std::fs::read_to_string(chain.path("log")).expect("a file").contains("the miner has started") {
        assert!(begin.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(50));
    }
    let pid = rustix::process::Pid::from_raw(piped.id() as i32).expect("it runs");
    rustix::process::kill_process(pid, Signal::TERM).expect("is sent");
    assert_eq!(piped.wait().expect("ends").code(), Some(0));
}

/// Two miners of the development account 0; stake of account 3 behind both of them, and part of it taken back.
fn staker(chain: &Chain) {
    chain.run(&["stake", "deposit", "60000", "-a", "anvil:0"]).expect(0);
    for (wallet, name, stake) in [("one", "gpu-box", "30000"), ("two", "cellar", "25000")] {
        chain.wallet(wallet);
        let register =
            ["register", "miner", "-a", "anvil:0", "--node-account", wallet, "--name", name, "--stake", stake];
        chain.run(&[&register[..], &["--password-file", &chain.password()]].concat()).expect(0);
    }
    chain.run(&["faucet", "request", "--to", "anvil:3"]).expect(0);
    for line in ["stake deposit 100 --vote gpu-box", "stake deposit 50 --vote cellar", "stake deposit 7"] {
        chain.run(&[&line.split(' ').collect::<Vec<_>>()[..], &["-a", "anvil:3"]].concat()).expect(0);
    }
    chain.run(&["vote", "retract", "cellar", "20", "-a", "anvil:3"]).expect(0);
    chain.run(&["register", "update", "gpu-box", "--commission", "12", "-a", "anvil:0"]).expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_staker_needs_no_node() {
    let chain = Chain::start().await;
    staker(&chain);
    let mut window = Window::open(&["tui", "anvil:3"], chain.directory.path(), &[], (160, 48));
    window.shows(&["staker 0x90f79bf6"]);
    window.shows(&["vote", "130.00", "gpu-box", "cellar"]);
    window.shows(&["unbonding", "20.00", "cellar in "]);
    window.shows(&["free", "7.00", "behind no node"]);
    window.press("3");
    window.shows(&["gpu-box", "0 → 12 %", "100", "commission rises in"]);
    window.press("2");
    window.shows(&["unbonding", "20.00", "cellar", "m"]);
    // What the chain says next is on the screen without a key.
    chain.pass(UNBONDING + 1).await;
    window.shows(&["releasable", "20.00", "cellar", "now"]);
    window.press("\x1b1");
    window.shows(&["now", "20.00 CAI releasable cellar"]);
    window.press("q");
    assert_eq!(window.ended().code(), Some(0));
    window.until(is_given_back);
}

/// Where the network's description names a block explorer, addresses lead there.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_full_is_a_link_to_the_explorer() {
    let chain = Chain::start().await;
    staker(&chain);
    let explorer = Some("https://explorer.test/".parse().expect("a URL"));
    let network = Network { explorer, ..chain.network.clone() };
    let path = chain.path("explored.json");
    std::fs::write(&path, network.to_json().expect("JSON")).expect("written");
    let arguments = ["tui", "anvil:3", "-n", &path.display().to_string()];
    let mut window = Window::open(&arguments, chain.directory.path(), &[], (160, 48));
    let owner = account(3).address().to_string();
    window.shows(&["owner", &owner]);
    window.press("q");
    assert_eq!(window.ended().code(), Some(0));
    window.until(is_given_back);
    let raw = String::from_utf8_lossy(&window.raw).into_owned();
    let link = format!("\x1b]8;;https://explorer.test/address/{owner}\x1b\\");
    let rest = raw.split_once(&link).unwrap_or_else(|| panic!("{raw:?}")).1;
    assert!(rest.contains("\x1b]8;;\x1b\\"), "the link ends: {raw:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_look_at_stake_is_a_frame_a_document_and_an_exit_code() {
    let chain = Chain::start().await;
    staker(&chain);
    let once = |extra: &[&str]| chain.run(&[&["tui", "--once", "--chain", "-a", "anvil:3"], extra].concat());
    let frame = once(&[]).expect(0).stdout;
    assert!(frame.contains("unbonding") && frame.contains("gpu-box"), "{frame}");
    let document: serde_json::Value = serde_json::from_str(&once(&["--json"]).expect(0).stdout).expect("a snapshot");
    assert_eq!((&document["node"]["role"], &document["schema_version"]), (&json!("staker"), &json!(2)));
    let balance = chain.run(&["balance", "anvil:3", "--json"]).expect(0).data();
    assert_eq!(document["stake"]["total"], balance["total"]);
    let pay = &document["nodes"].as_array().expect("nodes")[0]["pay"];
    assert_eq!((&pay["next_commission"]["bps"], &pay["commission_bps"]), (&json!(1_200), &json!(0)));
    // A staker who is behind a node that leaves has to act.
    chain.run(&["register", "remove", "gpu-box", "-a", "anvil:0", "--confirm", "gpu-box"]).expect(0);
    once(&[]).expect(3).says("gpu-box is out: your 100 CAI behind it earn nothing");
    // A machine without a node and with a wallet shows its stake without being asked to.
    let alone = chain.run(&["tui", "--once", "-a", "anvil:3"]).expect(3);
    assert!(alone.stdout.contains("staker"), "{alone:?}");
    let nobody = tempfile::tempdir().expect("a directory");
    let nothing = command(nobody.path(), &["tui", "--once"]).output().expect("runs");
    assert_eq!(nothing.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("--chain"));
}
