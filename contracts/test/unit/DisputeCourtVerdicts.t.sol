// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Case, Cases, State} from "../../src/court/Cases.sol";
import {Verdicts} from "../../src/court/Verdicts.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {DisputeCourtBase} from "../harness/DisputeCourtBase.sol";

/// @dev Verdicts, and what parties and jurors get or pay.
contract DisputeCourtVerdictsTest is DisputeCourtBase {
    function test_guilty() public {
        uint256 had = cai.balanceOf(ALICE);
        uint256 burned = cai.balanceOf(BURN);
        (uint256 seats,) = trial(ALL);
        stateIs(State.Guilty);
        uint256 taken = MINER_STAKE * 2 / 10;
        uint256 reward = taken / 5;
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE - taken);
        // The bond came back, with half of the reward.
        vm.assertEq(cai.balanceOf(ALICE), had + reward / 2);
        uint256 perSeat = reward / 2 / seats;
        vm.assertEq(uint256(court.caseOf(id).rewardPerSeat), perSeat);
        (uint256 rewards, uint256 docked) = settleAll(1);
        vm.assertEq(rewards, perSeat * seats);
        vm.assertEq(docked, 0);
        vm.assertEq(cai.balanceOf(BURN) - burned, taken - reward + (reward / 2 - rewards));
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    function test_innocent() public {
        uint256 had = cai.balanceOf(ALICE);
        uint256 burned = cai.balanceOf(BURN);
        (, uint256 seats) = trial(0);
        stateIs(State.Innocent);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE);
        vm.assertEq(had - cai.balanceOf(ALICE), BOND);
        vm.assertEq(cai.balanceOf(MINER_OWNER), BOND / 2);
        (uint256 rewards, uint256 docked) = settleAll(1);
        vm.assertEq(rewards, BOND / 2 / seats * seats);
        vm.assertEq(docked, 0);
        vm.assertEq(cai.balanceOf(BURN) - burned, BOND / 2 - rewards);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    function test_jurors_are_settled_once() public {
        openAndDraw();
        (uint256 seats,) = commitAll(ALL);
        address juror = aJuror();
        uint256 held = court.seatsOf(id, juror);
        address owner = staking.nodeView(juror).owner;
        expect(Verdicts.NotOver.selector);
        court.settleJuror(id, 1, juror);
        revealAll(ALL);
        resolve();
        uint256 expected = MINER_STAKE * 2 / 100 / seats * held;
        vm.expectEmit(address(court));
        emit Verdicts.JurorSettled(id, juror, 1, expected, 0);
        court.settleJuror(id, 1, juror);
        vm.assertEq(cai.balanceOf(owner), expected);
        expect(Verdicts.NothingToSettle.selector, juror);
        court.settleJuror(id, 1, juror);
        expect(Verdicts.NothingToSettle.selector, ALICE);
        court.settleJuror(id, 1, ALICE);
        expect(Verdicts.NothingToSettle.selector, juror);
        court.settleJuror(id, 2, juror);
    }

    /// @dev One juror against two thirds, and one that never reveals, are docked; neither is rewarded.
    function test_the_incoherent_and_the_silent_are_docked() public {
        (address wrong, address silent) = (address(0), address(0));
        uint256 votes = ALL;
        // Some draw has two jurors with one seat each and at least three seats more.
        for (uint256 number = 2; silent == address(0); ++number) {
            (wrong, votes) = (address(0), ALL);
            ticket.number = uint64(number);
            receipt = receiptOf(ticket, "output");
            id = digestOf(Messages.hash(receipt));
            openCase();
            draw();
            uint256 seats;
            for (uint256 i = 0; i < JURORS; ++i) {
                uint256 held = court.seatsOf(id, jurors[i]);
                seats += held;
                if (held == 1 && wrong == address(0)) (wrong, votes) = (jurors[i], ALL ^ (1 << i));
                else if (held == 1) silent = jurors[i];
            }
            if (seats < 5) silent = address(0);
        }
        uint256 epoch = drawEpoch();
        commitAll(votes);
        toEpoch(epoch + 1, 0);
        for (uint256 i = 0; i < JURORS; ++i) {
            if (jurors[i] != silent && court.ballotOf(id, 1, jurors[i]).seats != 0) {
                revealAs(jurors[i], votes >> i & 1 == 1);
            }
        }
        resolve();
        stateIs(State.Guilty);
        uint256 burned = cai.balanceOf(BURN);
        vm.expectEmit(address(court));
        emit Verdicts.JurorSettled(id, wrong, 1, 0, JUROR_STAKE / 1_000);
        court.settleJuror(id, 1, wrong);
        (uint256 reward, uint256 docked) = court.settleJuror(id, 1, silent);
        vm.assertEq(reward, 0);
        vm.assertEq(docked, JUROR_STAKE / 1_000);
        vm.assertEq(staking.slashableOf(silent), JUROR_STAKE - JUROR_STAKE / 1_000);
        // The whole slash is burned.
        vm.assertEq(cai.balanceOf(BURN) - burned, 2 * JUROR_STAKE / 1_000);
    }

    function test_no_quorum_draws_again_then_bonds_go_back() public {
        uint256 had = cai.balanceOf(ALICE);
        openAndDraw();
        address silent = aJuror();
        commitAs(silent, true);
        toEpoch(13, 7);
        vm.expectEmit(address(court));
        emit Verdicts.Redrawn(id, 14);
        court.resolve(id);
        stateIs(State.Open);
        Case memory entry = court.caseOf(id);
        vm.assertEq(uint256(entry.round), 2);
        vm.assertEq(entry.seed, 0);
        // The first draw is over, so jurors that were silent in it can already be docked.
        (, uint256 docked) = court.settleJuror(id, 1, silent);
        vm.assertEq(docked, JUROR_STAKE / 1_000);

        draw();
        toEpoch(16, 0);
        vm.expectEmit(address(court));
        emit Verdicts.DisputeResolved(id, State.Void, 0, 0);
        court.resolve(id);
        vm.assertEq(cai.balanceOf(ALICE), had);
        vm.assertEq(cai.balanceOf(address(court)), 0);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE);
        vm.expectRevert(abi.encodeWithSelector(Cases.AlreadyDisputed.selector, id));
        this.challengeExternally(ticket, receipt);
    }

    /// @dev The second draw has three times the seats, starts from nothing, and decides.
    function test_the_second_draw_decides() public {
        openAndDraw();
        uint256 first;
        for (uint256 i = 0; i < JURORS; ++i) {
            first += court.seatsOf(id, jurors[i]);
        }
        commitAll(ALL);
        toEpoch(12, 0);
        // One seat alone is not a quorum.
        address lonely;
        for (uint256 i = 0; i < JURORS; ++i) {
            if (court.ballotOf(id, 1, jurors[i]).seats == 1) lonely = jurors[i];
        }
        revealAs(lonely, true);
        resolve();
        stateIs(State.Open);
        vm.assertEq(uint256(court.caseOf(id).guiltySeats), 0);
        draw();
        uint256 second;
        for (uint256 i = 0; i < JURORS; ++i) {
            second += court.seatsOf(id, jurors[i]);
        }
        vm.assertGe(second, 2 * first);
        commitAll(0);
        revealAll(0);
        resolve();
        stateIs(State.Innocent);
        // A vote of the draw that decided nothing is neither rewarded nor docked.
        (uint256 reward, uint256 docked) = court.settleJuror(id, 1, lonely);
        vm.assertEq(reward + docked, 0);
        (reward,) = settleAll(2);
        vm.assertEq(reward, BOND / 2 / second * second);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    /// @dev A jury that is split twice decides nothing, and nobody in it was wrong.
    function test_a_split_jury() public {
        uint256 had = cai.balanceOf(ALICE);
        uint256 votes = 1;
        for (uint256 round = 1; round <= 2; ++round) {
            if (round == 1) openCase();
            draw();
            // Juror after juror joins the side with fewer seats.
            (uint256 guilty, uint256 innocent) = (0, 0);
            votes = 0;
            for (uint256 i = 0; i < JURORS; ++i) {
                uint256 seats = court.seatsOf(id, jurors[i]);
                if (guilty <= innocent) (guilty, votes) = (guilty + seats, votes | 1 << i);
                else innocent += seats;
            }
            vm.assertLt(guilty, 2 * innocent, "choose another first block");
            vm.assertLt(innocent, 2 * guilty, "choose another first block");
            commitAll(votes);
            revealAll(votes);
            resolve();
        }
        stateIs(State.Void);
        vm.assertEq(cai.balanceOf(ALICE), had);
        for (uint256 round = 1; round <= 2; ++round) {
            (uint256 rewards, uint256 docked) = settleAll(round);
            vm.assertEq(rewards + docked, 0);
        }
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    /// @dev Every split of the jury, and every subset of jurors that reveals.
    function test_every_split() public {
        openAndDraw();
        uint256 snapshot = vm.snapshotState();
        for (uint256 bits = 0; bits < 1 << JURORS; ++bits) {
            verdict(bits, ALL);
            vm.revertToState(snapshot);
            verdict(ALL, bits);
            vm.revertToState(snapshot);
            verdict(0, bits);
            vm.revertToState(snapshot);
        }
    }

    /// @dev A verdict against a miner whose stake is gone takes nothing and gives the bond back.
    function test_guilty_without_stake() public {
        uint256 had = cai.balanceOf(ALICE);
        openAndDraw();
        commitAll(ALL);
        revealAll(ALL);
        exitStake(MINER_OWNER, miner, MINER_STAKE);
        resolve();
        stateIs(State.Guilty);
        vm.assertEq(cai.balanceOf(ALICE), had);
        (uint256 rewards, uint256 docked) = settleAll(1);
        vm.assertEq(rewards + docked, 0);
    }

    /// @dev A docked juror whose stake is gone costs nobody anything.
    function test_docking_without_stake() public {
        openAndDraw();
        address silent = aJuror();
        commitAs(silent, true);
        toEpoch(13, 0);
        court.resolve(id);
        exitStake(staking.nodeView(silent).owner, silent, JUROR_STAKE);
        (, uint256 docked) = court.settleJuror(id, 1, silent);
        vm.assertEq(docked, 0);
        // A juror cannot be settled twice.
        expect(Verdicts.NothingToSettle.selector, silent);
        court.settleJuror(id, 1, silent);
    }
}
