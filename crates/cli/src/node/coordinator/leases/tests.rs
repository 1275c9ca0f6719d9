//! Tests of a link's leases: what the decisions hear of what a miner sends.

use alloy::{
    primitives::B256,
    signers::{SignerSync, local::PrivateKeySigner},
};
use cuckoo_protocol::{
    manifest::Proof,
    message::{Message as _, Receipt, Ticket, sign_batch},
    task::{FinishReason, audit_commitment, output_commitment},
};

use super::*;
use crate::node::coordinator::stream::{Reading, tests::spec};

fn domain() -> Domain {
    Domain::new(31_337, Address::repeat_byte(1))
}

/// Leases of a session, whose miner has this key.
fn session() -> (PrivateKeySigner, Leases) {
    let key = PrivateKeySigner::random();
    let leases = Leases::new(key.address(), 7, domain(), Ears::deaf());
    (key, leases)
}

/// Gives a miner a first attempt at a task.
fn lease(leases: &mut Leases, number: u8) -> Arc<Stream> {
    let (spec, stream) = (Arc::new(spec(number)), Arc::new(Stream::default()));
    stream.begin(1);
    let lease = leases.lease((spec.id, 1));
    let ticket = Ticket { task: spec.id.0, number: number.into(), ..Ticket::default() };
    let offer = Offer { lease, spec, ticket, proof: Proof::None, class: String::new() };
    let frame = leases.add(Box::new(offer), Bytes::new(), stream.clone());
    assert_eq!((frame.attempt, frame.number), (1, number.into()));
    stream
}

fn chunk(number: u8, text: &str) -> wire::Chunk {
    wire::Chunk { lease: Some(wire::Lease::new(spec(number).id, 1)), text: text.into(), ..wire::Chunk::default() }
}

fn receipt(number: u8, text: &str) -> Receipt {
    let ticket = Ticket { task: spec(number).id.0, number: number.into(), ..Ticket::default() };
    Receipt {
        ticket: domain().digest(&ticket),
        outputCommitment: output_commitment(&B256::ZERO, &[], text),
        auditCommitment: audit_commitment("", &[]),
        promptTokens: 3,
        completionTokens: 2,
        finishReason: FinishReason::Stop as u8,
    }
}

fn result(number: u8, receipt: &Receipt, signature: &Bytes) -> wire::TaskResult {
    wire::TaskResult {
        lease: Some(wire::Lease::new(spec(number).id, 1)),
        output_commitment: receipt.outputCommitment.to_vec(),
        audit_commitment: receipt.auditCommitment.to_vec(),
        prompt_tokens: receipt.promptTokens,
        completion_tokens: receipt.completionTokens,
        finish_reason: receipt.finishReason.into(),
        signature: signature.to_vec(),
        stop: 0,
    }
}

fn inputs(messages: Vec<Message>) -> Vec<Input> {
    let input = |message| match message {
        Message::Input(input) => input,
        other => panic!("{other:?}"),
    };
    messages.into_iter().map(input).collect()
}

