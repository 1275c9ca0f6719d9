//! A made-up network for documentation, screenshots and tests. The same seed always gives the same network.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use async_trait::async_trait;
use cuckoo_protocol::{
    Address, B256, Cai, TaskId,
    contract::Role,
    status::{
        AccountRow, ChainInfo, Condition, ConditionKind, DeviceRow, JournalInfo, JournalPlace, ModelRow, Money,
        NodeInfo, NodeRow, Publisher, Quality, ReplicaRow, SCHEMA_VERSION, Snapshot, TaskCounts, TaskRow,
        events_between,
    },
    task::{Fault, Kind, Millis, Stage},
};

use self::network::{
    AWAY, CHEAT, CLIENTS, COORDINATORS, LARGE, LOSER, MACHINES, MIDDLE, MINERS, OUT, REASONS, SECOND, SMALL, price,
};
use super::{error::SourceError, snapshots::Source};

mod miner;
mod network;
mod past;
mod staker;

/// When the demonstration begins on its own clock, in milliseconds since the Unix epoch.
const EPOCH: Millis = 1_767_225_600_000;
/// Length of the chain's epochs.
const EPOCH_SECONDS: u64 = 1_800;

/// How many seconds pass before the first snapshot, so that there is something to see.
const WARM_UP: u64 = 330;

/// Events that are told of the minutes before.
const FEW: usize = 50;

/// The longest list of recent tasks.
const RECENT: usize = 200;

const GIB: u64 = 1 << 30;

/// The made-up network as a source. The first snapshot comes at once, then one comes every second.
#[derive(Clone, Debug)]
pub struct Demo {
    seed: u64,
    random: u64,
    seconds: u64,
    begun: bool,
    counts: TaskCounts,
    tasks: VecDeque<Work>,
    done: [u64; MINERS.len()],
    lost: [u64; MINERS.len()],
    owed: [Cai; MINERS.len()],
}

#[derive(Clone, Debug)]
struct Work {
    row: TaskRow,
    miner: Option<usize>,
    wanted: u32,
}

impl Demo {
    /// The network that `seed` gives.
    pub fn new(seed: u64) -> Self {
        let mut demo = Self::begin(seed);
        for _ in 0..WARM_UP {
            demo.step();
        }
        demo
    }

    fn begin(seed: u64) -> Self {
        Self {
            seed,
            random: seed,
            seconds: 0,
            begun: false,
            counts: TaskCounts::default(),
            tasks: VecDeque::new(),
            done: [0; MINERS.len()],
            lost: [0; MINERS.len()],
            owed: [Cai::ZERO; MINERS.len()],
        }
    }

    /// A random number below `limit`, from SplitMix64: a library's generator may change its numbers, and with them every
    /// screenshot.
    fn below(&mut self, limit: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.random;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (value ^ (value >> 31)) % limit.max(1)
    }

    fn now(&self) -> Millis {
        EPOCH + self.seconds * SECOND
    }

    /// Lets one second pass.
    pub fn step(&mut self) {
        self.seconds += 1;
        let now = self.now();
        // Work comes in waves of about two minutes.
        let wave = self.seconds % 120;
        let chance = 12 + if wave < 60 { wave } else { 120 - wave };
        for _ in 0..2 {
            if self.below(100) < chance {
                self.accept(now);
            }
        }
        for place in 0..self.tasks.len() {
            self.advance(place, now);
        }
        while self.tasks.len() > RECENT && self.tasks.back().is_some_and(|work| work.row.ended_at.is_some()) {
            self.tasks.pop_back();
        }
    }

    fn accept(&mut self, now: Millis) {
        let mut id = [0; 32];
        for part in id.chunks_mut(8) {
            part.copy_from_slice(&self.below(u64::MAX).to_be_bytes());
        }
        let model = match self.below(10) {
            0..2 => SMALL,
            2..7 => MIDDLE,
            _ => LARGE,
        };
        let wanted = 60 + self.below(1100) as u32;
        let accepted_at = now - self.below(SECOND);
        let client = CLIENTS[self.below(10) as usize % CLIENTS.len()];
        let row = TaskRow {
            deadline: Some(accepted_at + 120 * SECOND),
            max_tokens: 2_048,
            client: Some(client.to_owned()),
            cost: Some(price(2_048)),
            ..TaskRow::new(TaskId(B256::from(id)), model, Stage::Queued, accepted_at)
        };
        self.tasks.push_front(Work { row, miner: None, wanted });
    }

