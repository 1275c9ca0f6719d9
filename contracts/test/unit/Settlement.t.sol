// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {Account, Accounts} from "../../src/settlement/Accounts.sol";
import {Escrows} from "../../src/settlement/Escrows.sol";
import {Payouts} from "../../src/settlement/Payouts.sol";
import {SettlementParameters} from "../../src/settlement/SettlementParameters.sol";
import {Vouchers} from "../../src/settlement/Vouchers.sol";
import {IStaking} from "../../src/interfaces/IStaking.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";

/// @dev Payments by vouchers and by batches.
contract SettlementTest is SettlementBase {
    uint256 private constant OTHER_KEY = 0x0123;

    // --------------------------------------------------------------------------------------------------- vouchers

    function test_redeem_credits_the_miner() public {
        prepay(100e18);
        (Messages.Voucher memory message, bytes memory signature) = voucher(30e18, 5);
        vm.expectEmit(address(settlement));
        emit Vouchers.VoucherRedeemed(coordinator, miner, 30e18, 5, 30e18);
        vm.prank(ALICE);
        vm.assertEq(settlement.redeem(message, signature), 30e18);
        assertAccount(30e18, 30e18, 5);
        assertFunds(70e18, 0, 30e18);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 0);

        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.redeem(message, signature);
        // A later one pays the difference, an earlier one nothing more.
        vm.assertEq(redeem(45e18, 9), 15e18);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.redeem(message, signature);
        assertAccount(45e18, 45e18, 9);
        assertFunds(55e18, 0, 45e18);
    }

    function test_redeem_checks_the_signature() public {
        prepay(100);
        (Messages.Voucher memory message, bytes memory signature) = voucher(30, 5);
        bytes memory refusal = abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator);
        bytes memory other = attest(MINER_KEY, Messages.hash(message));
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

    /// @dev A voucher without money of its own, and one for no money at all, are refused and move nothing.
    function test_redeem_nothing() public {
        prepay(100);
        (Messages.Voucher memory message, bytes memory signature) = voucher(0, 5);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.redeem(message, signature);
        redeem(30, 5);
        (message, signature) = voucher(30, 9);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.redeem(message, signature);
        assertAccount(30, 30, 5);
    }

    function test_vouchers_reach_63_bits() public {
        prepay(100);
        uint64 most = settlement.MAX_NUMBER();
        vm.assertEq(most, type(uint64).max / 2);
        (Messages.Voucher memory message, bytes memory signature) = voucher(30, uint256(most) + 1);
        vm.expectRevert(abi.encodeWithSelector(Accounts.NumberTooLarge.selector, uint256(most) + 1));
        settlement.redeem(message, signature);
        redeem(30, most);
        assertAccount(30, 30, most);
        vm.assertFalse(settlement.accountOf(coordinator, miner).claimed);
    }

    function test_vouchers_of_a_replaced_key() public {
        prepay(100);
        (Messages.Voucher memory message, bytes memory signature) = voucher(30, 5);
        vm.mockCall(address(staking), abi.encodeCall(IStaking.signs, (coordinator)), abi.encode(false));
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.KeyReplaced.selector, coordinator));
        settlement.redeem(message, signature);
        vm.clearMockedCalls();
        settlement.redeem(message, signature);
    }

    /// @dev A real rotation: the old key's vouchers are good for an unbonding period, those of the next from the start.
    function test_vouchers_around_a_rotation() public {
        prepay(100);
        uint256 nextKey = 0xC0D2;
        address next = vm.addr(nextKey);
        bytes memory consent = signRegister(nextKey, COORDINATOR_OWNER, Role.Coordinator, block.timestamp);
        vm.prank(COORDINATOR_OWNER);
        staking.rotate(coordinator, next, "name", "hello", "https://node", block.timestamp, consent);
        vm.warp(block.timestamp + UNBONDING);
        redeem(30, 5);
        settle(40, 6);
        vm.warp(block.timestamp + 1);
        (Messages.Voucher memory message, bytes memory signature) = voucher(50, 7);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.KeyReplaced.selector, coordinator));
        settlement.redeem(message, signature);
        bytes memory batch = line(miner, 50, 7);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.KeyReplaced.selector, coordinator));
        vm.prank(coordinator);
        settlement.settle(coordinator, batch);
        // Its owner can still settle what it owes, and what was promised is paid.
        vm.prank(COORDINATOR_OWNER);
        settlement.settle(coordinator, batch);
        vm.assertEq(collect(), net(50));

        // The next key has an account of its own, and the stake behind it.
        message = voucherFor(next, miner, 70, 1);
        signature = attest(nextKey, Messages.hash(message));
        vm.assertEq(settlement.redeem(message, signature), 70);
        vm.assertEq(staking.slashableOf(next), COORDINATOR_STAKE - 350);
    }

    function test_vouchers_of_unknown_keys() public {
        address stranger = vm.addr(OTHER_KEY);
        Messages.Voucher memory message = voucherFor(stranger, miner, 50, 1);
        bytes memory signature = attest(OTHER_KEY, Messages.hash(message));
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.KeyReplaced.selector, stranger));
        settlement.redeem(message, signature);
    }

    /// @dev Whoever is paid before being registered waits for its registration.
    function test_payments_to_unknown_miners() public {
        prepay(100);
        address second = vm.addr(OTHER_KEY);
        Messages.Voucher memory message = voucherFor(coordinator, second, 50, 1);
        settlement.redeem(message, attest(COORDINATOR_KEY, Messages.hash(message)));
        vm.prank(coordinator);
        settlement.settle(coordinator, line(second, 60, 1));
        bytes memory refusal = abi.encodeWithSelector(SettlementParameters.NotAMiner.selector, second);
        vm.expectRevert(refusal);
        settlement.payOut(second);
        vm.expectRevert(refusal);
        settlement.collect(coordinator, second);
        newNode(ALICE, OTHER_KEY, Role.Miner, MINER_STAKE);
        vm.assertEq(settlement.payOut(second), 49);
        settlement.collect(coordinator, second);
    }

    // ----------------------------------------------------------------------------------------------------- batches

    function test_settle_promises() public {
        prepay(100e18);
        address second = newNode(ALICE, OTHER_KEY, Role.Miner, MINER_STAKE);
        bytes memory lines = bytes.concat(line(miner, 30e18, 5), line(second, 20e18, 7));
        vm.expectEmit(address(settlement));
        emit Accounts.Settled(coordinator, 50e18, lines);
        vm.prank(COORDINATOR_OWNER);
        settlement.settle(coordinator, lines);
        assertFunds(50e18, 50e18, 0);
        assertAccount(30e18, 0, 5);

        // The first moves on, the second does not.
        lines = bytes.concat(line(miner, 35e18, 6), line(second, 19e18, 6));
        vm.expectEmit(address(settlement));
        emit Accounts.Settled(coordinator, 5e18, lines);
        vm.prank(coordinator);
        settlement.settle(coordinator, lines);
        assertAccount(35e18, 0, 6);
        assertFunds(45e18, 55e18, 0);
        Account memory account = settlement.accountOf(coordinator, second);
        vm.assertEq(uint256(account.settled), 20e18);
        vm.assertEq(uint256(account.through), 7);
    }

    function test_settle_is_the_coordinators() public {
        prepay(100);
        address[3] memory others = [ALICE, miner, MINER_OWNER];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotAllowed.selector, coordinator, others[i]));
            vm.prank(others[i]);
            settlement.settle(coordinator, line(miner, 1, 1));
        }
    }

    function test_settle_needs_escrow() public {
        prepay(100);
        bytes memory lines = bytes.concat(line(miner, 60, 5), line(ALICE, 41, 7));
        vm.expectRevert(abi.encodeWithSelector(Escrows.EscrowShort.selector, 100, 101));
        vm.prank(coordinator);
        settlement.settle(coordinator, lines);
        assertAccount(0, 0, 0);
        lines = bytes.concat(line(miner, 60, 5), line(ALICE, 40, 7));
        vm.prank(coordinator);
        settlement.settle(coordinator, lines);
        assertFunds(0, 100, 0);
    }

    /// @dev Whole lines only: nothing that is cut off settles anything.
    function test_settle_refuses_parts_of_lines() public {
        prepay(100);
        bytes memory whole = line(miner, 30, 5);
        vm.assertEq(whole.length, settlement.LINE_BYTES());
        for (uint256 length = 1; length < 80; ++length) {
            if (length == 40) continue;
            bytes memory part = new bytes(length);
            for (uint256 i = 0; i < length; ++i) {
                part[i] = whole[i % 40];
            }
            vm.expectRevert(abi.encodeWithSelector(Accounts.BadLines.selector, length));
            vm.prank(coordinator);
            settlement.settle(coordinator, part);
        }
        assertAccount(0, 0, 0);
    }

    function test_settle_without_lines_does_nothing() public {
        prepay(100);
        vm.expectEmit(address(settlement));
        emit Accounts.Settled(coordinator, 0, "");
        vm.prank(coordinator);
        settlement.settle(coordinator, "");
        assertFunds(100, 0, 0);
    }

    function test_lines_reach_63_bits() public {
        prepay(100);
        uint256 most = settlement.MAX_NUMBER();
        vm.expectRevert(abi.encodeWithSelector(Accounts.NumberTooLarge.selector, most + 1));
        vm.prank(coordinator);
        settlement.settle(coordinator, line(miner, 30, most + 1));
        settle(30, most);
        assertAccount(30, 0, most);
        vm.assertFalse(settlement.accountOf(coordinator, miner).claimed);
        // The largest amount of a line is more than there is.
        vm.expectRevert(abi.encodeWithSelector(Escrows.EscrowShort.selector, 70, uint256(type(uint96).max) - 30));
        vm.prank(coordinator);
        settlement.settle(coordinator, line(miner, type(uint96).max, most));
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
        assertFunds(60, 40, 0);
    }

    /// @dev Repeated lines, in any order, move the counter once.
    function test_settle_twice_in_one_batch() public {
        prepay(100);
        vm.prank(coordinator);
        settlement.settle(coordinator, bytes.concat(line(miner, 30, 5), line(miner, 30, 5), line(miner, 20, 4)));
        assertAccount(30, 0, 5);
        assertFunds(70, 30, 0);
    }

    function test_ways_of_payment_share_a_counter() public {
        prepay(100);
        settle(30, 5);
        vm.assertEq(redeem(50, 8), 20);
        assertAccount(50, 20, 8);
        settle(60, 9);
        vm.assertEq(collect(), net(60));
        assertAccount(60, 60, 9);
        (Messages.Voucher memory message, bytes memory signature) = voucher(60, 9);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.redeem(message, signature);
        assertFunds(40, 0, 0);
    }

    /// @dev A voucher that escrow cannot pay is paid out of what batches have promised, before any stake is.
    function test_vouchers_come_before_promises() public {
        address second = newNode(ALICE, OTHER_KEY, Role.Miner, MINER_STAKE);
        prepay(100);
        vm.prank(coordinator);
        settlement.settle(coordinator, line(second, 90, 1));
        vm.assertEq(redeem(60, 1), 60);
        assertFunds(0, 40, 60);
        vm.assertEq(staking.slashableOf(coordinator), COORDINATOR_STAKE);
        // What is missing for the second then comes out of the stake.
        settlement.collect(coordinator, second);
        vm.warp(block.timestamp + CLAIM_DELAY);
        vm.expectEmit(address(settlement));
        emit Payouts.DeficitCharged(coordinator, second, 50, 250, 50);
        vm.assertEq(settlement.collect(coordinator, second), 89);
        assertFunds(0, 0, 60);
    }

    // ---------------------------------------------------------------------------------------------------- retiring

    function test_a_retired_settlement_pays_and_takes_nothing_new() public {
        prepay(100);
        settle(30, 5);
        vm.expectEmit(address(settlement));
        emit SettlementParameters.SettlementRetired();
        vm.prank(GOVERNOR);
        settlement.retire();
        vm.assertTrue(settlement.retired());

        bytes memory refusal = abi.encodeWithSelector(SettlementParameters.IsRetired.selector);
        cai.approve(address(settlement), 1);
        vm.expectRevert(refusal);
        settlement.deposit(coordinator, 1);
        vm.expectRevert(refusal);
        settlement.depositWithPermit(coordinator, 1, 0, 0, 0, 0);
        vm.expectRevert(refusal);
        vm.prank(coordinator);
        settlement.settle(coordinator, line(miner, 40, 6));
        vm.expectRevert(refusal);
        vm.prank(GOVERNOR);
        settlement.retire();

        vm.assertEq(redeem(50, 6), 20);
        Messages.Ticket memory ticket = ticketOf(7, 10);
        vm.assertEq(collect(), net(50));
        vm.warp(block.timestamp + 1);
        vm.assertEq(claim(ticket), 10);
        settlement.payOut(miner);
        vm.assertEq(contradict(90, 20, 80, 21), COORDINATOR_STAKE / 10);
        vm.prank(COORDINATOR_OWNER);
        settlement.startThaw(coordinator, 40);
        vm.warp(block.timestamp + THAW);
        vm.prank(COORDINATOR_OWNER);
        settlement.withdraw(coordinator);
        assertFunds(0, 0, 0);
    }
}
