//! What every source does: it gives snapshots, one after the other.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use cuckoo_protocol::status::Snapshot;
use futures::Stream;
use tokio::sync::mpsc;

use super::error::SourceError;

/// How long a source may have nothing new before it repeats its last snapshot.
pub(super) const REPEAT: Duration = Duration::from_secs(5);

/// Gives snapshots for as long as it is asked for them.
#[async_trait]
pub trait Source: Send {
    /// The next snapshot. The first one comes at once, further ones whenever something changed, and from time to time the
    /// same one comes again, which shows that the source is well. After an error the next call pauses and tries again.
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError>;

    /// Of several nodes gives the one at this place from now on, or with none all of them in one. Other sources are always one.
    fn open(&mut self, _place: Option<usize>) {}
}

#[async_trait]
impl<S: Source + ?Sized> Source for Box<S> {
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        (**self).next().await
    }

    fn open(&mut self, place: Option<usize>) {
        (**self).open(place);
    }
}

/// What is to be opened of several nodes, see [`Source::open`].
pub(crate) type Orders = mpsc::UnboundedReceiver<Option<usize>>;

/// A source as a stream. Nothing is lost when a future that waits for its next item is dropped.
pub(crate) fn stream(source: impl Source, orders: Orders) -> impl Stream<Item = Result<Arc<Snapshot>, SourceError>> {
    futures::stream::unfold((source, orders), |(mut source, mut orders)| async move {
        loop {
            tokio::select! {
                biased;
                Some(place) = orders.recv() => source.open(place),
                next = source.next() => return Some((next, (source, orders))),
            }
        }
    })
}
