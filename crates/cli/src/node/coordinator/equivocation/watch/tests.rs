//! Tests of what is noticed of second receipts, and of what is kept.

use std::time::Duration;

use alloy::{
    primitives::B256,
    signers::{SignerSync, local::PrivateKeySigner},
};
use cuckoo_protocol::{
    message::{Message, Receipt, signature_bytes},
    task::FinishReason,
};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::*;
use crate::node::coordinator::decisions::tests::open;

fn domain() -> Domain {
    Domain::new(31_337, Address::repeat_byte(1))
}

fn sign(key: &PrivateKeySigner, message: &impl Message) -> Bytes {
    signature_bytes(&key.sign_hash_sync(&domain().digest(message)).expect("signs"))
}

/// A coordinator that has given a ticket to a miner.
struct Given {
    miner: PrivateKeySigner,
    ticket: Ticket,
    signature: Bytes,
}

impl Given {
    fn new() -> Self {
        let [miner, coordinator] = [(); 2].map(|()| PrivateKeySigner::random());
        let ticket = Ticket {
            coordinator: coordinator.address(),
            miner: miner.address(),
            task: B256::repeat_byte(7),
            attempt: 2,
            deadline: 1_000,
            ..Ticket::default()
        };
        Self { signature: sign(&coordinator, &ticket), miner, ticket }
    }

    fn task(&self) -> TaskId {
        TaskId(self.ticket.task)
    }

    fn result(&self, output: u8) -> wire::TaskResult {
        let receipt = Receipt {
            ticket: domain().digest(&self.ticket),
            outputCommitment: B256::repeat_byte(output),
            finishReason: FinishReason::Stop as u8,
            ..Receipt::default()
        };
        wire::TaskResult {
            output_commitment: receipt.outputCommitment.to_vec(),
            audit_commitment: receipt.auditCommitment.to_vec(),
            finish_reason: receipt.finishReason.into(),
            signature: sign(&self.miner, &receipt).to_vec(),
            ..wire::TaskResult::default()
        }
    }
}

/// What the watch finds in the messages of a coordinator that knows of no task.
async fn found(folder: &TempDir, tell: impl FnOnce(&Ears)) -> Vec<Equivocation> {
    let (ears, watch) = Watch::open(folder.path(), domain()).expect("opens");
    let (findings, stop) = (watch.findings.clone(), CancellationToken::new());
    let (decisions, handle) = open(folder.path());
    let decisions = decisions.start().expect("starts");
    let mut running = JoinSet::new();
    running.spawn(watch.run(handle.clone(), stop.clone()));
    tell(&ears);
    // The watch takes messages in their order.
    while ears.0.capacity() < MOST_WAITING {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.cancel();
    running.join_next().await.expect("runs").expect("ends");
    handle.close();
    decisions.join().expect("ends");
    findings.with(Store::equivocations).await.expect("reads")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_receipt_for_a_lost_lease_is_noticed_by_the_next_process_as_well() {
    for restarts in [false, true] {
        let (folder, given) = (tempfile::tempdir().expect("a folder"), Given::new());
        let over = |ears: &Ears| ears.over(given.ticket.clone(), given.signature.clone(), None);
        let late = |ears: &Ears, output| {
            ears.late(given.miner.address(), given.task(), given.ticket.attempt, given.result(output));
        };
        if restarts {
            assert_eq!(found(&folder, over).await, []);
            assert_eq!(found(&folder, |ears| late(ears, 1)).await, [], "it is the first one");
            assert_eq!(found(&folder, |ears| late(ears, 1)).await, [], "it is the same one");
        }
        let proofs = found(&folder, |ears| {
            if !restarts {
                over(ears);
                late(ears, 1);
            }
            late(ears, 2);
            late(ears, 3);
        });
        let [proof] = &proofs.await[..] else { panic!("one proof for one ticket") };
        assert_eq!(proof.verify(&domain()), Ok(()));
        let outputs = [&proof.a, &proof.b].map(|signed| signed.receipt.outputCommitment);
        assert_eq!(outputs, [1, 2].map(B256::repeat_byte));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_that_ended_a_lease_is_the_first_and_what_others_sign_is_none() {
    let (folder, given) = (tempfile::tempdir().expect("a folder"), Given::new());
    let (task, attempt) = (given.task(), given.ticket.attempt);
    let proofs = found(&folder, |ears| {
        ears.over(given.ticket.clone(), given.signature.clone(), Some(given.result(1)));
        let mut forged = given.result(2);
        forged.signature = vec![27; 65];
        ears.late(given.miner.address(), task, attempt, forged);
        ears.late(Address::repeat_byte(9), task, attempt, given.result(2));
        ears.late(given.miner.address(), task, attempt + 1, given.result(2));
    });
    assert_eq!(proofs.await, []);
    let proofs = found(&folder, |ears| ears.late(given.miner.address(), task, attempt, given.result(2)));
    assert_eq!(proofs.await.len(), 1);
    let mut store = Store::open(folder.path()).expect("opens");
    store.forget(1_000).expect("is written");
    assert_eq!(store.equivocations().expect("reads").len(), 1, "the court still takes it");
    store.forget(1_001).expect("is written");
    assert_eq!(store.equivocations().expect("reads"), []);
    assert_eq!(store.find(&task, attempt).expect("reads"), None);
}
