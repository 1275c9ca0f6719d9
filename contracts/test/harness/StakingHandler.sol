// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {CAIToken} from "../../src/CAIToken.sol";
import {EmissionController} from "../../src/EmissionController.sol";
import {Staking} from "../../src/Staking.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
import {Idleness} from "../../src/staking/Idleness.sol";
import {NodeRegistry, NodeView, Role} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {Unbonding, Votes} from "../../src/staking/Votes.sol";
import {Look, StakingHarness} from "./StakingHarness.sol";
import {StakingHandlerBase} from "./StakingHandlerBase.sol";

/// @dev Several people who do anything they can, in any order. Each action is one that must succeed, or must fail with
/// one error, so a revert is a failure. It watches what nobody may do, and gives the events to a model.
contract Handler is StakingHandlerBase {
    constructor(CAIToken cai_, StakingHarness target_, EmissionController controller_, bool lossy_)
        StakingHandlerBase(cai_, target_, controller_, lossy_)
    {}

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
        bytes memory signature = signRegister(secrets[index], owner, role, block.timestamp);
        staking.register(nodes[index], role, stake, "name", "hello", "https://node", block.timestamp, signature);
    }

    function vote(uint256 actor, uint256 index, uint256 amount) external by(actor) {
        address staker = actors[actor % ACTORS];
        address node = nodes[index % NODES];
        uint256 free = staking.freeStakeOf(staker);
        if (free == 0 || !takesVotes(node, staker)) return;
        amount = bound(amount, 1, free);
        (uint16 bps, uint16 nextBps,) = staking.commissionOf(node);
        uint16 most = bps > nextBps ? bps : nextBps;
        if (most != 0 && amount % 4 == 0) {
            try staking.vote(node, amount, most - 1) {
                complain("commission", "a vote beyond its limit");
            } catch {}
        }
        staking.vote(node, amount, most);
        if (staking.votesBeyond(node) != 0) ++reached["votes beyond the leverage"];
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
            if (staking.nodeView(node).status == 0) expected = NodeRegistry.UnknownNode.selector;
            if (accepted || bytes4(result) != expected) complain("exits", "a release before its time");
        }
        if (staking.unbondings(node, staker).length != waiting) complain("exits", "a release before its time");
    }

    function deregister(uint256 actor, uint256 index) external by(actor) {
        address node = nodes[index % NODES];
        NodeView memory info = staking.nodeView(node);
        // This is rare, because otherwise no node would be left to act on.
        if (info.owner == actors[actor % ACTORS] && info.status < 3 && index % 4 == 0) {
            staking.deregister(node);
            ++reached["deregister"];
        }
    }

    /// @dev Pays exactly what was announced, out of the rewards.
    function claim(uint256 actor, uint256 index) external by(actor) {
        address staker = actors[actor % ACTORS];
        address node = nodes[index % NODES];
        if (staking.nodeView(node).status == 0 || !exitsOpen()) return;
        uint256 expected = staking.pendingRewards(node, staker);
        uint256 before = cai.balanceOf(staker);
        uint256 paid = staking.claim(node);
        if (paid != expected || cai.balanceOf(staker) != before + paid) {
            complain("rewards", "a claim paid something else");
        }
        if (staking.pendingRewards(node, staker) != 0) complain("rewards", "a claim left something");
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
        if (staking.totalWeight(role) == 0) {
            try controller.startPeriod(role) {
                complain("rewards", "a period for nobody");
            } catch {}
            return;
        }
        uint256 reserve = controller.reserveOf(role);
        uint256 amount = controller.startPeriod(role);
        if (amount > reserve || controller.reserveOf(role) != reserve - amount) {
            complain("rewards", "a reserve was overdrawn");
        }
        emitted += amount;
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

    /// @dev Replaces a node's key; voters keep all, as `watch` sees.
    function rotate(uint256 actor, uint256 index, uint256 secret) external by(actor) {
        index = index % NODES;
        address old = nodes[index];
        NodeView memory info = staking.nodeView(old);
        if (info.owner != actors[actor % ACTORS]) return;
        secret = bound(secret, 1, type(uint128).max);
        address next = vm.addr(secret);
        if (staking.nodeView(next).status != 0) return;
        bytes memory signature = signRegister(secret, info.owner, Role(info.role), block.timestamp);
        staking.rotate(old, next, "name", "hello", "https://node", block.timestamp, signature);
        (nodes[index], secrets[index]) = (next, secret);
        retired.push(old);
        ++reached["rotate"];
        NodeView memory fresh = staking.nodeView(next);
        if (
            fresh.weight != info.weight || fresh.selfStake != info.selfStake || fresh.status != info.status
                || fresh.idle != info.idle || fresh.paidAt != info.paidAt
        ) complain("rotation", "a rotation changed a node");
    }

    /// @dev Marks a node that is due; one that is not, or is not active, is refused.
    function markIdle(uint256 actor, uint256 index) external {
        address node = nodes[index % NODES];
        address marker = actors[actor % ACTORS];
        NodeView memory info = staking.nodeView(node);
        uint256 since = info.paidAt > info.registeredAt ? info.paidAt : info.registeredAt;
        bool due = info.status == 1 && !info.idle && block.timestamp > since + 7 days && exitsOpen();
        uint256[] memory before = target.look(actors, nodes).pendings;
        uint256 balance = cai.balanceOf(marker);
        vm.prank(marker);
        try staking.markIdle(node) returns (uint256 tip) {
            if (!due) complain("idle", "a busy node was marked");
            if (tip > 1e18 || cai.balanceOf(marker) != balance + tip) complain("idle", "a tip of another amount");
            uint256[] memory left = target.look(actors, nodes).pendings;
            uint256 lost_;
            for (uint256 i = 0; i < ACTORS; ++i) {
                if (left[i] > before[i]) complain("idle", "a mark gave rewards");
                lost_ += before[i] - left[i];
            }
            if (lost_ > tip + ACTORS || lost_ + ACTORS < tip) complain("idle", "a tip was not paid by the node");
            tips += tip;
            ++reached["markIdle"];
        } catch {
            if (due) complain("idle", "an idle node was not marked");
        }
        mirror();
    }

    /// @dev A payment between nodes of the right roles, by any of their keys; it takes nothing from anyone.
    function recordPayment(uint256 from, uint256 to, bool byOldKey) external {
        address payer = nodes[from % NODES];
        address payee = nodes[to % NODES];
        if (byOldKey && retired.length != 0) payee = retired[to % retired.length];
        Look memory before = target.look(actors, nodes);
        bool right = staking.roleOf(payer) == Role.Coordinator && staking.roleOf(payee) == Role.Miner;
        try staking.recordPayment(payer, payee) {
            if (!right) complain("idle", "a payment between other roles");
            ++reached["recordPayment"];
        } catch {
            if (right) complain("idle", "a payment was refused");
        }
        watch(ACTORS, before);
        mirror();
    }

    /// @dev Pauses whenever it can, or ends the pause; the times are kept apart from the contract's.
    function pause(bool end) external {
        Look memory before = target.look(actors, nodes);
        if (staking.pausedAt() != 0) {
            if (!end) return;
            staking.unpause();
            closedSince = 0;
        } else {
            try staking.pause() {
                if (pauseBegan != 0 && block.timestamp < pauseBegan + 30 days) {
                    complain("exits", "a pause began too soon");
                }
                (closedSince, pauseBegan) = (block.timestamp, block.timestamp);
                ++reached["pause"];
            } catch {
                if (block.timestamp >= staking.nextPauseAt()) complain("exits", "a pause was refused");
            }
        }
        watch(ACTORS, before);
        mirror();
    }

    /// @dev Slashes mostly small amounts, so that prices stay far above zero, and rarely everything, by any key of a
    /// node. Each holder loses the same fraction, and the reward is a part of the owner's loss.
    function slash(uint256 index, uint256 amount, uint16 bps, bool byOldKey) external {
        address named = byOldKey && retired.length != 0 ? retired[index % retired.length] : nodes[index % NODES];
        address node = current(named);
        uint256 all = staking.slashableOf(named);
        if (all < 1e20) return;
        amount = amount % 64 == 0 ? type(uint256).max : bound(amount, 1, all / 5);
        uint256[] memory rewards = target.look(actors, nodes).pendings;
        uint256[] memory before = behind(node);
        uint256 own = staking.ownStakeOf(node);
        uint256 taken = slashOnce(named, amount, bps, own);
        if (taken != (amount < all ? amount : all)) complain("slash", "a slash of another size");
        uint256[] memory left = behind(node);
        for (uint256 i = 0; i < ACTORS; ++i) {
            uint256 fair = before[i] * (all - taken) / all;
            // Each of up to 33 parts is rounded.
            if (left[i] > fair + 33 || left[i] + 33 < fair) complain("slash", "a slash took another fraction");
        }
        uint256[] memory kept = target.look(actors, nodes).pendings;
        for (uint256 i = 0; i < ACTORS; ++i) {
            if (kept[i] != rewards[i]) complain("slash", "a slash took rewards");
        }
        if (all > 10 * own) ++reached["slash with votes beyond ten times the own stake"];
        ++reached["slash"];
        mirror();
    }

    function slashOnce(address named, uint256 amount, uint16 bps, uint256 own) private returns (uint256 taken) {
        bytes32[] memory ids = evidence();
        uint256 reward;
        (taken, reward) = staking.slash(named, amount, bps % 2_001, ids);
        usedEvidence.push(ids[0]);
        if (reward * 5 > own - staking.ownStakeOf(named) + 1) {
            complain("gain", "a reward beyond a fifth of the owner's loss");
        }
        lost += taken;
        found += reward;
    }

    function behind(address node) private view returns (uint256[] memory amounts) {
        amounts = new uint256[](ACTORS);
        for (uint256 i = 0; i < ACTORS; ++i) {
            (amounts[i],) = target.stakeBehind(node, actors[i]);
        }
    }

    /// @dev Evidence that was used is refused, whoever brings it and whatever node it is for.
    function slashAgain(uint256 which, uint256 index) external {
        address node = nodes[index % NODES];
        if (usedEvidence.length == 0 || staking.nodeView(node).status == 0) return;
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = usedEvidence[which % usedEvidence.length];
        (bool accepted, bytes memory result) =
            address(staking).call(abi.encodeCall(Slashing.slash, (node, 1e18, 2_000, ids)));
        if (accepted || bytes4(result) != Slashing.EvidenceSpent.selector) {
            complain("evidence", "evidence was used twice");
        }
        ++reached["slashAgain"];
    }

    /// @dev Takes the owner's stake alone: voters keep theirs, at the same price, and everybody's rewards.
    function charge(uint256 index, uint256 amount, uint16 bps) external {
        address node = nodes[index % NODES];
        NodeView memory info = staking.nodeView(node);
        if (info.status == 0) return;
        uint256 own = target.ownStakeOf(node);
        amount = amount % 32 == 0 ? type(uint256).max : bound(amount, 0, own / 4);
        uint256 owner = 0;
        while (actors[owner] != info.owner) ++owner;
        Look memory before = target.look(actors, nodes);
        (uint256 taken, uint256 reward) = staking.charge(node, amount, bps % 2_001);
        if (taken != (amount < own ? amount : own)) complain("charge", "a charge of another size");
        if (reward * 5 > own - target.ownStakeOf(node) + 1) {
            complain("gain", "a reward beyond a fifth of the owner's loss");
        }
        Look memory left = target.look(actors, nodes);
        if (left.pendings[owner] != before.pendings[owner]) complain("charge", "a charge moved the owner's rewards");
        if (left.claims[owner] + taken > before.claims[owner] + 33) complain("charge", "a charge took too little");
        if (left.claims[owner] + taken + 33 < before.claims[owner]) complain("charge", "a charge took too much");
        for (uint256 i = 0; i < ACTORS; ++i) {
            if (i == owner) continue;
            if (left.claims[i] < before.claims[i]) complain("charge", "a charge took a voter's stake");
            if (left.schedules[i] != before.schedules[i]) complain("charge", "a charge took a voter's request");
        }
        watch(owner, before);
        lost += taken;
        charged += taken;
        found += reward;
        if (taken != 0) ++reached["charge"];
        mirror();
    }

    /// @dev Calls that only holders of a role may make.
    function trespass(uint256 actor, uint256 which) external by(actor) {
        address caller = actors[actor % ACTORS];
        bytes[8] memory calls = [
            abi.encodeCall(Slashing.slash, (nodes[0], 1, 0, new bytes32[](1))),
            abi.encodeCall(Slashing.charge, (nodes[0], 1, 0)),
            abi.encodeCall(Idleness.recordPayment, (nodes[0], nodes[1])),
            abi.encodeCall(Staking.notifyEmission, (Role.Miner, 0, 1)),
            abi.encodeCall(Staking.pause, ()),
            abi.encodeCall(Staking.unpause, ()),
            abi.encodeCall(staking.setAuthority, (caller)),
            abi.encodeCall(EmissionController.setHalving, (365 days))
        ];
        which = which % calls.length;
        (bool accepted, bytes memory result) = (which == 7 ? address(controller) : address(staking)).call(calls[which]);
        if (accepted || bytes4(result) != IAccessManaged.AccessManagedUnauthorized.selector) {
            complain("roles", "a trespass");
        }
    }

    /// @dev Calls with any arguments fail with a reason, if they fail, and never by a panic. Their effects are undone.
    function wild(uint256 actor, uint256 which, uint256 index, uint256 amount) external {
        address node = index % 5 == 4 ? address(uint160(index)) : nodes[index % 5];
        bytes[12] memory calls = [
            abi.encodeCall(FreeStake.deposit, (amount)),
            abi.encodeCall(FreeStake.withdraw, (amount)),
            abi.encodeCall(Votes.vote, (node, amount, 5_000)),
            abi.encodeCall(Votes.depositAndVote, (node, amount, 5_000)),
            abi.encodeCall(Votes.retract, (node, amount)),
            abi.encodeCall(Votes.release, (node)),
            abi.encodeCall(Staking.claim, (node)),
            abi.encodeCall(Staking.announceCommission, (node, uint16(amount))),
            abi.encodeCall(Staking.deregister, (node)),
            abi.encodeCall(Idleness.markIdle, (node)),
            abi.encodeCall(Staking.pendingRewards, (node, actors[actor % ACTORS])),
            abi.encodeCall(EmissionController.fund, (Role(amount % 3), amount))
        ];
        which = which % calls.length;
        uint256 state = vm.snapshotState();
        vm.prank(actors[actor % ACTORS]);
        (bool accepted, bytes memory result) = (which == 11 ? address(controller) : address(staking)).call(calls[which]);
        vm.revertToStateAndDelete(state);
        vm.getRecordedLogs();
        if (!accepted && (result.length == 0 || bytes4(result) == 0x4e487b71)) complain("panic", "a panic");
    }
}