    fn advance(&mut self, place: usize, now: Millis) {
        let chance = self.below(1000);
        let speed_up = self.below(12);
        let miner = if self.tasks[place].row.state == Stage::Queued { self.draw_miner(place) } else { None };
        let work = &mut self.tasks[place];
        match work.row.state {
            Stage::Queued => {
                if let Some(miner) = miner {
                    work.miner = Some(miner);
                    work.row.miner = Some(address(Role::Miner, miner));
                    work.row.attempt += 1;
                    work.row.state = Stage::Leased;
                    work.row.leased_at = Some(now);
                } else if chance < 25 {
                    work.row.state = Stage::Cancelled;
                    work.row.ended_at = Some(now);
                    work.row.cost = None;
                    self.counts.cancelled += 1;
                }
            }
            Stage::Leased => {
                work.row.state = Stage::Running;
                let leased_at = work.row.leased_at.unwrap_or(now);
                work.row.first_token_at = Some((now - chance / 2).max(leased_at));
            }
            Stage::Running => {
                let Some(miner) = work.miner else { return };
                let speed = MACHINES[MINERS[miner].3].speed + speed_up;
                let tokens = u32::try_from(speed).unwrap_or(u32::MAX).min(work.wanted - work.row.completion_tokens);
                work.row.completion_tokens += tokens;
                self.counts.completion_tokens += u64::from(tokens);
                if work.row.completion_tokens >= work.wanted {
                    work.row.state = Stage::Done;
                    work.row.ended_at = Some(now);
                    work.row.prompt_tokens = Some(40 + tokens * 3);
                    let cost = price(work.row.completion_tokens);
                    work.row.cost = Some(cost);
                    self.counts.done += 1;
                    self.done[miner] += 1;
                    self.owed[miner] = [self.owed[miner], cost].into_iter().sum();
                } else if chance < 4 {
                    self.lost[miner] += 1;
                    self.counts.lost += 1;
                    work.row.lost_by.push(address(Role::Miner, miner));
                    work.row.leased_at = None;
                    if work.row.attempt > 1 || speed_up < 4 {
                        work.row.state = Stage::Failed;
                        work.row.ended_at = Some(now);
                        work.row.miner = None;
                        work.row.cost = None;
                        work.row.fault = Some(Fault::Network);
                        let reason = REASONS[speed_up as usize % REASONS.len()];
                        let reason = match work.row.lost_by.len() {
                            1 => reason.to_owned(),
                            count => format!("{count} miners lost it, the last one: {reason}"),
                        };
                        work.row.reason = Some(reason.into());
                        self.counts.failed += 1;
                    } else {
                        work.row.state = Stage::Queued;
                        (work.row.miner, work.miner) = (None, None);
                        (work.row.first_token_at, work.row.completion_tokens) = (None, 0);
                    }
                }
            }
            _ => {}
        }
    }

    /// A miner with a free slot for the task at `place`, drawn by weight as the network does.
    fn draw_miner(&mut self, place: usize) -> Option<usize> {
        let model = self.tasks[place].row.model.raw().to_owned();
        let fits = |miner: &usize| {
            let machine = &MACHINES[MINERS[*miner].3];
            is_live(*miner)
                && machine.models.contains(&model.as_str())
                && self.running(*miner) < u64::from(machine.capacity)
        };
        let able: Vec<usize> = (0..MINERS.len()).filter(fits).collect();
        let weight = |miner: usize| MINERS[miner].1 + MINERS[miner].2;
        let mut drawn = self.below(able.iter().map(|miner| weight(*miner)).sum());
        for miner in able {
            match drawn.checked_sub(weight(miner)) {
                Some(rest) => drawn = rest,
                None => return Some(miner),
            }
        }
        None
    }

    fn running(&self, miner: usize) -> u64 {
        let held = |work: &&Work| work.miner == Some(miner) && work.row.ended_at.is_none();
        self.tasks.iter().filter(held).count() as u64
    }

    /// The network as one of its miners sees it now.
    pub fn miner(&self) -> Snapshot {
        miner::seen(&self.snapshot(), address(Role::Miner, 0))
    }

    /// The network as an owner of stake sees it by the chain alone.
    pub fn staker(&self) -> Snapshot {
        staker::seen(&self.snapshot())
    }

