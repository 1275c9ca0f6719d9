// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title Faucet for test networks
/// @notice Gives anyone enough CAI and gas to try the network, and larger sums through an allow-list. It cannot be
/// deployed on a network whose tokens have a price.
/// A request can be made to cost work, so that taking a day's cap for many fresh addresses costs as many times that work.
/// @dev CAI amounts are in wei of CAI, gas amounts in wei of the native coin, times in Unix seconds. A day is a UTC day.
contract Faucet is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev What left the faucet during one UTC day.
    struct Spending {
        uint64 day;
        uint192 spent;
    }

    /// @notice Daily cap of grants until the administrator sets another one: ten coordinators of 2,500,000 CAI.
    uint256 public constant DEFAULT_GRANT_DAILY_CAP = 25_000_000e18;

    /// @dev Gas a recipient's code may burn while it accepts the native coin.
    uint256 private constant RECEIVE_GAS = 50_000;
    /// @dev More bits would take a computer days.
    uint8 private constant MAX_WORK_BITS = 32;

    /// @notice The token given away.
    IERC20 public immutable cai;
    /// @notice CAI sent by one request.
    uint256 public immutable dripAmount;
    /// @notice Seconds between two requests for one address.
    uint64 public immutable cooldown;
    /// @notice Most CAI that requests may send in one UTC day.
    uint256 public immutable dailyCap;
    /// @notice A request tops a recipient's native balance up to this amount.
    uint256 public immutable gasAmount;
    /// @notice Sets granters and their daily cap.
    address public immutable admin;
    /// @notice How many leading bits of a request's hash must be zero: a request takes about 2**workBits hashes.
    uint8 public immutable workBits;

    /// @notice Most CAI that grants may send in one UTC day.
    uint256 public grantDailyCap = DEFAULT_GRANT_DAILY_CAP;
    /// @notice Whether an address may make grants.
    mapping(address granter => bool allowed) public isGranter;

    mapping(address to => uint256 availableAt) private _nextRequestAt;
    Spending private _drips;
    Spending private _grants;

    /// @notice A request was served.
    /// @param to Recipient.
    /// @param amount CAI sent.
    /// @param gas Native coin sent.
    event Dripped(address indexed to, uint256 amount, uint256 gas);
    /// @notice A granter gave CAI.
    /// @param to Recipient.
    /// @param amount CAI sent.
    /// @param by The granter.
    event Granted(address indexed to, uint256 amount, address indexed by);
    /// @notice The allow-list of granters changed.
    /// @param granter The address concerned.
    /// @param allowed Whether it may make grants from now on.
    event GranterSet(address indexed granter, bool allowed);
    /// @notice The daily cap of grants changed.
    /// @param cap The new cap, in CAI.
    event GrantDailyCapSet(uint256 cap);

    /// @notice The chain is not one of the test networks a faucet may live on.
    /// @param chainId The chain's id.
    error NotATestNetwork(uint256 chainId);
    /// @notice The address was served too recently.
    /// @param availableAt When it may be served again.
    error FaucetCooldown(uint256 availableAt);
    /// @notice The day's cap would be exceeded.
    /// @param cap The cap, in CAI.
    /// @param availableAt When the next day begins.
    error FaucetDailyCap(uint256 cap, uint256 availableAt);
    /// @notice The faucet holds too little CAI.
    /// @param have CAI held.
    /// @param need CAI needed.
    error FaucetEmpty(uint256 have, uint256 need);
    /// @notice The caller may not do this.
    /// @param caller The caller.
    error NotAllowed(address caller);
    /// @notice The request's hash has too few leading zeros.
    /// @param bits How many it needs.
    error BadWork(uint8 bits);
    /// @notice A constructor parameter or a cap is out of range.
    error BadParameters();

    /// @notice Deploys a faucet; fund it by sending it CAI and native coin.
    /// @param cai_ The token to give away.
    /// @param dripAmount_ CAI sent by one request.
    /// @param cooldown_ Seconds between two requests for one address.
    /// @param dailyCap_ Most CAI that requests may send in one UTC day; at least one drip.
    /// @param gasAmount_ A request tops a recipient's native balance up to this amount; 0 sends none.
    /// @param admin_ Sets granters and their daily cap.
    /// @param workBits_ Leading zeros that a request's hash needs; 0 to 32, 0 for none.
    constructor(
        IERC20 cai_,
        uint256 dripAmount_,
        uint64 cooldown_,
        uint256 dailyCap_,
        uint256 gasAmount_,
        address admin_,
        uint8 workBits_
    ) {
        if (block.chainid != 31337 && block.chainid != 1337 && block.chainid != 1210) {
            revert NotATestNetwork(block.chainid);
        }
        if (dripAmount_ == 0 || dripAmount_ > dailyCap_ || dailyCap_ > type(uint192).max) revert BadParameters();
        if (workBits_ > MAX_WORK_BITS) revert BadParameters();
        cai = cai_;
        dripAmount = dripAmount_;
        cooldown = cooldown_;
        dailyCap = dailyCap_;
        gasAmount = gasAmount_;
        admin = admin_;
        workBits = workBits_;
    }

    /// @notice Accepts native coin to give away.
    receive() external payable {}

    /// @notice Sends one drip of CAI to `to` and tops up its gas. Anyone may call for anyone.
    /// @dev The gas is best effort: it is skipped when the faucet holds too little or the recipient rejects it.
    /// @param to Recipient.
    /// @param nonce A number for which `keccak256(abi.encode(chainId, faucet, to, day, nonce))` begins with `workBits`
    /// zeros, where `day` is the number of the current UTC day since 1970.
    function request(address to, uint256 nonce) external nonReentrant {
        if (workBits != 0) {
            bytes32 work = keccak256(abi.encode(block.chainid, address(this), to, block.timestamp / 1 days, nonce));
            if (uint256(work) >> (256 - workBits) != 0) revert BadWork(workBits);
        }
        uint256 availableAt = _nextRequestAt[to];
        if (block.timestamp < availableAt) revert FaucetCooldown(availableAt);
        _nextRequestAt[to] = block.timestamp + cooldown;
        _spend(_drips, dripAmount, dailyCap);
        cai.safeTransfer(to, dripAmount);
        emit Dripped(to, dripAmount, _topUp(to));
    }

    /// @notice Sends `amount` of CAI to `to`; for allow-listed granters.
    /// @param to Recipient.
    /// @param amount CAI to send.
    function grant(address to, uint256 amount) external nonReentrant {
        if (!isGranter[msg.sender]) revert NotAllowed(msg.sender);
        _spend(_grants, amount, grantDailyCap);
        cai.safeTransfer(to, amount);
        emit Granted(to, amount, msg.sender);
    }

    /// @notice Adds a granter to the allow-list or takes it off; for the administrator.
    /// @param granter The address concerned.
    /// @param allowed Whether it may make grants.
    function setGranter(address granter, bool allowed) external {
        if (msg.sender != admin) revert NotAllowed(msg.sender);
        isGranter[granter] = allowed;
        emit GranterSet(granter, allowed);
    }

    /// @notice Sets the daily cap of grants; for the administrator.
    /// @param cap Most CAI that grants may send in one UTC day.
    function setGrantDailyCap(uint256 cap) external {
        if (msg.sender != admin) revert NotAllowed(msg.sender);
        if (cap > type(uint192).max) revert BadParameters();
        grantDailyCap = cap;
        emit GrantDailyCapSet(cap);
    }

    /// @notice When `to` may be served again.
    /// @param to Recipient.
    /// @return availableAt Unix seconds; a time in the past, or 0, means now. The daily cap may still refuse.
    function nextRequestAt(address to) external view returns (uint256 availableAt) {
        return _nextRequestAt[to];
    }

    /// @dev Counts `amount` against a daily cap and checks that the faucet holds it.
    function _spend(Spending storage spending, uint256 amount, uint256 cap) private {
        uint256 day = block.timestamp / 1 days;
        // Days are whole numbers.
        // slither-disable-next-line incorrect-equality
        uint256 spent = spending.day == day ? spending.spent : 0;
        // `spent` may exceed a cap that was lowered during the day.
        if (spent > cap || amount > cap - spent) revert FaucetDailyCap(cap, (day + 1) * 1 days);
        // Both fit: the caps are at most 192 bits wide, the day far below 64.
        spending.day = uint64(day);
        spending.spent = uint192(spent + amount);

        uint256 have = cai.balanceOf(address(this));
        if (have < amount) revert FaucetEmpty(have, amount);
    }

    /// @dev Returns the native coin sent, 0 when none was needed, held or accepted.
    function _topUp(address to) private returns (uint256 sent) {
        uint256 balance = to.balance;
        if (balance >= gasAmount) return 0;
        sent = gasAmount - balance;
        if (address(this).balance < sent) return 0;
        // Bounded gas, so that a recipient's code cannot make the whole request fail.
        // Giving to anyone is what a faucet is for; the caller bounds the amount.
        // slither-disable-next-line arbitrary-send-eth
        (bool accepted,) = to.call{value: sent, gas: RECEIVE_GAS}("");
        if (!accepted) sent = 0;
    }
}
