//! What several tests share: chains, networks, endpoints that misbehave, books that have to balance.

pub(crate) mod books;
pub(crate) mod chain;
pub(crate) mod disk;
pub(crate) mod link;
pub(crate) mod network;
pub(crate) mod proxy;
pub(crate) mod replicas;
pub(crate) mod screen;
pub(crate) mod servers;
pub(crate) mod service;
#[path = "../../../../gpu/tests/tiny/mod.rs"]
#[cfg_attr(not(feature = "mistralrs"), allow(dead_code, reason = "only some are for every engine"))]
pub(crate) mod tiny;
#[path = "../../../../gpu/tests/vllm/mod.rs"]
#[allow(dead_code, reason = "each test program uses some of it")]
pub(crate) mod vllm;
