//! The thread that links and runs of the engine share: what wakes one of them wakes no other thread.

use std::{io, thread};

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;

/// A runtime of one thread. Dropping it ends the thread, and every task that still runs there.
#[derive(Debug)]
pub(super) struct Worker {
    handle: Handle,
    done: CancellationToken,
    thread: Option<thread::JoinHandle<()>>,
}

impl Worker {
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (handle, done) = (runtime.handle().clone(), CancellationToken::new());
        let ends = done.clone();
        let run = move || {
            runtime.block_on(ends.cancelled());
            // A name that is being looked up must not keep the process from ending.
            runtime.shutdown_background();
        };
        let thread = thread::Builder::new().name("miner".into()).spawn(run)?;
        Ok(Self { handle, done, thread: Some(thread) })
    }

    pub(super) const fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.done.cancel();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the miner's links panicked");
        }
    }
}
