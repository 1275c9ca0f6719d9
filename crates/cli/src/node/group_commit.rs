//! Batches for a thread that makes things durable: all that has queued up is one batch, so that one sync of the disk serves it.

use std::{sync::mpsc, thread, time::Duration};

/// At most this many items are in a batch.
const MAX: usize = 4096;

/// The receiving end of a queue, in batches.
#[derive(Debug)]
pub struct Batches<T> {
    receiver: mpsc::Receiver<T>,
    gather: Duration,
    many: usize,
    busy: bool,
}

impl<T> Batches<T> {
    /// Under load, waits for `gather` after the first item so that others can join it. A batch of at least `many` items counts
    /// as load.
    pub fn new(receiver: mpsc::Receiver<T>, gather: Duration, many: usize) -> Self {
        Self { receiver, gather, many, busy: false }
    }

    /// Returns the items that are in the queue now; `None` once it is empty and nobody can add to it.
    pub fn waiting(&mut self) -> Option<Vec<T>> {
        let mut waiting = vec![];
        loop {
            match self.receiver.try_recv() {
                Ok(item) => waiting.push(item),
                Err(mpsc::TryRecvError::Disconnected) if waiting.is_empty() => return None,
                Err(_) => return Some(waiting),
            }
        }
    }
}

impl<T> Iterator for Batches<T> {
    type Item = Vec<T>;

    /// Returns the next items in order; `None` once the queue is empty and nobody can add to it.
    fn next(&mut self) -> Option<Vec<T>> {
        let mut batch = vec![self.receiver.recv().ok()?];
        if self.busy {
            thread::sleep(self.gather);
        }
        batch.extend(self.receiver.try_iter().take(MAX - 1));
        self.busy = batch.len() >= self.many;
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
        let batches: Vec<_> = Batches::new(receiver, Duration::from_micros(1), 8).collect();
        assert!(batches.iter().all(|batch| (1..=MAX).contains(&batch.len())));
        assert_eq!(batches.concat(), (0..count).collect::<Vec<_>>());

        let (sender, receiver) = mpsc::channel();
        let mut batches = Batches::new(receiver, Duration::ZERO, 8);
        assert_eq!(batches.waiting(), Some(vec![]));
        (0..3).for_each(|number| sender.send(number).expect("sent"));
        drop(sender);
        assert_eq!((batches.waiting(), batches.waiting()), (Some(vec![0, 1, 2]), None));
    }
}
