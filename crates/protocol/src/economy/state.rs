//! The state of the contracts, and an operation under way on it.

use std::collections::BTreeSet;

use alloy::primitives::{Address, address};

use super::{
    outcome::{Contracts, Effect, Outcome},
    tables::Tables,
};
use crate::{Cai, message::Domain};

/// Where slashed stake goes (`Staking.BURN`).
pub const BURN: Address = address!("000000000000000000000000000000000000dEaD");

/// What a network's contracts were deployed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The staking contract.
    pub staking: Address,
    /// The emission controller.
    pub emission: Address,
    /// The settlement contract.
    pub settlement: Address,
    /// Seconds of an epoch.
    pub epoch_seconds: u64,
    /// Seconds between a retract and its release.
    pub unbonding_period: u64,
    /// Seconds of an emission period.
    pub period: u64,
    /// Seconds during which results are disputed.
    pub dispute_window: u64,
    /// Seconds until escrow can leave.
    pub thaw_period: u64,
    /// Seconds after its deadline until an unpaid ticket can be claimed, and until a batch's promise can be collected.
    pub claim_delay: u64,
    /// What a coordinator's fault costs at first, in hundredths of a percent of its stake.
    pub fault_bps: u16,
}

/// A right that the network's AccessManager gives (`libraries/Roles.sol`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// It may change parameters.
    Governor,
    /// It may slash stake.
    Slasher,
    /// It may fund the streams of rewards.
    Emission,
    /// It may begin and end pauses.
    Pauser,
    /// It may report payments.
    Payment,
}

/// The moment at which an operation happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Its block's timestamp, in Unix seconds.
    pub time: u64,
}

/// The state of a network's contracts.
///
/// ```
/// use cuckoo_protocol::{Address, Cai, economy::{Economy, Now, Operation, Parameters}};
///
/// let [treasury, staking, emission, settlement] = [1, 2, 3, 4].map(Address::repeat_byte);
/// let parameters = Parameters {
///     chain_id: 31337, staking, emission, settlement, epoch_seconds: 10, unbonding_period: 120, period: 86_400,
///     dispute_window: 30, thaw_period: 60, claim_delay: 20, fault_bps: 1_000,
/// };
/// let mut economy = Economy::new(parameters, treasury, Cai::from_whole(1_000));
/// let now = Now { time: 1_700_000_000 };
/// let amount = Cai::from_whole(10);
///
/// let refusal = economy.apply(treasury, &Operation::Deposit { amount, permit: None }, now).unwrap_err();
/// assert_eq!(refusal.name(), "ERC20InsufficientAllowance");
///
/// economy.apply(treasury, &Operation::Approve { spender: staking, amount }, now)?;
/// economy.apply(treasury, &Operation::Deposit { amount, permit: None }, now)?;
/// assert_eq!(economy.balance(treasury, now)?.free, amount);
/// # Ok::<(), cuckoo_protocol::economy::Refusal>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Economy {
    pub(super) parameters: Parameters,
    pub(super) permissions: BTreeSet<(Permission, Address)>,
    pub(super) tables: Tables,
}

impl Economy {
    /// The contracts just deployed: the treasury holds the whole supply, the settlement contract may slash and report payments, and
    /// the emission controller may fund the streams.
    pub fn new(parameters: Parameters, treasury: Address, supply: Cai) -> Self {
        let permissions = BTreeSet::from([
            (Permission::Slasher, parameters.settlement),
            (Permission::Payment, parameters.settlement),
            (Permission::Emission, parameters.emission),
        ]);
        let mut tables = Tables::default();
        tables.liquid.set(treasury, supply.base_units());
        tables.fault_bps.set((), parameters.fault_bps);
        let mut economy = Self { parameters, permissions, tables };
        economy.end(true);
        economy
    }

    /// Gives `account` a permission, as the AccessManager's administrator does.
    pub fn grant(&mut self, permission: Permission, account: Address) {
        self.permissions.insert((permission, account));
    }

    /// What the network was deployed with.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    pub(super) fn end(&mut self, keep: bool) {
        self.tables.end(keep);
    }

    /// Where tickets, receipts and vouchers are signed for.
    pub fn domain(&self) -> Domain {
        Domain::new(self.parameters.chain_id, self.parameters.settlement)
    }
}

/// One operation under way. The modules beside this one implement it, each for its contract; what is written on the way to a
/// refusal is undone.
pub(super) struct Call<'a> {
    pub(super) economy: &'a mut Economy,
    pub(super) caller: Address,
    pub(super) now: Now,
    pub(super) effects: Vec<Effect>,
}

impl Call<'_> {
    pub(super) fn emit(&mut self, effect: impl Into<Effect>) {
        self.effects.push(effect.into());
    }

    /// `AccessManaged.restricted`: `who` calls a function that needs a permission.
    pub(super) fn restricted(&self, who: Address, permission: Permission) -> Outcome<()> {
        if self.economy.permissions.contains(&(permission, who)) {
            return Ok(());
        }
        Err(Contracts::AccessManagedUnauthorized { caller: who }.into())
    }
}
