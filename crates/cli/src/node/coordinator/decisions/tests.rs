//! Tests of turns: what goes together, who hears what and when, and what is left after the last one.

use std::{path::Path, sync::mpsc};

use alloy::primitives::{Address, B256, Bytes};
use cuckoo_protocol::{
    assign::{Snapshot, seed::Seeds},
    coordinator::{Finished, Gate, Identity, Offer, Offered, Policy, Prices},
    manifest::ModelManifest,
    task::{self, FinishReason, Kind, Outcome, ReceiptRecord, State, TaskSpec},
    wire,
};
use futures::{FutureExt, executor::block_on};
use tokio::sync::mpsc::UnboundedReceiver;

use super::*;
use crate::node::coordinator::{
    handle::Handle,
    journal::{History, Opened, tests::PAYER},
    stream::tests::spec,
};

const MINER: Address = Address::repeat_byte(0xaa);

/// What a coordinator with this node key is in tests.
pub(in crate::node) fn identity(address: Address) -> Identity {
    Identity {
        address,
        domain: Domain::new(PAYER.chain_id, PAYER.settlement),
        staking: Address::ZERO,
        epoch_seconds: 10,
        seeds: Seeds::new(B256::ZERO),
        max_queue: 1_000,
        prices: Prices::default(),
        checkpoint_after: 1_000,
        gate: Gate::default(),
        audits: Policy::default(),
        uncalibrated: Default::default(),
        audit_seeds: Seeds::new(B256::ZERO).audits(),
        calibrations: Arc::default(),
        models: Default::default(),
        has_court: true,
    }
}

/// Decisions with one miner in the draws, and the way to them. Nothing is decided before they start.
pub(in crate::node::coordinator) fn open(folder: &Path) -> (Decisions, Handle) {
    open_with(folder, 1_000)
}

/// The same, with a checkpoint after this many events.
fn open_with(folder: &Path, checkpoint_after: u64) -> (Decisions, Handle) {
    let opened = Journal::open(&folder.join("journal.db"), &folder.join("assignments.log"), &PAYER).expect("opens");
    let Opened { journal, log, history } = opened;
    let signer = Secp256k1Signer::random();
    let identity = Identity { checkpoint_after, ..identity(signer.address()) };
    let domain = identity.domain;
    let (mut effects, now) = (vec![], clock::now());
    let recovered = Coordinator::recover(identity, history.checkpoint, history.events, log.end(), now, &mut effects);
    let decisions = Decisions::new(recovered.expect("recovers"), effects, journal, signer, domain, Default::default());
    let handle = Handle::new(decisions.mailbox(), decisions.pulse());
    handle.act(Input::Snapshot(Arc::new(Snapshot { epoch: 1, beacon: B256::ZERO, miners: vec![(MINER, 1)] })));
    (decisions, handle)
}

/// What the miner offers, with this many slots.
fn offered(slots: u32) -> Offered {
    let manifest = ModelManifest { name: "m".into(), ..ModelManifest::default() };
    let id = manifest.id();
    let (kind, model, manifest) = (Kind::Text, "m".into(), Arc::new(manifest));
    let (class, context, examines, tokenises) = (String::new(), 0, false, false);
    Offered { kind, model, manifest, id, class, context, examines, tokenises, slots, capacity: slots }
}

/// A session of the miner, with this many slots.
fn connect(handle: &Handle, slots: u32) -> (Session, UnboundedReceiver<Vec<Command>>) {
    let (commands, told) = tokio::sync::mpsc::unbounded_channel();
    let session = block_on(handle.connect(MINER, commands));
    let offer = offered(slots);
    handle.act(Input::Slots { node: MINER, session, offers: vec![offer], devices: vec![] });
    (session, told)
}

/// Keeps the thread from going on until the sender is dropped.
fn hold(handle: &Handle) -> mpsc::Sender<()> {
    let (sender, receiver) = mpsc::channel::<()>();
    let (began, begins) = mpsc::channel();
    let held = handle.read(move |_| {
        let _ = began.send(());
        let _ = receiver.recv();
    });
    // The message is sent by the first look at the answer.
    let _ = held.now_or_never();
    begins.recv().expect("begins");
    sender
}

/// Keeps the journal's thread from going on until the sender is dropped.
fn hold_journal(handle: &Handle) -> mpsc::Sender<()> {
    let (sender, receiver) = mpsc::channel::<()>();
    let (began, begins) = mpsc::channel();
    handle.mailbox().push(Message::ReadDurable(Box::new(move |_| {
        Box::new(move || {
            let _ = began.send(());
            let _ = receiver.recv();
        })
    })));
    begins.recv().expect("begins");
    sender
}

