//! Random traces: what people do next, drawn with an eye on the state so that the interesting branches are reached.

use std::fmt::Write;

use alloy::primitives::{Address, B256, U256, aliases::U96};
use cuckoo_protocol::{
    Cai,
    contract::Role,
    economy::{Description, Economy, Item, NodeState, Now, Operation, Registration},
    message::{Domain, Ticket, Voucher},
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
        writeln!(text, "{index:3} {}+{:<9} {caller} {operation:?}", now.block, now.time - GENESIS.time).expect("fits");
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

    /// A coordinator and a miner whose account is not empty, mostly.
    fn account(&mut self) -> (Address, Address) {
        let keys = &self.at.world.keys;
        let all = keys.iter().flat_map(|coordinator| keys.iter().map(|miner| (*coordinator, *miner)));
        let credit = |pair: &(Address, Address)| self.at.economy.account(pair.0, pair.1).credit() != 0;
        let open: Vec<_> = all.filter(credit).collect();
        if open.is_empty() || self.one_in(8) { (self.coordinator(), self.miner()) } else { *self.pick(&open) }
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
            17 => *self.pick(&[3_600, 3 * DAY, 7 * DAY - 1, 14 * DAY - 1, 14 * DAY]),
            18 => self.random.random_range(3 * DAY..20 * DAY),
            _ if self.one_in(8) => self.random.random_range(20 * DAY..500 * DAY),
            _ => 7 * DAY + 1,
        };
        let blocks = 1 + self.random.random_range(0..=seconds.min(40));
        Now { time: self.at.now.time + seconds, block: self.at.now.block + blocks }
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
            0..=39 => self.stake(now),
            40..=50 => self.nodes(now),
            51..=61 => self.governed(),
            62..=64 => {
                let (role, caller) = (self.role(), self.person());
                (caller, Operation::StartPeriod { role })
            }
            65..=66 => {
                let (role, caller) = (self.role(), self.person());
                let amount = self.amount(self.at.economy.liquid(caller));
                (caller, Operation::Fund { role, amount })
            }
            67..=68 => {
                let (caller, to) = (self.person(), self.person());
                let to = if self.one_in(8) { Address::ZERO } else { to };
                (caller, Operation::Transfer { to, amount: self.amount(self.at.economy.liquid(caller)) })
            }
            69..=71 => {
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
            9..=15 => (caller, Operation::Vote { node, amount: self.amount(economy.free_stake(caller)) }),
            16..=19 => {
                let (amount, permit) = (self.amount(economy.liquid(caller)), self.permit(now));
                (caller, Operation::DepositAndVote { node, amount, permit })
            }
            20..=27 => {
                let (caller, node) = self.pair(|economy, staker, node| economy.shares(node, staker) != 0);
                (caller, Operation::Retract { node, amount: self.amount(economy.stake(node, caller)) })
            }
            28..=33 => {
                let (caller, node) = self.pair(|economy, staker, node| !economy.unbondings(node, staker).is_empty());
                (caller, Operation::Release { node })
            }
            _ => {
                let (caller, node) = self.pair(|economy, staker, node| economy.shares(node, staker) != 0);
                (caller, Operation::Claim { node })
            }
        }
    }

    fn nodes(&mut self, now: Now) -> (Address, Operation) {
        let node = self.key();
        let owner = self.owner(node);
        match self.random.random_range(0..11) {
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
            _ => {
                let bps = if self.one_in(8) { 5_001 } else { self.random.random_range(0..=5_000) };
                (owner, Operation::AnnounceCommission { node, bps })
            }
        }
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
        let block = if time == now.time { now.block } else { now.block + 1 };
        let operation = match self.random.random_range(0..3) {
            0 => Operation::Retract { node, amount: self.amount(Cai::from_whole(10)) },
            _ => Operation::AnnounceCommission { node, bps: self.random.random_range(0..=5_000) },
        };
        Some(Step { caller: owner, operation, now: Now { time, block } })
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
        let operation = match self.random.random_range(0..16) {
            0..=5 => {
                let node = self.key();
                let pool = self.at.economy.pool(node);
                let slashable = Cai::from(pool.tokens);
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
                let finder = if self.one_in(5) { Address::ZERO } else { self.person() };
                let finder_bps = *self.pick(&[0, 1, 333, 2_000, 2_000, 2_001]);
                Operation::Slash { node, amount, finder, finder_bps }
            }
            6..=9 => {
                let reference = Cai::from_whole(self.random.random_range(1..1_000_000));
                let duration = *self.pick(&[0, 1, 7, 3_600, DAY, 7 * DAY, 366 * DAY, 366 * DAY + 1]);
                Operation::NotifyEmission { role: self.role(), amount: self.amount(reference), duration }
            }
            10..=11 => Operation::Pause,
            12 => Operation::Unpause,
            13..=14 => Operation::SetHalving { seconds: self.random.random_range(300..3_800) * DAY },
            _ => Operation::SetFaultBps { bps: self.random.random_range(50..5_500) },
        };
        (caller, operation)
    }

    fn payments(&mut self, now: Now) -> (Address, Operation) {
        let (coordinator, miner) = (self.coordinator(), self.miner());
        let owner = self.owner(coordinator);
        let escrow = self.at.economy.escrow(coordinator);
        match self.random.random_range(0..28) {
            0..=3 => {
                let caller = self.person();
                let (amount, permit) = (self.amount(Cai::from_whole(5_000)), self.permit(now));
                (caller, Operation::DepositEscrow { coordinator, amount, permit })
            }
            4..=6 => {
                let amount = self.amount(Cai::from(escrow.balance - escrow.thawing));
                (owner, Operation::StartThaw { coordinator, amount })
            }
            7..=8 => (owner, Operation::WithdrawEscrow { coordinator }),
            9..=12 => {
                let items = (0..self.random.random_range(0..4)).map(|_| self.item(coordinator)).collect();
                let caller = if self.one_in(3) { coordinator } else { owner };
                (caller, Operation::Settle { coordinator, items })
            }
            13..=15 => {
                let (coordinator, miner) = self.account();
                (self.person(), Operation::Collect { coordinator, miner })
            }
            16..=19 => (self.person(), Operation::Redeem { voucher: self.voucher(coordinator, miner) }),
            20..=23 => {
                let ticket = self.ticket(coordinator, miner, now);
                let parameters = self.at.economy.parameters();
                let domain = Domain { chain_id: parameters.chain_id, contract: parameters.settlement };
                let answers = if self.one_in(12) { B256::repeat_byte(7) } else { domain.digest(&ticket) };
                (self.person(), Operation::ClaimTicket { ticket: Box::new(ticket), answers })
            }
            24..=25 => {
                let b = self.voucher(coordinator, miner);
                let miner = if self.one_in(8) { self.miner() } else { miner };
                let more = if self.one_in(8) { 0 } else { 1 };
                let (cumulative, through) = (b.cumulative.saturating_add(more), b.through.saturating_sub(more as u64));
                (
                    self.person(),
                    Operation::ProveContradiction { a: Voucher { coordinator, miner, cumulative, through }, b },
                )
            }
            _ => {
                let (coordinator, miner) = self.account();
                let account = self.at.economy.account(coordinator, miner);
                let voucher = self.voucher(coordinator, miner);
                let through = if self.one_in(4) { voucher.through } else { account.through };
                (self.person(), Operation::ProveShortSettlement { voucher: Voucher { through, ..voucher } })
            }
        }
    }

    /// A little more than was settled, mostly; seldom so much that neither escrow nor stake can pay it.
    fn owed(&mut self, coordinator: Address) -> u128 {
        let escrow = Cai::from(self.at.economy.escrow(coordinator).balance);
        let stake = Cai::from(self.at.economy.pool(coordinator).tokens);
        let reference = *self.pick(&[Cai::from_whole(10), Cai::from_whole(1_000), escrow, escrow, stake]);
        self.amount(reference).base_units().saturating_to()
    }

    fn item(&mut self, coordinator: Address) -> Item {
        let miner = self.miner();
        let account = self.at.economy.account(coordinator, miner);
        let part = self.owed(coordinator) / *self.pick(&[1, 2, 4]);
        let cumulative = account.settled.saturating_add(part).min((1 << 96) - 1);
        let through = account.through.saturating_add(self.random.random_range(0..4)).saturating_sub(1);
        Item { miner, cumulative: U96::from(cumulative), through }
    }

    fn voucher(&mut self, coordinator: Address, miner: Address) -> Voucher {
        let account = self.at.economy.account(coordinator, miner);
        let cumulative = account.settled.saturating_add(self.owed(coordinator));
        let through = account.through.saturating_add(self.random.random_range(0..4)).saturating_sub(1);
        Voucher { coordinator, miner, cumulative, through }
    }

    fn ticket(&mut self, coordinator: Address, miner: Address, now: Now) -> Ticket {
        let account = self.at.economy.account(coordinator, miner);
        let owed = self.owed(coordinator);
        let price = *self.pick(&[0, 1, 5_000_000_000_000_000_000, owed]);
        let ago = *self.pick(&[0, 3_600, 3_601, 3_601, 10_000, DAY]);
        Ticket {
            coordinator,
            miner,
            number: account.through.saturating_add(self.random.random_range(0..4)),
            price,
            deadline: now.time - ago,
            ..Ticket::default()
        }
    }
}

/// What a census counts an operation as.
pub(crate) fn name(operation: &Operation) -> String {
    let shown = format!("{operation:?}");
    let name: String = shown.chars().take_while(|letter| letter.is_alphanumeric()).collect();
    let permit = if shown.contains("permit: Some") { " with a permit" } else { "" };
    format!("{name}{permit}")
}
