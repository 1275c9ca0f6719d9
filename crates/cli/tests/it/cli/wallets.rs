//! Wallets on the disk: shared with `cast`, with passwords that change, exported to files alone, and given by systemd.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::harness::chain::{Chain, Ran, anvil_program, command, write_secret};

/// The second development account, whose key everybody knows.
const KEY: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const ADDRESS: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

struct Home(tempfile::TempDir);

impl Home {
    /// A directory with the files `password` and `new`, and the development key in `key`.
    fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("a directory"));
        for (name, text) in [("password", "correct horse"), ("new", "battery staple"), ("key", KEY)] {
            write_secret(&home.path(name), text);
        }
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::new(command(self.0.path(), arguments).current_dir(self.0.path()).output().expect("runs"))
    }

    fn imported(self, name: &str) -> Self {
        let arguments = ["wallet", "import", name, "--private-key-file", "key", "--password-file", "password"];
        assert_eq!(self.run(&arguments).expect(0).stdout.trim(), ADDRESS);
        self
    }

    /// `cast` of the same release as the anvil that the tests run.
    fn cast(&self, arguments: &[&str]) -> Ran {
        let anvil = anvil_program().display().to_string();
        let cast = anvil.replace("anvil-", "cast-").replace("bin/anvil", "bin/cast");
        let output = Command::new(cast)
            .args(arguments)
            .env_clear()
            .env("HOME", self.0.path())
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output();
        Ran::new(output.expect("cast is installed: npm ci --prefix contracts"))
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("exists").permissions().mode() & 0o777
}

#[test]
fn keystores_are_shared_with_cast_both_ways() {
    let home = Home::new().imported("ours");
    let ours = home.path("keystores/ours.json").display().to_string();
    let opened = home.cast(&["wallet", "address", "--keystore", &ours, "--password-file", "password"]).expect(0);
    assert_eq!(opened.stdout.trim(), ADDRESS);

    home.cast(&["wallet", "new", ".", "theirs", "--unsafe-password", "correct horse"]).expect(0);
    let theirs = home.cast(&["wallet", "address", "--keystore", "theirs", "--password-file", "password"]).expect(0);
    let theirs = theirs.stdout.trim();
    assert_eq!(theirs.len(), 42);
    let import = ["wallet", "import", "taken", "--keystore", "theirs", "--password-file"];
    home.run(&[&import[..], &["new"]].concat()).expect(4).says("wrong password for theirs");
    home.run(&[&import[..], &["password"]].concat()).expect(0);
    let wallets = home.run(&["wallet", "list"]).expect(0).stdout;
    assert!(wallets.lines().any(|row| row.starts_with(&format!("taken\t{theirs}\t"))), "{wallets}");

    // Dropped into the directory as it is, it works as well: its address is known once it is open.
    std::fs::rename(home.path("theirs"), home.path("keystores/dropped.json")).expect("moved");
    home.run(&["wallet", "export", "dropped", "plain", "--unencrypted", "--password-file", "password"]).expect(0);
    let arguments = ["wallet", "import", "again", "--private-key-file", "plain", "--password-file", "password"];
    assert_eq!(home.run(&arguments).expect(0).stdout.trim(), theirs);
}

#[test]
fn a_changed_password_is_the_only_one_that_opens() {
    let home = Home::new().imported("dev");
    let passwd = ["wallet", "passwd", "dev", "--password-file"];
    home.run(&[&passwd[..], &["new", "--new-password-file", "new"]].concat()).expect(4).says("wrong password");
    home.run(&[&passwd[..], &["-", "--new-password-file", "-"]].concat()).expect(2).says("--new-password-file PATH");
    home.run(&[&passwd[..], &["password"]].concat()).expect(2).says("--new-password-file PATH");
    write_secret(&home.path("empty"), "\n");
    home.run(&[&passwd[..], &["password", "--new-password-file", "empty"]].concat()).expect(4).says("empty");
    let keystore = home.path("keystores/dev.json");
    let before = std::fs::read(&keystore).expect("exists");
    home.run(&[&passwd[..], &["password", "--new-password-file", "new"]].concat()).expect(0).says("new password");
    assert_ne!(std::fs::read(&keystore).expect("exists"), before);
    assert_eq!((mode(&keystore), mode(&home.path("keystores"))), (0o600, 0o700));
    assert_eq!(std::fs::read_dir(home.path("keystores")).expect("a directory").count(), 1, "nothing is left over");
    let export = |password: &str, to: &str| {
        home.run(&["wallet", "export", "dev", to, "--unencrypted", "--password-file", password])
    };
    export("password", "old").expect(4).says("wrong password");
    export("new", "now").expect(0);
    assert!(!home.path("old").exists() && home.path("now").exists());
}

