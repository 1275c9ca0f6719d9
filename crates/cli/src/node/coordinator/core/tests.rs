//! Tests of a core on its own: what a restart restores, and in which order tasks wait.

use std::{collections::BTreeMap, path::Path};

use alloy::{
    primitives::{Address, B256, Bytes},
    signers::{SignerSync, local::Secp256k1Signer},
};
use cuckoo_protocol::{
    message::{Domain, Receipt, Ticket, signature_bytes},
    task::{Event, FinishReason, Pick, State, audit_commitment, output_commitment},
    wire,
};
use futures::FutureExt;

use super::{Core, Identity, pool::Pool, quality};
use crate::node::coordinator::{
    journal::{
        Journal, Opened,
        tests::{PAYER, spec},
    },
    prices::Prices,
};

pub(in crate::node) fn core(folder: &Path) -> (Core, usize) {
    let opened = Journal::open(&folder.join("journal.db"), &folder.join("assignments.log"), &PAYER).expect("opens");
    let Opened { journal, log, history } = opened;
    let identity = Identity {
        signer: Secp256k1Signer::random(),
        domain: Domain::new(1, Address::ZERO),
        staking: Address::ZERO,
        epoch_seconds: 10,
        secret: B256::ZERO,
        log,
        max_queue: 10,
        prices: Prices::default(),
        checkpoint_after: 10,
        gate: quality::Gate::default(),
    };
    let events = history.events.len();
    (Core::recover(identity, journal, history, 1).expect("recovers"), events)
}

fn pick() -> Box<Pick> {
    Box::new(Pick { epoch: 0, sequence: 0, seed: B256::ZERO, drawn: 0, weight: 1, total: 1 })
}

#[test]
fn tasks_that_come_back_keep_their_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut core, _) = core(folder.path());
    for number in 0..4 {
        core.apply(Event::Accepted { sequence: number.into(), spec: spec(number) }, 1).expect("applies");
    }
    for number in [1, 0, 2] {
        let (task, miner) = (spec(number).id, Address::ZERO);
        core.queues.values_mut().for_each(|queue| queue.retain(|_, queued| *queued != task));
        core.apply(Event::Leased { task, attempt: 1, miner, pick: pick(), ticket: 1 }, 1).expect("applies");
        core.apply(Event::Refused { task, attempt: 1, reason: "no room".into() }, 1).expect("applies");
    }
    let queued: Vec<_> = core.queues[&Pool::of(&spec(1))].values().copied().collect();
    assert_eq!(queued, [0, 1, 2, 3].map(|number| spec(number).id));
}

/// Has a miner deliver two tokens for the first task, with a receipt.
fn deliver(core: &mut Core, miner: &Secp256k1Signer) {
    let (task, node) = (spec(1).id, miner.address());
    core.apply(Event::Accepted { sequence: 0, spec: spec(1) }, 1).expect("applies");
    core.queues.values_mut().for_each(BTreeMap::clear);
    core.apply(Event::Leased { task, attempt: 1, miner: node, pick: pick(), ticket: 1 }, 1).expect("applies");
    core.miners.entry(node).or_default().held.insert(task);
    core.accepted(node, task, 1, 1);
    let ticket = Ticket {
        coordinator: core.identity.signer.address(),
        miner: node,
        task: task.0,
        attempt: 1,
        number: 1,
        model: B256::ZERO,
        promptCommitment: spec(1).prompt_commitment(),
        parameters: spec(1).sampling.hash(),
        price: spec(1).quote().bound(),
        promptRate: spec(1).rate.prompt(),
        completionRate: spec(1).rate.completion(),
        deadline: 1,
    };
    let receipt = Receipt {
        ticket: core.identity.domain.digest(&ticket),
        outputCommitment: output_commitment(&spec(1).salt, &[7, 8], "no"),
        auditCommitment: audit_commitment(&[-0.5, -0.5]),
        promptTokens: 3,
        completionTokens: 2,
        finishReason: FinishReason::Stop as u8,
    };
    let signature = miner.sign_hash_sync(&core.identity.domain.digest(&receipt)).expect("signs");
    let live = core.live.entry(task).or_default();
    live.ticket = Some((ticket, Bytes::new()));
    live.text = "no".into();
    live.token_ids = vec![7, 8];
    live.log_probabilities = vec![-0.5, -0.5];
    let result = wire::TaskResult {
        output_commitment: receipt.outputCommitment.to_vec(),
        audit_commitment: receipt.auditCommitment.to_vec(),
        prompt_tokens: receipt.promptTokens,
        completion_tokens: receipt.completionTokens,
        finish_reason: receipt.finishReason.into(),
        signature: signature_bytes(&signature).to_vec(),
        ..wire::TaskResult::default()
    };
    core.result(node, task, 1, result, 2);
}

#[test]
fn a_receipt_makes_one_statement_due_and_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut core, _) = core(folder.path());
    let dues = core.dues();
    // Each time that something becomes due wakes one of those who wait.
    let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(dues.notified())).collect();
    assert!(waiting.iter_mut().all(|waiting| !waiting.as_mut().enable()));
    let miner = Secp256k1Signer::random();
    deliver(&mut core, &miner);
    assert!(core.task(&spec(1).id).is_some_and(|task| matches!(task.state, State::Done { .. })));
    assert_eq!(waiting.into_iter().filter_map(FutureExt::now_or_never).count(), 1);
    assert_eq!(core.due, [(miner.address(), vec![wire::Lease::new(spec(1).id, 1)])].into());
    assert!(core.statements().is_some() && core.statements().is_none());
}

#[test]
fn a_coordinator_starts_from_its_checkpoint_as_from_all_its_events() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut before, _) = core(folder.path());
    for number in 0..20 {
        let sequence = before.tasks.next_sequence();
        before.apply(Event::Accepted { sequence, spec: spec(number) }, 1).expect("applies");
        if number % 3 > 0 {
            before.apply(Event::Cancelled { task: spec(number).id, delivered: 0 }, 1).expect("applies");
        }
    }
    let kept = |core: &Core| {
        let mut ended: Vec<_> = core.ended.iter().copied().collect();
        ended.sort_unstable();
        (core.tasks.clone(), core.accounts.clone(), core.queues.clone(), ended)
    };
    let expected = kept(&before);
    assert_eq!((expected.0.len(), expected.3.len()), (20, 13));
    assert!(before.accounts.reserved() > 0);
    drop(before);
    let (after, events) = core(folder.path());
    assert!(events < 10, "{events} of 33 events were read");
    assert_eq!(kept(&after), expected);
    assert_eq!(after.idempotency.len(), 20);
}
