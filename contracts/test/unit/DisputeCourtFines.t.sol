// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Attempts} from "../../src/libraries/Attempts.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {State} from "../../src/court/Cases.sol";
import {Parameters} from "../../src/court/CourtParameters.sol";
import {DisputeCourtBase} from "../harness/DisputeCourtBase.sol";
import {GasBurner} from "../harness/GasBurner.sol";

/// @dev What falsified results cost a miner, and what happens when Staking refuses to take it.
contract DisputeCourtFinesTest is DisputeCourtBase {
    uint256 private constant FINE = MINER_STAKE * 2 / 10;

    function seatsIn(uint256 round) private view returns (uint256 seats) {
        for (uint256 i = 0; i < JURORS; ++i) {
            seats += ballot(round, i).seats;
        }
    }

    // ------------------------------------------------------------------------------------------------ the fine

    /// @dev F8: in an unbonding period falsified results cost half of the stake at most; after it, more.
    function test_half_of_the_stake_in_a_period() public {
        uint256 start = vm.getBlockTimestamp();
        for (uint256 i = 1; i <= 5; ++i) {
            (ticket, receipt) = order(i);
            trial(GUILTY);
            stateIs(State.Guilty);
        }
        // 20% each of what was left; the fourth was cut, the fifth took nothing.
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE / 2);
        vm.warp(start + UNBONDING + 1 days);
        refreshRecords();
        vm.warp(vm.getBlockTimestamp() + 3 * EPOCH);
        (ticket, receipt) = order(6);
        trial(GUILTY);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE / 2 * 8 / 10);
    }

    /// @dev A fraction above half is cut by the same rule.
    function test_half_of_the_stake_at_once() public {
        vm.prank(GOVERNOR);
        court.setParameters(Parameters(BOND, 50, 5_000, 10_000, DOCK));
        trial(GUILTY);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE / 2);
        vm.assertEq(withdraw(ALICE), BOND + MINER_STAKE / 2 / 5 / 2);
    }

    /// @dev The losses of a period leave the sum exactly when the period is over.
    function test_the_period_slides() public {
        vm.prank(GOVERNOR);
        court.setParameters(Parameters(BOND, 50, 5_000, 5_000, DOCK));
        trial(GUILTY);
        uint256 first = vm.getBlockTimestamp();
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE / 2);
        uint256 snapshot = vm.snapshotState();
        for (uint256 late = 0; late < 2; ++late) {
            vm.warp(first + UNBONDING - 8 * EPOCH);
            refreshRecords();
            vm.warp(first + UNBONDING - 4 * EPOCH);
            (ticket, receipt) = order(2);
            openAndDraw();
            commitAll(GUILTY);
            revealAll(GUILTY);
            vm.warp(first + UNBONDING - 1 + late);
            court.resolve(id);
            vm.assertEq(staking.slashableOf(miner), late == 0 ? MINER_STAKE / 2 : MINER_STAKE / 4);
            vm.revertToState(snapshot);
        }
    }

    /// @dev A verdict against a miner whose stake is gone takes nothing; the challenger pays the jury.
    function test_guilty_without_stake() public {
        openAndDraw();
        commitAll(GUILTY);
        revealAll(GUILTY);
        exitStake(MINER_OWNER, miner, MINER_STAKE);
        resolve();
        stateIs(State.Guilty);
        vm.assertEq(uint256(drawnIn(1).rewardPerSeat), SEAT_REWARD);
        vm.assertEq(withdraw(ALICE), BOND - SEAT_REWARD * seatsIn(1));
        settleAll(1);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    // --------------------------------------------------------------------------------- a court without its role

    /// @dev M-7: a slash that is refused blocks neither the verdict nor the bonds.
    function test_a_court_without_its_role_finishes() public {
        openAndDraw();
        summonAll();
        commitAll(GUILTY - 1);
        revealAll(GUILTY - 1);
        manager.revokeRole(Roles.SLASHER, address(court));
        uint256 fees = court.caseOf(id).fees;
        resolve();
        stateIs(State.Guilty);
        vm.assertEq(court.openCases(), 0);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE);
        (uint256 rewards, uint256 docked) = settleAll(1);
        vm.assertEq(docked, 0);
        vm.assertEq(withdraw(ALICE), BOND - rewards - fees);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    /// @dev Whoever closes a case with too little gas for the slash does not save the accused.
    function test_a_slash_does_not_fail_for_want_of_gas() public {
        openAs(ALICE, itemsOf(1, 32));
        draw();
        commitAll(GUILTY);
        revealAll(GUILTY);
        toEpoch(drawEpoch() + 2, 0);
        uint256 snapshot = vm.snapshotState();
        for (uint256 gas = 100_000; gas < 1_500_000; gas += 20_000) {
            (bool done,) = address(court).call{gas: gas}(abi.encodeCall(court.resolve, (id)));
            if (done) vm.assertEq(staking.slashableOf(miner), MINER_STAKE - FINE);
            vm.revertToState(snapshot);
        }
    }

    function test_a_dock_does_not_fail_for_want_of_gas() public {
        openAndDraw();
        summonAll();
        lapse();
        uint256 snapshot = vm.snapshotState();
        for (uint256 gas = 30_000; gas < 400_000; gas += 5_000) {
            bytes memory call_ = abi.encodeCall(court.settleJuror, (id, 1, jurors[0]));
            (bool done,) = address(court).call{gas: gas}(call_);
            if (done) vm.assertLt(staking.slashableOf(jurors[0]), JUROR_STAKE);
            vm.revertToState(snapshot);
        }
    }

    function burnGas(bytes4 selector) private {
        vm.mockFunction(address(staking), address(new GasBurner()), abi.encodeWithSelector(selector));
    }

    /// @dev A slash that used up its gas was not refused: whoever closes the case has to send more.
    function test_a_slash_without_gas_is_no_refusal() public {
        openAndDraw();
        commitAll(GUILTY);
        revealAll(GUILTY);
        toEpoch(drawEpoch() + 2, 0);
        burnGas(staking.slash.selector);
        vm.expectRevert(Attempts.OutOfGas.selector);
        court.resolve{gas: 20_000_000}(id);
    }

    function test_a_dock_without_gas_is_no_refusal() public {
        openAndDraw();
        summonAll();
        lapse();
        burnGas(staking.charge.selector);
        vm.expectRevert(Attempts.OutOfGas.selector);
        court.settleJuror{gas: 20_000_000}(id, 1, jurors[0]);
    }

    // ------------------------------------------------------------------------------------------ more than enough

    /// @dev Where a draw has so many winners that the rate would need more than half of the bonds, they share that half,
    /// less what was paid for the summons.
    function test_jurors_share_half_of_the_bonds_at_most() public {
        court = newCourt(1);
        rich(ALICE);
        uint256[3] memory votes = [GUILTY, INNOCENT, UNAVAILABLE];
        uint256 seats = 0;
        for (uint256 number = 1; seats < 4; ++number) {
            if (number % 50 == 0) refreshRecords();
            (ticket, receipt) = order(number);
            openAndDraw();
            seats = 0;
            for (uint256 i = 0; i < JURORS; ++i) {
                seats += court.seatsOf(id, jurors[i]);
            }
        }
        uint256 fees = summonAll();
        vm.assertGt(fees, 0);
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < 3; ++i) {
            commitAll(votes[i]);
            revealAll(votes[i]);
            resolve();
            vm.assertEq(uint256(drawnIn(1).rewardPerSeat), (BOND / 2 - fees) / seats);
            settleAll(1);
            withdraw(ALICE);
            // What is left are the bonds of the cases before.
            vm.assertEq(cai.balanceOf(address(court)), court.openCases() * BOND);
            vm.revertToState(snapshot);
        }
    }
}
