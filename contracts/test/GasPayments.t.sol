// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {console2} from "forge-std/console2.sol";
import {Item} from "../src/Settlement.sol";
import {Messages} from "../src/libraries/Messages.sol";
import {NetworkBase} from "./NetworkBase.sol";

/// @dev Gas of whole transactions, calldata and the base fee of 21,000 included: every call is a transaction of its own.
/// forge-config: default.isolate = true
contract GasPaymentsTest is NetworkBase {
    function setUp() public {
        deployNetwork();
        prepay(1_000_000e18);
        cai.transfer(MINER_OWNER, 1);
        cai.transfer(ALICE, 10 * BOND);
    }

    function spent() private view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }

    /// @dev The isolation is on: nothing costs less than a transaction.
    function test_calls_are_transactions() public {
        cai.transfer(ALICE, 1);
        vm.assertGe(spent(), 21_000);
    }

    function test_redeem() public {
        redeem(12.3e18, 1_000_001);
        (Messages.Voucher memory message, bytes memory signature) = voucher(23.4e18, 1_000_009);
        settlement.redeem(message, signature);
        console2.log("redeem", spent());
        vm.assertLe(spent(), 68_500);
    }

    function test_settle() public {
        Item[] memory items = new Item[](100);
        for (uint256 i = 0; i < items.length; ++i) {
            items[i] = Item(vm.addr(0x5000 + i), 12.3456789e18, 1_700_000_000 << 16);
        }
        vm.prank(coordinator);
        settlement.settle(coordinator, items);
        console2.log("first", spent() / 100);
        for (uint256 i = 0; i < items.length; ++i) {
            items[i] = Item(items[i].miner, 23.456789e18, (1_700_000_000 << 16) + 77);
        }
        vm.prank(coordinator);
        settlement.settle(coordinator, items);
        console2.log("known", spent() / 100);
        vm.assertLe(spent() / 100, 7_000);
    }

    function test_open() public {
        Messages.Ticket memory ticket = ticketOf(1, 1e18);
        Messages.Receipt memory receipt = receiptOf(ticket, "output");
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        cai.transfer(address(court), 1);
        vm.startPrank(ALICE);
        cai.approve(address(court), type(uint256).max);
        court.open(ticket, t, receipt, r, "evidence");
        console2.log("open", spent());
        vm.assertLe(spent(), 150_000);
    }
}
