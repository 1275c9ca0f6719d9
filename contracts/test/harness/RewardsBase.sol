// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../../src/staking/NodeRegistry.sol";
import {TestBase} from "./TestBase.sol";

/// @dev What the tests of rewards share.
abstract contract RewardsBase is TestBase {
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    uint256 internal constant NODE_KEY = 0xE0DE;
    /// @dev What the divisions may leave, in wei of CAI.
    uint256 internal constant DUST = 1e9;

    address internal node;

    function setUp() public {
        deploy();
        vm.roll(1_000);
        node = newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
    }

    function vote(address staker, address target, uint256 amount) internal {
        fund(staker, amount);
        vm.prank(staker);
        staking.vote(target, amount, 5_000);
    }

    function announce(uint16 bps) internal {
        vm.prank(ALICE);
        staking.announceCommission(node, bps);
    }

    function claim(address staker) internal returns (uint256 amount) {
        vm.prank(staker);
        return staking.claim(node);
    }
}
