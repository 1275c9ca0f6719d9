//! What signs transactions and permits: a key in memory or, with the feature `ledger`, a Ledger.

use std::fmt;
#[cfg(feature = "ledger")]
use std::sync::Arc;

#[cfg(feature = "ledger")]
use alloy::signers::{
    Signer as _,
    ledger::{HDPath, LedgerSigner},
};
use alloy::{
    consensus::SignableTransaction,
    primitives::{Address, Signature},
    signers::{SignerSync, local::PrivateKeySigner},
    sol_types::{Eip712Domain, SolStruct},
};

use super::ChainError;

/// What signs transactions and permits. Cheap to clone; its `Debug` shows the address only.
#[derive(Clone)]
pub enum Signer {
    /// A key in memory.
    Local(PrivateKeySigner),
    /// A key that never leaves its device. The person who holds it agrees to every signature there.
    #[cfg(feature = "ledger")]
    Ledger(Arc<LedgerSigner>),
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.address())
    }
}

impl From<PrivateKeySigner> for Signer {
    fn from(signer: PrivateKeySigner) -> Self {
        Self::Local(signer)
    }
}

impl Signer {
    /// The key of a derivation path on the Ledger that is plugged in and unlocked, with its Ethereum app open.
    #[cfg(feature = "ledger")]
    pub async fn ledger(path: &str) -> Result<Self, ChainError> {
        let signer = LedgerSigner::new(HDPath::Other(path.to_owned()), None).await;
        Ok(Self::Ledger(Arc::new(signer.map_err(ledger)?)))
    }

    /// The address whose signatures it makes.
    pub fn address(&self) -> Address {
        match self {
            Self::Local(signer) => signer.address(),
            #[cfg(feature = "ledger")]
            Self::Ledger(signer) => signer.address(),
        }
    }

    /// Signs a transaction for the chain that it names.
    pub async fn sign_transaction(
        &self,
        transaction: &(impl SignableTransaction<Signature> + Sync),
    ) -> Result<Signature, ChainError> {
        match self {
            Self::Local(signer) => signer.sign_hash_sync(&transaction.signature_hash()).map_err(failed),
            #[cfg(feature = "ledger")]
            Self::Ledger(signer) => signer.sign_tx_rlp(&transaction.encoded_for_signing()).await.map_err(ledger),
        }
    }

    /// Signs an EIP-712 message. A Ledger shows its two hashes.
    pub async fn sign_typed(
        &self,
        message: &(impl SolStruct + Send + Sync),
        domain: &Eip712Domain,
    ) -> Result<Signature, ChainError> {
        match self {
            Self::Local(signer) => signer.sign_hash_sync(&message.eip712_signing_hash(domain)).map_err(failed),
            #[cfg(feature = "ledger")]
            Self::Ledger(signer) => signer.sign_typed_data(message, domain).await.map_err(ledger),
        }
    }
}

#[cfg(feature = "ledger")]
fn ledger(error: impl fmt::Display) -> ChainError {
    ChainError::Ledger(error.to_string())
}

fn failed(error: impl fmt::Display) -> ChainError {
    ChainError::Signing(error.to_string())
}
