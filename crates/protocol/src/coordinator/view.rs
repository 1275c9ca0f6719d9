//! What dashboards and metrics read of a coordinator.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use alloy::primitives::Address;

use super::{
    audits::{SUSPENSION, Standing},
    sessions::Miner,
    state::Coordinator,
};
use crate::{
    Cai, Untrusted,
    assign::Snapshot,
    status::{
        AccountRow, Activity, Condition, ConditionKind, DeviceRow, ModelRow, Money, NodeAudits, RECENT, TaskCounts,
        TaskRow,
    },
    task::{Millis, Stage, State, Task},
};

/// What a dashboard shows of a coordinator apart from the chain. Rows of nodes are made of it elsewhere: there may be many of them.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Grows with every change that a dashboard could show.
    pub generation: u64,
    /// True while no new work is taken.
    pub draining: bool,
    /// The stakes in force.
    pub weights: Arc<Snapshot>,
    /// What is known of the miners that have had a session, and of the coordinator itself.
    pub nodes: BTreeMap<Address, Activity>,
    /// Tasks in figures.
    pub tasks: TaskCounts,
    /// Tasks that miners hold, tasks that wait, and tasks that have ended, newest first; see [`RECENT`].
    pub recent: Vec<TaskRow>,
    /// What is owed to whom.
    pub money: Money,
}

/// At most this many accounts are shown.
const MOST_ACCOUNTS: usize = 200;

/// The figures of graphs, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// The escrow as it was read last.
    pub escrow: u128,
    /// What all miners together were ever owed.
    pub owed: u128,
    /// What the tasks that have not ended may cost.
    pub reserved: u128,
}

impl Coordinator {
    /// The figures of graphs.
    pub fn levels(&self) -> Levels {
        let accounts = self.accounts();
        Levels { escrow: self.escrow().unwrap_or(0), owed: accounts.owed(), reserved: accounts.reserved() }
    }

    /// What a dashboard shows at `now`.
    pub fn view(&self, now: Millis) -> View {
        let mut nodes: BTreeMap<_, _> =
            self.sessions.iter().map(|(node, miner)| (*node, self.activity(miner))).collect();
        nodes.entry(self.identity.address).or_default().live = true;
        for row in self.audit_rows(now) {
            let (state, condition) = match &row.record.standing {
                Standing::Good => ("good", None),
                Standing::Suspected { why, .. } => ("suspected", Some((ConditionKind::Suspected, why.clone(), None))),
                Standing::Confirmed { at, why, .. } => {
                    let until = at.saturating_add(SUSPENSION);
                    let is_over = self.suspended(&row.miner, now).is_none();
                    let condition = (ConditionKind::Suspended, why.clone(), Some(until));
                    ("confirmed", Some(condition).filter(|_| !is_over))
                }
            };
            let activity = nodes.entry(row.miner).or_default();
            activity.audits = Some(NodeAudits {
                state: state.into(),
                examined: row.record.examined,
                pending: row.pending as u64,
                held: Cai::from(row.held),
            });
            let condition = condition.map(|(kind, why, until)| Condition { kind, why: why.into(), until });
            let known = activity.condition.take();
            activity.condition = known.into_iter().chain(condition).min_by_key(|condition| condition.kind);
        }
        let waiting = self.readers.live().filter_map(|(id, _)| self.tasks.get(id));
        let oldest = waiting.filter(|task| task.state == State::Queued).map(|task| task.spec.accepted_at).min();
        View {
            generation: self.generation,
            draining: self.draining,
            weights: self.draws.snapshot().clone(),
            nodes,
            tasks: TaskCounts {
                queued: self.draws.queued() as u64,
                running: self.unfinished(false) as u64,
                oldest_wait_ms: oldest.map_or(0, |at| now.saturating_sub(at)),
                ..self.counts
            },
            recent: self.recent(),
            money: self.money_shown(),
        }
    }

    /// What is owed to whom. Of many miners, those to which most is owed.
    fn money_shown(&self) -> Money {
        let accounts = self.accounts();
        let row = |(node, terms, owed): (Address, crate::ledger::Terms, u128)| AccountRow {
            node,
            total: Cai::from(owed),
            vouchered: Cai::from(terms.cumulative.min(owed)),
            ..AccountRow::default()
        };
        let mut rows: Vec<_> = accounts.iter().map(row).filter(|row| !row.total.is_zero()).collect();
        rows.sort_unstable_by(|one, other| other.total.cmp(&one.total).then(one.node.cmp(&other.node)));
        rows.truncate(MOST_ACCOUNTS);
        Money {
            total: Cai::from(accounts.owed()),
            escrow: self.escrow().map(Cai::from),
            reserved: Cai::from(accounts.reserved()),
            accounts: rows,
        }
    }

    fn activity(&self, miner: &Miner) -> Activity {
        let models = miner.offers.iter().map(|(id, slots)| {
            let pool = self.draws.pool(*id);
            // Nobody has asked for the name yet: the first task decides what it stands for, and may go to this miner.
            let is_open = self.bound(*id).is_none() && !miner.quality.is_paused();
            let usable = if is_open { slots.total } else { slots.usable };
            ModelRow {
                name: Untrusted::new(pool.model.as_str()),
                kind: pool.kind,
                free: usable.saturating_sub(miner.holds_of(*id)),
                capacity: slots.capacity,
            }
        });
        let mut models: Vec<_> = models.collect();
        models.sort_unstable_by(|first, second| first.name.cmp(&second.name).then(first.kind.cmp(&second.kind)));
        Activity {
            live: miner.session.is_some(),
            running: miner.held.len() as u32,
            done: miner.done,
            lost: miner.lost,
            models,
            devices: miner.devices.iter().cloned().map(DeviceRow::from).collect(),
            audits: None,
            condition: condition(miner),
            quality: Some(miner.quality.shown()),
        }
    }

