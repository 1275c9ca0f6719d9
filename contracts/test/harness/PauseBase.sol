// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../../src/staking/NodeRegistry.sol";
import {TestBase} from "./TestBase.sol";

/// @dev What the tests of pauses share.
abstract contract PauseBase is TestBase {
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    uint256 internal constant NODE_KEY = 0xE0DE;

    address internal node;
    uint256 internal start;

    function setUp() public {
        deploy();
        node = newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
        fund(BOB, 10e18);
        vm.startPrank(BOB);
        staking.vote(node, 5e18, 5_000);
        staking.retract(node, 1e18);
        vm.stopPrank();
        vm.warp(block.timestamp + UNBONDING);
        start = block.timestamp;
    }
}
