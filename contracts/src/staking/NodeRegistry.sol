// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
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
/// because slashes took nearly all of the stake behind it.
enum Status {
    None,
    Active,
    Inactive,
    Removed,
    Tombstoned
}

/// @notice A node and its stake; amounts in wei of CAI, `role` and `status` as in the enums of those names.
struct NodeView {
    address node;
    address owner;
    uint8 role;
    uint8 status;
    /// The owner's active stake.
    uint128 selfStake;
    /// Own stake plus votes if the node is active, else 0.
    uint128 weight;
    /// Unix seconds.
    uint64 registeredAt;
}

/// @title The registry of nodes
/// @notice A node has its own key, separate from its owner's; the key agrees to its registration by an EIP-712
/// signature. A node key is registered once and never again.
abstract contract NodeRegistry is EIP712, Nonces {
    /// @dev One slot; 16 bits are free.
    struct Node {
        address owner;
        Role role;
        Status status;
        uint40 registeredAt;
        /// Commission in force, in hundredths of a percent.
        uint16 commissionBps;
        /// Whether another commission is announced.
        bool commissionPending;
    }

    /// @notice Longest name, in bytes.
    uint256 public constant MAX_NAME = 64;
    /// @notice Longest introduction, in bytes.
    uint256 public constant MAX_INTRODUCTION = 512;
    /// @notice Longest endpoint, in bytes.
    uint256 public constant MAX_ENDPOINT = 256;

    mapping(address node => Node) internal _nodes;
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

    /// @dev Domain of every message of the network, see {Messages}.
    constructor() EIP712("Cuckoo", "1") {}

    /// @notice EIP-712 domain separator of the network's messages.
    /// @return separator As of EIP-712.
    function DOMAIN_SEPARATOR() external view returns (bytes32 separator) {
        return _domainSeparatorV4();
    }

    /// @notice Replaces a node's metadata; only its owner may.
    /// @param node Address of the node's key; neither removed nor tombstoned.
    /// @param name Name for people, 1 to 64 bytes.
    /// @param introduction Text for people, at most 512 bytes.
    /// @param endpoint Endpoint at which it can be reached, at most 256 bytes; never empty for a coordinator.
    function update(address node, string calldata name, string calldata introduction, string calldata endpoint)
        external
    {
        Node storage entry = _owned(node);
        if (_gone(entry.status)) revert NotActive(node);
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

    /// @dev Checks a registration, node signature included, and records the node as active.
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
        if (node == msg.sender) revert NodeIsOwner();
        if (_nodes[node].status != Status.None) revert NodeTaken(node);
        if (block.timestamp > deadline) revert Expired(deadline);
        _checkMetadata(role, name, introduction, endpoint);
        _checkSignature(node, role, keccak256(abi.encode(name, introduction, endpoint)), deadline, signature);

        _nodes[node] = Node(msg.sender, role, Status.Active, uint40(block.timestamp), 0, false);
        _nodesOf[role].push(node);
        emit NodeRegistered(node, msg.sender, role, name, introduction, endpoint);
    }

    /// @dev The node's entry; reverts unless it is registered.
    function _known(address node) internal view returns (Node storage entry) {
        entry = _nodes[node];
        if (entry.status == Status.None) revert UnknownNode(node);
    }

    /// @dev The node's entry; reverts unless the caller owns it.
    function _owned(address node) internal view returns (Node storage entry) {
        entry = _known(node);
        if (entry.owner != msg.sender) revert NotNodeOwner(node, msg.sender);
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
            ECDSA.tryRecoverCalldata(_hashTypedDataV4(structHash), signature);
        if (failure != ECDSA.RecoverError.NoError || signer != node) revert BadNodeSignature();
    }
}
