// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {NodeRegistry, Role} from "./NodeRegistry.sol";
import {IStaking} from "../interfaces/IStaking.sol";

/// @notice The stream of rewards to the nodes of one role; amounts in wei of CAI.
struct StreamView {
    /// Per second.
    uint256 rate;
    /// Unix seconds; while the total weight is zero the end moves into the future.
    uint64 end;
    /// Not streamed yet.
    uint256 remaining;
    /// Streamed or not, not claimed yet.
    uint256 unpaid;
}

/// @title Weights of nodes, and the rewards they earn
/// @notice Each role has one stream of CAI. It is split by weight, second by second, over the nodes that are active and
/// not idle. A node's owner gets the commission on the node's part; the active stake behind the node gets the rest, by
/// shares.
/// @dev Three levels of accumulators, so nothing loops: role -> node -> position. Each holds what one wei of weight or
/// one share has earned since the start, times 1e18, and the next level remembers how far it was paid. The remainders
/// of the divisions, less than a wei of CAI per 1e18 wei of weight at each step, stay in the contract.
///
/// No accumulator can overflow: a role with any weight has an active node, so at least 20,000e18 wei of weight and as
/// many shares, and a token's supply fits 96 bits. Streaming all of it adds less than 2**82 to a 96-bit accumulator, so
/// the whole supply would have to come in as rewards 16,384 times.
abstract contract Rewards is IStaking, NodeRegistry {
    using SafeCast for uint256;

    /// @dev Two slots, the first for what every change of a weight writes.
    struct Stream {
        /// Earned by one wei of weight, times 1e18.
        uint96 accPerWeight;
        /// Streamed up to here, in Unix seconds; never after `end`.
        uint32 last;
        uint32 end;
        /// Sum of the weights of the nodes that earn.
        uint96 total;
        /// Wei of CAI per second.
        uint96 rate;
        /// Remainder of the division by the duration; less than the duration, which is far below 2**32.
        uint32 carry;
        /// Notified less claimed. Claims cannot exceed it, so no error in the accumulators can reach anyone's stake.
        uint128 unpaid;
    }

    /// @dev A pool's weight, and what it earned. Two slots.
    struct NodeRewards {
        /// Part of the token's supply.
        uint96 weight;
        /// The role's accumulator when the node was last paid.
        uint96 accPaid;
        /// When a payment of the node was last recorded, in Unix seconds.
        uint32 paidAt;
        /// Earned by one share, times 1e18.
        uint96 accPerShare;
        /// Commission earned and not claimed.
        uint96 commission;
        /// The announced commission, while the node is flagged so.
        uint48 nextAt;
        uint16 nextBps;
    }

    /// @dev Active stake of one staker in one pool, its rewards, and counts of its unbonding stake. Two slots.
    struct Position {
        uint128 shares;
        /// The pool's `accPerShare` when the position was last paid.
        uint96 accPaid;
        /// Number of open unbonding requests.
        uint8 requests;
        /// Earned and not claimed.
        uint128 accrued;
        /// Shares of all open unbonding requests of the node's owner; 0 for everyone else.
        uint128 ownUnbonding;
    }

    /// @notice Highest commission, in hundredths of a percent.
    uint16 public constant MAX_COMMISSION = 5_000;
    /// @notice For this many seconds after a node's registration, and while only its owner has staked, a commission
    /// takes effect at once.
    uint64 public constant INITIAL_COMMISSION_WINDOW = 1 hours;
    /// @notice Longest time over which an emission can be streamed, in seconds.
    uint64 public constant MAX_STREAM = 366 days;

    /// @dev Scale of the accumulators.
    uint256 private constant SCALE = 1e18;

    mapping(Role role => Stream) internal _streams;
    // Written through storage pointers.
    // slither-disable-next-line uninitialized-state
    mapping(uint24 pool => NodeRewards) internal _rewards;
    // slither-disable-next-line uninitialized-state
    mapping(uint24 pool => mapping(address staker => Position)) internal _positions;

    /// @notice A node's owner announced a commission.
    /// @param node Address of the node's key.
    /// @param bps In hundredths of a percent of the node's rewards.
    /// @param effectiveAt Unix seconds.
    event CommissionAnnounced(address indexed node, uint16 bps, uint256 effectiveAt);
    /// @notice Rewards were paid out.
    /// @param staker Address that was paid.
    /// @param node Address of the node's key.
    /// @param reward What the staker's own stake earned.
    /// @param commission The node's commission; 0 unless the staker owns the node.
    event RewardPaid(address indexed staker, address indexed node, uint256 reward, uint256 commission);
    /// @notice CAI came in as rewards of a role.
    /// @param role Miner or coordinator.
    /// @param amount The amount, in wei of CAI.
    /// @param rate Wei of CAI per second from now on.
    /// @param end Unix seconds.
    event EmissionNotified(Role indexed role, uint256 amount, uint256 rate, uint256 end);

    /// @notice The commission is too high.
    /// @param have The value asked for, in hundredths of a percent.
    /// @param max The highest value allowed.
    error CommissionTooHigh(uint16 have, uint16 max);
    /// @notice The duration of a stream is 0 or too long.
    /// @param have The value asked for, in seconds.
    /// @param max The longest value allowed.
    error BadDuration(uint64 have, uint64 max);

    // ---------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IStaking
    function totalWeight(Role role) external view override returns (uint256) {
        return _streams[role].total;
    }

    /// @notice The stream of a role's rewards, as of now.
    /// @param role Miner or coordinator.
    /// @return stream Its rate, end and amounts.
    function streamOf(Role role) external view returns (StreamView memory stream) {
        Stream storage entry = _streams[role];
        (, uint32 last, uint32 end) = _streamed(entry);
        uint256 rate = entry.rate;
        return StreamView(rate, end, rate * (end - last) + entry.carry, entry.unpaid);
    }

    /// @notice A node's commission, in hundredths of a percent of its rewards.
    /// @param node Address of the node's current key.
    /// @return bps The commission in force.
    /// @return nextBps The announced commission; equal to `bps` if none is announced.
    /// @return nextAt When the announced commission takes effect, in Unix seconds; 0 if none is announced.
    function commissionOf(address node) external view returns (uint16 bps, uint16 nextBps, uint64 nextAt) {
        Node memory entry = _entry(node);
        bps = entry.commissionBps;
        if (entry.flags & PENDING == 0) return (bps, bps, 0);
        NodeRewards storage rewards = _rewardsOf(entry.pool);
        (nextBps, nextAt) = (rewards.nextBps, rewards.nextAt);
        if (block.timestamp >= nextAt) return (nextBps, nextBps, 0);
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev A pool's weight and rewards.
    function _rewardsOf(uint24 pool) internal view returns (NodeRewards storage rewards) {
        return _rewards[pool];
    }

    /// @dev A staker's position in a pool.
    function _position(uint24 pool, address staker) internal view returns (Position storage position) {
        return _positions[pool][staker];
    }

    /// @dev Records a commission; it takes effect at `effectiveAt`, or at once if that is now. The node must be settled.
    function _setCommission(address node, Node memory entry, uint16 bps, uint256 effectiveAt) internal {
        if (effectiveAt > block.timestamp) {
            entry.flags |= PENDING;
            NodeRewards storage rewards = _rewardsOf(entry.pool);
            (rewards.nextAt, rewards.nextBps) = (uint48(effectiveAt), bps);
        } else {
            entry.flags &= ~PENDING;
            entry.commissionBps = bps;
        }
        _store(node, entry);
        emit CommissionAnnounced(node, bps, effectiveAt);
    }

    /// @dev The higher of a settled node's commission in force and its announced one.
    function _highestCommission(Node memory entry) internal view returns (uint16 bps) {
        bps = entry.commissionBps;
        if (entry.flags & PENDING != 0) {
            uint16 next = _rewardsOf(entry.pool).nextBps;
            if (next > bps) bps = next;
        }
    }

    /// @dev Adds `amount`, already received, to a role's stream and spreads all that is left over `duration`.
    function _notify(Role role, uint96 amount, uint64 duration) internal {
        if (role == Role.None) revert InvalidRole();
        if (duration == 0 || duration > MAX_STREAM) revert BadDuration(duration, MAX_STREAM);
        Stream storage stream = _streams[role];
        _advance(stream);
        uint256 left = uint256(stream.rate) * (stream.end - stream.last) + stream.carry + amount;
        uint96 rate = (left / duration).toUint96();
        stream.rate = rate;
        // Less than `duration`.
        stream.carry = uint32(left % duration);
        stream.unpaid += amount;
        uint32 time = _clock();
        // A clock that stops in time, see there, leaves room for the longest duration.
        uint32 end = time + uint32(duration);
        (stream.last, stream.end) = (time, end);
        emit EmissionNotified(role, amount, rate, end);
    }

    /// @dev Pays a node what its weight has earned. Must be called before any change of its weight, its active shares
    /// or a position, with the active shares before that change.
    /// @return accPerShare Earned by one share since the start, times 1e18.
    function _settle(address node, Node memory entry, uint256 activeShares) internal returns (uint96 accPerShare) {
        NodeRewards storage rewards = _rewardsOf(entry.pool);
        uint96 accPerWeight = _advance(_streams[entry.role]);
        uint256 commission;
        (accPerShare, commission) = _split(entry, rewards, _earned(entry, rewards, accPerWeight), activeShares);
        (rewards.accPerShare, rewards.accPaid) = (accPerShare, accPerWeight);
        // At most all that was ever notified, so it fits.
        if (commission != 0) rewards.commission += uint96(commission);
        if (entry.flags & PENDING != 0 && block.timestamp >= rewards.nextAt) {
            entry.commissionBps = rewards.nextBps;
            entry.flags &= ~PENDING;
            _store(node, entry);
        }
    }

    /// @dev What `_settle` would return now.
    /// @return accPerShare Earned by one share since the start, times 1e18.
    /// @return commission What the node's owner would get in addition to the commission already recorded.
    function _settled(Node memory entry, uint256 activeShares)
        internal
        view
        returns (uint96 accPerShare, uint256 commission)
    {
        NodeRewards storage rewards = _rewardsOf(entry.pool);
        (uint96 accPerWeight,,) = _streamed(_streams[entry.role]);
        return _split(entry, rewards, _earned(entry, rewards, accPerWeight), activeShares);
    }

    /// @dev Pays a position what its shares have earned. Must be called before its shares change.
    function _accrue(Position storage position, uint96 accPerShare) internal {
        uint256 gain = _gain(position, accPerShare);
        // At most all that was ever notified, so it fits.
        if (gain != 0) position.accrued += uint128(gain);
        position.accPaid = accPerShare;
    }

    /// @dev Pays a node, and its owner's position, what they have earned.
    function _settleOwner(address node, Node memory entry, uint256 activeShares)
        internal
        returns (Position storage position)
    {
        position = _position(entry.pool, entry.owner);
        _accrue(position, _settle(node, entry, activeShares));
    }

    /// @dev Takes all that the caller has earned behind a node.
    function _collect(address node, Node memory entry, uint256 activeShares)
        internal
        returns (uint256 reward, uint256 commission)
    {
        NodeRewards storage rewards = _rewardsOf(entry.pool);
        uint96 accPerShare;
        if (entry.owner == msg.sender) {
            accPerShare = _settle(node, entry, activeShares);
            commission = rewards.commission;
            if (commission != 0) rewards.commission = 0;
        } else {
            // Computing the accumulators is enough: they are stored later, with values that are never lower.
            (accPerShare,) = _settled(entry, activeShares);
        }
        Position storage position = _position(entry.pool, msg.sender);
        reward = position.accrued;
        if (reward != 0) position.accrued = 0;
        reward += _gain(position, accPerShare);
        position.accPaid = accPerShare;
        _payFrom(entry.role, reward + commission);
    }

    /// @dev What `_collect` would take now.
    function _collectable(Node memory entry, address staker, uint256 activeShares)
        internal
        view
        returns (uint256 amount)
    {
        (uint96 accPerShare, uint256 commission) = _settled(entry, activeShares);
        Position storage position = _position(entry.pool, staker);
        amount = position.accrued + _gain(position, accPerShare);
        if (entry.owner == staker) amount += _rewardsOf(entry.pool).commission + commission;
    }

    /// @dev Takes an amount, which leaves the contract, out of a role's unpaid rewards.
    function _payFrom(Role role, uint256 amount) internal {
        if (amount != 0) _streams[role].unpaid -= amount.toUint128();
    }

    /// @dev Sets a node's weight and its part of the role's total. The node must be settled.
    function _setWeight(Node memory entry, uint128 weight) internal {
        NodeRewards storage rewards = _rewardsOf(entry.pool);
        uint96 old = rewards.weight;
        if (weight == old) return;
        // A weight is a part of the token's supply, which fits.
        rewards.weight = uint96(weight);
        if (entry.flags & IDLE == 0) _addToTotal(entry.role, old, uint96(weight));
    }

    /// @dev Replaces one node's part of the sum of the weights that earn. The node must be settled.
    function _addToTotal(Role role, uint96 old, uint96 weight) internal {
        Stream storage stream = _streams[role];
        stream.total = stream.total - old + weight;
    }

    /// @dev Brings a stream up to now.
    function _advance(Stream storage stream) private returns (uint96 accPerWeight) {
        uint32 last;
        uint32 end;
        (accPerWeight, last, end) = _streamed(stream);
        (stream.accPerWeight, stream.last, stream.end) = (accPerWeight, last, end);
    }

    /// @dev A stream as of now. While no node earns the stream stands still, and its end moves into the future.
    function _streamed(Stream storage stream) private view returns (uint96 accPerWeight, uint32 last, uint32 end) {
        (accPerWeight, last, end) = (stream.accPerWeight, stream.last, stream.end);
        uint32 time = _clock();
        if (last == end || last == time) return (accPerWeight, last, end);
        uint256 weight = stream.total;
        if (weight == 0) return (accPerWeight, time, time + (end - last));
        if (time > end) time = end;
        // Fits, see the contract's notes.
        accPerWeight += uint96(uint256(stream.rate) * (time - last) * SCALE / weight);
        last = time;
    }

    /// @dev What a node's weight has earned since the node was last paid, as of the role's accumulator.
    function _earned(Node memory entry, NodeRewards storage rewards, uint96 accPerWeight)
        private
        view
        returns (uint256 earned)
    {
        if (entry.flags & IDLE != 0) return 0;
        return uint256(rewards.weight) * (accPerWeight - rewards.accPaid) / SCALE;
    }

    /// @dev What a payment of `earned` to a node would yield now. If a change of the commission took effect since the
    /// node was last paid, the lower commission counts. The owner can cause a payment at any time, so it need not lose by
    /// that rule.
    function _split(Node memory entry, NodeRewards storage rewards, uint256 earned, uint256 activeShares)
        private
        view
        returns (uint96 accPerShare, uint256 commission)
    {
        accPerShare = rewards.accPerShare;
        // A node that earns is active, so its owner has shares.
        if (earned == 0) return (accPerShare, 0);
        uint16 bps = entry.commissionBps;
        if (entry.flags & PENDING != 0 && block.timestamp >= rewards.nextAt && rewards.nextBps < bps) {
            bps = rewards.nextBps;
        }
        // The commission is a part of what was earned in whole wei, without the fraction that the division dropped.
        // slither-disable-next-line divide-before-multiply
        commission = earned * bps / 10_000;
        // Fits, see the contract's notes.
        accPerShare += uint96((earned - commission) * SCALE / activeShares);
    }

    function _gain(Position storage position, uint96 accPerShare) private view returns (uint256 gain) {
        return uint256(position.shares) * (accPerShare - position.accPaid) / SCALE;
    }
}
