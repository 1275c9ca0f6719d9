//! Where the CPU of a request goes: by thread, and by the functions that `perf` sees.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde::Serialize;

use crate::{
    classes,
    contenders::Contender,
    load::Load,
    sections::{Answers, saturate},
};

/// Loads that are taken apart.
pub(crate) const CONNECTIONS: [usize; 2] = [32, 128];
/// Samples a second of each core that works.
const FREQUENCY: &str = "1499";
/// Bytes of the stack that a sample keeps.
const STACK: &str = "dwarf,8192";
/// Time until perf samples.
const ATTACH: Duration = Duration::from_secs(1);

/// What CPU was spent on under one load.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Causes {
    /// The load, measured without perf.
    pub(crate) answers: Answers,
    /// Absent where perf is missing or failed.
    pub(crate) gateway: Option<Shares>,
    pub(crate) miners: Option<Shares>,
}

/// How often perf saw what.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Shares {
    pub(crate) samples: u64,
    /// By thread and cause.
    pub(crate) threads: BTreeMap<String, BTreeMap<&'static str, u64>>,
    /// Innermost functions that no cause is known for, the most frequent ones.
    pub(crate) unknown: Vec<(String, u64)>,
}

impl Shares {
    /// The part of all samples with this cause.
    pub(crate) fn of(&self, cause: &str) -> f64 {
        let seen: u64 = self.threads.values().filter_map(|causes| causes.get(cause)).sum();
        seen as f64 / self.samples.max(1) as f64
    }
}

/// Says so if it is not.
pub(crate) fn is_perf_installed() -> bool {
    let there = Command::new("perf").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let there = there.is_ok_and(|status| status.success());
    if !there {
        eprintln!("CPU is told by thread only, since perf is not installed (Debian: apt-get install linux-perf)");
    }
    there
}

/// Takes each load apart.
pub(crate) async fn measure(contender: &Contender, during: Duration, with_perf: bool) -> Vec<Causes> {
    let load = Load::new(contender.port);
    load.until_ready().await;
    load.saturate(8, during.min(ATTACH)).await;
    let mut all = vec![];
    for connections in CONNECTIONS {
        let answers = saturate(contender, connections, during).await;
        let mut causes = Causes { answers, gateway: None, miners: None };
        if with_perf {
            let directory = tempfile::tempdir().expect("a directory");
            let file = directory.path().join("perf.data");
            let (gateway, miners) = (contender.gateway(), contender.miners());
            let recording = record(&[gateway.clone(), miners.clone()].concat(), during, &file);
            // It ends a little after perf does.
            load.saturate(connections, ATTACH + during + ATTACH).await;
            if has_recorded(recording) {
                causes.gateway = Some(read(&file, &gateway));
                causes.miners = Some(read(&file, &miners));
            }
        }
        all.push(causes);
    }
    all
}

fn record(processes: &[u32], during: Duration, file: &Path) -> Child {
    let processes: Vec<_> = processes.iter().map(u32::to_string).collect();
    let mut command = Command::new("perf");
    command.args(["record", "--event", "cpu-clock", "--freq", FREQUENCY, "--call-graph", STACK, "--pid"]);
    command.arg(processes.join(",")).arg("--output").arg(file);
    command.args(["--", "sleep"]).arg(during.as_secs_f64().to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("perf runs")
}

fn has_recorded(recording: Child) -> bool {
    let output = recording.wait_with_output().expect("perf ran");
    if !output.status.success() {
        eprintln!("perf failed: {}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    output.status.success()
}

/// The samples of some processes.
fn read(file: &Path, processes: &[u32]) -> Shares {
    let mut command = Command::new("perf");
    let fields = ["--no-inline", "--no-demangle", "--fields", "comm,pid,tid,ip,sym,dso"];
    command.arg("script").arg("--input").arg(file).args(fields);
    let mut script =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("perf runs");
    let lines = BufReader::new(script.stdout.take().expect("piped")).split(b'\n');
    let mut shares = Shares::default();
    let (mut unknown, mut sample) = (BTreeMap::new(), Stack::default());
    for line in lines {
        let line = String::from_utf8_lossy(&line.expect("reads")).into_owned();
        if line.trim().is_empty() {
            std::mem::take(&mut sample).count(processes, &mut shares, &mut unknown);
        } else if line.starts_with(char::is_whitespace) && sample.thread.is_some() {
            sample.push(line.trim());
        } else {
            sample = Stack { thread: thread(&line), ..Stack::default() };
        }
    }
    sample.count(processes, &mut shares, &mut unknown);
    let _ = script.wait();
    let mut unknown: Vec<_> = unknown.into_iter().collect();
    unknown.sort_by_key(|(_, seen)| std::cmp::Reverse(*seen));
    unknown.truncate(20);
    Shares { unknown, ..shares }
}

/// One sample: its functions from the innermost outwards.
#[derive(Default)]
struct Stack {
    thread: Option<(String, u32)>,
    kernel: Vec<String>,
    user: Vec<String>,
}

impl Stack {
    /// A line such as `7f31 malloc (/usr/lib/libc.so.6)`.
    fn push(&mut self, line: &str) {
        let Some((_, named)) = line.split_once(' ') else { return };
        let (function, object) = named.rsplit_once(" (").unwrap_or((named, ""));
        let is_kernel = object.starts_with('[') && !object.starts_with("[vdso") && !object.starts_with("[unknown");
        if is_kernel && self.user.is_empty() { &mut self.kernel } else { &mut self.user }.push(function.to_owned());
    }

    fn count(self, processes: &[u32], shares: &mut Shares, unknown: &mut BTreeMap<String, u64>) {
        let Some((name, process)) = self.thread else { return };
        if !processes.contains(&process) {
            return;
        }
        let cause = classes::cause(&self.kernel, &self.user);
        shares.samples += 1;
        *shares.threads.entry(name).or_default().entry(cause).or_default() += 1;
        if cause == classes::REST {
            let outer: Vec<_> =
                self.user.iter().take(3).map(|name| format!("{:#}", rustc_demangle::demangle(name))).collect();
            *unknown.entry(outer.join(" < ")).or_default() += 1;
        }
    }
}

/// The name of a thread and its process, from a line such as `log relay 12/14`.
fn thread(line: &str) -> Option<(String, u32)> {
    let (name, ids) = line.trim().rsplit_once(char::is_whitespace)?;
    Some((name.trim().to_owned(), ids.split('/').next()?.parse().ok()?))
}
