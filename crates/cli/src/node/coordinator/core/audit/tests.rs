//! Tests of what audits conclude from two and three executions, and of which tasks they choose.

use cuckoo_protocol::task::{FinishReason, Sampling};

use super::{cases::CLEAN, *};
use crate::node::coordinator::journal::tests::spec;

/// Who says these tokens with these probabilities.
fn run(miner: u8, ids: &[u32], log_probability: f32) -> AuditedRun {
    let count = ids.len() as u32;
    AuditedRun {
        task: TaskId(B256::repeat_byte(miner)),
        miner: Address::repeat_byte(miner),
        claim: Claim {
            ids: ids.to_vec(),
            log_probabilities: vec![log_probability; ids.len()],
            text: format!("{ids:?}"),
            finish: Finish { reason: FinishReason::Length, prompt_tokens: 3, completion_tokens: count },
        },
    }
}

fn case(runs: Vec<AuditedRun>) -> Case {
    let sampling = Sampling { max_tokens: 6, ..Sampling::default() };
    Case { spec: TaskSpec { sampling, ..(*spec(1)).clone() }, runs, repeats: 0 }
}

const TRUE: [u32; 6] = [1, 2, 3, 4, 5, 6];
const FALSE: [u32; 6] = [1, 2, 3, 4, 5, 7];

#[test]
fn who_stands_alone_against_two_that_agree_is_found_wherever_it_is() {
    for place in 0..3 {
        let mut runs = vec![run(1, &TRUE, -1.0), run(2, &TRUE, -1.0)];
        runs.insert(place, run(9, &TRUE, -3.0));
        assert!(matches!(case(runs).verdict(), Verdict::Alone(alone, found) if alone == place && found.gross));
    }
    // The same token at almost the same probability is no difference, and another one of almost the same is a tie.
    let tie = vec![run(1, &TRUE, -1.0), run(2, &FALSE, -1.001), run(3, &TRUE, -1.0)];
    assert_eq!(case(tie).verdict(), Verdict::Unclear);
}

#[test]
fn three_that_differ_and_two_that_lie_together_decide_nothing_against_the_truth_alone() {
    let all = vec![run(1, &TRUE, -1.0), run(2, &TRUE, -2.0), run(3, &TRUE, -3.0)];
    assert_eq!(case(all).verdict(), Verdict::Unclear);
    // Two that lie alike win: that is what drawing by stake is for.
    let together = vec![run(1, &TRUE, -1.0), run(2, &TRUE, -2.0), run(3, &TRUE, -2.0)];
    assert!(matches!(case(together).verdict(), Verdict::Alone(0, _)));
}

#[test]
fn new_miners_are_audited_always_and_old_ones_by_chance() {
    let (new, old, proven) = (Address::repeat_byte(1), Address::repeat_byte(2), Address::repeat_byte(3));
    let record = |agreed| AuditRecord { done: 1_000, agreed, ..AuditRecord::default() };
    let records = [(old, record(0)), (proven, record(CLEAN))].into();
    let audits = Audits::new(Policy { first: 20, percent: 10 }, records);
    assert!(audits.wants(&new));
    let share = |miner: Address| (0..10_000).filter(|_| audits.wants(&miner)).count();
    assert!((800..1_200).contains(&share(old)), "{}", share(old));
    assert!((120..290).contains(&share(proven)), "{}", share(proven));
    assert!(!Audits::default().wants(&new));
}
