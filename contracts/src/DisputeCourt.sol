// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Parameters} from "./court/CourtParameters.sol";
import {Verdicts} from "./court/Verdicts.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Messages} from "./libraries/Messages.sol";

/// @title Evidence and juries
/// @notice Punishes miners. Two different receipts for one ticket are sufficient proof. Whether a result was falsified
/// is decided by a jury drawn by stake: anyone opens a case with the signed receipt and a bond; jurors re-execute the
/// task, commit and reveal; two thirds decide. Nobody else can decide, speed up or stop a case.
/// @dev Amounts are in wei of CAI, times in Unix seconds. It needs the role that may call `Staking.slash`.
///
/// A draw takes two epochs of {Staking}. A case opened in epoch E is drawn in E + 1: the seed is the hash of that
/// epoch's first block, fixed in advance and unknown to anyone who moved stake before it. Weights are those at the
/// epoch's start, so {Staking} keeps nothing extra. Someone has to record the seed in the first half of the epoch, and
/// while the chain still knows the hash; otherwise the draw moves to a later epoch, by the same rule. Any caller can
/// record it, so nobody can prevent a draw in order to get another one. A block's producer can still discard its block,
/// at the cost of its reward. The chain must number its own blocks.
///
/// Node n holds seat s of a draw if the first 128 bits of H(seed, n, s) are below its share of all miners' weight. Each
/// of the draw's seats has one holder on average, but may have none or several. The check for one node takes constant
/// time, and splitting stake over several nodes gains nothing. Nodes of the accused's and the challenger's owners do
/// not sit.
///
/// The quorum of either draw is a third of the first draw's seats, revealed. A verdict needs two thirds of the revealed
/// seats. Without a verdict there is one more draw with three times the seats; if that fails too, the bond is returned.
/// - Guilty: a fraction of the miner's stake is slashed; of the fifth that is not burned, the challenger gets half and
///   the jurors who voted guilty get half, by seat. The bond is returned.
/// - Innocent: half of the bond goes to the accused's owner, half to the jurors who voted innocent.
/// Jurors who committed and did not reveal, and those on the losing side of a verdict, lose a small fraction of their
/// stake, which is burned. A juror that never commits cannot be distinguished from a node that was not drawn, and is
/// not punished.
///
/// Every bond leaves in full: back to its challenger, or to the accused's owner, the jurors and the burn address.
///
/// Stake that was behind a miner when it signed is still slashable when the last draw has decided, as long as the
/// unbonding period exceeds the time from the signature to the ticket's deadline, the window and six epochs together.
/// The constructor checks the last two; tickets must be shorter than the time that is left. A court that is replaced
/// keeps its role until its last case is closed.
contract DisputeCourt is Verdicts {
    /// @notice Epochs that a case takes at most when its draws are on time.
    uint64 public constant CASE_EPOCHS = 6;
    /// @notice Most seats of a first draw.
    uint256 public constant MAX_SEATS = 63;
    /// @notice Shortest epoch a court can work with, in blocks: one for the seed to be recorded, and some for the
    /// jurors.
    uint64 public constant MIN_EPOCH_BLOCKS = 4;

    /// @dev How long the chain knows the hash of a block, in blocks.
    uint256 private constant HASH_BLOCKS = 256;
    bytes32 private constant EQUIVOCATION = keccak256("equivocation");

    mapping(bytes32 evidence => bool) private _proven;

    /// @notice A miner signed two receipts for one ticket, and was slashed.
    /// @param miner Address of the miner's key.
    /// @param finder Address that proved it.
    /// @param evidence Id of the evidence.
    /// @param taken Stake slashed.
    event EquivocationProven(address indexed miner, address indexed finder, bytes32 indexed evidence, uint256 taken);

    /// @notice A draw has 1 to 63 seats.
    /// @param seats The number asked for.
    error BadSeats(uint256 seats);
    /// @notice An epoch is too short for a draw.
    /// @param have Blocks of an epoch.
    /// @param min The fewest blocks allowed.
    error BadEpochBlocks(uint64 have, uint64 min);
    /// @notice Stake could leave before a case against it ends.
    /// @param have The unbonding period, in seconds.
    /// @param need What it must exceed: the window and the longest case.
    error UnbondingTooShort(uint256 have, uint256 need);
    /// @notice Both receipts are the same.
    /// @param receipt The receipt's digest.
    error SameReceipt(bytes32 receipt);
    /// @notice This offence was punished before.
    /// @param evidence Id of the evidence.
    error AlreadyProven(bytes32 evidence);

    /// @notice Deploys the court of a network.
    /// @param staking_ Holds the stake and knows the nodes.
    /// @param authority_ AccessManager of the network.
    /// @param seats_ Expected seats of a first draw; 1 to 63.
    /// @param window_ Seconds after a ticket's deadline during which its receipt can be disputed.
    /// @param maxBlockTime_ Seconds between two blocks at most, to check that stake cannot leave before a case ends.
    /// @param parameters_ What disputes cost.
    constructor(
        IStaking staking_,
        address authority_,
        uint256 seats_,
        uint64 window_,
        uint64 maxBlockTime_,
        Parameters memory parameters_
    ) AccessManaged(authority_) {
        if (seats_ == 0 || seats_ > MAX_SEATS) revert BadSeats(seats_);
        uint64 epochBlocks = staking_.epochBlocks();
        if (epochBlocks < MIN_EPOCH_BLOCKS) revert BadEpochBlocks(epochBlocks, MIN_EPOCH_BLOCKS);
        uint256 need = window_ + uint256(CASE_EPOCHS) * epochBlocks * maxBlockTime_;
        uint256 have = staking_.unbondingPeriod();
        if (have <= need) revert UnbondingTooShort(have, need);
        staking = staking_;
        cai = staking_.cai();
        seats = seats_;
        window = window_;
        _epochBlocks = epochBlocks;
        _seedBlocks = epochBlocks / 2 < HASH_BLOCKS ? epochBlocks / 2 : HASH_BLOCKS;
        _setParameters(parameters_);
    }

    /// @notice Slashes a miner that signed two different receipts for one ticket. The caller gets a fifth of what is
    /// slashed.
    /// @dev Two receipts without a ticket of a registered coordinator prove nothing: a miner that restarts may sign
    /// anything for a ticket of unknown origin. A miner is punished once per ticket, however many receipts follow.
    /// @param ticket The coordinator's order.
    /// @param ticketSignature Its signature by the coordinator's key.
    /// @param a One receipt.
    /// @param signatureA Its signature by the miner's key.
    /// @param b Another receipt.
    /// @param signatureB Its signature by the miner's key.
    /// @return taken Stake slashed.
    function proveEquivocation(
        Messages.Ticket calldata ticket,
        bytes calldata ticketSignature,
        Messages.Receipt calldata a,
        bytes calldata signatureA,
        Messages.Receipt calldata b,
        bytes calldata signatureB
    ) external nonReentrant returns (uint256 taken) {
        bytes32 digest = _checkTicket(ticket, ticketSignature);
        bytes32 receipt = _checkReceipt(ticket.miner, digest, a, signatureA);
        if (receipt == _checkReceipt(ticket.miner, digest, b, signatureB)) revert SameReceipt(receipt);
        return _punish(ticket.miner, keccak256(abi.encode(EQUIVOCATION, digest, ticket.miner)));
    }

    /// @dev Slashes what an equivocation costs, once.
    function _punish(address miner, bytes32 evidence) private returns (uint256 taken) {
        if (_proven[evidence]) revert AlreadyProven(evidence);
        _proven[evidence] = true;
        uint256 amount = _fraction(miner, _parameters.equivocationBps);
        if (amount == 0) revert NothingToSlash(miner);
        (taken,) = staking.slash(miner, amount, msg.sender, FINDER_BPS);
        emit EquivocationProven(miner, msg.sender, evidence, taken);
    }
}
