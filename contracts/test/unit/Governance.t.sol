// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {CAIToken} from "../../src/CAIToken.sol";
import {EmissionController} from "../../src/EmissionController.sol";
import {Settlement} from "../../src/Settlement.sol";
import {Parameters} from "../../src/court/CourtParameters.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {DeployBase} from "../harness/DeployBase.sol";

/// @dev What governance can do to a public network as it is deployed, and how long everybody has to leave before.
contract GovernanceTest is DeployBase {
    uint64 private constant DELAY = 14 days;
    address private constant OWNER = address(0xA11CE);
    address private constant VOTER = address(0xB0B);
    address private constant MALLORY = address(0xBAD);
    uint256 private constant NODE_KEY = 0xE0DE;

    address private node;
    uint256 private start;

    function setUp() public {
        run(1200);
        (cai, staking, manager) = (CAIToken(address(network.cai)), network.staking, network.authority);
        vm.prank(ADMIN);
        cai.transfer(address(this), 1_000_000e18);
        node = newNode(OWNER, NODE_KEY, Role.Miner, 30_000e18);
        fund(VOTER, 20_000e18);
        vm.prank(VOTER);
        staking.vote(node, 10_000e18, 0);
        start = block.timestamp;
    }

    function schedule(address target, bytes memory call) private {
        vm.prank(ADMIN);
        manager.schedule(target, call, 0);
    }

    // ----------------------------------------------------------------------------------------- M-1: time to leave

    /// ADMIN and PAUSER together, both stolen: the thief schedules the role that slashes for itself, and closes the
    /// exits when it hurts most. Who notices within three days has everything out before the thief can slash.
    function test_M1_everybody_is_out_before_a_new_slasher() public {
        leaveUnderAPause(0, 0);
    }

    /// The same for each moment of the pause and each time in which a staker reacts.
    function test_fuzz_M1_no_pause_holds_anybody_until_the_change(uint256 pauseAt, uint256 reaction) public {
        leaveUnderAPause(bound(pauseAt, 0, DELAY), bound(reaction, 0, 3 days));
    }

    function leaveUnderAPause(uint256 pauseAt, uint256 reaction) private {
        bytes memory grant = abi.encodeCall(AccessManager.grantRole, (Roles.SLASHER, MALLORY, 0));
        schedule(address(manager), grant);
        uint256 pauseTime = start + pauseAt;
        uint256 time = afterPause(start + reaction, pauseTime);
        act(OWNER, time, abi.encodeCall(staking.retract, (node, 30_000e18)), pauseTime);
        act(VOTER, time, abi.encodeCall(staking.retract, (node, 10_000e18)), pauseTime);
        time = afterPause(time + staking.unbondingPeriod(), pauseTime);
        act(OWNER, time, abi.encodeCall(staking.release, (node)), pauseTime);
        act(VOTER, time, abi.encodeCall(staking.release, (node)), pauseTime);
        act(OWNER, time, abi.encodeCall(staking.withdraw, (30_000e18)), pauseTime);
        act(VOTER, time, abi.encodeCall(staking.withdraw, (20_000e18)), pauseTime);
        vm.assertLt(time, start + DELAY, "out before the change");
        vm.assertEq(cai.balanceOf(OWNER), 30_000e18);
        vm.assertEq(cai.balanceOf(VOTER), 20_000e18);

        // Not even a second earlier can the change take effect.
        if (block.timestamp < start + DELAY - 1) vm.warp(start + DELAY - 1);
        vm.prank(ADMIN);
        vm.expectRevert();
        manager.execute(address(manager), grant);
        vm.warp(start + DELAY);
        vm.prank(ADMIN);
        manager.execute(address(manager), grant);
        bytes32[] memory evidence = new bytes32[](1);
        evidence[0] = "forged";
        vm.prank(MALLORY);
        (uint256 taken,) = staking.slash(node, type(uint128).max, 2_000, evidence);
        vm.assertEq(taken, 0, "nothing is left to take");
    }

    /// @dev When somebody who wants to act at `time` can.
    function afterPause(uint256 time, uint256 pauseTime) private view returns (uint256) {
        uint256 end = pauseTime + staking.MAX_EXIT_PAUSE();
        return time >= pauseTime && time < end ? end : time;
    }

    /// @dev Acts at `time`; the pause begins when its time has come.
    function act(address who, uint256 time, bytes memory call, uint256 pauseTime) private {
        if (staking.nextPauseAt() == 0 && time >= pauseTime) {
            vm.warp(pauseTime);
            vm.prank(PAUSER);
            staking.pause();
        }
        vm.warp(time);
        vm.prank(who);
        (bool done,) = address(staking).call(call);
        vm.assertTrue(done, "an exit was closed");
    }

    /// A second pause within the delay is impossible, also after the first was ended.
    function test_M1_one_pause_within_the_delay() public {
        vm.startPrank(PAUSER);
        staking.pause();
        vm.warp(start + 1);
        staking.unpause();
        vm.warp(start + DELAY);
        vm.expectRevert();
        staking.pause();
    }

    /// The delay itself can be shortened only after the delay, and then only slowly.
    function test_M1_the_delay_cannot_be_cut_short() public {
        bytes memory grant = abi.encodeCall(AccessManager.grantRole, (0, ADMIN, 0));
        schedule(address(manager), grant);
        vm.warp(start + DELAY);
        vm.prank(ADMIN);
        manager.execute(address(manager), grant);
        (, uint32 delay) = manager.hasRole(0, ADMIN);
        vm.assertEq(delay, DELAY, "the old delay goes on");
        vm.warp(start + 2 * DELAY - 1);
        (, delay) = manager.hasRole(0, ADMIN);
        vm.assertEq(delay, DELAY);
        vm.warp(start + 2 * DELAY);
        (, delay) = manager.hasRole(0, ADMIN);
        vm.assertEq(delay, 0);
    }

    /// Nobody can do at once what has to be scheduled.
    function test_nothing_happens_at_once() public {
        (address[] memory targets, bytes[] memory calls) = plans();
        address[4] memory people = [ADMIN, PAUSER, GUARDIAN, address(script)];
        for (uint256 i = 0; i < calls.length; ++i) {
            for (uint256 j = 0; j < people.length; ++j) {
                vm.startPrank(people[j]);
                (bool direct,) = targets[i].call(calls[i]);
                (bool executed,) = address(manager).call(abi.encodeCall(AccessManager.execute, (targets[i], calls[i])));
                vm.stopPrank();
                vm.assertFalse(direct || executed, vm.toString(i));
            }
        }
    }

    // --------------------------------------------------------------------------------------------- the guardian

    /// Whatever is scheduled, the administration of the manager itself included, the guardian can cancel it.
    function test_guardian_cancels_everything() public {
        (address[] memory targets, bytes[] memory calls) = plans();
        for (uint256 i = 0; i < calls.length; ++i) {
            schedule(targets[i], calls[i]);
            bytes memory cancel = abi.encodeCall(AccessManager.cancel, (ADMIN, targets[i], calls[i]));
            assertCannot(PAUSER, cancel);
            assertCannot(MALLORY, cancel);
            vm.prank(GUARDIAN);
            manager.cancel(ADMIN, targets[i], calls[i]);
        }
        vm.warp(start + DELAY);
        for (uint256 i = 0; i < calls.length; ++i) {
            bytes32 id = manager.hashOperation(ADMIN, targets[i], calls[i]);
            vm.prank(ADMIN);
            vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, id));
            manager.execute(targets[i], calls[i]);
        }
    }

    /// A guardian that cancels too much can be removed, and cannot cancel that.
    function test_guardian_cannot_keep_itself_in_office() public {
        bytes memory revoke = abi.encodeCall(AccessManager.revokeRole, (Roles.GUARDIAN, GUARDIAN));
        schedule(address(manager), revoke);
        assertCannot(GUARDIAN, abi.encodeCall(AccessManager.cancel, (ADMIN, address(manager), revoke)));
        vm.warp(start + DELAY);
        vm.prank(ADMIN);
        manager.execute(address(manager), revoke);
        (bool member,) = manager.hasRole(Roles.GUARDIAN, GUARDIAN);
        vm.assertFalse(member);
    }

    /// The guardian schedules nothing, and calls nothing that is restricted.
    function test_guardian_can_only_cancel() public {
        (address[] memory targets, bytes[] memory calls) = plans();
        for (uint256 i = 0; i < calls.length; ++i) {
            assertCannot(GUARDIAN, abi.encodeCall(AccessManager.schedule, (targets[i], calls[i], 0)));
        }
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, GUARDIAN));
        vm.prank(GUARDIAN);
        staking.pause();
    }

    /// Assigning the manager's functions to GOVERNOR, for the guardian's sake, gives the governor no right to them.
    function test_governor_does_not_administer() public {
        address governor = address(0x60F);
        bytes memory grant = abi.encodeCall(AccessManager.grantRole, (Roles.GOVERNOR, governor, uint32(DELAY)));
        schedule(address(manager), grant);
        vm.warp(start + DELAY);
        vm.prank(ADMIN);
        manager.execute(address(manager), grant);
        (address[] memory targets, bytes[] memory calls) = plans();
        for (uint256 i = 0; i < calls.length; ++i) {
            bytes memory plan = abi.encodeCall(AccessManager.schedule, (targets[i], calls[i], 0));
            if (targets[i] == address(manager)) {
                assertCannot(governor, plan);
            } else {
                vm.prank(governor);
                (bool done,) = address(manager).call(plan);
                vm.assertTrue(done, "a governor governs");
            }
        }
    }

    function assertCannot(address who, bytes memory call) private {
        vm.prank(who);
        (bool done,) = address(manager).call(call);
        vm.assertFalse(done);
    }

    /// @dev One of everything that can be scheduled, but for the removal of a role.
    function plans() private view returns (address[] memory targets, bytes[] memory calls) {
        targets = new address[](15);
        calls = new bytes[](15);
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = staking.slash.selector;
        for (uint256 i = 0; i < 9; ++i) {
            targets[i] = address(manager);
        }
        calls[0] = abi.encodeCall(AccessManager.grantRole, (Roles.SLASHER, MALLORY, 0));
        calls[1] = abi.encodeCall(AccessManager.setTargetFunctionRole, (address(staking), selectors, Roles.PAUSER));
        calls[2] = abi.encodeCall(AccessManager.setTargetClosed, (address(staking), true));
        calls[3] = abi.encodeCall(AccessManager.setTargetAdminDelay, (address(staking), 1));
        calls[4] = abi.encodeCall(AccessManager.updateAuthority, (address(staking), address(cai)));
        calls[5] = abi.encodeCall(AccessManager.setRoleAdmin, (Roles.SLASHER, Roles.PAUSER));
        calls[6] = abi.encodeCall(AccessManager.setRoleGuardian, (Roles.GOVERNOR, Roles.PAUSER));
        calls[7] = abi.encodeCall(AccessManager.setGrantDelay, (Roles.SLASHER, 1));
        calls[8] = abi.encodeCall(AccessManager.labelRole, (Roles.SLASHER, "HARMLESS"));
        (targets[9], calls[9]) = (address(network.emission), abi.encodeCall(EmissionController.setHalving, (365 days)));
        (targets[10], calls[10]) =
        (address(network.emission), abi.encodeCall(EmissionController.migrate, (EmissionController(MALLORY))));
        (targets[11], calls[11]) = (address(network.settlement), abi.encodeWithSignature("setFaultBps(uint16)", 5_000));
        (targets[12], calls[12]) = (address(network.settlement), abi.encodeWithSignature("retire()"));
        Parameters memory parameters = network.court.parameters();
        (targets[13], calls[13]) = (address(network.court), abi.encodeCall(network.court.setParameters, (parameters)));
        (targets[14], calls[14]) = (address(network.court), abi.encodeWithSignature("retire()"));
    }
}
