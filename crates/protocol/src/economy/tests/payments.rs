//! Payments: batches, vouchers, claims, what they have in common, and faults.

use alloy::primitives::aliases::U96;

use super::*;
use crate::{
    economy::{BURN, Item, Rotation},
    message::{Receipt, Ticket, Voucher},
};

/// A second miner of the owner.
const OTHER: Address = Address::repeat_byte(0x11);

impl Town {
    /// With that much escrow, and a second miner.
    fn trading(escrow: u64) -> Self {
        let mut town = Self::new();
        town.register(OTHER, Role::Miner, 25_000);
        let deposit = Operation::DepositEscrow { coordinator: COORDINATOR, amount: cai(escrow), permit: None };
        town.done(OWNER, deposit);
        town
    }

    /// What the coordinator owes the miner in all, and what it has paid or promised.
    fn accounted(&self) -> Cai {
        let account = self.economy.account(COORDINATOR, MINER);
        let (_, claimed) = self.economy.claims(COORDINATOR, MINER);
        [Cai::from(account.settled), claimed].into_iter().sum()
    }

    fn claim(&self, number: u64, tokens: u32) -> Operation {
        let ticket = Ticket {
            coordinator: COORDINATOR,
            miner: MINER,
            number,
            price: wei(100),
            completionRate: wei(1_000),
            deadline: 1_700_000_000,
            ..Ticket::default()
        };
        let digest = self.economy.domain().digest(&ticket);
        let receipt = Receipt { ticket: digest, completionTokens: tokens, ..Receipt::default() };
        Operation::ClaimTicket { ticket: Box::new(ticket), receipt: Box::new(receipt) }
    }
}

fn wei(whole: u64) -> u128 {
    cai(whole).base_units().to()
}

fn batch(miner: Address, cumulative: u64, through: u64) -> Operation {
    let items = vec![Item { miner, cumulative: U96::from(wei(cumulative)), through }];
    Operation::Settle { coordinator: COORDINATOR, items }
}

fn voucher(miner: Address, cumulative: u64, through: u64) -> Voucher {
    Voucher { coordinator: COORDINATOR, miner, cumulative: wei(cumulative), through }
}

fn redeem(miner: Address, cumulative: u64, through: u64) -> Operation {
    Operation::Redeem { voucher: voucher(miner, cumulative, through) }
}

fn collect(miner: Address) -> Operation {
    Operation::Collect { coordinator: COORDINATOR, miner }
}

#[test]
fn a_batch_promises_and_a_collection_pays_after_the_delay_less_what_is_burned() {
    let mut town = Town::trading(100);
    town.done(COORDINATOR, batch(MINER, 50, 3));
    assert_eq!(town.economy.promised(COORDINATOR), cai(50));
    assert_eq!(town.economy.escrow(COORDINATOR).balance, wei(50));

    town.done(STRANGER, collect(MINER));
    town.wait(4 * HOUR - 1);
    assert_eq!(town.refused(STRANGER, collect(MINER)), "CollectNotDue");
    town.done(COORDINATOR, batch(MINER, 60, 4));
    town.wait(1);
    let before = town.economy.liquid(OWNER);
    town.done(STRANGER, collect(MINER));
    assert_eq!(town.economy.liquid(OWNER).checked_sub(before), Some(cai(49)));
    assert_eq!(town.economy.liquid(BURN), cai(1));
    assert_eq!(town.economy.node(MINER).paid_at, town.now.time);
    // What came in between waits for the next time.
    assert_eq!(town.economy.collection(COORDINATOR, MINER).amount, wei(10));
    assert_eq!(town.refused(STRANGER, collect(MINER)), "CollectNotDue");
}

#[test]
fn a_voucher_is_paid_from_escrow_then_promises_then_the_owners_stake() {
    let mut town = Town::trading(100);
    town.done(COORDINATOR, batch(OTHER, 70, 1));
    let stakes = |town: &Town| (town.economy.own_stake(COORDINATOR), town.economy.stake(COORDINATOR, VOTER));
    town.done(STRANGER, redeem(MINER, 50, 1));
    assert_eq!((town.economy.escrow(COORDINATOR).balance, town.economy.promised(COORDINATOR)), (0, cai(50)));
    assert_eq!(stakes(&town), (cai(3_000_000), cai(1_000_000)));

    town.done(STRANGER, redeem(MINER, 110, 2));
    assert_eq!(town.economy.credit(MINER), cai(110));
    assert_eq!(town.economy.promised(COORDINATOR), Cai::ZERO);
    assert_eq!(stakes(&town), (cai(2_999_950), cai(1_000_000)), "five times the 10 that were missing");

    // The other miner is still owed what its batch says.
    town.done(STRANGER, collect(OTHER));
    town.wait(4 * HOUR);
    town.done(STRANGER, collect(OTHER));
    assert_eq!(stakes(&town).0, cai(2_999_600));
}

