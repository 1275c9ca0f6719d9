// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Messages} from "../../src/libraries/Messages.sol";
import {NodeRegistry, NodeView, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Rotation} from "../../src/staking/Rotation.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {Idleness} from "../../src/staking/Idleness.sol";
import {Votes} from "../../src/staking/Votes.sol";
import {RewardsBase} from "../harness/RewardsBase.sol";

/// @dev A node whose key is replaced.
contract RotationTest is RewardsBase {
    uint256 private constant NEW_KEY = 0x2E3;
    uint256 private constant THIRD_KEY = 0x3E3;
    uint256 private constant COORDINATOR_KEY = 0xC00D;
    address private constant CAROL = address(0xCA401);

    function replace() private returns (address) {
        return rotate(ALICE, node, NEW_KEY);
    }

    function retract(address staker, address target, uint256 amount) private {
        vm.prank(staker);
        staking.retract(target, amount);
    }

    function test_rotate() public {
        vote(BOB, node, 10_000e18);
        announce(900);
        uint64 since = uint64(vm.getBlockTimestamp());
        vm.warp(since + 1 days);
        address next = vm.addr(NEW_KEY);
        bytes memory signature = signRegister(NEW_KEY, ALICE, Role.Miner, block.timestamp);
        vm.expectEmit(address(staking));
        emit NodeRegistry.NodeRegistered(next, ALICE, Role.Miner, "name", "hello", "https://node");
        vm.expectEmit(address(staking));
        emit Rotation.NodeRotated(node, next, block.timestamp + UNBONDING);
        vm.expectEmit(address(staking));
        emit Votes.NodeWeightChanged(node, Status.Rotated, 0, 0);
        vm.expectEmit(address(staking));
        emit Votes.NodeWeightChanged(next, Status.Active, 30_000e18, 40_000e18);
        vm.prank(ALICE);
        staking.rotate(node, next, "name", "hello", "https://node", block.timestamp, signature);

        NodeView memory info = staking.nodeView(next);
        vm.assertEq(info.owner, ALICE);
        vm.assertEq(info.role, uint8(Role.Miner));
        vm.assertEq(info.status, uint8(Status.Active));
        vm.assertEq(uint256(info.selfStake), 30_000e18);
        vm.assertEq(uint256(info.weight), 40_000e18);
        vm.assertEq(info.registeredAt, since);
        (uint16 bps, uint16 nextBps, uint64 nextAt) = staking.commissionOf(next);
        vm.assertEq(bps, 0);
        vm.assertEq(nextBps, 900);
        vm.assertEq(nextAt, since + UNBONDING);

        info = staking.nodeView(node);
        vm.assertEq(info.owner, ALICE);
        vm.assertEq(info.role, uint8(Role.Miner));
        vm.assertEq(info.status, uint8(Status.Rotated));
        vm.assertEq(uint256(info.selfStake) + info.weight, 0);
        vm.assertEq(info.registeredAt, since);
        vm.assertEq(staking.totalWeight(Role.Miner), 40_000e18);
        vm.assertEq(staking.nodeCount(Role.Miner), 2);
        NodeView[] memory page = staking.weights(Role.Miner, 0, 9);
        vm.assertEq(page[0].node, node);
        vm.assertEq(page[1].node, next);
        (address successor, uint64 at) = staking.successorOf(node);
        vm.assertEq(successor, next);
        vm.assertEq(at, block.timestamp);
        (successor, at) = staking.successorOf(next);
        vm.assertEq(successor, address(0));
        vm.assertEq(at, 0);
        vm.assertEq(staking.ownerOf(node), ALICE);
        vm.assertEq(uint256(staking.roleOf(node)), uint256(Role.Miner));
    }

    function test_voters_keep_everything() public {
        announce(1_000);
        vote(BOB, node, 10_000e18);
        emission(Role.Miner, 1_000e18, 1_000);
        vm.warp(block.timestamp + 400);
        retract(BOB, node, 4_000e18);
        uint256 bob = staking.pendingRewards(node, BOB);
        uint256 alice = staking.pendingRewards(node, ALICE);
        address next = replace();
        vm.assertEq(staking.pendingRewards(next, BOB), bob);
        vm.assertEq(staking.pendingRewards(next, ALICE), alice);
        vm.assertEq(staking.stakeOf(next, BOB), 6_000e18);
        vm.assertEq(staking.unbondings(next, BOB)[0].amount, 4_000e18);
        // The old key shows none of it, so that nothing is counted twice.
        vm.assertEq(staking.pendingRewards(node, BOB), 0);
        vm.assertEq(staking.stakeOf(node, BOB), 0);
        vm.assertEq(staking.unbondings(node, BOB).length, 0);
        vm.assertEq(staking.votesBeyond(node), 0);
        (uint16 bps, uint16 nextBps, uint64 nextAt) = staking.commissionOf(node);
        vm.assertEq(uint256(bps) + nextBps + nextAt, 0);

        vm.warp(block.timestamp + UNBONDING);
        vm.startPrank(BOB);
        staking.release(next);
        vm.assertEq(staking.freeStakeOf(BOB), 4_000e18);
        vm.assertGt(staking.claim(next), bob);
        staking.vote(next, 1e18, 1_000);
        vm.assertEq(staking.stakeOf(next, BOB), 6_001e18);
    }

    function test_users_name_the_current_key() public {
        vote(BOB, node, 10_000e18);
        retract(BOB, node, 1e18);
        address next = rotate(ALICE, replace(), THIRD_KEY);
        fund(BOB, 1e18);
        vm.warp(block.timestamp + UNBONDING);
        bytes memory refusal = abi.encodeWithSelector(NodeRegistry.NodeRotatedTo.selector, next);
        vm.startPrank(BOB);
        vm.expectRevert(refusal);
        staking.vote(node, 1, 5_000);
        vm.expectRevert(refusal);
        staking.depositAndVote(node, 1, 5_000);
        vm.expectRevert(refusal);
        staking.retract(node, 1);
        vm.expectRevert(refusal);
        staking.release(node);
        vm.expectRevert(refusal);
        staking.claim(node);
        vm.expectRevert(refusal);
        staking.markIdle(node);
        vm.stopPrank();
        vm.startPrank(ALICE);
        vm.expectRevert(refusal);
        staking.update(node, "name", "", "");
        vm.expectRevert(refusal);
        staking.announceCommission(node, 1);
        vm.expectRevert(refusal);
        staking.deregister(node);
        vm.expectRevert(refusal);
        staking.rotate(node, CAROL, "name", "", "", block.timestamp, "");
    }

    function test_rotate_refuses() public {
        address next = vm.addr(NEW_KEY);
        bytes memory signature = signRegister(NEW_KEY, ALICE, Role.Miner, block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, BOB));
        staking.rotate(BOB, next, "name", "hello", "https://node", block.timestamp, signature);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotNodeOwner.selector, node, BOB));
        vm.prank(BOB);
        staking.rotate(node, next, "name", "hello", "https://node", block.timestamp, signature);
        vm.startPrank(ALICE);
        vm.expectRevert(NodeRegistry.NodeIsOwner.selector);
        staking.rotate(node, ALICE, "name", "hello", "https://node", block.timestamp, signature);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NodeTaken.selector, node));
        staking.rotate(node, node, "name", "hello", "https://node", block.timestamp, signature);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.Expired.selector, block.timestamp - 1));
        staking.rotate(node, next, "name", "hello", "https://node", block.timestamp - 1, signature);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.BadNameLength.selector, 0));
        staking.rotate(node, next, "", "hello", "https://node", block.timestamp, signature);
        vm.expectRevert(NodeRegistry.BadNodeSignature.selector);
        staking.rotate(node, next, "other", "hello", "https://node", block.timestamp, signature);
        signature = signRegister(NODE_KEY, ALICE, Role.Miner, block.timestamp);
        vm.expectRevert(NodeRegistry.BadNodeSignature.selector);
        staking.rotate(node, next, "name", "hello", "https://node", block.timestamp, signature);
        // The new key agrees to the role of the node.
        signature = signRegister(NEW_KEY, ALICE, Role.Coordinator, block.timestamp);
        vm.expectRevert(NodeRegistry.BadNodeSignature.selector);
        staking.rotate(node, next, "name", "hello", "https://node", block.timestamp, signature);
        vm.stopPrank();
        vm.assertEq(staking.nodeView(next).status, 0);
    }

    /// @dev Neither an old key nor one in use can be registered or become a successor.
    function test_keys_are_used_once() public {
        address next = replace();
        fund(BOB, 50_000e18);
        vm.startPrank(BOB);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NodeTaken.selector, node));
        staking.register(node, Role.Miner, 30_000e18, "name", "", "", block.timestamp, "");
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NodeTaken.selector, next));
        staking.register(next, Role.Miner, 30_000e18, "name", "", "", block.timestamp, "");
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NodeTaken.selector, node));
        vm.prank(ALICE);
        staking.rotate(next, node, "name", "", "", block.timestamp, "");
    }

    /// @dev A signature that the new key gave for a rotation is good for one only.
    function test_signature_of_the_new_key_is_used_up() public {
        address next = vm.addr(NEW_KEY);
        bytes memory signature = signRegister(NEW_KEY, ALICE, Role.Miner, block.timestamp);
        replace();
        vm.assertEq(staking.nonces(next), 1);
        address other = newNode(ALICE, THIRD_KEY, Role.Miner, 30_000e18);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NodeTaken.selector, next));
        vm.prank(ALICE);
        staking.rotate(other, next, "name", "hello", "https://node", block.timestamp, signature);
    }

    // ------------------------------------------------------------------------------------------------- signatures

    function test_signatures_of_the_old_key_count_for_a_while() public {
        vm.assertTrue(staking.signs(node));
        vm.assertFalse(staking.signs(vm.addr(NEW_KEY)));
        address next = replace();
        uint256 until = vm.getBlockTimestamp() + UNBONDING;
        vm.assertTrue(staking.signs(node));
        vm.assertTrue(staking.signs(next));
        vm.warp(until);
        vm.assertTrue(staking.signs(node));
        vm.warp(until + 1);
        vm.assertFalse(staking.signs(node));
        vm.assertTrue(staking.signs(next));
    }

    /// @dev Each key of a chain counts from its own replacement.
    function test_signatures_in_a_chain() public {
        uint256 start = vm.getBlockTimestamp();
        address next = replace();
        vm.warp(start + 3 days);
        address third = rotate(ALICE, next, THIRD_KEY);
        vm.warp(start + UNBONDING + 1);
        vm.assertFalse(staking.signs(node));
        vm.assertTrue(staking.signs(next));
        vm.warp(start + 3 days + UNBONDING + 1);
        vm.assertFalse(staking.signs(next));
        vm.assertTrue(staking.signs(third));
        (address successor,) = staking.successorOf(node);
        vm.assertEq(successor, next);
        (successor,) = staking.successorOf(next);
        vm.assertEq(successor, third);
    }

    function test_keys_of_nodes_that_are_gone_sign() public {
        vm.prank(ALICE);
        staking.deregister(node);
        vm.assertTrue(staking.signs(node));
        vm.assertFalse(staking.signs(BOB));
    }

    // ------------------------------------------------------------------------------------------- offences, debts

    function test_a_slash_by_the_old_key_hits_the_successor() public {
        vote(BOB, node, 10_000e18);
        address next = replace();
        address third = rotate(ALICE, next, THIRD_KEY);
        vm.assertEq(staking.slashableOf(node), 40_000e18);
        vm.assertEq(staking.slashableOf(next), 40_000e18);
        vm.assertEq(staking.slashableOf(third), 40_000e18);
        vm.assertEq(staking.ownStakeOf(node), 30_000e18);
        bytes32[] memory ids = evidence();
        vm.expectEmit(address(staking));
        emit Slashing.EvidenceUsed(ids[0], third);
        vm.expectEmit(address(staking));
        emit Slashing.Slashed(third, 4_000e18, 3_000e18, 600e18, 36_000e18);
        vm.expectEmit(address(staking));
        emit Votes.NodeWeightChanged(third, Status.Active, 27_000e18, 36_000e18);
        staking.slash(node, 4_000e18, 2_000, ids);
        vm.assertEq(staking.stakeOf(third, BOB), 9_000e18);
        vm.expectRevert(abi.encodeWithSelector(Slashing.EvidenceSpent.selector, ids[0]));
        staking.slash(third, 4_000e18, 2_000, ids);
        // Long after the old key's signatures ceased to count.
        vm.warp(block.timestamp + 100 days);
        vm.expectEmit(address(staking));
        emit Slashing.Charged(third, 1_000e18, 0, 0);
        staking.charge(next, 1_000e18, 0);
        vm.assertApproxEqAbs(staking.ownStakeOf(node), 26_000e18, 1);
    }

    function test_tombstone_by_the_old_key() public {
        address next = replace();
        slash(node, 30_000e18, 0);
        vm.assertEq(staking.nodeView(next).status, uint8(Status.Tombstoned));
        vm.assertEq(staking.nodeView(node).status, uint8(Status.Rotated));
    }

    /// @dev However long the chain, punishing any key costs the same.
    function test_a_long_chain_costs_nothing() public {
        address current = node;
        for (uint256 i = 1; i <= 200; ++i) {
            current = rotate(ALICE, current, 0x10000 + i);
        }
        uint256 gas = gasleft();
        slash(node, 1_000e18, 2_000);
        vm.assertLt(gas - gasleft(), 200_000);
        vm.assertEq(staking.slashableOf(current), 29_000e18);
    }

    /// @dev What a thief of the old key can do with it: nothing at Staking, and nothing anywhere after the waiting time.
    function test_thief_of_the_old_key() public {
        address next = replace();
        vm.startPrank(node);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NodeRotatedTo.selector, next));
        staking.rotate(node, BOB, "name", "", "", block.timestamp, "");
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotNodeOwner.selector, next, node));
        staking.rotate(next, BOB, "name", "", "", block.timestamp, "");
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotNodeOwner.selector, next, node));
        staking.deregister(next);
        vm.stopPrank();
        vm.warp(block.timestamp + UNBONDING + 1);
        vm.assertFalse(staking.signs(node));
    }

    // ------------------------------------------------------------------------------------------------ other states

    function test_rotate_during_a_pause() public {
        staking.pause();
        address next = replace();
        vm.assertEq(staking.nodeView(next).status, uint8(Status.Active));
    }

    /// @dev The owner of a removed node keeps a thief from using the stake that unbonds.
    function test_rotate_a_removed_node() public {
        vm.prank(ALICE);
        staking.deregister(node);
        retract(ALICE, node, 30_000e18);
        address next = replace();
        vm.assertEq(staking.nodeView(next).status, uint8(Status.Removed));
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(ALICE);
        staking.release(next);
        vm.assertEq(staking.freeStakeOf(ALICE), 30_000e18);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotActive.selector, next));
        vm.prank(ALICE);
        staking.update(next, "name", "", "");
    }

    function test_rotate_an_inactive_node() public {
        retract(ALICE, node, 10_000e18);
        address next = replace();
        vm.assertEq(staking.nodeView(next).status, uint8(Status.Inactive));
        vote(ALICE, next, 1);
        vm.assertEq(staking.nodeView(next).status, uint8(Status.Active));
    }

    function test_rotate_an_idle_node() public {
        address coordinator = newNode(CAROL, COORDINATOR_KEY, Role.Coordinator, 3_000_000e18);
        uint256 start = vm.getBlockTimestamp();
        staking.recordPayment(coordinator, node);
        vm.warp(start + 8 days);
        staking.markIdle(node);
        address next = replace();
        NodeView memory info = staking.nodeView(next);
        vm.assertTrue(info.idle);
        vm.assertEq(info.paidAt, start);
        vm.assertEq(staking.nodeView(node).paidAt, 0);
        vm.assertFalse(staking.nodeView(node).idle);
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
        // A payment to the old key is one to the node.
        vm.expectEmit(address(staking));
        emit Idleness.NodeBusy(next);
        staking.recordPayment(coordinator, node);
        vm.assertFalse(staking.nodeView(next).idle);
        vm.assertEq(staking.nodeView(next).paidAt, start + 8 days);
        vm.assertEq(staking.totalWeight(Role.Miner), 30_000e18);
    }

    function test_rotate_keeps_the_time_of_registration_for_idleness() public {
        uint256 start = vm.getBlockTimestamp();
        vm.warp(start + 6 days);
        address next = replace();
        vm.warp(start + 7 days + 1);
        staking.markIdle(next);
        vm.assertTrue(staking.nodeView(next).idle);
    }

    function test_pools_have_numbers_of_their_own() public {
        address other = newNode(BOB, THIRD_KEY, Role.Miner, 50_000e18);
        address next = replace();
        vote(CAROL, next, 7e18);
        vm.assertEq(staking.stakeOf(other, CAROL), 0);
        vm.assertEq(staking.slashableOf(other), 50_000e18);
        vm.assertEq(staking.slashableOf(next), 30_007e18);
    }

    /// @dev The message that the new key signs is the one of a registration.
    function test_signed_message() public {
        address next = vm.addr(NEW_KEY);
        bytes32 metadata = keccak256(abi.encode("n", "", ""));
        bytes memory signature = sign(
            NEW_KEY, Messages.hash(Messages.Register(next, ALICE, uint8(Role.Miner), metadata, 0, block.timestamp))
        );
        vm.prank(ALICE);
        staking.rotate(node, next, "n", "", "", block.timestamp, signature);
        vm.assertEq(staking.nodeView(next).owner, ALICE);
    }
}
