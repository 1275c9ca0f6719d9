//! What a command costs from the shell, beside foundry's `cast` of the same release as the chain, in one run.
//!
//! `--help` beside `cast --help`; and `stake status`, which is one process that also checks the network's contracts, beside the
//! views that its rows come from, each asked for by a `cast call`, and beside one `cast call` alone; and `balance` beside `cast balance`.
//!
//! Then what reads take where every request does 100 ms, on 2,000 blocks: without an index of events, and with one.

#![allow(missing_docs, clippy::print_stdout)]

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/chain.rs"]
mod chain;

#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/proxy.rs"]
mod proxy;

use chain::{Chain, account, anvil_program};
use proxy::{Act, Proxy, description};

/// Runs per figure; the median is shown.
const RUNS: usize = 31;
/// The same where the endpoint is far away.
const RUNS_FAR: usize = 9;
/// How far.
const LATENCY: Duration = Duration::from_millis(100);

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let chain = runtime.block_on(Chain::start());
    let staker = account(1).address().to_string();
    let node = account(6).address().to_string();
    chain.run(&["faucet", "request", "--to", &staker]).expect(0);
    chain.run(&["stake", "deposit", "60000", "-a", "anvil:1"]).expect(0);
    let register = ["register", "miner", "--node-account", "anvil:6", "--name", "gpu-box", "--stake", "30000"];
    chain.run(&[&register[..], &["-a", "anvil:1"]].concat()).expect(0);
    chain.run(&["stake", "unbond", "gpu-box", "1000", "-a", "anvil:1"]).expect(0);

    let anvil = anvil_program().display().to_string();
    let program = anvil.replace("anvil-", "cast-").replace("bin/anvil", "bin/cast");
    let cast = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.env_clear().env("HOME", chain.directory.path()).args(arguments);
        command
    };
    let rpc = chain.network.rpc_urls[0].to_string();
    let staking = chain.network.staking.to_string();
    let view = |signature: &str, of: &[&str]| cast(&[&["call", "--rpc-url", &rpc, &staking, signature], of].concat());
    let views = || {
        vec![
            view("freeStakeOf(address)(uint256)", &[&staker]),
            view("stakeOf(address,address)(uint256)", &[&node, &staker]),
            view("unbondings(address,address)((uint128,uint128,uint64)[])", &[&node, &staker]),
            view("pendingRewards(address,address)(uint256)", &[&node, &staker]),
            view("ownerOf(address)(address)", &[&node]),
        ]
    };
    let one = || vec![view("freeStakeOf(address)(uint256)", &[&staker])];
    println!("{:<14} {:>10}  {:<16} {:>10}  {:>7}", "command", "median", "beside", "median", "ratio");
    let help = || vec![chain.command(&["--help"])];
    compare("--help", help, "cast --help", || vec![cast(&["--help"])]);
    let status = || vec![chain.command(&["stake", "status", &staker])];
    compare("stake status", status, "its views, cast", views);
    compare("stake status", status, "one cast call", one);
    let balance = || vec![chain.command(&["balance", &staker])];
    compare("balance", balance, "cast balance", || vec![cast(&["balance", "--rpc-url", &rpc, &staker])]);
    runtime.block_on(chain.mine(2_000));
    let far = runtime.block_on(Proxy::start(&chain, |_, _| Act::Late(LATENCY)));
    let network = description(&chain, "far", &[&far.url]);
    println!("\n{:<18} {:>10}  {:>10}   with {LATENCY:?} a request, 2,000 blocks", "command", "cold", "warm");
    for arguments in [&["balance", &staker][..], &["stake", "status", &staker], &["vote", "leaderboard"]] {
        let command = || vec![chain.command(&[arguments, &["--network", &network]].concat())];
        let cold = (0..RUNS_FAR).map(|_| {
            let _ = std::fs::remove_dir_all(chain.path(".cache/cuckoo/events"));
            timed(command())
        });
        let cold = median(cold.collect());
        let warm = median((0..RUNS_FAR).map(|_| timed(command())).collect());
        println!(
            "{:<18} {cold:>10.1?}  {warm:>10.1?}",
            arguments[..arguments.len().min(2)].join(" ").replace(&staker, "")
        );
    }
}

/// Takes turns, so that what else the machine does hits both alike. A ratio above 1: the other one takes longer.
fn compare(name: &str, ours: impl Fn() -> Vec<Command>, rival: &str, theirs: impl Fn() -> Vec<Command>) {
    let (mut us, mut them) = (vec![], vec![]);
    for _ in 0..RUNS {
        us.push(timed(ours()));
        them.push(timed(theirs()));
    }
    let (us, them) = (median(us), median(them));
    let ratio = them.as_secs_f64() / us.as_secs_f64();
    println!("{name:<14} {us:>10.1?}  {rival:<16} {them:>10.1?}  {ratio:>6.2}x");
}

/// One after another, as a script would.
fn timed(commands: Vec<Command>) -> Duration {
    let started = Instant::now();
    for mut command in commands {
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().expect("runs");
        assert!(status.success(), "{command:?}");
    }
    started.elapsed()
}

fn median(mut runs: Vec<Duration>) -> Duration {
    runs.sort_unstable();
    runs[runs.len() / 2]
}
