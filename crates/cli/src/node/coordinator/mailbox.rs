//! A queue for one thread, which takes all that is in it at once.

use std::{
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// A queue of which one thread takes everything at once. What fills it wakes that thread if it sleeps, and never otherwise.
#[derive(Debug)]
pub(super) struct Mailbox<T> {
    queue: Mutex<Queue<T>>,
    filled: Condvar,
}

#[derive(Debug)]
struct Queue<T> {
    items: Vec<T>,
    /// The taker waits for something to come.
    sleeps: bool,
    /// Nobody takes anything any more.
    closed: bool,
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Self { queue: Mutex::new(Queue { items: vec![], sleeps: false, closed: false }), filled: Condvar::new() }
    }
}

impl<T> Mailbox<T> {
    /// Adds one item. It is dropped if the mailbox is closed.
    pub(super) fn push(&self, item: T) {
        let mut queue = self.queue();
        if !queue.closed {
            queue.items.push(item);
            self.wake(queue);
        }
    }

    /// Adds all items at once, and leaves `items` empty. They are dropped if the mailbox is closed.
    pub(super) fn append(&self, items: &mut Vec<T>) {
        if items.is_empty() {
            return;
        }
        let mut queue = self.queue();
        if queue.closed {
            drop(queue);
            items.clear();
        } else {
            queue.items.append(items);
            self.wake(queue);
        }
    }

    /// Takes all that is there in exchange for `items`, which is empty. Waits until `until` for something to come.
    pub(super) fn take(&self, items: &mut Vec<T>, until: Instant) {
        let mut queue = self.queue();
        while queue.items.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            queue.sleeps = true;
            queue = self.filled.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
            queue.sleeps = false;
        }
        mem::swap(&mut queue.items, items);
    }

    /// Drops what is there and all that comes from now on.
    pub(super) fn close(&self) {
        let mut queue = self.queue();
        queue.closed = true;
        let left = mem::take(&mut queue.items);
        drop(queue);
        // Dropping an item may drop somebody who adds another.
        drop(left);
    }

    fn wake(&self, mut queue: MutexGuard<'_, Queue<T>>) {
        let sleeps = mem::take(&mut queue.sleeps);
        drop(queue);
        if sleeps {
            self.filled.notify_one();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread, time::Duration};

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    #[test]
    fn everything_is_taken_at_once_and_in_order() {
        let mailbox = Mailbox::default();
        mailbox.push(1);
        mailbox.append(&mut vec![2, 3]);
        mailbox.append(&mut vec![]);
        let mut taken = vec![];
        mailbox.take(&mut taken, soon());
        assert_eq!(taken, [1, 2, 3]);
        taken.clear();
        mailbox.take(&mut taken, Instant::now());
        assert!(taken.is_empty());
    }

    #[test]
    fn who_waits_is_woken_and_nothing_is_lost_between_many_senders() {
        let mailbox = Arc::new(Mailbox::default());
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                let mailbox = mailbox.clone();
                thread::spawn(move || (0..500).for_each(|number| mailbox.push((sender, number))))
            })
            .collect();
        let (mut all, mut taken) = (vec![], vec![]);
        while all.len() < 2_000 {
            mailbox.take(&mut taken, soon());
            assert!(!taken.is_empty(), "{} came", all.len());
            all.append(&mut taken);
        }
        senders.into_iter().for_each(|sender| sender.join().expect("ends"));
        for sender in 0..4 {
            let numbers: Vec<_> = all.iter().filter(|(from, _)| *from == sender).map(|(_, number)| *number).collect();
            assert_eq!(numbers, (0..500).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_closed_mailbox_keeps_nothing() {
        let mailbox = Mailbox::default();
        let item = Arc::new(());
        mailbox.push(item.clone());
        mailbox.close();
        mailbox.push(item.clone());
        mailbox.append(&mut vec![item.clone()]);
        assert_eq!(Arc::strong_count(&item), 1);
    }
}
