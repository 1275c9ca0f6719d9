//! What this process itself finds out: the node that runs in it, or the chain as it reads it.

use std::sync::Arc;

use async_trait::async_trait;
use cuckoo_protocol::status::Snapshot;
use tokio::{sync::watch, time::timeout};

use super::{
    error::SourceError,
    snapshots::{REPEAT, Source},
};

/// What was found last: nothing yet, a snapshot, or why there is none.
pub type News = Option<Result<Arc<Snapshot>, String>>;

/// What this process itself finds out. It ends with [`SourceError::Closed`] when the sender is dropped.
#[derive(Clone, Debug)]
pub struct Embedded {
    news: watch::Receiver<News>,
    begun: bool,
}

impl Embedded {
    /// A source of the snapshots that arrive in `news`.
    pub const fn new(news: watch::Receiver<News>) -> Self {
        Self { news, begun: false }
    }
}

#[async_trait]
impl Source for Embedded {
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        if self.begun {
            // While the channel is open somebody looks; without a change there is just nothing new.
            if let Ok(Err(_)) = timeout(REPEAT, self.news.changed()).await {
                return Err(SourceError::Closed);
            }
        }
        self.news.wait_for(Option::is_some).await.map_err(|_| SourceError::Closed)?;
        self.begun = true;
        match &*self.news.borrow_and_update() {
            Some(Ok(snapshot)) => Ok(Arc::clone(snapshot)),
            Some(Err(reason)) => Err(SourceError::Here(reason.clone())),
            None => Err(SourceError::Closed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::Demo;

    #[tokio::test(start_paused = true)]
    async fn what_this_process_finds_is_repeated_until_it_stops() {
        let mut demo = Demo::new(1);
        let first = demo.next().await.expect("first");
        let (sender, receiver) = watch::channel(Some(Ok(Arc::clone(&first))));
        let mut embedded = Embedded::new(receiver);
        let started = Instant::now();
        assert!(Arc::ptr_eq(&embedded.next().await.expect("at once"), &first));
        assert_eq!(started.elapsed(), Duration::ZERO);
        assert!(Arc::ptr_eq(&embedded.next().await.expect("again"), &first));
        assert_eq!(started.elapsed(), REPEAT);
        sender.send_replace(Some(Err("no endpoint answers".to_owned())));
        assert_eq!(embedded.next().await.expect_err("nothing").to_string(), "no endpoint answers");
        let second = demo.next().await.expect("second");
        sender.send_replace(Some(Ok(Arc::clone(&second))));
        assert!(Arc::ptr_eq(&embedded.next().await.expect("changed"), &second));
        drop(sender);
        assert!(matches!(embedded.next().await, Err(SourceError::Closed)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_snapshot_is_waited_for() {
        let (sender, receiver) = watch::channel(None);
        let first = Demo::new(1).next().await.expect("first");
        let late = first.clone();
        let says = async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            sender.send_replace(Some(Ok(late)));
        };
        let mut embedded = Embedded::new(receiver);
        let (given, ()) = tokio::join!(embedded.next(), says);
        assert!(Arc::ptr_eq(&given.expect("comes"), &first));
    }
}
