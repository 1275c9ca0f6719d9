//! The coordinator beside what its users would pick instead, in one run: nginx, sglang-router and smg.
//!
//! Every contender relays to the same engine, a mock in this process, which also makes the load. `make bench` pins all of it
//! to two cores. Ours is measured whole: a network of `cuckoo devnet` with prices, a journal that is synced before an offer leaves and
//! before an answer is told, tickets, receipts and vouchers, evidence of every answer, which coordinator and miner each compress and
//! keep, and its miners on the same cores. The others know no miner, so that ours has one hop more. The order is shuffled in every
//! round, and figures are medians of the rounds. Compare ratios of one run: absolute figures change with the machine.
//!
//! | section | what | aim, as a part of sglang-router's figure with 3 miners (24 miners) |
//! |---|---|---|
//! | saturation | whole answers of 8 tokens on 32, 128 and 512 connections | CPU a request 0.45, 0.33, 0.3 (0.65, 0.45 at 32, 128); with the miners' 0.9, 0.6; requests/s 1, 1.6, 2.5 (0.6, 0.9) |
//! | latency | the same at 100 requests/s; `-ram` has its data on a RAM disk | 0.7 ms more than the engine alone, 0.45 ms on a RAM disk |
//! | tokens | streams as fast as they come, and 50 streams of 50 tokens/s | CPU a token 0.75 |
//! | streams | memory of 9,500 streams that are open at once | 6 kB each |
//! | causes | where the CPU goes, by `perf` where it is installed; by thread always | the loop's own time 10 us a request |
//! | snapshot | how late tokens come while the coordinator follows a chain with 100,000 nodes | 5 ms |
//!
//! Found before answers were kept as evidence and before offers waited for the disk, both of which cost more than what is said here, on
//! two cores of an EPYC while others worked on them, in three runs of one round of 3 s, beside sglang-router at 32, 128 and 512
//! connections: CPU a request 1.3 to 1.9, 0.95 to 1.1 and 0.8 to 0.9 times (165 to 183, 119 to 145 and 118 to 146 us), with the
//! miners' 3.3 to 5.0, 2.4 to 2.7 and 1.9 to 2.2 times; requests/s 0.2 to 0.4, 0.4 and 0.5 to 0.6 times; CPU a token 0.82 times in one
//! of them. At 100 requests/s, before that, 3.1 ms more than the engine (sglang-router 0.9). None of the aims is reached. A turn has 2
//! to 7 tasks, and a commit 7 to 35. Of 175 us at 32 connections, by perf: SQLite 21, of which the sync 9; sockets 18; keys that are
//! recovered 12, signatures 10; records and their checksums 10; the rest is flat. Not to be told from noise: turns that wait up to 1 ms
//! for more, commits that gather for 1.2 ms, a WAL of 32 MB, pages of SQLite of 1 kB or 16 kB.
//!
//! Contenders named `cuckoo-before` are those of another build, `CUCKOO_BENCH_BEFORE=PATH`, so that a change is measured in one
//! run. Data is on the disk that holds `TMPDIR`. Arguments: names of contenders and sections, to leave the others out, and
//! `--rounds`, `--seconds`, `--streams`, `--out`; for instance `-- cuckoo sglang-router saturation --rounds 1`.

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr)]

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{CommandFactory, Parser, error::ErrorKind};
use rand::seq::SliceRandom;

#[path = "gateway/causes.rs"]
mod causes;
#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/chain.rs"]
mod chain;
#[path = "gateway/classes.rs"]
mod classes;
#[path = "gateway/client.rs"]
mod client;
#[path = "gateway/contenders.rs"]
mod contenders;
#[path = "gateway/crowd.rs"]
mod crowd;
#[path = "gateway/engine.rs"]
mod engine;
#[path = "gateway/load.rs"]
mod load;
#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/network.rs"]
mod network;
#[path = "gateway/process.rs"]
mod process;
#[path = "gateway/relay.rs"]
mod relay;
#[path = "gateway/report.rs"]
mod report;
#[path = "gateway/sections.rs"]
mod sections;

use contenders::Contender;
use engine::Pace;
use report::Report;
use sections::Section;

