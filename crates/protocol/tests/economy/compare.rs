//! Runs the same operations on the contracts and on the model, and finds the first difference.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, B256, IntoLogData, Log, U256};
use cuckoo_protocol::{
    Cai,
    contract::Role,
    economy::{
        Account, BURN, Balance, Collection, Economy, Effect, Escrow, Now, Operation, Punishment, Refusal, Unbonding,
    },
};

use crate::{
    call::Caller,
    chain::{CAIToken, Chain, Deployment, EmissionController, Settlement, Staking},
    world::{Scene, World},
};

/// The contracts and the model, side by side.
pub(crate) struct Run<'a> {
    deployment: &'a Deployment,
    chain: Chain,
    pub(crate) economy: Economy,
    now: Now,
    tickets: BTreeSet<B256>,
    evidence: BTreeSet<B256>,
    commitments: BTreeSet<B256>,
}

/// The contracts' escrows, accounts and credits, as they were looked up.
#[derive(Default)]
struct Seen {
    escrows: BTreeMap<Address, Escrow>,
    accounts: BTreeMap<(Address, Address), Account>,
    credits: BTreeMap<Address, U256>,
}

/// Whether an operation must not end in an overflow, whatever its arguments: all ways out, and what anyone may do to others.
const fn never_overflows(operation: &Operation) -> bool {
    use Operation as Op;
    matches!(
        operation,
        Op::Withdraw { .. }
            | Op::Retract { .. }
            | Op::Release { .. }
            | Op::Claim { .. }
            | Op::Deregister { .. }
            | Op::Rotate(_)
            | Op::MarkIdle { .. }
            | Op::RecordPayment { .. }
            | Op::StartPeriod { .. }
            | Op::StartThaw { .. }
            | Op::WithdrawEscrow { .. }
            | Op::Collect { .. }
            | Op::PayOut { .. }
    )
}

/// What claims of a pair's tickets below a number were paid.
fn before(economy: &Economy, (coordinator, miner): (Address, Address), number: u64) -> Cai {
    Cai::from(economy.claimed_up_to(coordinator, miner, number.saturating_sub(1)))
}

impl<'a> Run<'a> {
    pub(crate) fn new(scene: &'a Scene) -> Self {
        let mut chain = scene.deployment.start();
        chain.at(scene.now);
        Self {
            deployment: &scene.deployment,
            chain,
            economy: scene.economy.clone(),
            now: scene.now,
            tickets: BTreeSet::new(),
            evidence: BTreeSet::new(),
            commitments: BTreeSet::new(),
        }
    }

    /// What both have come to.
    pub(crate) fn scene(self, before: &Scene) -> Scene {
        let deployment = Deployment { database: self.chain.into_database(), ..before.deployment.clone() };
        Scene { deployment, economy: self.economy, now: self.now }
    }

    /// One operation on both. `Ok` with the effects or the refusal that they agree on, `Err` with the difference if there is one.
    pub(crate) fn step(
        &mut self,
        world: &World,
        caller: Address,
        operation: &Operation,
        now: Now,
    ) -> Result<Result<Vec<Effect>, Refusal>, String> {
        if now != self.now {
            self.now = now;
            self.chain.at(now);
        }
        self.remember(operation);
        let (nonce, role) = (self.economy.permit_nonce(caller), self.role(operation));
        let (to, data) = Caller { world, deployment: self.deployment, caller, nonce, role }.transaction(operation);
        let contracts = self.chain.send(caller, to, data);
        let model = self.economy.apply(caller, operation, now);
        match (contracts, model) {
            (Ok(logs), Ok(effects)) => {
                let expected: Vec<_> = effects.iter().map(|effect| self.log(effect, operation)).collect();
                if logs == expected {
                    return Ok(Ok(effects));
                }
                Err(format!("other events\n  contracts: {logs:?}\n  model:     {effects:?}"))
            }
            (Err(data), Err(refusal)) if data == refusal.data() => match never_overflows(operation) {
                true if matches!(refusal, Refusal::Panic(_)) => Err("both overflow".into()),
                _ => Ok(Err(refusal)),
            },
            (contracts, model) => {
                let contracts = contracts.map(|logs| logs.len());
                Err(format!("other outcomes\n  contracts: {contracts:?}\n  model:     {model:?}"))
            }
        }
    }

