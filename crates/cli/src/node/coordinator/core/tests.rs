//! Tests of a core on its own: what a restart restores, and in which order tasks wait.

use std::path::Path;

use alloy::{
    primitives::{Address, B256},
    signers::local::Secp256k1Signer,
};
use cuckoo_protocol::{
    message::Domain,
    task::{Event, Pick},
};

use super::{Core, Identity, quality};
use crate::node::coordinator::{
    journal::{Journal, Opened, tests::spec},
    prices::Prices,
};

fn core(folder: &Path) -> (Core, usize) {
    let opened = Journal::open(&folder.join("journal.db"), &folder.join("assignments.log")).expect("opens");
    let Opened { journal, log, history } = opened;
    let identity = Identity {
        signer: Secp256k1Signer::random(),
        domain: Domain { chain_id: 1, staking: Address::ZERO },
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

#[test]
fn tasks_that_come_back_keep_their_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut core, _) = core(folder.path());
    for number in 0..4 {
        core.apply(Event::Accepted { sequence: number.into(), spec: spec(number) }, 1).expect("applies");
    }
    let pick = || {
        let (drawn, weight, total) = ("0".into(), "1".into(), "1".into());
        Box::new(Pick { epoch: 0, sequence: 0, seed: B256::ZERO, drawn, weight, total })
    };
    for number in [1, 0, 2] {
        let (task, miner) = (spec(number).id, Address::ZERO);
        core.queues.values_mut().for_each(|queue| queue.retain(|_, queued| *queued != task));
        core.apply(Event::Leased { task, attempt: 1, miner, pick: pick(), ticket: 1 }, 1).expect("applies");
        core.apply(Event::Refused { task, attempt: 1, reason: "no room".into() }, 1).expect("applies");
    }
    let queued: Vec<_> = core.queues["m"].values().copied().collect();
    assert_eq!(queued, [0, 1, 2, 3].map(|number| spec(number).id));
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
