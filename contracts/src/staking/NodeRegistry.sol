// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Messages} from "../libraries/Messages.sol";

/// @notice What a node does in the network.
enum Role {
    None,
    Miner,
    Coordinator
}

/// @notice Whether a node counts. Active: its own stake is above the role's minimum. Inactive: its own stake is not
/// above it, until the owner stakes more. Removed: removed permanently by its owner. Tombstoned: excluded permanently,
/// because slashes took nearly all of the stake behind it. Rotated: the key of a node that has another key now.
enum Status {
    None,
    Active,
    Inactive,
    Removed,
    Tombstoned,
    Rotated
}

/// @notice A node and its stake; amounts in wei of CAI, `role` and `status` as in the enums of those names.
struct NodeView {
    address node;
    address owner;
    uint8 role;
    uint8 status;
    /// The owner's active stake; 0 for a key that was replaced.
    uint128 selfStake;
    /// Own stake plus votes, at most ten times the own stake, if the node is active; else 0.
    uint128 weight;
    /// Unix seconds; of the node's first key.
    uint64 registeredAt;
    /// Whether the node earns nothing, because nobody has paid it or been paid by it for too long.
    bool idle;
    /// When a payment was last recorded, in Unix seconds, up to an hour early; 0 if none ever was.
    uint64 paidAt;
}

