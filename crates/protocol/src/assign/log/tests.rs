//! An honest coordinator's log of ten thousand draws, and what becomes of it when somebody lies.

use std::collections::HashMap;

use alloy::primitives::{Address, B256};
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::*;
use crate::{
    assign::{Assigner, Snapshot, pick_seed, seed::SeedChain},
    task::TaskId,
};

const MODEL: &str = "m";

fn miner(number: u8) -> Address {
    Address::with_last_byte(number + 1)
}

/// A coordinator that keeps its own books, apart from [`Replay`].
struct Coordinator {
    random: StdRng,
    seeds: SeedChain,
    records: Vec<Record>,
    weights: Vec<(Address, u128)>,
    epoch: u64,
    beacon: B256,
    assigner: Assigner,
    offered: HashMap<Address, u32>,
    held: Vec<(TaskId, Address, u64, u32)>,
    lost: HashMap<TaskId, Vec<Address>>,
    sequence: u64,
}

impl Coordinator {
    fn new() -> Self {
        let weights: Vec<_> = (0..5).map(|n| (miner(n), u128::from(n + 1) * 20_001)).collect();
        let mut coordinator = Self {
            random: StdRng::seed_from_u64(7),
            seeds: SeedChain::new(&B256::repeat_byte(3), 100),
            records: vec![],
            assigner: Assigner::new(Snapshot::default()),
            weights,
            epoch: 99,
            beacon: B256::ZERO,
            offered: HashMap::new(),
            held: vec![],
            lost: HashMap::new(),
            sequence: 0,
        };
        let (staking, coordinator_address) = (Address::repeat_byte(9), Address::repeat_byte(8));
        coordinator.write(Entry::Started {
            coordinator: coordinator_address,
            chain_id: 1,
            staking,
            rule: Some(Rule::Time { seconds: 1_800 }),
            lost: vec![],
        });
        coordinator.next_epoch();
        let commitment = coordinator.seeds.commitment();
        coordinator.write(Entry::Committed { span: 0, commitment });
        for number in 0..5 {
            coordinator.write(Entry::Joined { miner: miner(number) });
            coordinator.offer(miner(number), u32::from(number) + 1);
        }
        coordinator
    }

    fn write(&mut self, entry: Entry) {
        self.records.push(Record { number: self.records.len() as u64, at: 0, entry });
    }

    fn next_epoch(&mut self) {
        self.epoch += 1;
        self.beacon = B256::from(self.random.random::<[u8; 32]>());
        let miners = self.weights.clone();
        self.write(Entry::Epoch { epoch: self.epoch, beacon: self.beacon, miners: miners.clone().into() });
        if self.epoch > 100 {
            let epoch = self.epoch - 1;
            let seed = self.seeds.seed(epoch).expect("in the span");
            self.write(Entry::Revealed { epoch, seed });
        }
        self.assigner = Assigner::new(Snapshot { epoch: self.epoch, beacon: self.beacon, miners });
        (0..5).for_each(|number| self.refresh(&miner(number)));
    }

    fn offer(&mut self, miner: Address, slots: u32) {
        self.offered.insert(miner, slots);
        self.write(Entry::Offered { miner, models: vec![(MODEL.into(), slots)] });
        self.refresh(&miner);
    }

    fn refresh(&mut self, miner: &Address) {
        let held = self.held.iter().filter(|(_, holder, ..)| holder == miner).count() as u32;
        self.assigner.set_eligible(miner, held < self.offered.get(miner).copied().unwrap_or(0));
    }

    fn pick(&mut self, task: TaskId, sequence: u64, attempt: u32) {
        let seed = self.seeds.seed(self.epoch).expect("in the span");
        let seed = pick_seed(&self.beacon, &seed, &B256::ZERO, sequence, attempt);
        let excluded = self.lost.get(&task).cloned().unwrap_or_default();
        let Some(drawn) = self.assigner.draw(&seed, &excluded) else { return };
        self.write(Entry::Picked {
            task,
            sequence,
            attempt,
            model: MODEL.into(),
            salt: B256::ZERO,
            drawn: drawn.value.to_string(),
            total: drawn.total.to_string(),
            miner: drawn.miner,
        });
        self.held.push((task, drawn.miner, sequence, attempt));
        self.refresh(&drawn.miner);
    }

    fn release(&mut self, lost: bool) {
        if self.held.is_empty() {
            return;
        }
        let index = self.random.random_range(0..self.held.len());
        let (task, miner, sequence, attempt) = self.held.swap_remove(index);
        self.write(Entry::Released { task, miner, lost, receipt: None, ticket: None });
        self.refresh(&miner);
        if lost {
            self.lost.entry(task).or_default().push(miner);
            self.pick(task, sequence, attempt + 1);
        }
    }

