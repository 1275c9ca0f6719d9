// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {VmSafe} from "forge-std/Vm.sol";
import {Settlement} from "../../src/Settlement.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Escrows} from "../../src/settlement/Escrows.sol";
import {SettlementParameters} from "../../src/settlement/SettlementParameters.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";

/// @dev The deployment of a settlement, and escrow.
contract SettlementEscrowTest is SettlementBase {
    // ------------------------------------------------------------------------------------------------- deployment

    function test_constructor_keeps_parameters() public view {
        vm.assertEq(address(settlement.staking()), address(staking));
        vm.assertEq(address(settlement.cai()), address(cai));
        vm.assertEq(settlement.disputeWindow(), WINDOW);
        vm.assertEq(settlement.thawPeriod(), THAW);
        vm.assertEq(settlement.claimDelay(), CLAIM_DELAY);
        vm.assertEq(settlement.faultBps(), FAULT_BPS);
        vm.assertEq(settlement.authority(), address(manager));
        vm.assertFalse(settlement.retired());
    }

    /// @dev As it is deployed; code that is instrumented or not optimised is larger.
    function test_fits_the_size_limit() public view {
        if (vm.isContext(VmSafe.ForgeContext.Coverage)) return;
        if (keccak256(bytes(vm.envOr("FOUNDRY_PROFILE", string("")))) == keccak256("fast")) return;
        vm.assertLe(address(settlement).code.length, 24_576);
    }

    function deployment(uint64 window, uint64 thaw, uint64 delay, uint16 bps) private {
        new Settlement(staking, address(manager), window, thaw, delay, bps);
    }

    function test_constructor_bounds() public {
        badPeriods(2 days, 2 days, 0);
        badPeriods(2 days, 1 days, 0);
        badPeriods(2 days, 90 days + 1, 0);
        badPeriods(2 days, 3 days, 2 days);
        badPeriods(2 days, 3 days, 2 days + 1);
        badPeriods(0, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.BadFraction.selector, 99, 100, 5_000));
        deployment(2 days, 3 days, 0, 99);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.BadFraction.selector, 5_001, 100, 5_000));
        deployment(2 days, 3 days, 0, 5_001);
        deployment(1, 2, 0, 100);
        deployment(90 days - 1, 90 days, 90 days - 2, 5_000);
    }

    function badPeriods(uint64 window, uint64 thaw, uint64 delay) private {
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.BadPeriods.selector, thaw, window, delay));
        deployment(window, thaw, delay, 100);
    }

    function test_retiring_is_governed() public {
        address[3] memory others = [ALICE, COORDINATOR_OWNER, address(this)];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, others[i]));
            vm.prank(others[i]);
            settlement.retire();
        }
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

    // ----------------------------------------------------------------------------------------------------- escrow

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

    function permitOf(uint256 key, uint256 amount) private view returns (uint8 v, bytes32 r, bytes32 s) {
        address payer = vm.addr(key);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                payer,
                address(settlement),
                amount,
                cai.nonces(payer),
                block.timestamp
            )
        );
        return vm.sign(key, Messages.digest(cai.DOMAIN_SEPARATOR(), structHash));
    }

    function test_deposit_with_permit() public {
        address payer = vm.addr(7);
        cai.transfer(payer, 9);
        (uint8 v, bytes32 r, bytes32 s) = permitOf(7, 5);
        vm.prank(payer);
        settlement.depositWithPermit(coordinator, 5, block.timestamp, v, r, s);
        assertEscrow(5, 0, 0);
        vm.assertEq(cai.balanceOf(payer), 4);
        vm.assertEq(cai.nonces(payer), 1);
        vm.assertEq(cai.allowance(payer, address(settlement)), 0);
    }

    /// @dev It does no harm that somebody else submits the permit first.
    function test_deposit_with_a_permit_that_was_used() public {
        address payer = vm.addr(7);
        cai.transfer(payer, 9);
        (uint8 v, bytes32 r, bytes32 s) = permitOf(7, 5);
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
        // The part that does not thaw pays first.
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
}
