//! Stake: leverage, slashes and charges, idle nodes, keys, votes, pauses, emission.

use super::*;
use crate::economy::{BURN, Contracts, Rotation, Status};

#[test]
fn a_weight_is_at_most_ten_times_the_own_stake() {
    let mut town = Town::new();
    assert_eq!(town.economy.node(MINER).weight, cai(100_000));
    town.vote(MINER, 400_000);
    assert_eq!(town.economy.node(MINER).weight, cai(300_000));
    assert_eq!(town.economy.total_weight(Role::Miner), cai(300_000));
    assert_eq!(town.economy.votes_beyond(MINER), cai(200_000));
    town.done(OWNER, Operation::Vote { node: MINER, amount: cai(5_000), max_commission: 0 });
    assert_eq!(town.economy.votes_beyond(MINER), cai(155_000));
}

#[test]
fn a_weight_that_no_supply_can_have_overflows_as_in_the_contract() {
    let mut town = Town::new();
    let alone = Address::repeat_byte(0x11);
    town.register(alone, Role::Miner, 25_000);
    town.done(TREASURY, Operation::Charge { node: alone, amount: cai(25_000), reward_bps: 0 });
    let vote = |amount: u128| Operation::DepositAndVote {
        node: alone,
        amount: Cai::from(amount),
        max_commission: 0,
        permit: None,
    };
    let largest = (1 << 96) - 1;
    assert_eq!(town.refused(OWNER, vote(largest)), "Panic", "the role's total has 96 bits");
    let others = town.economy.total_weight(Role::Miner).base_units().to::<u128>();
    assert_eq!(town.refused(OWNER, vote(largest - others)), "ERC20InsufficientBalance");
}

#[test]
fn a_slash_pays_out_of_the_owners_loss_alone_and_spends_its_evidence() {
    let mut town = Town::new();
    // Active or on its way out: it is the owner's.
    town.done(OWNER, Operation::Retract { node: MINER, amount: cai(9_000) });
    let before = town.economy.liquid(TREASURY);
    let effects = town.slash(MINER, 10_000, 1);
    let slashed = Contracts::Slashed {
        node: MINER,
        taken: cai(10_000).base_units(),
        ownerLoss: cai(3_000).base_units(),
        reward: cai(600).base_units(),
        left: cai(90_000).base_units(),
    };
    assert!(effects.contains(&slashed.into()), "{effects:?}");
    assert_eq!(town.economy.liquid(TREASURY).checked_sub(before), Some(cai(600)));
    assert_eq!(town.economy.liquid(BURN), cai(9_400));
    assert_eq!(town.economy.own_stake(MINER), cai(27_000));
    assert!(town.economy.is_spent(B256::repeat_byte(1)));

    let again = |evidence: Vec<B256>| Operation::Slash { node: COORDINATOR, amount: cai(1), reward_bps: 0, evidence };
    assert_eq!(town.refused(TREASURY, again(vec![B256::repeat_byte(2), B256::repeat_byte(1)])), "EvidenceSpent");
    assert_eq!(town.refused(TREASURY, again(vec![])), "NoEvidence");
    assert!(!town.economy.is_spent(B256::repeat_byte(2)), "a refused slash spends nothing");
}

