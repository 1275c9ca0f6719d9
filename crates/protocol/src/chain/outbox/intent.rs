//! What somebody wants done on the chain, every transaction that was signed for it, and what to do next: pure, without I/O.

use std::collections::BTreeSet;

use alloy::primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

use crate::chain::{
    fees::Fees,
    transaction::{Call, Simulation},
};

/// Blocks without the transaction before its fee is raised: its price has room for six full blocks in a row.
const PATIENCE: u64 = 6;
/// Looks in a row that find the nonce used and no receipt, over about two blocks, before it is worth looking for the transaction
/// that has used it: most often the endpoint's receipts are behind its nonces.
pub(super) const OVERTAKEN_LOOKS: u32 = 5;
/// The fee is raised up to this many times what it was at first, unless the sender names a price.
const CAP: u128 = 10;

/// One signed transaction of an intent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its hash.
    pub hash: B256,
    /// What it pays.
    pub fees: Fees,
    /// The signed bytes as they are sent.
    pub raw: Bytes,
    /// When it was signed, in seconds since the Unix epoch.
    pub signed_at: u64,
}

/// How far an intent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    /// Signed; whether anybody has seen it is not known.
    Signed,
    /// An endpoint has taken it.
    Sent,
    /// In a block, and it did what it should.
    Confirmed {
        /// The transaction that did it.
        hash: B256,
        /// The block's number.
        block: u64,
    },
    /// In a block, and it changed nothing.
    Reverted {
        /// The transaction that did not do it.
        hash: B256,
        /// The block's number.
        block: u64,
    },
    /// Another transaction of the key has used its nonce: this one can never be in a block.
    Replaced,
    /// The endpoint refused it when it was new, so nobody has it and its nonce is free.
    Refused,
}

impl State {
    /// True while something may still come of it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Signed | Self::Sent)
    }

    /// The state's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Sent => "sent",
            Self::Confirmed { .. } => "confirmed",
            Self::Reverted { .. } => "reverted",
            Self::Replaced => "replaced",
            Self::Refused => "refused",
        }
    }
}

/// Something to be done on the chain, exactly once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Its number among those of its key.
    pub id: u64,
    /// What it is, in words.
    pub title: String,
    /// The chain.
    pub chain_id: u64,
    /// The address of the key that signs.
    pub from: Address,
    /// The contract, or `None` to create one.
    pub to: Option<Address>,
    /// Function and arguments, or the code to deploy.
    pub data: Bytes,
    /// The amount of the chain's own coin that is sent along, in wei.
    pub value: U256,
    /// Its number among the transactions of the key.
    pub nonce: u64,
    /// Gas limit.
    pub gas: u64,
    /// The most that a unit of gas may ever cost, in wei.
    #[serde(with = "alloy::serde::quantity")]
    pub cap: u128,
    /// Every transaction that was signed for it, the newest last; never empty.
    pub attempts: Vec<Attempt>,
    /// How far it is.
    #[serde(flatten)]
    pub state: State,
    /// When it came to be, in seconds since the Unix epoch.
    pub created_at: u64,
    /// When its state changed last.
    pub changed_at: u64,
}

impl Intent {
    /// What it does.
    pub fn call(&self) -> Call {
        Call { to: self.to, data: self.data.clone(), value: self.value }
    }

    /// The hash to name it by: of the transaction in a block, or of the newest.
    pub fn hash(&self) -> B256 {
        match self.state {
            State::Confirmed { hash, .. } | State::Reverted { hash, .. } => hash,
            _ => self.attempts.last().map_or(B256::ZERO, |attempt| attempt.hash),
        }
    }

    /// True if the transaction was signed for this.
    pub fn has(&self, hash: B256) -> bool {
        self.attempts.iter().any(|attempt| attempt.hash == hash)
    }

    /// The same gas at another price.
    pub(super) fn priced(&self, fees: Fees) -> Simulation {
        let Fees { max_fee_per_gas, max_priority_fee_per_gas, legacy } = fees;
        Simulation { gas: self.gas, max_fee_per_gas, max_priority_fee_per_gas, legacy }
    }
}

/// The most that a unit of gas may ever cost, by what it costs at first.
pub(super) fn cap(first: u128) -> u128 {
    first.saturating_mul(CAP)
}

/// The nonce of the next intent: the first from the chain's count on that no open intent has. That leaves no gap behind, and
/// fills one that transactions of others have left.
pub(super) fn next_nonce<'a>(pending: u64, intents: impl IntoIterator<Item = &'a Intent>) -> u64 {
    let taken: BTreeSet<_> =
        intents.into_iter().filter(|intent| intent.state.is_open()).map(|intent| intent.nonce).collect();
    let mut nonce = pending;
    while taken.contains(&nonce) {
        nonce += 1;
    }
    nonce
}

