//! Gateways: how each is started in front of the engine, and which processes it has.

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    engine::{Engine, MODEL},
    network::Devnet,
    process::{self, Sample, Usage},
};

pub(crate) const DIRECT: &str = "direct";
/// Contender that the others are compared with.
pub(crate) const RIVAL: &str = "sglang-router";
/// Every contender. Ours has 3 miners or the number in its name, and its data on the disk or, with `-ram`, on a RAM disk.
pub(crate) const NAMES: [&str; 10] = [
    DIRECT,
    "nginx",
    RIVAL,
    "smg",
    "cuckoo",
    "cuckoo-24",
    "cuckoo-ram",
    "cuckoo-before",
    "cuckoo-before-24",
    "cuckoo-before-ram",
];

/// The program of the contenders named `cuckoo-before`.
const BEFORE: &str = "CUCKOO_BENCH_BEFORE";
const RAM_DISK: &str = "/dev/shm";
/// Slots of each of the miners of our network: leases of one miner are limited to 4,096.
const SLOTS: &str = "4000";
/// How long a network may take to end.
const END: Duration = Duration::from_secs(30);

/// A running gateway. Its processes end with it.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) port: u16,
    parts: Parts,
    _directory: tempfile::TempDir,
}

enum Parts {
    /// The engine itself.
    None,
    Rival(Child),
    Ours(Box<Devnet>),
}

/// What a contender's processes took while something ran.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub(crate) struct Cost {
    /// The gateway; of ours, the coordinator.
    pub(crate) gateway: Usage,
    /// Our miners.
    pub(crate) miners: Usage,
    /// Growth of the coordinator's own counters, by their names and labels.
    pub(crate) counters: BTreeMap<String, f64>,
}

impl Cost {
    /// CPU of the gateway. Not a number where there is none.
    pub(crate) fn gateway_us(&self) -> f64 {
        if self.gateway.threads.is_empty() { f64::NAN } else { self.gateway.cpu_us }
    }
}

/// Where `make bench` installs the rivals.
fn rivals() -> PathBuf {
    std::env::var_os("CUCKOO_BENCH_RIVALS").map_or_else(|| "rivals".into(), PathBuf::from)
}

fn program(name: &str) -> PathBuf {
    match name {
        "nginx" => "/usr/sbin/nginx".into(),
        RIVAL => rivals().join(name).join("bin/python"),
        "smg" => rivals().join("smg/bin/smg"),
        _ if name.contains("before") => std::env::var_os(BEFORE).unwrap_or_default().into(),
        _ => env!("CARGO_BIN_EXE_cuckoo").into(),
    }
}

pub(crate) fn is_ours(name: &str) -> bool {
    name.starts_with("cuckoo")
}

/// Says so if it is not.
pub(crate) fn is_installed(name: &str) -> bool {
    let program = program(name);
    let there = name == DIRECT || program.exists();
    if !there && program.as_os_str().is_empty() {
        eprintln!("{name} is left out: {BEFORE} names no program");
    } else if !there {
        eprintln!("{name} is left out: there is no {}", program.display());
    }
    there
}

/// The processes of a network's nodes.
fn nodes(devnet: &Devnet, role: &str) -> Vec<u32> {
    let document = devnet.document();
    let rows = document["children"].as_array().expect("nodes").iter().filter(|row| row["role"] == role);
    rows.map(|row| row["pid"].as_u64().expect("a process") as u32).collect()
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a port").port()
}

impl Contender {
    pub(crate) fn start(name: &'static str, engine: &Engine) -> Self {
        let directory = match name.ends_with("-ram") {
            true => tempfile::tempdir_in(RAM_DISK),
            false => tempfile::tempdir(),
        };
        let directory = directory.expect("a directory");
        if is_ours(name) {
            return Self::start_ours(name, engine, directory);
        }
        let url = format!("http://127.0.0.1:{}", engine.port);
        let (port, metrics) = (free_port().to_string(), free_port().to_string());
        let mut command = Command::new(program(name));
        match name {
            DIRECT => return Self { name, port: engine.port, parts: Parts::None, _directory: directory },
            "nginx" => {
                let path = directory.path().join("nginx.conf");
                fs::write(&path, nginx(directory.path(), &port, engine.port)).expect("written");
                command.arg("-c").arg(path);
            }
            _ => {
                let module: &[&str] = if name == "smg" { &["launch"] } else { &["-m", "sglang_router.launch_router"] };
                command.args(module).args(["--host", "127.0.0.1", "--prometheus-host", "127.0.0.1"]);
                command.args(["--port", &port, "--prometheus-port", &metrics, "--worker-urls", &url]);
                command.args(["--policy", "round_robin", "--log-level", "warn"]);
            }
        }
        let log = || fs::File::create(directory.path().join("log")).expect("a file");
        // A group of its own, to end all of it.
        let child = command.process_group(0).stdin(Stdio::null()).stdout(log()).stderr(log()).spawn().expect("runs");
        Self { name, port: port.parse().expect("a port"), parts: Parts::Rival(child), _directory: directory }
    }

