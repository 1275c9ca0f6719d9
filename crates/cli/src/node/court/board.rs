//! The boards of coordinators, from outside: where jurors and parties of a dispute read its bundles of evidence, and where anybody
//! hands one in.
//!
//! A board is on the listener that the coordinator's registered endpoint names, beside `/link`:
//!
//! ```text
//! GET /court/CASE           the receipts of an open case whose bundles are there, as JSON: a list of `Listed`
//! GET /court/CASE/RECEIPT   the bytes of a bundle
//! PUT /court/CASE/RECEIPT   hands one in: for a receipt of an open case, by anybody
//! ```
//!
//! Reading needs an [`EvidenceRequest`] of a node that has seats in the case or is a party of it; its three fields travel as headers.

use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes, hex};
use cuckoo_protocol::{
    Untrusted,
    chain::{ChainError, Signer},
    evidence::{Bundle, EvidenceError, MOST_BYTES},
    http,
    message::{Domain, EvidenceRequest, signature_bytes},
};
use reqwest::{RequestBuilder, Response, StatusCode, redirect::Policy};
use serde::{Deserialize, Serialize};
use tokio::time;
use url::Url;

use crate::{
    host::clock,
    node::endpoint::{self, EndpointError},
};

/// A proof may be this old or this far ahead, in seconds; clocks differ.
pub const MAX_SKEW: u64 = 60;
/// The header with the address of the node that asks.
pub const NODE: &str = "cuckoo-node";
/// The header with the time of the request, in seconds since the Unix epoch.
pub const TIME: &str = "cuckoo-time";
/// The header with the node's signature of its [`EvidenceRequest`], in hexadecimal digits.
pub const SIGNATURE: &str = "cuckoo-signature";

/// A list has at most this many bytes: a case has 32 receipts at most.
const MOST_LISTED: usize = 64 << 10;
/// A refusal is read up to this many bytes.
const MOST_REFUSED: usize = 4 << 10;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// An answer has to be there within this time, and a bundle in as much more as it needs at [`SLOWEST`].
const TIMEOUT: Duration = Duration::from_secs(60);
/// No pause within an answer may be longer than this.
const SILENCE: Duration = Duration::from_secs(10);
/// The slowest line, in bytes a second: one megabit.
pub const SLOWEST: u64 = 128 * 1024;

/// A bundle that a board has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Listed {
    /// The digest of the receipt.
    pub receipt: B256,
    /// The id of the bundle.
    pub bundle: B256,
}

/// Who reads a board: a node that has seats in the case or is a party of it.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The node's key, or that of a party that is not a node.
    pub signer: &'a Signer,
    /// The network's domain.
    pub domain: Domain,
}

/// Why a board did not do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// The coordinator's endpoint cannot be used.
    #[error("the coordinator's endpoint cannot be used: {0}")]
    Endpoint(#[from] EndpointError),
    /// The answer is missing, or a part of it.
    #[error("{host} cannot be reached: {reason}")]
    Unreachable {
        /// The board's host.
        host: String,
        /// The reason, in words.
        reason: String,
    },
    /// The board has no such bundle.
    #[error("{host} does not have it")]
    Missing {
        /// The board's host.
        host: String,
    },
    /// The board refuses.
    #[error("{host} refuses ({status}): {reason}")]
    Refused {
        /// The board's host.
        host: String,
        /// The status of its answer.
        status: u16,
        /// Its words.
        reason: Untrusted,
    },
    /// The board says something that is not an answer.
    #[error("{host} sends something else: {reason}")]
    Malformed {
        /// The board's host.
        host: String,
        /// The reason, in words.
        reason: String,
    },
    /// What it sends is not evidence of what was asked for.
    #[error("{host} sends no evidence: {source}")]
    Evidence {
        /// The board's host.
        host: String,
        /// What is wrong with the bundle.
        source: EvidenceError,
    },
    /// The request cannot be signed.
    #[error(transparent)]
    Sign(#[from] ChainError),
}

impl BoardError {
    /// Whether the same request may succeed later: the board is away, or has not yet heard of the case or of the bundle.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Missing { .. } => true,
            Self::Refused { status, .. } => matches!(status, 403 | 429 | 500..),
            _ => false,
        }
    }
}

