//! Forty-five forms in which keystores were met: with the right password each one opens, or is refused for what is odd about it.

use std::{fs, path::Path};

use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Keystores, Work, unlock};
use crate::terminal::Class;

const PASSWORD: &str = "correct horse";

/// A keystore as this program makes it, and its address.
fn standard(directory: &Path) -> (Value, String) {
    let keystores = Keystores::at(directory).with_work(Work::Light);
    let wallet = keystores.create("alice", &SecretString::from(PASSWORD)).expect("a wallet");
    let text = fs::read_to_string(&wallet.path).expect("is read");
    (serde_json::from_str(&text).expect("is JSON"), wallet.address.expect("an address").to_string())
}

/// What opening a file with this content and the right password comes to: the address or the refusal.
fn open(directory: &Path, content: &[u8], password: &str) -> Result<String, String> {
    let path = directory.join("form.json");
    fs::write(&path, content).expect("is written");
    let opened = unlock(&path, &SecretString::from(password));
    opened.map(|signer| signer.address().to_string()).map_err(|error| {
        assert_eq!(error.class(), Class::Auth);
        error.to_string()
    })
}

/// The same file with one value changed, added or, where the value is null, left out.
fn with(standard: &Value, pointer: &str, value: Value) -> Vec<u8> {
    let mut file = standard.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let fields = file.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    match value.is_null() {
        true => drop(fields.remove(name)),
        false => drop(fields.insert(name.to_owned(), value)),
    }
    file.to_string().into_bytes()
}

#[test]
fn what_nothing_depends_on_may_be_written_in_any_way() {
    let directory = tempfile::tempdir().expect("a directory");
    let (file, address) = standard(directory.path());
    let text = file.to_string();
    let field = |pointer: &str| file.pointer(pointer).and_then(Value::as_str).expect("text").to_owned();
    let prefixed = |pointer: &str| with(&file, pointer, json!(format!("0x{}", field(pointer))));
    let renamed = |from: &str, to: &str| text.replace(&format!("\"{from}\""), &format!("\"{to}\"")).into_bytes();
    let forms: [(&str, Vec<u8>); 26] = [
        ("as it is made", text.clone().into_bytes()),
        ("no id", with(&file, "/id", Value::Null)),
        ("id null", text.replace(&format!("\"{}\"", field("/id")), "null").into_bytes()),
        ("an id that is no UUID", with(&file, "/id", json!("not-a-uuid"))),
        ("no version", with(&file, "/version", Value::Null)),
        ("the version as text", with(&file, "/version", json!("3"))),
        ("0x before the ciphertext", prefixed("/crypto/ciphertext")),
        ("0x before the MAC", prefixed("/crypto/mac")),
        ("0x before the vector", prefixed("/crypto/cipherparams/iv")),
        ("0x before the salt", prefixed("/crypto/kdfparams/salt")),
        ("capital digits of the MAC", with(&file, "/crypto/mac", json!(field("/crypto/mac").to_uppercase()))),
        (
            "capital digits of the salt",
            with(&file, "/crypto/kdfparams/salt", json!(field("/crypto/kdfparams/salt").to_uppercase())),
        ),
        ("kdf with a capital", with(&file, "/crypto/kdf", json!("Scrypt"))),
        ("no kdf", with(&file, "/crypto/kdf", Value::Null)),
        ("cipher in capitals", with(&file, "/crypto/cipher", json!("AES-128-CTR"))),
        ("n as text", with(&file, "/crypto/kdfparams/n", json!("4096"))),
        ("dklen as text", with(&file, "/crypto/kdfparams/dklen", json!("32"))),
        ("Crypto, as ethers v5", renamed("crypto", "Crypto")),
        ("CRYPTO", renamed("crypto", "CRYPTO")),
        ("KdfParams", renamed("kdfparams", "KdfParams")),
        ("no address", with(&file, "/address", Value::Null)),
        ("an address with 0x", with(&file, "/address", json!(address))),
        ("a word in place of an address", with(&file, "/address", json!("nonsense"))),
        ("what ethers adds", with(&file, "/x-ethers", json!({"client": "ethers.js", "version": "0.1"}))),
        ("a byte order mark", format!("\u{feff}{text}").into_bytes()),
        (
            "lines as Windows ends them",
            serde_json::to_string_pretty(&file).expect("JSON").replace('\n', "\r\n").into_bytes(),
        ),
    ];
    for (form, content) in forms {
        assert_eq!(open(directory.path(), &content, PASSWORD), Ok(address.clone()), "{form}");
    }
    let wrong = open(directory.path(), text.as_bytes(), "wrong").expect_err("refused");
    assert!(wrong.contains("wrong password") && !wrong.contains("begins or ends"), "{wrong}");
    for (odd, words) in [("'quoted'", "a quotation mark"), (" wrong ", "a blank"), ("wrong\n", "a blank")] {
        let wrong = open(directory.path(), text.as_bytes(), odd).expect_err("refused");
        assert!(wrong.contains(&format!("begins or ends with {words}")), "{wrong}");
    }
}

