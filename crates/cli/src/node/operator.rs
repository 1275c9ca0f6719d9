//! What an operator can ask of a running node over its loopback listener. An operator is anybody who can read a secret in the
//! node's data directory: neither a web page in a browser on the same machine, nor another user of that machine.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use alloy::{hex, primitives::keccak256};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    routing::post,
};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use crate::host::files;

/// A node's secret for its operators, and whether they have asked it to drain.
#[derive(Clone, Debug)]
pub struct Operator {
    token: SecretString,
    drain: CancellationToken,
}

impl Operator {
    /// The path of the secret in a data directory.
    pub fn path(data: &Path) -> PathBuf {
        data.join("operator.secret")
    }

    /// Opens the secret of a node's data directory, or creates it.
    pub fn open(data: &Path) -> io::Result<Self> {
        let token = SecretString::from(hex::encode(files::secret(&Self::path(data))?));
        Ok(Self { token, drain: CancellationToken::new() })
    }

    /// Reads the secret that a node has left in its data directory.
    pub fn token(data: &Path) -> io::Result<SecretString> {
        Ok(SecretString::from(hex::encode(fs::read(Self::path(data))?)))
    }

    /// Waits until an operator asks the node to take no new tasks, finish its own and end.
    pub async fn asked_to_drain(&self) {
        self.drain.cancelled().await;
    }

    /// True once an operator has asked the node to drain.
    pub fn is_draining(&self) -> bool {
        self.drain.is_cancelled()
    }

    /// `POST /drain`, with the secret as a bearer token.
    pub fn router(&self) -> Router {
        Router::new().route("/drain", post(drain)).with_state(self.clone())
    }

    /// Whether a request has the secret.
    pub fn is_operator(&self, headers: &HeaderMap) -> bool {
        let Some(given) = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        else {
            return false;
        };
        // The hashes are compared, so that the time of the comparison says nothing about the secret.
        keccak256(given) == keccak256(self.token.expose_secret())
    }
}

async fn drain(State(operator): State<Operator>, headers: HeaderMap) -> (StatusCode, &'static str) {
    if !operator.is_operator(&headers) {
        return (StatusCode::UNAUTHORIZED, "this needs the secret of the node's data directory\n");
    }
    tracing::info!("an operator has asked the node to finish its tasks and end");
    operator.drain.cancel();
    (StatusCode::ACCEPTED, "no new tasks are taken\n")
}
