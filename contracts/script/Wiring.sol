// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {DisputeCourt} from "../src/DisputeCourt.sol";
import {EmissionController} from "../src/EmissionController.sol";
import {Settlement} from "../src/Settlement.sol";
import {Staking} from "../src/Staking.sol";
import {Roles} from "../src/libraries/Roles.sol";

/// @title The wiring of roles
/// @notice Says at the AccessManager which role each restricted function belongs to, and who has the roles. The caller
/// administers the manager, without a delay. Scripts and tests share it, so the tests test what is deployed.
library Wiring {
    /// @notice Restricted functions of the staking contract.
    function staking(AccessManager manager, Staking target) internal {
        manager.labelRole(Roles.GOVERNOR, "GOVERNOR");
        manager.labelRole(Roles.SLASHER, "SLASHER");
        manager.labelRole(Roles.EMISSION, "EMISSION");
        manager.labelRole(Roles.PAUSER, "PAUSER");
        manager.labelRole(Roles.PAYMENT, "PAYMENT");
        manager.labelRole(Roles.GUARDIAN, "GUARDIAN");
        assign(manager, address(target), target.slash.selector, Roles.SLASHER);
        assign(manager, address(target), target.charge.selector, Roles.SLASHER);
        assign(manager, address(target), target.recordPayment.selector, Roles.PAYMENT);
        assign(manager, address(target), target.notifyEmission.selector, Roles.EMISSION);
        assign(manager, address(target), target.pause.selector, Roles.PAUSER);
        assign(manager, address(target), target.unpause.selector, Roles.PAUSER);
    }

    /// @notice Restricted functions of the emission controller, and its role.
    function emission(AccessManager manager, EmissionController target) internal {
        assign(manager, address(target), target.setHalving.selector, Roles.GOVERNOR);
        assign(manager, address(target), target.migrate.selector, Roles.GOVERNOR);
        manager.grantRole(Roles.EMISSION, address(target), 0);
    }

    /// @notice Restricted functions of the settlement contract, and its roles.
    function settlement(AccessManager manager, Settlement target) internal {
        assign(manager, address(target), target.setFaultBps.selector, Roles.GOVERNOR);
        assign(manager, address(target), target.retire.selector, Roles.GOVERNOR);
        manager.grantRole(Roles.SLASHER, address(target), 0);
        manager.grantRole(Roles.PAYMENT, address(target), 0);
    }

    /// @notice Restricted functions of the court, and its role.
    function court(AccessManager manager, DisputeCourt target) internal {
        assign(manager, address(target), target.setParameters.selector, Roles.GOVERNOR);
        assign(manager, address(target), target.retire.selector, Roles.GOVERNOR);
        manager.grantRole(Roles.SLASHER, address(target), 0);
    }

    /// @notice Lets a guardian cancel what the governor or the administrator has scheduled, the administration of the
    /// manager itself included.
    /// @dev The manager lets the guardian of the role that `getTargetFunctionRole(target, selector)` names cancel a call,
    /// and its role ADMIN can have no guardian. So its own functions are assigned to GOVERNOR: that gives the governor no
    /// right to call them, since the manager asks for ADMIN whatever is assigned. `revokeRole` stays out, so that a
    /// guardian cannot keep itself in office.
    /// @param guardian Cancels, without a delay, and can do nothing else.
    function guard(AccessManager manager, address guardian) internal {
        bytes4[] memory selectors = guarded();
        manager.setTargetFunctionRole(address(manager), selectors, Roles.GOVERNOR);
        for (uint64 role = Roles.GOVERNOR; role <= Roles.PAYMENT; ++role) {
            manager.setRoleGuardian(role, Roles.GUARDIAN);
        }
        manager.grantRole(Roles.GUARDIAN, guardian, 0);
    }

    /// @notice The functions of the manager itself that a guardian can cancel.
    function guarded() internal pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](9);
        selectors[0] = AccessManager.grantRole.selector;
        selectors[1] = AccessManager.setTargetFunctionRole.selector;
        selectors[2] = AccessManager.setTargetClosed.selector;
        selectors[3] = AccessManager.setTargetAdminDelay.selector;
        selectors[4] = AccessManager.updateAuthority.selector;
        selectors[5] = AccessManager.setRoleAdmin.selector;
        selectors[6] = AccessManager.setRoleGuardian.selector;
        selectors[7] = AccessManager.setGrantDelay.selector;
        selectors[8] = AccessManager.labelRole.selector;
    }

    /// @notice Gives people their roles, and gives up the administration of the manager.
    /// @param admin Governor and administrator.
    /// @param pauser Begins and ends pauses, without a delay.
    /// @param guardian Cancels what the governor or the administrator has scheduled.
    /// @param self The current administrator, which calls.
    /// @param delay Seconds between what the governor or the administrator schedules and its execution.
    function people(AccessManager manager, address admin, address pauser, address guardian, address self, uint32 delay)
        internal
    {
        guard(manager, guardian);
        manager.grantRole(Roles.GOVERNOR, admin, delay);
        manager.grantRole(Roles.PAUSER, pauser, 0);
        manager.grantRole(manager.ADMIN_ROLE(), admin, delay);
        if (admin != self) manager.renounceRole(manager.ADMIN_ROLE(), self);
    }

    /// @notice Assigns one function of `target` to a role.
    function assign(AccessManager manager, address target, bytes4 selector, uint64 role) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
    }
}