#[test]
fn a_charge_takes_the_owners_active_stake_then_its_newest_request() {
    let mut town = Town::new();
    for amount in [1_000, 2_000] {
        town.done(OWNER, Operation::Retract { node: MINER, amount: cai(amount) });
    }
    let charge = |amount| Operation::Charge { node: MINER, amount: cai(amount), reward_bps: 2_000 };
    let effects = town.done(TREASURY, charge(28_500));
    let charged = Contracts::Charged {
        node: MINER,
        fromActive: cai(27_000).base_units(),
        fromUnbonding: cai(1_500).base_units(),
        reward: cai(5_700).base_units(),
    };
    assert!(effects.contains(&charged.into()), "{effects:?}");
    let left: Vec<_> = town.economy.unbondings(MINER, OWNER).iter().map(|open| open.amount).collect();
    assert_eq!(left, [cai(1_000), cai(500)]);
    assert_eq!(town.economy.stake(MINER, VOTER), cai(70_000), "voters lose nothing");
    assert_eq!(town.economy.node(MINER).status, Status::Inactive);

    // The rest of it, and then nothing.
    town.done(TREASURY, charge(28_500));
    assert_eq!((town.economy.own_stake(MINER), town.economy.slashable(MINER)), (Cai::ZERO, cai(70_000)));
    assert_eq!(town.done(TREASURY, charge(1)), []);
    assert_eq!(town.refused(OWNER, Operation::Release { node: MINER }), "NothingToRelease");
}

#[test]
fn a_node_that_nobody_pays_is_marked_and_a_payment_wakes_it() {
    let mut town = Town::new();
    let stream = Operation::NotifyEmission { role: Role::Miner, amount: cai(30_000), duration: 30 * DAY };
    town.done(TREASURY, stream);
    let mark = Operation::MarkIdle { node: MINER };
    town.wait(7 * DAY);
    assert_eq!(town.refused(STRANGER, mark.clone()), "NotIdleYet");
    town.wait(1);
    town.done(STRANGER, mark.clone());
    assert_eq!(town.economy.liquid(STRANGER), cai(1));
    assert_eq!(town.refused(STRANGER, mark), "AlreadyIdle");
    assert!(town.economy.node(MINER).idle);
    assert_eq!((town.economy.node(MINER).weight, town.economy.total_weight(Role::Miner)), (cai(100_000), Cai::ZERO));

    let earned = |town: &Town| town.economy.pending(MINER, VOTER, town.now).map(|(all, _)| all);
    let before = earned(&town);
    town.wait(DAY);
    assert_eq!(earned(&town), before, "it earns nothing");
    let paid = Operation::RecordPayment { coordinator: COORDINATOR, miner: MINER };
    assert_eq!(town.refused(STRANGER, paid.clone()), "AccessManagedUnauthorized");
    town.done(TREASURY, paid);
    assert_eq!(town.economy.node(MINER).paid_at, town.now.time);
    town.wait(DAY);
    let Ok(Some(more)) = before.and_then(|before| earned(&town).map(|now| now.checked_sub(before))) else {
        panic!("it earned less than nothing")
    };
    // A thousand a day, seven tenths of it for the voter; and the stream stood still in between.
    assert_eq!(more.base_units() / cai(1).base_units(), U256::from(699));
}

#[test]
fn the_tip_for_marking_a_node_is_the_owners_alone() {
    let mut town = Town::new();
    town.done(TREASURY, Operation::NotifyEmission { role: Role::Miner, amount: cai(30_000), duration: 30 * DAY });
    town.wait(7 * DAY + 1);
    town.done(VOTER, Operation::Claim { node: MINER });
    let pending = |town: &Town, who| town.economy.pending(MINER, who, town.now).expect("no overflow").0;
    let before = pending(&town, OWNER);
    town.done(STRANGER, Operation::MarkIdle { node: MINER });
    assert_eq!(before.checked_sub(pending(&town, OWNER)), Some(cai(1)));
    assert_eq!(pending(&town, VOTER), Cai::ZERO);
    town.done(VOTER, Operation::Retract { node: MINER, amount: cai(70_000) });
}

