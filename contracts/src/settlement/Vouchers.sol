// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Messages} from "../libraries/Messages.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {Role} from "../staking/NodeRegistry.sol";
import {Account, Accounts} from "./Accounts.sol";

/// @title Payment against a coordinator's signature
/// @notice Pays a voucher, or a ticket that was accepted and answered but never accounted for. What the escrow cannot
/// pay comes out of the coordinator's stake.
abstract contract Vouchers is Accounts {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /// @notice Stake taken per CAI that the escrow could not pay: the miner gets a fifth of the slash, which is that
    /// CAI.
    uint256 public constant DEFICIT_FACTOR = 5;

    /// @dev How far vouchers that could not be paid in full have moved `through`.
    mapping(address coordinator => mapping(address miner => uint64)) internal _unpaidThrough;
    mapping(bytes32 ticket => uint256 amount) private _claimed;

    /// @notice A voucher was paid.
    /// @param coordinator Address of the coordinator's key, which signed it.
    /// @param miner Address of the miner's key.
    /// @param paid To the miner's owner, from escrow and stake together.
    /// @param settled The amount settled now; less than the voucher's amount if escrow and stake were short.
    /// @param through Number up to which tickets are accounted for now.
    event VoucherRedeemed(
        address indexed coordinator, address indexed miner, uint256 paid, uint256 settled, uint256 through
    );
    /// @notice An unpaid ticket was paid.
    /// @param coordinator Address of the coordinator's key, which signed it.
    /// @param miner Address of the miner's key, which signed the receipt.
    /// @param ticket The ticket's digest.
    /// @param paid To the miner's owner, from escrow and stake together.
    event TicketClaimed(address indexed coordinator, address indexed miner, bytes32 indexed ticket, uint256 paid);
    /// @notice Escrow was short, so stake was slashed.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the key of the miner whose owner received the reward.
    /// @param deficit What the escrow could not pay.
    /// @param taken Stake slashed.
    /// @param reward The part paid to the miner's owner.
    event DeficitCharged(
        address indexed coordinator, address indexed miner, uint256 deficit, uint256 taken, uint256 reward
    );

    /// @notice Neither escrow nor stake is left to pay any of the amount.
    /// @param owed The amount owed.
    error NothingPaid(uint256 owed);
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

    /// @notice Pays the part of a voucher that is not settled yet to the miner's owner. Anyone may call. What escrow
    /// and stake together cannot pay stays owed: the voucher can be redeemed again.
    /// @param voucher The coordinator's statement.
    /// @param signature Its EIP-712 signature by the coordinator's key.
    /// @return paid The amount paid, in wei of CAI.
    function redeem(Messages.Voucher calldata voucher, bytes calldata signature)
        external
        nonReentrant
        returns (uint256 paid)
    {
        Signatures.check(address(staking), voucher, signature);
        paid = _redeem(voucher);
        if (paid == 0) revert NothingPaid(voucher.cumulative - accountOf(voucher.coordinator, voucher.miner).settled);
    }

    /// @notice Pays a ticket that was accepted and answered but never accounted for, to the miner's owner. Anyone may
    /// call. A later voucher that includes it pays only the difference. What escrow and stake together cannot pay
    /// stays owed: the ticket can be claimed again.
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
        bytes32 digest = Signatures.check(address(staking), ticket, ticketSignature);
        if (receipt.ticket != digest) revert WrongTicket(receipt.ticket, digest);
        Signatures.check(address(staking), receipt, ticket.miner, receiptSignature);

        Account memory account = accountOf(ticket.coordinator, ticket.miner);
        if (ticket.number <= account.through) revert TicketSettled(ticket.number, account.through);
        uint256 claimableAt = uint256(ticket.deadline) + claimDelay;
        if (block.timestamp <= claimableAt) revert TicketNotDue(claimableAt + 1);
        uint256 owed = ticket.price - _claimed[digest];
        if (owed == 0) revert NothingOwed();

        paid = _pay(ticket.coordinator, ticket.miner, owed);
        if (paid == 0) revert NothingPaid(owed);
        _claimed[digest] += paid;
        account.settled = (account.settled + paid).toUint96();
        account.withdrawn = (account.withdrawn + paid).toUint96();
        _store(ticket.coordinator, ticket.miner, account);
        emit TicketClaimed(ticket.coordinator, ticket.miner, digest, paid);
    }

    /// @notice The amount that `claimTicket` has paid for a ticket.
    /// @param ticket The ticket's digest.
    /// @return amount The amount, in wei of CAI.
    function claimedOf(bytes32 ticket) external view returns (uint256 amount) {
        return _claimed[ticket];
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Pays what is still owed for a checked voucher, as far as possible, and moves the counters.
    function _redeem(Messages.Voucher calldata voucher) internal returns (uint256 paid) {
        Account memory account = accountOf(voucher.coordinator, voucher.miner);
        if (voucher.cumulative <= account.settled) revert NothingOwed();
        uint256 owed = voucher.cumulative - account.settled;
        paid = _pay(voucher.coordinator, voucher.miner, owed);
        account.settled = (account.settled + paid).toUint96();
        account.withdrawn = (account.withdrawn + paid).toUint96();
        if (voucher.through > account.through) {
            // The voucher still accounts for these tickets, so they cannot be claimed in addition to its unpaid rest.
            account.through = voucher.through;
            if (paid != owed) _unpaidThrough[voucher.coordinator][voucher.miner] = voucher.through;
        }
        _store(voucher.coordinator, voucher.miner, account);
        emit VoucherRedeemed(voucher.coordinator, voucher.miner, paid, account.settled, account.through);
    }

    /// @dev Pays up to `owed` to the miner's owner: from escrow, then by a slash whose finder is that owner.
    function _pay(address coordinator, address miner, uint256 owed) private returns (uint256 paid) {
        address to = _ownerOf(miner);
        uint256 have = _escrows[coordinator].balance;
        paid = owed < have ? owed : have;
        if (paid != 0) {
            _spend(coordinator, paid);
            cai.safeTransfer(to, paid);
        }
        uint256 deficit = owed - paid;
        // A miner that signs vouchers has no stake as a coordinator.
        if (deficit != 0 && staking.nodeView(coordinator).role == uint8(Role.Coordinator)) {
            (uint256 taken, uint256 reward) = staking.slash(coordinator, deficit * DEFICIT_FACTOR, to, FINDER_BPS);
            paid += reward;
            emit DeficitCharged(coordinator, miner, deficit, taken, reward);
        }
    }
}
