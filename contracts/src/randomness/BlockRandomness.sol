// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BlockHeader} from "@openzeppelin/contracts/utils/BlockHeader.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {IRandomness} from "../interfaces/IRandomness.sol";

/// @title Randomness of the chain's own blocks
/// @notice A round is a Unix second. Its value is the hash of the first block whose time is that second or later, so it
/// is the same at any time and for every caller that records it. For development networks, and for chains that number
/// their own blocks and whose block producers the network trusts with its juries: a producer chooses among several
/// blocks at little cost. Every other network uses {DrandRandomness}.
/// @dev The chain knows the hashes of its last 8,191 blocks (EIP-2935), or of the last 256 where that contract is
/// missing. A round whose block is older can no longer be recorded.
contract BlockRandomness is IRandomness {
    using BlockHeader for Memory.Slice[];

    mapping(uint64 round => bytes32) private _seeds;

    /// @notice The round is known already.
    /// @param round The round.
    error RoundKnown(uint64 round);
    /// @notice The chain does not know a block with this header, or has forgotten it.
    /// @param hash The header's hash.
    error UnknownBlock(bytes32 hash);
    /// @notice The other header is not that of the block before.
    /// @param have Its hash.
    /// @param need The hash that the block names.
    error NotTheParent(bytes32 have, bytes32 need);
    /// @notice The block is not the first one of this round.
    /// @param parentTime Time of the block before; must be less than `round`.
    /// @param round The round.
    /// @param time Time of the block; must not be less than `round`.
    error NotTheFirstBlock(uint256 parentTime, uint64 round, uint256 time);

    /// @notice Records the value of a round. Anyone may call.
    /// @param round The round.
    /// @param parentHeader RLP encoding of the header of the last block whose time is before the round.
    /// @param header RLP encoding of the header of the block after it.
    function record(uint64 round, bytes calldata parentHeader, bytes calldata header) external {
        if (_seeds[round] != 0) revert RoundKnown(round);
        bytes32 hash = keccak256(header);
        Memory.Slice[] memory fields = BlockHeader.parseHeader(header);
        if (!fields.verifyBlockHeader(hash)) revert UnknownBlock(hash);
        bytes32 parent = fields.getParentHash();
        if (keccak256(parentHeader) != parent) revert NotTheParent(keccak256(parentHeader), parent);
        uint256 parentTime = BlockHeader.getTimestamp(parentHeader);
        uint256 time = fields.getTimestamp();
        if (parentTime >= round || time < round) revert NotTheFirstBlock(parentTime, round, time);
        _seeds[round] = hash;
        emit RoundRecorded(round, hash);
    }

    /// @inheritdoc IRandomness
    function roundAfter(uint256 time) external pure override returns (uint64 round) {
        return uint64(time);
    }

    /// @inheritdoc IRandomness
    function seedOf(uint64 round) external view override returns (bytes32 seed) {
        return _seeds[round];
    }
}
