// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {NodeView, Role} from "./staking/NodeRegistry.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Messages} from "./libraries/Messages.sol";
import {Signatures} from "./libraries/Signatures.sol";

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

/// @notice How far a case is.
enum State {
    None,
    Open,
    Guilty,
    Innocent,
    /// No jury came together, or none agreed, twice.
    Void
}

/// @notice One dispute over one receipt.
struct Case {
    address challenger;
    /// Epoch of the current draw: jurors commit in it and reveal in the next.
    uint40 epoch;
    State state;
    /// Number of the current draw: 1 or 2.
    uint8 round;
    /// As when the case was opened.
    uint16 falsifiedBps;
    uint16 jurorBps;
    /// The miner that signed the receipt.
    address accused;
    uint96 bond;
    /// Hash of the first block of `epoch`; 0 until someone records it.
    bytes32 seed;
    /// Seats that revealed a vote in the current draw.
    uint32 guiltySeats;
    uint32 innocentSeats;
    /// What each seat of the winning side gets, in wei of CAI.
    uint128 rewardPerSeat;
}

/// @notice What one juror did in one draw.
struct Ballot {
    /// The first 30 bytes of `commitmentOf`.
    bytes30 commitment;
    uint8 seats;
    Vote vote;
}

/// @notice A juror's vote. Settled: rewarded or docked, or neither, for good.
enum Vote {
    None,
    Committed,
    Guilty,
    Innocent,
    Settled
}

