// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {VmSafe} from "forge-std/Vm.sol";
import {Staking} from "../../src/Staking.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
import {NodeView, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Votes} from "../../src/staking/Votes.sol";
import {StakingBase} from "../harness/StakingBase.sol";
import {StakingHarness} from "../harness/StakingHarness.sol";

/// @dev Calls back into Staking while it moves tokens.
contract HostileToken is ERC20("Hostile", "H") {
    Staking public staking;
    bytes public attack;
    bytes public failure;

    function arm(Staking staking_, bytes calldata attack_) external {
        (staking, attack) = (staking_, attack_);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (attack.length != 0) {
            (, failure) = address(staking).call(attack);
        }
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @dev The deployment of the staking contract, free stake, views, and safety.
contract StakingTest is StakingBase {
    // ------------------------------------------------------------------------------------------------- deployment

    function test_constructor_keeps_parameters() public view {
        vm.assertEq(address(staking.cai()), address(cai));
        vm.assertEq(staking.epochSeconds(), 100);
        vm.assertEq(staking.unbondingPeriod(), UNBONDING);
        vm.assertEq(staking.authority(), address(manager));
        vm.assertEq(staking.MINER_MINIMUM(), MINER_MINIMUM);
        vm.assertEq(staking.COORDINATOR_MINIMUM(), COORDINATOR_MINIMUM);
        vm.assertEq(staking.minimumStake(Role.Miner), MINER_MINIMUM);
        vm.assertEq(staking.minimumStake(Role.Coordinator), COORDINATOR_MINIMUM);
    }

    /// @dev As it is deployed; code that is instrumented or not optimised is larger.
    function test_fits_the_size_limit() public view {
        if (vm.isContext(VmSafe.ForgeContext.Coverage)) return;
        if (keccak256(bytes(vm.envOr("FOUNDRY_PROFILE", string("")))) == keccak256("fast")) return;
        vm.assertLe(address(staking).code.length, 24_576);
    }

    function test_constructor_bounds() public {
        vm.expectRevert(Staking.BadToken.selector);
        new Staking(IERC20(BOB), 1, 1, address(this));
        vm.expectRevert(Staking.BadEpochSeconds.selector);
        new Staking(cai, 0, 1, address(this));
        vm.expectRevert(abi.encodeWithSelector(Staking.BadUnbondingPeriod.selector, 0, 30 days));
        new Staking(cai, 1, 0, address(this));
        vm.expectRevert(abi.encodeWithSelector(Staking.BadUnbondingPeriod.selector, 30 days + 1, 30 days));
        new Staking(cai, 1, 30 days + 1, address(this));
        vm.expectRevert(abi.encodeWithSelector(Staking.BadUnbondingPeriod.selector, type(uint64).max, 30 days));
        new Staking(cai, 1, type(uint64).max, address(this));
        vm.expectRevert(Staking.ZeroAddress.selector);
        new Staking(cai, 1, 1, address(0));
        HostileToken huge = new HostileToken();
        huge.mint(BOB, type(uint96).max);
        new Staking(huge, 1, 1, BOB);
        huge.mint(BOB, 1);
        vm.expectRevert(Staking.BadToken.selector);
        new Staking(huge, 1, 1, BOB);
        new Staking(cai, 1, 1, BOB);
        new Staking(cai, type(uint64).max, 30 days, BOB);
    }

    function test_authority_moves_only_by_itself() public {
        staking = new Staking(cai, 100, UNBONDING, address(this));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, BOB));
        vm.prank(BOB);
        staking.setAuthority(address(cai));
        staking.setAuthority(address(cai));
        vm.assertEq(staking.authority(), address(cai));
    }

    // ------------------------------------------------------------------------------------------------- free stake

    function test_deposit_and_withdraw() public {
        cai.transfer(ALICE, 10e18);
        vm.startPrank(ALICE);
        cai.approve(address(staking), 10e18);
        vm.expectEmit(address(staking));
        emit FreeStake.Deposited(ALICE, 10e18);
        staking.deposit(10e18);
        vm.assertEq(staking.freeStakeOf(ALICE), 10e18);
        vm.assertEq(cai.balanceOf(address(staking)), 10e18);

        vm.expectEmit(address(staking));
        emit FreeStake.Withdrawn(ALICE, 4e18);
        staking.withdraw(4e18);
        vm.assertEq(staking.freeStakeOf(ALICE), 6e18);
        vm.assertEq(cai.balanceOf(ALICE), 4e18);

        vm.expectRevert(abi.encodeWithSelector(FreeStake.InsufficientFreeStake.selector, 6e18, 6e18 + 1));
        staking.withdraw(6e18 + 1);
    }

    function test_deposit_needs_allowance() public {
        cai.transfer(ALICE, 1);
        vm.expectRevert();
        vm.prank(ALICE);
        staking.deposit(1);
        vm.assertEq(staking.freeStakeOf(ALICE), 0);
    }

    function test_zero_amounts() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        vm.startPrank(ALICE);
        vm.expectRevert(FreeStake.ZeroAmount.selector);
        staking.deposit(0);
        vm.expectRevert(FreeStake.ZeroAmount.selector);
        staking.withdraw(0);
        vm.expectRevert(FreeStake.ZeroAmount.selector);
        staking.vote(node, 0, 5_000);
        vm.expectRevert(FreeStake.ZeroAmount.selector);
        staking.depositAndVote(node, 0, 5_000);
        vm.expectRevert(FreeStake.ZeroAmount.selector);
        staking.retract(node, 0);
    }

    function test_donations_are_ignored() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        cai.transfer(address(staking), 5e18);
        vm.assertEq(staking.freeStakeOf(address(this)), 0);
        assertNode(node, Status.Active, MINER_STAKE, MINER_STAKE);
        vm.assertEq(staking.stakeOf(node, ALICE), MINER_STAKE);
    }

    function test_deposit_with_permit() public {
        address carol = vm.addr(7);
        cai.transfer(carol, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = signPermit(7, 5e18, block.timestamp);
        vm.prank(carol);
        staking.depositWithPermit(5e18, block.timestamp, v, r, s);
        vm.assertEq(staking.freeStakeOf(carol), 5e18);
    }

    function test_permit_submitted_first_by_another_does_no_harm() public {
        address carol = vm.addr(7);
        cai.transfer(carol, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = signPermit(7, 5e18, block.timestamp);
        cai.permit(carol, address(staking), 5e18, block.timestamp, v, r, s);
        vm.prank(carol);
        staking.depositWithPermit(5e18, block.timestamp, v, r, s);
        vm.assertEq(staking.freeStakeOf(carol), 5e18);
    }

    function test_bad_permit_gives_no_allowance() public {
        address carol = vm.addr(7);
        cai.transfer(carol, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = signPermit(8, 5e18, block.timestamp);
        vm.expectRevert();
        vm.prank(carol);
        staking.depositWithPermit(5e18, block.timestamp, v, r, s);
    }

    /// @dev Someone else's permit cannot be used to deposit in one's own name.
    function test_permit_is_the_callers_own() public {
        address carol = vm.addr(7);
        cai.transfer(carol, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = signPermit(7, 5e18, block.timestamp);
        vm.expectRevert();
        vm.prank(BOB);
        staking.depositWithPermit(5e18, block.timestamp, v, r, s);
    }

    // ------------------------------------------------------------------------------------------------------ views

    function test_weights_in_pages() public {
        for (uint256 i = 0; i < 5; ++i) {
            newNode(ALICE, 0x100 + i, Role.Miner, MINER_STAKE + i);
        }
        newNode(BOB, 0x200, Role.Coordinator, COORDINATOR_MINIMUM + 1);
        vm.prank(ALICE);
        staking.retract(vm.addr(0x101), 2);

        vm.assertEq(staking.nodeCount(Role.Miner), 5);
        NodeView[] memory page = staking.weights(Role.Miner, 0, type(uint256).max);
        vm.assertEq(page.length, 5);
        for (uint256 i = 0; i < 5; ++i) {
            vm.assertEq(page[i].node, vm.addr(0x100 + i));
            vm.assertEq(uint256(page[i].weight), i == 1 ? 0 : MINER_STAKE + i);
            vm.assertEq(page[i].status, i == 1 ? 2 : 1);
            vm.assertEq(abi.encode(page[i]), abi.encode(staking.nodeView(page[i].node)));
        }
        page = staking.weights(Role.Miner, 3, 1);
        vm.assertEq(page.length, 1);
        vm.assertEq(page[0].node, vm.addr(0x103));
        vm.assertEq(staking.weights(Role.Miner, 4, 9).length, 1);
        vm.assertEq(staking.weights(Role.Miner, 5, 9).length, 0);
        vm.assertEq(staking.weights(Role.Miner, 0, 0).length, 0);
        vm.assertEq(staking.weights(Role.Miner, type(uint256).max, type(uint256).max).length, 0);
        vm.assertEq(staking.weights(Role.Coordinator, 0, 9).length, 1);
        vm.assertEq(staking.weights(Role.None, 0, 9).length, 0);
    }

    function test_views_of_an_unknown_node() public view {
        NodeView memory info = staking.nodeView(node);
        vm.assertEq(info.node, node);
        vm.assertEq(info.owner, address(0));
        vm.assertEq(info.status, 0);
        vm.assertEq(staking.stakeOf(node, ALICE), 0);
        vm.assertEq(staking.unbondings(node, ALICE).length, 0);
        vm.assertEq(staking.nonces(node), 0);
    }

    // ----------------------------------------------------------------------------------------------------- safety

    function test_token_callbacks_cannot_reenter() public {
        HostileToken hostile = new HostileToken();
        Staking target = new Staking(hostile, 1, 1, address(this));
        hostile.mint(address(this), 10);
        hostile.approve(address(target), 10);
        bytes4 reentered = bytes4(keccak256("ReentrancyGuardReentrantCall()"));
        bytes[5] memory attacks = [
            abi.encodeCall(FreeStake.deposit, (1)),
            abi.encodeCall(FreeStake.depositWithPermit, (1, 0, 0, 0, 0)),
            abi.encodeCall(FreeStake.withdraw, (1)),
            abi.encodeCall(Votes.depositAndVote, (node, 1, 5_000)),
            abi.encodeCall(Votes.depositAndVoteWithPermit, (node, 1, 5_000, 0, 0, 0, 0))
        ];
        for (uint256 i = 0; i < attacks.length; ++i) {
            hostile.arm(target, attacks[i]);
            target.deposit(2);
            vm.assertEq(bytes4(hostile.failure()), reentered);
            target.withdraw(1);
            vm.assertEq(bytes4(hostile.failure()), reentered);
        }
        vm.assertEq(target.freeStakeOf(address(this)), 5);
    }

    /// @dev A loss takes the same fraction from all active and unbonding stake.
    function test_losses_reach_every_share() public {
        StakingHarness harness = new StakingHarness(cai, UNBONDING, address(manager));
        staking = harness;
        takeRoles();
        newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
        fund(BOB, 10_000e18);
        vm.startPrank(BOB);
        staking.vote(node, 10_000e18, 5_000);
        staking.retract(node, 4_000e18);
        vm.stopPrank();

        expectWeight(node, Status.Active, 27_000e18, 32_400e18);
        slash(node, 4_000e18, 0);
        vm.assertEq(staking.stakeOf(node, ALICE), 27_000e18);
        vm.assertEq(staking.stakeOf(node, BOB), 5_400e18);
        vm.assertEq(staking.unbondings(node, BOB)[0].amount, 3_600e18);
        expectWeight(node, Status.Inactive, 18_000e18, 0);
        slash(node, 12_000e18, 0);

        vm.warp(block.timestamp + UNBONDING);
        vm.startPrank(BOB);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(BOB), 2_400e18);
        staking.retract(node, 3_600e18);
        vm.assertEq(harness.sharesOf(node, BOB), 0);
        vm.stopPrank();

        // New stake pays today's price; the owner comes back.
        fund(ALICE, 2_001e18);
        vm.prank(ALICE);
        staking.vote(node, 2_001e18, 5_000);
        assertNode(node, Status.Active, 20_001e18, 20_001e18);
    }

    /// @dev The wei that rounding leaves behind at a release is announced.
    function test_release_announces_rounding() public {
        StakingHarness harness = new StakingHarness(cai, UNBONDING, address(manager));
        staking = harness;
        takeRoles();
        newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
        fund(BOB, 2);
        vm.startPrank(BOB);
        staking.vote(node, 2, 5_000);
        staking.retract(node, 1);
        vm.stopPrank();
        slash(node, 1, 0);
        vm.warp(block.timestamp + UNBONDING);
        uint256 before = staking.nodeView(node).weight;
        vm.expectEmit(address(staking));
        emit Votes.Released(BOB, node, 0);
        expectWeight(node, Status.Active, 30_000e18, 30_000e18 + 1);
        vm.prank(BOB);
        staking.release(node);
        vm.assertEq(staking.nodeView(node).weight, before + 1);
    }

    /// @dev A release can change the weight and not the own stake.
    function test_release_announces_rounding_of_the_weight_alone() public {
        address carol = address(0xCA401);
        newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
        fund(BOB, 1);
        fund(carol, 3);
        vm.prank(carol);
        staking.vote(node, 3, 5_000);
        vm.startPrank(BOB);
        staking.vote(node, 1, 5_000);
        staking.retract(node, 1);
        vm.stopPrank();
        slash(node, 9_000e18 + 1, 0);
        assertNode(node, Status.Active, 21_000e18, 21_000e18 + 2);
        vm.warp(block.timestamp + UNBONDING);
        expectWeight(node, Status.Active, 21_000e18, 21_000e18 + 3);
        vm.prank(BOB);
        staking.release(node);
        assertNode(node, Status.Active, 21_000e18, 21_000e18 + 3);
        vm.assertEq(staking.totalWeight(Role.Miner), 21_000e18 + 3);
    }

    /// @dev Who retracts all that its stake is worth keeps no shares, whatever the price.
    function test_retract_of_all_leaves_no_dust() public {
        StakingHarness harness = new StakingHarness(cai, UNBONDING, address(manager));
        staking = harness;
        takeRoles();
        newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
        fund(BOB, 10);
        vm.prank(BOB);
        staking.vote(node, 10, 5_000);
        slash(node, 19_500e18, 0);
        // Ten shares at 0.35: worth 3, for which 9 shares would do.
        vm.assertEq(staking.stakeOf(node, BOB), 3);
        vm.startPrank(BOB);
        staking.retract(node, 3);
        vm.assertEq(harness.sharesOf(node, BOB), 0);
        vm.assertEq(staking.unbondings(node, BOB)[0].shares, 10);
        vm.warp(block.timestamp + UNBONDING);
        staking.release(node);
        vm.assertEq(harness.poolOf(node).shares, 30_000e18);
    }
}
