// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Punishment, Settlement} from "../../src/Settlement.sol";
import {IStaking} from "../../src/interfaces/IStaking.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {Accounts} from "../../src/settlement/Accounts.sol";
import {SettlementParameters} from "../../src/settlement/SettlementParameters.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";

/// @dev Proofs of a coordinator's faults.
contract SettlementFaultsTest is SettlementBase {
    function assertPunishment(uint256 through, uint256 until) private view {
        Punishment memory punishment = settlement.punishmentOf(coordinator, miner);
        vm.assertEq(uint256(punishment.through), through, "through");
        vm.assertEq(uint256(punishment.until), until, "until");
    }

    function punished(uint256 through, uint256 until) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Settlement.AlreadyPunished.selector, through, until);
    }

    // ---------------------------------------------------------------------------------------------- contradictions

    function test_contradicting_vouchers() public {
        bytes32 evidence = contradictionId([uint256(50), 5, 49, 6]);
        announce(evidence);
        uint256 burned = cai.balanceOf(BURN);
        uint256 until = block.timestamp + WINDOW;
        vm.expectEmit(address(settlement));
        emit Settlement.FaultProven(coordinator, miner, ALICE, evidence, 6, until, 250_000e18, 50_000e18);
        // A tenth of the stake, a fifth of that to the finder.
        vm.assertEq(contradict(50, 5, 49, 6), 250_000e18);
        vm.assertEq(cai.balanceOf(ALICE), 50_000e18);
        vm.assertEq(cai.balanceOf(BURN) - burned, 200_000e18);
        vm.assertEq(staking.slashableOf(coordinator), 2_250_000e18);
        vm.assertTrue(staking.isSpent(evidence));
        assertPunishment(6, until);
        vm.assertEq(cai.balanceOf(address(settlement)), 0);
    }

    /// @dev The second voucher may reach as far as tickets are numbered, and no further.
    function test_contradictions_beyond_all_numbers() public {
        uint256 most = settlement.MAX_NUMBER();
        vm.expectRevert(abi.encodeWithSelector(Accounts.NumberTooLarge.selector, most + 1));
        this.contradict(50, 5, 49, most + 1);
        assertPunishment(0, 0);
        uint256 until = vm.getBlockTimestamp() + WINDOW;
        vm.assertEq(contradict(50, 5, 49, most), 250_000e18);
        assertPunishment(most, until);
    }

    /// @dev Two amounts up to the same ticket contradict each other too.
    function test_two_amounts_for_the_same_tickets() public {
        vm.assertEq(contradict(71, 8, 70, 8), 250_000e18);
    }

    /// @dev Nothing is punished that the caller has not announced, and the proof stays good.
    function test_evidence_that_was_not_announced() public {
        prepay(100);
        settle(49, 6);
        (Messages.Voucher memory a, bytes memory sa) = voucher(50, 5);
        (Messages.Voucher memory b, bytes memory sb) = voucher(49, 6);
        vm.expectRevert(notAnnounced(address(this), contradictionId([uint256(50), 5, 49, 6]), 0));
        settlement.proveContradiction(a, sa, b, sb, SALT);
        vm.expectRevert(notAnnounced(address(this), shortId(50, 5), 0));
        settlement.proveShortSettlement(a, sa, SALT);
        assertAccount(49, 0, 6);
        assertPunishment(0, 0);
        vm.assertEq(staking.slashableOf(coordinator), COORDINATOR_STAKE);
        vm.assertEq(contradict(50, 5, 49, 6), 250_000e18);
    }

    /// @dev One kind of proof is not announced by the other.
    function test_each_proof_is_announced() public {
        prepay(100);
        settle(49, 6);
        announceEarlier(settlement, address(this), contradictionId([uint256(50), 5, 49, 6]));
        (Messages.Voucher memory message, bytes memory signature) = voucher(50, 5);
        vm.expectRevert(notAnnounced(address(this), shortId(50, 5), 0));
        settlement.proveShortSettlement(message, signature, SALT);
    }

    /// @dev The finder gets a fifth of what the owner loses; what voters lose is burned.
    function test_the_finders_part_comes_from_the_owners_loss() public {
        voteFor(coordinator, address(0x707E), 20_000_000e18);
        announce(contradictionId([uint256(50), 5, 49, 6]));
        vm.assertEq(contradict(50, 5, 49, 6), 2_250_000e18);
        vm.assertEq(cai.balanceOf(ALICE), 50_000e18);
    }

    function test_no_contradiction() public {
        bytes memory refusal = abi.encodeWithSelector(Settlement.NoContradiction.selector);
        vm.expectRevert(refusal);
        this.contradict(50, 5, 50, 5);
        vm.expectRevert(refusal);
        this.contradict(50, 5, 50, 6);
        vm.expectRevert(refusal);
        this.contradict(50, 6, 49, 5);
        vm.expectRevert(refusal);
        this.contradict(49, 5, 50, 6);

        // The vouchers belong to two pairs.
        (Messages.Voucher memory a, bytes memory sa) = voucher(50, 5);
        Messages.Voucher memory b = voucherFor(coordinator, ALICE, 49, 6);
        bytes memory sb = attest(COORDINATOR_KEY, Messages.hash(b));
        vm.expectRevert(refusal);
        settlement.proveContradiction(a, sa, b, sb, SALT);
        b = voucherFor(miner, miner, 49, 6);
        sb = attest(MINER_KEY, Messages.hash(b));
        vm.expectRevert(refusal);
        settlement.proveContradiction(a, sa, b, sb, SALT);
        // The signature is forged.
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, miner));
        settlement.proveContradiction(a, sa, b, sa, SALT);
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator));
        settlement.proveContradiction(a, sb, b, sb, SALT);
    }

    // --------------------------------------------------------------------------------------------- one slip, once

    /// @dev A coordinator restored from a backup signs five vouchers below five earlier ones. That is one slip, whatever
    /// pairs are made of them.
    function test_five_pairs_of_one_slip_are_punished_once() public {
        uint256 until = block.timestamp + WINDOW;
        // The earlier ones reach to tickets 1 to 5, the later ones, of less, to tickets 11 to 15.
        contradict(101, 1, 51, 11);
        for (uint256 i = 2; i <= 5; ++i) {
            vm.expectRevert(punished(11, until));
            this.contradict(100 + i, i, 50 + i, 10 + i);
        }
        vm.warp(until + 1);
        for (uint256 i = 2; i <= 5; ++i) {
            vm.expectRevert(punished(11, until));
            this.contradict(100 + i, i, 50 + i, 10 + i);
        }
        vm.assertEq(staking.slashableOf(coordinator), 2_250_000e18);
    }

    function test_the_end_of_a_punishments_window() public {
        uint256 until = block.timestamp + WINDOW;
        contradict(50, 5, 49, 6);
        vm.warp(until);
        vm.expectRevert(punished(6, until));
        this.contradict(71, 7, 70, 8);
        vm.warp(until + 1);
        // Both vouchers must be beyond ticket 6.
        vm.expectRevert(punished(6, until));
        this.contradict(71, 6, 70, 8);
        vm.assertEq(contradict(71, 7, 70, 8), 225_000e18);
        assertPunishment(8, until + 1 + WINDOW);
    }

    /// @dev A pair that is good for both proofs is punished once.
    function test_both_proofs_share_the_mark() public {
        prepay(100);
        settle(49, 6);
        uint256 until = block.timestamp + WINDOW;
        contradict(50, 5, 49, 6);
        vm.expectRevert(punished(6, until));
        this.short(50, 5);
        vm.warp(until + 1);
        vm.expectRevert(punished(6, until));
        this.short(50, 5);
    }

    function test_both_proofs_share_the_mark_the_other_way() public {
        prepay(100);
        settle(49, 6);
        uint256 until = block.timestamp + WINDOW;
        short(50, 5);
        assertPunishment(6, until);
        vm.expectRevert(punished(6, until));
        this.contradict(50, 5, 49, 6);
        vm.warp(until + 1);
        vm.expectRevert(punished(6, until));
        this.contradict(50, 5, 49, 6);
        vm.assertEq(staking.slashableOf(coordinator), 2_250_000e18);
    }

    /// @dev What it told another miner is another matter.
    function test_each_miner_counts() public {
        contradict(50, 5, 49, 6);
        address other = newNode(ALICE, 0x0333, Role.Miner, MINER_STAKE);
        Messages.Voucher memory a = voucherFor(coordinator, other, 50, 5);
        Messages.Voucher memory b = voucherFor(coordinator, other, 49, 6);
        bytes memory sa = attest(COORDINATOR_KEY, Messages.hash(a));
        bytes memory sb = attest(COORDINATOR_KEY, Messages.hash(b));
        (bytes32 first, bytes32 second) = (digestOf(Messages.hash(a)), digestOf(Messages.hash(b)));
        bytes32 evidence = keccak256(abi.encode(keccak256("contradiction"), first, second));
        announceEarlier(settlement, address(this), evidence);
        vm.assertEq(settlement.proveContradiction(a, sa, b, sb, SALT), 225_000e18);
    }

    /// @dev The first punishment needs no ticket beyond any other.
    function test_vouchers_through_ticket_zero() public {
        vm.assertEq(contradict(2, 0, 1, 0), 250_000e18);
        assertPunishment(0, block.timestamp + WINDOW);
    }

    // --------------------------------------------------------------------------------------------------- copied

    /// @dev Who copies the proof from the mempool is refused, even if it announces first thing: it is a minute late. The
    /// finder's proof comes through.
    function test_a_copier_is_refused_and_the_finder_is_paid() public {
        address copier = address(0xC0B1);
        bytes32 evidence = contradictionId([uint256(50), 5, 49, 6]);
        announce(evidence);
        (Messages.Voucher memory a, bytes memory sa) = voucher(50, 5);
        (Messages.Voucher memory b, bytes memory sb) = voucher(49, 6);
        uint256 time = vm.getBlockTimestamp();
        settlement.announce(keccak256(abi.encode(copier, evidence, SALT)));
        vm.warp(time + 59);
        vm.expectRevert(notAnnounced(copier, evidence, time));
        vm.prank(copier);
        settlement.proveContradiction(a, sa, b, sb, SALT);
        vm.assertEq(contradict(50, 5, 49, 6), 250_000e18);
        vm.assertEq(cai.balanceOf(ALICE), 50_000e18);
        vm.assertEq(cai.balanceOf(copier), 0);
    }

    // ---------------------------------------------------------------------------------------------- who is punished

    function test_faults_are_coordinators() public {
        Messages.Voucher memory a = voucherFor(miner, miner, 50, 5);
        Messages.Voucher memory b = voucherFor(miner, miner, 49, 6);
        bytes memory sa = attest(MINER_KEY, Messages.hash(a));
        bytes memory sb = attest(MINER_KEY, Messages.hash(b));
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotACoordinator.selector, miner));
        settlement.proveContradiction(a, sa, b, sb, SALT);
    }

    function test_faults_need_stake() public {
        drain(9);
        vm.expectRevert(abi.encodeWithSelector(Settlement.NothingToSlash.selector, coordinator));
        this.contradict(50, 5, 49, 6);
        // The evidence was not used up: new stake is slashed for it.
        assertPunishment(0, 0);
        fund(COORDINATOR_OWNER, 100e18);
        vm.prank(COORDINATOR_OWNER);
        staking.vote(coordinator, 100e18, 0);
        contradict(50, 5, 49, 6);
    }

    function test_faults_of_a_replaced_key() public {
        prepay(100);
        settle(30, 9);
        vm.mockCall(address(staking), abi.encodeCall(IStaking.signs, (coordinator)), abi.encode(false));
        bytes memory refusal = abi.encodeWithSelector(SettlementParameters.KeyReplaced.selector, coordinator);
        vm.expectRevert(refusal);
        this.contradict(50, 5, 49, 6);
        vm.expectRevert(refusal);
        this.short(45, 8);
        vm.clearMockedCalls();
        contradict(50, 5, 49, 6);
    }

    /// @dev Without its role a settlement punishes nobody, and the evidence stays good.
    function test_a_settlement_without_its_role() public {
        manager.revokeRole(Roles.SLASHER, address(settlement));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(settlement)));
        this.contradict(50, 5, 49, 6);
        assertPunishment(0, 0);
        manager.grantRole(Roles.SLASHER, address(settlement), 0);
        contradict(50, 5, 49, 6);
    }

    // ------------------------------------------------------------------------------------------- short settlements

    function test_short_settlement() public {
        prepay(100);
        settle(30, 9);
        bytes32 evidence = shortId(45, 8);
        announce(evidence);
        uint256 until = block.timestamp + WINDOW;
        vm.expectEmit(address(settlement));
        emit Settlement.FaultProven(coordinator, miner, ALICE, evidence, 9, until, 250_000e18, 50_000e18);
        (uint256 paid, uint256 taken) = short(45, 8);
        vm.assertEq(paid, 15);
        vm.assertEq(taken, 250_000e18);
        vm.assertEq(cai.balanceOf(ALICE), 50_000e18);
        assertAccount(45, 15, 9);
        assertFunds(55, 30, 15);
        // The declaration is punished once; other vouchers are still paid.
        vm.expectRevert(punished(9, until));
        this.short(50, 9);
        redeem(50, 9);
        // The next declaration can be punished again, a window later.
        settle(51, 12);
        vm.warp(until + 1);
        (paid, taken) = short(60, 12);
        vm.assertEq(paid, 9);
        vm.assertEq(taken, 225_000e18);
    }

    function test_no_short_settlement() public {
        prepay(100);
        settle(30, 9);
        bytes memory refusal = abi.encodeWithSelector(Settlement.NotShort.selector);
        // The voucher reaches further than the declaration.
        vm.expectRevert(refusal);
        this.short(45, 10);
        // The voucher was paid.
        vm.expectRevert(refusal);
        this.short(30, 9);
        vm.expectRevert(refusal);
        this.short(29, 3);
        (Messages.Voucher memory message,) = voucher(45, 8);
        bytes memory forged = attest(MINER_KEY, Messages.hash(message));
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator));
        settlement.proveShortSettlement(message, forged, SALT);
        (, uint256 taken) = short(31, 9);
        vm.assertEq(taken, 250_000e18);
    }

    /// @dev A short settlement without escrow: the owner's stake pays the difference five times, and the fault on top.
    function test_short_settlement_with_a_deficit() public {
        prepay(30e18);
        settle(30e18, 9);
        (uint256 paid, uint256 taken) = short(160e18, 9);
        vm.assertEq(paid, 130e18);
        // What was promised pays first.
        vm.assertEq(taken, (COORDINATOR_STAKE - 500e18) / 10);
        assertFunds(0, 0, 130e18);
    }

    function test_short_settlement_without_stake_is_a_voucher() public {
        prepay(30);
        drain(0);
        settle(25, 9);
        vm.expectRevert(abi.encodeWithSelector(Settlement.NothingToSlash.selector, coordinator));
        this.short(45, 8);
        vm.assertEq(redeem(45, 8), 20);
    }

    /// @dev A voucher paid in full moves `through` like a batch: another for more, for the same tickets, is a fault.
    function test_a_voucher_paid_in_full_is_a_declaration() public {
        prepay(100);
        redeem(30, 9);
        (uint256 paid, uint256 taken) = short(45, 8);
        vm.assertEq(paid, 15);
        vm.assertEq(taken, 250_000e18);
    }

    /// @dev A voucher paid in part excuses only the tickets up to which it moved the counter, not those that a batch had
    /// declared before.
    function test_a_voucher_paid_in_part_excuses_no_batch() public {
        prepay(35);
        settle(30, 9);
        manager.revokeRole(Roles.SLASHER, address(settlement));
        // All that there is: 5 of escrow and 30 of promises, of 60 owed.
        vm.assertEq(redeem(90, 9), 35);
        manager.grantRole(Roles.SLASHER, address(settlement), 0);
        (, uint256 taken) = short(90, 9);
        vm.assertGt(taken, 0);
    }

    function test_a_voucher_paid_in_part_excuses_its_own_tickets() public {
        prepay(35);
        manager.revokeRole(Roles.SLASHER, address(settlement));
        vm.assertEq(redeem(90, 9), 35);
        manager.grantRole(Roles.SLASHER, address(settlement), 0);
        bytes memory refusal = abi.encodeWithSelector(Settlement.NotShort.selector);
        vm.expectRevert(refusal);
        this.short(90, 9);
        vm.expectRevert(refusal);
        this.short(60, 3);
        // A later declaration that is short is a fault again.
        prepay(100);
        settle(50, 12);
        (, uint256 taken) = short(90, 10);
        vm.assertGt(taken, 0);
    }

    /// @dev What was claimed for tickets that the coordinator took for void counts for it: an honest one cannot be
    /// punished because it was slow once.
    function test_claims_count_for_the_coordinator() public {
        prepay(1_000);
        Messages.Ticket memory ticket = ticketOf(4, 100);
        toClaims(ticket.deadline);
        claim(ticket);
        // It owes 80 for the tickets up to 3, and took ticket 4 for void.
        settle(80, 4);
        assertAccount(0, 0, 4);
        vm.expectRevert(Settlement.NotShort.selector);
        this.short(80, 3);
        vm.expectRevert(Settlement.NotShort.selector);
        this.short(100, 3);
        // The voucher is paid: the claimed ticket is not among its tickets.
        uint256 snapshot = vm.snapshotState();
        vm.assertEq(redeem(80, 3), 80);
        vm.revertToState(snapshot);
        (uint256 paid, uint256 taken) = short(101, 3);
        vm.assertEq(paid, 101);
        vm.assertEq(taken, 250_000e18);
    }
}
