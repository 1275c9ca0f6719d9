//! Checks of this machine before a node depends on it: each finds that something is ready, doubtful or broken, and how to mend it.

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use cuckoo_gpu::device::{self, DeviceKind, DeviceStatus};
use cuckoo_protocol::{
    Untrusted,
    chain::{ChainError, Client, DEVELOPMENT_CHAIN_ID, Header, Network, Setup},
    harmless,
};
use serde::Serialize;

use crate::{
    account::signer,
    context::Context,
    host::{clock, env, secrets},
    terminal::{Cell, Class, Error, Result, Table, Text},
};

/// With fewer free bytes than this, a journal may soon not be writable.
const LITTLE_DISK: u64 = 1 << 30;
/// With fewer free bytes than this, most models do not fit.
const SCARCE_DISK: u64 = 20 << 30;
/// How many seconds this machine's clock may be behind the chain's.
const MOST_SKEW: u64 = 2;
/// A newest block that is older than this means that the endpoint or the clock is wrong.
const OLD_BLOCK: Duration = Duration::from_secs(60);

/// The same on a local chain, which makes blocks when it is asked to.
const OLD_LOCAL_BLOCK: Duration = Duration::from_secs(1_800);

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Ready.
    Ok,
    /// Doubtful.
    Warn,
    /// Broken.
    Fail,
}

/// What a check found.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// How serious it is.
    pub level: Level,
    /// What the check was about.
    pub topic: &'static str,
    /// What the check found.
    pub text: String,
    /// What the user can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// The findings of all checks.
#[derive(Clone, Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    fn add(&mut self, level: Level, topic: &'static str, text: String, hint: Option<String>) {
        self.findings.push(Finding { level, topic, text, hint });
    }

    /// Adds that something is ready.
    pub fn ok(&mut self, topic: &'static str, text: impl Into<String>) {
        self.add(Level::Ok, topic, text.into(), None);
    }

    /// Adds that something is doubtful.
    pub fn warn(&mut self, topic: &'static str, text: impl Into<String>, hint: impl Into<String>) {
        self.add(Level::Warn, topic, text.into(), Some(hint.into()));
    }

    /// Adds that something is broken.
    pub fn fail(&mut self, topic: &'static str, text: impl Into<String>, hint: impl Into<String>) {
        self.add(Level::Fail, topic, text.into(), Some(hint.into()));
    }

    /// Adds an error, with its own message and hint.
    pub fn error(&mut self, level: Level, topic: &'static str, error: &Error) {
        self.add(level, topic, error.to_string(), error.hints().first().cloned());
    }

    /// Prints all findings, and fails if anything is broken.
    pub fn finish(self, context: &Context) -> Result<()> {
        let failed = self.findings.iter().filter(|finding| finding.level == Level::Fail).count();
        let printer = &context.printer;
        // With --json there is one document only: where a check failed, that is the error's.
        if failed == 0 || !printer.is_json() {
            printer.result(&self.findings, || Text::Table(self.table()))?;
        }
        for hint in self.findings.iter().filter_map(|finding| finding.hint.as_deref()) {
            printer.hint(hint);
        }
        match failed {
            0 => Ok(()),
            _ => Err(Error::new(Class::CheckFailed, format_args!("{failed} of {} checks failed", self.findings.len()))
                .data(serde_json::to_value(&self.findings)?)),
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new(["", "", ""]);
        for Finding { level, topic, text, .. } in &self.findings {
            let level = match level {
                Level::Ok => "ok",
                Level::Warn => "warn",
                Level::Fail => "fail",
            };
            table.row([Cell::text(level), Cell::text(topic), Cell::text(text)]);
        }
        table
    }
}

