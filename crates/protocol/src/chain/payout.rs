//! What the contracts say of a miner's money, read as of one block, and the calls that a plan's steps and proofs are.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, B256, U256};
use futures::try_join;

use super::{Call, ChainError, Client};
use crate::{
    contract::{DisputeCourt, Settlement, Staking},
    message::{
        SignedVoucher,
        proof::{self, Contradiction, Equivocation, Fault, provable_from},
    },
    miner::payout::{Account, Books, Kept, Pair, Standing, Step},
};

/// The staking contract's number for an active node.
const ACTIVE: u8 = 1;

/// An announcement of a proof, as a contract has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The id of the evidence.
    pub evidence: B256,
    /// What was or will be announced.
    pub commitment: B256,
    /// The random word in it.
    pub salt: B256,
    /// When it was announced, in Unix seconds; 0 if it never was.
    pub at: u64,
}

impl Announcement {
    /// From when the proof is accepted, in Unix seconds; `None` where it has to be announced first.
    pub fn provable_from(&self, now: u64) -> Option<u64> {
        provable_from(self.at, now)
    }

    /// Announces it to the contract that will take the proof.
    pub fn call(&self, contract: Address) -> Call {
        // The settlement and the court have this part in common.
        Call::new(contract, &Settlement::announceCall { commitment: self.commitment })
    }
}

/// Proves a coordinator's fault to the settlement contract.
pub fn fault_call(settlement: Address, fault: &Fault, salt: B256) -> Call {
    match fault {
        Fault::Contradiction(Contradiction { a, b }) => {
            let call = Settlement::proveContradictionCall {
                a: (&a.voucher).into(),
                signatureA: a.signature.clone(),
                b: (&b.voucher).into(),
                signatureB: b.signature.clone(),
                salt,
            };
            Call::new(settlement, &call)
        }
        Fault::ShortSettlement(signed) => Call::new(settlement, &short_settlement(signed, salt)),
    }
}

fn short_settlement(
    SignedVoucher { voucher, signature }: &SignedVoucher,
    salt: B256,
) -> Settlement::proveShortSettlementCall {
    Settlement::proveShortSettlementCall { voucher: voucher.into(), signature: signature.clone(), salt }
}

/// Proves to the court that a miner signed two receipts for one ticket.
pub fn equivocation_call(court: Address, proof: &Equivocation, salt: B256) -> Call {
    let call = DisputeCourt::proveEquivocationCall {
        ticket: (&proof.ticket).into(),
        ticketSignature: proof.ticket_signature.clone(),
        a: (&proof.a.receipt).into(),
        signatureA: proof.a.signature.clone(),
        b: (&proof.b.receipt).into(),
        signatureB: proof.b.signature.clone(),
        salt,
    };
    Call::new(court, &call)
}

impl Step {
    /// The transaction that it is. `announcement` is that of a step which announces or proves something, and `None` of another one.
    pub fn call(&self, settlement: Address, announcement: Option<&Announcement>) -> Option<Call> {
        Some(match self {
            Self::Announce { .. } => announcement?.call(settlement),
            Self::Prove { fault, .. } => fault_call(settlement, fault, announcement?.salt),
            Self::Redeem { signed: SignedVoucher { voucher, signature }, .. } => {
                Call::new(settlement, &Settlement::redeemCall { voucher: voucher.into(), signature: signature.clone() })
            }
            Self::Claim { claim, .. } => {
                let call = Settlement::claimTicketCall {
                    ticket: (&claim.ticket).into(),
                    ticketSignature: claim.ticket_signature.clone(),
                    receipt: (&claim.receipt).into(),
                    receiptSignature: claim.receipt_signature.clone(),
                };
                Call::new(settlement, &call)
            }
            Self::Collect { pair: (coordinator, miner), .. } => {
                Call::new(settlement, &Settlement::collectCall { coordinator: *coordinator, miner: *miner })
            }
            Self::PayOut { miner, .. } => Call::new(settlement, &Settlement::payOutCall { miner: *miner }),
        })
    }
}

impl Client {
    /// Reads this finder's announcement at the settlement contract or the court.
    pub async fn announcement(
        &self,
        contract: Address,
        finder: Address,
        evidence: B256,
        salt: B256,
    ) -> Result<Announcement, ChainError> {
        let commitment = proof::commitment(finder, evidence, salt);
        let at = self.read(contract, &Settlement::announcedAtCall { commitment }).await?.saturating_to();
        Ok(Announcement { evidence, commitment, salt, at })
    }

