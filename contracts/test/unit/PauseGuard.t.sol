// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Staking} from "../../src/Staking.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
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
        expectBob(failure, abi.encodeCall(Votes.depositAndVote, (node, 1)));
        expectBob(failure, abi.encodeCall(Votes.depositAndVoteWithPermit, (node, 1, 0, 0, 0, 0)));
        expectBob(failure, abi.encodeCall(Votes.vote, (node, 1)));
        expectBob(failure, abi.encodeCall(Staking.register, (node, Role.Miner, 1, "", "", "", 0, "")));
    }

    function expectExitsClosed(uint256 until) private {
        bytes memory failure = abi.encodeWithSelector(PauseGuard.ExitsPaused.selector, until);
        expectBob(failure, abi.encodeCall(Votes.retract, (node, 1)));
        expectBob(failure, abi.encodeCall(Votes.release, (node)));
        expectBob(failure, abi.encodeCall(FreeStake.withdraw, (1)));
        expectBob(failure, abi.encodeCall(Staking.claim, (node)));
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
        vm.expectEmit(address(staking));
        emit PauseGuard.Paused(start + 14 days);
        staking.pause();
        vm.assertEq(staking.pausedAt(), start);
        expectEntriesClosed();
        expectExitsClosed(start + 14 days);
        vm.expectRevert(PauseGuard.AlreadyPaused.selector);
        staking.pause();

        vm.warp(start + 1 days);
        vm.expectEmit(address(staking));
        emit PauseGuard.Unpaused(start + 15 days);
        staking.unpause();
        vm.assertEq(staking.pausedAt(), 0);
        vm.assertEq(staking.nextPauseAt(), start + 15 days);
        vm.expectRevert(PauseGuard.NotPaused.selector);
        staking.unpause();
        leave();
        fund(BOB, 1);
        vm.prank(BOB);
        staking.vote(node, 1);
    }

    /// @dev What protects the network goes on during a pause, and so do rewards.
    function test_pause_stops_neither_slashes_nor_rewards() public {
        staking.pause();
        emission(Role.Miner, 1_000e18, 1_000);
        vm.warp(start + 1_000);
        vm.assertGt(staking.pendingRewards(node, BOB), 0);
        (uint256 taken,) = staking.slash(node, 1e18, address(0), 0);
        vm.assertEq(taken, 1e18);
        vm.startPrank(ALICE);
        staking.update(node, "new", "", "");
        staking.announceCommission(node, 1);
        staking.deregister(node);
    }

    function test_exits_open_by_themselves() public {
        staking.pause();
        vm.warp(start + 14 days - 1);
        expectExitsClosed(start + 14 days);
        vm.warp(start + 14 days);
        leave();
        expectEntriesClosed();
    }

    function test_exits_stay_open_between_pauses() public {
        staking.pause();
        vm.warp(start + 10 days);
        staking.unpause();
        vm.expectRevert(abi.encodeWithSelector(PauseGuard.PauseTooSoon.selector, start + 24 days));
        staking.pause();
        vm.warp(start + 24 days - 1);
        vm.expectRevert(abi.encodeWithSelector(PauseGuard.PauseTooSoon.selector, start + 24 days));
        staking.pause();
        vm.warp(start + 24 days);
        staking.pause();
        expectExitsClosed(start + 38 days);

        // The time that exits were open during a long pause counts.
        vm.warp(start + 48 days);
        staking.unpause();
        vm.assertEq(staking.nextPauseAt(), start + 52 days);
        vm.warp(start + 52 days);
        staking.pause();
        vm.warp(start + 152 days);
        staking.unpause();
        staking.pause();
        expectExitsClosed(start + 166 days);
    }

    function test_pause_is_the_pausers() public {
        bytes memory failure = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, BOB);
        expectBob(failure, abi.encodeCall(Staking.pause, ()));
        expectBob(failure, abi.encodeCall(Staking.unpause, ()));
    }
}
