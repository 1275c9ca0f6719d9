// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../../src/staking/NodeRegistry.sol";
import {StakingHarness} from "../harness/StakingHarness.sol";
import {TestBase} from "../harness/TestBase.sol";

/// @dev What the frequent calls cost: whole transactions, with their 21,000 and calldata, each against cold storage,
/// while rewards stream and a commission is charged.
/// forge-config: default.isolate = true
contract GasTest is TestBase {
    address private constant ALICE = address(0xA11CE);
    address private constant BOB = address(0xB0B);
    address private constant CAROL = address(0xCA401);
    address private constant DAVE = address(0xDA7E);

    address private node;

    function setUp() public {
        deploy();
        staking = new StakingHarness(cai, UNBONDING, address(manager));
        takeRoles();
        vm.roll(1_000);
        node = newNode(ALICE, 0xE0DE, Role.Miner, 30_000e18);
        vm.prank(ALICE);
        staking.announceCommission(node, 1_000);
        newNode(ALICE, 0xE0DF, Role.Miner, 30_000e18);
        emission(Role.Miner, 1_000_000e18, 30 days);
        // Everyone has CAI of their own, and the burn address has received some.
        cai.transfer(BOB, 1e18);
        cai.transfer(CAROL, 1e18);
        cai.transfer(staking.BURN(), 1);
        fund(BOB, 1_000e18);
        fund(CAROL, 1_000e18);
        vm.prank(CAROL);
        staking.vote(node, 100e18, 5_000);
        later();
        // The node has earned before.
        fund(DAVE, 1e18);
        vm.prank(DAVE);
        staking.vote(node, 1e18, 5_000);
        later();
    }

    /// @dev Another epoch, in which nothing happened yet.
    function later() private {
        vm.warp(block.timestamp + 1 hours);
    }

    /// @dev The whole cost of the transaction before, as a snapshot; at most `ceiling`.
    function check(string memory name, uint256 ceiling) private {
        uint256 used = vm.snapshotGasLastCall("staking", name);
        vm.assertLe(used, ceiling, name);
    }

    function test_gas_vote() public {
        vm.prank(BOB);
        staking.vote(node, 100e18, 5_000);
        check("vote, first", 106_000);
        later();
        vm.prank(BOB);
        staking.vote(node, 100e18, 5_000);
        check("vote, second: first rewards", 106_000);
        later();
        vm.prank(BOB);
        staking.vote(node, 100e18, 5_000);
        check("vote, steady", 95_000);
    }

    function test_gas_deposit_and_vote() public {
        vm.startPrank(BOB);
        cai.approve(address(staking), type(uint256).max);
        vm.stopPrank();
        cai.transfer(BOB, 1_000e18);
        vm.prank(BOB);
        staking.depositAndVote(node, 100e18, 5_000);
        check("depositAndVote, first", 120_000);
        later();
        vm.prank(BOB);
        staking.vote(node, 100e18, 5_000);
        later();
        vm.prank(BOB);
        staking.depositAndVote(node, 100e18, 5_000);
        check("depositAndVote, steady", 110_000);
    }

    function test_gas_claim() public {
        vm.prank(CAROL);
        staking.claim(node);
        check("claim, first", 75_000);
        later();
        vm.prank(CAROL);
        staking.claim(node);
        check("claim, steady", 75_000);
        later();
        vm.prank(CAROL);
        staking.vote(node, 1e18, 5_000);
        later();
        vm.prank(CAROL);
        staking.claim(node);
        check("claim, with accrued rewards", 75_000);
        later();
        vm.prank(ALICE);
        staking.claim(node);
        check("claim, owner", 100_000);
    }

    function test_gas_exit() public {
        vm.startPrank(CAROL);
        staking.retract(node, 10e18);
        check("retract, first", 119_000);
        later();
        staking.retract(node, 10e18);
        check("retract, steady", 119_000);
        vm.warp(block.timestamp + UNBONDING);
        staking.release(node);
        check("release of two", 75_000);
        staking.withdraw(5e18);
        check("withdraw", 50_000);
        vm.stopPrank();
    }

    /// @dev Of a slash, 22,100 is the slot in which its evidence is spent, and 1,900 the event of that.
    function test_gas_slash() public {
        staking.slash(node, 1_000e18, 2_000, ids("a"));
        check("slash", 130_000);
        later();
        staking.slash(node, 28_000e18, 2_000, ids("b"));
        check("slash that makes inactive", 133_000);
        later();
        staking.slash(node, type(uint256).max, 2_000, ids("c"));
        check("slash of all", 130_000);
    }

    /// @dev The number of stakers makes no difference.
    function test_gas_slash_with_ten_thousand_stakers() public {
        cai.approve(address(staking), 10_000e18);
        vm.pauseGasMetering();
        StakingHarness(address(staking)).crowd(node, 10_000, 1e18);
        vm.resumeGasMetering();
        vm.assertEq(uint256(staking.nodeView(node).weight), 30_000e18 + 10_000e18 + 101e18);
        later();
        staking.slash(node, 1_000e18, 2_000, ids("a"));
        check("slash, 10,000 stakers", 130_000);
        address one = address(0x57A4E20001);
        vm.assertGt(staking.pendingRewards(node, one), 0);
        vm.assertLt(staking.stakeOf(node, one), 1e18);
    }

    function ids(bytes32 id) private pure returns (bytes32[] memory list) {
        list = new bytes32[](1);
        list[0] = id;
    }

    /// @dev The first one begins the owner's slot of accrued rewards, 17,100.
    function test_gas_charge() public {
        staking.charge(node, 1_000e18, 2_000);
        check("charge, first", 137_000);
        later();
        vm.prank(ALICE);
        staking.retract(node, 5_000e18);
        later();
        staking.charge(node, 26_000e18, 2_000);
        check("charge of unbonding stake", 137_000);
    }

    function test_gas_idleness() public {
        address coordinator = newNode(DAVE, 0xC00D, Role.Coordinator, 3_000_000e18);
        vm.warp(block.timestamp + 8 days);
        vm.prank(BOB);
        staking.markIdle(node);
        // 29,000 of it for the tip: the owner's rewards are brought up to date, and a part is paid to the caller.
        check("markIdle", 110_000);
        staking.recordPayment(coordinator, node);
        check("recordPayment, of an idle miner", 90_000);
        staking.recordPayment(coordinator, node);
        check("recordPayment, twice in an hour", 50_000);
        later();
        later();
        staking.recordPayment(coordinator, node);
        check("recordPayment", 60_000);
    }

    function test_gas_rotate() public {
        bytes memory signature = signRegister(0xAE3, ALICE, Role.Miner, block.timestamp);
        vm.prank(ALICE);
        staking.rotate(node, vm.addr(0xAE3), "name", "hello", "https://node", block.timestamp, signature);
        check("rotate", 200_000);
        staking.slash(node, 1_000e18, 2_000, ids("a"));
        check("slash, by a key that was replaced", 136_000);
    }

    function test_gas_register() public {
        bytes memory signature = signRegister(0xAE3, BOB, Role.Miner, block.timestamp);
        fund(BOB, 30_000e18);
        vm.prank(BOB);
        staking.register(
            vm.addr(0xAE3), Role.Miner, 25_000e18, "name", "hello", "https://node", block.timestamp, signature
        );
        check("register", 260_000);
    }
}
