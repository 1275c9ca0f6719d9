// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SettlementParameters} from "./SettlementParameters.sol";

/// @notice What a coordinator has prepaid.
struct Escrow {
    /// The whole escrow, in wei of CAI.
    uint96 balance;
    /// The part that thaws; it can still be used for payments.
    uint96 thawing;
    /// When that part can be withdrawn, in Unix seconds.
    uint64 availableAt;
}

/// @title Escrow of coordinators
/// @notice A coordinator prepays its miners here. Escrow leaves by payments, or to the coordinator's owner after a
/// thaw. It belongs to one key: after a key was replaced, it pays what that key has signed, and its owner thaws the rest
/// and deposits it for the next key.
abstract contract Escrows is SettlementParameters, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    mapping(address coordinator => Escrow) internal _escrows;

    /// @notice CAI came into an escrow.
    /// @param coordinator Address of the coordinator's key.
    /// @param from Address that paid.
    /// @param amount The amount, in wei of CAI.
    event EscrowDeposited(address indexed coordinator, address indexed from, uint256 amount);
    /// @notice Escrow began to thaw.
    /// @param coordinator Address of the coordinator's key.
    /// @param amount The additional amount that thaws.
    /// @param availableAt When all that thaws can be withdrawn.
    event ThawStarted(address indexed coordinator, uint256 amount, uint256 availableAt);
    /// @notice Thawed escrow was paid out.
    /// @param coordinator Address of the coordinator's key.
    /// @param to The coordinator's owner.
    /// @param amount The amount, in wei of CAI.
    event EscrowWithdrawn(address indexed coordinator, address indexed to, uint256 amount);

    /// @notice An amount must not be zero.
    error ZeroAmount();
    /// @notice The escrow holds too little.
    /// @param have The escrow available (for a thaw: the escrow that does not thaw yet).
    /// @param need What the call needs.
    error EscrowShort(uint256 have, uint256 need);
    /// @notice This coordinator has no escrow that thaws.
    error NothingThawing();
    /// @notice The thaw is not over.
    /// @param availableAt When the thaw will be over, in Unix seconds.
    error StillThawing(uint256 availableAt);

    /// @notice Takes CAI from the caller, by allowance, into a coordinator's escrow. Anyone may pay for any
    /// coordinator.
    /// @param coordinator Address of the coordinator's key, whatever its status.
    /// @param amount The amount, in wei of CAI; not 0.
    function deposit(address coordinator, uint256 amount) external nonReentrant {
        _deposit(coordinator, amount);
    }

    /// @notice `deposit` with an EIP-2612 permit for exactly `amount` in place of an allowance.
    /// @dev A permit that someone else submitted first does no harm: the allowance it gave is used.
    /// @param coordinator Address of the coordinator's key, whatever its status.
    /// @param amount The amount, in wei of CAI; not 0.
    /// @param deadline The permit's deadline.
    /// @param v The permit's signature.
    /// @param r The permit's signature.
    /// @param s The permit's signature.
    function depositWithPermit(address coordinator, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
    {
        try IERC20Permit(address(cai)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(coordinator, amount);
    }

    /// @notice Starts the thaw of escrow; only the coordinator's owner may. Escrow that already thaws waits again,
    /// together with the new part.
    /// @param coordinator Address of the coordinator's key.
    /// @param amount The additional amount; not 0.
    function startThaw(address coordinator, uint256 amount) external {
        _ownedBy(coordinator, msg.sender);
        if (amount == 0) revert ZeroAmount();
        Escrow memory escrow = _escrows[coordinator];
        uint256 have = escrow.balance - escrow.thawing;
        if (amount > have) revert EscrowShort(have, amount);
        escrow.thawing += uint96(amount);
        escrow.availableAt = uint64(block.timestamp) + thawPeriod;
        _escrows[coordinator] = escrow;
        emit ThawStarted(coordinator, amount, escrow.availableAt);
    }

    /// @notice Pays thawed escrow out to the coordinator's owner, who must be the caller.
    /// @param coordinator Address of the coordinator's key.
    function withdraw(address coordinator) external nonReentrant {
        _ownedBy(coordinator, msg.sender);
        Escrow memory escrow = _escrows[coordinator];
        uint96 amount = escrow.thawing;
        if (amount == 0) revert NothingThawing();
        if (block.timestamp < escrow.availableAt) revert StillThawing(escrow.availableAt);
        _escrows[coordinator] = Escrow(escrow.balance - amount, 0, 0);
        emit EscrowWithdrawn(coordinator, msg.sender, amount);
        cai.safeTransfer(msg.sender, amount);
    }

    /// @notice A coordinator's escrow.
    /// @param coordinator Address of the coordinator's key.
    /// @return escrow The balance, and the part that thaws.
    function escrowOf(address coordinator) external view returns (Escrow memory escrow) {
        return _escrows[coordinator];
    }

    // ------------------------------------------------------------------------------------------------- internals

    function _deposit(address coordinator, uint256 amount) private {
        _checkOpen();
        if (amount == 0) revert ZeroAmount();
        _checkCoordinator(coordinator);
        Escrow storage escrow = _escrows[coordinator];
        escrow.balance = (escrow.balance + amount).toUint96();
        emit EscrowDeposited(coordinator, msg.sender, amount);
        cai.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @dev Takes escrow that the caller has checked to be available. The part that does not thaw pays first.
    function _spend(address coordinator, uint256 amount) internal {
        Escrow storage escrow = _escrows[coordinator];
        // At most the balance, so it fits.
        uint96 left = escrow.balance - uint96(amount);
        escrow.balance = left;
        if (escrow.thawing > left) escrow.thawing = left;
    }
}
