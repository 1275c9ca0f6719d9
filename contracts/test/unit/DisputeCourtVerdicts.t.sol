// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {State} from "../../src/court/Cases.sol";
import {Parameters} from "../../src/court/CourtParameters.sol";
import {Jury, Outcome, Vote} from "../../src/court/Jury.sol";
import {Verdicts} from "../../src/court/Verdicts.sol";
import {DisputeCourtBase} from "../harness/DisputeCourtBase.sol";

/// @dev Verdicts, and what parties and jurors get or pay.
contract DisputeCourtVerdictsTest is DisputeCourtBase {
    uint256 private constant FINE = MINER_STAKE * 2 / 10;
    uint256 private constant REWARD = FINE / 5;

    function seatsIn(uint256 round) private view returns (uint256 seats) {
        for (uint256 i = 0; i < JURORS; ++i) {
            seats += ballot(round, i).seats;
        }
    }

    // ------------------------------------------------------------------------------------------------- outcomes

    function test_guilty() public {
        uint256 burned = cai.balanceOf(BURN);
        openAndDraw();
        uint256 fees = summonAll();
        commitAll(GUILTY);
        revealAll(GUILTY);
        uint256 pay = SEAT_REWARD * seatsIn(1);
        toEpoch(drawEpoch() + 2, 0);
        vm.expectEmit(address(court));
        emit Verdicts.DisputeResolved(id, 1, State.Guilty, FINE, SEAT_REWARD, BOND + REWARD / 2);
        court.resolve(id);
        stateIs(State.Guilty);
        vm.assertEq(uint256(drawnIn(1).outcome), uint256(Outcome.Guilty));
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE - FINE);
        vm.assertTrue(staking.isSpent(court.receiptsOf(id)[0]));
        // The bond comes back whole, with half of the reward.
        vm.assertEq(withdraw(ALICE), BOND + REWARD / 2);
        (uint256 rewards, uint256 docked) = settleAll(1);
        vm.assertEq(rewards, pay);
        vm.assertEq(docked, 0);
        // What jurors and summons cost came out of the other half.
        vm.assertEq(cai.balanceOf(BURN) - burned, FINE - REWARD / 2 - pay - fees);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    function test_innocent() public {
        uint256 burned = cai.balanceOf(BURN);
        openAndDraw();
        uint256 fees = summonAll();
        commitAll(INNOCENT);
        revealAll(INNOCENT);
        resolve();
        stateIs(State.Innocent);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE);
        vm.assertFalse(staking.isSpent(court.receiptsOf(id)[0]));
        vm.assertEq(cai.balanceOf(MINER_OWNER), BOND / 2);
        vm.assertEq(court.bondOf(id, ALICE), 0);
        (uint256 rewards, uint256 docked) = settleAll(1);
        vm.assertEq(rewards, SEAT_REWARD * seatsIn(1));
        vm.assertEq(docked, 0);
        vm.assertEq(cai.balanceOf(BURN) - burned, BOND / 2 - rewards - fees);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    /// @dev F4: without evidence the case is void at the challenger's cost, and its jurors are paid for having looked.
    function test_unavailable() public {
        uint256 burned = cai.balanceOf(BURN);
        openAndDraw();
        uint256 fees = summonAll();
        commitAll(UNAVAILABLE);
        revealAll(UNAVAILABLE);
        resolve();
        stateIs(State.Void);
        vm.assertEq(uint256(drawnIn(1).outcome), uint256(Outcome.Unavailable));
        vm.assertEq(withdraw(ALICE), BOND / 2);
        (uint256 rewards, uint256 docked) = settleAll(1);
        vm.assertEq(rewards, SEAT_REWARD * seatsIn(1));
        vm.assertEq(docked, 0);
        vm.assertEq(cai.balanceOf(BURN) - burned, BOND / 2 - rewards - fees);
        vm.assertEq(cai.balanceOf(address(court)), 0);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE);
    }

    /// @dev A third of the seats is enough, whatever the others say; those are neither paid nor docked.
    function test_a_third_without_evidence() public {
        openAndDraw();
        uint256 votes = 0;
        uint256 seats = 0;
        for (uint256 i = 0; i < JURORS; ++i) {
            bool blind = seats * 3 < SEATS;
            votes |= uint256(blind ? 3 : 1) << 2 * i;
            if (blind) seats += court.seatsOf(id, jurors[i]);
        }
        vm.assertNotEq(votes, UNAVAILABLE);
        commitAll(votes);
        revealAll(votes);
        resolve();
        stateIs(State.Void);
        (uint256 rewards, uint256 docked) = settleAll(1);
        vm.assertEq(rewards, SEAT_REWARD * seats);
        vm.assertEq(docked, 0);
    }

    function test_nobody_comes() public {
        uint256 burned = cai.balanceOf(BURN);
        openCase();
        lapse();
        stateIs(State.Void);
        vm.assertEq(withdraw(ALICE), BOND - BOND / 10);
        vm.assertEq(cai.balanceOf(BURN) - burned, BOND / 10);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    /// @dev The challengers pay for the summons as well, so that nobody summons in order to save the tenth.
    function test_summoned_and_nobody_comes() public {
        uint256 burned = cai.balanceOf(BURN);
        openAndDraw();
        uint256 fees = summonAll();
        lapse();
        vm.assertEq(withdraw(ALICE), BOND - BOND / 10 - fees);
        vm.assertEq(cai.balanceOf(BURN) - burned, BOND / 10);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    // ------------------------------------------------------------------------------------------------ challengers

    /// @dev The challengers' half is shared equally, whatever the order.
    function test_challengers_share() public {
        openCase();
        vm.prank(BOB);
        court.join(id, "");
        ballots(GUILTY);
        vm.assertEq(withdraw(ALICE), BOND + REWARD / 4);
        vm.assertEq(withdraw(BOB), BOND + REWARD / 4);
        settleAll(1);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    function test_challengers_lose_together() public {
        uint256 burned = cai.balanceOf(BURN);
        openCase();
        vm.prank(BOB);
        court.join(id, "");
        ballots(INNOCENT);
        vm.assertEq(cai.balanceOf(MINER_OWNER), BOND);
        vm.assertEq(court.bondOf(id, ALICE) + court.bondOf(id, BOB), 0);
        (uint256 rewards,) = settleAll(1);
        vm.assertEq(rewards, SEAT_REWARD * seatsIn(1), "the rate is that of one bond");
        vm.assertEq(cai.balanceOf(BURN) - burned, BOND - rewards);
    }

    /// @dev Where the owner's loss is too small to make it up, the challengers pay the jury.
    function test_a_jury_is_paid_whatever_the_slash_brings() public {
        voteFor(miner, BOB, 300_000e18);
        vm.prank(MINER_OWNER);
        staking.retract(miner, MINER_STAKE);
        (ticket, receipt) = order(2);
        toEpoch(now_() + 2, 0);
        vm.warp(vm.getBlockTimestamp() + UNBONDING);
        vm.prank(MINER_OWNER);
        staking.release(miner);
        refreshRecords();
        vm.warp(vm.getBlockTimestamp() + 3 * EPOCH);
        (ticket, receipt) = order(2);
        openCase();
        uint256 bond = court.caseOf(id).bond;
        ballots(GUILTY);
        stateIs(State.Guilty);
        (uint256 rewards,) = settleAll(1);
        vm.assertEq(rewards, bond / 2 / (3 * SEATS) * seatsIn(1));
        vm.assertEq(withdraw(ALICE), bond - rewards);
        vm.assertEq(staking.slashableOf(miner), 240_000e18);
    }

    // ----------------------------------------------------------------------------------------------------- jurors

    /// @dev F7: a seat gets the same whatever the verdict.
    function test_every_verdict_pays_a_seat_the_same() public {
        uint256 snapshot = vm.snapshotState();
        uint256[3] memory votes = [GUILTY, INNOCENT, UNAVAILABLE];
        for (uint256 i = 0; i < 3; ++i) {
            trial(votes[i]);
            vm.assertEq(uint256(drawnIn(1).rewardPerSeat), SEAT_REWARD);
            vm.revertToState(snapshot);
        }
    }

    function test_jurors_are_settled_once() public {
        openAndDraw();
        commitAll(GUILTY);
        address juror = aJuror();
        expect(Verdicts.NotOver.selector);
        court.settleJuror(id, 1, juror);
        revealAll(GUILTY);
        expect(Verdicts.NotOver.selector);
        court.settleJuror(id, 1, juror);
        resolve();
        uint256 reward = SEAT_REWARD * ballot(1, 0).seats;
        vm.expectEmit(address(court));
        emit Verdicts.JurorSettled(id, juror, 1, reward, 0, 0);
        court.settleJuror(id, 1, juror);
        vm.assertEq(cai.balanceOf(jurorOwner(0)), reward);
        expect(Verdicts.NothingToSettle.selector, juror);
        court.settleJuror(id, 1, juror);
        expect(Verdicts.NothingToSettle.selector, ALICE);
        court.settleJuror(id, 1, ALICE);
        expect(Verdicts.NothingToSettle.selector, juror);
        court.settleJuror(id, 2, juror);
    }

    /// @dev L-7: docking pays whoever settles a tenth; the rest is burned, and no voter loses anything.
    function docks(uint256 i) private {
        uint256 amount = DOCK * ballot(roundNow(), i).seats;
        uint256 had = cai.balanceOf(BOB);
        uint256 burned = cai.balanceOf(BURN);
        uint256 stake = staking.slashableOf(jurors[i]);
        vm.expectEmit(address(court));
        emit Verdicts.JurorSettled(id, jurors[i], 1, 0, amount, amount / 10);
        vm.prank(BOB);
        court.settleJuror(id, 1, jurors[i]);
        vm.assertEq(cai.balanceOf(BOB) - had, amount / 10);
        vm.assertEq(cai.balanceOf(BURN) - burned, amount - amount / 10);
        vm.assertEq(stake - staking.slashableOf(jurors[i]), amount);
        vm.assertGt(amount, 0);
    }

    function test_a_vote_against_the_verdict_is_docked() public {
        voteFor(jurors[0], BOB, 100e18);
        trial(GUILTY + 1);
        stateIs(State.Guilty);
        docks(0);
        vm.assertGe(staking.stakeOf(jurors[0], BOB), 100e18);
    }

    function test_a_lazy_vote_is_docked_by_a_verdict() public {
        trial(INNOCENT + 1);
        stateIs(State.Innocent);
        docks(0);
    }

    function test_a_vote_that_is_not_revealed_is_docked() public {
        openAndDraw();
        commitAll(GUILTY);
        toEpoch(drawEpoch() + 1, 0);
        for (uint256 i = 1; i < JURORS; ++i) {
            revealAs(jurors[i], Vote.Guilty);
        }
        resolve();
        docks(0);
    }

    function test_silence_after_a_summons_is_docked() public {
        openAndDraw();
        summonAll();
        commitAll(GUILTY - 1);
        revealAll(GUILTY - 1);
        resolve();
        docks(0);
    }

    /// @dev Who was not summoned and did not come is not known to the court.
    function test_silence_without_a_summons_is_free() public {
        trial(GUILTY - 1);
        expect(Verdicts.NothingToSettle.selector, jurors[0]);
        court.settleJuror(id, 1, jurors[0]);
    }

    /// @dev In a draw without a verdict nobody was wrong; silence is docked all the same.
    function test_a_draw_that_decides_nothing() public {
        openAndDraw();
        summonAll();
        commitAs(jurors[0], Vote.Guilty);
        commitAs(jurors[1], Vote.Guilty);
        toEpoch(drawEpoch() + 1, 0);
        revealAs(jurors[0], Vote.Guilty);
        resolve();
        stateIs(State.Open);
        (uint256 reward, uint256 docked) = court.settleJuror(id, 1, jurors[0]);
        vm.assertEq(reward + docked, 0);
        (, docked) = court.settleJuror(id, 1, jurors[1]);
        vm.assertEq(docked, DOCK * ballot(1, 1).seats);
        (, docked) = court.settleJuror(id, 1, jurors[2]);
        vm.assertEq(docked, DOCK * ballot(1, 2).seats);
    }

    /// @dev A juror whose stake is gone costs nobody anything, and is settled all the same.
    function test_docking_takes_what_there_is() public {
        openAndDraw();
        summonAll();
        lapse();
        exitStake(jurorOwner(0), jurors[0], JUROR_STAKE);
        (, uint256 docked) = court.settleJuror(id, 1, jurors[0]);
        vm.assertEq(docked, 0);
        expect(Verdicts.NothingToSettle.selector, jurors[0]);
        court.settleJuror(id, 1, jurors[0]);
    }

    function test_a_dock_of_nothing() public {
        vm.prank(GOVERNOR);
        court.setParameters(Parameters(BOND, 50, 5_000, 2_000, 0));
        openAndDraw();
        summonAll();
        lapse();
        (, uint256 docked) = court.settleJuror(id, 1, jurors[0]);
        vm.assertEq(docked, 0);
        vm.assertEq(staking.slashableOf(jurors[0]), JUROR_STAKE);
    }

    /// @dev All tips of a case come to a tenth of one bond; what else they would be is burned.
    function test_tips_come_to_a_tenth_of_a_bond() public {
        address caller = address(0x7199E4);
        openAndDraw();
        summonAll();
        toEpoch(uint256(court.caseOf(id).epoch) + court.SECOND_DRAW(), 1);
        randomness.set(court.seedRoundOf(id, 2), "second");
        summonAll();
        lapse();
        stateIs(State.Void);
        uint256 burned = cai.balanceOf(BURN);
        vm.startPrank(caller);
        (, uint256 first) = settleAll(1);
        vm.assertEq(cai.balanceOf(caller), first / 10);
        (, uint256 second) = settleAll(2);
        vm.stopPrank();
        vm.assertGt(first + second, BOND);
        vm.assertEq(cai.balanceOf(caller), BOND / 10);
        vm.assertEq(uint256(court.caseOf(id).tips), BOND / 10);
        vm.assertEq(cai.balanceOf(BURN) - burned, first + second - BOND / 10);
        withdraw(ALICE);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    // ----------------------------------------------------------------------------------------------- two draws

    function test_the_second_draw_decides() public {
        openAndDraw();
        commitAll(1);
        revealAll(1);
        toEpoch(drawEpoch() + 2, 0);
        vm.expectEmit(address(court));
        emit Jury.Redrawn(id, 2, uint256(court.caseOf(id).epoch) + 4);
        court.resolve(id);
        stateIs(State.Open);
        vm.assertEq(roundNow(), 2);
        vm.assertEq(uint256(drawnIn(1).outcome), uint256(Outcome.None));
        ballots(INNOCENT);
        stateIs(State.Innocent);
        vm.assertGt(seatsIn(2), 2 * SEATS);
        (uint256 rewards,) = settleAll(2);
        uint256 perSeat = BOND / 2 / seatsIn(2);
        if (perSeat > SEAT_REWARD) perSeat = SEAT_REWARD;
        vm.assertEq(rewards, perSeat * seatsIn(2));
        // A vote of the draw that decided nothing is neither rewarded nor docked.
        (uint256 reward, uint256 docked) = court.settleJuror(id, 1, jurors[0]);
        vm.assertEq(reward + docked, 0);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    /// @dev A jury that is split twice decides nothing, and nobody in it was wrong.
    function test_a_split_jury() public {
        openCase();
        for (uint256 round = 1; round <= 2; ++round) {
            draw();
            // Juror after juror joins the side with fewer seats.
            (uint256 guilty, uint256 innocent, uint256 votes) = (0, 0, 0);
            for (uint256 i = 0; i < JURORS; ++i) {
                uint256 held = court.seatsOf(id, jurors[i]);
                if (guilty <= innocent) (guilty, votes) = (guilty + held, votes | 1 << 2 * i);
                else (innocent, votes) = (innocent + held, votes | 2 << 2 * i);
            }
            vm.assertLt(guilty, 2 * innocent, "choose another seed");
            vm.assertLt(innocent, 2 * guilty, "choose another seed");
            commitAll(votes);
            revealAll(votes);
            resolve();
        }
        stateIs(State.Void);
        for (uint256 round = 1; round <= 2; ++round) {
            (uint256 rewards, uint256 docked) = settleAll(round);
            vm.assertEq(rewards + docked, 0);
        }
        withdraw(ALICE);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    /// @dev Every split of the jury into guilty, innocent, unavailable and absent that 200 steps reach.
    function test_many_splits() public {
        openAndDraw();
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < 200; ++i) {
            verdict(i * 83 % 4_096, i % 4 == 0 ? i * 37 % 64 : 63);
            vm.revertToState(snapshot);
        }
    }

    /// @dev With an even number of seats exactly half of them can be revealed, and that is enough.
    function test_half_of_the_seats_are_a_quorum() public {
        court = newCourt(4);
        rich(ALICE);
        uint256 found = 0;
        for (uint256 number = 1; found != 3; ++number) {
            (ticket, receipt) = order(number);
            openAndDraw();
            for (uint256 i = 0; i < JURORS; ++i) {
                uint256 held = court.seatsOf(id, jurors[i]);
                // One seat of four is no quorum, two are one.
                if (held == 0 || held > 2 || found & held != 0) continue;
                commitAll(1 << 2 * i);
                revealAll(1 << 2 * i);
                resolve();
                stateIs(held == 2 ? State.Guilty : State.Open);
                found |= held;
                break;
            }
        }
    }

    /// @dev With the devnet's three seats: two of them decide, one does not, and one without evidence ends a case.
    function test_three_seats() public {
        court = newCourt(3);
        rich(ALICE);
        uint256 found = 0;
        for (uint256 number = 1; found != 7; ++number) {
            (ticket, receipt) = order(number);
            openAndDraw();
            for (uint256 i = 0; i < JURORS; ++i) {
                uint256 held = court.seatsOf(id, jurors[i]);
                uint256 want = held == 1 && found & 1 != 0 ? 4 : held;
                if (held == 0 || held > 2 || found & want != 0) continue;
                uint256 votes = uint256(want == 4 ? 3 : 1) << 2 * i;
                commitAll(votes);
                revealAll(votes);
                resolve();
                stateIs(want == 1 ? State.Open : want == 2 ? State.Guilty : State.Void);
                found |= want;
                break;
            }
        }
    }
}
