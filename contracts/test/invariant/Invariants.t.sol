// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Wiring} from "../../script/Wiring.sol";
import {EmissionController} from "../../src/EmissionController.sol";
import {Pool} from "../../src/libraries/PoolMath.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {NodeView, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {StreamView} from "../../src/staking/Rewards.sol";
import {Handler} from "../harness/StakingHandler.sol";
import {Audit, StakingHarness} from "../harness/StakingHarness.sol";
import {TestBase} from "../harness/TestBase.sol";

abstract contract InvariantBase is TestBase {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev In wei of CAI.
    uint256 private constant DUST = 1e12;

    StakingHarness internal target;
    EmissionController internal controller;
    Handler internal handler;
    address[] internal actors;

    function build() internal {
        deploy();
        target = new StakingHarness(cai, UNBONDING, address(manager));
        staking = target;
        takeRoles();
        controller = new EmissionController(target, 1 days, address(manager));
        Wiring.emission(manager, controller);
        cai.approve(address(controller), 410_000_000e18);
        controller.fund(Role.Miner, 300_000_000e18);
        controller.fund(Role.Coordinator, 110_000_000e18);

        handler = new Handler(cai, target, controller, lossy());
        manager.grantRole(Roles.SLASHER, address(handler), 0);
        manager.grantRole(Roles.PAUSER, address(handler), 0);
        manager.grantRole(Roles.PAYMENT, address(handler), 0);
        actors = handler.everyone();
        for (uint256 i = 0; i < actors.length; ++i) {
            cai.transfer(actors[i], 20_000_000e18);
        }
        cai.transfer(address(handler), 10e18);
    }

    /// @dev The functions that forge calls at random.
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[24] memory all = [
            Handler.deposit.selector,
            Handler.deposit.selector,
            Handler.withdraw.selector,
            Handler.registerNode.selector,
            Handler.registerNode.selector,
            Handler.vote.selector,
            Handler.vote.selector,
            Handler.depositAndVote.selector,
            Handler.retract.selector,
            Handler.release.selector,
            Handler.deregister.selector,
            Handler.claim.selector,
            Handler.announceCommission.selector,
            Handler.startPeriod.selector,
            Handler.pass.selector,
            Handler.pause.selector,
            Handler.trespass.selector,
            Handler.wild.selector,
            Handler.rotate.selector,
            Handler.markIdle.selector,
            Handler.recordPayment.selector,
            Handler.charge.selector,
            lossy() ? Handler.slash.selector : Handler.donate.selector,
            lossy() ? Handler.slashAgain.selector : Handler.pass.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), new bytes4[](all.length));
        for (uint256 i = 0; i < all.length; ++i) {
            targets[0].selectors[i] = all[i];
        }
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function lossy() internal pure virtual returns (bool);

    function free() internal view returns (uint256 total) {
        for (uint256 i = 0; i < actors.length; ++i) {
            total += target.freeStakeOf(actors[i]);
        }
    }

    function pooled() internal view returns (uint256 total) {
        address[] memory nodes = handler.everyNode();
        for (uint256 i = 0; i < nodes.length; ++i) {
            total += target.poolOf(nodes[i]).tokens;
        }
    }

    function owed() internal view returns (uint256 total) {
        uint256[] memory claims = target.look(actors, handler.everyNode()).claims;
        for (uint256 i = 0; i < claims.length; ++i) {
            total += claims[i];
        }
    }

    /// @dev What is left of the rewards that came in.
    function rewardsLeft() internal view returns (uint256) {
        return handler.emitted() - handler.rewarded() - handler.tips();
    }

    function assertNever(string memory property) internal view {
        vm.assertEq(handler.violations(property), "", property);
    }

    /// @dev The tokens held are the free stake, the pools and the rewards, to the wei.
    function checkSolvent() internal view {
        vm.assertEq(cai.balanceOf(address(target)), free() + pooled() + rewardsLeft() + handler.donated(), "solvent");
    }

    /// @dev What the handler watched at each call: nobody's stake, rewards or requests move by another's call, and no
    /// node comes back.
    function checkNobodyHarmsAnother() internal view {
        assertNever("others");
    }

    function checkSharesAddUp() internal view {
        address[] memory nodes = handler.everyNode();
        for (uint256 i = 0; i < nodes.length; ++i) {
            Audit memory sums = target.audit(nodes[i], actors);
            vm.assertEq(sums.activeShares, sums.pool.activeShares, "active shares");
            vm.assertEq(sums.activeShares + sums.unbondingShares, sums.pool.shares, "all shares");
            vm.assertEq(sums.ownShares, sums.pool.ownShares, "own shares");
            vm.assertEq(sums.ownUnbonding, sums.ownUnbondingKept, "own unbonding shares");
            // A price starts at 1 and only falls.
            vm.assertLe(sums.pool.tokens, sums.pool.shares, "price");
        }
    }

    /// @dev A weight is what the active shares are worth, at most ten times the own stake.
    function checkWeights() internal view {
        for (uint8 role = 1; role <= 2; ++role) {
            NodeView[] memory page = target.weights(Role(role), 0, type(uint256).max);
            vm.assertEq(page.length, target.nodeCount(Role(role)), "pages");
            for (uint256 i = 0; i < page.length; ++i) {
                Pool memory pool = target.poolOf(page[i].node);
                uint256 worth = page[i].status != 1 ? 0 : uint256(pool.tokens) * pool.activeShares / pool.shares;
                uint256 most = 10 * uint256(page[i].selfStake);
                vm.assertEq(uint256(page[i].weight), worth < most ? worth : most, "weight");
                vm.assertEq(target.votesBeyond(page[i].node), worth - page[i].weight, "votes beyond");
                vm.assertEq(page[i].role, role, "role");
            }
        }
    }

    /// @dev A role's total is the sum of the weights of its nodes that are not idle.
    function checkTotals() internal view {
        uint256 known;
        for (uint8 role = 1; role <= 2; ++role) {
            NodeView[] memory page = target.weights(Role(role), 0, type(uint256).max);
            uint256 total;
            for (uint256 i = 0; i < page.length; ++i) {
                if (!page[i].idle) total += page[i].weight;
                if (page[i].status != uint8(Status.Rotated)) ++known;
            }
            vm.assertEq(target.totalWeight(Role(role)), total, "total weight");
        }
        address[] memory nodes = handler.everyNode();
        for (uint256 i = 0; i < nodes.length; ++i) {
            if (target.nodeView(nodes[i]).status != 0) --known;
        }
        vm.assertEq(known, 0, "listed once");
    }

    function checkActiveAboveTheMinimumOnly() internal view {
        address[] memory nodes = handler.everyNode();
        for (uint256 i = 0; i < nodes.length; ++i) {
            NodeView memory info = target.nodeView(nodes[i]);
            Pool memory pool = target.poolOf(nodes[i]);
            bool above = info.selfStake > target.minimumStake(Role(info.role));
            if (info.status == uint8(Status.Active)) vm.assertTrue(above, "active");
            if (info.status == uint8(Status.Inactive)) vm.assertFalse(above, "inactive");
            if (info.status != uint8(Status.Active)) vm.assertEq(uint256(info.weight), 0, "weight");
            // What takes stake has a price of at least a tenth.
            bool open = info.status == uint8(Status.Active) || info.status == uint8(Status.Inactive);
            if (open) vm.assertGe(uint256(pool.tokens) * 10, pool.shares, "price");
            vm.assertTrue(info.owner != info.node, "owner");
        }
    }

    /// @dev What was earned and what is still to be streamed is there, and no more was paid than emitted.
    function checkRewardsAreCovered() internal view {
        StreamView memory miners = target.streamOf(Role.Miner);
        StreamView memory coordinators = target.streamOf(Role.Coordinator);
        vm.assertLe(handler.rewarded() + handler.tips(), handler.emitted(), "paid");
        vm.assertEq(miners.unpaid + coordinators.unpaid, rewardsLeft(), "unpaid");
        uint256[] memory pendings = target.look(actors, handler.everyNode()).pendings;
        uint256 earned;
        for (uint256 i = 0; i < pendings.length; ++i) {
            earned += pendings[i];
        }
        uint256 due = earned + miners.remaining + coordinators.remaining;
        vm.assertLe(due, rewardsLeft(), "due");
        // Nothing is lost but what the divisions leave, far below a millionth of a CAI each.
        vm.assertLe(rewardsLeft() - due, DUST, "dust");
        assertNever("rewards");
    }

    function checkReservesAreWhatTheyWere() internal view {
        uint256 left = controller.reserveOf(Role.Miner) + controller.reserveOf(Role.Coordinator);
        vm.assertEq(left + handler.emitted(), 410_000_000e18, "reserves");
        vm.assertEq(cai.balanceOf(address(controller)), left, "held");
    }

    /// @dev No pause closes the exits for longer than 72 hours, and none begins within 30 days of the last one.
    function checkExitsOpenInTime() internal view {
        assertNever("exits");
        if (handler.exitsOpen()) return;
        vm.assertGt(handler.closedSince(), 0, "closed");
        vm.assertLt(block.timestamp, handler.closedSince() + 72 hours, "closed for too long");
    }

    function checkSupply() internal view {
        uint256 total = cai.balanceOf(address(this)) + cai.balanceOf(address(target))
            + cai.balanceOf(address(controller)) + cai.balanceOf(address(handler)) + cai.balanceOf(target.BURN());
        for (uint256 i = 0; i < actors.length; ++i) {
            total += cai.balanceOf(actors[i]);
        }
        vm.assertEq(total, cai.SUPPLY(), "supply");
        vm.assertEq(cai.totalSupply(), cai.SUPPLY(), "supply");
        vm.assertEq(cai.balanceOf(target.BURN()), handler.lost() - handler.found(), "burned");
        vm.assertEq(handler.model().burned(), handler.lost() - handler.found(), "burned, as the events say");
        vm.assertLe(handler.found(), handler.lost() / 5, "a fifth");
    }

    /// @dev Everything that the contract holds can be told from its events.
    function checkEventsTellTheState() internal view {
        vm.assertEq(handler.model().compare(target, actors), "", "events");
    }
}

