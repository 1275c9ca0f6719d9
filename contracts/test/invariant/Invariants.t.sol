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
    address[] internal nodes;

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
        (actors, nodes) = (handler.everyone(), handler.everyNode());
        for (uint256 i = 0; i < actors.length; ++i) {
            cai.transfer(actors[i], 20_000_000e18);
        }
        cai.transfer(address(handler), 10e18);
    }

    /// @dev The functions that forge calls at random.
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[19] memory all = [
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
            lossy() ? Handler.slash.selector : Handler.donate.selector
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
        for (uint256 i = 0; i < nodes.length; ++i) {
            total += target.poolOf(nodes[i]).tokens;
        }
    }

    function owed() internal view returns (uint256 total) {
        uint256[] memory claims = target.look(actors, nodes).claims;
        for (uint256 i = 0; i < claims.length; ++i) {
            total += claims[i];
        }
    }

    /// @dev One campaign for all: running each alone would take that many times as long.
    function checkCommon() internal view {
        checkSolvent();
        checkNobodyHarmsAnother();
        checkSharesAddUp();
        checkWeightsAddUp();
        checkActiveAboveTheMinimumOnly();
        checkEventsTellTheState();
        checkRewardsAreCovered();
        checkReservesAreWhatTheyWere();
        checkEpochsBeginWithTheirWeights();
        checkExitsOpenInTime();
        checkSupply();
    }

    /// @dev The tokens held are the free stake, the pools and the rewards, to the wei.
    function checkSolvent() internal view {
        uint256 rewards = handler.emitted() - handler.rewarded();
        vm.assertEq(cai.balanceOf(address(target)), free() + pooled() + rewards + handler.donated(), "solvent");
    }

    /// @dev What the handler watched at each call: nobody's stake, rewards or requests move by another's call; no price
    /// rises, no accumulator falls, no node comes back; nothing is released before its time; a claim pays what was
    /// announced; a slash takes the same fraction from everyone and no rewards; a reserve is never overdrawn; callers
    /// without a role may do nothing; nothing panics.
    function checkNobodyHarmsAnother() internal view {
        vm.assertEq(handler.violation(), "");
    }

    function checkSharesAddUp() internal view {
        for (uint256 i = 0; i < nodes.length; ++i) {
            Audit memory sums = target.audit(nodes[i], actors);
            vm.assertEq(sums.activeShares, sums.pool.activeShares, "active shares");
            vm.assertEq(sums.activeShares + sums.unbondingShares, sums.pool.shares, "all shares");
            vm.assertEq(sums.ownShares, sums.pool.ownShares, "own shares");
            // A price starts at 1 and only falls.
            vm.assertLe(sums.pool.tokens, sums.pool.shares, "price");
        }
    }

    /// @dev A weight is what the active shares are worth, and a role's total is the sum of its nodes'.
    function checkWeightsAddUp() internal view {
        uint256 known;
        for (uint8 role = 1; role <= 2; ++role) {
            NodeView[] memory page = target.weights(Role(role), 0, type(uint256).max);
            vm.assertEq(page.length, target.nodeCount(Role(role)), "pages");
            uint256 total;
            uint256 before;
            for (uint256 i = 0; i < page.length; ++i) {
                Pool memory pool = target.poolOf(page[i].node);
                uint256 worth = page[i].status != 1 ? 0 : uint256(pool.tokens) * pool.activeShares / pool.shares;
                vm.assertEq(uint256(page[i].weight), worth, "weight");
                vm.assertEq(page[i].role, role, "role");
                total += page[i].weight;
                before += target.weightAtEpochStart(page[i].node);
            }
            vm.assertEq(target.totalWeight(Role(role)), total, "total weight");
            vm.assertEq(target.totalWeightAtEpochStart(Role(role)), before, "total weight at the start");
            known += page.length;
        }
        for (uint256 i = 0; i < nodes.length; ++i) {
            if (target.nodeView(nodes[i]).status != 0) --known;
        }
        vm.assertEq(known, 0, "listed once");
    }

    function checkActiveAboveTheMinimumOnly() internal view {
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

    function checkEventsTellTheState() internal view {
        for (uint256 i = 0; i < nodes.length; ++i) {
            address node = nodes[i];
            NodeView memory info = target.nodeView(node);
            vm.assertEq(uint256(handler.mirrorStatus(node)), info.status, "status");
            vm.assertEq(handler.mirrorSelf(node), info.selfStake, "own stake");
            vm.assertEq(handler.mirrorWeight(node), info.weight, "weight");
        }
        for (uint256 i = 0; i < actors.length; ++i) {
            address actor = actors[i];
            vm.assertEq(handler.mirrorFree(actor), target.freeStakeOf(actor), "free stake");
        }
    }

    /// @dev What was earned and what is still to be streamed is there, and no more was paid than emitted.
    function checkRewardsAreCovered() internal view {
        StreamView memory miners = target.streamOf(Role.Miner);
        StreamView memory coordinators = target.streamOf(Role.Coordinator);
        vm.assertLe(handler.rewarded(), handler.emitted(), "paid");
        vm.assertEq(miners.unpaid + coordinators.unpaid, handler.emitted() - handler.rewarded(), "unpaid");
        uint256[] memory pendings = target.look(actors, nodes).pendings;
        uint256 earned;
        for (uint256 i = 0; i < pendings.length; ++i) {
            earned += pendings[i];
        }
        uint256 due = earned + miners.remaining + coordinators.remaining;
        vm.assertLe(due, handler.emitted() - handler.rewarded(), "due");
        // Nothing is lost but what the divisions leave, far below a millionth of a CAI each.
        vm.assertLe(handler.emitted() - handler.rewarded() - due, DUST, "dust");
    }

    function checkReservesAreWhatTheyWere() internal view {
        uint256 left = controller.reserveOf(Role.Miner) + controller.reserveOf(Role.Coordinator);
        vm.assertEq(left + handler.emitted(), 410_000_000e18, "reserves");
        vm.assertEq(cai.balanceOf(address(controller)), left, "held");
    }

    function checkEpochsBeginWithTheirWeights() internal view {
        for (uint256 i = 0; i < nodes.length; ++i) {
            vm.assertEq(target.weightAtEpochStart(nodes[i]), handler.startWeight(nodes[i]), "weight at the start");
        }
    }

    function checkExitsOpenInTime() internal view {
        if (handler.exitsOpen()) return;
        vm.assertGt(handler.closedSince(), 0, "closed");
        vm.assertLt(block.timestamp, handler.closedSince() + 14 days, "closed for too long");
    }

    function checkSupply() internal view {
        uint256 total = cai.balanceOf(address(this)) + cai.balanceOf(address(target))
            + cai.balanceOf(address(controller)) + cai.balanceOf(address(handler)) + cai.balanceOf(target.BURN())
            + cai.balanceOf(handler.FINDER());
        for (uint256 i = 0; i < actors.length; ++i) {
            total += cai.balanceOf(actors[i]);
        }
        vm.assertEq(total, cai.SUPPLY(), "supply");
        vm.assertEq(cai.totalSupply(), cai.SUPPLY(), "supply");
        vm.assertEq(cai.balanceOf(handler.FINDER()), handler.found(), "found");
        vm.assertEq(cai.balanceOf(target.BURN()), handler.lost() - handler.found(), "burned");
        vm.assertLe(handler.found(), handler.lost() / 5, "a fifth");
    }
}

