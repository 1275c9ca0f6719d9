// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Messages} from "../libraries/Messages.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {Role} from "../staking/NodeRegistry.sol";
import {CourtParameters, Parameters} from "./CourtParameters.sol";

/// @notice The stage of a case.
enum State {
    None,
    Open,
    Guilty,
    Innocent,
    /// Two draws in a row reached no quorum or no majority.
    Void
}

/// @notice One dispute over one receipt.
struct Case {
    address challenger;
    /// Epoch of the current draw: jurors commit in it and reveal in the next.
    uint40 epoch;
    State state;
    /// Number of the current draw: 1 or 2.
    uint8 round;
    /// The two fractions as they were when the case was opened.
    uint16 falsifiedBps;
    uint16 jurorBps;
    /// The miner that signed the receipt.
    address accused;
    uint96 bond;
    /// Hash of the first block of `epoch`; 0 until someone records it.
    bytes32 seed;
    /// Seats that revealed a vote in the current draw.
    uint32 guiltySeats;
    uint32 innocentSeats;
    /// What each seat of the winning side gets, in wei of CAI.
    uint128 rewardPerSeat;
}

/// @title Cases before the court
/// @notice A case is opened over one signed receipt, once, by anyone who posts the bond.
abstract contract Cases is CourtParameters, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    mapping(bytes32 receipt => Case) internal _cases;

    /// @notice A result is disputed.
    /// @param id The receipt's digest.
    /// @param accused The miner that signed it.
    /// @param challenger Address that opened the case.
    /// @param epoch Epoch of the draw.
    /// @param bond What the challenger posted.
    /// @param evidence Reference by which jurors find what they need, in a form that they agree on.
    event DisputeOpened(
        bytes32 indexed id,
        address indexed accused,
        address indexed challenger,
        uint256 epoch,
        uint256 bond,
        bytes32 evidence
    );
    /// @notice More evidence was announced to the jurors of an open case.
    /// @param id The receipt's digest.
    /// @param from Address that added it.
    /// @param evidence Reference by which it can be found.
    event EvidenceAdded(bytes32 indexed id, address indexed from, bytes32 evidence);

    /// @notice The node was never registered as a coordinator.
    /// @param node Address of the node's key.
    error NotACoordinator(address node);
    /// @notice The node was never registered as a miner.
    /// @param node Address of the node's key.
    error NotAMiner(address node);
    /// @notice The receipt does not answer the ticket.
    /// @param have The digest that the receipt names.
    /// @param need The ticket's digest.
    error WrongTicket(bytes32 have, bytes32 need);
    /// @notice No stake is left behind the node.
    /// @param node Address of the node's key.
    error NothingToSlash(address node);
    /// @notice The receipt is too old to be disputed.
    /// @param at Last second at which it could be.
    error WindowClosed(uint256 at);
    /// @notice There is or was a case over this receipt.
    /// @param id The receipt's digest.
    error AlreadyDisputed(bytes32 id);
    /// @notice There is no case over this receipt, or it is closed.
    /// @param id The receipt's digest.
    error NotOpen(bytes32 id);

    /// @notice Opens a case over a receipt and takes the bond from the caller, by allowance. One case per receipt.
    /// @param ticket The coordinator's order.
    /// @param ticketSignature Its signature by the coordinator's key.
    /// @param receipt The miner's answer.
    /// @param receiptSignature Its signature by the miner's key.
    /// @param evidence Reference by which jurors find what they need, in a form that they agree on.
    /// @return id The receipt's digest.
    function open(
        Messages.Ticket calldata ticket,
        bytes calldata ticketSignature,
        Messages.Receipt calldata receipt,
        bytes calldata receiptSignature,
        bytes32 evidence
    ) external nonReentrant returns (bytes32 id) {
        bytes32 digest = _checkTicket(ticket, ticketSignature);
        id = _checkReceipt(ticket.miner, digest, receipt, receiptSignature);
        uint256 last = uint256(ticket.deadline) + window;
        if (block.timestamp > last) revert WindowClosed(last);
        if (_cases[id].state != State.None) revert AlreadyDisputed(id);
        if (staking.slashableOf(ticket.miner) == 0) revert NothingToSlash(ticket.miner);

        Parameters memory terms = _parameters;
        Case storage entry = _cases[id];
        entry.challenger = msg.sender;
        entry.epoch = uint40(_epoch() + 1);
        entry.state = State.Open;
        entry.round = 1;
        entry.falsifiedBps = terms.falsifiedBps;
        entry.jurorBps = terms.jurorBps;
        entry.accused = ticket.miner;
        entry.bond = terms.bond;
        emit DisputeOpened(id, ticket.miner, msg.sender, _epoch() + 1, terms.bond, evidence);
        cai.safeTransferFrom(msg.sender, address(this), terms.bond);
    }

    /// @notice Announces more evidence to the jurors of an open case, so that a challenger cannot spoil its own case by
    /// withholding it. Anyone may call.
    /// @param id The receipt's digest.
    /// @param evidence Reference by which it can be found.
    function addEvidence(bytes32 id, bytes32 evidence) external {
        _open(id);
        emit EvidenceAdded(id, msg.sender, evidence);
    }

    /// @notice A case.
    /// @param id The receipt's digest.
    /// @return entry All zero for a receipt that was never disputed.
    function caseOf(bytes32 id) external view returns (Case memory entry) {
        return _cases[id];
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev The case; reverts unless it is open.
    function _open(bytes32 id) internal view returns (Case storage entry) {
        entry = _cases[id];
        if (entry.state != State.Open) revert NotOpen(id);
    }

    /// @dev The ticket's digest; reverts unless a registered coordinator gave it to a registered miner.
    function _checkTicket(Messages.Ticket calldata ticket, bytes calldata signature)
        internal
        view
        returns (bytes32 digest)
    {
        digest = Signatures.check(address(staking), ticket, signature);
        if (staking.nodeView(ticket.coordinator).role != uint8(Role.Coordinator)) {
            revert NotACoordinator(ticket.coordinator);
        }
        if (staking.nodeView(ticket.miner).role != uint8(Role.Miner)) revert NotAMiner(ticket.miner);
    }

    /// @dev The receipt's digest; reverts unless the miner signed it and it answers this ticket.
    function _checkReceipt(address miner, bytes32 ticket, Messages.Receipt calldata receipt, bytes calldata signature)
        internal
        view
        returns (bytes32 digest)
    {
        if (receipt.ticket != ticket) revert WrongTicket(receipt.ticket, ticket);
        return Signatures.check(address(staking), receipt, miner, signature);
    }
}
