//! The network's economy in Rust: who owns which CAI, in which state, after any sequence of operations.
//!
//! [`Ledger`] is the contracts' state and [`Ledger::apply`] their transition: `(state, caller, operation, now)` to the events
//! that the contracts emit, or to the custom error that they revert with. It is exact: the same integers, the same rounding,
//! the same order of checks. `tests/economy` runs both side by side on random traces, on the committed bytecode, and compares
//! every event, every refusal and every balance. Accounts and the coordinator's own books can so be derived, replayed and
//! tried out without a chain.
//!
//! What is modelled, and where each formula comes from (`contracts/src`):
//!
//! | here         | there                                             | what                                                 |
//! |--------------|---------------------------------------------------|------------------------------------------------------|
//! | `token`      | `CAIToken.sol` (OpenZeppelin's ERC20, ERC20Permit) | balances, allowances, permits                        |
//! | [`Pool`]     | `libraries/PoolMath.sol`                          | shares and tokens: join, unbond, leave, lose         |
//! | `stake`      | `Staking.sol`, `NodeRegistry.sol`                 | free stake, nodes, votes, unbonding, slashes         |
//! | `reward`     | `Rewards.sol`                                     | streams, accumulators, commission, weights by epoch  |
//! | `pause`      | `PauseGuard.sol`                                  | entries and exits under a pause                      |
//! | `emission`   | `EmissionController.sol`                          | reserves and their periods                           |
//! | `payment`    | `Settlement.sol`                                  | escrow, thaw, settling, vouchers, tickets, deficits  |
//! | `fault`      | `Settlement.sol`                                  | contradictions and short settlements                 |
//! | `arithmetic` | the compiler, OpenZeppelin's SafeCast             | overflow and casts                                   |
//!
//! Outside of the model:
//! - Signatures are taken as valid and made for this network (`BadNodeSignature` and `BadSignature` cannot occur).
//! - Types rule out what the contracts refuse at run time: a role is a miner or a coordinator (`InvalidRole`).
//! - Permissions are immediate: an AccessManager's delays pass before the operation.
//! - Gas, the court's bonds, the faucet and the contracts' constructors.

mod arithmetic;
mod emission;
mod fault;
mod operation;
mod outcome;
mod pause;
mod payment;
mod pool;
mod reward;
mod stake;
mod table;
mod token;
mod view;

use std::collections::BTreeSet;

use alloy::primitives::{Address, B256, U256, address};

use self::{
    emission::Halving,
    outcome::Outcome,
    reward::{NodeRewards, Position, Stream, Weight},
    stake::{Node, Request},
    table::{Table, Undo},
};
pub use self::{
    emission::Reserve,
    operation::{Description, Item, Operation, Registration},
    outcome::{Contracts, Effect, Refusal},
    pause::Pause,
    payment::{Account, Escrow},
    pool::Pool,
    reward::{Commission, StreamState},
    stake::{NodeState, Status, Unbonding},
    view::Balance,
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
    /// To change parameters.
    Governor,
    /// To slash stake.
    Slasher,
    /// To fund the streams of rewards.
    Emission,
    /// To begin and end pauses.
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
/// use cuckoo_protocol::{Address, Cai, economy::{Ledger, Now, Operation, Parameters}};
///
/// let [treasury, staking, emission, settlement] = [1, 2, 3, 4].map(Address::repeat_byte);
/// let parameters = Parameters {
///     chain_id: 31337, staking, emission, settlement, epoch_blocks: 10, unbonding_period: 120, period: 86_400,
///     thaw_period: 60, claim_delay: 0, fault_bps: 1_000,
/// };
/// let mut ledger = Ledger::new(parameters, treasury, Cai::from_whole(1_000));
/// let now = Now { time: 1_700_000_000, block: 1 };
/// let amount = Cai::from_whole(10);
///
/// let refusal = ledger.apply(treasury, &Operation::Deposit { amount, permit: None }, now).unwrap_err();
/// assert_eq!(refusal.name(), "ERC20InsufficientAllowance");
///
/// ledger.apply(treasury, &Operation::Approve { spender: staking, amount }, now)?;
/// ledger.apply(treasury, &Operation::Deposit { amount, permit: None }, now)?;
/// assert_eq!(ledger.balance(treasury, now)?.free, amount);
/// # Ok::<(), cuckoo_protocol::economy::Refusal>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    parameters: Parameters,
    permissions: BTreeSet<(Permission, Address)>,
    tables: Tables,
}

