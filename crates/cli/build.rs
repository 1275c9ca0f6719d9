//! What the binary tells of its own making: commit, date, target and profile.
//!
//! Packagers without git set `CUCKOO_BUILD_COMMIT` and `CUCKOO_BUILD_DATE`; with neither, the version says nothing of a commit.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

const COMMIT: &str = "CUCKOO_BUILD_COMMIT";
const DATE: &str = "CUCKOO_BUILD_DATE";
const EPOCH: &str = "SOURCE_DATE_EPOCH";

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = manifest.join("../..");
    println!("cargo::rerun-if-changed=build.rs");
    for name in [COMMIT, DATE, EPOCH] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let given = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let (commit, date, committed) = match given(COMMIT) {
        Some(commit) => (commit, given(DATE).unwrap_or_default(), None),
        None => from_git(&root).unwrap_or_default(),
    };
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    // The time of the commit stands for that of the build, where nothing else was built.
    let built = given(EPOCH).and_then(|seconds| seconds.parse().ok()).or(committed).unwrap_or_else(now);
    println!("cargo::rustc-env={COMMIT}={commit}");
    println!("cargo::rustc-env={DATE}={date}");
    println!("cargo::rustc-env=CUCKOO_BUILD_SECONDS={built}");
    for (name, from) in [("CUCKOO_BUILD_TARGET", "TARGET"), ("CUCKOO_BUILD_PROFILE", "PROFILE")] {
        println!("cargo::rustc-env={name}={}", env::var(from).unwrap_or_default());
    }
}

/// The commit, with `+` when what was built is not what was committed, its date, and its time in seconds since 1970. Run again when one
/// of them may have changed.
fn from_git(root: &Path) -> Option<(String, String, Option<u64>)> {
    // A copy of the sources inside of another repository is not that repository's commit.
    let top = git(root, &["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    let head = git(root, &["log", "-1", "--format=%h %cs %ct", "--abbrev=10"])?;
    let mut parts = head.split(' ');
    let (commit, date, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    // Whatever goes into the binary: each change of it compiles this crate anew anyway.
    let sources =
        ["Cargo.toml", "Cargo.lock", "crates/protocol/src", "crates/gpu/src", "crates/tui/src", "crates/cli/src"];
    let changed = git(root, &[&["status", "--porcelain", "--"], &sources[..]].concat())?;
    let files = ["HEAD", "packed-refs"].map(|file| git(root, &["rev-parse", "--git-path", file]));
    let branch = git(root, &["symbolic-ref", "--quiet", "HEAD"])
        .and_then(|branch| git(root, &["rev-parse", "--git-path", &branch]));
    let watched = files.into_iter().flatten().chain(branch).map(|file| root.join(file));
    for path in watched.chain(sources.map(|source| root.join(source))) {
        // A path that does not exist would count as changed each time.
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    let committed = seconds.parse().ok().filter(|_| changed.is_empty());
    Some((format!("{commit}{}", if changed.is_empty() { "" } else { "+" }), date.to_owned(), committed))
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    // Without the lock, a build never stands in the way of a person's own git.
    let output = Command::new("git").env("GIT_OPTIONAL_LOCKS", "0").current_dir(root).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