fn stop(handle: &Handle, thread: thread::JoinHandle<()>) {
    handle.close();
    thread.join().expect("ends");
}

/// The offers of one item for a link.
fn offers(commands: Vec<Command>) -> Vec<(Box<Offer>, Bytes)> {
    let offer = |command| match command {
        Command::Offer { offer, signature, .. } => Some((offer, signature)),
        _ => None,
    };
    commands.into_iter().filter_map(offer).collect()
}

/// What the link of the miner is told next, waiting for it.
fn next(told: &mut UnboundedReceiver<Vec<Command>>) -> Vec<Command> {
    told.blocking_recv().expect("the session is open")
}

#[test]
fn the_tickets_of_a_turn_have_one_signature_and_verify_one_by_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let (decisions, handle) = open(folder.path());
    let (domain, address) = (decisions.domain, decisions.signer.address());
    let thread = decisions.start().expect("starts");
    let (_, mut told) = connect(&handle, 100);
    let held = hold(&handle);
    let mut waiting: Vec<_> =
        (0..5).map(|number| Box::pin(handle.answers(vec![spec(number)], Limits::default()))).collect();
    assert!(waiting.iter_mut().all(|waiting| waiting.as_mut().now_or_never().is_none()));
    drop(held);
    let offered = offers(next(&mut told));
    assert_eq!(offered.len(), 5, "all come as one item");
    for (offer, signature) in &offered {
        assert_eq!(domain.verify(&offer.ticket, signature, address), Ok(()));
        assert_eq!(signature[..65], offered[0].1[..65]);
    }
    assert!(domain.verify(&offered[0].0.ticket, &offered[1].1, address).is_err());
    // One alone is signed plainly.
    let mut alone = Box::pin(handle.answers(vec![spec(9)], Limits::default()));
    assert!(alone.as_mut().now_or_never().is_none());
    let [(offer, signature)] = &offers(next(&mut told))[..] else { panic!("not one offer") };
    assert_eq!((signature.len(), domain.verify(&offer.ticket, signature, address)), (65, Ok(())));
    stop(&handle, thread);
}

#[test]
fn a_promise_waits_for_the_disk_and_reading_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let (decisions, handle) = open(folder.path());
    let thread = decisions.start().expect("starts");
    let (_, mut told) = connect(&handle, 1);
    let held = hold_journal(&handle);
    let mut accepted = Box::pin(handle.accept(vec![spec(1)], Limits::default()));
    assert!(accepted.as_mut().now_or_never().is_none());
    // The state shows it; who asked hears nothing, and no miner has it.
    assert!(block_on(handle.read(|machine| machine.task(&spec(1).id).is_some())));
    assert!(accepted.as_mut().now_or_never().is_none());
    assert!(told.try_recv().is_err());
    drop(held);
    assert_eq!(offers(next(&mut told)).len(), 1);
    assert_eq!(block_on(accepted), Ok(vec![spec(1).id]));
    stop(&handle, thread);
}

/// A result that answers an offer.
fn finished(offer: &Offer) -> Finished {
    let outcome = Outcome {
        text: "hello".into(),
        finish: FinishReason::Stop,
        stop: None,
        prompt_tokens: 1,
        completion_tokens: 1,
        log_probabilities: vec![],
        scores: vec![],
        prompt: None,
        class: String::new(),
        receipt: ReceiptRecord {
            chain_id: PAYER.chain_id,
            settlement: PAYER.settlement,
            ticket: offer.ticket.clone(),
            ticket_signature: Bytes::new(),
            receipt: Default::default(),
            receipt_signature: Bytes::new(),
            salt: B256::ZERO,
            token_ids: vec![1],
        },
    };
    Finished { outcome: Arc::new(outcome), digest: B256::ZERO }
}

#[test]
fn v5_a_result_and_its_receipt_are_shown_once_they_are_durable() {
    let folder = tempfile::tempdir().expect("a folder");
    let (decisions, handle) = open(folder.path());
    let thread = decisions.start().expect("starts");
    let (_, mut told) = connect(&handle, 1);
    let id = block_on(handle.accept(vec![spec(1)], Limits::default())).expect("is accepted")[0];
    let [(offer, _)] = &offers(next(&mut told))[..] else { panic!("not one offer") };
    let shown = || {
        handle.read_tasks(move |machine| {
            let done = machine.task(&id).filter(|task| matches!(task.state, State::Done { .. }));
            done.cloned().into_iter().collect()
        })
    };
    assert!(block_on(shown()).is_empty());
    let held = hold_journal(&handle);
    handle.act(Input::Finished { lease: offer.lease, finished: Box::new(finished(offer)) });
    let mut waiting = Box::pin(shown());
    assert!(waiting.as_mut().now_or_never().is_none());
    // The thread that decides has taken both in, and says that the task is done; who asked for the task itself waits.
    let is_done = |machine: &Coordinator| machine.task(&spec(1).id).is_some_and(|task| task.state.is_terminal());
    assert!(block_on(handle.read(is_done)));
    assert!(waiting.as_mut().now_or_never().is_none());
    drop(held);
    assert_eq!(block_on(waiting).len(), 1);
    stop(&handle, thread);
}

