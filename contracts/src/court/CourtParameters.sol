// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IStaking} from "../interfaces/IStaking.sol";

/// @notice What a dispute costs; amounts in wei of CAI, fractions in hundredths of a percent of the slashable stake.
struct Parameters {
    /// What a challenger posts.
    uint96 bond;
    /// What two different receipts for one ticket cost a miner.
    uint16 equivocationBps;
    /// What a falsified result costs a miner.
    uint16 falsifiedBps;
    /// What a juror pays for not revealing, or for a vote against two thirds.
    uint16 jurorBps;
}

/// @title What a court is deployed with, and what disputes cost
/// @notice Prices may be changed by the network's governors, within constant bounds; everything else is fixed at
/// deployment.
abstract contract CourtParameters is AccessManaged {
    /// @notice Smallest bond.
    uint96 public constant MIN_BOND = 10e18;
    /// @notice Largest bond.
    uint96 public constant MAX_BOND = 100_000e18;
    /// @notice Smallest fraction of the stake that an offence may cost, in hundredths of a percent.
    uint16 public constant MIN_OFFENCE_BPS = 100;
    /// @notice Largest fraction of the stake that an offence may cost, in hundredths of a percent.
    uint16 public constant MAX_OFFENCE_BPS = 10_000;
    /// @notice Largest fraction of its stake that a juror may be docked, in hundredths of a percent.
    uint16 public constant MAX_JUROR_BPS = 100;

    uint256 private constant BPS = 10_000;

    /// @notice Holds the stake and knows the nodes.
    IStaking public immutable staking;
    /// @notice The token of bonds and rewards.
    IERC20 public immutable cai;
    /// @notice Expected seats of a first draw.
    uint256 public immutable seats;
    /// @notice Seconds after a ticket's deadline during which its receipt can be disputed.
    uint64 public immutable window;
    /// @dev Blocks of an epoch of {Staking}.
    uint256 internal immutable _epochBlocks;
    /// @dev Blocks after an epoch's first during which the seed can be recorded.
    uint256 internal immutable _seedBlocks;

    Parameters internal _parameters;

    /// @notice What disputes cost has changed; open cases keep the parameters that they were opened with.
    /// @param parameters The parameters from now on.
    event ParametersSet(Parameters parameters);

    /// @notice The bond is out of its bounds.
    /// @param have The bond asked for, in wei of CAI.
    /// @param min The smallest value allowed.
    /// @param max The largest value allowed.
    error BadBond(uint256 have, uint256 min, uint256 max);
    /// @notice A fraction is out of its bounds.
    /// @param have The fraction asked for, in hundredths of a percent.
    /// @param min The smallest value allowed.
    /// @param max The largest value allowed.
    error BadFraction(uint256 have, uint256 min, uint256 max);

    /// @notice Sets what disputes cost, within constant bounds; only the network's governors may. Open cases keep the
    /// parameters that they were opened with.
    /// @param parameters_ The parameters from now on.
    function setParameters(Parameters calldata parameters_) external restricted {
        _setParameters(parameters_);
    }

    /// @notice What disputes cost now.
    /// @return terms The parameters, in wei of CAI and hundredths of a percent.
    function parameters() external view returns (Parameters memory terms) {
        return _parameters;
    }

    // ------------------------------------------------------------------------------------------------- internals

    function _setParameters(Parameters memory parameters_) internal {
        if (parameters_.bond < MIN_BOND || parameters_.bond > MAX_BOND) {
            revert BadBond(parameters_.bond, MIN_BOND, MAX_BOND);
        }
        _checkBps(parameters_.equivocationBps, MIN_OFFENCE_BPS, MAX_OFFENCE_BPS);
        _checkBps(parameters_.falsifiedBps, MIN_OFFENCE_BPS, MAX_OFFENCE_BPS);
        _checkBps(parameters_.jurorBps, 0, MAX_JUROR_BPS);
        _parameters = parameters_;
        emit ParametersSet(parameters_);
    }

    function _checkBps(uint256 have, uint256 min, uint256 max) private pure {
        if (have < min || have > max) revert BadFraction(have, min, max);
    }

    function _epoch() internal view returns (uint256) {
        return block.number / _epochBlocks;
    }

    function _fraction(address node, uint256 bps) internal view returns (uint256) {
        return staking.slashableOf(node) * bps / BPS;
    }
}
