//! Replaying an assignment log: what it proves, and the first thing in it that cannot be.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use alloy::primitives::{Address, B256};
use serde::Serialize;

use super::{
    audits::{AuditReport, Audits},
    entry::{Entry, Record, Rule, Weights, next_head, parse},
};
use crate::{
    assign::{Assigner, Snapshot, pick_seed, seed},
    task::TaskId,
};

/// The first thing in a log that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The entry's number; the line counts from 0 as well.
    pub number: u64,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {}: {}", self.number, self.reason)
    }
}

impl std::error::Error for Finding {}

/// What a log proves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The coordinator whose log it is.
    pub coordinator: Address,
    /// The chain that it draws on.
    pub chain_id: u64,
    /// The staking contract.
    pub staking: Address,
    /// Length of its epochs.
    pub epoch_seconds: u64,
    /// The number of entries.
    pub entries: u64,
    /// Head of the whole log.
    pub head: B256,
    /// The number of draws.
    pub picks: u64,
    /// Draws that were made again with the same result.
    pub verified: u64,
    /// Draws of an epoch whose seed is not revealed yet: everything about them was checked but the number drawn.
    pub pending: u64,
    /// Draws of epochs that had begun before the coordinator bound itself to their seeds: verified, but it may have chosen them.
    pub unbound: u64,
    /// Draws won, by miner.
    pub by_miner: BTreeMap<Address, u64>,
    /// What it says of audits.
    #[serde(flatten)]
    pub audits: AuditReport,
    /// Each epoch with its beacon and weights, for comparing with the chain.
    #[serde(skip)]
    pub epochs: Vec<Snapshot>,
}

/// What a log says about one miner: of all draws since it first logged in, how many it could have won, and why not the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The number of draws.
    pub picks: u64,
    /// Draws that it won.
    pub won: u64,
    /// Draws that it took part in.
    pub eligible: u64,
    /// Draws that its stake would win on average, in millionths: the sum of its weight over the eligible weight.
    pub expected_ppm: u64,
    /// Draws for models that it did not offer.
    pub other_model: u64,
    /// Draws while all its slots were taken, or not offered to this coordinator.
    pub busy: u64,
    /// Draws while it was not logged in, or was draining.
    pub away: u64,
    /// Draws of epochs in which it had no weight: registered too late, or below the minimum.
    pub no_weight: u64,
    /// Draws of tasks that it had lost before.
    pub lost_before: u64,
}

#[derive(Debug, Default)]
struct Miner {
    joined: bool,
    draining: bool,
    offered: HashMap<String, u32>,
    held: HashMap<TaskId, String>,
}

/// The state that decides who is eligible, rebuilt from the entries alone.
#[derive(Debug, Default)]
struct Replay {
    snapshot: Snapshot,
    assigners: HashMap<String, Assigner>,
    miners: HashMap<Address, Miner>,
    lost: HashMap<TaskId, Vec<Address>>,
    /// The commitment of each span, and the epoch in force when it was made.
    commitments: HashMap<u64, (B256, Option<u64>)>,
    /// The seeds that were revealed, by epoch.
    seeds: BTreeMap<u64, B256>,
    /// The audit seeds that were revealed, by epoch.
    audit_seeds: BTreeMap<u64, B256>,
    audits: Audits,
    /// The miners that a drawn number may have meant.
    sequences: HashMap<u64, TaskId>,
    began: Option<u64>,
    report: Report,
    /// The miner whose chances are counted.
    watched: Address,
    explanation: Explanation,
}

/// Replays a log from its first line and draws every pick again; ends at the first thing that cannot be.
pub fn audit<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Report, Finding> {
    explain(lines, Address::ZERO).map(|(report, _)| report)
}

