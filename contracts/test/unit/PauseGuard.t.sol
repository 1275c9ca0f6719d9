// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Staking} from "../../src/Staking.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
import {Idleness} from "../../src/staking/Idleness.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {PauseGuard} from "../../src/staking/PauseGuard.sol";
import {Votes} from "../../src/staking/Votes.sol";
import {PauseBase} from "../harness/PauseBase.sol";

contract PauseGuardTest is PauseBase {
    function expectBob(bytes memory failure, bytes memory call) private {
        vm.prank(BOB);
        (bool accepted, bytes memory result) = address(staking).call(call);
        vm.assertFalse(accepted);
        vm.assertEq(result, failure);
    }

    function expectEntriesClosed() private {
        bytes memory failure = abi.encodeWithSelector(PauseGuard.EntriesPaused.selector);
        expectBob(failure, abi.encodeCall(FreeStake.deposit, (1)));
        expectBob(failure, abi.encodeCall(FreeStake.depositWithPermit, (1, 0, 0, 0, 0)));
        expectBob(failure, abi.encodeCall(Votes.depositAndVote, (node, 1, 5_000)));
        expectBob(failure, abi.encodeCall(Votes.depositAndVoteWithPermit, (node, 1, 5_000, 0, 0, 0, 0)));
        expectBob(failure, abi.encodeCall(Votes.vote, (node, 1, 5_000)));
        expectBob(failure, abi.encodeCall(Staking.register, (node, Role.Miner, 1, "", "", "", 0, "")));
    }

    function expectExitsClosed(uint256 until) private {
        bytes memory failure = abi.encodeWithSelector(PauseGuard.ExitsPaused.selector, until);
        expectBob(failure, abi.encodeCall(Votes.retract, (node, 1)));
        expectBob(failure, abi.encodeCall(Votes.release, (node)));
        expectBob(failure, abi.encodeCall(FreeStake.withdraw, (1)));
        expectBob(failure, abi.encodeCall(Staking.claim, (node)));
        expectBob(failure, abi.encodeCall(Idleness.markIdle, (node)));
    }

    function leave() private {
        vm.startPrank(BOB);
        staking.retract(node, 4e18);
        staking.release(node);
        staking.withdraw(6e18);
        staking.claim(node);
        vm.stopPrank();
    }

    function test_pause() public {
        vm.assertEq(staking.nextPauseAt(), 0);
        vm.expectEmit(address(staking));
        emit PauseGuard.Paused(start + 72 hours);
        staking.pause();
        vm.assertEq(staking.pausedAt(), start);
        vm.assertEq(staking.nextPauseAt(), start + 30 days);
        expectEntriesClosed();
        expectExitsClosed(start + 72 hours);
        vm.expectRevert(PauseGuard.AlreadyPaused.selector);
        staking.pause();

        vm.warp(start + 1 days);
        vm.expectEmit(address(staking));
        emit PauseGuard.Unpaused(start + 30 days);
        staking.unpause();
        vm.assertEq(staking.pausedAt(), 0);
        vm.assertEq(staking.nextPauseAt(), start + 30 days);
        vm.expectRevert(PauseGuard.NotPaused.selector);
        staking.unpause();
        leave();
        fund(BOB, 1);
        vm.prank(BOB);
        staking.vote(node, 1, 5_000);
    }

    /// @dev What protects the network goes on during a pause, and so do rewards.
    function test_pause_stops_neither_slashes_nor_rewards() public {
        staking.pause();
        emission(Role.Miner, 1_000e18, 1_000);
        vm.warp(start + 1_000);
        vm.assertGt(staking.pendingRewards(node, BOB), 0);
        (uint256 taken,) = slash(node, 1e18, 0);
        vm.assertEq(taken, 1e18);
        (taken,) = staking.charge(node, 1e18, 0);
        vm.assertEq(taken, 1e18);
        vm.startPrank(ALICE);
        staking.update(node, "new", "", "");
        staking.announceCommission(node, 1);
        staking.deregister(node);
    }

    function test_exits_open_by_themselves() public {
        staking.pause();
        vm.warp(start + 72 hours - 1);
        expectExitsClosed(start + 72 hours);
        vm.warp(start + 72 hours);
        leave();
        expectEntriesClosed();
    }

    function test_pauses_begin_thirty_days_apart() public {
        staking.pause();
        vm.warp(start + 1 hours);
        staking.unpause();
        bytes memory refusal = abi.encodeWithSelector(PauseGuard.PauseTooSoon.selector, start + 30 days);
        vm.expectRevert(refusal);
        staking.pause();
        vm.warp(start + 30 days - 1);
        vm.expectRevert(refusal);
        staking.pause();
        vm.warp(start + 30 days);
        staking.pause();
        expectExitsClosed(start + 33 days);

        // A pause of entries may last; the next one begins when it is over, and closes the exits for 72 hours again.
        vm.warp(start + 100 days);
        vm.expectRevert(PauseGuard.AlreadyPaused.selector);
        staking.pause();
        staking.unpause();
        vm.assertEq(staking.nextPauseAt(), start + 60 days);
        staking.pause();
        expectExitsClosed(start + 103 days);
        vm.assertEq(staking.nextPauseAt(), start + 130 days);
    }

    /// @dev Who plans a change that takes longer than a pause and the waiting time cannot keep anyone in.
    function test_a_pause_is_shorter_than_a_plan() public {
        staking.pause();
        vm.warp(start + 72 hours);
        vm.prank(BOB);
        staking.retract(node, 4e18);
        vm.warp(start + 72 hours + UNBONDING);
        vm.startPrank(BOB);
        staking.release(node);
        staking.withdraw(10e18);
        vm.stopPrank();
        vm.assertEq(cai.balanceOf(BOB), 10e18);
        vm.expectRevert(PauseGuard.AlreadyPaused.selector);
        staking.pause();
    }

    function test_pause_is_the_pausers() public {
        bytes memory failure = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, BOB);
        expectBob(failure, abi.encodeCall(Staking.pause, ()));
        expectBob(failure, abi.encodeCall(Staking.unpause, ()));
    }
}
