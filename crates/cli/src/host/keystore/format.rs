//! Reads a keystore file before it is decrypted: wallets write the same format in several ways, and a file from elsewhere may be
//! broken, or ask for too much memory or time.
//!
//! The format is version 3 of the Web3 Secret Storage Definition. What wallets write differently, and what no key depends on, is read
//! as geth and ethers read it: names in any case, `0x` before hexadecimal digits, numbers as strings, no `id`, no `version`.

use std::{fmt::Display, path::Path};

use cuckoo_protocol::Address;
use serde_json::{Map, Value, json};

use crate::terminal::Error;

/// Most memory that deriving a password's key may take. geth's standard takes 256 MiB.
const MAX_MEMORY: u64 = 1 << 30;
/// Most rounds of scrypt's outer loop.
const MAX_PARALLEL: u64 = 16;
/// Most rounds of PBKDF2. geth's standard is 262,144.
const MAX_ROUNDS: u64 = 10_000_000;
/// The version of the format that wallets use.
const VERSION: u64 = 3;

/// A keystore that can be decrypted, given its password.
#[derive(Debug)]
pub(super) struct Keystore {
    /// The file's content as the library reads it.
    pub(super) content: Value,
    /// The address that the file names.
    pub(super) address: Option<Address>,
}

/// Reads a keystore, and checks everything that decrypting it relies on.
pub(super) fn read(text: &str) -> Result<Keystore, String> {
    let file: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())?;
    let file = object(&file, "its content")?;
    match file.get("version").map(|version| (number(version), version)) {
        None | Some((Some(VERSION), _)) => {}
        Some((_, version)) => return Err(format!("its `version` is {version}, and only {VERSION} can be read")),
    }
    let crypto = object(file.get("crypto").ok_or("it has no `crypto` part")?, "its `crypto` part")?;
    let cipher = crypto.get("cipher").and_then(Value::as_str).ok_or("it has no `cipher`")?;
    if !cipher.eq_ignore_ascii_case("aes-128-ctr") {
        return Err(format!("its `cipher` is {cipher:?}, and only aes-128-ctr can be read"));
    }
    let cipher_parameters = part(&crypto, "cipherparams")?;
    let parameters = part(&crypto, "kdfparams")?;
    let (derivation, parameters) = derivation(&crypto, &parameters)?;
    let content = json!({
        "crypto": {
            "cipher": "aes-128-ctr",
            "ciphertext": digits(&crypto, "ciphertext", Some(32))?,
            "cipherparams": {"iv": digits(&cipher_parameters, "iv", Some(16))?},
            "kdf": derivation,
            "kdfparams": parameters,
            "mac": digits(&crypto, "mac", Some(32))?,
        },
        // No key depends on it.
        "id": "00000000-0000-0000-0000-000000000000",
        "version": VERSION,
    });
    let address = file.get("address").and_then(Value::as_str).and_then(|address| address.parse().ok());
    Ok(Keystore { content, address })
}

/// How the password's key is derived.
fn derivation(crypto: &Map<String, Value>, given: &Map<String, Value>) -> Result<(&'static str, Value), String> {
    let named = crypto.get("kdf").and_then(Value::as_str).map(str::to_ascii_lowercase);
    let is_scrypt = match named.as_deref() {
        Some("scrypt") => true,
        Some("pbkdf2") => false,
        None => given.contains_key("n"),
        Some(other) => return Err(format!("its `kdf` is {other:?}, and only scrypt and pbkdf2 can be read")),
    };
    let count =
        |name: &str| given.get(name).and_then(number).ok_or_else(|| format!("its `kdfparams` have no number `{name}`"));
    if count("dklen")? != 32 {
        return Err("its `dklen` is not 32".into());
    }
    let salt = digits(given, "salt", None)?;
    if is_scrypt {
        let (n, r, p) = (count("n")?, count("r")?, count("p")?);
        let memory = n.saturating_mul(r).saturating_mul(128);
        let is_possible = n > 1 && n.is_power_of_two() && r > 0 && p > 0;
        if !is_possible || memory > MAX_MEMORY || p > MAX_PARALLEL {
            return Err("its `kdfparams` are out of bounds".into());
        }
        return Ok(("scrypt", json!({"dklen": 32, "n": n, "r": r, "p": p, "salt": salt})));
    }
    // The definition names no other function.
    if let Some(prf) = given.get("prf")
        && prf.as_str().is_none_or(|prf| !prf.eq_ignore_ascii_case("hmac-sha256"))
    {
        return Err(format!("its `prf` is {prf}, and only hmac-sha256 can be read"));
    }
    let c = count("c")?;
    if c == 0 || c > MAX_ROUNDS {
        return Err("its `kdfparams` are out of bounds".into());
    }
    Ok(("pbkdf2", json!({"dklen": 32, "c": c, "prf": "hmac-sha256", "salt": salt})))
}

/// The fields of an object by their names in lower case.
fn object(value: &Value, what: &str) -> Result<Map<String, Value>, String> {
    let fields = value.as_object().ok_or_else(|| format!("{what} is not a JSON object"))?;
    let mut lower = Map::new();
    for (name, value) in fields {
        if lower.insert(name.to_ascii_lowercase(), value.clone()).is_some() {
            return Err(format!("{what} has `{}` twice", name.to_ascii_lowercase()));
        }
    }
    Ok(lower)
}

