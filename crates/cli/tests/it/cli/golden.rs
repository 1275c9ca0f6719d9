//! Files in the repository that are made from the binary: completions, the manual, help, and transcripts of the shell.
//!
//! `make goldens` writes them anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use snapbox::{
    Assert, Data,
    assert::{Action, DEFAULT_ACTION_ENV},
};

use crate::harness::chain::{Chain, Ran, command};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

fn assert() -> Assert {
    Assert::new().action_env(DEFAULT_ACTION_ENV)
}

fn overwriting() -> bool {
    assert().selected_action() == Action::Overwrite
}

/// Compares a whole file, or writes it anew.
#[track_caller]
fn same(actual: String, path: &Path) {
    if overwriting() {
        fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        return fs::write(path, actual).expect("written");
    }
    assert().eq(Data::text(actual), Data::read_from(path, Some(snapbox::data::DataFormat::Text)).raw());
}

#[test]
fn completions_are_those_of_the_binary() {
    let data = tempfile::tempdir().expect("a directory");
    let shells = [
        ("bash", "cuckoo.bash"),
        ("zsh", "_cuckoo"),
        ("fish", "cuckoo.fish"),
        ("powershell", "_cuckoo.ps1"),
        ("elvish", "cuckoo.elv"),
    ];
    for (shell, file) in shells {
        let ran = Ran::new(command(data.path(), &["completions", shell]).output().expect("runs")).expect(0);
        assert!(ran.stdout.contains("leaderboard"), "{shell}");
        same(ran.stdout, &root().join("completions").join(file));
    }
}

#[test]
fn the_manual_is_the_binary_s() {
    let data = tempfile::tempdir().expect("a directory");
    let made = data.path().join("man");
    let directory = root().join("completions/man");
    let ran = command(data.path(), &["man", &made.display().to_string()]).output().expect("runs");
    Ran::new(ran).expect(0).says("pages are written to");
    let names = |directory: &Path| -> BTreeSet<_> {
        fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect()
    };
    if overwriting() {
        let _ = fs::remove_dir_all(&directory);
    } else {
        assert_eq!(names(&made), names(&directory), "run: make goldens");
    }
    for name in names(&made) {
        same(fs::read_to_string(made.join(&name)).expect("text"), &directory.join(&name));
    }
}

/// The groups of options that every command has, which the transcript shows once.
const SHARED: [&str; 2] = ["Global options:", "Wallet options:"];

/// The help in pieces: the shared groups by their headings, and what is around them without one.
fn sections(help: &str) -> Vec<(String, String)> {
    let mut sections = vec![(String::new(), String::new())];
    for line in help.lines() {
        let heading = line.starts_with(|first: char| !first.is_whitespace());
        let inside = sections.last().is_some_and(|(heading, _)| !heading.is_empty());
        if SHARED.contains(&line) {
            sections.push((line.to_owned(), String::new()));
        } else if heading && inside {
            sections.push((String::new(), String::new()));
        }
        let (_, text) = sections.last_mut().expect("never empty");
        text.push_str(line);
        text.push('\n');
    }
    sections
}

fn help_of(command_line: &[String], data: &Path, shared: &[(String, String)], transcript: &mut String) -> Vec<String> {
    let mut arguments: Vec<&str> = command_line.iter().map(String::as_str).collect();
    arguments.push("--help");
    let ran = Ran::new(command(data, &arguments).output().expect("runs")).expect(0);
    assert!(ran.stderr.is_empty(), "{ran:?}");
    transcript.push_str(&format!("## cuckoo {}\n\n```\n", command_line.join(" ")));
    for (heading, text) in sections(&ran.stdout) {
        let known = shared.iter().any(|(shared, known)| *shared == heading && known.trim_end() == text.trim_end());
        match !command_line.is_empty() && !heading.is_empty() && known {
            true => transcript.push_str(&format!("{heading} as above\n")),
            false => transcript.push_str(&text),
        }
    }
    transcript.push_str("```\n\n");
    let commands = ran.stdout.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| line.starts_with("  "));
    commands
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect()
}

