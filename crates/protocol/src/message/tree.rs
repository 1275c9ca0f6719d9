//! Many messages under one signature: a Merkle tree of them, whose root is signed.
//!
//! A leaf is the Keccak-256 of 0x00 and a message's struct hash, an inner node that of 0x01 and its two children in numerical
//! order; the last node of a level with an odd number of them goes up as it is. Leaves and nodes begin with different bytes, so
//! that neither passes for the other. `Signatures.sol` checks the same.

use alloy::primitives::{B256, keccak256};

/// The longest path of a message, in words.
const MAX_DEPTH: usize = 12;
/// The most messages under one signature.
pub const MAX_BATCH: usize = 1 << MAX_DEPTH;

/// Messages of one signer that are signed at once. It does not sign: `digest` is what has to be signed, and `signatures` makes the
/// signatures of the messages out of that.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Struct hash of the first message.
    first: B256,
    /// The leaves first, the root last.
    levels: Vec<Vec<B256>>,
}

/// A number of messages that cannot be signed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} messages cannot be signed at once: 1 to 4,096 can")]
pub struct TreeError(usize);

impl Tree {
    /// The tree of 1 to [`MAX_BATCH`] messages, which may be of different types, given by their EIP-712 struct hashes
    /// ([`alloy::sol_types::SolStruct::eip712_hash_struct`]).
    pub fn new(struct_hashes: &[B256]) -> Result<Self, TreeError> {
        let first = *struct_hashes.first().ok_or(TreeError(0))?;
        if struct_hashes.len() > MAX_BATCH {
            return Err(TreeError(struct_hashes.len()));
        }
        let mut levels = vec![];
        let mut level: Vec<B256> = struct_hashes.iter().map(leaf).collect();
        while level.len() > 1 {
            let above = level.chunks(2).map(|pair| match pair {
                [left, right] => node(left, right),
                alone => alone[0],
            });
            let above = above.collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Ok(Self { first, levels })
    }

    /// The struct hash of the first message.
    pub(super) const fn first(&self) -> &B256 {
        &self.first
    }

    /// The root; `None` where there is one message only, which is signed alone.
    pub(super) fn root(&self) -> Option<B256> {
        match self.levels.as_slice() {
            [] | [_] => None,
            [.., top] => Some(top[0]),
        }
    }

    /// Each message's path, in the order of the messages.
    pub(super) fn paths(&self) -> impl Iterator<Item = Vec<u8>> {
        (0..self.levels[0].len()).map(|index| self.path(index))
    }

    fn path(&self, mut index: usize) -> Vec<u8> {
        let mut path = vec![];
        for level in &self.levels {
            if let Some(sibling) = level.get(index ^ 1) {
                path.extend_from_slice(sibling.as_slice());
            }
            index /= 2;
        }
        path
    }
}

/// The root of the batch in which the message with this struct hash has this path; `None` where it is not 1 to 12 whole words.
pub(super) fn root(struct_hash: &B256, path: &[u8]) -> Option<B256> {
    let (words, rest) = path.as_chunks::<32>();
    ((1..=MAX_DEPTH).contains(&words.len()) && rest.is_empty())
        .then(|| words.iter().fold(leaf(struct_hash), |hash, sibling| node(&hash, &B256::from(*sibling))))
}

pub(super) fn leaf(struct_hash: &B256) -> B256 {
    keccak256([&[0x00], struct_hash.as_slice()].concat())
}

pub(super) fn node(one: &B256, other: &B256) -> B256 {
    keccak256([&[0x01], one.min(other).as_slice(), one.max(other).as_slice()].concat())
}

#[cfg(test)]
mod tests {
    use alloy::{
        primitives::{Address, Bytes},
        signers::{SignerSync, local::PrivateKeySigner},
        sol_types::SolStruct,
    };
    use proptest::prelude::*;

    use super::*;
    use crate::message::{Domain, SignatureError, Voucher, signature_bytes};

    const DOMAIN: Domain = Domain { chain_id: 31_337, contract: Address::repeat_byte(0xcc) };

