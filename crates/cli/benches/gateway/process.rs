//! What processes take of the machine, as Linux tells it: time on a core by thread, switches between threads, memory.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
};

use serde::Serialize;

/// Threads of some processes at one moment.
pub(crate) struct Sample {
    threads: HashMap<(u32, String), Thread>,
}

struct Thread {
    name: String,
    /// Time on a core so far.
    nanos: u64,
    /// Times that it left its core.
    switches: u64,
}

/// What processes took between two samples.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Usage {
    /// Time on a core, in microseconds.
    pub(crate) cpu_us: f64,
    /// Times that a thread left its core.
    pub(crate) switches: u64,
    /// Time on a core by the names of threads, in microseconds.
    pub(crate) threads: BTreeMap<String, f64>,
}

impl Sample {
    pub(crate) fn of(processes: &[u32]) -> Self {
        let mut threads = HashMap::new();
        for process in processes {
            let Ok(tasks) = fs::read_dir(format!("/proc/{process}/task")) else { continue };
            for task in tasks.flatten() {
                // A thread that has ended meanwhile has none of the files.
                if let Some(thread) = Thread::read(&task.path()) {
                    threads.insert((*process, task.file_name().to_string_lossy().into_owned()), thread);
                }
            }
        }
        Self { threads }
    }

    pub(crate) fn since(&self, before: &Self) -> Usage {
        let mut usage = Usage::default();
        for (key, thread) in &self.threads {
            let (nanos, switches) = before.threads.get(key).map_or((0, 0), |earlier| (earlier.nanos, earlier.switches));
            let micros = thread.nanos.saturating_sub(nanos) as f64 / 1e3;
            usage.cpu_us += micros;
            usage.switches += thread.switches.saturating_sub(switches);
            *usage.threads.entry(thread.name.clone()).or_default() += micros;
        }
        usage
    }
}

impl Thread {
    fn read(task: &std::path::Path) -> Option<Self> {
        let read = |file: &str| fs::read_to_string(task.join(file)).ok();
        let nanos = read("schedstat")?.split_whitespace().next()?.parse().ok()?;
        let status = read("status")?;
        let switches = status.lines().filter(|line| line.contains("ctxt_switches:"));
        let switches = switches.filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok()).sum();
        Some(Self { name: read("comm")?.trim_end().to_owned(), nanos, switches })
    }
}

/// A process and all that come from it.
pub(crate) fn tree(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        next += 1;
        let Ok(threads) = fs::read_dir(format!("/proc/{parent}/task")) else { continue };
        for thread in threads.flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    found
}

/// Proportional set size of a process, in bytes.
pub(crate) fn memory(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).expect("the process runs");
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).expect("Linux says so");
    let kilobytes = line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok());
    kilobytes.expect("a number") * 1024
}

/// Processes that waited for a core or ran on one, on average over the last minute.
pub(crate) fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(f64::NAN)
}

/// The machine, in a few words of its own.
pub(crate) fn machine() -> BTreeMap<&'static str, String> {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':'));
        line.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    BTreeMap::from([
        ("processor", field("/proc/cpuinfo", "model name")),
        ("cores", field("/proc/self/status", "Cpus_allowed_list")),
        ("kernel", release.trim().to_owned()),
        ("disk", filesystem(&std::env::temp_dir())),
    ])
}

/// A directory with the kind of its filesystem.
fn filesystem(directory: &std::path::Path) -> String {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        Some((fields.next()?, fields.next()?))
    });
    let holds = mounts.filter(|(mount, _)| directory.starts_with(mount));
    let kind = holds.max_by_key(|(mount, _)| mount.len()).map_or("unknown", |(_, kind)| kind);
    format!("{} ({kind})", directory.display())
}
