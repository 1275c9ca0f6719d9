// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../../src/staking/NodeRegistry.sol";
import {StakingHarness} from "./StakingHarness.sol";
import {TestBase} from "./TestBase.sol";

/// @dev A node, and people who attack it. Each attack is named by its number in the project's checklist.
abstract contract AttackBase is TestBase {
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    address internal constant MALLORY = address(0xBAD);
    address internal constant FINDER = address(0xF1D);
    uint256 internal constant NODE_KEY = 0xE0DE;
    uint256 internal constant OTHER_KEY = 0xE0DF;

    StakingHarness internal harness;
    address internal node;

    function setUp() public {
        deploy();
        harness = new StakingHarness(cai, UNBONDING, address(manager));
        staking = harness;
        takeRoles();
        vm.roll(1_000);
        node = newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
    }

    function vote(address staker, uint256 amount) internal {
        fund(staker, amount);
        vm.prank(staker);
        staking.vote(node, amount, 5_000);
    }

    function retract(address staker, uint256 amount) internal {
        vm.prank(staker);
        staking.retract(node, amount);
    }

    function release(address staker) internal {
        vm.prank(staker);
        staking.release(node);
    }

    function claim(address staker) internal returns (uint256 amount) {
        vm.prank(staker);
        return staking.claim(node);
    }

    function wait(uint256 time) internal {
        vm.warp(vm.getBlockTimestamp() + time);
    }
}