/// @title Evidence and juries
/// @notice Punishes miners. Two different receipts for one ticket are proof by themselves. Whether a result was
/// falsified is decided by a jury drawn by stake: anyone opens a case with the signed receipt and a bond, jurors
/// re-execute the task, commit, reveal, and two thirds decide. Nobody else can decide, speed up or stop a case.
/// @dev Amounts are in wei of CAI, times in Unix seconds. It needs the role that may call `Staking.slash`.
///
/// A draw takes two epochs of {Staking}. A case opened in epoch E is drawn in E + 1: the seed is the hash of that
/// epoch's first block, fixed in advance and unknown to anyone who moved stake before it. Weights are those at the
/// epoch's start, so {Staking} keeps nothing extra. Someone has to record the seed in the first half of the epoch, and
/// while the chain still knows the hash; otherwise the draw moves to a later epoch, by the same rule. As any single
/// caller can record it, nobody can prevent a draw in order to get another. A block's producer can still discard its
/// block, at the cost of its reward. The chain must number its own blocks.
///
/// Node n holds seat s of a draw if the first 128 bits of H(seed, n, s) are below its share of all miners' weight.
/// Each of the draw's seats has one holder on average: none, or more than one, happen. This is checked for one node
/// in constant time and is indifferent to splitting stake. Of the accused's and the challenger's owners no node sits.
///
/// Quorum of either draw: revealed seats are at least a third of the first draw's seats. Verdict: two thirds of the
/// revealed seats. Without a verdict there is one more draw with three times the seats; after that bonds go back.
/// - Guilty: a fraction of the miner's stake is slashed; of the fifth that is not burned, the challenger gets half and
///   the jurors who said so get half, by seat. The bond goes back.
/// - Innocent: half of the bond goes to the accused's owner, half to the jurors who said so.
/// Jurors who committed and did not reveal, and those on the losing side of a verdict, pay a small fraction of their
/// stake, burned. Who never commits cannot be told from who was not drawn, and is not punished.
///
/// Every bond leaves as it came in: back to its challenger, or to the accused, jurors and the burn address.
///
/// Stake that was behind a miner when it signed is still slashable when the last draw has decided, as long as the
/// unbonding period exceeds the time from the signature to the ticket's deadline, the window and six epochs together.
/// The constructor compares the last two; tickets are to be shorter than what is left. A court that is replaced keeps
/// its role until its last case is closed.
contract DisputeCourt is AccessManaged, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice The finder's part of a slash, in hundredths of a percent.
    uint16 public constant FINDER_BPS = 2_000;
    /// @notice Epochs that a case takes at most when its draws are on time.
    uint64 public constant CASE_EPOCHS = 6;
    /// @notice The second draw has this many times the seats of the first.
    uint256 public constant WIDENING = 3;
    /// @notice Smallest bond.
    uint96 public constant MIN_BOND = 10e18;
    /// @notice Largest bond.
    uint96 public constant MAX_BOND = 100_000e18;
    /// @notice Smallest fraction that an offence may cost, in hundredths of a percent.
    uint16 public constant MIN_OFFENCE_BPS = 100;
    /// @notice Largest fraction that an offence may cost, in hundredths of a percent.
    uint16 public constant MAX_OFFENCE_BPS = 10_000;
    /// @notice Largest fraction that a juror may be docked, in hundredths of a percent.
    uint16 public constant MAX_JUROR_BPS = 100;
    /// @notice Most seats of a first draw.
    uint256 public constant MAX_SEATS = 63;
    /// @notice Shortest epoch a court can work with, in blocks: a seed needs one to be recorded, and jurors need some.
    uint64 public constant MIN_EPOCH_BLOCKS = 4;

    uint256 private constant BPS = 10_000;
    /// @dev How long the chain knows the hash of a block, in blocks.
    uint256 private constant HASH_BLOCKS = 256;
    address private constant BURN = 0x000000000000000000000000000000000000dEaD;
    bytes32 private constant EQUIVOCATION = keccak256("equivocation");

    /// @notice Holds the stake and knows the nodes.
    IStaking public immutable staking;
    /// @notice What bonds are paid in.
    IERC20 public immutable cai;
    /// @notice Expected seats of a first draw.
    uint256 public immutable seats;
    /// @notice Seconds after a ticket's deadline during which its receipt can be disputed.
    uint64 public immutable window;
    /// @dev Blocks of an epoch of {Staking}.
    uint256 private immutable _epochBlocks;
    /// @dev Blocks after an epoch's first during which the seed can be recorded.
    uint256 private immutable _seedBlocks;

    Parameters private _parameters;
    mapping(bytes32 receipt => Case) private _cases;
    mapping(bytes32 receipt => mapping(uint256 round => mapping(address juror => Ballot))) private _ballots;
    mapping(bytes32 evidence => bool) private _proven;

    /// @notice A miner signed two receipts for one ticket, and was slashed.
    /// @param miner Address of the miner's key.
    /// @param finder Who proved it.
    /// @param evidence Id of the evidence.
    /// @param taken Stake slashed.
    event EquivocationProven(address indexed miner, address indexed finder, bytes32 indexed evidence, uint256 taken);
    /// @notice A result is disputed.
    /// @param id The receipt's digest.
    /// @param accused The miner that signed it.
    /// @param challenger Who opened the case.
    /// @param epoch Epoch of the draw.
    /// @param bond What the challenger posted.
    /// @param evidence Where to find what jurors need, in a form that they agree on.
    event DisputeOpened(
        bytes32 indexed id,
        address indexed accused,
        address indexed challenger,
        uint256 epoch,
        uint256 bond,
        bytes32 evidence
    );
    /// @notice Somebody has more for the jurors of an open case.
    /// @param id The receipt's digest.
    /// @param from Who.
    /// @param evidence Where to find it.
    event EvidenceAdded(bytes32 indexed id, address indexed from, bytes32 evidence);
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
    /// @notice A draw brought no verdict; there is another one.
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
    /// @notice What disputes cost has changed; cases already open keep what they were opened with.
    /// @param parameters From now on.
    event ParametersSet(Parameters parameters);

    /// @notice A draw has 1 to 63 seats.
    /// @param seats The number asked for.
    error BadSeats(uint256 seats);
    /// @notice An epoch is too short for a draw.
    /// @param have Blocks of an epoch.
    /// @param min The fewest.
    error BadEpochBlocks(uint64 have, uint64 min);
    /// @notice Stake could leave before a case against it ends.
    /// @param have The unbonding period, in seconds.
    /// @param need What it must exceed: the window and the longest case.
    error UnbondingTooShort(uint256 have, uint256 need);
    /// @notice The bond is out of its bounds.
    /// @param have The bond asked for, in wei of CAI.
    /// @param min The smallest one.
    /// @param max The largest one.
    error BadBond(uint256 have, uint256 min, uint256 max);
    /// @notice A fraction is out of its bounds.
    /// @param have The fraction asked for, in hundredths of a percent.
    /// @param min The smallest one.
    /// @param max The largest one.
    error BadFraction(uint256 have, uint256 min, uint256 max);
    /// @notice The node was never registered as a coordinator.
    /// @param node Address of the node's key.
    error NotACoordinator(address node);
    /// @notice The node was never registered as a miner.
    /// @param node Address of the node's key.
    error NotAMiner(address node);
    /// @notice The receipt does not answer the ticket.
    /// @param have The digest that the receipt names.
    /// @param need The ticket's digest.
    error WrongTicket(bytes32 have, bytes32 need);
    /// @notice Both receipts say the same.
    /// @param receipt The receipt's digest.
    error SameReceipt(bytes32 receipt);
    /// @notice This was punished before.
    /// @param evidence Id of the evidence.
    error AlreadyProven(bytes32 evidence);
    /// @notice No stake is left behind the node.
    /// @param node Address of the node's key.
    error NothingToSlash(address node);
    /// @notice The receipt is too old to be disputed.
    /// @param at Last second at which it could be.
    error WindowClosed(uint256 at);
    /// @notice There is or was a case over this receipt.
    /// @param id The receipt's digest.
    error AlreadyDisputed(bytes32 id);
    /// @notice No such case, or it is closed.
    /// @param id The receipt's digest.
    error NotOpen(bytes32 id);
    /// @notice The draw's seed is known already.
    error SeedKnown();
    /// @notice The seed cannot be recorded now.
    /// @param firstBlock First block at which it can be.
    /// @param lastBlock Last such block.
    error SeedUnavailable(uint256 firstBlock, uint256 lastBlock);
    /// @notice Votes are committed in the epoch of the draw, once its seed is recorded.
    error NotCommitPhase();
    /// @notice Votes are revealed in the epoch after that of the draw.
    error NotRevealPhase();
    /// @notice The draw is not over.
    error NotOver();
    /// @notice The node has no seat in this draw, or must not sit on this case.
    /// @param node Address of the node's key.
    error NotJuror(address node);
    /// @notice The juror has committed already.
    /// @param node Address of the node's key.
    error AlreadyCommitted(address node);
    /// @notice The juror has no vote to reveal, or has revealed it.
    /// @param node Address of the node's key.
    error NothingToReveal(address node);
    /// @notice Vote and salt are not those committed to.
    error BadReveal();
    /// @notice The juror did not take part in this draw, or is settled already.
    /// @param node Address of the node's key.
    error NothingToSettle(address node);

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

    // ------------------------------------------------------------------------------------------------- evidence

    /// @notice Slashes a miner that signed two different receipts for one ticket. The caller gets a fifth of it.
    /// @dev Two receipts without a ticket of a registered coordinator prove nothing: a miner that restarts may sign
    /// anything for a ticket from nowhere. Once per ticket and miner, whatever further receipts turn up.
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

    /// @notice Opens a case over a receipt and takes the bond from the caller, by allowance. One case per receipt.
    /// @param ticket The coordinator's order.
    /// @param ticketSignature Its signature by the coordinator's key.
    /// @param receipt The miner's answer.
    /// @param receiptSignature Its signature by the miner's key.
    /// @param evidence Where to find what jurors need, in a form that they agree on.
    /// @return id The receipt's digest.
    function open(
        Messages.Ticket calldata ticket,
        bytes calldata ticketSignature,
        Messages.Receipt calldata receipt,
        bytes calldata receiptSignature,
        bytes32 evidence
    ) external nonReentrant returns (bytes32 id) {
        bytes32 digest = _checkTicket(ticket, ticketSignature);
        id = _checkReceipt(ticket.miner, digest, receipt, receiptSignature);
        uint256 last = uint256(ticket.deadline) + window;
        if (block.timestamp > last) revert WindowClosed(last);
        if (_cases[id].state != State.None) revert AlreadyDisputed(id);
        if (staking.slashableOf(ticket.miner) == 0) revert NothingToSlash(ticket.miner);

        Parameters memory terms = _parameters;
        Case storage entry = _cases[id];
        entry.challenger = msg.sender;
        entry.epoch = uint40(_epoch() + 1);
        entry.state = State.Open;
        entry.round = 1;
        entry.falsifiedBps = terms.falsifiedBps;
        entry.jurorBps = terms.jurorBps;
        entry.accused = ticket.miner;
        entry.bond = terms.bond;
        emit DisputeOpened(id, ticket.miner, msg.sender, _epoch() + 1, terms.bond, evidence);
        cai.safeTransferFrom(msg.sender, address(this), terms.bond);
    }

    /// @notice Announces more for the jurors of an open case: a challenger alone cannot starve its own case.
    /// @param id The receipt's digest.
    /// @param evidence Where to find it.
    function addEvidence(bytes32 id, bytes32 evidence) external {
        _open(id);
        emit EvidenceAdded(id, msg.sender, evidence);
    }

    // ----------------------------------------------------------------------------------------------------- jury

    /// @notice Records the seed of a case's draw, in the first half of the draw's epoch. If nobody did so in time, the
    /// same rule holds in every later epoch until somebody does. Anyone may call.
    /// @param id The receipt's digest.
    function recordSeed(bytes32 id) external {
        Case storage entry = _open(id);
        if (entry.seed != 0) revert SeedKnown();
        uint256 epoch = _epoch();
        uint256 first = (epoch < entry.epoch ? entry.epoch : epoch) * _epochBlocks;
        // In its own block the hash is not known yet.
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

    /// @notice Closes a draw: with a verdict, with a second draw, or for want of a verdict in that with the bond's
    /// return. Anyone may call.
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
    /// @return docked Stake slashed, all of it burned.
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

    /// @notice Sets what disputes cost, within constant bounds; for the network's governors. Open cases keep what they
    /// were opened with.
    /// @param parameters_ From now on.
    function setParameters(Parameters calldata parameters_) external restricted {
        _setParameters(parameters_);
    }

    // ---------------------------------------------------------------------------------------------------- views

    /// @notice What disputes cost now.
    /// @return terms In wei of CAI and hundredths of a percent.
    function parameters() external view returns (Parameters memory terms) {
        return _parameters;
    }

    /// @notice A case.
    /// @param id The receipt's digest.
    /// @return entry All zero for a receipt that was never disputed.
    function caseOf(bytes32 id) external view returns (Case memory entry) {
        return _cases[id];
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
    /// @return held How many.
    function seatsOf(bytes32 id, address node) external view returns (uint256 held) {
        Case storage entry = _cases[id];
        bool commitPhase = entry.state == State.Open && entry.seed != 0 && _epoch() == entry.epoch;
        return commitPhase && _mayJudge(entry, node) ? _seatsOf(entry, node) : 0;
    }

    /// @notice What a juror commits to. It names case, draw and juror, so that nobody can copy another's.
    /// @param id The receipt's digest.
    /// @param round Number of the draw.
    /// @param juror Address of the juror's node key.
    /// @param guilty Whether the result was falsified.
    /// @param salt Random; kept for the reveal.
    /// @return commitment Its first 30 bytes are kept.
    function commitmentOf(bytes32 id, uint256 round, address juror, bool guilty, bytes32 salt)
        public
        pure
        returns (bytes32 commitment)
    {
        return keccak256(abi.encode(id, round, juror, guilty, salt));
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Slashes what an equivocation costs, once.
    function _punish(address miner, bytes32 evidence) private returns (uint256 taken) {
        if (_proven[evidence]) revert AlreadyProven(evidence);
        _proven[evidence] = true;
        uint256 amount = _fraction(miner, _parameters.equivocationBps);
        if (amount == 0) revert NothingToSlash(miner);
        (taken,) = staking.slash(miner, amount, msg.sender, FINDER_BPS);
        emit EquivocationProven(miner, msg.sender, evidence, taken);
    }

    /// @dev Half of what is not burned to the challenger, half to the jurors; what does not divide is burned.
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

    /// @dev Half of the bond to the accused's owner, half to the jurors; what does not divide is burned.
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

    function _setParameters(Parameters memory parameters_) private {
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

    /// @dev The case; reverts unless it is open.
    function _open(bytes32 id) private view returns (Case storage entry) {
        entry = _cases[id];
        if (entry.state != State.Open) revert NotOpen(id);
    }

    function _epoch() private view returns (uint256) {
        return block.number / _epochBlocks;
    }

    function _fraction(address node, uint256 bps) private view returns (uint256) {
        return staking.slashableOf(node) * bps / BPS;
    }

    /// @dev The ticket's digest; reverts unless a registered coordinator gave it to a registered miner.
    function _checkTicket(Messages.Ticket calldata ticket, bytes calldata signature)
        private
        view
        returns (bytes32 digest)
    {
        digest = Signatures.check(address(staking), ticket, signature);
        if (staking.nodeView(ticket.coordinator).role != uint8(Role.Coordinator)) {
            revert NotACoordinator(ticket.coordinator);
        }
        if (staking.nodeView(ticket.miner).role != uint8(Role.Miner)) revert NotAMiner(ticket.miner);
    }

    /// @dev The receipt's digest; reverts unless the miner answered this ticket by it.
    function _checkReceipt(address miner, bytes32 ticket, Messages.Receipt calldata receipt, bytes calldata signature)
        private
        view
        returns (bytes32 digest)
    {
        if (receipt.ticket != ticket) revert WrongTicket(receipt.ticket, ticket);
        return Signatures.check(address(staking), receipt, miner, signature);
    }

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