/// Checks the endpoint, the contracts, and the clock against the newest block. Returns the client if the chain can be used.
pub async fn chain(context: &Context, report: &mut Report) -> Option<Client> {
    let network = match context.network() {
        Ok(network) => network,
        Err(error) => {
            report.error(Level::Fail, "network", &error);
            return None;
        }
    };
    report.ok("network", format!("{}, chain {}", Untrusted::new(network.name.as_str()), network.chain_id));
    let begin = Instant::now();
    // Everything is asked, whatever was found before.
    let setup = Setup { watcher: Some(context.printer.clone()), ..Setup::default() };
    let client = match Client::connect_with(&network, &setup).await {
        Ok(client) => client,
        Err(error) => {
            let topic = match error {
                ChainError::NoContract { .. } | ChainError::Mismatch { .. } => "contracts",
                _ => "rpc",
            };
            report.error(Level::Fail, topic, &error.into());
            return None;
        }
    };
    report.ok("rpc", format!("{} answers in {} ms", client.url(), begin.elapsed().as_millis()));
    report.ok("contracts", format!("staking {} with its token", network.staking));
    match client.head().await {
        Ok(head) => clock(&network, &head, clock::now_seconds(), report),
        Err(error) => report.error(Level::Fail, "clock", &error.into()),
    }
    // What is read next may be kept already.
    Some(context.connect(&network).await.unwrap_or(client))
}

/// Checks this machine's clock against the newest block's time.
fn clock(network: &Network, head: &Header, now: u64, report: &mut Report) {
    let local = network.chain_id == DEVELOPMENT_CHAIN_ID;
    let old = OLD_BLOCK.max(Duration::from_millis(network.block_time_ms) * 20).as_secs();
    let (ahead, behind) = (head.timestamp.saturating_sub(now), now.saturating_sub(head.timestamp));
    match (ahead > MOST_SKEW, behind > old, local) {
        (true, _, true) => {
            let hint = "this is expected where a test has moved the chain's time";
            report.warn("clock", format!("the local chain's time is {ahead}s ahead of this machine's"), hint);
        }
        (true, _, false) => {
            let text = format!("block {} is {ahead}s in the future: this machine's clock is slow", head.number);
            report.fail("clock", text, "synchronise the clock: timedatectl set-ntp true");
        }
        // Its blocks may come with transactions alone; but what is signed for a time, such as a permit, is too late for it.
        (_, _, true) if behind > OLD_LOCAL_BLOCK.as_secs() => {
            let text = format!("the newest block, {}, is {behind}s old", head.number);
            let hint = "deposits may be refused as expired; make a block, or start the network again: cuckoo devnet";
            report.warn("clock", text, hint);
        }
        (_, true, false) => {
            let text = format!("the newest block, {}, is {behind}s old", head.number);
            let hint =
                "the endpoint is behind (try another: --rpc-url URL), or this clock is fast: timedatectl set-ntp true";
            report.warn("clock", text, hint);
        }
        _ => report.ok("clock", format!("block {} is {behind}s old", head.number)),
    }
}

/// Checks the wallets, their file permissions, and the key that would sign.
pub async fn keys(context: &Context, network: &Network, report: &mut Report) {
    let options = &context.globals.wallet;
    let keystores = signer::keystores(options);
    match keystores.list() {
        Ok(wallets) => {
            let files = wallets.iter().map(|wallet| wallet.path.clone()).chain(options.password_file.clone());
            for path in files.filter(|path| secrets::others_can_read(path)) {
                let hint = format!("make it private: chmod 600 {}", path.display());
                report.warn("keystore", format!("others can read {}", path.display()), hint);
            }
            report.ok("keystore", format!("{} in {}", count(wallets.len(), "wallet"), keystores.directory().display()));
        }
        Err(error) => report.error(Level::Fail, "keystore", &error),
    }
    match signer::resolve_address(options, network, true).await {
        Ok(address) => report.ok("account", format!("{address} signs")),
        Err(error) => report.error(Level::Warn, "account", &error),
    }
}

