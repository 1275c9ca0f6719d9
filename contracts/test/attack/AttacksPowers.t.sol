// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Wiring} from "../../script/Wiring.sol";
import {EmissionController} from "../../src/EmissionController.sol";
import {Staking} from "../../src/Staking.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
import {Idleness} from "../../src/staking/Idleness.sol";
import {NodeRegistry, Role} from "../../src/staking/NodeRegistry.sol";
import {PauseGuard} from "../../src/staking/PauseGuard.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {Votes} from "../../src/staking/Votes.sol";
import {AttackBase} from "../harness/AttackBase.sol";

/// @dev Attacks by those who hold a power: a commission, a role, the pause.
contract AttacksPowersTest is AttackBase {
    /// @dev A commission that is raised takes nothing of what was earned before, and stakers can be out by then.
    function test_D22_commission_raised_before_a_payment() public {
        vote(BOB, 30_000e18);
        emission(Role.Miner, 100_000e18, 100_000);
        uint256 start = vm.getBlockTimestamp();
        wait(50_000);
        vm.prank(ALICE);
        staking.announceCommission(node, 5_000);
        retract(BOB, 30_000e18);
        vm.assertApproxEqAbs(staking.pendingRewards(node, BOB), 25_000e18, 1e6);
        vm.warp(start + 50_000 + UNBONDING);
        release(BOB);
        claim(ALICE);
        vm.assertApproxEqAbs(claim(BOB), 25_000e18, 1e6);
        vm.assertEq(staking.freeStakeOf(BOB), 30_000e18);
    }

    /// @dev Nobody learns of a commission after voting: one for a new node is in force before anyone else stakes.
    function test_D22_initial_commission_is_for_empty_nodes() public {
        vote(BOB, 1);
        vm.prank(ALICE);
        staking.announceCommission(node, 5_000);
        (uint16 bps,, uint64 at) = staking.commissionOf(node);
        vm.assertEq(bps, 0);
        vm.assertEq(at, block.timestamp + UNBONDING);
    }

    /// @dev On a public network even the administrator waits 14 days, and nobody can touch anyone's stake directly.
    function test_D23_governance_waits() public {
        address admin = address(0xAD);
        address pauser = address(0x9A);
        manager = new AccessManager(address(this));
        staking = new Staking(cai, 100, UNBONDING, address(manager));
        EmissionController controller = new EmissionController(staking, 7 days, address(manager));
        Wiring.staking(manager, staking);
        Wiring.emission(manager, controller);
        Wiring.people(manager, admin, pauser, address(0x6D), address(this), 14 days);
        (bool member,) = manager.hasRole(0, address(this));
        vm.assertFalse(member);

        bytes[4] memory plans = [
            abi.encodeCall(AccessManager.grantRole, (Roles.SLASHER, MALLORY, 0)),
            abi.encodeCall(AccessManager.grantRole, (0, MALLORY, 0)),
            abi.encodeCall(AccessManager.updateAuthority, (address(staking), address(cai))),
            abi.encodeCall(AccessManager.setTargetClosed, (address(staking), true))
        ];
        vm.startPrank(admin);
        for (uint256 i = 0; i < plans.length; ++i) {
            (bool accepted,) = address(manager).call(plans[i]);
            vm.assertFalse(accepted);
            manager.schedule(address(manager), plans[i], 0);
        }
        wait(14 days - 1);
        for (uint256 i = 0; i < plans.length; ++i) {
            (bool accepted, bytes memory result) = address(manager).call(plans[i]);
            vm.assertFalse(accepted);
            vm.assertEq(bytes4(result), IAccessManager.AccessManagerNotReady.selector);
        }
        wait(1);
        manager.execute(address(manager), plans[0]);
        (member,) = manager.hasRole(Roles.SLASHER, MALLORY);
        vm.assertTrue(member);
        vm.stopPrank();
    }

    /// @dev A closed target closes nothing that a staker calls.
    function test_D23_closing_the_target_stops_no_exit() public {
        vote(BOB, 10e18);
        manager.setTargetClosed(address(staking), true);
        vm.startPrank(BOB);
        staking.retract(node, 10e18);
        wait(UNBONDING);
        staking.release(node);
        staking.claim(node);
        staking.withdraw(10e18);
        vm.assertEq(cai.balanceOf(BOB), 10e18);
    }

    function test_D23_pauser_cannot_hold_exits() public {
        vote(BOB, 10e18);
        staking.pause();
        wait(72 hours);
        retract(BOB, 10e18);
        staking.unpause();
        vm.expectRevert(abi.encodeWithSelector(PauseGuard.PauseTooSoon.selector, vm.getBlockTimestamp() + 27 days));
        staking.pause();
        wait(UNBONDING);
        release(BOB);
        vm.prank(BOB);
        staking.withdraw(10e18);
    }

    function test_D23_nothing_is_upgradeable() public {
        string[8] memory calls = [
            "upgradeTo(address)",
            "upgradeToAndCall(address,bytes)",
            "initialize()",
            "owner()",
            "transferOwnership(address)",
            "rescue(address,uint256)",
            "setUnbondingPeriod(uint64)",
            "sweep(address)"
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool accepted,) = address(staking).call(abi.encodeWithSignature(calls[i], address(this), 1));
            vm.assertFalse(accepted);
        }
        // CALLCODE, DELEGATECALL and SELFDESTRUCT are not among the instructions.
        bytes memory code = address(staking).code;
        for (uint256 i = 0; i < code.length; ++i) {
            uint8 instruction = uint8(code[i]);
            vm.assertFalse(instruction == 0xf2 || instruction == 0xf4 || instruction == 0xff);
            if (instruction >= 0x60 && instruction <= 0x7f) i += instruction - 0x5f;
        }
    }

    /// @dev Every restricted function with every kind of caller: those with its role may, and nobody else.
    function test_D24_roles_and_functions() public {
        EmissionController controller = new EmissionController(staking, 7 days, address(manager));
        Wiring.emission(manager, controller);
        address coordinator = newNode(ALICE, OTHER_KEY, Role.Coordinator, 3_000_000e18);
        uint64[9] memory roles = [
            Roles.SLASHER,
            Roles.SLASHER,
            Roles.PAYMENT,
            Roles.EMISSION,
            Roles.PAUSER,
            Roles.PAUSER,
            Roles.GOVERNOR,
            Roles.GOVERNOR,
            type(uint64).max
        ];
        EmissionController next = new EmissionController(staking, 7 days, address(manager));
        bytes[9] memory calls = [
            abi.encodeCall(Slashing.slash, (node, 1, 0, new bytes32[](1))),
            abi.encodeCall(Slashing.charge, (node, 1, 0)),
            abi.encodeCall(Idleness.recordPayment, (coordinator, node)),
            abi.encodeCall(Staking.notifyEmission, (Role.Miner, 0, 1)),
            abi.encodeCall(Staking.pause, ()),
            abi.encodeCall(Staking.unpause, ()),
            abi.encodeCall(EmissionController.setHalving, (365 days)),
            abi.encodeCall(EmissionController.migrate, (next)),
            abi.encodeCall(staking.setAuthority, (address(cai)))
        ];
        // Those of each role, the administrator of the manager, an owner, a node, a staker and a stranger.
        vote(BOB, 1e18);
        address admin = address(0xAD);
        manager.grantRole(0, admin, 0);
        address[11] memory callers;
        for (uint64 role = Roles.GOVERNOR; role <= Roles.GUARDIAN; ++role) {
            callers[role - 1] = address(uint160(0xCA11 + role));
            manager.grantRole(role, callers[role - 1], 0);
        }
        (callers[6], callers[7], callers[8], callers[9], callers[10]) = (admin, ALICE, node, BOB, MALLORY);

        for (uint256 i = 0; i < calls.length; ++i) {
            for (uint256 j = 0; j < callers.length; ++j) {
                uint256 state = vm.snapshotState();
                if (bytes4(calls[i]) == Staking.unpause.selector) staking.pause();
                vm.prank(callers[j]);
                (bool accepted, bytes memory result) =
                    (roles[i] == Roles.GOVERNOR ? address(controller) : address(staking)).call(calls[i]);
                vm.assertEq(accepted, roles[i] == j + 1, "may or may not");
                if (!accepted) {
                    vm.assertEq(
                        result, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[j])
                    );
                }
                vm.revertToStateAndDelete(state);
            }
        }
    }

    /// @dev Functions of a node's owner or of a staker are closed to everybody else, whatever their role.
    function test_D24_owners_and_stakers() public {
        vote(BOB, 10e18);
        retract(BOB, 5e18);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotNodeOwner.selector, node, address(this)));
        staking.update(node, "name", "", "");
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotNodeOwner.selector, node, address(this)));
        staking.deregister(node);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotNodeOwner.selector, node, address(this)));
        staking.announceCommission(node, 1);
        vm.expectRevert(abi.encodeWithSelector(Votes.InsufficientStake.selector, 0, 1));
        staking.retract(node, 1);
        vm.expectRevert(Votes.NothingToRelease.selector);
        staking.release(node);
        vm.expectRevert(abi.encodeWithSelector(FreeStake.InsufficientFreeStake.selector, 0, 1));
        staking.withdraw(1);
        vm.assertEq(staking.claim(node), 0);
    }
}
