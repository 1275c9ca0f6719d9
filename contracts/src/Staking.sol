// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Pool, PoolMath} from "./libraries/PoolMath.sol";
import {Idleness} from "./staking/Idleness.sol";
import {NodeView, Role, Status} from "./staking/NodeRegistry.sol";
import {Rotation} from "./staking/Rotation.sol";
import {Slashing} from "./staking/Slashing.sol";

/// @title All stake of the Cuckoo network
/// @notice Holds every staked CAI. A deposit becomes free stake; free stake is put behind nodes by `vote`, comes back
/// through `retract`, a waiting time and `release`, and leaves by `withdraw`. One CAI backs one node once. A node's
/// weight is its owner's own stake plus the votes of others, at most ten times the own stake, as long as the own stake
/// exceeds the role's minimum. Active stake earns rewards while the node is paid for work; `claim` pays them out; rewards
/// are not stake and cannot be slashed. A slash takes the same fraction of all stake behind a node, active and unbonding;
/// a charge takes the owner's own stake only.
/// @dev Amounts are in wei of CAI (1e18 per CAI), times in Unix seconds. Tokens sent here without `deposit` are
/// ignored. The token must move exactly the amounts asked for: no transfer fees, no rebasing. The authority (an
/// OpenZeppelin AccessManager) governs the `restricted` functions; a staker calls none of them.
contract Staking is Slashing, Rotation, Idleness {
    using SafeERC20 for IERC20;
    using PoolMath for Pool;
    using SafeCast for uint256;

    /// @notice Longest waiting time a deployment may choose, in seconds.
    uint64 public constant MAX_UNBONDING_PERIOD = 30 days;

    /// @notice The token is not a contract, or its supply does not fit 96 bits.
    error BadToken();
    /// @notice An epoch lasts at least one second.
    error BadEpochSeconds();
    /// @notice The waiting time is 0 or too long.
    /// @param have The waiting time asked for, in seconds.
    /// @param max The longest value allowed.
    error BadUnbondingPeriod(uint64 have, uint64 max);
    /// @notice An address must not be zero.
    error ZeroAddress();
    /// @notice The own stake does not exceed the role's minimum.
    /// @param have The own stake.
    /// @param need What it must exceed.
    error BelowMinimum(uint256 have, uint256 need);

    /// @notice Deploys the stake holder of a network.
    /// @param cai_ The staked token.
    /// @param epochSeconds_ Length of an epoch, in seconds; at least 1.
    /// @param unbondingPeriod_ Waiting time between `retract` and `release`, in seconds; 1 second to 30 days.
    /// @param authority_ AccessManager of the network, or an account that will name one.
    constructor(IERC20 cai_, uint64 epochSeconds_, uint64 unbondingPeriod_, address authority_)
        AccessManaged(authority_)
    {
        if (address(cai_).code.length == 0 || cai_.totalSupply() > type(uint96).max) {
            revert BadToken();
        }
        if (epochSeconds_ == 0) revert BadEpochSeconds();
        if (unbondingPeriod_ == 0 || unbondingPeriod_ > MAX_UNBONDING_PERIOD) {
            revert BadUnbondingPeriod(unbondingPeriod_, MAX_UNBONDING_PERIOD);
        }
        if (authority_ == address(0)) revert ZeroAddress();
        cai = cai_;
        epochSeconds = epochSeconds_;
        unbondingPeriod = unbondingPeriod_;
    }

    // ----------------------------------------------------------------------------------------------------- nodes

    /// @notice Registers a node and moves `selfStake` of the caller's free stake behind it. The caller becomes its owner.
    /// @param node Address of the node's key: not the caller, never registered before.
    /// @param role Miner or coordinator.
    /// @param selfStake Own stake; must exceed the role's minimum.
    /// @param name Name for people, 1 to 64 bytes.
    /// @param introduction Text for people, at most 512 bytes.
    /// @param endpoint Endpoint at which it can be reached, at most 256 bytes; not empty for a coordinator.
    /// @param deadline Last second at which the signature is good.
    /// @param signature The node key's EIP-712 signature of {Messages.Register}, 65 bytes, low `s`.
    function register(
        address node,
        Role role,
        uint256 selfStake,
        string calldata name,
        string calldata introduction,
        string calldata endpoint,
        uint256 deadline,
        bytes calldata signature
    ) external whenEntriesOpen {
        _register(node, role, name, introduction, endpoint, deadline, signature);
        uint256 minimum = minimumStake(role);
        if (selfStake <= minimum) revert BelowMinimum(selfStake, minimum);
        _spendFree(selfStake);
        _vote(node, selfStake, 0);
    }

    /// @notice Removes a node permanently; only its owner may. Its weight becomes 0; stake behind it can only be
    /// retracted.
    /// @param node Address of the node's key; neither removed nor tombstoned.
    function deregister(address node) external {
        Node memory entry = _ownedAndUsable(node);
        Pool memory pool = _load(entry.pool);
        _settle(node, entry, pool.activeShares);
        entry.status = Status.Removed;
        _store(node, entry);
        _reweigh(node, entry, pool);
    }

    /// @notice Announces a node's commission; only its owner may. It takes effect one unbonding period later, so that
    /// stakers who reject it can leave before then. A new announcement replaces one that has not taken effect. For the
    /// first hour after the registration, as long as nobody else has staked, a commission takes effect at once.
    /// @dev A higher commission counts from the first payment to the node after it took effect; the owner can cause
    /// that payment by a claim.
    /// @param node Address of the node's key; neither removed nor tombstoned.
    /// @param bps In hundredths of a percent of the node's rewards, at most 5,000.
    function announceCommission(address node, uint16 bps) external {
        Node memory entry = _ownedAndUsable(node);
        if (bps > MAX_COMMISSION) revert CommissionTooHigh(bps, MAX_COMMISSION);
        Pool memory pool = _load(entry.pool);
        _settle(node, entry, pool.activeShares);
        bool initial =
            block.timestamp <= entry.registeredAt + INITIAL_COMMISSION_WINDOW && pool.shares == pool.ownShares;
        _setCommission(node, entry, bps, block.timestamp + (initial ? 0 : unbondingPeriod));
    }

    // --------------------------------------------------------------------------------------------------- rewards

    /// @notice Pays out what the caller's stake behind a node has earned, and to the node's owner the commission as
    /// well.
    /// @param node Address of the node's current key, whatever its status.
    /// @return amount The amount paid; 0 if nothing was earned.
    function claim(address node) external whenExitsOpen nonReentrant returns (uint256 amount) {
        Node memory entry = _known(node);
        (uint256 reward, uint256 commission) = _collect(node, entry, _pools[entry.pool].activeShares);
        amount = reward + commission;
        if (amount == 0) return 0;
        emit RewardPaid(msg.sender, node, reward, commission);
        cai.safeTransfer(msg.sender, amount);
    }

    /// @notice What a claim of `staker` would pay now.
    /// @param node Address of the node's current key; any other address has no rewards.
    /// @param staker Address of the staker.
    /// @return amount The rewards, and for the node's owner the commission as well.
    function pendingRewards(address node, address staker) external view returns (uint256 amount) {
        Node memory entry = _entry(node);
        if (entry.status == Status.Rotated) return 0;
        return _collectable(entry, staker, _pools[entry.pool].activeShares);
    }

    /// @inheritdoc IStaking
    /// @dev Restricted. While no node of a role earns its stream stands still, so none of it is lost.
    function notifyEmission(Role role, uint256 amount, uint64 duration) external override restricted nonReentrant {
        _notify(role, amount.toUint96(), duration);
        cai.safeTransferFrom(msg.sender, address(this), amount);
    }

    // ---------------------------------------------------------------------------------------------------- pauses

    /// @notice Closes the entries, and closes the exits for at most 72 hours. Restricted.
    function pause() external restricted {
        _pause();
    }

    /// @notice Ends a pause. Restricted.
    function unpause() external restricted {
        _unpause();
    }

    // ----------------------------------------------------------------------------------------------------- views

    /// @notice A node and its stake.
    /// @param node Address of the node's key.
    /// @return info All zero but `node` for a key that was never registered.
    function nodeView(address node) external view override returns (NodeView memory info) {
        return _view(node);
    }

    /// @notice A page of the nodes of a role in the order of their registration, whatever their status.
    /// @param role Miner or coordinator.
    /// @param offset Nodes to skip; from `nodeCount` on, the page is empty.
    /// @param limit Most nodes to return.
    /// @return page The nodes and their stake.
    function weights(Role role, uint256 offset, uint256 limit) external view returns (NodeView[] memory page) {
        address[] storage nodes = _nodesOf[role];
        uint256 count = nodes.length;
        if (offset >= count) return page;
        page = new NodeView[](limit < count - offset ? limit : count - offset);
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = _view(nodes[offset + i]);
        }
    }

    function _view(address node) private view returns (NodeView memory info) {
        Node memory entry = _entry(node);
        info.node = node;
        info.owner = entry.owner;
        info.role = uint8(entry.role);
        info.status = uint8(entry.status);
        info.registeredAt = entry.registeredAt;
        // The stake belongs to the current key.
        uint24 pool = _poolOf(node);
        info.selfStake = _load(pool).ownTokens();
        info.weight = _rewardsOf(pool).weight;
        info.idle = entry.flags & IDLE != 0;
        info.paidAt = _rewardsOf(pool).paidAt;
    }
}
