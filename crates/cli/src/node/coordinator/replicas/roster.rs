//! The replicas that follow this one, for dashboards.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cuckoo_protocol::{Untrusted, status::ReplicaRow, task::Millis};

use crate::host::clock;

/// Who follows.
#[derive(Clone, Debug, Default)]
pub(in crate::node::coordinator) struct Roster(Arc<Mutex<Followers>>);

#[derive(Debug, Default)]
struct Followers {
    /// Whether it is listened for them.
    is_open: bool,
    /// Grows with every change.
    version: u64,
    /// By number of their connections, which grows.
    rows: BTreeMap<u64, (SocketAddr, Millis)>,
}

/// A replica follows for as long as this is held.
#[derive(Debug)]
pub(super) struct Entry {
    roster: Roster,
    number: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut followers = self.roster.lock();
        followers.version += 1;
        followers.rows.remove(&self.number);
    }
}

impl Roster {
    fn lock(&self) -> MutexGuard<'_, Followers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replicas are listened for from now on.
    pub(super) fn open(&self) {
        let mut followers = self.lock();
        followers.version += 1;
        followers.is_open = true;
    }

    /// A replica that has shown the key follows.
    pub(super) fn enter(&self, peer: SocketAddr) -> Entry {
        let mut followers = self.lock();
        followers.version += 1;
        let number = followers.version;
        followers.rows.insert(number, (peer, clock::now()));
        Entry { roster: self.clone(), number }
    }

    /// Those that follow, the longest first; none where they are not listened for.
    pub(in crate::node::coordinator) fn rows(&self) -> Option<Vec<ReplicaRow>> {
        let followers = self.lock();
        let row = |(peer, since): &(SocketAddr, Millis)| ReplicaRow {
            address: Untrusted::new(peer.to_string()),
            since: *since,
        };
        followers.is_open.then(|| followers.rows.values().map(row).collect())
    }

    /// Changes whenever the rows do.
    pub(in crate::node::coordinator) fn version(&self) -> u64 {
        self.lock().version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_follows_is_there_until_its_connection_ends() {
        let roster = Roster::default();
        assert_eq!(roster.rows(), None);
        roster.open();
        assert_eq!(roster.rows(), Some(vec![]));
        let peer = |port| SocketAddr::from(([10, 0, 0, 2], port));
        let (first, second) = (roster.enter(peer(5)), roster.enter(peer(4)));
        let shown =
            || roster.rows().expect("open").into_iter().map(|row| row.address.raw().to_owned()).collect::<Vec<_>>();
        assert_eq!(shown(), ["10.0.0.2:5", "10.0.0.2:4"]);
        let version = roster.version();
        drop(first);
        assert_eq!(shown(), ["10.0.0.2:4"]);
        assert!(roster.version() > version);
        drop(second);
        assert_eq!(roster.rows(), Some(vec![]));
    }
}
