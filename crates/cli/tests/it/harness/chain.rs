//! A local chain with the contracts of a network, and the real binary on it.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU16, Ordering::Relaxed},
    },
    time::Duration,
};

use alloy::{
    primitives::U64,
    signers::{k256::elliptic_curve::rand_core::OsRng, local::PrivateKeySigner},
};
use cuckoo::deployment::{self, Parameters};
use cuckoo_protocol::{
    Cai,
    chain::{Client, Network, development_signer},
};
use serde_json::{Value, json};

/// Seconds of an epoch on the test chains.
pub(crate) const EPOCH: u64 = 60;
/// Seconds of unbonding there.
pub(crate) const UNBONDING: u64 = 600;
/// Seconds in which a receipt can be disputed there.
const DISPUTE_WINDOW: u64 = 200;
/// Seconds after a deadline until a ticket can be claimed there, and until what was settled can be collected.
pub(crate) const CLAIM_DELAY: u64 = 20;
/// Seconds until escrow can leave there.
pub(crate) const THAW: u64 = 600;

/// A chain that ends with this value, and a data directory of its own.
pub(crate) struct Chain {
    anvil: Child,
    pub(crate) network: Network,
    pub(crate) directory: tempfile::TempDir,
}

impl Drop for Chain {
    fn drop(&mut self) {
        let _ = self.anvil.kill();
        let _ = self.anvil.wait();
    }
}

/// The pinned anvil, or the one that the environment names.
pub(crate) fn anvil_program() -> PathBuf {
    if let Some(path) = std::env::var_os("CUCKOO_ANVIL") {
        return path.into();
    }
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/node_modules/@foundry-rs");
    let packages = std::fs::read_dir(installed).into_iter().flatten().flatten();
    let mut programs = packages.map(|package| package.path().join("bin/anvil")).filter(|path| path.is_file());
    programs.next().unwrap_or_else(|| "anvil".into())
}

/// A port that nobody listens on, below those that the binary takes for the networks that it starts: one of those may start before
/// this port is used.
pub(crate) fn free_port() -> u16 {
    /// One after the other, and then from the start again.
    const PORTS: std::ops::Range<u16> = 5_100..8_700;
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(rand::random()));
    let next = || PORTS.start + NEXT.fetch_add(1, Relaxed) % PORTS.len() as u16;
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    std::iter::repeat_with(next).take(PORTS.len()).find(is_free).expect("a port")
}

/// A development account, on whatever chain a test runs.
pub(crate) fn account(index: usize) -> PrivateKeySigner {
    development_signer(index, 31_337).expect("ten accounts")
}

impl Chain {
    /// A local chain (31337) that mines every transaction at once.
    pub(crate) async fn start() -> Self {
        Self::start_with(31_337, &[]).await
    }

