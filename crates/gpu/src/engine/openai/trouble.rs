//! Why the server cannot be used, and the task that finds out.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::server::Server;

const PROBE_INTERVAL: Duration = Duration::from_secs(10);

/// Why the server cannot be used, while it cannot.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    pub(super) fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns true where that is news.
    pub(super) fn set(&self, trouble: Option<String>) -> bool {
        let before = mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), trouble.clone());
        before.is_some() != trouble.is_some()
    }
}

pub(super) async fn watch(server: Server, trouble: Trouble) {
    loop {
        tokio::time::sleep(PROBE_INTERVAL).await;
        let found = server.models().await.err().map(|error| error.to_string());
        if trouble.set(found.clone()) {
            match found {
                Some(found) => tracing::warn!(trouble = found, "the model server cannot be used"),
                None => tracing::info!("the model server answers again"),
            }
        }
    }
}
