// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {CAIToken} from "../src/CAIToken.sol";
import {NodeRegistry, NodeView, Role, Status} from "../src/NodeRegistry.sol";
import {Staking, Unbonding} from "../src/Staking.sol";
import {Pool} from "../src/libraries/PoolMath.sol";
import {Audit, StakingHarness} from "./StakingHarness.sol";
import {TestBase} from "./TestBase.sol";

/// @dev Several people who do anything they can, in any order. Each action is one that must succeed, so a revert is a
/// failure. It watches what nobody may do, and keeps a mirror of the state from the events alone.
contract Handler is TestBase {
    uint256 public constant ACTORS = 5;
    uint256 public constant NODES = 6;
    uint256 private constant FIRST_KEY = 0x9000;

    StakingHarness public immutable target;
    bool private immutable lossy;

    address[] public actors;
    /// Keys of the nodes, registered or not.
    address[] public nodes;

    uint256 public paidIn;
    uint256 public paidOut;
    uint256 public donated;
    uint256 public lost;
    string public violation;

    mapping(address node => Status) public mirrorStatus;
    mapping(address node => uint256) public mirrorSelf;
    mapping(address node => uint256) public mirrorWeight;
    mapping(address staker => uint256) public mirrorFree;

    constructor(CAIToken cai_, StakingHarness target_, bool lossy_) {
        (cai, staking, target, lossy) = (cai_, target_, target_, lossy_);
        for (uint256 i = 0; i < ACTORS; ++i) {
            actors.push(address(uint160(0xAC70A0 + i)));
            vm.prank(actors[i]);
            cai_.approve(address(target_), type(uint256).max);
        }
        for (uint256 i = 0; i < NODES; ++i) {
            nodes.push(vm.addr(FIRST_KEY + i));
        }
        vm.recordLogs();
    }

    // ------------------------------------------------------------------------------------------------- actions

    modifier by(uint256 actorSeed) {
        uint256 who = actorSeed % ACTORS;
        uint256[] memory before = target.claims(actors, nodes);
        vm.startPrank(actors[who]);
        _;
        vm.stopPrank();
        watch(who, before);
        mirror();
    }

    function watch(uint256 who, uint256[] memory before) private {
        uint256[] memory current = target.claims(actors, nodes);
        for (uint256 i = 0; i < ACTORS; ++i) {
            if (i == who) continue;
            // After losses, rounding may leave a few wei to those who stay; it never takes any.
            if (current[i] < before[i]) violation = "a call took another's stake";
            if (current[i] > before[i] + (lossy ? 2 * NODES * 33 : 0)) violation = "a call gave stake to another";
        }
    }

    function deposit(uint256 actor, uint256 amount) external by(actor) {
        uint256 have = cai.balanceOf(actors[actor % ACTORS]);
        if (have == 0) return;
        amount = bound(amount, 1, have);
        staking.deposit(amount);
        paidIn += amount;
    }

    function withdraw(uint256 actor, uint256 amount) external by(actor) {
        uint256 have = staking.freeStakeOf(actors[actor % ACTORS]);
        if (have == 0) return;
        amount = bound(amount, 1, have);
        staking.withdraw(amount);
        paidOut += amount;
    }

    function registerNode(uint256 actor, uint256 index, bool coordinator, uint256 stake) external by(actor) {
        address owner = actors[actor % ACTORS];
        index = index % NODES;
        Role role = coordinator ? Role.Coordinator : Role.Miner;
        uint256 free = staking.freeStakeOf(owner);
        uint256 minimum = staking.minimumStake(role);
        if (staking.nodeView(nodes[index]).status != 0 || free <= minimum) return;
        stake = bound(stake, minimum + 1, free);
        bytes memory signature = signRegister(FIRST_KEY + index, owner, role, block.timestamp);
        staking.register(nodes[index], role, stake, "name", "hello", "https://node", block.timestamp, signature);
    }

    function vote(uint256 actor, uint256 index, uint256 amount) external by(actor) {
        address staker = actors[actor % ACTORS];
        address node = nodes[index % NODES];
        uint256 free = staking.freeStakeOf(staker);
        if (free == 0 || !takesVotes(node, staker)) return;
        staking.vote(node, bound(amount, 1, free));
    }

    function depositAndVote(uint256 actor, uint256 index, uint256 amount) external by(actor) {
        address staker = actors[actor % ACTORS];
        address node = nodes[index % NODES];
        uint256 have = cai.balanceOf(staker);
        if (have == 0 || !takesVotes(node, staker)) return;
        amount = bound(amount, 1, have);
        staking.depositAndVote(node, amount);
        paidIn += amount;
    }

    function retract(uint256 actor, uint256 index, uint256 amount, bool everything) external by(actor) {
        address staker = actors[actor % ACTORS];
        address node = nodes[index % NODES];
        uint256 have = staking.stakeOf(node, staker);
        if (have == 0 || staking.unbondings(node, staker).length == 32) return;
        staking.retract(node, everything ? have : bound(amount, 1, have));
    }

    function release(uint256 actor, uint256 index) external by(actor) {
        address staker = actors[actor % ACTORS];
        address node = nodes[index % NODES];
        if (matured(node, staker)) staking.release(node);
    }

    function deregister(uint256 actor, uint256 index) external by(actor) {
        address node = nodes[index % NODES];
        NodeView memory info = staking.nodeView(node);
        // Seldom, or nothing would be left to act on.
        if (info.owner == actors[actor % ACTORS] && info.status != 3 && index % 4 == 0) staking.deregister(node);
    }

    function donate(uint256 amount) external {
        uint256 have = cai.balanceOf(address(this));
        if (have == 0) return;
        amount = bound(amount, 1, have < 1e18 ? have : 1e18);
        cai.transfer(address(target), amount);
        donated += amount;
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + time % 3 days);
    }

    /// @dev At most a fifth at a time, so that a price stays far above zero.
    function lose(uint256 index, uint256 amount) external {
        address node = nodes[index % NODES];
        Pool memory pool = target.poolOf(node);
        if (pool.tokens < 1e20) return;
        amount = bound(amount, 1, pool.tokens / 5);
        target.lose(node, uint128(amount));
        lost += amount;
        mirror();
    }

    // --------------------------------------------------------------------------------------------------- views

    function takesVotes(address node, address staker) private view returns (bool) {
        NodeView memory info = staking.nodeView(node);
        return info.status == 1 || (info.status == 2 && info.owner == staker);
    }

    function matured(address node, address staker) private view returns (bool) {
        Unbonding[] memory open = staking.unbondings(node, staker);
        return open.length != 0 && open[0].availableAt <= block.timestamp;
    }

    function everyone() external view returns (address[] memory) {
        return actors;
    }

    function everyNode() external view returns (address[] memory) {
        return nodes;
    }

    /// @dev Everyone takes out everything.
    function exit() external {
        for (uint256 i = 0; i < ACTORS; ++i) {
            vm.startPrank(actors[i]);
            for (uint256 j = 0; j < NODES; ++j) {
                if (matured(nodes[j], actors[i])) staking.release(nodes[j]);
                if (staking.unbondings(nodes[j], actors[i]).length == 32) {
                    vm.warp(block.timestamp + UNBONDING);
                    staking.release(nodes[j]);
                }
                uint256 have = staking.stakeOf(nodes[j], actors[i]);
                if (have != 0) staking.retract(nodes[j], have);
            }
            vm.warp(block.timestamp + UNBONDING);
            for (uint256 j = 0; j < NODES; ++j) {
                if (matured(nodes[j], actors[i])) staking.release(nodes[j]);
            }
            uint256 free = staking.freeStakeOf(actors[i]);
            if (free != 0) {
                staking.withdraw(free);
                paidOut += free;
            }
            vm.stopPrank();
        }
    }

    /// @dev Applies the events since the last call. No balance may fall below zero on the way.
    function mirror() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(target)) continue;
            bytes32 kind = logs[i].topics[0];
            address first = address(uint160(uint256(logs[i].topics[1])));
            if (kind == Staking.NodeWeightChanged.selector) {
                (mirrorStatus[first], mirrorSelf[first], mirrorWeight[first]) =
                    abi.decode(logs[i].data, (Status, uint256, uint256));
            } else if (kind == Staking.Deposited.selector || kind == Staking.Released.selector) {
                mirrorFree[first] += abi.decode(logs[i].data, (uint256));
            } else if (kind == Staking.Withdrawn.selector || kind == Staking.Voted.selector) {
                mirrorFree[first] -= abi.decode(logs[i].data, (uint256));
            }
        }
    }
}

