// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Idleness} from "../../src/staking/Idleness.sol";
import {NodeRegistry, NodeView, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {PauseGuard} from "../../src/staking/PauseGuard.sol";
import {RewardsBase} from "../harness/RewardsBase.sol";

/// @dev Nodes that nobody pays earn nothing.
contract IdlenessTest is RewardsBase {
    uint256 private constant COORDINATOR_KEY = 0xC00D;
    uint256 private constant OTHER_KEY = 0xE0DF;
    address private constant CAROL = address(0xCA401);
    address private constant FINDER = address(0xF1D);

    address private coordinator;
    uint256 private start;

    function begin() private {
        coordinator = newNode(CAROL, COORDINATOR_KEY, Role.Coordinator, 3_000_000e18);
        start = vm.getBlockTimestamp();
    }

    function mark(address target) private returns (uint256 tip) {
        vm.prank(FINDER);
        return staking.markIdle(target);
    }

    function assertIdle(address target, bool idle) private view {
        vm.assertEq(staking.nodeView(target).idle, idle, "idle");
    }

    function test_mark() public {
        emission(Role.Miner, 30 days * 1e18, 30 days);
        vm.warp(block.timestamp + 7 days + 1);
        vote(BOB, node, 10_000e18);
        vm.warp(block.timestamp + 100);
        uint256 alice = staking.pendingRewards(node, ALICE);
        vm.expectEmit(address(staking));
        emit Idleness.NodeIdle(node, 1e18, FINDER);
        vm.assertEq(mark(node), 1e18);
        vm.assertEq(cai.balanceOf(FINDER), 1e18);
        NodeView memory info = staking.nodeView(node);
        vm.assertTrue(info.idle);
        vm.assertEq(info.paidAt, 0);
        // It is given work by its weight, and earns nothing.
        vm.assertEq(uint256(info.weight), 40_000e18);
        vm.assertEq(info.status, 1);
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
        vm.assertEq(staking.pendingRewards(node, ALICE), alice - 1e18);
        vm.assertApproxEqAbs(staking.pendingRewards(node, BOB), 25e18, 1e6);
        uint256 bob = staking.pendingRewards(node, BOB);
        vm.warp(block.timestamp + 5 days);
        vm.assertEq(staking.pendingRewards(node, BOB), bob);
    }

    function test_mark_needs_seven_days() public {
        uint256 at = vm.getBlockTimestamp() + 7 days;
        vm.warp(at);
        vm.expectRevert(abi.encodeWithSelector(Idleness.NotIdleYet.selector, at));
        mark(node);
        vm.warp(at + 1);
        mark(node);
        assertIdle(node, true);
    }

    function test_mark_refuses() public {
        begin();
        vm.warp(start + 8 days);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, BOB));
        mark(BOB);
        mark(node);
        vm.expectRevert(abi.encodeWithSelector(Idleness.AlreadyIdle.selector, node));
        mark(node);
        vm.prank(CAROL);
        staking.retract(coordinator, 1_000_000e18);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotActive.selector, coordinator));
        mark(coordinator);
    }

    /// @dev Nodes of both roles, of which one has been paid and one has paid.
    function test_payment_keeps_busy() public {
        begin();
        vm.warp(start + 3 days);
        staking.recordPayment(coordinator, node);
        vm.assertEq(staking.nodeView(node).paidAt, start + 3 days);
        vm.assertEq(staking.nodeView(coordinator).paidAt, start + 3 days);
        vm.warp(start + 10 days);
        bytes memory refusal = abi.encodeWithSelector(Idleness.NotIdleYet.selector, start + 10 days);
        vm.expectRevert(refusal);
        mark(node);
        vm.expectRevert(refusal);
        mark(coordinator);
        vm.warp(start + 10 days + 1);
        mark(node);
        mark(coordinator);
    }

    function test_payments_are_recorded_hourly() public {
        begin();
        staking.recordPayment(coordinator, node);
        vm.warp(start + 1 hours - 1);
        vm.recordLogs();
        staking.recordPayment(coordinator, node);
        vm.assertEq(staking.nodeView(node).paidAt, start);
        vm.warp(start + 1 hours);
        staking.recordPayment(coordinator, node);
        vm.assertEq(staking.nodeView(node).paidAt, start + 1 hours);
        vm.assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_payment_ends_idleness() public {
        begin();
        emission(Role.Miner, 60 days * 1e18, 60 days);
        vm.warp(start + 8 days);
        mark(node);
        mark(coordinator);
        uint256 pending = staking.pendingRewards(node, ALICE);
        vm.warp(start + 9 days);
        vm.expectEmit(address(staking));
        emit Idleness.NodeBusy(coordinator);
        vm.expectEmit(address(staking));
        emit Idleness.NodeBusy(node);
        staking.recordPayment(coordinator, node);
        assertIdle(node, false);
        assertIdle(coordinator, false);
        vm.assertEq(staking.totalWeight(Role.Miner), 30_000e18);
        vm.assertEq(staking.totalWeight(Role.Coordinator), 3_000_000e18);
        // Nothing for the time between.
        vm.assertEq(staking.pendingRewards(node, ALICE), pending);
        vm.warp(start + 9 days + 100);
        vm.assertApproxEqAbs(staking.pendingRewards(node, ALICE), pending + 100e18, 1e6);
        // It can become idle again.
        vm.warp(start + 16 days + 1);
        mark(node);
    }

    /// @dev What idle nodes do not earn goes to the others.
    function test_others_earn_the_rest() public {
        address other = newNode(BOB, OTHER_KEY, Role.Miner, 60_000e18);
        begin();
        emission(Role.Miner, 30 days * 1e18, 30 days);
        vm.warp(start + 7 days);
        staking.recordPayment(coordinator, other);
        vm.warp(start + 8 days);
        mark(node);
        uint256 before = staking.pendingRewards(other, BOB);
        vm.warp(start + 8 days + 1_000);
        vm.assertApproxEqAbs(staking.pendingRewards(other, BOB), before + 1_000e18, 1e6);
        vm.assertEq(staking.totalWeight(Role.Miner), 60_000e18);
    }

    function test_payment_refuses() public {
        begin();
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE));
        vm.prank(ALICE);
        staking.recordPayment(coordinator, node);
        vm.expectRevert(abi.encodeWithSelector(Idleness.NotACoordinator.selector, node));
        staking.recordPayment(node, node);
        vm.expectRevert(abi.encodeWithSelector(Idleness.NotAMiner.selector, coordinator));
        staking.recordPayment(coordinator, coordinator);
        vm.expectRevert(abi.encodeWithSelector(Idleness.NotACoordinator.selector, BOB));
        staking.recordPayment(BOB, node);
        vm.expectRevert(abi.encodeWithSelector(Idleness.NotAMiner.selector, BOB));
        staking.recordPayment(coordinator, BOB);
    }

    // ------------------------------------------------------------------------------------------------------- tips

    function test_no_tip_without_earnings() public {
        vm.warp(block.timestamp + 8 days);
        vm.recordLogs();
        vm.assertEq(mark(node), 0);
        vm.assertEq(vm.getRecordedLogs().length, 1);
        vm.assertEq(cai.balanceOf(FINDER), 0);
    }

    /// @dev A tip is at most what the node has earned since its stream last paid it, and nobody loses more than that.
    function test_tip_of_less() public {
        emission(Role.Miner, 30 days * 1e15, 30 days);
        vm.warp(block.timestamp + 8 days);
        claim(ALICE);
        vm.warp(block.timestamp + 100);
        uint256 unpaid = staking.streamOf(Role.Miner).unpaid;
        uint256 tip = mark(node);
        vm.assertApproxEqAbs(tip, 100e15, 1e6);
        vm.assertEq(staking.pendingRewards(node, ALICE), 0);
        vm.assertEq(staking.streamOf(Role.Miner).unpaid, unpaid - tip);
    }

    /// @dev A tip comes out of what the owner's stake has earned, not out of the commission.
    function test_tip_and_commission() public {
        announce(5_000);
        vote(BOB, node, 30_000e18);
        vm.warp(block.timestamp + 8 days);
        emission(Role.Miner, 11e18, 11);
        vm.warp(block.timestamp + 11);
        vm.assertEq(mark(node), 1e18);
        vm.assertApproxEqAbs(claim(ALICE), 7.25e18, 1e6);
        vm.assertApproxEqAbs(claim(BOB), 2.75e18, 1e6);
        vm.assertLe(staking.streamOf(Role.Miner).unpaid, 1e6);
    }

    /// @dev A voter's claim computes what its shares have earned without storing it; a tip may not lower that.
    function test_voter_who_claimed_can_leave() public {
        emission(Role.Miner, 30 days * 1e18, 30 days);
        vote(BOB, node, 10_000e18);
        vm.warp(block.timestamp + 8 days);
        claim(BOB);
        mark(node);
        vm.assertEq(staking.pendingRewards(node, BOB), 0);
        vm.prank(BOB);
        staking.retract(node, 10_000e18);
    }

    // ---------------------------------------------------------------------------------------------- other changes

    /// @dev Votes for an idle node, and losses of it, change its weight and not the total.
    function test_weight_of_an_idle_node() public {
        vm.warp(block.timestamp + 8 days);
        mark(node);
        vote(BOB, node, 10_000e18);
        vm.assertEq(uint256(staking.nodeView(node).weight), 40_000e18);
        slash(node, 4_000e18, 0);
        staking.charge(node, 2_000e18, 0);
        vm.assertEq(uint256(staking.nodeView(node).weight), 34_000e18);
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
        begin();
        staking.recordPayment(coordinator, node);
        vm.assertEq(staking.totalWeight(Role.Miner), 34_000e18);
    }

    function test_idle_then_inactive_then_active() public {
        begin();
        vm.warp(start + 8 days);
        mark(node);
        vm.prank(ALICE);
        staking.retract(node, 10_000e18);
        vm.assertEq(staking.nodeView(node).status, uint8(Status.Inactive));
        vote(ALICE, node, 5_000e18);
        vm.assertEq(staking.nodeView(node).status, uint8(Status.Active));
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
        assertIdle(node, true);
        // A payment to an inactive node counts as well.
        vm.prank(ALICE);
        staking.retract(node, 5_000e18);
        staking.recordPayment(coordinator, node);
        assertIdle(node, false);
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
        vote(ALICE, node, 5_000e18);
        vm.assertEq(staking.totalWeight(Role.Miner), 25_000e18);
    }

    function test_idle_then_removed() public {
        begin();
        vm.warp(start + 8 days);
        mark(node);
        vm.prank(ALICE);
        staking.deregister(node);
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
        staking.recordPayment(coordinator, node);
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
        assertIdle(node, false);
    }

    /// @dev An idle node's announced commission takes effect, and its owner claims what was earned before.
    function test_commission_of_an_idle_node() public {
        begin();
        emission(Role.Miner, 30 days * 1e18, 30 days);
        vm.warp(start + 8 days);
        announce(1_000);
        mark(node);
        vm.warp(start + 8 days + UNBONDING);
        uint256 pending = staking.pendingRewards(node, ALICE);
        vm.assertEq(claim(ALICE), pending);
        vm.assertGt(pending, 600_000e18);
        (uint16 bps,,) = staking.commissionOf(node);
        vm.assertEq(bps, 1_000);
        staking.recordPayment(coordinator, node);
        (bps,,) = staking.commissionOf(node);
        vm.assertEq(bps, 1_000);
    }

    /// @dev Marks wait for the end of a pause as exits do; payments do not.
    function test_pauses() public {
        begin();
        vm.warp(start + 8 days);
        staking.pause();
        vm.expectRevert(abi.encodeWithSelector(PauseGuard.ExitsPaused.selector, start + 11 days));
        mark(node);
        staking.recordPayment(coordinator, node);
        vm.warp(start + 11 days);
        vm.expectRevert(abi.encodeWithSelector(Idleness.NotIdleYet.selector, start + 15 days));
        mark(node);
    }

    /// @dev However nodes come, are marked and are paid, the total is the sum of those who earn.
    function testFuzz_total(uint8[16] calldata steps) public {
        begin();
        address other = newNode(BOB, OTHER_KEY, Role.Miner, 60_000e18);
        for (uint256 i = 0; i < steps.length; ++i) {
            address one = steps[i] % 2 == 0 ? node : other;
            if (steps[i] % 3 == 0) {
                try staking.markIdle(one) {} catch {}
            } else if (steps[i] % 3 == 1) {
                staking.recordPayment(coordinator, one);
            } else {
                vote(CAROL, one, 1e18);
            }
            vm.warp(vm.getBlockTimestamp() + uint256(steps[i]) * 1 hours);
            NodeView memory a = staking.nodeView(node);
            NodeView memory b = staking.nodeView(other);
            vm.assertEq(staking.totalWeight(Role.Miner), (a.idle ? 0 : a.weight) + (b.idle ? 0 : b.weight));
        }
    }
}
