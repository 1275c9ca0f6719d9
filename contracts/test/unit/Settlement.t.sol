// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {VmSafe} from "forge-std/Vm.sol";
import {Settlement} from "../../src/Settlement.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {Account, Accounts, Item} from "../../src/settlement/Accounts.sol";
import {Escrow, Escrows} from "../../src/settlement/Escrows.sol";
import {SettlementParameters} from "../../src/settlement/SettlementParameters.sol";
import {Vouchers} from "../../src/settlement/Vouchers.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {NetworkBase} from "../harness/NetworkBase.sol";

contract SettlementTest is NetworkBase {
    uint256 private constant OTHER_KEY = 0x0123;

    function setUp() public {
        deployNetwork();
    }

    function assertEscrow(uint256 balance, uint256 thawing, uint256 availableAt) private view {
        Escrow memory escrow = settlement.escrowOf(coordinator);
        vm.assertEq(uint256(escrow.balance), balance, "balance");
        vm.assertEq(uint256(escrow.thawing), thawing, "thawing");
        vm.assertEq(uint256(escrow.availableAt), availableAt, "available at");
    }

    function assertAccount(uint256 settled, uint256 withdrawn, uint256 through) private view {
        Account memory account = settlement.accountOf(coordinator, miner);
        vm.assertEq(uint256(account.settled), settled, "settled");
        vm.assertEq(uint256(account.withdrawn), withdrawn, "withdrawn");
        vm.assertEq(uint256(account.through), through, "through");
    }

    function item(uint256 cumulative, uint256 through) private view returns (Item[] memory items) {
        items = new Item[](1);
        items[0] = Item(miner, uint96(cumulative), uint64(through));
    }

    function settle(uint256 cumulative, uint256 through) private {
        vm.prank(coordinator);
        settlement.settle(coordinator, item(cumulative, through));
    }

    /// @dev Leaves the coordinator with `left` of stake.
    function drain(uint256 left) private {
        exitStake(COORDINATOR_OWNER, coordinator, COORDINATOR_STAKE - left);
    }

    // ---------------------------------------------------------------------------------------------- deployment

    function test_constructor_keeps_parameters() public view {
        vm.assertEq(address(settlement.staking()), address(staking));
        vm.assertEq(address(settlement.cai()), address(cai));
        vm.assertEq(settlement.thawPeriod(), THAW);
        vm.assertEq(settlement.claimDelay(), CLAIM_DELAY);
        vm.assertEq(settlement.faultBps(), FAULT_BPS);
        vm.assertEq(settlement.authority(), address(manager));
    }

    /// @dev As it is deployed; code instrumented for coverage is larger.
    function test_fits_the_size_limit() public view {
        if (vm.isContext(VmSafe.ForgeContext.Coverage)) return;
        vm.assertLe(address(settlement).code.length, 24_576);
    }

    function deployment(uint64 window, uint64 thaw, uint64 delay, uint16 bps) private {
        new Settlement(staking, address(manager), window, thaw, delay, bps);
    }

    function test_constructor_bounds() public {
        vm.expectRevert(abi.encodeWithSelector(Settlement.BadPeriods.selector, 2 days, 2 days, 0));
        deployment(2 days, 2 days, 0, 100);
        vm.expectRevert(abi.encodeWithSelector(Settlement.BadPeriods.selector, 90 days + 1, 2 days, 0));
        deployment(2 days, 90 days + 1, 0, 100);
        vm.expectRevert(abi.encodeWithSelector(Settlement.BadPeriods.selector, 3 days, 2 days, 2 days + 1));
        deployment(2 days, 3 days, 2 days + 1, 100);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.BadFraction.selector, 99, 100, 5_000));
        deployment(2 days, 3 days, 0, 99);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.BadFraction.selector, 5_001, 100, 5_000));
        deployment(2 days, 3 days, 0, 5_001);
        deployment(0, 1, 0, 100);
        deployment(90 days - 1, 90 days, 90 days - 1, 5_000);
    }

    function test_fault_fraction_is_governed_and_bounded() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE));
        vm.prank(ALICE);
        settlement.setFaultBps(200);
        vm.startPrank(GOVERNOR);
        vm.expectEmit(address(settlement));
        emit SettlementParameters.FaultBpsSet(200);
        settlement.setFaultBps(200);
        vm.assertEq(settlement.faultBps(), 200);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.BadFraction.selector, 99, 100, 5_000));
        settlement.setFaultBps(99);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.BadFraction.selector, 5_001, 100, 5_000));
        settlement.setFaultBps(5_001);
    }

    // -------------------------------------------------------------------------------------------------- escrow

    function test_anyone_deposits() public {
        cai.transfer(ALICE, 10e18);
        vm.startPrank(ALICE);
        cai.approve(address(settlement), 10e18);
        vm.expectEmit(address(settlement));
        emit Escrows.EscrowDeposited(coordinator, ALICE, 4e18);
        settlement.deposit(coordinator, 4e18);
        settlement.deposit(coordinator, 6e18);
        vm.stopPrank();
        assertEscrow(10e18, 0, 0);
        vm.assertEq(cai.balanceOf(address(settlement)), 10e18);
    }

    function test_deposits_are_for_coordinators() public {
        cai.approve(address(settlement), 10);
        vm.expectRevert(Escrows.ZeroAmount.selector);
        settlement.deposit(coordinator, 0);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotACoordinator.selector, miner));
        settlement.deposit(miner, 1);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotACoordinator.selector, ALICE));
        settlement.deposit(ALICE, 1);
        // A removed one may still owe.
        vm.prank(COORDINATOR_OWNER);
        staking.deregister(coordinator);
        settlement.deposit(coordinator, 1);
    }

    function test_deposit_beyond_the_counter() public {
        cai.approve(address(settlement), type(uint256).max);
        vm.expectRevert();
        settlement.deposit(coordinator, uint256(type(uint96).max) + 1);
        vm.expectRevert();
        settlement.deposit(coordinator, 1_000_000_001e18);
    }

    function test_deposit_with_permit() public {
        address payer = vm.addr(7);
        cai.transfer(payer, 9);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                payer,
                address(settlement),
                5,
                0,
                block.timestamp
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(7, Messages.digest(cai.DOMAIN_SEPARATOR(), structHash));
        // Submitted by somebody else first: no harm.
        cai.permit(payer, address(settlement), 5, block.timestamp, v, r, s);
        vm.startPrank(payer);
        settlement.depositWithPermit(coordinator, 5, block.timestamp, v, r, s);
        assertEscrow(5, 0, 0);
        vm.expectRevert();
        settlement.depositWithPermit(coordinator, 1, block.timestamp, v, r, s);
    }

    function test_thaw_and_withdraw() public {
        prepay(100e18);
        uint256 at = vm.getBlockTimestamp() + THAW;
        vm.startPrank(COORDINATOR_OWNER);
        vm.expectRevert(Escrows.NothingThawing.selector);
        settlement.withdraw(coordinator);
        vm.expectRevert(Escrows.ZeroAmount.selector);
        settlement.startThaw(coordinator, 0);
        vm.expectEmit(address(settlement));
        emit Escrows.ThawStarted(coordinator, 60e18, at);
        settlement.startThaw(coordinator, 60e18);
        assertEscrow(100e18, 60e18, at);
        vm.expectRevert(abi.encodeWithSelector(Escrows.EscrowShort.selector, 40e18, 40e18 + 1));
        settlement.startThaw(coordinator, 40e18 + 1);

        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(Escrows.StillThawing.selector, at));
        settlement.withdraw(coordinator);
        vm.warp(at);
        vm.expectEmit(address(settlement));
        emit Escrows.EscrowWithdrawn(coordinator, COORDINATOR_OWNER, 60e18);
        settlement.withdraw(coordinator);
        vm.assertEq(cai.balanceOf(COORDINATOR_OWNER), 60e18);
        assertEscrow(40e18, 0, 0);
    }

    function test_escrow_moves_for_the_owner_only() public {
        prepay(100);
        address[3] memory others = [ALICE, coordinator, MINER_OWNER];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.startPrank(others[i]);
            vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotAllowed.selector, coordinator, others[i]));
            settlement.startThaw(coordinator, 1);
            vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotAllowed.selector, coordinator, others[i]));
            settlement.withdraw(coordinator);
            vm.stopPrank();
        }
    }

    /// @dev A second thaw never lets the first part out earlier.
    function test_a_new_thaw_never_shortens_another() public {
        prepay(100);
        vm.startPrank(COORDINATOR_OWNER);
        settlement.startThaw(coordinator, 60);
        vm.warp(block.timestamp + THAW - 1);
        settlement.startThaw(coordinator, 40);
        uint256 at = vm.getBlockTimestamp() + THAW;
        assertEscrow(100, 100, at);
        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(Escrows.StillThawing.selector, at));
        settlement.withdraw(coordinator);
        vm.warp(at);
        settlement.withdraw(coordinator);
        vm.assertEq(cai.balanceOf(COORDINATOR_OWNER), 100);
    }

    function test_thawing_escrow_still_pays() public {
        prepay(100);
        vm.prank(COORDINATOR_OWNER);
        settlement.startThaw(coordinator, 60);
        uint256 at = vm.getBlockTimestamp() + THAW;
        // First what does not thaw.
        redeem(30, 1);
        assertEscrow(70, 60, at);
        redeem(70, 2);
        assertEscrow(30, 30, at);
        // What comes in later does not join the thaw.
        prepay(50);
        assertEscrow(80, 30, at);
        settle(120, 3);
        assertEscrow(30, 30, at);
        vm.warp(at);
        vm.prank(COORDINATOR_OWNER);
        settlement.withdraw(coordinator);
        vm.assertEq(cai.balanceOf(COORDINATOR_OWNER), 30);
        assertEscrow(0, 0, 0);
    }

    // ------------------------------------------------------------------------------------------------- vouchers

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
        // Nobody is the zero address.
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

    // ------------------------------------------------------------------------------------------------ settlement

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

    /// @dev One line twice, or in whatever order, moves the counter once.
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

    // -------------------------------------------------------------------------------------------------- tickets

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

        // A deadline at the end of time is no overflow.
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

    // -------------------------------------------------------------------------------------------------- deficits

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

    /// @dev What a voucher accounts for cannot be claimed on top of it, even while it is paid in part only.
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

    /// @dev A key that is no coordinator's has no stake to answer for its vouchers.
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

    // ---------------------------------------------------------------------------------------------------- faults

    function contradict(uint256 ca, uint256 ta, uint256 cb, uint256 tb) private returns (uint256) {
        (Messages.Voucher memory a, bytes memory sa) = voucher(ca, ta);
        (Messages.Voucher memory b, bytes memory sb) = voucher(cb, tb);
        vm.prank(ALICE);
        return settlement.proveContradiction(a, sa, b, sb);
    }

    function test_contradicting_vouchers() public {
        uint256 burned = cai.balanceOf(BURN);
        // A tenth of the stake, a fifth of that to the finder.
        vm.assertEq(contradict(50, 5, 49, 6), 250_000e18);
        vm.assertEq(cai.balanceOf(ALICE), 50_000e18);
        vm.assertEq(cai.balanceOf(BURN) - burned, 200_000e18);
        vm.assertEq(staking.slashableOf(coordinator), 2_250_000e18);
        // Two amounts for one reach contradict too.
        vm.assertEq(contradict(71, 8, 70, 8), 225_000e18);
    }

    function evidenceOf(uint256 cumulative, uint256 through) private view returns (bytes32) {
        (Messages.Voucher memory message,) = voucher(cumulative, through);
        return keccak256(abi.encode(keccak256("contradiction"), digestOf(Messages.hash(message))));
    }

    function test_a_voucher_serves_in_one_proof() public {
        (Messages.Voucher memory b,) = voucher(49, 6);
        bytes32 evidence = keccak256(abi.encode(keccak256("contradiction"), digestOf(Messages.hash(b))));
        vm.expectEmit(address(settlement));
        emit Settlement.FaultProven(coordinator, ALICE, evidence, 250_000e18);
        contradict(50, 5, 49, 6);
        bytes32 first = evidenceOf(50, 5);
        vm.expectRevert(abi.encodeWithSelector(Settlement.AlreadyProven.selector, first));
        this.contradictExternally(50, 5, 49, 6);
        vm.expectRevert(abi.encodeWithSelector(Settlement.AlreadyProven.selector, first));
        this.contradictExternally(50, 5, 48, 7);
        vm.expectRevert(abi.encodeWithSelector(Settlement.AlreadyProven.selector, evidence));
        this.contradictExternally(60, 4, 49, 6);
    }

    function contradictExternally(uint256 ca, uint256 ta, uint256 cb, uint256 tb) external {
        contradict(ca, ta, cb, tb);
    }

    function test_no_contradiction() public {
        bytes memory refusal = abi.encodeWithSelector(Settlement.NoContradiction.selector);
        vm.expectRevert(refusal);
        this.contradictExternally(50, 5, 50, 5);
        vm.expectRevert(refusal);
        this.contradictExternally(50, 5, 50, 6);
        vm.expectRevert(refusal);
        this.contradictExternally(50, 6, 49, 5);
        vm.expectRevert(refusal);
        this.contradictExternally(49, 5, 50, 6);

        // Of two pairs.
        (Messages.Voucher memory a, bytes memory sa) = voucher(50, 5);
        Messages.Voucher memory b = voucherFor(coordinator, ALICE, 49, 6);
        bytes memory sb = sign(COORDINATOR_KEY, Messages.hash(b));
        vm.expectRevert(refusal);
        settlement.proveContradiction(a, sa, b, sb);
        b = voucherFor(miner, miner, 49, 6);
        sb = sign(MINER_KEY, Messages.hash(b));
        vm.expectRevert(refusal);
        settlement.proveContradiction(a, sa, b, sb);
        // Forged.
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, miner));
        settlement.proveContradiction(a, sa, b, sa);
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator));
        settlement.proveContradiction(a, sb, b, sb);
    }

    function test_faults_need_a_coordinator_with_stake() public {
        Messages.Voucher memory a = voucherFor(miner, miner, 50, 5);
        Messages.Voucher memory b = voucherFor(miner, miner, 49, 6);
        bytes memory sa = sign(MINER_KEY, Messages.hash(a));
        bytes memory sb = sign(MINER_KEY, Messages.hash(b));
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotACoordinator.selector, miner));
        settlement.proveContradiction(a, sa, b, sb);
        drain(9);
        vm.expectRevert(abi.encodeWithSelector(Settlement.NothingToSlash.selector, coordinator));
        this.contradictExternally(50, 5, 49, 6);
        // Nothing was used up: the stake that comes back answers for it.
        fund(COORDINATOR_OWNER, 100e18);
        vm.prank(COORDINATOR_OWNER);
        staking.vote(coordinator, 100e18);
        contradict(50, 5, 49, 6);
    }

    function short(uint256 cumulative, uint256 through) private returns (uint256 paid, uint256 taken) {
        (Messages.Voucher memory message, bytes memory signature) = voucher(cumulative, through);
        vm.prank(ALICE);
        return settlement.proveShortSettlement(message, signature);
    }

    function shortExternally(uint256 cumulative, uint256 through) external {
        short(cumulative, through);
    }

    function test_short_settlement() public {
        prepay(100);
        settle(30, 9);
        (uint256 paid, uint256 taken) = short(45, 8);
        vm.assertEq(paid, 15);
        vm.assertEq(taken, 250_000e18);
        vm.assertEq(cai.balanceOf(ALICE), 50_000e18);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 15);
        assertAccount(45, 15, 9);
        // The declaration is punished once; other vouchers are still paid.
        bytes32 evidence = keccak256(abi.encode(keccak256("short settlement"), coordinator, miner, uint64(9)));
        vm.expectRevert(abi.encodeWithSelector(Settlement.AlreadyProven.selector, evidence));
        this.shortExternally(50, 9);
        redeem(50, 9);
        // The next one again.
        settle(51, 12);
        (paid, taken) = short(60, 12);
        vm.assertEq(paid, 9);
        vm.assertEq(taken, 225_000e18);
    }

    function test_no_short_settlement() public {
        prepay(100);
        settle(30, 9);
        bytes memory refusal = abi.encodeWithSelector(Settlement.NotShort.selector);
        // It reaches further than the declaration.
        vm.expectRevert(refusal);
        this.shortExternally(45, 10);
        // It was paid.
        vm.expectRevert(refusal);
        this.shortExternally(30, 9);
        vm.expectRevert(refusal);
        this.shortExternally(29, 3);
        (Messages.Voucher memory message,) = voucher(45, 8);
        bytes memory forged = sign(MINER_KEY, Messages.hash(message));
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator));
        settlement.proveShortSettlement(message, forged);
    }

    /// @dev A short settlement without escrow: stake pays the difference five times, and the fault on top.
    function test_short_settlement_with_a_deficit() public {
        prepay(30e18);
        settle(30e18, 9);
        (uint256 paid, uint256 taken) = short(130e18, 9);
        vm.assertEq(paid, 100e18);
        vm.assertEq(taken, (COORDINATOR_STAKE - 500e18) / 10);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 100e18);
    }

    function test_short_settlement_without_stake_is_a_voucher() public {
        prepay(30);
        drain(0);
        settle(25, 9);
        vm.expectRevert(abi.encodeWithSelector(Settlement.NothingToSlash.selector, coordinator));
        this.shortExternally(45, 8);
        vm.assertEq(redeem(45, 8), 5);
    }

    // ----------------------------------------------------------------------------------------------------- fuzz

    /// @dev Whatever the order of vouchers and batches, what is paid is the largest amount signed.
    function testFuzz_paid_is_the_largest_amount(uint256 seed, uint8 count) public {
        prepay(1_000_000);
        uint256 largest;
        for (uint256 i = 0; i < count % 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 cumulative = seed % 1_000_000;
            if (cumulative > largest) {
                if (seed >> 255 == 0) redeem(cumulative, 0);
                else settle(cumulative, 0);
                largest = cumulative;
            } else {
                settle(cumulative, 0);
                vm.expectRevert(Accounts.NothingOwed.selector);
                this.redeemExternally(cumulative, 0);
            }
        }
        Account memory account = settlement.accountOf(coordinator, miner);
        if (account.settled != account.withdrawn) settlement.collect(coordinator, miner);
        vm.assertEq(cai.balanceOf(MINER_OWNER), largest);
        assertEscrow(1_000_000 - largest, 0, 0);
    }

    function redeemExternally(uint256 cumulative, uint256 through) external {
        redeem(cumulative, through);
    }

    /// @dev Whatever is missing, miner and burn address together get what left escrow and stake.
    function testFuzz_deficits_are_conserved(uint256 escrow, uint256 stake, uint256 owed) public {
        escrow = bound(escrow, 1, 1_000e18);
        stake = bound(stake, 0, 5_000e18);
        owed = bound(owed, 1, 3_000e18);
        prepay(escrow);
        drain(stake);
        uint256 burned = cai.balanceOf(BURN);
        uint256 paid = redeem(owed, 1);
        vm.assertEq(cai.balanceOf(MINER_OWNER), paid);
        vm.assertLe(paid, owed);
        uint256 deficit = owed > escrow ? owed - escrow : 0;
        uint256 taken = deficit * 5 < stake ? deficit * 5 : stake;
        vm.assertEq(paid, owed - deficit + taken / 5);
        vm.assertEq(cai.balanceOf(BURN) - burned, taken - taken / 5);
        vm.assertEq(staking.slashableOf(coordinator), stake - taken);
    }
}
