// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {NodeRegistry, NodeView, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Votes} from "../../src/staking/Votes.sol";
import {TestBase} from "./TestBase.sol";

/// @dev What the tests of the staking contract share.
abstract contract StakingBase is TestBase {
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    uint256 internal constant NODE_KEY = 0xE0DE;
    uint256 internal constant OTHER_KEY = 0xE0DF;
    uint256 internal constant MINER_STAKE = MINER_MINIMUM + 1;

    address internal node;

    function setUp() public {
        deploy();
        node = vm.addr(NODE_KEY);
    }

    function assertNode(address who, Status status, uint256 selfStake, uint256 weight) internal view {
        NodeView memory info = staking.nodeView(who);
        vm.assertEq(uint256(info.status), uint256(status), "status");
        vm.assertEq(uint256(info.selfStake), selfStake, "own stake");
        vm.assertEq(uint256(info.weight), weight, "weight");
    }

    function expectWeight(address who, Status status, uint256 selfStake, uint256 weight) internal {
        vm.expectEmit(address(staking));
        emit Votes.NodeWeightChanged(who, status, uint128(selfStake), uint128(weight));
    }

    function attempt(bytes memory signature, string memory name, Role role, uint256 deadline) internal {
        vm.expectRevert(NodeRegistry.BadNodeSignature.selector);
        vm.prank(ALICE);
        staking.register(node, role, MINER_STAKE, name, "hello", "https://node", deadline, signature);
    }
}
