// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {NodeView, Role, Status} from "./staking/NodeRegistry.sol";

/// @title Who can judge what
/// @notice Miners declare the manifests that they can examine. The registry keeps, by epoch, how much *own* stake of each
/// node, of each owner and of all stands behind a manifest: votes of others give no seats, so they cannot be rented.
/// Every node that has declared something also stands behind `GENERAL`, from which juries are drawn when too few can
/// examine a manifest.
/// @dev A record is the own stake at the time it was made; it counts in a draw only as far as the node still has that
/// stake, and for one unbonding period: a node declares again, or anyone refreshes it, at least that often. Records that
/// are too high or too old only thin out juries. A key that was replaced has no stake of its own any more, and anyone may
/// record that. The new key declares for itself, and thereby takes back what the node's earlier keys have declared of the
/// same: however often a key is replaced, a node's stake stands behind a manifest once. The registry holds no money, has no
/// roles, and knows of no court: one that is replaced leaves it to its successor.
contract JurorRegistry {
    using Checkpoints for Checkpoints.Trace208;
    using SafeCast for uint256;

    /// @notice Stands for all manifests together.
    bytes32 public constant GENERAL = bytes32(0);

    /// @notice Holds the stake and knows the nodes.
    IStaking public immutable staking;
    /// @notice Epochs for which a record counts: as long as stake takes to get from one node to another.
    uint256 public immutable validity;
    /// @dev Length of an epoch of {Staking}, in seconds.
    uint64 private immutable _epochSeconds;

    mapping(address node => uint256) private _declarations;
    mapping(address node => mapping(bytes32 manifest => bool)) private _declared;
    mapping(bytes32 manifest => mapping(address node => Checkpoints.Trace208)) private _stakes;
    /// @dev By epoch: the same epoch. It says when a stake was recorded last, also if that did not change it.
    mapping(bytes32 manifest => mapping(address node => Checkpoints.Trace208)) private _recordings;
    mapping(bytes32 manifest => mapping(address owner => Checkpoints.Trace208)) private _ownerStakes;
    mapping(bytes32 manifest => Checkpoints.Trace208) private _totals;
    /// @dev Keys that have declared something, by their node's owner and the second in which its first key was registered.
    /// So those of one node are together, perhaps with those of others that the owner registered in that second.
    mapping(address owner => mapping(uint64 registeredAt => address[])) private _keys;

    /// @notice A node can examine results of a manifest.
    /// @param node Address of the node's key.
    /// @param manifest Id of the manifest.
    event ManifestDeclared(address indexed node, bytes32 indexed manifest);
    /// @notice A node does not examine results of a manifest any more.
    /// @param node Address of the node's key.
    /// @param manifest Id of the manifest.
    event ManifestUndeclared(address indexed node, bytes32 indexed manifest);
    /// @notice The stake with which a node stands behind a manifest was written down.
    /// @param node Address of the node's key.
    /// @param manifest Id of the manifest, or `GENERAL`.
    /// @param epoch The epoch, from whose end on it counts.
    /// @param stake Own stake of the node's owner.
    event StakeRecorded(address indexed node, bytes32 indexed manifest, uint256 epoch, uint256 stake);

    /// @notice Only an active miner with own stake declares.
    /// @param node Address of the node's key.
    error NotAnActiveMiner(address node);
    /// @notice `GENERAL` is not declared; it follows from any other manifest.
    error GeneralIsImplied();
    /// @notice The node has not declared this manifest.
    /// @param node Address of the node's key.
    /// @param manifest Id of the manifest.
    error NotDeclared(address node, bytes32 manifest);

    /// @notice Deploys the registry of a network.
    /// @param staking_ Holds the stake and knows the nodes.
    constructor(IStaking staking_) {
        staking = staking_;
        _epochSeconds = staking_.epochSeconds();
        validity = staking_.unbondingPeriod() / _epochSeconds;
    }

    /// @notice Declares that the calling node, an active miner, can examine results of these manifests, and records its
    /// own stake. It may be drawn for receipts whose ticket's deadline lies at least an epoch after the current one. What
    /// it declares for the first time, the node's earlier keys do not declare any more.
    /// @param manifests Ids of the manifests; those declared before are refreshed.
    function declare(bytes32[] calldata manifests) external {
        NodeView memory info = staking.nodeView(msg.sender);
        uint256 stake = _ownStake(info);
        if (stake == 0) revert NotAnActiveMiner(msg.sender);
        address owner = info.owner;
        uint256 added = 0;
        for (uint256 i = 0; i < manifests.length; ++i) {
            bytes32 manifest = manifests[i];
            if (manifest == GENERAL) revert GeneralIsImplied();
            if (!_declared[msg.sender][manifest]) {
                _declared[msg.sender][manifest] = true;
                ++added;
                emit ManifestDeclared(msg.sender, manifest);
            }
            _record(msg.sender, owner, manifest, stake);
        }
        if (added != 0) {
            _declarations[msg.sender] += added;
            _succeed(info, manifests);
        }
        if (_declarations[msg.sender] != 0) _record(msg.sender, owner, GENERAL, stake);
    }

    /// @notice Takes declarations of the calling node back. It may still be drawn for receipts of the time before.
    /// @param manifests Ids of the manifests.
    function undeclare(bytes32[] calldata manifests) external {
        address owner = staking.ownerOf(msg.sender);
        for (uint256 i = 0; i < manifests.length; ++i) {
            if (!_declared[msg.sender][manifests[i]]) revert NotDeclared(msg.sender, manifests[i]);
            _undeclare(msg.sender, owner, manifests[i]);
        }
        if (_declarations[msg.sender] == 0) _record(msg.sender, owner, GENERAL, 0);
    }

    /// @notice Records the own stake that a node has now, for these manifests and for `GENERAL`. Anyone may call.
    /// @param node Address of the node's key.
    /// @param manifests Ids of manifests that it has declared.
    function refresh(address node, bytes32[] calldata manifests) external {
        NodeView memory info = staking.nodeView(node);
        uint256 stake = _ownStake(info);
        address owner = info.owner;
        for (uint256 i = 0; i < manifests.length; ++i) {
            if (!_declared[node][manifests[i]]) revert NotDeclared(node, manifests[i]);
            _record(node, owner, manifests[i], stake);
        }
        if (_declarations[node] != 0) _record(node, owner, GENERAL, stake);
    }

    /// @notice Whether a node has declared a manifest.
    /// @param node Address of the node's key.
    /// @param manifest Id of the manifest; `GENERAL` for whether it has declared any.
    function isDeclared(address node, bytes32 manifest) external view returns (bool declared) {
        return manifest == GENERAL ? _declarations[node] != 0 : _declared[node][manifest];
    }

    /// @notice Own stake that stood behind a manifest at the end of an epoch, as far as it was recorded.
    /// @param manifest Id of the manifest, or `GENERAL`.
    /// @param epoch Number of the epoch.
    /// @return stake That of all nodes, in wei of CAI.
    function totalRecorded(bytes32 manifest, uint256 epoch) public view returns (uint256 stake) {
        return _totals[manifest].upperLookupRecent(epoch.toUint48());
    }

    /// @notice Own stake with which a node stood behind a manifest at the end of an epoch, as far as it was recorded.
    /// @param manifest Id of the manifest, or `GENERAL`.
    /// @param node Address of the node's key.
    /// @param epoch Number of the epoch.
    /// @return stake In wei of CAI.
    function stakeRecorded(bytes32 manifest, address node, uint256 epoch) public view returns (uint256 stake) {
        return _stakes[manifest][node].upperLookupRecent(epoch.toUint48());
    }

    /// @notice The epoch in which that stake was recorded last.
    /// @param manifest Id of the manifest, or `GENERAL`.
    /// @param node Address of the node's key.
    /// @param epoch Number of the epoch by whose end it was.
    /// @return recorded Number of an epoch; 0 if it was not.
    function recordedAt(bytes32 manifest, address node, uint256 epoch) public view returns (uint256 recorded) {
        return _recordings[manifest][node].upperLookupRecent(epoch.toUint48());
    }

    /// @notice Own stake with which all nodes of an owner stood behind a manifest at the end of an epoch, as far as it
    /// was recorded.
    /// @param manifest Id of the manifest, or `GENERAL`.
    /// @param owner Address of the owner.
    /// @param epoch Number of the epoch.
    /// @return stake In wei of CAI.
    function ownerStakeRecorded(bytes32 manifest, address owner, uint256 epoch) public view returns (uint256 stake) {
        return _ownerStakes[manifest][owner].upperLookupRecent(epoch.toUint48());
    }

    /// @notice Whom a jury is drawn from: the nodes that had declared a manifest by the end of an epoch if they have
    /// enough stake, else all that had declared any.
    /// @param model Id of the manifest.
    /// @param epoch Number of the epoch.
    /// @param without Addresses of owners whose stake does not count; all different, or 0.
    /// @param need The stake that is enough, in wei of CAI.
    /// @return manifest The manifest, or `GENERAL`.
    /// @return total The stake behind it, in wei of CAI; perhaps less than `need`.
    function panelFor(bytes32 model, uint256 epoch, address[] calldata without, uint256 need)
        external
        view
        returns (bytes32 manifest, uint128 total)
    {
        total = _totalWithout(model, epoch, without);
        if (total != 0 && total >= need) return (model, total);
        return (GENERAL, _totalWithout(GENERAL, epoch, without));
    }

    /// @notice The stake with which a node is drawn now: what stood behind the manifest at the end of an epoch, as far as
    /// the node still has it, and if it was recorded less than `validity` epochs before. In that time stake cannot get
    /// from one node to another, so the same stake never stands behind two nodes.
    /// @param manifest Id of the manifest, or `GENERAL`.
    /// @param node Address of the node's key.
    /// @param epoch Number of the epoch.
    /// @return weight In wei of CAI.
    function weightOf(bytes32 manifest, address node, uint256 epoch) external view returns (uint256 weight) {
        weight = stakeRecorded(manifest, node, epoch);
        if (weight == 0 || recordedAt(manifest, node, epoch) + validity <= epoch) return 0;
        uint256 left = _ownStake(staking.nodeView(node));
        if (left < weight) weight = left;
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Own stake of an active miner, in wei of CAI; 0 for every other node.
    function _ownStake(NodeView memory info) private pure returns (uint256) {
        bool counts = info.role == uint8(Role.Miner) && info.status == uint8(Status.Active);
        return counts ? info.selfStake : 0;
    }

    function _totalWithout(bytes32 manifest, uint256 epoch, address[] calldata without) private view returns (uint128) {
        uint256 stake = totalRecorded(manifest, epoch);
        for (uint256 i = 0; i < without.length; ++i) {
            stake -= ownerStakeRecorded(manifest, without[i], epoch);
        }
        return stake.toUint128();
    }

    /// @dev A key that declares something new is noted, and the node's earlier keys lose what they have declared of the
    /// same, and their part of `GENERAL`: it is the same stake. They can record none again. A key that has nothing left to
    /// lose is forgotten, so that a long chain costs no more than a short one.
    function _succeed(NodeView memory info, bytes32[] calldata manifests) private {
        address[] storage keys = _keys[info.owner][info.registeredAt];
        bool noted = false;
        uint256 i = 0;
        while (i < keys.length) {
            address key = keys[i++];
            if (key == info.node) noted = true;
            if (key == info.node || !_isReplaced(key)) continue;
            for (uint256 k = 0; k < manifests.length; ++k) {
                if (_declared[key][manifests[k]]) _undeclare(key, info.owner, manifests[k]);
            }
            _record(key, info.owner, GENERAL, 0);
            if (_declarations[key] != 0) continue;
            keys[--i] = keys[keys.length - 1];
            keys.pop();
        }
        if (!noted) keys.push(info.node);
    }

    function _isReplaced(address node) private view returns (bool) {
        // When it was replaced does not matter.
        // slither-disable-next-line unused-return
        (address next,) = staking.successorOf(node);
        return next != address(0);
    }

    function _undeclare(address node, address owner, bytes32 manifest) private {
        _declared[node][manifest] = false;
        --_declarations[node];
        emit ManifestUndeclared(node, manifest);
        _record(node, owner, manifest, 0);
    }

    /// @dev A node's owner never changes, so what was added under an owner is taken off under the same.
    function _record(address node, address owner, bytes32 manifest, uint256 stake) private {
        uint256 old = _stakes[manifest][node].latest();
        if (stake == 0 && old == 0) return;
        uint48 epoch = (block.timestamp / _epochSeconds).toUint48();
        // Every new value replaces the part of the old one in the sums. What the call returns is not needed.
        // slither-disable-start unused-return
        _recordings[manifest][node].push(epoch, epoch);
        emit StakeRecorded(node, manifest, epoch, stake);
        if (old == stake) return;
        _stakes[manifest][node].push(epoch, stake.toUint208());
        Checkpoints.Trace208 storage sum = _ownerStakes[manifest][owner];
        sum.push(epoch, (sum.latest() + stake - old).toUint208());
        sum = _totals[manifest];
        sum.push(epoch, (sum.latest() + stake - old).toUint208());
        // slither-disable-end unused-return
    }
}
