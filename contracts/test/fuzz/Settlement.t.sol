// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Account, Accounts} from "../../src/settlement/Accounts.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";

/// @dev Payments and deficits of any amount, in any order.
contract SettlementFuzz is SettlementBase {
    /// @dev The amount paid is the largest amount signed, in any order of vouchers and batches.
    function testFuzz_paid_is_the_largest_amount(uint256 seed, uint8 count) public {
        prepay(1_000_000);
        uint256 largest;
        for (uint256 i = 0; i < count % 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 cumulative = seed % 1_000_000;
            if (cumulative > largest) {
                if (seed >> 255 == 0) redeem(cumulative, 0);
                else settle(cumulative, 0);
                largest = cumulative;
            } else {
                settle(cumulative, 0);
                vm.expectRevert(Accounts.NothingOwed.selector);
                this.redeemExternally(cumulative, 0);
            }
        }
        Account memory account = settlement.accountOf(coordinator, miner);
        if (account.settled != account.withdrawn) settlement.collect(coordinator, miner);
        vm.assertEq(cai.balanceOf(MINER_OWNER), largest);
        assertEscrow(1_000_000 - largest, 0, 0);
    }

    function redeemExternally(uint256 cumulative, uint256 through) external {
        redeem(cumulative, through);
    }

    /// @dev The miner and the burn address together get what left escrow and stake, however large the deficit is.
    function testFuzz_deficits_are_conserved(uint256 escrow, uint256 stake, uint256 owed) public {
        escrow = bound(escrow, 1, 1_000e18);
        stake = bound(stake, 0, 5_000e18);
        owed = bound(owed, 1, 3_000e18);
        prepay(escrow);
        drain(stake);
        uint256 burned = cai.balanceOf(BURN);
        uint256 paid = redeem(owed, 1);
        vm.assertEq(cai.balanceOf(MINER_OWNER), paid);
        vm.assertLe(paid, owed);
        uint256 deficit = owed > escrow ? owed - escrow : 0;
        uint256 taken = deficit * 5 < stake ? deficit * 5 : stake;
        vm.assertEq(paid, owed - deficit + taken / 5);
        vm.assertEq(cai.balanceOf(BURN) - burned, taken - taken / 5);
        vm.assertEq(staking.slashableOf(coordinator), stake - taken);
    }
}