/// What one look at the chain found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sighting {
    /// The newest block.
    pub(super) head: u64,
    /// The key's transactions up to it.
    pub(super) count: u64,
    /// The receipt of one of the intent's transactions.
    pub(super) mined: Option<Mined>,
    /// The endpoint knows one of them.
    pub(super) known: bool,
    /// Another transaction of the key was seen in a block with the intent's nonce: the only proof that the intent's own never will be.
    pub(super) overtaken: bool,
    /// What the next block asks for a unit of gas.
    pub(super) base_fee: u128,
    /// What one would pay now.
    pub(super) usual: Fees,
}

/// A receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mined {
    pub(super) hash: B256,
    pub(super) block: u64,
    pub(super) success: bool,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is over.
    Settle(State),
    /// The endpoint does not know the newest transaction: offer it.
    Offer,
    /// Sign it again at a higher price.
    Replace(Fees),
    /// It waits for a lower price, since its own is at the cap.
    Hold,
    /// It is on its way.
    Wait,
}

/// What has been seen of one intent so far. A new process begins again, which costs time and nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watch {
    /// The newest transaction, and the block at which it was seen first.
    since: Option<(B256, u64)>,
    /// Looks in a row that found the nonce used and no receipt.
    used: u32,
}

impl Watch {
    /// Whether the next look is to find out who has used the nonce.
    pub(super) fn wants_proof(&self) -> bool {
        (self.used + 1).is_multiple_of(OVERTAKEN_LOOKS)
    }

    /// Whether the endpoint had its chance: it says that the nonce is used, and not by what.
    pub(super) fn is_at_a_loss(&self) -> bool {
        self.used > 0 && self.used.is_multiple_of(OVERTAKEN_LOOKS)
    }

