// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {FreeStake} from "../../src/staking/FreeStake.sol";
import {NodeRegistry, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Unbonding, Votes} from "../../src/staking/Votes.sol";
import {StakingBase} from "../harness/StakingBase.sol";

/// @dev How stake moves behind a node and back.
contract StakingVotesTest is StakingBase {
    // ------------------------------------------------------------------------------------------------------ votes

    function test_vote() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        fund(BOB, 10e18);
        vm.expectEmit(address(staking));
        emit Votes.Voted(BOB, node, 6e18);
        expectWeight(node, Status.Active, MINER_STAKE, MINER_STAKE + 6e18);
        vm.prank(BOB);
        staking.vote(node, 6e18, 5_000);
        vm.assertEq(staking.freeStakeOf(BOB), 4e18);
        vm.assertEq(staking.stakeOf(node, BOB), 6e18);

        vm.expectRevert(abi.encodeWithSelector(FreeStake.InsufficientFreeStake.selector, 4e18, 5e18));
        vm.prank(BOB);
        staking.vote(node, 5e18, 5_000);
        fund(ALICE, 1e18);
        expectWeight(node, Status.Active, MINER_STAKE + 1e18, MINER_STAKE + 7e18);
        vm.prank(ALICE);
        staking.vote(node, 1e18, 5_000);
    }

    function test_vote_for_an_unknown_node() public {
        fund(BOB, 1e18);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, node));
        vm.prank(BOB);
        staking.vote(node, 1e18, 5_000);
    }

    function test_vote_for_an_inactive_node_is_the_owners() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        fund(BOB, 2e18);
        vm.prank(BOB);
        staking.vote(node, 1e18, 5_000);
        expectWeight(node, Status.Inactive, MINER_MINIMUM, 0);
        vm.prank(ALICE);
        staking.retract(node, 1);

        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotActive.selector, node));
        vm.prank(BOB);
        staking.vote(node, 1e18, 5_000);

        fund(ALICE, 1);
        expectWeight(node, Status.Active, MINER_STAKE, MINER_STAKE + 1e18);
        vm.prank(ALICE);
        staking.vote(node, 1, 5_000);
    }

    function test_owner_below_the_minimum_stays_inactive() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        fund(ALICE, 2);
        vm.startPrank(ALICE);
        staking.retract(node, 3);
        expectWeight(node, Status.Inactive, MINER_MINIMUM, 0);
        staking.vote(node, 2, 5_000);
        vm.stopPrank();
    }

    function test_deposit_and_vote() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        cai.transfer(BOB, 5e18);
        vm.startPrank(BOB);
        cai.approve(address(staking), 5e18);
        vm.expectEmit(address(staking));
        emit FreeStake.Deposited(BOB, 5e18);
        vm.expectEmit(address(staking));
        emit Votes.Voted(BOB, node, 5e18);
        staking.depositAndVote(node, 5e18, 5_000);
        vm.stopPrank();
        vm.assertEq(staking.freeStakeOf(BOB), 0);
        vm.assertEq(staking.stakeOf(node, BOB), 5e18);
        vm.assertEq(cai.balanceOf(BOB), 0);
        assertNode(node, Status.Active, MINER_STAKE, MINER_STAKE + 5e18);
    }

    function test_deposit_and_vote_with_permit() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        address carol = vm.addr(7);
        cai.transfer(carol, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = signPermit(7, 5e18, block.timestamp);
        vm.prank(carol);
        staking.depositAndVoteWithPermit(node, 5e18, 5_000, block.timestamp, v, r, s);
        vm.assertEq(staking.stakeOf(node, carol), 5e18);
        vm.assertEq(cai.balanceOf(address(staking)), MINER_STAKE + 5e18);
    }

    // -------------------------------------------------------------------------------------------------- unbonding

    function test_retract_and_release() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        fund(BOB, 10e18);
        vm.startPrank(BOB);
        staking.vote(node, 10e18, 5_000);
        uint256 at = vm.getBlockTimestamp() + UNBONDING;
        vm.expectEmit(address(staking));
        emit Votes.Retracted(BOB, node, 4e18, at);
        expectWeight(node, Status.Active, MINER_STAKE, MINER_STAKE + 6e18);
        staking.retract(node, 4e18);
        vm.assertEq(staking.stakeOf(node, BOB), 6e18);
        vm.assertEq(staking.freeStakeOf(BOB), 0);

        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(Votes.StillUnbonding.selector, at));
        staking.release(node);
        vm.warp(at);
        vm.expectEmit(address(staking));
        emit Votes.Released(BOB, node, 4e18);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(BOB), 4e18);
        vm.expectRevert(Votes.NothingToRelease.selector);
        staking.release(node);
        staking.withdraw(4e18);
        vm.assertEq(cai.balanceOf(BOB), 4e18);
    }

    /// @dev A release rounds in favour of those who stay, even of the owner alone: the wei is told.
    function test_release_tells_a_wei_of_the_owners() public {
        newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
        address[3] memory voters = [BOB, address(0xCA401), address(0xDA7E)];
        uint256[3] memory votes = [uint256(7_000e18), 4_000e18, 60_000e18];
        for (uint256 i = 0; i < voters.length; ++i) {
            fund(voters[i], votes[i]);
            vm.prank(voters[i]);
            staking.vote(node, votes[i], 5_000);
        }
        slash(node, 88, 0);
        for (uint256 i = 1; i < voters.length; ++i) {
            uint256 have = staking.stakeOf(node, voters[i]);
            vm.prank(voters[i]);
            staking.retract(node, have);
        }
        uint256 weight = staking.nodeView(node).weight;
        assertNode(node, Status.Active, 30_000e18 - 27, weight);
        vm.warp(vm.getBlockTimestamp() + UNBONDING);
        expectWeight(node, Status.Active, 30_000e18 - 26, weight);
        vm.prank(voters[1]);
        staking.release(node);
        assertNode(node, Status.Active, 30_000e18 - 26, weight);
    }

    function test_release_takes_the_matured_requests_only() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        fund(BOB, 10e18);
        vm.startPrank(BOB);
        staking.vote(node, 10e18, 5_000);
        uint256 start = vm.getBlockTimestamp();
        staking.retract(node, 1e18);
        staking.retract(node, 2e18);
        vm.warp(start + 1 days);
        staking.retract(node, 3e18);
        vm.warp(start + 2 days);
        staking.retract(node, 4e18);

        vm.warp(start + UNBONDING);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(BOB), 3e18);
        Unbonding[] memory open = staking.unbondings(node, BOB);
        vm.assertEq(open.length, 2);
        vm.assertEq(open[0].amount, 3e18);
        vm.assertEq(open[0].shares, 3e18);
        vm.assertEq(open[0].availableAt, start + 1 days + UNBONDING);
        vm.assertEq(open[1].amount, 4e18);
        vm.assertEq(open[1].availableAt, start + 2 days + UNBONDING);

        vm.expectRevert(abi.encodeWithSelector(Votes.StillUnbonding.selector, start + 1 days + UNBONDING));
        staking.release(node);
        vm.warp(start + 2 days + UNBONDING);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(BOB), 10e18);
        vm.assertEq(staking.unbondings(node, BOB).length, 0);
    }

    function test_retract_needs_stake() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, BOB));
        staking.retract(BOB, 1);
        vm.expectRevert(abi.encodeWithSelector(Votes.InsufficientStake.selector, 0, 1));
        vm.prank(BOB);
        staking.retract(node, 1);
        vm.expectRevert(abi.encodeWithSelector(Votes.InsufficientStake.selector, MINER_STAKE, MINER_STAKE + 1));
        vm.prank(ALICE);
        staking.retract(node, MINER_STAKE + 1);
    }

    function test_open_requests_are_limited_per_staker_and_node() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        newNode(ALICE, OTHER_KEY, Role.Miner, MINER_STAKE);
        fund(BOB, 100);
        vm.startPrank(BOB);
        staking.vote(node, 90, 5_000);
        staking.vote(vm.addr(OTHER_KEY), 10, 5_000);
        for (uint256 i = 0; i < 32; ++i) {
            staking.retract(node, 1);
        }
        vm.expectRevert(Votes.TooManyUnbondings.selector);
        staking.retract(node, 1);
        staking.retract(vm.addr(OTHER_KEY), 1);
        vm.stopPrank();
        // Another staker has another list.
        vm.prank(ALICE);
        staking.retract(node, 1);

        vm.warp(block.timestamp + UNBONDING);
        vm.startPrank(BOB);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(BOB), 32);
        staking.retract(node, 58);
        vm.assertEq(staking.stakeOf(node, BOB), 0);
    }

    function test_own_stake_at_the_minimum_deactivates() public {
        newNode(ALICE, NODE_KEY, Role.Coordinator, COORDINATOR_MINIMUM + 2);
        expectWeight(node, Status.Active, COORDINATOR_MINIMUM + 1, COORDINATOR_MINIMUM + 1);
        vm.startPrank(ALICE);
        staking.retract(node, 1);
        expectWeight(node, Status.Inactive, COORDINATOR_MINIMUM, 0);
        staking.retract(node, 1);
        assertNode(node, Status.Inactive, COORDINATOR_MINIMUM, 0);
    }
}
