// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {NodeView, Role, Status} from "./staking/NodeRegistry.sol";
import {PauseGuard} from "./staking/PauseGuard.sol";
import {Rewards} from "./staking/Rewards.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Pool, PoolMath} from "./libraries/PoolMath.sol";

/// @notice Stake on its way out of a node.
struct Unbonding {
    /// What the shares are worth now, in wei of CAI.
    uint128 amount;
    /// Shares of the node's pool.
    uint128 shares;
    /// When it can be released, in Unix seconds.
    uint64 availableAt;
}

/// @title All stake of the Cuckoo network
/// @notice Holds every staked CAI. A deposit becomes free stake; free stake is put behind nodes by `vote`, comes back
/// through `retract`, a waiting time and `release`, and leaves by `withdraw`. One CAI backs one node once. A node's
/// weight is its owner's own stake plus the votes of others, as long as the own stake exceeds the role's minimum.
/// Active stake earns rewards, which `claim` pays out; they are no stake and cannot be slashed. A slash takes the same
/// fraction of all stake behind a node, active and unbonding.
/// @dev Amounts are in wei of CAI (1e18 per CAI), times in Unix seconds. Tokens sent here without `deposit` are
/// ignored. The token must move exactly the amounts asked for: no transfer fees, no rebasing. The authority (an
/// OpenZeppelin AccessManager) governs `restricted` functions; nothing a staker calls is one.
contract Staking is Rewards, AccessManaged, PauseGuard, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using PoolMath for Pool;
    using SafeCast for uint256;

    /// @dev An open unbonding request.
    struct Request {
        uint128 shares;
        uint64 availableAt;
    }

    /// @notice A miner's own stake must be greater than this.
    uint256 public constant MINER_MINIMUM = 20_000e18;
    /// @notice A coordinator's own stake must be greater than this.
    uint256 public constant COORDINATOR_MINIMUM = 2_000_000e18;
    /// @notice Most open unbonding requests of one staker at one node.
    uint256 public constant MAX_UNBONDINGS = 32;
    /// @notice Longest waiting time a deployment may choose, in seconds.
    uint64 public constant MAX_UNBONDING_PERIOD = 30 days;
    /// @notice Largest part of a slash that its finder can get, in hundredths of a percent. The rest is burned, so
    /// that slashing oneself is no way out.
    uint16 public constant MAX_FINDER_BPS = 2_000;
    /// @notice Where slashed stake goes to be burned: nobody has its key, and any ERC-20 can be sent there.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;

    /// @notice The staked token.
    IERC20 public immutable override cai;
    /// @notice Length of an epoch, in blocks.
    uint64 public immutable override epochBlocks;
    /// @notice Waiting time between `retract` and `release`, in seconds.
    uint64 public immutable override unbondingPeriod;

    mapping(address staker => uint256 amount) internal _free;
    mapping(address node => Pool) internal _pools;
    mapping(address node => mapping(address staker => Request[])) internal _requests;

    /// @notice CAI came in and became free stake.
    /// @param staker Whose.
    /// @param amount How much.
    event Deposited(address indexed staker, uint256 amount);
    /// @notice Free stake was paid out.
    /// @param staker Whose.
    /// @param amount How much.
    event Withdrawn(address indexed staker, uint256 amount);
    /// @notice Free stake moved behind a node.
    /// @param staker Whose; the node's owner for own stake.
    /// @param node Address of the node's key.
    /// @param amount How much.
    event Voted(address indexed staker, address indexed node, uint256 amount);
    /// @notice Stake behind a node began to unbond.
    /// @param staker Whose.
    /// @param node Address of the node's key.
    /// @param amount How much.
    /// @param availableAt When it can be released.
    event Retracted(address indexed staker, address indexed node, uint256 amount, uint256 availableAt);
    /// @notice Unbonded stake became free stake.
    /// @param staker Whose.
    /// @param node Address of the node's key.
    /// @param amount How much.
    event Released(address indexed staker, address indexed node, uint256 amount);
    /// @notice The state of a node after a change of its status, own stake or weight.
    /// @param node Address of the node's key.
    /// @param status Its status.
    /// @param selfStake The owner's active stake.
    /// @param weight Own stake plus votes if the node is active, else 0.
    event NodeWeightChanged(address indexed node, Status status, uint128 selfStake, uint128 weight);
    /// @notice Stake behind a node was taken.
    /// @param node Address of the node's key.
    /// @param taken How much, from active and unbonding stake together.
    /// @param finder Who received its part of it.
    /// @param reward That part; the rest was burned.
    /// @param left What is left, active and unbonding.
    event Slashed(address indexed node, uint256 taken, address indexed finder, uint256 reward, uint256 left);

    /// @notice The token is not a contract, or its supply does not fit 96 bits.
    error BadToken();
    /// @notice An epoch has at least one block.
    error BadEpochBlocks();
    /// @notice The waiting time is 0 or too long.
    /// @param have The waiting time asked for, in seconds.
    /// @param max The longest one.
    error BadUnbondingPeriod(uint64 have, uint64 max);
    /// @notice An address must not be zero.
    error ZeroAddress();
    /// @notice An amount must not be zero.
    error ZeroAmount();
    /// @notice The caller has too little free stake.
    /// @param have Its free stake.
    /// @param need What the call needs.
    error InsufficientFreeStake(uint256 have, uint256 need);
    /// @notice The caller has too little active stake behind the node.
    /// @param have Its stake there.
    /// @param need What the call needs.
    error InsufficientStake(uint256 have, uint256 need);
    /// @notice The own stake does not exceed the role's minimum.
    /// @param have The own stake.
    /// @param need What it must exceed.
    error BelowMinimum(uint256 have, uint256 need);
    /// @notice The caller has as many open requests at this node as one may have.
    error TooManyUnbondings();
    /// @notice The caller has no open request at this node.
    error NothingToRelease();
    /// @notice None of the caller's requests has waited long enough.
    /// @param at When the first one will have.
    error StillUnbonding(uint256 at);
    /// @notice The finder's part of a slash is too large.
    /// @param have The one asked for, in hundredths of a percent.
    /// @param max The largest one.
    error FinderShareTooHigh(uint16 have, uint16 max);

    /// @notice Deploys the stake holder of a network.
    /// @param cai_ The staked token.
    /// @param epochBlocks_ Length of an epoch, in blocks; at least 1.
    /// @param unbondingPeriod_ Waiting time between `retract` and `release`, in seconds; 1 second to 30 days.
    /// @param authority_ AccessManager of the network, or an account that will name one.
    constructor(IERC20 cai_, uint64 epochBlocks_, uint64 unbondingPeriod_, address authority_)
        AccessManaged(authority_)
    {
        if (address(cai_).code.length == 0 || cai_.totalSupply() > type(uint96).max) {
            revert BadToken();
        }
        if (epochBlocks_ == 0) revert BadEpochBlocks();
        if (unbondingPeriod_ == 0 || unbondingPeriod_ > MAX_UNBONDING_PERIOD) {
            revert BadUnbondingPeriod(unbondingPeriod_, MAX_UNBONDING_PERIOD);
        }
        if (authority_ == address(0)) revert ZeroAddress();
        cai = cai_;
        epochBlocks = epochBlocks_;
        unbondingPeriod = unbondingPeriod_;
    }

    // ----------------------------------------------------------------------------------------------- free stake

    /// @notice Takes CAI from the caller, by allowance, into its free stake.
    /// @param amount How much; not 0.
    function deposit(uint256 amount) external whenEntriesOpen nonReentrant {
        _deposit(amount);
    }

    /// @notice `deposit` with an EIP-2612 permit for exactly `amount` in place of an allowance.
    /// @dev A permit that someone else submitted first does no harm: the allowance it gave is used.
    /// @param amount How much; not 0.
    /// @param deadline The permit's deadline.
    /// @param v The permit's signature.
    /// @param r The permit's signature.
    /// @param s The permit's signature.
    function depositWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        whenEntriesOpen
        nonReentrant
    {
        _permit(amount, deadline, v, r, s);
        _deposit(amount);
    }

    /// @notice Pays free stake out to the caller.
    /// @param amount How much; not 0.
    function withdraw(uint256 amount) external whenExitsOpen nonReentrant {
        if (amount == 0) revert ZeroAmount();
        _spendFree(amount);
        emit Withdrawn(msg.sender, amount);
        cai.safeTransfer(msg.sender, amount);
    }

    /// @notice Stake of `staker` that is behind no node.
    /// @param staker Whose.
    /// @return amount How much can be withdrawn or voted with.
    function freeStakeOf(address staker) external view returns (uint256 amount) {
        return _free[staker];
    }

    // ---------------------------------------------------------------------------------------------------- nodes

    /// @notice Registers a node and moves `selfStake` of the caller's free stake behind it. The caller becomes its owner.
    /// @param node Address of the node's key: not the caller, never registered before.
    /// @param role Miner or coordinator.
    /// @param selfStake Own stake; must exceed the role's minimum.
    /// @param name Name for people, 1 to 64 bytes.
    /// @param introduction Text for people, at most 512 bytes.
    /// @param endpoint Where it can be reached, at most 256 bytes; not empty for a coordinator.
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
        _vote(node, selfStake);
    }

    /// @notice Removes a node for good; for its owner. Its weight becomes 0; stake behind it can only be retracted.
    /// @param node Address of the node's key; neither removed nor tombstoned.
    function deregister(address node) external {
        Node storage entry = _owned(node);
        if (_gone(entry.status)) revert NotActive(node);
        Pool memory pool = _pools[node];
        _settle(node, entry, pool.activeShares);
        entry.status = Status.Removed;
        _reweigh(node, entry, pool);
    }

    /// @notice Announces a node's commission; for its owner. It takes effect one unbonding period later, so whoever
    /// dislikes it can be out by then; a new announcement replaces one that has not. For the first hour after the
    /// registration, as long as nobody else has staked, it takes effect at once.
    /// @dev A higher commission counts from the first time that the node is paid from then on; its owner can make that
    /// happen by a claim.
    /// @param node Address of the node's key; neither removed nor tombstoned.
    /// @param bps In hundredths of a percent of the node's rewards, at most 5,000.
    function announceCommission(address node, uint16 bps) external {
        Node storage entry = _owned(node);
        if (_gone(entry.status)) revert NotActive(node);
        if (bps > MAX_COMMISSION) revert CommissionTooHigh(bps, MAX_COMMISSION);
        Pool memory pool = _pools[node];
        _settle(node, entry, pool.activeShares);
        bool initial =
            block.timestamp <= entry.registeredAt + INITIAL_COMMISSION_WINDOW && pool.shares == pool.ownShares;
        _setCommission(node, entry, bps, uint64(block.timestamp) + (initial ? 0 : unbondingPeriod));
    }

    // ---------------------------------------------------------------------------------------------------- votes

    /// @notice Moves free stake behind a node. The owner's vote adds to the own stake and can make an inactive node
    /// active again; anyone else votes for active nodes only.
    /// @param node Address of the node's key.
    /// @param amount How much; not 0.
    function vote(address node, uint256 amount) external whenEntriesOpen {
        _spendFree(amount);
        _vote(node, amount);
    }

    /// @notice `deposit` and `vote` in one.
    /// @param node Address of the node's key.
    /// @param amount How much; not 0.
    function depositAndVote(address node, uint256 amount) external whenEntriesOpen nonReentrant {
        _depositAndVote(node, amount);
    }

    /// @notice `depositWithPermit` and `vote` in one.
    /// @param node Address of the node's key.
    /// @param amount How much; not 0.
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
    /// @param node Address of the node's key, of whatever status.
    /// @param amount How much; not 0.
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
        // Who takes everything leaves no dust.
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
    /// @param node Address of the node's key, of whatever status.
    function release(address node) external whenExitsOpen {
        uint128 shares = _takeMatured(_requests[node][msg.sender]);
        Pool memory pool = _pools[node];
        uint128 weight = pool.activeTokens();
        uint128 own = pool.ownTokens();
        uint128 amount = pool.leave(shares);
        _pools[node] = pool;
        _free[msg.sender] += amount;
        emit Released(msg.sender, node, amount);
        // Rounding can leave a wei to those who stay.
        if (pool.activeTokens() != weight || pool.ownTokens() != own) {
            Node storage entry = _nodes[node];
            _settle(node, entry, pool.activeShares);
            _reweigh(node, entry, pool);
        }
    }

    // -------------------------------------------------------------------------------------------------- rewards

    /// @notice Pays out what the caller's stake behind a node has earned; to the node's owner its commission as well.
    /// @param node Address of the node's key, of whatever status.
    /// @return amount What was paid; nothing is if nothing was earned.
    function claim(address node) external whenExitsOpen nonReentrant returns (uint256 amount) {
        Node storage entry = _known(node);
        (uint256 reward, uint256 commission) = _collect(node, entry, _pools[node].activeShares);
        amount = reward + commission;
        if (amount == 0) return 0;
        emit RewardPaid(msg.sender, node, reward, commission);
        cai.safeTransfer(msg.sender, amount);
    }

    /// @notice What a claim of `staker` would pay now.
    /// @param node Address of the node's key.
    /// @param staker Whose.
    /// @return amount Rewards, and for the node's owner its commission.
    function pendingRewards(address node, address staker) external view returns (uint256 amount) {
        return _collectable(node, staker, _pools[node].activeShares);
    }

    // -------------------------------------------------------------------------------------------- other contracts

    /// @inheritdoc IStaking
    /// @dev Restricted. O(1): a loss of the pool's tokens lowers the price of every share, of whoever and of whatever
    /// state. The finder gets an ERC-20 transfer, so it cannot refuse.
    function slash(address node, uint256 amount, address finder, uint16 finderBps)
        external
        override
        restricted
        nonReentrant
        returns (uint256 taken, uint256 reward)
    {
        if (finderBps > MAX_FINDER_BPS) revert FinderShareTooHigh(finderBps, MAX_FINDER_BPS);
        Node storage entry = _known(node);
        Pool memory pool = _pools[node];
        _settle(node, entry, pool.activeShares);
        taken = pool.lose(amount);
        if (taken == 0) return (0, 0);
        _pools[node] = pool;
        if (pool.spent()) entry.status = Status.Tombstoned;
        if (finder != address(0)) reward = taken * finderBps / 10_000;
        emit Slashed(node, taken, finder, reward, pool.tokens);
        _reweigh(node, entry, pool);

        if (reward != 0) cai.safeTransfer(finder, reward);
        cai.safeTransfer(BURN, taken - reward);
    }

    /// @inheritdoc IStaking
    /// @dev Restricted. While a role's total weight is zero its stream stands still, so nothing of it is lost.
    function notifyEmission(Role role, uint256 amount, uint64 duration) external override restricted nonReentrant {
        _notify(role, amount.toUint96(), duration);
        cai.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Closes the entries, and the exits for at most 14 days. Restricted.
    function pause() external restricted {
        _pause();
    }

    /// @notice Ends a pause. Restricted.
    function unpause() external restricted {
        _unpause();
    }

    // ---------------------------------------------------------------------------------------------------- views

    /// @notice What an own stake must exceed.
    /// @param role Miner or coordinator.
    /// @return minimum The exclusive minimum.
    function minimumStake(Role role) public pure returns (uint256 minimum) {
        return role == Role.Coordinator ? COORDINATOR_MINIMUM : MINER_MINIMUM;
    }

    /// @notice Active stake of `staker` behind `node`.
    /// @param node Address of the node's key.
    /// @param staker Whose.
    /// @return amount What it is worth now; 0 for an unknown node.
    function stakeOf(address node, address staker) external view returns (uint256 amount) {
        return _pools[node].toTokens(_positions[node][staker].shares);
    }

    /// @notice Open unbonding requests of `staker` at `node`, oldest first.
    /// @param node Address of the node's key.
    /// @param staker Whose.
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

    /// @notice A node and its stake.
    /// @param node Address of the node's key.
    /// @return info All zero but `node` for a key that was never registered.
    function nodeView(address node) external view override returns (NodeView memory info) {
        return _view(node);
    }

    /// @inheritdoc IStaking
    function ownerOf(address node) external view override returns (address) {
        return _nodes[node].owner;
    }

    /// @inheritdoc IStaking
    function slashableOf(address node) external view override returns (uint256) {
        return _pools[node].tokens;
    }

    /// @inheritdoc IStaking
    function currentEpoch() public view override returns (uint64) {
        return uint64(block.number / epochBlocks);
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

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Settles a node's status and weight after any change of its pool and announces the outcome. Every change of a
    /// status, an own stake or a weight ends here, and begins with `_settle`.
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

    /// @dev Puts `amount`, already accounted for, behind a node in the caller's name.
    function _vote(address node, uint256 amount) private {
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

    function _spendFree(uint256 amount) private {
        uint256 have = _free[msg.sender];
        if (have < amount) revert InsufficientFreeStake(have, amount);
        _free[msg.sender] = have - amount;
    }

    function _deposit(uint256 amount) private {
        if (amount == 0) revert ZeroAmount();
        _free[msg.sender] += amount.toUint96();
        emit Deposited(msg.sender, amount);
        cai.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @dev The events are those of a deposit and a vote; the free stake between them is not stored.
    function _depositAndVote(address node, uint256 amount) private {
        emit Deposited(msg.sender, amount);
        _vote(node, amount.toUint96());
        cai.safeTransferFrom(msg.sender, address(this), amount);
    }

    function _permit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) private {
        try IERC20Permit(address(cai)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
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

    function _view(address node) private view returns (NodeView memory info) {
        Node storage entry = _nodes[node];
        Pool memory pool = _pools[node];
        info.node = node;
        info.owner = entry.owner;
        info.role = uint8(entry.role);
        info.status = uint8(entry.status);
        info.selfStake = pool.ownTokens();
        info.weight = _weightOf(node);
        info.registeredAt = entry.registeredAt;
    }
}
