// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Cases} from "../../src/court/Cases.sol";
import {Ballot, Jury, Vote} from "../../src/court/Jury.sol";
import {Verdicts} from "../../src/court/Verdicts.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {DisputeCourtBase} from "../harness/DisputeCourtBase.sol";

/// @dev How a jury is drawn and summoned, and how it votes.
contract DisputeCourtJuryTest is DisputeCourtBase {
    function sum(uint256 count) private view returns (uint256 seats) {
        for (uint256 i = 0; i < count; ++i) {
            seats += court.seatsOf(id, jurors[i]);
        }
    }

    // -------------------------------------------------------------------------------------------------- the seed

    function test_the_seeds_are_fixed_at_the_opening() public {
        openCase();
        uint256 epoch = now_();
        vm.assertEq(court.seedRoundOf(id, 1), (epoch + 1) * EPOCH);
        vm.assertEq(court.seedRoundOf(id, 2), (epoch + 4) * EPOCH);
        toEpoch(epoch + 4, 7);
        vm.assertEq(court.seedRoundOf(id, 1), (epoch + 1) * EPOCH);
    }

    function test_nobody_sits_without_a_seed() public {
        openCase();
        toEpoch(drawEpoch(), 0);
        vm.assertEq(court.seatsOf(id, jurors[0]), 0);
        uint64 source = court.seedRoundOf(id, 1);
        bytes memory refusal = abi.encodeWithSelector(Jury.SeedUnknown.selector, source);
        vm.expectRevert(refusal);
        court.summon(id, jurors);
        vm.expectRevert(refusal);
        vm.prank(jurors[0]);
        court.commit(id, "x");
        recordSeed();
        vm.assertGt(court.seatsOf(id, jurors[0]), 0);
    }

    /// @dev A seed that comes late changes neither the draw nor its epoch; one that comes too late changes nothing.
    function test_a_late_seed_draws_the_same_jury() public {
        openCase();
        uint256 snapshot = vm.snapshotState();
        draw();
        uint256[JURORS] memory early;
        for (uint256 i = 0; i < JURORS; ++i) {
            early[i] = court.seatsOf(id, jurors[i]);
        }
        vm.revertToState(snapshot);
        toEpoch(drawEpoch(), EPOCH - 1);
        recordSeed();
        for (uint256 i = 0; i < JURORS; ++i) {
            vm.assertEq(court.seatsOf(id, jurors[i]), early[i]);
        }
        vm.revertToState(snapshot);
        uint256 epoch = drawEpoch();
        toEpoch(epoch + 1, 0);
        recordSeed();
        vm.assertEq(sum(JURORS), 0);
        vm.expectRevert(Jury.NotCommitPhase.selector);
        vm.prank(jurors[0]);
        court.commit(id, "x");
        lapse();
        vm.assertEq(court.openCases(), 0);
    }

    // ------------------------------------------------------------------------------------------------- the draw

    /// @dev The chance of a seat is the part of the own stake: over many draws the counts agree.
    function test_seats_follow_the_own_stake() public {
        fund(jurorOwner(0), JUROR_STAKE);
        vm.prank(jurorOwner(0));
        staking.vote(jurors[0], JUROR_STAKE, 0);
        registry.refresh(jurors[0], one(MODEL));
        toEpoch(now_() + 3, 0);
        (uint256 double, uint256 single) = (0, 0);
        for (uint256 i = 2; i < 52; ++i) {
            (ticket, receipt) = order(i);
            openCase();
            draw();
            double += court.seatsOf(id, jurors[0]);
            single += sum(JURORS) - court.seatsOf(id, jurors[0]);
        }
        // Expected: 50 x 31 x 2/7 = 443, and 5/2 of it; the bounds are four standard deviations.
        vm.assertGe(double, 372);
        vm.assertLe(double, 514);
        vm.assertGe(single, 1_036);
        vm.assertLe(single, 1_179);
    }

    /// @dev Votes of others give no seats, so they cannot be rented.
    function test_votes_of_others_give_no_seats() public {
        openCase();
        uint256 snapshot = vm.snapshotState();
        draw();
        uint256 held = court.seatsOf(id, jurors[0]);
        vm.revertToState(snapshot);
        voteFor(jurors[0], BOB, 4_000_000e18);
        registry.refresh(jurors[0], one(MODEL));
        draw();
        vm.assertEq(court.seatsOf(id, jurors[0]), held);
        vm.assertEq(registry.stakeRecorded(MODEL, jurors[0], now_()), JUROR_STAKE);
    }

    /// @dev Stake that came after the ticket gives no seats, and stake that has gone gives none either.
    function test_only_stake_that_stays_sits() public {
        openCase();
        fund(jurorOwner(0), 50 * JUROR_STAKE);
        vm.prank(jurorOwner(0));
        staking.vote(jurors[0], 50 * JUROR_STAKE, 0);
        registry.refresh(jurors[0], one(MODEL));
        vm.prank(jurorOwner(1));
        staking.retract(jurors[1], JUROR_STAKE - 21_000e18);
        draw();
        // Expected: a sixth of 31, and a hundred-and-forty-second.
        vm.assertLe(court.seatsOf(id, jurors[0]), 15);
        vm.assertLe(court.seatsOf(id, jurors[1]), 3);
        vm.prank(jurorOwner(2));
        staking.deregister(jurors[2]);
        vm.assertEq(court.seatsOf(id, jurors[2]), 0);
    }

    function test_only_declared_nodes_sit() public {
        address strange = newNode(address(0xE1), 0xE1, Role.Miner, 60_000_000e18);
        declareAs(strange, "another");
        toEpoch(now_() + 3, 0);
        (ticket, receipt) = order(1);
        openAndDraw();
        vm.assertEq(court.seatsOf(id, strange), 0);
        expect(Jury.NotJuror.selector, strange);
        vm.prank(strange);
        court.commit(id, "x");
    }

    /// @dev Seats of two cases, of two draws and of two attempts have nothing to do with each other.
    function test_every_draw_is_its_own() public {
        bytes32[3] memory ids;
        for (uint256 i = 0; i < 3; ++i) {
            (ticket, receipt) = order(1 + i);
            openCase();
            ids[i] = id;
        }
        draw();
        uint256 same = 0;
        for (uint256 i = 0; i < JURORS; ++i) {
            uint256 held = court.seatsOf(ids[0], jurors[i]);
            if (held == court.seatsOf(ids[1], jurors[i]) && held == court.seatsOf(ids[2], jurors[i])) ++same;
        }
        vm.assertLt(same, JURORS);
        uint256 first = sum(JURORS);
        draw_second();
        vm.assertGt(sum(JURORS), 2 * first);
    }

    function draw_second() private {
        toEpoch(uint256(court.caseOf(id).epoch) + 4, 1);
        randomness.set(court.seedRoundOf(id, 2), keccak256("second"));
    }

    function test_no_party_sits() public {
        // Overwhelming stake, so that only the exclusion can keep them out.
        address friend = newNode(MINER_OWNER, 0xF1, Role.Miner, 60_000_000e18);
        address own = newNode(ALICE, 0xF2, Role.Miner, 60_000_000e18);
        fund(MINER_OWNER, 60_000_000e18);
        vm.prank(MINER_OWNER);
        staking.vote(miner, 60_000_000e18, 0);
        address[3] memory parties = [miner, friend, own];
        for (uint256 i = 0; i < 3; ++i) {
            declareAs(parties[i], MODEL);
        }
        toEpoch(now_() + 3, 0);
        (ticket, receipt) = order(1);
        cai.transfer(ALICE, 1_000_000e18);
        openCase();
        // They do not count either, so the others have all the seats.
        vm.assertEq(uint256(court.caseOf(id).firstTotal), JURORS * JUROR_STAKE);
        draw();
        vm.assertGt(sum(JURORS), SEATS / 2);
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(court.seatsOf(id, parties[i]), 0);
            expect(Jury.NotJuror.selector, parties[i]);
            vm.prank(parties[i]);
            court.commit(id, "x");
        }
        summonOnly(parties[0]);
    }

    function summonOnly(address node) private {
        vm.assertEq(court.summon(id, one(node)), 0);
    }

    /// @dev A challenger that is a node's key keeps out its owner's other nodes too.
    function test_no_party_sits_behind_a_node() public {
        address sibling = newNode(jurorOwner(0), 0xF1, Role.Miner, 90_000_000e18);
        declareAs(sibling, MODEL);
        toEpoch(now_() + 3, 0);
        (ticket, receipt) = order(1);
        rich(jurors[0]);
        openAs(jurors[0], itemsOf(ticket, receipt));
        draw();
        vm.assertEq(court.seatsOf(id, sibling), 0);
        vm.assertEq(court.seatsOf(id, jurors[0]), 0);
        vm.assertGt(court.seatsOf(id, jurors[1]), 0);
    }

    // -------------------------------------------------------------------------------------------------- summons

    function test_summon_writes_seats_down_and_pays() public {
        openAndDraw();
        uint256 seats = court.seatsOf(id, jurors[0]);
        uint256 had = cai.balanceOf(BOB);
        vm.expectEmit(address(court));
        emit Jury.JurorSummoned(id, jurors[0], 1, seats);
        vm.expectEmit(address(court));
        emit Jury.SummonsPaid(id, BOB, JURORS * FEE);
        vm.prank(BOB);
        vm.assertEq(court.summon(id, jurors), JURORS * FEE);
        vm.assertEq(cai.balanceOf(BOB) - had, JURORS * FEE);
        vm.assertEq(uint256(court.caseOf(id).fees), JURORS * FEE);
        vm.assertEq(uint256(ballot(1, 0).seats), seats);
        vm.assertEq(uint256(ballot(1, 0).vote), uint256(Vote.Summoned));
        vm.assertEq(court.seatsOf(id, jurors[0]), seats);
        // Neither twice, nor for nodes without a seat.
        vm.assertEq(court.summon(id, jurors), 0);
        summonOnly(ALICE);
        summonOnly(coordinator);
        vm.assertEq(uint256(court.ballotOf(id, 1, ALICE).vote), uint256(Vote.None));
    }

    /// @dev In the first half of the draw's epoch, so that those who are summoned have time to answer.
    function test_summon_phase() public {
        expect(Cases.NotOpen.selector, id);
        summonAll();
        openCase();
        vm.expectRevert(Jury.NotCommitPhase.selector);
        summonAll();
        draw();
        toEpoch(drawEpoch(), EPOCH / 2);
        vm.expectRevert(Jury.NotSummonPhase.selector);
        summonAll();
        toEpoch(drawEpoch(), EPOCH / 2 - 1);
        summonAll();
        toEpoch(drawEpoch() + 1, 0);
        vm.expectRevert(Jury.NotCommitPhase.selector);
        summonAll();
    }

    /// @dev All summons of a case together cost at most a tenth of one bond.
    function test_summons_cost_a_tenth_at_most() public {
        court = newCourt(1);
        rich(ALICE);
        rich(BOB);
        for (uint256 i = 0; i < 60; ++i) {
            jurors.push(newNode(address(uint160(0xE000 + i)), 0xE000 + i, Role.Miner, JUROR_STAKE));
            declareAs(jurors[JURORS + i], MODEL);
        }
        toEpoch(now_() + 3, 0);
        uint256 paid = 0;
        for (uint256 number = 1; paid < BOND / 10; ++number) {
            (ticket, receipt) = order(number);
            openCase();
            paid = 0;
            draw();
            for (uint256 i = 0; i < jurors.length; ++i) {
                paid += court.summon(id, one(jurors[i]));
            }
            toEpoch(uint256(court.caseOf(id).epoch) + 4, 1);
            randomness.set(court.seedRoundOf(id, 2), keccak256(abi.encode(number)));
            for (uint256 i = 0; i < jurors.length; ++i) {
                paid += court.summon(id, one(jurors[i]));
            }
            vm.assertLe(paid, BOND / 10);
            vm.assertEq(uint256(court.caseOf(id).fees), paid);
        }
        vm.assertEq(paid, BOND / 10, "some draw used it up");
    }

    // ----------------------------------------------------------------------------------------------------- voting

    function test_commit_phase() public {
        expect(Cases.NotOpen.selector, id);
        court.commit(id, "x");
        openCase();
        vm.expectRevert(Jury.NotCommitPhase.selector);
        court.commit(id, "x");
        draw();
        address juror = aJuror();
        uint256 seats = court.seatsOf(id, juror);
        toEpoch(drawEpoch(), EPOCH - 1);
        bytes32 commitment = court.commitmentOf(id, 1, juror, Vote.Guilty, SALT);
        vm.expectEmit(address(court));
        emit Jury.VoteCommitted(id, juror, 1, seats);
        vm.prank(juror);
        court.commit(id, commitment);
        Ballot memory cast = ballot(1, 0);
        vm.assertEq(uint256(cast.seats), seats);
        vm.assertEq(uint256(cast.vote), uint256(Vote.Committed));
        vm.assertTrue(cast.commitment == bytes30(commitment));
        expect(Jury.AlreadyCommitted.selector, juror);
        vm.prank(juror);
        court.commit(id, commitment);
        toEpoch(drawEpoch() + 1, 0);
        vm.expectRevert(Jury.NotCommitPhase.selector);
        vm.prank(juror);
        court.commit(id, commitment);
        vm.assertEq(court.seatsOf(id, juror), 0);
    }

    function test_strangers_do_not_commit() public {
        openAndDraw();
        expect(Jury.NotJuror.selector, BOB);
        vm.prank(BOB);
        court.commit(id, "x");
    }

    /// @dev Who was summoned commits with the seats that were written down, whatever its stake is now.
    function test_summoned_seats_stay() public {
        openAndDraw();
        uint256 seats = court.seatsOf(id, jurors[0]);
        summonAll();
        vm.prank(jurorOwner(0));
        staking.deregister(jurors[0]);
        commitAs(jurors[0], Vote.Innocent);
        vm.assertEq(uint256(ballot(1, 0).seats), seats);
    }

    function test_reveal_phase() public {
        openAndDraw();
        address juror = aJuror();
        uint256 seats = court.seatsOf(id, juror);
        commitAs(juror, Vote.Guilty);
        toEpoch(drawEpoch(), EPOCH - 1);
        vm.expectRevert(Jury.NotRevealPhase.selector);
        vm.prank(juror);
        court.reveal(id, Vote.Guilty, SALT);
        toEpoch(drawEpoch() + 1, 0);
        vm.startPrank(juror);
        vm.expectRevert(Jury.BadReveal.selector);
        court.reveal(id, Vote.Innocent, SALT);
        vm.expectRevert(Jury.BadReveal.selector);
        court.reveal(id, Vote.Guilty, "pepper");
        vm.expectEmit(address(court));
        emit Jury.VoteRevealed(id, juror, 1, Vote.Guilty, seats);
        court.reveal(id, Vote.Guilty, SALT);
        expect(Jury.NothingToReveal.selector, juror);
        court.reveal(id, Vote.Guilty, SALT);
        vm.stopPrank();
        vm.assertEq(uint256(drawnIn(1).guilty), seats);
        vm.assertEq(uint256(drawnIn(1).innocent) + drawnIn(1).unavailable, 0);
        toEpoch(drawEpoch() + 2, 0);
        vm.expectRevert(Jury.NotRevealPhase.selector);
        vm.prank(juror);
        court.reveal(id, Vote.Guilty, SALT);
    }

    function test_each_vote_is_counted_apart() public {
        openAndDraw();
        commitAll(0x39);
        revealAll(0x39);
        vm.assertEq(uint256(drawnIn(1).guilty), ballot(1, 0).seats);
        vm.assertEq(uint256(drawnIn(1).innocent), ballot(1, 1).seats);
        vm.assertEq(uint256(drawnIn(1).unavailable), ballot(1, 2).seats);
        expect(Jury.NothingToReveal.selector, jurors[3]);
        vm.prank(jurors[3]);
        court.reveal(id, Vote.Guilty, SALT);
    }

    /// @dev A commitment to something that is no vote cannot be revealed.
    function test_three_votes_only() public {
        openAndDraw();
        Vote[4] memory bad = [Vote.None, Vote.Summoned, Vote.Committed, Vote.Settled];
        for (uint256 i = 0; i < 4; ++i) {
            commitAs(jurors[i], bad[i]);
        }
        toEpoch(drawEpoch() + 1, 0);
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(Jury.BadVote.selector);
            vm.prank(jurors[i]);
            court.reveal(id, bad[i], SALT);
        }
    }

    /// @dev Copying another juror's commitment is useless, because it names its juror.
    function test_commitments_cannot_be_copied() public {
        openAndDraw();
        commitAs(jurors[0], Vote.Guilty);
        bytes32 copied = court.commitmentOf(id, 1, jurors[0], Vote.Guilty, SALT);
        vm.prank(jurors[1]);
        court.commit(id, copied);
        toEpoch(drawEpoch() + 1, 0);
        revealAs(jurors[0], Vote.Guilty);
        vm.expectRevert(Jury.BadReveal.selector);
        vm.prank(jurors[1]);
        court.reveal(id, Vote.Guilty, SALT);
    }

    function test_a_commitment_names_everything() public view {
        bytes32 base = court.commitmentOf(id, 1, jurors[0], Vote.Guilty, SALT);
        vm.assertEq(base, keccak256(abi.encode(id, uint256(1), jurors[0], uint8(3), SALT)));
        vm.assertNotEq(base, court.commitmentOf("x", 1, jurors[0], Vote.Guilty, SALT));
        vm.assertNotEq(base, court.commitmentOf(id, 2, jurors[0], Vote.Guilty, SALT));
        vm.assertNotEq(base, court.commitmentOf(id, 1, jurors[1], Vote.Guilty, SALT));
        vm.assertNotEq(base, court.commitmentOf(id, 1, jurors[0], Vote.Innocent, SALT));
        vm.assertNotEq(base, court.commitmentOf(id, 1, jurors[0], Vote.Guilty, "x"));
    }

    /// @dev An owner that joins the challengers after its node has committed does not judge.
    function test_a_juror_that_joins_reveals_nothing() public {
        openAndDraw();
        commitAs(jurors[0], Vote.Guilty);
        rich(jurorOwner(0));
        vm.prank(jurorOwner(0));
        court.join(id, "");
        rich(jurorOwner(1));
        summonAll();
        vm.prank(jurorOwner(1));
        court.join(id, "");
        expect(Jury.NotJuror.selector, jurors[1]);
        vm.prank(jurors[1]);
        court.commit(id, "x");
        toEpoch(drawEpoch() + 1, 0);
        expect(Jury.NotJuror.selector, jurors[0]);
        vm.prank(jurors[0]);
        court.reveal(id, Vote.Guilty, SALT);
    }

    // ---------------------------------------------------------------------------------------------- the timeline

    /// @dev The second draw comes in its epoch whether or not somebody has closed the first one.
    function test_the_second_draw_opens_by_itself() public {
        openAndDraw();
        uint256 opened = court.caseOf(id).epoch;
        draw_second();
        uint256 seats = court.seatsOf(id, jurors[0]);
        vm.assertGt(seats, 0);
        vm.assertEq(roundNow(), 1);
        bytes32 commitment = court.commitmentOf(id, 2, jurors[0], Vote.Guilty, SALT);
        vm.expectEmit(address(court));
        emit Jury.Redrawn(id, 2, opened + 4);
        vm.prank(jurors[0]);
        court.commit(id, commitment);
        vm.assertEq(roundNow(), 2);
        vm.assertEq(uint256(ballot(2, 0).seats), seats);
    }

    /// @dev A verdict of the first draw that nobody has closed yet leaves no second one.
    function test_no_second_draw_after_a_verdict() public {
        openAndDraw();
        commitAll(GUILTY);
        revealAll(GUILTY);
        draw_second();
        vm.assertEq(court.seatsOf(id, jurors[0]), 0);
        vm.expectRevert(Jury.NotCommitPhase.selector);
        summonAll();
        court.resolve(id);
        vm.assertEq(court.openCases(), 0);
    }

    function test_resolve_after_the_reveals_only() public {
        openAndDraw();
        commitAll(GUILTY);
        revealAll(GUILTY);
        toEpoch(drawEpoch() + 1, EPOCH - 1);
        vm.expectRevert(Verdicts.NotOver.selector);
        court.resolve(id);
        toEpoch(drawEpoch() + 2, 0);
        court.resolve(id);
        expect(Cases.NotOpen.selector, id);
        court.resolve(id);
        expect(Cases.NotOpen.selector, id);
        summonAll();
        expect(Cases.NotOpen.selector, id);
        vm.prank(jurors[0]);
        court.commit(id, "x");
        expect(Cases.NotOpen.selector, id);
        vm.prank(jurors[0]);
        court.reveal(id, Vote.Guilty, SALT);
        vm.assertEq(court.seatsOf(id, jurors[0]), 0);
    }

    /// @dev A second draw is not closed before its votes are revealed.
    function test_the_second_draw_has_its_time() public {
        openCase();
        uint256 opened = court.caseOf(id).epoch;
        toEpoch(opened + 3, 0);
        court.resolve(id);
        vm.assertEq(roundNow(), 2);
        toEpoch(opened + 6, 0);
        vm.warp(vm.getBlockTimestamp() - 1);
        vm.expectRevert(Verdicts.NotOver.selector);
        court.resolve(id);
        vm.warp(vm.getBlockTimestamp() + 1);
        court.resolve(id);
        vm.assertEq(court.openCases(), 0);
    }
}
