// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {NodeRegistry, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {Unbonding, Votes} from "../../src/staking/Votes.sol";
import {SlashingBase} from "../harness/SlashingBase.sol";

/// @dev Debts of an owner are taken from its own stake.
contract ChargesTest is SlashingBase {
    function test_charge() public {
        vote(BOB, 10_000e18);
        uint256 before = cai.balanceOf(address(this));
        vm.expectEmit(address(staking));
        emit Slashing.Charged(node, 4_000e18, 0, 400e18);
        vm.expectEmit(address(staking));
        emit Votes.NodeWeightChanged(node, Status.Active, 26_000e18, 36_000e18);
        (uint256 taken, uint256 reward) = staking.charge(node, 4_000e18, 1_000);
        vm.assertEq(taken, 4_000e18);
        vm.assertEq(reward, 400e18);
        vm.assertEq(cai.balanceOf(address(this)) - before, 400e18);
        vm.assertEq(cai.balanceOf(staking.BURN()), 3_600e18);
        vm.assertEq(staking.stakeOf(node, ALICE), 26_000e18);
        vm.assertEq(staking.stakeOf(node, BOB), 10_000e18);
        vm.assertEq(staking.ownStakeOf(node), 26_000e18);
        vm.assertEq(staking.slashableOf(node), 36_000e18);
        vm.assertEq(staking.totalWeight(Role.Miner), 36_000e18);
        vm.assertEq(cai.balanceOf(address(staking)), 36_000e18);
    }

    function test_charge_refuses() public {
        vm.expectRevert(abi.encodeWithSelector(Slashing.RewardTooHigh.selector, 2_001, 2_000));
        staking.charge(node, 1, 2_001);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, BOB));
        staking.charge(BOB, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE));
        vm.prank(ALICE);
        staking.charge(node, 1, 0);
    }

    function test_charge_of_nothing() public {
        vm.recordLogs();
        (uint256 taken, uint256 reward) = staking.charge(node, 0, 2_000);
        vm.assertEq(taken + reward, 0);
        vm.assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_charge_takes_what_the_owner_has() public {
        vote(BOB, 100_000e18);
        retract(ALICE, 5_000e18);
        vm.expectEmit(address(staking));
        emit Slashing.Charged(node, 25_000e18, 5_000e18, 6_000e18);
        (uint256 taken, uint256 reward) = staking.charge(node, type(uint256).max, 2_000);
        vm.assertEq(taken, 30_000e18);
        vm.assertEq(reward, 6_000e18);
        vm.assertEq(staking.unbondings(node, ALICE).length, 0);
        vm.assertEq(staking.ownStakeOf(node), 0);
        vm.assertEq(staking.slashableOf(node), 100_000e18);
        vm.assertEq(staking.stakeOf(node, BOB), 100_000e18);
        assertStatus(Status.Inactive);
        vm.recordLogs();
        (taken, reward) = staking.charge(node, 1, 2_000);
        vm.assertEq(taken + reward, 0);
        vm.assertEq(vm.getRecordedLogs().length, 0);
        // Nothing is stuck: the voter leaves, and the owner can come back.
        retract(BOB, 100_000e18);
        vote(ALICE, 20_001e18);
        assertStatus(Status.Active);
    }

    function test_charge_makes_inactive_at_the_minimum() public {
        staking.charge(node, 10_000e18 - 1, 0);
        assertStatus(Status.Active);
        staking.charge(node, 1, 0);
        assertStatus(Status.Inactive);
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
        vm.assertEq(uint256(staking.nodeView(node).weight), 0);
    }

    function test_charge_keeps_a_node_gone() public {
        vm.prank(ALICE);
        staking.deregister(node);
        (uint256 taken,) = staking.charge(node, 1e18, 0);
        vm.assertEq(taken, 1e18);
        assertStatus(Status.Removed);
        slash(node, 29_000e18, 0);
        assertStatus(Status.Tombstoned);
        (taken,) = staking.charge(node, 1e18, 0);
        vm.assertEq(taken, 1e18);
        assertStatus(Status.Tombstoned);
    }

    /// @dev Active stake goes first, then the newest request; requests of voters stay.
    function test_charge_takes_the_newest_requests_first() public {
        vote(BOB, 10_000e18);
        retract(BOB, 1_000e18);
        uint256 start = vm.getBlockTimestamp();
        retract(ALICE, 7_000e18);
        vm.warp(start + 1);
        retract(ALICE, 8_000e18);
        vm.warp(start + 2);
        retract(ALICE, 9_000e18);
        vm.expectEmit(address(staking));
        emit Slashing.Charged(node, 6_000e18, 12_000e18, 0);
        staking.charge(node, 18_000e18, 0);
        Unbonding[] memory open = staking.unbondings(node, ALICE);
        vm.assertEq(open.length, 2);
        vm.assertEq(open[0].amount, 7_000e18);
        vm.assertEq(open[0].availableAt, start + UNBONDING);
        vm.assertEq(open[1].amount, 5_000e18);
        vm.assertEq(open[1].availableAt, start + 1 + UNBONDING);
        vm.assertEq(staking.unbondings(node, BOB)[0].amount, 1_000e18);
        // Exactly one request.
        staking.charge(node, 5_000e18, 0);
        open = staking.unbondings(node, ALICE);
        vm.assertEq(open.length, 1);
        vm.assertEq(open[0].amount, 7_000e18);

        vm.warp(start + UNBONDING);
        vm.prank(ALICE);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(ALICE), 7_000e18);
        vm.assertEq(staking.ownStakeOf(node), 0);
    }

    /// @dev A request that has matured and was not released is still there to be taken.
    function test_charge_takes_matured_requests() public {
        retract(ALICE, 30_000e18);
        vm.warp(block.timestamp + 10 * UNBONDING);
        (uint256 taken,) = staking.charge(node, 12_000e18, 0);
        vm.assertEq(taken, 12_000e18);
        vm.prank(ALICE);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(ALICE), 18_000e18);
    }

    function test_charge_of_a_full_list() public {
        for (uint256 i = 0; i < 32; ++i) {
            retract(ALICE, 100e18);
        }
        uint256 gas = gasleft();
        (uint256 taken,) = staking.charge(node, 30_000e18, 0);
        vm.assertLt(gas - gasleft(), 500_000);
        vm.assertEq(taken, 30_000e18);
        vm.assertEq(staking.unbondings(node, ALICE).length, 0);
        // The list can be used again.
        vote(ALICE, 1e18);
        retract(ALICE, 1e18);
        vm.assertEq(staking.unbondings(node, ALICE)[0].amount, 1e18);
    }

    /// @dev An owner that voted for its node while it unbonds has both parts charged, and rewards stay its own.
    function test_charge_takes_no_rewards() public {
        vote(BOB, 30_000e18);
        emission(Role.Miner, 1_000e18, 1_000);
        vm.warp(block.timestamp + 500);
        uint256 alice = staking.pendingRewards(node, ALICE);
        uint256 bob = staking.pendingRewards(node, BOB);
        vm.assertApproxEqAbs(alice, 250e18, 1e6);
        staking.charge(node, 30_000e18, 0);
        vm.assertEq(staking.pendingRewards(node, ALICE), alice);
        vm.assertEq(staking.pendingRewards(node, BOB), bob);
        vm.prank(ALICE);
        vm.assertEq(staking.claim(node), alice);
        vm.prank(BOB);
        vm.assertEq(staking.claim(node), bob);
    }

    /// @dev After losses the price is not 1; charges keep it, but for less than a wei, and leave no dust of the owner.
    function test_charge_after_losses() public {
        vote(BOB, 70_000e18);
        slash(node, 33_333e18 + 7, 0);
        uint256 bob = staking.stakeOf(node, BOB);
        uint256 own = staking.ownStakeOf(node);
        (uint256 taken,) = staking.charge(node, 1e18 + 1, 0);
        vm.assertEq(taken, 1e18 + 1);
        vm.assertEq(staking.stakeOf(node, BOB), bob);
        vm.assertEq(staking.ownStakeOf(node), own - taken);
        (taken,) = staking.charge(node, own, 0);
        vm.assertEq(taken, own - 1e18 - 1);
        vm.assertEq(staking.ownStakeOf(node), 0);
        vm.assertGe(staking.stakeOf(node, BOB), bob);
        vm.assertLe(staking.stakeOf(node, BOB), bob + 1);
    }

    /// @dev Only the owner's loss lowers the weight: by its own amount, or ten times that where votes exceed the leverage.
    function test_charge_and_leverage() public {
        vote(BOB, 500_000e18);
        vm.assertEq(uint256(staking.nodeView(node).weight), 300_000e18);
        vm.assertEq(staking.votesBeyond(node), 230_000e18);
        staking.charge(node, 5_000e18, 0);
        vm.assertEq(uint256(staking.nodeView(node).weight), 250_000e18);
        vm.assertEq(staking.totalWeight(Role.Miner), 250_000e18);
    }

    function test_charges_pay_the_caller() public {
        address court = address(0xC0);
        manager.grantRole(2, court, 0);
        vm.prank(court);
        staking.charge(node, 100e18, 1_000);
        vm.assertEq(cai.balanceOf(court), 10e18);
        bytes32[] memory ids = evidence();
        vm.prank(court);
        staking.slash(node, 100e18, 2_000, ids);
        vm.assertEq(cai.balanceOf(court), 30e18);
    }
}