    /// A snapshot as the first document of a node has it: with the day before, and what happened in the minutes before.
    pub fn with_past(&self, snapshot: Snapshot) -> Snapshot {
        let mut demo = Self::begin(self.seed);
        let (mut before, mut events) = (demo.snapshot(), vec![]);
        while demo.seconds < self.seconds && snapshot.node.role == Publisher::Coordinator {
            demo.step();
            let now = demo.snapshot();
            events.extend(events_between(&before, &now));
            before = now;
        }
        let skipped = events.len().saturating_sub(FEW);
        Snapshot { history: Some(Box::new(past::of(&snapshot))), events: events.split_off(skipped), ..snapshot }
    }

    /// The network as it is now, as a coordinator sees it.
    pub fn snapshot(&self) -> Snapshot {
        let waiting = |work: &&Work| work.row.state == Stage::Queued;
        let held = |work: &&Work| work.miner.is_some() && work.row.ended_at.is_none();
        let queued = self.tasks.iter().filter(waiting).count() as u64;
        let running = self.tasks.iter().filter(held).count() as u64;
        let block = 8_214_000 + self.seconds / 2;
        let block_at = EPOCH + self.seconds / 2 * 2 * SECOND;
        Snapshot {
            schema_version: SCHEMA_VERSION,
            generation: self.seconds,
            taken_at: self.now(),
            node: NodeInfo {
                role: Publisher::Coordinator,
                address: address(Role::Coordinator, 0),
                name: COORDINATORS[0].0.into(),
                version: "0.1.0".to_owned(),
                started_at: EPOCH,
                draining: false,
                problem: None,
                complaints: vec![],
            },
            chain: ChainInfo {
                network: "demo".to_owned(),
                chain_id: 31_337,
                block,
                block_at,
                epoch: block_at / SECOND / EPOCH_SECONDS,
                epoch_seconds: EPOCH_SECONDS,
                problem: None,
            },
            nodes: self.nodes(),
            tasks: TaskCounts { queued, running, ..self.counts },
            recent: self.tasks.iter().take(RECENT).map(|work| work.row.clone()).collect(),
            cases: vec![],
            money: Some(self.money()),
            stake: None,
            group: vec![],
            events: vec![],
            logs: vec![],
            journal: Some(Box::new(self.journal())),
            history: None,
        }
    }

    /// One that a replica follows.
    fn journal(&self) -> JournalInfo {
        let replica = ReplicaRow { address: "10.0.0.12:41822".into(), since: EPOCH - 5_400 * SECOND };
        JournalInfo {
            place: JournalPlace::Postgres,
            commit_us: 1_240 + self.seconds % 7 * 30,
            events: self.seconds * 6 % 20_000,
            replicas: Some(vec![replica]),
        }
    }

    fn money(&self) -> Money {
        let row = |(place, owed): (usize, &Cai)| AccountRow {
            node: address(Role::Miner, place),
            total: *owed,
            // A voucher follows within seconds: what a miner has done last is in none yet.
            vouchered: Cai::from_base_units(owed.base_units() - owed.base_units() / cuckoo_protocol::U256::from(50)),
            ..AccountRow::default()
        };
        let mut accounts: Vec<_> = self.owed.iter().enumerate().filter(|(_, owed)| !owed.is_zero()).map(row).collect();
        accounts.sort_by_key(|row| std::cmp::Reverse(row.total));
        let open = self.tasks.iter().filter(|work| work.row.ended_at.is_none());
        Money {
            total: self.owed.iter().copied().sum(),
            escrow: Some(Cai::from_whole(9_951)),
            reserved: open.filter_map(|work| work.row.cost).sum(),
            accounts,
        }
    }

    fn nodes(&self) -> Vec<NodeRow> {
        let share = |own: u64, votes: u64, total: u64| ((own + votes) * 1_000_000 / total) as u32;
        let total: u64 = COORDINATORS.iter().map(|(_, own, votes)| own + votes).sum();
        let coordinators = COORDINATORS.iter().enumerate().map(|(place, (name, own, votes))| {
            let role = Role::Coordinator;
            node(role, place, name, *own, *votes, share(*own, *votes, total))
        });
        let counted = MINERS.iter().filter(|(name, ..)| *name != OUT);
        let total: u64 = counted.map(|(_, own, votes, _)| own + votes).sum();
        let miners = MINERS.iter().enumerate().map(|(place, (name, own, votes, _))| {
            let share = if *name == OUT { 0 } else { share(*own, *votes, total) };
            let mut row = node(Role::Miner, place, name, *own, *votes, share);
            row.active = *name != OUT;
            row.live = is_live(place);
            if row.live {
                self.fill(&mut row, place);
            }
            row
        });
        coordinators.chain(miners).collect()
    }