/// Audits a log, and counts what it says about one miner.
pub fn explain<'a>(lines: impl IntoIterator<Item = &'a str>, miner: Address) -> Result<(Report, Explanation), Finding> {
    let mut head = B256::ZERO;
    let mut records = vec![];
    for (number, line) in lines.into_iter().enumerate() {
        let number = number as u64;
        let finding = |reason: &str| Finding { number, reason: reason.to_owned() };
        let (claimed, json, record) =
            parse(line).ok_or_else(|| finding("this is not an entry of an assignment log"))?;
        head = next_head(&head, json.as_bytes());
        if head != claimed {
            return Err(finding(
                "the hash chain is broken: this entry or an earlier one was changed, moved or left out",
            ));
        }
        if record.number != number {
            return Err(finding(&format!("it says that it is entry {}", record.number)));
        }
        records.push(record);
    }
    let mut replay = Replay { watched: miner, ..Replay::default() };
    replay.report.head = head;
    replay.seeds = revealed(&records, |entry| match entry {
        Entry::Committed { span, commitment } => Some(Bound::Committed(*span, *commitment)),
        Entry::Revealed { epoch, seed } => Some(Bound::Revealed(*epoch, *seed)),
        _ => None,
    });
    replay.audit_seeds = revealed(&records, |entry| match entry {
        Entry::AuditCommitted { span, commitment } => Some(Bound::Committed(*span, *commitment)),
        Entry::AuditRevealed { epoch, seed } => Some(Bound::Revealed(*epoch, *seed)),
        _ => None,
    });
    for record in records {
        let number = record.number;
        replay.apply(record.entry).map_err(|reason| Finding { number, reason })?;
        replay.report.entries += 1;
    }
    Ok((replay.report, replay.explanation))
}

/// A chain of seeds is bound, or one of its seeds is revealed.
enum Bound {
    Committed(u64, B256),
    Revealed(u64, B256),
}

/// The seeds that were revealed as they were committed to, by epoch. They come after the draws that they decide, so they are looked
/// for beforehand; one that opens nothing is an error where it stands.
fn revealed(records: &[Record], bound: fn(&Entry) -> Option<Bound>) -> BTreeMap<u64, B256> {
    let mut commitments = HashMap::new();
    let mut seeds: BTreeMap<u64, B256> = BTreeMap::new();
    for entry in records.iter().filter_map(|record| bound(&record.entry)) {
        match entry {
            Bound::Committed(span, commitment) => {
                commitments.entry(span).or_insert(commitment);
            }
            Bound::Revealed(epoch, seed) => {
                let span = epoch / seed::SPAN;
                let before = seeds.range(span * seed::SPAN..=epoch).next_back();
                // A known seed is a shorter way to the commitment than the whole span.
                let opens = match (before, later(&seeds, epoch)) {
                    (Some((known, before)), _) => seed::earlier(&seed, epoch, *known) == Some(*before),
                    (None, Some(after)) => after == seed,
                    (None, None) => commitments.get(&span).is_some_and(|of| seed::opens(of, &seed, epoch)),
                };
                if opens {
                    seeds.insert(epoch, seed);
                }
            }
        }
    }
    seeds
}

/// The seed of an epoch, from that of the next epoch of its span that was revealed.
fn later(seeds: &BTreeMap<u64, B256>, epoch: u64) -> Option<B256> {
    let (of, seed) = seeds.range(epoch..).next()?;
    seed::earlier(seed, *of, epoch)
}

/// Length of the epochs of a log that was written by this release's rule.
fn epoch_seconds(rule: Option<Rule>) -> Result<u64, String> {
    match rule {
        Some(Rule::Time { seconds }) if seconds > 0 => Ok(seconds),
        Some(Rule::Time { .. }) => Err("its epochs have a length of 0 seconds".into()),
        Some(Rule::Unknown) => {
            Err("its epochs are numbered by a rule that this release does not know; a newer one can check it".into())
        }
        None => Err("it does not say how its epochs are numbered: a release from before epochs were numbered by time \
                     wrote it, and can check it"
            .into()),
    }
}

impl Replay {
    /// A seed that is revealed is the one that the coordinator was bound to, and of an epoch that is over.
    fn check_reveal(&self, name: &str, bound: &BTreeMap<u64, B256>, epoch: u64, seed: &B256) -> Result<(), String> {
        if bound.get(&epoch) != Some(seed) {
            return Err(format!("the {name} that it reveals for epoch {epoch} is not the one that it was bound to"));
        }
        match self.began {
            Some(current) if epoch < current => Ok(()),
            _ => Err(format!("it reveals the {name} of epoch {epoch} before that is over")),
        }
    }

