//! What replicas of a coordinator take from the one that leads: the same load over one, two and three of them, in turns, with a real
//! PostgreSQL. It prints requests and streams a second, and the processor time of the one that leads and of a follower for each.
//! Then how long it takes until another one leads when the leader is killed or frozen, with PostgreSQL and with NATS, which fails above
//! the ten seconds that are promised.
//!
//! All of it shares the machine's cores with its miners and with what makes the load: compare the processor time, which says what one
//! replica could carry alone, sooner than the rates. `--rounds`, by default 5, and `--seconds` of each measurement, by default 4;
//! `--takeovers` by each signal, by default 5.

#![allow(missing_docs, clippy::print_stdout)]

use std::time::{Duration, Instant};

use clap::Parser;
use futures::future::join_all;

#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/chain.rs"]
mod chain;
#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/network.rs"]
mod network;
#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/replicas.rs"]
mod replicas;
#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/servers.rs"]
mod servers;
#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/service.rs"]
mod service;

use replicas::{ROUND_TOKENS, Replica, Replicas, stream, take_over, whole};

/// A replica that leads and is killed or frozen is replaced within this.
const TAKEN_OVER: Duration = Duration::from_secs(10);
/// Requests that are open at once.
const AT_ONCE: usize = 24;

/// Replicas of a coordinator under load, from one to three of them.
#[derive(Debug, Parser)]
struct Arguments {
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    #[arg(long, default_value_t = 5)]
    takeovers: usize,
    /// What `cargo bench` passes.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// Whole answers of 8 tokens.
    Whole,
    /// Streams of 200 tokens.
    Streams,
}

/// What a measurement came to.
#[derive(Clone, Copy, Debug)]
struct Figures {
    per_second: f64,
    /// Milliseconds of the leader's processor time for each of all requests.
    leader: f64,
    /// The same of the followers together, for each of the requests that came to them.
    followers: f64,
}

/// Seconds of processor time that a replica has used.
fn cpu(replica: &Replica) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", replica.service.0.id())).expect("it runs");
    // The name in parentheses may have spaces: user and system time are the 12th and 13th field after it, in hundredths.
    let fields: Vec<_> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().expect("a number");
    (ticks(11) + ticks(12)) / 100.0
}

/// Keeps requests open for a while, spread over the first `count` replicas, of which the first one leads.
async fn load(replicas: &Replicas, count: usize, asked: Asked, time: Duration) -> Figures {
    let before: Vec<_> = replicas.all.iter().map(cpu).collect();
    let began = Instant::now();
    let client = |number: usize| {
        let http = replicas.http.clone();
        let url = replicas.all[number % count].url("/v1/chat/completions");
        async move {
            let mut answered = 0_u32;
            while began.elapsed() < time {
                match asked {
                    Asked::Whole => drop(whole(&http, url.clone(), 1, 8).await),
                    Asked::Streams => drop(stream(&http, url.clone(), 1, 200).await),
                }
                answered += 1;
            }
            answered
        }
    };
    let answered: Vec<_> = join_all((0..AT_ONCE).map(client)).await.into_iter().map(f64::from).collect();
    let elapsed = began.elapsed().as_secs_f64();
    let used: Vec<_> = replicas.all.iter().zip(before).map(|(replica, before)| cpu(replica) - before).collect();
    let all: f64 = answered.iter().sum();
    let passed: f64 = answered.iter().enumerate().filter(|(number, _)| number % count > 0).map(|(_, done)| done).sum();
    Figures {
        per_second: all / elapsed,
        leader: used[0] * 1e3 / all,
        followers: used[1..].iter().sum::<f64>() * 1e3 / passed.max(1.0),
    }
}

fn median(rounds: &[Figures], figure: impl Fn(&Figures) -> f64) -> f64 {
    let mut all: Vec<_> = rounds.iter().map(figure).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Kills and freezes the one that leads, so often each, and prints how long it took until another one did.
async fn take_overs(name: &str, url: &str, rounds: usize) {
    let mut replicas = Replicas::start(url, &["one", "two", "three"]).await;
    replicas.start_miner(&["--slots", "16", "--scripted-tokens", "60", "--scripted-rate", "30"]).await;
    let http = replicas.http.clone();
    let asked = (0..6).map(|seed| whole(&http, replicas.all[2].url("/v1/chat/completions"), seed, ROUND_TOKENS));
    let expected = join_all(asked).await;
    let mut times = vec![];
    for _ in 0..rounds {
        for signal in ["KILL", "STOP"] {
            times.push(take_over(&mut replicas, signal, &expected).await.taken_over);
        }
    }
    times.sort_unstable();
    let Some(longest) = times.last() else { return };
    println!("{} takeovers with {name}: median {:?}, longest {longest:?}", times.len(), times[times.len() / 2]);
    assert!(*longest <= TAKEN_OVER, "{name}: {times:?}");
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    take_overs("PostgreSQL", &servers::Postgres::start().url(), arguments.takeovers).await;
    take_overs("NATS", &servers::Nats::start().url(), arguments.takeovers).await;
    let time = Duration::from_secs(arguments.seconds);
    let server = servers::Postgres::start();
    let mut replicas = Replicas::start(&server.url(), &["one", "two", "three"]).await;
    for _ in 0..3 {
        replicas.start_miner(&["--slots", "64", "--scripted-tokens", "200"]).await;
    }
    let kinds = [(1, Asked::Whole), (2, Asked::Whole), (3, Asked::Whole)].into_iter().chain([
        (1, Asked::Streams),
        (2, Asked::Streams),
        (3, Asked::Streams),
    ]);
    let mut all: Vec<_> = kinds.map(|(count, asked)| (count, asked, vec![])).collect();
    load(&replicas, 3, Asked::Whole, time).await;
    for _ in 0..arguments.rounds {
        for (count, asked, rounds) in &mut all {
            rounds.push(load(&replicas, *count, *asked, time).await);
        }
    }
    println!(
        "| load | over replicas | a second | ms of the leader each | ms of a follower each |\n|---|---|---|---|---|"
    );
    for (count, asked, rounds) in &all {
        let what = match asked {
            Asked::Whole => "whole answers of 8 tokens",
            Asked::Streams => "streams of 200 tokens",
        };
        let figures = [median(rounds, |round| round.per_second), median(rounds, |round| round.leader)];
        let follower = match count {
            1 => "-".to_owned(),
            _ => format!("{:.2}", median(rounds, |round| round.followers)),
        };
        println!("| {what} | {count} | {:.0} | {:.2} | {follower} |", figures[0], figures[1]);
    }
}
