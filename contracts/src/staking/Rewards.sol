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
/// @notice Each role has one stream of CAI. It is split over the active nodes by weight, second by second. A node's
/// owner gets the commission on the node's part; the active stake behind the node gets the rest, by shares.
/// @dev Three levels of accumulators, so nothing loops: role -> node -> position. Each holds what one wei of weight or
/// one share has earned since the start, times 1e18, and the next level remembers how far it was paid. The remainders
/// of the divisions, less than a wei of CAI per 1e18 wei of weight at each step, stay in the contract.
///
/// No accumulator can overflow: a role with any weight has an active node, so at least 20,000e18 wei of weight and as
/// many shares, and a token's supply fits 96 bits. Streaming all of it adds less than 2**82 to a 128-bit accumulator.
abstract contract Rewards is IStaking, NodeRegistry {
    using SafeCast for uint256;

    /// @dev A weight now, and before its first change in the epoch of its last change. One slot.
    struct Weight {
        uint96 current;
        uint96 before;
        uint64 changedIn;
    }

    /// @dev Three slots.
    struct Stream {
        /// Earned by one wei of weight, times 1e18.
        uint128 accPerWeight;
        /// Streamed up to here; never after `end`.
        uint64 last;
        uint64 end;
        Weight total;
        /// Wei of CAI per second.
        uint96 rate;
        /// Notified less claimed. Claims cannot exceed it, so no error in the accumulators can reach anyone's stake.
        uint128 unpaid;
        /// Remainder of the division by the duration; less than the duration, which is far below 2**32.
        uint32 carry;
    }

    /// @dev Two slots; the second is written only for nodes with a commission.
    struct NodeRewards {
        /// Earned by one share, times 1e18.
        uint128 accPerShare;
        /// The role's accumulator when the node was last paid.
        uint128 accPaid;
        /// Commission earned and not claimed.
        uint128 commission;
        /// The announced commission, while `Node.commissionPending`.
        uint64 nextAt;
        uint16 nextBps;
    }

    /// @dev Active stake of one staker behind one node, and its rewards. Two slots.
    struct Position {
        uint128 shares;
        /// The node's `accPerShare` when the position was last paid.
        uint128 accPaid;
        /// Earned and not claimed.
        uint128 accrued;
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
    mapping(address node => Weight) internal _weights;
    // Written through storage pointers.
    // slither-disable-next-line uninitialized-state
    mapping(address node => NodeRewards) internal _rewards;
    // slither-disable-next-line uninitialized-state
    mapping(address node => mapping(address staker => Position)) internal _positions;

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
    function currentEpoch() public view virtual override returns (uint64);

    /// @inheritdoc IStaking
    function totalWeight(Role role) external view override returns (uint256) {
        return _streams[role].total.current;
    }

    /// @inheritdoc IStaking
    function totalWeightAtEpochStart(Role role) external view override returns (uint256) {
        return _atEpochStart(_streams[role].total);
    }

    /// @inheritdoc IStaking
    function weightAtEpochStart(address node) external view override returns (uint256) {
        return _atEpochStart(_weights[node]);
    }

    /// @notice The stream of a role's rewards, as of now.
    /// @param role Miner or coordinator.
    /// @return stream Its rate, end and amounts.
    function streamOf(Role role) external view returns (StreamView memory stream) {
        Stream storage entry = _streams[role];
        (, uint64 last, uint64 end) = _streamed(entry);
        uint256 rate = entry.rate;
        return StreamView(rate, end, rate * (end - last) + entry.carry, entry.unpaid);
    }

    /// @notice A node's commission, in hundredths of a percent of its rewards.
    /// @param node Address of the node's key.
    /// @return bps The commission in force.
    /// @return nextBps The announced commission; equal to `bps` if none is announced.
    /// @return nextAt When the announced commission takes effect, in Unix seconds; 0 if none is announced.
    function commissionOf(address node) external view returns (uint16 bps, uint16 nextBps, uint64 nextAt) {
        Node storage entry = _nodes[node];
        bps = entry.commissionBps;
        if (!entry.commissionPending) return (bps, bps, 0);
        (nextBps, nextAt) = (_rewards[node].nextBps, _rewards[node].nextAt);
        if (block.timestamp >= nextAt) return (nextBps, nextBps, 0);
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Records a commission; it takes effect at `effectiveAt`, or at once if that is now. The node must be settled.
    function _setCommission(address node, Node storage entry, uint16 bps, uint64 effectiveAt) internal {
        bool pending = effectiveAt > block.timestamp;
        entry.commissionPending = pending;
        if (pending) {
            NodeRewards storage rewards = _rewards[node];
            (rewards.nextAt, rewards.nextBps) = (effectiveAt, bps);
        } else {
            entry.commissionBps = bps;
        }
        emit CommissionAnnounced(node, bps, effectiveAt);
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
        stream.last = uint64(block.timestamp);
        stream.end = uint64(block.timestamp) + duration;
        emit EmissionNotified(role, amount, rate, block.timestamp + duration);
    }

    /// @dev Pays a node what its weight has earned. Must be called before any change of its weight, its active shares
    /// or a position, with the active shares before that change.
    /// @return accPerShare Earned by one share since the start, times 1e18.
    function _settle(address node, Node storage entry, uint256 activeShares) internal returns (uint128 accPerShare) {
        Stream storage stream = _streams[entry.role];
        NodeRewards storage rewards = _rewards[node];
        uint128 accPerWeight = _advance(stream);
        uint256 commission;
        (accPerShare, commission) = _earned(node, entry, accPerWeight, activeShares);
        (rewards.accPerShare, rewards.accPaid) = (accPerShare, accPerWeight);
        // At most all that was ever notified, so it fits.
        if (commission != 0) rewards.commission += uint128(commission);
        if (entry.commissionPending && block.timestamp >= rewards.nextAt) {
            entry.commissionBps = rewards.nextBps;
            entry.commissionPending = false;
        }
    }

    /// @dev What `_settle` would return now.
    /// @return accPerShare Earned by one share since the start, times 1e18.
    /// @return commission What the node's owner would get in addition to the commission already recorded.
    function _settled(address node, Node storage entry, uint256 activeShares)
        internal
        view
        returns (uint128 accPerShare, uint256 commission)
    {
        (uint128 accPerWeight,,) = _streamed(_streams[entry.role]);
        return _earned(node, entry, accPerWeight, activeShares);
    }

    /// @dev Pays a position what its shares have earned. Must be called before its shares change.
    function _accrue(Position storage position, uint128 accPerShare) internal {
        uint256 gain = _gain(position, accPerShare);
        // At most all that was ever notified, so it fits.
        if (gain != 0) position.accrued += uint128(gain);
        position.accPaid = accPerShare;
    }

    /// @dev Takes all that the caller has earned behind a node.
    function _collect(address node, Node storage entry, uint256 activeShares)
        internal
        returns (uint256 reward, uint256 commission)
    {
        NodeRewards storage rewards = _rewards[node];
        uint128 accPerShare;
        if (entry.owner == msg.sender) {
            accPerShare = _settle(node, entry, activeShares);
            commission = rewards.commission;
            if (commission != 0) rewards.commission = 0;
        } else {
            // Computing the accumulators is enough: they are stored later, with values that are never lower.
            (accPerShare,) = _settled(node, entry, activeShares);
        }
        Position storage position = _positions[node][msg.sender];
        reward = position.accrued;
        if (reward != 0) position.accrued = 0;
        reward += _gain(position, accPerShare);
        position.accPaid = accPerShare;
        if (reward + commission != 0) _streams[entry.role].unpaid -= (reward + commission).toUint128();
    }

    /// @dev What `_collect` would take now.
    function _collectable(address node, address staker, uint256 activeShares) internal view returns (uint256 amount) {
        Node storage entry = _nodes[node];
        (uint128 accPerShare, uint256 commission) = _settled(node, entry, activeShares);
        Position storage position = _positions[node][staker];
        amount = position.accrued + _gain(position, accPerShare);
        if (entry.owner == staker) amount += _rewards[node].commission + commission;
    }

    /// @dev Sets a node's weight and its part of the role's total. The node must be settled.
    function _setWeight(address node, Role role, uint128 weight) internal {
        Weight storage own = _weights[node];
        uint96 old = own.current;
        if (weight == old) return;
        Weight storage total = _streams[role].total;
        uint64 epoch = currentEpoch();
        // A weight is a part of the token's supply, which fits.
        _change(own, uint96(weight), epoch);
        _change(total, uint96(uint256(total.current) - old + weight), epoch);
    }

    /// @dev A node's weight.
    function _weightOf(address node) internal view returns (uint96 weight) {
        return _weights[node].current;
    }

    function _change(Weight storage weight, uint96 current, uint64 epoch) private {
        if (weight.changedIn != epoch) (weight.before, weight.changedIn) = (weight.current, epoch);
        weight.current = current;
    }

    function _atEpochStart(Weight storage weight) private view returns (uint96) {
        return weight.changedIn == currentEpoch() ? weight.before : weight.current;
    }

    /// @dev Brings a stream up to now.
    function _advance(Stream storage stream) private returns (uint128 accPerWeight) {
        uint64 last;
        uint64 end;
        (accPerWeight, last, end) = _streamed(stream);
        (stream.accPerWeight, stream.last, stream.end) = (accPerWeight, last, end);
    }

    /// @dev A stream as of now. While no node has weight the stream stands still, and its end moves into the future.
    function _streamed(Stream storage stream) private view returns (uint128 accPerWeight, uint64 last, uint64 end) {
        (accPerWeight, last, end) = (stream.accPerWeight, stream.last, stream.end);
        uint64 time = uint64(block.timestamp);
        if (last == end || last == time) return (accPerWeight, last, end);
        uint256 weight = stream.total.current;
        if (weight == 0) return (accPerWeight, time, time + (end - last));
        if (time > end) time = end;
        // Fits, see the contract's notes.
        accPerWeight += uint128(uint256(stream.rate) * (time - last) * SCALE / weight);
        last = time;
    }

    /// @dev What a payment to a node would yield now. If a change of the commission took effect since the node was last
    /// paid, the lower commission counts. The owner can cause a payment at any time, so it need not lose by that rule.
    function _earned(address node, Node storage entry, uint128 accPerWeight, uint256 activeShares)
        private
        view
        returns (uint128 accPerShare, uint256 commission)
    {
        NodeRewards storage rewards = _rewards[node];
        accPerShare = rewards.accPerShare;
        uint256 earned = uint256(_weights[node].current) * (accPerWeight - rewards.accPaid) / SCALE;
        // A node that earns is active, so its owner has shares.
        if (earned == 0) return (accPerShare, 0);
        uint16 bps = entry.commissionBps;
        if (entry.commissionPending && block.timestamp >= rewards.nextAt && rewards.nextBps < bps) {
            bps = rewards.nextBps;
        }
        // The commission is a part of what was earned in whole wei, without the fraction that the division dropped.
        // slither-disable-next-line divide-before-multiply
        commission = earned * bps / 10_000;
        // Fits, see the contract's notes.
        accPerShare += uint128((earned - commission) * SCALE / activeShares);
    }

    function _gain(Position storage position, uint128 accPerShare) private view returns (uint256 gain) {
        return uint256(position.shares) * (accPerShare - position.accPaid) / SCALE;
    }
}
