// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Escrows} from "./Escrows.sol";

/// @notice What one coordinator has settled with one miner, ever.
struct Account {
    /// Paid out or credited, in wei of CAI; never falls.
    uint96 settled;
    /// The part that was paid out.
    uint96 withdrawn;
    /// Tickets with numbers up to this one are accounted for; never falls.
    uint64 through;
}

/// @notice One miner's line of a batch settlement: the terms of a voucher without its signature.
struct Item {
    address miner;
    /// In wei of CAI.
    uint96 cumulative;
    uint64 through;
}

/// @title Accounts between coordinators and miners
/// @notice One counter per coordinator and miner says what was settled between them. A coordinator's batch raises it
/// for many miners at once; `collect` pays a miner's credit out.
abstract contract Accounts is Escrows {
    using SafeERC20 for IERC20;

    /// @dev An {Account} in one word, its first field in the lowest bits, so that each change is one write.
    struct Packed {
        uint256 word;
    }

    mapping(address coordinator => mapping(address miner => Packed)) private _accounts;

    /// @notice A batch was settled. The miners and their terms are in the transaction's input.
    /// @param coordinator Address of the coordinator's key.
    /// @param total What moved from escrow to the miners' credit.
    /// @param count Lines of the batch.
    event Settled(address indexed coordinator, uint256 total, uint256 count);
    /// @notice Credit was paid out.
    /// @param coordinator Address of the key of the coordinator that had settled.
    /// @param miner Address of the miner's key.
    /// @param to The miner's owner.
    /// @param amount The amount, in wei of CAI.
    event Collected(address indexed coordinator, address indexed miner, address indexed to, uint256 amount);

    /// @notice The whole amount was paid before.
    error NothingOwed();

    /// @notice Settles with many miners at once: moves the new amounts from escrow to the miners' credit. Only the
    /// coordinator's key or its owner may. Terms that raise nothing are skipped; nothing can be undone.
    /// @dev Miners are not checked here: `collect` pays the owner of a registered one. There is one event for the whole
    /// batch, because one event each would cost at least 1,300 gas more per miner.
    /// @param coordinator Address of the coordinator's key.
    /// @param items The miners' terms.
    function settle(address coordinator, Item[] calldata items) external nonReentrant {
        if (msg.sender != coordinator) _ownedBy(coordinator, msg.sender);
        mapping(address => Packed) storage accounts = _accounts[coordinator];
        uint256 total;
        // Nothing overflows: `total` is a sum of 96-bit numbers.
        unchecked {
            for (uint256 i = 0; i < items.length; ++i) {
                Item calldata item = items[i];
                (uint256 cumulative, uint256 through) = (item.cumulative, item.through);
                Packed storage account = accounts[item.miner];
                uint256 word = account.word;
                uint256 settled = uint96(word);
                uint256 next = word;
                if (cumulative > settled) {
                    total += cumulative - settled;
                    next = next - settled + cumulative;
                }
                if (through > word >> 192) next = uint256(uint192(next)) | through << 192;
                if (next != word) account.word = next;
            }
        }
        if (total != 0) {
            uint256 have = _escrows[coordinator].balance;
            if (total > have) revert EscrowShort(have, total);
            _spend(coordinator, total);
        }
        emit Settled(coordinator, total, items.length);
    }

    /// @notice Pays a miner's credit with one coordinator to the miner's owner. Anyone may call.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the miner's key, whatever its status.
    /// @return paid The amount paid, in wei of CAI.
    function collect(address coordinator, address miner) external nonReentrant returns (uint256 paid) {
        Account memory account = accountOf(coordinator, miner);
        paid = account.settled - account.withdrawn;
        if (paid == 0) revert NothingOwed();
        account.withdrawn = account.settled;
        _store(coordinator, miner, account);
        address to = _ownerOf(miner);
        emit Collected(coordinator, miner, to, paid);
        cai.safeTransfer(to, paid);
    }

    /// @notice What is settled between a coordinator and a miner.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the miner's key.
    /// @return account The counters.
    function accountOf(address coordinator, address miner) public view returns (Account memory account) {
        uint256 word = _accounts[coordinator][miner].word;
        return Account(uint96(word), uint96(word >> 96), uint64(word >> 192));
    }

    function _store(address coordinator, address miner, Account memory account) internal {
        _accounts[coordinator][miner].word =
            account.settled | uint256(account.withdrawn) << 96 | uint256(account.through) << 192;
    }
}
