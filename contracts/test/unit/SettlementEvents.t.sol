// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {Punishment, Settlement} from "../../src/Settlement.sol";
import {Accounts, Account} from "../../src/settlement/Accounts.sol";
import {Escrow, Escrows} from "../../src/settlement/Escrows.sol";
import {Collection, Payouts} from "../../src/settlement/Payouts.sol";
import {Vouchers} from "../../src/settlement/Vouchers.sol";
import {PaymentHandler} from "../harness/PaymentHandler.sol";
import {PaymentReplay} from "../harness/PaymentReplay.sol";
import {SettlementHarness} from "../harness/SettlementHarness.sol";
import {TestBase} from "../harness/TestBase.sol";

/// @dev The events of a random history tell every balance, counter and mark.
contract SettlementEventsTest is TestBase {
    PaymentHandler private handler;
    PaymentReplay private model;
    SettlementHarness private settlement;

    function setUp() public {
        vm.recordLogs();
        handler = new PaymentHandler();
        settlement = SettlementHarness(address(handler.target()));
        model = new PaymentReplay();
        handler.follow(model);
    }

    function run(uint256 seed, uint256 steps) private {
        bytes4[17] memory selectors = [
            PaymentHandler.deposit.selector,
            PaymentHandler.startThaw.selector,
            PaymentHandler.withdraw.selector,
            PaymentHandler.donate.selector,
            PaymentHandler.pass.selector,
            PaymentHandler.moveStake.selector,
            PaymentHandler.redeemAny.selector,
            PaymentHandler.settleAny.selector,
            PaymentHandler.collect.selector,
            PaymentHandler.payOut.selector,
            PaymentHandler.claimAny.selector,
            PaymentHandler.accuseCareless.selector,
            PaymentHandler.honestTicket.selector,
            PaymentHandler.honestVoucher.selector,
            PaymentHandler.honestBatch.selector,
            PaymentHandler.honestClaim.selector,
            PaymentHandler.accuseHonest.selector
        ];
        for (uint256 i = 0; i < steps; ++i) {
            bytes memory arguments;
            for (uint256 j = 0; j < 5; ++j) {
                seed = uint256(keccak256(abi.encode(seed)));
                arguments = bytes.concat(arguments, abi.encode(seed));
            }
            bytes4 selector = selectors[seed % selectors.length];
            if (selector == PaymentHandler.collect.selector) arguments = abi.encode(seed, seed >> 128 & 1);
            (bool done,) = address(handler).call(bytes.concat(selector, arguments));
            vm.assertTrue(done);
        }
    }

    function test_events_tell_everything() public {
        // In parts, so that what an event replaces is seen too.
        for (uint256 part = 0; part < 8; ++part) {
            run(uint256(keccak256(abi.encode("part", part))), 120);
            handler.tell();
            compare();
        }
        bytes32[11] memory kinds = [
            Escrows.EscrowDeposited.selector,
            Escrows.ThawStarted.selector,
            Escrows.EscrowWithdrawn.selector,
            Accounts.Settled.selector,
            Vouchers.VoucherRedeemed.selector,
            Vouchers.TicketClaimed.selector,
            Payouts.CollectStarted.selector,
            Payouts.Collected.selector,
            Payouts.PaidOut.selector,
            Payouts.DeficitCharged.selector,
            Settlement.FaultProven.selector
        ];
        for (uint256 i = 0; i < kinds.length; ++i) {
            vm.assertGt(model.count(kinds[i]), 0, string.concat("an event never came: ", vm.toString(i)));
        }
    }

    /// forge-config: default.fuzz.runs = 48
    function testFuzz_events_tell_everything(uint256 seed) public {
        run(seed, 60);
        handler.tell();
        compare();
    }

    function compare() private view {
        address[2] memory from = handler.coordinators();
        for (uint256 i = 0; i < 2; ++i) {
            (uint256 balance, uint256 thawing, uint256 availableAt, uint256 promised) = model.funds(from[i]);
            Escrow memory escrow = settlement.escrowOf(from[i]);
            vm.assertEq(uint256(escrow.balance), balance, "escrow");
            vm.assertEq(uint256(escrow.thawing), thawing, "thawing");
            vm.assertEq(uint256(escrow.availableAt), availableAt, "available at");
            vm.assertEq(settlement.promisedOf(from[i]), promised, "promised");
            for (uint256 j = 0; j < handler.MINERS(); ++j) {
                comparePair(from[i], handler.miners(j));
            }
        }
        for (uint256 j = 0; j < handler.MINERS(); ++j) {
            address miner = handler.miners(j);
            vm.assertEq(settlement.creditOf(miner), model.credits(miner), "credit");
        }
        (bytes32[] memory commitments, bytes32[] memory tickets) = handler.offered();
        for (uint256 i = 0; i < commitments.length; ++i) {
            vm.assertEq(settlement.announcedAt(commitments[i]), model.announced(commitments[i]), "announced");
        }
        for (uint256 i = 0; i < tickets.length; ++i) {
            vm.assertEq(settlement.claimedOf(tickets[i]), model.claimedOf(tickets[i]), "claimed of a ticket");
        }
        vm.assertEq(settlement.faultBps(), model.faultBps(), "fault");
        vm.assertEq(settlement.authority(), model.authority(), "authority");
        vm.assertEq(settlement.retired(), model.retired(), "retired");
    }

    function comparePair(address from, address to) private view {
        PaymentReplay.Pair memory pair = model.pairOf(from, to);
        Account memory account = settlement.accountOf(from, to);
        vm.assertEq(uint256(account.settled), pair.settled, "settled");
        vm.assertEq(uint256(account.withdrawn), pair.withdrawn, "withdrawn");
        vm.assertEq(uint256(account.through), pair.through, "through");
        vm.assertEq(account.claimed, pair.claimNumbers.length != 0, "claimed at all");
        vm.assertEq(uint256(settlement.unpaidThroughOf(from, to)), pair.unpaidThrough, "unpaid through");
        for (uint64 number = 0; number <= 80; number += 4) {
            vm.assertEq(settlement.claimedUpTo(from, to, number), model.claimedUpTo(from, to, number), "claims");
        }
        Collection memory collection = settlement.collectionOf(from, to);
        vm.assertEq(uint256(collection.amount), pair.collecting, "collecting");
        vm.assertEq(uint256(collection.availableAt), pair.collectableAt, "collectable at");
        Punishment memory punishment = settlement.punishmentOf(from, to);
        vm.assertEq(uint256(punishment.through), pair.punishedThrough, "punished through");
        vm.assertEq(uint256(punishment.until), pair.punishedUntil, "punished until");
    }
}
