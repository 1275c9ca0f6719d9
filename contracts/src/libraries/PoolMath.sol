// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice The stake behind one node: tokens, and shares of them.
/// @dev The price of a share is `tokens / shares`. It starts at 1 and can only fall: a loss lowers `tokens` and so
/// takes the same fraction of every share, active or unbonding, at once. Amounts are in wei of CAI.
struct Pool {
    /// Tokens of all shares.
    uint128 tokens;
    /// All shares: active and unbonding.
    uint128 shares;
    /// Shares that count for the node's weight.
    uint128 activeShares;
    /// The part of `activeShares` that belongs to the node's owner.
    uint128 ownShares;
}

/// @title Share arithmetic of a stake pool
/// @notice Every division is rounded in the pool's favour, so what all holders can take never exceeds the tokens.
/// @dev Products of two 128-bit numbers fit 256 bits, so no division needs wider arithmetic.
library PoolMath {
    using SafeCast for uint256;

    /// @notice The pool lost all its tokens, so its shares have no price.
    error PoolWiped();

    /// @notice Tokens that `shares` stand for, rounded down.
    function toTokens(Pool memory pool, uint256 shares) internal pure returns (uint128) {
        // At most `pool.tokens` for shares of this pool, so it fits.
        return pool.shares == 0 ? 0 : (shares * pool.tokens / pool.shares).toUint128();
    }

    /// @notice Shares that `tokens` buy, rounded down.
    function toShares(Pool memory pool, uint256 tokens) internal pure returns (uint128) {
        if (pool.shares == 0) return tokens.toUint128();
        if (pool.tokens == 0) revert PoolWiped();
        return (uint256(tokens.toUint128()) * pool.shares / pool.tokens).toUint128();
    }

    /// @notice Shares that must be given up for `tokens`, rounded up.
    /// @dev Only for a pool that holds at least `tokens`, which must not be 0.
    function toSharesUp(Pool memory pool, uint256 tokens) internal pure returns (uint128) {
        return ((tokens * pool.shares + pool.tokens - 1) / pool.tokens).toUint128();
    }

    /// @notice Tokens of all active shares.
    function activeTokens(Pool memory pool) internal pure returns (uint128) {
        return toTokens(pool, pool.activeShares);
    }

    /// @notice Tokens of the owner's active shares.
    function ownTokens(Pool memory pool) internal pure returns (uint128) {
        return toTokens(pool, pool.ownShares);
    }

    /// @notice The part of `tokens`, lost by all shares alike, that `shares` of this pool lose, rounded down.
    function partOf(Pool memory pool, uint256 tokens, uint256 shares) internal pure returns (uint256) {
        return pool.shares == 0 ? 0 : tokens * shares / pool.shares;
    }

    /// @notice Adds `tokens` as new active shares.
    /// @param own Whether they belong to the node's owner.
    /// @return shares The new shares.
    function join(Pool memory pool, uint256 tokens, bool own) internal pure returns (uint128 shares) {
        shares = toShares(pool, tokens);
        pool.tokens += tokens.toUint128();
        pool.shares += shares;
        pool.activeShares += shares;
        if (own) pool.ownShares += shares;
    }

    /// @notice Turns active shares into unbonding ones; they keep their part of the tokens.
    /// @param own Whether they belong to the node's owner.
    function unbond(Pool memory pool, uint128 shares, bool own) internal pure {
        pool.activeShares -= shares;
        if (own) pool.ownShares -= shares;
    }

    /// @notice Takes shares that do not count as active out of the pool.
    /// @return tokens The value of the shares.
    function leave(Pool memory pool, uint128 shares) internal pure returns (uint128 tokens) {
        tokens = toTokens(pool, shares);
        pool.tokens -= tokens;
        pool.shares -= shares;
    }

    /// @notice Takes tokens from all shares, at most those that are left.
    /// @return taken The amount taken.
    function lose(Pool memory pool, uint256 tokens) internal pure returns (uint128 taken) {
        taken = tokens < pool.tokens ? uint128(tokens) : pool.tokens;
        pool.tokens -= taken;
    }

    /// @notice Whether a share is worth less than a tenth of what the first one was.
    /// @dev Such a pool takes no more stake. So a pool has at most ten shares per wei that it ever took, and its shares
    /// cannot exceed 128 bits, however often it is slashed and refilled.
    function spent(Pool memory pool) internal pure returns (bool) {
        return uint256(pool.tokens) * 10 < pool.shares;
    }
}
