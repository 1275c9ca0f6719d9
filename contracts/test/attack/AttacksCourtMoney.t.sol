// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {State} from "../../src/court/Cases.sol";
import {Jury} from "../../src/court/Jury.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {DisputeCourtBase} from "../harness/DisputeCourtBase.sol";

/// @dev Attacks on juries for money, and with rented or late power; by their numbers in the audit.
contract AttacksCourtMoneyTest is DisputeCourtBase {
    address private constant MALLORY = address(0xBAD);

    // ----------------------------------------------------------------------------- C-1: being on every side oneself

    address private constant VOTER = address(0x707E);

    /// @dev All that the owner of the accused controls: it is also the challenger, the finder, and every juror.
    function wealth() private view returns (uint256 sum) {
        sum = cai.balanceOf(ALICE) + cai.balanceOf(BOB) + cai.balanceOf(MINER_OWNER) + cai.balanceOf(address(this));
        sum += cai.balanceOf(address(court)) + staking.ownStakeOf(miner);
        for (uint256 i = 0; i < JURORS; ++i) {
            sum += cai.balanceOf(jurorOwner(i)) + staking.ownStakeOf(jurors[i]);
        }
    }

    /// @dev With a hundred times its own stake in votes behind it, whatever the verdict, the owner gains nothing.
    function test_C1_no_verdict_over_oneself_pays() public {
        voteFor(miner, VOTER, 100 * MINER_STAKE);
        uint256 before = wealth();
        uint256[4] memory votes = [GUILTY, INNOCENT, UNAVAILABLE, 0];
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < votes.length; ++i) {
            openCase();
            vm.prank(BOB);
            court.join(id, "");
            draw();
            summonAll();
            commitAll(votes[i]);
            revealAll(votes[i]);
            resolve();
            if (court.caseOf(id).state == State.Open) lapse();
            settleAll(1);
            withdraw(ALICE);
            withdraw(BOB);
            vm.assertLt(wealth(), before);
            vm.revertToState(snapshot);
        }
    }

    function test_C1_no_equivocation_of_oneself_pays() public {
        voteFor(miner, VOTER, 100 * MINER_STAKE);
        uint256 before = wealth();
        announceEarlier(court, address(this), equivocationId(receipt.ticket));
        Messages.Receipt memory other = receiptOf(ticket, "other");
        (bytes memory t, bytes memory a, bytes memory b) =
            (signTicket(ticket), signReceipt(receipt), signReceipt(other));
        uint256 had = cai.balanceOf(address(this));
        court.proveEquivocation(ticket, t, receipt, a, other, b, SALT);
        // The finder's part is of the owner's loss, not of the voters'.
        vm.assertEq(cai.balanceOf(address(this)) - had, MINER_STAKE / 2 / 5);
        vm.assertLt(wealth(), before);
    }

    // -------------------------------------------------------------------------------------- M-9: rented jury power

    /// @dev Seats of a node with 479,999 of 500,000 in votes follow the 20,001 of its owner.
    function test_M9_rented_votes_do_not_sit() public {
        address rented = newNode(MALLORY, 0xBAD, Role.Miner, 20_001e18);
        voteFor(rented, VOTER, 479_999e18);
        declareAs(rented, MODEL);
        toEpoch(now_() + 3, 0);
        uint256 seats = 0;
        for (uint256 i = 1; i <= 10; ++i) {
            (ticket, receipt) = order(i);
            openCase();
            vm.assertEq(uint256(court.caseOf(id).firstTotal), JURORS * JUROR_STAKE + 20_001e18);
            draw();
            seats += court.seatsOf(id, rented);
        }
        // Expected 10 x 31 / 151 = 2; with its votes it would be 44.
        vm.assertLe(seats, 8);
    }

    /// @dev Stake that has been moved on since it was declared does not sit twice.
    function test_M9_stake_sits_once() public {
        vm.prank(jurorOwner(0));
        staking.retract(jurors[0], JUROR_STAKE - 20_001e18);
        openAndDraw();
        vm.assertLe(court.seatsOf(id, jurors[0]), 3);
    }

    // ----------------------------------------------------------------------------- the reward of those who settle

    /// @dev L-7: whoever docks the losers earns by it, so somebody does.
    function test_L7_docking_pays() public {
        openAndDraw();
        summonAll();
        commitAll(GUILTY - 1);
        revealAll(GUILTY - 1);
        resolve();
        uint256 had = cai.balanceOf(MALLORY);
        vm.prank(MALLORY);
        (, uint256 docked) = court.settleJuror(id, 1, jurors[0]);
        vm.assertEq(cai.balanceOf(MALLORY) - had, docked / 10);
        vm.assertGt(docked, 0);
    }

    /// @dev F4 turned against a challenger: fewer than a third who pretend not to have the evidence stop nothing.
    function test_F4_a_few_who_pretend_stop_nothing() public {
        openAndDraw();
        uint256 votes = GUILTY;
        for (uint256 i = 0; i < JURORS; ++i) {
            if (court.seatsOf(id, jurors[i]) * 3 >= SEATS) continue;
            votes |= 3 << 2 * i;
            break;
        }
        vm.assertNotEq(votes, GUILTY);
        commitAll(votes);
        revealAll(votes);
        resolve();
        stateIs(State.Guilty);
        // They were on the losing side.
        (, uint256 docked) = settleAll(1);
        vm.assertGt(docked, 0);
    }

    /// @dev F2: declaring a manifest after a ticket has ended gives no seat in its case.
    function test_F2_nobody_declares_for_a_case() public {
        address late = newNode(MALLORY, 0xBAD, Role.Miner, 100_000_000e18);
        declareAs(late, MODEL);
        openAndDraw();
        vm.assertEq(court.seatsOf(id, late), 0);
        toEpoch(drawEpoch() + 3, 1);
        randomness.set(court.seedRoundOf(id, 2), "second");
        vm.assertEq(court.seatsOf(id, late), 0);
        vm.assertGt(court.seatsOf(id, jurors[0]), 0);
    }

    /// @dev A tombstoned or inactive node of the past has no say.
    function test_F2_who_is_no_miner_any_more_does_not_sit() public {
        vm.prank(jurorOwner(0));
        staking.deregister(jurors[0]);
        vm.prank(jurorOwner(1));
        staking.retract(jurors[1], JUROR_STAKE - 20_000e18);
        openAndDraw();
        for (uint256 i = 0; i < 2; ++i) {
            vm.assertEq(court.seatsOf(id, jurors[i]), 0);
            expect(Jury.NotJuror.selector, jurors[i]);
            vm.prank(jurors[i]);
            court.commit(id, "x");
        }
    }
}
