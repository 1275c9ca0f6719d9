// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IStaking} from "../interfaces/IStaking.sol";
import {Pool, PoolMath} from "../libraries/PoolMath.sol";
import {Role, Status} from "./NodeRegistry.sol";
import {Votes} from "./Votes.sol";

/// @title Replacing a node's key
/// @notice The owner of a node whose key was lost or stolen gives it another key. Stake, votes, commission and rewards
/// stay where they are. What the old key has signed counts for one more unbonding period, so that promises made with it
/// can be kept and offences with it be punished; both concern the node's stake, whatever its key.
abstract contract Rotation is Votes {
    using PoolMath for Pool;

    /// @notice A node got another key.
    /// @param oldKey Address of the key that was replaced.
    /// @param newKey Address of the current key.
    /// @param signsUntil Last second at which signatures of the old key count, in Unix seconds.
    event NodeRotated(address indexed oldKey, address indexed newKey, uint256 signsUntil);

    /// @notice Gives a node another key; only its owner may, also during a pause and after the node was removed.
    /// @param node Address of the current key.
    /// @param newKey Address of the new key: not the owner's, never registered before.
    /// @param name Name for people, 1 to 64 bytes.
    /// @param introduction Text for people, at most 512 bytes.
    /// @param endpoint Endpoint at which it can be reached, at most 256 bytes; not empty for a coordinator.
    /// @param deadline Last second at which the signature is good.
    /// @param signature The new key's EIP-712 signature of {Messages.Register}, 65 bytes, low `s`.
    function rotate(
        address node,
        address newKey,
        string calldata name,
        string calldata introduction,
        string calldata endpoint,
        uint256 deadline,
        bytes calldata signature
    ) external {
        Node memory entry = _owned(node);
        _admit(newKey, entry, name, introduction, endpoint, deadline, signature);
        _succeed(node, newKey, entry);
    }

    /// @inheritdoc IStaking
    function successorOf(address node) external view override returns (address next, uint64 rotatedAt) {
        Succession storage succession = _successions[node];
        return (succession.next, succession.rotatedAt);
    }

    /// @inheritdoc IStaking
    function ownerOf(address node) external view override returns (address) {
        return _nodes[node].owner;
    }

    /// @inheritdoc IStaking
    function roleOf(address node) external view override returns (Role) {
        return _nodes[node].role;
    }

    /// @inheritdoc IStaking
    function signs(address node) external view override returns (bool) {
        Status status = _nodes[node].status;
        if (status == Status.Rotated) return block.timestamp <= _successions[node].rotatedAt + unbondingPeriod;
        return status != Status.None;
    }

    /// @dev Replaces a key whose entry was copied to the new one.
    function _succeed(address node, address newKey, Node memory entry) private {
        uint24 pool = entry.pool;
        Status status = entry.status;
        (entry.status, entry.commissionBps, entry.flags) = (Status.Rotated, 0, 0);
        _store(node, entry);
        _keys[pool] = newKey;
        _successions[node] = Succession(newKey, uint64(block.timestamp));
        emit NodeRotated(node, newKey, block.timestamp + unbondingPeriod);
        _announce(node, Status.Rotated, 0, 0);
        _announce(newKey, status, _load(pool).ownTokens(), _rewardsOf(pool).weight);
    }
}