    fn apply(&mut self, entry: Entry) -> Result<(), String> {
        if self.report.entries == 0 && !matches!(entry, Entry::Started { .. }) {
            return Err("a log begins with a start".into());
        }
        match entry {
            Entry::Started { coordinator, chain_id, staking, rule, lost } => {
                let epoch_seconds = epoch_seconds(rule)?;
                self.start((coordinator, chain_id, staking, epoch_seconds), lost)
            }
            Entry::Committed { span, commitment } => self.commit(span, commitment),
            Entry::Epoch { epoch, beacon, miners } => self.epoch(epoch, beacon, &miners),
            Entry::Revealed { epoch, seed } => self.check_reveal("seed", &self.seeds, epoch, &seed),
            // Bound like the seeds of draws; what it opens was looked for beforehand.
            Entry::AuditCommitted { .. } => Ok(()),
            Entry::Audits { epoch, miner, rates, audited } => {
                let seed = later(&self.audit_seeds, epoch);
                self.audits.check(epoch, miner, &rates, &audited, seed.as_ref(), &mut self.report.audits)
            }
            Entry::AuditRevealed { epoch, seed } => {
                self.check_reveal("audit seed", &self.audit_seeds, epoch, &seed)?;
                self.audits.is_complete(epoch)
            }
            Entry::Joined { miner } => {
                let entry = self.miners.entry(miner).or_default();
                entry.joined = true;
                entry.draining = false;
                self.offer(miner, vec![]);
                Ok(())
            }
            Entry::Left { miner } => {
                self.miners.entry(miner).or_default().joined = false;
                self.offer(miner, vec![]);
                Ok(())
            }
            Entry::Offered { miner, models } => {
                if !self.miners.get(&miner).is_some_and(|miner| miner.joined) {
                    return Err(format!("{miner} offers slots without having logged in"));
                }
                self.offer(miner, models);
                Ok(())
            }
            Entry::Draining { miner } => {
                let entry = self.miners.entry(miner).or_default();
                entry.draining = true;
                let models: Vec<_> = entry.offered.keys().cloned().collect();
                models.iter().for_each(|model| self.refresh(&miner, model));
                Ok(())
            }
            Entry::Released { task, miner, lost, receipt, ticket } => {
                if let (Some(receipt), Some(ticket)) = (receipt, ticket) {
                    self.report.audits.answers += 1;
                    self.audits.answered(self.snapshot.epoch, miner, ticket, receipt);
                }
                let held = self.miners.get_mut(&miner).and_then(|miner| miner.held.remove(&task));
                let model = held.ok_or_else(|| format!("{miner} gives task {task} back, which it does not hold"))?;
                if lost {
                    self.lost.entry(task).or_default().push(miner);
                }
                self.refresh(&miner, &model);
                Ok(())
            }
            Entry::Picked { task, sequence, attempt, model, salt, drawn, total, miner } => {
                let known = *self.sequences.entry(sequence).or_insert(task);
                if known != task {
                    return Err(format!("the number {sequence} of task {known} is given to task {task} too"));
                }
                self.pick(task, sequence, attempt, &model, &salt, (&drawn, &total, miner))
            }
        }
    }

    fn start(&mut self, whose: (Address, u64, Address, u64), lost: Vec<(TaskId, Vec<Address>)>) -> Result<(), String> {
        let Report { coordinator, chain_id, staking, epoch_seconds, .. } = self.report;
        if self.report.entries > 0 && whose != (coordinator, chain_id, staking, epoch_seconds) {
            return Err("the log goes on as another coordinator's, on another chain, or with other epochs".into());
        }
        (self.report.coordinator, self.report.chain_id, self.report.staking, self.report.epoch_seconds) = whose;
        self.miners.clear();
        self.assigners.clear();
        self.lost = lost.into_iter().collect();
        Ok(())
    }

    fn commit(&mut self, span: u64, commitment: B256) -> Result<(), String> {
        match self.commitments.get(&span) {
            Some((known, _)) if *known != commitment => {
                return Err(format!("it commits to other seeds for span {span} than before"));
            }
            Some(_) => {}
            None => {
                self.commitments.insert(span, (commitment, self.began));
            }
        }
        Ok(())
    }

    fn epoch(&mut self, epoch: u64, beacon: B256, miners: &Weights) -> Result<(), String> {
        if self.began.is_some_and(|current| epoch < current) {
            return Err(format!("epoch {epoch} comes after a later one"));
        }
        let weights = miners.miners().to_vec();
        if !weights.is_sorted_by(|(first, _), (second, _)| first < second) {
            return Err("the miners are not in order, or one is there twice".into());
        }
        self.began = Some(epoch);
        self.snapshot = Snapshot { epoch, beacon, miners: weights };
        self.report.epochs.push(self.snapshot.clone());
        self.assigners.clear();
        let offers: Vec<_> = self
            .miners
            .iter()
            .flat_map(|(miner, state)| state.offered.keys().map(|model| (*miner, model.clone())))
            .collect();
        offers.iter().for_each(|(miner, model)| self.refresh(miner, model));
        Ok(())
    }

