// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {Settlement} from "../../src/Settlement.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {Accounts} from "../../src/settlement/Accounts.sol";
import {Payouts} from "../../src/settlement/Payouts.sol";
import {Vouchers} from "../../src/settlement/Vouchers.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";

/// @dev What the stake of a coordinator's owner pays when escrow is short, and what stays owed.
contract SettlementDeficitsTest is SettlementBase {
    address private constant VOTER = address(0x707E);

    function test_deficit_comes_out_of_the_owners_stake() public {
        prepay(40e18);
        uint256 burned = cai.balanceOf(BURN);
        vm.expectEmit(address(settlement));
        emit Payouts.DeficitCharged(coordinator, miner, 60e18, 300e18, 60e18);
        vm.assertEq(redeem(100e18, 5), 100e18);
        vm.assertEq(cai.balanceOf(BURN) - burned, 240e18);
        vm.assertEq(staking.slashableOf(coordinator), COORDINATOR_STAKE - 300e18);
        assertAccount(100e18, 100e18, 5);
        assertFunds(0, 0, 100e18);
        (Messages.Voucher memory message, bytes memory signature) = voucher(100e18, 5);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.redeem(message, signature);
    }

    /// @dev Voters lose nothing by the debts of an owner, and add nothing to what pays them.
    function test_voters_pay_no_debts() public {
        voteFor(coordinator, VOTER, 20_000_000e18);
        uint256 before = staking.stakeOf(coordinator, VOTER);
        // Ten times what the owner could pay.
        vm.assertEq(redeem(5_000_000e18, 1), COORDINATOR_STAKE / 5);
        vm.assertEq(staking.stakeOf(coordinator, VOTER), before);
        vm.assertEq(staking.ownStakeOf(coordinator), 0);
        vm.assertEq(staking.slashableOf(coordinator), 20_000_000e18);
        (Messages.Voucher memory message, bytes memory signature) = voucher(5_000_000e18, 1);
        vm.expectRevert(abi.encodeWithSelector(Payouts.NothingPaid.selector, 4_500_000e18));
        settlement.redeem(message, signature);
    }

    /// @dev Stake on its way out pays too.
    function test_unbonding_stake_pays() public {
        vm.prank(COORDINATOR_OWNER);
        staking.retract(coordinator, COORDINATOR_STAKE);
        vm.assertEq(redeem(100e18, 1), 100e18);
        vm.assertEq(staking.ownStakeOf(coordinator), COORDINATOR_STAKE - 500e18);
    }

    function test_what_stake_cannot_pay_stays_owed() public {
        prepay(40);
        drain(51);
        vm.assertEq(redeem(100, 5), 50);
        assertAccount(50, 50, 5);
        vm.assertEq(staking.slashableOf(coordinator), 0);
        (Messages.Voucher memory message, bytes memory signature) = voucher(100, 5);
        vm.expectRevert(abi.encodeWithSelector(Payouts.NothingPaid.selector, 50));
        settlement.redeem(message, signature);

        // Not a short settlement: the voucher itself moved the counters.
        prepay(20);
        vm.expectRevert(Settlement.NotShort.selector);
        settlement.proveShortSettlement(message, signature, SALT);
        vm.expectEmit(address(settlement));
        emit Vouchers.VoucherRedeemed(coordinator, miner, 100, 5, 20);
        vm.assertEq(settlement.redeem(message, signature), 20);
        prepay(90);
        vm.assertEq(settlement.redeem(message, signature), 30);
        assertAccount(100, 100, 5);
        assertFunds(60, 0, 100);
    }

    /// @dev A voucher that nothing can be paid of changes nothing.
    function test_a_voucher_without_any_payment_moves_nothing() public {
        drain(0);
        (Messages.Voucher memory message, bytes memory signature) = voucher(100, 5);
        vm.expectRevert(abi.encodeWithSelector(Payouts.NothingPaid.selector, 100));
        settlement.redeem(message, signature);
        assertAccount(0, 0, 0);
    }

    /// @dev Where there is no stake, no event tells of a charge.
    function test_no_stake_no_charge() public {
        prepay(5);
        drain(0);
        vm.recordLogs();
        vm.assertEq(redeem(100, 1), 5);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 1);
        vm.assertEq(logs[0].topics[0], Vouchers.VoucherRedeemed.selector);
    }

    /// @dev Less than five wei of stake cannot pay one wei.
    function test_the_last_wei_of_stake() public {
        drain(4);
        (Messages.Voucher memory message, bytes memory signature) = voucher(1, 1);
        vm.expectRevert(abi.encodeWithSelector(Payouts.NothingPaid.selector, 1));
        settlement.redeem(message, signature);
        vm.assertEq(staking.ownStakeOf(coordinator), 4);
    }

    /// @dev Tickets that a voucher accounts for cannot be claimed in addition, even while the voucher is paid only in
    /// part.
    function test_a_voucher_paid_in_part_covers_its_tickets() public {
        prepay(10);
        drain(0);
        Messages.Ticket memory ticket = ticketOf(3, 20);
        redeem(100, 5);
        assertAccount(10, 10, 5);
        toClaims(ticket.deadline);
        prepay(1_000);
        (bytes memory t, Messages.Receipt memory receipt) = (signTicket(ticket), receiptOf(ticket, "output"));
        bytes memory r = signReceipt(receipt);
        vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketSettled.selector, 3, 5));
        vm.prank(miner);
        settlement.claimTicket(ticket, t, receipt, r);
        redeem(100, 5);
        vm.assertEq(settlement.creditOf(miner), 100);
    }

    /// @dev Amounts beyond all CAI are paid as far as there is any.
    function test_absurd_vouchers() public {
        prepay(10e18);
        uint256 most = settlement.MAX_NUMBER();
        uint256 paid = redeem(type(uint128).max, most);
        vm.assertEq(paid, 10e18 + COORDINATOR_STAKE / 5);
        assertAccount(paid, paid, most);
        assertFunds(0, 0, paid);
    }

    /// @dev A key that does not belong to a coordinator has no stake to answer for its vouchers.
    function test_vouchers_of_others_cost_no_stake() public {
        address second = newNode(ALICE, 0x0123, Role.Miner, MINER_STAKE);
        Messages.Voucher memory message = voucherFor(miner, second, 50, 1);
        bytes memory signature = attest(MINER_KEY, Messages.hash(message));
        vm.expectRevert(abi.encodeWithSelector(Payouts.NothingPaid.selector, 50));
        settlement.redeem(message, signature);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE);
    }

    // ------------------------------------------------------------------------------------------- a charge that fails

    function refuseCharges() private {
        manager.revokeRole(Roles.SLASHER, address(settlement));
    }

    /// @dev A settlement that may not charge any more pays what escrow has.
    function test_a_refused_charge_leaves_the_escrow() public {
        prepay(60);
        refuseCharges();
        vm.assertEq(redeem(100, 1), 60);
        assertAccount(60, 60, 1);
        assertFunds(0, 0, 60);
        (Messages.Voucher memory message, bytes memory signature) = voucher(100, 1);
        vm.expectRevert(abi.encodeWithSelector(Payouts.NothingPaid.selector, 40));
        settlement.redeem(message, signature);
        // The rest is still owed, to be paid by escrow that comes later.
        prepay(50);
        vm.assertEq(settlement.redeem(message, signature), 40);
        assertFunds(10, 0, 100);
    }

    /// @dev The administrator closes the staking contract: the same.
    function test_a_closed_target_leaves_the_escrow() public {
        prepay(60);
        manager.setTargetClosed(address(staking), true);
        vm.assertEq(redeem(100, 1), 60);
        Messages.Ticket memory ticket = ticketOf(2, 10);
        prepay(4);
        toClaims(ticket.deadline);
        vm.assertEq(claim(ticket), 4);
        manager.setTargetClosed(address(staking), false);
        vm.assertEq(claim(ticket), 6);
        vm.assertEq(staking.slashableOf(coordinator), COORDINATOR_STAKE - 30);
    }

    function test_a_refused_charge_leaves_collections() public {
        prepay(100);
        settle(100, 1);
        settlement.collect(coordinator, miner);
        Messages.Voucher memory message = voucherFor(coordinator, ALICE, 70, 1);
        settlement.redeem(message, attest(COORDINATOR_KEY, Messages.hash(message)));
        refuseCharges();
        vm.warp(block.timestamp + CLAIM_DELAY);
        vm.assertEq(settlement.collect(coordinator, miner), 30);
        assertAccount(100, 30, 1);
    }

    /// @dev No limit of gas makes a payment pass without the charge that belongs to it.
    function test_no_payment_without_gas_for_the_charge() public {
        prepay(60);
        (Messages.Voucher memory message, bytes memory signature) = voucher(100, 1);
        uint256 snapshot = vm.snapshotState();
        uint256 passed;
        for (uint256 gas_ = 30_000; gas_ <= 400_000; gas_ += 2_500) {
            try settlement.redeem{gas: gas_}(message, signature) returns (uint256 paid) {
                vm.assertEq(paid, 100);
                ++passed;
            } catch {}
            vm.revertToState(snapshot);
        }
        vm.assertGt(passed, 0);
    }
}
