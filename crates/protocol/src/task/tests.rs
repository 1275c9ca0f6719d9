//! The life of a task: leases, losses and the end, by example and at random.

use std::sync::Arc;

use alloy::primitives::{Address, B256, Bytes};
use proptest::prelude::*;

use super::*;
use crate::price::Rate;

fn spec(id: u8) -> Arc<TaskSpec> {
    Arc::new(TaskSpec {
        id: TaskId(B256::repeat_byte(id)),
        model: "m".into(),
        messages: vec![ChatMessage { role: ChatRole::User, content: "hi".into() }],
        sampling: Sampling {
            max_tokens: 8,
            temperature: Micros(0),
            top_p: Micros::ONE,
            seed: 1,
            ..Sampling::default()
        },
        salt: B256::repeat_byte(9),
        pick_salt: B256::ZERO,
        accepted_at: 0,
        deadline: 1000,
        caller: None,
        idempotency: None,
        rate: Rate::default(),
        scored: false,
        streamed: false,
        examine: None,
    })
}

fn pick() -> Box<Pick> {
    Box::new(Pick { epoch: 1, sequence: 0, seed: B256::ZERO, drawn: 0, weight: 1, total: 1 })
}

fn outcome() -> Arc<Outcome> {
    Arc::new(Outcome {
        text: "x".into(),
        finish: FinishReason::Stop,
        stop: None,
        prompt_tokens: 1,
        completion_tokens: 1,
        log_probabilities: vec![-0.5],
        class: String::new(),
        scores: vec![Score { length: 1, bits: (-0.5f32).to_bits(), ..Score::default() }],
        prompt: None,
        receipt: ReceiptRecord {
            chain_id: 1,
            settlement: Address::ZERO,
            ticket: Default::default(),
            ticket_signature: Bytes::new(),
            receipt: Default::default(),
            receipt_signature: Bytes::new(),
            salt: B256::ZERO,
            token_ids: vec![],
        },
    })
}

fn leased(tasks: &mut Tasks, task: TaskId, attempt: u32, miner: u8) -> Result<Vec<Effect>, TransitionError> {
    tasks.apply(&Event::Leased { task, attempt, miner: Address::repeat_byte(miner), pick: pick(), ticket: 0 })
}

#[test]
fn a_late_result_of_an_old_lease_is_refused() {
    let mut tasks = Tasks::default();
    let id = spec(1).id;
    tasks.apply(&Event::Accepted { sequence: 0, spec: spec(1) }).expect("accepted");
    leased(&mut tasks, id, 1, 1).expect("leased");
    tasks.apply(&Event::Lost { task: id, attempt: 1, reason: "died".into() }).expect("lost");
    leased(&mut tasks, id, 2, 2).expect("leased again");
    let late = tasks.apply(&Event::Done { task: id, attempt: 1, outcome: outcome() });
    assert_eq!(late, Err(TransitionError::Stale { task: id, attempt: 1, current: 2 }));
    tasks.apply(&Event::Done { task: id, attempt: 2, outcome: outcome() }).expect("done");
    assert_eq!(tasks.get(&id).and_then(|task| task.state.miner()), Some(Address::repeat_byte(2)));
}

#[test]
fn a_task_that_killed_two_miners_is_not_offered_to_a_third() {
    let mut tasks = Tasks::default();
    let id = spec(1).id;
    tasks.apply(&Event::Accepted { sequence: 0, spec: spec(1) }).expect("accepted");
    for attempt in 1..=2 {
        leased(&mut tasks, id, attempt, attempt as u8).expect("leased");
        tasks.apply(&Event::Lost { task: id, attempt, reason: "died".into() }).expect("lost");
    }
    assert!(matches!(tasks.get(&id).map(|task| &task.state), Some(State::Failed { .. })));
    assert!(leased(&mut tasks, id, 3, 3).is_err());
}

