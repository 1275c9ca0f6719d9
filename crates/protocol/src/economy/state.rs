//! The state of the contracts, and an operation under way on it.

use std::collections::BTreeSet;

use alloy::primitives::{Address, B256, U256, address};

use super::{
    entry::{Account, Escrow, Halving, Node, NodeRewards, Pause, Position, Request, Reserve, Stream, Weight},
    outcome::{Contracts, Effect, Outcome},
    pool::Pool,
    table::{Table, Undo},
};
use crate::{Cai, contract::Role, message::Domain};

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
    /// Blocks of an epoch.
    pub epoch_blocks: u64,
    /// Seconds between a retract and its release.
    pub unbonding_period: u64,
    /// Seconds of an emission period.
    pub period: u64,
    /// Seconds until escrow can leave.
    pub thaw_period: u64,
    /// Seconds after its deadline until an unpaid ticket can be claimed.
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
}

/// The block in which an operation happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Its timestamp, in Unix seconds.
    pub time: u64,
    /// Its number.
    pub block: u64,
}

/// The state of a network's contracts.
///
/// ```
/// use cuckoo_protocol::{Address, Cai, economy::{Economy, Now, Operation, Parameters}};
///
/// let [treasury, staking, emission, settlement] = [1, 2, 3, 4].map(Address::repeat_byte);
/// let parameters = Parameters {
///     chain_id: 31337, staking, emission, settlement, epoch_blocks: 10, unbonding_period: 120, period: 86_400,
///     thaw_period: 60, claim_delay: 0, fault_bps: 1_000,
/// };
/// let mut economy = Economy::new(parameters, treasury, Cai::from_whole(1_000));
/// let now = Now { time: 1_700_000_000, block: 1 };
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

/// Everything that operations change; mappings are keyed as in the contracts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tables {
    pub(super) liquid: Table<Address, U256>,
    pub(super) allowances: Table<(Address, Address), U256>,
    pub(super) permits: Table<Address, u64>,
    pub(super) pause: Table<(), Pause>,
    pub(super) free: Table<Address, U256>,
    pub(super) nodes: Table<Address, Node>,
    pub(super) pools: Table<Address, Pool>,
    pub(super) requests: Table<(Address, Address), Vec<Request>>,
    pub(super) slashed: Table<Address, U256>,
    pub(super) streams: Table<Role, Stream>,
    pub(super) weights: Table<Address, Weight>,
    pub(super) rewards: Table<Address, NodeRewards>,
    pub(super) positions: Table<(Address, Address), Position>,
    pub(super) reserves: Table<Role, Reserve>,
    pub(super) halving: Table<(), Halving>,
    pub(super) escrows: Table<Address, Escrow>,
    pub(super) accounts: Table<(Address, Address), Account>,
    pub(super) unpaid_through: Table<(Address, Address), u64>,
    pub(super) claimed: Table<B256, U256>,
    pub(super) proven: Table<B256, bool>,
    pub(super) fault_bps: Table<(), u16>,
}

impl Tables {
    /// Every table; the pattern without `..` is what keeps the list whole.
    fn all(&mut self) -> [&mut dyn Undo; 21] {
        let Self {
            liquid,
            allowances,
            permits,
            pause,
            free,
            nodes,
            pools,
            requests,
            slashed,
            streams,
            weights,
            rewards,
            positions,
            reserves,
            halving,
            escrows,
            accounts,
            unpaid_through,
            claimed,
            proven,
            fault_bps,
        } = self;
        [
            liquid,
            allowances,
            permits,
            pause,
            free,
            nodes,
            pools,
            requests,
            slashed,
            streams,
            weights,
            rewards,
            positions,
            reserves,
            halving,
            escrows,
            accounts,
            unpaid_through,
            claimed,
            proven,
            fault_bps,
        ]
    }
}

impl Economy {
    /// The contracts just deployed: the treasury holds the whole supply, the settlement contract may slash, and the emission
    /// controller may fund the streams.
    pub fn new(parameters: Parameters, treasury: Address, supply: Cai) -> Self {
        let permissions =
            BTreeSet::from([(Permission::Slasher, parameters.settlement), (Permission::Emission, parameters.emission)]);
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
        for table in self.tables.all() {
            if keep {
                table.keep();
            } else {
                table.undo();
            }
        }
    }

    pub(super) fn domain(&self) -> Domain {
        Domain { chain_id: self.parameters.chain_id, contract: self.parameters.settlement }
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
