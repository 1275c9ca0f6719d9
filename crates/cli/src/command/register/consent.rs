//! A node key's consent to be registered by an owner.

use alloy::{
    primitives::Bytes,
    signers::{SignerSync, local::PrivateKeySigner},
};
use cuckoo_protocol::{
    Address, U256,
    chain::{ChainError, Client},
    contract::{Role, Staking},
    message::{Register, metadata_hash, signature_bytes},
};

use crate::terminal::Result;

/// How long the consent is valid.
const CONSENT_SECONDS: u64 = 3_600;

/// Has a node key agree to be registered by an owner with these texts: name, introduction and endpoint. Returns until when that is
/// good, and the signature.
pub(super) async fn sign(
    client: &Client,
    key: &PrivateKeySigner,
    owner: Address,
    role: Role,
    [name, introduction, endpoint]: [&str; 3],
) -> Result<(U256, Bytes)> {
    let network = client.network();
    let node = key.address();
    let nonce = client.read(network.staking, &Staking::noncesCall { node }).await?;
    let deadline = U256::from(client.head().await?.timestamp + CONSENT_SECONDS);
    let metadata = metadata_hash(name, introduction, endpoint);
    let consent = Register { node, owner, role: role as u8, metadata, nonce, deadline };
    let signature = key
        .sign_hash_sync(&network.registration_domain().digest(&consent))
        .map_err(|error| ChainError::Signing(error.to_string()))?;
    Ok((deadline, signature_bytes(&signature)))
}
