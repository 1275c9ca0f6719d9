//! Cases and views as tests of the court's parts make them.

use std::collections::BTreeSet;

use alloy::primitives::{Address, B256};
use cuckoo_protocol::court::{Case, Draw, Outcome, Phase, Rules, Standing, State, Tally, View};

pub(super) const NODE: Address = Address::repeat_byte(1);
pub(super) const ACCUSED: Address = Address::repeat_byte(3);

/// An open case in its first draw.
pub(super) fn case(id: u8, challenger: Address, opened: u64, phase: Phase) -> Case {
    let draw = Draw {
        round: 1,
        epoch: opened + 1,
        phase,
        until: Some(70),
        tally: Tally::default(),
        outcome: Outcome::Pending,
        source_round: 0,
        seed_at: 0,
        reward: 0,
    };
    Case {
        id: B256::repeat_byte(id),
        state: State::Open,
        accused: ACCUSED,
        challengers: vec![challenger],
        parties: BTreeSet::new(),
        opened,
        bond: 0,
        dock: 0,
        manifest: B256::ZERO,
        records: 0,
        receipts: vec![],
        tickets: vec![],
        evidence: vec![],
        draw,
        jurors: vec![],
        mine: None,
        panel: BTreeSet::new(),
        absent: vec![],
        unsettled: vec![],
        owed: 0,
    }
}

/// A view with these cases.
pub(super) fn view(now: u64, cases: Vec<Case>) -> View {
    let rules = Rules { epoch_seconds: 10, seats: 31, validity: 1, window: 1 };
    View { block: now, block_hash: B256::ZERO, now, rules, standing: Standing::default(), records: vec![], cases }
}
