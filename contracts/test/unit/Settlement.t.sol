// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Settlement} from "../../src/Settlement.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {Accounts, Item} from "../../src/settlement/Accounts.sol";
import {Escrows} from "../../src/settlement/Escrows.sol";
import {SettlementParameters} from "../../src/settlement/SettlementParameters.sol";
import {Vouchers} from "../../src/settlement/Vouchers.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";

/// @dev Payments by vouchers, by batches and by tickets, and what the stake pays when the escrow is short.
contract SettlementTest is SettlementBase {
    uint256 private constant OTHER_KEY = 0x0123;

    // --------------------------------------------------------------------------------------------------- vouchers

    function test_redeem_pays_the_owner() public {
        prepay(100e18);
        (Messages.Voucher memory message, bytes memory signature) = voucher(30e18, 5);
        vm.expectEmit(address(settlement));
        emit Vouchers.VoucherRedeemed(coordinator, miner, 30e18, 30e18, 5);
        vm.prank(ALICE);
        vm.assertEq(settlement.redeem(message, signature), 30e18);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 30e18);
        assertAccount(30e18, 30e18, 5);
        assertEscrow(70e18, 0, 0);

        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.redeem(message, signature);
        // A later one pays the difference, an earlier one nothing more.
        vm.assertEq(redeem(45e18, 9), 15e18);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.redeem(message, signature);
        assertAccount(45e18, 45e18, 9);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 45e18);
    }

    function test_redeem_checks_the_signature() public {
        prepay(100);
        (Messages.Voucher memory message, bytes memory signature) = voucher(30, 5);
        bytes memory refusal = abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator);
        bytes memory other = sign(MINER_KEY, Messages.hash(message));
        vm.expectRevert(refusal);
        settlement.redeem(message, other);
        vm.expectRevert(refusal);
        settlement.redeem(message, "");
        vm.expectRevert(refusal);
        settlement.redeem(message, bytes.concat(signature, hex"00"));
        message.cumulative += 1;
        vm.expectRevert(refusal);
        settlement.redeem(message, signature);
        message.cumulative -= 1;
        message.through += 1;
        vm.expectRevert(refusal);
        settlement.redeem(message, signature);
        message.through -= 1;
        message.miner = ALICE;
        vm.expectRevert(refusal);
        settlement.redeem(message, signature);
        // A signature that recovers to the zero address is not valid for the zero address.
        message.coordinator = address(0);
        signature[64] = 0x1d;
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, address(0)));
        settlement.redeem(message, signature);
    }

    /// @dev The other form of the same signature, with a high `s`, is refused.
    function test_redeem_refuses_the_other_form() public {
        prepay(100);
        (Messages.Voucher memory message, bytes memory signature) = voucher(30, 5);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(COORDINATOR_KEY, digestOf(Messages.hash(message)));
        bytes32 high = bytes32(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141 - uint256(s));
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator));
        settlement.redeem(message, abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27)));
        settlement.redeem(message, signature);
    }

    function test_payments_to_unknown_miners() public {
        prepay(100);
        Messages.Voucher memory message = voucherFor(coordinator, ALICE, 5, 1);
        bytes memory signature = sign(COORDINATOR_KEY, Messages.hash(message));
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.UnknownNode.selector, ALICE));
        settlement.redeem(message, signature);
        Item[] memory items = item(5, 1);
        items[0].miner = ALICE;
        vm.prank(coordinator);
        settlement.settle(coordinator, items);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.UnknownNode.selector, ALICE));
        settlement.collect(coordinator, ALICE);
    }

    function test_payments_between_removed_nodes() public {
        prepay(100);
        settle(30, 1);
        vm.prank(MINER_OWNER);
        staking.deregister(miner);
        vm.prank(COORDINATOR_OWNER);
        staking.deregister(coordinator);
        settlement.collect(coordinator, miner);
        redeem(70, 2);
        // Its stake still makes up for what is missing.
        redeem(130, 3);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 130);
    }

    // ------------------------------------------------------------------------------------------------- settlement

    function test_settle_and_collect() public {
        prepay(100e18);
        address second = newNode(ALICE, OTHER_KEY, Role.Miner, MINER_STAKE);
        Item[] memory items = new Item[](2);
        items[0] = Item(miner, 30e18, 5);
        items[1] = Item(second, 20e18, 7);
        vm.expectEmit(address(settlement));
        emit Accounts.Settled(coordinator, 50e18, 2);
        vm.prank(COORDINATOR_OWNER);
        settlement.settle(coordinator, items);
        assertEscrow(50e18, 0, 0);
        assertAccount(30e18, 0, 5);

        // The first moves on, the second does not.
        items[0] = Item(miner, 35e18, 6);
        items[1] = Item(second, 19e18, 6);
        vm.expectEmit(address(settlement));
        emit Accounts.Settled(coordinator, 5e18, 2);
        vm.prank(coordinator);
        settlement.settle(coordinator, items);
        vm.assertEq(uint256(settlement.accountOf(coordinator, second).settled), 20e18);
        vm.assertEq(uint256(settlement.accountOf(coordinator, second).through), 7);

        vm.expectEmit(address(settlement));
        emit Accounts.Collected(coordinator, miner, MINER_OWNER, 35e18);
        vm.assertEq(settlement.collect(coordinator, miner), 35e18);
        vm.assertEq(settlement.collect(coordinator, second), 20e18);
        assertAccount(35e18, 35e18, 6);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 35e18);
        vm.assertEq(cai.balanceOf(ALICE), 20e18);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.collect(coordinator, miner);
    }

    function test_settle_is_the_coordinators() public {
        prepay(100);
        address[2] memory others = [ALICE, miner];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotAllowed.selector, coordinator, others[i]));
            vm.prank(others[i]);
            settlement.settle(coordinator, item(1, 1));
        }
    }

    function test_settle_needs_escrow() public {
        prepay(100);
        Item[] memory items = new Item[](2);
        items[0] = Item(miner, 60, 5);
        items[1] = Item(ALICE, 41, 7);
        vm.expectRevert(abi.encodeWithSelector(Escrows.EscrowShort.selector, 100, 101));
        vm.prank(coordinator);
        settlement.settle(coordinator, items);
        assertAccount(0, 0, 0);
    }

    /// @dev Tickets that were never answered are written off although nothing more is owed.
    function test_settle_moves_through_alone() public {
        prepay(100);
        settle(30, 5);
        settle(30, 9);
        assertAccount(30, 0, 9);
        settle(0, 11);
        assertAccount(30, 0, 11);
        settle(40, 2);
        assertAccount(40, 0, 11);
        assertEscrow(60, 0, 0);
        vm.prank(coordinator);
        settlement.settle(coordinator, new Item[](0));
    }

    /// @dev Repeated lines, in any order, move the counter once.
    function test_settle_twice_in_one_batch() public {
        prepay(100);
        Item[] memory items = new Item[](3);
        items[0] = Item(miner, 30, 5);
        items[1] = Item(miner, 30, 5);
        items[2] = Item(miner, 20, 4);
        vm.prank(coordinator);
        settlement.settle(coordinator, items);
        assertAccount(30, 0, 5);
        assertEscrow(70, 0, 0);
    }

    function test_ways_of_payment_share_a_counter() public {
        prepay(100);
        settle(30, 5);
        redeem(50, 8);
        assertAccount(50, 20, 8);
        settle(60, 9);
        settlement.collect(coordinator, miner);
        assertAccount(60, 60, 9);
        vm.expectRevert(Accounts.NothingOwed.selector);
        redeem(60, 9);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 60);
        assertEscrow(40, 0, 0);
    }

    // ---------------------------------------------------------------------------------------------------- tickets

    function test_claim_an_unpaid_ticket() public {
        prepay(100);
        redeem(30, 5);
        Messages.Ticket memory ticket = ticketOf(6, 10);
        bytes32 digest = digestOf(Messages.hash(ticket));
        uint256 at = block.timestamp + CLAIM_DELAY + 1;
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketNotDue.selector, at));
        claim(ticket);
        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketNotDue.selector, at));
        claim(ticket);
        vm.warp(at);
        vm.expectEmit(address(settlement));
        emit Vouchers.TicketClaimed(coordinator, miner, digest, 10);
        vm.assertEq(claim(ticket), 10);
        vm.assertEq(settlement.claimedOf(digest), 10);
        assertAccount(40, 40, 5);
        vm.expectRevert(Accounts.NothingOwed.selector);
        claim(ticket);

        // The voucher that includes it pays the difference only.
        vm.assertEq(redeem(47, 7), 7);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 47);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketSettled.selector, 6, 7));
        claim(ticket);
    }

    function test_claims_that_are_refused() public {
        prepay(100);
        settle(30, 5);
        Messages.Ticket memory ticket = ticketOf(5, 10);
        vm.warp(block.timestamp + CLAIM_DELAY + 1);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketSettled.selector, 5, 5));
        claim(ticket);

        ticket.number = 6;
        ticket.deadline = uint64(block.timestamp - CLAIM_DELAY - 1);
        Messages.Receipt memory receipt = receiptOf(ticket, "output");
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator));
        settlement.claimTicket(ticket, r, receipt, r);
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, miner));
        settlement.claimTicket(ticket, t, receipt, t);
        bytes32 digest = receipt.ticket;
        // The struct hash is not the digest.
        receipt.ticket = Messages.hash(ticket);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.WrongTicket.selector, receipt.ticket, digest));
        settlement.claimTicket(ticket, t, receipt, r);

        ticket.price = 0;
        vm.expectRevert(Accounts.NothingOwed.selector);
        claim(ticket);

        // The largest deadline does not overflow.
        ticket = ticketOf(7, 1);
        ticket.deadline = type(uint64).max;
        vm.expectRevert(
            abi.encodeWithSelector(Vouchers.TicketNotDue.selector, uint256(type(uint64).max) + CLAIM_DELAY + 1)
        );
        claim(ticket);
    }

    /// @dev The coordinator has time to write off what was never answered; then a receipt made up later is worthless.
    function test_a_ticket_written_off_in_time() public {
        prepay(100);
        Messages.Ticket memory ticket = ticketOf(6, 10);
        vm.warp(block.timestamp + CLAIM_DELAY);
        settle(0, 6);
        vm.warp(block.timestamp + 1);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketSettled.selector, 6, 6));
        claim(ticket);
    }

    function test_claim_from_escrow_and_stake_in_parts() public {
        prepay(4);
        drain(10);
        Messages.Ticket memory ticket = ticketOf(1, 100);
        vm.warp(block.timestamp + CLAIM_DELAY + 1);
        // 4 of escrow and a fifth of all 10 of stake.
        vm.assertEq(claim(ticket), 6);
        assertAccount(6, 6, 0);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.NothingPaid.selector, 94));
        claim(ticket);
        prepay(1_000);
        vm.assertEq(claim(ticket), 94);
        vm.expectRevert(Accounts.NothingOwed.selector);
        claim(ticket);
        assertAccount(100, 100, 0);
        assertEscrow(906, 0, 0);
    }

    // --------------------------------------------------------------------------------------------------- deficits

    function test_deficit_comes_out_of_the_stake() public {
        prepay(40e18);
        uint256 burned = cai.balanceOf(BURN);
        vm.expectEmit(address(settlement));
        emit Vouchers.DeficitCharged(coordinator, miner, 60e18, 300e18, 60e18);
        vm.assertEq(redeem(100e18, 5), 100e18);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 100e18);
        vm.assertEq(cai.balanceOf(BURN) - burned, 240e18);
        vm.assertEq(staking.slashableOf(coordinator), COORDINATOR_STAKE - 300e18);
        assertAccount(100e18, 100e18, 5);
        assertEscrow(0, 0, 0);
        vm.expectRevert(Accounts.NothingOwed.selector);
        redeem(100e18, 5);
    }

    function test_what_stake_cannot_pay_stays_owed() public {
        prepay(40);
        drain(51);
        vm.assertEq(redeem(100, 5), 50);
        assertAccount(50, 50, 5);
        vm.assertEq(staking.slashableOf(coordinator), 0);
        (Messages.Voucher memory message, bytes memory signature) = voucher(100, 5);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.NothingPaid.selector, 50));
        settlement.redeem(message, signature);

        // Not a short settlement: the voucher itself moved the counters.
        prepay(20);
        vm.expectRevert(Settlement.NotShort.selector);
        settlement.proveShortSettlement(message, signature);
        vm.assertEq(settlement.redeem(message, signature), 20);
        prepay(90);
        vm.assertEq(settlement.redeem(message, signature), 30);
        assertAccount(100, 100, 5);
        assertEscrow(60, 0, 0);
    }

    /// @dev Tickets that a voucher accounts for cannot be claimed in addition, even while the voucher is paid only in
    /// part.
    function test_a_voucher_paid_in_part_covers_its_tickets() public {
        prepay(10);
        drain(0);
        Messages.Ticket memory ticket = ticketOf(3, 20);
        redeem(100, 5);
        assertAccount(10, 10, 5);
        vm.warp(block.timestamp + CLAIM_DELAY + 1);
        prepay(1_000);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketSettled.selector, 3, 5));
        claim(ticket);
        redeem(100, 5);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 100);
    }

    /// @dev Amounts beyond all CAI are paid as far as there is any.
    function test_absurd_vouchers() public {
        prepay(10e18);
        uint256 paid = redeem(type(uint128).max, type(uint64).max);
        vm.assertEq(paid, 10e18 + COORDINATOR_STAKE / 5);
        assertAccount(paid, paid, type(uint64).max);
    }

    /// @dev A key that does not belong to a coordinator has no stake to answer for its vouchers.
    function test_vouchers_of_others_cost_no_stake() public {
        address second = newNode(ALICE, OTHER_KEY, Role.Miner, MINER_STAKE);
        Messages.Voucher memory message = voucherFor(miner, second, 50, 1);
        bytes memory signature = sign(MINER_KEY, Messages.hash(message));
        vm.expectRevert(abi.encodeWithSelector(Vouchers.NothingPaid.selector, 50));
        settlement.redeem(message, signature);
        message.coordinator = vm.addr(0x99);
        signature = sign(0x99, Messages.hash(message));
        vm.expectRevert(abi.encodeWithSelector(Vouchers.NothingPaid.selector, 50));
        settlement.redeem(message, signature);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE);
    }
}
