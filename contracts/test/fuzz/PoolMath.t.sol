// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Pool, PoolMath} from "../../src/libraries/PoolMath.sol";
import {TestBase} from "../harness/TestBase.sol";

/// @dev Pools of any size.
contract PoolMathFuzz is TestBase {
    using PoolMath for Pool;

    /// @dev A pool whose price is at most 1, as every pool's.
    function pool(uint256 tokens, uint256 shares, uint256 active, uint256 own) private pure returns (Pool memory) {
        shares = bound(shares, 1, 1e30);
        tokens = bound(tokens, 1, shares);
        active = bound(active, 0, shares);
        own = bound(own, 0, active);
        return Pool(uint128(tokens), uint128(shares), uint128(active), uint128(own));
    }

    function testFuzz_join_gives_no_more_than_it_takes(
        uint256 tokens,
        uint256 shares,
        uint256 active,
        uint256 own,
        uint256 amount
    ) public pure {
        Pool memory p = pool(tokens, shares, active, own);
        amount = bound(amount, 1, p.tokens);
        uint256 old = p.toTokens(p.activeShares);
        uint128 bought = p.join(amount, false);
        vm.assertGe(bought, amount);
        vm.assertLe(p.toTokens(bought), amount);
        vm.assertGe(p.toTokens(p.activeShares - bought), old);
    }

    function testFuzz_leave_takes_no_more_than_a_fair_part(
        uint256 tokens,
        uint256 shares,
        uint256 active,
        uint256 own,
        uint256 part
    ) public pure {
        Pool memory p = pool(tokens, shares, active, own);
        uint128 leaving = uint128(bound(part, 0, p.shares - p.activeShares));
        (uint256 before, uint256 all) = (p.tokens, p.shares);
        uint256 staying = p.toTokens(p.activeShares);
        uint256 taken = p.leave(leaving);
        vm.assertLe(taken * all, before * leaving);
        vm.assertGe(p.toTokens(p.activeShares), staying);
        // Stakers that stay gain at most the wei that rounding leaves, per wei of the price's inverse.
        vm.assertEq(p.tokens + taken, before);
    }

    function testFuzz_shares_given_up_cover_the_tokens(
        uint256 tokens,
        uint256 shares,
        uint256 active,
        uint256 own,
        uint256 amount
    ) public pure {
        Pool memory p = pool(tokens, shares, active, own);
        amount = bound(amount, 1, p.tokens);
        uint128 up = p.toSharesUp(amount);
        vm.assertGe(p.toTokens(up), amount);
        vm.assertLe(up, p.shares);
        vm.assertLe(p.toShares(amount), up);
        vm.assertLe(up - p.toShares(amount), 1);
    }
}
