//! The address of a server that keeps a journal.

use std::fmt;

use alloy::primitives::Address;
use secrecy::SecretString;
use url::Url;

/// A server that keeps the journal of coordinators with one key.
#[derive(Clone)]
pub struct Server {
    pub(super) url: Url,
    pub(super) password: Option<SecretString>,
    /// The coordinator whose journal it is: a server may keep several.
    pub(super) node: Address,
    pub(super) backend: Backend,
    /// Copies of the stream in a cluster of NATS, as the address says: `nats://HOST?replicas=3`.
    pub(super) replicas: usize,
    /// Other servers of the cluster, as the address says: `nats://HOST?replicas=3&also=HOST2,HOST3:4223`.
    pub(super) also: Vec<String>,
}

/// The kinds of servers that can keep a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Backend {
    Postgres,
    Nats,
}

impl Backend {
    /// The kind that the scheme of a URL stands for.
    fn of(scheme: &str) -> Option<Self> {
        match scheme {
            "postgres" | "postgresql" => Some(Self::Postgres),
            "nats" | "tls" => Some(Self::Nats),
            _ => None,
        }
    }
}

/// Why an address names no server for a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// The scheme is neither that of PostgreSQL nor that of NATS, or the host is missing.
    #[error("a journal is at postgres://USER@HOST/DATABASE or nats://HOST")]
    Scheme,
    /// It contains a password, and other users of a machine can read command lines.
    #[error("the address of a journal must not contain a password")]
    Password,
    /// JetStream keeps from one to five copies.
    #[error("`replicas` in the journal's address is a number from 1 to 5")]
    Replicas,
}

impl Server {
    /// For the journal of the coordinator with this node address.
    pub fn new(url: Url, password: Option<SecretString>, node: Address) -> Result<Self, ServerError> {
        let option = |wanted: &str| url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value);
        if url.password().is_some() || option("password").is_some() {
            return Err(ServerError::Password);
        }
        let replicas = match option("replicas").map(|value| value.parse()) {
            None => 1,
            Some(Ok(replicas @ 1..=5)) => replicas,
            Some(_) => return Err(ServerError::Replicas),
        };
        let also = option("also").map(|value| value.split(',').map(str::to_owned).collect()).unwrap_or_default();
        let backend = Backend::of(url.scheme()).filter(|_| url.has_host()).ok_or(ServerError::Scheme)?;
        Ok(Self { url, password, node, backend, replicas, also })
    }

    /// What distinguishes the coordinator's tables or streams: 40 hex digits.
    pub(super) fn name(&self) -> String {
        format!("{:x}", self.node)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Options may hold anything.
        let (scheme, host) = (self.url.scheme(), self.url.host_str().unwrap_or_default());
        write!(
            f,
            "{scheme}://{host}{}{}",
            self.url.port().map(|port| format!(":{port}")).unwrap_or_default(),
            self.url.path()
        )
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({self})")
    }
}
