//! Checks a keystore file before it is decrypted: a file from elsewhere may be broken, or ask for too much memory or time.

use std::{fmt::Display, path::Path};

use cuckoo_protocol::Address;
use serde::Deserialize;

use crate::terminal::Error;

/// Most memory that deriving a password's key may take. geth's standard takes 256 MiB.
const MAX_MEMORY: u64 = 1 << 30;
/// Most rounds of scrypt's outer loop.
const MAX_PARALLEL: u64 = 16;
/// Most rounds of PBKDF2. geth's standard is 262,144.
const MAX_ROUNDS: u64 = 10_000_000;

#[derive(Deserialize)]
struct Keystore {
    crypto: Option<Crypto>,
    address: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Crypto {
    cipher: String,
    ciphertext: String,
    cipherparams: CipherParameters,
    kdfparams: Derivation,
}

#[derive(Deserialize)]
struct CipherParameters {
    iv: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Derivation {
    Scrypt { dklen: u64, n: u64, r: u64, p: u64 },
    Pbkdf2 { dklen: u64, c: u64 },
}

/// Reads the address that a keystore names, after a check of everything that decrypting it relies on.
pub(super) fn address(text: &str) -> Result<Option<Address>, String> {
    let keystore: Keystore = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let crypto = keystore.crypto.ok_or("it has no `crypto` part")?;
    if crypto.cipher != "aes-128-ctr" {
        return Err("its cipher is not aes-128-ctr".into());
    }
    for (name, value, bytes) in [("ciphertext", &crypto.ciphertext, 32), ("iv", &crypto.cipherparams.iv, 16)] {
        if alloy::hex::decode(value).map_or(0, |value| value.len()) != bytes {
            return Err(format!("its `{name}` is not {bytes} bytes in hexadecimal"));
        }
    }
    let (length, affordable) = match crypto.kdfparams {
        Derivation::Scrypt { dklen, n, r, p } => {
            let memory = n.saturating_mul(r).saturating_mul(128);
            let is_scrypt = n > 1 && n.is_power_of_two() && r > 0 && p > 0;
            (dklen, is_scrypt && memory <= MAX_MEMORY && p <= MAX_PARALLEL)
        }
        Derivation::Pbkdf2 { dklen, c } => (dklen, c > 0 && c <= MAX_ROUNDS),
    };
    if length != 32 {
        return Err("its `dklen` is not 32".into());
    }
    if !affordable {
        return Err("its `kdfparams` are out of bounds".into());
    }
    Ok(keystore.address.as_ref().and_then(|address| address.as_str()?.parse().ok()))
}

/// The error for a broken keystore.
pub(super) fn broken(path: &Path, problem: &dyn Display) -> Error {
    Error::auth(format_args!("{} is not a keystore: {problem}", path.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn changed(pointer: &str, value: Value) -> String {
        let mut keystore = json!({
            "address": "f39fd6e51aad88f6f4ce6ab8827279cfffb92266",
            "crypto": {
                "cipher": "aes-128-ctr",
                "ciphertext": "11".repeat(32),
                "cipherparams": {"iv": "22".repeat(16)},
                "kdf": "scrypt",
                "kdfparams": {"dklen": 32, "n": 8192, "r": 8, "p": 1, "salt": "33"},
                "mac": "44".repeat(32),
            },
        });
        if let Some(place) = keystore.pointer_mut(pointer) {
            *place = value;
        }
        keystore.to_string()
    }

    #[test]
    fn what_would_crash_or_exhaust_the_machine_is_refused_before_it_is_decrypted() {
        assert!(address(&changed("", json!({"crypto": null}))).is_err());
        assert!(matches!(address(&changed("/none", Value::Null)), Ok(Some(_))));
        assert!(matches!(address(&changed("/address", json!("nonsense"))), Ok(None)));
        let derivation = |n: u64, p: u64| json!({"dklen": 32, "n": n, "r": 8, "p": p});
        assert!(address(&changed("/crypto/kdfparams", derivation(1 << 18, 1))).is_ok());
        for (pointer, value) in [
            ("/crypto/cipherparams/iv", json!("2222")),
            ("/crypto/cipherparams/iv", json!("zz")),
            ("/crypto/ciphertext", json!("")),
            ("/crypto/cipher", json!("aes-128-cbc")),
            ("/crypto/kdfparams/dklen", json!(15)),
            ("/crypto/kdfparams", derivation(8_191, 1)),
            ("/crypto/kdfparams", derivation(1, 1)),
            ("/crypto/kdfparams", derivation(1 << 40, 1)),
            ("/crypto/kdfparams", derivation(u64::MAX, 1)),
            ("/crypto/kdfparams", derivation(8_192, 1 << 20)),
            ("/crypto/kdfparams", json!({"dklen": 32, "c": 1_u64 << 40, "prf": "hmac-sha256"})),
            ("/crypto/kdfparams", json!({})),
        ] {
            assert!(address(&changed(pointer, value.clone())).is_err(), "{pointer} {value}");
        }
    }
}
