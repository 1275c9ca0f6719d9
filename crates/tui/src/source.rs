//! Where snapshots come from: a node elsewhere, the node in this process, or a made-up network.

mod attach;
mod demo;
mod sse;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use cuckoo_protocol::status::{SCHEMA_VERSION, Snapshot};
use futures::Stream;
use tokio::{sync::watch, time::timeout};

pub use attach::Attach;
pub use demo::Demo;

/// Silence after which a source that could have nothing new says so by repeating itself.
const REPEAT: Duration = Duration::from_secs(5);

/// Gives snapshots for as long as somebody asks.
#[async_trait]
pub trait Source: Send {
    /// The next snapshot: at once the first time, then whenever something changed, and now and then the same one again,
    /// which tells that the source is well. After an error the next call tries again, with its own pauses.
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError>;
}

#[async_trait]
impl<S: Source + ?Sized> Source for Box<S> {
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        (**self).next().await
    }
}

/// Why a source has no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No address that can be asked.
    #[error("`{0}` is not an address like http://127.0.0.1:9100")]
    Address(String),
    /// No answer.
    #[error("no answer from {node}: {reason}")]
    Unreachable {
        /// Whom.
        node: String,
        /// The innermost cause.
        reason: String,
    },
    /// An answer that is an error.
    #[error("{node} answers {status}")]
    Refused {
        /// Who.
        node: String,
        /// HTTP status.
        status: u16,
    },
    /// An answer that is no snapshot.
    #[error("{node} sends no status: {error}")]
    Malformed {
        /// Who.
        node: String,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// An answer without an end.
    #[error("{node} sends more than {limit} bytes")]
    TooLarge {
        /// Who.
        node: String,
        /// What a snapshot may have.
        limit: usize,
    },
    /// A node from the future.
    #[error("{node} speaks status version {version}, this program {SCHEMA_VERSION}; update it")]
    Newer {
        /// Who.
        node: String,
        /// What it speaks.
        version: u32,
    },
    /// The node in this process has stopped. There is nothing to try again.
    #[error("the node has stopped")]
    Closed,
}

/// A source as a stream: dropping what waits for its next item loses nothing.
pub(crate) fn stream(source: impl Source) -> impl Stream<Item = Result<Arc<Snapshot>, SourceError>> {
    futures::stream::unfold(source, |mut source| async move {
        let word = source.next().await;
        Some((word, source))
    })
}

/// The node in the same process. It ends with [`SourceError::Closed`] when the sender is dropped.
#[derive(Clone, Debug)]
pub struct Embedded {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    begun: bool,
}

impl Embedded {
    /// Follows `snapshots`.
    pub const fn new(snapshots: watch::Receiver<Arc<Snapshot>>) -> Self {
        Self { snapshots, begun: false }
    }
}

#[async_trait]
impl Source for Embedded {
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        if self.begun {
            // An open channel is a node that lives; without a change there is only nothing new to tell.
            if let Ok(Err(_)) = timeout(REPEAT, self.snapshots.changed()).await {
                return Err(SourceError::Closed);
            }
        }
        self.begun = true;
        Ok(Arc::clone(&self.snapshots.borrow_and_update()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_embedded_node_repeats_itself_until_it_stops() {
        let mut demo = Demo::new(1);
        let first = demo.next().await.expect("first");
        let (sender, receiver) = watch::channel(Arc::clone(&first));
        let mut embedded = Embedded::new(receiver);
        let started = Instant::now();
        assert!(Arc::ptr_eq(&embedded.next().await.expect("at once"), &first));
        assert_eq!(started.elapsed(), Duration::ZERO);
        assert!(Arc::ptr_eq(&embedded.next().await.expect("again"), &first));
        assert_eq!(started.elapsed(), REPEAT);
        let second = demo.next().await.expect("second");
        sender.send_replace(Arc::clone(&second));
        assert!(Arc::ptr_eq(&embedded.next().await.expect("changed"), &second));
        drop(sender);
        assert!(matches!(embedded.next().await, Err(SourceError::Closed)));
    }
}
