// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {NodeView, Role} from "../staking/NodeRegistry.sol";
import {Case, Cases, State} from "./Cases.sol";

/// @notice One juror's part in one draw.
struct Ballot {
    /// The first 30 bytes of `commitmentOf`.
    bytes30 commitment;
    uint8 seats;
    Vote vote;
}

/// @notice A juror's vote. Settled: the juror was rewarded or docked, or neither, and that is final.
enum Vote {
    None,
    Committed,
    Guilty,
    Innocent,
    Settled
}

/// @title Juries
/// @notice A jury is drawn by stake from a seed that nobody knew in advance; its members commit to their votes, then
/// reveal them.
abstract contract Jury is Cases {
    /// @notice The second draw has this many times the seats of the first.
    uint256 public constant WIDENING = 3;

    mapping(bytes32 receipt => mapping(uint256 round => mapping(address juror => Ballot))) internal _ballots;

    /// @notice The seed of a draw is known, so jurors can commit until the epoch ends.
    /// @param id The receipt's digest.
    /// @param round Number of the draw.
    /// @param epoch Epoch of the draw.
    /// @param seed Hash of the epoch's first block.
    event SeedRecorded(bytes32 indexed id, uint256 round, uint256 epoch, bytes32 seed);
    /// @notice A juror committed.
    /// @param id The receipt's digest.
    /// @param juror Address of the juror's node key.
    /// @param round Number of the draw.
    /// @param seats Seats it holds.
    event VoteCommitted(bytes32 indexed id, address indexed juror, uint256 round, uint256 seats);
    /// @notice A juror revealed.
    /// @param id The receipt's digest.
    /// @param juror Address of the juror's node key.
    /// @param round Number of the draw.
    /// @param guilty Its vote.
    /// @param seats Seats it holds.
    event VoteRevealed(bytes32 indexed id, address indexed juror, uint256 round, bool guilty, uint256 seats);

    /// @notice The draw's seed is already known.
    error SeedKnown();
    /// @notice The seed cannot be recorded now.
    /// @param firstBlock First block at which it can be.
    /// @param lastBlock Last block at which it can be.
    error SeedUnavailable(uint256 firstBlock, uint256 lastBlock);
    /// @notice Votes are committed in the epoch of the draw, once its seed is recorded.
    error NotCommitPhase();
    /// @notice Votes are revealed in the epoch after that of the draw.
    error NotRevealPhase();
    /// @notice The node has no seat in this draw, or must not sit on this case.
    /// @param node Address of the node's key.
    error NotJuror(address node);
    /// @notice The juror has already committed.
    /// @param node Address of the node's key.
    error AlreadyCommitted(address node);
    /// @notice The juror has no vote to reveal, or has revealed it.
    /// @param node Address of the node's key.
    error NothingToReveal(address node);
    /// @notice The vote and the salt do not match the commitment.
    error BadReveal();

    /// @notice Records the seed of a case's draw, in the first half of the draw's epoch. If nobody did so in time, the
    /// seed can be recorded in the first half of any later epoch. Anyone may call.
    /// @param id The receipt's digest.
    function recordSeed(bytes32 id) external {
        Case storage entry = _open(id);
        if (entry.seed != 0) revert SeedKnown();
        uint256 epoch = _epoch();
        uint256 first = (epoch < entry.epoch ? entry.epoch : epoch) * _epochBlocks;
        // A block cannot read its own hash.
        if (block.number <= first || block.number > first + _seedBlocks) {
            revert SeedUnavailable(first + 1, first + _seedBlocks);
        }
        entry.epoch = uint40(epoch);
        bytes32 seed = blockhash(first);
        entry.seed = seed;
        emit SeedRecorded(id, entry.round, epoch, seed);
    }

    /// @notice Commits the calling node, a miner, to a vote with all its seats; in the epoch of the draw.
    /// @param id The receipt's digest.
    /// @param commitment See `commitmentOf`.
    function commit(bytes32 id, bytes32 commitment) external {
        Case storage entry = _open(id);
        if (entry.seed == 0 || _epoch() != entry.epoch) revert NotCommitPhase();
        Ballot storage ballot = _ballots[id][entry.round][msg.sender];
        if (ballot.vote != Vote.None) revert AlreadyCommitted(msg.sender);
        uint256 held = _mayJudge(entry, msg.sender) ? _seatsOf(entry, msg.sender) : 0;
        if (held == 0) revert NotJuror(msg.sender);
        ballot.commitment = bytes30(commitment);
        // At most three times 63.
        ballot.seats = uint8(held);
        ballot.vote = Vote.Committed;
        emit VoteCommitted(id, msg.sender, entry.round, held);
    }

    /// @notice Reveals the calling node's vote; in the epoch after that of the draw.
    /// @param id The receipt's digest.
    /// @param guilty Whether the result was falsified.
    /// @param salt As in the commitment.
    function reveal(bytes32 id, bool guilty, bytes32 salt) external {
        Case storage entry = _open(id);
        if (entry.seed == 0 || _epoch() != uint256(entry.epoch) + 1) revert NotRevealPhase();
        uint256 round = entry.round;
        Ballot storage ballot = _ballots[id][round][msg.sender];
        if (ballot.vote != Vote.Committed) revert NothingToReveal(msg.sender);
        if (bytes30(commitmentOf(id, round, msg.sender, guilty, salt)) != ballot.commitment) revert BadReveal();
        ballot.vote = guilty ? Vote.Guilty : Vote.Innocent;
        if (guilty) entry.guiltySeats += ballot.seats;
        else entry.innocentSeats += ballot.seats;
        emit VoteRevealed(id, msg.sender, round, guilty, ballot.seats);
    }

    /// @notice What a juror did in a draw.
    /// @param id The receipt's digest.
    /// @param round Number of the draw.
    /// @param juror Address of the juror's node key.
    /// @return ballot All zero for a node that did not commit.
    function ballotOf(bytes32 id, uint256 round, address juror) external view returns (Ballot memory ballot) {
        return _ballots[id][round][juror];
    }

    /// @notice Seats that a node can commit with now: 0 outside the commit phase, for nodes that must not judge, and
    /// for those that were not drawn.
    /// @param id The receipt's digest.
    /// @param node Address of the node's key.
    /// @return held Number of seats.
    function seatsOf(bytes32 id, address node) external view returns (uint256 held) {
        Case storage entry = _cases[id];
        bool commitPhase = entry.state == State.Open && entry.seed != 0 && _epoch() == entry.epoch;
        return commitPhase && _mayJudge(entry, node) ? _seatsOf(entry, node) : 0;
    }

    /// @notice The commitment to a vote. It names case, draw and juror, so that nobody can copy another juror's.
    /// @param id The receipt's digest.
    /// @param round Number of the draw.
    /// @param juror Address of the juror's node key.
    /// @param guilty Whether the result was falsified.
    /// @param salt Random; kept for the reveal.
    /// @return commitment The commitment; the court stores its first 30 bytes.
    function commitmentOf(bytes32 id, uint256 round, address juror, bool guilty, bytes32 salt)
        public
        pure
        returns (bytes32 commitment)
    {
        return keccak256(abi.encode(id, round, juror, guilty, salt));
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Whether a node is a miner that has nothing to do with either party, as far as the chain knows.
    function _mayJudge(Case storage entry, address node) private view returns (bool) {
        NodeView memory juror = staking.nodeView(node);
        address challenger = entry.challenger;
        return juror.role == uint8(Role.Miner) && node != entry.accused && node != challenger
            && juror.owner != challenger && juror.owner != staking.ownerOf(entry.accused)
            && juror.owner != staking.ownerOf(challenger);
    }

    /// @dev Seats that the draw gave to a node, by its share of the weight when the draw's epoch began; in that epoch
    /// only. Weights are below 2^96, so nothing overflows.
    function _seatsOf(Case storage entry, address node) private view returns (uint256 held) {
        uint256 weight = staking.weightAtEpochStart(node) << 128;
        if (weight == 0) return 0;
        uint256 total = staking.totalWeightAtEpochStart(Role.Miner);
        uint256 drawn = entry.round == 1 ? seats : seats * WIDENING;
        bytes32 seed = entry.seed;
        for (uint256 seat = 0; seat < drawn; ++seat) {
            if ((uint256(keccak256(abi.encode(seed, node, seat))) >> 128) * total < weight) ++held;
        }
    }
}
