//! Rounds of drand, as its relays serve them over HTTP. What a relay says is checked by the contract, so any relay will do.

use std::time::Duration;

use alloy::primitives::{U256, hex};
use serde::Deserialize;

use super::DisplaySafeUrl;
use crate::http;

/// How long a relay may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// An answer has a few hundred bytes.
const MAX_ANSWER: usize = 16 << 10;
/// A signature: a point of BN254's first group as two words.
const SIGNATURE: usize = 64;

/// What a relay answers, as far as anybody here needs it.
#[derive(Deserialize)]
struct Answer {
    round: u64,
    signature: String,
}

/// Fetches the signature of a round from one relay: a URL that ends with the hash of drand's chain, such as
/// `https://api.drand.sh/04f1e906...`, at which `/public/ROUND` is asked for.
pub(super) async fn fetch(relay: &DisplaySafeUrl, round: u64) -> Result<[U256; 2], String> {
    let mut url = relay.expose().clone();
    let base = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{base}/public/{round}"));
    let http = http::client(relay.expose())
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(http::words)?;
    let mut response = http.get(url).send().await.map_err(http::words)?;
    if !response.status().is_success() {
        return Err(format!("HTTP status {}", response.status()));
    }
    let mut bytes = vec![];
    while let Some(chunk) = response.chunk().await.map_err(http::words)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_ANSWER {
            return Err(format!("the answer has more than {MAX_ANSWER} bytes"));
        }
    }
    read(&bytes, round)
}

fn read(answer: &[u8], round: u64) -> Result<[U256; 2], String> {
    let answer: Answer =
        serde_json::from_slice(answer).map_err(|error| format!("the answer is not a round: {error}"))?;
    if answer.round != round {
        return Err(format!("the answer is round {}", answer.round));
    }
    let signature = hex::decode(&answer.signature).map_err(|_| "the signature is not hexadecimal".to_owned())?;
    match signature.split_at_checked(SIGNATURE / 2) {
        Some((x, y)) if signature.len() == SIGNATURE => Ok([U256::from_be_slice(x), U256::from_be_slice(y)]),
        _ => Err(format!("the signature has {} bytes; one on BN254 has {SIGNATURE}", signature.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_round_that_was_asked_for_is_read() {
        let answer = |round: u64, signature: &str| {
            read(format!(r#"{{"round":{round},"signature":"{signature}","randomness":"00"}}"#).as_bytes(), 7)
        };
        let signature = format!("{}{}", "0".repeat(63) + "1", "0".repeat(63) + "2");
        assert_eq!(answer(7, &signature), Ok([U256::from(1), U256::from(2)]));
        assert_eq!(answer(7, &format!("0x{signature}")), Ok([U256::from(1), U256::from(2)]));
        assert!(answer(8, &signature).is_err_and(|error| error.contains("round 8")));
        assert!(answer(7, &signature[2..]).is_err_and(|error| error.contains("63 bytes")));
        assert!(answer(7, "zz").is_err_and(|error| error.contains("hexadecimal")));
        assert!(read(b"<html>", 7).is_err());
    }
}
