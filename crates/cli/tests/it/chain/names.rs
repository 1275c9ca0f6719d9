//! What people type for a node and an endpoint is what they mean, or is refused.

use crate::harness::chain::{Chain, account};

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_address_is_never_a_name() {
    let chain = Chain::start().await;
    let password = chain.password();
    let (node, owner) = (chain.wallet("node"), account(0).address());
    let register = |name: &str| {
        let arguments = ["register", "miner", "-a", "anvil:0", "--node-account", "node", "--node-password-file"];
        chain.run(&[&arguments[..], &[&password, "--name", name, "--stake", "30000"]].concat())
    };
    chain.run(&["stake", "deposit", "100000", "-a", "anvil:0"]).expect(0);
    // The first letter's case is the wrong one.
    let mistyped = {
        let right = owner.to_checksum(None);
        let letter = right[2..].find(|c: char| c.is_ascii_alphabetic()).expect("a letter") + 2;
        let swapped: String = right[letter..=letter]
            .chars()
            .map(|c| if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() })
            .collect();
        format!("{}{swapped}{}", &right[..letter], &right[letter + 1..])
    };
    for name in [mistyped.as_str(), "--all", " ", "a\tb"] {
        register(name).expect(2);
    }
    register("miner-1").expect(0);
    for arguments in [
        &["stake", "deposit", "1", "--vote", &mistyped, "-a", "anvil:0", "--dry-run"][..],
        &["register", "status", &mistyped],
        &["vote", "release", &mistyped, "-a", "anvil:0"],
    ] {
        chain.run(arguments).expect(2).says("its checksum is wrong");
    }
    // A short one, or one without its 0x.
    chain.run(&["register", "status", &node[..40]]).expect(2).says("40 hexadecimal digits");
    chain.run(&["register", "status", &node[2..]]).expect(0);
    // A name that is taken, and one that looks like it.
    chain.run(&["register", "update", "miner-1", "--name", "miner-1", "-a", "anvil:0"]).expect(0);
    let other = chain.wallet("other");
    let like = ["register", "miner", "-a", "anvil:0", "--node-account", "other", "--node-password-file", &password];
    let like = [&like[..], &["--name", "m\u{456}ner-1", "--stake", "30000"]].concat();
    chain.run(&like).expect(0).says("the name looks like `miner-1`");
    chain.run(&["register", "update", &other, "--name", "miner-1", "-a", "anvil:0"]).expect(0).says("too: commands");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_proxy_is_asked_for_this_machine_and_errors_name_one() {
    let chain = Chain::start().await;
    let of = account(0).address().to_string();
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let ran = chain.command(&["balance", &of]).env(variable, "http://127.0.0.1:9").output().expect("runs");
        assert!(ran.status.success(), "{variable}: {}", String::from_utf8_lossy(&ran.stderr));
    }
    // An address that nobody has (RFC 5737).
    let far = ["balance", &of, "--rpc-url", "http://192.0.2.1:8545"];
    let ran = chain.command(&far).env("http_proxy", "http://127.0.0.1:9").output().expect("runs");
    let words = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(5), "{words}");
    assert!(words.contains("through the proxy of http_proxy"), "{words}");
    // Whatever is asked for, and not where the proxy is not for this address.
    let asked = ["task", "models", "--coordinator-url", "http://192.0.2.1:8545"];
    let ran = chain.command(&asked).env("HTTP_PROXY", "http://127.0.0.1:9").output().expect("runs");
    assert!(String::from_utf8_lossy(&ran.stderr).contains("through the proxy of HTTP_PROXY"), "{ran:?}");
    let asked = ["task", "models", "--coordinator-url", "http://127.0.0.2:9"];
    let ran = chain.command(&asked).env("HTTP_PROXY", "http://127.0.0.1:9").output().expect("runs");
    assert!(!String::from_utf8_lossy(&ran.stderr).contains("proxy"), "{ran:?}");
}
