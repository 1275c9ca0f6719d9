//! What the names of models stand for: one manifest each. Miners that have something else under a name get no tasks for it, and hear why.

use std::{collections::BTreeMap, sync::Arc};

use alloy::primitives::B256;
use serde::{Deserialize, Serialize};

use super::event::Bound;
use crate::{manifest::ModelManifest, task::Kind};

/// What an operator wants a name to stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The manifest.
    pub manifest: B256,
    /// Tokens that a miner's context has to hold at least.
    pub context: Option<u32>,
}

/// What names stand for, by pool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bindings(BTreeMap<String, Bound>);

impl Bindings {
    /// All of them, by the names of their pools.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Bound)> {
        self.0.iter().map(|(pool, bound)| (pool.as_str(), bound))
    }

    /// What a pool's name stands for.
    pub(super) fn get(&self, pool: &str) -> Option<&Bound> {
        self.0.get(pool)
    }

    /// A name stands for something from now on.
    pub(super) fn apply(&mut self, bound: &Bound) {
        self.0.insert(crate::task::pool(bound.kind, &bound.model), bound.clone());
    }

    /// The manifest with this id, if a name stands for it.
    pub(super) fn manifest(&self, id: &B256) -> Option<&Arc<ModelManifest>> {
        self.0.values().map(|bound| &bound.manifest).find(|manifest| manifest.id() == *id)
    }
}

/// Why a miner gets no tasks for a model that it offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What the model makes.
    pub kind: Kind,
    /// The model's name.
    pub model: String,
    /// The manifest that the miner offers.
    pub offered: B256,
    /// The manifest that the name stands for.
    pub bound: B256,
    /// Why it does not get tasks, for the miner's operator.
    pub reason: String,
}
