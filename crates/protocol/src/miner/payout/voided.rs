//! Answers that a coordinator has acknowledged and settled past, for less than they come to. The contracts pay nothing more for them, and
//! punish nobody: an acknowledgement is no voucher. So people have to hear of it.

use std::{collections::BTreeMap, fmt};

use super::books::{Books, Kept, Pair};
use crate::Cai;

/// What a coordinator has acknowledged and settled past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voided {
    /// The coordinator and the miner.
    pub pair: Pair,
    /// Acknowledged answers that the newest batch accounts for, and no voucher.
    pub answers: usize,
    /// By how much less than they come to it has settled.
    pub missing: Cai,
    /// The batch accounts for tickets with numbers up to this one.
    pub through: u64,
}

impl fmt::Display for Voided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { answers, missing, through, .. } = self;
        let answers = if *answers == 1 { "1 answer".to_owned() } else { format!("{answers} answers") };
        write!(
            f,
            "it has settled up to ticket {through}, and left out {missing} that it owes by its acknowledgements of {answers}: the \
             contracts pay nothing more for that, and punish nobody"
        )
    }
}

/// What coordinators have settled past, by what is kept of them and what the contracts say as of a block. Tickets that were claimed one
/// by one before are left out.
pub fn voided(kept: &Kept, books: &Books) -> Vec<Voided> {
    let mut found: BTreeMap<Pair, (usize, u128)> = BTreeMap::new();
    for signed in &kept.acknowledgements {
        let said = &signed.acknowledgement;
        let pair = (said.coordinator, said.miner);
        let Some(account) = books.accounts.get(&pair) else { continue };
        let vouchered = kept.voucher(pair).map_or(0, |signed| signed.voucher.through);
        if said.number > vouchered.max(account.last_claim) && said.number <= account.through {
            let (answers, owed) = found.entry(pair).or_default();
            *answers += 1;
            *owed = owed.saturating_add(said.owed);
        }
    }
    let missing = |(pair, (answers, owed)): (Pair, (usize, u128))| {
        let account = books.accounts.get(&pair)?;
        let vouchered = kept.voucher(pair).map_or(0, |signed| signed.voucher.cumulative);
        // What a voucher is worth, and nobody has paid, is not void.
        let paid = account.settled.saturating_add(account.claimed).max(vouchered);
        let missing = vouchered.saturating_add(owed).saturating_sub(paid);
        (missing > 0).then(|| Voided { pair, answers, missing: Cai::from(missing), through: account.through })
    };
    found.into_iter().filter_map(missing).collect()
}

#[cfg(test)]
mod tests {
    use alloy::primitives::Address;

    use super::{super::books::Account, *};
    use crate::message::{Acknowledgement, SignedAcknowledgement, SignedVoucher, Voucher};

    const PAIR: Pair = (Address::repeat_byte(1), Address::repeat_byte(2));

    fn kept(vouchered: Option<(u128, u64)>, acknowledged: &[(u64, u128)]) -> Kept {
        let (coordinator, miner) = PAIR;
        let signed = |&(number, owed): &(u64, u128)| SignedAcknowledgement {
            acknowledgement: Acknowledgement { coordinator, miner, number, owed, ..Acknowledgement::default() },
            signature: Default::default(),
        };
        let voucher = |(cumulative, through)| SignedVoucher {
            voucher: Voucher { coordinator, miner, cumulative, through },
            signature: Default::default(),
        };
        Kept {
            vouchers: vouchered.map(voucher).into_iter().collect(),
            acknowledgements: acknowledged.iter().map(signed).collect(),
            ..Kept::default()
        }
    }

    fn found(kept: &Kept, account: Account) -> Option<(usize, u128)> {
        let books = Books { accounts: [(PAIR, account)].into(), ..Books::default() };
        let found = voided(kept, &books);
        assert!(found.len() <= 1);
        found.first().map(|voided| (voided.answers, voided.missing.base_units().to()))
    }

    #[test]
    fn what_is_settled_for_less_than_was_acknowledged_is_found() {
        let account = |settled, through| Account { settled, through, ..Account::default() };
        let three = kept(Some((50, 4)), &[(5, 10), (7, 20), (9, 30)]);
        // Paid in full, or not settled past.
        assert_eq!(found(&three, account(110, 9)), None);
        assert_eq!(found(&three, account(80, 7)), None);
        assert_eq!(found(&three, account(0, 4)), None);
        assert_eq!(found(&three, account(50, 9)), Some((3, 60)));
        assert_eq!(found(&three, account(60, 8)), Some((2, 20)));
        // A voucher that is not redeemed yet is worth what it says.
        assert_eq!(found(&three, account(0, 9)), Some((3, 60)));
        assert_eq!(found(&kept(None, &[(5, 10)]), account(0, 5)), Some((1, 10)));
    }

    #[test]
    fn what_was_claimed_one_by_one_is_not_missing() {
        let three = kept(None, &[(5, 10), (7, 20), (9, 30)]);
        let account = Account { settled: 30, through: 9, last_claim: 7, ..Account::default() };
        assert_eq!(found(&three, account), None);
        assert_eq!(found(&three, Account { settled: 0, ..account }), Some((1, 30)));
    }
}
