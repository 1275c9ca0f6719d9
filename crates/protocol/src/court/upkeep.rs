//! Juries' sums kept true: records of nodes that have gone, or have fallen silent, are written down again by the others, a few of which
//! have a turn in each epoch.
//!
//! The registry of jurors counts a record until somebody refreshes it, so that seats would fall to stake that is not there. Who has
//! stopped renewing a record without taking it back is written down again as well: then its silence costs it something.

use std::collections::BTreeSet;

use alloy::{
    primitives::{Address, U256, keccak256},
    sol_types::SolValue,
};

use super::{Declaration, Record, View};

/// Nodes that have a turn in an epoch: one of them is enough, and the others are there in case that it is not.
pub const KEEPERS: u64 = 3;
/// At most this many records are looked at in an epoch; those of more are looked at in several epochs, one part after another.
pub const LOOKED_AT: usize = 128;
/// The place of a node among those that have a turn in an epoch, from 0 up; `None` of one that has none. `standing` are the nodes whose
/// records count: they are ranked by a hash, so that others have a turn in each epoch.
pub fn keeper(epoch: u64, node: Address, standing: &BTreeSet<Address>) -> Option<u64> {
    if !standing.contains(&node) {
        return None;
    }
    let place = |node: &Address| keccak256((U256::from(epoch), *node).abi_encode());
    let own = place(&node);
    let before = standing.iter().filter(|other| place(other) < own).take(KEEPERS as usize).count() as u64;
    (before < KEEPERS).then_some(before)
}

/// Whether it is the turn of the keeper at this place. The first part of an epoch belongs to the nodes themselves, which renew their own
/// records in it; then each keeper has a part, one after another, and finds what those before it have left.
pub fn keeps(view: &View, place: u64) -> bool {
    let clock = view.clock();
    let parts = KEEPERS + 1;
    let begin = |part: u64| {
        let wait = view.rules.epoch_seconds.saturating_mul(part) / parts;
        clock.start_of(clock.epoch()).saturating_add(wait)
    };
    place < KEEPERS && (begin(place + 1)..begin(place + 2)).contains(&view.now)
}

/// The part of all records that is looked at in an epoch.
pub fn looked_at<T>(records: &[T], epoch: u64) -> &[T] {
    let parts = records.len().div_ceil(LOOKED_AT).max(1);
    records.chunks(LOOKED_AT).nth((epoch % parts as u64) as usize).unwrap_or_default()
}

/// Whether a record stands no longer: the node has gone, it has a tenth less than is written down, or the record is too old to count.
pub fn lapses(view: &View, record: &Record) -> bool {
    let Declaration { epoch, stake } = record.declaration;
    let age = view.clock().epoch().saturating_sub(epoch);
    let is_less = U256::from(record.stake) * U256::from(10) <= U256::from(stake) * U256::from(9);
    stake > 0 && (record.stake == 0 || age >= view.rules.validity || age > 0 && is_less)
}