    /// A log of this many draws.
    fn run(picks: usize) -> Vec<Record> {
        let mut coordinator = Self::new();
        let drawn = |coordinator: &Self| {
            coordinator.records.iter().filter(|record| matches!(record.entry, Entry::Picked { .. })).count()
        };
        let mut done = 0;
        while done < picks {
            match coordinator.random.random_range(0..100) {
                0 => {
                    let index = coordinator.random.random_range(0..5);
                    coordinator.weights[index].1 = coordinator.random.random_range(20_001..500_000);
                    coordinator.next_epoch();
                }
                1..4 => {
                    let (number, slots) =
                        (coordinator.random.random_range(0..5), coordinator.random.random_range(0..6));
                    coordinator.offer(miner(number), slots);
                }
                4..6 => coordinator.release(true),
                6..50 => coordinator.release(false),
                _ => {
                    coordinator.sequence += 1;
                    let task = TaskId(B256::from(coordinator.random.random::<[u8; 32]>()));
                    coordinator.pick(task, coordinator.sequence, 1);
                }
            }
            done = drawn(&coordinator);
        }
        coordinator.next_epoch();
        coordinator.records
    }
}

/// As a coordinator that lies would write it: every head in place.
fn lines(records: &[Record]) -> Vec<String> {
    let mut head = B256::ZERO;
    let line = |record: &Record| {
        let (line, next) = line(&head, record).expect("serialises");
        head = next;
        line
    };
    records.iter().map(line).collect()
}

fn check(records: &[Record]) -> Result<Report, Finding> {
    audit(lines(records).iter().map(String::as_str))
}

/// Numbers the records again, as a liar would.
fn renumbered(mut records: Vec<Record>) -> Vec<Record> {
    (0..).zip(&mut records).for_each(|(number, record)| record.number = number);
    records
}

fn picks(records: &[Record]) -> Vec<usize> {
    let is_pick = |record: &Record| matches!(record.entry, Entry::Picked { .. });
    records.iter().enumerate().filter(|(_, record)| is_pick(record)).map(|(index, _)| index).collect()
}

#[test]
fn every_draw_of_an_honest_log_is_made_again() {
    let records = Coordinator::run(10_000);
    let report = check(&records).expect("honest");
    assert_eq!((report.picks, report.verified, report.pending), (10_000, 10_000, 0));
    assert_eq!(report.by_miner.values().sum::<u64>(), 10_000);
    assert_eq!(report.entries, records.len() as u64);
    let mut won = 0;
    for number in 0..5 {
        let text = lines(&records);
        let (_, told) = explain(text.iter().map(String::as_str), miner(number)).expect("honest");
        assert_eq!((told.picks, told.won), (10_000, report.by_miner[&miner(number)]));
        assert_eq!(told.eligible + told.busy + told.lost_before, 10_000, "{told:?}");
        // Four standard deviations of this many draws are less than 200.
        assert!((told.expected_ppm / 1_000_000).abs_diff(told.won) < 200, "{told:?}");
        won += told.won;
    }
    assert_eq!(won, 10_000);
    // The first epoch had begun before the commitment; no other had.
    let first_epoch = records.iter().position(|record| matches!(record.entry, Entry::Epoch { epoch: 101, .. }));
    let unbound = picks(&records[..first_epoch.expect("there are several")]).len() as u64;
    assert_eq!(report.unbound, unbound);

    // Before its seed is revealed, all but the number drawn is checked.
    let last = records.iter().rposition(|record| matches!(record.entry, Entry::Epoch { .. })).expect("an epoch");
    let report = check(&records[..last]).expect("honest so far");
    assert!(report.pending > 0 && report.pending + report.verified == report.picks, "{report:?}");
}

#[test]
fn a_skipped_miner_is_named() {
    let honest = Coordinator::run(500);
    let at = picks(&honest)[400];
    // Given to another miner, with the number drawn to match.
    let mut records = honest.clone();
    let Entry::Picked { miner: winner, .. } = &mut records[at].entry else { panic!("a pick") };
    *winner = if *winner == miner(4) { miner(3) } else { miner(4) };
    assert_eq!(check(&records).expect_err("forged").number, at as u64);
    // Its offer left out of the log: the weight that was drawn among betrays it.
    let offer = honest.iter().position(|record| matches!(record.entry, Entry::Offered { .. })).expect("an offer");
    let mut records = honest;
    records.remove(offer);
    let finding = check(&renumbered(records)).expect_err("forged");
    assert!(finding.reason.contains("draws among a weight of"), "{finding}");
}

#[test]
fn a_changed_weight_is_named() {
    let mut records = Coordinator::run(500);
    let first = picks(&records)[0];
    let epoch = records.iter_mut().find_map(|record| match &mut record.entry {
        Entry::Epoch { miners, .. } => Some(miners),
        _ => None,
    });
    let epoch = epoch.expect("an epoch");
    let mut miners = epoch.miners().to_vec();
    miners[4].1 = 1_000_000;
    *epoch = miners.into();
    let finding = check(&records).expect_err("forged");
    assert_eq!(finding.number, first as u64);
    assert!(finding.reason.contains("the eligible miners have"), "{finding}");
}

