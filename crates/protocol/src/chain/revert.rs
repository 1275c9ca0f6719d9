//! One decoder of the contracts' custom errors into words.

use std::fmt;

use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::{GenericContractError, SolInterface},
};

use crate::{
    Cai, Untrusted,
    contract::{CAIToken::CAITokenErrors as Token, Faucet::FaucetErrors as Drip, Staking::StakingErrors as Stake},
};

/// A contract's refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revert {
    /// The error's name in the contract, such as `BelowMinimum`.
    pub name: &'static str,
    /// The same in words.
    pub words: String,
    /// As the chain returned it.
    pub data: Bytes,
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl Revert {
    /// Reads what a call returned on its failure.
    pub fn decode(data: &Bytes) -> Self {
        let (name, words) = words(data);
        Self { name, words, data: data.clone() }
    }
}

fn words(data: &Bytes) -> (&'static str, String) {
    let Some(selector) = data.first_chunk::<4>().copied() else {
        return ("Reverted", "the contract refused without saying why".into());
    };
    let name = |found: Option<&'static str>| found.unwrap_or("Unknown");
    if let Ok(error) = Stake::abi_decode(data) {
        let name = name(Stake::name_by_selector(selector));
        return (name, staking(error).unwrap_or_else(|| format!("the staking contract refused: {name}")));
    }
    if let Ok(error) = Drip::abi_decode(data) {
        let name = name(Drip::name_by_selector(selector));
        return (name, faucet(error).unwrap_or_else(|| format!("the faucet refused: {name}")));
    }
    if let Ok(error) = Token::abi_decode(data) {
        let name = name(Token::name_by_selector(selector));
        return (name, token(error).unwrap_or_else(|| format!("the token refused: {name}")));
    }
    match GenericContractError::abi_decode(data) {
        Ok(GenericContractError::Revert(revert)) => {
            ("Error", format!("the contract refused: {}", Untrusted::new(revert.reason)))
        }
        Ok(GenericContractError::Panic(panic)) => ("Panic", format!("the contract failed: {panic}")),
        _ => {
            let selector = alloy::hex::encode(selector);
            ("Unknown", format!("the contract refused with an error that this program does not know (0x{selector})"))
        }
    }
}

fn cai(units: U256) -> Cai {
    Cai::from_base_units(units)
}

/// Moments are shown as Unix seconds here: the commands, which know the time, say how long that is.
fn moment(seconds: U256) -> String {
    format!("Unix time {seconds}")
}

fn staking(error: Stake) -> Option<String> {
    Some(match error {
        Stake::BelowMinimum(error) => {
            format!("own stake must be more than {}; it is {}", cai(error.need), cai(error.have))
        }
        Stake::InsufficientFreeStake(error) => {
            format!("this needs {} of free stake; there is {}", cai(error.need), cai(error.have))
        }
        Stake::InsufficientStake(error) => {
            format!("this needs {} of stake behind the node; there is {}", cai(error.need), cai(error.have))
        }
        Stake::NodeTaken(error) => format!("the node key {} was registered before", error.node),
        Stake::UnknownNode(error) => format!("no node {} is registered", error.node),
        Stake::NotActive(error) => format!("the node {} is not active", error.node),
        Stake::NotNodeOwner(error) => format!("the node {} belongs to somebody else than {}", error.node, error.caller),
        Stake::NodeIsOwner(_) => "a node needs a key of its own, other than its owner's".into(),
        Stake::BadNodeSignature(_) => "the node key's signature is not accepted".into(),
        Stake::BadNameLength(error) => format!("a name has 1 to 64 bytes; this one has {}", error.length),
        Stake::BadIntroductionLength(error) => {
            format!("an introduction has at most 512 bytes; this one has {}", error.length)
        }
        Stake::BadEndpointLength(error) => {
            format!("an endpoint has at most 256 bytes, and a coordinator has one; this one has {}", error.length)
        }
        Stake::Expired(error) => format!("the signature was good until {} only", moment(error.deadline)),
        Stake::ZeroAmount(_) => "the amount is 0".into(),
        Stake::NothingToRelease(_) => "nothing is unbonding there".into(),
        Stake::StillUnbonding(error) => format!("it is still unbonding until {}", moment(error.at)),
        Stake::TooManyUnbondings(_) => "32 unbondings are open there; release some first".into(),
        _ => return None,
    })
}

fn faucet(error: Drip) -> Option<String> {
    Some(match error {
        Drip::FaucetCooldown(error) => {
            format!("the faucet serves this address again from {}", moment(error.availableAt))
        }
        Drip::FaucetDailyCap(error) => {
            format!("the faucet's {} of today are spent, it goes on at {}", cai(error.cap), moment(error.availableAt))
        }
        Drip::FaucetEmpty(error) => {
            format!("the faucet holds {} and would need {}", cai(error.have), cai(error.need))
        }
        Drip::NotAllowed(error) => format!("{} may not do that with the faucet", error.caller),
        _ => return None,
    })
}

fn token(error: Token) -> Option<String> {
    let account = |account: Address, what: &str, have: U256, need: U256| {
        format!("{account} {what} {}, this needs {}", cai(have), cai(need))
    };
    Some(match error {
        Token::ERC20InsufficientBalance(error) => account(error.sender, "has", error.balance, error.needed),
        Token::ERC20InsufficientAllowance(error) => account(error.spender, "may take", error.allowance, error.needed),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use alloy::sol_types::{Revert as Words, SolError};

    use super::*;
    use crate::contract::{CAIToken, Faucet, Staking};

    fn shown(error: impl SolError) -> (&'static str, String) {
        let revert = Revert::decode(&error.abi_encode().into());
        (revert.name, revert.words)
    }

    #[test]
    fn custom_errors_become_sentences() {
        let twenty = Cai::from_whole(20_000).base_units();
        assert_eq!(
            shown(Staking::BelowMinimum { have: twenty, need: twenty }),
            ("BelowMinimum", "own stake must be more than 20,000 CAI; it is 20,000 CAI".into())
        );
        assert_eq!(shown(Staking::PoolWiped {}), ("PoolWiped", "the staking contract refused: PoolWiped".into()));
        assert_eq!(shown(Faucet::FaucetEmpty { have: U256::ZERO, need: twenty }).0, "FaucetEmpty");
        let short = CAIToken::ERC20InsufficientBalance { sender: Address::ZERO, balance: U256::ZERO, needed: twenty };
        assert_eq!(shown(short).0, "ERC20InsufficientBalance");
    }

    #[test]
    fn words_of_strangers_are_shown_harmlessly() {
        let (name, text) = shown(Words::from("bad\u{1b}[31m".to_owned()));
        assert_eq!((name, text.as_str()), ("Error", "the contract refused: bad\\u{1b}[31m"));
        assert_eq!(Revert::decode(&Bytes::new()).name, "Reverted");
        assert_eq!(Revert::decode(&Bytes::from_static(&[1, 2, 3, 4, 5])).name, "Unknown");
    }
}