#[test]
fn the_help_of_every_command_is_as_written() {
    let data = tempfile::tempdir().expect("a directory");
    let root = Ran::new(command(data.path(), &["--help"]).output().expect("runs")).expect(0).stdout;
    let shared: Vec<_> = sections(&root).into_iter().filter(|(heading, _)| !heading.is_empty()).collect();
    assert_eq!(shared.len(), SHARED.len(), "{root}");
    let mut transcript = "# The help of every command\n\nMade by `make goldens`.\n\n".to_owned();
    let mut waiting = vec![vec![]];
    let mut seen = 0;
    while let Some(path) = waiting.pop() {
        let below = help_of(&path, data.path(), &shared, &mut transcript);
        waiting.extend(below.into_iter().rev().map(|name| [path.clone(), vec![name]].concat()));
        seen += 1;
    }
    assert!(seen > 40, "{seen} commands");
    same(transcript, &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/help.md"));
}

/// Runs the `console` blocks of a document and puts what happens in place of what it says: lines on stderr after `2> `, and an
/// exit code other than 0 after `? `.
fn played(document: &str, run: impl Fn(&str) -> Ran) -> (String, usize) {
    let mut lines = document.lines().peekable();
    let (mut text, mut commands) = (String::new(), 0);
    while let Some(line) = lines.next() {
        text.push_str(line);
        text.push('\n');
        if line != "```console" {
            continue;
        }
        while let Some(line) = lines.next_if(|line| *line != "```") {
            let Some(mut typed) = line.strip_prefix("$ ").map(str::to_owned) else { continue };
            text.push_str(line);
            text.push('\n');
            while typed.ends_with('\\') {
                let more = lines.next().expect("a continued line");
                text.push_str(more);
                text.push('\n');
                typed = format!("{typed}\n{more}");
            }
            let ran = run(&typed);
            commands += 1;
            if ran.code != 0 {
                text.push_str(&format!("? {}\n", ran.code));
            }
            let said = ran.stderr.lines().map(|line| format!("2> {line}"));
            for line in said.chain(ran.stdout.lines().map(str::to_owned)) {
                text.push_str(line.trim_end());
                text.push('\n');
            }
        }
    }
    (text, commands)
}

/// Runs a line of the shell, with the binary in the path, and makes what differs from run to run the same.
fn typed(line: &str, data: &Path, environment: &[(&str, &str)]) -> Ran {
    let binary = Path::new(env!("CARGO_BIN_EXE_cuckoo")).parent().expect("a directory");
    let output = Command::new("/bin/sh")
        .args(["-c", line])
        .env_clear()
        .env("HOME", data)
        .env("CONFIGURATION_DIRECTORY", data.join("etc"))
        .env("PATH", format!("{}:/usr/bin:/bin", binary.display()))
        .envs(environment.iter().copied())
        .current_dir(data)
        .stdin(Stdio::null())
        .output()
        .expect("runs");
    let ran = Ran::new(output);
    let home = data.canonicalize().expect("exists").display().to_string();
    let version = Ran::new(command(data, &["-V"]).output().expect("runs")).stdout.trim().to_owned();
    let even = |text: String| {
        let lines: Vec<_> = text.lines().map(sorted).collect();
        lines.join("\n").replace(&home, "[HOME]").replace(&version, "cuckoo [VERSION]")
    };
    Ran { code: ran.code, stdout: even(ran.stdout), stderr: even(ran.stderr) }
}

/// A line of JSON with its fields sorted: which order they have depends on the features of a build.
fn sorted(line: &str) -> String {
    fn sort(value: Value) -> Value {
        match value {
            Value::Object(fields) => {
                let fields: BTreeMap<_, _> = fields.into_iter().map(|(name, value)| (name, sort(value))).collect();
                Value::Object(fields.into_iter().collect())
            }
            Value::Array(values) => values.into_iter().map(sort).collect(),
            other => other,
        }
    }
    match serde_json::from_str(line) {
        Ok(value @ Value::Object(_)) => sort(value).to_string(),
        _ => line.to_owned(),
    }
}

fn play(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd").join(name);
    let document = fs::read_to_string(&path).expect("a transcript");
    let data = tempfile::tempdir().expect("a directory");
    let (text, commands) = played(&document, |line| typed(line, data.path(), &[]));
    assert!(commands > 0, "{name} has no command");
    same(text, &path);
}

#[test]
fn usage_errors_are_as_written() {
    play("usage.md");
}

#[test]
fn the_configuration_is_as_written() {
    play("config.md");
}

#[test]
fn wallets_are_as_written() {
    play("wallet.md");
}

#[test]
fn models_are_as_written() {
    play("models.md");
}

#[test]
fn topics_are_as_written() {
    play("topics.md");
}

#[test]
fn the_readme_s_transcripts_are_as_written() {
    play("../../../../README.md");
}

/// With what differs from run to run left out: the chain's port, hashes, moments, and what depends on the zeros in signatures.
fn even(text: &str, rpc: &str) -> String {
    const GAS: [&str; 3] = ["at most ", "\"gas\":", "fees\t"];
    let of = |rest: &str, wanted: fn(&u8) -> bool| rest.bytes().take_while(wanted).count();
    let text = text.replace(rpc, "[RPC]");
    let mut shown = String::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let hash = rest.strip_prefix("0x").map_or(0, |after| of(after, u8::is_ascii_hexdigit));
        let number = of(rest, |byte| byte.is_ascii_digit() || *byte == b'.');
        let moment = rest.get(..20).is_some_and(|text| text.parse::<humantime::Timestamp>().is_ok());
        let (word, length) = match () {
            () if hash >= 64 => ("[HASH]", 2 + hash),
            () if moment => ("[TIME]", 20),
            () if number > 0 && GAS.iter().any(|before| shown.ends_with(before)) => ("[GAS]", number),
            () => (&rest[..first.len_utf8()], first.len_utf8()),
        };
        shown.push_str(word);
        rest = &rest[length..];
    }
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_on_a_chain_are_as_written() {
    let chain = Chain::start().await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/chain.md");
    let document = fs::read_to_string(&path).expect("a transcript");
    let data = chain.path("").display().to_string();
    let rpc = chain.network.rpc_urls[0].to_string();
    let environment = [("CUCKOO_DATA_DIR", data.as_str())];
    let (text, commands) = played(&document, |line| {
        let ran = typed(line, chain.directory.path(), &environment);
        Ran { code: ran.code, stdout: even(&ran.stdout, &rpc), stderr: even(&ran.stderr, &rpc) }
    });
    assert!(commands > 40, "{commands} commands");
    same(text, &path);
}
