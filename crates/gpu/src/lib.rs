//! What a miner owns: its devices, and the engines that run models on them.
//!
//! An engine is started from an [`EngineSpec`], in this process by [`start`] or, as a miner does it, in a watched child
//! process by [`Supervised::start`]; both are an [`Engine`].

pub mod audit;
pub mod device;
pub mod engine;
pub mod model;
pub mod supervise;

pub use cuckoo_protocol::task::Finish;
pub use engine::{
    Engine, EngineError, EngineSpec, GenerateRequest, Generated, ServedModel, TokenChunk, TokenStream, start,
};
pub use supervise::{SuperviseConfig, Supervised};