    fn voucher(through: usize) -> Voucher {
        Voucher { through: through as u64, cumulative: 7, ..Voucher::default() }
    }

    fn hashes(number: usize) -> Vec<B256> {
        (0..number).map(|index| voucher(index).eip712_hash_struct()).collect()
    }

    fn signed(number: usize) -> (PrivateKeySigner, Tree, Vec<Bytes>) {
        let signer = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).expect("a key");
        let tree = Tree::new(&hashes(number)).expect("1 to 4,096");
        let signature = signer.sign_hash_sync(&tree.digest(&DOMAIN)).expect("signs");
        let signatures = tree.signatures(&signature);
        (signer, tree, signatures)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn every_message_of_a_batch_verifies_and_none_with_the_signature_of_another(
            number in 1usize..=300, shift in 1usize..300,
        ) {
            let (signer, _, signatures) = signed(number);
            prop_assert_eq!(signatures.len(), number);
            for (index, signature) in signatures.iter().enumerate() {
                prop_assert_eq!(DOMAIN.verify(&voucher(index), signature, signer.address()), Ok(()));
                prop_assert!(signature.len() <= 65 + 32 * number.next_power_of_two().trailing_zeros() as usize);
            }
            let other = voucher((shift % number) + number);
            prop_assert!(DOMAIN.verify(&other, &signatures[shift % number], signer.address()).is_err());
            if shift % number != 0 {
                prop_assert!(DOMAIN.verify(&voucher(0), &signatures[shift % number], signer.address()).is_err());
            }
        }

        #[test]
        fn a_signature_with_any_byte_changed_fails(number in 2usize..=40, index in 0usize..40, flip in 1u8..) {
            let (signer, _, signatures) = signed(number);
            let index = index % number;
            for at in 0..signatures[index].len() {
                let mut changed = signatures[index].to_vec();
                changed[at] ^= flip;
                prop_assert!(DOMAIN.verify(&voucher(index), &changed, signer.address()).is_err(), "byte {}", at);
            }
            for length in [0, 64, signatures[index].len() - 1] {
                let cut = &signatures[index][..length];
                prop_assert_eq!(DOMAIN.signer(&voucher(index), cut), Err(SignatureError::NotCanonical));
            }
        }
    }

    #[test]
    fn a_batch_of_one_is_a_message_signed_alone() {
        let (signer, tree, signatures) = signed(1);
        assert_eq!(tree.digest(&DOMAIN), DOMAIN.digest(&voucher(0)));
        let alone = signature_bytes(&signer.sign_hash_sync(&DOMAIN.digest(&voucher(0))).expect("signs"));
        assert_eq!(signatures, [alone]);
    }

    #[test]
    fn a_node_is_not_a_leaf_and_a_path_is_of_one_to_twelve_words() {
        let hashes = hashes(4);
        let leaves: Vec<_> = hashes.iter().map(leaf).collect();
        let (left, right) = (node(&leaves[0], &leaves[1]), node(&leaves[2], &leaves[3]));
        let top = Tree::new(&hashes).expect("four").levels.last().expect("a root")[0];
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
    fn the_largest_batch_has_the_longest_path() {
        assert_eq!(
            (Tree::new(&[]).err(), Tree::new(&hashes(4_097)).err()),
            (Some(TreeError(0)), Some(TreeError(4_097)))
        );
        let (signer, _, signatures) = signed(MAX_BATCH);
        assert!(signatures.iter().all(|signature| signature.len() == 65 + 12 * 32));
        for index in [0, 1, 2_048, 4_095] {
            assert_eq!(DOMAIN.verify(&voucher(index), &signatures[index], signer.address()), Ok(()));
        }
    }

    #[test]
    fn a_batch_is_signed_for_one_contract() {
        let (signer, _, signatures) = signed(3);
        for other in [Domain { chain_id: 1, ..DOMAIN }, Domain { contract: Address::ZERO, ..DOMAIN }] {
            assert!(other.verify(&voucher(2), &signatures[2], signer.address()).is_err());
        }
    }
}
