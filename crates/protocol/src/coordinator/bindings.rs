//! What the names of models stand for: one manifest each. Miners that have something else under a name get no tasks for it, and hear why.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

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

/// Manifests that names stood for before, as far as they are kept.
const EARLIER: usize = 64;

/// What names stand for, by pool, and what they stood for before: answers by that may still be examined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Bindings {
    bound: BTreeMap<String, Bound>,
    /// The oldest first.
    earlier: Vec<Arc<ModelManifest>>,
    /// All of both, by their hashes.
    by_id: HashMap<B256, Arc<ModelManifest>>,
}

/// Bindings as they are written.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Whole {
        bound: BTreeMap<String, Bound>,
        earlier: Vec<Arc<ModelManifest>>,
    },
    /// Earlier versions did not keep what names stood for before.
    Bound(BTreeMap<String, Bound>),
}

impl From<Written> for Bindings {
    fn from(written: Written) -> Self {
        let (bound, earlier) = match written {
            Written::Whole { bound, earlier } => (bound, earlier),
            Written::Bound(bound) => (bound, vec![]),
        };
        let mut bindings = Self { bound, earlier, by_id: HashMap::new() };
        bindings.index();
        bindings
    }
}

impl From<Bindings> for Written {
    fn from(Bindings { bound, earlier, .. }: Bindings) -> Self {
        Self::Whole { bound, earlier }
    }
}

impl Bindings {
    /// All of them, by the names of their pools.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Bound)> {
        self.bound.iter().map(|(pool, bound)| (pool.as_str(), bound))
    }

    /// What a pool's name stands for.
    pub(super) fn get(&self, pool: &str) -> Option<&Bound> {
        self.bound.get(pool)
    }

    /// A name stands for something from now on.
    pub(super) fn apply(&mut self, bound: &Bound) {
        let before = self.bound.insert(crate::task::pool(bound.kind, &bound.model), bound.clone());
        if let Some(before) = before.filter(|before| before.manifest != bound.manifest) {
            self.earlier.retain(|manifest| *manifest != before.manifest);
            self.earlier.push(before.manifest);
            let surplus = self.earlier.len().saturating_sub(EARLIER);
            self.earlier.drain(..surplus);
        }
        self.index();
    }

    fn index(&mut self) {
        let bound = self.bound.values().map(|bound| &bound.manifest);
        self.by_id = bound.chain(&self.earlier).map(|manifest| (manifest.id(), manifest.clone())).collect();
    }

    /// The manifest with this id, if a name stands for it, or has stood for it.
    pub(super) fn manifest(&self, id: &B256) -> Option<&Arc<ModelManifest>> {
        self.by_id.get(id)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(model: &str, weights: u32) -> Bound {
        let manifest = ModelManifest { name: model.into(), weights: weights.to_string(), ..ModelManifest::default() };
        Bound { kind: Kind::Text, model: model.into(), manifest: Arc::new(manifest), at: 7 }
    }

    #[test]
    fn what_a_name_stood_for_before_is_kept_for_a_while() {
        let mut bindings = Bindings::default();
        (0..=EARLIER as u32 + 1).for_each(|weights| bindings.apply(&bound("m", weights)));
        let knows = |bindings: &Bindings, weights| bindings.manifest(&bound("m", weights).manifest.id()).is_some();
        let newest = EARLIER as u32 + 1;
        assert!(
            knows(&bindings, newest) && knows(&bindings, newest - 1) && knows(&bindings, 1) && !knows(&bindings, 0)
        );
        assert_eq!(bindings.get("m").map(|bound| bound.manifest.weights.as_str()), Some(newest.to_string().as_str()));
        let written = serde_json::to_string(&bindings).expect("writes");
        assert_eq!(serde_json::from_str::<Bindings>(&written).expect("reads"), bindings);
        // One that comes again is not kept twice.
        bindings.apply(&bound("m", 9));
        bindings.apply(&bound("m", newest));
        assert_eq!(bindings.earlier.iter().filter(|manifest| manifest.weights == "9").count(), 1);
    }

    #[test]
    fn what_earlier_versions_wrote_is_read_whatever_the_names_are() {
        for names in [vec![], vec!["m"], vec!["bound"], vec!["bound", "earlier"]] {
            let old: BTreeMap<String, Bound> = names.iter().map(|name| ((*name).to_owned(), bound(name, 1))).collect();
            let read: Bindings = serde_json::from_str(&serde_json::to_string(&old).expect("writes")).expect("reads");
            assert_eq!(read.bound, old);
            assert!(old.values().all(|bound| read.manifest(&bound.manifest.id()).is_some()));
        }
    }
}
