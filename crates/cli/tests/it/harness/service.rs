//! Nodes as services: the service manager's end of the notification socket, and commands that run registered nodes.

use std::{
    os::unix::net::UnixDatagram,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::chain::{Chain, free_port};

/// The service manager's end of a notification socket.
pub(crate) struct Manager {
    socket: UnixDatagram,
    path: std::path::PathBuf,
    pub(crate) heard: Vec<String>,
}

impl Manager {
    pub(crate) fn new(directory: &Path) -> Self {
        let path = directory.join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(200))).expect("set");
        Self { socket, path, heard: vec![] }
    }

    /// The manager of the node with this name, which gets a folder of its own.
    pub(crate) fn of(chain: &Chain, name: &str) -> Self {
        std::fs::create_dir(chain.path(name)).expect("a directory");
        Self::new(&chain.path(name))
    }

    pub(crate) fn start(&self, mut command: Command, watchdog: Duration) -> Service {
        let log = std::fs::File::create(self.path.with_extension("log")).expect("a file");
        let child = command
            .env("NOTIFY_SOCKET", &self.path)
            .env("WATCHDOG_USEC", watchdog.as_micros().to_string())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("runs");
        Service(child)
    }

    pub(crate) fn listen(&mut self) {
        let mut buffer = [0; 4096];
        while let Ok(count) = self.socket.recv(&mut buffer) {
            self.heard.extend(String::from_utf8_lossy(&buffer[..count]).lines().map(str::to_owned));
        }
    }

    pub(crate) fn count(&self, line: &str) -> usize {
        self.heard.iter().filter(|heard| *heard == line).count()
    }

    pub(crate) fn until(&mut self, line: &str, count: usize) {
        let begin = Instant::now();
        while self.count(line) < count {
            self.listen();
            let log = std::fs::read_to_string(self.path.with_extension("log")).unwrap_or_default();
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "{line} was not heard {count} times: {:?}\n{log}",
                self.heard
            );
        }
    }
}

/// A process that ends with this.
pub(crate) struct Service(pub(crate) Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Registers a coordinator and a miner, and returns the coordinator's ports.
pub(crate) fn register(chain: &Chain) -> (u16, u16, u16) {
    for name in ["coordinator", "miner"] {
        chain.wallet(name);
    }
    register_wallets(chain)
}

/// Registers the wallets `coordinator` and `miner`, which are there already, and returns the coordinator's ports.
pub(crate) fn register_wallets(chain: &Chain) -> (u16, u16, u16) {
    let (api, link, admin) = (free_port(), free_port(), free_port());
    let password = chain.password();
    chain.run(&["stake", "deposit", "3000000", "--account", "anvil:0"]).expect(0);
    let endpoint = format!("ws://127.0.0.1:{link}/link");
    for (role, stake) in [("coordinator", "2000001"), ("miner", "20001")] {
        let mut arguments = vec![
            "register",
            role,
            "--account",
            "anvil:0",
            "--node-account",
            role,
            "--password-file",
            &password,
            "--name",
            role,
            "--stake",
            stake,
        ];
        if role == "coordinator" {
            arguments.extend(["--endpoint", endpoint.as_str()]);
        }
        chain.run(&arguments).expect(0);
    }
    (api, link, admin)
}

pub(crate) fn listen(option: &str, port: u16) -> [String; 2] {
    [option.to_owned(), format!("127.0.0.1:{port}")]
}

/// Where a coordinator is to listen.
pub(crate) fn listeners(api: u16, link: u16, admin: u16) -> Vec<String> {
    [listen("--listen", api), listen("--link-listen", link), listen("--admin-listen", admin)].concat()
}

/// A command that runs a registered node.
pub(crate) fn node(chain: &Chain, role: &str, arguments: &[String]) -> Command {
    let password = chain.password();
    let mut command = chain.command(&[role, "run", "--no-input", "--account", role, "--password-file", &password]);
    command.args(arguments);
    command
}
