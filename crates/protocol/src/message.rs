//! The network's EIP-712 messages: what is signed, by whom, and how a signature is checked.
//!
//! The domain binds every signature to one chain and one contract; the type hash binds it to one type. A [`Register`] is signed for
//! the staking contract, everything else for the settlement contract. A message is signed alone or together with others, see
//! [`sign_batch`]; every check here takes either form. The vectors in `contracts/test/vectors/messages.json` are checked from both
//! sides.

pub mod proof;
mod signature;
#[cfg(test)]
mod tests;
mod tree;
mod types;
#[cfg(test)]
mod vectors;

pub use self::{
    signature::{Domain, SignatureError, Verifier, sign_batch, signature_bytes},
    tree::merkle_root,
    types::{
        Acknowledgement, Batch, EvidenceRequest, Login, Message, Receipt, Register, SignedAcknowledgement,
        SignedVoucher, Ticket, Verdict, Voucher, audience_hash, metadata_hash,
    },
};