/// The board of one coordinator.
#[derive(Clone, Debug)]
pub struct Board {
    coordinator: Address,
    /// The folder of its paths.
    base: Url,
    host: String,
    http: reqwest::Client,
}

impl Board {
    /// The board of a coordinator with this address and registered endpoint, such as `wss://HOST/link`. Nothing is sent yet.
    pub fn new(coordinator: Address, endpoint: &str) -> Result<Self, BoardError> {
        let (host, port) = endpoint::parse(endpoint)?;
        let mut base: Url = endpoint.parse().map_err(|_| EndpointError::NoUrl)?;
        let scheme = if base.scheme() == "wss" { "https" } else { "http" };
        base.set_scheme(scheme).map_err(|()| EndpointError::NotWebSocket)?;
        let base = base.join("court/").map_err(|_| EndpointError::NoUrl)?;
        let host = format!("{}:{port}", Untrusted::new(host));
        let http = http::client(&base)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // What proves a seat is for this coordinator alone.
            .redirect(Policy::none())
            .build()
            .map_err(|error| BoardError::Unreachable { host: host.clone(), reason: error.without_url().to_string() })?;
        Ok(Self { coordinator, base, host, http })
    }

    /// The coordinator.
    pub fn coordinator(&self) -> Address {
        self.coordinator
    }

    /// The bundles of a case that the board has.
    pub async fn list(&self, case: B256, reader: &Reader<'_>) -> Result<Vec<Listed>, BoardError> {
        let request = self.http.get(self.url(case, None)?);
        let bytes = self.send(self.prove(request, case, reader).await?, MOST_LISTED).await?;
        serde_json::from_slice(&bytes).map_err(|error| self.malformed(error.to_string()))
    }

    /// Fetches the bundle of a receipt, and verifies it: it is that receipt's, of this network, and opens all of its commitments.
    pub async fn fetch(&self, case: B256, receipt: B256, reader: &Reader<'_>) -> Result<Bundle, BoardError> {
        let request = self.http.get(self.url(case, Some(receipt))?).timeout(time_for(MOST_BYTES));
        let bytes = self.send(self.prove(request, case, reader).await?, MOST_BYTES).await?;
        check(&bytes, receipt, &reader.domain)
            .map_err(|source| BoardError::Evidence { host: self.host.clone(), source })
    }

    /// Hands in a bundle for one of a case's receipts. A bundle that is there already is left as it is.
    pub async fn hand_in(&self, case: B256, bundle: &Bundle) -> Result<(), BoardError> {
        let bytes = bundle.encode();
        let patience = time_for(bytes.len());
        let request = self.http.put(self.url(case, Some(bundle.record.hash()))?).timeout(patience).body(bytes);
        self.send(request, MOST_REFUSED).await.map(drop)
    }

    fn url(&self, case: B256, receipt: Option<B256>) -> Result<Url, BoardError> {
        let path = receipt.map_or_else(|| case.to_string(), |receipt| format!("{case}/{receipt}"));
        Ok(self.base.join(&path).map_err(|_| EndpointError::NoUrl)?)
    }

    /// Adds the proof that a reader may read.
    async fn prove(
        &self,
        request: RequestBuilder,
        dispute: B256,
        reader: &Reader<'_>,
    ) -> Result<RequestBuilder, BoardError> {
        let (node, time) = (reader.signer.address(), clock::now_seconds());
        let message = EvidenceRequest { dispute, node, audience: self.coordinator, time };
        let signature = signature_bytes(&reader.signer.sign_typed(&message, &reader.domain.eip712()).await?);
        let request = request.header(NODE, node.to_string()).header(TIME, time.to_string());
        Ok(request.header(SIGNATURE, hex::encode_prefixed(signature)))
    }

    async fn send(&self, request: RequestBuilder, most: usize) -> Result<Vec<u8>, BoardError> {
        let response = request.send().await.map_err(|error| self.unreachable(error))?;
        let status = response.status();
        if status.is_success() {
            return self.read(response, most).await;
        }
        if status == StatusCode::NOT_FOUND {
            return Err(BoardError::Missing { host: self.host.clone() });
        }
        let reason = self.read(response, MOST_REFUSED).await.unwrap_or_default();
        let reason = Untrusted::new(String::from_utf8_lossy(&reason));
        Err(BoardError::Refused { host: self.host.clone(), status: status.as_u16(), reason })
    }

