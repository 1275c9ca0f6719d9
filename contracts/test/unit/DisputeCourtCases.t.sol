// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Case, Cases, State} from "../../src/court/Cases.sol";
import {Evidence, Item} from "../../src/court/Evidence.sol";
import {Vote} from "../../src/court/Jury.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {DisputeCourtBase} from "../harness/DisputeCourtBase.sol";

/// @dev How cases are opened, joined, opened again, and what is left of bonds.
contract DisputeCourtCasesTest is DisputeCourtBase {
    // ---------------------------------------------------------------------------------------------------- opening

    function test_open_takes_the_bond() public {
        uint256 had = cai.balanceOf(ALICE);
        bytes32[] memory tickets = one(digestOf(Messages.hash(ticket)));
        bytes32[] memory receipts = one(digestOf(Messages.hash(receipt)));
        uint64 epoch = uint64(now_());
        Item[] memory items = itemsOf(ticket, receipt);
        vm.expectEmit(address(court));
        emit Cases.DisputeOpened(id, miner, ALICE, MODEL, epoch, BOND, "bundles", tickets, receipts);
        openAs(ALICE, items);
        vm.assertEq(had - cai.balanceOf(ALICE), BOND);
        vm.assertEq(cai.balanceOf(address(court)), BOND);
        Case memory entry = court.caseOf(id);
        vm.assertEq(entry.accused, miner);
        vm.assertEq(uint256(entry.epoch), epoch);
        vm.assertEq(uint256(entry.round), 1);
        vm.assertEq(uint256(entry.falsifiedBps), 2_000);
        vm.assertEq(uint256(entry.bond), BOND);
        vm.assertEq(uint256(entry.jurorDock), DOCK);
        vm.assertEq(uint256(entry.records), epoch - 2);
        vm.assertEq(entry.manifest, MODEL);
        vm.assertEq(uint256(entry.firstTotal), JURORS * JUROR_STAKE);
        vm.assertEq(uint256(entry.secondTotal), JURORS * JUROR_STAKE);
        stateIs(State.Open);
        vm.assertEq(court.openCases(), 1);
        vm.assertEq(court.challengersOf(id)[0], ALICE);
        vm.assertEq(court.receiptsOf(id)[0], receipts[0]);
    }

    function test_open_needs_the_bond() public {
        Item[] memory items = itemsOf(ticket, receipt);
        vm.expectRevert();
        openLater(address(0xBEE), items);
    }

    /// @dev The bond grows with what the accused can lose.
    function test_the_bond_follows_the_stake() public {
        fund(MINER_OWNER, 970_000e18);
        vm.prank(MINER_OWNER);
        staking.vote(miner, 970_000e18, 0);
        vm.assertEq(court.bondFor(id, miner), 5_000e18);
        openCase();
        vm.assertEq(uint256(court.caseOf(id).bond), 5_000e18);
    }

    function test_open_once() public {
        Item[] memory items = itemsOf(ticket, receipt);
        openAs(ALICE, items);
        expect(Cases.AlreadyDisputed.selector, id);
        openLater(BOB, items);
        ballots(INNOCENT);
        expect(Cases.AlreadyDisputed.selector, id);
        openLater(BOB, items);
    }

    function test_open_checks_signatures() public {
        Item[] memory items = itemsOf(ticket, receipt);
        items[0].ticketSignature = items[0].receiptSignature;
        expect(Signatures.BadSignature.selector, coordinator);
        openLater(ALICE, items);
        items = itemsOf(ticket, receipt);
        items[0].receiptSignature = items[0].ticketSignature;
        expect(Signatures.BadSignature.selector, miner);
        openLater(ALICE, items);
    }

    function test_open_checks_that_receipts_answer_their_tickets() public {
        (Messages.Ticket memory other,) = order(2);
        Item[] memory items = itemsOf(other, receipt);
        bytes32 need = digestOf(Messages.hash(other));
        vm.expectRevert(abi.encodeWithSelector(Evidence.WrongTicket.selector, receipt.ticket, need));
        openLater(ALICE, items);
    }

    function test_open_checks_roles() public {
        ticket.coordinator = miner;
        Item[] memory items = itemsOf(ticket, receiptOf(ticket, "output"));
        items[0].ticketSignature = attest(MINER_KEY, Messages.hash(ticket));
        expect(Evidence.NotACoordinator.selector, miner);
        openLater(ALICE, items);
        (ticket.coordinator, ticket.miner) = (coordinator, coordinator);
        items = itemsOf(ticket, receiptOf(ticket, "output"));
        expect(Evidence.NotAMiner.selector, coordinator);
        openLater(ALICE, items);
    }

    function test_open_in_the_window_only() public {
        Item[] memory items = itemsOf(ticket, receipt);
        uint256 last = uint256(ticket.deadline) + WINDOW;
        vm.warp(last + 1);
        vm.expectRevert(abi.encodeWithSelector(Evidence.WindowClosed.selector, last));
        openLater(ALICE, items);
        vm.warp(last);
        openAs(ALICE, items);
    }

    /// @dev A deadline that never comes neither closes the window nor changes who is drawn.
    function test_open_with_an_endless_deadline() public {
        ticket.deadline = type(uint64).max;
        receipt = receiptOf(ticket, "output");
        openCase();
        vm.assertEq(uint256(court.caseOf(id).records), now_() - 2);
    }

    function test_open_against_stake_only() public {
        exitStake(MINER_OWNER, miner, MINER_STAKE);
        (ticket, receipt) = order(1);
        Item[] memory items = itemsOf(ticket, receipt);
        expect(Cases.NothingToSlash.selector, miner);
        openLater(ALICE, items);
    }

    function rotate(address owner, address node, Role role, uint256 key) private {
        uint256 deadline = vm.getBlockTimestamp();
        bytes memory signature = signRegister(key, owner, role, deadline);
        vm.prank(owner);
        staking.rotate(node, vm.addr(key), "name", "hello", "https://node", deadline, signature);
    }

    /// @dev A key that was replaced more than an unbonding period ago signs nothing that counts.
    function test_open_counts_keys_that_sign() public {
        rotate(MINER_OWNER, miner, Role.Miner, 0x5EED);
        openCase();
        vm.warp(vm.getBlockTimestamp() + UNBONDING + 1);
        (ticket, receipt) = order(2);
        Item[] memory items = itemsOf(ticket, receipt);
        expect(Evidence.KeyReplaced.selector, miner);
        openLater(ALICE, items);
    }

    function test_open_counts_coordinators_that_sign() public {
        rotate(COORDINATOR_OWNER, coordinator, Role.Coordinator, 0x5EED);
        openCase();
        vm.warp(vm.getBlockTimestamp() + UNBONDING + 1);
        (ticket, receipt) = order(2);
        Item[] memory items = itemsOf(ticket, receipt);
        expect(Evidence.KeyReplaced.selector, coordinator);
        openLater(ALICE, items);
    }

    // ------------------------------------------------------------------------------------------------ sets (F1)

    function test_a_case_over_many_receipts() public {
        Item[] memory items = itemsOf(1, 32);
        openAs(ALICE, items);
        vm.assertEq(id, idOf(items));
        vm.assertEq(court.receiptsOf(id).length, 32);
        vm.assertEq(cai.balanceOf(address(court)), BOND);
        ballots(GUILTY);
        stateIs(State.Guilty);
        // One slash for all of them, and each is spent.
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE * 8 / 10);
        bytes32[] memory receipts = court.receiptsOf(id);
        for (uint256 i = 0; i < 32; ++i) {
            vm.assertTrue(staking.isSpent(receipts[i]));
        }
    }

    function test_a_case_has_1_to_32_receipts() public {
        Item[] memory items = itemsOf(1, 33);
        vm.expectRevert(abi.encodeWithSelector(Evidence.BadReceiptCount.selector, 33));
        openLater(ALICE, items);
        vm.expectRevert(abi.encodeWithSelector(Evidence.BadReceiptCount.selector, 0));
        openLater(ALICE, new Item[](0));
    }

    function test_receipts_ascend() public {
        Item[] memory items = itemsOf(1, 3);
        (items[1], items[2]) = (items[2], items[1]);
        expect(Evidence.NotAscending.selector, digestOf(Messages.hash(items[2].receipt)));
        openLater(ALICE, items);
        items[2] = items[1];
        expect(Evidence.NotAscending.selector, digestOf(Messages.hash(items[1].receipt)));
        openLater(ALICE, items);
    }

    function test_receipts_are_of_one_model() public {
        Item[] memory items = new Item[](2);
        (Messages.Ticket memory other, Messages.Receipt memory r) = order(2);
        other.model = "another";
        r = receiptOf(other, "output");
        (items[0], items[1]) = (itemOf(ticket, receipt), itemOf(other, r));
        if (digestOf(Messages.hash(r)) < digestOf(Messages.hash(receipt))) {
            (items[0], items[1]) = (items[1], items[0]);
        }
        expect(Evidence.MixedCase.selector, digestOf(Messages.hash(items[1].receipt)));
        openLater(ALICE, items);
    }

    function test_receipts_are_of_one_miner() public {
        Item[] memory items = new Item[](2);
        (Messages.Ticket memory other, Messages.Receipt memory r) = order(2);
        other.miner = jurors[0];
        r = receiptOf(other, "output");
        (items[0], items[1]) = (itemOf(ticket, receipt), itemOf(other, r));
        items[1].receiptSignature = attest(FIRST_JUROR_KEY, Messages.hash(r));
        if (digestOf(Messages.hash(r)) < digestOf(Messages.hash(receipt))) {
            (items[0], items[1]) = (items[1], items[0]);
        }
        expect(Evidence.MixedCase.selector, digestOf(Messages.hash(items[1].receipt)));
        openLater(ALICE, items);
    }

    /// @dev Another set is another case, which punishes what no other has: so a friend's case over one receipt of each set
    /// spares the offender nothing.
    function test_sets_overlap() public {
        Item[] memory both = itemsOf(1, 2);
        Item[] memory wide = itemsOf(1, 3);
        bytes32 first = openAs(ALICE, both);
        bytes32 second = openAs(BOB, wide);
        vm.assertNotEq(first, second);
        draw();
        id = first;
        commitAll(GUILTY);
        id = second;
        commitAll(GUILTY);
        revealAll(GUILTY);
        id = first;
        revealAll(GUILTY);
        resolve();
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE * 8 / 10);
        id = second;
        resolve();
        stateIs(State.Guilty);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE * 64 / 100, "for the third receipt");
        expect(Evidence.AlreadyPunished.selector, digestOf(Messages.hash(both[0].receipt)));
        openLater(ALICE, itemsOf(ticketIn(both[0]), both[0].receipt));
    }

    function ticketIn(Item memory item) private pure returns (Messages.Ticket memory) {
        return item.ticket;
    }

    // ------------------------------------------------------------------------------------------------ the panel

    function test_few_declarations_fall_back_to_all() public {
        (ticket, receipt) = order(1);
        ticket.model = "rare";
        receipt = receiptOf(ticket, "output");
        openCase();
        vm.assertEq(court.caseOf(id).manifest, bytes32(0));
        vm.assertEq(uint256(court.caseOf(id).firstTotal), JURORS * JUROR_STAKE);
        draw();
        vm.assertGt(court.seatsOf(id, jurors[0]), 0);
    }

    /// @dev Exactly the minimum is enough for a jury of its own.
    function test_the_minimum_of_a_jury() public {
        declareAs(newNode(address(0xE1), 0xE1, Role.Miner, 199_999e18), "rare");
        toEpoch(now_() + 3, 0);
        ticket.model = "rare";
        ticket.deadline = uint64(vm.getBlockTimestamp());
        receipt = receiptOf(ticket, "output");
        openCase();
        vm.assertEq(court.caseOf(id).manifest, bytes32(0));
        fund(address(0xE1), 1e18);
        vm.prank(address(0xE1));
        staking.vote(vm.addr(0xE1), 1e18, 0);
        registry.refresh(vm.addr(0xE1), one("rare"));
        toEpoch(now_() + 3, 0);
        ticket.deadline = uint64(vm.getBlockTimestamp());
        receipt = receiptOf(ticket, "output");
        openCase();
        vm.assertEq(court.caseOf(id).manifest, "rare");
        vm.assertEq(uint256(court.caseOf(id).firstTotal), 200_000e18);
    }

    function test_no_jury() public {
        for (uint256 i = 0; i < JURORS; ++i) {
            vm.prank(jurors[i]);
            registry.undeclare(one(MODEL));
        }
        openCase();
        toEpoch(now_() + 3, 0);
        (ticket, receipt) = order(2);
        Item[] memory items = itemsOf(ticket, receipt);
        vm.expectRevert(abi.encodeWithSelector(Cases.NoJury.selector, 0, 200_000e18));
        openLater(ALICE, items);
    }

    /// @dev Some stake is declared, but less than a jury needs.
    function test_too_small_a_jury() public {
        vm.prank(jurorOwner(0));
        staking.retract(jurors[0], JUROR_STAKE - 199_999e18);
        registry.refresh(jurors[0], one(MODEL));
        for (uint256 i = 1; i < JURORS; ++i) {
            vm.prank(jurors[i]);
            registry.undeclare(one(MODEL));
        }
        toEpoch(now_() + 3, 0);
        (ticket, receipt) = order(2);
        Item[] memory items = itemsOf(ticket, receipt);
        vm.expectRevert(abi.encodeWithSelector(Cases.NoJury.selector, 199_999e18, 200_000e18));
        openLater(ALICE, items);
    }

    /// @dev In the first two epochs of time there are no records.
    function test_no_records_before_the_third_epoch() public {
        vm.warp(2 * EPOCH - 1);
        (ticket, receipt) = order(2);
        Item[] memory items = itemsOf(ticket, receipt);
        vm.expectRevert(abi.encodeWithSelector(Cases.NoJury.selector, 0, 200_000e18));
        openLater(ALICE, items);
    }

    /// @dev Declarations of the epoch in which the ticket ended, and of the one before, do not count.
    function test_only_early_declarations_count() public {
        address late = newNode(address(0xE1), 0xE1, Role.Miner, 3_000_000e18);
        declareAs(late, MODEL);
        uint256 declared = now_();
        toEpoch(declared + 1, EPOCH - 1);
        (ticket, receipt) = order(2);
        openCase();
        vm.assertEq(uint256(court.caseOf(id).firstTotal), JURORS * JUROR_STAKE);
        draw();
        vm.assertEq(court.seatsOf(id, late), 0);
        // The deadline counts, not the time of the opening.
        (ticket, receipt) = order(3);
        ticket.deadline = uint64((declared + 2) * EPOCH - 1);
        receipt = receiptOf(ticket, "output");
        openCase();
        vm.assertEq(uint256(court.caseOf(id).firstTotal), JURORS * JUROR_STAKE);
        ticket.deadline += 1;
        receipt = receiptOf(ticket, "output");
        openCase();
        vm.assertEq(uint256(court.caseOf(id).firstTotal), JURORS * JUROR_STAKE + 3_000_000e18);
    }

    // ---------------------------------------------------------------------------------------------------- joining

    function test_join_with_the_same_bond() public {
        openCase();
        uint256 had = cai.balanceOf(BOB);
        vm.expectEmit(address(court));
        emit Cases.DisputeJoined(id, BOB, "mine");
        vm.prank(BOB);
        court.join(id, "mine");
        vm.assertEq(had - cai.balanceOf(BOB), BOND);
        vm.assertEq(court.challengersOf(id)[1], BOB);
        expect(Cases.AlreadyChallenger.selector, BOB);
        vm.prank(BOB);
        court.join(id, "mine");
        expect(Cases.AlreadyChallenger.selector, ALICE);
        vm.prank(ALICE);
        court.join(id, "mine");
    }

    function test_join_until_the_first_draw_ends() public {
        expect(Cases.NotOpen.selector, id);
        court.join(id, "");
        openCase();
        toEpoch(drawEpoch() + 1, 0);
        vm.expectRevert(Cases.JoinClosed.selector);
        vm.prank(BOB);
        court.join(id, "");
        toEpoch(drawEpoch(), EPOCH - 1);
        vm.prank(BOB);
        court.join(id, "");
    }

    function test_eight_challengers() public {
        openCase();
        for (uint160 i = 1; i < 8; ++i) {
            rich(address(0xC000 + i));
            vm.prank(address(0xC000 + i));
            court.join(id, "");
        }
        vm.expectRevert(Cases.TooManyChallengers.selector);
        vm.prank(BOB);
        court.join(id, "");
        vm.assertEq(cai.balanceOf(address(court)), 8 * BOND);
        // Closing the fullest case is cheap enough for any block.
        draw();
        commitAll(GUILTY);
        revealAll(GUILTY);
        toEpoch(drawEpoch() + 2, 0);
        uint256 gas = gasleft();
        court.resolve(id);
        vm.assertLt(gas - gasleft(), 600_000);
    }

    /// @dev What joiners own is left out: of both draws before the seed can be known, of the second one after that.
    function test_joiners_do_not_count() public {
        openCase();
        rich(jurorOwner(0));
        vm.prank(jurorOwner(0));
        court.join(id, "");
        Case memory entry = court.caseOf(id);
        vm.assertEq(uint256(entry.firstTotal), (JURORS - 1) * JUROR_STAKE);
        vm.assertEq(uint256(entry.secondTotal), (JURORS - 1) * JUROR_STAKE);
        draw();
        rich(jurorOwner(1));
        vm.prank(jurorOwner(1));
        court.join(id, "");
        // By a node's key, for the owner that is out already.
        rich(jurors[0]);
        vm.prank(jurors[0]);
        court.join(id, "");
        entry = court.caseOf(id);
        vm.assertEq(uint256(entry.firstTotal), (JURORS - 1) * JUROR_STAKE);
        vm.assertEq(uint256(entry.secondTotal), (JURORS - 2) * JUROR_STAKE);
        vm.assertEq(court.seatsOf(id, jurors[0]), 0);
        vm.assertEq(court.seatsOf(id, jurors[1]), 0);
        vm.assertGt(court.seatsOf(id, jurors[2]), 0);
        // The second draw is from what the second total says.
        toEpoch(uint256(entry.epoch) + 4, 1);
        randomness.set(court.seedRoundOf(id, 2), "second");
        uint256 held = 0;
        for (uint256 seat = 0; seat < 3 * SEATS; ++seat) {
            uint256 drawn = uint256(keccak256(abi.encode(bytes32("second"), id, uint256(2), jurors[2], seat))) >> 128;
            if (drawn * entry.secondTotal < JUROR_STAKE << 128) ++held;
        }
        vm.assertEq(court.seatsOf(id, jurors[2]), held);
    }

    function test_evidence_for_open_cases() public {
        expect(Cases.NotOpen.selector, id);
        court.addEvidence(id, "more");
        openCase();
        vm.expectEmit(address(court));
        emit Cases.EvidenceAdded(id, MINER_OWNER, "more");
        vm.prank(MINER_OWNER);
        court.addEvidence(id, "more");
        lapse();
        expect(Cases.NotOpen.selector, id);
        court.addEvidence(id, "more");
    }

    // ------------------------------------------------------------------------------------------- void, and again

    function test_a_void_case_is_opened_again_for_twice_the_bond() public {
        openCase();
        for (uint256 i = 1; i <= 8; ++i) {
            lapse();
            stateIs(State.Void);
            vm.assertEq(court.openCases(), 0);
            uint256 had = cai.balanceOf(BOB);
            rich(BOB);
            cai.transfer(BOB, 100_000e18);
            had = cai.balanceOf(BOB);
            (Item[] memory items, bytes32 same) = (itemsOf(ticket, receipt), id);
            openAs(BOB, items);
            vm.assertEq(id, same);
            vm.assertEq(had - cai.balanceOf(BOB), uint256(BOND) << (i < 6 ? i : 6));
            vm.assertEq(roundNow(), 2 * i + 1);
            vm.assertEq(court.challengersOf(id).length, 1);
            vm.assertEq(court.openCases(), 1);
        }
    }

    /// @dev Two attempts have nothing in common: ballots, seats, parties and rates are each one's own.
    function test_attempts_are_apart() public {
        openAndDraw();
        vm.assertGt(summonAll(), 0);
        commitAs(jurors[0], Vote.Guilty);
        vm.prank(jurorOwner(5));
        cai.approve(address(court), type(uint256).max);
        cai.transfer(jurorOwner(5), BOND);
        vm.prank(jurorOwner(5));
        court.join(id, "");
        lapse();
        openAs(BOB, itemsOf(ticket, receipt));
        vm.assertEq(uint256(court.caseOf(id).fees), 0);
        draw();
        vm.assertEq(uint256(ballot(3, 0).vote), uint256(Vote.None));
        vm.assertGt(court.seatsOf(id, jurors[5]), 0, "no party of this attempt");
        vm.assertEq(uint256(court.caseOf(id).firstTotal), JURORS * JUROR_STAKE);
        commitAll(GUILTY);
        revealAll(GUILTY);
        resolve();
        stateIs(State.Guilty);
        // The silent of the first attempt are docked all the same.
        (, uint256 docked) = court.settleJuror(id, 1, jurors[0]);
        vm.assertEq(docked, DOCK * ballot(1, 0).seats);
    }

    function test_withdraw() public {
        openCase();
        expect(Cases.NothingToWithdraw.selector, ALICE);
        court.withdrawBond(id, ALICE);
        lapse();
        uint256 rest = BOND - BOND / 10;
        vm.assertEq(court.bondOf(id, ALICE), rest);
        uint256 had = cai.balanceOf(ALICE);
        vm.expectEmit(address(court));
        emit Cases.BondWithdrawn(id, ALICE, rest);
        vm.prank(BOB);
        vm.assertEq(court.withdrawBond(id, ALICE), rest);
        vm.assertEq(cai.balanceOf(ALICE) - had, rest);
        expect(Cases.NothingToWithdraw.selector, ALICE);
        court.withdrawBond(id, ALICE);
        expect(Cases.NothingToWithdraw.selector, BOB);
        court.withdrawBond(id, BOB);
    }

    /// @dev What an earlier attempt left stays until it is fetched.
    function test_withdraw_after_another_attempt() public {
        openCase();
        lapse();
        openAs(ALICE, itemsOf(ticket, receipt));
        lapse();
        vm.assertEq(court.bondOf(id, ALICE), 3 * (BOND - BOND / 10));
        withdraw(ALICE);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }
}
