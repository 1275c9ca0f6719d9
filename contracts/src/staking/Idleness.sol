// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IStaking} from "../interfaces/IStaking.sol";
import {Role, Status} from "./NodeRegistry.sol";
import {Votes} from "./Votes.sol";

/// @title Nodes that do no work
/// @notice A coordinator that pays no miner, and a miner that no coordinator pays, is idle after a week. Anyone may mark
/// it; then it earns nothing until the next payment. It keeps its weight, so it is still given work.
/// @dev Being busy can be bought, by paying oneself; a part of every payment is burned.
abstract contract Idleness is Votes {
    using SafeERC20 for IERC20;

    /// @notice Time without a payment after which a node can be marked, in seconds; from the registration on.
    uint64 public constant IDLE_AFTER = 7 days;
    /// @notice Most that the caller who marks a node gets for it, in wei of CAI, out of the rewards that the owner's
    /// stake behind the node has earned and the owner has not claimed.
    uint256 public constant IDLE_TIP = 1e18;

    /// @dev Payments sooner after the last recorded one are not recorded, in seconds.
    uint64 private constant RECORD_EVERY = 1 hours;

    /// @notice A node was marked: it earns nothing from now on.
    /// @param node Address of the node's key.
    /// @param tip What was paid for the marking.
    /// @param by Address that marked it.
    event NodeIdle(address indexed node, uint256 tip, address indexed by);
    /// @notice A payment ended a node's idleness: it earns again from now on.
    /// @param node Address of the node's current key.
    event NodeBusy(address indexed node);

    /// @notice The node was registered, paid or paid another too recently.
    /// @param at Last second at which it cannot be marked, in Unix seconds.
    error NotIdleYet(uint256 at);
    /// @notice The node is marked already.
    /// @param node Address of the node's key.
    error AlreadyIdle(address node);
    /// @notice The payer of a payment is not a coordinator.
    /// @param node Its address.
    error NotACoordinator(address node);
    /// @notice The payee of a payment is not a miner.
    /// @param node Its address.
    error NotAMiner(address node);

    /// @notice Marks a node as idle; anyone may. Pauses close it like an exit.
    /// @param node Address of the node's current key; active, not marked yet, and without a payment for 7 days.
    /// @return tip What the caller was paid, in wei of CAI.
    function markIdle(address node) external whenExitsOpen nonReentrant returns (uint256 tip) {
        Node memory entry = _known(node);
        if (entry.status != Status.Active) revert NotActive(node);
        if (entry.flags & IDLE != 0) revert AlreadyIdle(node);
        NodeRewards storage rewards = _rewardsOf(entry.pool);
        uint256 since = rewards.paidAt > entry.registeredAt ? rewards.paidAt : entry.registeredAt;
        if (block.timestamp <= since + IDLE_AFTER) revert NotIdleYet(since + IDLE_AFTER);
        // The owner pays: what others have earned is theirs, and some may have claimed it already.
        Position storage position = _settleOwner(node, entry, _pools[entry.pool].activeShares);
        uint128 accrued = position.accrued;
        tip = accrued < IDLE_TIP ? accrued : IDLE_TIP;
        position.accrued = accrued - uint128(tip);
        entry.flags |= IDLE;
        _store(node, entry);
        _addToTotal(entry.role, rewards.weight, 0);
        _payFrom(entry.role, tip);
        emit NodeIdle(node, tip, msg.sender);
        if (tip != 0) cai.safeTransfer(msg.sender, tip);
    }

    /// @inheritdoc IStaking
    /// @dev Restricted. Keys that were replaced stand for their successors.
    function recordPayment(address coordinator, address miner) external override restricted {
        if (_nodes[coordinator].role != Role.Coordinator) revert NotACoordinator(coordinator);
        if (_nodes[miner].role != Role.Miner) revert NotAMiner(miner);
        _busy(coordinator);
        _busy(miner);
    }

    function _busy(address node) private {
        (address current, Node memory entry) = _standIn(node);
        NodeRewards storage rewards = _rewardsOf(entry.pool);
        if (block.timestamp >= rewards.paidAt + RECORD_EVERY) rewards.paidAt = _clock();
        if (entry.flags & IDLE != 0) {
            _settle(current, entry, _pools[entry.pool].activeShares);
            entry.flags &= ~IDLE;
            _store(current, entry);
            _addToTotal(entry.role, 0, rewards.weight);
            emit NodeBusy(current);
        }
    }
}
