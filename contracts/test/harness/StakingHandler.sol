// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Vm} from "forge-std/Vm.sol";
import {CAIToken} from "../../src/CAIToken.sol";
import {EmissionController} from "../../src/EmissionController.sol";
import {Staking} from "../../src/Staking.sol";
import {Pool} from "../../src/libraries/PoolMath.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
import {NodeView, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {Unbonding, Votes} from "../../src/staking/Votes.sol";
import {Look, StakingHarness} from "./StakingHarness.sol";
import {TestBase} from "./TestBase.sol";

/// @dev Several people who do anything they can, in any order. Each action is one that must succeed, or must fail with
/// one error, so a revert is a failure. It watches what nobody may do, and keeps a mirror of the state from the events
/// alone.
contract Handler is TestBase {
    uint256 public constant ACTORS = 4;
    uint256 public constant NODES = 4;
    uint256 private constant FIRST_KEY = 0x9000;
    address public constant FINDER = address(0xF1D);

    StakingHarness public immutable target;
    EmissionController public immutable controller;
    bool private immutable lossy;

    address[] public actors;
    /// Keys of the nodes, registered or not.
    address[] public nodes;

    uint256 public paidIn;
    uint256 public paidOut;
    uint256 public donated;
    uint256 public lost;
    uint256 public found;
    /// Rewards that came in and went out.
    uint256 public emitted;
    uint256 public rewarded;
    string public violation;

    /// Since when the exits are closed, or since when they are open.
    uint256 public closedSince;
    uint256 public openSince;

    mapping(address node => Status) public mirrorStatus;
    mapping(address node => uint256) public mirrorSelf;
    mapping(address node => uint256) public mirrorWeight;
    mapping(address staker => uint256) public mirrorFree;
    /// As observed when the epoch began.
    mapping(address node => uint256) public startWeight;

    constructor(CAIToken cai_, StakingHarness target_, EmissionController controller_, bool lossy_) {
        (cai, staking, target, controller, lossy) = (cai_, target_, target_, controller_, lossy_);
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
        Look memory before = target.look(actors, nodes);
        vm.startPrank(actors[who]);
        _;
        vm.stopPrank();
        watch(who, before);
        mirror();
    }

    /// @param who Index of the actor that acted; an index past the last actor means nobody did.
    function watch(uint256 who, Look memory before) private {
        Look memory current = target.look(actors, nodes);
        for (uint256 i = 0; i < ACTORS; ++i) {
            if (i == who) continue;
            // After losses, rounding may leave a few wei to those who stay; it never takes any.
            if (current.claims[i] < before.claims[i]) violation = "a call took another's stake";
            if (current.claims[i] > before.claims[i] + (lossy ? 2 * NODES * 33 : 0)) {
                violation = "a call gave stake to another";
            }
            if (current.pendings[i] != before.pendings[i]) violation = "a call moved another's rewards";
            if (current.schedules[i] != before.schedules[i]) violation = "a call touched another's requests";
        }
        for (uint256 i = 0; i < NODES; ++i) {
            Pool memory old = before.pools[i];
            Pool memory pool = current.pools[i];
            // A pool without shares has no price; rounding leaves less than a wei to the stakers that stay.
            if (old.shares != 0 && pool.shares != 0 && pool.tokens != 0) {
                if ((uint256(pool.tokens) - 1) * old.shares > uint256(old.tokens) * pool.shares) {
                    violation = "a price rose";
                }
            }
            if (before.status[i] != 0 && current.perWeight[i] < before.perWeight[i]) violation = "an accumulator fell";
            if (current.perShare[i] < before.perShare[i]) violation = "an accumulator fell";
            if (before.status[i] >= 3 && current.status[i] < 3) violation = "a node came back";
        }
    }

    function entriesOpen() private view returns (bool) {
        return staking.pausedAt() == 0;
    }

    function exitsOpen() public view returns (bool) {
        return staking.pausedAt() == 0 || block.timestamp >= staking.pausedAt() + 72 hours;
    }

    function deposit(uint256 actor, uint256 amount) external by(actor) {
        uint256 have = cai.balanceOf(actors[actor % ACTORS]);
        if (have == 0 || !entriesOpen()) return;
        amount = bound(amount, 1, have);
        staking.deposit(amount);
        paidIn += amount;
    }

    function withdraw(uint256 actor, uint256 amount) external by(actor) {
        uint256 have = staking.freeStakeOf(actors[actor % ACTORS]);
        if (have == 0 || !exitsOpen()) return;
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
        if (staking.nodeView(nodes[index]).status != 0 || free <= minimum || !entriesOpen()) return;
        stake = bound(stake, minimum + 1, free);
        bytes memory signature = signRegister(FIRST_KEY + index, owner, role, block.timestamp);
        staking.register(nodes[index], role, stake, "name", "hello", "https://node", block.timestamp, signature);
    }

    function vote(uint256 actor, uint256 index, uint256 amount) external by(actor) {
        address staker = actors[actor % ACTORS];
        address node = nodes[index % NODES];
        uint256 free = staking.freeStakeOf(staker);
        if (free == 0 || !takesVotes(node, staker)) return;
        staking.vote(node, bound(amount, 1, free), 5_000);
    }

    function depositAndVote(uint256 actor, uint256 index, uint256 amount) external by(actor) {
        address staker = actors[actor % ACTORS];
        address node = nodes[index % NODES];
        uint256 have = cai.balanceOf(staker);
        if (have == 0 || !takesVotes(node, staker)) return;
        amount = bound(amount, 1, have);
        staking.depositAndVote(node, amount, 5_000);
        paidIn += amount;
    }

    function retract(uint256 actor, uint256 index, uint256 amount, bool everything) external by(actor) {
        address staker = actors[actor % ACTORS];
        address node = nodes[index % NODES];
        uint256 have = staking.stakeOf(node, staker);
        if (have == 0 || staking.unbondings(node, staker).length == 32 || !exitsOpen()) return;
        staking.retract(node, everything ? have : bound(amount, 1, have));
    }

    /// @dev Takes exactly the requests that have matured; if none has, the call fails with the right error.
    function release(uint256 actor, uint256 index) external by(actor) {
        address staker = actors[actor % ACTORS];
        address node = nodes[index % NODES];
        if (!exitsOpen()) return;
        Unbonding[] memory open = staking.unbondings(node, staker);
        uint256 waiting;
        for (uint256 i = 0; i < open.length; ++i) {
            if (open[i].availableAt > block.timestamp) ++waiting;
        }
        if (waiting < open.length) {
            staking.release(node);
        } else {
            (bool accepted, bytes memory result) = address(staking).call(abi.encodeCall(Votes.release, (node)));
            bytes4 expected = open.length == 0 ? Votes.NothingToRelease.selector : Votes.StillUnbonding.selector;
            if (accepted || bytes4(result) != expected) violation = "a release before its time";
        }
        if (staking.unbondings(node, staker).length != waiting) violation = "a release before its time";
    }

    function deregister(uint256 actor, uint256 index) external by(actor) {
        address node = nodes[index % NODES];
        NodeView memory info = staking.nodeView(node);
        // This is rare, because otherwise no node would be left to act on.
        if (info.owner == actors[actor % ACTORS] && info.status < 3 && index % 4 == 0) staking.deregister(node);
    }

    /// @dev Pays exactly what was announced, out of the rewards.
    function claim(uint256 actor, uint256 index) external by(actor) {
        address staker = actors[actor % ACTORS];
        address node = nodes[index % NODES];
        if (staking.nodeView(node).status == 0 || !exitsOpen()) return;
        uint256 expected = staking.pendingRewards(node, staker);
        uint256 before = cai.balanceOf(staker);
        uint256 paid = staking.claim(node);
        if (paid != expected || cai.balanceOf(staker) != before + paid) violation = "a claim paid something else";
        if (staking.pendingRewards(node, staker) != 0) violation = "a claim left something";
        rewarded += paid;
    }

    function announceCommission(uint256 actor, uint256 index, uint16 bps) external by(actor) {
        address node = nodes[index % NODES];
        NodeView memory info = staking.nodeView(node);
        if (info.owner != actors[actor % ACTORS] || info.status >= 3) return;
        staking.announceCommission(node, bps % 5_001);
    }

    /// @dev Anyone may start a period.
    function startPeriod(uint256 actor, bool coordinator) external by(actor) {
        Role role = coordinator ? Role.Coordinator : Role.Miner;
        if (block.timestamp < controller.nextPeriodAt(role)) return;
        uint256 reserve = controller.reserveOf(role);
        uint256 amount = controller.startPeriod(role);
        if (amount > reserve || controller.reserveOf(role) != reserve - amount) violation = "a reserve was overdrawn";
        emitted += amount;
    }

    function donate(uint256 amount) external {
        uint256 have = cai.balanceOf(address(this));
        if (have == 0) return;
        amount = bound(amount, 1, have < 1e18 ? have : 1e18);
        cai.transfer(address(target), amount);
        donated += amount;
    }

    function pass(uint256 time, uint256 blocks) external {
        vm.warp(block.timestamp + time % 3 days);
        uint64 epoch = staking.currentEpoch();
        vm.roll(block.number + blocks % 150);
        if (staking.currentEpoch() != epoch) {
            for (uint256 i = 0; i < NODES; ++i) {
                startWeight[nodes[i]] = staking.nodeView(nodes[i]).weight;
            }
        }
    }

    /// @dev Pauses whenever it can, or ends the pause; the exits' times are kept apart from the contract's.
    function pause(bool end) external {
        Look memory before = target.look(actors, nodes);
        if (staking.pausedAt() != 0) {
            if (!end) return;
            bool closed = !exitsOpen();
            uint256 began = staking.pausedAt();
            staking.unpause();
            openSince = closed ? block.timestamp : began + 72 hours;
            closedSince = 0;
        } else {
            try staking.pause() {
                if (openSince != 0 && block.timestamp < openSince + 72 hours) violation = "exits closed again too soon";
                closedSince = block.timestamp;
            } catch {
                if (block.timestamp >= staking.nextPauseAt()) violation = "a pause was refused";
            }
        }
        watch(ACTORS, before);
    }

    /// @dev Slashes mostly small amounts, so that prices stay far above zero, and rarely everything. Each holder loses
    /// the same fraction.
    function slash(uint256 index, uint256 amount, uint16 finderBps) external {
        address node = nodes[index % NODES];
        Pool memory pool = target.poolOf(node);
        bool all = amount % 64 == 0;
        if (pool.tokens < 1e20) return;
        amount = all ? type(uint256).max : bound(amount, 1, pool.tokens / 5);
        uint256[] memory rewards = target.look(actors, nodes).pendings;
        uint256[] memory held = new uint256[](ACTORS);
        for (uint256 i = 0; i < ACTORS; ++i) {
            (held[i],) = target.stakeBehind(node, actors[i]);
        }
        (uint256 taken, uint256 reward) = slash(node, amount, finderBps % 2_001);
        if (taken != (all ? pool.tokens : amount) || reward > taken / 5) violation = "a slash of another size";
        for (uint256 i = 0; i < ACTORS; ++i) {
            (uint256 left, uint256 parts) = target.stakeBehind(node, actors[i]);
            uint256 fair = held[i] * (pool.tokens - taken) / pool.tokens;
            if (left > fair + parts || left + parts < fair) violation = "a slash took another fraction";
        }
        uint256[] memory kept = target.look(actors, nodes).pendings;
        for (uint256 i = 0; i < ACTORS; ++i) {
            if (kept[i] != rewards[i]) violation = "a slash took rewards";
        }
        lost += taken;
        found += reward;
        mirror();
    }

    /// @dev Calls that only holders of a role may make.
    function trespass(uint256 actor, uint256 which) external by(actor) {
        address caller = actors[actor % ACTORS];
        bytes[6] memory calls = [
            abi.encodeCall(Slashing.slash, (nodes[0], 1, 0, new bytes32[](1))),
            abi.encodeCall(Staking.notifyEmission, (Role.Miner, 0, 1)),
            abi.encodeCall(Staking.pause, ()),
            abi.encodeCall(Staking.unpause, ()),
            abi.encodeCall(staking.setAuthority, (caller)),
            abi.encodeCall(EmissionController.setHalving, (365 days))
        ];
        which = which % calls.length;
        (bool accepted, bytes memory result) = (which == 5 ? address(controller) : address(staking)).call(calls[which]);
        if (accepted || bytes4(result) != IAccessManaged.AccessManagedUnauthorized.selector) violation = "a trespass";
    }

    /// @dev Calls with any arguments fail with a reason, if they fail, and never by a panic. Their effects are undone.
    function wild(uint256 actor, uint256 which, uint256 index, uint256 amount) external {
        address node = index % 5 == 4 ? address(uint160(index)) : nodes[index % 5];
        bytes[11] memory calls = [
            abi.encodeCall(FreeStake.deposit, (amount)),
            abi.encodeCall(FreeStake.withdraw, (amount)),
            abi.encodeCall(Votes.vote, (node, amount, 5_000)),
            abi.encodeCall(Votes.depositAndVote, (node, amount, 5_000)),
            abi.encodeCall(Votes.retract, (node, amount)),
            abi.encodeCall(Votes.release, (node)),
            abi.encodeCall(Staking.claim, (node)),
            abi.encodeCall(Staking.announceCommission, (node, uint16(amount))),
            abi.encodeCall(Staking.deregister, (node)),
            abi.encodeCall(Staking.pendingRewards, (node, actors[actor % ACTORS])),
            abi.encodeCall(EmissionController.fund, (Role(amount % 3), amount))
        ];
        which = which % calls.length;
        uint256 state = vm.snapshotState();
        vm.prank(actors[actor % ACTORS]);
        (bool accepted, bytes memory result) = (which == 10 ? address(controller) : address(staking)).call(calls[which]);
        vm.revertToStateAndDelete(state);
        vm.getRecordedLogs();
        if (!accepted && (result.length == 0 || bytes4(result) == 0x4e487b71)) violation = "a panic";
    }

    // --------------------------------------------------------------------------------------------------- views

    function takesVotes(address node, address staker) private view returns (bool) {
        NodeView memory info = staking.nodeView(node);
        return entriesOpen() && (info.status == 1 || (info.status == 2 && info.owner == staker));
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

    /// @dev Everyone takes out everything, also during a pause.
    function exit() external {
        if (!exitsOpen()) vm.warp(staking.pausedAt() + 72 hours);
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
        for (uint256 i = 0; i < ACTORS; ++i) {
            for (uint256 j = 0; j < NODES; ++j) {
                if (staking.nodeView(nodes[j]).status == 0) continue;
                vm.prank(actors[i]);
                rewarded += staking.claim(nodes[j]);
            }
        }
    }

    /// @dev Applies the events since the last call. No balance may fall below zero on the way.
    function mirror() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(target) || logs[i].topics.length == 1) continue;
            bytes32 kind = logs[i].topics[0];
            address first = address(uint160(uint256(logs[i].topics[1])));
            if (kind == Votes.NodeWeightChanged.selector) {
                (mirrorStatus[first], mirrorSelf[first], mirrorWeight[first]) =
                    abi.decode(logs[i].data, (Status, uint256, uint256));
            } else if (kind == FreeStake.Deposited.selector || kind == Votes.Released.selector) {
                mirrorFree[first] += abi.decode(logs[i].data, (uint256));
            } else if (kind == FreeStake.Withdrawn.selector || kind == Votes.Voted.selector) {
                mirrorFree[first] -= abi.decode(logs[i].data, (uint256));
            }
        }
    }
}
