// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IStaking} from "../interfaces/IStaking.sol";
import {Role} from "./NodeRegistry.sol";
import {Rewards} from "./Rewards.sol";

/// @title What the staking contract is deployed with
/// @notice The token, the length of an epoch and the waiting time never change.
abstract contract StakingParameters is Rewards, AccessManaged {
    /// @notice A miner's own stake must be greater than this.
    uint256 public constant MINER_MINIMUM = 20_000e18;
    /// @notice A coordinator's own stake must be greater than this.
    uint256 public constant COORDINATOR_MINIMUM = 2_000_000e18;

    /// @notice The staked token.
    IERC20 public immutable override cai;
    /// @notice Length of an epoch, in seconds.
    uint64 public immutable override epochSeconds;
    /// @notice Waiting time between `retract` and `release`, in seconds.
    uint64 public immutable override unbondingPeriod;

    /// @notice What an own stake must exceed.
    /// @param role Miner or coordinator.
    /// @return minimum The exclusive minimum.
    function minimumStake(Role role) public pure returns (uint256 minimum) {
        return role == Role.Coordinator ? COORDINATOR_MINIMUM : MINER_MINIMUM;
    }

    /// @inheritdoc IStaking
    function currentEpoch() public view override returns (uint64) {
        return uint64(block.timestamp / epochSeconds);
    }
}
