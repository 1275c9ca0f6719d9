// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {VmSafe} from "forge-std/Vm.sol";
import {DisputeCourt} from "../../src/DisputeCourt.sol";
import {Staking} from "../../src/Staking.sol";
import {Case, Cases, State} from "../../src/court/Cases.sol";
import {CourtParameters, Parameters} from "../../src/court/CourtParameters.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {DisputeCourtBase} from "../harness/DisputeCourtBase.sol";

/// @dev The deployment of a court, equivocation, and how cases are opened.
contract DisputeCourtTest is DisputeCourtBase {
    // ------------------------------------------------------------------------------------------------- deployment

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

    // ----------------------------------------------------------------------------------------------- equivocation

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

    // ---------------------------------------------------------------------------------------------------- opening

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
        // The challenger has no CAI for the bond.
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
}