    /// Keeps what views are asked about at the end.
    fn remember(&mut self, operation: &Operation) {
        match operation {
            Operation::ClaimTicket { ticket, .. } => {
                self.tickets.insert(self.economy.domain().digest(&**ticket));
            }
            Operation::Slash { evidence, .. } => self.evidence.extend(evidence),
            Operation::ProveContradiction { a, b, .. } => {
                self.evidence.insert(self.economy.contradiction(a, b));
            }
            Operation::ProveShortSettlement { voucher, .. } => {
                self.evidence.insert(self.economy.short_settlement(voucher));
            }
            Operation::Announce { commitment } => {
                self.commitments.insert(*commitment);
            }
            _ => {}
        }
    }

    /// The role of the node whose key is to be replaced.
    fn role(&self, operation: &Operation) -> Option<Role> {
        match operation {
            Operation::Rotate(rotation) => self.economy.node(rotation.node).role,
            _ => None,
        }
    }

    /// The log that an effect of an operation is on the chain.
    fn log(&self, effect: &Effect, operation: &Operation) -> Log {
        let parameters = &self.deployment.parameters;
        let address = match effect {
            Effect::Funded(_) if matches!(operation, Operation::Migrate { .. }) => self.deployment.successor,
            Effect::Transfer(_) | Effect::Approval(_) => self.deployment.token,
            Effect::Funded(_) | Effect::PeriodStarted(_) | Effect::HalvingSet(_) | Effect::Migrated(_) => {
                parameters.emission
            }
            Effect::EscrowDeposited(_)
            | Effect::ThawStarted(_)
            | Effect::EscrowWithdrawn(_)
            | Effect::Settled(_)
            | Effect::SettlementRetired(_)
            | Effect::CollectStarted(_)
            | Effect::Collected(_)
            | Effect::PaidOut(_)
            | Effect::EvidenceAnnounced(_)
            | Effect::VoucherRedeemed(_)
            | Effect::TicketClaimed(_)
            | Effect::DeficitCharged(_)
            | Effect::FaultProven(_)
            | Effect::FaultBpsSet(_) => parameters.settlement,
            _ => parameters.staking,
        };
        Log { address, data: effect.to_log_data() }
    }

    /// Compares everything that the contracts show, for everyone.
    pub(crate) fn check(&mut self, world: &World) -> Result<(), String> {
        let mut differences = Differences::default();
        let mut seen = Seen::default();
        for role in [Role::Miner, Role::Coordinator] {
            self.check_role(role, &mut differences);
        }
        for key in &world.keys {
            self.check_node(*key, world, &mut seen, &mut differences);
        }
        let parameters = self.deployment.parameters.clone();
        let contracts = [parameters.staking, parameters.emission, parameters.settlement, self.deployment.successor];
        for holder in contracts.into_iter().chain([BURN]) {
            let balance = self.chain.view(self.deployment.token, &CAIToken::balanceOfCall { account: holder });
            differences.compare("balance", holder, balance, self.economy.liquid(holder).base_units());
        }
        for person in &world.people {
            self.check_person(*person, world, &seen, &mut differences);
        }
        for ticket in self.tickets.clone() {
            let claimed = self.chain.view(parameters.settlement, &Settlement::claimedOfCall { ticket });
            differences.compare("claimed", ticket, claimed, self.economy.claimed(ticket).base_units());
        }
        for evidence in self.evidence.clone() {
            let spent = self.chain.view(parameters.staking, &Staking::isSpentCall { evidence });
            differences.compare("isSpent", evidence, spent, self.economy.is_spent(evidence));
        }
        for commitment in self.commitments.clone() {
            let time = self.chain.view(parameters.settlement, &Settlement::announcedAtCall { commitment });
            differences.compare("announcedAt", commitment, time, U256::from(self.economy.announced_at(commitment)));
        }
        let retired = self.chain.view(parameters.settlement, &Settlement::retiredCall {});
        differences.compare("retired", (), retired, self.economy.retired());
        let epoch = self.chain.view(parameters.staking, &Staking::currentEpochCall {});
        differences.compare("currentEpoch", (), epoch, self.economy.epoch(self.now));
        let fault = self.chain.view(parameters.settlement, &Settlement::faultBpsCall {});
        differences.compare("faultBps", (), fault, self.economy.fault_bps());
        let halving = self.chain.view(parameters.emission, &EmissionController::halvingCall {});
        differences.compare("halving", (), halving, self.economy.halving());
        let since = self.chain.view(parameters.staking, &Staking::pausedAtCall {});
        let next_at = self.chain.view(parameters.staking, &Staking::nextPauseAtCall {});
        let paused = self.economy.paused();
        differences.compare("pause", (), (since, next_at), (paused.since, paused.next_at));
        differences.found()
    }

