//! A ticket with the receipt that answers it: the evidence of who did a task, and how anybody verifies it.

use alloy::primitives::{Address, B256, Bytes};
use serde::{Deserialize, Serialize};

use super::commitment::output_commitment;
use crate::message::{Domain, Receipt, SignatureError, Ticket};

/// A ticket and the receipt it was answered with, as anyone can verify them (`cuckoo audit receipt`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptRecord {
    /// Chain that the signatures are bound to.
    pub chain_id: u64,
    /// Settlement contract that the signatures are bound to.
    pub settlement: Address,
    /// The coordinator's ticket.
    pub ticket: Ticket,
    /// The coordinator's signature of the ticket, alone or in a batch.
    pub ticket_signature: Bytes,
    /// The miner's receipt.
    pub receipt: Receipt,
    /// The miner's signature of the receipt, alone or in a batch.
    pub receipt_signature: Bytes,
    /// Salt of the prompt's and the output's commitments.
    pub salt: B256,
    /// The generated token ids, which the output commitment covers; empty when the engine gives none.
    pub token_ids: Vec<u32>,
}

impl ReceiptRecord {
    /// The domain that both signatures are bound to.
    pub fn domain(&self) -> Domain {
        Domain::new(self.chain_id, self.settlement)
    }

    /// The receipt's EIP-712 digest, by which it is known.
    pub fn hash(&self) -> B256 {
        self.domain().digest(&self.receipt)
    }

    /// Verifies both signatures, that receipt and ticket belong together, and that `text` is what was committed to.
    pub fn verify(&self, text: &str) -> Result<(), ReceiptError> {
        let domain = self.domain();
        domain.verify(&self.ticket, &self.ticket_signature, self.ticket.coordinator).map_err(ReceiptError::Ticket)?;
        domain.verify(&self.receipt, &self.receipt_signature, self.ticket.miner).map_err(ReceiptError::Receipt)?;
        if self.receipt.ticket != domain.digest(&self.ticket) {
            return Err(ReceiptError::OtherTicket);
        }
        let delivered = output_commitment(&self.salt, &self.token_ids, text);
        if self.receipt.outputCommitment != delivered {
            return Err(ReceiptError::OtherOutput);
        }
        if !self.token_ids.is_empty() && self.token_ids.len() != self.receipt.completionTokens as usize {
            return Err(ReceiptError::Miscounted {
                field: "completion tokens",
                claimed: self.receipt.completionTokens.into(),
                delivered: self.token_ids.len() as u64,
            });
        }
        Ok(())
    }
}

/// Why a receipt does not prove what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The ticket's signature is not its coordinator's.
    #[error("the ticket is not the coordinator's: {0}")]
    Ticket(SignatureError),
    /// The receipt's signature is not its miner's.
    #[error("the receipt is not the miner's: {0}")]
    Receipt(SignatureError),
    /// The receipt is for another ticket.
    #[error("the receipt answers another ticket")]
    OtherTicket,
    /// The output is not the one committed to.
    #[error("the output differs from the one in the receipt")]
    OtherOutput,
    /// A number in the receipt is not what was delivered.
    #[error("the receipt says {field} {claimed}, delivered were {delivered}")]
    Miscounted {
        /// The number's name.
        field: &'static str,
        /// The number in the receipt.
        claimed: u64,
        /// The number that was counted.
        delivered: u64,
    },
}

#[cfg(test)]
mod tests {
    use alloy::signers::{SignerSync, local::PrivateKeySigner};

    use super::*;
    use crate::message::signature_bytes;

    #[test]
    fn a_receipt_record_verifies_and_every_change_of_it_does_not() {
        // Anvil's well-known second development key: worth nothing anywhere.
        let key = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
        let signer: PrivateKeySigner = key.parse().expect("a key");
        let domain = Domain::new(31337, Address::repeat_byte(0xcc));
        let salt = B256::repeat_byte(20);
        let ticket = Ticket { coordinator: signer.address(), miner: signer.address(), ..Default::default() };
        let receipt = Receipt {
            ticket: domain.digest(&ticket),
            outputCommitment: output_commitment(&salt, &[1, 2], "hello"),
            completionTokens: 2,
            finishReason: 1,
            ..Default::default()
        };
        let sign = |digest: B256| signature_bytes(&signer.sign_hash_sync(&digest).expect("signs"));
        let record = ReceiptRecord {
            chain_id: 31337,
            settlement: domain.contract(),
            ticket_signature: sign(domain.digest(&ticket)),
            receipt_signature: sign(domain.digest(&receipt)),
            ticket,
            receipt,
            salt,
            token_ids: vec![1, 2],
        };
        assert_eq!(record.verify("hello"), Ok(()));
        assert_eq!(record.verify("hullo"), Err(ReceiptError::OtherOutput));
        let changes: [fn(&mut ReceiptRecord); 5] = [
            |record| record.chain_id = 1,
            |record| record.ticket.price += 1,
            |record| record.receipt.promptTokens += 1,
            |record| record.token_ids.push(3),
            |record| record.receipt_signature = record.ticket_signature.clone(),
        ];
        for change in changes {
            let mut changed = record.clone();
            change(&mut changed);
            assert!(changed.verify("hello").is_err());
        }
    }
}
