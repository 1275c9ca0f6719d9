// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IStaking} from "../interfaces/IStaking.sol";
import {Pool, PoolMath} from "../libraries/PoolMath.sol";
import {Status} from "./NodeRegistry.sol";
import {Votes} from "./Votes.sol";

/// @title Slashes and charges
/// @notice A slash punishes an offence: it takes the same fraction of all stake behind a node, active and unbonding. A
/// charge collects a debt of the node's owner: it takes the owner's own stake, and voters lose nothing.
/// @dev A reward is paid out of what the owner lost, never out of what voters lost. So an owner that punishes
/// itself through accomplices loses at least four fifths of its own loss, however much stake others put behind its node.
abstract contract Slashing is Votes {
    using SafeERC20 for IERC20;
    using PoolMath for Pool;

    /// @notice Largest part of the owner's loss that is paid out as a reward, in hundredths of a percent. The rest is
    /// burned, so that slashing oneself is not a way to leave early.
    uint16 public constant MAX_REWARD_BPS = 2_000;
    /// @notice Where stake that was taken goes to be burned: nobody has its key, and any ERC-20 can be sent there.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;

    /// @inheritdoc IStaking
    mapping(bytes32 evidence => bool spent) public override isSpent;

    /// @notice Stake behind a node was taken from all its stakers.
    /// @param node Address of the node's current key.
    /// @param taken The amount taken, from active and unbonding stake together.
    /// @param ownerLoss The owner's part of it.
    /// @param reward What was paid to the caller out of the owner's part; the rest of the amount was burned.
    /// @param left The stake left, active and unbonding.
    event Slashed(address indexed node, uint256 taken, uint256 ownerLoss, uint256 reward, uint256 left);
    /// @notice Evidence of an offence was spent.
    /// @param evidence Id of the evidence.
    /// @param node Address of the current key of the node that was punished.
    event EvidenceUsed(bytes32 indexed evidence, address indexed node);
    /// @notice Stake of a node's owner was taken.
    /// @param node Address of the node's current key.
    /// @param fromActive The amount taken from active stake.
    /// @param fromUnbonding The amount taken from unbonding stake.
    /// @param reward What was paid to the caller; the rest of the amount was burned.
    event Charged(address indexed node, uint256 fromActive, uint256 fromUnbonding, uint256 reward);

    /// @notice The rewarded part is too large.
    /// @param have The value asked for, in hundredths of a percent.
    /// @param max The largest value allowed.
    error RewardTooHigh(uint16 have, uint16 max);
    /// @notice A slash needs evidence.
    error NoEvidence();
    /// @notice The offence was punished before.
    /// @param evidence Id of the evidence.
    error EvidenceSpent(bytes32 evidence);

    /// @inheritdoc IStaking
    /// @dev Restricted. O(1) in the number of stakers: a loss of the pool's tokens lowers the price of every share, in
    /// every state and with every holder. Evidence is spent even if no stake is left.
    function slash(address node, uint256 amount, uint16 rewardBps, bytes32[] calldata evidence)
        external
        override
        restricted
        nonReentrant
        returns (uint256 taken, uint256 reward)
    {
        _checkReward(rewardBps);
        (address current, Node memory entry) = _standIn(node);
        _spend(current, evidence);
        Pool memory pool = _load(entry.pool);
        _settle(current, entry, pool.activeShares);
        taken = pool.lose(amount);
        if (taken == 0) return (0, 0);
        if (pool.spent()) {
            entry.status = Status.Tombstoned;
            _store(current, entry);
        }
        uint256 ownerLoss = pool.partOf(taken, _ownShares(entry, pool));
        reward = ownerLoss * rewardBps / 10_000;
        emit Slashed(current, taken, ownerLoss, reward, pool.tokens);
        _reweigh(current, entry, pool);
        _payOut(taken, reward);
    }

    /// @inheritdoc IStaking
    /// @dev Restricted. The owner gives up shares, at their price, so that the price of everyone's shares stays the
    /// same, but for less than a wei in their favour. Of unbonding stake the newest goes first; at most 32 requests.
    function charge(address node, uint256 amount, uint16 rewardBps)
        external
        override
        restricted
        nonReentrant
        returns (uint256 taken, uint256 reward)
    {
        _checkReward(rewardBps);
        (address current, Node memory entry) = _standIn(node);
        Pool memory pool = _load(entry.pool);
        uint128 shares = _ownShares(entry, pool);
        uint256 have = pool.toTokens(shares);
        if (amount < have) {
            if (amount == 0) return (0, 0);
            shares = pool.toSharesUp(amount);
        }
        if (have == 0) return (0, 0);
        Position storage position = _settleOwner(current, entry, pool.activeShares);

        uint128 active = shares < pool.ownShares ? shares : pool.ownShares;
        uint256 fromActive = pool.toTokens(active);
        pool.unbond(active, true);
        position.shares -= active;
        if (shares > active) _takeNewest(entry, position, shares - active);
        taken = pool.leave(shares);
        reward = taken * rewardBps / 10_000;
        emit Charged(current, fromActive, taken - fromActive, reward);
        _reweigh(current, entry, pool);
        _payOut(taken, reward);
    }

    /// @inheritdoc IStaking
    function slashableOf(address node) external view override returns (uint256) {
        return _pools[_nodes[node].pool].tokens;
    }

    /// @inheritdoc IStaking
    function ownStakeOf(address node) external view override returns (uint256) {
        Node memory entry = _entry(node);
        Pool memory pool = _load(entry.pool);
        return pool.toTokens(_ownShares(entry, pool));
    }

    /// @dev The owner's shares, active and unbonding.
    function _ownShares(Node memory entry, Pool memory pool) private view returns (uint128 shares) {
        return pool.ownShares + _position(entry.pool, entry.owner).ownUnbonding;
    }

    function _checkReward(uint16 rewardBps) private pure {
        if (rewardBps > MAX_REWARD_BPS) revert RewardTooHigh(rewardBps, MAX_REWARD_BPS);
    }

    function _spend(address node, bytes32[] calldata evidence) private {
        if (evidence.length == 0) revert NoEvidence();
        for (uint256 i = 0; i < evidence.length; ++i) {
            bytes32 id = evidence[i];
            if (isSpent[id]) revert EvidenceSpent(id);
            isSpent[id] = true;
            emit EvidenceUsed(id, node);
        }
    }

    /// @dev Takes shares out of the owner's requests, of which it has enough, from the newest to the oldest.
    function _takeNewest(Node memory entry, Position storage position, uint128 shares) private {
        mapping(uint256 index => Request) storage requests = _requests[entry.pool][entry.owner];
        position.ownUnbonding -= shares;
        uint8 count = position.requests;
        while (shares != 0) {
            Request storage request = requests[count - 1];
            uint128 held = request.shares;
            if (held > shares) {
                request.shares = held - shares;
                break;
            }
            shares -= held;
            delete requests[--count];
        }
        position.requests = count;
    }

    /// @dev Pays the reward to the caller and burns the rest.
    function _payOut(uint256 taken, uint256 reward) private {
        if (reward != 0) cai.safeTransfer(msg.sender, reward);
        cai.safeTransfer(BURN, taken - reward);
    }
}