    async fn read(&self, mut response: Response, most: usize) -> Result<Vec<u8>, BoardError> {
        let mut bytes = vec![];
        loop {
            let chunk = time::timeout(SILENCE, response.chunk()).await;
            let chunk = chunk.map_err(|_| self.malformed(format!("nothing for {} s", SILENCE.as_secs())))?;
            let Some(chunk) = chunk.map_err(|error| self.unreachable(error))? else { return Ok(bytes) };
            bytes.extend_from_slice(&chunk);
            if bytes.len() > most {
                return Err(self.malformed(format!("more than {most} bytes")));
            }
        }
    }

    fn unreachable(&self, error: reqwest::Error) -> BoardError {
        BoardError::Unreachable { host: self.host.clone(), reason: http::words(error) }
    }

    fn malformed(&self, reason: String) -> BoardError {
        BoardError::Malformed { host: self.host.clone(), reason }
    }
}

/// How long this many bytes may take.
const fn time_for(bytes: usize) -> Duration {
    TIMEOUT.saturating_add(Duration::from_secs(bytes as u64 / SLOWEST))
}

/// Reads and verifies the bytes of a bundle for the receipt with this digest on a network.
pub fn check(bytes: &[u8], receipt: B256, domain: &Domain) -> Result<Bundle, EvidenceError> {
    let bundle = Bundle::decode(bytes)?;
    if bundle.record.domain() != *domain {
        return Err(EvidenceError::Malformed("it is of another network".into()));
    }
    bundle.verify()?;
    match bundle.record.hash() {
        found if found == receipt => Ok(bundle),
        found => Err(EvidenceError::Malformed(format!("it is of the receipt {found}"))),
    }
}

/// The request that a board's headers say was signed, for this case and coordinator, and its signature. `None` where a header is
/// missing or cannot be read.
pub fn read_proof<'a>(
    dispute: B256,
    audience: Address,
    header: impl Fn(&'static str) -> Option<&'a str>,
) -> Option<(EvidenceRequest, Bytes)> {
    let node = header(NODE)?.parse().ok()?;
    let time = header(TIME)?.parse().ok()?;
    let signature = header(SIGNATURE)?.parse().ok()?;
    Some((EvidenceRequest { dispute, node, audience, time }, signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_is_beside_the_link() {
        let case = B256::repeat_byte(1);
        let of = |endpoint: &str| {
            let board = Board::new(Address::ZERO, endpoint).expect("an endpoint");
            board.url(case, None).expect("a path").to_string()
        };
        for (endpoint, base) in [
            ("wss://coordinator.example/link", "https://coordinator.example/"),
            ("wss://coordinator.example:8443/a/link?b=c#d", "https://coordinator.example:8443/a/"),
            ("ws://127.0.0.1:8781/link", "http://127.0.0.1:8781/"),
            ("ws://[::1]:8781", "http://[::1]:8781/"),
        ] {
            assert_eq!(of(endpoint), format!("{base}court/{case}"), "{endpoint}");
        }
        for bad in ["", "ws://10.0.0.1/link", "https://coordinator.example/link"] {
            assert!(matches!(Board::new(Address::ZERO, bad), Err(BoardError::Endpoint(_))), "{bad}");
        }
    }

    #[test]
    fn a_proof_needs_all_of_its_headers() {
        let case = B256::repeat_byte(1);
        let proof = |missing: &str, spoiled: &str| {
            read_proof(case, Address::repeat_byte(2), |name| match name {
                _ if name == missing => None,
                _ if name == spoiled => Some("?"),
                NODE => Some("0x0303030303030303030303030303030303030303"),
                TIME => Some("7"),
                _ => Some("0x1234"),
            })
        };
        let (request, signature) = proof("", "").expect("a proof");
        assert_eq!((request.dispute, request.audience), (case, Address::repeat_byte(2)));
        assert_eq!((request.node, request.time, signature.len()), (Address::repeat_byte(3), 7, 2));
        for name in [NODE, TIME, SIGNATURE] {
            assert!(proof(name, "").is_none() && proof("", name).is_none(), "{name}");
        }
    }
}