/// The coordinator beside other gateways
#[derive(Clone, Debug, Parser)]
#[command(bin_name = "cargo bench --bench gateway --")]
struct Options {
    /// Contenders and sections to measure [default: all of them]
    names: Vec<String>,
    /// Rounds, whose medians are printed
    #[arg(long, default_value_t = 3, value_name = "N")]
    rounds: usize,
    /// Length of each measurement in seconds
    #[arg(long, default_value_t = 4.0, value_name = "SECONDS")]
    seconds: f64,
    /// Streams that are open at once; each takes two of the descriptors of this process
    #[arg(long, default_value_t = 9_500, value_name = "N")]
    streams: usize,
    /// File for the raw figures [default: gateway.json beside the program that is measured]
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// What cargo passes to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    /// The contenders that are wanted and installed, and the sections that are wanted.
    fn choose(&self) -> (Vec<&'static str>, Vec<Section>) {
        let is_known = |name: &&String| {
            contenders::NAMES.contains(&name.as_str())
                || Section::ALL.iter().any(|section| section.name() == name.as_str())
        };
        if let Some(stranger) = self.names.iter().find(|name| !is_known(name)) {
            let (contenders, sections) = (contenders::NAMES.join(", "), Section::ALL.map(Section::name).join(", "));
            let text = format!(
                "there is no contender or section {stranger}\ncontenders: {contenders}\nsections: {sections}\n"
            );
            Self::command().error(ErrorKind::InvalidValue, text).exit();
        }
        let is_named = |name: &str| self.names.iter().any(|named| named == name);
        let mut names: Vec<_> = contenders::NAMES.into_iter().filter(|name| is_named(name)).collect();
        if names.is_empty() {
            names = contenders::NAMES.to_vec();
        }
        let mut sections: Vec<_> = Section::ALL.into_iter().filter(|section| is_named(section.name())).collect();
        if sections.is_empty() {
            sections = Section::ALL.to_vec();
        }
        names.retain(|name| sections.iter().any(|section| section.is_for(name)) && contenders::is_installed(name));
        (names, sections)
    }

    fn during(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

fn main() {
    let options = Options::parse();
    let (names, sections) = options.choose();
    let out =
        options.out.clone().unwrap_or_else(|| Path::new(env!("CARGO_BIN_EXE_cuckoo")).with_file_name("gateway.json"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut report = Report::new();
    runtime.block_on(measure(&options, &names, &sections, &mut report, &out));
    report.print(&names);
    println!("raw figures: {}", out.display());
}

async fn measure(options: &Options, names: &[&'static str], sections: &[Section], report: &mut Report, out: &Path) {
    let engine = engine::Engine::start();
    let during = options.during();
    let of = |chosen: &[Section]| -> Vec<&'static str> {
        let has = |name: &&'static str| chosen.iter().any(|section| sections.contains(section) && section.is_for(name));
        names.iter().copied().filter(|name| has(name)).collect()
    };
    let mut order = of(&[Section::Saturation, Section::Latency, Section::Tokens]);
    for number in 1..=options.rounds {
        order.shuffle(&mut rand::rng());
        for name in &order {
            engine.set(Pace::default());
            let contender = Contender::start(name, &engine);
            let round = sections::measure(number, &contender, &engine, sections, during).await;
            eprintln!("round {number}, {name}: {}", round.summary());
            report.rounds.push(round);
            report.save(out);
        }
    }
    for name in of(&[Section::Streams]) {
        let contender = Contender::start(name, &engine);
        let opened = sections::open_streams(&contender, &engine, options.streams).await;
        eprintln!("{name}: {opened:.1?}");
        report.streams.insert(name, opened);
        report.save(out);
    }
    let named = of(&[Section::Causes]);
    let with_perf = !named.is_empty() && causes::is_perf_installed();
    for name in named {
        let contender = Contender::start(name, &engine);
        let causes = causes::measure(&contender, during, with_perf).await;
        eprintln!("{name}: taken apart");
        report.causes.insert(name, causes);
        report.save(out);
    }
    for name in of(&[Section::Snapshot]) {
        let contender = Contender::start(name, &engine);
        let snapshots = relay::measure(&contender, &engine, during).await;
        eprintln!("{name}: followed a chain with many nodes");
        report.snapshots.extend(snapshots.map(|snapshots| (name, snapshots)));
        report.save(out);
    }
}