    fn start_ours(name: &'static str, engine: &Engine, directory: tempfile::TempDir) -> Self {
        let url = format!("http://127.0.0.1:{}", engine.port);
        let miners = if name.ends_with("-24") { "24" } else { "3" };
        let home = directory.path();
        let arguments =
            ["--miners", miners, "--engine", "openai", "--engine-url", &url, "--model-name", MODEL, "--slots", SLOTS];
        let devnet = Devnet::launch_program(&program(name), home, &home.join("network"), &arguments);
        let api = devnet.api();
        let port = api.rsplit(':').next().and_then(|port| port.trim_end_matches('/').parse().ok()).expect("a port");
        Self { name, port, parts: Parts::Ours(Box::new(devnet)), _directory: directory }
    }

    /// The gateway: of ours, the coordinator.
    pub(crate) fn gateway(&self) -> Vec<u32> {
        match &self.parts {
            Parts::None => vec![],
            Parts::Rival(child) => process::tree(child.id()),
            Parts::Ours(devnet) => nodes(devnet, "coordinator"),
        }
    }

    pub(crate) fn miners(&self) -> Vec<u32> {
        match &self.parts {
            Parts::Ours(devnet) => nodes(devnet, "miner"),
            _ => vec![],
        }
    }

    /// Our network.
    pub(crate) fn network(&self) -> Option<&Devnet> {
        match &self.parts {
            Parts::Ours(devnet) => Some(devnet),
            _ => None,
        }
    }

    /// Proportional set size of the gateway, and of the miners, in bytes.
    pub(crate) fn memory(&self) -> (u64, u64) {
        let sum = |processes: Vec<u32>| processes.into_iter().map(process::memory).sum();
        (sum(self.gateway()), sum(self.miners()))
    }

    /// Does something, and says what the processes took meanwhile.
    pub(crate) async fn cost_of<T>(&self, work: impl Future<Output = T>) -> (T, Cost) {
        let (gateway, miners) = (self.gateway(), self.miners());
        let counted = self.counters().await;
        let before = (Sample::of(&gateway), Sample::of(&miners));
        let done = work.await;
        let gateway = Sample::of(&gateway).since(&before.0);
        let miners = Sample::of(&miners).since(&before.1);
        let mut counters = self.counters().await;
        for (name, value) in &mut counters {
            *value -= counted.get(name).copied().unwrap_or_default();
        }
        counters.retain(|_, value| *value > 0.0);
        (done, Cost { gateway, miners, counters })
    }

    /// The coordinator's own counters. Others have none that are read here.
    async fn counters(&self) -> BTreeMap<String, f64> {
        let mut counters = self.metrics().await;
        counters.retain(|name, _| name.split('{').next().is_some_and(|name| name.ends_with("_total")));
        counters
    }

    /// Everything that the coordinator says of itself for graphs, by names and labels.
    pub(crate) async fn metrics(&self) -> BTreeMap<String, f64> {
        let Parts::Ours(devnet) = &self.parts else { return BTreeMap::new() };
        let text = reqwest::get(format!("{}/metrics", devnet.admin())).await.expect("answers").text().await;
        let text = text.expect("text");
        let pairs = text.lines().filter_map(|line| line.rsplit_once(' '));
        pairs.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect()
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        match &mut self.parts {
            Parts::None => {}
            Parts::Rival(child) => {
                let group = format!("-{}", child.id());
                let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
                let _ = child.wait();
            }
            // Asked to end, and waited for: what still runs would be measured as the next contender's.
            Parts::Ours(devnet) => {
                devnet.signal("TERM");
                let begin = Instant::now();
                while begin.elapsed() < END && devnet.child.try_wait().is_ok_and(|status| status.is_none()) {
                    sleep(Duration::from_millis(50));
                }
            }
        }
    }
}

fn nginx(directory: &Path, port: &str, engine: u16) -> String {
    let directory = directory.display();
    format!(
        "worker_processes 2; daemon off; pid {directory}/pid; error_log stderr; worker_rlimit_nofile 20000;
         events {{ worker_connections 19900; multi_accept on; }}
         http {{
           access_log off; client_body_temp_path {directory}; proxy_temp_path {directory};
           fastcgi_temp_path {directory}; uwsgi_temp_path {directory}; scgi_temp_path {directory};
           upstream engine {{ server 127.0.0.1:{engine}; keepalive 512; keepalive_requests 1000000; }}
           server {{
             listen 127.0.0.1:{port} backlog=16384; keepalive_requests 1000000;
             location / {{
               proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection \"\";
               proxy_buffering off; proxy_read_timeout 300s;
             }}
           }}
         }}"
    )
}