    /// Reads what the contracts say of these pairs and of what is kept, as of the newest block. Announcements are not read.
    pub async fn books(&self, kept: &Kept, pairs: &BTreeSet<Pair>) -> Result<Books, ChainError> {
        let (settlement, staking) = (self.network().settlement, self.network().staking);
        let head = self.head().await?;
        let block = head.hash;
        let miners: Vec<_> = pairs.iter().map(|(_, miner)| *miner).collect::<BTreeSet<_>>().into_iter().collect();
        let credits = miners.iter().map(|miner| Settlement::creditOfCall { miner: *miner });
        let views = miners.iter().map(|node| Staking::nodeViewCall { node: *node });
        let (accounts, credits, views, idle_after, claim_delay, dispute_window) = try_join!(
            self.accounts(kept, pairs, block),
            self.read_all_at_block(settlement, credits, block),
            self.read_all_at_block(staking, views, block),
            self.read_at_block(staking, &Staking::IDLE_AFTERCall {}, block),
            self.read_at_block(settlement, &Settlement::claimDelayCall {}, block),
            self.read_at_block(settlement, &Settlement::disputeWindowCall {}, block),
        )?;
        let standing = |(credit, view): (U256, Staking::NodeView)| Standing {
            credit: credit.saturating_to(),
            idle_from: (view.status == ACTIVE)
                .then(|| view.registeredAt.max(view.paidAt).saturating_add(idle_after).saturating_add(1)),
        };
        let standings = credits.into_iter().zip(views).map(standing);
        // Tickets are claimed in ascending order: only of the last one can a part be paid that leaves something.
        let is_last = |ticket: &crate::message::Ticket| {
            accounts.get(&(ticket.coordinator, ticket.miner)).is_some_and(|account| account.last_claim == ticket.number)
        };
        let tickets: Vec<_> =
            kept.claims.iter().filter(|claim| is_last(&claim.ticket)).map(|claim| claim.receipt.ticket).collect();
        let calls: Vec<_> = tickets.iter().map(|ticket| Settlement::claimedOfCall { ticket: *ticket }).collect();
        let claimed = self.read_all_at_block(settlement, calls, block).await?;
        Ok(Books {
            time: head.timestamp,
            claim_delay,
            dispute_window,
            idle_after,
            miners: miners.iter().copied().zip(standings).collect(),
            claimed: tickets.into_iter().zip(claimed.into_iter().map(|amount| amount.saturating_to())).collect(),
            announced: BTreeMap::new(),
            accounts,
        })
    }

    async fn accounts(
        &self,
        kept: &Kept,
        pairs: &BTreeSet<Pair>,
        block: B256,
    ) -> Result<BTreeMap<Pair, Account>, ChainError> {
        let settlement = self.network().settlement;
        let covered = |pair| kept.voucher(pair).map_or(0, |signed| signed.voucher.through);
        let each = || pairs.iter().copied();
        let accounts = each().map(|(coordinator, miner)| Settlement::accountOfCall { coordinator, miner });
        let claimed = each().map(|(coordinator, miner)| {
            let number = covered((coordinator, miner));
            Settlement::claimedUpToCall { coordinator, miner, number }
        });
        let last = each().map(|(coordinator, miner)| Settlement::lastClaimOfCall { coordinator, miner });
        let collections = each().map(|(coordinator, miner)| Settlement::collectionOfCall { coordinator, miner });
        let punishments = each().map(|(coordinator, miner)| Settlement::punishmentOfCall { coordinator, miner });
        let coordinators: BTreeSet<_> = each().map(|(coordinator, _)| coordinator).collect();
        let escrows = coordinators.iter().map(|coordinator| Settlement::escrowOfCall { coordinator: *coordinator });
        let (accounts, claimed, last, collections, punishments, escrows) = try_join!(
            self.read_all_at_block(settlement, accounts, block),
            self.read_all_at_block(settlement, claimed, block),
            self.read_all_at_block(settlement, last, block),
            self.read_all_at_block(settlement, collections, block),
            self.read_all_at_block(settlement, punishments, block),
            self.read_all_at_block(settlement, escrows, block),
        )?;
        let escrows: BTreeMap<_, _> = coordinators.iter().copied().zip(escrows).collect();
        let mut found = BTreeMap::new();
        let rows = accounts.into_iter().zip(claimed).zip(last).zip(collections).zip(punishments);
        for (&pair, ((((account, claimed), last_claim), collection), punishment)) in pairs.iter().zip(rows) {
            let escrow = escrows.get(&pair.0).map_or(0, |escrow| {
                U256::from(escrow.balance).saturating_sub(U256::from(escrow.thawing)).saturating_to()
            });
            let mut account = Account {
                settled: account.settled.to(),
                withdrawn: account.withdrawn.to(),
                through: account.through,
                claimed: claimed.saturating_to(),
                last_claim,
                collecting: collection.amount.to(),
                collectable_from: collection.availableAt,
                escrow,
                is_short: false,
                punished_through: punishment.through,
                punished_until: punishment.until,
            };
            if let Some(signed) = kept.voucher(pair) {
                account.is_short = self.is_short(signed, &account, block).await?;
            }
            found.insert(pair, account);
        }
        Ok(found)
    }

    /// Whether a batch accounts for a voucher's tickets for less than it says. The contract alone knows of vouchers that it could not
    /// pay in full: it would refuse a proof for this reason before it asks for the announcement.
    async fn is_short(&self, signed: &SignedVoucher, account: &Account, block: B256) -> Result<bool, ChainError> {
        let paid = account.settled.saturating_add(account.claimed);
        if account.through < signed.voucher.through || signed.voucher.cumulative <= paid {
            return Ok(false);
        }
        let proof = short_settlement(signed, B256::ZERO);
        match self.read_at_block(self.network().settlement, &proof, block).await {
            Err(ChainError::Reverts(revert)) => Ok(revert.name == "NotAnnounced"),
            Ok(_) => Ok(true),
            Err(error) => Err(error),
        }
    }
}