#[test]
fn every_order_of_voucher_batch_and_claim_pays_the_same() {
    let first = || redeem(MINER, 80, 4);
    let last = || batch(MINER, 180, 5);
    for order in 0..5 {
        let mut town = Town::trading(1_000);
        let claim = town.claim(5, 100);
        town.wait(4 * HOUR + 1);
        let (owner, any) = (OWNER, STRANGER);
        match order {
            0 => drop([town.done(any, first()), town.done(owner, claim), town.done(owner, last())]),
            1 => drop([town.done(owner, claim), town.done(any, first()), town.done(owner, last())]),
            2 => drop([town.done(owner, claim), town.done(owner, last())]),
            3 => {
                drop([town.done(any, first()), town.done(owner, last())]);
                assert_eq!(town.refused(owner, claim), "TicketSettled");
            }
            _ => {
                town.done(owner, last());
                assert_eq!(town.refused(any, first()), "NothingOwed");
            }
        }
        assert_eq!(town.accounted(), cai(180), "{order}");
        assert_eq!(town.economy.escrow(COORDINATOR).balance, wei(820), "{order}");
    }
}

#[test]
fn a_claim_pays_what_the_receipt_counts_to_the_miner_alone_in_time_and_in_order() {
    let mut town = Town::trading(1_000);
    let claims = [(5, 7), (5, 60), (5, 101), (4, 1), (6, 1)].map(|(number, tokens)| town.claim(number, tokens));
    let [seven, sixty, bound, earlier, later] = claims;
    town.wait(4 * HOUR);
    assert_eq!(town.refused(OWNER, seven.clone()), "TicketNotDue");
    town.wait(1);
    assert_eq!(town.refused(STRANGER, seven.clone()), "NotAllowed");
    town.done(MINER, seven.clone());
    assert_eq!(town.economy.credit(MINER), cai(7));
    assert_eq!(town.refused(MINER, seven), "NothingOwed");
    // Another receipt for the same ticket pays the difference, at most to the ticket's price.
    town.done(OWNER, sixty);
    town.done(OWNER, bound);
    assert_eq!(town.economy.credit(MINER), cai(100));
    assert_eq!(town.refused(OWNER, earlier), "ClaimOrder");
    town.wait(2 * DAY - 4 * HOUR);
    assert_eq!(town.refused(OWNER, later), "TicketExpired");

    let before = town.economy.liquid(OWNER);
    town.done(STRANGER, Operation::PayOut { miner: MINER });
    assert_eq!(town.economy.liquid(OWNER).checked_sub(before), Some(cai(98)));
    assert_eq!(town.refused(STRANGER, Operation::PayOut { miner: MINER }), "NothingOwed");
    assert_eq!(town.refused(STRANGER, Operation::PayOut { miner: COORDINATOR }), "NotAMiner");
}

