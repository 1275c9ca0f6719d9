//! The coordinator beside what its users would pick instead, in one run: nginx, sglang-router and smg.
//!
//! Every contender relays to the same engine, a mock in this process, which also makes the load. `make bench` pins all of it
//! to two cores. Ours is measured whole: a network of `cuckoo devnet` with prices, a journal that is synced, tickets, receipts
//! and vouchers, and its miner on the same cores. The others know no miner, so that ours has one hop more. The order is shuffled
//! in every round, and figures are medians of the rounds. Compare ratios of one run: absolute figures change with the machine.
//!
//! The aims were a third of sglang-router's processor time for a request and twice its requests per second; on two cores of an
//! EPYC it is 2.0 to 2.4 times and 0.25 to 0.21 times, from run to run. Of the coordinator's time under full load a quarter is the
//! kernel's for sockets and wake-ups, a tenth goes into syncs (with all data on a RAM disk, 400 us a request instead of 445), as
//! much into signatures (a ticket made, a receipt recovered); the rest is flat: HTTP, JSON, hashes, SQLite, allocation. Fewer and
//! larger syncs, another allocator or another number of threads change less than the machine does between two runs, and signing
//! many tickets at once could save a twentieth. Of the 3 ms that a request takes at leisure, 0.8 ms are syncs; the rest was not
//! taken apart, but there are four more hops between processes than sglang-router's two, which add 0.7 to 0.9 ms. A relayed token
//! takes 11 to 12 us (sglang-router 12, smg 15, nginx 7; the aim was 5), and an open stream 19 kB (sglang-router 37, nginx 14; the
//! aim was 20).
//!
//! Arguments: names of contenders, to leave the others out.

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr)]

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use rand::seq::SliceRandom;

#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/chain.rs"]
mod chain;
#[path = "gateway/contenders.rs"]
mod contenders;
#[path = "gateway/engine.rs"]
mod engine;
#[path = "gateway/load.rs"]
mod load;
#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/network.rs"]
mod network;

use contenders::Contender;
use engine::Pace;
use load::Load;

const ROUNDS: usize = 3;
/// Contender that the others are compared with.
const RIVAL: &str = "sglang-router";
/// Streams that are open at once. Each takes two of the descriptors of this process.
const STREAMS: usize = 9_500;

/// What one contender did in one round.
#[derive(Clone, Copy, Debug, Default)]
struct Round {
    requests_per_second: f64,
    saturated_ms: f64,
    /// CPU of the gateway, in microseconds.
    per_request: f64,
    /// CPU of all its processes but the engine, the miner included.
    per_request_whole: f64,
    relaxed_ms: f64,
    tokens_per_second: f64,
    per_token: f64,
    failed: u64,
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let engine = engine::Engine::start();
    let is_wanted = |name: &&str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let mut names: Vec<_> = contenders::NAMES.into_iter().filter(is_wanted).collect();
    names.retain(|name| contenders::is_installed(name));
    let order = names.clone();
    let mut rounds: BTreeMap<&str, Vec<Round>> = BTreeMap::new();
    let mut streams: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
    for number in 1..=ROUNDS {
        names.shuffle(&mut rand::rng());
        for name in &names {
            engine.set(Pace::default());
            let contender = Contender::start(name, &engine);
            let load = Load::new(contender.port);
            runtime.block_on(load.until_ready());
            let round = runtime.block_on(measure(&contender, &load));
            eprintln!("round {number}, {name}: {round:.1?}");
            rounds.entry(name).or_default().push(round);
            if number == ROUNDS {
                let open = runtime.block_on(open_streams(&contender, &load, &engine));
                eprintln!("{name}: {} streams at once, {:.1} kB each", open.0, open.1);
                streams.insert(name, open);
            }
        }
    }
    table(&order, &rounds, &streams);
}

