//! A coordinator's proven faults (`Settlement.sol`): vouchers that contradict each other, batches that fall short of a voucher.

use alloy::primitives::{Address, B256, U256};

use super::{
    account::{REWARD_BPS, check_number},
    arithmetic::{BPS, add},
    entry::{Punishment, Status},
    outcome::{Contracts, Outcome},
    state::{Call, Economy, Permission},
};
use crate::{
    contract::Role,
    message::{
        Voucher,
        proof::{self, ANNOUNCE_DELAY, ANNOUNCE_EXPIRY},
    },
};

/// Smallest fraction of a coordinator's stake that a proven fault may cost, in hundredths of a percent.
const MIN_FAULT_BPS: u16 = 100;
/// Largest fraction of a coordinator's stake that a proven fault may cost, in hundredths of a percent.
const MAX_FAULT_BPS: u16 = 5_000;

impl Economy {
    /// Id of the evidence that a coordinator signed `a`, and `b` with less for at least as many tickets.
    pub fn contradiction(&self, a: &Voucher, b: &Voucher) -> B256 {
        proof::contradiction_id(&self.domain(), a, b)
    }

    /// Id of the evidence that a batch settled less than `voucher` says.
    pub fn short_settlement(&self, voucher: &Voucher) -> B256 {
        proof::short_settlement_id(&self.domain(), voucher)
    }

    /// What a finder announces before it proves something.
    pub fn commitment(finder: Address, evidence: B256, salt: B256) -> B256 {
        proof::commitment(finder, evidence, salt)
    }
}

impl Call<'_> {
    /// `Settlement.announce`.
    pub(super) fn announce(&mut self, commitment: B256) -> Outcome<()> {
        let time = self.economy.tables.announced.get(commitment);
        let expires = time + ANNOUNCE_EXPIRY;
        if time != 0 && self.now.time <= expires {
            return Err(Contracts::AlreadyAnnounced { expires: U256::from(expires + 1) }.into());
        }
        self.economy.tables.announced.set(commitment, self.now.time);
        let expires = U256::from(self.now.time + ANNOUNCE_EXPIRY);
        self.emit(Contracts::EvidenceAnnounced { commitment, expires });
        Ok(())
    }

    pub(super) fn prove_contradiction(&mut self, a: &Voucher, b: &Voucher, salt: B256) -> Outcome<()> {
        let same = a.coordinator == b.coordinator && a.miner == b.miner;
        if !same || a.through > b.through || a.cumulative <= b.cumulative {
            return Err(Contracts::NoContradiction {}.into());
        }
        self.punish(a, b.through, self.economy.contradiction(a, b), salt)
    }

    pub(super) fn prove_short_settlement(&mut self, voucher: &Voucher, salt: B256) -> Outcome<()> {
        let pair = (voucher.coordinator, voucher.miner);
        let account = self.economy.tables.accounts.get(pair);
        if account.through < voucher.through
            || voucher.through <= self.economy.tables.unpaid_through.get(pair)
            || self.economy.owed_beyond(pair, &account, voucher.cumulative, account.through).is_zero()
        {
            return Err(Contracts::NotShort {}.into());
        }
        self.pay_voucher(voucher)?;
        self.punish(voucher, account.through, self.economy.short_settlement(voucher), salt)
    }

    pub(super) fn set_fault_bps(&mut self, bps: u16) -> Outcome<()> {
        self.restricted(self.caller, Permission::Governor)?;
        if !(MIN_FAULT_BPS..=MAX_FAULT_BPS).contains(&bps) {
            let [have, min, max] = [bps, MIN_FAULT_BPS, MAX_FAULT_BPS].map(U256::from);
            return Err(Contracts::BadFraction { have, min, max }.into());
        }
        self.economy.tables.fault_bps.set((), bps);
        self.emit(Contracts::FaultBpsSet { faultBps: bps });
        Ok(())
    }

    /// Slashes the fraction that a fault costs, unless the fault is part of one that was punished (`Settlement._punish`).
    /// `voucher` is the part of the evidence about the lowest number, `through` the highest one that it is about.
    fn punish(&mut self, voucher: &Voucher, through: u64, evidence: B256, salt: B256) -> Outcome<()> {
        let Voucher { coordinator, miner, .. } = *voucher;
        self.check_coordinator(coordinator)?;
        if self.economy.tables.nodes.get(miner).role != Some(Role::Miner) {
            return Err(Contracts::NotAMiner { node: miner }.into());
        }
        self.check_signs(coordinator)?;
        self.check_announced(evidence, salt)?;
        let last = self.economy.tables.punished.get((coordinator, miner));
        if last.until != 0 && (self.now.time <= last.until || voucher.through <= last.through) {
            return Err(Contracts::AlreadyPunished { through: last.through, until: last.until }.into());
        }
        check_number(through)?;
        // The signer chooses the number, so a punishment that costs next to nothing excuses no later tickets.
        let active = self.economy.tables.nodes.get(coordinator).status == Status::Active;
        let through = if active { through } else { last.through };
        let until = self.now.time + self.economy.parameters.dispute_window;
        self.economy.tables.punished.set((coordinator, miner), Punishment { through, until });
        let amount = self.fine(coordinator)?;
        if amount.is_zero() {
            return Err(Contracts::NothingToSlash { node: coordinator }.into());
        }
        let settlement = self.economy.parameters.settlement;
        let (taken, reward) = self.slash(settlement, coordinator, amount, REWARD_BPS, &[evidence])?;
        let mut lost = self.economy.tables.lost.get(coordinator);
        lost.push((self.now.time, taken));
        self.economy.tables.lost.set(coordinator, lost);
        let (through, until) = (U256::from(through), U256::from(until));
        let finder = self.caller;
        self.emit(Contracts::FaultProven { coordinator, miner, finder, evidence, through, until, taken, reward });
        if reward.is_zero() { Ok(()) } else { self.pay(settlement, self.caller, reward) }
    }

    /// The fraction that a fault costs, as far as what others have cost in this unbonding period leaves it (`Fines.bounded`).
    fn fine(&self, coordinator: Address) -> Outcome<U256> {
        let stake = self.economy.slashable(coordinator).base_units();
        let since = self.now.time - self.economy.parameters.unbonding_period;
        let lost = self.economy.tables.lost.get(coordinator);
        let recent: U256 = lost.iter().filter(|(time, _)| *time > since).map(|(_, taken)| *taken).sum();
        let most = add(stake, recent)? / U256::from(2);
        let amount = stake * U256::from(self.economy.tables.fault_bps.get(())) / U256::from(BPS);
        Ok(amount.min(most.saturating_sub(recent)))
    }

    /// Refuses a proof that the caller has not announced in time (`Finders._checkAnnounced`).
    fn check_announced(&self, evidence: B256, salt: B256) -> Outcome<()> {
        let commitment = Economy::commitment(self.caller, evidence, salt);
        let time = self.economy.tables.announced.get(commitment);
        if time != 0 && (time + ANNOUNCE_DELAY..=time + ANNOUNCE_EXPIRY).contains(&self.now.time) {
            return Ok(());
        }
        Err(Contracts::NotAnnounced { commitment, time: U256::from(time) }.into())
    }
}
