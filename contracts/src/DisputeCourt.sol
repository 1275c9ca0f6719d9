// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {JurorRegistry} from "./JurorRegistry.sol";
import {CourtParameters, Parameters, Terms} from "./court/CourtParameters.sol";
import {Verdicts} from "./court/Verdicts.sol";
import {IRandomness} from "./interfaces/IRandomness.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Fines} from "./libraries/Fines.sol";
import {Messages} from "./libraries/Messages.sol";

/// @title Evidence and juries
/// @notice Punishes miners. Two different receipts for one ticket are sufficient proof. Whether results were falsified
/// is decided by a jury drawn by stake: anyone opens a case with signed receipts and a bond; jurors examine them, commit
/// and reveal; two thirds decide. Nobody else can decide, speed up or stop a case.
/// @dev Amounts are in wei of CAI, times in Unix seconds, epochs those of {Staking}. It needs the role that may call
/// `Staking.slash` and `Staking.charge`.
///
/// Everything about a case that is opened in epoch E is fixed then:
/// - E + 1: the first draw. Its seed is the first value of {IRandomness} that nobody can know before that epoch; it is
///   the same for every caller that records it. In the first half of the epoch nodes are summoned; until its end jurors
///   commit, and challengers join.
/// - E + 2: the votes are revealed. From E + 3 on the draw can be closed.
/// - E + 4 and E + 5: the second draw and its votes, if the first brought no verdict. It has three times the seats.
/// - E + 6: the case is over, whether or not anybody attended.
///
/// Nodes are drawn among those that had declared the receipts' model at {JurorRegistry} an epoch before the tickets ended,
/// or among all that had declared any if those have too little stake. Node n holds seat s of a draw if the first 128 bits of
/// H(seed, case, draw, n, s) are below its part of their own stake. Each seat has one holder on average, but may have
/// none or several. The check for one node takes constant time, and splitting stake over several nodes gains nothing.
/// Nodes of the parties' owners do not sit, and do not count.
///
/// A verdict needs half of the seats of that draw revealed, and two thirds of those that judged. A third of the seats
/// that could not get the evidence end the case at the challengers' cost.
/// - Guilty: a fraction of the miner's stake is slashed. Of the part of its owner's loss that is not burned, the
///   challengers get half; what the jury cost comes out of the other half. Their bonds are returned.
/// - Innocent: half of the bonds goes to the accused's owner; the jury is paid out of the other half.
/// - Void, no verdict: a tenth of the bonds is burned, the rest returned, less what the summons cost.
/// - Void, no evidence: half of the bonds is returned; the jurors that said so are paid out of the other half.
/// A void case can be opened again, for twice the bond.
/// Each seat on the winning side gets the same, whatever the verdict. Jurors on the losing side of a verdict, those that
/// did not reveal, and those that did not answer a summons lose a fixed amount by the seat.
///
/// Every bond leaves in full: to challengers, jurors, those who summoned them, the accused's owner and the burn address.
///
/// Stake that was behind a miner when it signed is still slashable when the last draw has decided, as long as the
/// unbonding period exceeds the time from the signature to the ticket's deadline, the window and six epochs together.
/// The constructor checks the last two; tickets must be shorter than the time that is left. A court that is replaced is
/// retired first, and keeps its role until its last case is closed.
contract DisputeCourt is Verdicts {
    using Fines for Checkpoints.Trace208;
    using SafeERC20 for IERC20;

    bytes32 private constant EQUIVOCATION = keccak256("equivocation");

    /// @dev What two receipts for one ticket have cost a miner, summed up by time.
    mapping(address miner => Checkpoints.Trace208) private _lostTwice;

    /// @notice A miner signed two receipts for one ticket, and was slashed.
    /// @param miner Address of the miner's key.
    /// @param finder Address that proved it.
    /// @param evidence Id of the evidence.
    /// @param taken Stake slashed.
    /// @param paid What the finder got.
    event EquivocationProven(
        address indexed miner, address indexed finder, bytes32 indexed evidence, uint256 taken, uint256 paid
    );

    /// @notice Deploys the court of a network.
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
    ) CourtParameters(staking_, settlement_, jurors_, randomness_, authority_, terms, parameters_) {}

    /// @notice Slashes a miner that signed two different receipts for one ticket, as long as they could be disputed. The
    /// caller, who has announced the evidence, see {Finders}, gets a fifth of the owner's loss.
    /// @dev Two receipts without a ticket of a registered coordinator prove nothing: a miner that restarts may sign
    /// anything for a ticket of unknown origin. A miner is punished once per ticket, however many receipts follow, and
    /// by whichever court. The id of the evidence is keccak256(abi.encode(keccak256("equivocation"), ticket's digest,
    /// miner)).
    /// @param ticket The coordinator's order.
    /// @param ticketSignature Its signature by the coordinator's key.
    /// @param a One receipt.
    /// @param signatureA Its signature by the miner's key.
    /// @param b Another receipt.
    /// @param signatureB Its signature by the miner's key.
    /// @param salt The word in the announced commitment.
    /// @return taken Stake slashed.
    function proveEquivocation(
        Messages.Ticket calldata ticket,
        bytes calldata ticketSignature,
        Messages.Receipt calldata a,
        bytes calldata signatureA,
        Messages.Receipt calldata b,
        bytes calldata signatureB,
        bytes32 salt
    ) external nonReentrant returns (uint256 taken) {
        _checkActive();
        bytes32 digest = evidence.checkPair(ticket, ticketSignature, a, signatureA, b, signatureB);
        return _punishEquivocation(ticket.miner, digest, salt);
    }

    /// @dev Slashes what an equivocation costs; {Staking} refuses evidence that is spent.
    function _punishEquivocation(address miner, bytes32 ticket, bytes32 salt) private returns (uint256 taken) {
        bytes32 proof = keccak256(abi.encode(EQUIVOCATION, ticket, miner));
        _checkAnnounced(proof, salt);
        uint256 amount =
            _lostTwice[miner].bounded(_slashable(miner), _parameters.equivocationBps, staking.unbondingPeriod());
        if (amount == 0) revert NothingToSlash(miner);
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = proof;
        uint256 reward;
        (taken, reward) = staking.slash(miner, amount, REWARD_BPS, ids);
        _lostTwice[miner].add(taken);
        emit EquivocationProven(miner, msg.sender, proof, taken, reward);
        if (reward != 0) cai.safeTransfer(msg.sender, reward);
    }
}
