//! Servers that keep journals: PostgreSQL and NATS as tests start, crash and secure them.

use std::{
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use futures::TryStreamExt;

use super::{
    chain::{Ran, free_port, write_secret},
    network::kill,
};

/// The servers' password for the user `cuckoo`.
pub(crate) const PASSWORD: &str = "an egg in another nest";

/// A database server of a test's own, from the programs on the PATH.
pub(crate) struct Postgres {
    child: Child,
    pub(crate) folder: tempfile::TempDir,
    programs: PathBuf,
    pub(crate) port: u16,
    options: Vec<String>,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its own children end with it, unlike at a KILL.
        let _ = Command::new("kill").args(["-QUIT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

/// The user `nobody`. PostgreSQL refuses to run as root, and every system has this one.
const NOBODY: u32 = 65_534;

/// The folder of PostgreSQL's programs: the one on the PATH, or a copy of it where `nobody` may not enter that, as below root's home.
fn postgres_programs(folder: &Path) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).find(|programs| programs.join("initdb").exists());
    let programs = found.expect("PostgreSQL is on the PATH: `make test` installs it and puts it there");
    let programs = programs.canonicalize().expect("exists");
    let open = |folder: &Path| folder.metadata().is_ok_and(|found| found.permissions().mode() & 0o001 != 0);
    if !rustix::process::geteuid().is_root() || programs.ancestors().all(open) {
        return programs;
    }
    let copy = folder.join("postgres");
    let copied = Command::new("cp").arg("-R").arg(programs.join("..")).arg(&copy).status().expect("cp runs");
    assert!(copied.success(), "{} cannot be copied", programs.display());
    copy.join("bin")
}

/// A command that does not run as root.
fn unprivileged(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

impl Postgres {
    pub(crate) fn start() -> Self {
        Self::with(|_| vec![])
    }

    /// Also over TLS.
    pub(crate) fn start_secured() -> Self {
        Self::with(|folder| {
            let (certificate, key) = certify(folder);
            vec!["ssl=on".to_owned(), format!("ssl_cert_file={certificate}"), format!("ssl_key_file={key}")]
        })
    }

    /// With options that may name files in a folder.
    fn with(options: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        let options = options(folder.path());
        let password = folder.path().join("password");
        write_secret(&password, PASSWORD);
        let programs = postgres_programs(folder.path());
        if rustix::process::geteuid().is_root() {
            let owner = NOBODY.to_string();
            let owned = Command::new("chown").args(["-R", &owner]).arg(folder.path()).status().expect("chown runs");
            assert!(owned.success(), "the folder is not given to `nobody`");
        }
        let data = folder.path().join("data");
        let mut initdb = unprivileged(programs.join("initdb"));
        initdb.arg("--pgdata").arg(&data).args(["--username", "cuckoo", "--auth", "scram-sha-256"]);
        Ran::new(initdb.arg("--pwfile").arg(&password).output().expect("initdb runs")).expect(0);
        let port = free_port();
        let child = Self::run(&programs, &data, port, &options);
        Self { child, folder, programs, port, options }
    }

    fn run(programs: &Path, data: &Path, port: u16, options: &[String]) -> Child {
        let mut server = unprivileged(programs.join("postgres"));
        server.arg("-D").arg(data).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        server.args(options.iter().flat_map(|option| ["-c", option]));
        server.args(["-c", "unix_socket_directories="]).stdout(Stdio::null()).stderr(Stdio::null());
        let child = server.spawn().expect("postgres runs");
        // It listens before it serves.
        until(|| Self::execute(port, "SELECT 1").is_ok());
        child
    }

    /// As after a power cut.
    pub(crate) fn crash_and_return(&mut self, away: Duration) {
        kill(self.child.id(), "KILL");
        self.child.wait().expect("ends");
        std::thread::sleep(away);
        self.child = Self::run(&self.programs, &self.folder.path().join("data"), self.port, &self.options);
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://cuckoo@127.0.0.1:{}/postgres", self.port)
    }

    /// On a thread of its own: the client waits in ways that a runtime's threads must not.
    pub(crate) fn execute(port: u16, sql: &'static str) -> Result<u64, postgres::Error> {
        let run = move || Self::connect(port).and_then(|mut client| client.execute(sql, &[]));
        std::thread::spawn(run).join().expect("runs")
    }

    /// A session, outside of any runtime.
    pub(crate) fn connect(port: u16) -> Result<postgres::Client, postgres::Error> {
        let mut config = postgres::Config::new();
        config.host("127.0.0.1").port(port).user("cuckoo").password(PASSWORD).dbname("postgres");
        config.connect(postgres::NoTls)
    }
}

/// A NATS server of a test's own, from the program on the PATH.
pub(crate) struct Nats {
    child: Child,
    pub(crate) folder: tempfile::TempDir,
    port: u16,
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Nats {
    pub(crate) fn start() -> Self {
        Self::with(free_port(), |_| String::new())
    }

    /// Over TLS alone.
    pub(crate) fn start_secured() -> Self {
        Self::with(free_port(), |folder| {
            let (certificate, key) = certify(folder);
            format!("tls {{ cert_file: {certificate:?}, key_file: {key:?} }}\n")
        })
    }

    /// Servers that keep copies of each other's streams.
    pub(crate) fn cluster<const N: usize>() -> [Self; N] {
        let ports = [(); N].map(|()| (free_port(), free_port()));
        let routes: Vec<_> = ports.iter().map(|(_, routes)| format!("nats://127.0.0.1:{routes}")).collect();
        ports.map(|(port, own)| {
            let routes = routes.join(", ");
            Self::with(port, |_| {
                format!(
                    "server_name: nest-{port}\ncluster {{ name: nests, listen: 127.0.0.1:{own}, routes: [{routes}] }}\n"
                )
            })
        })
    }

    /// With settings that may name files in a folder.
    fn with(port: u16, settings: impl FnOnce(&Path) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        let store = folder.path().join("store");
        let text = format!(
            "listen: 127.0.0.1:{port}\njetstream {{ store_dir: {store:?} }}\nauthorization {{ user: cuckoo, password: {PASSWORD:?} }}\n{}",
            settings(folder.path())
        );
        std::fs::write(folder.path().join("nats.conf"), text).expect("written");
        let child = Self::run(folder.path(), port);
        Self { child, folder, port }
    }

    fn run(folder: &Path, port: u16) -> Child {
        let mut server = Command::new("nats-server");
        server.arg("--config").arg(folder.join("nats.conf")).stdout(Stdio::null()).stderr(Stdio::null());
        let child = server.spawn().expect("`nats-server` is on the PATH: `make test` installs it and puts it there");
        until(|| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        child
    }

    /// Where it listens.
    pub(crate) fn place(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// It hangs, with its connections open.
    pub(crate) fn stop(&self) {
        kill(self.child.id(), "STOP");
    }

    pub(crate) fn go_on(&self) {
        kill(self.child.id(), "CONT");
    }

    pub(crate) fn crash(&mut self) {
        self.child.kill().expect("is there");
        self.child.wait().expect("ends");
    }

    pub(crate) fn come_back(&mut self) {
        self.child = Self::run(self.folder.path(), self.port);
    }

    /// Returns once all that its cluster keeps can be had by it.
    pub(crate) async fn has_leaders(&self) {
        let (jetstream, begin) = (self.client().await, Instant::now());
        let found = async || -> Result<(), Box<dyn std::error::Error>> {
            let names: Vec<_> = jetstream.stream_names().try_collect().await?;
            for name in names {
                jetstream.get_stream(name).await?;
            }
            Ok(())
        };
        while let Err(error) = found().await {
            assert!(begin.elapsed() < Duration::from_secs(60), "no leader is elected: {error}");
        }
    }

    pub(crate) async fn client(&self) -> async_nats::jetstream::Context {
        let options = async_nats::ConnectOptions::with_user_and_password("cuckoo".into(), PASSWORD.into());
        let client = options.connect(format!("127.0.0.1:{}", self.port)).await.expect("connects");
        async_nats::jetstream::new(client)
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://cuckoo@127.0.0.1:{}", self.port)
    }
}

/// A certificate for this machine, signed by itself, and its key, where only the server reads it.
fn certify(folder: &Path) -> (String, String) {
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| folder.join(name).display().to_string());
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    write_secret(Path::new(&key), &made.signing_key.serialize_pem());
    (certificate, key)
}

/// Returns once something is so, within a minute.
pub(crate) fn until(ready: impl Fn() -> bool) {
    let begin = Instant::now();
    while !ready() {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}
