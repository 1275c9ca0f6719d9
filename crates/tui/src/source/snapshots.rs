//! What every source does: it gives snapshots, one after the other.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use cuckoo_protocol::status::Snapshot;
use futures::Stream;

use super::error::SourceError;

/// Silence after which a source that could have nothing new says so by repeating itself.
pub(super) const REPEAT: Duration = Duration::from_secs(5);

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

/// A source as a stream: dropping what waits for its next item loses nothing.
pub(crate) fn stream(source: impl Source) -> impl Stream<Item = Result<Arc<Snapshot>, SourceError>> {
    futures::stream::unfold(source, |mut source| async move {
        let word = source.next().await;
        Some((word, source))
    })
}
