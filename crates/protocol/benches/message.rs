//! What the network's signatures cost: digests of messages, signing and recovering alone, and both for each message of a batch.

#![allow(missing_docs, clippy::print_stdout)]

use std::{
    convert::Infallible,
    hint::black_box,
    time::{Duration, Instant},
};

use alloy::{
    primitives::{Address, B256},
    signers::{SignerSync, local::Secp256k1Signer},
};
use cuckoo_protocol::message::{Domain, Message, Receipt, Ticket, Verifier, sign_batch, signature_bytes};

/// Rounds per figure; the best is shown, for the machine does other things too.
const ROUNDS: usize = 15;

fn main() {
    let signer = Secp256k1Signer::from_bytes(&B256::repeat_byte(7)).expect("a key");
    let domain = Domain::new(31_337, Address::repeat_byte(0xcc));
    let (ticket, receipt) = (Ticket::default(), Receipt::default());
    let digest = domain.digest(&ticket);
    let sign = |digest: &B256| Ok::<_, Infallible>(signer.sign_hash_sync(digest).expect("signs"));
    let alone = signature_bytes(&sign(&digest).expect("signs"));
    println!("{:<28} {:>9}", "", "each");
    show("domain", best(1, || Domain::new(black_box(31_337), Address::repeat_byte(0xcc))));
    show("digest of a ticket", best(1, || domain.digest(black_box(&ticket))));
    show("digest of a receipt", best(1, || domain.digest(black_box(&receipt))));
    show("sign", best(1, || sign(black_box(&digest))));
    show("recover", best(1, || domain.signer(black_box(&ticket), &alone)));
    for size in [1, 8, 64, 256] {
        let receipts: Vec<_> = (0..size).map(|number| Receipt { promptTokens: number, ..Receipt::default() }).collect();
        let hashes: Vec<_> = receipts.iter().map(Message::struct_hash).collect();
        let signatures = sign_batch(sign, &domain, &hashes).expect("signs");
        show(&format!("sign in a batch of {size}"), best(size, || sign_batch(sign, &domain, black_box(&hashes))));
        let verify = || {
            let mut verifier = Verifier::default();
            let mut checks = receipts.iter().zip(&signatures);
            assert!(checks.all(|(receipt, bytes)| verifier.verify(&domain, receipt, bytes, signer.address()).is_ok()));
        };
        show(&format!("verify in a batch of {size}"), best(size, verify));
    }
}

fn show(what: &str, time: Duration) {
    println!("{what:<28} {:>6.2} us", time.as_secs_f64() * 1e6);
}

/// What one of `parts` equal parts of the work takes.
fn best<T>(parts: u32, mut work: impl FnMut() -> T) -> Duration {
    let times = 2_000 / parts + 1;
    let round = |_| {
        let started = Instant::now();
        for _ in 0..times {
            black_box(work());
        }
        started.elapsed() / (times * parts)
    };
    (0..ROUNDS).map(round).min().unwrap_or_default()
}