#[test]
fn tokens_are_heard_of_once_and_results_of_a_batch_each() {
    let (key, mut leases) = session();
    let mut messages = vec![];
    for number in [1, 2] {
        lease(&mut leases, number);
        leases.chunk(chunk(number, "no"), &mut messages).expect("parses");
        leases.chunk(chunk(number, " eggs"), &mut messages).expect("parses");
    }
    let heard = inputs(std::mem::take(&mut messages));
    let [Input::Progress { lease: first, tokens: 1 }, Input::Progress { lease: second, tokens: 1 }] = &heard[..] else {
        panic!("{heard:?}")
    };
    assert_eq!((first.task, first.session, second.task), (spec(1).id, 7, spec(2).id));
    let receipts = [receipt(1, "no eggs"), receipt(2, "no eggs")];
    let hashes = receipts.each_ref().map(|receipt| receipt.struct_hash());
    let signatures = sign_batch(|digest| key.sign_hash_sync(digest), &domain(), &hashes).expect("signs");
    for (number, (receipt, signature)) in (1..).zip(receipts.iter().zip(&signatures)) {
        let result = result(number, receipt, signature);
        leases.result(result.clone(), &mut messages).expect("parses");
        // The second time it is late.
        leases.result(result, &mut messages).expect("parses");
    }
    assert!(leases.is_empty());
    let texts: Vec<_> = inputs(messages)
        .into_iter()
        .map(|input| match input {
            Input::Finished { finished, .. } => finished.outcome.text.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts, ["no eggs", "no eggs"]);
}

#[test]
fn an_answer_that_comes_with_its_result_is_heard_of_once() {
    let (key, mut leases) = session();
    let mut messages = vec![];
    lease(&mut leases, 1);
    lease(&mut leases, 2);
    leases.chunk(chunk(2, "no"), &mut messages).expect("parses");
    leases.chunk(chunk(1, "no eggs"), &mut messages).expect("parses");
    let receipt = receipt(1, "no eggs");
    let signature = key.sign_hash_sync(&domain().digest(&receipt)).expect("signs");
    let signature = cuckoo_protocol::message::signature_bytes(&signature);
    leases.result(result(1, &receipt, &signature), &mut messages).expect("parses");
    let heard = inputs(messages);
    let [Input::Progress { lease: other, .. }, Input::Finished { lease, .. }] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((other.task, lease.task), (spec(2).id, spec(1).id));
}

#[test]
fn a_false_receipt_loses_the_lease_and_a_lease_that_is_over_says_nothing() {
    let (key, mut leases) = session();
    let mut messages = vec![];
    let sign = |receipt: &Receipt| {
        cuckoo_protocol::message::signature_bytes(&key.sign_hash_sync(&domain().digest(receipt)).expect("signs"))
    };
    lease(&mut leases, 1);
    leases.chunk(chunk(1, "no"), &mut messages).expect("parses");
    let other = receipt(1, "yes");
    leases.result(result(1, &other, &sign(&other)), &mut messages).expect("parses");
    leases.chunk(chunk(1, " eggs"), &mut messages).expect("parses");
    let heard = inputs(std::mem::take(&mut messages));
    assert!(matches!(&heard[..], [_, Input::Broken { reason, .. }] if reason.contains("another output")), "{heard:?}");
    // Taken back by the decisions, or refused by the miner.
    lease(&mut leases, 2);
    leases.remove(&leases.lease((spec(2).id, 1)));
    lease(&mut leases, 3);
    let lease = Some(wire::Lease::new(spec(3).id, 1));
    let refuse = wire::Refuse { lease, code: RefuseCode::Busy.into(), reason: "no\nroom".into() };
    leases.refused(refuse.clone(), &mut messages).expect("parses");
    leases.refused(refuse, &mut messages).expect("parses");
    for number in [2, 3] {
        leases.accepted(&wire::Lease::new(spec(number).id, 1), &mut messages).expect("parses");
        leases.chunk(chunk(number, "no"), &mut messages).expect("parses");
    }
    let heard = inputs(messages);
    assert!(
        matches!(&heard[..], [Input::Refused { code: RefuseCode::Busy, reason, .. }] if !reason.contains('\n')),
        "{heard:?}"
    );
    assert!(leases.chunk(wire::Chunk::default(), &mut vec![]).is_err());
}

#[test]
fn what_readers_were_given_binds_the_next_attempt() {
    let (key, mut leases) = session();
    let mut messages = vec![];
    let stream = lease(&mut leases, 1);
    let _reading = Reading::of(stream.clone());
    leases.chunk(chunk(1, "one two"), &mut messages).expect("parses");
    stream.interrupt();
    // The same miner again; it says less than before.
    stream.begin(1);
    leases.chunk(chunk(1, "one"), &mut messages).expect("parses");
    let shorter = receipt(1, "one");
    let digest = domain().digest(&shorter);
    let signature = cuckoo_protocol::message::signature_bytes(&key.sign_hash_sync(&digest).expect("signs"));
    leases.result(result(1, &shorter, &signature), &mut messages).expect("parses");
    assert!(matches!(inputs(messages).last(), Some(Input::Diverged { .. })));
}
