//! What several tests share: chains, networks, endpoints that misbehave, books that have to balance.

pub(crate) mod books;
pub(crate) mod chain;
pub(crate) mod disk;
pub(crate) mod link;
pub(crate) mod network;
pub(crate) mod proxy;
pub(crate) mod screen;
pub(crate) mod servers;
pub(crate) mod service;
#[cfg(feature = "mistralrs")]
#[path = "../../../../gpu/tests/tiny/mod.rs"]
pub(crate) mod tiny;
