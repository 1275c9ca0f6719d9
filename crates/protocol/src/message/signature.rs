//! Digests and signatures: where a message is signed for, how one key signs many at once, and who signed.

use alloy::{
    primitives::{Address, B256, Bytes, Signature, keccak256},
    sol_types::{Eip712Domain, eip712_domain},
};

use super::{
    tree::{self, MAX_BATCH, Tree},
    types::{Batch, Message},
};

/// Where signatures are valid: one chain and one contract. A network has two of them, see [`crate::chain::Network`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
    chain_id: u64,
    contract: Address,
    separator: B256,
}

impl Domain {
    /// The domain of messages for `contract` on the chain with this EIP-155 id.
    pub fn new(chain_id: u64, contract: Address) -> Self {
        let domain = Self { chain_id, contract, separator: B256::ZERO };
        Self { separator: domain.eip712().separator(), ..domain }
    }

    /// The same as the library for typed data has it, for signers that show what they sign.
    pub fn eip712(&self) -> Eip712Domain {
        eip712_domain! {
            name: "Cuckoo",
            version: "1",
            chain_id: self.chain_id,
            verifying_contract: self.contract,
        }
    }

    /// EIP-155 chain id.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The contract that the messages are signed for.
    pub const fn contract(&self) -> Address {
        self.contract
    }

    /// The message's digest: what is signed where it is signed alone, and what other messages name it by.
    pub fn digest(&self, message: &impl Message) -> B256 {
        self.digest_of(&message.struct_hash())
    }

    /// The same from the message's struct hash, see [`Message::struct_hash`].
    pub fn digest_of(&self, struct_hash: &B256) -> B256 {
        let mut bytes = [0; 66];
        bytes[..2].copy_from_slice(&[0x19, 0x01]);
        bytes[2..34].copy_from_slice(self.separator.as_slice());
        bytes[34..].copy_from_slice(struct_hash.as_slice());
        keccak256(bytes)
    }

    /// The signer of `message`, if `signature` is in an accepted form: 65 bytes r | s | v over its digest with v 27 or 28 and low s
    /// (EIP-2), or such a signature of a batch followed by the message's path in it, 1 to 12 words.
    pub fn signer(&self, message: &impl Message, signature: &[u8]) -> Result<Address, SignatureError> {
        Verifier::default().signer_of(self, &message.struct_hash(), signature)
    }

    /// Checks that `signer` signed `message`, alone or in a batch. Who checks many messages of one signer keeps a [`Verifier`].
    pub fn verify(&self, message: &impl Message, signature: &[u8], signer: Address) -> Result<(), SignatureError> {
        Verifier::default().verify(self, message, signature, signer)
    }
}

/// Checks the signatures of one peer. It remembers who signed the last batch, so that all messages of a batch cost one recovery of a
/// key; its answers are those of [`Domain::verify`].
#[derive(Clone, Debug, Default)]
pub struct Verifier {
    last: Option<SignedRoot>,
}

/// The root of a batch, and who signed it.
#[derive(Clone, Debug)]
struct SignedRoot {
    domain: Domain,
    root: B256,
    signature: [u8; SIGNATURE],
    signer: Address,
}

impl Verifier {
    /// Checks that `signer` signed `message` for `domain`, alone or in a batch.
    pub fn verify(
        &mut self,
        domain: &Domain,
        message: &impl Message,
        signature: &[u8],
        signer: Address,
    ) -> Result<(), SignatureError> {
        match self.signer_of(domain, &message.struct_hash(), signature)? {
            found if found == signer => Ok(()),
            found => Err(SignatureError::WrongSigner { expected: signer, found }),
        }
    }

    /// The signer of the message with this struct hash.
    pub(super) fn signer_of(
        &mut self,
        domain: &Domain,
        struct_hash: &B256,
        signature: &[u8],
    ) -> Result<Address, SignatureError> {
        let (signature, path) = signature.split_first_chunk::<SIGNATURE>().ok_or(SignatureError::NotCanonical)?;
        if path.is_empty() {
            return recover(&domain.digest_of(struct_hash), signature);
        }
        let root = tree::root(struct_hash, path).ok_or(SignatureError::NotCanonical)?;
        match &self.last {
            // The whole of what is signed and the whole signature are those of before: so is the key that fits them.
            Some(last) if last.root == root && last.signature == *signature && last.domain == *domain => {
                Ok(last.signer)
            }
            _ => {
                let signer = recover(&domain.digest(&Batch { root }), signature)?;
                self.last = Some(SignedRoot { domain: *domain, root, signature: *signature, signer });
                Ok(signer)
            }
        }
    }
}

