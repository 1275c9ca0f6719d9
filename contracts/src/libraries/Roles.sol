// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Ids of the network's roles at its AccessManager
/// @notice Each `restricted` function of the network belongs to one of them.
library Roles {
    /// @notice Changes parameters and retires contracts, after the delay that its members were given.
    uint64 internal constant GOVERNOR = 1;
    /// @notice Takes stake: held by the contracts that prove or judge offences, or collect debts.
    uint64 internal constant SLASHER = 2;
    /// @notice Funds the streams of rewards: held by the EmissionController.
    uint64 internal constant EMISSION = 3;
    /// @notice Begins and ends pauses.
    uint64 internal constant PAUSER = 4;
    /// @notice Reports payments, which keep a node from being idle: held by the Settlement.
    uint64 internal constant PAYMENT = 5;
    /// @notice Cancels what governors and administrators have scheduled.
    uint64 internal constant GUARDIAN = 6;
}
