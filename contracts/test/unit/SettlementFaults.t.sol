// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Settlement} from "../../src/Settlement.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {SettlementParameters} from "../../src/settlement/SettlementParameters.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";

/// @dev Proofs of a coordinator's faults.
contract SettlementFaultsTest is SettlementBase {
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
        // Two amounts up to the same ticket contradict each other too.
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

        // The vouchers belong to two pairs.
        (Messages.Voucher memory a, bytes memory sa) = voucher(50, 5);
        Messages.Voucher memory b = voucherFor(coordinator, ALICE, 49, 6);
        bytes memory sb = sign(COORDINATOR_KEY, Messages.hash(b));
        vm.expectRevert(refusal);
        settlement.proveContradiction(a, sa, b, sb);
        b = voucherFor(miner, miner, 49, 6);
        sb = sign(MINER_KEY, Messages.hash(b));
        vm.expectRevert(refusal);
        settlement.proveContradiction(a, sa, b, sb);
        // The signature is forged.
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
        // The evidence was not used up: the new stake is slashed for it.
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
        // The next declaration can be punished again.
        settle(51, 12);
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
        this.shortExternally(45, 10);
        // The voucher was paid.
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
}
