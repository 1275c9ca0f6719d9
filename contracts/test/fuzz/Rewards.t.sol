// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../../src/staking/NodeRegistry.sol";
import {RewardsBase} from "../harness/RewardsBase.sol";

/// @dev Rewards of any amount, over any time.
contract RewardsFuzz is RewardsBase {
    /// @dev For any stakes, commission and times, everybody gets the part that is due and no more.
    function testFuzz_fair_parts(uint256 stake, uint256 amount, uint256 duration, uint256 part, uint16 bps) public {
        stake = bound(stake, 1, 100_000_000e18);
        amount = bound(amount, 1e18, 300_000_000e18);
        duration = bound(duration, 1, 366 days);
        part = bound(part, 1, duration);
        announce(bps % 5_001);
        vote(BOB, node, stake);
        emission(Role.Miner, amount, uint64(duration));
        vm.warp(block.timestamp + part);

        uint256 streamed = amount / duration * part;
        uint256 commission = streamed * (bps % 5_001) / 10_000;
        uint256 his = (streamed - commission) * stake / (stake + 30_000e18);
        uint256 bob = claim(BOB);
        uint256 alice = claim(ALICE);
        vm.assertLe(bob + alice, streamed, "no more than was streamed");
        vm.assertApproxEqAbs(bob, his, DUST, "by shares");
        vm.assertApproxEqAbs(bob + alice, streamed, DUST, "all of it");
    }

    /// @dev Neither side gains by having the node paid in between.
    function testFuzz_payments_in_between(uint256 first, uint256 second, uint256 stake) public {
        first = bound(first, 0, 30 days);
        second = bound(second, 0, 30 days);
        stake = bound(stake, 1e18, 100_000_000e18);
        announce(1_500);
        vote(BOB, node, stake);
        emission(Role.Miner, 1_000_000e18, 60 days);
        uint256 state = vm.snapshotState();
        vm.warp(block.timestamp + first + second);
        uint256 once = claim(BOB);
        uint256 ownerOnce = claim(ALICE);
        vm.revertToState(state);
        vm.warp(block.timestamp + first);
        uint256 ownerTwice = claim(ALICE);
        uint256 twice = claim(BOB);
        vm.warp(block.timestamp + second);
        twice += claim(BOB);
        ownerTwice += claim(ALICE);
        vm.assertApproxEqAbs(once, twice, DUST);
        vm.assertApproxEqAbs(ownerOnce, ownerTwice, DUST);
    }
}
