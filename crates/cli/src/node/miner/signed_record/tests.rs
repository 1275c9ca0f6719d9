//! Tests of the record of signatures.

use std::sync::mpsc;

use alloy::primitives::{Address, B256};
use cuckoo_protocol::{
    Cai, TaskId,
    message::{Acknowledgement, Receipt, SignedAcknowledgement, SignedVoucher, Ticket, Voucher, proof::Contradiction},
    miner::{Claim, Completed},
};
use rusqlite::{Connection, params};

use super::*;

const MINER: Address = Address::repeat_byte(9);

fn domain() -> Domain {
    Domain::new(1, Address::ZERO)
}

fn completed(task: u8, attempt: u32, number: u64, price: u128, output: u8) -> Completed {
    let ticket = Ticket { miner: MINER, task: B256::repeat_byte(task), attempt, number, price, ..Ticket::default() };
    let receipt = Receipt { outputCommitment: B256::repeat_byte(output), ..Receipt::default() };
    Completed { ticket, ticket_signature: Bytes::new(), receipt, owed: Cai::from(price), stop: None }
}

fn paid(miner: Address, through: u64) -> SignedVoucher {
    let voucher = Voucher { miner, cumulative: through.into(), through, ..Voucher::default() };
    SignedVoucher { voucher, signature: Bytes::new() }
}

/// Writes with signatures that are each receipt's place among those that are signed.
fn commit(store: &mut Store, receipts: &[Completed], vouchers: &[SignedVoucher]) -> Vec<Result<Bytes, RecordError>> {
    let sign =
        |hashes: &[B256]| Ok::<_, RecordError>((0..hashes.len() as u8).map(|place| vec![place].into()).collect());
    let heard = Heard { vouchers: vouchers.to_vec(), ..Heard::default() };
    store.commit(receipts.to_vec(), &heard, &domain(), sign).expect("is written")
}

fn numbers(claims: &[Claim]) -> Vec<u64> {
    claims.iter().map(|claim| claim.ticket.number).collect()
}

#[test]
fn a_second_different_receipt_is_refused_also_by_the_next_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(folder.path()).expect("opens");
    let [first, second] = [completed(1, 1, 1, 0, 2), completed(1, 2, 2, 0, 3)];
    let signed = |place: u8| Ok(Bytes::from(vec![place]));
    assert_eq!(commit(&mut store, &[first.clone(), second], &[]), [signed(0), signed(1)], "two attempts");
    assert!(matches!(Store::open(folder.path()), Err(RecordError::InUse(_))), "two processes at once");
    drop(store);
    let mut store = Store::open(folder.path()).expect("opens again");
    let conflict = || Err(RecordError::Conflict { task: TaskId(B256::repeat_byte(1)), attempt: 1 });
    let other = completed(1, 1, 1, 0, 9);
    let batch = [completed(2, 1, 3, 0, 4), other.clone(), first, completed(3, 1, 4, 0, 5)];
    // Those around it are signed, and the same receipt again is no conflict.
    assert_eq!(commit(&mut store, &batch, &[]), [signed(0), conflict(), signed(1), signed(2)]);
    let [new, conflicting] = [completed(4, 1, 5, 0, 1), completed(4, 1, 5, 0, 2)];
    let conflict = Err(RecordError::Conflict { task: TaskId(B256::repeat_byte(4)), attempt: 1 });
    assert_eq!(commit(&mut store, &[new, conflicting], &[]), [signed(0), conflict], "in one batch");
}

#[test]
fn nothing_is_written_where_nothing_can_be_signed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(folder.path()).expect("opens");
    let first = completed(1, 1, 1, 5, 2);
    let failed = store.commit(vec![first], &Heard::default(), &domain(), |_| Err::<Vec<Bytes>, _>("no key"));
    assert!(failed.is_err_and(|error| error.to_string().contains("no key")));
    assert_eq!(store.kept(), Ok(Kept::default()));
    let other = completed(1, 1, 1, 5, 3);
    assert!(commit(&mut store, &[other], &[])[0].is_ok(), "nothing was signed before");
}

