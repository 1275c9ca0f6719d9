//! Payments, disputes about them, and the proofs of faults.

use alloy::primitives::{Address, B256, aliases::U96};
use cuckoo_protocol::{
    Cai,
    economy::{Economy, Item, Now, Operation, Status},
    message::{Receipt, Ticket, Voucher},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::{DAY, Draw, Step};
use crate::world::World;

/// Coordinators contradict themselves in this many ways.
const SLIPS: u64 = 6;

impl Draw<'_> {
    pub(super) fn payments(&mut self, now: Now) -> (Address, Operation) {
        let (coordinator, miner) = (self.coordinator(), self.miner());
        let owner = self.owner(coordinator);
        let escrow = self.at.economy.escrow(coordinator);
        match self.random.random_range(0..36) {
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
            9..=13 => {
                let items = (0..self.random.random_range(0..4)).map(|_| self.item(coordinator)).collect();
                let caller = if self.one_in(3) { coordinator } else { owner };
                (caller, Operation::Settle { coordinator, items })
            }
            14..=17 => {
                let (coordinator, miner) = self.promise();
                (self.person(), Operation::Collect { coordinator, miner })
            }
            18 => {
                let credited = |key: &Address| !self.at.economy.credit(*key).is_zero();
                let credited: Vec<_> = self.at.world.keys.iter().copied().filter(credited).collect();
                let miner = if credited.is_empty() || self.one_in(8) { miner } else { *self.pick(&credited) };
                (self.person(), Operation::PayOut { miner })
            }
            19..=22 => (self.person(), Operation::Redeem { voucher: self.voucher(coordinator, miner) }),
            23..=28 => self.claim(coordinator, miner, now),
            29..=31 => self.announcement(),
            _ => self.proof(),
        }
    }

    /// What someone waited for, at the second from which on it can be had or at the one before.
    pub(super) fn due(&mut self) -> Option<Step> {
        let World { keys, .. } = self.at.world;
        let economy = self.at.economy;
        let mut waiting = Vec::new();
        for key in keys {
            let (escrow, node) = (economy.escrow(*key), economy.node(*key));
            if escrow.thawing != 0 {
                waiting.push((escrow.available_at, node.owner, Operation::WithdrawEscrow { coordinator: *key }));
            }
            if node.status == Status::Active && !node.idle {
                let idle = node.registered_at.max(node.paid_at) + 7 * DAY + 1;
                waiting.push((idle, self.person(), Operation::MarkIdle { node: *key }));
            }
            for miner in keys {
                let collection = economy.collection(*key, *miner);
                if collection.amount != 0 {
                    let collect = Operation::Collect { coordinator: *key, miner: *miner };
                    waiting.push((collection.available_at, self.person(), collect));
                }
            }
        }
        let announced = self.announced().into_iter().map(|(step, proof)| (step.now.time + 60, step.caller, proof));
        let mut provable: Vec<_> = announced.collect();
        // A shortfall can be proven until the next payment only.
        for list in [&mut provable, &mut waiting] {
            list.retain(|(time, ..)| *time > self.at.now.time);
        }
        if provable.is_empty() || self.one_in(3) {
            provable.append(&mut waiting);
        }
        let waiting = provable;
        let (time, caller, operation) = waiting.choose(&mut self.random)?.clone();
        Some(Step { caller, operation, now: Now { time: time - u64::from(self.one_in(3)) } })
    }

    /// A coordinator and a miner to whom batches have promised something, mostly.
    fn promise(&mut self) -> (Address, Address) {
        let keys = &self.at.world.keys;
        let all = keys.iter().flat_map(|coordinator| keys.iter().map(|miner| (*coordinator, *miner)));
        let waits = |pair: &(Address, Address)| self.at.economy.account(pair.0, pair.1).promised() != 0;
        let open: Vec<_> = all.filter(waits).collect();
        if open.is_empty() || self.one_in(8) { (self.coordinator(), self.miner()) } else { *self.pick(&open) }
    }

    /// A little more than was settled, mostly; seldom so much that neither escrow nor stake can pay it.
    fn owed(&mut self, coordinator: Address) -> u128 {
        let escrow = Cai::from(self.at.economy.escrow(coordinator).balance);
        let stake = self.at.economy.own_stake(coordinator);
        let reference = *self.pick(&[Cai::from_whole(10), Cai::from_whole(1_000), escrow, escrow, stake]);
        self.amount(reference).base_units().saturating_to()
    }

    /// A number around the last one that is accounted for or claimed.
    fn number(&mut self, coordinator: Address, miner: Address) -> u64 {
        if self.one_in(40) {
            return *self.pick(&[u64::MAX >> 1, (u64::MAX >> 1) + 1]);
        }
        let through = self.at.economy.account(coordinator, miner).through;
        let (last, _) = self.at.economy.claims(coordinator, miner);
        if last > through + 1 && self.one_in(8) {
            return last - 1;
        }
        let from = if self.one_in(2) { through } else { through.max(last) };
        from.saturating_add(self.random.random_range(0..4)).saturating_sub(1)
    }

    fn item(&mut self, coordinator: Address) -> Item {
        let miner = self.miner();
        let account = self.at.economy.account(coordinator, miner);
        let through = self.number(coordinator, miner);
        let claimed = self.at.economy.claimed_up_to(coordinator, miner, through);
        let part = self.owed(coordinator) / *self.pick(&[1, 2, 4]);
        let base = account.settled.saturating_add(if self.one_in(4) { 0 } else { claimed });
        Item { miner, cumulative: U96::from(base.saturating_add(part).min((1 << 96) - 1)), through }
    }

    fn voucher(&mut self, coordinator: Address, miner: Address) -> Voucher {
        let account = self.at.economy.account(coordinator, miner);
        let through = self.number(coordinator, miner);
        let claimed = self.at.economy.claimed_up_to(coordinator, miner, through);
        let base = account.settled.saturating_add(if self.one_in(4) { 0 } else { claimed });
        Voucher { coordinator, miner, cumulative: base.saturating_add(self.owed(coordinator)), through }
    }

    /// Of a pair that has claims already, as often as of any other.
    fn claim(&mut self, coordinator: Address, miner: Address, now: Now) -> (Address, Operation) {
        let keys = &self.at.world.keys;
        let pairs = keys.iter().flat_map(|coordinator| keys.iter().map(|miner| (*coordinator, *miner)));
        let claimed: Vec<_> = pairs.filter(|pair| self.at.economy.account(pair.0, pair.1).claimed).collect();
        let (coordinator, miner) = match claimed.choose(&mut self.random) {
            Some(pair) if self.one_in(2) => *pair,
            _ => (coordinator, miner),
        };
        let owed = self.owed(coordinator);
        let ago = *self.pick(&[0, 4 * 3_600, 4 * 3_600 + 1, 4 * 3_600 + 1, 10 * 3_600, DAY, DAY, 2 * DAY, 2 * DAY + 1]);
        let ticket = Ticket {
            coordinator,
            miner,
            number: self.number(coordinator, miner),
            price: *self.pick(&[0, 1, 5_000_000_000_000_000_000, owed]),
            promptRate: *self.pick(&[0, 1, 999, owed >> 20, u128::MAX]),
            completionRate: *self.pick(&[0, 1, owed >> 10, owed, u128::MAX]),
            deadline: now.time - ago,
            ..Ticket::default()
        };
        let digest = self.at.economy.domain().digest(&ticket);
        let receipt = Receipt {
            ticket: if self.one_in(16) { B256::repeat_byte(7) } else { digest },
            promptTokens: *self.pick(&[0, 1, 1_000, u32::MAX]),
            completionTokens: *self.pick(&[1, 7, 1_000, u32::MAX]),
            ..Receipt::default()
        };
        let caller = if self.one_in(3) { miner } else { self.owner(miner) };
        (caller, Operation::ClaimTicket { ticket: Box::new(ticket), receipt: Box::new(receipt) })
    }

    /// One of the ways in which a coordinator contradicts itself.
    fn contradiction(&self, slip: u64) -> Operation {
        let mut random = StdRng::seed_from_u64(slip);
        let (coordinators, miners) = (self.at.world.coordinators(), self.at.world.miners());
        let coordinator = coordinators[random.random_range(0..2)];
        let miner = miners[random.random_range(0..2)];
        let through = 2 * slip + 1;
        let cumulative = random.random_range(1..1 << 80);
        let a = Voucher { coordinator, miner, cumulative, through };
        let b = Voucher { cumulative: cumulative - 1, through: through + slip % 2, ..a.clone() };
        Operation::ProveContradiction { a, b, salt: B256::repeat_byte(1) }
    }

    /// That a batch fell short of a voucher, if it had been signed.
    fn shortfall(&self, coordinator: Address, miner: Address) -> Operation {
        let account = self.at.economy.account(coordinator, miner);
        let through = account.through;
        let claimed = self.at.economy.claimed_up_to(coordinator, miner, through);
        let cumulative = account.settled.saturating_add(claimed).saturating_add(1 << 60);
        let voucher = Voucher { coordinator, miner, cumulative, through };
        Operation::ProveShortSettlement { voucher, salt: B256::repeat_byte(2) }
    }

    /// What can be proven, today and by anybody.
    fn provable(&self) -> Vec<Operation> {
        let keys = &self.at.world.keys;
        let pairs = keys.iter().flat_map(|coordinator| keys.iter().map(|miner| (*coordinator, *miner)));
        let settled = pairs.filter(|pair| self.at.economy.account(pair.0, pair.1).through != 0);
        let shortfalls = settled.map(|(coordinator, miner)| self.shortfall(coordinator, miner));
        (0..SLIPS).map(|slip| self.contradiction(slip)).chain(shortfalls).collect()
    }

    /// What `finder` announces before it proves that.
    fn commitment(&self, finder: Address, proof: &Operation) -> B256 {
        let (evidence, salt) = match proof {
            Operation::ProveContradiction { a, b, salt } => (self.at.economy.contradiction(a, b), *salt),
            Operation::ProveShortSettlement { voucher, salt } => (self.at.economy.short_settlement(voucher), *salt),
            other => unreachable!("not a proof: {other:?}"),
        };
        Economy::commitment(finder, evidence, salt)
    }

    fn announcement(&mut self) -> (Address, Operation) {
        let (finder, proof) = (self.person(), self.evidence());
        let commitment = self.commitment(finder, &proof);
        (finder, Operation::Announce { commitment })
    }

    /// What was announced of late, and the proof that it announces.
    fn announced(&self) -> Vec<(Step, Operation)> {
        let proofs = self.provable();
        let announced = |step: &Step| match &step.operation {
            Operation::Announce { commitment } => proofs
                .iter()
                .find(|proof| self.commitment(step.caller, proof) == *commitment)
                .map(|proof| (step.clone(), proof.clone())),
            _ => None,
        };
        self.at.past.iter().rev().take(12).filter_map(announced).collect()
    }

    fn proof(&mut self) -> (Address, Operation) {
        let announced = self.announced();
        let (finder, proof) = match announced.choose(&mut self.random) {
            _ if self.one_in(8) => (self.person(), self.evidence()),
            Some((step, proof)) => (step.caller, proof.clone()),
            None => return self.announcement(),
        };
        (finder, if self.one_in(6) { self.unproven(proof) } else { proof })
    }

    /// A shortfall more often than a contradiction, if there is one: a payment in between makes its announcement worthless.
    fn evidence(&mut self) -> Operation {
        let is_shortfall = |proof: &Operation| matches!(proof, Operation::ProveShortSettlement { .. });
        let (shortfalls, contradictions): (Vec<_>, Vec<_>) = self.provable().into_iter().partition(is_shortfall);
        let all = if shortfalls.is_empty() || self.one_in(4) { contradictions } else { shortfalls };
        self.pick(&all).clone()
    }

    /// A proof that is not quite one.
    fn unproven(&mut self, proof: Operation) -> Operation {
        match proof {
            Operation::ProveContradiction { a, b, salt } => {
                let miner = if self.one_in(2) { self.miner() } else { b.miner };
                let more = *self.pick(&[0, 1, 2]);
                let b = Voucher { cumulative: b.cumulative.saturating_add(more), miner, ..b };
                Operation::ProveContradiction { a, b, salt }
            }
            Operation::ProveShortSettlement { voucher, salt } => {
                let (coordinator, miner) = (voucher.coordinator, voucher.miner);
                Operation::ProveShortSettlement { voucher: self.voucher(coordinator, miner), salt }
            }
            other => other,
        }
    }
}
