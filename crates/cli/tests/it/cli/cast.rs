//! Keystores are foundry's too: a file of either program opens in the other.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::harness::chain::{Ran, anvil_program, command, write_secret};

/// The cast that is installed beside the pinned anvil.
fn cast(arguments: &[&str], home: &Path) -> Ran {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/node_modules/@foundry-rs");
    let packages = std::fs::read_dir(installed).into_iter().flatten().flatten();
    let mut programs = packages.map(|package| package.path().join("bin/cast")).filter(|path| path.is_file());
    let program: PathBuf = programs.next().unwrap_or_else(|| anvil_program().with_file_name("cast"));
    let output =
        Command::new(program).args(arguments).env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").output();
    Ran::new(output.expect("cast is installed: npm ci --prefix contracts"))
}

#[test]
fn cast_opens_ours_and_we_open_cast_s() {
    let data = tempfile::tempdir().expect("a directory");
    let path = |name: &str| data.path().join(name).display().to_string();
    let run = |arguments: &[&str]| Ran::new(command(data.path(), arguments).output().expect("runs"));
    write_secret(Path::new(&path("password")), "correct horse");
    let password = path("password");
    let ours = run(&["wallet", "new", "alice", "--password-file", &password]).expect(0).stdout;
    let keystore = path("keystores/alice.json");
    let shown = cast(&["wallet", "address", "--keystore", &keystore, "--password-file", &password], data.path());
    assert_eq!(shown.expect(0).stdout, ours);

    let foundry = path("foundry");
    std::fs::create_dir(&foundry).expect("a directory");
    let made = cast(&["wallet", "new", &foundry, "bob", "--unsafe-password", "correct horse"], data.path()).expect(0);
    let address = made.stdout.split_whitespace().find(|word| word.starts_with("0x")).expect("an address").to_owned();
    // Foundry's whole directory serves as ours, and a change of the password is one for both.
    let listed = run(&["wallet", "list", "--keystore-dir", &foundry]).expect(0).stdout;
    assert!(listed.starts_with("bob\t"), "{listed}");
    let bob = Path::new(&foundry).join("bob").display().to_string();
    let shown = run(&["wallet", "show", "--keystore", &bob, "--password-file", &password, "--json"]).expect(0).data();
    assert_eq!(shown["address"].as_str().map(str::to_lowercase), Some(address.to_lowercase()));
    write_secret(Path::new(&path("new")), "battery staple");
    let arguments = ["--keystore-dir", &foundry, "--password-file", &password, "--new-password-file", &path("new")];
    run(&[&["wallet", "passwd", "bob"], &arguments[..]].concat()).expect(0);
    let shown = cast(&["wallet", "address", "--keystore", &bob, "--password-file", &path("new")], data.path());
    assert_eq!(shown.expect(0).stdout.trim(), address);
    let refused = cast(&["wallet", "address", "--keystore", &bob, "--password-file", &password], data.path());
    assert_ne!(refused.code, 0);
}
