// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InvariantBase} from "../harness/InvariantBase.sol";

/// @dev Without slashes everything is exact, charges included.
/// forge-config: default.invariant.fail-on-revert = true
contract StakingInvariants is InvariantBase {
    function setUp() public {
        build();
    }

    function lossy() internal pure override returns (bool) {
        return false;
    }

    function invariant_what_goes_in_comes_out() public view {
        vm.assertEq(owed(), handler.paidIn() - handler.paidOut() - handler.charged(), "owed");
        checkSolvent();
    }

    function invariant_nobody_harms_another() public view {
        checkNobodyHarmsAnother();
        assertNever("panic");
    }

    function invariant_rewards_are_covered() public view {
        checkRewardsAreCovered();
        checkReservesAreWhatTheyWere();
    }

    function invariant_roles_are_kept() public view {
        assertNever("roles");
        checkActiveAboveTheMinimumOnly();
    }

    function invariant_events_tell_the_state() public view {
        checkEventsTellTheState();
    }

    function afterInvariant() public {
        handler.exit();
        vm.assertEq(handler.paidOut() + handler.charged(), handler.paidIn(), "everyone's stake is out");
        checkRewardsAreCovered();
        vm.assertEq(cai.balanceOf(address(target)), handler.donated() + rewardsLeft(), "nothing else is left");
    }
}

/// @dev With losses nothing gets stuck, and nobody gets more than there is.
/// forge-config: default.invariant.fail-on-revert = true
contract LossInvariants is InvariantBase {
    function setUp() public {
        build();
    }

    function lossy() internal pure override returns (bool) {
        return true;
    }

    function invariant_solvent() public view {
        checkSolvent();
        checkSupply();
        vm.assertLe(owed(), free() + pooled(), "owed");
        vm.assertEq(handler.paidIn() - handler.paidOut() - handler.lost(), free() + pooled(), "left");
    }

    function invariant_shares_add_up() public view {
        checkSharesAddUp();
    }

    function invariant_weights_are_at_most_ten_times_the_own_stake() public view {
        checkWeights();
    }

    function invariant_totals_are_the_weights_that_earn() public view {
        checkTotals();
        assertNever("idle");
    }

    function invariant_prices_never_rise() public view {
        assertNever("price");
        checkNobodyHarmsAnother();
    }

    function invariant_rewards_paid_are_at_most_those_notified() public view {
        checkRewardsAreCovered();
        checkReservesAreWhatTheyWere();
    }

    function invariant_charges_never_touch_voters() public view {
        assertNever("charge");
    }

    function invariant_slashes_take_the_same_fraction() public view {
        assertNever("slash");
        checkActiveAboveTheMinimumOnly();
    }

    /// @dev Of an owner, its accomplices and whoever is paid, nobody gains by a slash or a charge: what is paid out is at
    /// most a fifth of what the owner loses, whatever voters lose.
    function invariant_nobody_gains_by_losses() public view {
        assertNever("gain");
    }

    function invariant_evidence_is_used_once() public view {
        assertNever("evidence");
    }

    function invariant_exits_are_closed_for_72_hours_at_most() public view {
        checkExitsOpenInTime();
    }

    function invariant_votes_keep_their_limits() public view {
        assertNever("commission");
        assertNever("roles");
        assertNever("panic");
    }

    function invariant_rotations_move_nothing() public view {
        assertNever("rotation");
        checkSharesAddUp();
    }

    function invariant_events_tell_the_state() public view {
        checkEventsTellTheState();
    }

    function afterInvariant() public {
        handler.exit();
        // A share worth less than a wei cannot be retracted.
        vm.assertLe(free() + pooled(), actors.length * handler.NODES(), "everyone's stake is out, but for a wei each");
        vm.assertEq(handler.paidIn() - handler.paidOut() - handler.lost(), free() + pooled(), "left");
        checkRewardsAreCovered();
        checkSolvent();
    }
}