#[test]
fn a_fault_is_punished_once_and_proven_only_by_who_announced_it() {
    let mut town = Town::trading(100);
    let salt = B256::repeat_byte(9);
    let slip = |through| (voucher(MINER, 20, through), voucher(MINER, 10, through + 1));
    let prove = |through| {
        let (a, b) = slip(through);
        Operation::ProveContradiction { a, b, salt }
    };
    let announce = |town: &Town, through| {
        let (a, b) = slip(through);
        let commitment = Economy::commitment(STRANGER, town.economy.contradiction(&a, &b), salt);
        Operation::Announce { commitment }
    };
    assert_eq!(town.refused(STRANGER, prove(1)), "NotAnnounced", "never");
    let announcement = announce(&town, 1);
    town.done(VOTER, announcement.clone());
    assert_eq!(town.refused(VOTER, announcement), "AlreadyAnnounced");
    town.wait(59);
    assert_eq!(town.refused(STRANGER, prove(1)), "NotAnnounced", "too early");
    town.wait(1);
    assert_eq!(town.refused(VOTER, prove(1)), "NotAnnounced", "by another");
    town.done(STRANGER, prove(1));
    // A tenth of 4,000,000, of which three quarters are the owner's, a fifth of them.
    assert_eq!(town.economy.slashable(COORDINATOR), cai(3_600_000));
    assert_eq!(town.economy.liquid(STRANGER), cai(60_000));

    town.wait(DAY);
    for through in [2, 3] {
        let announcement = announce(&town, through);
        town.done(STRANGER, announcement);
    }
    town.wait(DAY);
    assert_eq!(town.refused(STRANGER, prove(3)), "AlreadyPunished", "within the window");
    town.wait(1);
    assert_eq!(town.refused(STRANGER, prove(3)), "NotAnnounced", "too late");
    for through in [2, 3] {
        let announcement = announce(&town, through);
        town.done(STRANGER, announcement);
    }
    town.wait(60);
    assert_eq!(town.refused(STRANGER, prove(2)), "AlreadyPunished", "up to the last number");
    let burned = town.economy.liquid(BURN);
    town.done(STRANGER, prove(3));
    assert_eq!(town.economy.liquid(STRANGER), cai(114_000));
    assert_eq!(town.economy.liquid(BURN).checked_sub(burned), Some(cai(306_000)));
}

#[test]
fn a_batch_that_falls_short_of_a_voucher_is_made_up_for_and_punished() {
    let mut town = Town::trading(100);
    let prove = Operation::ProveShortSettlement { voucher: voucher(MINER, 50, 3), salt: B256::ZERO };
    assert_eq!(town.refused(STRANGER, prove.clone()), "NotShort", "nothing is settled yet");
    town.done(COORDINATOR, batch(MINER, 30, 4));
    assert_eq!(town.refused(STRANGER, prove.clone()), "NotAnnounced");
    let evidence = town.economy.short_settlement(&voucher(MINER, 50, 3));
    let commitment = Economy::commitment(STRANGER, evidence, B256::ZERO);
    town.done(STRANGER, Operation::Announce { commitment });
    town.wait(60);
    town.done(STRANGER, prove.clone());
    assert_eq!(town.economy.credit(MINER), cai(20));
    assert_eq!(town.economy.slashable(COORDINATOR), cai(3_600_000));
    assert_eq!(town.economy.punishment(COORDINATOR, MINER).through, 4);
    assert_eq!(town.refused(STRANGER, prove), "NotShort");
}

#[test]
fn a_retired_settlement_takes_nothing_and_pays_everything() {
    let mut town = Town::trading(100);
    town.done(COORDINATOR, batch(MINER, 50, 1));
    assert_eq!(town.refused(OWNER, Operation::Retire), "AccessManagedUnauthorized");
    town.done(TREASURY, Operation::Retire);
    assert_eq!(town.refused(TREASURY, Operation::Retire), "IsRetired");
    assert_eq!(town.refused(COORDINATOR, batch(MINER, 60, 2)), "IsRetired");
    let deposit = Operation::DepositEscrow { coordinator: COORDINATOR, amount: cai(1), permit: None };
    assert_eq!(town.refused(OWNER, deposit), "IsRetired");
    town.done(STRANGER, redeem(MINER, 60, 2));
    town.done(STRANGER, collect(MINER));
    town.wait(4 * HOUR);
    town.done(STRANGER, collect(MINER));
    assert_eq!(town.economy.liquid(BURN), Cai::from_base_units(cai(60).base_units() / U256::from(50)));
}

#[test]
fn a_replaced_key_signs_for_one_unbonding_period() {
    let mut town = Town::trading(90);
    let (node, deadline) = (COORDINATOR, U256::from(town.now.time));
    let rotation = Rotation { node, new_key: NEW_KEY, description: description(), deadline };
    town.done(OWNER, Operation::Rotate(Box::new(rotation)));
    town.wait(7 * DAY);
    town.done(STRANGER, redeem(MINER, 60, 1));
    town.done(COORDINATOR, batch(MINER, 70, 2));
    // Its stake answers for what it signed, under whichever key.
    town.done(STRANGER, redeem(MINER, 110, 3));
    assert_eq!(town.economy.own_stake(NEW_KEY), cai(2_999_950));
    town.wait(1);
    assert_eq!(town.refused(STRANGER, redeem(MINER, 120, 4)), "KeyReplaced");
    assert_eq!(town.refused(COORDINATOR, batch(MINER, 120, 4)), "KeyReplaced");
}
