// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
import {Idleness} from "../../src/staking/Idleness.sol";
import {NodeRegistry, NodeView, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {PauseGuard} from "../../src/staking/PauseGuard.sol";
import {Rewards, StreamView} from "../../src/staking/Rewards.sol";
import {Rotation} from "../../src/staking/Rotation.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {Unbonding, Votes} from "../../src/staking/Votes.sol";
import {Pool} from "../../src/libraries/PoolMath.sol";
import {StakingHarness} from "./StakingHarness.sol";

/// @dev The staking contract as an indexer knows it: built from its events and their blocks' times alone, with arithmetic
/// of its own. Whatever it cannot follow, or what differs from the contract, is told by `complaint`.
contract StakingModel {
    struct Key {
        address owner;
        Role role;
        Status status;
        uint256 registeredAt;
        uint256 pool;
        bool idle;
        uint256 own;
        uint256 weight;
        address next;
        uint256 rotatedAt;
    }

    struct Stake {
        uint256 tokens;
        uint256 shares;
        uint256 active;
        uint256 own;
        address owner;
        uint16 bps;
        uint16 nextBps;
        uint256 nextAt;
    }

    struct Leaving {
        uint256 shares;
        uint256 availableAt;
    }

    struct Flow {
        uint256 rate;
        uint256 end;
        uint256 last;
        uint256 unpaid;
        uint256 total;
    }

    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    string public complaint;
    uint256 public events;
    uint256 public burned;
    uint256 public pausedAt;
    address[] public listed;
    mapping(address node => Key) public keys;
    mapping(uint256 pool => Stake) public stakes;
    mapping(uint256 pool => mapping(address staker => uint256 shares)) public held;
    mapping(uint256 pool => mapping(address staker => Leaving[])) public leaving;
    mapping(address staker => uint256 amount) public free;
    mapping(bytes32 evidence => bool) public spent;
    mapping(Role role => Flow) public flows;
    uint256 private pools;

    /// @dev Applies what the contract has told; its blocks have the current time.
    function read(Vm.Log[] calldata logs, address emitter) external {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != emitter) continue;
            ++events;
            bytes32 kind = logs[i].topics[0];
            bytes32 first = logs[i].topics.length > 1 ? logs[i].topics[1] : bytes32(0);
            bytes32 second = logs[i].topics.length > 2 ? logs[i].topics[2] : bytes32(0);
            address a = address(uint160(uint256(first)));
            address b = address(uint160(uint256(second)));
            bytes calldata data = logs[i].data;
            if (!stakeEvent(kind, a, b, data) && !lossEvent(kind, first, a, b, data)) {
                if (!nodeEvent(kind, a, b, logs[i]) && !rewardEvent(kind, first, a, b, data)) {
                    complaint = "an unknown event";
                }
            }
        }
    }

    // --------------------------------------------------------------------------------------------------- stake

    function stakeEvent(bytes32 kind, address a, address b, bytes calldata data) private returns (bool) {
        if (kind == FreeStake.Deposited.selector) {
            free[a] += abi.decode(data, (uint256));
        } else if (kind == FreeStake.Withdrawn.selector) {
            free[a] -= abi.decode(data, (uint256));
        } else if (kind == Votes.Voted.selector) {
            voted(a, keys[b].pool, abi.decode(data, (uint256)));
        } else if (kind == Votes.Retracted.selector) {
            (uint256 amount, uint256 at) = abi.decode(data, (uint256, uint256));
            retracted(a, keys[b].pool, amount, at);
        } else if (kind == Votes.Released.selector) {
            released(a, keys[b].pool, abi.decode(data, (uint256)));
        } else {
            return false;
        }
        return true;
    }

    function worth(Stake storage stake, uint256 shares) private view returns (uint256) {
        return stake.shares == 0 ? 0 : shares * stake.tokens / stake.shares;
    }

    function cost(Stake storage stake, uint256 amount) private view returns (uint256) {
        return (amount * stake.shares + stake.tokens - 1) / stake.tokens;
    }

    function voted(address staker, uint256 pool, uint256 amount) private {
        Stake storage stake = stakes[pool];
        uint256 shares = stake.shares == 0 ? amount : amount * stake.shares / stake.tokens;
        free[staker] -= amount;
        held[pool][staker] += shares;
        (stake.tokens, stake.shares, stake.active) =
        (stake.tokens + amount, stake.shares + shares, stake.active + shares);
        if (staker == stake.owner) stake.own += shares;
    }

    function retracted(address staker, uint256 pool, uint256 amount, uint256 at) private {
        Stake storage stake = stakes[pool];
        uint256 all = held[pool][staker];
        uint256 shares = amount == worth(stake, all) ? all : cost(stake, amount);
        held[pool][staker] -= shares;
        stake.active -= shares;
        if (staker == stake.owner) stake.own -= shares;
        leaving[pool][staker].push(Leaving(shares, at));
    }

    function released(address staker, uint256 pool, uint256 amount) private {
        Leaving[] storage list = leaving[pool][staker];
        Leaving[] memory old = list;
        delete leaving[pool][staker];
        uint256 shares;
        for (uint256 i = 0; i < old.length; ++i) {
            if (old[i].availableAt <= block.timestamp) shares += old[i].shares;
            else list.push(old[i]);
        }
        Stake storage stake = stakes[pool];
        if (worth(stake, shares) != amount) complaint = "a release of another amount";
        (stake.tokens, stake.shares) = (stake.tokens - amount, stake.shares - shares);
        free[staker] += amount;
    }

    // -------------------------------------------------------------------------------------------------- losses

    function lossEvent(bytes32 kind, bytes32 first, address a, address, bytes calldata data) private returns (bool) {
        if (kind == Slashing.Slashed.selector) {
            (uint256 taken, uint256 ownerLoss, uint256 reward, uint256 left) =
                abi.decode(data, (uint256, uint256, uint256, uint256));
            Stake storage stake = stakes[keys[a].pool];
            uint256 own = stake.own + unbonding(keys[a].pool, stake.owner);
            if (taken * own / stake.shares != ownerLoss) complaint = "another loss of the owner";
            stake.tokens -= taken;
            if (stake.tokens != left) complaint = "a slash of another amount";
            burned += taken - reward;
        } else if (kind == Slashing.Charged.selector) {
            (uint256 fromActive, uint256 fromUnbonding, uint256 reward) = abi.decode(data, (uint256, uint256, uint256));
            charged(keys[a].pool, fromActive, fromActive + fromUnbonding);
            burned += fromActive + fromUnbonding - reward;
        } else if (kind == Slashing.EvidenceUsed.selector) {
            if (spent[first]) complaint = "evidence was used twice";
            spent[first] = true;
        } else {
            return false;
        }
        return true;
    }

    function unbonding(uint256 pool, address staker) private view returns (uint256 shares) {
        Leaving[] storage list = leaving[pool][staker];
        for (uint256 i = 0; i < list.length; ++i) {
            shares += list[i].shares;
        }
    }

    function charged(uint256 pool, uint256 fromActive, uint256 taken) private {
        Stake storage stake = stakes[pool];
        address owner = stake.owner;
        uint256 all = stake.own + unbonding(pool, owner);
        uint256 shares = taken == worth(stake, all) ? all : cost(stake, taken);
        uint256 active = shares < stake.own ? shares : stake.own;
        if (worth(stake, active) != fromActive) complaint = "a charge of another active amount";
        held[pool][owner] -= active;
        (stake.own, stake.active) = (stake.own - active, stake.active - active);
        (stake.tokens, stake.shares) = (stake.tokens - taken, stake.shares - shares);
        uint256 rest = shares - active;
        Leaving[] storage list = leaving[pool][owner];
        while (rest != 0) {
            Leaving storage newest = list[list.length - 1];
            if (newest.shares > rest) {
                newest.shares -= rest;
                break;
            }
            rest -= newest.shares;
            list.pop();
        }
    }

    // --------------------------------------------------------------------------------------------------- nodes

    function nodeEvent(bytes32 kind, address a, address b, Vm.Log calldata log) private returns (bool) {
        if (kind == NodeRegistry.NodeRegistered.selector) {
            Role role = Role(uint256(log.topics[3]));
            Key storage key = keys[a];
            (key.owner, key.role, key.registeredAt, key.pool) = (b, role, block.timestamp, ++pools);
            stakes[pools].owner = b;
            listed.push(a);
        } else if (kind == Rotation.NodeRotated.selector) {
            Key storage old = keys[a];
            Key storage key = keys[b];
            (key.pool, key.registeredAt, key.idle) = (old.pool, old.registeredAt, old.idle);
            (old.idle, old.next, old.rotatedAt) = (false, b, block.timestamp);
        } else if (kind == Votes.NodeWeightChanged.selector) {
            (Status status, uint256 own, uint256 weight) = abi.decode(log.data, (Status, uint256, uint256));
            Key storage key = keys[a];
            change(key.role, key.idle ? 0 : key.weight, key.idle ? 0 : weight);
            (key.status, key.own, key.weight) = (status, own, weight);
        } else if (kind == Idleness.NodeIdle.selector) {
            Key storage key = keys[a];
            change(key.role, key.weight, 0);
            flows[key.role].unpaid -= abi.decode(log.data, (uint256));
            key.idle = true;
        } else if (kind == Idleness.NodeBusy.selector) {
            Key storage key = keys[a];
            change(key.role, 0, key.weight);
            key.idle = false;
        } else if (kind == NodeRegistry.NodeUpdated.selector) {
            // Texts are not kept.
        } else if (kind == PauseGuard.Paused.selector) {
            pausedAt = abi.decode(log.data, (uint256)) - 72 hours;
        } else if (kind == PauseGuard.Unpaused.selector) {
            pausedAt = 0;
        } else {
            return false;
        }
        return true;
    }

    /// @dev While nobody earned, the end of a stream moved on.
    function change(Role role, uint256 old, uint256 current) private {
        Flow storage flow = flows[role];
        flow.end = endOf(flow);
        flow.last = block.timestamp;
        flow.total = flow.total - old + current;
    }

    function endOf(Flow storage flow) private view returns (uint256) {
        return flow.total == 0 && flow.last < flow.end ? flow.end + block.timestamp - flow.last : flow.end;
    }

    // ------------------------------------------------------------------------------------------------- rewards

    function rewardEvent(bytes32 kind, bytes32 first, address a, address b, bytes calldata data)
        private
        returns (bool)
    {
        if (kind == Rewards.EmissionNotified.selector) {
            Flow storage flow = flows[Role(uint256(first))];
            uint256 amount;
            (amount, flow.rate, flow.end) = abi.decode(data, (uint256, uint256, uint256));
            (flow.unpaid, flow.last) = (flow.unpaid + amount, block.timestamp);
        } else if (kind == Rewards.RewardPaid.selector) {
            (uint256 reward, uint256 commission) = abi.decode(data, (uint256, uint256));
            flows[keys[b].role].unpaid -= reward + commission;
        } else if (kind == Rewards.CommissionAnnounced.selector) {
            Stake storage stake = stakes[keys[a].pool];
            (uint16 bps, uint256 at) = abi.decode(data, (uint16, uint256));
            if (stake.nextAt != 0 && stake.nextAt <= block.timestamp) (stake.bps, stake.nextAt) = (stake.nextBps, 0);
            if (at <= block.timestamp) (stake.bps, stake.nextAt) = (bps, 0);
            else (stake.nextBps, stake.nextAt) = (bps, at);
        } else {
            return false;
        }
        return true;
    }

    // ---------------------------------------------------------------------------------------------- comparison

    /// @dev Compares everything with the contract; the empty string if all is the same.
    function compare(StakingHarness target, address[] calldata stakers) external view returns (string memory) {
        if (bytes(complaint).length != 0) return complaint;
        if (target.pausedAt() != pausedAt) return "pause";
        for (uint256 i = 0; i < stakers.length; ++i) {
            if (target.freeStakeOf(stakers[i]) != free[stakers[i]]) return "free stake";
        }
        for (uint8 role = 1; role <= 2; ++role) {
            Flow storage flow = flows[Role(role)];
            StreamView memory stream = target.streamOf(Role(role));
            if (stream.rate != flow.rate || stream.end != endOf(flow) || stream.unpaid != flow.unpaid) return "stream";
            if (target.totalWeight(Role(role)) != flow.total) return "total weight";
        }
        for (uint256 i = 0; i < listed.length; ++i) {
            string memory difference = compareNode(target, listed[i]);
            if (bytes(difference).length != 0) return difference;
            if (keys[listed[i]].status == Status.Rotated) continue;
            for (uint256 j = 0; j < stakers.length; ++j) {
                difference = comparePosition(target, listed[i], stakers[j]);
                if (bytes(difference).length != 0) return difference;
            }
        }
        return "";
    }

    function compareNode(StakingHarness target, address node) private view returns (string memory) {
        Key storage key = keys[node];
        NodeView memory info = target.nodeView(node);
        if (info.owner != key.owner || info.role != uint8(key.role)) return "owner or role";
        if (info.status != uint8(key.status)) return "status";
        if (info.registeredAt != key.registeredAt) return "registration";
        if (info.selfStake != key.own || info.weight != key.weight) return "weight";
        if (info.idle != key.idle) return "idle";
        (address next, uint64 at) = target.successorOf(node);
        if (next != key.next || at != key.rotatedAt) return "rotation";
        if (target.signs(node) != (at == 0 || block.timestamp <= at + target.unbondingPeriod())) return "signatures";
        Stake storage stake = stakes[key.pool];
        if (target.slashableOf(node) != stake.tokens) return "slashable stake";
        uint256 own = worth(stake, stake.own + unbonding(key.pool, stake.owner));
        if (target.ownStakeOf(node) != own) return "own stake";
        if (key.status == Status.Rotated) return "";
        Pool memory pool = target.poolOf(node);
        if (pool.tokens != stake.tokens || pool.shares != stake.shares) return "pool";
        if (pool.activeShares != stake.active || pool.ownShares != stake.own) return "shares";
        (uint16 bps, uint16 nextBps, uint64 nextAt) = target.commissionOf(node);
        bool pending = stake.nextAt > block.timestamp;
        uint16 current = stake.nextAt != 0 && !pending ? stake.nextBps : stake.bps;
        if (bps != current || nextBps != (pending ? stake.nextBps : current)) return "commission";
        if (nextAt != (pending ? stake.nextAt : 0)) return "commission's time";
        return "";
    }

    function comparePosition(StakingHarness target, address node, address staker) private view returns (string memory) {
        uint256 pool = keys[node].pool;
        if (target.sharesOf(node, staker) != held[pool][staker]) return "position";
        Unbonding[] memory open = target.unbondings(node, staker);
        Leaving[] storage list = leaving[pool][staker];
        if (open.length != list.length) return "requests";
        for (uint256 i = 0; i < open.length; ++i) {
            if (open[i].shares != list[i].shares || open[i].availableAt != list[i].availableAt) return "request";
        }
        return "";
    }
}
