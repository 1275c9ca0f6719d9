//! The stake behind one node: tokens, and shares of them (`PoolMath.sol`).

use alloy::primitives::U256;

use super::{
    arithmetic::{add, add128, div, low128, mul, narrow, product, sub, sub128},
    outcome::{Contracts, Outcome},
};

/// The stake behind one node, in wei of CAI. The price of a share is `tokens / shares`: it starts at 1 and is never above; a
/// slash lowers it, for active and unbonding shares alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// Tokens of all shares.
    pub tokens: u128,
    /// All shares: active and unbonding.
    pub shares: u128,
    /// Shares that count for the node's weight.
    pub active_shares: u128,
    /// The part of `active_shares` that belongs to the node's owner.
    pub own_shares: u128,
}

impl Pool {
    /// Tokens that `shares` stand for, rounded down.
    pub fn to_tokens(&self, shares: u128) -> u128 {
        // At most `tokens` for shares of this pool, so the lowest bits are all of it.
        match product(shares, self.tokens).checked_div(U256::from(self.shares)) {
            Some(tokens) => low128(tokens),
            None => 0,
        }
    }

    /// Tokens of all active shares.
    pub fn active_tokens(&self) -> u128 {
        self.to_tokens(self.active_shares)
    }

    /// Tokens of the owner's active shares.
    pub fn own_tokens(&self) -> u128 {
        self.to_tokens(self.own_shares)
    }

    /// The part of `tokens`, lost by all shares alike, that `shares` of this pool lose, rounded down.
    pub(super) fn part_of(&self, tokens: U256, shares: u128) -> Outcome<U256> {
        match self.shares {
            0 => Ok(U256::ZERO),
            all => Ok(mul(tokens, U256::from(shares))? / U256::from(all)),
        }
    }

    /// Whether a share is worth less than a tenth of what the first one was.
    pub(super) fn spent(&self) -> bool {
        product(self.tokens, 10) < U256::from(self.shares)
    }

    /// Shares that `tokens` buy, rounded down.
    fn to_shares(self, tokens: U256) -> Outcome<u128> {
        if self.shares == 0 {
            return narrow(tokens, 128);
        }
        if self.tokens == 0 {
            return Err(Contracts::PoolWiped {}.into());
        }
        narrow(product(narrow(tokens, 128)?, self.shares) / U256::from(self.tokens), 128)
    }

    /// Shares that must be given up for `tokens`, rounded up.
    pub(super) fn to_shares_up(self, tokens: U256) -> Outcome<u128> {
        let scaled = add(mul(tokens, U256::from(self.shares))?, U256::from(self.tokens))?;
        narrow(div(sub(scaled, U256::ONE)?, U256::from(self.tokens))?, 128)
    }

    /// Adds `tokens` as new active shares and returns these.
    pub(super) fn join(&mut self, tokens: U256, own: bool) -> Outcome<u128> {
        let shares = self.to_shares(tokens)?;
        self.tokens = add128(self.tokens, narrow(tokens, 128)?)?;
        self.shares = add128(self.shares, shares)?;
        self.active_shares = add128(self.active_shares, shares)?;
        if own {
            self.own_shares = add128(self.own_shares, shares)?;
        }
        Ok(shares)
    }

    /// Turns active shares into unbonding ones; they keep their part of the tokens.
    pub(super) fn unbond(&mut self, shares: u128, own: bool) -> Outcome<()> {
        self.active_shares = sub128(self.active_shares, shares)?;
        if own {
            self.own_shares = sub128(self.own_shares, shares)?;
        }
        Ok(())
    }

    /// Takes shares that do not count as active out of the pool and returns what they were worth.
    pub(super) fn leave(&mut self, shares: u128) -> Outcome<u128> {
        let tokens = self.to_tokens(shares);
        self.tokens = sub128(self.tokens, tokens)?;
        self.shares = sub128(self.shares, shares)?;
        Ok(tokens)
    }

    /// Takes tokens from all shares, as far as there are any, and returns what was taken.
    pub(super) fn lose(&mut self, tokens: U256) -> u128 {
        let taken = u128::try_from(tokens).map_or(self.tokens, |tokens| tokens.min(self.tokens));
        self.tokens -= taken;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_lowers_the_price_and_rounding_favours_the_pool() {
        let mut pool = Pool::default();
        assert_eq!(pool.join(U256::from(100), true), Ok(100));
        assert_eq!(pool.lose(U256::from(33)), 33);
        // 10 tokens buy 14.9 shares, and 10 tokens cost 15 of them.
        assert_eq!(pool.join(U256::from(10), false), Ok(14));
        assert_eq!(pool.to_shares_up(U256::from(10)), Ok(15));
        assert_eq!((pool.to_tokens(14), pool.own_tokens(), pool.tokens), (9, 67, 77));
        assert_eq!(pool.unbond(14, false), Ok(()));
        assert_eq!(pool.leave(14), Ok(9));
        assert_eq!(pool, Pool { tokens: 68, shares: 100, active_shares: 100, own_shares: 100 });
    }

    #[test]
    fn a_loss_takes_what_is_left_and_no_more() {
        let mut pool = Pool::default();
        assert_eq!(pool.join(U256::from(100), true), Ok(100));
        assert_eq!(pool.lose(U256::from(90)), 90);
        assert!(!pool.spent());
        assert_eq!(pool.lose(U256::MAX), 10);
        assert!(pool.spent());
        assert_eq!(pool.join(U256::from(1), false).map_err(|refusal| refusal.name()), Err("PoolWiped"));
        assert_eq!(pool.leave(100), Ok(0));
        assert_eq!(pool.join(U256::from(1), false), Ok(1));
    }
}
