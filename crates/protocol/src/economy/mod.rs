//! The network's economy in Rust: who owns which CAI, in which state, after any sequence of operations.
//!
//! [`Economy`] is the contracts' state and [`Economy::apply`] their transition: `(state, caller, operation, now)` to the events
//! that the contracts emit, or to the custom error that they revert with. It is exact: the same integers, the same rounding,
//! the same order of checks. `tests/economy` runs both side by side on random traces, on the committed bytecode, and compares
//! every event, every refusal and every balance. So accounts and a coordinator's own books can be derived, replayed and tried
//! out without a chain.
//!
//! What is modelled, and where each formula comes from (`contracts/src`):
//!
//! | here | there | what |
//! |---|---|---|
//! | `token` | `CAIToken.sol` (OpenZeppelin's ERC20, ERC20Permit) | balances, allowances, permits |
//! | [`Pool`] | `libraries/PoolMath.sol` | shares and tokens: join, unbond, leave, lose |
//! | `stake` | `staking/{FreeStake, Votes}.sol` | free stake, votes, unbonding |
//! | `node` | `Staking.sol`, `staking/{NodeRegistry, Rotation}.sol` | registration, commission, rotation of keys |
//! | `punish` | `staking/Slashing.sol` | slashes, charges, spent evidence |
//! | `idle` | `staking/Idleness.sol` | idle nodes and the payments that end it |
//! | `reward` | `staking/Rewards.sol` | streams, accumulators, commission, weights |
//! | `pause` | `staking/PauseGuard.sol` | entries and exits under a pause |
//! | `emission` | `EmissionController.sol` | reserves and their periods |
//! | `escrow` | `settlement/{Escrows, SettlementParameters}.sol` | escrow, thaw, retirement |
//! | `account` | `settlement/{Accounts, Payouts}.sol` | batches, collections, deficits, what is burned of a payment |
//! | `voucher` | `settlement/Vouchers.sol` | vouchers, tickets |
//! | `fault` | `Settlement.sol`, `libraries/Finders.sol` | announcements, contradictions, short settlements |
//! | `arithmetic` | the compiler, OpenZeppelin's SafeCast | overflow and casts |
//!
//! Outside of the model:
//! - Signatures are taken as valid and made for this network (`BadNodeSignature` and `BadSignature` cannot occur).
//! - Types rule out what the contracts refuse at run time: a role is a miner or a coordinator (`InvalidRole`), a batch is made of
//!   whole lines (`BadLines`), a reserve moves to a controller.
//! - Permissions are immediate: an AccessManager's delays pass before the operation.
//! - Gas, the court's bonds, the faucet and the contracts' constructors.

mod account;
mod apply;
mod arithmetic;
mod emission;
mod entry;
mod escrow;
mod fault;
mod idle;
mod node;
mod operation;
#[expect(clippy::too_many_arguments, reason = "an event has as many fields as the contract gives it")]
mod outcome;
mod pause;
mod pool;
mod punish;
mod reward;
mod stake;
mod state;
mod table;
mod tables;
#[cfg(test)]
mod tests;
mod token;
mod view;
mod voucher;

pub use self::{
    entry::{
        Account, Collection, Commission, Escrow, NodeState, Pause, Punishment, Reserve, Status, StreamState, Successor,
        Unbonding,
    },
    operation::{Description, Item, Operation, Registration, Rotation},
    outcome::{Contracts, Effect, Refusal},
    pool::Pool,
    state::{BURN, Economy, Now, Parameters, Permission},
    view::Balance,
};
