// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {JurorRegistry} from "../JurorRegistry.sol";
import {IRandomness} from "../interfaces/IRandomness.sol";
import {IStaking} from "../interfaces/IStaking.sol";
import {Evidence} from "./Evidence.sol";

/// @notice What never changes in a court.
struct Terms {
    /// Expected seats of a first draw; 1 to 63.
    uint256 seats;
    /// Seconds after a ticket's deadline during which its receipt can be disputed.
    uint64 window;
    /// Declared stake, without the parties' own, that a jury is drawn from at least, in wei of CAI.
    uint96 minimumJury;
}

/// @notice What a dispute costs; amounts in wei of CAI, fractions in hundredths of a percent of the stake that a slash
/// can take.
struct Parameters {
    /// What a challenger posts at least.
    uint96 bond;
    /// What a challenger posts, as a fraction of the accused's stake, where that is more.
    uint16 bondBps;
    /// What two different receipts for one ticket cost a miner.
    uint16 equivocationBps;
    /// What falsified results cost a miner.
    uint16 falsifiedBps;
    /// What a juror pays by the seat for silence, or for a vote against the verdict.
    uint96 jurorDock;
}

/// @title What a court is deployed with, and what disputes cost
/// @notice Prices may be changed by the network's governors, within constant bounds; everything else is fixed at
/// deployment. The governors may also retire the court: it opens no more cases, and finishes those that are open.
abstract contract CourtParameters is AccessManaged {
    /// @notice Most seats of a first draw: with three times as many in the second, one node's seats fit 8 bits.
    uint256 public constant MAX_SEATS = 63;
    /// @notice Shortest epoch, in seconds: its first half is for the seed and the summons, its second for the votes.
    uint64 public constant MIN_EPOCH_SECONDS = 4;
    /// @notice Smallest bond: a case that costs nothing would keep juries busy.
    uint96 public constant MIN_BOND = 10e18;
    /// @notice Largest fixed bond: a larger one would keep most people from the court.
    uint96 public constant MAX_BOND = 100_000e18;
    /// @notice Largest bond as a fraction of the accused's stake: a quarter of what the smallest useful fine takes.
    uint16 public constant MAX_BOND_BPS = 500;
    /// @notice Smallest fraction of the stake that an offence may cost: less would not deter.
    uint16 public constant MIN_OFFENCE_BPS = 100;
    /// @notice Largest fraction of the stake that an offence may cost: all of it.
    uint16 public constant MAX_OFFENCE_BPS = 10_000;
    /// @notice Most that a juror may be docked for one seat: a twentieth of the smallest miner's own stake.
    uint96 public constant MAX_JUROR_DOCK = 1_000e18;
    /// @notice Epochs from that in which a case is opened to that in which its second draw is over.
    uint64 public constant CASE_EPOCHS = 6;

    uint256 internal constant BPS = 10_000;

    /// @notice Holds the stake and knows the nodes.
    IStaking public immutable staking;
    /// @notice The contract that tickets and receipts are signed for.
    address public immutable settlement;
    /// @notice Checks what is brought before the court.
    Evidence public immutable evidence;
    /// @notice Knows who can judge what.
    JurorRegistry public immutable jurors;
    /// @notice Where the seeds of the draws come from.
    IRandomness public immutable randomness;
    /// @notice The token of bonds and rewards.
    IERC20 public immutable cai;
    /// @notice Expected seats of a first draw.
    uint256 public immutable seats;
    /// @notice Seconds after a ticket's deadline during which its receipt can be disputed.
    uint64 public immutable window;
    /// @notice Declared stake that a jury is drawn from at least, in wei of CAI.
    uint96 public immutable minimumJury;
    /// @dev Length of an epoch of {Staking}, in seconds.
    uint64 internal immutable _epochSeconds;

    /// @notice Whether the court was retired.
    bool public retired;

    Parameters internal _parameters;

    /// @notice What disputes cost has changed; open cases keep the parameters that they were opened with.
    /// @param parameters The parameters from now on.
    event ParametersSet(Parameters parameters);
    /// @notice The court opens no more cases.
    event CourtRetired();

    /// @notice The jurors' registry is that of another network.
    error OtherStaking();
    /// @notice A draw has 1 to 63 seats.
    /// @param seats The number asked for.
    error BadSeats(uint256 seats);
    /// @notice An epoch is too short for a draw.
    /// @param have Seconds of an epoch.
    /// @param min The fewest seconds allowed.
    error BadEpochSeconds(uint64 have, uint64 min);
    /// @notice Stake could leave before a case against it ends.
    /// @param have The unbonding period, in seconds.
    /// @param need What it must exceed: the window and the longest case.
    error UnbondingTooShort(uint256 have, uint256 need);
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
    /// @notice Jurors would be docked too much.
    /// @param have The amount asked for, in wei of CAI for one seat.
    /// @param max The largest value allowed.
    error BadJurorDock(uint256 have, uint256 max);
    /// @notice The court was retired; disputes go to its successor.
    error Retired();

    /// @param staking_ Holds the stake and knows the nodes.
    /// @param settlement_ The contract that tickets and receipts are signed for.
    /// @param jurors_ Knows who can judge what, by the stake of the same {Staking}.
    /// @param randomness_ Where the seeds of the draws come from.
    /// @param authority_ AccessManager of the network.
    /// @param terms What never changes.
    /// @param parameters_ What disputes cost at first.
    constructor(
        IStaking staking_,
        address settlement_,
        JurorRegistry jurors_,
        IRandomness randomness_,
        address authority_,
        Terms memory terms,
        Parameters memory parameters_
    ) AccessManaged(authority_) {
        if (address(jurors_.staking()) != address(staking_)) revert OtherStaking();
        if (terms.seats == 0 || terms.seats > MAX_SEATS) revert BadSeats(terms.seats);
        uint64 epoch = staking_.epochSeconds();
        if (epoch < MIN_EPOCH_SECONDS) revert BadEpochSeconds(epoch, MIN_EPOCH_SECONDS);
        uint256 need = terms.window + uint256(CASE_EPOCHS) * epoch;
        uint256 have = staking_.unbondingPeriod();
        if (have <= need) revert UnbondingTooShort(have, need);
        staking = staking_;
        settlement = settlement_;
        evidence = new Evidence(staking_, settlement_, terms.window);
        jurors = jurors_;
        randomness = randomness_;
        cai = staking_.cai();
        seats = terms.seats;
        window = terms.window;
        minimumJury = terms.minimumJury;
        _epochSeconds = epoch;
        _setParameters(parameters_);
    }

    /// @notice Sets what disputes cost, within constant bounds; only the network's governors may. Open cases keep the
    /// parameters that they were opened with.
    /// @param parameters_ The parameters from now on.
    function setParameters(Parameters calldata parameters_) external restricted {
        _setParameters(parameters_);
    }

    /// @notice Opens no more cases and takes no more proofs, for good; only the network's governors may. Open cases go
    /// on, and bonds and rewards are paid out as ever, as long as the court keeps its role.
    function retire() external restricted {
        if (retired) revert Retired();
        retired = true;
        emit CourtRetired();
    }

    /// @notice What disputes cost now.
    /// @return terms The parameters, in wei of CAI and hundredths of a percent.
    function parameters() external view returns (Parameters memory terms) {
        return _parameters;
    }

    // ------------------------------------------------------------------------------------------------- internals

    function _setParameters(Parameters memory parameters_) private {
        if (parameters_.bond < MIN_BOND || parameters_.bond > MAX_BOND) {
            revert BadBond(parameters_.bond, MIN_BOND, MAX_BOND);
        }
        _checkBps(parameters_.bondBps, 0, MAX_BOND_BPS);
        _checkBps(parameters_.equivocationBps, MIN_OFFENCE_BPS, MAX_OFFENCE_BPS);
        _checkBps(parameters_.falsifiedBps, MIN_OFFENCE_BPS, MAX_OFFENCE_BPS);
        if (parameters_.jurorDock > MAX_JUROR_DOCK) revert BadJurorDock(parameters_.jurorDock, MAX_JUROR_DOCK);
        _parameters = parameters_;
        emit ParametersSet(parameters_);
    }

    function _checkBps(uint256 have, uint256 min, uint256 max) private pure {
        if (have < min || have > max) revert BadFraction(have, min, max);
    }

    function _checkActive() internal view {
        if (retired) revert Retired();
    }

    function _epoch() internal view returns (uint256) {
        return block.timestamp / _epochSeconds;
    }

    /// @dev Owner of a node, whatever its status; zero for a key that was never registered.
    function _ownerOf(address node) internal view returns (address) {
        return staking.ownerOf(node);
    }

    /// @dev What a slash of a node can take.
    function _slashable(address node) internal view returns (uint256) {
        return staking.slashableOf(node);
    }

    /// @dev A part of that.
    function _fraction(address node, uint256 bps) internal view returns (uint256) {
        return _slashable(node) * bps / BPS;
    }
}
