//! EIP-2612 permits: a contract may take exactly one amount of CAI, in place of an approval of its own.

use alloy::{sol, sol_types::Eip712Domain};
use cuckoo_protocol::{
    Address, B256, Cai, U256,
    chain::{ChainError, Client},
    contract::CAIToken,
};

use crate::terminal::{Error, Result};

/// How long a permit is good: it is used in the transaction that it is signed for.
const PERMIT_SECONDS: u64 = 3_600;

/// A signed permit, as the contracts' functions take it.
#[derive(Clone, Copy, Debug)]
pub struct Permit {
    /// Last second at which it is good.
    pub deadline: U256,
    /// Of the signature.
    pub v: u8,
    /// Of the signature.
    pub r: B256,
    /// Of the signature.
    pub s: B256,
}

mod message {
    super::sol! {
        /// EIP-2612.
        struct Permit {
            address owner;
            address spender;
            uint256 value;
            uint256 nonce;
            uint256 deadline;
        }
    }
}

/// Signs that `spender` may take exactly this amount.
pub async fn sign_permit(client: &Client, spender: Address, amount: Cai) -> Result<Permit> {
    let network = client.network();
    let signer = client.signer().ok_or(ChainError::NoSigner)?;
    let described = client.read(network.cai, &CAIToken::eip712DomainCall {}).await?;
    // Name and version are the token's to say. Chain and contract are ours: an endpoint that lies about them gets a signature
    // that is good for nothing else.
    let domain = Eip712Domain {
        name: Some(described.name.into()),
        version: Some(described.version.into()),
        chain_id: Some(U256::from(network.chain_id)),
        verifying_contract: Some(network.cai),
        salt: None,
    };
    let nonce = client.read(network.cai, &CAIToken::noncesCall { owner: signer.address() }).await?;
    let deadline = U256::from(client.head().await?.timestamp + PERMIT_SECONDS);
    let message = message::Permit { owner: signer.address(), spender, value: amount.base_units(), nonce, deadline };
    let signature = signer.sign_typed(&message, &domain).await?;
    Ok(Permit { deadline, v: 27 + u8::from(signature.v()), r: signature.r().into(), s: signature.s().into() })
}

/// Checks that the key's address has an amount to give.
pub fn affordable(client: &Client, amount: Cai, balance: Cai) -> Result<()> {
    if amount.is_zero() {
        return Err(Error::precondition("the amount is 0").hint("what there is: cuckoo balance"));
    }
    if balance < amount {
        let owner = client.address().ok_or(ChainError::NoSigner)?;
        return Err(Error::precondition(format_args!("this needs {amount}; {owner} has {balance}"))
            .hint("on a test network the faucet gives some: cuckoo faucet request"));
    }
    Ok(())
}
