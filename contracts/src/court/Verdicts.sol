// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Case, State} from "./Cases.sol";
import {Ballot, Jury, Vote} from "./Jury.sol";

/// @title Verdicts
/// @notice Closes draws and cases, and pays or slashes the parties and the jurors accordingly.
abstract contract Verdicts is Jury {
    using SafeERC20 for IERC20;

    /// @notice The finder's part of a slash, in hundredths of a percent.
    uint16 public constant FINDER_BPS = 2_000;

    address private constant BURN = 0x000000000000000000000000000000000000dEaD;

    /// @notice A draw brought no verdict, so there is a second draw.
    /// @param id The receipt's digest.
    /// @param epoch Epoch of the second draw.
    event Redrawn(bytes32 indexed id, uint256 epoch);
    /// @notice A case is closed.
    /// @param id The receipt's digest.
    /// @param state Guilty, innocent or void.
    /// @param taken Stake slashed.
    /// @param rewardPerSeat What each seat of the winning side gets.
    event DisputeResolved(bytes32 indexed id, State state, uint256 taken, uint256 rewardPerSeat);
    /// @notice A juror was rewarded or docked, or neither.
    /// @param id The receipt's digest.
    /// @param juror Address of the juror's node key.
    /// @param round Number of the draw.
    /// @param reward Paid to its owner.
    /// @param docked Stake slashed.
    event JurorSettled(bytes32 indexed id, address indexed juror, uint256 round, uint256 reward, uint256 docked);

    /// @notice The draw is not over.
    error NotOver();
    /// @notice The juror did not take part in this draw, or was settled before.
    /// @param node Address of the node's key.
    error NothingToSettle(address node);

    /// @notice Closes a draw with a verdict, with a second draw, or, if the second draw brought no verdict, by
    /// returning the bond. Anyone may call.
    /// @param id The receipt's digest.
    function resolve(bytes32 id) external nonReentrant {
        Case storage entry = _open(id);
        if (entry.seed == 0 || _epoch() <= uint256(entry.epoch) + 1) revert NotOver();
        uint256 guilty = entry.guiltySeats;
        uint256 innocent = entry.innocentSeats;
        uint256 revealed = guilty + innocent;
        bool quorum = revealed * 3 >= seats;
        if (quorum && guilty * 3 >= revealed * 2) {
            _resolveGuilty(id, entry, guilty);
        } else if (quorum && innocent * 3 >= revealed * 2) {
            _resolveInnocent(id, entry, innocent);
        } else if (entry.round == 1) {
            entry.round = 2;
            entry.epoch = uint40(_epoch() + 1);
            entry.seed = 0;
            (entry.guiltySeats, entry.innocentSeats) = (0, 0);
            emit Redrawn(id, _epoch() + 1);
        } else {
            entry.state = State.Void;
            emit DisputeResolved(id, State.Void, 0, 0);
            cai.safeTransfer(entry.challenger, entry.bond);
        }
    }

    /// @notice Rewards or docks one juror of a draw that is over. Anyone may call.
    /// @param id The receipt's digest.
    /// @param round Number of the draw.
    /// @param juror Address of the juror's node key.
    /// @return reward Paid to its owner.
    /// @return docked Stake slashed and burned.
    function settleJuror(bytes32 id, uint256 round, address juror)
        external
        nonReentrant
        returns (uint256 reward, uint256 docked)
    {
        Case storage entry = _cases[id];
        Ballot storage ballot = _ballots[id][round][juror];
        Vote vote = ballot.vote;
        if (vote == Vote.None || vote == Vote.Settled) revert NothingToSettle(juror);
        State state = entry.state;
        // The deciding draw is the last one; an earlier one decided nothing, so its revealed votes were not wrong.
        bool last = round == entry.round;
        if (last && state == State.Open) revert NotOver();
        ballot.vote = Vote.Settled;

        bool decided = last && (state == State.Guilty || state == State.Innocent);
        Vote right = state == State.Guilty ? Vote.Guilty : Vote.Innocent;
        if (vote == Vote.Committed || (decided && vote != right)) {
            uint256 amount = _fraction(juror, entry.jurorBps);
            if (amount != 0) (docked,) = staking.slash(juror, amount, address(0), 0);
        } else if (decided) {
            reward = uint256(entry.rewardPerSeat) * ballot.seats;
        }
        emit JurorSettled(id, juror, round, reward, docked);
        if (reward != 0) cai.safeTransfer(staking.ownerOf(juror), reward);
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Pays half of the reward to the challenger and reserves half for the jurors; the remainder is burned.
    function _resolveGuilty(bytes32 id, Case storage entry, uint256 winners) private {
        entry.state = State.Guilty;
        uint256 amount = _fraction(entry.accused, entry.falsifiedBps);
        (uint256 taken, uint256 reward) =
            amount == 0 ? (0, 0) : staking.slash(entry.accused, amount, address(this), FINDER_BPS);
        uint256 perSeat = reward / 2 / winners;
        uint256 half = reward / 2;
        // A reward is a part of the supply, which fits.
        entry.rewardPerSeat = uint128(perSeat);
        emit DisputeResolved(id, State.Guilty, taken, perSeat);
        cai.safeTransfer(entry.challenger, entry.bond + half);
        _burn(reward - half - perSeat * winners);
    }

    /// @dev Pays half of the bond to the accused's owner and reserves half for the jurors; the remainder is burned.
    function _resolveInnocent(bytes32 id, Case storage entry, uint256 winners) private {
        entry.state = State.Innocent;
        uint256 bond = entry.bond;
        uint256 half = bond / 2;
        uint256 perSeat = half / winners;
        entry.rewardPerSeat = uint128(perSeat);
        emit DisputeResolved(id, State.Innocent, 0, perSeat);
        cai.safeTransfer(staking.ownerOf(entry.accused), half);
        _burn(bond - half - perSeat * winners);
    }

    function _burn(uint256 amount) private {
        if (amount != 0) cai.safeTransfer(BURN, amount);
    }
}
