//! Addresses as people name them: in hexadecimal, or by a wallet of this machine.

use std::str::FromStr;

use cuckoo_protocol::{
    Address, AddressError,
    chain::{Network, development_signer},
    looks_like_address, parse_address,
};

use super::signer::{keystores, resolve_address};
use crate::{
    args::{GlobalOptions, WalletOptions},
    terminal::{Error, Result},
};

/// An address, or the name of a wallet that has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressReference {
    /// The address.
    Address(Address),
    /// A wallet of this machine, or a development account such as anvil:0.
    Wallet(String),
}

impl FromStr for AddressReference {
    type Err = AddressError;

    /// A mistyped address is never taken for a name.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        match parse_address(text) {
            Ok(address) => Ok(Self::Address(address)),
            Err(error) if looks_like_address(text) || text.is_empty() => Err(error),
            Err(_) => Ok(Self::Wallet(text.to_owned())),
        }
    }
}

/// The address that is named, or that of the wallet in use where none is.
pub async fn named_or_own(
    named: Option<&AddressReference>,
    globals: &GlobalOptions,
    network: &Network,
) -> Result<Address> {
    match named {
        Some(named) => named.resolve(&globals.wallet, network),
        None => resolve_address(&globals.wallet, network, globals.no_input).await,
    }
}

impl AddressReference {
    /// The address that is meant. No password is asked for.
    pub fn resolve(&self, options: &WalletOptions, network: &Network) -> Result<Address> {
        let name = match self {
            Self::Address(address) => return Ok(*address),
            Self::Wallet(name) => name,
        };
        if let Some(index) = name.strip_prefix("anvil:") {
            let signer = index.parse().ok().and_then(|index| development_signer(index, network.chain_id));
            return signer.map(|signer| signer.address()).ok_or_else(|| {
                Error::usage(format_args!(
                    "there is no development account `{name}` on chain {}: anvil:0 to anvil:9 are on the local chain",
                    network.chain_id
                ))
            });
        }
        keystores(options).find(name)?.address.ok_or_else(|| {
            Error::auth(format_args!("the file of the wallet `{name}` does not hold its address"))
                .hint(format_args!("to see it: cuckoo wallet show {name} --password-file PATH"))
        })
    }
}
