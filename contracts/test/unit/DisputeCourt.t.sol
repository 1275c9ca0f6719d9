// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {VmSafe} from "forge-std/Vm.sol";
import {DisputeCourt} from "../../src/DisputeCourt.sol";
import {Staking} from "../../src/Staking.sol";
import {Case, Cases, State} from "../../src/court/Cases.sol";
import {CourtParameters, Parameters} from "../../src/court/CourtParameters.sol";
import {Ballot, Jury, Vote} from "../../src/court/Jury.sol";
import {Verdicts} from "../../src/court/Verdicts.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {CourtBase} from "../harness/CourtBase.sol";

contract DisputeCourtTest is CourtBase {
    uint256 private constant ALL = type(uint256).max;

    function setUp() public {
        deployCourt();
    }

    function expect(bytes4 selector) private {
        vm.expectRevert(abi.encodeWithSelector(selector));
    }

    function expect(bytes4 selector, address node) private {
        vm.expectRevert(abi.encodeWithSelector(selector, node));
    }

    // ---------------------------------------------------------------------------------------------- deployment

    function test_constructor_keeps_parameters() public view {
        vm.assertEq(address(court.staking()), address(staking));
        vm.assertEq(address(court.cai()), address(cai));
        vm.assertEq(court.seats(), SEATS);
        vm.assertEq(court.window(), WINDOW);
        vm.assertEq(court.authority(), address(manager));
        vm.assertEq(abi.encode(court.parameters()), abi.encode(defaults()));
    }

    /// @dev As it is deployed; code instrumented for coverage is larger.
    function test_fits_the_size_limit() public view {
        if (vm.isContext(VmSafe.ForgeContext.Coverage)) return;
        vm.assertLe(address(court).code.length, 24_576);
    }

    function deployment(Staking holder, uint256 seats, uint64 window, Parameters memory terms) private {
        new DisputeCourt(holder, address(manager), seats, window, MAX_BLOCK_TIME, terms);
    }

    function test_constructor_bounds() public {
        vm.expectRevert(abi.encodeWithSelector(DisputeCourt.BadSeats.selector, 0));
        deployment(staking, 0, WINDOW, defaults());
        vm.expectRevert(abi.encodeWithSelector(DisputeCourt.BadSeats.selector, 64));
        deployment(staking, 64, WINDOW, defaults());
        deployment(staking, 63, WINDOW, defaults());

        Staking hasty = new Staking(cai, 3, UNBONDING, address(manager));
        vm.expectRevert(abi.encodeWithSelector(DisputeCourt.BadEpochBlocks.selector, 3, 4));
        deployment(hasty, SEATS, WINDOW, defaults());
        deployment(new Staking(cai, 4, UNBONDING, address(manager)), SEATS, WINDOW, defaults());
    }

    /// @dev Window and two draws fit the unbonding period with a second to spare.
    function test_constructor_compares_the_periods() public {
        uint64 longest = UNBONDING - 6 * EPOCH * MAX_BLOCK_TIME;
        vm.expectRevert(abi.encodeWithSelector(DisputeCourt.UnbondingTooShort.selector, UNBONDING, UNBONDING));
        deployment(staking, SEATS, longest, defaults());
        deployment(staking, SEATS, longest - 1, defaults());
        vm.expectRevert();
        deployment(staking, SEATS, type(uint64).max, defaults());
        Staking slow = new Staking(cai, type(uint64).max, UNBONDING, address(manager));
        vm.expectRevert();
        deployment(slow, SEATS, 0, defaults());
    }

    function test_parameters_are_governed_and_bounded() public {
        Parameters memory terms = defaults();
        expect(IAccessManaged.AccessManagedUnauthorized.selector, ALICE);
        vm.prank(ALICE);
        court.setParameters(terms);
        vm.startPrank(GOVERNOR);
        terms = Parameters(10e18, 100, 10_000, 0);
        vm.expectEmit(address(court));
        emit CourtParameters.ParametersSet(terms);
        court.setParameters(terms);
        vm.assertEq(abi.encode(court.parameters()), abi.encode(terms));
        court.setParameters(Parameters(100_000e18, 10_000, 100, 100));

        vm.expectRevert(abi.encodeWithSelector(CourtParameters.BadBond.selector, 10e18 - 1, 10e18, 100_000e18));
        court.setParameters(Parameters(10e18 - 1, 100, 100, 0));
        vm.expectRevert(abi.encodeWithSelector(CourtParameters.BadBond.selector, 100_000e18 + 1, 10e18, 100_000e18));
        court.setParameters(Parameters(100_000e18 + 1, 100, 100, 0));
        vm.expectRevert(abi.encodeWithSelector(CourtParameters.BadFraction.selector, 99, 100, 10_000));
        court.setParameters(Parameters(10e18, 99, 100, 0));
        vm.expectRevert(abi.encodeWithSelector(CourtParameters.BadFraction.selector, 10_001, 100, 10_000));
        court.setParameters(Parameters(10e18, 10_001, 100, 0));
        vm.expectRevert(abi.encodeWithSelector(CourtParameters.BadFraction.selector, 99, 100, 10_000));
        court.setParameters(Parameters(10e18, 100, 99, 0));
        vm.expectRevert(abi.encodeWithSelector(CourtParameters.BadFraction.selector, 10_001, 100, 10_000));
        court.setParameters(Parameters(10e18, 100, 10_001, 0));
        vm.expectRevert(abi.encodeWithSelector(CourtParameters.BadFraction.selector, 101, 0, 100));
        court.setParameters(Parameters(10e18, 100, 100, 101));
    }

    // -------------------------------------------------------------------------------------------- equivocation

    function equivocate(Messages.Receipt memory a, Messages.Receipt memory b) private returns (uint256) {
        (bytes memory t, bytes memory sa, bytes memory sb) = (signTicket(ticket), signReceipt(a), signReceipt(b));
        vm.prank(ALICE);
        return court.proveEquivocation(ticket, t, a, sa, b, sb);
    }

    function equivocateExternally(Messages.Receipt memory a, Messages.Receipt memory b) external {
        equivocate(a, b);
    }

    function test_two_receipts_for_one_ticket() public {
        uint256 had = cai.balanceOf(ALICE);
        bytes32 evidence = keccak256(abi.encode(keccak256("equivocation"), receipt.ticket, miner));
        vm.expectEmit(address(court));
        emit DisputeCourt.EquivocationProven(miner, ALICE, evidence, MINER_STAKE / 2);
        vm.assertEq(equivocate(receipt, receiptOf(ticket, "other")), MINER_STAKE / 2);
        vm.assertEq(cai.balanceOf(ALICE) - had, MINER_STAKE / 10);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE / 2);
        vm.expectRevert(abi.encodeWithSelector(DisputeCourt.AlreadyProven.selector, evidence));
        this.equivocateExternally(receipt, receiptOf(ticket, "a third"));
    }

    function test_no_equivocation() public {
        vm.expectRevert(abi.encodeWithSelector(DisputeCourt.SameReceipt.selector, id));
        this.equivocateExternally(receipt, receipt);
        Messages.Ticket memory next = ticketOf(2, 1e18);
        Messages.Receipt memory honest = receiptOf(next, "other");
        bytes memory refusal = abi.encodeWithSelector(Cases.WrongTicket.selector, honest.ticket, receipt.ticket);
        vm.expectRevert(refusal);
        this.equivocateExternally(receipt, honest);
        vm.expectRevert(refusal);
        this.equivocateExternally(honest, receipt);

        Messages.Receipt memory other = receiptOf(ticket, "other");
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        bytes memory forged = sign(COORDINATOR_KEY, Messages.hash(other));
        expect(Signatures.BadSignature.selector, miner);
        court.proveEquivocation(ticket, t, receipt, r, other, forged);
        expect(Signatures.BadSignature.selector, miner);
        court.proveEquivocation(ticket, t, other, forged, receipt, r);
        expect(Signatures.BadSignature.selector, coordinator);
        court.proveEquivocation(ticket, r, receipt, r, other, signReceipt(other));
    }

    function test_equivocation_needs_a_registered_pair() public {
        Messages.Ticket memory nowhere = ticketOf(1, 1);
        nowhere.coordinator = vm.addr(0x99);
        Messages.Receipt memory a = receiptOf(nowhere, "a");
        Messages.Receipt memory b = receiptOf(nowhere, "b");
        (bytes memory t, bytes memory sa, bytes memory sb) =
            (sign(0x99, Messages.hash(nowhere)), signReceipt(a), signReceipt(b));
        expect(Cases.NotACoordinator.selector, nowhere.coordinator);
        court.proveEquivocation(nowhere, t, a, sa, b, sb);

        nowhere = ticketOf(1, 1);
        nowhere.miner = coordinator;
        (a, b) = (receiptOf(nowhere, "a"), receiptOf(nowhere, "b"));
        t = signTicket(nowhere);
        (sa, sb) = (sign(COORDINATOR_KEY, Messages.hash(a)), sign(COORDINATOR_KEY, Messages.hash(b)));
        expect(Cases.NotAMiner.selector, coordinator);
        court.proveEquivocation(nowhere, t, a, sa, b, sb);
    }

    function test_equivocation_waits_for_stake() public {
        exitStake(MINER_OWNER, miner, MINER_STAKE);
        expect(Cases.NothingToSlash.selector, miner);
        this.equivocateExternally(receipt, receiptOf(ticket, "other"));
        fund(MINER_OWNER, 100e18);
        vm.prank(MINER_OWNER);
        staking.vote(miner, 100e18);
        vm.assertEq(equivocate(receipt, receiptOf(ticket, "other")), 50e18);
    }

    // ------------------------------------------------------------------------------------------------- opening

    function test_open_takes_the_bond() public {
        uint256 had = cai.balanceOf(ALICE);
        vm.expectEmit(address(court));
        emit Cases.DisputeOpened(id, miner, ALICE, 11, BOND, "evidence");
        openCase();
        vm.assertEq(had - cai.balanceOf(ALICE), BOND);
        vm.assertEq(cai.balanceOf(address(court)), BOND);
        Case memory entry = court.caseOf(id);
        vm.assertEq(entry.challenger, ALICE);
        vm.assertEq(entry.accused, miner);
        vm.assertEq(uint256(entry.bond), BOND);
        vm.assertEq(uint256(entry.epoch), 11);
        vm.assertEq(uint256(entry.round), 1);
        stateIs(State.Open);
        vm.expectRevert(abi.encodeWithSelector(Cases.AlreadyDisputed.selector, id));
        this.challengeExternally(ticket, receipt);
    }

    function challengeExternally(Messages.Ticket memory t, Messages.Receipt memory r) external {
        vm.prank(ALICE);
        court.open(t, signTicket(t), r, signReceipt(r), "evidence");
    }

    function test_open_checks_the_evidence() public {
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        expect(Signatures.BadSignature.selector, coordinator);
        court.open(ticket, r, receipt, r, "");
        expect(Signatures.BadSignature.selector, miner);
        court.open(ticket, t, receipt, t, "");
        Messages.Receipt memory other = receiptOf(ticketOf(2, 1), "output");
        bytes memory so = signReceipt(other);
        vm.expectRevert(abi.encodeWithSelector(Cases.WrongTicket.selector, other.ticket, receipt.ticket));
        court.open(ticket, t, other, so, "");
        // No bond.
        vm.expectRevert();
        vm.prank(address(0xB0B));
        court.open(ticket, t, receipt, r, "");
    }

    function test_open_in_the_window_only() public {
        uint256 last = uint256(ticket.deadline) + WINDOW;
        vm.warp(last + 1);
        vm.expectRevert(abi.encodeWithSelector(Cases.WindowClosed.selector, last));
        this.challengeExternally(ticket, receipt);
        vm.warp(last);
        openCase();
        ticket.deadline = type(uint64).max;
        this.challengeExternally(ticket, receiptOf(ticket, "output"));
    }

    function test_open_against_stake_only() public {
        exitStake(MINER_OWNER, miner, MINER_STAKE);
        ticket.deadline = uint64(block.timestamp);
        Messages.Receipt memory late = receiptOf(ticket, "output");
        expect(Cases.NothingToSlash.selector, miner);
        this.challengeExternally(ticket, late);
    }

    function test_open_cases_keep_their_parameters() public {
        openCase();
        vm.prank(GOVERNOR);
        court.setParameters(Parameters(10e18, 100, 100, 0));
        draw();
        commitAll(ALL);
        revealAll(ALL);
        uint256 had = cai.balanceOf(ALICE);
        resolve();
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE * 8 / 10);
        vm.assertEq(cai.balanceOf(ALICE) - had, BOND + MINER_STAKE * 2 / 100);
    }

    function test_evidence_for_open_cases() public {
        vm.expectRevert(abi.encodeWithSelector(Cases.NotOpen.selector, id));
        court.addEvidence(id, "more");
        openCase();
        vm.expectEmit(address(court));
        emit Cases.EvidenceAdded(id, MINER_OWNER, "more");
        vm.prank(MINER_OWNER);
        court.addEvidence(id, "more");
    }

    // ----------------------------------------------------------------------------------------------------- draw

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

    /// @dev Who stakes after the draw's epoch began holds nothing in it.
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

    // --------------------------------------------------------------------------------------------------- voting

    function aJuror() private view returns (address) {
        for (uint256 i = 0; i < JURORS; ++i) {
            if (court.seatsOf(id, jurors[i]) != 0) return jurors[i];
        }
        revert("nobody was drawn");
    }

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

    /// @dev Another's commitment is worth nothing: it names its juror.
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

    // ------------------------------------------------------------------------------------------------- verdicts

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
        // All of it burned.
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
        // The first draw is over: who was silent in it is docked already.
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
        // One seat alone is no quorum.
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

    /// @dev Every split of the jury, and every part of it that reveals.
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

    /// @dev Quorum and majority, to the seat.
    function testFuzz_verdicts(uint256 votes, uint256 shown) public {
        openAndDraw();
        verdict(votes, shown);
    }

    function verdict(uint256 votes, uint256 shown) private {
        commitAll(votes);
        toEpoch(12, 0);
        (uint256 guilty, uint256 innocent) = (0, 0);
        for (uint256 i = 0; i < JURORS; ++i) {
            uint256 seats = court.ballotOf(id, 1, jurors[i]).seats;
            if (seats == 0 || shown >> i & 1 == 0) continue;
            revealAs(jurors[i], votes >> i & 1 == 1);
            if (votes >> i & 1 == 1) guilty += seats;
            else innocent += seats;
        }
        resolve();
        bool quorum = guilty + innocent >= 3;
        if (quorum && 2 * innocent <= guilty) stateIs(State.Guilty);
        else if (quorum && 2 * guilty <= innocent) stateIs(State.Innocent);
        else stateIs(State.Open);
        if (court.caseOf(id).state == State.Open) return;
        settleAll(1);
        vm.assertEq(cai.balanceOf(address(court)), 0);
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
        // Evidence cannot be added to, nor settled from, what is not there.
        expect(Verdicts.NothingToSettle.selector, silent);
        court.settleJuror(id, 1, silent);
    }
}
