// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Role, Status} from "../../src/staking/NodeRegistry.sol";
import {TestBase} from "./TestBase.sol";

/// @dev What the tests of slashes share.
abstract contract SlashingBase is TestBase {
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);

    uint256 internal constant NODE_KEY = 0xE0DE;

    address internal node;

    function setUp() public {
        deploy();
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

    function status() internal view returns (Status) {
        return Status(staking.nodeView(node).status);
    }

    function assertStatus(Status want) internal view {
        vm.assertEq(uint256(status()), uint256(want));
    }
}
