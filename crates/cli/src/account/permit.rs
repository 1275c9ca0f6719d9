//! EIP-2612 permits: a contract may take exactly one amount of CAI, in place of an approval of its own.

use alloy::{sol, sol_types::Eip712Domain};
use cuckoo_protocol::{
    Address, B256, Cai, U256,
    chain::{ChainError, Client, DEVELOPMENT_CHAIN_ID, Turn},
    contract::CAIToken,
};

use crate::{
    host::clock,
    terminal::{Error, Result},
};

/// With more than this lacking, in CAI, a faucet's usual amount does not help.
const MUCH: u64 = 100_000;
/// How long a permit is valid: it is used in the transaction that it is signed for.
const PERMIT_SECONDS: u64 = 3_600;

/// A signed permit, as the contracts' functions take it.
#[derive(Clone, Copy, Debug)]
pub struct Permit {
    /// Last second at which it is valid.
    pub deadline: U256,
    /// The signature's recovery id, 27 or 28.
    pub v: u8,
    /// The signature's first half.
    pub r: B256,
    /// The signature's second half.
    pub s: B256,
}

mod message {
    super::sol! {
        /// The message of EIP-2612.
        struct Permit {
            address owner;
            address spender;
            uint256 value;
            uint256 nonce;
            uint256 deadline;
        }
    }
}

/// Signs that `spender` may take exactly this amount. The permit's number follows those of the transactions that are in no block
/// yet, so that the one that it is for is to be sent in the same turn of the key.
pub async fn sign_permit(client: &Client, _: &Turn, spender: Address, amount: Cai) -> Result<Permit> {
    let network = client.network();
    let signer = client.signer().ok_or(ChainError::NoSigner)?;
    let described = client.read(network.cai, &CAIToken::eip712DomainCall {}).await?;
    // The token says its name and version; chain and contract come from the network's description. An endpoint that lies about
    // the former gets a signature that no contract accepts.
    let domain = Eip712Domain {
        name: Some(described.name.into()),
        version: Some(described.version.into()),
        chain_id: Some(U256::from(network.chain_id)),
        verifying_contract: Some(network.cai),
        salt: None,
    };
    let nonce = client.read_pending(network.cai, &CAIToken::noncesCall { owner: signer.address() }).await?;
    // An endpoint may be hours behind, and a local chain may be ahead of this machine's clock.
    let now = client.head().await?.timestamp.max(clock::now_seconds());
    let deadline = U256::from(now + PERMIT_SECONDS);
    let message = message::Permit { owner: signer.address(), spender, value: amount.base_units(), nonce, deadline };
    let signature = signer.sign_typed(&message, &domain).await?;
    Ok(Permit { deadline, v: 27 + u8::from(signature.v()), r: signature.r().into(), s: signature.s().into() })
}

/// Refuses an amount that is zero or more than the key's address has.
pub fn affordable(client: &Client, amount: Cai, balance: Cai) -> Result<()> {
    if amount.is_zero() {
        return Err(Error::precondition("the amount is 0").hint("show what there is: cuckoo balance"));
    }
    if balance < amount {
        let owner = client.address().ok_or(ChainError::NoSigner)?;
        let lacking = amount.checked_sub(balance).unwrap_or_default();
        let refused = Error::precondition(format_args!("this needs {amount}; {owner} has {balance}"));
        return Err(ways_to_get(client, owner, lacking).into_iter().fold(refused, Error::hint));
    }
    Ok(())
}

/// Whether this is more than a faucet's usual amount.
pub fn is_much(amount: Cai) -> bool {
    amount > Cai::from_whole(MUCH)
}

/// How an address gets CAI that it lacks, in hints. A faucet gives a small amount once a day, and a coordinator's stake by a grant.
pub fn ways_to_get(client: &Client, owner: Address, lacking: Cai) -> Vec<String> {
    let network = client.network();
    let mut ways = vec![];
    if network.faucet.is_some() {
        ways.push("on a test network the faucet gives CAI: cuckoo faucet request".to_owned());
    }
    if is_much(lacking) {
        ways.push(match (network.chain_id, network.faucet) {
            (DEVELOPMENT_CHAIN_ID, Some(_)) => format!(
                "on the local chain anvil:0 grants as much: cuckoo faucet grant {owner} {} --account anvil:0",
                lacking.plain()
            ),
            (_, Some(_)) => format!(
                "for as much, ask one of the faucet's granters, who runs: cuckoo faucet grant {owner} {}",
                lacking.plain()
            ),
            (_, None) => format!("somebody who has CAI sends it: cuckoo send {owner} {}", lacking.plain()),
        });
    }
    ways
}
