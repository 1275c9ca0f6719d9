// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Staking} from "../../src/Staking.sol";
import {NodeRegistry, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Rewards, StreamView} from "../../src/staking/Rewards.sol";
import {RewardsBase} from "../harness/RewardsBase.sol";
import {StakingHarness} from "../harness/StakingHarness.sol";

contract RewardsTest is RewardsBase {
    address private constant CAROL = address(0xCA401);
    uint256 private constant OTHER_KEY = 0xE0DF;

    /// @dev A little less than `want`, as far as divisions leave something, or exactly it.
    function assertEarned(uint256 have, uint256 want) private pure {
        vm.assertLe(have, want);
        vm.assertLe(want - have, DUST);
    }

    // ---------------------------------------------------------------------------------------------------- streams

    function test_notify() public {
        cai.approve(address(staking), 1_000e18);
        vm.expectEmit(address(staking));
        emit Rewards.EmissionNotified(Role.Miner, 1_000e18, 1e18, block.timestamp + 1_000);
        staking.notifyEmission(Role.Miner, 1_000e18, 1_000);
        vm.assertEq(cai.balanceOf(address(staking)), 31_000e18);
        StreamView memory stream = staking.streamOf(Role.Miner);
        vm.assertEq(stream.rate, 1e18);
        vm.assertEq(stream.end, block.timestamp + 1_000);
        vm.assertEq(stream.remaining, 1_000e18);
        vm.assertEq(stream.unpaid, 1_000e18);
        vm.assertEq(staking.streamOf(Role.Coordinator).unpaid, 0);

        vm.warp(block.timestamp + 400);
        stream = staking.streamOf(Role.Miner);
        vm.assertEq(stream.remaining, 600e18);
        vm.assertEq(stream.unpaid, 1_000e18);
    }

    function test_notify_refuses() public {
        vm.expectRevert(NodeRegistry.InvalidRole.selector);
        staking.notifyEmission(Role.None, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(Rewards.BadDuration.selector, 0, 366 days));
        staking.notifyEmission(Role.Miner, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(Rewards.BadDuration.selector, 366 days + 1, 366 days));
        staking.notifyEmission(Role.Miner, 1, 366 days + 1);
        uint256 huge = uint256(type(uint96).max) + 1;
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 96, huge));
        staking.notifyEmission(Role.Miner, huge, 1);
        // The caller gave no allowance.
        vm.expectRevert();
        staking.notifyEmission(Role.Miner, 1, 366 days);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, BOB));
        vm.prank(BOB);
        staking.notifyEmission(Role.Miner, 0, 1);
    }

    function test_one_node_earns_all() public {
        emission(Role.Miner, 1_000e18, 1_000);
        vm.assertEq(staking.pendingRewards(node, ALICE), 0);
        vm.warp(block.timestamp + 250);
        assertEarned(staking.pendingRewards(node, ALICE), 250e18);
        vm.warp(block.timestamp + 10_000);
        assertEarned(staking.pendingRewards(node, ALICE), 1_000e18);
        assertEarned(claim(ALICE), 1_000e18);
        vm.assertEq(staking.pendingRewards(node, ALICE), 0);
    }

    function test_roles_have_streams_of_their_own() public {
        address coordinator = newNode(BOB, OTHER_KEY, Role.Coordinator, 3_000_000e18);
        emission(Role.Coordinator, 500e18, 1_000);
        vm.warp(block.timestamp + 1_000);
        vm.assertEq(staking.pendingRewards(node, ALICE), 0);
        assertEarned(staking.pendingRewards(coordinator, BOB), 500e18);
    }

    function test_split_by_weight_and_by_stake() public {
        address other = newNode(BOB, OTHER_KEY, Role.Miner, 60_000e18);
        vote(CAROL, node, 10_000e18);
        emission(Role.Miner, 1_000e18, 1_000);
        vm.warp(block.timestamp + 1_000);
        assertEarned(staking.pendingRewards(node, ALICE), 300e18);
        assertEarned(staking.pendingRewards(node, CAROL), 100e18);
        assertEarned(staking.pendingRewards(other, BOB), 600e18);
        vm.assertEq(staking.pendingRewards(other, CAROL), 0);
    }

    /// @dev Before the first node, between nodes and after the last one the stream stands still.
    function test_nothing_is_lost_while_nobody_earns() public {
        vm.prank(ALICE);
        staking.retract(node, 20_000e18);
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
        uint256 start = vm.getBlockTimestamp();
        emission(Role.Miner, 1_000e18, 1_000);
        vm.warp(start + 5_000);
        StreamView memory stream = staking.streamOf(Role.Miner);
        vm.assertEq(stream.remaining, 1_000e18);
        vm.assertEq(stream.end, start + 6_000);

        // The first staker gets no windfall.
        vote(ALICE, node, 10_000e18 + 1);
        vm.assertEq(staking.pendingRewards(node, ALICE), 0);
        vm.warp(start + 5_300);
        assertEarned(staking.pendingRewards(node, ALICE), 300e18);
        vm.prank(ALICE);
        staking.deregister(node);
        vm.warp(start + 50_000);
        assertEarned(staking.pendingRewards(node, ALICE), 300e18);

        // What is left goes into the next stream.
        emission(Role.Miner, 300e18, 500);
        stream = staking.streamOf(Role.Miner);
        vm.assertEq(stream.rate, 2e18);
        vm.assertEq(stream.remaining, 1_000e18);
        vm.assertEq(stream.end, start + 50_500);
    }

    function test_a_new_stream_takes_over_what_is_left() public {
        emission(Role.Miner, 10, 3);
        StreamView memory stream = staking.streamOf(Role.Miner);
        vm.assertEq(stream.rate, 3);
        vm.assertEq(stream.remaining, 10);
        vm.warp(block.timestamp + 1);
        emission(Role.Miner, 1, 4);
        // 6 of the stream, 1 of its division and 1 more.
        stream = staking.streamOf(Role.Miner);
        vm.assertEq(stream.rate, 2);
        vm.assertEq(stream.remaining, 8);
        vm.assertEq(stream.unpaid, 11);
        vm.warp(block.timestamp + 9);
        emission(Role.Miner, 0, 1);
        vm.assertEq(staking.streamOf(Role.Miner).remaining, 0);
        vm.assertEq(staking.streamOf(Role.Miner).unpaid, 11);
    }

    // ---------------------------------------------------------------------------------------------------- rewards

    function test_claim() public {
        vote(BOB, node, 10_000e18);
        emission(Role.Miner, 400e18, 400);
        vm.warp(block.timestamp + 400);
        uint256 expected = staking.pendingRewards(node, BOB);
        assertEarned(expected, 100e18);
        vm.expectEmit(address(staking));
        emit Rewards.RewardPaid(BOB, node, expected, 0);
        vm.assertEq(claim(BOB), expected);
        vm.assertEq(cai.balanceOf(BOB), expected);
        // Rewards are not stake.
        vm.assertEq(staking.freeStakeOf(BOB), 0);
        vm.assertEq(staking.stakeOf(node, BOB), 10_000e18);

        vm.assertEq(claim(BOB), 0);
        vm.assertEq(claim(CAROL), 0);
        vm.assertEq(staking.pendingRewards(OTHER(), BOB), 0);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, OTHER()));
        vm.prank(BOB);
        staking.claim(OTHER());
    }

    function OTHER() private pure returns (address) {
        return vm.addr(OTHER_KEY);
    }

    /// @dev Claiming often pays no more, and hardly less, than claiming once.
    function test_claims_add_up() public {
        vote(BOB, node, 30_000e18);
        vote(CAROL, node, 30_000e18);
        emission(Role.Miner, 900e18, 900);
        uint256 often;
        for (uint256 i = 0; i < 90; ++i) {
            vm.warp(vm.getBlockTimestamp() + 10);
            often += claim(BOB);
        }
        uint256 once = claim(CAROL);
        assertEarned(once, 300e18);
        assertEarned(often, 300e18);
        vm.assertLe(often, once);
    }

    /// @dev Stake earns from the moment it is behind a node until it begins to unbond.
    function test_only_active_stake_earns() public {
        emission(Role.Miner, 1_000e18, 1_000);
        vm.warp(block.timestamp + 100);
        vote(BOB, node, 30_000e18);
        vm.assertEq(staking.pendingRewards(node, BOB), 0);
        vm.warp(block.timestamp + 100);
        vm.prank(BOB);
        staking.retract(node, 30_000e18);
        assertEarned(staking.pendingRewards(node, BOB), 50e18);
        vm.warp(block.timestamp + 800);
        assertEarned(staking.pendingRewards(node, BOB), 50e18);
        assertEarned(staking.pendingRewards(node, ALICE), 950e18);
        assertEarned(claim(BOB), 50e18);
    }

    function test_rewards_accrue_over_several_votes() public {
        emission(Role.Miner, 1_000e18, 1_000);
        vote(BOB, node, 10_000e18);
        vm.warp(block.timestamp + 100);
        vote(BOB, node, 20_000e18);
        vm.warp(block.timestamp + 100);
        vote(BOB, node, 1e18);
        assertEarned(staking.pendingRewards(node, BOB), 25e18 + 50e18);
        assertEarned(claim(BOB), 75e18);
        // A second claim pays nothing.
        vm.assertEq(staking.pendingRewards(node, BOB), 0);
        vm.assertEq(claim(BOB), 0);
    }

    /// @dev Inactive nodes earn nothing, and others get their part.
    function test_inactive_nodes_earn_nothing() public {
        address other = newNode(BOB, OTHER_KEY, Role.Miner, 30_000e18);
        emission(Role.Miner, 1_000e18, 1_000);
        vm.warp(block.timestamp + 100);
        vm.prank(ALICE);
        staking.retract(node, 10_000e18);
        vm.warp(block.timestamp + 100);
        assertEarned(staking.pendingRewards(node, ALICE), 50e18);
        assertEarned(staking.pendingRewards(other, BOB), 150e18);
        vote(ALICE, node, 10_000e18);
        vm.warp(block.timestamp + 100);
        assertEarned(staking.pendingRewards(node, ALICE), 100e18);
        assertEarned(staking.pendingRewards(other, BOB), 200e18);
    }

    /// @dev The wei that rounding leaves at a release changes the weight, so the node is paid first.
    function test_release_that_reweighs_pays_first() public {
        StakingHarness harness = new StakingHarness(cai, UNBONDING, address(manager));
        staking = harness;
        takeRoles();
        node = newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
        vote(BOB, node, 2);
        vm.prank(BOB);
        staking.retract(node, 1);
        slash(node, 1, 0);
        emission(Role.Miner, 1_000e18, 30 days);
        vm.warp(block.timestamp + UNBONDING);
        uint256 pending = staking.pendingRewards(node, ALICE);
        uint256 total = staking.totalWeight(Role.Miner);
        (address[] memory stakers, address[] memory nodes) = (new address[](0), new address[](1));
        nodes[0] = node;
        vm.assertEq(harness.look(stakers, nodes).perWeight[0], 0);
        vm.prank(BOB);
        staking.release(node);
        // A wei of weight is too little to tell in the rewards.
        vm.assertGt(harness.look(stakers, nodes).perWeight[0], 0);
        vm.assertGt(harness.look(stakers, nodes).perShare[0], 0);
        vm.assertEq(staking.totalWeight(Role.Miner), total + 1);
        vm.assertEq(staking.pendingRewards(node, ALICE), pending);
    }

    // ------------------------------------------------------------------------------------------------- commission

    function assertCommission(uint16 bps, uint16 nextBps, uint64 nextAt) private view {
        (uint16 haveBps, uint16 haveNext, uint64 haveAt) = staking.commissionOf(node);
        vm.assertEq(haveBps, bps, "in force");
        vm.assertEq(haveNext, nextBps, "announced");
        vm.assertEq(haveAt, nextAt, "from");
    }

    function test_commission_goes_to_the_owner() public {
        announce(1_000);
        vote(BOB, node, 10_000e18);
        emission(Role.Miner, 400e18, 400);
        vm.warp(block.timestamp + 400);
        assertEarned(staking.pendingRewards(node, BOB), 90e18);
        uint256 expected = staking.pendingRewards(node, ALICE);
        assertEarned(expected, 40e18 + 270e18);
        vm.prank(ALICE);
        vm.assertEq(staking.claim(node), expected);
        vm.assertEq(cai.balanceOf(ALICE), expected);
        assertEarned(claim(BOB), 90e18);
    }

    function test_claim_tells_the_commission() public {
        announce(5_000);
        emission(Role.Miner, 400e18, 400);
        vm.warp(block.timestamp + 400);
        uint256 commission = staking.pendingRewards(node, ALICE) / 2;
        vm.expectEmit(true, true, false, false, address(staking));
        emit Rewards.RewardPaid(ALICE, node, 0, 0);
        uint256 amount = claim(ALICE);
        vm.assertApproxEqAbs(amount, 2 * commission, 1);
        assertEarned(amount, 400e18);
    }

    function test_commission_of_a_new_node_takes_effect_at_once() public {
        vm.expectEmit(address(staking));
        emit Rewards.CommissionAnnounced(node, 5_000, block.timestamp);
        announce(5_000);
        assertCommission(5_000, 5_000, 0);
        vm.warp(block.timestamp + 1 hours);
        announce(700);
        assertCommission(700, 700, 0);
        vm.warp(block.timestamp + 1);
        announce(800);
        assertCommission(700, 800, uint64(block.timestamp) + UNBONDING);
    }

    function test_commission_is_announced_once_others_have_staked() public {
        vote(BOB, node, 1);
        announce(1);
        assertCommission(0, 1, uint64(block.timestamp) + UNBONDING);
        // This also holds while stake unbonds.
        vm.prank(BOB);
        staking.retract(node, 1);
        announce(2);
        assertCommission(0, 2, uint64(block.timestamp) + UNBONDING);
    }

    /// @dev Where stake unbonds within the first hour, one that was announced gives way to one at once, for good.
    function test_commission_at_once_replaces_an_announced_one() public {
        staking = new Staking(cai, 100, 10 minutes, address(manager));
        takeRoles();
        node = newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
        vote(BOB, node, 1e18);
        announce(2_000);
        assertCommission(0, 2_000, uint64(block.timestamp) + 10 minutes);
        vm.prank(BOB);
        staking.retract(node, 1e18);
        vm.warp(block.timestamp + 10 minutes);
        vm.prank(BOB);
        staking.release(node);
        announce(500);
        assertCommission(500, 500, 0);
        emission(Role.Miner, 100e18, 1 days);
        vm.warp(block.timestamp + 1 days);
        claim(ALICE);
        assertCommission(500, 500, 0);
    }

    function test_commission_refuses() public {
        vm.expectRevert(abi.encodeWithSelector(Rewards.CommissionTooHigh.selector, 5_001, 5_000));
        announce(5_001);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotNodeOwner.selector, node, BOB));
        vm.prank(BOB);
        staking.announceCommission(node, 1);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, BOB));
        staking.announceCommission(BOB, 1);
        vm.prank(ALICE);
        staking.deregister(node);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotActive.selector, node));
        announce(1);
    }

    /// @dev A higher commission counts from the first payment after its time, a lower one from the last before.
    function test_commission_changes() public {
        vote(BOB, node, 30_000e18);
        emission(Role.Miner, 100e18 * 100 days, 100 days);
        uint256 start = vm.getBlockTimestamp();
        announce(2_000);
        vm.expectEmit(address(staking));
        emit Rewards.CommissionAnnounced(node, 4_000, start + 1 days + UNBONDING);
        vm.warp(start + 1 days);
        announce(4_000);
        assertCommission(0, 4_000, uint64(start) + 1 days + UNBONDING);

        // The first announcement was replaced.
        vm.warp(start + UNBONDING);
        claim(ALICE);
        assertCommission(0, 4_000, uint64(start) + 1 days + UNBONDING);
        vm.warp(start + 1 days + UNBONDING);
        assertCommission(4_000, 4_000, 0);
        vm.assertApproxEqAbs(staking.pendingRewards(node, BOB), uint256(50e18) * (1 days + UNBONDING), 1e12);
        claim(ALICE);
        vm.assertEq(staking.pendingRewards(node, ALICE), 0);
        claim(BOB);
        vm.warp(start + 2 days + UNBONDING);
        assertEarned(staking.pendingRewards(node, BOB), 30e18 * 1 days);
        assertEarned(staking.pendingRewards(node, ALICE), 70e18 * 1 days);

        // Down again: the day around the change is all at the lower one.
        claim(ALICE);
        claim(BOB);
        announce(1_000);
        vm.warp(start + 2 days + 2 * UNBONDING - 1);
        claim(ALICE);
        claim(BOB);
        vm.warp(start + 3 days + 2 * UNBONDING);
        assertEarned(staking.pendingRewards(node, BOB), 45e18 * (1 days + 1));
        claim(BOB);
        vote(BOB, node, 1e18);
        assertCommission(1_000, 1_000, 0);
        assertEarned(staking.pendingRewards(node, ALICE), 55e18 * (1 days + 1));
    }

    // ---------------------------------------------------------------------------------------------------- weights

    /// @dev An epoch is a span of time, whatever the blocks do.
    function test_epochs_are_numbered_by_time() public {
        vm.assertEq(staking.currentEpoch(), 18_000_000);
        vm.roll(block.number + 1_000_000);
        vm.assertEq(staking.currentEpoch(), 18_000_000);
        vm.warp(1_800_000_099);
        vm.assertEq(staking.currentEpoch(), 18_000_000);
        vm.warp(1_800_000_100);
        vm.assertEq(staking.currentEpoch(), 18_000_001);
    }

    function test_total_weight() public {
        vm.assertEq(staking.totalWeight(Role.Miner), 30_000e18);
        vote(BOB, node, 10e18);
        newNode(CAROL, OTHER_KEY, Role.Miner, 40_000e18);
        vm.assertEq(staking.totalWeight(Role.Miner), 70_010e18);
        vm.assertEq(staking.totalWeight(Role.Coordinator), 0);
        // Inactive nodes have no weight.
        vm.prank(ALICE);
        staking.retract(node, 10_000e18);
        vm.assertEq(staking.totalWeight(Role.Miner), 40_000e18);
        vm.assertEq(uint256(staking.nodeView(node).status), uint256(Status.Inactive));
    }

    /// @dev A node is paid before its commission changes: what was earned until then is split as it was promised.
    function test_commission_settles_first() public {
        vote(BOB, node, 30_000e18);
        announce(3_000);
        uint256 start = vm.getBlockTimestamp();
        vm.warp(start + UNBONDING);
        claim(ALICE);
        emission(Role.Miner, 10e18 * 30 days, 30 days);
        // The commission goes down; its announcement pays the node at the old one up to now.
        vm.warp(start + UNBONDING + 1 days);
        announce(1_000);
        uint256 bob = staking.pendingRewards(node, BOB);
        assertEarned(bob, 3.5e18 * 1 days);
        vm.warp(start + 2 * UNBONDING + 1 days);
        // The rest is at the lower one, as the announcement says; without a payment in between it would be all of it.
        assertEarned(staking.pendingRewards(node, BOB) - bob, 4.5e18 * uint256(UNBONDING));
    }

    /// @dev An announcement pays the node first, so one that has taken effect is not lost to the next one.
    function test_commission_in_force_is_not_replaced() public {
        vote(BOB, node, 30_000e18);
        announce(2_000);
        vm.warp(block.timestamp + UNBONDING);
        announce(3_000);
        assertCommission(2_000, 3_000, uint64(block.timestamp) + UNBONDING);
    }

    /// @dev Streams and registrations stop with the clock of 32 bits, and every way out stays open.
    function test_after_2106() public {
        vote(BOB, node, 10_000e18);
        emission(Role.Miner, 1_000e18, 366 days);
        vm.warp(5_000_000_000);
        uint256 pending = staking.pendingRewards(node, BOB);
        assertEarned(pending, 250e18);
        vm.startPrank(BOB);
        vm.assertEq(staking.claim(node), pending);
        staking.retract(node, 10_000e18);
        vm.warp(5_000_000_000 + UNBONDING);
        staking.release(node);
        staking.withdraw(10_000e18);
        vm.stopPrank();
        emission(Role.Miner, 1e18, 366 days);
        vm.warp(6_000_000_000);
        vm.assertApproxEqAbs(staking.streamOf(Role.Miner).remaining, 1e18, 366 days);
        newNode(CAROL, OTHER_KEY, Role.Miner, 30_000e18);
    }
}
