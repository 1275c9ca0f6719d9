// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Escrows} from "./Escrows.sol";

/// @notice What one coordinator has settled with one miner, ever.
struct Account {
    /// Paid or promised by vouchers and batches, in wei of CAI; never falls. Claims of tickets are not in it.
    uint96 settled;
    /// The part of `settled` that was paid; the rest is promised by batches and waits for `collect`.
    uint96 withdrawn;
    /// Tickets with numbers up to this one are accounted for; never falls, below 2^63.
    uint64 through;
    /// Whether a ticket of this pair was ever claimed.
    bool claimed;
}

/// @title Accounts between coordinators and miners
/// @notice For each coordinator and miner one counter says what vouchers and batches have settled, and another what
/// claims of single tickets were paid. A voucher or a batch states what is owed in total for the tickets up to a number;
/// of that, what is settled and what was claimed for tickets up to that same number is paid already. So vouchers,
/// batches and claims pay the same in every order, and none pays what another has paid.
abstract contract Accounts is Escrows {
    using Checkpoints for Checkpoints.Trace160;

    /// @dev An {Account} in one word, its first field in the lowest bits, so that each change is one write.
    struct Packed {
        uint256 word;
    }

    /// @notice Bytes of a batch's line: the miner's key (20), the cumulative amount in wei of CAI (12) and `through` (8),
    /// big-endian.
    uint256 public constant LINE_BYTES = 40;
    /// @notice Largest number of a ticket that can be settled or claimed.
    uint64 public constant MAX_NUMBER = type(uint64).max >> 1;

    mapping(address coordinator => mapping(address miner => Packed)) private _accounts;
    /// @dev By number of a ticket: what was claimed for the tickets up to it. Numbers only rise.
    mapping(address coordinator => mapping(address miner => Checkpoints.Trace160)) private _claims;
    /// @dev What batches have settled and nobody was paid yet. It is at most the sum of `settled - withdrawn` of the
    /// coordinator's accounts, and less after vouchers or claims that escrow could not pay were paid out of it.
    mapping(address coordinator => uint256) internal _promised;

    /// @notice A batch was settled.
    /// @param coordinator Address of the coordinator's key.
    /// @param total What moved from escrow to what is promised to miners.
    /// @param lines The batch, as {settle} takes it.
    event Settled(address indexed coordinator, uint256 total, bytes lines);

    /// @notice The batch does not consist of whole lines.
    /// @param length Its length in bytes.
    error BadLines(uint256 length);
    /// @notice A ticket's number is too large.
    /// @param number The number; at most 2^63 - 1.
    error NumberTooLarge(uint256 number);
    /// @notice The whole amount was paid or promised before.
    error NothingOwed();

    /// @notice Settles with many miners at once: moves what is new in their lines from escrow to what is promised to
    /// them. Only the coordinator's key or its owner may. A line can only raise; if it raises `through` alone, then the
    /// tickets up to there are void, paid or not. What raises nothing is skipped.
    /// @dev Miners are not checked here: `collect` pays the owner of a registered one. There is one event for the whole
    /// batch, because one event each would cost at least 1,300 gas more per miner.
    /// @param coordinator Address of the coordinator's key.
    /// @param lines One line of 40 bytes a miner: its key, then the terms of a voucher: the cumulative amount (12 bytes)
    /// and `through` (8 bytes), big-endian.
    function settle(address coordinator, bytes calldata lines) external nonReentrant {
        if (msg.sender == coordinator) _checkSigns(coordinator);
        else _ownedBy(coordinator, msg.sender);
        if (lines.length % LINE_BYTES != 0) revert BadLines(lines.length);
        uint256 total = _raise(coordinator, lines);
        if (total != 0) {
            _checkOpen();
            uint256 have = _escrows[coordinator].balance;
            if (total > have) revert EscrowShort(have, total);
            _spend(coordinator, total);
            _promised[coordinator] += total;
        }
        emit Settled(coordinator, total, lines);
    }

    /// @notice What is settled between a coordinator and a miner.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the miner's key.
    /// @return account The counters.
    function accountOf(address coordinator, address miner) public view returns (Account memory account) {
        uint256 word = _accounts[coordinator][miner].word;
        return Account(uint96(word), uint96(word >> 96), uint64(word >> 192) & MAX_NUMBER, word >> 255 != 0);
    }

    /// @notice What was claimed for a pair's tickets with numbers up to one.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the miner's key.
    /// @param number Number of a ticket; the largest one for all that was ever claimed.
    /// @return amount The amount, in wei of CAI.
    function claimedUpTo(address coordinator, address miner, uint64 number) public view returns (uint256 amount) {
        return _claims[coordinator][miner].upperLookupRecent(number);
    }

    /// @notice Number of the last ticket that was claimed; claims of a pair are made in ascending order.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the miner's key.
    /// @return number 0 if none was claimed.
    function lastClaimOf(address coordinator, address miner) public view returns (uint64 number) {
        (, uint96 last,) = _claims[coordinator][miner].latestCheckpoint();
        return uint64(last);
    }

    /// @notice What a coordinator's batches have promised to its miners and nobody was paid yet. Vouchers and claims
    /// that the escrow cannot pay are paid out of it.
    /// @param coordinator Address of the coordinator's key.
    /// @return amount The amount, in wei of CAI.
    function promisedOf(address coordinator) external view returns (uint256 amount) {
        return _promised[coordinator];
    }

    // ------------------------------------------------------------------------------------------------- internals

    function _store(address coordinator, address miner, Account memory account) internal {
        _accounts[coordinator][miner].word = account.settled | uint256(account.withdrawn) << 96
            | uint256(account.through) << 192 | (account.claimed ? 1 << 255 : 0);
    }

    /// @dev What a statement that `cumulative` is owed for the tickets up to `through` adds to what is paid or promised.
    function _owed(address coordinator, address miner, Account memory account, uint256 cumulative, uint64 through)
        internal
        view
        returns (uint256 owed)
    {
        uint256 paid = account.settled;
        if (account.claimed) paid += claimedUpTo(coordinator, miner, through);
        return cumulative > paid ? cumulative - paid : 0;
    }

    /// @dev Adds to what was claimed. The number is at least the last one, so that sums of lower numbers stay.
    function _addClaim(address coordinator, address miner, uint64 number, uint256 amount) internal {
        Checkpoints.Trace160 storage claims = _claims[coordinator][miner];
        // All that was ever claimed left escrow or stake, so the sum fits 96 bits.
        // The sums before and after are of no interest.
        // slither-disable-next-line unused-return
        claims.push(number, claims.latest() + uint160(amount));
    }

    /// @dev Moves the counters of all lines. Returns the sum of what is new.
    function _raise(address coordinator, bytes calldata lines) private returns (uint256 total) {
        mapping(address => Packed) storage accounts = _accounts[coordinator];
        // Nothing overflows: `total` is a sum of 96-bit numbers, `settled` rises to at most `cumulative`, and `through`
        // to at most 63 bits.
        unchecked {
            for (uint256 i = 0; i < lines.length; i += LINE_BYTES) {
                uint256 line = _word(lines, i);
                uint256 through = _word(lines, i + 32) >> 192;
                if (through > MAX_NUMBER) revert NumberTooLarge(through);
                address miner = address(uint160(line >> 96));
                Packed storage account = accounts[miner];
                uint256 word = account.word;
                uint256 next = word;
                uint256 paid = uint96(word);
                // Most pairs have no claims, and need no second look.
                if (word >> 255 != 0) paid += claimedUpTo(coordinator, miner, uint64(through));
                if (uint96(line) > paid) {
                    total += uint96(line) - paid;
                    next += uint96(line) - paid;
                }
                uint256 before = uint64(word >> 192) & MAX_NUMBER;
                if (through > before) next += (through - before) << 192;
                if (next != word) account.word = next;
            }
        }
    }

    /// @dev 32 bytes of a batch, of which those beyond its end are no part of a line. A slice would cost each line of a
    /// batch 200 gas more.
    function _word(bytes calldata lines, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(lines.offset, offset))
        }
    }
}