async fn measure(contender: &Contender, load: &Load) -> Round {
    load.saturate(8, Duration::from_secs(1)).await;
    let (before, whole) = (contender.gateway_cpu(), contender.whole_cpu());
    let saturated = load.saturate(32, Duration::from_secs(4)).await;
    let requests = saturated.done.max(1) as f64;
    let micros = |spent: Duration| spent.as_secs_f64() * 1e6;
    let per_request = micros(contender.gateway_cpu() - before) / requests;
    let per_request_whole = micros(contender.whole_cpu() - whole) / requests;
    let relaxed = load.relaxed(100, Duration::from_secs(5)).await;
    let before = contender.gateway_cpu();
    let started = Instant::now();
    let streamed = load.stream(32, 128, Duration::from_secs(4)).await;
    let (spent, took) = (contender.gateway_cpu() - before, started.elapsed());
    Round {
        requests_per_second: requests / 4.0,
        saturated_ms: saturated.median_ms(),
        per_request,
        per_request_whole,
        relaxed_ms: relaxed.median_ms(),
        tokens_per_second: streamed.tokens as f64 / took.as_secs_f64(),
        per_token: micros(spent) / streamed.tokens.max(1) as f64,
        failed: saturated.failed + relaxed.failed + streamed.failed,
    }
}

/// Streams that were open at once and ended well, and what each takes of the gateway's memory, in kB.
async fn open_streams(contender: &Contender, load: &Load, engine: &engine::Engine) -> (usize, f64) {
    engine.set(Pace { token: Duration::from_millis(1_500) });
    let idle = contender.gateway_memory();
    // When most of them are open.
    let fullest = async {
        let mut fullest = (0, idle);
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            fullest = fullest.max((engine.open(), contender.gateway_memory()));
            if fullest.0 >= STREAMS as u64 {
                return fullest;
            }
        }
    };
    let loaded = load.open(STREAMS, 14, Duration::from_secs(8));
    let (streams, fullest) = tokio::join!(loaded, tokio::time::timeout(Duration::from_secs(12), fullest));
    // Nobody's engine had all of them: the figure would be of fewer streams than the column says.
    let each = fullest.map_or(f64::NAN, |(open, memory)| memory.saturating_sub(idle) as f64 / open as f64 / 1024.0);
    (streams.done as usize, each)
}

fn median(rounds: &[Round], of: impl Fn(&Round) -> f64) -> f64 {
    let mut values: Vec<f64> = rounds.iter().map(of).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn table(order: &[&str], rounds: &BTreeMap<&str, Vec<Round>>, streams: &BTreeMap<&str, (usize, f64)>) {
    let of = |name: &str, of: fn(&Round) -> f64| rounds.get(name).map_or(f64::NAN, |rounds| median(rounds, of));
    println!(
        "| | requests/s | x {RIVAL} | ms, 32 at once | CPU us/request | with all hops | x {RIVAL} | ms added at 100/s | \
         tokens/s | CPU us/token | streams of {STREAMS} | kB each | failed |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for name in order {
        let rate = of(name, |round| round.requests_per_second);
        let cpu = of(name, |round| round.per_request);
        let (open, kilobytes) = streams.get(name).copied().unwrap_or_default();
        let failed: u64 = rounds.get(name).map_or(0, |rounds| rounds.iter().map(|round| round.failed).sum());
        println!(
            "| {name} | {rate:.0} | {:.2} | {:.2} | {cpu:.0} | {:.0} | {:.2} | {:.2} | {:.0} | {:.1} | {open} | {kilobytes:.1} | {failed} |",
            rate / of(RIVAL, |round| round.requests_per_second),
            of(name, |round| round.saturated_ms),
            of(name, |round| round.per_request_whole),
            cpu / of(RIVAL, |round| round.per_request),
            of(name, |round| round.relaxed_ms) - of(contenders::DIRECT, |round| round.relaxed_ms),
            of(name, |round| round.tokens_per_second),
            of(name, |round| round.per_token),
        );
    }
}
