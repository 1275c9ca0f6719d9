// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PauseGuard} from "./PauseGuard.sol";
import {StakingParameters} from "./StakingParameters.sol";

/// @title Free stake
/// @notice Free stake is what a staker has deposited and not put behind a node. The staker can withdraw it while exits
/// are open.
abstract contract FreeStake is StakingParameters, PauseGuard, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    mapping(address staker => uint256 amount) internal _free;

    /// @notice CAI came in and became free stake.
    /// @param staker Address of the staker.
    /// @param amount The amount, in wei of CAI.
    event Deposited(address indexed staker, uint256 amount);
    /// @notice Free stake was paid out.
    /// @param staker Address of the staker.
    /// @param amount The amount, in wei of CAI.
    event Withdrawn(address indexed staker, uint256 amount);

    /// @notice An amount must not be zero.
    error ZeroAmount();
    /// @notice The caller has too little free stake.
    /// @param have Its free stake.
    /// @param need What the call needs.
    error InsufficientFreeStake(uint256 have, uint256 need);

    /// @notice Takes CAI from the caller, by allowance, into its free stake.
    /// @param amount The amount, in wei of CAI; not 0.
    function deposit(uint256 amount) external whenEntriesOpen nonReentrant {
        _deposit(amount);
    }

    /// @notice `deposit` with an EIP-2612 permit for exactly `amount` in place of an allowance.
    /// @dev A permit that someone else submitted first does no harm: the allowance it gave is used.
    /// @param amount The amount, in wei of CAI; not 0.
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
    /// @param amount The amount, in wei of CAI; not 0.
    function withdraw(uint256 amount) external whenExitsOpen nonReentrant {
        if (amount == 0) revert ZeroAmount();
        _spendFree(amount);
        emit Withdrawn(msg.sender, amount);
        cai.safeTransfer(msg.sender, amount);
    }

    /// @notice Stake of `staker` that is not behind a node.
    /// @param staker Address of the staker.
    /// @return amount The amount that can be withdrawn or voted with.
    function freeStakeOf(address staker) external view returns (uint256 amount) {
        return _free[staker];
    }

    // ------------------------------------------------------------------------------------------------- internals

    function _spendFree(uint256 amount) internal {
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

    function _permit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) internal {
        try IERC20Permit(address(cai)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
    }
}
