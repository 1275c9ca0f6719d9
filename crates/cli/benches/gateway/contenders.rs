//! Gateways: how each is started in front of the engine, and what its processes take.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{
    engine::{Engine, MODEL},
    network::Devnet,
};

pub(crate) const DIRECT: &str = "direct";
pub(crate) const NAMES: [&str; 5] = [DIRECT, "nginx", "sglang-router", "smg", "cuckoo"];

/// Places of each of the miners of our network: leases of one miner are limited to 4,096.
const SLOTS: &str = "4000";

/// A running gateway. Its processes end with it.
pub(crate) struct Contender {
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

/// Where `make bench-gateway` installs the rivals.
fn rivals() -> PathBuf {
    std::env::var_os("CUCKOO_BENCH_RIVALS").map_or_else(|| "rivals".into(), PathBuf::from)
}

fn program(name: &str) -> PathBuf {
    match name {
        "nginx" => "/usr/sbin/nginx".into(),
        "sglang-router" => rivals().join("sglang-router/bin/python"),
        _ => rivals().join(name).join("bin").join(name),
    }
}

/// Says so if it is not.
pub(crate) fn is_installed(name: &str) -> bool {
    let there = matches!(name, DIRECT | "cuckoo") || program(name).exists();
    if !there {
        eprintln!("{name} is left out: there is no {}", program(name).display());
    }
    there
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a port").port()
}

impl Contender {
    pub(crate) fn start(name: &str, engine: &Engine) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let url = format!("http://127.0.0.1:{}", engine.port);
        if name == "cuckoo" {
            let home = directory.path();
            let devnet = Devnet::launch(
                home,
                &home.join("network"),
                &["--miners", "3", "--engine", "openai", "--engine-url", &url, "--model-name", MODEL, "--slots", SLOTS],
            );
            let api = devnet.api();
            let port = api.rsplit(':').next().and_then(|port| port.trim_end_matches('/').parse().ok()).expect("a port");
            return Self { port, parts: Parts::Ours(Box::new(devnet)), _directory: directory };
        }
        let (port, metrics) = (free_port().to_string(), free_port().to_string());
        let mut command = Command::new(program(name));
        match name {
            DIRECT => return Self { port: engine.port, parts: Parts::None, _directory: directory },
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
        Self { port: port.parse().expect("a port"), parts: Parts::Rival(child), _directory: directory }
    }

    /// The gateway: of ours, the coordinator.
    fn gateway(&self) -> Vec<u32> {
        match &self.parts {
            Parts::None => vec![],
            Parts::Rival(child) => tree(child.id()),
            Parts::Ours(devnet) => vec![devnet.process("role", "coordinator")],
        }
    }

    fn whole(&self) -> Vec<u32> {
        match &self.parts {
            Parts::Ours(devnet) => tree(devnet.child.id()),
            _ => self.gateway(),
        }
    }

    /// Time on a core so far.
    pub(crate) fn gateway_cpu(&self) -> Duration {
        self.gateway().into_iter().map(cpu).sum()
    }

    /// The same with the miners and the chain of our network.
    pub(crate) fn whole_cpu(&self) -> Duration {
        self.whole().into_iter().map(cpu).sum()
    }

    /// Proportional set size, in bytes.
    pub(crate) fn gateway_memory(&self) -> u64 {
        self.gateway().into_iter().map(memory).sum()
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        if let Parts::Rival(child) = &mut self.parts {
            let group = format!("-{}", child.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
            let _ = child.wait();
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

/// A process and all that come from it.
fn tree(root: u32) -> Vec<u32> {
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

/// The first figure of a thread's `schedstat` is its time on a core in nanoseconds.
fn cpu(process: u32) -> Duration {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return Duration::ZERO };
    let nanos = threads.flatten().filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

fn memory(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).expect("the gateway runs");
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).expect("Linux says so");
    let kilobytes = line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok());
    kilobytes.expect("a number") * 1024
}