/// @dev Without slashes everything is exact, charges included.
/// forge-config: default.invariant.fail-on-revert = true
contract StakingInvariants is InvariantBase {
    function setUp() public {
        build();
    }

    function lossy() internal pure override returns (bool) {
        return false;
    }

    function invariant_what_goes_in_comes_out() public view {
        vm.assertEq(owed(), handler.paidIn() - handler.paidOut() - handler.charged(), "owed");
        checkSolvent();
    }

    function invariant_nobody_harms_another() public view {
        checkNobodyHarmsAnother();
        assertNever("panic");
    }

    function invariant_rewards_are_covered() public view {
        checkRewardsAreCovered();
        checkReservesAreWhatTheyWere();
    }

    function invariant_roles_are_kept() public view {
        assertNever("roles");
        checkActiveAboveTheMinimumOnly();
    }

    function invariant_events_tell_the_state() public view {
        checkEventsTellTheState();
    }

    function afterInvariant() public {
        handler.exit();
        vm.assertEq(handler.paidOut() + handler.charged(), handler.paidIn(), "everyone's stake is out");
        checkRewardsAreCovered();
        vm.assertEq(cai.balanceOf(address(target)), handler.donated() + rewardsLeft(), "nothing else is left");
    }
}

/// @dev With losses nothing gets stuck, and nobody gets more than there is.
/// forge-config: default.invariant.fail-on-revert = true
contract LossInvariants is InvariantBase {
    function setUp() public {
        build();
    }

    function lossy() internal pure override returns (bool) {
        return true;
    }

    function invariant_solvent() public view {
        checkSolvent();
        checkSupply();
        vm.assertLe(owed(), free() + pooled(), "owed");
        vm.assertEq(handler.paidIn() - handler.paidOut() - handler.lost(), free() + pooled(), "left");
    }

    function invariant_shares_add_up() public view {
        checkSharesAddUp();
    }

    function invariant_weights_are_at_most_ten_times_the_own_stake() public view {
        checkWeights();
    }

    function invariant_totals_are_the_weights_that_earn() public view {
        checkTotals();
        assertNever("idle");
    }

    function invariant_prices_never_rise() public view {
        assertNever("price");
        checkNobodyHarmsAnother();
    }

    function invariant_rewards_paid_are_at_most_those_notified() public view {
        checkRewardsAreCovered();
        checkReservesAreWhatTheyWere();
    }

    function invariant_charges_never_touch_voters() public view {
        assertNever("charge");
    }

    function invariant_slashes_take_the_same_fraction() public view {
        assertNever("slash");
        checkActiveAboveTheMinimumOnly();
    }

    /// @dev Of an owner, its accomplices and whoever is paid, nobody gains by a slash or a charge: what is paid out is at
    /// most a fifth of what the owner loses, whatever voters lose.
    function invariant_nobody_gains_by_losses() public view {
        assertNever("gain");
    }

    function invariant_evidence_is_used_once() public view {
        assertNever("evidence");
    }

    function invariant_exits_are_closed_for_72_hours_at_most() public view {
        checkExitsOpenInTime();
    }

    function invariant_votes_keep_their_limits() public view {
        assertNever("commission");
        assertNever("roles");
        assertNever("panic");
    }

    function invariant_rotations_move_nothing() public view {
        assertNever("rotation");
        checkSharesAddUp();
    }

    function invariant_events_tell_the_state() public view {
        checkEventsTellTheState();
    }

    function afterInvariant() public {
        handler.exit();
        // A share worth less than a wei cannot be retracted.
        vm.assertLe(free() + pooled(), actors.length * handler.NODES(), "everyone's stake is out, but for a wei each");
        vm.assertEq(handler.paidIn() - handler.paidOut() - handler.lost(), free() + pooled(), "left");
        checkRewardsAreCovered();
        checkSolvent();
    }
}
