//! What an operator may have a running node do over its loopback listener. An operator is who can read a secret in the node's
//! data directory: neither a web page in a browser of the same machine, nor another user of it.

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

/// A node's own secret for its operators, and what they have asked for.
#[derive(Clone, Debug)]
pub struct Operator {
    token: SecretString,
    drain: CancellationToken,
}

impl Operator {
    /// Where the secret of a data directory is.
    pub fn path(data: &Path) -> PathBuf {
        data.join("operator.secret")
    }

    /// With the secret of a node's data directory, which is made where there is none.
    pub fn open(data: &Path) -> io::Result<Self> {
        let token = SecretString::from(hex::encode(files::secret(&Self::path(data))?));
        Ok(Self { token, drain: CancellationToken::new() })
    }

    /// The secret that a node has left in its data directory.
    pub fn token(data: &Path) -> io::Result<SecretString> {
        Ok(SecretString::from(hex::encode(fs::read(Self::path(data))?)))
    }

    /// Waits until somebody asks the node to take nothing new, finish what it has, and end.
    pub async fn asked_to_drain(&self) {
        self.drain.cancelled().await;
    }

    /// True from then on.
    pub fn is_draining(&self) -> bool {
        self.drain.is_cancelled()
    }

    /// `POST /drain`, with the secret as a bearer token.
    pub fn router(&self) -> Router {
        Router::new().route("/drain", post(drain)).with_state(self.clone())
    }

    fn is(&self, headers: &HeaderMap) -> bool {
        let Some(given) = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        else {
            return false;
        };
        // Hashed, so that the time of the comparison tells nothing about the secret.
        keccak256(given) == keccak256(self.token.expose_secret())
    }
}

async fn drain(State(operator): State<Operator>, headers: HeaderMap) -> (StatusCode, &'static str) {
    if !operator.is(&headers) {
        return (StatusCode::UNAUTHORIZED, "this needs the secret of the node's data directory\n");
    }
    tracing::info!("an operator lets the node finish and end");
    operator.drain.cancel();
    (StatusCode::ACCEPTED, "nothing new is taken\n")
}
