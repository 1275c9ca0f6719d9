//! A mapping as in Solidity: absent keys read as zero, and what a refused operation wrote is undone.

use std::collections::BTreeMap;

/// Values by key, with the means to undo what was written since the last [`Undo::keep`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table<K, V> {
    entries: BTreeMap<K, V>,
    written: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), written: Vec::new() }
    }
}

impl<K: Ord + Copy, V: Clone + Default> Table<K, V> {
    /// The value of a key; the default one if it was never written.
    pub(super) fn get(&self, key: K) -> V {
        self.entries.get(&key).cloned().unwrap_or_default()
    }

    /// Writes a value.
    pub(super) fn set(&mut self, key: K, value: V) {
        let before = self.entries.insert(key, value);
        self.written.push((key, before));
    }

    /// All that was ever written, by key.
    pub(super) fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.entries.iter().map(|(key, value)| (*key, value))
    }
}

/// A table of any type, at the end of an operation.
pub(super) trait Undo {
    /// The operation succeeded: what it wrote stays.
    fn keep(&mut self);
    /// The operation was refused: what it wrote goes.
    fn undo(&mut self);
}

impl<K: Ord, V> Undo for Table<K, V> {
    fn keep(&mut self) {
        self.written.clear();
    }

    fn undo(&mut self) {
        while let Some((key, before)) = self.written.pop() {
            match before {
                Some(value) => self.entries.insert(key, value),
                None => self.entries.remove(&key),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_all_that_was_written_since_the_last_keep() {
        let mut table = Table::default();
        table.set(1, "kept");
        table.keep();
        table.set(1, "once");
        table.set(1, "twice");
        table.set(2, "new");
        table.undo();
        assert_eq!(table.iter().collect::<Vec<_>>(), [(1, &"kept")]);
        assert_eq!(table.get(2), "");
    }
}
