//! Which signatures are accepted: of single messages, of batches, and by a verifier that remembers.

use std::cell::Cell;

use alloy::{
    primitives::{Address, B256, Bytes, Signature, U256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use proptest::prelude::*;

use super::*;

/// Anvil's well-known second development key: worth nothing anywhere.
const KEY: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";

pub(super) fn signer() -> PrivateKeySigner {
    KEY.parse().expect("a key")
}

pub(super) fn sign(digest: &B256) -> Signature {
    signer().sign_hash_sync(digest).expect("signs")
}

pub(super) fn ticket() -> Ticket {
    Ticket {
        coordinator: signer().address(),
        miner: Address::repeat_byte(2),
        task: B256::repeat_byte(3),
        attempt: 1,
        number: 17,
        model: B256::repeat_byte(4),
        promptCommitment: B256::repeat_byte(5),
        parameters: B256::repeat_byte(6),
        price: 10u128.pow(18),
        promptRate: 10u128.pow(15),
        completionRate: 5 * 10u128.pow(15),
        deadline: 1_800_000_000,
    }
}

fn domain() -> Domain {
    Domain::new(31_337, Address::repeat_byte(0xcc))
}

/// The same contract on another chain, and another contract on the same chain.
fn other_domains() -> [Domain; 2] {
    [Domain::new(1, domain().contract()), Domain::new(domain().chain_id(), Address::repeat_byte(0xdd))]
}

fn voucher(through: usize) -> Voucher {
    Voucher { through: through as u64, cumulative: 7, ..Voucher::default() }
}

fn batch(number: usize) -> Vec<Bytes> {
    batch_of(&signer(), &domain(), 0..number)
}

fn batch_of(signer: &PrivateKeySigner, domain: &Domain, messages: std::ops::Range<usize>) -> Vec<Bytes> {
    let hashes: Vec<_> = messages.map(|index| voucher(index).struct_hash()).collect();
    sign_batch(|digest| signer.sign_hash_sync(digest), domain, &hashes).expect("signs")
}

#[test]
fn a_struct_hash_is_what_the_library_makes_of_the_message() {
    fn check<M: Message>(message: &M) {
        assert_eq!(message.struct_hash(), message.eip712_hash_struct(), "{}", M::NAME);
    }
    check(&Register { nonce: U256::from(3), ..Register::default() });
    check(&Login { issued: 5, ..Login::default() });
    check(&ticket());
    check(&Receipt { promptTokens: 9, ..Receipt::default() });
    check(&voucher(4));
    check(&Acknowledgement { number: 17, owed: 5, ..Acknowledgement::default() });
    check(&Verdict { outcome: 2, ..Verdict::default() });
    check(&EvidenceRequest { time: 7, ..EvidenceRequest::default() });
    check(&Batch { root: B256::repeat_byte(15) });
}

#[test]
fn a_signature_is_valid_on_its_own_chain_and_contract_only() {
    let signature = signature_bytes(&sign(&domain().digest(&ticket())));
    assert_eq!(domain().verify(&ticket(), &signature, signer().address()), Ok(()));
    for other in other_domains() {
        assert!(other.verify(&ticket(), &signature, signer().address()).is_err());
    }
}

#[test]
fn one_form_of_a_signature_is_accepted() {
    let check = |signature: &[u8]| domain().signer(&ticket(), signature);
    let good = signature_bytes(&sign(&domain().digest(&ticket()))).to_vec();
    assert_eq!(check(&good), Ok(signer().address()));
    // The other s and the other parity recover to the same key where both forms are accepted.
    let order = U256::from_be_slice(&[
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae,
        0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
    ]);
    let mut high_s = good.clone();
    let s = order - U256::from_be_slice(&good[32..64]);
    high_s[32..64].copy_from_slice(&s.to_be_bytes::<32>());
    high_s[64] = if good[64] == 27 { 28 } else { 27 };
    assert_eq!(check(&high_s), Err(SignatureError::NotCanonical));
    for v in [0u8, 1, 29, 35, 36, 37, 255] {
        let mut other = good.clone();
        other[64] = v;
        assert_eq!(check(&other), Err(SignatureError::NotCanonical), "v {v}");
    }
    for length in [0, 64, 66] {
        let mut other = good.clone();
        other.resize(length, 0);
        assert_eq!(check(&other), Err(SignatureError::NotCanonical), "{length} bytes");
    }
    assert!(check(&[0; 65]).is_err());
}

#[test]
fn a_batch_of_one_is_a_message_signed_alone_and_one_of_none_signs_nothing() {
    assert_eq!(batch(1), [signature_bytes(&sign(&domain().digest(&voucher(0))))]);
    let none = sign_batch(|_| Err("asked to sign"), &domain(), &[]);
    assert_eq!(none, Ok(vec![]));
}

#[test]
fn a_failure_to_sign_is_told() {
    let hashes = [voucher(0).struct_hash(), voucher(1).struct_hash()];
    assert_eq!(sign_batch(|_| Err("no key"), &domain(), &hashes), Err("no key"));
}

#[test]
fn the_largest_batch_has_the_longest_path_and_what_is_above_goes_into_another() {
    let made = Cell::new(0);
    let hashes: Vec<_> = (0..4_097).map(|index| voucher(index).struct_hash()).collect();
    let count = |digest: &B256| {
        made.set(made.get() + 1);
        Ok::<_, ()>(sign(digest))
    };
    let signatures = sign_batch(count, &domain(), &hashes).expect("signs");
    assert_eq!((signatures.len(), made.get()), (4_097, 2));
    assert!(signatures[..4_096].iter().all(|signature| signature.len() == 65 + 12 * 32));
    assert_eq!(signatures[4_096].len(), 65);
    for index in [0, 1, 2_048, 4_095, 4_096] {
        assert_eq!(domain().verify(&voucher(index), &signatures[index], signer().address()), Ok(()));
    }
}

#[test]
fn a_batch_is_signed_for_one_contract() {
    let signatures = batch(3);
    for other in other_domains() {
        assert!(other.verify(&voucher(2), &signatures[2], signer().address()).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_message_of_a_batch_verifies_and_none_with_the_signature_of_another(
        number in 1usize..=300, shift in 1usize..300,
    ) {
        let (signatures, signer) = (batch(number), signer().address());
        prop_assert_eq!(signatures.len(), number);
        let mut verifier = Verifier::default();
        for (index, signature) in signatures.iter().enumerate() {
            prop_assert_eq!(verifier.verify(&domain(), &voucher(index), signature, signer), Ok(()));
            prop_assert!(signature.len() <= 65 + 32 * number.next_power_of_two().trailing_zeros() as usize);
        }
        let taken = &signatures[shift % number];
        let other = voucher((shift % number) + number);
        prop_assert!(domain().verify(&other, taken, signer).is_err());
        prop_assert!(verifier.verify(&domain(), &other, taken, signer).is_err());
        if shift % number != 0 {
            prop_assert!(domain().verify(&voucher(0), taken, signer).is_err());
            prop_assert!(verifier.verify(&domain(), &voucher(0), taken, signer).is_err());
        }
    }

    #[test]
    fn a_signature_with_any_byte_changed_fails(number in 2usize..=40, index in 0usize..40, flip in 1u8..) {
        let (signatures, signer) = (batch(number), signer().address());
        let index = index % number;
        let mut verifier = Verifier::default();
        prop_assert_eq!(verifier.verify(&domain(), &voucher(index), &signatures[index], signer), Ok(()));
        for at in 0..signatures[index].len() {
            let mut changed = signatures[index].to_vec();
            changed[at] ^= flip;
            prop_assert!(domain().verify(&voucher(index), &changed, signer).is_err(), "byte {}", at);
            prop_assert!(verifier.clone().verify(&domain(), &voucher(index), &changed, signer).is_err(), "byte {}", at);
        }
        for length in [0, 64, signatures[index].len() - 1] {
            let cut = &signatures[index][..length];
            prop_assert_eq!(domain().signer(&voucher(index), cut), Err(SignatureError::NotCanonical));
            let remembered = verifier.verify(&domain(), &voucher(index), cut, signer);
            prop_assert_eq!(remembered, Err(SignatureError::NotCanonical));
        }
    }

    /// Batches of two keys for two domains, of which any message is checked with any signature, whole or changed, in any order.
    #[test]
    fn a_verifier_says_what_a_check_without_memory_says(
        checks in prop::collection::vec((0usize..4, 0usize..5, 0usize..5, any::<bool>(), any::<bool>(), 0usize..600), 1..40),
    ) {
        let (one, other) = (signer(), PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).expect("a key"));
        let domains = [domain(), other_domains()[1]];
        let batches = [
            batch_of(&one, &domains[0], 0..5),
            batch_of(&other, &domains[0], 0..5),
            batch_of(&one, &domains[1], 0..5),
            batch_of(&one, &domains[0], 5..10),
        ];
        let mut verifier = Verifier::default();
        for (from, index, message, by_one, here, change) in checks {
            let mut signature = batches[from][index].to_vec();
            // Most checks are of a signature as it was made.
            if let Some(byte) = signature.get_mut(change) {
                *byte ^= 1;
            }
            let (domain, signer) = (&domains[usize::from(!here)], if by_one { one.address() } else { other.address() });
            let first = if from == 3 { 5 } else { 0 };
            let expected = domain.verify(&voucher(message), &signature, signer);
            prop_assert_eq!(verifier.verify(domain, &voucher(message), &signature, signer), expected.clone());
            let made_so = message == first + index && by_one == (from != 1) && here == (from != 2);
            prop_assert_eq!(expected.is_ok(), made_so && batches[from][index] == signature);
        }
    }
}
