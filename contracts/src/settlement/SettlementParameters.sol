// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IStaking} from "../interfaces/IStaking.sol";
import {Role} from "../staking/NodeRegistry.sol";

/// @title What a settlement is deployed with, and who its parties are
/// @notice The fraction that a proven fault costs may be changed by the network's governors, within constant bounds;
/// everything else is fixed at deployment.
abstract contract SettlementParameters is AccessManaged {
    /// @notice The miner's or the finder's part of a slash, in hundredths of a percent.
    uint16 public constant FINDER_BPS = 2_000;
    /// @notice Smallest fraction of a coordinator's stake that a proven fault may cost.
    uint16 public constant MIN_FAULT_BPS = 100;
    /// @notice Largest fraction of a coordinator's stake that a proven fault may cost.
    uint16 public constant MAX_FAULT_BPS = 5_000;

    /// @notice Holds the stake and knows the nodes.
    IStaking public immutable staking;
    /// @notice The token of all payments.
    IERC20 public immutable cai;
    /// @notice Waiting time between `startThaw` and `withdraw`, in seconds.
    uint64 public immutable thawPeriod;
    /// @notice Seconds after its deadline until an unpaid ticket can be claimed.
    uint64 public immutable claimDelay;

    /// @notice Fraction of a coordinator's slashable stake that a proven fault costs, in hundredths of a percent.
    uint16 public faultBps;

    /// @notice What a proven fault costs has changed.
    /// @param faultBps Fraction of the slashable stake, in hundredths of a percent.
    event FaultBpsSet(uint16 faultBps);

    /// @notice A fraction is out of its bounds.
    /// @param have The fraction asked for, in hundredths of a percent.
    /// @param min The smallest value allowed.
    /// @param max The largest value allowed.
    error BadFraction(uint256 have, uint256 min, uint256 max);
    /// @notice The node was never registered as a coordinator.
    /// @param node Address of the node's key.
    error NotACoordinator(address node);
    /// @notice The node was never registered.
    /// @param node Address of the node's key.
    error UnknownNode(address node);
    /// @notice The caller may not act for this coordinator.
    /// @param coordinator Address of the coordinator's key.
    /// @param caller The caller.
    error NotAllowed(address coordinator, address caller);

    /// @notice Sets what a proven fault costs; only the network's governors may.
    /// @param faultBps_ Fraction of the slashable stake, in hundredths of a percent; 100 to 5,000.
    function setFaultBps(uint16 faultBps_) external restricted {
        _setFaultBps(faultBps_);
    }

    // ------------------------------------------------------------------------------------------------- internals

    function _setFaultBps(uint16 faultBps_) internal {
        if (faultBps_ < MIN_FAULT_BPS || faultBps_ > MAX_FAULT_BPS) {
            revert BadFraction(faultBps_, MIN_FAULT_BPS, MAX_FAULT_BPS);
        }
        faultBps = faultBps_;
        emit FaultBpsSet(faultBps_);
    }

    function _checkCoordinator(address node) internal view {
        if (staking.nodeView(node).role != uint8(Role.Coordinator)) revert NotACoordinator(node);
    }

    function _ownedBy(address coordinator, address caller) internal view {
        if (staking.ownerOf(coordinator) != caller) revert NotAllowed(coordinator, caller);
    }

    function _ownerOf(address node) internal view returns (address owner) {
        owner = staking.ownerOf(node);
        if (owner == address(0)) revert UnknownNode(node);
    }
}