abstract contract InvariantBase is TestBase {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    StakingHarness internal target;
    Handler internal handler;
    address[] internal actors;
    address[] internal nodes;

    function build() internal {
        deploy();
        target = new StakingHarness(cai, UNBONDING);
        handler = new Handler(cai, target, lossy());
        (actors, nodes) = (handler.everyone(), handler.everyNode());
        for (uint256 i = 0; i < actors.length; ++i) {
            cai.transfer(actors[i], 20_000_000e18);
        }
        cai.transfer(address(handler), 10e18);
    }

    /// @dev What forge calls at random.
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[11] memory all = [
            Handler.deposit.selector,
            Handler.withdraw.selector,
            Handler.registerNode.selector,
            Handler.registerNode.selector,
            Handler.vote.selector,
            Handler.depositAndVote.selector,
            Handler.retract.selector,
            Handler.release.selector,
            Handler.deregister.selector,
            Handler.pass.selector,
            lossy() ? Handler.lose.selector : Handler.donate.selector
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
        uint256[] memory claims = target.claims(actors, nodes);
        for (uint256 i = 0; i < claims.length; ++i) {
            total += claims[i];
        }
    }

    /// @dev One campaign for all: running each alone would take that many times as long.
    function checkCommon() internal view {
        checkSolvent();
        checkNobodyMovesAnothersStake();
        checkSharesAddUp();
        checkActiveAboveTheMinimumOnly();
        checkEventsTellTheState();
    }

    /// @dev The tokens held are the free stake and the pools, to the wei.
    function checkSolvent() internal view {
        vm.assertEq(cai.balanceOf(address(target)), free() + pooled() + handler.donated());
    }

    function checkNobodyMovesAnothersStake() internal view {
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

    function checkActiveAboveTheMinimumOnly() internal view {
        for (uint256 i = 0; i < nodes.length; ++i) {
            NodeView memory info = target.nodeView(nodes[i]);
            bool above = info.selfStake > target.minimumStake(Role(info.role));
            if (info.status == uint8(Status.Active)) vm.assertTrue(above);
            if (info.status == uint8(Status.Inactive)) vm.assertFalse(above);
            if (info.status != uint8(Status.Active)) vm.assertEq(uint256(info.weight), 0);
            vm.assertTrue(info.owner != info.node);
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
        vm.assertEq(owed(), handler.paidIn() - handler.paidOut());
    }

    function checkWeightsAreTheStakes() internal view {
        uint256 count;
        for (uint8 role = 1; role <= 2; ++role) {
            NodeView[] memory page = target.weights(Role(role), 0, type(uint256).max);
            vm.assertEq(page.length, target.nodeCount(Role(role)));
            count += page.length;
            for (uint256 i = 0; i < page.length; ++i) {
                uint256 stakes = target.audit(page[i].node, actors).activeTokens;
                vm.assertEq(uint256(page[i].weight), page[i].status == 1 ? stakes : 0);
                vm.assertEq(page[i].role, role);
            }
        }
        uint256 known;
        for (uint256 i = 0; i < nodes.length; ++i) {
            if (target.nodeView(nodes[i]).status != 0) ++known;
        }
        vm.assertEq(count, known);
    }

    function afterInvariant() public {
        handler.exit();
        vm.assertEq(handler.paidOut(), handler.paidIn());
        vm.assertEq(cai.balanceOf(address(target)), handler.donated());
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
        vm.assertLe(owed(), free() + pooled());
        vm.assertEq(handler.paidIn() - handler.paidOut() - handler.lost(), free() + pooled());
    }

    function afterInvariant() public {
        handler.exit();
        vm.assertEq(owed(), 0);
        vm.assertEq(handler.paidOut() + handler.lost() + cai.balanceOf(address(target)), handler.paidIn());
    }
}
