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

    /// @dev What a charge does: shares worth an amount below the holder's leave with exactly that amount.
    function testFuzz_shares_for_an_amount_are_worth_exactly_it(
        uint256 tokens,
        uint256 shares,
        uint256 active,
        uint256 own,
        uint256 amount
    ) public pure {
        Pool memory p = pool(tokens, shares, active, own);
        uint256 have = p.toTokens(p.ownShares);
        if (have < 2) return;
        amount = bound(amount, 1, have - 1);
        uint128 gone = p.toSharesUp(amount);
        vm.assertLe(gone, p.ownShares);
        (uint256 oldTokens, uint256 oldShares) = (p.tokens, p.shares);
        p.unbond(gone, true);
        vm.assertEq(p.leave(gone), amount);
        // The price falls never, and rises by less than a wei of all.
        vm.assertGe(uint256(p.tokens) * oldShares, oldTokens * p.shares);
        vm.assertLe((uint256(p.tokens) - 1) * oldShares, oldTokens * p.shares);
    }

    /// @dev Parts of a loss sum up to no more than the loss, and miss it by less than one each.
    function testFuzz_parts_of_a_loss(uint256 tokens, uint256 shares, uint256 active, uint256 own, uint256 lost)
        public
        pure
    {
        Pool memory p = pool(tokens, shares, active, own);
        lost = bound(lost, 0, p.tokens);
        uint256 parts = p.partOf(lost, p.ownShares) + p.partOf(lost, p.activeShares - p.ownShares)
            + p.partOf(lost, p.shares - p.activeShares);
        vm.assertLe(parts, lost);
        vm.assertLe(lost, parts + 2);
    }

    /// @dev After a loss everyone is worth the same fraction of before, and a part of the loss is what that is short of.
    function testFuzz_a_loss_and_its_parts(uint256 tokens, uint256 shares, uint256 active, uint256 own, uint256 lost)
        public
        pure
    {
        Pool memory p = pool(tokens, shares, active, own);
        uint256 before = p.toTokens(p.ownShares);
        lost = bound(lost, 0, p.tokens);
        uint256 part = p.partOf(lost, p.ownShares);
        p.lose(lost);
        uint256 left = p.toTokens(p.ownShares);
        vm.assertLe(part, before - left + 1);
        vm.assertLe(before - left, part + 1);
    }
}
