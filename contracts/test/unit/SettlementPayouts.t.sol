// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Settlement} from "../../src/Settlement.sol";
import {IStaking} from "../../src/interfaces/IStaking.sol";
import {Attempts} from "../../src/libraries/Attempts.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {Accounts} from "../../src/settlement/Accounts.sol";
import {Payouts} from "../../src/settlement/Payouts.sol";
import {SettlementParameters} from "../../src/settlement/SettlementParameters.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {GasBurner} from "../harness/GasBurner.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";

/// @dev How miners' owners get what was credited and promised.
contract SettlementPayoutsTest is SettlementBase {
    // ------------------------------------------------------------------------------------------------------ credit

    function test_pay_out_burns_two_percent() public {
        prepay(100e18);
        redeem(50e18, 1);
        uint256 burned = cai.balanceOf(BURN);
        vm.expectEmit(address(settlement));
        emit Payouts.PaidOut(miner, MINER_OWNER, 49e18, 1e18);
        vm.prank(ALICE);
        vm.assertEq(settlement.payOut(miner), 49e18);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 49e18);
        vm.assertEq(cai.balanceOf(BURN) - burned, 1e18);
        assertFunds(50e18, 0, 0);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.payOut(miner);
    }

    /// @dev The burn is rounded down: the smallest payments are paid whole.
    function test_pay_out_of_dust() public {
        prepay(1_000);
        redeem(1, 1);
        vm.assertEq(settlement.payOut(miner), 1);
        redeem(50, 2);
        vm.assertEq(settlement.payOut(miner), 49);
        redeem(99, 3);
        vm.assertEq(settlement.payOut(miner), 49);
        redeem(149, 4);
        vm.assertEq(settlement.payOut(miner), 49);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 148);
    }

    /// @dev Only miners are paid: a coordinator's key or one that nobody registered is beyond the court's judgment.
    function test_payments_go_to_miners() public {
        prepay(100);
        vm.prank(coordinator);
        settlement.settle(coordinator, line(coordinator, 50, 1));
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotAMiner.selector, coordinator));
        settlement.collect(coordinator, coordinator);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotAMiner.selector, coordinator));
        settlement.payOut(coordinator);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotAMiner.selector, ALICE));
        settlement.payOut(ALICE);
    }

    function test_payments_between_removed_nodes() public {
        prepay(100);
        settle(30, 1);
        vm.prank(MINER_OWNER);
        staking.deregister(miner);
        vm.prank(COORDINATOR_OWNER);
        staking.deregister(coordinator);
        vm.assertEq(collect(), 30);
        redeem(70, 2);
        // Its stake still makes up for what is missing.
        vm.assertEq(redeem(130, 3), 60);
        vm.assertEq(settlement.payOut(miner), net(100));
    }

    // ------------------------------------------------------------------------------------------------- collections

    function test_collect_in_two_steps() public {
        prepay(100e18);
        settle(30e18, 5);
        uint256 at = vm.getBlockTimestamp() + CLAIM_DELAY;
        vm.expectEmit(address(settlement));
        emit Payouts.CollectStarted(coordinator, miner, 30e18, at);
        vm.prank(ALICE);
        vm.assertEq(settlement.collect(coordinator, miner), 0);
        assertCollection(30e18, at);
        assertFunds(70e18, 30e18, 0);
        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(Payouts.CollectNotDue.selector, at));
        settlement.collect(coordinator, miner);
        vm.warp(at);
        vm.expectEmit(address(settlement));
        emit Payouts.Collected(coordinator, miner, 30e18);
        vm.expectEmit(address(settlement));
        emit Payouts.PaidOut(miner, MINER_OWNER, 29.4e18, 0.6e18);
        vm.assertEq(settlement.collect(coordinator, miner), 29.4e18);
        assertCollection(0, 0);
        assertAccount(30e18, 30e18, 5);
        assertFunds(70e18, 0, 0);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.collect(coordinator, miner);
    }

    /// @dev What was promised after the first step waits for its own delay.
    function test_collect_notes_the_rest() public {
        prepay(100);
        settle(30, 5);
        settlement.collect(coordinator, miner);
        settle(50, 6);
        assertCollection(30, block.timestamp + CLAIM_DELAY);
        vm.warp(block.timestamp + CLAIM_DELAY);
        uint256 at = vm.getBlockTimestamp() + CLAIM_DELAY;
        vm.expectEmit(address(settlement));
        emit Payouts.CollectStarted(coordinator, miner, 20, at);
        vm.assertEq(settlement.collect(coordinator, miner), 30);
        assertCollection(20, at);
        assertAccount(50, 30, 6);
        vm.expectRevert(abi.encodeWithSelector(Payouts.CollectNotDue.selector, at));
        settlement.collect(coordinator, miner);
        vm.warp(at);
        vm.assertEq(settlement.collect(coordinator, miner), 20);
        assertCollection(0, 0);
        assertFunds(50, 0, 0);
    }

    /// @dev The miner's credit is paid together with what was collected, with one burn.
    function test_collect_pays_the_credit_too() public {
        prepay(1_000);
        settle(49, 1);
        redeem(98, 2);
        vm.assertEq(collect(), 97);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 97);
        vm.assertEq(settlement.creditOf(miner), 0);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.payOut(miner);
        // Credit alone is not what collect pays.
        redeem(100, 3);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.collect(coordinator, miner);
        vm.assertEq(settlement.creditOf(miner), 2);
    }

    function test_without_a_delay_one_call_does_both() public {
        settlement = new Settlement(staking, address(manager), WINDOW, THAW, 0, FAULT_BPS);
        manager.grantRole(Roles.SLASHER, address(settlement), 0);
        prepay(100);
        settle(50, 1);
        uint256 at = block.timestamp;
        vm.expectEmit(address(settlement));
        emit Payouts.CollectStarted(coordinator, miner, 50, at);
        vm.assertEq(settlement.collect(coordinator, miner), 49);
        assertCollection(0, 0);
        assertFunds(50, 0, 0);
    }

    /// @dev If promises were used up by others, escrow pays, then the stake.
    function test_collect_from_promises_escrow_and_stake() public {
        prepay(100e18);
        settle(100e18, 1);
        vm.prank(coordinator);
        settlement.collect(coordinator, miner);
        // Another miner's voucher takes 70 of what was promised.
        redeemTo(ALICE, 70e18);
        prepay(20e18);
        vm.warp(block.timestamp + CLAIM_DELAY);
        vm.expectEmit(address(settlement));
        emit Payouts.DeficitCharged(coordinator, miner, 50e18, 250e18, 50e18);
        vm.assertEq(settlement.collect(coordinator, miner), 98e18);
        vm.assertEq(settlement.creditOf(ALICE), 70e18);
        vm.assertEq(settlement.promisedOf(coordinator), 0);
        vm.assertEq(uint256(settlement.escrowOf(coordinator).balance), 0);
        vm.assertEq(cai.balanceOf(address(settlement)), 70e18);
    }

    function redeemTo(address to, uint256 amount) private {
        Messages.Voucher memory message = voucherFor(coordinator, to, amount, 1);
        settlement.redeem(message, attest(COORDINATOR_KEY, Messages.hash(message)));
    }

    /// @dev What neither escrow nor stake can pay stays promised, and waits again.
    function test_collect_pays_what_there_is() public {
        prepay(100);
        settle(100, 1);
        settlement.collect(coordinator, miner);
        redeemTo(ALICE, 70);
        drain(0);
        vm.assertEq(settlement.collect(coordinator, miner), 30);
        assertAccount(100, 30, 1);
        assertCollection(70, block.timestamp + CLAIM_DELAY);
        vm.warp(block.timestamp + CLAIM_DELAY);
        vm.expectRevert(abi.encodeWithSelector(Payouts.NothingPaid.selector, 70));
        settlement.collect(coordinator, miner);
        prepay(1_000);
        vm.assertEq(settlement.collect(coordinator, miner), net(70));
        assertAccount(100, 100, 1);
        vm.assertEq(uint256(settlement.escrowOf(coordinator).balance), 930);
    }

    /// @dev Anyone who starts a collection early delays the rest by less than one more delay.
    function test_a_collection_started_by_others() public {
        prepay(100);
        settle(1, 1);
        vm.prank(ALICE);
        settlement.collect(coordinator, miner);
        settle(100, 2);
        vm.warp(block.timestamp + CLAIM_DELAY);
        vm.assertEq(settlement.collect(coordinator, miner), 1);
        vm.warp(block.timestamp + CLAIM_DELAY);
        vm.assertEq(settlement.collect(coordinator, miner), net(99));
    }

    /// @dev A voucher redeemed meanwhile takes nothing of what is on its way.
    function test_a_voucher_beside_a_collection() public {
        prepay(200);
        settle(100, 1);
        settlement.collect(coordinator, miner);
        vm.assertEq(redeem(150, 2), 50);
        assertCollection(100, block.timestamp + CLAIM_DELAY);
        vm.warp(block.timestamp + CLAIM_DELAY);
        vm.assertEq(settlement.collect(coordinator, miner), net(150));
        assertAccount(150, 150, 2);
        assertFunds(50, 0, 0);
    }

    // ---------------------------------------------------------------------------------------------------- idleness

    function test_collect_reports_the_payment() public {
        prepay(100);
        settle(30, 1);
        settlement.collect(coordinator, miner);
        vm.warp(block.timestamp + CLAIM_DELAY);
        vm.expectCall(address(staking), abi.encodeCall(IStaking.recordPayment, (coordinator, miner)), 1);
        settlement.collect(coordinator, miner);
        vm.assertEq(uint256(staking.nodeView(coordinator).paidAt), block.timestamp);
        vm.assertEq(uint256(staking.nodeView(miner).paidAt), block.timestamp);
    }

    /// @dev A report that used up its gas was not refused: whoever pays out has to send more.
    function test_a_report_without_gas_is_no_refusal() public {
        prepay(100);
        redeem(30, 1);
        vm.mockFunction(
            address(staking), address(new GasBurner()), abi.encodeWithSelector(IStaking.recordPayment.selector)
        );
        vm.expectRevert(Attempts.OutOfGas.selector);
        settlement.payOut{gas: 20_000_000}(miner);
    }

    /// @dev One that is refused keeps nobody's pay back.
    function test_a_refused_report_keeps_no_pay_back() public {
        prepay(100);
        redeem(30, 1);
        vm.mockCallRevert(address(staking), abi.encodeWithSelector(IStaking.recordPayment.selector), "no");
        vm.assertEq(settlement.payOut(miner), net(30));
    }

    /// @dev An idle pair is busy again once it has settled and collected.
    function test_a_collection_ends_idleness() public {
        vm.warp(block.timestamp + 7 days + 1);
        staking.markIdle(miner);
        staking.markIdle(coordinator);
        vm.assertTrue(staking.nodeView(miner).idle);
        prepay(100);
        settle(30, 1);
        collect();
        vm.assertFalse(staking.nodeView(miner).idle);
        vm.assertFalse(staking.nodeView(coordinator).idle);
    }

    /// @dev So is one that is paid by vouchers alone.
    function test_a_paid_voucher_ends_idleness() public {
        vm.warp(block.timestamp + 7 days + 1);
        staking.markIdle(miner);
        staking.markIdle(coordinator);
        prepay(100);
        redeem(30, 1);
        vm.assertTrue(staking.nodeView(miner).idle);
        settlement.payOut(miner);
        vm.assertFalse(staking.nodeView(miner).idle);
        vm.assertFalse(staking.nodeView(coordinator).idle);
    }

    /// @dev A coordinator that has credited a miner is busy, also if another credits it before it is paid out.
    function test_every_payer_is_reported() public {
        vm.warp(block.timestamp + 7 days + 1);
        staking.markIdle(coordinator);
        prepay(100);
        redeem(30, 1);
        vm.assertTrue(staking.nodeView(coordinator).idle);
        address other = newNode(ALICE, 0x0C02, Role.Coordinator, COORDINATOR_STAKE);
        cai.approve(address(settlement), 10);
        settlement.deposit(other, 10);
        Messages.Voucher memory small = voucherFor(other, miner, 1, 1);
        settlement.redeem(small, attest(0x0C02, Messages.hash(small)));
        vm.assertFalse(staking.nodeView(coordinator).idle);
    }

    /// @dev A settlement that may not report payments any more still makes them.
    function test_a_refused_report_stops_no_payment() public {
        prepay(100);
        settle(30, 1);
        settlement.collect(coordinator, miner);
        manager.revokeRole(Roles.PAYMENT, address(settlement));
        vm.warp(block.timestamp + CLAIM_DELAY);
        vm.assertEq(settlement.collect(coordinator, miner), 30);
        vm.assertEq(uint256(staking.nodeView(miner).paidAt), 0);
    }

    /// @dev No limit of gas lets a payment pass without its report.
    function test_no_payment_without_gas_for_the_report() public {
        prepay(100);
        settle(30, 1);
        settlement.collect(coordinator, miner);
        vm.warp(block.timestamp + CLAIM_DELAY);
        uint256 snapshot = vm.snapshotState();
        for (uint256 gas_ = 30_000; gas_ <= 250_000; gas_ += 2_500) {
            try settlement.collect{gas: gas_}(coordinator, miner) {
                vm.assertEq(uint256(staking.nodeView(miner).paidAt), block.timestamp);
            } catch {}
            vm.revertToState(snapshot);
        }
    }
}
