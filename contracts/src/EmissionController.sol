// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Role} from "./staking/NodeRegistry.sol";
import {IStaking} from "./interfaces/IStaking.sol";

/// @title The reserves that pay for the network
/// @notice Holds the mining reserve, which streams to the miners' stakers, and the staking reserve, which streams to
/// the coordinators' stakers. Each period takes the same fraction of what is left, so a reserve halves in a fixed time
/// and never runs out. CAI leaves a reserve as a stream, or with all of it to the controller that succeeds this one.
/// @dev Amounts are in wei of CAI (1e18 per CAI), times in Unix seconds. Needs the role EMISSION at the network's
/// AccessManager. CAI sent here without `fund` stays here.
contract EmissionController is AccessManaged, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /// @dev A reserve of one role. One slot.
    struct Reserve {
        uint128 left;
        uint64 nextPeriodAt;
    }

    /// @notice Shortest period a deployment may choose, in seconds.
    uint64 public constant MIN_PERIOD = 1 minutes;
    /// @notice Longest period a deployment may choose, in seconds.
    uint64 public constant MAX_PERIOD = 90 days;
    /// @notice Seconds in which a reserve halves until the governor sets another time: 4 years.
    uint64 public constant DEFAULT_HALVING = 1_461 days;
    /// @notice Shortest time in which a reserve may halve, in seconds.
    uint64 public constant MIN_HALVING = 365 days;
    /// @notice Longest time in which a reserve may halve, in seconds.
    uint64 public constant MAX_HALVING = 3_650 days;

    /// @dev The natural logarithm of 2, times 1e18.
    uint256 private constant LN2 = 693_147_180_559_945_309;
    uint256 private constant SCALE = 1e18;

    /// @notice The token of the reserves.
    IERC20 public immutable cai;
    /// @notice The contract that streams the rewards.
    IStaking public immutable staking;
    /// @notice Length of a period, in seconds.
    uint64 public immutable period;

    /// @notice Seconds in which a reserve halves.
    uint64 public halving = DEFAULT_HALVING;

    mapping(Role role => Reserve) private _reserves;

    /// @notice CAI was added to a reserve.
    /// @param role Miner: the mining reserve; coordinator: the staking reserve.
    /// @param from Address that gave it.
    /// @param amount The amount, in wei of CAI.
    event Funded(Role indexed role, address indexed from, uint256 amount);
    /// @notice A period began.
    /// @param role Miner or coordinator.
    /// @param amount The amount that the period streams.
    /// @param left What is left in the reserve.
    /// @param nextPeriodAt When the next one can begin.
    event PeriodStarted(Role indexed role, uint256 amount, uint256 left, uint256 nextPeriodAt);
    /// @notice The time in which a reserve halves was changed.
    /// @param halving In seconds.
    event HalvingSet(uint64 halving);
    /// @notice A reserve moved to the controller that succeeds this one.
    /// @param role Miner: the mining reserve; coordinator: the staking reserve.
    /// @param successor The other controller.
    /// @param amount The amount, in wei of CAI.
    event Migrated(Role indexed role, address indexed successor, uint256 amount);

    /// @notice The length of a period is out of range.
    /// @param have The value asked for, in seconds.
    /// @param min The shortest value allowed.
    /// @param max The longest value allowed.
    error BadPeriod(uint64 have, uint64 min, uint64 max);
    /// @notice The time in which a reserve halves is out of range.
    /// @param have The value asked for, in seconds.
    /// @param min The shortest value allowed.
    /// @param max The longest value allowed.
    error BadHalving(uint64 have, uint64 min, uint64 max);
    /// @notice An address must not be zero.
    error ZeroAddress();
    /// @notice An amount must not be zero.
    error ZeroAmount();
    /// @notice There are reserves for miners and for coordinators only.
    error InvalidRole();
    /// @notice The current period is not over.
    /// @param until When the next one can begin.
    error PeriodRunning(uint256 until);
    /// @notice The reserve is too small for a period to stream anything.
    /// @param left What is left in it.
    error ReserveEmpty(uint256 left);

    /// @notice No node of the role earns, so a stream would wait and pile up for the first one that does.
    /// @param role Miner or coordinator.
    error NobodyEarns(Role role);
    /// @notice The successor is this controller, or is for another token or staking contract.
    /// @param successor Its address.
    error BadSuccessor(address successor);

    /// @notice Deploys a controller without reserves; `fund` fills them.
    /// @param staking_ The contract that streams the rewards.
    /// @param period_ Length of a period, in seconds; a minute to 90 days.
    /// @param authority_ AccessManager of the network, or an account that will name one.
    constructor(IStaking staking_, uint64 period_, address authority_) AccessManaged(authority_) {
        if (address(staking_) == address(0) || authority_ == address(0)) revert ZeroAddress();
        if (period_ < MIN_PERIOD || period_ > MAX_PERIOD) revert BadPeriod(period_, MIN_PERIOD, MAX_PERIOD);
        cai = staking_.cai();
        staking = staking_;
        period = period_;
    }

    /// @notice Adds CAI of the caller, by allowance, to a reserve. Anyone may call, and nobody gets the CAI back.
    /// @param role Miner: the mining reserve; coordinator: the staking reserve.
    /// @param amount The amount, in wei of CAI; not 0.
    function fund(Role role, uint256 amount) external nonReentrant {
        if (role == Role.None) revert InvalidRole();
        if (amount == 0) revert ZeroAmount();
        _reserves[role].left += amount.toUint96();
        emit Funded(role, msg.sender, amount);
        cai.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Begins a role's next period, as soon as the last one is over and while a node of the role earns. Anyone may
    /// call. A period that begins late is not shortened, and a skipped period is not made up for.
    /// @param role Miner or coordinator.
    /// @return amount The amount that the period streams.
    function startPeriod(Role role) external nonReentrant returns (uint256 amount) {
        if (role == Role.None) revert InvalidRole();
        Reserve memory reserve = _reserves[role];
        if (block.timestamp < reserve.nextPeriodAt) revert PeriodRunning(reserve.nextPeriodAt);
        if (staking.totalWeight(role) == 0) revert NobodyEarns(role);
        amount = _part(reserve.left);
        // The amount is computed; it is not a balance that others could shift by a wei.
        // slither-disable-next-line incorrect-equality
        if (amount == 0) revert ReserveEmpty(reserve.left);
        // A part of what is left.
        reserve.left -= uint128(amount);
        reserve.nextPeriodAt = uint64(block.timestamp) + period;
        _reserves[role] = reserve;
        emit PeriodStarted(role, amount, reserve.left, reserve.nextPeriodAt);
        cai.forceApprove(address(staking), amount);
        staking.notifyEmission(role, amount, period);
    }

    /// @notice Sets the time in which a reserve halves. Restricted. It applies from the next period on.
    /// @param halving_ In seconds; 1 to 10 years.
    function setHalving(uint64 halving_) external restricted {
        if (halving_ < MIN_HALVING || halving_ > MAX_HALVING) revert BadHalving(halving_, MIN_HALVING, MAX_HALVING);
        halving = halving_;
        emit HalvingSet(halving_);
    }

    /// @notice Moves both reserves to the controller that succeeds this one. Restricted.
    /// @param successor A controller of the same token and staking contract, whose `fund` takes exactly what it is given.
    function migrate(EmissionController successor) external restricted nonReentrant {
        bool alike = address(successor.cai()) == address(cai) && address(successor.staking()) == address(staking);
        if (address(successor) == address(this) || !alike) revert BadSuccessor(address(successor));
        _move(Role.Miner, successor);
        _move(Role.Coordinator, successor);
    }

    /// @notice What is left in a reserve.
    /// @param role Miner: the mining reserve; coordinator: the staking reserve.
    /// @return left The amount left, in wei of CAI.
    function reserveOf(Role role) external view returns (uint256 left) {
        return _reserves[role].left;
    }

    /// @notice When a role's next period can begin.
    /// @param role Miner or coordinator.
    /// @return time Unix seconds; a time in the past, or 0, means now.
    function nextPeriodAt(Role role) external view returns (uint256 time) {
        return _reserves[role].nextPeriodAt;
    }

    /// @notice What a role's next period would stream if it began now.
    /// @param role Miner or coordinator.
    /// @return amount The amount, in wei of CAI.
    function nextAmount(Role role) external view returns (uint256 amount) {
        return _part(_reserves[role].left);
    }

    function _move(Role role, EmissionController successor) private {
        uint256 amount = _reserves[role].left;
        if (amount == 0) return;
        _reserves[role].left = 0;
        emit Migrated(role, address(successor), amount);
        cai.forceApprove(address(successor), amount);
        successor.fund(role, amount);
    }

    /// @dev One period's part of a reserve: 1 - 2**-x with x = period / halving, as 2y / (2 + y) with y = x ln 2. That is
    /// too much by about y**2 / 12 of itself, a millionth for a week and 4 years, and always less than the reserve.
    function _part(uint256 left) private view returns (uint256 amount) {
        uint256 y = LN2 * period / halving;
        // `y` has 18 decimals, far more than the precision of the approximation.
        // slither-disable-next-line divide-before-multiply
        return left * 2 * y / (2 * SCALE + y);
    }
}
