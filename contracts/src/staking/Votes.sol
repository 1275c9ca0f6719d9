// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Pool, PoolMath} from "../libraries/PoolMath.sol";
import {FreeStake} from "./FreeStake.sol";
import {Status} from "./NodeRegistry.sol";

/// @notice Stake on its way out of a node.
struct Unbonding {
    /// What the shares are worth now, in wei of CAI.
    uint128 amount;
    /// Shares of the node's pool.
    uint128 shares;
    /// When it can be released, in Unix seconds.
    uint64 availableAt;
}

/// @title Stake behind nodes
/// @notice Free stake is put behind a node by a vote, and comes back through `retract`, a waiting time and `release`.
/// The stake behind a node decides its status and its weight.
abstract contract Votes is FreeStake {
    using SafeERC20 for IERC20;
    using PoolMath for Pool;
    using SafeCast for uint256;

    /// @dev An open unbonding request.
    struct Request {
        uint128 shares;
        uint64 availableAt;
    }

    /// @notice Most open unbonding requests of one staker at one node. A contract that pools the stake of many people is
    /// one staker: it gathers their exits into few requests, or small exits of some keep the others waiting.
    uint256 public constant MAX_UNBONDINGS = 32;
    /// @notice A node's weight is at most this many times its owner's own stake. Votes beyond it are accepted and stand
    /// for their part of every loss, but they add nothing to what the node and its voters earn.
    uint256 public constant LEVERAGE = 10;

    mapping(uint24 pool => Pool) internal _pools;
    /// @dev The open requests have the indices below `Position.requests`, oldest first.
    mapping(uint24 pool => mapping(address staker => mapping(uint256 index => Request))) internal _requests;

    /// @notice Free stake moved behind a node.
    /// @param staker Address of the staker; the node's owner for own stake.
    /// @param node Address of the node's key.
    /// @param amount The amount, in wei of CAI.
    event Voted(address indexed staker, address indexed node, uint256 amount);
    /// @notice Stake behind a node began to unbond.
    /// @param staker Address of the staker.
    /// @param node Address of the node's key.
    /// @param amount The amount, in wei of CAI.
    /// @param availableAt When it can be released.
    event Retracted(address indexed staker, address indexed node, uint256 amount, uint256 availableAt);
    /// @notice Unbonded stake became free stake.
    /// @param staker Address of the staker.
    /// @param node Address of the node's key.
    /// @param amount The amount, in wei of CAI.
    event Released(address indexed staker, address indexed node, uint256 amount);
    /// @notice The state of a node after a change of its status, own stake or weight.
    /// @param node Address of the node's key.
    /// @param status Its status.
    /// @param selfStake The owner's active stake.
    /// @param weight Own stake plus votes, at most ten times the own stake, if the node is active; else 0.
    event NodeWeightChanged(address indexed node, Status status, uint128 selfStake, uint128 weight);

    /// @notice The caller has too little active stake behind the node.
    /// @param have Its stake there.
    /// @param need What the call needs.
    error InsufficientStake(uint256 have, uint256 need);
    /// @notice The caller already has the most open requests at this node that a staker may have.
    error TooManyUnbondings();
    /// @notice The caller has no open request at this node.
    error NothingToRelease();
    /// @notice None of the caller's requests has waited long enough.
    /// @param at When the first request will have waited long enough, in Unix seconds.
    error StillUnbonding(uint256 at);
    /// @notice The node's commission is higher than the voter accepts.
    /// @param have The higher of the commission in force and the announced one, in hundredths of a percent.
    /// @param max What the voter accepts.
    error CommissionAbove(uint16 have, uint16 max);

    /// @notice Moves free stake behind a node. The owner's vote adds to the own stake and can make an inactive node
    /// active again; anyone else votes for active nodes only.
    /// @param node Address of the node's current key.
    /// @param amount The amount, in wei of CAI; not 0.
    /// @param maxCommissionBps Highest commission, in force or announced, that the voter accepts, in hundredths of a
    /// percent; 5,000 accepts any.
    function vote(address node, uint256 amount, uint16 maxCommissionBps) external whenEntriesOpen {
        _spendFree(amount);
        _vote(node, amount, maxCommissionBps);
    }

    /// @notice `deposit` and `vote` in one.
    /// @param node Address of the node's current key.
    /// @param amount The amount, in wei of CAI; not 0.
    /// @param maxCommissionBps Highest commission that the voter accepts.
    function depositAndVote(address node, uint256 amount, uint16 maxCommissionBps)
        external
        whenEntriesOpen
        nonReentrant
    {
        _depositAndVote(node, amount, maxCommissionBps);
    }

    /// @notice `depositWithPermit` and `vote` in one.
    /// @param node Address of the node's current key.
    /// @param amount The amount, in wei of CAI; not 0.
    /// @param maxCommissionBps Highest commission that the voter accepts.
    /// @param deadline The permit's deadline.
    /// @param v The permit's signature.
    /// @param r The permit's signature.
    /// @param s The permit's signature.
    function depositAndVoteWithPermit(
        address node,
        uint256 amount,
        uint16 maxCommissionBps,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external whenEntriesOpen nonReentrant {
        _permit(amount, deadline, v, r, s);
        _depositAndVote(node, amount, maxCommissionBps);
    }

    /// @notice Starts the unbonding of stake behind a node. The node's weight falls at once, and the node becomes
    /// inactive at once when its own stake no longer exceeds the minimum.
    /// @dev The stake keeps its shares, and so its part of any loss, until it is released.
    /// @param node Address of the node's current key, whatever its status.
    /// @param amount The amount, in wei of CAI; not 0.
    function retract(address node, uint256 amount) external whenExitsOpen {
        Node memory entry = _known(node);
        if (amount == 0) revert ZeroAmount();
        uint24 id = entry.pool;
        Position storage position = _position(id, msg.sender);
        uint8 open = position.requests;
        if (open >= MAX_UNBONDINGS) revert TooManyUnbondings();

        Pool memory pool = _load(id);
        uint128 held = position.shares;
        uint256 have = pool.toTokens(held);
        if (amount > have) revert InsufficientStake(have, amount);
        // A staker that takes everything leaves no dust.
        uint128 shares = amount == have ? held : pool.toSharesUp(amount);

        _accrue(position, _settle(node, entry, pool.activeShares));
        bool own = entry.owner == msg.sender;
        pool.unbond(shares, own);
        if (own) position.ownUnbonding += shares;
        (position.shares, position.requests) = (held - shares, open + 1);
        uint64 availableAt = uint64(block.timestamp) + unbondingPeriod;
        _requests[id][msg.sender][open] = Request(shares, availableAt);
        emit Retracted(msg.sender, node, amount, availableAt);
        _reweigh(node, entry, pool);
    }

    /// @notice Moves all of the caller's stake at a node that has waited long enough to its free stake.
    /// @param node Address of the node's current key, whatever its status.
    function release(address node) external whenExitsOpen {
        Node memory entry = _known(node);
        uint24 id = entry.pool;
        Position storage position = _position(id, msg.sender);
        uint128 shares = _takeMatured(id, position);
        if (entry.owner == msg.sender) position.ownUnbonding -= shares;
        Pool memory pool = _load(id);
        uint128 active = pool.activeTokens();
        uint128 own = pool.ownTokens();
        uint128 amount = pool.leave(shares);
        _free[msg.sender] += amount;
        emit Released(msg.sender, node, amount);
        // Rounding can leave a wei to the stakers that stay.
        if (pool.activeTokens() != active || pool.ownTokens() != own) {
            _settle(node, entry, pool.activeShares);
            _reweigh(node, entry, pool);
        } else {
            _pools[id] = pool;
        }
    }

    /// @notice Active stake of `staker` behind `node`.
    /// @param node Address of the node's current key.
    /// @param staker Address of the staker.
    /// @return amount What it is worth now; 0 for any other address.
    function stakeOf(address node, address staker) external view returns (uint256 amount) {
        uint24 id = _poolOf(node);
        return _load(id).toTokens(_position(id, staker).shares);
    }

    /// @notice Open unbonding requests of `staker` at `node`, oldest first.
    /// @param node Address of the node's current key.
    /// @param staker Address of the staker.
    /// @return open At most 32 requests; none for any other address.
    function unbondings(address node, address staker) external view returns (Unbonding[] memory open) {
        uint24 id = _poolOf(node);
        Pool memory pool = _load(id);
        open = new Unbonding[](_position(id, staker).requests);
        for (uint256 i = 0; i < open.length; ++i) {
            Request memory request = _requests[id][staker][i];
            open[i] = Unbonding(pool.toTokens(request.shares), request.shares, request.availableAt);
        }
    }

    /// @notice Active stake behind an active node that adds nothing to its weight, because it is more than ten times the
    /// own stake.
    /// @param node Address of the node's current key.
    /// @return amount The amount, in wei of CAI; 0 for any other address.
    function votesBeyond(address node) external view returns (uint256 amount) {
        if (_nodes[node].status != Status.Active) return 0;
        uint24 id = _nodes[node].pool;
        return _load(id).activeTokens() - _rewardsOf(id).weight;
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev A pool as it is stored.
    function _load(uint24 id) internal view returns (Pool memory pool) {
        return _pools[id];
    }

    /// @dev Puts `amount`, already accounted for, behind a node in the caller's name.
    function _vote(address node, uint256 amount, uint16 maxCommissionBps) internal {
        if (amount == 0) revert ZeroAmount();
        Node memory entry = _known(node);
        bool own = entry.owner == msg.sender;
        Status status = entry.status;
        if (_gone(status) || (status == Status.Inactive && !own)) revert NotActive(node);

        uint24 id = entry.pool;
        Pool memory pool = _load(id);
        Position storage position = _position(id, msg.sender);
        _accrue(position, _settle(node, entry, pool.activeShares));
        uint16 commission = _highestCommission(entry);
        if (commission > maxCommissionBps) revert CommissionAbove(commission, maxCommissionBps);
        position.shares += pool.join(amount, own);
        emit Voted(msg.sender, node, amount);
        _reweigh(node, entry, pool);
    }

    /// @dev Emits the events of a deposit and of a vote, but does not store the free stake between them.
    function _depositAndVote(address node, uint256 amount, uint16 maxCommissionBps) private {
        emit Deposited(msg.sender, amount);
        _vote(node, amount.toUint96(), maxCommissionBps);
        cai.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @dev Stores a node's pool after any change, updates the node's status and weight, and emits the result. Every
    /// change of a status, an own stake or a weight begins with `_settle` and ends here.
    function _reweigh(address node, Node memory entry, Pool memory pool) internal {
        _pools[entry.pool] = pool;
        Status status = entry.status;
        uint128 own = pool.ownTokens();
        if (!_gone(status)) {
            Status next = own > minimumStake(entry.role) ? Status.Active : Status.Inactive;
            if (next != status) {
                entry.status = next;
                status = next;
                _store(node, entry);
            }
        }
        uint128 weight = 0;
        if (status == Status.Active) {
            weight = pool.activeTokens();
            uint256 most = own * LEVERAGE;
            if (weight > most) weight = uint128(most);
        }
        _setWeight(entry, weight);
        _announce(node, status, own, weight);
    }

    /// @dev Tells the state of a node.
    function _announce(address node, Status status, uint128 own, uint128 weight) internal {
        emit NodeWeightChanged(node, status, own, weight);
    }

    /// @dev Takes the caller's matured requests, which are the first ones, off its list and returns the shares taken.
    function _takeMatured(uint24 id, Position storage position) private returns (uint128 shares) {
        mapping(uint256 index => Request) storage requests = _requests[id][msg.sender];
        uint256 count = position.requests;
        if (count == 0) revert NothingToRelease();
        uint256 matured = 0;
        for (; matured < count && requests[matured].availableAt <= block.timestamp; ++matured) {
            shares += requests[matured].shares;
        }
        if (matured == 0) revert StillUnbonding(requests[0].availableAt);
        for (uint256 i = 0; i < count; ++i) {
            if (i + matured < count) requests[i] = requests[i + matured];
            else delete requests[i];
        }
        // At most 32.
        position.requests = uint8(count - matured);
    }
}
