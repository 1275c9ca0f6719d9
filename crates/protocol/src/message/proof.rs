//! Offences that signatures prove by themselves: two receipts for one ticket, two vouchers that contradict each other, a batch that
//! falls short of a voucher. The contracts know each by an id, and take a proof that its finder has announced.

use alloy::{
    primitives::{Address, B256, Bytes, keccak256},
    sol_types::SolValue,
};
use serde::{Deserialize, Serialize};

use super::{Domain, Receipt, SignatureError, SignedVoucher, Ticket, Voucher};

/// Seconds that an announcement must be old before the proof is accepted.
pub const ANNOUNCE_DELAY: u64 = 60;
/// Seconds after which an announcement counts for nothing, and can be made again.
pub const ANNOUNCE_EXPIRY: u64 = 24 * 60 * 60;

/// From when a proof is accepted that was announced at a time, in Unix seconds; `None` where it has to be announced first: it never was,
/// which is 0, or too long ago.
pub const fn provable_from(announced: u64, now: u64) -> Option<u64> {
    if announced == 0 || now > announced.saturating_add(ANNOUNCE_EXPIRY) {
        return None;
    }
    Some(announced.saturating_add(ANNOUNCE_DELAY))
}

/// What a finder announces: it reveals nothing of the evidence. The salt is a random word that the proof repeats.
pub fn commitment(finder: Address, evidence: B256, salt: B256) -> B256 {
    keccak256((finder, evidence, salt).abi_encode())
}

/// The id of the evidence that a miner signed two receipts for the ticket with this digest.
pub fn equivocation_id(ticket: B256, miner: Address) -> B256 {
    keccak256((keccak256("equivocation"), ticket, miner).abi_encode())
}

/// The id of the evidence that a coordinator signed `a`, and `b` with less for at least as many tickets.
pub fn contradiction_id(domain: &Domain, a: &Voucher, b: &Voucher) -> B256 {
    keccak256((keccak256("contradiction"), domain.digest(a), domain.digest(b)).abi_encode())
}

/// The id of the evidence that a batch declared tickets accounted for, for less than this voucher says.
pub fn short_settlement_id(domain: &Domain, voucher: &Voucher) -> B256 {
    keccak256((keccak256("short settlement"), domain.digest(voucher)).abi_encode())
}

/// A receipt with its miner's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedReceipt {
    /// The miner's statement.
    pub receipt: Receipt,
    /// The signature by the miner's key, alone or in a batch.
    pub signature: Bytes,
}

/// Two receipts that one miner signed for one ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equivocation {
    /// The coordinator's ticket.
    pub ticket: Ticket,
    /// The signature of the ticket, alone or in a batch.
    pub ticket_signature: Bytes,
    /// One receipt.
    pub a: SignedReceipt,
    /// The other receipt.
    pub b: SignedReceipt,
}

impl Equivocation {
    /// The id of the evidence.
    pub fn id(&self, domain: &Domain) -> B256 {
        equivocation_id(domain.digest(&self.ticket), self.ticket.miner)
    }

    /// Checks what the court checks: both parties have signed, and the receipts are two different ones for the ticket.
    pub fn verify(&self, domain: &Domain) -> Result<(), EquivocationError> {
        let Self { ticket, ticket_signature, a, b } = self;
        let digest = domain.digest(ticket);
        domain.verify(ticket, ticket_signature, ticket.coordinator)?;
        for SignedReceipt { receipt, signature } in [a, b] {
            if receipt.ticket != digest {
                return Err(EquivocationError::OtherTicket);
            }
            domain.verify(receipt, signature, ticket.miner)?;
        }
        if a.receipt == b.receipt { Err(EquivocationError::SameReceipt) } else { Ok(()) }
    }
}

/// Why two receipts prove nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EquivocationError {
    /// A signature is not the party's.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A receipt is for another ticket.
    #[error("the receipts are for two different tickets, which is allowed")]
    OtherTicket,
    /// There is one receipt only.
    #[error("the two receipts are the same")]
    SameReceipt,
}

/// Two vouchers of one coordinator for one miner, of which the later one states less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contradiction {
    /// The voucher with the larger amount.
    pub a: SignedVoucher,
    /// The voucher that reaches as far or further, with the smaller amount.
    pub b: SignedVoucher,
}

impl Contradiction {
    /// The contradiction of two vouchers, whichever was signed first; `None` where both can be true, as of an earlier and a later one.
    pub fn between(one: &SignedVoucher, other: &SignedVoucher) -> Option<Self> {
        let (x, y) = (&one.voucher, &other.voucher);
        if (x.coordinator, x.miner) != (y.coordinator, y.miner) {
            return None;
        }
        let contradicts = |a: &Voucher, b: &Voucher| a.through <= b.through && a.cumulative > b.cumulative;
        let of = |a: &SignedVoucher, b: &SignedVoucher| Self { a: a.clone(), b: b.clone() };
        if contradicts(x, y) {
            return Some(of(one, other));
        }
        contradicts(y, x).then(|| of(other, one))
    }
}

/// What a coordinator did that its own signatures prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It signed two vouchers that cannot both be true.
    Contradiction(Contradiction),
    /// Its batch accounts for the tickets of this voucher, for less than the voucher says.
    ShortSettlement(SignedVoucher),
}

impl Fault {
    /// The id of the evidence.
    pub fn id(&self, domain: &Domain) -> B256 {
        match self {
            Self::Contradiction(Contradiction { a, b }) => contradiction_id(domain, &a.voucher, &b.voucher),
            Self::ShortSettlement(signed) => short_settlement_id(domain, &signed.voucher),
        }
    }

    /// The part of the evidence that is about the lowest number: it counts if the last punishment was for lower numbers.
    pub fn voucher(&self) -> &Voucher {
        match self {
            Self::Contradiction(Contradiction { a, .. }) => &a.voucher,
            Self::ShortSettlement(signed) => &signed.voucher,
        }
    }

    /// The offence in a few words.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Contradiction(_) => "contradiction",
            Self::ShortSettlement(_) => "short-settlement",
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::Bytes;

    use super::*;

    fn voucher(cumulative: u128, through: u64) -> SignedVoucher {
        let (coordinator, miner) = (Address::repeat_byte(1), Address::repeat_byte(2));
        SignedVoucher { voucher: Voucher { coordinator, miner, cumulative, through }, signature: Bytes::new() }
    }

    #[test]
    fn vouchers_contradict_each_other_where_a_later_one_states_less_in_whatever_order_they_come() {
        for (one, other, contradicts) in [
            ((5, 7), (5, 7), false),
            ((5, 7), (6, 8), false),
            ((5, 7), (5, 9), false),
            ((5, 7), (4, 7), true),
            ((5, 7), (4, 9), true),
            ((5, 7), (4, 6), false),
        ] {
            let (one, other) = (voucher(one.0, one.1), voucher(other.0, other.1));
            let expected = contradicts.then(|| Contradiction { a: one.clone(), b: other.clone() });
            assert_eq!(Contradiction::between(&one, &other), expected);
            assert_eq!(Contradiction::between(&other, &one), expected);
        }
        let mut foreign = voucher(4, 9);
        foreign.voucher.miner = Address::repeat_byte(3);
        assert_eq!(Contradiction::between(&voucher(5, 7), &foreign), None);
    }
}
