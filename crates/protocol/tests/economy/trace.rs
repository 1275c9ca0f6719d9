//! Random traces: what people do next, drawn with an eye on the state so that the interesting branches are reached.

mod payments;

use std::fmt::Write;

use alloy::primitives::{Address, B256, U256};
use cuckoo_protocol::{
    Cai,
    contract::Role,
    economy::{Description, Economy, NodeState, Now, Operation, Registration, Rotation, Status},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::world::{GENESIS, World};

const DAY: u64 = 86_400;

/// One operation of a trace.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) caller: Address,
    pub(crate) operation: Operation,
    pub(crate) now: Now,
}

/// What the next step depends on.
pub(crate) struct Situation<'a> {
    pub(crate) world: &'a World,
    pub(crate) economy: &'a Economy,
    pub(crate) past: &'a [Step],
    pub(crate) now: Now,
}

/// One line per step.
pub(crate) fn listed(steps: &[Step]) -> String {
    steps.iter().enumerate().fold(String::new(), |mut text, (index, Step { caller, operation, now })| {
        writeln!(text, "{index:3} +{:<9} {caller} {operation:?}", now.time - GENESIS.time).expect("fits");
        text
    })
}

/// The next step, as `seed` has it.
pub(crate) fn next(situation: &Situation<'_>, seed: u64) -> Step {
    Draw { random: StdRng::seed_from_u64(seed), at: situation }.step()
}

struct Draw<'a> {
    random: StdRng,
    at: &'a Situation<'a>,
}

