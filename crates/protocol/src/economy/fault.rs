//! A coordinator's proven faults (`Settlement.sol`): vouchers that contradict each other, batches that fall short of a voucher.

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::SolValue,
};

use super::{
    arithmetic::BPS,
    outcome::{Contracts, Outcome},
    payment::FINDER_BPS,
    state::{Call, Permission},
};
use crate::message::Voucher;

/// Smallest fraction of a coordinator's stake that a proven fault may cost, in hundredths of a percent.
const MIN_FAULT_BPS: u16 = 100;
/// Largest fraction of a coordinator's stake that a proven fault may cost, in hundredths of a percent.
const MAX_FAULT_BPS: u16 = 5_000;

impl Call<'_> {
    pub(super) fn prove_contradiction(&mut self, a: &Voucher, b: &Voucher) -> Outcome<()> {
        let evidence =
            |voucher| keccak256((keccak256("contradiction"), self.economy.domain().digest(voucher)).abi_encode());
        let (first, second) = (evidence(a), evidence(b));
        let same = a.coordinator == b.coordinator && a.miner == b.miner;
        if !same || a.through > b.through || a.cumulative <= b.cumulative {
            return Err(Contracts::NoContradiction {}.into());
        }
        self.prove(first)?;
        self.prove(second)?;
        self.punish(a.coordinator, second)
    }

    pub(super) fn prove_short_settlement(&mut self, voucher: &Voucher) -> Outcome<()> {
        let pair = (voucher.coordinator, voucher.miner);
        let account = self.economy.tables.accounts.get(pair);
        if account.through < voucher.through
            || account.settled >= voucher.cumulative
            || voucher.through <= self.economy.tables.unpaid_through.get(pair)
        {
            return Err(Contracts::NotShort {}.into());
        }
        let terms = (keccak256("short settlement"), voucher.coordinator, voucher.miner, account.through);
        let evidence = keccak256(terms.abi_encode());
        self.prove(evidence)?;
        self.pay_voucher(voucher)?;
        self.punish(voucher.coordinator, evidence)
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

    /// Uses up a piece of evidence.
    fn prove(&mut self, evidence: B256) -> Outcome<()> {
        if self.economy.tables.proven.get(evidence) {
            return Err(Contracts::AlreadyProven { evidence }.into());
        }
        self.economy.tables.proven.set(evidence, true);
        Ok(())
    }

    /// Slashes the fraction that a fault costs (`Settlement._punish`).
    fn punish(&mut self, coordinator: Address, evidence: B256) -> Outcome<()> {
        self.check_coordinator(coordinator)?;
        let slashable = U256::from(self.economy.tables.pools.get(coordinator).tokens);
        let amount = slashable * U256::from(self.economy.tables.fault_bps.get(())) / U256::from(BPS);
        if amount.is_zero() {
            return Err(Contracts::NothingToSlash { node: coordinator }.into());
        }
        let settlement = self.economy.parameters.settlement;
        let (taken, _) = self.slash(settlement, coordinator, amount, self.caller, FINDER_BPS)?;
        self.emit(Contracts::FaultProven { coordinator, finder: self.caller, evidence, taken });
        Ok(())
    }
}
