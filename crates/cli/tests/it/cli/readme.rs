//! README's role sections as a recording: every block of them that can be typed is typed, in the order in which it stands there,
//! by each role on a machine of its own, on one network. Engines are scripted where the README has a model.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use serde_json::{Value, json};

use crate::harness::{
    chain::{Ran, free_port, write_secret},
    network::Devnet,
};

/// Commands of a newcomer until a miner runs, and until a stake has earned.
const MOST_OF_A_MINER: usize = 3;
const MOST_OF_A_STAKER: usize = 6;

/// A fenced block.
#[derive(Debug)]
struct Block {
    section: String,
    language: String,
    text: String,
}

fn blocks() -> Vec<Block> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let (mut found, mut section, mut open) = (vec![], String::new(), None::<Block>);
    for line in fs::read_to_string(path).expect("a README").lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some(Block { section: section.clone(), language: language.to_owned(), text: String::new() });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => section = line.strip_prefix("## ").map_or(section, str::to_owned),
        }
    }
    found
}

/// The command lines of a block, with those that go on in the next line in one piece.
fn lines(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    joined.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// A machine of one role on the network.
struct Machine<'a> {
    devnet: &'a Devnet,
    directory: PathBuf,
    /// What stands in the README for something that differs from reader to reader.
    stands_for: BTreeMap<&'static str, String>,
    /// What every `run` needs beside, so that several nodes find room on one machine.
    listeners: String,
}

impl<'a> Machine<'a> {
    fn new(devnet: &'a Devnet, name: &str) -> Self {
        let directory = devnet.home().join(name);
        fs::create_dir_all(&directory).expect("a directory");
        write_secret(&directory.join("password"), "correct horse");
        Self { devnet, directory, stands_for: BTreeMap::new(), listeners: String::new() }
    }

    fn shell(&self, line: &str) -> Command {
        let line = self.stands_for.iter().fold(line.to_owned(), |line, (word, meant)| line.replace(word, meant));
        let binaries = Path::new(env!("CARGO_BIN_EXE_cuckoo")).parent().expect("a directory").display();
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]).current_dir(&self.directory).env_clear();
        shell.env("HOME", &self.directory).env("CUCKOO_DATA_DIR", &self.directory);
        shell.env("CONFIGURATION_DIRECTORY", self.directory.join("etc"));
        shell.env("CUCKOO_NETWORK", self.devnet.home().join("networks/local.json"));
        shell.env("CUCKOO_PASSWORD_FILE", self.directory.join("password")).env("CUCKOO_NO_INPUT", "1");
        shell.env("PATH", format!("{binaries}:/usr/bin:/bin")).stdin(Stdio::null());
        shell
    }

    fn run(&self, line: &str) -> Ran {
        Ran::new(self.shell(line).output().expect("runs"))
    }

    /// Types the lines of a block. A node runs until its log says this.
    fn type_in(&self, block: &str, ready: &str) {
        for line in lines(block) {
            if line.contains(" run ") {
                self.serve(&format!("exec {line} {}", self.listeners), ready);
            } else {
                self.run(&line).expect(0);
            }
        }
    }

    fn serve(&self, line: &str, ready: &str) {
        let mut shell = self.shell(line);
        let mut node = Served(shell.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("runs"));
        let log = BufReader::new(node.0.stderr.take().expect("piped"));
        let (sender, heard) = mpsc::channel();
        std::thread::spawn(move || log.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut said = String::new();
        while !said.contains(ready) {
            let next = heard.recv_timeout(Duration::from_secs(120));
            said.push_str(&next.unwrap_or_else(|_| panic!("{line} never says `{ready}`:\n{said}")));
            said.push('\n');
        }
    }
}