/// @dev Without losses everything is exact.
/// forge-config: default.invariant.fail-on-revert = true
contract StakingInvariants is InvariantBase {
    function setUp() public {
        build();
    }

    function lossy() internal pure override returns (bool) {
        return false;
    }

    function invariant_exact() public view {
        checkCommon();
        checkWhatGoesInComesOut();
        checkWeightsAreTheStakes();
    }

    function checkWhatGoesInComesOut() internal view {
        vm.assertEq(owed(), handler.paidIn() - handler.paidOut(), "owed");
    }

    function checkWeightsAreTheStakes() internal view {
        for (uint256 i = 0; i < nodes.length; ++i) {
            NodeView memory info = target.nodeView(nodes[i]);
            uint256 stakes = target.audit(nodes[i], actors).activeTokens;
            vm.assertEq(uint256(info.weight), info.status == 1 ? stakes : 0, "stakes");
        }
    }

    function afterInvariant() public {
        handler.exit();
        vm.assertEq(handler.paidOut(), handler.paidIn(), "everyone's stake is out");
        checkRewardsAreCovered();
        uint256 rewards = handler.emitted() - handler.rewarded();
        vm.assertEq(cai.balanceOf(address(target)), handler.donated() + rewards, "nothing else is left");
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

    function invariant_covered() public view {
        checkCommon();
        checkClaimsAreCovered();
    }

    function checkClaimsAreCovered() internal view {
        vm.assertLe(owed(), free() + pooled(), "owed");
        vm.assertEq(handler.paidIn() - handler.paidOut() - handler.lost(), free() + pooled(), "left");
    }

    function afterInvariant() public {
        handler.exit();
        // A share worth less than a wei cannot be retracted.
        vm.assertLe(free() + pooled(), actors.length * nodes.length, "everyone's stake is out, but for a wei each");
        checkClaimsAreCovered();
        checkRewardsAreCovered();
        checkSolvent();
    }
}
