//! The accounts that every local test chain starts with. Their keys are public, so they are worth nothing anywhere else.

use alloy::signers::local::PrivateKeySigner;

/// The chain id of a local test chain, the only one on which development accounts sign.
pub const DEVELOPMENT_CHAIN_ID: u64 = 31_337;

/// Keys of the mnemonic `test test test test test test test test test test test junk`, as anvil and hardhat print them.
const KEYS: [&str; 10] = [
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
    "8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
    "92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
    "4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356",
    "dbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97",
    "2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
];

/// Development account number `index` (0 to 9) on a chain, or `None` on every chain but the local test chain.
pub fn development_signer(index: usize, chain_id: u64) -> Option<PrivateKeySigner> {
    if chain_id != DEVELOPMENT_CHAIN_ID {
        return None;
    }
    KEYS.get(index)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accounts_are_the_well_known_ones() {
        let address =
            |index| development_signer(index, DEVELOPMENT_CHAIN_ID).map(|signer| signer.address().to_string());
        assert_eq!(address(0).as_deref(), Some("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"));
        assert_eq!(address(9).as_deref(), Some("0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"));
        let mut all: Vec<_> = (0..10).map(address).collect();
        all.dedup();
        assert!(all.len() == 10 && all.iter().all(Option::is_some));
        assert_eq!(address(10), None);
        assert!(development_signer(0, 1).is_none());
    }
}