/// Signs messages, which may be of different types and are given by their struct hashes ([`Message::struct_hash`]), with one
/// signature for each 4,096 of them: `sign` makes it from a digest. Each message gets a signature of its own, in the order of the
/// messages; a message without company is signed alone.
pub fn sign_batch<E>(
    mut sign: impl FnMut(&B256) -> Result<Signature, E>,
    domain: &Domain,
    struct_hashes: &[B256],
) -> Result<Vec<Bytes>, E> {
    let mut signatures = Vec::with_capacity(struct_hashes.len());
    for batch in struct_hashes.chunks(MAX_BATCH) {
        if let [alone] = batch {
            signatures.push(signature_bytes(&sign(&domain.digest_of(alone))?));
            continue;
        }
        let tree = Tree::new(batch);
        let signature = sign(&domain.digest(&Batch { root: tree.root() }))?.normalized_s().as_bytes();
        signatures.extend((0..batch.len()).map(|index| with_path(&signature, &tree, index)));
    }
    Ok(signatures)
}

fn with_path(signature: &[u8; SIGNATURE], tree: &Tree, index: usize) -> Bytes {
    let mut bytes = Vec::with_capacity(SIGNATURE + 32 * tree.depth());
    bytes.extend_from_slice(signature);
    tree.path(index).for_each(|word| bytes.extend_from_slice(word.as_slice()));
    bytes.into()
}

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The signature is not r, s, v of 65 bytes with v 27 or 28 and s in the lower half of the curve's order, or what follows them is
    /// not a path of 1 to 12 words.
    #[error("the signature is not in canonical form (65 bytes, v 27 or 28, low s; in a batch 1 to 12 words more)")]
    NotCanonical,
    /// No public key fits.
    #[error("the signature fits no key")]
    Unrecoverable,
    /// Somebody else signed.
    #[error("signed by {found}, not by {expected}")]
    WrongSigner {
        /// The address that should have signed.
        expected: Address,
        /// The address that signed.
        found: Address,
    },
}

/// Bytes of r, s and v.
const SIGNATURE: usize = 65;

/// Recovers the signer of a digest from the one accepted form of a bare signature.
fn recover(digest: &B256, signature: &[u8; SIGNATURE]) -> Result<Address, SignatureError> {
    if !matches!(signature[SIGNATURE - 1], 27 | 28) {
        return Err(SignatureError::NotCanonical);
    }
    let parsed = Signature::from_raw_array(signature).map_err(|_| SignatureError::NotCanonical)?;
    if parsed.normalize_s().is_some() {
        return Err(SignatureError::NotCanonical);
    }
    parsed.recover_address_from_prehash(digest).map_err(|_| SignatureError::Unrecoverable)
}

/// The bytes of a signature of one message, in the accepted form. Those of many: [`sign_batch`].
pub fn signature_bytes(signature: &Signature) -> Bytes {
    Bytes::copy_from_slice(&signature.normalized_s().as_bytes())
}

#[cfg(test)]
mod tests {
    use alloy::signers::{SignerSync, local::PrivateKeySigner};

    use super::*;
    use crate::message::types::Voucher;

    fn voucher(through: u64) -> Voucher {
        Voucher { through, ..Voucher::default() }
    }

    fn signed(key: &PrivateKeySigner, domain: &Domain) -> Vec<Bytes> {
        let hashes: Vec<_> = (0..4).map(|through| voucher(through).struct_hash()).collect();
        sign_batch(|digest| key.sign_hash_sync(digest), domain, &hashes).expect("signs")
    }

    #[test]
    fn a_remembered_root_is_used_for_its_batch_signature_and_domain_only() {
        let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).expect("a key");
        let domain = Domain::new(31_337, Address::repeat_byte(0xcc));
        let elsewhere = Domain::new(31_337, Address::repeat_byte(0xdd));
        let signatures = signed(&key, &domain);
        let mut verifier = Verifier::default();
        assert_eq!(verifier.verify(&domain, &voucher(0), &signatures[0], key.address()), Ok(()));
        // What is remembered is replaced, so that its use shows.
        let mark = Address::repeat_byte(0xee);
        verifier.last.as_mut().expect("a root").signer = mark;
        for through in 0..4 {
            let check = |domain: &Domain, signature: &[u8]| {
                verifier.clone().signer_of(domain, &voucher(through).struct_hash(), signature)
            };
            let signature = &signatures[through as usize];
            assert_eq!(check(&domain, signature), Ok(mark));
            assert_ne!(check(&elsewhere, signature), Ok(mark));
            for at in 0..signature.len() {
                let mut changed = signature.to_vec();
                changed[at] ^= 1;
                assert_ne!(check(&domain, &changed), Ok(mark), "byte {at}");
            }
            assert_ne!(check(&domain, &signature[..SIGNATURE]), Ok(mark));
        }
        // A message that is signed alone does not drive the batch out; another batch does.
        let alone = signature_bytes(&key.sign_hash_sync(&domain.digest(&voucher(9))).expect("signs"));
        assert_eq!(verifier.verify(&domain, &voucher(9), &alone, key.address()), Ok(()));
        assert_eq!(verifier.signer_of(&domain, &voucher(1).struct_hash(), &signatures[1]), Ok(mark));
        let other = signed(&key, &elsewhere);
        assert_eq!(verifier.verify(&elsewhere, &voucher(1), &other[1], key.address()), Ok(()));
        assert_eq!(verifier.verify(&domain, &voucher(1), &signatures[1], key.address()), Ok(()));
    }
}
