// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title Bounds of punishments
/// @notice What one contract punishes a key for costs at most half of the stake behind it in any unbonding period and for
/// each kind of offence, however many are proven: one mistake that shows in many places, or one stolen key, does not cost everything.
/// @dev What a node has lost is summed up by time, in Unix seconds.
library Fines {
    using Checkpoints for Checkpoints.Trace208;
    using SafeCast for uint256;

    uint256 private constant BPS = 10_000;

    /// @notice A fraction of a node's stake, as far as the bound leaves it.
    /// @param lost What the node has lost so far.
    /// @param stake What a slash can take now.
    /// @param bps The fraction, in hundredths of a percent.
    /// @param period The time over which the bound holds, in seconds.
    /// @return amount In wei of CAI.
    function bounded(Checkpoints.Trace208 storage lost, uint256 stake, uint256 bps, uint256 period)
        internal
        view
        returns (uint256 amount)
    {
        uint256 recent = lost.latest() - lost.upperLookup((block.timestamp - period).toUint48());
        uint256 most = (stake + recent) / 2;
        amount = stake * bps / BPS;
        if (amount + recent > most) amount = most > recent ? most - recent : 0;
    }

    /// @notice Adds to what a node has lost.
    /// @param lost What it has lost so far.
    /// @param taken In wei of CAI.
    function add(Checkpoints.Trace208 storage lost, uint256 taken) internal {
        // What the call returns is not needed.
        // slither-disable-next-line unused-return
        lost.push(block.timestamp.toUint48(), (lost.latest() + taken).toUint208());
    }
}