    fn check_role(&mut self, role: Role, differences: &mut Differences) {
        let (staking, emission) = (self.deployment.parameters.staking, self.deployment.parameters.emission);
        let number = role as u8;
        let stream = self.chain.view(staking, &Staking::streamOfCall { role: number });
        let expected = self.economy.stream(role, self.now).expect("no overflow");
        let words = [expected.rate, expected.remaining, expected.unpaid].map(Cai::base_units);
        let contract = [stream.rate, stream.remaining, stream.unpaid];
        differences.compare("streamOf", role, (contract, stream.end), (words, expected.end));
        let total = self.chain.view(staking, &Staking::totalWeightCall { role: number });
        differences.compare("totalWeight", role, total, self.economy.total_weight(role).base_units());
        let left = self.chain.view(emission, &EmissionController::reserveOfCall { role: number });
        let next = self.chain.view(emission, &EmissionController::nextPeriodAtCall { role: number });
        let reserve = self.economy.reserve(role);
        let expected = (U256::from(reserve.left), U256::from(reserve.next_period_at));
        differences.compare("reserve", role, (left, next), expected);
        let successor = self.deployment.successor;
        let moved = self.chain.view(successor, &EmissionController::reserveOfCall { role: number });
        differences.compare("moved", role, moved, U256::from(self.economy.reserve_of(successor, role).left));
        let amount = self.chain.view(emission, &EmissionController::nextAmountCall { role: number });
        differences.compare("nextAmount", role, amount, self.economy.next_period_amount(role).base_units());
    }

    fn check_node(&mut self, node: Address, world: &World, seen: &mut Seen, differences: &mut Differences) {
        let Self { chain, economy, now, .. } = self;
        let (staking, settlement) = (self.deployment.parameters.staking, self.deployment.parameters.settlement);
        let view = chain.view(staking, &Staking::nodeViewCall { node });
        let state = economy.node(node);
        let expected = Staking::NodeView {
            node,
            owner: state.owner,
            role: state.role.map_or(0, |role| role as u8),
            status: state.status as u8,
            selfStake: state.self_stake.base_units().to(),
            weight: state.weight.base_units().to(),
            registeredAt: state.registered_at,
            idle: state.idle,
            paidAt: state.paid_at,
        };
        differences.compare("nodeView", node, view, expected);
        let tokens = chain.view(staking, &Staking::slashableOfCall { node });
        differences.compare("slashableOf", node, tokens, economy.slashable(node).base_units());
        let tokens = chain.view(staking, &Staking::ownStakeOfCall { node });
        differences.compare("ownStakeOf", node, tokens, economy.own_stake(node).base_units());
        let tokens = chain.view(staking, &Staking::votesBeyondCall { node });
        differences.compare("votesBeyond", node, tokens, economy.votes_beyond(node).base_units());
        let signs = chain.view(staking, &Staking::signsCall { node });
        differences.compare("signs", node, signs, economy.signs(node, *now));
        let view = chain.view(staking, &Staking::successorOfCall { node });
        let successor = economy.successor(node);
        differences.compare("successorOf", node, (view.next, view.rotatedAt), (successor.next, successor.rotated_at));
        let view = chain.view(staking, &Staking::commissionOfCall { node });
        let commission = economy.commission(node, *now);
        let (next_bps, next_at) = commission.next.unwrap_or((commission.bps, 0));
        differences.compare(
            "commissionOf",
            node,
            (view.bps, view.nextBps, view.nextAt),
            (commission.bps, next_bps, next_at),
        );
        let escrow = chain.view(settlement, &Settlement::escrowOfCall { coordinator: node });
        let escrow =
            Escrow { balance: escrow.balance.to(), thawing: escrow.thawing.to(), available_at: escrow.availableAt };
        seen.escrows.insert(node, escrow);
        differences.compare("escrowOf", node, escrow, economy.escrow(node));
        let promised = chain.view(settlement, &Settlement::promisedOfCall { coordinator: node });
        differences.compare("promisedOf", node, promised, economy.promised(node).base_units());
        let credit = chain.view(settlement, &Settlement::creditOfCall { miner: node });
        seen.credits.insert(node, credit);
        differences.compare("creditOf", node, credit, economy.credit(node).base_units());
        for miner in &world.keys {
            self.check_pair(node, *miner, seen, differences);
        }
    }