#[test]
fn a_key_is_exported_to_a_new_private_file_and_nowhere_else() {
    let home = Home::new().imported("dev");
    let export = |to: &str, extra: &[&str]| home.run(&[&["wallet", "export", "dev", to], extra].concat());
    let unencrypted = ["--unencrypted", "--password-file", "password"];
    for nowhere in ["/dev/stdout", "/dev/stderr", "/dev/fd/1", "/proc/self/fd/2", "key"] {
        for extra in [&[][..], &unencrypted] {
            let ran = export(nowhere, extra).expect(3).says("nothing was written");
            assert!(ran.stdout.is_empty() && !ran.stderr.contains(KEY), "{ran:?}");
        }
    }
    assert_eq!(std::fs::read_to_string(home.path("key")).expect("exists"), KEY, "not overwritten");
    export("no/where", &[]).expect(1).says("no/where");

    let copied = export("copy.json", &["--json"]).expect(0);
    assert_eq!(copied.data()["name"], json!("dev"));
    let original = std::fs::read(home.path("keystores/dev.json")).expect("exists");
    assert_eq!(std::fs::read(home.path("copy.json")).expect("exists"), original);
    let plain = export("plain", &unencrypted).expect(0).says("anybody who reads that file can use the wallet");
    assert!(!plain.stderr.contains(KEY) && plain.stdout.is_empty(), "{plain:?}");
    assert_eq!(std::fs::read_to_string(home.path("plain")).expect("exists"), format!("0x{KEY}\n"));
    assert_eq!((mode(&home.path("copy.json")), mode(&home.path("plain"))), (0o600, 0o600));
}

#[test]
fn the_wallet_in_use_is_the_named_one_or_the_only_one() {
    let home = Home::new();
    home.run(&["wallet", "show"]).expect(4).says("cuckoo wallet new NAME");
    let home = home.imported("first");
    assert_eq!(home.run(&["wallet", "show", "--json"]).expect(0).data()["name"], json!("first"));
    let home = home.imported("second");
    home.run(&["wallet", "show"]).expect(4).says("--account NAME, where NAME is one of first, second");
    assert_eq!(home.run(&["wallet", "show", "--json", "-a", "second"]).expect(0).data()["name"], json!("second"));
}

#[test]
fn a_broken_keystore_is_an_error_and_no_crash() {
    let home = Home::new().imported("dev");
    let text = std::fs::read_to_string(home.path("keystores/dev.json")).expect("exists");
    let keystore: Value = serde_json::from_str(&text).expect("JSON");
    let open = || home.run(&["wallet", "export", "dev", "plain", "--unencrypted", "--password-file", "password"]);
    for (pointer, value) in [
        ("/crypto/cipherparams/iv", json!("00")),
        ("/crypto/kdfparams/dklen", json!(8)),
        ("/crypto/kdfparams/n", json!(1_u64 << 31)),
        ("/crypto/ciphertext", json!("")),
        ("/crypto", json!(null)),
    ] {
        let mut changed = keystore.clone();
        *changed.pointer_mut(pointer).expect("is there") = value;
        write_secret(&home.path("keystores/dev.json"), &changed.to_string());
        open().expect(4).says("is not a keystore");
    }
    let mut other = keystore.clone();
    other["address"] = json!("f39fd6e51aad88f6f4ce6ab8827279cfffb92266");
    write_secret(&home.path("keystores/dev.json"), &other.to_string());
    open().expect(4).says("does not belong to the address in the file");
    write_secret(&home.path("keystores/dev.json"), &text[..text.len() / 2]);
    open().expect(4).says("is not a keystore");
    assert!(!home.path("plain").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn systemds_credentials_sign_and_others_eyes_are_warned_of() {
    let chain = Chain::start().await;
    let address = chain.wallet("node");
    chain.run(&["faucet", "request", "--to", &address]).expect(0);
    let credentials = chain.path("credentials");
    std::fs::create_dir(&credentials).expect("a directory");
    std::fs::rename(chain.path("keystores/node.json"), credentials.join("keystore")).expect("moved");
    write_secret(&credentials.join("keystore-password"), "correct horse");
    let deposit = || {
        let mut command = chain.command(&["stake", "deposit", "5"]);
        Ran::new(command.env("CREDENTIALS_DIRECTORY", &credentials).output().expect("runs"))
    };
    let quiet = deposit().expect(0);
    assert!(!quiet.stderr.contains("chmod"), "{quiet:?}");
    std::fs::set_permissions(credentials.join("keystore"), std::fs::Permissions::from_mode(0o640)).expect("changed");
    deposit().expect(0).says("other users can read the secret").says("chmod 600");
    write_secret(&credentials.join("keystore-password"), "wrong");
    deposit().expect(4).says("wrong password");
    let status = chain.run(&["stake", "status", &address, "--json"]).expect(0).data();
    assert_eq!(status["free"], json!("10000000000000000000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_is_not_there_signs_nothing() {
    let chain = Chain::start().await;
    chain.wallet("node");
    // With the feature: no device is found. Without: how to build it.
    let (code, hint) = match cfg!(feature = "ledger") {
        true => (4, "unlock it and open its Ethereum app"),
        false => (2, "--features ledger"),
    };
    for arguments in [&["stake", "deposit", "5"][..], &["balance"]] {
        chain.run(&[arguments, &["--ledger"]].concat()).expect(code).says(hint);
    }
    chain.run(&["miner", "run", "--ledger", "--engine", "scripted"]).expect(2).says("cannot be on a Ledger");
    chain.run(&["balance", "--ledger", "--account", "node"]).expect(2).says("cannot be used with");
    chain.run(&["balance", "--hd-path", "m/44'/60'/1'/0/0"]).expect(2).says("--ledger");
}