#[test]
fn tickets_are_kept_until_a_voucher_covers_them_and_can_be_read_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(kept(folder.path()), Ok(Kept::default()));
    let mut store = Store::open(folder.path()).expect("opens");
    let receipts: Vec<_> =
        (1..=4).map(|number| completed(number, 1, number.into(), u128::from(number % 2), number)).collect();
    commit(&mut store, &receipts, &[]);
    let Kept { vouchers, claims, .. } = kept(folder.path()).expect("readable while it is open");
    assert_eq!((vouchers, numbers(&claims)), (vec![], vec![1, 3]), "work for nothing is not claimed");
    assert_eq!(claims[1], receipts[2].clone().signed(vec![2].into()), "with its own signature");
    commit(&mut store, &[], &[paid(MINER, 1)]);
    commit(&mut store, &[], &[paid(MINER, 2)]);
    drop(store);
    let store = Store::open(folder.path()).expect("opens again");
    let Kept { vouchers, claims, .. } = store.kept().expect("reads");
    assert_eq!((vouchers, numbers(&claims)), (vec![paid(MINER, 2)], vec![3]));
}

#[test]
fn an_acknowledgement_is_kept_as_long_as_its_claim() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(folder.path()).expect("opens");
    commit(&mut store, &[completed(1, 1, 1, 5, 1), completed(2, 1, 2, 5, 2)], &[]);
    let signed = |number| SignedAcknowledgement {
        acknowledgement: Acknowledgement { miner: MINER, number, owed: 5, ..Acknowledgement::default() },
        signature: Bytes::from(vec![number as u8]),
    };
    let heard = Heard { acknowledgements: [1, 2, 3].map(signed).into(), ..Heard::default() };
    store.commit(vec![], &heard, &domain(), |_| Ok::<_, RecordError>(vec![])).expect("is written");
    let acknowledgements = |store: &Store| store.kept().expect("reads").acknowledgements;
    assert_eq!(acknowledgements(&store), [1, 2].map(signed), "not that of a ticket that was not answered");
    commit(&mut store, &[], &[paid(MINER, 1)]);
    drop(store);
    assert_eq!(acknowledgements(&Store::open(folder.path()).expect("opens again")), [signed(2)]);
}

#[test]
fn vouchers_that_contradict_the_newest_are_kept_with_it_once_for_the_same_tickets() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(folder.path()).expect("opens");
    let signed = |cumulative, through| {
        let voucher = Voucher { miner: MINER, cumulative, through, ..Voucher::default() };
        SignedVoucher { voucher, signature: Bytes::new() }
    };
    let hear = |store: &mut Store, vouchers: &[SignedVoucher], refused: &[SignedVoucher]| {
        let heard = Heard { vouchers: vouchers.to_vec(), refused: refused.to_vec(), ..Heard::default() };
        store.commit(vec![], &heard, &domain(), |_| Ok::<_, RecordError>(vec![])).expect("is written");
        kept(folder.path()).expect("reads").contradictions
    };
    let of = |a: &SignedVoucher, b: &SignedVoucher| Contradiction { a: a.clone(), b: b.clone() };
    let newest = signed(50, 5);
    assert_eq!(
        hear(&mut store, std::slice::from_ref(&newest), &[signed(40, 4)]),
        [],
        "an earlier one is no contradiction"
    );
    let first = of(&newest, &signed(40, 6));
    // One that comes in the same moment as the newest is compared with that.
    assert_eq!(hear(&mut store, &[], &[signed(40, 6), signed(30, 9)]), std::slice::from_ref(&first));
    assert_eq!(
        hear(&mut store, &[signed(60, 6)], &[signed(1, 7)]),
        std::slice::from_ref(&first),
        "ticket 6 is in the first one"
    );
    let later = signed(70, 8);
    let expected = [first, of(&later, &signed(2, 8))];
    assert_eq!(hear(&mut store, &[later], &[signed(2, 8)]), expected);
    drop(store);
    assert_eq!(Store::open(folder.path()).expect("opens again").kept().expect("reads").contradictions, expected);
}

#[test]
fn what_one_key_is_owed_stays_when_another_one_is_paid() {
    let folder = tempfile::tempdir().expect("a folder");
    let [old, new] = [1, 2].map(Address::repeat_byte);
    let of = |miner: Address, task: u8| {
        let mut completed = completed(task, 1, 5, 1, task);
        completed.ticket.miner = miner;
        completed
    };
    let mut store = Store::open(folder.path()).expect("opens");
    commit(&mut store, &[of(old, 1)], &[paid(old, 4)]);
    commit(&mut store, &[of(new, 2)], &[paid(new, 5)]);
    let claims = vec![of(old, 1).signed(vec![0].into())];
    assert_eq!(kept(folder.path()), Ok(Kept { vouchers: vec![paid(old, 4), paid(new, 5)], claims, ..Kept::default() }));
}