    /// The tasks before a place that are wanted, newest first and at most this many, each with its place. All that this knows are looked
    /// at, also those that ended long ago.
    pub fn tasks_before(&self, place: u64, wanted: impl Fn(&TaskRow) -> bool, most: usize) -> Vec<(u64, TaskRow)> {
        let ended: HashMap<_, _> = self.readers.ended().map(|ended| (ended.task, ended)).collect();
        let live: HashMap<_, _> = self.readers.live().collect();
        let shown = |task: &Task| match (live.get(&task.spec.id), ended.get(&task.spec.id)) {
            (Some(live), _) => row(task, live.first_token_at, None, live.completion_tokens),
            (None, Some(ended)) => row(task, ended.first_token_at, ended.ended_at, ended.completion_tokens),
            (None, None) => row(task, None, None, task.usage().1),
        };
        let before = self.tasks.iter().filter(|task| task.sequence < place).map(|task| shown(task));
        let mut rows: Vec<_> = before.filter(|(_, row)| wanted(row)).collect();
        rows.sort_unstable_by_key(|(sequence, _)| Reverse(*sequence));
        rows.truncate(most);
        rows
    }

    /// All tasks that miners hold, those that have waited longest, and those that have ended last; newest first.
    fn recent(&self) -> Vec<TaskRow> {
        let live = self.readers.live().filter_map(|(id, live)| {
            let task = self.tasks.get(id)?;
            let is_shown = task.attempt > 0 || live.waiters > 0 || live.seen;
            is_shown.then_some((task, live))
        });
        let (mut waiting, held): (Vec<_>, Vec<_>) = live.partition(|(task, _)| task.state == State::Queued);
        if waiting.len() > RECENT {
            waiting.select_nth_unstable_by_key(RECENT, |(task, _)| task.sequence);
            waiting.truncate(RECENT);
        }
        let live = held.into_iter().chain(waiting).map(|(task, live)| {
            let leased_at = (task.state.stage() != Stage::Queued).then_some(live.leased_at).filter(|at| *at > 0);
            let (sequence, row) = row(task, live.first_token_at, None, live.completion_tokens);
            (sequence, TaskRow { leased_at, ..row })
        });
        let ended = self.readers.ended().rev().take(RECENT).filter_map(|ended| {
            let task = self.tasks.get(&ended.task)?;
            Some(row(task, ended.first_token_at, ended.ended_at, ended.completion_tokens))
        });
        let mut rows: Vec<(u64, TaskRow)> = live.chain(ended).collect();
        rows.sort_unstable_by_key(|(sequence, _)| Reverse(*sequence));
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// The number of miners that are logged in.
    pub fn connected_count(&self) -> usize {
        self.sessions.connected()
    }
}

/// Why a miner gets no work, the gravest reason, apart from what audits say.
fn condition(miner: &Miner) -> Option<Condition> {
    let why = |kind, why: String, until| Condition { kind, why: Untrusted::new(why), until };
    let paused =
        miner.quality.paused().map(|(until, reason)| why(ConditionKind::Paused, reason.to_owned(), Some(until)));
    let mismatch = miner.mismatches.first().map(|mismatch| why(ConditionKind::Mismatch, mismatch.reason.clone(), None));
    let draining = || why(ConditionKind::Draining, "it takes no new work".to_owned(), None);
    paused.or(mismatch).or_else(|| miner.draining.then(draining))
}

fn row(task: &Task, first_token_at: Option<u64>, ended_at: Option<u64>, completion_tokens: u32) -> (u64, TaskRow) {
    let spec = &task.spec;
    let (reason, fault) = match &task.state {
        State::Failed { fault, reason } => (Some(reason.as_str()), Some(*fault)),
        State::Expired if task.attempt == 0 => (Some("its deadline passed before a miner was free"), None),
        State::Expired => (Some("its deadline passed before a miner had done it"), None),
        _ => (None, None),
    };
    let (prompt_tokens, cost) = match &task.state {
        State::Done { outcome, .. } => {
            let owed = spec.quote().owed(outcome.prompt_tokens, outcome.completion_tokens);
            (Some(outcome.prompt_tokens), Some(Cai::from(owed)))
        }
        State::Failed { .. } | State::Expired | State::Cancelled => (None, None),
        _ => (None, Some(Cai::from(spec.quote().bound()))),
    };
    let row = TaskRow {
        attempt: task.attempt,
        miner: task.state.miner(),
        first_token_at,
        ended_at,
        completion_tokens,
        reason: reason.map(Untrusted::from),
        fault,
        lost_by: task.lost_by.clone(),
        deadline: Some(spec.deadline),
        max_tokens: spec.sampling.max_tokens,
        prompt_tokens,
        cost: cost.filter(|cost| !cost.is_zero()),
        client: spec.caller.clone(),
        ..TaskRow::new(spec.id, &spec.model, task.state.stage(), spec.accepted_at)
    };
    (task.sequence, row)
}
