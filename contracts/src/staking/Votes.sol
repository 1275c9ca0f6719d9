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

    /// @notice Most open unbonding requests of one staker at one node.
    uint256 public constant MAX_UNBONDINGS = 32;

    mapping(address node => Pool) internal _pools;
    mapping(address node => mapping(address staker => Request[])) internal _requests;

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
    /// @param weight Own stake plus votes if the node is active, else 0.
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

    /// @notice Moves free stake behind a node. The owner's vote adds to the own stake and can make an inactive node
    /// active again; anyone else votes for active nodes only.
    /// @param node Address of the node's key.
    /// @param amount The amount, in wei of CAI; not 0.
    function vote(address node, uint256 amount) external whenEntriesOpen {
        _spendFree(amount);
        _vote(node, amount);
    }

    /// @notice `deposit` and `vote` in one.
    /// @param node Address of the node's key.
    /// @param amount The amount, in wei of CAI; not 0.
    function depositAndVote(address node, uint256 amount) external whenEntriesOpen nonReentrant {
        _depositAndVote(node, amount);
    }

    /// @notice `depositWithPermit` and `vote` in one.
    /// @param node Address of the node's key.
    /// @param amount The amount, in wei of CAI; not 0.
    /// @param deadline The permit's deadline.
    /// @param v The permit's signature.
    /// @param r The permit's signature.
    /// @param s The permit's signature.
    function depositAndVoteWithPermit(address node, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        whenEntriesOpen
        nonReentrant
    {
        _permit(amount, deadline, v, r, s);
        _depositAndVote(node, amount);
    }

    /// @notice Starts the unbonding of stake behind a node. The node's weight falls at once, and the node becomes
    /// inactive at once when its own stake no longer exceeds the minimum.
    /// @dev The stake keeps its shares, and so its part of any loss, until it is released.
    /// @param node Address of the node's key, whatever its status.
    /// @param amount The amount, in wei of CAI; not 0.
    function retract(address node, uint256 amount) external whenExitsOpen {
        Node storage entry = _known(node);
        if (amount == 0) revert ZeroAmount();
        Request[] storage requests = _requests[node][msg.sender];
        if (requests.length >= MAX_UNBONDINGS) revert TooManyUnbondings();

        Pool memory pool = _pools[node];
        Position storage position = _positions[node][msg.sender];
        uint128 held = position.shares;
        uint256 have = pool.toTokens(held);
        if (amount > have) revert InsufficientStake(have, amount);
        // A staker that takes everything leaves no dust.
        uint128 shares = amount == have ? held : pool.toSharesUp(amount);

        _accrue(position, _settle(node, entry, pool.activeShares));
        position.shares = held - shares;
        pool.unbond(shares, entry.owner == msg.sender);
        _pools[node] = pool;
        uint64 availableAt = uint64(block.timestamp) + unbondingPeriod;
        requests.push(Request(shares, availableAt));
        emit Retracted(msg.sender, node, amount, availableAt);
        _reweigh(node, entry, pool);
    }

    /// @notice Moves all of the caller's stake at a node that has waited long enough to its free stake.
    /// @param node Address of the node's key, whatever its status.
    function release(address node) external whenExitsOpen {
        uint128 shares = _takeMatured(_requests[node][msg.sender]);
        Pool memory pool = _pools[node];
        uint128 weight = pool.activeTokens();
        uint128 own = pool.ownTokens();
        uint128 amount = pool.leave(shares);
        _pools[node] = pool;
        _free[msg.sender] += amount;
        emit Released(msg.sender, node, amount);
        // Rounding can leave a wei to the stakers that stay.
        if (pool.activeTokens() != weight || pool.ownTokens() != own) {
            Node storage entry = _nodes[node];
            _settle(node, entry, pool.activeShares);
            _reweigh(node, entry, pool);
        }
    }

    /// @notice Active stake of `staker` behind `node`.
    /// @param node Address of the node's key.
    /// @param staker Address of the staker.
    /// @return amount What it is worth now; 0 for an unknown node.
    function stakeOf(address node, address staker) external view returns (uint256 amount) {
        return _pools[node].toTokens(_positions[node][staker].shares);
    }

    /// @notice Open unbonding requests of `staker` at `node`, oldest first.
    /// @param node Address of the node's key.
    /// @param staker Address of the staker.
    /// @return open At most 32 requests.
    function unbondings(address node, address staker) external view returns (Unbonding[] memory open) {
        Request[] storage requests = _requests[node][staker];
        Pool memory pool = _pools[node];
        open = new Unbonding[](requests.length);
        for (uint256 i = 0; i < open.length; ++i) {
            Request memory request = requests[i];
            open[i] = Unbonding(pool.toTokens(request.shares), request.shares, request.availableAt);
        }
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Puts `amount`, already accounted for, behind a node in the caller's name.
    function _vote(address node, uint256 amount) internal {
        if (amount == 0) revert ZeroAmount();
        Node storage entry = _known(node);
        bool own = entry.owner == msg.sender;
        Status status = entry.status;
        if (_gone(status) || (status == Status.Inactive && !own)) revert NotActive(node);

        Pool memory pool = _pools[node];
        Position storage position = _positions[node][msg.sender];
        _accrue(position, _settle(node, entry, pool.activeShares));
        position.shares += pool.join(amount, own);
        _pools[node] = pool;
        emit Voted(msg.sender, node, amount);
        _reweigh(node, entry, pool);
    }

    /// @dev Emits the events of a deposit and of a vote, but does not store the free stake between them.
    function _depositAndVote(address node, uint256 amount) private {
        emit Deposited(msg.sender, amount);
        _vote(node, amount.toUint96());
        cai.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @dev Updates a node's status and weight after any change of its pool, and emits the result. Every change of a
    /// status, an own stake or a weight begins with `_settle` and ends here.
    function _reweigh(address node, Node storage entry, Pool memory pool) internal {
        Status status = entry.status;
        uint128 own = pool.ownTokens();
        if (!_gone(status)) {
            Status next = own > minimumStake(entry.role) ? Status.Active : Status.Inactive;
            if (next != status) {
                entry.status = next;
                status = next;
            }
        }
        uint128 weight = status == Status.Active ? pool.activeTokens() : 0;
        _setWeight(node, entry.role, weight);
        emit NodeWeightChanged(node, status, own, weight);
    }

    /// @dev Takes the matured requests off the list, keeps the order of the others and returns the shares taken.
    function _takeMatured(Request[] storage requests) private returns (uint128 shares) {
        uint256 count = requests.length;
        if (count == 0) revert NothingToRelease();
        uint256 earliest = type(uint256).max;
        uint256 kept = 0;
        for (uint256 i = 0; i < count; ++i) {
            Request memory request = requests[i];
            if (request.availableAt <= block.timestamp) {
                shares += request.shares;
            } else {
                if (request.availableAt < earliest) earliest = request.availableAt;
                if (kept != i) requests[kept] = request;
                ++kept;
            }
        }
        if (kept == count) revert StillUnbonding(earliest);
        for (uint256 i = count; i > kept; --i) {
            requests.pop();
        }
    }
}