#[test]
fn busy_is_not_a_fault() {
    let mut tasks = Tasks::default();
    let id = spec(1).id;
    tasks.apply(&Event::Accepted { sequence: 0, spec: spec(1) }).expect("accepted");
    for attempt in 1..=20 {
        leased(&mut tasks, id, attempt, 1).expect("leased");
        tasks.apply(&Event::Refused { task: id, attempt, reason: "busy".into() }).expect("refused");
    }
    assert_eq!(tasks.get(&id).map(|task| task.faults), Some(0));
}

#[test]
fn a_deadline_ends_whatever_is_not_ended() {
    let mut tasks = Tasks::default();
    for id in 1..=2 {
        tasks.apply(&Event::Accepted { sequence: u64::from(id), spec: spec(id) }).expect("accepted");
    }
    leased(&mut tasks, spec(1).id, 1, 7).expect("leased");
    assert!(tasks.overdue(999).is_empty());
    let mut effects = vec![];
    for event in tasks.overdue(1000) {
        effects.extend(tasks.apply(&event).expect("expires"));
    }
    assert!(effects.contains(&Effect::Stop { task: spec(1).id, attempt: 1, miner: Address::repeat_byte(7) }));
    assert!(tasks.iter().all(|task| task.state == State::Expired));
}

pub(crate) fn any_event() -> impl Strategy<Value = Event> {
    let task = (1u8..4).prop_map(|id| spec(id).id);
    let attempt = 1u32..4;
    prop_oneof![
        (1u8..4, 0u64..9).prop_map(|(id, sequence)| Event::Accepted { sequence, spec: spec(id) }),
        (task.clone(), attempt.clone(), 1u8..4).prop_map(|(task, attempt, miner)| Event::Leased {
            task,
            attempt,
            miner: Address::repeat_byte(miner),
            pick: pick(),
            ticket: 0,
        }),
        (task.clone(), attempt.clone()).prop_map(|(task, attempt)| Event::Started { task, attempt }),
        (task.clone(), attempt.clone()).prop_map(|(task, attempt)| Event::Refused {
            task,
            attempt,
            reason: "busy".into()
        }),
        (task.clone(), attempt.clone()).prop_map(|(task, attempt)| Event::Rejected {
            task,
            attempt,
            reason: "too long".into()
        }),
        (task.clone(), attempt.clone()).prop_map(|(task, attempt)| Event::Lost {
            task,
            attempt,
            reason: "died".into()
        }),
        (task.clone(), attempt).prop_map(|(task, attempt)| Event::Done { task, attempt, outcome: outcome() }),
        task.clone().prop_map(|task| Event::Failed { task, fault: Fault::Network, reason: "no".into() }),
        task.clone().prop_map(|task| Event::Expired { task }),
        task.prop_map(|task| Event::Cancelled { task, delivered: 0 }),
    ]
}

proptest! {
    #[test]
    fn a_journal_replays_to_the_same_state_and_ends_are_final(events in proptest::collection::vec(any_event(), 0..60)) {
        let mut tasks = Tasks::default();
        let mut journal = vec![];
        let mut ended = std::collections::BTreeSet::new();
        for event in events {
            let before = tasks.clone();
            match tasks.apply(&event) {
                Ok(effects) => {
                    journal.push(serde_json::to_string(&event).expect("serialises"));
                    for effect in effects {
                        if let Effect::Ended(id) = effect {
                            prop_assert!(ended.insert(id), "ended twice");
                        }
                    }
                }
                Err(_) => prop_assert_eq!(&tasks, &before),
            }
            for task in tasks.iter() {
                prop_assert_eq!(ended.contains(&task.spec.id), task.state.is_terminal());
                prop_assert!(task.faults <= MAX_FAULTS);
            }
        }
        let mut replayed = Tasks::default();
        for line in journal {
            replayed.apply(&serde_json::from_str(&line).expect("parses")).expect("applies");
        }
        prop_assert_eq!(replayed, tasks);
    }
}