fn part(of: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, String> {
    object(of.get(name).ok_or_else(|| format!("it has no `{name}`"))?, &format!("its `{name}`"))
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Bytes as hexadecimal digits without `0x`.
fn digits(of: &Map<String, Value>, name: &str, bytes: Option<usize>) -> Result<String, String> {
    let text = of.get(name).and_then(Value::as_str).ok_or_else(|| format!("it has no `{name}`"))?;
    let decoded = alloy::hex::decode(text).map_err(|_| format!("its `{name}` is not hexadecimal"))?;
    if let Some(bytes) = bytes
        && decoded.len() != bytes
    {
        return Err(format!("its `{name}` is not {bytes} bytes in hexadecimal"));
    }
    Ok(alloy::hex::encode(decoded))
}

/// The error for a broken keystore.
pub(super) fn broken(path: &Path, problem: &dyn Display) -> Error {
    Error::auth(format_args!("{} is not a keystore: {problem}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keystore() -> Value {
        json!({
            "address": "f39fd6e51aad88f6f4ce6ab8827279cfffb92266",
            "crypto": {
                "cipher": "aes-128-ctr",
                "ciphertext": "11".repeat(32),
                "cipherparams": {"iv": "22".repeat(16)},
                "kdf": "scrypt",
                "kdfparams": {"dklen": 32, "n": 8192, "r": 8, "p": 1, "salt": "33"},
                "mac": "44".repeat(32),
            },
            "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
            "version": 3,
        })
    }

    fn changed(pointer: &str, value: Value) -> String {
        let mut keystore = keystore();
        if let Some(place) = keystore.pointer_mut(pointer) {
            *place = value;
        }
        keystore.to_string()
    }

    fn without(parent: &str, name: &str) -> String {
        let mut keystore = keystore();
        keystore.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object").remove(name).expect("there");
        keystore.to_string()
    }

    #[test]
    fn what_no_key_depends_on_may_be_written_in_any_way() {
        let standard = read(&keystore().to_string()).expect("is a keystore");
        assert!(standard.address.is_some());
        let digits = |text: &str| json!(format!("0x{}", text.to_uppercase()));
        let capital = keystore().to_string().replace("\"crypto\"", "\"Crypto\"").replace("\"kdf\"", "\"KDF\"");
        for text in [
            without("", "id"),
            changed("/id", Value::Null),
            changed("/id", json!("not-a-uuid")),
            without("", "version"),
            changed("/version", json!("3")),
            changed("/crypto/ciphertext", digits(&"11".repeat(32))),
            changed("/crypto/mac", digits(&"44".repeat(32))),
            changed("/crypto/kdf", json!("Scrypt")),
            without("/crypto", "kdf"),
            changed("/crypto/kdfparams/n", json!("8192")),
            changed("/address", json!("nonsense")),
            capital,
            format!("\u{feff}{}", keystore()),
        ] {
            assert_eq!(read(&text).map(|keystore| keystore.content), Ok(standard.content.clone()), "{text}");
        }
        let rounds = json!({"dklen": 32, "c": 262_144, "salt": "33"});
        let mut pbkdf2 = keystore();
        pbkdf2["crypto"]["kdf"] = json!("pbkdf2");
        pbkdf2["crypto"]["kdfparams"] = rounds;
        let read = read(&pbkdf2.to_string()).expect("is a keystore");
        assert_eq!(read.content["crypto"]["kdfparams"]["prf"], "hmac-sha256");
    }

    #[test]
    fn what_would_crash_or_exhaust_the_machine_is_refused_before_it_is_decrypted() {
        let derivation = |n: u64, p: u64| json!({"dklen": 32, "n": n, "r": 8, "p": p, "salt": "33"});
        assert!(read(&changed("/crypto/kdfparams", derivation(1 << 18, 1))).is_ok());
        for (pointer, value, problem) in [
            ("", json!({"crypto": null}), "`crypto`"),
            ("", json!([]), "not a JSON object"),
            ("/version", json!(1), "`version` is 1"),
            ("/crypto/cipherparams/iv", json!("2222"), "`iv`"),
            ("/crypto/cipherparams/iv", json!("zz"), "`iv`"),
            ("/crypto/ciphertext", json!(""), "`ciphertext`"),
            ("/crypto/mac", json!("44"), "`mac`"),
            ("/crypto/cipher", json!("aes-128-cbc"), "`cipher`"),
            ("/crypto/kdf", json!("argon2id"), "`kdf`"),
            ("/crypto/kdfparams/dklen", json!(15), "`dklen`"),
            ("/crypto/kdfparams/salt", json!(3), "`salt`"),
            ("/crypto/kdfparams", derivation(8_191, 1), "out of bounds"),
            ("/crypto/kdfparams", derivation(1, 1), "out of bounds"),
            ("/crypto/kdfparams", derivation(1 << 40, 1), "out of bounds"),
            ("/crypto/kdfparams", derivation(u64::MAX, 1), "out of bounds"),
            ("/crypto/kdfparams", derivation(8_192, 1 << 20), "out of bounds"),
            ("/crypto/kdfparams", json!({}), "`dklen`"),
        ] {
            let refused = read(&changed(pointer, value.clone())).expect_err("is refused");
            assert!(refused.contains(problem), "{pointer} {value}: {refused}");
        }
        for (parent, name) in [("/crypto", "mac"), ("/crypto", "kdfparams"), ("/crypto/kdfparams", "salt")] {
            assert!(read(&without(parent, name)).expect_err("is refused").contains(name), "{name}");
        }
        for (c, prf) in [(1_u64 << 40, "hmac-sha256"), (1_000, "hmac-sha512"), (0, "hmac-sha256")] {
            let mut keystore = keystore();
            keystore["crypto"]["kdf"] = json!("pbkdf2");
            keystore["crypto"]["kdfparams"] = json!({"dklen": 32, "c": c, "prf": prf, "salt": "33"});
            assert!(read(&keystore.to_string()).is_err(), "{c} {prf}");
        }
        let twice = keystore().to_string().replacen('{', "{\"Crypto\":{},", 1);
        assert!(read(&twice).expect_err("is ambiguous").contains("twice"));
    }
}
