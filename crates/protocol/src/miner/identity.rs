//! Who a miner is: its key, its models, its terms.

use alloy::primitives::{Address, B256};

use super::credit::Terms;
use crate::{manifest::ModelManifest, message::Domain, task::Kind};

/// A model that a miner serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// What exactly it is.
    pub manifest: ModelManifest,
    /// The hash of the manifest, [`ModelManifest::id`].
    pub id: B256,
    /// What it makes.
    pub kind: Kind,
    /// The class of the device that runs it, such as `cpu-f32`; empty where the engine does not say.
    pub class: String,
    /// Tokens of prompt and output together.
    pub context: u32,
    /// Tasks that it can run at once.
    pub slots: u32,
    /// It can examine outputs of this model, one at a time beside its tasks.
    pub examines: bool,
    /// It can tell the model's tokens.
    pub tokenises: bool,
}

impl Model {
    /// A model that can examine no outputs, on a device of no known class.
    pub fn new(manifest: ModelManifest, kind: Kind, slots: u32) -> Self {
        let id = manifest.id();
        Self { manifest, id, kind, class: String::new(), context: 0, slots, examines: false, tokenises: false }
    }

    /// The name that applications ask for.
    pub fn name(&self) -> &str {
        &self.manifest.name
    }
}

/// Who a miner is, and on which terms it works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The node address.
    pub address: Address,
    /// The models, in order of their names.
    pub models: Vec<Model>,
    /// The terms on which it works for a coordinator.
    pub terms: Terms,
    /// Where signatures are valid.
    pub domain: Domain,
}