/// Checks the disk space for journals and models.
pub fn disk(report: &mut Report) {
    let mut known = vec![];
    for (what, directory) in [("state", Some(env::data_directory())), ("models", env::cache_directory())] {
        let Some(directory) = directory.as_deref().and_then(nearest_directory) else { continue };
        match rustix::fs::statvfs(&directory) {
            Ok(found) => {
                let free = found.f_bavail.saturating_mul(found.f_frsize);
                if known.contains(&(found.f_fsid, free)) {
                    continue;
                }
                known.push((found.f_fsid, free));
                let text = format!("{} GiB free in {} for {what}", free >> 30, directory.display());
                match free {
                    0..LITTLE_DISK => {
                        report.fail("disk", text, "free disk space: a node stops when it cannot write its journal")
                    }
                    LITTLE_DISK..SCARCE_DISK => {
                        report.warn("disk", text, "a model of 7 billion parameters takes about 15 GiB")
                    }
                    _ => report.ok("disk", text),
                }
            }
            Err(error) => report.fail(
                "disk",
                format!("{}: {error}", directory.display()),
                match what {
                    "models" => "choose another directory: XDG_CACHE_HOME=DIR in the environment",
                    _ => "choose another directory: CUCKOO_DATA_DIR=DIR in the environment",
                },
            ),
        }
    }
}

/// Checks that a node's data directory can be written: what is signed or promised is recorded before anybody sees it.
pub fn data(directory: &Path, report: &mut Report) {
    let written = std::fs::create_dir_all(directory).and_then(|()| tempfile::tempfile_in(directory));
    match written {
        Ok(_) => report.ok("data", format!("{} can be written", directory.display())),
        Err(error) => {
            report.fail("data", format!("{}: {error}", directory.display()), "choose another directory: --data DIR")
        }
    }
}

/// Finds the nearest directory above a path that exists.
fn nearest_directory(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|path| path.is_dir()).map(Path::to_owned)
}

/// Checks that the addresses that a node would listen on are free.
pub fn ports(addresses: &[(&str, SocketAddr)], report: &mut Report) {
    let taken: Vec<_> = addresses.iter().filter(|(_, address)| TcpListener::bind(address).is_err()).collect();
    for (option, address) in &taken {
        let hint = format!("if that is not your own running node, choose another address: {option} ADDRESS");
        report.warn("ports", format!("{address} is in use"), hint);
    }
    if taken.is_empty() {
        let free: Vec<_> = addresses.iter().map(|(_, address)| address.to_string()).collect();
        report.ok("ports", format!("{} free", free.join(", ")));
    }
}

/// The kind of device that this build's own engine runs models on.
const BUILT_FOR: DeviceKind = match () {
    () if cfg!(feature = "cuda") => DeviceKind::Cuda,
    () if cfg!(feature = "metal") => DeviceKind::Metal,
    () => DeviceKind::Cpu,
};

/// Lists the machine's devices.
pub fn devices(report: &mut Report) {
    found(&device::detect().sample(), report);
}

/// Checks that this build's own engine can use the machine's devices.
pub fn devices_of_engine(report: &mut Report) {
    usable(&device::detect().sample(), BUILT_FOR, report);
}

fn found(devices: &[DeviceStatus], report: &mut Report) {
    for device in devices {
        let name = Untrusted::new(device.name.as_str());
        let memory = device.memory_total.map_or_else(String::new, |bytes| format!(", {} GiB", bytes >> 30));
        let text = format!("{name}{memory}");
        if device.kind == DeviceKind::Cpu {
            report.warn(
                "gpu",
                format!("no GPU was found, only {text}"),
                "a CPU runs small models slowly; an NVIDIA GPU needs its driver installed",
            );
        } else if device.problems.is_empty() {
            report.ok("gpu", text);
        } else {
            let problems: Vec<_> = device.problems.iter().map(|problem| harmless(problem)).collect();
            report.warn(
                "gpu",
                format!("{text}: {}", problems.join(", ")),
                "nvidia-smi or the kernel's log may say more",
            );
        }
    }
    if devices.is_empty() {
        report.warn("gpu", "no device was found", "an NVIDIA GPU needs its driver installed");
    }
}

