// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Pool, PoolMath} from "../../src/libraries/PoolMath.sol";
import {TestBase} from "../harness/TestBase.sol";

contract PoolMathTest is TestBase {
    using PoolMath for Pool;

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

    function test_part_of_a_loss() public pure {
        Pool memory p = Pool(90, 100, 80, 30);
        vm.assertEq(p.partOf(10, 33), 3);
        vm.assertEq(p.partOf(90, 100), 90);
        vm.assertEq(p.partOf(90, 0), 0);
        Pool memory empty;
        vm.assertEq(empty.partOf(1, 1), 0);
    }

    function test_spent_below_a_tenth() public pure {
        vm.assertFalse(Pool(10, 100, 100, 100).spent());
        vm.assertTrue(Pool(9, 100, 100, 100).spent());
        vm.assertFalse(Pool(0, 0, 0, 0).spent());
    }

    function test_lose_takes_what_there_is() public pure {
        Pool memory p = Pool(10, 20, 20, 0);
        vm.assertEq(p.lose(4), 4);
        vm.assertEq(p.lose(7), 6);
        vm.assertEq(p.lose(type(uint256).max), 0);
        vm.assertEq(p.tokens, 0);
        vm.assertEq(p.shares, 20);
        vm.assertEq(p.activeTokens(), 0);
    }

    /// @dev What a request for tokens costs is rounded up, what it is worth down, so nobody is paid by rounding.
    function test_rounding() public pure {
        Pool memory p = Pool(35, 100, 100, 100);
        vm.assertEq(p.toTokens(10), 3);
        vm.assertEq(p.toSharesUp(3), 9);
        vm.assertEq(p.toShares(3), 8);
        p.unbond(10, false);
        vm.assertEq(p.leave(10), 3);
        vm.assertEq(p.tokens, 32);
        vm.assertEq(p.shares, 90);
    }

    function test_unbond_of_another() public pure {
        Pool memory p = Pool(100, 100, 60, 20);
        p.unbond(10, false);
        vm.assertEq(p.activeShares, 50);
        vm.assertEq(p.ownShares, 20);
        p.unbond(10, true);
        vm.assertEq(p.activeShares, 40);
        vm.assertEq(p.ownShares, 10);
        vm.assertEq(p.shares, 100);
    }
}
