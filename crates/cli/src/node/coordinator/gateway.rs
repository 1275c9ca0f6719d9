//! What the gateway keeps between requests: the room for their bodies, the list of models for a moment, and how long models' vectors
//! are.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use alloy::primitives::B256;
use axum::body::Bytes;
use cuckoo_protocol::{manifest::ModelManifest, task::Kind};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of all bodies that have begun to arrive and are not yet taken apart.
pub(super) const ROOM: usize = 512 << 20;
/// Bytes of one permit.
const UNIT: usize = 1 << 10;
/// How old a list of models may be that strangers are shown.
const FRESH: Duration = Duration::from_secs(1);
/// The lengths of at most this many models' vectors are kept.
const MOST_LENGTHS: usize = 1_024;

/// Models with their kinds, and what their names stand for.
pub(super) type Models = Vec<(String, Kind, Option<Arc<ModelManifest>>)>;

/// What the gateway keeps between requests.
#[derive(Debug)]
pub struct Gateway {
    room: Arc<Semaphore>,
    models: tokio::sync::Mutex<Option<(Instant, Arc<Models>)>>,
    /// By the hash of the model's manifest.
    lengths: Mutex<HashMap<B256, usize>>,
}

impl Default for Gateway {
    fn default() -> Self {
        let room = Arc::new(Semaphore::new(ROOM / UNIT));
        Self { room, models: Default::default(), lengths: Default::default() }
    }
}

impl Gateway {
    /// Room for a body; nothing is taken yet.
    pub(super) fn room(&self) -> Room {
        Room { all: Some(self.room.clone()), held: None }
    }

    /// The models that miners offer, as they were within the last second: who asks without a key does not disturb the decisions.
    pub(super) async fn models(&self, read: impl Future<Output = Models>) -> Arc<Models> {
        // The others wait for the one that asks.
        let mut kept = self.models.lock().await;
        if let Some((at, models)) = &*kept
            && at.elapsed() < FRESH
        {
            return models.clone();
        }
        let models = Arc::new(read.await);
        *kept = Some((Instant::now(), models.clone()));
        models
    }

    /// How many numbers the vectors of a manifest's model have, once one was seen.
    pub(super) fn vector_length(&self, manifest: &B256) -> Option<usize> {
        self.lengths.lock().unwrap_or_else(PoisonError::into_inner).get(manifest).copied()
    }

    /// Remembers it.
    pub(super) fn note_vector_length(&self, manifest: B256, length: usize) {
        let mut lengths = self.lengths.lock().unwrap_or_else(PoisonError::into_inner);
        if lengths.len() >= MOST_LENGTHS {
            lengths.clear();
        }
        lengths.insert(manifest, length);
    }
}

/// The room that one body takes, until it is dropped.
#[derive(Debug)]
pub(super) struct Room {
    all: Option<Arc<Semaphore>>,
    held: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// For what is bounded in another way.
    pub(super) const fn unbounded() -> Self {
        Self { all: None, held: None }
    }

    /// Takes as much room as this many bytes need, in all; false where there is less left.
    pub(super) fn hold(&mut self, bytes: usize) -> bool {
        let Some(all) = &self.all else { return true };
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = bytes.div_ceil(UNIT).saturating_sub(held);
        let Ok(more) = all.clone().try_acquire_many_owned(u32::try_from(more).unwrap_or(u32::MAX)) else {
            return false;
        };
        match &mut self.held {
            Some(held) => held.merge(more),
            None => self.held = Some(more),
        }
        true
    }

    /// These bytes, which give the room back once nobody has them any more.
    pub(super) fn with(self, bytes: Vec<u8>) -> Bytes {
        struct Roomed(Vec<u8>, #[expect(dead_code, reason = "it is held until it is dropped")] Room);
        impl AsRef<[u8]> for Roomed {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
        Bytes::from_owner(Roomed(bytes, self))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::ready,
        sync::atomic::{AtomicUsize, Ordering::Relaxed},
    };

    use super::*;

    #[tokio::test]
    async fn the_list_of_models_is_read_once_in_a_while_however_many_ask() {
        let (gateway, reads) = (Gateway::default(), AtomicUsize::new(0));
        let read = async || {
            let read = async {
                reads.fetch_add(1, Relaxed);
                vec![("m".to_owned(), Kind::Text, None)]
            };
            gateway.models(read).await.len()
        };
        let all = futures::future::join_all((0..100).map(|_| read())).await;
        assert_eq!((all, reads.load(Relaxed)), (vec![1; 100], 1));
        // An old list is read again.
        let past = Instant::now().checked_sub(FRESH).expect("the clock runs");
        *gateway.models.lock().await = Some((past, Arc::default()));
        assert_eq!((read().await, reads.load(Relaxed)), (1, 2));
        assert_eq!(gateway.models(ready(vec![])).await.len(), 1, "that is fresh");
    }
}
