// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IStaking} from "../interfaces/IStaking.sol";
import {Messages} from "../libraries/Messages.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {Role} from "../staking/NodeRegistry.sol";

/// @notice One receipt of a case, with the ticket that it answers.
struct Item {
    Messages.Ticket ticket;
    bytes ticketSignature;
    Messages.Receipt receipt;
    bytes receiptSignature;
}

/// @notice What the receipts of a case have in common.
struct Findings {
    /// The miner that signed them.
    address accused;
    /// The manifest of the model that was ordered.
    bytes32 model;
    /// The earliest of the present and the tickets' deadlines, in Unix seconds.
    uint256 until;
    /// Digests of the tickets, in the order of their receipts.
    bytes32[] tickets;
    /// Digests of the receipts, ascending.
    bytes32[] receipts;
}

/// @title What can be brought before a court
/// @notice Checks tickets and receipts: that they belong together, that registered nodes signed them with keys that
/// count, and that they are recent enough. It decides nothing, holds nothing, and belongs to one {DisputeCourt}, which
/// deploys it: together they would exceed the size of a contract.
contract Evidence {
    /// @notice Most receipts of one case: what an auditor pools to tell a cheap model from the right one.
    uint256 public constant MAX_RECEIPTS = 32;

    /// @notice Knows the nodes.
    IStaking public immutable staking;
    /// @notice The contract that tickets and receipts are signed for.
    address public immutable settlement;
    /// @notice Seconds after a ticket's deadline during which its receipt can be disputed.
    uint64 public immutable window;

    /// @notice The node was never registered as a coordinator.
    /// @param node Address of the node's key.
    error NotACoordinator(address node);
    /// @notice The node was never registered as a miner.
    /// @param node Address of the node's key.
    error NotAMiner(address node);
    /// @notice The node's key was replaced too long ago: what it signed counts for nothing.
    /// @param node Address of the node's key.
    error KeyReplaced(address node);
    /// @notice The receipt does not answer the ticket.
    /// @param have The digest that the receipt names.
    /// @param need The ticket's digest.
    error WrongTicket(bytes32 have, bytes32 need);
    /// @notice The receipt is too old to be disputed.
    /// @param at Last second at which it could be.
    error WindowClosed(uint256 at);
    /// @notice A case is over 1 to 32 receipts.
    /// @param count The number given.
    error BadReceiptCount(uint256 count);
    /// @notice The receipts are not in the ascending order of their digests, or one is there twice.
    /// @param receipt The digest that is not greater than the one before.
    error NotAscending(bytes32 receipt);
    /// @notice All receipts of a case are by one miner and for one model.
    /// @param receipt Digest of one that differs from the first.
    error MixedCase(bytes32 receipt);
    /// @notice The receipt was punished before.
    /// @param receipt The receipt's digest.
    error AlreadyPunished(bytes32 receipt);
    /// @notice Both receipts are the same.
    /// @param receipt The receipt's digest.
    error SameReceipt(bytes32 receipt);

    /// @notice Deploys the checks of a court.
    /// @param staking_ Knows the nodes.
    /// @param settlement_ The contract that tickets and receipts are signed for.
    /// @param window_ Seconds after a ticket's deadline during which its receipt can be disputed.
    constructor(IStaking staking_, address settlement_, uint64 window_) {
        (staking, settlement, window) = (staking_, settlement_, window_);
    }

    /// @notice Checks receipts of one miner and one model, none of which was punished; reverts unless they are in order.
    /// @param items The receipts in the ascending order of their digests, 1 to 32.
    /// @return findings What they have in common, and their digests.
    function check(Item[] calldata items) external view returns (Findings memory findings) {
        uint256 count = items.length;
        if (count == 0 || count > MAX_RECEIPTS) revert BadReceiptCount(count);
        (findings.accused, findings.model) = (items[0].ticket.miner, items[0].ticket.model);
        findings.until = block.timestamp;
        (findings.tickets, findings.receipts) = (new bytes32[](count), new bytes32[](count));
        for (uint256 i = 0; i < count; ++i) {
            Messages.Ticket calldata ticket = items[i].ticket;
            bytes32 digest = _checkTicket(ticket, items[i].ticketSignature);
            bytes32 receipt = _checkReceipt(ticket.miner, digest, items[i].receipt, items[i].receiptSignature);
            if (i != 0 && receipt <= findings.receipts[i - 1]) revert NotAscending(receipt);
            if (ticket.miner != findings.accused || ticket.model != findings.model) revert MixedCase(receipt);
            if (staking.isSpent(receipt)) revert AlreadyPunished(receipt);
            (findings.tickets[i], findings.receipts[i]) = (digest, receipt);
            if (ticket.deadline < findings.until) findings.until = ticket.deadline;
        }
    }

    /// @notice Checks two receipts for one ticket; reverts unless they are in order and differ.
    /// @param ticket The coordinator's order.
    /// @param ticketSignature Its signature by the coordinator's key.
    /// @param a One receipt.
    /// @param signatureA Its signature by the miner's key.
    /// @param b Another receipt.
    /// @param signatureB Its signature by the miner's key.
    /// @return digest The ticket's digest.
    function checkPair(
        Messages.Ticket calldata ticket,
        bytes calldata ticketSignature,
        Messages.Receipt calldata a,
        bytes calldata signatureA,
        Messages.Receipt calldata b,
        bytes calldata signatureB
    ) external view returns (bytes32 digest) {
        digest = _checkTicket(ticket, ticketSignature);
        bytes32 receipt = _checkReceipt(ticket.miner, digest, a, signatureA);
        if (receipt == _checkReceipt(ticket.miner, digest, b, signatureB)) revert SameReceipt(receipt);
    }

    /// @dev The ticket's digest; reverts unless a registered coordinator gave it to a registered miner, both with keys
    /// that count, and the window is open.
    function _checkTicket(Messages.Ticket calldata ticket, bytes calldata signature)
        private
        view
        returns (bytes32 digest)
    {
        digest = Signatures.check(settlement, ticket, signature);
        if (staking.roleOf(ticket.coordinator) != Role.Coordinator) revert NotACoordinator(ticket.coordinator);
        if (staking.roleOf(ticket.miner) != Role.Miner) revert NotAMiner(ticket.miner);
        if (!staking.signs(ticket.coordinator)) revert KeyReplaced(ticket.coordinator);
        if (!staking.signs(ticket.miner)) revert KeyReplaced(ticket.miner);
        uint256 last = uint256(ticket.deadline) + window;
        if (block.timestamp > last) revert WindowClosed(last);
    }

    /// @dev The receipt's digest; reverts unless the miner signed it and it answers this ticket.
    function _checkReceipt(address miner, bytes32 ticket, Messages.Receipt calldata receipt, bytes calldata signature)
        private
        view
        returns (bytes32 digest)
    {
        if (receipt.ticket != ticket) revert WrongTicket(receipt.ticket, ticket);
        return Signatures.check(settlement, receipt, miner, signature);
    }
}