#[test]
fn a_key_is_replaced_and_all_else_stays() {
    let mut town = Town::new();
    let deadline = U256::from(town.now.time);
    let rotation =
        |node, new_key| Operation::Rotate(Box::new(Rotation { node, new_key, description: description(), deadline }));
    assert_eq!(town.refused(VOTER, rotation(MINER, NEW_KEY)), "NotNodeOwner");
    assert_eq!(town.refused(OWNER, rotation(MINER, COORDINATOR)), "NodeTaken");
    town.done(OWNER, rotation(MINER, NEW_KEY));
    let (old, new) = (town.economy.node(MINER), town.economy.node(NEW_KEY));
    assert_eq!((old.status, old.owner, old.weight), (Status::Rotated, OWNER, Cai::ZERO));
    assert_eq!((new.status, new.self_stake, new.weight), (Status::Active, cai(30_000), cai(100_000)));
    assert_eq!(town.economy.stake(NEW_KEY, VOTER), cai(70_000));
    let vote = Operation::Vote { node: MINER, amount: cai(1), max_commission: 0 };
    assert_eq!(town.refused(VOTER, vote), "NodeRotatedTo");

    // What the old key did is the node's, for as long as its signatures count.
    town.slash(MINER, 10_000, 1);
    assert_eq!(town.economy.slashable(NEW_KEY), cai(90_000));
    town.wait(7 * DAY);
    assert!(town.economy.signs(MINER, town.now) && town.economy.signs(NEW_KEY, town.now));
    town.wait(1);
    assert!(!town.economy.signs(MINER, town.now));
}

#[test]
fn a_voter_names_the_highest_commission_that_it_accepts() {
    let mut town = Town::new();
    town.done(OWNER, Operation::AnnounceCommission { node: MINER, bps: 1_000 });
    let vote = |max_commission| Operation::Vote { node: MINER, amount: cai(1), max_commission };
    assert_eq!(town.refused(VOTER, vote(999)), "CommissionAbove", "announced, not in force");
    town.done(VOTER, vote(1_000));
    town.wait(7 * DAY);
    town.done(OWNER, Operation::AnnounceCommission { node: MINER, bps: 0 });
    assert_eq!(town.refused(VOTER, vote(999)), "CommissionAbove", "in force, to be lowered");
}

#[test]
fn a_pause_closes_the_exits_for_three_days_and_begins_once_in_thirty() {
    let mut town = Town::new();
    let withdraw = Operation::Withdraw { amount: cai(1) };
    town.done(TREASURY, Operation::Pause);
    town.wait(3 * DAY - 1);
    assert_eq!(town.refused(VOTER, withdraw.clone()), "ExitsPaused");
    town.wait(1);
    town.done(VOTER, withdraw);
    assert_eq!(town.refused(VOTER, Operation::Deposit { amount: cai(1), permit: None }), "EntriesPaused");
    town.done(TREASURY, Operation::Unpause);
    town.wait(27 * DAY - 1);
    assert_eq!(town.refused(TREASURY, Operation::Pause), "PauseTooSoon");
    town.wait(1);
    town.done(TREASURY, Operation::Pause);
}

#[test]
fn no_period_starts_while_nobody_earns_and_a_reserve_moves_as_a_whole() {
    let mut town = Town::new();
    town.done(TREASURY, Operation::Fund { role: Role::Miner, amount: cai(1_000) });
    town.done(OWNER, Operation::Deregister { node: MINER });
    assert_eq!(town.refused(STRANGER, Operation::StartPeriod { role: Role::Miner }), "NobodyEarns");
    assert_eq!(town.refused(STRANGER, Operation::StartPeriod { role: Role::Coordinator }), "ReserveEmpty");

    assert_eq!(town.refused(TREASURY, Operation::Migrate { successor: EMISSION }), "BadSuccessor");
    assert_eq!(town.refused(OWNER, Operation::Migrate { successor: STRANGER }), "AccessManagedUnauthorized");
    town.done(TREASURY, Operation::Migrate { successor: STRANGER });
    assert_eq!(town.economy.reserve(Role::Miner).left, 0);
    assert_eq!(Cai::from(town.economy.reserve_of(STRANGER, Role::Miner).left), cai(1_000));
    assert_eq!(town.economy.liquid(STRANGER), cai(1_000));
}
