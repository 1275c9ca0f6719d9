//! Many messages under one signature: a Merkle tree of them, whose root is signed.
//!
//! A leaf is the Keccak-256 of 0x00 and a message's struct hash, an inner node that of 0x01 and its two children in numerical
//! order; the last node of a level with an odd number of them goes up as it is. Leaves and nodes begin with different bytes, so
//! that neither passes for the other. `Signatures.sol` checks the same.

use alloy::primitives::{B256, keccak256};

/// The longest path of a message, in words.
const MAX_DEPTH: usize = 12;
/// The most messages under one signature.
pub(super) const MAX_BATCH: usize = 1 << MAX_DEPTH;

/// Messages that are signed at once.
#[derive(Debug)]
pub(super) struct Tree {
    /// The levels one after another: the leaves first, the root last.
    nodes: Vec<B256>,
    leaves: usize,
}

impl Tree {
    /// The tree of 1 to [`MAX_BATCH`] messages, given by their struct hashes.
    pub(super) fn new(struct_hashes: &[B256]) -> Self {
        let leaves = struct_hashes.len();
        assert!((1..=MAX_BATCH).contains(&leaves), "a tree of {leaves} messages");
        let mut nodes = Vec::with_capacity(2 * leaves + MAX_DEPTH);
        nodes.extend(struct_hashes.iter().map(leaf));
        let mut level = 0..leaves;
        while level.len() > 1 {
            for at in level.clone().step_by(2) {
                let above = if at + 1 < level.end { node(&nodes[at], &nodes[at + 1]) } else { nodes[at] };
                nodes.push(above);
            }
            level = level.end..nodes.len();
        }
        Self { nodes, leaves }
    }

    /// The root; of a single message its leaf.
    pub(super) fn root(&self) -> B256 {
        self.nodes[self.nodes.len() - 1]
    }

    /// The most words that a path has.
    pub(super) const fn depth(&self) -> usize {
        self.leaves.next_power_of_two().trailing_zeros() as usize
    }

    /// The path of the message at `index`: its siblings on the way to the root.
    pub(super) fn path(&self, index: usize) -> impl Iterator<Item = &B256> {
        let mut level = (0, self.leaves);
        (0..self.depth()).filter_map(move |height| {
            let (start, width) = level;
            level = (start + width, width.div_ceil(2));
            let sibling = (index >> height) ^ 1;
            (sibling < width).then(|| &self.nodes[start + sibling])
        })
    }
}

/// The root of the tree of 1 to 4,096 words; of one word its leaf. `None` of any other number of them.
pub fn merkle_root(words: &[B256]) -> Option<B256> {
    (1..=MAX_BATCH).contains(&words.len()).then(|| Tree::new(words).root())
}

/// The root of the batch in which the message with this struct hash has this path; `None` where it is not 1 to 12 whole words.
pub(super) fn root(struct_hash: &B256, path: &[u8]) -> Option<B256> {
    let (words, rest) = path.as_chunks::<32>();
    ((1..=MAX_DEPTH).contains(&words.len()) && rest.is_empty())
        .then(|| words.iter().fold(leaf(struct_hash), |hash, sibling| node(&hash, &B256::from(*sibling))))
}

pub(super) fn leaf(struct_hash: &B256) -> B256 {
    let mut bytes = [0; 33];
    bytes[1..].copy_from_slice(struct_hash.as_slice());
    keccak256(bytes)
}

pub(super) fn node(one: &B256, other: &B256) -> B256 {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(one.min(other).as_slice());
    bytes[33..].copy_from_slice(one.max(other).as_slice());
    keccak256(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_not_a_leaf_and_a_path_is_of_one_to_twelve_words() {
        let hashes = [2, 3, 4, 5].map(B256::repeat_byte);
        let leaves = hashes.each_ref().map(leaf);
        let (left, right) = (node(&leaves[0], &leaves[1]), node(&leaves[2], &leaves[3]));
        let top = Tree::new(&hashes).root();
        assert_eq!(root(&hashes[0], &[leaves[1], right].concat()), Some(top));
        // As a message, an inner node would be one that nobody wrote.
        assert_ne!(root(&left, right.as_slice()), Some(top));
        // Nor is a message under a node that has the message's hash in place of its leaf.
        assert_ne!(node(&node(&hashes[0], &leaves[1]), &right), top);
        for words in 0..=14 {
            assert_eq!(root(&hashes[0], &vec![1; 32 * words]).is_some(), (1..=12).contains(&words), "{words} words");
            assert_eq!(root(&hashes[0], &vec![1; 32 * words + 1]), None);
        }
    }

    #[test]
    fn every_path_leads_to_the_root() {
        for number in (2..=70).chain([255, 256, 257, MAX_BATCH - 1, MAX_BATCH]) {
            let hashes: Vec<_> = (0..number).map(|index| B256::left_padding_from(&index.to_be_bytes())).collect();
            let tree = Tree::new(&hashes);
            for (index, hash) in hashes.iter().enumerate() {
                let path: Vec<_> = tree.path(index).flat_map(|word| word.0).collect();
                assert_eq!(root(hash, &path), Some(tree.root()), "message {index} of {number}");
                assert!(path.len() <= 32 * tree.depth());
            }
        }
    }
}
