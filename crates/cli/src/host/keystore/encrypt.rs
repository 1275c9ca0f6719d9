//! Encrypts a key as geth does: version 3 of the Web3 Secret Storage Definition, with scrypt and AES-128-CTR.
//!
//! The library that opens keystores makes them too, but with a thirty-second of the work for a thief who guesses passwords.

use aes::cipher::{KeyIvInit, StreamCipher};
use alloy::primitives::keccak256;
use rand::random;
use scrypt::Params;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::terminal::{Error, Result};

/// What one guess of the password costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Work {
    /// geth's standard: 256 MiB of memory and about a second.
    #[default]
    Standard,
    /// geth's light one, which is enough where the password is random and as long as a key.
    Light,
}

impl Work {
    /// The binary logarithm of scrypt's cost, and its parallelism.
    fn parameters(self) -> (u8, u32) {
        match self {
            Self::Standard => (18, 1),
            Self::Light => (12, 6),
        }
    }
}

/// Encrypts a key with a password; the file's content, without the address.
pub(super) fn encrypt(key: &[u8], password: &str, work: Work) -> Result<Value> {
    let failed = || Error::failure("cannot encrypt the key");
    let (log_n, p) = work.parameters();
    let (salt, iv): ([u8; 32], [u8; 16]) = (random(), random());
    let mut derived = Zeroizing::new([0; 32]);
    let parameters = Params::new(log_n, 8, p).map_err(|_| failed())?;
    scrypt::scrypt(password.as_bytes(), &salt, &parameters, derived.as_mut()).map_err(|_| failed())?;
    let (cipher_key, mac_key) = derived.split_at(16);
    let mut ciphertext = key.to_vec();
    ctr::Ctr128BE::<aes::Aes128>::new_from_slices(cipher_key, &iv)
        .map_err(|_| failed())?
        .apply_keystream(&mut ciphertext);
    let mac = keccak256(Zeroizing::new([mac_key, &ciphertext].concat()));
    // A version 4 UUID.
    let mut id: [u8; 16] = random();
    id[6] = id[6] & 0x0f | 0x40;
    id[8] = id[8] & 0x3f | 0x80;
    let id = alloy::hex::encode(id);
    let id = [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-");
    Ok(json!({
        "crypto": {
            "cipher": "aes-128-ctr",
            "ciphertext": alloy::hex::encode(ciphertext),
            "cipherparams": {"iv": alloy::hex::encode(iv)},
            "kdf": "scrypt",
            "kdfparams": {"dklen": 32, "n": 1_u32 << log_n, "p": p, "r": 8, "salt": alloy::hex::encode(salt)},
            "mac": alloy::hex::encode(mac),
        },
        "id": id,
        "version": 3,
    }))
}
