//! The node in the same process.

use std::sync::Arc;

use async_trait::async_trait;
use cuckoo_protocol::status::Snapshot;
use tokio::{sync::watch, time::timeout};

use super::{
    error::SourceError,
    snapshots::{REPEAT, Source},
};

/// The node in the same process. It ends with [`SourceError::Closed`] when the sender is dropped.
#[derive(Clone, Debug)]
pub struct Embedded {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    begun: bool,
}

impl Embedded {
    /// A source of the snapshots that arrive in `snapshots`.
    pub const fn new(snapshots: watch::Receiver<Arc<Snapshot>>) -> Self {
        Self { snapshots, begun: false }
    }
}

#[async_trait]
impl Source for Embedded {
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        if self.begun {
            // While the channel is open the node runs; without a change it just has nothing new.
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
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::Demo;

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