/// @title The registry of nodes
/// @notice A node has its own key, separate from its owner's; the key agrees to its registration by an EIP-712
/// signature. A node key is registered once and never again, and its owner can replace it by another one.
/// @dev Stake and rewards belong to a node's pool, which keeps its number when the key is replaced.
abstract contract NodeRegistry is Nonces {
    /// @dev A key of a node. One slot.
    struct Node {
        address owner;
        Role role;
        Status status;
        uint32 registeredAt;
        /// Commission in force, in hundredths of a percent.
        uint16 commissionBps;
        /// Any of the flags below.
        uint8 flags;
        /// Number of the node's pool; from 1 up.
        uint24 pool;
    }

    /// @dev What came after a key that was replaced. One slot.
    struct Succession {
        address next;
        uint64 rotatedAt;
    }

    /// @dev Longest name, in bytes.
    uint256 private constant MAX_NAME = 64;
    /// @dev Longest introduction, in bytes.
    uint256 private constant MAX_INTRODUCTION = 512;
    /// @dev Longest endpoint, in bytes.
    uint256 private constant MAX_ENDPOINT = 256;

    /// @dev Flag of a node: another commission is announced.
    uint8 internal constant PENDING = 1;
    /// @dev Flag of a node: it earns nothing until the next payment.
    uint8 internal constant IDLE = 2;

    /// @dev Where the clock of registrations and streams stops, in Unix seconds.
    uint32 private constant LAST_TIME = type(uint32).max - 366 days;

    mapping(address node => Node) internal _nodes;
    mapping(address node => Succession) internal _successions;
    /// @dev The current key of a pool whose first key was replaced, so that finding it never takes more than one step.
    mapping(uint24 pool => address node) internal _keys;
    uint24 private _poolCount;
    /// @dev Every node ever registered for a role, in order; never shrinks, so pages are stable.
    mapping(Role role => address[]) internal _nodesOf;

    /// @notice A node was registered.
    /// @param node Address of the node's key.
    /// @param owner Address that registered it.
    /// @param role Miner or coordinator.
    /// @param name Name for people, 1 to 64 bytes.
    /// @param introduction Text for people, at most 512 bytes.
    /// @param endpoint Endpoint at which it can be reached, at most 256 bytes; never empty for a coordinator.
    event NodeRegistered(
        address indexed node,
        address indexed owner,
        Role indexed role,
        string name,
        string introduction,
        string endpoint
    );
    /// @notice A node's metadata was replaced.
    /// @param node Address of the node's key.
    /// @param name Name for people.
    /// @param introduction Text for people.
    /// @param endpoint Endpoint at which it can be reached.
    event NodeUpdated(address indexed node, string name, string introduction, string endpoint);

    /// @notice The node's key is the owner's own.
    error NodeIsOwner();
    /// @notice The node was registered before.
    /// @param node Address of the node's key.
    error NodeTaken(address node);
    /// @notice The node was never registered.
    /// @param node Address of the node's key.
    error UnknownNode(address node);
    /// @notice The node's key was replaced; name the current one.
    /// @param next Address of the current key.
    error NodeRotatedTo(address next);
    /// @notice The node's status does not allow this change.
    /// @param node Address of the node's key.
    error NotActive(address node);
    /// @notice Only the node's owner may do this.
    /// @param node Address of the node's key.
    /// @param caller The caller.
    error NotNodeOwner(address node, address caller);
    /// @notice A node is a miner or a coordinator.
    error InvalidRole();
    /// @notice The name is empty or too long.
    /// @param length Its length in bytes.
    error BadNameLength(uint256 length);
    /// @notice The introduction is too long.
    /// @param length Its length in bytes.
    error BadIntroductionLength(uint256 length);
    /// @notice The endpoint is too long, or empty for a coordinator.
    /// @param length Its length in bytes.
    error BadEndpointLength(uint256 length);
    /// @notice The signature's deadline has passed.
    /// @param deadline Unix seconds.
    error Expired(uint256 deadline);
    /// @notice The signature is not the node's, is not for this registration, or is not in the one accepted form.
    error BadNodeSignature();

    /// @notice EIP-712 domain separator of the network's messages.
    /// @return separator As of EIP-712.
    function DOMAIN_SEPARATOR() public view returns (bytes32 separator) {
        return Messages.domain(block.chainid, address(this));
    }

    /// @notice Replaces a node's metadata; only its owner may.
    /// @param node Address of the node's key; neither removed nor tombstoned.
    /// @param name Name for people, 1 to 64 bytes.
    /// @param introduction Text for people, at most 512 bytes.
    /// @param endpoint Endpoint at which it can be reached, at most 256 bytes; never empty for a coordinator.
    function update(address node, string calldata name, string calldata introduction, string calldata endpoint)
        external
    {
        Node memory entry = _ownedAndUsable(node);
        _checkMetadata(entry.role, name, introduction, endpoint);
        emit NodeUpdated(node, name, introduction, endpoint);
    }

    /// @notice Number of nodes ever registered for a role, whatever their status.
    /// @param role Miner or coordinator.
    /// @return count The number; offsets of a page are below it.
    function nodeCount(Role role) external view returns (uint256 count) {
        return _nodesOf[role].length;
    }

    /// @notice The nonce that the node's next registration message must carry.
    /// @param node Address of the node's key.
    /// @return nonce 0 for a key that was never registered.
    function nonces(address node) public view override returns (uint256 nonce) {
        return super.nonces(node);
    }

    /// @dev Checks a registration by the caller, node signature included, and records the node as active.
    function _register(
        address node,
        Role role,
        string calldata name,
        string calldata introduction,
        string calldata endpoint,
        uint256 deadline,
        bytes calldata signature
    ) internal {
        if (role == Role.None) revert InvalidRole();
        Node memory entry = Node(msg.sender, role, Status.Active, _clock(), 0, 0, ++_poolCount);
        _admit(node, entry, name, introduction, endpoint, deadline, signature);
    }

    /// @dev Checks that a key may be recorded for the caller with the given metadata, and records it.
    function _admit(
        address node,
        Node memory entry,
        string calldata name,
        string calldata introduction,
        string calldata endpoint,
        uint256 deadline,
        bytes calldata signature
    ) internal {
        if (node == msg.sender) revert NodeIsOwner();
        if (_nodes[node].status != Status.None) revert NodeTaken(node);
        if (block.timestamp > deadline) revert Expired(deadline);
        _checkMetadata(entry.role, name, introduction, endpoint);
        _checkSignature(node, entry.role, keccak256(abi.encode(name, introduction, endpoint)), deadline, signature);
        _store(node, entry);
        _nodesOf[entry.role].push(node);
        emit NodeRegistered(node, msg.sender, entry.role, name, introduction, endpoint);
    }

    /// @dev The entry of a node's current key; reverts unless it is registered and was not replaced.
    function _known(address node) internal view returns (Node memory entry) {
        address current;
        (current, entry) = _standIn(node);
        if (current != node) revert NodeRotatedTo(current);
    }

    /// @dev The current key of a node of which any key is given, and its entry; reverts unless it is registered.
    function _standIn(address node) internal view returns (address current, Node memory entry) {
        (current, entry) = (node, _entry(node));
        if (entry.status == Status.None) revert UnknownNode(node);
        if (entry.status == Status.Rotated) {
            current = _keys[entry.pool];
            entry = _entry(current);
        }
    }

    /// @dev A key's entry as it is stored.
    function _entry(address node) internal view returns (Node memory entry) {
        return _nodes[node];
    }

    /// @dev Stores a key's entry.
    function _store(address node, Node memory entry) internal {
        _nodes[node] = entry;
    }

    /// @dev The pool behind a node's current key; 0, whose pool is empty, for any other address.
    function _poolOf(address node) internal view returns (uint24 pool) {
        Node storage entry = _nodes[node];
        return entry.status == Status.Rotated ? 0 : entry.pool;
    }

    /// @dev The node's entry; reverts unless the caller owns it.
    function _owned(address node) internal view returns (Node memory entry) {
        entry = _known(node);
        if (entry.owner != msg.sender) revert NotNodeOwner(node, msg.sender);
    }

    /// @dev The node's entry; reverts unless the caller owns it and it is not permanently excluded.
    function _ownedAndUsable(address node) internal view returns (Node memory entry) {
        entry = _owned(node);
        if (_gone(entry.status)) revert NotActive(node);
    }

    /// @dev The time, in Unix seconds, for registrations and streams. It stops in 2105, a year before 32 bits are used
    /// up, so that the longest stream still fits. Then streams stand still, and every way out stays open.
    function _clock() internal view returns (uint32 time) {
        return block.timestamp < LAST_TIME ? uint32(block.timestamp) : LAST_TIME;
    }

    /// @dev Whether a node of that status is permanently excluded.
    function _gone(Status status) internal pure returns (bool) {
        return status == Status.Removed || status == Status.Tombstoned;
    }

    function _checkMetadata(Role role, string calldata name, string calldata introduction, string calldata endpoint)
        private
        pure
    {
        uint256 length = bytes(name).length;
        if (length == 0 || length > MAX_NAME) revert BadNameLength(length);
        length = bytes(introduction).length;
        if (length > MAX_INTRODUCTION) revert BadIntroductionLength(length);
        length = bytes(endpoint).length;
        if (length > MAX_ENDPOINT || (length == 0 && role == Role.Coordinator)) revert BadEndpointLength(length);
    }

    /// @dev Uses up the node's nonce. Accepts 65 bytes with a low `s` only, so a message has one signature.
    function _checkSignature(address node, Role role, bytes32 metadata, uint256 deadline, bytes calldata signature)
        private
    {
        bytes32 structHash =
            Messages.hash(Messages.Register(node, msg.sender, uint8(role), metadata, _useNonce(node), deadline));
        // The third return value only explains the failure.
        // slither-disable-next-line unused-return
        (address signer, ECDSA.RecoverError failure,) =
            ECDSA.tryRecoverCalldata(Messages.digest(DOMAIN_SEPARATOR(), structHash), signature);
        if (failure != ECDSA.RecoverError.NoError || signer != node) revert BadNodeSignature();
    }
}
