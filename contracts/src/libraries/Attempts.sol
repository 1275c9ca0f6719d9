// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Calls to other contracts that may fail
/// @notice What a contract owes is paid also when a call to {Staking} is refused. It must not be skipped because the
/// sender of the transaction gave it too little gas.
library Attempts {
    /// @notice A call to another contract ran out of gas; send more.
    error OutOfGas();

    /// @notice To be called where a call has failed: reverts if that was for want of gas. A call gets all but a 64th of
    /// the gas that is left (EIP-150), so a callee that used up its gas leaves about that much.
    /// @param before The gas left before the call.
    function check(uint256 before) internal view {
        if (gasleft() < before / 32) revert OutOfGas();
    }
}
