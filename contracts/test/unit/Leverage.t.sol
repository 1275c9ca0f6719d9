// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Rewards} from "../../src/staking/Rewards.sol";
import {Votes} from "../../src/staking/Votes.sol";
import {StakingBase} from "../harness/StakingBase.sol";

/// @dev A weight of at most ten times the own stake, and votes with a limit on the commission.
contract LeverageTest is StakingBase {
    uint256 private constant OWN = 30_000e18;

    function vote(address staker, uint256 amount) private {
        fund(staker, amount);
        vm.prank(staker);
        staking.vote(node, amount, 5_000);
    }

    function test_weight_is_at_most_ten_times_the_own_stake() public {
        newNode(ALICE, NODE_KEY, Role.Miner, OWN);
        vm.assertEq(staking.LEVERAGE(), 10);
        vote(BOB, 9 * OWN);
        assertNode(node, Status.Active, OWN, 10 * OWN);
        vm.assertEq(staking.votesBeyond(node), 0);
        fund(BOB, 1);
        expectWeight(node, Status.Active, OWN, 10 * OWN);
        vm.prank(BOB);
        staking.vote(node, 1, 5_000);
        vm.assertEq(staking.votesBeyond(node), 1);
        vm.assertEq(staking.totalWeight(Role.Miner), 10 * OWN);
        vm.assertEq(staking.stakeOf(node, BOB), 9 * OWN + 1);

        // Own stake lifts it.
        vote(ALICE, 1);
        assertNode(node, Status.Active, OWN + 1, 10 * OWN + 2);
        vm.assertEq(staking.votesBeyond(node), 0);
    }

    function test_weight_falls_tenfold_with_the_own_stake() public {
        newNode(ALICE, NODE_KEY, Role.Miner, OWN);
        vote(BOB, 1_000_000e18);
        expectWeight(node, Status.Active, OWN - 1_000e18, 10 * (OWN - 1_000e18));
        vm.prank(ALICE);
        staking.retract(node, 1_000e18);
        // Votes that leave from beyond change nothing.
        expectWeight(node, Status.Active, OWN - 1_000e18, 10 * (OWN - 1_000e18));
        vm.prank(BOB);
        staking.retract(node, 100_000e18);
        expectWeight(node, Status.Inactive, MINER_MINIMUM, 0);
        vm.prank(ALICE);
        staking.retract(node, 9_000e18);
        vm.assertEq(staking.votesBeyond(node), 0);
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
    }

    function test_votes_beyond_is_for_active_nodes() public {
        vm.assertEq(staking.votesBeyond(node), 0);
        newNode(ALICE, NODE_KEY, Role.Miner, OWN);
        vote(BOB, 1_000_000e18);
        vm.assertEq(staking.votesBeyond(node), 1_000_000e18 - 9 * OWN);
        vm.prank(ALICE);
        staking.deregister(node);
        vm.assertEq(staking.votesBeyond(node), 0);
    }

    /// @dev Votes beyond the leverage earn their holders no more in all; they share what there is.
    function test_votes_beyond_add_nothing_to_the_rewards() public {
        newNode(ALICE, NODE_KEY, Role.Miner, OWN);
        address other = newNode(BOB, OTHER_KEY, Role.Miner, 10 * OWN);
        vote(BOB, 19 * OWN);
        emission(Role.Miner, 1_000e18, 1_000);
        vm.warp(block.timestamp + 1_000);
        uint256 node_ = staking.pendingRewards(node, ALICE) + staking.pendingRewards(node, BOB);
        vm.assertApproxEqAbs(node_, 500e18, 1e6);
        vm.assertApproxEqAbs(staking.pendingRewards(node, ALICE), 25e18, 1e6);
        vm.assertApproxEqAbs(staking.pendingRewards(other, BOB), 500e18, 1e6);
    }

    /// @dev A slash takes the same part of own stake and votes, so the leverage stays.
    function test_slash_and_leverage() public {
        newNode(ALICE, NODE_KEY, Role.Miner, OWN);
        vote(BOB, 970_000e18);
        bytes32[] memory ids = evidence();
        expectWeight(node, Status.Active, 27_000e18, 270_000e18);
        staking.slash(node, 100_000e18, 0, ids);
        vm.assertEq(staking.votesBeyond(node), 900_000e18 - 270_000e18);
    }

    function testFuzz_weight(uint256 own, uint256 votes, uint256 lost, uint256 back) public {
        own = bound(own, MINER_MINIMUM + 1, 1_000_000e18);
        votes = bound(votes, 1, 50_000_000e18);
        newNode(ALICE, NODE_KEY, Role.Miner, own);
        vote(BOB, votes);
        lost = bound(lost, 0, (own + votes) / 2);
        slash(node, lost, 0);
        uint256 have = staking.stakeOf(node, ALICE);
        back = bound(back, 1, have);
        vm.prank(ALICE);
        staking.retract(node, back);
        uint256 self = staking.nodeView(node).selfStake;
        uint256 active = staking.stakeOf(node, BOB) + self;
        uint256 want = self <= MINER_MINIMUM ? 0 : active < 10 * self ? active : 10 * self;
        // The pool rounds once, its stakers each.
        vm.assertApproxEqAbs(uint256(staking.nodeView(node).weight), want, 2);
        vm.assertEq(staking.totalWeight(Role.Miner), staking.nodeView(node).weight);
    }

    // --------------------------------------------------------------------------------------- limits on commission

    function announce(uint16 bps) private {
        vm.prank(ALICE);
        staking.announceCommission(node, bps);
    }

    function expectRefusal(uint16 have, uint16 max) private {
        vm.expectRevert(abi.encodeWithSelector(Votes.CommissionAbove.selector, have, max));
        vm.prank(BOB);
        staking.vote(node, 1, max);
    }

    function test_vote_with_a_limit() public {
        newNode(ALICE, NODE_KEY, Role.Miner, OWN);
        announce(700);
        fund(BOB, 10e18);
        expectRefusal(700, 699);
        vm.prank(BOB);
        staking.vote(node, 1, 700);
        vm.assertEq(staking.stakeOf(node, BOB), 1);
    }

    /// @dev An owner that raises its commission in front of a vote gets no vote.
    function test_vote_with_a_limit_and_a_commission_in_front() public {
        newNode(ALICE, NODE_KEY, Role.Miner, OWN);
        fund(BOB, 10e18);
        announce(5_000);
        expectRefusal(5_000, 500);
        vm.assertEq(staking.freeStakeOf(BOB), 10e18);
    }

    function test_vote_with_a_limit_and_an_announced_commission() public {
        newNode(ALICE, NODE_KEY, Role.Miner, OWN);
        announce(700);
        vm.warp(block.timestamp + 2 hours);
        announce(900);
        fund(BOB, 10e18);
        expectRefusal(900, 899);
        vm.prank(BOB);
        staking.vote(node, 1, 900);
        // A lower one that is announced does not count yet.
        announce(100);
        expectRefusal(700, 699);
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(BOB);
        staking.vote(node, 1, 100);
        (uint16 bps, uint16 next,) = staking.commissionOf(node);
        vm.assertEq(bps, 100);
        vm.assertEq(next, 100);
    }

    function test_deposit_and_vote_with_a_limit() public {
        newNode(ALICE, NODE_KEY, Role.Miner, OWN);
        announce(700);
        cai.transfer(BOB, 1e18);
        vm.startPrank(BOB);
        cai.approve(address(staking), 1e18);
        vm.expectRevert(abi.encodeWithSelector(Votes.CommissionAbove.selector, 700, 0));
        staking.depositAndVote(node, 1e18, 0);
        staking.depositAndVote(node, 1e18, 700);
        vm.stopPrank();
        address carol = vm.addr(7);
        cai.transfer(carol, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = signPermit(7, 5e18, block.timestamp);
        vm.startPrank(carol);
        vm.expectRevert(abi.encodeWithSelector(Votes.CommissionAbove.selector, 700, 699));
        staking.depositAndVoteWithPermit(node, 5e18, 699, block.timestamp, v, r, s);
        staking.depositAndVoteWithPermit(node, 5e18, 700, block.timestamp, v, r, s);
        vm.assertEq(staking.stakeOf(node, carol), 5e18);
    }

    /// @dev The first commission of a node is told before anyone can vote.
    function test_commission_of_a_node_without_votes() public {
        newNode(ALICE, NODE_KEY, Role.Miner, OWN);
        vm.expectEmit(address(staking));
        emit Rewards.CommissionAnnounced(node, 1_000, block.timestamp);
        announce(1_000);
        fund(BOB, 1);
        expectRefusal(1_000, 999);
    }
}
