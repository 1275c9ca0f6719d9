// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Staking} from "../../src/Staking.sol";
import {Pool} from "../../src/libraries/PoolMath.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
import {NodeRegistry, NodeView, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {Unbonding, Votes} from "../../src/staking/Votes.sol";
import {AttackBase} from "../harness/AttackBase.sol";

/// @dev Attacks on stake: dodging a slash, other people's positions, rewards and weights.
contract AttacksStakeTest is AttackBase {
    // ------------------------------------------------------------------------------------ D4 to D9: slash dodging

    function test_D4_unbond_then_offend() public {
        retract(ALICE, 30_000e18);
        wait(3 days);
        (uint256 taken,) = slash(node, 10_000e18, 0);
        vm.assertEq(taken, 10_000e18);
        vm.assertEq(staking.unbondings(node, ALICE)[0].amount, 20_000e18);
    }

    function test_D4_offend_then_unbond() public {
        vm.prank(ALICE);
        staking.deregister(node);
        retract(ALICE, 30_000e18);
        // In the last second of the waiting time.
        wait(UNBONDING - 1);
        (uint256 taken,) = slash(node, 30_000e18, 0);
        vm.assertEq(taken, 30_000e18);
        wait(1);
        release(ALICE);
        vm.assertEq(staking.freeStakeOf(ALICE), 0);
    }

    /// @dev What has matured and was not released can still be slashed, also when a later request is not touched.
    function test_D4_matured_requests_stay_slashable() public {
        retract(ALICE, 10_000e18);
        wait(UNBONDING);
        retract(ALICE, 10_000e18);
        wait(100 days);
        slash(node, 15_000e18, 0);
        Unbonding[] memory open = staking.unbondings(node, ALICE);
        vm.assertEq(open[0].amount, 5_000e18);
        vm.assertEq(open[1].amount, 5_000e18);
        release(ALICE);
        vm.assertEq(staking.freeStakeOf(ALICE), 10_000e18);
    }

    /// @dev In the second in which stake becomes available, whichever comes first counts, and never both.
    function test_D5_boundary() public {
        retract(ALICE, 30_000e18);
        wait(UNBONDING);
        uint256 state = vm.snapshotState();
        slash(node, 30_000e18, 0);
        release(ALICE);
        vm.assertEq(staking.freeStakeOf(ALICE), 0);
        vm.revertToState(state);

        release(ALICE);
        vm.assertEq(staking.freeStakeOf(ALICE), 30_000e18);
        (uint256 taken,) = slash(node, 30_000e18, 0);
        vm.assertEq(taken, 0);
        vm.prank(ALICE);
        staking.withdraw(30_000e18);
    }

    function test_D6_endless_waiting_time() public {
        vm.expectRevert(abi.encodeWithSelector(Staking.BadUnbondingPeriod.selector, type(uint64).max, 30 days));
        new Staking(cai, 1, type(uint64).max, address(manager));
        // The longest one does not overflow, however late it is.
        staking = new Staking(cai, 1, 30 days, address(manager));
        vm.warp(type(uint40).max);
        newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
        retract(ALICE, 1);
        vm.assertEq(staking.unbondings(node, ALICE)[0].availableAt, uint256(type(uint40).max) + 30 days);
    }

    function test_D7_slash_of_more_than_is_left() public {
        retract(ALICE, 29_000e18);
        wait(UNBONDING);
        release(ALICE);
        (uint256 taken, uint256 reward) = slash(node, 30_000e18, 2_000);
        vm.assertEq(taken, 1_000e18);
        vm.assertEq(reward, 200e18);
        (taken,) = slash(node, 30_000e18, 2_000);
        vm.assertEq(taken, 0);
    }

    function test_D8_stake_in_the_same_block() public {
        vote(ALICE, 1);
        vote(MALLORY, 1);
        (uint256 taken,) = slash(node, 10_000e18, 0);
        vm.assertEq(taken, 10_000e18);
    }

    /// @dev Slashing oneself through a friend does not pay: four fifths are burned.
    function test_D9_slasher_is_a_friend() public {
        (, uint256 reward) = slash(node, type(uint256).max, 2_000);
        vm.assertEq(reward, 6_000e18);
        vm.assertEq(cai.balanceOf(staking.BURN()), 24_000e18);
        vm.expectRevert(abi.encodeWithSelector(Slashing.RewardTooHigh.selector, 10_000, 2_000));
        slash(node, 1, 10_000);
    }

    // ----------------------------------------------------------------------- D10 to D14: other people's positions

    /// @dev No call adds to another staker's requests: each staker has its own schedule.
    function test_D10_dust_in_anothers_list() public {
        vote(BOB, 10e18);
        retract(BOB, 4e18);
        uint256 at = staking.unbondings(node, BOB)[0].availableAt;
        vote(MALLORY, 100);
        vm.startPrank(MALLORY);
        for (uint256 i = 0; i < 32; ++i) {
            staking.retract(node, 1);
        }
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, address(0)));
        staking.release(address(0));
        vm.stopPrank();
        vm.assertEq(staking.unbondings(node, BOB).length, 1);
        vm.assertEq(staking.unbondings(node, BOB)[0].availableAt, at);
        vm.assertEq(staking.unbondings(node, ALICE).length, 0);
        retract(BOB, 1);
        vm.warp(at);
        release(BOB);
        vm.assertEq(staking.freeStakeOf(BOB), 4e18 + 1);
    }

    /// @dev With 100,000 stakers behind a node, and a full list of requests, no call costs more than 500,000 gas.
    function test_D11_many_stakers() public {
        cai.approve(address(staking), 100_000e18);
        vm.pauseGasMetering();
        harness.crowd(node, 100_000, 1e18);
        vm.resumeGasMetering();
        emission(Role.Miner, 1_000_000e18, 30 days);
        wait(1 days);
        vote(BOB, 100e18);
        for (uint256 i = 0; i < 32; ++i) {
            retract(BOB, 1e18);
        }
        wait(UNBONDING);
        fund(BOB, 1e18);

        uint256 most;
        vm.startPrank(BOB);
        uint256 gas = gasleft();
        staking.vote(node, 1e18, 5_000);
        most = worse(most, gas);
        gas = gasleft();
        staking.release(node);
        most = worse(most, gas);
        gas = gasleft();
        staking.retract(node, 1e18);
        most = worse(most, gas);
        gas = gasleft();
        staking.claim(node);
        most = worse(most, gas);
        vm.stopPrank();
        gas = gasleft();
        slash(node, 1_000e18, 2_000);
        most = worse(most, gas);
        gas = gasleft();
        emission(Role.Miner, 1e18, 30 days);
        most = worse(most, gas);
        vm.prank(ALICE);
        gas = gasleft();
        staking.deregister(node);
        most = worse(most, gas);
        vm.assertLt(most, 500_000);
    }

    function worse(uint256 most, uint256 gas) private view returns (uint256) {
        uint256 used = gas - gasleft();
        return used > most ? used : most;
    }

    /// @dev A donation does not move a price, so the second one in loses nothing to the first.
    function test_D12_first_depositor_and_donation() public {
        retract(ALICE, 30_000e18);
        wait(UNBONDING);
        release(ALICE);
        vm.prank(ALICE);
        staking.vote(node, MINER_MINIMUM + 1, 5_000);
        cai.transfer(address(staking), 1_000_000e18);
        vote(BOB, 12_345);
        vm.assertEq(staking.stakeOf(node, BOB), 12_345);
        retract(BOB, 12_345);
        wait(UNBONDING);
        release(BOB);
        vm.assertEq(staking.freeStakeOf(BOB), 12_345);
    }

    /// @dev A node cannot be slashed to dust and refilled until its shares overflow: it is out below a tenth.
    function test_D13_slash_to_dust_and_refill() public {
        uint256 last;
        for (uint256 i = 0; i < 100; ++i) {
            uint256 total = staking.slashableOf(node);
            slash(node, total - total / 3, 0);
            Pool memory pool = harness.poolOf(node);
            vm.assertLe(pool.shares, uint256(type(uint96).max) * 11);
            last = i;
            if (staking.nodeView(node).status == uint8(Status.Tombstoned)) break;
            vote(ALICE, 1_000_000e18);
        }
        // 1/3, 1/9, and then less than a tenth of the first price.
        vm.assertEq(last, 2);
        fund(BOB, 1);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotActive.selector, node));
        staking.vote(node, 1, 5_000);
        // Stakers that are in can leave.
        uint256 have = staking.stakeOf(node, ALICE);
        vm.assertGt(have, 0);
        retract(ALICE, have);
        wait(UNBONDING);
        release(ALICE);
        vm.assertEq(staking.freeStakeOf(ALICE), have);
        vm.assertEq(harness.poolOf(node).shares, 0);
    }

    /// @dev Everyone can leave with the amounts that the views promised, in any order and after any history.
    function testFuzz_D14_last_one_out(uint256[6] calldata amounts, uint256[4] calldata slashes, uint8 order) public {
        address[3] memory stakers = [ALICE, BOB, MALLORY];
        for (uint256 i = 0; i < 6; ++i) {
            // Only the owner can vote for a node that a slash made inactive.
            address staker = staking.nodeView(node).status == 1 ? stakers[i % 3] : ALICE;
            if (staking.nodeView(node).status >= 3) break;
            vote(staker, bound(amounts[i], 1, 1_000_000e18));
            uint256 have = staking.stakeOf(node, staker);
            if (amounts[i] % 2 == 0 && have != 0) retract(staker, bound(amounts[i], 1, have));
            if (i < 4) slash(node, bound(slashes[i], 0, staking.slashableOf(node) / 2), 0);
        }
        uint256 sum;
        for (uint256 i = 0; i < 3; ++i) {
            address staker = stakers[(i + order) % 3];
            uint256 have = staking.stakeOf(node, staker);
            if (have != 0) retract(staker, have);
        }
        wait(UNBONDING);
        for (uint256 i = 0; i < 3; ++i) {
            address staker = stakers[(i + order) % 3];
            if (staking.unbondings(node, staker).length != 0) release(staker);
            uint256 free = staking.freeStakeOf(staker);
            sum += free;
            if (free == 0) continue;
            vm.prank(staker);
            staking.withdraw(free);
        }
        // At most a wei of each stays: a share worth less cannot be retracted.
        vm.assertLe(staking.slashableOf(node), 3);
        vm.assertEq(cai.balanceOf(address(staking)), staking.slashableOf(node));
        vm.assertGt(sum, 0);
    }

    // ---------------------------------------------------------------------------------------- D15 to D17: rewards

    function test_D15_rewards_without_stake() public {
        retract(ALICE, 30_000e18);
        emission(Role.Miner, 1_000e18, 1_000);
        wait(10_000);
        vm.assertEq(staking.pendingRewards(node, ALICE), 0);
        // The first staker earns from then on, not what accrued before.
        vote(ALICE, 30_000e18);
        vm.assertEq(staking.pendingRewards(node, ALICE), 0);
        wait(1);
        vm.assertApproxEqAbs(staking.pendingRewards(node, ALICE), 1e18, 1e6);
        // Nothing was lost.
        wait(999);
        vm.assertApproxEqAbs(staking.pendingRewards(node, ALICE), 1_000e18, 1e6);
    }

    /// @dev 10,000 small claims take no more than was streamed, and leave at most a wei each.
    function test_D16_many_small_claims() public {
        vote(BOB, 1e18);
        emission(Role.Miner, 10_000e18, 10_000);
        uint256 start = vm.getBlockTimestamp();
        uint256 sum;
        for (uint256 i = 1; i <= 10_000; ++i) {
            vm.warp(start + i);
            sum += claim(BOB);
        }
        uint256 due = 10_000e18 / uint256(30_001);
        vm.assertLe(sum, due);
        vm.assertLe(due - sum, 10_000);
        uint256 rest = claim(ALICE);
        vm.assertLe(sum + rest, 10_000e18);
    }

    function test_D17_flash_stake() public {
        emission(Role.Miner, 1_000e18, 1_000);
        wait(500);
        vote(MALLORY, 100_000_000e18);
        vm.assertEq(claim(MALLORY), 0);
        retract(MALLORY, 100_000_000e18);
        vm.assertEq(claim(MALLORY), 0);
        wait(500);
        vm.assertEq(claim(MALLORY), 0);
        // The stake waits like any other.
        vm.prank(MALLORY);
        vm.expectRevert(abi.encodeWithSelector(Votes.StillUnbonding.selector, vm.getBlockTimestamp() + UNBONDING - 500));
        staking.release(node);
    }

    // ------------------------------------------------------------------------------------------ D20, D21: weights

    /// @dev One CAI backs one node once: it comes back only after the waiting time, and a weight in between is gone.
    function test_D20_vote_twice_with_the_same_stake() public {
        address other = newNode(ALICE, OTHER_KEY, Role.Miner, 30_000e18);
        vote(MALLORY, 1_000e18);
        vm.startPrank(MALLORY);
        vm.expectRevert(abi.encodeWithSelector(FreeStake.InsufficientFreeStake.selector, 0, 1_000e18));
        staking.vote(other, 1_000e18, 5_000);
        staking.retract(node, 1_000e18);
        vm.expectRevert(abi.encodeWithSelector(FreeStake.InsufficientFreeStake.selector, 0, 1_000e18));
        staking.vote(other, 1_000e18, 5_000);
        vm.stopPrank();
        vm.assertEq(staking.totalWeight(Role.Miner), 60_000e18);
    }

    function test_D21_slashed_and_back() public {
        slash(node, 15_000e18, 0);
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
        vote(ALICE, 10_000e18);
        NodeView memory info = staking.nodeView(node);
        vm.assertEq(uint256(info.weight), 25_000e18);
        vm.assertEq(uint256(info.selfStake), 25_000e18);
        vm.assertEq(staking.totalWeight(Role.Miner), 25_000e18);
        vm.assertEq(staking.slashableOf(node), 25_000e18);
    }
}
