//! Why the server cannot be used, and the task that finds out.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{seeded, server::Server};
use crate::engine::api::EngineError;

const PROBE_INTERVAL: Duration = Duration::from_secs(10);

/// Why the server cannot be used, while it cannot.
#[derive(Clone, Debug)]
pub(super) struct Trouble(Arc<watch::Sender<Option<String>>>);

impl Default for Trouble {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Trouble {
    pub(super) fn get(&self) -> Option<String> {
        self.0.borrow().clone()
    }

    /// Returns true where that is news.
    pub(super) fn set(&self, trouble: Option<String>) -> bool {
        let is_some = trouble.is_some();
        self.0.send_replace(trouble).is_some() != is_some
    }

    /// Waits until there is some.
    pub(super) async fn wait(&self) -> String {
        match self.0.subscribe().wait_for(Option::is_some).await {
            Ok(trouble) => trouble.clone().unwrap_or_default(),
            // The sender is this one.
            Err(_) => String::new(),
        }
    }
}

/// Looks whether the server can be used, and says so where that is news. One that was away may be another one now: whether it still
/// samples these models by our rules is asked again.
pub(super) async fn probe(server: &Server, trouble: &Trouble, seeded: &[String]) -> Result<(), EngineError> {
    let mut found = server.models().await.err();
    if found.is_none() && trouble.get().is_some() {
        found = seeded::check(server, seeded).await.err();
    }
    let reason = found.as_ref().map(ToString::to_string);
    if trouble.set(reason.clone()) {
        match reason {
            Some(found) => tracing::warn!(trouble = found, "the model server cannot be used"),
            None => tracing::info!("the model server answers again"),
        }
    }
    found.map_or(Ok(()), Err)
}

pub(super) async fn watch(server: Server, trouble: Trouble, seeded: Vec<String>) {
    loop {
        tokio::time::sleep(PROBE_INTERVAL).await;
        let _ = probe(&server, &trouble, &seeded).await;
    }
}
