// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {NodeView, Role} from "../staking/NodeRegistry.sol";

/// @title The functions of {Staking} that the network's other contracts use
/// @dev Amounts and weights are in wei of CAI, times in Unix seconds. `slash` and `notifyEmission` are for the holders
/// of a role at the AccessManager, see {Roles}.
interface IStaking {
    /// @notice The staked token.
    function cai() external view returns (IERC20);

    /// @notice Length of an epoch, in blocks.
    function epochBlocks() external view returns (uint64);

    /// @notice Number of the current epoch: the block number divided by `epochBlocks`.
    function currentEpoch() external view returns (uint64);

    /// @notice Waiting time between `retract` and `release`, in seconds.
    function unbondingPeriod() external view returns (uint64);

    /// @notice A node and its stake; all zero but `node` for a key that was never registered.
    /// @param node Address of the node's key.
    function nodeView(address node) external view returns (NodeView memory);

    /// @notice Owner of a node, whatever its status; zero for a key that was never registered. Payments use it because
    /// the whole of `nodeView` would cost four times as much.
    /// @param node Address of the node's key.
    function ownerOf(address node) external view returns (address);

    /// @notice The amount that a slash can still take from the stake behind a node, active and unbonding.
    /// @param node Address of the node's key.
    function slashableOf(address node) external view returns (uint256);

    /// @notice Takes stake from everyone behind a node, active and unbonding alike. If less than `amount` is left,
    /// takes all of it.
    /// @param node Address of the node's key, whatever its status.
    /// @param amount The amount, in wei of CAI.
    /// @param finder Receives the finder's part of what was taken; zero if nobody does.
    /// @param finderBps The finder's part, in hundredths of a percent, at most 2,000. The rest is burned.
    /// @return taken The amount taken.
    /// @return reward The finder's part.
    function slash(address node, uint256 amount, address finder, uint16 finderBps)
        external
        returns (uint256 taken, uint256 reward);

    /// @notice A node's weight when the current epoch began.
    /// @param node Address of the node's key.
    function weightAtEpochStart(address node) external view returns (uint256);

    /// @notice The sum of the weights of a role's nodes when the current epoch began.
    /// @param role Miner or coordinator.
    function totalWeightAtEpochStart(Role role) external view returns (uint256);

    /// @notice The sum of the weights of a role's nodes.
    /// @param role Miner or coordinator.
    function totalWeight(Role role) external view returns (uint256);

    /// @notice Takes `amount` from the caller, by allowance, and streams it to the stakers of a role, together with
    /// whatever has not been streamed yet, evenly over `duration`.
    /// @param role Miner or coordinator.
    /// @param amount The amount, in wei of CAI.
    /// @param duration In seconds.
    function notifyEmission(Role role, uint256 amount, uint64 duration) external;
}