    /// Adds what a node reports only while it has a session.
    fn fill(&self, row: &mut NodeRow, place: usize) {
        let machine = &MACHINES[MINERS[place].3];
        let running = self.running(place);
        row.running = running as u32;
        (row.done, row.lost) = (self.done[place], self.lost[place]);
        let all = row.done + row.lost;
        row.quality = Some(Quality {
            success_ppm: (row.done * 1_000_000).checked_div(all).unwrap_or(1_000_000) as u32,
            first_token_ms: Some(300 + 40 * place as u64),
            millitokens_per_second: Some(machine.speed * 1_000),
            pauses: 0,
        });
        let condition =
            |kind, why: &str, left| Some(Condition { kind, why: why.into(), until: Some(self.now() + left) });
        row.condition = match MINERS[place].0 {
            CHEAT => condition(ConditionKind::Suspended, "its answers stood alone 8 times of 8", 160 * 3_600 * SECOND),
            LOSER => condition(ConditionKind::Paused, "it loses too many tasks: its success is 0.44", 240 * SECOND),
            _ => None,
        };
        let free = machine.capacity.saturating_sub(row.running);
        let model = |name: &&str| ModelRow { name: (*name).into(), kind: Kind::Text, free, capacity: machine.capacity };
        row.models = machine.models.iter().map(model).collect();
        for index in 0..machine.count {
            // Each device has a small movement of its own, so that no two show the same figures.
            let own = ((self.seconds / 3 + 7 * (place + index) as u64) * 31 % 11) as u32;
            let load = (running * 100).div_ceil(u64::from(machine.capacity)) as u32;
            let percent = if load == 0 { own / 4 } else { (load * 9 / 10 + own).min(100) };
            let (idle, busy) = machine.watts;
            let measured = busy > 0;
            row.devices.push(DeviceRow {
                name: machine.device.into(),
                kind: machine.kind,
                utilisation_percent: Some(percent),
                memory_used: Some(machine.gibibytes * GIB * (58 + u64::from(percent) / 4) / 100),
                memory_total: Some(machine.gibibytes * GIB),
                temperature_celsius: measured.then_some(34 + percent * 2 / 5 + own / 2),
                power_milliwatts: measured.then_some((idle + (busy - idle) * percent / 100) * 1000),
                problems: match (MINERS[place].0, index) {
                    ("wagtail", 1) => vec!["heat slows it down".into(), "16 rows of its memory failed".into()],
                    _ => vec![],
                },
            });
        }
    }
}

fn is_live(miner: usize) -> bool {
    !matches!(MINERS[miner].0, AWAY | OUT)
}

fn address(role: Role, place: usize) -> Address {
    let mut bytes = [0x5c; 20];
    (bytes[0], bytes[1], bytes[19]) = (role as u8, place as u8, place as u8);
    Address::from(bytes)
}

fn node(role: Role, place: usize, name: &str, own: u64, votes: u64, share_ppm: u32) -> NodeRow {
    NodeRow {
        address: address(role, place),
        owner: address(role, place),
        name: name.into(),
        role,
        active: true,
        self_stake: Cai::from_whole(own),
        weight: Cai::from_whole(own + votes),
        share_ppm,
        live: false,
        running: 0,
        done: 0,
        lost: 0,
        models: vec![],
        devices: vec![],
        audits: None,
        condition: None,
        quality: None,
        since: None,
        pay: None,
    }
}

#[async_trait]
impl Source for Demo {
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        if self.begun {
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.step();
            return Ok(Arc::new(self.snapshot()));
        }
        self.begun = true;
        Ok(Arc::new(self.with_past(self.snapshot())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_network() {
        let (mut one, mut other) = (Demo::new(7), Demo::new(7));
        for _ in 0..100 {
            one.step();
            other.step();
        }
        assert_eq!(one.snapshot(), other.snapshot());
        assert_ne!(one.snapshot(), Demo::new(8).snapshot());
    }

    #[test]
    fn counts_agree_with_the_rows() {
        let mut demo = Demo::new(3);
        for _ in 0..500 {
            demo.step();
            let snapshot = demo.snapshot();
            let in_state = |state: Stage| snapshot.recent.iter().filter(|task| task.state == state).count() as u64;
            assert_eq!(snapshot.tasks.queued, in_state(Stage::Queued));
            assert_eq!(snapshot.tasks.running, in_state(Stage::Leased) + in_state(Stage::Running));
            assert!(snapshot.recent.len() <= RECENT);
            assert!(snapshot.recent.iter().all(|task| task.first_token_at.is_none_or(|at| at >= task.accepted_at)));
        }
    }
}
