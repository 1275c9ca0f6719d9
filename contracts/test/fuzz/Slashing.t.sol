// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Status} from "../../src/staking/NodeRegistry.sol";
import {SlashingBase} from "../harness/SlashingBase.sol";

/// @dev Slashes of any amount.
contract SlashingFuzz is SlashingBase {
    /// @dev A slash takes the same fraction from everyone, regardless of when they staked and how much unbonds.
    function testFuzz_the_same_fraction(uint256 bob, uint256 unbonding, uint256 first, uint256 carol, uint256 second)
        public
    {
        address dave = address(0xDA7E);
        bob = bound(bob, 1e6, 100_000_000e18);
        vote(BOB, bob);
        unbonding = bound(unbonding, 1, bob);
        retract(BOB, unbonding);
        first = bound(first, 1, (bob + 30_000e18) / 2);
        staking.slash(node, first, FINDER, 0);
        uint256 top = 40_000e18;
        vote(ALICE, top);
        carol = bound(carol, 1e6, 100_000_000e18);
        vote(dave, carol);

        uint256 total = staking.slashableOf(node);
        uint256[4] memory before = held(dave);
        second = bound(second, 1, total / 2);
        staking.slash(node, second, FINDER, 0);
        uint256[4] memory left = held(dave);
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertApproxEqAbs(left[i], before[i] * (total - second) / total, 1);
        }
        vm.assertLe(left[0] + left[1] + left[2] + left[3], total - second);
    }

    function held(address dave) private view returns (uint256[4] memory) {
        return [
            staking.stakeOf(node, ALICE),
            staking.stakeOf(node, BOB),
            staking.unbondings(node, BOB)[0].amount,
            staking.stakeOf(node, dave)
        ];
    }

    /// @dev For any amount and any part of the finder, nothing is created and a finder gets at most a fifth.
    function testFuzz_slash(uint256 amount, uint16 finderBps, uint256 bob) public {
        bob = bound(bob, 1, 100_000_000e18);
        vote(BOB, bob);
        finderBps %= 2_001;
        uint256 total = staking.slashableOf(node);
        (uint256 taken, uint256 reward) = staking.slash(node, amount, FINDER, finderBps);
        vm.assertEq(taken, amount < total ? amount : total);
        vm.assertEq(reward, taken * finderBps / 10_000);
        vm.assertLe(reward, taken / 5);
        vm.assertEq(cai.balanceOf(FINDER), reward);
        vm.assertEq(cai.balanceOf(staking.BURN()), taken - reward);
        vm.assertEq(staking.slashableOf(node), total - taken);
        bool out = (total - taken) * 10 < total;
        bool active = staking.stakeOf(node, ALICE) > MINER_MINIMUM;
        assertStatus(out ? Status.Tombstoned : active ? Status.Active : Status.Inactive);
    }
}
