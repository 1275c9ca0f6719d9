//! What a thread that makes things durable takes at once: whatever has queued up, so that one sync of the disk serves it all.

use std::{sync::mpsc, thread, time::Duration};

/// Items taken at once at most.
const MAX: usize = 4096;
/// A batch of this many shows that more are coming.
const BUSY: usize = 8;

/// The receiving end of a queue, in batches.
#[derive(Debug)]
pub struct Batches<T> {
    receiver: mpsc::Receiver<T>,
    gather: Duration,
    busy: bool,
}

impl<T> Batches<T> {
    /// Under load, waits for `gather` after the first item for others; when little happens, for nothing.
    pub fn new(receiver: mpsc::Receiver<T>, gather: Duration) -> Self {
        Self { receiver, gather, busy: false }
    }
}

impl<T> Iterator for Batches<T> {
    type Item = Vec<T>;

    /// The next ones, in order; `None` once the queue is empty and nobody can add to it.
    fn next(&mut self) -> Option<Vec<T>> {
        let mut batch = vec![self.receiver.recv().ok()?];
        if self.busy {
            thread::sleep(self.gather);
        }
        batch.extend(self.receiver.try_iter().take(MAX - 1));
        self.busy = batch.len() >= BUSY;
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_in_order_and_none_is_left_when_the_senders_are_gone() {
        let (sender, receiver) = mpsc::channel();
        let count = MAX * 2 + 3;
        (0..count).for_each(|number| sender.send(number).expect("sent"));
        drop(sender);
        let batches: Vec<_> = Batches::new(receiver, Duration::from_micros(1)).collect();
        assert!(batches.iter().all(|batch| (1..=MAX).contains(&batch.len())));
        assert_eq!(batches.concat(), (0..count).collect::<Vec<_>>());
    }
}
