// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {NodeRegistry, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {Votes} from "../../src/staking/Votes.sol";
import {SlashingBase} from "../harness/SlashingBase.sol";

contract SlashingTest is SlashingBase {
    function test_slash() public {
        vote(BOB, 10_000e18);
        retract(BOB, 4_000e18);
        vm.assertEq(staking.slashableOf(node), 40_000e18);
        bytes32[] memory ids = evidence();
        uint256 before = cai.balanceOf(address(this));
        vm.expectEmit(address(staking));
        emit Slashing.EvidenceUsed(ids[0], node);
        vm.expectEmit(address(staking));
        emit Slashing.Slashed(node, 4_000e18, 3_000e18, 600e18, 36_000e18);
        vm.expectEmit(address(staking));
        emit Votes.NodeWeightChanged(node, Status.Active, 27_000e18, 32_400e18);
        (uint256 taken, uint256 reward) = staking.slash(node, 4_000e18, 2_000, ids);
        vm.assertEq(taken, 4_000e18);
        vm.assertEq(reward, 600e18);
        vm.assertEq(cai.balanceOf(address(this)) - before, 600e18);
        vm.assertEq(cai.balanceOf(staking.BURN()), 3_400e18);
        vm.assertEq(cai.balanceOf(address(staking)), 36_000e18);
        vm.assertEq(staking.slashableOf(node), 36_000e18);
        vm.assertEq(staking.stakeOf(node, ALICE), 27_000e18);
        vm.assertEq(staking.stakeOf(node, BOB), 5_400e18);
        vm.assertEq(staking.unbondings(node, BOB)[0].amount, 3_600e18);
        vm.assertEq(staking.totalWeight(Role.Miner), 32_400e18);
    }

    function test_slash_refuses() public {
        bytes32[] memory ids = evidence();
        vm.expectRevert(abi.encodeWithSelector(Slashing.RewardTooHigh.selector, 2_001, 2_000));
        staking.slash(node, 1, 2_001, ids);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, BOB));
        staking.slash(BOB, 1, 0, ids);
        vm.expectRevert(Slashing.NoEvidence.selector);
        staking.slash(node, 1, 0, new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE));
        vm.prank(ALICE);
        staking.slash(node, 1, 0, ids);
        vm.assertFalse(staking.isSpent(ids[0]));
    }

    function test_slash_of_nothing_spends_the_evidence_only() public {
        bytes32[] memory ids = evidence();
        vm.recordLogs();
        (uint256 taken, uint256 reward) = staking.slash(node, 0, 2_000, ids);
        vm.assertEq(taken + reward, 0);
        vm.assertEq(vm.getRecordedLogs().length, 1);
        vm.assertTrue(staking.isSpent(ids[0]));
        assertStatus(Status.Active);
    }

    function test_slash_takes_what_is_left() public {
        (uint256 taken, uint256 reward) = slash(node, type(uint256).max, 1_000);
        vm.assertEq(taken, 30_000e18);
        vm.assertEq(reward, 3_000e18);
        (taken, reward) = slash(node, 1, 1_000);
        vm.assertEq(taken + reward, 0);
        vm.assertEq(staking.slashableOf(node), 0);
        vm.assertEq(staking.ownStakeOf(node), 0);
    }

    function test_slash_without_a_reward_burns_all() public {
        (, uint256 reward) = slash(node, 100e18, 0);
        vm.assertEq(reward, 0);
        vm.assertEq(cai.balanceOf(staking.BURN()), 100e18);
        // The amount is too small for a part of it.
        (, reward) = slash(node, 4, 2_000);
        vm.assertEq(reward, 0);
        vm.assertEq(cai.balanceOf(staking.BURN()), 100e18 + 4);
        (, reward) = slash(node, 5, 2_000);
        vm.assertEq(reward, 1);
    }

    /// @dev The owner's part is that of its active and its unbonding stake together.
    function test_reward_is_a_part_of_the_owners_loss() public {
        vote(BOB, 90_000e18);
        retract(ALICE, 12_000e18);
        retract(BOB, 50_000e18);
        vm.expectEmit(address(staking));
        emit Slashing.Slashed(node, 12_000e18, 3_000e18, 600e18, 108_000e18);
        (, uint256 reward) = slash(node, 12_000e18, 2_000);
        vm.assertEq(reward, 600e18);
        // What the owner has released is not its stake any more.
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(ALICE);
        staking.release(node);
        uint256 left = staking.slashableOf(node);
        uint256 own = staking.ownStakeOf(node);
        (, reward) = slash(node, 10_000e18, 2_000);
        vm.assertApproxEqAbs(reward, 10_000e18 * own / left / 5, 1);
    }

    function test_no_reward_without_own_stake() public {
        vote(BOB, 90_000e18);
        retract(ALICE, 30_000e18);
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(ALICE);
        staking.release(node);
        vm.assertEq(staking.ownStakeOf(node), 0);
        vm.expectEmit(address(staking));
        emit Slashing.Slashed(node, 50_000e18, 0, 0, 40_000e18);
        (, uint256 reward) = slash(node, 50_000e18, 2_000);
        vm.assertEq(reward, 0);
        vm.assertEq(cai.balanceOf(staking.BURN()), 50_000e18);
    }

    function test_a_slash_makes_inactive_at_once() public {
        slash(node, 10_000e18 - 1, 0);
        assertStatus(Status.Active);
        slash(node, 1, 0);
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
        slash(node, 27_000e18, 0);
        assertStatus(Status.Inactive);
        bytes32[] memory ids = evidence();
        vm.expectEmit(address(staking));
        emit Votes.NodeWeightChanged(node, Status.Tombstoned, 3_000e18 - 1, 0);
        staking.slash(node, 1, 0, ids);
        assertStatus(Status.Tombstoned);
    }

    function test_tombstone() public {
        vote(BOB, 10_000e18);
        retract(BOB, 4_000e18);
        emission(Role.Miner, 1_000e18, 1_000);
        vm.warp(block.timestamp + 1_000);
        uint256 earned = staking.pendingRewards(node, BOB);
        vm.assertGt(earned, 0);
        bytes32[] memory ids = evidence();
        vm.expectEmit(address(staking));
        emit Votes.NodeWeightChanged(node, Status.Tombstoned, 0, 0);
        staking.slash(node, 40_000e18, 2_000, ids);
        assertStatus(Status.Tombstoned);

        // No stake can come in, nothing can be changed, and the key cannot be registered again.
        fund(ALICE, 30_000e18);
        vm.startPrank(ALICE);
        bytes memory refusal = abi.encodeWithSelector(NodeRegistry.NotActive.selector, node);
        vm.expectRevert(refusal);
        staking.vote(node, 1e18, 5_000);
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
        (uint256 taken, uint256 reward) = slash(node, 15_000e18, 2_000);
        vm.assertEq(taken, 15_000e18);
        vm.assertEq(reward, 3_000e18);
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
        slash(node, 30_000e18, 0);
        assertStatus(Status.Tombstoned);
    }

    // --------------------------------------------------------------------------------------------------- evidence

    function test_evidence_is_spent_once() public {
        bytes32[] memory ids = evidence();
        vm.assertFalse(staking.isSpent(ids[0]));
        staking.slash(node, 1e18, 0, ids);
        vm.assertTrue(staking.isSpent(ids[0]));
        vm.expectRevert(abi.encodeWithSelector(Slashing.EvidenceSpent.selector, ids[0]));
        staking.slash(node, 1e18, 0, ids);
    }

    /// @dev Evidence is spent for every slasher, and for every node.
    function test_evidence_is_spent_over_all_slashers() public {
        bytes32[] memory ids = evidence();
        staking.slash(node, 1e18, 0, ids);
        address other = newNode(ALICE, NODE_KEY + 1, Role.Miner, 30_000e18);
        address successor = address(0x5EC0);
        manager.grantRole(Roles.SLASHER, successor, 0);
        bytes memory refusal = abi.encodeWithSelector(Slashing.EvidenceSpent.selector, ids[0]);
        vm.startPrank(successor);
        vm.expectRevert(refusal);
        staking.slash(node, 1e18, 0, ids);
        vm.expectRevert(refusal);
        staking.slash(other, 1e18, 0, ids);
        vm.stopPrank();
        vm.assertEq(staking.slashableOf(node), 29_999e18);
        vm.assertEq(staking.slashableOf(other), 30_000e18);
    }

    /// @dev One spent id among several refuses all, and spends none of the others.
    function test_evidence_in_lists() public {
        bytes32[] memory ids = new bytes32[](3);
        (ids[0], ids[1], ids[2]) = ("a", "b", "c");
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectEmit(address(staking));
            emit Slashing.EvidenceUsed(ids[i], node);
        }
        (uint256 taken,) = staking.slash(node, 1e18, 0, ids);
        vm.assertEq(taken, 1e18);
        (ids[0], ids[1]) = ("d", "b");
        vm.expectRevert(abi.encodeWithSelector(Slashing.EvidenceSpent.selector, bytes32("b")));
        staking.slash(node, 1e18, 0, ids);
        vm.assertFalse(staking.isSpent("d"));
    }

    function test_evidence_twice_in_one_list() public {
        bytes32[] memory ids = new bytes32[](2);
        (ids[0], ids[1]) = ("a", "a");
        vm.expectRevert(abi.encodeWithSelector(Slashing.EvidenceSpent.selector, bytes32("a")));
        staking.slash(node, 1e18, 0, ids);
        vm.assertEq(staking.slashableOf(node), 30_000e18);
    }
}
