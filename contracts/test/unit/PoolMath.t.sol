// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Pool, PoolMath} from "../../src/libraries/PoolMath.sol";
import {TestBase} from "../harness/TestBase.sol";

contract PoolMathTest is TestBase {
    using PoolMath for Pool;

    /// @dev A pool whose price is at most 1, as every pool's.
    function pool(uint256 tokens, uint256 shares, uint256 active, uint256 own) private pure returns (Pool memory) {
        shares = bound(shares, 1, 1e30);
        tokens = bound(tokens, 1, shares);
        active = bound(active, 0, shares);
        own = bound(own, 0, active);
        return Pool(uint128(tokens), uint128(shares), uint128(active), uint128(own));
    }

    function wiped() external pure {
        Pool(0, 5, 5, 0).join(1, false);
    }

    function oversized(uint256 tokens) external pure {
        Pool(0, 0, 0, 0).join(tokens, false);
    }

    function oversizedLater(uint256 tokens) external pure {
        Pool(1, 1, 1, 1).join(tokens, false);
    }

    function test_empty_pool() public pure {
        Pool memory empty;
        vm.assertEq(empty.toTokens(0), 0);
        vm.assertEq(empty.activeTokens(), 0);
        vm.assertEq(empty.ownTokens(), 0);
        vm.assertEq(empty.toShares(7), 7);
    }

    function test_wiped_pool_takes_no_stake() public {
        vm.expectRevert(PoolMath.PoolWiped.selector);
        this.wiped();
    }

    function test_amounts_fit_128_bits() public {
        uint256 tokens = uint256(type(uint128).max) + 1;
        bytes memory refusal = abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 128, tokens);
        vm.expectRevert(refusal);
        this.oversized(tokens);
        vm.expectRevert(refusal);
        this.oversizedLater(tokens);
    }

    function test_price_is_one_without_losses() public pure {
        Pool memory p;
        vm.assertEq(p.join(5e18, true), 5e18);
        vm.assertEq(p.join(7e18, false), 7e18);
        p.unbond(2e18, true);
        vm.assertEq(p.ownTokens(), 3e18);
        vm.assertEq(p.activeTokens(), 10e18);
        vm.assertEq(p.leave(2e18), 2e18);
        vm.assertEq(p.tokens, 10e18);
        vm.assertEq(p.shares, 10e18);
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
        // Who stays gains at most the wei that rounding leaves, per wei of the price's inverse.
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