    fn check_pair(&mut self, coordinator: Address, miner: Address, seen: &mut Seen, differences: &mut Differences) {
        let Self { chain, economy, .. } = self;
        let (settlement, pair) = (self.deployment.parameters.settlement, (coordinator, miner));
        let account = chain.view(settlement, &Settlement::accountOfCall { coordinator, miner });
        let account = Account {
            settled: account.settled.to(),
            withdrawn: account.withdrawn.to(),
            through: account.through,
            claimed: account.claimed,
        };
        seen.accounts.insert(pair, account);
        differences.compare("accountOf", pair, account, economy.account(coordinator, miner));
        let collection = chain.view(settlement, &Settlement::collectionOfCall { coordinator, miner });
        let collection = Collection { amount: collection.amount.to(), available_at: collection.availableAt };
        differences.compare("collectionOf", pair, collection, economy.collection(coordinator, miner));
        let punishment = chain.view(settlement, &Settlement::punishmentOfCall { coordinator, miner });
        let punishment = Punishment { through: punishment.through, until: punishment.until };
        differences.compare("punishmentOf", pair, punishment, economy.punishment(coordinator, miner));
        let (last, all) = economy.claims(coordinator, miner);
        let number = chain.view(settlement, &Settlement::lastClaimOfCall { coordinator, miner });
        differences.compare("lastClaimOf", pair, number, last);
        for (number, sum) in [(u64::MAX, all), (last.saturating_sub(1), before(economy, pair, last))] {
            let claimed = chain.view(settlement, &Settlement::claimedUpToCall { coordinator, miner, number });
            differences.compare("claimedUpTo", (pair, number), claimed, sum.base_units());
        }
    }

    fn check_person(&mut self, person: Address, world: &World, seen: &Seen, differences: &mut Differences) {
        let Self { chain, economy, now, .. } = self;
        let (token, parameters) = (self.deployment.token, &self.deployment.parameters);
        for spender in [parameters.staking, parameters.emission, parameters.settlement] {
            let allowance = chain.view(token, &CAIToken::allowanceCall { owner: person, spender });
            differences.compare(
                "allowance",
                (person, spender),
                allowance,
                economy.allowance(person, spender).base_units(),
            );
        }
        let nonce = chain.view(token, &CAIToken::noncesCall { owner: person });
        differences.compare("nonces", person, nonce, U256::from(economy.permit_nonce(person)));

        // The balance as the contracts have it, put together view by view.
        let cai = Cai::from_base_units;
        let liquid = chain.view(token, &CAIToken::balanceOfCall { account: person });
        let free = chain.view(parameters.staking, &Staking::freeStakeOfCall { staker: person });
        let mut balance = Balance { liquid: cai(liquid), free: cai(free), ..Balance::default() };
        let (mut staked, mut pending) = (U256::ZERO, U256::ZERO);
        let mut keys = world.keys.clone();
        keys.sort();
        for node in keys {
            staked += chain.view(parameters.staking, &Staking::stakeOfCall { node, staker: person });
            pending += chain.view(parameters.staking, &Staking::pendingRewardsCall { node, staker: person });
            let open = chain.view(parameters.staking, &Staking::unbondingsCall { node, staker: person });
            balance.unbonding.extend(open.into_iter().map(|open| Unbonding {
                node,
                amount: Cai::from(open.amount),
                shares: open.shares,
                available_at: open.availableAt,
            }));
        }
        let owns = |node: &Address| economy.node(*node).owner == person;
        let escrows = || seen.escrows.iter().filter(|(coordinator, _)| owns(coordinator));
        balance.staked = cai(staked);
        balance.escrow = escrows().map(|(_, escrow)| Cai::from(escrow.balance - escrow.thawing)).sum();
        balance.thawing = escrows().map(|(_, escrow)| Cai::from(escrow.thawing)).sum();
        let accounts = seen.accounts.iter().filter(|((_, miner), _)| owns(miner));
        balance.promised = accounts.map(|(_, account)| Cai::from(account.settled - account.withdrawn)).sum();
        let credits = seen.credits.iter().filter(|(miner, _)| owns(miner));
        balance.credit = credits.map(|(_, credit)| cai(*credit)).sum();
        let model = match economy.balance(person, *now) {
            Ok(model) => model,
            Err(refusal) => return differences.0.push(format!("balance of {person}: {refusal:?}")),
        };
        // The contract shows rewards and commission as one sum.
        let both: Cai = [model.rewards, model.commission].into_iter().sum();
        differences.compare("pendingRewards", person, pending, both.base_units());
        (balance.rewards, balance.commission) = (model.rewards, model.commission);
        differences.compare("balance", person, balance, model);
    }
}

#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn compare<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &str,
        of: impl std::fmt::Debug,
        contracts: T,
        model: T,
    ) {
        if contracts != model {
            self.0.push(format!("{what} of {of:?}\n  contracts: {contracts:?}\n  model:     {model:?}"));
        }
    }

    fn found(self) -> Result<(), String> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0.join("\n")) }
    }
}
