// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {DisputeCourt} from "../../src/DisputeCourt.sol";
import {Staking} from "../../src/Staking.sol";
import {Cases, State} from "../../src/court/Cases.sol";
import {Ballot, Jury, Vote} from "../../src/court/Jury.sol";
import {Verdicts} from "../../src/court/Verdicts.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {DisputeCourtBase} from "../harness/DisputeCourtBase.sol";

/// @dev How a jury is drawn, and how it votes.
contract DisputeCourtJuryTest is DisputeCourtBase {
    // ------------------------------------------------------------------------------------------------------- draw

    function test_the_seed_is_fixed_in_advance() public {
        openCase();
        bytes memory early = abi.encodeWithSelector(Jury.SeedUnavailable.selector, 1_101, 1_150);
        vm.expectRevert(early);
        court.recordSeed(id);
        toEpoch(11, 0);
        vm.expectRevert(early);
        court.recordSeed(id);
        toEpoch(11, 1);
        bytes32 seed = blockhash(1_100);
        vm.assertTrue(seed != 0);
        vm.expectEmit(address(court));
        emit Jury.SeedRecorded(id, 1, 11, seed);
        court.recordSeed(id);
        vm.assertEq(court.caseOf(id).seed, seed);
        expect(Jury.SeedKnown.selector);
        court.recordSeed(id);
    }

    function test_a_missed_seed_moves_the_draw() public {
        openCase();
        toEpoch(11, 51);
        vm.expectRevert(abi.encodeWithSelector(Jury.SeedUnavailable.selector, 1_101, 1_150));
        court.recordSeed(id);
        toEpoch(14, 51);
        vm.expectRevert(abi.encodeWithSelector(Jury.SeedUnavailable.selector, 1_401, 1_450));
        court.recordSeed(id);
        toEpoch(15, 50);
        court.recordSeed(id);
        vm.assertEq(drawEpoch(), 15);
        vm.assertEq(court.caseOf(id).seed, blockhash(1_500));
        commitAll(ALL);
        revealAll(ALL);
        resolve();
        stateIs(State.Guilty);
    }

    /// @dev With long epochs the chain forgets the hash before the half is over.
    function test_a_seed_is_known_for_256_blocks() public {
        Staking slow = new Staking(cai, 1_000, UNBONDING, address(manager));
        staking = slow;
        court = new DisputeCourt(slow, address(manager), SEATS, 0, MAX_BLOCK_TIME, defaults());
        newNode(address(0xC0), COORDINATOR_KEY, Role.Coordinator, COORDINATOR_STAKE);
        newNode(address(0xC1), MINER_KEY, Role.Miner, MINER_STAKE);
        vm.prank(ALICE);
        cai.approve(address(court), BOND);
        receipt = receiptOf(ticket, "output");
        id = digestOf(Messages.hash(receipt));
        this.challengeExternally(ticket, receipt);
        vm.roll(2_257);
        vm.expectRevert(abi.encodeWithSelector(Jury.SeedUnavailable.selector, 2_001, 2_256));
        court.recordSeed(id);
        vm.roll(2_256);
        court.recordSeed(id);
        vm.assertTrue(court.caseOf(id).seed != 0);
    }

    /// @dev The chance of a seat is the share of the weight: over many draws the counts agree.
    function test_seats_follow_the_weight() public {
        openCase();
        draw();
        // 6 x 500,000 and the accused's 30,000 of 3,030,000; one juror has twice the stake of the others.
        fund(jurorOwner(0), JUROR_STAKE);
        vm.prank(jurorOwner(0));
        staking.vote(jurors[0], JUROR_STAKE);
        uint256 double;
        uint256 single;
        for (uint256 i = 2; i < 202; ++i) {
            ticket.number = uint64(i);
            receipt = receiptOf(ticket, bytes32(i));
            id = digestOf(Messages.hash(receipt));
            cai.transfer(ALICE, BOND);
            openCase();
            draw();
            double += court.seatsOf(id, jurors[0]);
            for (uint256 j = 1; j < JURORS; ++j) {
                single += court.seatsOf(id, jurors[j]);
            }
        }
        // Expected: 200 x 7 x 2/7.06 = 397 and 5/2 of it; the bounds are about four standard deviations.
        vm.assertGe(double, 327);
        vm.assertLe(double, 467);
        vm.assertGe(single, 880);
        vm.assertLe(single, 1_104);
    }

    /// @dev Stake that came after the draw's epoch began has no seats in it.
    function test_stake_moved_after_the_seed_counts_not() public {
        openCase();
        toEpoch(11, 0);
        address late = newNode(address(0x1A7E), 0x1A7E, Role.Miner, 50_000_000e18);
        vm.prank(jurorOwner(0));
        staking.retract(jurors[0], JUROR_STAKE);
        toEpoch(11, 1);
        court.recordSeed(id);
        vm.assertEq(court.seatsOf(id, late), 0);
        vm.assertEq(staking.weightAtEpochStart(jurors[0]), JUROR_STAKE);
        expect(Jury.NotJuror.selector, late);
        vm.prank(late);
        court.commit(id, "x");
    }

    function test_no_party_sits() public {
        // Overwhelming weight, so that only the exclusion can keep them out.
        address friend = newNode(MINER_OWNER, 0xF1, Role.Miner, 60_000_000e18);
        address own = newNode(ALICE, 0xF2, Role.Miner, 60_000_000e18);
        address other = newNode(address(0x0DD), 0xF3, Role.Miner, 60_000_000e18);
        fund(MINER_OWNER, 60_000_000e18);
        vm.prank(MINER_OWNER);
        staking.vote(miner, 60_000_000e18);
        newNode(COORDINATOR_OWNER, 0xF4, Role.Coordinator, 60_000_000e18);
        openCase();
        draw();
        vm.assertGe(court.seatsOf(id, other), 1);
        address[4] memory parties = [miner, friend, own, vm.addr(0xF4)];
        for (uint256 i = 0; i < parties.length; ++i) {
            vm.assertEq(court.seatsOf(id, parties[i]), 0);
            expect(Jury.NotJuror.selector, parties[i]);
            vm.prank(parties[i]);
            court.commit(id, "x");
        }
        commitAs(other, true);
    }

    /// @dev A challenger that is a node keeps out its owner's other nodes too.
    function test_no_party_sits_behind_a_node() public {
        address sibling = newNode(jurorOwner(0), 0xF1, Role.Miner, 90_000_000e18);
        cai.transfer(jurors[0], BOND);
        bytes memory t = signTicket(ticket);
        bytes memory r = signReceipt(receipt);
        vm.startPrank(jurors[0]);
        cai.approve(address(court), BOND);
        court.open(ticket, t, receipt, r, "");
        vm.stopPrank();
        draw();
        vm.assertEq(court.seatsOf(id, sibling), 0);
        vm.assertEq(court.seatsOf(id, jurors[0]), 0);
    }

    // ----------------------------------------------------------------------------------------------------- voting

    function test_commit_phase() public {
        vm.expectRevert(abi.encodeWithSelector(Cases.NotOpen.selector, id));
        court.commit(id, "x");
        openCase();
        expect(Jury.NotCommitPhase.selector);
        court.commit(id, "x");
        toEpoch(11, 1);
        expect(Jury.NotCommitPhase.selector);
        court.commit(id, "x");
        vm.assertEq(court.seatsOf(id, jurors[0]), 0);
        court.recordSeed(id);
        address juror = aJuror();
        uint256 seats = court.seatsOf(id, juror);
        toEpoch(11, EPOCH - 1);
        bytes32 commitment = court.commitmentOf(id, 1, juror, true, SALT);
        vm.expectEmit(address(court));
        emit Jury.VoteCommitted(id, juror, 1, seats);
        vm.prank(juror);
        court.commit(id, commitment);
        Ballot memory ballot = court.ballotOf(id, 1, juror);
        vm.assertEq(uint256(ballot.seats), seats);
        vm.assertEq(uint256(ballot.vote), uint256(Vote.Committed));
        vm.assertTrue(ballot.commitment == bytes30(commitment));
        expect(Jury.AlreadyCommitted.selector, juror);
        vm.prank(juror);
        court.commit(id, commitment);
        toEpoch(12, 0);
        expect(Jury.NotCommitPhase.selector);
        vm.prank(juror);
        court.commit(id, commitment);
        vm.assertEq(court.seatsOf(id, juror), 0);
        expect(Jury.NotJuror.selector, ALICE);
        vm.roll(11 * EPOCH + 2);
        vm.prank(ALICE);
        court.commit(id, commitment);
    }

    function test_reveal_phase() public {
        openAndDraw();
        address juror = aJuror();
        uint256 seats = court.seatsOf(id, juror);
        commitAs(juror, true);
        toEpoch(11, EPOCH - 1);
        expect(Jury.NotRevealPhase.selector);
        vm.prank(juror);
        court.reveal(id, true, SALT);
        toEpoch(12, 0);
        vm.startPrank(juror);
        expect(Jury.BadReveal.selector);
        court.reveal(id, false, SALT);
        expect(Jury.BadReveal.selector);
        court.reveal(id, true, "pepper");
        vm.expectEmit(address(court));
        emit Jury.VoteRevealed(id, juror, 1, true, seats);
        court.reveal(id, true, SALT);
        expect(Jury.NothingToReveal.selector, juror);
        court.reveal(id, true, SALT);
        vm.stopPrank();
        expect(Jury.NothingToReveal.selector, ALICE);
        vm.prank(ALICE);
        court.reveal(id, true, SALT);
        vm.assertEq(uint256(court.caseOf(id).guiltySeats), seats);
        vm.assertEq(uint256(court.caseOf(id).innocentSeats), 0);
        toEpoch(13, 0);
        expect(Jury.NotRevealPhase.selector);
        vm.prank(juror);
        court.reveal(id, true, SALT);
    }

    function test_reveal_needs_a_draw() public {
        openCase();
        toEpoch(12, 0);
        expect(Jury.NotRevealPhase.selector);
        court.reveal(id, true, SALT);
        toEpoch(13, 0);
        expect(Verdicts.NotOver.selector);
        court.resolve(id);
    }

    /// @dev Copying another juror's commitment is useless, because it names its juror.
    function test_commitments_cannot_be_copied() public {
        openAndDraw();
        address first = aJuror();
        address second;
        for (uint256 i = 0; i < JURORS; ++i) {
            if (court.seatsOf(id, jurors[i]) != 0 && jurors[i] != first) second = jurors[i];
        }
        commitAs(first, true);
        bytes32 copied = court.commitmentOf(id, 1, first, true, SALT);
        vm.prank(second);
        court.commit(id, copied);
        toEpoch(12, 0);
        revealAs(first, true);
        expect(Jury.BadReveal.selector);
        vm.prank(second);
        court.reveal(id, true, SALT);
    }

    function test_resolve_after_the_reveals_only() public {
        openAndDraw();
        commitAll(ALL);
        revealAll(ALL);
        toEpoch(12, EPOCH - 1);
        expect(Verdicts.NotOver.selector);
        court.resolve(id);
        toEpoch(13, 0);
        court.resolve(id);
        vm.expectRevert(abi.encodeWithSelector(Cases.NotOpen.selector, id));
        court.resolve(id);
        vm.expectRevert(abi.encodeWithSelector(Cases.NotOpen.selector, id));
        court.recordSeed(id);
    }
}
