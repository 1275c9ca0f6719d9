// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IStaking} from "../interfaces/IStaking.sol";
import {Role} from "../staking/NodeRegistry.sol";

/// @title What a settlement is deployed with, and who its parties are
/// @notice The fraction that a proven fault costs may be changed by the network's governors, within constant bounds.
/// They may also retire the settlement when another takes its place. Everything else is fixed at deployment.
abstract contract SettlementParameters is AccessManaged {
    /// @notice Longest thaw a deployment may choose, in seconds.
    uint64 public constant MAX_THAW_PERIOD = 90 days;
    /// @notice The part of a charge or of a coordinator's own loss that is paid, to the miner or to the finder, in
    /// hundredths of a percent; the rest is burned.
    uint16 public constant REWARD_BPS = 2_000;
    /// @notice Smallest fraction of a coordinator's stake that a proven fault may cost.
    uint16 public constant MIN_FAULT_BPS = 100;
    /// @notice Largest fraction of a coordinator's stake that a proven fault may cost.
    uint16 public constant MAX_FAULT_BPS = 5_000;

    /// @notice Holds the stake and knows the nodes.
    IStaking public immutable staking;
    /// @notice The token of all payments.
    IERC20 public immutable cai;
    /// @notice Seconds after a ticket's deadline during which its receipt can be disputed, and the ticket claimed.
    uint64 public immutable disputeWindow;
    /// @notice Waiting time between `startThaw` and `withdraw`, in seconds; longer than the dispute window.
    uint64 public immutable thawPeriod;
    /// @notice Seconds after its deadline until an unpaid ticket can be claimed, and from the first `collect` of a
    /// batch's credit to its payment; shorter than the dispute window.
    uint64 public immutable claimDelay;

    /// @notice Fraction of a coordinator's slashable stake that a proven fault costs, in hundredths of a percent.
    uint16 public faultBps;
    /// @notice Whether this settlement was retired: it takes no deposits and no batches. Everything that is owed stays
    /// payable, and escrow can leave after its thaw.
    bool public retired;

    /// @notice What a proven fault costs has changed.
    /// @param faultBps Fraction of the slashable stake, in hundredths of a percent.
    event FaultBpsSet(uint16 faultBps);
    /// @notice The settlement was retired.
    event SettlementRetired();

    /// @notice The periods do not fit together. The claim delay must be shorter than the dispute window, and that
    /// shorter than the thaw, which lasts at most 90 days.
    /// @param thawPeriod In seconds.
    /// @param disputeWindow In seconds.
    /// @param claimDelay In seconds.
    error BadPeriods(uint64 thawPeriod, uint64 disputeWindow, uint64 claimDelay);
    /// @notice The settlement was retired: deposit and settle at its successor.
    error IsRetired();
    /// @notice A fraction is out of its bounds.
    /// @param have The fraction asked for, in hundredths of a percent.
    /// @param min The smallest value allowed.
    /// @param max The largest value allowed.
    error BadFraction(uint256 have, uint256 min, uint256 max);
    /// @notice The node was never registered as a coordinator.
    /// @param node Address of the node's key.
    error NotACoordinator(address node);
    /// @notice The node was never registered as a miner.
    /// @param node Address of the node's key.
    error NotAMiner(address node);
    /// @notice What this key signs does not count: it was never registered, or another key has replaced it for longer
    /// than an unbonding period.
    /// @param node Address of the key.
    error KeyReplaced(address node);
    /// @notice The caller is neither this node's key nor its owner, or not its owner where only that one may call.
    /// @param node Address of the node's key.
    /// @param caller The caller.
    error NotAllowed(address node, address caller);

    /// @notice Sets what a proven fault costs; only the network's governors may.
    /// @param faultBps_ Fraction of the slashable stake, in hundredths of a percent; 100 to 5,000.
    function setFaultBps(uint16 faultBps_) external restricted {
        _setFaultBps(faultBps_);
    }

    /// @notice Ends deposits and batches forever; only the network's governors may. Vouchers, claims, payments to
    /// miners, thaws and proofs of faults go on.
    function retire() external restricted {
        if (retired) revert IsRetired();
        retired = true;
        emit SettlementRetired();
    }

    // ------------------------------------------------------------------------------------------------- internals

    function _setFaultBps(uint16 faultBps_) internal {
        if (faultBps_ < MIN_FAULT_BPS || faultBps_ > MAX_FAULT_BPS) {
            revert BadFraction(faultBps_, MIN_FAULT_BPS, MAX_FAULT_BPS);
        }
        faultBps = faultBps_;
        emit FaultBpsSet(faultBps_);
    }

    function _checkOpen() internal view {
        if (retired) revert IsRetired();
    }

    function _checkCoordinator(address node) internal view {
        if (staking.roleOf(node) != Role.Coordinator) revert NotACoordinator(node);
    }

    function _checkSigns(address node) internal view {
        if (!staking.signs(node)) revert KeyReplaced(node);
    }

    function _ownedBy(address node, address caller) internal view {
        if (staking.ownerOf(node) != caller) revert NotAllowed(node, caller);
    }
}