#[test]
fn a_record_that_names_no_key_is_taken_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut signed = paid(MINER, 1);
    let claim = completed(1, 1, 2, 1, 1).signed(Bytes::new());
    let before = Connection::open(folder.path().join("signed.db")).expect("opens");
    before
        .execute_batch(
            "CREATE TABLE claims (coordinator BLOB NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,
             PRIMARY KEY (coordinator, number)) STRICT, WITHOUT ROWID;
             CREATE TABLE vouchers (coordinator BLOB PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;",
        )
        .expect("made");
    let coordinator = Address::ZERO;
    let bodies = [serde_json::to_vec(&signed), serde_json::to_vec(&claim)].map(|body| body.expect("encodes"));
    before
        .execute("INSERT INTO vouchers VALUES (?1, ?2)", params![coordinator.as_slice(), bodies[0]])
        .and_then(|_| {
            before.execute("INSERT INTO claims VALUES (?1, 2, ?2)", params![coordinator.as_slice(), bodies[1]])
        })
        .expect("filled");
    drop(before);
    let mut store = Store::open(folder.path()).expect("opens");
    let expected = Kept { vouchers: vec![signed.clone()], claims: vec![claim], ..Kept::default() };
    assert_eq!(kept(folder.path()), Ok(expected));
    signed.voucher.through = 2;
    commit(&mut store, &[], std::slice::from_ref(&signed));
    drop(store);
    drop(Store::open(folder.path()).expect("opens again"));
    assert_eq!(kept(folder.path()), Ok(Kept { vouchers: vec![signed], ..Kept::default() }), "the same key's");
}

#[test]
fn vouchers_that_could_not_be_written_wait_on_unless_there_are_newer_ones() {
    let queue = Queue::default();
    queue.keep(paid(MINER, 2));
    let (_, _, taken) = queue.take();
    queue.sign(LeaseId(1), completed(1, 1, 1, 1, 1));
    queue.put_back(taken);
    assert_eq!(queue.take_receipts(), [LeaseId(1)]);
    assert!(queue.wait(), "a voucher waits");
    let (leases, receipts, taken) = queue.take();
    assert_eq!((leases, receipts.len(), &taken.vouchers[..]), (vec![], 0, &[paid(MINER, 2)][..]));
    queue.keep(paid(MINER, 3));
    queue.put_back(taken);
    assert_eq!(queue.take().2.vouchers, [paid(MINER, 3)]);
}

#[test]
fn all_that_waits_is_signed_at_once_and_every_signature_is_the_key_s() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, ..) = open(folder.path()).expect("opens");
    let queue = Arc::new(Queue::default());
    let signer = Secp256k1Signer::random();
    let key = signer.address();
    let (sender, receiver) = mpsc::channel();
    // They wait already when the thread starts: one batch.
    (1..=5).for_each(|number| queue.sign(LeaseId(number), completed(number as u8, 1, number, 1, 1)));
    queue.keep(paid(MINER, 2));
    let record = SignedRecord::start(store, queue.clone(), (signer, domain()), move |outcomes| {
        sender.send(outcomes).expect("is heard");
    });
    let record = record.expect("starts");
    let outcomes = receiver.recv().expect("signed");
    assert_eq!(outcomes.iter().map(|(lease, _)| lease.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    for (LeaseId(number), signature) in outcomes {
        let signature = signature.expect("signed");
        assert!(signature.len() > 65, "with a path");
        let receipt = completed(number as u8, 1, number, 1, 1).receipt;
        assert_eq!(domain().verify(&receipt, &signature, key), Ok(()));
    }
    queue.sign(LeaseId(6), completed(6, 1, 6, 1, 1));
    let alone = receiver.recv().expect("signed");
    assert_eq!(alone[0].1.as_ref().map(|signature| signature.len()), Ok(65), "signed plainly");
    queue.keep(paid(MINER, 5));
    drop(record);
    let Kept { vouchers, claims, .. } = kept(folder.path()).expect("reads");
    assert_eq!((vouchers, numbers(&claims)), (vec![paid(MINER, 5)], vec![6]), "also what came last");
}