#[test]
fn what_is_needed_is_named_where_it_is_missing_or_odd_and_the_password_is_not_blamed() {
    let directory = tempfile::tempdir().expect("a directory");
    let (file, _) = standard(directory.path());
    let text = file.to_string();
    let pbkdf2 = |prf: &str| {
        let mut file = file.clone();
        file["crypto"]["kdf"] = json!("pbkdf2");
        file["crypto"]["kdfparams"] = json!({"dklen": 32, "c": 1_000, "prf": prf, "salt": "33"});
        file.to_string().into_bytes()
    };
    let forms: [(Vec<u8>, &str); 17] = [
        (with(&file, "/crypto/mac", Value::Null), "it has no `mac`"),
        (with(&file, "/crypto/ciphertext", Value::Null), "it has no `ciphertext`"),
        (with(&file, "/crypto/cipher", Value::Null), "it has no `cipher`"),
        (with(&file, "/crypto/cipherparams", Value::Null), "it has no `cipherparams`"),
        (with(&file, "/crypto/kdfparams", Value::Null), "it has no `kdfparams`"),
        (with(&file, "/crypto/kdfparams/salt", Value::Null), "it has no `salt`"),
        (with(&file, "/crypto", Value::Null), "it has no `crypto` part"),
        (with(&file, "/crypto/mac", json!("zz")), "its `mac` is not hexadecimal"),
        (with(&file, "/crypto/cipher", json!("aes-128-cbc")), "only aes-128-ctr"),
        (with(&file, "/crypto/kdf", json!("argon2id")), "only scrypt and pbkdf2"),
        (with(&file, "/crypto/kdfparams/dklen", json!(16)), "its `dklen` is not 32"),
        (with(&file, "/version", json!(1)), "its `version` is 1"),
        (pbkdf2("hmac-sha512"), "only hmac-sha256"),
        (text.as_bytes()[..text.len() / 2].to_vec(), "EOF while parsing"),
        (b"[]".to_vec(), "not a JSON object"),
        (vec![], "EOF while parsing"),
        (vec![0xff, 0xfe, 0x7b, 0x00], "not contain valid UTF-8"),
    ];
    for (content, words) in forms {
        let refused = open(directory.path(), &content, PASSWORD).expect_err("refused");
        assert!(refused.contains(words) && !refused.contains("wrong password"), "{words}: {refused}");
    }
}

/// The definition's own file with PBKDF2, with and without the field that all wallets agree on.
#[test]
fn the_definition_s_own_keystore_opens() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut file = json!({
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
            "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
            "kdf": "pbkdf2",
            "kdfparams": {
                "c": 262_144,
                "dklen": 32,
                "prf": "hmac-sha256",
                "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
            },
            "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3,
    });
    let address = Ok("0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b".to_owned());
    assert_eq!(open(directory.path(), file.to_string().as_bytes(), "testpassword"), address);
    file["crypto"]["kdfparams"].as_object_mut().expect("an object").remove("prf");
    assert_eq!(open(directory.path(), file.to_string().as_bytes(), "testpassword"), address);
}