#[test]
fn v6_an_attempt_is_offered_once_it_is_durable_and_its_end_is_told_after_that() {
    let folder = tempfile::tempdir().expect("a folder");
    let (decisions, handle) = open(folder.path());
    let thread = decisions.start().expect("starts");
    let (session, mut told) = connect(&handle, 1);
    let id = spec(1).id;
    let held = hold_journal(&handle);
    let mut accepted = Box::pin(handle.accept(vec![spec(1)], Limits::default()));
    assert!(accepted.as_mut().now_or_never().is_none());
    let attempt = |handle: &Handle| block_on(handle.read(move |machine| machine.task(&id).map(|task| task.attempt)));
    assert_eq!(attempt(&handle), Some(1));
    // What says nothing of a lease does not wait: the miner may be asked for a sign of life, or be sent away.
    let mut cancelled = Box::pin(handle.cancel(id));
    assert!(cancelled.as_mut().now_or_never().is_none());
    assert!(block_on(handle.read(move |machine| machine.task(&id).is_some_and(|task| task.state.is_terminal()))));
    assert!(told.try_recv().is_err(), "nothing of it has left");
    drop(held);
    assert!(block_on(cancelled));
    let mut all = vec![];
    while all.len() < 2 {
        all.extend(next(&mut told));
    }
    assert!(matches!(&all[..], [Command::Offer { .. }, Command::Stop(lease)] if lease.session == session), "{all:?}");
    // A session that has ended in the meantime is offered nothing.
    let held = hold_journal(&handle);
    let mut accepted = Box::pin(handle.accept(vec![spec(2)], Limits::default()));
    assert!(accepted.as_mut().now_or_never().is_none());
    assert_eq!(block_on(handle.read(|machine| machine.task(&spec(2).id).map(|task| task.attempt))), Some(1));
    handle.act(Input::Expel { sessions: vec![(MINER, session)], reason: "gone".into() });
    assert!(matches!(&next(&mut told)[..], [Command::Close(..)]), "that is said at once");
    drop(held);
    stop(&handle, thread);
}

#[test]
fn a_turn_is_urgent_where_somebody_waits_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut decisions, _) = open(folder.path());
    let now = clock::now();
    let (commands, _told) = tokio::sync::mpsc::unbounded_channel();
    let (reply, mut session) = tokio::sync::oneshot::channel();
    decisions.take(Message::Connect { node: MINER, commands, reply }, now);
    let session = session.try_recv().expect("it is told at once");
    let offer = offered(9);
    let slots = Input::Slots { node: MINER, session, offers: vec![offer], devices: vec![] };
    decisions.take(Message::Input(slots), now);
    let mut submit = |number: u8, reply: Reply| {
        let tasks = vec![Submission::from(spec(number))];
        decisions.take(Message::Submit { waiter: number.into(), tasks, limits: Limits::default(), reply }, now);
        let is_urgent = decisions.turn.is_urgent;
        decisions.finish(now);
        assert!(!decisions.turn.is_urgent && decisions.turn.releases.is_empty());
        is_urgent
    };
    // The end of a whole answer is told, and nothing before it.
    let (reply, _ended) = tokio::sync::oneshot::channel();
    assert!(!submit(1, Reply::Ended(reply)));
    let (reply, _accepted) = tokio::sync::oneshot::channel();
    assert!(submit(2, Reply::Accepted(reply)));
    let (reply, _streams) = tokio::sync::oneshot::channel();
    assert!(submit(3, Reply::Streams(reply)));
    // A refusal is told at once, and leaves nothing to make durable.
    let (reply, mut refused) = tokio::sync::oneshot::channel();
    let other = TaskSpec { model: "other".into(), ..spec(4) };
    let tasks = vec![Submission::from(other)];
    let message = Message::Submit { waiter: 4, tasks, limits: Limits::default(), reply: Reply::Ended(reply) };
    decisions.take(message, now);
    assert!(matches!(refused.try_recv(), Ok(Err(SubmitError::UnknownModel { .. }))));
    assert!(!decisions.turn.is_urgent && decisions.turn.record.events.is_empty());
}

