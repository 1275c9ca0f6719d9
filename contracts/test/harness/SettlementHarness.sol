// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Settlement} from "../../src/Settlement.sol";
import {IStaking} from "../../src/interfaces/IStaking.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Account} from "../../src/settlement/Accounts.sol";

/// @dev A settlement whose inner parts can be read and called, past the checks of signatures.
contract SettlementHarness is Settlement {
    constructor(
        IStaking staking_,
        address authority_,
        uint64 disputeWindow_,
        uint64 thawPeriod_,
        uint64 claimDelay_,
        uint16 faultBps_
    ) Settlement(staking_, authority_, disputeWindow_, thawPeriod_, claimDelay_, faultBps_) {}

    function unpaidThroughOf(address coordinator, address miner) external view returns (uint64) {
        return _unpaidThrough[coordinator][miner];
    }

    function store(address coordinator, address miner, Account memory account) external {
        _store(coordinator, miner, account);
    }

    function owed(address coordinator, address miner, uint256 cumulative, uint64 through)
        external
        view
        returns (uint256)
    {
        return _owed(coordinator, miner, accountOf(coordinator, miner), cumulative, through);
    }

    /// @dev Counts a claim, without the payment.
    function addClaim(address coordinator, address miner, uint64 number, uint256 amount) external {
        Account memory account = accountOf(coordinator, miner);
        account.claimed = true;
        _store(coordinator, miner, account);
        _addClaim(coordinator, miner, number, amount);
    }

    /// @dev Redeems a voucher that nobody signed.
    function redeemUnsigned(Messages.Voucher calldata voucher) external returns (uint256 debt, uint256 paid) {
        return _redeem(voucher);
    }
}