    pub(crate) async fn start_with(chain_id: u64, arguments: &[&str]) -> Self {
        let port = free_port();
        let directory = tempfile::tempdir().expect("a directory");
        let anvil = Command::new(anvil_program())
            .args(["--quiet", "--port", &port.to_string(), "--chain-id", &chain_id.to_string()])
            .arg("--cache-path")
            .arg(directory.path().join("anvil"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("anvil is installed: npm ci --prefix contracts");
        let url = format!("http://127.0.0.1:{port}").parse().expect("a URL");
        let network = Network::undeployed("test", chain_id, url);
        let mut chain = Self { anvil, network, directory };
        chain.deploy().await;
        std::fs::create_dir_all(chain.path("networks")).expect("a directory");
        let description = chain.network.to_json().expect("serialises");
        std::fs::write(chain.path("networks/local.json"), description).expect("written");
        chain
    }

    async fn deploy(&mut self) {
        let mut client = None;
        for _ in 0..1_200 {
            match Client::connect_before_deployment(&self.network).await {
                Ok(connected) => {
                    client = Some(connected);
                    break;
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        let client = client.expect("anvil starts").with_signer(account(0));
        let parameters = Parameters {
            name: "test".into(),
            epoch_seconds: EPOCH,
            block_time: 1,
            unbonding: UNBONDING,
            dispute_window: DISPUTE_WINDOW,
            thaw: THAW,
            claim_delay: CLAIM_DELAY,
            period: 24 * 3_600,
            drip: Cai::from_whole(100_000),
            cooldown: 3_600,
            work_bits: 8,
        };
        self.network = deployment::deploy(&client, &parameters).await.expect("deploys");
        // Every transaction is mined at once.
        self.network.block_time_ms = 200;
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(&self.network).await.expect("connects")
    }

    /// Any of anvil's own requests.
    pub(crate) async fn control(&self, method: &'static str, parameters: Value) -> Value {
        let client = Client::connect_before_deployment(&self.network).await.expect("connects");
        client.request(method, parameters).await.expect(method)
    }

    /// Lets time pass, in one block.
    pub(crate) async fn pass(&self, seconds: u64) {
        self.control("evm_increaseTime", json!([seconds])).await;
        self.mine(1).await;
    }

    /// Mines the first block of the next epoch.
    pub(crate) async fn next_epoch(&self) {
        let now = self.control("eth_getBlockByNumber", json!(["latest", false])).await["timestamp"].clone();
        let now: U64 = serde_json::from_value(now).expect("a number");
        let next = (now.to::<u64>() / EPOCH + 1) * EPOCH;
        self.control("evm_setNextBlockTimestamp", json!([next])).await;
        self.mine(1).await;
    }

    pub(crate) async fn mine(&self, blocks: u64) {
        // Not too many in one request, which has to be answered in time on a busy machine.
        for done in (0..blocks).step_by(100) {
            self.control("anvil_mine", json!([format!("{:#x}", (blocks - done).min(100))])).await;
        }
    }

    /// The binary with this chain's data directory, and nothing else of the environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        command(self.directory.path(), arguments)
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::new(self.command(arguments).output().expect("runs"))
    }

    /// Makes a wallet whose password is in the file `password`.
    pub(crate) fn wallet(&self, name: &str) -> String {
        let password = self.path("password");
        if !password.exists() {
            write_secret(&password, "correct horse");
        }
        // Such as `cuckoo wallet new` makes, with less work for each of the many commands that open it.
        let directory = self.path("keystores");
        std::fs::create_dir_all(&directory).expect("a directory");
        let key = PrivateKeySigner::random();
        let made = eth_keystore::encrypt_key(&directory, &mut OsRng, key.to_bytes(), "correct horse", Some(name));
        made.expect("a keystore");
        let file = directory.join(name);
        let mut keystore: Value = serde_json::from_slice(&std::fs::read(&file).expect("read")).expect("JSON");
        keystore["address"] = json!(key.address());
        write_secret(&directory.join(format!("{name}.json")), &keystore.to_string());
        std::fs::remove_file(file).expect("removed");
        key.address().to_string()
    }

    /// The file with every wallet's password.
    pub(crate) fn password(&self) -> String {
        self.path("password").display().to_string()
    }
}

/// Writes a file that only its owner can read.
pub(crate) fn write_secret(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("private");
}

/// The binary in a data directory, without the caller's environment.
pub(crate) fn command(data: &Path, arguments: &[&str]) -> Command {
    command_of(Path::new(env!("CARGO_BIN_EXE_cuckoo")), data, arguments)
}

/// The same for another build of the binary.
pub(crate) fn command_of(program: &Path, data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("CUCKOO_DATA_DIR", data).env("PATH", "/usr/bin:/bin").env("HOME", data);
    // What an administrator of this machine has configured is for others.
    command.env("CONFIGURATION_DIRECTORY", data.join("etc"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// What a run came to.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Checks the exit code, and shows everything if it is another one.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Checks that stderr says something.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is not in {self:#?}");
        self
    }

    /// The data of a `--json` envelope, whose other fields are checked.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        let envelope = self.envelope();
        assert_eq!(envelope["success"], json!(true), "{self:#?}");
        assert_eq!(envelope["errors"], json!([]));
        envelope["data"].clone()
    }

    /// The `--json` envelope: one document and nothing else on stdout.
    #[track_caller]
    pub(crate) fn envelope(&self) -> Value {
        let mut envelope: Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"));
        // Addresses come with their checksums, and tests compare them with those that serialise without.
        without_checksums(&mut envelope);
        assert_eq!(envelope["schema_version"], json!(1));
        for field in ["success", "data", "errors", "warnings"] {
            assert!(envelope.get(field).is_some(), "no {field} in {envelope}");
        }
        envelope
    }
}

fn without_checksums(document: &mut Value) {
    match document {
        Value::Array(values) => values.iter_mut().for_each(without_checksums),
        Value::Object(fields) => fields.values_mut().for_each(without_checksums),
        Value::String(text) if text.len() == 42 && text.starts_with("0x") => text.make_ascii_lowercase(),
        _ => {}
    }
}
