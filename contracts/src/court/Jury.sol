// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Case, Cases, State} from "./Cases.sol";

/// @notice One juror's part in one draw.
struct Ballot {
    /// The first 30 bytes of `commitmentOf`.
    bytes30 commitment;
    uint8 seats;
    Vote vote;
}

/// @notice What a juror has done. Settled: it was rewarded or docked, or neither, and that is final.
enum Vote {
    None,
    /// Its seats are written down, and it has not committed.
    Summoned,
    /// It has not revealed.
    Committed,
    Guilty,
    Innocent,
    /// It could not get the evidence.
    Unavailable,
    Settled
}

/// @notice What a draw brought.
enum Outcome {
    /// It is not closed.
    Pending,
    /// No verdict.
    None,
    Guilty,
    Innocent,
    /// A third of its seats could not get the evidence.
    Unavailable
}

/// @notice One draw of one case: seats that revealed a vote, and what followed.
struct Draw {
    uint24 guilty;
    uint24 innocent;
    uint24 unavailable;
    Outcome outcome;
    /// What each seat of the winning side gets, in wei of CAI.
    uint96 rewardPerSeat;
    /// What each seat pays that has to, in wei of CAI; 0 until the draw is closed.
    uint72 jurorDock;
}

/// @title Juries
/// @notice A jury is drawn by own stake from a seed that nobody could know when the case was opened; its members are
/// summoned, commit to their votes, and reveal them.
abstract contract Jury is Cases {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @notice The second draw has this many times the seats of the first.
    uint256 public constant WIDENING = 3;
    /// @notice Epochs from that in which a case is opened to that of its first draw.
    uint256 public constant FIRST_DRAW = 1;
    /// @notice Epochs from that in which a case is opened to that of its second draw: the first one's votes are revealed
    /// in the second epoch, and there is an epoch to close it in.
    uint256 public constant SECOND_DRAW = 4;
    /// @notice The summons of a case cost at most this part of one bond.
    uint256 public constant FEES_PART = 10;

    mapping(bytes32 id => mapping(uint256 round => Draw)) private _draws;
    mapping(bytes32 id => mapping(uint256 round => mapping(address juror => Ballot))) private _ballots;

    /// @notice A node's seats in a draw were written down: it has to vote.
    /// @param id Id of the case.
    /// @param juror Address of the juror's node key.
    /// @param round Number of the draw.
    /// @param seats Seats it holds.
    event JurorSummoned(bytes32 indexed id, address indexed juror, uint256 round, uint256 seats);
    /// @notice Somebody was paid for summoning jurors, out of the bonds.
    /// @param id Id of the case.
    /// @param by Address that called.
    /// @param fee What it got.
    event SummonsPaid(bytes32 indexed id, address indexed by, uint256 fee);
    /// @notice A juror committed.
    /// @param id Id of the case.
    /// @param juror Address of the juror's node key.
    /// @param round Number of the draw.
    /// @param seats Seats it holds.
    event VoteCommitted(bytes32 indexed id, address indexed juror, uint256 round, uint256 seats);
    /// @notice A juror revealed.
    /// @param id Id of the case.
    /// @param juror Address of the juror's node key.
    /// @param round Number of the draw.
    /// @param vote Its vote.
    /// @param seats Seats it holds.
    event VoteRevealed(bytes32 indexed id, address indexed juror, uint256 round, Vote vote, uint256 seats);
    /// @notice A first draw brought no verdict, so there is a second one.
    /// @param id Id of the case.
    /// @param round Number of the second draw.
    /// @param epoch Its epoch.
    event Redrawn(bytes32 indexed id, uint256 round, uint256 epoch);

    /// @notice Jurors are summoned in the first half of a draw's epoch.
    error NotSummonPhase();
    /// @notice Votes are committed in the epoch of a draw.
    error NotCommitPhase();
    /// @notice Votes are revealed in the epoch after that of the draw.
    error NotRevealPhase();
    /// @notice Nobody has recorded the seed of the draw yet.
    /// @param round The round of the source of randomness.
    error SeedUnknown(uint64 round);
    /// @notice The node has no seat in this draw, or must not sit on this case.
    /// @param node Address of the node's key.
    error NotJuror(address node);
    /// @notice The juror has already committed.
    /// @param node Address of the node's key.
    error AlreadyCommitted(address node);
    /// @notice The juror has no vote to reveal, or has revealed it.
    /// @param node Address of the node's key.
    error NothingToReveal(address node);
    /// @notice A vote is guilty, innocent or unavailable.
    error BadVote();
    /// @notice The vote and the salt do not match the commitment.
    error BadReveal();

    /// @notice Writes down the seats of nodes in the draw of this epoch; in the first half of the epoch. Who is summoned
    /// has to vote. Nodes without a seat, and those summoned before, are passed over. Anyone may call, and is paid by the
    /// node out of the bonds.
    /// @param id Id of the case.
    /// @param nodes Addresses of the nodes' keys.
    /// @return fee What the caller got.
    function summon(bytes32 id, address[] calldata nodes) external nonReentrant returns (uint256 fee) {
        Case storage entry = _open(id);
        // The remainder tells the half of an epoch; nothing is drawn by it.
        // slither-disable-next-line weak-prng
        if (block.timestamp % _epochSeconds >= _epochSeconds / 2) revert NotSummonPhase();
        (bytes32 seed, uint256 round) = _enter(id, entry);
        uint256 count = 0;
        for (uint256 i = 0; i < nodes.length; ++i) {
            Ballot storage ballot = _ballotAt(id, round, nodes[i]);
            if (ballot.vote != Vote.None) continue;
            uint256 held = _seatsOf(id, entry, round, seed, nodes[i]);
            if (held == 0) continue;
            // At most three times 63.
            ballot.seats = uint8(held);
            ballot.vote = Vote.Summoned;
            emit JurorSummoned(id, nodes[i], round, held);
            ++count;
        }
        fee = _fee(entry, count);
        if (fee == 0) return 0;
        entry.fees += uint96(fee);
        emit SummonsPaid(id, msg.sender, fee);
        cai.safeTransfer(msg.sender, fee);
    }

    /// @notice Commits the calling node, a miner, to a vote with all its seats; in the epoch of the draw. It need not
    /// have been summoned.
    /// @param id Id of the case.
    /// @param commitment See `commitmentOf`.
    function commit(bytes32 id, bytes32 commitment) external {
        Case storage entry = _open(id);
        (bytes32 seed, uint256 round) = _enter(id, entry);
        Ballot storage ballot = _ballotAt(id, round, msg.sender);
        Vote vote = ballot.vote;
        if (vote != Vote.None && vote != Vote.Summoned) revert AlreadyCommitted(msg.sender);
        if (_isParty(id, round, _ownerOf(msg.sender))) revert NotJuror(msg.sender);
        uint256 held = vote == Vote.Summoned ? ballot.seats : _seatsOf(id, entry, round, seed, msg.sender);
        if (held == 0) revert NotJuror(msg.sender);
        ballot.commitment = bytes30(commitment);
        ballot.seats = uint8(held);
        ballot.vote = Vote.Committed;
        emit VoteCommitted(id, msg.sender, round, held);
    }

    /// @notice Reveals the calling node's vote; in the epoch after that of the draw.
    /// @param id Id of the case.
    /// @param vote Guilty, innocent or unavailable.
    /// @param salt As in the commitment.
    function reveal(bytes32 id, Vote vote, bytes32 salt) external {
        Case storage entry = _open(id);
        uint256 round = entry.round;
        if (_epoch() != _drawEpoch(entry, round) + 1) revert NotRevealPhase();
        Ballot storage ballot = _ballotAt(id, round, msg.sender);
        if (ballot.vote != Vote.Committed) revert NothingToReveal(msg.sender);
        if (bytes30(commitmentOf(id, round, msg.sender, vote, salt)) != ballot.commitment) revert BadReveal();
        // Its owner may have joined the challengers after it committed.
        if (_isParty(id, round, _ownerOf(msg.sender))) revert NotJuror(msg.sender);
        Draw storage draw = _drawAt(id, round);
        if (vote == Vote.Guilty) draw.guilty += ballot.seats;
        else if (vote == Vote.Innocent) draw.innocent += ballot.seats;
        else if (vote == Vote.Unavailable) draw.unavailable += ballot.seats;
        else revert BadVote();
        ballot.vote = vote;
        emit VoteRevealed(id, msg.sender, round, vote, ballot.seats);
    }

    /// @notice What a juror did in a draw.
    /// @param id Id of the case.
    /// @param round Number of the draw.
    /// @param juror Address of the juror's node key.
    /// @return ballot All zero for a node that neither was summoned nor committed.
    function ballotOf(bytes32 id, uint256 round, address juror) external view returns (Ballot memory ballot) {
        return _ballotAt(id, round, juror);
    }

    /// @notice What a draw brought.
    /// @param id Id of the case.
    /// @param round Number of the draw.
    /// @return draw All zero for a draw in which nobody has revealed.
    function drawOf(bytes32 id, uint256 round) external view returns (Draw memory draw) {
        return _drawAt(id, round);
    }

    /// @notice Seats of a node in the draw of this epoch: 0 if there is none, if its seed is not known, for nodes that
    /// must not judge, and for those that were not drawn.
    /// @param id Id of the case.
    /// @param node Address of the node's key.
    /// @return held Number of seats.
    function seatsOf(bytes32 id, address node) external view returns (uint256 held) {
        Case storage entry = _cases[id];
        if (entry.state != State.Open) return 0;
        uint256 round = _currentRound(id, entry);
        if (_epoch() != _drawEpoch(entry, round)) return 0;
        (bytes32 seed,) = _seed(entry, round);
        if (seed == 0) return 0;
        Ballot storage ballot = _ballotAt(id, round, node);
        if (ballot.vote != Vote.None) return ballot.seats;
        return _seatsOf(id, entry, round, seed, node);
    }

    /// @notice Round of the source of randomness that seeds a draw of a case: fixed when the case is opened.
    /// @param id Id of the case.
    /// @param round Number of the draw.
    /// @return source What {IRandomness} calls a round.
    function seedRoundOf(bytes32 id, uint256 round) external view returns (uint64 source) {
        (, source) = _seed(_cases[id], round);
    }

    /// @notice The commitment to a vote. It names case, draw and juror, so that nobody can copy another juror's.
    /// @param id Id of the case.
    /// @param round Number of the draw.
    /// @param juror Address of the juror's node key.
    /// @param vote Guilty, innocent or unavailable.
    /// @param salt Random; kept for the reveal.
    /// @return commitment The commitment; the court stores its first 30 bytes.
    function commitmentOf(bytes32 id, uint256 round, address juror, Vote vote, bytes32 salt)
        public
        pure
        returns (bytes32 commitment)
    {
        return keccak256(abi.encode(id, round, juror, vote, salt));
    }

    // ------------------------------------------------------------------------------------------------- internals

    function _drawAt(bytes32 id, uint256 round) internal view returns (Draw storage) {
        return _draws[id][round];
    }

    function _ballotAt(bytes32 id, uint256 round, address juror) internal view returns (Ballot storage) {
        return _ballots[id][round][juror];
    }

    /// @dev Expected seats of a draw.
    function _seatsIn(uint256 round) internal view returns (uint256) {
        return _isFirst(round) ? seats : seats * WIDENING;
    }

    function _isFirst(uint256 round) internal pure returns (bool) {
        return round % 2 == 1;
    }

    /// @dev Epoch of a draw of the current attempt.
    function _drawEpoch(Case storage entry, uint256 round) internal view returns (uint256) {
        return uint256(entry.epoch) + (_isFirst(round) ? FIRST_DRAW : SECOND_DRAW);
    }

    /// @dev What the revealed votes of a draw decide. Half of the seats that were to be drawn have to be revealed, and
    /// two thirds of those who have judged agree.
    function _decide(bytes32 id, uint256 round) internal view returns (Outcome) {
        Draw storage draw = _drawAt(id, round);
        (uint256 guilty, uint256 innocent, uint256 unavailable) = (draw.guilty, draw.innocent, draw.unavailable);
        uint256 expected = _seatsIn(round);
        uint256 judged = guilty + innocent;
        if (unavailable * 3 >= expected) return Outcome.Unavailable;
        if ((judged + unavailable) * 2 < expected) return Outcome.None;
        if (guilty * 3 >= judged * 2) return Outcome.Guilty;
        if (innocent * 3 >= judged * 2) return Outcome.Innocent;
        return Outcome.None;
    }

    /// @dev Closes a first draw without a verdict.
    function _redraw(bytes32 id, Case storage entry) internal returns (uint256 round) {
        round = entry.round;
        _closeDraw(id, entry, round, Outcome.None, 0);
        entry.round = uint16(++round);
        emit Redrawn(id, round, _drawEpoch(entry, round));
    }

    /// @dev Writes down what a draw brought, and what its jurors get or pay.
    function _closeDraw(bytes32 id, Case storage entry, uint256 round, Outcome outcome, uint256 perSeat) internal {
        Draw storage draw = _drawAt(id, round);
        draw.outcome = outcome;
        draw.rewardPerSeat = perSeat.toUint96();
        draw.jurorDock = entry.jurorDock;
    }

    /// @dev The draw whose time it is, whether or not somebody has closed the first one.
    function _currentRound(bytes32 id, Case storage entry) private view returns (uint256 round) {
        round = entry.round;
        bool over = _isFirst(round) && _epoch() > _drawEpoch(entry, round) + 1;
        if (over && _decide(id, round) == Outcome.None) ++round;
    }

    /// @dev The seed and the number of the draw of this epoch; reverts if there is none, or its seed is not known.
    function _enter(bytes32 id, Case storage entry) private returns (bytes32 seed, uint256 round) {
        round = _currentRound(id, entry);
        if (_epoch() != _drawEpoch(entry, round)) revert NotCommitPhase();
        uint64 source;
        (seed, source) = _seed(entry, round);
        if (seed == 0) revert SeedUnknown(source);
        if (round != entry.round) round = _redraw(id, entry);
    }

    /// @dev Fixed by the epoch in which the case was opened: the value is not known before the draw's epoch begins.
    function _seed(Case storage entry, uint256 round) private view returns (bytes32 seed, uint64 source) {
        source = randomness.roundAfter(_drawEpoch(entry, round) * _epochSeconds);
        seed = randomness.seedOf(source);
    }

    /// @dev What summoning `count` nodes is worth: a tenth of a bond by the number of all seats, until a tenth is used.
    function _fee(Case storage entry, uint256 count) private view returns (uint256 fee) {
        uint256 most = uint256(entry.bond) / FEES_PART;
        fee = most / (seats * (1 + WIDENING)) * count;
        uint256 left = most - entry.fees;
        if (fee > left) fee = left;
    }

    /// @dev Seats that a draw gives to a node, by its part of the declared stake: what was recorded in time, as far as
    /// the node still has it. Stakes are below 2^96 and their sum below 2^128, so nothing overflows.
    function _seatsOf(bytes32 id, Case storage entry, uint256 round, bytes32 seed, address node)
        private
        view
        returns (uint256 held)
    {
        if (_isParty(id, round, _ownerOf(node))) return 0;
        uint256 weight = jurors.weightOf(entry.manifest, node, entry.records) << 128;
        if (weight == 0) return 0;
        uint256 total = _isFirst(round) ? entry.firstTotal : entry.secondTotal;
        uint256 drawn = _seatsIn(round);
        for (uint256 seat = 0; seat < drawn; ++seat) {
            if ((uint256(keccak256(abi.encode(seed, id, round, node, seat))) >> 128) * total < weight) ++held;
        }
    }
}
