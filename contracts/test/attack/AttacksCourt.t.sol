// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {DisputeCourt} from "../../src/DisputeCourt.sol";
import {State} from "../../src/court/Cases.sol";
import {Evidence, Item} from "../../src/court/Evidence.sol";
import {Jury} from "../../src/court/Jury.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {DisputeCourtBase} from "../harness/DisputeCourtBase.sol";

/// @dev Calls back whenever it moves, as an ERC-777 or a malicious token would.
contract TrickToken is ERC20("Trick", "T") {
    address private victim;
    bytes private attack;
    bytes public failure;
    bool public accepted;

    function arm(address victim_, bytes calldata attack_) external {
        (victim, attack, accepted, failure) = (victim_, attack_, false, "");
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (attack.length != 0) (accepted, failure) = victim.call(attack);
    }
}

/// @dev Attacks on juries, by their numbers in the audit.
contract AttacksCourtTest is DisputeCourtBase {
    address private constant MALLORY = address(0xBAD);

    // -------------------------------------------------------------------------------- H-1: disputing oneself first

    /// @dev A cheat that disputes its own receipt with useless evidence is as convictable as before.
    function test_H1_a_void_case_is_tried_again() public {
        rich(MALLORY);
        Item[] memory items = itemsOf(ticket, receipt);
        openAs(MALLORY, items);
        lapse();
        stateIs(State.Void);
        openAs(ALICE, items);
        ballots(GUILTY);
        stateIs(State.Guilty);
        vm.assertLt(staking.slashableOf(miner), MINER_STAKE);
    }

    /// @dev Jurors who see useless evidence say so; the next challenger brings the right one.
    function test_H1_useless_evidence_costs_half_of_the_bond() public {
        rich(MALLORY);
        Item[] memory items = itemsOf(ticket, receipt);
        openAs(MALLORY, items);
        ballots(UNAVAILABLE);
        stateIs(State.Void);
        vm.assertEq(withdraw(MALLORY), BOND / 2);
        openAs(ALICE, items);
        ballots(GUILTY);
        stateIs(State.Guilty);
    }

    function test_H1_others_join_while_it_is_open() public {
        rich(MALLORY);
        openAs(MALLORY, itemsOf(ticket, receipt));
        vm.prank(ALICE);
        court.join(id, "the right bundle");
        ballots(GUILTY);
        stateIs(State.Guilty);
        vm.assertGt(withdraw(ALICE), BOND);
    }

    /// @dev Even a case that is full of the cheat's friends takes evidence from everybody, and so does another set.
    function test_H1_friends_fill_the_case() public {
        rich(MALLORY);
        openAs(MALLORY, itemsOf(ticket, receipt));
        for (uint160 i = 0; i < 7; ++i) {
            rich(address(0xF00 + i));
            vm.prank(address(0xF00 + i));
            court.join(id, "noise");
        }
        vm.prank(ALICE);
        court.addEvidence(id, "the right bundle");
        openAs(ALICE, itemsOf(1, 2));
        ballots(GUILTY);
        stateIs(State.Guilty);
    }

    // ------------------------------------------------------------------------------- H-2: deciding for the absent

    /// @dev Votes of the first `count` jurors in both draws, the others stay away: half of the seats of one draw convict.
    function tryAlone(uint256 number, uint256 count) private returns (bool convicted) {
        (ticket, receipt) = order(number);
        openCase();
        uint256 votes = GUILTY & ((1 << 2 * count) - 1);
        for (uint256 round = 1; round <= 2 && court.caseOf(id).state == State.Open; ++round) {
            ballots(votes);
            uint256 seats = drawnIn(round).guilty;
            vm.assertEq(seats * 2 >= (round == 1 ? SEATS : 3 * SEATS), court.caseOf(id).state == State.Guilty);
        }
        return court.caseOf(id).state == State.Guilty;
    }

    /// @dev A third of the stake convicted 10 of 10 while the others were absent. It would need half of the seats, which
    /// luck gives it in one draw of twenty.
    function test_H2_a_third_alone_convicts_hardly_anybody() public {
        uint256 convicted = 0;
        for (uint256 i = 1; i <= 20; ++i) {
            if (tryAlone(i, 2)) ++convicted;
        }
        vm.assertLe(convicted, 2);
    }

    /// @dev A sixth never did in twenty cases.
    function test_H2_a_sixth_alone_convicts_nobody() public {
        for (uint256 i = 1; i <= 20; ++i) {
            vm.assertFalse(tryAlone(i, 1));
        }
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE);
    }

    /// @dev The whole jury but one, on the other hand, does decide.
    function test_H2_five_sixths_decide() public {
        vm.assertTrue(tryAlone(1, 5));
    }

    /// @dev Staying away has a price for everyone who was summoned.
    function test_H2_the_absent_pay() public {
        openAndDraw();
        summonAll();
        lapse();
        (, uint256 docked) = settleAll(1);
        uint256 seats = 0;
        for (uint256 i = 0; i < JURORS; ++i) {
            seats += ballot(1, i).seats;
        }
        vm.assertGt(seats, SEATS / 2);
        vm.assertEq(docked, DOCK * seats);
    }

    /// @dev A cheat's friend that declares with key after key has the part of the draw that its stake is, so the others
    /// are a quorum.
    function test_H2_rotated_keys_do_not_thin_a_jury() public {
        address friend = newNode(MALLORY, 0xBAD00, Role.Miner, JUROR_STAKE);
        for (uint256 i = 1; i <= 20; ++i) {
            declareAs(friend, MODEL);
            friend = rotate(MALLORY, friend, 0xBAD00 + i);
        }
        toEpoch(now_() + 3, 0);
        (ticket, receipt) = order(1);
        openCase();
        vm.assertEq(uint256(court.caseOf(id).firstTotal), (JURORS + 1) * JUROR_STAKE);
        ballots(GUILTY);
        stateIs(State.Guilty);
    }

    // -------------------------------------------------------------------------------------- H-3: choosing a draw

    /// @dev Whoever withholds a seed gets no other draw: after six epochs the case is over.
    function test_H3_nobody_chooses_the_epoch() public {
        openCase();
        uint256 opened = court.caseOf(id).epoch;
        for (uint256 epoch = opened; epoch < opened + 6; ++epoch) {
            toEpoch(epoch, 1);
            // A seed of every second but those that were fixed.
            for (uint256 time = epoch * EPOCH + 1; time < (epoch + 1) * EPOCH; time += 97) {
                randomness.set(uint64(time), bytes32(time));
            }
            for (uint256 i = 0; i < JURORS; ++i) {
                vm.assertEq(court.seatsOf(id, jurors[i]), 0);
            }
        }
        toEpoch(opened + 6, 0);
        court.resolve(id);
        stateIs(State.Void);
    }

    /// @dev Neither the time of the record nor that of any call moves a draw.
    function test_H3_no_call_moves_the_draw() public {
        openCase();
        uint256 opened = court.caseOf(id).epoch;
        toEpoch(opened + 3, EPOCH / 2);
        court.resolve(id);
        vm.assertEq(drawEpoch(), opened + 4);
        toEpoch(opened + 5, 1);
        recordSeed();
        vm.expectRevert(Jury.NotCommitPhase.selector);
        summonAll();
        lapse();
        stateIs(State.Void);
    }

    // ------------------------------------------------------------------------------------- H-4: numbers of blocks

    /// @dev Whatever the chain says its block number is, a case goes the same way.
    function test_H4_block_numbers_mean_nothing() public {
        vm.roll(1);
        openCase();
        vm.roll(1_000_000_000);
        draw();
        commitAll(GUILTY);
        vm.roll(5);
        revealAll(GUILTY);
        vm.roll(77);
        resolve();
        stateIs(State.Guilty);
    }

    function test_H4_no_contract_reads_the_block_number() public view {
        address[3] memory targets = [address(court), address(court.evidence()), address(registry)];
        for (uint256 t = 0; t < 3; ++t) {
            bytes memory code = targets[t].code;
            for (uint256 i = 0; i < code.length; ++i) {
                uint8 instruction = uint8(code[i]);
                // BLOCKHASH, COINBASE, NUMBER, PREVRANDAO.
                vm.assertFalse(instruction >= 0x40 && instruction <= 0x44 && instruction != 0x42);
                if (instruction >= 0x60 && instruction <= 0x7f) i += instruction - 0x5f;
            }
        }
    }

    // --------------------------------------------------------------------------------------- H-5: a second court

    /// @dev What one court has punished is spent at every other.
    function test_H5_an_upgrade_makes_nothing_valid_again() public {
        DisputeCourt old = court;
        Messages.Receipt memory other = receiptOf(ticket, "other");
        (bytes memory t, bytes memory a, bytes memory b) =
            (signTicket(ticket), signReceipt(receipt), signReceipt(other));
        bytes32 proof = equivocationId(receipt.ticket);
        announceEarlier(court, address(this), proof);
        court.proveEquivocation(ticket, t, receipt, a, other, b, SALT);
        Item[] memory second = itemsOf(2, 1);
        openAs(ALICE, second);
        ballots(GUILTY);
        uint256 left = staking.slashableOf(miner);

        vm.prank(GOVERNOR);
        old.retire();
        court = newCourt(SEATS);
        rich(ALICE);
        // Nor does an announcement at one court count at the other.
        vm.expectRevert(notAnnounced(address(this), proof, 0));
        court.proveEquivocation(ticket, t, receipt, a, other, b, SALT);
        announceEarlier(court, address(this), proof);
        vm.expectRevert(abi.encodeWithSelector(Slashing.EvidenceSpent.selector, proof));
        court.proveEquivocation(ticket, t, receipt, a, other, b, SALT);
        expect(Evidence.AlreadyPunished.selector, digestOf(Messages.hash(second[0].receipt)));
        openLater(ALICE, second);
        vm.assertEq(staking.slashableOf(miner), left);
    }

    /// @dev The same case before two courts takes the stake once; the second closes all the same.
    function test_H5_two_courts_at_once() public {
        DisputeCourt old = court;
        openCase();
        DisputeCourt next = newCourt(SEATS);
        court = next;
        rich(ALICE);
        openCase();
        draw();
        for (uint256 i = 0; i < 2; ++i) {
            court = i == 0 ? old : next;
            commitAll(GUILTY);
        }
        for (uint256 i = 0; i < 2; ++i) {
            court = i == 0 ? old : next;
            revealAll(GUILTY);
        }
        for (uint256 i = 0; i < 2; ++i) {
            court = i == 0 ? old : next;
            resolve();
            stateIs(State.Guilty);
            vm.assertEq(staking.slashableOf(miner), MINER_STAKE * 8 / 10, "once");
        }
    }

    // ------------------------------------------------------------------------------- M-5: one jury for many cases

    /// @dev A lucky draw is luck in one case only: over 30 cases of one epoch a sixth of the stake has a majority of
    /// half in none, and its seats spread as seats do.
    function test_M5_every_case_has_its_own_jury() public {
        cai.transfer(ALICE, 30_000e18);
        bytes32[30] memory ids;
        for (uint256 i = 0; i < 30; ++i) {
            (ticket, receipt) = order(1 + i);
            openCase();
            ids[i] = id;
        }
        draw();
        (uint256 sum, uint256 least, uint256 most) = (0, SEATS, 0);
        for (uint256 i = 0; i < 30; ++i) {
            uint256 held = court.seatsOf(ids[i], jurors[0]);
            sum += held;
            if (held < least) least = held;
            if (held > most) most = held;
        }
        // Expected 155, with a standard deviation of 11.
        vm.assertGe(sum, 110);
        vm.assertLe(sum, 200);
        vm.assertLt(least, most);
        vm.assertLt(most * 2, SEATS);
    }

    // ------------------------------------------------------------------------------------------ M-6: free disputes

    function test_M6_spam_costs_a_tenth_each() public {
        uint256 had = cai.balanceOf(ALICE);
        bytes32[5] memory ids;
        for (uint256 i = 0; i < 5; ++i) {
            ids[i] = openAs(ALICE, itemsOf(1 + i, 1));
        }
        toEpoch(now_() + 6, 0);
        for (uint256 i = 0; i < 5; ++i) {
            id = ids[i];
            court.resolve(id);
            withdraw(ALICE);
        }
        vm.assertEq(had - cai.balanceOf(ALICE), 5 * BOND / 10);
    }

    // -------------------------------------------------------------------------- L-13: starving one's own jury

    /// @dev An owner with nine tenths of the declared stake left most of its cases without a jury.
    function test_L13_a_large_owner_does_not_starve_its_jury() public {
        fund(MINER_OWNER, 9 * JURORS * JUROR_STAKE);
        vm.prank(MINER_OWNER);
        staking.vote(miner, 9 * JURORS * JUROR_STAKE, 0);
        declareAs(miner, MODEL);
        toEpoch(now_() + 3, 0);
        cai.transfer(ALICE, 2_000_000e18);
        for (uint256 i = 1; i <= 5; ++i) {
            (ticket, receipt) = order(i);
            openCase();
            draw();
            uint256 seats = 0;
            for (uint256 j = 0; j < JURORS; ++j) {
                seats += court.seatsOf(id, jurors[j]);
            }
            vm.assertGe(seats * 2, SEATS);
        }
    }

    // --------------------------------------------------------------------------------------------- D18: reentrancy

    function test_D18_the_court_is_not_reentered() public {
        TrickToken trick = new TrickToken();
        vm.mockCall(address(staking), abi.encodeCall(staking.cai, ()), abi.encode(trick));
        court = newCourt(SEATS);
        vm.clearMockedCalls();
        trick.mint(address(this), 1_000_000e18);
        trick.mint(address(court), 1e18);
        trick.approve(address(court), type(uint256).max);
        (Messages.Ticket memory t, Messages.Receipt memory r) = order(2);
        Item[] memory items = itemsOf(ticket, receipt);
        bytes[6] memory attacks = [
            abi.encodeCall(court.open, (itemsOf(t, r), "")),
            abi.encodeCall(court.join, (id, "")),
            abi.encodeCall(court.resolve, (id)),
            abi.encodeCall(court.summon, (id, jurors)),
            abi.encodeCall(court.settleJuror, (id, 1, jurors[0])),
            abi.encodeCall(court.withdrawBond, (id, address(this)))
        ];
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < attacks.length; ++i) {
            trick.arm(address(court), attacks[i]);
            court.open(items, "");
            refused(trick);
            draw();
            summonAll();
            refused(trick);
            commitAll(INNOCENT);
            revealAll(INNOCENT);
            trick.arm(address(court), attacks[i]);
            resolve();
            refused(trick);
            trick.arm(address(court), attacks[i]);
            court.settleJuror(id, 1, jurors[0]);
            refused(trick);
            vm.revertToState(snapshot);
        }
    }

    function refused(TrickToken trick) private view {
        vm.assertFalse(trick.accepted());
        vm.assertEq(
            bytes4(trick.failure()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, "reentered"
        );
    }
}
