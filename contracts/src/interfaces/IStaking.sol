// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {NodeView, Role} from "../staking/NodeRegistry.sol";

/// @title The functions of {Staking} that the network's other contracts use
/// @dev Amounts and weights are in wei of CAI, times in Unix seconds. `slash`, `charge`, `recordPayment` and
/// `notifyEmission` are for the holders of a role at the AccessManager, see {Roles}.
interface IStaking {
    /// @notice The staked token.
    function cai() external view returns (IERC20);

    /// @notice Length of an epoch, in seconds.
    function epochSeconds() external view returns (uint64);

    /// @notice Number of the current epoch: the block's time divided by `epochSeconds`.
    function currentEpoch() external view returns (uint64);

    /// @notice Waiting time between `retract` and `release`, in seconds.
    function unbondingPeriod() external view returns (uint64);

    /// @notice A node and its stake; all zero but `node` for a key that was never registered.
    /// @param node Address of the node's key.
    function nodeView(address node) external view returns (NodeView memory);

    /// @notice Owner of a node, whatever its status; zero for a key that was never registered. Much cheaper than
    /// `nodeView`.
    /// @param node Address of the node's key.
    function ownerOf(address node) external view returns (address);

    /// @notice Role of a node, whatever its status; none for a key that was never registered. Much cheaper than
    /// `nodeView`.
    /// @param node Address of the node's key.
    function roleOf(address node) external view returns (Role);

    /// @notice The key that came after a key that was replaced; it may have been replaced in turn.
    /// @param node Address of a node's key.
    /// @return next Address of the next key; zero for a key that was not replaced.
    /// @return rotatedAt When it was replaced, in Unix seconds.
    function successorOf(address node) external view returns (address next, uint64 rotatedAt);

    /// @notice Whether what a node's key has signed still counts: it is registered, and was not replaced by another key
    /// more than an unbonding period ago.
    /// @param node Address of the node's key.
    function signs(address node) external view returns (bool);

    /// @notice All stake behind a node, active and unbonding: what a slash can take.
    /// @param node Address of the node's key.
    function slashableOf(address node) external view returns (uint256);

    /// @notice The part of that stake, active and unbonding, that belongs to the node's owner: what a charge can take.
    /// @param node Address of the node's key.
    function ownStakeOf(address node) external view returns (uint256);

    /// @notice Whether an offence was punished before.
    /// @param evidence Id of the evidence.
    function isSpent(bytes32 evidence) external view returns (bool);

    /// @notice Punishes an offence: takes stake from everyone behind a node, active and unbonding alike, and spends the
    /// evidence, so that no contract can punish it again. If less than `amount` is left, takes all of it.
    /// @param node Address of the node's key, whatever its status; a key that was replaced stands for its successor.
    /// @param amount The amount, in wei of CAI.
    /// @param rewardBps Part of the loss of the *owner* that is paid to the caller, in hundredths of a percent, at most
    /// 2,000. The rest, and all that voters lose, is burned.
    /// @param evidence Ids of the evidence; none may be spent.
    /// @return taken The amount taken.
    /// @return reward What was paid to the caller.
    function slash(address node, uint256 amount, uint16 rewardBps, bytes32[] calldata evidence)
        external
        returns (uint256 taken, uint256 reward);

    /// @notice Collects a debt of a node's owner from the owner's own stake, active first, then unbonding. Voters lose
    /// nothing. If less than `amount` is left, takes all of it.
    /// @param node Address of the node's key, whatever its status; a key that was replaced stands for its successor.
    /// @param amount The amount, in wei of CAI.
    /// @param rewardBps Part of what was taken that is paid to the caller, in hundredths of a percent, at most 2,000. The
    /// rest is burned.
    /// @return taken The amount taken.
    /// @return reward What was paid to the caller.
    function charge(address node, uint256 amount, uint16 rewardBps) external returns (uint256 taken, uint256 reward);

    /// @notice Notes that a coordinator has paid a miner: neither is idle.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the miner's key.
    function recordPayment(address coordinator, address miner) external;

    /// @notice The sum of the weights of a role's nodes that earn: active and not idle.
    /// @param role Miner or coordinator.
    function totalWeight(Role role) external view returns (uint256);

    /// @notice Takes `amount` from the caller, by allowance, and streams it to the stakers of a role, together with
    /// whatever has not been streamed yet, evenly over `duration`.
    /// @param role Miner or coordinator.
    /// @param amount The amount, in wei of CAI.
    /// @param duration In seconds.
    function notifyEmission(Role role, uint256 amount, uint64 duration) external;
}