#[test]
fn a_reordered_log_is_named() {
    let honest = Coordinator::run(500);
    let text = lines(&honest);
    // As it is: the chain breaks where the order does.
    let mut swapped = text.clone();
    swapped.swap(200, 201);
    let finding = audit(swapped.iter().map(String::as_str)).expect_err("forged");
    assert_eq!((finding.number, finding.reason.contains("hash chain is broken")), (200, true), "{finding}");
    // With every head and number made again, a draw that took the last slot of a miner still has to come before the next one.
    let total = |record: &Record| match &record.entry {
        Entry::Picked { total, attempt: 1, .. } => Some(total.clone()),
        _ => None,
    };
    let matters = |pair: &[Record]| total(&pair[0]).zip(total(&pair[1])).is_some_and(|(first, second)| first != second);
    let at = honest.windows(2).position(matters).expect("slots are few");
    let mut records = honest;
    records.swap(at, at + 1);
    assert_eq!(check(&renumbered(records)).expect_err("forged").number, at as u64);
}

#[test]
fn a_grafted_seed_is_named() {
    let honest = Coordinator::run(1_000);
    let reveals: Vec<_> =
        (0..honest.len()).filter(|index| matches!(honest[*index].entry, Entry::Revealed { .. })).collect();
    let last = *reveals.last().expect("several");
    let mut records = honest.clone();
    let Entry::Revealed { seed, .. } = &mut records[last].entry else { panic!("a reveal") };
    *seed = B256::repeat_byte(0xbb);
    let finding = check(&records).expect_err("forged");
    assert_eq!((finding.number, finding.reason.contains("it was bound to")), (last as u64, true), "{finding}");
    // Another commitment in the middle of the way is no way out.
    let mut records = honest;
    records
        .insert(reveals[0], Record { number: 0, at: 0, entry: Entry::Committed { span: 0, commitment: B256::ZERO } });
    let finding = check(&renumbered(records)).expect_err("forged");
    assert!(finding.reason.contains("commits to other seeds"), "{finding}");
}

#[test]
fn a_log_by_another_rule_is_told_apart_from_a_false_one() {
    let mut records = Coordinator::run(10);
    assert_eq!(check(&records).expect("honest").epoch_seconds, 1_800);
    let mut with = |other: Option<Rule>| {
        let Entry::Started { rule, .. } = &mut records[0].entry else { panic!("a start") };
        *rule = other;
        check(&records).expect_err("by another rule").reason
    };
    let reason = with(None);
    assert!(reason.contains("before epochs were numbered by time"), "{reason}");
    let reason = with(Some(Rule::Unknown));
    assert!(reason.contains("does not know"), "{reason}");
    let line = r#"{"name":"moon","phases":4}"#;
    assert_eq!(serde_json::from_str::<Rule>(line).expect("any other"), Rule::Unknown);
}

#[test]
fn other_lies_are_named_too() {
    let honest = Coordinator::run(300);
    let forged = |change: &dyn Fn(&mut Vec<Record>)| {
        let mut records = honest.clone();
        change(&mut records);
        check(&renumbered(records)).expect_err("forged").reason
    };
    let pick = picks(&honest)[100];
    let reason = forged(&|records| {
        let Entry::Picked { sequence, .. } = &mut records[pick].entry else { panic!("a pick") };
        *sequence = 1;
    });
    assert!(reason.contains("is given to task"), "{reason}");
    let reason = forged(&|records| {
        records.remove(0);
    });
    assert!(reason.contains("begins with a start"), "{reason}");
    let reason = forged(&|records| {
        let mut start = records[0].clone();
        let Entry::Started { chain_id, .. } = &mut start.entry else { panic!("a start") };
        *chain_id += 1;
        records.push(start);
    });
    assert!(reason.contains("another chain"), "{reason}");
    let reason = forged(&|records| {
        let mut start = records[0].clone();
        let Entry::Started { rule, .. } = &mut start.entry else { panic!("a start") };
        *rule = Some(Rule::Time { seconds: 3_600 });
        records.push(start);
    });
    assert!(reason.contains("with other epochs"), "{reason}");
    let reason = forged(&|records| {
        let entry =
            Entry::Released { task: TaskId(B256::ZERO), miner: miner(1), lost: false, receipt: None, ticket: None };
        records.push(Record { number: 0, at: 0, entry });
    });
    assert!(reason.contains("does not hold"), "{reason}");
    assert!(audit(["garbage"]).is_err() && audit([]).is_ok_and(|report| report.entries == 0));
}
