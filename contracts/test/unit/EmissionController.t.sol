// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {EmissionController} from "../../src/EmissionController.sol";
import {Staking} from "../../src/Staking.sol";
import {IStaking} from "../../src/interfaces/IStaking.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {StreamView} from "../../src/staking/Rewards.sol";
import {EmissionBase} from "../harness/EmissionBase.sol";

/// @dev A successor for another token.
contract Disguised {
    IStaking public immutable staking;
    address public immutable cai = address(0xCA1);

    constructor(IStaking staking_) {
        staking = staking_;
    }
}

contract EmissionControllerTest is EmissionBase {
    address private constant BOB = address(0xB0B);
    uint256 private constant STAKING = 110_000_000e18;
    uint256 private constant STAKED = 2_530_000e18;

    function fill() private {
        controller.fund(Role.Miner, MINING);
        controller.fund(Role.Coordinator, STAKING);
    }

    function test_constructor() public {
        vm.assertEq(address(controller.cai()), address(cai));
        vm.assertEq(address(controller.staking()), address(staking));
        vm.assertEq(controller.period(), 7 days);
        vm.assertEq(controller.halving(), 1_461 days);
        vm.assertEq(controller.authority(), address(manager));
        vm.assertLe(address(controller).code.length, 24_576);
        vm.expectRevert(EmissionController.ZeroAddress.selector);
        new EmissionController(IStaking(address(0)), 7 days, address(manager));
        vm.expectRevert(EmissionController.ZeroAddress.selector);
        new EmissionController(staking, 7 days, address(0));
        uint64[2] memory bad = [uint64(59), 90 days + 1];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(EmissionController.BadPeriod.selector, bad[i], 60, 90 days));
            new EmissionController(staking, bad[i], address(manager));
        }
        new EmissionController(staking, 60, address(manager));
        new EmissionController(staking, 90 days, address(manager));
    }

    function test_fund() public {
        vm.expectEmit(address(controller));
        emit EmissionController.Funded(Role.Miner, address(this), 5e18);
        controller.fund(Role.Miner, 5e18);
        controller.fund(Role.Coordinator, 3e18);
        cai.transfer(BOB, 1e18);
        vm.startPrank(BOB);
        cai.approve(address(controller), 1e18);
        controller.fund(Role.Miner, 1e18);
        vm.stopPrank();
        vm.assertEq(controller.reserveOf(Role.Miner), 6e18);
        vm.assertEq(controller.reserveOf(Role.Coordinator), 3e18);
        vm.assertEq(cai.balanceOf(address(controller)), 9e18);

        vm.expectRevert(EmissionController.InvalidRole.selector);
        controller.fund(Role.None, 1);
        vm.expectRevert(EmissionController.ZeroAmount.selector);
        controller.fund(Role.Miner, 0);
        uint256 huge = uint256(type(uint96).max) + 1;
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 96, huge));
        controller.fund(Role.Miner, huge);
        vm.expectRevert();
        vm.prank(BOB);
        controller.fund(Role.Miner, 1);
    }

    function test_start_period() public {
        fill();
        uint256 amount = controller.nextAmount(Role.Miner);
        // ln 2 of 7 days in 4 years, a little less because the reserve shrinks meanwhile.
        vm.assertApproxEqRel(amount, MINING * 6931 * 7 / 1461 / 10_000, 0.002e18);
        vm.expectEmit(address(controller));
        emit EmissionController.PeriodStarted(Role.Miner, amount, MINING - amount, block.timestamp + 7 days);
        // Anyone may.
        vm.prank(BOB);
        vm.assertEq(controller.startPeriod(Role.Miner), amount);
        vm.assertEq(controller.reserveOf(Role.Miner), MINING - amount);
        vm.assertEq(controller.nextPeriodAt(Role.Miner), block.timestamp + 7 days);
        vm.assertEq(cai.balanceOf(address(staking)), STAKED + amount);
        vm.assertEq(cai.allowance(address(controller), address(staking)), 0);
        StreamView memory stream = staking.streamOf(Role.Miner);
        vm.assertEq(stream.remaining, amount);
        vm.assertEq(stream.rate, amount / 7 days);
        // The other role has its own reserve and stream.
        vm.assertEq(staking.streamOf(Role.Coordinator).remaining, 0);
        controller.startPeriod(Role.Coordinator);
        vm.assertEq(staking.streamOf(Role.Coordinator).remaining, STAKING - controller.reserveOf(Role.Coordinator));
    }

    function test_start_period_refuses() public {
        vm.expectRevert(EmissionController.InvalidRole.selector);
        controller.startPeriod(Role.None);
        vm.expectRevert(abi.encodeWithSelector(EmissionController.ReserveEmpty.selector, 0));
        controller.startPeriod(Role.Miner);
        controller.fund(Role.Miner, 100);
        vm.expectRevert(abi.encodeWithSelector(EmissionController.ReserveEmpty.selector, 100));
        controller.startPeriod(Role.Miner);

        controller.fund(Role.Miner, 1e18);
        controller.startPeriod(Role.Miner);
        uint256 until = vm.getBlockTimestamp() + 7 days;
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(EmissionController.PeriodRunning.selector, until));
        controller.startPeriod(Role.Miner);
        vm.warp(until);
        controller.startPeriod(Role.Miner);
    }

    /// @dev Without the role nothing leaves the reserve.
    function test_start_period_needs_the_role() public {
        fill();
        manager.revokeRole(Roles.EMISSION, address(controller));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(controller)));
        controller.startPeriod(Role.Miner);
        vm.assertEq(controller.reserveOf(Role.Miner), MINING);
    }

    function test_halving_is_the_governors() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(this)));
        controller.setHalving(730 days);
        manager.grantRole(Roles.GOVERNOR, address(this), 0);
        fill();
        uint256 slow = controller.nextAmount(Role.Miner);
        vm.expectEmit(address(controller));
        emit EmissionController.HalvingSet(730 days);
        controller.setHalving(730 days);
        vm.assertEq(controller.halving(), 730 days);
        vm.assertApproxEqRel(controller.nextAmount(Role.Miner), slow * 2, 0.005e18);

        uint64[2] memory bad = [uint64(365 days - 1), 3_650 days + 1];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(EmissionController.BadHalving.selector, bad[i], 365 days, 3_650 days)
            );
            controller.setHalving(bad[i]);
        }
        controller.setHalving(365 days);
        controller.setHalving(3_650 days);
    }

    /// @dev With the delay that a governor has on a public network.
    function test_halving_after_a_delay() public {
        manager.grantRole(Roles.GOVERNOR, BOB, 10 days);
        bytes memory call = abi.encodeCall(EmissionController.setHalving, (365 days));
        vm.startPrank(BOB);
        vm.expectRevert();
        controller.setHalving(365 days);
        manager.schedule(address(controller), call, 0);
        vm.warp(block.timestamp + 10 days - 1);
        vm.expectRevert();
        controller.setHalving(365 days);
        vm.warp(block.timestamp + 1);
        controller.setHalving(365 days);
        vm.assertEq(controller.halving(), 365 days);
    }

    /// @dev After 4 years of weekly periods half of a reserve is left.
    function test_half_in_four_years() public {
        fill();
        uint256 weeks_ = uint256(1_461 days) / 7 days;
        for (uint256 i = 0; i < weeks_; ++i) {
            controller.startPeriod(Role.Miner);
            vm.warp(vm.getBlockTimestamp() + 7 days);
        }
        vm.assertApproxEqRel(controller.reserveOf(Role.Miner), MINING / 2, 0.003e18);
        vm.assertEq(cai.balanceOf(address(controller)), controller.reserveOf(Role.Miner) + STAKING);
        vm.assertEq(staking.streamOf(Role.Miner).unpaid, MINING - controller.reserveOf(Role.Miner));
    }

    // ------------------------------------------------------------------------------------------- nobody, successors

    /// @dev Periods that nobody earns would pile up for the first one who does.
    function test_no_period_while_nobody_earns() public {
        fill();
        vm.prank(OWNER);
        staking.deregister(miner);
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
        vm.expectRevert(abi.encodeWithSelector(EmissionController.NobodyEarns.selector, Role.Miner));
        controller.startPeriod(Role.Miner);
        vm.assertEq(controller.nextPeriodAt(Role.Miner), 0);
        controller.startPeriod(Role.Coordinator);
        // Years later the first one finds a week's amount.
        vm.warp(block.timestamp + 520 weeks);
        newNode(OWNER, 0xE1DE, Role.Miner, 30_000e18);
        uint256 amount = controller.startPeriod(Role.Miner);
        vm.assertEq(staking.streamOf(Role.Miner).unpaid, amount);
        vm.assertLt(amount, MINING / 200);
    }

    function test_no_period_while_all_are_idle() public {
        fill();
        vm.warp(block.timestamp + 8 days);
        staking.markIdle(miner);
        vm.expectRevert(abi.encodeWithSelector(EmissionController.NobodyEarns.selector, Role.Miner));
        controller.startPeriod(Role.Miner);
        staking.recordPayment(vm.addr(0xE0DF), miner);
        controller.startPeriod(Role.Miner);
    }

    function successor() private returns (EmissionController next) {
        next = create(1 days);
        manager.grantRole(Roles.GOVERNOR, address(this), 0);
    }

    function test_migrate() public {
        fill();
        controller.startPeriod(Role.Miner);
        uint256 left = controller.reserveOf(Role.Miner);
        EmissionController next = successor();
        vm.expectEmit(address(controller));
        emit EmissionController.Migrated(Role.Miner, address(next), left);
        vm.expectEmit(address(next));
        emit EmissionController.Funded(Role.Miner, address(controller), left);
        vm.expectEmit(address(controller));
        emit EmissionController.Migrated(Role.Coordinator, address(next), STAKING);
        controller.migrate(next);
        vm.assertEq(controller.reserveOf(Role.Miner) + controller.reserveOf(Role.Coordinator), 0);
        vm.assertEq(cai.balanceOf(address(controller)), 0);
        vm.assertEq(next.reserveOf(Role.Miner), left);
        vm.assertEq(next.reserveOf(Role.Coordinator), STAKING);
        vm.assertEq(cai.balanceOf(address(next)), left + STAKING);
        vm.assertEq(cai.allowance(address(controller), address(next)), 0);
        // The old one has nothing to stream, and the new one goes on.
        vm.warp(block.timestamp + 7 days);
        vm.expectRevert(abi.encodeWithSelector(EmissionController.ReserveEmpty.selector, 0));
        controller.startPeriod(Role.Miner);
        next.startPeriod(Role.Miner);
        next.startPeriod(Role.Coordinator);
    }

    function test_migrate_with_one_reserve() public {
        controller.fund(Role.Coordinator, 5e18);
        EmissionController next = successor();
        controller.migrate(next);
        vm.assertEq(next.reserveOf(Role.Coordinator), 5e18);
        vm.assertEq(next.reserveOf(Role.Miner), 0);
        // What comes in later can follow.
        controller.fund(Role.Miner, 3e18);
        controller.migrate(next);
        vm.assertEq(next.reserveOf(Role.Miner), 3e18);
        controller.migrate(next);
    }

    function test_migrate_is_the_governors() public {
        fill();
        EmissionController next = create(1 days);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(this)));
        controller.migrate(next);
        manager.grantRole(Roles.GOVERNOR, BOB, 10 days);
        vm.startPrank(BOB);
        vm.expectRevert();
        controller.migrate(next);
        manager.schedule(address(controller), abi.encodeCall(EmissionController.migrate, (next)), 0);
        vm.warp(block.timestamp + 10 days);
        controller.migrate(next);
        vm.assertEq(next.reserveOf(Role.Miner), MINING);
    }

    function test_migrate_refuses() public {
        fill();
        successor();
        bytes memory refusal = abi.encodeWithSelector(EmissionController.BadSuccessor.selector, address(controller));
        vm.expectRevert(refusal);
        controller.migrate(controller);
        // One of another network, with the same token.
        Staking other = new Staking(cai, 100, UNBONDING, address(manager));
        EmissionController stranger = new EmissionController(other, 1 days, address(manager));
        vm.expectRevert(abi.encodeWithSelector(EmissionController.BadSuccessor.selector, address(stranger)));
        controller.migrate(stranger);
        // One that names the staking contract and another token.
        Disguised disguised = new Disguised(staking);
        vm.expectRevert(abi.encodeWithSelector(EmissionController.BadSuccessor.selector, address(disguised)));
        controller.migrate(EmissionController(address(disguised)));
        // An account without code.
        vm.expectRevert();
        controller.migrate(EmissionController(BOB));
        vm.assertEq(controller.reserveOf(Role.Miner), MINING);
    }
}
