// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A public source of randomness
/// @notice Publishes one value a round. A user fixes a round whose value nobody knows yet, by a time in the future; the
/// value is the same at any time and for every caller that brings it.
/// @dev Times in Unix seconds.
interface IRandomness {
    /// @notice The value of a round became known to the chain.
    /// @param round The round.
    /// @param seed Its value.
    event RoundRecorded(uint64 indexed round, bytes32 seed);

    /// @notice The first round whose value nobody can know before `time`.
    /// @param time Unix seconds.
    function roundAfter(uint256 time) external view returns (uint64 round);

    /// @notice The value of a round.
    /// @param round The round.
    /// @return seed 0 until somebody recorded it.
    function seedOf(uint64 round) external view returns (bytes32 seed);
}
