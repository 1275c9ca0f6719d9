// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Attempts} from "../libraries/Attempts.sol";
import {Fines} from "../libraries/Fines.sol";
import {Finders} from "../libraries/Finders.sol";
import {Case, State} from "./Cases.sol";
import {Ballot, Draw, Jury, Outcome, Vote} from "./Jury.sol";

/// @title Verdicts
/// @notice Closes draws and cases, and pays or slashes the parties and the jurors accordingly.
/// @dev The jurors of the winning side are paid out of the bonds, at one rate that does not depend on the verdict. A
/// guilty miner's owner makes it up to the challengers. No slash can fail in a way that stops a case: a case is closed,
/// and bonds are paid out, also when {Staking} refuses.
abstract contract Verdicts is Jury, Finders {
    using Fines for Checkpoints.Trace208;
    using SafeERC20 for IERC20;

    /// @notice Part of the owner's loss that a slash pays to those who brought it about, in hundredths of a percent: the
    /// most that {Staking} allows.
    uint16 public constant REWARD_BPS = 2_000;
    /// @notice Part of what a juror is docked that goes to the caller who settles it, in hundredths of a percent: a
    /// tenth, so that docking is worth the gas. All such parts of a case come to at most what one bond loses by a void
    /// case: else opening cases in order to dock jurors that are away would pay.
    uint16 public constant TIP_BPS = 1_000;
    /// @notice A case without a verdict costs this part of each bond: a tenth, so that juries are not called for fun.
    uint256 public constant VOID_PART = 10;

    /// @dev What falsified results have cost a miner, summed up by time.
    mapping(address accused => Checkpoints.Trace208) private _lost;

    /// @notice A case is closed.
    /// @param id Id of the case.
    /// @param round Number of its last draw.
    /// @param state Guilty, innocent or void.
    /// @param taken Stake slashed.
    /// @param rewardPerSeat What each seat of the winning side gets.
    /// @param refund What each challenger can withdraw.
    event DisputeResolved(
        bytes32 indexed id, uint256 indexed round, State state, uint256 taken, uint256 rewardPerSeat, uint256 refund
    );
    /// @notice A juror was rewarded or docked, or neither.
    /// @param id Id of the case.
    /// @param juror Address of the juror's node key.
    /// @param round Number of the draw.
    /// @param reward Paid to its owner.
    /// @param docked Taken from its owner's stake.
    /// @param tip The part of it that the caller got.
    event JurorSettled(
        bytes32 indexed id, address indexed juror, uint256 round, uint256 reward, uint256 docked, uint256 tip
    );

    /// @notice The draw is not over, or nobody has closed it.
    error NotOver();
    /// @notice The juror did not take part in this draw, or was settled before.
    /// @param node Address of the node's key.
    error NothingToSettle(address node);

    /// @notice Closes a draw with a verdict, with a second draw, or, if the second draw brought no verdict, without one.
    /// Anyone may call, from the second epoch after that of the draw on.
    /// @param id Id of the case.
    function resolve(bytes32 id) external nonReentrant {
        Case storage entry = _open(id);
        uint256 round = entry.round;
        if (_epoch() <= _drawEpoch(entry, round) + 1) revert NotOver();
        Outcome outcome = _decide(id, round);
        if (outcome == Outcome.None && _isFirst(round)) {
            round = _redraw(id, entry);
            // Nobody attended the second draw if its time is over.
            if (_epoch() <= _drawEpoch(entry, round) + 1) return;
        }
        _close(id, entry, round, outcome);
    }

    /// @notice Rewards or docks one juror of a draw that is closed. Rewards go to the juror's owner. Jurors are docked by
    /// the seat for a vote on the losing side of a verdict, for a vote that they did not reveal, and for not answering a
    /// summons; the caller gets a tenth of that, as long as the case has tips left. Anyone may call.
    /// @param id Id of the case.
    /// @param round Number of the draw.
    /// @param juror Address of the juror's node key.
    /// @return reward Paid to its owner.
    /// @return docked Taken from its owner's stake.
    function settleJuror(bytes32 id, uint256 round, address juror)
        external
        nonReentrant
        returns (uint256 reward, uint256 docked)
    {
        Ballot storage ballot = _ballotAt(id, round, juror);
        Vote vote = ballot.vote;
        if (vote == Vote.None || vote == Vote.Settled) revert NothingToSettle(juror);
        Draw storage draw = _drawAt(id, round);
        Outcome outcome = draw.outcome;
        if (outcome == Outcome.Pending) revert NotOver();
        ballot.vote = Vote.Settled;

        uint256 tip = 0;
        if (vote == _winner(outcome)) {
            reward = uint256(draw.rewardPerSeat) * ballot.seats;
        } else if (vote < Vote.Guilty || outcome == Outcome.Guilty || outcome == Outcome.Innocent) {
            (docked, tip) = _dock(_cases[id], juror, uint256(draw.jurorDock) * ballot.seats);
        }
        emit JurorSettled(id, juror, round, reward, docked, tip);
        if (reward != 0) cai.safeTransfer(_ownerOf(juror), reward);
        if (tip != 0) cai.safeTransfer(msg.sender, tip);
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Closes a case, pays the parties and reserves what the jurors get; the remainder is burned.
    function _close(bytes32 id, Case storage entry, uint256 round, Outcome outcome) private {
        uint256 count = _challengers[id].length;
        uint256 bond = entry.bond;
        // Not more than half of the bonds goes to jurors and those who summoned them.
        (uint256 perSeat, uint256 pay) = _jurorsPay(id, round, outcome, bond, bond * count / 2 - entry.fees);
        uint256 left = bond * count - entry.fees - pay;
        uint256 taken = 0;
        uint256 refund = 0;
        State state = State.Void;
        if (outcome == Outcome.None) {
            // Those who summoned jurors may be the challengers, so their fees do not come out of the tenth.
            refund = bond - bond / VOID_PART - (entry.fees + count - 1) / count;
        } else if (outcome == Outcome.Unavailable) {
            refund = bond / 2;
        } else if (outcome == Outcome.Innocent) {
            state = State.Innocent;
            left -= bond * count / 2;
        } else {
            state = State.Guilty;
            uint256 reward;
            (taken, reward) = _punish(id, entry);
            // Half of the reward is the challengers'. What the jury cost them comes out of the other half.
            uint256 cost = entry.fees + pay;
            uint256 rest = reward / 2;
            refund = (left + reward - rest + (cost < rest ? cost : rest)) / count;
            left += reward;
        }
        _closeDraw(id, entry, round, outcome, perSeat);
        _release(id, refund);
        entry.state = state;
        --_openCases;
        emit DisputeResolved(id, round, state, taken, perSeat, refund);
        if (state == State.Innocent) cai.safeTransfer(_ownerOf(entry.accused), bond * count / 2);
        uint256 burned = left - refund * count;
        if (burned != 0) cai.safeTransfer(BURN, burned);
    }

    /// @dev Notes what each challenger can withdraw.
    function _release(bytes32 id, uint256 refund) private {
        if (refund == 0) return;
        address[] storage challengers = _challengers[id];
        for (uint256 i = 0; i < challengers.length; ++i) {
            _owed[id][challengers[i]] += refund;
        }
    }

    /// @dev What each seat of the winning side gets, and all of them: one rate for every outcome, by the expected seats
    /// of a second draw, as far as there is enough.
    function _jurorsPay(bytes32 id, uint256 round, Outcome outcome, uint256 bond, uint256 most)
        private
        view
        returns (uint256 perSeat, uint256 pay)
    {
        Draw storage draw = _drawAt(id, round);
        uint256 winners = 0;
        if (outcome == Outcome.Guilty) winners = draw.guilty;
        else if (outcome == Outcome.Innocent) winners = draw.innocent;
        else if (outcome == Outcome.Unavailable) winners = draw.unavailable;
        if (winners == 0) return (0, 0);
        perSeat = bond / 2 / (WIDENING * seats);
        if (perSeat * winners > most) perSeat = most / winners;
        pay = perSeat * winners;
    }

    /// @dev The vote that wins with an outcome; none for a draw without a verdict.
    function _winner(Outcome outcome) private pure returns (Vote) {
        if (outcome == Outcome.Guilty) return Vote.Guilty;
        if (outcome == Outcome.Innocent) return Vote.Innocent;
        if (outcome == Outcome.Unavailable) return Vote.Unavailable;
        return Vote.None;
    }

    /// @dev Slashes the accused. Nothing is taken if a receipt of the case was punished in the meantime, or if this court
    /// may not slash.
    function _punish(bytes32 id, Case storage entry) private returns (uint256 taken, uint256 reward) {
        address accused = entry.accused;
        bytes32[] memory receipts = _unspent(id);
        if (receipts.length == 0) return (0, 0);
        uint256 amount = _lost[accused].bounded(_slashable(accused), entry.falsifiedBps, staking.unbondingPeriod());
        uint256 before = gasleft();
        try staking.slash(accused, amount, REWARD_BPS, receipts) returns (uint256 loss, uint256 part) {
            (taken, reward) = (loss, part);
        } catch {
            Attempts.check(before);
        }
        if (taken != 0) _lost[accused].add(taken);
    }

    /// @dev Receipts of a case that were not punished in the meantime, by another case over some of them.
    function _unspent(bytes32 id) private view returns (bytes32[] memory receipts) {
        receipts = _receipts[id];
        uint256 count = 0;
        for (uint256 i = 0; i < receipts.length; ++i) {
            if (!staking.isSpent(receipts[i])) receipts[count++] = receipts[i];
        }
        assembly ("memory-safe") {
            mstore(receipts, count)
        }
    }

    /// @dev Takes what a juror owes from its owner's stake; nothing if this court may not. What the case has no tips left
    /// for is burned.
    function _dock(Case storage entry, address juror, uint256 amount) private returns (uint256 docked, uint256 tip) {
        if (amount == 0) return (0, 0);
        uint256 before = gasleft();
        uint256 reward = 0;
        try staking.charge(juror, amount, TIP_BPS) returns (uint256 taken, uint256 part) {
            (docked, reward) = (taken, part);
        } catch {
            Attempts.check(before);
        }
        uint256 left = uint256(entry.bond) / VOID_PART - entry.tips;
        tip = reward < left ? reward : left;
        entry.tips += uint96(tip);
        if (reward != tip) cai.safeTransfer(BURN, reward - tip);
    }
}