#[test]
fn a_connection_that_is_gone_takes_its_tasks_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (decisions, handle) = open(folder.path());
    let thread = decisions.start().expect("starts");
    let (_, mut told) = connect(&handle, 9);
    let mut answer = Box::pin(handle.answers(vec![spec(1), spec(2)], Limits::default()));
    assert!(answer.as_mut().now_or_never().is_none());
    assert_eq!(offers(next(&mut told)).len(), 2);
    drop(answer);
    let stopped = next(&mut told);
    assert!(stopped.len() == 2 && stopped.iter().all(|command| matches!(command, Command::Stop(_))), "{stopped:?}");
    let state =
        |number: u8| block_on(handle.read(move |machine| machine.task(&spec(number).id).expect("known").state.clone()));
    assert_eq!((state(1), state(2)), (State::Cancelled, State::Cancelled));
    // A stream is told how its task has ended, and dropping its waiter then changes nothing.
    let (waiter, mut readings) = block_on(handle.streams(vec![spec(3)], Limits::default())).expect("accepted");
    assert!(block_on(handle.cancel(spec(3).id)) && !block_on(handle.cancel(spec(3).id)));
    let ended = block_on(readings[0].1.next());
    assert!(matches!(ended, crate::node::coordinator::stream::Update::Ended(task) if task.state == State::Cancelled));
    drop(waiter);
    // What has ended is told to those who come later.
    let mut late = block_on(handle.follow(spec(3).id)).expect("known");
    assert!(matches!(block_on(late.next()), crate::node::coordinator::stream::Update::Ended(_)));
    assert!(block_on(handle.follow(spec(7).id)).is_none());
    stop(&handle, thread);
}

#[test]
fn what_was_decided_before_the_end_is_durable() {
    let folder = tempfile::tempdir().expect("a folder");
    let (decisions, handle) = open(folder.path());
    let thread = decisions.start().expect("starts");
    let (_, _told) = connect(&handle, 1);
    let mut waiting: Vec<_> =
        (0..20).map(|number| Box::pin(handle.answers(vec![spec(number)], Limits::default()))).collect();
    assert!(waiting.iter_mut().all(|waiting| waiting.as_mut().now_or_never().is_none()));
    stop(&handle, thread);
    drop(waiting);
    // Nothing is asked of it any more, and nobody is answered.
    assert!(handle.accept(vec![spec(30)], Limits::default()).now_or_never().is_none());
    let path = folder.path();
    let opened = Journal::open(&path.join("journal.db"), &path.join("assignments.log"), &PAYER).expect("opens");
    let accepted = |event: &&Event| matches!(event, Event::Task(task::Event::Accepted { .. }));
    assert_eq!(opened.history.events.iter().filter(accepted).count(), 20);
}

#[test]
fn a_checkpoint_in_the_middle_of_a_turn_is_the_state_before_what_follows_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (decisions, handle) = open_with(folder.path(), 3);
    let thread = decisions.start().expect("starts");
    let (_, _told) = connect(&handle, 4);
    let held = hold(&handle);
    let mut waiting: Vec<_> =
        (0..10).map(|number| Box::pin(handle.answers(vec![spec(number)], Limits::default()))).collect();
    assert!(waiting.iter_mut().all(|waiting| waiting.as_mut().now_or_never().is_none()));
    drop(held);
    let expected = block_on(handle.read(|machine| machine.checkpoint()));
    stop(&handle, thread);
    let path = folder.path();
    let opened = Journal::open(&path.join("journal.db"), &path.join("assignments.log"), &PAYER).expect("opens");
    let History { checkpoint: mut state, events } = opened.history;
    assert!(!state.tasks.is_empty() && events.len() < 3, "{} events", events.len());
    for event in &events {
        state.apply(event).expect("follows");
    }
    assert_eq!((state.tasks.len(), state.tasks), (10, expected.tasks));
}

#[test]
fn a_session_that_is_over_is_told_so_and_forgotten() {
    let folder = tempfile::tempdir().expect("a folder");
    let (decisions, handle) = open(folder.path());
    let thread = decisions.start().expect("starts");
    let (first, mut told) = connect(&handle, 1);
    let (second, _other) = connect(&handle, 1);
    assert!(second > first);
    assert!(matches!(&next(&mut told)[..], [Command::Close(wire::CloseCode::Replaced, _)]));
    assert!(told.blocking_recv().is_none());
    stop(&handle, thread);
}
