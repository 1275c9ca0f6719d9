// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {VmSafe} from "forge-std/Vm.sol";
import {DisputeCourt} from "../../src/DisputeCourt.sol";
import {JurorRegistry} from "../../src/JurorRegistry.sol";
import {Staking} from "../../src/Staking.sol";
import {Cases, State} from "../../src/court/Cases.sol";
import {CourtParameters, Parameters, Terms} from "../../src/court/CourtParameters.sol";
import {Evidence, Item} from "../../src/court/Evidence.sol";
import {Finders} from "../../src/libraries/Finders.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {DisputeCourtBase} from "../harness/DisputeCourtBase.sol";

/// @dev The deployment of a court, its parameters, its retirement, and equivocation.
contract DisputeCourtTest is DisputeCourtBase {
    // ------------------------------------------------------------------------------------------------- deployment

    function test_constructor_keeps_what_it_was_given() public view {
        vm.assertEq(address(court.staking()), address(staking));
        vm.assertEq(court.settlement(), address(settlement));
        vm.assertEq(address(court.jurors()), address(registry));
        vm.assertEq(address(court.randomness()), address(randomness));
        vm.assertEq(address(court.cai()), address(cai));
        vm.assertEq(court.seats(), SEATS);
        vm.assertEq(court.window(), WINDOW);
        vm.assertEq(uint256(court.minimumJury()), 200_000e18);
        vm.assertEq(court.authority(), address(manager));
        vm.assertEq(abi.encode(court.parameters()), abi.encode(defaults()));
        vm.assertFalse(court.retired());
        Evidence evidence = court.evidence();
        vm.assertEq(address(evidence.staking()), address(staking));
        vm.assertEq(evidence.settlement(), address(settlement));
        vm.assertEq(evidence.window(), WINDOW);
    }

    /// @dev As they are deployed; code that is instrumented or not optimised is larger.
    function test_fits_the_size_limit() public view {
        if (vm.isContext(VmSafe.ForgeContext.Coverage)) return;
        if (keccak256(bytes(vm.envOr("FOUNDRY_PROFILE", string("")))) == keccak256("fast")) return;
        vm.assertLe(address(court).code.length, 24_576);
        vm.assertLe(address(court.evidence()).code.length, 24_576);
        vm.assertLe(address(registry).code.length, 24_576);
    }

    function deployment(Staking holder, uint256 seats, uint64 window, Parameters memory parameters) private {
        JurorRegistry list = new JurorRegistry(holder);
        address to = address(settlement);
        // The deployment that is expected to fail is the next call.
        this.deployLater(holder, to, list, Terms(seats, window, 0), parameters);
    }

    function deployLater(
        Staking holder,
        address to,
        JurorRegistry list,
        Terms memory limits,
        Parameters memory parameters
    ) external {
        new DisputeCourt(holder, to, list, randomness, address(manager), limits, parameters);
    }

    function expectDeployment(bytes memory failure, Staking holder, uint256 seats, uint64 window) private {
        JurorRegistry list = new JurorRegistry(holder);
        vm.expectRevert(failure);
        this.deployLater(holder, address(settlement), list, Terms(seats, window, 0), defaults());
    }

    function test_constructor_bounds_seats() public {
        expectDeployment(abi.encodeWithSelector(CourtParameters.BadSeats.selector, 0), staking, 0, WINDOW);
        expectDeployment(abi.encodeWithSelector(CourtParameters.BadSeats.selector, 64), staking, 64, WINDOW);
        deployment(staking, 1, WINDOW, defaults());
        deployment(staking, 63, WINDOW, defaults());
    }

    function test_constructor_bounds_epochs() public {
        Staking hasty = new Staking(cai, 3, UNBONDING, address(manager));
        bytes memory failure = abi.encodeWithSelector(CourtParameters.BadEpochSeconds.selector, 3, 4);
        expectDeployment(failure, hasty, SEATS, WINDOW);
        deployment(new Staking(cai, 4, UNBONDING, address(manager)), SEATS, WINDOW, defaults());
    }

    /// @dev Window and six epochs fit the unbonding period with a second to spare.
    function test_constructor_compares_the_periods() public {
        uint64 longest = UNBONDING - 6 * EPOCH;
        bytes memory failure = abi.encodeWithSelector(CourtParameters.UnbondingTooShort.selector, UNBONDING, UNBONDING);
        expectDeployment(failure, staking, SEATS, longest);
        deployment(staking, SEATS, longest - 1, defaults());
        failure = abi.encodeWithSelector(
            CourtParameters.UnbondingTooShort.selector, UNBONDING, uint256(type(uint64).max) + 6 * EPOCH
        );
        expectDeployment(failure, staking, SEATS, type(uint64).max);
    }

    function test_constructor_refuses_the_registry_of_another_network() public {
        JurorRegistry other = new JurorRegistry(new Staking(cai, EPOCH, UNBONDING, address(manager)));
        vm.expectRevert(CourtParameters.OtherStaking.selector);
        this.deployLater(staking, address(settlement), other, terms(SEATS), defaults());
    }

    // ------------------------------------------------------------------------------------------------- parameters

    function set(uint96 bond, uint16 bondBps, uint16 equivocation, uint16 falsified, uint96 dock) private {
        court.setParameters(Parameters(bond, bondBps, equivocation, falsified, dock));
    }

    function test_parameters_are_governed() public {
        Parameters memory wanted = Parameters(10e18, 0, 100, 10_000, 0);
        expect(IAccessManaged.AccessManagedUnauthorized.selector, ALICE);
        vm.prank(ALICE);
        court.setParameters(wanted);
        vm.expectEmit(address(court));
        emit CourtParameters.ParametersSet(wanted);
        vm.prank(GOVERNOR);
        court.setParameters(wanted);
        vm.assertEq(abi.encode(court.parameters()), abi.encode(wanted));
    }

    function test_parameters_bound_the_bond() public {
        vm.startPrank(GOVERNOR);
        set(10e18, 500, 100, 100, 0);
        set(100_000e18, 0, 100, 100, 0);
        bytes4 refusal = CourtParameters.BadBond.selector;
        vm.expectRevert(abi.encodeWithSelector(refusal, 10e18 - 1, 10e18, 100_000e18));
        set(10e18 - 1, 0, 100, 100, 0);
        vm.expectRevert(abi.encodeWithSelector(refusal, 100_000e18 + 1, 10e18, 100_000e18));
        set(100_000e18 + 1, 0, 100, 100, 0);
        vm.expectRevert(abi.encodeWithSelector(CourtParameters.BadFraction.selector, 501, 0, 500));
        set(10e18, 501, 100, 100, 0);
    }

    function test_parameters_bound_the_offences() public {
        vm.startPrank(GOVERNOR);
        set(10e18, 0, 10_000, 100, 0);
        set(10e18, 0, 100, 10_000, 0);
        bytes4 refusal = CourtParameters.BadFraction.selector;
        vm.expectRevert(abi.encodeWithSelector(refusal, 99, 100, 10_000));
        set(10e18, 0, 99, 100, 0);
        vm.expectRevert(abi.encodeWithSelector(refusal, 10_001, 100, 10_000));
        set(10e18, 0, 10_001, 100, 0);
        vm.expectRevert(abi.encodeWithSelector(refusal, 99, 100, 10_000));
        set(10e18, 0, 100, 99, 0);
        vm.expectRevert(abi.encodeWithSelector(refusal, 10_001, 100, 10_000));
        set(10e18, 0, 100, 10_001, 0);
    }

    function test_parameters_bound_the_dock() public {
        vm.startPrank(GOVERNOR);
        set(10e18, 0, 100, 100, 1_000e18);
        vm.expectRevert(abi.encodeWithSelector(CourtParameters.BadJurorDock.selector, 1_000e18 + 1, 1_000e18));
        set(10e18, 0, 100, 100, 1_000e18 + 1);
    }

    /// @dev The mutant that docks by a constant does not survive another rate.
    function test_open_cases_keep_their_parameters() public {
        openCase();
        vm.prank(GOVERNOR);
        set(10e18, 500, 100, 100, 7e18);
        draw();
        summonAll();
        uint256 silent = court.seatsOf(id, jurors[0]);
        commitAll(GUILTY - 1);
        revealAll(GUILTY - 1);
        resolve();
        stateIs(State.Guilty);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE * 8 / 10);
        vm.assertEq(uint256(drawnIn(1).rewardPerSeat), SEAT_REWARD);
        (, uint256 docked) = court.settleJuror(id, 1, jurors[0]);
        vm.assertEq(docked, DOCK * silent);

        (ticket, receipt) = order(2);
        openCase();
        vm.assertEq(uint256(court.caseOf(id).bond), MINER_STAKE * 8 / 10 * 5 / 100);
        draw();
        summonAll();
        silent = court.seatsOf(id, jurors[0]);
        lapse();
        (, docked) = court.settleJuror(id, 1, jurors[0]);
        vm.assertEq(docked, 7e18 * silent);
    }

    // ----------------------------------------------------------------------------------------------- equivocation

    function evidenceId() private view returns (bytes32) {
        return equivocationId(receipt.ticket);
    }

    function announce(address finder) private {
        court.announce(keccak256(abi.encode(finder, evidenceId(), SALT)));
    }

    function prove(address finder, Messages.Receipt memory a, Messages.Receipt memory b) private returns (uint256) {
        (bytes memory t, bytes memory sa, bytes memory sb) = (signTicket(ticket), signReceipt(a), signReceipt(b));
        vm.prank(finder);
        return court.proveEquivocation(ticket, t, a, sa, b, sb, SALT);
    }

    /// @dev Alice proves that there are two receipts, as she has announced.
    function equivocate(Messages.Receipt memory a, Messages.Receipt memory b) public returns (uint256) {
        announceEarlier(court, ALICE, evidenceId());
        return prove(ALICE, a, b);
    }

    function test_two_receipts_for_one_ticket() public {
        uint256 had = cai.balanceOf(ALICE);
        announceEarlier(court, ALICE, evidenceId());
        vm.expectEmit(address(court));
        emit DisputeCourt.EquivocationProven(miner, ALICE, evidenceId(), MINER_STAKE / 2, MINER_STAKE / 10);
        vm.assertEq(equivocate(receipt, receiptOf(ticket, "other")), MINER_STAKE / 2);
        vm.assertEq(cai.balanceOf(ALICE) - had, MINER_STAKE / 10);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE / 2);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    /// @dev Whoever copies evidence from the mempool has not announced it, and is refused; the finder is paid.
    function test_a_finder_announces_first() public {
        announceEarlier(court, BOB, evidenceId());
        Messages.Receipt memory other = receiptOf(ticket, "other");
        vm.expectRevert(notAnnounced(ALICE, evidenceId(), 0));
        prove(ALICE, receipt, other);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE);
        uint256 had = cai.balanceOf(BOB);
        vm.assertEq(prove(BOB, receipt, other), MINER_STAKE / 2);
        vm.assertEq(cai.balanceOf(BOB) - had, MINER_STAKE / 10);
    }

    function test_an_announcement_has_to_wait() public {
        uint256 time = vm.getBlockTimestamp();
        announce(ALICE);
        Messages.Receipt memory other = receiptOf(ticket, "other");
        vm.warp(time + 59);
        vm.expectRevert(notAnnounced(ALICE, evidenceId(), time));
        prove(ALICE, receipt, other);
        vm.warp(time + 60);
        vm.assertEq(prove(ALICE, receipt, other), MINER_STAKE / 2);
    }

    /// @dev Once a ticket, however many receipts follow.
    function test_an_equivocation_is_punished_once() public {
        equivocate(receipt, receiptOf(ticket, "other"));
        vm.assertTrue(staking.isSpent(evidenceId()));
        bytes memory refusal = abi.encodeWithSelector(Cases.NothingToSlash.selector, miner);
        vm.expectRevert(refusal);
        this.equivocate(receipt, receiptOf(ticket, "a third"));
        vm.expectRevert(refusal);
        this.equivocate(receiptOf(ticket, "other"), receipt);
    }

    function test_no_equivocation() public {
        expect(Evidence.SameReceipt.selector, digestOf(Messages.hash(receipt)));
        this.equivocate(receipt, receipt);
        (Messages.Ticket memory next,) = order(2);
        Messages.Receipt memory honest = receiptOf(next, "other");
        bytes memory refusal = abi.encodeWithSelector(Evidence.WrongTicket.selector, honest.ticket, receipt.ticket);
        vm.expectRevert(refusal);
        this.equivocate(receipt, honest);
        vm.expectRevert(refusal);
        this.equivocate(honest, receipt);
    }

    function test_equivocation_checks_signatures() public {
        Messages.Receipt memory other = receiptOf(ticket, "other");
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        bytes memory forged = attest(COORDINATOR_KEY, Messages.hash(other));
        expect(Signatures.BadSignature.selector, miner);
        court.proveEquivocation(ticket, t, receipt, r, other, forged, SALT);
        expect(Signatures.BadSignature.selector, miner);
        court.proveEquivocation(ticket, t, other, forged, receipt, r, SALT);
        expect(Signatures.BadSignature.selector, coordinator);
        court.proveEquivocation(ticket, r, receipt, r, other, forged, SALT);
    }

    function test_equivocation_needs_a_registered_pair() public {
        ticket.coordinator = vm.addr(0x99);
        Messages.Receipt memory a = receiptOf(ticket, "a");
        Messages.Receipt memory b = receiptOf(ticket, "b");
        bytes memory t = attest(0x99, Messages.hash(ticket));
        (bytes memory sa, bytes memory sb) = (signReceipt(a), signReceipt(b));
        expect(Evidence.NotACoordinator.selector, ticket.coordinator);
        court.proveEquivocation(ticket, t, a, sa, b, sb, SALT);

        (ticket.coordinator, ticket.miner) = (coordinator, coordinator);
        (a, b) = (receiptOf(ticket, "a"), receiptOf(ticket, "b"));
        t = signTicket(ticket);
        (sa, sb) = (attest(COORDINATOR_KEY, Messages.hash(a)), attest(COORDINATOR_KEY, Messages.hash(b)));
        expect(Evidence.NotAMiner.selector, coordinator);
        court.proveEquivocation(ticket, t, a, sa, b, sb, SALT);
    }

    function test_equivocation_in_the_window_only() public {
        uint256 last = uint256(ticket.deadline) + WINDOW;
        Messages.Receipt memory other = receiptOf(ticket, "other");
        vm.warp(last + 1);
        vm.expectRevert(abi.encodeWithSelector(Evidence.WindowClosed.selector, last));
        this.equivocate(receipt, other);
        vm.warp(last);
        equivocate(receipt, other);
    }

    function test_equivocation_waits_for_stake() public {
        exitStake(MINER_OWNER, miner, MINER_STAKE);
        (ticket, receipt) = order(1);
        expect(Cases.NothingToSlash.selector, miner);
        this.equivocate(receipt, receiptOf(ticket, "other"));
        fund(MINER_OWNER, 100e18);
        vm.prank(MINER_OWNER);
        staking.vote(miner, 100e18, 0);
        vm.assertEq(equivocate(receipt, receiptOf(ticket, "other")), 50e18);
    }

    /// @dev An owner that has left loses nothing, so there is nothing to reward the finder with.
    function test_an_equivocation_after_the_owner_has_left() public {
        voteFor(miner, BOB, 10_000e18);
        exitStake(MINER_OWNER, miner, MINER_STAKE);
        (ticket, receipt) = order(1);
        uint256 had = cai.balanceOf(ALICE);
        vm.assertEq(equivocate(receipt, receiptOf(ticket, "other")), 5_000e18);
        vm.assertEq(cai.balanceOf(ALICE), had);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    // ------------------------------------------------------------------------------------------------- retirement

    function test_retired_courts_open_nothing() public {
        openCase();
        vm.expectEmit(address(court));
        emit CourtParameters.CourtRetired();
        vm.prank(GOVERNOR);
        court.retire();
        vm.assertTrue(court.retired());
        Item[] memory items = itemsOf(2, 1);
        vm.expectRevert(CourtParameters.Retired.selector);
        openLater(ALICE, items);
        Messages.Receipt memory other = receiptOf(ticket, "other");
        vm.expectRevert(CourtParameters.Retired.selector);
        this.equivocate(receipt, other);
        vm.prank(GOVERNOR);
        vm.expectRevert(CourtParameters.Retired.selector);
        court.retire();
    }

    function test_only_governors_retire_a_court() public {
        expect(IAccessManaged.AccessManagedUnauthorized.selector, ALICE);
        vm.prank(ALICE);
        court.retire();
    }

    /// @dev What is open is finished: others join, jurors vote, everybody is paid, and the last case is seen.
    function test_retired_courts_finish_their_cases() public {
        openCase();
        vm.prank(GOVERNOR);
        court.retire();
        vm.assertEq(court.openCases(), 1);
        vm.prank(BOB);
        court.join(id, "more");
        ballots(GUILTY);
        stateIs(State.Guilty);
        vm.assertEq(court.openCases(), 0);
        settleAll(1);
        withdraw(ALICE);
        withdraw(BOB);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }

    /// @dev A void case is not opened again by a retired court.
    function test_retired_courts_reopen_nothing() public {
        Item[] memory items = itemsOf(ticket, receipt);
        openAs(ALICE, items);
        vm.prank(GOVERNOR);
        court.retire();
        lapse();
        vm.expectRevert(CourtParameters.Retired.selector);
        openLater(ALICE, items);
    }

    function test_announcements_expire() public {
        announce(ALICE);
        bytes32 commitment = keccak256(abi.encode(ALICE, evidenceId(), SALT));
        uint256 time = vm.getBlockTimestamp();
        uint256 again = time + 1 days + 1;
        vm.expectRevert(abi.encodeWithSelector(Finders.AlreadyAnnounced.selector, again));
        court.announce(commitment);
        vm.warp(again);
        Messages.Receipt memory other = receiptOf(ticket, "other");
        vm.expectRevert(notAnnounced(ALICE, evidenceId(), time));
        prove(ALICE, receipt, other);
    }
}