    fn offer(&mut self, address: Address, models: Vec<(String, u32)>) {
        let miner = self.miners.entry(address).or_default();
        let before: Vec<_> = miner.offered.keys().cloned().collect();
        miner.offered = models.into_iter().collect();
        let now: Vec<_> = miner.offered.keys().cloned().collect();
        before.iter().chain(&now).for_each(|model| self.refresh(&address, model));
    }

    /// The rule of eligibility: logged in, not draining, and holding fewer tasks of the model than it offers to hold. Stake counts
    /// by the epoch's weights.
    fn refresh(&mut self, address: &Address, model: &str) {
        let eligible = self.miners.get(address).is_some_and(|miner| {
            let held = miner.held.values().filter(|held| *held == model).count();
            let offered = miner.offered.get(model).copied().unwrap_or(0);
            miner.joined && !miner.draining && held < offered as usize
        });
        let snapshot = &self.snapshot;
        let assigner = self.assigners.entry(model.to_owned()).or_insert_with(|| Assigner::new(snapshot.clone()));
        assigner.set_eligible(address, eligible);
    }

    fn pick(
        &mut self,
        task: TaskId,
        sequence: u64,
        attempt: u32,
        model: &str,
        salt: &B256,
        (drawn, total, miner): (&str, &str, Address),
    ) -> Result<(), String> {
        let epoch = self.snapshot.epoch;
        let span = epoch / seed::SPAN;
        let (_, bound_in) = self
            .commitments
            .get(&span)
            .ok_or_else(|| format!("it draws in epoch {epoch}, for whose seed it was never bound"))?;
        // Bound before this epoch's beacon was known.
        let bound = bound_in.is_some_and(|at| at < epoch);
        let excluded = self.lost.get(&task).cloned().unwrap_or_default();
        let assigner =
            self.assigners.get_mut(model).ok_or_else(|| format!("it draws for `{model}`, which nobody offers"))?;
        let eligible = assigner.total(&excluded);
        if eligible.to_string() != total {
            return Err(format!("it draws among a weight of {total}; the eligible miners have {eligible}"));
        }
        let seed = later(&self.seeds, epoch);
        let weight = assigner.weight(&self.watched);
        self.explanation.count(
            self.miners.get(&self.watched),
            model,
            weight,
            eligible,
            excluded.contains(&self.watched),
        );
        self.explanation.won += u64::from(miner == self.watched);
        let report = &mut self.report;
        match seed {
            Some(seed) => {
                let seed = pick_seed(&self.snapshot.beacon, &seed, salt, sequence, attempt);
                let found = assigner.draw(&seed, &excluded).ok_or("it draws while nobody is eligible")?;
                if found.value.to_string() != drawn {
                    return Err(format!("task {task} draws {}, not {drawn}", found.value));
                }
                if found.miner != miner {
                    return Err(format!("task {task} goes to {}, not to {miner}", found.miner));
                }
                report.verified += 1;
                report.unbound += u64::from(!bound);
            }
            None => {
                let value: u128 = drawn.parse().map_err(|_| "the number drawn is not a number")?;
                if assigner.at(value, &excluded) != Some(miner) {
                    return Err(format!("task {task} drew {drawn}, which is not within the weight of {miner}"));
                }
                report.pending += 1;
            }
        }
        report.picks += 1;
        *report.by_miner.entry(miner).or_default() += 1;
        self.miners.entry(miner).or_default().held.insert(task, model.to_owned());
        self.refresh(&miner, model);
        Ok(())
    }
}

impl Explanation {
    /// Counts one draw among a weight of `eligible`, as the miner stood before it.
    fn count(&mut self, miner: Option<&Miner>, model: &str, weight: u128, eligible: u128, excluded: bool) {
        // Before its first session there is nothing to explain.
        let Some(miner) = miner else { return };
        self.picks += 1;
        let held = miner.held.values().filter(|held| *held == model).count();
        let reason = match miner.offered.get(model) {
            _ if !miner.joined || miner.draining => &mut self.away,
            None => &mut self.other_model,
            Some(_) if weight == 0 => &mut self.no_weight,
            Some(_) if excluded => &mut self.lost_before,
            Some(offered) if held >= *offered as usize => &mut self.busy,
            Some(_) => {
                // Weights stay below 2^90.
                self.expected_ppm += (weight * 1_000_000).checked_div(eligible).unwrap_or(0) as u64;
                &mut self.eligible
            }
        };
        *reason += 1;
    }
}
