//! Everything that operations change; mappings are keyed as in the contracts.

use alloy::primitives::{Address, B256, U256};

use super::{
    entry::{
        Account, Collection, Credit, Escrow, Halving, Node, NodeRewards, Pause, PoolId, Position, Punishment, Request,
        Reserve, Stream, Successor,
    },
    pool::Pool,
    table::{Table, Undo},
};
use crate::contract::Role;

/// A coordinator's and a miner's key.
pub(super) type Pair = (Address, Address);

macro_rules! tables {
    ($($name:ident: $key:ty => $value:ty,)*) => {
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub(super) struct Tables {
            $(pub(super) $name: Table<$key, $value>,)*
        }

        impl Tables {
            /// The end of an operation: what it wrote stays, or goes.
            pub(super) fn end(&mut self, keep: bool) {
                $(if keep { self.$name.keep() } else { self.$name.undo() })*
            }
        }
    };
}

tables! {
    // The token.
    liquid: Address => U256,
    allowances: (Address, Address) => U256,
    permits: Address => u64,

    // Staking: by address, by node, and by pool.
    pause: () => Pause,
    free: Address => U256,
    nodes: Address => Node,
    successors: Address => Successor,
    pool_count: () => PoolId,
    pools: PoolId => Pool,
    requests: (PoolId, Address) => Vec<Request>,
    positions: (PoolId, Address) => Position,
    weights: PoolId => u128,
    rewards: PoolId => NodeRewards,
    paid_at: PoolId => u64,
    slashed: PoolId => U256,
    spent: B256 => bool,
    streams: Role => Stream,

    // The emission controllers: this network's, and one that may succeed it.
    reserves: (Address, Role) => Reserve,
    halving: () => Halving,

    // Settlement.
    escrows: Address => Escrow,
    promised: Address => U256,
    accounts: Pair => Account,
    credits: Address => Credit,
    collections: Pair => Collection,
    claims: Pair => Vec<(u64, u128)>,
    unpaid_through: Pair => u64,
    claimed: B256 => U256,
    announced: B256 => u64,
    punished: Pair => Punishment,
    lost: Address => Vec<(u64, U256)>,
    fault_bps: () => u16,
    retired: () => bool,
}