/// A node that ends with this.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Blocks of a section in one language.
fn of<'a>(blocks: &'a [Block], section: &str, language: &str) -> Vec<&'a str> {
    let found = blocks.iter().filter(|block| block.section == section && block.language == language);
    found.map(|block| block.text.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_block_of_the_roles_works_as_it_stands() {
    let blocks = blocks();
    let devnet = Devnet::start(&["--miners", "1"]);

    // Applications: the client's calls as they are, but for the address and the model.
    let [python] = of(&blocks, "For applications", "python")[..] else { panic!("one block for applications") };
    let application = Machine::new(&devnet, "application");
    let stand_in = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/stand_in");
    let program = python.replace("http://127.0.0.1:8780", &devnet.api()).replace("smollm2-135m-instruct", "scripted");
    fs::write(application.directory.join("ask.py"), program).expect("written");
    let mut python = application.shell("python3 ask.py");
    Ran::new(python.env("PYTHONPATH", stand_in).output().expect("runs")).expect(0);

    // Miners: the setup on one machine, and each step by hand on another.
    let [setup, by_hand] = of(&blocks, "For miners", "sh")[..] else { panic!("two blocks for miners") };
    assert!(lines(setup).len() <= MOST_OF_A_MINER, "{setup}");
    for (name, block) in [("miner", setup), ("other-miner", by_hand)] {
        let mut miner = Machine::new(&devnet, name);
        miner.stands_for.insert("--model ORGANISATION/NAME", "--engine scripted".into());
        miner.stands_for.insert("--model NAME", "--engine scripted".into());
        miner.stands_for.insert("miner setup", "miner setup --engine scripted --bench --name first-box".into());
        miner.listeners = "--admin-listen 127.0.0.1:0".into();
        miner.type_in(block, "logged in");
    }

    // Coordinators: likewise, with the list of prices that the section has.
    let [setup, by_hand] = of(&blocks, "For coordinators", "sh")[..] else { panic!("two blocks for coordinators") };
    let [prices, models] = of(&blocks, "For coordinators", "toml")[..] else { panic!("two files of coordinators") };
    for (name, block) in [("shop", setup), ("other-shop", by_hand)] {
        let mut shop = Machine::new(&devnet, name);
        let link = free_port();
        shop.stands_for.insert("wss://HOST/link", format!("ws://127.0.0.1:{link}/link"));
        shop.listeners = format!("--listen 127.0.0.1:0 --link-listen 127.0.0.1:{link} --admin-listen 127.0.0.1:0");
        if name == "shop" {
            // Names of nodes need not differ, but then they are no names for commands.
            shop.stands_for.insert("--name shop", "--name first-shop".into());
        } else {
            fs::write(shop.directory.join("prices.toml"), prices).expect("written");
            fs::write(shop.directory.join("models.toml"), models.replace("0x...", &format!("{:#066x}", 1)))
                .expect("written");
            shop.listeners.push_str(" --models models.toml");
        }
        shop.type_in(block, "the coordinator is ready");
    }

    // Stakers, with the time that unbonding takes.
    let [staker] = of(&blocks, "For stakers", "sh")[..] else { panic!("one block for stakers") };
    let me = Machine::new(&devnet, "me");
    let first = lines(staker).iter().position(|line| line.contains("stake claim")).expect("a claim") + 1;
    assert!(first <= MOST_OF_A_STAKER, "{staker}");
    for line in lines(staker) {
        if line.contains("stake claim") {
            // A stake earns by the second, as blocks count it.
            while me.run("cuckoo balance").stdout.lines().all(|row| !row.starts_with("rewards\t")) {
                std::thread::sleep(Duration::from_millis(500));
            }
        }
        if line.contains("stake release") {
            devnet.control(&reqwest::Client::new(), "evm_increaseTime", json!([3_600])).await;
            while me.run("cuckoo stake status").stdout.lines().all(|row| !row.starts_with("releasable\t")) {
                std::thread::sleep(Duration::from_millis(500));
            }
        }
        me.run(&line).expect(0);
    }
    let status: Value = me.run("cuckoo stake status --json").data();
    assert_eq!((&status["staked"], &status["free"]), (&json!([]), &json!("0")), "{status}");
}

#[test]
fn every_target_that_the_readme_names_is_one_of_the_makefile() {
    let makefile =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Makefile")).expect("a Makefile");
    let made: Vec<_> =
        blocks().iter().flat_map(|block| lines(&block.text)).filter(|line| line.starts_with("make ")).collect();
    assert!(made.len() >= 2, "{made:?}");
    for line in made {
        let target = line.split_whitespace().nth(1).expect("a target");
        assert!(makefile.lines().any(|rule| rule.starts_with(&format!("{target}:"))), "{line}");
    }
}
