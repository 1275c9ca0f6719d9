//! What it takes to answer an application: the way to the decisions, who may call, and what may be sent. Both the replica that leads
//! and those that follow it have one.

use std::{ops::Deref, sync::Arc, time::Duration};

use cuckoo_protocol::message::Domain;

use super::{api_keys::Keyring, edge::Edge, gateway::Gateway, handle::Handle};

/// What the requests of applications share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Front(Arc<Parts>);

/// Its parts.
#[derive(Debug)]
pub struct Parts {
    /// The way to the decisions, here or at the replica that leads.
    pub(super) handle: Handle,
    pub(super) domain: Domain,
    pub(super) task_timeout: Duration,
    pub(super) keys: Keyring,
    /// What applications may send, and from where.
    pub(super) edge: Arc<Edge>,
    /// What the gateway keeps between requests.
    pub(super) gateway: Gateway,
}

impl Front {
    pub(super) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Front {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
