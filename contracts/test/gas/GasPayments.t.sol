// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {State} from "../../src/court/Cases.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Item} from "../../src/settlement/Accounts.sol";
import {CourtBase} from "../harness/CourtBase.sol";

/// @dev What payments and disputes cost: whole transactions, with their 21,000 and calldata, each against cold storage.
/// forge-config: default.isolate = true
contract GasPaymentsTest is CourtBase {
    function setUp() public {
        deployCourt();
        prepay(1_000_000e18);
        // Owners, court and burn address have CAI already.
        cai.transfer(MINER_OWNER, 1);
        cai.transfer(BURN, 1);
        cai.transfer(address(court), 1);
    }

    /// @dev The whole cost of the transaction before, as a snapshot; at most `ceiling`.
    function check(string memory name, uint256 ceiling) private {
        uint256 used = vm.snapshotGasLastCall("payments", name);
        vm.assertLe(used, ceiling, name);
        // The measured cost is that of a whole transaction.
        vm.assertGe(used, 21_000, name);
    }

    /// @dev This costs more than the target of 60,000: 5,700 gas look up the owner's address, so that a stolen node key
    /// cannot take the payment, and the escrow's own slot costs 5,000.
    function test_gas_redeem() public {
        redeem(12.3e18, 1_700_000_000 << 16);
        check("redeem, first", 90_000);
        redeem(23.4e18, (1_700_000_000 << 16) + 9);
        check("redeem, steady", 68_500);
    }

    function test_gas_redeem_from_stake() public {
        redeem(12.3e18, 1);
        redeem(1_000_010e18, 2);
        check("redeem, with a deficit", 140_000);
    }

    function batch(uint256 cumulative, uint256 through) private {
        Item[] memory items = new Item[](100);
        for (uint256 i = 0; i < items.length; ++i) {
            items[i] = Item(vm.addr(0x5000 + i), uint96(cumulative), uint64(through));
        }
        vm.prank(coordinator);
        settlement.settle(coordinator, items);
    }

    function test_gas_settle() public {
        batch(12.3456789e18, 1_700_000_000 << 16);
        check("settle, 100 new miners", 2_500_000);
        batch(23.456789e18, (1_700_000_000 << 16) + 77);
        check("settle, 100 known miners", 700_000);
    }

    function test_gas_collect() public {
        Item[] memory items = new Item[](1);
        items[0] = Item(miner, 5e18, 1);
        vm.prank(coordinator);
        settlement.settle(coordinator, items);
        settlement.collect(coordinator, miner);
        check("collect", 60_000);
    }

    function test_gas_claim_ticket() public {
        vm.warp(block.timestamp + CLAIM_DELAY + 1);
        redeem(1e18, 0);
        claim(ticket);
        check("claimTicket", 110_000);
    }

    function test_gas_escrow() public {
        cai.approve(address(settlement), type(uint256).max);
        settlement.deposit(coordinator, 1e18);
        check("deposit", 75_000);
        vm.prank(COORDINATOR_OWNER);
        settlement.startThaw(coordinator, 1e18);
        check("startThaw", 45_000);
        cai.transfer(COORDINATOR_OWNER, 1);
        vm.warp(block.timestamp + THAW);
        vm.prank(COORDINATOR_OWNER);
        settlement.withdraw(coordinator);
        check("withdraw", 60_000);
    }

    function test_gas_dispute() public {
        openCase();
        check("open", 150_000);
        toEpoch(drawEpoch(), 1);
        court.recordSeed(id);
        check("recordSeed", 60_000);
        for (uint256 i = 0; i < JURORS; ++i) {
            if (court.seatsOf(id, jurors[i]) == 0) continue;
            commitAs(jurors[i], true);
            check("commit", 90_000);
        }
        toEpoch(drawEpoch() + 1, 0);
        address last;
        for (uint256 i = 0; i < JURORS; ++i) {
            if (court.ballotOf(id, 1, jurors[i]).seats == 0) continue;
            last = jurors[i];
            revealAs(last, true);
            check("reveal", 60_000);
        }
        resolve();
        check("resolve, guilty", 150_000);
        vm.assertEq(uint256(court.caseOf(id).state), uint256(State.Guilty));
        court.settleJuror(id, 1, last);
        check("settleJuror", 80_000);
    }

    function test_gas_prove_equivocation() public {
        Messages.Receipt memory other = receiptOf(ticket, "other");
        (bytes memory t, bytes memory a, bytes memory b) =
            (signTicket(ticket), signReceipt(receipt), signReceipt(other));
        court.proveEquivocation(ticket, t, receipt, a, other, b);
        check("proveEquivocation", 180_000);
    }
}
