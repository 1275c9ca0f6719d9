// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Account, Item} from "../../src/settlement/Accounts.sol";
import {Escrow} from "../../src/settlement/Escrows.sol";
import {NetworkBase} from "./NetworkBase.sol";

/// @dev What the tests of the settlement share.
abstract contract SettlementBase is NetworkBase {
    function setUp() public {
        deployNetwork();
    }

    function assertEscrow(uint256 balance, uint256 thawing, uint256 availableAt) internal view {
        Escrow memory escrow = settlement.escrowOf(coordinator);
        vm.assertEq(uint256(escrow.balance), balance, "balance");
        vm.assertEq(uint256(escrow.thawing), thawing, "thawing");
        vm.assertEq(uint256(escrow.availableAt), availableAt, "available at");
    }

    function assertAccount(uint256 settled, uint256 withdrawn, uint256 through) internal view {
        Account memory account = settlement.accountOf(coordinator, miner);
        vm.assertEq(uint256(account.settled), settled, "settled");
        vm.assertEq(uint256(account.withdrawn), withdrawn, "withdrawn");
        vm.assertEq(uint256(account.through), through, "through");
    }

    function item(uint256 cumulative, uint256 through) internal view returns (Item[] memory items) {
        items = new Item[](1);
        items[0] = Item(miner, uint96(cumulative), uint64(through));
    }

    function settle(uint256 cumulative, uint256 through) internal {
        vm.prank(coordinator);
        settlement.settle(coordinator, item(cumulative, through));
    }

    /// @dev Leaves the coordinator with `left` of stake.
    function drain(uint256 left) internal {
        exitStake(COORDINATOR_OWNER, coordinator, COORDINATOR_STAKE - left);
    }
}