/// Everything that operations change; mappings are keyed as in the contracts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tables {
    liquid: Table<Address, U256>,
    allowances: Table<(Address, Address), U256>,
    permits: Table<Address, u64>,
    pause: Table<(), Pause>,
    free: Table<Address, U256>,
    nodes: Table<Address, Node>,
    pools: Table<Address, Pool>,
    requests: Table<(Address, Address), Vec<Request>>,
    slashed: Table<Address, U256>,
    streams: Table<Role, Stream>,
    weights: Table<Address, Weight>,
    rewards: Table<Address, NodeRewards>,
    positions: Table<(Address, Address), Position>,
    reserves: Table<Role, Reserve>,
    halving: Table<(), Halving>,
    escrows: Table<Address, Escrow>,
    accounts: Table<(Address, Address), Account>,
    unpaid_through: Table<(Address, Address), u64>,
    claimed: Table<B256, U256>,
    proven: Table<B256, bool>,
    fault_bps: Table<(), u16>,
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

impl Ledger {
    /// The contracts just deployed: the treasury holds the whole supply, the settlement contract may slash, and the emission
    /// controller may fund the streams.
    pub fn new(parameters: Parameters, treasury: Address, supply: Cai) -> Self {
        let permissions =
            BTreeSet::from([(Permission::Slasher, parameters.settlement), (Permission::Emission, parameters.emission)]);
        let mut tables = Tables::default();
        tables.liquid.set(treasury, supply.base_units());
        tables.fault_bps.set((), parameters.fault_bps);
        let mut ledger = Self { parameters, permissions, tables };
        ledger.end(true);
        ledger
    }

    /// Gives `account` a permission, as the AccessManager's administrator does.
    pub fn grant(&mut self, permission: Permission, account: Address) {
        self.permissions.insert((permission, account));
    }

    /// What the network was deployed with.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Carries out an operation of `caller`, or refuses it and changes nothing.
    pub fn apply(&mut self, caller: Address, operation: &Operation, now: Now) -> Result<Vec<Effect>, Refusal> {
        let mut call = Call { ledger: self, caller, now, effects: Vec::new() };
        let outcome = call.run(operation);
        let effects = call.effects;
        self.end(outcome.is_ok());
        outcome.map(|()| effects)
    }

    fn end(&mut self, keep: bool) {
        for table in self.tables.all() {
            if keep {
                table.keep();
            } else {
                table.undo();
            }
        }
    }

    fn domain(&self) -> Domain {
        Domain { chain_id: self.parameters.chain_id, staking: self.parameters.staking }
    }
}

/// One operation under way. The modules beside this one implement it, each for its contract; what is written on the way to a
/// refusal is undone.
struct Call<'a> {
    ledger: &'a mut Ledger,
    caller: Address,
    now: Now,
    effects: Vec<Effect>,
}

impl Call<'_> {
    fn emit(&mut self, effect: impl Into<Effect>) {
        self.effects.push(effect.into());
    }

    /// `AccessManaged.restricted`: `who` calls a function that needs a permission.
    fn restricted(&self, who: Address, permission: Permission) -> Outcome<()> {
        if self.ledger.permissions.contains(&(permission, who)) {
            return Ok(());
        }
        Err(Contracts::AccessManagedUnauthorized { caller: who }.into())
    }
}
