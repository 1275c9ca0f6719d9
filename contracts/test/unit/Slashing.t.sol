// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {NodeRegistry, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {Votes} from "../../src/staking/Votes.sol";
import {SlashingBase} from "../harness/SlashingBase.sol";

/// @dev Takes nothing that is sent to it by a call.
contract Refusing {
    fallback() external payable {
        revert("no");
    }
}

contract SlashingTest is SlashingBase {
    function test_slash() public {
        vote(BOB, 10_000e18);
        retract(BOB, 4_000e18);
        vm.assertEq(staking.slashableOf(node), 40_000e18);
        vm.expectEmit(address(staking));
        emit Slashing.Slashed(node, 4_000e18, FINDER, 800e18, 36_000e18);
        vm.expectEmit(address(staking));
        emit Votes.NodeWeightChanged(node, Status.Active, 27_000e18, 32_400e18);
        (uint256 taken, uint256 reward) = staking.slash(node, 4_000e18, FINDER, 2_000);
        vm.assertEq(taken, 4_000e18);
        vm.assertEq(reward, 800e18);
        vm.assertEq(cai.balanceOf(FINDER), 800e18);
        vm.assertEq(cai.balanceOf(staking.BURN()), 3_200e18);
        vm.assertEq(cai.balanceOf(address(staking)), 36_000e18);
        vm.assertEq(staking.slashableOf(node), 36_000e18);
        vm.assertEq(staking.stakeOf(node, ALICE), 27_000e18);
        vm.assertEq(staking.stakeOf(node, BOB), 5_400e18);
        vm.assertEq(staking.unbondings(node, BOB)[0].amount, 3_600e18);
        vm.assertEq(staking.totalWeight(Role.Miner), 32_400e18);
    }

    function test_slash_refuses() public {
        vm.expectRevert(abi.encodeWithSelector(Slashing.FinderShareTooHigh.selector, 2_001, 2_000));
        staking.slash(node, 1, FINDER, 2_001);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, BOB));
        staking.slash(BOB, 1, FINDER, 0);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE));
        vm.prank(ALICE);
        staking.slash(node, 1, FINDER, 0);
    }

    function test_slash_of_nothing() public {
        vm.recordLogs();
        (uint256 taken, uint256 reward) = staking.slash(node, 0, FINDER, 2_000);
        vm.assertEq(taken + reward, 0);
        vm.assertEq(vm.getRecordedLogs().length, 0);
        assertStatus(Status.Active);
    }

    function test_slash_takes_what_is_left() public {
        (uint256 taken,) = staking.slash(node, type(uint256).max, FINDER, 1_000);
        vm.assertEq(taken, 30_000e18);
        vm.assertEq(cai.balanceOf(FINDER), 3_000e18);
        (taken,) = staking.slash(node, 1, FINDER, 1_000);
        vm.assertEq(taken, 0);
        vm.assertEq(staking.slashableOf(node), 0);
    }

    function test_slash_without_a_finder_burns_all() public {
        (, uint256 reward) = staking.slash(node, 100e18, address(0), 2_000);
        vm.assertEq(reward, 0);
        vm.assertEq(cai.balanceOf(staking.BURN()), 100e18);
        // The amount is too small for the finder to get a part.
        (, reward) = staking.slash(node, 4, FINDER, 2_000);
        vm.assertEq(reward, 0);
        vm.assertEq(cai.balanceOf(staking.BURN()), 100e18 + 4);
    }

    function test_finder_cannot_refuse() public {
        address refusing = address(new Refusing());
        (, uint256 reward) = staking.slash(node, 100e18, refusing, 2_000);
        vm.assertEq(reward, 20e18);
        vm.assertEq(cai.balanceOf(refusing), 20e18);
    }

    /// @dev A finder that is the staking contract gets a donation, which is ignored.
    function test_finder_may_be_anything() public {
        staking.slash(node, 100e18, address(staking), 2_000);
        staking.slash(node, 100e18, address(cai), 2_000);
        staking.slash(node, 100e18, ALICE, 2_000);
        vm.assertEq(staking.slashableOf(node), 29_700e18);
        vm.assertEq(cai.balanceOf(address(staking)), 29_720e18);
    }

    function test_a_slash_makes_inactive_at_once() public {
        staking.slash(node, 10_000e18 - 1, FINDER, 0);
        assertStatus(Status.Active);
        staking.slash(node, 1, FINDER, 0);
        assertStatus(Status.Inactive);
        vm.assertEq(uint256(staking.nodeView(node).weight), 0);
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
        vm.assertEq(uint256(staking.nodeView(node).selfStake), MINER_MINIMUM);
        // The owner can add stake to become active again.
        vote(ALICE, 1);
        assertStatus(Status.Active);
    }

    /// @dev Below a tenth of the first price a node is permanently excluded; at a tenth it is not.
    function test_tombstone_below_a_tenth() public {
        staking.slash(node, 27_000e18, FINDER, 0);
        assertStatus(Status.Inactive);
        vm.expectEmit(address(staking));
        emit Votes.NodeWeightChanged(node, Status.Tombstoned, 3_000e18 - 1, 0);
        staking.slash(node, 1, FINDER, 0);
        assertStatus(Status.Tombstoned);
    }

    function test_tombstone() public {
        vote(BOB, 10_000e18);
        retract(BOB, 4_000e18);
        emission(Role.Miner, 1_000e18, 1_000);
        vm.warp(block.timestamp + 1_000);
        uint256 earned = staking.pendingRewards(node, BOB);
        vm.assertGt(earned, 0);
        vm.expectEmit(address(staking));
        emit Votes.NodeWeightChanged(node, Status.Tombstoned, 0, 0);
        staking.slash(node, 40_000e18, FINDER, 2_000);
        assertStatus(Status.Tombstoned);

        // No stake can come in, nothing can be changed, and the key cannot be registered again.
        fund(ALICE, 30_000e18);
        vm.startPrank(ALICE);
        bytes memory refusal = abi.encodeWithSelector(NodeRegistry.NotActive.selector, node);
        vm.expectRevert(refusal);
        staking.vote(node, 1e18);
        vm.expectRevert(refusal);
        staking.update(node, "name", "", "");
        vm.expectRevert(refusal);
        staking.announceCommission(node, 1);
        vm.expectRevert(refusal);
        staking.deregister(node);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NodeTaken.selector, node));
        staking.register(node, Role.Miner, 30_000e18, "name", "", "", block.timestamp, "");
        vm.stopPrank();

        // Rewards are not stake; nothing else is left.
        vm.startPrank(BOB);
        vm.assertEq(staking.claim(node), earned);
        vm.expectRevert(abi.encodeWithSelector(Votes.InsufficientStake.selector, 0, 1));
        staking.retract(node, 1);
        vm.warp(block.timestamp + UNBONDING);
        vm.expectEmit(address(staking));
        emit Votes.Released(BOB, node, 0);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(BOB), 0);
    }

    function test_a_removed_node_can_be_slashed() public {
        vm.prank(ALICE);
        staking.deregister(node);
        retract(ALICE, 30_000e18);
        (uint256 taken,) = staking.slash(node, 15_000e18, FINDER, 0);
        vm.assertEq(taken, 15_000e18);
        assertStatus(Status.Removed);
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(ALICE);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(ALICE), 15_000e18);
        vm.assertEq(staking.slashableOf(node), 0);
    }

    function test_a_removed_node_can_be_tombstoned() public {
        vm.prank(ALICE);
        staking.deregister(node);
        staking.slash(node, 30_000e18, FINDER, 0);
        assertStatus(Status.Tombstoned);
    }
}