    /// What to do after a look.
    pub(super) fn step(&mut self, intent: &Intent, sighting: &Sighting) -> Step {
        let Some(newest) = intent.attempts.last() else { return Step::Settle(State::Refused) };
        if let Some(Mined { hash, block, success }) = sighting.mined {
            return Step::Settle(match success {
                true => State::Confirmed { hash, block },
                false => State::Reverted { hash, block },
            });
        }
        // What was given up is never offered again: somebody may have done it in another way.
        if matches!(intent.state, State::Replaced | State::Refused) {
            return Step::Settle(intent.state);
        }
        if sighting.count > intent.nonce {
            self.used += 1;
            // A user who reads that nothing was done may do it again: an endpoint's silence is never taken for that.
            return match sighting.overtaken {
                true => Step::Settle(State::Replaced),
                false => Step::Wait,
            };
        }
        self.used = 0;
        let since = match self.since {
            Some((hash, since)) if hash == newest.hash => since,
            _ => {
                self.since = Some((newest.hash, sighting.head));
                sighting.head
            }
        };
        let next_in_line = sighting.count == intent.nonce;
        let priced_out = newest.fees.max_fee_per_gas < sighting.base_fee;
        let due = match sighting.known {
            // A pool that has forgotten it would not take it back at this price.
            false => priced_out,
            true => sighting.head >= since + PATIENCE,
        };
        match (next_in_line && due, sighting.known) {
            (true, _) => newest.fees.raised(sighting.usual, intent.cap).map_or(Step::Hold, Step::Replace),
            (false, false) => Step::Offer,
            (false, true) => Step::Wait,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    const USUAL: Fees = Fees { max_fee_per_gas: 100, max_priority_fee_per_gas: 10, legacy: false };

    pub(in super::super) fn intent(id: u64, nonce: u64, state: State) -> Intent {
        let attempt =
            Attempt { hash: B256::from(U256::from(1_000 + id)), fees: USUAL, raw: Bytes::new(), signed_at: 1 };
        Intent {
            id,
            title: "Test".into(),
            chain_id: 31_337,
            from: Address::repeat_byte(1),
            to: None,
            data: Bytes::from_static(&[1, 2]),
            value: U256::MAX,
            nonce,
            gas: 21_000,
            cap: cap(100),
            attempts: vec![attempt],
            state,
            created_at: 1,
            changed_at: 1,
        }
    }

    fn sighting(head: u64, count: u64) -> Sighting {
        Sighting { head, count, mined: None, known: true, overtaken: false, base_fee: 45, usual: USUAL }
    }

    #[test]
    fn a_receipt_of_any_transaction_settles_it() {
        let mut open = intent(1, 7, State::Sent);
        let first = open.attempts[0].hash;
        let hash = B256::repeat_byte(9);
        open.attempts.push(Attempt { hash, ..open.attempts[0].clone() });
        for (mined, success) in [(first, true), (hash, true), (first, false)] {
            let seen = Sighting { mined: Some(Mined { hash: mined, block: 3, success }), ..sighting(9, 8) };
            let settled = match success {
                true => State::Confirmed { hash: mined, block: 3 },
                false => State::Reverted { hash: mined, block: 3 },
            };
            assert_eq!(Watch::default().step(&open, &seen), Step::Settle(settled));
        }
    }

    #[test]
    fn what_nobody_knows_is_offered_again_whatever_it_was() {
        let unknown = Sighting { known: false, ..sighting(9, 7) };
        let confirmed = State::Confirmed { hash: B256::ZERO, block: 3 };
        for state in [State::Signed, State::Sent, confirmed] {
            assert_eq!(Watch::default().step(&intent(1, 7, state), &unknown), Step::Offer, "{state:?}");
        }
        // Also behind others, of which it says nothing that they are missing.
        assert_eq!(Watch::default().step(&intent(1, 8, State::Sent), &unknown), Step::Offer);
    }

    #[test]
    fn a_used_nonce_without_a_receipt_proves_nothing_and_another_transaction_does() {
        let mut watch = Watch::default();
        let open = intent(1, 7, State::Sent);
        let mut proofs = 0;
        for _ in 0..10 * OVERTAKEN_LOOKS {
            proofs += u32::from(watch.wants_proof());
            assert_eq!(watch.step(&open, &sighting(9, 8)), Step::Wait);
        }
        assert_eq!((proofs, watch.is_at_a_loss()), (10, true));
        // An endpoint behind itself starts the count again.
        assert_eq!(watch.step(&open, &sighting(8, 7)), Step::Wait);
        assert!(!watch.is_at_a_loss());
        let seen = Sighting { overtaken: true, ..sighting(9, 8) };
        assert_eq!(watch.step(&open, &seen), Step::Settle(State::Replaced));
    }

    #[test]
    fn what_was_given_up_is_never_offered_again() {
        for state in [State::Replaced, State::Refused] {
            let unknown = Sighting { known: false, ..sighting(9, 7) };
            assert_eq!(Watch::default().step(&intent(1, 7, state), &unknown), Step::Settle(state));
        }
    }

    #[test]
    fn the_fee_is_raised_after_six_blocks_and_then_again_up_to_the_cap() {
        let mut watch = Watch::default();
        let mut open = intent(1, 7, State::Sent);
        let mut head = 100;
        let mut prices = vec![100];
        loop {
            assert_eq!(watch.step(&open, &sighting(head, 7)), Step::Wait);
            assert_eq!(watch.step(&open, &sighting(head + PATIENCE - 1, 7)), Step::Wait);
            head += PATIENCE;
            match watch.step(&open, &sighting(head, 7)) {
                Step::Replace(fees) => {
                    let hash = B256::from(U256::from(prices.len()));
                    prices.push(fees.max_fee_per_gas);
                    open.attempts.push(Attempt { hash, fees, ..open.attempts[0].clone() });
                }
                Step::Hold => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(prices.windows(2).all(|pair| pair[1] * 8 >= pair[0] * 9), "{prices:?}");
        let last = *prices.last().expect("prices");
        assert!(last <= 1_000 && last.saturating_add(last.div_ceil(8)) > 1_000, "{prices:?}");
    }

    #[test]
    fn only_the_next_in_line_is_worth_more() {
        let mut watch = Watch::default();
        let open = intent(1, 8, State::Sent);
        assert_eq!(watch.step(&open, &sighting(100, 7)), Step::Wait);
        assert_eq!(watch.step(&open, &sighting(200, 7)), Step::Wait);
        assert!(matches!(watch.step(&open, &sighting(200, 8)), Step::Replace(_)));
    }

    #[test]
    fn what_is_priced_out_and_forgotten_is_raised_at_once_or_held() {
        let spike = |base_fee| {
            let usual = Fees { max_fee_per_gas: 2 * base_fee, ..USUAL };
            Sighting { known: false, base_fee, usual, ..sighting(9, 7) }
        };
        let step = |base_fee| Watch::default().step(&intent(1, 7, State::Sent), &spike(base_fee));
        assert_eq!(step(100), Step::Offer);
        assert!(matches!(step(101), Step::Replace(fees) if fees.max_fee_per_gas == 202));
        // A spike beyond the cap gets what the cap allows, once.
        let Step::Replace(fees) = step(100_000) else { panic!("not raised") };
        assert_eq!(fees.max_fee_per_gas, 1_000);
        let mut capped = intent(1, 7, State::Sent);
        capped.attempts[0].fees = fees;
        assert_eq!(Watch::default().step(&capped, &spike(100_000)), Step::Hold);
        assert_eq!(Watch::default().step(&capped, &spike(900)), Step::Offer);
    }

    #[test]
    fn nonces_are_dense_and_fill_gaps() {
        let open = |nonce| intent(nonce, nonce, State::Sent);
        assert_eq!(next_nonce(5, &[]), 5);
        assert_eq!(next_nonce(5, &[open(5), open(6)]), 7);
        // The endpoint's pool knows the two already.
        assert_eq!(next_nonce(7, &[open(5), open(6)]), 7);
        assert_eq!(next_nonce(5, &[open(7)]), 5);
        assert_eq!(next_nonce(5, &[open(5), open(7)]), 6);
        assert_eq!(next_nonce(5, &[intent(1, 5, State::Replaced), intent(2, 5, State::Refused)]), 5);
    }

    #[test]
    fn an_intent_reads_back_as_it_was_written() {
        let confirmed = State::Confirmed { hash: B256::repeat_byte(3), block: u64::MAX };
        for state in [State::Signed, State::Sent, confirmed, State::Replaced, State::Refused] {
            let mut written = intent(1, 7, state);
            written.cap = u128::MAX;
            let text = serde_json::to_string(&written).expect("JSON");
            assert_eq!(serde_json::from_str::<Intent>(&text).expect("an intent"), written, "{text}");
        }
    }

    proptest! {
        /// A key's intents against a chain that mines, forgets, is overtaken by hand and answers with old counts: every intent
        /// that is reported done is so exactly once, and no nonce is left out.
        #[test]
        fn every_intent_is_done_once_and_no_nonce_is_left_out(events in proptest::collection::vec(0u8..7, 1..200)) {
            let mut intents: Vec<Intent> = vec![];
            let mut watches: Vec<Watch> = vec![];
            // Who used each nonce: an intent, or somebody by hand.
            let mut used: Vec<Option<u64>> = vec![];
            let mut pool: BTreeSet<u64> = BTreeSet::new();
            let mut head = 0;
            for event in events {
                match event {
                    0 | 1 => {
                        let id = intents.len() as u64;
                        let nonce = next_nonce(used.len() as u64, &intents);
                        prop_assert!(!intents.iter().any(|other| other.state.is_open() && other.nonce == nonce));
                        intents.push(intent(id, nonce, State::Signed));
                        watches.push(Watch::default());
                        if event == 0 { pool.insert(id); }
                    }
                    2 => pool.clear(),
                    3 => used.push(None),
                    4 => {
                        head += 1;
                        let next = used.len() as u64;
                        let included = pool.iter().copied().find(|id| intents[*id as usize].nonce == next);
                        if let Some(id) = included { used.push(Some(id)); }
                        pool.retain(|id| intents[*id as usize].nonce >= used.len() as u64);
                    }
                    _ => {}
                }
                for (index, intent) in intents.iter_mut().enumerate().filter(|(_, intent)| intent.state.is_open()) {
                    let block = used.iter().position(|user| *user == Some(intent.id)).map(|block| block as u64);
                    let mined = block.map(|block| Mined { hash: intent.attempts[0].hash, block, success: true });
                    let known = pool.contains(&intent.id);
                    let seen = Sighting { mined, known, ..sighting(head, used.len() as u64) };
                    match watches[index].step(intent, &seen) {
                        Step::Settle(state) => {
                            prop_assert_eq!(matches!(state, State::Confirmed { .. }), block.is_some());
                            intent.state = state;
                        }
                        Step::Offer => { pool.insert(intent.id); }
                        Step::Replace(_) | Step::Hold | Step::Wait => {}
                    }
                }
            }
            // Once the causes have ended, the queue drains.
            for _ in 0..=intents.len() {
                let next = used.len() as u64;
                if let Some(open) = intents.iter_mut().find(|intent| intent.state.is_open() && intent.nonce == next) {
                    open.state = State::Confirmed { hash: open.attempts[0].hash, block: next };
                    used.push(Some(open.id));
                }
            }
            let stuck = intents.iter().find(|intent| intent.state.is_open() && intent.nonce >= used.len() as u64);
            prop_assert!(stuck.is_none(), "{:?}", stuck);
        }
    }
}
