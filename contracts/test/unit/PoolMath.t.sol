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
}
