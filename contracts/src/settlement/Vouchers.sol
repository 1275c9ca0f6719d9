// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Messages} from "../libraries/Messages.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {Account} from "./Accounts.sol";
import {Payouts} from "./Payouts.sol";

/// @title Payment against a coordinator's signature
/// @notice Pays a voucher, or a ticket that was accepted and answered but never accounted for, into the miner's credit.
/// What escrow cannot pay comes out of the stake of the coordinator's owner.
abstract contract Vouchers is Payouts {
    using SafeCast for uint256;

    /// @dev How far vouchers that could not be paid in full have moved `through`.
    mapping(address coordinator => mapping(address miner => uint64)) internal _unpaidThrough;
    mapping(bytes32 ticket => uint256 amount) private _claimed;

    /// @notice A voucher was paid.
    /// @param coordinator Address of the coordinator's key, which signed it.
    /// @param miner Address of the miner's key.
    /// @param cumulative The voucher's amount.
    /// @param through The number up to which the voucher accounts for tickets.
    /// @param paid Into the miner's credit, from escrow and stake together.
    event VoucherRedeemed(
        address indexed coordinator, address indexed miner, uint256 cumulative, uint256 through, uint256 paid
    );
    /// @notice An unpaid ticket was paid.
    /// @param coordinator Address of the coordinator's key, which signed it.
    /// @param miner Address of the miner's key, which signed the receipt.
    /// @param ticket The ticket's digest.
    /// @param number The ticket's number.
    /// @param paid Into the miner's credit, from escrow and stake together.
    event TicketClaimed(
        address indexed coordinator, address indexed miner, bytes32 indexed ticket, uint256 number, uint256 paid
    );

    /// @notice The receipt does not answer the ticket.
    /// @param have The digest that the receipt names.
    /// @param need The ticket's digest.
    error WrongTicket(bytes32 have, bytes32 need);
    /// @notice Tickets up to `through` are accounted for.
    /// @param number The ticket's number.
    /// @param through Number of the last ticket that is accounted for.
    error TicketSettled(uint256 number, uint256 through);
    /// @notice The coordinator still has time to settle this ticket.
    /// @param claimableAt When it can be claimed.
    error TicketNotDue(uint256 claimableAt);
    /// @notice The dispute window of this ticket is over, and so is the time to claim it.
    /// @param claimableUntil The last second at which it could be claimed.
    error TicketExpired(uint256 claimableUntil);
    /// @notice A ticket with a higher number was claimed before; a pair's tickets are claimed in ascending order.
    /// @param number The ticket's number.
    /// @param last Number of the last ticket that was claimed.
    error ClaimOrder(uint256 number, uint256 last);

    /// @notice Pays the part of a voucher that is neither settled nor claimed yet into the miner's credit. Anyone may
    /// call. What escrow and stake together cannot pay stays owed: the voucher can be redeemed again.
    /// @param voucher The coordinator's statement.
    /// @param signature Its EIP-712 signature by the coordinator's key.
    /// @return paid The amount paid, in wei of CAI.
    function redeem(Messages.Voucher calldata voucher, bytes calldata signature)
        external
        nonReentrant
        returns (uint256 paid)
    {
        Signatures.check(address(this), voucher, signature);
        _checkSigns(voucher.coordinator);
        uint256 owed;
        (owed, paid) = _redeem(voucher);
        if (paid == 0) revert NothingPaid(owed);
    }

    /// @notice Pays what an accepted and answered ticket costs that was never accounted for, into the miner's credit:
    /// the receipt's tokens at the ticket's rates, at most the ticket's price. Only the miner's key or its owner may
    /// call, from the claim delay after the ticket's deadline to the end of its dispute window, in ascending order of
    /// the tickets' numbers. A voucher that includes the ticket pays only the difference.
    /// @dev What escrow and stake together cannot pay stays owed: the same ticket can be claimed again, before one with a
    /// higher number is.
    /// @param ticket The coordinator's order.
    /// @param ticketSignature Its signature by the coordinator's key.
    /// @param receipt The miner's answer.
    /// @param receiptSignature Its signature by the miner's key.
    /// @return paid The amount paid, in wei of CAI.
    function claimTicket(
        Messages.Ticket calldata ticket,
        bytes calldata ticketSignature,
        Messages.Receipt calldata receipt,
        bytes calldata receiptSignature
    ) external nonReentrant returns (uint256 paid) {
        bytes32 digest = _checkClaim(ticket, ticketSignature, receipt, receiptSignature);
        (address coordinator, address miner, uint64 number) = (ticket.coordinator, ticket.miner, ticket.number);
        Account memory account = accountOf(coordinator, miner);
        if (number <= account.through) revert TicketSettled(number, account.through);
        if (number > MAX_NUMBER) revert NumberTooLarge(number);
        uint64 last = lastClaimOf(coordinator, miner);
        if (number < last) revert ClaimOrder(number, last);
        uint256 owed = Messages.cost(ticket, receipt);
        uint256 before = _claimed[digest];
        // Another receipt for the same ticket may cost less.
        if (owed <= before) revert NothingOwed();
        owed -= before;

        paid = _pay(coordinator, miner, owed);
        if (paid == 0) revert NothingPaid(owed);
        _claimed[digest] = before + paid;
        _addClaim(coordinator, miner, number, paid);
        if (!account.claimed) {
            account.claimed = true;
            _store(coordinator, miner, account);
        }
        emit TicketClaimed(coordinator, miner, digest, number, paid);
    }

    /// @notice The amount that `claimTicket` has paid for a ticket.
    /// @param ticket The ticket's digest.
    /// @return amount The amount, in wei of CAI.
    function claimedOf(bytes32 ticket) external view returns (uint256 amount) {
        return _claimed[ticket];
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Pays what is still owed for a checked voucher, as far as possible, and moves the counters.
    function _redeem(Messages.Voucher calldata voucher) internal returns (uint256 owed, uint256 paid) {
        (address coordinator, address miner, uint64 through) = (voucher.coordinator, voucher.miner, voucher.through);
        if (through > MAX_NUMBER) revert NumberTooLarge(through);
        Account memory account = accountOf(coordinator, miner);
        owed = _owed(coordinator, miner, account, voucher.cumulative, through);
        if (owed == 0) revert NothingOwed();
        paid = _pay(coordinator, miner, owed);
        account.settled = (account.settled + paid).toUint96();
        account.withdrawn = (account.withdrawn + paid).toUint96();
        if (through > account.through) {
            // The voucher still accounts for these tickets, so they cannot be claimed in addition to its unpaid rest.
            account.through = through;
            if (paid != owed) _unpaidThrough[coordinator][miner] = through;
        }
        _store(coordinator, miner, account);
        emit VoucherRedeemed(coordinator, miner, voucher.cumulative, through, paid);
    }

    /// @dev Reverts unless the miner may claim now, and both parties have signed.
    function _checkClaim(
        Messages.Ticket calldata ticket,
        bytes calldata ticketSignature,
        Messages.Receipt calldata receipt,
        bytes calldata receiptSignature
    ) private view returns (bytes32 digest) {
        digest = Signatures.check(address(this), ticket, ticketSignature);
        if (receipt.ticket != digest) revert WrongTicket(receipt.ticket, digest);
        Signatures.check(address(this), receipt, ticket.miner, receiptSignature);
        _checkSigns(ticket.coordinator);
        _checkSigns(ticket.miner);
        if (msg.sender != ticket.miner) _ownedBy(ticket.miner, msg.sender);
        uint256 claimableAt = uint256(ticket.deadline) + claimDelay;
        if (block.timestamp <= claimableAt) revert TicketNotDue(claimableAt + 1);
        uint256 claimableUntil = uint256(ticket.deadline) + disputeWindow;
        if (block.timestamp > claimableUntil) revert TicketExpired(claimableUntil);
    }
}
