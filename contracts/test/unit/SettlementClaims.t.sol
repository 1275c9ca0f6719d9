// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IStaking} from "../../src/interfaces/IStaking.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {Accounts} from "../../src/settlement/Accounts.sol";
import {Payouts} from "../../src/settlement/Payouts.sol";
import {SettlementParameters} from "../../src/settlement/SettlementParameters.sol";
import {Vouchers} from "../../src/settlement/Vouchers.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";

/// @dev Payment of tickets that the coordinator never accounted for.
contract SettlementClaimsTest is SettlementBase {
    /// @dev 2 CAI per 1,000 tokens of the prompt, 5 per 1,000 generated ones, at most 10.
    function priced(uint256 number) private view returns (Messages.Ticket memory ticket) {
        ticket = ticketOf(number, 10e18);
        ticket.promptRate = 2e18;
        ticket.completionRate = 5e18;
    }

    function answer(Messages.Ticket memory ticket, uint32 prompt, uint32 completion)
        private
        view
        returns (Messages.Receipt memory receipt)
    {
        receipt = receiptOf(ticket, "output");
        receipt.promptTokens = prompt;
        receipt.completionTokens = completion;
    }

    // ------------------------------------------------------------------------------------------------------- time

    function test_claim_after_the_delay() public {
        prepay(100);
        redeem(30, 5);
        Messages.Ticket memory ticket = ticketOf(6, 10);
        bytes32 digest = digestOf(Messages.hash(ticket));
        uint256 at = block.timestamp + CLAIM_DELAY + 1;
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketNotDue.selector, at));
        this.claimOutside(ticket);
        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketNotDue.selector, at));
        this.claimOutside(ticket);
        vm.warp(at);
        vm.expectEmit(address(settlement));
        emit Vouchers.TicketClaimed(coordinator, miner, digest, 6, 10);
        vm.assertEq(claim(ticket), 10);
        vm.assertEq(settlement.claimedOf(digest), 10);
        // Claims have a counter of their own.
        assertAccount(30, 30, 5);
        vm.assertTrue(settlement.accountOf(coordinator, miner).claimed);
        vm.assertEq(settlement.claimedUpTo(coordinator, miner, 5), 0);
        vm.assertEq(settlement.claimedUpTo(coordinator, miner, 6), 10);
        vm.assertEq(settlement.lastClaimOf(coordinator, miner), 6);
        assertFunds(60, 0, 40);
        vm.expectRevert(Accounts.NothingOwed.selector);
        this.claimOutside(ticket);

        // The voucher that includes it pays the difference only.
        vm.assertEq(redeem(47, 7), 7);
        assertFunds(53, 0, 47);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketSettled.selector, 6, 7));
        this.claimOutside(ticket);
    }

    function claimOutside(Messages.Ticket memory ticket) external {
        claim(ticket);
    }

    /// @dev A ticket is claimable while its receipt can be disputed, and not a second longer.
    function test_claims_end_with_the_dispute_window() public {
        prepay(100);
        Messages.Ticket memory ticket = ticketOf(6, 10);
        uint256 until = block.timestamp + WINDOW;
        vm.warp(until + 1);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketExpired.selector, until));
        this.claimOutside(ticket);
        vm.warp(until);
        vm.assertEq(claim(ticket), 10);
    }

    /// @dev A deadline that lies in the past when the ticket is signed pays nothing: it could never be disputed.
    function test_a_deadline_in_the_past_pays_nothing() public {
        prepay(100);
        Messages.Ticket memory ticket = ticketOf(6, 10);
        ticket.deadline = uint64(block.timestamp - WINDOW - 1);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketExpired.selector, block.timestamp - 1));
        this.claimOutside(ticket);
        ticket.deadline = 0;
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketExpired.selector, WINDOW));
        this.claimOutside(ticket);
        // The largest deadline does not overflow.
        ticket.deadline = type(uint64).max;
        uint256 at = uint256(type(uint64).max) + CLAIM_DELAY + 1;
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketNotDue.selector, at));
        this.claimOutside(ticket);
    }

    // ----------------------------------------------------------------------------------------------------- amounts

    /// @dev A claim pays the receipt's tokens at the ticket's rates, and the ticket's price is only a bound.
    function test_few_tokens_cost_little() public {
        prepay(100e18);
        Messages.Ticket memory ticket = priced(1);
        toClaims(ticket.deadline);
        vm.assertEq(claim(ticket, answer(ticket, 500, 100)), 1.5e18);
        ticket = priced(2);
        ticket.deadline -= CLAIM_DELAY + 1;
        vm.assertEq(claim(ticket, answer(ticket, 1_000, 1_600)), 10e18);
        ticket = priced(3);
        ticket.deadline -= CLAIM_DELAY + 1;
        vm.assertEq(claim(ticket, answer(ticket, 1_000, 1_601)), 10e18);
        ticket = priced(4);
        ticket.deadline -= CLAIM_DELAY + 1;
        vm.assertEq(claim(ticket, answer(ticket, type(uint32).max, type(uint32).max)), 10e18);
        assertFunds(68.5e18, 0, 31.5e18);
    }

    /// @dev Costs are rounded up, and never beyond the price.
    function test_costs_are_rounded_up() public {
        prepay(100);
        Messages.Ticket memory ticket = ticketOf(1, 10);
        (ticket.promptRate, ticket.completionRate) = (1, 3);
        toClaims(ticket.deadline);
        vm.assertEq(claim(ticket, answer(ticket, 1, 0)), 1);
        ticket.number = 2;
        vm.assertEq(claim(ticket, answer(ticket, 1_000, 0)), 1);
        ticket.number = 3;
        vm.assertEq(claim(ticket, answer(ticket, 998, 1)), 2);
        ticket.number = 4;
        vm.assertEq(claim(ticket, answer(ticket, 9_001, 0)), 10);
        ticket.number = 5;
        vm.assertEq(claim(ticket, answer(ticket, 11_000, 0)), 10);
    }

    /// @dev A refusal, or an answer without a token, costs nothing, whatever the ticket's price was.
    function test_no_tokens_cost_nothing() public {
        prepay(100);
        Messages.Ticket memory ticket = ticketOf(1, 10);
        toClaims(ticket.deadline);
        Messages.Receipt memory receipt = answer(ticket, 0, 0);
        vm.expectRevert(Accounts.NothingOwed.selector);
        this.claimOutsideWith(ticket, receipt);
        (ticket.promptRate, ticket.completionRate) = (0, 0);
        receipt = answer(ticket, 1_000_000, 1_000_000);
        vm.expectRevert(Accounts.NothingOwed.selector);
        this.claimOutsideWith(ticket, receipt);
        ticket = ticketOf(1, 0);
        ticket.deadline -= CLAIM_DELAY + 1;
        receipt = answer(ticket, 1, 1);
        vm.expectRevert(Accounts.NothingOwed.selector);
        this.claimOutsideWith(ticket, receipt);
        vm.assertFalse(settlement.accountOf(coordinator, miner).claimed);
    }

    function claimOutsideWith(Messages.Ticket memory ticket, Messages.Receipt memory receipt) external {
        claim(ticket, receipt);
    }

    /// @dev Two receipts for one ticket, which is an offence, pay the larger amount once.
    function test_two_receipts_pay_the_larger_amount() public {
        prepay(100e18);
        Messages.Ticket memory ticket = priced(1);
        toClaims(ticket.deadline);
        vm.assertEq(claim(ticket, answer(ticket, 500, 100)), 1.5e18);
        Messages.Receipt memory smaller = answer(ticket, 500, 99);
        vm.expectRevert(Accounts.NothingOwed.selector);
        this.claimOutsideWith(ticket, smaller);
        vm.assertEq(claim(ticket, answer(ticket, 1_000, 100)), 1e18);
        vm.assertEq(settlement.claimedUpTo(coordinator, miner, 1), 2.5e18);
    }

    // ------------------------------------------------------------------------------------------------------- order

    function test_claims_are_in_ascending_order() public {
        prepay(100);
        uint64 deadline = uint64(block.timestamp);
        toClaims(deadline);
        Messages.Ticket memory ticket = ticketOf(6, 10);
        ticket.deadline = deadline;
        claim(ticket);
        ticket.number = 5;
        vm.expectRevert(abi.encodeWithSelector(Vouchers.ClaimOrder.selector, 5, 6));
        this.claimOutside(ticket);
        // Two tickets of one number are a coordinator's mistake, and both are owed.
        ticket.number = 6;
        ticket.task = "another";
        vm.assertEq(claim(ticket), 10);
        ticket.number = 9;
        vm.assertEq(claim(ticket), 10);
        vm.assertEq(settlement.claimedUpTo(coordinator, miner, 5), 0);
        vm.assertEq(settlement.claimedUpTo(coordinator, miner, 8), 20);
        vm.assertEq(settlement.claimedUpTo(coordinator, miner, type(uint64).max), 30);
    }

    /// @dev Batches and vouchers pay nothing for what was claimed up to their own number, and all for the rest.
    function test_claims_count_against_the_tickets_that_they_were_for() public {
        prepay(1_000);
        uint64 deadline = uint64(block.timestamp);
        toClaims(deadline);
        for (uint256 number = 3; number <= 7; number += 2) {
            Messages.Ticket memory ticket = ticketOf(number, 10);
            ticket.deadline = deadline;
            claim(ticket);
        }
        // 100 for the tickets up to 4, of which one was claimed.
        vm.assertEq(redeem(100, 4), 90);
        assertAccount(90, 90, 4);
        // 110 for those up to 5: both claims are in it.
        (Messages.Voucher memory message, bytes memory signature) = voucher(110, 5);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.redeem(message, signature);
        settle(110, 5);
        assertAccount(90, 90, 5);
        settle(150, 8);
        assertAccount(120, 90, 8);
        assertFunds(850, 30, 120);
    }

    /// @dev A claim of more than a batch then owes is netted with the next.
    function test_a_claim_beyond_the_account_is_netted_later() public {
        prepay(1_000);
        Messages.Ticket memory ticket = ticketOf(1, 50);
        toClaims(ticket.deadline);
        claim(ticket);
        settle(20, 2);
        assertAccount(0, 0, 2);
        vm.assertEq(redeem(70, 3), 20);
        assertAccount(20, 20, 3);
        assertFunds(930, 0, 70);
    }

    function test_numbers_reach_63_bits() public {
        prepay(100);
        uint64 most = settlement.MAX_NUMBER();
        Messages.Ticket memory ticket = ticketOf(uint256(most) + 1, 10);
        toClaims(ticket.deadline);
        vm.expectRevert(abi.encodeWithSelector(Accounts.NumberTooLarge.selector, uint256(most) + 1));
        this.claimOutside(ticket);
        ticket.number = most;
        vm.assertEq(claim(ticket), 10);
        vm.assertEq(uint256(settlement.accountOf(coordinator, miner).through), 0);
        settle(10, most);
        assertAccount(0, 0, most);
        vm.assertTrue(settlement.accountOf(coordinator, miner).claimed);
    }

    function test_ticket_zero_is_always_settled() public {
        prepay(100);
        Messages.Ticket memory ticket = ticketOf(0, 10);
        toClaims(ticket.deadline);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketSettled.selector, 0, 0));
        this.claimOutside(ticket);
    }

    // ------------------------------------------------------------------------------------------------------ parties

    function test_claims_are_the_miners() public {
        prepay(100);
        Messages.Ticket memory ticket = ticketOf(6, 10);
        toClaims(ticket.deadline);
        Messages.Receipt memory receipt = receiptOf(ticket, "output");
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        address[4] memory others = [ALICE, coordinator, COORDINATOR_OWNER, address(this)];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotAllowed.selector, miner, others[i]));
            vm.prank(others[i]);
            settlement.claimTicket(ticket, t, receipt, r);
        }
        vm.prank(MINER_OWNER);
        vm.assertEq(settlement.claimTicket(ticket, t, receipt, r), 10);
    }

    function test_claims_need_both_signatures() public {
        prepay(100);
        Messages.Ticket memory ticket = ticketOf(6, 10);
        toClaims(ticket.deadline);
        Messages.Receipt memory receipt = receiptOf(ticket, "output");
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        vm.startPrank(miner);
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator));
        settlement.claimTicket(ticket, r, receipt, r);
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, miner));
        settlement.claimTicket(ticket, t, receipt, t);
        receipt.completionTokens += 1;
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, miner));
        settlement.claimTicket(ticket, t, receipt, r);
        receipt.completionTokens -= 1;
        ticket.promptRate += 1;
        bytes32 changed = digestOf(Messages.hash(ticket));
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator));
        settlement.claimTicket(ticket, t, receipt, r);
        // Signed again, the receipt answers another ticket.
        t = signTicket(ticket);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.WrongTicket.selector, receipt.ticket, changed));
        settlement.claimTicket(ticket, t, receipt, r);
        // The struct hash is not the digest.
        receipt.ticket = Messages.hash(ticket);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.WrongTicket.selector, receipt.ticket, changed));
        settlement.claimTicket(ticket, t, receipt, r);
    }

    function test_claims_of_replaced_keys() public {
        prepay(100);
        Messages.Ticket memory ticket = ticketOf(6, 10);
        toClaims(ticket.deadline);
        address[2] memory keys = [coordinator, miner];
        for (uint256 i = 0; i < keys.length; ++i) {
            vm.mockCall(address(staking), abi.encodeCall(IStaking.signs, (keys[i])), abi.encode(false));
            vm.expectRevert(abi.encodeWithSelector(SettlementParameters.KeyReplaced.selector, keys[i]));
            this.claimOutside(ticket);
            vm.clearMockedCalls();
        }
        vm.assertEq(claim(ticket), 10);
    }

    // ------------------------------------------------------------------------------------------------------- voids

    /// @dev The coordinator has time to write off what was refused or never answered; a receipt that is made up later is
    /// worthless. A line whose `through` alone rises is enough.
    function test_a_ticket_written_off_in_time() public {
        prepay(100);
        settle(30, 5);
        Messages.Ticket memory ticket = ticketOf(6, 10);
        vm.warp(block.timestamp + CLAIM_DELAY);
        settle(30, 6);
        vm.warp(block.timestamp + 1);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketSettled.selector, 6, 6));
        this.claimOutside(ticket);
        assertAccount(30, 0, 6);
        assertFunds(70, 30, 0);
    }

    /// @dev Without that line the ticket is owed, but only what the receipt counts.
    function test_a_ticket_that_was_not_written_off() public {
        prepay(100e18);
        settle(30e18, 5);
        Messages.Ticket memory ticket = priced(6);
        toClaims(ticket.deadline);
        vm.assertEq(claim(ticket, answer(ticket, 1, 1)), 0.007e18);
    }

    // --------------------------------------------------------------------------------------------------- shortages

    function test_claim_from_escrow_and_stake_in_parts() public {
        prepay(4);
        drain(10);
        Messages.Ticket memory ticket = ticketOf(1, 100);
        toClaims(ticket.deadline);
        // 4 of escrow and a fifth of all 10 of stake.
        vm.expectEmit(address(settlement));
        emit Payouts.DeficitCharged(coordinator, miner, 96, 10, 2);
        vm.assertEq(claim(ticket), 6);
        vm.assertEq(settlement.claimedUpTo(coordinator, miner, 1), 6);
        vm.expectRevert(abi.encodeWithSelector(Payouts.NothingPaid.selector, 94));
        this.claimOutside(ticket);
        prepay(1_000);
        vm.assertEq(claim(ticket), 94);
        vm.expectRevert(Accounts.NothingOwed.selector);
        this.claimOutside(ticket);
        assertAccount(0, 0, 0);
        assertFunds(906, 0, 100);
        // The sum has one checkpoint for the one ticket.
        vm.assertEq(settlement.claimedUpTo(coordinator, miner, 1), 100);
        vm.assertEq(settlement.claimedUpTo(coordinator, miner, 0), 0);
    }

    /// @dev A claim that escrow cannot pay comes before what batches have promised to others.
    function test_claims_come_before_promises() public {
        prepay(100);
        vm.prank(coordinator);
        settlement.settle(coordinator, line(ALICE, 95, 1));
        Messages.Ticket memory ticket = ticketOf(1, 20);
        toClaims(ticket.deadline);
        vm.assertEq(claim(ticket), 20);
        assertFunds(0, 80, 20);
        vm.assertEq(staking.slashableOf(coordinator), COORDINATOR_STAKE);
    }
}
