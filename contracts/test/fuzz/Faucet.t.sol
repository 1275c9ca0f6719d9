// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {FaucetBase} from "../harness/FaucetBase.sol";

/// @dev Requests and grants in any order.
contract FaucetFuzz is FaucetBase {
    /// @dev However requests and grants come, a day's sums stay within the caps.
    function testFuzz_caps_hold(uint256 seed, uint8 calls) public {
        vm.startPrank(ADMIN);
        faucet.setGranter(BOB, true);
        faucet.setGrantDailyCap(60_000e18);
        vm.stopPrank();
        uint256 day = vm.getBlockTimestamp() / 1 days;
        uint256 drips;
        uint256 grants;
        for (uint256 i = 0; i < calls % 32; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            vm.warp(block.timestamp + seed % 4 hours);
            if (block.timestamp / 1 days != day) (day, drips, grants) = (block.timestamp / 1 days, 0, 0);
            address to = address(uint160(0x2000 + seed % 5));
            uint256 before = cai.balanceOf(to);
            if (seed % 2 == 0) {
                try faucet.request(to, 0) {} catch {}
                drips += cai.balanceOf(to) - before;
            } else {
                vm.prank(BOB);
                try faucet.grant(to, seed % 50_000e18) {} catch {}
                grants += cai.balanceOf(to) - before;
            }
            vm.assertLe(drips, DAILY);
            vm.assertLe(grants, 60_000e18);
        }
    }
}
