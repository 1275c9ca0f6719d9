// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Wiring} from "../../script/Wiring.sol";
import {EmissionController} from "../../src/EmissionController.sol";
import {Faucet} from "../../src/Faucet.sol";
import {Staking} from "../../src/Staking.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Pool} from "../../src/libraries/PoolMath.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
import {NodeRegistry, NodeView, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {PauseGuard} from "../../src/staking/PauseGuard.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {Unbonding, Votes} from "../../src/staking/Votes.sol";
import {StakingHarness} from "../harness/StakingHarness.sol";
import {TestBase} from "../harness/TestBase.sol";

/// @dev Calls back into Staking whenever it moves, as an ERC-777 or a malicious token would.
contract CallingToken is ERC20("Calling", "C") {
    address private victim;
    bytes private attack;
    bytes public failure;
    bool public accepted;

    function arm(address victim_, bytes calldata attack_) external {
        (victim, attack, accepted) = (victim_, attack_, false);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (attack.length != 0) (accepted, failure) = victim.call(attack);
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @dev Says no instead of reverting.
contract FalseToken is ERC20("False", "F") {
    bool public honest = true;

    function setHonest(bool honest_) external {
        honest = honest_;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return honest && super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return honest && super.transferFrom(from, to, value);
    }
}

/// @dev Attacks that staking systems are known to have suffered, by the number of the case in the reliability plan.
contract AttacksTest is TestBase {
    address private constant ALICE = address(0xA11CE);
    address private constant BOB = address(0xB0B);
    address private constant MALLORY = address(0xBAD);
    address private constant FINDER = address(0xF1D);
    uint256 private constant NODE_KEY = 0xE0DE;
    uint256 private constant OTHER_KEY = 0xE0DF;

    StakingHarness private harness;
    address private node;

    function setUp() public {
        deploy();
        harness = new StakingHarness(cai, UNBONDING, address(manager));
        staking = harness;
        takeRoles();
        vm.roll(1_000);
        node = newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
    }

    function vote(address staker, uint256 amount) private {
        fund(staker, amount);
        vm.prank(staker);
        staking.vote(node, amount);
    }

    function retract(address staker, uint256 amount) private {
        vm.prank(staker);
        staking.retract(node, amount);
    }

    function release(address staker) private {
        vm.prank(staker);
        staking.release(node);
    }

    function claim(address staker) private returns (uint256 amount) {
        vm.prank(staker);
        return staking.claim(node);
    }

    function wait(uint256 time) private {
        vm.warp(vm.getBlockTimestamp() + time);
    }

    // ------------------------------------------------------------------------------------ D4 to D9: slash dodging

    function test_D4_unbond_then_offend() public {
        retract(ALICE, 30_000e18);
        wait(3 days);
        (uint256 taken,) = staking.slash(node, 10_000e18, FINDER, 0);
        vm.assertEq(taken, 10_000e18);
        vm.assertEq(staking.unbondings(node, ALICE)[0].amount, 20_000e18);
    }

    function test_D4_offend_then_unbond() public {
        vm.prank(ALICE);
        staking.deregister(node);
        retract(ALICE, 30_000e18);
        // In the last second of the waiting time.
        wait(UNBONDING - 1);
        (uint256 taken,) = staking.slash(node, 30_000e18, FINDER, 0);
        vm.assertEq(taken, 30_000e18);
        wait(1);
        release(ALICE);
        vm.assertEq(staking.freeStakeOf(ALICE), 0);
    }

    /// @dev What has matured and was not released can still be slashed, also when a later request is not touched.
    function test_D4_matured_requests_stay_slashable() public {
        retract(ALICE, 10_000e18);
        wait(UNBONDING);
        retract(ALICE, 10_000e18);
        wait(100 days);
        staking.slash(node, 15_000e18, FINDER, 0);
        Unbonding[] memory open = staking.unbondings(node, ALICE);
        vm.assertEq(open[0].amount, 5_000e18);
        vm.assertEq(open[1].amount, 5_000e18);
        release(ALICE);
        vm.assertEq(staking.freeStakeOf(ALICE), 10_000e18);
    }

    /// @dev In the second in which stake becomes available, whichever comes first counts, and never both.
    function test_D5_boundary() public {
        retract(ALICE, 30_000e18);
        wait(UNBONDING);
        uint256 state = vm.snapshotState();
        staking.slash(node, 30_000e18, FINDER, 0);
        release(ALICE);
        vm.assertEq(staking.freeStakeOf(ALICE), 0);
        vm.revertToState(state);

        release(ALICE);
        vm.assertEq(staking.freeStakeOf(ALICE), 30_000e18);
        (uint256 taken,) = staking.slash(node, 30_000e18, FINDER, 0);
        vm.assertEq(taken, 0);
        vm.prank(ALICE);
        staking.withdraw(30_000e18);
    }

    function test_D6_endless_waiting_time() public {
        vm.expectRevert(abi.encodeWithSelector(Staking.BadUnbondingPeriod.selector, type(uint64).max, 30 days));
        new Staking(cai, 1, type(uint64).max, address(manager));
        // The longest one does not overflow, however late it is.
        staking = new Staking(cai, 1, 30 days, address(manager));
        vm.warp(type(uint40).max);
        newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
        retract(ALICE, 1);
        vm.assertEq(staking.unbondings(node, ALICE)[0].availableAt, uint256(type(uint40).max) + 30 days);
    }

    function test_D7_slash_of_more_than_is_left() public {
        retract(ALICE, 29_000e18);
        wait(UNBONDING);
        release(ALICE);
        (uint256 taken, uint256 reward) = staking.slash(node, 30_000e18, FINDER, 2_000);
        vm.assertEq(taken, 1_000e18);
        vm.assertEq(reward, 200e18);
        (taken,) = staking.slash(node, 30_000e18, FINDER, 2_000);
        vm.assertEq(taken, 0);
    }

    function test_D8_stake_in_the_same_block() public {
        vote(ALICE, 1);
        vote(MALLORY, 1);
        (uint256 taken,) = staking.slash(node, 10_000e18, FINDER, 0);
        vm.assertEq(taken, 10_000e18);
    }

    /// @dev Slashing oneself through a friend is no way out: four fifths are burned.
    function test_D9_slasher_is_a_friend() public {
        (, uint256 reward) = staking.slash(node, type(uint256).max, ALICE, 2_000);
        vm.assertEq(reward, 6_000e18);
        vm.assertEq(cai.balanceOf(ALICE), 6_000e18);
        vm.assertEq(cai.balanceOf(staking.BURN()), 24_000e18);
        vm.expectRevert(abi.encodeWithSelector(Slashing.FinderShareTooHigh.selector, 10_000, 2_000));
        staking.slash(node, 1, ALICE, 10_000);
    }

    // ------------------------------------------------------------------------- D10 to D14: other people's positions

    /// @dev There is no call that adds to another's requests: the schedule of each staker is its own.
    function test_D10_dust_in_anothers_list() public {
        vote(BOB, 10e18);
        retract(BOB, 4e18);
        uint256 at = staking.unbondings(node, BOB)[0].availableAt;
        vote(MALLORY, 100);
        vm.startPrank(MALLORY);
        for (uint256 i = 0; i < 32; ++i) {
            staking.retract(node, 1);
        }
        vm.expectRevert(Votes.NothingToRelease.selector);
        staking.release(address(0));
        vm.stopPrank();
        vm.assertEq(staking.unbondings(node, BOB).length, 1);
        vm.assertEq(staking.unbondings(node, BOB)[0].availableAt, at);
        vm.assertEq(staking.unbondings(node, ALICE).length, 0);
        retract(BOB, 1);
        vm.warp(at);
        release(BOB);
        vm.assertEq(staking.freeStakeOf(BOB), 4e18 + 1);
    }

    /// @dev With 100,000 stakers behind a node, and a full list of requests, no call costs more than 500,000 gas.
    function test_D11_many_stakers() public {
        cai.approve(address(staking), 100_000e18);
        vm.pauseGasMetering();
        harness.crowd(node, 100_000, 1e18);
        vm.resumeGasMetering();
        emission(Role.Miner, 1_000_000e18, 30 days);
        wait(1 days);
        vote(BOB, 100e18);
        for (uint256 i = 0; i < 32; ++i) {
            retract(BOB, 1e18);
        }
        wait(UNBONDING);
        fund(BOB, 1e18);

        uint256 most;
        vm.startPrank(BOB);
        uint256 gas = gasleft();
        staking.vote(node, 1e18);
        most = worse(most, gas);
        gas = gasleft();
        staking.release(node);
        most = worse(most, gas);
        gas = gasleft();
        staking.retract(node, 1e18);
        most = worse(most, gas);
        gas = gasleft();
        staking.claim(node);
        most = worse(most, gas);
        vm.stopPrank();
        gas = gasleft();
        staking.slash(node, 1_000e18, FINDER, 2_000);
        most = worse(most, gas);
        gas = gasleft();
        emission(Role.Miner, 1e18, 30 days);
        most = worse(most, gas);
        vm.prank(ALICE);
        gas = gasleft();
        staking.deregister(node);
        most = worse(most, gas);
        vm.assertLt(most, 500_000);
    }

    function worse(uint256 most, uint256 gas) private view returns (uint256) {
        uint256 used = gas - gasleft();
        return used > most ? used : most;
    }

    /// @dev A donation does not move a price, so the second one in loses nothing to the first.
    function test_D12_first_depositor_and_donation() public {
        retract(ALICE, 30_000e18);
        wait(UNBONDING);
        release(ALICE);
        vm.prank(ALICE);
        staking.vote(node, MINER_MINIMUM + 1);
        cai.transfer(address(staking), 1_000_000e18);
        vote(BOB, 12_345);
        vm.assertEq(staking.stakeOf(node, BOB), 12_345);
        retract(BOB, 12_345);
        wait(UNBONDING);
        release(BOB);
        vm.assertEq(staking.freeStakeOf(BOB), 12_345);
    }

    /// @dev A node cannot be slashed to dust and refilled until its shares overflow: it is out below a tenth.
    function test_D13_slash_to_dust_and_refill() public {
        uint256 last;
        for (uint256 i = 0; i < 100; ++i) {
            uint256 total = staking.slashableOf(node);
            staking.slash(node, total - total / 3, FINDER, 0);
            Pool memory pool = harness.poolOf(node);
            vm.assertLe(pool.shares, uint256(type(uint96).max) * 11);
            last = i;
            if (staking.nodeView(node).status == uint8(Status.Tombstoned)) break;
            vote(ALICE, 1_000_000e18);
        }
        // 1/3, 1/9, and then less than a tenth of the first price.
        vm.assertEq(last, 2);
        fund(BOB, 1);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotActive.selector, node));
        staking.vote(node, 1);
        // Whoever is in gets out.
        uint256 have = staking.stakeOf(node, ALICE);
        vm.assertGt(have, 0);
        retract(ALICE, have);
        wait(UNBONDING);
        release(ALICE);
        vm.assertEq(staking.freeStakeOf(ALICE), have);
        vm.assertEq(harness.poolOf(node).shares, 0);
    }

    /// @dev Whatever happened before, and whoever is last, everyone gets out, and with what views promised.
    function testFuzz_D14_last_one_out(uint256[6] calldata amounts, uint256[4] calldata slashes, uint8 order) public {
        address[3] memory stakers = [ALICE, BOB, MALLORY];
        for (uint256 i = 0; i < 6; ++i) {
            // Only the owner can vote for a node that a slash made inactive.
            address staker = staking.nodeView(node).status == 1 ? stakers[i % 3] : ALICE;
            if (staking.nodeView(node).status >= 3) break;
            vote(staker, bound(amounts[i], 1, 1_000_000e18));
            uint256 have = staking.stakeOf(node, staker);
            if (amounts[i] % 2 == 0 && have != 0) retract(staker, bound(amounts[i], 1, have));
            if (i < 4) staking.slash(node, bound(slashes[i], 0, staking.slashableOf(node) / 2), FINDER, 0);
        }
        uint256 sum;
        for (uint256 i = 0; i < 3; ++i) {
            address staker = stakers[(i + order) % 3];
            uint256 have = staking.stakeOf(node, staker);
            if (have != 0) retract(staker, have);
        }
        wait(UNBONDING);
        for (uint256 i = 0; i < 3; ++i) {
            address staker = stakers[(i + order) % 3];
            if (staking.unbondings(node, staker).length != 0) release(staker);
            uint256 free = staking.freeStakeOf(staker);
            sum += free;
            if (free == 0) continue;
            vm.prank(staker);
            staking.withdraw(free);
        }
        // At most a wei of each stays: a share worth less cannot be retracted.
        vm.assertLe(staking.slashableOf(node), 3);
        vm.assertEq(cai.balanceOf(address(staking)), staking.slashableOf(node));
        vm.assertGt(sum, 0);
    }

    // -------------------------------------------------------------------------------------- D15 to D17: rewards

    function test_D15_rewards_without_stake() public {
        retract(ALICE, 30_000e18);
        emission(Role.Miner, 1_000e18, 1_000);
        wait(10_000);
        vm.assertEq(staking.pendingRewards(node, ALICE), 0);
        // Who comes first earns from then on, not what ran up.
        vote(ALICE, 30_000e18);
        vm.assertEq(staking.pendingRewards(node, ALICE), 0);
        wait(1);
        vm.assertApproxEqAbs(staking.pendingRewards(node, ALICE), 1e18, 1e6);
        // And nothing was lost.
        wait(999);
        vm.assertApproxEqAbs(staking.pendingRewards(node, ALICE), 1_000e18, 1e6);
    }

    /// @dev 10,000 small claims take no more than was streamed, and leave at most a wei each.
    function test_D16_many_small_claims() public {
        vote(BOB, 1e18);
        emission(Role.Miner, 10_000e18, 10_000);
        uint256 start = vm.getBlockTimestamp();
        uint256 sum;
        for (uint256 i = 1; i <= 10_000; ++i) {
            vm.warp(start + i);
            sum += claim(BOB);
        }
        uint256 due = 10_000e18 / uint256(30_001);
        vm.assertLe(sum, due);
        vm.assertLe(due - sum, 10_000);
        uint256 rest = claim(ALICE);
        vm.assertLe(sum + rest, 10_000e18);
    }

    function test_D17_flash_stake() public {
        emission(Role.Miner, 1_000e18, 1_000);
        wait(500);
        vote(MALLORY, 100_000_000e18);
        vm.assertEq(claim(MALLORY), 0);
        retract(MALLORY, 100_000_000e18);
        vm.assertEq(claim(MALLORY), 0);
        wait(500);
        vm.assertEq(claim(MALLORY), 0);
        // The stake waits like any other.
        vm.prank(MALLORY);
        vm.expectRevert(abi.encodeWithSelector(Votes.StillUnbonding.selector, vm.getBlockTimestamp() + UNBONDING - 500));
        staking.release(node);
    }

    // ---------------------------------------------------------------------------------- D18, D19: hostile tokens

    function test_D18_reentrancy() public {
        CallingToken token = new CallingToken();
        Staking target = new Staking(token, 1, 1, address(manager));
        staking = target;
        takeRoles();
        token.mint(address(this), 1_000_000e18);
        token.approve(address(target), type(uint256).max);
        target.deposit(100_000e18);
        bytes memory signature = signRegister(OTHER_KEY, address(this), Role.Miner, block.timestamp);
        address other = vm.addr(OTHER_KEY);
        target.register(other, Role.Miner, 30_000e18, "name", "hello", "https://node", block.timestamp, signature);
        target.notifyEmission(Role.Miner, 100_000e18, 100_000);

        bytes[8] memory attacks = [
            abi.encodeCall(FreeStake.deposit, (1)),
            abi.encodeCall(FreeStake.depositWithPermit, (1, 0, 0, 0, 0)),
            abi.encodeCall(FreeStake.withdraw, (1)),
            abi.encodeCall(Votes.depositAndVote, (other, 1)),
            abi.encodeCall(Votes.depositAndVoteWithPermit, (other, 1, 0, 0, 0, 0)),
            abi.encodeCall(Staking.claim, (other)),
            abi.encodeCall(Slashing.slash, (other, 1, FINDER, 0)),
            abi.encodeCall(Staking.notifyEmission, (Role.Miner, 1, 1))
        ];
        manager.grantRole(Roles.SLASHER, address(token), 0);
        manager.grantRole(Roles.EMISSION, address(token), 0);
        for (uint256 i = 0; i < attacks.length; ++i) {
            wait(1);
            token.arm(address(target), attacks[i]);
            target.claim(other);
            assertRefused(token);
            target.withdraw(1);
            assertRefused(token);
            target.deposit(1);
            assertRefused(token);
            target.depositAndVote(other, 1);
            assertRefused(token);
            target.slash(other, 5, FINDER, 2_000);
            assertRefused(token);
            target.notifyEmission(Role.Miner, 1, 1_000);
            assertRefused(token);
        }
    }

    function assertRefused(CallingToken token) private view {
        vm.assertFalse(token.accepted());
        vm.assertEq(
            bytes4(token.failure()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, "reentered"
        );
    }

    /// @dev The calls that move no tokens can be made from a token, and find the books in order.
    function test_D18_read_only_reentrancy() public {
        CallingToken token = new CallingToken();
        Staking target = new Staking(token, 1, 1, address(manager));
        staking = target;
        takeRoles();
        token.mint(address(token), 10e18);
        token.mint(address(this), 100_000e18);
        token.approve(address(target), type(uint256).max);
        target.deposit(50_000e18);
        bytes memory signature = signRegister(OTHER_KEY, address(this), Role.Miner, block.timestamp);
        address other = vm.addr(OTHER_KEY);
        target.register(other, Role.Miner, 30_000e18, "name", "hello", "https://node", block.timestamp, signature);
        // While a slash pays its finder, the stake is gone already.
        token.arm(address(target), abi.encodeCall(Slashing.slashableOf, (other)));
        target.slash(other, 1_000e18, FINDER, 2_000);
        vm.assertEq(abi.decode(token.failure(), (uint256)), 29_000e18);
        token.arm(address(target), abi.encodeCall(FreeStake.freeStakeOf, (address(this))));
        target.withdraw(20_000e18);
        vm.assertEq(abi.decode(token.failure(), (uint256)), 0);
    }

    function test_D19_token_that_returns_false() public {
        FalseToken token = new FalseToken();
        Staking target = new Staking(token, 1, 1, address(manager));
        token.mint(address(this), 100);
        token.approve(address(target), 100);
        target.deposit(50);
        token.setHonest(false);
        bytes memory failure = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token));
        vm.expectRevert(failure);
        target.deposit(50);
        vm.expectRevert(failure);
        target.withdraw(50);
        vm.assertEq(target.freeStakeOf(address(this)), 50);
    }

    // ----------------------------------------------------------------------------------------- D20, D21: weights

    /// @dev One CAI backs one node once: it comes back only after the waiting time, and a weight in between is gone.
    function test_D20_vote_twice_with_the_same_stake() public {
        address other = newNode(ALICE, OTHER_KEY, Role.Miner, 30_000e18);
        vote(MALLORY, 1_000e18);
        vm.startPrank(MALLORY);
        vm.expectRevert(abi.encodeWithSelector(FreeStake.InsufficientFreeStake.selector, 0, 1_000e18));
        staking.vote(other, 1_000e18);
        staking.retract(node, 1_000e18);
        vm.expectRevert(abi.encodeWithSelector(FreeStake.InsufficientFreeStake.selector, 0, 1_000e18));
        staking.vote(other, 1_000e18);
        vm.stopPrank();
        vm.assertEq(staking.totalWeight(Role.Miner), 60_000e18);
        // Within an epoch nothing that came or went counts.
        vm.assertEq(staking.totalWeightAtEpochStart(Role.Miner), 0);
        vm.roll(1_100);
        vm.assertEq(staking.totalWeightAtEpochStart(Role.Miner), 60_000e18);
        vm.assertEq(staking.weightAtEpochStart(node), 30_000e18);
    }

    function test_D21_slashed_and_back() public {
        staking.slash(node, 15_000e18, FINDER, 0);
        vm.assertEq(staking.totalWeight(Role.Miner), 0);
        vote(ALICE, 10_000e18);
        NodeView memory info = staking.nodeView(node);
        vm.assertEq(uint256(info.weight), 25_000e18);
        vm.assertEq(uint256(info.selfStake), 25_000e18);
        vm.assertEq(staking.totalWeight(Role.Miner), 25_000e18);
        vm.assertEq(staking.slashableOf(node), 25_000e18);
    }

    // ------------------------------------------------------------------------------------------ D22 to D24: powers

    /// @dev A commission that is raised takes nothing of what was earned before, and stakers can be out by then.
    function test_D22_commission_raised_before_a_payment() public {
        vote(BOB, 30_000e18);
        emission(Role.Miner, 100_000e18, 100_000);
        uint256 start = vm.getBlockTimestamp();
        wait(50_000);
        vm.prank(ALICE);
        staking.announceCommission(node, 5_000);
        retract(BOB, 30_000e18);
        vm.assertApproxEqAbs(staking.pendingRewards(node, BOB), 25_000e18, 1e6);
        vm.warp(start + 50_000 + UNBONDING);
        release(BOB);
        claim(ALICE);
        vm.assertApproxEqAbs(claim(BOB), 25_000e18, 1e6);
        vm.assertEq(staking.freeStakeOf(BOB), 30_000e18);
    }

    /// @dev Nobody learns of a commission after voting: one for a new node is in force before anyone else stakes.
    function test_D22_initial_commission_is_for_empty_nodes() public {
        vote(BOB, 1);
        vm.prank(ALICE);
        staking.announceCommission(node, 5_000);
        (uint16 bps,, uint64 at) = staking.commissionOf(node);
        vm.assertEq(bps, 0);
        vm.assertEq(at, block.timestamp + UNBONDING);
    }

    /// @dev On a public network even the administrator waits 10 days, and nobody can touch anyone's stake directly.
    function test_D23_governance_waits() public {
        address admin = address(0xAD);
        address pauser = address(0x9A);
        manager = new AccessManager(address(this));
        staking = new Staking(cai, 100, UNBONDING, address(manager));
        EmissionController controller = new EmissionController(staking, 7 days, address(manager));
        Wiring.staking(manager, staking);
        Wiring.emission(manager, controller);
        Wiring.people(manager, admin, pauser, address(this), 10 days);
        (bool member,) = manager.hasRole(0, address(this));
        vm.assertFalse(member);

        bytes[4] memory plans = [
            abi.encodeCall(AccessManager.grantRole, (Roles.SLASHER, MALLORY, 0)),
            abi.encodeCall(AccessManager.grantRole, (0, MALLORY, 0)),
            abi.encodeCall(AccessManager.updateAuthority, (address(staking), address(cai))),
            abi.encodeCall(AccessManager.setTargetClosed, (address(staking), true))
        ];
        vm.startPrank(admin);
        for (uint256 i = 0; i < plans.length; ++i) {
            (bool accepted,) = address(manager).call(plans[i]);
            vm.assertFalse(accepted);
            manager.schedule(address(manager), plans[i], 0);
        }
        wait(10 days - 1);
        for (uint256 i = 0; i < plans.length; ++i) {
            (bool accepted, bytes memory result) = address(manager).call(plans[i]);
            vm.assertFalse(accepted);
            vm.assertEq(bytes4(result), IAccessManager.AccessManagerNotReady.selector);
        }
        wait(1);
        manager.execute(address(manager), plans[0]);
        (member,) = manager.hasRole(Roles.SLASHER, MALLORY);
        vm.assertTrue(member);
        vm.stopPrank();
    }

    /// @dev A closed target closes nothing that a staker calls.
    function test_D23_closing_the_target_stops_no_exit() public {
        vote(BOB, 10e18);
        manager.setTargetClosed(address(staking), true);
        vm.startPrank(BOB);
        staking.retract(node, 10e18);
        wait(UNBONDING);
        staking.release(node);
        staking.claim(node);
        staking.withdraw(10e18);
        vm.assertEq(cai.balanceOf(BOB), 10e18);
    }

    function test_D23_pauser_cannot_hold_exits() public {
        vote(BOB, 10e18);
        staking.pause();
        wait(14 days);
        retract(BOB, 10e18);
        staking.unpause();
        vm.expectRevert(abi.encodeWithSelector(PauseGuard.PauseTooSoon.selector, vm.getBlockTimestamp() + 14 days));
        staking.pause();
        wait(UNBONDING);
        release(BOB);
        vm.prank(BOB);
        staking.withdraw(10e18);
    }

    function test_D23_nothing_is_upgradeable() public {
        string[8] memory calls = [
            "upgradeTo(address)",
            "upgradeToAndCall(address,bytes)",
            "initialize()",
            "owner()",
            "transferOwnership(address)",
            "rescue(address,uint256)",
            "setUnbondingPeriod(uint64)",
            "sweep(address)"
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool accepted,) = address(staking).call(abi.encodeWithSignature(calls[i], address(this), 1));
            vm.assertFalse(accepted);
        }
        // CALLCODE, DELEGATECALL and SELFDESTRUCT are not among the instructions.
        bytes memory code = address(staking).code;
        for (uint256 i = 0; i < code.length; ++i) {
            uint8 instruction = uint8(code[i]);
            vm.assertFalse(instruction == 0xf2 || instruction == 0xf4 || instruction == 0xff);
            if (instruction >= 0x60 && instruction <= 0x7f) i += instruction - 0x5f;
        }
    }

    /// @dev Every restricted function with every kind of caller: those with its role may, and nobody else.
    function test_D24_roles_and_functions() public {
        EmissionController controller = new EmissionController(staking, 7 days, address(manager));
        Wiring.emission(manager, controller);
        uint64[6] memory roles =
            [Roles.SLASHER, Roles.EMISSION, Roles.PAUSER, Roles.PAUSER, Roles.GOVERNOR, type(uint64).max];
        address[6] memory targets = [
            address(staking),
            address(staking),
            address(staking),
            address(staking),
            address(controller),
            address(staking)
        ];
        bytes[6] memory calls = [
            abi.encodeCall(Slashing.slash, (node, 1, FINDER, 0)),
            abi.encodeCall(Staking.notifyEmission, (Role.Miner, 0, 1)),
            abi.encodeCall(Staking.pause, ()),
            abi.encodeCall(Staking.unpause, ()),
            abi.encodeCall(EmissionController.setHalving, (365 days)),
            abi.encodeCall(staking.setAuthority, (address(cai)))
        ];
        // Those of each role, the administrator of the manager, an owner, a node, a staker and a stranger.
        vote(BOB, 1e18);
        address admin = address(0xAD);
        manager.grantRole(0, admin, 0);
        address[9] memory callers;
        for (uint64 role = Roles.GOVERNOR; role <= Roles.PAUSER; ++role) {
            callers[role - 1] = address(uint160(0xCA11 + role));
            manager.grantRole(role, callers[role - 1], 0);
        }
        (callers[4], callers[5], callers[6], callers[7], callers[8]) = (admin, ALICE, node, BOB, MALLORY);

        for (uint256 i = 0; i < calls.length; ++i) {
            for (uint256 j = 0; j < callers.length; ++j) {
                uint256 state = vm.snapshotState();
                if (bytes4(calls[i]) == Staking.unpause.selector) staking.pause();
                vm.prank(callers[j]);
                (bool accepted, bytes memory result) = targets[i].call(calls[i]);
                vm.assertEq(accepted, roles[i] == j + 1, "may or may not");
                if (!accepted) {
                    vm.assertEq(
                        result, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[j])
                    );
                }
                vm.revertToStateAndDelete(state);
            }
        }
    }

    /// @dev What belongs to a node's owner or to a staker is nobody else's, whatever their role.
    function test_D24_owners_and_stakers() public {
        vote(BOB, 10e18);
        retract(BOB, 5e18);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotNodeOwner.selector, node, address(this)));
        staking.update(node, "name", "", "");
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotNodeOwner.selector, node, address(this)));
        staking.deregister(node);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotNodeOwner.selector, node, address(this)));
        staking.announceCommission(node, 1);
        vm.expectRevert(abi.encodeWithSelector(Votes.InsufficientStake.selector, 0, 1));
        staking.retract(node, 1);
        vm.expectRevert(Votes.NothingToRelease.selector);
        staking.release(node);
        vm.expectRevert(abi.encodeWithSelector(FreeStake.InsufficientFreeStake.selector, 0, 1));
        staking.withdraw(1);
        vm.assertEq(staking.claim(node), 0);
    }

    // -------------------------------------------------------------------------------------------- D27 to D30

    /// @dev What the contract verifies is what {Messages} describes; the vectors that other implementations share are
    /// tested beside it.
    function test_D27_type_hashes() public view {
        vm.assertEq(staking.DOMAIN_SEPARATOR(), Messages.domain(block.chainid, address(staking)));
        Messages.Register memory message = Messages.Register(node, ALICE, 1, bytes32(uint256(7)), 3, 9);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Register(address node,address owner,uint8 role,bytes32 metadata,uint256 nonce,uint256 deadline)"
                ),
                node,
                ALICE,
                1,
                7,
                3,
                9
            )
        );
        vm.assertEq(Messages.hash(message), structHash);
        vm.assertEq(
            Messages.digest(staking.DOMAIN_SEPARATOR(), structHash),
            keccak256(abi.encodePacked(hex"1901", staking.DOMAIN_SEPARATOR(), structHash))
        );
    }

    /// @dev However many addresses ask, again and again, a day's cap is exact.
    function test_D28_faucet_drain() public {
        Faucet faucet = new Faucet(cai, 25_000e18, 1 days, 1_000_000e18, 0, address(this));
        cai.transfer(address(faucet), 50_000_000e18);
        for (uint160 i = 1; i <= 60; ++i) {
            address to = address(0xFA00 + i);
            vm.prank(MALLORY);
            (bool accepted,) = address(faucet).call(abi.encodeCall(Faucet.request, (to)));
            vm.assertEq(accepted, i <= 40);
            vm.prank(MALLORY);
            (accepted,) = address(faucet).call(abi.encodeCall(Faucet.request, (to)));
            vm.assertFalse(accepted);
        }
        vm.assertEq(cai.balanceOf(address(faucet)), 49_000_000e18);
    }

    /// @dev Neither CAI nor the native coin that is sent here counts for anyone.
    function test_D29_donations() public {
        emission(Role.Miner, 1_000e18, 1_000);
        vm.deal(address(this), 1 ether);
        (bool accepted,) = address(staking).call{value: 1 ether}("");
        vm.assertFalse(accepted);
        bytes memory before = books();
        cai.transfer(address(staking), 1_000_000e18);
        vm.deal(address(staking), 1 ether);
        vm.assertEq(books(), before);
        wait(1_000);
        uint256 earned = claim(ALICE);
        vm.assertApproxEqAbs(earned, 1_000e18, 1e6);
        retract(ALICE, 30_000e18);
        wait(UNBONDING);
        release(ALICE);
        vm.assertEq(staking.freeStakeOf(ALICE), 30_000e18);
        vm.assertEq(cai.balanceOf(address(staking)), 1_000_000e18 + 30_000e18 + 1_000e18 - earned);
    }

    function books() private view returns (bytes memory) {
        return abi.encode(
            staking.nodeView(node),
            staking.stakeOf(node, ALICE),
            staking.slashableOf(node),
            staking.totalWeight(Role.Miner),
            staking.streamOf(Role.Miner),
            staking.freeStakeOf(ALICE)
        );
    }

    /// @dev After a fork the domain is another one, so a signature for one chain is none for the other.
    function test_D30_chain_id_changes() public {
        fund(BOB, 60_000e18);
        bytes32 before = staking.DOMAIN_SEPARATOR();
        bytes memory old = signRegister(OTHER_KEY, BOB, Role.Miner, block.timestamp);
        vm.chainId(1210);
        vm.assertNotEq(staking.DOMAIN_SEPARATOR(), before);
        vm.assertEq(staking.DOMAIN_SEPARATOR(), Messages.domain(1210, address(staking)));
        address other = vm.addr(OTHER_KEY);
        vm.expectRevert(NodeRegistry.BadNodeSignature.selector);
        vm.prank(BOB);
        staking.register(other, Role.Miner, 30_000e18, "name", "hello", "https://node", block.timestamp, old);
        register(BOB, OTHER_KEY, Role.Miner, 30_000e18);
        vm.assertEq(staking.nodeView(other).owner, BOB);
        vm.chainId(31337);
        vm.assertEq(staking.DOMAIN_SEPARATOR(), before);
    }
}