fn usable(devices: &[DeviceStatus], built_for: DeviceKind, report: &mut Report) {
    found(devices, report);
    let gpu = devices.iter().find(|device| device.kind != DeviceKind::Cpu);
    match (built_for, gpu) {
        (DeviceKind::Cpu, Some(gpu)) => report.warn(
            "build",
            "this build runs models on the CPU, not on the GPU",
            match gpu.kind {
                DeviceKind::Cuda => {
                    "build cuckoo with --features cuda, or use a server that runs on the GPU: --engine openai"
                }
                DeviceKind::Metal => "build cuckoo with --features metal",
                _ => "use a server that runs on the GPU: --engine openai",
            },
        ),
        (DeviceKind::Cpu, None) => {}
        (wanted, _) if devices.iter().any(|device| device.kind == wanted) => {}
        (wanted, _) => report.fail(
            "build",
            format!("this build runs models with {} only, and found no GPU for that", wanted.as_str()),
            "check the GPU's driver, or use a build for the CPU",
        ),
    }
}

/// Formats a number with its noun, in the plural where needed.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::B256;

    use super::*;

    fn level(chain_id: u64, timestamp: u64, now: u64) -> Level {
        let url = "http://127.0.0.1:1".parse().expect("a URL");
        let network = Network { block_time_ms: 1_000, ..Network::undeployed("test", chain_id, url) };
        let head = Header { number: 1, hash: B256::ZERO, parent_hash: B256::ZERO, timestamp };
        let mut report = Report::default();
        clock(&network, &head, now, &mut report);
        report.findings[0].level
    }

    #[test]
    fn a_clock_is_judged_by_the_newest_block() {
        assert_eq!(level(1, 1_000, 1_001), Level::Ok);
        assert_eq!(level(1, 1_002, 1_000), Level::Ok);
        assert_eq!(level(1, 1_003, 1_000), Level::Fail);
        assert_eq!(level(1, 1_000, 1_061), Level::Warn);
        // A local chain makes blocks when it is asked to, and its time can be moved.
        assert_eq!(level(DEVELOPMENT_CHAIN_ID, 1_000, 2_800), Level::Ok);
        assert_eq!(level(DEVELOPMENT_CHAIN_ID, 1_000, 8_200), Level::Warn);
        assert_eq!(level(DEVELOPMENT_CHAIN_ID, 9_000, 1_000), Level::Warn);
    }

    #[test]
    fn a_build_must_suit_the_machine() {
        let device = |kind, problems: &[&str]| DeviceStatus {
            name: "a device".into(),
            kind,
            utilisation_percent: None,
            memory_used: None,
            memory_total: Some(80 << 30),
            temperature_celsius: None,
            power_milliwatts: None,
            problems: problems.iter().map(|problem| (*problem).to_owned()).collect(),
        };
        let judged = |devices: &[DeviceStatus], built_for| {
            let mut report = Report::default();
            usable(devices, built_for, &mut report);
            report.findings.into_iter().map(|finding| (finding.level, finding.topic, finding.text)).collect::<Vec<_>>()
        };
        let (cpu, gpu) = (device(DeviceKind::Cpu, &[]), device(DeviceKind::Cuda, &[]));
        let ok = (Level::Ok, "gpu", "a device, 80 GiB".to_owned());
        assert_eq!(judged(std::slice::from_ref(&gpu), DeviceKind::Cuda), std::slice::from_ref(&ok));
        let only = (Level::Warn, "gpu", "no GPU was found, only a device, 80 GiB".to_owned());
        assert_eq!(judged(std::slice::from_ref(&cpu), DeviceKind::Cpu), std::slice::from_ref(&only));
        let idle = judged(&[gpu], DeviceKind::Cpu);
        assert_eq!((&idle[0], idle[1].0, idle[1].1), (&ok, Level::Warn, "build"));
        let absent = judged(&[cpu], DeviceKind::Cuda);
        assert_eq!((&absent[0], absent[1].0, absent[1].1), (&only, Level::Fail, "build"));
        let lost = judged(&[device(DeviceKind::Cuda, &["it is lost\u{1b}[1m"])], DeviceKind::Cuda);
        assert_eq!(lost, [(Level::Warn, "gpu", "a device, 80 GiB: it is lost\\u{1b}[1m".to_owned())]);
    }
}
