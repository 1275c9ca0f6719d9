//! What must hold of the model after every operation, whatever people do.

use cuckoo_protocol::{
    Address, Cai, U256,
    economy::{BURN, Economy, Effect, Now, Pool},
};
use proptest::prelude::*;

use crate::{
    chain,
    trace::{self, Situation, Step, listed},
    world::World,
};

/// Nothing is made and nothing vanishes: the holders' CAI is the supply, and each contract holds what it owes.
fn conserved(economy: &Economy) -> Result<(), String> {
    let sum: Cai = economy.holders().map(|(_, amount)| amount).sum();
    if sum != chain::supply() {
        return Err(format!("{sum} in all hands together"));
    }
    let parameters = economy.parameters();
    let (staked, escrowed) = economy.owed();
    for (contract, owed) in [(parameters.staking, staked), (parameters.settlement, escrowed)] {
        if economy.liquid(contract) != owed {
            return Err(format!("{contract} holds {} and owes {owed}", economy.liquid(contract)));
        }
    }
    Ok(())
}

/// What was paid out of stake that was taken, and what was burned besides that stake.
#[derive(Default)]
struct Flows {
    rewards: Cai,
    burned: Cai,
}

impl Flows {
    fn add(&mut self, effects: &[Effect]) {
        let cai = Cai::from_base_units;
        // The last slash's reward, which a proof of a fault passes on to its finder or burns.
        let mut reward = Cai::ZERO;
        for effect in effects {
            let (paid, burned) = match effect {
                Effect::Slashed(slashed) => {
                    reward = cai(slashed.reward);
                    (reward, Cai::ZERO)
                }
                Effect::Charged(charged) => (cai(charged.reward), Cai::ZERO),
                Effect::PaidOut(paid) => (Cai::ZERO, cai(paid.burned)),
                Effect::FaultProven(proven) if proven.reward.is_zero() => (Cai::ZERO, reward),
                _ => continue,
            };
            self.rewards = [self.rewards, paid].into_iter().sum();
            self.burned = [self.burned, burned].into_iter().sum();
        }
    }
}

/// Stake that was taken is burned, but for what was paid as rewards; so is a part of all payments.
fn burned(economy: &Economy, flows: &Flows) -> Result<(), String> {
    let taken: Cai = economy.nodes().map(|node| economy.slashed(node)).sum();
    let expected: Cai = [taken, flows.burned].into_iter().sum();
    let gone: Cai = [economy.liquid(BURN), flows.rewards].into_iter().sum();
    if expected == gone { Ok(()) } else { Err(format!("{expected} taken or burned, {gone} gone or paid as rewards")) }
}

/// A coordinator's batches never hold more than its accounts wait for.
fn promised(world: &World, economy: &Economy, coordinator: Address) -> Result<(), String> {
    let waiting = world.keys.iter().map(|miner| Cai::from(economy.account(coordinator, *miner).promised())).sum();
    let held = economy.promised(coordinator);
    if held <= waiting { Ok(()) } else { Err(format!("{held} promised, {waiting} waited for")) }
}

/// The shares of a pool are its stakers': active ones by position, the others by request.
fn shares(world: &World, economy: &Economy, node: Address) -> Result<(), String> {
    let pool = economy.pool(node);
    let active: u128 = world.people.iter().map(|staker| economy.shares(node, *staker)).sum();
    let unbonding = |staker: &Address| economy.unbondings(node, *staker).iter().map(|open| open.shares).sum::<u128>();
    let unbonding: u128 = world.people.iter().map(unbonding).sum();
    let own = economy.shares(node, economy.node(node).owner);
    if (pool.active_shares, pool.own_shares, pool.shares) == (active, own, active + unbonding) {
        return Ok(());
    }
    Err(format!("{pool:?} with {active} active shares, {own} of the owner, {unbonding} unbonding"))
}

/// A share is never worth more than 1, and its price never rises by more than what rounding leaves to those who stay: less than
/// a wei per operation and share, or per operation and wei of the pool.
fn price(before: Pool, after: Pool) -> Result<(), String> {
    if after.tokens > after.shares {
        return Err(format!("a price above 1: {after:?}"));
    }
    let product = |a: u128, b: u128| U256::from(a) * U256::from(b);
    let slack = U256::from(before.shares.max(before.tokens));
    if before.shares == 0 || product(after.tokens, before.shares) < product(before.tokens, after.shares) + slack {
        return Ok(());
    }
    Err(format!("the price rose: {before:?}, {after:?}"))
}

/// What all holders could take out of a pool is in it.
fn solvent(world: &World, economy: &Economy, now: Now) -> Result<(), String> {
    let mut claims = Cai::ZERO;
    for person in &world.people {
        let balance = economy.balance(*person, now).map_err(|refusal| refusal.to_string())?;
        let unbonding = balance.unbonding.iter().map(|open| open.amount).sum();
        claims =
            [claims, balance.free, balance.staked, unbonding, balance.rewards, balance.commission].into_iter().sum();
    }
    let held = economy.liquid(economy.parameters().staking);
    if claims <= held { Ok(()) } else { Err(format!("{claims} could be claimed, {held} is there")) }
}

fn hold(world: &World, seeds: &[u64]) -> Result<(), String> {
    let scene = if seeds.first().is_some_and(|seed| seed % 4 == 0) { &world.bare } else { &world.furnished };
    let (mut economy, mut now, mut past) = (scene.economy.clone(), scene.now, Vec::<Step>::new());
    let mut flows = Flows::default();
    for seed in seeds {
        let step = trace::next(&Situation { world, economy: &economy, past: &past, now }, *seed);
        let before = economy.clone();
        now = step.now;
        past.push(step.clone());
        let held = match economy.apply(step.caller, &step.operation, now) {
            Ok(effects) => {
                flows.add(&effects);
                let nodes = world.keys.iter().try_for_each(|node| {
                    price(before.pool(*node), economy.pool(*node))?;
                    shares(world, &economy, *node)?;
                    promised(world, &economy, *node)
                });
                nodes
                    .and_then(|()| conserved(&economy))
                    .and_then(|()| burned(&economy, &flows))
                    .and_then(|()| solvent(world, &economy, now))
            }
            Err(_) if before == economy => Ok(()),
            Err(refusal) => Err(format!("{refusal}, and it left a trace")),
        };
        held.map_err(|broken| format!("{broken}\nafter the last of these steps:\n{}", listed(&past)))?;
    }
    Ok(())
}

#[test]
fn nothing_is_made_or_lost_and_no_price_rises() {
    let mut world = World::new(|_| {});
    world.furnish();
    let seeds = proptest::collection::vec(any::<u64>(), 1..80);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let outcome = runner.run(&seeds, |seeds| hold(&world, &seeds).map_err(TestCaseError::fail));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
