//! Runs the same operations on the contracts and on the model, and finds the first difference.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, B256, IntoLogData, Log, U256};
use cuckoo_protocol::{
    Cai,
    contract::Role,
    economy::{Account, BURN, Balance, Economy, Effect, Escrow, Now, Operation, Refusal, Unbonding},
    message::Domain,
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
}

/// The contracts' escrows and accounts, as they were looked up.
#[derive(Default)]
struct Seen {
    escrows: BTreeMap<Address, Escrow>,
    accounts: BTreeMap<(Address, Address), Account>,
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
        }
    }

    /// What both have come to.
    pub(crate) fn scene(self, before: &Scene) -> Scene {
        let deployment = Deployment { database: self.chain.into_database(), ..before.deployment.clone() };
        Scene { deployment, economy: self.economy, now: self.now }
    }

    /// One operation on both. `Ok` with the refusal if both refuse alike, `Err` with the difference if there is one.
    pub(crate) fn step(
        &mut self,
        world: &World,
        caller: Address,
        operation: &Operation,
        now: Now,
    ) -> Result<Option<Refusal>, String> {
        if now != self.now {
            self.now = now;
            self.chain.at(now);
        }
        if let Operation::ClaimTicket { ticket, .. } = operation {
            let parameters = &self.deployment.parameters;
            let domain = Domain { chain_id: parameters.chain_id, contract: parameters.settlement };
            self.tickets.insert(domain.digest(&**ticket));
        }
        let nonce = self.economy.permit_nonce(caller);
        let (to, data) = Caller { world, deployment: self.deployment, caller, nonce }.transaction(operation);
        let contracts = self.chain.send(caller, to, data);
        let model = self.economy.apply(caller, operation, now);
        match (contracts, model) {
            (Ok(logs), Ok(effects)) => {
                let expected: Vec<_> = effects.iter().map(|effect| self.log(effect)).collect();
                if logs == expected {
                    return Ok(None);
                }
                Err(format!("other events\n  contracts: {logs:?}\n  model:     {effects:?}"))
            }
            (Err(data), Err(refusal)) if data == refusal.data() => Ok(Some(refusal)),
            (contracts, model) => {
                let contracts = contracts.map(|logs| logs.len());
                Err(format!("other outcomes\n  contracts: {contracts:?}\n  model:     {model:?}"))
            }
        }
    }

    /// The log that an effect is on the chain.
    fn log(&self, effect: &Effect) -> Log {
        let parameters = &self.deployment.parameters;
        let address = match effect {
            Effect::Transfer(_) | Effect::Approval(_) => self.deployment.token,
            Effect::Funded(_) | Effect::PeriodStarted(_) | Effect::HalvingSet(_) => parameters.emission,
            Effect::EscrowDeposited(_)
            | Effect::ThawStarted(_)
            | Effect::EscrowWithdrawn(_)
            | Effect::Settled(_)
            | Effect::Collected(_)
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
        for holder in [BURN, parameters.staking, parameters.emission, parameters.settlement] {
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
        let total = self.chain.view(staking, &Staking::totalWeightAtEpochStartCall { role: number });
        let expected = self.economy.total_weight_at_epoch_start(role, self.now).base_units();
        differences.compare("totalWeightAtEpochStart", role, total, expected);
        let left = self.chain.view(emission, &EmissionController::reserveOfCall { role: number });
        let next = self.chain.view(emission, &EmissionController::nextPeriodAtCall { role: number });
        let reserve = self.economy.reserve(role);
        let expected = (U256::from(reserve.left), U256::from(reserve.next_period_at));
        differences.compare("reserve", role, (left, next), expected);
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
        };
        differences.compare("nodeView", node, view, expected);
        let tokens = chain.view(staking, &Staking::slashableOfCall { node });
        differences.compare("slashableOf", node, tokens, U256::from(economy.pool(node).tokens));
        let weight = chain.view(staking, &Staking::weightAtEpochStartCall { node });
        let expected = economy.weight_at_epoch_start(node, *now).base_units();
        differences.compare("weightAtEpochStart", node, weight, expected);
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
        for miner in &world.keys {
            let account = chain.view(settlement, &Settlement::accountOfCall { coordinator: node, miner: *miner });
            let account =
                Account { settled: account.settled.to(), withdrawn: account.withdrawn.to(), through: account.through };
            seen.accounts.insert((node, *miner), account);
            differences.compare("accountOf", (node, miner), account, economy.account(node, *miner));
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
        balance.credit = accounts.map(|(_, account)| Cai::from(account.settled - account.withdrawn)).sum();
        let model = economy.balance(person, *now).expect("no overflow");
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
