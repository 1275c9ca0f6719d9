//! What was measured: raw as JSON, and as tables of medians.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use crate::{
    causes::{self, Causes},
    classes,
    contenders::{DIRECT, RIVAL},
    process,
    relay::Snapshots,
    sections::{Answers, CONNECTIONS, Opened, Round, Tokens},
};

/// Everything, as the file keeps it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    schema_version: u32,
    /// Of the arguments.
    arguments: Vec<String>,
    machine: BTreeMap<&'static str, String>,
    /// Of the machine, before anything was started.
    load_average: f64,
    pub(crate) rounds: Vec<Round>,
    pub(crate) streams: BTreeMap<&'static str, Opened>,
    pub(crate) causes: BTreeMap<&'static str, Vec<Causes>>,
    pub(crate) snapshots: BTreeMap<&'static str, Snapshots>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            schema_version: 1,
            arguments: std::env::args().skip(1).collect(),
            machine: process::machine(),
            load_average: process::load_average(),
            rounds: vec![],
            streams: BTreeMap::new(),
            causes: BTreeMap::new(),
            snapshots: BTreeMap::new(),
        }
    }

    /// Writes what there is so far: a long run may end early.
    pub(crate) fn save(&self, path: &Path) {
        let text = serde_json::to_vec_pretty(self).expect("serialises");
        std::fs::write(path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    }

    /// The median over the rounds of one contender. Not a number where it was not measured.
    fn median(&self, name: &str, of: impl Fn(&Round) -> Option<f64>) -> f64 {
        let rounds = self.rounds.iter().filter(|round| round.contender == name);
        let mut values: Vec<f64> = rounds.filter_map(of).filter(|value| !value.is_nan()).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn print(&self, order: &[&'static str]) {
        println!("machine: {:?}, load average {}\n", self.machine, self.load());
        for connections in CONNECTIONS {
            self.print_saturation(order, connections);
        }
        self.print_latency(order);
        self.print_tokens(order);
        self.print_streams(order);
        self.print_threads();
        self.print_causes();
        self.print_snapshots();
    }

    /// The load average before the first contender, and the range of the rounds'.
    fn load(&self) -> String {
        let loads = self.rounds.iter().map(|round| round.load_average);
        let most = loads.clone().fold(f64::NEG_INFINITY, f64::max);
        let least = loads.fold(f64::INFINITY, f64::min);
        let range =
            if self.rounds.is_empty() { String::new() } else { format!(", {least:.1} to {most:.1} in the rounds") };
        format!("{:.1} at the start{range}", self.load_average)
    }

    fn print_saturation(&self, order: &[&'static str], connections: usize) {
        let mut table = Table::new(&[
            &format!("{connections} at once"),
            "requests/s",
            "x sglang",
            "p50 ms",
            "p99 ms",
            "CPU us/request",
            "x sglang",
            "with miners",
            "x sglang",
            "switches",
            "loop us",
            "failed",
        ]);
        for name in order {
            let of = |name: &str, of: &dyn Fn(&Answers) -> f64| {
                let at = |round: &Round| round.saturation.iter().find(|answers| answers.load == connections).map(of);
                self.median(name, at)
            };
            let ratio = |figure: &dyn Fn(&Answers) -> f64| of(name, figure) / of(RIVAL, figure);
            table.row(
                name,
                &[
                    (of(name, &|answers| answers.per_second), 0),
                    (ratio(&|answers| answers.per_second), 2),
                    (of(name, &|answers| answers.p50_ms), 2),
                    (of(name, &|answers| answers.p99_ms), 2),
                    (of(name, &Answers::gateway_us), 1),
                    (ratio(&Answers::gateway_us), 2),
                    (of(name, &Answers::whole_us), 1),
                    (ratio(&Answers::whole_us), 2),
                    (of(name, &Answers::switches), 2),
                    (of(name, &|answers| answers.counted("cuckoo_decisions_seconds_total") * 1e6), 1),
                    (of(name, &|answers| answers.failed as f64), 0),
                ],
            );
        }
        table.print();
    }

    fn print_latency(&self, order: &[&'static str]) {
        let mut table = Table::new(&[
            "100 requests/s",
            "p50 ms",
            "p99 ms",
            "added p50",
            "added p99",
            "CPU us/request",
            "with miners",
            "failed",
        ]);
        for name in order {
            let of =
                |name: &str, of: &dyn Fn(&Answers) -> f64| self.median(name, |round| round.latency.as_ref().map(of));
            let p50 = |name: &str| of(name, &|answers| answers.p50_ms);
            let p99 = |name: &str| of(name, &|answers| answers.p99_ms);
            table.row(
                name,
                &[
                    (p50(name), 2),
                    (p99(name), 2),
                    (p50(name) - p50(DIRECT), 2),
                    (p99(name) - p99(DIRECT), 2),
                    (of(name, &Answers::gateway_us), 0),
                    (of(name, &Answers::whole_us), 0),
                    (of(name, &|answers| answers.failed as f64), 0),
                ],
            );
        }
        table.print();
    }

    fn print_tokens(&self, order: &[&'static str]) {
        let mut table = Table::new(&[
            "streams",
            "tokens/s",
            "CPU us/token",
            "x sglang",
            "with miners",
            "at 50 tokens/s each",
            "x sglang",
            "failed",
        ]);
        for name in order {
            let fast =
                |name: &str, of: &dyn Fn(&Tokens) -> f64| self.median(name, |round| round.tokens.as_ref().map(of));
            let paced = |name: &str| self.median(name, |round| round.paced.as_ref().map(Tokens::gateway_us));
            let each = |name: &str| fast(name, &Tokens::gateway_us);
            table.row(
                name,
                &[
                    (fast(name, &|tokens| tokens.per_second), 0),
                    (each(name), 2),
                    (each(name) / each(RIVAL), 2),
                    (fast(name, &Tokens::whole_us), 2),
                    (paced(name), 1),
                    (paced(name) / paced(RIVAL), 2),
                    (fast(name, &|tokens| tokens.failed as f64), 0),
                ],
            );
        }
        table.print();
    }

    fn print_streams(&self, order: &[&'static str]) {
        let mut table = Table::new(&["open at once", "streams", "ended well", "kB each", "in the miners"]);
        for (name, opened) in order.iter().filter_map(|name| Some((name, self.streams.get(name)?))) {
            let figures =
                [(opened.streams as f64, 0), (opened.done as f64, 0), (opened.gateway_kb, 1), (opened.miners_kb, 1)];
            table.row(name, &figures);
        }
        table.print();
    }

    fn print_snapshots(&self) {
        let mut table = Table::new(&[
            "late, in ms",
            "tokens",
            "streams failed",
            "p50",
            "p99",
            "max",
            "p50 without gateway",
            "p99",
            "max",
            "CPU %",
            "loop %",
        ]);
        self.snapshots.iter().for_each(|(name, snapshots)| snapshots.rows(name, &mut table));
        table.print();
    }

    /// By thread, under each load.
    fn print_threads(&self) {
        let all =
            self.rounds.iter().flat_map(|round| round.saturation.iter().map(move |answers| (round.contender, answers)));
        let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (contender, answers) in all.filter(|(contender, _)| crate::contenders::is_ours(contender)) {
            let threads = names.entry(contender).or_default();
            let more: Vec<_> = answers
                .cost
                .gateway
                .threads
                .keys()
                .map(String::as_str)
                .filter(|name| !threads.contains(name))
                .collect();
            threads.extend(more);
        }
        let mut table = Table::new(&["CPU us/request by thread", "thread", "32 at once", "128", "512"]);
        for (contender, threads) in names {
            for thread in threads {
                let at = |connections: usize| {
                    let at = |round: &Round| {
                        round
                            .saturation
                            .iter()
                            .find(|answers| answers.load == connections)
                            .map(|answers| answers.thread_us(thread))
                    };
                    self.median(contender, at)
                };
                let figures = CONNECTIONS.map(at);
                if figures.iter().any(|micros| *micros >= 0.05) {
                    table.row(&format!("{contender} | {thread}"), &figures.map(|micros| (micros, 1)));
                }
            }
        }
        table.print();
    }

    /// What perf saw, as parts of the CPU that a request takes without perf.
    fn print_causes(&self) {
        let mut columns = vec![];
        for (name, measured) in &self.causes {
            for causes in measured {
                let connections = causes.answers.load;
                let miners_us = causes.answers.whole_us() - causes.answers.gateway_us();
                if let Some(shares) = &causes.gateway {
                    columns.push((format!("{name} at {connections}"), shares, causes.answers.gateway_us()));
                }
                if let Some(shares) = &causes.miners {
                    columns.push((format!("its miners at {connections}"), shares, miners_us));
                }
            }
        }
        if columns.is_empty() {
            return;
        }
        let mut heads = vec!["CPU us/request by cause"];
        heads.extend(columns.iter().map(|(head, ..)| head.as_str()));
        let mut table = Table::new(&heads);
        for cause in classes::CAUSES {
            let figures: Vec<_> = columns.iter().map(|(_, shares, micros)| (shares.of(cause) * micros, 1)).collect();
            table.row(cause, &figures);
        }
        let sums: Vec<_> = columns.iter().map(|(_, _, micros)| (*micros, 1)).collect();
        table.row("all", &sums);
        let samples: Vec<_> = columns.iter().map(|(_, shares, _)| (shares.samples as f64, 0)).collect();
        table.row("samples", &samples);
        table.print();
        println!(
            "({} connections each; what perf itself costs is not counted)\n",
            causes::CONNECTIONS.map(|one| one.to_string()).join(" and ")
        );
    }
}

/// A table that is printed if it has a row with a figure.
pub(crate) struct Table {
    lines: Vec<String>,
}

impl Table {
    pub(crate) fn new(heads: &[&str]) -> Self {
        Self { lines: vec![format!("| {} |", heads.join(" | ")), format!("|{}", "---|".repeat(heads.len()))] }
    }

    /// Figures with their digits after the point. A row without any is left out.
    pub(crate) fn row(&mut self, name: &str, figures: &[(f64, usize)]) {
        if figures.iter().all(|(figure, _)| figure.is_nan()) {
            return;
        }
        let cells: Vec<_> = figures.iter().map(|(figure, digits)| cell(*figure, *digits)).collect();
        self.lines.push(format!("| {name} | {} |", cells.join(" | ")));
    }

    pub(crate) fn print(&self) {
        if self.lines.len() > 2 {
            println!("{}\n", self.lines.join("\n"));
        }
    }
}

fn cell(figure: f64, digits: usize) -> String {
    if figure.is_finite() { format!("{figure:.digits$}") } else { "-".into() }
}