impl Draw<'_> {
    fn step(&mut self) -> Step {
        if self.one_in(12)
            && let Some(step) = self.first_hour()
        {
            return step;
        }
        if self.one_in(12)
            && let Some(step) = self.due()
        {
            return step;
        }
        let now = self.later();
        let again = !self.at.past.is_empty() && self.one_in(16);
        let (usual, operation) = if again {
            let Step { caller, operation, .. } = self.pick(self.at.past).clone();
            (caller, operation)
        } else {
            self.operation(now)
        };
        let caller = match &operation {
            // People's addresses are nobody else's nodes, so that what is compared at the end is all there is.
            Operation::Register(registration) if self.at.world.people.contains(&registration.node) => registration.node,
            Operation::Rotate(rotation) if self.at.world.people.contains(&rotation.new_key) => rotation.new_key,
            _ if self.one_in(16) => self.person(),
            _ => usual,
        };
        Step { caller, operation, now }
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.random.random_ratio(1, n)
    }

    fn pick<'b, T>(&mut self, all: &'b [T]) -> &'b T {
        all.choose(&mut self.random).expect("not empty")
    }

    fn person(&mut self) -> Address {
        *self.pick(&self.at.world.people)
    }

    /// A node's key; seldom one that was never registered.
    fn key(&mut self) -> Address {
        self.registered(&self.at.world.keys)
    }

    fn miner(&mut self) -> Address {
        if self.one_in(12) { self.key() } else { self.registered(self.at.world.miners()) }
    }

    fn coordinator(&mut self) -> Address {
        if self.one_in(12) { self.key() } else { self.registered(self.at.world.coordinators()) }
    }

    fn registered(&mut self, keys: &[Address]) -> Address {
        let known = |key: &Address| self.at.economy.node(*key).role.is_some();
        let known: Vec<_> = keys.iter().copied().filter(known).collect();
        if known.is_empty() || self.one_in(12) { *self.pick(keys) } else { *self.pick(&known) }
    }

    /// Someone and a node that `fit` each other, mostly.
    fn pair(&mut self, fit: impl Fn(&Economy, Address, Address) -> bool) -> (Address, Address) {
        let World { people, keys, .. } = self.at.world;
        let all = keys.iter().flat_map(|node| people.iter().map(|person| (*person, *node)));
        let fitting: Vec<_> = all.filter(|(person, node)| fit(self.at.economy, *person, *node)).collect();
        if fitting.is_empty() || self.one_in(12) { (self.person(), self.key()) } else { *self.pick(&fitting) }
    }

    fn owner(&mut self, node: Address) -> Address {
        match self.at.economy.node(node).owner {
            Address::ZERO => self.person(),
            owner => owner,
        }
    }

    /// Who holds the permissions, mostly.
    fn governor(&mut self) -> Address {
        if self.one_in(10) { self.person() } else { self.at.world.people[0] }
    }

    fn role(&mut self) -> Role {
        *self.pick(&[Role::Miner, Role::Coordinator])
    }

    fn later(&mut self) -> Now {
        let seconds = match self.random.random_range(0..20) {
            0..=6 => return self.at.now,
            7..=10 => self.random.random_range(1..30),
            11..=13 => self.random.random_range(30..7_200),
            14..=15 => self.random.random_range(7_200..3 * DAY),
            16 => 7 * DAY,
            17 => {
                let exact =
                    [60, 3_600, 4 * 3_600, 4 * 3_600 + 1, DAY, 2 * DAY, 2 * DAY + 1, 3 * DAY, 7 * DAY - 1, 30 * DAY];
                *self.pick(&exact)
            }
            18 => self.random.random_range(3 * DAY..20 * DAY),
            _ if self.one_in(8) => self.random.random_range(20 * DAY..500 * DAY),
            _ => 7 * DAY + 1,
        };
        Now { time: self.at.now.time + seconds }
    }

    /// Dust to huge, and what matters: `reference`, a part of it, and its neighbours.
    fn amount(&mut self, reference: Cai) -> Cai {
        let one = U256::ONE;
        let reference = match reference.base_units() {
            U256::ZERO => Cai::from_whole(3_000).base_units(),
            other => other,
        };
        Cai::from_base_units(match self.random.random_range(0..100) {
            0..=1 => U256::ZERO,
            2..=5 => U256::from(self.random.random_range(1..10)),
            6..=49 => reference.saturating_mul(U256::from(self.random.random::<u32>())) >> 32,
            50..=69 => reference,
            70..=71 => reference.saturating_add(one),
            72..=73 => reference.saturating_sub(one),
            74..=96 => {
                U256::from(10).pow(U256::from(self.random.random_range(0..26)))
                    * U256::from(self.random.random_range(1..10))
            }
            _ => *self.pick(&[one << 96, (one << 96) - one, one << 128, U256::MAX]),
        })
    }

    fn permit(&mut self, now: Now) -> Option<u64> {
        self.one_in(5).then(|| if self.one_in(4) { now.time - 1 } else { now.time })
    }

    fn operation(&mut self, now: Now) -> (Address, Operation) {
        let paused = self.at.economy.paused().since != 0;
        match self.random.random_range(0..100) {
            _ if paused && self.one_in(8) => (self.governor(), Operation::Unpause),
            0..=35 => self.stake(now),
            36..=45 => self.nodes(now),
            46..=55 => self.governed(),
            56..=58 => {
                let (role, caller) = (self.role(), self.person());
                (caller, Operation::StartPeriod { role })
            }
            59..=60 => {
                let (role, caller) = (self.role(), self.person());
                let amount = self.amount(self.at.economy.liquid(caller));
                (caller, Operation::Fund { role, amount })
            }
            61..=62 => {
                let (caller, to) = (self.person(), self.person());
                let to = if self.one_in(8) { Address::ZERO } else { to };
                (caller, Operation::Transfer { to, amount: self.amount(self.at.economy.liquid(caller)) })
            }
            63..=65 => {
                let parameters = self.at.economy.parameters();
                let spenders = [parameters.staking, parameters.emission, parameters.settlement];
                let spender = if self.one_in(12) { Address::ZERO } else { *self.pick(&spenders) };
                let caller = self.person();
                (caller, Operation::Approve { spender, amount: self.amount(self.at.economy.liquid(caller)) })
            }
            _ => self.payments(now),
        }
    }

    fn stake(&mut self, now: Now) -> (Address, Operation) {
        let (caller, node) = (self.person(), self.key());
        let economy = self.at.economy;
        match self.random.random_range(0..40) {
            0..=5 => {
                let (amount, permit) = (self.amount(economy.liquid(caller)), self.permit(now));
                (caller, Operation::Deposit { amount, permit })
            }
            6..=8 => (caller, Operation::Withdraw { amount: self.amount(economy.free_stake(caller)) }),
            9..=15 => {
                let (amount, max_commission) = (self.amount(economy.free_stake(caller)), self.limit());
                (caller, Operation::Vote { node, amount, max_commission })
            }
            16..=19 => {
                let (amount, permit) = (self.amount(economy.liquid(caller)), self.permit(now));
                (caller, Operation::DepositAndVote { node, amount, max_commission: self.limit(), permit })
            }
            20..=27 => {
                let (caller, node) = self.pair(|economy, staker, node| economy.shares(node, staker) != 0);
                (caller, Operation::Retract { node, amount: self.amount(economy.stake(node, caller)) })
            }
            28..=32 => {
                let (caller, node) = self.pair(|economy, staker, node| !economy.unbondings(node, staker).is_empty());
                (caller, Operation::Release { node })
            }
            33 => (caller, Operation::MarkIdle { node }),
            _ => {
                let (caller, node) = self.pair(|economy, staker, node| economy.shares(node, staker) != 0);
                (caller, Operation::Claim { node })
            }
        }
    }

    /// The commission that a voter accepts: any, mostly.
    fn limit(&mut self) -> u16 {
        if self.one_in(4) { self.random.random_range(0..=5_000) } else { 5_000 }
    }

    fn nodes(&mut self, now: Now) -> (Address, Operation) {
        let node = self.key();
        let owner = self.owner(node);
        match self.random.random_range(0..13) {
            0..=4 => {
                let (caller, node) = (self.person(), *self.pick(&self.at.world.keys));
                let role = if self.one_in(10) { self.role() } else { self.at.world.role(node) };
                let node = if self.one_in(20) { caller } else { node };
                let minimum = Cai::from_whole(role.minimum()).base_units();
                let self_stake = match self.random.random_range(0..4) {
                    0 => self.amount(Cai::from_base_units(minimum)),
                    1 => Cai::from_base_units(minimum + U256::ONE),
                    _ => Cai::from_base_units(minimum + minimum / U256::from(self.random.random_range(1..20))),
                };
                let deadline = U256::from(if self.one_in(12) { now.time - 1 } else { now.time });
                let description = self.description();
                let registration = Registration { node, role, self_stake, description, deadline };
                (caller, Operation::Register(Box::new(registration)))
            }
            5 => (owner, Operation::Update { node, description: Box::new(self.description()) }),
            6 if self.one_in(2) => (owner, Operation::Deregister { node }),
            7..=8 => {
                let new_key = self.new_key(node, owner);
                let deadline = U256::from(if self.one_in(12) { now.time - 1 } else { now.time });
                let description = self.description();
                (owner, Operation::Rotate(Box::new(Rotation { node, new_key, description, deadline })))
            }
            _ => {
                let bps = if self.one_in(8) { 5_001 } else { self.random.random_range(0..=5_000) };
                (owner, Operation::AnnounceCommission { node, bps })
            }
        }
    }

    /// A key that can take a node's place, mostly.
    fn new_key(&mut self, node: Address, owner: Address) -> Address {
        if self.one_in(20) {
            return owner;
        }
        let World { keys, .. } = self.at.world;
        let role = self.at.world.role(node);
        let free =
            |key: &Address| self.at.economy.node(*key).status == Status::None && self.at.world.role(*key) == role;
        let free: Vec<_> = keys.iter().copied().filter(free).collect();
        if free.is_empty() || self.one_in(12) { *self.pick(keys) } else { *self.pick(&free) }
    }

    /// Around the end of the time in which a new node's commission counts at once, if there is a node without anyone else's
    /// active stake.
    fn first_hour(&mut self) -> Option<Step> {
        let (economy, now) = (self.at.economy, self.at.now);
        let fresh = |node: &Address| {
            let (state, pool) = (economy.node(*node), economy.pool(*node));
            let alone = state.role.is_some() && pool.active_shares == pool.own_shares;
            alone && now.time <= state.registered_at + 3_600
        };
        let fresh: Vec<_> = self.at.world.keys.iter().copied().filter(fresh).collect();
        let node = *fresh.choose(&mut self.random)?;
        let NodeState { owner, registered_at, .. } = economy.node(node);
        let time = *self.pick(&[now.time, now.time, registered_at + 3_600, registered_at + 3_601]);
        let operation = match self.random.random_range(0..3) {
            0 => Operation::Retract { node, amount: self.amount(Cai::from_whole(10)) },
            _ => Operation::AnnounceCommission { node, bps: self.random.random_range(0..=5_000) },
        };
        Some(Step { caller: owner, operation, now: Now { time } })
    }

    fn description(&mut self) -> Description {
        let mut text = |usual: usize, longest: usize| {
            let length = *self.pick(&[usual, usual, usual, usual, usual, usual, 0, longest, longest + 1]);
            "x".repeat(length)
        };
        Description { name: text(5, 64), introduction: text(20, 512), endpoint: text(19, 256) }
    }

    fn governed(&mut self) -> (Address, Operation) {
        let caller = self.governor();
        let operation = match self.random.random_range(0..40) {
            0..=9 => self.slash(),
            10..=15 => {
                let node = self.key();
                let amount = self.amount(self.at.economy.own_stake(node));
                Operation::Charge { node, amount, reward_bps: self.reward_bps() }
            }
            16..=22 => {
                let reference = Cai::from_whole(self.random.random_range(1..1_000_000));
                let duration = *self.pick(&[0, 1, 7, 3_600, DAY, 7 * DAY, 366 * DAY, 366 * DAY + 1]);
                Operation::NotifyEmission { role: self.role(), amount: self.amount(reference), duration }
            }
            23..=26 => Operation::Pause,
            27..=28 => Operation::Unpause,
            29..=31 => Operation::SetHalving { seconds: self.random.random_range(300..3_800) * DAY },
            32..=33 => Operation::RecordPayment { coordinator: self.coordinator(), miner: self.miner() },
            34 => Operation::Retire,
            35 => {
                let emission = self.at.economy.parameters().emission;
                let successor = if self.one_in(8) { emission } else { self.at.world.bare.deployment.successor };
                Operation::Migrate { successor }
            }
            _ => Operation::SetFaultBps { bps: self.random.random_range(50..5_500) },
        };
        (caller, operation)
    }

    fn reward_bps(&mut self) -> u16 {
        *self.pick(&[0, 1, 333, 1_000, 2_000, 2_000, 2_000, 2_001])
    }

    fn slash(&mut self) -> Operation {
        let node = self.key();
        let pool = self.at.economy.pool(node);
        let slashable = self.at.economy.slashable(node);
        let amount = match self.random.random_range(0..8) {
            0 => self.amount(slashable),
            1 => slashable,
            2 => {
                // Around a tenth of the first price, where a node is out for good.
                let tenth = pool.shares.div_ceil(10);
                Cai::from(pool.tokens.saturating_sub(*self.pick(&[tenth, tenth + 1, tenth.saturating_sub(1)])))
            }
            _ => {
                let part = U256::from(self.random.random_range(2..200));
                Cai::from_base_units(slashable.base_units() / part)
            }
        };
        let offences = *self.pick(&[0, 1, 1, 1, 1, 1, 1, 2]);
        let evidence = (0..offences).map(|_| B256::repeat_byte(self.random.random_range(0..100))).collect();
        Operation::Slash { node, amount, reward_bps: self.reward_bps(), evidence }
    }
}

/// What a census counts an operation as.
pub(crate) fn name(operation: &Operation) -> String {
    let shown = format!("{operation:?}");
    let name: String = shown.chars().take_while(|letter| letter.is_alphanumeric()).collect();
    let permit = if shown.contains("permit: Some") { " with a permit" } else { "" };
    format!("{name}{permit}")
}
