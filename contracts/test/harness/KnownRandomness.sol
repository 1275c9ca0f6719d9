// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRandomness} from "../../src/interfaces/IRandomness.sol";

/// @dev Rounds are Unix seconds; their values are what the test says.
contract KnownRandomness is IRandomness {
    mapping(uint64 round => bytes32) public override seedOf;

    function set(uint64 round, bytes32 seed) external {
        seedOf[round] = seed;
        emit RoundRecorded(round, seed);
    }

    function roundAfter(uint256 time) external pure override returns (uint64) {
        return uint64(time);
    }
}
